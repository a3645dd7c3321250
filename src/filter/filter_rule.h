#ifndef FILTER_RULE_H
#define FILTER_RULE_H

#include "postgres.h"

#include "filter/rules.h"

extern char *comparison_sql(FilterContext *context, const Rule *rule, const Field *field,
							List *others);
extern char *folded(const Field *field);
extern void append_contains(StringInfo sql, const Field *field, const char *word);

#endif
