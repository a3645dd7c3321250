#include "postgres.h"

#include "base/json.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

static void
set_string(JsonbValue *value, const char *text)
{
	value->type = jbvString;
	value->val.string.val = pstrdup(text);
	value->val.string.len = strlen(text);
}

/* Add the key of an object's next member. */
void
push_key(JsonbParseState **state, const char *key)
{
	JsonbValue value;

	set_string(&value, key);
	(void) pushJsonbValue(state, WJB_KEY, &value);
}

/* Add a member that is a string; NULL gives JSON's null. */
void
push_text(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue value = {.type = jbvNull};

	push_key(state, key);
	if (text != NULL)
		set_string(&value, text);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add a member that is a whole number. */
void
push_number(JsonbParseState **state, const char *key, int64 number)
{
	JsonbValue value = {.type = jbvNumeric, .val.numeric = int64_to_numeric(number)};

	push_key(state, key);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add a member that is JSON itself; NULL gives JSON's null. */
void
push_json(JsonbParseState **state, const char *key, Jsonb *json)
{
	JsonbValue value = {.type = jbvNull};

	push_key(state, key);
	if (json != NULL)
		JsonbToJsonbValue(json, &value);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add an element that is a string; NULL gives JSON's null. */
void
push_element(JsonbParseState **state, const char *text)
{
	JsonbValue value = {.type = jbvNull};

	if (text != NULL)
		set_string(&value, text);
	(void) pushJsonbValue(state, WJB_ELEM, &value);
}

/* Whether there is a value, and it is an object. */
bool
json_is_object(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		   JsonContainerIsObject(value->val.binary.data);
}

/* Whether there is a value, and it is an array. */
bool
json_is_array(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		   JsonContainerIsArray(value->val.binary.data);
}

/* A member of an object, or NULL where it has none of that name. */
JsonbValue *
json_member(JsonbContainer *object, const char *key)
{
	JsonbValue name;

	set_string(&name, key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

/* A member of an object that is a string, or NULL. */
char *
json_string(JsonbContainer *object, const char *key)
{
	JsonbValue *value = json_member(object, key);

	return value != NULL && value->type == jbvString ? json_scalar(value) : NULL;
}

/* The elements of an array, of JsonbValue. */
List *
json_elements(JsonbContainer *array)
{
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbValue element;
	List *elements = NIL;

	(void) JsonbIteratorNext(&iterator, &element, true);
	while (JsonbIteratorNext(&iterator, &element, true) == WJB_ELEM)
		elements = lappend(elements, memcpy(palloc(sizeof(JsonbValue)), &element, sizeof(element)));
	return elements;
}

/* The text of a scalar as a column's type would read it; NULL for JSON's null. */
char *
json_scalar(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			return NULL;
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			elog(ERROR, "not a scalar of JSON: type %d", value->type);
	}
}
