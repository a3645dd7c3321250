/* Operators: a rule on one field as SQL. */
#include "postgres.h"

#include "base/errors.h"
#include "base/fold.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/value_reader.h"
#include "filter/filter_operator.h"
#include "filter/filter_rule.h"
#include "filter/filter_state.h"
#include "filter/filter_value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Count what copies all of a large value for each row. */
static void
count_copy(FilterContext *context, const Rule *rule)
{
	if (++context->copies > MAX_COPIES)
		filter_too_large(rule->path, psprintf("more than %d comparisons of texts by order, and "
											  "with keys of custom",
											  MAX_COPIES));
}

/* Append: field operator value; false where the types have no such operator, which is a problem. */
static bool
append_compared(FilterContext *context, const Rule *rule, StringInfo sql, const Field *field,
				const char *name, const char *value, Oid type)
{
	Oid operator_oid = comparison_operator(name, literal_type(field), type);

	if (!OidIsValid(operator_oid))
	{
		filter_problem(context, psprintf("%s.operator", rule->path), "not_comparable", rule->field,
					   psprintf("\"%s\" can't be compared so", rule->field),
					   type == literal_type(field)
						   ? psprintf("Values of type %s have no such order.", format_type_be(type))
						   : psprintf("Its type is %s, the other's %s.",
									  format_type_be(field->type), format_type_be(type)),
					   list_make2("operator", unconstify(char *, rule->operator_name)));
		return false;
	}
	if (field->json != NULL || (is_order(name) && get_typlen(type) == -1 && type != NUMERICOID))
		count_copy(context, rule);
	appendStringInfoString(sql, field->sql);
	append_operator(sql, operator_oid);
	appendStringInfoString(sql, value);
	return true;
}

/* Report that an operator compares with one value, not with many. */
static bool
refuse_many(FilterContext *context, const Rule *rule)
{
	filter_problem(context, psprintf("%s.operator", rule->path), "not_comparable", rule->field,
				   psprintf("\"%s\" can't be compared so", rule->field),
				   "A team is of many: ask with =, !=, in or notIn.",
				   list_make2("operator", unconstify(char *, rule->operator_name)));
	return false;
}

/* Append a comparison with a value, a span of days or any of many values. */
static bool
append_with_value(FilterContext *context, const Rule *rule, StringInfo sql, const Field *field,
				  const char *name, const FilterValue *value)
{
	Oid type = literal_type(field);
	bool fine;

	if (value->many && strcmp(name, "=") != 0 && strcmp(name, "<>") != 0)
		return refuse_many(context, rule);
	if (value->many)
		return append_compared(
			context, rule, sql, field, name,
			psprintf("%s %s", strcmp(name, "=") == 0 ? "ANY" : "ALL", value->sql), type);
	if (value->end == NULL)
		return append_compared(context, rule, sql, field, name, value->sql, type);
	if (strcmp(name, "<") == 0 || strcmp(name, ">=") == 0)
		return append_compared(context, rule, sql, field, name, value->sql, type);
	if (strcmp(name, ">") == 0)
		return append_compared(context, rule, sql, field, ">=", value->end, type);
	if (strcmp(name, "<=") == 0)
		return append_compared(context, rule, sql, field, "<", value->end, type);

	appendStringInfoChar(sql, '(');
	fine = append_compared(context, rule, sql, field, strcmp(name, "=") == 0 ? ">=" : "<",
						   value->sql, type);
	appendStringInfoString(sql, strcmp(name, "=") == 0 ? " AND " : " OR ");
	fine = fine && append_compared(context, rule, sql, field,
								   strcmp(name, "=") == 0 ? "<" : ">=", value->end, type);
	appendStringInfoChar(sql, ')');
	return fine;
}

/* A field's text as search compares it: of a moment, what the business's clocks show. */
char *
folded(const Field *field)
{
	Field local = *field;

	if (field->base_type == TEXTOID || field->base_type == VARCHAROID)
		return psprintf("opportunities.fold(%s)", field->sql);
	if (field->base_type == TIMESTAMPTZOID)
		local = *make_field(field->name, psprintf("opportunities.business_time(%s)", field->sql),
							TIMESTAMPOID);
	return psprintf("opportunities.fold(%s)", field_text(&local, local.sql));
}

