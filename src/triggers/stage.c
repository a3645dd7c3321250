/* The triggers of a stage, and a stage read for another row. */
#include "postgres.h"

#include "triggers/stage.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/kept_row.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(stage_trigger);
PG_FUNCTION_INFO_V1(final_stage_trigger);

enum
{
	STAGE_ID,
	STAGE_PIPELINE_ID,
	STAGE_NAME,
	STAGE_KIND,
	STAGE_ACTIVE,
	STAGE_COLUMNS
};

static const TriggerColumn columns[STAGE_COLUMNS] = {
	[STAGE_ID] = {"id", INT8OID},		  [STAGE_PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_NAME] = {"name", TEXTOID},	  [STAGE_KIND] = {"kind", TEXTOID},
	[STAGE_ACTIVE] = {"active", BOOLOID},
};

/*
 * The lock keeps the stage in its pipeline, its kind and its active until the end of the
 * transaction: a unique constraint over them makes a change of one a change of the row's key.
 */
static const OwnerQuery stage_by_id = {
	.table = "stage",
	.sql = "SELECT pipeline_id, COALESCE(name, id::pg_catalog.text) AS name, kind, active, "
		   "reason_required, probability, " KEPT_COLUMNS
		   " FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 8,
	.results = {{INT8OID},
				{TEXTOID},
				{TEXTOID},
				{BOOLOID},
				{BOOLOID},
				{NUMERICOID, NULLABLE},
				{OIDOID},
				{TIDOID}},
};

/* A stage that holds rows keeps its kind: no lock is needed. */
static const OwnerQuery kind_of_stage = {
	.table = "stage",
	.sql = "SELECT kind FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTOID}},
};

const Disclosure stage_disclosure =
	DISCLOSURE("stage", "id", INT8OID, "pipeline_id", "name", "kind", "active", "reason_required");
static const Disclosure pipeline_disclosure = DISCLOSURE("pipeline", "id", INT8OID, "name");

static const OwnerQuery row_in_stage = {
	.table = "opportunity",
	.sql = "SELECT true FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id OPERATOR(pg_catalog.=) $2 LIMIT 1",
	.latest = true,
	.nargs = 2,
	.args = {INT8OID, INT8OID},
};

/* The same, as the transaction sees it. */
static const OwnerQuery row_visible_in_stage = {
	.table = "opportunity",
	.sql = "SELECT true FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "AND stage_id OPERATOR(pg_catalog.=) $2 LIMIT 1",
	.nargs = 2,
	.args = {INT8OID, INT8OID},
};

static const OwnerQuery lock_pipeline = {
	.table = "pipeline",
	.sql = "SELECT COALESCE(name, id::pg_catalog.text) AS name FROM %s "
		   "WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTOID}},
};

static const OwnerQuery no_final_stage = {
	.sql = "SELECT true FROM %s WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 "
		   "AND NOT pg_catalog.bool_or(active AND kind OPERATOR(pg_catalog.<>) 'open')",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
};

/* Read a stage for the row of a table beside it and lock it; false where there is none. */
bool
read_stage(const Row *row, int64 id, Stage *stage)
{
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];

	if (!kept_row_query(row, &stage_by_id, Int64GetDatum(id), values, nulls))
		return false;

	stage->pipeline_id = DatumGetInt64(values[0]);
	stage->name = TextDatumGetCString(values[1]);
	stage->kind = TextDatumGetCString(values[2]);
	stage->is_final = strcmp(stage->kind, "open") != 0;
	stage->active = DatumGetBool(values[3]);
	stage->reason_required = DatumGetBool(values[4]);
	stage->probability = values[5];
	stage->has_probability = !nulls[5];
	return true;
}

/* Whether a stage that holds the row of a table beside it is of a kind. */
bool
is_of_kind(TriggerData *trigger, Datum id, const char *kind)
{
	Datum value;

	return owner_query(trigger, &kind_of_stage, &id, &value, NULL) &&
		   strcmp(TextDatumGetCString(value), kind) == 0;
}

/* The row of a trigger of stage, as it is or as it was. */
static Stage
stage_of_row(const Row *row, Datum (*value)(const Row *row, int column))
{
	return (Stage){
		.pipeline_id = DatumGetInt64(value(row, STAGE_PIPELINE_ID)),
		.name = TextDatumGetCString(value(row, STAGE_NAME)),
		.is_final = strcmp(TextDatumGetCString(value(row, STAGE_KIND)), "open") != 0,
		.active = DatumGetBool(value(row, STAGE_ACTIVE)),
	};
}

