/* A scan of a rollup's deltas that adds them up on the way. */
#include "postgres.h"

#include "rollup/rollup_scan.h"

#include "access/sysattr.h"
#include "access/tableam.h"
#include "base/compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "rollup/rollup_groups.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/*
 * Deltas are many rows of few groups. What asks for figures is answered by their sums as well as by
 * themselves: a fold makes the one of the other. So where a rollup is read in the place of a table,
 * a node of ours reads its deltas: a row for each group, by the columns that the query reads. It
 * takes half the time of filtering and grouping each delta.
 */

/* More groups than this are given out before others are gathered: of one there may be several. */
#define MAX_SCAN_GROUPS 10000

/* What says so in a range table: the server reads it of a CTE alone, and copies it to children. */
#define ENTRY_MARK "opportunities: rollup"

typedef struct DeltaScan
{
	CustomScanState css;
	RollupShape shape; /* of the columns that are read */
	RollupGroups *groups;
	int place; /* in them, of the next one */
	TableScanDesc scan;
	TupleTableSlot *row;
	int batches; /* of groups, so far */
	bool ended;
} DeltaScan;

static set_rel_pathlist_hook_type next_pathlist;

/* Let the deltas of a rollup, which takes a table's place, be added up. */
void
mark_rollup_entry(RangeTblEntry *entry)
{
	entry->ctename = pstrdup(ENTRY_MARK);
}

/* Whether a relation of a query is the deltas of such a rollup. */
static bool
is_delta_rel(PlannerInfo *root, const RelOptInfo *rel, const RangeTblEntry *rte)
{
	return rte->rtekind == RTE_RELATION && rte->ctename != NULL &&
		   strcmp(rte->ctename, ENTRY_MARK) == 0 && rel->reloptkind == RELOPT_OTHER_MEMBER_REL &&
		   rte->relid !=
			   planner_rt_fetch(root->append_rel_array[rel->relid]->parent_relid, root)->relid;
}

/* The columns that are read of a relation, but for the last one; false: something else is, too. */
static bool
columns_read(const RelOptInfo *rel, List **columns)
{
	Bitmapset *numbers = NULL;
	ListCell *cell;
	int number = -1;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &numbers);
	foreach (cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause, rel->relid, &numbers);
	while ((number = bms_next_member(numbers, number)) >= 0)
	{
		AttrNumber column = number + FirstLowInvalidHeapAttributeNumber;

		if (column <= 0)
			return false;
		if (column < rel->max_attr)
			*columns = lappend_int(*columns, column);
	}
	return true;
}

/* Read deltas into the next groups. */
static void
gather_groups(DeltaScan *node)
{
	ScanState *state = &node->css.ss;
	EState *estate = state->ps.state;
	MemoryContext context = state->ps.ps_ExprContext->ecxt_per_tuple_memory;
	MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);

	if (node->groups != NULL)
		MemoryContextDelete(node->groups->context);
	node->groups = groups_make(&node->shape, estate->es_query_cxt);
	node->place = 0;
	node->batches++;
	if (node->scan == NULL)
		node->scan = scan_table(state->ss_currentRelation, estate->es_snapshot);
	MemoryContextSwitchTo(context);
	while (!groups_are_many(node->groups, MAX_SCAN_GROUPS))
	{
		node->ended = !table_scan_getnextslot(node->scan, ForwardScanDirection, node->row);
		if (node->ended)
			break;
		CHECK_FOR_INTERRUPTS();
		groups_add_totals(node->groups, node->row, 1);
		MemoryContextReset(context);
	}
	MemoryContextSwitchTo(caller);
}

/* The next group, NULL: there is none. */
static RollupGroup *
next_scanned_group(DeltaScan *node)
{
	while (true)
	{
		MemoryContext caller;
		RollupGroup *group;

		if (node->groups == NULL)
			gather_groups(node);
		caller = MemoryContextSwitchTo(node->groups->context);
		group = groups_next(node->groups, &node->place);
		MemoryContextSwitchTo(caller);
		if (group != NULL || node->ended)
			return group;
		gather_groups(node);
	}
}

/* The next group as a row of the deltas, whose other columns are NULL. */
static TupleTableSlot *
next_delta_row(ScanState *state)
{
	DeltaScan *node = (DeltaScan *) state;
	TupleTableSlot *slot = state->ss_ScanTupleSlot;
	int last = slot->tts_tupleDescriptor->natts - 1;
	RollupGroup *group = next_scanned_group(node);
	MemoryContext caller;

	ExecClearTuple(slot);
	if (group == NULL)
		return slot;
	memset(slot->tts_isnull, true, sizeof(bool) * last);
	for (int i = 0; i < node->shape.count; i++)
	{
		int place = node->shape.places[i] - 1;

		slot->tts_values[place] = group->key.values[i];
		slot->tts_isnull[place] = group->key.nulls[i];
	}
	caller = MemoryContextSwitchTo(state->ps.ps_ExprContext->ecxt_per_tuple_memory);
	slot->tts_values[last] = item_pack(&group->item);
	MemoryContextSwitchTo(caller);
	slot->tts_isnull[last] = false;
	return ExecStoreVirtualTuple(slot);
}