/* Whether a text can be looked for in a field: its text form is the same for every reader. */
static bool
is_searchable(FilterContext *context, const Rule *rule, const Field *field)
{
	if (writes_alike(field->base_type))
	{
		if (field->base_type == TIMESTAMPTZOID)
			rests_on_reader(context, psprintf("%s.field", rule->path));
		return true;
	}
	filter_problem(context, psprintf("%s.operator", rule->path), "not_comparable", rule->field,
				   psprintf("\"%s\" can't be compared so", field->name),
				   psprintf("How values of type %s are written depends on settings.",
							format_type_be(field->type)),
				   list_make2("operator", unconstify(char *, rule->operator_name)));
	return false;
}

/* A pattern of like for a text that is meant literally. */
static char *
pattern(const char *text, bool open_start, bool open_end)
{
	char *fold_text = fold_string(text);
	StringInfoData result;

	initStringInfo(&result);
	if (open_start)
		appendStringInfoChar(&result, '%');
	for (const char *at = fold_text; *at != '\0'; at++)
	{
		if (*at == '%' || *at == '_' || *at == '\\')
			appendStringInfoChar(&result, '\\');
		appendStringInfoChar(&result, *at);
	}
	if (open_end)
		appendStringInfoChar(&result, '%');
	return result.data;
}

/* Append: the field contains a word, as search compares. */
void
append_contains(StringInfo sql, const Field *field, const char *word)
{
	appendStringInfo(sql, "%s OPERATOR(pg_catalog.~~) ", folded(field));
	append_text_literal(sql, pattern(word, true, true));
}

/* A text search for another field, for the user who asks, or for long text. */
static char *
search_for_expression(const FilterOperator *found, const Field *field, const char *other)
{
	char *text = folded(field);
	const char *negation = found->negated ? "NOT " : "";

	if (found->open_start && found->open_end)
		return psprintf("(%sopportunities_internal.contains_text(%s, %s))", negation, text, other);
	if (found->open_end)
		return psprintf("(%spg_catalog.starts_with(%s, %s))", negation, text, other);
	return psprintf("(%spg_catalog.right(%s, pg_catalog.length(%s)) OPERATOR(pg_catalog.=) %s)",
					negation, text, other, other);
}

