/* Arrays of ids and of names, as arguments and as parameters; lists of names. */
#include "postgres.h"

#include "base/arrays.h"

#include "base/errors.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* Compare two int64, for qsort. */
int
compare_ids(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	return (left > right) - (left < right);
}

/* The elements of a bigint[] argument in order, those that it names twice too. */
int64 *
sorted_ids(ArrayType *array, const char *argument, int *count)
{
	int64 *ids;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s holds a null", argument),
				 errhint("Leave the element out."), err_code("null_element"), err_field(argument)));
	*count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	check_limit(*count, MAX_IDS, "too_many_elements", argument, "elements");
	ids = palloc(sizeof(int64) * Max(*count, 1));
	memcpy(ids, ARR_DATA_PTR(array), sizeof(int64) * *count);
	qsort(ids, *count, sizeof(int64), compare_ids);
	return ids;
}

/* Numbers as an array of bigint. */
Datum
int8_array(const int64 *values, int count)
{
	Datum *elements = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(
		construct_array(elements, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The strings of a text[] argument. */
List *
text_array(ArrayType *array, const char *argument, int limit)
{
	List *strings = NIL;
	Datum *elements;
	bool *nulls;
	int count;

	check_limit(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)), limit, "too_many_fields",
				argument, "fields");
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("%s holds a null", argument), errhint("Leave the element out."),
							err_code("null_element"), err_field(argument)));
		strings = lappend(strings, TextDatumGetCString(elements[i]));
	}
	return strings;
}

/* Whether a list of strings has one. */
bool
has_string(List *strings, const char *string)
{
	ListCell *cell;

	foreach (cell, strings)
	{
		if (strcmp(lfirst(cell), string) == 0)
			return true;
	}
	return false;
}
