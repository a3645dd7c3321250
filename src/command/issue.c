/* issue_quote, issue_invoice, invoice_quote, issue_return. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "command/command.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "fmgr.h"
#include "settings/tenant.h"

PG_FUNCTION_INFO_V1(issue_quote);
PG_FUNCTION_INFO_V1(issue_invoice);
PG_FUNCTION_INFO_V1(invoice_quote);
PG_FUNCTION_INFO_V1(issue_return);

/*
 * The commands that issue documents: ordinary statements, as the caller. Inserting a document locks
 * its opportunity, so that what is copied next is copied as it stands until the end.
 */

/* The columns that lines of opportunities and of documents have in common. */
#define COPIED \
	"product_id, position, description, quantity, unit_price, discount_percent, tax_percent"
#define COPIED_OF(l)                                                                         \
	l ".product_id, " l ".position, " l ".description, " l ".quantity, " l ".unit_price, " l \
	  ".discount_percent, " l ".tax_percent"

/* The tables of a call. */
typedef struct Issue
{
	Source *opportunities;
	Source *documents;
	Source *lines;
} Issue;

static Issue
open_issue(FunctionCallInfo fcinfo, const char *argument, const char *command)
{
	Issue issue;

	need_argument(fcinfo, 0, argument);
	issue.opportunities = crm_opportunities(fcinfo, 2);
	issue.documents = open_sibling(issue.opportunities, "document", command);
	issue.lines = open_sibling(issue.opportunities, "document_line", command);
	return issue;
}

/* Run a statement as the caller; its parameters are ids. How many rows it read or wrote. */
static uint64
run_for_ids(const char *sql, int64 first, int64 second)
{
	Datum args[2] = {Int64GetDatum(first), Int64GetDatum(second)};

	if (SPI_execute_with_args(sql, lengthof(args), (Oid[]){INT8OID, INT8OID}, args, NULL, false,
							  0) < 0)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

/* The id in the first column of what a statement gave. */
static int64
only_id(void)
{
	bool isnull;

	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

pg_noreturn static void
not_found(const char *what, int64 id, const char *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND), errmsg("%s %lld does not exist", what, (long long) id),
			 errdetail("Or it is not visible to you."), err_code("not_found"),
			 err_field(argument)));
}

/* Insert a draft; source is the document that it is made from, or 0. */
static int64
insert_draft(const Issue *issue, const char *kind, int64 opportunity_id, int64 source)
{
	(void) run_for_ids(
		psprintf("INSERT INTO %s (opportunity_id, kind, source_document_id) "
				 "VALUES ($1, '%s', CASE WHEN $2 OPERATOR(pg_catalog.<>) 0 THEN $2 END) "
				 "RETURNING id::pg_catalog.int8",
				 issue->documents->sql, kind),
		opportunity_id, source);
	return only_id();
}

/* Confirm a draft, if asked for, and give its id. */
static Datum
finish(FunctionCallInfo fcinfo, const Issue *issue, int64 id)
{
	if (!PG_ARGISNULL(1) && PG_GETARG_BOOL(1) &&
		run_for_ids(
			psprintf(
				"UPDATE %s AS d SET status = 'confirmed' WHERE d.id OPERATOR(pg_catalog.=) $1%s",
				issue->documents->sql, of_tenant(issue->documents->relid, "d")),
			id, 0) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("document %lld may not be confirmed by you", (long long) id),
				 errhint("Issue it as a draft."), err_code("not_allowed"), err_field("confirm")));
	SPI_finish();
	PG_RETURN_INT64(id);
}

/* A document of an opportunity with the lines as they stand, or one line of the amount. */
static Datum
issue_of_opportunity(FunctionCallInfo fcinfo, const char *kind, const char *command)
{
	Issue issue = open_issue(fcinfo, "opportunity_id", command);
	Source *given = open_sibling(issue.opportunities, "opportunity_line", command);
	int64 opportunity_id = PG_GETARG_INT64(0);
	const char *found =
		psprintf("%s AS o WHERE o.id OPERATOR(pg_catalog.=) $1%s", issue.opportunities->sql,
				 of_tenant(issue.opportunities->relid, "o"));
	int64 id;

	SPI_connect();
	if (run_for_ids(psprintf("SELECT true FROM %s", found), opportunity_id, 0) == 0)
		not_found("opportunity", opportunity_id, "opportunity_id");
	id = insert_draft(&issue, kind, opportunity_id, 0);
	if (run_for_ids(
			psprintf("INSERT INTO %s (document_id, " COPIED ") SELECT $2, " COPIED_OF(
						 "l") " "
							  "FROM %s AS l WHERE l.opportunity_id OPERATOR(pg_catalog.=) $1%s "
							  "ORDER BY l.position, l.id",
					 issue.lines->sql, given->sql, of_tenant(given->relid, "l")),
			opportunity_id, id) == 0 &&
		run_for_ids(psprintf("INSERT INTO %s (document_id, description, unit_price) "
							 "SELECT $2, o.title, o.amount FROM %s AND o.amount IS NOT NULL",
							 issue.lines->sql, found),
					opportunity_id, id) == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("opportunity %lld has neither lines nor an amount",
							   (long long) opportunity_id),
						errhint("Enter lines, or set its amount."), err_code("nothing_to_issue"),
						err_field("opportunity_id")));
	return finish(fcinfo, &issue, id);
}

