/* What an erasure leaves: documents that must stay, and texts and tables that it is not for. */
#include "postgres.h"

#include "crm/erase.h"

#include "base/compat.h"
#include "base/fold.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "settings/tenant.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(mentions);

/* mentions(value text, names text[]) -> boolean; names are folded already */
Datum
mentions(PG_FUNCTION_ARGS)
{
	char *value = fold_string(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	Datum *names;
	bool *nulls;
	int count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, 'i', &names, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && strstr(value, TextDatumGetCString(names[i])) != NULL)
			PG_RETURN_BOOL(true);
	PG_RETURN_BOOL(false);
}

/* The documents that are no drafts: the books need them. */
static void
tell_documents(const Erasure *erasure, const ErasedTable *table)
{
	const char *object = quote_qualified_identifier(erasure->check.schema_name, table->name);

	(void) run_erasure(erasure, psprintf("SELECT r.id, r.kind, r.number, r.status FROM %s AS r "
										 "WHERE %s%s AND r.status OPERATOR(pg_catalog.<>) 'draft' "
										 "ORDER BY r.id",
										 object, for_schema(erasure, "{r=}"),
										 for_schema(erasure, table->condition)));
	for (uint64 row = 0; row < SPI_processed; row++)
		tell_erasure(erasure, "kept", object, copy_value(CurrentMemoryContext, row, 1), (Datum) 0,
					 psprintf("%s %s, %s: number, days, amounts and products stay for the books",
							  copy_value(CurrentMemoryContext, row, 2),
							  copy_value(CurrentMemoryContext, row, 3),
							  copy_value(CurrentMemoryContext, row, 4)));
}

/* A table of the schema, and its columns that hold texts. */
typedef struct SearchedTable
{
	Oid relid;
	char *name;
	char *key;
	char *fields;
} SearchedTable;

/* The tables of the schema, the owner's own ones, too, that hold texts. */
static List *
searched_tables(const Check *check)
{
	List *tables = NIL;

	(void) run_query(psprintf(
		"SELECT c.oid, c.relname, pg_catalog.quote_ident((SELECT k.attname "
		"FROM pg_catalog.pg_attribute AS k LEFT JOIN pg_catalog.pg_index AS i "
		"ON i.indrelid OPERATOR(pg_catalog.=) k.attrelid AND i.indisprimary "
		"AND k.attnum OPERATOR(pg_catalog.=) ANY (i.indkey) "
		"WHERE k.attrelid OPERATOR(pg_catalog.=) c.oid AND k.attnum OPERATOR(pg_catalog.>) 0 "
		"AND NOT k.attisdropped AND k.attname OPERATOR(pg_catalog.<>) '" TENANT_COLUMN "' "
		"ORDER BY k.attname OPERATOR(pg_catalog.=) 'id' DESC, i.indrelid IS NULL, k.attnum "
		"LIMIT 1)), pg_catalog.string_agg(pg_catalog.concat('CASE WHEN "
		"opportunities_internal.mentions(r.', pg_catalog.quote_ident(a.attname), "
		"'::pg_catalog.text, $2) THEN ', pg_catalog.quote_literal(a.attname), ' END'), ', ' "
		"ORDER BY a.attnum) FROM pg_catalog.pg_class AS c "
		"JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid "
		"JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) a.atttypid "
		"WHERE c.relnamespace OPERATOR(pg_catalog.=) %u AND c.relkind "
		"OPERATOR(pg_catalog.=) ANY ('{r,p,m}') AND NOT c.relispartition "
		"AND c.relname OPERATOR(pg_catalog.<>) 'calendar' "
		"AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped "
		"AND t.typcategory OPERATOR(pg_catalog.=) ANY ('{S,U,A,C}') "
		"AND t.oid OPERATOR(pg_catalog.<>) 'pg_catalog.bytea'::pg_catalog.regtype::pg_catalog.oid "
		"AND pg_catalog.has_table_privilege(c.oid, 'SELECT') "
		"GROUP BY c.oid, c.relname ORDER BY c.relname",
		check->schema));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		SearchedTable *table = palloc(sizeof(SearchedTable));

		table->relid = atooid(copy_value(CurrentMemoryContext, row, 1));
		table->name = copy_value(CurrentMemoryContext, row, 2);
		table->key = copy_value(CurrentMemoryContext, row, 3);
		table->fields = copy_value(CurrentMemoryContext, row, 4);
		tables = lappend(tables, table);
	}
	return tables;
}

