#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "errors.h"
#include "filter_rule.h"
#include "filter_value.h"
#include "json.h"
#include "miscadmin.h"
#include "rules.h"
#include "sqltext.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/*
 * What a predicate must be right about. Where null and false are as good as each other, a related
 * row's predicate is a set of keys that can be hashed; elsewhere it takes two sets.
 */
typedef enum Form
{
	WHERE_TRUE,	 /* true where the node is true */
	WHERE_FALSE, /* true where the node is false */
	AS_VALUE	 /* true, false or null as the node */
} Form;

/* Where the fields of a rule are looked up. */
typedef struct Scope
{
	FromClause *from;	 /* NULL: elements of an array */
	const char *prefix;	 /* of names that lead here, up to a dot */
	const char *element; /* an expression */
	Oid element_type;	 /* jsonb: an element of a JSON array */
	struct Scope *outer;
} Scope;

static char *node_sql(FilterContext *context, Scope *scope, const Rule *node, Form form);
static char *rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const char *name,
					  Form form, bool *exists);

/* The hint for a name that is not known, or NULL. */
char *
filter_hint_nearest(const char *name, List *candidates)
{
	const char *nearest = nearest_name(name, candidates);

	return nearest == NULL ? NULL : psprintf("Perhaps you meant \"%s\".", nearest);
}

/* Raise a problem of a definition, or keep it where all are wanted. */
void
filter_problem(FilterContext *context, const char *path, const char *code, const char *field,
			   const char *message, const char *hint, List *params)
{
	FilterProblem *problem;
	ListCell *cell;

	if (!context->collect)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", message),
						errdetail("At %s.", path), hint == NULL ? 0 : errhint("%s", hint),
						err_code(code), field == NULL ? 0 : err_field(field)));

	foreach (cell, context->problems)
	{
		problem = lfirst(cell);
		if (strcmp(problem->path, path) == 0 && strcmp(problem->code, code) == 0)
			return;
	}
	problem = palloc0(sizeof(FilterProblem));
	problem->path = path;
	problem->code = code;
	problem->message = message;
	problem->hint = hint;
	problem->params = params;
	context->problems = lappend(context->problems, problem);
}

/* An element of an array, or a member of it where it is JSON. */
static Field *
element_field(const Scope *scope, const char *name)
{
	Field *field;
	StringInfoData sql;

	if (scope->element_type != JSONBOID)
		return *name == '\0' ? make_field(name, pstrdup(scope->element), scope->element_type)
							 : NULL;
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

/* Report that a name is no field. */
static void
unknown_field(FilterContext *context, const Rule *rule, const char *name, const char *member,
			  List *known)
{
	filter_problem(context, psprintf("%s.%s", rule->path, member), "unknown_field", name,
				   context->source->name == NULL
					   ? psprintf("the row has no field \"%s\"", name)
					   : psprintf("\"%s\" has no field \"%s\"", context->source->name, name),
				   filter_hint_nearest(name, known), list_make2("field", unconstify(char *, name)));
}

/* A field that a value names: of the scope whose prefix it has, else of an outer one. */
static Field *
other_field(FilterContext *context, Scope *scope, const Rule *rule, const char *name)
{
	List *known = NIL;
	Field *field = NULL;

	for (Scope *at = scope; at != NULL && field == NULL; at = at->outer)
	{
		size_t length = strlen(at->prefix);
		DeadEnd end;

		if (at->from == NULL)
			field = element_field(at, name);
		else if (strncmp(name, at->prefix, length) == 0)
		{
			field = find_field(at->from, name + length, &end);
			if (field == NULL && known == NIL && at->outer == NULL)
				known = known_fields(at->from, name, &end);
		}
	}
	if (field == NULL)
		unknown_field(context, rule, name, "value", known);
	return field;
}

/* The fields that a rule compares with; false: a problem. */
static bool
other_fields(FilterContext *context, Scope *scope, const Rule *rule, List **others)
{
	List *names = NIL;
	ListCell *cell;

	*others = NIL;
	if (!rule->by_field || tests_null(rule))
		return true;
	if (rule->value != NULL && rule->value->type == jbvString)
		names = split_list(json_scalar(rule->value));
	else if (json_is_array(rule->value))
	{
		foreach (cell, json_elements(rule->value->val.binary.data))
		{
			const JsonbValue *element = lfirst(cell);

			names = lappend(names, element->type == jbvString ? json_scalar(element) : "");
		}
	}
	if (names == NIL)
		filter_problem(context, psprintf("%s.value", rule->path), "value_missing", rule->field,
					   psprintf("the rule on \"%s\" names no field to compare with", rule->field),
					   "Give the name of a field as the value.", NIL);
	foreach (cell, names)
	{
		Field *other = other_field(context, scope, rule, lfirst(cell));

		if (other == NULL)
			return false;
		*others = lappend(*others, other);
	}
	return names != NIL;
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
static char *
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
	if (strcmp(rule->match, "all") == 0)
		return psprintf("(%s OPERATOR(pg_catalog.=) NULLIF(%s(%s), 0))", predicate, size, array);

	threshold = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(rule->threshold)));
	if (is_share(rule->threshold))
		return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) (%s::pg_catalog.numeric "
						"OPERATOR(pg_catalog.*) NULLIF(%s(%s), 0)::pg_catalog.numeric))",
						predicate, compare, quote_literal_cstr(threshold), size, array);
	return psprintf("(%s::pg_catalog.numeric OPERATOR(pg_catalog.%s) %s::pg_catalog.numeric)",
					predicate, compare, quote_literal_cstr(threshold));
}

