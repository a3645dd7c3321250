/* The cards of one cell, and its cursor. */
#include "postgres.h"

#include "base/json.h"
#include "fields/period_field.h"
#include "query/cards.h"
#include "query/cursor_value.h"
#include "query/keyset.h"
#include "query/page.h"
#include "query/projection.h"
#include "utils/builtins.h"

/* The field that lanes are of; NULL: there are none. */
Field *
board_lane(const BoardArgs *args, FromClause *from)
{
	return args->lane == NULL ? NULL : grouping_field(from, args->lane);
}

/* The order that columns have of their own, final ones or others; NIL: none. */
static List *
own_order(const BoardArgs *args, bool of_final)
{
	const char *own = of_final ? "closed_at" : "position";

	if (source_column(args->selection.source, own) == NULL)
		return NIL;
	return list_make1(psprintf("-%s", own));
}

/* The order of the cards of columns. */
List *
card_order(const BoardArgs *args, bool of_final)
{
	List *own = own_order(args, of_final);

	if (args->view.sort != NIL)
		return args->view.sort;
	return own != NIL ? own : newest_first(args->selection.source);
}

/* Whether the cards of a column stand in its own order: then neighbours give a place. */
bool
in_own_order(const BoardArgs *args, const BoardColumn *column)
{
	List *own = own_order(args, is_final(column));

	return own != NIL &&
		   (args->view.sort == NIL || (list_length(args->view.sort) == 1 &&
									   strcmp(linitial(args->view.sort), linitial(own)) == 0));
}

/* Limit a selection to the rows of a cell. */
void
append_cell(Selection *selection, const BoardArgs *args, const Stages *stages,
			const BoardCell *cell)
{
	Field *lane = board_lane(args, selection->from);

	append_board_column(selection, stages, cell->column);
	if (lane == NULL)
		return;
	appendStringInfoString(&selection->conditions, " AND ");
	if (cell->lane == NULL)
		appendStringInfo(&selection->conditions, "%s IS NOT DISTINCT FROM NULL", lane->sql);
	else
		append_comparison(&selection->conditions, selection->from, lane, field_equality(lane),
						  cell->lane);
}

/* The rows of a cell, as a selection. */
static Selection *
open_cell(const BoardArgs *args, const Stages *stages, const BoardCell *cell, Params *params)
{
	Selection *selection = open_selection(&args->selection, params);

	append_cell(selection, args, stages, cell);
	return selection;
}

/* Read cards of a cell, from the top or after the place that a cursor holds. */
void
read_cards(Cards *cards, const BoardArgs *args, const Stages *stages, const BoardCell *cell,
		   const Cursor *after, int size)
{
	Params params = {0};
	Selection *selection = open_cell(args, stages, cell, &params);
	List *order = card_order(args, is_final(cell->column));
	PageSpec page = {.keys = sort_keys(selection->from, order), .size = size};
	Projection *projection =
		open_projection(args->selection.source, args->view.fields, order, false);
	PageRows result;

	if (after != NULL)
	{
		JsonbValue *position = cursor_member(after, "after");

		page.placed = position->type != jbvNull;
		if (page.placed)
			set_place(page.keys, args->selection.source, position, after);
	}

	result = read_page(selection, projection, &page);
	cards->cards = JsonbValueToJsonb(&result.rows);
	cards->next = result.more ? cell_cursor(args, cell, result.last) : NULL;
}

/* The query for the first cards of a cell and one more; params is NULL for literals. */
char *
cards_query(const BoardArgs *args, const Stages *stages, const BoardCell *cell, int size,
			Params *params)
{
	Selection *selection = open_cell(args, stages, cell, params);
	List *order = card_order(args, is_final(cell->column));
	PageSpec page = {.keys = sort_keys(selection->from, order), .size = size + 1};
	Projection *projection =
		open_projection(args->selection.source, args->view.fields, order, false);

	return page_query(selection, projection, &page);
}

/* No cards, and none to follow. */
void
no_cards(Cards *cards)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	cards->cards = finish_json(&state, WJB_END_ARRAY);
	cards->next = NULL;
}

/* Cards as one JSON object. */
Jsonb *
cards_json(const Cards *cards)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_json(&state, "cards", cards->cards);
	push_json(&state, "next", cards->next);
	return finish_json(&state, WJB_END_OBJECT);
}

/* The fingerprint of a board's arguments. */
static StringInfo
describe_board(const BoardArgs *args)
{
	StringInfo description = makeStringInfo();
	ListCell *cell;

	describe_selection(description, &args->selection);
	appendStringInfo(description,
					 " lane=%s sort=", args->lane == NULL ? "" : quote_identifier(args->lane));
	foreach (cell, args->view.sort)
		appendStringInfo(description, "%s,", quote_identifier(lfirst(cell)));
	return description;
}

/* A cursor that leads to the cards of a cell after a position; NULL: from the top. */
Jsonb *
cell_cursor(const BoardArgs *args, const BoardCell *cell, Jsonb *after)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_query(&state, describe_board(args));
	push_text(&state, "pipeline", cell->column->pipeline);
	push_text(&state, "stage", cell->column->stage);
	push_text(&state, "state", cell->column->state);
	push_cursor_value(&state, "lane", cell->lane);
	push_json(&state, "after", after);
	return finish_json(&state, WJB_END_OBJECT);
}

/* Read which cell of the board a cursor belongs to. */
void
read_cell(const BoardArgs *args, Stages *stages, const Cursor *cursor, BoardCell *cell)
{
	FromClause *from = open_from(args->selection.source);
	char *pipeline;
	char *stage;
	char *state;

	check_query(cursor, describe_board(args));
	pipeline = cursor_text(cursor, "pipeline",
						   stages->by_pipeline ? need_field(from, "pipeline_id") : NULL);
	stage = cursor_text(cursor, "stage", need_field(from, "stage_id"));
	cell->lane = args->lane == NULL ? cursor_text(cursor, "lane", NULL)
									: value_of_any_row(cursor, cursor_member(cursor, "lane"),
													   args->selection.source, args->lane);
	state = cursor_text(cursor, "state", NULL);
	cell->column = find_board_column(stages, pipeline, stage, stages->own_state ? state : NULL);
}
