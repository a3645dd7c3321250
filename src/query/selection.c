/* A selection of rows: filter, rules, scope and search as one condition. */
#include "postgres.h"

#include "base/errors.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "executor/spi.h"
#include "fields/computed.h"
#include "fields/origin.h"
#include "fields/user.h"
#include "fields/value_reader.h"
#include "filter/filter.h"
#include "filter/filter_advice.h"
#include "filter/filter_rule.h"
#include "filter/saved_filter.h"
#include "mb/pg_wchar.h"
#include "query/selection.h"
#include "rollup/rollup_answer.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Read the argument search. */
static char *
search_argument(text *search)
{
	check_limit(pg_mbstrlen_with_len(VARDATA_ANY(search), VARSIZE_ANY_EXHDR(search)),
				MAX_SEARCH_CHARACTERS, "search_too_long", "search", "characters");
	return text_to_cstring(search);
}

/*
 * Tell whoever asks by a value that is none of the choices of its field, and reads like one of
 * them. In ASCII what reads alike looks otherwise, and needs no such help.
 */
static void
tell_alike(Source *source, Jsonb *scope)
{
	FilterContext context = {.source = source};
	FromClause *from = open_from(source);
	JsonbIterator *iterator = JsonbIteratorInit(&scope->root);
	JsonbIteratorToken token;
	JsonbValue json;

	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_DONE)
	{
		DeadEnd end;
		char *name;
		Field *field;

		if (token != WJB_KEY)
			continue;
		name = json_scalar(&json);
		(void) JsonbIteratorNext(&iterator, &json, true);
		if (json.type != jbvString || pg_is_ascii(json_scalar(&json)))
			continue;
		field = find_field(from, name, &end);
		if (field != NULL)
			notice_alike(&context, field, json_scalar(&json));
	}
}

/* Read the arguments of a selection; first is the number of the first. */
void
read_selection(FunctionCallInfo fcinfo, int first, SelectionArgs *args)
{
	if (!PG_ARGISNULL(first + SELECTION_FILTER))
		args->filter = find_filter(
			args->source, text_to_cstring(PG_GETARG_TEXT_PP(first + SELECTION_FILTER)), true);
	args->rules =
		PG_ARGISNULL(first + SELECTION_RULES) ? NULL : PG_GETARG_JSONB_P(first + SELECTION_RULES);
	args->scope =
		PG_ARGISNULL(first + SELECTION_SCOPE) ? NULL : PG_GETARG_JSONB_P(first + SELECTION_SCOPE);
	if (args->scope != NULL && JB_ROOT_IS_OBJECT(args->scope))
		tell_alike(args->source, args->scope);
	args->search = PG_ARGISNULL(first + SELECTION_SEARCH)
					   ? NULL
					   : search_argument(PG_GETARG_TEXT_PP(first + SELECTION_SEARCH));
	args->include_archived = !PG_ARGISNULL(first + SELECTION_INCLUDE_ARCHIVED) &&
							 PG_GETARG_BOOL(first + SELECTION_INCLUDE_ARCHIVED);
}

/* Make sure that a relation has the columns that boards and reports, and maybe totals, are made of.
 */
void
need_standard_columns(const Source *source, bool totals)
{
	static const char *const names[] = {"id", "stage_id", "amount", "probability"};

	need_columns(source, totals ? lengthof(names) : 2, names);
}

/* Limit a query to the rows that a definition holds for. */
static void
append_filter(Selection *selection, Jsonb *rules)
{
	FilterContext context = {.source = selection->from->source,
							 .alias = selection->from->alias,
							 .from = selection->from,
							 .rules = selection->rules};

	appendStringInfo(&selection->conditions, " AND %s", compile_filter(&context, rules));
	selection->rules = context.rules;
}

/*
 * Append the condition that the account's name contains a word, as a set of keys that an index can
 * use.
 */
