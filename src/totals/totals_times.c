/* Totals times a number, exactly: totals * numeric and numeric * totals. */
#include "postgres.h"

#include "base/errors.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(totals_times);
PG_FUNCTION_INFO_V1(times_totals);

/* Digits of sums that the fast path leaves: those that amount × probability may have. */
#define MAX_PRODUCT_DIGITS (2 * NUMERIC128_DIGITS)

/* The scale of a product of numbers, which must be one that numeric has. */
static int
times_scale(int scale, int factor_scale)
{
	if (scale + factor_scale > TOTALS_MAX_SCALE)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), err_code("scale_out_of_range"),
						errmsg("totals times a number have too many decimals"),
						errdetail("They would have %d; the limit is %d.", scale + factor_scale,
								  TOTALS_MAX_SCALE)));
	return scale + factor_scale;
}

/* Multiply a sum where it stands; false, and nothing done, where that doesn't fit. */
static bool
times_in_place(TotalsEntry *entry, int which, const Numeric128 *factor)
{
	int digits = entry->digits[which] + factor->digits;
	int scale = times_scale(entry->scale[which], factor->scale);

	if (digits > MAX_PRODUCT_DIGITS ||
		!multiply_128(entry->sum[which], factor->mantissa, &entry->sum[which]))
		return false;
	entry->digits[which] = digits;
	entry->scale[which] = scale;
	return true;
}

/* Multiply what isn't finite: infinities change their sign, or are no number times nothing. */
static void
times_special(int64 *special, int factor_sign)
{
	int64 infinities = special[INFINITY_COUNT];

	if (factor_sign > 0)
		return;
	special[INFINITY_COUNT] = factor_sign < 0 ? special[NEGATIVE_INFINITY_COUNT] : 0;
	if (factor_sign == 0)
	{
		special[NAN_COUNT] += infinities + special[NEGATIVE_INFINITY_COUNT];
		infinities = 0;
	}
	special[NEGATIVE_INFINITY_COUNT] = infinities;
}

/* Multiply any sum, as numeric does. */
static void
times_numeric(TotalsItem *item, int which, Numeric factor)
{
	int scale =
		times_scale(item->entry.scale[which],
					DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(factor))));
	Numeric product = numeric_mul_safe(item_finite(item, which), factor, NULL);

	if (item->extras != NULL)
		item->extras->wide[which] = NULL;
	item->entry.sum[which] = 0;
	item->entry.digits[which] = 0;
	item->entry.scale[which] = 0;
	item_add_numeric(item, which, product, 1);
	entry_widen(&item->entry, which, scale);
}

/* Multiply all sums of an item, but no count, by a finite number. Its extras must be its own. */
void
item_times(TotalsItem *item, Numeric factor)
{
	Numeric128 small;
	bool is_small = numeric_to_128(NumericGetDatum(factor), &small);

	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		bool wide = item->extras != NULL && item->extras->wide[which] != NULL;

		if (wide || !is_small || !times_in_place(&item->entry, which, &small))
			times_numeric(item, which, factor);
		if (item->extras != NULL)
			times_special(item->extras->special[which],
						  DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(factor),
															NumericGetDatum(int64_to_numeric(0)))));
	}
}

static Datum
product_of(Datum totals, Numeric factor)
{
	TotalsMap *map;

	if (numeric_is_nan(factor) || numeric_is_inf(factor))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), err_code("factor_not_finite"),
				 errmsg("totals are multiplied by finite numbers only"),
				 errdetail("The number is %s.", DatumGetCString(DirectFunctionCall1(
													numeric_out, NumericGetDatum(factor))))));
	map = map_copy(map_read(totals));
	for (int i = 0; i < map->length; i++)
	{
		CHECK_FOR_INTERRUPTS();
		item_times(&map->item[i], factor);
	}
	return PointerGetDatum(map_pack(map));
}

/* totals * numeric -> totals */
Datum
totals_times(PG_FUNCTION_ARGS)
{
	return product_of(PG_GETARG_DATUM(0), PG_GETARG_NUMERIC(1));
}

/* numeric * totals -> totals */
Datum
times_totals(PG_FUNCTION_ARGS)
{
	return product_of(PG_GETARG_DATUM(1), PG_GETARG_NUMERIC(0));
}
