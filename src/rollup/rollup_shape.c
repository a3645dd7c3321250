/* What rollups a relation has, and of which of its columns. */
#include "postgres.h"

#include "rollup/rollup_shape.h"

#include "base/errors.h"
#include "base/limits.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "triggers/owner_query.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* What an argument calls a column that the rollup is by, … */
#define BY "by"

/* … and one that is summed up. One that is both is "by currency". */
const char *const rollup_measure_names[ROLLUP_MEASURES] = {"amount", "probability",
														   "realized_amount", "currency"};

static HTAB *known;

/* A relation changed; without one, anything may have. */
static void
forget_shapes(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	RollupShapes *shapes;

	if (OidIsValid(relid))
	{
		shapes = hash_search(known, &relid, HASH_FIND, NULL);
		if (shapes != NULL)
			shapes->stale = true;
		return;
	}
	hash_seq_init(&scan, known);
	while ((shapes = hash_seq_search(&scan)) != NULL)
		shapes->stale = true;
}

/* Which trigger of a rollup a function is of. */
RollupFunction
rollup_function(Oid function)
{
	static const char *const names[] = {[ROLLUP_COLUMNS] = "rollup_columns",
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

/* How a column becomes what is summed up, as SQL's casts make it; COERCION_PATH_NONE: not exactly.
 */
CoercionPathType
measure_path(RollupMeasureKind kind, Oid type, Oid *function)
{
	Oid base = getBaseType(type);
	Oid target = kind == ROLLUP_CURRENCY ? TEXTOID : NUMERICOID;

	*function = InvalidOid;
	if (kind != ROLLUP_CURRENCY && base != NUMERICOID && base != INT2OID && base != INT4OID &&
		base != INT8OID)
		return COERCION_PATH_NONE;
	if (base == target)
		return COERCION_PATH_RELABELTYPE;
	return find_coercion_pathway(target, base, COERCION_EXPLICIT, function);
}

/* The place of an argument among the measures, or ROLLUP_MEASURES. */
static RollupMeasureKind
measure_of(const char *argument)
{
	for (int i = 0; i < ROLLUP_MEASURES; i++)
		if (strcmp(argument, rollup_measure_names[i]) == 0)
			return i;
	return ROLLUP_MEASURES;
}

/* Read a column of the relation. */
static RollupColumn
read_column(TupleDesc desc, AttrNumber number)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, number - 1);

	return (RollupColumn){number, attribute->atttypid, attribute->attlen, attribute->attbyval};
}

/* Read how a column is summed up. */
static bool
read_measure(RollupMeasure *measure, RollupMeasureKind kind, RollupColumn column)
{
	Oid function;

	measure->number = column.number;
	measure->column = column;
	measure->path = measure_path(kind, column.type, &function);
	if (measure->path == COERCION_PATH_COERCEVIAIO)
	{
		bool varlena;

		getTypeOutputInfo(column.type, &function, &varlena);
	}
	if (OidIsValid(function))
		fmgr_info_cxt(function, &measure->cast, CurrentMemoryContext);
	return measure->path != COERCION_PATH_NONE;
}

/* Read a rollup from its trigger; false where that isn't one that create_rollup makes. */
static bool
read_shape(RollupShape *shape, TupleDesc desc, const Trigger *trigger)
{
	List *children;

	shape->relid = trigger->tgconstrrelid;
	shape->trigger = trigger->tgoid;
	shape->columns = palloc(sizeof(RollupColumn) * Max(trigger->tgnattr, 1));
	if (!OidIsValid(shape->relid) || trigger->tgnargs != trigger->tgnattr)
		return false;
	for (int i = 0; i < trigger->tgnattr; i++)
	{
		const char *argument = trigger->tgargs[i];
		RollupColumn column = read_column(desc, trigger->tgattr[i]);
		RollupMeasureKind kind;

		if (strncmp(argument, BY, strlen(BY)) == 0)
		{
			shape->columns[shape->count++] = column;
			argument += strlen(BY);
			if (*argument++ == '\0')
				continue;
		}
		kind = measure_of(argument);
		if (kind == ROLLUP_MEASURES || !read_measure(&shape->measures[kind], kind, column))
			return false;
	}
	children = find_inheritance_children(shape->relid, NoLock);
	shape->deltas = list_length(children) == 1 ? linitial_oid(children) : InvalidOid;
	return shape->count <= MAX_DIMENSIONS && shape->measures[ROLLUP_AMOUNT].number != 0 &&
		   shape->measures[ROLLUP_PROBABILITY].number != 0;
}