static void
append_account_search(Selection *selection, const char *word)
{
	StringInfo sql = &selection->conditions;
	Link *link = source_link(selection->from->source, "account");
	FromClause *accounts;
	Field *name;
	Oid operator_oid;
	int key;

	/* The key but for the tenant, which the selection has already. */
	if (link == NULL || list_length(link->local) != (has_tenants(link->relid) ? 2 : 1))
		return;
	key = link_key(link);
	operator_oid = key < 0 ? InvalidOid : get_commutator(list_nth_oid(link->operators, key));
	if (!OidIsValid(operator_oid))
		return;
	accounts = open_inner_from(selection->from, open_source(link->relid));
	name = find_field(accounts, "name", NULL);
	if (name == NULL)
		return;
	appendStringInfo(sql, " OR %s",
					 sql_column("o", ((SourceColumn *) list_nth(link->local, key))->name));
	append_operator(sql, operator_oid);
	appendStringInfo(sql, "ANY (ARRAY(SELECT %s FROM %s AS %s WHERE ",
					 sql_column(accounts->alias, list_nth(link->foreign, key)),
					 accounts->source->sql, accounts->alias);
	append_contains(sql, name, word);
	append_tenant(sql, link->relid, accounts->alias);
	appendStringInfoString(sql, "))");
}

/*
 * Whether a column is of the row that an id is of. One of a view may be of another table that is
 * joined to it: then no index could answer a condition on either of the two.
 */
static bool
is_of_same_row(const Source *source, const SourceColumn *column)
{
	const SourceColumn *id = source_column(source, "id");
	Origin *of_id;
	Origin *of_column;

	if (id == NULL)
		return true;
	of_id = column_origin(source->relid, id->number);
	of_column = column_origin(source->relid, column->number);
	return of_id == NULL || of_column == NULL || strcmp(of_id->place, of_column->place) == 0;
}

/*
 * Append the condition that a field contains a word, or names a user whose name does. The logins
 * are compared as search does, so that the index which answers the one answers the other.
 */
static void
append_word(StringInfo sql, const Selection *selection, const Field *field, const char *word)
{
	static const char *const needs[] = {"login", "name"};
	const Source *source = selection->from->source;
	Link *link = is_user_field(field->name) ? source_link(source, field->name) : NULL;
	Source *users = link == NULL || link->user == NULL
						? NULL
						: open_beside(source, "app_user", lengthof(needs), needs);
	FromClause *named;

	append_contains(sql, field, word);
	if (users == NULL)
		return;
	named = open_inner_from(selection->from, users);
	appendStringInfo(sql, " OR %s OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT %s FROM %s AS %s WHERE ",
					 folded(field), folded(need_field(named, "login")), users->sql, named->alias);
	append_contains(sql, need_field(named, "name"), word);
	append_tenant(sql, users->relid, named->alias);
	appendStringInfoString(sql, "))");
}

/*
 * Append the condition that a field contains a word; for a column of a joined table, as a set of
 * ids.
 */
static void
append_field_search(Selection *selection, const char *name, const char *word)
{
	StringInfo sql = &selection->conditions;
	Source *source = selection->from->source;
	Field *field = find_field(selection->from, name, NULL);
	FromClause *inner;
	Field *id;

	if (field == NULL)
		return;
	appendStringInfoString(sql, " OR ");
	if (field->column == NULL || is_of_same_row(source, field->column))
	{
		append_word(sql, selection, field, word);
		return;
	}
	inner = open_inner_from(selection->from, source);
	id = need_field(inner, "id");
	appendStringInfoString(sql, sql_column("o", "id"));
	append_operator(sql, field_equality(id));
	appendStringInfo(sql, "ANY (ARRAY(SELECT %s FROM %s AS %s WHERE ", id->sql, source->sql,
					 inner->alias);
	appendStringInfoChar(sql, '(');
	append_word(sql, selection, need_field(inner, name), word);
	appendStringInfoChar(sql, ')');
	append_tenant(sql, source->relid, inner->alias);
	appendStringInfoString(sql, "))");
}

/* The words of a search as they are compared, each once. */
static List *
search_words(const char *search)
{
	List *words = fold_words(search);

	check_limit(list_length(words), MAX_SEARCH_WORDS, "search_too_long", "search",
				"different words");
	return words;
}

/* Limit a query to the rows whose title, account and owner, or its name, have every word of a
 * search. */
static void
append_search(Selection *selection, const char *search)
{
	static const char *const searched[] = {"title", "owner"};
	ListCell *cell;

	foreach (cell, search_words(search))
	{
		const char *word = strVal(lfirst(cell));

		appendStringInfoString(&selection->conditions, " AND (false");
		for (int i = 0; i < lengthof(searched); i++)
			append_field_search(selection, searched[i], word);
		append_account_search(selection, word);
		appendStringInfoChar(&selection->conditions, ')');
	}
}

