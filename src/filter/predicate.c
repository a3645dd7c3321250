/* A predicate parsed, as an expression over a row. */
#include "postgres.h"

#include "filter/predicate.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "settings/plan_dependency.h"
#include "settings/tenant.h"

/* The column of the row that a reference names, or NULL: then the reference is the parser's. */
static const SourceColumn *
row_column(ParseState *state, ColumnRef *reference)
{
	if (list_length(reference->fields) != 2 || !IsA(lsecond(reference->fields), String) ||
		strcmp(strVal(linitial(reference->fields)), PREDICATE_ROW) != 0)
		return NULL;
	return source_column(state->p_ref_hook_state, strVal(lsecond(reference->fields)));
}

/* A column as a Var, of as many levels up as the reference is sub-selects down. */
static Node *
column_var(ParseState *state, ColumnRef *reference)
{
	const SourceColumn *column = row_column(state, reference);
	int depth = 0;

	if (column == NULL)
		return NULL;
	for (; state->parentParseState != NULL; state = state->parentParseState)
		depth++;
	return (Node *) makeVar(PREDICATE_VARNO, column->number, column->type, column->typmod,
							column->collation, depth);
}

/* A column as a parameter that has the column's number. */
static Node *
column_parameter(ParseState *state, ColumnRef *reference)
{
	const SourceColumn *column = row_column(state, reference);
	Param *param;

	if (column == NULL)
		return NULL;
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = column->number;
	param->paramtype = column->type;
	param->paramtypmod = column->typmod;
	param->paramcollid = column->collation;
	param->location = -1;
	return (Node *) param;
}

/* Make the columns of the row parameters of a statement. A parser's setup hook. */
void
parse_as_parameters(ParseState *state, void *source)
{
	state->p_pre_columnref_hook = column_parameter;
	state->p_ref_hook_state = source;
}

/*
 * Rewrite the sub-selects: the statement that they are spliced into is past the rewriter, which
 * expands views and adds row security.
 */
static bool
rewrite_sublinks(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
	{
		SubLink *sublink = (SubLink *) node;

		sublink->subselect = linitial(QueryRewrite(castNode(Query, sublink->subselect)));
	}
	return expression_tree_walker(node, rewrite_sublinks, context);
}

/* The expression that the text of a predicate stands for, with Vars for the columns of the row. */
Node *
parse_predicate(const char *sql, const Source *source, bool *has_sublinks)
{
	RawStmt *raw = linitial(raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR));
	ResTarget *target = linitial(castNode(SelectStmt, raw->stmt)->targetList);
	ParseState *state = make_parsestate(NULL);
	Node *expr;

	state->p_pre_columnref_hook = column_var;
	state->p_ref_hook_state = unconstify(Source *, source);
	expr = transformExpr(state, target->val, EXPR_KIND_WHERE);
	expr = coerce_to_boolean(state, expr, "WHERE");
	assign_expr_collations(state, expr);
	*has_sublinks = state->p_hasSubLinks;
	if (*has_sublinks)
		(void) rewrite_sublinks(expr, NULL);
	free_parsestate(state);
	return expr;
}

static bool
find_followers(Node *node, void *found)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		Oid relid = ((RangeTblEntry *) node)->relid;

		if (OidIsValid(relid) && may_follow_tenant(relid))
			*(List **) found = list_append_unique_oid(*(List **) found, relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_followers, found, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, find_followers, found);
}

/*
 * The relations in the sub-selects of a predicate that are limited to a tenant while one is set.
 * What is planned from it depends on them: it ends when the setting changes.
 */
List *
tenant_followers(Node *predicate)
{
	List *found = NIL;
	ListCell *cell;

	(void) find_followers(predicate, &found);
	foreach (cell, found)
		add_dependency(lfirst_oid(cell), true);
	return found;
}
