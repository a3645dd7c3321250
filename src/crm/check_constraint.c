/* check_crm, and upgrade_crm: constraints against those of the definition. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "base/compat.h"
#include "base/shard.h"
#include "catalog/pg_constraint.h"
#include "commands/tablecmds.h"
#include "crm/check.h"
#include "crm/mend.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/* The types of constraints that rest on an index, or are to one. */
static bool
is_key(const Constraint *constraint)
{
	return constraint->contype == CONSTR_PRIMARY || constraint->contype == CONSTR_UNIQUE ||
		   constraint->contype == CONSTR_FOREIGN;
}

/*
 * Whether a condition that is stored, NULL for none, is that which the definition has, as the
 * server writes both.
 */
bool
same_expression(Node *stored, Node *raw, Relation rel, ParseExprKind kind)
{
	ParseState *pstate = make_parsestate(NULL);
	List *names = deparse_context_for(RelationGetRelationName(rel), RelationGetRelid(rel));
	Node *wanted;
	bool same;

	if (stored == NULL || raw == NULL)
		return stored == NULL && raw == NULL;
	addNSItemToQuery(pstate,
					 addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false, true),
					 true, true, true);
	wanted = transformExpr(pstate, copyObject(raw), kind);
	wanted = coerce_to_boolean(pstate, wanted, "CHECK");
	assign_expr_collations(pstate, wanted);
	same = strcmp(deparse_expression(wanted, names, false, false),
				  deparse_expression(stored, names, false, false)) == 0;
	free_parsestate(pstate);
	return same;
}

/* Whether the columns of a key that is stored are those of the definition, in their order. */
static bool
same_columns(Oid relid, Datum stored, List *names)
{
	ArrayType *array = DatumGetArrayTypeP(stored);
	int16 *numbers = (int16 *) ARR_DATA_PTR(array);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != list_length(names))
		return false;
	for (int i = 0; i < list_length(names); i++)
		if (numbers[i] != get_attnum(relid, strVal(list_nth(names, i))))
			return false;
	return true;
}

/* Whether a key cascades alike; Citus, where the tenant is part of it, has none that does. */
static bool
same_update_action(Form_pg_constraint form, const Constraint *constraint)
{
	return form->confupdtype == constraint->fk_upd_action ||
		   (form->confupdtype == FKCONSTR_ACTION_NOACTION && is_distributed(form->conrelid));
}

/* Whether a foreign key is that of the definition. */
static bool
same_reference(const Check *check, HeapTuple tuple, const Constraint *constraint)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	Oid target = get_relname_relid(constraint->pktable->relname, check->schema);
	bool isnull;

	return form->contype == CONSTRAINT_FOREIGN && form->confrelid == target &&
		   form->confdeltype == constraint->fk_del_action && same_update_action(form, constraint) &&
		   form->confmatchtype == constraint->fk_matchtype &&
		   same_columns(form->conrelid,
						SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey, &isnull),
						constraint->fk_attrs) &&
		   same_columns(target,
						SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_confkey, &isnull),
						constraint->pk_attrs);
}

/* Whether a CHECK is that of the definition. */
static bool
same_check(HeapTuple tuple, const Constraint *constraint)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	bool isnull;
	Datum stored = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &isnull);
	Relation rel;
	bool same;

	if (form->contype != CONSTRAINT_CHECK || isnull)
		return false;
	rel = table_open(form->conrelid, AccessShareLock);
	same = same_expression(stringToNode(TextDatumGetCString(stored)), constraint->raw_expr, rel,
						   EXPR_KIND_CHECK_CONSTRAINT);
	table_close(rel, AccessShareLock);
	return same;
}