/* A text search on an array is one for some element of it, or for none. */
static const Rule *
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

/* A rule on a field that is known. */
static char *
field_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const Field *field)
{
	List *others;

	if (rule->match == NULL && is_text_search(rule) &&
		OidIsValid(get_element_type(field->base_type)))
		rule = search_of_elements(rule);
	if (rule->match != NULL)
		return match_sql(context, scope, rule, field);
	if (!other_fields(context, scope, rule, &others))
		return NULL;
	return comparison_sql(context, rule, field, others);
}

/* A predicate of a field in the form that is wanted. */
static char *
in_form(char *predicate, Form form)
{
	if (predicate == NULL)
		return "true";
	return form == WHERE_FALSE ? psprintf("(NOT %s)", predicate) : predicate;
}

/* Append columns of an alias. */
static void
append_columns(StringInfo sql, const char *alias, List *names)
{
	ListCell *cell;

	foreach (cell, names)
		appendStringInfo(sql, "%s%s", cell == list_head(names) ? "" : ", ",
						 sql_column(alias, lfirst(cell)));
}

/* A condition on the rows that a link leads to, as: there is one that fits. */
static char *
exists_sql(const Link *link, const char *alias, const FromClause *inner, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "(EXISTS (SELECT 1 FROM %s AS %s%s WHERE ", inner->source->sql,
					 inner->alias, inner->joins.data);
	append_link(&sql, link, alias, inner->alias);
	appendStringInfo(&sql, " AND %s))", condition);
	return sql.data;
}

/* The operator by which a link's own key is compared with a set of the other's; InvalidOid: none.
 */
static Oid
set_operator(const Link *link)
{
	ListCell *cell;

	if (list_length(link->operators) == 1)
		return get_commutator(linitial_oid(link->operators));
	foreach (cell, link->operators)
	{
		if (strcmp(get_opname(lfirst_oid(cell)), "=") != 0 ||
			lfirst_oid(cell) >= FirstNormalObjectId)
			return InvalidOid;
	}
	return linitial_oid(link->operators);
}

/* A condition on the row that a link leads to, as: its key is among those of the rows that fit. */
static char *
key_among(const Scope *scope, const Link *link, const FromClause *inner, const char *condition)
{
	Oid operator_oid = set_operator(link);
	List *local = NIL;
	StringInfoData sql;
	ListCell *cell;

	if (!OidIsValid(operator_oid))
		return exists_sql(link, scope->from->alias, inner, condition);

	foreach (cell, link->local)
		local = lappend(local, ((SourceColumn *) lfirst(cell))->name);
	initStringInfo(&sql);
	appendStringInfoString(&sql, list_length(local) > 1 ? "(ROW(" : "(");
	append_columns(&sql, scope->from->alias, local);
	appendStringInfoString(&sql, list_length(local) > 1 ? ")" : "");
	append_operator(&sql, operator_oid);
	appendStringInfoString(&sql, "ANY (SELECT ");
	append_columns(&sql, inner->alias, link->foreign);
	appendStringInfo(&sql, " FROM %s AS %s%s WHERE %s))", inner->source->sql, inner->alias,
					 inner->joins.data, condition);
	return sql.data;
}

/*
 * Whether a rule on a related row is false, and not null, wherever it is not true and there is a
 * key: the row is there, is visible, and has a value to compare with another.
 */
static bool
is_never_null(const Rule *rule, const Link *link, const Source *target, const char *rest)
{
	SourceColumn *column = source_column(target, rest);

	return rule->match == NULL && !rule->by_field && !tests_null(rule) && link->enforced &&
		   list_length(link->local) == 1 && column != NULL && column->not_null &&
		   !target->row_security;
}