static char *
search_sql(FilterContext *context, const Rule *rule, const FilterOperator *found,
		   const Field *field, List *others)
{
	Field text_field = *field;
	FilterValue value;
	StringInfoData sql;

	if (!is_searchable(context, rule, field) ||
		(others != NIL && !is_searchable(context, rule, linitial(others))))
		return NULL;
	if (others != NIL)
		return search_for_expression(found, field, folded(linitial(others)));

	text_field.type = text_field.base_type = TEXTOID;
	if (!filter_value(context, psprintf("%s.value", rule->path), &text_field, rule->value, &value))
		return NULL;
	if (value.many)
	{
		(void) refuse_many(context, rule);
		return NULL;
	}
	if (value.constant == NULL)
		return search_for_expression(found, field, psprintf("opportunities.fold(%s)", value.sql));
	if (!has_text(value.constant))
	{
		/* every row contains nothing */
		filter_problem(context, psprintf("%s.value", rule->path), "value_missing", rule->field,
					   psprintf("the rule on \"%s\" has no text to look for", rule->field),
					   "Give some that can be seen, or ask with the operators null and notNull.",
					   NIL);
		return NULL;
	}
	initStringInfo(&sql);
	if (strlen(value.constant) > MAX_PATTERN_BYTES)
	{
		append_text_literal(&sql, fold_string(value.constant));
		return search_for_expression(found, field, sql.data);
	}
	appendStringInfo(&sql, "(%s OPERATOR(pg_catalog.%s) ", folded(field),
					 found->negated ? "!~~" : "~~");
	append_text_literal(&sql, pattern(value.constant, found->open_start, found->open_end));
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* Membership of a list: one array where all are plain values, else a comparison for each. */
static char *
in_list_sql(FilterContext *context, const Rule *rule, const FilterOperator *found,
			const Field *field, List *others)
{
	Oid type = literal_type(field);
	List *values;
	StringInfoData sql;
	ListCell *cell;
	bool plain = true;

	initStringInfo(&sql);
	if (others != NIL)
	{
		foreach (cell, others)
		{
			const Field *other = lfirst(cell);

			appendStringInfoString(&sql, cell == list_head(others) ? "("
										 : found->negated		   ? " AND "
																   : " OR ");
			if (!append_compared(context, rule, &sql, field, found->negated ? "<>" : "=",
								 other->sql, literal_type(other)))
				return NULL;
		}
		appendStringInfoChar(&sql, ')');
		return sql.data;
	}

	values = filter_list(context, psprintf("%s.value", rule->path), field, rule->value);
	if (values == NIL)
		return NULL;
	foreach (cell, values)
		plain = plain && ((FilterValue *) lfirst(cell))->end == NULL &&
				!((FilterValue *) lfirst(cell))->many;
	if (!plain || !OidIsValid(get_array_type(type)))
	{
		foreach (cell, values)
		{
			appendStringInfoString(&sql, cell == list_head(values) ? "("
										 : found->negated		   ? " AND "
																   : " OR ");
			if (!append_with_value(context, rule, &sql, field, found->negated ? "<>" : "=",
								   lfirst(cell)))
				return NULL;
		}
		appendStringInfoChar(&sql, ')');
		return sql.data;
	}

	appendStringInfoChar(&sql, '(');
	if (!append_compared(context, rule, &sql, field, found->negated ? "<>" : "=",
						 found->negated ? "ALL (ARRAY[" : "ANY (ARRAY[", type))
		return NULL;
	foreach (cell, values)
		appendStringInfo(&sql, "%s%s", cell == list_head(values) ? "" : ", ",
						 ((FilterValue *) lfirst(cell))->sql);
	appendStringInfoString(&sql, "]))");
	return sql.data;
}

/* Append: the field lies within two bounds. */
static bool
append_within(FilterContext *context, const Rule *rule, StringInfo sql, const Field *field,
			  const char *low, Oid low_type, const char *high, Oid high_type)
{
	appendStringInfoChar(sql, '(');
	if (!append_compared(context, rule, sql, field, ">=", low, low_type))
		return false;
	appendStringInfoString(sql, " AND ");
	if (!append_compared(context, rule, sql, field, "<=", high, high_type))
		return false;
	appendStringInfoChar(sql, ')');
	return true;
}

/* Append: the field lies within the fields a and b, in either order. */
static bool
append_within_fields(FilterContext *context, const Rule *rule, StringInfo sql, const Field *field,
					 const Field *a, const Field *b)
{
	Oid a_type = literal_type(a);
	Oid b_type = literal_type(b);

	if (!append_within(context, rule, sql, field, a->sql, a_type, b->sql, b_type))
		return false;
	appendStringInfoString(sql, " OR ");
	return append_within(context, rule, sql, field, b->sql, b_type, a->sql, a_type);
}

/* Append: the field lies within values a and b, in either order, and in the whole of a span. */
static bool
append_within_values(FilterContext *context, const Rule *rule, StringInfo sql, const Field *field,
					 const FilterValue *a, const FilterValue *b)
{
	Oid type = literal_type(field);
	const char *low = psprintf("LEAST(%s, %s)", a->sql, b->sql);

	if (a->end == NULL && b->end == NULL)
		return append_within(context, rule, sql, field, low, type,
							 psprintf("GREATEST(%s, %s)", a->sql, b->sql), type);

	if (!append_compared(context, rule, sql, field, ">=", low, type))
		return false;
	appendStringInfoString(sql, " AND ");
	if (a->end != NULL && b->end != NULL)
		return append_compared(context, rule, sql, field, "<",
							   psprintf("GREATEST(%s, %s)", a->end, b->end), type);
	appendStringInfoChar(sql, '(');
	if (!append_with_value(context, rule, sql, field, "<=", a))
		return false;
	appendStringInfoString(sql, " OR ");
	if (!append_with_value(context, rule, sql, field, "<=", b))
		return false;
	appendStringInfoChar(sql, ')');
	return true;
}

/* between is symmetric: the bounds may come in either order. */
static char *
between_sql(FilterContext *context, const Rule *rule, const FilterOperator *found,
			const Field *field, List *others)
{
	const char *path = psprintf("%s.value", rule->path);
	List *values = NIL;
	StringInfoData sql;
	ListCell *cell;
	int count;
	bool fine;

	if (others == NIL)
	{
		values = filter_list(context, path, field, rule->value);
		if (values == NIL)
			return NULL;
		foreach (cell, values)
		{
			if (((FilterValue *) lfirst(cell))->many && !refuse_many(context, rule))
				return NULL;
		}
	}
	count = list_length(values) + list_length(others);
	if (count != 2)
	{
		filter_problem(context, path, "between_bounds", rule->field,
					   psprintf("between on \"%s\" has %d bounds, not 2", rule->field, count),
					   "Give a list of two.", NIL);
		return NULL;
	}

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s(", found->negated ? "(NOT " : "");
	if (others != NIL)
		fine = append_within_fields(context, rule, &sql, field, linitial(others), lsecond(others));
	else
		fine = append_within_values(context, rule, &sql, field, linitial(values), lsecond(values));
	appendStringInfoString(&sql, found->negated ? "))" : ")");
	return fine ? sql.data : NULL;
}

/* Whether there is a value: an array that is empty, of SQL or of JSON, is none. */
static char *
nullness_sql(const Field *field, bool negated)
{
	const char *empty = NULL;

	if (OidIsValid(get_element_type(field->base_type)))
		empty = psprintf("pg_catalog.cardinality(%s) OPERATOR(pg_catalog.=) 0", field->sql);
	else if (field->json != NULL || field->base_type == JSONBOID)
		empty = psprintf("%s OPERATOR(pg_catalog.=) '[]'::pg_catalog.jsonb",
						 field->json != NULL ? field->json : field->sql);
	else if (field->base_type == JSONOID)
		empty = psprintf("CASE WHEN pg_catalog.json_typeof(%1$s) OPERATOR(pg_catalog.=) 'array' "
						 "THEN pg_catalog.json_array_length(%1$s) OPERATOR(pg_catalog.=) 0 "
						 "ELSE false END",
						 field->sql);
	if (empty == NULL)
		return psprintf("(%s IS %sNULL)", field->sql, negated ? "NOT " : "");
	return psprintf(negated ? "(%s IS NOT NULL AND NOT %s)" : "(%s IS NULL OR %s)", field->sql,
					empty);
}

/* The predicate of a comparison; others are the fields that it is by, if it is. NULL: a problem. */
char *
comparison_sql(FilterContext *context, const Rule *rule, const Field *given, List *others)
{
	const FilterOperator *found = find_operator(rule->operator_name);
	Field copy = *given;
	const Field *field = &copy;
	FilterValue value;
	StringInfoData sql;
	char *by_closing;
	bool list;
	bool negated;

	if (found == NULL)
	{
		filter_problem(context, psprintf("%s.operator", rule->path), "unknown_operator",
					   rule->field, psprintf("operator \"%s\" is not known", rule->operator_name),
					   filter_hint_nearest(rule->operator_name, operator_names()),
					   list_make2("operator", unconstify(char *, rule->operator_name)));
		return NULL;
	}
	if (!asks_for_values(rule, &list, &negated))
		copy.choices = NULL;
	by_closing = closing_rule_sql(context, rule, field);
	if (by_closing != NULL)
		return by_closing;
	if (field->json != NULL && (found->kind == OPERATOR_NULLNESS || found->kind == OPERATOR_SEARCH))
		count_copy(context, rule);
	switch (found->kind)
	{
		case OPERATOR_NULLNESS:
			return nullness_sql(field, found->negated);
		case OPERATOR_SEARCH:
			return search_sql(context, rule, found, field, others);
		case OPERATOR_LIST:
			return in_list_sql(context, rule, found, field, others);
		case OPERATOR_BETWEEN:
			return between_sql(context, rule, found, field, others);
		case OPERATOR_COMPARE:
			break;
	}

	initStringInfo(&sql);
	appendStringInfoChar(&sql, '(');
	if (others != NIL)
	{
		const Field *other = linitial(others);

		if (!append_compared(context, rule, &sql, field, found->sql, other->sql,
							 literal_type(other)))
			return NULL;
	}
	else
	{
		if (!filter_value(context, psprintf("%s.value", rule->path), field, rule->value, &value))
			return NULL;
		if (!append_with_value(context, rule, &sql, field, found->sql, &value))
			return NULL;
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}
