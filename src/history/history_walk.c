/* What an opportunity went through, from its state now back to the first day that is asked for. */
#include "postgres.h"

#include "history/history_log.h"
#include "miscadmin.h"
#include "settings/clock.h"
#include "utils/memutils.h"

/*
 * PipelineChanges take effect in the order in which they were written. Each does on the day on
 * which it was written; but a closing on the day of the closing, which may be told later, or put
 * right. What was written before a closing takes effect on its day at the latest, what was written
 * after it on its day at the earliest. What is written on the day on which a closing is told late
 * belongs to it: an imported deal gets its lines when it is closed already. Going back from the
 * state of now, a change leads from what it says was before to what is found after it: so no sum is
 * lost, whatever the log lacks.
 */

/* How far back a row was followed. */
typedef struct Walk
{
	History *history;
	HistoryRow *row;
	LogEntry *entry;	/* the next one */
	RowState *after;	/* the state behind it */
	RowState *inserted; /* what the row was when it came, if that is behind */
	DateADT latest;		/* on which day what is before takes effect at the latest */
	DateADT closing;	/* of a closed state … */
	DateADT told;		/* … the day on which that was written … */
	RowState *closed;	/* … and how that day left it, if the closing is told late */
	TimestampTz deleted_at;
	DateADT first_closing; /* that was gone back over last; DATEVAL_NOEND: none was */
	bool ended;			   /* the state where the last day ends was told */
	Size most; /* the memory that states may take before those are freed that are behind */
} Walk;

/* What the states of a row take at least when that is done. */
#define MAX_STATE_BYTES (8 * 1024 * 1024)

static DateADT
date_of(const History *history, const RowState *state, int column)
{
	return DatumGetDateADT(state->values[column]);
}

/* Whether a row is closed; one that isn't there is not. */
static bool
is_closed(const History *history, const RowState *state)
{
	return state != NULL && !state->nulls[history->closed_on];
}

/* The day of a moment that a row holds; NULL is none. */
static DateADT
day_of(const RowState *state, int column)
{
	return column < 0 || state->nulls[column]
			   ? DATEVAL_NOEND
			   : business_day(DatumGetTimestampTz(state->values[column]));
}

/* The day from which on a row was there, as it says itself. */
static DateADT
created_on(const History *history, const RowState *state)
{
	return Min(day_of(state, history->created_at), day_of(state, history->entered_at));
}

static void
tell(const Walk *walk, ChangeKind kind, RowState *before, RowState *after)
{
	HistoryChange change = {kind,  walk->row->id,	 before,
							after, walk->deleted_at, walk->first_closing};

	walk->history->visit(walk->history, &change);
}

/* Tell the state where the last day ends, unless that was told. */
static void
tell_end(Walk *walk)
{
	if (!walk->ended && walk->after != NULL)
		tell(walk, ROW_ENDS, NULL, walk->after);
	walk->ended = true;
}

/* Tell the state where the first day begins. */
static void
tell_begin(Walk *walk)
{
	const History *history = walk->history;

	tell_end(walk);
	if (walk->after != NULL)
		tell(walk, ROW_BEGINS, NULL, walk->after);
	else if (walk->inserted != NULL && created_on(history, walk->inserted) < history->first_day)
		tell(walk, ROW_UNKNOWN, NULL, walk->inserted);
}

static ChangeKind
kind_of_change(const History *history, const RowState *before, const RowState *after)
{
	if (before == NULL)
		return ROW_NEW;
	if (after == NULL)
		return ROW_GONE;
	if (is_closed(history, before) == is_closed(history, after))
		return ROW_CHANGED;
	return is_closed(history, after) ? ROW_CLOSED : ROW_REOPENED;
}

/* Whether a stage is one that deals are won in: 1, or lost: 0; else −1. */
static int
final_kind(const History *history, bool isnull, Datum stage)
{
	ListCell *cell;

	foreach (cell, history->finals)
	{
		const FinalStage *final_stage = lfirst(cell);

		if (!isnull && final_stage->id == DatumGetInt64(stage))
			return final_stage->won;
	}
	return -1;
}

/* Whether a row that is closed was closed otherwise before: lost, where it is won, or won. */
static bool
closes_anew(const History *history, const RowState *before, const RowState *after)
{
	int stage = history->stage_id;
	int was;
	int is;

	if (!is_closed(history, before) || !is_closed(history, after))
		return false;
	was = final_kind(history, before->nulls[stage], before->values[stage]);
	is = final_kind(history, after->nulls[stage], after->values[stage]);
	return was >= 0 && is >= 0 && was != is;
}

