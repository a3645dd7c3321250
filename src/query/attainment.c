/* attainment: targets beside what was reached and what may still come. */
#include "postgres.h"

#include "query/attainment.h"

#include "access/xact.h"
#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query_params.h"
#include "base/sqltext.h"
#include "base/version.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/value_label.h"
#include "fmgr.h"
#include "funcapi.h"
#include "query/selection.h"
#include "settings/calendar.h"
#include "settings/clock.h"
#include "settings/crm_version.h"
#include "settings/period.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_SINCE(attainment, "0.2.0");
PG_FUNCTION_INFO_V1(is_one_of_few);

/*
 * One statement: the sums of opportunities by what is asked for and by forecast category, which
 * says whether they were won, and what is realized or came in where that is measured; the targets
 * (attainment_target.c); both together by dimension and currency, so that either may be missing.
 */

/* Append all of it by dimension and currency, as s. */
static void
append_figure_sums(StringInfo sql, const AttainmentArgs *args)
{
	static const char *const sum =
		"COALESCE(pg_catalog.sum(f.%s) FILTER (WHERE f.what "
		"OPERATOR(pg_catalog.=) ANY ('{%s}'::pg_catalog.text[])), 0::pg_catalog.numeric)";
	bool won = strcmp(args->measure, "won") == 0;
	ListCell *cell;

	appendStringInfoString(sql, PART_REACHED " AS (");
	append_reached(sql, args);
	appendStringInfoString(sql, "), " PART_FIGURES " AS (SELECT ");
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		appendStringInfo(sql, "%s AS %s, ",
						 dimension->kind == BY_TEAM ? "l.leader"
													: psprintf("r.%s", dimension->column),
						 dimension->column);
	}
	appendStringInfoString(sql,
						   "r.what, r.currency, r.amount, r.estimated FROM " PART_REACHED " AS r");
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		if (dimension->kind == BY_TEAM)
			append_teams_of(sql, true, psprintf("r.%s", dimension->column));
	}
	if (args->targets != NULL)
	{
		appendStringInfoString(sql, " UNION ALL SELECT ");
		append_dimension_names(sql, args, "k");
		appendStringInfoString(sql,
							   "'target', k.currency, k.amount, NULL FROM " PART_COUNTING " AS k");
	}
	appendStringInfoString(sql, "), " PART_SUMS " AS (SELECT ");
	append_dimension_names(sql, args, "f");
	appendStringInfoString(sql, "f.currency, pg_catalog.sum(f.amount) FILTER (WHERE f.what "
								"OPERATOR(pg_catalog.=) 'target') AS target");
	appendStringInfo(sql, ", %s AS won", psprintf(sum, "amount", "closed"));
	appendStringInfo(sql, ", %s AS achieved", psprintf(sum, "amount", won ? "closed" : "achieved"));
	appendStringInfo(sql, ", %s AS open", psprintf(sum, "amount", "pipeline,best_case,commit"));
	appendStringInfo(sql, ", %s AS open_estimated",
					 psprintf(sum, "estimated", "pipeline,best_case,commit"));
	appendStringInfo(sql, ", %s AS commit", psprintf(sum, "amount", "closed,commit"));
	appendStringInfo(sql, ", %s AS best_case", psprintf(sum, "amount", "closed,commit,best_case"));
	appendStringInfoString(sql, " FROM " PART_FIGURES " AS f");
	for (int i = 0; i <= list_length(args->dimensions); i++)
		appendStringInfo(sql, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);
	appendStringInfoString(sql, ") ");
}

/* A member of the JSON of dimensions or labels. */
static void
append_pair(StringInfo sql, const char *name, const char *value)
{
	appendStringInfoString(sql, sql->len > 0 ? ", " : "");
	append_text_literal(sql, name);
	appendStringInfo(sql, ", %s", value);
}

/* What the rows are, and what people call that, as the members of two JSON objects. */
static void
describe_dimensions(const AttainmentArgs *args, StringInfo dimensions, StringInfo labels)
{
	FromClause *from = open_from(args->source);
	ListCell *cell;

	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);
		char *sql = psprintf("s.%s", dimension->column);
		StringInfoData label;
		Field *field;
		char *name;

		if (dimension->kind == BY_PERIOD)
		{
			append_pair(dimensions, dimension->name,
						field_text(make_field(dimension->name, sql, DATEOID), sql));
			initStringInfo(&label);
			appendStringInfoString(&label, "opportunities.period_label(");
			append_text_literal(&label, dimension->name);
			appendStringInfo(&label, ", %s)", sql);
			append_pair(labels, dimension->name, label.data);
			continue;
		}
		field = need_field(from, dimension->kind == BY_PIPELINE ? "pipeline_id" : "owner");
		append_pair(dimensions, dimension->name, field_text(field, sql));
		name = value_label(args->source, field, sql, NULL);
		if (name != NULL)
			append_pair(labels, dimension->name, name);
	}
}

