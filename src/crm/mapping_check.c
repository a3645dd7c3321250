/* Checks of relations that are mapped: views, or tables of another shape. */
#include "postgres.h"

#include "base/query.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "fields/link.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/*
 * Whether a relation that is anybody's, with the relations beside it, is such as boards, lists and
 * reports take it for. Unlike tables of ours, views run the functions that their owner gave them.
 */

/* What a relation must have. */
typedef struct Needs
{
	const char *relation;
	const char *columns[4];
} Needs;

static const Needs needs[] = {{"opportunity", {"id", "stage_id", "amount", "probability"}},
							  {"stage", {"id", "name", "position", "kind"}}};

/* What a standard column must be. */
typedef struct Standard
{
	bool (*fits)(Oid type);
	const char *column;
	const char *is;
} Standard;

static bool
is_boolean(Oid type)
{
	return type == BOOLOID;
}

static bool
is_day(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
has_zone(Oid type)
{
	return type != TIMESTAMPOID;
}

static const Standard standards[] = {
	{is_exact_number, "amount", "an exact number: cast it to numeric"},
	{is_exact_number, "probability", "an exact number: cast it to numeric"},
	{is_exact_number, "realized_amount", "an exact number: cast it to numeric"},
	{is_boolean, "archived", "boolean"},
	{is_day, "closed_on", "a day"},
	{has_zone, "created_at", "a moment: say by AT TIME ZONE of which zone it is"},
	{has_zone, "updated_at", "a moment: say by AT TIME ZONE of which zone it is"},
	{has_zone, "closed_at", "a moment: say by AT TIME ZONE of which zone it is"},
	{has_zone, "stage_entered_at", "a moment: say by AT TIME ZONE of which zone it is"},
	{has_zone, "last_activity_at", "a moment: say by AT TIME ZONE of which zone it is"},
};

/* A check of rows of a relation that has a column; %1$s stands for the schema. */
typedef struct MappedCheck
{
	const char *code;
	const char *relation;
	const char *column;
	const char *sql;
} MappedCheck;

static const MappedCheck checks[] = {
	{"duplicate_id", "opportunity", "id",
	 "SELECT o.id::text, format('rows with this id: %%s', count(*)) FROM %1$s.opportunity AS o "
	 "GROUP BY o.id HAVING count(*) > 1 ORDER BY 1 LIMIT 100"},
	{"duplicate_id", "app_user", "login",
	 "SELECT o.login::text, format('rows with this login: %%s', count(*)) FROM %1$s.app_user AS o "
	 "GROUP BY o.login HAVING count(*) > 1 ORDER BY 1 LIMIT 100"},
	{"unknown_kind", "stage", "kind",
	 "SELECT o.id::text, format('kind is %%s, not open, won or lost', "
	 "coalesce(quote_literal(o.kind), 'empty')) FROM %1$s.stage AS o "
	 "WHERE (o.kind::text = ANY ('{open,won,lost}')) IS NOT TRUE ORDER BY 1 LIMIT 100"},
	{"stage_missing", "opportunity", "stage_id",
	 "SELECT NULL, format('rows without a stage: %%s', count(*)) FROM %1$s.opportunity AS o "
	 "WHERE o.stage_id IS NULL HAVING count(*) > 0"},
	{"stage_missing", "opportunity", "stage_id",
	 "SELECT NULL, format('rows with stage %%s, which does not exist: %%s', g.stage, g.count) "
	 "FROM (SELECT o.stage_id::text AS stage, count(*) FROM %1$s.opportunity AS o "
	 "WHERE o.stage_id IS NOT NULL AND NOT EXISTS "
	 "(SELECT FROM %1$s.stage AS s WHERE s.id::text = o.stage_id::text) GROUP BY 1) AS g "
	 "ORDER BY g.stage LIMIT 100"},
	{"unknown_state", "opportunity", "state",
	 "SELECT NULL, format('rows with state %%L, which counts as open: %%s', g.state, g.count) "
	 "FROM (SELECT o.state::text AS state, count(*) FROM %1$s.opportunity AS o "
	 "WHERE o.state::text <> ALL ('{open,won,lost}') GROUP BY 1) AS g ORDER BY g.state LIMIT 100"},
	{"probability_scale", "opportunity", "probability",
	 "SELECT NULL, format('no probability is above %%s, though they go from 0 to 100', "
	 "max(o.probability)) FROM %1$s.opportunity AS o "
	 "HAVING max(o.probability) > 0 AND max(o.probability) <= 1"},
};

/* A relation of the schema, or NULL. */
static Source *
open_mapped(const Check *check, const char *name)
{
	Oid relid = get_relname_relid(name, check->schema);

	return OidIsValid(relid) ? open_source(relid) : NULL;
}

/* The columns that boards and reports can't do without. */
static bool
check_needs(Check *check)
{
	bool complete = true;

	for (int i = 0; i < lengthof(needs); i++)
	{
		Source *source = open_mapped(check, needs[i].relation);

		for (int j = 0; j < lengthof(needs[i].columns); j++)
		{
			if (source_column(source, needs[i].columns[j]) != NULL)
				continue;
			complete = false;
			report_problem(check, "column_missing", needs[i].relation, NULL,
						   psprintf("column \"%s\" is missing", needs[i].columns[j]));
		}
	}
	return complete;
}

/* The types of standard columns. */
static void
check_standard_types(Check *check, const Source *source)
{
	for (int i = 0; i < lengthof(standards); i++)
	{
		SourceColumn *column = source_column(source, standards[i].column);

		if (column != NULL && !standards[i].fits(column->base_type))
			report_problem(check, "column_type", source->name, NULL,
						   psprintf("column \"%s\" is of type %s, not %s", column->name,
									format_type_be(column->type), standards[i].is));
	}
}

/* From tables of the schema to the views over them, each by an index: other schemas may be many. */
static const char *const views_over_tables =
	"SELECT c.oid, c.oid, false FROM pg_class AS c WHERE c.relnamespace = %1$u AND "
	"c.relrowsecurity "
	"UNION SELECT u.view, s.relid, u.past FROM shown AS s CROSS JOIN LATERAL ("
	"SELECT v.oid, NOT security_invoker FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = "
	"d.objid "
	"JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v' CROSS JOIN LATERAL (%2$s) AS o "
	"WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = s.view "
	"AND d.classid = 'pg_rewrite'::regclass AND v.oid <> s.view OFFSET 0) AS u (view, past)";

/* From views of the schema to what they show. */
static const char *const shown_by_views =
	"SELECT c.oid, c.oid, false FROM pg_class AS c WHERE c.relnamespace = %1$u AND c.relkind = 'v' "
	"UNION SELECT s.view, u.relid, s.past OR u.past FROM shown AS s CROSS JOIN LATERAL ("
	"SELECT d.refobjid, NOT security_invoker FROM pg_class AS v JOIN pg_rewrite AS r "
	"ON r.ev_class = v.oid JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass "
	"AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid "
	"CROSS JOIN LATERAL (%2$s) AS o WHERE v.oid = s.relid AND v.relkind = 'v' OFFSET 0) "
	"AS u (relid, past)";

/*
 * Find views that show rows past row security, as those see them whose views lie between: those of
 * the schema; or anywhere those that show rows of its tables so by themselves. A row has the view,
 * its name in the schema, and the tables.
 */
static void
find_past_security(const Check *check, bool of_tables)
{
	const char *walk = psprintf(of_tables ? views_over_tables : shown_by_views, check->schema,
								"SELECT EXISTS (SELECT FROM pg_options_to_table(v.reloptions) AS p "
								"WHERE p.option_name = 'security_invoker' "
								"AND p.option_value::boolean) AS security_invoker");

	(void) run_query(
		psprintf("WITH RECURSIVE shown (view, relid, past) AS (%s) "
				 "SELECT v.oid::regclass, CASE WHEN v.relnamespace = %u THEN v.relname END, "
				 "string_agg(DISTINCT t.oid::regclass::text, ', ') FROM shown AS s "
				 "JOIN pg_class AS t ON t.oid = s.relid AND t.relrowsecurity "
				 "JOIN pg_class AS v ON v.oid = s.view WHERE s.past GROUP BY v.oid, 2 "
				 "ORDER BY 2, v.oid::regclass::text COLLATE \"C\"",
				 walk, check->schema));
}

/* A mapped relation that shows rows past row security. */
static void
check_invokers(Check *check)
{
	find_past_security(check, false);
	for (uint64 row = 0; row < SPI_processed; row++)
		report_problem(
			check, "view_not_invoker", copy_value(CurrentMemoryContext, row, 2), NULL,
			psprintf("it is not security_invoker: it shows what its owner may see of %s, past row "
					 "security",
					 copy_value(CurrentMemoryContext, row, 3)));
}

/* Whether a view is one that create_crm makes, which is compared with what it makes. */
static bool
is_defined_view(const Check *check, const char *name)
{
	ListCell *cell;

	foreach (cell, check->statements)
	{
		ViewStmt *statement = (ViewStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, ViewStmt) && name != NULL && strcmp(statement->view->relname, name) == 0)
			return true;
	}
	return false;
}

