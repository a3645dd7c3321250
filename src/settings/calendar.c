#include "postgres.h"

#include <math.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>

#include "base/errors.h"
#include "miscadmin.h"
#include "settings/calendar.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#define DAY_MILLISECONDS 86400000.0
#define UNIX_EPOCH_DAY (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE)

/* Far from here ICU's Chinese calendar goes wrong, and others get near to its limits. */
#define LAST_ICU_DAY (12678334 - POSTGRES_EPOCH_JDATE) /* 29999-12-31 */

/* No calendar counts so many years until then. */
#define LAST_ICU_YEAR 40000

/* A step this long from the first day of any month leads into the next one. */
#define MONTH_STEP 32

#define WEEK_DAYS 7

/* How many days a calendar remembers. */
#define REMEMBERED_DAYS 4096

/* What ICU said about a day. */
typedef struct MonthDay
{
	bool known;
	DateADT day;
	DateADT first; /* of its month */
	int month;	   /* the number of its month, counted from 0; -1: a leap month, which has none */
} MonthDay;

struct Calendar
{
	const char *name;
	bool gregorian;	   /* its months and years begin with the Gregorian ones */
	bool dated;		   /* three numbers say which day is meant: no eras, no cycles */
	int first_year;	   /* the Gregorian year that is its year 0, if its years begin with those */
	int leap_month;	   /* the month, counted from 0, that only leap years have; -1: none */
	int months;		   /* how many months have a number: all but leap ones; 0: not yet known */
	UCalendar *handle; /* ICU's, opened when first needed */
	MonthDay *days;	   /* remembered ones, each in the place of its number modulo REMEMBERED_DAYS */
};

/* Every calendar that ICU knows. */
static Calendar *calendars;
static int calendar_count;
static MemoryContext calendar_context;

/* The settings: the calendar that periods are counted in, and how weeks and fiscal years begin. */
static char *session_calendar;
static int week_start;
static int fiscal_year_start;

/* The days of the week, numbered as j2day does. */
static const struct config_enum_entry week_days[] = {
	{"sunday", 0, false},	{"monday", 1, false}, {"tuesday", 2, false},  {"wednesday", 3, false},
	{"thursday", 4, false}, {"friday", 5, false}, {"saturday", 6, false}, {NULL, 0, false}};

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

/* ICU fails only where its data is damaged or memory is short. */
static void
check_icu(UErrorCode status)
{
	if (U_FAILURE(status))
		elog(ERROR, "calendar arithmetic failed: %s", u_errorName(status));
}

/* Fill in what we know of a calendar that ICU has. */
static void
describe_calendar(Calendar *calendar)
{
	/* These differ in the names and numbers of years only. */
	static const struct
	{
		const char *name;
		int first_year;
	} gregorian[] = {
		{"gregorian", 0}, {"iso8601", 0}, {"buddhist", -543}, {"roc", 1911}, {"japanese", 0}};
	static const char *const undated[] = {"japanese", "chinese", "dangi"};

	calendar->dated = true;
	for (int i = 0; i < lengthof(undated); i++)
		if (strcmp(calendar->name, undated[i]) == 0)
			calendar->dated = false;
	for (int i = 0; i < lengthof(gregorian); i++)
		if (strcmp(calendar->name, gregorian[i].name) == 0)
		{
			calendar->gregorian = true;
			calendar->first_year = gregorian[i].first_year;
			calendar->months = MONTHS_PER_YEAR;
		}
	calendar->leap_month = strcmp(calendar->name, "hebrew") == 0 ? 5 : -1;
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

	context = AllocSetContextCreate(CurrentMemoryContext, "opportunities calendars",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	names = ucal_getKeywordValuesForLocale("calendar", "und", false, &status);
	count = uenum_count(names, &status);
	check_icu(status);
	list = palloc0(count * sizeof(Calendar));
	for (int i = 0; i < count; i++)
	{
		list[i].name = pstrdup(uenum_next(names, NULL, &status));
		describe_calendar(&list[i]);
	}
	uenum_close(names);
	MemoryContextSwitchTo(caller);

	MemoryContextSetParent(context, TopMemoryContext);
	calendar_context = context;
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

/* The name of the calendar of the session. */
const char *
calendar_name(void)
{
	return session_calendar;
}

/* The calendar of the session. */
Calendar *
current_calendar(void)
{
	return get_calendar(session_calendar);
}

/* How the session counts in a calendar. */
Reckoning
reckoning_in(Calendar *calendar)
{
	return (Reckoning){calendar, week_start, fiscal_year_start};
}

/* A calendar must be one that ICU knows. */
static bool
check_calendar(char **newval, void **extra, GucSource source)
{
	const char *nearest;

	if (find_calendar(*newval) != NULL)
		return true;

	GUC_check_errdetail("Calendar \"%s\" is not known.", *newval);
	nearest = nearest_name(*newval, calendar_names());
	if (nearest != NULL)
		GUC_check_errhint("Perhaps you meant \"%s\".", nearest);
	return false;
}

/* Define the settings of calendars. */
void
define_calendar_settings(void)
{
	DefineCustomStringVariable(
		"opportunities.calendar", "The calendar that periods are counted in.",
		"gregorian, persian, or any calendar that ICU knows.", &session_calendar, "gregorian",
		PGC_USERSET, 0, check_calendar, NULL, NULL);
	DefineCustomEnumVariable("opportunities.week_start", "The day that a week begins with.", NULL,
							 &week_start, 1, week_days, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"opportunities.fiscal_year_start", "The month that a fiscal year begins with.",
		"Its number in the calendar that a period is counted in.", &fiscal_year_start, 1, 1,
		MAX_FISCAL_START, PGC_USERSET, 0, NULL, NULL, NULL);
}

/* The day of the week of a name. */
bool
find_week_day(const char *name, int *day)
{
	for (int i = 0; week_days[i].name != NULL; i++)
		if (pg_strcasecmp(name, week_days[i].name) == 0)
		{
			*day = week_days[i].val;
			return true;
		}
	return false;
}

/* The names of the days of the week. */
List *
week_day_names(void)
{
	List *names = NIL;

	for (int i = 0; week_days[i].name != NULL; i++)
		names = lappend(names, unconstify(char *, week_days[i].name));
	return names;
}

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

/* Open ICU's calendar behind ours. */
static void
open_calendar(Calendar *calendar)
{
	static const UChar zone[] = {'U', 'T', 'C', 0};
	UErrorCode status = U_ZERO_ERROR;

	if (calendar->days == NULL)
		calendar->days =
			MemoryContextAllocZero(calendar_context, REMEMBERED_DAYS * sizeof(MonthDay));
	if (calendar->handle == NULL)
	{
		UCalendar *handle =
			ucal_open(zone, -1, psprintf("@calendar=%s", calendar->name), UCAL_DEFAULT, &status);

		calendar->months = ucal_getLimit(handle, UCAL_MONTH, UCAL_MAXIMUM, &status) + 1;
		check_icu(status);
		if (calendar->leap_month >= 0)
			calendar->months--;
		calendar->handle = handle;
	}
}

/* A date that PostgreSQL or a calendar can't count. */
static void
date_out_of_range(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range"),
					err_code("date_out_of_range")));
}

