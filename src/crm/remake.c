/* Views and functions of a CRM that are made anew, with what their owner gave them. */
#include "postgres.h"

#include "crm/remake.h"

#include "base/query.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "crm/mend.h"
#include "executor/spi.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/*
 * Those of ours that stand on one with other columns are dropped and made anew with it. What stands
 * there and is somebody's own isn't dropped: then there is no upgrade.
 */

/*
 * A right, comment or option that a view or function had and gets back; only that it was there,
 * where there is no SQL.
 */
typedef struct Kept
{
	char *name;	  /* the view or function */
	char *column; /* the column that it is about, or NULL */
	char *give;
	char *take; /* what takes a right back */
} Kept;

/* What stands on a view or function, at whatever distance, with it. */
static const char *const standing =
	"WITH RECURSIVE standing (classid, objid) AS (VALUES (%u::pg_catalog.oid, %u::pg_catalog.oid) "
	"UNION SELECT CASE WHEN r.oid IS NULL THEN d.classid "
	"ELSE 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid END, "
	"COALESCE(r.ev_class, d.objid) FROM standing AS s JOIN pg_catalog.pg_depend AS d "
	"ON d.refclassid OPERATOR(pg_catalog.=) s.classid AND d.refobjid OPERATOR(pg_catalog.=) "
	"s.objid "
	"LEFT JOIN pg_catalog.pg_rewrite AS r ON r.oid OPERATOR(pg_catalog.=) d.objid AND d.classid "
	"OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass::pg_catalog.oid "
	"AND r.rulename OPERATOR(pg_catalog.=) '_RETURN') "
	"SELECT s.objid, pg_catalog.concat(i.type, ' ', i.identity) FROM standing AS s, "
	"pg_catalog.pg_identify_object(s.classid, s.objid, 0) AS i WHERE s.classid "
	"OPERATOR(pg_catalog.<>) "
	"'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid OR NOT EXISTS (SELECT "
	"FROM pg_catalog.pg_depend AS d WHERE d.classid OPERATOR(pg_catalog.=) s.classid AND d.objid "
	"OPERATOR(pg_catalog.=) s.objid AND d.deptype OPERATOR(pg_catalog.=) 'i') ORDER BY 2";

/*
 * What a view or function has that is its owner's choice: rights, comments and options, each with
 * the column that it is about, as the statement that gives it, and for a right that which takes it.
 */
static const char *const owners_choice =
	"WITH o (classid, objid, kind, name) AS (VALUES (%u::pg_catalog.oid, %u::pg_catalog.oid, "
	"%s::pg_catalog.text, %s::pg_catalog.text)), "
	"list (attname, acl) AS (SELECT NULL::pg_catalog.name, COALESCE(c.relacl, "
	"pg_catalog.acldefault('r', c.relowner)) FROM pg_catalog.pg_class AS c, o "
	"WHERE o.kind OPERATOR(pg_catalog.=) 'VIEW' AND c.oid OPERATOR(pg_catalog.=) o.objid "
	"UNION ALL SELECT c.attname, c.attacl FROM pg_catalog.pg_attribute AS c, o "
	"WHERE o.kind OPERATOR(pg_catalog.=) 'VIEW' AND c.attrelid OPERATOR(pg_catalog.=) o.objid "
	"UNION ALL SELECT NULL, COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner)) "
	"FROM pg_catalog.pg_proc AS p, o "
	"WHERE o.kind OPERATOR(pg_catalog.=) 'FUNCTION' AND p.oid OPERATOR(pg_catalog.=) o.objid), "
	"granted (attname, privilege, grantee, option) AS (SELECT l.attname, "
	"pg_catalog.concat(g.privilege_type, ' (' OPERATOR(pg_catalog.||) "
	"pg_catalog.quote_ident(l.attname) OPERATOR(pg_catalog.||) ')', ' ON ', "
	"CASE WHEN o.kind OPERATOR(pg_catalog.=) 'FUNCTION' THEN 'FUNCTION ' END, o.name), "
	"CASE WHEN g.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC' "
	"ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END, "
	"CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END "
	"FROM o, list AS l, pg_catalog.aclexplode(l.acl) AS g) "
	"SELECT attname, pg_catalog.concat('GRANT ', privilege, ' TO ', grantee, option), "
	"pg_catalog.concat('REVOKE ', privilege, ' FROM ', grantee) FROM granted UNION ALL "
	"SELECT NULL, pg_catalog.concat('ALTER VIEW ', o.name, ' SET (', option, ')'), NULL "
	"FROM o, pg_catalog.pg_class AS c, pg_catalog.unnest(c.reloptions) AS option "
	"WHERE o.kind OPERATOR(pg_catalog.=) 'VIEW' AND c.oid OPERATOR(pg_catalog.=) o.objid UNION ALL "
	"SELECT a.attname, pg_catalog.concat('COMMENT ON ', CASE WHEN a.attname IS NULL THEN o.kind "
	"ELSE 'COLUMN' END, ' ', o.name, '.' OPERATOR(pg_catalog.||) "
	"pg_catalog.quote_ident(a.attname), ' IS ', pg_catalog.quote_literal(d.description)), NULL "
	"FROM o JOIN pg_catalog.pg_description AS d ON d.objoid OPERATOR(pg_catalog.=) o.objid "
	"AND d.classoid OPERATOR(pg_catalog.=) o.classid "
	"LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) d.objoid "
	"AND a.attnum OPERATOR(pg_catalog.=) d.objsubid AND d.objsubid OPERATOR(pg_catalog.<>) 0";

