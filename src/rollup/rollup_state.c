/* Whether a rollup is filled, and whether it may still be trusted. */
#include "postgres.h"

#include "rollup/rollup_state.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/shard.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "fields/link.h"
#include "fmgr.h"
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
 * those of partitions included, and of where its deltas are, and noted in a table beside it when it
 * is filled: where the two
 * differ it isn't used until it is made again. A dump says of each mark whether it is stale, and
 * where it is restored that is believed. pg_upgrade makes triggers anew and brings marks as they
 * are: to be believed, too, since a writer that finds one stale deletes it.
 */

PG_FUNCTION_INFO_V1(rollup_mark_in);
PG_FUNCTION_INFO_V1(rollup_mark_out);

/* The texts of a mark. */
#define CURRENT_MARK "current"
#define STALE_MARK "stale"

/* The columns of the table of notes. */
enum
{
	STATE_ROLLUP,
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
	RollupMark mark;
	Oid columns_trigger;
	int found; /* the functions that have a trigger of the table */
	int whole; /* those that have one alone, which sees all */
} MarkedTriggers;

/* Add a trigger to a mark. */
static void
add_trigger(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	MarkedTriggers *marked = arg;

	if (function == ROLLUP_COLUMNS && trigger->oid != marked->columns_trigger)
		return;
	if ((marked->found & 1 << function) != 0)
		marked->whole &= ~(1 << function);
	else if (function >= ROLLUP_ROW && is_whole_trigger(tuple, function))
		marked->whole |= 1 << function;
	marked->found |= 1 << function;
	if (function == ROLLUP_ROW && trigger->tgrelid == marked->mark.home)
		marked->mark.trigger = trigger->oid;
	marked->mark.mark = hash_combine64(
		marked->mark.mark, (uint64) trigger->oid << 32 | HeapTupleHeaderGetRawXmin(tuple->t_data));
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

/* The triggers of a function that a table has. */
typedef struct SettledTriggers
{
	RollupFunction function;
	int count;
	int settled;
} SettledTriggers;

/* Note a trigger that sees all, and whose row in the catalog nobody could write like this again. */
static void
add_settled(HeapTuple tuple, RollupFunction function, void *arg)
{
	TransactionId xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	SettledTriggers *triggers = arg;

	if (function != triggers->function)
		return;
	triggers->count++;
	if (is_whole_trigger(tuple, function) &&
		(!TransactionIdIsCurrentTransactionId(xmin) ||
		 (makers_transaction == current_local_transaction() && list_member_oid(makers, xmin))))
		triggers->settled++;
}

/*
 * Whether a table has a trigger, and no second one, that may stay when a rollup is made. One that
 * this transaction has changed may not: were it changed again, that wouldn't be seen.
 */
bool
has_settled_trigger(Oid relid, RollupFunction function)
{
	SettledTriggers triggers = {.function = function};

	visit_rollup_triggers(relid, add_settled, &triggers);
	return triggers.count == 1 && triggers.settled == 1;
}

/*
 * Whether the rows of a table, or of its partitions, can be followed, and what is another one where
 * ALTER TABLE has written it anew: an unlogged one may be empty by the time that it is logged, and
 * what is on other servers is written there.
 */
static bool
is_followed(Oid relid, Oid *toast)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool followed;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	*toast = form->reltoastrelid;
	followed = (form->relkind == RELKIND_RELATION || form->relkind == RELKIND_PARTITIONED_TABLE) &&
			   form->relpersistence == RELPERSISTENCE_PERMANENT &&
			   !(form->relispartition && PartitionHasPendingDetach(relid));
	ReleaseSysCache(tuple);
	return followed && !is_distributed(relid);
}

/* Make the mark of the triggers that keep a rollup; false where they can't. */
static bool
make_mark(const RollupShape *shape, List *tables, MarkedTriggers *marked)
{
	ListCell *cell;

	visit_rollup_triggers(shape->relid, add_trigger, marked);
	marked->mark.mark = hash_combine64(marked->mark.mark, shape->deltas);
	foreach (cell, tables)
	{
		Oid relid = lfirst_oid(cell);
		Oid toast;

		marked->found = marked->whole = 0;
		marked->mark.mark = hash_combine64(marked->mark.mark, relid);
		visit_rollup_triggers(relid, add_trigger, marked);
		if (!is_followed(relid, &toast) ||
			marked->whole != (1 << ROLLUP_ROW | 1 << ROLLUP_BEGIN | 1 << ROLLUP_END))
			return false;
		marked->mark.mark = hash_combine64(marked->mark.mark, toast);
	}
	return true;
}

