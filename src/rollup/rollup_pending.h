#ifndef ROLLUP_PENDING_H
#define ROLLUP_PENDING_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "rollup/rollup_shape.h"
#include "utils/snapshot.h"

extern void begin_writing(void);
extern void end_writing(void);
extern void note_written(const RollupShapes *shapes, const RollupShape *shape,
						 TupleTableSlot *before, TupleTableSlot *after);
extern bool is_writing(void);
extern bool sees_deltas(Snapshot snapshot);

#endif
