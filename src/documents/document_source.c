/* What documents are made from: invoices from quotes, returns from invoices. */
#include "postgres.h"

#include "documents/document_source.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/*
 * All of it is read under the lock on the opportunity, which every change of a document's status
 * takes.
 */

static const OwnerQuery source_document = {
	.table = "document",
	.sql = "SELECT opportunity_id, kind, status FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 3,
	.results = {{INT8OID}, {TEXTOID}, {TEXTOID}},
};

static const OwnerQuery confirmed_returns = {
	.table = "document",
	.sql = "SELECT pg_catalog.array_agg(id) AS id, pg_catalog.sum(total) AS total FROM %s "
		   "WHERE {=}source_document_id OPERATOR(pg_catalog.=) $1 "
		   "AND kind OPERATOR(pg_catalog.=) 'return' "
		   "AND status OPERATOR(pg_catalog.=) 'confirmed' "
		   "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 2,
	.results = {{INT8ARRAYOID}, {NUMERICOID}},
};

static const OwnerQuery total_of_document = {
	.table = "document",
	.sql = "SELECT total FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{NUMERICOID}},
};

/* A line of an invoice of which more is returned than was invoiced, or the other way round. */
static const OwnerQuery overdrawn_line = {
	.table = "document_line",
	.sql = "SELECT l.id, l.quantity, pg_catalog.sum(r.quantity) AS quantity "
		   "FROM (SELECT * FROM %1$s WHERE {=}document_id OPERATOR(pg_catalog.=) ANY ($1)) AS r "
		   "JOIN %1$s AS l ON {l=r}l.id OPERATOR(pg_catalog.=) r.source_line_id "
		   "GROUP BY l.id, l.quantity "
		   "HAVING pg_catalog.abs(pg_catalog.sum(r.quantity)) OPERATOR(pg_catalog.>) "
		   "pg_catalog.abs(l.quantity) OR pg_catalog.bool_or("
		   "r.quantity OPERATOR(pg_catalog.*) l.quantity OPERATOR(pg_catalog.<) 0) LIMIT 1",
	.latest = true,
	.nargs = 1,
	.args = {INT8ARRAYOID},
	.nresults = 3,
	.results = {{INT8OID}, {NUMERICOID}, {NUMERICOID}},
};

/* What errors tell of invoices, and of what is returned of them. */
static const Disclosure total_disclosure = DISCLOSURE("document", "id", INT8OID, "total");
static const Disclosure returns_disclosure =
	DISCLOSURE("document", "source_document_id", INT8OID, "kind", "status", "total");
static const Disclosure line_disclosure = DISCLOSURE("document_line", "id", INT8OID, "quantity");
static const Disclosure returned_disclosure =
	DISCLOSURE("document_line", "source_line_id", INT8OID, "quantity");

/* A number as errors tell it. */
char *
number_text(Datum value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, value));
}

/* A document that another is made from: of that kind and opportunity, and confirmed. */
void
need_source(const Row *row, int column, const char *kind, int64 opportunity_id)
{
	Datum arg = value_of(row, column);
	long long id = DatumGetInt64(arg);
	Datum values[3];

	if (!owner_query(row->trigger, &source_document, &arg, values, NULL))
		refuse_missing(row, column, "document", "source_missing");
	if (DatumGetInt64(values[0]) == opportunity_id &&
		strcmp(TextDatumGetCString(values[1]), kind) == 0 &&
		strcmp(TextDatumGetCString(values[2]), "confirmed") == 0)
		return;

	refuse_hidden(row, column, &document_disclosure, "source_missing");
	if (DatumGetInt64(values[0]) != opportunity_id)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("document %lld is of another opportunity", id),
				 errdetail("It is of opportunity %lld, the new document of opportunity %lld.",
						   (long long) DatumGetInt64(values[0]), (long long) opportunity_id),
				 errtable(row->rel), err_code("source_of_another_opportunity"),
				 err_field("source_document_id")));
	if (strcmp(TextDatumGetCString(values[1]), kind) != 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("document %lld is of kind %s, not %s", id,
							   TextDatumGetCString(values[1]), kind),
						errhint("An invoice is made from a quote, a return from an invoice."),
						errtable(row->rel), err_code("source_of_another_kind"),
						err_field("source_document_id")));
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION), errmsg("document %lld is not confirmed", id),
					errdetail("Its status is %s.", TextDatumGetCString(values[2])),
					errhint("Documents are made from confirmed ones."), errtable(row->rel),
					err_code("source_not_confirmed"), err_field("source_document_id")));
}

/* Whether an invoice has confirmed returns. */
bool
is_returned(TriggerData *trigger, int64 invoice_id)
{
	Datum arg = Int64GetDatum(invoice_id);
	Datum values[2];

	return owner_query(trigger, &confirmed_returns, &arg, values, NULL);
}

/* The documents of a list and one more, as an array. */
static Datum
with_document(Datum documents, int64 id)
{
	Datum *elements;
	int count;
	Datum *all;

	deconstruct_array(DatumGetArrayTypeP(documents), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elements, NULL, &count);
	all = palloc((count + 1) * sizeof(Datum));
	memcpy(all, elements, count * sizeof(Datum));
	all[count] = Int64GetDatum(id);
	return PointerGetDatum(
		construct_array(all, count + 1, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* More would be returned of a line of an invoice than was invoiced. */
pg_noreturn static void
refuse_line(TriggerData *trigger, const Datum *line)
{
	bool told = may_tell(trigger, &line_disclosure, line[0]) &&
				may_tell(trigger, &returned_disclosure, line[0]);

	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					told ? errmsg("more would be returned of line %lld than was invoiced",
								  (long long) DatumGetInt64(line[0]))
						 : errmsg("more would be returned of a line than was invoiced"),
					told ? errdetail("Invoiced: %s; returned, with this return: %s.",
									 number_text(line[1]), number_text(line[2]))
						 : 0,
					errhint("Return part of it, or all, by lines whose quantity has its sign."),
					errtable(trigger->tg_relation), err_code("return_exceeds_invoice"),
					err_field("quantity")));
}

/*
 * A return takes back no more than was invoiced, less what other confirmed returns took: the row
 * with its columns of the id and of the invoice.
 */
void
check_return(const Row *row, int id, int invoice, Datum total)
{
	TriggerData *trigger = row->trigger;
	Datum arg = value_of(row, invoice);
	Datum returns[2] = {PointerGetDatum(construct_empty_array(INT8OID)),
						NumericGetDatum(int64_to_numeric(0))};
	Datum line[3];
	Datum invoiced;
	Datum left;

	(void) owner_query(trigger, &confirmed_returns, &arg, returns, NULL);
	if (!owner_query(trigger, &total_of_document, &arg, &invoiced, NULL))
		refuse_missing(row, invoice, "document", "source_missing");
	returns[0] = with_document(returns[0], DatumGetInt64(value_of(row, id)));
	if (owner_query(trigger, &overdrawn_line, returns, line, NULL))
		refuse_line(trigger, line);

	left = DirectFunctionCall2(numeric_sub, invoiced, returns[1]);
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, total, left)))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("more would be returned of invoice %lld than was invoiced",
							   (long long) DatumGetInt64(arg)),
						may_tell(trigger, &total_disclosure, arg) &&
								may_tell(trigger, &returns_disclosure, arg)
							? errdetail("Left to return: %s; this return: %s.", number_text(left),
										number_text(total))
							: 0,
						errhint("Lower quantities or prices."), errtable(trigger->tg_relation),
						err_code("return_exceeds_invoice"), err_field("total")));
}
