/* Tables of settings beside a relation: most hold no rows, and needn't be asked. */
#include "postgres.h"

#include "fields/settings_rows.h"

#include "access/relation.h"
#include "base/citus.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "settings/reading.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/*
 * A table without a page holds none. The pages of a distributed table are elsewhere, so there all
 * of them are asked at once.
 */
static const char *const tables[] = {"app_user", "choice",	   "custom_field",
									 "label",	 "saved_view", "stage_transition"};

/* Which of them hold rows, as far as they were asked. */
static struct
{
	Reading reading;
	Oid schema;
	bool holds[lengthof(tables)];
} answer;

/* Append whether a table holds rows; what can't be asked may. */
static void
append_question(StringInfo sql, Oid schema, const char *name)
{
	Oid relid = get_relname_relid(name, schema);

	if (!OidIsValid(relid) || get_rel_relkind(relid) != RELKIND_RELATION ||
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK ||
		(tenant_name() == NULL && has_tenants(relid)))
	{
		appendStringInfoString(sql, "true");
		return;
	}
	appendStringInfo(sql, "EXISTS (SELECT FROM %s AS s WHERE true", sql_relation(relid));
	append_tenant(sql, relid, "s");
	appendStringInfoChar(sql, ')');
}

/* Ask all tables of a schema. */
static void
ask_tables(Oid schema)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < lengthof(tables); i++)
	{
		appendStringInfoString(&sql, i == 0 ? "SELECT " : ", ");
		append_question(&sql, schema, tables[i]);
	}
	answer.schema = InvalidOid;
	answer.reading = current_reading();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	(void) run_query(sql.data);
	for (int i = 0; i < lengthof(tables); i++)
	{
		bool isnull;

		answer.holds[i] = DatumGetBool(
			SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &isnull));
	}
	SPI_finish();
	answer.schema = schema;
}

/* The same where other servers have the rows. */
static bool
may_hold_elsewhere(Oid relid)
{
	Oid schema = get_rel_namespace(relid);
	const char *name = get_rel_name(relid);

	for (int i = 0; i < lengthof(tables); i++)
	{
		if (strcmp(name, tables[i]) != 0)
			continue;
		if (answer.schema != schema || !is_current_reading(&answer.reading))
			ask_tables(schema);
		return answer.holds[i];
	}
	return true;
}

/* Whether a table may hold rows. */
bool
may_hold_rows(Oid relid)
{
	Relation relation;
	bool empty;

	if (on_citus())
		return may_hold_elsewhere(relid);
	relation = relation_open(relid, AccessShareLock);
	empty =
		relation->rd_rel->relkind == RELKIND_RELATION && RelationGetNumberOfBlocks(relation) == 0;
	relation_close(relation, NoLock);
	return !empty;
}
