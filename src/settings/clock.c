/* Days and moments in the business's time zone. */
#include "postgres.h"

#include "settings/clock.h"

#include "base/compat.h"
#include "base/errors.h"
#include "fmgr.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(business_date);
PG_FUNCTION_INFO_V1(business_moment);
PG_FUNCTION_INFO_V1(zone_moment);
PG_FUNCTION_INFO_V1(business_time);

#define UNIX_EPOCH_DAY (UNIX_EPOCH_JDATE - POSTGRES_EPOCH_JDATE)

/* From here on clocks that go back could show the end of a day once more. */
#define LATE_HOUR 21

/* A time in which the clocks of a zone aren't changed, nor were on the day before. */
typedef struct Era
{
	pg_tz *zone;
	TimestampTz since;
	TimestampTz until;
	int64 offset; /* of what they show */
} Era;

/* Those that days were asked of: most of a table's moments lie in few. */
static Era eras[8];
static int oldest_era;

pg_noreturn static void
moment_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
}

/* The time zone that a user named. */
pg_tz *
get_zone(const char *name)
{
	pg_tz *zone = pg_tzset(name);

	if (zone == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("time zone \"%s\" is not known", name),
						errhint("The view pg_timezone_names lists the known ones."),
						err_code("unknown_time_zone"), err_field("time_zone")));
	return zone;
}

/*
 * The moment at which the clocks of a zone first show a time or a later one: where they go back
 * over it, the earlier of two; where they skip it, the moment at which they do.
 */
static TimestampTz
first_shown(Timestamp local, pg_tz *zone)
{
	int64 seconds;
	int64 fraction;
	pg_time_t before;
	pg_time_t boundary;
	pg_time_t start;
	long int offset;
	long int later_offset;
	int is_dst;
	int later_is_dst;
	int found;

	fraction = local % USECS_PER_SEC;
	if (fraction < 0)
		fraction += USECS_PER_SEC;
	seconds = (local - fraction) / USECS_PER_SEC + (int64) UNIX_EPOCH_DAY * -SECS_PER_DAY;

	start = seconds - SECS_PER_DAY;
	found = pg_next_dst_boundary(&start, &offset, &is_dst, &boundary, &later_offset, &later_is_dst,
								 zone);
	if (found < 0)
		moment_out_of_range();
	before = seconds - offset;
	if (found > 0 && before >= boundary)
	{
		if (seconds - later_offset < boundary)
			fraction = 0;
		before = Max(boundary, seconds - later_offset);
	}
	return (before + (int64) UNIX_EPOCH_DAY * SECS_PER_DAY) * USECS_PER_SEC + fraction;
}

/* The same, which must be a moment that a timestamp can hold. */
TimestampTz
moment_in_zone(Timestamp local, pg_tz *zone)
{
	TimestampTz moment;

	if (TIMESTAMP_NOT_FINITE(local))
		return local;
	moment = first_shown(local, zone);
	if (!IS_VALID_TIMESTAMP(moment))
		moment_out_of_range();
	return moment;
}

/* The day of a moment in a zone, where that is remembered. */
static bool
remembered_day(TimestampTz moment, const pg_tz *zone, DateADT *day)
{
	for (int i = 0; i < lengthof(eras); i++)
	{
		const Era *era = &eras[i];
		int64 local;

		if (era->zone != zone || moment < era->since || moment >= era->until)
			continue;
		local = moment + era->offset;
		*day = local / USECS_PER_DAY - (local % USECS_PER_DAY < 0);
		return true;
	}
	return false;
}

/* Remember the era of a moment in a zone. */
static void
remember_era(TimestampTz moment, pg_tz *zone)
{
	pg_time_t start = timestamptz_to_time_t(moment) - 1 - SECS_PER_DAY;
	pg_time_t boundary;
	Era era = {.zone = zone, .since = moment, .until = DT_NOEND};
	long int offset;
	long int later_offset;
	int is_dst;
	int later_is_dst;
	int found = pg_next_dst_boundary(&start, &offset, &is_dst, &boundary, &later_offset,
									 &later_is_dst, zone);

	if (found > 0)
		era.until = time_t_to_timestamptz(boundary);
	if (found < 0 || moment >= era.until)
		return;
	era.offset = offset * USECS_PER_SEC;
	for (int i = 0; i < lengthof(eras); i++)
		if (eras[i].zone == zone && eras[i].until == era.until)
		{
			eras[i].since = Min(eras[i].since, moment);
			return;
		}
	eras[oldest_era] = era;
	oldest_era = (oldest_era + 1) % lengthof(eras);
}

/*
 * The day of a moment in a zone. A day begins at its first moment: where clocks go back over
 * midnight it has begun already, whatever they show.
 */
DateADT
day_in_zone(TimestampTz moment, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t fsec;
	int offset;
	DateADT day;

	if (TIMESTAMP_IS_NOBEGIN(moment))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(moment))
		return DATEVAL_NOEND;
	if (remembered_day(moment, zone, &day))
		return day;
	if (timestamp2tm(moment, &offset, &tm, &fsec, NULL, zone) != 0)
		moment_out_of_range();
	day = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
	if (tm.tm_hour >= LATE_HOUR && moment >= first_shown((day + 1) * USECS_PER_DAY, zone))
		day++;
	remember_era(moment, zone);
	return day;
}

/* The day of a moment in the business's zone. */
DateADT
business_day(TimestampTz moment)
{
	return day_in_zone(moment, business_zone());
}

/* The moment at which a day begins in the business's zone. */
TimestampTz
business_day_start(DateADT day)
{
	Datum midnight = DirectFunctionCall1(date_timestamp, DateADTGetDatum(day));

	return moment_in_zone(DatumGetTimestamp(midnight), business_zone());
}

/* What the clocks of the business show at a moment. */
Timestamp
business_clock(TimestampTz moment)
{
	struct pg_tm tm;
	fsec_t fsec;
	Timestamp local;
	int offset;

	if (TIMESTAMP_NOT_FINITE(moment))
		return moment;
	if (timestamp2tm(moment, &offset, &tm, &fsec, NULL, business_zone()) != 0 ||
		tm2timestamp(&tm, fsec, NULL, &local) != 0)
		moment_out_of_range();
	return local;
}

/* business_date(timestamptz) -> date */
Datum
business_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(business_day(PG_GETARG_TIMESTAMPTZ(0)));
}

/* business_moment(timestamp) -> timestamptz */
Datum
business_moment(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(moment_in_zone(PG_GETARG_TIMESTAMP(0), business_zone()));
}

/* business_moment(timestamp, time_zone text) -> timestamptz */
Datum
zone_moment(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(
		moment_in_zone(PG_GETARG_TIMESTAMP(0), get_zone(text_to_cstring(PG_GETARG_TEXT_PP(1)))));
}

/* business_time(timestamptz) -> timestamp */
Datum
business_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMP(business_clock(PG_GETARG_TIMESTAMPTZ(0)));
}
