#ifndef PROJECTION_H
#define PROJECTION_H

#include "postgres.h"

#include "fields/field.h"
#include "utils/jsonb.h"

extern bool is_listed(const char *name);
extern List *projected_fields(FromClause *from, List *names, bool list);
extern List *json_fields(List *shown);
extern char *projected_columns(List *fields);
extern void set_row(JsonbValue *object, List *fields, const Datum *values, const bool *nulls);

#endif
