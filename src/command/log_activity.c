/* log_activity: one activity for many opportunities. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "command/command.h"
#include "command/insert_rows.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(log_activity);

/* Each opportunity must be named once. */
static void
check_named_once(ArrayType *array)
{
	int count;
	int64 *ids = sorted_ids(array, "opportunity_ids", &count);

	for (int i = 1; i < count; i++)
	{
		if (ids[i] == ids[i - 1])
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("opportunity_ids holds %lld twice", (long long) ids[i]),
							errhint("Name each opportunity once."), err_code("duplicate_id"),
							err_field("opportunity_ids")));
	}
	pfree(ids);
}

/* Each opportunity must be there, for the caller. */
static void
check_visible(const Source *source, Datum ids)
{
	StringInfoData sql;
	bool isnull;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT i.id FROM pg_catalog.unnest($1) WITH ORDINALITY AS i (id, n) "
					 "WHERE NOT EXISTS (SELECT FROM %s AS o WHERE o.id OPERATOR(pg_catalog.=) i.id",
					 source->sql);
	append_tenant(&sql, source->relid, "o");
	appendStringInfoString(&sql, ") ORDER BY i.n LIMIT 1");
	if (SPI_execute_with_args(sql.data, 1, (Oid[]){INT8ARRAYOID}, &ids, NULL, false, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not look for opportunities: %s", SPI_result_code_string(SPI_result));
	if (SPI_processed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("opportunity %lld does not exist",
						(long long) DatumGetInt64(SPI_getbinval(
							SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull))),
				 errdetail("It is not in \"%s\", or you may not see it. Nothing was logged.",
						   source->name),
				 errhint("Leave it out."), err_code("not_found"), err_field("opportunity_ids")));
}

/*
 * log_activity(opportunity_ids bigint[], kind text, subject text, body text, data jsonb,
 * due_at timestamptz, assignee text, relation regclass) -> setof bigint
 */
Datum
log_activity(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Source *source = crm_opportunities(
		fcinfo, 7, "log_activity", "Enter activities in the CRM whose opportunities these are.");
	Source *activities = open_sibling(source, "activity", "log_activity");
	Datum args[7];
	char nulls[7];
	RowQuery rows = {.sql = "SELECT i.id, $2, $3, $4, COALESCE($5, '{}'::pg_catalog.jsonb), $6, $7 "
							"FROM pg_catalog.unnest($1) WITH ORDINALITY AS i (id, n) ORDER BY i.n",
					 .nargs = lengthof(args),
					 .types = (Oid[]){INT8ARRAYOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID,
									  TIMESTAMPTZOID, TEXTOID},
					 .args = args,
					 .nulls = nulls};

	need_argument(fcinfo, 0, "opportunity_ids");
	need_argument(fcinfo, 1, "kind");
	for (int i = 0; i < lengthof(args); i++)
	{
		args[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	check_named_once(DatumGetArrayTypeP(args[0]));

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	check_visible(source, args[0]);
	(void) insert_rows(activities->relid,
					   "opportunity_id, kind, subject, body, data, due_at, assignee", &rows,
					   " RETURNING id::pg_catalog.int8");
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool isnull;
		Datum id = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull);

		CHECK_FOR_INTERRUPTS();
		tuplestore_putvalues(result->setResult, result->setDesc, &id, &isnull);
	}
	SPI_finish();
	return (Datum) 0;
}
