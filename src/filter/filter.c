/* The compiler of filters: a definition becomes one predicate in SQL. */
#include "postgres.h"

#include "base/json.h"
#include "base/limits.h"
#include "filter/filter.h"
#include "filter/filter_advice.h"
#include "filter/filter_match.h"
#include "filter/filter_operator.h"
#include "filter/filter_related.h"
#include "filter/filter_rule.h"
#include "filter/filter_value.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Report an unknown field. */
static void
unknown_field(FilterContext *context, const Scope *scope, const Rule *rule, const char *name,
			  const char *member, List *known)
{
	const char *relation;

	while (*scope->prefix != '\0' || scope->from == NULL)
		scope = scope->outer;
	relation = scope->from->source->name;
	filter_problem(context, psprintf("%s.%s", rule->path, member), "unknown_field", name,
				   relation == NULL ? psprintf("the row has no field \"%s\"", name)
									: psprintf("\"%s\" has no field \"%s\"", relation, name),
				   filter_hint_nearest(name, known), list_make2("field", unconstify(char *, name)));
}

/* A field of a scope; what is known of choices is of the relation itself. */
static Field *
scope_field(const Scope *scope, const char *name, DeadEnd *end)
{
	Field *field = find_field(scope->from, name, end);

	if (field != NULL && scope->outer != NULL)
		field->choices = NULL;
	return field;
}

/* Add the advice on a field. */
static void
use_field(FilterContext *context, const char *path, const Field *field)
{
	advise_key(context, path, field);
	if (field->by_reader)
		rests_on_reader(context, path);
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
			field = scope_field(at, name + length, &end);
			if (field == NULL && length == 0)
				known = list_concat(known, known_fields(at->from, name, &end));
		}
	}
	if (field == NULL)
		unknown_field(context, scope, rule, name, "value", known);
	else
		use_field(context, psprintf("%s.value", rule->path), field);
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

/* A rule on a field that is known. */
char *
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

/* Convert a predicate to a form. */
char *
in_form(char *predicate, QualForm form)
{
	if (predicate == NULL)
		return "true";
	return form == AS_NEGATED_QUAL ? psprintf("(NOT %s)", predicate) : predicate;
}

/* A rule's field as seen from its scope. */
const char *
field_name(const Scope *scope, const Rule *rule)
{
	return rule->field + strlen(scope->prefix);
}

static char *
rule_sql(FilterContext *context, Scope *scope, const Rule *rule, QualForm form)
{
	const char *name = field_name(scope, rule);
	List *known = NIL;
	DeadEnd end = {0};
	Field *field;

	if (crosses_too_many(scope, rule->field))
	{
		filter_problem(context, psprintf("%s.field", rule->path), "path_too_long", rule->field,
					   psprintf("\"%s\" crosses more than %d keys", rule->field, MAX_HOPS), NULL,
					   NIL);
		return "true";
	}
	if (scope->from == NULL)
		field = element_field(scope, name);
	else
	{
		List *links = rule->match != NULL ? links_to_rows(scope, name) : NIL;
		char *sql = links != NIL ? in_form(match_rows_sql(context, scope, rule, links), form)
								 : related_sql(context, scope, rule, form);

		if (sql != NULL)
			return sql;
		field = scope_field(scope, name, &end);
		if (field == NULL)
			known = known_fields(scope->from, name, &end);
	}
	if (field == NULL)
	{
		unknown_field(context, scope, rule, scope->from == NULL ? name : rule->field, "field",
					  known);
		return "true";
	}
	use_field(context, psprintf("%s.field", rule->path), field);
	return in_form(field_rule_sql(context, scope, rule, field), form);
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

/* Compile a group or a rule to a form. Negation is pushed down to the rules. */
char *
node_sql(FilterContext *context, Scope *scope, const Rule *node, QualForm form)
{
	List *parts;
	List *members = NIL;
	StringInfoData sql;
	ListCell *cell;
	bool all;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (list_length(context->problems) >= MAX_PROBLEMS)
		return "true";
	if (*context->alias_counter - context->first_alias > MAX_SUBSELECTS)
		filter_too_large(node->path, psprintf("more than %d sub-selects", MAX_SUBSELECTS));
	if (node->kind == RULE_COMPARISON)
		return node->field == NULL || (node->operator_name == NULL && node->match == NULL)
				   ? "true"
				   : rule_sql(context, scope, node, form);

	if (node->negated || node->complement)
	{
		Rule plain = *node;

		plain.negated = plain.complement = false;
		if (node->complement)
			return form == AS_NEGATED_QUAL
					   ? node_sql(context, scope, &plain, AS_QUAL)
					   : psprintf("(%s IS NOT TRUE)", node_sql(context, scope, &plain, AS_QUAL));
		if (form == AS_VALUE)
			return psprintf("(NOT %s)", node_sql(context, scope, &plain, AS_VALUE));
		return node_sql(context, scope, &plain, form == AS_QUAL ? AS_NEGATED_QUAL : AS_QUAL);
	}

	if (node->members == NIL)
		return form == AS_NEGATED_QUAL ? "false" : "true";
	parts = gather_related(scope, node);
	foreach (cell, parts)
		members = lappend(
			members, part_sql(context, scope, lfirst(cell),
							  node->kind == RULE_XOR && list_length(parts) > 1 ? AS_VALUE : form));
	if (list_length(members) == 1)
		return linitial(members);
	if (node->kind == RULE_XOR)
		return in_form(parity_sql(members, 0, list_length(members) - 1), form);

	all = (node->kind == RULE_AND) == (form != AS_NEGATED_QUAL);
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
	Scope scope = {.from = context->from, .prefix = ""};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work = caller;
	char *sql;

	if (scope.from == NULL)
	{
		scope.from = open_from(context->source);
		scope.from->alias = context->alias;
		scope.from->use_subselects = true;
		scope.from->any_tenant = true;
		scope.from->stored = context->stored;
	}
	context->alias_counter = scope.from->alias_counter;
	context->first_alias = *context->alias_counter;

	/* Of ten thousand rules nothing but the text stays; where problems are kept, they do too. */
	if (!context->collect)
		work = AllocSetContextCreate(caller, "opportunities: filter", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	sql =
		node_sql(context, &scope, read_rules(context, rules), context->exact ? AS_VALUE : AS_QUAL);
	MemoryContextSwitchTo(caller);
	context->dependencies = scope.from->custom->tables;
	context->rights = scope.from->custom->rights;
	if (OidIsValid(context->users))
		context->rights = list_append_unique_oid(context->rights, context->users);
	context->subselects = *context->alias_counter - context->first_alias;
	if (work != caller)
	{
		sql = pstrdup(sql);
		MemoryContextDelete(work);
	}
	return sql;
}
