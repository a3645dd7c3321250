/* Values that are periods or relative moments. */
#include "postgres.h"

#include "filter/filter_period.h"

#include "base/fold.h"
#include "base/json.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/value_reader.h"
#include "pgtime.h"
#include "settings/period.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

/* How a period counts, where it says so itself. */
typedef struct PeriodObject
{
	char *name;
	char *calendar;
	char *time_zone;
	char *week_start;
	char *fiscal_year_start;
} PeriodObject;

/* The units of an offset, as @react-querybuilder/datetime writes them. */
static const char *const units[] = {"minute", "hour", "day", "week", "month", "year"};

/* Report that a member of a period is none. */
static bool
bad_member(FilterContext *context, const char *path, const Field *field, const char *member,
		   const char *value, const char *code, const char *message, const char *hint)
{
	filter_problem(context, psprintf("%s.%s", path, member), code, field->name,
				   psprintf(message, value), hint,
				   list_make2(unconstify(char *, member), pstrdup(value)));
	return false;
}

/* Read a member that a period may have, as text; what is no text reads as one that is unknown. */
static char *
optional_member(JsonbContainer *object, const char *key, enum jbvType type)
{
	JsonbValue *value = json_member(object, key);

	if (value == NULL)
		return NULL;
	return value->type == type ? json_scalar(value) : "";
}

/* Read what a period says of itself; false: there is a problem. */
static bool
read_period(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
			PeriodObject *read, Period *period)
{
	char *name = json_string(object, "period");
	int number;

	*read = (PeriodObject){
		.name = name,
		.calendar = optional_member(object, "calendar", jbvString),
		.time_zone = optional_member(object, "time_zone", jbvString),
		.week_start = optional_member(object, "week_start", jbvString),
		.fiscal_year_start = optional_member(object, "fiscal_year_start", jbvNumeric),
	};
	if (name == NULL || !parse_period(name, period))
		return bad_member(
			context, path, field, "period", name == NULL ? "" : name, "unknown_period",
			"period \"%s\" is not known",
			name == NULL ? NULL
						 : filter_hint_nearest(asc_toupper(name, strlen(name)), period_names()));
	if (read->calendar != NULL && find_calendar(read->calendar) == NULL)
		return bad_member(context, path, field, "calendar", read->calendar, "unknown_calendar",
						  "calendar \"%s\" is not known",
						  filter_hint_nearest(read->calendar, calendar_names()));
	if (read->time_zone != NULL && (*read->time_zone == '\0' || pg_tzset(read->time_zone) == NULL))
		return bad_member(context, path, field, "time_zone", read->time_zone, "unknown_time_zone",
						  "time zone \"%s\" is not known",
						  "The view pg_timezone_names lists the known ones.");
	if (read->week_start != NULL && !find_week_day(read->week_start, &number))
		return bad_member(context, path, field, "week_start", read->week_start, "unknown_week_day",
						  "day \"%s\" of the week is not known",
						  filter_hint_nearest(read->week_start, week_day_names()));
	if (read->fiscal_year_start != NULL &&
		(strspn(read->fiscal_year_start, "0123456789") != strlen(read->fiscal_year_start) ||
		 strlen(read->fiscal_year_start) > 2 || atoi(read->fiscal_year_start) < 1 ||
		 atoi(read->fiscal_year_start) > MAX_FISCAL_START))
		return bad_member(context, path, field, "fiscal_year_start", read->fiscal_year_start,
						  "unknown_month", "\"%s\" is no number of a month",
						  "Give the number of the month that the fiscal year starts with.");
	return true;
}

/* Whether a period says all of itself that it depends on. */
static bool
is_settled(const PeriodObject *read, CalendarUnit unit)
{
	if (read->time_zone == NULL)
		return false;
	switch (unit)
	{
		case UNIT_DAY:
			return true;
		case UNIT_WEEK:
			return read->week_start != NULL;
		case UNIT_FISCAL_QUARTER:
		case UNIT_FISCAL_YEAR:
			return read->calendar != NULL && read->fiscal_year_start != NULL;
		default:
			return read->calendar != NULL;
	}
}

