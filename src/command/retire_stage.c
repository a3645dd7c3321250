/* retire_stage: its rows enter another stage, and it is made inactive. */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "command/command.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "fmgr.h"
#include "opportunity/stage_transition.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(retire_stage);

/* A stage that retire_stage is called for. */
typedef struct NamedStage
{
	int64 id;
	const char *argument;
	int64 pipeline_id;
	char *name;
	char *kind;
	bool active;
	bool reason_required;
} NamedStage;

/* A call of retire_stage, whose tables stand in one schema. */
typedef struct Retirement
{
	Source *opportunities;
	const char *schema;
	const char *table;
	bool tenants;
	NamedStage stage;
	NamedStage replacement;
} Retirement;

/*
 * Run a statement of which $1 is the stage, $2 the replacement, $3 their pipeline; %1$s stands for
 * the schema, %2$s for the name of the table of opportunities. How many rows.
 */
static uint64
run_for_stages(const Retirement *retirement, const char *sql, int expected)
{
	Datum args[3];

	args[0] = Int64GetDatum(retirement->stage.id);
	args[1] = Int64GetDatum(retirement->replacement.id);
	args[2] = Int64GetDatum(retirement->stage.pipeline_id);
	sql = psprintf(expand_tenants(sql, retirement->tenants, 0), retirement->schema,
				   retirement->table);
	if (SPI_execute_with_args(sql, 3, (Oid[]){INT8OID, INT8OID, INT8OID}, args, NULL, false, 0) !=
		expected)
		elog(ERROR, "could not retire a stage: %s", SPI_result_code_string(SPI_result));
	return SPI_processed;
}

/* Count the rows of the stage that meet a condition, and lock them if asked to. */
static int64
count_rows(const Retirement *retirement, const char *condition, const char *lock)
{
	bool null;

	run_for_stages(retirement,
				   psprintf("SELECT pg_catalog.count(*) FROM (SELECT FROM %%1$s.%%2$s AS o "
							"WHERE {o=}o.stage_id OPERATOR(pg_catalog.=) $1%s "
							"ORDER BY o.id%s) AS r",
							condition, lock),
				   SPI_OK_SELECT);
	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

/* Lock the rows of the stage in the order in which everybody locks many. */
static void
lock_stage_rows(const Retirement *retirement)
{
	(void) count_rows(retirement, "", " FOR NO KEY UPDATE");
}

/*
 * Lock those that came while we waited for the stages, too. Waiting here for somebody who waits for
 * one of the stages would be a deadlock.
 */
static void
lock_late_rows(const Retirement *retirement)
{
	if (count_rows(retirement, "", " FOR NO KEY UPDATE SKIP LOCKED") !=
		count_rows(retirement, "", ""))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("stage \"%s\" cannot be retired now", retirement->stage.name),
				 errdetail("Another transaction writes an opportunity that just entered it."),
				 errhint("Try again."), err_code("row_busy"), err_field("stage_id")));
}

/* Read a stage from a row of the query. */
static void
read_row(NamedStage *stage, HeapTuple tuple, TupleDesc desc)
{
	bool null;

	stage->pipeline_id = DatumGetInt64(SPI_getbinval(tuple, desc, 2, &null));
	stage->name = SPI_getvalue(tuple, desc, 3);
	stage->kind = SPI_getvalue(tuple, desc, 4);
	stage->active = DatumGetBool(SPI_getbinval(tuple, desc, 5, &null));
	stage->reason_required = DatumGetBool(SPI_getbinval(tuple, desc, 6, &null));
}

/*
 * Read both stages and lock them, in order: nobody enters either until the transaction ends, and
 * whoever was about to has either entered or given up.
 */
static void
lock_stages(Retirement *retirement)
{
	NamedStage *both[] = {&retirement->stage, &retirement->replacement};

	run_for_stages(
		retirement,
		"SELECT s.id::pg_catalog.int8, s.pipeline_id::pg_catalog.int8, "
		"COALESCE(s.name::pg_catalog.text, s.id::pg_catalog.text), "
		"COALESCE(s.kind::pg_catalog.text, 'open'), "
		"s.active::pg_catalog.bool, s.reason_required::pg_catalog.bool FROM %1$s.stage AS s "
		"WHERE {s=}s.id OPERATOR(pg_catalog.=) ANY (ARRAY[$1, $2]) ORDER BY s.id FOR UPDATE",
		SPI_OK_SELECT);
	for (int i = 0; i < lengthof(both); i++)
	{
		for (uint64 row = 0; row < SPI_processed; row++)
		{
			HeapTuple tuple = SPI_tuptable->vals[row];
			TupleDesc desc = SPI_tuptable->tupdesc;
			bool null;

			if (DatumGetInt64(SPI_getbinval(tuple, desc, 1, &null)) == both[i]->id)
				read_row(both[i], tuple, desc);
		}
		if (both[i]->name == NULL)
			ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
							errmsg("stage %lld does not exist", (long long) both[i]->id),
							errdetail("It is not in \"%s\", or you may not change it.", "stage"),
							err_code("stage_missing"), err_field(both[i]->argument)));
	}
}

/* How many rows would be closed without a reason: between stages of a kind each keeps its own. */
static int64
count_without_reason(const Retirement *retirement)
{
	const NamedStage *replacement = &retirement->replacement;
	const char *condition = "";

	if (!replacement->reason_required || strcmp(replacement->kind, "open") == 0)
		return 0;
	if (strcmp(replacement->kind, retirement->stage.kind) == 0 &&
		source_column(retirement->opportunities, "close_reason") != NULL)
		condition = " AND (opportunities.fold(o.close_reason) OPERATOR(pg_catalog.~) "
					"'[^[:space:][:cntrl:]]') IS NOT TRUE";
	return count_rows(retirement, condition, "");
}

