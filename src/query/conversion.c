/* What boards, lists and reports show in one currency, beside the totals as they are. */
#include "postgres.h"

#include "query/conversion.h"

#include "base/errors.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "base/statement.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/named_field.h"
#include "fields/source.h"
#include "query/exchange_rate.h"
#include "query/selection.h"
#include "query/stages.h"
#include "settings/crm_version.h"
#include "settings/currency.h"
#include "settings/tenant.h"
#include "totals/totals.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(converted);

/*
 * Rows that were closed on one day, or are open, have the same rates. So rows are grouped by that
 * day, too: then sums are multiplied, of which there are few, and exactly. Where rows are measured,
 * which groups can't tell of each other, their amounts are multiplied.
 */

static const char *const total_names[] = {"final_total", "estimated_total", "realized_total"};

/* Ask something of the table of currencies, as the caller; SPI holds the rows. */
static uint64
ask_currencies(const Source *list, const char *format, const char *code)
{
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(code)};
	Params params = {.count = 1, .types = types, .values = values};
	StringInfoData tenant;

	initStringInfo(&tenant);
	append_tenant(&tenant, list->relid, "c");
	run_kept_query(psprintf(format, list->sql, tenant.data), &params, PLAN_ONCE, NULL);
	return SPI_processed;
}

/* The digits that the table of currencies has for a code; without any code it binds nobody. */
static int
digits_in(const Source *list, const char *code)
{
	List *codes = NIL;
	bool none = true;
	int digits = 0;

	SPI_connect();
	if (ask_currencies(list,
					   "SELECT c.digits::pg_catalog.int4 FROM %s AS c WHERE "
					   "c.code::pg_catalog.text OPERATOR(pg_catalog.=) $1%s",
					   code) > 0)
		digits =
			DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &none));
	else if (ask_currencies(list,
							"SELECT c.code::pg_catalog.text FROM %s AS c WHERE "
							"c.code::pg_catalog.text OPERATOR(pg_catalog.<>) $1%s "
							"ORDER BY 1 LIMIT 1000",
							code) > 0)
	{
		for (uint64 row = 0; row < SPI_processed; row++)
			codes = lappend(codes, copy_value(CurrentMemoryContext, row, 1));
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" is not one of the currencies of this CRM", code),
						errhint_currency(code, codes), err_code("unknown_currency"),
						err_field("in_currency")));
	}
	SPI_finish();
	return none ? currency_digits_of(code) : digits;
}

/* How many digits amounts in a currency are shown with: the table's, else ICU's. */
static int
target_digits(const Source *source, const char *code)
{
	Oid relid =
		OidIsValid(source->schema) ? get_relname_relid("currency", source->schema) : InvalidOid;
	const Source *list = OidIsValid(relid) ? open_source(relid) : NULL;

	/* who may not read it gets the server's error: other digits would be other amounts */
	return list != NULL && !is_made_before(source->schema, VERSION_0_2) &&
				   source_column(list, "code") != NULL && source_column(list, "digits") != NULL
			   ? digits_in(list, code)
			   : currency_digits_of(code);
}

/* The currency that an argument asks for; NULL: none, or a function of before that hasn't got it.
 */
Conversion *
conversion_argument(FunctionCallInfo fcinfo, int number, const Source *source)
{
	static const char *const closing[] = {"closed_on"};
	Conversion *conversion;

	if (number >= PG_NARGS() || PG_ARGISNULL(number))
		return NULL;
	if (closing_column_name(source) == NULL)
		need_columns(source, lengthof(closing), closing);
	conversion = palloc(sizeof(Conversion));
	conversion->relid = source->relid;
	conversion->currency = currency_argument(fcinfo, number, "in_currency");
	conversion->digits = target_digits(source, conversion->currency);
	return conversion;
}

/* The day on which a row was closed; NULL where it is open. */
char *
closing_day(FromClause *from)
{
	return field_day(need_field(from, closing_column_name(from->source)));
}

/* Append the arguments that say what is converted to, at the rates of which day. */
static void
append_target(StringInfo sql, const Conversion *conversion, const char *day)
{
	append_text_literal(sql, conversion->currency);
	appendStringInfo(sql, ", %s, ", day);
	append_literal(sql, sql_relation(conversion->relid), REGCLASSOID);
}

/* The sum of totals, each of rows of one day. */
char *
converted_sum(const Conversion *conversion, const char *totals, const char *day)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "opportunities.sum(opportunities.in_currency(%s, ", totals);
	append_target(&sql, conversion, day);
	appendStringInfoString(&sql, "))");
	return sql.data;
}

/* An amount in a currency, both as SQL, at the rate of a day. */
char *
converted_amount(const Conversion *conversion, const char *amount, const char *currency,
				 const char *day)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "opportunities.in_currency(%s::pg_catalog.numeric, %s, ", amount,
					 currency);
	append_target(&sql, conversion, day);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* Append an amount of a row, converted. */
static void
append_converted(StringInfo sql, const Conversion *conversion, const Source *source,
				 const char *name, const char *day)
{
	StringInfoData amount;

	initStringInfo(&amount);
	append_number(&amount, source, "o", name);
	appendStringInfoString(sql, converted_amount(conversion, amount.data,
												 source_column(source, "currency") != NULL
													 ? "o.currency::pg_catalog.text"
													 : "NULL::pg_catalog.text",
												 day));
}

/* The totals of rows, row by row. */
char *
converted_rows(const Conversion *conversion, FromClause *from)
{
	char *day = closing_day(from);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities.totals(");
	append_converted(&sql, conversion, from->source, "amount", day);
	appendStringInfoString(&sql, ", ");
	append_number(&sql, from->source, "o", "probability");
	appendStringInfoString(&sql, ", ");
	append_converted(&sql, conversion, from->source, "realized_amount", day);
	appendStringInfoString(&sql, ", ");
	append_text_literal(&sql, conversion->currency);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* What is shown of converted totals, as SQL. */
char *
converted_object(const Conversion *conversion, const char *totals)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "opportunities_internal.converted(%s, ", totals);
	append_text_literal(&sql, conversion->currency);
	appendStringInfo(&sql, ", %d)", conversion->digits);
	return sql.data;
}

/* A sum as it is shown: rounded half away from zero. */
static char *
shown_sum(const TotalsItem *item, int which, int digits)
{
	return DatumGetCString(DirectFunctionCall1(
		numeric_out, DirectFunctionCall2(numeric_round, NumericGetDatum(item_total(item, which)),
										 Int32GetDatum(digits))));
}

/* What is shown of totals that are all in one currency. */
static Jsonb *
totals_object(const char *currency, int digits, Datum totals)
{
	const TotalsItem *item = read_single(totals);
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_text(&state, "currency", currency);
	for (int which = 0; which < TOTALS_SUMS; which++)
		push_text(&state, total_names[which], shown_sum(item, which, digits));
	return finish_json(&state, WJB_END_OBJECT);
}

Jsonb *
converted_jsonb(const Conversion *conversion, Datum totals)
{
	return totals_object(conversion->currency, conversion->digits, totals);
}

/* converted(totals, currency text, digits integer) -> jsonb */
Datum
converted(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(totals_object(text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_INT32(2),
									PG_GETARG_DATUM(0)));
}
