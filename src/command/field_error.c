/* Which field an error of the server's own is about. */
#include "postgres.h"

#include "command/field_error.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/statement.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/*
 * The server names the constraint that a row violates, but the column only where that is NOT NULL.
 * After an error nothing can be read any more, so what constraints are about is read before.
 */

/* A constraint, or an index, and a column that it is about. */
typedef struct ConstraintField
{
	const char *constraint;
	const char *field;
} ConstraintField;

static List *
add_field_of(List *fields, const char *constraint, const char *column)
{
	ConstraintField *field = palloc(sizeof(ConstraintField));

	if (strcmp(column, TENANT_COLUMN) == 0)
		return fields;
	field->constraint = pstrdup(constraint);
	field->field = pstrdup(column);
	return lappend(fields, field);
}

/* Add the constraints of a table, for each of their columns; or those of a domain, for a column. */
static List *
add_constraints(List *fields, Oid relid, Oid domain, const char *column)
{
	Relation catalog = table_open(ConstraintRelationId, AccessShareLock);
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

		if (column != NULL)
			fields = add_field_of(fields, name, column);
		for (int i = 0; numbers != NULL && i < ArrayGetNItems(1, ARR_DIMS(numbers)); i++)
		{
			const char *key = get_attname(relid, ((int16 *) ARR_DATA_PTR(numbers))[i], true);

			if (key != NULL)
				fields = add_field_of(fields, name, key);
		}
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return fields;
}

/* Add the indexes of a table, which may be unique without a constraint, or full. */
static List *
add_indexes(List *fields, Relation rel)
{
	ListCell *cell;

	foreach (cell, RelationGetIndexList(rel))
	{
		HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		const char *name = get_rel_name(lfirst_oid(cell));
		Form_pg_index index;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		for (int i = 0; name != NULL && i < index->indnkeyatts; i++)
		{
			const char *key = get_attname(RelationGetRelid(rel), index->indkey.values[i], true);

			if (key != NULL)
				fields = add_field_of(fields, name, key);
		}
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

/* What the constraints of a table, its indexes and the domains of its columns are about. */
List *
constraint_fields(Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);
	List *fields = add_constraints(NIL, RelationGetRelid(rel), InvalidOid, NULL);

	fields = add_indexes(fields, rel);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Oid type = attribute->atttypid;

		for (; !attribute->attisdropped && get_typtype(type) == TYPTYPE_DOMAIN;
			 type = below_domain(type))
			fields = add_constraints(fields, InvalidOid, type, NameStr(attribute->attname));
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

/* The column that a constraint is about: one that is set, else the last of its columns. */
static const char *
field_of(List *constraints, const char *constraint, const Changes *changes)
{
	const char *field = NULL;
	ListCell *cell;

	foreach (cell, constraints)
	{
		const ConstraintField *known = lfirst(cell);

		if (strcmp(known->constraint, constraint) != 0)
			continue;
		if (is_set(changes, known->field))
			return known->field;
		field = known->field;
	}
	return field;
}

/* Give an error of the server's own what ours have: a code, and the field that it is about. */
void
name_field(ErrorData *error, Relation rel, const Changes *changes, List *constraints)
{
	bool elsewhere = error->table_name != NULL &&
					 rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
					 strcmp(error->table_name, RelationGetRelationName(rel)) != 0;
	const char *field;

	if (error->constraint_name == NULL && error->sqlerrcode == ERRCODE_NOT_NULL_VIOLATION)
		error->constraint_name = pstrdup("value_required");
	if (error->constraint_name == NULL && error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE)
		error->constraint_name = pstrdup("not_allowed");
	if (error->constraint_name == NULL || error->column_name != NULL || elsewhere)
		return;
	field = field_of(constraints, error->constraint_name, changes);
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
		name_field(error, rel, changes, statement->constraints);
		ReThrowError(error);
	}
	PG_END_TRY();
}
