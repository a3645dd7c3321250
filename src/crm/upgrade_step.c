/* What upgrade_crm knows of earlier versions: where columns come from, and comments of theirs. */
#include "postgres.h"

#include "crm/defined_version.h"
#include "crm/upgrade_step.h"

#include "access/relation.h"
#include "base/arrays.h"
#include "base/query.h"
#include "base/version.h"
#include "catalog/objectaddress.h"
#include "commands/comment.h"
#include "crm/mend.h"
#include "executor/spi.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A step of opportunities_internal.crm_steps for a table. */
typedef struct Step
{
	char *old_column;
	char *new_column;
	char *sql;
} Step;

/* Whether the schema was made before a version. */
bool
made_before(const Check *check, const char *version)
{
	return check->made_by == NULL || is_earlier_version(check->made_by, version);
}

/* The steps for a table that was made by an earlier version than theirs. */
static List *
find_steps(const Check *check, const char *table)
{
	List *steps = NIL;

	(void) run_query(psprintf("SELECT version, old_column, new_column, sql "
							  "FROM opportunities_internal.crm_steps() "
							  "WHERE relation OPERATOR(pg_catalog.=) %s",
							  quote_literal_cstr(table)));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Step *step = palloc(sizeof(Step));

		char *version = copy_value(CurrentMemoryContext, row, 1);

		if (version != NULL && !made_before(check, version))
			continue;
		step->old_column = copy_value(CurrentMemoryContext, row, 2);
		step->new_column = copy_value(CurrentMemoryContext, row, 3);
		step->sql = copy_value(CurrentMemoryContext, row, 4);
		steps = lappend(steps, step);
	}
	return steps;
}

/* Whether a step has something to do: its old column is there, or it has none and some are added.
 */
static bool
is_due(const Step *step, Oid relid, List *added)
{
	if (step->old_column != NULL)
		return get_attnum(relid, step->old_column) != InvalidAttrNumber;
	return step->new_column == NULL ? added != NIL : has_string(added, step->new_column);
}

/* The columns that are added, each set to what a row d has. */
static char *
assignments(List *added)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, added)
		appendStringInfo(&sql, "%s%s = d.%s", sql.len == 0 ? "" : ", ",
						 quote_identifier(lfirst(cell)), quote_identifier(lfirst(cell)));
	return sql.data;
}

/*
 * What a table's rows would fire, and those of its partitions and children: the trigger or rewrite
 * of a table, as ALTER TABLE names it, and how it is enabled.
 */
static const char *const fired =
	"WITH RECURSIVE tables (oid) AS (VALUES (%1$u::pg_catalog.oid) UNION SELECT i.inhrelid "
	"FROM tables AS t JOIN pg_catalog.pg_inherits AS i ON i.inhparent OPERATOR(pg_catalog.=) "
	"t.oid) "
	"SELECT t.oid::pg_catalog.regclass, f.name, CASE WHEN f.enabled OPERATOR(pg_catalog.=) 'A' "
	"THEN 'ALWAYS ' WHEN f.enabled OPERATOR(pg_catalog.=) 'R' THEN 'REPLICA ' ELSE '' END "
	"FROM tables AS t, LATERAL (SELECT 'TRIGGER ' OPERATOR(pg_catalog.||) "
	"pg_catalog.quote_ident(tgname), tgenabled FROM pg_catalog.pg_trigger "
	"WHERE tgrelid OPERATOR(pg_catalog.=) t.oid AND NOT tgisinternal UNION ALL "
	"SELECT 'RULE ' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(rulename), ev_enabled "
	"FROM pg_catalog.pg_rewrite WHERE ev_class OPERATOR(pg_catalog.=) t.oid) AS f (name, enabled) "
	"WHERE f.enabled OPERATOR(pg_catalog.<>) 'D'";

/*
 * Switch off what a table's rows would fire: what an upgrade fills in is no change that somebody
 * made. Gives the statements that switch it on again as it was.
 */
static List *
switch_off(const Check *check, Oid relid)
{
	List *off = NIL;
	List *on = NIL;

	run_on_rows(psprintf(fired, relid));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *table = copy_value(CurrentMemoryContext, row, 1);
		char *name = copy_value(CurrentMemoryContext, row, 2);

		off = list_concat(off, remedy("ALTER TABLE ONLY %s DISABLE %s", table, name));
		on = list_concat(on, remedy("ALTER TABLE ONLY %s ENABLE %s%s", table,
									copy_value(CurrentMemoryContext, row, 3), name));
	}
	run_remedy(check, off);
	return on;
}

