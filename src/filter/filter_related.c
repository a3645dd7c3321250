/* Rules on related rows: sub-selects, shared by the rules of a group. */
#include "postgres.h"

#include "filter/filter_related.h"

#include "access/transam.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/user.h"
#include "filter/filter_operator.h"
#include "filter/filter_state.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Conditions that are each met by some row of many are joins of their own, up to this number. */
#define MAX_JOINED 8

/* Beyond it one pass over the rows answers this many at once. */
#define MAX_AGGREGATED 100

/* Append columns of an alias. */
static void
append_columns(StringInfo sql, const char *alias, List *names)
{
	ListCell *cell;

	foreach (cell, names)
		appendStringInfo(sql, "%s%s", cell == list_head(names) ? "" : ", ",
						 sql_column(alias, lfirst(cell)));
}

/* Append the rows that a link leads to. */
static void
append_linked(StringInfo sql, const Link *link, const char *alias, const FromClause *inner)
{
	appendStringInfo(sql, " FROM %s AS %s%s WHERE ", inner->source->sql, inner->alias,
					 inner->joins.data);
	append_link(sql, link, alias, inner->alias);
	append_same_tenant(sql, inner, link, inner->alias);
}

/* A condition on the rows that a link leads to, as: there is one that fits. */
static char *
exists_sql(const Link *link, const char *alias, const FromClause *inner, const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "(EXISTS (SELECT 1");
	append_linked(&sql, link, alias, inner);
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
	appendStringInfo(&sql, " FROM %s AS %s%s WHERE %s", inner->source->sql, inner->alias,
					 inner->joins.data, condition);
	append_same_tenant(&sql, inner, link, inner->alias);
	appendStringInfoString(&sql, "))");
	return sql.data;
}

/*
 * Whether rules on a related row are false, and not null, wherever they are not true and there is a
 * key: the row is there, is visible, and has values to compare.
 */
static bool
are_never_null(const Scope *scope, const Rule *node, const Path *path)
{
	SourceColumn *column;
	ListCell *cell;

	if (node->kind == RULE_COMPARISON)
	{
		column = source_column(path->target, field_name(scope, node) + path->length);
		return node->match == NULL && column != NULL && column->not_null;
	}
	foreach (cell, node->members)
	{
		if (!are_never_null(scope, lfirst(cell), path))
			return false;
	}
	return true;
}

/* Rules on a related row, in a query whose FROM is not ours: a set of the keys that fit. */
static char *
related_row_sql(FilterContext *context, Scope *scope, const Rule *node, const Path *path,
				QualForm form)
{
	const Link *link = path->link;
	Scope inner;
	char *condition;

	if (form == AS_VALUE && link->enforced && list_length(link->local) == 1 &&
		!path->target->row_security && are_never_null(scope, node, path))
		return psprintf("(%s OR (%s IS NULL AND NULL))",
						related_row_sql(context, scope, node, path, AS_QUAL),
						sql_column(path->from, ((SourceColumn *) linitial(link->local))->name));
	if (form == AS_VALUE)
		return psprintf("(CASE WHEN %s THEN true WHEN %s THEN false END)",
						related_row_sql(context, scope, node, path, AS_QUAL),
						related_row_sql(context, scope, node, path, AS_NEGATED_QUAL));

	inner = open_scope(scope, path);
	condition = node_sql(context, &inner, node, form);
	return key_among(scope, link, inner.from, condition);
}

/* The same where they are about what is found from there: no row, no key: nothing is found. */
static char *
found_sql(FilterContext *context, Scope *scope, const Rule *node, const Path *path, bool wanted,
		  QualForm form)
{
	Scope inner = open_scope(scope, path);
	char *condition = node_sql(context, &inner, node, AS_QUAL);
	char *found = key_among(scope, path->link, inner.from, condition);

	if (wanted == (form == AS_NEGATED_QUAL))
		return psprintf("(%s IS NOT TRUE)", found);
	return form == AS_VALUE ? psprintf("(%s IS TRUE)", found) : found;
}

/* Rules on rows that refer to this one: whether there is one that fits. */
static char *
some_row_sql(FilterContext *context, Scope *scope, const Rule *node, const Path *path)
{
	Scope inner = open_scope(scope, path);
	char *condition = node_sql(context, &inner, node, AS_QUAL);

	return exists_sql(path->link, path->from, inner.from, condition);
}