/* What is called so in the definition. */
static const char *
defined_name(Node *statement)
{
	return IsA(statement, ViewStmt) ? ((ViewStmt *) statement)->view->relname
									: strVal(llast(((CreateFunctionStmt *) statement)->funcname));
}

/* How SQL names a view or function. */
static char *
sql_name(const Check *check, Oid object, Node *statement)
{
	return IsA(statement, ViewStmt) ? object_name(check, defined_name(statement))
									: format_procedure_qualified(object);
}

/* The function of the definition that a schema has, or InvalidOid. */
static Oid
defined_function(const Check *check, const CreateFunctionStmt *statement)
{
	Oid types[FUNC_MAX_ARGS];
	int count = 0;
	ListCell *cell;

	foreach (cell, statement->parameters)
	{
		FunctionParameter *parameter = lfirst_node(FunctionParameter, cell);

		if (parameter->mode != FUNC_PARAM_TABLE)
			types[count++] = typenameTypeId(NULL, parameter->argType);
	}
	return GetSysCacheOid3(
		PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(strVal(llast(statement->funcname))),
		PointerGetDatum(buildoidvector(types, count)), ObjectIdGetDatum(check->schema));
}

/* The view or function of the definition that a schema has, or InvalidOid. */
Oid
defined_object(const Check *check, Node *statement)
{
	if (IsA(statement, ViewStmt))
		return get_relname_relid(defined_name(statement), check->schema);
	if (IsA(statement, CreateFunctionStmt))
		return defined_function(check, (CreateFunctionStmt *) statement);
	return InvalidOid;
}

/* What a view or function has that is its owner's choice. */
static List *
find_kept(const Check *check, Oid object, Node *statement)
{
	bool view = IsA(statement, ViewStmt);
	List *found = NIL;

	run_on_rows(psprintf(owners_choice, view ? RelationRelationId : ProcedureRelationId, object,
						 view ? "'VIEW'" : "'FUNCTION'",
						 quote_literal_cstr(sql_name(check, object, statement))));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		Kept *kept = palloc0(sizeof(Kept));

		kept->name = pstrdup(defined_name(statement));
		kept->column = copy_value(CurrentMemoryContext, row, 1);
		kept->give = copy_value(CurrentMemoryContext, row, 2);
		kept->take = copy_value(CurrentMemoryContext, row, 3);
		found = lappend(found, kept);
	}
	return found;
}

