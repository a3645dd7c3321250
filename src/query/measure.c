/* Measures: sum(custom.mrr), avg(days_in_stage) and the like, of the rows of a group. */
#include "postgres.h"

#include "query/measure.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/money_field.h"
#include "fields/named_field.h"
#include "fields/period_field.h"
#include "utils/builtins.h"

/* What values a measure takes. */
typedef enum Domain
{
	ANY_VALUE,
	KNOWN_WORD,	   /* of a computed field that has no others */
	ORDERED_VALUE, /* numbers, days, times and texts */
	EXACT_NUMBER
} Domain;

/* What can be measured: of numbers by an aggregate of the server, of money by one of ours. */
static const struct MeasureKind
{
	const char *name;
	Domain domain;
	const char *aggregate; /* %s is the value */
	const char *money;	   /* %1$s is the value, %2$s the currency; NULL: as any other */
} kinds[] = {
	{"sum", EXACT_NUMBER, "pg_catalog.sum(%s)",
	 "opportunities_internal.money_sum(%1$s::pg_catalog.numeric, %2$s)"},
	{"avg", EXACT_NUMBER, "pg_catalog.avg(%s)",
	 "opportunities_internal.money_avg(%1$s::pg_catalog.numeric, %2$s)"},
	{"min", ORDERED_VALUE, "pg_catalog.min(%s)",
	 "opportunities_internal.money_min(%1$s::pg_catalog.numeric, %2$s)"},
	{"max", ORDERED_VALUE, "pg_catalog.max(%s)",
	 "opportunities_internal.money_max(%1$s::pg_catalog.numeric, %2$s)"},
	{"count", ANY_VALUE, "pg_catalog.count(%s)", NULL},
	{"counts", KNOWN_WORD, NULL, NULL},
	/* both values in the middle by one sort: the fraction behind the half leads to the upper one */
	{"median", EXACT_NUMBER,
	 "opportunities_internal.middle(pg_catalog.percentile_disc("
	 "'{0.5,0.500000000001}'::pg_catalog.float8[]) WITHIN GROUP (ORDER BY %s::pg_catalog.numeric))",
	 "opportunities_internal.money_median(%1$s::pg_catalog.numeric, %2$s "
	 "ORDER BY %1$s::pg_catalog.numeric)"},
};

/* The measures that an argument names, each once; a function of an older version hasn't got it. */
List *
measures_argument(FunctionCallInfo fcinfo, int number)
{
	List *names = NIL;
	ListCell *cell;

	if (number >= PG_NARGS() || PG_ARGISNULL(number))
		return NIL;
	foreach (cell, text_array(PG_GETARG_ARRAYTYPE_P(number), "measures", MAX_MEASURES))
	{
		if (!has_string(names, lfirst(cell)))
			names = lappend(names, lfirst(cell));
	}
	return names;
}

/* Refuse what isn't written as a measure. */
pg_noreturn static void
no_measure(const char *name)
{
	const char *bracket = strchr(name, '(');
	const char *function = bracket == NULL ? name : pnstrdup(name, bracket - name);
	List *known = NIL;

	for (int i = 0; i < lengthof(kinds); i++)
		known = lappend(known, unconstify(char *, kinds[i].name));
	function = nearest_name(function, known);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" is not a measure", name),
			 errdetail("Measures are sum, avg, min, max, count, count(distinct field), counts and "
					   "median."),
			 function != NULL ? errhint("Perhaps you meant \"%s(field)\".", function)
							  : errhint("Write one as sum(amount)."),
			 err_code("unknown_measure"), err_field("measures")));
}

/* The kind of a measure, and the field that it is of. */
static const struct MeasureKind *
parse_measure(const char *name, char **path, bool *distinct)
{
	const char *bracket = strchr(name, '(');
	int length = strlen(name);
	const struct MeasureKind *kind = NULL;

	for (int i = 0; bracket != NULL && i < lengthof(kinds); i++)
	{
		if (strlen(kinds[i].name) == bracket - name &&
			strncmp(kinds[i].name, name, bracket - name) == 0)
			kind = &kinds[i];
	}
	if (kind == NULL || name[length - 1] != ')' || bracket + 2 == name + length)
		no_measure(name);
	*path = pnstrdup(bracket + 1, name + length - 1 - (bracket + 1));
	*distinct = strncmp(*path, "distinct ", 9) == 0;
	if (*distinct)
	{
		if (kind->domain != ANY_VALUE)
			no_measure(name);
		*path += 9 + strspn(*path + 9, " ");
	}
	return kind;
}

/* Whether the values of a field have an order that people know, and one text whoever reads it. */
static bool
is_ordered(const Field *field)
{
	switch (field->base_type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return true;
		default:
			return is_exact_number(field->base_type);
	}
}

/* Refuse a measure that makes no sense of the values of its field. */
static void
check_domain(const struct MeasureKind *kind, const Field *field)
{
	if (kind->domain == KNOWN_WORD
			? field->words != NULL
			: kind->domain == ANY_VALUE || is_exact_number(field->base_type) ||
				  (kind->domain == ORDERED_VALUE && is_ordered(field)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("\"%s\" can't be measured by %s", field->name, kind->name),
			 errdetail("Its type is %s.", format_type_be(field->type)),
			 field->json != NULL && kind->domain != KNOWN_WORD
				 ? errhint("Declare it in custom_field, with the type that it has.")
			 : kind->domain == KNOWN_WORD
				 ? errhint("Those are of state and activity_state. Report by another field.")
				 : errhint("sum, avg and median are of exact numbers, min and max of dates, times "
						   "and texts too, count of anything. Cast it in a view."),
			 err_code("column_type"), err_field(field->name)));
}

