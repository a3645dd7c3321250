#ifndef PAGE_H
#define PAGE_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "query/keyset.h"
#include "utils/jsonb.h"

/* The keys of a row. */
typedef struct Keys
{
	Datum *values;
	bool *nulls;
} Keys;

/* A page that is being filled: the first rows that come are shown, the others only counted. */
typedef struct RowPage
{
	int size;
	int count;
	List *keys;			 /* of SortKey */
	int first_key;		 /* the column that has the first of them */
	JsonbValue *objects; /* a row each */
	Keys first;
	Keys last;
} RowPage;

/* The page that a row belongs to; the row is one of a query, whose first columns are shown. */
typedef RowPage *(*FindPage)(void *pages, TupleTableSlot *row);

/* The rows of a page, in order. */
typedef struct PageRows
{
	JsonbValue rows; /* an array */
	int count;
	Jsonb *first; /* the keys of the first and last row; NULL where there is none */
	Jsonb *last;
	bool more; /* in the direction of the page */
} PageRows;

extern RowPage *make_page(List *keys, int first_key, int size);
extern void fill_pages(const char *sql, const Selection *selection, PlanTiming timing, List *fields,
					   FindPage find, void *pages, Size room);
extern PageRows page_rows(RowPage *page, bool backward);
extern PageRows read_page(const Selection *selection, const Projection *projection,
						  const PageSpec *page);
extern int page_size(FunctionCallInfo fcinfo, int argument, const char *name, int least,
					 int otherwise);

#endif
