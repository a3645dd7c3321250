#ifndef ROLLUP_MAKE_H
#define ROLLUP_MAKE_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "rollup/rollup_shape.h"

/* A table that has rollups, or gets them: locked and not open, since DDL wants it so. */
typedef struct RollupHome
{
	Oid relid;
	Oid schema;
	char *name;
	char *sql; /* qualified and quoted */
	TupleDesc desc;
} RollupHome;

extern Oid make_sums(const RollupHome *home, List *by);
extern void make_deltas(const RollupHome *home, List *sums);
extern void make_rollup_triggers(const RollupHome *home);
extern void drop_rollup_tables(const RollupHome *home, const RollupShape *shape);
extern void drop_rollup_triggers(const RollupHome *home);

#endif
