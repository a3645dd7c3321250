/* changes_since: which rows of a table have changed since a client last asked. */
#include "postgres.h"

#include "access/relation.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/literal.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "live/changes_cursor.h"
#include "live/logged_table.h"
#include "live/transactions.h"
#include "miscadmin.h"
#include "query/page.h"
#include "settings/tenant.h"
#include "triggers/owner_query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(changes_since);

enum
{
	CHANGES_CURSOR,
	CHANGES_RELATION,
	CHANGES_SIZE
};

/* How long a cursor holds for that was made before the first entry: nobody sees then what is
 * removed. */
#define UNKEPT_SECONDS (24 * 60 * 60)

/* A row that has changed, in the order in which it is told. */
typedef struct RowChange
{
	int number;
	char *row_id; /* as the log has it … */
	char *id;	  /* … and as it is told, which is the same for all that is equal */
	bool created;
	bool moved;
	bool changed;
	bool visible;
} RowChange;

/* What is told in one call. */
typedef struct Answer
{
	LoggedTable *table;
	ChangesCursor *cursor;
	const Transactions *committed;
	int size;
	RowChange *changes;
	int count;
	int64 last_transaction; /* of the last change */
	bool more;
} Answer;

/*
 * The rows that some transactions changed, by the index that notify_changes makes. What a caller
 * may not read tells nothing: a change of other columns alone is none.
 */
#define ROWS_WHERE(transactions)                                                          \
	"SELECT l.transaction_id, l.row_id, "                                                 \
	"pg_catalog.bool_or(l.action OPERATOR(pg_catalog.=) 'insert'), "                      \
	"pg_catalog.bool_or(l.field OPERATOR(pg_catalog.=) ANY ('{stage_id,pipeline_id}')), " \
	"pg_catalog.bool_or(l.field IS NULL OR l.field OPERATOR(pg_catalog.<>) 'position') "  \
	"FROM %s AS l WHERE {=}l.table_name OPERATOR(pg_catalog.=) $1 AND " transactions      \
	" AND (l.field IS NULL OR (CASE WHEN pg_catalog.starts_with(l.field, 'custom.') "     \
	"THEN 'custom' ELSE l.field END OPERATOR(pg_catalog.=) ANY ($2)) IS FALSE) "          \
	"GROUP BY l.transaction_id, l.row_id ORDER BY l.transaction_id, l.row_id LIMIT $3"

enum
{
	TRANSACTION,
	ROW_ID,
	CREATED,
	MOVED,
	CHANGED,
	RESULTS
};

#define ROW_RESULTS      \
	.nresults = RESULTS, \
	.results = {{INT8OID}, {TEXTOID}, {BOOLOID}, {BOOLOID, NULLABLE}, {BOOLOID}}

/* … of one transaction, behind a row. */
static const OwnerQuery rows_of_transaction = {
	.table = "change_log",
	.sql = ROWS_WHERE("l.transaction_id OPERATOR(pg_catalog.=) $4 "
					  "AND l.row_id OPERATOR(pg_catalog.>) $5"),
	.current = true,
	.nargs = 5,
	.args = {TEXTOID, TEXTARRAYOID, INT8OID, INT8OID, TEXTOID},
	ROW_RESULTS,
};

/* … of all from one on, but the caller's own, which may still be rolled back. */
static const OwnerQuery rows_from_transaction = {
	.table = "change_log",
	.sql = ROWS_WHERE("l.transaction_id OPERATOR(pg_catalog.>=) $4 "
					  "AND l.transaction_id OPERATOR(pg_catalog.<>) $5"),
	.current = true,
	.nargs = 5,
	.args = {TEXTOID, TEXTARRAYOID, INT8OID, INT8OID, INT8OID},
	ROW_RESULTS,
};

