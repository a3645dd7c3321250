#ifndef FILTER_RULE_H
#define FILTER_RULE_H

#include "postgres.h"

#include "filter/rules.h"

extern char *comparison_sql(FilterContext *context, const Rule *rule, const Field *field,
							List *others);
extern bool tests_null(const Rule *rule);
extern bool takes_list(const Rule *rule);
extern bool is_text_search(const Rule *rule);
extern void append_contains(StringInfo sql, const Field *field, const char *word);

#endif
