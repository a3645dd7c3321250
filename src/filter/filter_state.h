#ifndef FILTER_STATE_H
#define FILTER_STATE_H

#include "postgres.h"

#include "filter/rules.h"

/* Rules on the state of rows. */
extern char *closing_rule_sql(FilterContext *context, const Rule *rule, const Field *state);
extern bool asks_for_closed(FilterContext *context, const Rule *rule, const Field *state);

#endif