/* Which of some transactions wrote to the table. */
static const OwnerQuery writers = {
	.table = "change_log",
	.sql = "SELECT t.id FROM pg_catalog.unnest($2) AS t (id) WHERE (SELECT true FROM %s AS l "
		   "WHERE {=}l.table_name OPERATOR(pg_catalog.=) $1 "
		   "AND l.transaction_id OPERATOR(pg_catalog.=) t.id LIMIT 1) ORDER BY t.id",
	.current = true,
	.nargs = 2,
	.args = {TEXTOID, INT8ARRAYOID},
	.nresults = 1,
	.results = {{INT8OID}},
};

/* Whether there is an entry of the table from before a transaction. */
static const OwnerQuery entry_before = {
	.table = "change_log",
	.sql = "SELECT true FROM %s AS l WHERE {=}l.table_name OPERATOR(pg_catalog.=) $1 "
		   "AND l.transaction_id OPERATOR(pg_catalog.<) $2 LIMIT 1",
	.current = true,
	.nargs = 2,
	.args = {TEXTOID, INT8OID},
	.nresults = 1,
	.results = {{BOOLOID}},
};

/* … of whatever table: of each that there is, by the index. */
static const OwnerQuery any_entry_before = {
	.table = "change_log",
	.sql = "WITH RECURSIVE tables (name) AS ((SELECT l.table_name FROM %1$s AS l WHERE {=}true "
		   "ORDER BY l.table_name LIMIT 1) UNION ALL "
		   "SELECT (SELECT l.table_name FROM %1$s AS l WHERE {=}l.table_name "
		   "OPERATOR(pg_catalog.>) t.name ORDER BY l.table_name LIMIT 1) "
		   "FROM tables AS t WHERE t.name IS NOT NULL) "
		   "SELECT true FROM tables AS t WHERE (SELECT true FROM %1$s AS l "
		   "WHERE {=}l.table_name OPERATOR(pg_catalog.=) t.name "
		   "AND l.transaction_id OPERATOR(pg_catalog.<) $2 LIMIT 1) LIMIT 1",
	.current = true,
	.nargs = 2,
	.args = {TEXTOID, INT8OID},
	.nresults = 1,
	.results = {{BOOLOID}},
};

/* Whether the log has an entry from before all that is not in a set of transactions. */
static bool
has_entry(LoggedTable *table, const OwnerQuery *query, const Transactions *told)
{
	Datum args[] = {CStringGetTextDatum(table->source->name),
					Int64GetDatum((int64) first_missing(told))};
	Datum found;

	return owner_query(&table->command, query, args, &found, NULL);
}

static int64
now_in_seconds(void)
{
	return GetCurrentStatementStartTimestamp() / USECS_PER_SEC;
}

/* What the log holds from before a cursor. */
static int64
what_is_kept(LoggedTable *table, const Transactions *told)
{
	if (has_entry(table, &entry_before, told))
		return KEPT;
	return has_entry(table, &any_entry_before, told) ? KEPT_ELSEWHERE : now_in_seconds();
}

/* What the log held from before a cursor must still be there: then so is all that came since. */
static void
check_kept(LoggedTable *table, const ChangesCursor *cursor)
{
	bool kept;

	if (cursor->kept == KEPT)
		kept = has_entry(table, &entry_before, cursor->told);
	else if (cursor->kept == KEPT_ELSEWHERE)
		kept = has_entry(table, &any_entry_before, cursor->told);
	else
		kept = llabs((long long) (now_in_seconds() - cursor->kept)) <= UNKEPT_SECONDS;
	if (!kept)
		refuse_history(table, "Entries of change_log from that time are kept no longer.");
}

/* Ask for rows, as many as the answer still takes and one more, which tells that there are more. */
static void
add_rows(Answer *answer, const OwnerQuery *query, Datum from, Datum but)
{
	int limit = answer->size - answer->count + 1;
	Datum args[] = {CStringGetTextDatum(answer->table->source->name), answer->table->hidden,
					Int64GetDatum(limit), from, but};
	Datum *values = palloc(sizeof(Datum) * RESULTS * limit);
	bool *nulls = palloc(sizeof(bool) * RESULTS * limit);
	int count = owner_rows(&answer->table->command, query, args, limit, values, nulls);

	answer->more = count == limit;
	for (int i = 0; i < Min(count, limit - 1); i++)
	{
		const Datum *row = values + i * RESULTS;

		answer->last_transaction = DatumGetInt64(row[TRANSACTION]);
		answer->changes[answer->count] = (RowChange){
			.number = answer->count,
			.row_id = TextDatumGetCString(row[ROW_ID]),
			.created = DatumGetBool(row[CREATED]),
			.moved = !nulls[i * RESULTS + MOVED] && DatumGetBool(row[MOVED]),
			.changed = DatumGetBool(row[CHANGED]),
		};
		answer->count++;
	}
}

