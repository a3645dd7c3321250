/* next_number: the number of a new row of history on one server of several. */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "commands/sequence.h"
#include "common/int.h"
#include "fmgr.h"

/*
 * With Citus each server has a sequence of its own, whose numbers begin with the server's: where a
 * shard is moved to another one they may be lower. But what is told of one row is told in the order
 * of numbers. So one that isn't above the last is lifted by as many servers as it takes.
 */

PG_FUNCTION_INFO_V1(next_number);

/* How many numbers a server has. */
#define NUMBERS_OF_SERVER (INT64CONST(1) << 48)

/* next_number(sequence regclass, last bigint) -> bigint */
Datum
next_number(PG_FUNCTION_ARGS)
{
	int64 number;
	int64 last;
	uint64 lifts;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	number = nextval_internal(PG_GETARG_OID(0), true);
	last = PG_GETARG_INT64(1);
	if (PG_ARGISNULL(1) || number > last)
		PG_RETURN_INT64(number);
	lifts = ((uint64) last - (uint64) number) / NUMBERS_OF_SERVER + 1;
	if (lifts > PG_INT64_MAX / NUMBERS_OF_SERVER ||
		pg_add_s64_overflow(number, lifts * NUMBERS_OF_SERVER, &number))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("there is no number after %lld", (long long) last),
						err_code("numbers_used_up")));
	PG_RETURN_INT64(number);
}
