/* Sums and averages of money, each currency apart. */
#include "postgres.h"

#include "totals/money.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(money_sums);
PG_FUNCTION_INFO_V1(money_averages);

/* Add the figure of a currency to an array; NULL is the unnamed one. */
void
push_money(JsonbInState *state, const char *currency, int length, Numeric value)
{
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, "currency", currency == NULL ? NULL : pnstrdup(currency, length));
	push_text(state, "value",
			  DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value))));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* What has been added up of each currency, or its average. */
static Jsonb *
money_figures(Datum totals, bool average)
{
	const TotalsMap *map = map_read(totals);
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < map->length; i++)
	{
		const TotalsItem *item = &map->item[i];
		Numeric value;

		CHECK_FOR_INTERRUPTS();
		if (item->entry.count == 0)
			continue;
		value = item_total(item, FINAL_TOTAL);
		if (average)
			value = numeric_div_safe(value, int64_to_numeric(item->entry.count), NULL);
		push_money(&state, item->name, item->entry.name_length, value);
	}
	return finish_json(&state, WJB_END_ARRAY);
}

/* money_sums(totals) -> jsonb */
Datum
money_sums(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(money_figures(PG_GETARG_DATUM(0), false));
}

/* money_averages(totals) -> jsonb */
Datum
money_averages(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(money_figures(PG_GETARG_DATUM(0), true));
}
