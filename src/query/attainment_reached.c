/* What attainment sums up of opportunities: what was won, is open, came in or was invoiced. */
#include "postgres.h"

#include "query/attainment.h"

#include "base/literal.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "query/selection.h"
#include "query/stages.h"
#include "settings/calendar.h"
#include "settings/tenant.h"

/* A day as a literal. */
char *
day_literal(DateADT day)
{
	StringInfoData sql;

	initStringInfo(&sql);
	append_literal(&sql, literal_text(DATEOID, DateADTGetDatum(day)), DATEOID);
	return sql.data;
}

/* The first day of the unit that a day is in, as an expression. */
char *
unit_of_day(const char *unit, const char *day)
{
	StringInfoData sql;

	if (get_unit(unit) == UNIT_DAY)
		return pstrdup(day);
	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities.period_of(");
	append_text_literal(&sql, unit);
	appendStringInfo(&sql, ", %s)", day);
	return sql.data;
}

/* The condition that a day is one of the period. */
static char *
in_period(const AttainmentArgs *args, const char *day)
{
	return psprintf("%s OPERATOR(pg_catalog.>=) %s AND %s OPERATOR(pg_catalog.<) %s", day,
					day_literal(args->first_day), day, day_literal(args->end));
}

/* Append the columns of the dimensions, each after a separator. */
void
append_dimension_names(StringInfo sql, const AttainmentArgs *args, const char *alias)
{
	ListCell *cell;

	foreach (cell, args->dimensions)
		appendStringInfo(sql, "%s.%s, ", alias, ((AttainmentDimension *) lfirst(cell))->column);
}

/* Append the dimensions of rows of opportunities; the team is told of the owner afterwards. */
static void
append_dimensions(StringInfo sql, const AttainmentArgs *args, FromClause *from, const char *day)
{
	ListCell *cell;

	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		switch (dimension->kind)
		{
			case BY_OWNER:
			case BY_TEAM:
				appendStringInfo(sql, AS_TEXT, need_field(from, "owner")->sql);
				break;
			case BY_PIPELINE:
				appendStringInfoString(sql, need_field(from, "pipeline_id")->sql);
				break;
			case BY_PERIOD:
				appendStringInfoString(sql, unit_of_day(dimension->name, day));
				break;
		}
		appendStringInfo(sql, " AS %s, ", dimension->column);
	}
}

/* The rows of opportunities, archived ones too, as a report has them. */
static Selection *
rows_of_all(const AttainmentArgs *args)
{
	SelectionArgs selection = {.source = args->source, .include_archived = true};

	return open_selection(&selection, NULL);
}

/* The forecast category of a row, by its state where there are none; it tells what is won. */
static char *
category_of(FromClause *from)
{
	Field *category = find_field(from, "forecast_category", NULL);
	char *state;

	if (category != NULL)
		return category->sql;
	state = need_field(from, "state")->sql;
	return psprintf("CASE WHEN %1$s OPERATOR(pg_catalog.=) 'won' THEN 'closed'::pg_catalog.text "
					"WHEN %1$s OPERATOR(pg_catalog.=) 'lost' THEN 'omitted' ELSE 'pipeline' END",
					state);
}

/* The day on which a row was closed, as an expression. */
static char *
day_of_closing(FromClause *from)
{
	static const char *const needs[] = {"closed_on"};
	const char *closed = closing_column_name(from->source);

	if (closed == NULL)
		need_columns(from->source, lengthof(needs), needs);
	return field_day(need_field(from, closed));
}

/*
 * Append sums of rows, one for each of their dimensions, categories and currencies. The conditions
 * are those of the selection.
 */
static void
append_sums(StringInfo sql, const AttainmentArgs *args, Selection *selection, const char *category,
			const char *day)
{
	StringInfoData groups;

	initStringInfo(&groups);
	append_dimensions(&groups, args, selection->from, day);
	appendStringInfo(&groups, "%s AS what, ", category);
	append_totals(&groups, args->source);
	appendStringInfoString(&groups, " AS sums");
	append_from(&groups, selection);
	for (int i = 0; i <= list_length(args->dimensions); i++)
		appendStringInfo(&groups, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);

	appendStringInfoString(sql, "SELECT ");
	append_dimension_names(sql, args, "s");
	appendStringInfo(sql,
					 "s.what, b.currency, b.final_total AS amount, b.estimated_total AS estimated, "
					 "b.realized_total AS realized FROM (SELECT %s) AS s "
					 "CROSS JOIN LATERAL opportunities.by_currency(s.sums) AS b",
					 groups.data);
}

