/*
 * What an extension that plans and executes statements too is handed by ours, for a test: an empty
 * list of parameters, a statement to be planned for any values of them, or one that reads tables and
 * calls matches, is told in the log.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "utils/lsyscache.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

static planner_hook_type next_planner;
static ExecutorStart_hook_type next_start;

/* The server's own workers are handed an empty list. */
static void
tell_empty_list(const char *text, ParamListInfo params)
{
	if (params != NULL && params->numParams == 0 && !IsParallelWorker())
		ereport(LOG, (errmsg("planners: empty list: %s", text), errhidestmt(true)));
}

static bool
has_parameter(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, has_parameter, context, 0);
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return true;
	return expression_tree_walker(node, has_parameter, context);
}

static bool
calls_matches(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_matches, context, 0);
	if (IsA(node, FuncExpr) &&
		strncmp(get_func_name(((FuncExpr *) node)->funcid), "matches", strlen("matches")) == 0)
		return true;
	return expression_tree_walker(node, calls_matches, context);
}

static PlannedStmt *
plan(PLANNER_PARAMETERS)
{
	tell_empty_list(text, params);
	if (query->rtable != NIL && calls_matches((Node *) query, NULL))
		ereport(LOG, (errmsg("planners: call: %s", text), errhidestmt(true)));
	if (strncmp(text, "/* opportunities", strlen("/* opportunities")) == 0 &&
		has_parameter((Node *) query, NULL))
	{
		char *line = pstrdup(text);

		for (char *c = line; *c != '\0'; c++)
			*c = *c == '\n' ? ' ' : *c;
		ereport(LOG, (errmsg("planners: for %s values: %s", params == NULL ? "any" : "known", line),
					  errhidestmt(true)));
	}
	if (next_planner != NULL)
		return next_planner(query, PLANNER_ARGUMENTS);
	return standard_planner(query, PLANNER_ARGUMENTS);
}

static void
start(QueryDesc *desc, int flags)
{
	tell_empty_list(desc->sourceText, desc->params);
	if (next_start != NULL)
		next_start(desc, flags);
	else
		standard_ExecutorStart(desc, flags);
}

void
_PG_init(void)
{
	next_planner = planner_hook;
	planner_hook = plan;
	next_start = ExecutorStart_hook;
	ExecutorStart_hook = start;
}
