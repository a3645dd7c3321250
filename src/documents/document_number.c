/* Numbers of documents, without gaps. */
#include "postgres.h"

#include "documents/document_number.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "triggers/owner_query.h"

/*
 * Numbers without gaps or duplicates: one transaction at a time takes them, under a lock on the
 * counter of the kind, which nobody changes meanwhile. What another transaction took is committed
 * by then, and what it rolled back is free.
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

/* The number that the next document of a kind takes, which is the caller's until its end. */
int64
next_number(TriggerData *trigger, Datum kind)
{
	Datum number;
	int64 next;

	while (!owner_query(trigger, &lock_counter, &kind, &number, NULL))
		(void) owner_execute(trigger, &add_counter, &kind, NULL);
	if (!owner_query(trigger, &last_number, &kind, &number, NULL))
		return DatumGetInt64(number);
	if (pg_add_s64_overflow(DatumGetInt64(number), 1, &next))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("there is no number after %lld", (long long) DatumGetInt64(number)),
				 errtable(trigger->tg_relation), err_code("numbers_used_up"), err_field("number")));
	return next;
}
