/* The aggregate rollup_totals: what is read of a rollup. */
#include "postgres.h"

#include "fmgr.h"
#include "totals/totals.h"

PG_FUNCTION_INFO_V1(rollup_totals_add);
PG_FUNCTION_INFO_V1(rollup_totals_final);

/*
 * Rows that are shown with the same decimals are added up apart from others: where they come to
 * nothing none of them is there any more, and their decimals are forgotten with them.
 */
typedef struct ScaleTotals
{
	int64 scales;
	TotalsMap *map;
} ScaleTotals;

typedef struct RollupTotals
{
	int count;
	int room;
	ScaleTotals *parts;
	MemoryContext context;
} RollupTotals;

/* The part of rows with those decimals. */
static TotalsMap *
part_of_scales(RollupTotals *totals, int64 scales)
{
	for (int i = 0; i < totals->count; i++)
		if (totals->parts[i].scales == scales)
			return totals->parts[i].map;
	if (totals->count == totals->room)
	{
		totals->room *= 2;
		totals->parts = repalloc_huge(totals->parts, totals->room * sizeof(ScaleTotals));
	}
	totals->parts[totals->count] = (ScaleTotals){scales, map_create()};
	return totals->parts[totals->count++].map;
}

/* No rows yet. */
static RollupTotals *
make_rollup_totals(MemoryContext context)
{
	RollupTotals *totals = palloc(sizeof(RollupTotals));

	totals->count = 0;
	totals->room = 2;
	totals->parts = palloc(totals->room * sizeof(ScaleTotals));
	totals->context = context;
	return totals;
}

/* Add a currency's sums where they stand; false, and nothing done, where that isn't all it takes.
 */
static bool
add_entry_in_place(TotalsMap *map, const Totals *row, int which)
{
	const TotalsEntry *from = &row->entry[which];
	TotalsEntry entry;
	TotalsItem *item;

	if (from->extras)
		return false;
	if (entry_is_zero(from))
		return true;
	item = map_find(map, which == 0 ? NULL : (const char *) row + from->offset, from->name_length);
	if (item == NULL || item->extras != NULL)
		return false;
	entry = item->entry;
	if (entry_add(&entry, from, 1) != 0)
		return false;
	item->entry = entry;
	return true;
}

/* Add a currency's sums to a map that lasts. */
static void
add_rollup_item(TotalsMap *map, const TotalsItem *from, MemoryContext home)
{
	TotalsItem *item = map_find_or_copy(map, home, from->name, from->entry.name_length);
	bool any = item->extras != NULL;
	TotalsExtras before;

	if (any)
		before = *item->extras;
	item_add(item, from, 1);
	item_move(item, any ? &before : NULL, home);
}

/* rollup_totals_add(internal, totals, scales bigint) -> internal */
Datum
rollup_totals_add(PG_FUNCTION_ARGS)
{
	MemoryContext home;
	MemoryContext caller;
	RollupTotals *totals;
	TotalsMap *map;
	TotalsMap *unpacked = NULL;
	Totals *row;

	if (!AggCheckCallContext(fcinfo, &home))
		elog(ERROR, "rollup_totals_add called outside an aggregate");
	caller = MemoryContextSwitchTo(home);
	totals = PG_ARGISNULL(0) ? make_rollup_totals(home) : (RollupTotals *) PG_GETARG_POINTER(0);
	map = PG_ARGISNULL(1) ? NULL : part_of_scales(totals, PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2));
	MemoryContextSwitchTo(caller);
	if (map == NULL)
		PG_RETURN_POINTER(totals);
	row = PG_GETARG_TOTALS(1);
	for (int i = 0; i < row->length; i++)
	{
		if (add_entry_in_place(map, row, i))
			continue;
		if (unpacked == NULL)
			unpacked = map_unpack(row);
		add_rollup_item(map, &unpacked->item[i], home);
	}
	PG_RETURN_POINTER(totals);
}

/* rollup_totals_final(internal) -> totals */
Datum
rollup_totals_final(PG_FUNCTION_ARGS)
{
	TotalsMap *sum = map_create();
	RollupTotals *totals = PG_ARGISNULL(0) ? NULL : (RollupTotals *) PG_GETARG_POINTER(0);

	for (int i = 0; totals != NULL && i < totals->count; i++)
	{
		TotalsMap *part = map_copy(totals->parts[i].map);

		for (int j = 0; j < part->length; j++)
		{
			item_settle(&part->item[j]);
			if (!item_is_zero(&part->item[j]))
				item_add(map_find_or_add(sum, part->item[j].name, part->item[j].entry.name_length),
						 &part->item[j], 1);
		}
	}
	PG_RETURN_POINTER(map_pack(sum));
}
