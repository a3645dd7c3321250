/* Where a card stands on a board, and what the cells hold that it came to and left. */
#include "postgres.h"

#include "query/card_place.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "fields/computed.h"
#include "fields/ids.h"
#include "fields/value_label.h"
#include "fields/writable.h"
#include "query/board.h"
#include "query/keyset.h"
#include "query/projection.h"
#include "rollup/rollup_answer.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

/*
 * In tables of create_crm the column of a card is that of its stage, which is read with it. Other
 * relations may have stages of several pipelines, and rows that say themselves whether they are won
 * or lost: there all stages are read before.
 */

/* The columns of a query, from its first: whether the row is there, its place, and two stages. */
enum
{
	CARD_THERE,
	CARD_PLACE,
	CARD_STAGE = CARD_PLACE + 5,
	CARD_STAGE_LEFT = CARD_STAGE + STAGE_COLUMNS,
	CARD_FIELDS = CARD_STAGE_LEFT + STAGE_COLUMNS
};

/* A card as it is read: its place, its fields, the keys of both orders that it may stand in. */
typedef struct PlacedCard
{
	Datum id;
	bool seen; /* by the user */
	CardPlace place;
	List *fields;
	Datum *values;
	bool *nulls;
	int open_keys; /* the first of each */
	int final_keys;
} PlacedCard;

/* A cell that the card came to or left. */
typedef struct CardCell
{
	const char *key; /* what the answer calls it */
	BoardCell cell;
	const PlacedCard *card; /* that is in it; NULL: it left */
	bool shown;				/* the card is one of its rows … */
	int64 rank;				/* … and this is its number, from the top */
} CardCell;

/* Both, or as many as there are. */
typedef struct CardCells
{
	CardCell cell[2];
	int count;
} CardCells;

/* Append what tells the place of a row; stages are asked where rows say their state themselves. */
static void
append_place(StringInfo sql, const BoardArgs *args, const Stages *stages, FromClause *from)
{
	const Selection row = {.from = from};
	bool own_state = stages != NULL && stages->own_state;
	Field *stage = own_state ? column_stage(&row, stages) : need_field(from, "stage_id");
	Field *state = own_state ? column_state(&row, stages) : NULL;
	Field *pipeline = find_field(from, "pipeline_id", NULL);
	Field *lane = board_lane(args, from);
	char *text = "NULL::pg_catalog.text";
	char *label = NULL;

	if (lane != NULL)
	{
		text = field_text(lane, lane->sql);
		label = value_label(from->source, lane, lane->sql, NULL);
	}
	appendStringInfo(sql,
					 "(%s)::pg_catalog.text, (%s)::pg_catalog.text, (%s)::pg_catalog.text, %s, %s",
					 pipeline != NULL ? pipeline->sql : "NULL", stage->sql,
					 state != NULL ? state->sql : "NULL", text, label != NULL ? label : text);
}

/* The place of the row that SPI holds, from a column on. */
static CardPlace
found_place(int first)
{
	MemoryContext context = CurrentMemoryContext;

	return (CardPlace){.pipeline = copy_value(context, 0, first + 1),
					   .stage = copy_value(context, 0, first + 2),
					   .state = copy_value(context, 0, first + 3),
					   .lane = copy_value(context, 0, first + 4),
					   .label = copy_value(context, 0, first + 5)};
}

/* Append the condition that a row is the card. */
static void
append_is_card(StringInfo sql, const FromClause *from, Datum id)
{
	const IdType type = id_type(from->source, "id");
	StringInfoData value;

	initStringInfo(&value);
	append_datum(&value, from->params, id, type.type->type_id);
	append_id_condition(sql, &type, value.data);
	append_tenant(sql, from->source->relid, "o");
}

/*
 * Lock a card that is to be moved, if it is a row of one table, and tell where it is. False: it
 * isn't there, or the user may not change it. After waiting for somebody else the server doesn't
 * join again: related rows are read by sub-selects.
 */
