/* The one reader of values that people give, as text or JSON. */
#include "postgres.h"

#include "fields/value_reader.h"

#include <ctype.h>

#include "base/errors.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/literal.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "settings/clock.h"
#include "settings/currency.h"
#include "settings/moment.h"
#include "settings/settings.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Whether values of a type are days or moments. */
bool
is_moment(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* The type that values of a type are made of: below domains, arrays and ranges. */
static Oid
innermost_type(Oid type)
{
	for (;;)
	{
		Oid inner = getBaseType(type);

		if (OidIsValid(get_element_type(inner)))
			inner = get_element_type(inner);
		else if (OidIsValid(get_range_subtype(inner)))
			inner = get_range_subtype(inner);
		else if (OidIsValid(get_multirange_range(inner)))
			inner = get_multirange_range(inner);
		if (inner == type)
			return type;
		type = inner;
	}
}

/* Whether the output form of a type depends on the session: money, names. */
static bool
belongs_to_session(Oid type)
{
	switch (type)
	{
		case MONEYOID:
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
			return true;
		default:
			return false;
	}
}

/* Whether the text form of a type is the same in every session, as our queries write it. */
bool
writes_alike(Oid type)
{
	Oid inner = innermost_type(type);

	switch (inner)
	{
		case FLOAT4OID:
		case FLOAT8OID:
		case INTERVALOID:
		case TIMETZOID:
		case BYTEAOID:
			return false;
		default:
			return !belongs_to_session(inner) && (inner == type || !is_moment(inner)) &&
				   get_typtype(inner) != TYPTYPE_COMPOSITE;
	}
}

/* Whether a value of a type can be given at all. */
bool
reads_for_all(Oid type)
{
	return !belongs_to_session(innermost_type(type));
}

static bool
refuse(ValueProblem *problem, const char *detail, const char *hint)
{
	problem->detail = detail;
	problem->hint = hint;
	return false;
}

/* Whether a word stands in a text that could name a zone or a day, which settings decide on. */
static bool
has_words(const char *text)
{
	static const char *const plain[] = {"t", "z", "infinity", "empty", "null"};

	while (*text != '\0')
	{
		int length = 0;
		bool known = false;

		while (isalpha((unsigned char) text[length]))
			length++;
		for (int i = 0; i < lengthof(plain); i++)
			known = known ||
					(strlen(plain[i]) == length && pg_strncasecmp(text, plain[i], length) == 0);
		if (length > 0 && !known)
			return true;
		text += Max(length, 1);
	}
	return false;
}

/* Read a text by its type's own input, where that is the same for everybody. */
static bool
read_plain(const ValueTarget *target, const char *text, Value *value, ValueProblem *problem)
{
	Oid inner = innermost_type(target->type);
	char *reason;

	if (belongs_to_session(inner))
		return refuse(
			problem,
			psprintf("What a value of type %s means depends on settings.", format_type_be(inner)),
			"Cast the column to another type in a view.");
	switch (TypeCategory(inner))
	{
		case TYPCATEGORY_NUMERIC:
		case TYPCATEGORY_TIMESPAN:
			text = ascii_digits(text);
			break;
		case TYPCATEGORY_DATETIME:
			text = ascii_digits(text);
			if ((is_moment(inner) || inner == TIMETZOID) && has_words(text))
				return refuse(problem, "It holds a word that settings decide on.",
							  "Write dates as 2025-12-31, and zones as +03:30.");
	}
	reason = try_read(text, target->type, target->typmod, target->subtransaction, &value->datum);
	if (reason != NULL)
		return refuse(problem, reason,
					  psprintf("\"%s\" is of type %s.", target->name,
							   format_type_with_typemod(target->type, target->typmod)));
	if (!reads_alike(text, target->type, target->subtransaction))
		return refuse(problem, "It reads otherwise under other settings.",
					  "Write dates as 2025-12-31, zones as +03:30, lists as JSON.");
	value->type = target->type;
	return true;
}

/* Read a day or moment, in a calendar if one is named. */
static bool
read_moment_value(Oid type, const char *text, Calendar *calendar, Value *value,
				  ValueProblem *problem)
{
	Moment moment;
	MomentProblem why;
	Timestamp local;

	if (!read_moment(text, calendar, &moment, &why))
		return refuse(problem, why.detail, why.hint);
	if (type == DATEOID && moment.timed)
		return refuse(problem, "It has a time of day, and the field is a day.",
					  "Give the day alone, as 2025-12-31.");
	if (type == TIMESTAMPOID && moment.zoned)
		return refuse(problem, "It names a zone, and the field has none.",
					  "Give what clocks show, as 2025-12-31T15:30.");

	value->type = moment.zoned ? TIMESTAMPTZOID : moment.timed ? TIMESTAMPOID : DATEOID;
	value->datum = DateADTGetDatum(moment.day);
	if (type == DATEOID)
		return true;
	if (DATE_NOT_FINITE(moment.day))
	{
		value->type = type;
		value->datum = DirectFunctionCall1(date_timestamp, value->datum);
		return true;
	}

	/* with a day to spare, for the end of this one, in any zone */
	if (moment.day < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE + 1 ||
		moment.day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 2)
		return refuse(problem, "It is out of the range of moments.", "Write a date as 2025-12-31.");
	local = (Timestamp) moment.day * USECS_PER_DAY + moment.time;
	if (moment.timed)
		value->datum = TimestampGetDatum(local - moment.offset * USECS_PER_SEC);
	return true;
}

/* Read a date in a calendar: {"date": "1405-09-09", "calendar": "persian"}. */
static bool
read_calendar_date(const ValueTarget *target, JsonbContainer *object, Value *value,
				   ValueProblem *problem)
{
	static const char *const keys[] = {"date", "calendar", NULL};
	char *date = json_string(object, "date");
	char *name = json_string(object, "calendar");
	Calendar *calendar = name == NULL ? NULL : find_calendar(name);
	const char *other = json_other_key(object, keys);
	const char *nearest;

	if (other != NULL)
		return refuse(problem, psprintf("A date has no member \"%s\".", other),
					  "Write {\"date\": \"1405-09-09\", \"calendar\": \"persian\"}.");
	if (date == NULL)
		return refuse(problem, "Its date is not a string.",
					  "Write {\"date\": \"1405-09-09\", \"calendar\": \"persian\"}.");
	if (json_member(object, "calendar") != NULL && calendar == NULL)
	{
		nearest =
			name == NULL ? NULL : nearest_name(asc_tolower(name, strlen(name)), calendar_names());
		return refuse(problem, psprintf("Calendar \"%s\" is not known.", name == NULL ? "" : name),
					  nearest == NULL ? "Its calendar is none that ICU knows."
									  : psprintf("Perhaps you meant calendar \"%s\".", nearest));
	}
	if (calendar != NULL && !calendar_is_dated(calendar))
		return refuse(problem, psprintf("In calendar \"%s\" three numbers are no date.", name),
					  "Give the Gregorian date.");
	return read_moment_value(getBaseType(target->type), date, calendar, value, problem);
}

/* Whether a field holds the code of a currency; what a key of custom of that name holds is open. */
static bool
is_currency(const ValueTarget *target)
{
	const char *dot = strrchr(target->name, '.');

	return strcmp(dot == NULL ? target->name : dot + 1, "currency") == 0 &&
		   strstr(target->name, "custom.") == NULL &&
		   TypeCategory(getBaseType(target->type)) == TYPCATEGORY_STRING;
}

/* Read a value, which isn't null. False: there is a problem. */
bool
read_value(const ValueTarget *target, JsonbValue *json, Value *value, ValueProblem *problem)
{
	Oid type = getBaseType(target->type);
	char *text;

	memset(value, 0, sizeof(Value));
	memset(problem, 0, sizeof(ValueProblem));
	text = json->type == jbvBinary
			   ? JsonbToCString(NULL, json->val.binary.data, json->val.binary.len)
			   : json_scalar(json);
	problem->text = text;
	if (type == JSONBOID || type == JSONOID)
	{
		text = JsonbToCString(NULL, &JsonbValueToJsonb(json)->root, 0);
		return read_plain(target, text, value, problem);
	}
	if (is_moment(type) && json_is_object(json) &&
		json_member(json->val.binary.data, "date") != NULL)
		return read_calendar_date(target, json->val.binary.data, value, problem);
	if (json->type == jbvBinary)
		return refuse(problem, "It is a list or an object.",
					  psprintf("\"%s\" is of type %s.", target->name,
							   format_type_with_typemod(target->type, target->typmod)));
	if (is_moment(type))
		return read_moment_value(type, text, NULL, value, problem);
	if (is_currency(target))
	{
		text = currency_code_of(text);
		if (text == NULL)
		{
			value->isnull = true;
			return true;
		}
	}
	return read_plain(target, text, value, problem);
}

/* Whether a value for a column of a type is a whole day of moments. */
bool
is_whole_day(const Value *value, Oid type)
{
	return value->type == DATEOID && getBaseType(type) != DATEOID;
}

/* The day after a day. */
Value
next_day(const Value *day)
{
	Value next = *day;

	next.datum = DateADTGetDatum(DatumGetDateADT(day->datum) + 1);
	return next;
}

/* A value as one of the type that it was read for; a day as its first moment. */
Datum
value_as(const Value *value, Oid type)
{
	Datum datum = value->datum;
	Oid base = getBaseType(type);

	if (!is_moment(base) || value->type == base)
		return datum;
	if (value->type == DATEOID)
		datum = DirectFunctionCall1(date_timestamp, datum);
	if (base == TIMESTAMPTZOID)
		datum = TimestampTzGetDatum(moment_in_zone(DatumGetTimestamp(datum), business_zone()));
	return datum;
}

/* Append a value as an expression of that type, which knows the business's zone when it is run. */
void
append_value_as(StringInfo sql, Params *params, const Value *value, Oid type)
{
	Oid base = getBaseType(type);
	bool local = base == TIMESTAMPTZOID && value->type != TIMESTAMPTZOID;
	Oid written = local ? TIMESTAMPOID : is_moment(base) ? base : value->type;

	if (local)
		appendStringInfoString(sql, "opportunities.business_moment(");
	append_datum(sql, params, value_as(value, written), written);
	if (local)
		appendStringInfoChar(sql, ')');
}
