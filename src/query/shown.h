#ifndef SHOWN_H
#define SHOWN_H

#include "postgres.h"

#include "fields/field.h"
#include "utils/jsonb.h"

/*
 * What cards and rows of lists show, as a query over rows that were chosen before: so what only the
 * shown fields need is joined to those rows alone.
 */
typedef struct Shown
{
	FromClause *from;
	List *fields;
	List *keys; /* of SortKey: the order that the rows were chosen by */
} Shown;

extern List *shown_fields(FromClause *from, List *names, bool list);
extern List *json_fields(FromClause *from, List *names, bool list);
extern char *shown_columns(List *fields);
extern Shown *open_shown(Source *source, List *names, List *sort, bool list);
extern void append_keys(StringInfo sql, List *keys);
extern void set_row(JsonbValue *object, List *fields, const Datum *values, const bool *nulls);

#endif
