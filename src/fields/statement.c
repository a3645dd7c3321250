#include "postgres.h"

#include "fields/statement.h"

#include "base/sqltext.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fields/field.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/*
 * Statements that run as their caller, with row security. The server makes a plan anew where the
 * role or a policy changed; here a statement is made anew where a table did, since its text may
 * then be another.
 */

#define MAX_KEPT 100

struct Statement
{
	const char *key;
	SPIPlanPtr plan;
	MemoryContext context; /* of the key and the fields */
	List *fields;		   /* what the first columns of its rows are; as far as set_row asks */
	int running;		   /* how often it is being run: what it fires may run it again */
};

static HTAB *statements;

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

/* The kept statement of a key; NULL: it must be made. */
Statement *
find_statement(const char *key)
{
	Statement *statement;

	if (statements == NULL)
		return NULL;
	statement = hash_search(statements, &key, HASH_FIND, NULL);
	return statement != NULL && SPI_plan_is_valid(statement->plan) ? statement : NULL;
}

/* Throw away what isn't running: what has become invalid, or all once there are too many. */
static void
sweep(void)
{
	bool full = hash_get_num_entries(statements) >= MAX_KEPT;
	HASH_SEQ_STATUS status;
	Statement *statement;

	hash_seq_init(&status, statements);
	while ((statement = hash_seq_search(&status)) != NULL)
	{
		if (statement->running > 0 || (!full && SPI_plan_is_valid(statement->plan)))
			continue;
		SPI_freeplan(statement->plan);
		(void) hash_search(statements, &statement->key, HASH_REMOVE, NULL);
		MemoryContextDelete(statement->context);
	}
}

/* Copies of fields, in a context of their own. */
static List *
copy_fields(List *fields, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List *copies = NIL;
	ListCell *cell;

	foreach (cell, fields)
	{
		const Field *field = lfirst(cell);

		copies = lappend(copies, make_field(pstrdup(field->name), NULL, field->type));
	}
	MemoryContextSwitchTo(old);
	return copies;
}

/* Prepare a statement, to be kept for the session or not. */
static SPIPlanPtr
prepare(const char *sql, int nargs, Oid *types, Planning planning, bool keep)
{
	static const int options[] = {[BY_INDEX] = CURSOR_OPT_GENERIC_PLAN,
								  [ONCE] = CURSOR_OPT_GENERIC_PLAN | CURSOR_OPT_PARALLEL_OK,
								  [EACH_TIME] = CURSOR_OPT_CUSTOM_PLAN | CURSOR_OPT_PARALLEL_OK};
	SPIPlanPtr plan = SPI_prepare_cursor(sql, nargs, types, options[planning]);

	if (plan == NULL || (keep && SPI_keepplan(plan) != 0))
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	return plan;
}

/* Plan a statement by the indexes that it is written for. */
static void
plan_by_index(SPIPlanPtr plan)
{
	int level = NewGUCNestLevel();
	CachedPlan *cached;

	plan_without("enable_seqscan");
	plan_without("enable_bitmapscan"); /* looks as cheap for one row, and isn't */
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
}

static void
create_table(void)
{
	HASHCTL control = {.keysize = sizeof(char *),
					   .entrysize = sizeof(Statement),
					   .hash = hash_key,
					   .match = compare_keys};

	statements = hash_create("opportunities: statements", 16, &control,
							 HASH_ELEM | HASH_FUNCTION | HASH_COMPARE);
}

/*
 * Make a statement, and keep it under a key. One that is being run while its plan has become
 * invalid keeps its place: then this one lasts as long as the connection to SPI.
 */
Statement *
keep_statement(const char *key, const char *sql, int nargs, Oid *types, Planning planning,
			   List *fields)
{
	Statement *statement;
	MemoryContext context;
	SPIPlanPtr plan;

	if (statements == NULL)
		create_table();
	sweep();
	if (hash_search(statements, &key, HASH_FIND, NULL) != NULL)
	{
		statement = palloc0(sizeof(Statement));
		statement->fields = fields;
		statement->plan = prepare(sql, nargs, types, planning, false);
		return statement;
	}
	plan = prepare(sql, nargs, types, planning, true);
	if (planning == BY_INDEX)
		plan_by_index(plan);
	context =
		AllocSetContextCreate(CacheMemoryContext, "opportunities: statement", ALLOCSET_SMALL_SIZES);
	fields = copy_fields(fields, context);
	key = MemoryContextStrdup(context, key);
	statement = hash_search(statements, &key, HASH_ENTER, NULL);
	statement->plan = plan;
	statement->context = context;
	statement->fields = fields;
	statement->running = 0;
	return statement;
}

/* The fields that the first columns of a statement's rows are. */
List *
statement_fields(const Statement *statement)
{
	return statement->fields;
}

/* Run a statement, which is not to be thrown away meanwhile. */
static void
run(Statement *statement, const SPIExecuteOptions *options)
{
	int level = without_jit();
	int result = 0;

	statement->running++;
	PG_TRY();
	{
		result = SPI_execute_plan_extended(statement->plan, options);
	}
	PG_FINALLY();
	{
		statement->running--;
	}
	PG_END_TRY();
	AtEOXact_GUC(true, level);
	if (result < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(result));
}

/* Run a statement, which may write; SPI holds its rows. */
void
run_statement(Statement *statement, Datum *args, const char *nulls)
{
	int count = SPI_getargcount(statement->plan);
	SPIExecuteOptions options = {.params = makeParamList(count)};

	for (int i = 0; i < count; i++)
		options.params->params[i] =
			(ParamExternData){.value = args[i],
							  .isnull = nulls != NULL && nulls[i] == 'n',
							  .pflags = PARAM_FLAG_CONST,
							  .ptype = SPI_getargtypeid(statement->plan, i)};
	run(statement, &options);
}

/* Run a query as run_params_query does, with a plan that is kept. */
void
run_kept_query(const char *sql, const Params *params, Planning planning, DestReceiver *receiver)
{
	SPIExecuteOptions options = {.params = param_list(params), .read_only = true, .dest = receiver};
	Statement *statement = find_statement(sql);

	if (statement == NULL)
		statement = keep_statement(sql, sql, params->count, params->types, planning, NIL);
	run(statement, &options);
}
