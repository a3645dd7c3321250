#ifndef MATCHES_ROW_H
#define MATCHES_ROW_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/source.h"
#include "nodes/pathnodes.h"
#include "rewrite/rewriteManip.h"

/* The row argument of a call in a query tree. */
typedef struct RowArgument
{
	PlannerInfo *root;
	Node *expr;
} RowArgument;

extern bool is_plain_row(Node *row);
extern bool is_stored_row(const Query *query, Node *row, Oid relid);
extern Node *row_predicate(RowArgument *row, const char *sql, const Source *source,
						   bool *has_sublinks);
extern Node *pass_columns(PlannerInfo *root, FuncExpr *call);

#endif
