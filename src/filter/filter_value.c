#include "postgres.h"

#include <ctype.h>

#include "base/errors.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "filter/filter_value.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "settings/period.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

/* The units of an offset, as @react-querybuilder/datetime writes them. */
static const char *const units[] = {"minute", "hour", "day", "week", "month", "year"};

/* The type that literals for a field are of: what its operators really compare. */
Oid
literal_type(const Field *field)
{
	return field->base_type == VARCHAROID ? TEXTOID : field->base_type;
}

static bool
is_moment(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* Report that a value can't be read as the field's type. */
static void
unreadable(FilterContext *context, const char *path, const Field *field, const char *text,
		   const char *hint)
{
	const char *type = format_type_be(field->type);

	filter_problem(context, path, "value_unreadable", field->name,
				   psprintf("\"%s\" is not a value of \"%s\"", text, field->name),
				   hint != NULL ? hint : psprintf("\"%s\" is of type %s.", field->name, type),
				   list_make4("value", pstrdup(text), "type", pstrdup(type)));
}

/* Whether a text ends in a zone: a Z, or an offset behind a time of day. */
static bool
has_zone(const char *text)
{
	const char *time = strchr(text, ':');
	size_t length = strlen(text);

	if (time == NULL)
		return false;
	return pg_tolower(text[length - 1]) == 'z' || strpbrk(time, "+-") != NULL;
}

/* A literal of a moment: its day is the business's, unless it names its own zone. */
static bool
moment_literal(FilterContext *context, const char *path, const Field *field, const char *text,
			   FilterValue *value)
{
	Oid type = field->base_type;
	StringInfoData sql;

	/* The server would read today and its like as the day on which the plan was made. */
	for (const char *at = text; *at != '\0'; at++)
	{
		if (!isalpha((unsigned char) *at) || pg_tolower(*at) == 't' || pg_tolower(*at) == 'z')
			continue;
		if (pg_strcasecmp(text, "infinity") == 0 || pg_strcasecmp(text, "-infinity") == 0)
			break;
		unreadable(context, path, field, text,
				   "Write a date as 2025-12-31, or a period as {\"period\": \"TODAY\"}.");
		return false;
	}
	if (type == TIMESTAMPTZOID && !has_zone(text))
		type = TIMESTAMPOID;
	if (!isdigit((unsigned char) *text) && *text != '-' && pg_tolower(*text) != 'i')
	{
		unreadable(context, path, field, text,
				   "Write a date as 2025-12-31, or a period as {\"period\": \"TODAY\"}.");
		return false;
	}
	if (unreadable_because(text, type, context->collect) != NULL)
	{
		unreadable(context, path, field, text, NULL);
		return false;
	}

	initStringInfo(&sql);
	if (type != field->base_type)
		appendStringInfoString(&sql, "opportunities.business_moment(");
	append_literal(&sql, text, type);
	if (type != field->base_type)
		appendStringInfoChar(&sql, ')');
	value->sql = sql.data;
	value->constant = type == field->base_type ? pstrdup(text) : NULL;
	return true;
}

/* A plain value as a literal of the field's type. */
static bool
literal(FilterContext *context, const char *path, const Field *field, JsonbValue *json,
		FilterValue *value)
{
	Oid type = literal_type(field);
	char *text = json->type == jbvBinary
					 ? JsonbToCString(NULL, json->val.binary.data, json->val.binary.len)
					 : json_scalar(json);
	StringInfoData sql;

	if (type == JSONBOID)
		text = JsonbToCString(NULL, &JsonbValueToJsonb(json)->root, 0);
	else if (json->type == jbvBinary)
	{
		unreadable(context, path, field, text, NULL);
		return false;
	}
	switch (TypeCategory(type))
	{
		case TYPCATEGORY_NUMERIC:
		case TYPCATEGORY_DATETIME:
			if (json->type == jbvBool)
			{
				unreadable(context, path, field, text, NULL);
				return false;
			}
			text = ascii_digits(text);
			break;
		default:
			break;
	}
	if (is_moment(type))
		return moment_literal(context, path, field, text, value);

	if (type != TEXTOID && unreadable_because(text, type, context->collect) != NULL)
	{
		unreadable(context, path, field, text, NULL);
		return false;
	}
	initStringInfo(&sql);
	append_literal(&sql, text, type);
	value->sql = sql.data;
	value->constant = text;
	return true;
}

/* A day, as an expression, in the type of a field. */
static char *
day_as(const Field *field, const char *day)
{
	switch (field->base_type)
	{
		case TIMESTAMPTZOID:
			return psprintf("opportunities.business_moment(%s::pg_catalog.timestamp)", day);
		case TIMESTAMPOID:
			return psprintf("%s::pg_catalog.timestamp", day);
		default:
			return pstrdup(day);
	}
}

/* Report that a kind of value is not for a field of this type. */
static void
wrong_kind(FilterContext *context, const char *path, const Field *field, const char *what)
{
	filter_problem(context, path, "value_kind", field->name,
				   psprintf("%s can't be compared with \"%s\"", what, field->name),
				   psprintf("\"%s\" is of type %s.", field->name, format_type_be(field->type)),
				   list_make2("type", format_type_be(field->type)));
}

/* A span of days: {"period": …, "calendar": …}. */
static bool
period_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
			 FilterValue *value)
{
	char *name = json_string(object, "period");
	char *calendar = json_string(object, "calendar");
	StringInfoData arguments;
	Period period;

	if (name == NULL || !parse_period(name, &period))
	{
		filter_problem(context, psprintf("%s.period", path), "unknown_period", field->name,
					   psprintf("period \"%s\" is not known", name == NULL ? "" : name),
					   name == NULL
						   ? NULL
						   : filter_hint_nearest(asc_toupper(name, strlen(name)), period_names()),
					   list_make2("period", name == NULL ? "" : name));
		return false;
	}
	if (json_member(object, "calendar") != NULL &&
		(calendar == NULL || find_calendar(calendar) == NULL))
	{
		filter_problem(context, psprintf("%s.calendar", path), "unknown_calendar", field->name,
					   psprintf("calendar \"%s\" is not known", calendar == NULL ? "" : calendar),
					   calendar == NULL ? NULL : filter_hint_nearest(calendar, calendar_names()),
					   list_make2("calendar", calendar == NULL ? "" : calendar));
		return false;
	}
	if (!is_moment(field->base_type))
	{
		wrong_kind(context, path, field, "a period");
		return false;
	}

	initStringInfo(&arguments);
	append_text_literal(&arguments, ascii_digits(name));
	if (calendar != NULL)
	{
		appendStringInfoString(&arguments, ", NULL::pg_catalog.date, ");
		append_text_literal(&arguments, calendar);
	}
	value->sql = day_as(field, psprintf("opportunities.period_start(%s)", arguments.data));
	value->end = day_as(field, psprintf("opportunities.period_end(%s)", arguments.data));
	return true;
}