/* Fill columns that were added to a table from those that an earlier version had. */
void
run_steps(Check *check, const char *table, List *added)
{
	Oid relid = get_relname_relid(table, check->schema);
	List *due = NIL;
	List *on;
	ListCell *cell;

	if (check->mode != CHECK_MEND)
		return;
	foreach (cell, find_steps(check, table))
		if (is_due(lfirst(cell), relid, added))
			due = lappend(due, lfirst(cell));
	if (due == NIL)
		return;
	check->mending = psprintf("%s: its rows are filled", object_name(check, table));
	on = switch_off(check, relid);
	foreach (cell, due)
	{
		Step *step = lfirst(cell);

		run_on_rows(psprintf(expand_tenants(step->sql, check->tenants, 0),
							 quote_identifier(check->schema_name), assignments(added)));
	}
	run_remedy(check, on);
}

/* What is somebody's own and would go with a column: the server drops it without a word. */
static void
refuse_losses(const Check *check, Oid relid, const char *table, const char *column)
{
	char *objects;

	run_on_rows(psprintf(
		"SELECT pg_catalog.string_agg(pg_catalog.concat(i.type, ' ', i.identity), ', ' "
		"ORDER BY i.identity COLLATE pg_catalog.\"C\") FROM pg_catalog.pg_depend AS d "
		"LEFT JOIN pg_catalog.pg_constraint AS c ON c.oid OPERATOR(pg_catalog.=) d.objid "
		"AND d.classid OPERATOR(pg_catalog.=) "
		"'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid, "
		"LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) AS i "
		"WHERE d.refclassid OPERATOR(pg_catalog.=) "
		"'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid "
		"AND d.refobjid OPERATOR(pg_catalog.=) %u AND d.refobjsubid OPERATOR(pg_catalog.=) %d "
		"AND d.deptype OPERATOR(pg_catalog.=) 'a' AND d.classid OPERATOR(pg_catalog.<>) "
		"'pg_catalog.pg_attrdef'::pg_catalog.regclass::pg_catalog.oid "
		"AND COALESCE(c.contype OPERATOR(pg_catalog.<>) 'n', true)",
		relid, get_attnum(relid, column)));
	objects = copy_value(CurrentMemoryContext, 0, 1);
	if (objects != NULL)
		refuse_upgrade(check, psprintf("%s loses column \"%s\", and with it these: %s.",
									   object_name(check, table), column, objects));
}

/* The columns of an earlier version, whose place others have taken. */
void
check_old_columns(Check *check, const char *table)
{
	Oid relid = get_relname_relid(table, check->schema);
	ListCell *cell;

	if (!OidIsValid(relid))
		return;
	foreach (cell, find_steps(check, table))
	{
		const char *column = ((Step *) lfirst(cell))->old_column;

		if (column == NULL || get_attnum(relid, column) == InvalidAttrNumber)
			continue;
		if (check->mode == CHECK_MEND)
			refuse_losses(check, relid, table, column);
		tell_difference(check, "column_obsolete", table,
						psprintf("column \"%s\" is of an earlier version", column),
						remedy("ALTER TABLE %s DROP COLUMN %s", object_name(check, table),
							   quote_identifier(column)));
	}
}

/* The comment that an object of the definition has, or NULL; whether there is such an object. */
static bool
find_comment(CommentStmt *statement, char **comment)
{
	Relation rel = NULL;
	ObjectAddress address =
		get_object_address(statement->objtype, statement->object, &rel, AccessShareLock, true);

	if (OidIsValid(address.objectId))
		*comment = GetComment(address.objectId, address.classId, address.objectSubId);
	if (rel != NULL)
		relation_close(rel, NoLock);
	return OidIsValid(address.objectId);
}

/* Whether an earlier version said so, of comments and the like, which are else an owner's choice.
 */
bool
is_earlier_text(const char *text)
{
	return run_query(psprintf("SELECT FROM opportunities_internal.crm_earlier_texts() AS t "
							  "WHERE t OPERATOR(pg_catalog.=) %s",
							  quote_literal_cstr(text))) > 0;
}

/* An object must have a comment, ours as it is now or its owner's. */
void
check_comment(Check *check, CommentStmt *statement)
{
	bool function = statement->objtype == OBJECT_FUNCTION;
	List *names = function ? castNode(ObjectWithArgs, statement->object)->objname
						   : castNode(List, statement->object);
	char *object = strVal(linitial(names));
	char *column = statement->objtype == OBJECT_COLUMN ? strVal(llast(names)) : NULL;
	char *comment = NULL;

	if (!find_comment(statement, &comment))
		return;
	if (comment == NULL)
		tell_part(check, is_made(check, object, column), "comment_missing", object,
				  psprintf("it has no comment \"%s\"", statement->comment), list_make1(statement));
	else if (strcmp(comment, statement->comment) != 0 && is_earlier_text(comment))
		tell_difference(check, "comment_changed", object,
						psprintf("its comment is \"%s\" now", statement->comment),
						list_make1(statement));
}