/* The day on which the closing of a closed state was written, by the entries behind it. */
static DateADT
told_on(const Walk *walk, const RowState *state)
{
	const History *history = walk->history;
	RowState *earlier = copy_state(history, state);

	for (const LogEntry *entry = walk->entry; entry != NULL; entry = entry->earlier)
	{
		RowState *later = earlier;

		if (entry->column == WHOLE_ROW_GONE)
			break;
		if (entry->column == history->closed_on || entry->column == history->stage_id)
		{
			earlier = copy_state(history, later);
			put_back(history, earlier, entry, entry->old);
		}
		if (entry->column == WHOLE_ROW_NEW || !is_closed(history, earlier) ||
			closes_anew(history, earlier, later))
			return business_day(entry->changed_at);
	}
	return DATEVAL_NOBEGIN;
}

/* Come to a closed state from behind. */
static void
enter_closed(Walk *walk, const RowState *state)
{
	walk->closing = date_of(walk->history, state, walk->history->closed_on);
	walk->told = told_on(walk, state);
	walk->closed = NULL;
}

/* The day on which a change of a closed row takes effect. */
static DateADT
closed_day(Walk *walk, DateADT written)
{
	if (walk->closing >= walk->told || written != walk->told)
		return Max(written, walk->closing);
	if (walk->closed == NULL)
		walk->closed = walk->after;
	return walk->closing;
}

/* The day on which a change takes effect that was written on a day, as far as it alone says. */
static DateADT
effective_day(Walk *walk, const RowState *before, DateADT written)
{
	const History *history = walk->history;
	DateADT day = written;

	if (is_closed(history, walk->after))
	{
		bool anew = closes_anew(history, before, walk->after);

		if (is_closed(history, before) && !anew)
			return closed_day(walk, written);
		day = walk->closing;
		if (anew)
			enter_closed(walk, before);
	}
	else if (is_closed(history, before))
	{
		enter_closed(walk, before);
		day = Max(written, walk->closing);
	}
	return day;
}

/* Go back over a change: false where the first day is reached. */
static bool
step_back(Walk *walk, ChangeKind kind, RowState *before, DateADT day)
{
	const History *history = walk->history;

	walk->latest = Min(walk->latest, day);
	if (walk->latest <= history->last_day)
		tell_end(walk);
	if (walk->latest < history->first_day)
		return false;
	if (walk->latest <= history->last_day)
		tell(walk, kind, before, walk->after);
	if (kind == ROW_CLOSED)
		walk->first_closing = walk->closing;
	walk->inserted = before == NULL ? walk->after : NULL;
	walk->after = before;
	return true;
}

/* The state in which a row was closed, but for what the closing itself sets: as it was before. */
static RowState *
open_state(const Walk *walk, const RowState *before)
{
	const History *history = walk->history;
	static const char *const by_closing[] = {"stage_id",	 "closed_on",	"closed_at",
											 "close_reason", "probability", "position"};
	RowState *state = copy_state(history, walk->closed != NULL ? walk->closed : walk->after);

	for (int i = 0; i < lengthof(by_closing); i++)
	{
		int column = history_column(history, by_closing[i]);

		if (column < 0)
			continue;
		state->nulls[column] = before == NULL || before->nulls[column];
		if (before != NULL)
			state->values[column] = before->values[column];
	}
	return state;
}

/* Go back over a closing: the row had what it was closed with before it was. */
static bool
step_over_closing(Walk *walk, RowState *before, DateADT day, bool logged)
{
	RowState *open = open_state(walk, before);

	return step_back(walk, ROW_CLOSED, open, day) &&
		   step_back(walk, logged ? ROW_CHANGED : ROW_UNLOGGED, before, day);
}

/* Go back over a change that was written on a day. */
static bool
step_over_change(Walk *walk, RowState *before, DateADT written, bool logged)
{
	ChangeKind kind = kind_of_change(walk->history, before, walk->after);
	DateADT day = effective_day(walk, before, written);

	if (kind == ROW_CLOSED)
		return step_over_closing(walk, before, day, logged);
	return step_back(walk, logged || kind == ROW_GONE ? kind : ROW_UNLOGGED, before, day);
}

/* Go back over the coming of a row. One that came closed was open for no time. */
static bool
step_over_coming(Walk *walk, DateADT written, bool logged)
{
	const History *history = walk->history;

	if (is_closed(history, walk->after) &&
		!step_back(walk, ROW_CLOSED, open_state(walk, NULL), walk->closing))
		return false;
	return step_back(walk, logged ? ROW_NEW : ROW_UNLOGGED, NULL, written);
}

/*
 * Free the states that were left behind, which are many where a row has changed often, and values
 * of one that is being made.
 */
