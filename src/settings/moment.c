/* Relative moments of a query builder, read. */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "base/fold.h"
#include "settings/moment.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* Years before this one are those of other calendars, more likely than not. */
#define FIRST_BARE_YEAR 1700

/* Read a number of so many digits. */
static bool
read_offset(const char **at, int least, int most, int *number)
{
	int count = strspn(*at, "0123456789");

	if (count < least || count > most)
		return false;
	*number = 0;
	for (; count > 0; count--)
		*number = *number * 10 + *(*at)++ - '0';
	return true;
}

/* Read a date that begins with its year: 2025-12-31, 2025/12/31 or 20251231. */
static bool
read_date(const char **at, int *year, int *month, int *day)
{
	char separator;

	if (read_offset(at, 8, 8, day))
	{
		*year = *day / 10000;
		*month = *day / 100 % 100;
		*day %= 100;
		return true;
	}
	if (!read_offset(at, 4, 7, year))
		return false;
	separator = *(*at)++;
	return (separator == '-' || separator == '/') && read_offset(at, 1, 2, month) &&
		   *(*at)++ == separator && read_offset(at, 1, 2, day);
}

/* Read the digits of a fraction of a second, rounded to microseconds as the server does. */
static bool
read_fraction(const char **at, int64 *fraction)
{
	int count = strspn(*at, "0123456789");

	*fraction = rint(strtod(psprintf("0.%.*s", count, *at), NULL) * USECS_PER_SEC);
	*at += count;
	return count > 0;
}

/* Read a time of day: 15:30, with seconds, with a fraction of them. */
static bool
read_time(const char **at, TimeADT *time)
{
	int hour;
	int minute;
	int second = 0;
	int64 fraction = 0;

	if (!read_offset(at, 1, 2, &hour) || *(*at)++ != ':' || !read_offset(at, 2, 2, &minute))
		return false;
	if (**at == ':')
	{
		(*at)++;
		if (!read_offset(at, 2, 2, &second))
			return false;
		if (**at == '.' || **at == ',')
		{
			(*at)++;
			if (!read_fraction(at, &fraction))
				return false;
		}
	}
	*time = ((hour * INT64CONST(60) + minute) * 60 + second) * USECS_PER_SEC + fraction;
	return minute < MINS_PER_HOUR && second <= SECS_PER_MINUTE && *time <= USECS_PER_DAY;
}

/* Read a zone as a distance from UTC: Z, +03, +03:30 or +0330. A name could mean several. */
static bool
read_zone(const char **at, int *offset)
{
	int hours;
	int minutes = 0;
	char sign = *(*at)++;

	*offset = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if (sign != '+' && sign != '-')
		return false;
	if (read_offset(at, 4, 4, &hours))
	{
		minutes = hours % 100;
		hours /= 100;
	}
	else if (!read_offset(at, 2, 2, &hours))
		return false;
	else if (**at == ':')
	{
		(*at)++;
		if (!read_offset(at, 2, 2, &minutes))
			return false;
	}
	*offset = (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE * (sign == '-' ? -1 : 1);
	return hours <= MAX_TZDISP_HOUR && minutes < MINS_PER_HOUR;
}

/* Read what may follow a date, up to the end. */
static bool
read_rest(const char *at, Moment *moment)
{
	if (*at == '\0')
		return true;
	if (*at != 'T' && *at != 't' && *at != ' ')
		return false;
	at++;
	moment->timed = true;
	if (!read_time(&at, &moment->time))
		return false;
	if (*at == ' ')
		at++;
	if (*at == '\0')
		return true;
	moment->zoned = true;
	return read_zone(&at, &moment->offset) && *at == '\0';
}

/* An infinite day. */
static bool
read_infinity(const char *text, Moment *moment)
{
	if (pg_strcasecmp(text, "infinity") == 0)
		moment->day = DATEVAL_NOEND;
	else if (pg_strcasecmp(text, "-infinity") == 0)
		moment->day = DATEVAL_NOBEGIN;
	else
		return false;
	return true;
}

/*
 * Read a day, with a time of day or without, in a calendar; NULL: in the Gregorian one, as ISO has
 * it, and no year that is most likely another calendar's. Nothing here depends on a setting. False:
 * it is none.
 */
bool
read_moment(const char *text, Calendar *calendar, Moment *moment, MomentProblem *problem)
{
	char *ascii = ascii_digits(text);
	const char *at;
	const char *date;
	int year;
	int month;
	int day;

	memset(moment, 0, sizeof(Moment));
	while (isspace((unsigned char) *ascii))
		ascii++;
	for (char *end = ascii + strlen(ascii); end > ascii && isspace((unsigned char) end[-1]);)
		*--end = '\0';
	if (calendar == NULL && read_infinity(ascii, moment))
		return true;

	at = ascii;
	if (!read_date(&at, &year, &month, &day) || !read_rest(at, moment))
	{
		*problem = (MomentProblem){"It is not written as a date.",
								   "Write a date as 2025-12-31, a time as 2025-12-31T15:30."};
		return false;
	}
	date = psprintf("%04d-%02d-%02d", year, month, day);
	if (calendar == NULL && year < FIRST_BARE_YEAR)
	{
		problem->detail =
			psprintf("A date without a calendar is Gregorian, and its year is %d.", year);
		problem->hint =
			psprintf("Name its calendar: {\"date\": \"%s\", \"calendar\": \"persian\"}, "
					 "or \"gregorian\" where that is meant.",
					 date);
		return false;
	}
	if (!calendar_day(calendar == NULL ? get_calendar("gregorian") : calendar, year, month, day,
					  &moment->day))
	{
		problem->detail = psprintf("There is no day %s.", date);
		problem->hint = "Its calendar has no such year, month or day.";
		return false;
	}
	return true;
}
