/* Whether a user is above another in app_user. */
#include "postgres.h"

#include "triggers/manager.h"

#include "catalog/pg_type.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* UNION, so that people who are each other's manager are no endless chain. */
static const OwnerQuery above = {
	.table = "app_user",
	.sql = "WITH RECURSIVE above (login) AS ("
		   "SELECT u.manager FROM %1$s AS u WHERE {=}u.login OPERATOR(pg_catalog.=) $1 UNION "
		   "SELECT u.manager FROM above AS a JOIN %1$s AS u ON {=}u.login OPERATOR(pg_catalog.=) "
		   "a.login) "
		   "SELECT true FROM above WHERE login OPERATOR(pg_catalog.=) $2 LIMIT 1",
	.nargs = 2,
	.args = {TEXTOID, TEXTOID},
	.nresults = 1,
	.results = {{BOOLOID}},
};

/* Whether a user is above another one, as the table app_user has it, where there is one. */
bool
manages(TriggerData *trigger, const char *manager, Datum user)
{
	Oid schema = get_rel_namespace(home_table(trigger->tg_relation));
	Datum args[] = {user, CStringGetTextDatum(manager)};
	Datum value;
	bool isnull;

	return OidIsValid(get_relname_relid(above.table, schema)) &&
		   owner_query(trigger, &above, args, &value, &isnull);
}
