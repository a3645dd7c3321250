#include "postgres.h"

#include "filter/filter_match.h"

#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* An element of an array, or a member of it where it is JSON. */
Field *
element_field(const Scope *scope, const char *name)
{
	Field *field;
	StringInfoData sql;

	if (scope->element_type != JSONBOID && *name != '\0')
		return NULL;
	if (scope->element_type != JSONBOID)
	{
		field = make_field(name, pstrdup(scope->element), scope->element_type);
		field->choices = scope->choices;
		return field;
	}
	initStringInfo(&sql);
	appendStringInfo(&sql, "(%s OPERATOR(pg_catalog.%s) ", scope->element,
					 *name == '\0' ? "#>>" : "->>");
	if (*name == '\0')
		appendStringInfoString(&sql, "'{}'::pg_catalog.text[])");
	else
	{
		append_text_literal(&sql, name);
		appendStringInfoChar(&sql, ')');
	}
	field = make_field(name, sql.data, TEXTOID);
	if (*name != '\0')
	{
		initStringInfo(&sql);
		appendStringInfo(&sql, "(%s OPERATOR(pg_catalog.->) ", scope->element);
		append_text_literal(&sql, name);
		appendStringInfoChar(&sql, ')');
		field->json = sql.data;
	}
	return field;
}

static bool
is_share(Numeric threshold)
{
	return DatumGetBool(DirectFunctionCall2(numeric_gt, NumericGetDatum(threshold),
											DirectFunctionCall1(int4_numeric, Int32GetDatum(0)))) &&
		   DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(threshold),
											DirectFunctionCall1(int4_numeric, Int32GetDatum(1))));
}

/* How many elements of an array fit a group: a match. */
char *
match_sql(FilterContext *context, Scope *scope, const Rule *rule, const Field *field)
{
	FromClause *from = scope->from;
	Scope inner = {.prefix = "", .outer = scope};
	const char *array = field->json != NULL ? field->json : field->sql;
	bool json = field->json != NULL || field->base_type == JSONBOID;
	const char *size;
	char *elements;
	char *predicate;
	char *threshold;
	const char *compare = strcmp(rule->match, "atLeast") == 0  ? ">="
						  : strcmp(rule->match, "atMost") == 0 ? "<="
															   : "=";

	for (Scope *above = scope; from == NULL; above = above->outer)
		from = above->from;
	inner.choices = field->choices;
	inner.element_type = json ? JSONBOID : get_element_type(field->base_type);
	if (!OidIsValid(inner.element_type))
	{
		filter_problem(context, psprintf("%s.field", rule->path), "not_an_array", rule->field,
					   psprintf("\"%s\" is not an array", rule->field),
					   "A match asks about the elements of an array; leave it out here.", NIL);
		return NULL;
	}
	if (rule->members == NIL)
		return NULL;

	inner.element = psprintf("e%d.v", ++*from->numbers);
	if (json)
	{
		array = psprintf("(CASE WHEN pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) "
						 "'array'::pg_catalog.text THEN %s END)",
						 array, array);
		elements = psprintf("pg_catalog.jsonb_array_elements(%s) AS e%d(v)", array, *from->numbers);
		size = "pg_catalog.jsonb_array_length";
	}
	else
	{
		elements = psprintf("pg_catalog.unnest(%s) AS e%d(v)", array, *from->numbers);
		size = "pg_catalog.cardinality";
	}
	predicate = node_sql(context, &inner, linitial(rule->members), WHERE_TRUE);

	if (strcmp(rule->match, "some") == 0)
		return psprintf("(EXISTS (SELECT 1 FROM %s WHERE %s))", elements, predicate);
	if (strcmp(rule->match, "none") == 0)
		return psprintf("(NOT EXISTS (SELECT 1 FROM %s WHERE %s))", elements, predicate);
	predicate = psprintf("(SELECT pg_catalog.count(*) FROM %s WHERE %s)", elements, predicate);
	/* a share of no elements, or all of none, is unknown */
	size = psprintf("(CASE WHEN %1$s(%2$s) OPERATOR(pg_catalog.<>) 0 THEN %1$s(%2$s) END)", size,
					array);
	if (strcmp(rule->match, "all") == 0)
		return psprintf("(%s OPERATOR(pg_catalog.=) %s)", predicate, size);

	threshold = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(rule->threshold)));
	if (is_share(rule->threshold))
		return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) (%s::pg_catalog.numeric "
						"OPERATOR(pg_catalog.*) %s::pg_catalog.numeric))",
						predicate, compare, quote_literal_cstr(threshold), size);
	return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) %s::pg_catalog.numeric)",
					predicate, compare, quote_literal_cstr(threshold));
}

/* A text search on an array is one for some element of it, or for none. */
const Rule *
search_of_elements(const Rule *rule)
{
	Rule *element = palloc(sizeof(Rule));
	Rule *group = palloc0(sizeof(Rule));
	Rule *match = palloc(sizeof(Rule));
	char *name = pstrdup(rule->operator_name);
	bool negated = pg_strncasecmp(name, "doesNot", 7) == 0;

	*element = *match = *rule;
	element->field = "";
	if (negated)
		element->operator_name = pg_strcasecmp(name, "doesNotContain") == 0		? "contains"
								 : pg_strcasecmp(name, "doesNotBeginWith") == 0 ? "beginsWith"
																				: "endsWith";
	group->kind = RULE_AND;
	group->path = rule->path;
	group->members = list_make1(element);
	match->match = negated ? "none" : "some";
	match->members = list_make1(group);
	return match;
}
