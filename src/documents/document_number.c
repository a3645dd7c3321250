/* Numbers of documents, without gaps. */
#include "postgres.h"

#include "documents/document_number.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "documents/series.h"
#include "triggers/owner_query.h"
#include "utils/builtins.h"
#include "utils/date.h"

/*
 * Numbers without gaps or duplicates: one transaction at a time takes them, under a lock on the
 * counter of the kind, which nobody changes meanwhile. What another transaction took is committed
 * by then, and what it rolled back is free. Each series of a kind has numbers of its own.
 */

static const OwnerQuery lock_counter = {
	.table = "document_counter",
	.sql = "SELECT first_number FROM %s WHERE {=}kind OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.latest = true,
	.nargs = 1,
	.args = {TEXTOID},
	.nresults = 1,
	.results = {{INT8OID}},
};

static const OwnerQuery lock_counter_of_series = {
	.table = "document_counter",
	.sql = "SELECT first_number, pattern, calendar, fiscal_year_start FROM %s "
		   "WHERE {=}kind OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.latest = true,
	.nargs = 1,
	.args = {TEXTOID},
	.nresults = 4,
	.results = {{INT8OID}, {TEXTOID}, {TEXTOID}, {INT4OID}},
};

static const OwnerQuery add_counter = {
	.table = "document_counter",
	.sql = "INSERT INTO %s ({tenant}kind) VALUES ({value}$1) ON CONFLICT DO NOTHING",
	.latest = true,
	.nargs = 1,
	.args = {TEXTOID},
};

/* Under a snapshot taken after the lock. */
static const OwnerQuery last_number = {
	.table = "document",
	.sql = "SELECT number FROM %s WHERE {=}kind OPERATOR(pg_catalog.=) $1 AND number IS NOT NULL "
		   "ORDER BY number DESC LIMIT 1",
	.latest = true,
	.nargs = 1,
	.args = {TEXTOID},
	.nresults = 1,
	.results = {{INT8OID}},
};

static const OwnerQuery last_number_of_series = {
	.table = "document",
	.sql = "SELECT number FROM %s WHERE {=}kind OPERATOR(pg_catalog.=) $1 "
		   "AND series OPERATOR(pg_catalog.=) $2 AND number IS NOT NULL "
		   "ORDER BY number DESC LIMIT 1",
	.latest = true,
	.nargs = 2,
	.args = {TEXTOID, TEXTOID},
	.nresults = 1,
	.results = {{INT8OID}},
};

/* The series of a document, by what the counter of its kind says. */
static Datum
series_of(const Datum *counter, DateADT issued_on)
{
	Reckoning reckoning = {.calendar = get_calendar(TextDatumGetCString(counter[2])),
						   .fiscal_year_start = DatumGetInt32(counter[3])};

	return CStringGetTextDatum(
		expand_series(TextDatumGetCString(counter[1]), issued_on, &reckoning));
}

/* The number after the last one that a query gives, or the first where it gives none. */
static int64
number_after(TriggerData *trigger, const OwnerQuery *last, const Datum *args, Datum first)
{
	Datum number;
	int64 next;

	if (!owner_query(trigger, last, args, &number, NULL))
		return DatumGetInt64(first);
	if (pg_add_s64_overflow(DatumGetInt64(number), 1, &next))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("there is no number after %lld", (long long) DatumGetInt64(number)),
				 errtable(trigger->tg_relation), err_code("numbers_used_up"), err_field("number")));
	return next;
}

/* Take the next number of a document's kind and series, which is the caller's until its end. */
void
take_number(Row *row, const NumberColumns *columns)
{
	TriggerData *trigger = row->trigger;
	bool in_series = has_column(row, columns->series);
	Datum args[2] = {value_of(row, columns->kind)};
	Datum counter[4];

	while (!owner_query(trigger, in_series ? &lock_counter_of_series : &lock_counter, args, counter,
						NULL))
		(void) owner_execute(trigger, &add_counter, args, NULL);
	if (in_series)
	{
		args[1] = series_of(counter, DatumGetDateADT(value_of(row, columns->issued_on)));
		set_value(row, columns->series, args[1]);
	}
	set_value(row, columns->number,
			  Int64GetDatum(number_after(trigger, in_series ? &last_number_of_series : &last_number,
										 args, counter[0])));
}
