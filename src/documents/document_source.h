#ifndef DOCUMENT_SOURCE_H
#define DOCUMENT_SOURCE_H

#include "postgres.h"

#include "commands/trigger.h"

extern void need_source(TriggerData *trigger, const char *kind, int64 id, int64 opportunity_id);
extern void check_not_invoiced(TriggerData *trigger, int64 quote_id);
extern void check_return(TriggerData *trigger, int64 id, int64 invoice_id, Datum total);
extern bool is_returned(TriggerData *trigger, int64 invoice_id);

#endif
