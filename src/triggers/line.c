/* A line of an opportunity or a document: price, net and tax. */
#include "postgres.h"

#include "triggers/line.h"

#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/kept_row.h"
#include "triggers/listed_currency.h"
#include "triggers/owner_query.h"
#include "triggers/row_limits.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* What each number of a line must be. */
static const struct
{
	int column;
	bool not_negative;
	bool percentage; /* at most 100 */
	const char *code;
	const char *problem;
	const char *hint;
} ranges[] = {
	{LINE_QUANTITY, false, false, "quantity_finite", "quantity must be a finite number",
	 "Leave it out for 1."},
	{LINE_UNIT_PRICE, false, false, "unit_price_finite", "unit_price must be a finite number",
	 "Leave it out for the price of the product."},
	{LINE_DISCOUNT_PERCENT, true, true, "discount_range", "discount_percent must be from 0 to 100",
	 "Give a percentage: 10 is one tenth off."},
	{LINE_TAX_PERCENT, true, false, "tax_range", "tax_percent must be a finite number from 0 up",
	 "Give a percentage: 10 is one tenth on top."},
};

static const OwnerQuery price_of_product = {
	.table = "product",
	.sql = "SELECT unit_price, currency, COALESCE(name, id::pg_catalog.text) AS name, " KEPT_COLUMNS
		   " FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 5,
	.results = {{NUMERICOID, NULLABLE}, {TEXTOID, NULLABLE}, {TEXTOID}, {OIDOID}, {TIDOID}},
};

static const Disclosure price_disclosure =
	DISCLOSURE("product", "id", INT8OID, "unit_price", "currency");
const Disclosure product_name_disclosure = DISCLOSURE("product", "id", INT8OID, "name");

/* A currency as messages name it. */
const char *
currency_label(const char *currency)
{
	return currency == NULL ? "the unnamed currency" : currency;
}

static Datum
multiply(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

/* Half away from zero. */
static Datum
round_to(Datum value, int digits)
{
	return DirectFunctionCall2(numeric_round, value, Int32GetDatum(digits));
}

/* A percentage as a factor: multiplying by 0.01 is exact, dividing by 100 is not. */
static Datum
hundredths(Datum percent)
{
	return multiply(percent, NumericGetDatum(int64_div_fast_to_numeric(1, 2)));
}

/* The tax on a net, rounded to the currency's digits. */
static Datum
tax_on(Datum net, Datum tax_percent, int digits)
{
	return round_to(multiply(net, hundredths(tax_percent)), digits);
}

/* The net of a line, rounded to the currency's digits, and the tax on the rounded net. */
static void
compute_line(Datum quantity, Datum unit_price, Datum discount_percent, Datum tax_percent,
			 int digits, Datum *net, Datum *tax)
{
	Datum share =
		DirectFunctionCall2(numeric_sub, NumericGetDatum(int64_to_numeric(100)), discount_percent);

	*net = round_to(multiply(multiply(quantity, unit_price), hundredths(share)), digits);
	*tax = tax_on(*net, tax_percent, digits);
}

/* Whether anything changed that net and tax follow from. */
bool
line_is_recomputed(const Row *line)
{
	return changed(line, LINE_PARENT) || changed(line, LINE_QUANTITY) ||
		   changed(line, LINE_UNIT_PRICE) || changed(line, LINE_DISCOUNT_PERCENT) ||
		   changed(line, LINE_TAX_PERCENT);
}

#define PRICE_HINT "Give unit_price, or a product that has one."

/* The line has no price, nor anything that gives it one. */
pg_noreturn static void
refuse_unpriced(const Row *line, const char *detail, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("the line has no unit price"),
					errdetail("%s", detail), errhint("%s", hint), errtable(line->rel),
					err_code("price_missing"), err_field("unit_price")));
}

/* Whoever may not read the price of a product is not told it by a line of it either. */
static void
need_price(const Row *line, Datum product_id)
{
	if (!may_read(line->trigger, &price_disclosure))
		refuse_unpriced(line,
						psprintf("You may not read that of product %lld.",
								 (long long) DatumGetInt64(product_id)),
						"Give unit_price.");
	need_visible(line, LINE_PRODUCT_ID, &price_disclosure, "product_missing");
}

/* A product in messages: by its name, where that may be told. */
static const char *
product_label(const Row *line, Datum product_id, Datum name)
{
	return may_tell(line->trigger, &product_name_disclosure, product_id)
			   ? psprintf("\"%s\"", TextDatumGetCString(name))
			   : psprintf("%lld", (long long) DatumGetInt64(product_id));
}

