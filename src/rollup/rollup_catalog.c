/* The triggers of rollups as the catalog has them. */
#include "postgres.h"

#include "rollup/rollup_catalog.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_trigger.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* Which trigger of a rollup a function is of. */
RollupFunction
rollup_function(Oid function)
{
	static const char *const names[] = {[ROLLUP_OF] = "rollup_of",
										[ROLLUP_COLUMNS] = "rollup_columns",
										[ROLLUP_ROW] = "rollup_row",
										[ROLLUP_BEGIN] = "rollup_begin",
										[ROLLUP_END] = "rollup_end"};
	const char *name;

	if (get_func_namespace(function) != get_namespace_oid("opportunities_internal", true))
		return ROLLUP_NO_FUNCTION;
	name = get_func_name(function);
	for (int i = 1; i < lengthof(names); i++)
		if (name != NULL && strcmp(name, names[i]) == 0)
			return i;
	return ROLLUP_NO_FUNCTION;
}

/* Show the triggers of rollups among those that have something in a column of the catalog. */
static void
visit_triggers(AttrNumber column, Oid index, Oid value, RollupTriggerVisitor visit, void *arg)
{
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
	scan = systable_beginscan(catalog, index, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		RollupFunction function = rollup_function(((Form_pg_trigger) GETSTRUCT(tuple))->tgfoid);

		if (function != ROLLUP_NO_FUNCTION)
			visit(tuple, function, arg);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

/* Those that a table has, in the order of their names. */
void
visit_rollup_triggers(Oid relid, RollupTriggerVisitor visit, void *arg)
{
	visit_triggers(Anum_pg_trigger_tgrelid, TriggerRelidNameIndexId, relid, visit, arg);
}

/* Those that other tables have FROM it: they depend on it. */
void
visit_rollup_links(Oid relid, RollupTriggerVisitor visit, void *arg)
{
	Relation catalog = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(0));
	scan = systable_beginscan(catalog, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		if (depend->classid == TriggerRelationId)
			visit_triggers(Anum_pg_trigger_oid, TriggerOidIndexId, depend->objid, visit, arg);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
}

/* The arguments of a trigger. */
static char **
trigger_argument_array(HeapTuple tuple, int *count)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	Relation catalog = table_open(TriggerRelationId, AccessShareLock);
	char **arguments = palloc(sizeof(char *) * Max(trigger->tgnargs, 1));
	bool null;
	Datum value = fastgetattr(tuple, Anum_pg_trigger_tgargs, RelationGetDescr(catalog), &null);

	*count = null ? 0 : trigger->tgnargs;
	if (*count > 0)
	{
		const char *text = VARDATA_ANY(DatumGetByteaPP(value));

		for (int i = 0; i < *count; i++)
		{
			arguments[i] = pstrdup(text);
			text += strlen(text) + 1;
		}
	}
	table_close(catalog, AccessShareLock);
	return arguments;
}

/* Read the arguments of a trigger, the first of which is a number; -1: it isn't. */
int
trigger_number(HeapTuple tuple, char ***arguments, int *count)
{
	char *end;
	long number;

	*arguments = trigger_argument_array(tuple, count);
	if (*count == 0)
		return -1;
	number = strtol((*arguments)[0], &end, 10);
	return end == (*arguments)[0] || *end != '\0' || number < 0 || number > PG_INT16_MAX ? -1
																						 : number;
}
