/* The rows of a rollup in the place of the table's. */
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "rollup/rollup_answer.h"
#include "rollup/rollup_scan.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/*
 * The server has checked and rewritten a query over a table when the rows of a rollup take the
 * place of the table's. So the caller's rights on the table are asked for as for its rows, and its
 * policies, which are conditions by now, hold for the rollup's rows: before those of the query, as
 * the server sees to. The caller needs no right on the rollup, which is read as a view reads what
 * is below it, with the rights of its owner; every expression is evaluated as the caller.
 */

/* What takes the place of a table, and how deep in the sub-selects of the query. */
typedef struct Replacement
{
	const RollupQuestion *question;
	const Rollup *rollup;
	int level;
} Replacement;

static Node *replace(Node *node, Replacement *replacement);

/* The column of a rollup for one of the table, by its number; 0: it has none. */
AttrNumber
rollup_column(const Rollup *rollup, AttrNumber number)
{
	for (int i = 0; i < rollup->count; i++)
	{
		if (rollup->by[i] == number)
			return i + 1;
	}
	return InvalidAttrNumber;
}

/* A column of the table as that of the rollup; NULL: it has none. */
static Node *
replaced_column(Var *var, const Rollup *rollup)
{
	AttrNumber number = rollup_column(rollup, var->varattno);
	Var *column = copyObject(var);

	if (number == InvalidAttrNumber)
		return NULL;
	column->varattno = column->varattnosyn = number;
	return (Node *) column;
}

/* The totals of a rollup's rows, for an aggregate over the table's. */
static Aggref *
rollup_totals(const Aggref *aggref, const Replacement *replacement)
{
	Oid type = aggref->aggtype;
	Var *sums = makeVar(replacement->question->varno, replacement->rollup->count + 1, type, -1,
						InvalidOid, replacement->level);
	Aggref *totals = makeNode(Aggref);

	*totals = *aggref;
	totals->aggfnoid = LookupFuncName(
		list_make2(makeString("opportunities_internal"), makeString("rollup_totals")), 1, &type,
		false);
	totals->aggargtypes = list_make1_oid(type);
	totals->args = list_make1(makeTargetEntry((Expr *) sums, 1, NULL, false));
	totals->inputcollid = InvalidOid;
	return totals;
}

/* A call of a function of ours on totals. */
static Node *
call_with(Aggref *totals, char *schema, char *name, Oid result)
{
	Oid function = LookupFuncName(list_make2(makeString(schema), makeString(name)), 1,
								  &totals->aggtype, false);

	return (Node *) makeFuncExpr(function, result, list_make1(totals), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

/* The figures of a rollup's rows, for an aggregate over the table's. */
static Node *
replaced_aggregate(const Aggref *aggref, Replacement *replacement)
{
	Figures figures = aggregate_figures(aggref, replacement->question, replacement->level);
	Aggref *totals = rollup_totals(aggref, replacement);

	totals->aggfilter = (Expr *) replace((Node *) aggref->aggfilter, replacement);
	return figures == FIGURES_TOTALS
			   ? (Node *) totals
			   : call_with(totals, "opportunities_internal", "only_count", totals->aggtype);
}

/* What takes the place of a part of the query. */
static Node *
replace(Node *node, Replacement *replacement)
{
	Node *result;

	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
	{
		replacement->level++;
		result = (Node *) query_tree_mutator((Query *) node, replace, replacement,
											 QTW_IGNORE_JOINALIASES);
		replacement->level--;
		return result;
	}
	if (IsA(node, Var) && ((Var *) node)->varno == replacement->question->varno &&
		((Var *) node)->varlevelsup == replacement->level)
		return replaced_column((Var *) node, replacement->rollup);
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == replacement->level)
		return replaced_aggregate((Aggref *) node, replacement);
	return expression_tree_mutator(node, replace, replacement);
}

/*
 * A join lists the columns of what it joins, though nothing reads them there: those that the rollup
 * hasn't are no more.
 */
static void
replace_join_columns(List *columns, int varno, const Rollup *rollup)
{
	ListCell *cell;

	foreach (cell, columns)
	{
		Node *column = lfirst(cell);
		Node *replaced = NULL;

		if (!bms_is_member(varno, pull_varnos(NULL, column)))
			continue;
		if (IsA(column, Var))
			replaced = replaced_column((Var *) column, rollup);
		if (replaced == NULL)
			replaced =
				(Node *) makeNullConst(exprType(column), exprTypmod(column), exprCollation(column));
		lfirst(cell) = replaced;
	}
}

/* The condition that a group holds rows: those that it held may be gone, and sum up to nothing. */
static Node *
holds_rows(const Replacement *replacement)
{
	Aggref *totals = rollup_totals(replacement->question->aggref, replacement);
	Node *zero = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false,
									get_typbyval(INT8OID));
	Node *count = call_with(totals, "opportunities", "opportunity_count", INT8OID);
	Oid equal = lookup_type_cache(INT8OID, TYPECACHE_EQ_OPR)->eq_opr;

	totals->aggfilter = NULL;
	return (Node *) make_opclause(get_negator(equal), BOOLOID, false, (Expr *) count, (Expr *) zero,
								  InvalidOid, InvalidOid);
}

/* The rollup in a range table, under the name that the table has there. */
static RangeTblEntry *
rollup_entry(const RangeTblEntry *table, const Rollup *rollup)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	List *names = NIL;

	for (int i = 1; i <= rollup->count + 1; i++)
		names = lappend(names, makeString(get_attname(rollup->relid, i, false)));
	entry->rtekind = RTE_RELATION;
	entry->relid = rollup->relid;
	entry->relkind = RELKIND_RELATION;
	entry->rellockmode = AccessShareLock;
	entry->inh = true;
	entry->inFromCl = true;
	entry->eref = makeAlias(table->eref->aliasname, names);
	entry->securityQuals = table->securityQuals;
	mark_rollup_entry(entry);
	return entry;
}

/*
 * Let a query read a rollup in place of the table. The table stays in the range table, where the
 * rights on it are asked for, and a change of it makes the plan invalid.
 */
void
read_rollup(const RollupQuestion *question, const Rollup *rollup)
{
	Query *query = question->query;
	ListCell *place = list_nth_cell(query->rtable, question->varno - 1);
	RangeTblEntry *table = lfirst_node(RangeTblEntry, place);
	RangeTblEntry *entry = rollup_entry(table, rollup);
	Replacement replacement = {.question = question, .rollup = rollup};
	ListCell *cell;

	lfirst(place) = entry;
	table->securityQuals = NIL;
	query->rtable = lappend(query->rtable, table);
	(void) query_tree_mutator(query, replace, &replacement,
							  QTW_DONT_COPY_QUERY | QTW_IGNORE_JOINALIASES);
	foreach (cell, query->rtable)
		replace_join_columns(lfirst_node(RangeTblEntry, cell)->joinaliasvars, question->varno,
							 rollup);
	read_as_owner(query, rt_fetch(question->varno, query->rtable), rollup->owner);
	if (query->groupClause != NIL)
		query->havingQual = make_and_qual(query->havingQual, holds_rows(&replacement));
}
