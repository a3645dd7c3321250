#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/belonging.h"
#include "fmgr.h"
#include "settings/clock.h"
#include "settings/settings.h"
#include "triggers/currency_column.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(payment_trigger);

enum
{
	ID,
	OPPORTUNITY_ID,
	DOCUMENT_ID,
	CURRENCY,
	PAID_ON,
	CREATED_AT,
	CREATED_BY,
	COLUMNS
};

static const TriggerColumn columns[COLUMNS] = {
	[ID] = {"id", INT8OID},
	[OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[DOCUMENT_ID] = {"document_id", INT8OID},
	[CURRENCY] = {"currency", TEXTOID},
	[PAID_ON] = {"paid_on", DATEOID},
	[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[CREATED_BY] = {"created_by", TEXTOID},
};

static const OwnerQuery opportunity_of_document = {
	.table = "document",
	.sql = "SELECT opportunity_id FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{INT8OID}},
};

/* The document that is paid is one of the opportunity. */
static void
check_document(const Row *row)
{
	Datum document;
	Datum opportunity;
	Datum of_document;

	if (is_null(row, DOCUMENT_ID))
		return;
	document = value_of(row, DOCUMENT_ID);
	opportunity = value_of(row, OPPORTUNITY_ID);
	need_visible(row, DOCUMENT_ID, &document_disclosure, "document_missing");
	if (!owner_query(row->trigger, &opportunity_of_document, &document, &of_document, NULL))
		refuse_missing(row, DOCUMENT_ID, "document", "document_missing");
	if (DatumGetInt64(of_document) == DatumGetInt64(opportunity))
		return;
	refuse_hidden(row, DOCUMENT_ID, &document_disclosure, "document_missing");
	ereport(
		ERROR,
		(errcode(ERRCODE_CHECK_VIOLATION),
		 errmsg("document %lld is of another opportunity", (long long) DatumGetInt64(document)),
		 errdetail("It is of opportunity %lld, the payment for opportunity %lld.",
				   (long long) DatumGetInt64(of_document), (long long) DatumGetInt64(opportunity)),
		 errtable(row->rel), err_code("document_of_another_opportunity"),
		 err_field("document_id")));
}

/* A payment keeps its opportunity and currency, and who entered it when. */
static void
apply_update(Row *row)
{
	static const int fixed[] = {OPPORTUNITY_ID, CURRENCY};

	keep_value(row, CREATED_AT);
	keep_value(row, CREATED_BY);
	for (int i = 0; i < lengthof(fixed); i++)
		if (fixed[i] == CURRENCY ? currency_differs(row, CURRENCY) : differs(row, fixed[i]))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("%s of a payment cannot change", columns[fixed[i]].name),
							errhint("Delete it and enter another."), errtable(row->rel),
							err_code("payment_fixed"), err_field(columns[fixed[i]].name)));
}

/* A new payment is in the currency of its opportunity, and of today where no day is given. */
static void
apply_insert(Row *row)
{
	Belonging belonging = {"payment", OPPORTUNITY_ID, CURRENCY};
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	join_opportunity(row, &belonging);
	if (is_null(row, PAID_ON))
		set_value(row, PAID_ON, DateADTGetDatum(business_day(now)));
	if (is_null(row, CREATED_AT))
		set_value(row, CREATED_AT, TimestampTzGetDatum(now));
	set_text(row, CREATED_BY, stamp_user_name());
}

/* A payment goes alone, never with its opportunity. */
static void
check_delete(const Row *row)
{
	int64 opportunity_id = DatumGetInt64(value_of(row, OPPORTUNITY_ID));

	if (!opportunity_exists(row->trigger, opportunity_id))
		ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						errmsg("opportunity %lld has payments and cannot be deleted",
							   (long long) opportunity_id),
						errhint("Archive it: set archived to true."), errtable(row->rel),
						err_code("payments_kept")));
}

/* payment_trigger() -> trigger */
Datum
payment_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"payment_trigger", BEFORE_ROW, ON_WRITE, columns, COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (row.moves)
		PG_RETURN_POINTER(close_row(&row));
	if (row.delete)
	{
		check_delete(&row);
		PG_RETURN_POINTER(close_row(&row));
	}

	keep_currency_code(&row, CURRENCY);
	if (row.insert)
		apply_insert(&row);
	else
		apply_update(&row);
	if (changed(&row, DOCUMENT_ID))
		check_document(&row);
	PG_RETURN_POINTER(close_row(&row));
}