/* A stage holds opportunities, so that it can't be changed so. */
static void
refuse_change(TriggerData *trigger, const Stage *old_stage, const Stage *new_stage,
			  const Datum *args)
{
	/* Where the transaction can't see them, it would be told a thing that isn't so for it. */
	if (IsolationUsesXactSnapshot() &&
		!owner_query(trigger, &row_visible_in_stage, args, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access: stage \"%s\" was entered meanwhile",
							   old_stage->name),
						errhint("Try the transaction again."), err_code("stage_in_use")));

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 old_stage->is_final == new_stage->is_final
				 ? errmsg("stage \"%s\" holds opportunities and cannot be made inactive",
						  old_stage->name)
				 : errmsg("stage \"%s\" holds opportunities and cannot be made %s", old_stage->name,
						  new_stage->is_final ? "final" : "open"),
			 old_stage->is_final == new_stage->is_final
				 ? errhint("Use opportunities.retire_stage, as somebody who sees all of them.")
				 : errhint("Move its opportunities to another stage first."),
			 errtable(trigger->tg_relation), err_code("stage_in_use"),
			 err_field(old_stage->is_final == new_stage->is_final ? "active" : "kind")));
}

/* stage_trigger() -> trigger */
Datum
stage_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"stage_trigger", AFTER_ROW, ON_UPDATE, columns, STAGE_COLUMNS};
	Row row = open_row(fcinfo, &use);
	Stage old_stage = stage_of_row(&row, old_value_of);
	Stage new_stage = stage_of_row(&row, value_of);
	Datum args[2] = {old_value_of(&row, STAGE_PIPELINE_ID), old_value_of(&row, STAGE_ID)};

	if (old_stage.is_final == new_stage.is_final && (new_stage.active || !old_stage.active))
		PG_RETURN_POINTER(NULL);

	/* The row is changed already: whoever is about to enter waits for us, or we waited for him. */
	if (owner_query(row.trigger, &row_in_stage, args, NULL, NULL))
		refuse_change(row.trigger, &old_stage, &new_stage, args);
	PG_RETURN_POINTER(NULL);
}

/* A pipeline that has stages has an active final one. */
static void
require_final_stage(TriggerData *trigger, int64 pipeline_id)
{
	Datum arg = Int64GetDatum(pipeline_id);
	Datum name;

	/* Two sessions that each take away one of two final stages come one after the other. */
	if (!owner_query(trigger, &lock_pipeline, &arg, &name, NULL))
		return;
	if (owner_query(trigger, &no_final_stage, &arg, NULL, NULL))
		ereport(
			ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 may_tell(trigger, &pipeline_disclosure, arg)
				 ? errmsg("pipeline \"%s\" has no active final stage", TextDatumGetCString(name))
				 : errmsg("pipeline %lld has no active final stage", (long long) pipeline_id),
			 errdetail("A pipeline that has stages needs one of kind won or lost."),
			 errhint("Add or activate a won or lost stage in the same transaction."),
			 errtable(trigger->tg_relation), err_code("pipeline_without_final_stage"),
			 err_field("kind")));
}

/* final_stage_trigger() -> trigger */
Datum
final_stage_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"final_stage_trigger", AFTER_ROW, ON_WRITE, columns,
								   STAGE_COLUMNS};
	Row row = open_row(fcinfo, &use);
	Stage old_stage = {0};
	Stage new_stage = {0};

	if (!row.is_insert)
		old_stage = stage_of_row(&row, old_value_of);
	if (!row.is_delete)
		new_stage = stage_of_row(&row, value_of);
	if (!row.is_insert && !row.is_delete && old_stage.is_final == new_stage.is_final &&
		old_stage.active == new_stage.active && old_stage.pipeline_id == new_stage.pipeline_id)
		PG_RETURN_POINTER(NULL);

	if (old_stage.is_final && old_stage.active)
		require_final_stage(row.trigger, old_stage.pipeline_id);
	if (!row.is_delete && !(new_stage.is_final && new_stage.active) &&
		(row.is_insert || old_stage.pipeline_id != new_stage.pipeline_id))
		require_final_stage(row.trigger, new_stage.pipeline_id);
	PG_RETURN_POINTER(NULL);
}
