/* Dimensions of many: elements of an array, and fields of rows that refer to a row. */
#include "postgres.h"

#include "query/many.h"

#include "base/errors.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/named_field.h"
#include "fields/period_field.h"
#include "fields/value_label.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* What a row has many of: the elements of an array, or the rows that a link leads to. */
typedef struct ManyRows
{
	const char *path;	/* as dimensions write it: what shares one is of the same element or row */
	const char *alias;	/* of the distinct values */
	char *elements;		/* a function in FROM; NULL: rows */
	Field *element;		/* of these */
	const Link *link;	/* to the rows */
	const char *leaves; /* the alias that the link leaves */
	Grouping rows;		/* the query for the rows */
	List *values;		/* of Field: what rows are grouped by */
} ManyRows;

/*
 * A join gives each row the distinct values that it has, or one that is NULL: so it is in each of
 * its groups once.
 */

/* How long a condition is that is said again. */
#define MAX_REPEATED_BYTES 20000

static void join_many(Grouping *grouping, StringInfo joins, const char *rows);

/* What a dimension already found of a path; NULL: nothing. */
static ManyRows *
find_many(const Grouping *grouping, const char *path)
{
	ListCell *cell;

	foreach (cell, grouping->many)
	{
		if (strcmp(((ManyRows *) lfirst(cell))->path, path) == 0)
			return lfirst(cell);
	}
	return NULL;
}

static ManyRows *
add_many(Grouping *grouping, const char *path)
{
	ManyRows *many = palloc0(sizeof(ManyRows));

	many->path = path;
	many->alias = psprintf("m%d", ++*grouping->from->alias_counter);
	grouping->many = lappend(grouping->many, many);
	check_limit(list_length(grouping->many), MAX_MANY, "too_many_fields", "by",
				"dimensions of many");
	return many;
}

/* Refuse a path that crosses more keys than a query should. */
static void
check_path(const FromClause *rows)
{
	const char *path = rows->path;
	int keys = 1;

	while ((rows = rows->outer)->outer != NULL)
		path = psprintf("%s.%s", rows->path, path);
	for (const char *at = path; *at != '\0'; at++)
		keys += *at == '.';
	if (keys > MAX_HOPS)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" crosses more than %d keys", path, MAX_HOPS),
						err_code("path_too_long"), err_field(path)));
}

/* The rows that a dotted name leads to, if they are many, and what is left of it; NULL: it doesn't.
 */
static ManyRows *
rows_on_path(Grouping *grouping, const char *name, const char **rest)
{
	FromClause *from = grouping->from;
	DeadEnd end = {0};
	const char *dot;
	char *path;
	Link *link;
	ManyRows *many;

	if (find_field(from, name, &end) != NULL || (dot = strchr(end.rest, '.')) == NULL)
		return NULL;
	path = pnstrdup(name, dot - name);
	*rest = dot + 1;
	many = find_many(grouping, path);
	if (many != NULL)
		return many;
	link = many_link(end.source, pnstrdup(end.rest, dot - end.rest));
	if (link == NULL)
		return NULL;
	many = add_many(grouping, path);
	many->link = link;
	many->leaves = end.alias;
	many->rows.from = open_inner_from(from, open_source(link->relid));
	many->rows.from->outer = from;
	many->rows.from->path = path;
	check_path(many->rows.from);
	return many;
}

/* What a call of a name is of, as it is written; NULL: it isn't one. */
static char *
call_argument(const char *name, const char *function)
{
	int width = strlen(function);
	int length = strlen(name);

	if (strncmp(name, function, width) != 0 || name[width] != '(' || name[length - 1] != ')')
		return NULL;
	return pnstrdup(name + width + 1, length - width - 2);
}

