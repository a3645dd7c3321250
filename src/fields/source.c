#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "fields/source.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_oper.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* The relation `opportunity` as found on the search_path. */
Oid
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

/* Read the columns that a row has; binding: what is NOT NULL is so in every row. */
static void
read_columns(Source *source, TupleDesc desc, bool binding)
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
		column->base_type = getBaseType(attribute->atttypid);
		column->not_null = binding && not_null_holds(desc, i);
		source->columns = lappend(source->columns, column);
	}
}

/* Read what a relation is made of. Its lock is kept, as that of any query is. */
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
	/* tables that inherit from one may lift its NOT NULL; partitions may not */
	read_columns(source, RelationGetDescr(relation),
				 relation->rd_rel->relkind != RELKIND_RELATION ||
					 !relation->rd_rel->relhassubclass);
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
	read_columns(source, desc, false);
	ReleaseTupleDesc(desc);
	return source;
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
						err_code("missing_relation")));
	return open_source(relid);
}

/*
 * Whether a table that nobody named may hold something for the user: one that the user may not read
 * doesn't, nor one without a page, as most tables of settings are.
 */
bool
has_rows_for_user(Oid relid)
{
	Relation relation;
	bool empty;

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return false;
	relation = relation_open(relid, AccessShareLock);
	empty =
		relation->rd_rel->relkind == RELKIND_RELATION && RelationGetNumberOfBlocks(relation) == 0;
	relation_close(relation, NoLock);
	return !empty;
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
						err_code("missing_column"), err_field(first)));
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

static SourceColumn *
column_by_number(const Source *source, AttrNumber number)
{
	ListCell *cell;

	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);

		if (column->number == number)
			return column;
	}
	return NULL;
}

/* A list of the int16 or Oid elements of a catalog's array. */
static List *
array_elements(HeapTuple tuple, Relation catalog, AttrNumber number)
{
	bool isnull;
	Datum value = heap_getattr(tuple, number, RelationGetDescr(catalog), &isnull);
	ArrayType *array = DatumGetArrayTypeP(value);
	List *elements = NIL;

	for (int i = 0; i < ARR_DIMS(array)[0]; i++)
	{
		if (ARR_ELEMTYPE(array) == INT2OID)
			elements = lappend_int(elements, ((int16 *) ARR_DATA_PTR(array))[i]);
		else
			elements = lappend_oid(elements, ((Oid *) ARR_DATA_PTR(array))[i]);
	}
	return elements;
}

/* The columns of a relation by their numbers. */
static List *
columns_by_number(const Source *source, List *numbers)
{
	List *columns = NIL;
	ListCell *cell;

	foreach (cell, numbers)
		columns = lappend(columns, column_by_number(source, lfirst_int(cell)));
	return columns;
}

/* The names of columns of a relation by their numbers. */
static List *
names_by_number(Oid relid, List *numbers)
{
	List *names = NIL;
	ListCell *cell;

	foreach (cell, numbers)
		names = lappend(names, get_attname(relid, lfirst_int(cell), false));
	return names;
}

/*
 * The link of the foreign key with the fewest columns among those of a relation: the one that a
 * column of it is part of, or with many those of another relation that refer to it. NULL: none.
 */
static Link *
foreign_key_link(const Source *source, const SourceColumn *column, Oid many)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Link *link = NULL;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(OidIsValid(many) ? many : source->relid));
	scan = systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		List *referring;
		List *referred;

		if (form->contype != CONSTRAINT_FOREIGN ||
			(OidIsValid(many) && form->confrelid != source->relid))
			continue;
		referring = array_elements(tuple, catalog, Anum_pg_constraint_conkey);
		if ((column != NULL && !list_member_int(referring, column->number)) ||
			(link != NULL && list_length(link->local) <= list_length(referring)))
			continue;

		referred = array_elements(tuple, catalog, Anum_pg_constraint_confkey);
		link = palloc0(sizeof(Link));
		link->enforced = form->convalidated;
		link->operators = array_elements(tuple, catalog, Anum_pg_constraint_conpfeqop);
		link->many = OidIsValid(many);
		link->relid = link->many ? many : form->confrelid;
		link->local = columns_by_number(source, link->many ? referred : referring);
		link->foreign = names_by_number(link->relid, link->many ? referring : referred);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return link;
}

