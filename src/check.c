#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_trigger.h"
#include "check.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "compat.h"
#include "crm.h"
#include "errors.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "search_index.h"
#include "settings.h"
#include "sqltext.h"
#include "tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(check_crm);

static const RowCheck row_checks[] = {
	{"pipeline_missing", "opportunity",
	 "SELECT o.id, format('pipeline %%s does not exist', o.pipeline_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.pipeline AS p ON {p=o}p.id = o.pipeline_id "
	 "WHERE p.id IS NULL"},
	{"account_missing", "opportunity",
	 "SELECT o.id, format('account %%s does not exist', o.account_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.account AS a ON {a=o}a.id = o.account_id "
	 "WHERE o.account_id IS NOT NULL AND a.id IS NULL"},
	{"stage_missing", "opportunity",
	 "SELECT o.id, format('stage %%s does not exist', o.stage_id) "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE o.stage_id IS NOT NULL AND s.id IS NULL"},
	{"stage_of_another_pipeline", "opportunity",
	 "SELECT o.id, format('stage %%s is of pipeline %%s, the opportunity of pipeline %%s', "
	 "o.stage_id, s.pipeline_id, o.pipeline_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE s.pipeline_id <> o.pipeline_id"},
	{"stage_inactive", "opportunity",
	 "SELECT o.id, format('stage %%s is not active', o.stage_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE NOT s.active"},
	{"not_closed", "opportunity",
	 "SELECT o.id, format('stage %%s is final, but closed_at or closed_on is empty', o.stage_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE s.kind <> 'open' AND (o.closed_at IS NULL OR o.closed_on IS NULL)"},
	{"closed_in_open_stage", "opportunity",
	 "SELECT o.id, 'not in a final stage, but closed_at or closed_on is set' "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE (s.id IS NULL OR s.kind = 'open') "
	 "AND (o.closed_at IS NOT NULL OR o.closed_on IS NOT NULL)"},
	{"close_reason_open", "opportunity",
	 "SELECT o.id, 'not in a final stage, but close_reason is set' "
	 "FROM %1$s.opportunity AS o LEFT JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE (s.id IS NULL OR s.kind = 'open') AND o.close_reason IS NOT NULL"},
	{"close_reason_required", "opportunity",
	 "SELECT o.id, format('stage %%s requires a close reason', o.stage_id) "
	 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON {s=o}s.id = o.stage_id "
	 "WHERE s.kind <> 'open' AND s.reason_required AND coalesce(btrim(o.close_reason), '') = ''"},
	{"probability_range", "opportunity",
	 "SELECT o.id, format('probability is %%s', o.probability) FROM %1$s.opportunity AS o "
	 "WHERE o.probability NOT BETWEEN 0 AND 100"},
	{"probability_range", "stage",
	 "SELECT s.id, format('probability is %%s', s.probability) FROM %1$s.stage AS s "
	 "WHERE s.probability NOT BETWEEN 0 AND 100"},
	{"mode_unknown", "opportunity",
	 "SELECT o.id, format('amount_mode is %%L, probability_mode is %%L', o.amount_mode, "
	 "o.probability_mode) FROM %1$s.opportunity AS o "
	 "WHERE (o.amount_mode IN ('auto', 'manual') AND o.probability_mode IN ('auto', 'manual')) "
	 "IS NOT TRUE"},
	{"amount_not_derived", "opportunity",
	 "SELECT o.id, format('amount_mode is auto and amount is %%s, but the lines give %%s', "
	 "coalesce(o.amount::text, 'empty'), coalesce(l.net::text, 'none')) "
	 "FROM %1$s.opportunity AS o LEFT JOIN (SELECT {tenant}opportunity_id, sum(net) AS net "
	 "FROM %1$s.opportunity_line GROUP BY {tenant}opportunity_id) AS l ON {l=o}l.opportunity_id = "
	 "o.id "
	 "WHERE o.amount_mode = 'auto' AND o.amount IS DISTINCT FROM l.net"},
	{"opportunity_missing", "opportunity_line",
	 "SELECT l.id, format('opportunity %%s does not exist', l.opportunity_id) "
	 "FROM %1$s.opportunity_line AS l LEFT JOIN %1$s.opportunity AS o ON {o=l}o.id = "
	 "l.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"product_missing", "opportunity_line",
	 "SELECT l.id, format('product %%s does not exist', l.product_id) "
	 "FROM %1$s.opportunity_line AS l LEFT JOIN %1$s.product AS p ON {p=l}p.id = l.product_id "
	 "WHERE l.product_id IS NOT NULL AND p.id IS NULL"},
	{"line_not_computed", "opportunity_line",
	 "SELECT l.id, format('net is %%s and tax is %%s, but they come to %%s and %%s', l.net, l.tax, "
	 "c.net, c.tax) FROM %1$s.opportunity_line AS l "
	 "JOIN %1$s.opportunity AS o ON {o=l}o.id = l.opportunity_id "
	 "CROSS JOIN LATERAL opportunities.currency_digits(o.currency) AS d "
	 "CROSS JOIN LATERAL (SELECT n AS net, round(n * l.tax_percent * 0.01, d) AS tax FROM "
	 "round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01, d) AS n) AS c "
	 "WHERE (l.net = c.net AND l.tax = c.tax) IS NOT TRUE"},
	{"position_missing", "opportunity",
	 "SELECT o.id, 'position is empty' FROM %1$s.opportunity AS o WHERE o.position IS NULL"},
	{"version_missing", "opportunity",
	 "SELECT o.id, 'version is empty or less than 1' FROM %1$s.opportunity AS o "
	 "WHERE o.version IS NULL OR o.version < 1"},
	{"pipeline_missing", "stage",
	 "SELECT s.id, format('pipeline %%s does not exist', s.pipeline_id) "
	 "FROM %1$s.stage AS s LEFT JOIN %1$s.pipeline AS p ON {p=s}p.id = s.pipeline_id "
	 "WHERE p.id IS NULL"},
	{"pipeline_without_final_stage", "pipeline",
	 "SELECT p.id, 'it has stages, but no active final one' "
	 "FROM %1$s.pipeline AS p "
	 "WHERE EXISTS (SELECT FROM %1$s.stage AS s WHERE {s=p}s.pipeline_id = p.id) "
	 "AND NOT EXISTS (SELECT FROM %1$s.stage AS s WHERE {s=p}s.pipeline_id = p.id "
	 "AND s.active AND s.kind <> 'open')"},
	{"last_activity", "opportunity",
	 "SELECT o.id, format('last_activity_at is %%s, not %%s', coalesce(o.last_activity_at::text, "
	 "'empty'), coalesce(a.done_at::text, 'empty')) FROM %1$s.opportunity AS o CROSS JOIN LATERAL "
	 "(SELECT max(a.done_at) AS done_at FROM %1$s.activity AS a WHERE {a=o}a.opportunity_id = "
	 "o.id) AS a WHERE o.last_activity_at IS DISTINCT FROM a.done_at"},
	{"opportunity_missing", "activity",
	 "SELECT a.id, format('opportunity %%s does not exist', a.opportunity_id) "
	 "FROM %1$s.activity AS a LEFT JOIN %1$s.opportunity AS o ON {o=a}o.id = a.opportunity_id "
	 "WHERE o.id IS NULL"},
	{"custom_value", "opportunity",
	 "SELECT o.id, format('custom.%%s is %%s, which is not of type %%s', v.key, v.value, f.type) "
	 "FROM %1$s.opportunity AS o CROSS JOIN LATERAL "
	 "jsonb_each(CASE WHEN jsonb_typeof(o.custom) = 'object' THEN o.custom ELSE '{}' END) AS v "
	 "CROSS JOIN LATERAL (SELECT f.type FROM %1$s.custom_field AS f WHERE {f=o}f.name = v.key "
	 "AND coalesce(f.pipeline_id = o.pipeline_id, true) ORDER BY f.pipeline_id LIMIT 1) AS f "
	 "WHERE v.value <> 'null' AND NOT CASE f.type WHEN 'number' THEN jsonb_typeof(v.value) = "
	 "'number' "
	 "WHEN 'bool' THEN jsonb_typeof(v.value) = 'boolean' "
	 "WHEN 'choice' THEN jsonb_typeof(v.value) = 'string' "
	 "WHEN 'date' THEN opportunities.custom_date(o.custom, v.key) IS NOT NULL ELSE true END"},
	{"manager_missing", "app_user",
	 "SELECT u.login, format('manager %%L does not exist', u.manager) "
	 "FROM %1$s.app_user AS u LEFT JOIN %1$s.app_user AS m ON {m=u}m.login = u.manager "
	 "WHERE u.manager IS NOT NULL AND m.login IS NULL"},
	{"stage_change_gap", "stage_change",
	 "SELECT c.id, format('opportunity %%s was last moved into stage %%s, this move is from "
	 "stage %%s', c.opportunity_id, c.came_to, coalesce(c.from_stage_id::text, 'none')) "
	 "FROM (SELECT *, lag(to_stage_id) OVER way AS came_to, lag(changed_at) OVER way AS came_at "
	 "FROM %1$s.stage_change WINDOW way AS (PARTITION BY {tenant}opportunity_id ORDER BY id)) AS c "
	 "WHERE c.came_to IS DISTINCT FROM c.from_stage_id AND c.changed_at - c.came_at <= c.stayed"},
	{"stage_change_missing", "opportunity",
	 "SELECT o.id, format('it was last moved into stage %%s, but is in stage %%s', c.to_stage_id, "
	 "coalesce(o.stage_id::text, 'none')) "
	 "FROM %1$s.opportunity AS o JOIN (SELECT DISTINCT ON ({tenant}opportunity_id) * "
	 "FROM %1$s.stage_change ORDER BY {tenant}opportunity_id, id DESC) AS c ON "
	 "{c=o}c.opportunity_id = o.id "
	 "WHERE c.to_stage_id IS DISTINCT FROM o.stage_id AND c.changed_at >= o.stage_entered_at"},
};

/* What a check works on and where its answer goes. */
typedef struct Check
{
	Oid schema;
	const char *schema_name;
	Oid owner; /* of the first table */
	ReturnSetInfo *result;
	bool tenants;
	bool readable; /* the tables are such that their rows can be checked */
} Check;

/* Report one problem. */
static void
report(Check *check, const char *code, const char *object, const char *row_id, const char *problem)
{
	Datum values[4];
	bool nulls[4] = {false, false, row_id == NULL, false};

	values[0] = CStringGetTextDatum(code);
	values[1] = CStringGetTextDatum(quote_qualified_identifier(check->schema_name, object));
	values[2] = row_id == NULL ? (Datum) 0 : CStringGetTextDatum(row_id);
	values[3] = CStringGetTextDatum(problem);
	tuplestore_putvalues(check->result->setResult, check->result->setDesc, values, nulls);
}

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
		report(check, "constraint_missing", table, NULL,
			   psprintf("constraint \"%s\" is missing", constraint->conname));
		return;
	}
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", oid);
	if (!((Form_pg_constraint) GETSTRUCT(tuple))->convalidated)
		report(check, "constraint_not_valid", table, NULL,
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
		report(check, "column_missing", table, NULL,
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
		report(check, "column_type", table, NULL,
			   psprintf("column \"%s\" is of type %s, not %s", column->colname,
						format_type_with_typemod(att->atttypid, att->atttypmod),
						format_type_with_typemod(type, typmod)));
	}
	if (not_null && !att->attnotnull)
		report(check, "not_null_missing", table, NULL,
			   psprintf("column \"%s\" may be null", column->colname));
	ReleaseSysCache(tuple);
}

