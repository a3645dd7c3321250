/* repair_crm: puts right what other rows tell the right value of. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "catalog/pg_trigger.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(repair_crm);

/* The trigger that would set a table's derived columns back. */
#define ROW_TRIGGER "zz_row"

/* The columns of a check that are told: row_id, problem. Those that say where the row is follow. */
#define TOLD 2
#define PLACE 2

/* How ALTER TABLE says that that trigger fires as it does now; NULL where it doesn't. */
static const char *
row_trigger_fires(const Check *check, const char *table)
{
	Relation rel = table_open(get_relname_relid(table, check->schema), AccessShareLock);
	TriggerDesc *triggers = rel->trigdesc;
	char enabled = TRIGGER_DISABLED;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
		if (strcmp(triggers->triggers[i].tgname, ROW_TRIGGER) == 0)
			enabled = triggers->triggers[i].tgenabled;
	table_close(rel, NoLock);
	switch (enabled)
	{
		case TRIGGER_FIRES_ON_ORIGIN:
			return "ENABLE";
		case TRIGGER_FIRES_ALWAYS:
			return "ENABLE ALWAYS";
		case TRIGGER_FIRES_ON_REPLICA:
			return "ENABLE REPLICA";
		default:
			return NULL;
	}
}

/* The owner of a table alone may switch its trigger. Nobody else writes to it from then on. */
static void
switch_row_trigger(const Check *check, const char *table, const char *how)
{
	const char *name = quote_qualified_identifier(check->schema_name, table);
	int level = allow_alterations();

	(void) run_sql(psprintf("ALTER TABLE %s %s TRIGGER " ROW_TRIGGER, name, how));
	AtEOXact_GUC(true, level);
}

/* Switch the row trigger of a table off. Gives how it fires: NULL, where it doesn't. */
const char *
silence_row_trigger(const Check *check, const char *table)
{
	const char *how = row_trigger_fires(check, table);

	if (how != NULL)
		switch_row_trigger(check, table, "DISABLE");
	return how;
}

/* Switch the row trigger of a table on again, as it was. */
void
fire_row_trigger(const Check *check, const char *table, const char *how)
{
	if (how != NULL)
		switch_row_trigger(check, table, how);
}

/* The rows of a check, at most so many; 0: all. */
static SPITupleTable *
find_problems(const Check *check, const RowCheck *rows, long limit)
{
	int level = pin_path();

	if (SPI_execute(rows->sql, false, limit) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", rows->sql);
	AtEOXact_GUC(true, level);
	return SPI_tuptable;
}

/* The statement that puts one row right, whose parameters are the columns after the problem. */
static SPIPlanPtr
prepare_repair(const Check *check, const RowCheck *rows, TupleDesc desc)
{
	bool missing = rows->missing_in != NULL;
	StringInfoData columns;
	StringInfoData values;
	const char *sql;
	Oid types[FUNC_MAX_ARGS];

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = TOLD; i < desc->natts; i++)
	{
		const char *name = quote_identifier(NameStr(TupleDescAttr(desc, i)->attname));
		int number = i - TOLD + 1;

		types[number - 1] = TupleDescAttr(desc, i)->atttypid;
		appendStringInfo(&values, "%s$%d", number == 1 ? "" : ", ", number);
		if (missing)
			appendStringInfo(&columns, "%s%s", columns.len == 0 ? "" : ", ", name);
		else if (number > PLACE)
			appendStringInfo(&columns, "%s%s = $%d", columns.len == 0 ? "" : ", ", name, number);
	}
	if (missing)
		sql = psprintf("INSERT INTO %s (%s) VALUES (%s)",
					   quote_qualified_identifier(check->schema_name, rows->missing_in),
					   columns.data, values.data);
	else
		sql = psprintf("UPDATE %s SET %s WHERE tableoid OPERATOR(pg_catalog.=) $1 "
					   "AND ctid OPERATOR(pg_catalog.=) $2",
					   quote_qualified_identifier(check->schema_name, rows->table), columns.data);
	return SPI_prepare(sql, desc->natts - TOLD, types);
}

/*
 * Put right what a check finds, and report it. Triggers of the caller's own run under the caller's
 * path.
 */
static void
repair_rows(Check *check, const RowCheck *rows)
{
	SPITupleTable *problems = find_problems(check, rows, 1);
	TupleDesc desc = problems->tupdesc;
	const char *fire;
	SPIPlanPtr plan;

	if (desc->natts == TOLD || problems->numvals == 0)
		return;
	fire = silence_row_trigger(check, rows->table);
	problems = find_problems(check, rows, 0);
	desc = problems->tupdesc;
	plan = prepare_repair(check, rows, desc);
	for (uint64 row = 0; row < problems->numvals; row++)
	{
		Datum values[TOLD + FUNC_MAX_ARGS];
		bool nulls[TOLD + FUNC_MAX_ARGS];
		char marks[FUNC_MAX_ARGS];

		heap_deform_tuple(problems->vals[row], desc, values, nulls);
		for (int i = TOLD; i < desc->natts; i++)
			marks[i - TOLD] = nulls[i] ? 'n' : ' ';
		if (SPI_execute_plan(plan, values + TOLD, marks, false, 0) < 0)
			elog(ERROR, "could not repair a row of \"%s\"", rows->table);
		/* Citus's servers number their shards alike */
		if (SPI_processed > 1)
			elog(ERROR, "two rows of \"%s\" have one place", rows->table);
		if (SPI_processed == 1)
			report_problem(check, rows->code, rows->table,
						   SPI_getvalue(problems->vals[row], desc, 1),
						   SPI_getvalue(problems->vals[row], desc, 2));
	}
	SPI_freeplan(plan);
	SPI_freetuptable(problems);
	fire_row_trigger(check, rows->table, fire);
}

/* Refuse to derive from rows that row security hides from the owner himself. */
static void
refuse_hidden_rows(const Check *check)
{
	const char *hidden = hidden_table(check);

	if (hidden != NULL)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("row security hides rows of table \"%s\" from role \"%s\"", hidden,
							   GetUserNameFromId(GetUserId(), false)),
						errdetail("What follows from them would be put wrong."),
						errhint("Run: ALTER TABLE %s NO FORCE ROW LEVEL SECURITY; or call it as a "
								"role with BYPASSRLS that owns the tables.",
								quote_qualified_identifier(check->schema_name, hidden)),
						err_code("rows_hidden"), err_field("schema")));
}

/* The tables and columns that the checks read must be there. */
void
need_readable(Check *check)
{
	int level = pin_path();
	char *definition = find_definition(check);

	ReturnSetInfo *result = check->result;

	if (!check->whole)
		refuse_schema(check);
	check->readable = true;
	check->result = NULL;
	check_structure(check, definition);
	check->result = result;
	if (!check->readable)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("schema \"%s\" does not hold all tables and columns of a CRM",
							   check->schema_name),
						errhint("SELECT * FROM opportunities.check_crm(%s) tells what is missing.",
								quote_literal_cstr(check->schema_name)),
						err_code("crm_damaged"), err_field("schema")));
	refuse_hidden_rows(check);
	AtEOXact_GUC(true, level);
}

/* repair_crm(schema name) -> table (code, object, row_id, problem): what it put right. */
Datum
repair_crm(PG_FUNCTION_ARGS)
{
	Check check = {0};
	ListCell *cell;

	PreventCommandIfReadOnly("repair_crm()");
	open_check(fcinfo, &check);
	SPI_connect();
	need_readable(&check);
	foreach (cell, row_checks(&check))
		repair_rows(&check, lfirst(cell));
	SPI_finish();
	PG_RETURN_NULL();
}
