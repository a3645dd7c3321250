/* erase_account, erase_user: empty what rows and history tell of a person. */
#include "postgres.h"

#include "crm/erase.h"

#include "access/xact.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/fold.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/shard.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "rollup/rollup.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(erase_account);
PG_FUNCTION_INFO_V1(erase_user);

/*
 * The triggers of rows keep stamps and confirmed documents as they are. So the owner of the tables
 * empties columns with them off, while nobody else writes. What the history has of those rows is
 * emptied last: by then it has the entries of this, too.
 */

/* Run a statement on all rows that are committed, whatever the transaction's snapshot. */
uint64
run_erasure(const Erasure *erasure, const char *sql)
{
	Datum args[] = {erasure->key, erasure->names, CStringGetTextDatum(erasure->pseudonym),
					CStringGetTextDatum(erasure->pattern)};

	return run_latest(sql, lengthof(args),
					  (Oid[]){erasure->key_type, TEXTARRAYOID, TEXTOID, TEXTOID}, args);
}

/* SQL of ours as it is for the schema. */
char *
for_schema(const Erasure *erasure, const char *sql)
{
	return psprintf(expand_tenants(sql, erasure->check.tenants, 0),
					quote_identifier(erasure->check.schema_name));
}

/* Tell what was done, or is left, of a table. No fields are a Datum of 0. */
void
tell_erasure(const Erasure *erasure, const char *action, const char *object, const char *row_id,
			 Datum fields, const char *note)
{
	Datum values[] = {CStringGetTextDatum(action), CStringGetTextDatum(object),
					  row_id == NULL ? (Datum) 0 : CStringGetTextDatum(row_id), fields,
					  note == NULL ? (Datum) 0 : CStringGetTextDatum(note)};
	bool nulls[lengthof(values)];

	for (int i = 0; i < lengthof(values); i++)
		nulls[i] = values[i] == (Datum) 0;
	tuplestore_putvalues(erasure->check.result->setResult, erasure->check.result->setDesc, values,
						 nulls);
}

/* How many rows something was done to. */
static char *
count_note(uint64 count)
{
	return psprintf("%llu %s", (unsigned long long) count, count == 1 ? "row" : "rows");
}

/* The tables of a subject. */
static List *
erased_tables(const Erasure *erasure)
{
	List *tables = NIL;

	(void) run_query(psprintf("SELECT relation, condition, becomes, kept, watched, users "
							  "FROM opportunities_internal.erasures() "
							  "WHERE subject OPERATOR(pg_catalog.=) %s",
							  quote_literal_cstr(erasure->subject)));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		ErasedTable *table = palloc(sizeof(ErasedTable));

		table->name = copy_value(CurrentMemoryContext, row, 1);
		table->relid = get_relname_relid(table->name, erasure->check.schema);
		table->condition = copy_value(CurrentMemoryContext, row, 2);
		table->becomes = copy_value(CurrentMemoryContext, row, 3);
		table->kept = copy_value(CurrentMemoryContext, row, 4);
		table->watched = copy_value(CurrentMemoryContext, row, 5);
		table->users = copy_value(CurrentMemoryContext, row, 6);
		tables = lappend(tables, table);
	}
	return tables;
}

/* Nobody else writes to the tables from here on to the end of the transaction. */
static void
lock_erased(const Erasure *erasure, List *tables)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, tables)
		appendStringInfo(&sql, "%s%s", sql.len == 0 ? "LOCK TABLE " : ", ",
						 quote_qualified_identifier(erasure->check.schema_name,
													((ErasedTable *) lfirst(cell))->name));
	appendStringInfoString(&sql, " IN SHARE ROW EXCLUSIVE MODE");
	(void) run_sql(sql.data);
}

/* Run the statements of a step, and tell how many rows of a table each was for. */
static uint64
run_erasure_step(const Erasure *erasure, const char *step)
{
	List *tables = NIL;
	List *statements = NIL;
	uint64 count = 0;
	ListCell *cell;
	ListCell *statement;

	(void) run_query(psprintf("SELECT relation, sql FROM opportunities_internal.erasure_steps() "
							  "WHERE subject OPERATOR(pg_catalog.=) %s AND step "
							  "OPERATOR(pg_catalog.=) %s",
							  quote_literal_cstr(erasure->subject), quote_literal_cstr(step)));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		tables = lappend(tables, copy_value(CurrentMemoryContext, row, 1));
		statements = lappend(statements, copy_value(CurrentMemoryContext, row, 2));
	}
	forboth(cell, tables, statement, statements)
	{
		count = run_erasure(erasure, for_schema(erasure, lfirst(statement)));
		if (lfirst(cell) != NULL && count > 0)
			tell_erasure(erasure, "erased",
						 quote_qualified_identifier(erasure->check.schema_name, lfirst(cell)), NULL,
						 (Datum) 0, count_note(count));
	}
	return count;
}

