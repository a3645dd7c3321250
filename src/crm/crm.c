/* create_crm, and the definition that it runs. */
#include "postgres.h"

#include "crm/crm.h"

#include "access/htup_details.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/shard.h"
#include "base/sqltext.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "crm/search_index.h"
#include "executor/spi.h"
#include "fields/source.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(create_crm);

/*
 * Set the search_path until AtEOXact_GUC is called with the level that this returns; an error puts
 * it back as well.
 */
int
set_local_path(const char *path)
{
	int level = NewGUCNestLevel();

	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
							 0, false);
	return level;
}

/*
 * The type of the ids of a schema's pipelines, whose relation is anybody's, or missing; InvalidOid:
 * they are ours.
 */
static const char *
pipeline_key(Oid schema)
{
	static const char *const columns[][2] = {{"pipeline", "id"}, {"opportunity", "pipeline_id"}};

	for (int i = 0; i < lengthof(columns); i++)
	{
		Oid relid = get_relname_relid(columns[i][0], schema);
		AttrNumber number =
			OidIsValid(relid) ? get_attnum(relid, columns[i][1]) : InvalidAttrNumber;

		/* a domain might refuse the NULL that means any */
		if (number != InvalidAttrNumber)
			return sql_type(getBaseType(get_atttype(relid, number)));
	}
	return "bigint";
}

/*
 * The SQL that create_crm runs, with tenants or without: the part that is named, or all of them but
 * those that are asked for. mapped: the schema whose opportunity and pipelines are not ours, or
 * InvalidOid.
 */
char *
crm_definition(const char *part, bool tenants, Oid mapped)
{
	Datum args[3];
	char nulls[3] = {' ', ' ', ' '};

	args[0] = BoolGetDatum(tenants);
	args[1] = CStringGetTextDatum(pipeline_key(mapped));
	args[2] = part == NULL ? (Datum) 0 : CStringGetTextDatum(part);
	if (part == NULL)
		nulls[2] = 'n';
	if (SPI_execute_with_args(
			"SELECT pg_catalog.string_agg(sql, '') "
			"FROM opportunities_internal.crm_definition($1, $2) WHERE CASE WHEN $3 IS NULL "
			"THEN part OPERATOR(pg_catalog.<>) ALL ('{starter," LIVE_PART "}'::pg_catalog.text[]) "
			"ELSE part OPERATOR(pg_catalog.=) $3 END",
			3, (Oid[]){BOOLOID, TEXTOID, TEXTOID}, args, nulls, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "could not read opportunities_internal.crm_definition");
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/* The first table or view of the definition whose name a schema has already; NULL: none. */
static char *
taken_name(Oid schema, const char *definition)
{
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		Node *statement = lfirst_node(RawStmt, cell)->stmt;
		char *name = NULL;

		if (IsA(statement, CreateStmt))
			name = ((CreateStmt *) statement)->relation->relname;
		else if (IsA(statement, ViewStmt))
			name = ((ViewStmt *) statement)->view->relname;
		if (name != NULL && OidIsValid(get_relname_relid(name, schema)))
			return name;
	}
	return NULL;
}

/* Whether a schema has a table with the triggers that create_crm gives it. */
static bool
has_row_trigger(Oid schema, const char *table)
{
	Oid relid = get_relname_relid(table, schema);

	return OidIsValid(relid) && OidIsValid(get_trigger_oid(relid, "zz_row", true));
}

/* Parts that are asked for must be such that stand alone. */
static void
check_parts(List *parts)
{
	ListCell *cell;

	if (parts == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("parts names no part"),
						errhint("Leave it out for all tables."), err_code("unknown_part"),
						err_field("parts")));
	foreach (cell, parts)
	{
		const char *part = lfirst(cell);

		if (strcmp(part, FILTERS_PART) != 0)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("no part \"%s\" can be made alone", part),
							errhint_nearest(part, list_make1(FILTERS_PART)),
							err_code("unknown_part"), err_field("parts")));
	}
}

/* Filters alone go beside the relation that they are for. */
static void
check_relation(const char *name, Oid schema)
{
	Oid relid = OidIsValid(schema) ? get_relname_relid("opportunity", schema) : InvalidOid;

	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA), errmsg("schema \"%s\" does not exist", name),
				 errhint("Filters alone go beside a relation \"opportunity\" that is there."),
				 err_code("unknown_schema"), err_field("schema")));
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("schema \"%s\" has no relation \"opportunity\"", name),
				 errhint("Make a view of that name there, with the standard column names."),
				 err_code("relation_missing"), err_generic_string(PG_DIAG_SCHEMA_NAME, name)));
	(void) open_source(relid);
}

