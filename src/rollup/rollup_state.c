/* Whether a rollup is filled, and whether it may still be trusted. */
#include "postgres.h"

#include "rollup/rollup_state.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fields/link.h"
#include "miscadmin.h"
#include "rollup/rollup_table.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/*
 * Rows that are written while a trigger is off, or while a partition is away, are missing in a
 * rollup. Any change of a trigger in the catalog, there and back too, makes another row there, and
 * who wrote that stays in it. So a rollup's mark is made of the rows of all triggers that keep it,
 * those of partitions included, and noted in a table beside it when it is filled: where the two
 * differ it isn't used until it is made again. A dump brings the note to a server where the mark
 * means nothing: there it is believed, and renewed when deltas are folded.
 */

/* The columns of the table of notes. */
enum
{
	STATE_ROLLUP,
	STATE_ORIGIN, /* where the mark means something */
	STATE_MARK,
	STATE_COLUMNS
};

/* How each trigger that keeps a rollup is made. */
static const int16 trigger_types[] = {
	[ROLLUP_ROW] =
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE,
	[ROLLUP_BEGIN] = TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE |
					 TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE,
	[ROLLUP_END] = TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE};

/* Whether a trigger sees all that it shall. */
static bool
is_whole_trigger(HeapTuple tuple, RollupFunction function)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);

	return trigger->tgtype == trigger_types[function] &&
		   trigger->tgenabled == TRIGGER_FIRES_ALWAYS && trigger->tgattr.dim1 == 0 &&
		   heap_attisnull(tuple, Anum_pg_trigger_tgqual, NULL);
}

/* What a mark is made of. */
typedef struct MarkedTriggers
{
	uint64 mark;
	Oid columns_trigger;
	int whole; /* the functions that have a trigger which sees all */
} MarkedTriggers;

/* Add a trigger to a mark. */
static void
add_trigger(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	MarkedTriggers *marked = arg;

	if (function == ROLLUP_COLUMNS && trigger->oid != marked->columns_trigger)
		return;
	if (function >= ROLLUP_ROW && is_whole_trigger(tuple, function))
		marked->whole |= 1 << function;
	marked->mark = hash_combine64(marked->mark, (uint64) trigger->oid << 32 |
													HeapTupleHeaderGetRawXmin(tuple->t_data));
}

/* The subtransactions of the current transaction that made triggers, and have ended. */
static List *makers;
static LocalTransactionId makers_transaction;

/* Note that the current subtransaction, which changes nothing else and is about to end, made
 * triggers.
 */
void
note_maker(void)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);

	if (makers_transaction != current_local_transaction())
		makers = NIL;
	makers_transaction = current_local_transaction();
	makers = lappend_oid(makers, GetCurrentTransactionIdIfAny());
	MemoryContextSwitchTo(caller);
}

/* Note a trigger that sees all, and whose row in the catalog nobody could write like this again. */
static void
add_settled(HeapTuple tuple, RollupFunction function, void *arg)
{
	TransactionId xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);

	if (function >= ROLLUP_ROW && is_whole_trigger(tuple, function) &&
		(!TransactionIdIsCurrentTransactionId(xmin) ||
		 (makers_transaction == current_local_transaction() && list_member_oid(makers, xmin))))
		*(int *) arg |= 1 << function;
}

/*
 * Whether a table has a trigger that may stay when a rollup is made. One that this transaction has
 * changed may not: were it changed again, that wouldn't be seen.
 */
bool
has_settled_trigger(Oid relid, RollupFunction function)
{
	int settled = 0;

	visit_rollup_triggers(relid, add_settled, &settled);
	return (settled & 1 << function) != 0;
}

/* Whether the rows of a table, or of its partitions, can be followed. */
static bool
is_followed(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool followed;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	followed = (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE) &&
			   form->relpersistence == RELPERSISTENCE_PERMANENT &&
			   !(form->relispartition && PartitionHasPendingDetach(relid));
	ReleaseSysCache(tuple);
	return followed;
}

/* The mark of the triggers that keep a rollup; false where they can't. */
bool
trigger_mark(Relation home, const RollupShape *shape, uint64 *mark)
{
	List *tables = find_all_inheritors(RelationGetRelid(home), NoLock, NULL);
	MarkedTriggers marked = {.columns_trigger = shape->trigger};
	ListCell *cell;

	visit_rollup_triggers(shape->relid, add_trigger, &marked);
	foreach (cell, tables)
	{
		Oid relid = lfirst_oid(cell);

		marked.whole = 0;
		marked.mark = hash_combine64(marked.mark, relid);
		visit_rollup_triggers(relid, add_trigger, &marked);
		if (!is_followed(relid) ||
			marked.whole != (1 << ROLLUP_ROW | 1 << ROLLUP_BEGIN | 1 << ROLLUP_END))
			return false;
	}
	*mark = marked.mark;
	return true;
}

/* Where a mark means something: a table of a database of a server. */
static char *
mark_origin(Relation home)
{
	return psprintf(UINT64_FORMAT "/%u/%u", GetSystemIdentifier(), MyDatabaseId,
					RelationGetRelid(home));
}

