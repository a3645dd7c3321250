-- Boards, lists and reports in one currency, at the rate of each row's day.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.1404
\endif
\echo seed :seed
SET client_min_messages = warning;
\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_converted', starter => true);
SET search_path = crm_converted, opportunities;
INSERT INTO currency (code, digits) VALUES ('EUR', 2), ('USD', 2), ('IRT', 0);
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('USD', 'EUR', '2026-01-01', 0.9), ('USD', 'EUR', '2026-02-01', 0.95),
	('IRT', 'EUR', '2026-01-15', 0.0000165), ('EUR', 'IRT', '2026-01-01', 60000), ('USD', 'IRT', '2026-01-01', 63000.5);
INSERT INTO opportunity (pipeline_id, stage_id, title, currency, amount, probability, closed_at, owner, created_at) VALUES
	(1, 1, 'a', 'USD', 10.10, 50, NULL, 'x', NULL), (1, 1, 'b', 'EUR', 5.55, 10, NULL, 'y', NULL), (1, 5, 'c', 'USD', 100, 100, '2026-01-20 20:00Z', 'x', '2026-01-01'),
	(1, 5, 'd', 'USD', 100, 100, '2026-02-20 20:00Z', 'x', '2026-01-01'), (1, 6, 'e', 'IRT', 1000000, 0, '2026-02-20 20:00Z', 'y', '2026-01-01'), (1, 2, 'f', NULL, NULL, 10, NULL, 'y', NULL);

-- In EUR: 10.10 × 0.95 + 5.55 = 9.595 + 5.55 = 15.145; 100 × 0.9 + 100 × 0.95 = 185, each at the rate of its day; 1,000,000 × 0.0000165 = 16.5. Together 216.645.
-- Estimated 4.7975 + 0.555 = 5.3525; 185; 0. Rounded half away from zero only here; what is worth nothing takes no rate.
SELECT stage, count, final_total, currency, converted FROM board(in_currency => 'eur', include_archived => true);
SELECT stage, lane, converted FROM board(in_currency => 'EUR', include_archived => true, lane_by => 'owner') WHERE count > 0;
-- In IRT, without digits: 5.55 × 60,000 + 210.10 × 63,000.5 + 1,000,000 = 333,000 + 13,236,405.05 + 1,000,000 = 14,569,405.05; estimated 0.555 × 60,000 + 205.05 × 63,000.5 = 33,300 + 12,918,252.525.
SELECT board_json(in_currency => 'IRT', include_archived => true) -> 'converted' AS board, list(in_currency => ' irt', include_archived => true) -> 'converted' AS list,
	report_json(in_currency => 'IRT') -> 0 -> 'converted' AS report;
