-- Reports by what a row has many of: elements of arrays and rows that refer to it.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.4711
\endif
\echo seed :seed
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('many_crm');
SET search_path = many_crm, opportunities, public;
\i test/data/attempt.sql
INSERT INTO pipeline (id, name, position) VALUES (1, 'Sales', 1);
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (10, 1, 'Lead', 1, 'open'), (11, 1, 'Won', 2, 'won'), (12, 1, 'Lost', 3, 'lost');
INSERT INTO product (id, name, category, unit_price) VALUES (1, 'Phone', 'x', 5), (2, 'Cable', 'x', 5), (3, 'Switch', 'y', 5);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, probability, tags, competitors, custom) VALUES
	(1, 1, 10, 'A', 'sara', 100.00, 50, '{vip,new,vip}', '{acme}', '{"regions": ["north", "south", "north"], "seats": [1, 1.0, 2]}'),
	(2, 1, 11, 'B', 'sara', 10.00, 100, '{vip}', '{acme,best}', '{"regions": ["south"]}'),
	(3, 1, 12, 'C', 'omid', 1.00, 40, '{}', '{}', '{"regions": []}'),
	(4, 1, 10, 'D', 'omid', 0.50, 40, '{}', '{}', '{"regions": "north"}'),
	(5, 1, NULL, 'E', 'omid', 7.00, 100, ARRAY['', NULL, 'new'], '{best}', '{"regions": [null, {"a": 1}]}');
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price) VALUES
	(1, 1, 'a', 1, 1), (1, 2, 'b', 2, 1), (1, 3, 'c', 1, 1), (1, 1, 'd', 4, 1), (2, 1, 'e', 1, 1), (3, NULL, 'f', 1, 1);
INSERT INTO activity (opportunity_id, kind, subject, due_at, assignee) VALUES
	(1, 'call', 'first', '2026-01-31 23:30+00', 'omid'), (1, 'call', 'again', '2026-01-02', 'omid'), (1, 'note', 'it', '2026-02-01', NULL),
	(2, 'call', 'one', NULL, 'sara');
INSERT INTO app_user (login, name) VALUES ('omid', 'Omid Karimi');
INSERT INTO choice (field, value, label, position) VALUES ('tags', 'vip', 'Important', 1), ('tags', 'new', 'New', 2);

-- Each in every group that it is in, once; none: a group of NULL; the whole is of five, 118.50.
SELECT dimensions, labels, count, final_total, open_count, open_estimated, won, lost, won_total, overlapping FROM report(by => '{each(tags)}', subtotals => true);
SELECT dimensions, count, final_total FROM report(by => '{each(competitors)}', subtotals => true);
SELECT dimensions, count, final_total FROM report(by => '{each(custom.regions)}', subtotals => true);
SELECT dimensions, count, final_total FROM report(by => '{each(custom.seats)}', subtotals => true);
SELECT dimensions, count, final_total FROM report(by => '{opportunity_line.product.category}', subtotals => true);
SELECT dimensions, labels, count, final_total FROM report(by => '{opportunity_line.product_id}', subtotals => true);
SELECT dimensions, labels, count, final_total FROM report(by => '{activity.kind,activity.assignee}', subtotals => true);
-- the array itself is one value, as before
SELECT dimensions, count FROM report(by => '{tags}');

-- Every pair of two arrays; of one relation the pairs that its rows have: no Switch is of category x.
SELECT dimensions, count, final_total FROM report(by => '{each(tags),each(competitors)}', subtotals => true);
SELECT dimensions, count, final_total FROM report(by => '{opportunity_line.product.category,opportunity_line.product.name}', subtotals => true);
-- with others before, between and behind them
SELECT dimensions, count, final_total, overlapping FROM report(by => '{owner,each(tags),state,opportunity_line.product.category}', subtotals => true, scope => '{"owner": "sara"}');
-- measures are of each group's rows, each once, and so at each level: the median of all five is 7.00
SELECT dimensions, count, measures FROM report(by => '{owner,each(tags)}', subtotals => true, measures => '{sum(amount),median(amount),count(distinct owner),count(account_id)}');
SELECT dimensions, measures FROM report(by => '{opportunity_line.product.category}', measures => '{avg(probability)}');

