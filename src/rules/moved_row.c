#include "postgres.h"

#include "rules/moved_row.h"

#include "access/htup_details.h"
#include "access/tupconvert.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "rules/owner_query.h"
#include "utils/memutils.h"

/*
 * A row that an UPDATE takes from one partition to another is deleted there and inserted here: what
 * INSERT triggers are to know of it, those before them keep. Rules before the row is written see
 * one row through, from UPDATE to INSERT, and then the next, but nothing marks it: they keep what
 * the UPDATE makes of the row, and know it by its values. Triggers after it come when all rows of
 * the statement have gone, and find the server's mark: they keep what the row was at its DELETE.
 * Neither is there in time for the other, or has what the other one needs; so each keeps its own.
 */
static KeptRow moving;
static Oid moving_table;
static CommandId moving_command;
static HeapTuple moving_tuple;
static TupleDesc moving_desc;

/* Begin to keep a row, in memory of its own: the one before is gone. Gives the caller's memory. */
MemoryContext
begin_keeping(KeptRow *kept)
{
	kept->transaction = InvalidLocalTransactionId;
	if (kept->memory == NULL)
		kept->memory = AllocSetContextCreate(TopMemoryContext, "opportunities: row on its way",
											 ALLOCSET_SMALL_SIZES);
	MemoryContextReset(kept->memory);
	return MemoryContextSwitchTo(kept->memory);
}

/* The row is kept, for as long as the transaction lasts. */
void
end_keeping(KeptRow *kept, MemoryContext caller)
{
	MemoryContextSwitchTo(caller);
	kept->transaction = current_local_transaction();
}

/* Whether a row is kept. */
bool
is_kept(const KeptRow *kept)
{
	return kept->transaction == current_local_transaction();
}

/* The row has arrived. */
void
stop_keeping(KeptRow *kept)
{
	kept->transaction = InvalidLocalTransactionId;
}

/* Keep a row that goes to another partition. */
void
note_moving(Relation rel, HeapTuple tuple)
{
	MemoryContext caller = begin_keeping(&moving);

	moving_tuple = heap_copytuple(tuple);
	moving_desc = CreateTupleDescCopy(RelationGetDescr(rel));
	moving_table = home_table(rel);
	moving_command = HeapTupleHeaderGetCmax(tuple->t_data);
	end_keeping(&moving, caller);
}

/*
 * What a new row was, in its own form, in the partition that it has come from; NULL: nothing. Of a
 * row that went to another server nobody knows.
 */
HeapTuple
moved_row(Relation rel, HeapTuple tuple)
{
	TupleConversionMap *map;

	if (!rel->rd_rel->relispartition || rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE ||
		!is_kept(&moving) || moving_table != home_table(rel) ||
		moving_command != HeapTupleHeaderGetCmin(tuple->t_data))
		return NULL;

	stop_keeping(&moving);
	map = convert_tuples_by_name(moving_desc, RelationGetDescr(rel));
	return map == NULL ? moving_tuple : execute_attr_map_tuple(moving_tuple, map);
}
