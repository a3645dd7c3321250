/* check_crm: rollups of the opportunities, against the rows. */
#include "postgres.h"

#include "access/relation.h"
#include "crm/check.h"
#include "fields/link.h"
#include "miscadmin.h"
#include "rollup/rollup_check.h"
#include "rollup/rollup_shape.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Tell what check_rollup does. */
static void
tell_rollup(void *arg, Oid table, const char *group, const char *problem)
{
	Check *check = arg;

	if (group == NULL)
		report_problem(check, "rollup_unused", get_rel_name(table), NULL, problem);
	else
		report_problem(check, "rollup_differs", get_rel_name(table), group, problem);
}

/* Check the rollups of the opportunities. All rows are read for it, whoever may see them. */
void
check_kept_totals(Check *check)
{
	Oid relid = get_relname_relid("opportunity", check->schema);
	Relation rel = OidIsValid(relid) ? try_relation_open(relid, AccessShareLock) : NULL;

	if (rel == NULL)
		return;
	if (rollup_shapes(rel)->count == 0)
		;
	else if (has_privs_of_role(GetUserId(), relation_owner(relid)))
		check_rollups(rel, tell_rollup, check);
	else
		ereport(NOTICE, (errmsg("rollups of table \"opportunity\" are not checked"),
						 errhint("Let role \"%s\" check them.",
								 GetUserNameFromId(relation_owner(relid), false))));
	relation_close(rel, AccessShareLock);
}