/*
 * A table must be there, and be a table: a view's functions would run as whoever checks. The rules
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
		report(check, "table_missing", table, NULL, "the table is missing");
		return;
	}
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE)
	{
		check->readable = false;
		report(check, "table_missing", table, NULL, "it is not a table");
		ReleaseSysCache(tuple);
		return;
	}
	if (!OidIsValid(check->owner))
		check->owner = form->relowner;
	if (form->relowner != check->owner)
		report(check, "owner_differs", table, NULL,
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
		report(check, "index_missing", statement->idxname, NULL, "the index is missing");
	else if (!form->indisvalid)
		report(check, "index_not_valid", statement->idxname, NULL, "the index is not valid");
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
			report(check, "trigger_disabled", table, NULL,
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
		report(check, code, table, NULL, psprintf(problem, statement->trigname));
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
		report(check, "policy_missing", table, NULL,
			   psprintf("policy \"%s\" is missing", statement->policy_name));

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (HeapTupleIsValid(tuple) && !((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity)
		report(check, "row_security_disabled", table, NULL, "row security is disabled");
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
}

/* An application that sees past row security works for all tenants at once. */
static void
advise_role(const Check *check)
{
	if (tenant_name() != NULL && check_enable_rls(get_relname_relid("saved_filter", check->schema),
												  InvalidOid, true) != RLS_ENABLED)
		ereport(NOTICE,
				(errmsg("row security does not keep role \"%s\" to its tenant",
						GetUserNameFromId(GetUserId(), false)),
				 errhint("Let the application connect as a role that does not own the tables.")));
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
		report(check, "view_missing", view, NULL, "the view is missing");
		return;
	}
	rel = table_open(relid, AccessShareLock);
	if (!RelationHasSecurityInvoker(rel))
		report(check, "view_not_invoker", view, NULL,
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
		report(check, "function_missing", name, NULL, "the function is missing");
}

