/* SQL text: qualified and quoted names, operators, literals. */
#include "postgres.h"

#include "base/sqltext.h"

#include "access/htup_details.h"
#include "base/errors.h"
#include "catalog/pg_operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* A relation's name, qualified and quoted: it must be there. */
char *
sql_relation(Oid relid)
{
	const char *name = get_rel_name(relid);
	const char *schema = name == NULL ? NULL : get_namespace_name(get_rel_namespace(relid));

	if (schema == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation %u does not exist", relid), err_code("unknown_relation")));
	return quote_qualified_identifier(schema, name);
}

/* A column of an alias of ours, quoted. */
char *
sql_column(const char *alias, const char *column)
{
	return psprintf("%s.%s", alias, quote_identifier(column));
}

/* A type's name, qualified, for values of any length: char or bit alone would mean one of 1. */
char *
sql_type(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* Append a value as a literal of a type. */
void
append_literal(StringInfo sql, const char *value, Oid type)
{
	appendStringInfoString(sql, quote_literal_cstr(value));
	appendStringInfoString(sql, "::");
	appendStringInfoString(sql, sql_type(type));
}

/* Append a text literal. */
void
append_text_literal(StringInfo sql, const char *value)
{
	appendStringInfoString(sql, quote_literal_cstr(value));
	appendStringInfoString(sql, "::pg_catalog.text");
}

/* Append an operator so that no search_path can make it another one. */
void
append_operator(StringInfo sql, Oid operator_oid)
{
	HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator_oid));
	Form_pg_operator form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator_oid);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	appendStringInfo(sql, " OPERATOR(%s.%s) ",
					 quote_identifier(get_namespace_name(form->oprnamespace)),
					 NameStr(form->oprname));
	ReleaseSysCache(tuple);
}
