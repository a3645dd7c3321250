#ifndef PERIOD_FIELD_H
#define PERIOD_FIELD_H

#include "postgres.h"

#include "fields/named_field.h"

extern Field *field_period(const Field *date, const char *name, const char *unit);
extern Field *grouping_field(FromClause *from, const char *name);

#endif