SELECT dimensions, count, converted FROM report(by => '{owner}', in_currency => 'EUR', subtotals => true);
SELECT dimensions, measures, converted FROM report(by => '{owner,stage.kind}', in_currency => 'EUR', subtotals => true, measures => '{count(id)}');
SELECT dimensions, count, converted FROM report(by => '{owner}', in_currency => 'EUR', scope => '{"id": 0}'), list(in_currency => 'EUR', scope => '{"id": 0}');
SELECT list(in_currency => 'EUR', scope => '{"id": 0}') -> 'converted' AS list, (SELECT converted FROM report(in_currency => 'EUR', scope => '{"id": 0}')) AS report;
SELECT report_sql(by => '{owner}', measures => '{count(id)}', in_currency => 'EUR') AS sql \gset
SELECT owner, count, "count(id)", converted_final_total, converted_estimated_total, converted_realized_total FROM (:sql) AS r;
-- Measures of money, each amount by itself: 9.595, 5.55, 90, 95, 16.5, whose average is 43.329 and median 16.5. Of x 9.595, 90, 95; of y 5.55, 16.5, whose median is 11.025.
SELECT * FROM jsonb_each(list(in_currency => 'EUR', include_archived => true, measures => '{sum(amount),avg(amount),min(amount),max(amount),median(amount),count(amount),max(title)}') -> 'measures');
SELECT dimensions, measures - 'sum(amount)' - 'median(amount)' AS measures FROM report(by => '{owner}', in_currency => 'EUR', subtotals => true, measures => '{sum(amount),median(amount)}');
SELECT stage, measures -> 'sum(amount) in IRT' AS amounts FROM board(in_currency => 'IRT', include_archived => true, measures => '{sum(amount)}');
SELECT board_json(in_currency => 'EUR', include_archived => true, measures => '{sum(realized_amount),sum(amount)}') -> 'measures' AS board;
SELECT dimensions ->> 'each(tags)' AS tag, measures -> 'sum(amount) in EUR' AS amounts FROM report(by => '{each(tags)}', in_currency => 'EUR', measures => '{sum(amount)}');
SELECT report_sql(by => '{owner}', measures => '{sum(amount),median(amount)}', in_currency => 'EUR') AS sql \gset
SELECT owner, "sum(amount) in EUR", pg_typeof("sum(amount) in EUR") AS type, "median(amount) in EUR" FROM (:sql) AS r;
-- In lanes, and in groups that overlap: of r 9.595, 5.55, 16.5, together 31.645; of s 9.595, 90, 16.5, together 116.095; without a tag 95; the whole has each once.
SELECT stage, lane, measures ->> 'avg(amount) in EUR' AS average, measures ->> 'median(amount) in EUR' AS median
FROM board(in_currency => 'EUR', include_archived => true, lane_by => 'owner', measures => '{avg(amount),median(amount)}') WHERE count > 0;
BEGIN;
UPDATE opportunity SET tags = CASE title WHEN 'b' THEN '{r}' WHEN 'c' THEN '{s}' ELSE '{r,s}' END::text[] WHERE title IN ('a', 'b', 'c', 'e');
SELECT dimensions ->> 'each(tags)' AS tag, overlapping, measures ->> 'sum(amount) in EUR' AS sum, measures ->> 'median(amount) in EUR' AS median, converted ->> 'final_total' AS converted
FROM report(by => '{each(tags)}', in_currency => 'EUR', subtotals => true, measures => '{sum(amount),median(amount)}');
ROLLBACK;
SELECT sql ~ 'in_currency' AS converts FROM board_sql(in_currency => 'EUR') WHERE part = 'totals';
-- (without: nothing; without totals neither)
SELECT count(converted) FROM board();
SELECT count(converted), bool_or(list(with_totals => false, in_currency => 'EUR') ? 'converted') FROM board(with_totals => false, in_currency => 'EUR');

-- A day asked for is that of open rows; what is closed stands. So does history, when a rate of today comes.
SET opportunities.rates_on = '2026-01-20';
SELECT stage, converted ->> 'final_total' AS converted FROM board(in_currency => 'EUR', include_archived => true) WHERE count > 0;
RESET opportunities.rates_on;
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('USD', 'EUR', current_date - 1, 2);
SELECT stage, converted ->> 'final_total' AS converted FROM board(in_currency => 'EUR', include_archived => true) WHERE count > 0;
-- A correction moves what was closed from its day on, until the next rate.
UPDATE exchange_rate SET rate = 0.8 WHERE from_currency = 'USD' AND valid_from = '2026-02-01';
SELECT dimensions ->> 'closed_on' AS closed_on, converted ->> 'final_total' AS converted FROM report(by => '{closed_on}', in_currency => 'EUR', scope => '{"currency": "USD"}');

-- Errors: no such currency, no rate of a currency on a day, none of the unnamed one.
SELECT pg_temp.attempt(format('SELECT board(in_currency => %L)', code)) FROM unnest('{EUX,ZZZ," "}'::text[]) AS code;
SET opportunities.rates_on = '2026-03-01';
SELECT pg_temp.attempt($$SELECT report(in_currency => 'USD', scope => '{"title": "e"}')$$);
SELECT pg_temp.attempt($$SELECT list(in_currency => 'USD', scope => '{"title": "e"}', measures => '{count(id)}')$$);
SELECT pg_temp.attempt($$SELECT report_json(in_currency => 'USD', scope => '{"title": "e"}', measures => '{min(amount)}')$$);
UPDATE opportunity SET amount = 5 WHERE title = 'f';
SELECT pg_temp.attempt($$SELECT board(in_currency => 'EUR')$$);
RESET opportunities.rates_on;
UPDATE opportunity SET amount = NULL WHERE title = 'f';

