#ifndef ROLLUP_FILL_H
#define ROLLUP_FILL_H

#include "postgres.h"

#include "rollup/rollup_groups.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/* Is told what a rollup lacks. */
typedef void (*RollupReporter)(const RollupGroups *groups, RollupGroup *group, void *arg);

extern void refuse_while_writing(const char *function);
extern void fill_rollup_tables(Relation home, const RollupShapes *shapes, const RollupShape *shape);
extern void compare_rollup(Relation home, const RollupShapes *shapes, const RollupShape *shape,
						   Snapshot snapshot, RollupReporter report, void *arg);

#endif
