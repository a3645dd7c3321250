#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "rules/moved_row.h"
#include "rules/owner_query.h"
#include "rules/row.h"
#include "rules/rule.h"
#include "settings/settings.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(log_change);

enum
{
	TABLE_NAME,
	ROW_ID,
	CHANGED_AT,
	CHANGED_BY,
	TRANSACTION_ID,
	ACTION,
	FIELD,
	OLD,
	NEW,
	COLUMNS
};

static const OwnerQuery insert_entry = {
	.table = "change_log",
	.sql = "INSERT INTO %s ({tenant}table_name, row_id, changed_at, changed_by, transaction_id, "
		   "action, field, old, new) VALUES ({value}$1, $2, $3, $4, $5, $6, $7, $8, $9)",
	.nargs = COLUMNS,
	.args = {TEXTOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, INT8OID, TEXTOID, TEXTOID, JSONBOID,
			 JSONBOID},
};

/* New rows of one tenant, many at once. */
static const OwnerQuery insert_new_rows = {
	.table = "change_log",
	.sql = "INSERT INTO %s ({tenant}table_name, row_id, changed_at, changed_by, transaction_id, "
		   "action) SELECT {value}$1, pg_catalog.unnest($2), $3, $4, $5, $6",
	.nargs = FIELD,
	.args = {TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, TEXTOID, INT8OID, TEXTOID},
};

/* How many new rows are written at once. */
#define BATCH 1000

/* The entry that is written, once for each field. */
typedef struct Entry
{
	TriggerData *trigger;
	Datum values[COLUMNS];
} Entry;

/* A value of any type as jsonb: numerics with all their digits, moments with their offset. */
static Datum
as_jsonb(Oid type, Datum value)
{
	FmgrInfo function;
	List *args;

	if (type == JSONBOID)
		return value;

	args = list_make1(makeNullConst(type, -1, InvalidOid));
	fmgr_info(F_TO_JSONB, &function);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, args, InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL),
					   &function);
	return FunctionCall1(&function, value);
}

/* A whole row as a JSON object. */
static Datum
row_as_jsonb(Relation rel, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);

	return as_jsonb(desc->tdtypeid, heap_copy_tuple_as_datum(tuple, desc));
}

/* The columns that name a row: id, else the primary key without the tenant. As attribute numbers.
 */
static Bitmapset *
key_columns(Relation rel)
{
	AttrNumber id = get_attnum(RelationGetRelid(rel), "id");
	AttrNumber tenant = get_attnum(RelationGetRelid(rel), TENANT_COLUMN);
	Bitmapset *columns;

	if (id != InvalidAttrNumber)
		return bms_make_singleton(id - FirstLowInvalidHeapAttributeNumber);
	columns = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	return bms_del_member(columns, tenant - FirstLowInvalidHeapAttributeNumber);
}

/* The key of a row as text. */
static char *
row_key(Relation rel, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);
	Bitmapset *columns = key_columns(rel);
	StringInfoData key;
	int member = -1;

	initStringInfo(&key);
	while ((member = bms_next_member(columns, member)) >= 0)
	{
		AttrNumber number = member + FirstLowInvalidHeapAttributeNumber;
		bool null;
		Datum value = heap_getattr(tuple, number, desc, &null);
		Oid output;
		bool varlena;

		if (null)
			continue;
		getTypeOutputInfo(TupleDescAttr(desc, number - 1)->atttypid, &output, &varlena);
		if (key.len > 0)
			appendStringInfoChar(&key, ',');
		appendStringInfoString(&key, OidOutputFunctionCall(output, value));
	}
	return key.data;
}

/* Begin an entry: what, who and when; its row is still to come. */
static Entry
open_rowless_entry(TriggerData *trigger, const char *action)
{
	Relation rel = trigger->tg_relation;
	Entry entry = {.trigger = trigger};

	entry.values[TABLE_NAME] = CStringGetTextDatum(
		rel->rd_rel->relispartition ? get_rel_name(home_table(rel)) : RelationGetRelationName(rel));
	entry.values[CHANGED_AT] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	entry.values[CHANGED_BY] = CStringGetTextDatum(current_user_name());
	entry.values[TRANSACTION_ID] =
		Int64GetDatum((int64) U64FromFullTransactionId(GetTopFullTransactionId()));
	entry.values[ACTION] = CStringGetTextDatum(action);
	return entry;
}

