/* Values past the limits of their columns. */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_trigger.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "settings/tenant.h"
#include "triggers/row_limits.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The column by which a row is named: its key beside the tenant. */
static int
key_number(TupleDesc desc)
{
	return strcmp(NameStr(TupleDescAttr(desc, 0)->attname), TENANT_COLUMN) == 0 ? 2 : 1;
}

/* The values of a row against the limits of their columns. */
static void
check_row_values(Check *check, const char *table, HeapTuple tuple, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		bool isnull;
		Datum value = heap_getattr(tuple, i + 1, desc, &isnull);
		char *problem = isnull ? NULL : past_limit(column, value);

		if (problem != NULL)
			report_problem(check, "value_too_large", table,
						   SPI_getvalue(tuple, desc, key_number(desc)),
						   psprintf("%s %s", NameStr(column->attname), problem));
	}
}

static void
check_rows(Check *check, const char *table)
{
	Portal portal = SPI_cursor_parse_open(
		NULL, psprintf("SELECT * FROM %s", quote_qualified_identifier(check->schema_name, table)),
		&(SPIParseOpenOptions){.read_only = true});

	do
	{
		SPI_cursor_fetch(portal, true, 1000);
		for (uint64 row = 0; row < SPI_processed; row++)
			check_row_values(check, table, SPI_tuptable->vals[row], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
}

/* The rows of the tables whose triggers refuse what is past a limit. */
void
check_values(Check *check, const char *definition)
{
	ListCell *cell;

	foreach (cell, raw_parser(definition, RAW_PARSE_DEFAULT))
	{
		CreateTrigStmt *statement = (CreateTrigStmt *) lfirst_node(RawStmt, cell)->stmt;
		char relkind;

		if (!IsA(statement, CreateTrigStmt) || !statement->row ||
			statement->timing != TRIGGER_TYPE_BEFORE || !(statement->events & TRIGGER_TYPE_INSERT))
			continue;
		relkind = get_rel_relkind(get_relname_relid(statement->relation->relname, check->schema));
		if (relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE)
			check_rows(check, statement->relation->relname);
	}
}
