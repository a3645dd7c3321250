/* The aggregate rollup_totals: what is read of a rollup. */
#include "postgres.h"

#include "base/errors.h"
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
	int place; /* in it, of the currency of the last row */
} ScaleTotals;

typedef struct RollupTotals
{
	int count;
	int room;
	ScaleTotals *parts;
	MemoryContext context;
} RollupTotals;

/* Another part, of rows with decimals that there were none of yet. */
static ScaleTotals *
add_part(RollupTotals *totals, int64 scales)
{
	MemoryContext caller = MemoryContextSwitchTo(totals->context);

	if (totals->count == totals->room)
	{
		totals->room *= 2;
		totals->parts = repalloc_huge(totals->parts, totals->room * sizeof(ScaleTotals));
	}
	totals->parts[totals->count] = (ScaleTotals){scales, map_create(), 0};
	MemoryContextSwitchTo(caller);
	return &totals->parts[totals->count++];
}

/* The part of rows with those decimals. */
static ScaleTotals *
part_of_scales(RollupTotals *totals, int64 scales)
{
	for (int i = 0; i < totals->count; i++)
		if (totals->parts[i].scales == scales)
			return &totals->parts[i];
	return add_part(totals, scales);
}

/* No rows yet. */
static RollupTotals *
make_rollup_totals(MemoryContext context)
{
	RollupTotals *totals = MemoryContextAlloc(context, sizeof(RollupTotals));

	totals->count = 0;
	totals->room = 2;
	totals->parts = MemoryContextAlloc(context, totals->room * sizeof(ScaleTotals));
	totals->context = context;
	return totals;
}

/* A currency's sums in a part: mostly those of the row before. Names are a few bytes long. */
static TotalsItem *
item_of_part(ScaleTotals *part, MemoryContext home, const char *name, int length)
{
	TotalsItem *item = &part->map->item[part->place];
	bool same = (item->name == NULL) == (name == NULL) && item->entry.name_length == length;

	for (int i = 0; same && i < length; i++)
		same = item->name[i] == name[i];
	if (likely(same))
		return item;
	item = map_find_or_copy(part->map, home, name, length);
	part->place = item - part->map->item;
	return item;
}

/* rollup_totals_add(internal, totals) -> internal */
Datum
rollup_totals_add(PG_FUNCTION_ARGS)
{
	MemoryContext home;
	RollupTotals *totals;
	TotalsItem single;
	const TotalsItem *from;
	int count;

	if (!AggCheckCallContext(fcinfo, &home))
		elog(ERROR, "rollup_totals_add called outside an aggregate");
	totals = PG_ARGISNULL(0) ? make_rollup_totals(home) : (RollupTotals *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(totals);
	from = totals_items(PG_GETARG_DATUM(1), &single, &count);
	for (int i = 0; i < count; i++)
	{
		ScaleTotals *part;

		if (from[i].name == NULL && item_is_zero(&from[i]))
			continue;
		part = part_of_scales(totals, entry_scales(&from[i].entry));
		item_add_kept(item_of_part(part, home, from[i].name, from[i].entry.name_length), &from[i],
					  1, home);
	}
	PG_RETURN_POINTER(totals);
}

/* Rows of a rollup that somebody has written may come to anything; what is read counts on rows. */
static void
refuse_negative(const TotalsItem *item)
{
	if (item->entry.count < 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("a rollup counts fewer rows than none"),
						errdetail("Its tables were written by somebody."),
						errhint("create_rollup puts it right; SET opportunities.use_rollups = off "
								"until then."),
						err_code("rollup_damaged")));
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
			refuse_negative(&part->item[j]);
			if (!item_is_zero(&part->item[j]))
				item_add(map_find_or_add(sum, part->item[j].name, part->item[j].entry.name_length),
						 &part->item[j], 1);
		}
	}
	PG_RETURN_POINTER(map_pack(sum));
}
