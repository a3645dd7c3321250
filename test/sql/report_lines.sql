-- Lines of opportunities as rows of their own: quantities, net worth and prices, in all, open, won and lost.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.2718
\endif
\echo seed :seed
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('lines_crm');
SET search_path = lines_crm, opportunities, public;
\i test/data/attempt.sql
INSERT INTO pipeline (id, name, position) VALUES (1, 'Sales', 1);
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (10, 1, 'Lead', 1, 'open'), (11, 1, 'Won', 2, 'won'), (12, 1, 'Lost', 3, 'lost');

-- Over no rows: one row without dimensions, none with.
\x on
SELECT * FROM report_lines();
\x off
SELECT dimensions, count FROM report_lines(by => '{product.category}');

INSERT INTO product (id, name, category, unit_price) VALUES (1, 'Phone', 'x', 30), (2, 'Cable', 'x', 1), (3, 'Switch', 'y', 100);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, probability, tags) VALUES
	(1, 1, 10, 'A', 'sara', 50, '{vip,new}'), (2, 1, 11, 'B', 'sara', 70, '{vip}'), (3, 1, 12, 'C', 'omid', 40, '{}'), (4, 1, NULL, 'D', 'omid', 10, '{}'), (5, 1, 10, 'no lines', 'omid', 10, '{}');
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price, discount_percent) VALUES
	(1, 1, 'a', 2, 30, 0), (1, 3, 'b', 1, 100, 10), (2, 1, 'c', 4, 25, 0), (2, 2, 'd', 10, 1, 0), (3, 1, 'e', 1, 30, 0), (3, NULL, 'setup', 1.5, 40, 0), (4, 3, 'f', 2, 100, 50);
-- A: 60 and 90 open at 50 %; B: 100 and 10 won; C: 30 and 60 lost; D: 100, in no stage, at 10 %
SELECT dimensions, labels, count, quantity, net, round(price, 2) AS price, open_quantity, open_net, forecast_net FROM report_lines(by => '{product_id}', subtotals => true);
SELECT dimensions, won_quantity, won_net, round(won_price, 2) AS won_price, lost_quantity, lost_net, round(lost_price, 2) AS lost_price, currency, overlapping FROM report_lines(by => '{product_id}', subtotals => true);
SELECT dimensions, count, quantity, net, by_currency FROM report_lines(by => '{product.category}', scope => '{"owner": "sara"}');
-- fields of the line first, else of its opportunity; named as report names them, too; a tag is of many
SELECT dimensions, count, net FROM report_lines(by => '{owner,opportunity_line.product.category,discount_percent}');
SELECT dimensions, count, net FROM report_lines(by => '{state,product.category,opportunity.title}', rules => '{"rules": [{"field": "opportunity_line.product_id", "operator": "=", "value": 3}]}');
SELECT dimensions, count, net, overlapping FROM report_lines(by => '{owner,each(tags)}', subtotals => true);
SELECT dimensions, labels, net FROM report_lines(by => '{label(product_id)}', scope => '{"id": 1}');
SELECT r FROM jsonb_array_elements(report_lines_json(by => '{product.category}', scope => '{"id": 2}')) AS r;

-- Currencies are never added up; pieces are.
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, probability, currency) VALUES (6, 1, 11, 'E', 'sara', 50, 'EUR');
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price) VALUES (6, 1, 'g', 3, 20);
SELECT quantity, net, price, forecast_net, won_quantity, won_net, won_price, lost_net, currency, jsonb_pretty(by_currency) AS by_currency FROM report_lines(by => '{product.category}') LIMIT 1;
SELECT dimensions, quantity, net, currency FROM report_lines(by => '{currency,product.name}');