/* A rule on a related row, in a query whose FROM is not ours: a set of the keys that fit. */
static char *
related_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const char *name,
				 const Link *link, const char *rest, Form form)
{
	Source *target = open_source(link->relid);
	Scope inner = {.outer = scope};
	bool exists = false;
	char *condition;
	char *found;

	if (form == AS_VALUE && is_never_null(rule, link, target, rest))
		form = WHERE_TRUE;
	if (form == AS_VALUE)
		return psprintf("(CASE WHEN %s THEN true WHEN %s THEN false END)",
						related_rule_sql(context, scope, rule, name, link, rest, WHERE_TRUE),
						related_rule_sql(context, scope, rule, name, link, rest, WHERE_FALSE));

	inner.from = open_inner_from(scope->from, target);
	inner.prefix = psprintf("%s%s", scope->prefix, pnstrdup(name, rest - name));
	if (tests_null(rule) && rule->match == NULL)
	{
		Rule not_null = *rule;
		bool wanted = (pg_strcasecmp(rule->operator_name, "notNull") == 0) == (form == WHERE_TRUE);

		not_null.operator_name = "notNull";
		condition = rule_sql(context, &inner, &not_null, rest, WHERE_TRUE, &exists);
		if (!exists)
		{
			found = key_among(scope, link, inner.from, condition);
			return wanted ? found : psprintf("(%s IS NOT TRUE)", found);
		}
		inner.from = open_inner_from(scope->from, target);
	}
	condition = rule_sql(context, &inner, rule, rest, form, &exists);
	if (exists && form == WHERE_FALSE)
	{
		inner.from = open_inner_from(scope->from, target);
		condition = rule_sql(context, &inner, rule, rest, WHERE_TRUE, &exists);
		return psprintf("(%s IS NOT TRUE)", key_among(scope, link, inner.from, condition));
	}
	return key_among(scope, link, inner.from, condition);
}

/* A rule on state, where no join can be made: a row whose stage is missing is open. */
static char *
state_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const Link *link, Form form)
{
	FromClause *inner = open_inner_from(scope->from, open_source(link->relid));
	FromClause *any;
	char *kind = psprintf("COALESCE(%s::pg_catalog.text, 'open'::pg_catalog.text)",
						  sql_column(inner->alias, "kind"));
	char *open = "'open'::pg_catalog.text";
	char *of_stage;
	char *of_none;

	if (form == AS_VALUE)
		return psprintf("(%s IS TRUE)", state_rule_sql(context, scope, rule, link, WHERE_TRUE));
	of_stage =
		in_form(field_rule_sql(context, scope, rule, make_field(rule->field, kind, TEXTOID)), form);
	of_none =
		in_form(field_rule_sql(context, scope, rule, make_field(rule->field, open, TEXTOID)), form);
	any = open_inner_from(scope->from, inner->source);
	return psprintf("(%s OR (%s AND %s IS NOT TRUE))", key_among(scope, link, inner, of_stage),
					of_none, key_among(scope, link, any, "true"));
}

/* A rule on rows that refer to this one: whether there is one that fits. NULL: no such path. */
static char *
many_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const char *name,
			  const DeadEnd *end)
{
	const char *dot = strchr(end->rest, '.');
	Scope inner = {.outer = scope};
	Link *link;
	char *condition;
	bool exists;

	if (dot == NULL)
		return NULL;
	link = many_link(end->source, pnstrdup(end->rest, dot - end->rest));
	if (link == NULL)
		return NULL;

	inner.from = open_inner_from(scope->from, open_source(link->relid));
	inner.prefix = psprintf("%s%s", scope->prefix, pnstrdup(name, dot + 1 - name));
	condition = rule_sql(context, &inner, rule, dot + 1, WHERE_TRUE, &exists);
	return exists_sql(link, end->alias, inner.from, condition);
}

/* Whether a name leads to a related row by its first step. */
static Link *
first_step(const Scope *scope, const char *name, const char **rest)
{
	const char *dot = strchr(name, '.');
	char *step;

	if (source_column(scope->from->source, name) != NULL || dot == NULL)
		return NULL;
	step = pnstrdup(name, dot - name);
	*rest = dot + 1;
	return strcmp(step, "custom") == 0 ? NULL : source_link(scope->from->source, step);
}

/* Whether a path crosses more keys than a query should. */
static bool
is_too_long(const char *path)
{
	int dots = 0;

	for (const char *at = path; *at != '\0' && strncmp(at, "custom.", 7) != 0; at++)
		dots += *at == '.';
	return dots > MAX_HOPS;
}

/* A rule; name is its field as seen from the scope. exists tells whether it asks about many rows.
 */
