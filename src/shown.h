#ifndef SHOWN_H
#define SHOWN_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "field.h"
#include "utils/jsonb.h"

/* The fields that cards and rows of lists show. */
extern List *shown_fields(FromClause *from, List *names, bool list);
extern char *shown_columns(List *fields);
extern JsonbValue *push_row(JsonbParseState **state, List *fields, HeapTuple tuple, TupleDesc desc);

#endif
