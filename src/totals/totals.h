#ifndef TOTALS_H
#define TOTALS_H

#include "postgres.h"

#include "base/json.h"
#include "fmgr.h"
#include "totals/totals_sum.h"
#include "utils/jsonb.h"

/* The versions of the stored form: the first byte of a value. */
#define TOTALS_VERSION 1
#define TOTALS_PACKED 2

/*
 * The stored form of the type. The first entry is the unnamed currency, always there; the others
 * are sorted by name. Also the state of the aggregates.
 */
typedef struct Totals
{
	int32 vl_len_;
	uint32 version : 8; /* the first byte */
	uint32 length : 24;
	TotalsEntry entry[FLEXIBLE_ARRAY_MEMBER];
} Totals;

/* The unpacked form, where entries come and go. */
typedef struct TotalsMap
{
	int length;
	int capacity;
	TotalsItem *item;			   /* the unnamed currency first, the others sorted by name */
	struct currencies_hash *index; /* of many, which are sorted only once they are packed */
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

extern void map_figures(const TotalsMap *map, TotalsFigures *figures);
extern void totals_figures(Datum totals, TotalsFigures *figures);

/* totals.c: the stored and the unpacked form of values, and adding them up */
#define PG_GETARG_TOTALS(n) totals_from_datum(PG_GETARG_DATUM(n), false)
#define PG_GETARG_TOTALS_COPY(n) totals_from_datum(PG_GETARG_DATUM(n), true)

extern Totals *totals_from_datum(Datum datum, bool copy);
extern int totals_find(const Totals *totals, const char *name, int length);
extern TotalsMap *map_create(void);
extern TotalsMap *map_unpack(const Totals *totals);
extern TotalsMap *map_copy(const TotalsMap *map);
extern TotalsMap *map_read(Datum datum);
extern TotalsItem *map_find(const TotalsMap *map, const char *name, int length);
extern TotalsItem *map_find_or_add(TotalsMap *map, const char *name, int length);
extern TotalsItem *map_find_or_copy(TotalsMap *map, MemoryContext context, const char *name,
									int length);
extern void map_remove(TotalsMap *map, TotalsItem *item);
extern Totals *map_pack(TotalsMap *map);
extern Totals *totals_of_item(const TotalsItem *item);
extern Totals *totals_add(Totals *totals, const Totals *other, int sign);
extern int compare_currencies(const char *a, int a_length, const char *b, int b_length);

/* totals_packed.c: the form in which rollups store values */
extern Datum item_pack(const TotalsItem *item);
extern bool item_unpack(const struct varlena *value, TotalsItem *item);
extern const TotalsItem *totals_items(Datum totals, TotalsItem *single, int *count);

/* totals_figures.c: what is read from a value */
extern int map_first(const TotalsMap *map);
extern int64 map_count(const TotalsMap *map);
extern TotalsMap *map_currencies(const TotalsMap *map);
extern void push_figures(JsonbInState *state, int64 count, const TotalsItem *item);
extern const TotalsItem *map_single(const TotalsMap *map);
extern const TotalsItem *read_single(Datum totals);

#endif
