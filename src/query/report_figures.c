/* The figures of a group as a row, for report_sql. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "funcapi.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(report_figures);

/* The columns that report_figures gives. */
#define FIGURES 13

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

/*
 * report_figures(open totals, won totals, lost totals, days numeric, counted bigint) -> (count
 * bigint, final_total numeric and so on)
 */
Datum
report_figures(PG_FUNCTION_ARGS)
{
	const TotalsMap *open = map_read(PG_GETARG_DATUM(0));
	const TotalsMap *won = map_read(PG_GETARG_DATUM(1));
	int64 won_count = map_count(won);
	int64 lost_count = map_count(map_read(PG_GETARG_DATUM(2)));
	int64 counted = PG_GETARG_INT64(4);
	Totals *all = PG_GETARG_TOTALS_COPY(0);
	TotalsFigures figures;
	Datum values[FIGURES];
	bool nulls[FIGURES];
	int i = 0;

	all = totals_add(all, PG_GETARG_TOTALS(1), 1);
	all = totals_add(all, PG_GETARG_TOTALS(2), 1);
	totals_figures(PointerGetDatum(all), &figures);

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
	PUT(true, JsonbPGetDatum(figures.by_currency));
	PUT(true, Int64GetDatum(map_count(open)));
	PUT(!figures.mixed, total_of(open, ESTIMATED_TOTAL));
	PUT(true, Int64GetDatum(won_count));
	PUT(true, Int64GetDatum(lost_count));
	PUT(!figures.mixed, total_of(won, FINAL_TOTAL));
	PUT(won_count + lost_count != 0,
		quotient(int64_to_numeric(won_count), int64_to_numeric(won_count + lost_count)));
	PUT(counted != 0, quotient(PG_GETARG_NUMERIC(3), int64_to_numeric(counted)));
	Assert(i == FIGURES);
#undef PUT

	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(result_row(fcinfo), values, nulls)));
}
