#ifndef SEARCH_INDEX_H
#define SEARCH_INDEX_H

#include "postgres.h"

/* The indexes that text search uses, which take the extension pg_trgm. */
extern void make_search_indexes(Oid schema);
extern void advise_search_indexes(Oid schema);

#endif
