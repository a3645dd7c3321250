/* create_rollup, drop_rollup, fill_rollup, compact_rollup, check_rollup. */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/shard.h"
#include "base/sqltext.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/tablecmds.h"
#include "executor/spi.h"
#include "fields/link.h"
#include "fields/source.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "rollup/rollup_check.h"
#include "rollup/rollup_fill.h"
#include "rollup/rollup_fold.h"
#include "rollup/rollup_make.h"
#include "rollup/rollup_state.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(create_rollup);
PG_FUNCTION_INFO_V1(fill_rollup);
PG_FUNCTION_INFO_V1(drop_rollup);
PG_FUNCTION_INFO_V1(compact_rollup);
PG_FUNCTION_INFO_V1(check_rollup);

/* A function at work, as the owner of the relation. */
typedef struct RollupCall
{
	RollupHome home;
	Oid user;
	int context;
} RollupCall;

/* Whether a relation's rows can be followed by triggers, and are all in it and its partitions. */
static void
check_rollup_kind(Relation rel)
{
	char kind = rel->rd_rel->relkind;
	const char *detail = NULL;

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		detail = "It is no table, so no trigger sees all its rows.";
	else if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		detail = "It is temporary or unlogged.";
	else if (rel->rd_rel->relispartition)
		detail = "It is a partition.";
	else if (is_distributed(RelationGetRelid(rel)))
		detail = "Citus has its rows on other servers.";
	else if (kind == RELKIND_RELATION &&
			 (has_subclass(RelationGetRelid(rel)) || has_superclass(RelationGetRelid(rel))))
		detail = "It inherits from a table, or another one from it.";
	if (detail != NULL)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" cannot have a rollup", RelationGetRelationName(rel)),
						errdetail("%s", detail),
						errhint("Name a permanent table, with its partitions: of a view, the one "
								"that it reads."),
						err_code("not_a_rollup_table"), err_field("relation")));
}

/* Only the owner of a table sees to its rollups. */
static void
check_rollup_owner(Oid relid, Oid owner)
{
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("must be owner of table \"%s\"", get_rel_name(relid)),
						errhint("Call it as role \"%s\".", GetUserNameFromId(owner, false)),
						err_code("not_owner"), err_field("relation")));
}

/* Lock the relation that the first argument names, and go on as its owner, whom the caller must be.
 */
static RollupCall
open_call(FunctionCallInfo fcinfo, LOCKMODE mode)
{
	Oid relid = relation_argument(fcinfo, 0);
	Oid owner = relation_owner(relid);
	RollupCall call = {.home.relid = relid};
	Relation rel;

	if (!OidIsValid(owner))
		(void) open_source(relid);
	check_rollup_owner(relid, owner);
	rel = relation_open(relid, mode);
	owner = rel->rd_rel->relowner;
	check_rollup_owner(relid, owner);
	check_rollup_kind(rel);
	if (mode >= ShareRowExclusiveLock)
		CheckTableNotInUse(rel, "change the rollups of");
	call.home.schema = RelationGetNamespace(rel);
	call.home.name = pstrdup(RelationGetRelationName(rel));
	call.home.sql = sql_relation(relid);
	call.home.desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));
	relation_close(rel, NoLock);
	reread_shapes(relid);
	GetUserIdAndSecContext(&call.user, &call.context);
	SetUserIdAndSecContext(owner, call.context | SECURITY_LOCAL_USERID_CHANGE |
									  (owner == call.user ? 0 : SECURITY_RESTRICTED_OPERATION));
	return call;
}

/* Be the caller again. */
static void
close_call(const RollupCall *call)
{
	SetUserIdAndSecContext(call->user, call->context);
}

/* The columns that an argument names. */
static List *
by_argument(FunctionCallInfo fcinfo, int number)
{
	List *by = text_array(PG_GETARG_ARRAYTYPE_P(number), "by", MAX_DIMENSIONS);
	List *before = NIL;
	ListCell *cell;

	foreach (cell, by)
	{
		if (has_string(before, lfirst(cell)))
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
							errmsg("by names column \"%s\" twice", (char *) lfirst(cell)),
							err_code("rollup_by_twice"), err_field("by")));
		before = lappend(before, lfirst(cell));
	}
	return by;
}

/* The rollups that boards want: of their columns, and, which has all of these, of their lanes by
 * owner.
 */