/* The replacement must be a stage that the rows can enter. */
static void
check_replacement(const Retirement *retirement)
{
	const NamedStage *stage = &retirement->stage;
	const NamedStage *replacement = &retirement->replacement;
	int64 without_reason;

	if (replacement->pipeline_id != stage->pipeline_id)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" is not a stage of the pipeline of stage \"%s\"",
							   replacement->name, stage->name),
						errdetail("Stage %lld is of pipeline %lld, stage %lld of pipeline %lld.",
								  (long long) replacement->id, (long long) replacement->pipeline_id,
								  (long long) stage->id, (long long) stage->pipeline_id),
						errhint("Choose a replacement of the same pipeline."),
						err_code("stage_of_another_pipeline"), err_field(replacement->argument)));
	if (!replacement->active)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" is not active", replacement->name),
						errhint("Choose an active stage of the pipeline."),
						err_code("stage_inactive"), err_field(replacement->argument)));
	without_reason = count_without_reason(retirement);
	if (without_reason > 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" requires a close reason", replacement->name),
						errdetail("Opportunities in stage \"%s\" that would have none: %lld.",
								  stage->name, (long long) without_reason),
						errhint("Move them with a reason first: UPDATE %s SET stage_id = %lld, "
								"close_reason = '...' WHERE stage_id = %lld;",
								retirement->opportunities->sql, (long long) replacement->id,
								(long long) stage->id),
						err_code("close_reason_required"), err_field(replacement->argument)));
}

/*
 * Move the rows, on top of those of the replacement and in the order that they have. A place that
 * is the row's own already would not count as given.
 */
static uint64
move_rows(const Retirement *retirement)
{
	return run_for_stages(
		retirement,
		"UPDATE %1$s.%2$s AS o SET stage_id = $2, position = CASE "
		"WHEN o.position OPERATOR(pg_catalog.=) m.place "
		"THEN m.place OPERATOR(pg_catalog.-) 1 ELSE m.place END FROM ("
		"SELECT r.id, LEAST(COALESCE((SELECT t.position FROM %1$s.%2$s AS t "
		"WHERE {t=}t.stage_id OPERATOR(pg_catalog.=) $2 "
		"AND t.pipeline_id OPERATOR(pg_catalog.=) $3 "
		"ORDER BY t.position DESC LIMIT 1), 0)::pg_catalog.numeric "
		"OPERATOR(pg_catalog.+) (4294967296::pg_catalog.numeric "
		"OPERATOR(pg_catalog.*) pg_catalog.row_number() OVER (ORDER BY r.position, r.id)), "
		"9223372036854775807)::pg_catalog.int8 AS place FROM %1$s.%2$s AS r "
		"WHERE {r=}r.stage_id OPERATOR(pg_catalog.=) $1) AS m "
		"WHERE {o=}o.id OPERATOR(pg_catalog.=) m.id AND o.stage_id OPERATOR(pg_catalog.=) $1",
		SPI_OK_UPDATE);
}

/* The same, whatever transitions the pipeline has. */
static uint64
retire_rows(const Retirement *retirement)
{
	StageRetirement way = {.table = retirement->opportunities->relid,
						   .stage_id = retirement->stage.id,
						   .replacement_id = retirement->replacement.id};
	uint64 moved = 0;

	begin_retirement(&way);
	PG_TRY();
	{
		moved = move_rows(retirement);
	}
	PG_FINALLY();
	{
		end_retirement(&way);
	}
	PG_END_TRY();
	return moved;
}

/* Make the stage inactive. Its trigger refuses that where it still holds rows, visible or not. */
static void
deactivate(const Retirement *retirement)
{
	if (!retirement->stage.active)
		return;
	if (run_for_stages(
			retirement,
			"UPDATE %1$s.stage AS s SET active = false WHERE {s=}s.id OPERATOR(pg_catalog.=) $1",
			SPI_OK_UPDATE) != 1)
		elog(ERROR, "stage %lld was not updated", (long long) retirement->stage.id);
}

/* retire_stage(stage_id bigint, replacement_id bigint, relation regclass) -> bigint */
Datum
retire_stage(PG_FUNCTION_ARGS)
{
	Retirement retirement = {0};
	uint64 moved;

	need_argument(fcinfo, 0, "stage_id");
	need_argument(fcinfo, 1, "replacement_id");
	retirement.stage = (NamedStage){.id = PG_GETARG_INT64(0), .argument = "stage_id"};
	retirement.replacement = (NamedStage){.id = PG_GETARG_INT64(1), .argument = "replacement_id"};
	if (retirement.stage.id == retirement.replacement.id)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a stage cannot be its own replacement"),
						errhint("Choose another stage of the pipeline."), err_code("same_stage"),
						err_field("replacement_id")));
	retirement.opportunities = crm_opportunities(
		fcinfo, 2, "retire_stage",
		"Move the rows by bulk_edit, and end the stage in the CRM that it is of.");
	(void) open_sibling(retirement.opportunities, "stage", "retire_stage");
	retirement.schema = quote_identifier(get_namespace_name(retirement.opportunities->schema));
	retirement.table = quote_identifier(retirement.opportunities->name);
	retirement.tenants = has_tenants(retirement.opportunities->relid);

	SPI_connect();
	lock_stage_rows(&retirement);
	lock_stages(&retirement);
	lock_late_rows(&retirement);
	check_replacement(&retirement);
	moved = retire_rows(&retirement);
	deactivate(&retirement);
	SPI_finish();
	PG_RETURN_INT64(moved);
}
