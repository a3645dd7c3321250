/* report and report_sql. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "base/version.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/computed.h"
#include "filter/filter_context.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/conversion.h"
#include "query/dimensions.h"
#include "query/many.h"
#include "query/measure.h"
#include "query/projection.h"
#include "query/report.h"
#include "query/stages.h"
#include "rollup/rollup_answer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_SINCE(report, "0.2.0");
PG_FUNCTION_SINCE(report_sql, "0.2.0");
PG_FUNCTION_SINCE(report_0_2, "0.2.0");
PG_FUNCTION_SINCE(report_sql_0_2, "0.2.0");

/* The arguments of report; report_sql has no subtotals. */
enum
{
	REPORT_RELATION,
	REPORT_BY,
	REPORT_SELECTION,
	REPORT_SUBTOTALS = REPORT_SELECTION + SELECTION_ARGUMENTS,
	REPORT_MEASURES,
	REPORT_IN_CURRENCY,

	REPORT_SQL_MEASURES = REPORT_SUBTOTALS,
	REPORT_SQL_IN_CURRENCY
};

/* The arguments of a report. */
typedef struct ReportArgs
{
	SelectionArgs selection;
	List *by;		  /* names of dimensions */
	List *dimensions; /* which they are, each once */
	List *measures;
	Conversion *conversion; /* NULL: none is asked for */
	bool subtotals;
} ReportArgs;

/* The columns of a report besides its dimensions: those of group_figures. */
static const char *const figures[] = {
	"count",
	"final_total",
	"estimated_total",
	"realized_total",
	"currency",
	"by_currency",
	"open_count",
	"open_estimated",
	"won",
	"lost",
	"won_total",
	"win_rate",
	"avg_days_to_close",
	"lost_total",
};

#define FIGURES lengthof(figures)

/* How many of them stand before the labels. */
#define FIRST_FIGURES 13

/* The sums over the rows of a group, as expressions. */
typedef struct GroupSums
{
	const char *open; /* totals of rows in open stages, or none */
	const char *won;
	const char *lost;
	const char *days;	 /* from created to closed, of won rows */
	const char *counted; /* of how many they are known */
} GroupSums;

/* The groups of a report whose totals a rollup may have, where the days are read of rows. */
static const char *const kept_groups = "kept";

/* The condition that a row is in a stage of a kind, a list that is read once, or says so itself. */
char *
in_stage(FromClause *from, const char *kinds)
{
	static const char *const needs[] = {"id", "kind"};
	const Source *source = from->source;
	Link *link;
	StringInfoData sql;
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	if (has_own_state(source))
		return own_state_is(from, kinds);
	link = source_link(source, "stage");
	need_columns(link != NULL ? open_source(link->relid)
							  : open_sibling(source, "stage", "A report"),
				 lengthof(needs), needs);
	initStringInfo(&sql);
	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		if (strcmp(((SourceColumn *) lfirst(local))->name, "stage_id") != 0)
			continue;
		appendStringInfoString(&sql, "o.stage_id");
		append_operator(&sql, get_commutator(lfirst_oid(operator_cell)));
		appendStringInfo(&sql,
						 "ANY (ARRAY(SELECT %s FROM %s AS k WHERE k.kind::pg_catalog.text "
						 "OPERATOR(pg_catalog.=) ANY (%s::pg_catalog.text[])))",
						 sql_column("k", lfirst(foreign)), sql_relation(link->relid),
						 quote_literal_cstr(psprintf("{%s}", kinds)));
	}
	return sql.data;
}

/* The days from created to closed, of rows that have both, in this order; NULL: they don't say. */
static const char *
days_to_close(FromClause *from)
{
	const char *closed = closing_column_name(from->source);

	if (source_column(from->source, "created_at") == NULL || closed == NULL)
		return NULL;
	return psprintf("opportunities_internal.days_between(%s, %s)",
					field_day(need_field(from, "created_at")), field_day(need_field(from, closed)));
}

