/* A rule's value as literals of the field's type. */
#include "postgres.h"

#include <ctype.h>

#include "base/errors.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/value_reader.h"
#include "filter/filter_advice.h"
#include "filter/filter_period.h"
#include "filter/filter_value.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "settings/period.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

/* The type that literals for a field are of: what its operators really compare. */
Oid
literal_type(const Field *field)
{
	return field->base_type == VARCHAROID ? TEXTOID : field->base_type;
}

/* Report that there is no value. */
static bool
missing_value(FilterContext *context, const char *path, const Field *field)
{
	filter_problem(context, path, "value_missing", field->name,
				   psprintf("the rule on \"%s\" has no value", field->name),
				   "Give one, or ask with the operators null and notNull.", NIL);
	return false;
}

/* Report that a value can't be read as the field's type. */
static void
unreadable(FilterContext *context, const char *path, const Field *field,
		   const ValueProblem *problem)
{
	const char *type = format_type_be(field->type);
	const char *hint = problem->hint;
	Period period;

	if (is_moment(field->base_type) && parse_period(problem->text, &period))
		hint = psprintf("Write a period as {\"period\": \"%s\"}.",
						asc_toupper(problem->text, strlen(problem->text)));
	filter_problem(context, path, "value_unreadable", field->name,
				   psprintf("\"%s\" is not a value of \"%s\"", problem->text, field->name), hint,
				   list_make4("value", problem->text, "type", pstrdup(type)));
}

/* A plain value as a literal of the field's type. */
static bool
literal(FilterContext *context, const char *path, const Field *field, JsonbValue *json,
		FilterValue *value)
{
	Oid type = literal_type(field);
	ValueTarget target = {field->name, type, -1, context->collect};
	Value read;
	ValueProblem problem;
	StringInfoData sql;

	if (!read_value(&target, json, &read, &problem))
	{
		unreadable(context, path, field, &problem);
		return false;
	}
	if (read.isnull)
		return missing_value(context, path, field);

	if (type == TIMESTAMPTZOID && read.type != type)
		rests_on_reader(context, path);
	initStringInfo(&sql);
	append_value_as(&sql, NULL, &read, type);
	value->sql = sql.data;
	if (is_whole_day(&read, type))
	{
		Value next = next_day(&read);

		initStringInfo(&sql);
		append_value_as(&sql, NULL, &next, type);
		value->end = sql.data;
	}
	else if (type == TEXTOID)
	{
		value->constant = TextDatumGetCString(read.datum);
		advise_choice(context, path, field, value->constant);
	}
	return true;
}

/* Report that a kind of value is not for a field of this type. */
void
wrong_kind(FilterContext *context, const char *path, const Field *field, const char *what)
{
	filter_problem(context, path, "value_of_another_kind", field->name,
				   psprintf("%s can't be compared with \"%s\"", what, field->name),
				   psprintf("\"%s\" is of type %s.", field->name, format_type_be(field->type)),
				   list_make2("type", format_type_be(field->type)));
}

/* The users of the application, by whose managers teams are told; NULL: they are kept elsewhere. */
static Source *
managed_users(FilterContext *context)
{
	Oid schema = context->source->schema;
	Oid relid = OidIsValid(schema) ? get_relname_relid("app_user", schema) : InvalidOid;
	Source *users = OidIsValid(relid) ? open_source(relid) : NULL;

	if (users == NULL || source_column(users, "login") == NULL ||
		source_column(users, "manager") == NULL)
		return NULL;
	context->users = relid;
	return users;
}

/* The user who asks, or with everybody below: {"user": "current"}, {"user": "team"}. */
static bool
user_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
		   FilterValue *value)
{
	char *user = json_string(object, "user");
	bool team = user != NULL && strcmp(user, "team") == 0;
	Source *users = team ? managed_users(context) : NULL;

	if (users == NULL && (team || user == NULL || strcmp(user, "current") != 0))
	{
		filter_problem(context, psprintf("%s.user", path), "unknown_user", field->name,
					   psprintf("user \"%s\" is not known", user == NULL ? "" : user),
					   team ? "Teams are told by the columns login and manager of a relation "
							  "app_user in the same schema."
							: "The user keys are current and team; name others by a plain value.",
					   list_make2("user", user == NULL ? "" : user));
		return false;
	}
	switch (literal_type(field))
	{
		case UUIDOID:
		case INT4OID:
		case INT8OID:
			break;
		default:
			if (TypeCategory(literal_type(field)) == TYPCATEGORY_STRING)
				break;
			wrong_kind(context, path, field, "a user");
			return false;
	}
	value->sql = team ? "u.login" : "opportunities.me()";
	if (literal_type(field) != TEXTOID)
		value->sql = psprintf("%s::%s", value->sql, sql_type(literal_type(field)));
	value->many = team;
	if (team)
		value->sql = psprintf("(ARRAY(SELECT %s FROM opportunities.team(%s::pg_catalog.regclass) "
							  "AS u (login)))",
							  value->sql, quote_literal_cstr(users->sql));
	return true;
}

