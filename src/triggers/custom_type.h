#ifndef CUSTOM_TYPE_H
#define CUSTOM_TYPE_H

#include "postgres.h"

#include "commands/trigger.h"
#include "nodes/pg_list.h"

extern List *check_custom(TriggerData *trigger, Datum pipeline_id, Datum custom, Datum old_custom,
						  List *chosen);

#endif
