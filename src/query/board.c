/* board and column_cards. */
#include "postgres.h"

#include "base/errors.h"
#include "base/limits.h"
#include "base/shard.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/board.h"
#include "query/lanes.h"
#include "query/measure.h"
#include "query/page.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* A query for more cells would be too long to plan. */
#define MAX_CELLS_AT_ONCE 100

PG_FUNCTION_INFO_V1(board);
PG_FUNCTION_INFO_V1(board_0_2);
PG_FUNCTION_INFO_V1(column_cards);

/* The arguments that board and column_cards begin with, and those that follow in each. */
enum
{
	BOARD_RELATION,
	BOARD_SELECTION,
	BOARD_CARDS = BOARD_SELECTION + SELECTION_ARGUMENTS + 2, /* after lane_by and sort */
	BOARD_FIELDS,
	BOARD_WITH_TOTALS,
	BOARD_VIEW,
	BOARD_MEASURES,
	BOARD_IN_CURRENCY,

	CARDS_FIELDS = BOARD_CARDS,
	CARDS_VIEW,
	CARDS_AFTER,
	CARDS_SIZE
};

/* Read the arguments that say which board it is: those of the selection, then lane_by and sort. */
void
read_board_args(FunctionCallInfo fcinfo, BoardArgs *args, Source *source, int selection, int fields,
				int view)
{
	int lane_by = selection + SELECTION_ARGUMENTS;

	args->selection.source = source;
	need_standard_columns(args->selection.source, args->with_totals);
	read_selection(fcinfo, selection, &args->selection);
	args->view.lane_by = PG_ARGISNULL(lane_by) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(lane_by));
	read_view_args(fcinfo, &args->view, &args->selection, fields, lane_by + 1, view, "kanban");
	if (args->view.lane_by != NULL)
		args->lane = lane_name(args->view.lane_by, &args->all_lanes);
}

/* Put one row of a board: a column within a lane, with its totals and first cards. */
static void
put_cell(ReturnSetInfo *result, const BoardArgs *args, const BoardCell *cell,
		 const TotalsFigures *figures, const Cards *cards)
{
	BoardColumn *column = cell->column;
	Datum values[18] = {0};
	bool nulls[18] = {0};
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
		nulls[i] = figures->mixed || !args->with_totals;
		values[i++] = figures->total[total];
	}
	PUT_TEXT(figures->currency);
	nulls[i] = !args->with_totals;
	values[i++] = JsonbPGetDatum(figures->by_currency);
	values[i++] = JsonbPGetDatum(cards->cards);
	nulls[i] = cards->next == NULL;
	values[i++] = JsonbPGetDatum(cards->next);
	values[i++] = BoolGetDatum(in_own_order(args, column));
	nulls[i] = cell->measures == NULL;
	values[i++] = JsonbPGetDatum(cell->measures);
	nulls[i] = args->conversion == NULL;
	values[i] = nulls[i] ? 0 : JsonbPGetDatum(converted_jsonb(args->conversion, cell->converted));
	i++;
	Assert(i == lengthof(values));
#undef PUT_TEXT

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The columns that a board shows, as lists, one for each pipeline that isn't idle. */
static List *
columns_shown(const Stages *stages, int *count)
{
	List *result = NIL;
	ListCell *pipeline;

	*count = 0;
	foreach (pipeline, board_pipelines(stages))
	{
		List *shown = NIL;
		bool idle = true;
		ListCell *cell;

		foreach (cell, (List *) lfirst(pipeline))
		{
			BoardColumn *column = lfirst(cell);

			idle = idle && column->idle;
			if (!column->hidden)
				shown = lappend(shown, column);
		}
		if (idle)
			continue;
		result = lappend(result, shown);
		*count += list_length(shown);
	}
	return result;
}

/* The cells of a board in the order in which they are shown: by pipeline, lane and column. */
static BoardCell *
board_cells(const Stages *stages, List *lanes, Jsonb *no_measures, int *count)
{
	Datum nothing = PointerGetDatum(map_pack(map_create()));
	List *pipelines = columns_shown(stages, count);
	BoardCell *cells;
	BoardCell *next;
	ListCell *pipeline;
	ListCell *lane_cell;
	ListCell *column_cell;

	*count *= list_length(lanes);
	if (*count > MAX_CELLS)
		too_many_cells();
	next = cells = palloc(sizeof(BoardCell) * *count);
	foreach (pipeline, pipelines)
	{
		foreach (lane_cell, lanes)
		{
			Lane *lane = lfirst(lane_cell);
			int position = 0;

			foreach (column_cell, (List *) lfirst(pipeline))
			{
				BoardColumn *column = lfirst(column_cell);
				LaneCell held = held_in_lane(lane, column);

				if (held.totals == 0)
					held = (LaneCell){nothing, no_measures, nothing};
				*next++ = (BoardCell){.column = column,
									  .lane = lane->value,
									  .label = lane->label,
									  .position = position++,
									  .totals = held.totals,
									  .count = map_count(map_read(held.totals)),
									  .measures = held.measures,
									  .converted = held.converted};
			}
		}
	}
	return cells;
}

