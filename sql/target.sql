CREATE FUNCTION opportunities_internal.target_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'target_trigger';
COMMENT ON FUNCTION opportunities_internal.target_trigger() IS
	'Trigger of target, before INSERT or UPDATE of a row: the calendar, the period''s last day and the one form of the currency. Errors: 23514 first_day_inside_period, key_fixed, value_too_large; 22023 unknown_calendar, unknown_month; 22008 date_out_of_range.';
