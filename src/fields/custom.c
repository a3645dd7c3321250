/* Fields of the column custom, and the types declared for them. */
#include "postgres.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/query.h"
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
	bool mixed; /* pipelines differ in its type */
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

/* The type that custom fields of a name are read as; NULL: text, or none of ours. */
static const CustomType *
known_type(const char *name)
{
	for (int i = 0; i < lengthof(types) && name != NULL; i++)
	{
		if (strcmp(name, types[i].name) == 0)
			return &types[i];
	}
	return NULL;
}

/* What is known of a key of a table; NULL: nothing. */
static CustomKey *
find_key(const CustomFields *fields, Oid relid, const char *key)
{
	ListCell *cell;

	foreach (cell, fields->keys)
	{
		CustomKey *known = lfirst(cell);

		if (known->relid == relid && strcmp(known->key, key) == 0)
			return known;
	}
	return NULL;
}

static CustomKey *
add_key(CustomFields *fields, Oid relid, const char *key)
{
	CustomKey *known = palloc0(sizeof(CustomKey));

	known->relid = relid;
	known->key = pstrdup(key);
	fields->tables = list_append_unique_oid(fields->tables, relid);
	fields->keys = lappend(fields->keys, known);
	return known;
}

/*
 * Read what a table custom_field declares: one key, or with NULL all that it has. Where pipelines
 * differ in the type of a key it is text.
 */
static void
read_types(CustomFields *fields, Oid relid, const char *key)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData sql;
	Datum args[1];
	char nulls[1] = {key == NULL ? 'n' : ' '};

	args[0] = key == NULL ? (Datum) 0 : CStringGetTextDatum(key);
	SPI_connect();
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT c.name::pg_catalog.text, pg_catalog.min(c.type::pg_catalog.text), "
					 "CASE WHEN pg_catalog.count(DISTINCT CASE WHEN c.type::pg_catalog.text "
					 "OPERATOR(pg_catalog.=) ANY ('{number,date,bool}'::pg_catalog.text[]) "
					 "THEN c.type::pg_catalog.text ELSE ''::pg_catalog.text END) "
					 "OPERATOR(pg_catalog.>) 1 THEN 'mixed'::pg_catalog.text END "
					 "FROM %s AS c WHERE %s",
					 sql_relation(relid),
					 key == NULL ? "c.name IS NOT NULL"
								 : "c.name::pg_catalog.text OPERATOR(pg_catalog.=) $1");
	append_tenant(&sql, relid, "c");
	appendStringInfo(&sql, " GROUP BY 1 LIMIT %d", MAX_FIELDS);
	if (SPI_execute_with_args(sql.data, 1, (Oid[]){TEXTOID}, args, nulls, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read custom fields");
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char *name = copy_value(caller, row, 1);
		char *type = copy_value(caller, row, 2);
		bool mixed = copy_value(caller, row, 3) != NULL;
		MemoryContext inner = MemoryContextSwitchTo(caller);
		CustomKey *known = find_key(fields, relid, name);

		if (known == NULL)
			known = add_key(fields, relid, name);
		known->type = mixed ? NULL : known_type(type);
		known->mixed = mixed;
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
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

	if (!OidIsValid(relid))
		return NULL;
	known = find_key(fields, relid, key);
	if (known == NULL)
	{
		known = add_key(fields, relid, key);
		read_types(fields, relid, key);
	}
	return known->type;
}

/* Whether pipelines differ in the type of a key that was looked for, which is text then. */
bool
is_mixed_type(const Source *source, const char *key, const CustomFields *fields)
{
	const CustomKey *known = find_key(fields, custom_field_table(source), key);

	return known != NULL && known->mixed;
}

/* Prefetch the types of all keys, where many are asked for. */
void
read_custom_types(const Source *source, CustomFields *fields)
{
	Oid relid = custom_field_table(source);

	if (OidIsValid(relid) && has_rows_for_user(relid))
		read_types(fields, relid, NULL);
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

/* A column of the alias c, or what stands for it where the table hasn't got it. */
static char *
column_or(Oid relid, const char *column, const char *otherwise)
{
	return get_attnum(relid, column) == InvalidAttrNumber ? pstrdup(otherwise)
														  : sql_column("c", column);
}

/*
 * The query for the fields that are declared for a pipeline, whose own go before those of all;
 * NULL: for any, where those of all go before.
 */
static char *
declared_query(Oid relid, const char *pipeline)
{
	bool by_pipeline = get_attnum(relid, "pipeline_id") != InvalidAttrNumber;
	char *required = column_or(relid, "required", "false");
	StringInfoData sql;

	/* a form that is for any pipeline insists on what all of them ask for */
	if (by_pipeline && pipeline == NULL)
		required = psprintf("(%s AND c.pipeline_id IS NULL)", required);

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "SELECT DISTINCT ON (1) c.name::pg_catalog.text, c.type::pg_catalog.text, "
					 "%s::pg_catalog.text, %s::pg_catalog.bool, %s::pg_catalog.bool "
					 "FROM %s AS c WHERE c.name IS NOT NULL",
					 column_or(relid, "label", "NULL"), required,
					 column_or(relid, "listed", "false"), sql_relation(relid));
	append_tenant(&sql, relid, "c");
	if (by_pipeline && pipeline != NULL)
	{
		appendStringInfoString(&sql, " AND (c.pipeline_id IS NULL OR "
									 "c.pipeline_id::pg_catalog.text OPERATOR(pg_catalog.=) ");
		append_text_literal(&sql, pipeline);
		appendStringInfoChar(&sql, ')');
	}
	appendStringInfoString(&sql, " ORDER BY 1");
	if (by_pipeline)
		appendStringInfo(&sql, ", c.pipeline_id IS %sNULL, c.pipeline_id",
						 pipeline == NULL ? "NOT " : "");
	appendStringInfo(&sql, " LIMIT %d", MAX_FIELDS);
	return sql.data;
}

/* The fields that are declared for a pipeline, or for any, in the order of their names. */
List *
declared_fields(const Source *source, const char *pipeline)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid relid = custom_field_table(source);
	List *fields = NIL;

	if (!OidIsValid(relid) || !has_rows_for_user(relid))
		return NIL;
	SPI_connect();
	(void) run_query(declared_query(relid, pipeline));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		DeclaredField *field = MemoryContextAlloc(caller, sizeof(DeclaredField));
		MemoryContext inner;
		char *required = copy_value(caller, row, 4);
		char *listed = copy_value(caller, row, 5);

		field->name = copy_value(caller, row, 1);
		field->type = copy_value(caller, row, 2);
		field->label = copy_value(caller, row, 3);
		field->required = required != NULL && *required == 't';
		field->listed = listed != NULL && *listed == 't';
		inner = MemoryContextSwitchTo(caller);
		fields = lappend(fields, field);
		MemoryContextSwitchTo(inner);
	}
	SPI_finish();
	return fields;
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
