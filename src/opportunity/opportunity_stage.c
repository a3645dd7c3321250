/* The stage that an opportunity is in, or enters. */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/stage_transition.h"
#include "opportunity/top_position.h"
#include "settings/settings.h"
#include "triggers/kept_row.h"
#include "triggers/required_field.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

static const OwnerQuery active_of_pipeline = {
	.table = "pipeline",
	.sql = "SELECT active, " KEPT_COLUMNS " FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 3,
	.results = {{BOOLOID}, {OIDOID}, {TIDOID}},
};

static const Disclosure pipeline_disclosure = DISCLOSURE("pipeline", "id", INT8OID, "active");

/*
 * A pipeline that isn't active takes no row, neither a new one nor one of another pipeline. It may
 * hold rows, so that one which comes while it is made inactive does no harm.
 */
static void
check_pipeline(const Row *row)
{
	Datum id = value_of(row, OPPORTUNITY_PIPELINE_ID);
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];

	if (is_null(row, OPPORTUNITY_STAGE_ID))
		need_visible(row, OPPORTUNITY_PIPELINE_ID, &pipeline_disclosure, "pipeline_missing");
	if (!kept_row_query(row, &active_of_pipeline, id, values, nulls))
		refuse_missing(row, OPPORTUNITY_PIPELINE_ID, "pipeline", "pipeline_missing");
	if (DatumGetBool(values[0]))
		return;
	refuse_hidden(row, OPPORTUNITY_PIPELINE_ID, &pipeline_disclosure, "pipeline_missing");
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					errmsg("pipeline %lld is not active", (long long) DatumGetInt64(id)),
					errhint("Choose an active pipeline."), errtable(row->rel),
					err_code("pipeline_inactive"), err_field("pipeline_id")));
}

/* Before an error that tells about the row's stage: it isn't there, unless the writer may read it.
 */
void
refuse_hidden_stage(const Row *row)
{
	if (!is_null(row, OPPORTUNITY_STAGE_ID))
		refuse_hidden(row, OPPORTUNITY_STAGE_ID, &stage_disclosure, "stage_missing");
}

/* The stage that the row shall be in, checked where the row enters it. */
static void
check_stage(const Row *row, Stage *stage, bool entering)
{
	int64 pipeline_id = DatumGetInt64(value_of(row, OPPORTUNITY_PIPELINE_ID));
	int64 stage_id = DatumGetInt64(value_of(row, OPPORTUNITY_STAGE_ID));

	if (entering)
		need_visible(row, OPPORTUNITY_STAGE_ID, &stage_disclosure, "stage_missing");
	if (!read_stage(row, stage_id, entering && !row->is_insert, stage))
		refuse_missing(row, OPPORTUNITY_STAGE_ID, "stage", "stage_missing");
	if (stage->pipeline_id == pipeline_id && (stage->active || !entering))
		return;

	refuse_hidden_stage(row);
	if (stage->pipeline_id != pipeline_id)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("stage \"%s\" is not a stage of the opportunity's pipeline", stage->name),
				 errdetail("Stage %lld is of pipeline %lld, the opportunity of pipeline %lld.",
						   (long long) stage_id, (long long) stage->pipeline_id,
						   (long long) pipeline_id),
				 errhint("Set pipeline_id and stage_id together, to a pipeline and one of its "
						 "stages."),
				 errtable(row->rel), err_code("stage_of_another_pipeline"), err_field("stage_id")));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("stage \"%s\" is not active", stage->name),
			 errhint("Choose an active stage of the pipeline."), errtable(row->rel),
			 err_code("stage_inactive"), err_field("stage_id")));
}

/*
 * When the row came into its stage: into a final one with its closing, also where that is put
 * right.
 */
static void
stamp_entering(Row *row, bool entering, bool closes)
{
	if (entering)
	{
		if (!row->is_insert || is_null(row, OPPORTUNITY_STAGE_ENTERED_AT))
			set_value(row, OPPORTUNITY_STAGE_ENTERED_AT,
					  closes ? value_of(row, OPPORTUNITY_CLOSED_AT)
							 : TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
		set_text(row, OPPORTUNITY_STAGE_ENTERED_BY, stamp_user_name());
	}
	else if (!row->is_insert && differs(row, OPPORTUNITY_CLOSED_AT) &&
			 !was_null(row, OPPORTUNITY_CLOSED_AT) &&
			 DatumGetTimestampTz(old_value_of(row, OPPORTUNITY_CLOSED_AT)) ==
				 DatumGetTimestampTz(old_value_of(row, OPPORTUNITY_STAGE_ENTERED_AT)))
		set_value(row, OPPORTUNITY_STAGE_ENTERED_AT, value_of(row, OPPORTUNITY_CLOSED_AT));
}

/*
 * Everything that follows from the stage: closing, probability, place, stamps of the stage. Gives
 * its kind: open, unless it is read and says otherwise; and whether the row is closed anew.
 */
const char *
apply_stage(Row *row, bool *closes)
{
	bool staged = !is_null(row, OPPORTUNITY_STAGE_ID);
	bool entering = changed(row, OPPORTUNITY_STAGE_ID);
	bool moving = entering || changed(row, OPPORTUNITY_PIPELINE_ID);
	bool derive =
		apply_probability_mode(row) && (moving || changed(row, OPPORTUNITY_PROBABILITY_MODE));
	bool given = closing_given(row);
	Stage stage;
	bool read;

	if (!row->is_insert && !staged && !was_null(row, OPPORTUNITY_STAGE_ID))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("an opportunity that has a stage cannot go back to none"),
						errhint("Choose another stage of the pipeline."), errtable(row->rel),
						err_code("stage_required"), err_field("stage_id")));

	read = staged && (moving || derive || given || changed(row, OPPORTUNITY_CLOSE_REASON));
	if (read)
		check_stage(row, &stage, moving);
	if (changed(row, OPPORTUNITY_PIPELINE_ID))
		check_pipeline(row);
	if (read && entering && !row->is_insert)
		check_transition(row, &stage);

	*closes = false;
	if (read && stage.is_final)
		*closes = apply_final(row, &stage, entering, given);
	else if (read || !staged)
		apply_open(row, entering, given);

	if (read && derive)
		apply_probability(row, &stage);

	if (is_null(row, OPPORTUNITY_POSITION) ||
		(!row->is_insert && moving && !changed(row, OPPORTUNITY_POSITION)))
		put_on_top(row);
	else if (moving || changed(row, OPPORTUNITY_POSITION))
		note_position(row);

	stamp_entering(row, entering, *closes);
	if (read && entering)
		check_required_fields(row, OPPORTUNITY_STAGE_ID, &stage);
	return read ? stage.kind : "open";
}
