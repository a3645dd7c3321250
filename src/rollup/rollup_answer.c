/* Which rollup answers a query for figures, decided while the query is planned. */
#include "postgres.h"

#include "access/relation.h"
#include "base/compat.h"
#include "base/query.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "rollup/rollup_answer.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

/*
 * Statements of ours that ask for figures are marked, and planned over the rows of a rollup where
 * one has all that they read of the table. By then the server has put the caller's policies into
 * them.
 */

/* The mark, which names rollups: behind that of a statement of ours, or in what is explained. */
#define ROLLUP_MARK "/* rollups:"
#define ROLLUP_NAME " %u,"

static bool use_rollups;
static bool explain_rollups;
static planner_hook_type next_planner;

/* Whether each figure says where it comes from. */
bool
explains_rollups(void)
{
	return explain_rollups;
}

/* Say that figures come from the rows of a table, and why. */
static void
explain_rows(Oid relid, const char *reason)
{
	ereport(NOTICE, (errmsg("figures of \"%s\" come from its rows", get_rel_name(relid)),
					 errdetail_internal("%s", reason)));
}

/* Say so where it is asked for: a query that isn't one for rollups. */
void
explain_no_rollup(Oid relid, const char *reason)
{
	if (explain_rollups)
		explain_rows(relid, reason);
}

/* Append why a rollup doesn't answer a question; NULL: because it can't be used. */
static void
append_reason(StringInfo reason, const Rollup *rollup, const RollupQuestion *question)
{
	const char *separator = "doesn't have ";
	int number = -1;

	appendStringInfo(reason, "%sRollup \"%s\" ", reason->len > 0 ? " " : "",
					 get_rel_name(rollup->relid));
	if (rollup->obstacle != NULL)
	{
		appendStringInfo(reason, "isn't used: %s.", rollup->obstacle);
		return;
	}
	while ((number = bms_next_member(question->columns, number)) >= 0)
	{
		if (rollup_column(rollup, number) != InvalidAttrNumber)
			continue;
		appendStringInfo(reason, "%s\"%s\"", separator,
						 get_attname(question->relid, number, false));
		separator = ", ";
	}
	appendStringInfoString(reason, *separator == ',' ? "." : "isn't one that the statement names.");
}

/* Why none of the rollups that there are answers a question; NULL: because none can be used. */
static char *
no_answer(List *rollups, const RollupQuestion *question)
{
	StringInfoData reason;
	ListCell *cell;

	initStringInfo(&reason);
	if (rollups == NIL)
		return "It has no rollup.";
	foreach (cell, rollups)
		append_reason(&reason, lfirst(cell), question);
	return reason.data;
}

/* Say where figures come from, if that is asked for. */
static void
explain_answer(const RollupQuestion *question, const Rollup *rollup, List *rollups)
{
	if (!explain_rollups)
		return;
	if (rollup == NULL)
		explain_rows(question->relid, question->obstacle != NULL ? question->obstacle
																 : no_answer(rollups, question));
	else
		ereport(NOTICE, (errmsg("figures of \"%s\" come from rollup \"%s\"",
								get_rel_name(question->relid), get_rel_name(rollup->relid))));
}

/* Whether a rollup has all columns that a question reads, as the table has them. */
static bool
covers(const Rollup *rollup, const RollupQuestion *question)
{
	int number = -1;

	while ((number = bms_next_member(question->columns, number)) >= 0)
	{
		if (rollup_column(rollup, number) == InvalidAttrNumber)
			return false;
	}
	return true;
}

/* Whether the mark of a statement names a rollup. */
static bool
statement_names(const char *text, const Rollup *rollup)
{
	const char *mark = strstr(text, ROLLUP_MARK);
	const char *name = strstr(mark, psprintf(ROLLUP_NAME, rollup->relid));

	return name != NULL && name < strstr(mark, "*/");
}

/* Lock a rollup as a query does that reads it. False: it is no more. */
static bool
lock_rollup(const Rollup *rollup)
{
	Relation relation = try_relation_open(rollup->relid, AccessShareLock);

	if (relation == NULL)
		return false;
	relation_close(relation, NoLock);
	return true;
}

/* The smallest rollup that answers a question, of those that a statement names; NULL: none does. */
static const Rollup *
find_answer(const RollupQuestion *question, List *rollups, const char *text)
{
	ListCell *cell;

	foreach (cell, usable_rollups(rollups))
	{
		const Rollup *rollup = lfirst(cell);

		if (statement_names(text, rollup) && covers(rollup, question) && lock_rollup(rollup))
			return rollup;
	}
	return NULL;
}

