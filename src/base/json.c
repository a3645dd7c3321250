/* Reading and building jsonb. */
#include "postgres.h"

#include "base/json.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Make a value of a string, which must last as long as what is made of the value. */
void
set_string(JsonbValue *value, const char *text, int length)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text);
	value->val.string.len = length;
}

/* Add the key of an object's next member. */
void
push_key(JsonbInState *state, const char *key)
{
	JsonbValue value;

	set_string(&value, key, strlen(key));
	pushJsonbValue(state, WJB_KEY, &value);
}

/* Add a member that is a string; NULL gives JSON's null. */
void
push_text(JsonbInState *state, const char *key, const char *text)
{
	JsonbValue value = {.type = jbvNull};

	push_key(state, key);
	if (text != NULL)
		set_string(&value, text, strlen(text));
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add a member that is a whole number. */
void
push_number(JsonbInState *state, const char *key, int64 number)
{
	JsonbValue value = {.type = jbvNumeric, .val.numeric = int64_to_numeric(number)};

	push_key(state, key);
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add a member that is true or false. */
void
push_boolean(JsonbInState *state, const char *key, bool boolean)
{
	JsonbValue value = {.type = jbvBool, .val.boolean = boolean};

	push_key(state, key);
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add a member that is JSON itself; NULL gives JSON's null. */
void
push_json(JsonbInState *state, const char *key, Jsonb *json)
{
	JsonbValue value = {.type = jbvNull};

	push_key(state, key);
	if (json != NULL)
		JsonbToJsonbValue(json, &value);
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Add an element that is a string; NULL gives JSON's null. */
void
push_element(JsonbInState *state, const char *text)
{
	JsonbValue value = {.type = jbvNull};

	if (text != NULL)
		set_string(&value, text, strlen(text));
	pushJsonbValue(state, WJB_ELEM, &value);
}

/* End the object or array that was begun first: the whole as jsonb. */
Jsonb *
finish_json(JsonbInState *state, JsonbIteratorToken end)
{
	pushJsonbValue(state, end, NULL);
	return JsonbValueToJsonb(state->result);
}

/*
 * Set a member of an object. The value is taken as it is, while pushing would deconstruct and
 * rebuild it.
 */
void
put_member(JsonbValue *object, const char *key, const JsonbValue *value)
{
	int length = strlen(key);

	for (int i = 0; i < object->val.object.nPairs; i++)
	{
		JsonbPair *pair = &object->val.object.pairs[i];

		if (pair->key.val.string.len == length &&
			memcmp(pair->key.val.string.val, key, length) == 0)
			pair->value = *value;
	}
}

/* Make a value of jsonb, as objects and arrays are built of. */
void
unpack_json(JsonbValue *value, const Jsonb *json)
{
	JsonbContainer *container = unconstify(JsonbContainer *, &json->root);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbInState state = {0};

	if (JsonbExtractScalar(container, value))
		return;
	iterator = JsonbIteratorInit(container);
	while ((token = JsonbIteratorNext(&iterator, value, false)) != WJB_DONE)
		pushJsonbValue(&state, token, token < WJB_BEGIN_ARRAY ? value : NULL);
	*value = *state.result;
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

	set_string(&name, key, strlen(key));
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

/* A member of an object that is a string, or NULL. */
char *
json_string(JsonbContainer *object, const char *key)
{
	JsonbValue *value = json_member(object, key);

	return value != NULL && value->type == jbvString ? json_scalar(value) : NULL;
}

/* A key of an object that is none of some, which end with NULL; NULL: it has no other. */
char *
json_other_key(JsonbContainer *object, const char *const *keys)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key = token == WJB_KEY ? json_scalar(&value) : NULL;
		int i = 0;

		if (key == NULL)
			continue;
		while (keys[i] != NULL && strcmp(keys[i], key) != 0)
			i++;
		if (keys[i] == NULL)
			return key;
		pfree(key);
	}
	return NULL;
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
