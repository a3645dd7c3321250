/* One exact sum: 128 bits, and numeric where that is too small. */
#include "postgres.h"

#include "totals/totals_sum.h"

#include "base/errors.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Complain about a count beyond 64 bits. */
void
count_overflow(void)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), err_code("count_out_of_range"),
					errmsg("count of totals is out of range")));
}

/* Add to a count. */
static void
add_count(int64 *count, int64 other, int sign)
{
	if (sign < 0 ? pg_sub_s64_overflow(*count, other, count)
				 : pg_add_s64_overflow(*count, other, count))
		count_overflow();
}

/* Complain where a product's scale is beyond numeric's. */
static int
product_scale(int amount_scale, int probability_scale)
{
	int scale = amount_scale + probability_scale + 2;

	if (scale > TOTALS_MAX_SCALE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), err_code("scale_out_of_range"),
				 err_field("probability"), errmsg("amount times probability has too many decimals"),
				 errdetail("It would have %d; the limit is %d.", scale, TOTALS_MAX_SCALE)));
	return scale;
}

/* Add mantissa × 10000^-digits to a sum; false, and nothing done, where that doesn't fit. */
static bool
sum_add(TotalsEntry *entry, int which, int128 mantissa, int digits, int scale, int sign)
{
	int128 sum = entry->sum[which];
	int more = digits - entry->digits[which];

	if (likely(more == 0))
	{
		if (!add_128(&entry->sum[which], mantissa, sign))
			return false;
		entry_widen(entry, which, scale);
		return true;
	}
	if (!(more > 0 ? shift_128(&sum, more) : shift_128(&mantissa, -more)) ||
		!add_128(&sum, mantissa, sign))
		return false;
	entry->sum[which] = sum;
	entry->digits[which] = Max(digits, entry->digits[which]);
	entry_widen(entry, which, scale);
	return true;
}

/* Add a number to a sum; false, and nothing done, where that needs the extras. */
bool
entry_add_number(TotalsEntry *entry, int which, Datum number, int sign)
{
	Numeric128 value;

	return numeric_to_128(number, &value) &&
		   sum_add(entry, which, value.mantissa, value.digits, value.scale, sign);
}

/* Likewise amount × probability, to the estimated total. */
bool
entry_add_product(TotalsEntry *entry, Datum amount, Datum probability, int sign)
{
	Numeric128 a;
	Numeric128 p;
	int128 product;
	int scale;
	int more;

	if (!numeric_to_128(amount, &a) || !numeric_to_128(probability, &p))
		return false;
	scale = product_scale(a.scale, p.scale);

	/* As many digits as other amounts have: then the next row takes the fast path. */
	more = entry->digits[FINAL_TOTAL] - a.digits;
	if (more > 0 && shift_128(&a.mantissa, more))
		a.digits += more;
	return multiply_128(a.mantissa, p.mantissa, &product) &&
		   sum_add(entry, ESTIMATED_TOTAL, product, a.digits + p.digits, scale, sign);
}

/* amount × probability / 100, exactly. */
Numeric
totals_product(Datum amount, Datum probability)
{
	Numeric a = DatumGetNumeric(amount);
	Numeric p = DatumGetNumeric(probability);
	Numeric hundredth = numeric_from_128(1, 0, true, 2);

	if (!numeric_is_nan(a) && !numeric_is_inf(a) && !numeric_is_nan(p) && !numeric_is_inf(p))
		product_scale(DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(a))),
					  DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(p))));
	return numeric_mul_safe(a, numeric_mul_safe(p, hundredth, NULL), NULL);
}

/* The extras of an item, made where it has none. */
static TotalsExtras *
item_extras(TotalsItem *item)
{
	if (item->extras == NULL)
		item->extras = palloc0(sizeof(TotalsExtras));
	return item->extras;
}

/* Count NaNs or infinities. */
void
item_add_special(TotalsItem *item, int which, int kind, int64 count, int sign)
{
	if (count != 0)
		add_count(&item_extras(item)->special[which][kind], count, sign);
}

/* Add to the large part of a sum. */
static void
item_add_wide(TotalsItem *item, int which, Numeric value, int sign)
{
	Numeric *wide = &item_extras(item)->wide[which];
	Numeric before = *wide != NULL ? *wide : int64_to_numeric(0);

	*wide =
		sign < 0 ? numeric_sub_safe(before, value, NULL) : numeric_add_safe(before, value, NULL);
}

/*
 * Move what was added beyond an item's entry to where the item lives. before: what there was, NULL
 * for nothing, which is let go of.
 */
void
item_move(TotalsItem *item, const TotalsExtras *before, MemoryContext home)
{
	MemoryContext caller = MemoryContextSwitchTo(home);

	if (before == NULL && item->extras != NULL)
		item->extras = memcpy(palloc(sizeof(TotalsExtras)), item->extras, sizeof(TotalsExtras));
	for (int which = 0; which < TOTALS_SUMS && item->extras != NULL; which++)
	{
		Numeric *wide = &item->extras->wide[which];
		Numeric old = before == NULL ? NULL : before->wide[which];

		if (*wide == old)
			continue;
		*wide = (Numeric) PG_DETOAST_DATUM_COPY(NumericGetDatum(*wide));
		if (old != NULL)
			pfree(old);
	}
	MemoryContextSwitchTo(caller);
}

/* The part of a sum that stands in its entry. */
static Numeric
entry_numeric(const TotalsEntry *entry, int which)
{
	return numeric_from_128(entry->sum[which], entry->digits[which], which == ESTIMATED_TOTAL,
							entry->scale[which]);
}