static List *
default_rollups(const RollupHome *home)
{
	static const char *const columns[] = {"tenant_id", "pipeline_id", "stage_id", "closed_on",
										  "archived"};
	List *by = NIL;
	List *with_owner;

	for (int i = 0; i < lengthof(columns); i++)
		if (get_attnum(home->relid, columns[i]) > 0)
			by = lappend(by, unconstify(char *, columns[i]));
	if (get_attnum(home->relid, "owner") <= 0)
		return list_make1(by);
	with_owner = lappend(list_copy(by), "owner");
	return list_make2(by, with_owner);
}

/* The rollups of the relation, as they are. */
static RollupShapes *
shapes_of(const RollupHome *home)
{
	Relation rel = table_open(home->relid, NoLock);
	RollupShapes *shapes = copy_rollup_shapes(rel);

	table_close(rel, NoLock);
	return shapes;
}

/* The same, of which there must be one. */
static RollupShapes *
need_shapes(const RollupHome *home)
{
	RollupShapes *shapes = shapes_of(home);

	if (shapes->count == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("table \"%s\" has no rollup", home->name),
						errhint("create_rollup makes one."), err_code("rollup_missing"),
						err_field("relation")));
	return shapes;
}

/* Whether a rollup is by those columns, in any order. */
static bool
is_by(const RollupHome *home, const RollupShape *shape, List *by)
{
	for (int i = 0; i < shape->count; i++)
		if (!has_string(by, get_attname(home->relid, shape->columns[i].number, false)))
			return false;
	return shape->count == list_length(by);
}

/* The rollup by those columns, or NULL. */
static const RollupShape *
find_by(const RollupHome *home, const RollupShapes *shapes, List *by)
{
	for (int i = 0; i < shapes->count; i++)
		if (is_by(home, &shapes->shapes[i], by))
			return &shapes->shapes[i];
	return NULL;
}

/* Fill a rollup. */
static void
fill_shape(const RollupHome *home, const RollupShapes *shapes, const RollupShape *shape)
{
	Relation rel = table_open(home->relid, NoLock);

	fill_rollup_tables(rel, shapes, shape);
	table_close(rel, NoLock);
}

/* create_rollup(relation regclass, by text[], fill boolean) -> void */
Datum
create_rollup(PG_FUNCTION_ARGS)
{
	bool filled = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	List *lists = PG_ARGISNULL(1) ? NIL : list_make1(by_argument(fcinfo, 1));
	List *made = NIL;
	RollupCall call;
	RollupShapes *shapes;
	ListCell *cell;

	PreventCommandIfReadOnly("create_rollup()");
	refuse_while_writing("create_rollup");
	call = open_call(fcinfo, ShareRowExclusiveLock);
	if (PG_ARGISNULL(1))
		lists = default_rollups(&call.home);
	SPI_connect();
	shapes = shapes_of(&call.home);
	foreach (cell, lists)
		if (find_by(&call.home, shapes, lfirst(cell)) == NULL)
			made = lappend_oid(made, make_sums(&call.home, lfirst(cell)));
	if (made != NIL)
		make_deltas(&call.home, made);
	make_rollup_triggers(&call.home);
	shapes = shapes_of(&call.home);
	foreach (cell, lists)
		if (filled)
			fill_shape(&call.home, shapes, find_by(&call.home, shapes, lfirst(cell)));
	SPI_finish();
	close_call(&call);
	PG_RETURN_VOID();
}

/* Whether a rollup is filled and to be trusted, as one sees it who sees all that is committed. */
static bool
is_filled(const RollupShapes *shapes, const RollupShape *shape)
{
	RollupState state = read_state(shapes, shape, GetLatestSnapshot());

	return state.filled && state.marked;
}

/* fill_rollup(relation regclass) -> void: those that aren't filled, or not to be trusted. */
Datum
fill_rollup(PG_FUNCTION_ARGS)
{
	RollupCall call;
	RollupShapes *shapes;

	PreventCommandIfReadOnly("fill_rollup()");
	refuse_while_writing("fill_rollup");
	call = open_call(fcinfo, AccessShareLock);
	shapes = need_shapes(&call.home);
	lock_states(shapes);
	for (int i = 0; i < shapes->count; i++)
		if (!is_filled(shapes, &shapes->shapes[i]))
			fill_shape(&call.home, shapes, &shapes->shapes[i]);
	close_call(&call);
	PG_RETURN_VOID();
}

/* Give other deltas to a rollup whose own went with one that was dropped; filled: as it was. */
static void
replace_deltas(const RollupHome *home, Oid relid, bool filled)
{
	RollupShapes *shapes;

	make_deltas(home, list_make1_oid(relid));
	shapes = shapes_of(home);
	if (filled)
		fill_shape(home, shapes, find_rollup_shape(shapes, relid));
}

