/* empty_crm: a CRM in a database for tests becomes what create_crm makes. */
#include "postgres.h"

#include "access/relation.h"
#include "base/errors.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "commands/dbcommands.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "crm/mend.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "rollup/rollup_shape.h"
#include "settings/test_database.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(empty_crm);

/* The table whose many rows come with it, and which hardly anybody writes. */
#define KEPT_TABLE "calendar"

/* What its rows are when they have just come, under which settings. */
static char *kept_contents;

/* Refuse to empty what somebody may want to keep. */
static void
need_test_database(void)
{
	if (!is_test_database())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("database \"%s\" is not one for tests", get_database_name(MyDatabaseId)),
				 errdetail("One for tests has its own name as opportunities.test_database, "
						   "set by ALTER DATABASE."),
				 err_code("not_test_database")));
}

/* The columns that the definition gives a table, of a row r. */
static char *
defined_columns(const CreateStmt *statement)
{
	StringInfoData columns;
	ListCell *cell;

	initStringInfo(&columns);
	foreach (cell, statement->tableElts)
	{
		if (IsA(lfirst(cell), ColumnDef))
			appendStringInfo(&columns, "%sr.%s", columns.len == 0 ? "" : ", ",
							 quote_identifier(lfirst_node(ColumnDef, cell)->colname));
	}
	return columns.data;
}

/* A digest of the rows of the table that is kept, with the settings that make them; NULL: no table.
 */
static char *
digest_contents(const Check *check)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (!IsA(statement, CreateStmt) || strcmp(statement->relation->relname, KEPT_TABLE) != 0 ||
			!OidIsValid(get_relname_relid(KEPT_TABLE, check->schema)))
			continue;
		run_on_rows(
			psprintf("SELECT pg_catalog.concat_ws(' ', "
					 "pg_catalog.current_setting('opportunities.calendar'), "
					 "pg_catalog.current_setting('opportunities.week_start'), "
					 "pg_catalog.current_setting('opportunities.fiscal_year_start'), "
					 "pg_catalog.sum(pg_catalog.hash_record_extended(ROW(%s), 0))) FROM %s AS r",
					 defined_columns(statement),
					 quote_qualified_identifier(check->schema_name, KEPT_TABLE)));
		return copy_value(CurrentMemoryContext, 0, 1);
	}
	return NULL;
}

/* The tables of the definition that there are, which must be the caller's. */
static List *
own_tables(const Check *check)
{
	List *tables = NIL;
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;
		Oid relid;

		if (!IsA(statement, CreateStmt))
			continue;
		relid = get_relname_relid(statement->relation->relname, check->schema);
		if (!OidIsValid(relid))
			continue;
		(void) need_owner(check, relid);
		tables = lappend_oid(tables, relid);
	}
	return tables;
}

/* Append to a list of SQL. */
static void
append_item(StringInfo items, const char *item)
{
	appendStringInfo(items, "%s%s", items->len == 0 ? "" : ", ", item);
}

/* Tables, as a list of SQL. */
static char *
table_names(List *tables)
{
	StringInfoData names;
	ListCell *cell;

	initStringInfo(&names);
	foreach (cell, tables)
		append_item(&names, sql_relation(lfirst_oid(cell)));
	return names.data;
}

/* Tables of somebody's own that refer to those, at whatever distance: TRUNCATE takes them along. */
static List *
referring_tables(List *tables)
{
	StringInfoData ids;
	List *referring = NIL;
	ListCell *cell;

	initStringInfo(&ids);
	foreach (cell, tables)
		append_item(&ids, psprintf("%u", lfirst_oid(cell)));
	(void) run_query(
		psprintf("WITH RECURSIVE own (oid) AS (SELECT t.oid FROM pg_catalog.unnest('{%s}'::"
				 "pg_catalog.oid[]) AS t (oid) UNION SELECT i.inhrelid FROM own AS o "
				 "JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) o.oid), "
				 "referring (oid) AS (SELECT o.oid FROM own AS o UNION SELECT k.conrelid "
				 "FROM referring AS r JOIN pg_catalog.pg_constraint AS k ON k.confrelid "
				 "OPERATOR(pg_catalog.=) r.oid AND k.contype OPERATOR(pg_catalog.=) 'f' "
				 "AND k.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid) "
				 "SELECT r.oid FROM referring AS r WHERE NOT EXISTS "
				 "(SELECT FROM own AS o WHERE o.oid OPERATOR(pg_catalog.=) r.oid) "
				 "ORDER BY r.oid::pg_catalog.regclass::pg_catalog.text COLLATE pg_catalog.\"C\"",
				 ids.data));
	for (uint64 row = 0; row < SPI_processed; row++)
		referring = lappend_oid(
			referring,
			strtoul(SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1), NULL, 10));
	return referring;
}

