/* Rows of other tables that many rows of a statement ask for: read once. */
#include "postgres.h"

#include "triggers/kept_row.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "settings/tenant.h"
#include "storage/itemptr.h"
#include "triggers/trigger_memory.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* How many rows a statement keeps for each of its triggers. */
#define MAX_KEPT_ROWS 32

/* The row that a query gave for a key. */
typedef struct RememberedRow
{
	MemoryContext context;
	const OwnerQuery *query;
	Datum key;
	char *tenant;					 /* NULL where there are none */
	SubTransactionId subtransaction; /* that holds its lock, where it is locked */
	Oid file;						 /* of the table */
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];
} RememberedRow;

/* The table that a row was read of; NULL: it is gone. The query's lock on it lasts. */
static Relation
open_table(const RememberedRow *kept)
{
	return try_relation_open(DatumGetObjectId(kept->values[kept->query->nresults - 2]), NoLock);
}

/*
 * Whether the version that was read is the row's latest, of ours or as others committed it. It is
 * still at its place: the snapshot of the running statement keeps it there, unless the table was
 * written anew.
 */
static bool
is_latest(const RememberedRow *kept)
{
	Relation table = open_table(kept);
	bool result = false;

	if (table == NULL)
		return false;
	if (table->rd_rel->relfilenode == kept->file)
	{
		Datum place = kept->values[kept->query->nresults - 1];
		TupleTableSlot *slot = table_slot_create(table, NULL);

		result = table_tuple_fetch_row_version(table, (ItemPointer) DatumGetPointer(place),
											   SnapshotSelf, slot);
		ExecDropSingleTupleTableSlot(slot);
	}
	relation_close(table, NoLock);
	return result;
}

/* Whether two keys of a query's rows are the same: numbers, or texts that were made of strings. */
static bool
same_row_key(const OwnerQuery *query, Datum a, Datum b)
{
	bool by_value = query->args[0] == INT8OID;

	return datumIsEqual(a, b, by_value, by_value ? sizeof(int64) : -1);
}

static bool
is_remembered_for(const RememberedRow *kept, const OwnerQuery *query, Datum key, const char *tenant)
{
	return kept->query == query && same_row_key(query, kept->key, key) &&
		   kept->subtransaction == GetCurrentSubTransactionId() &&
		   (tenant == NULL ? kept->tenant == NULL
						   : kept->tenant != NULL && strcmp(kept->tenant, tenant) == 0);
}

/* Read a row and keep it; NULL: there is none. */
static RememberedRow *
remember_row(const Row *row, TriggerMemory *memory, const OwnerQuery *query, Datum key,
			 const char *tenant)
{
	MemoryContext context =
		AllocSetContextCreate(memory->context, "opportunities: kept row", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	RememberedRow *kept = palloc0(sizeof(RememberedRow));
	bool found = owner_query(row->trigger, query, &key, kept->values, kept->nulls);

	kept->context = context;
	kept->query = query;
	kept->key = query->args[0] == INT8OID ? key : datumCopy(key, false, -1);
	kept->tenant = tenant == NULL ? NULL : pstrdup(tenant);
	kept->subtransaction = GetCurrentSubTransactionId();
	MemoryContextSwitchTo(memory->context);
	if (found)
	{
		Relation table = open_table(kept);

		kept->file = table == NULL ? InvalidOid : table->rd_rel->relfilenode;
		if (table != NULL)
			relation_close(table, NoLock);
		memory->kept_rows = lcons(kept, memory->kept_rows);
	}
	else
		MemoryContextDelete(context);
	MemoryContextSwitchTo(caller);
	return found ? kept : NULL;
}

/* Forget a row. */
static void
forget_row(TriggerMemory *memory, RememberedRow *kept)
{
	memory->kept_rows = list_delete_ptr(memory->kept_rows, kept);
	MemoryContextDelete(kept->context);
}

/* The row that a query gave before, if that is what it would give; what it wouldn't is forgotten.
 */
static RememberedRow *
remembered_row(TriggerMemory *memory, const OwnerQuery *query, Datum key, const char *tenant)
{
	ListCell *cell;

	foreach (cell, memory->kept_rows)
	{
		RememberedRow *kept = lfirst(cell);

		if (!is_remembered_for(kept, query, key, tenant))
			continue;
		if (is_latest(kept))
			return kept;
		forget_row(memory, kept);
		break;
	}
	if (list_length(memory->kept_rows) == MAX_KEPT_ROWS)
		forget_row(memory, llast(memory->kept_rows));
	return NULL;
}

/*
 * Ask a query, of one row by its key, as owner_query does; or take what it gave an earlier row of
 * the statement, while that is what it would give. The values last until it is asked again.
 */
bool
kept_row_query(const Row *row, const OwnerQuery *query, Datum key, Datum *values, bool *nulls)
{
	TriggerMemory *memory = trigger_memory(row);
	char *tenant =
		has_tenants(home_table(row->rel)) ? TextDatumGetCString(row_tenant(row->trigger)) : NULL;
	RememberedRow *kept = remembered_row(memory, query, key, tenant);

	if (kept == NULL)
		kept = remember_row(row, memory, query, key, tenant);
	if (kept == NULL)
		return false;
	memcpy(values, kept->values, sizeof(kept->values));
	memcpy(nulls, kept->nulls, sizeof(kept->nulls));
	return true;
}
