/* Changes as SQL. */
#include "postgres.h"

#include "base/errors.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "command/changes.h"
#include "command/command.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/*
 * Append an array of the row o without some elements, the next parameter, and with others, a
 * parameter, that it lacks then. Where that leaves it as it is, it stays NULL too.
 */
static void
append_array_edit(StringInfo sql, const Change *change, int added)
{
	int removed = added + 1;
	char *array = sql_column("o", change->name);
	Oid equal = lookup_type_cache(get_element_type(change->type), TYPECACHE_EQ_OPR)->eq_opr;
	StringInfoData is;

	initStringInfo(&is);
	append_operator(&is, equal);
	appendStringInfo(
		sql,
		"CASE WHEN %1$s IS NOT NULL OR pg_catalog.cardinality($%3$d) OPERATOR(pg_catalog.>) 0 THEN "
		"ARRAY(SELECT e.v FROM pg_catalog.unnest(%1$s) WITH ORDINALITY AS e (v, n) "
		"WHERE (e.v%2$sANY ($%4$d)) IS NOT TRUE ORDER BY e.n) OPERATOR(pg_catalog.||) "
		"ARRAY(SELECT e.v FROM pg_catalog.unnest($%3$d) WITH ORDINALITY AS e (v, n) "
		"WHERE (e.v%2$sANY (%1$s)) IS NOT TRUE OR e.v%2$sANY ($%4$d) ORDER BY e.n) END",
		array, is.data, added, removed);
}

/* Whether the changes set or take out keys of the column custom. */
static bool
has_keys(const Changes *changes)
{
	return changes->custom != NULL || changes->removed != NIL;
}

/* Whether a change is of the column custom as a whole, which keys of it are set in then. */
static bool
is_base(const Changes *changes, const Change *change)
{
	return strcmp(change->name, "custom") == 0 && has_keys(changes);
}

/* Append the column custom with the keys that are set, and without those that are taken out. */
static void
append_custom(StringInfo sql, const Changes *changes, const char *base, int parameter)
{
	appendStringInfo(sql, "COALESCE(%s, '{}'::pg_catalog.jsonb)", base);
	if (changes->custom != NULL)
		appendStringInfo(sql, " OPERATOR(pg_catalog.||) $%d", parameter++);
	if (changes->removed != NIL)
		appendStringInfo(sql, " OPERATOR(pg_catalog.-) $%d", parameter);
}

/* Append what stands after SET for the row o; the first parameter has a number. */
void
append_set_list(StringInfo sql, const Changes *changes, int parameter)
{
	const char *separator = "";
	const char *custom = "o.custom";
	ListCell *cell;

	foreach (cell, changes->columns)
	{
		const Change *change = lfirst(cell);

		if (is_base(changes, change))
			custom = psprintf("$%d", parameter++);
		else
		{
			appendStringInfo(sql, "%s%s = ", separator, quote_identifier(change->name));
			if (change->edits)
				append_array_edit(sql, change, parameter++);
			else
				appendStringInfo(sql, "$%d", parameter);
			parameter++;
			separator = ", ";
		}
	}
	if (!has_keys(changes))
		return;
	appendStringInfo(sql, "%scustom = ", separator);
	append_custom(sql, changes, custom, parameter);
}

/* Append what stands after INTO and the table: the columns that are given, and their parameters. */
void
append_new_row(StringInfo sql, const Changes *changes)
{
	StringInfoData names;
	StringInfoData values;
	const char *separator = "";
	const char *custom = "NULL";
	int parameter = 1;
	ListCell *cell;

	initStringInfo(&names);
	initStringInfo(&values);
	foreach (cell, changes->columns)
	{
		const Change *change = lfirst(cell);

		if (is_base(changes, change))
			custom = psprintf("$%d", parameter++);
		else
		{
			appendStringInfo(&names, "%s%s", separator, quote_identifier(change->name));
			appendStringInfo(&values, "%s$%d", separator, parameter);
			parameter += change->edits ? 2 : 1;
			separator = ", ";
		}
	}
	if (has_keys(changes))
	{
		appendStringInfo(&names, "%scustom", separator);
		appendStringInfoString(&values, separator);
		append_custom(&values, changes, custom, parameter);
	}
	if (names.len == 0)
		appendStringInfoString(sql, " DEFAULT VALUES");
	else
		appendStringInfo(sql, " (%s) VALUES (%s)", names.data, values.data);
}

/* How many parameters the changes have. */
int
count_change_args(const Changes *changes)
{
	int count =
		list_length(changes->columns) + (changes->custom != NULL) + (changes->removed != NIL);
	ListCell *cell;

	foreach (cell, changes->columns)
		count += ((Change *) lfirst(cell))->edits;
	return count;
}

/* Fill in the parameters of the changes. */
void
change_args(const Changes *changes, Oid *types, Datum *values, char *nulls)
{
	int count = 0;
	ListCell *cell;

	foreach (cell, changes->columns)
	{
		const Change *change = lfirst(cell);

		types[count] = change->type;
		values[count] = change->value;
		nulls[count++] = change->isnull ? 'n' : ' ';
		if (!change->edits)
			continue;
		types[count] = change->type;
		values[count] = change->removed;
		nulls[count++] = ' ';
	}
	if (changes->custom != NULL)
	{
		types[count] = JSONBOID;
		values[count] = JsonbPGetDatum(changes->custom);
		nulls[count++] = ' ';
	}
	if (changes->removed != NIL)
	{
		Datum *keys = palloc(sizeof(Datum) * list_length(changes->removed));

		foreach (cell, changes->removed)
			keys[foreach_current_index(cell)] = PointerGetDatum(lfirst(cell));
		types[count] = TEXTARRAYOID;
		values[count] = PointerGetDatum(
			construct_array(keys, list_length(changes->removed), TEXTOID, -1, false, TYPALIGN_INT));
		nulls[count++] = ' ';
	}
}

/* The names of the columns that the changes set. */
static List *
changed_columns(const Changes *changes)
{
	List *names = NIL;
	ListCell *cell;

	foreach (cell, changes->columns)
		names = lappend(names, unconstify(char *, ((Change *) lfirst(cell))->name));
	return has_keys(changes) ? lappend(names, "custom") : names;
}

/* The user must have the right to set each column; to lack that for one is not of some row. */
void
need_change_rights(Relation rel, const Changes *changes, AclMode right)
{
	Oid relid = RelationGetRelid(rel);
	ListCell *cell;

	need_right(rel, right);
	foreach (cell, changed_columns(changes))
	{
		const char *column = lfirst(cell);

		if (!may_write_through(relid, get_attnum(relid, column), right))
			ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
							errmsg("permission denied for column \"%s\" of relation \"%s\"", column,
								   RelationGetRelationName(rel)),
							errtable(rel), err_code("column_denied"), err_field(column)));
	}
}
