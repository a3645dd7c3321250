-- Measures of board, list, report and report_sql: by hand, refused, random against SQL of one's own, rights, tenants, mapped relations.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.3719
\endif
\echo seed :seed
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('measures_crm');
SET search_path = measures_crm, opportunities, public;

\i test/data/attempt.sql

INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind, probability) VALUES (10, 1, 'Lead', 1, 'open', 10), (11, 1, 'Offer', 2, 'open', NULL), (12, 1, 'Won', 3, 'won', 100), (13, 1, 'Lost', 4, 'lost', NULL);
-- values that the type of a custom field doesn't read were there before it was declared
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount, probability, expected_close, custom) VALUES
	(1, 1, 10, 'a', 'sara', 'EUR', 10.00, 50, '2026-03-01', '{"mrr": 5, "since": "2026-01-05"}'),
	(2, 1, 10, 'b', 'sara', 'EUR', 20.005, 50, '2026-01-31', '{"mrr": "much", "since": "soon"}'),
	(3, 1, 10, 'c', 'omid', 'USD', 7, 10, NULL, '{"mrr": 2.50, "since": "2025-12-31"}'),
	(4, 1, 12, 'd', 'omid', NULL, 3, 100, '2026-02-01', '{}'),
	(5, 1, 13, 'e', 'omid', 'USD', NULL, 10, NULL, '{"mrr": 1}'),
	(6, 1, 13, 'f', 'omid', 'USD', 99, NULL, NULL, '{"mrr": null}');
INSERT INTO custom_field (name, type) VALUES ('mrr', 'number'), ('since', 'date');

-- By hand: EUR 10.00 and 20.005, USD 7, NULL and 99, no currency 3; mrr 5, 2.50 and 1.
SELECT jsonb_pretty(measures) FROM report(measures => '{sum(amount),avg(amount),min(amount),max(amount),median(amount),count(amount),count(distinct owner)}');
SELECT key, value FROM report(measures => '{sum(custom.mrr),avg(custom.mrr),min(custom.mrr),max(custom.mrr),median(custom.mrr),count(custom.mrr),count(distinct custom.mrr),min(custom.since),max(expected_close),min(title),max(title),avg(probability),median(probability),sum(stage.probability),avg(stage.position),count(stage.probability),count(distinct state),count(distinct month(expected_close)),sum(version)}'), jsonb_each(measures) ORDER BY key COLLATE "C";
-- groups, and larger ones of all their rows: of groups neither average nor median can be told
SELECT dimensions, measures FROM report(by => '{owner,stage.kind}', subtotals => true, measures => '{sum(amount),median(custom.mrr),count(distinct owner)}');
SELECT dimensions, measures FROM report(by => '{day(expected_close),expected_close}', subtotals => true, measures => '{count(title)}', scope => '{"owner": "sara"}');
-- a row is measured once in each of its groups, and once in what these are of
UPDATE opportunity SET tags = CASE WHEN id = 1 THEN '{x,y,x}' WHEN id < 4 THEN '{y}' ELSE '{}' END::text[];
SELECT dimensions, measures FROM report(by => '{owner,each(tags)}', subtotals => true, measures => '{count(id),median(amount)}', scope => '{"state": "open"}');
-- those lost, and what is open, won and lost of each currency
SELECT dimensions ->> 'owner' AS owner, open_estimated, won_total, lost_total, jsonb_pretty(by_currency) AS by_currency FROM report(by => '{owner}');
SELECT lost, lost_total FROM report(scope => '{"currency": "USD"}');
-- a board: each column within a lane, zeros included; all of it as JSON
SELECT lane, stage, count, measures FROM board(lane_by => 'owner', include_archived => true, measures => '{avg(amount),count(custom.mrr),max(expected_close)}');
SELECT board_json(cards => 0, include_archived => true, measures => '{median(amount),median(custom.mrr)}') -> 'measures' AS measures;
SELECT board_json(cards => 0, scope => '{"id": 0}', measures => '{median(amount),median(custom.mrr),count(title)}') -> 'measures' AS measures;
SELECT bool_and(sql LIKE '%money_sum%') AS told FROM board_sql(measures => '{sum(amount)}') WHERE part = 'totals';
-- the footer of a list, with the totals or alone
SELECT list(measures => '{sum(amount),sum(custom.mrr)}') -> 'measures' AS measures, list(measures => '{sum(amount)}') -> 'totals' ->> 'count' AS count;
SELECT list(measures => '{sum(custom.mrr)}', with_totals => false) -> 'measures' AS measures, list(measures => '{sum(custom.mrr)}', with_totals => false) -> 'totals' AS totals, list() ? 'measures' AS unasked;
SELECT list(measures => '{sum(amount),count(title),max(title)}', scope => '{"id": 0}') -> 'measures' AS nothing;
SELECT measures, measures = (report_json(measures => '{sum(amount)}', scope => '{"currency": "USD"}') -> 0 -> 'measures') AS same FROM report(measures => '{sum(amount)}', rules => '{"rules": [{"field": "owner", "operator": "=", "value": "omid"}]}', scope => '{"currency": "USD"}');
SELECT measures, count FROM report(measures => '{}') UNION ALL SELECT measures, count FROM report(measures => '{count(id),count(id)}');

