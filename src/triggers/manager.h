#ifndef MANAGER_H
#define MANAGER_H

#include "postgres.h"

#include "commands/trigger.h"

extern bool manages(TriggerData *trigger, const char *manager, Datum user);

#endif
