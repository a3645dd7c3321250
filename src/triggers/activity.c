#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/last_activity.h"
#include "triggers/row.h"
#include "triggers/visibility.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(activity_trigger);

enum
{
	OPPORTUNITY_ID,
	DUE_AT,
	DONE_AT,
	CREATED_AT,
	CREATED_BY,
	UPDATED_AT,
	UPDATED_BY,
	COLUMNS
};

static const TriggerColumn columns[COLUMNS] = {
	[OPPORTUNITY_ID] = {"opportunity_id", INT8OID}, [DUE_AT] = {"due_at", TIMESTAMPTZOID},
	[DONE_AT] = {"done_at", TIMESTAMPTZOID},		[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[CREATED_BY] = {"created_by", TEXTOID},			[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
	[UPDATED_BY] = {"updated_by", TEXTOID},
};

/* An activity is written. */
static void
apply_write(Row *row)
{
	if (changed(row, OPPORTUNITY_ID))
		need_visible(row, OPPORTUNITY_ID, &opportunity_disclosure, "opportunity_missing");
	/* What is entered without a day to do it is a record of what was done. */
	if (row->insert && is_null(row, DUE_AT) && is_null(row, DONE_AT))
		set_value(row, DONE_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	stamp_row(row, &(Stamps){CREATED_AT, CREATED_BY, UPDATED_AT, UPDATED_BY});
}

/* activity_trigger() -> trigger */
Datum
activity_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"activity_trigger", BEFORE_ROW, ON_WRITE, columns, COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (!row.delete &&!row.moves)
		apply_write(&row);
	touch_last_activity(&row, OPPORTUNITY_ID, DONE_AT);
	PG_RETURN_POINTER(close_row(&row));
}