/* The opportunity of a document that another is made from. */
static int64
source_opportunity(const Issue *issue, int64 id, const char *what, const char *argument)
{
	if (run_for_ids(psprintf("SELECT d.opportunity_id::pg_catalog.int8 FROM %s AS d "
							 "WHERE d.id OPERATOR(pg_catalog.=) $1%s",
							 issue->documents->sql, of_tenant(issue->documents->relid, "d")),
					id, 0) == 0)
		not_found(what, id, argument);
	return only_id();
}

/* issue_quote(opportunity_id bigint, confirm boolean, relation regclass) -> bigint */
Datum
issue_quote(PG_FUNCTION_ARGS)
{
	return issue_of_opportunity(fcinfo, "quote", "issue_quote");
}

/* issue_invoice(opportunity_id bigint, confirm boolean, relation regclass) -> bigint */
Datum
issue_invoice(PG_FUNCTION_ARGS)
{
	return issue_of_opportunity(fcinfo, "invoice", "issue_invoice");
}

/* invoice_quote(quote_id bigint, confirm boolean, relation regclass) -> bigint */
Datum
invoice_quote(PG_FUNCTION_ARGS)
{
	Issue issue = open_issue(fcinfo, "quote_id", "invoice_quote");
	int64 quote_id = PG_GETARG_INT64(0);
	int64 id;

	SPI_connect();
	id = insert_draft(&issue, "invoice", source_opportunity(&issue, quote_id, "quote", "quote_id"),
					  quote_id);
	(void) run_for_ids(
		psprintf("INSERT INTO %s (document_id, " COPIED ") SELECT $2, " COPIED_OF(
					 "l") " "
						  "FROM %s AS l WHERE l.document_id OPERATOR(pg_catalog.=) $1%s "
						  "ORDER BY l.position, l.id",
				 issue.lines->sql, issue.lines->sql, of_tenant(issue.lines->relid, "l")),
		quote_id, id);
	return finish(fcinfo, &issue, id);
}

/* issue_return(invoice_id bigint, confirm boolean, relation regclass) -> bigint */
Datum
issue_return(PG_FUNCTION_ARGS)
{
	Issue issue = open_issue(fcinfo, "invoice_id", "issue_return");
	int64 invoice_id = PG_GETARG_INT64(0);
	char *returned;
	int64 id;

	SPI_connect();
	id = insert_draft(&issue, "return",
					  source_opportunity(&issue, invoice_id, "invoice", "invoice_id"), invoice_id);
	returned = psprintf("SELECT COALESCE(pg_catalog.sum(r.quantity), 0) FROM %s AS r JOIN %s AS d "
						"ON d.id OPERATOR(pg_catalog.=) r.document_id%s "
						"AND d.status OPERATOR(pg_catalog.=) 'confirmed' "
						"WHERE r.source_line_id OPERATOR(pg_catalog.=) l.id%s",
						issue.lines->sql, issue.documents->sql,
						of_tenant(issue.documents->relid, "d"), of_tenant(issue.lines->relid, "r"));
	if (run_for_ids(psprintf("INSERT INTO %s (document_id, source_line_id, " COPIED ") "
							 "SELECT $2, l.id, l.product_id, l.position, l.description, "
							 "l.quantity OPERATOR(pg_catalog.-) t.quantity, "
							 "l.unit_price, l.discount_percent, l.tax_percent "
							 "FROM %s AS l CROSS JOIN LATERAL (%s) AS t (quantity) "
							 "WHERE l.document_id OPERATOR(pg_catalog.=) $1%s "
							 "AND l.quantity OPERATOR(pg_catalog.<>) t.quantity "
							 "ORDER BY l.position, l.id",
							 issue.lines->sql, issue.lines->sql, returned,
							 of_tenant(issue.lines->relid, "l")),
					invoice_id, id) == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("nothing is left to return of invoice %lld", (long long) invoice_id),
						errdetail("Confirmed returns hold all of its lines."),
						err_code("nothing_to_return"), err_field("invoice_id")));
	return finish(fcinfo, &issue, id);
}
