#ifndef ROLLUP_SCAN_H
#define ROLLUP_SCAN_H

#include "postgres.h"

#include "nodes/parsenodes.h"

extern void mark_rollup_entry(RangeTblEntry *entry);
extern void define_rollup_scans(void);

#endif
