-- The public "CRM Sales Opportunities" data set in the schema public_crm.
\set data ../shared/data/crm-sales
SET DateStyle = 'ISO, MDY';
SET client_min_messages = warning;
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
