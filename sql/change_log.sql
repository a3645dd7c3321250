CREATE FUNCTION opportunities_internal.log_change() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'log_change';
COMMENT ON FUNCTION opportunities_internal.log_change() IS
	'Triggers of every table of a CRM, after each write of a row, and after an INSERT for all of its rows: entries of change_log. The arguments of zz_log are columns that it leaves out. ALTER TABLE … DISABLE TRIGGER zz_log switches both off for a table.';

CREATE FUNCTION opportunities_internal.next_number(sequence regclass, last bigint) RETURNS bigint
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'next_number';
COMMENT ON FUNCTION opportunities_internal.next_number(regclass, bigint) IS
	'The next number of a sequence that Citus has on each server, above the last number of a row of history.';
