/* Fields that group by a period: month(expected_close). */
#include "postgres.h"

#include "fields/period_field.h"

#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/value_label.h"
#include "settings/calendar.h"

/* The period of a date, under the name that asks for it. */
Field *
field_period(const Field *date, const char *name, const char *unit)
{
	bool is_day = get_unit(unit) == UNIT_DAY;
	char *day = field_day(date);
	StringInfoData sql;
	Field *field;

	initStringInfo(&sql);
	if (is_day)
		appendStringInfoString(&sql, day);
	else
	{
		appendStringInfoString(&sql, "opportunities.period_of(");
		append_text_literal(&sql, unit);
		appendStringInfo(&sql, ", %s)", day);
	}
	field = make_field(name, sql.data, DATEOID);
	field->unit = unit;
	return field;
}

/* A date's period: month(expected_close). NULL where the name is not written so. */
static Field *
period_field(FromClause *from, const char *name)
{
	const char *bracket = strchr(name, '(');
	int length = strlen(name);
	char *of;

	if (bracket == NULL || name[length - 1] != ')')
		return NULL;
	of = pnstrdup(bracket + 1, name + length - 1 - (bracket + 1));
	return field_period(need_field(from, of), name, pnstrdup(name, bracket - name));
}

/* A field, or a label or period of one, that rows are grouped by. */
Field *
grouping_field(FromClause *from, const char *name)
{
	Field *field = find_field(from, name, NULL);

	if (field == NULL)
		field = label_field(from, name);
	if (field == NULL)
		field = period_field(from, name);
	if (field == NULL)
		field = need_field(from, name);
	(void) field_equality(field);
	return field;
}
