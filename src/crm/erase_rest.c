/* What an erasure leaves: documents that must stay, and texts and tables that it is not for. */
#include "postgres.h"

#include "crm/erase.h"

#include "base/query.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

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

/* The tables of the schema that can't be searched for a name. */
static void
tell_unsearched(const Erasure *erasure)
{
	(void) run_query(psprintf(
		"SELECT c.relname, CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'f' "
		"THEN 'a foreign table isn''t searched' "
		"WHEN c.relowner OPERATOR(pg_catalog.=) %2$u THEN 'row security hides rows of it' "
		"ELSE pg_catalog.format('it is role %%s''s, who may search it', "
		"pg_catalog.pg_get_userbyid(c.relowner)) END FROM pg_catalog.pg_class AS c "
		"WHERE c.relnamespace OPERATOR(pg_catalog.=) %1$u "
		"AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,m,f}') AND NOT c.relispartition "
		"AND (c.relkind OPERATOR(pg_catalog.=) 'f' OR c.relowner OPERATOR(pg_catalog.<>) %2$u "
		"OR pg_catalog.row_security_active(c.oid)) ORDER BY 1",
		erasure->check.schema, erasure->check.owner));
	for (uint64 row = 0; row < SPI_processed; row++)
		tell_erasure(erasure, "elsewhere",
					 quote_qualified_identifier(erasure->check.schema_name,
												copy_value(CurrentMemoryContext, row, 1)),
					 NULL, (Datum) 0, copy_value(CurrentMemoryContext, row, 2));
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
	tell_mentions(erasure);
	foreach (cell, tables)
		if (((ErasedTable *) lfirst(cell))->condition != NULL)
			tell_elsewhere(erasure, lfirst(cell), own);
	tell_unsearched(erasure);
	AtEOXact_GUC(true, level);
}