/* The rows of a table that have a name of the subject in a text. */
static void
tell_mentions(const Erasure *erasure, const SearchedTable *table)
{
	const char *object = quote_qualified_identifier(erasure->check.schema_name, table->name);
	StringInfoData condition;

	initStringInfo(&condition);
	append_tenant(&condition, table->relid, "r");
	(void) run_erasure(erasure,
					   psprintf("SELECT s.key, s.fields FROM (SELECT r.%s::pg_catalog.text AS key, "
								"pg_catalog.array_remove(ARRAY[%s], NULL) AS fields FROM %s AS r "
								"WHERE true%s) AS s "
								"WHERE pg_catalog.cardinality(s.fields) OPERATOR(pg_catalog.>) 0",
								table->key, table->fields, object, condition.data));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool null;

		tell_erasure(erasure, "mentioned", object,
					 SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1),
					 SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2, &null),
					 "it has the name, and isn't of what was erased");
	}
}

/* The tables that create_crm makes, as an array of names. */
static char *
crm_tables(const Check *check)
{
	StringInfoData names;
	ListCell *cell;

	initStringInfo(&names);
	foreach (cell, check->statements)
	{
		CreateStmt *statement = (CreateStmt *) lfirst_node(RawStmt, cell)->stmt;

		if (IsA(statement, CreateStmt))
			appendStringInfo(&names, "%s%u", names.len == 0 ? "" : ",",
							 get_relname_relid(statement->relation->relname, check->schema));
	}
	return names.data;
}

/* The tables of an application that refer to these: what they hold is its own to erase. */
static void
tell_elsewhere(const Erasure *erasure, const ErasedTable *table, const char *own)
{
	(void) run_query(psprintf(
		"SELECT k.conrelid::pg_catalog.regclass, k.conname FROM pg_catalog.pg_constraint AS k "
		"WHERE k.contype OPERATOR(pg_catalog.=) 'f' AND k.confrelid OPERATOR(pg_catalog.=) %u "
		"AND k.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid "
		"AND k.conrelid OPERATOR(pg_catalog.<>) ALL ('{%s}'::pg_catalog.oid[]) ORDER BY 1, 2",
		table->relid, own));
	for (uint64 row = 0; row < SPI_processed; row++)
		tell_erasure(erasure, "elsewhere", copy_value(CurrentMemoryContext, row, 1), NULL,
					 (Datum) 0,
					 psprintf("it refers to %s by \"%s\": what it holds is yours to erase",
							  table->name, copy_value(CurrentMemoryContext, row, 2)));
}

/* Tell what stays, and why. */
void
tell_rest(const Erasure *erasure, List *tables)
{
	int level = pin_path();
	char *own = crm_tables(&erasure->check);
	ListCell *cell;

	foreach (cell, tables)
	{
		const ErasedTable *table = lfirst(cell);

		if (table->condition != NULL && strcmp(table->name, "document") == 0)
			tell_documents(erasure, table);
	}
	foreach (cell, searched_tables(&erasure->check))
	{
		CHECK_FOR_INTERRUPTS();
		tell_mentions(erasure, lfirst(cell));
	}
	foreach (cell, tables)
		if (((ErasedTable *) lfirst(cell))->condition != NULL)
			tell_elsewhere(erasure, lfirst(cell), own);
	AtEOXact_GUC(true, level);
}