/* Answer what a query asks of one of its tables by a rollup, if one can. */
static bool
answer_by_rollup(Query *query, int varno, const char *text, bool trial)
{
	RollupQuestion question = {
		.query = query, .varno = varno, .relid = rt_fetch(varno, query->rtable)->relid};
	const Rollup *rollup = NULL;
	List *rollups = relation_rollups(question.relid);

	if (rollups == NIL)
		return false;
	read_question(&question);
	if (question.aggref == NULL)
		return false;
	if (question.obstacle == NULL)
		rollup = find_answer(&question, rollups, text);
	if (rollup != NULL)
		read_rollup(&question, rollup);
	if (!trial || rollup == NULL)
		explain_answer(&question, rollup, rollups);
	return rollup != NULL;
}

/* Answer what a query, or one within it, asks by rollups, if they can; on trial quietly. */
static bool
answer_query(Query *query, const char *text, bool trial)
{
	int count = list_length(query->rtable);
	bool answered = false;
	ListCell *cell;

	check_stack_depth();
	if (query->commandType != CMD_SELECT)
		return false;
	foreach (cell, query->rtable)
	{
		if (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_SUBQUERY)
			answered |= answer_query(lfirst_node(RangeTblEntry, cell)->subquery, text, trial);
	}
	foreach (cell, query->cteList)
		answered |= answer_query(castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery),
								 text, trial);
	for (int varno = 1; query->hasAggs && varno <= count; varno++)
	{
		if (rt_fetch(varno, query->rtable)->rtekind == RTE_RELATION &&
			answer_by_rollup(query, varno, text, trial))
			return true;
	}
	return answered;
}

/* Whether a statement is one of ours that rollups may answer, or such a one explained. */
static bool
is_for_rollups(const char *text)
{
	if (text == NULL || !use_rollups)
		return false;
	return (is_own_statement(text) || pg_strncasecmp(text, "explain", 7) == 0) &&
		   strstr(text, ROLLUP_MARK) != NULL;
}

/* Plan a statement over the rows of rollups, where it is one that they answer. */
static PlannedStmt *
plan_for_rollups(PLANNER_PARAMETERS)
{
	if (is_for_rollups(text))
		(void) answer_query(query, text, false);
	if (next_planner != NULL)
		return next_planner(query, PLANNER_ARGUMENTS);
	return standard_planner(query, PLANNER_ARGUMENTS);
}

/*
 * What a statement for figures of a relation begins with: the mark, with the rollups that may
 * answer it now, which the snapshot decides, and what this transaction has done; so a plan of it is
 * kept for these alone. Without any it is empty.
 */
const char *
rollup_mark(Oid relid)
{
	List *rollups = use_rollups ? relation_rollups(relid) : NIL;
	List *usable = usable_rollups(rollups);
	StringInfoData mark;
	ListCell *cell;

	if (usable == NIL)
	{
		if (explain_rollups)
			explain_rows(relid, use_rollups ? no_answer(rollups, NULL)
											: "opportunities.use_rollups is off.");
		return "";
	}
	initStringInfo(&mark);
	appendStringInfoString(&mark, ROLLUP_MARK);
	foreach (cell, usable)
		appendStringInfo(&mark, ROLLUP_NAME, ((Rollup *) lfirst(cell))->relid);
	appendStringInfoString(&mark, " */ ");
	return mark.data;
}

/*
 * Whether a rollup answers a statement that has the mark, or a part of it: where it would be put
 * otherwise if none did. Needs a connection to SPI.
 */
bool
rollup_answers(const char *statement)
{
	SPIPlanPtr plan = SPI_prepare(own_statement(statement), 0, NULL);
	CachedPlanSource *source;
	bool answered;

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", statement, SPI_result_code_string(SPI_result));
	source = linitial(SPI_plan_get_plan_sources(plan));
	answered = answer_query(copyObject(linitial_node(Query, source->query_list)), statement, true);
	(void) SPI_freeplan(plan);
	return answered;
}

/* Define the settings, and install the planner hook. */
void
define_rollup_answers(void)
{
	DefineCustomBoolVariable("opportunities.use_rollups",
							 "Answer figures by rollups where one has all that they read.", NULL,
							 &use_rollups, true, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("opportunities.explain_rollups",
							 "Say by a notice which rollup figures come from, or why from none.",
							 NULL, &explain_rollups, false, PGC_USERSET, 0, NULL, NULL, NULL);
	next_planner = planner_hook;
	planner_hook = plan_for_rollups;
}
