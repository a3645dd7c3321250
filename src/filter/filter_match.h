#ifndef FILTER_MATCH_H
#define FILTER_MATCH_H

#include "postgres.h"

#include "filter/filter_node.h"

/* Rules about the elements of an array, or about rows as if they were such. */
extern Field *element_field(const Scope *scope, const char *name);
extern char *match_sql(FilterContext *context, Scope *scope, const Rule *rule, const Field *field);
extern char *match_rows_sql(FilterContext *context, Scope *scope, const Rule *rule, List *links);
extern const Rule *search_of_elements(const Rule *rule);

#endif
