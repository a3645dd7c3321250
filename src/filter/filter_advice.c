/* Advice on a filter's values: choices and declared keys. */
#include "postgres.h"

#include "filter/filter_advice.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* What is there to choose from. */
typedef struct Choices
{
	const char *field; /* NULL: the names of custom fields */
	bool known;
	List *values;
} Choices;

/*
 * Read what a table beside the relation has in a column, as the user sees it: all of it, or what it
 * has for a field. False: there is nothing to be told.
 */
static bool
read_choices(const Source *source, const char *table, const char *column, Choices *choices)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid relid = OidIsValid(source->schema) ? get_relname_relid(table, source->schema) : InvalidOid;
	StringInfoData sql;
	uint64 count;

	if (!OidIsValid(relid) || get_attnum(relid, column) == InvalidAttrNumber ||
		(choices->field != NULL && get_attnum(relid, "field") == InvalidAttrNumber) ||
		!has_rows_for_user(relid))
		return false;
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT DISTINCT c.%s::pg_catalog.text FROM %s AS c WHERE true",
					 quote_identifier(column), sql_relation(relid));
	append_tenant(&sql, relid, "c");
	if (choices->field != NULL)
	{
		appendStringInfoString(&sql, " AND c.field::pg_catalog.text OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, choices->field);
	}
	appendStringInfo(&sql, " LIMIT %d", MAX_CHOICES + 1);
	count = run_query(sql.data);
	for (uint64 row = 0; row < count; row++)
	{
		char *value = copy_value(caller, row, 1);
		MemoryContext inner = MemoryContextSwitchTo(caller);

		if (value != NULL)
			choices->values = lappend(choices->values, value);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return count > 0 && count <= MAX_CHOICES;
}

/* The choices of a field, which are read once; NULL: those that are declared as custom fields. */
static const Choices *
find_choices(FilterContext *context, const char *field)
{
	Choices *choices;
	ListCell *cell;

	foreach (cell, context->choices)
	{
		choices = lfirst(cell);
		if ((field == NULL) == (choices->field == NULL) &&
			(field == NULL || strcmp(field, choices->field) == 0))
			return choices;
	}
	choices = palloc0(sizeof(Choices));
	choices->field = field;
	choices->known = field == NULL ? read_choices(context->source, "custom_field", "name", choices)
								   : read_choices(context->source, "choice", "value", choices);
	context->choices = lappend(context->choices, choices);
	return choices;
}

/* Say that nobody declared a key of custom, or that pipelines differ in its type. */
void
advise_key(FilterContext *context, const char *path, const Field *field)
{
	const Choices *keys;
	const char *key;

	if (!wants_advice(context) || field->json == NULL)
		return;
	if (field->mixed)
		filter_advice(
			context, path, "custom_type_mixed",
			psprintf("\"%s\" has another type in other pipelines, and is compared as text",
					 field->name),
			"Declare it with one type for all pipelines, or under several names.",
			list_make2("field", unconstify(char *, field->name)));
	if (field->choices == NULL)
		return; /* no key of the relation's own */
	keys = find_choices(context, NULL);
	key = strchr(field->choices, '.') + 1;
	if (keys->known && !has_string(keys->values, key))
		filter_advice(context, path, "custom_undeclared",
					  psprintf("\"%s\" is no declared custom field", field->name),
					  filter_hint_nearest(key, keys->values),
					  list_make2("field", unconstify(char *, field->name)));
}

/* Say that a value is none of those that its field can have. */
void
advise_choice(FilterContext *context, const char *path, const Field *field, const char *value)
{
	const char *name = field->choices;
	List *values = NIL;

	if (!wants_advice(context) || name == NULL)
		return;
	if (field->words != NULL)
		for (const char *const *word = field->words; *word != NULL; word++)
			values = lappend(values, unconstify(char *, *word));
	else
	{
		const Choices *choices = find_choices(context, name);

		if (choices->known)
			values = choices->values;
	}
	if (values != NIL && !has_string(values, value))
		filter_advice(context, path, "unknown_choice",
					  psprintf("\"%s\" is not a choice of \"%s\"", value, name),
					  filter_hint_nearest(value, values),
					  list_make4("field", unconstify(char *, name), "value", pstrdup(value)));
}

/* Say by a notice that a value is none of the choices of its field, but reads like one. */
void
notice_alike(FilterContext *context, const Field *field, const char *value)
{
	const Choices *choices;
	const char *alike = NULL;

	if (field->choices == NULL)
		return;
	choices = find_choices(context, field->choices);
	if (choices->known && !has_string(choices->values, value))
		alike = name_read_alike(value, choices->values);
	if (alike != NULL)
		ereport(NOTICE, (errmsg("\"%s\" is not a choice of \"%s\"", value, field->name),
						 errhint("Perhaps you meant \"%s\".", alike), err_code("unknown_choice"),
						 err_field(field->name)));
}
