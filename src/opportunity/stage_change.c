/* History of stages: each change, from where, to where, when and by whom. */
#include "postgres.h"

#include "opportunity/stage_change.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "documents/dependents.h"
#include "fmgr.h"
#include "settings/settings.h"
#include "triggers/cross_partition.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(keep_stage_change);

enum
{
	MOVED_ID,
	MOVED_PIPELINE_ID,
	MOVED_STAGE_ID,
	MOVED_STAGE_ENTERED_AT,
	MOVED_COLUMNS
};

static const TriggerColumn columns[MOVED_COLUMNS] = {
	[MOVED_ID] = {"id", INT8OID},
	[MOVED_PIPELINE_ID] = {"pipeline_id", INT8OID},
	[MOVED_STAGE_ID] = {"stage_id", INT8OID},
	[MOVED_STAGE_ENTERED_AT] = {"stage_entered_at", TIMESTAMPTZOID},
};

static const StageStateColumns stage_columns = {MOVED_PIPELINE_ID, MOVED_STAGE_ID,
												MOVED_STAGE_ENTERED_AT};

static const OwnerQuery insert_change = {
	.table = "stage_change",
	.sql = "INSERT INTO %1$s ({tenant}{id}opportunity_id, from_pipeline_id, from_stage_id, "
		   "to_pipeline_id, to_stage_id, changed_at, changed_by, entered_at, left_at, deleted_at) "
		   "VALUES ({value}{next}$1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	.after = "{=}k.opportunity_id OPERATOR(pg_catalog.=) $1",
	.nargs = 10,
	.args = {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID,
			 TIMESTAMPTZOID, TIMESTAMPTZOID},
};

/* The last move of an opportunity led into the stage in which it still is. */
static const OwnerQuery put_right = {
	.table = "stage_change",
	.sql = "UPDATE %1$s SET left_at = $3 WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 "
		   "AND id OPERATOR(pg_catalog.=) (SELECT k.id FROM %1$s AS k "
		   "WHERE {=}k.opportunity_id OPERATOR(pg_catalog.=) $1 ORDER BY k.id DESC LIMIT 1) "
		   "AND left_at OPERATOR(pg_catalog.=) $2 AND deleted_at IS NULL",
	.latest = true,
	.nargs = 3,
	.args = {INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID},
};

/* The number of an opportunity that is gone may be another one's next. */
static const OwnerQuery mark_deleted = {
	.table = "stage_change",
	.sql = "UPDATE %s SET deleted_at = $2 "
		   "WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 AND deleted_at IS NULL",
	.latest = true,
	.nargs = 2,
	.args = {INT8OID, TIMESTAMPTZOID},
};

/* Write a move; where there is no stage to go to it is the end, at a deletion. */
static void
write_change(TriggerData *trigger, int64 id, const StageState *from, const StageState *to)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	Datum args[10];
	char nulls[10];

	memset(nulls, ' ', sizeof(nulls));
	args[0] = Int64GetDatum(id);
	args[1] = Int64GetDatum(from->pipeline_id);
	args[2] = Int64GetDatum(from->stage_id);
	if (!from->staged)
		nulls[2] = 'n';
	args[3] = Int64GetDatum(to->pipeline_id);
	args[4] = Int64GetDatum(to->stage_id);
	if (!to->staged)
		nulls[4] = 'n';
	args[5] = TimestampTzGetDatum(now);
	args[6] = CStringGetTextDatum(stamp_user_name());
	args[7] = TimestampTzGetDatum(from->since);
	if (TIMESTAMP_NOT_FINITE(from->since))
		nulls[7] = 'n';
	args[8] = TimestampTzGetDatum(to->since);
	args[9] = TimestampTzGetDatum(now);
	if (to->staged)
		nulls[9] = 'n';
	(void) owner_execute(trigger, &insert_change, args, nulls);
}

/* Record a change of stage, or a correction of when the stage was entered. */
void
record_stage_change(TriggerData *trigger, int64 id, const StageState *from, const StageState *to)
{
	if (to->staged != from->staged || to->stage_id != from->stage_id)
		write_change(trigger, id, from, to);
	else if (to->since != from->since)
	{
		Datum args[] = {Int64GetDatum(id), TimestampTzGetDatum(from->since),
						TimestampTzGetDatum(to->since)};

		(void) owner_execute(trigger, &put_right, args, NULL);
	}
}

/* The stage state of a row, as it is or was before an UPDATE. */
StageState
stage_state(const Row *row, const StageStateColumns *columns, bool before)
{
	bool (*null)(const Row *row, int column) = before ? was_null : is_null;
	Datum (*value)(const Row *row, int column) = before ? old_value_of : value_of;
	StageState result = {.pipeline_id = DatumGetInt64(value(row, columns->pipeline_id)),
						 .staged = !null(row, columns->stage_id),
						 .since = DT_NOBEGIN};

	if (result.staged)
		result.stage_id = DatumGetInt64(value(row, columns->stage_id));
	if (!null(row, columns->stage_entered_at))
		result.since = DatumGetTimestampTz(value(row, columns->stage_entered_at));
	return result;
}

/* An opportunity is deleted, unless it goes to another partition: what is kept of it stays its. */
static void
keep_deletion(const Row *row)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	StageState from = stage_state(row, &stage_columns, true);
	StageState to = {.pipeline_id = from.pipeline_id, .since = now};
	Datum args[] = {value_of(row, MOVED_ID), TimestampTzGetDatum(now)};

	if (is_moving(row->rel, row->tuple))
		return;
	if (row->rel->rd_rel->relispartition)
		take_dependents(row->trigger, value_of(row, MOVED_ID));
	(void) owner_execute(row->trigger, &mark_deleted, args, NULL);
	write_change(row->trigger, DatumGetInt64(value_of(row, MOVED_ID)), &from, &to);
}

/* keep_stage_change() -> trigger */
Datum
keep_stage_change(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_stage_change", AFTER_ROW, ON_UPDATE | ON_DELETE, columns,
								   MOVED_COLUMNS};
	Row row = open_row(fcinfo, &use);
	StageState from;
	StageState to;

	if (row.is_delete)
		keep_deletion(&row);
	if (row.is_delete || !(differs(&row, MOVED_STAGE_ID) || differs(&row, MOVED_STAGE_ENTERED_AT)))
		PG_RETURN_POINTER(NULL);
	from = stage_state(&row, &stage_columns, true);
	to = stage_state(&row, &stage_columns, false);
	record_stage_change(row.trigger, DatumGetInt64(value_of(&row, MOVED_ID)), &from, &to);
	PG_RETURN_POINTER(NULL);
}
