#ifndef ROLLUP_CHECK_H
#define ROLLUP_CHECK_H

#include "postgres.h"

#include "utils/rel.h"

/*
 * Is told what is wrong with a rollup: the table of its sums; the group that differs, or NULL: it
 * isn't used.
 */
typedef void (*RollupProblem)(void *arg, Oid table, const char *group, const char *problem);

extern void check_rollups(Relation home, RollupProblem tell, void *arg);

#endif
