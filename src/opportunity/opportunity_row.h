#ifndef OPPORTUNITY_ROW_H
#define OPPORTUNITY_ROW_H

#include "postgres.h"

#include "triggers/row.h"
#include "triggers/stage.h"

/* The columns that the trigger reads or sets, in the order of the table that create_crm makes. */
enum OpportunityColumn
{
	OPPORTUNITY_ID,
	OPPORTUNITY_PIPELINE_ID,
	OPPORTUNITY_STAGE_ID,
	OPPORTUNITY_TYPE,
	OPPORTUNITY_SOURCE,
	OPPORTUNITY_CAMPAIGN,
	OPPORTUNITY_BUYING_PROCESS,
	OPPORTUNITY_COMPETITORS,
	OPPORTUNITY_TAGS,
	OPPORTUNITY_CURRENCY,
	OPPORTUNITY_AMOUNT,
	OPPORTUNITY_AMOUNT_MODE,
	OPPORTUNITY_PROBABILITY,
	OPPORTUNITY_PROBABILITY_MODE,
	OPPORTUNITY_REALIZED_AMOUNT,
	OPPORTUNITY_CLOSED_AT,
	OPPORTUNITY_CLOSED_ON,
	OPPORTUNITY_CLOSE_REASON,
	OPPORTUNITY_POSITION,
	OPPORTUNITY_CUSTOM,
	OPPORTUNITY_VERSION,
	OPPORTUNITY_CREATED_AT,
	OPPORTUNITY_CREATED_BY,
	OPPORTUNITY_UPDATED_AT,
	OPPORTUNITY_UPDATED_BY,
	OPPORTUNITY_STAGE_ENTERED_AT,
	OPPORTUNITY_STAGE_ENTERED_BY,
	OPPORTUNITY_LAST_ACTIVITY_AT,
	OPPORTUNITY_COLUMNS
};

/* Money and percentages: opportunity_money.c. */
extern bool number_changed(const Row *row, int column);
extern void check_currency(const Row *row);
extern void apply_amount(Row *row);
extern bool apply_probability_mode(Row *row);
extern void apply_probability(Row *row, const Stage *stage);
extern void check_probability(const Row *row);

/* The stage and what follows from it: opportunity_stage.c. */
extern void refuse_hidden_stage(const Row *row);
extern const char *apply_stage(Row *row, bool *closes);

/* When and why it was closed: opportunity_closing.c. */
extern bool closing_given(Row *row);
extern void apply_open(Row *row, bool entering, bool given);
extern bool apply_final(Row *row, const Stage *stage, bool entering, bool given);

#endif
