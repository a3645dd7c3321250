#ifndef OPPORTUNITY_LINE_H
#define OPPORTUNITY_LINE_H

#include "postgres.h"

#include "commands/trigger.h"

extern bool amount_of_lines(TriggerData *trigger, int64 opportunity_id, Datum *amount);

#endif
