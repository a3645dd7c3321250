/* The triggers that keep rollups. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/indexing.h"
#include "catalog/pg_trigger.h"
#include "fmgr.h"
#include "rollup/rollup_pending.h"
#include "rollup/rollup_shape.h"
#include "rollup/rollup_state.h"
#include "triggers/trigger_use.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(rollup_columns);
PG_FUNCTION_INFO_V1(rollup_of);
PG_FUNCTION_INFO_V1(rollup_row);
PG_FUNCTION_INFO_V1(rollup_begin);
PG_FUNCTION_INFO_V1(rollup_end);
PG_FUNCTION_INFO_V1(rollup_guard);

/* Whether a column has the same bytes in two rows. */
static inline bool
same_column(const RollupColumn *column, TupleTableSlot *a, TupleTableSlot *b)
{
	bool a_null;
	bool b_null;
	Datum left = slot_getattr(a, column->number, &a_null);
	Datum right = slot_getattr(b, column->number, &b_null);

	return a_null == b_null &&
		   (a_null || datum_image_eq(left, right, column->by_value, column->length));
}

/* Whether two rows are the same to a rollup. */
static bool
same_row(const RollupShape *shape, TupleTableSlot *a, TupleTableSlot *b)
{
	for (int i = 0; i < shape->count; i++)
		if (!same_column(&shape->columns[i], a, b))
			return false;
	for (int i = 0; i < ROLLUP_MEASURES; i++)
		if (shape->measures[i].number != InvalidAttrNumber &&
			!same_column(&shape->measures[i].column, a, b))
			return false;
	return true;
}

/* rollup_columns(number, what each column is) -> trigger: says of which columns a rollup is. */
Datum
rollup_columns(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"rollup_columns", AFTER_STATEMENT, ON_UPDATE};

	(void) trigger_data(fcinfo, &use);
	PG_RETURN_POINTER(NULL);
}

/* rollup_of(number) -> trigger: says by FROM whose rollup a table is. */
Datum
rollup_of(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"rollup_of", AFTER_ROW, ON_INSERT};

	(void) trigger_data(fcinfo, &use);
	PG_RETURN_POINTER(NULL);
}

/* Whether a table holds a row, whoever can see it. */
static bool
has_rows(Relation rel)
{
	Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = scan_table(rel, snapshot);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool found = table_scan_getnextslot(scan, ForwardScanDirection, slot);

	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	return found;
}

/* Rollups follow a table no more that is written: let nobody believe them, when they could again.
 */
static void
forget_states(Oid home, Oid state)
{
	const RollupShapes shapes = {.home = home, .state = state};
	Relation states = try_table_open(state, AccessShareLock);

	if (states == NULL)
		return;
	if (has_rows(states))
	{
		delete_state(&shapes, InvalidOid);
		CommandCounterIncrement();
	}
	table_close(states, NoLock);
}

/* rollup_row() -> trigger: notes what a row adds to rollups, and what it did before. */
Datum
rollup_row(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"rollup_row", AFTER_ROW, ON_WRITE};
	TriggerData *trigger = trigger_data(fcinfo, &use);
	const RollupShapes *shapes = rollup_shapes(trigger->tg_relation);
	TupleTableSlot *before =
		TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? NULL : trigger->tg_trigslot;
	TupleTableSlot *after = TRIGGER_FIRED_BY_INSERT(trigger->tg_event)	 ? trigger->tg_trigslot
							: TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot
																		 : NULL;

	/* a partition has some from before it was one */
	if (OidIsValid(shapes->former))
		forget_states(shapes->former_home, shapes->former);
	if (shapes->twice)
	{
		forget_states(shapes->home, shapes->state);
		PG_RETURN_POINTER(NULL);
	}
	for (int i = 0; i < shapes->count; i++)
	{
		const RollupShape *shape = &shapes->shapes[i];

		/* what others lack is in the deltas that it has with them */
		if (shape->keeper == i &&
			(before == NULL || after == NULL || !same_row(shape, before, after)))
			note_written(shapes, shape, before, after);
	}
	PG_RETURN_POINTER(NULL);
}

/* Write a table's trigger for rows to the catalog as it is: what it keeps is no longer trusted. */
static void
touch_row_trigger(HeapTuple tuple, RollupFunction function, void *arg)
{
	Relation catalog;

	if (function != ROLLUP_ROW)
		return;
	catalog = table_open(TriggerRelationId, RowExclusiveLock);
	CatalogTupleUpdate(catalog, &tuple->t_self, heap_copytuple(tuple));
	table_close(catalog, NoLock);
	CacheInvalidateRelcache(arg);
}

/* rollup_begin() -> trigger: a statement is about to write; what TRUNCATE removes isn't followed.
 */
Datum
rollup_begin(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"rollup_begin", BEFORE_STATEMENT, ON_WRITE | ON_TRUNCATE};
	TriggerData *trigger = trigger_data(fcinfo, &use);

	if (!TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		begin_writing();
	else if (trigger->tg_relation->rd_rel->relkind == RELKIND_RELATION &&
			 has_rows(trigger->tg_relation))
		visit_rollup_triggers(RelationGetRelid(trigger->tg_relation), touch_row_trigger,
							  trigger->tg_relation);
	PG_RETURN_POINTER(NULL);
}

/* rollup_end() -> trigger: a statement has written. */
Datum
rollup_end(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"rollup_end", AFTER_STATEMENT, ON_WRITE};

	(void) trigger_data(fcinfo, &use);
	end_writing();
	PG_RETURN_POINTER(NULL);
}

/*
 * rollup_guard() -> trigger of a rollup's own tables: what a restore or a subscription brings is
 * left out, since the triggers of the table that is summed up see to it; other statements are
 * refused.
 */
Datum
rollup_guard(PG_FUNCTION_ARGS)
{
	static const TriggerUse row_use = {"rollup_guard", BEFORE_ROW, ON_WRITE};
	static const TriggerUse use = {"rollup_guard", BEFORE_STATEMENT,
								   ON_UPDATE | ON_DELETE | ON_TRUNCATE};
	bool row = CALLED_AS_TRIGGER(fcinfo) &&
			   TRIGGER_FIRED_FOR_ROW(((TriggerData *) fcinfo->context)->tg_event);
	TriggerData *trigger = trigger_data(fcinfo, row ? &row_use : &use);

	if (!row)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table \"%s\" is part of a rollup and cannot be written",
							   RelationGetRelationName(trigger->tg_relation)),
						errhint("Write the rows that it sums up; create_rollup puts it right."),
						err_code("rollup_kept"), errtable(trigger->tg_relation)));
	PG_RETURN_POINTER(NULL);
}