/* Be told of changes of the tables whose triggers a mark is of; false: there are others by now. */
static bool
watch_tables(RollupShapes *known, const List *tables)
{
	if (known->tables == NULL)
	{
		known->tables = MemoryContextAlloc(known->context, sizeof(Oid) * list_length(tables));
		for (int i = 0; i < list_length(tables); i++)
			known->tables[i] = list_nth_oid(tables, i);
		known->table_count = list_length(tables);
	}
	return equal(tables, find_all_inheritors(known->home, NoLock, NULL));
}

/* The rollup of a shape as it is known, for its mark; NULL: it isn't. */
static RollupShape *
known_shape(RollupShapes *known, const RollupShape *shape)
{
	for (int i = 0; known != NULL && i < known->count; i++)
		if (known->shapes[i].trigger == shape->trigger && known->shapes[i].deltas == shape->deltas)
			return &known->shapes[i];
	return NULL;
}

/*
 * The mark of the triggers that keep a rollup; false where they can't. It is known until a table of
 * theirs is changed.
 */
static bool
present_mark(const RollupShapes *shapes, const RollupShape *shape, RollupMark *mark)
{
	RollupShapes *known = known_shapes(shapes->home);
	RollupShape *noted = known_shape(known, shape);
	MarkedTriggers marked = {
		.mark = {.system = GetSystemIdentifier(), .home = shapes->home, .rollup = shape->relid},
		.columns_trigger = shape->trigger};
	List *tables;
	bool kept;

	if (shapes->twice)
		return false;
	if (noted != NULL && noted->marked && has_heard(known) &&
		known_shape(known_shapes(shapes->home), shape) == noted)
	{
		marked.mark.mark = noted->mark;
		marked.mark.trigger = noted->row_trigger;
		*mark = marked.mark;
		return noted->kept;
	}
	tables = find_all_inheritors(shapes->home, NoLock, NULL);
	if (noted != NULL && !watch_tables(known, tables))
		noted = NULL;
	kept = make_mark(shape, tables, &marked);
	/* a message that comes meanwhile makes what is known stale */
	if (noted != NULL && known_shape(known_shapes(shapes->home), shape) == noted)
	{
		noted->marked = true;
		noted->kept = kept;
		noted->mark = marked.mark.mark;
		noted->row_trigger = marked.mark.trigger;
		known->fresh = true;
	}
	*mark = marked.mark;
	return kept;
}

/* Compare a mark with the triggers that there are. */
static void
compare_mark(const RollupShapes *shapes, const RollupShape *shape, const RollupMark *mark,
			 RollupState *state)
{
	RollupMark present;

	if (!present_mark(shapes, shape, &present))
		return;
	if (mark->system == 0)
		state->restored = state->marked = mark->mark == 0;
	else if (mark->mark == present.mark)
		state->marked = true;
	else
		state->restored = state->marked =
			mark->system != present.system && mark->trigger != present.trigger;
}

/* rollup_mark_in(cstring) -> rollup_mark */
Datum
rollup_mark_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	RollupMark *mark = palloc0(sizeof(RollupMark));

	mark->mark = strcmp(text, CURRENT_MARK) != 0;
	if (mark->mark != 0 && strcmp(text, STALE_MARK) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
						errmsg("invalid input syntax for type %s: \"%s\"", "rollup_mark", text),
						errhint("It is " CURRENT_MARK " or " STALE_MARK "."),
						err_code("invalid_rollup_mark")));
	PG_RETURN_POINTER(mark);
}