/* Whether a constraint is that of the definition, as far as it can be compared. */
static bool
same_constraint(const Check *check, HeapTuple tuple, const Constraint *constraint)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	bool isnull;

	if (constraint->contype == CONSTR_CHECK)
		return list_member_oid(check->unlike, form->conrelid) || same_check(tuple, constraint);
	if (constraint->contype == CONSTR_FOREIGN)
		return same_reference(check, tuple, constraint);
	return form->contype ==
			   (constraint->contype == CONSTR_PRIMARY ? CONSTRAINT_PRIMARY : CONSTRAINT_UNIQUE) &&
		   same_columns(form->conrelid,
						SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey, &isnull),
						constraint->keys);
}

/* The partitioned table that a key is of, or leads to; or InvalidOid. */
static Oid
table_of_partitions(const Check *check, Oid relid, const Constraint *constraint)
{
	if (!is_key(constraint))
		return InvalidOid;
	if (constraint->contype == CONSTR_FOREIGN)
		relid = get_relname_relid(constraint->pktable->relname, check->schema);
	return get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? relid : InvalidOid;
}

/* Columns by their names. */
static Bitmapset *
column_set(Oid relid, List *names)
{
	Bitmapset *result = NULL;
	ListCell *cell;

	foreach (cell, names)
		result = bms_add_member(result, get_attnum(relid, strVal(lfirst(cell))) -
											FirstLowInvalidHeapAttributeNumber);
	return result;
}

/*
 * Whether a key of a partitioned table can be there: it has all columns by which the table is
 * partitioned; or one that leads to it can: it leads to its primary key.
 */
static bool
fits_partitions(Oid relid, const Constraint *constraint)
{
	Relation rel;
	PartitionKey partition;
	Bitmapset *wanted;
	Oid primary;

	if (constraint->contype == CONSTR_FOREIGN)
		return bms_equal(get_primary_key_attnos(relid, false, &primary),
						 column_set(relid, constraint->pk_attrs));
	rel = table_open(relid, AccessShareLock);
	partition = RelationGetPartitionKey(rel);
	wanted = column_set(relid, constraint->keys);
	for (int i = 0; i < partition->partnatts; i++)
		if (!bms_is_member(partition->partattrs[i] - FirstLowInvalidHeapAttributeNumber, wanted))
			wanted = NULL;
	table_close(rel, AccessShareLock);
	return wanted != NULL;
}

/*
 * A constraint must be there under its name, say what it shall, and hold for every row. The keys of
 * a table that was partitioned, and those to it, are as its owner made them.
 */
void
check_constraint(Check *check, Oid relid, const char *table, Constraint *constraint)
{
	Oid partitioned = table_of_partitions(check, relid, constraint);
	bool own = OidIsValid(partitioned);
	bool possible = !own || fits_partitions(partitioned, constraint);
	const char *name = constraint->conname;
	List *add = NIL;
	HeapTuple tuple;
	Oid oid;

	if (name == NULL)
		return;
	if (possible)
		add = alteration(check, table,
						 psprintf("ADD %s", part_text(check, constraint->location, NIL)));

	oid = get_relation_constraint_oid(relid, name, true);
	if (!OidIsValid(oid))
	{
		if (possible || constraint->contype != CONSTR_FOREIGN)
			tell_part(check, is_made(check, table, name), "constraint_missing", table,
					  psprintf("constraint \"%s\" is missing", name), add);
		return;
	}
	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", oid);
	if (!own && !same_constraint(check, tuple, constraint))
		tell_difference(check, "constraint_changed", table,
						psprintf("constraint \"%s\" is not the one that create_crm makes", name),
						list_concat(remedy("ALTER TABLE %s DROP CONSTRAINT %s",
										   object_name(check, table), quote_identifier(name)),
									add));
	else if (!((Form_pg_constraint) GETSTRUCT(tuple))->convalidated)
		tell_difference(check, "constraint_not_valid", table,
						psprintf("constraint \"%s\" is not validated", name),
						remedy("ALTER TABLE %s VALIDATE CONSTRAINT %s", object_name(check, table),
							   quote_identifier(name)));
	ReleaseSysCache(tuple);
}
