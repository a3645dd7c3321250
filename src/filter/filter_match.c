/* Rules with a match: on elements of an array, and on rows that refer to this one. */
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

/*
 * Whether as many fit the group of a match as its mode says. What there is follows FROM up to the
 * group's condition; size, its number, is null where there is none: then all, and a share, are
 * unknown.
 */
static char *
mode_sql(const Rule *rule, const char *elements, const char *condition, const char *size)
{
	const char *compare = strcmp(rule->match, "atLeast") == 0  ? ">="
						  : strcmp(rule->match, "atMost") == 0 ? "<="
															   : "=";
	char *fitting;
	char *threshold;

	if (strcmp(rule->match, "some") == 0)
		return psprintf("(EXISTS (SELECT 1 FROM %s%s))", elements, condition);
	if (strcmp(rule->match, "none") == 0)
		return psprintf("(NOT EXISTS (SELECT 1 FROM %s%s))", elements, condition);
	fitting = psprintf("(SELECT pg_catalog.count(*) FROM %s%s)", elements, condition);
	if (strcmp(rule->match, "all") == 0)
		return psprintf("(%s OPERATOR(pg_catalog.=) %s)", fitting, size);

	threshold = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(rule->threshold)));
	if (is_share(rule->threshold))
		return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) (%s::pg_catalog.numeric "
						"OPERATOR(pg_catalog.*) %s::pg_catalog.numeric))",
						fitting, compare, quote_literal_cstr(threshold), size);
	return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) %s::pg_catalog.numeric)",
					fitting, compare, quote_literal_cstr(threshold));
}

/*
 * A match on the elements of an array. Of a related row that isn't there nothing is known, where an
 * array that is NULL has no elements.
 */
char *
match_sql(FilterContext *context, Scope *scope, const Rule *rule, const Field *field)
{
	FromClause *from = scope->from;
	Scope inner = {.prefix = "", .outer = scope, .hops = scope->hops};
	const char *array = field->json != NULL ? field->json : field->sql;
	bool json = field->json != NULL || field->base_type == JSONBOID;
	const char *length = json ? "pg_catalog.jsonb_array_length" : "pg_catalog.cardinality";
	char *elements;
	char *sql;

	for (Scope *above = scope; from == NULL; above = above->outer)
		from = above->from;
	inner.choices = field->choices;
	inner.element_type = json ? JSONBOID : get_element_type(field->base_type);
	if (!OidIsValid(inner.element_type))
	{
		filter_problem(
			context, psprintf("%s.field", rule->path), "not_an_array", rule->field,
			psprintf("\"%s\" is not an array", rule->field),
			"A match asks about the elements of an array, or the rows that refer to this "
			"one; leave it out here.",
			NIL);
		return NULL;
	}
	if (rule->members == NIL)
		return NULL;

	inner.element = psprintf("e%d.v", ++*from->alias_counter);
	if (json)
		array = psprintf("(CASE WHEN pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) "
						 "'array'::pg_catalog.text THEN %s END)",
						 array, array);
	elements = psprintf("pg_catalog.%s(%s) AS e%d(v) WHERE ",
						json ? "jsonb_array_elements" : "unnest", array, *from->alias_counter);
	sql = mode_sql(rule, elements, node_sql(context, &inner, linitial(rule->members), AS_QUAL),
				   psprintf("(CASE WHEN %1$s(%2$s) OPERATOR(pg_catalog.<>) 0 THEN %1$s(%2$s) END)",
							length, array));
	return field->there == NULL ? sql : psprintf("(CASE WHEN %s THEN %s END)", field->there, sql);
}

/*
 * A match on the rows that some links lead to, from each to the next. The names in its group are
 * those of such a row, and of the rows around it where it has none of that name.
 */
char *
match_rows_sql(FilterContext *context, Scope *scope, const Rule *rule, List *links)
{
	Scope inner = {.prefix = "", .outer = scope, .hops = scope->hops + list_length(links)};
	const char *alias = scope->from->alias;
	StringInfoData rows;
	StringInfoData linked;
	char *condition;
	ListCell *cell;

	if (rule->members == NIL)
		return NULL;
	initStringInfo(&rows);
	initStringInfo(&linked);
	foreach (cell, links)
	{
		const Link *link = lfirst(cell);

		inner.from = open_inner_from(scope->from, open_source(link->relid));
		appendStringInfo(&rows, "%s%s AS %s", cell == list_head(links) ? "" : ", ",
						 inner.from->source->sql, inner.from->alias);
		append_link(&linked, link, alias, inner.from->alias);
		append_same_tenant(&linked, inner.from, link, inner.from->alias);
		appendStringInfoString(&linked, " AND ");
		alias = inner.from->alias;
	}
	condition = node_sql(context, &inner, linitial(rule->members), AS_QUAL);
	appendStringInfo(&rows, "%s WHERE %s", inner.from->joins.data, linked.data);
	return mode_sql(rule, rows.data, condition,
					psprintf("(SELECT CASE WHEN pg_catalog.count(*) OPERATOR(pg_catalog.>) 0 "
							 "THEN pg_catalog.count(*) END FROM %strue)",
							 rows.data));
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