/* The owner's own views over the tables of a CRM may be meant so. */
void
advise_views(const Check *check)
{
	find_past_security(check, true);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		const char *view = copy_value(CurrentMemoryContext, row, 1);

		if (is_defined_view(check, copy_value(CurrentMemoryContext, row, 2)))
			continue;
		ereport(NOTICE, (errmsg("view %s shows what its owner may see of %s, past row security",
								view, copy_value(CurrentMemoryContext, row, 3)),
						 errhint("Run: ALTER VIEW %s SET (security_invoker = true);", view)));
	}
}

/* Closed rows of stages that show them for some days, where nobody knows since when. */
static void
check_closing_days(Check *check)
{
	Source *source = open_mapped(check, "opportunity");
	const char *day = source_column(source, "closed_on") != NULL ? "closed_on" : "closed_at";
	RowCheck rows = {.code = "not_closed", .table = "opportunity"};

	if (source_column(source, day) == NULL ||
		source_column(open_mapped(check, "stage"), "archive_after") == NULL)
		return;
	rows.sql =
		psprintf("SELECT NULL, format('rows of stage %%s without a closing day, which boards "
				 "leave out: %%s', g.stage, g.count) FROM (SELECT s.id::text AS stage, count(*) "
				 "FROM %1$s.opportunity AS o JOIN %1$s.stage AS s ON s.id::text = o.stage_id::text "
				 "WHERE s.kind::text = ANY ('{won,lost}') AND s.archive_after IS NOT NULL "
				 "AND o.%2$s IS NULL%3$s GROUP BY 1) AS g ORDER BY g.stage LIMIT 100",
				 quote_identifier(check->schema_name), day,
				 source_column(source, "state") != NULL ? " AND o.state::text = s.kind::text" : "");
	run_row_check(check, &rows);
}