/* The totals of rows that a condition holds for. */
static char *
totals_of(const Source *source, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	append_totals(&sql, source);
	appendStringInfo(&sql, " FILTER (WHERE %s)", condition);
	return sql.data;
}

/* What is summed up of a group: a row is added to one of three totals, which together are all. */
static GroupSums
group_sums(FromClause *from)
{
	const Source *source = from->source;
	const char *days = days_to_close(from);
	const char *won = in_stage(from, "won");

	if (days == NULL)
		days = "NULL::pg_catalog.int4";
	return (GroupSums){
		.open = totals_of(source, psprintf("(%s) IS NOT TRUE", in_stage(from, "won,lost"))),
		.won = totals_of(source, won),
		.lost = totals_of(source, in_stage(from, "lost")),
		.days = psprintf("COALESCE(pg_catalog.sum(%s) FILTER (WHERE %s), 0)", days, won),
		.counted = psprintf("pg_catalog.count(%s) FILTER (WHERE %s)", days, won)};
}

/* The figures of a group, as a row. */
static char *
figures_of(const GroupSums *sums)
{
	return psprintf("opportunities_internal.group_figures(%s, %s, %s, %s, %s) AS figures",
					sums->open, sums->won, sums->lost, sums->days, sums->counted);
}

/* Append the rows in groups: the dimensions as d1, d2 and so on, and a column over the rows. */
void
append_report_groups(StringInfo sql, Selection *selection, List *dimensions, const char *column)
{
	ListCell *cell;

	appendStringInfoString(sql, "SELECT ");
	foreach (cell, dimensions)
		appendStringInfo(sql, "%s AS d%d, ", ((Field *) lfirst(cell))->sql,
						 foreach_current_index(cell) + 1);
	appendStringInfoString(sql, column);
	append_from(sql, selection);
	for (int i = 1; i <= list_length(dimensions); i++)
		appendStringInfo(sql, "%s%d", i == 1 ? " GROUP BY " : ", ", i);
}

/*
 * Append the groups of each level down to the lowest, of their rows. The dimensions are columns of
 * their own, or GROUPING couldn't tell equal expressions apart.
 */
static void
append_report_levels(StringInfo sql, const ReportArgs *args, Selection *selection, List *dimensions,
					 int lowest, const char *column)
{
	StringInfo joins = &selection->from->joins;
	int count = list_length(dimensions);
	ListCell *cell;

	appendStringInfoString(joins, " CROSS JOIN LATERAL (SELECT ");
	foreach (cell, dimensions)
		appendStringInfo(joins, "%s%s AS d%d", foreach_current_index(cell) > 0 ? ", " : "",
						 ((Field *) lfirst(cell))->sql, foreach_current_index(cell) + 1);
	appendStringInfoString(joins, ") AS d");
	appendStringInfoString(sql, "SELECT ");
	append_level_dimensions(sql, "d", args->dimensions, count);
	appendStringInfoString(sql, column);
	append_level(sql, "d", count, lowest);
	append_from(sql, selection);
	append_rollup(sql, "d", count, lowest);
}

/*
 * Append groups s of the first dimensions, added up to groups of each level down to the lowest.
 * What is converted by day has that of closing behind them.
 */
static void
append_added_up(StringInfo sql, const ReportArgs *args, int count, int lowest, bool by_day,
				const char *groups)
{
	static const GroupSums added_up = {"opportunities.sum(s.open)", "opportunities.sum(s.won)",
									   "opportunities.sum(s.lost)",
									   "COALESCE(pg_catalog.sum(s.days), 0)",
									   "COALESCE(pg_catalog.sum(s.counted), 0)::pg_catalog.int8"};

	appendStringInfoString(sql, "SELECT ");
	append_level_dimensions(sql, "s", args->dimensions, count);
	appendStringInfoString(sql, figures_of(&added_up));
	if (by_day)
		appendStringInfo(sql, ", %s AS converted",
						 converted_sum(args->conversion,
									   "s.open OPERATOR(opportunities.+) s.won "
									   "OPERATOR(opportunities.+) s.lost",
									   psprintf("s.d%d", count + 1)));
	else if (args->conversion != NULL)
		appendStringInfoString(sql, ", opportunities.sum(s.converted) AS converted");
	append_level(sql, "s", count, lowest);
	appendStringInfo(sql, " FROM (%s) AS s", groups);
	append_rollup(sql, "s", count, lowest);
}

