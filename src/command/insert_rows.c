/* Rows that a query gives, inserted into a table. */
#include "postgres.h"

#include "command/insert_rows.h"

#include "base/literal.h"
#include "base/query.h"
#include "base/shard.h"
#include "base/sqltext.h"
#include "executor/spi.h"
#include "miscadmin.h"

/* Run a statement of such an insertion. SPI holds its rows. */
static uint64
run_statement_of(const char *sql, const RowQuery *query)
{
	int result =
		SPI_execute_with_args(sql, query->nargs, query->types, query->args, query->nulls, false, 0);

	if (result < 0)
		elog(ERROR, "could not run \"%s\": %s", sql, SPI_result_code_string(result));
	return SPI_processed;
}

/* Append a row that SPI holds, as a list of literals. */
static void
append_copied_row(StringInfo sql, uint64 row)
{
	TupleDesc desc = SPI_tuptable->tupdesc;

	for (int i = 1; i <= desc->natts; i++)
	{
		Oid type = SPI_gettypeid(desc, i);
		bool isnull;
		Datum value = SPI_getbinval(SPI_tuptable->vals[row], desc, i, &isnull);

		appendStringInfoString(sql, i == 1 ? "(" : ", ");
		if (isnull)
			appendStringInfo(sql, "NULL::%s", sql_type(type));
		else
			append_literal(sql, literal_text(type, value), type);
	}
	appendStringInfoChar(sql, ')');
}

/*
 * Insert the rows of a query as the caller, in its order; returning is what SPI then holds of them,
 * or empty. How many there are. Other servers take rows of a query by COPY, which row security
 * doesn't allow: there the rows are read, and inserted as they are.
 */
uint64
insert_rows(Oid table, const char *columns, const RowQuery *query, const char *returning)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (%s) ", sql_relation(table), columns);
	if (!is_distributed(table))
	{
		appendStringInfo(&sql, "%s%s", query->sql, returning);
		return run_statement_of(sql.data, query);
	}
	if (run_statement_of(query->sql, query) == 0)
		return 0;
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(&sql, row == 0 ? "VALUES " : ", ");
		append_copied_row(&sql, row);
	}
	appendStringInfoString(&sql, returning);
	return run_sql(sql.data);
}
