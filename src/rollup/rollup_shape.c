/* What rollups a relation has, and of which of its columns. */
#include "postgres.h"

#include "rollup/rollup_shape.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "base/errors.h"
#include "base/limits.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* What an argument calls a column that the rollup is by, … */
#define BY "by"

/* … and one that is summed up. One that is both is "by currency". */
const char *const rollup_measure_names[ROLLUP_MEASURES] = {"amount", "probability",
														   "realized_amount", "currency"};

static HTAB *known;
static bool were_read;

/* Whether a relation is the one that rollups are of, or one of their tables. */
static bool
is_of_shapes(const RollupShapes *shapes, Oid relid)
{
	if (shapes->relid == relid || shapes->home == relid || shapes->state == relid ||
		shapes->former == relid)
		return true;
	for (int i = 0; i < shapes->count; i++)
	{
		if (shapes->shapes[i].relid == relid || shapes->shapes[i].deltas == relid)
			return true;
	}
	for (int i = 0; i < shapes->table_count; i++)
	{
		if (shapes->tables[i] == relid)
			return true;
	}
	return false;
}

/* A relation changed; without one, anything may have. What a partition has, its topmost table says.
 */
static void
forget_shapes(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS scan;
	RollupShapes *shapes;

	hash_seq_init(&scan, known);
	while ((shapes = hash_seq_search(&scan)) != NULL)
		if (!shapes->stale && (!OidIsValid(relid) || is_of_shapes(shapes, relid)))
			shapes->stale = true;
}

/* The end of a transaction: one that fails may have read what then never was. */
static void
end_reading(bool failed)
{
	HASH_SEQ_STATUS scan;
	RollupShapes *shapes;

	hash_seq_init(&scan, known);
	while ((shapes = hash_seq_search(&scan)) != NULL)
	{
		shapes->stale |= failed && shapes->fresh;
		shapes->fresh &= failed;
	}
}

static void
end_transaction_reading(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		end_reading(true);
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		end_reading(false);
}

static void
end_subtransaction_reading(SubXactEvent event, SubTransactionId own, SubTransactionId parent,
						   void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		end_reading(true);
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

/* Read a column by its number in the topmost table; false where there is none. */
static bool
read_column(const RollupShapes *shapes, AttrNumber number, RollupColumn *column)
{
	char *name = get_attname(shapes->home, number, true);
	HeapTuple tuple = name == NULL ? NULL : SearchSysCacheAttName(shapes->relid, name);
	Form_pg_attribute form;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_attribute) GETSTRUCT(tuple);
	*column = (RollupColumn){form->attnum, form->atttypid, form->attlen, form->attbyval};
	ReleaseSysCache(tuple);
	return true;
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

/* The type totals. */
static Oid
totals_type(void)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("totals"),
						   ObjectIdGetDatum(get_namespace_oid("opportunities", false)));
}

/* Read what a column is to a rollup; false where it is nothing. */
static bool
read_argument(RollupShape *shape, RollupColumn column, const char *argument)
{
	RollupMeasureKind kind;

	if (strncmp(argument, BY, strlen(BY)) == 0)
	{
		shape->columns[shape->count++] = column;
		argument += strlen(BY);
		if (*argument++ == '\0')
			return true;
	}
	kind = measure_of(argument);
	return kind != ROLLUP_MEASURES && read_measure(&shape->measures[kind], kind, column);
}

/* Read the columns of a rollup, and what each is to it; false where they aren't told as we do. */
static bool
read_shape_columns(RollupShapes *shapes, RollupShape *shape, Form_pg_trigger trigger,
				   char *arguments)
{
	char *argument = arguments;

	for (int i = 0; i < trigger->tgattr.dim1; i++)
	{
		RollupColumn column;
		char *next = argument == NULL ? NULL : strchr(argument, ',');

		if (next != NULL)
			*next++ = '\0';
		if (argument == NULL || !read_column(shapes, trigger->tgattr.values[i], &column) ||
			!read_argument(shape, column, argument))
			return false;
		argument = next;
	}
	return argument == NULL;
}

/* Read a rollup from the trigger that says of which columns it is. One not made so says nothing. */
static void
read_shape(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	RollupShapes *shapes = arg;
	RollupShape *shape;
	int count;
	char **arguments;

	if (function != ROLLUP_COLUMNS)
		return;
	shapes->shapes = shapes->shapes == NULL
						 ? palloc(sizeof(RollupShape))
						 : repalloc(shapes->shapes, sizeof(RollupShape) * (shapes->count + 1));
	shape = memset(&shapes->shapes[shapes->count++], 0, sizeof(RollupShape));
	shape->trigger = trigger->oid;
	shape->name = pstrdup(NameStr(trigger->tgname));
	shape->columns = palloc(sizeof(RollupColumn) * Max(trigger->tgattr.dim1, 1));
	shape->totals = totals_type();
	shape->number = trigger_number(tuple, &arguments, &count);
	if (shape->number <= 0 || count != 2 ||
		!read_shape_columns(shapes, shape, trigger, arguments[1]) ||
		shape->count > MAX_DIMENSIONS || shape->measures[ROLLUP_AMOUNT].number == 0 ||
		shape->measures[ROLLUP_PROBABILITY].number == 0)
		shapes->count--;
}

/* The deltas: whoever reads the sums reads them too, and nothing else. */
static Oid
only_child(Oid sums)
{
	List *children = find_inheritance_children(sums, NoLock);

	return list_length(children) == 1 &&
				   find_inheritance_children(linitial_oid(children), NoLock) == NIL
			   ? linitial_oid(children)
			   : InvalidOid;
}