/* The tables as they are against the SQL that makes them. */
static void
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
}

/* Whether a constraint is a CHECK of ours that a table has. */
static bool
is_mark(Oid relid, const Constraint *constraint)
{
	return constraint->contype == CONSTR_CHECK && constraint->conname != NULL &&
		   OidIsValid(get_relation_constraint_oid(relid, constraint->conname, true));
}

/*
 * Whether a schema has a table of a part of the definition, known by a CHECK of ours: names of
 * tables are anybody's, and triggers go with the extension.
 */
static bool
holds_part(Oid schema, const char *definition)
{
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;
		ListCell *element;
		ListCell *inner;
		Oid relid;

		if (!IsA(statement, CreateStmt))
			continue;
		relid = get_relname_relid(statement->relation->relname, schema);
		if (!OidIsValid(relid))
			continue;
		foreach (element, statement->tableElts)
		{
			if (IsA(lfirst(element), Constraint) && is_mark(relid, lfirst(element)))
				return true;
			if (!IsA(lfirst(element), ColumnDef))
				continue;
			foreach (inner, ((ColumnDef *) lfirst(element))->constraints)
				if (is_mark(relid, lfirst(inner)))
					return true;
		}
	}
	return false;
}

/* Whether a schema has tables of the definition besides those that can stand alone. */
static bool
holds_crm(Oid schema)
{
	List *parts = NIL;
	ListCell *cell;

	(void) run_query(psprintf("SELECT part FROM opportunities.crm_definition() "
							  "WHERE part OPERATOR(pg_catalog.<>) '%s'",
							  FILTERS_PART));
	for (uint64 row = 0; row < SPI_processed; row++)
		parts = lappend(parts, copy_value(CurrentMemoryContext, row, 1));
	foreach (cell, parts)
	{
		if (holds_part(schema, crm_definition(lfirst(cell), false)))
			return true;
	}
	return false;
}

