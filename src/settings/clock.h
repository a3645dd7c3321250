#ifndef CLOCK_H
#define CLOCK_H

#include "postgres.h"

#include "pgtime.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* What the clocks of a zone show, and when. */
extern pg_tz *get_zone(const char *name);
extern DateADT day_in_zone(TimestampTz moment, pg_tz *zone);
extern DateADT business_day(TimestampTz moment);
extern TimestampTz business_day_start(DateADT day);
extern TimestampTz moment_in_zone(Timestamp local, pg_tz *zone);
extern Timestamp business_clock(TimestampTz moment);

#endif
