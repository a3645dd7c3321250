#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/belonging.h"
#include "documents/document_number.h"
#include "documents/document_source.h"
#include "fmgr.h"
#include "rules/owner_query.h"
#include "rules/row.h"
#include "rules/rule.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(document_rules);

/*
 * The rules of a document's row. A write locks the row first; what takes or gives back a number or
 * money locks the opportunity next, and the counter of the kind last.
 */

/* The columns that create_crm makes, in the order of the table. */
enum
{
	ID,
	OPPORTUNITY_ID,
	KIND,
	STATUS,
	NUMBER,
	SOURCE_DOCUMENT_ID,
	CURRENCY,
	NET,
	TAX,
	TOTAL,
	ISSUED_ON,
	DUE_ON,
	NOTE,
	CREATED_AT,
	CREATED_BY,
	CONFIRMED_AT,
	CONFIRMED_BY,
	VOIDED_AT,
	VOIDED_BY,
	COLUMNS
};

static const RuleColumn columns[COLUMNS] = {
	[ID] = {"id", INT8OID},
	[OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[KIND] = {"kind", TEXTOID},
	[STATUS] = {"status", TEXTOID},
	[NUMBER] = {"number", INT8OID},
	[SOURCE_DOCUMENT_ID] = {"source_document_id", INT8OID},
	[CURRENCY] = {"currency", TEXTOID},
	[NET] = {"net", NUMERICOID},
	[TAX] = {"tax", NUMERICOID},
	[TOTAL] = {"total", NUMERICOID},
	[ISSUED_ON] = {"issued_on", DATEOID},
	[DUE_ON] = {"due_on", DATEOID},
	[NOTE] = {"note", TEXTOID},
	[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[CREATED_BY] = {"created_by", TEXTOID},
	[CONFIRMED_AT] = {"confirmed_at", TIMESTAMPTZOID},
	[CONFIRMED_BY] = {"confirmed_by", TEXTOID},
	[VOIDED_AT] = {"voided_at", TIMESTAMPTZOID},
	[VOIDED_BY] = {"voided_by", TEXTOID},
};

/* What an UPDATE keeps whatever the client sends. */
static const int kept[] = {NUMBER,		 CREATED_AT, CREATED_BY, CONFIRMED_AT,
						   CONFIRMED_BY, VOIDED_AT,	 VOIDED_BY};
static const int sums[] = {NET, TAX, TOTAL};

/* What a document is for good. */
static const int fixed[] = {ID, OPPORTUNITY_ID, KIND, SOURCE_DOCUMENT_ID, CURRENCY};

static const OwnerQuery sum_of_lines = {
	.table = "document_line",
	.sql = "SELECT pg_catalog.count(*), COALESCE(pg_catalog.sum(net), 0.00), "
		   "COALESCE(pg_catalog.sum(tax), 0.00), "
		   "COALESCE(pg_catalog.sum(net OPERATOR(pg_catalog.+) tax), 0.00) "
		   "FROM %s WHERE {=}document_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 4,
	.results = {INT8OID, NUMERICOID, NUMERICOID, NUMERICOID},
};

/* A line of a document that another session is changing. */
static const OwnerQuery busy_line = {
	.table = "document_line",
	.sql = "SELECT l.id FROM %1$s AS l WHERE {=}l.document_id OPERATOR(pg_catalog.=) $1 "
		   "AND l.id OPERATOR(pg_catalog.<>) ALL (ARRAY(SELECT k.id FROM %1$s AS k "
		   "WHERE {=}k.document_id OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED)) LIMIT 1",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {INT8OID},
};

typedef struct Document
{
	TriggerData *trigger;
	Row row;
	int at[COLUMNS];
} Document;

static bool
is_null(const Document *document, int column)
{
	return document->row.nulls[document->at[column]];
}

static Datum
value_of(const Document *document, int column)
{
	return document->row.values[document->at[column]];
}

static int64
id_of(const Document *document, int column)
{
	return DatumGetInt64(value_of(document, column));
}

static void
set_value(Document *document, int column, Datum value)
{
	set_row_value(&document->row, document->at[column], value);
}

static void
set_null(Document *document, int column)
{
	set_row_null(&document->row, document->at[column]);
}

static bool
differs(const Document *document, int column)
{
	return row_differs(&document->row, document->at[column]);
}

static bool
is_text(const Document *document, int column, const char *word)
{
	return !is_null(document, column) &&
		   strcmp(TextDatumGetCString(value_of(document, column)), word) == 0;
}

/* Stamp the moment of the transaction and the user. */
static void
stamp(Document *document, int moment, int user)
{
	set_value(document, moment, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set_value(document, user, CStringGetTextDatum(current_user_name()));
}

/* The three sums are those of the lines, whatever is sent. Gives the number of lines. */
static int64
sum_lines(Document *document)
{
	Datum arg = value_of(document, ID);
	Datum values[4];
	bool nulls[4];

	(void) owner_query(document->trigger, &sum_of_lines, &arg, values, nulls);
	for (int i = 0; i < lengthof(sums); i++)
		set_value(document, sums[i], values[i + 1]);
	return DatumGetInt64(values[0]);
}

/* What the document is made from must be there and fit. */
static void
check_source(const Document *document)
{
	if (!is_null(document, SOURCE_DOCUMENT_ID) && !is_null(document, KIND) &&
		!is_null(document, OPPORTUNITY_ID))
		need_source(document->trigger, is_text(document, KIND, "return") ? "invoice" : "quote",
					id_of(document, SOURCE_DOCUMENT_ID), id_of(document, OPPORTUNITY_ID));
}

/* A new document is a draft, in the currency of its opportunity and without lines as yet. */
static void
apply_insert(Document *document)
{
	Belonging belonging = {"document", document->at[OPPORTUNITY_ID], document->at[CURRENCY]};

	if ((!is_null(document, STATUS) && !is_text(document, STATUS, "draft")) ||
		!is_null(document, NUMBER))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("a new document is a draft, without a number"),
						errhint("Insert it and its lines, then set its status to confirmed."),
						errtable(document->row.rel), err_code("document_not_draft"),
						err_field(is_null(document, NUMBER) ? "status" : "number")));

	join_opportunity(document->trigger, &document->row, &belonging);
	check_source(document);
	if (is_text(document, KIND, "invoice") && !is_null(document, SOURCE_DOCUMENT_ID))
		check_not_invoiced(document->trigger, id_of(document, SOURCE_DOCUMENT_ID));

	for (int i = 0; i < lengthof(sums); i++)
		set_value(document, sums[i],
				  DirectFunctionCall3(numeric_in, CStringGetDatum("0.00"), 0, -1));
	for (int i = CONFIRMED_AT; i <= VOIDED_BY; i++)
		set_null(document, i);
	if (is_null(document, CREATED_AT))
		set_value(document, CREATED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	set_value(document, CREATED_BY, CStringGetTextDatum(current_user_name()));
}

/* What a document is can't change, a draft's neither. */
static void
check_fixed(const Document *document)
{
	for (int i = 0; i < lengthof(fixed); i++)
		if (differs(document, fixed[i]))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("%s of a document cannot change", columns[fixed[i]].name),
							errhint("Delete the draft, or void the document, and make another."),
							errtable(document->row.rel), err_code("document_fixed"),
							err_field(columns[fixed[i]].name)));
}

