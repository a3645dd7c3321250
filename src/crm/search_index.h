#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include "postgres.h"

#include "crm/check.h"

/* The indexes that text search uses, which take the extension pg_trgm. */
extern void check_search_indexes(Check *check);
extern void make_search_indexes(Oid schema);
extern void advise_search_indexes(Oid schema);

#endif
