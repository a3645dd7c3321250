#ifndef SHOWN_H
#define SHOWN_H

#include "postgres.h"

#include "fields/field.h"
#include "utils/jsonb.h"

extern List *shown_fields(FromClause *from, List *names, bool list);
extern List *json_fields(FromClause *from, List *names, bool list);
extern char *shown_columns(List *fields);
extern void set_row(JsonbValue *object, List *fields, const Datum *values, const bool *nulls);

#endif
