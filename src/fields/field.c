#include "postgres.h"

#include "access/nbtree.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/sqltext.h"
#include "catalog/pg_type.h"
#include "fields/computed.h"
#include "fields/custom.h"
#include "fields/field.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/* Start a query over a relation, whose alias is o. */
FromClause *
open_from(Source *source)
{
	FromClause *from = palloc0(sizeof(FromClause));

	from->source = source;
	from->alias = "o";
	from->numbers = palloc0(sizeof(int));
	from->custom = palloc0(sizeof(CustomFields));
	initStringInfo(&from->joins);
	return from;
}

/* Start a sub-select over a relation in a query, with an alias of its own. */
FromClause *
open_inner_from(const FromClause *outer, Source *source)
{
	FromClause *from = open_from(source);

	from->numbers = outer->numbers;
	from->custom = outer->custom;
	from->params = outer->params;
	from->alias = psprintf("s%d", ++*from->numbers);
	return from;
}

/* Make a field of an expression. */
Field *
make_field(const char *name, char *sql, Oid type)
{
	Field *field = palloc0(sizeof(Field));

	field->name = name;
	field->name_length = strlen(name);
	field->sql = sql;
	field->type = type;
	field->base_type = getBaseType(type);
	return field;
}

/* Append the condition that a row of a linked relation is the one that a row leads to. */
void
append_link(StringInfo sql, const Link *link, const char *alias, const char *linked)
{
	ListCell *local;
	ListCell *foreign;
	ListCell *operator_cell;

	forthree(local, link->local, foreign, link->foreign, operator_cell, link->operators)
	{
		SourceColumn *column = lfirst(local);

		if (local != list_head(link->local))
			appendStringInfoString(sql, " AND ");
		if (link->many)
			appendStringInfoString(sql, sql_column(alias, column->name));
		else
			appendStringInfoString(sql, sql_column(linked, lfirst(foreign)));
		append_operator(sql, lfirst_oid(operator_cell));
		if (link->many)
			appendStringInfoString(sql, sql_column(linked, lfirst(foreign)));
		else
			appendStringInfoString(sql, sql_column(alias, column->name));
	}
}

/* A column of an alias of a query, noted where it is one of the relation itself. */
char *
own_column(FromClause *from, const char *alias, const char *name)
{
	ListCell *cell;

	if (strcmp(alias, from->alias) != 0)
		return sql_column(alias, name);
	foreach (cell, from->columns)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return sql_column(alias, name);
	}
	from->columns = lappend(from->columns, pstrdup(name));
	return sql_column(alias, name);
}

/* Append the condition of a link out of an alias of a query, and note the columns that it reads. */
void
append_own_link(StringInfo sql, FromClause *from, const Link *link, const char *alias,
				const char *linked)
{
	ListCell *cell;

	foreach (cell, link->local)
		(void) own_column(from, alias, ((SourceColumn *) lfirst(cell))->name);
	append_link(sql, link, alias, linked);
}

/* The join that a query has already for a path, or NULL. */
FieldJoin *
find_join(const FromClause *from, const char *path)
{
	ListCell *cell;

	foreach (cell, from->joined)
	{
		FieldJoin *join = lfirst(cell);

		if (strcmp(join->path, path) == 0)
			return join;
	}
	return NULL;
}

/* Note a join whose SQL the caller appends. */
FieldJoin *
add_join(FromClause *from, const char *path, Source *source)
{
	FieldJoin *join = palloc(sizeof(FieldJoin));

	join->path = pstrdup(path);
	join->alias = psprintf("j%d", ++*from->numbers);
	join->source = source;
	from->joined = lappend(from->joined, join);
	return join;
}

/* The join for a link out of an alias, made when it is first asked for. */
FieldJoin *
join_link(FromClause *from, const char *path, const char *alias, const Link *link)
{
	FieldJoin *join = find_join(from, path);

	if (join != NULL)
		return join;
	join = add_join(from, path, open_source(link->relid));
	appendStringInfo(&from->joins, " LEFT JOIN %s AS %s ON ", join->source->sql, join->alias);
	append_own_link(&from->joins, from, link, alias, join->alias);
	return join;
}

/* A field of a related row as a sub-select that gives its value, NULL where there is no row. */
Field *
scalar_field(FromClause *from, const char *name, const Link *link, const char *rest, DeadEnd *end)
{
	FromClause *inner = open_inner_from(from, open_source(link->relid));
	Field *field = find_field(inner, rest, end);
	StringInfoData sql;

	if (field == NULL)
		return NULL;
	initStringInfo(&sql);
	appendStringInfo(&sql, "(SELECT %s FROM %s AS %s%s WHERE ", field->sql, inner->source->sql,
					 inner->alias, inner->joins.data);
	append_own_link(&sql, from, link, from->alias, inner->alias);
	appendStringInfoChar(&sql, ')');
	return make_field(name, sql.data, field->type);
}

