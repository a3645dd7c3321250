#ifndef PAGE_H
#define PAGE_H

#include "postgres.h"

#include "query/keyset.h"
#include "utils/jsonb.h"

/* The rows of a page, in order. */
typedef struct PageRows
{
	JsonbValue rows; /* an array */
	int count;
	Jsonb *first; /* the keys of the first and last row; NULL where there is none */
	Jsonb *last;
	bool more; /* in the direction of the page */
} PageRows;

extern void read_page(PageRows *result, const Selection *selection, const Shown *shown,
					  const PageSpec *page);

#endif