/* A rollup that isn't as it was made can't be kept. */
static void
refuse_shape(Relation rel, const Trigger *trigger)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("trigger \"%s\" of table \"%s\" is not one that create_rollup makes",
						   trigger->tgname, RelationGetRelationName(rel)),
					errhint("Drop it."), err_code("rollup_damaged"), errtable(rel)));
}

/* Read the rollups of a relation into the current context. */
static void
read_shapes(RollupShapes *shapes, Relation rel)
{
	const TriggerDesc *triggers = rel->trigdesc;

	shapes->home = home_table(rel);
	if (triggers == NULL)
		return;
	shapes->shapes = palloc0(sizeof(RollupShape) * triggers->numtriggers);
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		switch (rollup_function(trigger->tgfoid))
		{
			case ROLLUP_COLUMNS:
				if (!read_shape(&shapes->shapes[shapes->count], RelationGetDescr(rel), trigger))
					refuse_shape(rel, trigger);
				shapes->count++;
				break;
			case ROLLUP_ROW:
				shapes->state = trigger->tgconstrrelid;
				break;
			default:
				break;
		}
	}
}

/* The rollups of a relation, until the next time that anybody asks. */
const RollupShapes *
rollup_shapes(Relation rel)
{
	Oid relid = RelationGetRelid(rel);
	RollupShapes *shapes;
	MemoryContext caller;
	bool found;

	if (known == NULL)
	{
		HASHCTL control = {
			.keysize = sizeof(Oid), .entrysize = sizeof(RollupShapes), .hcxt = TopMemoryContext};

		known = hash_create("opportunities: rollups", 16, &control,
							HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		CacheRegisterRelcacheCallback(forget_shapes, (Datum) 0);
	}
	shapes = hash_search(known, &relid, HASH_ENTER, &found);
	if (found && !shapes->stale)
		return shapes;
	if (found && shapes->context != NULL)
		MemoryContextDelete(shapes->context);
	memset(shapes, 0, sizeof(*shapes));
	shapes->relid = relid;
	shapes->context =
		AllocSetContextCreate(TopMemoryContext, "opportunities: rollups", ALLOCSET_SMALL_SIZES);
	/* a message that comes while they are read makes them stale */
	caller = MemoryContextSwitchTo(shapes->context);
	PG_TRY();
	{
		read_shapes(shapes, rel);
	}
	PG_CATCH();
	{
		shapes->stale = true;
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return shapes;
}

/* A copy of them, which stays as it is. */
RollupShapes *
copy_rollup_shapes(Relation rel)
{
	RollupShapes *copy = palloc(sizeof(RollupShapes));

	*copy = *rollup_shapes(rel);
	if (copy->count > 0)
		copy->shapes = memcpy(palloc(sizeof(RollupShape) * copy->count), copy->shapes,
							  sizeof(RollupShape) * copy->count);
	for (int i = 0; i < copy->count; i++)
	{
		RollupShape *shape = &copy->shapes[i];
		Size size = sizeof(RollupColumn) * Max(shape->count, 1);

		shape->columns = memcpy(palloc(size), shape->columns, size);
	}
	return copy;
}

/* The rollup whose sums are in a table, or NULL. */
const RollupShape *
find_rollup_shape(const RollupShapes *shapes, Oid relid)
{
	for (int i = 0; i < shapes->count; i++)
		if (shapes->shapes[i].relid == relid)
			return &shapes->shapes[i];
	return NULL;
}