/* Append the first day of a row of the result, and the day after its last. */
static void
append_span(StringInfo sql, const AttainmentArgs *args)
{
	StringInfoData end;
	ListCell *cell;

	initStringInfo(&end);
	appendStringInfo(sql, "CROSS JOIN LATERAL (SELECT GREATEST(%s", day_literal(args->first_day));
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		if (dimension->kind != BY_PERIOD)
			continue;
		appendStringInfo(sql, ", s.%s", dimension->column);
		appendStringInfoString(&end, ", opportunities.period_end(");
		append_text_literal(&end, get_unit(dimension->name) == UNIT_DAY
									  ? "TODAY"
									  : psprintf("THIS_%s", dimension->name));
		appendStringInfo(&end, ", s.%s)", dimension->column);
	}
	appendStringInfo(sql, ") AS first_day, LEAST(%s%s) AS next_day) AS p ", day_literal(args->end),
					 end.data);
}

/*
 * The query. Today has passed: on the last day of the period all of it has. What no day has passed
 * of has no pace.
 */
static char *
attainment_query(const AttainmentArgs *args)
{
	StringInfoData sql;
	StringInfoData dimensions;
	StringInfoData labels;

	initStringInfo(&dimensions);
	initStringInfo(&labels);
	describe_dimensions(args, &dimensions, &labels);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "WITH RECURSIVE ");
	append_targets(&sql, args);
	append_figure_sums(&sql, args);
	appendStringInfo(
		&sql,
		"SELECT pg_catalog.jsonb_build_object(%s), s.currency, s.target, s.won, s.open, "
		"s.open_estimated, s.target OPERATOR(pg_catalog.-) s.achieved, "
		"CASE WHEN s.target OPERATOR(pg_catalog.>) s.achieved AND %s THEN "
		"s.open OPERATOR(pg_catalog./) (s.target OPERATOR(pg_catalog.-) s.achieved) END, "
		"s.achieved, CASE WHEN s.target OPERATOR(pg_catalog.>) 0.0 THEN "
		"s.achieved OPERATOR(pg_catalog./) s.target END, s.commit, s.best_case, "
		"CASE WHEN s.target OPERATOR(pg_catalog.>) 0.0 AND n.passed OPERATOR(pg_catalog.>) 0 THEN "
		"s.achieved OPERATOR(pg_catalog.*) n.days::pg_catalog.numeric OPERATOR(pg_catalog./) "
		"(s.target OPERATOR(pg_catalog.*) n.passed::pg_catalog.numeric) END, "
		"pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(%s)) FROM " PART_SUMS " AS s ",
		dimensions.data, strcmp(args->measure, "final") == 0 ? "false" : "true", labels.data);
	append_span(&sql, args);
	appendStringInfo(
		&sql,
		"CROSS JOIN LATERAL (SELECT p.next_day OPERATOR(pg_catalog.-) p.first_day AS days, "
		"LEAST(%s, p.next_day) OPERATOR(pg_catalog.-) p.first_day AS passed) AS n ORDER BY ",
		day_literal(args->today + 1));
	append_dimension_names(&sql, args, "s");
	appendStringInfoString(&sql, "s.currency");
	return sql.data;
}

/* Add a dimension that was asked for, once. */
static void
add_attainment_dimension(AttainmentArgs *args, const char *name)
{
	static const char *const names[] = {"owner",		  "team",		"pipeline_id", "day",
										"week",			  "month",		"quarter",	   "year",
										"fiscal_quarter", "fiscal_year"};
	AttainmentDimension *dimension;
	List *known = NIL;
	int kind = 0;
	ListCell *cell;

	foreach (cell, args->dimensions)
	{
		if (strcmp(((AttainmentDimension *) lfirst(cell))->name, name) == 0)
			return;
	}
	while (kind < lengthof(names) && strcmp(names[kind], name) != 0)
		known = lappend(known, unconstify(char *, names[kind++]));
	if (kind == lengthof(names))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("targets are not by \"%s\"", name),
				 errhint_nearest(name, known), err_code("unknown_dimension"), err_field("by")));
	dimension = palloc(sizeof(AttainmentDimension));
	dimension->name = name;
	dimension->kind = Min(kind, BY_PERIOD);
	dimension->column = psprintf("d%d", list_length(args->dimensions) + 1);
	args->dimensions = lappend(args->dimensions, dimension);
	args->by_owner |= kind == BY_OWNER;
	args->by_team |= kind == BY_TEAM;
	args->by_pipeline |= kind == BY_PIPELINE;
}

