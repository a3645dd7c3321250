/* upgrade_crm: brings a schema that create_crm made to the version of the extension. */
#include "postgres.h"

#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "base/version.h"
#include "commands/extension.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "crm/defined_version.h"
#include "crm/mend.h"
#include "crm/own_name.h"
#include "crm/search_index.h"
#include "crm/upgrade_step.h"
#include "executor/spi.h"
#include "fields/link.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(upgrade_crm);

/* The last version in which fold() gives other texts: an index over them is built anew. */
#define FOLD_VERSION "0.1.0"

/* The owner of the tables, which must be one, the schema's too, whom the caller may act as. */
static void
find_crm_owner(Check *check)
{
	ListCell *cell;
	Oid schema = schema_owner(check->schema);

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;
		Oid relid;

		if (!IsA(statement, CreateStmt))
			continue;
		relid = get_relname_relid(statement->relation->relname, check->schema);
		if (!OidIsValid(relid))
			continue;
		check->owner = need_owner(check, relid);
		if (check->owner != schema)
			refuse_upgrade(check, psprintf("The owner of %s is %s, that of the schema is %s.",
										   object_name(check, statement->relation->relname),
										   GetUserNameFromId(check->owner, false),
										   GetUserNameFromId(schema, false)));
	}
}

/* A schema that a later version made is not for this one. */
static void
refuse_later(const Check *check)
{
	if (check->made_by != NULL && is_earlier_version(defined_version(check), check->made_by))
		ereport(
			ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("schema \"%s\" was made by version %s, the extension is of %s",
					check->schema_name, check->made_by, defined_version(check)),
			 errhint("Run ALTER EXTENSION opportunities UPDATE, where that version is installed."),
			 err_code("crm_later"), err_field("schema")));
}

/* Whether the definition differs from what there is, or text search lacks an index. */
static bool
look_for_differences(Check *check, const char *definition)
{
	check->mode = CHECK_LOOK;
	check_structure(check, definition);
	check_search_indexes(check);
	return check->differs;
}

/* Nobody works with the tables meanwhile: each is locked as its change would need, in one order. */
static void
lock_tables(const Check *check)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, CreateStmt) &&
			OidIsValid(get_relname_relid(statement->relation->relname, check->schema)))
			run_remedy(check, remedy("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE",
									 object_name(check, statement->relation->relname)));
	}
}

/* Build what is sorted by folded texts anew, the owner's own too, where those have become others.
 */
static void
rebuild_indexes(Check *check)
{
	List *names = NIL;
	ListCell *cell;

	if (!made_before(check, FOLD_VERSION))
		return;
	(void) run_query(psprintf(
		"SELECT DISTINCT i.relname FROM pg_catalog.pg_class AS i "
		"JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) "
		"'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid "
		"AND d.objid OPERATOR(pg_catalog.=) i.oid AND d.refclassid OPERATOR(pg_catalog.=) "
		"'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid "
		"AND d.refobjid OPERATOR(pg_catalog.=) 'opportunities.fold(pg_catalog.text)'"
		"::pg_catalog.regprocedure::pg_catalog.oid "
		"WHERE i.relnamespace OPERATOR(pg_catalog.=) %u AND i.relowner OPERATOR(pg_catalog.=) %u "
		"AND i.relkind OPERATOR(pg_catalog.=) 'i' ORDER BY 1",
		check->schema, check->owner));
	for (uint64 row = 0; row < SPI_processed; row++)
		names = lappend(names, copy_value(CurrentMemoryContext, row, 1));
	foreach (cell, names)
		tell_difference(check, "index_changed", lfirst(cell),
						"it sorts by folded texts, which are others since version " FOLD_VERSION,
						remedy("REINDEX INDEX %s", object_name(check, lfirst(cell))));
}

/* Whether an error says that the schema is such that it can't be upgraded. */
static bool
is_obstacle(const ErrorData *error)
{
	static const int classes[] = {ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION,
								  ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION,
								  ERRCODE_DEPENDENT_PRIVILEGE_DESCRIPTORS_STILL_EXIST,
								  ERRCODE_DATA_EXCEPTION, ERRCODE_FEATURE_NOT_SUPPORTED};

	for (int i = 0; i < lengthof(classes); i++)
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == classes[i])
			return true;
	return error->sqlerrcode == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
		   error->sqlerrcode == ERRCODE_TOO_MANY_COLUMNS ||
		   (error->sqlerrcode == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE &&
			error->constraint_name == NULL);
}

/* Put everything right, if there is anything. */
static void
mend_differences(Check *check, const char *definition)
{
	refuse_own_names(check);
	if (!look_for_differences(check, definition))
		return;
	refuse_later(check);
	lock_tables(check);
	*check = (Check){.schema = check->schema,
					 .schema_name = check->schema_name,
					 .owner = check->owner,
					 .result = check->result,
					 .whole = check->whole,
					 .tenants = check->tenants,
					 .readable = true,
					 .mode = CHECK_MEND};
	check_structure(check, definition);
	rebuild_indexes(check);
	check_search_indexes(check);
}

/* The same, where an error says what is in the way. */
static void
try_mend(Check *check, const char *definition)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		mend_differences(check, definition);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (!is_obstacle(error))
			PG_RE_THROW();
		FlushErrorState();
		refuse_upgrade(check, psprintf("%s%s%s.%s%s", check->mending == NULL ? "" : check->mending,
									   check->mending == NULL ? "" : ": ", error->message,
									   error->detail == NULL ? "" : " ",
									   error->detail == NULL ? "" : error->detail));
	}
	PG_END_TRY();
}

/*
 * As the owner of the tables: what is made belongs to him, and what he planted runs as he. Rows
 * that he hides from himself are filled, too.
 */
static void
upgrade_as_owner(Check *check, const char *definition)
{
	Oid user;
	int context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(check->owner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS |
							   (user == check->owner ? 0 : SECURITY_RESTRICTED_OPERATION));
	try_mend(check, definition);
	SetUserIdAndSecContext(user, context);
}

/* upgrade_crm(schema name) -> table (code, object, row_id, problem): what it put right. */
Datum
upgrade_crm(PG_FUNCTION_ARGS)
{
	Check check = {0};
	char *definition;
	int level;

	PreventCommandIfReadOnly("upgrade_crm()");
	open_check(fcinfo, &check);
	if (creating_extension)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("upgrade_crm cannot be called in an extension's script"),
						errdetail("What it makes would belong to that extension."),
						err_code("in_extension_script")));
	level = pin_path();
	(void) allow_alterations();
	SPI_connect();
	definition = need_definition(&check);
	check.statements = raw_parser(definition, RAW_PARSE_DEFAULT);
	find_crm_owner(&check);
	upgrade_as_owner(&check, definition);
	if (check.tenants)
		advise_hidden_tables(&check);
	SPI_finish();
	AtEOXact_GUC(true, level);
	PG_RETURN_NULL();
}
