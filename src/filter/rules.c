/* A definition read: JSON becomes a tree of rules. */
#include "postgres.h"

#include "base/errors.h"
#include "base/json.h"
#include "base/limits.h"
#include "filter/filter_operator.h"
#include "filter/rules.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* The state of reading one definition. */
typedef struct RulesReader
{
	FilterContext *context;
	int groups;
} RulesReader;

static const char *const match_modes[] = {"all", "some", "none", "atLeast", "atMost", "exactly"};

static Rule *read_group(RulesReader *reader, JsonbContainer *object, const char *path, int level);

/* A member of an object; NULL: there is none, or it is null. */
static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = json_member(object, key);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static bool
is_muted(JsonbContainer *object)
{
	JsonbValue *muted = member(object, "muted");

	return muted != NULL && muted->type == jbvBool && muted->val.boolean;
}

static void
problem(RulesReader *reader, const char *path, const char *code, const char *message,
		const char *hint)
{
	filter_problem(reader->context, path, code, NULL, message, hint, NIL);
}

static void
check_limits(RulesReader *reader, const char *path, int level)
{
	if (level > MAX_LEVELS)
		filter_too_large(path, psprintf("more than %d levels", MAX_LEVELS));
	if (reader->context->rules > MAX_RULES || reader->groups > MAX_RULES)
		filter_too_large(path, psprintf("more than %d rules", MAX_RULES));
}

/* What a rule is counted as: each value of a list is one. */
static int
count_values(const Rule *rule)
{
	int count = 1;

	if (json_is_array(rule->value))
		return Max(JsonContainerSize(rule->value->val.binary.data), 1);
	if (rule->value == NULL || rule->value->type != jbvString || !takes_list(rule))
		return 1;
	for (int i = 0; i < rule->value->val.string.len; i++)
		count += rule->value->val.string.val[i] == ',';
	return count;
}

static Rule *
make_group(RuleKind kind, List *members, const char *path)
{
	Rule *group = palloc0(sizeof(Rule));

	group->kind = kind;
	group->members = members;
	group->path = path;
	return group;
}

/* Read match: how many elements or rows must fit the group in the rule's value. */
static void
read_match(RulesReader *reader, Rule *rule, JsonbValue *match, int level)
{
	const char *path = psprintf("%s.match", rule->path);
	char *mode = json_is_object(match) ? json_string(match->val.binary.data, "mode") : NULL;
	JsonbValue *threshold;

	for (int i = 0; i < lengthof(match_modes) && mode != NULL; i++)
	{
		if (pg_strcasecmp(mode, match_modes[i]) == 0)
			rule->match = match_modes[i];
	}
	if (rule->match == NULL)
	{
		problem(reader, psprintf("%s.mode", path), "unknown_match",
				mode == NULL ? "the match has no mode"
							 : psprintf("match mode \"%s\" is not known", mode),
				"The modes are all, some, none, atLeast, atMost and exactly.");
		rule->match = match_modes[0];
	}

	threshold = json_is_object(match) ? member(match->val.binary.data, "threshold") : NULL;
	if (strncmp(rule->match, "at", 2) == 0 || strcmp(rule->match, "exactly") == 0)
	{
		if (threshold != NULL && threshold->type == jbvNumeric)
			rule->threshold = threshold->val.numeric;
		if (rule->threshold == NULL ||
			DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(rule->threshold),
											 DirectFunctionCall1(int4_numeric, Int32GetDatum(0)))))
		{
			problem(reader, psprintf("%s.threshold", path), "invalid_threshold",
					"the match has no threshold that is a number from 0",
					"Give how many elements, or a share between 0 and 1.");
			rule->threshold = DatumGetNumeric(DirectFunctionCall1(int4_numeric, Int32GetDatum(0)));
		}
	}

	if (!json_is_object(rule->value))
		problem(reader, psprintf("%s.value", rule->path), "match_without_rules",
				"the value of a match is not a group of rules",
				"Give a group whose rules are about each element or row.");
	else
		rule->members = list_make1(read_group(reader, rule->value->val.binary.data,
											  psprintf("%s.value", rule->path), level + 1));
}

