/* issue_quote, issue_invoice, issue_return. */
#include "postgres.h"

#include "command/issue.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "command/command.h"
#include "command/insert_rows.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "fmgr.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(issue_quote);
PG_FUNCTION_INFO_V1(issue_invoice);
PG_FUNCTION_INFO_V1(issue_return);

/*
 * The commands that issue documents: ordinary statements, as the caller. Inserting a document locks
 * its opportunity, so that what is copied next is copied as it stands until the end.
 */

/* The tables of a call, by the first argument, which must be given, and by that of the relation. */
Issue
open_issue(FunctionCallInfo fcinfo, const char *argument, int relation, const char *command)
{
	Source *opportunities;

	need_argument(fcinfo, 0, argument);
	opportunities = crm_opportunities(fcinfo, relation, command,
									  "Issue documents in the CRM whose opportunities these are.");
	(void) open_sibling(opportunities, "document", command);
	return (Issue){.schema = quote_identifier(get_namespace_name(opportunities->schema)),
				   .opportunities = quote_identifier(opportunities->name),
				   .lines = open_sibling(opportunities, "document_line", command)->relid,
				   .tenants = has_tenants(opportunities->relid)};
}

/*
 * Run a statement as the caller: %1$s stands for the schema, %2$s for the name of the table of
 * opportunities, marks are those of tenant.h. How many rows it read or wrote.
 */
uint64
run_issue(const Issue *issue, const char *sql, int count, Oid *types, Datum *args)
{
	sql = psprintf(expand_tenants(sql, issue->tenants, 0), issue->schema, issue->opportunities);
	if (SPI_execute_with_args(sql, count, types, args, NULL, false, 0) < 0)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

/* Write lines of a document, which a query gives as run_issue takes it: how many. */
uint64
insert_lines(const Issue *issue, const char *columns, const char *sql, int count, Oid *types,
			 Datum *args)
{
	RowQuery query = {.sql = psprintf(expand_tenants(sql, issue->tenants, 0), issue->schema,
									  issue->opportunities),
					  .nargs = count,
					  .types = types,
					  .args = args};

	return insert_rows(issue->lines, columns, &query, "");
}

/* The same with two ids as its parameters: what lines are copied of, and the document. */
uint64
copy_lines_of(const Issue *issue, const char *columns, const char *sql, int64 source, int64 id)
{
	return insert_lines(issue, columns, sql, 2, (Oid[]){INT8OID, INT8OID},
						(Datum[]){Int64GetDatum(source), Int64GetDatum(id)});
}

/* Run a statement with two ids as its parameters. */
uint64
run_for_ids(const Issue *issue, const char *sql, int64 first, int64 second)
{
	return run_issue(issue, sql, 2, (Oid[]){INT8OID, INT8OID},
					 (Datum[]){Int64GetDatum(first), Int64GetDatum(second)});
}

/* The id in the first column of what a statement gave. */
int64
only_id(void)
{
	bool isnull;

	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

/* Refuse a document, or what it is to be made of, that isn't there for the user. */
void
not_found(const char *what, int64 id, const char *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND), errmsg("%s %lld does not exist", what, (long long) id),
			 errdetail("Or it is not visible to you."), err_code("not_found"),
			 err_field(argument)));
}

/* Insert a draft; source is the document that it is made from, or 0. */
int64
insert_draft(const Issue *issue, const char *kind, int64 opportunity_id, int64 source)
{
	(void) run_for_ids(
		issue,
		psprintf("INSERT INTO %%1$s.document (opportunity_id, kind, source_document_id) "
				 "VALUES ($1, '%s', CASE WHEN $2 OPERATOR(pg_catalog.<>) 0 THEN $2 END) "
				 "RETURNING id::pg_catalog.int8",
				 kind),
		opportunity_id, source);
	return only_id();
}

