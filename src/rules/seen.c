#include "postgres.h"

#include "rules/seen.h"

#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/*
 * Rules read the rows that a new row refers to as the owner of the tables, before row security
 * looks at the new one. So their errors tell about such a row only where the user sees it; else it
 * isn't there.
 */

/* Whether the user sees a row of a table beside the trigger's. */
static bool
user_sees(TriggerData *trigger, const char *table, int64 id)
{
	Oid relid = get_relname_relid(table, RelationGetNamespace(trigger->tg_relation));
	Datum arg = Int64GetDatum(id);
	StringInfoData sql;
	bool sees;

	if (!OidIsValid(relid) || pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM %s AS r WHERE r.id OPERATOR(pg_catalog.=) $1",
					 sql_relation(relid));
	append_tenant(&sql, relid, "r");
	SPI_connect();
	if (SPI_execute_with_args(sql.data, 1, (Oid[]){INT8OID}, &arg, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for a row of \"%s\"", table);
	sees = SPI_processed > 0;
	SPI_finish();
	return sees;
}

/* A row that another refers to isn't there, as far as the user can see. */
void
refuse_missing(TriggerData *trigger, const char *table, int64 id, const char *code,
			   const char *field)
{
	ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					errmsg("%s %lld does not exist", table, (long long) id),
					errdetail("It is not in \"%s\", or you may not see it.", table),
					errtable(trigger->tg_relation), err_code(code), err_field(field)));
}

/* The same before an error that tells about the row, unless the user sees it. */
void
refuse_unseen(TriggerData *trigger, const char *table, int64 id, const char *code,
			  const char *field)
{
	if (!user_sees(trigger, table, id))
		refuse_missing(trigger, table, id, code, field);
}
