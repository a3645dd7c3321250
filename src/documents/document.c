/* The trigger of a document: draft, confirmed, void. */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/dependents.h"
#include "documents/discount.h"
#include "documents/document_account.h"
#include "documents/document_number.h"
#include "documents/document_source.h"
#include "documents/invoiced.h"
#include "fmgr.h"
#include "settings/clock.h"
#include "settings/crm_version.h"
#include "settings/settings.h"
#include "triggers/currency_column.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(document_trigger);

/*
 * The trigger of a document. A write locks the row first; what takes or gives back a number or
 * money locks the opportunity next, and the counter of the kind last.
 */

/* The columns that create_crm makes, in the order of the table. */
enum
{
	DOCUMENT_ID,
	DOCUMENT_OPPORTUNITY_ID,
	DOCUMENT_ACCOUNT_ID,
	DOCUMENT_ACCOUNT_NAME,
	DOCUMENT_KIND,
	DOCUMENT_STATUS,
	DOCUMENT_NUMBER,
	DOCUMENT_SOURCE_DOCUMENT_ID,
	DOCUMENT_CURRENCY,
	DOCUMENT_NET,
	DOCUMENT_TAX,
	DOCUMENT_TOTAL,
	DOCUMENT_ISSUED_ON,
	DOCUMENT_DUE_ON,
	DOCUMENT_NOTE,
	DOCUMENT_CREATED_AT,
	DOCUMENT_CREATED_BY,
	DOCUMENT_CONFIRMED_AT,
	DOCUMENT_CONFIRMED_BY,
	DOCUMENT_VOIDED_AT,
	DOCUMENT_VOIDED_BY,
	DOCUMENT_SERIES, /* from here on columns that a CRM of 0.1.0 doesn't have */
	DOCUMENT_DISCOUNT_PERCENT,
	DOCUMENT_DISCOUNT_AMOUNT,
	DOCUMENT_VALID_UNTIL,
	DOCUMENT_COLUMNS
};

