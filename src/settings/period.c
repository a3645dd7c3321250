/* Periods: the standard date literals and their bounds. */
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/fold.h"
#include "fmgr.h"
#include "settings/clock.h"
#include "settings/moment.h"
#include "settings/period.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

/* The largest n of LAST_N_DAYS:n and its like. */
#define MAX_COUNT 10000

PG_FUNCTION_INFO_V1(period_start);
PG_FUNCTION_INFO_V1(period_end);
PG_FUNCTION_INFO_V1(period_of);
PG_FUNCTION_INFO_V1(relative_moment);

/* A date literal; with a number n its bounds are n times a factor plus a constant. */
typedef struct PeriodShape
{
	const char *name;
	CalendarUnit unit;
	bool counted;
	int from_factor;
	int from;
	int to_factor;
	int to;
} PeriodShape;

#define PLAIN(name, unit, from, to)       \
	{                                     \
		name, unit, false, 0, from, 0, to \
	}
#define COUNTED(name, unit, from_factor, from, to_factor, to)   \
	{                                                           \
		name ":n", unit, true, from_factor, from, to_factor, to \
	}

#define PERIODS_OF(name, unit)                                                           \
	PLAIN("THIS_" name, unit, 0, 1), PLAIN("LAST_" name, unit, -1, 0),                   \
		PLAIN("NEXT_" name, unit, 1, 2), COUNTED("LAST_N_" name "S", unit, -1, 0, 0, 0), \
		COUNTED("NEXT_N_" name "S", unit, 0, 1, 1, 1),                                   \
		COUNTED("N_" name "S_AGO", unit, -1, 0, -1, 1)

static const PeriodShape shapes[] = {
	PLAIN("TODAY", UNIT_DAY, 0, 1),
	PLAIN("YESTERDAY", UNIT_DAY, -1, 0),
	PLAIN("TOMORROW", UNIT_DAY, 1, 2),
	PLAIN("LAST_90_DAYS", UNIT_DAY, -90, 1),
	PLAIN("NEXT_90_DAYS", UNIT_DAY, 1, 91),
	COUNTED("LAST_N_DAYS", UNIT_DAY, -1, 0, 0, 1), /* unlike other units, with the present one */
	COUNTED("NEXT_N_DAYS", UNIT_DAY, 0, 1, 1, 1),
	COUNTED("N_DAYS_AGO", UNIT_DAY, -1, 0, -1, 1),
	PERIODS_OF("WEEK", UNIT_WEEK),
	PERIODS_OF("MONTH", UNIT_MONTH),
	PERIODS_OF("QUARTER", UNIT_QUARTER),
	PERIODS_OF("YEAR", UNIT_YEAR),
	PERIODS_OF("FISCAL_QUARTER", UNIT_FISCAL_QUARTER),
	PERIODS_OF("FISCAL_YEAR", UNIT_FISCAL_YEAR),
};

/* Read the number of a period: digits alone, up to MAX_COUNT. */
static bool
parse_count(const char *text, int *count)
{
	const char *digits = ascii_digits(text);

	*count = 0;
	if (*digits == '\0')
		return false;
	for (; *digits != '\0'; digits++)
	{
		if (*digits < '0' || *digits > '9')
			return false;
		*count = *count * 10 + (*digits - '0');
		if (*count > MAX_COUNT)
			return false;
	}
	return true;
}

/* The date literal of a name, whatever its number; NULL: there is none. */
static const PeriodShape *
find_shape(const char *text)
{
	const char *colon = strchr(text, ':');
	size_t length = colon != NULL ? colon - text : strlen(text);

	for (int i = 0; i < lengthof(shapes); i++)
	{
		const char *name = shapes[i].name;
		size_t name_length = strlen(name) - (shapes[i].counted ? strlen(":n") : 0);

		if (length == name_length && pg_strncasecmp(text, name, length) == 0 &&
			(shapes[i].counted || colon == NULL))
			return &shapes[i];
	}
	return NULL;
}

/* Read a period; false: it is not one. */
bool
parse_period(const char *text, Period *period)
{
	const PeriodShape *shape = find_shape(text);
	const char *colon = strchr(text, ':');
	int count = 0;

	if (shape == NULL || (shape->counted && (colon == NULL || !parse_count(colon + 1, &count))))
		return false;
	period->unit = shape->unit;
	period->from = shape->from_factor * count + shape->from;
	period->to = shape->to_factor * count + shape->to;
	return true;
}

