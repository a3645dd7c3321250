#include "postgres.h"

#include "base/errors.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/cards.h"
#include "settings/tenant.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(board);
PG_FUNCTION_INFO_V1(column_cards);

/* A lane of a board: the totals of each column, 0 where it has no rows. */
typedef struct Lane
{
	char *value;
	char *label;
	Datum *totals;
} Lane;

/* The arguments that board and column_cards share; those of fields and view stand apart. */
static void
board_args(FunctionCallInfo fcinfo, BoardArgs *args, int fields)
{
	args->selection.source = open_source(PG_ARGISNULL(0) ? default_relation() : PG_GETARG_OID(0));
	need_standard_columns(args->selection.source);
	read_selection(fcinfo, 1, &args->selection);
	args->view.lane_by = PG_ARGISNULL(6) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(6));
	read_view_args(fcinfo, &args->view, &args->selection, fields, 7, fields + 1);
}

/* The text form of a lane; where equal values can differ in theirs, one for all of them. */
static const char *
lane_text(const Field *lane)
{
	const char *text = field_text(lane, "g.lane");

	if (text_tells_values(lane) ||
		!OidIsValid(lookup_type_cache(lane->type, TYPECACHE_LT_OPR)->lt_opr))
		return text;
	return psprintf("pg_catalog.min(%s COLLATE pg_catalog.\"C\") OVER (PARTITION BY g.lane)", text);
}

/*
 * The label of a lane: the name of the row that its value is the key of, where there is one.
 * Appends the join that it needs to the query over the groups g.
 */
static const char *
lane_label(StringInfo joins, const Source *source, const Field *lane)
{
	const char *name = lane->name;
	int length = strlen(name);
	Link *link;
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	if (lane->column == NULL)
		return lane_text(lane);
	if (length > 3 && strcmp(name + length - 3, "_id") == 0)
		name = pnstrdup(name, length - 3);
	link = source_link(source, name);
	if (link == NULL || source_column(open_source(link->relid), "name") == NULL)
		return lane_text(lane);

	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		if (((SourceColumn *) lfirst(local))->number != lane->column->number)
			continue;
		appendStringInfo(joins, " LEFT JOIN %s AS l ON %s", sql_relation(link->relid),
						 sql_column("l", lfirst(foreign)));
		append_operator(joins, lfirst_oid(operator_cell));
		appendStringInfoString(joins, "g.lane");
		append_tenant(joins, link->relid, "l");
	}
	return psprintf("COALESCE(l.name::pg_catalog.text, %s)", lane_text(lane));
}

/* A query for the totals of each group of rows: its pipeline, stage, lane, label and totals. */
static char *
totals_query(const BoardArgs *args, Selection *selection, const Stages *stages)
{
	Field *stage = column_stage(selection, stages);
	Field *state = column_state(selection, stages);
	Field *lane = NULL;
	const char *label = "NULL";
	const char *nothing = "NULL::pg_catalog.text";
	StringInfoData joins;
	StringInfoData sql;

	initStringInfo(&joins);
	initStringInfo(&sql);
	append_day_rule(selection, stages, stage);
	if (args->view.lane_by != NULL)
	{
		lane = need_field(selection->from, args->view.lane_by);
		(void) field_equality(lane);
		label = lane_label(&joins, args->selection.source, lane);
	}

	appendStringInfo(&sql,
					 "SELECT g.pipeline::pg_catalog.text, g.stage::pg_catalog.text, "
					 "g.state::pg_catalog.text, %s, %s, g.totals FROM (SELECT %s AS pipeline, "
					 "%s AS stage, %s AS state, %s AS lane, ",
					 lane != NULL ? lane_text(lane) : "NULL", label,
					 stages->by_pipeline ? "o.pipeline_id" : nothing, stage->sql,
					 state != NULL ? state->sql : nothing, lane != NULL ? lane->sql : nothing);
	append_totals(&sql, args->selection.source);
	appendStringInfoString(&sql, " AS totals");
	append_from(&sql, selection);
	appendStringInfo(&sql, " GROUP BY 1, 2, 3, 4) AS g%s", joins.data);
	if (lane != NULL)
		appendStringInfoString(&sql, " ORDER BY 5 NULLS LAST, 4 NULLS LAST");
	return sql.data;
}

