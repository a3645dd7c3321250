/* Which fields the user may read. */
#include "postgres.h"

#include "fields/readable.h"

#include "base/compat.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fields/named_field.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

/*
 * Which fields the user may read: a field can stand for columns of many tables, and a view may ask
 * for rights on those below it. So a query for the fields is rewritten, as if it were to be run,
 * and the server's own check is asked about each table that it reads then.
 */

/* Whether a query, or one within it, asks for rights that the user doesn't have. */
static bool
is_forbidden(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return !has_query_rights((Query *) node) ||
			   query_tree_walker((Query *) node, is_forbidden, context, 0);
	return expression_tree_walker(node, is_forbidden, context);
}

/* A query for fields of a relation, with what another one over it knows of custom fields. */
static char *
fields_query(const FromClause *like, List *names)
{
	FromClause *from = open_from(like->source);
	StringInfoData sql;
	ListCell *cell;

	from->custom = like->custom;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT true");
	foreach (cell, names)
		appendStringInfo(&sql, ", %s", need_field(from, lfirst(cell))->sql);
	appendStringInfo(&sql, " FROM %s AS o%s", from->source->sql, from->joins.data);
	return sql.data;
}

/* Whether the user may run a query. */
static bool
may_run(const char *sql)
{
	MemoryContext caller = CurrentMemoryContext;
	SPIPlanPtr plan = SPI_prepare(sql, 0, NULL);
	bool allowed = true;
	ListCell *cell;

	if (plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
	foreach (cell, ((CachedPlanSource *) linitial(SPI_plan_get_plan_sources(plan)))->query_list)
		allowed = allowed && !is_forbidden(lfirst(cell), NULL);
	(void) SPI_freeplan(plan);
	MemoryContextSwitchTo(caller); /* SPI leaves its own */
	return allowed;
}

/* The fields that the user may read, found by halves where not all are. */
static List *
readable(const FromClause *from, List *names)
{
	int half = list_length(names) / 2;

	CHECK_FOR_INTERRUPTS();
	if (names == NIL || may_run(fields_query(from, names)))
		return names;
	if (half == 0)
		return NIL;
	return list_concat(readable(from, list_copy_head(names, half)),
					   readable(from, list_copy_tail(names, half)));
}

List *
readable_fields(const FromClause *from, List *names)
{
	MemoryContext caller = CurrentMemoryContext;
	List *found;

	SPI_connect();
	MemoryContextSwitchTo(caller);
	found = readable(from, names);
	SPI_finish();
	return found;
}

/* Whether the user may read columns of a relation, those of a view with what is below it. */
bool
may_read_all(Source *source, List *names)
{
	ListCell *cell;

	foreach (cell, names)
	{
		if (!may_select(source, lfirst(cell)))
			return false;
	}
	return get_rel_relkind(source->relid) != RELKIND_VIEW ||
		   list_length(readable_fields(open_from(source), names)) == list_length(names);
}
