/* check_crm: what is missing or changed, and rows that got past the triggers. */
#include "postgres.h"

#include "access/xact.h"
#include "base/citus.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/query.h"
#include "catalog/namespace.h"
#include "catalog/pg_constraint.h"
#include "commands/dbcommands.h"
#include "crm/check.h"
#include "crm/crm.h"
#include "crm/search_index.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(check_crm);

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

/*
 * Our triggers write as the owner of the tables, and a trigger of the owner's own then runs so
 * under the search_path of whoever made the statement: what somebody planted there would be found.
 */
static void
advise_triggers(const Check *check)
{
	(void) run_query(
		psprintf("SELECT t.tgname, c.relname, p.oid::pg_catalog.regprocedure "
				 "FROM pg_catalog.pg_trigger AS t "
				 "JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid "
				 "JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) t.tgfoid "
				 "JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang "
				 "WHERE c.relnamespace OPERATOR(pg_catalog.=) %u AND NOT t.tgisinternal "
				 "AND l.lanname OPERATOR(pg_catalog.<>) ALL ('{c,internal}'::pg_catalog.name[]) "
				 "AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS s (setting) "
				 "WHERE s.setting OPERATOR(pg_catalog.~~) 'search_path=%%') ORDER BY 2, 1",
				 check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
		ereport(
			NOTICE,
			(errmsg("trigger \"%s\" of table \"%s\" finds names on the search_path of "
					"whoever writes",
					copy_value(CurrentMemoryContext, row, 1),
					copy_value(CurrentMemoryContext, row, 2)),
			 errdetail(
				 "Triggers of the extension fire it with the rights of the owner of the tables."),
			 errhint("Run: ALTER FUNCTION %s SET search_path = %s, pg_temp;",
					 copy_value(CurrentMemoryContext, row, 3),
					 quote_identifier(check->schema_name))));
}

/* Whether sessions of the database load the library when they begin. */
static bool
is_preloaded(void)
{
	static const char *const settings[] = {"session_preload_libraries", "shared_preload_libraries"};

	for (int i = 0; i < lengthof(settings); i++)
		if (strstr(GetConfigOption(settings[i], false, false), "opportunities") != NULL)
			return true;
	return false;
}

/* Citus sends what a session sets where the library is loaded: else another user is recorded. */
static void
advise_preloading(void)
{
	const char *database = quote_identifier(get_database_name(MyDatabaseId));

	if (is_preloaded() || !on_citus())
		return;
	ereport(NOTICE,
			(errmsg("sessions do not load the library when they begin"),
			 errdetail("What they set is not sent to other servers before they have called it."),
			 errhint("Run: ALTER DATABASE %s SET session_preload_libraries = 'opportunities';",
					 database)));
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

	(void) run_query(psprintf("SELECT part FROM opportunities_internal.crm_definition() "
							  "WHERE part OPERATOR(pg_catalog.<>) '%s'",
							  FILTERS_PART));
	for (uint64 row = 0; row < SPI_processed; row++)
		parts = lappend(parts, copy_value(CurrentMemoryContext, row, 1));
	foreach (cell, parts)
	{
		if (holds_part(schema, crm_definition(lfirst(cell), false, InvalidOid)))
			return true;
	}
	return false;
}

/* Whether the tables of the definition that a schema has keep tenants apart. */
static bool
keeps_tenants(Oid schema, const char *definition)
{
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, CreateStmt) &&
			has_tenants(get_relname_relid(statement->relation->relname, schema)))
			return true;
	}
	return false;
}

/* The definition that a schema's tables are of: all of it, or filters alone; NULL: of none. */
char *
find_definition(Check *check)
{
	const char *part;
	Oid mapped;
	char *definition;

	check->whole = holds_crm(check->schema);
	part = check->whole ? NULL : FILTERS_PART;
	mapped = check->whole ? InvalidOid : check->schema;
	definition = crm_definition(part, false, mapped);
	if (!check->whole && !holds_part(check->schema, definition))
		return NULL;
	check->tenants = keeps_tenants(check->schema, definition);
	definition = crm_definition(part, check->tenants, mapped);
	if (check->whole && is_notified(check->schema))
		definition =
			psprintf("%s%s", definition, crm_definition(LIVE_PART, check->tenants, InvalidOid));
	return definition;
}

/* What is asked for is of a CRM, which the schema doesn't hold. */
void
refuse_schema(const Check *check)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("schema \"%s\" has no table of a CRM", check->schema_name),
			 errhint("create_crm makes them."), err_code("crm_missing"), err_field("schema")));
}

/* The same of a schema that must have some. */
char *
need_definition(Check *check)
{
	char *definition = find_definition(check);

	if (definition == NULL)
		refuse_schema(check);
	return definition;
}

/* Check a mapped relation, mostly a view, with its stages, and the filters beside it. */
static void
check_mapped(Check *check, const char *definition)
{
	bool any = OidIsValid(get_relname_relid("opportunity", check->schema));
	bool boards = any && OidIsValid(get_relname_relid("stage", check->schema));

	if (definition != NULL)
	{
		check_structure(check, definition);
		check_values(check, definition);
	}
	if (boards)
		check_mapping(check);
	else if (definition == NULL)
		report_problem(check, "crm_missing", "opportunity", NULL,
					   "the schema has no table of a CRM");
	else if (!any)
		report_problem(check, "table_missing", "opportunity", NULL,
					   "there is no relation that the filters are for");
}