/* The transactions that were running when the cursor was made, and have changed the table since. */
static int
late_transactions(const Answer *answer, Datum **ids)
{
	const Transactions *told = answer->cursor->told;
	int64 *ended = palloc(sizeof(int64) * (told->xcnt + 1));
	Datum args[2];
	int count = 0;

	for (int i = 0; i < told->xcnt; i++)
	{
		if (has_transaction(answer->committed, told->xip[i]))
			ended[count++] = (int64) told->xip[i];
	}
	*ids = palloc(sizeof(Datum) * (count + 1));
	if (count == 0)
		return 0;
	args[0] = CStringGetTextDatum(answer->table->source->name);
	args[1] = int8_array(ended, count);
	return owner_rows(&answer->table->command, &writers, args, count, *ids, NULL);
}

/* Read the answer: late transactions first, then those that have begun since. */
static void
read_answer(Answer *answer)
{
	const ChangesCursor *cursor = answer->cursor;
	uint64 own = U64FromFullTransactionId(GetTopFullTransactionIdIfAny());
	Datum *late;
	int count = late_transactions(answer, &late);

	for (int i = 0; i < count && !answer->more; i++)
	{
		bool part = (uint64) DatumGetInt64(late[i]) == cursor->part;

		CHECK_FOR_INTERRUPTS();
		add_rows(answer, &rows_of_transaction, late[i],
				 CStringGetTextDatum(part ? cursor->last_row : ""));
	}
	if (!answer->more)
		add_rows(answer, &rows_from_transaction, Int64GetDatum((int64) cursor->told->xmax),
				 Int64GetDatum((int64) own));
}

/* The cursor behind the answer. */
static ChangesCursor *
next_cursor(const Answer *answer)
{
	const ChangesCursor *cursor = answer->cursor;
	ChangesCursor *next = palloc0(sizeof(ChangesCursor));

	next->told = add_transactions(cursor->told, answer->committed,
								  answer->more ? (uint64) answer->last_transaction : PG_UINT64_MAX);
	if (answer->more)
	{
		next->part = (uint64) answer->last_transaction;
		next->last_row = answer->changes[answer->count - 1].row_id;
		leave_out(next->told, next->part);
	}
	next->kept = cursor->kept == KEPT ? KEPT : what_is_kept(answer->table, next->told);
	return next;
}

/* Compare by the order in which they came. */
static int
compare_change_numbers(const void *a, const void *b)
{
	return ((const RowChange *) a)->number - ((const RowChange *) b)->number;
}

/* By row, and then in the order in which they came. */
static int
compare_changes(const void *a, const void *b)
{
	int order = strcmp(((const RowChange *) a)->id, ((const RowChange *) b)->id);

	return order != 0 ? order : compare_change_numbers(a, b);
}

/*
 * Read the keys of the answer: an array of their type. What is none of that type is of no row any
 * more, and NULL there.
 */
static Datum
read_keys(Answer *answer)
{
	Oid type = answer->table->key->base_type;
	ArrayBuildState *keys = initArrayResult(type, CurrentMemoryContext, false);
	FmgrInfo input;
	Oid function;
	Oid parameter;

	getTypeInputInfo(type, &function, &parameter);
	fmgr_info(function, &input);
	for (int i = 0; i < answer->count; i++)
	{
		Datum key = (Datum) 0;
		bool read = try_input(&input, answer->changes[i].row_id, parameter, &key);

		answer->changes[i].id = read ? literal_text(type, key) : answer->changes[i].row_id;
		accumArrayResult(keys, key, !read, type, CurrentMemoryContext);
	}
	return makeArrayResult(keys, CurrentMemoryContext);
}

