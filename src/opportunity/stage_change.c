#include "postgres.h"

#include "opportunity/stage_change.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "rules/owner_query.h"
#include "rules/rule.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(keep_stage_change);

enum
{
	ID,
	PIPELINE_ID,
	STAGE_ID,
	STAGE_ENTERED_AT,
	COLUMNS
};

static const RuleColumn columns[COLUMNS] = {
	[ID] = {"id", INT8OID},
	[PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_ID] = {"stage_id", INT8OID},
	[STAGE_ENTERED_AT] = {"stage_entered_at", TIMESTAMPTZOID},
};

static const OwnerQuery insert_change = {
	.table = "stage_change",
	.sql =
		"INSERT INTO %s ({tenant}opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, "
		"to_stage_id, changed_at, changed_by, stayed) VALUES ({value}$1, $2, $3, $4, $5, $6, $7, "
		"$8)",
	.nargs = 8,
	.args = {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID, INTERVALOID},
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

/* How long it is from one moment to another: nothing where they are not in order. */
static Datum
time_between(TimestampTz from, TimestampTz to)
{
	return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(Max(from, to)),
							   TimestampTzGetDatum(from));
}

/* Keep that an opportunity goes from one stage to another, now, if it does. */
void
record_stage_change(TriggerData *trigger, int64 id, const Whereabouts *from, const Whereabouts *to)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	Datum args[8] = {0};
	char nulls[8];

	if (to->staged == from->staged && to->stage_id == from->stage_id)
		return;

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
	args[6] = CStringGetTextDatum(current_user_name());
	if (TIMESTAMP_NOT_FINITE(from->since))
		nulls[7] = 'n';
	else
		args[7] = time_between(from->since, now);
	(void) owner_execute(trigger, &insert_change, args, nulls);
}

/* Where a row is. */
static Whereabouts
whereabouts_of(Relation rel, const int *at, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);
	Datum values[COLUMNS];
	bool nulls[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
		values[i] = heap_getattr(tuple, at[i] + 1, desc, &nulls[i]);
	return (Whereabouts){
		.pipeline_id = DatumGetInt64(values[PIPELINE_ID]),
		.stage_id = DatumGetInt64(values[STAGE_ID]),
		.staged = !nulls[STAGE_ID],
		.since = DatumGetTimestampTz(values[STAGE_ENTERED_AT]),
	};
}

/* An opportunity is deleted, unless it goes to another partition: what is kept of it stays its. */
static void
keep_deletion(TriggerData *trigger, const int *at)
{
	HeapTuple tuple = trigger->tg_trigtuple;
	Datum args[2];
	bool null;

	if (HeapTupleHeaderIndicatesMovedPartitions(tuple->t_data))
		return;
	args[0] = heap_getattr(tuple, at[ID] + 1, RelationGetDescr(trigger->tg_relation), &null);
	args[1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	(void) owner_execute(trigger, &mark_deleted, args, NULL);
}

/* keep_stage_change() -> trigger */
Datum
keep_stage_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_AFTER, "keep_stage_change");
	Relation rel = trigger->tg_relation;
	int at[COLUMNS];
	Whereabouts from;
	Whereabouts to;
	bool null;

	find_columns(rel, columns, COLUMNS, at);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		keep_deletion(trigger, at);
	if (!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		PG_RETURN_POINTER(NULL);

	from = whereabouts_of(rel, at, trigger->tg_trigtuple);
	to = whereabouts_of(rel, at, trigger->tg_newtuple);
	record_stage_change(
		trigger,
		DatumGetInt64(heap_getattr(trigger->tg_newtuple, at[ID] + 1, RelationGetDescr(rel), &null)),
		&from, &to);
	PG_RETURN_POINTER(NULL);
}