/* The owner of a schema; that of the database where it belongs to whoever owns this. */
Oid
schema_owner(Oid schema)
{
	HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema %u", schema);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (owner != ROLE_PG_DATABASE_OWNER)
		return owner;

	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for database %u", MyDatabaseId);
	owner = ((Form_pg_database) GETSTRUCT(tuple))->datdba;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * A schema that is there already must be one where the tables can be made, and the caller's:
 * another owner could put tables with triggers of his own in the place of ours.
 */
static void
check_schema(const char *name, Oid schema, const char *definition, bool alone)
{
	char *taken = taken_name(schema, definition);
	Oid owner = schema_owner(schema);

	if (has_row_trigger(schema, alone ? "saved_filter" : "opportunity"))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 alone ? errmsg("schema \"%s\" has saved filters already", name)
					   : errmsg("schema \"%s\" has a CRM already", name),
				 errhint("Use it as it is, bring it to this version by upgrade_crm, or choose "
						 "another schema."),
				 err_code("crm_exists"), err_generic_string(PG_DIAG_SCHEMA_NAME, name)));
	if (taken != NULL || owner != GetUserId())
		ereport(
			ERROR,
			(errcode(ERRCODE_DUPLICATE_SCHEMA),
			 alone ? errmsg("schema \"%s\" is not free for saved filters", name)
				   : errmsg("schema \"%s\" exists and is not free for a CRM", name),
			 taken != NULL ? errdetail("It has a table, view or index \"%s\" already.", taken)
						   : errdetail("It belongs to role \"%s\", who could replace the tables.",
									   GetUserNameFromId(owner, false)),
			 taken == NULL ? errhint("Call create_crm as that role, or choose another schema.")
			 : alone	   ? 0
					 : errhint("Choose another schema: create_crm makes one that does not exist."),
			 err_code("schema_exists"), err_generic_string(PG_DIAG_SCHEMA_NAME, name)));
}

/* Citus distributes what is in a schema when that is, and what statements of a client make there.
 */
static void
check_distributed(const char *name)
{
	bool distributed;

	PushActiveSnapshot(GetTransactionSnapshot()); /* the schema may be new */
	distributed = is_distributed_schema(get_namespace_oid(name, false));
	PopActiveSnapshot();
	if (distributed)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("schema \"%s\" is distributed already", name),
						errdetail("Citus would leave the tables of the CRM on this server."),
						errhint("SET citus.enable_schema_based_sharding = off, make the CRM in a "
								"schema that is not distributed, and distribute that."),
						err_code("schema_distributed"), err_field("schema")));
}

/* What is made now must be made in the schema: "$user" means another one on a path. */
static void
check_creation_schema(const char *name)
{
	List *path = fetch_search_path(false);

	if (path == NIL || linitial_oid(path) != get_namespace_oid(name, false))
		ereport(ERROR, (errcode(ERRCODE_INVALID_SCHEMA_NAME),
						errmsg("schema \"%s\" cannot stand on a search_path", name),
						errhint("Choose another name."), err_code("invalid_schema"),
						err_generic_string(PG_DIAG_SCHEMA_NAME, name)));
}

/* create_crm(schema name, parts text[], tenant boolean, starter boolean) -> void */
Datum
create_crm(PG_FUNCTION_ARGS)
{
	bool alone = !PG_ARGISNULL(1);
	bool tenants = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	bool starter = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	const char *name;
	const char *quoted;
	char *definition;
	Oid schema;
	int level;

	need_argument(fcinfo, 0, "schema");
	name = NameStr(*PG_GETARG_NAME(0));
	if (*name == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_SCHEMA_NAME), errmsg("the schema needs a name"),
						err_code("invalid_schema"), err_field("schema")));
	if (creating_extension)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("create_crm cannot be called in an extension's script"),
						errdetail("The tables would belong to that extension."),
						err_code("in_extension_script")));
	if (alone)
		check_parts(text_array(PG_GETARG_ARRAYTYPE_P(1), "parts", MAX_FIELDS));
	if (alone && starter)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("starter fills tables that are not among the parts"),
						errhint("Leave out parts, or starter."), err_code("starter_without_tables"),
						err_field("starter")));

	quoted = quote_identifier(name);

	SPI_connect();
	schema = get_namespace_oid(name, true);
	if (alone)
		check_relation(name, schema);
	definition = crm_definition(alone ? FILTERS_PART : NULL, tenants, alone ? schema : InvalidOid);
	if (OidIsValid(schema))
		check_schema(name, schema, definition, alone);
	else
		(void) run_sql(psprintf("CREATE SCHEMA %s", quoted));
	check_distributed(name);

	level = set_local_path(psprintf("%s, pg_temp", quoted));
	plan_without("jit");
	check_creation_schema(name);
	(void) run_sql(definition);
	/* where a CRM lost its filters they are part of it again */
	if (alone && has_row_trigger(get_namespace_oid(name, false), "opportunity"))
		(void) run_sql(crm_definition("views", tenants, InvalidOid));
	if (starter)
		(void) run_sql(crm_definition("starter", tenants, InvalidOid));
	if (!alone)
		make_search_indexes(get_namespace_oid(name, false));
	AtEOXact_GUC(true, level);
	SPI_finish();
	PG_RETURN_VOID();
}
