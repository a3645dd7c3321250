#ifndef ROLLUP_FOLD_H
#define ROLLUP_FOLD_H

#include "postgres.h"

#include "rollup/rollup_shape.h"

extern void fold_in_turn(Oid home);
extern int64 compact_rollup_tables(const RollupShapes *shapes);

#endif
