-- The forms of totals: text and binary, there and back, and what is refused.
SET search_path = public, opportunities;
-- What is read by a command, or why it is refused, in one line.
CREATE FUNCTION pg_temp.read(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text; message text; name text; detail text;
BEGIN
	EXECUTE command INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, name = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', SQLSTATE, nullif(name, ''), message, nullif(detail, ''));
END $$;

-- Text that reads back as it was.
CREATE TABLE form (n integer GENERATED ALWAYS AS IDENTITY, t text);
INSERT INTO form (t) VALUES ('(0,0,0,0)'), ('(3,10.00,1.0000,0.00)'), ('(-3,-10.00,-0.0100,0)'), ('(1,0.000,0,0)'),
	('"EUR"(1,1,1,1)'), ('(1,1,1,1),"EUR"(2,2,2,2),"USD"(3,3,3,3)'), ('"a""b\(,"(1,1,1,1)'), ('""(1,1,1,1)'), ('"ریال"(1,1,1,1)'),
	('(2,1.5[1,0,0],0.00[0,2,-1],0[0,0,1])'), ('(3[2],1,1,0),"EUR"(2[2],0,0,0)'), ('(1[-1],0,0,0)'), ('(0,0[1,0,0],0,0)'),
	('(1,123456789012345678901234567890123456789012345678901234567890.123,0.0000000000000000000000000000000000000000001,0)'),
	('(9223372036854775807,0,0,0)'), ('(-9223372036854775808,0,0,0)');
SELECT count(*), count(*) FILTER (WHERE t::totals::text = t) AS same FROM form;
-- What isn't one.
SELECT t, pg_temp.read(format('SELECT %L::totals', t)) FROM unnest(ARRAY['', ' ', '(', '(1', '(1,', '(1,2,3)', '(1,2,3,4', '(1,2,3,4,5)', '(1,2,3,4)x',
	'(1,2,3,4),', ' (1,2,3,4)', '"USD"(1,1,1,1),"EUR"(1,1,1,1)', '"EUR"(1,1,1,1),(1,1,1,1)', '(1,2,3,4)(1,2,3,4)', '(1,2,3,4),(1,2,3,4)', '"EUR"(1,2,3,4),"EUR"(1,2,3,4)', '"EUR', '"EUR"', 'EUR(1,2,3,4)', '(a,2,3,4)', '(1.5,2,3,4)', '(9223372036854775808,2,3,4)',
	'(1[2,3,4)', '(1[],2,3,4)', '(1[x],2,3,4)', '(1[1][1],2,3,4)', '(1,x,3,4)', '(1,NaN,3,4)', '(1,Infinity,3,4)', '(1,,3,4)', '(1,2[1,0],3,4)', '(1,2[1,0,0,0],3,4)', '(1,2[a,0,0],3,4)', '(1,2[1,0,0,3,4)', '(NULL,1,1,1)',
	'(1,' || repeat('9', 131073) || ',0,0)', '(1,0.' || repeat('0', 16384) || ',0,0)']) AS t WHERE length(t) < 100;
SELECT left(pg_temp.read(format('SELECT %L::totals', '(1,' || repeat('9', 131073) || ',0,0)')), 60) AS too_large, left(pg_temp.read(format('SELECT %L::totals', '(1,0.' || repeat('0', 16384) || ',0,0)')), 60) AS too_fine;

-- Binary, there and back, through the functions that COPY and drivers use.
\set file `mktemp`
CREATE TABLE sent (n integer, t totals);
INSERT INTO sent SELECT n, t::totals FROM form;
\set copy '\\copy sent TO ' :file ' (FORMAT binary)'
:copy
CREATE TABLE received (n integer, t totals);
\set copy '\\copy received FROM ' :file ' (FORMAT binary)'
:copy
SELECT count(*), count(*) FILTER (WHERE r.t::text = s.t::text) AS same FROM sent AS s JOIN received AS r USING (n);

-- A stored value may be short or out of line; a combine of such is right.
CREATE TABLE stored (t totals);
INSERT INTO stored SELECT totals(1.5, 10, 1, 'C' || i) FROM generate_series(1, 900) AS i;
INSERT INTO stored VALUES ('(1,1,1,1)');
SELECT pg_column_size(t) > 2000 AS large, opportunity_count(t) FROM stored;
SELECT opportunity_count(sum(t)), length(sum(t)::text) FROM stored;

-- Messages with wrong bytes are refused, never misread: each byte of one changed in turn.
CREATE FUNCTION pg_temp.octal(bytes bytea) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg('\' || lpad(((b >> 6) * 100 + (b >> 3 & 7) * 10 + (b & 7))::text, 3, '0'), '' ORDER BY i)
	FROM generate_series(0, length(bytes) - 1) AS i, get_byte(bytes, i) AS b $$;
CREATE TABLE one (t totals);
CREATE FUNCTION pg_temp.fuzz(value totals, OUT accepted integer, OUT refused integer, OUT states text) LANGUAGE plpgsql AS $$
DECLARE
	message bytea := opportunities_internal.totals_send(value);
	header bytea := '\x5047434f50590aff0d0a0000000000000000000001';
	damaged bytea;
	seen text[] := '{}';
BEGIN
	accepted := 0; refused := 0;
	FOR place IN 0 .. length(message) LOOP
		FOREACH damaged IN ARRAY CASE WHEN place < length(message) THEN ARRAY[
				set_byte(message, place, get_byte(message, place) # 129),
				substr(message, 1, place)] ELSE ARRAY[message || '\x00'] END LOOP
			BEGIN
				EXECUTE format('COPY one FROM PROGRAM %L (FORMAT binary)',
					'printf ''' || pg_temp.octal(header || int4send(length(damaged)) || damaged || '\xffff') || '''');
				-- what is read must be a value like any other
				PERFORM t::text::totals = t, opportunities_internal.totals_send(t), t + t FROM one;
				accepted := accepted + 1;
				RAISE EXCEPTION USING ERRCODE = 'UNDO1';
			EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
			WHEN OTHERS THEN
				refused := refused + 1;
				IF NOT SQLSTATE = ANY (seen) THEN seen := seen || SQLSTATE; END IF;
			END;
		END LOOP;
	END LOOP;
	SELECT string_agg(s, ' ' ORDER BY s) INTO states FROM unnest(seen) AS s;
END $$;
SELECT accepted > 0 AS some_accepted, refused > 100 AS most_refused, states
FROM pg_temp.fuzz('(2[1],1.5[1,0,0],0.00[0,2,-1],0),"EUR"(1,12345678.90,1,0),"USD"(3,1,1,1)');
-- Messages that are well-formed but no value, each refused for its own reason.
CREATE FUNCTION pg_temp.receive(message bytea) RETURNS totals LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY one FROM PROGRAM %L (FORMAT binary)', 'printf ''' || pg_temp.octal(
		'\x5047434f50590aff0d0a0000000000000000000001' || int4send(length(message)) || message || '\xffff') || '''');
	RETURN (SELECT t FROM one);
END $$;
CREATE FUNCTION pg_temp.entry(currency text) RETURNS bytea LANGUAGE sql AS $$
	SELECT CASE WHEN currency IS NULL THEN int4send(-1) ELSE int4send(length(currency)) || convert_to(currency, 'UTF8') END
		|| int8send(1) || int8send(0) || string_agg(numeric_send(1) || int8send(0) || int8send(0) || int8send(0), '') FROM generate_series(1, 3) $$;
SELECT v.message, pg_temp.read(format('SELECT pg_temp.receive(%L)', v.bytes)) AS receive FROM (VALUES
	('as sent', '\x01' || int4send(2) || pg_temp.entry('EUR') || pg_temp.entry('USD')),
	('out of order', '\x01' || int4send(2) || pg_temp.entry('USD') || pg_temp.entry('EUR')),
	('twice', '\x01' || int4send(2) || pg_temp.entry('EUR') || pg_temp.entry('EUR')),
	('unnamed after named', '\x01' || int4send(2) || pg_temp.entry('EUR') || pg_temp.entry(NULL)),
	('negative length', '\x01' || int4send(1) || int4send(-2)),
	('no currency', '\x01' || int4send(0)),
	('too many', '\x01' || int4send(1002)),
	('other version', '\x02' || int4send(1) || pg_temp.entry(NULL)),
	('NaN as a sum', '\x01' || int4send(1) || int4send(-1) || int8send(1) || int8send(0) || numeric_send('NaN'))) AS v (message, bytes);
\setenv FILE :file
\! rm -f "$FILE"
DROP TABLE form, sent, received, stored, one;
