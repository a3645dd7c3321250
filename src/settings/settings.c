#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "settings/calendar.h"
#include "settings/consulted.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(me);
PG_FUNCTION_INFO_V1(default_currency);
PG_FUNCTION_INFO_V1(business_date);
PG_FUNCTION_INFO_V1(business_moment);

static char *user_name;
static char *tenant;
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

/* Policies may read who the user is. */
static void
assign_user_name(const char *newval, void *extra)
{
	if (user_name == NULL || strcmp(newval, user_name) != 0)
		policies_changed();
}

/* So they may read whose data is seen. */
static void
assign_tenant(const char *newval, void *extra)
{
	if (tenant == NULL || strcmp(newval, tenant) != 0)
		policies_changed();
}

/* Define the settings that a session, a role or a database can change. */
void
define_settings(void)
{
	DefineCustomStringVariable("opportunities.user_name", "The application's user.",
							   "Who a change is recorded for and whose private filters count. "
							   "Empty: the current role.",
							   &user_name, "", PGC_USERSET, 0, NULL, assign_user_name, NULL);
	DefineCustomStringVariable("opportunities.tenant", "The tenant whose data is seen and written.",
							   "Where create_crm was called with tenant => true. Empty: none.",
							   &tenant, "", PGC_USERSET, 0, NULL, assign_tenant, NULL);
	DefineCustomStringVariable("opportunities.currency", "The currency of new amounts.",
							   "The default of currency columns. Empty: the one unnamed currency.",
							   &currency, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("opportunities.time_zone", "The time zone that days are counted in.",
							   "Empty: the session's TimeZone.", &time_zone, "", PGC_USERSET, 0,
							   check_time_zone, NULL, NULL);
	define_calendar_settings();
	MarkGUCPrefixReserved("opportunities");
}

/*
 * The application's user, or the current role where the application names none. While a rule or a
 * foreign key acts as the owner of a table, it is whose statement that is.
 */
char *
current_user_name(void)
{
	if (user_name != NULL && *user_name != '\0')
		return user_name;
	return GetUserNameFromId(InNoForceRLSOperation() ? GetOuterUserId() : GetUserId(), false);
}

/* The tenant that is set, or NULL. */
const char *
tenant_name(void)
{
	return tenant == NULL || *tenant == '\0' ? NULL : tenant;
}

/* The time zone of the business. */
static pg_tz *
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

/* The moment at which the clocks of the business show a time. */
static TimestampTz
moment_of(Timestamp local)
{
	struct pg_tm tm = {0};
	fsec_t fsec;
	TimestampTz moment;
	int offset;

	if (TIMESTAMP_NOT_FINITE(local))
		return local;
	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) == 0)
	{
		offset = DetermineTimeZoneOffset(&tm, business_zone());
		if (tm2timestamp(&tm, fsec, &offset, &moment) == 0)
			return moment;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
}

/* The moment at which a day begins in the business's zone. */
TimestampTz
business_day_start(DateADT day)
{
	return moment_of(DatumGetTimestamp(DirectFunctionCall1(date_timestamp, DateADTGetDatum(day))));
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
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return local;
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

/* business_moment(timestamp) -> timestamptz */
Datum
business_moment(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(moment_of(PG_GETARG_TIMESTAMP(0)));
}
