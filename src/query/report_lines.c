/* report_lines: what opportunities are made of, in groups of lines. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "base/version.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "filter/filter_context.h"
#include "fmgr.h"
#include "funcapi.h"
#include "query/dimensions.h"
#include "query/many.h"
#include "query/projection.h"
#include "query/report.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_SINCE(report_lines, "0.2.0");

/* The relation that lines are in, as paths name it. */
#define LINES "opportunity_line"

/* The columns that line_figures gives. */
#define FIGURES 15

enum
{
	LINES_RELATION,
	LINES_BY,
	LINES_SELECTION,
	LINES_SUBTOTALS = LINES_SELECTION + SELECTION_ARGUMENTS
};

typedef struct LinesArgs
{
	SelectionArgs selection;
	Link *link; /* from opportunities to lines */
	Source *lines;
	List *by;		  /* names of dimensions */
	List *dimensions; /* which they are, each once */
	bool subtotals;
} LinesArgs;

/* A query over the lines of selected rows. */
typedef struct LinesQuery
{
	Selection *selection;
	Grouping rows;
	Grouping lines;
} LinesQuery;

static LinesQuery
open_lines(const LinesArgs *args, Selection *selection, FromClause *from)
{
	LinesQuery query = {.selection = selection, .rows.from = from};

	query.lines.from = open_inner_from(from, args->lines);
	query.lines.from->outer = from;
	query.lines.from->path = LINES;
	return query;
}

/* Where in a name that may stand in calls the field begins that they are of. */
static int
field_offset(const char *name)
{
	const char *field = name;
	int length = strlen(name);

	for (const char *bracket; (bracket = strchr(field, '(')) != NULL && name[length - 1] == ')';
		 length--)
		field = bracket + 1;
	return field - name;
}

/*
 * Whether a field is one of lines: they have what it begins with. What nobody has is the line's if
 * that has one which is written nearly so.
 */
static bool
is_of_line(const LinesArgs *args, const LinesQuery *query, const char *field)
{
	int length = strcspn(field, ".)");
	char *first = pnstrdup(field, length);

	if (strcmp(first, LINES) == 0 || source_column(args->lines, first) != NULL)
		return true;
	if (field[length] == '.')
		return source_link(args->lines, first) != NULL;
	return find_field(query->rows.from, first, NULL) == NULL &&
		   nearest_name(first, column_names(args->lines)) != NULL;
}

/* A dimension of a line, else of the opportunity that it is of. */
static Field *
add_line_dimension(const LinesArgs *args, LinesQuery *query, const char *name)
{
	int offset = field_offset(name);
	const char *rest = name + offset;
	Field *field;
	Field *one;

	if (!is_of_line(args, query, rest))
		return add_dimension(&query->rows, name);
	if (strncmp(rest, LINES ".", strlen(LINES ".")) == 0)
		rest += strlen(LINES ".");
	field = add_dimension(&query->lines, psprintf("%s%s", pnstrdup(name, offset), rest));
	if (field->one == NULL)
	{
		one = palloc(sizeof(Field));
		*one = *field;
		one->choices = NULL;
		field->one = one;
		field->one_source = args->lines;
	}
	field->name = name;
	field->name_length = strlen(name);
	return field;
}

/* The dimensions of a report, each once. */
static List *
line_dimensions(const LinesArgs *args)
{
	LinesQuery query = open_lines(args, NULL, open_from(args->selection.source));
	List *dimensions = NIL;
	ListCell *cell;

	foreach (cell, args->by)
	{
		if (!has_dimension(dimensions, lfirst(cell)))
			dimensions = lappend(dimensions, add_line_dimension(args, &query, lfirst(cell)));
	}
	return dimensions;
}

/* The first of them in a query over the lines of the selected rows, to which these are joined. */
static List *
joined_dimensions(const LinesArgs *args, int count, LinesQuery *query)
{
	StringInfo joins = &query->rows.from->joins;
	FromClause *lines = query->lines.from;
	List *dimensions = NIL;

	for (int i = 0; i < count; i++)
		dimensions = lappend(
			dimensions,
			add_line_dimension(args, query, ((Field *) list_nth(args->dimensions, i))->name));
	appendStringInfo(joins, " JOIN %s AS %s ON ", args->lines->sql, lines->alias);
	append_link(joins, args->link, query->rows.from->alias, lines->alias);
	append_tenant(joins, args->lines->relid, lines->alias);
	appendStringInfoString(joins, lines->joins.data);
	join_selected_many(list_make2(&query->rows, &query->lines), query->selection);
	return dimensions;
}

