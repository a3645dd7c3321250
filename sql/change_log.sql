CREATE FUNCTION opportunities_internal.log_change() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'log_change';
COMMENT ON FUNCTION opportunities_internal.log_change() IS
	'Triggers of every table of a CRM, after each write of a row, and after an INSERT for all of its rows: entries of change_log. The arguments of zz_log are columns that it leaves out. ALTER TABLE … DISABLE TRIGGER zz_log switches both off for a table.';