/* Note what a view or function is to get back. */
void
keep(Check *check, Oid object, Node *statement)
{
	Kept *there = palloc0(sizeof(Kept));

	there->name = pstrdup(defined_name(statement));
	check->dropped = lappend(check->dropped, there);
	check->dropped = list_concat(check->dropped, find_kept(check, object, statement));
}

/* How many of the objects that are in the way are named. */
#define MAX_TOLD 20

/* Nothing that stands there may be somebody's own. */
static void
refuse_dependents(const Check *check, const char *name, List *objects, List *descriptions,
				  List *ours)
{
	StringInfoData others;
	int count = 0;
	ListCell *object;
	ListCell *description;

	initStringInfo(&others);
	forboth(object, objects, description, descriptions)
	{
		if (!list_member_oid(ours, lfirst_oid(object)) && count++ < MAX_TOLD)
			appendStringInfo(&others, "%s%s", others.len == 0 ? "" : ", ",
							 (char *) lfirst(description));
	}
	if (count > MAX_TOLD)
		appendStringInfo(&others, " and %d more", count - MAX_TOLD);
	if (others.len > 0)
		refuse_upgrade(check, psprintf("%s gets other columns, and these depend on it: %s.",
									   object_name(check, name), others.data));
}

/* Drop a view or function with those of the definition that stand on it. */
void
drop_standing(Check *check, Oid object, Node *statement)
{
	List *objects = NIL;
	List *descriptions = NIL;
	List *ours = NIL;
	List *drops = NIL;

	(void) run_query(psprintf(
		standing, IsA(statement, ViewStmt) ? RelationRelationId : ProcedureRelationId, object));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		objects = lappend_oid(objects, strtoul(copy_value(CurrentMemoryContext, row, 1), NULL, 10));
		descriptions = lappend(descriptions, copy_value(CurrentMemoryContext, row, 2));
	}
	/* a later one may stand on an earlier one */
	for (int i = list_length(check->statements) - 1; i >= 0; i--)
	{
		Node *other = list_nth_node(RawStmt, check->statements, i)->stmt;
		Oid there = defined_object(check, other);

		if (!OidIsValid(there) || !list_member_oid(objects, there))
			continue;
		ours = lappend_oid(ours, there);
		keep(check, there, other);
		drops = list_concat(drops, remedy("DROP %s %s", IsA(other, ViewStmt) ? "VIEW" : "FUNCTION",
										  sql_name(check, there, other)));
	}
	refuse_dependents(check, defined_name(statement), objects, descriptions, ours);
	run_remedy(check, drops);
}

/* Whether a view or function was dropped to be made again. */
bool
is_remade(const Check *check, const char *name)
{
	ListCell *cell;

	foreach (cell, check->dropped)
		if (strcmp(((Kept *) lfirst(cell))->name, name) == 0)
			return true;
	return false;
}

/* Whether something is among what is kept. */
static bool
has_kept(List *list, const Kept *kept)
{
	ListCell *cell;

	foreach (cell, list)
	{
		Kept *other = lfirst(cell);

		if (other->give != NULL && strcmp(other->give, kept->give) == 0)
			return true;
	}
	return false;
}

/*
 * Give one that was made again what it had, but for columns that are gone, and take what default
 * privileges gave it.
 */
void
give_back(const Check *check, Node *statement)
{
	const char *name = defined_name(statement);
	Oid object = defined_object(check, statement);
	List *has;
	ListCell *cell;

	if (!is_remade(check, name))
		return;
	has = find_kept(check, object, statement);
	foreach (cell, has)
	{
		Kept *kept = lfirst(cell);

		if (kept->take != NULL && !has_kept(check->dropped, kept))
			run_remedy(check, remedy("%s", kept->take));
	}
	foreach (cell, check->dropped)
	{
		Kept *kept = lfirst(cell);

		if (kept->give == NULL || strcmp(kept->name, name) != 0 || has_kept(has, kept) ||
			(kept->column != NULL && get_attnum(object, kept->column) == InvalidAttrNumber))
			continue;
		run_remedy(check, remedy("%s", kept->give));
	}
}
