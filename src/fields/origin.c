/* The columns of tables that those of views come from. */
#include "postgres.h"

#include "fields/origin.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* What is being followed: an expression over the rows of a query, down to a table. */
typedef struct Trace
{
	const Query *query;
	const char *place; /* of the query within the view */
	Origin *origin;
	bool failed;
} Trace;

static Node *follow_node(Node *node, void *arg);

/* Whether the planner can look through a query, as if its tables stood in the query around it. */
static bool
is_transparent(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL && !query->hasAggs &&
		   !query->hasWindowFuncs && !query->hasTargetSRFs && query->groupClause == NIL &&
		   query->groupingSets == NIL && query->distinctClause == NIL &&
		   query->limitOffset == NULL && query->limitCount == NULL;
}

/* Follow a column of the result of a query. */
static Node *
follow_result(Trace *outer, const Query *query, int relation, AttrNumber column)
{
	TargetEntry *target = get_tle_by_resno(query->targetList, column);
	Trace trace = {.query = query,
				   .place = psprintf("%s/%d", outer->place, relation),
				   .origin = outer->origin};
	Node *result = NULL;

	check_stack_depth();
	if (target == NULL || !is_transparent(query))
		trace.failed = true;
	else
		result = follow_node((Node *) target->expr, &trace);
	outer->failed = outer->failed || trace.failed;
	return result;
}

/* End at a column of a table: it must be the one that the others of the expression are of. */
static Node *
end_at(Trace *trace, const char *place, Relation table, AttrNumber column)
{
	Origin *origin = trace->origin;
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), column - 1);

	if (origin->place != NULL && strcmp(origin->place, place) != 0)
		trace->failed = true;
	origin->place = pstrdup(place);
	origin->relid = RelationGetRelid(table);
	return (Node *) makeVar(1, column, attribute->atttypid, attribute->atttypmod,
							attribute->attcollation, 0);
}

static Node *
follow_column(Trace *trace, const Var *var)
{
	RangeTblEntry *entry;
	Relation relation;
	Node *result;

	if (var->varlevelsup > 0 || var->varattno <= 0)
	{
		trace->failed = true;
		return NULL;
	}
	entry = rt_fetch(var->varno, trace->query->rtable);
	if (entry->rtekind == RTE_JOIN)
		return follow_node(list_nth(entry->joinaliasvars, var->varattno - 1), trace);
	if (entry->rtekind == RTE_SUBQUERY)
		return follow_result(trace, entry->subquery, var->varno, var->varattno);
	if (entry->rtekind != RTE_RELATION)
	{
		trace->failed = true;
		return NULL;
	}
	relation = relation_open(entry->relid, AccessShareLock);
	if (relation->rd_rel->relkind == RELKIND_VIEW)
		result = follow_result(trace, get_view_query(relation), var->varno, var->varattno);
	else
		result =
			end_at(trace, psprintf("%s/%d", trace->place, var->varno), relation, var->varattno);
	relation_close(relation, NoLock);
	return result;
}

/* Replace the columns of an expression by what they are made of. */
static Node *
follow_node(Node *node, void *arg)
{
	Trace *trace = arg;

	if (node == NULL || trace->failed)
		return NULL;
	if (IsA(node, Var))
		return follow_column(trace, (Var *) node);
	if (IsA(node, SubLink))
	{
		trace->failed = true;
		return NULL;
	}
	return expression_tree_mutator(node, follow_node, arg);
}

/* What a column of a relation is made of; NULL: not of the columns of one table alone. */
Origin *
column_origin(Oid relid, AttrNumber column)
{
	Origin *origin = palloc0(sizeof(Origin));
	Trace trace = {.place = "", .origin = origin};
	Relation relation = relation_open(relid, AccessShareLock);

	if (relation->rd_rel->relkind == RELKIND_VIEW)
		origin->expression = follow_result(&trace, get_view_query(relation), 0, column);
	else
		origin->expression = end_at(&trace, "", relation, column);
	relation_close(relation, NoLock);
	return trace.failed || origin->place == NULL ? NULL : origin;
}

/* Whether a column of a relation is one that a table stores, and which. */
bool
stored_column(Oid relid, AttrNumber number, Oid *table, AttrNumber *stored)
{
	Origin *origin = column_origin(relid, number);

	if (origin == NULL || !IsA(origin->expression, Var))
		return false;
	*table = origin->relid;
	*stored = ((Var *) origin->expression)->varattno;
	return true;
}