/*
 * Start a query over the selected rows. Values become parameters; where there are none, and in
 * filters, they are written out as literals.
 */
Selection *
open_selection(const SelectionArgs *args, Params *params)
{
	Selection *selection = palloc0(sizeof(Selection));
	SourceColumn *archived = source_column(args->source, "archived");

	selection->from = open_from(args->source);
	selection->from->params = params;
	selection->fixed =
		params != NULL && args->filter == NULL && args->rules == NULL && args->search == NULL;
	initStringInfo(&selection->conditions);
	append_tenant(&selection->conditions, args->source->relid, selection->from->alias);
	if (args->scope != NULL)
		append_scope(selection, args->scope);
	if (args->filter != NULL)
		append_filter(selection, args->filter);
	if (args->rules != NULL)
		append_filter(selection, args->rules);
	if (args->search != NULL)
		append_search(selection, args->search);
	if (archived != NULL && !args->include_archived)
	{
		if (archived->base_type != BOOLOID)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("\"archived\" of \"%s\" is not boolean", args->source->name),
							errhint("Make it a boolean in the view."), err_code("column_type"),
							err_field("archived")));
		/* as another server can be asked, too */
		appendStringInfoString(&selection->conditions,
							   archived->not_null ? " AND NOT o.archived"
												  : " AND (o.archived IS NULL OR NOT o.archived)");
	}
	return selection;
}

/*
 * The same for a query that asks for figures. Where a rollup may answer it, values are written out:
 * a plan for them costs more than what it reads, and is kept with them.
 */
Selection *
open_figures(const SelectionArgs *args, Params *params)
{
	const char *mark = rollup_mark(args->source->relid);
	Selection *selection = open_selection(args, *mark == '\0' ? params : NULL);

	selection->mark = *mark == '\0' ? NULL : mark;
	return selection;
}

/* Read a value that a scope has for a field. */
static Value
scope_value(const char *name, Oid type, JsonbValue *json)
{
	ValueTarget target = {name, type, -1};
	Value value = {.isnull = true};
	ValueProblem problem;

	if (json->type != jbvNull && !read_value(&target, json, &value, &problem))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scope holds a value that \"%s\" can't read", name),
						errdetail("%s", problem.detail), errhint("%s", problem.hint),
						err_code("value_unreadable"), err_field(name)));
	return value;
}

/* Append the condition that a field has a value, or for moments lies within a day. */
static void
append_scope_equal(StringInfo sql, const FromClause *from, const Field *field, const Value *value)
{
	Value next;

	if (value->isnull)
	{
		appendStringInfo(sql, "%s IS NULL", field->sql);
		return;
	}
	if (field->closed_on != NULL && strcmp(TextDatumGetCString(value->datum), "open") == 0)
	{
		appendStringInfoString(sql, closing_condition(field, true));
		return;
	}
	appendStringInfoString(sql, field->sql);
	if (!is_whole_day(value, field->type))
	{
		append_operator(sql, field_equality(field));
		append_value_as(sql, from->params, value, field->type);
		return;
	}
	next = next_day(value);
	appendStringInfoString(sql, " OPERATOR(pg_catalog.>=) ");
	append_value_as(sql, from->params, value, field->type);
	appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.<) ", field->sql);
	append_value_as(sql, from->params, &next, field->type);
}

/* Limit a query to the rows that have all the values of an equality map; null means IS NULL. */
void
append_scope(Selection *selection, Jsonb *scope)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue json;

	if (!JB_ROOT_IS_OBJECT(scope))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("scope is not a JSON object"),
				 errhint("Give columns and their values: {\"account_id\": 42}."),
				 err_code("invalid_scope"), err_field("scope")));
	check_limit(JB_ROOT_COUNT(scope), MAX_SCOPE_FIELDS, "too_many_fields", "scope", "fields");

	iterator = JsonbIteratorInit(&scope->root);
	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_DONE)
	{
		Field *field;
		Value value;

		if (token != WJB_KEY)
			continue;
		field = need_field(selection->from, json_scalar(&json));
		(void) JsonbIteratorNext(&iterator, &json, true);
		value = scope_value(field->name, field->type, &json);
		appendStringInfoString(&selection->conditions, " AND ");
		append_scope_equal(&selection->conditions, selection->from, field, &value);
	}
}