/* The relation of a name beside the opportunities; NULL: there is none. */
static Source *
relation_beside(const Source *source, const char *name)
{
	Oid relid = get_relname_relid(name, source->schema);

	return OidIsValid(relid) ? open_source(relid) : NULL;
}

/*
 * is_one_of_few(number bigint) -> boolean: true of each member of each team. In a chain of managers
 * everybody is in the team of all above.
 */
Datum
is_one_of_few(PG_FUNCTION_ARGS)
{
	if (PG_GETARG_INT64(0) > MAX_MEMBERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the teams of \"app_user\" have more than %d members in all", MAX_MEMBERS),
				 errdetail("Who has a manager is in the teams of all that are above."),
				 errhint("Look for people who are each above many others, one below the other."),
				 err_code("too_many_elements"), err_field("manager")));
	PG_RETURN_BOOL(true);
}

/* What targets are measured by. */
static const char *
measure_argument(const char *name)
{
	static const char *const measures[] = {"won", "final", "realized"};
	List *known = NIL;

	for (int i = 0; i < lengthof(measures); i++)
	{
		if (strcmp(measures[i], name) == 0)
			return name;
		known = lappend(known, unconstify(char *, measures[i]));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("targets are not for \"%s\"", name),
			 errhint_nearest(name, known), err_code("target_measure_known"), err_field("measure")));
}

/* Read the arguments. */
static void
attainment_args(FunctionCallInfo fcinfo, AttainmentArgs *args)
{
	static const char *const user_needs[] = {"login", "manager"};
	static const char *const target_needs[] = {"owner",	   "team",		"pipeline_id", "measure",
											   "currency", "first_day", "last_day",	   "amount"};
	List *by = PG_ARGISNULL(2) ? NIL : text_array(PG_GETARG_ARRAYTYPE_P(2), "by", MAX_DIMENSIONS);
	ListCell *cell;

	args->source = source_argument(fcinfo, 0);
	need_standard_columns(args->source, true);
	if (!is_made_before(args->source->schema, VERSION_0_2))
		args->targets = relation_beside(args->source, "target");
	args->users = relation_beside(args->source, "app_user");
	if (args->targets != NULL)
		need_columns(args->targets, lengthof(target_needs), target_needs);
	foreach (cell, by)
		add_attainment_dimension(args, lfirst(cell));
	if (args->by_team && args->users == NULL)
		args->users = open_sibling(args->source, "app_user", "A team");
	if (args->users != NULL)
		need_columns(args->users, lengthof(user_needs), user_needs);
	args->measure =
		PG_ARGISNULL(3) ? "won" : measure_argument(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	args->today = PG_ARGISNULL(4) ? business_day(GetCurrentTransactionStartTimestamp())
								  : PG_GETARG_DATEADT(4);
	period_days(PG_ARGISNULL(1) ? "THIS_QUARTER" : text_to_cstring(PG_GETARG_TEXT_PP(1)),
				args->today, &args->first_day, &args->end);
}

/* The receiver that keeps the rows of the query. */
typedef struct AttainmentReceiver
{
	DestReceiver pub;
	ReturnSetInfo *result;
} AttainmentReceiver;

static bool
receive_attainment(TupleTableSlot *slot, DestReceiver *self)
{
	tuplestore_puttupleslot(((AttainmentReceiver *) self)->result->setResult, slot);
	return true;
}

/*
 * attainment(relation regclass, period text, by text[], measure text, today date) -> setof
 * (dimensions jsonb, currency text, target numeric, won numeric, open numeric, open_estimated
 * numeric, gap numeric, coverage numeric, achieved numeric, attainment numeric, commit numeric,
 * best_case numeric, pace numeric, labels jsonb)
 */
Datum
attainment(PG_FUNCTION_ARGS)
{
	AttainmentArgs args = {0};
	AttainmentReceiver receiver = {.pub = row_receiver(receive_attainment),
								   .result = (ReturnSetInfo *) fcinfo->resultinfo};
	Params none = {0};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	attainment_args(fcinfo, &args);
	run_params_query(attainment_query(&args), &none, &receiver.pub);
	SPI_finish();
	return (Datum) 0;
}
