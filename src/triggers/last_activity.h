#ifndef LAST_ACTIVITY_H
#define LAST_ACTIVITY_H

#include "postgres.h"

#include "commands/trigger.h"
#include "triggers/row.h"

extern void note_activity(const Row *activity, int opportunity_id, int done_at);
extern bool last_activity(TriggerData *trigger, Datum opportunity_id, Datum *moment);

#endif
