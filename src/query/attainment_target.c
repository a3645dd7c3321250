/* The targets of attainment: which count for a row of it. */
#include "postgres.h"

#include "query/attainment.h"

#include "base/sqltext.h"
#include "settings/tenant.h"

/*
 * A target counts where it names what rows are by: an owner, a pipeline, a period within theirs.
 * Two never count for the same days and people: what is set for a team, or for everybody, takes the
 * place of what is set for those in it, and of one's targets that overlap the longest counts. Where
 * nothing is set for the whole, its parts add up.
 */

/* Append the targets of the period that can count, as t. */
static void
append_possible_targets(StringInfo sql, const AttainmentArgs *args)
{
	ListCell *cell;

	appendStringInfo(
		sql,
		PART_POSSIBLE
		" AS (SELECT " AS_TEXT " AS owner, " AS_TEXT " AS team, " AS_TEXT
		" AS currency, t.first_day, t.last_day, t.amount::pg_catalog.numeric AS amount",
		"t.owner", "t.team", "t.currency");
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		if (dimension->kind == BY_OWNER)
			appendStringInfo(sql, ", " AS_TEXT " AS %s", "t.owner", dimension->column);
		else if (dimension->kind == BY_PIPELINE)
			appendStringInfo(sql, ", t.pipeline_id AS %s", dimension->column);
		else if (dimension->kind == BY_PERIOD)
			appendStringInfo(sql, ", %s AS %s", unit_of_day(dimension->name, "t.first_day"),
							 dimension->column);
	}
	appendStringInfo(sql,
					 " FROM %s AS t WHERE t.pipeline_id IS %s AND t.measure::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) ",
					 args->targets->sql, args->by_pipeline ? "NOT NULL" : "NULL");
	append_text_literal(sql, args->measure);
	appendStringInfo(sql,
					 " AND t.first_day OPERATOR(pg_catalog.>=) %s AND t.last_day "
					 "OPERATOR(pg_catalog.<) %s%s",
					 day_literal(args->first_day), day_literal(args->end),
					 args->by_owner	 ? " AND t.owner IS NOT NULL"
					 : args->by_team ? " AND (t.owner IS NOT NULL OR t.team IS NOT NULL)"
									 : "");
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		if (dimension->kind == BY_PERIOD)
			appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.=) %s",
							 unit_of_day(dimension->name, "t.first_day"),
							 unit_of_day(dimension->name, "t.last_day"));
	}
	append_tenant(sql, args->targets->relid, "t");
	appendStringInfoString(sql, "), ");
}

/* Append who is in whose team, as leads: managers, where rows are by team, and whoever has a
 * target. */
static void
append_leads(StringInfo sql, const AttainmentArgs *args)
{
	const char *separator = "";

	appendStringInfoString(sql, PART_LED " (leader, login) AS (");
	if (args->by_team && args->users != NULL)
	{
		appendStringInfo(sql,
						 "SELECT " AS_TEXT ", " AS_TEXT " FROM %s AS u WHERE u.manager IS NOT NULL",
						 "u.manager", "u.manager", args->users->sql);
		append_tenant(sql, args->users->relid, "u");
		separator = " UNION ";
	}
	if (args->targets != NULL)
	{
		appendStringInfo(
			sql, "%sSELECT t.team, t.team FROM " PART_POSSIBLE " AS t WHERE t.team IS NOT NULL",
			separator);
		separator = " UNION ";
	}
	if (*separator == '\0')
		appendStringInfoString(sql, "SELECT NULL::pg_catalog.text, NULL::pg_catalog.text");
	if (args->users != NULL)
	{
		appendStringInfo(sql,
						 " UNION SELECT l.leader, " AS_TEXT " FROM " PART_LED
						 " AS l JOIN %s AS u ON " AS_TEXT " OPERATOR(pg_catalog.=) l.login",
						 "u.login", args->users->sql, "u.manager");
		append_tenant(sql, args->users->relid, "u");
	}
	appendStringInfoString(sql,
						   "), " PART_LEADS " AS (SELECT d.leader, d.login FROM (SELECT l.*, "
						   "pg_catalog.row_number() OVER () AS number FROM " PART_LED " AS l) AS d "
						   "WHERE opportunities_internal.is_one_of_few(d.number))");
	appendStringInfoString(sql, ", " PART_TEAMS " AS (SELECT l.login, "
								"pg_catalog.array_agg(l.leader) AS leaders FROM " PART_LEADS
								" AS l GROUP BY l.login), ");
}