/* The first cards of a cell of a board. */
Cards
board_cards(const Board *board, const BoardCell *cell)
{
	Cards cards;

	if (board->all != NULL)
		return board->all[cell - board->cells];
	if (cell->count > 0 && board->size > 0)
		read_cards(&cards, &board->args, board->stages, cell, NULL, board->size);
	else
	{
		no_cards(&cards);
		if (cell->count > 0)
			cards.next = cell_cursor(&board->args, cell, NULL);
	}
	return cards;
}

/* Begin the board that a call asks for, with its columns. Needs a connection to SPI. */
void
open_board(FunctionCallInfo fcinfo, Board *board)
{
	*board = (Board){.args.with_totals =
						 PG_ARGISNULL(BOARD_WITH_TOTALS) || PG_GETARG_BOOL(BOARD_WITH_TOTALS),
					 .args.measures = measures_argument(fcinfo, BOARD_MEASURES)};
	board->size = page_size(fcinfo, BOARD_CARDS, "cards", 0, 20);
	read_board_args(fcinfo, &board->args, source_argument(fcinfo, BOARD_RELATION), BOARD_SELECTION,
					BOARD_FIELDS, BOARD_VIEW);
	if (board->args.with_totals)
		board->args.conversion =
			conversion_argument(fcinfo, BOARD_IN_CURRENCY, board->args.selection.source);
	board->stages = read_stages(&board->args.selection);
}

/* Read its cells, but not their cards. */
void
read_cells(Board *board)
{
	const BoardArgs *args = &board->args;
	List *lanes = read_lanes(args, board->stages);
	Jsonb *no_measures = args->measures == NIL
							 ? NULL
							 : measures_of_nothing(open_measures(open_from(args->selection.source),
																 args->measures, args->conversion));

	board->cells = board_cells(board->stages, lanes, no_measures, &board->count);
}

/* Read a whole board, but for cards that are read cell by cell. */
void
read_board(FunctionCallInfo fcinfo, Board *board)
{
	open_board(fcinfo, board);
	read_cells(board);
	board->all =
		read_all_cards(&board->args, board->stages, board->cells, board->count, board->size);
	if (board->all == NULL && board->size > 0 && board->count <= MAX_CELLS_AT_ONCE &&
		is_distributed(board->args.selection.source->relid))
		board->all = read_cards_together(&board->args, board->stages, board->cells, board->count,
										 board->size);
}

/*
 * board(relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, lane_by text, sort text[], cards integer, fields text[], with_totals boolean, "view"
 * text, measures text[], in_currency text)
 */
Datum
board_0_2(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;
	Board board;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	read_board(fcinfo, &board);
	row_context = AllocSetContextCreate(CurrentMemoryContext, "board row", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < board.count; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(row_context);
		TotalsFigures figures;
		Cards cards;

		CHECK_FOR_INTERRUPTS();
		totals_figures(board.cells[i].totals, &figures);
		cards = board_cards(&board, &board.cells[i]);
		put_cell(result, &board.args, &board.cells[i], &figures, &cards);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_context);
	}
	SPI_finish();
	return (Datum) 0;
}

/* board(the same without measures and in_currency) */
Datum
board(PG_FUNCTION_ARGS)
{
	return board_0_2(fcinfo);
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
	int size = page_size(fcinfo, CARDS_SIZE, "size", 1, 20);
	Jsonb *result;

	if (PG_ARGISNULL(CARDS_AFTER))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("after is null"),
				 errhint("Give the cursor in a board's \"next\"; board(cards => 0) gives one for "
						 "each column that holds cards."),
				 err_code("invalid_cursor"), err_field("after")));

	read_board_args(fcinfo, &args, source_argument(fcinfo, BOARD_RELATION), BOARD_SELECTION,
					CARDS_FIELDS, CARDS_VIEW);
	SPI_connect();
	stages = read_stages(&args.selection);
	after.json = PG_GETARG_JSONB_P(CARDS_AFTER);
	read_cell(&args, stages, &after, &cell);
	read_cards(&cards, &args, stages, &cell, &after, size);
	MemoryContextSwitchTo(caller);
	result = cards_json(&cards);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}
