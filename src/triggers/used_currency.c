/* The triggers of the table currency: what is used of a row stays. */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/currency.h"
#include "triggers/currency_column.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(currency_trigger);
PG_FUNCTION_INFO_V1(used_currency_trigger);

/*
 * Whoever takes a currency locks its row as a foreign key does. So whoever changes code or digits
 * has waited for him, and finds what he wrote; and he waits for that change, and finds it.
 */

enum
{
	CURRENCY_CODE,
	CURRENCY_DIGITS,
	CURRENCY_COLUMNS
};

static const TriggerColumn columns[CURRENCY_COLUMNS] = {
	[CURRENCY_CODE] = {"code", TEXTOID},
	[CURRENCY_DIGITS] = {"digits", INT4OID},
};

/* What is in a currency. Documents and payments are in that of their opportunity. */
#define USE(of_table, condition)                                                             \
	{                                                                                        \
		.table = of_table, .sql = "SELECT true FROM %s WHERE {=}" condition, .latest = true, \
		.nargs = 1, .args = {                                                                \
			TEXTOID                                                                          \
		}                                                                                    \
	}

static const OwnerQuery uses[] = {
	USE("opportunity", "currency OPERATOR(pg_catalog.=) $1 LIMIT 1"),
	USE("product", "currency OPERATOR(pg_catalog.=) $1 LIMIT 1"),
	USE("target", "currency OPERATOR(pg_catalog.=) $1 LIMIT 1"),
	USE("target", "currency OPERATOR(pg_catalog.=) $1 LIMIT 1"),
	USE("exchange_rate", "(from_currency OPERATOR(pg_catalog.=) $1 OR to_currency "
						 "OPERATOR(pg_catalog.=) $1) LIMIT 1"),
};

/* Whether the currency is there all the same, by another row. */
static const OwnerQuery listed_again = {
	.table = "currency",
	.sql = "SELECT true FROM %s WHERE {=}code OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {TEXTOID},
};

/*
 * Lines that come to something else with other digits. A line that returns one of an invoice may
 * take less than it comes to, but only such as the digits can say.
 */
#define LINES(of_lines, parent, key, problem)                                               \
	{                                                                                       \
		.table = of_lines, .second = parent,                                                \
		.sql = "SELECT l.net, l.tax FROM %2$s AS p JOIN %1$s AS l "                         \
			   "ON {l=p}l." key " OPERATOR(pg_catalog.=) p.id "                             \
			   "CROSS JOIN LATERAL opportunities_internal.line_sums(l.quantity, "           \
			   "l.unit_price, l.discount_percent, l.tax_percent, $2) AS c WHERE {p=}"       \
			   "p.currency OPERATOR(pg_catalog.=) $1 AND " problem " LIMIT 1",              \
		.latest = true, .nargs = 2, .args = {TEXTOID, INT4OID}, .nresults = 2, .results = { \
			{NUMERICOID},                                                                   \
			{NUMERICOID}                                                                    \
		}                                                                                   \
	}

#define DIFFERS(net, tax) \
	"(l.net OPERATOR(pg_catalog.<>) " net " OR l.tax OPERATOR(pg_catalog.<>) " tax ")"

static const OwnerQuery other_lines[] = {
	LINES("opportunity_line", "opportunity", "opportunity_id", DIFFERS("c.net", "c.tax")),
	LINES("document_line", "document", "document_id",
		  "CASE WHEN l.source_line_id IS NULL THEN " DIFFERS("c.net", "c.tax") " ELSE " DIFFERS(
			  "pg_catalog.round(l.net, $2)", "pg_catalog.round(l.tax, $2)") " END"),
};

/* Nobody writes a line while a currency comes that is rounded to other digits than before. */
static const OwnerQuery lock_lines = {
	.table = "opportunity_line",
	.second = "document_line",
	.sql = "LOCK TABLE %1$s, %2$s IN SHARE MODE",
};

/* currency_trigger() -> trigger */
Datum
currency_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"currency_trigger", BEFORE_ROW, ON_INSERT | ON_UPDATE, columns,
								   CURRENCY_COLUMNS};
	Row row = open_row(fcinfo, &use);

	keep_currency_code(&row, CURRENCY_CODE);
	if (is_null(&row, CURRENCY_DIGITS) && !is_null(&row, CURRENCY_CODE))
		set_value(
			&row, CURRENCY_DIGITS,
			Int32GetDatum(currency_digits_of(TextDatumGetCString(value_of(&row, CURRENCY_CODE)))));
	PG_RETURN_POINTER(close_row(&row));
}

/* A code that is in use stays. */
static void
check_use(const Row *row, Datum code)
{
	if (owner_query(row->trigger, &listed_again, &code, NULL, NULL))
		return;
	for (int i = 0; i < lengthof(uses); i++)
		if (owner_query(row->trigger, &uses[i], &code, NULL, NULL))
			ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
							errmsg("currency \"%s\" is in use", TextDatumGetCString(code)),
							errdetail("Rows of table \"%s\" are in it.", uses[i].table),
							errhint("Change or delete them first."), errtable(row->rel),
							err_code("currency_in_use"), err_field("code")));
}

/* Lines stay what they are rounded to. */
static void
check_digits(const Row *row)
{
	Datum args[] = {value_of(row, CURRENCY_CODE), value_of(row, CURRENCY_DIGITS)};
	Datum sums[2];

	for (int i = 0; i < lengthof(other_lines); i++)
		if (owner_query(row->trigger, &other_lines[i], args, sums, NULL))
			ereport(
				ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("currency \"%s\" cannot have %d digits after the point",
						TextDatumGetCString(args[0]), DatumGetInt32(args[1])),
				 errdetail("A row of table \"%s\" was rounded to others.", other_lines[i].table),
				 errhint("Give it the digits that its lines have, or change these first."),
				 errtable(row->rel), err_code("currency_digits"), err_field("digits")));
}

/* used_currency_trigger() -> trigger */
Datum
used_currency_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"used_currency_trigger", AFTER_ROW, ON_WRITE, columns,
								   CURRENCY_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (!row.is_insert && (row.is_delete || differs(&row, CURRENCY_CODE)))
		check_use(&row, old_value_of(&row, CURRENCY_CODE));
	if (row.is_delete)
		PG_RETURN_POINTER(NULL);
	if (row.is_insert || differs(&row, CURRENCY_CODE))
	{
		char *code = TextDatumGetCString(value_of(&row, CURRENCY_CODE));

		if (DatumGetInt32(value_of(&row, CURRENCY_DIGITS)) == currency_digits_of(code))
			PG_RETURN_POINTER(NULL);
		(void) owner_execute(row.trigger, &lock_lines, NULL, NULL);
		check_digits(&row);
	}
	else if (differs(&row, CURRENCY_DIGITS))
		check_digits(&row);
	PG_RETURN_POINTER(NULL);
}
