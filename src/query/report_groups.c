/* The groups of a report as SQL: what is summed up of their rows, level by level. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "filter/filter_context.h"
#include "query/dimensions.h"
#include "query/many.h"
#include "query/measure.h"
#include "query/report.h"
#include "query/stages.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

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
	char *of_kind;
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
	of_kind = psprintf("k.kind::pg_catalog.text OPERATOR(pg_catalog.=) "
					   "ANY (%s::pg_catalog.text[])",
					   quote_literal_cstr(psprintf("{%s}", kinds)));
	initStringInfo(&sql);
	if (tenant_name() == NULL && has_string(link->foreign, TENANT_COLUMN))
	{
		/* all tenants', each by its own stages */
		appendStringInfo(&sql, "EXISTS (SELECT FROM %s AS k WHERE ", sql_relation(link->relid));
		append_link(&sql, link, "o", "k");
		appendStringInfo(&sql, " AND %s)", of_kind);
		return sql.data;
	}
	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		if (strcmp(((SourceColumn *) lfirst(local))->name, "stage_id") != 0)
			continue;
		appendStringInfoString(&sql, "o.stage_id");
		append_operator(&sql, get_commutator(lfirst_oid(operator_cell)));
		appendStringInfo(&sql, "ANY (ARRAY(SELECT %s FROM %s AS k WHERE %s",
						 sql_column("k", lfirst(foreign)), sql_relation(link->relid), of_kind);
		append_tenant(&sql, link->relid, "k");
		appendStringInfoString(&sql, "))");
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

/* The first dimensions, in a query over the selected rows, which are joined what these have many
 * of. */
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
int
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
void
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
