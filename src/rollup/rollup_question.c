/* What a query asks of a table that has rollups: figures, and what it reads besides. */
#include "postgres.h"

#include "base/function_name.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rollup/rollup_answer.h"
#include "utils/lsyscache.h"

/* The columns that totals are of, in the order of the aggregate's arguments. */
static const char *const measures[] = {"amount", "probability", "realized_amount", "currency"};

/* A walk over a query, and how deep in its sub-selects. */
typedef struct QuestionWalk
{
	RollupQuestion *question;
	int level;
} QuestionWalk;

/* What an argument of an aggregate casts, as append_totals writes it. */
static const Node *
without_cast(const Node *argument)
{
	if (IsA(argument, FuncExpr))
	{
		const FuncExpr *cast = (const FuncExpr *) argument;

		if (cast->funcformat != COERCE_EXPLICIT_CALL && list_length(cast->args) == 1)
			return linitial(cast->args);
	}
	if (IsA(argument, RelabelType))
		return (const Node *) ((const RelabelType *) argument)->arg;
	if (IsA(argument, CoerceViaIO))
		return (const Node *) ((const CoerceViaIO *) argument)->arg;
	return argument;
}

static bool
is_null_argument(const Node *argument)
{
	return IsA(argument, Const) && ((const Const *) argument)->constisnull;
}

/* Whether an argument is a column of a table, or NULL where the table has none. */
static bool
is_measure(const Node *argument, const char *name, const RollupQuestion *question, int level)
{
	AttrNumber number = get_attnum(question->relid, name);
	const Var *column = (const Var *) without_cast(argument);

	if (number == InvalidAttrNumber)
		return is_null_argument(argument);
	return IsA(column, Var) && column->varno == question->varno && column->varlevelsup == level &&
		   column->varattno == number;
}

/* Which figures of a table an aggregate is. */
Figures
aggregate_figures(const Aggref *aggref, const RollupQuestion *question, int level)
{
	ListCell *cell;
	bool count = true;
	bool totals = true;

	if (!is_function(aggref->aggfnoid, "opportunities", "totals") || aggref->aggdistinct != NIL ||
		aggref->aggorder != NIL)
		return NO_FIGURES;
	foreach (cell, aggref->args)
	{
		const Node *argument = (const Node *) ((const TargetEntry *) lfirst(cell))->expr;

		count = count && is_null_argument(argument);
		totals =
			totals && is_measure(argument, measures[foreach_current_index(cell)], question, level);
	}
	if (list_length(aggref->args) < lengthof(measures))
	{
		if (count)
			return FIGURES_COUNT;
		totals = totals &&
				 get_attnum(question->relid, measures[lengthof(measures) - 1]) == InvalidAttrNumber;
	}
	return totals ? FIGURES_TOTALS : NO_FIGURES;
}

/* Note what an expression reads of the table. */
static bool
read_expression(Node *node, QuestionWalk *walk)
{
	RollupQuestion *question = walk->question;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		walk->level++;
		(void) query_tree_walker((Query *) node, read_expression, walk, QTW_IGNORE_JOINALIASES);
		walk->level--;
		return false;
	}
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == walk->level)
	{
		const Var *var = (const Var *) node;

		if (var->varno == question->varno && var->varattno > 0)
			question->columns = bms_add_member(question->columns, var->varattno);
		else if (var->varno == question->varno)
			question->obstacle = "Something reads whole rows, or where they are.";
		else if (rt_fetch(var->varno, question->query->rtable)->rtekind == RTE_JOIN)
			question->obstacle = "It reads columns of a join.";
	}
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == walk->level)
	{
		if (aggregate_figures((Aggref *) node, question, walk->level) == NO_FIGURES)
			question->obstacle = "It asks for more than counts and totals.";
		else
		{
			question->aggref = (Aggref *) node;
			return read_expression((Node *) ((Aggref *) node)->aggfilter, walk);
		}
	}
	return expression_tree_walker(node, read_expression, walk);
}

/* Whether every row of a table that a FROM clause joins is there as often as those joined to it. */
static bool
keeps_rows(Node *node, int varno)
{
	JoinExpr *join = (JoinExpr *) node;
	ListCell *cell;

	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == varno;
	if (IsA(node, FromExpr))
	{
		foreach (cell, ((FromExpr *) node)->fromlist)
		{
			if (keeps_rows(lfirst(cell), varno))
				return true;
		}
		return false;
	}
	switch (join->jointype)
	{
		case JOIN_INNER:
			return keeps_rows(join->larg, varno) || keeps_rows(join->rarg, varno);
		case JOIN_LEFT:
			return keeps_rows(join->larg, varno);
		case JOIN_RIGHT:
			return keeps_rows(join->rarg, varno);
		default:
			return false;
	}
}

/* Read what a query asks of one of its tables, policies included: they stand in it by now. */
void
read_question(RollupQuestion *question)
{
	Query *query = question->query;
	const RangeTblEntry *table = rt_fetch(question->varno, query->rtable);
	QuestionWalk walk = {question};

	(void) query_tree_walker(query, read_expression, &walk, QTW_IGNORE_JOINALIASES);
	if (question->aggref == NULL || question->obstacle != NULL)
		return;
	if (query->groupingSets != NIL || query->rowMarks != NIL || !table->inh ||
		table->tablesample != NULL || !keeps_rows((Node *) query->jointree, question->varno))
		question->obstacle = "It isn't a plain question for groups of rows.";
	else if (contain_volatile_functions((Node *) query))
		question->obstacle = "It calls a volatile function.";
}
