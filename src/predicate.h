#ifndef PREDICATE_H
#define PREDICATE_H

#include "postgres.h"

#include "parser/parse_node.h"
#include "source.h"

/* The alias of the row in the text of a predicate. */
#define PREDICATE_ROW "o"

/* What a column of the row becomes, so many levels of sub-selects down. */
typedef Node *(*ColumnNode)(const SourceColumn *column, int depth, void *row);

/* How the columns of a row are found while a predicate is parsed. */
typedef struct RowColumns
{
	const Source *source;
	ColumnNode node;
	void *row;
	ParseState *top;
} RowColumns;

extern void resolve_columns(ParseState *state, void *columns);
extern Node *parse_predicate(const char *sql, RowColumns *columns, bool *has_sublinks);

#endif
