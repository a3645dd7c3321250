/* The figures of a group as a row, for report_sql. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(report_figures);
PG_FUNCTION_INFO_V1(group_figures);

/* The columns that group_figures gives; report_figures, of an older version, hasn't the last. */
#define FIGURES 14

/* The row that a function returns, described once for all its calls. */
static TupleDesc
result_row(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc desc;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "not a function that returns a row");
		fcinfo->flinfo->fn_extra = BlessTupleDesc(desc);
		MemoryContextSwitchTo(old);
	}
	return fcinfo->flinfo->fn_extra;
}

/* A total of a part of what has one currency, which then has no other. */
static Datum
total_of(const TotalsMap *map, int which)
{
	return NumericGetDatum(item_total(map_single(map), which));
}

static Datum
quotient(Numeric a, Numeric b)
{
	return NumericGetDatum(numeric_div_safe(a, b, NULL));
}

/* Add the sum of a part of the rows that are of a currency, as far as there are any. */
static void
push_part_total(JsonbInState *state, const char *name, const TotalsItem *part, int which)
{
	push_text(state, name,
			  part == NULL || item_is_zero(part)
				  ? "0"
				  : DatumGetCString(DirectFunctionCall1(numeric_out,
														NumericGetDatum(item_total(part, which)))));
}

/* Add how many rows of a part are of a currency, and their final total. */
static const TotalsItem *
push_part(JsonbInState *state, const TotalsMap *map, const TotalsItem *all, const char *count,
		  const char *total)
{
	const TotalsItem *part = map_find(map, all->name, all->entry.name_length);

	push_text(state, count, psprintf(INT64_FORMAT, part == NULL ? 0 : part->entry.count));
	push_part_total(state, total, part, FINAL_TOTAL);
	return part;
}

/* The figures of each currency apart. */
static Jsonb *
figures_by_currency(const TotalsMap *all, const TotalsMap *open, const TotalsMap *won,
					const TotalsMap *lost)
{
	const TotalsMap *currencies = map_currencies(all);
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < currencies->length; i++)
	{
		const TotalsItem *item = &currencies->item[i];
		const TotalsItem *open_item;

		CHECK_FOR_INTERRUPTS();
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_figures(&state, item->entry.count, item);
		open_item = push_part(&state, open, item, "open_count", "open_total");
		push_part_total(&state, "open_estimated", open_item, ESTIMATED_TOTAL);
		(void) push_part(&state, won, item, "won", "won_total");
		(void) push_part(&state, lost, item, "lost", "lost_total");
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return finish_json(&state, WJB_END_ARRAY);
}

/* The figures of a group, as far as the row that a function returns has them. */
static Datum
group_row(FunctionCallInfo fcinfo)
{
	const TotalsMap *open = map_read(PG_GETARG_DATUM(0));
	const TotalsMap *won = map_read(PG_GETARG_DATUM(1));
	const TotalsMap *lost = map_read(PG_GETARG_DATUM(2));
	int64 won_count = map_count(won);
	int64 lost_count = map_count(lost);
	int64 counted = PG_GETARG_INT64(4);
	Totals *totals = PG_GETARG_TOTALS_COPY(0);
	TotalsMap *all;
	TotalsFigures figures;
	Datum values[FIGURES];
	bool nulls[FIGURES];
	int i = 0;

	totals = totals_add(totals, PG_GETARG_TOTALS(1), 1);
	totals = totals_add(totals, PG_GETARG_TOTALS(2), 1);
	all = map_read(PointerGetDatum(totals));
	map_figures(all, &figures);

#define PUT(known, value)                  \
	do                                     \
	{                                      \
		nulls[i] = !(known);               \
		values[i] = (known) ? (value) : 0; \
		i++;                               \
	} while (0)

	PUT(true, Int64GetDatum(figures.count));
	for (int which = 0; which < TOTALS_SUMS; which++)
		PUT(!figures.mixed, figures.total[which]);
	PUT(figures.currency != NULL, CStringGetTextDatum(figures.currency));
	PUT(true, JsonbPGetDatum(figures_by_currency(all, open, won, lost)));
	PUT(true, Int64GetDatum(map_count(open)));
	PUT(!figures.mixed, total_of(open, ESTIMATED_TOTAL));
	PUT(true, Int64GetDatum(won_count));
	PUT(true, Int64GetDatum(lost_count));
	PUT(!figures.mixed, total_of(won, FINAL_TOTAL));
	PUT(won_count + lost_count != 0,
		quotient(int64_to_numeric(won_count), int64_to_numeric(won_count + lost_count)));
	PUT(counted != 0, quotient(PG_GETARG_NUMERIC(3), int64_to_numeric(counted)));
	PUT(!figures.mixed, total_of(lost, FINAL_TOTAL));
	Assert(i == FIGURES);
#undef PUT

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls)));
}

/* report_figures(the arguments of group_figures) -> (count bigint and so on): for older queries */
Datum
report_figures(PG_FUNCTION_ARGS)
{
	return group_row(fcinfo);
}

/*
 * group_figures(open totals, won totals, lost totals, days numeric, counted bigint) -> (count
 * bigint, final_total numeric and so on)
 */
Datum
group_figures(PG_FUNCTION_ARGS)
{
	return group_row(fcinfo);
}
