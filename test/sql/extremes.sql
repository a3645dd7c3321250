-- What a row may hold: the largest that is taken, what is past it, and that whatever is stored can be totalled, listed, reported and deleted.
\set VERBOSITY terse
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities, public;
\i test/data/attempt.sql

-- A row of every table.
CREATE PROCEDURE pg_temp.fill() LANGUAGE sql AS $$
	INSERT INTO currency (code) VALUES ('EUR'), ('USD'); INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'USD', '2026-01-01', 1.1);
	INSERT INTO account (name) VALUES ('Acme'); INSERT INTO app_user (login, name) VALUES ('sara', 'Sara');
	INSERT INTO choice (field, value) VALUES ('custom.colour', 'red'); INSERT INTO label (language, field, value, label) VALUES ('fa', 'source', 'web', 'وب'); INSERT INTO custom_field (name, type) VALUES ('due', 'date');
	INSERT INTO product (name, unit_price) VALUES ('Pump', 5); INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'month', '2026-01-01', 5);
	INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, probability) VALUES (1, 1, 1, 'One', 50), (1, 1, 1, 'Two', 50);
	INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1), (1, 1);
	UPDATE opportunity SET stage_id = 2; UPDATE opportunity SET stage_id = 5; INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 5, 6);
	SELECT opportunities.issue_invoice(1, true); SELECT opportunities.issue_quote(1);
	INSERT INTO payment (opportunity_id, amount) VALUES (1, 2); INSERT INTO activity (opportunity_id, kind) VALUES (1, 'call');
	SELECT opportunities.save_filter('f', '{"combinator": "and", "rules": []}'); SELECT opportunities.save_view('v', fields => '{title}') $$;
CALL pg_temp.fill();

-- Everything that reads the rows: nothing, or the error.
CREATE FUNCTION pg_temp.read_all() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM count(*) FROM board(include_archived => true, fields => '{id,amount,estimated_amount,days_in_stage,stale,balance,next_activity_at}');
	PERFORM list(include_archived => true); PERFORM list(include_archived => true, sort => '{-created_at,amount}', fields => '{id,created_at,custom,tags,balance}');
	PERFORM count(*) FROM report(by => '{owner,month(created_at),year(expected_close),state}', subtotals => true);
	PERFORM sum(amount), sum(days_to_close), sum(days_in_stage) FROM bi_opportunity; PERFORM sum(total) FROM bi_line; PERFORM sum(days) FROM bi_stage_history;
	PERFORM * FROM funnel(); PERFORM * FROM pipeline_on('2026-01-01'); PERFORM * FROM attainment('LAST_N_YEARS:3', '{team,owner,month}');
	SET LOCAL opportunities.calendar = 'persian';
	PERFORM count(*) FROM report(by => '{month(created_at),quarter(expected_close),fiscal_year(closed_on)}');
	SET LOCAL opportunities.calendar = 'gregorian';
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Of each column the first of ever larger values that is past its limit; what is stored before can be read.
CREATE FUNCTION pg_temp.candidates(type text) RETURNS text[] LANGUAGE sql RETURN CASE type
	WHEN 'text' THEN (SELECT array_agg(repeat('x', i)) FROM unnest('{16,17,500,501,507,508,2000,2001,200000,200001}'::int[]) AS i)
	WHEN 'text[]' THEN (SELECT array_agg((SELECT array_agg('t' || n) FROM generate_series(1, i) AS n)::text) FROM unnest('{16,1000,1001}'::int[]) AS i)
	WHEN 'jsonb' THEN (SELECT array_agg(jsonb_build_object('k', repeat('x', i))::text) FROM unnest('{90000,100001,4000000,5000000}'::int[]) AS i)
	WHEN 'numeric' THEN ARRAY[1e99::text, '-' || repeat('9', 100), '0.' || repeat('0', 99) || '1', '0.' || repeat('0', 100) || '1', '1' || repeat('0', 100)]
	WHEN 'date' THEN ARRAY['0001-01-01', '9999-12-31', '0001-12-31 BC', '10000-01-01', '-infinity', 'infinity']
	ELSE ARRAY['0001-01-01 00:00 UTC', '9999-12-31 23:59:59.999999 UTC', '0001-12-31 23:59:59 BC UTC', '10000-01-01 00:00 UTC', '-infinity', 'infinity'] END;
CREATE FUNCTION pg_temp.limits() RETURNS TABLE (tab text, col text, past text, detail text, reading text) LANGUAGE plpgsql AS $$
DECLARE
	type text; value text; code text; message text;
BEGIN
	FOR tab, col, type IN
		SELECT k.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class AS k JOIN pg_attribute AS a ON a.attrelid = k.oid
		WHERE k.relnamespace = 'crm'::regnamespace AND k.relkind = 'r' AND k.relname NOT IN ('calendar', 'change_log', 'stage_change', 'document_counter')
		  AND a.attnum > 0 AND a.attgenerated = '' AND format_type(a.atttypid, NULL) IN ('text', 'text[]', 'jsonb', 'numeric', 'date', 'timestamp with time zone')
		ORDER BY 1, a.attnum
	LOOP
		past := NULL; detail := NULL; reading := NULL;
		FOREACH value IN ARRAY pg_temp.candidates(type) LOOP
			BEGIN
				EXECUTE format('UPDATE %I SET %I = $1::%s', tab, col, type) USING value;
				reading := concat_ws(' ', reading, CASE WHEN type NOT IN ('text', 'jsonb') THEN pg_temp.read_all() END);
				RAISE EXCEPTION USING ERRCODE = 'RB001';
			EXCEPTION WHEN SQLSTATE 'RB001' THEN NULL;
			WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, message = PG_EXCEPTION_DETAIL;
				IF code = 'value_too_large' THEN
					past := CASE WHEN length(value) > 40 THEN length(value) || ' characters' ELSE value END; detail := message;
					EXIT;
				END IF;
			END;
		END LOOP;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM pg_temp.limits();

