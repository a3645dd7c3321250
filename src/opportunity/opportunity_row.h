#ifndef OPPORTUNITY_ROW_H
#define OPPORTUNITY_ROW_H

#include "postgres.h"

#include "triggers/row.h"
#include "triggers/stage.h"

/* The columns that the trigger reads or sets, in the order of the table that create_crm makes. */
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

/* Money and percentages: opportunity_money.c. */
extern bool number_changed(const Row *row, int column);
extern void check_currency(const Row *row);
extern void apply_amount(Row *row);
extern bool apply_probability_mode(Row *row);
extern void check_probability(const Row *row);

/* The stage and what follows from it: opportunity_stage.c. */
extern void refuse_hidden_stage(const Row *row);
extern const char *apply_stage(Row *row, bool *closes);

/* When and why it was closed: opportunity_closing.c. */
extern bool closing_given(Row *row);
extern void apply_open(Row *row, bool entering, bool given);
extern bool apply_final(Row *row, const Stage *stage, bool entering, bool given);

#endif
