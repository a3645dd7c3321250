-- A filter against the same condition typed by hand: inlined, at run time, across a key, as a search, and planned.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SELECT opportunities.create_crm('filtered', starter => true) \g /dev/null
DROP INDEX filtered.opportunity_search, filtered.account_search;
SET search_path = filtered, opportunities, public;
INSERT INTO account (name) SELECT 'Account ' || n FROM generate_series(1, 10000) AS n;
INSERT INTO opportunity (account_id, pipeline_id, stage_id, title, amount)
SELECT 1 + n % 10000, 1, 1 + n % 4, 'title ' || md5(n::text), n FROM generate_series(1, :rows / 2) AS n;
CREATE INDEX ON opportunity USING gin (fold(title) gin_trgm_ops);
VACUUM (ANALYZE) opportunity, account;

-- A number of equal rules but for a number in each, which % stands for.
CREATE FUNCTION bench.rules(combinator text, count integer, rule text) RETURNS jsonb LANGUAGE sql AS
	$$SELECT jsonb_build_object('combinator', combinator, 'rules', jsonb_agg(replace(rule, '%', n::text)::jsonb)) FROM generate_series(1, count) AS n$$;
CREATE FUNCTION bench.matching(rules jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT format('SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, %L)', rules)$$;
CREATE FUNCTION bench.matching_at_run_time(rules jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT format('SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, (SELECT %L::jsonb OFFSET 0))', rules)$$;

SELECT '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 100}]}' AS one,
	'{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 100}, {"field": "title", "operator": "!=", "value": "x"}, {"field": "archived", "operator": "=", "value": false},
	{"field": "id", "operator": ">", "value": 0}, {"field": "stage_id", "operator": "<", "value": 100}, {"field": "account_id", "operator": ">", "value": 0}, {"field": "created_at", "operator": ">", "value": "2001-01-01T00:00:00Z"},
	{"field": "version", "operator": "<", "value": 1000}, {"field": "position", "operator": "notNull"}, {"field": "description", "operator": "null"}]}' AS ten,
	$$SELECT count(*) FROM opportunity AS o WHERE amount > 100 AND title <> 'x' AND NOT archived AND id > 0 AND stage_id < 100 AND account_id > 0
	AND created_at > '2001-01-01T00:00:00Z' AND version < 1000 AND position IS NOT NULL AND description IS NULL$$ AS ten_typed \gset
SELECT bench.compare('filter: 10 rules inlined / WHERE', bench.matching(:'ten'), ARRAY[:'ten_typed'], 1.02) \g /dev/null
SELECT bench.compare('filter: 10 rules at run time / inlined', bench.matching_at_run_time(:'ten'), ARRAY[bench.matching(:'ten')], 2) \g /dev/null
SELECT bench.compare('filter: 1 rule at run time / inlined', bench.matching_at_run_time(:'one'), ARRAY[bench.matching(:'one')], 2) \g /dev/null
SELECT bench.compare('filter: across a key / join', replace(bench.matching('{"combinator": "and", "rules": [{"field": "account.name", "operator": ">", "value": "Account 5"}]}'), 'count(*)', 'sum(amount)'),
	ARRAY[$$SELECT sum(amount) FROM opportunity AS o JOIN account AS a ON a.id = o.account_id WHERE a.name > 'Account 5'$$], 2) \g /dev/null
SELECT bench.compare('filter: across a key, to few rows / join', bench.matching('{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Account 5"}]}'),
	ARRAY[$$SELECT count(*) FROM opportunity AS o JOIN account AS a ON a.id = o.account_id WHERE a.name = 'Account 5'$$]) \g /dev/null
SELECT bench.compare('filter: the same by filter_sql / join', 'SELECT count(*) FROM opportunity AS o WHERE ' || filter_sql('{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Account 5"}]}', alias => 'o'),
	ARRAY[$$SELECT count(*) FROM opportunity AS o JOIN account AS a ON a.id = o.account_id WHERE a.name = 'Account 5'$$], 2) \g /dev/null
SELECT bench.compare('filter: contains, by an index / LIKE', bench.matching('{"combinator": "and", "rules": [{"field": "title", "operator": "contains", "value": "AB1"}]}'),
	ARRAY[$$SELECT count(*) FROM opportunity AS o WHERE fold(title) LIKE '%ab1%'$$], 1.1) \g /dev/null

-- how long it takes to plan a statement, and what the filter adds
CREATE FUNCTION bench.planning(statement text) RETURNS text LANGUAGE sql AS
	$$SELECT format('DO %L', format('BEGIN FOR i IN 1 .. 100 LOOP EXECUTE %L; END LOOP; END', 'EXPLAIN ' || statement))$$;
SELECT bench.compare('filter: planning 100 × 10 rules / WHERE', bench.planning(bench.matching(:'ten')), ARRAY[bench.planning(:'ten_typed')]) \g /dev/null
SELECT bench.note('filter: planning 10 rules, over WHERE, ms', (ours - reference) / 100, 'ms', 0.5)
FROM bench.result WHERE name = 'filter: planning 100 × 10 rules / WHERE' \g /dev/null
SELECT bench.note(format('filter: %s rules checked and planned: %s, ms', to_char(number, 'FM99,999'), what),
	bench.elapsed(format('SELECT check_filter(%L)', rules)) + bench.elapsed('EXPLAIN ' || bench.matching(rules)), 'ms', 2000)
FROM (VALUES
	('on columns', 10000, '{"field": "amount", "operator": "!=", "value": "%"}'), ('on custom fields', 1000, '{"field": "custom.x", "operator": "!=", "value": "%"}'),
	('across a key to one row', 10000, '{"field": "account.name", "operator": "!=", "value": "%"}'), ('across a key to many', 10000, '{"field": "activity.subject", "operator": "=", "value": "%"}')
) AS v (what, number, rule), LATERAL bench.rules('and', number, rule) AS rules \g /dev/null
SELECT bench.note('fold: 100 MB of ASCII, ms', bench.elapsed($$SELECT count(fold(repeat('Enterprise plan, 12 seats. ', 40000) || n)) FROM generate_series(1, 93) AS n$$), 'ms', 1000) \g /dev/null