-- Each table whose rows people write has a trigger that refuses what is past a limit.
SELECT relname FROM pg_class AS k WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND NOT EXISTS (
	SELECT FROM pg_trigger WHERE tgrelid = k.oid AND NOT tgisinternal AND tgtype & 7 = 7) ORDER BY 1;

-- Columns of your own, and what a row has already, are left alone; also in a partition.
ALTER TABLE opportunity ADD notes text, ADD weight numeric, ADD due date;
UPDATE opportunity SET notes = repeat('x', 300000), weight = 1e-16000, due = 'infinity' WHERE id = 1;
SET session_replication_role = replica;
UPDATE opportunity SET title = repeat('x', 2001), owner = repeat('y', 501) WHERE id = 2;
RESET session_replication_role;
UPDATE opportunity SET description = 'more' WHERE id = 2;
SELECT pg_temp.attempt($$ UPDATE opportunity SET title = repeat('z', 2001) WHERE id = 2 $$);
SELECT * FROM check_crm() WHERE row_id = '2';
UPDATE opportunity SET title = 'Two', owner = 'omid' WHERE id = 2;
ALTER TABLE opportunity DROP notes, DROP weight, DROP due;

-- Amounts that follow lines: a price that is right by itself, and comes to too much.
SELECT pg_temp.attempt($$ INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) VALUES (2, 1e60, 1e60) $$);
SELECT pg_temp.attempt($$ INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, tax_percent) VALUES (2, 1e50, 1e40, 1e20) $$);

-- The user and the tenant that stamp rows.
SELECT pg_temp.attempt($$ SELECT set_config('opportunities.user_name', repeat('ک', 250), true) $$);
SELECT left(pg_temp.attempt($$ SELECT set_config('opportunities.user_name', repeat('ک', 251), true) $$), 60);
SELECT left(pg_temp.attempt($$ SELECT set_config('opportunities.tenant', repeat('x', 501), true) $$), 60);

-- What came around the triggers: check_crm tells it, and never fails. A row for each value that it doesn't tell of; history, which has none of these, can be read all the same.
CREATE FUNCTION pg_temp.untold() RETURNS TABLE (tab text, col text, value text, problem text) LANGUAGE plpgsql AS $$
DECLARE
	type text; whole text;
BEGIN
	SET LOCAL session_replication_role = replica;
	FOR tab, col, type IN
		SELECT k.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class AS k JOIN pg_attribute AS a ON a.attrelid = k.oid
		WHERE k.relnamespace = 'crm'::regnamespace AND k.relkind = 'r' AND k.relname <> 'calendar' AND a.attnum > 0 AND a.attgenerated = '' AND a.attname <> 'probability'
		ORDER BY 1, a.attnum
	LOOP
		FOREACH whole IN ARRAY CASE type WHEN 'text' THEN ARRAY[repeat('x', 300000)]
			WHEN 'jsonb' THEN ARRAY['{"k": "' || repeat('x', 5000000) || '"}']
			WHEN 'text[]' THEN ARRAY['{' || repeat('a,', 60000) || 'b}']
			WHEN 'numeric' THEN ARRAY['9e131071', '-9e131071', '1e-16383', 'NaN', 'Infinity']
			WHEN 'date' THEN ARRAY['infinity', '-infinity', '4714-11-24 BC', '5874897-12-31']
			WHEN 'timestamp with time zone' THEN ARRAY['infinity', '-infinity', '4714-11-24 00:00 BC UTC', '294276-12-31 UTC']
			WHEN 'interval' THEN ARRAY['178000000 years']
			ELSE ARRAY[]::text[] END
		LOOP
			BEGIN
				value := left(whole, 30); problem := NULL;
				EXECUTE format('UPDATE %I SET %I = $1::%s', tab, col, type) USING whole;
				problem := concat_ws('; ', CASE WHEN NOT EXISTS (SELECT FROM check_crm()) AND tab NOT IN ('change_log', 'stage_change') THEN 'not told' END,
					CASE WHEN tab = 'stage_change' THEN pg_temp.read_all() END);
				RAISE EXCEPTION USING ERRCODE = 'RB001';
			EXCEPTION WHEN SQLSTATE 'RB001' THEN
				IF problem <> '' THEN RETURN NEXT; END IF;
			WHEN check_violation OR unique_violation OR numeric_value_out_of_range OR program_limit_exceeded THEN NULL;
			END;
		END LOOP;
	END LOOP;
END $$;
SELECT * FROM pg_temp.untold();
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opportunity_line SET net = 9e131071, unit_price = 9e131071;
UPDATE document_line SET net = 9e131071, tax = 9e131071;
SELECT code, object, row_id, left(problem, 60) AS problem FROM check_crm() WHERE code LIKE '%not_%' OR code LIKE '%sum%' ORDER BY 1, 2, 3;
ROLLBACK;

DROP SCHEMA crm CASCADE;
