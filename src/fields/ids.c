/* Ids of rows, whatever their type: text outside, values of the type within. */
#include "postgres.h"

#include "fields/ids.h"

#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/literal.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/value_reader.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#define MAX_ID_IN_MESSAGE 64

/* How rows are named by a column that a relation has. */
IdType
id_type(const Source *source, const char *column)
{
	IdType type = {.column = source_column(source, column)};
	Oid base = type.column->base_type;

	type.type = lookup_type_cache(base, TYPECACHE_EQ_OPR | TYPECACHE_CMP_PROC_FINFO);
	type.array = get_array_type(base);
	if (!OidIsValid(type.type->eq_opr) || !OidIsValid(type.type->cmp_proc_finfo.fn_oid) ||
		!OidIsValid(type.array))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s can't be compared", format_type_be(base)),
				 errhint("Cast \"id\" in the view."), err_code("not_comparable"), err_field("id")));
	return type;
}

/* Read an id of an argument, which is given as cards and lists have it. */
Datum
read_id(const IdType *type, const char *text, const char *argument)
{
	ValueTarget target = {type->column->name, type->type->type_id, type->column->typmod};
	JsonbValue json;
	Value value;
	ValueProblem problem;

	set_string(&json, unconstify(char *, text), strlen(text));
	if (!read_value(&target, &json, &value, &problem))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s holds a value that \"%s\" can't read", argument, type->column->name),
				 errdetail("%s", problem.detail), errhint("%s", problem.hint),
				 err_code("value_unreadable"), err_field(argument)));
	return value_as(&value, type->type->type_id);
}

int
compare_ids_of(const IdType *type, Datum a, Datum b)
{
	return DatumGetInt32(
		FunctionCall2Coll(&type->type->cmp_proc_finfo, type->column->collation, a, b));
}

static int
compare_elements(const void *a, const void *b, void *type)
{
	return compare_ids_of(type, *(const Datum *) a, *(const Datum *) b);
}

/* The ids that an argument holds, as text or, where SQL of before asks, bigint: each once, in
 * order.
 */
Datum *
read_ids(const IdType *type, ArrayType *array, const char *argument, int *count)
{
	Oid element = ARR_ELEMTYPE(array);
	Datum *ids;
	int given;
	int16 length;
	bool by_value;
	char align;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s holds a null", argument),
				 errhint("Leave the element out."), err_code("null_element"), err_field(argument)));
	check_limit(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)), MAX_IDS, "too_many_elements",
				argument, "elements");
	get_typlenbyvalalign(element, &length, &by_value, &align);
	deconstruct_array(array, element, length, by_value, align, &ids, NULL, &given);
	for (int i = 0; i < given; i++)
		ids[i] = read_id(type, literal_text(element, ids[i]), argument);
	qsort_arg(ids, given, sizeof(Datum), compare_elements, unconstify(IdType *, type));
	*count = 0;
	for (int i = 0; i < given; i++)
	{
		if (*count == 0 || compare_ids_of(type, ids[*count - 1], ids[i]) != 0)
			ids[(*count)++] = ids[i];
	}
	return ids;
}

char *
id_as_text(const IdType *type, Datum id)
{
	return literal_text(type->type->type_id, id);
}

/* An id, given as text, in a message: clients may have that as a line of ASCII in a header. */
char *
id_in_message(const char *id)
{
	int length = (int) strlen(id);
	char *result;

	while (length > 0 && id[length - 1] == ' ')
		length--;
	result = pnstrdup(id, Min(length, MAX_ID_IN_MESSAGE));
	for (char *c = result; *c != '\0'; c++)
	{
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return result;
}

/* Ids as a parameter of a statement. */
Datum
id_array(const IdType *type, Datum *ids, int count)
{
	return PointerGetDatum(construct_array(ids, count, type->type->type_id, type->type->typlen,
										   type->type->typbyval, type->type->typalign));
}

Datum
copy_id(const IdType *type, Datum id)
{
	return datumCopy(id, type->type->typbyval, type->type->typlen);
}

/* Append that the row o has an id: a value, or one of those of ANY. */
void
append_id_condition(StringInfo sql, const IdType *type, const char *value)
{
	appendStringInfoString(sql, "o.id");
	append_operator(sql, type->type->eq_opr);
	appendStringInfoString(sql, value);
}
