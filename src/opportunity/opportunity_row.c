#include "postgres.h"

#include "opportunity/opportunity_row.h"

#include "access/xact.h"
#include "catalog/pg_type.h"

const RuleColumn opportunity_columns[COLUMNS] = {
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

/* The rows of the trigger, taken apart. */
Card
open_card(TriggerData *trigger)
{
	Card card = {
		.trigger = trigger,
		.row = open_row(trigger),
		.stage_kind = "open", /* unless its stage is read and says otherwise */
		.now = GetCurrentTransactionStartTimestamp(),
	};

	find_columns(card.row.rel, opportunity_columns, COLUMNS, card.at);
	return card;
}
