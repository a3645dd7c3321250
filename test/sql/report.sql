-- Reports: random rows against SQL by hand, subtotals, periods, currencies, typed queries, mapped relations, refusals.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.6102
\endif
\echo seed :seed
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('report_crm');
SET search_path = report_crm, public;

\i test/data/attempt.sql

-- Over no rows: one row without dimensions, none with.
SELECT * FROM opportunities.report();
SELECT * FROM opportunities.report(by => '{owner}');
SELECT dimensions, count, final_total FROM opportunities.report(by => '{owner}', subtotals => true);

-- The grid that everything is measured by, and what its columns mean.
INSERT INTO account (id, name) VALUES (1, 'Zeta'), (2, 'Alpha'), (3, 'ک');
INSERT INTO pipeline (id, name, position) VALUES (1, 'Sales', 1), (2, 'Renewals', 2);
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (10, 1, 'Lead', 1, 'open'), (11, 1, 'Offer', 2, 'open'),
	(12, 1, 'Won', 3, 'won'), (13, 1, 'Lost', 4, 'lost'), (20, 2, 'Due', 1, 'open'), (21, 2, 'Renewed', 2, 'won');
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, probability, created_at, closed_at) VALUES
	(1, 10, 'First', 'sara', 197100.00, 0, '2026-01-01', NULL), (1, 10, 'Second', 'omid', 3500.00, 50, '2026-01-01', NULL),
	(1, 10, 'Third', 'sara', 10000000.00, 10, '2026-01-01', NULL), (1, NULL, 'No stage', 'sara', 100, 100, '2026-01-01', NULL),
	(1, 12, 'Won in two days', 'sara', 5000000, 70, '2026-01-01', '2026-01-03'), (1, 12, 'Won in half a day', 'omid', 40, 100, '2026-01-01', '2026-01-01 12:00'),
	(1, 13, 'Lost keeps its chance', 'sara', 1000, 90, '2026-01-01', '2026-03-01');
\x on
SELECT * FROM opportunities.report(by => '{owner}');
SELECT * FROM opportunities.report();
\x off
-- days are those of the business, from the day of creation on: what was closed before it was entered has none
SET opportunities.time_zone = 'Asia/Tehran';
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, created_at, closed_on) VALUES (1, 12, 'Imported by its closing alone', 'mina', DEFAULT, '2025-01-01'),
	(1, 12, 'Late in the evening', 'mina', '2025-01-01 21:00', '2025-01-03'), (1, 12, 'On its first day', 'mina', '2025-01-01 12:00', '2025-01-01');
SELECT dimensions, won, avg_days_to_close FROM opportunities.report(by => '{title}', scope => '{"owner": "mina"}');
SELECT won, avg_days_to_close FROM opportunities.report(scope => '{"owner": "mina"}');
SELECT title, days_to_close FROM bi_opportunity WHERE owner = 'mina' ORDER BY id;
DELETE FROM opportunity WHERE owner = 'mina';
RESET opportunities.time_zone;
-- archived rows are part of a report unless it is said otherwise
UPDATE opportunity SET archived = true WHERE title = 'Second';
SELECT include, count FROM (VALUES (true), (false), (NULL)) AS v (include), opportunities.report(include_archived => include) ORDER BY 1;

-- currencies are never added up: the numbers are NULL, those of open and of won rows too
UPDATE opportunity SET currency = 'EUR' WHERE title IN ('First', 'Third');
SELECT dimensions, count, final_total, estimated_total, realized_total, currency, jsonb_path_query_array(by_currency, '$[*].currency') AS currencies, open_count, open_estimated, won, won_total, win_rate
FROM opportunities.report(by => '{owner}');
SELECT dimensions, count, final_total, currency, open_estimated, won_total FROM opportunities.report(by => '{currency}');
DELETE FROM opportunity;

