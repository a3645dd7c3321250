#ifndef ROLLUP_TABLE_H
#define ROLLUP_TABLE_H

#include "postgres.h"

#include "base/compat.h"
#include "nodes/execnodes.h"
#include "rollup/rollup_groups.h"

/*
 * A table of a rollup that is written: past its triggers, which keep everybody else from it, and
 * past logical decoding, since other servers keep their own.
 */
typedef struct RollupTable
{
	Relation rel;
	EState *estate; /* NULL where there is no index */
	ResultRelInfo *result;
	TupleTableSlot *slot;
} RollupTable;

pg_noreturn extern void refuse_damaged(Oid home, const char *detail);
extern bool is_whole_table(Relation rel, Oid home, int count, const RollupColumn *columns,
						   Oid totals);
extern RollupTable open_rollup_table(Oid relid, Oid home, const RollupGroups *groups);
extern void close_rollup_table(RollupTable *table);
extern void insert_row(RollupTable *table, Datum *values, bool *nulls);
extern void insert_group(RollupTable *table, const RollupGroups *groups, const RollupGroup *group);
extern void insert_groups(RollupTable *table, RollupGroups *groups);
extern bool take_row(RollupTable *table, ItemPointer tid);

#endif