/* Read which table is that of a rollup, or of all: it has the number 0. */
static void
read_link(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	RollupShapes *shapes = arg;
	int count;
	char **arguments;
	int number;

	if (function != ROLLUP_OF || trigger->tgconstrrelid != shapes->home)
		return;
	number = trigger_number(tuple, &arguments, &count);
	if (number == 0)
		shapes->state = trigger->tgrelid;
	for (int i = 0; i < shapes->count; i++)
	{
		if (shapes->shapes[i].number != number)
			continue;
		shapes->twice |= OidIsValid(shapes->shapes[i].relid);
		shapes->shapes[i].relid = trigger->tgrelid;
		shapes->shapes[i].deltas = only_child(trigger->tgrelid);
	}
}

/*
 * Read which table says of a partition's rollups, from before it was one, which are filled. Those
 * of the table above are the later ones: they have made its trigger anew.
 */
static void
read_former(HeapTuple tuple, RollupFunction function, void *arg)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	RollupShapes *shapes = arg;
	int count;
	char **arguments;

	if (function != ROLLUP_OF || trigger_number(tuple, &arguments, &count) != 0)
		return;
	shapes->former_home = trigger->tgconstrrelid;
	shapes->former = trigger->tgrelid;
}

/* The place of a column among those of a rollup, from 1 on; 0: it isn't there. */
static AttrNumber
place_of_column(const RollupShape *shape, AttrNumber number)
{
	for (int i = 0; i < shape->count; i++)
		if (shape->columns[i].number == number)
			return i + 1;
	return 0;
}

/* Find out of which rollup the columns are that the deltas of another have. */
static void
find_keeper(RollupShapes *shapes, int which)
{
	RollupShape *shape = &shapes->shapes[which];

	shape->keeper = which;
	for (int i = 0; i < shapes->count; i++)
		if (shapes->shapes[i].deltas == shape->deltas &&
			shapes->shapes[i].count > shapes->shapes[shape->keeper].count)
			shape->keeper = i;
	shape->places = palloc(sizeof(AttrNumber) * Max(shape->count, 1));
	for (int i = 0; i < shape->count; i++)
		shape->places[i] =
			place_of_column(&shapes->shapes[shape->keeper], shape->columns[i].number);
}

/* Read the rollups of a relation into the current context. One whose tables are gone is none. */
static void
read_shapes(RollupShapes *shapes, Relation rel)
{
	int count = 0;

	were_read = true;
	shapes->home = home_table(rel);
	visit_rollup_triggers(shapes->home, read_shape, shapes);
	visit_rollup_links(shapes->home, read_link, shapes);
	for (Oid table = shapes->relid; table != shapes->home;
		 table = get_partition_parent(table, true))
		visit_rollup_links(table, read_former, shapes);
	for (int i = 0; i < shapes->count; i++)
	{
		if (!OidIsValid(shapes->shapes[i].relid))
			continue;
		for (int other = 0; other < count; other++)
			shapes->twice |= shapes->shapes[other].number == shapes->shapes[i].number;
		shapes->shapes[count++] = shapes->shapes[i];
	}
	shapes->count = count;
	for (int i = 0; i < count; i++)
		find_keeper(shapes, i);
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
		RegisterXactCallback(end_transaction_reading, NULL);
		RegisterSubXactCallback(end_subtransaction_reading, NULL);
	}
	shapes = hash_search(known, &relid, HASH_ENTER, &found);
	if (found && !shapes->stale)
		return shapes;
	if (found && shapes->context != NULL)
		MemoryContextDelete(shapes->context);
	memset(shapes, 0, sizeof(*shapes));
	shapes->relid = relid;
	shapes->fresh = true;
	shapes->stale = true; /* where there is no memory to read them */
	shapes->context =
		AllocSetContextCreate(TopMemoryContext, "opportunities: rollups", ALLOCSET_SMALL_SIZES);
	shapes->stale = false;
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

/* The rollups of a relation as they are known, to note more of them; NULL: they would be read anew.
 */
RollupShapes *
known_shapes(Oid relid)
{
	RollupShapes *shapes = known == NULL ? NULL : hash_search(known, &relid, HASH_FIND, NULL);

	return shapes == NULL || shapes->stale ? NULL : shapes;
}

/*
 * Whether this session has by now heard of all changes of triggers whose transactions its snapshot
 * sees. The server shows what a transaction did a moment before it sends its messages; but then
 * that has its locks still, which a writer's lock would have to wait for. On a standby nothing
 * tells.
 */
bool
has_heard(const RollupShapes *shapes)
{
	if (RecoveryInProgress())
		return false;
	for (int i = 0; i < shapes->table_count; i++)
	{
		if (!ConditionalLockRelationOid(shapes->tables[i], RowExclusiveLock))
			return false;
		UnlockRelationOid(shapes->tables[i], RowExclusiveLock);
	}
	return true;
}

/* Whether any were read since this was asked last. */
bool
shapes_were_read(void)
{
	bool read = were_read;

	were_read = false;
	return read;
}

/* Have the rollups of a relation read anew: of a table that is dropped it hears nothing. */
void
reread_shapes(Oid relid)
{
	if (known != NULL)
		forget_shapes((Datum) 0, relid);
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

		shape->name = pstrdup(shape->name);
		shape->columns = memcpy(palloc(size), shape->columns, size);
		size = sizeof(AttrNumber) * Max(shape->count, 1);
		shape->places = memcpy(palloc(size), shape->places, size);
	}
	return copy;
}

/* Whether a rollup's deltas have all its columns. */
bool
has_all_places(const RollupShape *shape)
{
	for (int i = 0; i < shape->count; i++)
		if (shape->places[i] == 0)
			return false;
	return true;
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
