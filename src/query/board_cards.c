/* The cards of all cells of a board by one query. */
#include "postgres.h"

#include "base/limits.h"
#include "base/sqltext.h"
#include "query/cards.h"
#include "query/page.h"
#include "query/projection.h"
#include "utils/builtins.h"

/*
 * One query serves where most rows are shown, since planning a query for each cell takes longer
 * than reading the others, and where there are many cells, each of whose queries may read past the
 * rows of all lanes.
 */

/* The cards that one query may read: they are all held in memory. */
#define MAX_CARDS 30000

/* So few queries aren't worth asking what they cost. */
#define FEW_CELLS 20

/* What planning the query of a cell costs, as the planner counts. */
#define PLANNING_COST 50

/* The fields that determine the cell of a row, the lane with the most values first. */
enum
{
	PLACE_LANE, /* NULL: there are none */
	PLACE_STAGE,
	PLACE_STATE,	/* NULL: the stage tells */
	PLACE_PIPELINE, /* NULL: there is one */
	PLACES
};

/* What the columns of the query that tell them are called. */
static const char *const place_columns[PLACES] = {
	[PLACE_LANE] = "\"board.lane\"",
	[PLACE_STAGE] = "\"board.stage_id\"",
	[PLACE_STATE] = "\"board.state\"",
	[PLACE_PIPELINE] = "\"board.pipeline_id\"",
};

/* The query of a board's cards. */
typedef struct BoardQuery
{
	Selection *selection;
	FromClause *projected; /* the rows that are shown */
	List *fields;
	List *open_keys;  /* keys of the order of open columns, whose columns come after the fields */
	List *final_keys; /* of final ones; these come next, and at last what tells the cell */
	Field *place[PLACES];
} BoardQuery;

/* The pages of the cells. */
typedef struct BoardPages
{
	const BoardCell *cells;
	RowPage **pages;
	const BoardCell **sorted;
	int count;
	int first; /* of the columns that tell the cell of a row */
} BoardPages;

/* Open the query of what is shown, whatever rows it is of. */
static BoardQuery
open_shown(const BoardArgs *args)
{
	FromClause *projected = open_from(args->selection.source);

	return (BoardQuery){.projected = projected,
						.fields =
							json_fields(projected_fields(projected, args->view.fields, false)),
						.open_keys = sort_keys(projected, card_order(args, false)),
						.final_keys = sort_keys(projected, card_order(args, true))};
}

static BoardQuery
open_board_query(const BoardArgs *args, const Stages *stages, Params *params)
{
	BoardQuery query = open_shown(args);
	Selection *selection = open_selection(&args->selection, params);
	FromClause *from = selection->from;

	query.selection = selection;
	query.place[PLACE_STAGE] = column_stage(selection, stages);
	query.place[PLACE_LANE] = board_lane(args, from);
	query.place[PLACE_STATE] = column_state(selection, stages);
	query.place[PLACE_PIPELINE] = stages->by_pipeline ? need_field(from, "pipeline_id") : NULL;
	return query;
}

/* Whether a row's cell can be determined by the fields. */
static bool
tells_cells(const BoardQuery *query)
{
	const Field *pipeline = query->place[PLACE_PIPELINE];
	const Field *lane = query->place[PLACE_LANE];

	return text_tells_values(need_field(query->selection->from, "stage_id")) &&
		   (pipeline == NULL || text_tells_values(pipeline)) && (lane == NULL || has_order(lane));
}

/* Append what divides the rows into cells. */
static void
append_partition(StringInfo sql, const BoardQuery *query)
{
	const char *separator = "PARTITION BY ";

	for (int i = 0; i < PLACES; i++)
	{
		if (query->place[i] == NULL)
			continue;
		appendStringInfo(sql, "%s%s", separator, query->place[i]->sql);
		separator = ", ";
	}
}

/* Append columns that tell a row's cell, for append_places. */
static void
append_place_values(StringInfo sql, const BoardQuery *query)
{
	for (int i = 0; i < PLACES; i++)
	{
		const Field *field = query->place[i];

		if (field == NULL)
			continue;
		appendStringInfo(sql, ", %s", needs_one_text(field) ? one_text(field) : field->sql);
		if (needs_one_text(field))
			appendStringInfo(sql, " OVER (PARTITION BY %s)", field->sql);
		appendStringInfo(sql, " AS %s", place_columns[i]);
	}
}

/* Append their text forms, which are those of the cells: lanes have them as values in JSON. */
static void
append_places(StringInfo sql, const BoardQuery *query)
{
	for (int i = 0; i < PLACES; i++)
	{
		const Field *field = query->place[i];
		const char *column = psprintf("o.%s", place_columns[i]);

		if (field == NULL)
			column = "NULL::pg_catalog.text";
		else if (i != PLACE_LANE)
			column = psprintf("%s::pg_catalog.text", column);
		else if (!needs_one_text(field))
			column = field_text(field, column);
		appendStringInfo(sql, ", %s AS %s", column, place_columns[i]);
	}
}