/* Rules on rows that refer to this one: whether there is one for each, in one pass over them. */
static char *
row_for_each_sql(FilterContext *context, Scope *scope, List *rules, const Path *path)
{
	Scope inner = open_scope(scope, path);
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, rules)
		appendStringInfo(&sql, "%spg_catalog.bool_or(%s)",
						 cell == list_head(rules) ? "((SELECT " : " AND ",
						 node_sql(context, &inner, lfirst(cell), AS_QUAL));
	append_linked(&sql, path->link, path->from, inner.from);
	appendStringInfoString(&sql, ") IS TRUE)");
	return sql.data;
}

/* Rules on rows that refer to this one, each of which some row must fit. */
static char *
rows_for_all_sql(FilterContext *context, Scope *scope, const Rule *group, const Path *path)
{
	List *rules = group->members;
	int count = list_length(rules);
	int step = count > MAX_JOINED ? MAX_AGGREGATED : 1;
	StringInfoData sql;

	initStringInfo(&sql);
	for (int first = 0; first < count; first += step)
	{
		List *some = list_copy_head(list_copy_tail(rules, first), step);

		appendStringInfo(&sql, "%s%s", first == 0 ? "(" : " AND ",
						 step == 1 ? some_row_sql(context, scope, linitial(some), path)
								   : row_for_each_sql(context, scope, some, path));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* A rule on state, where no join can be made: a row whose stage is missing is open. */
static char *
state_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const Link *link,
			   QualForm form)
{
	Field *state = computed_field(scope->from, "state");
	char *by_closing = closing_rule_sql(context, rule, state);
	FromClause *inner;
	FromClause *any;
	Field *kind;
	Field *open;
	char *of_stage;
	char *of_none;

	if (by_closing != NULL)
		return in_form(by_closing, form);
	if (form == AS_VALUE)
		return psprintf("(%s IS TRUE)", state_rule_sql(context, scope, rule, link, AS_QUAL));
	inner = open_inner_from(scope->from, open_source(link->relid));
	kind = make_field(rule->field,
					  psprintf("COALESCE(%s::pg_catalog.text, 'open'::pg_catalog.text)",
							   sql_column(inner->alias, "kind")),
					  TEXTOID);
	open = make_field(rule->field, "'open'::pg_catalog.text", TEXTOID);
	kind->choices = open->choices = state->choices;
	kind->words = open->words = state->words;
	of_stage =
		key_among(scope, link, inner, in_form(field_rule_sql(context, scope, rule, kind), form));
	if (form == AS_QUAL && asks_for_closed(context, rule, open))
		return of_stage;
	of_none = in_form(field_rule_sql(context, scope, rule, open), form);
	any = open_inner_from(scope->from, inner->source);
	return psprintf("(%s OR (%s AND %s IS NOT TRUE))", of_stage, of_none,
					key_among(scope, link, any, "true"));
}

/*
 * A rule on what a user is called, where no join can be made: the login stands for a name that
 * isn't there.
 */
static char *
user_name_rule_sql(FilterContext *context, Scope *scope, const Rule *rule, const Link *link,
				   QualForm form)
{
	FromClause *from = scope->from;
	Field *login = user_login(from, from->alias, rule->field, link);
	FromClause *named;
	FromClause *any;
	char *of_name;
	char *of_login;

	if (tests_null(rule) || !may_read_user_names(from, link))
		return in_form(field_rule_sql(context, scope, rule, login), form);
	if (form == AS_VALUE)
		return psprintf("(%s IS TRUE OR (%s IS NULL AND NULL))",
						user_name_rule_sql(context, scope, rule, link, AS_QUAL), login->sql);
	named = open_inner_from(from, open_source(link->relid));
	of_name = in_form(field_rule_sql(context, scope, rule,
									 make_field(rule->field, user_name(named->alias), TEXTOID)),
					  form);
	of_login = in_form(field_rule_sql(context, scope, rule, login), form);
	any = open_inner_from(from, named->source);
	return psprintf(
		"(%s OR (%s AND %s IS NOT TRUE))", key_among(scope, link, named, of_name), of_login,
		key_among(scope, link, any, psprintf("%s IS NOT NULL", sql_column(any->alias, "name"))));
}

/* The stage of a row, by whose kind its state is told; NULL: state is a column, or there is none.
 */
static Link *
stage_of_state(const Scope *scope)
{
	Link *link;

	if (source_column(scope->from->source, "state") != NULL)
		return NULL;
	link = source_link(scope->from->source, "stage");
	return link == NULL || source_column(open_source(link->relid), "kind") == NULL ? NULL : link;
}

/* A rule on rows that only a sub-select reaches; NULL: its field is another. */
char *
related_sql(FilterContext *context, Scope *scope, const Rule *rule, QualForm form)
{
	const char *name = field_name(scope, rule);
	bool null_test = tests_null(rule) && rule->match == NULL;
	Path *path;

	if (scope->from->use_subselects && !rule->by_field && strcmp(name, "state") == 0)
	{
		Link *link = stage_of_state(scope);

		return link == NULL ? NULL : state_rule_sql(context, scope, rule, link, form);
	}
	if (scope->from->use_subselects && !rule->by_field && rule->match == NULL)
	{
		Link *link = user_name_link(scope->from->source, name);

		if (link != NULL)
			return user_name_rule_sql(context, scope, rule, link, form);
	}
	path = find_path(scope, name);
	if (path == NULL || (rule->by_field && !path->exists))
		return NULL;
	if (path->link->many)
		return in_form(some_row_sql(context, scope, rule, path), form);
	if (path->exists)
		return found_sql(context, scope, rule, path, true, form);
	if (null_test)
	{
		Rule not_null = *rule;

		not_null.operator_name = "notNull";
		return found_sql(context, scope, &not_null, path,
						 pg_strcasecmp(rule->operator_name, "notNull") == 0, form);
	}
	return related_row_sql(context, scope, rule, path, form);
}

/* The path that all rules of a node share, so that one sub-select can answer it; NULL: none. */
static Path *
shared_path(Scope *scope, const Rule *node)
{
	Path *shared = NULL;
	ListCell *cell;

	if (node->kind == RULE_COMPARISON)
	{
		if (node->field == NULL || node->by_field || crosses_too_many(scope, node->field) ||
			(node->match == NULL && (node->operator_name == NULL || tests_null(node))) ||
			(node->match != NULL && links_to_rows(scope, field_name(scope, node)) != NIL))
			return NULL;
		return find_path(scope, field_name(scope, node));
	}
	if (node->complement)
		return NULL;
	foreach (cell, node->members)
	{
		Path *path = shared_path(scope, lfirst(cell));

		if (path == NULL || path->exists || (shared != NULL && path != shared))
			return NULL;
		shared = path;
	}
	return shared;
}

/* The members of a group, those together that share a path, in the place of the first of them. */
List *
gather_related(Scope *scope, const Rule *node)
{
	List *parts = NIL;
	ListCell *cell;

	foreach (cell, node->members)
	{
		Rule *member = lfirst(cell);
		Path *path = shared_path(scope, member);
		Part *part = NULL;
		ListCell *other;

		if (path != NULL && path->link->many && node->kind == RULE_XOR)
			path = NULL;
		foreach (other, path == NULL ? NIL : parts)
		{
			part = lfirst(other);
			if (part->path == path)
				break;
			part = NULL;
		}
		if (part == NULL)
		{
			part = palloc(sizeof(Part));
			part->path = path;
			part->group = palloc0(sizeof(Rule));
			part->group->kind = node->kind;
			part->group->path = node->path;
			parts = lappend(parts, part);
		}
		part->group->members = lappend(part->group->members, member);
	}
	return parts;
}

/* Members of a group in the form that is wanted. */
char *
part_sql(FilterContext *context, Scope *scope, const Part *part, QualForm form)
{
	const Path *path = part->path;

	if (list_length(part->group->members) == 1)
		return node_sql(context, scope, linitial(part->group->members), form);
	if (!path->link->many && path->exists)
		return found_sql(context, scope, part->group, path, true, form);
	if (!path->link->many)
		return related_row_sql(context, scope, part->group, path, form);
	return in_form(part->group->kind == RULE_OR
					   ? some_row_sql(context, scope, part->group, path)
					   : rows_for_all_sql(context, scope, part->group, path),
				   form);
}
