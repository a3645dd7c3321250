#ifndef STAGE_CHANGE_H
#define STAGE_CHANGE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "triggers/row.h"

/* Where an opportunity is: its stage, NULL for none yet, and since when. */
typedef struct StageState
{
	int64 pipeline_id;
	int64 stage_id;
	bool staged;
	TimestampTz since; /* -infinity: nobody knows */
} StageState;

/* The columns that say so, as the use of a trigger numbers them. */
typedef struct StageStateColumns
{
	int pipeline_id;
	int stage_id;
	int stage_entered_at;
} StageStateColumns;

extern StageState stage_state(const Row *row, const StageStateColumns *columns, bool before);
extern void record_stage_change(TriggerData *trigger, int64 id, const StageState *from,
								const StageState *to);

#endif
