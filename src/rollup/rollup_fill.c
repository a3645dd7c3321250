/* What a rollup lacks: the sums of the rows less what is in it, under one snapshot. */
#include "postgres.h"

#include "rollup/rollup_fill.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/errors.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "rollup/rollup_pending.h"
#include "rollup/rollup_state.h"
#include "rollup/rollup_table.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* The groups that are held at a time: some 100 MB. */
#define MAX_GROUPS 250000

/* A scan of the rows, and of the rollup. */
typedef struct Difference
{
	Relation home;
	const RollupShape *shape;  /* of the relation */
	const RollupShape *keeper; /* of its deltas */
	Snapshot snapshot;
	RollupGroups *groups;
	RollupTable *sums; /* where groups go that are too many; NULL: the scan ends there */
	bool full;
} Difference;

/* Too many groups are written as they are, since any number of rows may be of one, or end the scan.
 */
static void
heed_limit(Difference *difference)
{
	if (!groups_are_many(difference->groups, MAX_GROUPS))
		return;
	if (difference->sums == NULL)
	{
		difference->full = difference->groups->part == 0;
		return;
	}
	insert_groups(difference->sums, difference->groups);
	MemoryContextDelete(difference->groups->context);
	difference->groups = groups_make(difference->shape, CurrentMemoryContext);
}

/* Add the rows of a table of the relation, which has a shape, or take away those of the rollup. */
static void
add_table(Difference *difference, Relation rel, const RollupShape *shape)
{
	TableScanDesc scan = scan_table(rel, difference->snapshot);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "opportunities: row of a rollup", ALLOCSET_DEFAULT_SIZES);

	while (!difference->full && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		MemoryContext caller = MemoryContextSwitchTo(context);

		CHECK_FOR_INTERRUPTS();
		if (shape != NULL)
			groups_change_row(difference->groups, shape, NULL, slot);
		else
			groups_add_totals(difference->groups, slot, -1);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context);
		heed_limit(difference);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	MemoryContextDelete(context);
}

/* Add the rows of the relation, which may have partitions. */
static void
add_relation(Difference *difference)
{
	List *tables = find_all_inheritors(RelationGetRelid(difference->home), AccessShareLock, NULL);
	ListCell *cell;

	foreach (cell, tables)
	{
		Relation rel = table_open(lfirst_oid(cell), NoLock);

		if (rel->rd_rel->relkind == RELKIND_RELATION)
		{
			const RollupShape *shape =
				find_rollup_shape(rollup_shapes(rel), difference->shape->relid);

			if (shape == NULL)
				elog(ERROR, "table \"%s\" has no trigger of rollup %u",
					 RelationGetRelationName(rel), difference->shape->relid);
			add_table(difference, rel, shape);
		}
		table_close(rel, NoLock);
	}
}

/* Take away what the rollup holds. */
static void
subtract_rollup(Difference *difference)
{
	const RollupShape *shape = difference->shape;
	Oid home = RelationGetRelid(difference->home);
	Oid tables[] = {shape->relid, shape->deltas};
	const RollupShape *of[] = {shape, difference->keeper};

	for (int i = 0; i < lengthof(tables); i++)
	{
		Relation rel = try_table_open(tables[i], AccessShareLock);

		if (rel == NULL || !has_all_places(shape) ||
			!is_whole_table(rel, home, of[i]->count, of[i]->columns, shape->totals))
			refuse_damaged(
				home, "A table of it is gone, has other columns, constraints or another owner.");
		add_table(difference, rel, NULL);
		table_close(rel, NoLock);
	}
}

/* Rows that a statement has written, and not yet noted, would be missing. */
void
refuse_while_writing(const char *function)
{
	if (is_writing())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("%s cannot be called while a statement writes rows", function),
						errhint("Call it before or afterwards."), err_code("rollup_in_use")));
}

/*
 * Write what a rollup lacks, as one sees it who sees all that is committed: nobody need wait. What
 * comes later comes with deltas of its own. Only one fills at a time.
 */
void
fill_rollup_tables(Relation home, const RollupShapes *shapes, const RollupShape *shape)
{
	Difference difference = {
		.home = home, .shape = shape, .keeper = &shapes->shapes[shape->keeper]};
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "opportunities: fill", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	RollupTable sums;

	lock_states(shapes);
	CommandCounterIncrement();
	difference.snapshot = RegisterSnapshot(GetLatestSnapshot());
	difference.groups = groups_make(shape, context);
	sums = open_rollup_table(shape->relid, RelationGetRelid(home), difference.groups);
	difference.sums = &sums;
	PushActiveSnapshot(difference.snapshot);
	add_relation(&difference);
	subtract_rollup(&difference);
	insert_groups(&sums, difference.groups);
	PopActiveSnapshot();
	close_rollup_table(&sums);
	UnregisterSnapshot(difference.snapshot);
	write_state(shapes, shape);
	CommandCounterIncrement();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

/*
 * Tell what a rollup lacks, or has too much. Where there are more groups than are held at a time,
 * a scan is for those alone whose hashes end in the same bits.
 */
void
compare_rollup(Relation home, const RollupShapes *shapes, const RollupShape *shape,
			   Snapshot snapshot, RollupReporter report, void *arg)
{
	uint32 mask = 0;

	for (uint32 part = 0; part <= mask; part++)
	{
		Difference difference = {.home = home,
								 .shape = shape,
								 .keeper = &shapes->shapes[shape->keeper],
								 .snapshot = snapshot};
		MemoryContext context = AllocSetContextCreate(
			CurrentMemoryContext, "opportunities: comparison", ALLOCSET_DEFAULT_SIZES);
		MemoryContext caller = MemoryContextSwitchTo(context);
		RollupGroup *group;
		int place = 0;

		difference.groups = groups_make(shape, context);
		difference.groups->mask = mask;
		difference.groups->part = part;
		add_relation(&difference);
		subtract_rollup(&difference);
		while (!difference.full && (group = groups_next(difference.groups, &place)) != NULL)
			report(difference.groups, group, arg);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(context);
		if (difference.full)
		{
			mask = mask << 1 | 1;
			part = -1;
		}
	}
}
