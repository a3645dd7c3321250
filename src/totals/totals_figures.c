/* Accessors, by_currency, and JSON of totals. */
#include "postgres.h"

#include "base/errors.h"
#include "base/json.h"
#include "common/int.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(totals_opportunity_count);
PG_FUNCTION_INFO_V1(totals_final_total);
PG_FUNCTION_INFO_V1(totals_estimated_total);
PG_FUNCTION_INFO_V1(totals_realized_total);
PG_FUNCTION_INFO_V1(totals_currency);
PG_FUNCTION_INFO_V1(totals_by_currency);
PG_FUNCTION_INFO_V1(totals_to_jsonb);
PG_FUNCTION_INFO_V1(totals_to_json);
PG_FUNCTION_INFO_V1(totals_only_count);

/* How many currencies an error names. */
#define NAMED_IN_ERROR 10

static const char *const total_name[TOTALS_SUMS] = {"final_total", "estimated_total",
													"realized_total"};

/* The first item that holds anything: the unnamed currency may be empty. */
int
map_first(const TotalsMap *map)
{
	return item_is_zero(&map->item[0]) ? 1 : 0;
}

/*
 * The currencies of a map: those that somebody gave an amount in, or where nobody gave any the only
 * one. Its first item need not be the unnamed one.
 */
TotalsMap *
map_currencies(const TotalsMap *map)
{
	int first = map_first(map);
	TotalsMap *result = palloc0(sizeof(TotalsMap));

	result->item = palloc(map->length * sizeof(TotalsItem));
	for (int i = first; i < map->length; i++)
	{
		if (map->length - first == 1 || !item_is_blank(&map->item[i]))
			result->item[result->length++] = map->item[i];
	}
	return result;
}

/* The one item that says everything; NULL where there are several currencies. */
const TotalsItem *
map_single(const TotalsMap *map)
{
	const TotalsMap *currencies = map_currencies(map);

	if (currencies->length == 0)
		return &map->item[0];
	return currencies->length == 1 ? &currencies->item[0] : NULL;
}

/* The count of all currencies together. */
int64
map_count(const TotalsMap *map)
{
	int64 count = 0;

	for (int i = 0; i < map->length; i++)
		if (pg_add_s64_overflow(count, map->item[i].entry.count, &count))
			count_overflow();
	return count;
}

/* An item's currency as a C string; NULL: the unnamed one. */
static char *
item_currency(const TotalsItem *item)
{
	return item->name != NULL ? pnstrdup(item->name, item->entry.name_length) : NULL;
}

/* Refuse to make one number of several currencies. */
pg_noreturn static void
mixed_currencies(const TotalsMap *map)
{
	const TotalsMap *currencies = map_currencies(map);
	int last = Min(currencies->length, NAMED_IN_ERROR);
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < last; i++)
	{
		const char *name = item_currency(&currencies->item[i]);

		appendStringInfoString(&names, i > 0 ? ", " : "");
		if (name != NULL)
			appendStringInfo(&names, "\"%s\"", name);
		else
			appendStringInfoString(&names, "the unnamed one");
	}
	if (last < currencies->length)
		appendStringInfo(&names, " and %d more", currencies->length - last);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), err_code("mixed_currencies"),
					err_field("currency"), errmsg("totals hold several currencies"),
					errdetail("Currencies: %s.", names.data),
					errhint("Amounts of different currencies are never added up; "
							"use opportunities.by_currency().")));
}

/* The only item of a value, or the error for several currencies. */
const TotalsItem *
read_single(Datum totals)
{
	const TotalsMap *map = map_read(totals);
	const TotalsItem *item = map_single(map);

	if (item == NULL)
		mixed_currencies(map);
	return item;
}

/* opportunity_count(totals) -> bigint */
Datum
totals_opportunity_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(map_count(map_read(PG_GETARG_DATUM(0))));
}

/* final_total(totals) -> numeric */
Datum
totals_final_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(item_total(read_single(PG_GETARG_DATUM(0)), FINAL_TOTAL));
}

/* estimated_total(totals) -> numeric */
Datum
totals_estimated_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(item_total(read_single(PG_GETARG_DATUM(0)), ESTIMATED_TOTAL));
}

