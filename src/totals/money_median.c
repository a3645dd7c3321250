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

/* The median of a currency. */
typedef struct Median
{
	const char *currency; /* NULL: the unnamed one */
	int length;
	Numeric value;
} Median;

/* What comes by currency and value is kept until the next currency comes: the middle isn't known
 * before. */
typedef struct Medians
{
	MemoryContext memory;
	TupleDesc desc; /* of one value */
	TupleTableSlot *slot;
	Tuplestorestate *values; /* of the last currency */
	int64 count;			 /* how many they are */
	Median last;			 /* whose value isn't known yet */
	List *done;				 /* of Median */
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

	medians->memory = memory;
	medians->desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(medians->desc, 1, "value", NUMERICOID, -1, 0);
	end_tuple_desc(medians->desc);
	medians->slot = MakeSingleTupleTableSlot(medians->desc, &TTSOpsMinimalTuple);
	AggRegisterCallback(fcinfo, end_medians, PointerGetDatum(medians));
	MemoryContextSwitchTo(caller);
	return medians;
}

/* The next value that a state has kept. */
static Numeric
next_value(Medians *medians)
{
	bool isnull;
	Datum value;

	if (!tuplestore_gettupleslot(medians->values, true, false, medians->slot))
		elog(ERROR, "values of a median are missing");
	value = slot_getattr(medians->slot, 1, &isnull);
	return DatumGetNumericCopy(value);
}

/* The median of the last currency. */
static Median
last_median(Medians *medians)
{
	Median median = medians->last;

	tuplestore_rescan(medians->values);
	if (medians->count > 2)
		(void) tuplestore_skiptuples(medians->values, (medians->count - 1) / 2, true);
	median.value = next_value(medians);
	if (medians->count % 2 == 0)
		median.value = middle_of(median.value, next_value(medians));
	return median;
}

/* Begin the values of another currency, those of the last one done. */
static void
begin_currency(Medians *medians, const char *currency, int length)
{
	MemoryContext caller = MemoryContextSwitchTo(medians->memory);

	if (medians->values != NULL)
	{
		Median *median = palloc(sizeof(Median));

		*median = last_median(medians);
		medians->done = lappend(medians->done, median);
		tuplestore_clear(medians->values);
	}
	else
		medians->values = tuplestore_begin_heap(false, false, work_mem);
	medians->count = 0;
	medians->last = (Median){
		.currency = currency == NULL ? NULL : memcpy(palloc(Max(length, 1)), currency, length),
		.length = length};
	MemoryContextSwitchTo(caller);
}

/* money_median_add(internal, value numeric, currency text) -> internal: by currency, by value */
Datum
money_median_add(PG_FUNCTION_ARGS)
{
	Medians *medians = PG_ARGISNULL(0) ? NULL : (Medians *) PG_GETARG_POINTER(0);
	const char *currency = NULL;
	int length = 0;
	MemoryContext memory;
	Datum value;
	bool isnull = false;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "not called by an aggregate");
	if (PG_ARGISNULL(1))
	{
		if (medians == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(medians);
	}
	if (!PG_ARGISNULL(2))
	{
		text *name = PG_GETARG_TEXT_PP(2);

		currency = VARDATA_ANY(name);
		length = VARSIZE_ANY_EXHDR(name);
	}
	if (medians == NULL)
		medians = begin_medians(fcinfo, memory);
	if (medians->values == NULL || (currency == NULL) != (medians->last.currency == NULL) ||
		length != medians->last.length ||
		(currency != NULL && memcmp(currency, medians->last.currency, length) != 0))
		begin_currency(medians, currency, length);
	value = PG_GETARG_DATUM(1);
	tuplestore_putvalues(medians->values, medians->desc, &value, &isnull);
	medians->count++;
	PG_RETURN_POINTER(medians);
}

/* money_medians(internal) -> jsonb */
Datum
money_medians(PG_FUNCTION_ARGS)
{
	JsonbInState state = {0};
	Medians *medians = PG_ARGISNULL(0) ? NULL : (Medians *) PG_GETARG_POINTER(0);
	List *all = NIL;
	Median last;
	ListCell *cell;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "not called by an aggregate");
	if (medians != NULL)
	{
		last = last_median(medians);
		all = lappend(list_copy(medians->done), &last);
	}
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, all)
	{
		const Median *median = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		push_money(&state, median->currency, median->length, median->value);
	}
	PG_RETURN_JSONB_P(finish_json(&state, WJB_END_ARRAY));
}
