/* log_change: the history of every column. */
#include "postgres.h"

#include "triggers/change_log.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "base/function_name.h"
#include "base/literal.h"
#include "base/shard.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "replication/logicalworker.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "triggers/cross_partition.h"
#include "triggers/log_value.h"
#include "triggers/owner_query.h"
#include "triggers/row.h"
#include "triggers/trigger_use.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(log_change);

/* What entries that are written at once have in common, and from ROW_ID on what each has. */
enum
{
	LOG_TABLE_NAME,
	LOG_CHANGED_AT,
	LOG_CHANGED_BY,
	LOG_TRANSACTION_ID,
	LOG_ACTION,
	LOG_ROW_ID,
	LOG_FIELD,
	LOG_OLD,
	LOG_NEW,
	LOG_COLUMNS
};

#define INSERT                                                                                   \
	"INSERT INTO %1$s ({tenant}{id}table_name, changed_at, changed_by, transaction_id, action, " \
	"row_id, field, old, new) "

static const OwnerQuery insert_entry = {
	.table = "change_log",
	.sql = INSERT "VALUES ({value}{next}$1, $2, $3, $4, $5, $6, $7, $8, $9)",
	.after = "{=}k.row_id OPERATOR(pg_catalog.=) $6 AND k.table_name OPERATOR(pg_catalog.=) $1",
	.nargs = LOG_COLUMNS,
	.args = {TEXTOID, TIMESTAMPTZOID, TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, JSONBOID,
			 JSONBOID},
};

/* The same for many, which costs more than it saves where there is one. */
static const OwnerQuery insert_entries = {
	.table = "change_log",
	.sql = INSERT
	"SELECT {value}{next}$1, $2, $3, $4, $5, pg_catalog.unnest($6), pg_catalog.unnest($7), "
	"pg_catalog.unnest($8), pg_catalog.unnest($9)",
	.after =
		"{=}k.row_id OPERATOR(pg_catalog.=) ANY ($6) AND k.table_name OPERATOR(pg_catalog.=) $1",
	.nargs = LOG_COLUMNS,
	.args = {TEXTOID, TIMESTAMPTZOID, TEXTOID, INT8OID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID,
			 JSONBARRAYOID, JSONBARRAYOID},
};

/* How many entries are written at once, and how much. */
#define BATCH 1000
#define BATCH_BYTES (16 * 1024 * 1024)

/* Entries that are still to be written, of rows of one tenant: one of them is the trigger's. */
typedef struct Log
{
	TriggerData *trigger;
	const char *action;
	int count;
	Size bytes;
	Datum values[LOG_COLUMNS - LOG_ROW_ID][BATCH]; /* 0 is NULL */
} Log;

/* Whether a trigger's function is the one that logs changes. */
bool
is_log_function(Oid function)
{
	return is_function(function, "opportunities_internal", "log_change");
}

/* The columns that name a row: id, else the primary key without the tenant. As attribute numbers.
 */
Bitmapset *
logged_key(Relation rel)
{
	AttrNumber id = get_attnum(RelationGetRelid(rel), "id");
	AttrNumber tenant = get_attnum(RelationGetRelid(rel), TENANT_COLUMN);
	Bitmapset *columns;

	if (id != InvalidAttrNumber)
		return bms_make_singleton(id - FirstLowInvalidHeapAttributeNumber);
	columns = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	return bms_del_member(columns, tenant - FirstLowInvalidHeapAttributeNumber);
}

/* The key of a row as text, whatever the settings of the session that changes it. */
static Datum
row_key(Relation rel, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);
	Bitmapset *columns = logged_key(rel);
	StringInfoData key;
	int member = -1;

	initStringInfo(&key);
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber number = member + FirstLowInvalidHeapAttributeNumber;
		bool null;
		Datum value = heap_getattr(tuple, number, desc, &null);

		if (null)
			continue;
		if (key.len > 0)
			appendStringInfoChar(&key, ',');
		appendStringInfoString(
			&key, literal_text(getBaseType(TupleDescAttr(desc, number - 1)->atttypid), value));
	}
	return PointerGetDatum(cstring_to_text_with_len(key.data, key.len));
}

