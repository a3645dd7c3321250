#ifndef ROLLUP_STATE_H
#define ROLLUP_STATE_H

#include "postgres.h"

#include "rollup/rollup_shape.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/* What is said of a rollup that has been filled. */
typedef struct RollupState
{
	bool filled;
	bool by_this;  /* by the current transaction */
	bool restored; /* from a dump: the mark says nothing here */
	bool marked;   /* the mark is that of the triggers now */
} RollupState;

extern void note_maker(void);
extern bool has_settled_trigger(Oid relid, RollupFunction function);
extern bool trigger_mark(Relation home, const RollupShape *shape, uint64 *mark);
extern void lock_states(const RollupShapes *shapes);
extern RollupState read_state(Relation home, const RollupShapes *shapes, const RollupShape *shape,
							  Snapshot snapshot);
extern void write_state(Relation home, const RollupShapes *shapes, const RollupShape *shape);
extern void delete_state(const RollupShapes *shapes, Oid rollup);
extern void renew_marks(Relation home, const RollupShapes *shapes);

#endif