bool
lock_card(const BoardArgs *args, Datum id, CardPlace *place)
{
	Source *source = args->selection.source;
	Params params = {0};
	FromClause *from = open_from(source);
	KeptPlan *statement;
	StringInfoData sql;

	from->params = &params;
	from->use_subselects = true;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	append_place(&sql, args, has_own_state(source) ? read_stages(&args->selection) : NULL, from);
	appendStringInfo(&sql, " FROM %s AS o WHERE ", from->source->sql);
	append_is_card(&sql, from, id);
	if (writer_of(source->relid, CMD_UPDATE) == WRITER_TABLE)
		appendStringInfoString(&sql, " FOR NO KEY UPDATE");
	statement = find_statement(sql.data);
	if (statement == NULL)
		statement = keep_statement(sql.data, sql.data, params.count, params.types, PLAN_BY_INDEX);
	run_statement(statement, params.values, NULL);
	if (SPI_processed == 0)
		return false;
	*place = found_place(0);
	return true;
}

/* Append a join of a stage, of which the id is given in SQL, as an alias. */
static void
append_stage_join(StringInfo sql, const Stages *stages, const char *alias, const char *id)
{
	appendStringInfo(sql, " LEFT JOIN %s AS %s ON %s OPERATOR(pg_catalog.=) %s",
					 stages->source->sql, alias, sql_column(alias, "id"), id);
	append_tenant(sql, stages->source->relid, alias);
}

/* Append the stages that a card came to and left, or nothing of them where all are known. */
static void
append_card_stages(StringInfo sql, const BoardArgs *args, const Stages *stages)
{
	if (stages->columns == NIL)
	{
		append_stage(sql, &args->selection, stages, "stage");
		appendStringInfoString(sql, ", ");
		append_stage(sql, &args->selection, stages, "stage_left");
		return;
	}
	for (int i = 0; i < 2 * STAGE_COLUMNS; i++)
		appendStringInfoString(sql, i == 0 ? "NULL" : ", NULL");
}

/* Append where a card is read from, which is a row also where the user doesn't see the card. */
static void
append_card_from(StringInfo sql, const FromClause *from, const Stages *stages, Datum id,
				 const CardPlace *left)
{
	StringInfoData stage;

	appendStringInfo(sql, " FROM (SELECT) AS one LEFT JOIN %s AS o ON ", from->source->sql);
	append_is_card(sql, from, id);
	appendStringInfoString(sql, from->joins.data);
	if (stages->columns != NIL)
		return;
	append_stage_join(sql, stages, "stage", "o.stage_id");
	initStringInfo(&stage);
	if (left->stage == NULL)
		appendStringInfoString(&stage, "NULL");
	else
		append_value(&stage, from->params, left->stage, source_column(stages->source, "id")->type);
	append_stage_join(sql, stages, "stage_left", stage.data);
}

/* Add the stage that SPI holds from a column on, if there is one and it isn't there yet. */
static void
add_found_stage(Stages *stages, int first)
{
	BoardColumn *stage;
	bool isnull;

	(void) SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, first + 2, &isnull);
	if (isnull)
		return;
	stage = read_board_stage(CurrentMemoryContext, 0, first + 1);
	if (stages->columns == NIL ||
		compare_texts(((BoardColumn *) llast(stages->columns))->stage, stage->stage) != 0)
		add_stage(stages, stage);
}

/* Read a card, unless the user doesn't see it, with the stages that it came to and left. */
static void
read_card(const BoardArgs *args, Stages *stages, const CardPlace *left, PlacedCard *card)
{
	Params params = {0};
	FromClause *from = open_from(args->selection.source);
	List *open_keys = sort_keys(from, card_order(args, false));
	List *final_keys = sort_keys(from, card_order(args, true));
	StringInfoData sql;
	int columns;

	from->params = &params;
	card->fields = json_fields(projected_fields(from, args->view.fields, false));
	card->open_keys = CARD_FIELDS + list_length(card->fields);
	card->final_keys = card->open_keys + list_length(open_keys);
	columns = card->final_keys + list_length(final_keys);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT o.id IS NOT NULL, ");
	append_place(&sql, args, stages, from);
	appendStringInfoString(&sql, ", ");
	append_card_stages(&sql, args, stages);
	appendStringInfo(&sql, ", %s", projected_columns(card->fields));
	append_keys(&sql, open_keys);
	append_keys(&sql, final_keys);
	append_card_from(&sql, from, stages, card->id, left);
	run_kept_query(sql.data, &params, PLAN_BY_INDEX, NULL);

	card->values = palloc(sizeof(Datum) * columns);
	card->nulls = palloc(sizeof(bool) * columns);
	heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, card->values, card->nulls);
	card->seen = DatumGetBool(card->values[CARD_THERE]);
	card->place = found_place(CARD_PLACE);
	add_found_stage(stages, CARD_STAGE);
	add_found_stage(stages, CARD_STAGE_LEFT);
}

