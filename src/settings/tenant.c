/* Tenants: which tables keep them apart, and how our SQL says so. */
#include "postgres.h"

#include "settings/tenant.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
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

/*
 * Whether a relation that no key keeps to tenants says whose its rows are, as a view or a foreign
 * table does: then the setting decides whether they are limited to one tenant.
 */
bool
may_follow_tenant(Oid relid)
{
	return get_attnum(relid, TENANT_COLUMN) > 0 && !has_tenants(relid);
}

/* Whether one is limited so now. */
bool
follows_tenant(Oid relid)
{
	return tenant_name() != NULL && may_follow_tenant(relid);
}

/* Whether a type of integers has the number that a text is. */
static bool
is_integer(const char *text, Oid type)
{
	const char *digits = text + (*text == '-');
	int64 most = type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
	int64 number;

	if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	number = strtoll(text, NULL, 10);
	return errno == 0 && number <= most && number >= -most - 1;
}

/* A tenant must be of the type that a column has. */
static void
check_readable(Oid relid, Oid type, const char *tenant)
{
	bool readable = type == UUIDOID
						? strlen(tenant) == 36 && strspn(tenant, "0123456789abcdefABCDEF-") == 36
						: is_integer(tenant, type);

	if (!readable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" of \"%s\" can't read the tenant that is set", TENANT_COLUMN,
						get_rel_name(relid)),
				 errdetail("Its type is %s.", format_type_be(type)),
				 errhint("SET opportunities.tenant to one of its tenants, or show the column under "
						 "another name, by a view."),
				 err_code("tenant_unreadable"), err_field(TENANT_COLUMN)));
}

/*
 * The session's tenant, in a condition on a relation. Another server is sent the value of a
 * sub-select, but no call that it may not know: all tenants' rows would come from there.
 */
static const char *
tenant_sql(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE
			   ? "(SELECT opportunities.current_tenant())"
			   : "opportunities.current_tenant()";
}

/*
 * Append the condition that a row is of the session's tenant: where the table keeps tenants apart,
 * and of any other relation that says whose its rows are, where a tenant is set.
 */
void
append_tenant(StringInfo sql, Oid relid, const char *alias)
{
	AttrNumber number = get_attnum(relid, TENANT_COLUMN);
	Oid type;

	if (number <= 0 || (tenant_name() == NULL && !has_tenants(relid)))
		return;
	type = getBaseType(get_atttype(relid, number));
	appendStringInfo(sql, " AND %s", sql_column(alias, TENANT_COLUMN));
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
			appendStringInfo(sql, " OPERATOR(pg_catalog.=) %s", tenant_sql(relid));
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case UUIDOID: /* so that an index is of use */
			check_readable(relid, type, session_tenant());
			appendStringInfo(sql, " OPERATOR(pg_catalog.=) %s::%s", tenant_sql(relid),
							 sql_type(type));
			break;
		default:
			appendStringInfo(sql, "::pg_catalog.text OPERATOR(pg_catalog.=) %s", tenant_sql(relid));
	}
}

/* current_tenant() -> text */
Datum
current_tenant(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(session_tenant()));
}