/* How the subject is and was called, folded as texts are that are searched for it. */
static void
find_names(Erasure *erasure)
{
	List *names = NIL;
	List *written = NIL;
	Datum *values;
	int count = 0;
	ListCell *cell;

	(void) run_erasure_step(erasure, "names");
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *name = copy_value(CurrentMemoryContext, row, 1);
		char *folded = name == NULL ? NULL : trim_text(fold_string(name));

		if (folded != NULL && *folded != '\0' && !has_string(names, folded))
		{
			names = lappend(names, folded);
			written = lappend(written, trim_text(name));
		}
	}
	erasure->pattern = pattern_of(written);
	values = palloc(sizeof(Datum) * (list_length(names) + 1));
	foreach (cell, names)
		values[count++] = CStringGetTextDatum(lfirst(cell));
	erasure->names = PointerGetDatum(construct_array(values, count, TEXTOID, -1, false, 'i'));
}

/* A column of a table as it is emptied. */
typedef struct ErasedColumn
{
	char *name; /* quoted */
	bool watched;
	bool not_null;
	bool is_text;
	char *value;	  /* its default */
	char *condition;  /* whether there is something to empty */
	const char *gets; /* NULL: it can't be empty */
} ErasedColumn;

/*
 * The columns of a table that are emptied. In tables about persons those are all that aren't kept;
 * in others the owner's own ones that hold numbers, days and the like tell of no person.
 */
static List *
find_columns_to_erase(const ErasedTable *table)
{
	bool person = strcmp(table->name, "account") == 0 || strcmp(table->name, "app_user") == 0;
	List *columns = NIL;

	(void) run_query(psprintf(
		"SELECT pg_catalog.quote_ident(a.attname), a.attname OPERATOR(pg_catalog.=) ANY "
		"(%3$s::pg_catalog.name[]), a.attnotnull OR t.typnotnull, "
		"t.typcategory OPERATOR(pg_catalog.=) 'S', "
		"COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), t.typdefault) "
		"FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t "
		"ON t.oid OPERATOR(pg_catalog.=) a.atttypid LEFT JOIN pg_catalog.pg_attrdef AS d "
		"ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid AND d.adnum OPERATOR(pg_catalog.=) "
		"a.attnum WHERE a.attrelid OPERATOR(pg_catalog.=) %1$u AND a.attnum "
		"OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped AND a.attgenerated "
		"OPERATOR(pg_catalog.=) '' AND a.attname OPERATOR(pg_catalog.<>) '" TENANT_COLUMN "' "
		"AND a.attname OPERATOR(pg_catalog.<>) ALL (%2$s::pg_catalog.name[])%4$s "
		"ORDER BY a.attnum",
		table->relid, quote_literal_cstr(table->kept), quote_literal_cstr(table->watched),
		person ? "" : " AND t.typcategory OPERATOR(pg_catalog.<>) ALL ('{N,B,D,T,E}')"));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		ErasedColumn *column = palloc0(sizeof(ErasedColumn));

		column->name = copy_value(CurrentMemoryContext, row, 1);
		column->watched = *copy_value(CurrentMemoryContext, row, 2) == 't';
		column->not_null = *copy_value(CurrentMemoryContext, row, 3) == 't';
		column->is_text = *copy_value(CurrentMemoryContext, row, 4) == 't';
		column->value = copy_value(CurrentMemoryContext, row, 5);
		columns = lappend(columns, column);
	}
	return columns;
}

/* Find out what a column gets, and which rows have something else. */
static void
plan_erasure(ErasedColumn *column, const char *becomes)
{
	const char *name = column->name;

	if (column->watched)
	{
		column->condition = psprintf("opportunities_internal.mentions(r.%s, $2)", name);
		column->gets =
			psprintf("CASE WHEN %s THEN 'Erased' ELSE r.%s END", column->condition, name);
	}
	else if (!column->not_null)
	{
		column->condition = psprintf("r.%s IS NOT NULL", name);
		column->gets = "NULL";
	}
	else if (column->value != NULL)
	{
		(void) run_query(psprintf("SELECT (%s)::pg_catalog.text", column->value));
		column->condition = psprintf("r.%s::pg_catalog.text OPERATOR(pg_catalog.<>) %s", name,
									 quote_literal_cstr(copy_value(CurrentMemoryContext, 0, 1)));
		column->gets = "DEFAULT";
	}
	else if (column->is_text)
	{
		column->condition =
			psprintf("r.%s::pg_catalog.text OPERATOR(pg_catalog.<>) %s", name, becomes);
		column->gets = becomes;
	}
}

