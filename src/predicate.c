#include "postgres.h"

#include "predicate.h"

#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"

/* Resolve a column of the row; any other reference is the parser's. */
static Node *
row_column(ParseState *state, ColumnRef *reference)
{
	RowColumns *columns = state->p_ref_hook_state;
	const SourceColumn *column;
	int depth = 0;

	if (list_length(reference->fields) != 2 || !IsA(lsecond(reference->fields), String) ||
		strcmp(strVal(linitial(reference->fields)), PREDICATE_ROW) != 0)
		return NULL;
	column = source_column(columns->source, strVal(lsecond(reference->fields)));
	if (column == NULL)
		return NULL;
	for (; state != columns->top; state = state->parentParseState)
		depth++;
	return columns->node(column, depth, columns->row);
}

/* Let a parser find the columns of a row under the alias o. A parser's setup hook. */
void
resolve_columns(ParseState *state, void *columns)
{
	((RowColumns *) columns)->top = state;
	state->p_pre_columnref_hook = row_column;
	state->p_ref_hook_state = columns;
}

/*
 * Send the sub-selects through the rewriter, which the statement that they become part of has left
 * behind: views and row security of related tables are its work.
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

/* The expression that the text of a predicate stands for. */
Node *
parse_predicate(const char *sql, RowColumns *columns, bool *has_sublinks)
{
	RawStmt *raw = linitial(raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR));
	ResTarget *target = linitial(castNode(SelectStmt, raw->stmt)->targetList);
	ParseState *state = make_parsestate(NULL);
	Node *expr;

	resolve_columns(state, columns);
	expr = transformExpr(state, target->val, EXPR_KIND_WHERE);
	expr = coerce_to_boolean(state, expr, "WHERE");
	assign_expr_collations(state, expr);
	*has_sublinks = state->p_hasSubLinks;
	if (*has_sublinks)
		(void) rewrite_sublinks(expr, NULL);
	free_parsestate(state);
	return expr;
}
