/* board_json: a board as one JSON object that says what it is. */
#include "postgres.h"

#include "base/json_writer.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "query/board.h"
#include "query/description.h"
#include "query/lanes.h"
#include "query/projection.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(board_json);
PG_FUNCTION_INFO_V1(board_json_0_2);

/* Add a count and totals, numbers as strings; only the count where no amount was read. */
static void
push_totals(JsonbInState *state, Datum totals, bool with_totals)
{
	static const char *const names[] = {"final_total", "estimated_total", "realized_total"};
	TotalsFigures figures;

	totals_figures(totals, &figures);
	push_text(state, "count", psprintf(INT64_FORMAT, figures.count));
	for (int i = 0; i < lengthof(names); i++)
		push_text(state, names[i],
				  figures.mixed || !with_totals
					  ? NULL
					  : DatumGetCString(DirectFunctionCall1(numeric_out, figures.total[i])));
	push_text(state, "currency", with_totals ? figures.currency : NULL);
	push_json(state, "by_currency", with_totals ? figures.by_currency : NULL);
}

/* Add what a column within a lane is, and what it holds, but for its cards. */
void
push_cell(JsonbInState *state, const BoardArgs *args, const BoardCell *cell)
{
	const BoardColumn *column = cell->column;

	push_text(state, "pipeline_id", column->pipeline);
	push_text(state, "lane", cell->lane);
	push_text(state, "lane_label", cell->label);
	push_text(state, "stage_id", column->stage);
	push_text(state, "stage", column->name);
	push_text(state, "kind", column->kind);
	push_totals(state, cell->totals, args->with_totals);
	push_boolean(state, "own_order", in_own_order(args, column));
}

/* A column within a lane, with the members that a row of board has. */
static Jsonb *
column_json(const Board *board, const BoardCell *cell, const Cards *cards)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_cell(&state, &board->args, cell);
	push_number(&state, "position", cell->position);
	push_json(&state, "cards", cards->cards);
	push_json(&state, "next", cards->next);
	push_json(&state, "measures", cell->measures);
	push_json(&state, "converted",
			  board->args.conversion == NULL
				  ? NULL
				  : converted_jsonb(board->args.conversion, cell->converted));
	return finish_json(&state, WJB_END_OBJECT);
}

/* The totals of all cells together, as they are or converted. */
static Datum
whole_totals(const Board *board, bool converted)
{
	Totals *whole = map_pack(map_create());

	for (int i = 0; i < board->count; i++)
	{
		const BoardCell *cell = &board->cells[i];

		whole = totals_add(whole,
						   totals_from_datum(converted ? cell->converted : cell->totals, false), 1);
	}
	return PointerGetDatum(whole);
}

/* The columns within lanes; what is pushed for one of them goes when it is written. */
static Jsonb *
board_columns_json(const Board *board)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext column =
		AllocSetContextCreate(caller, "opportunities: column of a board", ALLOCSET_DEFAULT_SIZES);
	JsonWriter columns;

	open_json_writer(&columns, 1024);
	for (int i = 0; i < board->count; i++)
	{
		Cards cards = board_cards(board, &board->cells[i]);
		Jsonb *json;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(column);
		json = column_json(board, &board->cells[i], &cards);
		MemoryContextSwitchTo(caller);
		write_json(&columns, json);
		MemoryContextReset(column);
	}
	return written_json(&columns, JB_FARRAY | columns.count);
}

/* board_json(the arguments of board) -> jsonb */
Datum
board_json_0_2(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	JsonbInState state = {0};
	Board board;
	Source *source;
	Jsonb *columns;
	Jsonb *result;

	SPI_connect();
	read_board(fcinfo, &board);
	source = board.args.selection.source;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_description(&state, source, &board.args.view,
					 projected_fields(open_from(source), board.args.view.fields, false));
	push_text(&state, "lane_by", board.args.view.lane_by);
	push_key(&state, "totals");
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_totals(&state, whole_totals(&board, false), board.args.with_totals);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	if (board.args.measures != NIL)
		push_json(&state, "measures", read_board_measures(&board.args, board.stages));
	if (board.args.conversion != NULL)
		push_json(&state, "converted",
				  converted_jsonb(board.args.conversion, whole_totals(&board, true)));
	result = finish_json(&state, WJB_END_OBJECT);
	columns = board_columns_json(&board);
	MemoryContextSwitchTo(caller);
	result = json_with_member(result, "columns", columns);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}

/* board_json(the same without measures) -> jsonb */
Datum
board_json(PG_FUNCTION_ARGS)
{
	return board_json_0_2(fcinfo);
}