-- A rollup that has the day of closing answers, one that hasn't doesn't.
SET client_min_messages = notice;
SELECT create_rollup('opportunity', '{pipeline_id,stage_id,archived}');
SET opportunities.explain_rollups = on;
SELECT string_agg(converted ->> 'final_total', ' ') AS converted FROM board(in_currency => 'EUR', include_archived => true, cards => 0);
SELECT create_rollup('opportunity', '{pipeline_id,stage_id,archived,closed_on}');
SELECT string_agg(converted ->> 'final_total', ' ') AS converted FROM board(in_currency => 'EUR', include_archived => true, cards => 0);
SELECT list(in_currency => 'EUR') -> 'converted' AS converted;
SELECT dimensions, converted FROM report(by => '{stage_id}', in_currency => 'EUR');
RESET opportunities.explain_rollups;
SET client_min_messages = warning;
-- (what it keeps converts by itself)
SELECT stage_id, final_total(sum(in_currency(totals, 'EUR', closed_on))) FROM opportunity_rollup1 GROUP BY 1 ORDER BY 1;

-- Rights: the caller's, on rates and digits.
CREATE ROLE regress_converter;
GRANT USAGE ON SCHEMA crm_converted TO regress_converter;
GRANT SELECT ON opportunity, stage, pipeline, account TO regress_converter;
SET ROLE regress_converter;
SELECT pg_temp.attempt($$SELECT report(in_currency => 'EUR')$$);
RESET ROLE;
GRANT SELECT ON currency TO regress_converter;
SET ROLE regress_converter;
SELECT pg_temp.attempt($$SELECT report(in_currency => 'EUR')$$);
SELECT converted FROM report(in_currency => 'EUR', scope => '{"currency": "EUR"}');
RESET ROLE;
GRANT SELECT ON exchange_rate TO regress_converter;
SET ROLE regress_converter;
SELECT converted FROM report(in_currency => 'EUR');
RESET ROLE;

-- A waterfall: all at one rate, that of its last day (2 by now), or of the day asked for (0.9), so that it adds up: 10.10 comes, grows by 4.90, and 15 stay.
UPDATE opportunity SET amount = 15 WHERE title = 'a';
SELECT change, amount, converted FROM pipeline_changes(business_date(now()), business_date(now()), scope => '{"title": "a"}', in_currency => 'EUR');
SET opportunities.rates_on = '2026-01-20';
SELECT change, amount, converted FROM pipeline_changes(business_date(now()), business_date(now()), scope => '{"title": "a"}', in_currency => 'EUR');
RESET opportunities.rates_on;
SELECT change, converted FROM pipeline_changes(business_date(now()), business_date(now()), scope => '{"title": "a"}');
SELECT opportunities_internal.rates_day('2026-01-20'), opportunities_internal.rates_day('9999-01-01') = business_date(now()) AS today_at_latest;
SELECT left(pg_temp.attempt($$SELECT pipeline_changes(business_date(now()), business_date(now()), scope => '{"title": "f"}', in_currency => 'EUR')$$), 60);

