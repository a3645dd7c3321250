/* Advice of check_crm on indexes that the pages of mapped relations lack. */
#include "postgres.h"

#include "crm/check.h"

#include "access/relation.h"
#include "base/compat.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "fields/origin.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "query/cards.h"
#include "query/keyset.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/*
 * Which indexes the pages of a relation lack whose tables are somebody else's. The planner knows:
 * it is asked for a page, with all sorting made as dear as can be.
 */

/* A table of fewer rows is sorted soon enough. */
#define FEW_ROWS 10000

/* An order in which pages are read. */
typedef struct Order
{
	const char *of; /* what has it */
	List *equal;	/* names of columns that all its rows have in common */
	List *sort;
} Order;

/* A query for a page in an order, whose parameters are the values that its rows have in common. */
static char *
page_sql(Source *source, const Order *order, Params *params)
{
	FromClause *from = open_from(source);
	List *keys = sort_keys(from, order->sort);
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT o.id FROM %s AS o WHERE true", source->sql);
	foreach (cell, order->equal)
	{
		Field *field = need_field(from, lfirst(cell));

		appendStringInfo(&sql, " AND %s", field->sql);
		append_operator(&sql, field_equality(field));
		append_datum(&sql, params, (Datum) 0, field->type);
	}
	appendStringInfo(&sql, " ORDER BY %s LIMIT 50", order_by(keys, false));
	return sql.data;
}

/* Whether rows come from a plan in the order in which indexes give them. */
static bool
comes_ordered(const Plan *plan)
{
	ListCell *cell;

	while (plan != NULL && (IsA(plan, Limit) || IsA(plan, Result) || IsA(plan, NestLoop) ||
							IsA(plan, SubqueryScan)))
		plan = IsA(plan, SubqueryScan) ? ((const SubqueryScan *) plan)->subplan : plan->lefttree;
	if (plan == NULL)
		return true;
	if (!IsA(plan, MergeAppend))
		return !IsA(plan, Sort);
	foreach (cell, ((const MergeAppend *) plan)->mergeplans)
	{
		if (!comes_ordered(lfirst(cell)))
			return false;
	}
	return true;
}

/* Whether an index can serve an order. */
static bool
is_served(Source *source, const Order *order)
{
	static const char *const without[] = {"enable_sort", "enable_seqscan", "enable_bitmapscan"};
	Params params = {0};
	char *sql = page_sql(source, order, &params);
	int level = NewGUCNestLevel();
	SPIPlanPtr plan;
	CachedPlan *cached;
	bool served;

	for (int i = 0; i < lengthof(without); i++)
		plan_without(without[i]);
	plan = SPI_prepare(sql, params.count, params.types);
	cached = plan_params_query(plan, sql, &params);
	served = comes_ordered(linitial_node(PlannedStmt, cached->stmt_list)->planTree);
	ReleaseCachedPlan(cached, NULL);
	(void) SPI_freeplan(plan);
	AtEOXact_GUC(true, level);
	return served;
}

/* Append a column of an index for a column of a relation. Returns false where none can have it. */
static bool
append_index_column(StringInfo sql, Source *source, const SourceColumn *column, Origin *table)
{
	Origin *origin = column == NULL ? NULL : column_origin(source->relid, column->number);
	List *context;
	char *text;

	if (origin == NULL || contain_mutable_functions(origin->expression) ||
		(table->place != NULL && strcmp(table->place, origin->place) != 0))
		return false;
	*table = *origin;
	context = deparse_context_for(get_rel_name(origin->relid), origin->relid);
	text = deparse_expression(origin->expression, context, false, false);
	appendStringInfo(sql, IsA(origin->expression, Var) ? "%s%s" : "%s(%s)",
					 sql->len > 0 ? ", " : "", text);
	return true;
}

/* The index that would serve an order; NULL: it is not of the columns of one table. */
static char *
index_sql(Source *source, const Order *order, Origin *table)
{
	StringInfoData columns;
	ListCell *cell;

	initStringInfo(&columns);
	foreach (cell, order->equal)
	{
		if (!append_index_column(&columns, source, source_column(source, lfirst(cell)), table))
			return NULL;
	}
	foreach (cell, sort_keys(open_from(source), order->sort))
	{
		const SortKey *key = lfirst(cell);

		if (!append_index_column(&columns, source, key->field->column, table))
			return NULL;
		if (key->descending)
			appendStringInfoString(&columns, key->field->not_null ? " DESC" : " DESC NULLS LAST");
	}
	return psprintf("CREATE INDEX ON %s (%s);", sql_relation(table->relid), columns.data);
}

static bool
has_many_rows(Oid relid)
{
	Relation relation = relation_open(relid, AccessShareLock);
	bool many = relation->rd_rel->reltuples >= FEW_ROWS;

	relation_close(relation, NoLock);
	return many;
}

/* Tell how to make the index that an order lacks. */
static void
advise_order(Source *source, const Order *order)
{
	Origin table = {0};
	char *sql = index_sql(source, order, &table);

	if (!OidIsValid(table.relid) || !has_many_rows(table.relid) || is_served(source, order))
		return;
	ereport(NOTICE,
			(errmsg("no index has the order of %s of \"%s\"", order->of, source->name),
			 sql != NULL
				 ? errhint("Run: %s", sql)
				 : errhint("It is made of several tables, or of what isn't immutable: order "
						   "by columns of one table, or see to it in the view.")));
}

/* Tell which indexes the pages of a relation lack. */
void
advise_orders(Source *source)
{
	BoardArgs args = {.selection.source = source};
	List *of_column = list_make1("stage_id");
	Order orders[] = {{"lists", NIL, newest_first(source)},
					  {"open columns", of_column, card_order(&args, false)},
					  {"final columns", of_column, card_order(&args, true)}};

	for (int i = 0; i < lengthof(orders); i++)
		advise_order(source, &orders[i]);
}
