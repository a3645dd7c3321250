-- What a call may ask for: the largest that is taken, and what is past it.
\i test/data/attempt.sql
SET search_path = crm, opportunities, public;
SET client_min_messages = warning;
SELECT create_crm();
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO opportunity (pipeline_id, title, owner, tags) VALUES (1, 'One', 'sara', '{a}'), (1, 'Two', 'omid', '{b}');

-- words of a search: 32 different ones of 1,000 characters in all, equal ones once
SELECT list(search => repeat('One ', 250)) -> 'totals' ->> 'count' AS equal_words;
SELECT list(search => (SELECT string_agg('w' || i, ' ') FROM generate_series(1, 32) AS i)) -> 'totals' ->> 'count' AS words;
SELECT pg_temp.attempt($$ SELECT list(search => (SELECT string_agg('w' || i, ' ') FROM generate_series(1, 33) AS i)) $$);
SELECT pg_temp.attempt($$ SELECT list(search => repeat('ک', 1000)) $$);
SELECT pg_temp.attempt($$ SELECT * FROM board(search => repeat('ک', 1001)) $$);
SELECT pg_temp.attempt($$ SELECT * FROM bulk_delete(search => repeat('x ', 100000)) $$);

-- a definition: rules and values of lists together, also of two filters
CREATE FUNCTION pg_temp.rules(count int, rule jsonb) RETURNS jsonb LANGUAGE sql
	RETURN jsonb_build_object('combinator', 'or', 'rules', (SELECT jsonb_agg(rule) FROM generate_series(1, count)));
CREATE FUNCTION pg_temp.in_list(count int) RETURNS jsonb LANGUAGE sql
	RETURN jsonb_build_object('field', 'title', 'operator', 'in', 'value', (SELECT jsonb_agg('v' || i) FROM generate_series(1, count) AS i));
SELECT pg_temp.attempt($$ SELECT filter_sql(pg_temp.rules(10000, '{"field": "title", "operator": "contains", "value": "a"}')) $$);
SELECT pg_temp.attempt($$ SELECT filter_sql(pg_temp.rules(1, pg_temp.in_list(10000))) $$);
SELECT pg_temp.attempt($$ SELECT filter_sql(pg_temp.rules(1, pg_temp.in_list(10001))) $$);
SELECT pg_temp.attempt($$ SELECT filter_sql(pg_temp.rules(1, jsonb_build_object('field', 'title', 'operator', 'notIn', 'value', repeat('a,', 10000)))) $$);
SELECT save_filter('half', pg_temp.rules(1, pg_temp.in_list(5000)));
SELECT pg_temp.attempt($$ SELECT list(filter => 'half', rules => pg_temp.rules(1, pg_temp.in_list(5000))) $$);
SELECT pg_temp.attempt($$ SELECT list(filter => 'half', rules => pg_temp.rules(1, pg_temp.in_list(5001))) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => jsonb_build_object('combinator', 'or', 'rules', '[]'::jsonb, 'meta', repeat('x', 4 * 1024 * 1024))) $$);

-- groups that have a sub-select each, and plain ones
CREATE FUNCTION pg_temp.groups(count int, a text, b text) RETURNS jsonb LANGUAGE sql
	RETURN pg_temp.rules(count, jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(
		jsonb_build_object('field', a, 'operator', '=', 'value', 'x'), jsonb_build_object('field', b, 'operator', '=', 'value', 'x'))));
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.groups(4000, 'title', 'owner')) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.groups(4000, 'account.name', 'stage.name')) $$);
SELECT pg_temp.attempt($$ SELECT save_filter('groups', pg_temp.groups(4000, 'account.name', 'stage.name'), shared => true) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.groups(250, 'activity.kind', 'activity.subject')) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.groups(251, 'activity.kind', 'activity.subject')) $$);
SELECT pg_temp.attempt($$ SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, pg_temp.rules(501, '{"field": "tags", "operator": "contains", "value": "x"}')) $$);

-- comparisons of texts by order and with keys of custom, each of which copies all of a large value
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.rules(1000, '{"field": "title", "operator": "<", "value": "a"}')) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.rules(1001, '{"field": "title", "operator": "<", "value": "a"}')) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.rules(501, '{"field": "title", "operator": "between", "value": ["a", "b"]}')) $$);
SELECT pg_temp.attempt($$ SELECT list(rules => pg_temp.rules(2000, '{"field": "amount", "operator": "<", "value": 1}')) $$);
SELECT operator, pg_temp.attempt(format($$ SELECT list(rules => pg_temp.rules(1000, %L)) $$, rule)), pg_temp.attempt(format($$ SELECT list(rules => pg_temp.rules(1001, %L)) $$, rule)) ~ 'filter_too_large' AS refused
FROM unnest('{=,"null",contains}'::text[]) AS operator, jsonb_build_object('field', 'custom.x', 'operator', operator, 'value', 'a') AS rule;

