/* The opportunities that the log has entries of, a batch at a time. */
#include "postgres.h"

#include "common/hashfn.h"
#include "history/history_rows.h"
#include "utils/memutils.h"

static inline uint32
hash_id(int64 id)
{
	return murmurhash32((uint32) id ^ murmurhash32((uint32) ((uint64) id >> 32)));
}

#define SH_PREFIX rows
#define SH_ELEMENT_TYPE HistoryRow
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(table, key) hash_id(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Make room for the rows of a batch, in the place of those of the last one. */
void
make_rows(History *history)
{
	MemoryContextReset(history->context);
	history->rows = rows_create(history->context, 1024, NULL);
}

/* Whether a row is of the batch that is read. */
bool
is_of_batch(const History *history, int64 id)
{
	return history->batches == 1 ||
		   hash_bytes_uint32(hash_id(id)) % history->batches == history->batch;
}

/* The row of an id, made where it isn't there; NULL: it is of another batch. */
HistoryRow *
make_row(History *history, int64 id)
{
	HistoryRow *row;
	bool found;

	if (!is_of_batch(history, id))
		return NULL;
	row = rows_insert(history->rows, id, &found);
	if (!found)
	{
		row->unsorted = false;
		row->whole = false;
		row->followed = false;
		row->last = NULL;
		row->present = NULL;
	}
	return row;
}

/* The row of an id, or NULL. */
HistoryRow *
find_history_row(const History *history, int64 id)
{
	return rows_lookup(history->rows, id);
}

/* All rows, in any order. */
List *
all_rows(const History *history)
{
	List *rows = NIL;
	rows_iterator iterator;
	HistoryRow *row;

	rows_start_iterate(history->rows, &iterator);
	while ((row = rows_iterate(history->rows, &iterator)) != NULL)
		rows = lappend(rows, row);
	return rows;
}

/* Add an entry to a row. Mostly they come in order. */
void
add_log_entry(HistoryRow *row, LogEntry *entry)
{
	row->unsorted |= row->last != NULL && row->last_id > entry->id;
	row->last_id = entry->id;
	entry->earlier = row->last;
	row->last = entry;
}

static int
compare_entries(const ListCell *a, const ListCell *b)
{
	int64 left = ((const LogEntry *) lfirst(a))->id;
	int64 right = ((const LogEntry *) lfirst(b))->id;

	return (left > right) - (left < right);
}

/* Bring the entries of a row in order, the latest first. */
void
sort_entries(HistoryRow *row)
{
	List *entries = NIL;
	ListCell *cell;

	if (!row->unsorted)
		return;
	for (LogEntry *entry = row->last; entry != NULL; entry = entry->earlier)
		entries = lappend(entries, entry);
	list_sort(entries, compare_entries);
	row->last = NULL;
	row->unsorted = false;
	foreach (cell, entries)
	{
		LogEntry *entry = lfirst(cell);

		entry->earlier = row->last;
		row->last = entry;
	}
	list_free(entries);
}