static char *
rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const char *name, Form form,
		 bool *exists)
{
	DeadEnd end = {0};
	Field *field;
	char *sql;

	*exists = false;
	if (is_too_long(rule->field))
	{
		filter_problem(context, psprintf("%s.field", rule->path), "path_too_long", rule->field,
					   psprintf("\"%s\" crosses more than %d keys", rule->field, MAX_HOPS), NULL,
					   NIL);
		return "true";
	}
	if (scope->from == NULL)
	{
		field = element_field(scope, name);
		if (field == NULL)
		{
			unknown_field(context, rule, name, "field", NIL);
			return "true";
		}
		return in_form(field_rule_sql(context, scope, rule, field), form);
	}

	if (scope->from->scalar && !rule->by_field)
	{
		const char *rest;
		Link *link = first_step(scope, name, &rest);

		if (link != NULL)
			return related_rule_sql(context, scope, rule, name, link, rest, form);
		if (strcmp(name, "state") == 0 && source_column(scope->from->source, name) == NULL)
		{
			link = source_link(scope->from->source, "stage");
			if (link != NULL && source_column(open_source(link->relid), "kind") != NULL)
				return state_rule_sql(context, scope, rule, link, form);
		}
	}

	field = find_field(scope->from, name, &end);
	if (field != NULL)
		return in_form(field_rule_sql(context, scope, rule, field), form);
	if (scope->from->scalar)
	{
		const char *rest;
		Link *link = first_step(scope, name, &rest);

		if (link != NULL)
			return related_rule_sql(context, scope, rule, name, link, rest, form);
	}
	sql = many_rule_sql(context, scope, rule, name, &end);
	if (sql == NULL)
	{
		unknown_field(context, rule, rule->field, "field", known_fields(scope->from, name, &end));
		return "true";
	}
	*exists = true;
	return in_form(sql, form);
}

/* An odd number of members is true: as a balanced tree, since a chain could be too deep. */
static char *
parity_sql(List *members, int first, int last)
{
	int middle = (first + last) / 2;

	if (first == last)
		return list_nth(members, first);
	return psprintf("(%s OPERATOR(pg_catalog.<>) %s)", parity_sql(members, first, middle),
					parity_sql(members, middle + 1, last));
}

/* A group or a rule, in the form that is wanted. Negation goes down to the rules. */
static char *
node_sql(FilterContext *context, Scope *scope, const Rule *node, Form form)
{
	List *members = NIL;
	StringInfoData sql;
	ListCell *cell;
	bool all;
	bool exists;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (node->kind == RULE_COMPARISON)
		return node->field == NULL || (node->operator_name == NULL && node->match == NULL)
				   ? "true"
				   : rule_sql(context, scope, node, node->field, form, &exists);

	if (node->negated || node->complement)
	{
		Rule plain = *node;

		plain.negated = plain.complement = false;
		if (node->complement)
			return form == WHERE_FALSE
					   ? node_sql(context, scope, &plain, WHERE_TRUE)
					   : psprintf("(%s IS NOT TRUE)", node_sql(context, scope, &plain, WHERE_TRUE));
		if (form == AS_VALUE)
			return psprintf("(NOT %s)", node_sql(context, scope, &plain, AS_VALUE));
		return node_sql(context, scope, &plain, form == WHERE_TRUE ? WHERE_FALSE : WHERE_TRUE);
	}

	if (node->members == NIL)
		return form == WHERE_FALSE ? "false" : "true";
	foreach (cell, node->members)
		members = lappend(
			members,
			node_sql(context, scope, lfirst(cell),
					 node->kind == RULE_XOR && list_length(node->members) > 1 ? AS_VALUE : form));
	if (list_length(members) == 1)
		return linitial(members);
	if (node->kind == RULE_XOR)
		return in_form(parity_sql(members, 0, list_length(members) - 1), form);

	all = (node->kind == RULE_AND) == (form != WHERE_FALSE);
	initStringInfo(&sql);
	appendStringInfoChar(&sql, '(');
	foreach (cell, members)
		appendStringInfo(&sql, "%s%s",
						 cell == list_head(members) ? ""
						 : all						? " AND "
													: " OR ",
						 (char *) lfirst(cell));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The predicate of a definition. Problems are raised, or kept where all are wanted. */
char *
compile_filter(FilterContext *context, Jsonb *rules)
{
	Rule *root = read_rules(context, rules);
	Scope scope = {.from = context->from, .prefix = ""};
	char *sql;

	if (scope.from == NULL)
	{
		scope.from = open_from(context->source);
		scope.from->alias = context->alias;
		scope.from->scalar = true;
	}
	sql = node_sql(context, &scope, root, context->exact ? AS_VALUE : WHERE_TRUE);
	context->contents = *scope.from->contents;
	return sql;
}