-- Any rows, rates and days: beside SQL that looks the rate of each row up and adds up as numeric does.
DELETE FROM opportunity;
SELECT setseed(:seed) \g /dev/null
DELETE FROM exchange_rate;
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate)
SELECT f, t, date '2023-01-01' + n * step, round((random() * 10)::numeric, (random() * 12)::int) + 0.0000000001
FROM (VALUES ('USD', 'EUR', 1, 1100), ('IRT', 'EUR', 30, 40), ('IRT', 'USD', 7, 160), ('EUR', 'USD', 400, 3), ('EUR', 'IRT', 1, 1100), ('USD', 'IRT', 3, 400)) AS p (f, t, step, many), generate_series(0, many - 1) AS n;
SET session_replication_role = replica;
INSERT INTO opportunity (pipeline_id, stage_id, title, currency, amount, probability, realized_amount, owner, closed_at, closed_on, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by, version, position, amount_mode, probability_mode)
SELECT 1, CASE WHEN day IS NULL THEN 1 + n % 4 ELSE 5 + n % 2 END, 'deal ' || n, (ARRAY['EUR', 'USD', 'IRT'])[1 + floor(random() * 3)::int],
	CASE WHEN n % 11 > 0 THEN round((random() * 2e9 - 1e8)::numeric, (random() * 4)::int) END, round((random() * 100)::numeric, 2), round((random() * 1e5)::numeric, 2) * (n % 3 / 2),
	'owner ' || floor(random() * 9)::int, day + time '12:00', day, now(), 'x', now(), 'x', now(), 'x', 1, n, 'manual', 'manual'
FROM (SELECT n, CASE WHEN n % 4 > 0 THEN date '2023-01-01' + floor(random() * 1000)::int END AS day FROM generate_series(1, 4000) AS n) AS r;
RESET session_replication_role;
SELECT drop_rollup('opportunity', '{pipeline_id,stage_id,archived}'), drop_rollup('opportunity', '{pipeline_id,stage_id,archived,closed_on}');
SET opportunities.rates_on = '2024-06-15';
CREATE TEMP TABLE by_hand AS SELECT target, o.stage_id, o.owner, o.amount * r.rate AS final, o.amount * o.probability * 0.01 * r.rate AS estimated, o.realized_amount * r.rate AS realized
	FROM unnest('{EUR,USD,IRT}'::text[]) AS target, opportunity AS o CROSS JOIN LATERAL (SELECT CASE WHEN o.currency = target THEN 1 ELSE (SELECT e.rate FROM exchange_rate AS e
		WHERE e.from_currency = o.currency AND e.to_currency = target AND e.valid_from <= coalesce(o.closed_on, '2024-06-15') ORDER BY e.valid_from DESC LIMIT 1) END AS rate) AS r;
