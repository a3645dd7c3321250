/* Dimensions of reports: their columns, subtotals, labels and order, and the JSON that they are. */
#include "postgres.h"

#include "query/dimensions.h"

#include "base/json.h"
#include "base/sqltext.h"
#include "fields/period_field.h"
#include "fields/value_label.h"
#include "query/many.h"
#include "settings/calendar_text.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"

/* Whether there is a dimension of a name. */
bool
has_dimension(List *dimensions, const char *name)
{
	ListCell *cell;

	foreach (cell, dimensions)
	{
		if (strcmp(((Field *) lfirst(cell))->name, name) == 0)
			return true;
	}
	return false;
}

/* The place of the last of many among the first dimensions, from 1 on; 0: none of these is. */
int
last_of_many(List *dimensions, int count)
{
	while (count > 0 && !((Field *) list_nth(dimensions, count - 1))->many)
		count--;
	return count;
}

/* The dimensions of groups g, as fields of a row of the report. */
List *
group_fields(List *dimensions)
{
	List *fields = NIL;
	ListCell *cell;

	foreach (cell, dimensions)
	{
		Field *dimension = lfirst(cell);
		char *sql = psprintf("g.d%d", foreach_current_index(cell) + 1);
		Field *field = make_field(dimension->name, sql, dimension->type);

		field->plain = dimension->plain;
		field->unit = dimension->unit;
		field->many = dimension->many;
		fields = lappend(fields, field);
	}
	return fields;
}

/* Append what people call the values of dimensions, where they have names, or NULL. */
void
append_dimension_labels(StringInfo sql, const Source *source, List *dimensions, List *fields)
{
	ListCell *dimension;
	ListCell *field;

	forboth(dimension, dimensions, field, fields)
	{
		const Source *named = source;
		const Field *of = one_of_many(lfirst(dimension), &named);
		bool one = of->unit == NULL && !OidIsValid(get_element_type(of->base_type));
		char *label = one ? value_label(named, of, ((Field *) lfirst(field))->sql, NULL) : NULL;

		appendStringInfo(sql, ", %s", label != NULL ? label : "NULL::pg_catalog.text");
	}
}

/* Append the dimensions as columns of their own, named as written. */
void
append_dimension_columns(StringInfo sql, List *fields)
{
	ListCell *cell;

	foreach (cell, fields)
	{
		Field *field = lfirst(cell);

		appendStringInfo(sql, "%s%s AS %s", foreach_current_index(cell) > 0 ? ", " : "", field->sql,
						 result_name(field->name));
	}
}

/* Append how many dimensions a row keeps of groups of an alias, which are rolled up to a level. */
void
append_level(StringInfo sql, const char *alias, int count, int lowest)
{
	appendStringInfo(sql, ", %d", count);
	for (int i = lowest + 1; i <= count; i++)
		appendStringInfo(sql, " OPERATOR(pg_catalog.-) GROUPING(%s.d%d)", alias, i);
	appendStringInfoString(sql, " AS level");
}

/* Append their dimensions; those of the report that they haven't got are NULL. */
void
append_level_dimensions(StringInfo sql, const char *alias, List *dimensions, int count)
{
	ListCell *cell;

	foreach (cell, dimensions)
	{
		int i = foreach_current_index(cell) + 1;

		if (i <= count)
			appendStringInfo(sql, "%s.d%d, ", alias, i);
		else
			appendStringInfo(sql, "NULL::%s AS d%d, ", sql_type(((Field *) lfirst(cell))->type), i);
	}
}

/* Append what they are grouped by. */
void
append_rollup(StringInfo sql, const char *alias, int count, int lowest)
{
	for (int i = 1; i <= count; i++)
		appendStringInfo(sql, "%s%s%s.d%d", i > 1 ? ", " : " GROUP BY ",
						 i == lowest + 1 ? "ROLLUP (" : "", alias, i);
	appendStringInfoString(sql, lowest < count ? ")" : "");
}

/*
 * Append the order of the rows: by their dimensions, NULLs last, each subtotal behind what it sums
 * up. Of a period or another expression it is written so that no sort before grouping has it: that
 * would be taken for the cheaper way, since the planner expects as many groups as there are days.
 */
void
append_report_order(StringInfo sql, List *fields, bool subtotals)
{
	bool plain = true;
	ListCell *cell;

	foreach (cell, fields)
		plain = plain && ((Field *) lfirst(cell))->plain;
	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		int number = foreach_current_index(cell) + 1;

		appendStringInfoString(sql, number == 1 ? " ORDER BY " : ", ");
		if (subtotals)
			appendStringInfo(sql, "g.level OPERATOR(pg_catalog.<) %d, ", number);
		if (!plain)
			appendStringInfo(sql, "%s IS NULL, ", field->sql);
		appendStringInfo(sql, "%s%s", field->sql, has_order(field) ? "" : "::pg_catalog.text");
	}
}

/* The dimensions that a row keeps, as one object. */
Jsonb *
dimensions_json(List *fields, const TupleTableSlot *slot, int level)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level; i++)
	{
		Field *field = list_nth(fields, i);
		JsonbValue value = {.type = jbvNull};

		push_key(&state, field->name);
		if (!slot->tts_isnull[i])
			set_json(&value, field, slot->tts_values[i]);
		pushJsonbValue(&state, WJB_VALUE, &value);
	}
	if (level < list_length(fields))
		push_number(&state, "_level", level);
	return finish_json(&state, WJB_END_OBJECT);
}

/* What people call those of them that have names, or are periods, under the same keys. */
Jsonb *
labels_json(List *fields, const TupleTableSlot *slot, int level, int first)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < level; i++)
	{
		Field *field = list_nth(fields, i);
		int label = first + i;

		if (!slot->tts_isnull[label])
			push_text(&state, field->name, TextDatumGetCString(slot->tts_values[label]));
		else if (field->unit != NULL && !slot->tts_isnull[i])
			push_text(&state, field->name,
					  period_text(get_unit(field->unit), DatumGetDateADT(slot->tts_values[i]),
								  current_calendar(), current_language()));
	}
	return finish_json(&state, WJB_END_OBJECT);
}
