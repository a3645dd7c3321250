-- Other products' CRMs mapped by views, as examples/ shows them: a few rows with the right values by hand, then 12,000 more
-- beside what the product's own SQL says of them, and the indexes that their pages need.
SET TimeZone = 'UTC';

\i examples/odoo.sql

INSERT INTO odoo.crm_lead (name, type, active, priority, won_status, stage_id, company_id, expected_revenue, probability, create_date, write_date)
SELECT 'Filled ' || i, CASE WHEN i % 13 = 0 THEN 'lead' ELSE 'opportunity' END, i % 4 = 3 OR i % 5 > 0, (i % 4)::text,
	CASE WHEN i % 4 = 3 THEN 'won' WHEN i % 5 = 0 AND i % 3 > 0 THEN 'lost' ELSE 'pending' END, 1 + i % 4, nullif(i % 3, 0), nullif(i % 17, 0) * 1.37,
	CASE WHEN i % 4 = 3 THEN 100 WHEN i % 5 = 0 AND i % 3 > 0 THEN 0 ELSE i % 98 + 0.33 END, '2026-01-01', '2026-02-01'
FROM generate_series(1, 12000) AS i;
UPDATE odoo.crm_lead SET prorated_revenue = round(coalesce(expected_revenue, 0) * probability::numeric / 100, 2);
VACUUM ANALYZE odoo.crm_lead;
-- a column is the sum of what isn't archived; what is rounded for each row differs by less than half a cent a row
SELECT count(*) AS groups, count(*) FILTER (WHERE (own.count, own.final) IS DISTINCT FROM (r.count, r.final_total)) AS different,
	bool_and(abs(own.prorated - r.estimated_total) < 0.005 * own.count) AS near
FROM (SELECT l.stage_id, c.name AS currency, count(*) AS count, coalesce(sum(l.expected_revenue), 0) AS final, sum(l.prorated_revenue) AS prorated
	FROM odoo.crm_lead AS l JOIN odoo.res_company AS co ON co.id = coalesce(l.company_id, 1) JOIN odoo.res_currency AS c ON c.id = co.currency_id
	WHERE l.type = 'opportunity' AND l.active GROUP BY 1, 2) AS own
FULL JOIN opportunities.report('odoo_board.opportunity', by => '{stage_id,currency}', include_archived => false) AS r
	ON r.dimensions ->> 'stage_id' = own.stage_id::text AND r.dimensions ->> 'currency' = own.currency;
-- won: of probability 100 in a stage that is won; lost: archived of probability 0
SELECT (r.won, r.lost) = (own.won, own.lost) AS same, r.won > 1000 AND r.lost > 1000 AS many
FROM opportunities.report('odoo_board.opportunity') AS r,
	(SELECT count(*) FILTER (WHERE s.is_won AND l.probability = 100) AS won, count(*) FILTER (WHERE NOT l.active AND l.probability = 0) AS lost
	FROM odoo.crm_lead AS l JOIN odoo.crm_stage AS s ON s.id = l.stage_id WHERE l.type = 'opportunity') AS own;
SELECT * FROM opportunities.check_crm('odoo_board');
-- check_crm can't know of a board's sort: a page of such a column comes by its index
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT bool_or(line LIKE '%crm_lead_stage_id_priority_id_idx%') AS by_index, bool_or(line LIKE '%Sort%') AS sorted
FROM pg_temp.plan(opportunities.list_sql('odoo_board.opportunity', fields => '{title}', scope => '{"stage_id": 1}', sort => '{-priority,-id}') || ' LIMIT 50') AS line;

-- each sees what the tables below show to him
CREATE ROLE regress_seller;
GRANT USAGE ON SCHEMA odoo, odoo_board TO regress_seller;
GRANT SELECT ON ALL TABLES IN SCHEMA odoo, odoo_board TO regress_seller;
ALTER TABLE odoo.crm_lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON odoo.crm_lead USING (user_id = 2);
SET ROLE regress_seller;
SELECT stage, count, final_total, currency FROM opportunities.board('odoo_board.opportunity') WHERE count > 0;
RESET ROLE;

\i examples/twenty.sql

