/* What saved filters and history have of a login, which another takes the place of. */
#include "postgres.h"

#include "base/arrays.h"
#include "base/compat.h"
#include "base/json.h"
#include "base/limits.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(with_login);

/* Where in a value a login may stand: another text that is the same must stay. */
typedef struct LoginPlace
{
	List *users;	 /* columns that hold logins */
	bool is_row;	 /* the value is a row, whose keys are columns */
	int depth;		 /* of objects */
	bool at_field;	 /* the next string is the field of a rule */
	bool rule_fits;	 /* that of the rule holds logins */
	bool login_next; /* so does what comes now */
} LoginPlace;

/* Whether a field holds logins: owner, or lost_by.owner. */
static bool
holds_logins(const LoginPlace *place, const char *field)
{
	const char *dot = strrchr(field, '.');

	return has_string(place->users, dot == NULL ? field : dot + 1);
}

/* Follow the next token of a value. */
static void
follow_token(LoginPlace *place, JsonbIteratorToken token, const JsonbValue *value)
{
	bool is_string = token < WJB_BEGIN_ARRAY && value->type == jbvString;
	char *text = is_string ? pnstrdup(value->val.string.val, value->val.string.len) : NULL;

	if (token == WJB_BEGIN_OBJECT)
	{
		place->depth++;
		place->rule_fits = place->login_next = place->at_field = false;
	}
	else if (token == WJB_END_OBJECT)
		place->depth--;
	else if (token == WJB_KEY)
	{
		Assert(text != NULL);
		place->at_field = strcmp(text, "field") == 0;
		place->login_next = place->is_row && place->depth == 1
								? has_string(place->users, text)
								: place->rule_fits && strcmp(text, "value") == 0;
	}
	else if (place->at_field && is_string)
		place->rule_fits = holds_logins(place, text);
}

/*
 * with_login(value jsonb, field text, users text[], login text, becomes text) -> jsonb: the value
 * of a field, or of a row where field is NULL
 */
Datum
with_login(PG_FUNCTION_ARGS)
{
	LoginPlace place = {.is_row = PG_ARGISNULL(1)};
	JsonbInState result = {0};
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;
	const char *login;
	const char *becomes;
	bool is_scalar;

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i) && i != 1)
			PG_RETURN_NULL();
	place.users = text_array(PG_GETARG_ARRAYTYPE_P(2), "users", MAX_FIELDS);
	place.login_next =
		!place.is_row && has_string(place.users, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	login = text_to_cstring(PG_GETARG_TEXT_PP(3));
	becomes = text_to_cstring(PG_GETARG_TEXT_PP(4));

	iterator = JsonbIteratorInit(&PG_GETARG_JSONB_P(0)->root);
	is_scalar = iterator->isScalar;
	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		follow_token(&place, token, &value);
		if (place.login_next && (token == WJB_VALUE || token == WJB_ELEM) &&
			value.type == jbvString && value.val.string.len == strlen(login) &&
			memcmp(value.val.string.val, login, value.val.string.len) == 0)
			set_string(&value, becomes, strlen(becomes));
		pushJsonbValue(&result, token, token < WJB_BEGIN_ARRAY ? &value : NULL);
	}
	if (result.result->type == jbvArray)
		result.result->val.array.rawScalar = is_scalar;
	PG_RETURN_JSONB_P(JsonbValueToJsonb(result.result));
}