/* The columns of a table, and what each gets. */
static List *
erased_columns(const ErasedTable *table)
{
	int level = pin_path();
	List *columns = find_columns_to_erase(table);
	ListCell *cell;

	foreach (cell, columns)
		plan_erasure(lfirst(cell), table->becomes);
	AtEOXact_GUC(true, level);
	return columns;
}

/* The column that names a row to people. */
static const char *
erased_key(const ErasedTable *table)
{
	return strcmp(table->name, "app_user") == 0 ? "login" : "id";
}

/*
 * Empty the columns of the rows of the subject. A form that somebody has open is no longer of the
 * row's version: sent now, it would bring the name back.
 */
static void
empty_rows(const Erasure *erasure, const ErasedTable *table)
{
	const char *object = quote_qualified_identifier(erasure->check.schema_name, table->name);
	StringInfoData fields;
	StringInfoData sets;
	ListCell *cell;

	initStringInfo(&fields);
	initStringInfo(&sets);
	foreach (cell, erased_columns(table))
	{
		const ErasedColumn *column = lfirst(cell);

		if (column->gets == NULL)
		{
			tell_erasure(erasure, "kept", object, NULL, (Datum) 0,
						 psprintf("column %s must have a value and has no default; give it one",
								  column->name));
			continue;
		}
		appendStringInfo(&fields, "%sCASE WHEN %s THEN %s END", fields.len == 0 ? "" : ", ",
						 column->condition, quote_literal_cstr(column->name));
		appendStringInfo(&sets, "%s%s = %s", sets.len == 0 ? "" : ", ", column->name, column->gets);
	}
	if (sets.len == 0)
		return;
	if (strcmp(table->name, "opportunity") == 0)
		appendStringInfoString(&sets, ", version = r.version OPERATOR(pg_catalog.+) 1");
	(void) run_erasure(
		erasure,
		psprintf("UPDATE %1$s AS r SET %4$s FROM (SELECT r.tableoid, r.ctid, "
				 "r.%2$s::pg_catalog.text AS key, pg_catalog.array_remove(ARRAY[%3$s], NULL) "
				 "AS fields FROM %1$s AS r WHERE %5$s%6$s) AS f "
				 "WHERE r.tableoid OPERATOR(pg_catalog.=) f.tableoid "
				 "AND r.ctid OPERATOR(pg_catalog.=) f.ctid "
				 "AND pg_catalog.cardinality(f.fields) OPERATOR(pg_catalog.>) 0 "
				 "RETURNING f.key, f.fields",
				 object, erased_key(table), fields.data, sets.data, for_schema(erasure, "{r=}"),
				 for_schema(erasure, table->condition)));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool null;

		tell_erasure(erasure, "erased", object,
					 SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1),
					 SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &null), NULL);
	}
}

/* Put another login in the place of the subject's. */
static void
replace_login(const Erasure *erasure, const ErasedTable *table)
{
	const char *object = quote_qualified_identifier(erasure->check.schema_name, table->name);
	Datum users = OidInputFunctionCall(F_ARRAY_IN, (char *) table->users, TEXTOID, -1);
	StringInfoData sets;
	StringInfoData condition;
	uint64 count;
	ListCell *cell;

	initStringInfo(&sets);
	initStringInfo(&condition);
	foreach (cell, text_array(DatumGetArrayTypeP(users), "users", MAX_FIELDS))
	{
		const char *name = quote_identifier(lfirst(cell));

		appendStringInfo(&sets,
						 "%1$s%2$s = CASE WHEN r.%2$s OPERATOR(pg_catalog.=) $1 THEN $3 "
						 "ELSE r.%2$s END",
						 sets.len == 0 ? "" : ", ", name);
		appendStringInfo(&condition, "%sr.%s OPERATOR(pg_catalog.=) $1",
						 condition.len == 0 ? "" : " OR ", name);
	}
	count = run_erasure(erasure, psprintf("UPDATE %s AS r SET %s WHERE %s(%s)", object, sets.data,
										  for_schema(erasure, "{r=}"), condition.data));
	if (count > 0)
		tell_erasure(erasure, "erased", object, NULL, users, count_note(count));
}

/*
 * Rollups have what was in groups of the name, and in others now: folded, nothing is left of those.
 * (In a serializable transaction they can't be; what is left is told then.)
 */
