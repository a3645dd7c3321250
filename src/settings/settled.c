/* Statements that other servers run: what only this session knows is put there as constants. */
#include "postgres.h"

#include "settings/settled.h"

#include "base/function_name.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "settings/plan_dependency.h"
#include "settings/settings.h"
#include "settings/settled_select.h"
#include "utils/lsyscache.h"

/* What a statement is settled with. */
typedef struct Settling
{
	ParamListInfo params;
	Oid schema;
	Oid internal_schema;
	bool runs_here; /* it calls what asks tables itself, which no other server may do: */
	Oid asks_tables;
} Settling;

/* An expression with what it comes to now, as far as that is known before it is run. */
Node *
settled_value(Node *expr, ParamListInfo params)
{
	PlannerGlobal glob = {.type = T_PlannerGlobal, .boundParams = params};
	PlannerInfo root = {.type = T_PlannerInfo, .glob = &glob};

	return estimate_expression_value(&root, expr);
}

static bool
is_own_function(Oid function, const Settling *settling)
{
	Oid schema = get_func_namespace(function);

	return schema == settling->schema || schema == settling->internal_schema;
}

/* Find a call of ours that asks tables itself: board, move and the like. */
static bool
asks_tables(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, asks_tables, context, 0);
	if (IsA(node, FuncExpr) && is_own_function(((FuncExpr *) node)->funcid, context) &&
		func_parallel(((FuncExpr *) node)->funcid) == PROPARALLEL_UNSAFE)
	{
		((Settling *) context)->asks_tables = ((FuncExpr *) node)->funcid;
		return true;
	}
	return expression_tree_walker(node, asks_tables, context);
}

/*
 * Whether a function is one of ours that answers by settings and the time: it reads no table. A
 * tenant that is known would send the whole statement to one server, with all that it calls.
 */
static bool
asks_session(const FuncExpr *call, const Settling *settling)
{
	return is_own_function(call->funcid, settling) && !call->funcretset &&
		   func_volatile(call->funcid) == PROVOLATILE_STABLE &&
		   func_parallel(call->funcid) == PROPARALLEL_SAFE &&
		   !(settling->runs_here && is_function(call->funcid, "opportunities", "current_tenant"));
}

/* Whether a setting alone decides on an answer, whose change is told: else it is for one use. */
static bool
is_by_setting(Oid function)
{
	char *name = get_func_name(function);

	return strcmp(name, "current_tenant") == 0 || (strcmp(name, "me") == 0 && names_user());
}

/* The answer of a call whose arguments are known, or NULL. */
static Node *
settle_call(FuncExpr *call, const Settling *settling)
{
	FuncExpr *known = copyObject(call);
	ListCell *cell;

	known->args = (List *) settled_value((Node *) call->args, settling->params);
	foreach (cell, known->args)
	{
		if (!IsA(lfirst(cell), Const))
			return NULL;
	}
	if (is_by_setting(call->funcid))
		add_answer(call->funcid);
	else
		end_plans_that_call(call->funcid);
	return settled_value((Node *) known, settling->params);
}

/*
 * A statement with the arrays that functions which ask tables give, whatever its rows: of a team.
 * Such a function answers here alone.
 */
static Node *
settle_selects(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, settle_selects, context, 0);
	if (IsA(node, SubLink) && asks_no_row((SubLink *) node) && asks_tables(node, context))
	{
		end_plans_that_call(((Settling *) context)->asks_tables);
		return settled_array((SubLink *) node);
	}
	return expression_tree_mutator(node, settle_selects, context);
}

static Node *
settle(Node *node, void *context)
{
	Node *value = NULL;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, settle, context, 0);
	if (IsA(node, FuncExpr) && asks_session((FuncExpr *) node, context))
		value = settle_call((FuncExpr *) node, context);
	return value != NULL ? value : expression_tree_mutator(node, settle, context);
}

/*
 * A statement with the answers of current_tenant(), me(), periods and the like in their place,
 * policies' included. They are this session's: the settings of another server may differ, and a
 * tenant that is known tells which server has the rows. Its plan is for one use, or until a
 * setting changes.
 */
Query *
settle_query(Query *query, ParamListInfo params)
{
	Settling settling = {params, get_namespace_oid("opportunities", false),
						 get_namespace_oid("opportunities_internal", false)};

	if (asks_tables((Node *) query, &settling))
		query = castNode(Query, settle_selects((Node *) query, &settling));
	settling.runs_here = asks_tables((Node *) query, &settling);
	return castNode(Query, settle((Node *) query, &settling));
}
