/* exchange_rate and in_currency: rates of days, looked up as they are asked for, and kept. */
#include "postgres.h"

#include "query/exchange_rate.h"

#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/literal.h"
#include "base/shard.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "miscadmin.h"
#include "settings/currency.h"
#include "settings/reading.h"
#include "settings/tenant.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(exchange_rate);
PG_FUNCTION_INFO_V1(amount_in_currency);
PG_FUNCTION_INFO_V1(totals_in_currency);

/* How many rates are read for a day: its own, and those before it, which will be asked for too. */
#define RATES_AT_ONCE 64

/* The rate of the days from one on, until the one of the next; NULL: a view has none. */
typedef struct DatedRate
{
	DateADT from;
	DateADT until;
	Numeric rate;
} DatedRate;

/* The rates of a currency that were read, in order. */
typedef struct CurrencyRates
{
	char *from;
	int length;
	int count;
	DatedRate *rates;
} CurrencyRates;

/* The rates of one currency, beside a relation, as far as they were asked for. */
typedef struct Rates
{
	MemoryContext context;
	Oid relation;
	text *argument; /* of a call, that names the currency */
	char *to;
	char *sql;		  /* reads rates; NULL: none was asked for yet */
	DateADT open_day; /* whose rate open rows have */
	char *rates_on;	  /* the setting that it follows */
	Reading reading;  /* that the rates are of */
	List *currencies; /* of CurrencyRates */
} Rates;

/* A currency that an argument must name. */
char *
currency_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	char *code;

	need_argument(fcinfo, number, name);
	code = currency_code_of(text_to_cstring(PG_GETARG_TEXT_PP(number)));
	if (code == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s names no currency", name), errhint("Give a code such as EUR."),
						err_code("argument_missing"), err_field(name)));
	return code;
}

/* Begin to look up rates to a currency, beside a relation. They last as the current memory. */
static Rates *
open_rates(Oid relation, const char *to)
{
	Rates *rates = palloc0(sizeof(Rates));

	rates->context = CurrentMemoryContext;
	rates->relation = relation;
	rates->to = pstrdup(to);
	rates->rates_on = pstrdup(rates_on_setting());
	rates->open_day = open_rates_day();
	rates->reading = current_reading();
	return rates;
}

/* The query for the rates of a day and before, and the one after it: from, to, day. */
static char *
rates_query(const Rates *rates)
{
	static const char *const needs[] = {"from_currency", "to_currency", "valid_from", "rate"};
	Source *source = open_sibling(open_source(rates->relation), "exchange_rate", "A conversion");
	StringInfoData condition;

	source =
		open_source(table_here(source->relid, has_tenants(source->relid) ? session_tenant() : ""));
	need_columns(source, lengthof(needs), needs);
	initStringInfo(&condition);
	appendStringInfo(&condition,
					 "FROM %s AS r WHERE r.from_currency::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) $1 AND r.to_currency::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) $2",
					 source->sql);
	append_tenant(&condition, source->relid, "r");
	return psprintf(
		"SELECT n.day, n.rate, n.until FROM (SELECT s.day, s.rate, "
		"pg_catalog.lead(s.day) OVER (ORDER BY s.day) AS until FROM ("
		"(SELECT r.valid_from::pg_catalog.date AS day, r.rate::pg_catalog.numeric AS rate "
		"%1$s AND r.valid_from::pg_catalog.date OPERATOR(pg_catalog.<=) $3 "
		"ORDER BY 1 DESC LIMIT %2$d) UNION ALL "
		"(SELECT r.valid_from::pg_catalog.date, NULL %1$s AND r.valid_from"
		"::pg_catalog.date OPERATOR(pg_catalog.>) $3 ORDER BY 1 LIMIT 1)) AS s) AS n "
		"WHERE n.day OPERATOR(pg_catalog.<=) $3 ORDER BY 1",
		condition.data, RATES_AT_ONCE);
}

/* Read a row of rates that SPI holds. */
static DatedRate
rate_of_row(uint64 row)
{
	HeapTuple tuple = SPI_tuptable->vals[row];
	TupleDesc desc = SPI_tuptable->tupdesc;
	bool no_rate;
	bool no_end;
	Datum from = SPI_getbinval(tuple, desc, 1, &no_end);
	Datum rate = SPI_getbinval(tuple, desc, 2, &no_rate);
	Datum until = SPI_getbinval(tuple, desc, 3, &no_end);

	return (DatedRate){
		.from = DatumGetDateADT(from),
		.until = no_end ? DATEVAL_NOEND : DatumGetDateADT(until),
		.rate = no_rate ? NULL : DatumGetNumeric(datumCopy(rate, false, -1)),
	};
}

