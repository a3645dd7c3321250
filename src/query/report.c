#include "postgres.h"

#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "query/selection.h"
#include "settings/calendar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(report);
PG_FUNCTION_INFO_V1(report_sql);
PG_FUNCTION_INFO_V1(elapsed);

/* What a report is asked for. */
typedef struct ReportArgs
{
	SelectionArgs selection;
	List *by; /* names of dimensions, each once */
	bool subtotals;
} ReportArgs;

/* The columns of a report besides its dimensions, over the groups g and their totals t. */
static const struct
{
	const char *name;
	const char *sql;
} figures[] = {
	{"count", "t.count"},
	{"final_total", "t.final_total"},
	{"estimated_total", "t.estimated_total"},
	{"realized_total", "t.realized_total"},
	{"currency", "t.currency"},
	{"by_currency", "t.by_currency"},
	{"open_count", "opportunities.opportunity_count(g.open)"},
	{"open_estimated",
	 "CASE WHEN t.final_total IS NOT NULL THEN opportunities.estimated_total(g.open) END"},
	{"won", "opportunities.opportunity_count(g.won)"},
	{"lost", "opportunities.opportunity_count(g.lost)"},
	{"won_total", "CASE WHEN t.final_total IS NOT NULL THEN opportunities.final_total(g.won) END"},
	{"win_rate",
	 "opportunities.opportunity_count(g.won)::pg_catalog.numeric OPERATOR(pg_catalog./) "
	 "NULLIF(opportunities.opportunity_count(g.won OPERATOR(opportunities.+) g.lost), 0)"},
	{"avg_days_to_close",
	 "g.elapsed OPERATOR(pg_catalog./) (86400000000 OPERATOR(pg_catalog.*) NULLIF(g.timed, 0))"}};

/* The totals t of groups g, with the three numbers NULL where they hold several currencies. */
static const char *const totals_of_groups =
	"LATERAL pg_catalog.jsonb_to_record((g.open OPERATOR(opportunities.+) g.won "
	"OPERATOR(opportunities.+) g.lost)::pg_catalog.jsonb) AS t (count pg_catalog.int8, "
	"final_total pg_catalog.numeric, estimated_total pg_catalog.numeric, "
	"realized_total pg_catalog.numeric, currency pg_catalog.text, by_currency pg_catalog.jsonb)";

/* What subtotals add up. */
static const char *const sums_of_groups =
	"opportunities.sum(s.open) AS open, opportunities.sum(s.won) AS won, "
	"opportunities.sum(s.lost) AS lost, pg_catalog.sum(s.elapsed) AS elapsed, "
	"pg_catalog.sum(s.timed) AS timed";

/* A date's period as a dimension: month(expected_close). NULL where the name is not written so. */
static Field *
period_field(FromClause *from, const char *name)
{
	const char *bracket = strchr(name, '(');
	int length = strlen(name);
	CalendarUnit unit;
	const char *unit_name;
	Field *field;
	const char *day;
	StringInfoData sql;

	if (bracket == NULL || name[length - 1] != ')')
		return NULL;
	unit_name = pnstrdup(name, bracket - name);
	unit = get_unit(unit_name);
	field = need_field(from, pnstrdup(bracket + 1, name + length - 1 - (bracket + 1)));
	switch (field->base_type)
	{
		case DATEOID:
			day = field->sql;
			break;
		case TIMESTAMPOID:
			day = psprintf("%s::pg_catalog.date", field->sql);
			break;
		case TIMESTAMPTZOID:
			day = psprintf("opportunities.business_date(%s)", field->sql);
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("\"%s\" is not a date", field->name),
					 errdetail("Its type is %s.", format_type_be(field->type)),
					 errhint("Periods are of columns of type date, timestamp or timestamptz."),
					 err_code("column_type"), err_field(field->name)));
	}
	if (unit == UNIT_DAY)
		return make_field(name, psprintf("%s::pg_catalog.date", day), DATEOID);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities.period_of(");
	append_text_literal(&sql, unit_name);
	appendStringInfo(&sql, ", %s)", day);
	return make_field(name, sql.data, DATEOID);
}

/* A field, or a period of one, that rows are grouped by. */
static Field *
dimension(FromClause *from, const char *name)
{
	Field *field = find_field(from, name, NULL);

	if (field == NULL)
		field = period_field(from, name);
	if (field == NULL)
		field = need_field(from, name);
	(void) field_equality(field);
	return field;
}

/* The condition that a row is in a stage of a kind: a list of stages that is read once. */
static char *
in_stage(const Source *source, const char *kinds)
{
	static const char *const needs[] = {"id", "kind"};
	Link *link = source_link(source, "stage");
	StringInfoData sql;
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

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
						 quote_literal_cstr(kinds));
	}
	return sql.data;
}

