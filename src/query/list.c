/* list and list_sql. */
#include "postgres.h"

#include "base/errors.h"
#include "base/json.h"
#include "base/version.h"
#include "executor/spi.h"
#include "fields/value_label.h"
#include "fmgr.h"
#include "query/conversion.h"
#include "query/description.h"
#include "query/measure.h"
#include "query/page.h"
#include "query/projection.h"
#include "query/saved_view.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(list);
PG_FUNCTION_INFO_V1(list_0_2);
PG_FUNCTION_SINCE(list_sql, "0.1.0");

/* The arguments that list and list_sql begin with, and those that follow in each. */
enum
{
	LIST_RELATION,
	LIST_SELECTION,
	LIST_FIELDS = LIST_SELECTION + SELECTION_ARGUMENTS,
	LIST_SORT,
	LIST_SIZE,
	LIST_AFTER,
	LIST_BEFORE,
	LIST_WITH_TOTALS,
	LIST_VIEW,
	LIST_MEASURES,
	LIST_IN_CURRENCY,

	LIST_SQL_VIEW = LIST_SORT + 1,
	LIST_SQL_LABELS
};

/* Ordinals of rows have at most this many digits, so that one can be counted from them. */
#define MAX_ORDINAL_DIGITS 18

/* The arguments of a list. */
typedef struct ListArgs
{
	SelectionArgs selection;
	View view;
	bool with_totals;
	List *measures;			/* names */
	Conversion *conversion; /* NULL: none is asked for */
} ListArgs;

/* What a list tells of all its rows. */
typedef struct Footer
{
	Jsonb *totals;	 /* NULL: they aren't asked for */
	Jsonb *measures; /* likewise */
	Jsonb *converted;
} Footer;

/* Rows of a list, the ordinal of the first, and the cursors that lead on. */
typedef struct ListPage
{
	PageSpec page;
	int64 place; /* ordinal of the row that the page begins or ends at, as when that was shown */
	Jsonb *position; /* its keys */
	List *fields;	 /* of Field, in order */
	PageRows rows;
	int64 first;
	Jsonb *next;
	Jsonb *previous;
} ListPage;

/* What a list needs of a relation, and what its totals need besides. */
static const char *const list_needs[] = {"id"};
static const char *const totals_need[] = {"amount", "probability"};

static List *
list_order(const ListArgs *args)
{
	return args->view.sort != NIL ? args->view.sort : newest_first(args->selection.source);
}

static StringInfo
describe_list(const ListArgs *args)
{
	StringInfo description = makeStringInfo();
	ListCell *cell;

	appendStringInfoString(description, "list ");
	describe_selection(description, &args->selection);
	appendStringInfoString(description, " sort=");
	foreach (cell, list_order(args))
		appendStringInfo(description, "%s,", quote_identifier(lfirst(cell)));
	return description;
}

/* A cursor that leads to what comes before and after a row; inclusive: or is the row itself. */
static Jsonb *
place_cursor(const ListArgs *args, Jsonb *position, int64 ordinal, bool inclusive)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_query(&state, describe_list(args));
	push_text(&state, "row", psprintf(INT64_FORMAT, ordinal));
	push_json(&state, "at", position);
	push_boolean(&state, "inclusive", inclusive);
	return finish_json(&state, WJB_END_OBJECT);
}

/* Begin a page at the place that a cursor of the same list holds. */
static void
read_place(const ListArgs *args, const Cursor *cursor, ListPage *list)
{
	JsonbValue *position;
	JsonbValue *inclusive;
	char *ordinal;

	check_query(cursor, describe_list(args));
	ordinal = cursor_text(cursor, "row", NULL);
	if (ordinal == NULL || *ordinal < '1' || *ordinal > '9' ||
		strlen(ordinal) > MAX_ORDINAL_DIGITS || strspn(ordinal, "0123456789") != strlen(ordinal))
		refuse_cursor(cursor, "Its \"row\" is not the number of a row.");
	inclusive = cursor_member(cursor, "inclusive");
	if (inclusive->type != jbvBool)
		refuse_cursor(cursor, "Its \"inclusive\" is not true or false.");
	position = cursor_member(cursor, "at");
	set_place(list->page.keys, args->selection.source, position, cursor);

	list->page.placed = true;
	list->page.inclusive = inclusive->val.boolean;
	list->place = strtoll(ordinal, NULL, 10);
	list->position = JsonbValueToJsonb(position);
}

