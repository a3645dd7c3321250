-- A filter against the same condition typed by hand: inlined, at run time, across a key, as a search.
SET search_path = filtered, opportunities, public;
SELECT opportunities.create_crm('filtered', starter => true) \g /dev/null
INSERT INTO filtered.account (name) SELECT 'Account ' || n FROM generate_series(1, 10000) AS n;
INSERT INTO filtered.opportunity (account_id, pipeline_id, stage_id, title, amount)
SELECT 1 + n % 10000, 1, 1 + n % 4, 'title ' || md5(n::text), n FROM generate_series(1, :rows / 2) AS n;
VACUUM (ANALYZE) filtered.opportunity, filtered.account;

SELECT bench.compare('filter: inlined / WHERE',
	$$SELECT count(*) FROM filtered.opportunity AS o WHERE opportunities.matches_rules(o, '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 100}, {"field": "title", "operator": "!=", "value": "x"}]}')$$,
	ARRAY[$$SELECT count(*) FROM filtered.opportunity AS o WHERE amount > 100 AND title <> 'x'$$], 1.02) \g /dev/null
SELECT bench.compare('filter: at run time / inlined',
	$$SELECT count(*) FROM filtered.opportunity AS o, (VALUES ('{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 100}, {"field": "title", "operator": "!=", "value": "x"}]}'::jsonb)) AS v (r) WHERE opportunities.matches_rules(o, (SELECT r FROM (VALUES (v.r)) AS w (r) OFFSET 0))$$,
	ARRAY[$$SELECT count(*) FROM filtered.opportunity AS o WHERE amount > 100 AND title <> 'x'$$], 2) \g /dev/null
SELECT bench.compare('filter: across a key / join',
	$$SELECT count(*) FROM filtered.opportunity AS o WHERE opportunities.matches_rules(o, '{"combinator": "and", "rules": [{"field": "account.name", "operator": ">", "value": "Account 5"}]}')$$,
	ARRAY[$$SELECT count(*) FROM filtered.opportunity AS o JOIN filtered.account AS a ON a.id = o.account_id WHERE a.name > 'Account 5'$$], 2) \g /dev/null