/* The microseconds from created to closed, of rows that have both. */
static const char *
elapsed_column(const Source *source)
{
	static const char *const names[] = {"created_at", "closed_at"};

	for (int i = 0; i < lengthof(names); i++)
	{
		SourceColumn *column = source_column(source, names[i]);

		if (column == NULL)
			return "NULL::pg_catalog.int8";
		if (column->base_type != DATEOID && column->base_type != TIMESTAMPOID &&
			column->base_type != TIMESTAMPTZOID)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("\"%s\" of \"%s\" is not a moment", names[i], source->name),
							errdetail("Its type is %s.", format_type_be(column->type)),
							errhint("Cast it to timestamptz in the view."), err_code("column_type"),
							err_field(names[i])));
	}
	return "opportunities.elapsed(o.created_at, o.closed_at)";
}

/* Append the totals of rows that a condition holds for. */
static void
append_totals_of(StringInfo sql, const Source *source, const char *condition, const char *name)
{
	append_totals(sql, source);
	appendStringInfo(sql, " FILTER (WHERE %s) AS %s, ", condition, name);
}

/*
 * Append the rows in groups: the dimensions as d1, d2 and so on, and what is summed up. A row is
 * added to one of three totals, which together are those of all.
 */
static void
append_groups(StringInfo sql, Selection *selection, List *dimensions)
{
	const Source *source = selection->from->source;
	const char *elapsed = elapsed_column(source);
	const char *won = in_stage(source, "{won}");
	const char *closed = in_stage(source, "{won,lost}");
	ListCell *cell;

	appendStringInfoString(sql, "SELECT ");
	foreach (cell, dimensions)
		appendStringInfo(sql, "%s AS d%d, ", ((Field *) lfirst(cell))->sql,
						 foreach_current_index(cell) + 1);
	append_totals_of(sql, source, psprintf("(%s) IS NOT TRUE", closed), "open");
	append_totals_of(sql, source, won, "won");
	append_totals_of(sql, source, in_stage(source, "{lost}"), "lost");
	appendStringInfo(sql,
					 "pg_catalog.sum(%s) FILTER (WHERE %s) AS elapsed, "
					 "pg_catalog.count(%s) FILTER (WHERE %s) AS timed",
					 elapsed, won, elapsed, won);
	append_from(sql, selection);
	for (int i = 1; i <= list_length(dimensions); i++)
		appendStringInfo(sql, "%s%d", i == 1 ? " GROUP BY " : ", ", i);
}

/* Append the groups and their subtotals; level is how many dimensions a row keeps. */
static void
append_subtotals(StringInfo sql, Selection *selection, List *dimensions)
{
	int count = list_length(dimensions);

	appendStringInfo(sql, "SELECT %s, %d", sums_of_groups, count);
	for (int i = 1; i <= count; i++)
		appendStringInfo(sql, " OPERATOR(pg_catalog.-) GROUPING(s.d%d)", i);
	appendStringInfoString(sql, " AS level");
	for (int i = 1; i <= count; i++)
		appendStringInfo(sql, ", s.d%d", i);
	appendStringInfoString(sql, " FROM (");
	append_groups(sql, selection, dimensions);
	appendStringInfoString(sql, ") AS s");
	for (int i = 1; i <= count; i++)
		appendStringInfo(sql, "%ss.d%d%s", i == 1 ? " GROUP BY ROLLUP (" : ", ", i,
						 i == count ? ")" : "");
}

/* Append the dimensions as one object; a subtotal has those that it keeps, and how many. */
static void
append_dimensions_json(StringInfo sql, const ReportArgs *args, List *dimensions)
{
	ListCell *cell;

	appendStringInfoString(sql, "'{}'::pg_catalog.jsonb");
	foreach (cell, dimensions)
	{
		Field *field = lfirst(cell);
		int number = foreach_current_index(cell) + 1;
		Field *key = make_field(field->name, psprintf("g.d%d", number), field->type);

		appendStringInfoString(sql, " OPERATOR(pg_catalog.||) ");
		if (args->subtotals)
			appendStringInfo(sql, "CASE WHEN g.level OPERATOR(pg_catalog.<) %d THEN '{}' ELSE ",
							 number);
		appendStringInfoString(sql, "pg_catalog.jsonb_build_object(");
		append_text_literal(sql, key->name);
		appendStringInfo(sql, ", %s)", field_json(key));
		if (args->subtotals)
			appendStringInfoString(sql, " END");
	}
	if (args->subtotals)
		appendStringInfo(sql,
						 " OPERATOR(pg_catalog.||) CASE WHEN g.level OPERATOR(pg_catalog.<) %d "
						 "THEN pg_catalog.jsonb_build_object('_level', g.level) ELSE '{}' END",
						 list_length(dimensions));
}

/* Append the dimensions as columns of their own, named as written. */
static void
append_dimension_columns(StringInfo sql, List *dimensions)
{
	ListCell *cell;

	foreach (cell, dimensions)
	{
		appendStringInfo(sql, "%sg.d%d AS %s", foreach_current_index(cell) > 0 ? ", " : "",
						 foreach_current_index(cell) + 1, result_name(lfirst(cell)));
	}
}

