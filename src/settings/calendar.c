/* Calendars of ICU: days in them, weeks and fiscal years. */
#include "postgres.h"

#include <math.h>
#include <unicode/uenum.h>
#include <unicode/uloc.h>

#include "base/compat.h"
#include "base/errors.h"
#include "miscadmin.h"
#include "settings/icu_calendar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(default_calendar);
PG_FUNCTION_INFO_V1(default_fiscal_year_start);

/* Far from here ICU's Chinese calendar goes wrong, and others get near to its limits. */
#define LAST_ICU_DAY (12678334 - POSTGRES_EPOCH_JDATE) /* 29999-12-31 */

/* No calendar counts so many years until then. */
#define LAST_ICU_YEAR 40000

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

/* ICU fails only where its data is damaged or memory is short. */
void
check_calendar_icu(UErrorCode status)
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
	check_calendar_icu(status);
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

/* The calendar that an argument names, by default the session's. */
Calendar *
calendar_argument(FunctionCallInfo fcinfo, int number)
{
	if (PG_ARGISNULL(number))
		return current_calendar();
	return get_calendar(text_to_cstring(PG_GETARG_TEXT_PP(number)));
}

/* default_calendar() -> text */
Datum
default_calendar(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(session_calendar));
}

/* default_fiscal_year_start() -> integer */
Datum
default_fiscal_year_start(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(fiscal_year_start);
}

/* How the session counts in a calendar. */
Reckoning
reckoning_in(Calendar *calendar)
{
	return (Reckoning){calendar, week_start, fiscal_year_start};
}

/* A calendar must be one that ICU knows. Of our own default it isn't asked, by each new session. */
static bool
check_calendar(char **newval, void **extra, GucSource source)
{
	const char *nearest;

	if (source == PGC_S_DEFAULT || find_calendar(*newval) != NULL)
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

/* Open ICU's calendar behind ours. */
void
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
		check_calendar_icu(status);
		if (calendar->leap_month >= 0)
			calendar->months--;
		calendar->handle = handle;
	}
}

/* A date that PostgreSQL or a calendar can't count. */
void
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

/* The number of the year that holds a day. */
int
calendar_year(Calendar *calendar, DateADT day)
{
	UErrorCode status = U_ZERO_ERROR;
	int year;
	int month;
	int day_of_month;

	check_calendar_day(calendar, day);
	if (calendar->gregorian)
	{
		j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
		return year - calendar->first_year;
	}
	open_calendar(calendar);
	ucal_setMillis(calendar->handle, (day - UNIX_EPOCH_DAY) * DAY_MILLISECONDS, &status);
	year = ucal_get(calendar->handle, calendar->dated ? UCAL_YEAR : UCAL_EXTENDED_YEAR, &status);
	check_calendar_icu(status);
	return year;
}

/* Set an open calendar to a day of one of its years; false: there is no such month. */
static bool
set_calendar(const Calendar *calendar, int year, int icu_month, int day, UErrorCode *status)
{
	ucal_clear(calendar->handle);
	ucal_set(calendar->handle, UCAL_YEAR, year);
	ucal_set(calendar->handle, UCAL_MONTH, icu_month);
	ucal_set(calendar->handle, UCAL_DAY_OF_MONTH, day);
	/* what doesn't exist is counted on into another month */
	return ucal_get(calendar->handle, UCAL_MONTH, status) == icu_month;
}

/*
 * The day of a year, a month and a day of the month as people write them, who count a leap month in
 * its year; false: there is none.
 */
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
	if (calendar->leap_month >= 0 && icu_month >= calendar->leap_month &&
		!set_calendar(calendar, year, calendar->leap_month, 1, &status))
		icu_month++;
	exists = set_calendar(calendar, year, icu_month, day, &status);
	days = floor(ucal_getMillis(calendar->handle, &status) / DAY_MILLISECONDS) + UNIX_EPOCH_DAY;
	check_calendar_icu(status);
	if (!exists || days > LAST_ICU_DAY || !IS_VALID_DATE(days))
		return false;
	*result = days;
	return true;
}
