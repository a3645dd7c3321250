#ifndef ROW_H
#define ROW_H

#include "postgres.h"

#include "fmgr.h"
#include "triggers/trigger_use.h"
#include "utils/rel.h"

/*
 * The row that a trigger for rows works on, taken apart. Columns are those of its use, as an enum
 * numbers them. A table of another shape may have NULLs anywhere: a value is there, or asking for
 * it is an error that names the column.
 */
typedef struct Row
{
	TriggerData *trigger;
	FmgrInfo *call;
	Relation rel;
	HeapTuple tuple;
	bool is_insert;
	bool is_delete;
	bool moves;	   /* half of an UPDATE that takes it to another partition, and has seen to it */
	bool modified; /* the trigger set something */
	int *at;	   /* the index of each column */
	Datum *values;
	bool *nulls;
	Datum *old_values; /* of an UPDATE or DELETE, and of an INSERT where the row moves */
	bool *old_nulls;
} Row;

/* The columns that say who wrote a row first and last, and when. */
typedef struct Stamps
{
	int created_at;
	int created_by;
	int updated_at;
	int updated_by;
} Stamps;

extern bool same_value(Form_pg_attribute att, Datum a, bool a_null, Datum b, bool b_null);
extern bool same_number(Datum a, Datum b);
extern Row open_row(FunctionCallInfo fcinfo, const TriggerUse *use);
extern bool row_differs(const Row *row, int index);
extern bool row_changed(const Row *row);
extern bool is_named(const Row *row, int column);
extern void set_value(Row *row, int column, Datum value);
extern void set_null(Row *row, int column);
extern void set_text(Row *row, int column, const char *value);
extern void keep_value(Row *row, int column);
extern void stamp_row(Row *row, const Stamps *stamps);
extern HeapTuple close_row(const Row *row);

static inline bool
is_null(const Row *row, int column)
{
	return row->nulls[row->at[column]];
}

/* A value of the row, which must have one. */
static inline Datum
value_of(const Row *row, int column)
{
	if (is_null(row, column))
		refuse_null(row->rel, row->at[column]);
	return row->values[row->at[column]];
}

static inline bool
was_null(const Row *row, int column)
{
	return row->old_nulls[row->at[column]];
}

/* A value of the row as it was, which must have had one. */
static inline Datum
old_value_of(const Row *row, int column)
{
	if (was_null(row, column))
		refuse_null(row->rel, row->at[column]);
	return row->old_values[row->at[column]];
}

static inline const char *
column_name(const Row *row, int column)
{
	return NameStr(TupleDescAttr(RelationGetDescr(row->rel), row->at[column])->attname);
}

/* Whether the table has an optional column. */
static inline bool
has_column(const Row *row, int column)
{
	return row->at[column] < RelationGetNumberOfAttributes(row->rel);
}

/* Whether an UPDATE gives a column another value than it has. */
static inline bool
differs(const Row *row, int column)
{
	return row_differs(row, row->at[column]);
}

/* Whether a column is new: always on INSERT, on UPDATE where the value differs. */
static inline bool
changed(const Row *row, int column)
{
	return row->is_insert || differs(row, column);
}

#endif
