/* The trigger of an activity. */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "triggers/last_activity.h"
#include "triggers/row.h"
#include "triggers/visibility.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(activity_trigger);

enum
{
	ACTIVITY_OPPORTUNITY_ID,
	ACTIVITY_DUE_AT,
	ACTIVITY_DONE_AT,
	ACTIVITY_CREATED_AT,
	ACTIVITY_CREATED_BY,
	ACTIVITY_UPDATED_AT,
	ACTIVITY_UPDATED_BY,
	ACTIVITY_COLUMNS
};

static const TriggerColumn columns[ACTIVITY_COLUMNS] = {
	[ACTIVITY_OPPORTUNITY_ID] = {"opportunity_id", INT8OID},
	[ACTIVITY_DUE_AT] = {"due_at", TIMESTAMPTZOID},
	[ACTIVITY_DONE_AT] = {"done_at", TIMESTAMPTZOID},
	[ACTIVITY_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[ACTIVITY_CREATED_BY] = {"created_by", TEXTOID},
	[ACTIVITY_UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
	[ACTIVITY_UPDATED_BY] = {"updated_by", TEXTOID},
};

static const OwnerQuery referenced_opportunity = {
	.table = "opportunity",
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.args = {INT8OID},
};

/* The opportunity must be there, and stay: no foreign key may lead to it where it is in a
 * partition. */
static void
need_opportunity(const Row *row)
{
	Oid opportunity = get_relname_relid("opportunity", get_rel_namespace(home_table(row->rel)));
	Datum id = value_of(row, ACTIVITY_OPPORTUNITY_ID);

	need_visible(row, ACTIVITY_OPPORTUNITY_ID, &opportunity_disclosure, "opportunity_missing");
	if (get_rel_relkind(opportunity) == RELKIND_PARTITIONED_TABLE &&
		!owner_query(row->trigger, &referenced_opportunity, &id, NULL, NULL))
		refuse_missing(row, ACTIVITY_OPPORTUNITY_ID, "opportunity", "opportunity_missing");
}

/* An activity is written. */
static void
apply_write(Row *row)
{
	if (!is_null(row, ACTIVITY_OPPORTUNITY_ID) && changed(row, ACTIVITY_OPPORTUNITY_ID))
		need_opportunity(row);
	/* What is entered without a day to do it is a record of what was done. */
	if (row->is_insert && is_null(row, ACTIVITY_DUE_AT) && is_null(row, ACTIVITY_DONE_AT))
		set_value(row, ACTIVITY_DONE_AT,
				  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
	stamp_row(row, &(Stamps){ACTIVITY_CREATED_AT, ACTIVITY_CREATED_BY, ACTIVITY_UPDATED_AT,
							 ACTIVITY_UPDATED_BY});
}

/* activity_trigger() -> trigger */
Datum
activity_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"activity_trigger", BEFORE_ROW, ON_WRITE, columns,
								   ACTIVITY_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (!row.is_delete && !row.moves)
		apply_write(&row);
	note_activity(&row, ACTIVITY_OPPORTUNITY_ID, ACTIVITY_DONE_AT);
	PG_RETURN_POINTER(close_row(&row));
}
