/* Reading the log of opportunities, as its owner. */
#include "postgres.h"

#include <ctype.h>

#include "access/xact.h"
#include "base/compat.h"
#include "base/limits.h"
#include "base/query_params.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/tuptable.h"
#include "history/history_log.h"
#include "history/history_rows.h"
#include "settings/clock.h"
#include "triggers/owner_query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Entries of the columns that are asked for, those of JSON a key each, and of whole rows. */
#define LOG_ENTRIES(where)                                                               \
	"SELECT l.row_id, l.id, l.changed_at, l.transaction_id, l.field, l.old, l.new FROM " \
	"%s AS l WHERE {=}l.table_name OPERATOR(pg_catalog.=) $1 AND " where                 \
	" AND (l.field IS NULL OR l.field OPERATOR(pg_catalog.=) ANY ($2) OR "               \
	"l.field OPERATOR(pg_catalog.^@) ANY ($3))"

enum
{
	LOG_ROW_ID,
	LOG_ID,
	LOG_CHANGED_AT,
	LOG_TRANSACTION,
	LOG_FIELD,
	LOG_OLD,
	LOG_NEW,
	LOG_COLUMNS
};

/* From a moment on. */
static const OwnerQuery entries_since = {
	.table = "change_log",
	.sql = LOG_ENTRIES("l.changed_at OPERATOR(pg_catalog.>=) $4"),
	.nargs = 4,
	.args = {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID},
	.nresults = LOG_COLUMNS,
	.results = {{TEXTOID},
				{INT8OID},
				{TIMESTAMPTZOID},
				{INT8OID},
				{TEXTOID, NULLABLE},
				{JSONBOID, NULLABLE},
				{JSONBOID, NULLABLE}},
};

/* Of a row, before a moment. */
static const OwnerQuery entries_before = {
	.table = "change_log",
	.sql = LOG_ENTRIES("l.changed_at OPERATOR(pg_catalog.<) $4 "
					   "AND l.row_id OPERATOR(pg_catalog.=) $5"),
	.nargs = 5,
	.args = {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID, TEXTOID},
	.nresults = LOG_COLUMNS,
	.results = {{TEXTOID},
				{INT8OID},
				{TIMESTAMPTZOID},
				{INT8OID},
				{TEXTOID, NULLABLE},
				{JSONBOID, NULLABLE},
				{JSONBOID, NULLABLE}},
};

/* An entry of before a moment, whatever it is about. */
static const OwnerQuery any_before = {
	.table = "change_log",
	.sql = "SELECT l.changed_at FROM %s AS l WHERE {=}l.changed_at OPERATOR(pg_catalog.<) $1 "
		   "LIMIT 1",
	.nargs = 1,
	.args = {TIMESTAMPTZOID},
	.nresults = 1,
	.results = {{TIMESTAMPTZOID}},
};

/* When the first entry was made. */
static const OwnerQuery first_entry = {
	.table = "change_log",
	.sql = "SELECT pg_catalog.min(l.changed_at) AS changed_at FROM %s AS l WHERE {=}true",
	.nresults = 1,
	.results = {{TIMESTAMPTZOID, NULLABLE}},
};

static const OwnerQuery final_stages = {
	.table = "stage",
	.sql = "SELECT s.id, s.kind OPERATOR(pg_catalog.=) 'won' AS kind FROM %s AS s "
		   "WHERE {=}s.kind OPERATOR(pg_catalog.<>) 'open'",
	.nresults = 2,
	.results = {{INT8OID}, {BOOLOID}},
};

/* What is read of the log, and for what. */
typedef struct LogReader
{
	DestReceiver pub;
	History *history;
	HistoryRow *row; /* whose entries alone are read, or NULL */
	bool full;		 /* memory is */
	TimestampTz found;
	bool any;
} LogReader;

/* The moment at which the first day begins. */
static TimestampTz
first_moment(const History *history)
{
	DateADT day = history->first_day;

	if (DATE_NOT_FINITE(day))
		return DATE_IS_NOBEGIN(day) ? DT_NOBEGIN : DT_NOEND;
	return business_day_start(day);
}

/*
 * Entries are read from a day before: a transaction that began then may have changed a row that
 * another one, which began later, had changed before it.
 */
static TimestampTz
read_from(const History *history)
{
	TimestampTz moment = first_moment(history);

	return TIMESTAMP_NOT_FINITE(moment) ? moment : moment - USECS_PER_DAY;
}