/* The number of different values of a field, or of a period of it. */
static char *
count_distinct(FromClause *from, const char *path)
{
	const Field *field = grouping_field(from, path);

	if (!has_order(field))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("values of \"%s\" can't be compared", field->name),
						errdetail("Its type %s has no order.", format_type_be(field->type)),
						err_code("not_comparable"), err_field(field->name)));
	return psprintf("pg_catalog.count(DISTINCT %s)", field->sql);
}

/* How many rows have each word of a field, as an object of JSON; numbers are strings there. */
static char *
count_words(const Field *field)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "pg_catalog.jsonb_build_object(");
	for (const char *const *word = field->words; *word != NULL; word++)
	{
		appendStringInfoString(&sql, word == field->words ? "" : ", ");
		append_text_literal(&sql, *word);
		appendStringInfo(&sql, ", (pg_catalog.count(*) FILTER (WHERE %s OPERATOR(pg_catalog.=) ",
						 field->sql);
		append_text_literal(&sql, *word);
		appendStringInfoString(&sql, "))::pg_catalog.text");
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* A measure as it is read of the rows of a query. */
static Measure *
open_measure(FromClause *from, const char *name)
{
	Measure *measure = palloc0(sizeof(Measure));
	char *path;
	bool distinct;
	const struct MeasureKind *kind = parse_measure(name, &path, &distinct);
	const Field *field = distinct ? NULL : need_field(from, path);
	const char *currency = NULL;

	measure->name = name;
	measure->count = kind->domain == ANY_VALUE;
	if (distinct)
		measure->sql = count_distinct(from, path);
	else if (kind->domain == KNOWN_WORD)
	{
		check_domain(kind, field);
		measure->words = field->words;
		measure->sql = count_words(field);
	}
	else
	{
		check_domain(kind, field);
		if (kind->money != NULL)
			currency = money_currency(from, field);
		measure->money = currency != NULL;
		measure->sql = measure->money ? psprintf(kind->money, field->sql, currency)
									  : psprintf(kind->aggregate, field->sql);
	}
	measure->json =
		measure->count || (field != NULL && is_exact_number(field->base_type) && !measure->money)
			? psprintf("%s::pg_catalog.text", measure->sql)
			: measure->sql;
	return measure;
}

/* A measure of money in one currency: each amount at the rate of the day of its row. */
static Measure *
convert_measure(FromClause *from, const Measure *measure, const Conversion *conversion)
{
	Measure *converted = palloc0(sizeof(Measure));
	char *path;
	bool distinct;
	const struct MeasureKind *kind = parse_measure(measure->name, &path, &distinct);
	const Field *field = need_field(from, path);
	const char *amount =
		converted_amount(conversion, field->sql, money_currency(from, field), closing_day(from));

	converted->name = psprintf("%s in %s", measure->name, conversion->currency);
	converted->sql =
		psprintf("pg_catalog.round(%s, %d)", psprintf(kind->aggregate, amount), conversion->digits);
	converted->json = psprintf("%s::pg_catalog.text", converted->sql);
	return converted;
}

/*
 * Measures of a query's rows, whose joins it takes. Where a currency is asked for, each of money is
 * followed by itself in that currency.
 */
List *
open_measures(FromClause *from, List *names, const Conversion *conversion)
{
	List *measures = NIL;
	ListCell *cell;

	foreach (cell, names)
	{
		Measure *measure = open_measure(from, lfirst(cell));

		measures = lappend(measures, measure);
		if (measure->money && conversion != NULL)
			measures = lappend(measures, convert_measure(from, measure, conversion));
	}
	return measures;
}

/* All measures of a group as one object of JSON, in which every number is a string. */
char *
measures_object(List *measures)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "pg_catalog.jsonb_build_object(");
	foreach (cell, measures)
	{
		const Measure *measure = lfirst(cell);

		appendStringInfoString(&sql, foreach_current_index(cell) > 0 ? ", " : "");
		append_text_literal(&sql, measure->name);
		appendStringInfo(&sql, ", %s", measure->json);
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The same of no rows. */
Jsonb *
measures_of_nothing(List *measures)
{
	JsonbInState state = {0};
	ListCell *cell;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	foreach (cell, measures)
	{
		const Measure *measure = lfirst(cell);

		if (!measure->money && measure->words == NULL)
		{
			push_text(&state, measure->name, measure->count ? "0" : NULL);
			continue;
		}
		push_key(&state, measure->name);
		pushJsonbValue(&state, measure->money ? WJB_BEGIN_ARRAY : WJB_BEGIN_OBJECT, NULL);
		for (const char *const *word = measure->words; word != NULL && *word != NULL; word++)
			push_text(&state, *word, "0");
		pushJsonbValue(&state, measure->money ? WJB_END_ARRAY : WJB_END_OBJECT, NULL);
	}
	return finish_json(&state, WJB_END_OBJECT);
}
