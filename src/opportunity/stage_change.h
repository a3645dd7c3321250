#ifndef STAGE_CHANGE_H
#define STAGE_CHANGE_H

#include "postgres.h"

#include "commands/trigger.h"
#include "datatype/timestamp.h"

/* Where an opportunity is: its stage, NULL for none yet, and since when. */
typedef struct Whereabouts
{
	int64 pipeline_id;
	int64 stage_id;
	bool staged;
	TimestampTz since;
} Whereabouts;

extern void record_stage_change(TriggerData *trigger, int64 id, const Whereabouts *from,
								const Whereabouts *to);

#endif
