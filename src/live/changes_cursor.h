#ifndef CHANGES_CURSOR_H
#define CHANGES_CURSOR_H

#include "postgres.h"

#include "base/compat.h"
#include "live/logged_table.h"
#include "live/transactions.h"

/*
 * Old entries are removed by their age: while one is there from before a cursor, so are all from
 * after it. That may be one of the table, or, where it had none, of another; a cursor without any
 * has the time at which it was made, in seconds.
 */
#define KEPT 0
#define KEPT_ELSEWHERE 1

/*
 * What a client knows of a table: that which these transactions made of it. Clients hold it between
 * calls as a text, which is checked whenever they give it back.
 */
typedef struct ChangesCursor
{
	Transactions *told;
	uint64 part;	/* of this transaction it knows some: 0: of none */
	char *last_row; /* the rows up to this one */
	int64 kept;		/* what the log held from before: KEPT, KEPT_ELSEWHERE, or nothing: when */
} ChangesCursor;

extern char *write_cursor(const LoggedTable *table, const ChangesCursor *cursor);
extern ChangesCursor *read_cursor(const LoggedTable *table, const char *text);
pg_noreturn extern void refuse_history(const LoggedTable *table, const char *detail);

#endif
