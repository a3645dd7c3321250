#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "documents/belonging.h"
#include "documents/realized.h"
#include "fmgr.h"
#include "opportunity/opportunity_row.h"
#include "opportunity/stage_change.h"
#include "settings/settings.h"
#include "triggers/choice.h"
#include "triggers/currency_column.h"
#include "triggers/custom_type.h"
#include "triggers/last_activity.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(opportunity_trigger);

static const TriggerColumn columns[COLUMNS] = {
	[ID] = {"id", INT8OID},
	[PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_ID] = {"stage_id", INT8OID},
	[TYPE] = {"type", TEXTOID, true},
	[SOURCE] = {"source", TEXTOID, true},
	[CAMPAIGN] = {"campaign", TEXTOID, true},
	[BUYING_PROCESS] = {"buying_process", TEXTOID, true},
	[COMPETITORS] = {"competitors", TEXTARRAYOID, true},
	[TAGS] = {"tags", TEXTARRAYOID, true},
	[CURRENCY] = {"currency", TEXTOID},
	[AMOUNT] = {"amount", NUMERICOID},
	[AMOUNT_MODE] = {"amount_mode", TEXTOID},
	[PROBABILITY] = {"probability", NUMERICOID},
	[PROBABILITY_MODE] = {"probability_mode", TEXTOID},
	[REALIZED_AMOUNT] = {"realized_amount", NUMERICOID},
	[CLOSED_AT] = {"closed_at", TIMESTAMPTZOID},
	[CLOSED_ON] = {"closed_on", DATEOID},
	[CLOSE_REASON] = {"close_reason", TEXTOID},
	[POSITION] = {"position", INT8OID},
	[CUSTOM] = {"custom", JSONBOID, true},
	[VERSION] = {"version", INT8OID},
	[CREATED_AT] = {"created_at", TIMESTAMPTZOID},
	[CREATED_BY] = {"created_by", TEXTOID},
	[UPDATED_AT] = {"updated_at", TIMESTAMPTZOID},
	[UPDATED_BY] = {"updated_by", TEXTOID},
	[STAGE_ENTERED_AT] = {"stage_entered_at", TIMESTAMPTZOID},
	[STAGE_ENTERED_BY] = {"stage_entered_by", TEXTOID},
	[LAST_ACTIVITY_AT] = {"last_activity_at", TIMESTAMPTZOID},
};

static const TriggerUse use = {"opportunity_trigger", BEFORE_ROW, ON_WRITE, columns, COLUMNS};
static const Stamps stamps = {CREATED_AT, CREATED_BY, UPDATED_AT, UPDATED_BY};

/* What a change of the row or of its stage sets; an UPDATE keeps them whatever the client sends. */
static const int kept_by_update[] = {CREATED_AT, CREATED_BY, STAGE_ENTERED_AT, STAGE_ENTERED_BY,
									 VERSION,	 UPDATED_AT, UPDATED_BY};

/* What can have choices; custom can as well, key by key. */
static const int choosing[] = {TYPE,		SOURCE, CAMPAIGN,	 BUYING_PROCESS,
							   COMPETITORS, TAGS,	CLOSE_REASON};

/* What a client sends back may be old by now: it is the latest of the activities that there are. */
static void
apply_last_activity(Row *row)
{
	Datum moment;

	if (!changed(row, LAST_ACTIVITY_AT) || (row->insert && is_null(row, LAST_ACTIVITY_AT)))
		return;
	if (!row->insert && last_activity(row->trigger, value_of(row, ID), &moment))
		set_value(row, LAST_ACTIVITY_AT, moment);
	else
		set_null(row, LAST_ACTIVITY_AT);
}

/*
 * What the row takes anew must be of its type, and among the choices of its field; where it closes
 * anew, so is its reason.
 */
static void
check_values(Row *row, const char *stage_kind, bool closes)
{
	List *chosen = NIL;

	for (int i = 0; i < lengthof(choosing); i++)
	{
		int column = choosing[i];

		if (is_null(row, column) || !(changed(row, column) || (closes && column == CLOSE_REASON)))
			continue;
		if (columns[column].type == TEXTOID)
			chosen = choose_text(chosen, columns[column].name,
								 TextDatumGetCString(value_of(row, column)));
		else
			chosen = choose_elements(
				chosen, columns[column].name, value_of(row, column),
				row->insert || was_null(row, column) ? (Datum) 0 : old_value_of(row, column));
	}
	if (!is_null(row, CUSTOM) && changed(row, CUSTOM))
		chosen = check_custom(
			row->trigger, value_of(row, PIPELINE_ID), value_of(row, CUSTOM),
			row->insert || was_null(row, CUSTOM) ? (Datum) 0 : old_value_of(row, CUSTOM), chosen);
	check_choices(
		row->trigger, chosen,
		&(StageOfRow){stage_kind, is_null(row, STAGE_ID) ? (Datum) 0 : value_of(row, STAGE_ID)});
}

/* Stamp and count a new row. */
static void
stamp_insert(Row *row)
{
	stamp_row(row, &stamps);
	set_value(row, VERSION, Int64GetDatum(1));
}

/* Count and stamp a change that people make; what is derived or only a place is none. */
static void
stamp_update(Row *row)
{
	TupleDesc desc = RelationGetDescr(row->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		int64 version;

		if (att->attisdropped || att->attgenerated || i == row->at[POSITION] ||
			i == row->at[REALIZED_AMOUNT] || i == row->at[LAST_ACTIVITY_AT] || !row_differs(row, i))
			continue;

		/* Only a number, of which another one is a change. */
		if (pg_add_s64_overflow(DatumGetInt64(old_value_of(row, VERSION)), 1, &version))
			version = 1;
		set_value(row, VERSION, Int64GetDatum(version));
		set_value(row, UPDATED_AT, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
		set_text(row, UPDATED_BY, stamp_user_name());
		return;
	}
}

/* No trigger after UPDATE fires for a row that goes to another partition. */
static void
record_move(const Row *row)
{
	static const WhereaboutsColumns stage_columns = {PIPELINE_ID, STAGE_ID, STAGE_ENTERED_AT};
	Whereabouts from = whereabouts(row, &stage_columns, true);
	Whereabouts to = whereabouts(row, &stage_columns, false);

	record_stage_change(row->trigger, DatumGetInt64(value_of(row, ID)), &from, &to);
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
		if (row.insert)
			record_move(&row);
		PG_RETURN_POINTER(close_row(&row));
	}
	if (row.delete)
	{
		lock_belongings(row.trigger, value_of(&row, ID));
		PG_RETURN_POINTER(close_row(&row));
	}

	if (!row.insert)
		for (int i = 0; i < lengthof(kept_by_update); i++)
			keep_value(&row, kept_by_update[i]);

	keep_currency_code(&row, CURRENCY);
	check_currency(&row);
	apply_amount(&row);
	if (!row.insert && number_changed(&row, REALIZED_AMOUNT))
		check_realized(row.trigger, DatumGetInt64(value_of(&row, ID)),
					   value_of(&row, REALIZED_AMOUNT));
	apply_last_activity(&row);
	stage_kind = apply_stage(&row, &closes);
	if (changed(&row, PROBABILITY))
		check_probability(&row);
	check_values(&row, stage_kind, closes);
	if (row.insert)
		stamp_insert(&row);
	else
		stamp_update(&row);

	PG_RETURN_POINTER(close_row(&row));
}