-- Random rows, with NULLs wherever there can be some.
SELECT setseed(:seed) \g /dev/null
INSERT INTO custom_field (name, type) VALUES ('seats', 'number'), ('due', 'date');
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, currency, amount, probability, realized_amount, expected_close, created_at, closed_at, archived, tags, custom)
SELECT CASE WHEN stage >= 20 THEN 2 ELSE 1 END, stage, 'Random ' || n, CASE WHEN random() < 0.7 THEN 1 + floor(random() * 3) END,
	owner, (ARRAY[NULL, 'EUR', 'USD', ''])[1 + floor(random() * CASE WHEN owner IN ('omid', 'Omid') THEN 4 ELSE 1 END)],
	CASE WHEN random() < 0.8 THEN round((random() * 1e6)::numeric, n % 5) END, CASE WHEN random() < 0.8 THEN round((random() * 100)::numeric, 2) END,
	round((random() * 1000)::numeric, n % 3), CASE WHEN random() < 0.8 THEN date '2024-03-01' + floor(random() * 800)::integer END,
	created, CASE WHEN stage IN (12, 13, 21) THEN created + random() * interval '200 days' - CASE WHEN n % 9 = 0 THEN interval '150 days' ELSE '0' END END, random() < 0.1,
	CASE WHEN n % 3 = 0 THEN '{a,b}'::text[] ELSE '{}' END,
	jsonb_strip_nulls(jsonb_build_object('region', (ARRAY['north', 'south', NULL])[1 + floor(random() * 3)], 'seats', floor(random() * 3), 'due', date '2025-01-01' + floor(random() * 99)::integer))
FROM (SELECT n, (ARRAY['sara', 'omid', 'Omid', 'آرش', '', NULL])[1 + floor(random() * 6)] AS owner, (ARRAY[NULL, 10, 11, 12, 13, 20, 21])[1 + floor(random() * 7)] AS stage, timestamptz '2022-01-01' + random() * interval '900 days' AS created
	FROM generate_series(1, 3000) AS n) AS r;
ANALYZE opportunity;

-- A report by hand: no function of ours but for periods of another calendar. Groups by expressions, named as dimensions are.
CREATE FUNCTION pg_temp.by_hand(by text[], expressions text[], subtotals boolean, condition text)
RETURNS TABLE (dimensions jsonb, count bigint, final_total text, estimated_total text, realized_total text, currency text, by_currency jsonb,
	open_count bigint, open_estimated text, won bigint, lost bigint, won_total text, win_rate numeric, avg_days_to_close numeric, lost_total text)
LANGUAGE plpgsql AS $$
DECLARE
	n integer := cardinality(by);
	query text;
	sets text;
