/* next_number: the number of a new row of history on one server of several. */
#include "postgres.h"

#include "base/compat.h"
#include "commands/sequence.h"
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
	int64 behind;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	number = nextval_internal(PG_GETARG_OID(0), true);
	behind = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT64(1) - number;
	if (behind >= 0)
		number += (behind / NUMBERS_OF_SERVER + 1) * NUMBERS_OF_SERVER;
	PG_RETURN_INT64(number);
}