/* The rate among those that were read that a day has, or the last one before it; -1: none. */
static int
place_of_day(const CurrencyRates *currency, DateADT day)
{
	int low = 0;
	int high = currency->count;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (currency->rates[middle].from <= day)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* Keep the rates that SPI holds, which follow each other, in the place of those among them. */
static void
keep_rates(CurrencyRates *currency)
{
	int count = (int) SPI_processed;
	DatedRate first;
	DatedRate *rates;
	int before;
	int after;

	if (count == 0)
		return;
	first = rate_of_row(0);
	before = place_of_day(currency, first.from - 1) + 1;
	after = place_of_day(currency, rate_of_row(count - 1).from) + 1;
	rates = palloc(sizeof(DatedRate) * (before + count + currency->count - after));
	memcpy(rates, currency->rates, sizeof(DatedRate) * before);
	for (int row = 0; row < count; row++)
		rates[before + row] = row == 0 ? first : rate_of_row(row);
	memcpy(rates + before + count, currency->rates + after,
		   sizeof(DatedRate) * (currency->count - after));
	pfree(currency->rates);
	currency->rates = rates;
	currency->count = before + count + currency->count - after;
}

/* Read the rates of a day and of some before it, as the caller. */
static void
read_rates(Rates *rates, CurrencyRates *currency, DateADT day)
{
	Oid types[] = {TEXTOID, TEXTOID, DATEOID};
	Datum values[] = {CStringGetTextDatum(currency->from), CStringGetTextDatum(rates->to),
					  DateADTGetDatum(day)};
	Params params = {.count = lengthof(types), .types = types, .values = values};
	int level = allow_nested_queries();
	MemoryContext caller;

	SPI_connect();
	if (rates->sql == NULL)
		rates->sql = MemoryContextStrdup(rates->context, rates_query(rates));
	run_kept_query(rates->sql, &params, PLAN_BY_INDEX, NULL);
	caller = MemoryContextSwitchTo(rates->context);
	keep_rates(currency);
	MemoryContextSwitchTo(caller);
	SPI_finish();
	AtEOXact_GUC(true, level);
}

/* There is no rate: nothing is left out for that. */
pg_noreturn static void
refuse_unrated(const Rates *rates, const char *from, DateADT day)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("there is no rate from %s to %s on %s",
					from == NULL ? "the unnamed currency" : from, rates->to,
					literal_text(DATEOID, DateADTGetDatum(day))),
			 errdetail("Closed opportunities have the rate of the day on which they were closed, "
					   "open ones that of %s.",
					   literal_text(DATEOID, DateADTGetDatum(rates->open_day))),
			 from == NULL ? errhint("name_currency gives amounts a currency that has a name.")
						  : errhint("Insert one into \"exchange_rate\", valid from that day or "
									"before."),
			 err_code("rate_missing"), err_field("currency")));
}

/* What was read of the rates of a currency; NULL: nothing yet. */
static CurrencyRates *
known_rates(const Rates *rates, const char *from, int length)
{
	ListCell *cell;

	foreach (cell, rates->currencies)
	{
		CurrencyRates *currency = lfirst(cell);

		if (currency->length == length && memcmp(currency->from, from, length) == 0)
			return currency;
	}
	return NULL;
}

/* The same, made where nothing was read. */
static CurrencyRates *
rates_from(Rates *rates, const char *from, int length)
{
	CurrencyRates *currency = known_rates(rates, from, length);
	MemoryContext caller;

	if (currency != NULL)
		return currency;
	caller = MemoryContextSwitchTo(rates->context);
	currency = palloc0(sizeof(CurrencyRates));
	currency->from = pnstrdup(from, length);
	currency->length = length;
	currency->rates = palloc(sizeof(DatedRate));
	rates->currencies = lappend(rates->currencies, currency);
	MemoryContextSwitchTo(caller);
	return currency;
}

/* The rate of a day, from a currency that isn't the one itself; the day of open rows is NULL. */
static Numeric
rate_on(Rates *rates, const char *from, int length, const DateADT *closed_on)
{
	DateADT day = closed_on == NULL ? rates->open_day : *closed_on;
	CurrencyRates *currency;
	int place;

	if (from == NULL)
		refuse_unrated(rates, NULL, day);
	currency = rates_from(rates, from, length);
	place = place_of_day(currency, day);
	if (place < 0 || currency->rates[place].until <= day)
	{
		read_rates(rates, currency, day);
		place = place_of_day(currency, day);
	}
	if (place < 0 || currency->rates[place].rate == NULL)
		refuse_unrated(rates, currency->from, day);
	return currency->rates[place].rate;
}

/* Whether a currency is the one that is converted to. */
static bool
is_target(const Rates *rates, const char *from, int length)
{
	return from != NULL && strlen(rates->to) == length && memcmp(rates->to, from, length) == 0;
}

/* Whether there is nothing in an item that a rate could change. */
static bool
is_worth_nothing(const TotalsItem *item)
{
	return item->extras == NULL && item->entry.sum[FINAL_TOTAL] == 0 &&
		   item->entry.sum[ESTIMATED_TOTAL] == 0 && item->entry.sum[REALIZED_TOTAL] == 0;
}