/* Read the number of a row; false: it is of another table, which has other keys. */
static bool
row_number(const text *key, int64 *number)
{
	const char *digits = VARDATA_ANY(key);
	int length = VARSIZE_ANY_EXHDR(key);
	bool negative = length > 0 && *digits == '-';

	*number = 0;
	for (int i = negative; i < length; i++)
	{
		if (!isdigit((unsigned char) digits[i]) || pg_mul_s64_overflow(*number, 10, number) ||
			pg_sub_s64_overflow(*number, digits[i] - '0', number))
			return false;
	}
	return length > negative && (negative || !pg_mul_s64_overflow(*number, -1, number));
}

/* The number of the column that an entry is about, and the key in it; false: it isn't asked for. */
static bool
read_field(const History *history, const text *field, LogEntry *entry, MemoryContext context)
{
	const char *name = VARDATA_ANY(field);
	int length = VARSIZE_ANY_EXHDR(field);

	for (int i = 0; i < history->count; i++)
	{
		const SourceColumn *column = history->columns[i].column;
		int own = strlen(column->name);

		if (length < own || memcmp(column->name, name, own) != 0)
			continue;
		if (length > own && (column->base_type != JSONBOID || name[own] != '.'))
			continue;
		entry->column = i;
		if (length > own)
			entry->key = MemoryContextStrdup(context, pnstrdup(name + own + 1, length - own - 1));
		return true;
	}
	return false;
}

/* A value of JSON in a row of the log; NULL for NULL. */
static struct varlena *
slot_json(const TupleTableSlot *slot, int column)
{
	return slot->tts_isnull[column] ? NULL : PG_DETOAST_DATUM_PACKED(slot->tts_values[column]);
}

/* Free what was fetched or decompressed for it: values can be large, and entries many. */
static void
free_json(const TupleTableSlot *slot, int column, struct varlena *json)
{
	if (json != NULL && json != (struct varlena *) DatumGetPointer(slot->tts_values[column]))
		pfree(json);
}

/* The room that it takes in an entry. */
static Size
json_room(const struct varlena *json)
{
	return json == NULL ? 0 : MAXALIGN(VARSIZE_ANY_EXHDR(json) + VARHDRSZ);
}

