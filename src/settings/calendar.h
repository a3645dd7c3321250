#ifndef CALENDAR_H
#define CALENDAR_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/date.h"

/* The units that time is counted in. */
typedef enum CalendarUnit
{
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_FISCAL_QUARTER,
	UNIT_FISCAL_YEAR
} CalendarUnit;

typedef struct Calendar Calendar;

/* How days are counted into units. */
typedef struct Reckoning
{
	Calendar *calendar;
	int week_start;		   /* the day of the week, as j2day numbers it */
	int fiscal_year_start; /* the number of the month, from 1 */
} Reckoning;

/* More than any calendar has months. */
#define MAX_FISCAL_START 13

extern Calendar *find_calendar(const char *name);
extern Calendar *get_calendar(const char *name);
extern Calendar *current_calendar(void);
extern Calendar *calendar_argument(FunctionCallInfo fcinfo, int number);
extern Reckoning reckoning_in(Calendar *calendar);
extern List *calendar_names(void);
extern const char *calendar_name(void);
extern void define_calendar_settings(void);

extern void date_out_of_range(void);
extern void check_calendar_day(const Calendar *calendar, DateADT day);
extern bool calendar_is_dated(const Calendar *calendar);
extern int calendar_year(Calendar *calendar, DateADT day);
extern bool calendar_day(Calendar *calendar, int year, int month, int day, DateADT *result);

extern CalendarUnit get_unit(const char *name);
extern bool find_week_day(const char *name, int *day);
extern List *week_day_names(void);

extern DateADT period_first_day(CalendarUnit unit, DateADT day, int offset,
								const Reckoning *reckoning);

#endif
