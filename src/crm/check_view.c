/* check_crm, and upgrade_crm: views and functions against those of the definition. */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "base/compat.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "crm/check.h"
#include "crm/mend.h"
#include "crm/remake.h"
#include "executor/functions.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "parser/parse_type.h"
#include "rewrite/rewriteSupport.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/* What problems of views, or of functions, are called. */
typedef struct QueryKind
{
	const char *name;
	const char *missing;
	const char *changed;
} QueryKind;

static const QueryKind view_kind = {
	.name = "view",
	.missing = "view_missing",
	.changed = "view_changed",
};

static const QueryKind function_kind = {
	.name = "function",
	.missing = "function_missing",
	.changed = "function_changed",
};

/* What a view shows. */
static Query *
stored_query(Relation rel)
{
	for (int i = 0; rel->rd_rules != NULL && i < rel->rd_rules->numLocks; i++)
		if (rel->rd_rules->rules[i]->event == CMD_SELECT)
			return copyObject(linitial_node(Query, rel->rd_rules->rules[i]->actions));
	elog(ERROR, "relation %u has no query", RelationGetRelid(rel));
}

/* What the definition says that a view shows. */
static Query *
wanted_query(const Check *check, const ViewStmt *statement)
{
	RawStmt *raw = makeNode(RawStmt);

	raw->stmt = copyObject(statement->query);
	raw->stmt_location = -1;
	return parse_analyze_fixedparams(raw, check->definition, NULL, 0, NULL);
}

/* Whether a view keeps its columns and gets more, if any, behind them. */
static bool
keeps_columns(TupleDesc desc, List *targets)
{
	int number = 0;
	ListCell *cell;

	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		Node *value = (Node *) target->expr;
		Form_pg_attribute column;

		if (target->resjunk || number == desc->natts)
			continue;
		column = TupleDescAttr(desc, number++);
		if (strcmp(NameStr(column->attname), target->resname) != 0 ||
			column->atttypid != exprType(value) || column->atttypmod != exprTypmod(value) ||
			column->attcollation != exprCollation(value))
			return false;
	}
	return number == desc->natts;
}

/* Whether a view has a column that the definition's hasn't. */
static bool
has_own_columns(TupleDesc desc, List *targets)
{
	for (int i = 0; i < desc->natts; i++)
	{
		bool found = false;
		ListCell *cell;

		foreach (cell, targets)
			found |= strcmp(lfirst_node(TargetEntry, cell)->resname,
							NameStr(TupleDescAttr(desc, i)->attname)) == 0;
		if (!found)
			return true;
	}
	return false;
}

/* How a view that is there compares to the definition's. */
typedef enum Likeness
{
	SAME,
	SAME_COLUMNS, /* another query, which can take its place */
	OTHER,
	OWN /* it has columns that its owner gave it */
} Likeness;

static Likeness
compare_view(const Check *check, Oid relid, const ViewStmt *statement)
{
	Relation rel = table_open(relid, AccessShareLock);
	Query *wanted = wanted_query(check, statement);
	Likeness likeness = OTHER;

	if (strcmp(pg_get_querydef(wanted, false), pg_get_querydef(stored_query(rel), false)) == 0)
		likeness = SAME;
	else if (keeps_columns(RelationGetDescr(rel), wanted->targetList))
		likeness = SAME_COLUMNS;
	else if (has_own_columns(RelationGetDescr(rel), wanted->targetList))
		likeness = OWN;
	table_close(rel, AccessShareLock);
	return likeness;
}

/* The queries of a function that is there, or NIL. */
static List *
stored_body(HeapTuple tuple)
{
	bool isnull;
	Datum body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &isnull);

	return isnull ? NIL
				  : linitial_node(List, castNode(List, stringToNode(TextDatumGetCString(body))));
}

/* Whether a function has the parameters of the definition, results included. */
static bool
same_parameters(HeapTuple tuple, const CreateFunctionStmt *statement)
{
	Oid *types;
	char **names;
	char *modes;
	int count = get_func_arg_info(tuple, &types, &names, &modes);
	int number = 0;
	ListCell *cell;

	if (count != list_length(statement->parameters) || names == NULL)
		return false;
	foreach (cell, statement->parameters)
	{
		FunctionParameter *parameter = lfirst_node(FunctionParameter, cell);
		bool result = parameter->mode == FUNC_PARAM_TABLE;

		if (strcmp(parameter->name, names[number]) != 0 ||
			typenameTypeId(NULL, parameter->argType) != types[number] ||
			result != (modes != NULL && modes[number] == PROARGMODE_TABLE))
			return false;
		number++;
	}
	return true;
}

/* Whether a function is as volatile as the definition's. */
static bool
same_volatility(Form_pg_proc form, const CreateFunctionStmt *statement)
{
	ListCell *cell;

	foreach (cell, statement->options)
	{
		DefElem *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "volatility") == 0)
			return form->provolatile == *strVal(option->arg);
	}
	return true;
}

