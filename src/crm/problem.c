/* What checks of a CRM have in common: their schema, and the problems that they tell. */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "catalog/namespace.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "executor/spi.h"
#include "fields/link.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

/* The schema that an argument names. */
Oid
find_schema(FunctionCallInfo fcinfo, int argument)
{
	const char *name;
	Oid schema;

	need_argument(fcinfo, argument, "schema");
	name = NameStr(*PG_GETARG_NAME(argument));
	schema = get_namespace_oid(name, true);
	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA), errmsg("schema \"%s\" does not exist", name),
				 errhint("create_crm makes it, with the tables of a CRM."),
				 err_code("unknown_schema"), err_field("schema")));
	return schema;
}

/* Find the schema that is the argument, and open the result. */
void
open_check(FunctionCallInfo fcinfo, Check *check)
{
	check->schema = find_schema(fcinfo, 0);
	check->schema_name = NameStr(*PG_GETARG_NAME(0));
	InitMaterializedSRF(fcinfo, 0);
	check->result = (ReturnSetInfo *) fcinfo->resultinfo;
	check->readable = true;
}

/* The owner of a table of the schema, whom the caller must be able to act as. */
Oid
need_owner(const Check *check, Oid relid)
{
	Oid owner = relation_owner(relid);

	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("must be owner of the tables of schema \"%s\"", check->schema_name),
						errhint("Call it as role \"%s\".", GetUserNameFromId(owner, false)),
						err_code("not_owner"), err_field("schema")));
	return owner;
}

/*
 * Pin the search_path to the server's, so that nothing planted in the schema or on the caller's
 * path runs. Returns the GUC nest level to go back to.
 */
int
pin_path(void)
{
	int level = set_local_path("pg_catalog, pg_temp");

	plan_without("jit");
	return level;
}

/* Run a statement on all rows that are committed, whatever the transaction's snapshot. */
uint64
run_latest(const char *sql, int nargs, Oid *types, Datum *args)
{
	SPIPlanPtr plan = SPI_prepare(own_statement(sql), nargs, types);

	if (plan == NULL || SPI_execute_snapshot(plan, args, NULL, GetLatestSnapshot(), InvalidSnapshot,
											 false, true, 0) < 0)
		elog(ERROR, "could not run \"%s\"", sql);
	SPI_freeplan(plan);
	return SPI_processed;
}

/* Report one problem of an object, or, without one, of the schema; where nobody asks, nothing. */
void
report_problem(Check *check, const char *code, const char *object, const char *row_id,
			   const char *problem)
{
	Datum values[4];
	bool nulls[4] = {false, false, row_id == NULL, false};

	if (check->result == NULL)
		return;
	values[0] = CStringGetTextDatum(code);
	values[1] = CStringGetTextDatum(object == NULL
										? quote_identifier(check->schema_name)
										: quote_qualified_identifier(check->schema_name, object));
	values[2] = row_id == NULL ? (Datum) 0 : CStringGetTextDatum(row_id);
	values[3] = CStringGetTextDatum(problem);
	tuplestore_putvalues(check->result->setResult, check->result->setDesc, values, nulls);
}

/*
 * Run a part of a check in a subtransaction. Returns the error where it is of a class, NULL where
 * there is none; other errors are rethrown.
 */
ErrorData *
try_check(Check *check, void (*run)(Check *check, void *arg), void *arg, int category)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		run(check, arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error != NULL && ERRCODE_TO_CATEGORY(error->sqlerrcode) != category)
		ReThrowError(error);
	return error;
}