/* realized_total(totals) -> numeric */
Datum
totals_realized_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(item_total(read_single(PG_GETARG_DATUM(0)), REALIZED_TOTAL));
}

/* currency(totals) -> text */
Datum
totals_currency(PG_FUNCTION_ARGS)
{
	const TotalsItem *item = read_single(PG_GETARG_DATUM(0));

	if (item->name == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(item->name, item->entry.name_length));
}

/* by_currency(totals) -> setof (currency text, count bigint, and the three totals) */
Datum
totals_by_currency(PG_FUNCTION_ARGS)
{
	const TotalsMap *currencies = map_currencies(map_read(PG_GETARG_DATUM(0)));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < currencies->length; i++)
	{
		const TotalsItem *item = &currencies->item[i];
		Datum values[2 + TOTALS_SUMS];
		bool nulls[2 + TOTALS_SUMS] = {item->name == NULL};

		CHECK_FOR_INTERRUPTS();
		if (item->name != NULL)
			values[0] =
				PointerGetDatum(cstring_to_text_with_len(item->name, item->entry.name_length));
		values[1] = Int64GetDatum(item->entry.count);
		for (int which = 0; which < TOTALS_SUMS; which++)
			values[2 + which] = NumericGetDatum(item_total(item, which));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Push an item's figures; those of no item, for several currencies, are null. */
void
push_figures(JsonbInState *state, int64 count, const TotalsItem *item)
{
	push_text(state, "currency", item != NULL ? item_currency(item) : NULL);
	push_text(state, "count", psprintf(INT64_FORMAT, count));
	for (int which = 0; which < TOTALS_SUMS; which++)
		push_text(state, total_name[which],
				  item != NULL ? DatumGetCString(DirectFunctionCall1(
									 numeric_out, NumericGetDatum(item_total(item, which))))
							   : NULL);
}

/* Push one object a currency, as an array. */
static void
push_by_currency(JsonbInState *state, const TotalsMap *map)
{
	const TotalsMap *currencies = map_currencies(map);

	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < currencies->length; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		push_figures(state, currencies->item[i].entry.count, &currencies->item[i]);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

/* The JSON form of a value. */
static Jsonb *
totals_jsonb(Datum totals)
{
	const TotalsMap *map = map_read(totals);
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_figures(&state, map_count(map), map_single(map));
	push_key(&state, "by_currency");
	push_by_currency(&state, map);
	return finish_json(&state, WJB_END_OBJECT);
}

/* totals_to_jsonb(totals) -> jsonb */
Datum
totals_to_jsonb(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(totals_jsonb(PG_GETARG_DATUM(0)));
}

/* totals_to_json(totals) -> json */
Datum
totals_to_json(PG_FUNCTION_ARGS)
{
	Jsonb *jsonb = totals_jsonb(PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb))));
}

/* only_count(totals) -> totals: the same rows as if nothing but NULLs had been added up */
Datum
totals_only_count(PG_FUNCTION_ARGS)
{
	TotalsMap *map = map_create();

	map->item[0].entry.count = map_count(map_read(PG_GETARG_DATUM(0)));
	map->item[0].entry.blank = map->item[0].entry.count;
	PG_RETURN_POINTER(map_pack(map));
}

/* Read a map for boards and reports, which show several currencies without an error. */
void
map_figures(const TotalsMap *map, TotalsFigures *figures)
{
	const TotalsItem *item = map_single(map);

	figures->count = map_count(map);
	figures->mixed = item == NULL;
	figures->currency = item != NULL ? item_currency(item) : NULL;
	for (int which = 0; item != NULL && which < TOTALS_SUMS; which++)
		figures->total[which] = NumericGetDatum(item_total(item, which));
}

/* The same of a value, with each currency apart. */
void
totals_figures(Datum totals, TotalsFigures *figures)
{
	const TotalsMap *map = map_read(totals);
	JsonbInState state = {0};

	map_figures(map, figures);
	push_by_currency(&state, map);
	figures->by_currency = JsonbValueToJsonb(state.result);
}
