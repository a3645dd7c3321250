/* Values of custom against the types declared for their keys. */
#include "postgres.h"

#include "triggers/custom_type.h"

#include "base/errors.h"
#include "base/json.h"
#include "catalog/pg_type.h"
#include "fields/custom.h"
#include "miscadmin.h"
#include "triggers/choice.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"

/* A key of custom whose value is new. */
typedef struct CustomChange
{
	char *key;
	JsonbValue value;
} CustomChange;

static const OwnerQuery any_declared = {
	.table = "custom_field",
	.sql = "SELECT true FROM %s WHERE {=}true LIMIT 1",
};

/* What the row's pipeline declares goes before what is declared for all. */
static const OwnerQuery declared_type = {
	.table = "custom_field",
	.sql = "SELECT type FROM %s WHERE {=}name OPERATOR(pg_catalog.=) $1 "
		   "AND COALESCE(pipeline_id OPERATOR(pg_catalog.=) $2, true) "
		   "ORDER BY pipeline_id LIMIT 1",
	.nargs = 2,
	.args = {TEXTOID, INT8OID},
	.nresults = 1,
	.results = {{TEXTOID}},
};

static const Disclosure type_disclosure =
	DISCLOSURE("custom_field", "name", TEXTOID, "type", "pipeline_id");

/* A value as JSON shows it. */
static char *
json_text(JsonbValue *value)
{
	Jsonb *json = JsonbValueToJsonb(value);

	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

static bool
same_json(JsonbValue *a, JsonbValue *b)
{
	return compareJsonbContainers(&JsonbValueToJsonb(a)->root, &JsonbValueToJsonb(b)->root) == 0;
}

/* The keys whose values are not null, nor what they were. */
static List *
changes_of(Jsonb *custom, Jsonb *old)
{
	JsonbIterator *iterator = JsonbIteratorInit(&custom->root);
	JsonbValue value;
	List *changes = NIL;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		CustomChange *change;
		JsonbValue *before;

		if (token != WJB_KEY)
			continue;
		change = palloc(sizeof(CustomChange));
		change->key = json_scalar(&value);
		(void) JsonbIteratorNext(&iterator, &change->value, true);
		before = old == NULL ? NULL : json_member(&old->root, change->key);
		if (change->value.type != jbvNull && (before == NULL || !same_json(&change->value, before)))
			changes = lappend(changes, change);
	}
	return changes;
}

/* What JSON a type takes, for a hint. */
static const char *
json_of_type(const char *type)
{
	return strcmp(type, "number") == 0 ? "a number"
		   : strcmp(type, "date") == 0 ? "a string such as \"2025-12-31\""
		   : strcmp(type, "bool") == 0 ? "true or false"
									   : "a string";
}

/* Whether a value can be read as the type declared for its key. */
static void
check_custom_type(TriggerData *trigger, CustomChange *change, const char *type)
{
	bool told;

	if (reads_as(&change->value, type))
		return;
	told = may_tell(trigger, &type_disclosure, CStringGetTextDatum(change->key));
	ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
					told ? errmsg("custom field \"%s\" is of type %s", change->key, type)
						 : errmsg("custom field \"%s\" is of another type", change->key),
					errdetail("It would be %s.", json_text(&change->value)),
					told ? errhint("Give JSON: %s.", json_of_type(type)) : 0,
					errtable(trigger->tg_relation), err_code("value_unreadable"),
					err_field(psprintf("custom.%s", change->key))));
}

/* Whether values can be read as the types declared for their keys, where any are. */
static void
check_custom_types(TriggerData *trigger, Datum pipeline_id, List *changes)
{
	ListCell *cell;

	if (!owner_query(trigger, &any_declared, NULL, NULL, NULL))
		return;
	foreach (cell, changes)
	{
		CustomChange *change = lfirst(cell);
		Datum args[2] = {CStringGetTextDatum(change->key), pipeline_id};
		Datum type;

		CHECK_FOR_INTERRUPTS();
		if (owner_query(trigger, &declared_type, args, &type, NULL))
			check_custom_type(trigger, change, TextDatumGetCString(type));
	}
}

/*
 * The values that a row's custom takes anew must be of the types declared for their keys. Adds
 * them to what must be among the choices of its field; old_custom is 0 where there is none.
 */
List *
check_custom(TriggerData *trigger, Datum pipeline_id, Datum custom, Datum old_custom, List *chosen)
{
	Jsonb *value = DatumGetJsonbP(custom);
	Jsonb *old = old_custom == (Datum) 0 ? NULL : DatumGetJsonbP(old_custom);
	List *changes;
	ListCell *cell;

	if (!JB_ROOT_IS_OBJECT(value) || JB_ROOT_COUNT(value) == 0)
		return chosen;
	changes = changes_of(value, old);
	if (changes == NIL)
		return chosen;
	check_custom_types(trigger, pipeline_id, changes);
	foreach (cell, changes)
	{
		CustomChange *change = lfirst(cell);

		chosen = choose_text(chosen, psprintf("custom.%s", change->key),
							 change->value.type == jbvBinary ? json_text(&change->value)
															 : json_scalar(&change->value));
	}
	return chosen;
}
