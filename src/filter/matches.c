/* matches in the planner: the call gives way to the filter. */
#include "postgres.h"

#include <float.h>

#include "filter/matches.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "filter/filter.h"
#include "filter/matches_depend.h"
#include "filter/matches_query.h"
#include "filter/matches_row.h"
#include "filter/predicate.h"
#include "filter/saved_filter.h"
#include "fmgr.h"
#include "jit/jit.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "settings/plan_dependency.h"
#include "settings/settled.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(matches_support);

/* How many attempts to plan a statement are made before its plan is marked transient. */
#define MAX_ATTEMPTS 3

/*
 * The cost of a call at run time, in operators. The startup cost is more than the planner charges
 * for replanning, so that a filter which is a parameter gets custom plans.
 */
#define COST_OF_COMPILING 10000
#define COST_OF_APPLYING 20

/* The cost of a plan that the server is to make for each use with its values, as Citus has it. */
#define PROHIBITIVE_COST (FLT_MAX / 100000000)

/* A statement that is being planned. */
typedef struct PlannerState
{
	struct PlannerState *outer;
	bool replaced; /* a call of ours, by what it stands for */
	int work;	   /* that the filters which took the place of calls are to a compiler */
	bool left;	   /* a call whose filter is a parameter, for a server that has the row */
} PlannerState;

static PlannerState *planning;
static bool installed; /* before a statement was planned, as it should be on Citus */
static planner_hook_type next_planner;

/* The OIDs of matches and matches_rules that the planner has asked about. */
static Oid functions[4];
static int function_count;

static bool
is_ours(Oid function)
{
	for (int i = 0; i < function_count; i++)
	{
		if (functions[i] == function)
			return true;
	}
	return false;
}

/* Remember a function, so that a statement that calls it is copied before it is planned. */
static void
remember(Oid function)
{
	if (is_ours(function))
		return;
	if (function_count == lengthof(functions))
		function_count = 0;
	functions[function_count++] = function;
}

/* Whether a statement calls matches or matches_rules. */
static bool
calls_matches(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_matches, context, 0);
	if (IsA(node, FuncExpr) && is_ours(((FuncExpr *) node)->funcid))
		return true;
	return expression_tree_walker(node, calls_matches, context);
}

/* Plan a statement once, by the hook before ours or the planner itself. */
static PlannedStmt *
plan_once(PLANNER_PARAMETERS)
{
	if (next_planner != NULL)
		return next_planner(query, PLANNER_ARGUMENTS);
	return standard_planner(query, PLANNER_ARGUMENTS);
}

/*
 * A statement as Citus is to see it: filters in the place of calls, and what this session alone
 * knows as constants. One that reads nothing runs here, and PL/pgSQL may take it for an expression.
 */
static Query *
spread_query(Query *query, ParamListInfo params, PlannerState *state)
{
	if (query->rtable == NIL && !query->hasSubLinks)
		return query;
	query = settle_query(replace_calls(query, params, &state->work, &state->left), params);
	write_to_table(query);
	return query;
}

/*
 * Plan a statement, and replan it where a filter changed meanwhile: an invalidation that arrives
 * before the plan is saved is lost. Where calls came up during planning, from an inlined function,
 * the statement can't be replanned: its plan is marked transient.
 */
static PlannedStmt *
plan_statement(PLANNER_PARAMETERS)
{
	bool again = function_count > 0 && calls_matches((Node *) query, NULL);
	PlannerState state = {.outer = planning};
	PlannedStmt *result = NULL;
	int work = 0;
	bool is_part = false;

	installed = true;
	if (on_citus() && !is_local_statement(text))
	{
		/* Another server may have put filters there. */
		is_part = serves_citus();
		query = spread_query(query, params, &state);
		work = state.work;
	}
	planning = &state;
	PG_TRY();
	{
		for (int attempt = 1; result == NULL; attempt++)
		{
			bool last = !again || attempt == MAX_ATTEMPTS;
			uint64 start = dependency_generation();

			state.replaced = false;
			state.work = work;
			result = plan_once(last ? query : copyObject(query), PLANNER_ARGUMENTS);
			if (!state.replaced || dependency_generation() == start)
				break;
			if (last)
				result->transientPlan = true;
			else
				result = NULL;
		}
	}
	PG_FINALLY();
	{
		planning = state.outer;
	}
	PG_END_TRY();
	if (state.work > MAX_JIT_RULES || is_own_statement(text) || is_part)
		result->jitFlags = PGJIT_NONE;
	if (state.left)
		result->planTree->total_cost = PROHIBITIVE_COST;
	return result;
}