-- all problems of a definition, up to a hundred
SELECT count(*) FROM check_filter(pg_temp.rules(10000, '{"field": "titel", "operator": "=", "value": "a"}'));
SELECT pg_temp.attempt($$ SELECT filter_sql('{"rules": []}', alias => repeat('a', 63)) $$);
SELECT pg_temp.attempt($$ SELECT filter_sql('{"rules": []}', alias => repeat('a', 64)) $$);

-- fields that are shown, sorted by, grouped by, that a scope compares or an edit sets; elements and ids
SELECT (SELECT count(*) FROM jsonb_object_keys(list(fields => (SELECT array_agg('custom.k' || i) FROM generate_series(1, 1000) AS i)) -> 'rows' -> 0)) AS shown;
SELECT pg_temp.attempt($$ SELECT list(fields => array_fill('title'::text, ARRAY[1001])) $$);
SELECT pg_temp.attempt($$ SELECT list(sort => array_fill('title'::text, ARRAY[17])) $$);
SELECT count(*) FROM report(by => (SELECT array_agg('custom.k' || i) FROM generate_series(1, 16) AS i), subtotals => true);
SELECT pg_temp.attempt($$ SELECT * FROM report(by => array_fill('title'::text, ARRAY[17])) $$);
SELECT pg_temp.attempt($$ SELECT list(scope => (SELECT jsonb_object_agg('custom.k' || i, i) FROM generate_series(1, 100) AS i)) $$);
SELECT pg_temp.attempt($$ SELECT list(scope => (SELECT jsonb_object_agg('custom.k' || i, i) FROM generate_series(1, 101) AS i)) $$);
SELECT pg_temp.attempt($$ SELECT * FROM bulk_edit((SELECT jsonb_object_agg('custom.k' || i, i) FROM generate_series(1, 1001) AS i), '{1}') $$);
SELECT pg_temp.attempt($$ SELECT move('1', NULL, changes => jsonb_build_object('custom', (SELECT jsonb_object_agg('k' || i, i) FROM generate_series(1, 1001) AS i))) $$);
SELECT pg_temp.attempt($$ SELECT * FROM bulk_edit(jsonb_build_object('tags', (SELECT jsonb_agg(i) FROM generate_series(1, 1001) AS i)), '{1}') $$);
SELECT count(*) FROM bulk_edit('{"owner": "x"}', (SELECT array_agg(i::text) FROM generate_series(1, 100000::bigint) AS i), on_error => 'skip');
SELECT pg_temp.attempt($$ SELECT * FROM bulk_edit('{"owner": "x"}', (SELECT array_agg(i::text) FROM generate_series(1, 100001::bigint) AS i)) $$);
SELECT pg_temp.attempt($$ SELECT log_activity((SELECT array_agg(i) FROM generate_series(1, 100001::bigint) AS i), 'call') $$);
SELECT pg_temp.attempt($$ SELECT save_view('wide', fields => array_fill('title'::text, ARRAY[1001])) $$);
SELECT pg_temp.attempt($$ INSERT INTO saved_view (name, columns) VALUES ('wide', (SELECT jsonb_agg('{"field": "title"}'::jsonb) FROM generate_series(1, 1001))) $$);

-- of more custom fields than a list shows unasked, the first by name
INSERT INTO custom_field (name, listed) SELECT 'f' || to_char(i, 'FM000'), true FROM generate_series(1, 120) AS i;
SELECT count(*), max(key) FROM jsonb_object_keys(list() -> 'rows' -> 0) AS key WHERE key LIKE 'custom.%';

