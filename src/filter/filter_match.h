#ifndef FILTER_MATCH_H
#define FILTER_MATCH_H

#include "postgres.h"

#include "filter/filter_node.h"

/* Rules about the elements of an array. */
extern Field *element_field(const Scope *scope, const char *name);
extern char *match_sql(FilterContext *context, Scope *scope, const Rule *rule, const Field *field);
extern const Rule *search_of_elements(const Rule *rule);

#endif