/*
 * Call the lane of a place as the board calls it: equal values can differ as texts, of which it
 * takes one.
 */
static void
take_lane_text(const BoardArgs *args, CardPlace *place)
{
	Params params = {0};
	Selection *selection;
	Stages *stages;
	Field *lane;
	StringInfoData sql;
	char *text;

	if (place->lane == NULL || !needs_one_text(board_lane(args, open_from(args->selection.source))))
		return;
	selection = open_selection(&args->selection, &params);
	lane = board_lane(args, selection->from);
	stages = read_stages(&args->selection);
	append_day_limit(selection, stages, column_stage(selection, stages));
	appendStringInfoString(&selection->conditions, " AND ");
	append_comparison(&selection->conditions, selection->from, lane, field_equality(lane),
					  place->lane);
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", one_text(lane));
	append_from(&sql, selection);
	(void) run_selection(sql.data, selection, PLAN_EACH_TIME, NULL);
	text = copy_value(CurrentMemoryContext, 0, 1);
	if (text == NULL)
		return;
	if (strcmp(place->label, place->lane) == 0)
		place->label = text;
	place->lane = text;
}

/* Add the cell of a place, unless the board has no such column, or it is there already. */
static void
add_cell(CardCells *cells, const char *key, const BoardArgs *args, Stages *stages,
		 const CardPlace *at, const PlacedCard *card)
{
	CardPlace place = *at;
	CardCell *cell = &cells->cell[cells->count];

	if (stages->scoped && compare_texts(place.pipeline, stages->pipeline) != 0)
		return;
	take_lane_text(args, &place);
	*cell = (CardCell){
		.key = key,
		.cell = {.column = find_board_column(stages, stages->by_pipeline ? place.pipeline : NULL,
											 place.stage, place.state),
				 .lane = place.lane,
				 .label = place.label},
		.card = card};
	if (cells->count == 0 || cell->cell.column != cells->cell[0].cell.column ||
		compare_texts(cell->cell.lane, cells->cell[0].cell.lane) != 0)
		cells->count++;
}

/* The condition that a row is the card or stands above it in a cell. */
static char *
not_below(const BoardArgs *args, const Selection *selection, const PlacedCard *card,
		  const BoardCell *cell)
{
	bool of_final = is_final(cell->column);
	List *keys = sort_keys(selection->from, card_order(args, of_final));
	int column = of_final ? card->final_keys : card->open_keys;
	ListCell *key_cell;

	foreach (key_cell, keys)
	{
		SortKey *key = lfirst(key_cell);

		if (!card->nulls[column])
			key->value = value_text(key->field, card->values[column]);
		column++;
	}
	return not_after_place(keys, selection->from->params);
}

/* Append a query for a cell's totals, which a rollup may have. */
static void
append_cell_totals(StringInfo sql, const BoardArgs *args, const Selection *selection)
{
	appendStringInfoString(sql, "(SELECT ");
	append_rows_totals(sql, args->selection.source, args->with_totals);
	appendStringInfoString(sql, " AS totals");
	append_from(sql, selection);
	appendStringInfoString(sql, ") AS t");
}

/* Append a query for whether the card is in its cell, and how many are there from the top to it. */
static void
append_cell_place(StringInfo sql, const BoardArgs *args, const Selection *selection,
				  const CardCell *cell)
{
	char *above = not_below(args, selection, cell->card, &cell->cell); /* it may add joins */

	appendStringInfoString(sql, "(SELECT pg_catalog.bool_or(");
	append_is_card(sql, selection->from, cell->card->id);
	appendStringInfoString(sql, ") AS shown, pg_catalog.count(*) AS rank");
	append_from(sql, selection);
	appendStringInfo(sql, " AND (%s)) AS p", above);
}

