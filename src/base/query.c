/* Queries and other SQL that run as their caller, and the settings that they are planned under. */
#include "postgres.h"

#include "base/query.h"

#include "executor/spi.h"
#include "utils/guc.h"

/* What statements of ours begin with. */
#define OWN_MARK "/* opportunities */ "

/* … and those that ask no other server, behind it. */
#define LOCAL_MARK "/* here */ "

/* Let the planner do without something, until the level of settings ends. */
void
plan_without(const char *setting)
{
	(void) set_config_option(setting, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

/*
 * A statement of ours, marked as such: it is planned without JIT, which would spend minutes, that
 * no timeout ends, on a condition made of thousands of rules. A setting could do that only for as
 * long as the statement runs, with whatever it fires.
 */
char *
own_statement(const char *sql)
{
	return psprintf(OWN_MARK "%s", sql);
}

/* The same for a statement that asks nothing but what this server has itself. */
char *
local_statement(const char *sql)
{
	return psprintf(OWN_MARK LOCAL_MARK "%s", sql);
}

/* Whether a statement is one of those. */
bool
is_local_statement(const char *sql)
{
	return sql != NULL && strncmp(sql, OWN_MARK LOCAL_MARK, strlen(OWN_MARK LOCAL_MARK)) == 0;
}

/* Whether a statement is one of ours. */
bool
is_own_statement(const char *sql)
{
	return sql != NULL && strncmp(sql, OWN_MARK, strlen(OWN_MARK)) == 0;
}

/*
 * Run a query as the caller, under the snapshot of the caller's statement, with workers where the
 * planner wants them. Returns the number of rows, which are in SPI_tuptable.
 */
uint64
run_query(const char *sql)
{
	if (SPI_execute(own_statement(sql), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

/* Run SQL that writes, locks or makes something, as the caller. Returns the number of rows. */
uint64
run_sql(const char *sql)
{
	int result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(result));
	return SPI_processed;
}

/* A text form of a value of the last query's result, kept in a context; NULL for NULL. */
char *
copy_value(MemoryContext context, uint64 row, int column)
{
	char *value = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);

	return value == NULL ? NULL : MemoryContextStrdup(context, value);
}