/* The filters that stand alone, beside a relation that is anybody's. */
static void
check_filters(Check *check)
{
	char *definition = crm_definition(FILTERS_PART, check->tenants);

	if (!holds_part(check->schema, definition))
	{
		report(check, "crm_missing", "opportunity", NULL, "the schema has no table of a CRM");
		return;
	}
	check_structure(check, definition);
	if (!OidIsValid(get_relname_relid("opportunity", check->schema)))
		report(check, "table_missing", "opportunity", NULL,
			   "there is no relation that the filters are for");
}

/* The rows against some of the rules. */
static void
check_rows(Check *check, const RowCheck *checks, int count)
{
	const char *schema = quote_identifier(check->schema_name);

	for (int i = 0; i < count; i++)
	{
		const char *sql = expand_tenants(checks[i].sql, check->tenants, 0);
		Portal portal = SPI_cursor_parse_open(NULL, psprintf(sql, schema),
											  &(SPIParseOpenOptions){.read_only = true});

		for (;;)
		{
			SPI_cursor_fetch(portal, true, 1000);
			if (SPI_processed == 0)
				break;
			for (uint64 row = 0; row < SPI_processed; row++)
				report(check, checks[i].code, checks[i].table,
					   SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1),
					   SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2));
			SPI_freetuptable(SPI_tuptable);
		}
		SPI_cursor_close(portal);
	}
}

/* check_crm(schema name) -> table (code, object, row_id, problem) */
Datum
check_crm(PG_FUNCTION_ARGS)
{
	Check check = {.readable = true};
	int level;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("schema must not be null"),
						err_code("schema_missing"), err_field("schema")));
	check.schema_name = NameStr(*PG_GETARG_NAME(0));
	check.schema = get_namespace_oid(check.schema_name, true);
	if (!OidIsValid(check.schema))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
						errmsg("schema \"%s\" does not exist", check.schema_name),
						errhint("create_crm makes it, with the tables of a CRM."),
						err_code("schema_missing"), err_field("schema")));

	InitMaterializedSRF(fcinfo, 0);
	check.result = (ReturnSetInfo *) fcinfo->resultinfo;

	/* Nothing that somebody planted in the schema, or on the caller's path, is to run here. */
	level = set_local_path("pg_catalog, pg_temp");
	SPI_connect();
	if (holds_crm(check.schema))
	{
		check.tenants = has_tenants(get_relname_relid("opportunity", check.schema));
		check_structure(&check, crm_definition(NULL, check.tenants));
		if (check.readable)
		{
			check_rows(&check, row_checks, lengthof(row_checks));
			check_rows(&check, document_checks, document_check_count);
		}
		advise_search_indexes(check.schema);
	}
	else
	{
		check.tenants = has_tenants(get_relname_relid("saved_filter", check.schema));
		check_filters(&check);
	}
	if (check.tenants)
		advise_role(&check);
	SPI_finish();
	AtEOXact_GUC(true, level);
	PG_RETURN_NULL();
}
