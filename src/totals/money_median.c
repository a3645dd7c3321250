/* The median: of numbers, and of money, each currency apart. */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "totals/money.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(middle);
PG_FUNCTION_INFO_V1(money_median_add);
PG_FUNCTION_INFO_V1(money_medians);

/* The values of a currency. */
typedef struct CurrencyValues
{
	MoneyKey currency;
	int64 count;
	int64 seen; /* of them, in order, when they are read again */
	Numeric lower;
	Numeric upper;
} CurrencyValues;

/* Where they are found. */
typedef struct ValuesPlace
{
	MoneyKey currency;
	int place;
	uint32 hash;
	char status;
} ValuesPlace;

#define SH_PREFIX places_of_values
#define SH_ELEMENT_TYPE ValuesPlace
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

/*
 * Values come in order, of all currencies. They are kept, since nobody knows before how many they
 * are, and so which is in the middle.
 */
typedef struct Medians
{
	TupleDesc desc; /* of a currency's place, and a value of it */
	TupleTableSlot *slot;
	Tuplestorestate *values;
	places_of_values_hash *places;
	CurrencyValues *currencies;
	int count; /* of currencies */
	int room;
	int last; /* place of the one that came last */
} Medians;

/* The number in the middle of two, with no more decimals than it takes. */
Numeric
middle_of(Numeric a, Numeric b)
{
	Datum sum;
	Datum half;
	Datum rounded;
	int scale;

	if (DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a), NumericGetDatum(b))))
		return a;
	sum = DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b));
	half =
		DirectFunctionCall2(numeric_mul, sum,
							DirectFunctionCall3(numeric_in, CStringGetDatum("0.5"),
												ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	if (numeric_is_nan(DatumGetNumeric(half)) || numeric_is_inf(DatumGetNumeric(half)))
		return DatumGetNumeric(half);
	scale = DatumGetInt32(DirectFunctionCall1(numeric_scale, sum));
	rounded = DirectFunctionCall2(numeric_round, half, Int32GetDatum(scale));
	return DatumGetNumeric(DatumGetBool(DirectFunctionCall2(numeric_eq, half, rounded)) ? rounded
																						: half);
}

/* middle(numeric[]) -> numeric: of the two values that stand in the middle */
Datum
middle(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum *values;
	bool *nulls;
	int count;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (count != 2 || nulls[0] || nulls[1])
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(middle_of(DatumGetNumeric(values[0]), DatumGetNumeric(values[1])));
}

/* Give back what a state holds besides memory. */
static void
end_medians(Datum state)
{
	Medians *medians = (Medians *) DatumGetPointer(state);

	if (medians->values != NULL)
		tuplestore_end(medians->values);
	medians->values = NULL;
}

/* Begin a state. */
static Medians *
begin_medians(FunctionCallInfo fcinfo, MemoryContext memory)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);
	Medians *medians = palloc0(sizeof(Medians));

	medians->desc = CreateTemplateTupleDesc(2);
	TupleDescInitEntry(medians->desc, 1, "place", INT4OID, -1, 0);
	TupleDescInitEntry(medians->desc, 2, "value", NUMERICOID, -1, 0);
	end_tuple_desc(medians->desc);
	medians->slot = MakeSingleTupleTableSlot(medians->desc, &TTSOpsMinimalTuple);
	medians->values = tuplestore_begin_heap(false, false, work_mem);
	medians->places = places_of_values_create(memory, 8, NULL);
	medians->room = 4;
	medians->currencies = palloc(sizeof(CurrencyValues) * medians->room);
	AggRegisterCallback(fcinfo, end_medians, PointerGetDatum(medians));
	MemoryContextSwitchTo(caller);
	return medians;
}

/* The place of a currency, which is made where it isn't there yet. */
static int
find_values(Medians *medians, MoneyKey currency, MemoryContext memory)
{
	ValuesPlace *found;
	bool known;

	if (medians->count > 0 && same_money_key(medians->currencies[medians->last].currency, currency))
		return medians->last;
	found = places_of_values_insert(medians->places, currency, &known);
	if (!known)
	{
		found->currency = copy_money_key(currency, memory);
		found->place = medians->count++;
		if (found->place == medians->room)
		{
			medians->room *= 2;
			medians->currencies =
				repalloc_huge(medians->currencies, sizeof(CurrencyValues) * medians->room);
		}
		medians->currencies[found->place] = (CurrencyValues){.currency = found->currency};
	}
	medians->last = found->place;
	return found->place;
}

/* money_median_add(internal, value numeric, currency text) -> internal: in the order of the values
 */
Datum
money_median_add(PG_FUNCTION_ARGS)
{
	Medians *medians = PG_ARGISNULL(0) ? NULL : (Medians *) PG_GETARG_POINTER(0);
	MemoryContext memory;
	Datum values[2];
	bool nulls[2] = {false};
	int place;

	if (AggCheckCallContext(fcinfo, &memory) != AGG_CONTEXT_AGGREGATE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("money_median is not a window function")));
	if (PG_ARGISNULL(1))
	{
		if (medians == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(medians);
	}
	if (medians == NULL)
		medians = begin_medians(fcinfo, memory);
	place = find_values(medians, money_key_argument(fcinfo, 2), memory);
	medians->currencies[place].count++;
	values[0] = Int32GetDatum(place);
	values[1] = PG_GETARG_DATUM(1);
	tuplestore_putvalues(medians->values, medians->desc, values, nulls);
	PG_RETURN_POINTER(medians);
}

/* Read the values again, and keep those in the middle of each currency. */
static void
find_middles(Medians *medians)
{
	for (int i = 0; i < medians->count; i++)
		medians->currencies[i].seen = 0;
	tuplestore_rescan(medians->values);
	while (tuplestore_gettupleslot(medians->values, true, false, medians->slot))
	{
		CurrencyValues *currency;

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(medians->slot);
		currency = &medians->currencies[DatumGetInt32(medians->slot->tts_values[0])];
		currency->seen++;
		if (currency->seen == (currency->count + 1) / 2)
			currency->lower = DatumGetNumericCopy(medians->slot->tts_values[1]);
		if (currency->seen == currency->count / 2 + 1)
			currency->upper = DatumGetNumericCopy(medians->slot->tts_values[1]);
	}
}

/* Compare the currencies of values. */
static int
compare_values(const void *a, const void *b)
{
	return compare_money_keys((*(const CurrencyValues *const *) a)->currency,
							  (*(const CurrencyValues *const *) b)->currency);
}

/* money_medians(internal) -> jsonb */
Datum
money_medians(PG_FUNCTION_ARGS)
{
	Medians *medians = PG_ARGISNULL(0) ? NULL : (Medians *) PG_GETARG_POINTER(0);
	int count = medians == NULL ? 0 : medians->count;
	CurrencyValues **sorted = palloc(sizeof(CurrencyValues *) * Max(count, 1));
	JsonbInState state = {0};

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "not called by an aggregate");
	if (count > 0)
		find_middles(medians);
	for (int i = 0; i < count; i++)
		sorted[i] = &medians->currencies[i];
	qsort(sorted, count, sizeof(CurrencyValues *), compare_values);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_money(&state, sorted[i]->currency, middle_of(sorted[i]->lower, sorted[i]->upper));
	}
	PG_RETURN_JSONB_P(finish_json(&state, WJB_END_ARRAY));
}