/* Append a query for what a cell holds: its number, totals, whether the card is there, and where.
 */
static void
append_cell_query(StringInfo sql, const BoardArgs *args, const Stages *stages, Selection *selection,
				  const CardCell *cell, int number)
{
	StringInfo conditions = &selection->conditions;
	int length = conditions->len;

	append_cell(selection, args, stages, &cell->cell);
	appendStringInfo(sql, "%sSELECT %d, t.totals, %s FROM ", number > 0 ? " UNION ALL " : "",
					 number, cell->card != NULL ? "p.shown, p.rank" : "false, 0::pg_catalog.int8");
	append_cell_totals(sql, args, selection);
	if (cell->card != NULL)
	{
		appendStringInfoString(sql, ", ");
		append_cell_place(sql, args, selection, cell);
	}
	conditions->len = length;
	conditions->data[length] = '\0';
}

/* Run that query, with a plan that is kept also for a filter: the next drag has the same. */
static void
run_cells_query(const char *sql, const Selection *selection)
{
	const char *marked = psprintf("%s%s", rollup_mark(selection->from->source->relid), sql);

	if (explains_rollups())
		run_params_query(marked, selection->from->params, NULL);
	else if (selection->fixed)
		run_kept_query(marked, selection->from->params, PLAN_BY_INDEX, NULL);
	else
		run_recent_query(marked, selection->from->params, PLAN_BY_INDEX, NULL);
}

/* Read what cells hold. */
static void
read_card_cells(const BoardArgs *args, const Stages *stages, CardCells *cells)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	StringInfoData sql;

	if (cells->count == 0)
		return;
	initStringInfo(&sql);
	for (int i = 0; i < cells->count; i++)
		append_cell_query(&sql, args, stages, selection, &cells->cell[i], i);
	run_cells_query(sql.data, selection);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Datum values[4];
		bool nulls[4];
		CardCell *cell;

		heap_deform_tuple(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, values, nulls);
		cell = &cells->cell[DatumGetInt32(values[0])];
		cell->cell.totals = values[1];
		cell->shown = !nulls[2] && DatumGetBool(values[2]);
		cell->rank = DatumGetInt64(values[3]);
	}
}

/* Add the cell of a key, or null. */
static void
push_card_cell(JsonbInState *state, const char *key, const BoardArgs *args, const CardCells *cells)
{
	for (int i = 0; i < cells->count; i++)
	{
		if (strcmp(cells->cell[i].key, key) != 0)
			continue;
		push_key(state, key);
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		push_cell(state, args, &cells->cell[i].cell);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
		return;
	}
	push_json(state, key, NULL);
}

/* Add the card, or null where the user doesn't see it. */
static void
push_card(JsonbInState *state, const PlacedCard *card)
{
	JsonbValue object = {.type = jbvNull};

	if (card->seen)
		set_row(&object, card->fields, card->values + CARD_FIELDS, card->nulls + CARD_FIELDS);
	push_key(state, "card");
	pushJsonbValue(state, WJB_VALUE, &object);
}

/*
 * What a board shows of a card that was moved, and of the cells that it came to and left, all as it
 * is now. Own: the relation is a table that create_crm made.
 */
Jsonb *
placed_card(const BoardArgs *args, bool own, Datum id, const CardPlace *left, MemoryContext context)
{
	PlacedCard card = {.id = id};
	CardCells cells = {0};
	JsonbInState state = {0};
	const CardCell *cell = &cells.cell[0];
	Stages *stages;
	Jsonb *result;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	stages = own ? open_stages(&args->selection) : read_stages(&args->selection);
	read_card(args, stages, left, &card);
	if (card.seen)
		add_cell(&cells, "column", args, stages, &card.place, &card);
	add_cell(&cells, "left", args, stages, left, NULL);
	read_card_cells(args, stages, &cells);
	PopActiveSnapshot();

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_card(&state, &card);
	push_boolean(&state, "shown", cell->shown);
	if (cell->shown)
		push_number(&state, "place", cell->rank);
	else
		push_json(&state, "place", NULL);
	push_card_cell(&state, "column", args, &cells);
	push_card_cell(&state, "left", args, &cells);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	MemoryContextSwitchTo(context);
	result = JsonbValueToJsonb(state.result);
	return result;
}
