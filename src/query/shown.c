#include "postgres.h"

#include "query/shown.h"

#include "base/errors.h"
#include "base/json.h"
#include "executor/spi.h"
#include "fields/custom.h"
#include "query/keyset.h"

/* More fields than anybody reads, and fewer than a query has columns. */
#define MAX_FIELDS 1000

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

	if (list_length(names) > MAX_FIELDS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("more than %d fields to show", MAX_FIELDS),
						err_code("too_many_fields"), err_field("fields")));
	if (names == NIL)
		return add_default_fields(fields, from, list);
	foreach (cell, names)
		fields = add_field(fields, need_field(from, lfirst(cell)));
	return fields;
}

/* What is shown of rows of a relation that are ordered by a sort. */
Shown *
open_shown(Source *source, List *names, List *sort, bool list)
{
	Shown *shown = palloc(sizeof(Shown));

	shown->from = open_from(source);
	shown->fields = shown_fields(shown->from, names, list);
	shown->keys = sort_keys(shown->from, sort);
	return shown;
}

/* The fields as columns of a query, raw where push_row makes JSON of them. */
char *
shown_columns(List *fields)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, fields)
		appendStringInfo(&sql, "%s%s", foreach_current_index(cell) > 0 ? ", " : "",
						 field_column(lfirst(cell)));
	return sql.data;
}

/* Append the fields as columns of a query, then the keys. */
void
append_shown(StringInfo sql, const Shown *shown)
{
	ListCell *cell;

	appendStringInfoString(sql, shown_columns(shown->fields));
	foreach (cell, shown->keys)
		appendStringInfo(sql, ", %s", ((SortKey *) lfirst(cell))->field->sql);
}

/* Add a row of a query whose first columns are the fields, as an object with a flat key for each.
 */
JsonbValue *
push_row(JsonbParseState **state, List *fields, HeapTuple tuple, TupleDesc desc)
{
	ListCell *cell;

	(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		JsonbValue json = {.type = jbvNull};
		bool isnull;
		Datum value = SPI_getbinval(tuple, desc, foreach_current_index(cell) + 1, &isnull);

		push_key(state, field->name);
		if (!isnull)
			set_json(&json, field, value);
		(void) pushJsonbValue(state, WJB_VALUE, &json);
	}
	return pushJsonbValue(state, WJB_END_OBJECT, NULL);
}
