/* Values of opportunities as the log holds them, and rows that they are put back into. */
#include "postgres.h"

#include "base/compat.h"
#include "base/json.h"
#include "base/literal.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "history/history.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

/* A row whose columns are to be set. */
RowState *
make_state(const History *history)
{
	RowState *state = palloc(sizeof(RowState));

	state->values = palloc0(sizeof(Datum) * history->count);
	state->nulls = palloc(sizeof(bool) * history->count);
	state->number = -1;
	return state;
}

/* A copy of a row, whose values it shares, to be changed. */
RowState *
copy_state(const History *history, const RowState *state)
{
	RowState *copy = make_state(history);

	memcpy(copy->values, state->values, sizeof(Datum) * history->count);
	memcpy(copy->nulls, state->nulls, sizeof(bool) * history->count);
	return copy;
}

/* The same row in the current memory, with its values; NULL for none. */
RowState *
move_state(const History *history, const RowState *state)
{
	RowState *moved;

	if (state == NULL)
		return NULL;
	moved = copy_state(history, state);
	moved->number = state->number;
	for (int i = 0; i < history->count; i++)
		if (!moved->nulls[i])
			moved->values[i] = datumCopy(state->values[i], history->columns[i].by_value,
										 history->columns[i].length);
	return moved;
}

/* Read a value as a member of a row: what is made of JSON otherwise than by its text. */
static bool
read_member(const History *history, const SourceColumn *column, Jsonb *json, Datum *value)
{
	Oid row = get_rel_type_id(history->source->relid);
	List *args = list_make1(makeNullConst(row, -1, InvalidOid));
	LOCAL_FCINFO(call, 2);
	FmgrInfo function;
	JsonbInState state = {0};
	HeapTupleHeader tuple;
	bool isnull;

	fmgr_info(F_JSONB_POPULATE_RECORD, &function);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_JSONB_POPULATE_RECORD, row, args, InvalidOid,
											 InvalidOid, COERCE_EXPLICIT_CALL),
					   &function);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_json(&state, column->name, json);
	InitFunctionCallInfoData(*call, &function, 2, InvalidOid, NULL, NULL);
	call->args[0].isnull = true;
	call->args[1].value = JsonbPGetDatum(finish_json(&state, WJB_END_OBJECT));
	call->args[1].isnull = false;
	tuple = DatumGetHeapTupleHeader(FunctionCallInvoke(call));
	*value = GetAttributeByNum(tuple, column->number, &isnull);
	return !isnull;
}

/* Read a plain value. What its column's type can't read, now, nobody knows. */
static bool
read_logged_scalar(const SourceColumn *column, const JsonbValue *json, Datum *value)
{
	char *text;

	if (json->type == jbvNumeric && column->base_type == NUMERICOID)
	{
		*value = NumericGetDatum(json->val.numeric);
		return true;
	}
	if (json->type == jbvNumeric && column->base_type == INT8OID)
	{
		*value = DirectFunctionCall1(numeric_int8, NumericGetDatum(json->val.numeric));
		return true;
	}
	if (json->type == jbvString && column->base_type == TEXTOID)
	{
		*value =
			PointerGetDatum(cstring_to_text_with_len(json->val.string.val, json->val.string.len));
		return true;
	}
	text = json_scalar(json);
	if (column->base_type == DATEOID)
	{
		*value = DirectFunctionCall1(date_in, CStringGetDatum(text));
		return true;
	}
	return try_read(text, column->type, column->typmod, true, value) == NULL;
}

/* Read a value of a column as the log holds it; false: it is NULL, or nobody knows it. */
static bool
read_logged(const History *history, int number, Jsonb *json, Datum *value)
{
	const SourceColumn *column = history->columns[number].column;
	JsonbValue scalar;

	if (json == NULL)
		return false;
	if (column->base_type == JSONBOID)
	{
		*value = JsonbPGetDatum(json);
		return true;
	}
	if (!JB_ROOT_IS_SCALAR(json))
		return (JB_ROOT_IS_ARRAY(json) || get_typtype(column->base_type) == TYPTYPE_COMPOSITE) &&
			   read_member(history, column, json, value);
	return JsonbExtractScalar(&json->root, &scalar) && scalar.type != jbvNull &&
		   read_logged_scalar(column, &scalar, value);
}

/* A JSON object whose member of a key is a value, or that has none. */
static Datum
with_member(Datum object, const char *key, Jsonb *json)
{
	Datum name = CStringGetTextDatum(key);

	if (json == NULL)
		return DirectFunctionCall2Coll(jsonb_delete, DEFAULT_COLLATION_OID, object, name);
	return DirectFunctionCall4(
		jsonb_set, object,
		PointerGetDatum(construct_array(&name, 1, TEXTOID, -1, false, TYPALIGN_INT)),
		JsonbPGetDatum(json), BoolGetDatum(true));
}

/* Put what an entry says into a row: what was, or what came to be. */
void
put_back(const History *history, RowState *state, const LogEntry *entry, Jsonb *json)
{
	int column = entry->column;

	if (entry->key == NULL)
		state->nulls[column] = !read_logged(history, column, json, &state->values[column]);
	else if (!state->nulls[column])
		state->values[column] = with_member(state->values[column], entry->key, json);
}

/* Whether a row has what an entry says that it came to have. Members of JSON aren't compared. */
bool
has_logged(const History *history, const RowState *state, const LogEntry *entry)
{
	const HistoryColumn *column = &history->columns[entry->column];
	Datum value;

	if (entry->key != NULL)
		return true;
	if (!read_logged(history, entry->column, entry->new_value, &value))
		return state->nulls[entry->column];
	return !state->nulls[entry->column] &&
		   datum_image_eq(value, state->values[entry->column], column->by_value, column->length);
}

/* A row as an entry has it that says that it is gone. */
RowState *
logged_state(const History *history, const LogEntry *entry)
{
	RowState *state = make_state(history);

	for (int i = 0; i < history->count; i++)
	{
		JsonbValue *member = json_member(&entry->old->root, history->columns[i].column->name);

		state->nulls[i] = member == NULL ||
						  !read_logged(history, i, JsonbValueToJsonb(member), &state->values[i]);
	}
	return state;
}