/* Lock the opportunity for a change of what its documents say. */
static void
lock_money(const Document *document)
{
	Datum currency;
	bool unnamed;

	lock_opportunity(document->trigger, id_of(document, OPPORTUNITY_ID), &currency, &unnamed);
}

/* A draft is confirmed: it takes the next number of its kind, which a rollback gives back. */
static void
confirm(Document *document)
{
	if (sum_lines(document) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("document %lld has no lines and cannot be confirmed",
						(long long) id_of(document, ID)),
				 errhint("Insert rows into document_line first."), errtable(document->row.rel),
				 err_code("document_empty"), err_field("status")));
	lock_money(document);
	check_source(document);
	if (is_text(document, KIND, "return"))
		check_return(document->trigger, id_of(document, ID), id_of(document, SOURCE_DOCUMENT_ID),
					 value_of(document, TOTAL));

	set_value(document, NUMBER,
			  Int64GetDatum(next_number(document->trigger, value_of(document, KIND))));
	stamp(document, CONFIRMED_AT, CONFIRMED_BY);
	if (is_null(document, ISSUED_ON))
		set_value(document, ISSUED_ON,
				  DateADTGetDatum(business_day(GetCurrentTransactionStartTimestamp())));
}

/* A confirmed document is voided; its number stays. */
static void
make_void(Document *document)
{
	int64 id = id_of(document, ID);

	lock_money(document);
	if (is_text(document, KIND, "invoice") && is_returned(document->trigger, id))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("document %lld has confirmed returns and cannot be voided", (long long) id),
				 errhint("Void its returns first."), errtable(document->row.rel),
				 err_code("invoice_returned"), err_field("status")));
	stamp(document, VOIDED_AT, VOIDED_BY);
}

