/* Moving aggregates of totals, for sliding window frames. */
#include "postgres.h"

#include "totals/totals.h"
#include "totals/totals_row.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(totals_move_in);
PG_FUNCTION_INFO_V1(totals_move_out);
PG_FUNCTION_INFO_V1(totals_moved);

/*
 * Without an inverse a sliding frame is summed again for each row: one of 100 rows takes 20 times
 * as long so, one of 1,000 rows 120 times. The state is an unpacked map in the aggregate's memory,
 * each item with the number of rows at its largest scales. When the last of these leaves, the next
 * smaller scale isn't known, and the frame restarts.
 */

/* What a row shows in each sum: its decimals, or -1 where it adds nothing finite. */
static void
row_scales(const TotalsRow *row, int scale[TOTALS_SUMS])
{
	int amount = -1;
	int probability = -1;

	if (!row->amount.isnull)
		amount = numeric_decimals(row->amount.value);
	if (!row->probability.isnull)
		probability = numeric_decimals(row->probability.value);
	scale[FINAL_TOTAL] = amount;
	scale[ESTIMATED_TOTAL] = amount < 0 || probability < 0 ? -1 : amount + probability + 2;
	scale[REALIZED_TOTAL] = row->realized.isnull ? -1 : numeric_decimals(row->realized.value);
}

/* Count the row among those at the largest scale. */
static void
count_scales(TotalsItem *item, const int scale[TOTALS_SUMS])
{
	for (int which = 0; which < TOTALS_SUMS; which++)
	{
		if (scale[which] > item->entry.scale[which])
			item->widest[which] = 1;
		else if (scale[which] == item->entry.scale[which])
			item->widest[which]++;
	}
}

/* Take the row out of that count; false where the sum would now show fewer decimals. */
static bool
discount_scales(TotalsItem *item, const int scale[TOTALS_SUMS])
{
	for (int which = 0; which < TOTALS_SUMS; which++)
		if (scale[which] > 0 && scale[which] == item->entry.scale[which] &&
			--item->widest[which] == 0)
			return false;
	return true;
}

/* Let go of a currency that has no rows left. */
static void
forget_currency(TotalsMap *map, TotalsItem *item)
{
	char *name = (char *) item->name;

	if (item->extras != NULL)
	{
		for (int which = 0; which < TOTALS_SUMS; which++)
			if (item->extras->wide[which] != NULL)
				pfree(item->extras->wide[which]);
		pfree(item->extras);
	}
	if (name != NULL)
	{
		map_remove(map, item); /* finds it by its name */
		pfree(name);
	}
	else
		memset(item, 0, sizeof(TotalsItem));
}

/* The row and the currency among a transition function's arguments. */
static TotalsRow
row_arguments(FunctionCallInfo fcinfo, text **currency)
{
	TotalsRow row = {fcinfo->args[1], fcinfo->args[2], fcinfo->args[3]};

	*currency = PG_NARGS() > 4 && !PG_ARGISNULL(4) ? PG_GETARG_TEXT_PP(4) : NULL;
	return row;
}

/* totals_move_in(internal, amount numeric, probability numeric, realized numeric [, currency text])
 * -> internal */
Datum
totals_move_in(PG_FUNCTION_ARGS)
{
	TotalsMap *map = PG_ARGISNULL(0) ? NULL : (TotalsMap *) PG_GETARG_POINTER(0);
	text *currency;
	TotalsRow row = row_arguments(fcinfo, &currency);
	const char *name = currency != NULL ? VARDATA_ANY(currency) : NULL;
	int length = currency != NULL ? VARSIZE_ANY_EXHDR(currency) : 0;
	int scale[TOTALS_SUMS];
	MemoryContext home;
	TotalsItem *item;
	int missed;

	if (!AggCheckCallContext(fcinfo, &home))
		elog(ERROR, "totals_move_in called in non-aggregate context");
	if (map == NULL)
	{
		MemoryContext previous = MemoryContextSwitchTo(home);

		map = map_create();
		MemoryContextSwitchTo(previous);
	}

	item = map_find_or_copy(map, home, name, length);
	row_scales(&row, scale);
	count_scales(item, scale);
	missed = entry_add_row(&item->entry, row, 1);
	if (missed != 0)
		item_add_lasting(item, row, missed, 1, home);
	PG_RETURN_POINTER(map);
}

/* totals_move_out, the inverse: NULL where the aggregate has to start anew */
Datum
totals_move_out(PG_FUNCTION_ARGS)
{
	TotalsMap *map = (TotalsMap *) PG_GETARG_POINTER(0);
	text *currency;
	TotalsRow row = row_arguments(fcinfo, &currency);
	const char *name = currency != NULL ? VARDATA_ANY(currency) : NULL;
	int length = currency != NULL ? VARSIZE_ANY_EXHDR(currency) : 0;
	int scale[TOTALS_SUMS];
	MemoryContext home;
	TotalsItem *item;
	int missed;

	if (!AggCheckCallContext(fcinfo, &home))
		elog(ERROR, "totals_move_out called in non-aggregate context");

	item = map_find(map, name, length);
	if (item == NULL)
		elog(ERROR, "totals_move_out called for a currency that never came in");
	if (item->entry.count == 1)
	{
		forget_currency(map, item);
		PG_RETURN_POINTER(map);
	}

	row_scales(&row, scale);
	if (!discount_scales(item, scale))
		PG_RETURN_NULL();
	missed = entry_add_row(&item->entry, row, -1);
	if (missed != 0)
		item_add_lasting(item, row, missed, -1, home);
	PG_RETURN_POINTER(map);
}

/* totals_moved(internal) -> totals: the result of a moving aggregate, whose state goes on unchanged
 */
Datum
totals_moved(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(map_pack(map_create()));
	PG_RETURN_POINTER(map_pack(map_copy((TotalsMap *) PG_GETARG_POINTER(0))));
}
