#ifndef VISIBILITY_H
#define VISIBILITY_H

#include "postgres.h"

#include "triggers/owner_query.h"
#include "triggers/row.h"

/* What an error would tell of rows that a trigger has looked up: columns of those with a key. */
typedef struct Disclosure
{
	OwnerQuery rows;
	const char *columns[6]; /* the key first */
} Disclosure;

#define DISCLOSURE(of_table, key, type, ...)                                         \
	{                                                                                \
		.rows = {.table = of_table,                                                  \
				 .sql = "SELECT FROM %s WHERE {=}" key " OPERATOR(pg_catalog.=) $1", \
				 .nargs = 1,                                                         \
				 .args = {type}},                                                    \
		.columns = {                                                                 \
			key,                                                                     \
			__VA_ARGS__                                                              \
		}                                                                            \
	}

/* What errors tell of the rows that others belong to. */
extern const Disclosure opportunity_disclosure;
extern const Disclosure document_disclosure;

extern bool may_read(TriggerData *trigger, const Disclosure *disclosure);
extern bool may_tell(TriggerData *trigger, const Disclosure *disclosure, Datum key);
pg_noreturn extern void refuse_missing(const Row *row, int column, const char *table,
									   const char *code);
extern void need_visible(const Row *row, int column, const Disclosure *disclosure,
						 const char *code);
extern void refuse_hidden(const Row *row, int column, const Disclosure *disclosure,
						  const char *code);

#endif
