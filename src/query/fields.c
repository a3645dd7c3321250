/* fields: what each field of a relation is and can do, for forms and query builders. */
#include "postgres.h"

#include "access/relation.h"
#include "base/arrays.h"
#include "base/compat.h"
#include "base/limits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/custom.h"
#include "fields/label.h"
#include "fields/named_field.h"
#include "fields/origin.h"
#include "fields/readable.h"
#include "fields/value_reader.h"
#include "fields/writable.h"
#include "filter/filter_operator.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "query/description.h"
#include "query/field_choices.h"
#include "query/projection.h"
#include "settings/calendar_text.h"
#include "settings/tenant.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(fields);

/* A field that is told of. */
typedef struct FieldInfo
{
	const char *name;
	const char *source;
	const Source *relation;		   /* whose column it is; NULL: it is none */
	const SourceColumn *column;	   /* of that relation */
	const DeclaredField *declared; /* as a key of custom, or NULL */
	bool key;					   /* it names a row */
} FieldInfo;

/* The columns of the result. */
enum
{
	NAME,
	LABEL,
	TYPE,
	OPERATORS,
	CHOICES,
	WRITABLE,
	REQUIRED,
	REQUIRED_STAGES,
	SORTABLE,
	LANE,
	DIMENSION,
	MEASURE,
	LISTED,
	SOURCE,
	INFO_COLUMNS
};

/* What a call asks for. */
typedef struct FieldsArgs
{
	Source *source;
	FromClause *from;
	const char *pipeline; /* NULL: any */
	List *labels;
	ChoiceTables *tables;
} FieldsArgs;

static FieldInfo *
make_info(const char *name, const char *source)
{
	FieldInfo *info = palloc0(sizeof(FieldInfo));

	info->name = name;
	info->source = source;
	return info;
}

/* The name by which a column may lead to another relation. */
static char *
step_name(const SourceColumn *column)
{
	int length = strlen(column->name);

	return length > 3 && strcmp(column->name + length - 3, "_id") == 0
			   ? pnstrdup(column->name, length - 3)
			   : pstrdup(column->name);
}

/* Add the columns that a link leads to, but for its keys and what isn't of people's making. */
static List *
add_related(List *infos, const char *step, const Link *link)
{
	Source *related = open_source(link->relid);
	ListCell *cell;

	if (!may_use_schema(GetUserId(), related->schema, ACL_USAGE))
		return infos;
	foreach (cell, related->columns)
	{
		SourceColumn *column = lfirst(cell);
		FieldInfo *info;
		ListCell *key;
		bool is_key = strcmp(column->name, TENANT_COLUMN) == 0 ||
					  (column->base_type == JSONBOID && strcmp(column->name, "custom") == 0);

		foreach (key, link->foreign)
			is_key = is_key || strcmp(lfirst(key), column->name) == 0;
		if (is_key || !may_select(related, column->name))
			continue;
		info = make_info(psprintf("%s.%s", step, column->name), "related");
		info->relation = related;
		info->column = column;
		infos = lappend(infos, info);
	}
	return infos;
}

/* Whether anybody keeps users of the application beside a relation, as far as the user may know. */
static bool
has_users(const Source *source)
{
	static const char *const needs[] = {"login"};

	return open_beside(source, "app_user", lengthof(needs), needs) != NULL;
}

/* The relation's own columns, what people call a row by first, and those of related rows. */
static void
own_and_related(Source *source, List **own, List **related)
{
	ListCell *cell;

	foreach (cell, source->columns)
	{
		SourceColumn *column = lfirst(cell);
		FieldInfo *info;
		char *step;
		Link *link;

		if (strcmp(column->name, TENANT_COLUMN) == 0 || !may_select(source, column->name) ||
			(column->base_type == JSONBOID && strcmp(column->name, "custom") == 0))
			continue;
		step = step_name(column);
		link = source_link(source, step);
		info = make_info(column->name, "own");
		info->relation = source;
		info->column = column;
		info->key = (link != NULL && link->user == NULL) || strcmp(column->name, "id") == 0;
		*own = strcmp(column->name, "title") == 0 ? lcons(info, *own) : lappend(*own, info);
		if (link != NULL && (link->user == NULL || has_users(source)))
			*related = add_related(*related, step, link);
	}
}

/* Those of some fields that the user may read. */
static List *
keep_readable(const FromClause *from, List *infos)
{
	List *names = NIL;
	List *readable;
	List *kept = NIL;
	ListCell *cell;

	foreach (cell, infos)
		names = lappend(names, unconstify(char *, ((FieldInfo *) lfirst(cell))->name));
	readable = readable_fields(from, names);
	if (list_length(readable) == list_length(infos))
		return infos;
	foreach (cell, infos)
	{
		if (list_member_ptr(readable, ((FieldInfo *) lfirst(cell))->name))
			kept = lappend(kept, lfirst(cell));
	}
	return kept;
}

/* The fields that the user may read: own, computed, declared and related ones. */
static List *
list_fields(const FieldsArgs *args)
{
	Source *source = args->source;
	const SourceColumn *custom = source_column(source, "custom");
	List *infos = NIL;
	List *related = NIL;
	ListCell *cell;

	own_and_related(source, &infos, &related);
	foreach (cell, computed_names(source))
	{
		if (source_column(source, lfirst(cell)) == NULL)
			infos = lappend(infos, make_info(lfirst(cell), "computed"));
	}
	if (custom != NULL && custom->base_type == JSONBOID && may_select(source, "custom"))
	{
		foreach (cell, declared_fields(source, args->pipeline))
		{
			const DeclaredField *declared = lfirst(cell);
			FieldInfo *info = make_info(psprintf("custom.%s", declared->name), "custom");

			if (*declared->name == '\0' || source_column(source, info->name) != NULL)
				continue;
			info->declared = declared;
			infos = lappend(infos, info);
		}
	}
	infos = list_concat(infos, related);
	if (list_length(infos) > MAX_FIELDS)
		infos = list_copy_head(infos, MAX_FIELDS);
	return keep_readable(args->from, infos);
}

