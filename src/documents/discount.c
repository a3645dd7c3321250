/* The discount on a whole document, shared out over its lines. */
#include "postgres.h"

#include "documents/discount.h"

#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/dependents.h"
#include "documents/document_source.h"
#include "fmgr.h"
#include "triggers/listed_currency.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(keep_shares);

/*
 * Each line takes its part of the discount in proportion to its net before it, by largest
 * remainder: whole units of the currency, which add up to the discount. Of equal remainders the
 * first line has the first unit. Tax is on what is left. The trigger BEFORE a document sums up what
 * the lines come to then; the one AFTER it writes it into them.
 */

/* What a document's lines come to, as they are written. */
static const OwnerQuery sum_of_lines = {
	.table = "document_line",
	.sql = "SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum(net), 0.00) AS net, "
		   "COALESCE(pg_catalog.sum(tax), 0.00) AS tax, "
		   "COALESCE(pg_catalog.sum(net OPERATOR(pg_catalog.+) tax), 0.00) AS total "
		   "FROM %s WHERE {=}document_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = SUMS,
	.results = {{INT8OID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID}},
};

/* What they come to before a discount. */
static const OwnerQuery undiscounted = {
	.table = "document_line",
	.sql = "SELECT COALESCE(pg_catalog.sum(net OPERATOR(pg_catalog.+) document_discount), 0.00) "
		   "AS net FROM %s WHERE {=}document_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{NUMERICOID}},
};

/*
 * Lines with their part of a discount: $2 units of $3 each, of as many digits as $4 says. All
 * numbers are exact, and quotients rounded down.
 */
#define SHARES                                                                                   \
	"(SELECT s.id, s.share, s.base OPERATOR(pg_catalog.-) s.share AS net, pg_catalog.round("     \
	"(s.base OPERATOR(pg_catalog.-) s.share) OPERATOR(pg_catalog.*) s.tax_percent "              \
	"OPERATOR(pg_catalog.*) 0.01, $4) AS tax FROM (SELECT q.id, q.base, q.tax_percent, "         \
	"(q.units OPERATOR(pg_catalog.+) CASE WHEN pg_catalog.row_number() OVER (ORDER BY q.rest "   \
	"DESC, q.position, q.id) OPERATOR(pg_catalog.<=) ($2 OPERATOR(pg_catalog.-) "                \
	"pg_catalog.sum(q.units) OVER ()) THEN 1 ELSE 0 END) OPERATOR(pg_catalog.*) $3 AS share "    \
	"FROM (SELECT p.*, CASE WHEN p.whole OPERATOR(pg_catalog.=) 0 THEN 0 ELSE "                  \
	"pg_catalog.div(p.part OPERATOR(pg_catalog.-) r.rest, p.whole) END AS units, r.rest "        \
	"FROM (SELECT b.*, $2 OPERATOR(pg_catalog.*) b.base OPERATOR(pg_catalog.*) "                 \
	"pg_catalog.sign(b.sum) AS part, pg_catalog.abs(b.sum) AS whole FROM (SELECT l.id, "         \
	"l.position, l.tax_percent, l.net OPERATOR(pg_catalog.+) l.document_discount AS base, "      \
	"pg_catalog.sum(l.net OPERATOR(pg_catalog.+) l.document_discount) OVER () AS sum FROM %1$s " \
	"AS l WHERE {=}l.document_id OPERATOR(pg_catalog.=) $1) AS b) AS p CROSS JOIN LATERAL "      \
	"(SELECT CASE WHEN p.whole OPERATOR(pg_catalog.=) 0 THEN 0 ELSE pg_catalog.mod("             \
	"pg_catalog.mod(p.part, p.whole) OPERATOR(pg_catalog.+) p.whole, p.whole) END AS rest) "     \
	"AS r) AS q) AS s) "

static const OwnerQuery discounted_sums = {
	.table = "document_line",
	.sql = "SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum(s.net), 0.00) AS net, "
		   "COALESCE(pg_catalog.sum(s.tax), 0.00) AS tax, "
		   "COALESCE(pg_catalog.sum(s.net OPERATOR(pg_catalog.+) s.tax), 0.00) AS total "
		   "FROM " SHARES "AS s",
	.latest = true,
	.nargs = 4,
	.args = {INT8OID, NUMERICOID, NUMERICOID, INT4OID},
	.nresults = SUMS,
	.results = {{INT8OID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID}},
};

static const OwnerQuery write_shares = {
	.table = "document_line",
	.sql = "UPDATE %1$s AS w SET document_discount = s.share, net = s.net, tax = s.tax "
		   "FROM " SHARES "AS s WHERE {=}w.document_id OPERATOR(pg_catalog.=) $1 "
		   "AND w.id OPERATOR(pg_catalog.=) s.id "
		   "AND w.document_discount OPERATOR(pg_catalog.<>) s.share",
	.nargs = 4,
	.args = {INT8OID, NUMERICOID, NUMERICOID, INT4OID},
};

/* A line whose part changes, and which another session is changing. */
static const OwnerQuery busy_share = {
	.table = "document_line",
	.sql = "SELECT d.id FROM %1$s AS d JOIN " SHARES "AS s ON s.id OPERATOR(pg_catalog.=) d.id "
		   "WHERE {=}d.document_id OPERATOR(pg_catalog.=) $1 "
		   "AND d.document_discount OPERATOR(pg_catalog.<>) s.share "
		   "EXCEPT SELECT l.id FROM (SELECT k.id FROM %1$s AS k JOIN " SHARES "AS s "
		   "ON s.id OPERATOR(pg_catalog.=) k.id WHERE {=}k.document_id OPERATOR(pg_catalog.=) $1 "
		   "AND k.document_discount OPERATOR(pg_catalog.<>) s.share "
		   "FOR NO KEY UPDATE OF k SKIP LOCKED) AS l LIMIT 1",
	.nargs = 4,
	.args = {INT8OID, NUMERICOID, NUMERICOID, INT4OID},
	.nresults = 1,
	.results = {{INT8OID}},
};