-- Typed columns, named as they are written.
SELECT report_sql(by => '{owner}', measures => '{sum(amount),avg(custom.mrr),count(distinct currency),max(expected_close),sum(version),median(amount)}') AS query \gset
SELECT "sum(amount)", "avg(custom.mrr)", "count(distinct currency)", "max(expected_close)", "sum(version)", "median(amount)" FROM (:query) AS q;
CREATE VIEW measured AS :query;
SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'measured'::regclass AND attnum > 14 ORDER BY attnum;
DROP VIEW measured;
SELECT pg_temp.attempt($$SELECT report_sql(measures => ARRAY['count(custom.' || repeat('x', 60) || ')'])$$);

-- Money of a related row has that row's currency; that of a line its opportunity's.
INSERT INTO product (id, name, unit_price, currency) VALUES (1, 'Scanner', 5.50, 'EUR'), (2, 'Till', 7, 'USD'), (3, 'Tape', 1, NULL);
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price) VALUES (1, 1, 2, 6), (1, 2, 1, 9.99), (3, 2, 3, 7);
SELECT key, value FROM jsonb_each(list('opportunity_line', measures => '{sum(net),max(unit_price),sum(product.unit_price),sum(quantity),sum(opportunity.amount),avg(discount_percent)}', with_totals => false, fields => '{net}') -> 'measures');
SELECT list('product', measures => '{sum(unit_price)}', with_totals => false) -> 'measures' AS measures;
SELECT issue_invoice(1, confirm => true) AS invoice \gset
INSERT INTO payment (opportunity_id, direction, amount) VALUES (1, 'in', 20);
SELECT measures FROM report(by => '{owner}', measures => '{sum(balance),max(realized_amount)}');
SELECT list('document', measures => '{sum(total),sum(tax),count(number)}', with_totals => false) -> 'measures' AS measures;
SELECT list('payment', measures => '{avg(amount)}', with_totals => false) -> 'measures' AS measures;
-- whatever is called an amount, a price or a total is money
SELECT string_agg(relname || '.' || attname, ', ' ORDER BY relname, attname) AS not_money FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE relnamespace = 'measures_crm'::regnamespace AND relkind = 'r' AND atttypid = 'numeric'::regtype AND attname ~ '(amount|price|total|net|tax)$'
	AND EXISTS (SELECT FROM pg_attribute AS id WHERE id.attrelid = c.oid AND id.attname = 'id')
	AND jsonb_typeof(list(c.oid, with_totals => false, fields => '{id}', size => 1, measures => ARRAY[format('sum(%s)', attname)]) #> ARRAY['measures', format('sum(%s)', attname)]) <> 'array';

-- What can't be measured.
SELECT pg_temp.attempt(format('SELECT count(*) FROM report(measures => ARRAY[%L])', m)) AS refused
FROM unnest(ARRAY['sun(amount)', 'amount', 'sum()', 'sum(amount', 'sum(distinct amount)', 'SUM(amount)', 'stddev(amount)', '', 'sum(amuont)', 'sum(account.nmae)', 'sum(opportunity_line.net)', 'count(nothing)', 'count(distinct nothing)',
	'sum(title)', 'avg(expected_close)', 'median(created_at)', 'min(tags)', 'max(stale)', 'min(custom)', 'sum(archived)', 'sum(custom.seats)', NULL]) AS m;
SELECT pg_temp.attempt($$SELECT count(*) FROM report(measures => (SELECT array_agg('sum(custom.k' || n || ')') FROM generate_series(1, 33) AS n))$$);
SELECT count(*) FROM report(measures => (SELECT array_agg('count(custom.k' || n || ')') FROM generate_series(1, 32) AS n)), jsonb_each(measures);
CREATE VIEW floats AS SELECT o.*, amount::float8 AS real_amount, '1 day'::interval AS span, '{}'::json AS document FROM opportunity AS o;
SELECT pg_temp.attempt('SELECT count(*) FROM report(''floats'', measures => ''{' || m || '}'')') FROM unnest(ARRAY['sum(real_amount)', 'min(real_amount)', 'max(span)', 'count(distinct document)']) AS m;
SELECT measures FROM report('floats', measures => '{count(real_amount),count(document)}');
CREATE VIEW named AS SELECT o.*, 'x'::text AS "sum(amount)" FROM opportunity AS o;
SELECT pg_temp.attempt($$SELECT report_sql('named', by => '{sum(amount)}', measures => '{sum(amount)}')$$);
-- what fields() says can be summed can be, and nothing else
SELECT count(*) FILTER (WHERE measure) > 10 AS some, count(*) FILTER (WHERE measure <> (pg_temp.attempt(format('SELECT count(*) FROM report(measures => ''{sum(%s)}'')', name)) = 'no error')) AS wrong FROM fields() WHERE name NOT LIKE '%id' ;

-- Lanes whose values read alike can't be put together.
SET extra_float_digits = -10;
SELECT pg_temp.attempt($$SELECT count(*) FROM board('floats', lane_by => 'real_amount')$$);
UPDATE opportunity SET amount = 7.00000000001 WHERE id = 2;
SELECT pg_temp.attempt($$SELECT count(*) FROM board('floats', lane_by => 'real_amount', scope => '{"stage_id": 10}', measures => '{sum(amount)}')$$);
RESET extra_float_digits;
DROP VIEW floats, named;

-- Infinities and digits beyond 128 bits. The median of an even number is exact.
CREATE TABLE sums (n numeric, c text);
INSERT INTO sums SELECT n::numeric, c FROM (VALUES ('9e60', NULL), ('1e-30', NULL), ('NaN', 'a'), ('1', 'a'), ('Infinity', 'b'), ('-Infinity', 'b'), ('-1.000', 'c'), ('2.0', 'c'), ('1', ''), ('2', '')) AS v (n, c);
SELECT opportunities_internal.money_sum(n, c), opportunities_internal.money_avg(n, c) FROM sums;
SELECT opportunities_internal.money_min(n, c), opportunities_internal.money_max(n, c) FROM sums;
SELECT opportunities_internal.money_median(n, c ORDER BY n) FROM sums;
SELECT pg_temp.attempt('SELECT opportunities_internal.money_median(n, c) OVER () FROM sums');
SELECT opportunities_internal.middle(ARRAY[a, b]) FROM (VALUES (1.00, 2.00), (1, 2), (0.1, 0.3), (-5, 5), (7.10, 7.1), ('-Infinity'::numeric, 'Infinity'::numeric), (NULL, 1)) AS v (a, b);

-- Random rows, in serial and parallel plans, against the server's own aggregates, currency by currency.
SELECT setseed(:seed) \g /dev/null
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount, probability, expected_close, custom)
SELECT 1000 + n, 1, (ARRAY[NULL, 10, 11, 12, 13])[1 + floor(random() * 5)], 'Random ' || n % 300, (ARRAY['x', 'y', 'z', NULL])[1 + floor(random() * 4)],
	(ARRAY['EUR', 'USD', 'IRR', NULL])[1 + floor(random() * 4)], CASE WHEN random() < 0.8 THEN round((random() * 10 ^ floor(random() * 9) - 50)::numeric, 2) END,
	floor(random() * 100), CASE WHEN random() < 0.8 THEN date '2026-01-01' + floor(random() * 400)::integer END,
	jsonb_strip_nulls(jsonb_build_object('mrr', CASE WHEN random() < 0.7 THEN floor(random() * 1000) / 4 END, 'since', date '2025-01-01' + floor(random() * 99)::integer))
