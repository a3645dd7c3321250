#ifndef OPPORTUNITY_ROW_H
#define OPPORTUNITY_ROW_H

#include "postgres.h"

#include "commands/trigger.h"
#include "datatype/timestamp.h"
#include "rules/row.h"
#include "rules/rule.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/* The columns that the rules touch, in the order of the table that create_crm makes. */
enum OpportunityColumn
{
	ID,
	PIPELINE_ID,
	STAGE_ID,
	TYPE,
	SOURCE,
	CAMPAIGN,
	BUYING_PROCESS,
	COMPETITORS,
	TAGS,
	CURRENCY,
	AMOUNT,
	AMOUNT_MODE,
	PROBABILITY,
	PROBABILITY_MODE,
	REALIZED_AMOUNT,
	CLOSED_AT,
	CLOSED_ON,
	CLOSE_REASON,
	POSITION,
	CUSTOM,
	VERSION,
	CREATED_AT,
	CREATED_BY,
	UPDATED_AT,
	UPDATED_BY,
	STAGE_ENTERED_AT,
	STAGE_ENTERED_BY,
	LAST_ACTIVITY_AT,
	COLUMNS
};

extern const RuleColumn opportunity_columns[COLUMNS];

/* The row of opportunity that its rules work on, by columns of the enum. */
typedef struct Card
{
	TriggerData *trigger;
	Row row;
	int at[COLUMNS];
	const char *stage_kind;
	TimestampTz now;
} Card;

static inline bool
is_null(const Card *card, int column)
{
	return card->row.nulls[card->at[column]];
}

static inline Datum
value_of(const Card *card, int column)
{
	return card->row.values[card->at[column]];
}

static inline bool
was_null(const Card *card, int column)
{
	return card->row.old_nulls[card->at[column]];
}

static inline Datum
old_value_of(const Card *card, int column)
{
	return card->row.old_values[card->at[column]];
}

static inline void
set_value(Card *card, int column, Datum value)
{
	set_row_value(&card->row, card->at[column], value);
}

static inline void
set_null(Card *card, int column)
{
	set_row_null(&card->row, card->at[column]);
}

static inline void
set_text(Card *card, int column, const char *value)
{
	set_value(card, column, CStringGetTextDatum(value));
}

/* Whether a column is new: always on INSERT, on UPDATE where the value differs. */
static inline bool
changed(const Card *card, int column)
{
	return card->row.insert || row_differs(&card->row, card->at[column]);
}

extern Card open_card(TriggerData *trigger);

/* Money and percentages: opportunity_money.c. */
extern bool number_changed(const Card *card, int column);
extern void check_currency(const Card *card);
extern void apply_amount(Card *card);
extern bool apply_probability_mode(Card *card);
extern void check_probability(const Card *card);

/* The stage and what follows from it: opportunity_stage.c. */
extern void apply_stage(Card *card);

/* Rows that go to another partition: opportunity_partition.c. */
extern void note_leaving(const Card *card);
extern bool is_arriving(const Card *card);
extern void arrive(const Card *card);

#endif
