#ifndef TOTALS_SUM_H
#define TOTALS_SUM_H

#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "totals/numeric128.h"

/* The three sums of an entry, and the three things besides a number that a numeric can be. */
#define FINAL_TOTAL 0
#define ESTIMATED_TOTAL 1
#define REALIZED_TOTAL 2
#define TOTALS_SUMS 3

#define NAN_COUNT 0
#define INFINITY_COUNT 1
#define NEGATIVE_INFINITY_COUNT 2
#define SPECIAL_COUNTS 3

#define TOTALS_MAX_SCALE 16383

/*
 * One currency. A sum is sum × 10000^-digits, shown with `scale` decimals; the estimated one holds
 * amount × probability, which is divided by 100 when it is read. What doesn't fit stands in the
 * extras. Rows are added to an entry in place.
 */
typedef struct TotalsEntry
{
	int64 count;
	int64 blank; /* of them: rows without an amount of which nothing is realized */
	int128 sum[TOTALS_SUMS];
	int16 scale[TOTALS_SUMS];
	uint8 digits[TOTALS_SUMS];
	bool extras;
	uint16 name_length;
	uint32 offset; /* of the name, with the extras after it, from the start of the value */
} TotalsEntry;

/* What an entry holds beyond its sums: counts of NaN and infinities, and large parts of sums. */
typedef struct TotalsExtras
{
	int64 special[TOTALS_SUMS][SPECIAL_COUNTS];
	Numeric wide[TOTALS_SUMS];
} TotalsExtras;

/* One currency, unpacked. */
typedef struct TotalsItem
{
	TotalsEntry entry;
	const char *name; /* NULL: the unnamed currency */
	TotalsExtras *extras;
	int64 widest[TOTALS_SUMS]; /* rows at the largest scale: for moving aggregates only */
} TotalsItem;

/* Show at least as many decimals. */
static inline void
entry_widen(TotalsEntry *entry, int which, int scale)
{
	if (unlikely(scale > entry->scale[which]))
		entry->scale[which] = scale;
}

/* Whether nothing is in an entry, its extras aside. */
static inline bool
entry_is_zero(const TotalsEntry *entry)
{
	return entry->count == 0 && entry->blank == 0 && entry->sum[FINAL_TOTAL] == 0 &&
		   entry->sum[ESTIMATED_TOTAL] == 0 && entry->sum[REALIZED_TOTAL] == 0;
}

/* The decimals of an entry's sums, as one number. */
static inline int64
entry_scales(const TotalsEntry *entry)
{
	return (int64) entry->scale[REALIZED_TOTAL] << 32 |
		   (int64) entry->scale[ESTIMATED_TOTAL] << 16 | entry->scale[FINAL_TOTAL];
}

pg_noreturn extern void count_overflow(void);
extern bool entry_add_number(TotalsEntry *entry, int which, Datum number, int sign);
extern bool entry_add_product(TotalsEntry *entry, Datum amount, Datum probability, int sign);
extern void item_add_numeric(TotalsItem *item, int which, Numeric value, int sign);
extern void item_add_special(TotalsItem *item, int which, int kind, int64 count, int sign);
extern bool item_is_blank(const TotalsItem *item);
extern int entry_add(TotalsEntry *entry, const TotalsEntry *other, int sign);
extern void item_add(TotalsItem *item, const TotalsItem *other, int sign);
extern void item_add_kept(TotalsItem *item, const TotalsItem *other, int sign, MemoryContext home);
extern void item_move(TotalsItem *item, const TotalsExtras *before, MemoryContext home);
extern void item_times(TotalsItem *item, Numeric factor);
extern Numeric totals_product(Datum amount, Datum probability);
extern Numeric item_finite(const TotalsItem *item, int which);
extern Numeric item_total(const TotalsItem *item, int which);
extern void item_settle(TotalsItem *item);
extern bool item_is_zero(const TotalsItem *item);

#endif
