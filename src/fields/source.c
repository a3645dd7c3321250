/* A relation that is queried: its columns, and the relations beside it. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "base/errors.h"
#include "base/function_name.h"
#include "base/sqltext.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fields/not_null.h"
#include "fields/readable.h"
#include "fields/settings_rows.h"
#include "fields/source.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The relation `opportunity` as found on the search_path. */
static Oid
default_relation(void)
{
	Oid relid = RelnameGetRelid("opportunity");

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("no relation \"opportunity\" is on the search_path"),
						errhint("Name one: relation => 'crm.opportunity', or put its schema on the "
								"search_path."),
						err_code("unknown_relation")));
	return relid;
}

/* Read the columns that a row has, which is one of a relation or, where that is NULL, of any
 * origin.
 */
static void
read_columns(Source *source, TupleDesc desc, Relation relation)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		SourceColumn *column;

		if (attribute->attisdropped)
			continue;
		column = palloc(sizeof(SourceColumn));
		column->name = pstrdup(NameStr(attribute->attname));
		column->number = attribute->attnum;
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		/* Types whose OIDs are assigned by hand are no domains: they need not be looked up. */
		column->base_type = attribute->atttypid < FirstGenbkiObjectId
								? attribute->atttypid
								: getBaseType(attribute->atttypid);
		column->not_null = relation != NULL && never_null(relation, attribute->attnum);
		source->columns = lappend(source->columns, column);
	}
}

/* Read the columns of a relation. Its lock is kept, as that of any query is. */
Source *
open_source(Oid relid)
{
	Relation relation = try_relation_open(relid, AccessShareLock);
	Source *source = palloc0(sizeof(Source));

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation %u does not exist", relid),
				 errhint("Name one: relation => 'crm.opportunity'."),
				 err_code("unknown_relation")));
	switch (relation->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
		case RELKIND_PARTITIONED_TABLE:
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table or view", RelationGetRelationName(relation)),
					 errhint("Name a table, view, partitioned or foreign table."),
					 err_code("not_a_table")));
	}

	source->relid = relid;
	source->schema = RelationGetNamespace(relation);
	source->name = pstrdup(RelationGetRelationName(relation));
	source->sql = sql_relation(relid);
	source->row_security = relation->rd_rel->relrowsecurity;
	read_columns(source, RelationGetDescr(relation), relation);
	relation_close(relation, NoLock);
	return source;
}

/*
 * Read what a row of a composite type is made of; for an anonymous one the typmod tells which. Any
 * column may be NULL: such a row can come from an outer join.
 */
Source *
open_row_source(Oid type, int32 typmod)
{
	TupleDesc desc = lookup_rowtype_tupdesc(type, typmod);
	Source *source = palloc0(sizeof(Source));

	source->relid = get_typ_typrelid(type);
	if (OidIsValid(source->relid))
	{
		source->schema = get_rel_namespace(source->relid);
		source->name = get_rel_name(source->relid);
		source->sql = sql_relation(source->relid);
	}
	else
		source->name = pstrdup("record");
	read_columns(source, desc, NULL);
	ReleaseTupleDesc(desc);
	return source;
}

/* The relation that an argument names, by default `opportunity`. */
Oid
relation_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? default_relation() : PG_GETARG_OID(number);
}

/* The same, opened. */
Source *
source_argument(FunctionCallInfo fcinfo, int number)
{
	return open_source(relation_argument(fcinfo, number));
}

/* Open a relation that must stand beside another, in the same schema. */
Source *
open_sibling(const Source *source, const char *name, const char *needed_for)
{
	Oid relid = get_relname_relid(name, source->schema);

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation \"%s\" is missing beside \"%s\"", name, source->name),
						errdetail("%s needs it in schema \"%s\".", needed_for,
								  get_namespace_name(source->schema)),
						errhint("Make a table or view of that name there."),
						err_code("relation_missing")));
	return open_source(relid);
}

/* Whether our trigger stands on a table: then create_crm made it. */
bool
has_opportunity_trigger(Relation relation)
{
	/* a copy, as the table's own may be read anew while functions are looked up */
	const TriggerDesc *triggers = CopyTriggerDesc(relation->trigdesc);

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (!trigger->tgisinternal &&
			is_function(trigger->tgfoid, "opportunities_internal", "opportunity_trigger"))
			return true;
	}
	return false;
}

/* Whether a relation is a table that create_crm made. */
bool
made_by_create_crm(Oid relid)
{
	Relation relation = relation_open(relid, AccessShareLock);
	bool result = has_opportunity_trigger(relation);

	relation_close(relation, NoLock);
	return result;
}

/*
 * Whether a table that nobody named may hold something for the user: one that the user may not read
 * doesn't.
 */
bool
has_rows_for_user(Oid relid)
{
	return pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK && may_hold_rows(relid);
}

/* Whether the user may read what a name stands for, as far as it is a column of a relation. */
bool
may_select(const Source *source, const char *name)
{
	const SourceColumn *column = source_column(source, name);

	return column == NULL ||
		   pg_class_aclcheck(source->relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		   pg_attribute_aclcheck(source->relid, column->number, GetUserId(), ACL_SELECT) ==
			   ACLCHECK_OK;
}

/*
 * The relation of a name beside another, which nobody named: if it has some columns that the user
 * may read, and may hold rows. Else NULL.
 */
Source *
open_beside(const Source *source, const char *name, int count, const char *const *needs)
{
	Oid relid = OidIsValid(source->schema) ? get_relname_relid(name, source->schema) : InvalidOid;
	List *names = NIL;
	Source *beside;

	if (!OidIsValid(relid) || !may_hold_rows(relid))
		return NULL;
	beside = open_source(relid);
	for (int i = 0; i < count; i++)
	{
		if (source_column(beside, needs[i]) == NULL)
			return NULL;
		names = lappend(names, unconstify(char *, needs[i]));
	}
	return may_select(beside, TENANT_COLUMN) && may_read_all(beside, names) ? beside : NULL;
}

/* A column by name, or NULL. */
SourceColumn *
source_column(const Source *source, const char *name)
{
	ListCell *cell;

	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);

		if (strcmp(column->name, name) == 0)
			return column;
	}
	return NULL;
}

/* Raise an error that lists all the needed columns that a relation lacks, if it lacks any. */
void
need_columns(const Source *source, int count, const char *const *names)
{
	StringInfoData missing;
	const char *first = NULL;

	initStringInfo(&missing);
	for (int i = 0; i < count; i++)
	{
		if (source_column(source, names[i]) != NULL)
			continue;
		if (first == NULL)
			first = names[i];
		else
			appendStringInfoString(&missing, ", ");
		appendStringInfoString(&missing, names[i]);
	}
	if (first != NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("relation \"%s\" lacks the columns that are needed", source->name),
						errdetail("Missing: %s.", missing.data),
						errhint("Map the relation by a view with the standard column names."),
						err_code("column_missing"), err_field(first)));
}

/* The names of all columns, for hints. */
List *
column_names(const Source *source)
{
	List *names = NIL;
	ListCell *cell;

	foreach (cell, source->columns)
		names = lappend(names, ((SourceColumn *) lfirst(cell))->name);
	return names;
}

/* Whether values of a type, which is no domain, are numbers without rounding. */
bool
is_exact_number(Oid type)
{
	return type == NUMERICOID || type == INT2OID || type == INT4OID || type == INT8OID;
}