/* Make sure that a calendar counts up to a day. */
void
check_calendar_day(const Calendar *calendar, DateADT day)
{
	if (!calendar->gregorian && day > LAST_ICU_DAY)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range"),
						errdetail("Calendar \"%s\" ends on 29999-12-31.", calendar->name),
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
	check_icu(status);
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

/* ICU's name of a calendar. */
const char *
calendar_id(const Calendar *calendar)
{
	return calendar->name;
}

/* How ICU writes a year of a calendar so that it is known which: with its era, or by its number. */
const char *
year_pattern(const Calendar *calendar)
{
	if (strcmp(calendar->name, "japanese") == 0 || strcmp(calendar->name, "roc") == 0)
		return "G y";
	return calendar->dated ? "y" : "r";
}

/* Whether a day of a calendar is said by three numbers. */
bool
calendar_is_dated(const Calendar *calendar)
{
	return calendar->dated;
}

/* The day of a Gregorian date; false: there is none. */
static bool
gregorian_day(int year, int month, int day, DateADT *result)
{
	if (month < 1 || month > MONTHS_PER_YEAR || day < 1 || day > day_tab[isleap(year)][month - 1] ||
		!IS_VALID_JULIAN(year, month, day))
		return false;
	*result = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* The day of a year, a month's number and a day of the month; false: there is none. */
bool
calendar_day(Calendar *calendar, int year, int month, int day, DateADT *result)
{
	UErrorCode status = U_ZERO_ERROR;
	int icu_month = month - 1;
	double days;
	bool exists;

	if (calendar->gregorian)
		return gregorian_day(year + calendar->first_year, month, day, result);
	if (!calendar->dated || year > LAST_ICU_YEAR || month < 1)
		return false;

	open_calendar(calendar);
	if (calendar->leap_month >= 0 && icu_month >= calendar->leap_month)
		icu_month++;
	ucal_clear(calendar->handle);
	ucal_set(calendar->handle, UCAL_YEAR, year);
	ucal_set(calendar->handle, UCAL_MONTH, icu_month);
	ucal_set(calendar->handle, UCAL_DAY_OF_MONTH, day);
	days = floor(ucal_getMillis(calendar->handle, &status) / DAY_MILLISECONDS) + UNIX_EPOCH_DAY;
	/* what doesn't exist is counted on into another month */
	exists = ucal_get(calendar->handle, UCAL_MONTH, &status) == icu_month;
	check_icu(status);
	if (!exists || days > LAST_ICU_DAY || !IS_VALID_DATE(days))
		return false;
	*result = days;
	return true;
}
