/* SQL text: qualified and quoted names, operators, literals. */
#include "postgres.h"

#include "base/sqltext.h"
#include "catalog/pg_operator.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* A relation's name, qualified and quoted. */
char *
sql_relation(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* A column of an alias of ours, quoted. */
char *
sql_column(const char *alias, const char *column)
{
	return psprintf("%s.%s", alias, quote_identifier(column));
}

/* A type's name, qualified, for values of any length: char or bit alone would mean one of 1. */
char *
sql_type(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* Append a value as a literal of a type. */
void
append_literal(StringInfo sql, const char *value, Oid type)
{
	appendStringInfoString(sql, quote_literal_cstr(value));
	appendStringInfoString(sql, "::");
	appendStringInfoString(sql, sql_type(type));
}

/* Append a text literal. */
void
append_text_literal(StringInfo sql, const char *value)
{
	appendStringInfoString(sql, quote_literal_cstr(value));
	appendStringInfoString(sql, "::pg_catalog.text");
}

/* Append an operator so that no search_path can make it another one. */
void
append_operator(StringInfo sql, Oid operator_oid)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator_oid));
	Form_pg_operator form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator_oid);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	appendStringInfo(sql, " OPERATOR(%s.%s) ",
					 quote_identifier(get_namespace_name(form->oprnamespace)),
					 NameStr(form->oprname));
	ReleaseSysCache(tuple);
}

/* Let the planner do without something, until the level of settings ends. */
void
plan_without(const char *setting)
{
	(void) set_config_option(setting, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

/*
 * Plan without JIT until AtEOXact_GUC is called with the level that this returns: it would spend
 * minutes, which no timeout ends, on a condition that is made of thousands of rules.
 */
int
without_jit(void)
{
	int level = NewGUCNestLevel();

	plan_without("jit");
	return level;
}

/*
 * Run a query as the caller, under the snapshot of the caller's statement, with workers where the
 * planner wants them. Returns the number of rows, which are in SPI_tuptable.
 */
uint64
run_query(const char *sql)
{
	int level = without_jit();

	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql);
	AtEOXact_GUC(true, level);
	return SPI_processed;
}

/* A text form of a value of the last query's result, kept in a context; NULL for NULL. */
char *
copy_value(MemoryContext context, uint64 row, int column)
{
	char *value = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}