FROM generate_series(1, 4000) AS n;
ANALYZE opportunity;
\set measures '{sum(amount),avg(amount),min(amount),max(amount),median(amount),sum(custom.mrr),avg(custom.mrr),median(custom.mrr),max(expected_close),count(distinct title),count(expected_close)}'
-- the middle of sorted values, exactly, with as many decimals as it takes
CREATE FUNCTION pg_temp.median(sorted numeric[]) RETURNS numeric LANGUAGE sql AS $$
	SELECT CASE WHEN a = b THEN a WHEN scale(trim_scale((a + b) * 0.5)) <= scale(a + b) THEN round((a + b) * 0.5, scale(a + b)) ELSE (a + b) * 0.5 END
	FROM (SELECT sorted[(cardinality(sorted) + 1) / 2] AS a, sorted[cardinality(sorted) / 2 + 1] AS b) AS m
$$;
CREATE FUNCTION pg_temp.money(currencies text[], amounts numeric[], what text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('currency', currency, 'value', value::text) ORDER BY currency COLLATE "C" NULLS FIRST), '[]')
	FROM (SELECT c AS currency, CASE what WHEN 'sum' THEN sum(a) WHEN 'avg' THEN avg(a) WHEN 'min' THEN min(a) WHEN 'max' THEN max(a) ELSE pg_temp.median(array_agg(a ORDER BY a)) END AS value
		FROM unnest(currencies, amounts) AS u (c, a) WHERE a IS NOT NULL GROUP BY c) AS s
