/* may_hide_rows: whether row security may hide rows of a table, also for the planner. */
#include "postgres.h"

#include "fields/hidden_rows.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "base/compat.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "rewrite/rowsecurity.h"
#include "settings/tenant.h"
#include "utils/rel.h"
#include "utils/rls.h"

/*
 * Whether row security may hide rows of a table from who asks. A query that reads the table is
 * planned anew for another role, or where the table's row security changes: so it can be planned by
 * the answer.
 */

PG_FUNCTION_INFO_V1(may_hide_rows);
PG_FUNCTION_INFO_V1(may_hide_rows_support);

static bool
may_hide(Oid relid)
{
	return check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED;
}

/* Whether a policy lets all rows be seen, as far as no other limits them. */
bool
shows_all(const RowSecurityPolicy *policy)
{
	const Const *constant = (const Const *) policy->qual;

	return policy->permissive && constant != NULL && IsA(constant, Const) &&
		   !constant->constisnull && DatumGetBool(constant->constvalue);
}

/* Whether a policy may hide rows of the tenant: unless it lets all be seen, or reads that alone. */
static bool
hides_of_tenant(const RowSecurityPolicy *policy, AttrNumber tenant)
{
	Bitmapset *columns = NULL;
	int column;

	if (policy->qual == NULL || shows_all(policy)) /* without one it is about new rows */
		return false;
	pull_varattnos((Node *) policy->qual, 1, &columns);
	return tenant == InvalidAttrNumber || policy->hassublinks ||
		   !bms_get_singleton_member(columns, &column) ||
		   column != tenant - FirstLowInvalidHeapAttributeNumber;
}

/* Whether row security may hide some rows of a table, but for those of other tenants. */
bool
may_hide_of_tenant(Oid relid)
{
	bool result = false;
	Relation rel;
	ListCell *cell;

	if (!may_hide(relid))
		return false;
	rel = table_open(relid, AccessShareLock);
	foreach (cell, rel->rd_rsdesc == NULL ? NIL : rel->rd_rsdesc->policies)
		result = result || hides_of_tenant(lfirst(cell), tenant_column(relid));
	table_close(rel, AccessShareLock);
	return result;
}

/* Whether a query reads a table. */
static bool
reads_table(const Query *query, Oid relid)
{
	ListCell *cell;

	foreach (cell, query->rtable)
	{
		const RangeTblEntry *entry = lfirst(cell);

		if (entry->rtekind == RTE_RELATION && entry->relid == relid)
			return true;
	}
	return false;
}

/* may_hide_rows(relation regclass) -> boolean */
Datum
may_hide_rows(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(may_hide(PG_GETARG_OID(0)));
}

/* may_hide_rows_support(internal) -> internal */
Datum
may_hide_rows_support(PG_FUNCTION_ARGS)
{
	SupportRequestSimplify *request = (SupportRequestSimplify *) PG_GETARG_POINTER(0);
	Node *relation;
	Oid relid;

	if (!IsA(request, SupportRequestSimplify) || request->root == NULL)
		PG_RETURN_POINTER(NULL);
	relation = linitial(request->fcall->args);
	if (!IsA(relation, Const) || ((Const *) relation)->constisnull)
		PG_RETURN_POINTER(NULL);
	relid = DatumGetObjectId(((Const *) relation)->constvalue);
	PG_RETURN_POINTER(
		reads_table(request->root->parse, relid) ? makeBoolConst(may_hide(relid), false) : NULL);
}
