/* Tables, columns, constraints, indexes, triggers and views against the definition. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/errors.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_trigger.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* A constraint must be there under its name, and hold for every row. */
static void
check_constraint(Check *check, Oid relid, const char *table, const Constraint *constraint)
{
	Oid oid;
	HeapTuple tuple;

	if (constraint->conname == NULL)
		return;

	oid = get_relation_constraint_oid(relid, constraint->conname, true);
	if (!OidIsValid(oid))
	{
		report_problem(check, "constraint_missing", table, NULL,
					   psprintf("constraint \"%s\" is missing", constraint->conname));
		return;
	}
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", oid);
	if (!((Form_pg_constraint) GETSTRUCT(tuple))->convalidated)
		report_problem(check, "constraint_not_valid", table, NULL,
					   psprintf("constraint \"%s\" is not validated", constraint->conname));
	ReleaseSysCache(tuple);
}

/* A column must be there, of its type, and not null where it shall not be. */
static void
check_column(Check *check, Oid relid, const char *table, ColumnDef *column)
{
	AttrNumber attnum = get_attnum(relid, column->colname);
	bool not_null = false;
	HeapTuple tuple;
	Form_pg_attribute att;
	Oid type;
	int32 typmod;
	ListCell *cell;

	if (attnum == InvalidAttrNumber)
	{
		check->readable = false;
		report_problem(check, "column_missing", table, NULL,
					   psprintf("column \"%s\" is missing", column->colname));
		return;
	}

	foreach (cell, column->constraints)
	{
		Constraint *constraint = lfirst_node(Constraint, cell);

		check_constraint(check, relid, table, constraint);
		not_null |= constraint->contype == CONSTR_NOTNULL || constraint->contype == CONSTR_PRIMARY;
	}

	typenameTypeIdAndMod(NULL, column->typeName, &type, &typmod);
	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attnum));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for attribute %d of relation %u", attnum, relid);
	att = (Form_pg_attribute) GETSTRUCT(tuple);
	if (att->atttypid != type || att->atttypmod != typmod)
	{
		check->readable &= att->atttypid == type;
		report_problem(check, "column_type", table, NULL,
					   psprintf("column \"%s\" is of type %s, not %s", column->colname,
								format_type_with_typemod(att->atttypid, att->atttypmod),
								format_type_with_typemod(type, typmod)));
	}
	if (not_null && !att->attnotnull)
		report_problem(check, "not_null_missing", table, NULL,
					   psprintf("column \"%s\" may be null", column->colname));
	ReleaseSysCache(tuple);
}

/*
 * A table must be there, and be a table: a view's functions would run as whoever checks. Triggers
 * of one table read the others as its owner, so that all must have the same.
 */
static void
check_table(Check *check, CreateStmt *statement)
{
	const char *table = statement->relation->relname;
	Oid relid = get_relname_relid(table, check->schema);
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	ListCell *cell;

	if (!HeapTupleIsValid(tuple))
	{
		check->readable = false;
		report_problem(check, "table_missing", table, NULL, "the table is missing");
		return;
	}
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE)
	{
		check->readable = false;
		report_problem(check, "table_missing", table, NULL, "it is not a table");
		ReleaseSysCache(tuple);
		return;
	}
	if (!OidIsValid(check->owner))
		check->owner = form->relowner;
	if (form->relowner != check->owner)
		report_problem(check, "owner_differs", table, NULL,
					   psprintf("its owner is %s, not that of the other tables",
								GetUserNameFromId(form->relowner, false)));
	ReleaseSysCache(tuple);

	foreach (cell, statement->tableElts)
	{
		Node *element = lfirst(cell);

		if (IsA(element, ColumnDef))
			check_column(check, relid, table, (ColumnDef *) element);
		else if (IsA(element, Constraint))
			check_constraint(check, relid, table, (Constraint *) element);
	}
}

/* An index must be there, on its table, and usable. */
static void
check_index(Check *check, IndexStmt *statement)
{
	Oid table = get_relname_relid(statement->relation->relname, check->schema);
	Oid relid = get_relname_relid(statement->idxname, check->schema);
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(relid));
	Form_pg_index form = HeapTupleIsValid(tuple) ? (Form_pg_index) GETSTRUCT(tuple) : NULL;

	if (form == NULL || form->indrelid != table)
		report_problem(check, "index_missing", statement->idxname, NULL, "the index is missing");
	else if (!form->indisvalid)
		report_problem(check, "index_not_valid", statement->idxname, NULL,
					   "the index is not valid");
	if (form != NULL)
		ReleaseSysCache(tuple);
}

/* A trigger that is to fire on replicas too must be enabled so. */
static void
check_always(Check *check, const char *table, Relation rel, const char *name)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger *trigger = &rel->trigdesc->triggers[i];

		if (strcmp(trigger->tgname, name) == 0 && trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN)
			report_problem(check, "trigger_disabled", table, NULL,
						   psprintf("trigger \"%s\" is not enabled always", name));
	}
}

