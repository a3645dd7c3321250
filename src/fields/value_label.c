/* What people call the values of a field, in SQL: names of users, rows and choices, periods. */
#include "postgres.h"

#include "fields/value_label.h"

#include "base/sqltext.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "fields/label.h"
#include "fields/named_field.h"
#include "fields/user.h"
#include "fields/value_reader.h"
#include "settings/calendar_text.h"
#include "settings/tenant.h"
#include "utils/lsyscache.h"

/* The label that a value of a field has in the language, as an expression; NULL: nobody gave any.
 */
static char *
translated_value(const Source *source, const char *field, const char *value)
{
	Source *table = open_labels(source);
	StringInfoData sql;

	if (table == NULL)
		return NULL;
	initStringInfo(&sql);
	appendStringInfoString(&sql, "(SELECT t.label::pg_catalog.text");
	append_labels(&sql, table, "t", current_language());
	appendStringInfoString(&sql, " AND t.field::pg_catalog.text OPERATOR(pg_catalog.=) ");
	append_text_literal(&sql, field);
	appendStringInfo(&sql, " AND t.value::pg_catalog.text OPERATOR(pg_catalog.=) %s", value);
	appendStringInfoString(
		&sql, " ORDER BY pg_catalog.length(t.language::pg_catalog.text) DESC LIMIT 1)");
	return sql.data;
}

/* The same for a field, if its values are words, and the text of the value. */
char *
translated(const Source *source, const Field *field, const char *text)
{
	const char *name = field->choices;

	if (name == NULL && field->plain && field->base_type != NUMERICOID &&
		!is_moment(field->base_type))
		name = field->name;
	return name == NULL ? NULL : translated_value(source, name, text);
}

/* Whether one column of a link is enough to tell a row of the other relation. */
static bool
tells_row(const Link *link, const char *foreign)
{
	AttrNumber tenant = tenant_column(link->relid);
	Oid constraint;
	Bitmapset *key;

	if (list_length(link->foreign) == 1)
		return true;
	key = get_primary_key_attnos(link->relid, false, &constraint);
	if (AttributeNumberIsValid(tenant))
		key = bms_del_member(key, tenant - FirstLowInvalidHeapAttributeNumber);
	return bms_membership(key) == BMS_SINGLETON &&
		   bms_is_member(get_attnum(link->relid, foreign) - FirstLowInvalidHeapAttributeNumber,
						 key);
}

/* Rows of a table as values, labels and whether they are active; more may follow as condition. */
static char *
named_rows(const Source *table, const char *value, const char *label, const char *active,
		   const char *condition)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT %s AS value, %s AS label, %s AS active FROM %s AS l WHERE %s",
					 value, label, active, table->sql, condition);
	append_tenant(&sql, table->relid, "l");
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* The names of the rows that values are keys of. */
static bool
key_names(const Source *source, const Field *field, ValueNames *names)
{
	int length = strlen(field->name);
	char *step = pstrdup(field->name);
	Source *related;
	Link *link;
	char *name;
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	if (length > 3 && strcmp(step + length - 3, "_id") == 0)
		step[length - 3] = '\0';
	link = field->column == NULL ? NULL : source_link(source, step);
	related = link == NULL || link->user != NULL ? NULL : open_source(link->relid);
	if (related == NULL || source_column(related, "name") == NULL || !may_select(related, "name") ||
		!may_select(related, TENANT_COLUMN))
		return false;
	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		if (((SourceColumn *) lfirst(local))->number != field->column->number)
			continue;
		if (!may_select(related, lfirst(foreign)) || !tells_row(link, lfirst(foreign)))
			return false;
		name = translated_value(source, psprintf("%s.name", step), "l.name::pg_catalog.text");
		name = name == NULL ? "l.name::pg_catalog.text"
							: psprintf("COALESCE(%s, l.name::pg_catalog.text)", name);
		names->rows = named_rows(related, sql_column("l", lfirst(foreign)), name, "true", "true");
		names->operator_oid = lfirst_oid(operator_cell);
		names->unique = link->enforced;
		return true;
	}
	return false;
}

/* The names of users of the application. */
static bool
user_names(const Source *source, const Field *field, ValueNames *names)
{
	static const char *const needs[] = {"login", "name"};
	Source *users = is_user_field(field->name) && field->column != NULL
						? open_beside(source, "app_user", lengthof(needs), needs)
						: NULL;
	bool active;

	if (users == NULL)
		return false;
	active = source_column(users, "active") != NULL && may_select(users, "active");
	names->rows = named_rows(users, "l.login::pg_catalog.text", user_name("l"),
							 active ? "l.active::pg_catalog.bool" : "true", "true");
	return true;
}

/* The labels of what people choose from. */
static bool
choice_names(const Source *source, const Field *field, ValueNames *names)
{
	static const char *const needs[] = {"field", "value", "label", "active"};
	Source *choices =
		field->choices == NULL ? NULL : open_beside(source, "choice", lengthof(needs), needs);
	StringInfoData condition;

	if (choices == NULL)
		return false;
	initStringInfo(&condition);
	appendStringInfoString(&condition, "l.field::pg_catalog.text OPERATOR(pg_catalog.=) ");
	append_text_literal(&condition, field->choices);
	names->rows = named_rows(choices, "l.value::pg_catalog.text",
							 "COALESCE(l.label::pg_catalog.text, l.value::pg_catalog.text)",
							 "l.active::pg_catalog.bool", condition.data);
	return true;
}

