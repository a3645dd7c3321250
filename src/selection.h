#ifndef SELECTION_H
#define SELECTION_H

#include "postgres.h"

#include "field.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/* The arguments that say which rows are meant, the same for every query function. */
typedef struct SelectionArgs
{
	Source *source;
	Jsonb *scope; /* NULL: everything */
	bool include_archived;
} SelectionArgs;

/* A query over a relation, limited to the rows that are meant. */
typedef struct Selection
{
	FromClause *from;
	StringInfoData conditions; /* each begins with " AND " */
} Selection;

extern Selection *open_selection(const SelectionArgs *args);
extern void append_scope(Selection *selection, Jsonb *scope);
extern void append_from(StringInfo sql, const Selection *selection);
extern void append_totals(StringInfo sql, const Source *source);

extern void describe_selection(StringInfo description, const SelectionArgs *args);
extern List *text_array(ArrayType *array, const char *argument);

#endif