/* rollup_mark_out(rollup_mark) -> cstring: whether the triggers are those that it was made of. */
Datum
rollup_mark_out(PG_FUNCTION_ARGS)
{
	const RollupMark *mark = (const RollupMark *) PG_GETARG_POINTER(0);
	RollupState state = {.marked = mark->system == 0 && mark->mark == 0};
	Relation home = mark->system == 0 ? NULL : try_relation_open(mark->home, AccessShareLock);

	if (home != NULL)
	{
		RollupShapes *shapes = copy_rollup_shapes(home);
		const RollupShape *shape = find_rollup_shape(shapes, mark->rollup);

		if (shape != NULL)
			compare_mark(shapes, shape, mark, &state);
		relation_close(home, AccessShareLock);
	}
	PG_RETURN_CSTRING(pstrdup(state.marked ? CURRENT_MARK : STALE_MARK));
}

/* The type rollup_mark. */
static Oid
mark_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("rollup_mark"),
						   ObjectIdGetDatum(get_namespace_oid("opportunities_internal", false)));
}

/* Open the table of notes; NULL where it isn't as it was made. */
static Relation
try_open_states(const RollupShapes *shapes, LOCKMODE mode)
{
	Oid types[] = {[STATE_ROLLUP] = REGCLASSOID, [STATE_MARK] = mark_type()};
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

/* What is known of a rollup, by what a snapshot sees. */
RollupState
read_state(const RollupShapes *shapes, const RollupShape *shape, Snapshot snapshot)
{
	RollupState state = {0};
	Relation rel = try_open_states(shapes, AccessShareLock);
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (rel == NULL)
		return state;
	scan = scan_table(rel, snapshot);
	slot = table_slot_create(rel, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool null;
		Datum xmin;

		slot_getallattrs(slot);
		if (DatumGetObjectId(slot->tts_values[STATE_ROLLUP]) != shape->relid)
			continue;
		xmin = slot_getsysattr(slot, MinTransactionIdAttributeNumber, &null);
		state.filled = true;
		state.by_this = TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin));
		compare_mark(shapes, shape, (RollupMark *) DatumGetPointer(slot->tts_values[STATE_MARK]),
					 &state);
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

/* Delete what was noted of a rollup, or of all. Nobody else is about to: a lock sees to that. */
static void
take_states(RollupTable *states, Oid rollup)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = scan_table(states->rel, snapshot);
	TupleTableSlot *slot = table_slot_create(states->rel, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		slot_getallattrs(slot);
		if ((!OidIsValid(rollup) || DatumGetObjectId(slot->tts_values[STATE_ROLLUP]) == rollup) &&
			!take_row(states, &slot->tts_tid))
			elog(ERROR, "could not delete the state of rollup %u", rollup);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
}

/* Delete what was noted of a rollup; without one, of all. */
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
write_state(const RollupShapes *shapes, const RollupShape *shape)
{
	RollupTable states = {.rel = open_states(shapes, ShareUpdateExclusiveLock)};
	Datum values[STATE_COLUMNS];
	bool nulls[STATE_COLUMNS] = {false};
	RollupMark mark;

	if (!present_mark(shapes, shape, &mark))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("not all rows of table \"%s\" can be followed", get_rel_name(shapes->home)),
			 errdetail("A trigger of it or of a partition is missing, off, or there twice."),
			 errhint("Call create_rollup, which makes what is missing; drop what is there twice."),
			 err_code("rollup_not_kept")));
	take_states(&states, shape->relid);
	values[STATE_ROLLUP] = ObjectIdGetDatum(shape->relid);
	values[STATE_MARK] = PointerGetDatum(&mark);
	insert_row(&states, values, nulls);
	table_close(states.rel, NoLock);
}

/*
 * Make a mark one of this server where a dump brought it, and none where it is stale: nobody is to
 * take it for one that was brought. Waits for nobody.
 */
void
settle_states(const RollupShapes *shapes)
{
	for (int i = 0; i < shapes->count; i++)
	{
		const RollupShape *shape = &shapes->shapes[i];
		RollupState state = read_state(shapes, shape, GetActiveSnapshot());

		if (!state.filled || (state.marked && !state.restored) ||
			!ConditionalLockRelationOid(shapes->state, ShareUpdateExclusiveLock))
			continue;
		state = read_state(shapes, shape, GetLatestSnapshot());
		if (state.restored)
			write_state(shapes, shape);
		else if (state.filled && !state.marked)
			delete_state(shapes, shape->relid);
	}
}
