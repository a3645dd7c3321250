/* follow_ids: identities go on behind the ids that rows were given. */
#include "postgres.h"

#include "base/compat.h"
#include "base/query.h"
#include "base/shard.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(follow_ids);

/* A column whose numbers come from a sequence. */
typedef struct Identity
{
	const char *table;
	const char *column;
	const char *sequence;
	const char *increment;
} Identity;

/* The identities of a schema's tables, whose sequences the caller may read. */
static List *
identities(Oid schema)
{
	List *found = NIL;

	(void) run_query(psprintf(
		"SELECT c.relname, a.attname, s.oid::pg_catalog.regclass, q.seqincrement "
		"FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a "
		"ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attidentity OPERATOR(pg_catalog.<>) '' "
		"JOIN pg_catalog.pg_depend AS d "
		"ON d.refclassid OPERATOR(pg_catalog.=) d.classid AND d.refobjid OPERATOR(pg_catalog.=) "
		"c.oid AND d.refobjsubid OPERATOR(pg_catalog.=) a.attnum AND d.deptype "
		"OPERATOR(pg_catalog.=) 'i' JOIN pg_catalog.pg_class AS s "
		"ON s.oid OPERATOR(pg_catalog.=) d.objid "
		"JOIN pg_catalog.pg_sequence AS q ON q.seqrelid OPERATOR(pg_catalog.=) s.oid "
		"WHERE c.relnamespace OPERATOR(pg_catalog.=) %u AND NOT c.relispartition "
		"AND d.classid OPERATOR(pg_catalog.=) "
		"'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid "
		"AND q.seqincrement OPERATOR(pg_catalog.>) 0 "
		"AND CASE WHEN s.relkind OPERATOR(pg_catalog.=) 'S' "
		"THEN pg_catalog.has_sequence_privilege(s.oid, 'SELECT') END "
		"AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1, 2",
		schema));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Identity *identity = palloc(sizeof(Identity));

		identity->table = copy_value(CurrentMemoryContext, row, 1);
		identity->column = copy_value(CurrentMemoryContext, row, 2);
		identity->sequence = copy_value(CurrentMemoryContext, row, 3);
		identity->increment = copy_value(CurrentMemoryContext, row, 4);
		found = lappend(found, identity);
	}
	return found;
}

/* Which ids a sequence is to be behind: each server of Citus numbers rows in a range of its own. */
static char *
numbered_here(const Check *check, const Identity *identity)
{
	if (!is_distributed(get_relname_relid(identity->table, check->schema)))
		return "";
	return psprintf(" WHERE %s::pg_catalog.int8 OPERATOR(pg_catalog.>>) 48 OPERATOR(pg_catalog.=) "
					"(SELECT last_value OPERATOR(pg_catalog.>>) 48 FROM %s)",
					quote_identifier(identity->column), identity->sequence);
}

/* The largest id of a table, where the next one from its sequence is no larger; else NULL. */
static char *
largest_id(const Check *check, const Identity *identity, bool latest, char **next)
{
	char *sql = psprintf(
		"SELECT m.largest, n.next FROM (SELECT CASE WHEN is_called THEN last_value "
		"OPERATOR(pg_catalog.+) %s::pg_catalog.numeric ELSE last_value END AS next FROM %s) AS n, "
		"(SELECT pg_catalog.max(%s) AS largest FROM %s%s) AS m "
		"WHERE m.largest OPERATOR(pg_catalog.>=) n.next",
		identity->increment, identity->sequence, quote_identifier(identity->column),
		quote_qualified_identifier(check->schema_name, identity->table),
		numbered_here(check, identity));

	if (SPI_execute(sql, !latest, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql);
	if (SPI_processed == 0)
		return NULL;
	*next = copy_value(CurrentMemoryContext, 0, 2);
	return copy_value(CurrentMemoryContext, 0, 1);
}

/* Advise where a row with the next id would be refused, or get a place in history before others. */
void
advise_identities(const Check *check)
{
	StringInfoData lags;
	ListCell *cell;

	initStringInfo(&lags);
	foreach (cell, identities(check->schema))
	{
		const Identity *identity = lfirst(cell);
		char *next;
		char *largest = largest_id(check, identity, false, &next);

		if (largest != NULL)
			appendStringInfo(&lags, "%s%s: %s is next, %s is there", lags.len == 0 ? "" : "; ",
							 identity->table, next, largest);
	}
	if (lags.len > 0)
		ereport(NOTICE, (errmsg("identities lag behind the ids that rows have"),
						 errdetail("%s.", lags.data),
						 errhint("Run: SELECT * FROM opportunities.follow_ids(%s);",
								 quote_literal_cstr(check->schema_name))));
}

/* Let a sequence go on behind the largest id. Nobody writes rows from here on, to have it stay. */
static void
follow(Check *check, const Identity *identity)
{
	const char *table = quote_qualified_identifier(check->schema_name, identity->table);
	char *next;
	char *largest;

	if (largest_id(check, identity, false, &next) == NULL)
		return;
	(void) run_sql(psprintf("LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE", table));
	largest = largest_id(check, identity, true, &next);
	if (largest == NULL)
		return;
	(void) run_query(psprintf("SELECT pg_catalog.setval(%s::pg_catalog.regclass, %s)",
							  quote_literal_cstr(identity->sequence), largest));
	report_problem(check, "identity_behind", identity->table, largest,
				   psprintf("the next %s would have been %s", identity->column, next));
}

/* follow_ids(schema name) -> table (code, object, row_id, problem): what lagged behind. */
Datum
follow_ids(PG_FUNCTION_ARGS)
{
	Check check = {0};
	ListCell *cell;
	int level;

	PreventCommandIfReadOnly("follow_ids()");
	open_check(fcinfo, &check);
	level = pin_path();
	SPI_connect();
	foreach (cell, identities(check.schema))
		follow(&check, lfirst(cell));
	SPI_finish();
	AtEOXact_GUC(true, level);
	PG_RETURN_NULL();
}
