#include "postgres.h"

#include "opportunity_row.h"

#include "access/htup_details.h"
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

/* The values of a row, and a NULL past the last for columns that are not there. */
static void
take_apart(TupleDesc desc, HeapTuple tuple, Datum **values, bool **nulls)
{
	*values = palloc((desc->natts + 1) * sizeof(Datum));
	*nulls = palloc((desc->natts + 1) * sizeof(bool));
	heap_deform_tuple(tuple, desc, *values, *nulls);
	(*values)[desc->natts] = (Datum) 0;
	(*nulls)[desc->natts] = true;
}

/* The rows of the trigger, taken apart. */
Card
open_card(TriggerData *trigger)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Card card = {0};
	HeapTuple tuple;

	card.trigger = trigger;
	card.rel = trigger->tg_relation;
	card.insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	card.stage_kind = "open"; /* unless its stage is read and says otherwise */
	card.now = GetCurrentTransactionStartTimestamp();
	find_columns(card.rel, opportunity_columns, COLUMNS, card.at);

	tuple = card.insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	take_apart(desc, tuple, &card.values, &card.nulls);
	if (!card.insert)
		take_apart(desc, trigger->tg_trigtuple, &card.old_values, &card.old_nulls);
	return card;
}

/* The row as the rules left it. */
HeapTuple
close_card(const Card *card)
{
	if (card->touched)
		return heap_form_tuple(RelationGetDescr(card->rel), card->values, card->nulls);
	return card->insert ? card->trigger->tg_trigtuple : card->trigger->tg_newtuple;
}