/* Whether the queries of a function are those of the definition. */
static bool
same_body(const Check *check, HeapTuple tuple, const CreateFunctionStmt *statement)
{
	SQLFunctionParseInfoPtr parameters = prepare_sql_fn_parse_info(tuple, NULL, InvalidOid);
	List *stored = stored_body(tuple);
	List *wanted = linitial_node(List, castNode(List, statement->sql_body));

	if (list_length(stored) != list_length(wanted))
		return false;
	for (int i = 0; i < list_length(wanted); i++)
	{
		ParseState *pstate = make_parsestate(NULL);
		Query *query;

		pstate->p_sourcetext = check->definition;
		sql_fn_parser_setup(pstate, parameters);
		query = transformStmt(pstate, copyObject(list_nth(wanted, i)));
		free_parsestate(pstate);
		if (strcmp(pg_get_querydef(query, false),
				   pg_get_querydef(copyObject(list_nth_node(Query, stored, i)), false)) != 0)
			return false;
	}
	return true;
}

static Likeness
compare_function(const Check *check, Oid function, const CreateFunctionStmt *statement)
{
	HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Likeness likeness = SAME;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	if (!same_parameters(tuple, statement))
		likeness = OTHER;
	else if (!same_volatility((Form_pg_proc) GETSTRUCT(tuple), statement) ||
			 !same_body(check, tuple, statement))
		likeness = SAME_COLUMNS;
	ReleaseSysCache(tuple);
	return likeness;
}

static Likeness
compare(const Check *check, Oid object, Node *statement)
{
	if (IsA(statement, ViewStmt))
		return compare_view(check, object, (ViewStmt *) statement);
	return compare_function(check, object, (CreateFunctionStmt *) statement);
}

/* A comparison that may fail. */
typedef struct Comparison
{
	Oid object;
	Node *statement;
	Likeness likeness;
} Comparison;

static void
run_comparison(Check *check, void *arg)
{
	Comparison *comparison = arg;

	comparison->likeness = compare(check, comparison->object, comparison->statement);
}

/* What stands on tables that are changed may be such that the definition's query is none there. */
static Likeness
try_compare(Check *check, Oid object, Node *statement)
{
	Comparison comparison = {.object = object, .statement = statement, .likeness = OTHER};

	if (check->partial || check->differs)
		return SAME;
	if (check->mode == CHECK_TELL)
		(void) try_check(check, run_comparison, &comparison,
						 ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION);
	else
		run_comparison(check, &comparison);
	return comparison.likeness;
}

/*
 * Replace a view or function that differs: by CREATE OR REPLACE, or by dropping and making it
 * again.
 */
static void
check_likeness(Check *check, const QueryKind *kind, const char *name, Oid object, Node *statement)
{
	char *problem = psprintf("the %s is not the one that create_crm makes", kind->name);
	Node *replacement = copyObject(statement);

	switch (try_compare(check, object, statement))
	{
		case SAME:
			return;
		case SAME_COLUMNS:
			if (IsA(replacement, ViewStmt))
				((ViewStmt *) replacement)->replace = true;
			else
				((CreateFunctionStmt *) replacement)->replace = true;
			if (check->mode == CHECK_MEND)
				keep(check, object, statement);
			tell_difference(check, kind->changed, name, problem, list_make1(replacement));
			note_made(check, name, NULL);
			break;
		case OTHER:
			if (check->mode == CHECK_MEND)
				drop_standing(check, object, statement);
			tell_difference(check, kind->changed, name, problem, list_make1(statement));
			note_made(check, name, NULL);
			break;
		case OWN:
			tell_difference(check, kind->changed, name, "the view has columns of its owner's own",
							NIL);
			return;
	}
	if (check->mode == CHECK_MEND)
		give_back(check, statement);
}

/* A view or function that isn't there, or was dropped since it stood on another. */
static void
make_query(Check *check, const QueryKind *kind, const char *name, Node *statement)
{
	if (check->mode == CHECK_TELL)
		check->partial = true;
	if (is_remade(check, name))
		tell_difference(check, kind->changed, name,
						psprintf("the %s stands on one that is made anew", kind->name),
						list_make1(statement));
	else
		tell_difference(check, kind->missing, name, psprintf("the %s is missing", kind->name),
						list_make1(statement));
	note_made(check, name, NULL);
	if (check->mode == CHECK_MEND)
		give_back(check, statement);
}

/* A view must be there, and show each role what that may see, not what the view's owner may. */
void
check_view(Check *check, ViewStmt *statement)
{
	const char *view = statement->view->relname;
	Oid relid = get_relname_relid(view, check->schema);
	bool is_view = OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_VIEW;
	Relation rel;
	bool invoker;

	if (OidIsValid(relid) && !is_view && check->mode != CHECK_TELL)
		refuse_upgrade(check, psprintf("%s is not a view.", object_name(check, view)));
	if (!is_view)
	{
		make_query(check, &view_kind, view, (Node *) statement);
		return;
	}
	check_likeness(check, &view_kind, view, relid, (Node *) statement);

	rel = table_open(get_relname_relid(view, check->schema), AccessShareLock);
	invoker = RelationHasSecurityInvoker(rel);
	table_close(rel, AccessShareLock);
	if (!invoker)
		tell_difference(
			check, "view_not_invoker", view,
			"it is not security_invoker: it shows what its owner may see",
			remedy("ALTER VIEW %s SET (security_invoker = true)", object_name(check, view)));
}

/* A function must be there, with its arguments, and do what it shall. */
void
check_function(Check *check, CreateFunctionStmt *statement)
{
	const char *name = strVal(llast(statement->funcname));
	Oid function = defined_object(check, (Node *) statement);

	if (OidIsValid(function))
		check_likeness(check, &function_kind, name, function, (Node *) statement);
	else
		make_query(check, &function_kind, name, (Node *) statement);
}