/* What values of a field are called; false: nobody names them, or the user may not read it. */
bool
value_names(const Source *source, const Field *field, ValueNames *names)
{
	*names = (ValueNames){0};
	return key_names(source, field, names) || user_names(source, field, names) ||
		   choice_names(source, field, names);
}

/* Append the condition that a row of names is that of a value, of which the text is given, too. */
static void
append_is_named(StringInfo sql, const ValueNames *names, const char *alias, const char *value,
				const char *text)
{
	appendStringInfo(sql, "%s.value", alias);
	if (OidIsValid(names->operator_oid))
	{
		append_operator(sql, names->operator_oid);
		appendStringInfoString(sql, value);
	}
	else
		appendStringInfo(sql, " OPERATOR(pg_catalog.=) %s", text);
}

/*
 * Append a join of the names of values, each once, or rows would count twice, as an alias: that of
 * a value, of which the text is given, too. The kind of join is before it.
 */
void
append_names(StringInfo sql, const ValueNames *names, const char *alias, const char *value,
			 const char *text)
{
	if (names->unique)
		appendStringInfoString(sql, names->rows);
	else
		appendStringInfo(sql,
						 "(SELECT n.value, pg_catalog.min(n.label) AS label, "
						 "pg_catalog.bool_or(n.active) AS active FROM %s AS n GROUP BY 1)",
						 names->rows);
	appendStringInfo(sql, " AS %s ON ", alias);
	append_is_named(sql, names, alias, value, text);
}

/* The name of a value, by a join where a query may have one: whoever reads all rows gains by it. */
static char *
name_of(const ValueNames *names, FromClause *from, const char *value, const char *text)
{
	StringInfoData sql;
	char *alias;

	if (from != NULL)
	{
		alias = psprintf("j%d", ++*from->alias_counter);
		appendStringInfoString(&from->joins, " LEFT JOIN ");
		append_names(&from->joins, names, alias, value, text);
		return psprintf("%s.label", alias);
	}
	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT pg_catalog.min(l.label) FROM %s AS l WHERE ", names->rows);
	append_is_named(&sql, names, "l", value, text);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* What a value is called, or NULL, as expressions of it and its text; NULL: nobody says. */
static char *
names_of_value(const Source *source, const Field *field, FromClause *from, const char *value,
			   const char *text)
{
	ValueNames names;
	StringInfoData period;
	char *translation;
	char *name;

	if (field->unit != NULL)
	{
		initStringInfo(&period);
		appendStringInfoString(&period, "opportunities.period_label(");
		append_text_literal(&period, field->unit);
		appendStringInfo(&period, ", %s)", value);
		return period.data;
	}
	translation = translated(source, field, text);
	if (!value_names(source, field, &names))
		return translation;
	name = name_of(&names, from, value, text);
	return translation == NULL ? name : psprintf("%s, %s", translation, name);
}

/*
 * What a value of a field is called, as an expression of the value: its own text where it has no
 * name. Of an array, what its elements are called. NULL: no value of the field has a name. A query
 * whose rows are all read is given, so that it gets a join.
 */
char *
value_label(const Source *source, const Field *field, const char *sql, FromClause *from)
{
	bool many = field->base_type == TEXTARRAYOID;
	const char *value = many ? "e.value" : sql;
	char *text = many ? "e.value" : field_text(field, sql);
	char *name = names_of_value(source, field, many ? NULL : from, value, text);

	if (name == NULL)
		return NULL;
	if (!many)
		return psprintf("COALESCE(%s, %s)", name, stand_in(field->column, text));
	return psprintf("CASE WHEN %1$s IS NOT NULL THEN ARRAY(SELECT COALESCE(%2$s, %3$s) FROM "
					"pg_catalog.unnest(%1$s) WITH ORDINALITY AS e (value, place) "
					"ORDER BY e.place) END",
					sql, name, stand_in(field->column, text));
}

/*
 * The field that label(field) is the label of; the name itself where it is not written so. The
 * label of a label is that label.
 */
const char *
labelled_field(const char *name)
{
	static const char call[] = "label(";
	const int width = strlen(call);
	const char *of = name;
	int length = strlen(name);

	while (length > width && strncmp(of, call, width) == 0 && of[length - 1] == ')')
	{
		of += width;
		length -= width + 1;
	}
	return of == name ? name : pnstrdup(of, length);
}

/* What people call a value of a field, given as an expression, under the name that asks for it. */
Field *
label_of(const Source *source, const Field *field, const char *sql, const char *name)
{
	char *label = value_label(source, field, sql, NULL);

	if (field->base_type == TEXTARRAYOID)
		return make_field(name, label != NULL ? label : pstrdup(sql), TEXTARRAYOID);
	return make_field(name, label != NULL ? label : field_text(field, sql), TEXTOID);
}

/* What people call the value of a field: label(source). NULL where the name is not written so. */
Field *
label_field(FromClause *from, const char *name)
{
	const char *of = labelled_field(name);
	Field *field;

	if (of == name)
		return NULL;
	field = need_field(from, of);
	return label_of(from->source, field, field->sql, name);
}
