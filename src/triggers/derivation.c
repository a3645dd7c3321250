/* What follows from many rows, derived once for each of their parents. */
#include "postgres.h"

#include "triggers/derivation.h"

#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

/*
 * What follows from many rows is derived once for each thing that they belong to, when all that a
 * statement writes is written. Triggers BEFORE a row note what it belongs to; the first trigger
 * AFTER one, which comes when every row has been written, derives all that was noted. Transition
 * tables would do where the statement names the table itself. But rows that a MERGE takes to
 * another partition are missing there, and neither for a statement that names a partition nor for
 * an apply worker are there triggers of the table's statements.
 */

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

/*
 * Whether parents are pending in this transaction; those of another, which failed, are forgotten.
 */
static bool
is_pending(Derivation *derivation)
{
	if (derivation->transaction != current_local_transaction())
	{
		derivation->pending = NULL;
		derivation->count = derivation->room = 0;
		derivation->transaction = current_local_transaction();
	}
	return derivation->count > 0;
}

/* Forget parents that a statement leaves, by memory that is freed with the transaction. */
static void
forget_parents(Derivation *derivation, const TriggerMemory *statement)
{
	int kept = 0;

	for (int i = 0; i < derivation->count; i++)
	{
		ParentKey *parent = &derivation->pending[i];

		if (parent->statement != statement)
			derivation->pending[kept++] = *parent;
		else if (parent->tenant != NULL)
			pfree(parent->tenant);
	}
	derivation->count = kept;
}

/* A statement ends: rows that it noted and then didn't write, for a conflict, lead to nothing. */
static void
end_noting(void *arg)
{
	TriggerMemory *memory = arg;
	Derivation *derivation = memory->derivation;

	if (derivation->count > 0 && derivation->transaction == current_local_transaction())
		forget_parents(derivation, memory);
}

/*
 * The memory of the statement that writes a row. NULL for what a foreign key does: its triggers
 * AFTER rows are those of the statement that made it do so.
 */
static TriggerMemory *
noting_statement(const Row *row, Derivation *derivation)
{
	TriggerMemory *memory;

	if (InNoForceRLSOperation())
		return NULL;
	memory = trigger_memory(row);
	if (memory->derivation == NULL)
	{
		MemoryContextCallback *callback =
			MemoryContextAlloc(memory->context, sizeof(MemoryContextCallback));

		callback->func = end_noting;
		callback->arg = memory;
		MemoryContextRegisterResetCallback(memory->context, callback);
		memory->derivation = derivation;
	}
	Assert(memory->derivation == derivation);
	return memory;
}

/*
 * Note what a row belongs to, by a column of it as it is or was. Rows of one parent mostly come
 * together: it is noted where the last one is another.
 */
void
note_parent(const Row *row, int column, bool before, Derivation *derivation)
{
	bool has_tenant = tenant_column(RelationGetRelid(row->rel)) != InvalidAttrNumber;
	ParentKey parent = {
		.id = DatumGetInt64(before ? old_value_of(row, column) : value_of(row, column)),
		.tenant = has_tenant ? TextDatumGetCString(row_tenant(row->trigger)) : NULL,
		.table = home_table(row->rel),
		.depth = DatumGetInt32(pg_trigger_depth(NULL)),
		.subtransaction = GetCurrentSubTransactionId(),
		.statement = noting_statement(row, derivation),
	};
	ParentKey *last;

	if (is_pending(derivation))
	{
		last = &derivation->pending[derivation->count - 1];
		if (last->id == parent.id && last->table == parent.table && last->depth == parent.depth &&
			last->subtransaction == parent.subtransaction && last->statement == parent.statement &&
			(!has_tenant || strcmp(last->tenant, parent.tenant) == 0))
			return;
	}
	if (derivation->count == derivation->room)
	{
		Size room = Max(2 * (Size) derivation->room, 16);

		derivation->pending =
			derivation->pending == NULL
				? MemoryContextAlloc(TopTransactionContext, room * sizeof(ParentKey))
				: repalloc_huge(derivation->pending, room * sizeof(ParentKey));
		derivation->room = room;
	}
	if (has_tenant)
		parent.tenant = MemoryContextStrdup(TopTransactionContext, parent.tenant);
	derivation->pending[derivation->count++] = parent;
}

static int
compare_parents(const void *a, const void *b)
{
	const ParentKey *left = a;
	const ParentKey *right = b;

	if (left->id != right->id)
		return left->id > right->id ? 1 : -1;
	return left->tenant == NULL ? 0 : strcmp(left->tenant, right->tenant);
}

/*
 * Take what was noted for a table: each once, in the order of the ids. What a statement has noted
 * that fires triggers which have run the present one is left to that one, which isn't through yet.
 * So is what was noted before the present subtransaction: if that is rolled back, so is what it
 * derives.
 */
static int
take_parents(Derivation *derivation, Oid table, ParentKey **taken)
{
	int depth = DatumGetInt32(pg_trigger_depth(NULL));
	SubTransactionId subtransaction = GetCurrentSubTransactionId();
	int first = derivation->count;
	int kept;
	int count = 0;

	while (first > 0 && derivation->pending[first - 1].depth >= depth &&
		   derivation->pending[first - 1].subtransaction >= subtransaction)
		first--;
	*taken =
		palloc_extended(Max(derivation->count - first, 1) * sizeof(ParentKey), MCXT_ALLOC_HUGE);
	kept = first;
	for (int i = first; i < derivation->count; i++)
	{
		if (derivation->pending[i].table == table)
			(*taken)[count++] = derivation->pending[i];
		else
			derivation->pending[kept++] = derivation->pending[i];
	}
	derivation->count = kept;
	if (count == 0)
		return 0;

	qsort(*taken, count, sizeof(ParentKey), compare_parents);
	kept = 1;
	for (int i = 1; i < count; i++)
	{
		if (compare_parents(&(*taken)[i], &(*taken)[kept - 1]) != 0)
			(*taken)[kept++] = (*taken)[i];
		else if ((*taken)[i].tenant != NULL)
			pfree((*taken)[i].tenant);
	}
	return kept;
}

/* Ids and tenants as two arrays; what held the tenants is freed. */
static void
parent_arrays(const ParentKey *pending, int count, Datum *arrays)
{
	Datum *ids = palloc(count * sizeof(Datum));
	Datum *tenants = palloc(count * sizeof(Datum));
	bool *nulls = palloc(count * sizeof(bool));
	int lower = 1;

	for (int i = 0; i < count; i++)
	{
		ids[i] = Int64GetDatum(pending[i].id);
		nulls[i] = pending[i].tenant == NULL;
		tenants[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(pending[i].tenant);
		if (!nulls[i])
			pfree(pending[i].tenant);
	}
	arrays[0] = PointerGetDatum(
		construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	arrays[1] = PointerGetDatum(
		construct_md_array(tenants, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The body of a trigger AFTER a row: the first call derives for all pending parents. */
void
derive_parents(FunctionCallInfo fcinfo, const TriggerUse *use, Derivation *derivation)
{
	TriggerData *trigger = trigger_data(fcinfo, use);
	ParentKey *pending;
	Datum args[2];
	int count;

	if (!is_pending(derivation))
		return;
	count = take_parents(derivation, home_table(trigger->tg_relation), &pending);
	if (count == 0)
		return;

	/* Where they are deleted, and the rows with them, there is nothing to lock. */
	parent_arrays(pending, count, args);
	if (!derivation->locks || owner_execute(trigger, &lock_opportunities, args, NULL) > 0)
		(void) owner_execute(trigger, &derivation->update, args, NULL);
}
