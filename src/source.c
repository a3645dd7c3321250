#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "errors.h"
#include "nodes/makefuncs.h"
#include "parser/parse_oper.h"
#include "source.h"
#include "sqltext.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
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

/* Read the columns that a row has. */
static void
read_columns(Source *source, TupleDesc desc)
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
		column->not_null = attribute->attnotnull;
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
	read_columns(source, RelationGetDescr(relation));
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
	ListCell *cell;

	source->relid = get_typ_typrelid(type);
	if (OidIsValid(source->relid))
	{
		source->schema = get_rel_namespace(source->relid);
		source->name = get_rel_name(source->relid);
		source->sql = sql_relation(source->relid);
	}
	else
		source->name = pstrdup("record");
	read_columns(source, desc);
	foreach (cell, source->columns)
		((SourceColumn *) lfirst(cell))->not_null = false;
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

/* The link of the foreign key with the fewest columns that a column is part of, or NULL. */
static Link *
foreign_key_link(const Source *source, const SourceColumn *column)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;
	Link *link = NULL;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(source->relid));
	scan = systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		List *local;
		List *foreign;
		ListCell *cell;

		if (form->contype != CONSTRAINT_FOREIGN)
			continue;
		local = array_elements(tuple, catalog, Anum_pg_constraint_conkey);
		if (!list_member_int(local, column->number) ||
			(link != NULL && list_length(link->local) <= list_length(local)))
			continue;

		foreign = array_elements(tuple, catalog, Anum_pg_constraint_confkey);
		link = palloc0(sizeof(Link));
		link->relid = form->confrelid;
		link->enforced = form->convalidated;
		link->operators = array_elements(tuple, catalog, Anum_pg_constraint_conpfeqop);
		foreach (cell, local)
			link->local = lappend(link->local, column_by_number(source, lfirst_int(cell)));
		foreach (cell, foreign)
			link->foreign =
				lappend(link->foreign, get_attname(form->confrelid, lfirst_int(cell), false));
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
		return column == NULL ? NULL : foreign_key_link(source, column);
	}
	link = foreign_key_link(source, column);
	if (link != NULL)
		return link;

	relid = get_relname_relid(name, source->schema);
	if (!OidIsValid(relid))
		return NULL;
	target = open_source(relid);
	id = source_column(target, "id");
	if (id == NULL)
		return NULL;

	link = palloc0(sizeof(Link));
	link->relid = relid;
	link->local = list_make1(column);
	link->foreign = list_make1(id->name);
	link->operators = list_make1_oid(equality(id->type, column->type));
	if (!OidIsValid(linitial_oid(link->operators)))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("\"%s\" of \"%s\" and \"id\" of \"%s\" can't be compared",
							   column->name, source->name, target->name),
						errdetail("Their types are %s and %s.", format_type_be(column->type),
								  format_type_be(id->type)),
						errhint("Cast one of them in the view."), err_code("column_type"),
						err_field(column->name)));
	return link;
}
