#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include "postgres.h"

#include "base/json.h"
#include "lib/stringinfo.h"

/*
 * A large array or object of jsonb that is written as it is stored, member by member: values that
 * are pushed take many times as much memory, until the last of them.
 */
typedef struct JsonWriter
{
	StringInfoData entries; /* a JEntry for each … */
	StringInfoData data;	/* … and what they are of */
	int count;
} JsonWriter;

extern void open_json_writer(JsonWriter *writer, Size expected);
extern void reset_json_writer(JsonWriter *writer);
extern Size written_bytes(const JsonWriter *writer);
extern void write_value(JsonWriter *writer, const JsonbValue *value);
extern void write_json(JsonWriter *writer, const Jsonb *json);
extern Jsonb *written_json(JsonWriter *writer, uint32 header);
extern Jsonb *json_with_member(const Jsonb *object, const char *key, const Jsonb *value);
extern int compare_json_keys(const char *a, const char *b);

#endif
