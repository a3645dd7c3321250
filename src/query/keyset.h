#ifndef KEYSET_H
#define KEYSET_H

#include "postgres.h"

#include "query/cursor.h"
#include "query/selection.h"
#include "query/shown.h"

/* A field that rows are ordered by. NULLs come last both ways. */
typedef struct SortKey
{
	Field *field;
	bool descending;
	char *value; /* that of the row a page begins or ends at; NULL for NULL */
} SortKey;

/* A part of an ordered selection: from its top, or on one side of a row. */
typedef struct PageSpec
{
	List *keys;		/* of SortKey */
	bool placed;	/* on one side of the row that the keys hold; else from the top */
	bool backward;	/* the rows before it; else those after it */
	bool inclusive; /* with that row itself */
	int size;
} PageSpec;

/* The rows of a page, in order. */
typedef struct PageRows
{
	JsonbValue *rows; /* an array */
	int count;
	Jsonb *first; /* the keys of the first and last row; NULL where there is none */
	Jsonb *last;
	bool more; /* in the direction of the page */
} PageRows;

extern List *sort_keys(FromClause *from, List *names);
extern char *order_by(List *keys, bool backward);
extern void set_place(List *keys, const JsonbValue *position, const Cursor *cursor);
extern void read_page(PageRows *result, const Selection *selection, const Shown *shown,
					  const PageSpec *page, JsonbParseState **json);

#endif
