/* The rows of a report as one array of objects, in which every number is a string. */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/compat.h"
#include "base/errors.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(json_rows_add);
PG_FUNCTION_INFO_V1(json_rows_array);

/* The state of the aggregate. */
typedef struct JsonRows
{
	Oid type;
	int32 typmod;
	TupleDesc desc;
	int *columns; /* in the order of keys */
	Datum *values;
	bool *nulls;
	JsonWriter row;
	JsonWriter rows;
} JsonRows;

/* Refuse what isn't the row of a report. */
pg_noreturn static void
refuse_row(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("json_rows takes the rows of a report"),
			 errdetail("%s", detail), errhint("Call report_json or report_lines_json.")));
}

static int
compare_columns(const void *a, const void *b, void *desc)
{
	return compare_json_keys(NameStr(TupleDescAttr((TupleDesc) desc, *(const int *) a)->attname),
							 NameStr(TupleDescAttr((TupleDesc) desc, *(const int *) b)->attname));
}

/* Begin with the first row. */
static JsonRows *
open_json_rows(HeapTupleHeader row)
{
	JsonRows *rows = palloc0(sizeof(JsonRows));

	rows->type = HeapTupleHeaderGetTypeId(row);
	rows->typmod = HeapTupleHeaderGetTypMod(row);
	rows->desc = lookup_rowtype_tupdesc_copy(rows->type, rows->typmod);
	rows->columns = palloc(sizeof(int) * rows->desc->natts);
	rows->values = palloc(sizeof(Datum) * rows->desc->natts);
	rows->nulls = palloc(sizeof(bool) * rows->desc->natts);
	for (int i = 0; i < rows->desc->natts; i++)
		rows->columns[i] = i;
	qsort_arg(rows->columns, rows->desc->natts, sizeof(int), compare_columns, rows->desc);
	for (int i = 1; i < rows->desc->natts; i++)
		if (compare_columns(&rows->columns[i - 1], &rows->columns[i], rows->desc) == 0)
			refuse_row("Two columns have one name.");
	open_json_writer(&rows->row, 1024);
	open_json_writer(&rows->rows, 1024);
	return rows;
}

/* Write a value: numbers as strings, which no client rounds. */
static void
write_column(JsonRows *rows, int column)
{
	Datum datum = rows->values[column];
	JsonbValue value = {.type = jbvNull};
	char *string = NULL;

	if (!rows->nulls[column])
		switch (TupleDescAttr(rows->desc, column)->atttypid)
		{
			case JSONBOID:
				write_json(&rows->row, DatumGetJsonbP(datum));
				return;
			case BOOLOID:
				value.type = jbvBool;
				value.val.boolean = DatumGetBool(datum);
				break;
			case INT8OID:
				string = psprintf(INT64_FORMAT, DatumGetInt64(datum));
				break;
			case NUMERICOID:
				string = DatumGetCString(DirectFunctionCall1(numeric_out, datum));
				break;
			case TEXTOID:
				string = TextDatumGetCString(datum);
				break;
			default:
				refuse_row(psprintf("None has a column of type %s.",
									format_type_be(TupleDescAttr(rows->desc, column)->atttypid)));
		}
	if (string != NULL)
		set_string(&value, string, strlen(string));
	write_value(&rows->row, &value);
}

/* Write a row, and add it to the others. */
static void
write_report_row(JsonRows *rows, HeapTupleHeader row)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	int count = rows->desc->natts;

	if (HeapTupleHeaderGetTypeId(row) != rows->type ||
		HeapTupleHeaderGetTypMod(row) != rows->typmod)
		refuse_row("They are of two types.");
	heap_deform_tuple(&tuple, rows->desc, rows->values, rows->nulls);
	reset_json_writer(&rows->row);
	for (int i = 0; i < count; i++)
	{
		const char *name = NameStr(TupleDescAttr(rows->desc, rows->columns[i])->attname);
		JsonbValue key;

		set_string(&key, name, strlen(name));
		write_value(&rows->row, &key);
	}
	for (int i = 0; i < count; i++)
		write_column(rows, rows->columns[i]);
	write_json(&rows->rows, written_json(&rows->row, JB_FOBJECT | count));
	if (written_bytes(&rows->rows) > MAX_ANSWER_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the answer would have more than %d bytes", MAX_ANSWER_BYTES),
				 errdetail("%d rows of the report fit.", rows->rows.count - 1),
				 errhint("Ask for fewer groups, or read them as rows, of report or report_lines."),
				 err_code("answer_too_large")));
}

/* json_rows_add(internal, row record) -> internal */
Datum
json_rows_add(PG_FUNCTION_ARGS)
{
	JsonRows *rows = PG_ARGISNULL(0) ? NULL : (JsonRows *) PG_GETARG_POINTER(0);
	MemoryContext memory;

	if (!AggCheckCallContext(fcinfo, &memory))
		elog(ERROR, "not called as an aggregate");
	if (PG_ARGISNULL(1))
		refuse_row("One is missing.");
	if (rows == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(memory);

		rows = open_json_rows(PG_GETARG_HEAPTUPLEHEADER(1));
		MemoryContextSwitchTo(caller);
	}
	write_report_row(rows, PG_GETARG_HEAPTUPLEHEADER(1));
	PG_RETURN_POINTER(rows);
}

/* json_rows_array(internal) -> jsonb */
Datum
json_rows_array(PG_FUNCTION_ARGS)
{
	JsonRows *rows = PG_ARGISNULL(0) ? NULL : (JsonRows *) PG_GETARG_POINTER(0);
	JsonWriter none;

	if (rows != NULL)
		PG_RETURN_JSONB_P(written_json(&rows->rows, JB_FARRAY | rows->rows.count));
	open_json_writer(&none, 64);
	PG_RETURN_JSONB_P(written_json(&none, JB_FARRAY));
}