/* Begin an entry of a row. */
static Entry
open_entry(TriggerData *trigger, const char *action, HeapTuple tuple)
{
	Entry entry = open_rowless_entry(trigger, action);

	entry.values[ROW_ID] = CStringGetTextDatum(row_key(trigger->tg_relation, tuple));
	return entry;
}

/* Write an entry of a field; a NULL name: of the whole row. A value of 0 is none. */
static void
write_entry(Entry *entry, const char *field, Datum old, Datum new)
{
	char nulls[COLUMNS];

	entry->values[FIELD] = field == NULL ? (Datum) 0 : CStringGetTextDatum(field);
	entry->values[OLD] = old;
	entry->values[NEW] = new;
	memset(nulls, ' ', sizeof(nulls));
	for (int i = FIELD; i < COLUMNS; i++)
	{
		if (entry->values[i] == (Datum) 0)
			nulls[i] = 'n';
	}
	(void) owner_execute(entry->trigger, &insert_entry, entry->values, nulls);
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

/* Write an entry for each member of one object that is another in the other one. */
static void
write_members(Entry *entry, const char *column, Jsonb *these, Jsonb *others, bool new_ones)
{
	JsonbIterator *iterator = JsonbIteratorInit(&these->root);
	JsonbIteratorToken token;
	JsonbValue key;

	while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
	{
		Jsonb *old;
		Jsonb *new;

		if (token != WJB_KEY)
			continue;
		old = member_of(new_ones ? others : these, &key);
		new = member_of(new_ones ? these : others, &key);
		if (new_ones ? old == NULL : !same_member(old, new))
			write_entry(entry, psprintf("%s.%.*s", column, key.val.string.len, key.val.string.val),
						PointerGetDatum(old), PointerGetDatum(new));
	}
}

/* Whether a column is one that the trigger leaves out: its arguments name them. */
static bool
is_left_out(const Entry *entry, const char *column)
{
	const Trigger *trigger = entry->trigger->tg_trigger;

	for (int i = 0; i < trigger->tgnargs; i++)
	{
		if (strcmp(trigger->tgargs[i], column) == 0)
			return true;
	}
	return false;
}

/* Write what an UPDATE did to a column; each custom field is one of its own. */
static void
write_column(Entry *entry, Form_pg_attribute att, Datum old, bool old_null, Datum new,
			 bool new_null)
{
	const char *column = NameStr(att->attname);

	if (strcmp(column, "custom") == 0 && att->atttypid == JSONBOID && !old_null && !new_null &&
		JB_ROOT_IS_OBJECT(DatumGetJsonbP(old)) && JB_ROOT_IS_OBJECT(DatumGetJsonbP(new)))
	{
		Jsonb *before = DatumGetJsonbP(old);
		Jsonb *after = DatumGetJsonbP(new);

		write_members(entry, column, before, after, false);
		write_members(entry, column, after, before, true);
		return;
	}
	write_entry(entry, column, old_null ? (Datum) 0 : as_jsonb(att->atttypid, old),
				new_null ? (Datum) 0 : as_jsonb(att->atttypid, new));
}

/* Write what an UPDATE did to a row. */
static void
write_update(TriggerData *trigger, HeapTuple old, HeapTuple new)
{
	TupleDesc desc = RelationGetDescr(trigger->tg_relation);
	Datum *values = palloc(2 * desc->natts * sizeof(Datum));
	bool *nulls = palloc(2 * desc->natts * sizeof(bool));
	Datum *new_values = values + desc->natts;
	bool *new_nulls = nulls + desc->natts;
	Entry entry = open_entry(trigger, "update", old);

	heap_deform_tuple(old, desc, values, nulls);
	heap_deform_tuple(new, desc, new_values, new_nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated ||
			same_value(att, values[i], nulls[i], new_values[i], new_nulls[i]) ||
			is_left_out(&entry, NameStr(att->attname)))
			continue;
		write_column(&entry, att, values[i], nulls[i], new_values[i], new_nulls[i]);
	}
}

