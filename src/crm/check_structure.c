/* Tables, columns, constraints, indexes, triggers and views against the definition. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/query.h"
#include "catalog/pg_class.h"
#include "catalog/pg_policy.h"
#include "commands/policy.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "crm/defined_version.h"
#include "crm/mend.h"
#include "crm/upgrade_step.h"
#include "executor/spi.h"
#include "fields/hidden_rows.h"
#include "miscadmin.h"
#include "parser/parser.h"
#include "rewrite/rowsecurity.h"
#include "settings/crm_version.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Row security of a table that shall have it must be in force. */
static void
check_row_security(Check *check, const char *table, Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool enabled = HeapTupleIsValid(tuple) && ((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!enabled)
		tell_difference(
			check, "row_security_disabled", table, "row security is disabled",
			remedy("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", object_name(check, table)));
}

/* What is added to a table once it is made must be there. */
static void
check_alterations(Check *check, AlterTableStmt *statement)
{
	const char *table = statement->relation->relname;
	Oid relid = get_relname_relid(table, check->schema);
	ListCell *cell;

	if (!OidIsValid(relid))
		return;
	foreach (cell, statement->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_EnableAlwaysTrig)
			check_always(check, table, command->name);
		else if (command->subtype == AT_AddConstraint)
			check_constraint(check, relid, table, (Constraint *) command->def);
		else if (command->subtype == AT_EnableRowSecurity)
			check_row_security(check, table, relid);
	}
}

/* A policy of a table for everybody; NULL: it is another one, or not in force. */
static const RowSecurityPolicy *
policy_for_all(Relation rel, const char *name)
{
	ListCell *cell;

	foreach (cell, rel->rd_rsdesc == NULL ? NIL : rel->rd_rsdesc->policies)
	{
		const RowSecurityPolicy *policy = lfirst(cell);

		if (strcmp(policy->policy_name, name) == 0)
			return policy->polcmd == '*' && *(Oid *) ARR_DATA_PTR(policy->roles) == ACL_ID_PUBLIC
					   ? policy
					   : NULL;
	}
	return NULL;
}

/*
 * Whether a policy, where it is in force, is to be as in the definition: one that limits always,
 * one that only allows, which is there to be replaced, where it is as earlier versions made it.
 */
static bool
is_outdated_policy(Oid relid, const CreatePolicyStmt *statement)
{
	Relation rel = table_open(relid, AccessShareLock);
	const RowSecurityPolicy *policy = policy_for_all(rel, statement->policy_name);
	bool outdated;

	if (statement->permissive)
		outdated = policy != NULL && shows_all(policy) && policy->with_check_qual == NULL;
	else
		outdated =
			rel->rd_rsdesc != NULL &&
			(policy == NULL || policy->permissive ||
			 !same_expression((Node *) policy->with_check_qual, statement->with_check, rel,
							  EXPR_KIND_POLICY) ||
			 !same_expression((Node *) policy->qual, statement->qual, rel, EXPR_KIND_POLICY));
	table_close(rel, AccessShareLock);
	return outdated;
}

/* A policy must be there, and limit what it shall. */
static void
check_policy(Check *check, CreatePolicyStmt *statement)
{
	const char *table = statement->table->relname;
	const char *name = statement->policy_name;
	Oid relid = get_relname_relid(table, check->schema);
	bool missing;

	if (!OidIsValid(relid))
		return;
	missing = !OidIsValid(get_relation_policy_oid(relid, name, true));
	if (missing && (!statement->permissive || is_made(check, table, NULL)))
		tell_difference(check, "policy_missing", table, psprintf("policy \"%s\" is missing", name),
						list_make1(statement));
	else if (!missing && is_outdated_policy(relid, statement))
		tell_difference(check, "policy_changed", table,
						psprintf("policy \"%s\" is not the one that create_crm makes", name),
						list_concat(remedy("DROP POLICY %s ON %s", quote_identifier(name),
										   object_name(check, table)),
									list_make1(statement)));
}

/* The owner of the schema can put something else in the place of a table. */
static void
check_owner(Check *check)
{
	Oid owner = schema_owner(check->schema);

	if (OidIsValid(check->owner) && owner != check->owner)
		report_problem(
			check, "owner_differs", NULL, NULL,
			psprintf("its owner is %s, not that of the tables", GetUserNameFromId(owner, false)));
}

/* The rows that come with a table. */
static void
fill_table(const Check *check, const RawStmt *raw)
{
	const char *sql = pnstrdup(check->definition + raw->stmt_location,
							   raw->stmt_len > 0 ? raw->stmt_len : strlen(check->definition));

	if (is_made(check, ((InsertStmt *) raw->stmt)->relation->relname, NULL))
		(void) run_sql(sql);
}

/* What a statement of the definition makes must be there. */
static void
check_statement(Check *check, const RawStmt *raw)
{
	Node *statement = raw->stmt;

	if (IsA(statement, CreateStmt))
		check_table(check, (CreateStmt *) statement);
	else if (IsA(statement, IndexStmt))
		check_index(check, (IndexStmt *) statement);
	else if (IsA(statement, CreateTrigStmt))
		check_trigger(check, (CreateTrigStmt *) statement);
	else if (IsA(statement, AlterTableStmt))
		check_alterations(check, (AlterTableStmt *) statement);
	else if (IsA(statement, CreatePolicyStmt))
		check_policy(check, (CreatePolicyStmt *) statement);
	else if (IsA(statement, ViewStmt))
		check_view(check, (ViewStmt *) statement);
	else if (IsA(statement, CreateFunctionStmt))
		check_function(check, (CreateFunctionStmt *) statement);
	else if (IsA(statement, CommentStmt) && check->mode != CHECK_TELL && !check->differs)
		check_comment(check, (CommentStmt *) statement);
	else if (IsA(statement, InsertStmt) && check->mode == CHECK_MEND)
		fill_table(check, raw);
}

/* What earlier versions made and this one doesn't. */
static void
check_remains(Check *check, const RawStmt *raw)
{
	CreateStmt *statement = (CreateStmt *) raw->stmt;

	if (!IsA(statement, CreateStmt))
		return;
	check_old_triggers(check, statement->relation->relname);
	if (check->mode != CHECK_TELL)
		check_old_columns(check, statement->relation->relname);
}

/*
 * A schema as it is against the SQL that makes it, whose names mean here what they mean there. The
 * version is told last.
 */
void
check_structure(Check *check, const char *definition)
{
	int level = set_local_path(psprintf("%s, pg_temp", quote_identifier(check->schema_name)));
	ListCell *cell;

	check->definition = definition;
	check->made_by = made_by_version(check->schema);
	check->statements = raw_parser(definition, RAW_PARSE_DEFAULT);
	foreach (cell, check->statements)
	{
		CHECK_FOR_INTERRUPTS();
		check_statement(check, lfirst(cell));
	}
	foreach (cell, check->statements)
		check_remains(check, lfirst(cell));
	check_owner(check);
	AtEOXact_GUC(true, level);
}
