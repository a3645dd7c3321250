#ifndef CONVERSION_H
#define CONVERSION_H

#include "postgres.h"

#include "fields/from.h"
#include "fmgr.h"
#include "utils/jsonb.h"

/* The currency that amounts are shown in besides their own. */
typedef struct Conversion
{
	char *currency;
	int digits;
	Oid relid; /* of the opportunities, beside which the rates stand */
} Conversion;

extern Conversion *conversion_argument(FunctionCallInfo fcinfo, int number, const Source *source);
extern char *closing_day(FromClause *from);
extern char *converted_amount(const Conversion *conversion, const char *amount,
							  const char *currency, const char *day);
extern char *converted_sum(const Conversion *conversion, const char *totals, const char *day);
extern char *converted_rows(const Conversion *conversion, FromClause *from);
extern char *converted_object(const Conversion *conversion, const char *totals);
extern Jsonb *converted_jsonb(const Conversion *conversion, Datum totals);

#endif
