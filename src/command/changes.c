/* Changes as JSON gives them, read and checked. */
#include "postgres.h"

#include "command/changes.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "fields/custom.h"
#include "fields/value_reader.h"
#include "fields/writable.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/*
 * What an edit changes: a JSON object of columns and their new values, custom.x for a key of the
 * column custom. Values become parameters of their column's type and nothing else.
 */

#define CUSTOM_PREFIX "custom."

#define ARRAY_EDIT_HINT \
	"Give a list, or {\"add\": [...], \"remove\": [...]} to change the one that is there."

/* Refuse a value that a field can't take. */
pg_noreturn static void
refuse_value(const char *field, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("changes holds a value that \"%s\" can't read", field), errdetail("%s", detail),
			 errhint("%s", hint), err_code("value_unreadable"), err_field(field)));
}

/* A value, which isn't null, as a type has it. */
static Datum
read_scalar(const char *field, JsonbValue *json, Oid type, int32 typmod, bool *isnull)
{
	ValueTarget target = {field, type, typmod};
	Value value;
	ValueProblem problem;

	if (!read_value(&target, json, &value, &problem))
		refuse_value(field, problem.detail, problem.hint);
	*isnull = value.isnull;
	return value.isnull ? (Datum) 0 : value_as(&value, type);
}

/* A list as an array. */
static Datum
read_array(const char *field, const JsonbValue *value, Oid element_type, int32 typmod)
{
	int count = JsonContainerSize(value->val.binary.data);
	Datum *values = palloc(sizeof(Datum) * Max(count, 1));
	bool *nulls = palloc(sizeof(bool) * Max(count, 1));
	int bound = 1;
	ListCell *cell;
	int16 length;
	bool by_value;
	char align;

	check_limit(count, MAX_ELEMENTS, "too_many_elements", field, "elements");
	if (count == 0)
		return PointerGetDatum(construct_empty_array(element_type));
	foreach (cell, json_elements(value->val.binary.data))
	{
		int i = foreach_current_index(cell);
		JsonbValue *element = lfirst(cell);

		nulls[i] = element->type == jbvNull;
		values[i] =
			nulls[i] ? (Datum) 0 : read_scalar(field, element, element_type, typmod, &nulls[i]);
	}
	get_typlenbyvalalign(element_type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &count, &bound, element_type,
											  length, by_value, align));
}

/* A list of what is added to an array, or removed from it; none is given: an empty one. */
static Datum
read_edit_list(const SourceColumn *column, JsonbContainer *edit, const char *key)
{
	JsonbValue *list = json_member(edit, key);
	Oid element_type = get_element_type(column->base_type);
	Datum array;

	if (list == NULL)
		return PointerGetDatum(construct_empty_array(element_type));
	if (!json_is_array(list))
		refuse_value(column->name, psprintf("\"%s\" is not a list.", key), ARRAY_EDIT_HINT);
	array = read_array(column->name, list, element_type, column->typmod);
	if (array_contains_nulls(DatumGetArrayTypeP(array)))
		refuse_value(column->name, psprintf("\"%s\" holds a null.", key), "Leave it out.");
	return array;
}

/* The elements of an array, each once. */
static Datum
distinct_elements(Datum array, TypeCacheEntry *type, Oid collation)
{
	Datum *elements;
	int count;
	int kept = 0;

	deconstruct_array(DatumGetArrayTypeP(array), type->type_id, type->typlen, type->typbyval,
					  type->typalign, &elements, NULL, &count);
	for (int i = 0; i < count; i++)
	{
		bool known = false;

		CHECK_FOR_INTERRUPTS();
		for (int earlier = 0; earlier < kept && !known; earlier++)
			known = DatumGetBool(
				FunctionCall2Coll(&type->eq_opr_finfo, collation, elements[earlier], elements[i]));
		if (!known)
			elements[kept++] = elements[i];
	}
	return PointerGetDatum(construct_array(elements, kept, type->type_id, type->typlen,
										   type->typbyval, type->typalign));
}

