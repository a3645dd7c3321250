/* The rollups of a relation, and which of them may answer now. */
#include "postgres.h"

#include "rollup/rollup.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "fields/link.h"
#include "miscadmin.h"
#include "rollup/rollup_pending.h"
#include "rollup/rollup_state.h"
#include "rollup/rollup_table.h"
#include "storage/bufmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* A measure that isn't of the column that is called so now; ROLLUP_MEASURES: there is none. */
static RollupMeasureKind
other_measure(Oid home, const RollupShape *shape)
{
	for (int i = 0; i < ROLLUP_MEASURES; i++)
		if (get_attnum(home, rollup_measure_names[i]) != shape->measures[i].number)
			return i;
	return ROLLUP_MEASURES;
}

/* Whether the server takes the columns of a rollup's deltas, by their names, for those they are. */
static bool
has_same_names(const RollupShape *shape)
{
	for (int i = 0; i < shape->count; i++)
		if (shape->places[i] == 0 ||
			strcmp(get_attname(shape->relid, i + 1, false),
				   get_attname(shape->deltas, shape->places[i], false)) != 0)
			return false;
	return true;
}

/* Whether the tables of a rollup are such that they can be read. */
static bool
is_readable(const RollupShapes *shapes, const RollupShape *shape, Rollup *rollup)
{
	const RollupShape *keeper = &shapes->shapes[shape->keeper];
	Oid tables[] = {shape->relid, shape->deltas};
	const RollupShape *of[] = {shape, keeper};
	bool readable = true;

	for (int i = 0; i < lengthof(tables); i++)
	{
		Relation rel = try_table_open(tables[i], AccessShareLock);
		BlockNumber blocks;

		if (rel == NULL)
			return false;
		readable = readable &&
				   is_whole_table(rel, shapes->home, of[i]->count, of[i]->columns, shape->totals);
		blocks = readable ? RelationGetNumberOfBlocks(rel) : 0;
		rollup->pages += blocks;
		rollup->rows += rel->rd_rel->reltuples > 0 && rel->rd_rel->relpages > 0
							? blocks * (rel->rd_rel->reltuples / rel->rd_rel->relpages)
							: blocks * 50.0;
		table_close(rel, NoLock);
	}
	return readable && (keeper == shape || has_same_names(shape));
}

/* Why a rollup can't be used under the active snapshot, or NULL. */
static const char *
find_obstacle(const RollupShapes *shapes, const RollupShape *shape, Rollup *rollup)
{
	RollupMeasureKind other = other_measure(shapes->home, shape);
	RollupState state;

	if (!is_readable(shapes, shape, rollup))
		return "its tables are not as they were made";
	if (other != ROLLUP_MEASURES)
		return psprintf("it is not of the column that is called \"%s\" now",
						rollup_measure_names[other]);
	if (!sees_deltas(GetActiveSnapshot()))
		return "this transaction is writing rows that are not in it yet";
	state = read_state(shapes, shape, GetActiveSnapshot());
	if (!state.filled)
		return "it is not filled, or a trigger or a partition of the table was changed since";
	if (!state.marked)
		return "a trigger or a partition of the table was changed since it was filled";
	if (state.by_this && IsolationUsesXactSnapshot())
		return "this transaction filled it, and sees older rows";
	return NULL;
}

/* What is told of a rollup. */
static Rollup *
describe_rollup(Relation home, const RollupShapes *shapes, const RollupShape *shape)
{
	Rollup *rollup = palloc0(sizeof(Rollup));

	rollup->relid = shape->relid;
	rollup->owner = home->rd_rel->relowner;
	rollup->count = shape->count;
	rollup->by = palloc(sizeof(AttrNumber) * Max(shape->count, 1));
	for (int i = 0; i < shape->count; i++)
		rollup->by[i] = shape->columns[i].number;
	rollup->obstacle = find_obstacle(shapes, shape, rollup);
	return rollup;
}

/* All rollups of a relation. */
List *
relation_rollups(Oid relation)
{
	Relation home = try_relation_open(relation, AccessShareLock);
	RollupShapes *shapes;
	List *rollups = NIL;

	if (home == NULL)
		return NIL;
	/* what others have committed may be a trigger that is off: a lock that is held hears nothing */
	AcceptInvalidationMessages();
	shapes = copy_rollup_shapes(home);
	if (shapes->home == relation)
		for (int i = 0; i < shapes->count; i++)
			rollups = lappend(rollups, describe_rollup(home, shapes, &shapes->shapes[i]));
	relation_close(home, NoLock);
	return rollups;
}

/* The smaller one first. */
static int
compare_sizes(const ListCell *a, const ListCell *b)
{
	double left = ((Rollup *) lfirst(a))->pages;
	double right = ((Rollup *) lfirst(b))->pages;

	return (left > right) - (left < right);
}

/* Those of some rollups that can be used, the smallest first. */
List *
usable_rollups(List *rollups)
{
	List *usable = NIL;
	ListCell *cell;

	foreach (cell, rollups)
		if (((Rollup *) lfirst(cell))->obstacle == NULL)
			usable = lappend(usable, lfirst(cell));
	list_sort(usable, compare_sizes);
	return usable;
}
