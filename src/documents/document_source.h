#ifndef DOCUMENT_SOURCE_H
#define DOCUMENT_SOURCE_H

#include "postgres.h"

#include "triggers/row.h"

extern void need_source(const Row *row, int column, const char *kind, int64 opportunity_id);
extern void check_return(const Row *row, int id, int invoice, Datum total);
extern char *number_text(Datum value);
extern bool is_returned(TriggerData *trigger, int64 invoice_id);

#endif
