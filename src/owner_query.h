#ifndef OWNER_QUERY_H
#define OWNER_QUERY_H

#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

#define OWNER_QUERY_MAX 10

/* A query of at most one row, or an INSERT, that a rule's trigger runs. Each is a static constant:
 * its address is its name. */
typedef struct OwnerQuery
{
	const char *table; /* a table beside the trigger's own; NULL: the trigger's own */
	const char *sql;   /* with one %s, for the table's name, and the marks of tenant.h */
	bool latest;	   /* sees all that is committed, also under REPEATABLE READ */
	int nargs;
	Oid args[OWNER_QUERY_MAX];
	int nresults;
	Oid results[OWNER_QUERY_MAX];
} OwnerQuery;

extern Oid home_table(Relation rel);
extern bool owner_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
						Datum *values, bool *nulls);
extern void owner_insert(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
						 const char *arg_nulls);

#endif