static const TriggerColumn columns[DOCUMENT_COLUMNS] = {
	[DOCUMENT_ID] = {"id", INT8OID},
	[DOCUMENT_OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[DOCUMENT_ACCOUNT_ID] = {"account_id", INT8OID},
	[DOCUMENT_ACCOUNT_NAME] = {"account_name", TEXTOID},
	[DOCUMENT_KIND] = {"kind", TEXTOID},
	[DOCUMENT_STATUS] = {"status", TEXTOID},
	[DOCUMENT_NUMBER] = {"number", INT8OID},
	[DOCUMENT_SOURCE_DOCUMENT_ID] = {"source_document_id", INT8OID},
	[DOCUMENT_CURRENCY] = {"currency", TEXTOID},
	[DOCUMENT_NET] = {"net", NUMERICOID},
	[DOCUMENT_TAX] = {"tax", NUMERICOID},
	[DOCUMENT_TOTAL] = {"total", NUMERICOID},
	[DOCUMENT_ISSUED_ON] = {"issued_on", DATEOID},
	[DOCUMENT_DUE_ON] = {"due_on", DATEOID},
	[DOCUMENT_NOTE] = {"note", TEXTOID},
	[DOCUMENT_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[DOCUMENT_CREATED_BY] = {"created_by", TEXTOID},
	[DOCUMENT_CONFIRMED_AT] = {"confirmed_at", TIMESTAMPTZOID},
	[DOCUMENT_CONFIRMED_BY] = {"confirmed_by", TEXTOID},
	[DOCUMENT_VOIDED_AT] = {"voided_at", TIMESTAMPTZOID},
	[DOCUMENT_VOIDED_BY] = {"voided_by", TEXTOID},
	[DOCUMENT_SERIES] = {"series", TEXTOID, true, VERSION_0_2},
	[DOCUMENT_DISCOUNT_PERCENT] = {"discount_percent", NUMERICOID, true, VERSION_0_2},
	[DOCUMENT_DISCOUNT_AMOUNT] = {"discount_amount", NUMERICOID, true, VERSION_0_2},
	[DOCUMENT_VALID_UNTIL] = {"valid_until", DATEOID, true, VERSION_0_2},
};

/* What an UPDATE keeps whatever the client sends. */
static const int kept[] = {DOCUMENT_NUMBER,		  DOCUMENT_CREATED_AT,	 DOCUMENT_CREATED_BY,
						   DOCUMENT_CONFIRMED_AT, DOCUMENT_CONFIRMED_BY, DOCUMENT_VOIDED_AT,
						   DOCUMENT_VOIDED_BY,	  DOCUMENT_SERIES};
static const int sums[] = {DOCUMENT_NET, DOCUMENT_TAX, DOCUMENT_TOTAL};

/* The columns that are a document's identity. */
static const int fixed[] = {DOCUMENT_OPPORTUNITY_ID, DOCUMENT_KIND, DOCUMENT_SOURCE_DOCUMENT_ID,
							DOCUMENT_CURRENCY};

/* What it is numbered by. */
static const NumberColumns number_columns = {DOCUMENT_KIND, DOCUMENT_SERIES, DOCUMENT_NUMBER,
											 DOCUMENT_ISSUED_ON};

/* What is taken off. */
static const DiscountColumns discount_columns = {
	DOCUMENT_ID, DOCUMENT_CURRENCY, DOCUMENT_DISCOUNT_PERCENT, DOCUMENT_DISCOUNT_AMOUNT};

/* Whom it is for. */
static const AccountColumns account_columns = {DOCUMENT_ACCOUNT_ID, DOCUMENT_ACCOUNT_NAME,
											   DOCUMENT_OPPORTUNITY_ID,
											   DOCUMENT_SOURCE_DOCUMENT_ID};

/* A line of a document that another session is changing. */
static const OwnerQuery busy_line = {
	.table = "document_line",
	.sql = "SELECT d.id FROM %1$s AS d WHERE {=}d.document_id OPERATOR(pg_catalog.=) $1 "
		   "EXCEPT SELECT l.id FROM (SELECT k.id FROM %1$s AS k "
		   "WHERE {=}k.document_id OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED) AS l LIMIT 1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{INT8OID}},
};

/* What errors tell of a line, and of a document itself. */
static const Disclosure line_disclosure = DISCLOSURE("document_line", "id", INT8OID);
static const Disclosure status_disclosure =
	DISCLOSURE("document", "id", INT8OID, "kind", "number", "status");

static int64
id_of(const Row *row, int column)
{
	return DatumGetInt64(value_of(row, column));
}

static char *
text_of(const Row *row, int column)
{
	return TextDatumGetCString(value_of(row, column));
}

static bool
is_text(const Row *row, int column, const char *word)
{
	return !is_null(row, column) && strcmp(text_of(row, column), word) == 0;
}

/* Stamp the moment of the transaction and the user. */
static void
stamp(Row *row, int moment, int user)
{
	set_value(row, moment, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set_text(row, user, stamp_user_name());
}

/* Refuse a change that a document's status or kind forbids, and tell why to who may read it. */
pg_noreturn static void
refuse_document(const Row *row, const char *code, const char *field, const char *is,
				const char *cannot_be, const char *hint)
{
	bool told = may_tell(row->trigger, &status_disclosure, old_value_of(row, DOCUMENT_ID));

	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					told ? errmsg("document %lld %s and cannot be %s",
								  (long long) id_of(row, DOCUMENT_ID), is, cannot_be)
						 : errmsg("the document cannot be %s", cannot_be),
					told ? errhint("%s", hint) : 0, errtable(row->rel), err_code(code),
					field == NULL ? 0 : err_field(field)));
}

/* The three sums are those of the lines, whatever is sent. Gives the number of lines. */
static int64
sum_lines(Row *row)
{
	Datum values[SUMS];

	sum_document(row, &discount_columns, values);
	for (int i = 0; i < lengthof(sums); i++)
		set_value(row, sums[i], values[SUM_NET + i]);
	return DatumGetInt64(values[SUM_COUNT]);
}

/* What the document is made from must be there and fit. */
static void
check_source(const Row *row)
{
	if (!is_null(row, DOCUMENT_SOURCE_DOCUMENT_ID))
		need_source(row, DOCUMENT_SOURCE_DOCUMENT_ID,
					is_text(row, DOCUMENT_KIND, "return") ? "invoice" : "quote",
					id_of(row, DOCUMENT_OPPORTUNITY_ID));
}

/* Whether the document is an invoice of a quote. */
static bool
invoices_quote(const Row *row)
{
	return is_text(row, DOCUMENT_KIND, "invoice") && !is_null(row, DOCUMENT_SOURCE_DOCUMENT_ID);
}

/* A new document is a draft, in the currency of its opportunity and without lines as yet. */
static void
apply_document_insert(Row *row)
{
	Dependent dependent = {"document", DOCUMENT_OPPORTUNITY_ID, DOCUMENT_CURRENCY};

	if ((!is_null(row, DOCUMENT_STATUS) && !is_text(row, DOCUMENT_STATUS, "draft")) ||
		!is_null(row, DOCUMENT_NUMBER))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("a new document is a draft, without a number"),
						errhint("Insert it and its lines, then set its status to confirmed."),
						errtable(row->rel), err_code("document_not_draft"),
						err_field(is_null(row, DOCUMENT_NUMBER) ? "status" : "number")));

	join_opportunity(row, &dependent);
	if (!is_null(row, DOCUMENT_SOURCE_DOCUMENT_ID))
		need_visible(row, DOCUMENT_SOURCE_DOCUMENT_ID, &document_disclosure, "source_missing");
	check_source(row);
	if (invoices_quote(row))
	{
		check_left_to_invoice(row->trigger, id_of(row, DOCUMENT_SOURCE_DOCUMENT_ID));
		if (has_column(row, DOCUMENT_VALID_UNTIL))
			check_not_expired(row, DOCUMENT_SOURCE_DOCUMENT_ID, DOCUMENT_ISSUED_ON);
	}
	take_account(row, &account_columns, is_text(row, DOCUMENT_KIND, "return"));

	for (int i = 0; i < lengthof(sums); i++)
		set_value(row, sums[i], DirectFunctionCall3(numeric_in, CStringGetDatum("0.00"), 0, -1));
	for (int i = DOCUMENT_CONFIRMED_AT; i <= DOCUMENT_VOIDED_BY; i++)
		set_null(row, i);
	if (has_column(row, DOCUMENT_SERIES))
		set_text(row, DOCUMENT_SERIES, "");
	if (is_null(row, DOCUMENT_CREATED_AT))
		set_value(row, DOCUMENT_CREATED_AT,
				  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set_text(row, DOCUMENT_CREATED_BY, stamp_user_name());
}

