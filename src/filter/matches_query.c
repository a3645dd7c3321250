/* matches in a statement that another planner spreads over servers, replaced before it is. */
#include "postgres.h"

#include "filter/matches_query.h"

#include "base/function_name.h"
#include "catalog/pg_type.h"
#include "filter/filter.h"
#include "filter/matches_row.h"
#include "filter/predicate.h"
#include "filter/saved_filter.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "settings/plan_dependency.h"
#include "settings/settled.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A query whose calls are replaced. */
typedef struct Replacing
{
	Query *query;
	bool has_sublinks; /* what took the place of calls has */
	ParamListInfo params;
	int *work;
	bool *left; /* a call whose filter is a parameter without a value */
} Replacing;

/* Whether a function is matches or matches_rules: what the planner asks about them tells. */
static bool
is_filter_call(Oid function)
{
	Oid support = get_func_support(function);

	return OidIsValid(support) && is_function(support, "opportunities_internal", "matches_support");
}

/* The predicate that a filter is of a row. */
static Node *
filter_predicate(Replacing *replacing, Node *row, const Const *filter)
{
	RowArgument place = {NULL, row};
	FilterContext context = {.alias = PREDICATE_ROW, .exact = true};
	Jsonb *rules;
	char *sql;
	Node *expr;
	bool has_sublinks;

	context.source = open_row_source(getBaseType(exprType(row)), -1);
	context.stored = is_stored_row(replacing->query, row, context.source->relid);
	if (filter->consttype == TEXTOID)
		rules = find_filter(context.source, TextDatumGetCString(filter->constvalue), false);
	else
		rules = DatumGetJsonbP(filter->constvalue);
	sql = compile_filter(&context, rules);
	*replacing->work += jit_work(&context);
	expr = row_predicate(&place, sql, context.source, &has_sublinks);
	replacing->has_sublinks |= has_sublinks;
	return expr;
}

/* What takes the place of a call; NULL: nothing does, and it is left to the server with the row. */
static Node *
filter_of_call(Replacing *replacing, const FuncExpr *call)
{
	Node *row = linitial(call->args);
	Node *filter = settled_value(lsecond(call->args), replacing->params);

	if (!IsA(filter, Const))
	{
		*replacing->left |= IsA(strip_implicit_coercions(filter), Param);
		return NULL;
	}
	if (((Const *) filter)->constisnull)
		return makeBoolConst(false, true);
	if (getBaseType(exprType(row)) == RECORDOID || !is_plain_row(row))
		return NULL;
	end_plans_that_call(call->funcid);
	return filter_predicate(replacing, row, (Const *) filter);
}

static Node *
put_filters(Node *node, void *context)
{
	Replacing *replacing = context;
	Node *result = NULL;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		Replacing inner = *replacing;

		inner.query = (Query *) node;
		inner.has_sublinks = inner.query->hasSubLinks;
		result = (Node *) query_tree_mutator(inner.query, put_filters, &inner, 0);
		((Query *) result)->hasSubLinks = inner.has_sublinks;
		return result;
	}
	if (IsA(node, FuncExpr) && is_filter_call(((FuncExpr *) node)->funcid))
		result = filter_of_call(replacing, (FuncExpr *) node);
	return result != NULL ? result : expression_tree_mutator(node, put_filters, context);
}

/*
 * A statement with the filters in the place of calls, in all its parts. Its plan is for one use:
 * a filter may be changed on another server, of which nothing is heard here.
 */
Query *
replace_calls(Query *query, ParamListInfo params, int *work, bool *left)
{
	Replacing replacing = {.params = params, .work = work, .left = left};

	return castNode(Query, put_filters((Node *) query, &replacing));
}
