#include "postgres.h"

#include "rules/moved_row.h"

#include "access/htup_details.h"
#include "access/tupconvert.h"
#include "base/compat.h"
#include "rules/owner_query.h"
#include "utils/memutils.h"

/*
 * The row that an UPDATE takes out of one partition to put it into another, which fires DELETE and
 * INSERT triggers, one after the other: kept from the first to the second, to be logged as what it
 * is.
 */
static MemoryContext moving_context;
static LocalTransactionId moving_transaction;
static Oid moving_table;
static CommandId moving_command;
static HeapTuple moving_tuple;
static TupleDesc moving_desc;

/* Keep a row that goes to another partition. */
void
note_moving(Relation rel, HeapTuple tuple)
{
	MemoryContext old;

	moving_transaction = InvalidLocalTransactionId;
	if (moving_context == NULL)
		moving_context = AllocSetContextCreate(TopMemoryContext, "opportunities: moving row",
											   ALLOCSET_SMALL_SIZES);
	MemoryContextReset(moving_context);

	old = MemoryContextSwitchTo(moving_context);
	moving_tuple = heap_copytuple(tuple);
	moving_desc = CreateTupleDescCopy(RelationGetDescr(rel));
	MemoryContextSwitchTo(old);
	moving_table = home_table(rel);
	moving_command = HeapTupleHeaderGetCmax(tuple->t_data);
	moving_transaction = current_local_transaction();
}

/* What a new row was, in its own form, in the partition that it has come from; NULL: nothing. */
HeapTuple
moved_row(Relation rel, HeapTuple tuple)
{
	TupleConversionMap *map;

	if (!rel->rd_rel->relispartition || moving_transaction != current_local_transaction() ||
		moving_table != home_table(rel) || moving_command != HeapTupleHeaderGetCmin(tuple->t_data))
		return NULL;

	moving_transaction = InvalidLocalTransactionId;
	map = convert_tuples_by_name(moving_desc, RelationGetDescr(rel));
	return map == NULL ? moving_tuple : execute_attr_map_tuple(moving_tuple, map);
}
