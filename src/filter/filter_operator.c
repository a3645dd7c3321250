/* The operators of definitions, and those of the server that they stand for. */
#include "postgres.h"

#include "filter/filter_operator.h"

#include "catalog/pg_type.h"
#include "fields/value_reader.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static const FilterOperator operators[] = {
	{"=", OPERATOR_COMPARE, "="},
	{"!=", OPERATOR_COMPARE, "<>"},
	{"<", OPERATOR_COMPARE, "<"},
	{">", OPERATOR_COMPARE, ">"},
	{"<=", OPERATOR_COMPARE, "<="},
	{">=", OPERATOR_COMPARE, ">="},
	{"contains", OPERATOR_SEARCH, NULL, false, true, true},
	{"beginsWith", OPERATOR_SEARCH, NULL, false, false, true},
	{"endsWith", OPERATOR_SEARCH, NULL, false, true, false},
	{"doesNotContain", OPERATOR_SEARCH, NULL, true, true, true},
	{"doesNotBeginWith", OPERATOR_SEARCH, NULL, true, false, true},
	{"doesNotEndWith", OPERATOR_SEARCH, NULL, true, true, false},
	{"null", OPERATOR_NULLNESS, NULL, false},
	{"notNull", OPERATOR_NULLNESS, NULL, true},
	{"in", OPERATOR_LIST, NULL, false},
	{"notIn", OPERATOR_LIST, NULL, true},
	{"between", OPERATOR_BETWEEN, NULL, false},
	{"notBetween", OPERATOR_BETWEEN, NULL, true},
};

/* The operator of a name; NULL: there is none. */
const FilterOperator *
find_operator(const char *name)
{
	for (int i = 0; name != NULL && i < lengthof(operators); i++)
	{
		if (pg_strcasecmp(name, operators[i].name) == 0)
			return &operators[i];
	}
	return NULL;
}

/* Whether a rule asks if there is a value at all. */
bool
tests_null(const Rule *rule)
{
	const FilterOperator *found = find_operator(rule->operator_name);

	return found != NULL && found->kind == OPERATOR_NULLNESS;
}

/* Whether a rule compares with several values. */
bool
takes_list(const Rule *rule)
{
	const FilterOperator *found = find_operator(rule->operator_name);

	return found != NULL && (found->kind == OPERATOR_LIST || found->kind == OPERATOR_BETWEEN);
}

/* Whether a rule asks for a text within a text. */
bool
is_text_search(const Rule *rule)
{
	const FilterOperator *found = find_operator(rule->operator_name);

	return found != NULL && found->kind == OPERATOR_SEARCH;
}

/*
 * Whether an operator asks for values themselves, a list of them or not: others may well take one
 * that no row can have.
 */
bool
asks_for_values(const Rule *rule, bool *list, bool *negated)
{
	const FilterOperator *found = find_operator(rule->operator_name);

	if (found == NULL)
		return false;
	*list = found->kind == OPERATOR_LIST;
	*negated =
		*list ? found->negated : found->kind == OPERATOR_COMPARE && strcmp(found->sql, "<>") == 0;
	return *list || *negated || (found->kind == OPERATOR_COMPARE && strcmp(found->sql, "=") == 0);
}

/* The names of all operators. */
List *
operator_names(void)
{
	List *names = NIL;

	for (int i = 0; i < lengthof(operators); i++)
		names = lappend(names, unconstify(char *, operators[i].name));
	return names;
}

/* An operator between two types, found without the search_path; InvalidOid: there is none. */
Oid
comparison_operator(const char *name, Oid left, Oid right)
{
	TypeCacheEntry *type;

	if (left != right)
		return compatible_oper_opid(list_make2(makeString("pg_catalog"), makeString(pstrdup(name))),
									left, right, true);
	type = lookup_type_cache(left, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
	if (strcmp(name, "=") == 0)
		return type->eq_opr;
	if (strcmp(name, "<") == 0)
		return type->lt_opr;
	if (strcmp(name, ">") == 0)
		return type->gt_opr;
	if (strcmp(name, "<>") == 0)
		return OidIsValid(type->eq_opr) ? get_negator(type->eq_opr) : InvalidOid;
	if (strcmp(name, "<=") == 0)
		return OidIsValid(type->gt_opr) ? get_negator(type->gt_opr) : InvalidOid;
	return OidIsValid(type->lt_opr) ? get_negator(type->lt_opr) : InvalidOid;
}

/* Whether an operator asks which of two values is the greater. */
bool
is_order(const char *name)
{
	return *name == '<' ? name[1] != '>' : *name == '>';
}

/*
 * Whether people would use an operator on a field, whose values may be names of things; a filter
 * may well take others.
 */
static bool
is_offered(const FilterOperator *candidate, const Field *field, bool named)
{
	Oid element = get_element_type(field->base_type);
	char category = TypeCategory(field->base_type);
	bool scale = !named && (category == TYPCATEGORY_NUMERIC || category == TYPCATEGORY_DATETIME ||
							category == TYPCATEGORY_TIMESPAN);

	if (candidate->kind != OPERATOR_NULLNESS && !reads_for_all(field->type))
		return false;
	switch (candidate->kind)
	{
		case OPERATOR_NULLNESS:
			return !field->not_null || OidIsValid(element);
		case OPERATOR_SEARCH:
			if (OidIsValid(element))
				return candidate->open_start && candidate->open_end &&
					   TypeCategory(element) == TYPCATEGORY_STRING;
			return category == TYPCATEGORY_STRING && !named;
		case OPERATOR_LIST:
			return category != TYPCATEGORY_BOOLEAN && !OidIsValid(element) &&
				   OidIsValid(comparison_operator("=", field->type, field->type));
		case OPERATOR_BETWEEN:
			return scale && has_order(field);
		case OPERATOR_COMPARE:
			if (is_order(candidate->sql) && !scale)
				return false;
			return !OidIsValid(element) &&
				   OidIsValid(comparison_operator(candidate->sql, field->type, field->type));
	}
	return false;
}

/* The names of the operators that a filter builder offers for a field; named: of names of things.
 */
List *
offered_operators(const Field *field, bool named)
{
	List *names = NIL;

	for (int i = 0; i < lengthof(operators); i++)
	{
		if (is_offered(&operators[i], field, named))
			names = lappend(names, unconstify(char *, operators[i].name));
	}
	return names;
}
