/* The row of such a call: each column out of the expression that it is given as. */
#include "postgres.h"

#include "filter/matches_row.h"

#include "catalog/pg_type.h"
#include "filter/predicate.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

/*
 * Whether the columns of a row can be taken from an expression, each where it is needed: else the
 * expression would be computed many times.
 */
bool
is_plain_row(Node *row)
{
	while (IsA(row, PlaceHolderVar))
		row = (Node *) ((PlaceHolderVar *) row)->phexpr;
	while (IsA(row, FieldSelect))
		row = (Node *) ((FieldSelect *) row)->arg;
	return IsA(row, Var) || IsA(row, Param) || IsA(row, Const) ||
		   (IsA(row, RowExpr) && !contain_volatile_functions(row));
}

/* Whether a row is one of a relation, as a statement reads it there. */
bool
is_stored_row(const Query *query, Node *row, Oid relid)
{
	const Var *var = (const Var *) row;
	RangeTblEntry *entry;

	if (!IsA(row, Var) || var->varattno != InvalidAttrNumber || var->varlevelsup > 0 ||
		var->varno > list_length(query->rtable))
		return false;
	entry = rt_fetch(var->varno, query->rtable);
	return entry->rtekind == RTE_RELATION && entry->relid == relid;
}

/*
 * A column out of a row that is put together, or NULL. One that an outer join may turn into NULL is
 * taken out where its values turn into NULL as well, as the planner does with columns of views.
 */
static Node *
row_value(const RowArgument *row, const Var *column)
{
	PlaceHolderVar *holder = NULL;
	RowExpr *expr = (RowExpr *) row->expr;
	Node *value;

	if (IsA(expr, PlaceHolderVar))
	{
		holder = (PlaceHolderVar *) row->expr;
		expr = (RowExpr *) holder->phexpr;
	}
	if (!IsA(expr, RowExpr) || column->varattno > list_length(expr->args))
		return NULL;
	value = list_nth(expr->args, column->varattno - 1);
	if (exprType(value) != column->vartype || exprTypmod(value) != column->vartypmod ||
		exprCollation(value) != column->varcollid)
		return NULL;
	if (holder == NULL)
		return copyObject(value);
	if (holder->phlevelsup > 0 || !contain_vars_of_level(value, 0) ||
		contain_nonstrict_functions(value) ||
		!bms_is_subset(pull_varnos(row->root, value), holder->phrels))
		return NULL;
	return null_with(copyObject(value), holder);
}

/* A column of the row as a node of the statement, or NULL where the whole row must be formed. */
static Node *
separate_column(const RowArgument *row, const Var *column)
{
	Var *var;

	if (!IsA(row->expr, Var) || ((Var *) row->expr)->varattno != InvalidAttrNumber)
		return row_value(row, column);

	var = copyObject((Var *) row->expr);
	var->varattno = column->varattno;
	var->vartype = column->vartype;
	var->vartypmod = column->vartypmod;
	var->varcollid = column->varcollid;
	if (var->varnosyn > 0)
		var->varattnosyn = column->varattno;
	return (Node *) var;
}

/* What a column of the parsed predicate is in the statement, as if it had been written there. */
static Node *
plan_column(ReplacedVar *column, replace_rte_variables_context *context)
{
	const RowArgument *row = context->callback_arg;
	Node *node = separate_column(row, column);

	if (node == NULL)
	{
		FieldSelect *select = makeNode(FieldSelect);

		select->arg = copyObject((Expr *) row->expr);
		select->fieldnum = column->varattno;
		select->resulttype = column->vartype;
		select->resulttypmod = column->vartypmod;
		select->resultcollid = column->varcollid;
		node = (Node *) select;
	}
	if (column->varlevelsup > 0)
		IncrementVarSublevelsUp(node, column->varlevelsup, 0);
	return node;
}

/* The text of a predicate as an expression of the statement. */
Node *
row_predicate(RowArgument *row, const char *sql, const Source *source, bool *has_sublinks)
{
	Node *expr = parse_predicate(sql, source, has_sublinks);

	return replace_rte_variables(expr, PREDICATE_VARNO, 0, plan_column, row, has_sublinks);
}

/*
 * The call with the columns of its row, one argument each, behind a NULL that tells their type: to
 * form the row costs more than to apply most filters to it. NULL: it must be formed. Such a call is
 * made here alone, so the functions can trust its arguments.
 */
Node *
pass_columns(PlannerInfo *root, FuncExpr *call)
{
	RowArgument row = {root, linitial(call->args)};
	Oid type = exprType(row.expr);
	Source *source;
	FuncExpr *result;
	ListCell *cell;

	if (type == RECORDOID || !OidIsValid(get_typ_typrelid(type)))
		return NULL;
	source = open_row_source(type, -1);
	if (list_length(call->args) + list_length(source->columns) > FUNC_MAX_ARGS)
		return NULL;

	result = makeNode(FuncExpr);
	*result = *call;
	result->args = list_make2(makeNullConst(type, -1, InvalidOid), lsecond(call->args));
	foreach (cell, source->columns)
	{
		const SourceColumn *column = lfirst(cell);
		Node *argument =
			separate_column(&row, makeVar(PREDICATE_VARNO, column->number, column->type,
										  column->typmod, column->collation, 0));

		if (argument == NULL)
			return NULL;
		result->args = lappend(result->args, argument);
	}
	root->glob->relationOids = lappend_oid(root->glob->relationOids, source->relid);
	return (Node *) result;
}
