/* opportunities_on: the opportunities that there were at the end of a day. */
#include "postgres.h"

#include "access/relation.h"
#include "base/compat.h"
#include "base/query_params.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "history/history.h"
#include "settings/clock.h"
#include "triggers/owner_query.h"
#include "utils/array.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(opportunities_on);

/* The columns of the result: those of the table, and before and behind them what is told of each.
 */
static const char *const columns[] = {
	"pipeline_id", "stage_id",	  "title",			"account_id", "owner",	   "currency",
	"amount",	   "probability", "expected_close", "archived",	  "closed_on",
};

#define TITLE 2
#define CLOSED_ON 10

enum
{
	ON_ID,
	ON_DELETED_AT,
	ON_KNOWN,		/* whether the log tells how it was … */
	ON_STAGE_KNOWN, /* … or the moves at least in which stage */
	ON_COLUMNS,
	ON_PIPELINE_ID = ON_COLUMNS,
	ON_STAGE_ID,
	ON_TITLE,
	ON_RESULTS = ON_COLUMNS + lengthof(columns)
};

/* The opportunities of a day. */
typedef struct PipelineOn
{
	ReturnSetInfo *result;
	int numbers[lengthof(columns)]; /* of the columns in the history */
	ArrayBuildState *unknown;		/* rows of which the log doesn't tell how they were … */
	ArrayBuildState *deleted;		/* … when they were deleted … */
	ArrayBuildState *closings;		/* … the first closing that it tells of … */
	ArrayBuildState *titles;		/* … and what they are called */
} PipelineOn;

/*
 * The stages in which some rows were at a moment, as far as moves tell, which may go back further
 * than the log or come from elsewhere, and then since when; or else the rows themselves.
 */
static const OwnerQuery stages_on = {
	.table = "stage_change",
	.second = "opportunity",
	.sql = "SELECT u.n, CASE WHEN m.left_at IS NULL THEN o.pipeline_id ELSE m.pipeline_id END "
		   "AS from_pipeline_id, CASE WHEN m.left_at IS NULL THEN o.stage_id ELSE m.stage_id END "
		   "AS from_stage_id, m.entered_at AS entered_at, m.left_at AS left_at "
		   "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) "
		   "WITH ORDINALITY AS u (id, deleted_at, n) LEFT JOIN LATERAL ("
		   "SELECT c.from_pipeline_id AS pipeline_id, c.from_stage_id AS stage_id, c.entered_at, "
		   "c.left_at FROM %1$s AS c WHERE {=}c.opportunity_id OPERATOR(pg_catalog.=) u.id "
		   "AND c.left_at OPERATOR(pg_catalog.>=) $3 AND CASE WHEN u.deleted_at IS NULL "
		   "THEN c.deleted_at IS NULL ELSE c.deleted_at OPERATOR(pg_catalog.=) u.deleted_at END "
		   "ORDER BY c.id LIMIT 1) AS m ON true LEFT JOIN (SELECT q.id, q.pipeline_id, q.stage_id, "
		   "q.stage_entered_at, q.closed_at FROM %2$s AS q WHERE {=}true) AS o "
		   "ON o.id OPERATOR(pg_catalog.=) u.id AND u.deleted_at IS NULL "
		   "WHERE CASE WHEN m.left_at IS NULL THEN LEAST(o.stage_entered_at, o.closed_at) "
		   "ELSE m.entered_at END OPERATOR(pg_catalog.<) $3",
	.nargs = 3,
	.args = {INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID},
	.nresults = 5,
	.results = {{INT8OID},
				{INT8OID, NULLABLE},
				{INT8OID, NULLABLE},
				{TIMESTAMPTZOID, NULLABLE},
				{TIMESTAMPTZOID, NULLABLE}},
};

/* Put an opportunity into the result. */
static void
put_opportunity(const PipelineOn *on, int64 id, TimestampTz deleted_at, Datum *values, bool *nulls)
{
	values[ON_ID] = Int64GetDatum(id);
	values[ON_DELETED_AT] = TimestampTzGetDatum(deleted_at);
	nulls[ON_DELETED_AT] = TIMESTAMP_NOT_FINITE(deleted_at);
	tuplestore_putvalues(on->result->setResult, on->result->setDesc, values, nulls);
}

/* Keep a row whose values nobody knows. */
static void
keep_unknown(PipelineOn *on, const HistoryChange *change)
{
	MemoryContext context = on->result->econtext->ecxt_per_query_memory;

	on->unknown = accumArrayResult(on->unknown, Int64GetDatum(change->id), false, INT8OID, context);
	on->deleted =
		accumArrayResult(on->deleted, TimestampTzGetDatum(change->deleted_at),
						 TIMESTAMP_NOT_FINITE(change->deleted_at), TIMESTAMPTZOID, context);
	on->closings =
		accumArrayResult(on->closings, DateADTGetDatum(change->closing), false, DATEOID, context);
	on->titles = accumArrayResult(on->titles, change->after->values[on->numbers[TITLE]],
								  change->after->nulls[on->numbers[TITLE]], TEXTOID, context);
}

static void
put_state_on(History *history, const HistoryChange *change)
{
	PipelineOn *on = history->visitor;
	Datum values[ON_RESULTS] = {0};
	bool nulls[ON_RESULTS] = {false};

	if (change->kind == ROW_UNKNOWN)
		keep_unknown(on, change);
	if (change->kind != ROW_BEGINS)
		return;
	values[ON_KNOWN] = values[ON_STAGE_KNOWN] = BoolGetDatum(true);
	for (int i = 0; i < lengthof(columns); i++)
	{
		values[ON_COLUMNS + i] = change->after->values[on->numbers[i]];
		nulls[ON_COLUMNS + i] = change->after->nulls[on->numbers[i]];
	}
	put_opportunity(on, change->id, change->deleted_at, values, nulls);
}