/* Open the table of notes; NULL where it isn't as it was made. */
static Relation
try_open_states(const RollupShapes *shapes, LOCKMODE mode)
{
	static const Oid types[] = {
		[STATE_ROLLUP] = REGCLASSOID, [STATE_ORIGIN] = TEXTOID, [STATE_MARK] = INT8OID};
	Relation rel = OidIsValid(shapes->state) ? try_table_open(shapes->state, mode) : NULL;
	bool whole = rel != NULL && RelationGetDescr(rel)->natts == STATE_COLUMNS &&
				 rel->rd_rel->relkind == RELKIND_RELATION &&
				 rel->rd_rel->relowner == relation_owner(shapes->home);

	for (int i = 0; whole && i < STATE_COLUMNS; i++)
		whole = TupleDescAttr(RelationGetDescr(rel), i)->atttypid == types[i];
	if (whole || rel == NULL)
		return rel;
	table_close(rel, NoLock);
	return NULL;
}

/* Open the table of notes. */
static Relation
open_states(const RollupShapes *shapes, LOCKMODE mode)
{
	Relation rel = try_open_states(shapes, mode);

	if (rel == NULL)
		refuse_damaged(shapes->home, "The table that says which are filled is gone, has other "
									 "columns or another owner.");
	return rel;
}

/* What was noted of a rollup, as a snapshot sees it. */
RollupState
read_state(Relation home, const RollupShapes *shapes, const RollupShape *shape, Snapshot snapshot)
{
	RollupState state = {0};
	Relation rel = try_open_states(shapes, AccessShareLock);
	TableScanDesc scan;
	TupleTableSlot *slot;
	uint64 mark;

	if (rel == NULL)
		return state;
	scan = table_beginscan(rel, snapshot, 0, NULL);
	slot = table_slot_create(rel, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool null;
		TransactionId xmin;

		slot_getallattrs(slot);
		if (DatumGetObjectId(slot->tts_values[STATE_ROLLUP]) != shape->relid)
			continue;
		xmin = DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &null));
		state.filled = true;
		state.by_this = TransactionIdIsCurrentTransactionId(xmin);
		state.restored =
			strcmp(TextDatumGetCString(slot->tts_values[STATE_ORIGIN]), mark_origin(home)) != 0;
		state.marked =
			trigger_mark(home, shape, &mark) &&
			(state.restored || (uint64) DatumGetInt64(slot->tts_values[STATE_MARK]) == mark);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	table_close(rel, NoLock);
	return state;
}

/* Let nobody else fill a rollup, nor note that one is filled, until the transaction ends. */
void
lock_states(const RollupShapes *shapes)
{
	table_close(open_states(shapes, ShareUpdateExclusiveLock), NoLock);
}

/* Delete what was noted of a rollup. Nobody else is about to: a lock sees to that. */
static void
take_states(RollupTable *states, Oid rollup)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(states->rel, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(states->rel, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getallattrs(slot);
		if (DatumGetObjectId(slot->tts_values[STATE_ROLLUP]) == rollup &&
			!take_row(states, &slot->tts_tid))
			elog(ERROR, "could not delete the state of rollup %u", rollup);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
}

/* Delete what was noted of a rollup. */
void
delete_state(const RollupShapes *shapes, Oid rollup)
{
	RollupTable states = {.rel = try_open_states(shapes, ShareUpdateExclusiveLock)};

	if (states.rel == NULL)
		return;
	take_states(&states, rollup);
	table_close(states.rel, NoLock);
}

/* Note that a rollup is filled, and kept by the triggers that there are. */
void
write_state(Relation home, const RollupShapes *shapes, const RollupShape *shape)
{
	RollupTable states = {.rel = open_states(shapes, ShareUpdateExclusiveLock)};
	Datum values[STATE_COLUMNS];
	bool nulls[STATE_COLUMNS] = {false};
	uint64 mark;

	if (!trigger_mark(home, shape, &mark))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("not all rows of table \"%s\" can be followed", RelationGetRelationName(home)),
			 errdetail("A trigger of it or of a partition is missing or off."),
			 errhint("Call create_rollup, which makes them."), err_code("rollup_not_kept")));
	take_states(&states, shape->relid);
	values[STATE_ROLLUP] = ObjectIdGetDatum(shape->relid);
	values[STATE_ORIGIN] = CStringGetTextDatum(mark_origin(home));
	values[STATE_MARK] = Int64GetDatum((int64) mark);
	insert_row(&states, values, nulls);
	table_close(states.rel, NoLock);
}

/* Whether a mark of another server is all that is noted of a rollup. */
static bool
is_restored(Relation home, const RollupShapes *shapes, const RollupShape *shape, Snapshot snapshot)
{
	RollupState state = read_state(home, shapes, shape, snapshot);

	return state.restored && state.marked;
}

/* Note marks of this server where a dump brought others. Waits for nobody. */
void
renew_marks(Relation home, const RollupShapes *shapes)
{
	for (int i = 0; i < shapes->count; i++)
	{
		const RollupShape *shape = &shapes->shapes[i];

		if (is_restored(home, shapes, shape, GetActiveSnapshot()) &&
			ConditionalLockRelationOid(shapes->state, ShareUpdateExclusiveLock) &&
			is_restored(home, shapes, shape, GetLatestSnapshot()))
			write_state(home, shapes, shape);
	}
}
