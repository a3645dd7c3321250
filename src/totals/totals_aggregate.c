/* The aggregates: rows added to a state, states combined. */
#include "postgres.h"

#include "nodes/execnodes.h"
#include "totals/totals.h"
#include "totals/totals_expanded.h"
#include "totals/totals_row.h"

PG_FUNCTION_INFO_V1(totals_add_row);
PG_FUNCTION_INFO_V1(totals_add_row_currency);
PG_FUNCTION_INFO_V1(totals_add_amount);
PG_FUNCTION_INFO_V1(totals_add_estimated);
PG_FUNCTION_INFO_V1(totals_add_realized);
PG_FUNCTION_INFO_V1(totals_add_money);
PG_FUNCTION_INFO_V1(totals_combine);

/* The state of an aggregate, to be changed in place; a copy for whoever calls us otherwise. */
static inline Totals *
aggregate_state(FunctionCallInfo fcinfo)
{
	if (unlikely(PG_ARGISNULL(0)))
		return map_pack(map_create());
	/* what AggCheckCallContext asks first, without a call for each row */
	if (likely(!VARATT_IS_EXTERNAL(PG_GETARG_POINTER(0))) &&
		(likely(fcinfo->context != NULL && IsA(fcinfo->context, AggState)) ||
		 AggCheckCallContext(fcinfo, NULL)))
		return (Totals *) PG_GETARG_POINTER(0);
	return PG_GETARG_TOTALS_COPY(0);
}

/* The slow end of adding a row: the currency is new, or a number needs the extras. */
static pg_noinline Totals *
add_row_unpacked(Totals *totals, TotalsRow row, const char *name, int length, int missed,
				 bool is_new)
{
	TotalsMap *map = map_unpack(totals);
	TotalsItem *item = map_find_or_add(map, name, length);

	if (is_new)
		missed = entry_add_row(&item->entry, row, 1);
	item_add_missed(item, row, missed, 1);
	return map_pack(map);
}

/* Add a row to the unnamed currency. */
static inline Totals *
add_row(Totals *totals, TotalsRow row)
{
	int missed = entry_add_row(&totals->entry[0], row, 1);

	if (unlikely(missed != 0))
		totals = add_row_unpacked(totals, row, NULL, 0, missed, false);
	return totals;
}

/* totals_add_row(totals, amount numeric, probability numeric, realized numeric) -> totals */
Datum
totals_add_row(PG_FUNCTION_ARGS)
{
	TotalsRow row = {fcinfo->args[1], fcinfo->args[2], fcinfo->args[3]};

	PG_RETURN_POINTER(add_row(aggregate_state(fcinfo), row));
}

/* Add a row of a new currency: to a state that it costs no more in, where there are many already.
 */
static pg_noinline Datum
add_currency(FunctionCallInfo fcinfo, Totals *totals, TotalsRow row, const char *name, int length)
{
	MemoryContext home;
	Datum state;

	if (totals->length <= MAX_FLAT_CURRENCIES || !AggCheckCallContext(fcinfo, &home))
		return PointerGetDatum(add_row_unpacked(totals, row, name, length, 0, true));
	state = expand_totals(totals, home);
	expanded_add_row(state, row, name, length);
	return state;
}

/* Where the currencies of earlier rows stood, by a cheap hash: hints, which may be wrong. */
typedef struct Hints
{
	uint32 place[64];
} Hints;

/* The hint for a currency. */
static inline uint32 *
currency_hint(FunctionCallInfo fcinfo, const char *name, int length)
{
	Hints *hints = fcinfo->flinfo->fn_extra;

	if (unlikely(hints == NULL))
		hints = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Hints));
	if (length == 0)
		return &hints->place[0];
	return &hints->place[((unsigned char) name[0] + 5 * (unsigned char) name[length / 2] +
						  11 * (unsigned char) name[length - 1]) %
						 lengthof(hints->place)];
}

/* Whether a place in the value holds that currency. Names are a few bytes long. */
static inline bool
holds(const Totals *totals, int place, const char *name, int length)
{
	const char *held;

	/* the hint may come from a group that holds more currencies */
	if (place == 0 || place >= totals->length || totals->entry[place].name_length != length)
		return false;
	held = (const char *) totals + totals->entry[place].offset;
	for (int i = 0; i < length; i++)
		if (held[i] != name[i])
			return false;
	return true;
}