/* The first of our columns but the status that an UPDATE changes; COLUMNS: none. */
static int
first_change(const Document *document)
{
	for (int i = 0; i < COLUMNS; i++)
		if (i != STATUS && differs(document, i))
			return i;
	return COLUMNS;
}

/* A document that is no draft any more: its columns stay, but those that you added. */
static void
apply_final(Document *document, const char *old_status)
{
	bool voiding = strcmp(old_status, "confirmed") == 0 && is_text(document, STATUS, "void");
	int change;

	for (int i = 0; i < lengthof(sums); i++)
		keep_row_value(&document->row, document->at[sums[i]]);
	change = first_change(document);
	if (change == COLUMNS && differs(document, STATUS) && !voiding)
		change = STATUS;
	if (change != COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("document %lld is %s and cannot be changed",
						(long long) id_of(document, ID), old_status),
				 strcmp(old_status, "void") == 0
					 ? errhint("Make another document.")
					 : errhint("Set its status to void, that alone, and make another document."),
				 errtable(document->row.rel), err_code("document_final"),
				 err_field(columns[change].name)));
	if (voiding)
		make_void(document);
}

/* The status decides what an UPDATE may change. */
static void
apply_update(Document *document)
{
	char *old_status = TextDatumGetCString(document->row.old_values[document->at[STATUS]]);

	for (int i = 0; i < lengthof(kept); i++)
		keep_row_value(&document->row, document->at[kept[i]]);
	check_fixed(document);
	if (strcmp(old_status, "draft") != 0)
		apply_final(document, old_status);
	else if (is_text(document, STATUS, "confirmed"))
		confirm(document);
	else if (is_text(document, STATUS, "void"))
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("document %lld is a draft and cannot be voided",
							   (long long) id_of(document, ID)),
						errhint("Delete it: a draft has no number."), errtable(document->row.rel),
						err_code("document_not_confirmed"), err_field("status")));
	else if (differs(document, NET) || differs(document, TAX) || differs(document, TOTAL))
		(void) sum_lines(document);
}

/*
 * A draft goes, with its lines; another document stays, and its opportunity with it. Whoever edits
 * a line locks it and then the document: waiting for the line here would be a deadlock.
 */
static void
check_delete(TriggerData *trigger)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	int at[COLUMNS];
	Datum values[COLUMNS];
	bool nulls[COLUMNS];
	int64 opportunity_id;

	find_columns(trigger->tg_relation, columns, COLUMNS, at);
	for (int i = 0; i < COLUMNS; i++)
		values[i] = heap_getattr(trigger->tg_trigtuple, at[i] + 1, desc, &nulls[i]);

	if (nulls[NUMBER])
	{
		if (owner_query(trigger, &busy_line, &values[ID], &values[ID], nulls))
			refuse_busy(trigger, "document_line", DatumGetInt64(values[ID]));
		return;
	}

	opportunity_id = DatumGetInt64(values[OPPORTUNITY_ID]);
	if (opportunity_exists(trigger, opportunity_id))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("document %lld is %s and cannot be deleted",
						(long long) DatumGetInt64(values[ID]), TextDatumGetCString(values[STATUS])),
				 errhint("A document that has a number is voided, not deleted."),
				 errtable(trigger->tg_relation), err_code("document_final")));
	ereport(
		ERROR,
		(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
		 errmsg("opportunity %lld has documents and cannot be deleted", (long long) opportunity_id),
		 errdetail("Its %s number %lld is %s.", TextDatumGetCString(values[KIND]),
				   (long long) DatumGetInt64(values[NUMBER]), TextDatumGetCString(values[STATUS])),
		 errhint("Archive it: set archived to true."), errtable(trigger->tg_relation),
		 err_code("documents_kept")));
}

/* document_rules() -> trigger */
Datum
document_rules(PG_FUNCTION_ARGS)
{
	Document document = {0};

	document.trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "document_rules");
	if (TRIGGER_FIRED_BY_DELETE(document.trigger->tg_event))
	{
		check_delete(document.trigger);
		PG_RETURN_POINTER(document.trigger->tg_trigtuple);
	}

	document.row = open_row(document.trigger);
	find_columns(document.row.rel, columns, COLUMNS, document.at);
	if (document.row.insert)
		apply_insert(&document);
	else
		apply_update(&document);
	PG_RETURN_POINTER(close_row(&document.row));
}
