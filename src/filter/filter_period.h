#ifndef FILTER_PERIOD_H
#define FILTER_PERIOD_H

#include "postgres.h"

#include "filter/filter_value.h"
#include "utils/jsonb.h"

/* Values that follow the clock. */
extern bool period_value(FilterContext *context, const char *path, const Field *field,
						 JsonbContainer *object, FilterValue *value);
extern bool relative_value(FilterContext *context, const char *path, const Field *field,
						   JsonbContainer *object, FilterValue *value);

#endif