/* Read a rule. */
static Rule *
read_rule(RulesReader *reader, JsonbContainer *object, const char *path, int level)
{
	Rule *rule = palloc0(sizeof(Rule));
	JsonbValue *match = member(object, "match");
	char *source = json_string(object, "valueSource");

	rule->kind = RULE_COMPARISON;
	rule->path = path;
	rule->field = json_string(object, "field");
	rule->operator_name = json_string(object, "operator");
	rule->value = member(object, "value");
	reader->context->rules += count_values(rule);
	check_limits(reader, path, 0);

	if (member(object, "lhs") != NULL)
		problem(reader, psprintf("%s.lhs", path), "lhs_not_supported",
				"a saved filter compares fields, not expressions",
				"Leave lhs out and name a field.");
	if (rule->field == NULL)
		problem(reader, psprintf("%s.field", path), "field_missing", "the rule has no field",
				"A rule is {\"field\", \"operator\", \"value\"}; a group has \"rules\".");
	if (source != NULL && strcmp(source, "field") == 0)
		rule->by_field = true;
	else if (member(object, "valueSource") != NULL &&
			 (source == NULL || (strcmp(source, "value") != 0 && *source != '\0')))
		problem(reader, psprintf("%s.valueSource", path), "value_source_not_supported",
				psprintf("valueSource \"%s\" is not known to a saved filter",
						 source == NULL ? "" : source),
				"It is value or field.");

	if (match != NULL)
		read_match(reader, rule, match, level);
	else if (rule->operator_name == NULL)
		problem(reader, psprintf("%s.operator", path), "operator_missing",
				"the rule has no operator", NULL);
	return rule;
}

/* The kind of a group by its combinator. */
static bool
find_combinator(const char *name, RuleKind *kind)
{
	if (pg_strcasecmp(name, "and") == 0)
		*kind = RULE_AND;
	else if (pg_strcasecmp(name, "or") == 0)
		*kind = RULE_OR;
	else if (pg_strcasecmp(name, "xor") == 0)
		*kind = RULE_XOR;
	else
		return false;
	return true;
}

static void
unknown_combinator(RulesReader *reader, const char *path, const char *name)
{
	problem(reader, path, "unknown_combinator", psprintf("combinator \"%s\" is not known", name),
			"The combinators are and, or and xor.");
}

/* Group members with combinators between them: and binds tightest, then xor, then or. */
static Rule *
group_by_precedence(List *members, List *combinators, int first, int last, const char *path)
{
	static const RuleKind loosest_first[] = {RULE_OR, RULE_XOR, RULE_AND};

	if (first == last)
		return list_nth(members, first);
	for (int i = 0; i < lengthof(loosest_first); i++)
	{
		List *parts = NIL;
		int start = first;

		for (int at = first; at < last; at++)
		{
			if (list_nth_int(combinators, at) != loosest_first[i])
				continue;
			parts = lappend(parts, group_by_precedence(members, combinators, start, at, path));
			start = at + 1;
		}
		if (parts != NIL)
			return make_group(
				loosest_first[i],
				lappend(parts, group_by_precedence(members, combinators, start, last, path)), path);
	}
	return NULL;
}

