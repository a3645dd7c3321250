#include "postgres.h"

#include "base/json.h"
#include "base/sqltext.h"
#include "query/cards.h"
#include "query/page.h"
#include "query/shown.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The order of the cards of columns, final ones or others. */
static List *
card_order(const BoardArgs *args, bool final)
{
	const char *own = final ? "closed_at" : "position";

	if (args->view.sort != NIL)
		return args->view.sort;
	return list_make1(source_column(args->selection.source, own) != NULL ? psprintf("-%s", own)
																		 : "-id");
}

/* Read cards of a cell, from the top or after the place that a cursor holds. */
void
read_cards(Cards *cards, const BoardArgs *args, const Stages *stages, const BoardCell *cell,
		   const Cursor *after, int size)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	List *order = card_order(args, is_final(cell->column));
	PageSpec page = {.keys = sort_keys(selection->from, order), .size = size};
	Shown *shown = open_shown(args->selection.source, args->view.fields, order, false);
	PageRows result;

	append_board_column(selection, stages, cell->column);
	if (args->view.lane_by != NULL)
	{
		Field *lane = need_field(selection->from, args->view.lane_by);

		appendStringInfoString(&selection->conditions, " AND ");
		if (cell->lane == NULL)
			appendStringInfo(&selection->conditions, "%s IS NULL", lane->sql);
		else
			append_comparison(&selection->conditions, selection->from, lane, field_equality(lane),
							  cell->lane);
	}
	if (after != NULL)
	{
		JsonbValue *position = cursor_member(after, "after");

		page.placed = position->type != jbvNull;
		if (page.placed)
			set_place(page.keys, position, after);
	}

	result = read_page(selection, shown, &page);
	cards->cards = JsonbValueToJsonb(&result.rows);
	cards->next = result.more ? cell_cursor(args, cell, result.last) : NULL;
}

/* Compare the places of cells on a board, by the text forms of what tells them apart. */
static int
compare_cells(const void *a, const void *b)
{
	const BoardCell *left = *(const BoardCell *const *) a;
	const BoardCell *right = *(const BoardCell *const *) b;
	int result = compare_texts(left->column->stage, right->column->stage);

	if (result == 0)
		result = compare_texts(left->lane, right->lane);
	return result != 0 ? result : compare_texts(left->column->pipeline, right->column->pipeline);
}

/* The pages of a board's cells, which are sorted. */
typedef struct BoardPages
{
	BoardCell *cells;
	BoardCell **sorted;
	RowPage **pages; /* of each of the cells */
	int count;
	int first; /* the column of a row that has its stage; then come its lane and its pipeline */
} BoardPages;

static char *
slot_text(const TupleTableSlot *row, int column)
{
	return row->tts_isnull[column] ? NULL : TextDatumGetCString(row->tts_values[column]);
}

static RowPage *
find_cell_page(void *arg, TupleTableSlot *row)
{
	BoardPages *pages = arg;
	BoardColumn column = {.stage = slot_text(row, pages->first),
						  .pipeline = slot_text(row, pages->first + 2)};
	BoardCell cell = {.column = &column, .lane = slot_text(row, pages->first + 1)};
	BoardCell *key = &cell;
	BoardCell **found =
		bsearch(&key, pages->sorted, pages->count, sizeof(BoardCell *), compare_cells);

	if (found == NULL)
		elog(ERROR, "a row belongs to no column of the board");
	return pages->pages[*found - pages->cells];
}

/* Append the order of the rows of all cells, which need to be in order within each of them only. */
static void
append_board_order(StringInfo sql, Selection *selection, const Stages *stages, List *open,
				   List *final)
{
	List *const orders[] = {open, final};
	StringInfoData in_final;
	ListCell *cell;

	initStringInfo(&in_final);
	append_in_final(&in_final, selection, stages);
	for (int i = 0; i < lengthof(orders); i++)
	{
		foreach (cell, orders[i])
		{
			SortKey *key = lfirst(cell);

			if (lnext(orders[i], cell) != NULL)
				appendStringInfo(sql, "CASE WHEN (%s) IS %s TRUE THEN %s END DESC NULLS LAST, ",
								 in_final.data, i == 0 ? "NOT" : "", key->field->sql);
		}
	}
	appendStringInfo(sql, "%s DESC", ((SortKey *) llast(open))->field->sql);
}

/*
 * Read the cards of all cells by one query, which serves where most rows are shown: planning a
 * query for each cell takes longer than reading the others. NULL: the text forms of what tells
 * cells apart don't tell it, since values that are equal can differ in them.
 */