/* Totals of rows that were closed on a day, or are open, in one currency. */
static Totals *
convert_totals(Rates *rates, Datum totals, const DateADT *closed_on)
{
	TotalsMap *map = map_copy(map_read(totals));
	TotalsMap *result = map_create();
	TotalsItem *target = map_find_or_add(result, rates->to, strlen(rates->to));

	for (int i = 0; i < map->length; i++)
	{
		TotalsItem *item = &map->item[i];
		int length = item->entry.name_length;

		CHECK_FOR_INTERRUPTS();
		if (!is_worth_nothing(item) && !is_target(rates, item->name, length))
			item_times(item, rate_on(rates, item->name, length, closed_on));
		item_add(target, item, 1);
	}
	return map_pack(result);
}

/* Whether rates are those that a call would read again. */
static bool
are_current(const Rates *rates, const text *to, Oid relation)
{
	return rates->relation == relation &&
		   VARSIZE_ANY_EXHDR(to) == VARSIZE_ANY_EXHDR(rates->argument) &&
		   memcmp(VARDATA_ANY(to), VARDATA_ANY(rates->argument), VARSIZE_ANY_EXHDR(to)) == 0 &&
		   strcmp(rates->rates_on, rates_on_setting()) == 0 && is_current_reading(&rates->reading);
}

/* The rates that a call goes by: those of the call before it, as long as they are current. */
static Rates *
rates_of_call(FunctionCallInfo fcinfo, int to, int relation)
{
	Rates *rates = fcinfo->flinfo->fn_extra;
	Oid relid = relation_argument(fcinfo, relation);
	MemoryContext context;
	MemoryContext caller;
	char *code;

	if (rates != NULL && !PG_ARGISNULL(to) && are_current(rates, PG_GETARG_TEXT_PP(to), relid))
		return rates;
	code = currency_argument(fcinfo, to, "currency");
	fcinfo->flinfo->fn_extra = NULL;
	if (rates != NULL)
		MemoryContextDelete(rates->context);
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "opportunities: rates",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	rates = open_rates(relid, code);
	rates->argument = PG_GETARG_TEXT_P_COPY(to);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = rates;
	return rates;
}

/* The day that an argument says rows were closed on; NULL: they are open. */
static const DateADT *
day_argument(FunctionCallInfo fcinfo, int number, DateADT *day)
{
	if (PG_ARGISNULL(number))
		return NULL;
	*day = PG_GETARG_DATEADT(number);
	return day;
}

/* What an amount comes to that is in the currency that an argument names, mostly in its one form.
 */
static Numeric
convert_amount(FunctionCallInfo fcinfo, Rates *rates, Numeric amount, int from, int day)
{
	text *argument = PG_ARGISNULL(from) ? NULL : PG_GETARG_TEXT_PP(from);
	const char *code = argument == NULL ? NULL : VARDATA_ANY(argument);
	int length = argument == NULL ? 0 : VARSIZE_ANY_EXHDR(argument);
	DateADT closed_on;

	if (code != NULL && !is_target(rates, code, length) && known_rates(rates, code, length) == NULL)
	{
		code = currency_code_of(text_to_cstring(argument));
		length = code == NULL ? 0 : strlen(code);
	}
	if (is_target(rates, code, length))
		return amount;
	return numeric_mul_safe(
		amount, rate_on(rates, code, length, day_argument(fcinfo, day, &closed_on)), NULL);
}

/* exchange_rate(from_currency text, to_currency text, day date, relation regclass) -> numeric */
Datum
exchange_rate(PG_FUNCTION_ARGS)
{
	Rates *rates = rates_of_call(fcinfo, 1, 3);

	PG_RETURN_NUMERIC(convert_amount(fcinfo, rates, int64_to_numeric(1), 0, 2));
}

/*
 * in_currency(amount numeric, amount_currency text, currency text, day date, relation regclass) ->
 * numeric
 */
Datum
amount_in_currency(PG_FUNCTION_ARGS)
{
	Rates *rates = rates_of_call(fcinfo, 2, 4);
	Numeric amount;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	amount = PG_GETARG_NUMERIC(0);
	if (DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(amount),
										 NumericGetDatum(int64_to_numeric(0)))))
		PG_RETURN_NUMERIC(amount);
	PG_RETURN_NUMERIC(convert_amount(fcinfo, rates, amount, 1, 3));
}

/* in_currency(totals, currency text, day date, relation regclass) -> totals */
Datum
totals_in_currency(PG_FUNCTION_ARGS)
{
	Rates *rates = rates_of_call(fcinfo, 1, 3);
	DateADT day;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(convert_totals(rates, PG_GETARG_DATUM(0), day_argument(fcinfo, 2, &day)));
}