/* The price of the line's product, which must be in the line's currency. */
static void
take_price(Row *line, const LineParent *parent)
{
	const char *currency = parent->currency;
	Datum product_id;
	Datum product[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];
	const char *priced_in;

	if (is_null(line, LINE_PRODUCT_ID))
		refuse_unpriced(line, "It has no product either.", PRICE_HINT);
	product_id = value_of(line, LINE_PRODUCT_ID);
	need_price(line, product_id);
	if (!kept_row_query(line, &price_of_product, product_id, product, nulls))
		refuse_missing(line, LINE_PRODUCT_ID, "product", "product_missing");
	if (nulls[0])
		refuse_unpriced(
			line,
			psprintf("Its product, %s, has none.", product_label(line, product_id, product[2])),
			PRICE_HINT);

	priced_in = nulls[1] ? NULL : TextDatumGetCString(product[1]);
	if (priced_in == NULL || currency == NULL ? priced_in != currency
											  : strcmp(priced_in, currency) != 0)
	{
		refuse_hidden(line, LINE_PARENT, parent->disclosure, parent->missing);
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("product %s is priced in another currency than the line",
							   product_label(line, product_id, product[2])),
						errdetail("The product is priced in %s, the line is in %s.",
								  currency_label(priced_in), currency_label(currency)),
						errhint("Give unit_price, in the currency of the line."),
						errtable(line->rel), err_code("price_currency"), err_field("unit_price")));
	}
	set_value(line, LINE_UNIT_PRICE, product[0]);
}

/* What is left out stands for its default. */
static void
fill_defaults(Row *line, const LineParent *parent)
{
	if (is_null(line, LINE_QUANTITY))
		set_value(line, LINE_QUANTITY, NumericGetDatum(int64_to_numeric(1)));
	if (is_null(line, LINE_DISCOUNT_PERCENT))
		set_value(line, LINE_DISCOUNT_PERCENT, NumericGetDatum(int64_to_numeric(0)));
	if (is_null(line, LINE_TAX_PERCENT))
		set_value(line, LINE_TAX_PERCENT, NumericGetDatum(int64_to_numeric(0)));
	if (is_null(line, LINE_UNIT_PRICE))
		take_price(line, parent);
}

/* Each number of a line is in its range. */
static void
check_ranges(const Row *line)
{
	for (int i = 0; i < lengthof(ranges); i++)
	{
		Datum value = value_of(line, ranges[i].column);
		Numeric number = DatumGetNumeric(value);

		if (!numeric_is_nan(number) && !numeric_is_inf(number) &&
			!(ranges[i].not_negative &&
			  DatumGetBool(
				  DirectFunctionCall2(numeric_lt, value, NumericGetDatum(int64_to_numeric(0))))) &&
			!(ranges[i].percentage &&
			  DatumGetBool(
				  DirectFunctionCall2(numeric_gt, value, NumericGetDatum(int64_to_numeric(100))))))
			continue;

		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", ranges[i].problem),
						errdetail("It would be %s.",
								  DatumGetCString(DirectFunctionCall1(numeric_out, value))),
						errhint("%s", ranges[i].hint), errtable(line->rel),
						err_code(ranges[i].code), err_field(column_name(line, ranges[i].column))));
	}
}

/* Everything that follows from a line's own columns, in the currency that its parent has. */
void
derive_line(Row *line, const LineParent *parent)
{
	Datum net;
	Datum tax;

	fill_defaults(line, parent);
	check_ranges(line);
	compute_line(value_of(line, LINE_QUANTITY), value_of(line, LINE_UNIT_PRICE),
				 value_of(line, LINE_DISCOUNT_PERCENT), value_of(line, LINE_TAX_PERCENT),
				 listed_digits(line, parent->currency), &net, &tax);
	set_value(line, LINE_NET, net);
	set_value(line, LINE_TAX, tax);
	check_value_limit(line, line->at[LINE_NET]);
	check_value_limit(line, line->at[LINE_TAX]);
}

/* Take a part of a discount on the whole off a line, whose tax is on what is left. */
void
take_discount(Row *line, const LineParent *parent, Datum discount)
{
	Datum net = DirectFunctionCall2(numeric_sub, value_of(line, LINE_NET), discount);

	set_value(line, LINE_NET, net);
	set_value(line, LINE_TAX,
			  tax_on(net, value_of(line, LINE_TAX_PERCENT), listed_digits(line, parent->currency)));
}