-- (measures of each owner's rows and of all: how many, and how many are other than by hand)
SELECT target, count(*) AS groups, count(*) FILTER (WHERE ROW(r.measures ->> ('sum(amount) in ' || target), r.measures ->> ('avg(realized_amount) in ' || target), r.measures ->> ('min(amount) in ' || target),
	r.measures ->> ('median(amount) in ' || target)) IS DISTINCT FROM (SELECT ROW(round(sum(final), digits)::text, round(avg(realized), digits)::text, round(min(final), digits)::text,
	round((SELECT sum(m.final) / count(*) FROM (SELECT final, row_number() OVER (ORDER BY final) AS n, count(*) OVER () AS many FROM by_hand AS o WHERE o.target = t.target AND o.final IS NOT NULL
		AND (r.dimensions ->> '_level' = '0' OR o.owner = r.dimensions ->> 'owner')) AS m WHERE m.n IN ((m.many + 1) / 2, m.many / 2 + 1)), digits)::text)
	FROM by_hand AS h WHERE h.target = t.target AND (r.dimensions ->> '_level' = '0' OR h.owner = r.dimensions ->> 'owner'))) AS other
FROM unnest('{EUR,USD,IRT}'::text[]) AS t (target) JOIN currency ON code = target, LATERAL report(by => '{owner}', subtotals => true, in_currency => target,
	measures => '{sum(amount),avg(realized_amount),min(amount),median(amount)}') AS r GROUP BY target ORDER BY 1;
CREATE FUNCTION pg_temp.shown(target text, final numeric, estimated numeric, realized numeric) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('currency', target, 'final_total', round(coalesce(final, 0), digits)::text, 'estimated_total', round(coalesce(estimated, 0), digits)::text,
		'realized_total', round(coalesce(realized, 0), digits)::text) FROM currency WHERE code = target $$;
CREATE TEMP TABLE sums AS SELECT target, stage_id::text, owner, pg_temp.shown(target, sum(final), sum(estimated), sum(realized)) AS shown FROM by_hand GROUP BY GROUPING SETS ((target), (target, owner), (target, owner, stage_id));
-- (of each: how many, and how many are other than by hand)
SELECT target, count(*) AS cells, count(*) FILTER (WHERE b.converted IS DISTINCT FROM coalesce(s.shown, pg_temp.shown(target, 0, 0, 0))) AS other
FROM unnest('{EUR,USD,IRT}'::text[]) AS target, LATERAL board(in_currency => target, include_archived => true, lane_by => 'owner', cards => 0) AS b
LEFT JOIN LATERAL (SELECT shown FROM sums AS s WHERE s.target = b.converted ->> 'currency' AND s.stage_id = b.stage_id AND s.owner = b.lane) AS s ON true
GROUP BY target ORDER BY 1;
SELECT target, measured, subtotals, count(*) AS groups, count(*) FILTER (WHERE r.converted IS DISTINCT FROM s.shown) AS other
FROM unnest('{EUR,USD,IRT}'::text[]) AS target, unnest('{t,f}'::boolean[]) AS measured, unnest('{t,f}'::boolean[]) AS subtotals,
	LATERAL report(by => '{owner,stage_id}', subtotals => subtotals, measures => CASE WHEN measured THEN '{max(title)}'::text[] END, in_currency => target) AS r
LEFT JOIN LATERAL (SELECT shown FROM sums AS s WHERE s.target = r.converted ->> 'currency' AND s.owner IS NOT DISTINCT FROM r.dimensions ->> 'owner'
	AND s.stage_id IS NOT DISTINCT FROM r.dimensions ->> 'stage_id') AS s ON true
GROUP BY target, measured, subtotals ORDER BY 1, 2, 3;
SELECT target, list(in_currency => target, size => 1) -> 'converted' = shown AS list, list(in_currency => target, size => 1, measures => '{count(id)}') -> 'converted' = shown AS measured
FROM sums WHERE owner IS NULL ORDER BY 1;
SELECT target, sum(in_currency(amount, currency, target, closed_on)) = (SELECT sum(final) FROM by_hand AS h WHERE h.target = t.target) AS rows,
	(SELECT final_total(sum(in_currency(d.t, target, closed_on))) FROM (SELECT closed_on, totals(amount, probability, realized_amount, currency) AS t FROM opportunity GROUP BY 1) AS d)
		= (SELECT sum(final) FROM by_hand AS h WHERE h.target = t.target) AS days
FROM unnest('{EUR,USD,IRT}'::text[]) AS t (target), opportunity GROUP BY target ORDER BY 1;
RESET opportunities.rates_on;

-- Tenants: each by its own rates and digits.
SELECT opportunities.create_crm('crm_converted_of', tenant => true);
SET search_path = crm_converted_of, opportunities;
\set tenant one
SET opportunities.tenant = :tenant;
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS pipeline \gset
INSERT INTO currency (code, digits) VALUES ('EUR', 2), ('IRT', 0);
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'IRT', '2026-01-01', 0.5);
INSERT INTO opportunity (pipeline_id, title, currency, amount) VALUES (:pipeline, 'a', 'EUR', 3);
\set tenant two
SET opportunities.tenant = :tenant;
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS pipeline \gset
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'IRT', '2026-01-01', 2.5), ('CHF', 'IRT', '2026-01-01', 2.5);
INSERT INTO opportunity (pipeline_id, title, currency, amount) VALUES (:pipeline, 'a', 'EUR', 3), (:pipeline, 'b', 'CHF', 3);
SELECT converted, measures -> 'max(amount) in IRT' AS greatest FROM report(in_currency => 'IRT', measures => '{max(amount)}');
SET opportunities.tenant = 'one';
SELECT converted FROM report(in_currency => 'IRT');
SELECT measures -> 'max(amount) in IRT' AS greatest FROM report(in_currency => 'IRT', measures => '{max(amount)}');
SELECT pg_temp.attempt($$SELECT report(in_currency => 'CHF')$$);

