#ifndef OWNER_QUERY_H
#define OWNER_QUERY_H

#include "postgres.h"

#include "commands/trigger.h"
#include "tcop/dest.h"
#include "utils/rel.h"

#define OWNER_QUERY_MAX 12

/* A column of a query's rows. */
typedef struct OwnerResult
{
	Oid type;
	bool nullable; /* else a NULL is an error that names the column */
} OwnerResult;

#define NULLABLE true

/*
 * Columns that a table of an earlier version lacks: a query selects them by their bare names in a
 * sub-select that is LATERAL to (SELECT … AS column) AS LATER_COLUMNS, which then gives them.
 */
#define LATER_COLUMNS "later"

/*
 * A query that a trigger asks, or a statement that it runs. Each is a static constant: its
 * address is its name. The marks {=} and {value} are for the tenant of a row trigger's row, {id}
 * and {next} for the number of a new row where it isn't the table that gives it.
 */
typedef struct OwnerQuery
{
	const char *table;	/* a table beside the trigger's own; NULL: the trigger's own */
	const char *second; /* another one; NULL: none */
	const char *sql;	/* with %s for the table's name, %1$s and %2$s where there are two, and the
						 * marks of tenant.h */
	const char *after;	/* the rows k of the table above whose numbers that of a new row must be;
						 * NULL: the query inserts none that is numbered */
	bool latest;		/* sees all that is committed, also under REPEATABLE READ */
	bool current;		/* reads what the statement sees that is being run, and no more */
	bool by_keys;		/* joins rows to many keys: never by reading an index from end to end, which
						 * looks cheap while the table is small */
	int nargs;
	Oid args[OWNER_QUERY_MAX];
	int nresults;
	OwnerResult results[OWNER_QUERY_MAX];
} OwnerQuery;

extern Oid home_table(Relation rel);
extern Oid writer(void);
extern Datum row_tenant(TriggerData *trigger);
extern int owner_rows(TriggerData *trigger, const OwnerQuery *query, const Datum *args, int limit,
					  Datum *values, bool *nulls);
extern void owner_scan(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
					   DestReceiver *receiver);
extern bool owner_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
						Datum *values, bool *nulls);
extern bool writer_query(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
						 Datum *values, bool *nulls);
extern int writer_count(TriggerData *trigger, const OwnerQuery *query, const Datum *args);
extern uint64 owner_execute(TriggerData *trigger, const OwnerQuery *query, const Datum *args,
							const char *nulls);

#endif
