/* Values and rows as the log holds them. */
#include "postgres.h"

#include "triggers/log_value.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/json.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

/*
 * Values as the log holds them. What jsonb can't hold must not keep a row from being changed or
 * deleted: it is cut, and told by its size and hash; what can't be made JSON of is told as text.
 */

/* Where a row's values come to more than this, each is cut to less, since jsonb has an end. */
#define MAX_ROW_BYTES (32 * 1024 * 1024)
#define MAX_BYTES_OF_MANY 10000

/* How much is left of a text that is cut. */
#define CUT_BYTES 1000

/* A value of any type as jsonb: numerics with all their digits, moments with their offset. */
static Datum
json_of(Oid type, Datum value)
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

/* Whether there is JSON of every value of a type: json itself holds some that jsonb doesn't. */
static bool
is_plain(Oid type)
{
	return type < FirstGenbkiObjectId && type != JSONOID && type != JSONARRAYOID;
}

/* The same, where an error is none of the statement's; 0: there is no JSON of the value. */
static Datum
try_json(Oid type, Datum value)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile Datum result = 0;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		result = json_of(type, value);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return result;
}

static Size
stored_size(Form_pg_attribute column, Datum value)
{
	return column->attlen == -1 ? toast_raw_datum_size(value) - VARHDRSZ : 0;
}

/* What is told of a value that is cut: {"cut", "bytes", "sha256"}, the first only of a text. */
static Datum
cut_value(Oid type, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	int size = VARSIZE_ANY_EXHDR(bytes);
	bytea *hash = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(bytes)));
	char *digits = palloc0(2 * VARSIZE_ANY_EXHDR(hash) + 1);
	JsonbInState state = {0};

	(void) hex_encode(VARDATA_ANY(hash), VARSIZE_ANY_EXHDR(hash), digits);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID || type == JSONOID)
		push_text(&state, "cut",
				  pnstrdup(VARDATA_ANY(bytes), pg_mbcliplen(VARDATA_ANY(bytes), size, CUT_BYTES)));
	push_number(&state, "bytes", size);
	push_text(&state, "sha256", digits);
	return JsonbPGetDatum(finish_json(&state, WJB_END_OBJECT));
}

/* A value within a size, or cut. */
static Datum
value_within(Form_pg_attribute column, Datum value, Size limit)
{
	Oid type = column->atttypid;
	Datum result;
	Oid output;
	bool varlena;

	if (stored_size(column, value) > limit)
		return cut_value(getBaseType(type), value);
	if (is_plain(type))
		return json_of(type, value);
	result = try_json(type, value);
	if (result != 0)
		return result;
	getTypeOutputInfo(type, &output, &varlena);
	return json_of(TEXTOID, CStringGetTextDatum(OidOutputFunctionCall(output, value)));
}

/* A value of a column as jsonb. */
Datum
logged_value(Form_pg_attribute column, Datum value)
{
	return value_within(column, value, MAX_LOGGED_BYTES);
}

/* A row as an object, value by value. */
static Datum
log_columns(TupleDesc desc, const Datum *values, const bool *nulls, Size limit)
{
	JsonbInState state = {0};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped)
			push_json(&state, NameStr(column->attname),
					  nulls[i] ? NULL : DatumGetJsonbP(value_within(column, values[i], limit)));
	}
	return JsonbPGetDatum(finish_json(&state, WJB_END_OBJECT));
}

/* A whole row as a JSON object: by one call of the server's, unless a value needs care. */
Datum
logged_row(Relation rel, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(rel);
	Datum *values = palloc(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));
	Size all = 0;
	bool plain = true;

	heap_deform_tuple(tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Size size = nulls[i] || column->attisdropped ? 0 : stored_size(column, values[i]);

		all += size;
		plain = plain && size <= MAX_LOGGED_BYTES && is_plain(column->atttypid);
	}
	if (all > MAX_ROW_BYTES)
		return log_columns(desc, values, nulls, MAX_BYTES_OF_MANY);
	if (plain)
		return json_of(desc->tdtypeid, heap_copy_tuple_as_datum(tuple, desc));
	return log_columns(desc, values, nulls, MAX_LOGGED_BYTES);
}