/*
 * Relations that others of the schema refer to by the name of a column alone, without an index that
 * keeps their ids unique: a row whose id is there twice would be counted twice.
 */
static void
check_named_keys(Check *check)
{
	List *names = NIL;
	ListCell *cell;

	(void) run_query(psprintf(
		"SELECT c.relname FROM pg_class AS c "
		"JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attname = 'id' "
		"WHERE c.relnamespace = %u AND c.relkind = ANY ('{r,p,v,m,f}') AND EXISTS ("
		"SELECT FROM pg_attribute AS a JOIN pg_class AS o ON o.oid = a.attrelid "
		"WHERE o.relnamespace = c.relnamespace AND o.relkind = ANY ('{r,p,v,m,f}') "
		"AND a.attnum > 0 AND a.attname = c.relname || '_id') AND NOT EXISTS ("
		"SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid "
		"AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = k.attnum) "
		"AND c.relname <> 'opportunity' ORDER BY c.relname",
		check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
		names = lappend(names, copy_value(CurrentMemoryContext, row, 1));
	foreach (cell, names)
	{
		RowCheck rows = {.code = "duplicate_id", .table = lfirst(cell)};

		rows.sql = psprintf("SELECT o.id::text, format('rows with this id: %%s', count(*)) "
							"FROM %s AS o WHERE o.id IS NOT NULL GROUP BY o.id::text "
							"HAVING count(*) > 1 ORDER BY 1 LIMIT 100",
							quote_qualified_identifier(check->schema_name, rows.table));
		run_row_check(check, &rows);
	}
}

/* The rows, as far as the columns are there. */
static void
check_mapped_rows(Check *check)
{
	for (int i = 0; i < lengthof(checks); i++)
	{
		Source *source = open_mapped(check, checks[i].relation);
		RowCheck rows = {.code = checks[i].code, .table = checks[i].relation};

		if (source == NULL || source_column(source, checks[i].column) == NULL)
			continue;
		rows.sql = psprintf(checks[i].sql, quote_identifier(check->schema_name));
		run_row_check(check, &rows);
	}
	check_named_keys(check);
	check_closing_days(check);
}

/* Run the views of others as their owner, not as the superuser who checks them. */
static void
check_as_owner(Check *check, Source *source)
{
	Oid user;
	int context;
	Oid owner = relation_owner(source->relid);

	GetUserIdAndSecContext(&user, &context);
	if (has_privs_of_role(user, owner))
		SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	check_mapped_rows(check);
	advise_orders(source);
	SetUserIdAndSecContext(user, context);
}

/* What there is instead of our tables, in the place of opportunity and beside it. */
void
check_mapping(Check *check)
{
	Source *source = open_mapped(check, "opportunity");

	Assert(source != NULL);
	check_standard_types(check, source);
	check_invokers(check);
	if (check_needs(check))
		check_as_owner(check, source);
}
