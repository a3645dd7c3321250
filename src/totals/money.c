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
push_money(JsonbInState *state, MoneyKey currency, Numeric value)
{
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, "currency",
			  currency.text == NULL ? NULL : pnstrdup(currency.text, currency.length));
	push_text(state, "value",
			  DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value))));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* The currency that an argument of a transition names. */
MoneyKey
money_key_argument(FunctionCallInfo fcinfo, int number)
{
	text *name;

	if (PG_ARGISNULL(number))
		return (MoneyKey){NULL, 0};
	name = PG_GETARG_TEXT_PP(number);
	return (MoneyKey){VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)};
}

/* A key that lasts as long as a context does. */
MoneyKey
copy_money_key(MoneyKey key, MemoryContext memory)
{
	if (key.text != NULL)
		key.text = memcpy(MemoryContextAlloc(memory, Max(key.length, 1)), key.text, key.length);
	return key;
}

/* Compare keys by their bytes, the unnamed one first. */
int
compare_money_keys(MoneyKey a, MoneyKey b)
{
	if (a.text == NULL || b.text == NULL)
		return (a.text != NULL) - (b.text != NULL);
	return compare_currencies(a.text, a.length, b.text, b.length);
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
		push_money(&state, (MoneyKey){item->name, item->entry.name_length}, value);
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
