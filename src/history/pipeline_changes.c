/* pipeline_changes: what came into the open pipeline, and what left it, between two days. */
#include "postgres.h"

#include "access/relation.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/period_field.h"
#include "funcapi.h"
#include "history/pipeline_changes.h"
#include "query/projection.h"
#include "settings/clock.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(pipeline_changes);

/* The arguments. */
enum
{
	CHANGES_OF,
	CHANGES_FIRST_DAY,
	CHANGES_LAST_DAY,
	CHANGES_BY,
	CHANGES_SELECTION
};

static const Oid flow_types[FLOW_COLUMNS] = {INT4OID,	 INT4OID,	 INT4OID,
											 NUMERICOID, NUMERICOID, INT8OID};

/* The query of the groups of states: what they have in common, and their numbers. */
static char *
states_query(const PipelineChanges *changes)
{
	StringInfoData sql;
	int count = list_length(changes->dimensions);
	ListCell *cell;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	foreach (cell, changes->dimensions)
		appendStringInfo(&sql, "%s AS d%d, ", ((Field *) lfirst(cell))->sql,
						 foreach_current_index(cell) + 1);
	appendStringInfoString(&sql, "o.currency AS currency, "
								 "pg_catalog.array_agg(o." STATE_NUMBER ") AS states");
	append_from(&sql, changes->selection);
	appendStringInfoString(&sql, " GROUP BY ");
	for (int i = 1; i <= count + 1; i++)
		appendStringInfo(&sql, "%s%d", i == 1 ? "" : ", ", i);
	return sql.data;
}

/* The dimensions of groups g, as fields. */
static List *
state_fields(List *dimensions)
{
	List *fields = NIL;
	ListCell *cell;

	foreach (cell, dimensions)
	{
		Field *dimension = lfirst(cell);
		Field *field = make_field(
			dimension->name, psprintf("g.d%d", foreach_current_index(cell) + 1), dimension->type);

		field->plain = dimension->plain;
		field->unit = dimension->unit;
		fields = lappend(fields, field);
	}
	return fields;
}

/* What receives the groups. */
typedef struct GroupReader
{
	DestReceiver pub;
	PipelineChanges *changes;
	List *fields;
	MemoryContext context;
} GroupReader;

/* The dimensions of a group, as one object. */
static Datum
group_dimensions(List *fields, const TupleTableSlot *slot)
{
	JsonbInState state = {0};
	ListCell *cell;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		int i = foreach_current_index(cell);
		JsonbValue value = {.type = jbvNull};

		push_key(&state, field->name);
		if (!slot->tts_isnull[i])
			set_json(&value, field, slot->tts_values[i]);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	return JsonbPGetDatum(finish_json(&state, WJB_END_OBJECT));
}

static bool
receive_group(TupleTableSlot *slot, DestReceiver *self)
{
	GroupReader *reader = (GroupReader *) self;
	PipelineChanges *changes = reader->changes;
	int count = list_length(reader->fields);
	MemoryContext caller = MemoryContextSwitchTo(changes->row_context);
	StateGroup *group;
	Datum dimensions;
	Datum *numbers;
	int members;

	slot_getallattrs(slot);
	dimensions = group_dimensions(reader->fields, slot);
	MemoryContextSwitchTo(reader->context);
	group = palloc0(sizeof(StateGroup));
	group->dimensions = datumCopy(dimensions, false, -1);
	group->no_currency = slot->tts_isnull[count];
	if (!group->no_currency)
		group->currency = PointerGetDatum(DatumGetTextPCopy(slot->tts_values[count]));
	deconstruct_array(DatumGetArrayTypeP(slot->tts_values[count + 1]), INT4OID, sizeof(int32), true,
					  TYPALIGN_INT, &numbers, NULL, &members);
	for (int i = 0; i < members; i++)
		changes->group_of[DatumGetInt32(numbers[i])] = list_length(changes->groups);
	changes->groups = lappend(changes->groups, group);
	pfree(numbers);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(changes->row_context);
	return true;
}