BEGIN
	sets := (SELECT string_agg('(' || coalesce((SELECT string_agg('d' || j, ', ') FROM generate_series(1, kept) AS j), '') || ')', ', ')
		FROM generate_series(CASE WHEN subtotals THEN 0 ELSE n END, n) AS kept);
	query := format($q$
		SELECT jsonb_strip_nulls('{}'::jsonb %s) || '{}' %s,
			count(*), CASE WHEN single THEN coalesce(sum(amount), 0)::text END, CASE WHEN single THEN coalesce(sum(amount * probability * 0.01), 0)::text END,
			CASE WHEN single THEN coalesce(sum(realized_amount), 0)::text END, CASE WHEN single THEN max(currency) END,
			(SELECT coalesce(jsonb_agg(jsonb_build_object('currency', c, 'count', n::text, 'final_total', f::text, 'estimated_total', e::text, 'realized_total', r::text,
					'open_count', oc::text, 'open_total', ot::text, 'open_estimated', oe::text, 'won', wc::text, 'won_total', wt::text, 'lost', lc::text, 'lost_total', lt::text) ORDER BY c COLLATE "C" NULLS FIRST), '[]')
				FROM (SELECT c, count(*) AS n, coalesce(sum(a), 0) AS f, coalesce(sum(a * p * 0.01), 0) AS e, coalesce(sum(r), 0) AS r,
						count(*) FILTER (WHERE o) AS oc, coalesce(sum(a) FILTER (WHERE o), 0) AS ot, coalesce(sum(a * p * 0.01) FILTER (WHERE o), 0) AS oe,
						count(*) FILTER (WHERE k = 'won') AS wc, coalesce(sum(a) FILTER (WHERE k = 'won'), 0) AS wt, count(*) FILTER (WHERE k = 'lost') AS lc, coalesce(sum(a) FILTER (WHERE k = 'lost'), 0) AS lt
					FROM unnest(array_agg(currency), array_agg(amount), array_agg(probability), array_agg(realized_amount), array_agg(kind), array_agg(open)) AS u (c, a, p, r, k, o) GROUP BY c) AS s),
			count(*) FILTER (WHERE open), CASE WHEN single THEN coalesce(sum(amount * probability * 0.01) FILTER (WHERE open), 0)::text END,
			count(*) FILTER (WHERE kind = 'won'), count(*) FILTER (WHERE kind = 'lost'),
			CASE WHEN single THEN coalesce(sum(amount) FILTER (WHERE kind = 'won'), 0)::text END,
			round(count(*) FILTER (WHERE kind = 'won')::numeric / nullif(count(*) FILTER (WHERE kind IN ('won', 'lost')), 0), 10),
			round(avg(days) FILTER (WHERE kind = 'won' AND days >= 0), 10),
			CASE WHEN single THEN coalesce(sum(amount) FILTER (WHERE kind = 'lost'), 0)::text END
		FROM (
			SELECT o.*, s.kind, coalesce(s.kind, 'open') = 'open' AS open,
				closed_on - (created_at AT TIME ZONE coalesce(nullif(current_setting('opportunities.time_zone'), ''), current_setting('TimeZone')))::date AS days %s
			FROM opportunity AS o LEFT JOIN stage AS s ON s.id = o.stage_id LEFT JOIN account AS a ON a.id = o.account_id WHERE %s
		) AS r
		GROUP BY GROUPING SETS (%s) ORDER BY %s 1 $q$,
		(SELECT string_agg(format(' || jsonb_build_object(%L, %s)', by[i], 'CASE WHEN grouping(d' || i || ') = 0 THEN coalesce(to_jsonb(d' || i || ') #>> ''{}'', ''(null)'') END'), '' ORDER BY i) FROM generate_series(1, n) AS i),
		CASE WHEN subtotals AND n > 0 THEN (SELECT format('|| CASE WHEN %s < %s THEN jsonb_build_object(''_level'', %s) ELSE ''{}'' END', level, n, level)
			FROM (SELECT n || string_agg(' - grouping(d' || i || ')', '') AS level FROM generate_series(1, n) AS i) AS l) ELSE '' END,
		(SELECT string_agg(format(', %s AS d%s', expressions[i], i), '' ORDER BY i) FROM generate_series(1, n) AS i), condition, sets,
		(SELECT string_agg(format('grouping(d%1$s), d%1$s NULLS LAST, ', i), '' ORDER BY i) FROM generate_series(1, n) AS i));
	RETURN QUERY EXECUTE replace(query, 'single', '(count(DISTINCT coalesce(currency, ''none'')) <= 1)');
END $$;

