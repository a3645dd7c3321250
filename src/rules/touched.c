#include "postgres.h"

#include "rules/touched.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "rules/rule.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

/*
 * In the order of the ids: the subquery, which a lock keeps apart, is asked for one after the
 * other. By the transaction's own snapshot: one that doesn't see the latest row can't go on from
 * it.
 */
static const OwnerQuery lock_opportunities = {
	.table = "opportunity",
	.sql = "SELECT o.id FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) "
		   "AS t (id, tenant_id) CROSS JOIN LATERAL (SELECT o.id FROM %s AS o "
		   "WHERE {o=t}o.id OPERATOR(pg_catalog.=) t.id FOR NO KEY UPDATE) AS o",
	.nargs = 2,
	.args = {INT8ARRAYOID, TEXTARRAYOID},
};

/* Rows of one parent mostly come together: note it where the last one is another. */
static void
note_touched(TouchedList *touched, int64 id, Datum tenant, bool has_tenant)
{
	Touched *last = touched->count == 0 ? NULL : &touched->items[touched->count - 1];
	char *name = has_tenant ? TextDatumGetCString(tenant) : NULL;

	if (last != NULL && last->id == id && (!has_tenant || strcmp(last->tenant, name) == 0))
	{
		if (has_tenant)
			pfree(name);
		return;
	}
	if (touched->count == touched->room)
	{
		touched->room = Max(2 * touched->room, 16);
		touched->items =
			touched->items == NULL
				? palloc(touched->room * sizeof(Touched))
				: repalloc_huge(touched->items, (Size) touched->room * sizeof(Touched));
	}
	touched->items[touched->count++] = (Touched){id, name};
}

/* A value of a transition row, which must have one. */
static Datum
needed_value(Relation rel, TupleTableSlot *slot, AttrNumber number)
{
	bool null;
	Datum value = slot_getattr(slot, number, &null);

	if (null)
		refuse_null(rel, number - 1);
	return value;
}

/* Note the parents of the rows in a transition table that count. */
static void
note_rows(TouchedList *touched, Relation rel, const TriggerUse *use, Tuplestorestate *rows)
{
	AttrNumber tenant = tenant_column(RelationGetRelid(rel));
	TupleTableSlot *slot;
	int at[TOUCHED_COLUMNS];

	if (rows == NULL)
		return;

	find_columns(rel, use->columns, use->count, at);
	slot = read_rows(rel, rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		Datum name = (Datum) 0;

		CHECK_FOR_INTERRUPTS();
		if (use->count > TOUCHED_COUNTS && slot_attisnull(slot, at[TOUCHED_COUNTS] + 1))
			continue;
		if (tenant != InvalidAttrNumber)
			name = needed_value(rel, slot, tenant);
		note_touched(touched, DatumGetInt64(needed_value(rel, slot, at[TOUCHED_PARENT] + 1)), name,
					 tenant != InvalidAttrNumber);
	}
	ExecDropSingleTupleTableSlot(slot);
}

static int
compare_touched(const void *a, const void *b)
{
	const Touched *left = a;
	const Touched *right = b;

	if (left->id != right->id)
		return left->id > right->id ? 1 : -1;
	return left->tenant == NULL ? 0 : strcmp(left->tenant, right->tenant);
}

/* Each parent once, in the order of the ids. */
static void
sort_touched(TouchedList *touched)
{
	int count = 1;

	qsort(touched->items, touched->count, sizeof(Touched), compare_touched);
	for (int i = 1; i < touched->count; i++)
		if (compare_touched(&touched->items[i], &touched->items[count - 1]) != 0)
			touched->items[count++] = touched->items[i];
	touched->count = count;
}

/* What the rows of a statement, as they were and as they are, belong to. */
TouchedList
touched_rows(TriggerData *trigger, const TriggerUse *use)
{
	TouchedList touched = {0};

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event) ? trigger->tg_oldtable == NULL
												   : trigger->tg_newtable == NULL)
		refuse_trigger(use->function);
	note_rows(&touched, trigger->tg_relation, use, trigger->tg_oldtable);
	note_rows(&touched, trigger->tg_relation, use, trigger->tg_newtable);
	if (touched.count > 0)
		sort_touched(&touched);
	return touched;
}

/* Ids and tenants as two arrays. */
void
touched_arrays(const TouchedList *touched, Datum *arrays)
{
	Datum *ids = palloc(touched->count * sizeof(Datum));
	Datum *tenants = palloc(touched->count * sizeof(Datum));
	bool *nulls = palloc(touched->count * sizeof(bool));
	int count = touched->count;
	int lower = 1;

	for (int i = 0; i < count; i++)
	{
		ids[i] = Int64GetDatum(touched->items[i].id);
		nulls[i] = touched->items[i].tenant == NULL;
		tenants[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(touched->items[i].tenant);
	}
	arrays[0] = PointerGetDatum(
		construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	arrays[1] = PointerGetDatum(
		construct_md_array(tenants, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * What a trigger after a statement does that derives something of the opportunities whose rows were
 * written: lock them, and run an UPDATE that takes their ids and tenants.
 */
void
update_opportunities(FunctionCallInfo fcinfo, const TriggerUse *use, const OwnerQuery *update)
{
	TriggerData *trigger = trigger_data(fcinfo, use);
	TouchedList touched;
	Datum args[2];

	/* A row can go from one opportunity to another. */
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && trigger->tg_oldtable == NULL)
		refuse_trigger(use->function);
	touched = touched_rows(trigger, use);
	if (touched.count == 0)
		return;

	/* Where they are deleted, and the rows with them, there is nothing to lock. */
	touched_arrays(&touched, args);
	if (owner_execute(trigger, &lock_opportunities, args, NULL) > 0)
		(void) owner_execute(trigger, update, args, NULL);
}
