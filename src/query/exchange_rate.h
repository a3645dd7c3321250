#ifndef EXCHANGE_RATE_H
#define EXCHANGE_RATE_H

#include "postgres.h"

#include "fmgr.h"

extern char *currency_argument(FunctionCallInfo fcinfo, int number, const char *name);

#endif