$$;
CREATE FUNCTION pg_temp.compare(by text[], expressions text[], sets text, measures text[], OUT groups bigint, OUT different bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($q$
		WITH ours AS (SELECT dimensions - '_level' AS dimensions, measures FROM report(by => %1$L, subtotals => %5$L, measures => %2$L)),
		theirs AS (SELECT %3$s AS dimensions, jsonb_build_object('sum(amount)', pg_temp.money(array_agg(currency), array_agg(amount), 'sum'), 'avg(amount)', pg_temp.money(array_agg(currency), array_agg(amount), 'avg'),
				'min(amount)', pg_temp.money(array_agg(currency), array_agg(amount), 'min'), 'max(amount)', pg_temp.money(array_agg(currency), array_agg(amount), 'max'), 'median(amount)', pg_temp.money(array_agg(currency), array_agg(amount), 'median'),
				'sum(custom.mrr)', sum(mrr)::text, 'avg(custom.mrr)', avg(mrr)::text, 'median(custom.mrr)', pg_temp.median(array_agg(mrr ORDER BY mrr) FILTER (WHERE mrr IS NOT NULL))::text,
				'max(expected_close)', max(expected_close), 'count(distinct title)', count(DISTINCT title)::text, 'count(expected_close)', count(expected_close)::text) AS measures
			FROM (SELECT o.*, s.kind, CASE WHEN jsonb_typeof(o.custom -> 'mrr') = 'number' THEN (o.custom ->> 'mrr')::numeric END AS mrr FROM opportunity AS o LEFT JOIN stage AS s ON s.id = o.stage_id) AS o
			GROUP BY %4$s)
		SELECT (SELECT count(*) FROM theirs), (SELECT count(*) FROM ((TABLE ours EXCEPT ALL TABLE theirs) UNION ALL (TABLE theirs EXCEPT ALL TABLE ours)) AS d) $q$,
		by, measures, (SELECT coalesce(string_agg(format('CASE WHEN grouping(%1$s) = 0 THEN jsonb_build_object(%2$L, %1$s::text) ELSE ''{}'' END', e, b), ' || '), '''{}''::jsonb') FROM unnest(by, expressions) AS u (b, e)), sets, sets LIKE 'ROLLUP%')
	INTO groups, different;
END $$;
SELECT * FROM pg_temp.compare('{}', '{}', '()', :'measures');
SELECT * FROM pg_temp.compare('{owner}', '{owner}', 'owner', :'measures');
SELECT * FROM pg_temp.compare('{stage_id,currency}', '{stage_id,currency}', 'stage_id, currency', :'measures');
SELECT * FROM pg_temp.compare('{owner,stage.kind,currency}', '{owner,kind,currency}', 'ROLLUP (owner, kind, currency)', :'measures');
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
SELECT report_sql(by => '{owner}', measures => '{min(amount),max(amount),sum(amount),avg(amount)}') AS query \gset
SELECT count(*) > 0 AS parallel FROM pg_temp.plan(:'query') AS line WHERE line LIKE '%Partial%Aggregate%';
SELECT * FROM pg_temp.compare('{owner}', '{owner}', 'owner', :'measures');
CREATE TEMP TABLE in_parallel AS SELECT * FROM (:query) AS q;
SET max_parallel_workers_per_gather = 0;
SELECT count(*) AS groups, count(*) FILTER (WHERE to_jsonb(p) <> to_jsonb(s)) AS different FROM in_parallel AS p JOIN (:query) AS s ON s.owner IS NOT DISTINCT FROM p.owner;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET parallel_leader_participation;
-- sums of money are the totals of each currency
SELECT count(*) AS groups, count(*) FILTER (WHERE m.measure <> (SELECT jsonb_agg(jsonb_build_object('currency', c -> 'currency', 'value', c -> m.total)) FROM jsonb_array_elements(by_currency) AS c)) AS different
FROM report(by => '{owner,state}', subtotals => true, measures => '{sum(amount),sum(realized_amount)}') AS r, LATERAL (VALUES (r.measures -> 'sum(amount)', 'final_total'), (r.measures -> 'sum(realized_amount)', 'realized_total')) AS m (measure, total);
-- a board's cells are the groups of a report
SELECT count(*) AS cells, count(*) FILTER (WHERE b.measures <> r.measures) AS different
FROM board(include_archived => true, lane_by => 'owner', cards => 0, measures => :'measures') AS b
JOIN report(by => '{owner,stage_id}', include_archived => false, measures => :'measures') AS r ON (r.dimensions ->> 'owner') IS NOT DISTINCT FROM b.lane AND (r.dimensions ->> 'stage_id') IS NOT DISTINCT FROM b.stage_id;
-- so they are by lanes whose values have several texts, and by all owners, whether they hold rows or not
INSERT INTO app_user (login, name) VALUES ('x', 'Zeta'), ('y', 'Alpha'), ('nobody', 'Nobody');
SELECT lane_label, count, measures FROM board(lane_by => 'all(owner)', cards => 0, scope => '{"stage_id": 11}', measures => '{count(distinct title)}') WHERE stage_id = '11' OR count > 0;
CREATE VIEW weighed AS SELECT o.*, round(o.probability, (o.id % 3)::int) AS weight FROM opportunity AS o;
SELECT count(*) AS cells, count(*) FILTER (WHERE b.measures <> r.measures) AS different
FROM board('weighed', include_archived => true, lane_by => 'weight', cards => 0, measures => '{median(amount),count(distinct title)}') AS b
JOIN report('weighed', by => '{weight,stage_id}', include_archived => false, measures => '{median(amount),count(distinct title)}') AS r ON (r.dimensions ->> 'weight')::numeric IS NOT DISTINCT FROM b.lane::numeric AND (r.dimensions ->> 'stage_id') IS NOT DISTINCT FROM b.stage_id;
DROP VIEW weighed;
-- more values than work_mem has room for
SET work_mem = '64kB';
SELECT * FROM pg_temp.compare('{}', '{}', '()', :'measures');
RESET work_mem;

-- Rows answer measures, and the totals beside them, where a rollup would answer these alone.
SET client_min_messages = warning;
SELECT create_rollup('opportunity', '{owner,stage_id,archived,closed_on}');
SET opportunities.explain_rollups = on;
RESET client_min_messages;
SELECT count(*) FROM report(by => '{owner}');
SELECT count(*), bool_and(r.count::text = r.measures ->> 'count(id)') AS same FROM report(by => '{owner}', measures => '{count(id)}') AS r;
SELECT count(*), bool_and(b.count::text = b.measures ->> 'count(id)') AS same FROM board(cards => 0, measures => '{count(id)}') AS b;
SELECT list(size => 1, measures => '{count(id)}') -> 'measures' = jsonb_build_object('count(id)', list(size => 1) -> 'totals' -> 'count') AS same;
RESET opportunities.explain_rollups;
SELECT drop_rollup('opportunity', '{owner,stage_id,archived,closed_on}');

-- Rights: of columns that one may not read nothing is measured, and rows that one doesn't see aren't counted.
CREATE ROLE measures_reader;
GRANT USAGE ON SCHEMA measures_crm TO measures_reader;
GRANT SELECT (id, pipeline_id, stage_id, title, owner, closed_on, archived, custom, position, closed_at) ON opportunity TO measures_reader;
GRANT SELECT ON stage, pipeline, custom_field TO measures_reader;
SET ROLE measures_reader;
SELECT list(measures => '{count(title),count(distinct owner)}', with_totals => false, fields => '{title}', scope => '{"owner": "sara"}') -> 'measures' AS measures;
SELECT pg_temp.attempt('SELECT list(measures => ''{' || m || '}'', with_totals => false, fields => ''{title}'')') FROM unnest(ARRAY['sum(amount)', 'count(currency)', 'max(expected_close)', 'sum(balance)', 'count(account.name)']) AS m;
SELECT sum((measures ->> 'count(custom.mrr)')::bigint) AS counted FROM board(with_totals => false, cards => 0, fields => '{title}', measures => '{count(custom.mrr)}', scope => '{"owner": "sara"}', include_archived => true);
RESET ROLE;
GRANT SELECT ON opportunity TO measures_reader;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON opportunity USING (owner = 'sara');
SET ROLE measures_reader;
SELECT measures FROM report(measures => '{count(id),sum(amount),median(custom.mrr)}');
SELECT measures FROM report(measures => '{count(id),sum(amount)}', scope => '{"owner": "omid"}');
RESET ROLE;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;
DROP OWNED BY measures_reader;
DROP ROLE measures_reader;

-- Tenants: each measures its own.
SELECT create_crm('measures_tenants', tenant => true) \g /dev/null
SET search_path = measures_tenants, opportunities, public;
CREATE ROLE measures_tenant;
GRANT USAGE ON SCHEMA measures_tenants TO measures_tenant;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA measures_tenants TO measures_tenant;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA measures_tenants TO measures_tenant;
SET ROLE measures_tenant;
SET opportunities.tenant = 'a';
INSERT INTO pipeline (id, name) VALUES (1, 'A');
INSERT INTO opportunity (pipeline_id, title, amount, currency) VALUES (1, 'one', 1.50, 'EUR'), (1, 'two', 2, 'EUR');
SET opportunities.tenant = 'b';
INSERT INTO pipeline (id, name) VALUES (2, 'B');
INSERT INTO opportunity (pipeline_id, title, amount, currency) VALUES (2, 'three', 40, 'EUR');
SELECT measures FROM report(measures => '{sum(amount),max(title)}');
SET opportunities.tenant = 'a';
SELECT measures FROM report(measures => '{sum(amount),max(title)}');
SELECT measures FROM board(measures => '{median(amount)}');
RESET ROLE;
RESET opportunities.tenant;

-- Another CRM's tables: what has a standard name is money; without a currency it is in the unnamed one.
CREATE SCHEMA measures_mapped;
SET search_path = measures_mapped, opportunities, public;
CREATE TABLE deal (key uuid PRIMARY KEY DEFAULT gen_random_uuid(), phase integer, name text, worth numeric(12,2), chance integer, seats bigint, half numeric);
INSERT INTO deal (phase, name, worth, chance, seats, half) VALUES (1, 'Desk', 10.50, 50, 3, 0.5), (1, 'Chair', 20, NULL, 4, 1), (2, 'Lamp', NULL, 100, NULL, NULL);
CREATE VIEW stage AS SELECT * FROM (VALUES (1, 'Talk', 1, 'open'), (2, 'Done', 2, 'won')) AS s (id, name, position, kind);
CREATE VIEW opportunity AS SELECT key AS id, phase AS stage_id, name AS title, worth AS amount, chance AS probability, seats, half FROM deal;
SELECT stage, measures FROM board(measures => '{sum(amount),sum(seats),avg(half),median(seats),avg(probability)}');
SELECT measures FROM report(by => '{stage.kind}', subtotals => true, measures => '{avg(amount),max(seats),count(distinct stage.name)}');

SET client_min_messages = warning;
DROP SCHEMA measures_mapped, measures_tenants, measures_crm CASCADE;
DROP OWNED BY measures_tenant;
DROP ROLE measures_tenant;