static bool
is_unit(const char *name)
{
	for (int i = 0; i < lengthof(units); i++)
	{
		if (strcmp(name, units[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_anchor(const char *name)
{
	ListCell *cell;

	foreach (cell, anchor_names())
	{
		if (strcmp(name, lfirst(cell)) == 0)
			return true;
	}
	return false;
}

/* A moment relative to now: an anchor, then an offset. */
static bool
relative_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
			   FilterValue *value)
{
	char *anchor = json_string(object, "anchor");
	char *unit = json_string(object, "unit");
	JsonbValue *offset = json_member(object, "offset");
	char *number = offset == NULL ? "0" : offset->type == jbvNumeric ? json_scalar(offset) : NULL;
	StringInfoData sql;

	if (anchor == NULL || !is_anchor(anchor) || (unit != NULL && !is_unit(unit)) ||
		(offset != NULL && unit == NULL) || number == NULL ||
		strspn(number, "-0123456789") != strlen(number) || strlen(number) > 6)
	{
		filter_problem(
			context, path, "invalid_relative_date", field->name, "the relative date is not one",
			"It has an anchor such as now or startOfMonth, a whole number as offset, and a "
			"unit: minute, hour, day, week, month or year.",
			NIL);
		return false;
	}
	if (!is_moment(field->base_type))
	{
		wrong_kind(context, path, field, "a relative date");
		return false;
	}

	initStringInfo(&sql);
	appendStringInfoString(&sql, "opportunities.relative_moment(");
	append_text_literal(&sql, anchor);
	appendStringInfo(&sql, ", '%s %s'::pg_catalog.interval)", number, unit == NULL ? "day" : unit);
	value->sql = sql.data;
	switch (field->base_type)
	{
		case DATEOID:
			value->sql = psprintf("%s::pg_catalog.date", sql.data);
			break;
		case TIMESTAMPTZOID:
			value->sql = psprintf("opportunities.business_moment(%s)", sql.data);
			break;
	}
	return true;
}

/* The user who asks: {"user": "current"}. */
static bool
user_value(FilterContext *context, const char *path, const Field *field, JsonbContainer *object,
		   FilterValue *value)
{
	char *user = json_string(object, "user");

	if (user == NULL || strcmp(user, "current") != 0)
	{
		filter_problem(context, psprintf("%s.user", path), "unknown_user", field->name,
					   psprintf("user \"%s\" is not known", user == NULL ? "" : user),
					   "The only user key is current; name others by a plain value.",
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
	value->sql = "opportunities.me()";
	if (literal_type(field) != TEXTOID)
		value->sql = psprintf("opportunities.me()::%s", sql_type(literal_type(field)));
	return true;
}

/* One value of a rule, for a field; false: it was a problem. */
bool
filter_value(FilterContext *context, const char *path, const Field *field, JsonbValue *json,
			 FilterValue *value)
{
	JsonbContainer *object;

	memset(value, 0, sizeof(FilterValue));
	if (json == NULL || json->type == jbvNull)
	{
		filter_problem(context, path, "value_missing", field->name,
					   psprintf("the rule on \"%s\" has no value", field->name),
					   "Give one, or ask with the operators null and notNull.", NIL);
		return false;
	}
	if (!json_is_object(json))
		return literal(context, path, field, json, value);

	object = json->val.binary.data;
	if (json_member(object, "period") != NULL)
		return period_value(context, path, field, object, value);
	if (json_member(object, "user") != NULL)
		return user_value(context, path, field, object, value);
	if (json_string(object, "mode") != NULL && strcmp(json_string(object, "mode"), "relative") == 0)
		return relative_value(context, path, field, object, value);
	if (literal_type(field) == JSONBOID)
		return literal(context, path, field, json, value);
	filter_problem(
		context, path, "unknown_value", field->name, "the value is an object of no known kind",
		"The kinds are {\"period\"}, {\"user\": \"current\"} and {\"mode\": \"relative\"}.", NIL);
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
