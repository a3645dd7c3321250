#ifndef KEYSET_H
#define KEYSET_H

#include "postgres.h"

#include "query/cursor.h"
#include "query/selection.h"

/* A field that rows are ordered by. NULLs come last both ways. */
typedef struct SortKey
{
	Field *field;
	bool descending;
	char *value; /* that of the row a page begins or ends at; NULL for NULL */
	char *sql;	 /* the same in a query */
} SortKey;

/*
 * What cards and rows of lists show, as a query over rows that were chosen before: so what only the
 * shown fields need is joined to those rows alone.
 */
typedef struct Projection
{
	FromClause *from;
	List *shown;  /* fields in the order in which they were asked for */
	List *fields; /* the same in that of a JSON object's keys */
	List *keys;	  /* of SortKey: the order that the rows were chosen by */
} Projection;

/* A part of an ordered selection: from its top, or on one side of a row. */
typedef struct PageSpec
{
	List *keys;		/* of SortKey */
	bool placed;	/* on one side of the row that the keys hold; else from the top */
	bool backward;	/* the rows before it; else those after it */
	bool inclusive; /* with that row itself */
	int size;
} PageSpec;

extern List *sort_keys(FromClause *from, List *names);
extern List *newest_first(const Source *source);
extern void append_keys(StringInfo sql, List *keys);
extern char *order_by(List *keys, bool backward);
extern void set_place(List *keys, Source *source, const JsonbValue *position, const Cursor *cursor);
extern char *not_after_place(List *keys, Params *params);
extern Projection *open_projection(Source *source, List *names, List *sort, bool list);
extern char *page_query(const Selection *selection, const Projection *projection,
						const PageSpec *page);

#endif
