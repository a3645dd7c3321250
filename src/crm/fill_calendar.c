/* fill_calendar: the days of the table calendar, by the settings as they are. */
#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/query.h"
#include "catalog/pg_type.h"
#include "crm/check.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(fill_calendar);

/* The table calendar of a schema, as SQL names it. */
static const char *
calendar_of_schema(Oid schema)
{
	if (!OidIsValid(get_relname_relid("calendar", schema)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("schema \"%s\" has no table \"calendar\"", get_namespace_name(schema)),
				 errhint("create_crm makes it, with the tables of a CRM."),
				 err_code("relation_missing"), err_field("schema")));
	return quote_qualified_identifier(get_namespace_name(schema), "calendar");
}

/* The days from one to another must be no more than a table should have. */
static void
check_days(DateADT first, DateADT last)
{
	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a calendar begins and ends on a day"), err_code("date_out_of_range"),
				 err_field(DATE_NOT_FINITE(first) ? "first_day" : "last_day")));
	check_limit((int64) last - first + 1, MAX_CALENDAR_DAYS, "too_many_elements", "last_day",
				"days");
}

/* The columns of calendar_days, the day first, and how a row takes the others from a new one. */
static void
find_calendar_columns(char **columns, char **assignments)
{
	(void) run_query(
		"SELECT pg_catalog.string_agg(pg_catalog.quote_ident(n), ', ' ORDER BY i), "
		"pg_catalog.string_agg(pg_catalog.format('%1$I = EXCLUDED.%1$I', n), ', ' ORDER BY i) "
		"FILTER (WHERE n OPERATOR(pg_catalog.<>) 'date') FROM pg_catalog.pg_proc AS p, "
		"ROWS FROM (pg_catalog.unnest(p.proargnames), pg_catalog.unnest(p.proargmodes)) "
		"WITH ORDINALITY AS a (n, mode, i) "
		"WHERE p.oid OPERATOR(pg_catalog.=) 'opportunities_internal.calendar_days(pg_catalog.date, "
		"pg_catalog.date, pg_catalog.bool)'::pg_catalog.regprocedure::pg_catalog.oid "
		"AND mode OPERATOR(pg_catalog.=) 't'");
	*columns = copy_value(CurrentMemoryContext, 0, 1);
	*assignments = copy_value(CurrentMemoryContext, 0, 2);
}

/*
 * fill_calendar(schema name, first_day date, last_day date, fiscal_year_by_end boolean) -> bigint:
 * how many days there are now. Those that are there are computed anew.
 */
Datum
fill_calendar(PG_FUNCTION_ARGS)
{
	const char *calendar = calendar_of_schema(find_schema(fcinfo, 0));
	Datum args[3];
	char *columns;
	char *assignments;

	need_argument(fcinfo, 1, "first_day");
	need_argument(fcinfo, 2, "last_day");
	need_argument(fcinfo, 3, "fiscal_year_by_end");
	for (int i = 0; i < lengthof(args); i++)
		args[i] = PG_GETARG_DATUM(i + 1);
	check_days(DatumGetDateADT(args[0]), DatumGetDateADT(args[1]));

	SPI_connect();
	find_calendar_columns(&columns, &assignments);
	if (SPI_execute_with_args(
			own_statement(
				psprintf("INSERT INTO %1$s (%2$s) SELECT %2$s FROM (SELECT "
						 "LEAST(pg_catalog.min(date), $1) AS first, "
						 "GREATEST(pg_catalog.max(date), $2) AS last FROM %1$s) AS r, "
						 "LATERAL opportunities_internal.calendar_days(r.first, r.last, $3) "
						 "ON CONFLICT (date) DO UPDATE SET %3$s",
						 calendar, columns, assignments)),
			lengthof(args), (Oid[]){DATEOID, DATEOID, BOOLOID}, args, NULL, false,
			0) != SPI_OK_INSERT)
		elog(ERROR, "could not fill %s", calendar);
	args[0] = Int64GetDatum(SPI_processed);
	SPI_finish();
	PG_RETURN_DATUM(args[0]);
}