/* The groups with their sums, in one pass. */
static char *
summed_groups(const ReportArgs *args, Selection *selection, List *dimensions, const GroupSums *sums,
			  bool by_day)
{
	StringInfoData sql;
	char *converted = "";

	if (args->conversion != NULL && !by_day)
		converted =
			psprintf(", %s AS converted", converted_rows(args->conversion, selection->from));
	initStringInfo(&sql);
	append_report_groups(&sql, selection, dimensions,
						 psprintf("%s AS open, %s AS won, %s AS lost, %s AS days, %s AS counted%s",
								  sums->open, sums->won, sums->lost, sums->days, sums->counted,
								  converted));
	return sql.data;
}

/*
 * The same with the totals apart, so that a rollup can answer what is asked for them. The days are
 * those of won rows: if there are none no row is read.
 */
static char *
groups_apart(Selection *selection, List *dimensions, const GroupSums *sums)
{
	FromClause *from = selection->from;
	const char *days = days_to_close(from);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH %s AS (", kept_groups);
	append_report_groups(
		&sql, selection, dimensions,
		psprintf("%s AS open, %s AS won, %s AS lost", sums->open, sums->won, sums->lost));
	appendStringInfo(&sql,
					 ") SELECT k.*, 0::pg_catalog.int8 AS days, 0::pg_catalog.int8 AS counted "
					 "FROM %s AS k",
					 kept_groups);
	if (days == NULL)
		return sql.data;
	appendStringInfo(&selection->conditions,
					 " AND %s AND %s IS NOT NULL AND EXISTS (SELECT FROM %s AS k WHERE "
					 "opportunities.opportunity_count(k.won) OPERATOR(pg_catalog.<>) 0)",
					 in_stage(from, "won"),
					 need_field(from, closing_column_name(from->source))->sql, kept_groups);
	appendStringInfoString(&sql, " UNION ALL ");
	append_report_groups(&sql, selection, dimensions,
						 psprintf("NULL::opportunities.totals, NULL::opportunities.totals, "
								  "NULL::opportunities.totals, pg_catalog.sum(%1$s), "
								  "pg_catalog.count(%1$s)",
								  days));
	return sql.data;
}

/* Refuse a dimension that can't be told from a figure. */
pg_noreturn static void
name_taken(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
					errmsg("dimension \"%s\" has the name of a figure", name),
					errhint("Give the column another name in a view."), err_code("name_taken"),
					err_field(name)));
}

/*
 * What is read of the rows of a group: its figures, its measures, in one object or as m1, m2…, and
 * its totals converted.
 */
static char *
group_columns(const ReportArgs *args, FromClause *from, const GroupSums *sums, List *measures,
			  bool typed)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	appendStringInfoString(&sql, figures_of(sums));
	if (measures != NIL && !typed)
		appendStringInfo(&sql, ", %s AS measures", measures_object(measures));
	foreach (cell, typed ? measures : NIL)
		appendStringInfo(&sql, ", %s AS m%d", ((Measure *) lfirst(cell))->sql,
						 foreach_current_index(cell) + 1);
	if (args->conversion != NULL)
		appendStringInfo(&sql, ", %s AS converted", converted_rows(args->conversion, from));
	return sql.data;
}

/* Append the converted totals as columns of their own. */
static void
append_converted_columns(StringInfo sql, List *dimensions, const Conversion *conversion)
{
	static const char *const names[] = {"final_total", "estimated_total", "realized_total"};

	for (int i = 0; i < lengthof(names); i++)
	{
		char *name = psprintf("converted_%s", names[i]);

		if (has_dimension(dimensions, name))
			name_taken(name);
		appendStringInfo(sql, ", pg_catalog.round(opportunities.%s(g.converted), %d) AS %s",
						 names[i], conversion->digits, name);
	}
}