/* Read the members of a group; muted ones are skipped, with the combinator before them. */
static void
read_members(RulesReader *reader, JsonbContainer *rules, const char *path, int level, bool between,
			 List **members, List **combinators)
{
	ListCell *cell;
	RuleKind kind = RULE_AND;
	bool expect_rule = true;
	List *elements = json_elements(rules);

	foreach (cell, elements)
	{
		JsonbValue *value = lfirst(cell);
		const char *place = psprintf("%s.rules[%d]", path, foreach_current_index(cell));

		CHECK_FOR_INTERRUPTS();
		if (value->type == jbvString && between && !expect_rule)
		{
			char *name = json_scalar(value);

			if (!find_combinator(name, &kind))
				unknown_combinator(reader, place, name);
			expect_rule = true;
			continue;
		}
		if (!json_is_object(value) || (between && !expect_rule))
		{
			problem(reader, place, "invalid_rule",
					between && !expect_rule ? "a combinator is missing before the rule"
											: "it is neither a rule nor a group",
					between ? "Rules and groups take turns with and, or and xor."
							: "Give an object.");
			continue;
		}
		expect_rule = !between;
		if (is_muted(value->val.binary.data))
			continue;
		if (*members != NIL)
			*combinators = lappend_int(*combinators, kind);
		*members =
			lappend(*members, member(value->val.binary.data, "rules") != NULL
								  ? read_group(reader, value->val.binary.data, place, level + 1)
								  : read_rule(reader, value->val.binary.data, place, level + 1));
	}
	if (between && expect_rule && elements != NIL)
		problem(reader, psprintf("%s.rules[%d]", path, list_length(elements) - 1), "invalid_rule",
				"a combinator stands at the end",
				"Rules and groups take turns with and, or and xor.");
}

/* Read a group, in either form. */
static Rule *
read_group(RulesReader *reader, JsonbContainer *object, const char *path, int level)
{
	JsonbValue *rules = member(object, "rules");
	JsonbValue *combinator = member(object, "combinator");
	JsonbValue *not_value = member(object, "not");
	List *members = NIL;
	List *combinators = NIL;
	RuleKind kind = RULE_AND;
	Rule *group;

	check_stack_depth();
	reader->groups++;
	check_limits(reader, path, level);
	if (combinator != NULL)
	{
		char *name = combinator->type == jbvString ? json_scalar(combinator) : "";

		if (!find_combinator(name, &kind))
			unknown_combinator(reader, psprintf("%s.combinator", path), name);
	}
	if (!json_is_array(rules))
		problem(reader, psprintf("%s.rules", path), "rules_missing",
				"the group has no list of rules",
				"A group is {\"combinator\": \"and\", \"rules\": [...]}.");
	else
		read_members(reader, rules->val.binary.data, path, level, combinator == NULL, &members,
					 &combinators);

	if (combinator == NULL && list_length(members) > 1)
		group = make_group(RULE_AND,
						   list_make1(group_by_precedence(members, combinators, 0,
														  list_length(members) - 1, path)),
						   path);
	else
		group = make_group(kind, members, path);

	if (not_value != NULL)
	{
		char *text = not_value->type == jbvString ? json_scalar(not_value) : NULL;

		if (not_value->type == jbvBool)
			group->negated = not_value->val.boolean;
		else if (text != NULL && strcmp(text, "complement") == 0)
			group->complement = true;
		else if (text == NULL || *text != '\0')
			problem(reader, psprintf("%s.not", path), "invalid_not",
					"\"not\" is neither true, false nor complement", NULL);
	}
	return group;
}

/* Read a definition; its muted members are left out. */
Rule *
read_rules(FilterContext *context, Jsonb *rules)
{
	RulesReader reader = {.context = context};

	if (VARSIZE(rules) > MAX_DEFINITION_BYTES)
		filter_too_large("$", psprintf("more than %d bytes", MAX_DEFINITION_BYTES));
	if (!JB_ROOT_IS_OBJECT(rules))
	{
		problem(&reader, "$", "invalid_definition", "the filter is not a JSON object",
				"A filter is {\"combinator\": \"and\", \"rules\": [...]}.");
		return make_group(RULE_AND, NIL, "$");
	}
	if (is_muted(&rules->root))
		return make_group(RULE_AND, NIL, "$");
	return read_group(&reader, &rules->root, "$", 1);
}
