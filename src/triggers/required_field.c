/* Fields that a stage requires of a row that enters it. */
#include "postgres.h"

#include "triggers/required_field.h"

#include "base/arrays.h"
#include "base/errors.h"
#include "base/fold.h"
#include "base/json.h"
#include "base/limits.h"
#include "catalog/pg_type.h"
#include "fields/source.h"
#include "fields/writable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "triggers/owner_query.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(stage_fields_trigger);
PG_FUNCTION_INFO_V1(is_opportunity_column);

#define CUSTOM_PREFIX "custom."

enum
{
	STAGE_PIPELINE_ID,
	STAGE_REQUIRED_FIELDS,
	STAGE_COLUMNS
};

static const TriggerColumn columns[STAGE_COLUMNS] = {
	[STAGE_PIPELINE_ID] = {"pipeline_id", INT8OID},
	[STAGE_REQUIRED_FIELDS] = {"required_fields", TEXTARRAYOID},
};

static const Disclosure requirement_disclosure =
	DISCLOSURE("stage", "id", INT8OID, "name", "required_fields");

static const OwnerQuery declared_field = {
	.table = "custom_field",
	.sql = "SELECT FROM %s WHERE {=}name OPERATOR(pg_catalog.=) $1 "
		   "AND COALESCE(pipeline_id OPERATOR(pg_catalog.=) $2, true)",
	.nargs = 2,
	.args = {TEXTOID, INT8OID},
};

static const OwnerQuery declared_names = {
	.table = "custom_field",
	.sql = "SELECT pg_catalog.array_agg(('" CUSTOM_PREFIX "'::pg_catalog.text "
		   "OPERATOR(pg_catalog.||) name) ORDER BY name COLLATE pg_catalog.\"C\") AS names FROM %s "
		   "WHERE {=}COALESCE(pipeline_id OPERATOR(pg_catalog.=) $1, true)",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTARRAYOID, NULLABLE}},
};

static const Disclosure declared_disclosure =
	DISCLOSURE("custom_field", "name", TEXTOID, "pipeline_id");

/* The key of custom that a field is; NULL: it is a column. */
static const char *
custom_key(const char *field)
{
	size_t length = sizeof(CUSTOM_PREFIX) - 1;

	return strncmp(field, CUSTOM_PREFIX, length) == 0 ? field + length : NULL;
}

/* The names that a stage can require, for a hint: declared ones as far as the writer sees them. */
static List *
known_names(const Row *row, const Source *opportunities)
{
	List *names = column_names(opportunities);
	Datum pipeline_id = value_of(row, STAGE_PIPELINE_ID);
	Datum declared;
	bool none;

	if (may_read(row->trigger, &declared_disclosure) &&
		writer_query(row->trigger, &declared_names, &pipeline_id, &declared, &none) && !none)
		names =
			list_concat(names, text_array(DatumGetArrayTypeP(declared), "custom_field", INT_MAX));
	return names;
}

/* Whether a field comes with the stage itself, or is required in another way. */
static bool
comes_with_stage(const char *field)
{
	static const char *const names[] = {"stage_id", "pipeline_id", "closed_at", "closed_on",
										"close_reason"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], field) == 0)
			return true;
	return false;
}

/* A stage can require a column that people fill, and a custom field that is declared. */
static void
check_requirable(const Row *row, const Source *opportunities, const char *field)
{
	const char *key = custom_key(field);
	const SourceColumn *column = key == NULL ? source_column(opportunities, field) : NULL;
	Datum args[2] = {CStringGetTextDatum(key == NULL ? "" : key), value_of(row, STAGE_PIPELINE_ID)};

	if (key == NULL ? column == NULL
					: !owner_query(row->trigger, &declared_field, args, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("\"%s\" has no field \"%s\"", opportunities->name, field),
						errdetail("A stage requires columns of it, and custom fields that are "
								  "declared for the stage's pipeline."),
						errhint_nearest(field, known_names(row, opportunities)), errtable(row->rel),
						err_code("unknown_field"), err_field("required_fields")));
	if (column != NULL &&
		(comes_with_stage(field) || why_read_only(opportunities, column, CMD_UPDATE) != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("a stage can't require the field \"%s\"", field),
				 strcmp(field, "close_reason") == 0
					 ? errhint("Set reason_required of the stage.")
					 : errdetail("It comes with the stage, or the database keeps it."),
				 errtable(row->rel), err_code("field_not_required"), err_field("required_fields")));
}