-- Periods and labels count a row once, too: two calls are in January, where the business is; both tags are one word.
SELECT dimensions, labels, count FROM report(by => '{month(activity.due_at)}');
SET opportunities.time_zone = 'Asia/Tehran';
SELECT dimensions, labels, count FROM report(by => '{month(activity.due_at),activity.kind}');
RESET opportunities.time_zone;
UPDATE choice SET label = 'Important' WHERE value = 'new';
SELECT dimensions, labels, count FROM report(by => '{label(each(tags))}');
SELECT dimensions, labels, count FROM report(by => '{label(activity.assignee)}');
INSERT INTO label (language, field, value, label) VALUES ('fa', 'activity.kind', 'call', 'تماس'), ('fa', 'tags', 'vip', 'ویژه'), ('fa', 'opportunity_line.product.category', 'x', 'ایکس');
SET opportunities.language = 'fa';
SELECT dimensions, labels, count FROM report(by => '{activity.kind,each(tags)}', scope => '{"id": 1}');
SELECT dimensions, labels, count FROM report(by => '{opportunity_line.product.category}', scope => '{"id": 1}');
RESET opportunities.language;

-- Over a related row and back, over two keys to many, and what a filter takes out first.
INSERT INTO account (id, name) VALUES (1, 'Alborz');
UPDATE opportunity SET account_id = 1 WHERE id <= 3;
SELECT dimensions, count FROM report(by => '{account.opportunity.owner}');
SELECT issue_quote(1) > 0 AS issued;
SELECT dimensions, count, final_total FROM report(by => '{document.document_line.product.category}', scope => '{"owner": "sara"}');
SELECT dimensions, count FROM report(by => '{each(account.opportunity.tags)}', scope => '{"id": 2}');
SELECT dimensions, count FROM report(by => '{opportunity_line.product.category}', rules => '{"rules": [{"field": "opportunity_line.product.category", "operator": "=", "value": "y"}]}');

-- Typed: named as written, and JSON.
SELECT report_sql(by => '{each(tags),opportunity_line.product.category}', scope => '{"owner": "sara"}') AS query \gset
CREATE VIEW by_tag WITH (security_invoker = true) AS :query;
SELECT "each(tags)", "opportunity_line.product.category", count, final_total, overlapping FROM by_tag;
SELECT report_sql(by => '{owner}') NOT LIKE '%overlapping%' AS plain;
-- of a few rows only what refers to them is read
SELECT report_sql(by => '{activity.kind}') LIKE '%EXISTS%' AS whole, report_sql(by => '{activity.kind}', scope => '{"owner": "sara"}') LIKE '%EXISTS%' AS selected;
SELECT r ->> 'count' AS count, r -> 'dimensions' AS dimensions, r -> 'overlapping' AS overlapping FROM jsonb_array_elements(report_json(by => '{each(competitors)}')) AS r;

-- No rollup answers; it is said why.
SELECT create_rollup(by => '{tags,stage_id}') IS NOT NULL AS made;
SET opportunities.explain_rollups = on;
SELECT dimensions, count FROM report(by => '{each(tags)}');
SELECT dimensions, count FROM report(by => '{tags}');
RESET opportunities.explain_rollups;

