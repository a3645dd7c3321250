/* Large jsonb, written as it is stored: as jsonb_util.c writes what was pushed. */
#include "postgres.h"

#include "base/json_writer.h"

#include "utils/numeric.h"

/* Begin, with room for so many bytes. */
void
open_json_writer(JsonWriter *writer, Size expected)
{
	initStringInfo(&writer->entries);
	writer->data = (StringInfoData){.data = palloc(expected), .maxlen = expected};
	reset_json_writer(writer);
}

/* Begin anew in the same memory. */
void
reset_json_writer(JsonWriter *writer)
{
	resetStringInfo(&writer->entries);
	resetStringInfo(&writer->data);
	writer->count = 0;
}

Size
written_bytes(const JsonWriter *writer)
{
	return writer->entries.len + writer->data.len;
}

/* Pad the data to where a number or a container can begin. */
static void
pad_data(StringInfo data)
{
	while (data->len != INTALIGN(data->len))
		appendStringInfoCharMacro(data, '\0');
}

/* Write a scalar, or what is stored as a container; of an object first the keys in order. */
void
write_value(JsonWriter *writer, const JsonbValue *value)
{
	StringInfo data = &writer->data;
	int before = data->len;
	JEntry entry = JENTRY_ISNULL;

	switch (value->type)
	{
		case jbvNull:
			break;
		case jbvBool:
			entry = value->val.boolean ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
			break;
		case jbvString:
			entry = JENTRY_ISSTRING;
			appendBinaryStringInfo(data, value->val.string.val, value->val.string.len);
			break;
		case jbvNumeric:
			entry = JENTRY_ISNUMERIC;
			pad_data(data);
			appendBinaryStringInfo(data, (const char *) value->val.numeric,
								   VARSIZE_ANY(value->val.numeric));
			break;
		case jbvBinary:
			entry = JENTRY_ISCONTAINER;
			pad_data(data);
			appendBinaryStringInfo(data, (const char *) value->val.binary.data,
								   value->val.binary.len);
			break;
		default:
			elog(ERROR, "not a value of JSON that is stored: type %d", value->type);
	}
	entry |=
		writer->count++ % JB_OFFSET_STRIDE == 0 ? data->len | JENTRY_HAS_OFF : data->len - before;
	appendBinaryStringInfo(&writer->entries, (const char *) &entry, sizeof(entry));
}

/* The same of jsonb. */
void
write_json(JsonWriter *writer, const Jsonb *json)
{
	JsonbValue value;

	if (!JsonbExtractScalar(unconstify(JsonbContainer *, &json->root), &value))
		value = (JsonbValue){.type = jbvBinary,
							 .val.binary = {.data = unconstify(JsonbContainer *, &json->root),
											.len = VARSIZE(json) - VARHDRSZ}};
	write_value(writer, &value);
}

/* What was written, in the writer's memory: an array, or an object of so many members. */
Jsonb *
written_json(JsonWriter *writer, uint32 header)
{
	StringInfo data = &writer->data;
	int length = offsetof(Jsonb, root.children) + writer->entries.len;
	Jsonb *json;

	enlargeStringInfo(data, length);
	memmove(data->data + length, data->data, data->len);
	json = (Jsonb *) data->data;
	SET_VARSIZE(json, length + data->len);
	json->root.header = header;
	memcpy(json->root.children, writer->entries.data, writer->entries.len);
	return json;
}

/* The order of keys in an object. */
int
compare_json_keys(const char *a, const char *b)
{
	int lengths = (int) strlen(a) - (int) strlen(b);

	return lengths != 0 ? lengths : strcmp(a, b);
}

/* An object with one more member. */
Jsonb *
json_with_member(const Jsonb *object, const char *key, const Jsonb *value)
{
	int count = JB_ROOT_COUNT(object);
	JsonbIterator *iterator = JsonbIteratorInit(unconstify(JsonbContainer *, &object->root));
	JsonbValue *keys = palloc(sizeof(JsonbValue) * (count + 1));
	JsonbValue *values = palloc(sizeof(JsonbValue) * (count + 1));
	JsonWriter writer;
	int place = 0;

	(void) JsonbIteratorNext(&iterator, &keys[0], true);
	for (int i = 0; i < count; i++)
	{
		(void) JsonbIteratorNext(&iterator, &keys[i], true);
		(void) JsonbIteratorNext(&iterator, &values[i], true);
		if (compare_json_keys(json_scalar(&keys[i]), key) < 0)
			place = i + 1;
	}
	open_json_writer(&writer, VARSIZE(object) + VARSIZE(value) + strlen(key) + 64);
	set_string(&keys[count], key, strlen(key));
	for (int i = 0; i <= count; i++)
		write_value(&writer, &keys[i == place ? count : i - (i > place)]);
	for (int i = 0; i <= count; i++)
	{
		if (i == place)
			write_json(&writer, value);
		else
			write_value(&writer, &values[i - (i > place)]);
	}
	return written_json(&writer, JB_FOBJECT | (count + 1));
}
