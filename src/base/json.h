#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "postgres.h"

#include "base/compat.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* Building and reading jsonb. */
extern void set_string(JsonbValue *value, const char *text, int length);
extern void push_key(JsonbInState *state, const char *key);
extern void push_text(JsonbInState *state, const char *key, const char *text);
extern void push_number(JsonbInState *state, const char *key, int64 number);
extern void push_boolean(JsonbInState *state, const char *key, bool boolean);
extern void push_json(JsonbInState *state, const char *key, Jsonb *value);
extern void push_element(JsonbInState *state, const char *text);
extern Jsonb *finish_json(JsonbInState *state, JsonbIteratorToken end);
extern void put_member(JsonbValue *object, const char *key, const JsonbValue *value);
extern void unpack_json(JsonbValue *value, const Jsonb *json);

extern bool json_is_object(const JsonbValue *value);
extern bool json_is_array(const JsonbValue *value);
extern JsonbValue *json_member(JsonbContainer *object, const char *key);
extern char *json_string(JsonbContainer *object, const char *key);
extern char *json_other_key(JsonbContainer *object, const char *const *keys);
extern List *json_elements(JsonbContainer *array);
extern char *json_scalar(const JsonbValue *value);

#endif
