#ifndef FILTER_H
#define FILTER_H

#include "postgres.h"

#include "filter/filter_context.h"
#include "utils/jsonb.h"

extern char *compile_filter(FilterContext *context, Jsonb *rules);

#endif