/* Find the group of each state. */
static void
find_groups(PipelineChanges *changes)
{
	GroupReader reader = {.pub = row_receiver(receive_group),
						  .changes = changes,
						  .fields = state_fields(changes->dimensions),
						  .context = CurrentMemoryContext};
	Params none = {0};
	StringInfoData sql;
	ListCell *cell;

	changes->group_of =
		MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * (changes->states->count + 1));
	for (int i = 0; i < changes->states->count; i++)
		changes->group_of[i] = -1;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s%sg.currency, g.states FROM (%s) AS g ORDER BY ",
					 projected_columns(reader.fields), reader.fields != NIL ? ", " : "",
					 states_query(changes));
	foreach (cell, reader.fields)
	{
		const Field *field = lfirst(cell);

		appendStringInfo(&sql, "%s%s, ", field->sql, has_order(field) ? "" : "::pg_catalog.text");
	}
	appendStringInfoString(&sql, "g.currency");
	run_params_query(sql.data, &none, &reader.pub);
}

/* A state that the pipeline has: an open one. */
static bool
is_open(const History *history, const RowState *state)
{
	return state != NULL && state->nulls[history->closed_on];
}

/* Set a side of a flow: the state of a row, as far as it is open, and its amount. */
static void
set_side(const PipelineChanges *changes, const History *history, int64 id, RowState *state,
		 Datum *values, bool *nulls, int number, int amount)
{
	nulls[number] = !is_open(history, state);
	nulls[amount] = nulls[number] || state->nulls[changes->amount];
	if (nulls[number])
		return;
	values[number] = Int32GetDatum(state_number(changes->states, id, state));
	values[amount] = state->values[changes->amount];
}

/* Whether a change is none to the pipeline. */
static bool
is_no_change(const Datum *values, const bool *nulls)
{
	if (nulls[FLOW_BEFORE] || nulls[FLOW_AFTER])
		return nulls[FLOW_BEFORE] && nulls[FLOW_AFTER];
	if (values[FLOW_BEFORE] != values[FLOW_AFTER] ||
		nulls[FLOW_BEFORE_AMOUNT] != nulls[FLOW_AFTER_AMOUNT])
		return false;
	return nulls[FLOW_AFTER_AMOUNT] ||
		   DatumGetBool(DirectFunctionCall2(numeric_eq, values[FLOW_BEFORE_AMOUNT],
											values[FLOW_AFTER_AMOUNT]));
}

/* Whether a row came into being before the first day, though nobody knew. */
static bool
came_before(const History *history, const RowState *state)
{
	return state->nulls[history->created_at] ||
		   business_day(DatumGetTimestampTz(state->values[history->created_at])) <
			   history->first_day;
}

/* Keep a change of a row, until the states have their groups. */
static void
keep_flow(History *history, const HistoryChange *change)
{
	PipelineChanges *changes = history->visitor;
	Datum values[FLOW_COLUMNS] = {0};
	bool nulls[FLOW_COLUMNS] = {false};
	ChangeKind kind = change->kind;

	if (kind == ROW_UNKNOWN)
		return;
	if (kind == ROW_NEW && came_before(history, change->after))
		kind = ROW_UNLOGGED;
	limit_states(changes->states);
	values[FLOW_KIND] = Int32GetDatum(kind);
	set_side(changes, history, change->id, change->before, values, nulls, FLOW_BEFORE,
			 FLOW_BEFORE_AMOUNT);
	set_side(changes, history, change->id, change->after, values, nulls, FLOW_AFTER,
			 FLOW_AFTER_AMOUNT);
	if (is_no_change(values, nulls))
		return;
	nulls[FLOW_STAGE] = kind != ROW_CLOSED || change->after->nulls[history->stage_id];
	if (!nulls[FLOW_STAGE])
		values[FLOW_STAGE] = change->after->values[history->stage_id];
	tuplestore_putvalues(changes->flows, changes->flow_desc, values, nulls);
}

