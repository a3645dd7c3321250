#ifndef INVOICED_H
#define INVOICED_H

#include "postgres.h"

#include "base/compat.h"
#include "triggers/row.h"

extern void check_left_to_invoice(TriggerData *trigger, int64 quote_id);
extern void check_not_expired(const Row *row, int quote, int issued_on);
extern void check_invoiced(const Row *row, int quote, const int *sums, bool voided);
pg_noreturn extern void refuse_invoiced_line(TriggerData *trigger, Datum line, Datum offered,
											 Datum invoiced);

#endif