/* Report a member that values of a kind don't have: left out it would change what is meant. */
static bool
has_other_member(FilterContext *context, const char *path, const Field *field,
				 JsonbContainer *object, const char *const *keys)
{
	char *other = json_other_key(object, keys);
	List *known = NIL;

	if (other == NULL)
		return false;
	for (int i = 0; keys[i] != NULL; i++)
		known = lappend(known, unconstify(char *, keys[i]));
	filter_problem(context, path, "unknown_value", field->name,
				   psprintf("{\"%s\"} has no member \"%s\"", keys[0], other),
				   filter_hint_nearest(other, known), list_make2("member", other));
	return true;
}

/* One value of a rule, for a field; false: it was a problem. */
bool
filter_value(FilterContext *context, const char *path, const Field *field, JsonbValue *json,
			 FilterValue *value)
{
	static const char *const of_period[] = {"period",	  "calendar",		   "time_zone",
											"week_start", "fiscal_year_start", NULL};
	static const char *const of_user[] = {"user", NULL};
	static const char *const of_relative[] = {"mode", "anchor", "offset", "unit", NULL};
	JsonbContainer *object;

	memset(value, 0, sizeof(FilterValue));
	if (json == NULL || json->type == jbvNull)
		return missing_value(context, path, field);
	if (!json_is_object(json))
		return literal(context, path, field, json, value);

	object = json->val.binary.data;
	if (json_member(object, "period") != NULL)
		return !has_other_member(context, path, field, object, of_period) &&
			   period_value(context, path, field, object, value);
	if (json_member(object, "user") != NULL)
		return !has_other_member(context, path, field, object, of_user) &&
			   user_value(context, path, field, object, value);
	if (json_string(object, "mode") != NULL && strcmp(json_string(object, "mode"), "relative") == 0)
		return !has_other_member(context, path, field, object, of_relative) &&
			   relative_value(context, path, field, object, value);
	if (literal_type(field) == JSONBOID || json_member(object, "date") != NULL)
		return literal(context, path, field, json, value);
	filter_problem(context, path, "unknown_value", field->name,
				   "the value is an object of no known kind",
				   "The kinds are {\"date\"}, {\"period\"}, {\"user\"} and {\"mode\": "
				   "\"relative\"}.",
				   NIL);
	return false;
}

/* Split a list that is written as a string: at commas, unless a backslash stands before them. */
List *
split_list(const char *text)
{
	List *parts = NIL;
	StringInfoData part;

	initStringInfo(&part);
	for (const char *at = text;; at++)
	{
		if (at[0] == '\\' && at[1] == ',')
		{
			appendStringInfoChar(&part, ',');
			at++;
		}
		else if (*at == ',' || *at == '\0')
		{
			char *trimmed = part.data;

			while (isspace((unsigned char) *trimmed))
				trimmed++;
			while (part.data + part.len > trimmed &&
				   isspace((unsigned char) part.data[part.len - 1]))
				part.data[--part.len] = '\0';
			if (*trimmed != '\0')
				parts = lappend(parts, pstrdup(trimmed));
			resetStringInfo(&part);
			if (*at == '\0')
				return parts;
		}
		else
			appendStringInfoChar(&part, *at);
	}
}

/* The values of a list, of FilterValue; NIL: there was a problem. */
List *
filter_list(FilterContext *context, const char *path, const Field *field, JsonbValue *json)
{
	List *values = NIL;
	List *elements = NIL;
	ListCell *cell;
	bool correct = true;

	if (json != NULL && json->type == jbvString)
	{
		foreach (cell, split_list(json_scalar(json)))
		{
			JsonbValue *element = palloc0(sizeof(JsonbValue));

			element->type = jbvString;
			element->val.string.val = lfirst(cell);
			element->val.string.len = strlen(lfirst(cell));
			elements = lappend(elements, element);
		}
	}
	else if (json_is_array(json))
		elements = json_elements(json->val.binary.data);
	else if (json != NULL && json->type != jbvNull)
		elements = list_make1(json);

	if (elements == NIL)
	{
		filter_problem(context, path, "empty_list", field->name,
					   psprintf("the list of the rule on \"%s\" is empty", field->name),
					   "Give at least one value.", NIL);
		return NIL;
	}
	foreach (cell, elements)
	{
		FilterValue *value = palloc(sizeof(FilterValue));

		CHECK_FOR_INTERRUPTS();
		correct &= filter_value(context,
								list_length(elements) == 1 && json->type != jbvBinary
									? path
									: psprintf("%s[%d]", path, foreach_current_index(cell)),
								field, lfirst(cell), value);
		values = lappend(values, value);
	}
	return correct ? values : NIL;
}
