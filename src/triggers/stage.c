/* The trigger of a stage that holds rows, and a stage read for another row. */
#include "postgres.h"

#include "triggers/stage.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/crm_version.h"
#include "triggers/kept_row.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(stage_trigger);

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
#define STAGE_ROW(required_fields, entered_from)                                               \
	"SELECT s.pipeline_id, s.name, s.kind, s.active, s.reason_required, s.probability, "       \
	"s.required_fields, " entered_from " AS entered_from, s.tableoid, s.ctid "                 \
	"FROM (SELECT NULL::pg_catalog.text[] AS required_fields) AS " LATER_COLUMNS ", LATERAL "  \
	"(SELECT {tenant}pipeline_id, COALESCE(name, id::pg_catalog.text) AS name, kind, active, " \
	"reason_required, probability, " required_fields ", " KEPT_COLUMNS                         \
	" FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE) AS s"
#define STAGE_RESULTS                                                                  \
	{                                                                                  \
		{INT8OID}, {TEXTOID}, {TEXTOID}, {BOOLOID}, {BOOLOID}, {NUMERICOID, NULLABLE}, \
			{TEXTARRAYOID, NULLABLE}, {INT8ARRAYOID, NULLABLE}, {OIDOID},              \
		{                                                                              \
			TIDOID                                                                     \
		}                                                                              \
	}

static const OwnerQuery stage_by_id = {
	.table = "stage",
	.sql = STAGE_ROW("required_fields", "NULL::pg_catalog.int8[]"),
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 10,
	.results = STAGE_RESULTS,
};

/*
 * The same with the stages from which anybody may come, NULL among them for none; NULL where the
 * pipeline has no transitions.
 */
static const OwnerQuery stage_with_transitions = {
	.table = "stage",
	.second = TRANSITION_TABLE,
	.sql = STAGE_ROW("required_fields",
					 "COALESCE((SELECT pg_catalog.array_agg(t.from_stage_id) FROM %2$s AS t "
					 "WHERE {t=s}t.pipeline_id OPERATOR(pg_catalog.=) s.pipeline_id "
					 "AND t.to_stage_id OPERATOR(pg_catalog.=) $1 AND t.role IS NULL), "
					 "CASE WHEN EXISTS (SELECT FROM %2$s AS t "
					 "WHERE {t=s}t.pipeline_id OPERATOR(pg_catalog.=) s.pipeline_id) "
					 "THEN '{}'::pg_catalog.int8[] END)"),
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 10,
	.results = STAGE_RESULTS,
};

/* In a schema that 0.1.0 made a column of that name is its owner's. */
static const OwnerQuery stage_of_0_1 = {
	.table = "stage",
	.sql = STAGE_ROW(LATER_COLUMNS ".required_fields", "NULL::pg_catalog.int8[]"),
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 10,
	.results = STAGE_RESULTS,
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

/*
 * Read a stage for the row of a table beside it and lock it; false where there is none. What leads
 * to it is read where a row comes from another stage: tables of an earlier version have none.
 */
bool
read_stage(const Row *row, int64 id, bool comes_from, Stage *stage)
{
	Oid schema = get_rel_namespace(home_table(row->rel));
	const OwnerQuery *query =
		is_made_before(schema, VERSION_0_2) ? &stage_of_0_1
		: comes_from && OidIsValid(get_relname_relid(TRANSITION_TABLE, schema))
			? &stage_with_transitions
			: &stage_by_id;
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];

	if (!kept_row_query(row, query, Int64GetDatum(id), values, nulls))
		return false;

	stage->pipeline_id = DatumGetInt64(values[0]);
	stage->name = TextDatumGetCString(values[1]);
	stage->kind = TextDatumGetCString(values[2]);
	stage->is_final = strcmp(stage->kind, "open") != 0;
	stage->active = DatumGetBool(values[3]);
	stage->reason_required = DatumGetBool(values[4]);
	stage->probability = values[5];
	stage->has_probability = !nulls[5];
	stage->required_fields = nulls[6] ? (Datum) 0 : values[6];
	stage->entered_from = nulls[7] ? (Datum) 0 : values[7];
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
