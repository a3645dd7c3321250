/* What pipeline_changes has found to flow between groups, summed up. */
#include "postgres.h"

#include "base/compat.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "fields/field.h"
#include "history/pipeline_changes.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

static const char *const bucket_names[BUCKETS] = {
	"begin", "new",	 "grown",  "shrunk",  "moved_in", "moved_out", "reopened",
	"won",	 "lost", "closed", "deleted", "unlogged", "end",
};

/* An amount of a flow; NULL: there is none, which counts as nothing. */
static Numeric
flow_amount(const TupleTableSlot *slot, int number)
{
	return slot->tts_isnull[number] ? int64_to_numeric(0)
									: DatumGetNumeric(slot->tts_values[number]);
}

static Numeric
subtract(Numeric a, Numeric b)
{
	return DatumGetNumeric(
		DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

/* The sign of an amount: −1, 0 or 1. */
static int
sign_of(Numeric amount)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(amount),
											 NumericGetDatum(int64_to_numeric(0))));
}

/* Add to a bucket of a group. */
static void
add_to_bucket(PipelineChanges *changes, int number, Bucket bucket, int count, Numeric amount)
{
	StateGroup *group = list_nth(changes->groups, number);
	BucketSum *sum = &group->sums[bucket];
	Numeric before = sum->amount;

	if (before != NULL)
		amount = DatumGetNumeric(
			DirectFunctionCall2(numeric_add, NumericGetDatum(before), NumericGetDatum(amount)));
	sum->count += count;
	sum->amount = MemoryContextAlloc(changes->context, VARSIZE(amount));
	memcpy(sum->amount, amount, VARSIZE(amount));
	if (before != NULL)
		pfree(before);
}

/* A stage and its kind. */
typedef struct StageKind
{
	int64 id;
	bool won;
	bool lost;
} StageKind;

/* What receives the stages. */
typedef struct KindReader
{
	DestReceiver pub;
	List *stages;
	MemoryContext context;
} KindReader;

static bool
receive_stage_kind(TupleTableSlot *slot, DestReceiver *self)
{
	KindReader *reader = (KindReader *) self;
	MemoryContext caller = MemoryContextSwitchTo(reader->context);
	StageKind *stage = palloc0(sizeof(StageKind));
	const char *kind;

	slot_getallattrs(slot);
	kind = slot_text(slot, 1);
	stage->id = DatumGetInt64(slot->tts_values[0]);
	stage->won = kind != NULL && strcmp(kind, "won") == 0;
	stage->lost = kind != NULL && strcmp(kind, "lost") == 0;
	reader->stages = lappend(reader->stages, stage);
	MemoryContextSwitchTo(caller);
	return true;
}

/* The stages that the caller sees. */
static List *
read_stage_kinds(const Source *source)
{
	static const char *const needs[] = {"id", "kind"};
	const Source *stages = open_sibling(source, "stage", "pipeline_changes");
	KindReader reader = {.pub = row_receiver(receive_stage_kind), .context = CurrentMemoryContext};
	Params none = {0};
	StringInfoData sql;

	need_columns(stages, lengthof(needs), needs);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT s.id, s.kind::pg_catalog.text FROM %s AS s WHERE true",
					 stages->sql);
	append_tenant(&sql, stages->relid, "s");
	run_params_query(sql.data, &none, &reader.pub);
	return reader.stages;
}

/* What closing in a stage means; a stage that isn't there, or isn't seen, tells nobody. */
static Bucket
closing_bucket(List *stages, const TupleTableSlot *slot)
{
	ListCell *cell;

	foreach (cell, stages)
	{
		const StageKind *stage = lfirst(cell);

		if (slot->tts_isnull[FLOW_STAGE] ||
			stage->id != DatumGetInt64(slot->tts_values[FLOW_STAGE]))
			continue;
		return stage->won ? BUCKET_WON : stage->lost ? BUCKET_LOST : BUCKET_CLOSED;
	}
	return BUCKET_CLOSED;
}

/* The bucket that an opportunity comes with, or goes with. */
static Bucket
bucket_of(ChangeKind kind, bool comes, List *stages, const TupleTableSlot *slot)
{
	switch (kind)
	{
		case ROW_BEGINS:
			return BUCKET_BEGIN;
		case ROW_ENDS:
			return BUCKET_END;
		case ROW_NEW:
			return BUCKET_NEW;
		case ROW_REOPENED:
			return BUCKET_REOPENED;
		case ROW_CLOSED:
			return closing_bucket(stages, slot);
		case ROW_GONE:
			return BUCKET_DELETED;
		case ROW_UNLOGGED:
			return BUCKET_UNLOGGED;
		default:
			return comes ? BUCKET_MOVED_IN : BUCKET_MOVED_OUT;
	}
}

/* The group of a side of a flow; −1: none. */
static int
group_of(const PipelineChanges *changes, const TupleTableSlot *slot, int number)
{
	return slot->tts_isnull[number] ? -1
									: changes->group_of[DatumGetInt32(slot->tts_values[number])];
}

/* Sum up a flow. What changes within its group has only grown or shrunk. */
static void
sum_flow(PipelineChanges *changes, List *stages, const TupleTableSlot *slot)
{
	ChangeKind kind = DatumGetInt32(slot->tts_values[FLOW_KIND]);
	int before = group_of(changes, slot, FLOW_BEFORE);
	int after = group_of(changes, slot, FLOW_AFTER);
	Numeric came = flow_amount(slot, FLOW_AFTER_AMOUNT);
	Numeric went = flow_amount(slot, FLOW_BEFORE_AMOUNT);

	if (kind == ROW_CHANGED && before >= 0 && before == after)
	{
		Numeric difference = subtract(came, went);
		int sign = sign_of(difference);

		if (sign != 0)
			add_to_bucket(changes, after, sign > 0 ? BUCKET_GROWN : BUCKET_SHRUNK, 0, difference);
		return;
	}
	if (before >= 0)
		add_to_bucket(changes, before, bucket_of(kind, false, stages, slot), -1,
					  subtract(int64_to_numeric(0), went));
	if (after >= 0)
		add_to_bucket(changes, after, bucket_of(kind, true, stages, slot), 1, came);
}

/* Sum up all that was kept. */
void
sum_flows(PipelineChanges *changes, const Source *source)
{
	List *stages = read_stage_kinds(source);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(changes->flow_desc, &TTSOpsMinimalTuple);

	while (tuplestore_gettupleslot(changes->flows, true, false, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(changes->row_context);

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		sum_flow(changes, stages, slot);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(changes->row_context);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Put the buckets into the result. */
void
put_buckets(const PipelineChanges *changes)
{
	ListCell *cell;

	foreach (cell, changes->groups)
	{
		const StateGroup *group = lfirst(cell);

		for (int i = 0; i < BUCKETS; i++)
		{
			const BucketSum *sum = &group->sums[i];
			Datum values[] = {group->dimensions, CStringGetTextDatum(bucket_names[i]),
							  group->currency, Int64GetDatum(sum->count),
							  NumericGetDatum(sum->amount)};
			bool nulls[] = {false, false, group->no_currency, false, false};

			if (sum->amount != NULL)
				tuplestore_putvalues(changes->result->setResult, changes->result->setDesc, values,
									 nulls);
		}
	}
}
