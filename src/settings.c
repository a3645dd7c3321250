#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(me);
PG_FUNCTION_INFO_V1(default_currency);
PG_FUNCTION_INFO_V1(business_date);

static char *user_name;
static char *currency;
static char *time_zone;

/* A time zone must be one that the server knows. */
static bool
check_time_zone(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || **newval == '\0' || pg_tzset(*newval) != NULL)
		return true;

	GUC_check_errdetail("Time zone \"%s\" is not known to the server.", *newval);
	GUC_check_errhint("The view pg_timezone_names lists the known ones.");
	return false;
}

/* Define the settings that a session, a role or a database can change. */
void
define_settings(void)
{
	DefineCustomStringVariable("opportunities.user_name", "The application's user.",
							   "Who a change is recorded for and whose private filters count. "
							   "Empty: the current role.",
							   &user_name, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("opportunities.currency", "The currency of new amounts.",
							   "The default of currency columns. Empty: the one unnamed currency.",
							   &currency, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("opportunities.time_zone", "The time zone that days are counted in.",
							   "Empty: the session's TimeZone.", &time_zone, "", PGC_USERSET, 0,
							   check_time_zone, NULL, NULL);
	MarkGUCPrefixReserved("opportunities");
}

/* The application's user, or the current role where the application names none. */
char *
current_user_name(void)
{
	if (user_name != NULL && *user_name != '\0')
		return user_name;
	return GetUserNameFromId(GetUserId(), false);
}

/* The time zone of the business. */
pg_tz *
business_zone(void)
{
	pg_tz *zone = NULL;

	if (time_zone != NULL && *time_zone != '\0')
		zone = pg_tzset(time_zone);
	return zone != NULL ? zone : session_timezone;
}

/* The day of a moment in the business's zone. */
DateADT
business_day(TimestampTz moment)
{
	struct pg_tm tm;
	fsec_t fsec;
	int offset;

	if (TIMESTAMP_IS_NOBEGIN(moment))
		return DATEVAL_NOBEGIN;
	if (TIMESTAMP_IS_NOEND(moment))
		return DATEVAL_NOEND;
	if (timestamp2tm(moment, &offset, &tm, &fsec, NULL, business_zone()) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/* The moment at which a day begins in the business's zone. */
TimestampTz
business_day_start(DateADT day)
{
	struct pg_tm tm = {0};
	TimestampTz moment;
	int offset;

	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return DT_NOEND;
	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	offset = DetermineTimeZoneOffset(&tm, business_zone());
	if (tm2timestamp(&tm, 0, &offset, &moment) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return moment;
}

/* me() -> text */
Datum
me(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(current_user_name()));
}

/* default_currency() -> text */
Datum
default_currency(PG_FUNCTION_ARGS)
{
	if (currency == NULL || *currency == '\0')
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(currency));
}

/* business_date(timestamptz) -> date */
Datum
business_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(business_day(PG_GETARG_TIMESTAMPTZ(0)));
}
