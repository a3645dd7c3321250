/* Amount, probability and currency of an opportunity. */
#include "postgres.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "opportunity/opportunity_line.h"
#include "opportunity/opportunity_row.h"
#include "triggers/currency_column.h"
#include "triggers/owner_query.h"
#include "triggers/visibility.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* Conflicts with the lock that a foreign key takes on the opportunity. */
static const OwnerQuery lock_currency = {
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED",
	.nargs = 1,
	.args = {INT8OID},
};

/* The dependents that hold amounts in the opportunity's currency. */
#define HOLDER(of_table, what)                                                                  \
	{                                                                                           \
		what,                                                                                   \
			{                                                                                   \
				.table = of_table,                                                              \
				.sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 " \
					   "LIMIT 1",                                                               \
				.latest = true,                                                                 \
				.nargs = 1,                                                                     \
				.args = {INT8OID},                                                              \
			},                                                                                  \
			DISCLOSURE(of_table, "opportunity_id", INT8OID)                                     \
	}

static const struct
{
	const char *what;
	OwnerQuery any;
	Disclosure rows;
} currency_holders[] = {HOLDER("opportunity_line", "lines"), HOLDER("document", "documents"),
						HOLDER("payment", "payments")};

/* Fill a mode that isn't given, and say whether it is auto. */
static bool
apply_mode(Row *row, int mode, int column)
{
	if (is_null(row, mode))
	{
		if (row->is_insert || was_null(row, mode))
			set_text(row, mode, is_null(row, column) ? "auto" : "manual");
		else
			set_value(row, mode, old_value_of(row, mode));
	}
	return strcmp(TextDatumGetCString(value_of(row, mode)), "auto") == 0;
}

/* Whether an UPDATE changes the value of a number, and not its scale alone. */
bool
number_changed(const Row *row, int column)
{
	return differs(row, column) && (is_null(row, column) || was_null(row, column) ||
									!same_number(value_of(row, column), old_value_of(row, column)));
}

/* A new row that says auto gets a number from elsewhere: one of its own would be lost. */
static void
refuse_in_auto(const Row *row, int column, const char *code, const char *problem)
{
	const char *name = column_name(row, column);

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("%s", problem),
			 errdetail("%s_mode is auto, and %s %s.", name, name,
					   DatumGetCString(DirectFunctionCall1(numeric_out, value_of(row, column)))),
			 errhint("Leave one of the two out: %s without its mode is set by hand.", name),
			 errtable(row->rel), err_code(code), err_field(name)));
}

/*
 * In auto the amount is that of the lines; a row that is new has none. An amount that is sent is
 * set by hand unless it is just that: so it can follow lines that changed, or be put right.
 */
void
apply_amount(Row *row)
{
	Datum amount;
	bool any;

	if (!apply_mode(row, OPPORTUNITY_AMOUNT_MODE, OPPORTUNITY_AMOUNT))
		return;
	if (row->is_insert)
	{
		if (!is_null(row, OPPORTUNITY_AMOUNT))
			refuse_in_auto(row, OPPORTUNITY_AMOUNT, "amount_in_auto",
						   "a new opportunity has no lines that its amount could follow");
		return;
	}
	if (!changed(row, OPPORTUNITY_AMOUNT_MODE) && !number_changed(row, OPPORTUNITY_AMOUNT))
	{
		keep_value(row, OPPORTUNITY_AMOUNT);
		return;
	}

	any = amount_of_lines(row->trigger, DatumGetInt64(value_of(row, OPPORTUNITY_ID)), &amount);
	if (!changed(row, OPPORTUNITY_AMOUNT_MODE) &&
		(is_null(row, OPPORTUNITY_AMOUNT)
			 ? any
			 : !any || !same_number(value_of(row, OPPORTUNITY_AMOUNT), amount)))
		set_text(row, OPPORTUNITY_AMOUNT_MODE, "manual");
	else if (any)
		set_value(row, OPPORTUNITY_AMOUNT, amount);
	else
		set_null(row, OPPORTUNITY_AMOUNT);
}

/* Whether the probability follows the stage; one that is set by hand doesn't from then on. */
bool
apply_probability_mode(Row *row)
{
	if (!apply_mode(row, OPPORTUNITY_PROBABILITY_MODE, OPPORTUNITY_PROBABILITY))
		return false;
	if (row->is_insert)
		return true;
	if (!changed(row, OPPORTUNITY_PROBABILITY_MODE) && number_changed(row, OPPORTUNITY_PROBABILITY))
	{
		set_text(row, OPPORTUNITY_PROBABILITY_MODE, "manual");
		return false;
	}
	keep_value(row, OPPORTUNITY_PROBABILITY);
	return true;
}

/* In auto the probability is that of the stage, as of entering one that has any. */
void
apply_probability(Row *row, const Stage *stage)
{
	if (!stage->has_probability)
		return;
	if (row->is_insert && !is_null(row, OPPORTUNITY_PROBABILITY) &&
		!same_number(value_of(row, OPPORTUNITY_PROBABILITY), stage->probability))
	{
		refuse_hidden_stage(row);
		refuse_in_auto(row, OPPORTUNITY_PROBABILITY, "probability_in_auto",
					   "the stage of the opportunity has another probability");
	}
	set_value(row, OPPORTUNITY_PROBABILITY, stage->probability);
}

/* A probability is a percentage. */
void
check_probability(const Row *row)
{
	Datum value;

	if (is_null(row, OPPORTUNITY_PROBABILITY))
		return;
	value = value_of(row, OPPORTUNITY_PROBABILITY);
	if (DatumGetBool(
			DirectFunctionCall2(numeric_ge, value, NumericGetDatum(int64_to_numeric(0)))) &&
		DatumGetBool(
			DirectFunctionCall2(numeric_le, value, NumericGetDatum(int64_to_numeric(100)))))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("probability must be from 0 to 100"),
			 errdetail("It would be %s.", DatumGetCString(DirectFunctionCall1(numeric_out, value))),
			 errhint("Give a percentage: 50 is one half."), errtable(row->rel),
			 err_code("probability_range"), err_field("probability")));
}

/* The currency can't change once there are amounts in it. */
void
check_currency(const Row *row)
{
	Datum id;

	if (row->is_insert || !currency_differs(row, OPPORTUNITY_CURRENCY))
		return;
	id = value_of(row, OPPORTUNITY_ID);

	/* Waiting here for somebody who waits for this row would be a deadlock. */
	if (!owner_query(row->trigger, &lock_currency, &id, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("the currency of opportunity %lld cannot change now",
							   (long long) DatumGetInt64(id)),
						errdetail("Another transaction writes something that belongs to it."),
						errhint("Try again."), errtable(row->rel), err_code("row_busy"),
						err_field("currency")));

	for (int i = 0; i < lengthof(currency_holders); i++)
		if (owner_query(row->trigger, &currency_holders[i].any, &id, NULL, NULL))
			ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
							errmsg("the currency of opportunity %lld cannot change: it has %s",
								   (long long) DatumGetInt64(id),
								   may_tell(row->trigger, &currency_holders[i].rows, id)
									   ? currency_holders[i].what
									   : "amounts in it"),
							errhint("Delete them first, or enter another opportunity."),
							errtable(row->rel), err_code("currency_fixed"), err_field("currency")));
}