/* Whether the user may give a column of the relation another value. */
static bool
is_writable(const FieldsArgs *args, const SourceColumn *column)
{
	return may_write_through(args->source->relid, column->number, ACL_UPDATE) &&
		   why_read_only(args->source, column, CMD_UPDATE) == NULL;
}

/* Whether a new row must be given a value of a column, since nothing else gives it one. */
static bool
needs_value(const FieldsArgs *args, const SourceColumn *column)
{
	static const char *const filled[] = {"amount_mode", "probability_mode"}; /* by the trigger */
	Oid table;
	AttrNumber number;
	Relation relation;
	Form_pg_attribute attribute;
	bool result;

	for (int i = 0; i < lengthof(filled); i++)
	{
		if (strcmp(column->name, filled[i]) == 0)
			return false;
	}
	if (!stored_column(args->source->relid, column->number, &table, &number))
		return false;
	relation = relation_open(table, AccessShareLock);
	attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);
	result = attribute->attnotnull && !attribute->atthasdef && attribute->attidentity == '\0';
	relation_close(relation, NoLock);
	return result;
}

/* The stages that take no opportunity without a value of a field. */
static List *
requiring_stages(const FieldsArgs *args, const char *name)
{
	List *ids = NIL;
	ListCell *cell;

	foreach (cell, args->tables->stages)
	{
		const Choice *stage = lfirst(cell);

		if (has_string(stage->required, name))
			ids = lappend(ids, unconstify(char *, stage->value));
	}
	return ids;
}

static Datum
text_list(List *strings)
{
	Datum *elements = palloc(sizeof(Datum) * Max(list_length(strings), 1));
	ListCell *cell;

	foreach (cell, strings)
		elements[foreach_current_index(cell)] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(
		construct_array(elements, list_length(strings), TEXTOID, -1, false, TYPALIGN_INT));
}

/* Whether the user may write a field, and what a new row must have. */
static void
put_writing(const FieldsArgs *args, const FieldInfo *info, Datum *values)
{
	const SourceColumn *column = info->declared != NULL ? source_column(args->source, "custom")
								 : info->relation == args->source ? info->column
																  : NULL;
	bool writable = column != NULL && is_writable(args, column);
	bool required =
		writable && (info->declared != NULL ? info->declared->required : needs_value(args, column));
	List *stages = writable ? requiring_stages(args, info->name) : NIL;

	values[WRITABLE] = BoolGetDatum(writable);
	values[REQUIRED] = BoolGetDatum(required);
	values[REQUIRED_STAGES] = text_list(stages);
}

/* What can be done with a field. */
static void
put_uses(const FieldInfo *info, const Field *field, Datum *values)
{
	bool comparable = OidIsValid(lookup_type_cache(field->type, TYPECACHE_EQ_OPR)->eq_opr);

	values[SORTABLE] = BoolGetDatum(has_order(field));
	values[LANE] = BoolGetDatum(comparable);
	values[DIMENSION] = BoolGetDatum(comparable);
	values[MEASURE] = BoolGetDatum(is_exact_number(field->base_type) && !info->key);
	values[LISTED] = BoolGetDatum(strcmp(info->name, "id") == 0 || is_listed(info->name) ||
								  (info->declared != NULL && info->declared->listed));
}

static void
put_field(ReturnSetInfo *result, const FieldsArgs *args, const FieldInfo *info, const Field *field)
{
	Datum values[INFO_COLUMNS];
	bool nulls[INFO_COLUMNS] = {0};
	List *choices = field_choices(args->tables, field, info->relation, info->column);
	Jsonb *json = choices_json(args->tables, info->name, choices);

	values[NAME] = CStringGetTextDatum(info->name);
	values[LABEL] = CStringGetTextDatum(field_label(args->labels, info->name, info->declared));
	values[TYPE] = CStringGetTextDatum(field_kind(field));
	values[OPERATORS] = text_list(offered_operators(field, info->key || choices != NIL));
	nulls[CHOICES] = json == NULL;
	values[CHOICES] = json == NULL ? (Datum) 0 : JsonbPGetDatum(json);
	put_writing(args, info, values);
	put_uses(info, field, values);
	values[SOURCE] = CStringGetTextDatum(info->source);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * fields(relation regclass, pipeline_id text, language text) -> setof (name text, label text, type
 * text, operators text[], choices jsonb, writable boolean, required boolean, required_stages
 * text[], sortable boolean, lane boolean, dimension boolean, measure boolean, listed boolean,
 * source text)
 */
Datum
fields(PG_FUNCTION_ARGS)
{
	FieldsArgs args = {0};
	ListCell *cell;

	args.source = source_argument(fcinfo, 0);
	args.from = open_from(args.source);
	read_custom_types(args.source, args.from->custom);
	args.pipeline = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	args.labels = read_labels(args.source, PG_ARGISNULL(2) ? current_language()
														   : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	args.tables = read_choice_tables(args.source, args.pipeline, args.labels);

	InitMaterializedSRF(fcinfo, 0);
	foreach (cell, list_fields(&args))
	{
		const FieldInfo *info = lfirst(cell);

		CHECK_FOR_INTERRUPTS();
		put_field((ReturnSetInfo *) fcinfo->resultinfo, &args, info,
				  need_field(args.from, info->name));
	}
	return (Datum) 0;
}