/* What is added to a table once it is made must be there. */
static void
check_alterations(Check *check, AlterTableStmt *statement)
{
	const char *table = statement->relation->relname;
	Oid relid = get_relname_relid(table, check->schema);
	ListCell *cell;
	Relation rel;

	if (!OidIsValid(relid))
		return;

	rel = table_open(relid, AccessShareLock);
	foreach (cell, statement->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_EnableAlwaysTrig)
			check_always(check, table, rel, command->name);
		else if (command->subtype == AT_AddConstraint)
			check_constraint(check, relid, table, (Constraint *) command->def);
	}
	table_close(rel, AccessShareLock);
}

/* That a table's changes aren't logged is its owner's choice; the trigger for rows decides. */
static void
advise_log(const Check *check, const CreateTrigStmt *statement)
{
	const char *table = statement->relation->relname;

	if (statement->row)
		ereport(NOTICE, (errmsg("changes of table \"%s\" are not logged", table),
						 errhint("Run: ALTER TABLE %s ENABLE TRIGGER %s;",
								 quote_qualified_identifier(check->schema_name, table),
								 quote_identifier(statement->trigname))));
}

/* A trigger must be there, do what it shall, and be enabled. */
static void
check_trigger(Check *check, CreateTrigStmt *statement)
{
	const char *table = statement->relation->relname;
	Oid relid = get_relname_relid(table, check->schema);
	int16 type = statement->timing | statement->events | (statement->row ? TRIGGER_TYPE_ROW : 0);
	Oid function = LookupFuncName(statement->funcname, 0, NULL, false);
	const char *code = "trigger_missing";
	const char *problem = "trigger \"%s\" is missing";
	Relation rel;

	if (!OidIsValid(relid))
		return;

	rel = table_open(relid, AccessShareLock);
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger *trigger = &rel->trigdesc->triggers[i];

		if (strcmp(trigger->tgname, statement->trigname) != 0)
			continue;
		code = problem = NULL;
		if (trigger->tgfoid != function || trigger->tgtype != type || trigger->tgnattr != 0 ||
			(trigger->tgqual != NULL) != (statement->whenClause != NULL))
		{
			code = "trigger_changed";
			problem = "trigger \"%s\" is not the one that create_crm makes";
		}
		else if (trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN ||
				 trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
			continue;
		else if (strcmp(strVal(llast(statement->funcname)), "log_change") == 0)
			advise_log(check, statement);
		else
		{
			code = "trigger_disabled";
			problem = "trigger \"%s\" is disabled";
		}
	}
	table_close(rel, AccessShareLock);
	if (code != NULL)
		report_problem(check, code, table, NULL, psprintf(problem, statement->trigname));
}

/* A policy must be there, where row security is in force. */
static void
check_policy(Check *check, CreatePolicyStmt *statement)
{
	const char *table = statement->table->relname;
	Oid relid = get_relname_relid(table, check->schema);
	HeapTuple tuple;

	/* That which only allows what others limit is there to be replaced. */
	if (!OidIsValid(relid) || statement->permissive)
		return;
	if (!OidIsValid(get_relation_policy_oid(relid, statement->policy_name, true)))
		report_problem(check, "policy_missing", table, NULL,
					   psprintf("policy \"%s\" is missing", statement->policy_name));

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (HeapTupleIsValid(tuple) && !((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity)
		report_problem(check, "row_security_disabled", table, NULL, "row security is disabled");
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
}

/* A view must be there, and show each role what that may see, not what the view's owner may. */
static void
check_view(Check *check, ViewStmt *statement)
{
	const char *view = statement->view->relname;
	Oid relid = get_relname_relid(view, check->schema);
	Relation rel;

	if (!OidIsValid(relid) || get_rel_relkind(relid) != RELKIND_VIEW)
	{
		report_problem(check, "view_missing", view, NULL, "the view is missing");
		return;
	}
	rel = table_open(relid, AccessShareLock);
	if (!RelationHasSecurityInvoker(rel))
		report_problem(check, "view_not_invoker", view, NULL,
					   "it is not security_invoker: it shows what its owner may see");
	table_close(rel, AccessShareLock);
}

/* A function must be there, with its arguments. */
static void
check_function(Check *check, CreateFunctionStmt *statement)
{
	const char *name = strVal(llast(statement->funcname));
	Oid types[FUNC_MAX_ARGS];
	int count = 0;
	ListCell *cell;

	foreach (cell, statement->parameters)
	{
		FunctionParameter *parameter = lfirst_node(FunctionParameter, cell);

		if (parameter->mode != FUNC_PARAM_TABLE)
			types[count++] = typenameTypeId(NULL, parameter->argType);
	}
	if (!SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(name),
							   PointerGetDatum(buildoidvector(types, count)),
							   ObjectIdGetDatum(check->schema)))
		report_problem(check, "function_missing", name, NULL, "the function is missing");
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

/* The tables as they are against the SQL that makes them. */
void
check_structure(Check *check, const char *definition)
{
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		Node *statement = lfirst_node(RawStmt, cell)->stmt;

		CHECK_FOR_INTERRUPTS();
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
	}
	check_owner(check);
}
