/* How much of a quote is invoiced: no more than it offers, in parts or at once. */
#include "postgres.h"

#include "documents/invoiced.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/literal.h"
#include "catalog/pg_type.h"
#include "documents/document_source.h"
#include "fmgr.h"
#include "settings/clock.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/*
 * A line of an invoice that names a line of the quote holds its quantity of that from the moment it
 * is written: a draft counts, and what is voided or deleted is free again. What the invoices come
 * to is limited where they are confirmed, since a draft is written line by line. All of it is read
 * under the lock on the opportunity.
 */

/*
 * The invoices of a quote, where nothing of it is left: none of its lines has a quantity that isn't
 * held, or lines that name none of the quote have come to all of it.
 */
static const OwnerQuery whole_invoices = {
	.table = "document",
	.second = "document_line",
	.sql =
		"SELECT pg_catalog.max(i.id) AS id, pg_catalog.count(*) AS count "
		"FROM (SELECT * FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1) AS q "
		"JOIN %1$s AS i ON {i=q}i.source_document_id OPERATOR(pg_catalog.=) q.id "
		"AND i.kind OPERATOR(pg_catalog.=) 'invoice' AND i.status OPERATOR(pg_catalog.<>) 'void' "
		"CROSS JOIN LATERAL (SELECT NOT EXISTS (SELECT FROM %2$s AS l "
		"WHERE {l=q}l.document_id OPERATOR(pg_catalog.=) q.id "
		"AND l.quantity OPERATOR(pg_catalog.<>) COALESCE((SELECT pg_catalog.sum(r.quantity) "
		"FROM %2$s AS r JOIN %1$s AS d ON {d=r}d.id OPERATOR(pg_catalog.=) r.document_id "
		"AND d.kind OPERATOR(pg_catalog.=) 'invoice' AND d.status OPERATOR(pg_catalog.<>) 'void' "
		"WHERE {r=l}r.source_line_id OPERATOR(pg_catalog.=) l.id), 0))) AS lines (held) "
		"GROUP BY q.id, q.total, lines.held HAVING lines.held OR (pg_catalog.bool_or(EXISTS ("
		"SELECT FROM %2$s AS u WHERE {u=i}u.document_id OPERATOR(pg_catalog.=) i.id "
		"AND u.source_line_id IS NULL)) AND q.total OPERATOR(pg_catalog.<>) 0 "
		"AND pg_catalog.sum(i.total) OPERATOR(pg_catalog.*) pg_catalog.sign(q.total) "
		"OPERATOR(pg_catalog.>=) pg_catalog.abs(q.total))",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 2,
	.results = {{INT8OID}, {INT8OID}},
};

/* The last day of a quote that is past on a day, and nothing of which is invoiced. */
static const OwnerQuery expired_quote = {
	.table = "document",
	.sql = "SELECT q.valid_until FROM (SELECT * FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1) "
		   "AS q WHERE q.valid_until OPERATOR(pg_catalog.<) $2 AND NOT EXISTS (SELECT FROM %1$s "
		   "AS i WHERE {i=q}i.source_document_id OPERATOR(pg_catalog.=) q.id "
		   "AND i.kind OPERATOR(pg_catalog.=) 'invoice' "
		   "AND i.status OPERATOR(pg_catalog.<>) 'void')",
	.latest = true,
	.nargs = 2,
	.args = {INT8OID, DATEOID},
	.nresults = 1,
	.results = {{DATEOID}},
};

/* What a quote comes to, and what its confirmed invoices do. */
static const OwnerQuery quote_sums = {
	.table = "document",
	.sql = "SELECT q.net, q.tax, q.total, COALESCE(pg_catalog.sum(i.net), 0) AS net, "
		   "COALESCE(pg_catalog.sum(i.tax), 0) AS tax, COALESCE(pg_catalog.sum(i.total), 0) "
		   "AS total FROM (SELECT * FROM %1$s WHERE {=}id OPERATOR(pg_catalog.=) $1) AS q "
		   "LEFT JOIN %1$s AS i ON {i=q}i.source_document_id OPERATOR(pg_catalog.=) q.id "
		   "AND i.kind OPERATOR(pg_catalog.=) 'invoice' "
		   "AND i.status OPERATOR(pg_catalog.=) 'confirmed' GROUP BY q.net, q.tax, q.total",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 6,
	.results = {{NUMERICOID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID}, {NUMERICOID}},
};

/* What errors tell of a quote, of its lines, and of what is invoiced of them. */
static const Disclosure invoice_disclosure = DISCLOSURE("document", "id", INT8OID);
static const Disclosure quote_disclosure =
	DISCLOSURE("document", "id", INT8OID, "net", "tax", "total");
static const Disclosure invoices_disclosure =
	DISCLOSURE("document", "source_document_id", INT8OID, "kind", "status", "net", "tax", "total");
