/* Citus, an extension that spreads tables over servers: whether it plans, and what it must see. */
#include "postgres.h"

#include "base/citus.h"

#include "commands/extension.h"
#include "nodes/parsenodes.h"
#include "utils/guc.h"

/* Whether the database has Citus. */
bool
on_citus(void)
{
	return GetConfigOption("citus.version", true, false) != NULL &&
		   OidIsValid(get_extension_oid("citus", true));
}

/*
 * Options of a cursor whose plan is made once, for any values of its parameters. Citus chooses
 * servers by the values, so that there each call is planned with them.
 */
int
for_any_values(int options)
{
	return on_citus() ? options : options | CURSOR_OPT_GENERIC_PLAN;
}