/* Confirm a draft, if asked for, and give its id. */
Datum
finish_issue(FunctionCallInfo fcinfo, const Issue *issue, int64 id)
{
	if (!PG_ARGISNULL(1) && PG_GETARG_BOOL(1) &&
		run_for_ids(issue,
					"UPDATE %1$s.document AS d SET status = 'confirmed' "
					"WHERE {d=}d.id OPERATOR(pg_catalog.=) $1",
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
	Issue issue = open_issue(fcinfo, "opportunity_id", 2, command);
	int64 opportunity_id = PG_GETARG_INT64(0);
	int64 id;

	SPI_connect();
	if (run_for_ids(&issue,
					"SELECT true FROM %1$s.%2$s AS o WHERE {o=}o.id OPERATOR(pg_catalog.=) $1",
					opportunity_id, 0) == 0)
		not_found("opportunity", opportunity_id, "opportunity_id");
	id = insert_draft(&issue, kind, opportunity_id, 0);
	if (copy_lines_of(
			&issue, "document_id, " COPIED,
			"SELECT $2, " COPIED_OF("l") " FROM %1$s.opportunity_line AS l "
										 "WHERE {l=}l.opportunity_id OPERATOR(pg_catalog.=) $1 "
										 "ORDER BY l.position, l.id",
			opportunity_id, id) == 0 &&
		copy_lines_of(&issue, "document_id, description, unit_price",
					  "SELECT $2, o.title, o.amount FROM %1$s.%2$s AS o "
					  "WHERE {o=}o.id OPERATOR(pg_catalog.=) $1 AND o.amount IS NOT NULL",
					  opportunity_id, id) == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("opportunity %lld has neither lines nor an amount",
							   (long long) opportunity_id),
						errhint("Enter lines, or set its amount."), err_code("nothing_to_issue"),
						err_field("opportunity_id")));
	return finish_issue(fcinfo, &issue, id);
}

/* The opportunity of a document that another is made from. */
int64
source_opportunity(const Issue *issue, int64 id, const char *what, const char *argument)
{
	if (run_for_ids(issue,
					"SELECT d.opportunity_id::pg_catalog.int8 FROM %1$s.document AS d "
					"WHERE {d=}d.id OPERATOR(pg_catalog.=) $1",
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

/* issue_return(invoice_id bigint, confirm boolean, relation regclass) -> bigint */
Datum
issue_return(PG_FUNCTION_ARGS)
{
	Issue issue = open_issue(fcinfo, "invoice_id", 2, "issue_return");
	int64 invoice_id = PG_GETARG_INT64(0);
	int64 id;

	SPI_connect();
	id = insert_draft(&issue, "return",
					  source_opportunity(&issue, invoice_id, "invoice", "invoice_id"), invoice_id);
	if (copy_lines_of(&issue, "document_id, source_line_id, " COPIED,
					  "SELECT $2, l.id, l.product_id, l.position, l.description, "
					  "l.quantity OPERATOR(pg_catalog.-) t.quantity, "
					  "l.unit_price, l.discount_percent, l.tax_percent "
					  "FROM %1$s.document_line AS l CROSS JOIN LATERAL ("
					  "SELECT COALESCE(pg_catalog.sum(r.quantity), 0) FROM %1$s.document_line AS r "
					  "JOIN %1$s.document AS d ON {d=r}d.id OPERATOR(pg_catalog.=) r.document_id "
					  "AND d.status OPERATOR(pg_catalog.=) 'confirmed' "
					  "WHERE {r=}r.source_line_id OPERATOR(pg_catalog.=) l.id) AS t (quantity) "
					  "WHERE {l=}l.document_id OPERATOR(pg_catalog.=) $1 "
					  "AND l.quantity OPERATOR(pg_catalog.<>) t.quantity ORDER BY l.position, l.id",
					  invoice_id, id) == 0)
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("nothing is left to return of invoice %lld", (long long) invoice_id),
						errdetail("Confirmed returns hold all of its lines."),
						err_code("nothing_to_return"), err_field("invoice_id")));
	return finish_issue(fcinfo, &issue, id);
}
