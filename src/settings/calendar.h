#ifndef CALENDAR_H
#define CALENDAR_H

#include "postgres.h"

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

extern Calendar *find_calendar(const char *name);
extern Calendar *get_calendar(const char *name);
extern Calendar *current_calendar(void);
extern List *calendar_names(void);
extern const char *calendar_name(void);
extern void define_calendar_settings(void);

extern bool calendar_is_dated(const Calendar *calendar);
extern bool calendar_day(Calendar *calendar, int year, int month, int day, DateADT *result);

extern CalendarUnit get_unit(const char *name);

extern DateADT period_first_day(CalendarUnit unit, DateADT day, int offset, Calendar *calendar);

#endif
