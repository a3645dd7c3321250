#ifndef REALIZED_H
#define REALIZED_H

#include "postgres.h"

#include "commands/trigger.h"

extern Datum realized_amount(TriggerData *trigger, int64 opportunity_id);
extern void check_realized(TriggerData *trigger, int64 opportunity_id, Datum value);

#endif