-- Mistakes: as those of filters, the nearest names as they would be written.
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{each(tag)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{each(owner)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{each(opportunity_line.quantity)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{activity.kin}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{month(activity.due_it)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{month(activity.kind)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{moon(activity.due_at)}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{opportunity_line.product.categry}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{opportunity_lin.product.category}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{activity.data.x}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{account.opportunity.account.opportunity.account.opportunity.account.opportunity.account.opportunity.owner}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{each(tags),each(competitors),activity.kind,document.kind,payment.direction}')$$);
SELECT pg_temp.attempt($$SELECT * FROM board(lane_by => 'each(tags)')$$);
SELECT pg_temp.attempt($$SELECT * FROM board(lane_by => 'activity.kind')$$);

-- What row security hides of lines is no group, what nobody granted is an error.
SELECT drop_rollup(by => '{tags,stage_id}') \g /dev/null
CREATE ROLE many_seller;
GRANT USAGE ON SCHEMA many_crm TO many_seller;
GRANT SELECT ON opportunity, opportunity_line, stage TO many_seller;
GRANT SELECT (id, name, unit_price) ON product TO many_seller;
ALTER TABLE opportunity_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opportunity_line TO many_seller USING (description <> 'c' AND description <> 'e');
SET ROLE many_seller;
SELECT dimensions, count, final_total FROM report(by => '{opportunity_line.product.name}', subtotals => true);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{opportunity_line.product.category}')$$);
SELECT pg_temp.attempt($$SELECT * FROM report(by => '{activity.kind}')$$);
RESET ROLE;
ALTER TABLE opportunity_line DISABLE ROW LEVEL SECURITY;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO many_seller USING (owner = 'omid');
SET ROLE many_seller;
SELECT dimensions, count, final_total FROM report(by => '{opportunity_line.description}', subtotals => true);
RESET ROLE;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;
DROP OWNED BY many_seller;
DROP ROLE many_seller;

-- Random rows, with NULLs, empty texts and what stands twice, against SQL by hand: for each level, which rows have which
-- values, each pair once. An array may be NULL, where the relation is a view.
DROP VIEW by_tag;
DELETE FROM document;
DELETE FROM opportunity;
DELETE FROM choice;
SELECT setseed(:seed) \g /dev/null
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount, probability, tags, competitors, custom)
SELECT n, 1, (ARRAY[NULL, 10, 11, 12])[1 + floor(random() * 4)], 'Random ' || n, (ARRAY['sara', 'omid', '', NULL])[1 + floor(random() * 4)],
	(ARRAY[NULL, 'EUR'])[1 + floor(random() * 2)], CASE WHEN random() < 0.8 THEN round((random() * 1e6)::numeric, n % 4) END, round((random() * 100)::numeric, 2),
	ARRAY(SELECT (ARRAY['a', 'b', 'c', 'd', '', NULL])[1 + floor(random() * 6 + n * 0)] FROM generate_series(1, floor(random() * 5 + n * 0)::integer)),
	ARRAY(SELECT (ARRAY['x', 'y', NULL])[1 + floor(random() * 3 + n * 0)] FROM generate_series(1, floor(random() * 3 + n * 0)::integer)),
	CASE WHEN n % 7 > 0 THEN jsonb_build_object('regions', ARRAY(SELECT (ARRAY['north', 'south', NULL])[1 + floor(random() * 3 + n * 0)] FROM generate_series(1, floor(random() * 4 + n * 0)::integer))) ELSE '{}' END
FROM generate_series(1, 400) AS n;
INSERT INTO product (id, name, category, unit_price) SELECT n, 'Product ' || n % 9, (ARRAY['x', 'y', 'z', '', NULL])[1 + n % 5], 1 FROM generate_series(10, 30) AS n;
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price)
SELECT 1 + floor(random() * 300), CASE WHEN random() < 0.9 THEN 10 + floor(random() * 21) END, 'line', 1, 1 FROM generate_series(1, 800) AS n;
INSERT INTO activity (opportunity_id, kind, subject, due_at)
SELECT 1 + floor(random() * 350), (ARRAY['call', 'note', 'task'])[1 + floor(random() * 3)], 'it', CASE WHEN random() < 0.7 THEN timestamptz '2026-01-01' + random() * interval '100 days' END FROM generate_series(1, 600);
UPDATE opportunity SET amount = round((random() * 1e6)::numeric, 2) WHERE id % 3 = 0;
CREATE VIEW seen WITH (security_invoker = true) AS SELECT o.id, o.pipeline_id, stage_id, amount, probability, realized_amount, currency, owner, nullif(tags, '{}') AS tags, competitors, custom FROM opportunity AS o;

CREATE TEMPORARY TABLE joined (used text, sql text);
INSERT INTO joined VALUES ('t.tag', 'LATERAL unnest(o.tags) AS t (tag) ON true'), ('c.competitor', 'LATERAL unnest(o.competitors) AS c (competitor) ON true'),
	('r.region', $$LATERAL jsonb_array_elements_text(o.custom -> 'regions') AS r (region) ON true$$),
	('p\.', '(opportunity_line AS l LEFT JOIN product AS p ON p.id = l.product_id) ON l.opportunity_id = o.id'), ('a\.', 'activity AS a ON a.opportunity_id = o.id');
CREATE FUNCTION pg_temp.by_hand(by text[], expressions text[], condition text)
RETURNS TABLE (dimensions jsonb, count bigint, finals jsonb, open bigint, won bigint, lost bigint) LANGUAGE plpgsql AS $$
DECLARE
	keys text;
	columns text;
	pairs text;
BEGIN
	FOR kept IN 0 .. cardinality(by) LOOP
		columns := (SELECT coalesce(string_agg(format(', %s AS d%s', expressions[i], i), ''), '') FROM generate_series(1, kept) AS i);
		keys := (SELECT coalesce(string_agg(format(', d%s', i), ''), '') FROM generate_series(1, kept) AS i);
		pairs := (SELECT coalesce(string_agg(format('%L, d%s', by[i], i), ', '), '') FROM generate_series(1, kept) AS i);
		RETURN QUERY EXECUTE format($q$
			WITH had AS (SELECT DISTINCT o.id%1$s FROM opportunity AS o%8$s WHERE %4$s),
			per AS (SELECT currency%2$s, count(*) AS n, sum(amount) AS sum, count(*) FILTER (WHERE s.kind IS DISTINCT FROM 'won' AND s.kind IS DISTINCT FROM 'lost') AS open,
				count(*) FILTER (WHERE s.kind = 'won') AS won, count(*) FILTER (WHERE s.kind = 'lost') AS lost
				FROM had JOIN opportunity AS o USING (id) LEFT JOIN stage AS s ON s.id = o.stage_id GROUP BY currency%2$s)
			SELECT jsonb_build_object(%3$s) || CASE WHEN %5$L THEN jsonb_build_object('_level', %6$s) ELSE '{}' END, sum(n)::bigint,
				jsonb_object_agg(coalesce(currency, ''), trim_scale(sum)) FILTER (WHERE sum <> 0), sum(open)::bigint, sum(won)::bigint, sum(lost)::bigint
			FROM per%7$s $q$, columns, keys, pairs, condition, kept < cardinality(by), kept, CASE WHEN kept > 0 THEN ' GROUP BY ' || substr(keys, 3) END,
			(SELECT string_agg(' LEFT JOIN ' || j.sql, '') FROM joined AS j WHERE columns ~ j.used));
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.differences(relation regclass, by text[], expressions text[], condition text, scope jsonb DEFAULT NULL, rules jsonb DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
	WITH ours AS (SELECT dimensions, count, (SELECT jsonb_object_agg(coalesce(c ->> 'currency', ''), trim_scale((c ->> 'final_total')::numeric)) FROM jsonb_array_elements(by_currency) AS c WHERE (c ->> 'final_total')::numeric <> 0) AS finals, open_count, won, lost
		FROM opportunities.report(relation, by, scope => scope, rules => rules, subtotals => true)),
	theirs AS (SELECT * FROM pg_temp.by_hand(by, expressions, condition))
	SELECT count(*) FROM ((TABLE ours EXCEPT ALL TABLE theirs) UNION ALL (TABLE theirs EXCEPT ALL TABLE ours)) AS d
$$;
CREATE TEMPORARY TABLE asked (by text, expression text);
INSERT INTO asked VALUES ('each(tags)', 't.tag'), ('each(competitors)', 'c.competitor'), ('owner', 'o.owner'), ('each(custom.regions)', 'r.region'),
	('opportunity_line.product.category', 'p.category'), ('opportunity_line.product.name', 'p.name'), ('activity.kind', 'a.kind'),
	('month(activity.due_at)', $$to_char(date_trunc('month', a.due_at), 'YYYY-MM-DD')$$);
-- each alone, and 40 random lists of two to four, of a selection that is all or not
SELECT by, pg_temp.differences('opportunity', ARRAY[by], ARRAY[expression], 'true') AS whole, pg_temp.differences('seen', ARRAY[by], ARRAY[expression], $$o.owner = 'sara'$$, scope => '{"owner": "sara"}') AS of_a_view
FROM asked WHERE by NOT LIKE '%activity%' AND by NOT LIKE '%line%';
SELECT by, pg_temp.differences('opportunity', ARRAY[by], ARRAY[expression], 'true') AS whole FROM asked;
CREATE TEMPORARY TABLE trial AS
SELECT n, array_agg(by ORDER BY place) AS by, array_agg(expression ORDER BY place) AS expressions
FROM (SELECT n, by, expression, row_number() OVER (PARTITION BY n ORDER BY random()) AS place FROM generate_series(1, 40) AS n, asked) AS r
WHERE place <= 2 + n % 3 GROUP BY n;
SELECT count(*) AS trials, count(*) FILTER (WHERE pg_temp.differences('opportunity', by, expressions, CASE n % 3 WHEN 0 THEN 'true' WHEN 1 THEN $$o.owner = 'omid'$$
	ELSE $$EXISTS (SELECT FROM opportunity_line AS x WHERE x.opportunity_id = o.id AND x.product_id > 20)$$ END,
	CASE WHEN n % 3 = 1 THEN '{"owner": "omid"}'::jsonb END,
	CASE WHEN n % 3 = 2 THEN '{"rules": [{"field": "opportunity_line.product_id", "operator": ">", "value": 20}]}'::jsonb END) > 0) AS differ FROM trial;

-- Tenants: each has their own groups.
SET client_min_messages = warning;
SELECT opportunities.create_crm('many_tenants', tenant => true);
RESET client_min_messages;
CREATE ROLE many_tenant;
GRANT USAGE ON SCHEMA many_tenants TO many_tenant;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA many_tenants TO many_tenant;
SET ROLE many_tenant;
SET search_path = many_tenants, opportunities, public;
CREATE FUNCTION pg_temp.fill(tenant text, category text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, false);
	INSERT INTO pipeline (id, name) VALUES (length(tenant), 'Sales');
	INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (length(tenant) * 10, length(tenant), 'Lead', 1, 'open'), (length(tenant) * 10 + 1, length(tenant), 'Won', 2, 'won');
	INSERT INTO product (id, name, category) VALUES (length(tenant), 'P', category);
	INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, tags) VALUES (length(tenant), length(tenant), length(tenant) * 10, 'A', 5, ARRAY[category]);
	INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price) VALUES (length(tenant), length(tenant), 1, 1);
END $$;
SELECT pg_temp.fill('a', 'of a'), pg_temp.fill('bb', 'of b') \g /dev/null
SELECT dimensions, count FROM report(by => '{opportunity_line.product.category,each(tags)}');
SET opportunities.tenant = 'a';
SELECT dimensions, count FROM report(by => '{opportunity_line.product.category,each(tags)}', subtotals => true, scope => '{"stage_id": 10}');
RESET ROLE;
DROP OWNED BY many_tenant;
DROP ROLE many_tenant;
SET client_min_messages = warning;
DROP SCHEMA many_tenants CASCADE;
DROP SCHEMA many_crm CASCADE;