-- Rights: lines that the caller may not see are none; archived opportunities.
UPDATE opportunity SET archived = true WHERE id = 2;
SELECT include, net FROM (VALUES (true), (false)) AS v (include), report_lines(scope => '{"currency": null}', include_archived => include);
CREATE ROLE lines_seller;
GRANT USAGE ON SCHEMA lines_crm TO lines_seller;
GRANT SELECT ON opportunity, stage TO lines_seller;
GRANT SELECT (id, opportunity_id, quantity, net, description) ON opportunity_line TO lines_seller;
ALTER TABLE opportunity_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opportunity_line TO lines_seller USING (description < 'c');
SET ROLE lines_seller;
SELECT dimensions, count, quantity, net FROM report_lines(by => '{description}', subtotals => true);
SELECT pg_temp.attempt($$SELECT * FROM report_lines(by => '{unit_price}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report_lines(by => '{product.name}')$$);
RESET ROLE;
ALTER TABLE opportunity_line DISABLE ROW LEVEL SECURITY;
DROP OWNED BY lines_seller;
DROP ROLE lines_seller;

-- Mistakes.
SELECT pg_temp.attempt($$SELECT * FROM report_lines(by => '{quantitty}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report_lines(by => '{product.categry}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report_lines(by => '{ownr}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report_lines('account')$$);
CREATE SCHEMA lines_bare;
CREATE VIEW lines_bare.opportunity AS SELECT id, stage_id, pipeline_id, probability FROM opportunity;
CREATE VIEW lines_bare.stage AS TABLE stage;
SELECT pg_temp.attempt($$SELECT * FROM report_lines('lines_bare.opportunity')$$);
-- a view of one's own, without currency
CREATE VIEW lines_bare.opportunity_line AS SELECT opportunity_id, quantity, net, product_id FROM opportunity_line;
SELECT dimensions, count, quantity, net, won_net FROM report_lines('lines_bare.opportunity', '{product_id}');
DROP VIEW lines_bare.opportunity_line;
CREATE VIEW lines_bare.opportunity_line AS SELECT opportunity_id, quantity, net::float8 AS net FROM opportunity_line;
SELECT pg_temp.attempt($$SELECT * FROM report_lines('lines_bare.opportunity')$$);
DROP VIEW lines_bare.opportunity_line;
CREATE VIEW lines_bare.opportunity_line AS SELECT opportunity_id, net FROM opportunity_line;
SELECT pg_temp.attempt($$SELECT * FROM report_lines('lines_bare.opportunity')$$);
SET client_min_messages = warning;
DROP SCHEMA lines_bare CASCADE;
RESET client_min_messages;

-- Random lines against SQL by hand.
SELECT setseed(:seed) \g /dev/null
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, probability, tags)
SELECT n, 1, (ARRAY[NULL, 10, 11, 12])[1 + floor(random() * 4)], 'Random ' || n, (ARRAY['sara', 'omid', '', NULL])[1 + floor(random() * 4)], (ARRAY[NULL, 'EUR', 'JPY'])[1 + floor(random() * 3)],
	round((random() * 100)::numeric, 2), ARRAY(SELECT (ARRAY['a', 'b', NULL])[1 + floor(random() * 3 + n * 0)] FROM generate_series(1, floor(random() * 4 + n * 0)::integer))
FROM generate_series(1, 300) AS n;
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price, discount_percent)
SELECT 1 + floor(random() * 280), CASE WHEN random() < 0.9 THEN 1 + floor(random() * 3) END, 'line', round((random() * 20)::numeric, n % 3), round((random() * 1000)::numeric, n % 4), (n % 3) * 7.5 FROM generate_series(1, 1200) AS n;
CREATE FUNCTION pg_temp.differences(by text[], columns text, joined text, scope jsonb, condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
	keys text := (SELECT coalesce(string_agg(format('%L, d%s', k, n), ', '), '') FROM unnest(by) WITH ORDINALITY AS u (k, n));
BEGIN
	EXECUTE format($q$
		WITH ours AS (SELECT r.dimensions, c ->> 'currency' AS currency, (c ->> 'count')::bigint AS count, (c ->> 'quantity')::numeric AS quantity, (c ->> 'net')::numeric AS net, round((c ->> 'price')::numeric, 6) AS price,
				(c ->> 'open_quantity')::numeric AS open_quantity, (c ->> 'open_net')::numeric AS open_net, (c ->> 'forecast_net')::numeric AS forecast_net, (c ->> 'won_quantity')::numeric AS won_quantity,
				(c ->> 'won_net')::numeric AS won_net, (c ->> 'lost_quantity')::numeric AS lost_quantity, (c ->> 'lost_net')::numeric AS lost_net
			FROM opportunities.report_lines(by => %L, scope => %L) AS r, jsonb_array_elements(by_currency) AS c),
		theirs AS (SELECT jsonb_build_object(%s), currency, count(*), sum(quantity), sum(net), round(sum(net) / nullif(sum(quantity), 0), 6),
				coalesce(sum(quantity) FILTER (WHERE kind IS NULL OR kind = 'open'), 0), coalesce(sum(net) FILTER (WHERE kind IS NULL OR kind = 'open'), 0), coalesce(sum(net * probability / 100) FILTER (WHERE kind IS NULL OR kind = 'open'), 0),
				coalesce(sum(quantity) FILTER (WHERE kind = 'won'), 0), coalesce(sum(net) FILTER (WHERE kind = 'won'), 0), coalesce(sum(quantity) FILTER (WHERE kind = 'lost'), 0), coalesce(sum(net) FILTER (WHERE kind = 'lost'), 0)
			FROM (SELECT o.currency, l.quantity, l.net, o.probability, s.kind %s FROM opportunity AS o JOIN opportunity_line AS l ON l.opportunity_id = o.id LEFT JOIN stage AS s ON s.id = o.stage_id LEFT JOIN product AS p ON p.id = l.product_id %s WHERE %s) AS x
			GROUP BY currency%s)
		SELECT count(*) FROM ((TABLE ours EXCEPT ALL TABLE theirs) UNION ALL (TABLE theirs EXCEPT ALL TABLE ours)) AS d $q$,
		by, scope, keys, columns, joined, condition, (SELECT string_agg(', d' || n, '') FROM generate_series(1, cardinality(by)) AS n)) INTO result;
	RETURN result;
END $$;
SELECT pg_temp.differences('{}', '', '', NULL, 'true') AS whole,
	pg_temp.differences('{product.category}', ', p.category AS d1', '', NULL, 'true') AS by_category,
	pg_temp.differences('{owner,product.name,discount_percent}', ', o.owner AS d1, p.name AS d2, l.discount_percent::text AS d3', '', NULL, 'true') AS by_three,
	pg_temp.differences('{each(tags),product.name}', ', t.tag AS d1, p.name AS d2', 'LEFT JOIN LATERAL (SELECT DISTINCT e FROM unnest(o.tags) AS e) AS t (tag) ON true', '{"owner": "sara"}', $$o.owner = 'sara'$$) AS by_tag;
SELECT sum(net) = (SELECT net FROM report_lines(scope => '{"currency": "EUR"}')) AS adds_up FROM report_lines(by => '{product.category}', scope => '{"currency": "EUR"}');
SET client_min_messages = warning;
DROP SCHEMA lines_crm CASCADE;