/* What fills the table calendar. */
static int
fill_hint(const Check *check)
{
	return errhint("Run: SELECT opportunities.fill_calendar(%s);",
				   quote_literal_cstr(check->schema_name));
}

/* The days of the table calendar hold weeks and fiscal years as the settings were when they came.
 */
static void
compare_calendar(Check *check, void *arg)
{
	const char *calendar = quote_qualified_identifier(check->schema_name, "calendar");

	if (run_query(psprintf("SELECT FROM %s LIMIT 1", calendar)) == 0)
	{
		ereport(NOTICE, (errmsg("the table \"calendar\" is empty"), fill_hint(check)));
		return;
	}
	(void) run_query(psprintf(
		"SELECT pg_catalog.bool_or(n.weeks), pg_catalog.bool_and(n.fiscal) FROM (SELECT "
		"pg_catalog.bool_or(c.week_start OPERATOR(pg_catalog.<>) d.week_start) AS weeks, "
		"pg_catalog.bool_or(c.fiscal_quarter OPERATOR(pg_catalog.<>) d.fiscal_quarter "
		"OR c.fiscal_year OPERATOR(pg_catalog.<>) d.fiscal_year) AS fiscal "
		"FROM (VALUES (false), (true)) AS e (by_end), "
		"(SELECT pg_catalog.min(date) AS first, pg_catalog.max(date) AS last FROM %1$s) AS r, "
		"LATERAL opportunities_internal.calendar_days(r.first, r.last, e.by_end) AS d "
		"JOIN %1$s AS c ON c.date OPERATOR(pg_catalog.=) d.date GROUP BY e.by_end) AS n",
		calendar));
	for (int i = 1; i <= 2; i++)
	{
		char *differs = copy_value(CurrentMemoryContext, 0, i);

		if (differs != NULL && strcmp(differs, "t") == 0)
			ereport(NOTICE,
					(i == 1 ? errmsg("weeks of the table \"calendar\" begin on another day "
									 "than opportunities.week_start says")
							: errmsg("fiscal years of the table \"calendar\" are others than "
									 "opportunities.calendar and "
									 "opportunities.fiscal_year_start say"),
					 fill_hint(check)));
	}
}

/* Settings of the session may be such that the calendar can't be computed. */
static void
advise_calendar(Check *check)
{
	ErrorData *error = try_check(check, compare_calendar, NULL, ERRCODE_DATA_EXCEPTION);

	if (error != NULL)
		ereport(NOTICE, (errmsg("the table \"calendar\" is not compared: %s", error->message),
						 error->hint == NULL ? 0 : errhint("%s", error->hint)));
}

/* Whether a table has a policy besides those that keep tenants apart. */
static bool
has_own_policy(Oid relid)
{
	return run_query(psprintf("SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid "
							  "OPERATOR(pg_catalog.=) %u AND p.polname OPERATOR(pg_catalog.<>) ALL "
							  "('{tenant,all_rows}'::pg_catalog.name[])",
							  relid)) > 0;
}

/*
 * A table of which row security hides rows from the caller, other than those of other tenants, or
 * NULL: what follows from hidden rows would be taken for wrong.
 */
const char *
hidden_table(const Check *check)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;
		Oid relid;

		if (!IsA(statement, CreateStmt))
			continue;
		relid = get_relname_relid(statement->relation->relname, check->schema);
		if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED &&
			(!check->tenants || has_own_policy(relid)))
			return statement->relation->relname;
	}
	return NULL;
}

/* The rows of all tables, and what follows from them. */
static void
check_all_rows(Check *check)
{
	const char *hidden = hidden_table(check);
	ListCell *cell;

	if (hidden != NULL)
	{
		ereport(NOTICE,
				(errmsg("rows are not checked: row security hides some of table \"%s\" from role "
						"\"%s\"",
						hidden, GetUserNameFromId(GetUserId(), false)),
				 errhint("Let a role that sees all rows check them: the owner without FORCE ROW "
						 "LEVEL SECURITY, or one with BYPASSRLS.")));
		return;
	}
	foreach (cell, row_checks(check))
		run_row_check(check, lfirst(cell));
	advise_identities(check);
	advise_currency(check);
}

/* check_crm(schema name) -> table (code, object, row_id, problem) */
Datum
check_crm(PG_FUNCTION_ARGS)
{
	Check check = {0};
	char *definition;
	int level;

	open_check(fcinfo, &check);
	level = pin_path();
	SPI_connect();
	definition = find_definition(&check);
	if (check.whole)
	{
		check_structure(&check, definition);
		check_values(&check, definition);
		if (check.readable)
		{
			check_all_rows(&check);
			advise_calendar(&check);
		}
		advise_views(&check);
		advise_search_indexes(check.schema);
		advise_triggers(&check);
	}
	else
		check_mapped(&check, definition);
	check_kept_totals(&check);
	advise_policies(&check);
	advise_preloading();
	if (check.tenants)
	{
		advise_tenants(&check);
		advise_hidden_tables(&check);
		advise_role(&check);
	}
	SPI_finish();
	AtEOXact_GUC(true, level);
	PG_RETURN_NULL();
}
