#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_type.h"
#include "documents/belonging.h"
#include "fmgr.h"
#include "rules/owner_query.h"
#include "rules/row.h"
#include "rules/rule.h"
#include "rules/seen.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(payment_rules);

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

static const RuleColumn columns[COLUMNS] = {
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
	.results = {INT8OID},
};

/* The document that is paid is one of the opportunity. That it exists is left to the key. */
static void
check_document(TriggerData *trigger, const Row *row, const int *at)
{
	Datum opportunity = row->values[at[OPPORTUNITY_ID]];
	Datum of_document;
	bool null;

	if (row->nulls[at[DOCUMENT_ID]] || row->nulls[at[OPPORTUNITY_ID]] ||
		!owner_query(trigger, &opportunity_of_document, &row->values[at[DOCUMENT_ID]], &of_document,
					 &null) ||
		DatumGetInt64(of_document) == DatumGetInt64(opportunity))
		return;
	refuse_unseen(trigger, "document", DatumGetInt64(row->values[at[DOCUMENT_ID]]),
				  "document_missing", "document_id");
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					errmsg("document %lld is of another opportunity",
						   (long long) DatumGetInt64(row->values[at[DOCUMENT_ID]])),
					errdetail("It is of opportunity %lld, the payment for opportunity %lld.",
							  (long long) DatumGetInt64(of_document),
							  (long long) DatumGetInt64(opportunity)),
					errtable(row->rel), err_code("document_of_another_opportunity"),
					err_field("document_id")));
}

/* A payment keeps its opportunity and currency, and who entered it when. */
static void
apply_update(Row *row, const int *at)
{
	static const int fixed[] = {OPPORTUNITY_ID, CURRENCY};

	keep_row_value(row, at[CREATED_AT]);
	keep_row_value(row, at[CREATED_BY]);
	for (int i = 0; i < lengthof(fixed); i++)
		if (row_differs(row, at[fixed[i]]))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("%s of a payment cannot change", columns[fixed[i]].name),
							errhint("Delete it and enter another."), errtable(row->rel),
							err_code("payment_fixed"), err_field(columns[fixed[i]].name)));
}

/* A new payment is in the currency of its opportunity, and of today where no day is given. */
static void
apply_insert(TriggerData *trigger, Row *row, const int *at)
{
	Belonging belonging = {"payment", at[OPPORTUNITY_ID], at[CURRENCY]};
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	join_opportunity(trigger, row, &belonging);
	if (row->nulls[at[PAID_ON]])
		set_row_value(row, at[PAID_ON], DateADTGetDatum(business_day(now)));
	if (row->nulls[at[CREATED_AT]])
		set_row_value(row, at[CREATED_AT], TimestampTzGetDatum(now));
	set_row_value(row, at[CREATED_BY], CStringGetTextDatum(current_user_name()));
}

/* A payment goes alone, never with its opportunity. */
static void
check_delete(TriggerData *trigger, const int *at)
{
	bool null;
	int64 opportunity_id =
		DatumGetInt64(heap_getattr(trigger->tg_trigtuple, at[OPPORTUNITY_ID] + 1,
								   RelationGetDescr(trigger->tg_relation), &null));

	if (!opportunity_exists(trigger, opportunity_id))
		ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						errmsg("opportunity %lld has payments and cannot be deleted",
							   (long long) opportunity_id),
						errhint("Archive it: set archived to true."),
						errtable(trigger->tg_relation), err_code("payments_kept")));
}

/* payment_rules() -> trigger */
Datum
payment_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "payment_rules");
	int at[COLUMNS];
	Row row;

	find_columns(trigger->tg_relation, columns, COLUMNS, at);
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		check_delete(trigger, at);
		PG_RETURN_POINTER(trigger->tg_trigtuple);
	}

	row = open_row(trigger);
	if (row.insert)
		apply_insert(trigger, &row, at);
	else
		apply_update(&row, at);
	if (row.insert || row_differs(&row, at[DOCUMENT_ID]))
		check_document(trigger, &row, at);
	PG_RETURN_POINTER(close_row(&row));
}