/* No row is read a second time. */
static bool
recheck_delta_row(ScanState *state, TupleTableSlot *slot)
{
	return true;
}

static TupleTableSlot *
exec_delta_scan(CustomScanState *css)
{
	return ExecScan(&css->ss, next_delta_row, recheck_delta_row);
}

static void
begin_delta_scan(CustomScanState *css, EState *estate, int flags)
{
	DeltaScan *node = (DeltaScan *) css;
	List *columns = ((CustomScan *) css->ss.ps.plan)->custom_private;
	TupleDesc desc = RelationGetDescr(css->ss.ss_currentRelation);
	RollupShape *shape = &node->shape;
	ListCell *cell;

	shape->columns = palloc(sizeof(RollupColumn) * Max(list_length(columns), 1));
	shape->places = palloc(sizeof(AttrNumber) * Max(list_length(columns), 1));
	foreach (cell, columns)
	{
		Form_pg_attribute column = TupleDescAttr(desc, lfirst_int(cell) - 1);

		shape->places[shape->count] = column->attnum;
		shape->columns[shape->count++] =
			(RollupColumn){column->attnum, column->atttypid, column->attlen, column->attbyval};
	}
	node->row = table_slot_create(css->ss.ss_currentRelation, NULL);
}

static void
end_delta_scan(CustomScanState *css)
{
	DeltaScan *node = (DeltaScan *) css;

	if (node->scan != NULL)
		table_endscan(node->scan);
	ExecDropSingleTupleTableSlot(node->row);
}

/* Give out the same groups again, or where they were too many to be kept, gather them anew. */
static void
rescan_deltas(CustomScanState *css)
{
	DeltaScan *node = (DeltaScan *) css;

	ExecScanReScan(&css->ss);
	node->place = 0;
	if (node->ended && node->batches == 1)
		return;
	if (node->scan != NULL)
		table_endscan(node->scan);
	if (node->groups != NULL)
		MemoryContextDelete(node->groups->context);
	node->scan = NULL;
	node->groups = NULL;
	node->batches = 0;
	node->ended = false;
}

static const CustomExecMethods delta_exec_methods = {
	.CustomName = "Rollup Deltas",
	.BeginCustomScan = begin_delta_scan,
	.ExecCustomScan = exec_delta_scan,
	.EndCustomScan = end_delta_scan,
	.ReScanCustomScan = rescan_deltas,
};

static Node *
create_delta_scan(CustomScan *scan)
{
	DeltaScan *node = (DeltaScan *) newNode(sizeof(DeltaScan), T_CustomScanState);

	node->css.methods = &delta_exec_methods;
	return (Node *) node;
}

static const CustomScanMethods delta_scan_methods = {
	.CustomName = "Rollup Deltas",
	.CreateCustomScanState = create_delta_scan,
};

/* Make the node's plan of its path. */
static Plan *
plan_delta_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *targets, List *clauses,
				List *plans)
{
	CustomScan *scan = makeNode(CustomScan);

	scan->scan.plan.targetlist = targets;
	scan->scan.plan.qual = extract_actual_clauses(clauses, false);
	scan->scan.scanrelid = rel->relid;
	scan->flags = path->flags;
	scan->custom_private = path->custom_private;
	scan->methods = &delta_scan_methods;
	return &scan->scan.plan;
}

static const CustomPathMethods delta_path_methods = {
	.CustomName = "Rollup Deltas",
	.PlanCustomPath = plan_delta_scan,
};

/* Let a node of ours be the way to read deltas: a plan of it serves however many they are by then.
 */
static void
add_delta_path(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	List *columns = NIL;
	CustomPath *path;

	if (next_pathlist != NULL)
		next_pathlist(root, rel, rti, rte);
	if (!is_delta_rel(root, rel, rte) || IS_DUMMY_REL(rel) || !bms_is_empty(rel->lateral_relids) ||
		!columns_read(rel, &columns))
		return;
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.startup_cost = seq_page_cost * rel->pages + cpu_tuple_cost * rel->tuples;
	path->path.total_cost = path->path.startup_cost + cpu_tuple_cost * rel->rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_private = columns;
	path->methods = &delta_path_methods;
	rel->pathlist = list_make1(path);
}

/* Install the hook that plans such scans. */
void
define_rollup_scans(void)
{
	RegisterCustomScanMethods(&delta_scan_methods);
	next_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_delta_path;
}
