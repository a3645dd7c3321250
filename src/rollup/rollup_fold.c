/* Deltas are folded into sums, beside whoever writes and reads. */
#include "postgres.h"

#include "rollup/rollup_fold.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/nbtree.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/limits.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "rollup/rollup_space.h"
#include "rollup/rollup_state.h"
#include "rollup/rollup_table.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"

/*
 * A fold deletes rows that it sees and writes what they come to, in one transaction: whoever sees
 * that sees the one, everybody else the other. It takes what nobody else holds, so two folds share
 * the rows between them, and sums of one group in several rows are as good as in one. A
 * serializable transaction never folds, since it would conflict with all that have read what it
 * deletes.
 */

/* One in so many statements of a writer folds, … */
#define FOLD_TURN 2048

/* … and so many deltas at most, which take it a few milliseconds. */
#define MAX_TURN 8192

/* Deltas that are folded at once where all are, and groups that are looked at. */
#define MAX_ROUND 100000
#define MAX_MERGED 250000

/* Sums without an index for their groups are searched while they are no larger. */
#define MAX_SCANNED_BLOCKS 64

/* What deltas come to, in each rollup that has them: that of their columns first. */
typedef struct DeltaFold
{
	Oid home;
	int count;
	const RollupShape **shapes;
	RollupGroups **groups;
} DeltaFold;

/* Take rows that a scan finds, and add them to the groups; more: whether it ended too early. */
static int64
take_deltas(RollupTable *deltas, const DeltaFold *fold, int64 limit, bool *more)
{
	TableScanDesc scan = scan_table(deltas->rel, GetActiveSnapshot());
	TupleTableSlot *slot = table_slot_create(deltas->rel, NULL);
	int64 taken = 0;

	while (!(*more = taken >= limit || groups_are_many(fold->groups[0], MAX_MERGED)) &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!take_row(deltas, &slot->tts_tid))
			continue;
		for (int i = 0; i < fold->count; i++)
			groups_add_totals(fold->groups[i], slot, 1);
		taken++;
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	give_back_space(deltas->rel);
	return taken;
}

