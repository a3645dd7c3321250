/* Dotted names in filters: where they lead. */
#include "postgres.h"

#include "filter/filter_path.h"

#include "fields/user.h"

/* Whether a name crosses more keys than a query should. */
bool
crosses_too_many(const Scope *scope, const char *name)
{
	int dots = scope->hops;

	for (const char *at = name; *at != '\0' && strncmp(at, "custom.", 7) != 0; at++)
		dots += *at == '.';
	return dots > MAX_HOPS;
}

/* The link that a name takes first from a row, or NULL. */
static Link *
first_step(const Scope *scope, const char *name, const char **rest)
{
	const char *dot = strchr(name, '.');
	char *step;

	if (dot == NULL)
		return NULL;
	step = pnstrdup(name, dot - name);
	*rest = dot + 1;
	return strcmp(step, "custom") == 0 ? NULL : source_link(scope->from->source, step);
}

/* Whether a name leads from a relation to rows that refer to it, or to a related row. */
static bool
leads_to_many(Source *source, const char *name)
{
	const char *dot;
	Link *link;

	while ((dot = strchr(name, '.')) != NULL && source_column(source, name) == NULL)
	{
		char *step = pnstrdup(name, dot - name);

		if (strcmp(step, "custom") == 0)
			return false;
		link = source_link(source, step);
		if (link == NULL)
			return many_link(source, step) != NULL;
		source = open_source(link->relid);
		name = dot + 1;
	}
	return false;
}

/* Find out where a name leads. */
static void
follow_path(const Scope *scope, const char *name, Path *path)
{
	DeadEnd end = {0};
	const char *rest;
	const char *dot;

	path->from = scope->from->alias;
	path->link = scope->from->use_subselects ? first_step(scope, name, &rest) : NULL;
	if (path->link != NULL)
	{
		path->length = rest - name;
		path->target = open_source(path->link->relid);
		path->exists = leads_to_many(path->target, rest);
		return;
	}

	if (find_field(scope->from, name, &end) != NULL || (dot = strchr(end.rest, '.')) == NULL)
		return;
	path->link = many_link(end.source, pnstrdup(end.rest, dot - end.rest));
	if (path->link == NULL)
		return;
	path->from = end.alias;
	path->length = dot + 1 - name;
	path->target = open_source(path->link->relid);
	path->exists = true;
}

/* The path of a name that leads to rows that only a sub-select reaches; NULL: there is none. */
Path *
find_path(Scope *scope, const char *name)
{
	const char *dot = strrchr(name, '.');
	Path *path;
	ListCell *cell;

	if (scope->from == NULL || dot == NULL || source_column(scope->from->source, name) != NULL ||
		user_name_link(scope->from->source, name) != NULL)
		return NULL;
	foreach (cell, scope->paths)
	{
		path = lfirst(cell);
		if (strncmp(path->name, name, dot - name) == 0 && path->name[dot - name] == '\0')
			return path->link == NULL ? NULL : path;
	}
	path = palloc0(sizeof(Path));
	path->name = pnstrdup(name, dot - name);
	follow_path(scope, name, path);
	scope->paths = lappend(scope->paths, path);
	return path->link == NULL ? NULL : path;
}

/*
 * The links that a name takes to the rows of its last step, to one row at a time and then to many;
 * NIL: it doesn't lead to many rows.
 */
List *
links_to_rows(Scope *scope, const char *name)
{
	Source *source;
	List *links = NIL;
	Path *path;

	if (scope->from == NULL || source_column(scope->from->source, name) != NULL)
		return NIL;
	path = find_path(scope, psprintf("%s.", name));
	if (path == NULL || !path->exists)
		return NIL;

	source = scope->from->source;
	for (;;)
	{
		const char *dot = strchr(name, '.');
		char *step = dot == NULL ? pstrdup(name) : pnstrdup(name, dot - name);
		Link *link =
			links != NIL && ((Link *) llast(links))->many ? NULL : source_link(source, step);

		if (link == NULL)
			link = many_link(source, step);
		if (link == NULL)
			return NIL;
		links = lappend(links, link);
		if (dot == NULL)
			return link->many ? links : NIL;
		source = open_source(link->relid);
		name = dot + 1;
	}
}

/* Where fields of the rows that a path leads to are looked up. */
Scope
open_scope(Scope *outer, const Path *path)
{
	return (Scope){.outer = outer,
				   .hops = outer->hops,
				   .from = open_inner_from(outer->from, path->target),
				   .prefix =
					   psprintf("%s%s.", outer->prefix, pnstrdup(path->name, path->length - 1))};
}