/* Add a row of a currency, which stands among the arguments. */
static pg_attribute_always_inline Datum
add_row_of_currency(FunctionCallInfo fcinfo, TotalsRow row, int argument)
{
	text *currency = PG_ARGISNULL(argument) ? NULL : PG_GETARG_TEXT_PP(argument);
	const char *name = currency != NULL ? VARDATA_ANY(currency) : NULL;
	int length = currency != NULL ? VARSIZE_ANY_EXHDR(currency) : 0;
	Totals *totals;
	uint32 *place;
	int missed;

	if (unlikely(!PG_ARGISNULL(0) && IS_EXPANDED(PG_GETARG_DATUM(0))))
	{
		expanded_add_row(PG_GETARG_DATUM(0), row, name, length);
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	totals = aggregate_state(fcinfo);
	if (currency == NULL)
		PG_RETURN_POINTER(add_row(totals, row));

	place = currency_hint(fcinfo, name, length);
	if (unlikely(!holds(totals, *place, name, length)))
	{
		int found = totals_find(totals, name, length);

		if (found < 0)
			PG_RETURN_DATUM(add_currency(fcinfo, totals, row, name, length));
		*place = found;
	}

	missed = entry_add_row(&totals->entry[*place], row, 1);
	if (unlikely(missed != 0))
		totals = add_row_unpacked(totals, row, name, length, missed, false);
	PG_RETURN_POINTER(totals);
}

/* totals_add_row(totals, amount numeric, probability numeric, realized numeric, currency text) ->
 * totals */
Datum
totals_add_row_currency(PG_FUNCTION_ARGS)
{
	TotalsRow row = {fcinfo->args[1], fcinfo->args[2], fcinfo->args[3]};

	return add_row_of_currency(fcinfo, row, 4);
}

/* totals_add_money(totals, value numeric, currency text) -> totals, of values that are there */
Datum
totals_add_money(PG_FUNCTION_ARGS)
{
	TotalsRow row = {
		.amount = fcinfo->args[1], .probability.isnull = true, .realized.isnull = true};

	if (row.amount.isnull)
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	return add_row_of_currency(fcinfo, row, 2);
}

/* totals_add_amount(totals, amount numeric) -> totals */
Datum
totals_add_amount(PG_FUNCTION_ARGS)
{
	TotalsRow row = {
		.amount = fcinfo->args[1], .probability.isnull = true, .realized.isnull = true};

	PG_RETURN_POINTER(add_row(aggregate_state(fcinfo), row));
}

/* totals_add_estimated(totals, amount numeric, probability numeric) -> totals */
Datum
totals_add_estimated(PG_FUNCTION_ARGS)
{
	TotalsRow row = {fcinfo->args[1], fcinfo->args[2], .realized.isnull = true};

	PG_RETURN_POINTER(add_row(aggregate_state(fcinfo), row));
}

/* totals_add_realized(totals, realized numeric) -> totals */
Datum
totals_add_realized(PG_FUNCTION_ARGS)
{
	TotalsRow row = {
		.amount.isnull = true, .probability.isnull = true, .realized = fcinfo->args[1]};

	PG_RETURN_POINTER(add_row(aggregate_state(fcinfo), row));
}

/* totals_combine(totals, totals) -> totals: what sum(totals) and parallel plans add with */
Datum
totals_combine(PG_FUNCTION_ARGS)
{
	MemoryContext home;
	Totals *totals;
	Datum state;

	if (unlikely(!PG_ARGISNULL(0) && IS_EXPANDED(PG_GETARG_DATUM(0))))
		state = PG_GETARG_DATUM(0);
	else
	{
		totals = aggregate_state(fcinfo);
		if (PG_ARGISNULL(1))
			PG_RETURN_POINTER(totals);
		if (totals->length <= MAX_FLAT_CURRENCIES || !AggCheckCallContext(fcinfo, &home))
			PG_RETURN_POINTER(totals_add(totals, PG_GETARG_TOTALS(1), 1));
		state = expand_totals(totals, home);
	}
	if (!PG_ARGISNULL(1))
		expanded_add(state, PG_GETARG_TOTALS(1));
	PG_RETURN_DATUM(state);
}