/* Whether two snapshots see the same. */
static bool
same_snapshot(Snapshot a, Snapshot b)
{
	return a->snapshot_type == SNAPSHOT_MVCC && b->snapshot_type == SNAPSHOT_MVCC &&
		   a->snapXactCompletionCount != 0 &&
		   a->snapXactCompletionCount == b->snapXactCompletionCount && a->xmin == b->xmin &&
		   a->xmax == b->xmax && a->curcid == b->curcid;
}

/* A filter and what it is compiled to. */
typedef struct Definition
{
	const char *name; /* or NULL, and rules */
	Jsonb *rules;
	FilterContext context;
	char *sql;
} Definition;

static bool
equal_rules(Jsonb *a, Jsonb *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/*
 * Compile a filter under the active snapshot, where that is sure to see what later statements see:
 * the plan can be kept beyond this one. A worker's is not.
 */
static bool
compile_lasting(Definition *definition)
{
	FilterContext *context = &definition->context;
	FilterContext check = {.source = context->source,
						   .alias = context->alias,
						   .stored = context->stored,
						   .exact = true,
						   .collect = true};
	Snapshot latest;
	bool lasting = true;

	if (definition->name != NULL)
		definition->rules = find_filter(context->source, definition->name, false);
	definition->sql = compile_filter(context, definition->rules);
	if ((definition->name == NULL && context->dependencies == NIL) || IsParallelWorker())
		return true;

	if (IsInParallelMode())
		return false;
	latest = GetLatestSnapshot();
	if (same_snapshot(GetActiveSnapshot(), latest))
		return true;

	PushActiveSnapshot(latest);
	if (definition->name != NULL)
	{
		Jsonb *rules = look_up_filter(context->source, definition->name, false);

		lasting = rules != NULL && equal_rules(rules, definition->rules);
	}
	if (lasting && context->dependencies != NIL)
	{
		char *sql = compile_filter(&check, definition->rules);

		lasting = check.problems == NIL && strcmp(sql, definition->sql) == 0;
	}
	PopActiveSnapshot();
	return lasting;
}

/* Whether a query has nothing in its FROM: PL/pgSQL takes its plan for a mere expression. */
static bool
has_no_from(Query *query)
{
	ListCell *cell;

	foreach (cell, query->jointree->fromlist)
	{
		Node *item = lfirst(cell);

		if (!IsA(item, RangeTblRef) ||
			rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable)->rtekind != RTE_RESULT)
			return false;
	}
	return true;
}

/*
 * The planner has looked already at which parts of the statement workers can run: tell it where
 * the new part is one that they can't.
 */
static void
note_parallel_hazard(PlannerGlobal *glob, Node *expr)
{
	Query query = {.type = T_Query,
				   .targetList = list_make1(makeTargetEntry((Expr *) expr, 1, NULL, false))};
	char hazard = max_parallel_hazard(&query);

	if (hazard == PROPARALLEL_UNSAFE)
		glob->parallelModeOK = false;
	if (hazard == PROPARALLEL_UNSAFE || glob->maxParallelHazard == PROPARALLEL_SAFE)
		glob->maxParallelHazard = hazard;
}

/*
 * A CHECK can't call a filter by name: a restore fills the table before saved_filter may be there.
 * An expression that is planned by itself and reads a table's row, or a domain's value, is one.
 */
static void
refuse_name_in_check(Node *row)
{
	if ((IsA(row, Var) && ((Var *) row)->varno == 1) || IsA(row, CoerceToDomainValue))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("a filter's name cannot be used in a CHECK constraint"),
						errdetail("What the name stands for can change or be missing."),
						errhint("Give the rules themselves to matches_rules."),
						err_code("name_in_check"), err_field("filter")));
}

/* Where the library was loaded by the very statement, Citus has passed by where we replace calls.
 */