/* The operator by which two types are equal, found without the search_path, or InvalidOid. */
static Oid
equality(Oid left, Oid right)
{
	if (left == right)
		return lookup_type_cache(left, TYPECACHE_EQ_OPR)->eq_opr;
	return compatible_oper_opid(list_make2(makeString("pg_catalog"), makeString("=")), left, right,
								true);
}

/* A link between two columns that nothing but their names relates. */
static Link *
link_by_name(const Source *source, SourceColumn *local, const Source *target,
			 const SourceColumn *foreign, bool many)
{
	Link *link = palloc0(sizeof(Link));
	Oid operator_oid =
		many ? equality(local->type, foreign->type) : equality(foreign->type, local->type);

	if (!OidIsValid(operator_oid))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("\"%s\" of \"%s\" and \"%s\" of \"%s\" can't be compared",
							   local->name, source->name, foreign->name, target->name),
						errdetail("Their types are %s and %s.", format_type_be(local->type),
								  format_type_be(foreign->type)),
						errhint("Cast one of them in the view."), err_code("column_type"),
						err_field(local->name)));
	link->relid = target->relid;
	link->local = list_make1(local);
	link->foreign = list_make1(foreign->name);
	link->operators = list_make1_oid(operator_oid);
	link->many = many;
	return link;
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * A relation of a name, in whatever schema, that has a foreign key to a relation and the same
 * owner. Anybody may be allowed to make a key to it, and the policies of their table would run with
 * the rights of whoever uses a filter.
 */
static Oid
referring_relation(const Source *source, const char *name)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	Oid owner = relation_owner(source->relid);
	HeapTuple tuple;
	Oid found = InvalidOid;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		char *referring;

		if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != source->relid)
			continue;
		referring = get_rel_name(form->conrelid);
		if (referring != NULL && strcmp(referring, name) == 0 &&
			relation_owner(form->conrelid) == owner &&
			(!OidIsValid(found) || form->conrelid < found))
			found = form->conrelid;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

/*
 * Where a name leads from a relation: over the foreign key of the column name_id or name, else
 * from name_id to the id of the relation of that name in the same schema. NULL: nowhere.
 */
Link *
source_link(const Source *source, const char *name)
{
	SourceColumn *column = source_column(source, psprintf("%s_id", name));
	SourceColumn *id;
	Source *target;
	Link *link;
	Oid relid;

	if (column == NULL)
	{
		column = source_column(source, name);
		return column == NULL ? NULL : foreign_key_link(source, column, InvalidOid);
	}
	link = foreign_key_link(source, column, InvalidOid);
	if (link != NULL)
		return link;

	relid = get_relname_relid(name, source->schema);
	if (!OidIsValid(relid))
		return NULL;
	target = open_source(relid);
	id = source_column(target, "id");
	if (id == NULL)
		return NULL;

	return link_by_name(source, column, target, id, false);
}

/*
 * The relation of a name whose rows refer to those of this one: by a foreign key of a relation of
 * the same schema, else by its column named after this relation, else by a foreign key from another
 * schema of a relation of the same owner. NULL: there is none.
 */
Link *
many_link(const Source *source, const char *name)
{
	Oid relid = get_relname_relid(name, source->schema);
	SourceColumn *id = source_column(source, "id");
	SourceColumn *column;
	Source *target;
	Link *link;

	if (OidIsValid(relid))
	{
		link = foreign_key_link(source, NULL, relid);
		if (link != NULL || id == NULL || source->name == NULL)
			return link;
		target = open_source(relid);
		column = source_column(target, psprintf("%s_id", source->name));
		return column == NULL ? NULL : link_by_name(source, id, target, column, true);
	}
	relid = referring_relation(source, name);
	return OidIsValid(relid) ? foreign_key_link(source, NULL, relid) : NULL;
}
