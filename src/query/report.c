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
#include "fmgr.h"
#include "funcapi.h"
#include "query/dimensions.h"
#include "query/many.h"
#include "query/measure.h"
#include "query/projection.h"
#include "query/report.h"
#include "query/stages.h"
#include "rollup/rollup_answer.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

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

/* Refuse a dimension that can't be told from a figure. */
pg_noreturn static void
name_taken(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
					errmsg("dimension \"%s\" has the name of a figure", name),
					errhint("Give the column another name in a view."), err_code("name_taken"),
					err_field(name)));
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
