#include "postgres.h"

#include "shown.h"

#include "custom.h"
#include "sqltext.h"

/* A function call takes at most 100 arguments. */
#define FIELDS_PER_CALL 50

/* What a card shows unless the caller names fields: those of these that the relation has. */
static const char *const card_fields[] = {
	"title",	   "account.name",	   "owner",			 "amount", "currency",
	"probability", "estimated_amount", "expected_close", "tags",   "days_in_stage",
	"stale",	   "version"};

/* The same for a row of a list, which no column of a board says the stage of. */
static const char *const list_fields[] = {
	"title",	"account.name", "stage.name",		"state",		   "owner",			 "amount",
	"currency", "probability",	"estimated_amount", "realized_amount", "expected_close", "tags",
	"version"};

static List *
add_field(List *fields, Field *field)
{
	ListCell *cell;

	foreach (cell, fields)
	{
		if (strcmp(((Field *) lfirst(cell))->name, field->name) == 0)
			return fields;
	}
	return lappend(fields, field);
}

/* The fields that are shown where the caller names none. */
static List *
add_default_fields(List *fields, FromClause *from, bool list)
{
	const char *const *names = list ? list_fields : card_fields;
	int count = list ? lengthof(list_fields) : lengthof(card_fields);
	ListCell *cell;

	for (int i = 0; i < count; i++)
	{
		Field *field = find_field(from, names[i], NULL);

		if (field != NULL)
			fields = add_field(fields, field);
	}
	if (!list)
		return fields;
	foreach (cell, listed_custom_fields(from->source))
	{
		Field *field = find_field(from, psprintf("custom.%s", (char *) lfirst(cell)), NULL);

		if (field != NULL)
			fields = add_field(fields, field);
	}
	return fields;
}

/* The fields of a card, or of a row of a list: id first, each once. */
List *
shown_fields(FromClause *from, List *names, bool list)
{
	List *fields = list_make1(need_field(from, "id"));
	ListCell *cell;

	if (names == NIL)
		return add_default_fields(fields, from, list);
	foreach (cell, names)
		fields = add_field(fields, need_field(from, lfirst(cell)));
	return fields;
}

/* An expression for a row as a JSON object with a flat key for each field. */
char *
json_row(List *fields)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		int n = foreach_current_index(cell);

		if (n % FIELDS_PER_CALL != 0)
			appendStringInfoString(&sql, ", ");
		else
			appendStringInfoString(&sql, n == 0 ? "pg_catalog.jsonb_build_object("
												: ") OPERATOR(pg_catalog.||) "
												  "pg_catalog.jsonb_build_object(");
		append_text_literal(&sql, field->name);
		appendStringInfo(&sql, ", %s", field_json(field));
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}