/* Whether an UPDATE changes a column; normalizing a currency's code is no change. */
static bool
becomes_other(const Row *row, int column)
{
	return column == DOCUMENT_CURRENCY ? currency_differs(row, column) : differs(row, column);
}

/* The identity of a document can't change, not even while it is a draft. */
static void
check_fixed(const Row *row)
{
	for (int i = 0; i < lengthof(fixed); i++)
		if (becomes_other(row, fixed[i]))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("%s of a document cannot change", columns[fixed[i]].name),
							errhint("Delete the draft, or void the document, and make another."),
							errtable(row->rel), err_code("document_fixed"),
							err_field(columns[fixed[i]].name)));
}

/* Lock the opportunity for a change of what its documents say. */
static void
lock_money(const Row *row)
{
	Datum currency;
	bool unnamed;

	lock_opportunity(row, DOCUMENT_OPPORTUNITY_ID, &currency, &unnamed);
}

/* A draft is confirmed: it takes the next number of its kind, which a rollback gives back. */
static void
confirm(Row *row)
{
	if (sum_lines(row) == 0)
		refuse_document(row, "document_empty", "status", "has no lines", "confirmed",
						"Insert rows into document_line first.");
	check_discount(row, &discount_columns);
	lock_money(row);
	check_source(row);
	if (is_text(row, DOCUMENT_KIND, "return"))
		check_return(row, DOCUMENT_ID, DOCUMENT_SOURCE_DOCUMENT_ID, value_of(row, DOCUMENT_TOTAL));
	if (invoices_quote(row))
		check_invoiced(row, DOCUMENT_SOURCE_DOCUMENT_ID, sums, false);
	take_account(row, &account_columns, is_text(row, DOCUMENT_KIND, "return"));

	stamp(row, DOCUMENT_CONFIRMED_AT, DOCUMENT_CONFIRMED_BY);
	if (is_null(row, DOCUMENT_ISSUED_ON))
		set_value(row, DOCUMENT_ISSUED_ON,
				  DateADTGetDatum(business_day(GetCurrentTransactionStartTimestamp())));
	take_number(row, &number_columns);
}

/* A confirmed document is voided; its number stays. */
static void
make_void(Row *row)
{
	int64 id = id_of(row, DOCUMENT_ID);

	lock_money(row);
	if (is_text(row, DOCUMENT_KIND, "invoice") && is_returned(row->trigger, id))
		refuse_document(row, "invoice_returned", "status", "has confirmed returns", "voided",
						"Void its returns first.");
	if (invoices_quote(row))
		check_invoiced(row, DOCUMENT_SOURCE_DOCUMENT_ID, sums, true);
	stamp(row, DOCUMENT_VOIDED_AT, DOCUMENT_VOIDED_BY);
}

/* Whether an UPDATE extends or shortens what a confirmed quote is good for: people agree on that.
 */
static bool
may_change(const char *status, int column)
{
	return column == DOCUMENT_VALID_UNTIL && strcmp(status, "confirmed") == 0;
}

