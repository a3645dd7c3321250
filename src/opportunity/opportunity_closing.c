/* When and why an opportunity was closed. */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/fold.h"
#include "opportunity/opportunity_row.h"
#include "settings/clock.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/*
 * People may give the moment or the day of a closing, with it or afterwards. What an UPDATE sends
 * isn't given where it equals the row's value, or this transaction's own stamp: an upsert sends
 * both unasked.
 */

/* Whether a moment or a day is sent for the closing. */
static bool
is_sent(const Row *row, int column)
{
	return changed(row, column) && !is_null(row, column);
}

/* Whether a closing is given; else the row has what it had. */
bool
closing_given(Row *row)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (is_sent(row, OPPORTUNITY_CLOSED_AT) &&
		(row->is_insert || DatumGetTimestampTz(value_of(row, OPPORTUNITY_CLOSED_AT)) != now))
		return true;
	if (is_sent(row, OPPORTUNITY_CLOSED_ON) &&
		(row->is_insert ||
		 DatumGetDateADT(value_of(row, OPPORTUNITY_CLOSED_ON)) != business_day(now)))
		return true;
	if (!row->is_insert)
	{
		keep_value(row, OPPORTUNITY_CLOSED_AT);
		keep_value(row, OPPORTUNITY_CLOSED_ON);
	}
	return false;
}

/* Take the closing that is given: the day follows from the moment, or the moment from the day. */
static void
take_closing(Row *row)
{
	bool at = is_sent(row, OPPORTUNITY_CLOSED_AT);
	bool on = is_sent(row, OPPORTUNITY_CLOSED_ON);
	bool agree;

	if (!at)
		set_value(row, OPPORTUNITY_CLOSED_AT,
				  TimestampTzGetDatum(
					  business_day_start(DatumGetDateADT(value_of(row, OPPORTUNITY_CLOSED_ON)))));
	else if (!on)
		set_value(row, OPPORTUNITY_CLOSED_ON,
				  DateADTGetDatum(
					  business_day(DatumGetTimestampTz(value_of(row, OPPORTUNITY_CLOSED_AT)))));
	agree = !at || !on ||
			business_day(DatumGetTimestampTz(value_of(row, OPPORTUNITY_CLOSED_AT))) ==
				DatumGetDateADT(value_of(row, OPPORTUNITY_CLOSED_ON));
	if (agree && DatumGetTimestampTz(value_of(row, OPPORTUNITY_CLOSED_AT)) <= GetCurrentTimestamp())
		return;

	refuse_hidden_stage(row);
	if (!agree)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION), errmsg("closed_at is not on the day closed_on"),
				 errdetail("Days are those of the setting opportunities.time_zone."),
				 errhint("Give one of them alone."), errtable(row->rel),
				 err_code("closed_day_and_moment"), err_field("closed_on")));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("an opportunity can't be closed in the future"),
			 errhint("Give a moment or a day that has come, or none for now."), errtable(row->rel),
			 err_code("closed_in_future"), err_field(at ? "closed_at" : "closed_on")));
}

/* Stamp the closing of a row. */
static void
stamp_closing(Row *row)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	set_value(row, OPPORTUNITY_CLOSED_AT, TimestampTzGetDatum(now));
	set_value(row, OPPORTUNITY_CLOSED_ON, DateADTGetDatum(business_day(now)));
}

/* Whether a text is missing, or has nothing to be seen. */
static bool
is_blank(const Row *row, int column)
{
	return is_null(row, column) || !has_text(TextDatumGetCString(value_of(row, column)));
}

/* An open opportunity, or one with no stage, has neither a closing day nor a reason. */
void
apply_open(Row *row, bool entering, bool given)
{
	if (given ||
		(!is_null(row, OPPORTUNITY_CLOSE_REASON) && changed(row, OPPORTUNITY_CLOSE_REASON)))
		refuse_hidden_stage(row);
	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an opportunity in an open stage has no closing day"),
				 errhint("Give a final stage, or leave out closed_at and closed_on."),
				 errtable(row->rel), err_code("closed_in_open_stage"),
				 err_field(is_sent(row, OPPORTUNITY_CLOSED_AT) ? "closed_at" : "closed_on")));
	if (!row->is_insert && entering)
	{
		set_null(row, OPPORTUNITY_CLOSED_AT);
		set_null(row, OPPORTUNITY_CLOSED_ON);
		if (!changed(row, OPPORTUNITY_CLOSE_REASON))
			set_null(row, OPPORTUNITY_CLOSE_REASON);
	}

	if (!is_null(row, OPPORTUNITY_CLOSE_REASON) &&
		(entering || changed(row, OPPORTUNITY_CLOSE_REASON)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("an opportunity in an open stage has no close reason"),
				 errhint("Give the reason together with a won or lost stage."), errtable(row->rel),
				 err_code("close_reason_open"), err_field("close_reason")));
}

/*
 * A closed opportunity has the moment and the day of its closing, and a reason where asked for.
 * From one stage of a kind to another it stays closed as it was. Says whether it closes anew.
 */
bool
apply_final(Row *row, const Stage *stage, bool entering, bool given)
{
	bool closes = entering &&
				  (row->is_insert || was_null(row, OPPORTUNITY_CLOSED_AT) ||
				   was_null(row, OPPORTUNITY_STAGE_ID) ||
				   !is_of_kind(row->trigger, old_value_of(row, OPPORTUNITY_STAGE_ID), stage->kind));

	if (given)
		take_closing(row);
	else if (closes)
		stamp_closing(row);

	/* The reason of an earlier closing is not the reason of this one, unless it is given again. */
	if (closes && !row->is_insert && !changed(row, OPPORTUNITY_CLOSE_REASON) &&
		!is_named(row, OPPORTUNITY_CLOSE_REASON))
		set_null(row, OPPORTUNITY_CLOSE_REASON);
	if (stage->reason_required && (entering || changed(row, OPPORTUNITY_CLOSE_REASON)) &&
		is_blank(row, OPPORTUNITY_CLOSE_REASON))
	{
		refuse_hidden_stage(row);
		ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
						errmsg("stage \"%s\" requires a close reason", stage->name),
						errhint("Set close_reason together with the stage."), errtable(row->rel),
						err_code("close_reason_required"), err_field("close_reason")));
	}
	return closes;
}