/* The totals of lines whose opportunities a condition holds for. */
static char *
line_totals(const LinesArgs *args, const LinesQuery *query, const char *condition)
{
	const Source *source = args->selection.source;
	const char *alias = query->rows.from->alias;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities.totals(");
	append_number(&sql, args->lines, query->lines.from->alias, "net");
	appendStringInfoString(&sql, ", ");
	append_number(&sql, source, alias, "probability");
	appendStringInfoString(&sql, ", ");
	append_number(&sql, args->lines, query->lines.from->alias, "quantity");
	if (source_column(source, "currency") != NULL)
		appendStringInfo(&sql, ", %s::pg_catalog.text", sql_column(alias, "currency"));
	appendStringInfo(&sql, ") FILTER (WHERE %s)", condition);
	return sql.data;
}

/* The groups of the first dimensions, with their totals. Counts the rules of the filters. */
static char *
line_groups(const LinesArgs *args, int count, int *rules)
{
	Selection *selection = open_selection(&args->selection, NULL);
	LinesQuery query = open_lines(args, selection, selection->from);
	List *dimensions = joined_dimensions(args, count, &query);
	StringInfoData sql;

	*rules += selection->rules;
	initStringInfo(&sql);
	append_report_groups(
		&sql, selection, dimensions,
		psprintf("%s AS open, %s AS won, %s AS lost",
				 line_totals(args, &query,
							 psprintf("(%s) IS NOT TRUE", in_stage(selection->from, "won,lost"))),
				 line_totals(args, &query, in_stage(selection->from, "won")),
				 line_totals(args, &query, in_stage(selection->from, "lost"))));
	return sql.data;
}

/*
 * Append the groups, with all subtotals where there are any. Groups of one of many don't add up to
 * what they are of, so the levels above it are of the lines themselves.
 */
static void
append_line_levels(StringInfo sql, const LinesArgs *args)
{
	int rules = 0;
	int lowest;

	for (int count = list_length(args->dimensions);; count = lowest - 1)
	{
		lowest = args->subtotals ? last_of_many(args->dimensions, count) : count;
		appendStringInfoString(sql, "SELECT ");
		append_level_dimensions(sql, "s", args->dimensions, count);
		appendStringInfoString(sql, "opportunities_internal.line_figures(opportunities.sum(s.open),"
									" opportunities.sum(s.won), opportunities.sum(s.lost)) "
									"AS figures");
		append_level(sql, "s", count, lowest);
		appendStringInfo(sql, " FROM (%s) AS s", line_groups(args, count, &rules));
		append_rollup(sql, "s", count, lowest);
		if (rules > MAX_RULES)
			filter_too_large(
				"$", psprintf("more than %d rules, for each level of many again", MAX_RULES));
		if (lowest == 0 || !args->subtotals)
			return;
		appendStringInfoString(sql, " UNION ALL ");
	}
}

/* The query of a report: dimensions, figures, labels, level. */
static char *
lines_query(const LinesArgs *args, List *fields)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s%s(g.figures).*", projected_columns(fields),
					 fields != NIL ? ", " : "");
	append_dimension_labels(&sql, args->selection.source, args->dimensions, fields);
	appendStringInfoString(&sql, ", g.level FROM (");
	append_line_levels(&sql, args);
	appendStringInfoString(&sql, ") AS g");
	append_report_order(&sql, fields, args->subtotals);
	return sql.data;
}

/* The receiver that makes rows of the groups. */
typedef struct LinesReceiver
{
	DestReceiver pub;
	ReturnSetInfo *result;
	List *fields;
	MemoryContext row_context;
} LinesReceiver;

static bool
receive_line_group(TupleTableSlot *slot, DestReceiver *self)
{
	LinesReceiver *receiver = (LinesReceiver *) self;
	int count = list_length(receiver->fields);
	MemoryContext old = MemoryContextSwitchTo(receiver->row_context);
	Datum values[FIGURES + 3];
	bool nulls[FIGURES + 3] = {false};
	int level;

	slot_getallattrs(slot);
	level = DatumGetInt32(slot->tts_values[2 * count + FIGURES]);
	values[0] = JsonbPGetDatum(dimensions_json(receiver->fields, slot, level));
	memcpy(values + 1, slot->tts_values + count, FIGURES * sizeof(Datum));
	memcpy(nulls + 1, slot->tts_isnull + count, FIGURES * sizeof(bool));
	values[FIGURES + 1] =
		JsonbPGetDatum(labels_json(receiver->fields, slot, level, count + FIGURES));
	values[FIGURES + 2] = BoolGetDatum(last_of_many(receiver->fields, level) > 0);
	tuplestore_putvalues(receiver->result->setResult, receiver->result->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->row_context);
	return true;
}

/* Read the arguments, and find the lines. */
static void
lines_args(FunctionCallInfo fcinfo, LinesArgs *args)
{
	static const char *const needs[] = {"net", "quantity"};
	Source *source = source_argument(fcinfo, LINES_RELATION);

	args->selection.source = source;
	args->by = PG_ARGISNULL(LINES_BY)
				   ? NIL
				   : text_array(PG_GETARG_ARRAYTYPE_P(LINES_BY), "by", MAX_DIMENSIONS);
	read_selection(fcinfo, LINES_SELECTION, &args->selection);
	args->selection.include_archived = PG_ARGISNULL(LINES_SELECTION + SELECTION_INCLUDE_ARCHIVED) ||
									   PG_GETARG_BOOL(LINES_SELECTION + SELECTION_INCLUDE_ARCHIVED);
	args->subtotals = !PG_ARGISNULL(LINES_SUBTOTALS) && PG_GETARG_BOOL(LINES_SUBTOTALS);
	need_standard_columns(source, false);
	args->link = many_link(source, LINES);
	args->lines = args->link != NULL ? open_source(args->link->relid)
									 : open_sibling(source, LINES, "A report of lines");
	need_columns(args->lines, lengthof(needs), needs);
	if (args->link == NULL)
		need_columns(args->lines, 1, (const char *const[]){psprintf("%s_id", source->name)});
	args->dimensions = line_dimensions(args);
}

/*
 * report_lines(relation regclass, by text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, subtotals boolean)
 */
Datum
report_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	LinesArgs args = {0};
	LinesReceiver receiver = {.pub = row_receiver(receive_line_group), .result = result};
	Params none = {0};

	InitMaterializedSRF(fcinfo, 0);
	lines_args(fcinfo, &args);
	receiver.fields = group_fields(args.dimensions);
	SPI_connect();
	receiver.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "report row", ALLOCSET_DEFAULT_SIZES);
	run_params_query(lines_query(&args, receiver.fields), &none, &receiver.pub);
	SPI_finish();
	return (Datum) 0;
}
