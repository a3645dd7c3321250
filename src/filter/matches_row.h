#ifndef MATCHES_ROW_H
#define MATCHES_ROW_H

#include "postgres.h"

#include "base/compat.h"
#include "nodes/pathnodes.h"
#include "rewrite/rewriteManip.h"

/* The row argument of a call in a query tree. */
typedef struct RowArgument
{
	PlannerInfo *root;
	Node *expr;
} RowArgument;

extern bool is_plain_row(Node *row);
extern bool is_stored_row(PlannerInfo *root, Node *row, Oid relid);
extern Node *plan_column(ReplacedVar *column, replace_rte_variables_context *context);
extern Node *pass_columns(PlannerInfo *root, FuncExpr *call);

#endif
