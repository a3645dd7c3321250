/* The trigger of a target: its period. */
#include "postgres.h"

#include "base/errors.h"
#include "base/literal.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "settings/calendar.h"
#include "triggers/currency_column.h"
#include "triggers/listed_currency.h"
#include "triggers/row.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(target_trigger);

enum
{
	TARGET_PERIOD,
	TARGET_CALENDAR,
	TARGET_FIRST_DAY,
	TARGET_LAST_DAY,
	TARGET_CURRENCY,
	TARGET_COLUMNS
};

static const TriggerColumn columns[TARGET_COLUMNS] = {
	[TARGET_PERIOD] = {"period", TEXTOID},		 [TARGET_CALENDAR] = {"calendar", TEXTOID},
	[TARGET_FIRST_DAY] = {"first_day", DATEOID}, [TARGET_LAST_DAY] = {"last_day", DATEOID},
	[TARGET_CURRENCY] = {"currency", TEXTOID},
};

/* The last day of the unit that begins on a day. */
static DateADT
last_day_of(CalendarUnit unit, DateADT first_day, const Reckoning *reckoning)
{
	return period_first_day(unit, first_day, 1, reckoning) - 1;
}

/*
 * Whether a unit, where weeks or fiscal years begin in another way than in the session, goes from a
 * first day to a last one: so it does in rows that were written elsewhere, as those of a dump.
 */
static bool
is_of_another_reckoning(CalendarUnit unit, DateADT first_day, DateADT last_day, Reckoning reckoning)
{
	if (unit == UNIT_WEEK)
	{
		reckoning.week_start = j2day(first_day + POSTGRES_EPOCH_JDATE);
		return last_day == last_day_of(unit, first_day, &reckoning);
	}
	if (unit != UNIT_FISCAL_QUARTER && unit != UNIT_FISCAL_YEAR)
		return false;
	for (int month = 1; month <= MONTHS_PER_YEAR; month++)
	{
		reckoning.fiscal_year_start = month;
		if (period_first_day(unit, first_day, 0, &reckoning) == first_day &&
			last_day == last_day_of(unit, first_day, &reckoning))
			return true;
	}
	return false;
}

/* The last day follows from the first, which must be one that such a period begins with. */
static void
apply_period(Row *row)
{
	char *period = TextDatumGetCString(value_of(row, TARGET_PERIOD));
	CalendarUnit unit = get_unit(period);
	Calendar *calendar = get_calendar(TextDatumGetCString(value_of(row, TARGET_CALENDAR)));
	Reckoning reckoning = reckoning_in(calendar);
	DateADT day = DatumGetDateADT(value_of(row, TARGET_FIRST_DAY));
	DateADT first = period_first_day(unit, day, 0, &reckoning);

	if (first == day)
		set_value(row, TARGET_LAST_DAY, DateADTGetDatum(last_day_of(unit, day, &reckoning)));
	else if (!row->is_insert || is_null(row, TARGET_LAST_DAY) ||
			 !is_of_another_reckoning(unit, day, DatumGetDateADT(value_of(row, TARGET_LAST_DAY)),
									  reckoning))
		ereport(
			ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("first_day of a target must be the first of its period"),
			 errdetail("%s lies within the %s of %s.", literal_text(DATEOID, DateADTGetDatum(day)),
					   period, literal_text(DATEOID, DateADTGetDatum(first))),
			 errhint("Give that day, or the first of another %s.", period), errtable(row->rel),
			 err_code("first_day_inside_period"), err_field("first_day")));
}

/* target_trigger() -> trigger */
Datum
target_trigger(PG_FUNCTION_ARGS)
{
	static const TriggerUse use = {"target_trigger", BEFORE_ROW, ON_INSERT | ON_UPDATE, columns,
								   TARGET_COLUMNS};
	Row row = open_row(fcinfo, &use);

	if (row.moves)
		PG_RETURN_POINTER(close_row(&row));
	keep_currency_code(&row, TARGET_CURRENCY);
	need_listed(&row, TARGET_CURRENCY);
	if (is_null(&row, TARGET_CALENDAR))
		set_text(&row, TARGET_CALENDAR, calendar_name());
	if (changed(&row, TARGET_PERIOD) || changed(&row, TARGET_CALENDAR) ||
		changed(&row, TARGET_FIRST_DAY))
		apply_period(&row);
	else
		keep_value(&row, TARGET_LAST_DAY);
	PG_RETURN_POINTER(close_row(&row));
}
