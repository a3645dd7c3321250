/* The least and the greatest amount of money, each currency apart. */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "totals/money.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(money_least_add);
PG_FUNCTION_INFO_V1(money_greatest_add);
PG_FUNCTION_INFO_V1(money_least_combine);
PG_FUNCTION_INFO_V1(money_greatest_combine);
PG_FUNCTION_INFO_V1(money_extremes_serialize);
PG_FUNCTION_INFO_V1(money_extremes_deserialize);
PG_FUNCTION_INFO_V1(money_extremes);

/* The extreme of a currency. */
typedef struct Extreme
{
	MoneyKey currency;
	Numeric value;
	uint32 hash;
	char status;
} Extreme;

#define SH_PREFIX extremes
#define SH_ELEMENT_TYPE Extreme
#define SH_KEY_TYPE MoneyKey
#define SH_KEY currency
#define SH_HASH_KEY(table, key) hash_money_key(key)
#define SH_EQUAL(table, a, b) same_money_key(a, b)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* The memory of an aggregate's state, which no other call may change. */
static MemoryContext
extremes_memory(FunctionCallInfo fcinfo)
{
	MemoryContext memory;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "not called by an aggregate");
	return memory;
}

/* The state that an argument holds, or NULL. */
static extremes_hash *
extremes_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : (extremes_hash *) PG_GETARG_POINTER(number);
}

/* Keep a value if it goes beyond that of its currency: below it, or with a sign of 1 above. */
static void
add_extreme(extremes_hash *state, MoneyKey currency, Numeric value, int sign)
{
	bool found;
	Extreme *extreme = extremes_insert(state, currency, &found);

	if (found)
	{
		int order = DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(value),
													  NumericGetDatum(extreme->value)));

		if (order * sign <= 0)
			return;
		pfree(extreme->value);
	}
	else
		extreme->currency = copy_money_key(currency, state->ctx);
	extreme->value = memcpy(MemoryContextAlloc(state->ctx, VARSIZE(value)), value, VARSIZE(value));
}

/* Add a row to a state. */
static Datum
add_money(FunctionCallInfo fcinfo, int sign)
{
	MemoryContext memory = extremes_memory(fcinfo);
	extremes_hash *state = extremes_argument(fcinfo, 0);

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = extremes_create(memory, 8, NULL);
	add_extreme(state, money_key_argument(fcinfo, 2), PG_GETARG_NUMERIC(1), sign);
	PG_RETURN_POINTER(state);
}

/* Add what another state holds to a state. */
static Datum
combine_extremes(FunctionCallInfo fcinfo, int sign)
{
	MemoryContext memory = extremes_memory(fcinfo);
	extremes_hash *state = extremes_argument(fcinfo, 0);
	extremes_hash *other = extremes_argument(fcinfo, 1);
	extremes_iterator iterator;
	Extreme *extreme;

	if (other == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = extremes_create(memory, 8, NULL);
	extremes_start_iterate(other, &iterator);
	while ((extreme = extremes_iterate(other, &iterator)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		add_extreme(state, extreme->currency, extreme->value, sign);
	}
	PG_RETURN_POINTER(state);
}

/* money_least_add(internal, value numeric, currency text) -> internal */
Datum
money_least_add(PG_FUNCTION_ARGS)
{
	return add_money(fcinfo, -1);
}

/* money_greatest_add(internal, value numeric, currency text) -> internal */
Datum
money_greatest_add(PG_FUNCTION_ARGS)
{
	return add_money(fcinfo, 1);
}

/* money_least_combine(internal, internal) -> internal */
Datum
money_least_combine(PG_FUNCTION_ARGS)
{
	return combine_extremes(fcinfo, -1);
}

/* money_greatest_combine(internal, internal) -> internal */
Datum
money_greatest_combine(PG_FUNCTION_ARGS)
{
	return combine_extremes(fcinfo, 1);
}

/* money_extremes_serialize(internal) -> bytea: for a parallel plan */
Datum
money_extremes_serialize(PG_FUNCTION_ARGS)
{
	extremes_hash *state;
	extremes_iterator iterator;
	Extreme *extreme;
	StringInfoData message;

	(void) extremes_memory(fcinfo);
	state = (extremes_hash *) PG_GETARG_POINTER(0);
	pq_begintypsend(&message);
	pq_sendint32(&message, state->members);
	extremes_start_iterate(state, &iterator);
	while ((extreme = extremes_iterate(state, &iterator)) != NULL)
	{
		bytea *value =
			DatumGetByteaPP(DirectFunctionCall1(numeric_send, NumericGetDatum(extreme->value)));

		CHECK_FOR_INTERRUPTS();
		pq_sendint32(&message, extreme->currency.text == NULL ? -1 : extreme->currency.length);
		if (extreme->currency.text != NULL)
			pq_sendbytes(&message, extreme->currency.text, extreme->currency.length);
		pq_sendbytes(&message, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* money_extremes_deserialize(bytea, internal) -> internal */
Datum
money_extremes_deserialize(PG_FUNCTION_ARGS)
{
	bytea *message = PG_GETARG_BYTEA_PP(0);
	extremes_hash *state;
	StringInfoData buffer;
	int count;

	(void) extremes_memory(fcinfo);
	state = extremes_create(CurrentMemoryContext, 8, NULL);
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, VARDATA_ANY(message), VARSIZE_ANY_EXHDR(message));
	count = pq_getmsgint(&buffer, 4);
	for (int i = 0; i < count; i++)
	{
		int length = pq_getmsgint(&buffer, 4);
		MoneyKey currency = {length < 0 ? NULL : pq_getmsgbytes(&buffer, length), Max(length, 0)};

		CHECK_FOR_INTERRUPTS();
		add_extreme(
			state, currency,
			DatumGetNumeric(DirectFunctionCall3(numeric_recv, PointerGetDatum(&buffer),
												ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1))),
			1);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* Compare extremes by their currencies, the unnamed one first. */
static int
compare_extremes(const void *a, const void *b)
{
	return compare_money_keys((*(const Extreme *const *) a)->currency,
							  (*(const Extreme *const *) b)->currency);
}

/* money_extremes(internal) -> jsonb */
Datum
money_extremes(PG_FUNCTION_ARGS)
{
	extremes_hash *state = extremes_argument(fcinfo, 0);
	int count = state == NULL ? 0 : state->members;
	Extreme **sorted = palloc(sizeof(Extreme *) * Max(count, 1));
	JsonbInState json = {0};
	extremes_iterator iterator;

	(void) extremes_memory(fcinfo);
	if (count > 0)
		extremes_start_iterate(state, &iterator);
	for (int i = 0; i < count; i++)
		sorted[i] = extremes_iterate(state, &iterator);
	qsort(sorted, count, sizeof(Extreme *), compare_extremes);
	pushJsonbValue(&json, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_money(&json, sorted[i]->currency, sorted[i]->value);
	}
	PG_RETURN_JSONB_P(finish_json(&json, WJB_END_ARRAY));
}