/* Append the measures as columns of their own, named as written. */
static void
append_measure_columns(StringInfo sql, List *dimensions, List *measures)
{
	ListCell *cell;

	foreach (cell, measures)
	{
		const char *name = ((Measure *) lfirst(cell))->name;

		if (has_dimension(dimensions, name))
			name_taken(name);
		appendStringInfo(sql, ", g.m%d AS %s", foreach_current_index(cell) + 1, result_name(name));
	}
}

/* Append that groups overlap, where they may: nothing else would tell whoever adds them up. */
static void
append_overlapping(StringInfo sql, List *dimensions)
{
	if (last_of_many(dimensions, list_length(dimensions)) == 0)
		return;
	if (has_dimension(dimensions, "overlapping"))
		name_taken("overlapping");
	appendStringInfoString(sql, ", true AS overlapping");
}

/*
 * Append the figures as columns. The one currency of a group gives way to a dimension of that name;
 * another column of such a name can't be told from the figure.
 */
static void
append_figures(StringInfo sql, List *dimensions)
{
	for (int i = 0; i < FIGURES; i++)
	{
		const char *name = quote_identifier(figures[i]);

		if (has_dimension(dimensions, figures[i]))
		{
			if (strcmp(figures[i], "currency") == 0)
				continue;
			name_taken(figures[i]);
		}
		appendStringInfo(sql, "%s(g.figures).%s AS %s", i > 0 || dimensions != NIL ? ", " : "",
						 name, name);
	}
}

/* The dimensions of a report, each once. */
static List *
report_dimensions(const ReportArgs *args)
{
	Grouping grouping = {.from = open_from(args->selection.source)};
	List *dimensions = NIL;
	ListCell *cell;

	foreach (cell, args->by)
	{
		if (!has_dimension(dimensions, lfirst(cell)))
			dimensions = lappend(dimensions, add_dimension(&grouping, lfirst(cell)));
	}
	return dimensions;
}

/* The first of them in a query over the selected rows, which are joined what these have many of. */
static List *
selected_dimensions(const ReportArgs *args, int count, Selection *selection)
{
	Grouping grouping = {.from = selection->from};
	List *dimensions = NIL;

	for (int i = 0; i < count; i++)
		dimensions = lappend(
			dimensions, add_dimension(&grouping, ((Field *) list_nth(args->dimensions, i))->name));
	join_selected_many(list_make1(&grouping), selection);
	return dimensions;
}

/*
 * Whether totals are converted by the day of closing: where a rollup has them, and of all rows. The
 * days of groups are mostly so many that it's cheaper to convert the rows.
 */
static bool
converts_by_day(const ReportArgs *args, int count, bool apart)
{
	return args->conversion != NULL && args->measures == NIL && (apart || count == 0);
}

/*
 * Append the groups of the first dimensions, and subtotals of them down to a level. Of measures
 * those of a larger group can't be told by those of the groups in it: each level is of its rows.
 * Returns how many rules the filters of the selection have.
 */
static int
append_groups(StringInfo sql, const ReportArgs *args, int count, int lowest, bool typed, bool apart)
{
	Selection *selection = open_selection(&args->selection, NULL);
	List *dimensions = selected_dimensions(args, count, selection);
	GroupSums sums = group_sums(selection->from);
	List *measures = open_measures(selection->from, args->measures, args->conversion);
	bool by_day = converts_by_day(args, count, apart);
	List *added = dimensions;

	if (by_day)
		added = lappend(list_copy(dimensions),
						make_field("day", closing_day(selection->from), DATEOID));
	if (args->subtotals && measures != NIL)
		append_report_levels(sql, args, selection, dimensions, lowest,
							 group_columns(args, selection->from, &sums, measures, typed));
	else if (apart || args->subtotals || by_day)
		append_added_up(sql, args, count, lowest, by_day,
						apart ? groups_apart(selection, added, &sums)
							  : summed_groups(args, selection, added, &sums, by_day));
	else
		append_report_groups(sql, selection, dimensions,
							 group_columns(args, selection->from, &sums, measures, typed));
	return selection->rules;
}