static void
open_log(Log *log, TriggerData *trigger, const char *action)
{
	log->trigger = trigger;
	log->action = action;
	log->count = 0;
	log->bytes = 0;
}

/* What the entries have in a column, as an array. */
static Datum
values_of(Log *log, int column)
{
	Datum *values = log->values[column - LOG_ROW_ID];
	bool *nulls = palloc(sizeof(bool) * log->count);
	int count = log->count;
	int lower = 1;

	for (int i = 0; i < count; i++)
		nulls[i] = values[i] == (Datum) 0;
	return PointerGetDatum(construct_md_array(values, nulls, 1, &count, &lower,
											  insert_entry.args[column], -1, false, TYPALIGN_INT));
}

/* The name under which changes of a table are kept: a partition's are its table's, so a shard's. */
static char *
logged_name(Relation rel)
{
	Oid home = home_table(rel);
	Oid table = table_of_shard(home);

	return get_rel_name(OidIsValid(table) ? table : home);
}

/* Write the entries. */
static void
write_log(Log *log)
{
	Relation rel = log->trigger->tg_relation;
	Datum args[LOG_COLUMNS];
	char nulls[LOG_COLUMNS];

	if (log->count == 0)
		return;
	args[LOG_TABLE_NAME] = CStringGetTextDatum(logged_name(rel));
	args[LOG_CHANGED_AT] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	args[LOG_CHANGED_BY] = CStringGetTextDatum(stamp_user_name());
	args[LOG_TRANSACTION_ID] =
		Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
	args[LOG_ACTION] = CStringGetTextDatum(log->action);
	memset(nulls, ' ', sizeof(nulls));
	for (int i = LOG_ROW_ID; i < LOG_COLUMNS; i++)
	{
		args[i] = log->count == 1 ? log->values[i - LOG_ROW_ID][0] : values_of(log, i);
		if (args[i] == (Datum) 0)
			nulls[i] = 'n';
	}
	(void) owner_execute(log->trigger, log->count == 1 ? &insert_entry : &insert_entries, args,
						 nulls);
	log->count = 0;
	log->bytes = 0;
}

/* Add an entry of a row; a NULL field is the whole row. A value of 0 is none. */
static void
add_entry(Log *log, Datum key, const char *field, Datum old, Datum new_value)
{
	Datum entry[] = {key, field == NULL ? (Datum) 0 : CStringGetTextDatum(field), old, new_value};

	if (log->count == BATCH || log->bytes > BATCH_BYTES)
		write_log(log);
	for (int i = 0; i < lengthof(entry); i++)
	{
		log->values[i][log->count] = entry[i];
		log->bytes += entry[i] == (Datum) 0 ? 0 : VARSIZE_ANY(DatumGetPointer(entry[i]));
	}
	log->count++;
}

