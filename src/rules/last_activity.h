#ifndef LAST_ACTIVITY_H
#define LAST_ACTIVITY_H

#include "postgres.h"

#include "commands/trigger.h"

extern bool last_activity(TriggerData *trigger, Datum opportunity_id, Datum *moment);

#endif
