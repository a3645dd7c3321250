/* Operators of totals: + - *, equality, order, hash. */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(totals_plus);
PG_FUNCTION_INFO_V1(totals_minus);
PG_FUNCTION_INFO_V1(totals_eq);
PG_FUNCTION_INFO_V1(totals_ne);
PG_FUNCTION_INFO_V1(totals_lt);
PG_FUNCTION_INFO_V1(totals_le);
PG_FUNCTION_INFO_V1(totals_gt);
PG_FUNCTION_INFO_V1(totals_ge);
PG_FUNCTION_INFO_V1(totals_cmp);
PG_FUNCTION_INFO_V1(totals_hash);
PG_FUNCTION_INFO_V1(totals_hash_extended);

static const TotalsExtras none;

/* totals + totals -> totals */
Datum
totals_plus(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(totals_add(PG_GETARG_TOTALS_COPY(0), PG_GETARG_TOTALS(1), 1));
}

/* totals - totals -> totals */
Datum
totals_minus(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(totals_add(PG_GETARG_TOTALS_COPY(0), PG_GETARG_TOTALS(1), -1));
}

/* Order two integers. */
static int
compare_counts(int64 a, int64 b)
{
	return (a > b) - (a < b);
}

/* Order two items: by currency, count, sums, then by what isn't finite. */
static int
compare_items(const TotalsItem *a, const TotalsItem *b)
{
	int order = (a->name != NULL) - (b->name != NULL);

	if (order == 0 && a->name != NULL)
		order = compare_currencies(a->name, a->entry.name_length, b->name, b->entry.name_length);
	if (order == 0)
		order = compare_counts(a->entry.count, b->entry.count);
	if (order == 0)
		order = compare_counts(a->entry.blank, b->entry.blank);
	for (int which = 0; which < TOTALS_SUMS && order == 0; which++)
		order =
			DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(item_finite(a, which)),
											  NumericGetDatum(item_finite(b, which))));
	if (order == 0 && (a->extras != NULL || b->extras != NULL))
	{
		const TotalsExtras *x = a->extras != NULL ? a->extras : &none;
		const TotalsExtras *y = b->extras != NULL ? b->extras : &none;

		for (int which = 0; which < TOTALS_SUMS && order == 0; which++)
			for (int kind = 0; kind < SPECIAL_COUNTS && order == 0; kind++)
				order = compare_counts(x->special[which][kind], y->special[which][kind]);
	}
	return order;
}

/* Order two values, currency by currency; how many decimals they show doesn't matter. */
static int
compare_totals(FunctionCallInfo fcinfo)
{
	const TotalsMap *a = map_read(PG_GETARG_DATUM(0));
	const TotalsMap *b = map_read(PG_GETARG_DATUM(1));
	int i = map_first(a);
	int j = map_first(b);

	for (; i < a->length && j < b->length; i++, j++)
	{
		int order;

		CHECK_FOR_INTERRUPTS();
		order = compare_items(&a->item[i], &b->item[j]);
		if (order != 0)
			return order;
	}
	return (i < a->length) - (j < b->length);
}

/* totals = totals -> boolean */
Datum
totals_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) == 0);
}

/* totals <> totals -> boolean */
Datum
totals_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) != 0);
}

/* totals < totals -> boolean */
Datum
totals_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) < 0);
}

/* totals <= totals -> boolean */
Datum
totals_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) <= 0);
}

/* totals > totals -> boolean */
Datum
totals_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) > 0);
}

/* totals >= totals -> boolean */
Datum
totals_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_totals(fcinfo) >= 0);
}

/* totals_cmp(totals, totals) -> integer: negative, zero or positive, for btree */
Datum
totals_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_totals(fcinfo));
}

/* A hash of a value, 0 for the zero element; equal values have equal hashes. */
static uint64
hash_totals(Datum totals, uint64 seed)
{
	const TotalsMap *map = map_read(totals);
	uint64 hash = seed;

	for (int i = map_first(map); i < map->length; i++)
	{
		const TotalsItem *item = &map->item[i];

		CHECK_FOR_INTERRUPTS();
		if (item->name != NULL)
			hash = hash_combine64(hash, hash_bytes_extended((const unsigned char *) item->name,
															item->entry.name_length, seed));
		hash = hash_combine64(hash, (uint64) item->entry.count);
		hash = hash_combine64(hash, (uint64) item->entry.blank);
		for (int which = 0; which < TOTALS_SUMS; which++)
			hash = hash_combine64(
				hash, DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended,
														 NumericGetDatum(item_finite(item, which)),
														 UInt64GetDatum(seed))));
		if (item->extras != NULL &&
			memcmp(item->extras->special, none.special, sizeof(none.special)) != 0)
			hash = hash_combine64(hash,
								  hash_bytes_extended((const unsigned char *) item->extras->special,
													  sizeof(none.special), seed));
	}
	return hash;
}

/* totals_hash(totals) -> integer */
Datum
totals_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_totals(PG_GETARG_DATUM(0), 0));
}

/* totals_hash_extended(totals, seed bigint) -> bigint */
Datum
totals_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_totals(PG_GETARG_DATUM(0), PG_GETARG_INT64(1)));
}