/*
 * Append them with all subtotals. Groups of one of many don't add up to what they are of, so the
 * levels above it are of the rows themselves.
 */
static void
append_levels(StringInfo sql, const ReportArgs *args, bool apart)
{
	int rules = 0;
	int lowest;

	for (int count = list_length(args->dimensions);; count = lowest - 1)
	{
		lowest = last_of_many(args->dimensions, count);
		rules += append_groups(sql, args, count, lowest, false, apart);
		if (rules > MAX_RULES)
			filter_too_large(
				"$", psprintf("more than %d rules, for each level of many again", MAX_RULES));
		if (lowest == 0)
			return;
		appendStringInfoString(sql, " UNION ALL ");
	}
}

/*
 * The query of a report: the dimensions, which fields are, the figures and measures. Typed it has
 * names for them; else it is what receive_report_group reads: the labels of the dimensions follow,
 * then the measures and converted totals, the level last where there are subtotals. Its totals are
 * asked for apart where a rollup is to answer.
 */
static char *
report_query(const ReportArgs *args, bool typed, bool apart, List **fields)
{
	List *dimensions = args->dimensions;
	int count = list_length(dimensions);
	StringInfoData sql;

	*fields = group_fields(dimensions);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (typed)
	{
		append_dimension_columns(&sql, *fields);
		append_figures(&sql, dimensions);
		append_measure_columns(
			&sql, dimensions,
			open_measures(open_from(args->selection.source), args->measures, args->conversion));
		if (args->conversion != NULL)
			append_converted_columns(&sql, dimensions, args->conversion);
		append_overlapping(&sql, dimensions);
	}
	else
	{
		appendStringInfo(&sql, "%s%s(g.figures).*", projected_columns(*fields),
						 dimensions != NIL ? ", " : "");
		append_dimension_labels(&sql, args->selection.source, dimensions, *fields);
		appendStringInfo(
			&sql, ", %s, %s", args->measures != NIL ? "g.measures" : "NULL",
			args->conversion != NULL ? converted_object(args->conversion, "g.converted") : "NULL");
		appendStringInfoString(&sql, args->subtotals ? ", g.level" : "");
	}
	appendStringInfoString(&sql, " FROM (");
	if (args->subtotals)
		append_levels(&sql, args, apart);
	else
		(void) append_groups(&sql, args, count, count, typed, apart);
	appendStringInfoString(&sql, ") AS g");
	append_report_order(&sql, *fields, args->subtotals);
	return sql.data;
}

/* The receiver that makes a report's rows of the groups. */
typedef struct ReportReceiver
{
	DestReceiver pub;
	ReturnSetInfo *result;
	List *fields;
	bool subtotals;
	MemoryContext row_context;
} ReportReceiver;

/* How many dimensions a row keeps. */
static int
row_level(const ReportReceiver *receiver, const TupleTableSlot *slot)
{
	int count = list_length(receiver->fields);

	return receiver->subtotals ? DatumGetInt32(slot->tts_values[2 * count + FIGURES + 2]) : count;
}

static bool
receive_report_group(TupleTableSlot *slot, DestReceiver *self)
{
	ReportReceiver *receiver = (ReportReceiver *) self;
	int count = list_length(receiver->fields);
	MemoryContext old = MemoryContextSwitchTo(receiver->row_context);
	Datum values[FIGURES + 5];
	bool nulls[FIGURES + 5] = {false};
	int level;

	slot_getallattrs(slot);
	level = row_level(receiver, slot);
	values[0] = JsonbPGetDatum(dimensions_json(receiver->fields, slot, level));
	memcpy(values + 1, slot->tts_values + count, FIRST_FIGURES * sizeof(Datum));
	memcpy(nulls + 1, slot->tts_isnull + count, FIRST_FIGURES * sizeof(bool));
	values[FIRST_FIGURES + 1] =
		JsonbPGetDatum(labels_json(receiver->fields, slot, level, count + FIGURES));
	values[FIRST_FIGURES + 2] = slot->tts_values[count + FIRST_FIGURES];
	nulls[FIRST_FIGURES + 2] = slot->tts_isnull[count + FIRST_FIGURES];
	memcpy(values + FIGURES + 2, slot->tts_values + 2 * count + FIGURES, 2 * sizeof(Datum));
	memcpy(nulls + FIGURES + 2, slot->tts_isnull + 2 * count + FIGURES, 2 * sizeof(bool));
	values[FIGURES + 4] = BoolGetDatum(last_of_many(receiver->fields, level) > 0);
	tuplestore_putvalues(receiver->result->setResult, receiver->result->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->row_context);
	return true;
}