/* Whether two members of an object are the same, digits included; NULL is a missing one. */
static bool
same_member(Jsonb *a, Jsonb *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* A member of an object; NULL where there is none. */
static Jsonb *
member_of(Jsonb *object, JsonbValue *key)
{
	JsonbValue *value = findJsonbValueFromContainer(&object->root, JB_FOBJECT, key);

	return value == NULL ? NULL : JsonbValueToJsonb(value);
}

/* Log each member of one object that is another in the other one. */
static void
log_members(Log *log, Datum key, const char *column, Jsonb *these, Jsonb *others, bool new_ones)
{
	JsonbIterator *iterator = JsonbIteratorInit(&these->root);
	JsonbIteratorToken token;
	JsonbValue name;

	while ((token = JsonbIteratorNext(&iterator, &name, true)) != WJB_DONE)
	{
		Jsonb *old;
		Jsonb *new_value;

		if (token != WJB_KEY)
			continue;
		old = member_of(new_ones ? others : these, &name);
		new_value = member_of(new_ones ? these : others, &name);
		if (new_ones ? old == NULL : !same_member(old, new_value))
			add_entry(log, key,
					  psprintf("%s.%.*s", column, name.val.string.len, name.val.string.val),
					  PointerGetDatum(old), PointerGetDatum(new_value));
	}
}

/* Whether a column is one that the trigger leaves out: its arguments name them. */
static bool
is_left_out(const Trigger *trigger, const char *column)
{
	for (int i = 0; i < trigger->tgnargs; i++)
	{
		if (strcmp(trigger->tgargs[i], column) == 0)
			return true;
	}
	return false;
}

/* Log what an UPDATE did to a column; each custom field is one of its own. */
static void
log_column(Log *log, Datum key, Form_pg_attribute att, Datum old, bool old_null, Datum new_value,
		   bool new_null)
{
	const char *column = NameStr(att->attname);

	if (strcmp(column, "custom") == 0 && att->atttypid == JSONBOID && !old_null && !new_null &&
		JB_ROOT_IS_OBJECT(DatumGetJsonbP(old)) && JB_ROOT_IS_OBJECT(DatumGetJsonbP(new_value)))
	{
		Jsonb *before = DatumGetJsonbP(old);
		Jsonb *after = DatumGetJsonbP(new_value);

		log_members(log, key, column, before, after, false);
		log_members(log, key, column, after, before, true);
		return;
	}
	add_entry(log, key, column, old_null ? (Datum) 0 : logged_value(att, old),
			  new_null ? (Datum) 0 : logged_value(att, new_value));
}

/* Write what an UPDATE did to a row. Under another key it is a new one. */
static void
write_update(TriggerData *trigger, HeapTuple old, HeapTuple new_value)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Datum *values = palloc(2 * desc->natts * sizeof(Datum));
	bool *nulls = palloc(2 * desc->natts * sizeof(bool));
	Datum *new_values = values + desc->natts;
	bool *new_nulls = nulls + desc->natts;
	Datum key = row_key(trigger->tg_relation, old);
	Datum new_key = row_key(trigger->tg_relation, new_value);
	Log log;

	open_log(&log, trigger, "update");
	heap_deform_tuple(old, desc, values, nulls);
	heap_deform_tuple(new_value, desc, new_values, new_nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated ||
			same_value(att, values[i], nulls[i], new_values[i], new_nulls[i]) ||
			is_left_out(trigger->tg_trigger, NameStr(att->attname)))
			continue;
		log_column(&log, key, att, values[i], nulls[i], new_values[i], new_nulls[i]);
	}
	write_log(&log);
	if (!DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, key, new_key)))
	{
		open_log(&log, trigger, "insert");
		add_entry(&log, new_key, NULL, (Datum) 0, (Datum) 0);
		write_log(&log);
	}
}

/* Whether a trigger fires in this session; an apply worker fires none for statements. */
static bool
is_fired(const Trigger *trigger)
{
	if (!TRIGGER_FOR_ROW(trigger->tgtype) && IsLogicalWorker())
		return false;
	return trigger->tgenabled == TRIGGER_FIRES_ALWAYS ||
		   trigger->tgenabled == (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA
									  ? TRIGGER_FIRES_ON_REPLICA
									  : TRIGGER_FIRES_ON_ORIGIN);
}

/* Whether a table itself has the trigger, for each row or for each statement, and it is fired. */
static bool
has_log_trigger(Relation rel, Oid function, bool for_row)
{
	for (int i = 0; i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgfoid == function && TRIGGER_FOR_ROW(trigger->tgtype) == for_row &&
			is_fired(trigger))
			return true;
	}
	return false;
}

/* Whether two rows are of one tenant. */
static bool
same_tenant(Relation rel, HeapTuple a, HeapTuple b)
{
	TupleDesc desc = RelationGetDescr(rel);
	AttrNumber number = tenant_column(RelationGetRelid(rel));
	bool a_null;
	bool b_null;
	Datum a_tenant;
	Datum b_tenant;

	if (number == InvalidAttrNumber)
		return true;
	a_tenant = heap_getattr(a, number, desc, &a_null);
	b_tenant = heap_getattr(b, number, desc, &b_null);
	return same_value(TupleDescAttr(desc, number - 1), a_tenant, a_null, b_tenant, b_null);
}