Cards *
read_all_cards(const BoardArgs *args, const Stages *stages, BoardCell *cells, int count, int size)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	List *fields = json_fields(selection->from, args->view.fields, false);
	List *open = sort_keys(selection->from, card_order(args, false));
	List *final = sort_keys(selection->from, card_order(args, true));
	Field *stage = need_field(selection->from, "stage_id");
	Field *lane =
		args->view.lane_by == NULL ? NULL : need_field(selection->from, args->view.lane_by);
	Field *pipeline = stages->by_pipeline ? need_field(selection->from, "pipeline_id") : NULL;
	BoardPages pages = {.cells = cells, .count = count};
	Cards *result;
	StringInfoData sql;

	if (!text_tells_values(stage) || (lane != NULL && !text_tells_values(lane)) ||
		(pipeline != NULL && !text_tells_values(pipeline)))
		return NULL;

	append_day_rule(selection, stages);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", shown_columns(fields));
	append_keys(&sql, open);
	append_keys(&sql, final);
	appendStringInfo(&sql, ", %s, %s, %s", field_text(stage, stage->sql),
					 lane == NULL ? "NULL::pg_catalog.text" : field_text(lane, lane->sql),
					 pipeline == NULL ? "NULL::pg_catalog.text"
									  : field_text(pipeline, pipeline->sql));
	append_from(&sql, selection);
	appendStringInfoString(&sql, " ORDER BY ");
	if (args->view.sort != NIL)
		appendStringInfoString(&sql, order_by(open, false));
	else
		append_board_order(&sql, selection, stages, open, final);

	pages.first = list_length(fields) + list_length(open) + list_length(final);
	pages.sorted = palloc(sizeof(BoardCell *) * count);
	pages.pages = palloc(sizeof(RowPage *) * count);
	for (int i = 0; i < count; i++)
	{
		bool closed = is_final(cells[i].column);

		pages.sorted[i] = &cells[i];
		pages.pages[i] =
			make_page(closed ? final : open, list_length(fields) + (closed ? list_length(open) : 0),
					  Min(size, cells[i].count));
	}
	qsort(pages.sorted, count, sizeof(BoardCell *), compare_cells);
	fill_pages(sql.data, selection, EACH_TIME, fields, find_cell_page, &pages);

	result = palloc(sizeof(Cards) * count);
	for (int i = 0; i < count; i++)
	{
		PageRows rows = page_rows(pages.pages[i], false);

		result[i].cards = JsonbValueToJsonb(&rows.rows);
		result[i].next = rows.more ? cell_cursor(args, &cells[i], rows.last) : NULL;
	}
	return result;
}

/* No cards, and none to follow. */
void
no_cards(Cards *cards)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	cards->cards = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
	cards->next = NULL;
}

/* Cards as one JSON object. */
Jsonb *
cards_json(const Cards *cards)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_json(&state, "cards", cards->cards);
	push_json(&state, "next", cards->next);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* What tells the cards of one board from those of another. */
static StringInfo
describe_board(const BoardArgs *args)
{
	StringInfo description = makeStringInfo();
	ListCell *cell;

	describe_selection(description, &args->selection);
	appendStringInfo(description, " lane=%s sort=",
					 args->view.lane_by == NULL ? "" : quote_identifier(args->view.lane_by));
	foreach (cell, args->view.sort)
		appendStringInfo(description, "%s,", quote_identifier(lfirst(cell)));
	return description;
}

/* A cursor that leads to the cards of a cell after a position; NULL: from the top. */
Jsonb *
cell_cursor(const BoardArgs *args, const BoardCell *cell, Jsonb *after)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_query(&state, describe_board(args));
	push_text(&state, "pipeline", cell->column->pipeline);
	push_text(&state, "stage", cell->column->stage);
	push_text(&state, "lane", cell->lane);
	push_json(&state, "after", after);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Read which cell of the board a cursor belongs to. */
void
read_cell(const BoardArgs *args, Stages *stages, const Cursor *cursor, BoardCell *cell)
{
	FromClause *from = open_from(args->selection.source);
	char *pipeline;
	char *stage;

	check_query(cursor, describe_board(args));
	pipeline = cursor_text(cursor, "pipeline",
						   stages->by_pipeline ? need_field(from, "pipeline_id") : NULL);
	stage = cursor_text(cursor, "stage", need_field(from, "stage_id"));
	cell->lane = cursor_text(
		cursor, "lane", args->view.lane_by != NULL ? need_field(from, args->view.lane_by) : NULL);
	cell->column = list_nth(stages->columns, find_board_column(stages, pipeline, stage));
}
