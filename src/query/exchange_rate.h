#ifndef EXCHANGE_RATE_H
#define EXCHANGE_RATE_H

#include "postgres.h"

#include "fmgr.h"
#include "totals/totals.h"
#include "utils/date.h"

/* The rates of one currency, of the rows beside a relation, as far as they were asked for. */
typedef struct Rates Rates;

extern char *currency_argument(FunctionCallInfo fcinfo, int number, const char *name);
extern Rates *open_rates(Oid relation, const char *to);
extern Totals *convert_totals(Rates *rates, Datum totals, const DateADT *closed_on);

#endif