/* The names of all periods. */
List *
period_names(void)
{
	List *names = NIL;

	for (int i = 0; i < lengthof(shapes); i++)
		names = lappend(names, unconstify(char *, shapes[i].name));
	return names;
}

/* Read a period that a user gave. */
static Period
get_period(const char *text)
{
	Period period;

	if (!parse_period(text, &period))
	{
		const PeriodShape *shape = find_shape(text);

		if (shape == NULL)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("period \"%s\" is not known", text),
							errhint_nearest(asc_toupper(text, strlen(text)), period_names()),
							err_code("unknown_period"), err_field("period")));
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("period \"%s\" has no valid number", text),
				 errhint("Write %s with a number from 0 to %d for n.", shape->name, MAX_COUNT),
				 err_code("invalid_period_number"), err_field("period")));
	}
	return period;
}

/* A unit and one of its days: "quarter 2026-04-01". False: it isn't written so. */
static bool
unit_and_day(const char *text, CalendarUnit *unit, DateADT *day)
{
	const char *space = strchr(text, ' ');
	Moment moment;
	MomentProblem problem;

	if (space == NULL)
		return false;
	*unit = get_unit(pnstrdup(text, space - text));
	if (!read_moment(space + 1, NULL, &moment, &problem) || moment.timed ||
		DATE_NOT_FINITE(moment.day))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("period \"%s\" names no day", text),
						errhint("Write the %.*s and one of its days, as of the Gregorian calendar: "
								"%.*s 2026-04-01.",
								(int) (space - text), text, (int) (space - text), text),
						err_code("unknown_period"), err_field("period")));
	*day = moment.day;
	return true;
}

/*
 * The first day of a period and the day after its last: of a date literal, counted from a day, or
 * of a unit and one of its days.
 */
void
period_days(const char *text, DateADT today, DateADT *first_day, DateADT *end)
{
	Period period = {.to = 1};
	Reckoning reckoning = reckoning_in(current_calendar());

	if (DATE_NOT_FINITE(today))
		date_out_of_range();
	if (!unit_and_day(text, &period.unit, &today))
		period = get_period(text);
	*first_day = period_first_day(period.unit, today, period.from, &reckoning);
	*end = period_first_day(period.unit, today, period.to, &reckoning);
}

/* The day of the week that a user gave. */
static int
get_week_day(const char *name)
{
	int day;

	if (!find_week_day(name, &day))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("day \"%s\" of the week is not known", name),
						errhint_nearest(asc_tolower(name, strlen(name)), week_day_names()),
						err_code("unknown_week_day"), err_field("week_start")));
	return day;
}