/* Read what is added to an array and what is removed: {"add": ["vip"], "remove": ["cold"]}. */
static void
read_array_edit(const SourceColumn *column, JsonbContainer *edit, Change *change)
{
	Oid element = get_element_type(column->base_type);
	TypeCacheEntry *type = lookup_type_cache(element, TYPECACHE_EQ_OPR | TYPECACHE_EQ_OPR_FINFO);
	int known = (json_member(edit, "add") != NULL) + (json_member(edit, "remove") != NULL);

	if (known == 0 || known != JsonContainerSize(edit))
		refuse_value(column->name, "It is an object of other members than add and remove.",
					 ARRAY_EDIT_HINT);
	/* A row stands for its columns where it is unnested; a vector is no array that can be joined.
	 */
	if (!OidIsValid(type->eq_opr) || get_typtype(getBaseType(element)) == TYPTYPE_COMPOSITE ||
		get_array_type(element) != column->base_type)
		refuse_value(column->name, "Its elements can't be compared.", "Give the whole list.");
	change->edits = true;
	change->removed = read_edit_list(column, edit, "remove");
	change->value = distinct_elements(read_edit_list(column, edit, "add"), type, column->collation);
}

/* A value of a column, as its type reads it. */
static Datum
read_column_value(const SourceColumn *column, JsonbValue *value, bool *isnull)
{
	Oid element_type = get_element_type(column->base_type);

	if (OidIsValid(element_type) && json_is_array(value))
		return read_array(column->name, value, element_type, column->typmod);
	return read_scalar(column->name, value, column->type, column->typmod, isnull);
}

/* A day as custom_date reads it. */
static void
read_custom_date(const char *field, JsonbValue *value)
{
	bool isnull;
	DateADT day = DatumGetDateADT(read_scalar(field, value, DATEOID, -1, &isnull));
	int year = 0;
	int month;
	int of_month;

	if (!DATE_NOT_FINITE(day))
		j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
	if (year < 1 || year > 9999)
		refuse_value(field, "It is not a day of the years 1 to 9999.", "Write it as 2025-12-31.");
	value->type = jbvString;
	value->val.string.val = psprintf("%04d-%02d-%02d", year, month, of_month);
	value->val.string.len = strlen(value->val.string.val);
}

/* A number as custom_number reads it. */
static void
read_custom_number(const char *field, JsonbValue *value)
{
	bool isnull;
	Numeric number = DatumGetNumeric(read_scalar(field, value, NUMERICOID, -1, &isnull));

	if (numeric_is_nan(number) || numeric_is_inf(number))
		refuse_value(field, "JSON has no such number.", "Write a finite number.");
	value->type = jbvNumeric;
	value->val.numeric = number;
}

/* Make a value of a key of custom the one that its declared type is read from. */
static void
read_custom(const Source *source, const char *key, JsonbValue *value)
{
	CustomFields custom = {0};
	const CustomType *type = find_custom_type(source, key, &custom);
	const char *field = psprintf(CUSTOM_PREFIX "%s", key);
	bool isnull;

	if (type == NULL || value->type == jbvNull)
		return;
	switch (type->type)
	{
		case NUMERICOID:
			read_custom_number(field, value);
			break;
		case DATEOID:
			read_custom_date(field, value);
			break;
		case BOOLOID:
			value->val.boolean = DatumGetBool(read_scalar(field, value, BOOLOID, -1, &isnull));
			value->type = jbvBool;
			break;
	}
}

/* The column custom as a whole: each of its members as its type is read. */
static void
read_custom_object(const Source *source, JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbInState state = {0};
	JsonbValue member;
	JsonbIteratorToken token;
	Jsonb *json;

	if (!json_is_object(value))
		return;
	check_limit(JsonContainerSize(value->val.binary.data), MAX_CHANGES, "too_many_fields", "custom",
				"fields");
	iterator = JsonbIteratorInit(value->val.binary.data);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&iterator, &member, true)) != WJB_DONE)
	{
		char *key;

		if (token != WJB_KEY)
			continue;
		key = json_scalar(&member);
		(void) JsonbIteratorNext(&iterator, &member, true);
		read_custom(source, key, &member);
		push_key(&state, key);
		pushJsonbValue(&state, WJB_VALUE, &member);
	}
	json = finish_json(&state, WJB_END_OBJECT);
	JsonbToJsonbValue(json, value);
}

