#ifndef DOCUMENT_NUMBER_H
#define DOCUMENT_NUMBER_H

#include "postgres.h"

#include "commands/trigger.h"

extern int64 next_number(TriggerData *trigger, Datum kind);

#endif
