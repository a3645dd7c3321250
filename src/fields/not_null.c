/* Columns that can't be NULL, also of views. */
#include "postgres.h"

#include "fields/not_null.h"

#include "access/relation.h"
#include "access/transam.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/rel.h"

/*
 * Which columns can't be NULL. A view has no NOT NULL of its own: there it follows from the query
 * that the view stands for. An index of a table below gives rows in the order of a column, and only
 * for one that can't be NULL that is the order with NULLs last, too.
 */

static bool is_never_null(const Query *query, Node *expression);

/* Whether an outer join can leave a relation of a query without a row. */
static bool
is_outer(Node *from, int relation, bool outer)
{
	JoinExpr *join = (JoinExpr *) from;
	ListCell *cell;

	if (IsA(from, RangeTblRef))
		return outer && ((RangeTblRef *) from)->rtindex == relation;
	if (IsA(from, JoinExpr))
		return is_outer(join->larg, relation,
						outer || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL) ||
			   is_outer(join->rarg, relation,
						outer || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL);
	foreach (cell, castNode(FromExpr, from)->fromlist)
	{
		if (is_outer(lfirst(cell), relation, outer))
			return true;
	}
	return false;
}

/* Whether a condition asks that an expression is not NULL. */
static bool
asks_for(Node *condition, Node *expression)
{
	ListCell *cell;

	if (condition == NULL)
		return false;
	if (is_andclause(condition))
	{
		foreach (cell, ((BoolExpr *) condition)->args)
		{
			if (asks_for(lfirst(cell), expression))
				return true;
		}
	}
	return IsA(condition, NullTest) && ((NullTest *) condition)->nulltesttype == IS_NOT_NULL &&
		   !((NullTest *) condition)->argisrow && equal(((NullTest *) condition)->arg, expression);
}

/* Whether all rows of a query meet a condition that an expression is not NULL. */
static bool
is_asked_for(Node *from, Node *expression)
{
	JoinExpr *join = (JoinExpr *) from;
	ListCell *cell;

	if (IsA(from, RangeTblRef))
		return false;
	if (IsA(from, JoinExpr))
		return (join->jointype == JOIN_INNER && asks_for(join->quals, expression)) ||
			   ((join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT) &&
				is_asked_for(join->larg, expression)) ||
			   ((join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT) &&
				is_asked_for(join->rarg, expression));
	foreach (cell, castNode(FromExpr, from)->fromlist)
	{
		if (is_asked_for(lfirst(cell), expression))
			return true;
	}
	return asks_for(((FromExpr *) from)->quals, expression);
}

/* Whether a column of the result of a query can't be NULL. */
static bool
result_never_null(Query *query, AttrNumber column)
{
	TargetEntry *target = get_tle_by_resno(query->targetList, column);
	ListCell *cell;

	if (target == NULL || query->groupingSets != NIL)
		return false;
	if (query->setOperations == NULL)
		return is_never_null(query, (Node *) target->expr);
	foreach (cell, query->rtable)
	{
		RangeTblEntry *part = lfirst(cell);

		if (part->rtekind == RTE_SUBQUERY && !result_never_null(part->subquery, column))
			return false;
	}
	return true;
}

/* Whether a column of a relation of a query's FROM can't be NULL in a row of the query. */
static bool
column_never_null(const Query *query, const Var *column)
{
	RangeTblEntry *entry;
	Relation relation;
	bool result;

	if (column->varlevelsup > 0 || column->varattno <= 0)
		return false;
	entry = rt_fetch(column->varno, query->rtable);
	if (entry->rtekind == RTE_JOIN)
		return is_never_null(query, list_nth(entry->joinaliasvars, column->varattno - 1));
	if (is_outer((Node *) query->jointree, column->varno, false))
		return false;
	if (entry->rtekind == RTE_SUBQUERY)
		return result_never_null(entry->subquery, column->varattno);
	if (entry->rtekind != RTE_RELATION)
		return false;
	relation = relation_open(entry->relid, AccessShareLock);
	result = never_null(relation, column->varattno);
	relation_close(relation, NoLock);
	return result;
}

/* Whether an expression is one of the casts from one kind of number to another, which core has. */
static bool
is_number_cast(const FuncExpr *function)
{
	return function->funcformat != COERCE_EXPLICIT_CALL && function->funcid < FirstGenbkiObjectId &&
		   TypeCategory(function->funcresulttype) == TYPCATEGORY_NUMERIC &&
		   TypeCategory(exprType(linitial(function->args))) == TYPCATEGORY_NUMERIC;
}

/* Whether an expression over a query's rows can't be NULL. */
static bool
is_never_null(const Query *query, Node *expression)
{
	List *parts = NIL;
	ListCell *cell;

	if (is_asked_for((Node *) query->jointree, expression))
		return true;
	switch (nodeTag(expression))
	{
		case T_Const:
			return !((Const *) expression)->constisnull;
		case T_Var:
			return column_never_null(query, (Var *) expression);
		case T_RelabelType:
			return is_never_null(query, (Node *) ((RelabelType *) expression)->arg);
		case T_CoerceViaIO:
			return is_never_null(query, (Node *) ((CoerceViaIO *) expression)->arg);
		case T_FuncExpr:
			return is_number_cast((FuncExpr *) expression) &&
				   is_never_null(query, linitial(((FuncExpr *) expression)->args));
		case T_NullTest:
		case T_BooleanTest:
			return true;
		case T_BoolExpr:
			parts = ((BoolExpr *) expression)->args;
			break;
		case T_CoalesceExpr:
			parts = ((CoalesceExpr *) expression)->args;
			break;
		default:
			return false;
	}
	foreach (cell, parts)
	{
		if (is_never_null(query, lfirst(cell)) == IsA(expression, CoalesceExpr))
			return IsA(expression, CoalesceExpr);
	}
	return !IsA(expression, CoalesceExpr);
}

/*
 * Whether a column of a relation can't be NULL. Tables that inherit from one may lift its NOT NULL;
 * partitions may not. What a foreign table declares nobody enforces.
 */
bool
never_null(Relation relation, AttrNumber column)
{
	check_stack_depth();
	if (relation->rd_rel->relkind == RELKIND_VIEW)
		return result_never_null(get_view_query(relation), column);
	if (relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		return false;
	if (relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_rel->relhassubclass)
		return false;
	return not_null_holds(RelationGetDescr(relation), column - 1);
}
