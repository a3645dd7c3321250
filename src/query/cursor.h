#ifndef CURSOR_H
#define CURSOR_H

#include "postgres.h"

#include "base/compat.h"
#include "fields/field.h"
#include "lib/stringinfo.h"
#include "utils/jsonb.h"

/*
 * Cursors that clients hold between calls: JSON objects whose "of" tells the query that they belong
 * to. What a client gives back is not trusted: each member is checked.
 */

/* A cursor that was given, and in which argument. */
typedef struct Cursor
{
	const char *argument;
	Jsonb *json;
} Cursor;

extern char *fingerprint(const char *text);
extern void push_query(JsonbInState *state, StringInfo description);
extern void check_query(const Cursor *cursor, StringInfo description);
extern JsonbValue *cursor_member(const Cursor *cursor, const char *name);
extern char *cursor_text(const Cursor *cursor, const char *name, const Field *field);
pg_noreturn extern void refuse_cursor(const Cursor *cursor, const char *detail);

#endif