-- a long condition is written once for all arms of a page, and finds the same rows
INSERT INTO opportunity (pipeline_id, title, owner, type) SELECT 1, 'Deal ' || i % 7, (ARRAY['sara', 'omid', NULL])[1 + i % 3], (ARRAY['a', 'b', NULL])[1 + i % 5 % 3] FROM generate_series(1, 60) AS i;
CREATE FUNCTION pg_temp.walk(rules jsonb, sort text[], relation regclass DEFAULT 'opportunity', fields text[] DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	page jsonb; forth text = ''; back text = '';
BEGIN
	LOOP
		page := list(relation, rules => rules, sort => sort, fields => fields, size => 7, after => page -> 'next', with_totals => false);
		forth := forth || (SELECT string_agg(row ->> 'id', ' ') FROM jsonb_array_elements(page -> 'rows') AS row) || ' ';
		EXIT WHEN page -> 'next' = 'null';
	END LOOP;
	LOOP
		back := (SELECT string_agg(row ->> 'id', ' ') FROM jsonb_array_elements(page -> 'rows') AS row) || ' ' || back;
		EXIT WHEN page -> 'previous' = 'null';
		page := list(relation, rules => rules, sort => sort, fields => fields, size => 7, before => page -> 'previous', with_totals => false);
	END LOOP;
	RETURN CASE WHEN forth = back THEN md5(forth) ELSE concat_ws(E'\n', forth, back) END;
END $$;
SELECT sort, pg_temp.walk(pg_temp.rules(1, '{"field": "title", "operator": "!=", "value": "x"}'), sort)
	= pg_temp.walk(pg_temp.rules(1000, '{"field": "title", "operator": "!=", "value": "x"}'), sort) AS same
FROM (VALUES ('{owner,-type}'::text[]), ('{-type,owner,-title}'), ('{-title,-owner}'), ('{-id}')) AS s (sort);

-- long text is looked for in time, and found; so are texts of fields
CREATE TABLE prose (id int, body text, part text);
INSERT INTO prose VALUES (1, repeat('A', 199999), repeat('a', 50000) || 'b' || repeat('a', 49999)), (2, repeat('a', 150000) || 'B', repeat('a', 1000) || 'b'), (3, 'x' || repeat('a', 1001), 'X');
SET statement_timeout = '2s';
SELECT operator, (SELECT string_agg(row ->> 'id', ' ' ORDER BY row ->> 'id') FROM jsonb_array_elements(list('prose', with_totals => false,
	rules => pg_temp.rules(1, jsonb_build_object('field', 'body', 'operator', operator, 'value', start || repeat('a', 1001) || rest))) -> 'rows') AS row) AS found
FROM (VALUES ('contains', '', ''), ('contains', '', repeat('A', 98000) || 'b'), ('contains', 'x', ''), ('doesNotContain', '', 'b'), ('beginsWith', 'X', ''), ('beginsWith', '', 'a'),
	('doesNotBeginWith', 'x', ''), ('endsWith', '', ''), ('endsWith', 'x', ''), ('doesNotEndWith', '', 'B')) AS v (operator, start, rest);
SELECT operator, (SELECT string_agg(row ->> 'id', ' ' ORDER BY row ->> 'id') FROM jsonb_array_elements(list('prose', with_totals => false,
	rules => pg_temp.rules(1, jsonb_build_object('field', 'body', 'operator', operator, 'value', 'part', 'valueSource', 'field'))) -> 'rows') AS row) AS found
FROM unnest('{contains,doesNotContain,beginsWith,endsWith}'::text[]) AS operator;
SELECT string_agg(id::text, ' ') AS found FROM prose AS p WHERE matches_rules(p, pg_temp.rules(1, jsonb_build_object('field', 'body', 'operator', 'contains', 'value', repeat('a', 100000) || 'b')));
SELECT opportunities_internal.contains_text('abc', 'bc'), opportunities_internal.contains_text('abc', ''), opportunities_internal.contains_text('', 'a'), opportunities_internal.contains_text('abc', 'B'), opportunities_internal.contains_text(NULL, 'a');
RESET statement_timeout;

-- a page of large rows ends early, and the next one goes on; a board holds as much as a page in all
CREATE VIEW large AS SELECT *, repeat(left(title, 1), 17000000) AS body FROM opportunity WHERE id <= 5;
SELECT pg_temp.walk(NULL, '{owner,-type}', 'large', '{id,body}') = pg_temp.walk(NULL, '{owner,-type}', 'large', '{id}') AS same;
SELECT jsonb_array_length(list('large', fields => '{id,body}') -> 'rows') AS rows;
WITH b AS (SELECT * FROM board('large', fields => '{id,body}', lane_by => 'title') WHERE count > 0)
SELECT sum(count) AS all, sum(jsonb_array_length(cards)) AS cards, count(next) AS cells, sum(jsonb_array_length(
	column_cards('large', fields => '{id,body}', lane_by => 'title', after => next) -> 'cards')) FILTER (WHERE next IS NOT NULL) AS rest FROM b;

-- a row that was in many large states: of each change the numbers by hand, whatever went of them meanwhile
INSERT INTO opportunity (pipeline_id, title, currency, amount, custom) VALUES (1, 'Long', 'LNG', 0, '{"k7": "y"}');
DO $$BEGIN
	FOR i IN 1..120 LOOP
		UPDATE opportunity SET amount = i, description = i || repeat('x', 190000) WHERE title = 'Long';
	END LOOP;
	UPDATE opportunity SET custom = (SELECT jsonb_object_agg('k' || i, repeat('x', 90)) FROM generate_series(1, 900) AS i), amount = 121 WHERE title = 'Long';
	UPDATE opportunity SET custom = (SELECT jsonb_object_agg('k' || i, repeat('y', 90)) FROM generate_series(1, 900) AS i), amount = 122 WHERE title = 'Long';
END$$;
SELECT change, count, amount FROM pipeline_changes(opportunities.business_date(now()), opportunities.business_date(now()), scope => '{"currency": "LNG"}',
	rules => '{"rules": [{"field": "description", "operator": "beginsWith", "value": "1"}]}');
SELECT change, count, amount FROM pipeline_changes(opportunities.business_date(now()), opportunities.business_date(now()), scope => '{"currency": "LNG"}',
	rules => '{"rules": [{"field": "custom.k7", "operator": "beginsWith", "value": "y"}]}');

-- a chain of managers, each of whom is in the teams of all above: half a million members in all
BEGIN;
INSERT INTO app_user (login, name, manager) SELECT 'm' || i, 'M', CASE WHEN i > 1 THEN 'm' || i - 1 END FROM generate_series(1, 1001) AS i;
INSERT INTO target (owner, period, first_day, amount) VALUES ('m500', 'year', date_trunc('year', now()), 1);
SELECT pg_temp.attempt($$ SELECT * FROM attainment('THIS_YEAR', '{team}') $$);
ROLLBACK;

-- a report as one value: its bytes, as they are stored
CREATE TABLE long_groups AS SELECT i AS id, 1::bigint AS stage_id, i::numeric AS amount, 50::numeric AS probability, i || repeat('x', 199000) AS note FROM generate_series(1, 170) AS i;
SELECT count(*) FROM report('long_groups', by => '{note}');
SELECT pg_temp.attempt($$ SELECT report_json('long_groups', by => '{note}') $$);
SELECT jsonb_array_length(report_json('long_groups', by => '{note}', scope => '{"stage_id": 1}', rules => '{"rules": [{"field": "id", "operator": "<=", "value": 160}]}')) AS groups;

-- columns of a board, and those of all its lanes
CREATE SCHEMA wide;
CREATE TABLE wide.stage (id int, name text, position int, kind text, pipeline_id int);
CREATE TABLE wide.opportunity (id int, pipeline_id int, stage_id int, owner text);
INSERT INTO wide.stage SELECT i, 'S' || i, i, 'open', i / 100 FROM generate_series(0, 9897) AS i;
INSERT INTO wide.opportunity VALUES (1, 7, 707, 'a'), (2, 7, 3, 'a'), (3, 500, 1, 'b');
SELECT pipeline_id, stage_id, stage, count FROM board('wide.opportunity', with_totals => false) WHERE count > 0;
SELECT count(*), count(DISTINCT pipeline_id), count(*) FILTER (WHERE stage_id IS NULL) AS no_stage, count(*) FILTER (WHERE kind = 'none') AS none FROM board('wide.opportunity', with_totals => false);
INSERT INTO wide.stage VALUES (-1, 'S', 0, 'open', 0);
SELECT pg_temp.attempt($$ SELECT * FROM board('wide.opportunity', with_totals => false) $$);
SELECT pg_temp.attempt($$ SELECT * FROM board('wide.opportunity', with_totals => false, scope => '{"pipeline_id": 0}') $$);
DELETE FROM wide.stage WHERE id < 0 OR id >= 999;
INSERT INTO wide.opportunity SELECT i, 0, i % 100, i FROM generate_series(4, 99) AS i;
SELECT count(*), count(DISTINCT lane) AS lanes FROM board('wide.opportunity', with_totals => false, lane_by => 'owner', cards => 0);
INSERT INTO wide.opportunity VALUES (100, 0, 0, '100');
SELECT pg_temp.attempt($$ SELECT * FROM board('wide.opportunity', with_totals => false, lane_by => 'owner') $$);
DROP SCHEMA wide CASCADE;

DROP SCHEMA crm CASCADE;
