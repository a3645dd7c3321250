/* How long something took: days from one day to another, or from one moment to another. */
#include "postgres.h"

#include "base/compat.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(days_between);
PG_FUNCTION_INFO_V1(elapsed_days);

/* days_between(first date, last date) -> integer */
Datum
days_between(PG_FUNCTION_ARGS)
{
	DateADT first = PG_GETARG_DATEADT(0);
	DateADT last = PG_GETARG_DATEADT(1);

	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last) || last < first)
		PG_RETURN_NULL();
	PG_RETURN_INT32(last - first);
}

/* elapsed_days(since timestamptz, until timestamptz) -> numeric: whole hundredths, by integers */
Datum
elapsed_days(PG_FUNCTION_ARGS)
{
	TimestampTz since = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz until = PG_GETARG_TIMESTAMPTZ(1);
	uint64 hundredth = USECS_PER_DAY / 100;
	uint64 elapsed;

	if (TIMESTAMP_NOT_FINITE(since) || TIMESTAMP_NOT_FINITE(until) || until < since)
		PG_RETURN_NULL();
	elapsed = (uint64) until - (uint64) since; /* more than an int64 may hold */
	PG_RETURN_NUMERIC(int64_div_fast_to_numeric((elapsed + hundredth / 2) / hundredth, 2));
}