INSERT INTO twenty.opportunity ("id", "name", "stage", "amountAmountMicros", "amountCurrencyCode", "position", "createdAt", "deletedAt")
SELECT md5(i::text)::uuid, 'Filled ' || i, (enum_range(NULL::twenty.opportunity_stage_enum))[1 + i % 6], nullif(i % 17, 0) * 1230000, CASE WHEN i % 17 = 0 THEN '' WHEN i % 5 = 0 THEN 'EUR' ELSE 'USD' END,
	i * 0.5, '2025-01-01'::timestamptz + i * interval '1 hour', CASE WHEN i % 25 = 0 THEN now() END
FROM generate_series(1, 12000) AS i;
VACUUM ANALYZE twenty.opportunity;
SELECT count(*) AS groups, count(*) FILTER (WHERE (own.count, own.micros) IS DISTINCT FROM (r.count, r.final_total * 1000000)) AS different
FROM (SELECT "stage", "amountCurrencyCode" AS currency, count(*) AS count, coalesce(sum("amountAmountMicros"), 0) AS micros FROM twenty.opportunity WHERE "deletedAt" IS NULL GROUP BY 1, 2) AS own
FULL JOIN opportunities.report('twenty_board.opportunity', by => '{stage_id,currency}') AS r
	ON r.dimensions ->> 'stage_id' = own."stage"::text AND r.dimensions ->> 'currency' = own.currency;
SELECT * FROM opportunities.check_crm('twenty_board');
DROP INDEX twenty."opportunity_createdAt_id_idx", twenty.opportunity_stage_expr_id_idx, twenty."opportunity_stage_createdAt_id_idx";
SELECT * FROM opportunities.check_crm('twenty_board');

\i examples/espocrm.sql

INSERT INTO espocrm.opportunity (id, name, deleted, amount, amount_currency, stage, probability, close_date, created_at)
SELECT 'filled' || i, 'Filled ' || i, i % 25 = 0, nullif(i % 17, 0) * 1.37, (ARRAY['USD','EUR','IRR'])[1 + i % 3], (ARRAY['Prospecting','Qualification','Proposal','Negotiation','Closed Won','Closed Lost'])[1 + i % 6],
	(ARRAY[10, 20, 50, 80, 100, 0])[1 + i % 6], '2026-10-01', '2025-01-01'::timestamp + i * interval '1 hour'
FROM generate_series(1, 12000) AS i;
VACUUM ANALYZE espocrm.opportunity;
-- its own sums are of floats
SELECT count(*) AS groups, count(*) FILTER (WHERE own.count IS DISTINCT FROM r.count) AS different,
	bool_and(abs(own.converted - r.final_total::float8) <= 1e-12 * own.converted AND abs(own.weighted - r.estimated_total::float8) <= 1e-12 * own.weighted) AS near
FROM (SELECT o.stage, count(*) AS count, coalesce(sum(o.amount * c.rate), 0) AS converted, coalesce(sum(o.amount * c.rate * o.probability / 100), 0) AS weighted
	FROM espocrm.opportunity AS o LEFT JOIN espocrm.currency AS c ON c.id = o.amount_currency WHERE o.deleted = false GROUP BY 1) AS own
FULL JOIN opportunities.report('espocrm_board.opportunity', by => '{stage_id}') AS r ON r.dimensions ->> 'stage_id' = own.stage;
SELECT * FROM opportunities.check_crm('espocrm_board');
DROP INDEX espocrm.opportunity_timezone_id_idx, espocrm.opportunity_stage_timezone_id_idx;
SELECT * FROM opportunities.check_crm('espocrm_board');

-- every view shows what its reader may see
SELECT count(*) AS views, count(*) FILTER (WHERE reloptions @> '{security_invoker=true}') AS invokers
FROM pg_class WHERE relkind = 'v' AND relnamespace IN ('odoo_board'::regnamespace, 'twenty_board'::regnamespace, 'espocrm_board'::regnamespace);

SET client_min_messages = warning;
DROP SCHEMA odoo, odoo_board, twenty, twenty_board, espocrm, espocrm_board CASCADE;
DROP ROLE regress_seller;
