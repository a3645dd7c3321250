/* The dependents of an opportunity: locked with it, in its currency. */
#include "postgres.h"

#include "documents/dependents.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "triggers/line.h"
#include "triggers/listed_currency.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"

/*
 * Documents and payments of an opportunity have its currency, and what is derived from them is kept
 * under a lock on it: whoever adds one, confirms or voids one, or changes the currency, waits here.
 */

static const OwnerQuery locked_opportunity = {
	.table = "opportunity",
	.sql = "SELECT currency FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{TEXTOID, NULLABLE}},
};

static const OwnerQuery any_opportunity = {
	.table = "opportunity",
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
};

/* Rows of a table that go with the opportunity, and one of them that another session is changing.
 */
#define DEPENDENTS(name)                                                                          \
	{                                                                                             \
		{                                                                                         \
			.table = name,                                                                        \
			.sql =                                                                                \
				"SELECT d.id FROM %1$s AS d WHERE {=}d.opportunity_id OPERATOR(pg_catalog.=) $1 " \
				"EXCEPT SELECT l.id FROM (SELECT k.id FROM %1$s AS k "                            \
				"WHERE {=}k.opportunity_id OPERATOR(pg_catalog.=) $1 "                            \
				"FOR UPDATE SKIP LOCKED) AS l LIMIT 1",                                           \
			.args = {INT8OID},                                                                    \
			.nargs = 1,                                                                           \
			.results = {{INT8OID}},                                                               \
			.nresults = 1,                                                                        \
		},                                                                                        \
			DISCLOSURE(name, "id", INT8OID)                                                       \
	}

static const struct
{
	OwnerQuery busy;
	Disclosure row;
} dependents[] = {DEPENDENTS("document"), DEPENDENTS("opportunity_line"), DEPENDENTS("activity")};

/* What a foreign key would take along; triggers refuse to let confirmed documents and payments go.
 */
#define TAKEN(name)                                                                               \
	{                                                                                             \
		.table = name, .sql = "DELETE FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1", \
		.nargs = 1, .args = {INT8OID},                                                            \
	}

static const OwnerQuery taken[] = {TAKEN("document"), TAKEN("payment"), TAKEN("opportunity_line"),
								   TAKEN("activity")};

/* Whether there still is an opportunity: not so while what belongs to it is deleted with it. */
bool
opportunity_exists(TriggerData *trigger, int64 id)
{
	Datum arg = Int64GetDatum(id);

	return owner_query(trigger, &any_opportunity, &arg, NULL, NULL);
}

/* Lock an opportunity, which must be there, and give its currency. */
void
lock_opportunity(const Row *row, int column, Datum *currency, bool *unnamed)
{
	Datum id = value_of(row, column);

	if (!owner_query(row->trigger, &locked_opportunity, &id, currency, unnamed))
		refuse_missing(row, column, "opportunity", "opportunity_missing");
}

/*
 * Refuse to wait for a row that is locked by somebody who may wait for us, which would be a
 * deadlock.
 */
void
refuse_busy(TriggerData *trigger, const Disclosure *row, Datum id, const char *why)
{
	const char *table = row->rows.table;

	ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					may_tell(trigger, row, id)
						? errmsg("%s %lld is being changed by another session", table,
								 (long long) DatumGetInt64(id))
						: errmsg("a row of \"%s\" is being changed by another session", table),
					errdetail("%s", why), errhint("Try again."), errtable(trigger->tg_relation),
					err_code("row_busy")));
}

/*
 * Lock what goes with an opportunity that is deleted. Whoever edits a line or an activity, or
 * confirms a document, has locked it and comes for the opportunity then.
 */
void
lock_dependents(TriggerData *trigger, Datum id)
{
	Datum busy;

	for (int i = 0; i < lengthof(dependents); i++)
		if (owner_query(trigger, &dependents[i].busy, &id, &busy, NULL))
			refuse_busy(trigger, &dependents[i].row, busy, DELETED_WITH_LOCKED);
}

/*
 * What goes with an opportunity that was deleted, where no foreign key has seen to it: none can
 * lead to a partitioned table by a key that lacks what it is partitioned by.
 */
void
take_dependents(TriggerData *trigger, Datum id)
{
	for (int i = 0; i < lengthof(taken); i++)
		(void) owner_execute(trigger, &taken[i], &id, NULL);
}

/* Lock the opportunity that a new row belongs to; the row takes its currency or has it already. */
void
join_opportunity(Row *row, const Dependent *dependent)
{
	Datum currency;
	bool unnamed;

	need_visible(row, dependent->opportunity_id, &opportunity_disclosure, "opportunity_missing");
	lock_opportunity(row, dependent->opportunity_id, &currency, &unnamed);
	if (!is_null(row, dependent->currency) &&
		(unnamed || strcmp(TextDatumGetCString(value_of(row, dependent->currency)),
						   TextDatumGetCString(currency))))
	{
		refuse_hidden(row, dependent->opportunity_id, &opportunity_disclosure,
					  "opportunity_missing");
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("a %s of opportunity %lld has its currency", dependent->name,
							   (long long) DatumGetInt64(value_of(row, dependent->opportunity_id))),
						errdetail("The %s's currency is %s, the opportunity's %s.", dependent->name,
								  TextDatumGetCString(value_of(row, dependent->currency)),
								  currency_label(unnamed ? NULL : TextDatumGetCString(currency))),
						errhint("Leave the currency out."), errtable(row->rel),
						err_code("currency_differs"), err_field("currency")));
	}
	if (is_null(row, dependent->currency) && !unnamed)
		set_value(row, dependent->currency, currency);
	need_listed(row, dependent->currency);
}
