-- The public "CRM Sales Opportunities" data set, where it lies beside the checkout.
\set data ../shared/data/crm-sales
\set found `test -r ../shared/data/crm-sales/sales_pipeline.csv && echo yes || echo no`
\if :found
\else
\echo The public data set is not there: nothing to test.
\quit
\endif

SET DateStyle = 'ISO, MDY';
SELECT opportunities.create_crm('public_crm');
SET search_path = public_crm;

CREATE TEMP TABLE raw (opportunity_id text, sales_agent text, product text, account text, deal_stage text,
	engage_date date, close_date date, close_value numeric);
\set copy '\\copy raw FROM ' :data '/sales_pipeline.csv WITH (FORMAT csv, HEADER)'
:copy

INSERT INTO account (name) SELECT DISTINCT account FROM raw WHERE account IS NOT NULL;
INSERT INTO pipeline (id, name) VALUES (1, 'Hardware');
INSERT INTO stage (id, pipeline_id, name, position, kind, probability) VALUES
	(1, 1, 'Prospecting', 1, 'open', 10), (2, 1, 'Engaging', 2, 'open', 50),
	(3, 1, 'Won', 3, 'won', NULL), (4, 1, 'Lost', 4, 'lost', NULL);
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, amount, created_at, closed_at, custom)
SELECT 1, stage.id, product, account.id, sales_agent, close_value, coalesce(engage_date, '2016-10-01'),
	CASE WHEN stage.kind <> 'open' THEN close_date END, jsonb_build_object('key', opportunity_id)
FROM raw JOIN stage ON stage.name = deal_stage LEFT JOIN account ON account.name = raw.account;

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
SELECT * FROM opportunities.check_crm('public_crm');

SET client_min_messages = warning;
DROP SCHEMA public_crm CASCADE;
