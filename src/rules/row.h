#ifndef ROW_H
#define ROW_H

#include "postgres.h"

#include "commands/trigger.h"
#include "utils/rel.h"

/* The row that a trigger BEFORE INSERT or UPDATE works on, taken apart. Columns are indexes. */
typedef struct Row
{
	Relation rel;
	HeapTuple tuple;
	bool insert;
	bool touched; /* a rule set something */
	Datum *values;
	bool *nulls;
	Datum *old_values; /* of an UPDATE */
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
extern Row open_row(TriggerData *trigger);
extern bool row_differs(const Row *row, int column);
extern bool row_changed(const Row *row);
extern void set_row_value(Row *row, int column, Datum value);
extern void set_row_null(Row *row, int column);
extern void keep_row_value(Row *row, int column);
extern void stamp_row(Row *row, const Stamps *stamps);
extern HeapTuple close_row(const Row *row);

#endif