/* stage_fields_trigger() -> trigger */
Datum
stage_fields_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"stage_fields_trigger", BEFORE_ROW, ON_INSERT | ON_UPDATE,
								   columns, STAGE_COLUMNS};
	Row row = open_row(fcinfo, &use);
	List *fields = NIL;
	Source *opportunities;
	Oid relid;
	ListCell *cell;

	if (changed(&row, STAGE_REQUIRED_FIELDS) || changed(&row, STAGE_PIPELINE_ID))
		fields = text_array(DatumGetArrayTypeP(value_of(&row, STAGE_REQUIRED_FIELDS)),
							"required_fields", MAX_LISTED_FIELDS);
	if (fields == NIL)
		PG_RETURN_POINTER(close_row(&row));

	relid = get_relname_relid("opportunity", get_rel_namespace(home_table(row.rel)));
	opportunities = open_source(relid);
	foreach (cell, fields)
	{
		CHECK_FOR_INTERRUPTS();
		check_requirable(&row, opportunities, lfirst(cell));
	}
	PG_RETURN_POINTER(close_row(&row));
}

/* is_opportunity_column(stages oid, field text) -> boolean */
Datum
is_opportunity_column(PG_FUNCTION_ARGS)
{
	Oid relid = get_relname_relid("opportunity", get_rel_namespace(PG_GETARG_OID(0)));

	PG_RETURN_BOOL(OidIsValid(relid) &&
				   get_attnum(relid, text_to_cstring(PG_GETARG_TEXT_PP(1))) > 0);
}

/* Whether JSON is no value: an empty text, list or object is none, false and 0 are. */
static bool
lacks_json(const JsonbValue *value)
{
	if (value == NULL || value->type == jbvNull)
		return true;
	if (value->type == jbvString)
		return !has_text(json_scalar(value));
	return value->type == jbvBinary && JsonContainerSize(value->val.binary.data) == 0;
}

/* Whether the value of a column is none: an empty text or array, or JSON that is none. */
static bool
lacks_value(Oid type, Datum value)
{
	Oid base = getBaseType(type);

	if (OidIsValid(get_element_type(base)))
	{
		AnyArrayType *array = DatumGetAnyArrayP(value);

		return ArrayGetNItems(AARR_NDIM(array), AARR_DIMS(array)) == 0;
	}
	if (base == JSONBOID)
	{
		Jsonb *json = DatumGetJsonbP(value);
		JsonbValue scalar;

		return JsonbExtractScalar(&json->root, &scalar) ? lacks_json(&scalar)
														: JB_ROOT_COUNT(json) == 0;
	}
	return (base == TEXTOID || base == VARCHAROID || base == BPCHAROID) &&
		   !has_text(TextDatumGetCString(value));
}

/* Whether a row has no value of a field; of one that isn't there any more it has none. */
static bool
lacks_field(const Row *row, const char *field)
{
	const char *key = custom_key(field);
	AttrNumber number = get_attnum(RelationGetRelid(row->rel), key == NULL ? field : "custom");
	Oid type;
	Jsonb *custom;

	if (number <= 0 || row->nulls[number - 1])
		return true;
	type = TupleDescAttr(RelationGetDescr(row->rel), number - 1)->atttypid;
	if (key == NULL)
		return lacks_value(type, row->values[number - 1]);
	if (type != JSONBOID)
		return true;
	custom = DatumGetJsonbP(row->values[number - 1]);
	return !JB_ROOT_IS_OBJECT(custom) || lacks_json(json_member(&custom->root, key));
}

/* A row that enters a stage must have a value of each field that the stage requires. */
void
check_required_fields(const Row *row, int stage_column, const Stage *stage)
{
	List *missing = NIL;
	StringInfoData names;
	ListCell *cell;

	if (stage->required_fields == (Datum) 0)
		return;
	foreach (cell, text_array(DatumGetArrayTypeP(stage->required_fields), "required_fields",
							  MAX_LISTED_FIELDS))
		if (!has_string(missing, lfirst(cell)) && lacks_field(row, lfirst(cell)))
			missing = lappend(missing, lfirst(cell));
	if (missing == NIL)
		return;
	refuse_hidden(row, stage_column, &requirement_disclosure, "stage_missing");
	initStringInfo(&names);
	foreach (cell, missing)
		appendStringInfo(&names, "%s%s", foreach_current_index(cell) == 0 ? "" : ", ",
						 (char *) lfirst(cell));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("stage \"%s\" requires a value of %s", stage->name, (char *) linitial(missing)),
			 errdetail("Missing: %s.", names.data), errhint("Set it together with the stage."),
			 errtable(row->rel), err_code("required_in_stage"), err_field(linitial(missing))));
}
