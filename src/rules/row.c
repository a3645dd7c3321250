#include "postgres.h"

#include "rules/row.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/compat.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

/* The values of a row, and a NULL past the last for columns that are not there. */
static void
take_apart(TupleDesc desc, HeapTuple tuple, Datum **values, bool **nulls)
{
	*values = palloc((desc->natts + 1) * sizeof(Datum));
	*nulls = palloc((desc->natts + 1) * sizeof(bool));
	heap_deform_tuple(tuple, desc, *values, *nulls);
	(*values)[desc->natts] = (Datum) 0;
	(*nulls)[desc->natts] = true;
}

/* Take the trigger's row apart, and the one that it was. */
Row
open_row(TriggerData *trigger)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Row row = {.rel = trigger->tg_relation};

	row.insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	row.tuple = row.insert ? trigger->tg_trigtuple : trigger->tg_newtuple;
	take_apart(desc, row.tuple, &row.values, &row.nulls);
	if (!row.insert)
		take_apart(desc, trigger->tg_trigtuple, &row.old_values, &row.old_nulls);
	return row;
}

/* Whether two values of a column are the same, byte for byte. */
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

/* Whether an UPDATE gives a column another value than it has. */
bool
row_differs(const Row *row, int column)
{
	return !same_value(TupleDescAttr(RelationGetDescr(row->rel), column), row->values[column],
					   row->nulls[column], row->old_values[column], row->old_nulls[column]);
}

void
set_row_value(Row *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
	row->touched = true;
}

void
set_row_null(Row *row, int column)
{
	row->values[column] = (Datum) 0;
	row->nulls[column] = true;
	row->touched = true;
}

/* Put the old value of a column back. */
void
keep_row_value(Row *row, int column)
{
	if (!row_differs(row, column))
		return;
	row->values[column] = row->old_values[column];
	row->nulls[column] = row->old_nulls[column];
	row->touched = true;
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

/* Stamp a row: a new one may bring the moment it was made, an UPDATE what it may never change. */
void
stamp_row(Row *row, const Stamps *stamps)
{
	Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	if (row->insert)
	{
		if (row->nulls[stamps->created_at])
			set_row_value(row, stamps->created_at, now);
		set_row_value(row, stamps->created_by, CStringGetTextDatum(current_user_name()));
	}
	else
	{
		keep_row_value(row, stamps->created_at);
		keep_row_value(row, stamps->created_by);
		keep_row_value(row, stamps->updated_at);
		keep_row_value(row, stamps->updated_by);
		if (!row_changed(row))
			return;
	}
	set_row_value(row, stamps->updated_at, now);
	set_row_value(row, stamps->updated_by, CStringGetTextDatum(current_user_name()));
}

/* What the trigger gives back. */
HeapTuple
close_row(const Row *row)
{
	if (!row->touched)
		return row->tuple;
	return heap_form_tuple(RelationGetDescr(row->rel), row->values, row->nulls);
}
