#ifndef TOTALS_EXPANDED_H
#define TOTALS_EXPANDED_H

#include "postgres.h"

#include "totals/totals.h"
#include "totals/totals_row.h"
#include "utils/expandeddatum.h"

/* More currencies than this make an aggregate's state one that is expanded. */
#define MAX_FLAT_CURRENCIES 64

#define IS_EXPANDED(state) VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state))

extern Datum expand_totals(const Totals *flat, MemoryContext parent);
extern void expanded_add_row(Datum state, TotalsRow row, const char *name, int length);
extern void expanded_add(Datum state, const Totals *other);

#endif
