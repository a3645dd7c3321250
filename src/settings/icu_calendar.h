#ifndef ICU_CALENDAR_H
#define ICU_CALENDAR_H

#include "postgres.h"

#include <unicode/ucal.h>

#include "settings/calendar.h"
#include "utils/datetime.h"

/* What stands behind a calendar: for those that count in it, and nobody else. */

#define DAY_MILLISECONDS 86400000.0
#define UNIX_EPOCH_DAY (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE)

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

extern void check_calendar_icu(UErrorCode status);
extern void open_calendar(Calendar *calendar);

#endif
