\set ECHO none
-- What becomes of a command: where it fails, its SQLSTATE and message, code, field, detail and hint.
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; code text; field text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, code = CONSTRAINT_NAME, field = COLUMN_NAME,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	-- (the whole row holds moments, too)
	detail := nullif(regexp_replace(detail, 'Failing row contains.*', '…'), '…');
	RETURN concat_ws(E'\n', SQLSTATE || ' ' || message, 'code ' || nullif(code, ''), 'field ' || nullif(field, ''),
		nullif(detail, ''), nullif(hint, ''));
END $$;
\set ECHO all
