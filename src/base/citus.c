/* Citus, an extension that spreads tables over servers: whether it plans, and what it must see. */
#include "postgres.h"

#include "base/citus.h"

#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/* Whether the database has Citus. */
bool
on_citus(void)
{
	return GetConfigOption("citus.version", true, false) != NULL &&
		   OidIsValid(get_extension_oid("citus", true));
}

/* Whether another server of Citus has opened the session, for its parts of statements. */
bool
serves_citus(void)
{
	const char *name = GetConfigOption("application_name", true, false);

	return name != NULL && strncmp(name, "citus_internal", strlen("citus_internal")) == 0 &&
		   on_citus();
}

/*
 * Options of a cursor whose plan is made once, for any values of its parameters. Citus chooses
 * servers by the values, so that there each call is planned with them.
 */
int
for_any_values(int options)
{
	return on_citus() ? options : options | CURSOR_OPT_GENERIC_PLAN;
}

/* Set something for Citus until the level of settings ends. */
static void
set_for_citus(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

/*
 * Let queries be asked by a part of a statement that another server has sent here, until the level
 * of settings ends. Citus refuses them, since it can't tell that what they read is here as well.
 */
int
allow_nested_queries(void)
{
	int level = NewGUCNestLevel();

	if (on_citus())
		set_for_citus("citus.allow_nested_distributed_execution", "on");
	return level;
}

/*
 * Let tables whose rows are on other servers be altered by many statements, and their triggers be
 * switched, made and dropped, until the level of settings ends. Citus takes any trigger for one
 * that asks other servers; ours ask their own, and others were let in when the tables were
 * distributed. Rows that it has asked for by many connections couldn't be altered by one.
 */
int
allow_alterations(void)
{
	int level = NewGUCNestLevel();

	if (on_citus())
	{
		set_for_citus("citus.enable_unsafe_triggers", "on");
		set_for_citus("citus.multi_shard_modify_mode", "sequential");
	}
	return level;
}

/* Whether rows that are written must be such as a view shows. */
static bool
has_check_option(const Query *query)
{
	ListCell *cell;

	foreach (cell, query->withCheckOptions)
	{
		if (lfirst_node(WithCheckOption, cell)->kind == WCO_VIEW_CHECK)
			return true;
	}
	return false;
}

/* What a statement writes, and gives back, by the names of the table: those of a view are others.
 */
static void
name_as_table(Query *query, RangeTblEntry *table)
{
	ListCell *cell;

	/* Beside another relation what is returned is written with its name, and a shard's is another.
	 */
	if (table->alias == NULL)
		table->alias = makeAlias(table->eref->aliasname, NIL);
	foreach (cell, query->targetList)
	{
		TargetEntry *target = lfirst(cell);

		if (!target->resjunk)
			target->resname = get_attname(table->relid, target->resno, false);
	}
}

/*
 * Let a statement that writes through a view be one that writes to the table below, as the server
 * has made of it already: Citus takes what stands first for what is written. It applies no check
 * option, and would not know what EXCLUDED is.
 */
void
write_to_table(Query *query)
{
	int written = query->resultRelation;
	RangeTblEntry *view;
	RangeTblEntry *table;

	if (written <= 1 || query->commandType == CMD_MERGE || query->onConflict != NULL ||
		has_check_option(query))
		return;
	view = linitial(query->rtable);
	table = rt_fetch(written, query->rtable);
	if (view->relkind != RELKIND_VIEW)
		return;
	ChangeVarNodes((Node *) query, written, 1, 0);
	linitial(query->rtable) = table;
	list_nth_cell(query->rtable, written - 1)->ptr_value = view;
	table->inFromCl = false;
	name_as_table(query, table);
}
