/* Values in cursors, read back only as they were written. */
#include "postgres.h"

#include "query/cursor_value.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/literal.h"
#include "base/query.h"
#include "executor/spi.h"
#include "fields/period_field.h"
#include "settings/tenant.h"

/* Add a value to a cursor: a member of an object, or, without a key, an element of an array. */
void
push_cursor_value(JsonbInState *state, const char *key, const char *text)
{
	bool is_short = text == NULL || strlen(text) <= MAX_CURSOR_VALUE;

	if (is_short && key != NULL)
		push_text(state, key, text);
	else if (is_short)
		push_element(state, text);
	else
	{
		if (key != NULL)
			push_key(state, key);
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		push_text(state, "hash", fingerprint(text));
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
}

/* The fingerprint that stands for a value; NULL: it is the value itself. */
static char *
read_hash(const Cursor *cursor, const JsonbValue *value, const char *name)
{
	char *hash;

	if (value->type != jbvBinary)
		return NULL;
	hash = json_is_object(value) ? json_string(value->val.binary.data, "hash") : NULL;
	if (hash == NULL || strlen(hash) != 16 || strspn(hash, "0123456789abcdef") != 16)
		refuse_cursor(cursor, psprintf("It holds a list or an object for \"%s\".", name));
	return hash;
}

/* The text form of a field in a row that meets a condition; NULL: there is none, or no value. */
static char *
look_up(const FromClause *from, const Field *field, const char *condition)
{
	StringInfoData sql;
	Datum value;
	bool isnull;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s FROM %s AS %s%s WHERE %s", field->sql, from->source->sql,
					 from->alias, from->joins.data, condition);
	append_tenant(&sql, from->source->relid, from->alias);
	appendStringInfoString(&sql, " LIMIT 1");
	if (run_query(sql.data) == 0)
		return NULL;
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? NULL : value_text(field, value);
}

/* A value that a type can read. */
static char *
plain_value(const JsonbValue *value, const Field *field)
{
	char *text = json_scalar(value);

	if (text != NULL)
		check_literal(text, field->type, "invalid_cursor", field->name, "the cursor");
	return text;
}

/* A value within a cursor that is a field of the row of an id. Needs a connection to SPI. */
char *
value_of_row(const Cursor *cursor, const JsonbValue *value, Source *source, const char *name,
			 const char *id)
{
	FromClause *from = open_from(source);
	Field *field = need_field(from, name);
	Field *key = need_field(from, "id");
	StringInfoData condition;
	char *hash = read_hash(cursor, value, name);
	char *text;

	if (hash == NULL)
		return plain_value(value, field);
	check_literal(id, key->type, "invalid_cursor", key->name, "the cursor");
	initStringInfo(&condition);
	append_comparison(&condition, from, key, field_equality(key), id);
	text = look_up(from, field, condition.data);
	if (text == NULL || strcmp(fingerprint(text), hash) != 0)
		refuse_cursor(cursor, psprintf("The row at which it stands is gone, or its \"%s\" is "
									   "another.",
									   name));
	return text;
}

/* One that is a field of any row, since it is what rows have in common. */
char *
value_of_any_row(const Cursor *cursor, const JsonbValue *value, Source *source, const char *name)
{
	FromClause *from = open_from(source);
	Field *field = grouping_field(from, name);
	char *hash = read_hash(cursor, value, name);
	char *text;

	if (hash == NULL)
		return plain_value(value, field);
	text = look_up(from, field,
				   psprintf("pg_catalog.hashtextextended(%s COLLATE pg_catalog.\"C\", 0) "
							"OPERATOR(pg_catalog.=) '%lld'::pg_catalog.int8",
							field_text(field, field->sql), (long long) strtou64(hash, NULL, 16)));
	if (text == NULL)
		refuse_cursor(cursor, psprintf("No row has its \"%s\" any more.", name));
	return text;
}
