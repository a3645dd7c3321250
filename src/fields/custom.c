/* Fields of the column custom, and the types declared for them. */
#include "postgres.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fields/custom.h"
#include "fmgr.h"
#include "settings/tenant.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(custom_number);
PG_FUNCTION_INFO_V1(custom_date);
PG_FUNCTION_INFO_V1(custom_bool);

/* A key of custom whose type is known. */
typedef struct CustomKey
{
	Oid relid; /* of the table custom_field */
	char *key;
	const CustomType *type;
} CustomKey;

static const CustomType types[] = {{"number", "custom_number", NUMERICOID},
								   {"date", "custom_date", DATEOID},
								   {"bool", "custom_bool", BOOLOID}};

/* The table custom_field beside a relation, or InvalidOid. */
static Oid
custom_field_table(const Source *source)
{
	Oid relid =
		OidIsValid(source->schema) ? get_relname_relid("custom_field", source->schema) : InvalidOid;

	if (!OidIsValid(relid) || get_attnum(relid, "name") == InvalidAttrNumber ||
		get_attnum(relid, "type") == InvalidAttrNumber)
		return InvalidOid;
	return relid;
}

/* What a table custom_field declares a key as. NULL: text, or nothing. */
static const CustomType *
read_custom_type(Oid relid, const char *key)
{
	Datum args[1];
	const CustomType *type = NULL;
	bool text = false;
	StringInfoData sql;
	int result;

	args[0] = CStringGetTextDatum(key);
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT DISTINCT c.type::pg_catalog.text FROM %s AS c "
					 "WHERE c.name::pg_catalog.text OPERATOR(pg_catalog.=) $1",
					 sql_relation(relid));
	append_tenant(&sql, relid, "c");
	result = SPI_execute_with_args(sql.data, 1, (Oid[]){TEXTOID}, args, NULL, true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read custom fields: %s", SPI_result_code_string(result));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *name = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1);
		const CustomType *found = NULL;

		for (int i = 0; i < lengthof(types) && name != NULL; i++)
		{
			if (strcmp(name, types[i].name) == 0)
				found = &types[i];
		}
		text |= found == NULL;
		if (found != NULL && type != NULL && found != type)
			text = true;
		type = found != NULL ? found : type;
	}
	SPI_finish();
	return text ? NULL : type;
}

/*
 * The type that the table custom_field beside a relation declares for a key of its custom column;
 * NULL: text, or none. The table joins those that a plan depends on.
 */
const CustomType *
find_custom_type(const Source *source, const char *key, CustomFields *fields)
{
	Oid relid = custom_field_table(source);
	CustomKey *known;
	ListCell *cell;

	if (!OidIsValid(relid))
		return NULL;
	foreach (cell, fields->keys)
	{
		known = lfirst(cell);
		if (known->relid == relid && strcmp(known->key, key) == 0)
			return known->type;
	}
	fields->tables = list_append_unique_oid(fields->tables, relid);
	known = palloc(sizeof(CustomKey));
	known->relid = relid;
	known->key = pstrdup(key);
	known->type = read_custom_type(relid, key);
	fields->keys = lappend(fields->keys, known);
	return known->type;
}

/*
 * The names of the custom fields that lists show unless other fields are asked for; none for a user
 * who may not read them, whom nothing is wrong for that never asked.
 */
List *
listed_custom_fields(const Source *source)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid relid = custom_field_table(source);
	List *names = NIL;
	StringInfoData sql;

	if (!OidIsValid(relid) || get_attnum(relid, "listed") == InvalidAttrNumber ||
		!has_rows_for_user(relid))
		return NIL;
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT DISTINCT c.name::pg_catalog.text FROM %s AS c WHERE c.listed",
					 sql_relation(relid));
	append_tenant(&sql, relid, "c");
	appendStringInfo(&sql, " ORDER BY 1 LIMIT %d", MAX_LISTED_FIELDS);
	(void) run_query(sql.data);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *name = copy_value(caller, row, 1);
		MemoryContext inner = MemoryContextSwitchTo(caller);

		names = lappend(names, name);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return names;
}

/* A member of the column custom, or NULL. */
static JsonbValue *
custom_member(FunctionCallInfo fcinfo)
{
	Jsonb *custom = PG_GETARG_JSONB_P(0);

	return JB_ROOT_IS_OBJECT(custom)
			   ? json_member(&custom->root, text_to_cstring(PG_GETARG_TEXT_PP(1)))
			   : NULL;
}

/* custom_number(custom jsonb, key text) -> numeric */
Datum
custom_number(PG_FUNCTION_ARGS)
{
	JsonbValue *value = custom_member(fcinfo);

	if (value == NULL || value->type != jbvNumeric)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(datumCopy(NumericGetDatum(value->val.numeric), false, -1));
}

/* Read a day such as 2025-12-31, in that form alone. */
static bool
read_day(const JsonbValue *value, DateADT *date)
{
	int year;
	int month;
	int day;
	int end = 0;
	char *text;

	if (value->type != jbvString)
		return false;
	text = json_scalar(value);
	if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 ||
		end != 10 || year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		return false;
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* Whether a value is one of the type that custom_field declares. */
bool
reads_as(const JsonbValue *value, const char *type)
{
	DateADT date;

	if (strcmp(type, "number") == 0)
		return value->type == jbvNumeric;
	if (strcmp(type, "date") == 0)
		return read_day(value, &date);
	if (strcmp(type, "bool") == 0)
		return value->type == jbvBool;
	if (strcmp(type, "choice") == 0)
		return value->type == jbvString;
	return true;
}

/* custom_date(custom jsonb, key text) -> date */
Datum
custom_date(PG_FUNCTION_ARGS)
{
	JsonbValue *value = custom_member(fcinfo);
	DateADT date;

	if (value == NULL || !read_day(value, &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date);
}

/* custom_bool(custom jsonb, key text) -> boolean */
Datum
custom_bool(PG_FUNCTION_ARGS)
{
	JsonbValue *value = custom_member(fcinfo);

	if (value == NULL || value->type != jbvBool)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(value->val.boolean);
}
