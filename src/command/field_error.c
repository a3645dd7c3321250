/* Which field an error of the server's own is about. */
#include "postgres.h"

#include "command/field_error.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/error_detail.h"
#include "base/statement.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fields/origin.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * The server names the constraint that a row violates, but the column only where that is NOT NULL;
 * and, below a view, the table and its columns. After an error nothing can be read any more, so
 * what constraints are about is read before.
 */

/* A column of a table that a field shows, and a constraint or index that the column is part of. */
typedef struct ConstraintField
{
	const char *schema;
	const char *table;		/* NULL: the constraint is a domain's, and any table's */
	bool partitioned;		/* errors name the partition */
	const char *constraint; /* NULL: the column itself */
	const char *column;
	const char *field;
	bool plain; /* the field is the column, not made of it */
} ConstraintField;

/* The fields that show columns of a table, each with the column's number. */
typedef struct FieldTable
{
	Relation rel;
	List *fields; /* of FieldColumn */
} FieldTable;

typedef struct FieldColumn
{
	Oid relid;
	AttrNumber number;
	const char *field;
	bool plain;
} FieldColumn;

/* The column of a table that a field shows, or is made of. NULL: of none, or of several. */
static FieldColumn *
column_of_field(Oid relid, Form_pg_attribute attribute)
{
	Origin *origin = column_origin(relid, attribute->attnum);
	FieldColumn *column;
	Bitmapset *numbers = NULL;

	if (origin == NULL || strcmp(NameStr(attribute->attname), TENANT_COLUMN) == 0)
		return NULL;
	pull_varattnos(origin->expression, 1, &numbers);
	if (bms_membership(numbers) != BMS_SINGLETON)
		return NULL;
	column = palloc(sizeof(FieldColumn));
	column->relid = origin->relid;
	column->number = bms_singleton_member(numbers) + FirstLowInvalidHeapAttributeNumber;
	if (column->number <= 0)
		return NULL;
	column->field = pstrdup(NameStr(attribute->attname));
	column->plain = IsA(origin->expression, Var);
	return column;
}

/* The tables that a relation's fields are columns of: one, or several below a view. */
static List *
field_tables(Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);
	List *tables = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		FieldColumn *column =
			attribute->attisdropped ? NULL : column_of_field(RelationGetRelid(rel), attribute);
		FieldTable *table = NULL;
		ListCell *cell;

		if (column == NULL)
			continue;
		foreach (cell, tables)
		{
			if (RelationGetRelid(((FieldTable *) lfirst(cell))->rel) == column->relid)
				table = lfirst(cell);
		}
		if (table == NULL)
		{
			table = palloc0(sizeof(FieldTable));
			table->rel = table_open(column->relid, AccessShareLock);
			tables = lappend(tables, table);
		}
		table->fields = lappend(table->fields, column);
	}
	return tables;
}

/* Add what fields of a column a constraint is about; of the column itself, where it is NULL. */
static List *
add_fields_of(List *fields, const FieldTable *table, const char *constraint, AttrNumber number,
			  bool of_domain)
{
	ListCell *cell;

	foreach (cell, table->fields)
	{
		const FieldColumn *column = lfirst(cell);
		ConstraintField *field;

		if (column->number != number)
			continue;
		field = palloc0(sizeof(ConstraintField));
		if (!of_domain)
		{
			field->schema = get_namespace_name(RelationGetNamespace(table->rel));
			field->table = pstrdup(RelationGetRelationName(table->rel));
		}
		field->partitioned = table->rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
		field->constraint = constraint == NULL ? NULL : pstrdup(constraint);
		field->column = get_attname(RelationGetRelid(table->rel), number, false);
		field->field = pstrdup(column->field);
		field->plain = column->plain;
		fields = lappend(fields, field);
	}
	return fields;
}

/* Add the constraints of a table, for each of their columns; or those of a domain, for a column. */
static List *
add_constraints(List *fields, const FieldTable *table, Oid domain, AttrNumber column)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
	Oid relid = OidIsValid(domain) ? InvalidOid : RelationGetRelid(table->rel);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_constraint_contypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(domain));
	scan = systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		const char *name = NameStr(((Form_pg_constraint) GETSTRUCT(tuple))->conname);
		bool isnull;
		Datum value =
			heap_getattr(tuple, Anum_pg_constraint_conkey, RelationGetDescr(catalog), &isnull);
		ArrayType *numbers = isnull ? NULL : DatumGetArrayTypeP(value);

		if (OidIsValid(domain))
			fields = add_fields_of(fields, table, name, column, true);
		for (int i = 0; numbers != NULL && i < ArrayGetNItems(1, ARR_DIMS(numbers)); i++)
			fields =
				add_fields_of(fields, table, name, ((int16 *) ARR_DATA_PTR(numbers))[i], false);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return fields;
}

