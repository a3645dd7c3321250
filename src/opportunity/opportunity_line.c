/* The triggers of a line, and the opportunity's amount in auto. */
#include "postgres.h"

#include "opportunity/opportunity_line.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "triggers/derivation.h"
#include "triggers/kept_row.h"
#include "triggers/line.h"
#include "triggers/trigger_use.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(opportunity_line_trigger);
PG_FUNCTION_INFO_V1(keep_amount);

/*
 * The lock is the one that a foreign key takes. Whoever changes the currency takes the lock that
 * conflicts with it, and finds the line, or is found by it.
 */
static const OwnerQuery currency_of_opportunity = {
	.table = "opportunity",
	.sql = "SELECT currency, " KEPT_COLUMNS
		   " FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 3,
	.results = {{TEXTOID, NULLABLE}, {OIDOID}, {TIDOID}},
};

static Derivation amounts = {
	.locks = true,
	.update =
		{
			.table = "opportunity",
			.second = "opportunity_line",
			.sql = "UPDATE %1$s AS o SET amount = s.net "
				   "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS t (id, "
				   "tenant_id) "
				   "CROSS JOIN LATERAL (SELECT pg_catalog.sum(l.net) AS net FROM %2$s AS l "
				   "WHERE {l=t}l.opportunity_id OPERATOR(pg_catalog.=) t.id) AS s "
				   "WHERE {o=t}o.id OPERATOR(pg_catalog.=) t.id "
				   "AND o.amount_mode OPERATOR(pg_catalog.=) 'auto' "
				   "AND (o.amount OPERATOR(pg_catalog.=) s.net) IS NOT TRUE "
				   "AND (o.amount IS NOT NULL OR s.net IS NOT NULL)",
			.latest = true,
			.by_keys = true,
			.nargs = 2,
			.args = {INT8ARRAYOID, TEXTARRAYOID},
		},
};

static const OwnerQuery sum_of_lines = {
	.table = "opportunity_line",
	.sql = "SELECT pg_catalog.sum(net) AS net FROM %s "
		   "WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1",
	.latest = true,
	.nargs = 1,
	.args = {INT8OID},
	.nresults = 1,
	.results = {{NUMERICOID, NULLABLE}},
};

/* The sum of an opportunity's lines, whose row is locked; false where there are none. */
bool
amount_of_lines(TriggerData *trigger, int64 opportunity_id, Datum *amount)
{
	Datum arg = Int64GetDatum(opportunity_id);
	bool null;

	return owner_query(trigger, &sum_of_lines, &arg, amount, &null) && !null;
}

/* The currency of an opportunity, which stays so from now on: NULL, the unnamed one, or a name. */
static bool
read_currency(const Row *line, Datum opportunity_id, const char **name)
{
	Datum values[OWNER_QUERY_MAX];
	bool nulls[OWNER_QUERY_MAX];

	if (!kept_row_query(line, &currency_of_opportunity, opportunity_id, values, nulls))
		return false;
	*name = nulls[0] ? NULL : TextDatumGetCString(values[0]);
	return true;
}

/* A price is of the currency that it was entered in: it doesn't move to another one. */
static void
check_moved(const Row *line, const LineParent *parent)
{
	Datum old_parent = old_value_of(line, LINE_PARENT);
	const char *currency = parent->currency;
	const char *old_currency = NULL;

	(void) read_currency(line, old_parent, &old_currency);
	if ((currency == NULL && old_currency == NULL) ||
		(currency != NULL && old_currency != NULL && strcmp(currency, old_currency) == 0))
		return;
	refuse_hidden(line, LINE_PARENT, parent->disclosure, parent->missing);
	if (!may_tell(line->trigger, parent->disclosure, old_parent))
		refuse_missing(line, LINE_PARENT, "opportunity", parent->missing);
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("the line moves to an opportunity in another currency with its old price"),
			 errdetail("The price is in %s, the opportunity in %s.", currency_label(old_currency),
					   currency_label(currency)),
			 errhint("Give unit_price together with opportunity_id."), errtable(line->rel),
			 err_code("price_currency"), err_field("unit_price")));
}

/* Note the opportunities whose amount the line changes. */
static void
touch_amounts(const Row *line)
{
	if (!line->is_insert &&
		(line->is_delete || differs(line, LINE_PARENT) || differs(line, LINE_NET)))
		note_parent(line, LINE_PARENT, true, &amounts);
	if (line->is_insert || (!line->is_delete && differs(line, LINE_PARENT)))
		note_parent(line, LINE_PARENT, false, &amounts);
}

/* Net and tax of a line that is written, in the currency of its opportunity. */
static void
apply_line(Row *line)
{
	LineParent parent = {&opportunity_disclosure, "opportunity_missing"};

	if (!line_is_recomputed(line))
	{
		keep_value(line, LINE_NET);
		keep_value(line, LINE_TAX);
		return;
	}
	if (changed(line, LINE_PARENT))
		need_visible(line, LINE_PARENT, parent.disclosure, parent.missing);
	if (!read_currency(line, value_of(line, LINE_PARENT), &parent.currency))
		refuse_missing(line, LINE_PARENT, "opportunity", parent.missing);
	if (!line->is_insert && differs(line, LINE_PARENT) && !differs(line, LINE_UNIT_PRICE))
		check_moved(line, &parent);
	derive_line(line, &parent);
}

/* opportunity_line_trigger() -> trigger */
Datum
opportunity_line_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerColumn columns[] = {LINE_TABLE("opportunity_id")};
	static const TriggerUse use = {"opportunity_line_trigger", BEFORE_ROW, ON_WRITE, columns,
								   lengthof(columns)};
	Row line = open_row(fcinfo, &use);

	if (!line.is_delete && !line.moves)
		apply_line(&line);
	touch_amounts(&line);
	PG_RETURN_POINTER(close_row(&line));
}

/* keep_amount() -> trigger */
Datum
keep_amount(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"keep_amount", AFTER_ROW, ON_WRITE};

	derive_parents(fcinfo, &use, &amounts);
	PG_RETURN_POINTER(NULL);
}
