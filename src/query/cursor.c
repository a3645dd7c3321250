/* Cursors: JSON that holds a place and the fingerprint of its query. */
#include "postgres.h"

#include "query/cursor.h"

#include <inttypes.h>

#include "base/errors.h"
#include "base/json.h"
#include "base/literal.h"
#include "common/hashfn.h"

/* The fingerprint of a text: core's hashtextextended. */
char *
fingerprint(const char *text)
{
	uint64 hash = DatumGetUInt64(hash_any_extended((const unsigned char *) text, strlen(text), 0));

	return psprintf("%016" PRIx64, hash);
}

/* Refuse a cursor. */
void
refuse_cursor(const Cursor *cursor, const char *detail)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("the cursor is not one of this query"), errdetail("%s", detail),
					errhint("Give the same arguments as to the call that gave the cursor, or begin "
							"again at the first page."),
					err_code("invalid_cursor"), err_field(cursor->argument)));
}

/* Add a query's fingerprint to a cursor. */
void
push_query(JsonbInState *state, StringInfo description)
{
	push_text(state, "of", fingerprint(description->data));
}

/* Check that a cursor has a query's fingerprint. */
void
check_query(const Cursor *cursor, StringInfo description)
{
	char *of;

	if (!JB_ROOT_IS_OBJECT(cursor->json))
		refuse_cursor(cursor, "It is not a JSON object.");
	of = cursor_text(cursor, "of", NULL);
	if (of == NULL || strcmp(of, fingerprint(description->data)) != 0)
		refuse_cursor(cursor, "It belongs to another relation, selection, lane or sort.");
}

/* A member of a cursor, which must be there. */
JsonbValue *
cursor_member(const Cursor *cursor, const char *name)
{
	JsonbValue *value = json_member(&cursor->json->root, name);

	if (value == NULL)
		refuse_cursor(cursor, psprintf("It has no \"%s\".", name));
	return value;
}

/* A member that is a string or null, checked against the type that it is compared in, if any. */
char *
cursor_text(const Cursor *cursor, const char *name, const Field *field)
{
	JsonbValue *value = cursor_member(cursor, name);
	char *text;

	if (value->type != jbvString && value->type != jbvNull)
		refuse_cursor(cursor, psprintf("Its \"%s\" is not a string.", name));
	text = json_scalar(value);
	if (text != NULL && field != NULL)
		check_literal(text, field->type, "invalid_cursor", field->name, "the cursor");
	return text;
}
