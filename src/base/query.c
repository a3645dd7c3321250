/* Queries that run as their caller, and the settings that they are planned under. */
#include "postgres.h"

#include "base/query.h"

#include "executor/spi.h"
#include "utils/guc.h"

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
