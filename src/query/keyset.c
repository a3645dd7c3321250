/* Pages by key, as queries. */
#include "postgres.h"

#include "access/transam.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/literal.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "query/cursor_value.h"
#include "query/keyset.h"
#include "query/projection.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/*
 * Pages by key: a page begins after the last row of the page before it, or ends before the first of
 * the page after it, found by that row's sort keys, so that it costs the same at any depth and rows
 * may come and go meanwhile.
 */

static SortKey *
make_key(FromClause *from, const char *name, bool descending)
{
	SortKey *key = palloc0(sizeof(SortKey));

	key->field = need_field(from, name);
	key->descending = descending;
	if (!has_order(key->field))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("values of \"%s\" have no order", name),
						errdetail("Its type is %s.", format_type_be(key->field->type)),
						err_code("not_comparable"), err_field(name)));
	return key;
}

/* The keys of a sort: names, each with - before it for descending; the id breaks ties. */
List *
sort_keys(FromClause *from, List *names)
{
	List *keys = NIL;
	ListCell *cell;
	bool descending = false;

	foreach (cell, names)
	{
		const char *name = lfirst(cell);

		descending = *name == '-';
		if (descending)
			name++;
		keys = lappend(keys, make_key(from, name, descending));
		if (strcmp(name, "id") == 0)
			return keys;
	}
	return lappend(keys, make_key(from, "id", descending));
}

/* The order where nobody names one: the newest first, by ids where these are numbers. */
List *
newest_first(const Source *source)
{
	const SourceColumn *id = source_column(source, "id");
	char category;
	bool preferred;

	get_type_category_preferred(id->type, &category, &preferred);
	return list_make1(category != TYPCATEGORY_NUMERIC && source_column(source, "created_at") != NULL
						  ? "-created_at"
						  : "-id");
}

/* Append the keys to a target list. */
void
append_keys(StringInfo sql, List *keys)
{
	ListCell *cell;

	foreach (cell, keys)
		appendStringInfo(sql, ", %s", ((SortKey *) lfirst(cell))->field->sql);
}

/* Take the place that a cursor holds: an array with a value for each key. */
void
set_place(List *keys, Source *source, const JsonbValue *position, const Cursor *cursor)
{
	ListCell *cell;
	List *values;
	JsonbValue *id;

	if (!json_is_array(position) ||
		JsonContainerSize(position->val.binary.data) != list_length(keys))
		refuse_cursor(cursor, "Its position doesn't fit the sort.");
	values = json_elements(position->val.binary.data);
	id = llast(values);
	if (id->type == jbvNull || id->type == jbvBinary)
		refuse_cursor(cursor, "Its position has no id.");

	foreach (cell, keys)
	{
		SortKey *key = lfirst(cell);

		key->value = value_of_row(cursor, list_nth(values, foreach_current_index(cell)), source,
								  key->field->name, json_scalar(id));
	}
}

/* Append the order of rows by a key: NULLs last, or backward, first. */
static void
append_order(StringInfo sql, const SortKey *key, bool backward)
{
	bool descending = key->descending != backward;

	appendStringInfo(sql, "%s%s%s", sql->len > 0 ? ", " : "", key->field->sql,
					 descending ? " DESC" : "");
	if (!key->field->not_null && key->descending)
		appendStringInfoString(sql, backward ? " NULLS FIRST" : " NULLS LAST");
}

/* The order of rows by keys, as ORDER BY takes it. */
char *
order_by(List *keys, bool backward)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, keys)
		append_order(&sql, lfirst(cell), backward);
	return sql.data;
}

/* Append a comparison of a key with the place's value. */
static void
append_key(StringInfo sql, const SortKey *key, Oid operator_oid)
{
	appendStringInfoString(sql, key->field->sql);
	append_operator(sql, operator_oid);
	appendStringInfoString(sql, key->sql);
}

/*
 * Append the condition that a row has the value of the place in a key. A row of NULLs IS NULL, but
 * sorts by value: hence IS NOT DISTINCT FROM here and below, which indexes answer as well.
 */