/* A key of the jsonb column custom: of the type that custom_field declares for it, else text. */
static Field *
custom_field(FromClause *from, const Source *source, const char *alias, const char *name,
			 const char *key)
{
	SourceColumn *custom = source_column(source, "custom");
	const char *object;
	const CustomType *type;
	StringInfoData literal;
	Field *field;

	if (custom == NULL || custom->base_type != JSONBOID || *key == '\0')
		return NULL;
	object = own_column(from, alias, "custom");
	initStringInfo(&literal);
	append_text_literal(&literal, key);
	type = find_custom_type(source, key, from->custom);
	if (type == NULL)
		field = make_field(name, psprintf("(%s OPERATOR(pg_catalog.->>) %s)", object, literal.data),
						   TEXTOID);
	else
		field = make_field(
			name, psprintf("opportunities.%s(%s, %s)", type->function, object, literal.data),
			type->type);
	field->json = psprintf("(%s OPERATOR(pg_catalog.->) %s)", object, literal.data);
	return field;
}

/*
 * Find what a name stands for: a column, a computed field, a key of custom, or a column of a
 * related row. NULL where there is no such field; end then says where the search ended.
 */
Field *
find_field(FromClause *from, const char *name, DeadEnd *end)
{
	Source *source = from->source;
	const char *alias = from->alias;
	const char *rest = name;

	for (int hops = 0; hops <= MAX_HOPS; hops++)
	{
		SourceColumn *column = source_column(source, rest);
		const char *dot = strchr(rest, '.');
		char *step;
		Link *link;
		FieldJoin *join;
		Field *field;

		if (column != NULL)
		{
			field = make_field(name, own_column(from, alias, column->name), column->type);
			if (source == from->source)
			{
				field->column = column;
				field->not_null = column->not_null;
			}
			return field;
		}
		if (dot == NULL)
		{
			field = hops == 0 ? computed_field(from, rest) : NULL;
			if (field == NULL)
				break;
			return field;
		}

		step = pnstrdup(rest, dot - rest);
		if (strcmp(step, "custom") == 0)
		{
			field = custom_field(from, source, alias, name, dot + 1);
			if (field == NULL)
				break;
			return field;
		}
		link = source_link(source, step);
		if (link == NULL)
			break;
		if (from->scalar)
			return scalar_field(from, name, link, dot + 1, end);
		join = join_link(from, pnstrdup(name, dot - name), alias, link);
		source = join->source;
		alias = join->alias;
		rest = dot + 1;
	}

	if (end != NULL)
	{
		end->source = source;
		end->alias = alias;
		end->rest = rest;
	}
	return NULL;
}

/* The names that exist where the search for a name ended, for a hint. */
List *
known_fields(const FromClause *from, const char *name, const DeadEnd *end)
{
	char *prefix = pnstrdup(name, strlen(name) - strlen(end->rest));
	List *known = NIL;
	ListCell *cell;

	foreach (cell, column_names(end->source))
		known = lappend(known, psprintf("%s%s", prefix, (char *) lfirst(cell)));
	if (end->source == from->source)
		known = list_concat(known, computed_names(end->source));
	return known;
}

/* A field that must be there. */
Field *
need_field(FromClause *from, const char *name)
{
	DeadEnd end;
	Field *field = find_field(from, name, &end);

	if (field == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("\"%s\" has no field \"%s\"", from->source->name, name),
						errhint_nearest(name, known_fields(from, name, &end)),
						err_code("unknown_field"), err_field(name)));
	return field;
}

/* The name of a field as that of a column of a typed result, as the caller wrote it. */
const char *
result_name(const Field *field)
{
	if (field->name_length >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG),
						errmsg("\"%s\" is too long for the name of a column", field->name),
						errhint("A name has at most %d bytes. Give it a shorter one in a view.",
								NAMEDATALEN - 1),
						err_code("name_too_long"), err_field(field->name)));
	return quote_identifier(field->name);
}

/*
 * A field as a value of JSON results: numeric and bigint are strings, so that a client which reads
 * numbers as floating point loses no digit.
 */
char *
field_json(const Field *field)
{
	switch (field->base_type)
	{
		case NUMERICOID:
		case INT8OID:
			return psprintf("%s::pg_catalog.text", field->sql);
		case NUMERICARRAYOID:
		case INT8ARRAYOID:
			return psprintf("%s::pg_catalog.text[]", field->sql);
		default:
			return field->sql;
	}
}