/* Read the totals of all rows into lanes, and add the columns that only rows know of. */
static List *
read_lanes(const BoardArgs *args, Stages *stages)
{
	MemoryContext context = CurrentMemoryContext;
	List *lanes = NIL;
	Lane *lane = NULL;
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	uint64 rows = run_selection(totals_query(args, selection, stages), selection, EACH_TIME, NULL);
	BoardColumn **columns = palloc(sizeof(BoardColumn *) * Max(rows, 1));

	/* once all columns are known, lanes have room for them */
	for (uint64 row = 0; row < rows; row++)
		columns[row] = find_board_column(stages, copy_value(context, row, 1),
										 copy_value(context, row, 2), copy_value(context, row, 3));

	for (uint64 row = 0; row < rows; row++)
	{
		char *value = copy_value(context, row, 4);
		bool isnull;
		Datum totals = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 6, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (lane == NULL || (value == NULL) != (lane->value == NULL) ||
			(value != NULL && strcmp(value, lane->value) != 0))
		{
			lane = palloc(sizeof(Lane));
			lane->value = value;
			lane->label = copy_value(context, row, 5);
			lane->totals = palloc0(sizeof(Datum) * list_length(stages->columns));
			lanes = lappend(lanes, lane);
		}
		lane->totals[columns[row]->index] = datumCopy(totals, false, -1);
		columns[row]->hidden = false;
	}
	SPI_freetuptable(SPI_tuptable);

	if (stages->columns == NIL)
		open_pipeline(stages, stages->pipeline);
	if (lanes == NIL)
	{
		lane = palloc0(sizeof(Lane));
		lane->totals = palloc0(sizeof(Datum) * list_length(stages->columns));
		lanes = list_make1(lane);
	}
	return lanes;
}

