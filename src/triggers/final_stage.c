/* The final stages that a pipeline must have, checked at commit. */
#include "postgres.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/crm_version.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(final_stage_trigger);
PG_FUNCTION_INFO_V1(pipeline_trigger);

enum
{
	STAGE_PIPELINE_ID,
	STAGE_KIND,
	STAGE_ACTIVE,
	STAGE_COLUMNS
};

static const TriggerColumn stage_columns[STAGE_COLUMNS] = {
	[STAGE_PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_KIND] = {"kind", TEXTOID},
	[STAGE_ACTIVE] = {"active", BOOLOID},
};

enum
{
	PIPELINE_ID,
	PIPELINE_NEEDS_WON_AND_LOST,
	PIPELINE_COLUMNS
};

static const TriggerColumn pipeline_columns[PIPELINE_COLUMNS] = {
	[PIPELINE_ID] = {"id", INT8OID},
	[PIPELINE_NEEDS_WON_AND_LOST] = {"needs_won_and_lost", BOOLOID},
};

/* Two sessions that each take away one of two final stages come one after the other. */
#define LOCK_PIPELINE(needs_won_and_lost)                                                         \
	{                                                                                             \
		.table = "pipeline",                                                                      \
		.sql = "SELECT p.name, p.needs_won_and_lost "                                             \
			   "FROM (SELECT false AS needs_won_and_lost) AS " LATER_COLUMNS ", LATERAL (SELECT " \
			   "COALESCE(name, id::pg_catalog.text) AS name, " needs_won_and_lost                 \
			   " FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE) AS p",          \
		.nargs = 1, .args = {INT8OID}, .nresults = 2, .results = {{TEXTOID}, {BOOLOID}},          \
	}

static const OwnerQuery lock_pipeline = LOCK_PIPELINE("needs_won_and_lost");

/* In a schema that 0.1.0 made a column of that name is its owner's. */
static const OwnerQuery lock_pipeline_of_0_1 = LOCK_PIPELINE(LATER_COLUMNS ".needs_won_and_lost");

/* What final stages a pipeline that has stages has, of those that are active. */
static const OwnerQuery final_stages = {
	.table = "stage",
	.sql = "SELECT pg_catalog.bool_or(active AND kind OPERATOR(pg_catalog.<>) 'open') AS final, "
		   "pg_catalog.bool_or(active AND kind OPERATOR(pg_catalog.=) 'won') AS won, "
		   "pg_catalog.bool_or(active AND kind OPERATOR(pg_catalog.=) 'lost') AS lost FROM %s "
		   "WHERE {=}pipeline_id OPERATOR(pg_catalog.=) $1 "
		   "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 3,
	.results = {{BOOLOID}, {BOOLOID}, {BOOLOID}},
};

static const Disclosure pipeline_disclosure = DISCLOSURE("pipeline", "id", INT8OID, "name");

/* A pipeline that has stages has an active final one, and one of each kind where it says so. */
static void
require_final_stages(TriggerData *trigger, Datum pipeline_id, const char *field)
{
	bool early = is_made_before(get_rel_namespace(home_table(trigger->tg_relation)), VERSION_0_2);
	Datum pipeline[2];
	Datum found[3];
	bool needs_both;
	const char *missing;
	const char *name;

	if (!owner_query(trigger, early ? &lock_pipeline_of_0_1 : &lock_pipeline, &pipeline_id,
					 pipeline, NULL) ||
		!owner_query(trigger, &final_stages, &pipeline_id, found, NULL))
		return;
	needs_both = DatumGetBool(pipeline[1]);
	missing = !DatumGetBool(found[0])				  ? "final"
			  : needs_both && !DatumGetBool(found[1]) ? "won"
			  : needs_both && !DatumGetBool(found[2]) ? "lost"
													  : NULL;
	if (missing == NULL)
		return;
	name = may_tell(trigger, &pipeline_disclosure, pipeline_id)
			   ? psprintf("\"%s\"", TextDatumGetCString(pipeline[0]))
			   : psprintf("%lld", (long long) DatumGetInt64(pipeline_id));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("pipeline %s has no active %s stage", name, missing),
			 needs_both ? errdetail("It needs a stage of kind won and one of kind lost: "
									"needs_won_and_lost.")
						: errdetail("A pipeline that has stages needs one of kind won or lost."),
			 errhint("Add or activate a %s stage in the same transaction.",
					 strcmp(missing, "final") == 0 ? "won or lost" : missing),
			 errtable(trigger->tg_relation), err_code("pipeline_without_final_stage"),
			 err_field(field)));
}

/* Whether a stage was one that rows could be closed in. */
static bool
was_final(const Row *row)
{
	return DatumGetBool(old_value_of(row, STAGE_ACTIVE)) &&
		   strcmp(TextDatumGetCString(old_value_of(row, STAGE_KIND)), "open") != 0;
}

/* final_stage_trigger() -> trigger */
Datum
final_stage_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"final_stage_trigger", AFTER_ROW, ON_WRITE, stage_columns,
								   STAGE_COLUMNS};
	Row row = open_row(fcinfo, &use);
	bool comes = row.is_insert || (!row.is_delete && differs(&row, STAGE_PIPELINE_ID));
	bool goes =
		row.is_delete ||
		(!row.is_insert && (comes || differs(&row, STAGE_KIND) || differs(&row, STAGE_ACTIVE)));

	if (goes && was_final(&row))
		require_final_stages(row.trigger, old_value_of(&row, STAGE_PIPELINE_ID), "kind");
	if (comes)
		require_final_stages(row.trigger, value_of(&row, STAGE_PIPELINE_ID), "kind");
	PG_RETURN_POINTER(NULL);
}

/* pipeline_trigger() -> trigger */
Datum
pipeline_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"pipeline_trigger", AFTER_ROW, ON_UPDATE, pipeline_columns,
								   PIPELINE_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (differs(&row, PIPELINE_NEEDS_WON_AND_LOST) &&
		DatumGetBool(value_of(&row, PIPELINE_NEEDS_WON_AND_LOST)))
		require_final_stages(row.trigger, value_of(&row, PIPELINE_ID), "needs_won_and_lost");
	PG_RETURN_POINTER(NULL);
}