/* One bound of a period: the arguments are those of period_start and period_end. */
static Datum
period_bound(FunctionCallInfo fcinfo, bool end)
{
	Period period;
	pg_tz *zone;
	DateADT today;
	Reckoning reckoning;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();

	period = get_period(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	zone = PG_ARGISNULL(3) ? business_zone() : get_zone(text_to_cstring(PG_GETARG_TEXT_PP(3)));
	today = PG_ARGISNULL(1) ? day_in_zone(GetCurrentTransactionStartTimestamp(), zone)
							: PG_GETARG_DATEADT(1);
	reckoning = reckoning_in(calendar_argument(fcinfo, 2));
	if (!PG_ARGISNULL(4))
		reckoning.week_start = get_week_day(text_to_cstring(PG_GETARG_TEXT_PP(4)));
	if (!PG_ARGISNULL(5))
		reckoning.fiscal_year_start = PG_GETARG_INT32(5);
	PG_RETURN_DATEADT(
		period_first_day(period.unit, today, end ? period.to : period.from, &reckoning));
}

/*
 * period_start(period text, today date, calendar text, time_zone text, week_start text,
 * fiscal_year_start integer) -> date
 */
Datum
period_start(PG_FUNCTION_ARGS)
{
	return period_bound(fcinfo, false);
}

/*
 * period_end(period text, today date, calendar text, time_zone text, week_start text,
 * fiscal_year_start integer) -> date
 */
Datum
period_end(PG_FUNCTION_ARGS)
{
	return period_bound(fcinfo, true);
}

/* What period_of read last, since the rows of a statement mostly say the same. */
typedef struct PeriodCall
{
	CalendarUnit unit;
	Calendar *calendar;
	char unit_name[NAMEDATALEN];
	char calendar_name[NAMEDATALEN];
} PeriodCall;

/* Read the arguments besides the day, unless they are those of the last call. */
static PeriodCall *
period_call(FunctionCallInfo fcinfo)
{
	FmgrInfo *flinfo = fcinfo->flinfo;
	PeriodCall *call = flinfo->fn_extra;
	char unit_name[NAMEDATALEN];
	char name[NAMEDATALEN];

	text_to_cstring_buffer(PG_GETARG_TEXT_PP(0), unit_name, NAMEDATALEN);
	if (PG_ARGISNULL(2))
		strlcpy(name, calendar_name(), NAMEDATALEN);
	else
		text_to_cstring_buffer(PG_GETARG_TEXT_PP(2), name, NAMEDATALEN);
	if (call != NULL && strcmp(call->unit_name, unit_name) == 0 &&
		strcmp(call->calendar_name, name) == 0)
		return call;

	if (call == NULL)
		call = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(PeriodCall));
	call->unit_name[0] = '\0';
	call->unit = get_unit(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	call->calendar = calendar_argument(fcinfo, 2);
	strlcpy(call->unit_name, unit_name, NAMEDATALEN);
	strlcpy(call->calendar_name, name, NAMEDATALEN);
	flinfo->fn_extra = call;
	return call;
}

/* period_of(unit text, day date, calendar text) -> date */
Datum
period_of(PG_FUNCTION_ARGS)
{
	PeriodCall *call;
	Reckoning reckoning;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();

	call = period_call(fcinfo);
	reckoning = reckoning_in(call->calendar);
	PG_RETURN_DATEADT(period_first_day(call->unit, PG_GETARG_DATEADT(1), 0, &reckoning));
}

static const struct
{
	const char *name;
	CalendarUnit unit;
	bool end;
} anchors[] = {{"startOfDay", UNIT_DAY, false},		{"endOfDay", UNIT_DAY, true},
			   {"startOfWeek", UNIT_WEEK, false},	{"endOfWeek", UNIT_WEEK, true},
			   {"startOfMonth", UNIT_MONTH, false}, {"endOfMonth", UNIT_MONTH, true},
			   {"startOfYear", UNIT_YEAR, false},	{"endOfYear", UNIT_YEAR, true}};

/* The names of anchors, which are those of @react-querybuilder/datetime. */
List *
anchor_names(void)
{
	List *names = list_make1("now");

	for (int i = 0; i < lengthof(anchors); i++)
		names = lappend(names, unconstify(char *, anchors[i].name));
	return names;
}

/* What the business's clocks show at an anchor. */
static Timestamp
anchor_time(const char *name)
{
	Timestamp now = business_clock(GetCurrentTransactionStartTimestamp());
	Reckoning reckoning = reckoning_in(get_calendar("gregorian"));

	if (strcmp(name, "now") == 0)
		return now;
	for (int i = 0; i < lengthof(anchors); i++)
	{
		DateADT day;
		Timestamp time;

		if (strcmp(name, anchors[i].name) != 0)
			continue;
		day = period_first_day(
			anchors[i].unit,
			DatumGetDateADT(DirectFunctionCall1(timestamp_date, TimestampGetDatum(now))),
			anchors[i].end ? 1 : 0, &reckoning);
		time = DatumGetTimestamp(DirectFunctionCall1(date_timestamp, DateADTGetDatum(day)));
		return anchors[i].end ? time - 1 : time;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("anchor \"%s\" is not known", name),
			 errhint_nearest(name, anchor_names()), err_code("unknown_anchor"),
			 err_field("anchor")));
}

/* relative_moment(anchor text, span interval) -> timestamp */
Datum
relative_moment(PG_FUNCTION_ARGS)
{
	Timestamp time = anchor_time(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	return DirectFunctionCall2(timestamp_pl_interval, TimestampGetDatum(time), PG_GETARG_DATUM(1));
}