/* The rows after a place, or from the top. */
static void
number_forward(const ListArgs *args, ListPage *list)
{
	int count = list->rows.count;

	list->first = list->page.placed ? list->place + !list->page.inclusive : 1;
	if (list->rows.more)
		list->next = place_cursor(args, list->rows.last, list->first + count - 1, false);
	if (list->first == 1)
		return;
	list->previous = count > 0 ? place_cursor(args, list->rows.first, list->first, false)
							   : place_cursor(args, list->position, list->first - 1, true);
}

/* The rows before a place. Rows may have come meanwhile: what has rows before it is not the first.
 */
static void
number_backward(const ListArgs *args, ListPage *list)
{
	int64 last = list->place - !list->page.inclusive;
	int count = list->rows.count;

	list->first = list->rows.more ? Max(last - count + 1, 2) : 1;
	list->next = count > 0 ? place_cursor(args, list->rows.last, list->first + count - 1, false)
						   : place_cursor(args, list->position, 1, true);
	if (list->rows.more)
		list->previous = place_cursor(args, list->rows.first, list->first, false);
}

/* Read a page of a list. */
static void
read_list(const ListArgs *args, const Cursor *cursor, ListPage *list)
{
	Params params = {0};
	Selection *selection = open_selection(&args->selection, &params);
	Projection *projection =
		open_projection(args->selection.source, args->view.fields, list_order(args), true);

	list->fields = projection->shown;
	list->page.keys = sort_keys(selection->from, list_order(args));
	if (cursor->json != NULL)
		read_place(args, cursor, list);
	list->rows = read_page(selection, projection, &list->page);
	if (list->page.backward)
		number_backward(args, list);
	else
		number_forward(args, list);
}

/* A value of the one row that SPI holds; NULL where it is none. */
static Jsonb *
read_jsonb(int column)
{
	bool isnull;
	Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetJsonbPCopy(value);
}

/* The query for all rows' totals, measures and converted totals, as far as they are asked for. */
static char *
footer_query(const ListArgs *args, Selection *selection)
{
	static const char *const none = "NULL::pg_catalog.jsonb";
	FromClause *from = selection->from;
	List *measures = open_measures(from, args->measures, args->conversion);
	const Conversion *conversion = args->conversion;
	StringInfoData sql;

	initStringInfo(&sql);
	if (conversion != NULL && measures == NIL)
	{
		appendStringInfo(
			&sql,
			"SELECT opportunities.sum(c.totals)::pg_catalog.jsonb, %s, %s FROM (SELECT %s AS day, ",
			none, converted_object(conversion, converted_sum(conversion, "c.totals", "c.day")),
			closing_day(from));
		append_totals(&sql, from->source);
		appendStringInfoString(&sql, " AS totals");
		append_from(&sql, selection);
		appendStringInfoString(&sql, " GROUP BY 1) AS c");
		return sql.data;
	}
	appendStringInfoString(&sql, "SELECT ");
	if (args->with_totals)
	{
		append_totals(&sql, from->source);
		appendStringInfoString(&sql, "::pg_catalog.jsonb");
	}
	else
		appendStringInfoString(&sql, none);
	appendStringInfo(
		&sql, ", %s, %s", measures != NIL ? measures_object(measures) : none,
		conversion != NULL ? converted_object(conversion, converted_rows(conversion, from)) : none);
	append_from(&sql, selection);
	return sql.data;
}

/* What is told of all rows, in one pass. */
static Footer
read_footer(const ListArgs *args)
{
	Params params = {0};
	Selection *selection;
	char *sql;

	if (!args->with_totals && args->measures == NIL)
		return (Footer){0};
	selection = open_figures(&args->selection, &params);
	sql = footer_query(args, selection);
	(void) run_figures(sql, selection, params.count > 0 ? PLAN_EACH_TIME : PLAN_ONCE, NULL);
	return (Footer){.totals = read_jsonb(1), .measures = read_jsonb(2), .converted = read_jsonb(3)};
}

/* The whole answer as JSON. */
static Jsonb *
list_json(const ListArgs *args, const ListPage *list, const Footer *footer)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_json(&state, "rows", NULL);
	if (list->rows.count > 0)
		push_number(&state, "first", list->first);
	else
		push_json(&state, "first", NULL);
	push_json(&state, "totals", footer->totals);
	if (footer->measures != NULL)
		push_json(&state, "measures", footer->measures);
	if (footer->converted != NULL)
		push_json(&state, "converted", footer->converted);
	push_json(&state, "next", list->next);
	push_json(&state, "previous", list->previous);
	push_description(&state, args->selection.source, &args->view, list->fields);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	put_member(state.result, "rows", &list->rows.rows);
	return JsonbValueToJsonb(state.result);
}

