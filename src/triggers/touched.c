#include "postgres.h"

#include "triggers/touched.h"

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

/* Whether something is to be derived; what another transaction left is gone with it. */
static bool
is_pending(Derivation *derivation)
{
	if (derivation->transaction != current_local_transaction())
	{
		derivation->touched = NULL;
		derivation->count = derivation->room = 0;
		derivation->transaction = current_local_transaction();
	}
	return derivation->count > 0;
}

/*
 * Note what a row belongs to, by a column of it as it is or was. Rows of one parent mostly come
 * together: it is noted where the last one is another.
 */
void
touch(const Row *row, int column, bool before, Derivation *derivation)
{
	bool has_tenant = tenant_column(RelationGetRelid(row->rel)) != InvalidAttrNumber;
	Touched touched = {
		.id = DatumGetInt64(before ? old_value_of(row, column) : value_of(row, column)),
		.tenant = has_tenant ? TextDatumGetCString(row_tenant(row->trigger)) : NULL,
		.table = home_table(row->rel),
		.depth = DatumGetInt32(pg_trigger_depth(NULL)),
		.subtransaction = GetCurrentSubTransactionId(),
	};
	Touched *last;

	if (is_pending(derivation))
	{
		last = &derivation->touched[derivation->count - 1];
		if (last->id == touched.id && last->table == touched.table &&
			last->depth == touched.depth && last->subtransaction == touched.subtransaction &&
			(!has_tenant || strcmp(last->tenant, touched.tenant) == 0))
			return;
	}
	if (derivation->count == derivation->room)
	{
		Size room = Max(2 * (Size) derivation->room, 16);

		derivation->touched =
			derivation->touched == NULL
				? MemoryContextAlloc(TopTransactionContext, room * sizeof(Touched))
				: repalloc_huge(derivation->touched, room * sizeof(Touched));
		derivation->room = room;
	}
	if (has_tenant)
		touched.tenant = MemoryContextStrdup(TopTransactionContext, touched.tenant);
	derivation->touched[derivation->count++] = touched;
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

/*
 * Take what was noted for a table: each once, in the order of the ids. What a statement has noted
 * that fires triggers which have run the present one is left to that one, which isn't through yet.
 * So is what was noted before the present subtransaction: if that is rolled back, so is what it
 * derives.
 */
static int
take_touched(Derivation *derivation, Oid table, Touched **taken)
{
	int depth = DatumGetInt32(pg_trigger_depth(NULL));
	SubTransactionId subtransaction = GetCurrentSubTransactionId();
	int first = derivation->count;
	int kept;
	int count = 0;

	while (first > 0 && derivation->touched[first - 1].depth >= depth &&
		   derivation->touched[first - 1].subtransaction >= subtransaction)
		first--;
	*taken = palloc_extended(Max(derivation->count - first, 1) * sizeof(Touched), MCXT_ALLOC_HUGE);
	kept = first;
	for (int i = first; i < derivation->count; i++)
	{
		if (derivation->touched[i].table == table)
			(*taken)[count++] = derivation->touched[i];
		else
			derivation->touched[kept++] = derivation->touched[i];
	}
	derivation->count = kept;
	if (count == 0)
		return 0;

	qsort(*taken, count, sizeof(Touched), compare_touched);
	kept = 1;
	for (int i = 1; i < count; i++)
		if (compare_touched(&(*taken)[i], &(*taken)[kept - 1]) != 0)
			(*taken)[kept++] = (*taken)[i];
	return kept;
}

/* Ids and tenants as two arrays. */
static void
touched_arrays(const Touched *touched, int count, Datum *arrays)
{
	Datum *ids = palloc(count * sizeof(Datum));
	Datum *tenants = palloc(count * sizeof(Datum));
	bool *nulls = palloc(count * sizeof(bool));
	int lower = 1;

	for (int i = 0; i < count; i++)
	{
		ids[i] = Int64GetDatum(touched[i].id);
		nulls[i] = touched[i].tenant == NULL;
		tenants[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(touched[i].tenant);
	}
	arrays[0] = PointerGetDatum(
		construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	arrays[1] = PointerGetDatum(
		construct_md_array(tenants, nulls, 1, &count, &lower, TEXTOID, -1, false, TYPALIGN_INT));
}

/* What a trigger AFTER a row does: derive anew what was noted, if that isn't done yet. */
void
derive_touched(FunctionCallInfo fcinfo, const TriggerUse *use, Derivation *derivation)
{
	TriggerData *trigger = trigger_data(fcinfo, use);
	Touched *touched;
	Datum args[2];
	int count;

	if (!is_pending(derivation))
		return;
	count = take_touched(derivation, home_table(trigger->tg_relation), &touched);
	if (count == 0)
		return;

	/* Where they are deleted, and the rows with them, there is nothing to lock. */
	touched_arrays(touched, count, args);
	if (!derivation->locks || owner_execute(trigger, &lock_opportunities, args, NULL) > 0)
		(void) owner_execute(trigger, &derivation->update, args, NULL);
}