/* Mark the rows that the caller sees: as the caller, also where there are none to be marked. */
static void
mark_visible(Answer *answer, Datum keys)
{
	const Source *source = answer->table->source;
	Oid type = answer->table->key->base_type;
	Oid array = get_array_type(type);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT k.n FROM pg_catalog.unnest($1) WITH ORDINALITY AS k (v, n) "
					 "WHERE EXISTS (SELECT FROM %s AS r WHERE %s",
					 source->sql, sql_column("r", answer->table->key->name));
	append_operator(&sql, lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr);
	appendStringInfoString(&sql, "k.v");
	append_tenant(&sql, source->relid, "r");
	appendStringInfoChar(&sql, ')');
	if (SPI_execute_with_args(sql.data, 1, &array, &keys, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows that changed: %s", SPI_result_code_string(SPI_result));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool isnull;
		int64 number =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));

		answer->changes[number - 1].visible = true;
	}
}

/* Make one change of all that a row went through, and leave them in the order of the rows. */
static void
merge_changes(Answer *answer)
{
	int count = 0;

	qsort(answer->changes, answer->count, sizeof(RowChange), compare_changes);
	for (int i = 0; i < answer->count; i++)
	{
		RowChange *change = &answer->changes[i];
		RowChange *last = &answer->changes[count - 1];

		if (count > 0 && strcmp(last->id, change->id) == 0)
		{
			last->created |= change->created;
			last->moved |= change->moved;
			last->changed |= change->changed;
		}
		else
			answer->changes[count++] = *change;
	}
	answer->count = count;
}

/* What is told of a row. */
static const char *
kind_of(const RowChange *change)
{
	if (!change->visible)
		return "gone";
	if (change->created)
		return "created";
	if (change->moved)
		return "moved";
	return change->changed ? "changed" : "reordered";
}

/* The answer. */
static Jsonb *
answer_json(const Answer *answer, const char *next)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_key(&state, "changes");
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < answer->count; i++)
	{
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "id", answer->changes[i].id);
		push_text(&state, "kind", kind_of(&answer->changes[i]));
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	push_text(&state, "next", next);
	push_boolean(&state, "more", answer->more);
	return finish_json(&state, WJB_END_OBJECT);
}

/* Where a client begins: with what is committed now. */
static ChangesCursor *
first_cursor(const Answer *answer)
{
	ChangesCursor *cursor = palloc0(sizeof(ChangesCursor));

	cursor->told = add_transactions(answer->committed, answer->committed, PG_UINT64_MAX);
	cursor->kept = what_is_kept(answer->table, cursor->told);
	return cursor;
}

/* changes_since(cursor text, relation regclass, size integer) -> jsonb */
Datum
changes_since(PG_FUNCTION_ARGS)
{
	Answer answer = {.size = page_size(fcinfo, CHANGES_SIZE, "size", 1, MAX_PAGE_SIZE)};
	ChangesCursor *next;
	Datum keys;

	answer.table = open_logged_table(relation_argument(fcinfo, CHANGES_RELATION));
	answer.committed = committed_transactions();
	answer.changes = palloc(sizeof(RowChange) * answer.size);
	if (PG_ARGISNULL(CHANGES_CURSOR))
		next = first_cursor(&answer);
	else
	{
		answer.cursor =
			read_cursor(answer.table, text_to_cstring(PG_GETARG_TEXT_PP(CHANGES_CURSOR)));
		check_kept(answer.table, answer.cursor);
		read_answer(&answer);
		next = next_cursor(&answer);
	}
	keys = read_keys(&answer);
	SPI_connect();
	mark_visible(&answer, keys);
	SPI_finish();
	merge_changes(&answer);
	qsort(answer.changes, answer.count, sizeof(RowChange), compare_change_numbers);
	relation_close(answer.table->command.tg_relation, NoLock);
	PG_RETURN_JSONB_P(answer_json(&answer, write_cursor(answer.table, next)));
}
