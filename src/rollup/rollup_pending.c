/* What a transaction has changed in rollups and not yet written as deltas. */
#include "postgres.h"

#include "rollup/rollup_pending.h"

#include "access/xact.h"
#include "base/compat.h"
#include "rollup/rollup_fold.h"
#include "rollup/rollup_table.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/*
 * Rows are noted by a trigger for rows, as nothing else sees them all: what a MERGE takes to
 * another partition isn't in transition tables, and an apply worker fires no trigger for
 * statements. What was noted is written when the statement ends, else when the transaction does.
 * Each subtransaction has its own, which goes with it where it fails.
 */

/* More groups than this are written while their statement goes on. */
#define MAX_PENDING_GROUPS 20000

/* What was noted for a rollup. */
typedef struct PendingGroups
{
	Oid home;
	Oid relid;
	Oid deltas;
	RollupGroups *groups;
	struct PendingGroups *next;
} PendingGroups;

/* A subtransaction that writes. */
typedef struct WritingLevel
{
	SubTransactionId id;
	int statements; /* that have begun and not ended */
	PendingGroups *pending;
	struct WritingLevel *below;
} WritingLevel;

static WritingLevel *levels;

/* The last command of this transaction that wrote deltas. */
static bool has_written;
static CommandId last_command;

/* The level of the current subtransaction. */
static WritingLevel *
current_level(void)
{
	SubTransactionId id = GetCurrentSubTransactionId();

	if (levels == NULL || levels->id != id)
	{
		WritingLevel *level = MemoryContextAllocZero(TopTransactionContext, sizeof(WritingLevel));

		level->id = id;
		level->below = levels;
		levels = level;
	}
	return levels;
}

/* Write what was noted for a rollup. One that was dropped meanwhile needs nothing. */
static void
write_pending(PendingGroups *pending)
{
	MemoryContext caller;
	RollupTable deltas;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(pending->relid)))
		return;
	caller = MemoryContextSwitchTo(pending->groups->context);
	deltas = open_rollup_table(pending->deltas, pending->home, pending->groups);
	insert_groups(&deltas, pending->groups);
	close_rollup_table(&deltas);
	has_written = true;
	last_command = GetCurrentCommandId(false);
	MemoryContextSwitchTo(caller);
}

/* Write what was noted on a level. */
static void
write_level(WritingLevel *level)
{
	while (level->pending != NULL)
	{
		PendingGroups *pending = level->pending;

		level->pending = pending->next;
		write_pending(pending);
		MemoryContextDelete(pending->groups->context);
	}
}

/* The same, and now and then fold what has gathered. */
static void
write_and_fold(WritingLevel *level)
{
	Oid home = level->pending == NULL ? InvalidOid : level->pending->home;

	write_level(level);
	if (OidIsValid(home))
		fold_in_turn(home);
}

/* The transaction is about to end well: what no statement has written is. */
static void
write_levels(void)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	for (WritingLevel *level = levels; level != NULL; level = level->below)
		write_and_fold(level);
	PopActiveSnapshot();
}

static void
end_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (is_writing())
				write_levels();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_ABORT:
			levels = NULL;
			has_written = false;
			break;
		default:
			break;
	}
}

/* What a subtransaction has noted is its parent's, or nobody's. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	WritingLevel *level = levels;

	if (level == NULL || level->id != id)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		levels = level->below;
		while (level->pending != NULL)
		{
			PendingGroups *pending = level->pending;

			/* which is in the memory of its groups */
			level->pending = pending->next;
			MemoryContextDelete(pending->groups->context);
		}
	}
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
	{
		WritingLevel *below = level->below;
		PendingGroups **last = &level->pending;

		level->id = parent;
		if (below == NULL || below->id != parent)
			return;
		while (*last != NULL)
			last = &(*last)->next;
		*last = below->pending;
		level->statements += below->statements;
		level->below = below->below;
	}
}

/* Be told of the ends of transactions, from the first time that there is something. */
static void
watch_transactions(void)
{
	static bool watched;

	if (watched)
		return;
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	watched = true;
}

/* A statement begins to write. */
void
begin_writing(void)
{
	watch_transactions();
	current_level()->statements++;
}

/* It has written all rows, and its triggers for rows have run. */
void
end_writing(void)
{
	WritingLevel *level;

	watch_transactions();
	level = current_level();
	if (level->statements > 0)
		level->statements--;
	write_and_fold(level);
}

/* What was noted for a rollup on the current level. */
static PendingGroups *
pending_of(const RollupShapes *shapes, const RollupShape *shape)
{
	WritingLevel *level = current_level();
	PendingGroups *pending = level->pending;

	while (pending != NULL && pending->relid != shape->relid)
		pending = pending->next;
	if (pending == NULL)
	{
		RollupGroups *groups = groups_make(shape, TopTransactionContext);

		pending = MemoryContextAllocZero(groups->context, sizeof(PendingGroups));
		*pending =
			(PendingGroups){shapes->home, shape->relid, shape->deltas, groups, level->pending};
		level->pending = pending;
	}
	return pending;
}

/* Note that a row was written: what it was before, and is now. */
void
note_written(const RollupShapes *shapes, const RollupShape *shape, TupleTableSlot *before,
			 TupleTableSlot *after)
{
	PendingGroups *pending;

	watch_transactions();
	pending = pending_of(shapes, shape);
	groups_change_row(pending->groups, shape, before, after);
	if (groups_are_many(pending->groups, MAX_PENDING_GROUPS))
		write_level(levels);
}

/* Whether deltas of this transaction are not written yet, or a statement may still note some. */
bool
is_writing(void)
{
	for (WritingLevel *level = levels; level != NULL; level = level->below)
		if (level->statements > 0 || level->pending != NULL)
			return true;
	return false;
}

/* Whether a snapshot sees the deltas of all rows of this transaction that it may see. */
bool
sees_deltas(Snapshot snapshot)
{
	return !is_writing() && (!has_written || snapshot->curcid > last_command);
}
