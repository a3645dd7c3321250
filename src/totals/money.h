#ifndef MONEY_H
#define MONEY_H

#include "postgres.h"

#include "base/json.h"
#include "utils/numeric.h"

/* A figure of each currency apart, as JSON: [{"currency": "EUR", "value": "10.00"}]. */
extern void push_money(JsonbInState *state, const char *currency, int length, Numeric value);
extern Numeric middle_of(Numeric a, Numeric b);

#endif
