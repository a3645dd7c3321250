/* The row that a trigger works on, taken apart and formed again. */
#include "postgres.h"

#include "triggers/row.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "base/compat.h"
#include "settings/settings.h"
#include "triggers/cross_partition.h"
#include "triggers/row_limits.h"
#include "triggers/row_security.h"
#include "triggers/trigger_memory.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* Deform a tuple, with a NULL past the last value for columns that are not there. */
static void
take_apart(TupleDesc desc, HeapTuple tuple, Datum **values, bool **nulls)
{
	*values = palloc((desc->natts + 1) * sizeof(Datum));
	*nulls = palloc((desc->natts + 1) * sizeof(bool));
	heap_deform_tuple(tuple, desc, *values, *nulls);
	(*values)[desc->natts] = (Datum) 0;
	(*nulls)[desc->natts] = true;
}

/* Detect a cross-partition update; its INSERT gets the old version of the row. */
static void
check_moves(Row *row)
{
	HeapTuple old = NULL;

	if (row->is_delete)
		row->moves = is_leaving(row->rel, row->tuple);
	else if (row->is_insert)
		old = arriving_row(row->rel, row->tuple);
	if (old == NULL)
		return;
	row->moves = true;
	take_apart(RelationGetDescr(row->rel), old, &row->old_values, &row->old_nulls);
}

/* The index of each column of a use, found once for a statement: they stay while it runs. */
static int *
row_columns(const Row *row, const TriggerUse *use)
{
	TriggerMemory *memory = trigger_memory(row);

	if (memory->columns == NULL)
	{
		int *columns = MemoryContextAlloc(memory->context, use->count * sizeof(int));

		find_columns(row->rel, use->columns, use->count, columns);
		memory->columns = columns;
	}
	return memory->columns;
}

/* Deform the row of a trigger, and its old version. */
Row
open_row(FunctionCallInfo fcinfo, const TriggerUse *use)
{
	TriggerData *trigger = trigger_data(fcinfo, use);
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Row row = {
		.trigger = trigger,
		.call = fcinfo->flinfo,
		.rel = trigger->tg_relation,
		.tuple = update ? trigger->tg_newtuple : trigger->tg_trigtuple,
		.is_insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event),
		.is_delete = TRIGGER_FIRED_BY_DELETE(trigger->tg_event),
	};

	row.at = row_columns(&row, use);
	take_apart(desc, row.tuple, &row.values, &row.nulls);
	if (row.is_delete)
	{
		row.old_values = row.values;
		row.old_nulls = row.nulls;
	}
	else if (update)
		take_apart(desc, trigger->tg_trigtuple, &row.old_values, &row.old_nulls);
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event) && row.rel->rd_rel->relispartition)
		check_moves(&row);
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event) && !row.is_delete)
	{
		check_written_row(&row);
		check_row_limits(&row);
	}
	return row;
}

/* Whether two values of a column are the same image. */
bool
same_value(Form_pg_attribute att, Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null)
		return a_null == b_null;

	/* What is stored out of line and not sent anew is the same pointer: no need to fetch it. */
	if (att->attlen == -1 && VARSIZE_ANY(DatumGetPointer(a)) == VARSIZE_ANY(DatumGetPointer(b)) &&
		memcmp(DatumGetPointer(a), DatumGetPointer(b), VARSIZE_ANY(DatumGetPointer(a))) == 0)
		return true;
	return datum_image_eq(a, b, att->attbyval, att->attlen);
}

/* Whether two numbers are the same; 10.0 and 10.00 are. */
bool
same_number(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, b));
}

/* Whether an UPDATE gives the column of an index another value than it has; none has none. */
bool
row_differs(const Row *row, int index)
{
	if (index == RelationGetNumberOfAttributes(row->rel))
		return false;
	return !same_value(TupleDescAttr(RelationGetDescr(row->rel), index), row->values[index],
					   row->nulls[index], row->old_values[index], row->old_nulls[index]);
}

void
set_value(Row *row, int column, Datum value)
{
	row->values[row->at[column]] = value;
	row->nulls[row->at[column]] = false;
	row->modified = true;
}

void
set_null(Row *row, int column)
{
	row->values[row->at[column]] = (Datum) 0;
	row->nulls[row->at[column]] = true;
	row->modified = true;
}

void
set_text(Row *row, int column, const char *value)
{
	set_value(row, column, CStringGetTextDatum(value));
}

/* Restore the old value of a column. */
void
keep_value(Row *row, int column)
{
	if (!differs(row, column))
		return;
	if (was_null(row, column))
		set_null(row, column);
	else
		set_value(row, column, old_value_of(row, column));
}

/* Whether an UPDATE changes anything. */
bool
row_changed(const Row *row)
{
	TupleDesc desc = RelationGetDescr(row->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && !att->attgenerated && row_differs(row, i))
			return true;
	}
	return false;
}

/* Whether the statement names a column, as one that it sets. */
bool
is_named(const Row *row, int column)
{
	return bms_is_member(row->at[column] + 1 - FirstLowInvalidHeapAttributeNumber,
						 row->trigger->tg_updatedcols);
}

/* Stamp a row: a new one may bring the moment it was made, an UPDATE what it may never change. */
void
stamp_row(Row *row, const Stamps *stamps)
{
	Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	if (row->is_insert)
	{
		if (is_null(row, stamps->created_at))
			set_value(row, stamps->created_at, now);
		set_text(row, stamps->created_by, stamp_user_name());
	}
	else
	{
		keep_value(row, stamps->created_at);
		keep_value(row, stamps->created_by);
		keep_value(row, stamps->updated_at);
		keep_value(row, stamps->updated_by);
		if (!row_changed(row))
			return;
	}
	set_value(row, stamps->updated_at, now);
	set_text(row, stamps->updated_by, stamp_user_name());
}

/* The tuple that the trigger returns. */
HeapTuple
close_row(const Row *row)
{
	HeapTuple tuple = row->tuple;

	if (row->modified)
		tuple = heap_form_tuple(RelationGetDescr(row->rel), row->values, row->nulls);
	if (TRIGGER_FIRED_BY_UPDATE(row->trigger->tg_event) && row->rel->rd_rel->relispartition)
		note_leaving(row->rel, row->trigger->tg_trigtuple, tuple);
	return tuple;
}
