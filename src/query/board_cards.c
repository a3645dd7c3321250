#include "postgres.h"

#include "query/cards.h"
#include "query/page.h"
#include "query/shown.h"
#include "utils/builtins.h"

/*
 * The cards of all cells of a board by one query. It serves where most rows are shown: planning a
 * query for each cell takes longer than reading the others.
 */

/* What the query gives besides the fields. */
typedef struct BoardQuery
{
	Selection *selection;
	List *fields;
	List *open;	 /* keys of the order of open columns, whose columns come after the fields */
	List *final; /* of final ones; these come next, and at last what tells the cell */
	Field *stage;
	Field *state;	 /* NULL: the stage tells */
	Field *lane;	 /* NULL: there are none */
	Field *pipeline; /* NULL: there is one */
} BoardQuery;

/* The pages of the cells. */
typedef struct BoardPages
{
	const BoardCell *cells;
	RowPage **pages;
	const BoardCell **sorted;
	int count;
	int first; /* the column of the stage of a row */
} BoardPages;

static BoardQuery
open_board_query(const BoardArgs *args, const Stages *stages, Params *params)
{
	Selection *selection = open_selection(&args->selection, params);
	FromClause *from = selection->from;

	return (BoardQuery){.selection = selection,
						.fields = json_fields(from, args->view.fields, false),
						.open = sort_keys(from, card_order(args, false)),
						.final = sort_keys(from, card_order(args, true)),
						.stage = column_stage(selection, stages),
						.state = column_state(selection, stages),
						.lane = args->view.lane_by != NULL ? need_field(from, args->view.lane_by)
														   : NULL,
						.pipeline = stages->by_pipeline ? need_field(from, "pipeline_id") : NULL};
}

/* Append what tells a row's cell. */
static void
append_place(StringInfo sql, const Field *field)
{
	appendStringInfo(sql, ", %s",
					 field == NULL ? "NULL::pg_catalog.text" : field_text(field, field->sql));
}

/* Append the order of the rows of all cells, which need to be in order within each of them only. */
static void
append_board_order(StringInfo sql, const BoardQuery *query, const Stages *stages)
{
	List *const orders[] = {query->open, query->final};
	StringInfoData in_final;
	ListCell *cell;

	initStringInfo(&in_final);
	append_in_final(&in_final, query->selection, stages);
	for (int i = 0; i < lengthof(orders); i++)
	{
		foreach (cell, orders[i])
		{
			SortKey *key = lfirst(cell);

			if (lnext(orders[i], cell) != NULL)
				appendStringInfo(sql, "CASE WHEN (%s) IS %s THEN %s END DESC NULLS LAST, ",
								 in_final.data, orders[i] == query->final ? "TRUE" : "NOT TRUE",
								 key->field->sql);
		}
	}
	appendStringInfo(sql, "%s DESC", ((SortKey *) llast(query->open))->field->sql);
}

static char *
board_query(const BoardQuery *query, const BoardArgs *args, const Stages *stages)
{
	StringInfoData sql;

	append_day_rule(query->selection, stages, query->stage);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", shown_columns(query->fields));
	append_keys(&sql, query->open);
	append_keys(&sql, query->final);
	append_place(&sql, query->stage);
	append_place(&sql, query->state);
	append_place(&sql, query->lane);
	append_place(&sql, query->pipeline);
	append_from(&sql, query->selection);
	appendStringInfoString(&sql, " ORDER BY ");
	if (args->view.sort != NIL)
		appendStringInfoString(&sql, order_by(query->open, false));
	else
		append_board_order(&sql, query, stages);
	return sql.data;
}

/* Compare the places of cells, by the text forms of what tells them apart. */
static int
compare_cells(const void *a, const void *b)
{
	const BoardCell *left = *(const BoardCell *const *) a;
	const BoardCell *right = *(const BoardCell *const *) b;
	int result = compare_texts(left->column->stage, right->column->stage);

	if (result == 0)
		result = compare_texts(left->lane, right->lane);
	if (result == 0)
		result = compare_texts(left->column->pipeline, right->column->pipeline);
	return result != 0 ? result : compare_texts(left->column->state, right->column->state);
}

static BoardPages
make_board_pages(const BoardQuery *query, const BoardCell *cells, int count, int size)
{
	int fields = list_length(query->fields);
	int open = list_length(query->open);
	BoardPages result = {.cells = cells,
						 .pages = palloc(sizeof(RowPage *) * count),
						 .sorted = palloc(sizeof(BoardCell *) * count),
						 .count = count,
						 .first = fields + open + list_length(query->final)};

	for (int i = 0; i < count; i++)
	{
		bool final = is_final(cells[i].column);

		result.pages[i] = make_page(final ? query->final : query->open,
									final ? fields + open : fields, Min(size, cells[i].count));
		result.sorted[i] = &cells[i];
	}
	qsort(result.sorted, count, sizeof(BoardCell *), compare_cells);
	return result;
}

static char *
row_text(const TupleTableSlot *row, int column)
{
	return row->tts_isnull[column] ? NULL : TextDatumGetCString(row->tts_values[column]);
}

/* The page of the cell that a row is in. */
static RowPage *
find_cell_page(void *arg, TupleTableSlot *row)
{
	BoardPages *pages = arg;
	BoardColumn column = {.stage = row_text(row, pages->first),
						  .state = row_text(row, pages->first + 1),
						  .pipeline = row_text(row, pages->first + 3)};
	BoardCell place = {.column = &column, .lane = row_text(row, pages->first + 2)};
	const BoardCell *key = &place;
	const BoardCell **found =
		bsearch(&key, pages->sorted, pages->count, sizeof(BoardCell *), compare_cells);

	if (found == NULL)
		elog(ERROR, "a row belongs to no column of the board");
	return pages->pages[*found - pages->cells];
}

/*
 * Read the cards of all cells. NULL: it can't be told which cell a row is in, since values that
 * are equal can have other text forms.
 */
Cards *
read_all_cards(const BoardArgs *args, const Stages *stages, BoardCell *cells, int count, int size)
{
	Params params = {0};
	BoardQuery query = open_board_query(args, stages, &params);
	BoardPages pages;
	Cards *cards;

	if (!text_tells_values(query.stage) || (query.lane != NULL && !text_tells_values(query.lane)) ||
		(query.pipeline != NULL && !text_tells_values(query.pipeline)))
		return NULL;

	pages = make_board_pages(&query, cells, count, size);
	fill_pages(board_query(&query, args, stages), query.selection, EACH_TIME, query.fields,
			   find_cell_page, &pages);

	cards = palloc(sizeof(Cards) * count);
	for (int i = 0; i < count; i++)
	{
		PageRows rows = page_rows(pages.pages[i], false);

		cards[i].cards = JsonbValueToJsonb(&rows.rows);
		cards[i].next = rows.more ? cell_cursor(args, &cells[i], rows.last) : NULL;
	}
	return cards;
}
