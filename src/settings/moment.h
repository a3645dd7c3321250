#ifndef MOMENT_H
#define MOMENT_H

#include "postgres.h"

#include "settings/calendar.h"
#include "utils/date.h"

/* A day, and where they are given, the time of day and its zone. */
typedef struct Moment
{
	DateADT day; /* which may be infinite */
	bool timed;
	TimeADT time;
	bool zoned;
	int offset; /* of the zone, in seconds east of UTC */
} Moment;

/* Why a text is none. */
typedef struct MomentProblem
{
	const char *detail;
	const char *hint;
} MomentProblem;

extern bool read_moment(const char *text, Calendar *calendar, Moment *moment,
						MomentProblem *problem);

#endif
