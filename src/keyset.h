#ifndef KEYSET_H
#define KEYSET_H

#include "postgres.h"

#include "selection.h"

/* A field that rows are ordered by. NULLs come last both ways. */
typedef struct SortKey
{
	Field *field;
	bool descending;
	char *after; /* a page begins after this value; NULL for NULL */
} SortKey;

extern List *sort_keys(FromClause *from, List *names);
extern void set_position(List *keys, const JsonbValue *after);
extern char *page_query(const Selection *selection, const char *row, List *keys, bool after,
						int size);

#endif