/* A value of JSON, copied to where an entry has room for it; NULL for NULL. */
static Jsonb *
put_json(char **room, const struct varlena *json)
{
	Jsonb *copy = (Jsonb *) *room;

	if (json == NULL)
		return NULL;
	SET_VARSIZE(copy, VARSIZE_ANY_EXHDR(json) + VARHDRSZ);
	memcpy(VARDATA(copy), VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
	*room += MAXALIGN(VARSIZE(copy));
	return copy;
}

/* An entry, in one piece with its values, unless it is about nothing that is asked for. */
static LogEntry *
read_log_entry(const History *history, const TupleTableSlot *slot, MemoryContext context)
{
	struct varlena *old;
	struct varlena *new_value;
	LogEntry read = {.id = DatumGetInt64(slot->tts_values[LOG_ID]),
					 .changed_at = DatumGetTimestampTz(slot->tts_values[LOG_CHANGED_AT]),
					 .transaction = DatumGetInt64(slot->tts_values[LOG_TRANSACTION])};
	LogEntry *entry;
	char *room;

	if (slot->tts_isnull[LOG_FIELD])
		read.column = slot->tts_isnull[LOG_OLD] ? WHOLE_ROW_NEW : WHOLE_ROW_GONE;
	else if (!read_field(history, DatumGetTextPP(slot->tts_values[LOG_FIELD]), &read, context))
		return NULL;
	old = slot_json(slot, LOG_OLD);
	new_value = slot_json(slot, LOG_NEW);
	entry = MemoryContextAlloc(context,
							   MAXALIGN(sizeof(LogEntry)) + json_room(old) + json_room(new_value));
	room = (char *) entry + MAXALIGN(sizeof(LogEntry));
	*entry = read;
	entry->old = put_json(&room, old);
	entry->new_value = put_json(&room, new_value);
	free_json(slot, LOG_OLD, old);
	free_json(slot, LOG_NEW, new_value);
	return entry;
}

/* Whether the rows that are read take all the memory that they may: seen to in the first batch. */
static bool
memory_is_full(const History *history)
{
	return history->batch == 0 &&
		   MemoryContextMemAllocated(history->context, true) > MAX_HISTORY_BYTES;
}

static bool
receive_log_entry(TupleTableSlot *slot, DestReceiver *self)
{
	LogReader *reader = (LogReader *) self;
	History *history = reader->history;
	MemoryContext context = reader->row != NULL ? history->row_context : history->context;
	HistoryRow *row;
	LogEntry *entry;
	int64 id;

	slot_getallattrs(slot);
	if (!row_number(DatumGetTextPP(slot->tts_values[LOG_ROW_ID]), &id))
		return true;
	row = reader->row != NULL ? reader->row : make_row(history, id);
	if (row == NULL)
		return true;
	entry = read_log_entry(history, slot, context);
	if (entry != NULL)
		add_log_entry(row, entry);
	reader->full = reader->row == NULL && memory_is_full(history);
	return !reader->full;
}

/* The names of the columns, and how those of JSON begin that are keys of one, as arrays. */
static void
field_arguments(const History *history, Datum *args)
{
	Datum *names = palloc(sizeof(Datum) * history->count);
	Datum *keys = palloc(sizeof(Datum) * history->count);
	int count = 0;

	for (int i = 0; i < history->count; i++)
	{
		const SourceColumn *column = history->columns[i].column;

		names[i] = CStringGetTextDatum(history->columns[i].as_now ? "" : column->name);
		if (column->base_type == JSONBOID)
			keys[count++] = CStringGetTextDatum(psprintf("%s.", column->name));
	}
	args[0] = CStringGetTextDatum(history->source->name);
	args[1] =
		PointerGetDatum(construct_array(names, history->count, TEXTOID, -1, false, TYPALIGN_INT));
	args[2] = PointerGetDatum(construct_array(keys, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* Read the entries of the rows of a batch. False, and nothing is read: they take too much memory.
 */
bool
read_log(History *history)
{
	LogReader reader = {.pub = row_receiver(receive_log_entry), .history = history};
	Datum args[4];

	field_arguments(history, args);
	args[3] = TimestampTzGetDatum(read_from(history));
	owner_scan(history->command, &entries_since, args, &reader.pub);
	return !reader.full;
}

/* Read the entries of a row that are from before those that were read. */
void
read_older_entries(History *history, HistoryRow *row)
{
	LogReader reader = {.pub = row_receiver(receive_log_entry), .history = history, .row = row};
	Datum args[5];

	row->last = NULL;
	row->whole = true;
	field_arguments(history, args);
	args[3] = TimestampTzGetDatum(read_from(history));
	args[4] = CStringGetTextDatum(psprintf(INT64_FORMAT, row->id));
	owner_scan(history->command, &entries_before, args, &reader.pub);
	sort_entries(row);
}

static bool
receive_final_stage(TupleTableSlot *slot, DestReceiver *self)
{
	History *history = ((LogReader *) self)->history;
	MemoryContext caller = MemoryContextSwitchTo(GetMemoryChunkContext(history));
	FinalStage *stage = palloc(sizeof(FinalStage));

	slot_getallattrs(slot);
	stage->id = DatumGetInt64(slot->tts_values[0]);
	stage->won = DatumGetBool(slot->tts_values[1]);
	history->finals = lappend(history->finals, stage);
	MemoryContextSwitchTo(caller);
	return true;
}

/* Read in which stages opportunities are closed: won or lost. */
void
read_final_stages(History *history)
{
	LogReader reader = {.pub = row_receiver(receive_final_stage), .history = history};

	owner_scan(history->command, &final_stages, NULL, &reader.pub);
}

static bool
receive_moment(TupleTableSlot *slot, DestReceiver *self)
{
	LogReader *reader = (LogReader *) self;
	bool isnull;
	Datum moment = slot_getattr(slot, 1, &isnull);

	reader->any = !isnull;
	reader->found = isnull ? DT_NOEND : DatumGetTimestampTz(moment);
	return true;
}

/* Find where the log begins, if that is after the first day has begun. */
void
find_known_from(History *history)
{
	LogReader reader = {.pub = row_receiver(receive_moment)};
	Datum moment = TimestampTzGetDatum(first_moment(history));

	history->known_from = DATEVAL_NOBEGIN;
	owner_scan(history->command, &any_before, &moment, &reader.pub);
	if (reader.any)
		return;
	owner_scan(history->command, &first_entry, NULL, &reader.pub);
	history->known_from =
		business_day(reader.any ? reader.found : GetCurrentTransactionStartTimestamp());
}