/*
 * A field as a column of a query whose values set_json makes the same of, without a call for each:
 * the value itself where it knows the type, else JSON already.
 */
char *
field_column(const Field *field)
{
	switch (field->base_type)
	{
		case TEXTOID:
		case VARCHAROID:
		case NUMERICOID:
		case INT8OID:
		case INT4OID:
		case INT2OID:
		case BOOLOID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return field->sql;
		default:
			return psprintf("pg_catalog.to_jsonb(%s)", field_json(field));
	}
}

/* A copy of a value of a field's column as JSON. */
void
set_json(JsonbValue *json, const Field *field, Datum value)
{
	switch (field->base_type)
	{
		case TEXTOID:
		case VARCHAROID:
		{
			text *string = DatumGetTextPP(value);
			int length = VARSIZE_ANY_EXHDR(string);

			set_string(json, memcpy(palloc(length), VARDATA_ANY(string), length), length);
			break;
		}
		case INT4OID:
		case INT2OID:
			json->type = jbvNumeric;
			json->val.numeric = int64_to_numeric(
				field->base_type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value));
			break;
		case BOOLOID:
			json->type = jbvBool;
			json->val.boolean = DatumGetBool(value);
			break;
		case NUMERICOID:
		case INT8OID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		{
			char *string = value_text(field, value);

			set_string(json, string, strlen(string));
			break;
		}
		default:
			unpack_json(json, DatumGetJsonbPCopy(value));
	}
}

/* The text form of a value of any type, under settings by which it reads back the same. */
static char *
output_text(Oid type, Datum value)
{
	static const char *const settings[][2] = {
		{"DateStyle", "ISO"}, {"IntervalStyle", "postgres"}, {"extra_float_digits", "3"}};
	bool lossless =
		DateStyle == USE_ISO_DATES && IntervalStyle == INTSTYLE_POSTGRES && extra_float_digits > 0;
	int level = NewGUCNestLevel();
	Oid output;
	bool is_varlena;
	char *text;

	for (int i = 0; i < lengthof(settings) && !lossless; i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(true, level);
	return text;
}

/*
 * A value of a field's type as text that reads back the same under any setting of a session: days
 * and moments in ISO form, whatever DateStyle says.
 */
char *
value_text(const Field *field, Datum value)
{
	switch (field->base_type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return JsonEncodeDateTime(NULL, value, field->base_type, NULL);
		case NUMERICOID:
			return DatumGetCString(DirectFunctionCall1(numeric_out, value));
		case INT8OID:
			return DatumGetCString(DirectFunctionCall1(int8out, value));
		default:
			return output_text(field->type, value);
	}
}

/* The same for a value that is given as an expression. */
char *
field_text(const Field *field, const char *sql)
{
	switch (field->base_type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return psprintf("(pg_catalog.to_jsonb(%s) OPERATOR(pg_catalog.#>>) "
							"'{}'::pg_catalog.text[])",
							sql);
		default:
			return psprintf("%s::pg_catalog.text", sql);
	}
}

/* Whether equal values of a field have equal text forms. */
bool
text_tells_values(const Field *field)
{
	TypeCacheEntry *type = lookup_type_cache(field->type, TYPECACHE_BTREE_OPFAMILY);
	Oid function = get_opfamily_proc(type->btree_opf, type->btree_opintype, type->btree_opintype,
									 BTEQUALIMAGE_PROC);
	Oid collation = field->column != NULL ? field->column->collation : InvalidOid;

	if (!OidIsValid(function) ||
		(!OidIsValid(collation) && OidIsValid(get_typcollation(field->type))))
		return false;
	return DatumGetBool(
		OidFunctionCall1Coll(function, collation, ObjectIdGetDatum(type->btree_opintype)));
}

/* Append: field operator value. */
void
append_comparison(StringInfo sql, const FromClause *from, const Field *field, Oid operator_oid,
				  const char *value)
{
	appendStringInfoString(sql, field->sql);
	append_operator(sql, operator_oid);
	append_value(sql, from->params, value, field->type);
}

/* The operator by which a field's values are equal. */
Oid
field_equality(const Field *field)
{
	Oid operator_oid = lookup_type_cache(field->type, TYPECACHE_EQ_OPR)->eq_opr;

	if (!OidIsValid(operator_oid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("values of \"%s\" can't be compared", field->name),
						errdetail("Its type %s has no equality.", format_type_be(field->type)),
						err_code("not_comparable"), err_field(field->name)));
	return operator_oid;
}
