/* From a name to a field: columns, dotted names, computed ones. */
#include "postgres.h"

#include "fields/named_field.h"

#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/custom.h"
#include "fields/user.h"
#include "fields/value_label.h"
#include "utils/lsyscache.h"

/* A field of a related row as a sub-select that gives its value, NULL where there is no row. */
static Field *
scalar_field(FromClause *from, const char *name, const Link *link, const char *rest, DeadEnd *end)
{
	FromClause *inner = open_inner_from(from, open_source(link->relid));
	Field *field = find_field(inner, rest, end);

	if (field == NULL)
		return NULL;
	return make_field(name, linked_select(from, link, inner, field->sql, ""), field->type);
}

/* A key of the jsonb column custom: of the type that custom_field declares for it, else text. */
static Field *
custom_field(FromClause *from, const Source *source, const char *alias, const char *name,
			 const char *key)
{
	SourceColumn *custom = source_column(source, "custom");
	MemoryContext caller;
	const char *object;
	const CustomType *type;
	StringInfoData literal;
	Field *field;

	if (custom == NULL || custom->base_type != JSONBOID || *key == '\0')
		return NULL;
	object = own_column(from, alias, "custom");
	initStringInfo(&literal);
	append_text_literal(&literal, key);
	caller = MemoryContextSwitchTo(from->context);
	type = find_custom_type(source, key, from->custom);
	MemoryContextSwitchTo(caller);
	if (type == NULL)
		field = make_field(name, psprintf("(%s OPERATOR(pg_catalog.->>) %s)", object, literal.data),
						   TEXTOID);
	else
		field = make_field(
			name,
			psprintf("opportunities_internal.%s(%s, %s)", type->function, object, literal.data),
			type->type);
	field->collation = get_typcollation(field->type);
	field->json = psprintf("(%s OPERATOR(pg_catalog.->) %s)", object, literal.data);
	field->mixed = is_mixed_type(source, key, from->custom);
	return field;
}

/*
 * Find what a name stands for: a column, a computed field, a key of custom, or a column of a
 * related row. NULL where there is no such field; end then says where the search ended.
 */
Field *
find_field(FromClause *from, const char *name, DeadEnd *end)
{
	Source *source = from->source;
	const char *alias = from->alias;
	const char *rest = name;
	char *there = NULL;

	for (int hops = 0; hops <= MAX_HOPS; hops++)
	{
		SourceColumn *column = source_column(source, rest);
		const char *dot = strchr(rest, '.');
		char *step;
		Link *link;
		FieldJoin *join;
		Field *field;

		if (hops == 0 && strcmp(rest, "state") == 0 && has_own_state(source))
			return computed_field(from, rest);
		if (column != NULL)
		{
			field = make_field(name, own_column(from, alias, column->name), column->type);
			field->plain = true;
			field->there = there;
			field->collation = foreign_collation(column);
			if (source == from->source)
			{
				field->collation = column->collation;
				field->column = column;
				field->choices = column->name;
				field->not_null = column->not_null;
			}
			return field;
		}
		if (dot == NULL)
		{
			field = hops == 0 ? computed_field(from, rest) : NULL;
			if (field == NULL)
				break;
			return field;
		}

		step = pnstrdup(rest, dot - rest);
		if (strcmp(step, "custom") == 0)
		{
			field = custom_field(from, source, alias, name, dot + 1);
			if (field == NULL)
				break;
			field->there = there;
			if (source == from->source)
				field->choices = rest;
			return field;
		}
		link = user_name_link(source, rest);
		if (link != NULL)
			return user_name_field(from, alias, name, link);
		link = source_link(source, step);
		if (link == NULL)
			break;
		if (from->use_subselects)
			return scalar_field(from, name, link, dot + 1, end);
		join = join_link(from, pnstrdup(name, dot - name), alias, link);
		source = join->source;
		alias = join->alias;
		there = psprintf("%s IS NOT NULL", sql_column(alias, linitial(link->foreign)));
		rest = dot + 1;
	}

	if (end != NULL)
	{
		end->source = source;
		end->alias = alias;
		end->rest = rest;
	}
	return NULL;
}

/* The names that exist where the search for a name ended, for a hint. */
List *
known_fields(const FromClause *from, const char *name, const DeadEnd *end)
{
	char *prefix = pnstrdup(name, strlen(name) - strlen(end->rest));
	List *known = NIL;
	ListCell *cell;

	foreach (cell, column_names(end->source))
		known = lappend(known, psprintf("%s%s", prefix, (char *) lfirst(cell)));
	if (end->source == from->source)
		known = list_concat(known, computed_names(end->source));
	return known;
}

/* Report that a name is no field, as it is written where it leads to the rows of a query. */
static void
unknown_field_of(const FromClause *from, const char *name, List *known)
{
	ListCell *cell;

	for (; from->outer != NULL; from = from->outer)
	{
		name = psprintf("%s.%s", from->path, name);
		foreach (cell, known)
			lfirst(cell) = psprintf("%s.%s", from->path, (char *) lfirst(cell));
	}
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("\"%s\" has no field \"%s\"", from->source->name, name),
					errhint_nearest(name, known), err_code("unknown_field"), err_field(name)));
}

/* A field that must be there, or the label of one. */
Field *
need_field(FromClause *from, const char *name)
{
	DeadEnd end;
	Field *field = find_field(from, name, &end);

	if (field == NULL)
		field = label_field(from, name);
	if (field == NULL)
		unknown_field_of(from, name, known_fields(from, name, &end));
	return field;
}
