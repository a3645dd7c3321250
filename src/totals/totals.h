#ifndef TOTALS_H
#define TOTALS_H

#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "totals/numeric128.h"
#include "utils/jsonb.h"

/* The three sums of an entry, and the three things besides a number that a numeric can be. */
#define FINAL_TOTAL 0
#define ESTIMATED_TOTAL 1
#define REALIZED_TOTAL 2
#define TOTALS_SUMS 3

#define NAN_COUNT 0
#define INFINITY_COUNT 1
#define NEGATIVE_INFINITY_COUNT 2
#define SPECIAL_COUNTS 3

#define TOTALS_VERSION 1
#define TOTALS_MAX_CURRENCIES 1000
#define TOTALS_MAX_SCALE 16383

/*
 * One currency. A sum is sum × 10000^-digits, shown with `scale` decimals; the estimated one holds
 * amount × probability, which is divided by 100 when it is read. What doesn't fit stands in the
 * extras. Rows are added to an entry in place.
 */
typedef struct TotalsEntry
{
	int64 count;
	int128 sum[TOTALS_SUMS];
	int16 scale[TOTALS_SUMS];
	uint8 digits[TOTALS_SUMS];
	bool extras;
	uint16 name_length;
	uint32 offset; /* of the name, with the extras after it, from the start of the value */
} TotalsEntry;

/*
 * The stored form of the type. The first entry is the unnamed currency, always there; the others
 * are sorted by name. Also the state of the aggregates.
 */
typedef struct Totals
{
	int32 vl_len_;
	uint8 version;
	uint8 unused;
	uint16 length;
	TotalsEntry entry[FLEXIBLE_ARRAY_MEMBER];
} Totals;

/* What an entry holds beyond its sums: counts of NaN and infinities, and large parts of sums. */
typedef struct TotalsExtras
{
	int64 special[TOTALS_SUMS][SPECIAL_COUNTS];
	Numeric wide[TOTALS_SUMS];
} TotalsExtras;

/* The unpacked form, where entries come and go. */
typedef struct TotalsItem
{
	TotalsEntry entry;
	const char *name; /* NULL: the unnamed currency */
	TotalsExtras *extras;
	int64 widest[TOTALS_SUMS]; /* rows at the largest scale: for moving aggregates only */
} TotalsItem;

typedef struct TotalsMap
{
	int length;
	int capacity;
	TotalsItem *item; /* the unnamed currency first, the others sorted by name */
} TotalsMap;

/* What boards and reports show. */
typedef struct TotalsFigures
{
	int64 count;
	bool mixed;
	Datum total[TOTALS_SUMS]; /* numeric: final, estimated, realized; undefined where mixed */
	char *currency;			  /* NULL: the unnamed one */
	Jsonb *by_currency;
} TotalsFigures;

extern void totals_figures(Datum totals, TotalsFigures *figures);

/* totals.c: the stored and the unpacked form */
#define PG_GETARG_TOTALS(n) totals_from_datum(PG_GETARG_DATUM(n), false)
#define PG_GETARG_TOTALS_COPY(n) totals_from_datum(PG_GETARG_DATUM(n), true)

extern Totals *totals_from_datum(Datum datum, bool copy);
extern int totals_find(const Totals *totals, const char *name, int length);
extern TotalsMap *map_create(void);
extern TotalsMap *map_unpack(const Totals *totals);
extern TotalsMap *map_read(Datum datum);
extern int64 map_count(const TotalsMap *map);
extern TotalsItem *map_find(const TotalsMap *map, const char *name, int length);
extern TotalsItem *map_find_or_add(TotalsMap *map, const char *name, int length);
extern void map_remove(TotalsMap *map, TotalsItem *item);
extern Totals *map_pack(TotalsMap *map);
extern int compare_names(const char *a, int a_length, const char *b, int b_length);

/* totals_sum.c: the arithmetic */
pg_noreturn extern void count_overflow(void);
extern bool entry_add_number(TotalsEntry *entry, int which, Datum number, int sign);
extern bool entry_add_product(TotalsEntry *entry, Datum amount, Datum probability, int sign);
extern void item_add_numeric(TotalsItem *item, int which, Numeric value, int sign);
extern void item_add_special(TotalsItem *item, int which, int kind, int64 count, int sign);
extern Numeric totals_product(Datum amount, Datum probability);
extern Numeric item_finite(const TotalsItem *item, int which);
extern Numeric item_total(const TotalsItem *item, int which);
extern void item_settle(TotalsItem *item);
extern bool item_is_zero(const TotalsItem *item);
extern Totals *totals_add(Totals *totals, const Totals *other, int sign);

/* totals_figures.c: what is read from a value */
extern int map_first(const TotalsMap *map);

#endif
