-- The public "CRM Sales Opportunities" data set, where it lies beside the checkout.
\set found `test -r ../shared/data/crm-sales/sales_pipeline.csv && echo yes || echo no`
\if :found
\else
\echo The public data set is not there: nothing to test.
\quit
\endif

\i test/data/public_crm.sql

SELECT stage, count, final_total, realized_total, jsonb_array_length(cards) AS cards
FROM opportunities.board(include_archived => true);
-- closed years ago: not on the board of today
SELECT stage, count FROM opportunities.board();
-- against plain SQL, for every agent and stage
SELECT count(*) AS agents_and_stages, count(*) FILTER (WHERE b.count <> coalesce(s.count, 0) OR b.final_total <> coalesce(s.amount, 0)) AS different
FROM opportunities.board(include_archived => true, lane_by => 'owner', cards => 0) AS b
LEFT JOIN (SELECT owner, stage_id, count(*), sum(amount) AS amount FROM opportunity GROUP BY 1, 2) AS s
	ON s.owner IS NOT DISTINCT FROM b.lane AND s.stage_id::text IS NOT DISTINCT FROM b.stage_id;
SELECT count(*) AS without_account FROM opportunity WHERE account_id IS NULL;
SELECT opportunities.totals(amount, probability, realized_amount) FROM opportunity;
-- the list: totals of all rows, beside one of 176 pages
SELECT page -> 'totals' ->> 'count' AS count, page -> 'totals' ->> 'final_total' AS final_total, jsonb_array_length(page -> 'rows') AS rows, page -> 'rows' -> 0 - 'id' AS first_row
FROM opportunities.list(fields => '{title,account.name,owner,amount,stage.name,closed_on}', sort => '{-amount,closed_on,owner}') AS page;
-- reports: the win rate, and owners by quarter against plain SQL
SELECT count, won, lost, round(win_rate, 2) AS win_rate, won_total, round(avg_days_to_close, 1) AS days FROM opportunities.report();
SELECT count(*) AS owners_and_quarters, count(*) FILTER (WHERE (r.count, r.final_total, r.won, r.lost, r.open_count, r.won_total) IS DISTINCT FROM (s.count, s.amount, s.won, s.lost, s.open, s.won_amount)) AS different
FROM opportunities.report(by => '{owner,quarter(closed_on)}') AS r
FULL JOIN (SELECT owner, date_trunc('quarter', closed_on)::date AS quarter, count(*), coalesce(sum(amount), 0) AS amount,
		count(*) FILTER (WHERE stage_id = 3) AS won, count(*) FILTER (WHERE stage_id = 4) AS lost, count(*) FILTER (WHERE stage_id < 3) AS open,
		coalesce(sum(amount) FILTER (WHERE stage_id = 3), 0) AS won_amount
	FROM opportunity GROUP BY 1, 2) AS s
	ON r.dimensions = jsonb_build_object('owner', s.owner, 'quarter(closed_on)', s.quarter);
-- the pipeline as it stood: what was closed later was open, in a stage that nobody knows
SELECT state, count(*) FROM pipeline_on('2017-06-30') GROUP BY 1 ORDER BY 1;
SELECT (SELECT count(*) FROM raw WHERE coalesce(engage_date, '2016-10-01') <= '2017-06-30' AND (close_date <= '2017-06-30') IS NOT TRUE) AS open,
	(SELECT count(*) FROM raw WHERE close_date <= '2017-06-30' AND deal_stage = 'Won') AS won, (SELECT count(*) FROM raw WHERE close_date <= '2017-06-30' AND deal_stage = 'Lost') AS lost;
SELECT stage, stage_known, count(*) FROM pipeline_on('2017-06-30') WHERE state = 'open' GROUP BY 1, 2;
SELECT count(*) AS closed_later FROM pipeline_on('2017-06-30') AS p JOIN opportunity AS o ON o.id = p.opportunity_id WHERE p.state = 'open' AND o.closed_on IS NOT NULL;
-- its way filled in, as doc/history.md says: engaged on the day that it was entered
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, entered_at, left_at, changed_at, changed_by)
SELECT id, pipeline_id, 2, pipeline_id, stage_id, created_at, closed_at, closed_at, owner FROM opportunity WHERE closed_at IS NOT NULL ORDER BY closed_at;
SELECT stage, stage_known, count(*) FROM pipeline_on('2017-06-30') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT stage, entered, won, lost FROM funnel('2016-10-01', '2017-12-31') ORDER BY stage_position;
SELECT * FROM opportunities.check_crm('public_crm');

-- Lines: each deal is about one product, a closed one at its own value, an open one at the list price.
CREATE TEMP TABLE price (product text, series text, sales_price numeric);
\set copy '\\copy price FROM ' :data '/products.csv WITH (FORMAT csv, HEADER)'
:copy
INSERT INTO product (name, category, unit_price) SELECT product, series, sales_price FROM price;
INSERT INTO opportunity_line (opportunity_id, product_id, unit_price)
SELECT o.id, p.id, o.amount FROM opportunity AS o JOIN product AS p ON replace(p.name, ' ', '') = replace(o.title, ' ', '');
SELECT stage_id, amount_mode, count(*), sum(amount), max(version) FROM opportunity GROUP BY 1, 2 ORDER BY 1, 2;
UPDATE opportunity SET amount_mode = 'auto' WHERE amount_mode = 'manual';
SELECT stage_id, amount_mode, count(*), sum(amount), max(version) FROM opportunity GROUP BY 1, 2 ORDER BY 1, 2;
SELECT category, count(*) AS lines, sum(net) FILTER (WHERE stage_id = 3) AS won FROM opportunity_line AS l
JOIN product AS p ON p.id = l.product_id JOIN opportunity AS o ON o.id = l.opportunity_id GROUP BY 1 ORDER BY 1;
SELECT stage, count, final_total FROM opportunities.board(include_archived => true,
	rules => '{"rules": [{"field": "opportunity_line.product.category", "operator": "=", "value": "GTK"}]}');
SELECT * FROM opportunities.check_crm('public_crm');

SET client_min_messages = warning;
DROP SCHEMA public_crm CASCADE;