static void
refuse_late(void)
{
	if (planning == NULL && !installed && on_citus() && !serves_citus())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the library of opportunities was not loaded before this statement"),
				 errdetail("Citus has begun to plan it without the filter."),
				 errhint("Run it again; or let every session load the library when it begins: "
						 "ALTER DATABASE name SET session_preload_libraries = 'opportunities'."),
				 err_code("loaded_too_late")));
}

/* The predicate that takes the place of a call; NULL: it is evaluated at run time. */
static Node *
replace_call(PlannerInfo *root, FuncExpr *call)
{
	Node *row = linitial(call->args);
	RowArgument place = {root, row};
	Const *filter = (Const *) lsecond(call->args);
	bool by_name = exprType((Node *) filter) == TEXTOID;
	Definition definition = {.context = {.alias = PREDICATE_ROW, .exact = true}};
	PlannerGlobal *glob;
	Node *expr;
	Oid type;
	ListCell *cell;
	int work;
	bool has_sublinks;

	if (by_name || (root != NULL && root->parse->rtable != NIL))
		refuse_late();
	if (root == NULL)
	{
		if (by_name && planning == NULL)
			refuse_name_in_check(row);
		return NULL;
	}
	type = getBaseType(exprType(row));
	if (!IsA(filter, Const) || filter->constisnull || type == RECORDOID || !is_plain_row(row))
		return NULL;

	glob = root->glob;
	definition.context.source = open_row_source(type, -1);
	definition.context.stored = is_stored_row(root->parse, row, definition.context.source->relid);
	if (by_name)
	{
		Oid table = filter_table(definition.context.source);

		definition.name = TextDatumGetCString(filter->constvalue);
		if (OidIsValid(table) && !depend_on(glob, table))
			return NULL;
	}
	else
		definition.rules = DatumGetJsonbP(filter->constvalue);
	if (!compile_lasting(&definition))
	{
		glob->transientPlan = true;
		return NULL;
	}
	foreach (cell, definition.context.dependencies)
	{
		if (!depend_on(glob, lfirst_oid(cell)))
			return NULL;
	}
	expr = row_predicate(&place, definition.sql, definition.context.source, &has_sublinks);
	if (has_sublinks && has_no_from(root->parse))
		return NULL;
	/* Nobody would then keep the statement from being compiled. */
	work = jit_work(&definition.context);
	if (planning == NULL && work > MAX_JIT_RULES)
		return NULL;

	glob->relationOids = lappend_oid(glob->relationOids, definition.context.source->relid);
	glob->relationOids = list_concat(glob->relationOids, definition.context.rights);
	if (has_sublinks)
	{
		glob->relationOids = list_concat(glob->relationOids, tenant_followers(expr));
		root->parse->hasSubLinks = true;
	}
	if (has_sublinks || definition.context.rights != NIL)
		glob->dependsOnRole = true;
	note_parallel_hazard(glob, expr);
	if (planning != NULL)
	{
		planning->replaced = true;
		planning->work += work;
	}
	else
		glob->transientPlan = true;
	return eval_const_expressions(root, expr);
}

/* Simplify a call: replace it by its predicate, or pass the row by columns. */
static Node *
simplify_call(PlannerInfo *root, FuncExpr *call)
{
	Node *result;

	remember(call->funcid);
	if (list_length(call->args) > 2)
		return NULL;
	result = replace_call(root, call);
	return result == NULL && root != NULL ? pass_columns(root, call) : result;
}

/* matches_support(internal) -> internal */
Datum
matches_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSimplify))
	{
		SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;

		PG_RETURN_POINTER(simplify_call(simplify->root, simplify->fcall));
	}
	if (IsA(request, SupportRequestCost))
	{
		SupportRequestCost *cost = (SupportRequestCost *) request;

		cost->startup = COST_OF_COMPILING * cpu_operator_cost;
		cost->per_tuple = COST_OF_APPLYING * cpu_operator_cost;
		PG_RETURN_POINTER(cost);
	}
	PG_RETURN_POINTER(NULL);
}

/* Install the planner hook. */
void
define_matches(void)
{
	next_planner = planner_hook;
	planner_hook = plan_statement;
	watch_dependencies();
}
