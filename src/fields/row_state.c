/* row_state: the state of an opportunity in views, and what the planner makes of it. */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * The state of an opportunity in views: open where it has no closing day, else what its stage says.
 * Our triggers keep both in agreement, so either tells open rows from closed ones. A query that
 * wants some states is planned by what serves it: the index of the closing day for open rows, the
 * stage alone for closed ones. To find out, the planner's support for a call looks at the other
 * conditions of the query.
 */

PG_FUNCTION_INFO_V1(row_state);
PG_FUNCTION_INFO_V1(row_state_wanted);
PG_FUNCTION_INFO_V1(row_state_support);

/* The states that the conditions of a query leave. */
typedef enum
{
	ANY_STATE,
	OPEN_ALONE,
	CLOSED_ALONE
} WantedState;

/* A call that is being planned. */
typedef struct Call
{
	PlannerInfo *root;
	Oid support;
	Node *closed_on;
	Node *kind; /* NULL: the call asks which rows are wanted */
} Call;

/* row_state(closed_on date, kind text) -> text */
Datum
row_state(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text("open"));
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/* row_state_wanted(closed_on date) -> boolean: true, or what the planner makes of it */
Datum
row_state_wanted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(true);
}

/*
 * Whether an operand is the state of the call's row. Below an outer join it may be NULL there: what
 * is wanted of the row then holds, but not what its state is.
 */
static bool
is_state(const Call *call, Node *operand)
{
	FuncExpr *function;

	if (IsA(operand, RelabelType))
		operand = (Node *) ((RelabelType *) operand)->arg;
	if (call->kind == NULL && IsA(operand, PlaceHolderVar))
		operand = (Node *) ((PlaceHolderVar *) operand)->phexpr;
	if (call->kind != NULL && equal(operand, call->kind))
		return true;
	function = (FuncExpr *) operand;
	return IsA(operand, FuncExpr) && list_length(function->args) == 2 &&
		   get_func_support(function->funcid) == call->support &&
		   equal(linitial(function->args), call->closed_on);
}

/* Note which states a text names, or the texts of an array do. */
static void
add_named(Datum value, bool array, bool *open, bool *won, bool *lost)
{
	Datum *texts = &value;
	bool *nulls = NULL;
	int count = 1;

	if (array)
		deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &texts,
						  &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char *name = nulls != NULL && nulls[i] ? "" : TextDatumGetCString(texts[i]);

		*open |= strcmp(name, "open") == 0;
		*won |= strcmp(name, "won") == 0;
		*lost |= strcmp(name, "lost") == 0;
	}
}

/* The states that a comparison with constants leaves. */
static WantedState
wanted_by_comparison(const Call *call, List *operands, Oid operator_oid, Oid collation, bool array)
{
	Node *left = linitial(operands);
	Node *right = lsecond(operands);
	bool equal_ones = operator_oid == TextEqualOperator;
	bool open = false;
	bool won = false;
	bool lost = false;

	if (!array && !is_state(call, left))
	{
		left = right;
		right = linitial(operands);
	}
	if ((!equal_ones && operator_oid != get_negator(TextEqualOperator)) || !is_state(call, left) ||
		!get_collation_isdeterministic(collation) || contain_var_clause(right))
		return ANY_STATE;
	right = eval_const_expressions(call->root, right);
	if (!IsA(right, Const) || ((Const *) right)->constisnull)
		return ANY_STATE;

	add_named(((Const *) right)->constvalue, array, &open, &won, &lost);
	if (equal_ones)
		return !open ? CLOSED_ALONE : !won && !lost ? OPEN_ALONE : ANY_STATE;
	return open ? CLOSED_ALONE : won && lost ? OPEN_ALONE : ANY_STATE;
}