/* Whether there is a dimension of a name. */
static bool
has_dimension(List *dimensions, const char *name)
{
	ListCell *cell;

	foreach (cell, dimensions)
	{
		if (strcmp(((Field *) lfirst(cell))->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * Append the figures. Where they stand beside the dimensions, the one currency of a group gives
 * way to the dimension; another column of such a name can't be told from the figure.
 */
static void
append_figures(StringInfo sql, List *dimensions)
{
	for (int i = 0; i < lengthof(figures); i++)
	{
		const char *name = figures[i].name;

		if (has_dimension(dimensions, name))
		{
			if (strcmp(name, "currency") == 0)
				continue;
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
							errmsg("dimension \"%s\" has the name of a figure", name),
							errhint("Give the column another name in a view."),
							err_code("name_taken"), err_field(name)));
		}
		appendStringInfo(sql, "%s%s AS %s", i > 0 || dimensions != NIL ? ", " : "", figures[i].sql,
						 quote_identifier(name));
	}
}

/*
 * Append the order of the rows: by their dimensions, NULLs last, each subtotal behind what it sums
 * up. It is not that of a sort before grouping, which would often be taken for the cheaper way.
 */
static void
append_order(StringInfo sql, const ReportArgs *args, List *dimensions)
{
	ListCell *cell;

	foreach (cell, dimensions)
	{
		Field *field = lfirst(cell);
		int number = foreach_current_index(cell) + 1;
		bool sorts = OidIsValid(lookup_type_cache(field->type, TYPECACHE_LT_OPR)->lt_opr);

		appendStringInfoString(sql, number == 1 ? " ORDER BY " : ", ");
		if (args->subtotals)
			appendStringInfo(sql, "g.level OPERATOR(pg_catalog.<) %d, ", number);
		appendStringInfo(sql, "g.d%d IS NULL, g.d%d%s", number, number,
						 sorts ? "" : "::pg_catalog.text");
	}
}

/* The query of a report: typed, with a column for each dimension, or with all of them as one
 * object. */
static char *
report_query(const ReportArgs *args, bool typed)
{
	Selection *selection = open_selection(&args->selection, NULL);
	List *dimensions = NIL;
	ListCell *cell;
	StringInfoData sql;

	foreach (cell, args->by)
	{
		if (!has_dimension(dimensions, lfirst(cell)))
			dimensions = lappend(dimensions, dimension(selection->from, lfirst(cell)));
	}

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (typed)
	{
		append_dimension_columns(&sql, dimensions);
		append_figures(&sql, dimensions);
	}
	else
	{
		append_dimensions_json(&sql, args, dimensions);
		appendStringInfoString(&sql, " AS dimensions, ");
		append_figures(&sql, NIL);
	}
	appendStringInfoString(&sql, " FROM (");
	if (args->subtotals)
		append_subtotals(&sql, selection, dimensions);
	else
		append_groups(&sql, selection, dimensions);
	appendStringInfo(&sql, ") AS g, %s", totals_of_groups);
	append_order(&sql, args, dimensions);
	return sql.data;
}

/* The arguments that report and report_sql share. */
static void
report_args(FunctionCallInfo fcinfo, ReportArgs *args)
{
	args->selection.source = open_source(PG_ARGISNULL(0) ? default_relation() : PG_GETARG_OID(0));
	args->by = PG_ARGISNULL(1) ? NIL : text_array(PG_GETARG_ARRAYTYPE_P(1), "by");
	read_selection(fcinfo, 2, &args->selection);
	args->selection.include_archived = PG_ARGISNULL(6) || PG_GETARG_BOOL(6);
	need_standard_columns(args->selection.source);
}

/*
 * report(relation regclass, by text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean, subtotals boolean)
 */
Datum
report(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ReportArgs args = {.subtotals = !PG_ARGISNULL(7) && PG_GETARG_BOOL(7)};
	uint64 rows;

	InitMaterializedSRF(fcinfo, 0);
	report_args(fcinfo, &args);
	SPI_connect();
	rows = run_query(report_query(&args, false));
	for (uint64 row = 0; row < rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[row]);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * report_sql(relation regclass, by text[], filter text, rules jsonb, scope jsonb, search text,
 * include_archived boolean) -> text
 */
Datum
report_sql(PG_FUNCTION_ARGS)
{
	ReportArgs args = {0};

	report_args(fcinfo, &args);
	PG_RETURN_TEXT_P(cstring_to_text(report_query(&args, true)));
}

/* elapsed(since timestamptz, until timestamptz) -> bigint */
Datum
elapsed(PG_FUNCTION_ARGS)
{
	TimestampTz since = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz until = PG_GETARG_TIMESTAMPTZ(1);
	int64 microseconds;

	if (TIMESTAMP_NOT_FINITE(since) || TIMESTAMP_NOT_FINITE(until))
		PG_RETURN_NULL();
	if (pg_sub_s64_overflow(until, since, &microseconds))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("interval out of range")));
	PG_RETURN_INT64(microseconds);
}
