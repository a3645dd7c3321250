#ifndef PERIOD_H
#define PERIOD_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "settings/calendar.h"

/* A span of whole units, counted from the one that holds today: from "from", before "to". */
typedef struct Period
{
	CalendarUnit unit;
	int from;
	int to;
} Period;

extern bool parse_period(const char *text, Period *period);
extern void period_days(const char *text, DateADT today, DateADT *first_day, DateADT *end);
extern List *period_names(void);
extern List *anchor_names(void);

#endif