/* Refuse a field whose column a command can't set. */
void
need_writable(const Source *source, CmdType command, const SourceColumn *column, const char *field)
{
	const char *reason = why_read_only(source, column, command);

	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" can't be set", field),
				 errdetail("%s", reason), errhint("Leave it out of changes."),
				 err_code("read_only_field"), err_field(field)));
}

/* The column that a name stands for, which a command can set. */
static const SourceColumn *
writable_column(const Source *source, CmdType command, const char *name)
{
	const SourceColumn *column = source_column(source, name);

	if (column == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("\"%s\" has no column \"%s\"", source->name, name),
						errhint_nearest(name, column_names(source)), err_code("unknown_field"),
						err_field(name)));
	need_writable(source, command, column, name);
	return column;
}

/* Whether a name is that of a key of the column custom. */
static bool
is_custom_key(const Source *source, const char *name)
{
	const SourceColumn *custom = source_column(source, "custom");

	return custom != NULL && custom->base_type == JSONBOID && source_column(source, name) == NULL &&
		   strncmp(name, CUSTOM_PREFIX, strlen(CUSTOM_PREFIX)) == 0 &&
		   name[strlen(CUSTOM_PREFIX)] != '\0';
}

static void
add_column(Changes *changes, const Source *source, CmdType command, const char *name,
		   JsonbValue *value)
{
	const SourceColumn *column = writable_column(source, command, name);
	bool is_array = OidIsValid(get_element_type(column->base_type));
	Change *change = palloc0(sizeof(Change));

	change->name = column->name;
	change->type = column->base_type;
	change->isnull = value->type == jbvNull;
	if (strcmp(name, "custom") == 0 && column->base_type == JSONBOID)
		read_custom_object(source, value);
	if (is_array && json_is_object(value))
		read_array_edit(column, value->val.binary.data, change);
	else if (is_array && change->isnull && column->not_null)
	{
		change->isnull = false;
		change->value = PointerGetDatum(construct_empty_array(get_element_type(change->type)));
	}
	else if (!change->isnull)
		change->value = read_column_value(column, value, &change->isnull);
	changes->columns = lappend(changes->columns, change);
}

/* Read what a command is to set. */
Changes *
read_changes(const Source *source, CmdType command, Jsonb *json)
{
	Changes *changes = palloc0(sizeof(Changes));
	JsonbInState custom = {0};
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;
	bool keys = false;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("changes is not a JSON object"),
				 errhint("Give columns and their new values: {\"owner\": \"sara\"}."),
				 err_code("invalid_changes"), err_field("changes")));
	check_limit(JB_ROOT_COUNT(json), MAX_CHANGES, "too_many_fields", "changes", "fields");

	iterator = JsonbIteratorInit(&json->root);
	pushJsonbValue(&custom, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *name;
		char *key;

		if (token != WJB_KEY)
			continue;
		name = json_scalar(&value);
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (!is_custom_key(source, name))
		{
			add_column(changes, source, command, name, &value);
			continue;
		}

		need_writable(source, command, source_column(source, "custom"), name);
		key = name + strlen(CUSTOM_PREFIX);
		if (value.type == jbvNull)
		{
			changes->removed = lappend(changes->removed, cstring_to_text(key));
			continue;
		}
		read_custom(source, key, &value);
		push_key(&custom, key);
		pushJsonbValue(&custom, WJB_VALUE, &value);
		keys = true;
	}
	if (keys)
		changes->custom = finish_json(&custom, WJB_END_OBJECT);
	return changes;
}

/* Add a column that is set to a value. */
void
add_change(Changes *changes, const char *name, Oid type, Datum value, bool isnull)
{
	Change *change = palloc0(sizeof(Change));

	change->name = name;
	change->type = type;
	change->value = value;
	change->isnull = isnull;
	changes->columns = lappend(changes->columns, change);
}

/* The change of a column, or NULL. */
const Change *
find_change(const Changes *changes, const char *name)
{
	ListCell *cell;

	foreach (cell, changes->columns)
	{
		const Change *change = lfirst(cell);

		if (strcmp(change->name, name) == 0)
			return change;
	}
	return NULL;
}
