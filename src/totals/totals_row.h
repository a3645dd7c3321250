#ifndef TOTALS_ROW_H
#define TOTALS_ROW_H

#include "postgres.h"

#include "common/int.h"
#include "totals/totals_sum.h"

/* A row that is counted. */
typedef struct TotalsRow
{
	NullableDatum amount;
	NullableDatum probability;
	NullableDatum realized;
} TotalsRow;

/*
 * Count a row, or with a sign of -1 take it out again. Answers a bit for each sum that needs
 * item_add_missed.
 */
static pg_attribute_always_inline int
entry_add_row(TotalsEntry *entry, TotalsRow row, int sign)
{
	bool blank = row.amount.isnull;
	int missed = 0;
	int64 number;
	int scale;

	if (unlikely(pg_add_s64_overflow(entry->count, sign, &entry->count)))
		count_overflow();

	if (!row.amount.isnull)
	{
		bool known = numeric_to_64(row.amount.value, entry->digits[FINAL_TOTAL], &number, &scale);

		if (likely(known && add_128(&entry->sum[FINAL_TOTAL], number, sign)))
			entry_widen(entry, FINAL_TOTAL, scale);
		else if (!entry_add_number(entry, FINAL_TOTAL, row.amount.value, sign))
			missed |= 1 << FINAL_TOTAL;

		if (!row.probability.isnull)
		{
			int more = entry->digits[ESTIMATED_TOTAL] - entry->digits[FINAL_TOTAL];
			int64 probability;
			int probability_scale;

			if (likely(
					known &&
					numeric_to_64(row.probability.value, more, &probability, &probability_scale) &&
					add_128(&entry->sum[ESTIMATED_TOTAL], (int128) number * probability, sign)))
				entry_widen(entry, ESTIMATED_TOTAL, scale + probability_scale + 2);
			else if (!entry_add_product(entry, row.amount.value, row.probability.value, sign))
				missed |= 1 << ESTIMATED_TOTAL;
		}
	}

	if (!row.realized.isnull)
	{
		bool known =
			numeric_to_64(row.realized.value, entry->digits[REALIZED_TOTAL], &number, &scale);

		blank = blank && known && number == 0;
		if (likely(known && add_128(&entry->sum[REALIZED_TOTAL], number, sign)))
			entry_widen(entry, REALIZED_TOTAL, scale);
		else if (!entry_add_number(entry, REALIZED_TOTAL, row.realized.value, sign))
			missed |= 1 << REALIZED_TOTAL;
	}
	if (unlikely(blank) && pg_add_s64_overflow(entry->blank, sign, &entry->blank))
		count_overflow();
	return missed;
}

/* Add what entry_add_row couldn't. */
static inline void
item_add_missed(TotalsItem *item, TotalsRow row, int missed, int sign)
{
	if (missed & (1 << FINAL_TOTAL))
		item_add_numeric(item, FINAL_TOTAL, DatumGetNumeric(row.amount.value), sign);
	if (missed & (1 << ESTIMATED_TOTAL))
		item_add_numeric(item, ESTIMATED_TOTAL,
						 totals_product(row.amount.value, row.probability.value), sign);
	if (missed & (1 << REALIZED_TOTAL))
		item_add_numeric(item, REALIZED_TOTAL, DatumGetNumeric(row.realized.value), sign);
}

/* The same for an item that lives longer than the current context. */
static inline void
item_add_lasting(TotalsItem *item, TotalsRow row, int missed, int sign, MemoryContext home)
{
	bool any = item->extras != NULL;
	TotalsExtras before;

	if (any)
		before = *item->extras;
	item_add_missed(item, row, missed, sign);
	item_move(item, any ? &before : NULL, home);
}

#endif