/* The dimensions, each once. */
static List *
dimensions_of(FromClause *from, List *by)
{
	List *dimensions = NIL;
	ListCell *cell;

	foreach (cell, by)
	{
		bool known = false;
		ListCell *other;

		foreach (other, dimensions)
			known |= strcmp(((Field *) lfirst(other))->name, lfirst(cell)) == 0;
		if (!known)
			dimensions = lappend(dimensions, grouping_field(from, lfirst(cell)));
	}
	return dimensions;
}

/* Where changes are kept until the states have their groups. */
static void
open_flows(PipelineChanges *changes)
{
	changes->flow_desc = CreateTemplateTupleDesc(FLOW_COLUMNS);
	for (int i = 0; i < FLOW_COLUMNS; i++)
		TupleDescInitEntry(changes->flow_desc, i + 1, NULL, flow_types[i], -1, 0);
	finish_desc(changes->flow_desc);
	changes->flows = tuplestore_begin_heap(false, false, work_mem);
	changes->context = CurrentMemoryContext;
	changes->row_context = AllocSetContextCreate(
		CurrentMemoryContext, "opportunities: change of the pipeline", ALLOCSET_DEFAULT_SIZES);
}

/* Open the history of what the call asks for. */
static History *
open_changes(PipelineChanges *changes, FunctionCallInfo fcinfo, Source *source)
{
	SelectionArgs args = {0};
	List *by = PG_ARGISNULL(CHANGES_BY)
				   ? NIL
				   : text_array(PG_GETARG_ARRAYTYPE_P(CHANGES_BY), "by", MAX_DIMENSIONS);
	List *names;
	History *history;

	changes->states = open_pipeline_states(source);
	args.source = source;
	read_selection(fcinfo, CHANGES_SELECTION, &args);
	args.include_archived |= PG_ARGISNULL(CHANGES_SELECTION + SELECTION_INCLUDE_ARCHIVED);
	args.source = states_source(changes->states, source);
	changes->selection = open_selection(&args, NULL);
	changes->dimensions = dimensions_of(changes->selection->from, by);
	names = used_columns(changes->states, states_query(changes));
	history = open_history(source, lappend(list_copy(names), "amount"), NIL);
	fill_states(changes->states, history, names);
	changes->amount = history_column(history, "amount");
	history->visit = keep_flow;
	history->visitor = changes;
	open_flows(changes);
	return history;
}

/*
 * pipeline_changes(relation regclass, first_day date, last_day date, by text[], filter text,
 * rules jsonb, scope jsonb, search text, include_archived boolean)
 */
Datum
pipeline_changes(PG_FUNCTION_ARGS)
{
	PipelineChanges changes = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	static const char *const needs[] = {"id", "amount", "currency", "created_at"};
	Source *source;
	History *history;

	InitMaterializedSRF(fcinfo, 0);
	need_argument(fcinfo, CHANGES_FIRST_DAY, "first_day");
	need_argument(fcinfo, CHANGES_LAST_DAY, "last_day");
	source = source_argument(fcinfo, CHANGES_OF);
	need_columns(source, lengthof(needs), needs);
	need_type(source, "amount", NUMERICOID);
	need_type(source, "currency", TEXTOID);
	SPI_connect();
	history = open_changes(&changes, fcinfo, source);
	history->first_day = PG_GETARG_DATEADT(CHANGES_FIRST_DAY);
	history->last_day = PG_GETARG_DATEADT(CHANGES_LAST_DAY);
	if (history->first_day > history->last_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("last_day is before first_day"),
				 err_code("days_reversed"), err_field("last_day")));
	follow_history(history);
	find_groups(&changes);
	sum_flows(&changes, source);
	put_buckets(&changes);
	tuplestore_end(changes.flows);
	tuplestore_end(changes.states->relation.reldata);
	relation_close(history->command->tg_relation, NoLock);
	SPI_finish();
	return (Datum) 0;
}