/* Add a number that is in the total's own unit to the entry's sum; false where it doesn't fit. */
static bool
item_add_fitting(TotalsItem *item, int which, Numeric value, int sign)
{
	Numeric128 number;

	return numeric_to_128(NumericGetDatum(value), &number) &&
		   (which != ESTIMATED_TOTAL || multiply_128(number.mantissa, 100, &number.mantissa)) &&
		   sum_add(&item->entry, which, number.mantissa, number.digits, number.scale, sign);
}

/* Add any numeric to a total. */
void
item_add_numeric(TotalsItem *item, int which, Numeric value, int sign)
{
	if (numeric_is_nan(value))
		item_add_special(item, which, NAN_COUNT, 1, sign);
	else if (numeric_is_inf(value))
		item_add_special(item, which,
						 DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(value),
														  NumericGetDatum(int64_to_numeric(0))))
							 ? INFINITY_COUNT
							 : NEGATIVE_INFINITY_COUNT,
						 1, sign);
	else if (!item_add_fitting(item, which, value, sign))
	{
		/* Put aside what the entry holds; the value may fit into the empty sum. */
		if (item->entry.sum[which] != 0)
			item_add_wide(item, which, entry_numeric(&item->entry, which), 1);
		item->entry.sum[which] = 0;
		item->entry.digits[which] = 0;
		entry_widen(&item->entry, which,
					DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(value))));
		if (!item_add_fitting(item, which, value, sign))
			item_add_wide(item, which, value, sign);
	}
}

/* A sum without its NaNs and infinities. */
Numeric
item_finite(const TotalsItem *item, int which)
{
	Numeric total = entry_numeric(&item->entry, which);

	if (item->extras != NULL && item->extras->wide[which] != NULL)
		total = numeric_add_safe(total, item->extras->wide[which], NULL);
	return total;
}

/* A numeric constant that isn't a number. */
static Numeric
special_numeric(const char *name)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(name),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/* A total as sum(numeric) gives it. A negative count, in a difference, changes an infinity's sign.
 */
Numeric
item_total(const TotalsItem *item, int which)
{
	if (item->extras != NULL)
	{
		const int64 *special = item->extras->special[which];
		bool positive = special[INFINITY_COUNT] > 0 || special[NEGATIVE_INFINITY_COUNT] < 0;
		bool negative = special[INFINITY_COUNT] < 0 || special[NEGATIVE_INFINITY_COUNT] > 0;

		if (special[NAN_COUNT] != 0 || (positive && negative))
			return special_numeric("NaN");
		if (positive || negative)
			return special_numeric(positive ? "Infinity" : "-Infinity");
	}
	return item_finite(item, which);
}

/* Bring sums back into the entry where they fit again, and drop extras that say nothing. */
void
item_settle(TotalsItem *item)
{
	TotalsExtras *extras = item->extras;
	static const TotalsExtras none;

	if (extras == NULL)
		return;
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		if (extras->wide[which] != NULL)
		{
			Numeric total = item_finite(item, which);

			extras->wide[which] = NULL;
			item->entry.sum[which] = 0;
			item->entry.digits[which] = 0;
			item_add_numeric(item, which, total, 1);
		}
	}
	if (memcmp(extras, &none, sizeof(none)) == 0)
		item->extras = NULL;
}

/* Whether nothing is in a (settled) item. */
bool
item_is_zero(const TotalsItem *item)
{
	return item->extras == NULL && entry_is_zero(&item->entry);
}

/* Whether nothing but rows without an amount is in a (settled) item: they open no currency. */
bool
item_is_blank(const TotalsItem *item)
{
	TotalsEntry rest = item->entry;

	rest.count -= rest.blank;
	rest.blank = 0;
	return item->extras == NULL && entry_is_zero(&rest);
}

/* Add one entry to another, but for its extras. Answers a bit for each sum that didn't fit. */
int
entry_add(TotalsEntry *entry, const TotalsEntry *other, int sign)
{
	int missed = 0;

	add_count(&entry->count, other->count, sign);
	add_count(&entry->blank, other->blank, sign);
	for (int which = 0; which < TOTALS_SUMS; which++)
		if (!sum_add(entry, which, other->sum[which], other->digits[which], other->scale[which],
					 sign))
			missed |= 1 << which;
	return missed;
}

/* Add one item to another. */
void
item_add(TotalsItem *item, const TotalsItem *other, int sign)
{
	int missed = entry_add(&item->entry, &other->entry, sign);

	if (likely(missed == 0 && other->extras == NULL))
		return;
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		if (missed & (1 << which))
			item_add_numeric(item, which, entry_numeric(&other->entry, which), sign);
		if (other->extras != NULL)
		{
			for (int kind = 0; kind < SPECIAL_COUNTS; kind++)
				item_add_special(item, which, kind, other->extras->special[which][kind], sign);
			if (other->extras->wide[which] != NULL)
				item_add_numeric(item, which, other->extras->wide[which], sign);
		}
	}
}

/* The same for an item that lives longer than the current context. */
void
item_add_kept(TotalsItem *item, const TotalsItem *other, int sign, MemoryContext home)
{
	bool any = item->extras != NULL;
	TotalsExtras before;

	if (any)
		before = *item->extras;
	item_add(item, other, sign);
	if (item->extras != NULL)
		item_move(item, any ? &before : NULL, home);
}
