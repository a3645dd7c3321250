/* A field in a query: its SQL, type, JSON and order. */
#include "postgres.h"

#include "fields/field.h"

#include "access/nbtree.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/literal.h"
#include "base/sqltext.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

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

/* Copies of fields in a context, of which set_row takes as much as is there. */
List *
copy_fields(List *fields, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List *copies = NIL;
	ListCell *cell;

	foreach (cell, fields)
	{
		const Field *field = lfirst(cell);

		copies = lappend(copies, make_field(pstrdup(field->name), NULL, field->type));
	}
	MemoryContextSwitchTo(old);
	return copies;
}

/* The name of a field or measure as that of a column of a typed result, as the caller wrote it. */
const char *
result_name(const char *name)
{
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG),
						errmsg("\"%s\" is too long for the name of a column", name),
						errhint("A name has at most %d bytes. Give it a shorter one in a view.",
								NAMEDATALEN - 1),
						err_code("name_too_long"), err_field(name)));
	return quote_identifier(name);
}

/*
 * A field as a value of JSON results: numeric and bigint are strings, so that a client which reads
 * numbers as floating point loses no digit.
 */
static char *
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
			return literal_text(field->type, value);
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

/* The day of a field of days or moments, where the business is, as an expression. */
char *
field_day(const Field *field)
{
	switch (field->base_type)
	{
		case DATEOID:
		case TIMESTAMPOID:
			return psprintf("%s::pg_catalog.date", field->sql);
		case TIMESTAMPTZOID:
			return psprintf("opportunities.business_date(%s)", field->sql);
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("\"%s\" is not a date", field->name),
					 errdetail("Its type is %s.", format_type_be(field->type)),
					 errhint("Days are those of columns of type date, timestamp or timestamptz."),
					 err_code("column_type"), err_field(field->name)));
	}
}

/*
 * The collation of a field that is a column of another relation, as far as it is known: if it is
 * the default one, it differs from none that stands beside it.
 */
Oid
foreign_collation(const SourceColumn *column)
{
	return column->collation == DEFAULT_COLLATION_OID ? DEFAULT_COLLATION_OID : InvalidOid;
}

/* Whether equal values of a field have equal text forms. */
bool
text_tells_values(const Field *field)
{
	TypeCacheEntry *type = lookup_type_cache(field->type, TYPECACHE_BTREE_OPFAMILY);
	Oid function = get_opfamily_proc(type->btree_opf, type->btree_opintype, type->btree_opintype,
									 BTEQUALIMAGE_PROC);

	if (!OidIsValid(function) ||
		(!OidIsValid(field->collation) && OidIsValid(get_typcollation(field->type))))
		return false;
	return DatumGetBool(
		OidFunctionCall1Coll(function, field->collation, ObjectIdGetDatum(type->btree_opintype)));
}

/*
 * Whether equal values of a field can differ in their text forms, so that it takes an aggregate to
 * have one for all of them; those of types without an order stay as they are.
 */
bool
needs_one_text(const Field *field)
{
	return !text_tells_values(field) && has_order(field);
}

/* That aggregate. */
char *
one_text(const Field *field)
{
	return psprintf("pg_catalog.min(%s COLLATE pg_catalog.\"C\")", field_text(field, field->sql));
}

/* Whether the values of a field have an order. */
bool
has_order(const Field *field)
{
	return OidIsValid(lookup_type_cache(field->type, TYPECACHE_LT_OPR)->lt_opr);
}

/*
 * The text of a column's value where it stands for a name, which may be of another collation: the
 * database's is between the two.
 */
char *
stand_in(const SourceColumn *column, const char *text)
{
	bool other = column != NULL && OidIsValid(column->collation) &&
				 column->collation != DEFAULT_COLLATION_OID;

	return psprintf("%s%s", text, other ? " COLLATE pg_catalog.\"default\"" : "");
}

/* Append a comparison of the field. */
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