/* Add the indexes of a table, which may be unique without a constraint, or full. */
static List *
add_indexes(List *fields, const FieldTable *table)
{
	ListCell *cell;

	foreach (cell, RelationGetIndexList(table->rel))
	{
		HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		const char *name = get_rel_name(lfirst_oid(cell));
		Form_pg_index index;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		for (int i = 0; name != NULL && i < index->indnkeyatts; i++)
			fields = add_fields_of(fields, table, name, index->indkey.values[i], false);
		ReleaseSysCache(tuple);
	}
	return fields;
}

/* The type that a domain is made of, which may be a domain. */
static Oid
below_domain(Oid domain)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(domain));
	Oid base;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	base = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
	ReleaseSysCache(tuple);
	return base;
}

/* Add the columns of a table, and the domains that they are of. */
static List *
add_columns(List *fields, const FieldTable *table)
{
	TupleDesc desc = RelationGetDescr(table->rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Oid type = attribute->atttypid;

		if (attribute->attisdropped)
			continue;
		fields = add_fields_of(fields, table, NULL, attribute->attnum, false);
		for (; get_typtype(type) == TYPTYPE_DOMAIN; type = below_domain(type))
			fields = add_constraints(fields, table, type, attribute->attnum);
	}
	return fields;
}

/* What constraints, indexes and domains are about, of the tables that a relation's rows are in. */
List *
constraint_fields(Relation rel)
{
	List *fields = NIL;
	ListCell *cell;

	foreach (cell, field_tables(rel))
	{
		const FieldTable *table = lfirst(cell);

		fields = add_constraints(fields, table, InvalidOid, InvalidAttrNumber);
		fields = add_indexes(fields, table);
		fields = add_columns(fields, table);
		table_close(table->rel, NoLock);
	}
	return fields;
}

/* Whether changes set a column, or a key of it. */
static bool
is_set(const Changes *changes, const char *column)
{
	if (changes == NULL)
		return false;
	if (strcmp(column, "custom") == 0 && (changes->custom != NULL || changes->removed != NIL))
		return true;
	return find_change(changes, column) != NULL;
}

/* Whether an error is about a column, or a constraint of it. */
static bool
is_about(const ErrorData *error, const ConstraintField *known)
{
	if (error->column_name != NULL
			? known->constraint != NULL || strcmp(known->column, error->column_name) != 0
			: known->constraint == NULL || strcmp(known->constraint, error->constraint_name) != 0)
		return false;
	if (known->table == NULL || known->partitioned || error->table_name == NULL)
		return true;
	return strcmp(known->table, error->table_name) == 0 && error->schema_name != NULL &&
		   strcmp(known->schema, error->schema_name) == 0;
}

/* The field that an error is about: one that is set, else the last of its columns that is shown. */
static const char *
field_of(const ErrorData *error, List *constraints, const Changes *changes)
{
	const char *field = NULL;
	ListCell *cell;

	foreach (cell, constraints)
	{
		const ConstraintField *known = lfirst(cell);

		if (!is_about(error, known))
			continue;
		if (is_set(changes, known->field))
			return known->field;
		if (known->plain)
			field = known->field;
	}
	return field;
}

/* The code of an error of the server's own that has none. */
static const char *
code_of(int sqlstate)
{
	switch (sqlstate)
	{
		case ERRCODE_NOT_NULL_VIOLATION:
			return "value_required";
		case ERRCODE_INSUFFICIENT_PRIVILEGE:
			return "not_allowed";
		case ERRCODE_WITH_CHECK_OPTION_VIOLATION:
			return "outside_view";
		default:
			return NULL;
	}
}

/* Give an error of the server's own what ours have: a code, and the field that it is about. */
void
name_field(ErrorData *error, const Changes *changes, List *constraints)
{
	const char *code = code_of(error->sqlerrcode);
	const char *field;

	read_detail_object(error);
	if (error->constraint_name == NULL && code != NULL)
		error->constraint_name = pstrdup(code);
	if (error->constraint_name == NULL)
		return;
	field = field_of(error, constraints, changes);
	if (field != NULL)
		error->column_name = pstrdup(field);
}

/* Run a statement that changes a row; SPI holds what it gives back. */
void
run_change(KeptPlan *statement, Datum *args, const char *nulls, Relation rel,
		   const Changes *changes)
{
	MemoryContext caller = CurrentMemoryContext;

	if (statement->constraints == NIL)
	{
		MemoryContextSwitchTo(statement->context);
		statement->constraints = constraint_fields(rel);
		MemoryContextSwitchTo(caller);
	}
	PG_TRY();
	{
		run_statement(statement, args, nulls);
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		name_field(error, changes, statement->constraints);
		ReThrowError(error);
	}
	PG_END_TRY();
}
