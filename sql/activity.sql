CREATE FUNCTION opportunities_internal.activity_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'activity_trigger';
COMMENT ON FUNCTION opportunities_internal.activity_trigger() IS
	'Trigger of activity, before INSERT, UPDATE or DELETE of a row: stamps, and done_at of what is entered without due_at.';

CREATE FUNCTION opportunities_internal.keep_last_activity() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_last_activity';
COMMENT ON FUNCTION opportunities_internal.keep_last_activity() IS
	'Trigger of activity, after each row, at once for all that a statement writes: last_activity_at of the opportunities is the latest done_at of their activities.';
