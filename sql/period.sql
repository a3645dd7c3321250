CREATE FUNCTION opportunities.period_start(
	period text,
	today date DEFAULT NULL,
	calendar text DEFAULT NULL,
	time_zone text DEFAULT NULL,
	week_start text DEFAULT NULL,
	fiscal_year_start integer DEFAULT NULL)
	RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_start';
COMMENT ON FUNCTION opportunities.period_start(text, date, text, text, text, integer) IS
	'The first day of a period such as THIS_MONTH or LAST_N_DAYS:30. today: the day it is counted from, by default that of now in time_zone. calendar, time_zone, week_start, fiscal_year_start: by default the settings of those names. NULL without a period; an infinite today gives itself. Errors: unknown_period, invalid_period_number, unknown_calendar, unknown_time_zone, unknown_week_day, unknown_month, date_out_of_range.';

CREATE FUNCTION opportunities.period_end(
	period text,
	today date DEFAULT NULL,
	calendar text DEFAULT NULL,
	time_zone text DEFAULT NULL,
	week_start text DEFAULT NULL,
	fiscal_year_start integer DEFAULT NULL)
	RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_end';
COMMENT ON FUNCTION opportunities.period_end(text, date, text, text, text, integer) IS
	'The day after the last day of a period. Arguments and errors are those of period_start.';

CREATE FUNCTION opportunities.period_of(unit text, day date, calendar text DEFAULT NULL) RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_of';
COMMENT ON FUNCTION opportunities.period_of(text, date, text) IS
	'The first day of the unit (day, week, month, quarter, year, fiscal_quarter, fiscal_year) that holds a day. calendar: by default the setting opportunities.calendar. NULL without a unit or a day; an infinite day gives itself. Errors: unknown_unit, unknown_calendar, unknown_month, date_out_of_range.';

CREATE FUNCTION opportunities_internal.relative_moment(anchor text, span interval) RETURNS timestamp
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'relative_moment';
COMMENT ON FUNCTION opportunities_internal.relative_moment(text, interval) IS
	'A time relative to now on the business''s clocks: first the anchor (now, startOfDay, endOfDay, and likewise Week, Month and Year of the Gregorian calendar), then the span is added. An end is a microsecond before the next start. Errors: 22023 unknown_anchor.';

CREATE FUNCTION opportunities.calendar_text(
	day date,
	pattern text DEFAULT 'yyyy/MM/dd',
	calendar text DEFAULT NULL,
	language text DEFAULT NULL)
	RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'calendar_text';
COMMENT ON FUNCTION opportunities.calendar_text(date, text, text, text) IS
	'A day as people of a calendar write it: pattern is one of ICU, up to 100 characters, such as yyyy/MM/dd or d MMMM y. calendar, language: by default the settings opportunities.calendar and opportunities.language; fa-u-nu-latn is Persian with Latin digits. NULL without a day or a pattern, and for an infinite day. Errors: 22023 invalid_pattern, unknown_calendar, unknown_language; 22008 date_out_of_range.';

CREATE FUNCTION opportunities.period_label(unit text, day date, calendar text DEFAULT NULL, language text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_label';
COMMENT ON FUNCTION opportunities.period_label(text, date, text, text) IS
	'The name of the unit (day, week, month, quarter, year, fiscal_quarter, fiscal_year) that holds a day, as reports and boards label it: of a week its first and last days, of a fiscal unit its first and last months. Arguments and errors are those of period_of and calendar_text.';
