-- Random definitions, most of them broken: each is applied or refused with a code and a place, by every way alike.
-- The seed and the number: PGOPTIONS='-c fuzz.seed=0.5 -c fuzz.count=1000000'.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_fuzz', starter => true);
SET search_path = crm_fuzz, opportunities, public;
SET statement_timeout = '60s';
SET opportunities.user_name = '7';
SELECT setseed(coalesce(current_setting('fuzz.seed', true)::float8, 0.4242));
INSERT INTO account (name) VALUES ('Acme'), ('x''; DROP TABLE account; --');
INSERT INTO opportunity (account_id, pipeline_id, stage_id, title, owner, amount, tags, expected_close)
SELECT 1 + i % 2, 1, 1 + i % 4, 'x'' OR true --', NULLIF(i % 3, 0)::text, i, ARRAY['a', NULL, i::text], '2025-01-01'::date + i FROM generate_series(1, 20) AS i;
INSERT INTO custom_field (name, type) VALUES ('n', 'number');

CREATE FUNCTION pg_temp.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$SELECT choices[1 + floor(random() * cardinality(choices))::int]$$;
CREATE FUNCTION pg_temp.scalar() RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE floor(random() * 9)::int
		WHEN 0 THEN to_jsonb(pg_temp.pick('x', '''', '''; DROP TABLE account; --', '\', '\''', '$' || '$', 'E''\', '%', '_', '"', '', ' ', 'a,b', 'a\,b', '۱۲', repeat('z', 5000), 'علي', '2025-01-01', 'NaN', 'Infinity', '1e400000', 'today', '{', 'NULL', 'true', '1;1', '2025-13-01', '{a,b}', 'now()'))
		WHEN 1 THEN to_jsonb(pg_temp.pick('1', '0', '-5', '10.5', '99999999999999999999', '1e5')::numeric)
		WHEN 2 THEN to_jsonb(random() < 0.5)
		WHEN 3 THEN 'null'
		WHEN 4 THEN jsonb_build_object('period', pg_temp.pick('TODAY', 'THIS_MONTH', 'LAST_N_DAYS:5', 'LAST_N_DAYS:999999', 'THIS', 'N_YEARS_AGO:9999', ''), 'calendar', pg_temp.pick('persian', 'islamic', 'nonsense', ''))
		WHEN 5 THEN jsonb_build_object('mode', pg_temp.pick('relative', 'absolute'), 'anchor', pg_temp.pick('now', 'startOfMonth', 'endOfYear', 'x''x'), 'offset', pg_temp.pick('1', '-3', '999999', '1.5', '"1"')::jsonb, 'unit', pg_temp.pick('day', 'month', 'aeon'))
		WHEN 6 THEN jsonb_build_object('user', pg_temp.pick('current', 'other'))
		WHEN 7 THEN '{"a": [1, {"b": null}]}'
		ELSE to_jsonb(pg_temp.pick('2025-02-03', '7', 'Acme', 'a'))
	END;
END $$;
CREATE FUNCTION pg_temp.some_group(depth integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	rules jsonb := '[]';
	made jsonb;
	rule jsonb;
BEGIN
	FOR i IN 1 .. floor(random() * 4)::int LOOP
		IF depth > 0 AND random() < 0.3 THEN
			rule := pg_temp.some_group(depth - 1);
		ELSE
			rule := jsonb_build_object(
				'field', pg_temp.pick('amount', 'title', 'owner', 'tags', 'competitors', 'expected_close', 'created_at', 'archived', 'custom', 'custom.n', 'custom.x''y', 'custom.', 'account.name', 'stage.kind', 'state', 'stale', 'days_in_stage', 'account.opportunity.title', 'account.opportunity.account.opportunity.state', 'activity', 'account.opportunity', 'opportunity', 'nonsense', '', '.', 'account.', '"', 'ctid', 'o', 'tableoid', repeat('account.opportunity.', 40) || 'id'),
				'operator', pg_temp.pick('=', '!=', '<', '>', '<=', '>=', 'contains', 'beginsWith', 'endsWith', 'doesNotContain', 'null', 'notNull', 'in', 'notIn', 'between', 'notBetween', 'IN', '', '=; --'),
				'value', CASE WHEN random() < 0.2 THEN jsonb_build_array(pg_temp.scalar(), pg_temp.scalar()) WHEN random() < 0.05 THEN '[]' ELSE pg_temp.scalar() END);
			IF random() < 0.1 THEN rule := rule || jsonb_build_object('valueSource', pg_temp.pick('field', 'value', 'expression', 'field'), 'value', pg_temp.pick('owner', 'title', 'amount', 'account.name', 'custom.n', 'account.opportunity.title', '''')); END IF;
			IF random() < 0.1 THEN rule := rule || CASE WHEN random() < 0.3 THEN jsonb_build_object('field', pg_temp.pick('activity', 'account.opportunity', 'opportunity_line', 'account')) ELSE '{}' END || jsonb_build_object('match', jsonb_build_object('mode', pg_temp.pick('all', 'some', 'none', 'atLeast', 'exactly', 'x'), 'threshold', pg_temp.pick('1', '0.5', '-1', '"x"')::jsonb), 'value', CASE WHEN depth > 0 THEN replace(pg_temp.some_group(0)::text, '"amount"', '""')::jsonb ELSE '1' END); END IF;
			IF random() < 0.03 THEN rule := rule - pg_temp.pick('field', 'operator', 'value'); END IF;
			IF random() < 0.03 THEN rule := pg_temp.scalar(); END IF;
		END IF;
		rules := rules || jsonb_build_array(rule);
		IF random() < 0.02 THEN rules := rules || jsonb_build_array(pg_temp.pick('and', 'or', 'xor', 'nor')); END IF;
	END LOOP;
	made := jsonb_build_object('combinator', pg_temp.pick('and', 'or', 'xor', 'AND', 'and', 'or'), 'rules', rules);
	IF random() < 0.3 THEN made := made || jsonb_build_object('not', pg_temp.pick('true', 'false', '"complement"', 'true', '1')::jsonb); END IF;
	RETURN made;
END $$;

-- Tries many; gives how many were applied and refused, and each that misbehaved.
CREATE FUNCTION pg_temp.fuzz(count integer) RETURNS TABLE (what text, number bigint, sample text) LANGUAGE plpgsql AS $$
DECLARE
	rules jsonb; predicate text; constraint_name text; detail text; problems bigint; state text; spliced bigint; called bigint;
BEGIN
	CREATE TEMP TABLE outcome (kind text, definition text);
	FOR i IN 1 .. count LOOP
		rules := pg_temp.some_group(2);
		SELECT count(*) INTO problems FROM opportunities.check_filter(rules, 'opportunity') WHERE severity = 'error';
		BEGIN
			predicate := opportunities.filter_sql(rules, 'opportunity', 'o');
			IF problems > 0 THEN
				INSERT INTO outcome VALUES ('applied in spite of problems', rules::text);
			END IF;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS constraint_name = CONSTRAINT_NAME, detail = PG_EXCEPTION_DETAIL, state = RETURNED_SQLSTATE;
			INSERT INTO outcome VALUES (CASE WHEN state = '22023' AND constraint_name <> '' AND detail LIKE 'At $%' AND problems > 0 THEN 'refused' ELSE 'refused badly: ' || state || ' ' || SQLERRM END, rules::text);
			CONTINUE;
		END;
		BEGIN
			EXECUTE 'SELECT count(*) FROM opportunity AS o WHERE ' || predicate INTO spliced;
			SELECT count(*) INTO called FROM opportunity AS o, (VALUES (rules), ('{"rules": []}')) AS v (r) WHERE r = rules AND opportunities.matches_rules(o, r);
			INSERT INTO outcome VALUES (CASE WHEN spliced = called THEN 'applied' ELSE 'counts differ' END, rules::text);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS constraint_name = CONSTRAINT_NAME, state = RETURNED_SQLSTATE;
			-- (what period is too far away depends on the day)
			INSERT INTO outcome VALUES (CASE constraint_name WHEN 'date_out_of_range' THEN 'refused' ELSE 'failed: ' || state || ' ' || SQLERRM END, rules::text);
		END;
	END LOOP;
	RETURN QUERY SELECT kind, count(*), CASE WHEN kind NOT IN ('applied', 'refused') THEN left(min(definition), 1500) END FROM outcome GROUP BY kind;
END $$;
CREATE TEMP TABLE result AS SELECT * FROM pg_temp.fuzz(coalesce(current_setting('fuzz.count', true)::integer, 10000));
SELECT what, sample FROM result ORDER BY what;
SELECT coalesce(current_setting('fuzz.seed', true), '0.4242') AS seed, sum(number) AS tried, min(number) > 100 AS both_are_many FROM result;
SELECT count(*) AS accounts FROM account;
DROP SCHEMA crm_fuzz CASCADE;
