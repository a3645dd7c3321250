/* The fields that a row shows, and the JSON object that they are. */
#include "postgres.h"

#include "query/projection.h"

#include "base/errors.h"
#include "base/json.h"
#include "fields/custom.h"
#include "fields/named_field.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

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

/* What those of these read that are no columns: of the row itself, and of one beside it. */
static const struct DefaultNeeds
{
	const char *field;
	const char *own[3];
	const char *related; /* NULL: none */
	const char *column;
} default_needs[] = {
	{"account.name", {"account_id"}, "account", "name"},
	{"stage.name", {"pipeline_id", "stage_id"}, "stage", "name"},
	{"state", {"pipeline_id", "stage_id"}, "stage", "kind"},
	{"days_in_stage", {"stage_entered_at", "closed_at"}, NULL, NULL},
	{"stale", {"stage_entered_at", "closed_at", "stage_id"}, "stage", "max_days"},
};

/* Whether lists show a field unless others are asked for; custom ones say so themselves. */
bool
is_listed(const char *name)
{
	for (int i = 0; i < lengthof(list_fields); i++)
	{
		if (strcmp(list_fields[i], name) == 0)
			return true;
	}
	return false;
}

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

/* Whether the user may read a column of the relation of a name beside another. */
static bool
may_select_beside(const Source *source, const char *name, const char *column)
{
	Oid relid = get_relname_relid(name, source->schema);
	AttrNumber number = OidIsValid(relid) ? get_attnum(relid, column) : InvalidAttrNumber;

	return number == InvalidAttrNumber ||
		   pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		   pg_attribute_aclcheck(relid, number, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* Whether the user may read all that a field is made of which nobody asked for. */
static bool
may_show(const Source *source, const char *name)
{
	static const char *const keys[] = {TENANT_COLUMN, "pipeline_id", "id"};
	bool allowed = may_select(source, name);

	for (int i = 0; i < lengthof(default_needs); i++)
	{
		const struct DefaultNeeds *needs = &default_needs[i];

		if (strcmp(needs->field, name) != 0)
			continue;
		for (int own = 0; own < lengthof(needs->own) && needs->own[own] != NULL; own++)
			allowed = allowed && may_select(source, needs->own[own]);
		if (needs->related == NULL)
			continue;
		allowed = allowed && may_select_beside(source, needs->related, needs->column);
		for (int key = 0; key < lengthof(keys); key++)
			allowed = allowed && may_select_beside(source, needs->related, keys[key]);
	}
	return allowed;
}

/* The fields that are shown where the caller names none: none that the user may not read. */
static List *
add_default_fields(List *fields, FromClause *from, bool list)
{
	const char *const *names = list ? list_fields : card_fields;
	int count = list ? lengthof(list_fields) : lengthof(card_fields);
	ListCell *cell;

	for (int i = 0; i < count; i++)
	{
		Field *field = may_show(from->source, names[i]) ? find_field(from, names[i], NULL) : NULL;

		if (field != NULL)
			fields = add_field(fields, field);
	}
	if (!list || !may_select(from->source, "custom"))
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
projected_fields(FromClause *from, List *names, bool list)
{
	List *fields = list_make1(need_field(from, "id"));
	ListCell *cell;

	if (names == NIL)
		return add_default_fields(fields, from, list);
	foreach (cell, names)
		fields = add_field(fields, need_field(from, lfirst(cell)));
	return fields;
}

/* Compare the names of fields as the keys of a JSON object. */
static int
compare_field_names(const ListCell *a, const ListCell *b)
{
	const Field *left = lfirst(a);
	const Field *right = lfirst(b);

	if (left->name_length != right->name_length)
		return left->name_length - right->name_length;
	return memcmp(left->name, right->name, left->name_length);
}

/* The fields in the order of their names as keys, so that set_row need not sort each row. */
List *
json_fields(List *shown)
{
	List *fields = list_copy(shown);

	list_sort(fields, compare_field_names);
	return fields;
}

/* The fields as columns of a query, raw where set_row makes JSON of them. */
char *
projected_columns(List *fields)
{
	StringInfoData sql;
	ListCell *cell;

	initStringInfo(&sql);
	foreach (cell, fields)
		appendStringInfo(&sql, "%s%s", foreach_current_index(cell) > 0 ? ", " : "",
						 field_column(lfirst(cell)));
	return sql.data;
}

/* Make an object of a row whose first values are those of json_fields: a flat key for each. */
void
set_row(JsonbValue *object, List *fields, const Datum *values, const bool *nulls)
{
	JsonbPair *pairs = palloc(sizeof(JsonbPair) * list_length(fields));
	ListCell *cell;

	foreach (cell, fields)
	{
		Field *field = lfirst(cell);
		int i = foreach_current_index(cell);

		set_string(&pairs[i].key, field->name, field->name_length);
		if (nulls[i])
			pairs[i].value.type = jbvNull;
		else
			set_json(&pairs[i].value, field, values[i]);
	}
	object->type = jbvObject;
	object->val.object.nPairs = list_length(fields);
	object->val.object.pairs = pairs;
}