/* What is not the CRM's is not ours to empty. */
static void
refuse_rows(const Check *check, List *tables)
{
	List *full = NIL;
	ListCell *cell;

	foreach (cell, tables)
	{
		run_on_rows(psprintf("SELECT FROM %s LIMIT 1", sql_relation(lfirst_oid(cell))));
		if (SPI_processed > 0)
			full = lappend_oid(full, lfirst_oid(cell));
	}
	if (full != NIL)
		ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						errmsg("tables that refer to those of schema \"%s\" hold rows",
							   check->schema_name),
						errdetail("They are not part of the CRM: %s.", table_names(full)),
						errhint("Empty them first: TRUNCATE %s;", table_names(full)),
						err_code("still_referred_to"), err_field("schema")));
}

/* Insert the rows that come with the tables, but for one that is left as it is. */
static void
fill_tables(const Check *check, const char *left)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		RawStmt *raw = lfirst_node(RawStmt, cell);
		InsertStmt *statement = (InsertStmt *) raw->stmt;

		if (IsA(statement, InsertStmt) &&
			(left == NULL || strcmp(statement->relation->relname, left) != 0) &&
			OidIsValid(get_relname_relid(statement->relation->relname, check->schema)))
			(void) run_sql(pnstrdup(check->definition + raw->stmt_location, raw->stmt_len));
	}
}

/* Note what the rows are that have just come with the table that is kept. */
static void
note_contents(const Check *check)
{
	char *contents = digest_contents(check);

	if (kept_contents != NULL)
		pfree(kept_contents);
	kept_contents = contents == NULL ? NULL : MemoryContextStrdup(TopMemoryContext, contents);
}

/* Lock and empty the tables. Returns the name of the one that is left, as it has its rows, or NULL.
 */
static const char *
empty_tables(const Check *check)
{
	List *tables = own_tables(check);
	List *referring = referring_tables(tables);
	List *all = list_concat_copy(tables, referring);
	char *contents;
	bool left;

	(void) run_sql(psprintf("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE", table_names(all)));
	refuse_rows(check, referring);
	contents = digest_contents(check);
	left = contents != NULL && kept_contents != NULL && strcmp(contents, kept_contents) == 0;
	if (left)
		all = list_delete_oid(all, get_relname_relid(KEPT_TABLE, check->schema));
	(void) run_sql(psprintf("TRUNCATE %s RESTART IDENTITY", table_names(all)));
	return left ? KEPT_TABLE : NULL;
}

/* Rollups of the tables sum up what is there now: TRUNCATE has left them unused. */
static void
fill_rollups(const Check *check)
{
	ListCell *cell;

	foreach (cell, own_tables(check))
	{
		Relation rel = relation_open(lfirst_oid(cell), AccessShareLock);
		bool any = rollup_shapes(rel)->count > 0;

		relation_close(rel, AccessShareLock);
		if (any)
			(void) run_sql(psprintf("SELECT opportunities.fill_rollup('%u'::pg_catalog.regclass)",
									lfirst_oid(cell)));
	}
}

/* Empty the tables, and fill them as create_crm does. */
static void
make_as_new(const Check *check, bool starter)
{
	const char *left = empty_tables(check);
	int level = set_local_path(psprintf("%s, pg_temp", quote_identifier(check->schema_name)));

	fill_tables(check, left);
	if (starter && check->whole)
		(void) run_sql(crm_definition("starter", check->tenants, InvalidOid));
	AtEOXact_GUC(true, level);
	fill_rollups(check);
	if (left == NULL)
		note_contents(check);
}

/* empty_crm(schema name, starter boolean) -> void */
Datum
empty_crm(PG_FUNCTION_ARGS)
{
	bool starter = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	Check check = {0};
	int level;

	PreventCommandIfReadOnly("empty_crm()");
	need_test_database();
	check.schema = find_schema(fcinfo, 0);
	check.schema_name = NameStr(*PG_GETARG_NAME(0));
	level = pin_path();
	plan_without("row_security"); /* an error where rows are hidden */
	SPI_connect();
	check.definition = need_definition(&check);
	check.statements = raw_parser(check.definition, RAW_PARSE_DEFAULT);
	make_as_new(&check, starter);
	SPI_finish();
	AtEOXact_GUC(true, level);
	PG_RETURN_VOID();
}