/* The arguments that report and report_sql share. */
static void
report_args(FunctionCallInfo fcinfo, ReportArgs *args, int measures, int in_currency)
{
	args->selection.source = source_argument(fcinfo, REPORT_RELATION);
	args->by = PG_ARGISNULL(REPORT_BY)
				   ? NIL
				   : text_array(PG_GETARG_ARRAYTYPE_P(REPORT_BY), "by", MAX_DIMENSIONS);
	read_selection(fcinfo, REPORT_SELECTION, &args->selection);
	args->selection.include_archived =
		PG_ARGISNULL(REPORT_SELECTION + SELECTION_INCLUDE_ARCHIVED) ||
		PG_GETARG_BOOL(REPORT_SELECTION + SELECTION_INCLUDE_ARCHIVED);
	args->measures = measures_argument(fcinfo, measures);
	need_standard_columns(args->selection.source, true);
	args->dimensions = report_dimensions(args);
	args->conversion = conversion_argument(fcinfo, in_currency, args->selection.source);
}

/* The statement of a report: one that a rollup answers, if one can, else one that reads the rows.
 */
static char *
report_statement(const ReportArgs *args, List **fields)
{
	bool many = last_of_many(args->dimensions, list_length(args->dimensions)) > 0;
	const char *mark = many ? "" : rollup_mark(args->selection.source->relid);
	char *query;

	if (many)
		explain_no_rollup(args->selection.source->relid, "A dimension is of many.");
	if (*mark != '\0' && args->measures == NIL)
	{
		query = psprintf("%s%s", mark, report_query(args, false, true, fields));
		if (rollup_answers(query))
			return query;
		mark = "";
	}
	return psprintf("%s%s", mark, report_query(args, false, false, fields));
}

/* What a report of an older version was asked by, which wrote other SQL. */
Datum
report(PG_FUNCTION_ARGS)
{
	PG_RETURN_NULL();
}

/* The same of report_sql. */
Datum
report_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_NULL();
}

/*
 * report(relation regclass, by text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, subtotals boolean, measures text[], in_currency text)
 */
Datum
report_0_2(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ReportArgs args = {0};
	ReportReceiver receiver = {.pub = row_receiver(receive_report_group), .result = result};
	Params none = {0};
	char *query;

	InitMaterializedSRF(fcinfo, 0);
	report_args(fcinfo, &args, REPORT_MEASURES, REPORT_IN_CURRENCY);
	args.subtotals =
		args.by != NIL && !PG_ARGISNULL(REPORT_SUBTOTALS) && PG_GETARG_BOOL(REPORT_SUBTOTALS);
	receiver.subtotals = args.subtotals;
	SPI_connect();
	receiver.row_context =
		AllocSetContextCreate(CurrentMemoryContext, "report row", ALLOCSET_DEFAULT_SIZES);
	query = report_statement(&args, &receiver.fields);
	run_params_query(query, &none, &receiver.pub);
	SPI_finish();
	return (Datum) 0;
}

/*
 * report_sql(relation regclass, by text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, measures text[], in_currency text) -> text
 */
Datum
report_sql_0_2(PG_FUNCTION_ARGS)
{
	ReportArgs args = {0};
	List *fields;

	report_args(fcinfo, &args, REPORT_SQL_MEASURES, REPORT_SQL_IN_CURRENCY);
	PG_RETURN_TEXT_P(cstring_to_text(report_query(&args, true, false, &fields)));
}
