#include "postgres.h"

#include "catalog/pg_type.h"
#include "documents/belonging.h"
#include "documents/realized.h"
#include "fmgr.h"
#include "opportunity/opportunity_row.h"
#include "rules/choice.h"
#include "rules/custom_rule.h"
#include "rules/last_activity.h"
#include "settings/settings.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(opportunity_rules);

/* What a change of the row or of its stage sets; an UPDATE keeps them whatever the client sends. */
static const int kept_by_update[] = {CREATED_AT, CREATED_BY,	   CLOSED_AT,
									 CLOSED_ON,	 STAGE_ENTERED_AT, STAGE_ENTERED_BY,
									 VERSION,	 UPDATED_AT,	   UPDATED_BY};

/* What can have choices; custom can as well, key by key. */
static const int choosing[] = {TYPE,		SOURCE, CAMPAIGN,	 BUYING_PROCESS,
							   COMPETITORS, TAGS,	CLOSE_REASON};

/* What a client sends back may be old by now: it is the latest of the activities that there are. */
static void
apply_last_activity(Card *card)
{
	Datum moment;

	if (!changed(card, LAST_ACTIVITY_AT) || (card->row.insert && is_null(card, LAST_ACTIVITY_AT)))
		return;
	if (!card->row.insert && last_activity(card->trigger, value_of(card, ID), &moment))
		set_value(card, LAST_ACTIVITY_AT, moment);
	else
		set_null(card, LAST_ACTIVITY_AT);
}

/* What the row takes anew must be of its type, and among the choices of its field. */
static void
check_values(Card *card)
{
	List *chosen = NIL;

	for (int i = 0; i < lengthof(choosing); i++)
	{
		int column = choosing[i];

		if (is_null(card, column) || !changed(card, column))
			continue;
		if (opportunity_columns[column].type == TEXTOID)
			chosen = choose_text(chosen, opportunity_columns[column].name,
								 TextDatumGetCString(value_of(card, column)));
		else
			chosen = choose_elements(
				chosen, opportunity_columns[column].name, value_of(card, column),
				card->row.insert || was_null(card, column) ? (Datum) 0
														   : old_value_of(card, column));
	}
	if (!is_null(card, CUSTOM) && changed(card, CUSTOM))
		chosen = check_custom(
			card->trigger, value_of(card, PIPELINE_ID), value_of(card, CUSTOM),
			card->row.insert || was_null(card, CUSTOM) ? (Datum) 0 : old_value_of(card, CUSTOM),
			chosen);
	check_choices(card->trigger, chosen, card->stage_kind);
}

/* Stamp a new row. */
static void
stamp_insert(Card *card)
{
	char *user = current_user_name();

	if (is_null(card, CREATED_AT))
		set_value(card, CREATED_AT, TimestampTzGetDatum(card->now));
	set_text(card, CREATED_BY, user);
	set_value(card, UPDATED_AT, TimestampTzGetDatum(card->now));
	set_text(card, UPDATED_BY, user);
	set_value(card, VERSION, Int64GetDatum(1));
}

/* Count and stamp a change that people make; what is derived or only a place is none. */
static void
stamp_update(Card *card)
{
	TupleDesc desc = RelationGetDescr(card->row.rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated || i == card->at[POSITION] ||
			i == card->at[REALIZED_AMOUNT] || i == card->at[LAST_ACTIVITY_AT] ||
			!row_differs(&card->row, i))
			continue;

		set_value(card, VERSION, Int64GetDatum(DatumGetInt64(old_value_of(card, VERSION)) + 1));
		set_value(card, UPDATED_AT, TimestampTzGetDatum(card->now));
		set_text(card, UPDATED_BY, current_user_name());
		return;
	}
}

/* opportunity_rules() -> trigger */
Datum
opportunity_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_ROW | TRIGGER_EVENT_BEFORE, "opportunity_rules");
	Card card;

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		lock_belongings(trigger);
		PG_RETURN_POINTER(trigger->tg_trigtuple);
	}

	card = open_card(trigger);
	if (is_arriving(&card))
	{
		arrive(&card);
		PG_RETURN_POINTER(trigger->tg_trigtuple);
	}

	if (!card.row.insert)
		for (int i = 0; i < lengthof(kept_by_update); i++)
			keep_row_value(&card.row, card.at[kept_by_update[i]]);

	check_currency(&card);
	apply_amount(&card);
	if (!card.row.insert && number_changed(&card, REALIZED_AMOUNT))
		check_realized(trigger, DatumGetInt64(value_of(&card, ID)),
					   value_of(&card, REALIZED_AMOUNT), is_null(&card, REALIZED_AMOUNT));
	apply_last_activity(&card);
	apply_stage(&card);
	if (changed(&card, PROBABILITY))
		check_probability(&card);
	check_values(&card);
	if (card.row.insert)
		stamp_insert(&card);
	else
		stamp_update(&card);
	if (!card.row.insert && card.row.rel->rd_rel->relispartition)
		note_leaving(&card);

	PG_RETURN_POINTER(close_row(&card.row));
}