/* The elements of an array, which may be JSON: then what is no array is an element itself. */
static ManyRows *
elements_of(Grouping *grouping, const char *name, const char *of)
{
	ManyRows *many = find_many(grouping, name);
	FromClause *from = grouping->from;
	Field *array;
	bool json;
	char *element;

	if (many != NULL)
		return many;
	array = need_field(from, of);
	json = array->json != NULL || array->base_type == JSONBOID;
	if (!json && !OidIsValid(get_element_type(array->base_type)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"%s\" is not an array", of),
				 errdetail("Its type is %s.", format_type_be(array->type)),
				 errhint("Leave each out: group by the field itself."), err_code("not_an_array"),
				 err_field(of)));
	many = add_many(grouping, name);
	element = psprintf("e%d.v", ++*from->alias_counter);
	many->elements =
		json ? psprintf("pg_catalog.jsonb_array_elements(CASE WHEN pg_catalog.jsonb_typeof(%1$s) "
						"OPERATOR(pg_catalog.=) 'array'::pg_catalog.text THEN %1$s "
						"ELSE pg_catalog.jsonb_build_array(%1$s) END) AS e%2$d(v)",
						array->json != NULL ? array->json : array->sql, *from->alias_counter)
			 : psprintf("pg_catalog.unnest(%s) AS e%d(v)", array->sql, *from->alias_counter);
	if (json)
		element = psprintf("(%s OPERATOR(pg_catalog.#>>) '{}'::pg_catalog.text[])", element);
	many->element = make_field(name, element, json ? TEXTOID : get_element_type(array->base_type));
	many->element->choices = array->choices;
	return many;
}

/* The field that an element is, or its period: each(tags), month(each(days)). NULL: it is none. */
static Field *
element_value(Grouping *grouping, const char *name, ManyRows **many)
{
	char *of = call_argument(name, "each");
	const char *bracket = strchr(name, '(');
	char *unit;
	char *each;

	if (of != NULL)
	{
		*many = elements_of(grouping, name, of);
		return (*many)->element;
	}
	if (bracket == NULL)
		return NULL;
	unit = pnstrdup(name, bracket - name);
	each = call_argument(name, unit);
	of = each == NULL ? NULL : call_argument(each, "each");
	if (of == NULL)
		return NULL;
	*many = elements_of(grouping, each, of);
	return field_period((*many)->element, name, unit);
}

/* The field of one of the rows that a path leads to, which may stand in calls. NULL: it is none. */
static Field *
linked_value(Grouping *grouping, const char *name, ManyRows **many)
{
	const char *path = name;
	int offset = 0;
	int depth = 0;
	const char *rest;

	while ((*many = rows_on_path(grouping, path, &rest)) == NULL)
	{
		const char *bracket = strchr(path, '(');
		int length = strlen(path);

		if (bracket == NULL || path[length - 1] != ')')
			return NULL;
		offset += bracket + 1 - path;
		depth++;
		path = pnstrdup(bracket + 1, path + length - 1 - (bracket + 1));
	}
	return add_dimension(&(*many)->rows, psprintf("%s%s%s", pnstrdup(name, offset), rest,
												  name + strlen(name) - depth));
}

/*
 * The field that names of values are looked up for: that of one of many, of a relation of its own.
 * Labels of what no table names stand under the whole name.
 */
const Field *
one_of_many(const Field *field, const Source **source)
{
	if (field->one == NULL)
		return field;
	*source = field->one_source;
	return field->one;
}

/* Note what a value is of one of many rows. */
static Field *
make_one(const ManyRows *many, const Field *value, const Source **source)
{
	Field *one = palloc(sizeof(Field));
	ValueNames names;

	*one = *one_of_many(value, source);
	if (many->link == NULL)
		return one;
	one->choices = NULL;
	if (!value_names(*source, one, &names))
		one->name = psprintf("%s.%s", many->path, one->name);
	return one;
}

/*
 * A field, period or label that rows are grouped by: of a row or of many that it has. Once all are
 * known, join_selected_many adds the joins that those of many need.
 */
Field *
add_dimension(Grouping *grouping, const char *name)
{
	const char *of = labelled_field(name);
	FromClause *from = grouping->from;
	const Source *source;
	ManyRows *many;
	Field *value;
	Field *one;
	Field *field;

	if (find_field(from, name, NULL) != NULL ||
		((value = linked_value(grouping, of, &many)) == NULL &&
		 (value = element_value(grouping, of, &many)) == NULL))
		return grouping_field(from, name);
	source = many->link != NULL ? many->rows.from->source : from->source;
	one = make_one(many, value, &source);
	if (of != name)
		value = label_of(source, one, value->sql, name);
	(void) field_equality(value);
	many->values = lappend(many->values, value);
	field =
		make_field(name, psprintf("%s.d%d", many->alias, list_length(many->values)), value->type);
	field->collation = value->collation;
	field->unit = value->unit;
	field->many = true;
	field->one = of == name ? one : value;
	field->one_source = source;
	return field;
}

