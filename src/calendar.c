#include "postgres.h"

#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>

#include "calendar.h"
#include "errors.h"
#include "miscadmin.h"
#include "settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/memutils.h"

#define DAY_MILLISECONDS 86400000.0
#define UNIX_EPOCH_DAY (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE)

/* ICU's calendars that follow the moon and the sun are right and quick only so near to our time. */
#define FIRST_ICU_DAY (1721426 - POSTGRES_EPOCH_JDATE)	  /* 0001-01-01 */
#define LAST_ICU_DAY (5373484 - POSTGRES_EPOCH_JDATE)	  /* 9999-12-31 */

/* A step this long from the first day of any month leads into the next one. */
#define MONTH_STEP 32

#define WEEK_DAYS 7

PG_FUNCTION_INFO_V1(period_of);

struct Calendar
{
	const char *name;
	bool gregorian;	   /* its months and years begin with the Gregorian ones */
	int leap_month;	   /* the month, counted from 0, that only leap years have; -1: none */
	int months;		   /* how many months have a number: all but leap ones; 0: not yet known */
	UCalendar *handle; /* ICU's, opened when first needed */
};

/* Every calendar that ICU knows. */
static Calendar *calendars;
static int calendar_count;

static const char *const unit_table[] = {
	[UNIT_DAY] = "day",
	[UNIT_WEEK] = "week",
	[UNIT_MONTH] = "month",
	[UNIT_QUARTER] = "quarter",
	[UNIT_YEAR] = "year",
	[UNIT_FISCAL_QUARTER] = "fiscal_quarter",
	[UNIT_FISCAL_YEAR] = "fiscal_year",
};

/* ICU fails only where its data is damaged or memory is short. */
static void
check_icu(UErrorCode status)
{
	if (U_FAILURE(status))
		elog(ERROR, "calendar arithmetic failed: %s", u_errorName(status));
}

/* Whether a calendar differs from the Gregorian one in the names and numbers of years only. */
static bool
has_gregorian_months(const char *name)
{
	static const char *const names[] = {"gregorian", "buddhist", "iso8601", "japanese", "roc"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Read the list of calendars from ICU, once in a process. */
static void
load_calendars(void)
{
	MemoryContext context;
	MemoryContext caller;
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *names;
	Calendar *list;
	int count;

	if (calendars != NULL)
		return;

	context =
		AllocSetContextCreate(CurrentMemoryContext, "opportunities calendars", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	names = ucal_getKeywordValuesForLocale("calendar", "und", false, &status);
	count = uenum_count(names, &status);
	check_icu(status);
	list = palloc0(count * sizeof(Calendar));
	for (int i = 0; i < count; i++)
	{
		list[i].name = pstrdup(uenum_next(names, NULL, &status));
		list[i].gregorian = has_gregorian_months(list[i].name);
		list[i].leap_month = strcmp(list[i].name, "hebrew") == 0 ? 5 : -1;
		list[i].months = list[i].gregorian ? 12 : 0;
	}
	uenum_close(names);
	MemoryContextSwitchTo(caller);

	MemoryContextSetParent(context, TopMemoryContext);
	calendars = list;
	calendar_count = count;
}

/* The calendar of a name, ICU's or that of a BCP 47 tag ("gregory"); NULL: there is none. */
Calendar *
find_calendar(const char *name)
{
	const char *known = strlen(name) < NAMEDATALEN ? uloc_toLegacyType("calendar", name) : NULL;

	load_calendars();
	for (int i = 0; known != NULL && i < calendar_count; i++)
		if (pg_strcasecmp(known, calendars[i].name) == 0)
			return &calendars[i];
	return NULL;
}

/* The names of all calendars. */
List *
calendar_names(void)
{
	List *names = NIL;

	load_calendars();
	for (int i = 0; i < calendar_count; i++)
		names = lappend(names, unconstify(char *, calendars[i].name));
	return names;
}

/* The calendar of a name that a user gave. */
Calendar *
get_calendar(const char *name)
{
	Calendar *calendar = find_calendar(name);

	if (calendar == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("calendar \"%s\" is not known", name),
						errhint_nearest(asc_tolower(name, strlen(name)), calendar_names()),
						err_code("unknown_calendar"), err_field("calendar")));
	return calendar;
}

/* The calendar of the session. */
Calendar *
current_calendar(void)
{
	return get_calendar(calendar_name());
}

/* The unit of a name. */
bool
find_unit(const char *name, CalendarUnit *unit)
{
	for (int i = 0; i < lengthof(unit_table); i++)
		if (pg_strcasecmp(name, unit_table[i]) == 0)
		{
			*unit = i;
			return true;
		}
	return false;
}

/* The names of all units. */
List *
unit_names(void)
{
	List *names = NIL;

	for (int i = 0; i < lengthof(unit_table); i++)
		names = lappend(names, unconstify(char *, unit_table[i]));
	return names;
}

/* ICU's calendar behind ours. */
static UCalendar *
open_calendar(Calendar *calendar)
{
	static const UChar zone[] = {'U', 'T', 'C', 0};
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *handle;

	if (calendar->handle != NULL)
		return calendar->handle;

	handle = ucal_open(zone, -1, psprintf("@calendar=%s", calendar->name), UCAL_DEFAULT, &status);
	check_icu(status);
	calendar->months = ucal_getLimit(handle, UCAL_MONTH, UCAL_MAXIMUM, &status) + 1 -
					   (calendar->leap_month >= 0 ? 1 : 0);
	calendar->handle = handle;
	return handle;
}

/* A date that PostgreSQL or a calendar can't count. */
static void
date_out_of_range(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range"),
					err_code("date_out_of_range")));
}