-- Views of your own: rates stand beside them, and rows say when they were closed.
CREATE SCHEMA converted_mapped;
SET search_path = converted_mapped, opportunities;
CREATE VIEW stage AS SELECT 1 AS id, 'Open' AS name, 1 AS position, 'open' AS kind UNION ALL SELECT 2, 'Won', 2, 'won';
CREATE VIEW opportunity AS SELECT * FROM (VALUES (1, 1, 10.00, 50, 'USD', NULL::timestamptz), (2, 2, 10.00, 50, 'USD', '2026-01-02 23:30Z')) AS v (id, stage_id, amount, probability, currency, closed_at);
SELECT pg_temp.attempt($$SELECT report(in_currency => 'EUR')$$);
CREATE VIEW exchange_rate AS SELECT * FROM (VALUES ('USD', 'EUR', date '2026-01-02', 2), ('USD', 'EUR', date '2026-01-03', 3), ('USD', 'EUR', date '2026-01-04', 4)) AS v (from_currency, to_currency, valid_from, rate);
SET opportunities.time_zone = 'Europe/Berlin';
SELECT stage, converted FROM board(in_currency => 'EUR', include_archived => true) WHERE count > 0;
SELECT stage, measures -> 'sum(amount) in EUR' AS amounts FROM board(in_currency => 'EUR', include_archived => true, measures => '{sum(amount)}') WHERE count > 0;
-- (an amount of a related row is in its own currency, at the rate of the opportunity's day: 5 × 4 and 5 × 2; a name that is too long for a column is no other one)
DROP VIEW opportunity;
CREATE TABLE an_order_of_which_the_name_takes_so_many_letters (id int PRIMARY KEY, amount numeric, currency text);
CREATE TABLE opportunity (id int PRIMARY KEY, stage_id int, amount numeric, probability int, currency text, closed_on date,
	an_order_of_which_the_name_takes_so_many_letters_id int REFERENCES an_order_of_which_the_name_takes_so_many_letters);
INSERT INTO an_order_of_which_the_name_takes_so_many_letters VALUES (1, 5, 'USD');
INSERT INTO opportunity VALUES (1, 1, 10, 50, 'EUR', NULL, 1), (2, 2, 11, 50, 'EUR', '2026-01-02', 1);
SELECT measures, converted FROM report(in_currency => 'EUR', measures => '{sum(an_order_of_which_the_name_takes_so_many_letters.amount)}');
SELECT pg_temp.attempt($$SELECT report_sql(in_currency => 'EUR', measures => '{sum(an_order_of_which_the_name_takes_so_many_letters.amount)}')$$);
ALTER TABLE opportunity ADD "sum(amount) in EUR" text;
SELECT pg_temp.attempt($$SELECT report_sql(by => '{"sum(amount) in EUR"}', in_currency => 'EUR', measures => '{sum(amount)}')$$);
CREATE OR REPLACE VIEW stage AS SELECT 1 AS id, 'Open' AS name, 1 AS position, 'open' AS kind;
DROP TABLE opportunity;
CREATE VIEW opportunity AS SELECT 1 AS id, 1 AS stage_id, 10.00 AS amount, 50 AS probability, 'USD' AS currency;
SELECT pg_temp.attempt($$SELECT board(in_currency => 'EUR')$$);

-- What is shown as one currency's is of one.
SELECT opportunities_internal.converted('"EUR"(1,2.345,3,4)', 'EUR', 2);
SELECT pg_temp.attempt($$SELECT opportunities_internal.converted('"EUR"(1,2,3,4),"USD"(1,2,3,4)', 'EUR', 2)$$);

RESET search_path;
SET client_min_messages = error;
DROP SCHEMA crm_converted, crm_converted_of, converted_mapped CASCADE;
DROP ROLE regress_converter;