/* Append the distinct values as columns. */
static void
append_distinct(StringInfo sql, const ManyRows *many)
{
	ListCell *cell;

	foreach (cell, many->values)
		appendStringInfo(sql, "%s%s AS d%d", foreach_current_index(cell) > 0 ? ", " : "",
						 ((Field *) lfirst(cell))->sql, foreach_current_index(cell) + 1);
}

/*
 * Append a join of the values that rows of many have, each with the key of the row that has it. The
 * rows that are joined are given as FROM and WHERE where they are not all: then no others are read.
 * In the order of the keys distinct values are found by an index or one sort, and merged.
 */
static void
append_row_values(StringInfo joins, ManyRows *many, const char *rows)
{
	FromClause *from = many->rows.from;
	Link keys = *many->link;
	StringInfoData conditions;
	ListCell *cell;

	initStringInfo(&conditions);
	appendStringInfoString(&conditions, " WHERE true");
	append_tenant(&conditions, from->source->relid, from->alias);
	if (rows != NULL)
	{
		appendStringInfo(&conditions, " AND EXISTS (SELECT%s AND ", rows);
		append_link(&conditions, many->link, many->leaves, from->alias);
		appendStringInfoChar(&conditions, ')');
		rows = psprintf(" FROM %s AS %s%s%s", from->source->sql, from->alias, from->joins.data,
						conditions.data);
	}
	join_many(&many->rows, &from->joins, rows);

	keys.foreign = NIL;
	appendStringInfoString(joins, " LEFT JOIN (SELECT DISTINCT ");
	append_distinct(joins, many);
	foreach (cell, many->link->foreign)
	{
		char *key = psprintf("k%d", foreach_current_index(cell) + 1);

		appendStringInfo(joins, ", %s AS %s", sql_column(from->alias, lfirst(cell)), key);
		keys.foreign = lappend(keys.foreign, key);
	}
	appendStringInfo(joins, " FROM %s AS %s%s%s", from->source->sql, from->alias, from->joins.data,
					 conditions.data);
	foreach (cell, keys.foreign)
		appendStringInfo(joins, "%s%s", foreach_current_index(cell) > 0 ? ", " : " ORDER BY ",
						 (char *) lfirst(cell));
	appendStringInfo(joins, ") AS %s ON ", many->alias);
	append_link(joins, &keys, many->leaves, many->alias);
}

/*
 * Add the joins that dimensions of many need to a query, whose rows are given as FROM and WHERE;
 * NULL: they are all that the relation has.
 */
static void
join_many(Grouping *grouping, StringInfo joins, const char *rows)
{
	ListCell *cell;

	foreach (cell, grouping->many)
	{
		ManyRows *many = lfirst(cell);

		if (many->link != NULL)
		{
			append_row_values(joins, many, rows);
			continue;
		}
		appendStringInfoString(joins, " LEFT JOIN LATERAL (SELECT DISTINCT ");
		append_distinct(joins, many);
		appendStringInfo(joins, " FROM %s) AS %s ON true", many->elements, many->alias);
	}
}

/*
 * Add them to a query over selected rows, for groupings of these and of what is joined to them.
 * Which rows these are is said again for each of many, unless that is long: then reading all that
 * there is takes less than planning it would.
 */
void
join_selected_many(List *groupings, const Selection *selection)
{
	FromClause *from = selection->from;
	StringInfoData all;
	StringInfoData rows;
	bool whole;
	ListCell *cell;

	initStringInfo(&all);
	append_tenant(&all, from->source->relid, from->alias);
	whole = strcmp(selection->conditions.data, all.data) == 0;
	initStringInfo(&rows);
	append_from(&rows, selection);
	foreach (cell, groupings)
		join_many(lfirst(cell), &from->joins,
				  whole || rows.len > MAX_REPEATED_BYTES ? NULL : rows.data);
}