/* Drop some rollups, by their places, with their deltas: others that had these get their own. */
static void
drop_rollups(const RollupHome *home, const RollupShapes *shapes, Bitmapset *dropped)
{
	Bitmapset *keepers = NULL;
	Bitmapset *left = NULL;
	Bitmapset *filled = NULL;
	int i = -1;

	while ((i = bms_next_member(dropped, i)) >= 0)
		keepers = bms_add_member(keepers, shapes->shapes[i].keeper);
	for (i = 0; i < shapes->count; i++)
	{
		const RollupShape *shape = &shapes->shapes[i];

		if (!bms_is_member(shape->keeper, keepers))
			continue;
		/* before the deltas, as who analyzes them locks them */
		LockRelationOid(shape->relid, AccessExclusiveLock);
		if (bms_is_member(i, dropped))
			continue;
		left = bms_add_member(left, i);
		if (is_filled(shapes, shape))
			filled = bms_add_member(filled, i);
	}
	i = -1;
	while ((i = bms_next_member(dropped, i)) >= 0)
	{
		delete_state(shapes, shapes->shapes[i].relid);
		drop_rollup_tables(home, &shapes->shapes[i]);
	}
	i = -1;
	while ((i = bms_next_member(left, i)) >= 0)
		replace_deltas(home, shapes->shapes[i].relid, bms_is_member(i, filled));
}

/* drop_rollup(relation regclass, by text[]) -> void: that by those columns, or all. */
Datum
drop_rollup(PG_FUNCTION_ARGS)
{
	List *by = PG_ARGISNULL(1) ? NIL : by_argument(fcinfo, 1);
	RollupCall call;
	RollupShapes *shapes;
	Bitmapset *dropped = NULL;

	PreventCommandIfReadOnly("drop_rollup()");
	refuse_while_writing("drop_rollup");
	call = open_call(fcinfo, AccessExclusiveLock);
	(void) find_all_inheritors(call.home.relid, AccessExclusiveLock, NULL);
	shapes = need_shapes(&call.home);
	SPI_connect();
	for (int i = 0; i < shapes->count; i++)
		if (PG_ARGISNULL(1) || is_by(&call.home, &shapes->shapes[i], by))
			dropped = bms_add_member(dropped, i);
	if (dropped == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("table \"%s\" has no rollup by these columns", call.home.name),
						err_code("rollup_missing"), err_field("by")));
	drop_rollups(&call.home, shapes, dropped);
	if (bms_num_members(dropped) == shapes->count)
		drop_rollup_triggers(&call.home);
	SPI_finish();
	close_call(&call);
	PG_RETURN_VOID();
}

/* compact_rollup(relation regclass) -> bigint: how many deltas it folded. */
Datum
compact_rollup(PG_FUNCTION_ARGS)
{
	RollupCall call;
	RollupShapes *shapes;
	int64 folded;

	PreventCommandIfReadOnly("compact_rollup()");
	call = open_call(fcinfo, AccessShareLock);
	shapes = need_shapes(&call.home);
	if (IsolationIsSerializable())
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("compact_rollup cannot be called in a serializable transaction"),
						errdetail("It would make others fail that have read what it folds."),
						err_code("rollup_serializable")));
	folded = compact_rollup_tables(shapes);
	PushActiveSnapshot(GetTransactionSnapshot());
	settle_states(shapes);
	PopActiveSnapshot();
	close_call(&call);
	PG_RETURN_INT64(folded);
}

/* Put a problem into the result. */
static void
put_problem(void *arg, Oid table, const char *group, const char *problem)
{
	ReturnSetInfo *result = arg;
	Datum values[4];
	bool nulls[4] = {false, false, group == NULL, false};

	values[0] = CStringGetTextDatum(group == NULL ? "rollup_unused" : "rollup_differs");
	values[1] = CStringGetTextDatum(sql_relation(table));
	values[2] = group == NULL ? (Datum) 0 : CStringGetTextDatum(group);
	values[3] = CStringGetTextDatum(problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* check_rollup(relation regclass) -> table (code, object, row_id, problem) */
Datum
check_rollup(PG_FUNCTION_ARGS)
{
	RollupCall call = open_call(fcinfo, AccessShareLock);
	Relation rel;

	(void) need_shapes(&call.home);
	InitMaterializedSRF(fcinfo, 0);
	rel = table_open(call.home.relid, NoLock);
	check_rollups(rel, put_problem, fcinfo->resultinfo);
	table_close(rel, NoLock);
	close_call(&call);
	PG_RETURN_NULL();
}