/* A bound of a period, as an expression, in the type of a field. */
static char *
period_bound_sql(const Field *field, const char *function, const PeriodObject *read)
{
	struct
	{
		const char *name;
		const char *value;
	} members[] = {{"calendar", read->calendar},
				   {"time_zone", read->time_zone},
				   {"week_start", read->week_start}};
	StringInfoData sql;

	initStringInfo(&sql);
	if (field->base_type == TIMESTAMPTZOID)
		appendStringInfoString(&sql, "opportunities.business_moment(");
	appendStringInfo(&sql, "opportunities.%s(", function);
	append_text_literal(&sql, ascii_digits(read->name));
	for (int i = 0; i < lengthof(members); i++)
	{
		if (members[i].value == NULL)
			continue;
		appendStringInfo(&sql, ", %s => ", members[i].name);
		append_text_literal(&sql, members[i].value);
	}
	if (read->fiscal_year_start != NULL)
		appendStringInfo(&sql, ", fiscal_year_start => %s", read->fiscal_year_start);
	appendStringInfoChar(&sql, ')');
	if (field->base_type != DATEOID)
		appendStringInfoString(&sql, "::pg_catalog.timestamp");
	if (field->base_type != TIMESTAMPTZOID)
		return sql.data;
	if (read->time_zone != NULL)
	{
		appendStringInfoString(&sql, ", ");
		append_text_literal(&sql, read->time_zone);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * A span of days: {"period": …}, which may say itself how it counts: "calendar", "time_zone",
 * "week_start", "fiscal_year_start".
 */
bool
period_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
			 FilterValue *value)
{
	PeriodObject read;
	Period period;

	if (!read_period(context, path, field, object, &read, &period))
		return false;
	if (!is_moment(field->base_type))
	{
		wrong_kind(context, path, field, "a period");
		return false;
	}
	if (!is_settled(&read, period.unit))
		rests_on_reader(context, path);
	value->sql = period_bound_sql(field, "period_start", &read);
	value->end = period_bound_sql(field, "period_end", &read);
	return true;
}

static bool
is_unit(const char *name)
{
	for (int i = 0; i < lengthof(units); i++)
	{
		if (strcmp(name, units[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_anchor(const char *name)
{
	ListCell *cell;

	foreach (cell, anchor_names())
	{
		if (strcmp(name, lfirst(cell)) == 0)
			return true;
	}
	return false;
}

/* A moment relative to now: an anchor, then an offset. */
bool
relative_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
			   FilterValue *value)
{
	char *anchor = json_string(object, "anchor");
	char *unit = json_string(object, "unit");
	JsonbValue *offset = json_member(object, "offset");
	char *number = offset == NULL ? "0" : offset->type == jbvNumeric ? json_scalar(offset) : NULL;
	StringInfoData sql;

	if (anchor == NULL || !is_anchor(anchor) || (unit != NULL && !is_unit(unit)) ||
		(offset != NULL && unit == NULL) || number == NULL ||
		strspn(number, "-0123456789") != strlen(number) || strlen(number) > 6)
	{
		filter_problem(
			context, path, "invalid_relative_date", field->name, "the relative date is not one",
			"It has an anchor such as now or startOfMonth, a whole number as offset, and a "
			"unit: minute, hour, day, week, month or year.",
			NIL);
		return false;
	}
	if (!is_moment(field->base_type))
	{
		wrong_kind(context, path, field, "a relative date");
		return false;
	}
	rests_on_reader(context, path);

	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities_internal.relative_moment(");
	append_text_literal(&sql, anchor);
	appendStringInfo(&sql, ", '%s %s'::pg_catalog.interval)", number, unit == NULL ? "day" : unit);
	value->sql = sql.data;
	switch (field->base_type)
	{
		case DATEOID:
			value->sql = psprintf("%s::pg_catalog.date", sql.data);
			break;
		case TIMESTAMPTZOID:
			value->sql = psprintf("opportunities.business_moment(%s)", sql.data);
			break;
	}
	return true;
}
