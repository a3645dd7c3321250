/* Units of a calendar: the first day of that which a day is in. */
#include "postgres.h"

#include "base/errors.h"
#include "miscadmin.h"
#include "settings/icu_calendar.h"
#include "utils/formatting.h"

/* A step this long from the first day of any month leads into the next one. */
#define MONTH_STEP 32

#define WEEK_DAYS 7

/* The units, with the number of months that those of months have. */
static const struct
{
	const char *name;
	int months;
	bool fiscal;
} unit_table[] = {
	[UNIT_DAY] = {"day", 0, false},
	[UNIT_WEEK] = {"week", 0, false},
	[UNIT_MONTH] = {"month", 1, false},
	[UNIT_QUARTER] = {"quarter", 3, false},
	[UNIT_YEAR] = {"year", 12, false},
	[UNIT_FISCAL_QUARTER] = {"fiscal_quarter", 3, true},
	[UNIT_FISCAL_YEAR] = {"fiscal_year", 12, true},
};

/* The unit of a name. */
static bool
find_unit(const char *name, CalendarUnit *unit)
{
	for (int i = 0; i < lengthof(unit_table); i++)
		if (pg_strcasecmp(name, unit_table[i].name) == 0)
		{
			*unit = i;
			return true;
		}
	return false;
}

/* The names of all units. */
static List *
unit_names(void)
{
	List *names = NIL;

	for (int i = 0; i < lengthof(unit_table); i++)
		names = lappend(names, unconstify(char *, unit_table[i].name));
	return names;
}

/* The unit of a name that a user gave. */
CalendarUnit
get_unit(const char *name)
{
	CalendarUnit unit;

	if (!find_unit(name, &unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unit \"%s\" is not known", name),
				 errhint_nearest(asc_tolower(name, strlen(name)), unit_names()),
				 err_code("unknown_unit"), err_field("unit")));
	return unit;
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

/* The month that holds a day. */
static MonthDay
month_of(Calendar *calendar, int64 day)
{
	MonthDay *place = &calendar->days[day & (REMEMBERED_DAYS - 1)];
	UCalendar *handle = calendar->handle;
	UErrorCode status = U_ZERO_ERROR;
	MonthDay found;

	CHECK_FOR_INTERRUPTS();
	if (place->known && place->day == day)
		return *place;

	if (!IS_VALID_DATE(day))
		date_out_of_range();
	check_calendar_day(calendar, day);
	ucal_setMillis(handle, (day - UNIX_EPOCH_DAY + 0.5) * DAY_MILLISECONDS, &status);
	found.known = true;
	found.day = day;
	found.first = day + 1 - ucal_get(handle, UCAL_DAY_OF_MONTH, &status);
	found.month = ucal_get(handle, UCAL_MONTH, &status);
	if (found.month == calendar->leap_month || ucal_get(handle, UCAL_IS_LEAP_MONTH, &status) != 0)
		found.month = -1;
	else if (calendar->leap_month >= 0 && found.month > calendar->leap_month)
		found.month--;
	check_calendar_icu(status);
	*place = found;
	return found;
}

/*
 * Whether a unit begins with a month; first_month counts from 1. A leap month belongs to the month
 * before it, a thirteenth one to the last quarter.
 */
static bool
unit_begins(Calendar *calendar, MonthDay month, int length, int first_month)
{
	int distance;

	if (length == 1)
		return true;
	if (month.month < 0)
		return false;
	distance = (month.month - (first_month - 1) + calendar->months) % calendar->months;
	return distance % length == 0 && distance < MONTHS_PER_YEAR;
}

/* The first day of a unit of months in a calendar that only ICU knows. */
static DateADT
icu_first_day(Calendar *calendar, int length, int first_month, DateADT day, int offset)
{
	MonthDay month = month_of(calendar, day);

	while (!unit_begins(calendar, month, length, first_month))
		month = month_of(calendar, (int64) month.first - 1);
	for (; offset < 0; offset++)
		do
			month = month_of(calendar, (int64) month.first - 1);
		while (!unit_begins(calendar, month, length, first_month));
	for (; offset > 0; offset--)
		do
			month = month_of(calendar, (int64) month.first + MONTH_STEP);
		while (!unit_begins(calendar, month, length, first_month));
	return month.first;
}

/* The first day of a unit that is made of months. */
static int64
months_first_day(CalendarUnit unit, DateADT day, int offset, const Reckoning *reckoning)
{
	Calendar *calendar = reckoning->calendar;
	int length = unit_table[unit].months;
	int first_month = unit_table[unit].fiscal ? reckoning->fiscal_year_start : 1;

	if (!calendar->gregorian)
		open_calendar(calendar);
	if (first_month < 1 || first_month > calendar->months)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("calendar \"%s\" has no month %d", calendar->name, first_month),
				 errhint("A fiscal year starts with a month from 1 to %d.", calendar->months),
				 err_code("unknown_month")));
	if (calendar->gregorian)
		return gregorian_first_day(length, first_month, day, offset);
	return icu_first_day(calendar, length, first_month, day, offset);
}

/* The first day of the unit that holds a day, or of that so many units later. */
DateADT
period_first_day(CalendarUnit unit, DateADT day, int offset, const Reckoning *reckoning)
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
		first -= (day_of_week - reckoning->week_start + WEEK_DAYS) % WEEK_DAYS;
	}
	else
		first = months_first_day(unit, day, offset, reckoning);

	if (!IS_VALID_DATE(first))
		date_out_of_range();
	return first;
}