/* The states that a condition leaves, which holds for every row of the query's. */
static WantedState
wanted_by_condition(const Call *call, Node *condition)
{
	WantedState wanted = ANY_STATE;
	List *conditions = NIL;
	ListCell *cell;

	if (condition == NULL)
		return ANY_STATE;
	check_stack_depth();
	if (IsA(condition, List))
		conditions = (List *) condition;
	else if (is_andclause(condition))
		conditions = ((BoolExpr *) condition)->args;
	else if (IsA(condition, NullTest))
	{
		NullTest *test = (NullTest *) condition;

		return test->nulltesttype == IS_NULL && equal(test->arg, call->closed_on) ? OPEN_ALONE
																				  : ANY_STATE;
	}
	else if (IsA(condition, OpExpr) && list_length(((OpExpr *) condition)->args) == 2)
	{
		OpExpr *comparison = (OpExpr *) condition;

		return wanted_by_comparison(call, comparison->args, comparison->opno,
									comparison->inputcollid, false);
	}
	else if (IsA(condition, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *comparison = (ScalarArrayOpExpr *) condition;

		/* not the forms that nobody writes: <> ANY, = ALL */
		if (comparison->useOr == (comparison->opno == TextEqualOperator))
			return wanted_by_comparison(call, comparison->args, comparison->opno,
										comparison->inputcollid, true);
	}
	foreach (cell, conditions)
	{
		wanted = wanted_by_condition(call, lfirst(cell));
		if (wanted != ANY_STATE)
			break;
	}
	return wanted;
}

/* The states that the conditions leave in a part of FROM, as far as they hold for all rows. */
static WantedState
wanted_by_from(const Call *call, Node *node)
{
	WantedState wanted = ANY_STATE;
	ListCell *cell;

	check_stack_depth();
	if (IsA(node, FromExpr))
	{
		FromExpr *from = (FromExpr *) node;

		wanted = wanted_by_condition(call, from->quals);
		foreach (cell, from->fromlist)
			if (wanted == ANY_STATE)
				wanted = wanted_by_from(call, lfirst(cell));
	}
	else if (IsA(node, JoinExpr))
	{
		JoinExpr *join = (JoinExpr *) node;

		if (join->jointype == JOIN_INNER)
			wanted = wanted_by_condition(call, join->quals);
		if (wanted == ANY_STATE && join->jointype != JOIN_FULL && join->jointype != JOIN_RIGHT)
			wanted = wanted_by_from(call, join->larg);
		if (wanted == ANY_STATE && (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT))
			wanted = wanted_by_from(call, join->rarg);
	}
	return wanted;
}

/* What a call may be written as, in its query; NULL: it stays. */
static Node *
simplified(const Call *call, const FuncExpr *function)
{
	WantedState wanted = wanted_by_from(call, (Node *) call->root->parse->jointree);
	NullTest *test;

	if (call->kind != NULL)
		return wanted == CLOSED_ALONE ? copyObject(call->kind)
			   : wanted == OPEN_ALONE
				   ? (Node *) makeConst(TEXTOID, -1, function->funccollid, -1,
										CStringGetTextDatum("open"), false, false)
				   : NULL;
	if (wanted != OPEN_ALONE)
		return makeBoolConst(true, false);
	test = makeNode(NullTest);
	test->arg = copyObject((Expr *) call->closed_on);
	test->nulltesttype = IS_NULL;
	test->location = -1;
	return (Node *) test;
}

/* row_state_support(internal) -> internal: of both functions */
Datum
row_state_support(PG_FUNCTION_ARGS)
{
	SupportRequestSimplify *request = (SupportRequestSimplify *) PG_GETARG_POINTER(0);
	Call call = {0};

	if (!IsA(request, SupportRequestSimplify) || request->root == NULL)
		PG_RETURN_POINTER(NULL);
	call.root = request->root;
	call.support = get_func_support(request->fcall->funcid);
	call.closed_on = linitial(request->fcall->args);
	call.kind = list_length(request->fcall->args) == 2 ? lsecond(request->fcall->args) : NULL;
	PG_RETURN_POINTER(simplified(&call, request->fcall));
}