/* Put one row of a board: a column within a lane, with its totals and first cards. */
static void
put_cell(ReturnSetInfo *result, const BoardCell *cell, const TotalsFigures *figures,
		 const Cards *cards)
{
	BoardColumn *column = cell->column;
	Datum values[15] = {0};
	bool nulls[15] = {0};
	int i = 0;

#define PUT_TEXT(text)                                                \
	do                                                                \
	{                                                                 \
		nulls[i] = (text) == NULL;                                    \
		values[i++] = (text) == NULL ? 0 : CStringGetTextDatum(text); \
	} while (0)

	PUT_TEXT(column->pipeline);
	PUT_TEXT(cell->lane);
	PUT_TEXT(cell->label);
	PUT_TEXT(column->stage);
	PUT_TEXT(column->name);
	PUT_TEXT(column->kind);
	values[i++] = Int32GetDatum(cell->position);
	values[i++] = Int64GetDatum(figures->count);
	for (int total = 0; total < 3; total++)
	{
		nulls[i] = figures->mixed;
		values[i++] = figures->total[total];
	}
	PUT_TEXT(figures->currency);
	values[i++] = JsonbPGetDatum(figures->by_currency);
	values[i++] = JsonbPGetDatum(cards->cards);
	nulls[i] = cards->next == NULL;
	values[i++] = JsonbPGetDatum(cards->next);
	Assert(i == lengthof(values));
#undef PUT_TEXT

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The cells of a board in the order in which they are shown: by pipeline, lane and column. */
static BoardCell *
board_cells(const Stages *stages, List *lanes, int *count)
{
	Datum nothing = PointerGetDatum(map_pack(map_create()));
	BoardCell *cells = palloc_extended(
		sizeof(BoardCell) * list_length(stages->columns) * list_length(lanes), MCXT_ALLOC_HUGE);
	ListCell *pipeline;

	*count = 0;
	foreach (pipeline, board_pipelines(stages))
	{
		ListCell *lane_cell;

		foreach (lane_cell, lanes)
		{
			Lane *lane = lfirst(lane_cell);
			ListCell *column_cell;
			int position = 0;

			CHECK_FOR_INTERRUPTS();
			foreach (column_cell, (List *) lfirst(pipeline))
			{
				BoardColumn *column = lfirst(column_cell);
				Datum totals = lane->totals[column->index];

				if (totals == 0)
					totals = nothing;

				if (!column->hidden)
					cells[(*count)++] = (BoardCell){.column = column,
													.lane = lane->value,
													.label = lane->label,
													.position = position++,
													.totals = totals,
													.count = map_count(map_read(totals))};
			}
		}
	}
	return cells;
}

/* Whether most rows of a board are shown, and there are no more than a page can have. */
static bool
shows_most(const BoardCell *cells, int count, int size)
{
	int64 all = 0;
	int64 shown = 0;

	for (int i = 0; i < count; i++)
	{
		all += cells[i].count;
		shown += Min(cells[i].count, size);
	}
	return all > 0 && all <= MAX_PAGE_SIZE && all <= 2 * shown;
}

/* The first cards of a cell. */
static Cards
first_cards(const BoardArgs *args, const Stages *stages, const BoardCell *cell, int size)
{
	Cards cards;

	if (cell->count > 0 && size > 0)
		read_cards(&cards, args, stages, cell, NULL, size);
	else
	{
		no_cards(&cards);
		if (cell->count > 0)
			cards.next = cell_cursor(args, cell, NULL);
	}
	return cards;
}

/*
 * board(relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, lane_by text, sort text[], cards integer, fields text[], "view" text)
 */
Datum
board(PG_FUNCTION_ARGS)
{
	BoardArgs args = {0};
	Stages *stages;
	List *lanes;
	BoardCell *cells;
	Cards *all = NULL;
	int count;
	int size = page_size(fcinfo, 8, "cards", 0, 20);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;

	InitMaterializedSRF(fcinfo, 0);
	board_args(fcinfo, &args, 9);
	SPI_connect();
	stages = read_stages(&args.selection);
	lanes = read_lanes(&args, stages);
	cells = board_cells(stages, lanes, &count);
	if (shows_most(cells, count, size))
		all = read_all_cards(&args, stages, cells, count, size);

	row_context = AllocSetContextCreate(CurrentMemoryContext, "board row", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < count; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);
		TotalsFigures figures;
		Cards cards;

		CHECK_FOR_INTERRUPTS();
		totals_figures(cells[i].totals, &figures);
		cards = all != NULL ? all[i] : first_cards(&args, stages, &cells[i], size);
		put_cell(result, &cells[i], &figures, &cards);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * column_cards(relation regclass, filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, lane_by text, sort text[], fields text[], "view" text, after jsonb,
 * size integer)
 */
Datum
column_cards(PG_FUNCTION_ARGS)
{
	BoardArgs args = {0};
	BoardCell cell;
	Cursor after = {.argument = "after"};
	Cards cards;
	Stages *stages;
	MemoryContext caller = CurrentMemoryContext;
	int size = page_size(fcinfo, 11, "size", 1, 20);
	Jsonb *result;

	if (PG_ARGISNULL(10))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("after is null"),
				 errhint("Give the cursor in a board's \"next\"; board(cards => 0) gives one for "
						 "each column that holds cards."),
				 err_code("invalid_cursor"), err_field("after")));

	board_args(fcinfo, &args, 8);
	SPI_connect();
	stages = read_stages(&args.selection);
	after.json = PG_GETARG_JSONB_P(10);
	read_cell(&args, stages, &after, &cell);
	read_cards(&cards, &args, stages, &cell, &after, size);
	MemoryContextSwitchTo(caller);
	result = cards_json(&cards);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}