/* Append the own order of columns, open and final ones. */
static void
append_own_orders(StringInfo sql, const BoardArgs *args, const BoardQuery *query,
				  const Stages *stages)
{
	StringInfoData in_final;
	List *keys = NIL;
	ListCell *cell;

	initStringInfo(&in_final);
	append_in_final(&in_final, query->selection, stages);
	for (int of_final = 0; of_final <= 1; of_final++)
	{
		keys = sort_keys(query->selection->from, card_order(args, of_final));
		foreach (cell, keys)
		{
			if (lnext(keys, cell) != NULL)
				appendStringInfo(sql, "CASE WHEN (%s) IS %s THEN %s END DESC NULLS LAST, ",
								 in_final.data, of_final ? "TRUE" : "NOT TRUE",
								 ((SortKey *) lfirst(cell))->field->sql);
		}
	}
	appendStringInfo(sql, "%s DESC", ((SortKey *) llast(keys))->field->sql);
}

static int
compare_numbers(const ListCell *a, const ListCell *b)
{
	return ((SourceColumn *) lfirst(a))->number - ((SourceColumn *) lfirst(b))->number;
}

/* Append the fields, the keys of open columns and those of final ones. */
static void
append_fields_and_keys(StringInfo sql, const BoardQuery *query)
{
	appendStringInfo(sql, "SELECT %s", projected_columns(query->fields));
	append_keys(sql, query->open_keys);
	append_keys(sql, query->final_keys);
}

/* Append the columns that are read, in the order of the table: keys come first, and are found fast
 * so. */
static void
append_read_columns(StringInfo sql, const FromClause *from)
{
	List *columns = NIL;
	ListCell *cell;

	foreach (cell, from->columns)
		columns = lappend(columns, source_column(from->source, lfirst(cell)));
	list_sort(columns, compare_numbers);
	foreach (cell, columns)
		appendStringInfo(sql, ", %s", sql_column("o", ((SourceColumn *) lfirst(cell))->name));
}

/* A query for the first cards of each cell: numbered in it before what is shown is joined to them.
 */
static char *
board_query(const BoardQuery *query, const BoardArgs *args, const Stages *stages, int size)
{
	StringInfoData sql;

	append_day_limit(query->selection, stages, query->place[PLACE_STAGE]);
	initStringInfo(&sql);
	append_fields_and_keys(&sql, query);
	append_places(&sql, query);
	appendStringInfoString(&sql, " FROM (SELECT pg_catalog.row_number() OVER (");
	append_partition(&sql, query);
	appendStringInfoString(&sql, " ORDER BY ");
	if (args->view.sort != NIL)
		appendStringInfoString(&sql,
							   order_by(sort_keys(query->selection->from, args->view.sort), false));
	else
		append_own_orders(&sql, args, query, stages);
	appendStringInfoString(&sql, ") AS \"board.row\"");
	append_place_values(&sql, query);
	append_read_columns(&sql, query->projected);
	append_from(&sql, query->selection);
	appendStringInfo(&sql,
					 ") AS o%s WHERE o.\"board.row\" OPERATOR(pg_catalog.<=) %d "
					 "ORDER BY o.\"board.row\"",
					 query->projected->joins.data, size + 1);
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
	int open = list_length(query->open_keys);
	BoardPages result = {.cells = cells,
						 .pages = palloc(sizeof(RowPage *) * count),
						 .sorted = palloc(sizeof(BoardCell *) * count),
						 .count = count,
						 .first = fields + open + list_length(query->final_keys)};

	for (int i = 0; i < count; i++)
	{
		bool of_final = is_final(cells[i].column);

		result.pages[i] = make_page(of_final ? query->final_keys : query->open_keys,
									of_final ? fields + open : fields, Min(size, cells[i].count));
		result.sorted[i] = &cells[i];
	}
	qsort(result.sorted, count, sizeof(BoardCell *), compare_cells);
	return result;
}

/* The page of the cell that a row is in. */
static RowPage *
find_cell_page(void *arg, TupleTableSlot *row)
{
	BoardPages *pages = arg;
	BoardColumn column = {.stage = slot_text(row, pages->first + PLACE_STAGE),
						  .state = slot_text(row, pages->first + PLACE_STATE),
						  .pipeline = slot_text(row, pages->first + PLACE_PIPELINE)};
	BoardCell place = {.column = &column, .lane = slot_text(row, pages->first + PLACE_LANE)};
	const BoardCell *key = &place;
	const BoardCell **found =
		bsearch(&key, pages->sorted, pages->count, sizeof(BoardCell *), compare_cells);

	if (found == NULL)
		elog(ERROR, "a row belongs to no column of the board");
	return pages->pages[*found - pages->cells];
}

/* The cards that pages hold, and their cursors. */
static Cards *
cards_of_pages(const BoardArgs *args, const BoardPages *pages)
{
	Cards *cards = palloc(sizeof(Cards) * pages->count);

	for (int i = 0; i < pages->count; i++)
	{
		PageRows rows = page_rows(pages->pages[i], false);

		cards[i].cards = JsonbValueToJsonb(&rows.rows);
		cards[i].next = rows.more ? cell_cursor(args, &pages->cells[i], rows.last) : NULL;
	}
	return cards;
}

