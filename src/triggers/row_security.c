/* What nobody may write, refused before anything is looked up for it. */
#include "postgres.h"

#include "triggers/row_security.h"

#include "base/errors.h"
#include "fmgr.h"
#include "settings/tenant.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

/*
 * A trigger sees a new row before row security does, and looks things up for it as the owner of the
 * tables. So what nobody may write is refused here, before anything is looked up, and by the table
 * that a partition belongs to: else errors would tell what stands behind it.
 */

PG_FUNCTION_INFO_V1(keep_key);

/* A row is of the session's tenant, where row security applies to who writes: in core's words. */
static void
check_tenant(const Row *row, Oid table, AttrNumber number)
{
	if (check_enable_rls(table, InvalidOid, true) != RLS_ENABLED ||
		(!row->nulls[number - 1] &&
		 strcmp(TextDatumGetCString(row->values[number - 1]), session_tenant()) == 0))
		return;
	ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					errmsg("new row violates row-level security policy for table \"%s\"",
						   get_rel_name(table))));
}

/* What a row is known by, here and in history, stays. */
static void
check_key(const Row *row, const char *column, AttrNumber number)
{
	if (!row_differs(row, number - 1))
		return;
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					errmsg("%s of a row of table \"%s\" cannot change", column,
						   get_rel_name(home_table(row->rel))),
					errhint("Insert another row, and delete this one."), errtable(row->rel),
					err_code("key_fixed"), err_field(column)));
}

/* Refuse a row that an INSERT or UPDATE may not make, whatever else is in it. */
void
check_written_row(const Row *row)
{
	Oid relid = RelationGetRelid(row->rel);
	Oid table = home_table(row->rel);
	AttrNumber id = get_attnum(relid, "id");
	AttrNumber tenant = has_tenants(table) ? get_attnum(relid, TENANT_COLUMN) : InvalidAttrNumber;

	if (tenant != InvalidAttrNumber)
		check_tenant(row, table, tenant);
	if (row->is_insert)
		return;
	if (tenant != InvalidAttrNumber)
		check_key(row, TENANT_COLUMN, tenant);
	if (id != InvalidAttrNumber)
		check_key(row, "id", id);
}

/* keep_key() -> trigger */
Datum
keep_key(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_key", BEFORE_ROW, ON_INSERT | ON_UPDATE};
	Row row = open_row(fcinfo, &use);

	PG_RETURN_POINTER(close_row(&row));
}