static void
fold_rollups(const Erasure *erasure)
{
	Oid opportunity = get_relname_relid("opportunity", erasure->check.schema);

	if (relation_rollups(opportunity) != NIL && XactIsoLevel != XACT_SERIALIZABLE)
		(void) run_erasure(erasure,
						   psprintf("SELECT opportunities.compact_rollup(%u)", opportunity));
}

/* Empty rows and history, with the triggers of rows off. */
static void
erase_rows(const Erasure *erasure, List *tables)
{
	List *fire = NIL;
	ListCell *cell;
	ListCell *how;

	foreach (cell, tables)
		fire = lappend(fire, (char *) silence_row_trigger(&erasure->check,
														  ((ErasedTable *) lfirst(cell))->name));
	(void) run_erasure_step(erasure, "before");
	foreach (cell, tables)
	{
		const ErasedTable *table = lfirst(cell);

		if (table->condition != NULL)
			empty_rows(erasure, table);
		else
			replace_login(erasure, table);
	}
	(void) run_erasure_step(erasure, "after");
	forboth(cell, tables, how, fire)
		fire_row_trigger(&erasure->check, ((ErasedTable *) lfirst(cell))->name, lfirst(how));
	if (erasure->everywhere)
		replace_mentions(erasure);
	fold_rollups(erasure);
}

/* What all erasures begin with: the schema, whose tables the caller must own and see. */
static void
open_erasure(FunctionCallInfo fcinfo, Erasure *erasure)
{
	Check *check = &erasure->check;
	Oid account;

	need_argument(fcinfo, 0, strcmp(erasure->subject, "user") == 0 ? "login" : "account_id");
	check->schema = find_schema(fcinfo, 3);
	check->schema_name = NameStr(*PG_GETARG_NAME(3));
	need_argument(fcinfo, 2, "everywhere");
	erasure->everywhere = PG_GETARG_BOOL(2);
	erasure->pattern = "";
	erasure->key = PG_GETARG_DATUM(0);
	if (PG_ARGISNULL(1))
		erasure->names = PointerGetDatum(construct_empty_array(TEXTOID));
	else
	{
		erasure->names = PG_GETARG_DATUM(1);
		(void) text_array(PG_GETARG_ARRAYTYPE_P(1), "also", MAX_NAMES);
	}
	account = get_relname_relid("account", check->schema);
	if (is_distributed(account))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("nothing can be erased in schema \"%s\"", check->schema_name),
						errdetail("Citus has its tables on other servers, whose triggers cannot be "
								  "turned off meanwhile."),
						errhint("Change or delete the rows, and those of change_log about them."),
						err_code("erased_elsewhere"), err_field("schema")));
	InitMaterializedSRF(fcinfo, 0);
	check->result = (ReturnSetInfo *) fcinfo->resultinfo;
	SPI_connect();
	need_readable(check);
	(void) need_owner(check, account);
	if (check->tenants)
		(void) session_tenant();
}

/* erase_account(account_id bigint, also text[], everywhere boolean, schema name) -> table */
Datum
erase_account(PG_FUNCTION_ARGS)
{
	Erasure erasure = {.subject = "account", .key_type = INT8OID, .pseudonym = ""};
	List *tables;

	open_erasure(fcinfo, &erasure);
	tables = erased_tables(&erasure);
	lock_erased(&erasure, tables);
	if (run_erasure_step(&erasure, "missing") > 0)
		ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						errmsg("account %lld does not exist", (long long) PG_GETARG_INT64(0)),
						errdetail("Nor does the history know of one."), err_code("account_missing"),
						err_field("account_id")));
	find_names(&erasure);
	erase_rows(&erasure, tables);
	tell_rest(&erasure, tables);
	SPI_finish();
	PG_RETURN_NULL();
}

/* erase_user(login text, also text[], everywhere boolean, schema name) -> table */
Datum
erase_user(PG_FUNCTION_ARGS)
{
	Erasure erasure = {.subject = "user", .key_type = TEXTOID};
	List *tables;

	open_erasure(fcinfo, &erasure);
	if (!has_text(TextDatumGetCString(erasure.key)))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("login has nothing to be seen"),
						err_code("login_given"), err_field("login")));
	tables = erased_tables(&erasure);
	(void) run_query("SELECT 'erased-' OPERATOR(pg_catalog.||) pg_catalog.substr("
					 "pg_catalog.gen_random_uuid()::pg_catalog.text, 1, 8)");
	erasure.pseudonym = copy_value(CurrentMemoryContext, 0, 1);
	lock_erased(&erasure, tables);
	find_names(&erasure);
	erase_rows(&erasure, tables);
	tell_rest(&erasure, tables);
	SPI_finish();
	PG_RETURN_NULL();
}
