/* The FROM clause of a query: a relation, and joins for fields of related rows. */
#include "postgres.h"

#include "fields/from.h"

#include "base/arrays.h"
#include "base/citus.h"
#include "base/sqltext.h"
#include "settings/tenant.h"

/* Start a query over a relation, whose alias is o. */
FromClause *
open_from(Source *source)
{
	FromClause *from = palloc0(sizeof(FromClause));

	from->source = source;
	from->alias = "o";
	from->alias_counter = palloc0(sizeof(int));
	from->custom = palloc0(sizeof(CustomFields));
	initStringInfo(&from->joins);
	from->context = CurrentMemoryContext;
	return from;
}

/* Start a sub-select over a relation in a query, with an alias of its own. */
FromClause *
open_inner_from(const FromClause *outer, Source *source)
{
	FromClause *from = open_from(source);

	from->alias_counter = outer->alias_counter;
	from->custom = outer->custom;
	from->params = outer->params;
	from->any_tenant = outer->any_tenant;
	from->context = outer->context;
	from->alias = psprintf("s%d", ++*from->alias_counter);
	return from;
}

/* Append the condition that a row of a linked relation is the one that a row leads to. */
void
append_link(StringInfo sql, const Link *link, const char *alias, const char *linked)
{
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		SourceColumn *column = lfirst(local);

		if (local != list_head(link->local))
			appendStringInfoString(sql, " AND ");
		if (link->many)
			appendStringInfoString(sql, sql_column(alias, column->name));
		else
			appendStringInfoString(sql, sql_column(linked, lfirst(foreign)));
		append_operator(sql, lfirst_oid(operator_cell));
		if (link->many)
			appendStringInfoString(sql, sql_column(linked, lfirst(foreign)));
		else
			appendStringInfoString(sql, sql_column(alias, column->name));
	}
}

/*
 * Append that rows which a link leads to are the tenant's, where the link doesn't say it: one that
 * goes by names; and in a query for one tenant's rows on Citus, which through a sub-select or an
 * outer join doesn't see it.
 */
void
append_same_tenant(StringInfo sql, const FromClause *from, const Link *link, const char *alias)
{
	if (link->by_name || (!from->any_tenant && on_citus()))
		append_tenant(sql, link->relid, alias);
}

/* A column of an alias of a query, noted where it is one of the relation itself. */
char *
own_column(FromClause *from, const char *alias, const char *name)
{
	MemoryContext caller;

	if (strcmp(alias, from->alias) != 0 || has_string(from->columns, name))
		return sql_column(alias, name);
	caller = MemoryContextSwitchTo(from->context);
	from->columns = lappend(from->columns, pstrdup(name));
	MemoryContextSwitchTo(caller);
	return sql_column(alias, name);
}

/* Note that the user's rights on a relation decided on what a field is. */
void
note_rights(FromClause *from, Oid relid)
{
	MemoryContext caller = MemoryContextSwitchTo(from->context);

	from->custom->rights = list_append_unique_oid(from->custom->rights, relid);
	MemoryContextSwitchTo(caller);
}

/* Append the condition of a link out of an alias of a query, and note the columns that it reads. */
static void
append_own_link(StringInfo sql, FromClause *from, const Link *link, const char *alias,
				const char *linked)
{
	ListCell *cell;

	foreach (cell, link->local)
		(void) own_column(from, alias, ((SourceColumn *) lfirst(cell))->name);
	append_link(sql, link, alias, linked);
	append_same_tenant(sql, from, link, linked);
}

/* The join that a query has already for a path, or NULL. */
FieldJoin *
find_join(const FromClause *from, const char *path)
{
	ListCell *cell;

	foreach (cell, from->joined)
	{
		FieldJoin *join = lfirst(cell);

		if (strcmp(join->path, path) == 0)
			return join;
	}
	return NULL;
}

/* Note a join whose SQL the caller appends. */
FieldJoin *
add_join(FromClause *from, const char *path, Oid relid)
{
	MemoryContext caller = MemoryContextSwitchTo(from->context);
	FieldJoin *join = palloc(sizeof(FieldJoin));

	join->path = pstrdup(path);
	join->alias = psprintf("j%d", ++*from->alias_counter);
	join->source = open_source(relid);
	from->joined = lappend(from->joined, join);
	MemoryContextSwitchTo(caller);
	return join;
}

/* The join for a link out of an alias, made when it is first asked for. */
FieldJoin *
join_link(FromClause *from, const char *path, const char *alias, const Link *link)
{
	FieldJoin *join = find_join(from, path);

	if (join != NULL)
		return join;
	join = add_join(from, path, link->relid);
	appendStringInfo(&from->joins, " LEFT JOIN %s AS %s ON ", join->source->sql, join->alias);
	append_own_link(&from->joins, from, link, alias, join->alias);
	return join;
}

/*
 * A sub-select of an expression over the rows of a linked relation, whose query is inner; rest is
 * what follows the condition.
 */
char *
linked_select(FromClause *from, const Link *link, const FromClause *inner, const char *expression,
			  const char *rest)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT %s FROM %s AS %s%s WHERE ", expression, inner->source->sql,
					 inner->alias, inner->joins.data);
	append_own_link(&sql, from, link, from->alias, inner->alias);
	appendStringInfo(&sql, "%s)", rest);
	return sql.data;
}
