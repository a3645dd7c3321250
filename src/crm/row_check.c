/* Checks of rows, which stand in crm_checks. */
#include "postgres.h"

#include "base/query.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "settings/tenant.h"
#include "utils/builtins.h"

/* The checks for a schema, in their order. */
List *
row_checks(const Check *check)
{
	const char *prefix = psprintf("%s.", quote_identifier(check->schema_name));
	List *checks = NIL;

	(void) run_query(
		psprintf("SELECT c.code, c.relation, c.missing_in, pg_catalog.replace(c.sql, 'crm.', %s) "
				 "FROM opportunities_internal.crm_checks() WITH ORDINALITY "
				 "AS c (code, relation, missing_in, sql, number) ORDER BY c.number",
				 quote_literal_cstr(prefix)));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		RowCheck *rows = palloc(sizeof(RowCheck));

		rows->code = copy_value(CurrentMemoryContext, row, 1);
		rows->table = copy_value(CurrentMemoryContext, row, 2);
		rows->missing_in = copy_value(CurrentMemoryContext, row, 3);
		rows->sql = expand_tenants(copy_value(CurrentMemoryContext, row, 4), check->tenants, 0);
		checks = lappend(checks, rows);
	}
	return checks;
}

/* Report the rows that a check finds. */
static void
report_rows(Check *check, void *arg)
{
	const RowCheck *rows = arg;
	Portal portal =
		SPI_cursor_parse_open(NULL, rows->sql, &(SPIParseOpenOptions){.read_only = true});

	for (;;)
	{
		SPI_cursor_fetch(portal, true, 1000);
		if (SPI_processed == 0)
			break;
		for (uint64 row = 0; row < SPI_processed; row++)
			report_problem(check, rows->code, rows->table,
						   SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1),
						   SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 2));
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
}

/* The same; what is stored may be such that it can't be computed with: that is told, too. */
void
run_row_check(Check *check, const RowCheck *rows)
{
	ErrorData *error = try_check(check, report_rows, (void *) rows, ERRCODE_DATA_EXCEPTION);

	if (error != NULL)
		report_problem(check, rows->code, rows->table, NULL,
					   psprintf("it can't be checked: %s", error->message));
}
