/* The settings of a session, and who its user is. */
#include "postgres.h"

#include "base/compat.h"
#include "base/error_detail.h"
#include "base/errors.h"
#include "base/limits.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "settings/calendar.h"
#include "settings/calendar_text.h"
#include "settings/currency.h"
#include "settings/plan_dependency.h"
#include "settings/settings.h"
#include "settings/test_database.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(me);

static char *user_name;
static bool require_user_name;
static char *tenant;
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

/* A user's or a tenant's name becomes part of keys. */
static bool
check_name(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || strlen(*newval) <= MAX_NAME_BYTES)
		return true;

	GUC_check_errdetail("It has more than %d bytes.", MAX_NAME_BYTES);
	return false;
}

/* Policies may read who the user is. */
static void
assign_user_name(const char *newval, void *extra)
{
	if (user_name == NULL || strcmp(newval, user_name) != 0)
		policies_changed();
}

/* So they do where nobody is named. */
static void
assign_require_user_name(bool newval, void *extra)
{
	if (newval != require_user_name)
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
							   &user_name, "", PGC_USERSET, 0, check_name, assign_user_name, NULL);
	DefineCustomBoolVariable("opportunities.require_user_name",
							 "Whether it is an error that opportunities.user_name is empty.",
							 "Off: the user is then the current role.", &require_user_name, false,
							 PGC_USERSET, 0, NULL, assign_require_user_name, NULL);
	DefineCustomStringVariable("opportunities.tenant", "The tenant whose data is seen and written.",
							   "Where create_crm was called with tenant => true. Empty: none.",
							   &tenant, "", PGC_USERSET, 0, check_name, assign_tenant, NULL);
	define_currency_settings();
	DefineCustomStringVariable("opportunities.time_zone", "The time zone that days are counted in.",
							   "Empty: the session's TimeZone.", &time_zone, "", PGC_USERSET, 0,
							   check_time_zone, NULL, NULL);
	define_calendar_settings();
	define_language_setting();
	define_error_detail();
	define_test_database_setting();
	MarkGUCPrefixReserved("opportunities");
}

/* Whether the session names its user, which it must where that is required. */
bool
names_user(void)
{
	if (user_name != NULL && *user_name != '\0')
		return true;
	if (require_user_name)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no user is set"),
						errdetail("opportunities.require_user_name asks for one."),
						errhint("SET opportunities.user_name to the user that you work for."),
						err_code("user_unset"), err_field("user_name")));
	return false;
}

/*
 * The application's user, or the current role where the application names none. While a trigger or
 * a foreign key acts as the owner of a table, it is whose statement that is.
 */
char *
current_user_name(void)
{
	if (names_user())
		return user_name;
	return GetUserNameFromId(InNoForceRLSOperation() ? GetOuterUserId() : GetUserId(), false);
}

/*
 * Whether that user, of the server, has the rights of a role without SET ROLE, as row security
 * takes the roles of policies.
 */
bool
is_of_role(const char *role)
{
	Oid oid = get_role_oid(role, true);

	return OidIsValid(oid) &&
		   has_privs_of_role(InNoForceRLSOperation() ? GetOuterUserId() : GetUserId(), oid);
}

/*
 * Whom stamps and the history name. In a SECURITY DEFINER function the current role is its owner,
 * and what triggers write from there is written as the owner of the tables; but one user did it
 * all.
 */
char *
stamp_user_name(void)
{
	if (names_user())
		return user_name;
	return GetUserNameFromId(GetOuterUserId(), false);
}

/* The tenant that is set, or NULL. */
const char *
tenant_name(void)
{
	return tenant == NULL || *tenant == '\0' ? NULL : tenant;
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

/* me() -> text */
Datum
me(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(current_user_name()));
}
