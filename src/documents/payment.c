/* The trigger of a payment. */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/dependents.h"
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
	PAYMENT_ID,
	PAYMENT_OPPORTUNITY_ID,
	PAYMENT_DOCUMENT_ID,
	PAYMENT_CURRENCY,
	PAYMENT_PAID_ON,
	PAYMENT_CREATED_AT,
	PAYMENT_CREATED_BY,
	PAYMENT_COLUMNS
};

static const TriggerColumn columns[PAYMENT_COLUMNS] = {
	[PAYMENT_ID] = {"id", INT8OID},
	[PAYMENT_OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[PAYMENT_DOCUMENT_ID] = {"document_id", INT8OID},
	[PAYMENT_CURRENCY] = {"currency", TEXTOID},
	[PAYMENT_PAID_ON] = {"paid_on", DATEOID},
	[PAYMENT_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[PAYMENT_CREATED_BY] = {"created_by", TEXTOID},
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

	if (is_null(row, PAYMENT_DOCUMENT_ID))
		return;
	document = value_of(row, PAYMENT_DOCUMENT_ID);
	opportunity = value_of(row, PAYMENT_OPPORTUNITY_ID);
	need_visible(row, PAYMENT_DOCUMENT_ID, &document_disclosure, "document_missing");
	if (!owner_query(row->trigger, &opportunity_of_document, &document, &of_document, NULL))
		refuse_missing(row, PAYMENT_DOCUMENT_ID, "document", "document_missing");
	if (DatumGetInt64(of_document) == DatumGetInt64(opportunity))
		return;
	refuse_hidden(row, PAYMENT_DOCUMENT_ID, &document_disclosure, "document_missing");
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
apply_payment_update(Row *row)
{
	static const int fixed[] = {PAYMENT_OPPORTUNITY_ID, PAYMENT_CURRENCY};

	keep_value(row, PAYMENT_CREATED_AT);
	keep_value(row, PAYMENT_CREATED_BY);
	for (int i = 0; i < lengthof(fixed); i++)
		if (fixed[i] == PAYMENT_CURRENCY ? currency_differs(row, PAYMENT_CURRENCY)
										 : differs(row, fixed[i]))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("%s of a payment cannot change", columns[fixed[i]].name),
							errhint("Delete it and enter another."), errtable(row->rel),
							err_code("payment_fixed"), err_field(columns[fixed[i]].name)));
}

/* A new payment is in the currency of its opportunity, and of today where no day is given. */
static void
apply_payment_insert(Row *row)
{
	Dependent dependent = {"payment", PAYMENT_OPPORTUNITY_ID, PAYMENT_CURRENCY};
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	join_opportunity(row, &dependent);
	if (is_null(row, PAYMENT_PAID_ON))
		set_value(row, PAYMENT_PAID_ON, DateADTGetDatum(business_day(now)));
	if (is_null(row, PAYMENT_CREATED_AT))
		set_value(row, PAYMENT_CREATED_AT, TimestampTzGetDatum(now));
	set_text(row, PAYMENT_CREATED_BY, stamp_user_name());
}

/* A payment goes alone, never with its opportunity. */
static void
check_payment_delete(const Row *row)
{
	int64 opportunity_id = DatumGetInt64(value_of(row, PAYMENT_OPPORTUNITY_ID));

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
	static const TriggerUse use = {"payment_trigger", BEFORE_ROW, ON_WRITE, columns,
								   PAYMENT_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (row.moves)
		PG_RETURN_POINTER(close_row(&row));
	if (row.is_delete)
	{
		check_payment_delete(&row);
		PG_RETURN_POINTER(close_row(&row));
	}

	keep_currency_code(&row, PAYMENT_CURRENCY);
	if (row.is_insert)
		apply_payment_insert(&row);
	else
		apply_payment_update(&row);
	if (changed(&row, PAYMENT_DOCUMENT_ID))
		check_document(&row);
	PG_RETURN_POINTER(close_row(&row));
}
