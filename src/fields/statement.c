#include "postgres.h"

#include "fields/statement.h"

#include "executor/spi.h"
#include "fields/field.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"

/*
 * Statements that a command runs as its caller, with row security. The server makes a plan anew
 * where the role or a policy changed; here one is made anew where a table did, since its text may
 * then be another.
 */

#define MAX_KEY 256
#define MAX_KEPT 100

struct Statement
{
	char key[MAX_KEY];
	SPIPlanPtr plan;
	MemoryContext context; /* of the fields */
	List *fields;		   /* what the first columns of its rows are; as far as push_row asks */
	int running;		   /* how often it is being run: what it fires may run it again */
};

static HTAB *statements;

/* The kept statement of a key; NULL: it must be made. */
Statement *
find_statement(const char *key)
{
	Statement *statement;

	if (statements == NULL || strlen(key) >= MAX_KEY)
		return NULL;
	statement = hash_search(statements, key, HASH_FIND, NULL);
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
		MemoryContextDelete(statement->context);
		hash_search(statements, statement->key, HASH_REMOVE, NULL);
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

/*
 * Plan a statement once for all its uses, by the indexes that it is written for: the table may be
 * empty now, and planning takes longer than what is done.
 */
static SPIPlanPtr
plan_once(const char *sql, int nargs, Oid *types)
{
	int level = NewGUCNestLevel();
	SPIPlanPtr plan;
	CachedPlan *cached;

	(void) set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	plan = SPI_prepare_cursor(sql, nargs, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	cached = SPI_plan_get_cached_plan(plan);
	if (cached != NULL)
		ReleaseCachedPlan(cached, CurrentResourceOwner);
	AtEOXact_GUC(true, level);
	return plan;
}

/* Make a statement, and keep it where there is room and its key isn't too long. */
Statement *
keep_statement(const char *key, const char *sql, int nargs, Oid *types, List *fields)
{
	Statement *statement;
	MemoryContext context;
	SPIPlanPtr plan;
	bool found;

	if (statements == NULL)
	{
		HASHCTL control;

		control.keysize = MAX_KEY;
		control.entrysize = sizeof(Statement);
		statements = hash_create("opportunities: statements of commands", 16, &control,
								 HASH_ELEM | HASH_STRINGS);
	}
	sweep();
	if (strlen(key) >= MAX_KEY || hash_search(statements, key, HASH_FIND, NULL) != NULL)
	{
		statement = palloc0(sizeof(Statement));
		statement->fields = fields;
		statement->plan = SPI_prepare(sql, nargs, types);
		if (statement->plan == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
		return statement;
	}
	plan = plan_once(sql, nargs, types);
	context =
		AllocSetContextCreate(CacheMemoryContext, "opportunities: statement", ALLOCSET_SMALL_SIZES);
	fields = copy_fields(fields, context);
	statement = hash_search(statements, key, HASH_ENTER, &found);
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

/* Run a statement; SPI holds its rows. It is not to be thrown away meanwhile. */
void
run_statement(Statement *statement, Datum *args, const char *nulls)
{
	int result = 0;

	statement->running++;
	PG_TRY();
	{
		result = SPI_execute_plan(statement->plan, args, nulls, false, 0);
	}
	PG_FINALLY();
	{
		statement->running--;
	}
	PG_END_TRY();
	if (result < 0)
		elog(ERROR, "could not run a statement: %s", SPI_result_code_string(result));
}