static void
free_states(Walk *walk, RowState **made)
{
	const History *history = walk->history;
	MemoryContext left = CurrentMemoryContext;
	MemoryContext context;

	if (MemoryContextMemAllocated(left, false) < walk->most)
		return;
	context = AllocSetContextCreate(history->row_context, "opportunities: states of a row",
									ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	walk->after = move_state(history, walk->after);
	walk->inserted = move_state(history, walk->inserted);
	walk->closed = move_state(history, walk->closed);
	*made = move_state(history, *made);
	walk->most = Max(MAX_STATE_BYTES, MemoryContextMemAllocated(context, false) * 4);
	/* entries are in the first one */
	if (left != history->row_context)
		MemoryContextDelete(left);
}

/* Whether an entry is of the same write as one that came later: columns are logged in order. */
static bool
same_write(const LogEntry *entry, const LogEntry *later)
{
	return entry != NULL && entry->column >= 0 && entry->transaction == later->transaction &&
		   entry->changed_at == later->changed_at &&
		   (entry->column < later->column ||
			(entry->column == later->column && entry->key != NULL));
}

/* Go back over a write that changed columns. What the entries don't lead to was changed after it.
 */
static bool
step_over_write(Walk *walk)
{
	const History *history = walk->history;
	const LogEntry *first = walk->entry;
	DateADT written = business_day(first->changed_at);
	RowState *written_state = NULL;
	RowState *before;
	LogEntry *end = walk->entry;

	for (LogEntry *later = NULL; end != NULL && (later == NULL || same_write(end, later));
		 end = end->earlier)
	{
		CHECK_FOR_INTERRUPTS();
		free_states(walk, &written_state);
		later = end;
		if (has_logged(history, walk->after, end))
			continue;
		if (written_state == NULL)
			written_state = copy_state(history, walk->after);
		put_back(history, written_state, end, end->new_value);
	}
	if (written_state != NULL && !step_over_change(walk, written_state, written, false))
		return false;
	before = copy_state(history, walk->after);
	for (; walk->entry != end; walk->entry = walk->entry->earlier)
	{
		CHECK_FOR_INTERRUPTS();
		free_states(walk, &before);
		put_back(history, before, walk->entry, walk->entry->old);
	}
	return step_over_change(walk, before, written, true);
}

/* Go back over the next entries; false where the first day is reached. */
static bool
step_over_entry(Walk *walk)
{
	LogEntry *entry = walk->entry;
	DateADT written = business_day(entry->changed_at);
	RowState *deleted;

	if (entry->column >= 0)
		return step_over_write(walk);
	walk->entry = entry->earlier;
	if (entry->column == WHOLE_ROW_NEW)
		return step_over_coming(walk, written, true);
	if (walk->after != NULL && !step_over_coming(walk, written, false))
		return false;
	walk->deleted_at = entry->changed_at;
	deleted = logged_state(walk->history, entry);
	return step_over_change(walk, deleted, written, true);
}

/* Where there is no row, go on with the entry that says that one was deleted. */
static void
find_deletion(Walk *walk)
{
	while (walk->entry != NULL &&
		   (!walk->history->with_deleted || walk->entry->column != WHOLE_ROW_GONE))
		walk->entry = walk->entry->earlier;
}

/* Go back over all entries that were read; false where the first day is reached. */
static bool
step_over_entries(Walk *walk)
{
	for (;;)
	{
		if (walk->after == NULL)
			find_deletion(walk);
		if (walk->entry == NULL)
			return true;
		if (!step_over_entry(walk))
			return false;
	}
}

/*
 * Behind the entries that were read the row is as it was where the first day begins: unless it was
 * closed before, with a day that was put right, or came when nothing was logged.
 */
static void
step_over_rest(Walk *walk)
{
	History *history = walk->history;
	DateADT came;

	if (is_closed(history, walk->after) && walk->closing >= history->first_day && !walk->row->whole)
	{
		read_older_entries(history, walk->row);
		walk->entry = walk->row->last;
		if (!step_over_entries(walk))
			return;
	}
	if (walk->after == NULL)
		return;
	if (is_closed(history, walk->after) &&
		!step_back(walk, ROW_CLOSED, open_state(walk, NULL), walk->closing))
		return;
	came = Max(created_on(history, walk->after), history->known_from);
	if (came >= history->first_day)
		(void) step_back(walk, ROW_NEW, NULL, came);
}

/* Tell what a row went through, from its state now back to the first day. */
void
walk_back(History *history, HistoryRow *row)
{
	MemoryContext caller = MemoryContextSwitchTo(history->row_context);
	Walk walk = {.history = history,
				 .row = row,
				 .entry = row->last,
				 .after = row->present,
				 .latest = DATEVAL_NOEND,
				 .deleted_at = DT_NOBEGIN,
				 .first_closing = DATEVAL_NOEND,
				 .most = MAX_STATE_BYTES};

	if (is_closed(history, walk.after))
		enter_closed(&walk, walk.after);
	if (step_over_entries(&walk))
		step_over_rest(&walk);
	tell_begin(&walk);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(history->row_context);
}