/* Whether a table itself has the trigger, for each row or for each statement, and it is enabled. */
static bool
has_log_trigger(Relation rel, Oid function, bool for_row)
{
	for (int i = 0; i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (trigger->tgfoid == function && TRIGGER_FOR_ROW(trigger->tgtype) == for_row &&
			trigger->tgenabled != TRIGGER_DISABLED)
			return true;
	}
	return false;
}

/* Write the keys of new rows, of which one is the trigger's. */
static void
write_new_rows(TriggerData *trigger, Datum *keys, int count)
{
	Entry entry = open_rowless_entry(trigger, "insert");

	entry.values[ROW_ID] =
		PointerGetDatum(construct_array(keys, count, TEXTOID, -1, false, TYPALIGN_INT));
	owner_execute(trigger, &insert_new_rows, entry.values, NULL);
}

/* Whether two rows are of one tenant. */
static bool
same_tenant(Relation rel, HeapTuple a, HeapTuple b)
{
	TupleDesc desc = RelationGetDescr(rel);
	AttrNumber number = tenant_column(RelationGetRelid(rel));
	bool a_null;
	bool b_null;
	Datum tenant;

	if (number == InvalidAttrNumber)
		return true;
	tenant = heap_getattr(a, number, desc, &a_null);
	return same_value(TupleDescAttr(desc, number - 1), tenant, a_null,
					  heap_getattr(b, number, desc, &b_null), b_null);
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
	Datum keys[BATCH];
	int count = 0;

	while (tuplestore_gettupleslot(trigger->tg_newtable, true, false, slot))
	{
		MemoryContext old = MemoryContextSwitchTo(batch);
		HeapTuple tuple = ExecCopySlotHeapTuple(slot);

		CHECK_FOR_INTERRUPTS();
		if (count == BATCH || (count > 0 && !same_tenant(rel, row.tg_trigtuple, tuple)))
		{
			write_new_rows(&row, keys, count);
			count = 0;
			MemoryContextReset(batch);
			tuple = ExecCopySlotHeapTuple(slot);
		}
		row.tg_trigtuple = tuple;
		keys[count++] = CStringGetTextDatum(row_key(rel, tuple));
		MemoryContextSwitchTo(old);
	}
	if (count > 0)
		write_new_rows(&row, keys, count);
	MemoryContextDelete(batch);
	ExecDropSingleTupleTableSlot(slot);
}

/* Write that a row is new; the row itself is there, so that its key is enough. */
static void
write_insert(TriggerData *trigger)
{
	HeapTuple tuple = trigger->tg_trigtuple;
	HeapTuple old = moved_row(trigger->tg_relation, tuple);
	Entry entry;

	if (old != NULL)
	{
		write_update(trigger, old, tuple);
		return;
	}
	entry = open_entry(trigger, "insert", tuple);
	write_entry(&entry, NULL, (Datum) 0, (Datum) 0);
}

/* Write a row that is deleted, whole. */
static void
write_delete(TriggerData *trigger)
{
	HeapTuple tuple = trigger->tg_trigtuple;
	Entry entry;

	if (HeapTupleHeaderIndicatesMovedPartitions(tuple->t_data))
	{
		note_moving(trigger->tg_relation, tuple);
		return;
	}
	entry = open_entry(trigger, "delete", tuple);
	write_entry(&entry, NULL, row_as_jsonb(trigger->tg_relation, tuple), (Datum) 0);
}

/* The trigger's data; an error where the function is called in any way that it isn't made for. */
static TriggerData *
log_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	bool row = CALLED_AS_TRIGGER(fcinfo) && TRIGGER_FIRED_FOR_ROW(trigger->tg_event);

	trigger =
		rule_trigger(fcinfo, TRIGGER_EVENT_AFTER | (row ? TRIGGER_EVENT_ROW : 0), "log_change");
	if (!row && (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || trigger->tg_newtable == NULL))
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
