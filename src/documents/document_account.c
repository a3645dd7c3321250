/* Whom a document is for, as of its issue. */
#include "postgres.h"

#include "documents/document_account.h"

#include "catalog/pg_type.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"

/*
 * A document copies its account and the account's name, so that it stays as it was issued. It
 * copies nothing that the writer may not read, since that would tell it.
 */

static const OwnerQuery account_of_opportunity = {
	.table = "opportunity",
	.sql = "SELECT account_id FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{INT8OID, NULLABLE}},
};

static const OwnerQuery account_of_document = {
	.table = "document",
	.sql = "SELECT account_id, account_name FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 2,
	.results = {{INT8OID, NULLABLE}, {TEXTOID, NULLABLE}},
};

static const OwnerQuery name_of_account = {
	.table = "account",
	.sql = "SELECT name FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTOID}},
};

static const Disclosure opportunity_account =
	DISCLOSURE("opportunity", "id", INT8OID, "account_id");
static const Disclosure document_account =
	DISCLOSURE("document", "id", INT8OID, "account_id", "account_name");
static const Disclosure account_name = DISCLOSURE("account", "id", INT8OID, "name");

/* Set columns that are empty by a query for the row of a key, as far as the writer may read it. */
static void
fill(Row *row, const OwnerQuery *query, const Disclosure *disclosure, Datum key, const int *columns)
{
	Datum values[2];
	bool nulls[2];

	if (!may_tell(row->trigger, disclosure, key) ||
		!owner_query(row->trigger, query, &key, values, nulls))
		return;
	for (int i = 0; i < query->nresults; i++)
		if (is_null(row, columns[i]) && !nulls[i])
			set_value(row, columns[i], values[i]);
}

/*
 * Whom the document is for, as far as it doesn't say so: a return is for whom its invoice was for,
 * any other document for whom the opportunity is with. A name goes with its account.
 */
void
take_account(Row *row, const AccountColumns *columns, bool is_return)
{
	int both[] = {columns->account_id, columns->account_name};

	if (!row->is_insert && differs(row, columns->account_id) &&
		!differs(row, columns->account_name))
		set_null(row, columns->account_name);
	if (is_null(row, columns->account_id) && is_null(row, columns->account_name))
	{
		if (is_return && !is_null(row, columns->invoice_id))
			fill(row, &account_of_document, &document_account, value_of(row, columns->invoice_id),
				 both);
		else
			fill(row, &account_of_opportunity, &opportunity_account,
				 value_of(row, columns->opportunity_id), both);
	}
	if (!is_null(row, columns->account_id) && is_null(row, columns->account_name))
		fill(row, &name_of_account, &account_name, value_of(row, columns->account_id), both + 1);
}
