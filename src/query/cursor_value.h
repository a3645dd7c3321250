#ifndef CURSOR_VALUE_H
#define CURSOR_VALUE_H

#include "postgres.h"

#include "query/cursor.h"

/*
 * Values within cursors. What is longer than a cursor should be is there by its hash, and is looked
 * up again, as the caller, when the cursor comes back.
 */

extern void push_cursor_value(JsonbInState *state, const char *key, const char *text);
extern char *value_of_row(const Cursor *cursor, const JsonbValue *value, Source *source,
						  const char *name, const char *id);
extern char *value_of_any_row(const Cursor *cursor, const JsonbValue *value, Source *source,
							  const char *name);

#endif
