#include "postgres.h"

#include <inttypes.h>

#include "cards.h"
#include "common/hashfn.h"
#include "errors.h"
#include "executor/spi.h"
#include "json.h"
#include "keyset.h"
#include "sqltext.h"
#include "utils/builtins.h"

/* What a card shows unless the caller names fields: those of these that the relation has. */
static const char *const default_fields[] = {
	"title",	   "account.name",	   "owner",			 "amount", "currency",
	"probability", "estimated_amount", "expected_close", "tags",   "days_in_stage",
	"stale",	   "version"};

/* A function call takes at most 100 arguments. */
#define FIELDS_PER_CALL 50

/* The fields of a card: id first, each once. */
static List *
card_fields(FromClause *from, List *names)
{
	List *fields = list_make1(need_field(from, "id"));
	ListCell *cell;

	if (names == NIL)
	{
		for (int i = 0; i < lengthof(default_fields); i++)
		{
			Field *field = find_field(from, default_fields[i], NULL);

			if (field != NULL)
				fields = lappend(fields, field);
		}
		return fields;
	}

	foreach (cell, names)
	{
		const char *name = lfirst(cell);
		ListCell *other;
		bool seen = false;

		foreach (other, fields)
			seen = seen || strcmp(((Field *) lfirst(other))->name, name) == 0;
		if (!seen)
			fields = lappend(fields, need_field(from, name));
	}
	return fields;
}

/* An expression for a row as a JSON object with a flat key for each field. */
static char *
json_row(List *fields)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		int n = foreach_current_index(cell);

		if (n % FIELDS_PER_CALL != 0)
			appendStringInfoString(&sql, ", ");
		else
			appendStringInfoString(&sql, n == 0 ? "pg_catalog.jsonb_build_object("
												: ") OPERATOR(pg_catalog.||) "
												  "pg_catalog.jsonb_build_object(");
		append_text_literal(&sql, field->name);
		appendStringInfo(&sql, ", %s", field_json(field));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The keys that the cards of a column are ordered by. */
static List *
card_order(FromClause *from, const BoardArgs *args, const BoardColumn *column)
{
	bool final = strcmp(column->kind, "won") == 0 || strcmp(column->kind, "lost") == 0;
	const char *own = final ? "closed_at" : "position";

	if (args->sort != NIL)
		return sort_keys(from, args->sort);
	return sort_keys(from, list_make1(source_column(args->selection.source, own) != NULL
										  ? psprintf("-%s", own)
										  : "-id"));
}

/* Read cards of a cell, from the top or after a position of their order. */
void
read_cards(Cards *cards, const BoardArgs *args, const Stages *stages, const BoardCell *cell,
		   const JsonbValue *after, int size)
{
	Selection *selection = open_selection(&args->selection);
	List *keys = card_order(selection->from, args, cell->column);
	char *row = json_row(card_fields(selection->from, args->fields));
	JsonbParseState *state = NULL;
	Jsonb *last = NULL;
	uint64 rows;

	append_board_column(selection, stages, cell->column);
	if (args->lane_by != NULL)
	{
		Field *lane = need_field(selection->from, args->lane_by);

		appendStringInfoString(&selection->conditions, " AND ");
		if (cell->lane == NULL)
			appendStringInfo(&selection->conditions, "%s IS NULL", lane->sql);
		else
			append_comparison(&selection->conditions, lane, field_equality(lane), cell->lane);
	}
	if (after != NULL)
		set_position(keys, after);

	rows = run_query(page_query(selection, row, keys, after != NULL, size + 1));
	(void) pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (uint64 i = 0; i < Min(rows, size); i++)
	{
		HeapTuple tuple = SPI_tuptable->vals[i];
		bool isnull;

		push_element(&state,
					 DatumGetJsonbP(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 1, &isnull)));
		if (i == size - 1 && rows > size)
			last = DatumGetJsonbPCopy(SPI_getbinval(tuple, SPI_tuptable->tupdesc, 2, &isnull));
	}
	cards->cards = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
	cards->next = last == NULL ? NULL : cell_cursor(args, cell, last);
	SPI_freetuptable(SPI_tuptable);
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
static char *
fingerprint(const BoardArgs *args)
{
	StringInfoData description;
	ListCell *cell;

	initStringInfo(&description);
	describe_selection(&description, &args->selection);
	appendStringInfo(&description, " lane=%s sort=",
					 args->lane_by == NULL ? "" : quote_identifier(args->lane_by));
	foreach (cell, args->sort)
		appendStringInfo(&description, "%s,", quote_identifier(lfirst(cell)));
	return psprintf("%016" PRIx64, DatumGetUInt64(hash_any_extended(
									   (unsigned char *) description.data, description.len, 0)));
}

/* A cursor that leads to the cards of a cell after a position; NULL: from the top. */
Jsonb *
cell_cursor(const BoardArgs *args, const BoardCell *cell, Jsonb *after)
{
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "of", fingerprint(args));
	push_text(&state, "pipeline", cell->column->pipeline);
	push_text(&state, "stage", cell->column->stage);
	push_text(&state, "lane", cell->lane);
	push_json(&state, "after", after);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

static void
refuse_cursor(const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the cursor is not one of this query"), errdetail("%s", detail),
					errhint("Give the same arguments as to the call that gave the cursor, or begin "
							"again at the first page."),
					err_code("invalid_cursor"), err_field("after")));
}

/* A member of a cursor, which must be there. */
static JsonbValue *
cursor_member(Jsonb *cursor, const char *name)
{
	JsonbValue *value = json_member(&cursor->root, name);

	if (value == NULL)
		refuse_cursor(psprintf("It has no \"%s\".", name));
	return value;
}

/* A member of a cursor that is a string or null, checked against the type that it is compared in.
 */
static char *
cursor_text(Jsonb *cursor, const char *name, const Field *field)
{
	JsonbValue *value = cursor_member(cursor, name);
	char *text;

	if (value->type != jbvString && value->type != jbvNull)
		refuse_cursor(psprintf("Its \"%s\" is not a string.", name));
	text = json_scalar(value);
	if (text != NULL && field != NULL)
		check_literal(text, field->type, "invalid_cursor", field->name, "the cursor");
	return text;
}

/* Read a cursor of the same board: the cell it belongs to and its position, null for the top. */
void
read_cursor(const BoardArgs *args, Stages *stages, Jsonb *cursor, BoardCell *cell,
			JsonbValue *after)
{
	FromClause *from = open_from(args->selection.source);
	char *of;
	char *pipeline;
	char *stage;

	if (!JB_ROOT_IS_OBJECT(cursor))
		refuse_cursor("It is not a JSON object.");
	of = cursor_text(cursor, "of", NULL);
	if (of == NULL || strcmp(of, fingerprint(args)) != 0)
		refuse_cursor("It belongs to another relation, selection, lane or sort.");

	pipeline = cursor_text(cursor, "pipeline",
						   stages->by_pipeline ? need_field(from, "pipeline_id") : NULL);
	stage = cursor_text(cursor, "stage", need_field(from, "stage_id"));
	cell->lane =
		cursor_text(cursor, "lane", args->lane_by != NULL ? need_field(from, args->lane_by) : NULL);
	cell->column = list_nth(stages->columns, find_board_column(stages, pipeline, stage));

	*after = *cursor_member(cursor, "after");
	if (after->type != jbvNull && after->type != jbvBinary)
		refuse_cursor("Its \"after\" is not a list.");
}
