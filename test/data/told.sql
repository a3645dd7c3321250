\set ECHO none
-- Everything that is told of a statement.
CREATE FUNCTION pg_temp.told(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows text; m text; d text; h text; c text; f text; t text; s text; k text; x text;
BEGIN
	IF sql LIKE 'SELECT%' THEN
		EXECUTE format('SELECT string_agg(r::text, E''\n'') FROM (%s) AS r', sql) INTO rows;
	ELSIF sql LIKE '%RETURNING%' THEN
		EXECUTE format('WITH r AS (%s) SELECT string_agg(r::text, E''\n'') FROM r', sql) INTO rows;
	ELSE
		EXECUTE sql;
		GET DIAGNOSTICS rows = ROW_COUNT;
		rows := rows || ' rows';
	END IF;
	RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = coalesce(rows, 'nothing');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = COLUMN_NAME, f = CONSTRAINT_NAME,
		t = TABLE_NAME, s = SCHEMA_NAME, k = PG_DATATYPE_NAME, x = PG_EXCEPTION_CONTEXT;
	RETURN CASE SQLSTATE WHEN 'ZZ000' THEN m ELSE concat_ws(' | ', SQLSTATE, m, nullif(d, ''), nullif(h, ''), nullif(c, ''), nullif(f, ''), nullif(t, ''), nullif(s, ''),
		nullif(k, ''), nullif(regexp_replace(x, '^SQL statement.*|(^|\n)PL/pgSQL.*', ''), '')) END;
END $$;
\set ECHO all