static void
append_equal(StringInfo sql, const SortKey *key)
{
	if (key->value == NULL)
		appendStringInfo(sql, "%s IS NOT DISTINCT FROM NULL", key->field->sql);
	else
		append_key(sql, key, lookup_type_cache(key->field->type, TYPECACHE_EQ_OPR)->eq_opr);
}

/* Append the condition that a row lies on the page's side of the place by a key. */
static void
append_beyond(StringInfo sql, const SortKey *key, bool backward)
{
	TypeCacheEntry *type = lookup_type_cache(key->field->type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

	if (key->value == NULL)
		appendStringInfo(sql, "%s IS DISTINCT FROM NULL", key->field->sql);
	else
		append_key(sql, key, key->descending == backward ? type->gt_opr : type->lt_opr);
}

/* Conditions that come to more than this in all arms are written once, for all of them. */
#define MAX_ARMS_LENGTH 65536

/* The parts of a page's query that each of its arms has. */
typedef struct Arms
{
	const Selection *selection;
	const PageSpec *page;
	const char *targets;
	const char *order;
	bool shared; /* they are conditions on the rows of one query */
	StringInfoData sql;
} Arms;

/* Append an arm: rows equal to the place in the first keys, and as a condition says beyond those.
 */
static void
append_arm(Arms *arms, int equal, const char *condition)
{
	StringInfo sql = &arms->sql;

	if (arms->shared)
		appendStringInfo(sql, "%s(true", sql->len > 0 ? " OR " : "");
	else
	{
		appendStringInfo(sql, "%s(SELECT %s", sql->len > 0 ? " UNION ALL " : "", arms->targets);
		append_from(sql, arms->selection);
	}
	for (int i = 0; i < equal; i++)
	{
		appendStringInfoString(sql, " AND ");
		append_equal(sql, list_nth(arms->page->keys, i));
	}
	appendStringInfoString(sql, condition);
	if (!arms->shared)
		appendStringInfo(sql, " ORDER BY %s LIMIT %d", arms->order, arms->page->size);
	appendStringInfoChar(sql, ')');
}

/* Append an arm for the NULLs of a key, which come last. */
static void
append_null_arm(Arms *arms, int n)
{
	const SortKey *key = list_nth(arms->page->keys, n);

	if (!key->field->not_null && !arms->page->backward)
		append_arm(arms, n, psprintf(" AND %s IS NOT DISTINCT FROM NULL", key->field->sql));
}

/*
 * Whether rows beyond the place are those that compare so as a whole: all keys go one way, by
 * core's operators, none is NULL there, and none but the first can be.
 */
static bool
compare_as_rows(const PageSpec *page)
{
	bool descending = ((SortKey *) linitial(page->keys))->descending;
	ListCell *cell;

	foreach (cell, page->keys)
	{
		SortKey *key = lfirst(cell);
		Oid operator_oid = lookup_type_cache(key->field->type, TYPECACHE_LT_OPR)->lt_opr;

		if (key->value == NULL || key->descending != descending ||
			operator_oid >= FirstGenbkiObjectId ||
			(!key->field->not_null && foreach_current_index(cell) > 0))
			return false;
	}
	return true;
}

/* Append one arm for all rows beyond the place, and one for the NULLs of the first key. */
static void
append_row_arms(Arms *arms)
{
	const PageSpec *page = arms->page;
	StringInfoData keys;
	StringInfoData values;
	ListCell *cell;
	bool less = ((SortKey *) linitial(page->keys))->descending != page->backward;

	initStringInfo(&keys);
	initStringInfo(&values);
	foreach (cell, page->keys)
	{
		SortKey *key = lfirst(cell);
		const char *separator = foreach_current_index(cell) > 0 ? ", " : "";

		appendStringInfo(&keys, "%s%s", separator, key->field->sql);
		appendStringInfoString(&values, separator);
		appendStringInfoString(&values, key->sql);
	}
	append_arm(arms, 0,
			   psprintf(" AND ROW(%s) OPERATOR(pg_catalog.%s%s) ROW(%s)", keys.data,
						less ? "<" : ">", page->inclusive ? "=" : "", values.data));
	append_null_arm(arms, 0);
}

/*
 * Append the arms of a page at a place, each of which is one range of an index on the keys: rows
 * equal in all keys but the last, rows equal in all but the last two, and so on, NULLs of a key in
 * an arm of their own.
 */
static void
append_arms(Arms *arms)
{
	const PageSpec *page = arms->page;

	if (page->inclusive)
		append_arm(arms, list_length(page->keys), "");
	for (int n = list_length(page->keys) - 1; n >= 0; n--)
	{
		SortKey *key = list_nth(page->keys, n);
		StringInfoData condition;

		/* NULLs are last: nothing comes after one, and everything else before it */
		if (key->value == NULL && (!page->backward || key->field->not_null))
			continue;
		initStringInfo(&condition);
		appendStringInfoString(&condition, " AND ");
		append_beyond(&condition, key, page->backward);
		append_arm(arms, n, condition.data);
		append_null_arm(arms, n);
	}
}

/* Append all arms of a page at a place. */
static void
append_placed_arms(Arms *arms)
{
	if (compare_as_rows(arms->page))
		append_row_arms(arms);
	else
		append_arms(arms);
}

/* A query for the rows of a page, in any order. */
static char *
arms_query(Arms *arms)
{
	const PageSpec *page = arms->page;
	const Selection *selection = arms->selection;
	StringInfoData sql;

	arms->shared = page->placed &&
				   selection->conditions.len * (2 * list_length(page->keys) + 1) > MAX_ARMS_LENGTH;
	initStringInfo(&arms->sql);
	if (page->placed)
		append_placed_arms(arms);
	else
		append_arm(arms, 0, "");
	if (!arms->shared)
		return arms->sql.data;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s", arms->targets);
	append_from(&sql, selection);
	appendStringInfo(&sql, " AND (%s) ORDER BY %s LIMIT %d", arms->sql.data, arms->order,
					 page->size);
	return sql.data;
}

/* Add the place's value in a key as a parameter. */
static void
set_key_sql(SortKey *key, Params *params)
{
	StringInfoData sql;

	if (key->value == NULL)
		return;
	initStringInfo(&sql);
	append_value(&sql, params, key->value, key->field->type);
	key->sql = sql.data;
}

/* The condition that a row is the one that has the values of the keys, or comes before it. */
char *
not_after_place(List *keys, Params *params)
{
	PageSpec page = {.keys = keys, .placed = true, .backward = true, .inclusive = true};
	Arms arms = {.page = &page, .shared = true};
	ListCell *cell;

	foreach (cell, keys)
		set_key_sql(lfirst(cell), params);
	initStringInfo(&arms.sql);
	append_placed_arms(&arms);
	return arms.sql.data;
}

/* Open the projection of a relation's rows that are ordered by a sort. */
Projection *
open_projection(Source *source, List *names, List *sort, bool list)
{
	Projection *projection = palloc(sizeof(Projection));

	projection->from = open_from(source);
	projection->shown = projected_fields(projection->from, names, list);
	projection->fields = json_fields(projection->shown);
	projection->keys = sort_keys(projection->from, sort);
	return projection;
}

/* A query for the rows of a page in its direction: the fields, and then the keys. */
char *
page_query(const Selection *selection, const Projection *projection, const PageSpec *page)
{
	Arms arms = {.selection = selection, .page = page};
	StringInfoData columns;
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&columns);
	initStringInfo(&sql);
	foreach (cell, page->keys)
		set_key_sql(lfirst(cell), selection->from->params);
	foreach (cell, projection->from->columns)
		appendStringInfo(&columns, "%s%s", foreach_current_index(cell) > 0 ? ", " : "",
						 sql_column("o", lfirst(cell)));
	arms.targets = columns.data;
	arms.order = order_by(page->keys, page->backward);

	appendStringInfo(&sql, "SELECT %s", projected_columns(projection->fields));
	append_keys(&sql, projection->keys);
	appendStringInfo(&sql, " FROM (%s) AS o%s ORDER BY %s LIMIT %d", arms_query(&arms),
					 projection->from->joins.data, order_by(projection->keys, page->backward),
					 page->size);
	return sql.data;
}
