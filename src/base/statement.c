/* Statements that run as their caller, with kept plans. */
#include "postgres.h"

#include "base/statement.h"

#include "base/citus.h"
#include "base/query.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "utils/memutils.h"

/*
 * Statements that run as their caller, with row security, whose plans are kept for the session. The
 * server replans where the role or a policy changed; here a statement is built again where a table
 * was altered, since its text may then be another.
 */

static uint32
hash_key(const void *key, Size size)
{
	const char *text = *(const char *const *) key;

	return hash_bytes((const unsigned char *) text, strlen(text));
}

static int
compare_keys(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static PlanCache statements = {
	.name = "opportunities: statements",
	.control = {.keysize = sizeof(char *), .hash = hash_key, .match = compare_keys},
	.flags = HASH_FUNCTION | HASH_COMPARE,
	.most = 100,
};

/* Those whose text has values in it: few, so that they are not in the way of the others. */
static PlanCache recent_statements = {
	.name = "opportunities: recent statements",
	.control = {.keysize = sizeof(char *), .hash = hash_key, .match = compare_keys},
	.flags = HASH_FUNCTION | HASH_COMPARE,
	.most = 10,
};

/* A longer text isn't kept for once: its plan takes memory a hundred times as much. */
#define MAX_RECENT_LENGTH 16384

/* The kept statement of a key; NULL: it must be made. */
KeptPlan *
find_statement(const char *key)
{
	return find_plan(&statements, &key);
}

/* Make a statement, and keep it in a cache under a key. */
static KeptPlan *
keep_in_cache(PlanCache *cache, const char *key, const char *sql, int nargs, Oid *types,
			  PlanTiming timing)
{
	static const int options[] = {[PLAN_BY_INDEX] = 0,
								  [PLAN_ONCE] = CURSOR_OPT_PARALLEL_OK,
								  [PLAN_EACH_TIME] =
									  CURSOR_OPT_CUSTOM_PLAN | CURSOR_OPT_PARALLEL_OK,
								  [PLAN_IN_TIME] = CURSOR_OPT_PARALLEL_OK};
	/* A bitmap looks as cheap for one row, and isn't. */
	static const char *const not_by_index[] = {"enable_seqscan", "enable_bitmapscan", NULL};
	bool once = timing == PLAN_BY_INDEX || timing == PLAN_ONCE;
	KeptPlan *statement =
		save_plan(SPI_prepare_cursor(own_statement(sql), nargs, types,
									 once ? for_any_values(options[timing]) : options[timing]));

	if (once)
		plan_now(statement->plan, timing == PLAN_BY_INDEX ? not_by_index : NULL);
	key = MemoryContextStrdup(statement->context, key);
	keep_plan(cache, &key, statement);
	return statement;
}

/* Make a statement, and keep it under a key. */
KeptPlan *
keep_statement(const char *key, const char *sql, int nargs, Oid *types, PlanTiming timing)
{
	return keep_in_cache(&statements, key, sql, nargs, types, timing);
}

/* Run a statement, which may write; SPI holds its rows. */
void
run_statement(const KeptPlan *statement, Datum *args, const char *nulls)
{
	int result = SPI_execute_plan(statement->plan, args, nulls, false, 0);

	if (result < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(result));
}

/* Run a query as run_params_query does, with a plan that a cache keeps. */
static void
run_from_cache(PlanCache *cache, const char *sql, const Params *params, PlanTiming timing,
			   DestReceiver *receiver)
{
	SPIExecuteOptions options = {.params = param_list(params), .read_only = true, .dest = receiver};
	KeptPlan *statement = find_plan(cache, &sql);
	int result;

	if (statement == NULL)
		statement = keep_in_cache(cache, sql, sql, params->count, params->types, timing);
	result = SPI_execute_plan_extended(statement->plan, &options);
	if (result < 0)
		elog(ERROR, "could not run a query: %s", SPI_result_code_string(result));
}

/* Run a query whose text is the same for all values. */
void
run_kept_query(const char *sql, const Params *params, PlanTiming timing, DestReceiver *receiver)
{
	run_from_cache(&statements, sql, params, timing, receiver);
}

/* Run a query whose text has values in it, and which will soon be asked again. */
void
run_recent_query(const char *sql, const Params *params, PlanTiming timing, DestReceiver *receiver)
{
	if (strlen(sql) > MAX_RECENT_LENGTH)
		run_params_query(sql, params, receiver);
	else
		run_from_cache(&recent_statements, sql, params, timing, receiver);
}
