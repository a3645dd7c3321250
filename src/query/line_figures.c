/* The figures of lines of opportunities: quantities, net worth and prices. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(line_figures);

/*
 * Lines are added up as totals, of which the final one is their net worth, the estimated one what
 * of it is expected, and the realized one their quantity: all, and those in each kind of stage.
 */
enum
{
	ALL_LINES,
	OPEN_LINES,
	WON_LINES,
	LOST_LINES,
	PARTS
};

/* What is told of each part: of open lines what is expected, of others the price of one. */
static const char *const names[PARTS][3] = {{"quantity", "net", "price"},
											{"open_quantity", "open_net", "forecast_net"},
											{"won_quantity", "won_net", "won_price"},
											{"lost_quantity", "lost_net", "lost_price"}};

/* The row: count, these, currency, by_currency. */
#define LINE_FIGURES (1 + PARTS * 3 + 2)

static Numeric
no_number(void)
{
	return int64_to_numeric(0);
}

/* A sum of an item; of none, which has no rows, nothing. */
static Numeric
sum_of(const TotalsItem *item, int which)
{
	return item == NULL ? no_number() : item_total(item, which);
}

/* What is told of a part in one currency; false: there is no such number. */
static bool
part_figure(const TotalsItem *item, int part, int number, Numeric *figure)
{
	Numeric quantity = sum_of(item, REALIZED_TOTAL);

	if (number == 0)
		*figure = quantity;
	else if (number == 1)
		*figure = sum_of(item, FINAL_TOTAL);
	else if (part == OPEN_LINES)
		*figure = sum_of(item, ESTIMATED_TOTAL);
	else if (DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(quantity),
											  NumericGetDatum(no_number()))))
		return false;
	else
		*figure = numeric_div_safe(sum_of(item, FINAL_TOTAL), quantity, NULL);
	return true;
}

/* The quantity of all currencies together: it isn't money. */
static Numeric
whole_quantity(const TotalsMap *map)
{
	Numeric sum = no_number();

	for (int i = 0; i < map->length; i++)
		sum = numeric_add_safe(sum, item_total(&map->item[i], REALIZED_TOTAL), NULL);
	return sum;
}

/* The item of a part that has the currency of another. */
static const TotalsItem *
item_like(const TotalsMap *part, const TotalsItem *all)
{
	return map_find(part, all->name, all->entry.name_length);
}

static Jsonb *
lines_by_currency(TotalsMap *const *parts)
{
	const TotalsMap *currencies = map_currencies(parts[ALL_LINES]);
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < currencies->length; i++)
	{
		const TotalsItem *all = &currencies->item[i];

		CHECK_FOR_INTERRUPTS();
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "currency",
				  all->name == NULL ? NULL : pnstrdup(all->name, all->entry.name_length));
		push_text(&state, "count", psprintf(INT64_FORMAT, all->entry.count));
		for (int part = 0; part < PARTS; part++)
		{
			for (int number = 0; number < lengthof(names[part]); number++)
			{
				Numeric figure;
				bool known = part_figure(item_like(parts[part], all), part, number, &figure);

				push_text(&state, names[part][number],
						  known ? DatumGetCString(
									  DirectFunctionCall1(numeric_out, NumericGetDatum(figure)))
								: NULL);
			}
		}
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	return finish_json(&state, WJB_END_ARRAY);
}

/*
 * line_figures(open totals, won totals, lost totals) -> (count bigint, quantity numeric, net
 * numeric and so on)
 */
Datum
line_figures(PG_FUNCTION_ARGS)
{
	TotalsMap *parts[PARTS] = {NULL, map_read(PG_GETARG_DATUM(0)), map_read(PG_GETARG_DATUM(1)),
							   map_read(PG_GETARG_DATUM(2))};
	Totals *totals = PG_GETARG_TOTALS_COPY(0);
	const TotalsItem *single;
	Datum values[LINE_FIGURES];
	bool nulls[LINE_FIGURES] = {false};
	TupleDesc desc;
	int i = 0;

	totals = totals_add(totals, PG_GETARG_TOTALS(1), 1);
	totals = totals_add(totals, PG_GETARG_TOTALS(2), 1);
	parts[ALL_LINES] = map_read(PointerGetDatum(totals));
	single = map_single(parts[ALL_LINES]);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "not a function that returns a row");

	values[i++] = Int64GetDatum(map_count(parts[ALL_LINES]));
	for (int part = 0; part < PARTS; part++)
	{
		for (int number = 0; number < lengthof(names[part]); number++, i++)
		{
			Numeric figure = whole_quantity(parts[part]);

			if (single == NULL
					? number > 0
					: !part_figure(item_like(parts[part], single), part, number, &figure))
				nulls[i] = true;
			else
				values[i] = NumericGetDatum(figure);
		}
	}
	nulls[i] = single == NULL || single->name == NULL;
	if (!nulls[i])
		values[i] =
			PointerGetDatum(cstring_to_text_with_len(single->name, single->entry.name_length));
	values[++i] = JsonbPGetDatum(lines_by_currency(parts));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