static const Disclosure valid_disclosure = DISCLOSURE("document", "id", INT8OID, "valid_until");
static const Disclosure quoted_disclosure = DISCLOSURE("document_line", "id", INT8OID, "quantity");
static const Disclosure invoiced_disclosure =
	DISCLOSURE("document_line", "source_line_id", INT8OID, "quantity");

#define FREE_HINT "Void an invoice of it, or delete its draft, to free what that holds."

/* Something of a quote must be left for a new invoice of it. */
void
check_left_to_invoice(TriggerData *trigger, int64 quote_id)
{
	Datum arg = Int64GetDatum(quote_id);
	Datum invoices[2];

	if (!owner_query(trigger, &whole_invoices, &arg, invoices, NULL))
		return;
	ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
					errmsg("quote %lld is invoiced already", (long long) quote_id),
					!may_tell(trigger, &invoice_disclosure, invoices[0]) ? 0
					: DatumGetInt64(invoices[1]) == 1
						? errdetail("Its invoice is document %lld.",
									(long long) DatumGetInt64(invoices[0]))
						: errdetail("The last of its invoices is document %lld.",
									(long long) DatumGetInt64(invoices[0])),
					errhint(FREE_HINT), errtable(trigger->tg_relation),
					err_code("already_invoiced"), err_field("source_document_id")));
}

/*
 * A quote is accepted until its last day: by the day of the invoice, today unless it has one. What
 * is invoiced in part was accepted.
 */
void
check_not_expired(const Row *row, int quote, int issued_on)
{
	Datum args[2] = {value_of(row, quote),
					 is_null(row, issued_on)
						 ? DateADTGetDatum(business_day(GetCurrentTransactionStartTimestamp()))
						 : value_of(row, issued_on)};
	Datum last_day;

	if (!owner_query(row->trigger, &expired_quote, args, &last_day, NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("quote %lld has expired", (long long) DatumGetInt64(args[0])),
			 may_tell(row->trigger, &valid_disclosure, args[0])
				 ? errdetail("Its last day was %s.", literal_text(DATEOID, last_day))
				 : 0,
			 errhint("Set a later valid_until on the quote, or issue another."), errtable(row->rel),
			 err_code("quote_expired"), err_field("source_document_id")));
}

/* Whether a sum is past a limit, which has the sign of what is limited. */
static bool
is_past(Datum sum, Datum limit)
{
	Datum zero = NumericGetDatum(int64_to_numeric(0));
	bool negative = DatumGetBool(DirectFunctionCall2(numeric_lt, limit, zero));

	return DatumGetBool(DirectFunctionCall2(negative ? numeric_lt : numeric_gt, sum, limit));
}

/*
 * The confirmed invoices of a quote come to no more than the quote: with the sums of the row, which
 * is being confirmed, or without them, since it is voided.
 */
void
check_invoiced(const Row *row, int quote, const int *sums, bool voided)
{
	TriggerData *trigger = row->trigger;
	Datum arg = value_of(row, quote);
	Datum values[6];

	if (!owner_query(trigger, &quote_sums, &arg, values, NULL))
		refuse_missing(row, quote, "document", "source_missing");
	for (int i = 0; i < 3; i++)
	{
		Datum own = value_of(row, sums[i]);
		Datum sum = DirectFunctionCall2(voided ? numeric_sub : numeric_add, values[3 + i], own);

		if (!is_past(sum, values[i]))
			continue;
		ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
						errmsg("more of quote %lld would be invoiced than it offers",
							   (long long) DatumGetInt64(arg)),
						may_tell(trigger, &quote_disclosure, arg) &&
								may_tell(trigger, &invoices_disclosure, arg)
							? errdetail("Its %s is %s; that of its invoices would be %s.",
										column_name(row, sums[i]), number_text(values[i]),
										number_text(sum))
							: 0,
						errhint("%s", voided ? "Void other invoices of the quote first."
											 : "Lower quantities or prices, or make the rest an "
											   "invoice without a quote."),
						errtable(row->rel), err_code("already_invoiced"),
						err_field(column_name(row, sums[i]))));
	}
}

/* More would be invoiced of a line of a quote than is left of it. */
void
refuse_invoiced_line(TriggerData *trigger, Datum line, Datum offered, Datum invoiced)
{
	bool told = may_tell(trigger, &quoted_disclosure, line) &&
				may_tell(trigger, &invoiced_disclosure, line);

	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 told ? errmsg("more of line %lld would be invoiced than is quoted",
						   (long long) DatumGetInt64(line))
				  : errmsg("more of a line would be invoiced than is quoted"),
			 told ? errdetail("Quoted: %s; invoiced, with this line: %s.", number_text(offered),
							  number_text(invoiced))
				  : 0,
			 errhint("Invoice part of it, or all, by quantities of its sign. " FREE_HINT),
			 errtable(trigger->tg_relation), err_code("already_invoiced"), err_field("quantity")));
}
