/* Tenants: which tables keep them apart, and how our SQL says so. */
#include "postgres.h"

#include "settings/tenant.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(current_tenant);
PG_FUNCTION_INFO_V1(expand_tenants_sql);

/* Append what a mark stands for where there are tenants. Returns false where it is none. */
static bool
append_mark(StringInfo result, const char *mark, int parameter)
{
	const char *equals = strchr(mark, '=');
	const char *dot = strchr(mark, '.');

	if (strcmp(mark, "tenant") == 0)
		appendStringInfoString(result, TENANT_COLUMN ", ");
	else if (dot != NULL && strcmp(dot, ".tenant") == 0)
		appendStringInfo(result, "%.*s." TENANT_COLUMN ", ", (int) (dot - mark), mark);
	else if (strcmp(mark, "tenant_id") == 0)
		appendStringInfoString(result, TENANT_COLUMN " pg_catalog.text NOT NULL "
													 "DEFAULT opportunities.current_tenant(),");
	else if (strcmp(mark, "value") == 0)
		appendStringInfo(result, "$%d, ", parameter);
	else if (strcmp(mark, "=") == 0)
		appendStringInfo(result, TENANT_COLUMN " OPERATOR(pg_catalog.=) $%d AND ", parameter);
	else if (equals != NULL)
	{
		appendStringInfo(result, "%.*s." TENANT_COLUMN " OPERATOR(pg_catalog.=) ",
						 (int) (equals - mark), mark);
		if (equals[1] == '\0')
			appendStringInfoString(result, "opportunities.current_tenant() AND ");
		else
			appendStringInfo(result, "%s." TENANT_COLUMN " AND ", equals + 1);
	}
	else
		return false;
	return true;
}

/* SQL for tables with tenants or without; parameter is the number of the one that is the tenant. */
char *
expand_tenants(const char *sql, bool tenants, int parameter)
{
	static const char *const known = "abcdefghijklmnopqrstuvwxyz_=.";
	StringInfoData result;
	const char *open;

	initStringInfo(&result);
	while ((open = strchr(sql, '{')) != NULL)
	{
		size_t length = strspn(open + 1, known);
		int before;

		appendBinaryStringInfo(&result, sql, open - sql);
		before = result.len;
		if (length > 0 && open[length + 1] == '}' &&
			append_mark(&result, pnstrdup(open + 1, length), parameter))
		{
			if (!tenants)
				result.len = before;
			sql = open + length + 2;
		}
		else
		{
			appendStringInfoChar(&result, '{');
			sql = open + 1;
		}
	}
	appendStringInfoString(&result, sql);
	return result.data;
}

/* expand_tenants(sql text, tenants boolean) -> text */
Datum
expand_tenants_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(
		expand_tenants(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_BOOL(1), 0)));
}

/*
 * The column of the tenant, where a table keeps tenants apart: its primary key begins with it. Else
 * an invalid number.
 */
AttrNumber
tenant_column(Oid relid)
{
	AttrNumber tenant = get_attnum(relid, TENANT_COLUMN);
	Relation rel;
	Oid key;
	HeapTuple tuple;
	bool first;

	if (tenant == InvalidAttrNumber || get_atttype(relid, tenant) != TEXTOID)
		return InvalidAttrNumber;
	rel = RelationIdGetRelation(relid);
	if (rel == NULL)
		return InvalidAttrNumber;
	key = primary_key_index(rel);
	RelationClose(rel);

	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(key));
	if (!HeapTupleIsValid(tuple))
		return InvalidAttrNumber;
	first = ((Form_pg_index) GETSTRUCT(tuple))->indkey.values[0] == tenant;
	ReleaseSysCache(tuple);
	return first ? tenant : InvalidAttrNumber;
}

/* Whether a table keeps tenants apart. */
bool
has_tenants(Oid relid)
{
	return tenant_column(relid) != InvalidAttrNumber;
}

/* The tenant that the session works for. */
const char *
session_tenant(void)
{
	const char *name = tenant_name();

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("no tenant is set"),
				 errdetail("The tables of this schema keep tenants apart."),
				 errhint("SET opportunities.tenant to the tenant that you work for."),
				 err_code("tenant_unset"), err_field(TENANT_COLUMN)));
	return name;
}

/* Append the condition that a row is of the session's tenant, where the table has tenants. */
void
append_tenant(StringInfo sql, Oid relid, const char *alias)
{
	if (has_tenants(relid))
		appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.=) opportunities.current_tenant()",
						 sql_column(alias, TENANT_COLUMN));
}

/* current_tenant() -> text */
Datum
current_tenant(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(session_tenant()));
}