/* The arguments that list and list_sql share; that of the view stands apart. */
static void
list_args(FunctionCallInfo fcinfo, ListArgs *args, int view)
{
	args->selection.source = source_argument(fcinfo, LIST_RELATION);
	need_columns(args->selection.source, lengthof(list_needs), list_needs);
	read_selection(fcinfo, LIST_SELECTION, &args->selection);
	read_view_args(fcinfo, &args->view, &args->selection, LIST_FIELDS, LIST_SORT, view, "grid");
}

/*
 * list(relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, fields text[], sort text[], size integer, after jsonb, before jsonb, with_totals
 * boolean, "view" text, measures text[], in_currency text) -> jsonb
 */
Datum
list_0_2(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	ListArgs args = {.with_totals =
						 PG_ARGISNULL(LIST_WITH_TOTALS) || PG_GETARG_BOOL(LIST_WITH_TOTALS),
					 .measures = measures_argument(fcinfo, LIST_MEASURES)};
	ListPage list = {.page.size = page_size(fcinfo, LIST_SIZE, "size", 1, 50)};
	Cursor cursor = {.argument = "after"};
	Footer footer;
	Jsonb *result;

	list_args(fcinfo, &args, LIST_VIEW);
	if (args.with_totals)
	{
		need_columns(args.selection.source, lengthof(totals_need), totals_need);
		args.conversion = conversion_argument(fcinfo, LIST_IN_CURRENCY, args.selection.source);
	}
	if (!PG_ARGISNULL(LIST_AFTER) && !PG_ARGISNULL(LIST_BEFORE))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("after and before are both given"),
						errhint("Give \"next\" as after, or \"previous\" as before."),
						err_code("after_and_before"), err_field("before")));
	if (!PG_ARGISNULL(LIST_AFTER))
		cursor.json = PG_GETARG_JSONB_P(LIST_AFTER);
	if (!PG_ARGISNULL(LIST_BEFORE))
	{
		cursor = (Cursor){.argument = "before", .json = PG_GETARG_JSONB_P(LIST_BEFORE)};
		list.page.backward = true;
	}

	SPI_connect();
	read_list(&args, &cursor, &list);
	footer = read_footer(&args);
	MemoryContextSwitchTo(caller);
	result = list_json(&args, &list, &footer);
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}

/* list(the same without measures and in_currency) -> jsonb */
Datum
list(PG_FUNCTION_ARGS)
{
	return list_0_2(fcinfo);
}

/* Append fields as columns named as written, or with labels, as people know both. */
static void
append_fields(StringInfo sql, const ListArgs *args, FromClause *from, bool labels)
{
	const Source *source = args->selection.source;
	List *fields = projected_fields(from, args->view.fields, true);
	List *headers = labels ? column_headers(source, &args->view, fields) : NIL;
	ListCell *cell;

	foreach (cell, fields)
	{
		const Field *field = lfirst(cell);
		int i = foreach_current_index(cell);
		char *label = labels ? value_label(source, field, field->sql, from) : NULL;

		appendStringInfo(
			sql, "%s%s AS %s", i == 0 ? "SELECT " : ", ", label != NULL ? label : field->sql,
			labels ? quote_identifier(list_nth(headers, i)) : result_name(field->name));
	}
}

/*
 * list_sql(relation regclass, filter text, rules jsonb, scope jsonb, search text, include_archived
 * boolean, fields text[], sort text[], "view" text, labels boolean) -> text
 */
Datum
list_sql(PG_FUNCTION_ARGS)
{
	ListArgs args = {0};
	Selection *selection;
	List *keys = NIL;
	StringInfoData sql;

	list_args(fcinfo, &args, LIST_SQL_VIEW);
	selection = open_selection(&args.selection, NULL);
	initStringInfo(&sql);
	append_fields(&sql, &args, selection->from,
				  !PG_ARGISNULL(LIST_SQL_LABELS) && PG_GETARG_BOOL(LIST_SQL_LABELS));
	if (args.view.sort != NIL)
		keys = sort_keys(selection->from, args.view.sort);
	append_from(&sql, selection);
	if (keys != NIL)
		appendStringInfo(&sql, " ORDER BY %s", order_by(keys, false));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(sql.data, sql.len));
}
