/* Advice of check_crm on policies that are filters. */
#include "postgres.h"

#include "base/function_name.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "filter/filter.h"
#include "filter/saved_filter.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A policy whose expressions are looked through. */
typedef struct Policy
{
	const char *name;
	Source *table;
	char *expressions;
	bool told;
} Policy;

/* Say that a definition means other rows for other readers. */
static void
advise_rules(Policy *policy, Jsonb *rules)
{
	FilterContext context = {.source = policy->table, .alias = "o", .collect = true};

	(void) compile_filter(&context, rules);
	if (context.by_reader == NIL || policy->told)
		return;
	policy->told = true;
	ereport(NOTICE,
			(errmsg("policy \"%s\" of table \"%s\" depends on settings of who reads", policy->name,
					policy->table->name),
			 errdetail("At %s it takes their time zone, calendar, week or fiscal year.",
					   (char *) linitial(context.by_reader)),
			 errhint("Let a period say its own, as {\"period\": \"THIS_MONTH\", \"calendar\": "
					 "\"gregorian\", \"time_zone\": \"UTC\"}, and a moment its zone.")));
}

/* Whether a function is matches or matches_rules. */
static bool
calls_filter(Oid function)
{
	return is_function(function, "opportunities", "matches") ||
		   is_function(function, "opportunities", "matches_rules");
}

/* Look for filters in an expression: those that are constants, as policies have them. */
static bool
find_filters(Node *node, void *arg)
{
	Policy *policy = arg;
	FuncExpr *call = (FuncExpr *) node;
	Const *filter;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_filters, arg, 0);
	if (!IsA(node, FuncExpr) || !calls_filter(call->funcid) || list_length(call->args) < 2 ||
		!IsA(lsecond(call->args), Const))
		return expression_tree_walker(node, find_filters, arg);

	filter = lsecond_node(Const, call->args);
	if (filter->constisnull)
		return false;
	if (filter->consttype == JSONBOID)
		advise_rules(policy, DatumGetJsonbP(filter->constvalue));
	else if (filter->consttype == TEXTOID)
	{
		Jsonb *rules =
			look_up_filter(policy->table, TextDatumGetCString(filter->constvalue), false);

		if (rules != NULL)
			advise_rules(policy, rules);
	}
	return false;
}

/* Look through one policy. */
static void
run_policy(Check *check, void *arg)
{
	Policy *policy = arg;

	(void) find_filters(stringToNode(policy->expressions), policy);
}

/* A policy means the same rows for everybody only where its filters say how they count days. */
void
advise_policies(Check *check)
{
	(void) run_query(
		psprintf("SELECT p.polname, p.polrelid, "
				 "pg_catalog.concat('(', p.polqual::pg_catalog.text, ' ', "
				 "p.polwithcheck::pg_catalog.text, ')') FROM pg_catalog.pg_policy AS p "
				 "JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.polrelid "
				 "WHERE c.relnamespace OPERATOR(pg_catalog.=) %u ORDER BY c.relname, p.polname",
				 check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *table = copy_value(CurrentMemoryContext, row, 2);
		Policy policy = {.name = copy_value(CurrentMemoryContext, row, 1),
						 .table = open_source(strtoul(table, NULL, 10))};

		ErrorData *error;

		policy.expressions = copy_value(CurrentMemoryContext, row, 3);
		error = try_check(check, run_policy, &policy, ERRCODE_DATA_EXCEPTION);
		if (error != NULL)
			ereport(NOTICE,
					(errmsg("policy \"%s\" of table \"%s\" has a filter that can't be read: %s",
							policy.name, policy.table->name, error->message)));
	}
}
