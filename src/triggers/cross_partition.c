/* Cross-partition updates: a DELETE and an INSERT of one row. */
#include "postgres.h"

#include "triggers/cross_partition.h"

#include "access/htup_details.h"
#include "access/tupconvert.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "utils/memutils.h"

/*
 * A row that an UPDATE takes from one partition to another is deleted there and inserted here: what
 * DELETE and INSERT triggers are to know of it, those before them keep. Triggers BEFORE a row see
 * one row through, from UPDATE to INSERT, and then the next, but nothing marks it: they keep what
 * the UPDATE makes of the row, and know it by its values. Triggers AFTER one come when all rows of
 * the statement have gone, and find the server's mark: they keep what the row was at its DELETE.
 * Neither is there in time for the other, or has what the other one needs; so each keeps its own.
 */

/* A row on its way to another partition, as one trigger keeps it for a later one. */
typedef struct KeptRow
{
	MemoryContext memory;
	LocalTransactionId transaction;
	TupleDesc desc;
	HeapTuple old_tuple;
	HeapTuple new_tuple;
} KeptRow;

static KeptRow leaving;
static Oid leaving_table;
static Oid leaving_partition;

static KeptRow moving;
static Oid moving_table;
static CommandId moving_command;

/* Keep a row for as long as the transaction lasts: the one before is gone. */
static void
keep_row(KeptRow *kept, Relation rel, HeapTuple old_tuple, HeapTuple new_tuple)
{
	MemoryContext caller;

	kept->transaction = InvalidLocalTransactionId;
	if (kept->memory == NULL)
		kept->memory = AllocSetContextCreate(TopMemoryContext, "opportunities: row on its way",
											 ALLOCSET_SMALL_SIZES);
	MemoryContextReset(kept->memory);
	caller = MemoryContextSwitchTo(kept->memory);
	kept->desc = CreateTupleDescCopy(RelationGetDescr(rel));
	kept->old_tuple = heap_copytuple(old_tuple);
	kept->new_tuple = new_tuple == NULL ? NULL : heap_copytuple(new_tuple);
	MemoryContextSwitchTo(caller);
	kept->transaction = current_local_transaction();
}

/* Whether a row is kept. */
static bool
is_kept(const KeptRow *kept)
{
	return kept->transaction == current_local_transaction();
}

/* A kept row in the form of another partition. */
static HeapTuple
in_form_of(Relation rel, const KeptRow *kept, HeapTuple tuple)
{
	TupleConversionMap *map = convert_tuples_by_name(kept->desc, RelationGetDescr(rel));

	return map == NULL ? tuple : execute_attr_map_tuple(tuple, map);
}

/* Keep what an UPDATE makes of a row of a partition, before it is written. */
void
note_leaving(Relation rel, HeapTuple old_tuple, HeapTuple new_tuple)
{
	keep_row(&leaving, rel, old_tuple, new_tuple);
	leaving_table = home_table(rel);
	leaving_partition = RelationGetRelid(rel);
}

/* Whether a DELETE is the first half of an UPDATE that takes the row to another partition. */
bool
is_leaving(Relation rel, HeapTuple tuple)
{
	return is_kept(&leaving) && leaving_partition == RelationGetRelid(rel) &&
		   ItemPointerEquals(&leaving.old_tuple->t_self, &tuple->t_self);
}

/* What the row was, in its own form, if an INSERT is the second half of such an UPDATE; else NULL.
 */
HeapTuple
arriving_row(Relation rel, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);
	HeapTuple left;

	if (!is_kept(&leaving) || leaving_partition == RelationGetRelid(rel) ||
		leaving_table != home_table(rel))
		return NULL;
	left = in_form_of(rel, &leaving, leaving.new_tuple);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool null;
		bool left_null;
		Datum value;
		Datum left_value;

		if (att->attisdropped || att->attgenerated)
			continue;
		value = heap_getattr(tuple, i + 1, desc, &null);
		left_value = heap_getattr(left, i + 1, desc, &left_null);
		if (!same_value(att, value, null, left_value, left_null))
			return NULL;
	}
	leaving.transaction = InvalidLocalTransactionId;
	return in_form_of(rel, &leaving, leaving.old_tuple);
}

/* Whether a row is deleted only to go to another partition. One of another server isn't marked. */
bool
is_moving(Relation rel, HeapTuple tuple)
{
	return rel->rd_rel->relkind == RELKIND_RELATION &&
		   HeapTupleHeaderIndicatesMovedPartitions(tuple->t_data);
}

/* Keep a row that goes to another partition. */
void
note_moving(Relation rel, HeapTuple tuple)
{
	keep_row(&moving, rel, tuple, NULL);
	moving_table = home_table(rel);
	moving_command = HeapTupleHeaderGetCmax(tuple->t_data);
}

/*
 * What a new row was, in its own form, in the partition that it has come from; NULL: nothing. Of a
 * row that went to another server nobody knows.
 */
HeapTuple
moved_row(Relation rel, HeapTuple tuple)
{
	if (!rel->rd_rel->relispartition || rel->rd_rel->relkind != RELKIND_RELATION ||
		!is_kept(&moving) || moving_table != home_table(rel) ||
		moving_command != HeapTupleHeaderGetCmin(tuple->t_data))
		return NULL;

	moving.transaction = InvalidLocalTransactionId;
	return in_form_of(rel, &moving, moving.old_tuple);
}