static const Disclosure line_disclosure = DISCLOSURE("document_line", "id", INT8OID);

/* Whether a document says that something is taken off; what its CHECKs refuse says nothing. */
static bool
has_discount(const Row *row, const DiscountColumns *columns)
{
	int column = !is_null(row, columns->percent) ? columns->percent : columns->amount;
	Numeric number;

	if (is_null(row, column))
		return false;
	number = DatumGetNumeric(value_of(row, column));
	return !numeric_is_nan(number) && !numeric_is_inf(number);
}

/* Whether an UPDATE changes what is taken off. */
bool
discount_differs(const Row *row, const DiscountColumns *columns)
{
	return differs(row, columns->percent) || differs(row, columns->amount);
}

static Datum
times(Datum a, Datum b)
{
	return DirectFunctionCall2(numeric_mul, a, b);
}

/*
 * The parameters of SHARES: the discount in units of the currency, at most all that there is where
 * it is an amount.
 */
static void
share_parameters(const Row *row, const DiscountColumns *columns, Datum *args)
{
	Datum id = value_of(row, columns->id);
	int digits = listed_digits(row, is_null(row, columns->currency)
										? NULL
										: TextDatumGetCString(value_of(row, columns->currency)));
	Datum ten = NumericGetDatum(int64_to_numeric(10));
	Datum unit = DirectFunctionCall2(numeric_power, ten, NumericGetDatum(int64_to_numeric(digits)));
	Datum off = NumericGetDatum(int64_to_numeric(0));
	Datum base;

	(void) owner_query(row->trigger, &undiscounted, &id, &base, NULL);
	if (has_discount(row, columns))
	{
		if (!is_null(row, columns->percent))
			off = times(times(base, value_of(row, columns->percent)),
						NumericGetDatum(int64_div_fast_to_numeric(1, 2)));
		else
			off = DirectFunctionCall2(
				numeric_larger, off,
				DirectFunctionCall2(numeric_smaller, base, value_of(row, columns->amount)));
	}
	args[0] = id;
	args[1] = DirectFunctionCall2(
		numeric_round, times(DirectFunctionCall2(numeric_round, off, Int32GetDatum(digits)), unit),
		Int32GetDatum(0));
	args[2] = NumericGetDatum(int64_div_fast_to_numeric(1, digits));
	args[3] = Int32GetDatum(digits);
}

/* What the lines come to, less the discount. */
void
sum_document(Row *row, const DiscountColumns *columns, Datum *sums)
{
	Datum args[4] = {value_of(row, columns->id)};
	bool shared = has_discount(row, columns) || discount_differs(row, columns);

	if (shared)
		share_parameters(row, columns, args);
	(void) owner_query(row->trigger, shared ? &discounted_sums : &sum_of_lines, args, sums, NULL);
}

/* An amount that is taken off is no more than there is, where the document is confirmed. */
void
check_discount(const Row *row, const DiscountColumns *columns)
{
	Datum id = value_of(row, columns->id);
	Datum base;

	if (is_null(row, columns->amount))
		return;
	(void) owner_query(row->trigger, &undiscounted, &id, &base, NULL);
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, value_of(row, columns->amount), base)))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("discount_amount is more than the lines come to"),
						errdetail("It is %s, and they come to %s.",
								  number_text(value_of(row, columns->amount)), number_text(base)),
						errhint("Lower it, or add lines."), errtable(row->rel),
						err_code("discount_exceeds_lines"), err_field("discount_amount")));
}

/*
 * keep_shares() -> trigger: lines of a document have their part of its discount, once the document
 * is written, which sums them up so. Whoever edits a line locks it and then the document.
 */
Datum
keep_shares(PG_FUNCTION_ARGS)
{
	enum
	{
		SHARED_ID,
		SHARED_CURRENCY,
		SHARED_PERCENT,
		SHARED_AMOUNT,
		SHARED_COLUMNS
	};
	static const TriggerColumn used[SHARED_COLUMNS] = {
		[SHARED_ID] = {"id", INT8OID},
		[SHARED_CURRENCY] = {"currency", TEXTOID},
		[SHARED_PERCENT] = {"discount_percent", NUMERICOID},
		[SHARED_AMOUNT] = {"discount_amount", NUMERICOID},
	};
	static const DiscountColumns columns = {SHARED_ID, SHARED_CURRENCY, SHARED_PERCENT,
											SHARED_AMOUNT};
	static const TriggerUse use = {"keep_shares", AFTER_ROW, ON_UPDATE, used, SHARED_COLUMNS};
	Row row = open_row(fcinfo, &use);
	Datum args[4];
	Datum line;

	if (has_discount(&row, &columns) || discount_differs(&row, &columns))
	{
		share_parameters(&row, &columns, args);
		if (owner_query(row.trigger, &busy_share, args, &line, NULL))
			refuse_busy(row.trigger, &line_disclosure, line,
						"Its part of the document's discount changes.");
		(void) owner_execute(row.trigger, &write_shares, args, NULL);
	}
	PG_RETURN_POINTER(NULL);
}