/* Append what was won in the period, and what is open and expected in it, by category. */
static void
append_won_and_open(StringInfo sql, const AttainmentArgs *args)
{
	static const char *const needs[] = {"expected_close"};
	Selection *selection = rows_of_all(args);
	FromClause *from = selection->from;
	char *category = category_of(from);
	char *closed = day_of_closing(from);
	const char *open = need_field(from, "state")->closed_on;
	char *expected;

	need_columns(args->source, lengthof(needs), needs);
	expected = field_day(need_field(from, "expected_close"));
	appendStringInfo(
		&selection->conditions,
		" AND (%1$s AND %2$s OPERATOR(pg_catalog.=) 'closed' OR %3$s AND %4$s AND %2$s "
		"OPERATOR(pg_catalog.<>) ALL ('{closed,omitted}'::pg_catalog.text[]))",
		in_period(args, closed), category, open != NULL ? psprintf("%s IS NULL", open) : "true",
		in_period(args, expected));
	append_sums(sql, args, selection, category,
				psprintf("CASE WHEN %s OPERATOR(pg_catalog.=) 'closed' THEN %s ELSE %s END",
						 category, closed, expected));
}

/* Append what came in in the period, whatever became of it, as achieved. */
static void
append_come_in(StringInfo sql, const AttainmentArgs *args)
{
	static const char *const needs[] = {"created_at"};
	Selection *selection = rows_of_all(args);
	char *created;

	need_columns(args->source, lengthof(needs), needs);
	created = field_day(need_field(selection->from, "created_at"));
	appendStringInfo(&selection->conditions, " AND %s", in_period(args, created));
	append_sums(sql, args, selection, "'achieved'::pg_catalog.text", created);
}

/* Append what was invoiced less what was returned in the period, as achieved. */
static void
append_documents(StringInfo sql, const AttainmentArgs *args, const Link *link)
{
	static const char *const needs[] = {"kind", "status", "total", "issued_on"};
	Selection *selection = rows_of_all(args);
	FromClause *from = selection->from;
	Source *documents = open_source(link->relid);

	need_columns(documents, lengthof(needs), needs);
	appendStringInfoString(sql, "SELECT ");
	append_dimensions(sql, args, from, "d.issued_on");
	appendStringInfo(sql, "'achieved'::pg_catalog.text, %s, ",
					 source_column(args->source, "currency") == NULL
						 ? "NULL::pg_catalog.text"
						 : psprintf(AS_TEXT, "o.currency"));
	appendStringInfoString(sql, "pg_catalog.sum(CASE WHEN d.kind::pg_catalog.text "
								"OPERATOR(pg_catalog.=) 'invoice' THEN d.total ELSE "
								"OPERATOR(pg_catalog.-) d.total END), NULL::pg_catalog.numeric, "
								"NULL::pg_catalog.numeric");
	appendStringInfo(&from->joins, " JOIN %s AS d ON ", documents->sql);
	append_link(&from->joins, link, "o", "d");
	append_tenant(&selection->conditions, link->relid, "d");
	appendStringInfo(&selection->conditions,
					 " AND d.status::pg_catalog.text OPERATOR(pg_catalog.=) 'confirmed' "
					 "AND d.kind::pg_catalog.text OPERATOR(pg_catalog.=) ANY "
					 "('{invoice,return}'::pg_catalog.text[]) AND %s",
					 in_period(args, "d.issued_on"));
	append_from(sql, selection);
	for (int i = 0; i < list_length(args->dimensions) + 2; i++)
		appendStringInfo(sql, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);
}

/* Append what is realized elsewhere, of what was won in the period and has no documents. */
static void
append_realized_elsewhere(StringInfo sql, const AttainmentArgs *args, const Link *link)
{
	Selection *selection = rows_of_all(args);
	FromClause *from = selection->from;
	char *closed = day_of_closing(from);

	appendStringInfo(&selection->conditions, " AND %s AND %s OPERATOR(pg_catalog.=) 'closed'",
					 in_period(args, closed), category_of(from));
	if (link != NULL)
	{
		appendStringInfo(&selection->conditions, " AND NOT EXISTS (SELECT FROM %s AS d WHERE ",
						 sql_relation(link->relid));
		append_link(&selection->conditions, link, "o", "d");
		append_tenant(&selection->conditions, link->relid, "d");
		appendStringInfoChar(&selection->conditions, ')');
	}
	appendStringInfoString(sql, "SELECT ");
	append_dimension_names(sql, args, "r");
	appendStringInfoString(sql, "r.what, r.currency, r.realized, NULL::pg_catalog.numeric, "
								"NULL::pg_catalog.numeric FROM (");
	append_sums(sql, args, selection, "'achieved'::pg_catalog.text", closed);
	appendStringInfoString(sql, ") AS r");
}

/* Append what there is of opportunities: dimensions, category or achieved, currency, sums. */
void
append_reached(StringInfo sql, const AttainmentArgs *args)
{
	append_won_and_open(sql, args);
	if (strcmp(args->measure, "final") == 0)
	{
		appendStringInfoString(sql, " UNION ALL ");
		append_come_in(sql, args);
	}
	else if (strcmp(args->measure, "realized") == 0)
	{
		const Link *link = many_link(args->source, "document");

		if (link != NULL)
		{
			appendStringInfoString(sql, " UNION ALL ");
			append_documents(sql, args, link);
		}
		appendStringInfoString(sql, " UNION ALL ");
		append_realized_elsewhere(sql, args, link);
	}
}