/* How many rows the cells hold, and what of them is shown. */
typedef struct Count
{
	int64 rows;
	int64 cards;
	int cells;			   /* that hold rows */
	const BoardCell *most; /* the one that holds most */
} Count;

static Count
count_cells(const BoardCell *cells, int count, int size)
{
	Count result = {.most = cells};

	for (int i = 0; i < count; i++)
	{
		result.rows += cells[i].count;
		result.cards += Min(cells[i].count, size);
		result.cells += cells[i].count > 0;
		if (cells[i].count > result.most->count)
			result.most = &cells[i];
	}
	return result;
}

/* Whether most rows are shown, of not too many. */
static bool
shows_most(const Count *shown)
{
	return shown->rows <= MAX_PAGE_SIZE && shown->rows <= 2 * shown->cards;
}

/* Make the query for the cards of all cells. NULL: they are to be read one by one. */
static char *
all_cards_query(BoardQuery *query, const BoardArgs *args, const Stages *stages, const Count *shown,
				int size, Params *params)
{
	bool most = shows_most(shown);
	Params of_one = {0};
	char *sql;

	if (shown->cards == 0 || (!most && (shown->cells <= FEW_CELLS || shown->cards > MAX_CARDS)))
		return NULL;
	*query = open_board_query(args, stages, params);
	sql = board_query(query, args, stages, size);
	if (!tells_cells(query))
		return NULL;
	if (!most &&
		query_cost(sql, params) >
			shown->cells *
				(PLANNING_COST +
				 query_cost(cards_query(args, stages, shown->most, size, &of_one), &of_one)))
		return NULL;
	return sql;
}

/* Read the cards of all cells. NULL: they are to be read one by one. */
Cards *
read_all_cards(const BoardArgs *args, const Stages *stages, BoardCell *cells, int count, int size)
{
	Count shown = count_cells(cells, count, size);
	Params params = {0};
	BoardQuery query;
	char *sql = all_cards_query(&query, args, stages, &shown, size, &params);
	BoardPages pages;

	if (sql == NULL)
		return NULL;
	pages = make_board_pages(&query, cells, count, size);
	fill_pages(sql, query.selection, shows_most(&shown) ? PLAN_IN_TIME : PLAN_EACH_TIME,
			   query.fields, find_cell_page, &pages, MAX_BOARD_BYTES);
	return cards_of_pages(args, &pages);
}

/* The query that reads them, with literals in place of parameters. NULL as above. */
char *
all_cards_sql(const BoardArgs *args, const Stages *stages, const BoardCell *cells, int count,
			  int size)
{
	Count shown = count_cells(cells, count, size);
	Params params = {0};
	BoardQuery query;

	if (all_cards_query(&query, args, stages, &shown, size, &params) == NULL)
		return NULL;
	query = open_board_query(args, stages, NULL);
	return board_query(&query, args, stages, size);
}

/* The page of a cell whose number a row has. */
static RowPage *
numbered_page(void *arg, TupleTableSlot *row)
{
	const BoardPages *pages = arg;

	return pages->pages[DatumGetInt32(row->tts_values[pages->first])];
}

/*
 * Read the cards of all cells by one query that takes each cell's first rows as the cell's own
 * would: where the rows are on another server, asking takes longer than reading. What is shown is
 * joined to the rows of all, so that it is planned once.
 */
Cards *
read_cards_together(const BoardArgs *args, const Stages *stages, const BoardCell *cells, int count,
					int size)
{
	BoardQuery query = open_shown(args);
	BoardPages pages = make_board_pages(&query, cells, count, size);
	Params params = {0};
	StringInfoData sql;

	initStringInfo(&sql);
	append_fields_and_keys(&sql, &query);
	appendStringInfoString(&sql, ", o.\"board.cell\" FROM (");
	for (int i = 0; i < count; i++)
	{
		char *order;

		if (cells[i].count == 0)
			continue;
		if (query.selection != NULL)
			appendStringInfoString(&sql, " UNION ALL ");
		query.selection = open_selection(&args->selection, &params);
		append_cell(query.selection, args, stages, &cells[i]);
		order = order_by(
			sort_keys(query.selection->from, card_order(args, is_final(cells[i].column))), false);
		appendStringInfo(&sql,
						 "(SELECT %d AS \"board.cell\", pg_catalog.row_number() OVER (ORDER BY %s) "
						 "AS \"board.row\"",
						 i, order);
		append_read_columns(&sql, query.projected);
		append_from(&sql, query.selection);
		appendStringInfo(&sql, " ORDER BY %s LIMIT %d)", order, size + 1);
	}
	appendStringInfo(&sql, ") AS o%s ORDER BY o.\"board.cell\", o.\"board.row\"",
					 query.projected->joins.data);
	if (query.selection != NULL)
		fill_pages(sql.data, query.selection, PLAN_EACH_TIME, query.fields, numbered_page, &pages,
				   MAX_BOARD_BYTES);
	return cards_of_pages(args, &pages);
}
