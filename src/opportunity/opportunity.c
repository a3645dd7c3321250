/* The trigger of an opportunity. */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "documents/dependents.h"
#include "documents/realized.h"
#include "fmgr.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/stage_change.h"
#include "settings/settings.h"
#include "triggers/choice.h"
#include "triggers/currency_column.h"
#include "triggers/custom_type.h"
#include "triggers/last_activity.h"
#include "triggers/listed_currency.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(opportunity_trigger);

static const TriggerColumn columns[OPPORTUNITY_COLUMNS] = {
	[OPPORTUNITY_ID] = {"id", INT8OID},
	[OPPORTUNITY_PIPELINE_ID] = {"pipeline_id", INT8OID},
	[OPPORTUNITY_STAGE_ID] = {"stage_id", INT8OID},
	[OPPORTUNITY_TYPE] = {"type", TEXTOID, true},
	[OPPORTUNITY_SOURCE] = {"source", TEXTOID, true},
	[OPPORTUNITY_CAMPAIGN] = {"campaign", TEXTOID, true},
	[OPPORTUNITY_BUYING_PROCESS] = {"buying_process", TEXTOID, true},
	[OPPORTUNITY_COMPETITORS] = {"competitors", TEXTARRAYOID, true},
	[OPPORTUNITY_TAGS] = {"tags", TEXTARRAYOID, true},
	[OPPORTUNITY_CURRENCY] = {"currency", TEXTOID},
	[OPPORTUNITY_AMOUNT] = {"amount", NUMERICOID},
	[OPPORTUNITY_AMOUNT_MODE] = {"amount_mode", TEXTOID},
	[OPPORTUNITY_PROBABILITY] = {"probability", NUMERICOID},
	[OPPORTUNITY_PROBABILITY_MODE] = {"probability_mode", TEXTOID},
	[OPPORTUNITY_REALIZED_AMOUNT] = {"realized_amount", NUMERICOID},
	[OPPORTUNITY_CLOSED_AT] = {"closed_at", TIMESTAMPTZOID},
	[OPPORTUNITY_CLOSED_ON] = {"closed_on", DATEOID},
	[OPPORTUNITY_CLOSE_REASON] = {"close_reason", TEXTOID},
	[OPPORTUNITY_POSITION] = {"position", INT8OID},
	[OPPORTUNITY_CUSTOM] = {"custom", JSONBOID, true},
	[OPPORTUNITY_VERSION] = {"version", INT8OID},
	[OPPORTUNITY_CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[OPPORTUNITY_CREATED_BY] = {"created_by", TEXTOID},
	[OPPORTUNITY_UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
	[OPPORTUNITY_UPDATED_BY] = {"updated_by", TEXTOID},
	[OPPORTUNITY_STAGE_ENTERED_AT] = {"stage_entered_at", TIMESTAMPTZOID},
	[OPPORTUNITY_STAGE_ENTERED_BY] = {"stage_entered_by", TEXTOID},
	[OPPORTUNITY_LAST_ACTIVITY_AT] = {"last_activity_at", TIMESTAMPTZOID},
};

static const TriggerUse use = {"opportunity_trigger", BEFORE_ROW, ON_WRITE, columns,
							   OPPORTUNITY_COLUMNS};
static const Stamps stamps = {OPPORTUNITY_CREATED_AT, OPPORTUNITY_CREATED_BY,
							  OPPORTUNITY_UPDATED_AT, OPPORTUNITY_UPDATED_BY};

/* Columns that stamps set; an UPDATE keeps them whatever the client sends. */
static const int kept_by_update[] = {OPPORTUNITY_CREATED_AT,	   OPPORTUNITY_CREATED_BY,
									 OPPORTUNITY_STAGE_ENTERED_AT, OPPORTUNITY_STAGE_ENTERED_BY,
									 OPPORTUNITY_VERSION,		   OPPORTUNITY_UPDATED_AT,
									 OPPORTUNITY_UPDATED_BY};

/* Columns that can have choices, as the keys of custom can. */
static const int choosing[] = {OPPORTUNITY_TYPE,		OPPORTUNITY_SOURCE,
							   OPPORTUNITY_CAMPAIGN,	OPPORTUNITY_BUYING_PROCESS,
							   OPPORTUNITY_COMPETITORS, OPPORTUNITY_TAGS,
							   OPPORTUNITY_CLOSE_REASON};

/* What is left out stands for what the documents come to, of which a new row has none. */
static void
apply_realized(Row *row)
{
	int64 id = DatumGetInt64(value_of(row, OPPORTUNITY_ID));

	if (is_null(row, OPPORTUNITY_REALIZED_AMOUNT))
		set_value(row, OPPORTUNITY_REALIZED_AMOUNT, realized_amount(row->trigger, id));
	else if (!row->is_insert && number_changed(row, OPPORTUNITY_REALIZED_AMOUNT))
		check_realized(row->trigger, id, value_of(row, OPPORTUNITY_REALIZED_AMOUNT));
}

/* What a client sends back may be old by now: it is the latest of the activities that there are. */
static void
apply_last_activity(Row *row)
{
	Datum moment;

	if (!changed(row, OPPORTUNITY_LAST_ACTIVITY_AT) ||
		(row->is_insert && is_null(row, OPPORTUNITY_LAST_ACTIVITY_AT)))
		return;
	if (!row->is_insert && last_activity(row->trigger, value_of(row, OPPORTUNITY_ID), &moment))
		set_value(row, OPPORTUNITY_LAST_ACTIVITY_AT, moment);
	else
		set_null(row, OPPORTUNITY_LAST_ACTIVITY_AT);
}

/*
 * Changed values must be of their types and among the choices of their fields; where the row is
 * being closed, so must its reason.
 */
static void
check_changed_values(Row *row, const char *stage_kind, bool closes)
{
	List *chosen = NIL;

	for (int i = 0; i < lengthof(choosing); i++)
	{
		int column = choosing[i];

		if (is_null(row, column) ||
			!(changed(row, column) || (closes && column == OPPORTUNITY_CLOSE_REASON)))
			continue;
		if (columns[column].type == TEXTOID)
			chosen = choose_text(chosen, columns[column].name,
								 TextDatumGetCString(value_of(row, column)));
		else
			chosen = choose_elements(
				chosen, columns[column].name, value_of(row, column),
				row->is_insert || was_null(row, column) ? (Datum) 0 : old_value_of(row, column));
	}
	if (!is_null(row, OPPORTUNITY_CUSTOM) && changed(row, OPPORTUNITY_CUSTOM))
		chosen = check_custom(row->trigger, value_of(row, OPPORTUNITY_PIPELINE_ID),
							  value_of(row, OPPORTUNITY_CUSTOM),
							  row->is_insert || was_null(row, OPPORTUNITY_CUSTOM)
								  ? (Datum) 0
								  : old_value_of(row, OPPORTUNITY_CUSTOM),
							  chosen);
	check_choices(row->trigger, chosen,
				  &(StageOfRow){stage_kind, is_null(row, OPPORTUNITY_STAGE_ID)
												? (Datum) 0
												: value_of(row, OPPORTUNITY_STAGE_ID)});
}

/* Stamp and count a new row. */
static void
stamp_insert(Row *row)
{
	stamp_row(row, &stamps);
	set_value(row, OPPORTUNITY_VERSION, Int64GetDatum(1));
}

/* Count and stamp a change by people; one of derived columns or of the place alone is none. */
static void
stamp_update(Row *row)
{
	TupleDesc desc = RelationGetDescr(row->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		int64 version;

		if (att->attisdropped || att->attgenerated || i == row->at[OPPORTUNITY_POSITION] ||
			i == row->at[OPPORTUNITY_REALIZED_AMOUNT] ||
			i == row->at[OPPORTUNITY_LAST_ACTIVITY_AT] || !row_differs(row, i))
			continue;

		/* Only a number, of which another one is a change. */
		if (pg_add_s64_overflow(DatumGetInt64(old_value_of(row, OPPORTUNITY_VERSION)), 1, &version))
			version = 1;
		set_value(row, OPPORTUNITY_VERSION, Int64GetDatum(version));
		set_value(row, OPPORTUNITY_UPDATED_AT,
				  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
		set_text(row, OPPORTUNITY_UPDATED_BY, stamp_user_name());
		return;
	}
}

/* No trigger after UPDATE fires for a row that goes to another partition. */
static void
record_move(const Row *row)
{
	static const StageStateColumns stage_columns = {OPPORTUNITY_PIPELINE_ID, OPPORTUNITY_STAGE_ID,
													OPPORTUNITY_STAGE_ENTERED_AT};
	StageState from = stage_state(row, &stage_columns, true);
	StageState to = stage_state(row, &stage_columns, false);

	record_stage_change(row->trigger, DatumGetInt64(value_of(row, OPPORTUNITY_ID)), &from, &to);
}

/* opportunity_trigger() -> trigger */
Datum
opportunity_trigger(PG_FUNCTION_ARGS)
{
	Row row = open_row(fcinfo, &use);
	const char *stage_kind;
	bool closes;

	if (row.moves)
	{
		if (row.is_insert)
			record_move(&row);
		PG_RETURN_POINTER(close_row(&row));
	}
	if (row.is_delete)
	{
		lock_dependents(row.trigger, value_of(&row, OPPORTUNITY_ID));
		PG_RETURN_POINTER(close_row(&row));
	}

	if (!row.is_insert)
		for (int i = 0; i < lengthof(kept_by_update); i++)
			keep_value(&row, kept_by_update[i]);

	keep_currency_code(&row, OPPORTUNITY_CURRENCY);
	need_listed(&row, OPPORTUNITY_CURRENCY);
	check_currency(&row);
	apply_amount(&row);
	apply_realized(&row);
	apply_last_activity(&row);
	stage_kind = apply_stage(&row, &closes);
	if (changed(&row, OPPORTUNITY_PROBABILITY))
		check_probability(&row);
	check_changed_values(&row, stage_kind, closes);
	if (row.is_insert)
		stamp_insert(&row);
	else
		stamp_update(&row);

	PG_RETURN_POINTER(close_row(&row));
}
