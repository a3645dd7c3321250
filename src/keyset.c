#include "postgres.h"

#include "errors.h"
#include "json.h"
#include "keyset.h"
#include "sqltext.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

/*
 * Pages by key: a page begins after the last row of the page before it, found by that row's sort
 * keys, so that it costs the same at any depth and rows may come and go meanwhile.
 */

/* More sort keys than anybody reads; each adds two arms to a page's query. */
#define MAX_SORT_KEYS 16

static SortKey *
make_key(FromClause *from, const char *name, bool descending)
{
	SortKey *key = palloc0(sizeof(SortKey));

	key->field = need_field(from, name);
	key->descending = descending;
	if (!OidIsValid(lookup_type_cache(key->field->type, TYPECACHE_LT_OPR)->lt_opr))
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

	if (list_length(names) > MAX_SORT_KEYS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("more than %d fields to sort by", MAX_SORT_KEYS),
						err_code("too_many_fields"), err_field("sort")));

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

/* Take the position of a cursor: an array with a value for each key. */
void
set_position(List *keys, const JsonbValue *after)
{
	JsonbContainer *values = after->val.binary.data;
	ListCell *cell;
	int i = 0;

	if (after->type != jbvBinary || !JsonContainerIsArray(values) ||
		JsonContainerSize(values) != list_length(keys))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the cursor is not one of this query"),
						errdetail("Its position doesn't fit the sort."),
						errhint("Begin again at the first page."), err_code("invalid_cursor")));

	foreach (cell, keys)
	{
		SortKey *key = lfirst(cell);
		JsonbValue *value = getIthJsonbValueFromContainer(values, i++);

		if (value->type == jbvBinary)
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("the cursor is not one of this query"),
							errdetail("Its position holds a list or an object for \"%s\".",
									  key->field->name),
							errhint("Begin again at the first page."), err_code("invalid_cursor")));
		key->after = json_scalar(value);
		if (key->after != NULL)
			check_literal(key->after, key->field->type, "invalid_cursor", key->field->name,
						  "the cursor");
	}
	if (((SortKey *) llast(keys))->after == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the cursor is not one of this query"),
						errdetail("Its position has no id."),
						errhint("Begin again at the first page."), err_code("invalid_cursor")));
}

static const char *
direction(const SortKey *key)
{
	if (key->descending)
		return key->field->not_null ? " DESC" : " DESC NULLS LAST";
	return "";
}

/*
 * Append a query for the rows that are equal to the position in the keys before the nth and come
 * after it in the nth; for a NULL there if null_arm.
 */
static void
append_arm(StringInfo sql, const Selection *selection, const char *targets, List *keys, int nth,
		   bool null_arm, const char *order, int size)
{
	ListCell *cell;

	appendStringInfo(sql, "(SELECT %s", targets);
	append_from(sql, selection);
	foreach (cell, keys)
	{
		SortKey *key = lfirst(cell);
		TypeCacheEntry *type = lookup_type_cache(
			key->field->type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);

		appendStringInfoString(sql, " AND ");
		if (foreach_current_index(cell) == nth)
		{
			if (null_arm)
				appendStringInfo(sql, "%s IS NULL", key->field->sql);
			else
				append_comparison(sql, key->field, key->descending ? type->lt_opr : type->gt_opr,
								  key->after);
			break;
		}
		if (key->after == NULL)
			appendStringInfo(sql, "%s IS NULL", key->field->sql);
		else
			append_comparison(sql, key->field, type->eq_opr, key->after);
	}
	appendStringInfo(sql, " ORDER BY %s LIMIT %d)", order, size);
}

/*
 * A query for the next rows of an ordered selection, with the columns row (an expression) and
 * position (a JSON array of the sort keys). After a position it is put together of arms, each of
 * which is one range of an index on the keys: rows equal in all keys but the last, rows equal in
 * all but the last two, and so on, NULLs of a key in an arm of their own.
 */
char *
page_query(const Selection *selection, const char *row, List *keys, bool after, int size)
{
	StringInfoData sql;
	StringInfoData targets;
	StringInfoData order;
	StringInfoData outer_order;
	ListCell *cell;
	const char *separator = "";

	initStringInfo(&sql);
	initStringInfo(&targets);
	initStringInfo(&order);
	initStringInfo(&outer_order);

	appendStringInfo(&targets, "%s AS row, pg_catalog.jsonb_build_array(", row);
	foreach (cell, keys)
	{
		SortKey *key = lfirst(cell);

		appendStringInfoString(&targets, separator);
		appendStringInfoString(&targets, field_text(key->field, key->field->sql));
		appendStringInfo(&order, "%s%s%s", separator, key->field->sql, direction(key));
		appendStringInfo(&outer_order, "%su.k%d%s", separator, foreach_current_index(cell),
						 direction(key));
		separator = ", ";
	}
	appendStringInfoString(&targets, ") AS position");

	if (!after)
	{
		appendStringInfo(&sql, "SELECT %s", targets.data);
		append_from(&sql, selection);
		appendStringInfo(&sql, " ORDER BY %s LIMIT %d", order.data, size);
		return sql.data;
	}

	foreach (cell, keys)
		appendStringInfo(&targets, ", %s AS k%d", ((SortKey *) lfirst(cell))->field->sql,
						 foreach_current_index(cell));

	appendStringInfoString(&sql, "SELECT u.row, u.position FROM (");
	separator = "";
	for (int n = list_length(keys) - 1; n >= 0; n--)
	{
		SortKey *key = list_nth(keys, n);

		/* nothing comes after a NULL but what the later keys say */
		if (key->after == NULL)
			continue;
		appendStringInfoString(&sql, separator);
		append_arm(&sql, selection, targets.data, keys, n, false, order.data, size);
		separator = " UNION ALL ";
		if (!key->field->not_null)
		{
			appendStringInfoString(&sql, separator);
			append_arm(&sql, selection, targets.data, keys, n, true, order.data, size);
		}
	}
	appendStringInfo(&sql, ") AS u ORDER BY %s LIMIT %d", outer_order.data, size);
	return sql.data;
}
