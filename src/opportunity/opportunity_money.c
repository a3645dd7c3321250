#include "postgres.h"

#include "base/errors.h"
#include "catalog/pg_type.h"
#include "opportunity/opportunity_line.h"
#include "opportunity/opportunity_row.h"
#include "rules/owner_query.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Conflicts with the lock that a row of another table takes on the opportunity that it is of. */
static const OwnerQuery lock_currency = {
	.sql = "SELECT true FROM %s WHERE {=}id OPERATOR(pg_catalog.=) $1 FOR UPDATE SKIP LOCKED",
	.nargs = 1,
	.args = {INT8OID},
};

/* What holds amounts in the opportunity's currency, so that it stays. */
static const struct
{
	const char *what;
	OwnerQuery any;
} currency_holders[] = {
	{"lines",
	 {
		 .table = "opportunity_line",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
	{"documents",
	 {
		 .table = "document",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
	{"payments",
	 {
		 .table = "payment",
		 .sql = "SELECT true FROM %s WHERE {=}opportunity_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
		 .latest = true,
		 .nargs = 1,
		 .args = {INT8OID},
	 }},
};

/* Fill a mode that isn't given, and say whether it is auto. */
static bool
apply_mode(Card *card, int mode, int column)
{
	if (is_null(card, mode))
	{
		if (card->row.insert || was_null(card, mode))
			set_text(card, mode, is_null(card, column) ? "auto" : "manual");
		else
			set_value(card, mode, old_value_of(card, mode));
	}
	return strcmp(TextDatumGetCString(value_of(card, mode)), "auto") == 0;
}

/* Whether two numbers are the same, or both missing; 10.0 and 10.00 are. */
static bool
same_number(Datum a, bool a_null, Datum b, bool b_null)
{
	if (a_null || b_null)
		return a_null == b_null;
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, b));
}

/* Whether an UPDATE gives a number of another size. */
bool
number_changed(const Card *card, int column)
{
	return changed(card, column) &&
		   !same_number(value_of(card, column), is_null(card, column), old_value_of(card, column),
						was_null(card, column));
}

/*
 * In auto the amount is that of the lines; a row that is new has none. An amount that is sent is
 * set by hand unless it is just that: so it can follow lines that changed, or be put right.
 */
void
apply_amount(Card *card)
{
	Datum amount;
	bool any;

	if (!apply_mode(card, AMOUNT_MODE, AMOUNT))
		return;
	if (card->row.insert)
	{
		set_null(card, AMOUNT);
		return;
	}
	if (!changed(card, AMOUNT_MODE) && !number_changed(card, AMOUNT))
	{
		keep_row_value(&card->row, card->at[AMOUNT]);
		return;
	}

	any = amount_of_lines(card->trigger, DatumGetInt64(value_of(card, ID)), &amount);
	if (!changed(card, AMOUNT_MODE) &&
		!same_number(value_of(card, AMOUNT), is_null(card, AMOUNT), amount, !any))
		set_text(card, AMOUNT_MODE, "manual");
	else if (any)
		set_value(card, AMOUNT, amount);
	else
		set_null(card, AMOUNT);
}

/* Whether the probability follows the stage; one that is set by hand doesn't from then on. */
bool
apply_probability_mode(Card *card)
{
	if (!apply_mode(card, PROBABILITY_MODE, PROBABILITY))
		return false;
	if (card->row.insert)
		return true;
	if (!changed(card, PROBABILITY_MODE) && number_changed(card, PROBABILITY))
	{
		set_text(card, PROBABILITY_MODE, "manual");
		return false;
	}
	keep_row_value(&card->row, card->at[PROBABILITY]);
	return true;
}

/* A probability is a percentage. */
void
check_probability(const Card *card)
{
	Datum value = value_of(card, PROBABILITY);

	if (is_null(card, PROBABILITY) ||
		(DatumGetBool(
			 DirectFunctionCall2(numeric_ge, value, NumericGetDatum(int64_to_numeric(0)))) &&
		 DatumGetBool(
			 DirectFunctionCall2(numeric_le, value, NumericGetDatum(int64_to_numeric(100))))))
		return;

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION), errmsg("probability must be from 0 to 100"),
			 errdetail("It would be %s.", DatumGetCString(DirectFunctionCall1(numeric_out, value))),
			 errhint("Give a percentage: 50 is one half."), errtable(card->row.rel),
			 err_code("probability_range"), err_field("probability")));
}

/* One opportunity, one currency: amounts that are there already would become others. */
void
check_currency(const Card *card)
{
	Datum id = value_of(card, ID);

	if (card->row.insert || !changed(card, CURRENCY))
		return;

	/* Waiting here for somebody who waits for this row would be a deadlock. */
	if (!owner_query(card->trigger, &lock_currency, &id, NULL, NULL))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("the currency of opportunity %lld cannot change now",
							   (long long) DatumGetInt64(id)),
						errdetail("Another transaction writes something that belongs to it."),
						errhint("Try again."), errtable(card->row.rel), err_code("currency_busy"),
						err_field("currency")));

	for (int i = 0; i < lengthof(currency_holders); i++)
		if (owner_query(card->trigger, &currency_holders[i].any, &id, NULL, NULL))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("the currency of opportunity %lld cannot change: it has %s",
							(long long) DatumGetInt64(id), currency_holders[i].what),
					 errhint("Delete them first, or enter another opportunity."),
					 errtable(card->row.rel), err_code("currency_fixed"), err_field("currency")));
}