/* The first of our columns but the status that an UPDATE may not change, and does; COLUMNS: none.
 */
static int
first_change(const Row *row, const char *old_status)
{
	for (int i = 0; i < DOCUMENT_COLUMNS; i++)
		if (i != DOCUMENT_STATUS && !may_change(old_status, i) && becomes_other(row, i))
			return i;
	return DOCUMENT_COLUMNS;
}

/* A document that is no draft any more: its columns stay, but those that you added. */
static void
apply_confirmed(Row *row, const char *old_status)
{
	bool voiding = strcmp(old_status, "confirmed") == 0 && is_text(row, DOCUMENT_STATUS, "void");
	int change;

	for (int i = 0; i < lengthof(sums); i++)
		keep_value(row, sums[i]);
	change = first_change(row, old_status);
	if (change == DOCUMENT_COLUMNS && differs(row, DOCUMENT_STATUS) && !voiding)
		change = DOCUMENT_STATUS;
	if (change != DOCUMENT_COLUMNS)
		refuse_document(row, "document_final", columns[change].name, psprintf("is %s", old_status),
						"changed",
						strcmp(old_status, "void") == 0
							? "Make another document."
							: "Set its status to void, that alone, and make another document.");
	if (voiding)
		make_void(row);
}

/* The status decides what an UPDATE may change. */
static void
apply_document_update(Row *row)
{
	char *old_status = TextDatumGetCString(old_value_of(row, DOCUMENT_STATUS));

	for (int i = 0; i < lengthof(kept); i++)
		keep_value(row, kept[i]);
	check_fixed(row);
	if (strcmp(old_status, "draft") != 0)
		apply_confirmed(row, old_status);
	else if (is_text(row, DOCUMENT_STATUS, "confirmed"))
		confirm(row);
	else if (is_text(row, DOCUMENT_STATUS, "void"))
		refuse_document(row, "document_not_confirmed", "status", "is a draft", "voided",
						"Delete it: a draft has no number.");
	else
	{
		if (differs(row, DOCUMENT_NET) || differs(row, DOCUMENT_TAX) ||
			differs(row, DOCUMENT_TOTAL) || discount_differs(row, &discount_columns))
			(void) sum_lines(row);
		if (differs(row, DOCUMENT_ACCOUNT_ID) || differs(row, DOCUMENT_ACCOUNT_NAME))
			take_account(row, &account_columns, is_text(row, DOCUMENT_KIND, "return"));
	}
}

/*
 * A draft goes, with its lines; another document stays, and its opportunity with it. Whoever edits
 * a line locks it and then the document: waiting for the line here would be a deadlock.
 */
static void
check_document_delete(const Row *row)
{
	int64 opportunity_id;

	if (is_null(row, DOCUMENT_NUMBER))
	{
		Datum id = value_of(row, DOCUMENT_ID);
		Datum line;

		if (owner_query(row->trigger, &busy_line, &id, &line, NULL))
			refuse_busy(row->trigger, &line_disclosure, line, DELETED_WITH_LOCKED);
		return;
	}

	opportunity_id = id_of(row, DOCUMENT_OPPORTUNITY_ID);
	if (opportunity_exists(row->trigger, opportunity_id))
		refuse_document(row, "document_final", NULL,
						psprintf("is %s", text_of(row, DOCUMENT_STATUS)), "deleted",
						"A document that has a number is voided, not deleted.");
	ereport(
		ERROR,
		(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
		 errmsg("opportunity %lld has documents and cannot be deleted", (long long) opportunity_id),
		 may_tell(row->trigger, &status_disclosure, value_of(row, DOCUMENT_ID))
			 ? errdetail("Its %s number %lld is %s.", text_of(row, DOCUMENT_KIND),
						 (long long) id_of(row, DOCUMENT_NUMBER), text_of(row, DOCUMENT_STATUS))
			 : 0,
		 errhint("Archive it: set archived to true."), errtable(row->rel),
		 err_code("documents_kept")));
}

/* document_trigger() -> trigger */
Datum
document_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"document_trigger", BEFORE_ROW, ON_WRITE, columns,
								   DOCUMENT_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (row.moves)
		PG_RETURN_POINTER(close_row(&row));
	if (!row.is_delete)
		keep_currency_code(&row, DOCUMENT_CURRENCY);
	if (row.is_delete)
		check_document_delete(&row);
	else if (row.is_insert)
		apply_document_insert(&row);
	else
		apply_document_update(&row);
	PG_RETURN_POINTER(close_row(&row));
}