/* Whether a scope names one pipeline, and which, as a query of this session gives it as text. */
bool
scoped_pipeline(const SelectionArgs *args, char **pipeline)
{
	SourceColumn *column = source_column(args->source, "pipeline_id");
	JsonbValue *json;
	Value value;
	Oid output;
	bool is_varlena;

	if (args->scope == NULL || !JB_ROOT_IS_OBJECT(args->scope) || column == NULL)
		return false;
	json = json_member(&args->scope->root, "pipeline_id");
	if (json == NULL)
		return false;
	value = scope_value(column->name, column->type, json);
	getTypeOutputInfo(column->type, &output, &is_varlena);
	*pipeline = value.isnull ? NULL : OidOutputFunctionCall(output, value_as(&value, column->type));
	return true;
}

/* Append the FROM and WHERE of a query, once all its fields are known. */
void
append_from(StringInfo sql, const Selection *selection)
{
	appendStringInfo(sql, " FROM %s AS o%s WHERE true%s", selection->from->source->sql,
					 selection->from->joins.data, selection->conditions.data);
}

/*
 * Run a query over a selection with parameters, with a plan that is kept where its text is fixed.
 * Returns the number of rows, which go to a receiver; NULL: they are in SPI_tuptable.
 */
uint64
run_selection(const char *sql, const Selection *selection, PlanTiming timing,
			  DestReceiver *receiver)
{
	if (selection->fixed && !explains_rollups())
		run_kept_query(sql, selection->from->params, timing, receiver);
	else
		run_params_query(sql, selection->from->params, receiver);
	return SPI_processed;
}

/*
 * The same for a query that asks for figures: a rollup answers it where one has all that it reads.
 */
uint64
run_figures(const char *sql, const Selection *selection, PlanTiming timing, DestReceiver *receiver)
{
	const Params none = {0};

	if (selection->mark == NULL)
		return run_selection(sql, selection, timing, receiver);
	sql = psprintf("%s%s", selection->mark, sql);
	if (explains_rollups())
		run_params_query(sql, &none, receiver);
	else
		run_recent_query(sql, &none, PLAN_ONCE, receiver);
	return SPI_processed;
}

/* A column of an alias as an argument of the aggregate totals: exact numbers only. */
void
append_number(StringInfo sql, const Source *source, const char *alias, const char *name)
{
	SourceColumn *column = source_column(source, name);

	if (column == NULL)
	{
		appendStringInfoString(sql, "NULL::pg_catalog.numeric");
		return;
	}
	if (!is_exact_number(column->base_type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("\"%s\" of \"%s\" is not an exact number", name, source->name),
						errdetail("Its type is %s.", format_type_be(column->type)),
						errhint("Cast it to numeric in the view."), err_code("column_type"),
						err_field(name)));
	appendStringInfoString(sql, sql_column(alias, name));
}

/* Append the three totals of the selected rows as one value of type totals. */
void
append_totals(StringInfo sql, const Source *source)
{
	appendStringInfoString(sql, "opportunities.totals(");
	append_number(sql, source, "o", "amount");
	appendStringInfoString(sql, ", ");
	append_number(sql, source, "o", "probability");
	appendStringInfoString(sql, ", ");
	append_number(sql, source, "o", "realized_amount");
	if (source_column(source, "currency") != NULL)
		appendStringInfoString(sql, ", o.currency::pg_catalog.text");
	appendStringInfoChar(sql, ')');
}

/* Append the same, or what counts the rows alone and reads nothing of them. */
void
append_rows_totals(StringInfo sql, const Source *source, bool with_totals)
{
	if (with_totals)
		append_totals(sql, source);
	else
		appendStringInfoString(sql, "opportunities.totals(NULL::pg_catalog.numeric, "
									"NULL::pg_catalog.numeric, NULL::pg_catalog.numeric)");
}

/* Append the text of which a cursor has the fingerprint. */
void
describe_selection(StringInfo description, const SelectionArgs *args)
{
	Jsonb *const parts[] = {args->scope, args->filter, args->rules};

	appendStringInfo(description, "%s archived=%d search=%s", args->source->sql,
					 args->include_archived,
					 args->search == NULL ? "" : quote_literal_cstr(args->search));
	for (int i = 0; i < lengthof(parts); i++)
	{
		appendStringInfoString(description, " of=");
		if (parts[i] != NULL)
			(void) JsonbToCString(description, &parts[i]->root, VARSIZE(parts[i]));
	}
}