/* An index by columns that groups are of; NULL: there is none. */
static Relation
open_group_index(Relation sums, const RollupGroups *groups)
{
	List *indexes = RelationGetIndexList(sums);
	ListCell *cell;

	foreach (cell, indexes)
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		bool fits = index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
					RelationGetIndexExpressions(index) == NIL &&
					RelationGetIndexPredicate(index) == NIL;

		for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
			fits = fits && index->rd_index->indkey.values[i] <= groups->count;
		if (fits)
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

/* Groups by the columns of an index alone. */
static RollupGroups *
make_index_groups(Relation index, const RollupGroups *groups)
{
	RollupColumn columns[INDEX_MAX_KEYS];
	RollupShape shape = {.count = IndexRelationGetNumberOfKeyAttributes(index), .columns = columns};

	for (int i = 0; i < shape.count; i++)
		columns[i] = groups->columns[index->rd_index->indkey.values[i] - 1];
	return groups_make(&shape, groups->context);
}

/* What finds the rows of a group by an index; false where they were found before. */
static bool
make_index_keys(Relation index, RollupGroups *found, const RollupKey *group, ScanKey keys)
{
	Datum values[INDEX_MAX_KEYS];
	bool nulls[INDEX_MAX_KEYS];
	RollupKey key = {.values = values, .nulls = nulls};

	for (int i = 0; i < found->count; i++)
	{
		AttrNumber number = index->rd_index->indkey.values[i];

		values[i] = group->values[number - 1];
		nulls[i] = group->nulls[number - 1];
	}
	if (groups_count(found, &key) > 1)
		return false;
	for (int i = 0; i < found->count; i++)
	{
		Oid equality = get_opfamily_member(index->rd_opfamily[i], index->rd_opcintype[i],
										   index->rd_opcintype[i], BTEqualStrategyNumber);

		ScanKeyEntryInitialize(
			&keys[i], nulls[i] ? SK_ISNULL | SK_SEARCHNULL : 0, index->rd_index->indkey.values[i],
			nulls[i] ? InvalidStrategy : BTEqualStrategyNumber, InvalidOid,
			index->rd_indcollation[i], nulls[i] ? InvalidOid : get_opcode(equality), values[i]);
	}
	return true;
}

/* Take a row of the sums where it is of a group that is being folded. */
static void
take_sum(RollupTable *sums, RollupGroups *groups, TupleTableSlot *slot)
{
	if (groups_has_totals(groups, slot) && take_row(sums, &slot->tts_tid))
		groups_add_totals(groups, slot, 1);
}

/* Take the sums of the groups by an index. What is taken is of groups that are there: none comes.
 */
static void
take_by_index(RollupTable *sums, RollupGroups *groups, Relation index)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(sums->rel), &TTSOpsHeapTuple);
	RollupGroups *found = make_index_groups(index, groups);
	RollupGroup *group;
	int place = 0;

	while ((group = groups_next(groups, &place)) != NULL)
	{
		ScanKeyData keys[INDEX_MAX_KEYS];
		SysScanDesc scan;
		HeapTuple tuple;

		CHECK_FOR_INTERRUPTS();
		if (!make_index_keys(index, found, &group->key, keys))
			continue;
		scan = systable_beginscan(sums->rel, RelationGetRelid(index), true, GetActiveSnapshot(),
								  found->count, keys);
		while ((tuple = systable_getnext(scan)) != NULL)
		{
			ExecStoreHeapTuple(tuple, slot, false);
			slot->tts_tid = tuple->t_self;
			take_sum(sums, groups, slot);
		}
		systable_endscan(scan);
		ExecClearTuple(slot);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Take them by reading all sums. */
static void
take_by_scan(RollupTable *sums, RollupGroups *groups)
{
	TableScanDesc scan = scan_table(sums->rel, GetActiveSnapshot());
	TupleTableSlot *slot = table_slot_create(sums->rel, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		take_sum(sums, groups, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

/* Add what was folded to the sums of a rollup. */
static void
add_to_sums(const RollupShape *shape, Oid home, RollupGroups *groups)
{
	RollupTable sums = open_rollup_table(shape->relid, home, groups);
	Relation index = open_group_index(sums.rel, groups);

	if (index != NULL)
		take_by_index(&sums, groups, index);
	else if (RelationGetNumberOfBlocks(sums.rel) <= MAX_SCANNED_BLOCKS)
		take_by_scan(&sums, groups);
	insert_groups(&sums, groups);
	if (index != NULL)
		index_close(index, NoLock);
	close_rollup_table(&sums);
}

/* A fold of the deltas of a rollup, which others may have with it. */
static DeltaFold
make_fold(const RollupShapes *shapes, int keeper)
{
	DeltaFold fold = {.home = shapes->home};

	fold.shapes = palloc(sizeof(RollupShape *) * shapes->count);
	fold.groups = palloc(sizeof(RollupGroups *) * shapes->count);
	fold.shapes[fold.count++] = &shapes->shapes[keeper];
	for (int i = 0; i < shapes->count; i++)
		if (shapes->shapes[i].keeper == keeper && i != keeper)
			fold.shapes[fold.count++] = &shapes->shapes[i];
	for (int i = 0; i < fold.count; i++)
	{
		if (!has_all_places(fold.shapes[i]))
			refuse_damaged(fold.home, "Its deltas lack columns of it.");
		fold.groups[i] = groups_make(fold.shapes[i], CurrentMemoryContext);
	}
	return fold;
}

/* Fold so many of these deltas at most: how many it were, and whether there may be more. */
static int64
fold_deltas(const RollupShapes *shapes, int keeper, int64 limit, bool *more)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "opportunities: fold", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	DeltaFold fold = make_fold(shapes, keeper);
	RollupTable deltas = open_rollup_table(fold.shapes[0]->deltas, fold.home, fold.groups[0]);
	int64 taken = take_deltas(&deltas, &fold, limit, more);

	for (int i = 0; taken > 0 && i < fold.count; i++)
		add_to_sums(fold.shapes[i], fold.home, fold.groups[i]);
	close_rollup_table(&deltas);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return taken;
}

/* Count the rows of each group. */
static void
count_sums(RollupTable *sums, RollupGroups *groups)
{
	TableScanDesc scan = scan_table(sums->rel, GetActiveSnapshot());
	TupleTableSlot *slot = table_slot_create(sums->rel, NULL);

	while (!groups_are_many(groups, MAX_MERGED) &&
		   table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		groups_count_row(groups, slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

/* Make one row of each group that has several: writers add some where they can't take another's. */
static void
merge_sums(const RollupShape *shape, Oid home)
{
	RollupGroups *groups = groups_make(shape, CurrentMemoryContext);
	MemoryContext caller = MemoryContextSwitchTo(groups->context);
	RollupTable sums = open_rollup_table(shape->relid, home, groups);

	count_sums(&sums, groups);
	groups_keep_repeated(groups);
	if (groups_length(groups) > 0)
	{
		take_by_scan(&sums, groups);
		insert_groups(&sums, groups);
	}
	close_rollup_table(&sums);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(groups->context);
}

/* Fold all deltas of a relation's rollups: how many it were. */
int64
compact_rollup_tables(const RollupShapes *shapes)
{
	int64 folded = 0;

	for (int i = 0; i < shapes->count; i++)
	{
		bool more = shapes->shapes[i].keeper == i;

		while (more)
		{
			PushActiveSnapshot(GetTransactionSnapshot());
			folded += fold_deltas(shapes, i, MAX_ROUND, &more);
			PopActiveSnapshot();
			CommandCounterIncrement();
		}
		PushActiveSnapshot(GetTransactionSnapshot());
		merge_sums(&shapes->shapes[i], shapes->home);
		PopActiveSnapshot();
		CommandCounterIncrement();
	}
	return folded;
}

/* Lock the deltas of a rollup, and the sums of those that have them, unless somebody else has. */
static bool
lock_without_waiting(const RollupShapes *shapes, int keeper)
{
	for (int i = 0; i < shapes->count; i++)
		if (shapes->shapes[i].keeper == keeper &&
			!ConditionalLockRelationOid(shapes->shapes[i].relid, RowExclusiveLock))
			return false;
	return ConditionalLockRelationOid(shapes->shapes[keeper].deltas, RowExclusiveLock);
}

/*
 * A writer's turn may have come; what it knows of the triggers may be new. It doesn't wait for
 * locks: whoever holds one may wait for what the writer holds.
 */
void
fold_in_turn(Oid home)
{
	Relation rel;
	RollupShapes *shapes;
	bool turn = pg_prng_uint32(&pg_global_prng_state) % FOLD_TURN == 0;
	bool more;

	if (IsolationIsSerializable() || !(turn || shapes_were_read()) ||
		!ConditionalLockRelationOid(home, AccessShareLock))
		return;
	rel = try_table_open(home, NoLock);
	if (rel == NULL)
		return;
	if (turn)
		reread_shapes(home);
	shapes = copy_rollup_shapes(rel);
	/* not what a trigger of the statement has folded already */
	PushCopiedSnapshot(GetActiveSnapshot());
	UpdateActiveSnapshotCommandId();
	for (int i = 0; turn && i < shapes->count; i++)
		if (shapes->shapes[i].keeper == i && lock_without_waiting(shapes, i))
			(void) fold_deltas(shapes, i, MAX_TURN, &more);
	settle_states(shapes);
	PopActiveSnapshot();
	table_close(rel, NoLock);
}