/* Log a row that is new, whose key is enough, or one that is gone. */
static void
log_row(Log *log, HeapTuple tuple, Datum old)
{
	add_entry(log, row_key(log->trigger->tg_relation, tuple), NULL, old, (Datum) 0);
}

/* Write all rows that a statement inserted: far cheaper than one by one. */
static void
write_inserts(TriggerData *trigger)
{
	Relation rel = trigger->tg_relation;
	TupleTableSlot *slot = read_rows(rel, trigger->tg_newtable);
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "opportunities: new rows",
												ALLOCSET_DEFAULT_SIZES);
	TriggerData row = *trigger;
	Log log;

	open_log(&log, &row, "insert");
	while (tuplestore_gettupleslot(trigger->tg_newtable, true, false, slot))
	{
		MemoryContext old = MemoryContextSwitchTo(batch);
		HeapTuple tuple = ExecCopySlotHeapTuple(slot);

		CHECK_FOR_INTERRUPTS();
		if (log.count == BATCH || (log.count > 0 && !same_tenant(rel, row.tg_trigtuple, tuple)))
		{
			write_log(&log);
			MemoryContextReset(batch);
			tuple = ExecCopySlotHeapTuple(slot);
		}
		row.tg_trigtuple = tuple;
		log_row(&log, tuple, (Datum) 0);
		MemoryContextSwitchTo(old);
	}
	write_log(&log);
	MemoryContextDelete(batch);
	ExecDropSingleTupleTableSlot(slot);
}

/* Write that a row is new. */
static void
write_insert(TriggerData *trigger)
{
	HeapTuple tuple = trigger->tg_trigtuple;
	HeapTuple old = moved_row(trigger->tg_relation, tuple);
	Log log;

	if (old != NULL)
	{
		write_update(trigger, old, tuple);
		return;
	}
	open_log(&log, trigger, "insert");
	log_row(&log, tuple, (Datum) 0);
	write_log(&log);
}

/* Write a row that is deleted, whole. */
static void
write_delete(TriggerData *trigger)
{
	HeapTuple tuple = trigger->tg_trigtuple;
	Log log;

	if (is_moving(trigger->tg_relation, tuple))
	{
		note_moving(trigger->tg_relation, tuple);
		return;
	}
	open_log(&log, trigger, "delete");
	log_row(&log, tuple, logged_row(trigger->tg_relation, tuple));
	write_log(&log);
}

/* The trigger's data; an error where the function is called in any way that it isn't made for. */
static TriggerData *
log_trigger(FunctionCallInfo fcinfo)
{
	static const TriggerUse row_use = {"log_change", AFTER_ROW, ON_WRITE};
	static const TriggerUse statement_use = {"log_change", AFTER_STATEMENT, ON_INSERT};
	bool row = CALLED_AS_TRIGGER(fcinfo) &&
			   TRIGGER_FIRED_FOR_ROW(((TriggerData *) fcinfo->context)->tg_event);
	TriggerData *trigger = trigger_data(fcinfo, row ? &row_use : &statement_use);

	if (!row && trigger->tg_newtable == NULL)
		refuse_trigger("log_change");
	return trigger;
}

/*
 * log_change() -> trigger; its arguments are the columns that it leaves out
 *
 * A table has it twice: for each row, and for each INSERT. Rows that come to a partition are logged
 * one by one: its table's triggers for statements don't know of all of them. The trigger for rows
 * is the switch of both.
 */
Datum
log_change(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = log_trigger(fcinfo);
	Relation rel = trigger->tg_relation;
	bool insert = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);

	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
	{
		if (rel->rd_rel->relkind == RELKIND_RELATION &&
			has_log_trigger(rel, fcinfo->flinfo->fn_oid, true))
			write_inserts(trigger);
	}
	else if (insert && !has_log_trigger(rel, fcinfo->flinfo->fn_oid, false))
		write_insert(trigger);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		write_delete(trigger);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		write_update(trigger, trigger->tg_trigtuple, trigger->tg_newtuple);
	PG_RETURN_POINTER(NULL);
}
