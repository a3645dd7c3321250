/* Writing a rollup's own tables. */
#include "postgres.h"

#include "rollup/rollup_table.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fields/link.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * Whether a table is such as create_rollup makes one, of the owner of the relation. The planner
 * believes constraints, which nobody asks when a rollup is written.
 */
bool
is_whole_table(Relation rel, Oid home, int count, const RollupColumn *columns, Oid totals)
{
	TupleDesc desc = RelationGetDescr(rel);

	if (rel->rd_rel->relowner != relation_owner(home) || rel->rd_rel->relkind != RELKIND_RELATION ||
		rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT ||
		rel->rd_tableam != GetHeapamTableAmRoutine() || desc->natts != count + 1 ||
		(desc->constr != NULL && desc->constr->num_check > 0))
		return false;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Oid type = i < count ? columns[i].type : totals;

		if (column->atttypid != type || column->attnotnull != (i >= count))
			return false;
	}
	return true;
}

/* A rollup that isn't as it was made is neither kept nor compared. */
void
refuse_damaged(Oid home, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("a rollup of table \"%s\" is not as it was made", get_rel_name(home)),
					errdetail("%s", detail),
					errhint("Give its tables the owner of the table, or drop it with drop_rollup."),
					err_code("rollup_damaged")));
}

/*
 * Refuse indexes that compute: what they call would run as whoever writes the relation, and at the
 * end of their transaction.
 */
static void
refuse_computing_indexes(const ResultRelInfo *result, Oid home)
{
	for (int i = 0; i < result->ri_NumIndices; i++)
	{
		const IndexInfo *info = result->ri_IndexRelationInfo[i];

		if (info->ii_Expressions != NIL || info->ii_Predicate != NIL)
			refuse_damaged(home,
						   psprintf("Index \"%s\" is on an expression or has a condition.",
									RelationGetRelationName(result->ri_IndexRelationDescs[i])));
	}
}

/* Open a table of a rollup to be written. */
RollupTable
open_rollup_table(Oid relid, Oid home, const RollupGroups *groups)
{
	RollupTable table = {.rel = try_table_open(relid, RowExclusiveLock)};

	if (table.rel == NULL)
		refuse_damaged(home, "A table of it is gone.");
	if (!is_whole_table(table.rel, home, groups->count, groups->columns, groups->totals))
		refuse_damaged(home,
					   psprintf("Table \"%s\" has other columns, constraints or another owner.",
								RelationGetRelationName(table.rel)));
	if (!table.rel->rd_rel->relhasindex)
		return table;
	table.estate = CreateExecutorState();
	table.result = makeNode(ResultRelInfo);
	InitResultRelInfo(table.result, table.rel, 1, NULL, 0);
	ExecOpenIndices(table.result, false);
	refuse_computing_indexes(table.result, home);
	table.slot = MakeSingleTupleTableSlot(RelationGetDescr(table.rel), &TTSOpsHeapTuple);
	return table;
}

/* Close it; its lock is kept. */
void
close_rollup_table(RollupTable *table)
{
	if (table->estate != NULL)
	{
		ExecDropSingleTupleTableSlot(table->slot);
		ExecCloseIndices(table->result);
		FreeExecutorState(table->estate);
	}
	table_close(table->rel, NoLock);
}

/* Enter a row into the table's indexes. */
static void
index_row(RollupTable *table, HeapTuple tuple)
{
	ExecStoreHeapTuple(tuple, table->slot, false);
	for (int i = 0; i < table->result->ri_NumIndices; i++)
	{
		IndexInfo *info = table->result->ri_IndexRelationInfo[i];
		Datum values[INDEX_MAX_KEYS];
		bool nulls[INDEX_MAX_KEYS];

		if (!info->ii_ReadyForInserts)
			continue;
		FormIndexDatum(info, table->slot, table->estate, values, nulls);
		(void) index_insert(table->result->ri_IndexRelationDescs[i], values, nulls, &tuple->t_self,
							table->rel, UNIQUE_CHECK_NO, false, info);
	}
	ExecClearTuple(table->slot);
}

/* Write a row. */
void
insert_row(RollupTable *table, Datum *values, bool *nulls)
{
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(table->rel), values, nulls);

	heap_insert(table->rel, tuple, GetCurrentCommandId(true), HEAP_INSERT_NO_LOGICAL, NULL);
	if (table->estate != NULL)
		index_row(table, tuple);
	heap_freetuple(tuple);
}

/* Write a group. */
void
insert_group(RollupTable *table, const RollupGroups *groups, const RollupGroup *group)
{
	Datum values[MAX_DIMENSIONS + 1];
	bool nulls[MAX_DIMENSIONS + 1];
	Datum totals = item_pack(&group->item);

	memcpy(values, group->key.values, sizeof(Datum) * groups->count);
	memcpy(nulls, group->key.nulls, sizeof(bool) * groups->count);
	values[groups->count] = totals;
	nulls[groups->count] = false;
	insert_row(table, values, nulls);
	pfree(DatumGetPointer(totals));
}

/* Write all groups that aren't zero. */
void
insert_groups(RollupTable *table, RollupGroups *groups)
{
	RollupGroup *group;
	int place = 0;

	while ((group = groups_next(groups, &place)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		insert_group(table, groups, group);
	}
}

/*
 * Delete a row that is seen, unless somebody else has or may have done so: never waits, and what
 * others hold is no error at any isolation level.
 */
bool
take_row(RollupTable *table, ItemPointer tid)
{
	TM_FailureData failure;

	return delete_unheld(table->rel, tid, GetCurrentCommandId(true), &failure) == TM_Ok;
}
