#ifndef ROLLUP_STATE_H
#define ROLLUP_STATE_H

#include "postgres.h"

#include "rollup/rollup_shape.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/*
 * The type rollup_mark: what a filled rollup was kept by, to be compared with what keeps it now.
 * Its text says what came of that, so a dump carries no number that means nothing elsewhere.
 */
typedef struct RollupMark
{
	uint64 system; /* 0: it comes from a text */
	uint64 mark;   /* of all triggers; from a text: whether it was stale */
	Oid home;
	Oid rollup;
	Oid trigger; /* for rows, of the home */
	uint32 unused;
} RollupMark;

/* What is known of a rollup. */
typedef struct RollupState
{
	bool filled;
	bool by_this;  /* by the current transaction */
	bool marked;   /* the triggers are those that kept it then */
	bool restored; /* … as far as one can know where it was brought */
} RollupState;

extern void note_maker(void);
extern bool has_settled_trigger(Oid relid, RollupFunction function);
extern void lock_states(const RollupShapes *shapes);
extern RollupState read_state(const RollupShapes *shapes, const RollupShape *shape,
							  Snapshot snapshot);
extern void write_state(const RollupShapes *shapes, const RollupShape *shape);
extern void delete_state(const RollupShapes *shapes, Oid rollup);
extern void settle_states(const RollupShapes *shapes);

#endif