/*
 * Append joins of the teams that somebody is in: as m all of them, and where asked for each as l.
 * By arrays the planner knows better how many rows there will be.
 */
void
append_teams_of(StringInfo sql, bool each, const char *login)
{
	appendStringInfo(
		sql, " LEFT JOIN " PART_TEAMS " AS m ON m.login OPERATOR(pg_catalog.=) %s%s", login,
		each ? " LEFT JOIN LATERAL pg_catalog.unnest(m.leaders) AS l (leader) ON true" : "");
}

/*
 * Append the targets of each row of the result, as c: those of a team are also in the teams above.
 * Rows have numbers, and so has whom a target is for, since either may be NULL.
 */
static void
append_candidates(StringInfo sql, const AttainmentArgs *args)
{
	StringInfoData place;
	ListCell *cell;

	initStringInfo(&place);
	appendStringInfoString(sql, PART_CANDIDATES " AS (SELECT t.*");
	foreach (cell, args->dimensions)
	{
		const AttainmentDimension *dimension = lfirst(cell);

		if (dimension->kind == BY_TEAM)
			appendStringInfo(sql, ", l.leader AS %s", dimension->column);
		appendStringInfo(&place, "%s, ",
						 dimension->kind == BY_TEAM ? "l.leader" : dimension->column);
	}
	appendStringInfo(
		sql,
		", pg_catalog.dense_rank() OVER (ORDER BY %1$st.currency) AS place, "
		"pg_catalog.dense_rank() OVER (ORDER BY t.owner, t.team) AS whose, "
		"pg_catalog.row_number() OVER (ORDER BY t.last_day OPERATOR(pg_catalog.-) "
		"t.first_day, t.first_day) AS length, "
		"pg_catalog.bool_or(t.owner IS NULL AND t.team IS NULL) OVER (PARTITION BY %1$st.currency) "
		"AS for_all, pg_catalog.array_agg(t.team) FILTER (WHERE t.team IS NOT NULL) "
		"OVER (PARTITION BY %1$st.currency) AS teams FROM " PART_POSSIBLE " AS t",
		place.data);
	append_teams_of(sql, args->by_team, "COALESCE(t.owner, t.team)");
	appendStringInfoString(sql, "), ");
}

/*
 * Append those that count, as k. A team is above another whose manager is in it; where each of two
 * is in the other's, that of the lesser name.
 */
static void
append_counting_targets(StringInfo sql, const AttainmentArgs *args)
{
	appendStringInfoString(sql, PART_COUNTING " AS (SELECT c.* FROM " PART_CANDIDATES " AS c");
	if (!args->by_owner)
		append_teams_of(sql, false, "COALESCE(c.owner, c.team)");
	appendStringInfoString(sql, " WHERE NOT EXISTS (SELECT FROM " PART_CANDIDATES
								" AS b WHERE b.place OPERATOR(pg_catalog.=) c.place "
								"AND b.whose OPERATOR(pg_catalog.=) c.whose "
								"AND b.length OPERATOR(pg_catalog.>) c.length "
								"AND b.first_day OPERATOR(pg_catalog.<=) c.last_day "
								"AND b.last_day OPERATOR(pg_catalog.>=) c.first_day)");
	if (!args->by_owner)
		appendStringInfoString(
			sql, " AND (c.owner IS NULL AND c.team IS NULL OR NOT c.for_all AND (c.teams IS NULL "
				 "OR NOT EXISTS (SELECT FROM pg_catalog.unnest(m.leaders) AS b (team) "
				 "WHERE b.team OPERATOR(pg_catalog.=) ANY (c.teams) "
				 "AND (c.team IS NULL OR c.team OPERATOR(pg_catalog.<>) b.team "
				 "AND (b.team OPERATOR(pg_catalog.<) c.team OR NOT EXISTS (SELECT FROM " PART_LEADS
				 " AS n WHERE n.leader OPERATOR(pg_catalog.=) c.team "
				 "AND n.login OPERATOR(pg_catalog.=) b.team))))))");
	appendStringInfoString(sql, "), ");
}

/* Append the parts of WITH RECURSIVE that end in the targets that count, as k. */
void
append_targets(StringInfo sql, const AttainmentArgs *args)
{
	if (args->targets == NULL)
	{
		append_leads(sql, args);
		return;
	}
	append_possible_targets(sql, args);
	append_leads(sql, args);
	append_candidates(sql, args);
	append_counting_targets(sql, args);
}
