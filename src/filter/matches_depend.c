/* What plans with filters depend on: tables whose rows decided on them. */
#include "postgres.h"

#include "filter/matches_depend.h"

#include "base/citus.h"
#include "base/function_name.h"
#include "base/sqltext.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "settings/plan_dependency.h"
#include "settings/tenant.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

/* Whether a function may change its answer for anything but settings of ours, such as time. */
static bool
is_volatile_for_plans(Oid function, void *context)
{
	static const char *const of_settings[] = {"current_tenant", "default_currency", "me"};

	if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
		return false;
	for (int i = 0; i < lengthof(of_settings); i++)
	{
		if (is_function(function, "opportunities", of_settings[i]))
			return false;
	}
	return true;
}

/*
 * Whether a policy shows rows by anything but the row, the current role and settings of ours: by
 * what can change without a plan hearing of it.
 */
static bool
depends_on_more(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink) || IsA(node, NextValueExpr) ||
		check_functions_in_node(node, is_volatile_for_plans, context))
		return true;
	if (IsA(node, SQLValueFunction))
		return ((SQLValueFunction *) node)->op != SVFOP_CURRENT_USER &&
			   ((SQLValueFunction *) node)->op != SVFOP_CURRENT_ROLE &&
			   ((SQLValueFunction *) node)->op != SVFOP_USER;
	return expression_tree_walker(node, depends_on_more, context);
}

/* Whether a policy that plans can't follow decides which rows of a table the user sees. */
static bool
has_other_policy(Oid table)
{
	char *sql = psprintf("SELECT FROM %s", sql_relation(table));
	RawStmt *raw = linitial(raw_parser(sql, RAW_PARSE_DEFAULT));
	Query *query = linitial(QueryRewrite(parse_analyze_fixedparams(raw, sql, NULL, 0, NULL)));

	return depends_on_more((Node *) linitial_node(RangeTblEntry, query->rtable)->securityQuals,
						   NULL);
}

/*
 * Let a plan depend on the rows of a table. False: it can't, as they may change without its hearing
 * of it: by what a policy shows, or on another server.
 */
bool
depend_on(PlannerGlobal *glob, Oid table)
{
	bool by_policy = check_enable_rls(table, InvalidOid, true) == RLS_ENABLED;

	if (on_citus())
		return false;
	glob->relationOids = lappend_oid(glob->relationOids, table);
	glob->dependsOnRole = true;
	if (by_policy && has_other_policy(table))
		return false;
	add_dependency(table, by_policy || has_tenants(table) || may_follow_tenant(table));
	return true;
}
