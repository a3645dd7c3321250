#ifndef ISSUE_H
#define ISSUE_H

#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"

/* The columns that lines of opportunities and of documents have in common. */
#define COPIED \
	"product_id, position, description, quantity, unit_price, discount_percent, tax_percent"
#define COPIED_OF(l) COPIED_BUT(l, l ".quantity")

/* They, as a line has them but for the quantity. */
#define COPIED_BUT(l, quantity)                                                            \
	l ".product_id, " l ".position, " l ".description, " quantity ", " l ".unit_price, " l \
	  ".discount_percent, " l ".tax_percent"

/* The tables of a call, which stand in one schema. */
typedef struct Issue
{
	const char *schema;
	const char *opportunities;
	Oid lines; /* those of documents */
	bool tenants;
} Issue;

extern Issue open_issue(FunctionCallInfo fcinfo, const char *argument, int relation,
						const char *command);
extern uint64 run_issue(const Issue *issue, const char *sql, int count, Oid *types, Datum *args);
extern uint64 run_for_ids(const Issue *issue, const char *sql, int64 first, int64 second);
extern uint64 insert_lines(const Issue *issue, const char *columns, const char *sql, int count,
						   Oid *types, Datum *args);
extern uint64 copy_lines_of(const Issue *issue, const char *columns, const char *sql, int64 source,
							int64 id);
extern int64 only_id(void);
pg_noreturn extern void not_found(const char *what, int64 id, const char *argument);
extern int64 insert_draft(const Issue *issue, const char *kind, int64 opportunity_id, int64 source);
extern int64 source_opportunity(const Issue *issue, int64 id, const char *what,
								const char *argument);
extern Datum finish_issue(FunctionCallInfo fcinfo, const Issue *issue, int64 id);

#endif