-- Ours in the same form, with the place of each row.
CREATE FUNCTION pg_temp.compare(by text[], expressions text[], subtotals boolean DEFAULT false, scope jsonb DEFAULT NULL, condition text DEFAULT 'true', rules jsonb DEFAULT NULL,
	OUT dimensions text, OUT groups bigint, OUT mixed bigint, OUT different bigint) LANGUAGE sql AS $$
	WITH ours AS (
		SELECT row_number() OVER () AS place, (SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = '_level' THEN value ELSE to_jsonb(coalesce(value #>> '{}', '(null)')) END), '{}') FROM jsonb_each(r.dimensions)) AS dimensions,
			count, final_total::text, estimated_total::text, realized_total::text, currency, by_currency,
			open_count, open_estimated::text, won, lost, won_total::text, round(win_rate, 10), round(avg_days_to_close, 10), lost_total::text
		FROM opportunities.report('opportunity', by, scope => scope, rules => rules, subtotals => subtotals) AS r
	), theirs AS (
		SELECT row_number() OVER () AS place, h.* FROM pg_temp.by_hand(by, expressions, subtotals, condition) AS h
	)
	SELECT by::text, (SELECT count(*) FROM theirs), (SELECT count(*) FROM theirs WHERE final_total IS NULL),
		(SELECT count(*) FROM ((TABLE ours EXCEPT TABLE theirs) UNION ALL (TABLE theirs EXCEPT TABLE ours)) AS d)
$$;
SELECT * FROM pg_temp.compare('{}', '{}');
SELECT * FROM pg_temp.compare('{owner}', '{owner}');
SELECT * FROM pg_temp.compare('{currency}', '{currency}');
SELECT * FROM pg_temp.compare('{state}', '{"coalesce(s.kind, ''open'')"}');
SELECT * FROM pg_temp.compare('{stage_id,owner,currency}', '{stage_id,owner,currency}');
SELECT * FROM pg_temp.compare('{account.name,stage.kind}', '{a.name,s.kind}');
SELECT * FROM pg_temp.compare('{custom.region,custom.seats}', '{"o.custom ->> ''region''","(o.custom ->> ''seats'')::numeric"}');
SELECT * FROM pg_temp.compare('{archived,tags}', '{archived,to_jsonb(tags)}');
SELECT * FROM pg_temp.compare('{day(expected_close)}', '{expected_close}');
SELECT * FROM pg_temp.compare('{quarter(expected_close),owner}', '{"date_trunc(''quarter'', expected_close)::date",owner}');
SELECT * FROM pg_temp.compare('{month(custom.due)}', '{"date_trunc(''month'', (o.custom ->> ''due'')::date)::date"}');
SELECT * FROM pg_temp.compare('{owner}', '{owner}', scope => '{"account.name": "Zeta"}', condition => 'a.name = ''Zeta''');
SELECT * FROM pg_temp.compare('{owner}', '{owner}', scope => '{"title": "nothing"}', condition => 'false');
-- subtotals, of one dimension up to three
SELECT * FROM pg_temp.compare('{}', '{}', true);
SELECT * FROM pg_temp.compare('{owner}', '{owner}', true);
SELECT * FROM pg_temp.compare('{owner,currency,state}', '{owner,currency,"coalesce(s.kind, ''open'')"}', true);
SELECT * FROM pg_temp.compare('{account.name,year(closed_on)}', '{a.name,"date_trunc(''year'', closed_on)::date"}', true);
-- days of moments are those of the business; periods are of its calendar
SET opportunities.time_zone = 'Asia/Tehran';
SELECT * FROM pg_temp.compare('{week(created_at)}', '{"date_trunc(''week'', created_at AT TIME ZONE ''Asia/Tehran'')::date"}');
SELECT * FROM pg_temp.compare('{day(closed_at),month(created_at)}', '{"(closed_at AT TIME ZONE ''Asia/Tehran'')::date","date_trunc(''month'', created_at AT TIME ZONE ''Asia/Tehran'')::date"}');
SET opportunities.calendar = 'persian';
SET opportunities.week_start = 'saturday';
SET opportunities.fiscal_year_start = 7;
SELECT * FROM pg_temp.compare('{month(expected_close)}', '{"opportunities.period_of(''month'', expected_close, ''persian'')"}');
SELECT * FROM pg_temp.compare('{week(created_at)}', '{"(created_at AT TIME ZONE ''Asia/Tehran'')::date - (extract(isodow FROM created_at AT TIME ZONE ''Asia/Tehran'')::integer + 1) % 7"}');
SELECT * FROM pg_temp.compare('{fiscal_year(expected_close),fiscal_quarter(expected_close)}', '{"opportunities.period_of(''fiscal_year'', expected_close, ''persian'')","opportunities.period_of(''fiscal_quarter'', expected_close, ''persian'')"}', true);
SELECT dimensions, count FROM opportunities.report(by => '{year(expected_close),quarter(expected_close)}', subtotals => true, scope => '{"owner": "sara"}');
RESET opportunities.calendar;
RESET opportunities.week_start;
RESET opportunities.fiscal_year_start;
RESET opportunities.time_zone;
CREATE FUNCTION pg_temp.sorts(by text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	line text; sorts bigint := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || opportunities.report_sql('opportunity', by) LOOP
		sorts := sorts + (line ~ 'Sort$')::integer;
	END LOOP;
	RETURN sorts;
END $$;
-- whatever plan: sorted groups, workers
SET enable_hashagg = off;
-- columns are sorted before grouping alone, periods and other expressions after it too
SELECT pg_temp.sorts('{owner}') AS one, pg_temp.sorts('{owner,stage_id}') AS two, pg_temp.sorts('{month(expected_close)}') AS period, pg_temp.sorts('{owner,custom.region}') AS key;
SELECT * FROM pg_temp.compare('{owner,quarter(expected_close)}', '{owner,"date_trunc(''quarter'', expected_close)::date"}', true);
RESET enable_hashagg;
SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
SELECT * FROM pg_temp.compare('{owner,quarter(expected_close)}', '{owner,"date_trunc(''quarter'', expected_close)::date"}', true);
RESET max_parallel_workers_per_gather; RESET min_parallel_table_scan_size; RESET parallel_setup_cost; RESET parallel_tuple_cost;

-- Random dimensions, filters and subtotals; each report as a typed query too. What differs is shown.
CREATE FUNCTION pg_temp.compare_typed(by text[], scope jsonb, rules jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	figures text := '(%1$s.count, %1$s.final_total::text, %1$s.estimated_total::text, %1$s.realized_total::text, %1$s.by_currency, %1$s.open_count, %1$s.open_estimated::text,
		%1$s.won, %1$s.lost, %1$s.won_total::text, %1$s.win_rate::text, %1$s.avg_days_to_close::text)';
	different bigint;
BEGIN
	EXECUTE format($q$
		SELECT count(*) FROM (SELECT row_number() OVER () AS n, * FROM opportunities.report('opportunity', $1, scope => $2, rules => $3)) AS r
		FULL JOIN (SELECT row_number() OVER () AS n, * FROM (%s) AS q) AS t USING (n) WHERE %s IS DISTINCT FROM %s $q$,
		opportunities.report_sql('opportunity', by, scope => scope, rules => rules), format(figures, 'r'), format(figures, 't')) INTO different USING by, scope, rules;
	RETURN different;
END $$;
CREATE TABLE dimension (n serial, name text, expression text);
INSERT INTO dimension (name, expression) VALUES ('owner', 'owner'), ('currency', 'currency'), ('state', 'coalesce(s.kind, ''open'')'),
	('stage_id', 'stage_id'), ('stage.name', 's.name'), ('pipeline_id', 'o.pipeline_id'), ('account_id', 'account_id'), ('account.name', 'a.name'),
	('archived', 'archived'), ('amount', 'amount'), ('tags', 'to_jsonb(tags)'), ('custom.region', 'o.custom ->> ''region'''),
	('custom.seats', '(o.custom ->> ''seats'')::numeric'), ('day(expected_close)', 'expected_close'), ('year(closed_on)', 'date_trunc(''year'', closed_on)::date'),
	('week(created_at)', 'date_trunc(''week'', created_at AT TIME ZONE ''UTC'')::date'), ('month(custom.due)', 'date_trunc(''month'', (o.custom ->> ''due'')::date)::date'),
	('quarter(expected_close)', 'date_trunc(''quarter'', expected_close)::date');
CREATE TABLE restriction (n serial, scope jsonb, rule jsonb, condition text);
INSERT INTO restriction (scope, rule, condition) VALUES (NULL, NULL, 'true'), ('{"owner": "sara"}', NULL, 'owner = ''sara'''),
	('{"currency": null}', NULL, 'currency IS NULL'), ('{"account.name": "ک"}', NULL, 'a.name = ''ک'''), ('{"title": "nothing"}', NULL, 'false'),
	('{"state": "open", "archived": false}', NULL, 'coalesce(s.kind, ''open'') = ''open'' AND NOT archived'),
	(NULL, '{"field": "amount", "operator": ">", "value": "500000"}', 'amount > 500000'),
	(NULL, '{"field": "probability", "operator": "null"}', 'o.probability IS NULL'),
	(NULL, '{"field": "stage.kind", "operator": "in", "value": ["won", "lost"]}', 's.kind IN (''won'', ''lost'')'),
	('{"stage_id": "12"}', '{"field": "custom.region", "operator": "=", "value": "north"}', 'stage_id = 12 AND o.custom ->> ''region'' = ''north''');
CREATE TEMP TABLE chosen AS
	SELECT t, random() < 0.5 AS subtotals, 1 + floor(random() * 10)::integer AS restriction,
		ARRAY(SELECT n FROM dimension WHERE t > 0 ORDER BY random() LIMIT floor(random() * 4)) AS dimensions
	FROM generate_series(1, 30) AS t;
SELECT count(*) AS reports, count(DISTINCT by) AS dimensions, sum(different + typed) AS different,
	string_agg(by::text || CASE WHEN subtotals THEN ' with subtotals' ELSE '' END || ' where ' || condition, '; ') FILTER (WHERE different + typed > 0) AS what
FROM chosen JOIN restriction AS r ON n = restriction,
	LATERAL (SELECT coalesce(array_agg(name ORDER BY place), '{}') AS by, coalesce(array_agg(expression ORDER BY place), '{}') AS expressions
		FROM unnest(dimensions) WITH ORDINALITY AS u (n, place) JOIN dimension USING (n)) AS d,
	LATERAL (SELECT CASE WHEN rule IS NOT NULL THEN jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(rule)) END AS rules) AS f,
	pg_temp.compare(by, expressions, subtotals, scope, condition, rules), pg_temp.compare_typed(by, scope, rules) AS typed;

-- Filters limit a report as they limit a board.
SELECT opportunities.save_filter('Large', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "500000"}]}', shared => true);
SELECT count = (SELECT count(*) FROM opportunity WHERE amount > 500000) AS by_name FROM opportunities.report(filter => 'Large');
SELECT count = (SELECT count(*) FROM opportunity LEFT JOIN account ON account.id = account_id WHERE amount > 500000 AND (account.name = 'Zeta' OR title LIKE '%zeta%')) AS with_words
FROM opportunities.report(filter => 'Large', search => 'ZETA');
SELECT count = (SELECT count(*) FROM opportunity AS o JOIN stage ON stage.id = o.stage_id WHERE kind = 'won') AS in_place
FROM opportunities.report(rules => '{"combinator": "and", "rules": [{"field": "stage.kind", "operator": "=", "value": "won"}]}');
SELECT dimensions FROM opportunities.report(by => '{owner,owner}', scope => '{"owner": "sara"}', subtotals => true);

-- The typed query: the same rows, the same order, columns named as written.
-- what people call the periods, beside their first days
SET opportunities.language = 'fa';
SET opportunities.calendar = 'persian';
\pset format unaligned
SELECT dimensions, labels FROM opportunities.report(by => '{year(expected_close),quarter(expected_close),currency}', rules => '{"combinator": "or", "rules": [{"field": "expected_close", "operator": "null"}, {"field": "expected_close", "operator": "=", "value": {"date": "1403-02-26", "calendar": "persian"}}]}', subtotals => true);
\pset format aligned
SELECT count(*) AS groups, count(*) FILTER (WHERE labels <> CASE WHEN d IS NULL THEN '{}' ELSE jsonb_build_object('month(expected_close)', opportunities.calendar_text(d, 'MMMM y', 'persian', 'fa')) END) AS wrong
FROM (SELECT labels, (dimensions ->> 'month(expected_close)')::date AS d FROM opportunities.report(by => '{month(expected_close),owner}')) AS r;
RESET opportunities.language;
RESET opportunities.calendar;
SELECT opportunities.report_sql(by => '{owner,custom.seats,month(expected_close),currency}', scope => '{"archived": false}') AS query \gset
CREATE VIEW typed AS :query;
\d typed
SELECT count(*) AS compared, count(*) FILTER (WHERE (r.dimensions, r.count, r.final_total, r.estimated_total, r.realized_total, r.by_currency, r.open_count, r.open_estimated, r.won, r.lost, r.won_total, r.win_rate, r.avg_days_to_close) IS DISTINCT FROM
	(jsonb_build_object('owner', t.owner, 'custom.seats', t."custom.seats"::text, 'month(expected_close)', t."month(expected_close)", 'currency', t.currency), t.count, t.final_total, t.estimated_total, t.realized_total, t.by_currency, t.open_count, t.open_estimated, t.won, t.lost, t.won_total, t.win_rate, t.avg_days_to_close)) AS different
FROM (SELECT row_number() OVER () AS n, * FROM opportunities.report(by => '{owner,custom.seats,month(expected_close),currency}', scope => '{"archived": false}')) AS r
FULL JOIN (SELECT row_number() OVER () AS n, * FROM typed) AS t USING (n);
-- the view as a dump writes it
SELECT pg_get_viewdef('typed') AS query \gset
CREATE VIEW restored AS :query
SELECT count(*) AS different FROM ((TABLE typed EXCEPT TABLE restored) UNION ALL (TABLE restored EXCEPT TABLE typed)) AS d;
SELECT opportunities.report_sql(by => '{}') AS query \gset
SELECT count(*) AS rows, min(count) AS count FROM (:query) AS r;
-- a value never becomes SQL
SELECT opportunities.report_sql(scope => '{"title": "x''); DROP TABLE opportunity; --"}') AS query \gset
SELECT count FROM (:query) AS r;

-- The caller's rights: rows behind row security are not there.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA report_crm TO regress_reader;
GRANT SELECT ON opportunity, stage TO regress_reader;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity FOR SELECT TO regress_reader USING (owner = opportunities.me());
SET ROLE regress_reader;
SET opportunities.user_name = 'omid';
SELECT dimensions, count > 0 AS some FROM opportunities.report(by => '{owner}');
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{account.name}')$$);
RESET opportunities.user_name;
RESET ROLE;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- What is refused.
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{ownr}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{account.nam}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{mont(expected_close)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{month(expected_clos)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{month(title)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{month()}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{month(expected_close}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{""}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(by => '{owner,NULL}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(filter => 'Lage')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report(scope => '[]')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('account')$$);
SELECT pg_temp.attempt($$SET LOCAL opportunities.fiscal_year_start = 13; SELECT * FROM opportunities.report(by => '{fiscal_year(expected_close)}')$$);
SELECT pg_temp.attempt(format('SELECT opportunities.report_sql(by => %L)', ARRAY['custom.' || repeat('x', 60)]));

-- Somebody else's CRM: uuid keys, no foreign keys, few columns, names that are odd.
CREATE SCHEMA report_legacy;
CREATE TABLE report_legacy.stage (id uuid, name text, position int, kind text);
CREATE TABLE report_legacy.opportunity (id uuid DEFAULT gen_random_uuid(), stage_id uuid, amount integer, probability integer, "month(made)" text, made timestamp, count integer, closed date, odd json, key xid);
INSERT INTO report_legacy.stage VALUES ('00000000-0000-0000-0000-00000000000a', 'Talk', 1, 'open'), ('00000000-0000-0000-0000-00000000000b', 'Signed', 2, 'won');
INSERT INTO report_legacy.opportunity (stage_id, amount, probability, "month(made)", made, count, closed, key) VALUES
	('00000000-0000-0000-0000-00000000000a', 1, 50, 'x', '2026-01-31 23:59', 1, NULL, '7'), ('00000000-0000-0000-0000-00000000000b', 2, 50, 'y', '2026-02-01', 2, '2026-02-04', '10'),
	('00000000-0000-0000-0000-0000000000ff', 4, 50, 'x', '2026-02-28', 2, NULL, NULL), (NULL, 8, 50, 'y', 'infinity', NULL, NULL, '7');
SELECT * FROM opportunities.report('report_legacy.opportunity');
SELECT dimensions, count FROM opportunities.report('report_legacy.opportunity', '{month(made),stage.name}');
SELECT dimensions, count FROM opportunities.report('report_legacy.opportunity', '{year(made)}');
SELECT dimensions, count FROM opportunities.report('report_legacy.opportunity', '{key}');
SELECT dimensions, won FROM opportunities.report('report_legacy.opportunity', '{count}');
SELECT pg_temp.attempt($$SELECT opportunities.report_sql('report_legacy.opportunity', '{count}')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_legacy.opportunity', '{odd}')$$);
-- days to close of dates and moments
CREATE VIEW report_legacy.dated AS SELECT *, made::date AS created_at, closed AS closed_at FROM report_legacy.opportunity;
SELECT won, avg_days_to_close FROM opportunities.report('report_legacy.dated');
CREATE VIEW report_legacy.wrong AS SELECT *, made AS created_at, closed::text AS closed_at FROM report_legacy.opportunity;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_legacy.wrong')$$);
ALTER TABLE report_legacy.stage DROP COLUMN kind;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_legacy.opportunity')$$);
ALTER TABLE report_legacy.stage DROP COLUMN id;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_legacy.opportunity')$$);
DROP TABLE report_legacy.stage;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_legacy.opportunity')$$);

-- Tenants: each sees its own rows, the owner of the tables those of the tenant that is set.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('report_tenants', tenant => true, starter => true) \g /dev/null
INSERT INTO report_tenants.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1, 'North ' || n, 10 FROM generate_series(1, 3) AS n;
SET opportunities.tenant = 'south';
INSERT INTO report_tenants.pipeline (id, name) VALUES (2, 'South');
INSERT INTO report_tenants.stage (id, pipeline_id, name, kind) VALUES (20, 2, 'Signed', 'won');
INSERT INTO report_tenants.opportunity (pipeline_id, stage_id, title, amount) VALUES (2, 20, 'South', 7);
SELECT dimensions, count, final_total, open_count, won FROM opportunities.report('report_tenants.opportunity', '{stage.name}');
SELECT opportunities.report_sql('report_tenants.opportunity', '{stage.name}') AS query \gset
SELECT "stage.name", count FROM (:query) AS r;
SET opportunities.tenant = 'north';
SELECT dimensions, count, final_total, open_count, won FROM opportunities.report('report_tenants.opportunity', '{stage.name}');
SELECT "stage.name", count FROM (:query) AS r;
RESET opportunities.tenant;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.report('report_tenants.opportunity')$$);

-- What is read from a group: of one currency or more, of none, and with totals that are left out.
CREATE FUNCTION pg_temp.figures(open opportunities.totals, won opportunities.totals, lost opportunities.totals, days numeric, counted bigint) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', count, open_count || '/' || f.won || '/' || f.lost, final_total, open_estimated, won_total, round(win_rate, 2), avg_days_to_close,
		(SELECT string_agg(coalesce(c ->> 'currency', '-') || '=' || (c ->> 'final_total'), ',') FROM jsonb_array_elements(by_currency) AS c)) FROM opportunities_internal.report_figures($1, $2, $3, $4, $5) AS f
$$;
CREATE TABLE part (n integer, t opportunities.totals);
INSERT INTO part VALUES (0, '(0,0,0,0)'), (1, (SELECT opportunities.totals(1.5, 50, 0))), (2, (SELECT opportunities.totals(2, 50, 0, 'EUR'))), (3, NULL);
SELECT o.n AS open, w.n AS won, l.n AS lost, pg_temp.figures(o.t, w.t, l.t, 7, w.n) FROM part AS o, part AS w, part AS l WHERE o.n <= w.n AND w.n < 3 AND l.n < 3 OR (o.n, w.n, l.n) = (0, 0, 3) ORDER BY 1, 2, 3;
-- from day to day, in this order
SELECT opportunities_internal.days_between('2026-01-01', '2026-01-03'), opportunities_internal.days_between('2026-01-01', '2026-01-01'), opportunities_internal.days_between('2026-01-02', '2026-01-01'),
	opportunities_internal.days_between('-infinity', '2026-01-01'), opportunities_internal.days_between('2026-01-01', 'infinity'), opportunities_internal.days_between(NULL, '2026-01-01'), opportunities_internal.days_between('4713-01-01 BC', '5874897-12-31');

SET client_min_messages = warning;
DROP SCHEMA report_crm, report_legacy, report_tenants CASCADE;
DROP ROLE regress_reader;