/* Rounds down, below zero too. */
static int64
floor_divide(int64 dividend, int64 divisor)
{
	int64 quotient = dividend / divisor;

	return quotient * divisor > dividend ? quotient - 1 : quotient;
}

/* The first day of a unit of Gregorian months. */
static int64
gregorian_first_day(int length, int first_month, DateADT day, int offset)
{
	int year;
	int month;
	int day_of_month;
	int64 count;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	count = (int64) year * MONTHS_PER_YEAR + month - first_month;
	count = (floor_divide(count, length) + offset) * length + first_month - 1;
	year = floor_divide(count, MONTHS_PER_YEAR);
	month = count - (int64) year * MONTHS_PER_YEAR + 1;
	if (!IS_VALID_JULIAN(year, month, 1))
		date_out_of_range();
	return date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
}

/* A field of the day that the calendar stands on. */
static int
calendar_field(Calendar *calendar, UCalendarDateFields field)
{
	UErrorCode status = U_ZERO_ERROR;
	int value = ucal_get(calendar->handle, field, &status);

	check_icu(status);
	return value;
}

/* Let the calendar stand on the first day of the month that holds a day. */
static int64
month_first_day(Calendar *calendar, int64 day)
{
	UErrorCode status = U_ZERO_ERROR;

	CHECK_FOR_INTERRUPTS();
	for (;;)
	{
		int day_of_month;

		if (day < FIRST_ICU_DAY || day > LAST_ICU_DAY)
			date_out_of_range();
		ucal_setMillis(calendar->handle, (day - UNIX_EPOCH_DAY + 0.5) * DAY_MILLISECONDS, &status);
		check_icu(status);
		day_of_month = calendar_field(calendar, UCAL_DAY_OF_MONTH);
		if (day_of_month == 1)
			return day;
		day -= day_of_month - 1;
	}
}

/* Whether a unit begins with the month that the calendar stands on; first_month counts from 1. */
static bool
unit_begins(Calendar *calendar, int length, int first_month)
{
	int month = calendar_field(calendar, UCAL_MONTH);
	int distance;

	if (length == 1)
		return true;
	/* A leap month has no number and belongs to the month before it. */
	if (month == calendar->leap_month || calendar_field(calendar, UCAL_IS_LEAP_MONTH) != 0)
		return false;
	if (calendar->leap_month >= 0 && month > calendar->leap_month)
		month--;
	distance = (month - (first_month - 1) + calendar->months) % calendar->months;
	/* A thirteenth month belongs to the last quarter. */
	return distance % length == 0 && distance < MONTHS_PER_YEAR;
}

/* The first day of a unit of months in a calendar that only ICU knows. */
static int64
icu_first_day(Calendar *calendar, int length, int first_month, DateADT day, int offset)
{
	int64 first = month_first_day(calendar, day);

	while (!unit_begins(calendar, length, first_month))
		first = month_first_day(calendar, first - 1);
	for (; offset < 0; offset++)
		do
			first = month_first_day(calendar, first - 1);
		while (!unit_begins(calendar, length, first_month));
	for (; offset > 0; offset--)
		do
			first = month_first_day(calendar, first + MONTH_STEP);
		while (!unit_begins(calendar, length, first_month));
	return first;
}

/* The first day of a unit that is made of months. */
static int64
months_first_day(CalendarUnit unit, DateADT day, int offset, Calendar *calendar)
{
	bool fiscal = unit == UNIT_FISCAL_QUARTER || unit == UNIT_FISCAL_YEAR;
	int first_month = fiscal ? fiscal_year_start() : 1;
	int length = unit == UNIT_MONTH										? 1
				 : unit == UNIT_QUARTER || unit == UNIT_FISCAL_QUARTER ? 3
																	   : MONTHS_PER_YEAR;

	if (!calendar->gregorian)
		open_calendar(calendar);
	if (first_month > calendar->months)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("calendar \"%s\" has no month %d", calendar->name, first_month),
						errhint("Set opportunities.fiscal_year_start to a month from 1 to %d.",
								calendar->months),
						err_code("unknown_month")));
	if (calendar->gregorian)
		return gregorian_first_day(length, first_month, day, offset);
	return icu_first_day(calendar, length, first_month, day, offset);
}

/* The first day of the unit that holds a day, or of that so many units later. */
DateADT
period_first_day(CalendarUnit unit, DateADT day, int offset, Calendar *calendar)
{
	int64 first = day;

	if (DATE_NOT_FINITE(day))
		return day;

	if (unit == UNIT_DAY)
		first += offset;
	else if (unit == UNIT_WEEK)
	{
		int day_of_week = j2day(day + POSTGRES_EPOCH_JDATE);

		first += (int64) offset * WEEK_DAYS;
		first -= (day_of_week - week_start() + WEEK_DAYS) % WEEK_DAYS;
	}
	else
		first = months_first_day(unit, day, offset, calendar);

	if (!IS_VALID_DATE(first))
		date_out_of_range();
	return first;
}

/* period_of(unit text, day date, calendar text) -> date */
Datum
period_of(PG_FUNCTION_ARGS)
{
	char *name;
	CalendarUnit unit;
	Calendar *calendar;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();

	name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!find_unit(name, &unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unit \"%s\" is not known", name),
				 errhint_nearest(asc_tolower(name, strlen(name)), unit_names()),
				 err_code("unknown_unit"), err_field("unit")));
	calendar = PG_ARGISNULL(2) ? current_calendar()
							   : get_calendar(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_DATEADT(period_first_day(unit, PG_GETARG_DATEADT(1), 0, calendar));
}