/* What receives the stages of rows of which else nothing is known. */
typedef struct StageOnReader
{
	DestReceiver pub;
	const History *history;
	Datum *pipelines; /* 0: not known */
	Datum *stages;
	bool *no_stage;
	const Datum *closings; /* the first ones that are known */
	DateADT *closed_on;	   /* DATEVAL_NOEND: it was open */
} StageOnReader;

/* Whether a stage is one that rows are closed in. */
static bool
is_final_stage(const History *history, int64 id)
{
	ListCell *cell;

	foreach (cell, history->finals)
		if (((FinalStage *) lfirst(cell))->id == id)
			return true;
	return false;
}

/*
 * Take the stage of a row. In one that it was closed in, and left before it was closed for the
 * first time that the log tells of, it was closed; else it was open until then, nobody knows where.
 */
static bool
receive_stage_on(TupleTableSlot *slot, DestReceiver *self)
{
	StageOnReader *reader = (StageOnReader *) self;
	int64 number;

	slot_getallattrs(slot);
	number = DatumGetInt64(slot->tts_values[0]) - 1;
	if (!slot->tts_isnull[2] && is_final_stage(reader->history, DatumGetInt64(slot->tts_values[2])))
	{
		if (slot->tts_isnull[4] || business_day(DatumGetTimestampTz(slot->tts_values[4])) >=
									   DatumGetDateADT(reader->closings[number]))
			return true;
		reader->closed_on[number] = business_day(DatumGetTimestampTz(slot->tts_values[3]));
	}
	reader->pipelines[number] = slot->tts_values[1];
	reader->stages[number] = slot->tts_values[2];
	reader->no_stage[number] = slot->tts_isnull[2];
	return true;
}

/* Read the stages of the rows whose values nobody knows. */
static void
read_unknown(const PipelineOn *on, StageOnReader *reader)
{
	const History *history = reader->history;
	int count = on->unknown->nelems;
	int lower = 1;
	Datum args[3];

	reader->pipelines = palloc0(sizeof(Datum) * count);
	reader->stages = palloc0(sizeof(Datum) * count);
	reader->no_stage = palloc0(sizeof(bool) * count);
	reader->closings = on->closings->dvalues;
	reader->closed_on = palloc(sizeof(DateADT) * count);
	for (int i = 0; i < count; i++)
		reader->closed_on[i] = DATEVAL_NOEND;
	args[0] = makeMdArrayResult(on->unknown, 1, &count, &lower, CurrentMemoryContext, false);
	args[1] = makeMdArrayResult(on->deleted, 1, &count, &lower, CurrentMemoryContext, false);
	args[2] = TimestampTzGetDatum(business_day_start(history->first_day));
	owner_scan(history->command, &stages_on, args, &reader->pub);
}

/* Put the rows that were there, though nobody knows their values, into the result. */
static void
put_unknown(const PipelineOn *on, const History *history)
{
	StageOnReader reader = {.pub = row_receiver(receive_stage_on), .history = history};

	if (on->unknown == NULL)
		return;
	read_unknown(on, &reader);
	for (int i = 0; i < on->unknown->nelems; i++)
	{
		bool known = reader.pipelines[i] != 0;
		Datum values[ON_RESULTS] = {0};
		bool nulls[ON_RESULTS];

		memset(nulls, true, sizeof(nulls));
		memset(nulls, false, sizeof(bool) * ON_COLUMNS);
		values[ON_STAGE_KNOWN] = BoolGetDatum(known);
		values[ON_PIPELINE_ID] = reader.pipelines[i];
		nulls[ON_PIPELINE_ID] = !known;
		values[ON_STAGE_ID] = reader.stages[i];
		nulls[ON_STAGE_ID] = !known || reader.no_stage[i];
		values[ON_COLUMNS + CLOSED_ON] = DateADTGetDatum(reader.closed_on[i]);
		nulls[ON_COLUMNS + CLOSED_ON] = reader.closed_on[i] == DATEVAL_NOEND;
		values[ON_TITLE] = on->titles->dvalues[i];
		nulls[ON_TITLE] = on->titles->dnulls[i];
		put_opportunity(on, DatumGetInt64(on->unknown->dvalues[i]),
						on->deleted->dnulls[i] ? DT_NOBEGIN
											   : DatumGetTimestampTz(on->deleted->dvalues[i]),
						values, nulls);
	}
}

/* opportunities_on(relation regclass, day date) -> the opportunities of a table on that day */
Datum
opportunities_on(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	PipelineOn on = {.result = result};
	Source *source = open_source(PG_GETARG_OID(0));
	DateADT day = PG_GETARG_DATEADT(1);
	List *names = NIL;
	History *history;

	InitMaterializedSRF(fcinfo, 0);
	need_columns(source, lengthof(columns), columns);
	for (int i = 0; i < lengthof(columns); i++)
		names = lappend(names, (void *) columns[i]);
	SPI_connect();
	history = open_history(source, names, list_make2("title", "stage_entered_at"));
	for (int i = 0; i < lengthof(columns); i++)
	{
		need_type(source, columns[i], TupleDescAttr(result->setDesc, ON_COLUMNS + i)->atttypid);
		on.numbers[i] = history_column(history, columns[i]);
	}
	history->last_day = day;
	history->first_day = DATE_NOT_FINITE(day) ? day : day + 1;
	history->with_closed = true;
	history->visit = put_state_on;
	history->visitor = &on;
	follow_history(history);
	put_unknown(&on, history);
	relation_close(history->command->tg_relation, NoLock);
	SPI_finish();
	return (Datum) 0;
}
