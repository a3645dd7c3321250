-- A day's work with a CRM of 0.1.0 that has the rows of examples/demo.sql.
\set VERBOSITY terse
SET client_min_messages = error;
SET search_path = crm, opportunities, public;
SET opportunities.user_name = 'sara';
INSERT INTO opportunity (id, pipeline_id, title, amount, currency) VALUES (100, 1, 'Written before', 5, 'EUR');
UPDATE opportunity SET amount = amount + 1 WHERE id = 100;
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, tax_percent) VALUES (100, 3, 10.005, 9);
SELECT issue_quote(100, true) AS quote \gset
SELECT issue_quote(100) AS draft \gset
UPDATE document_line SET quantity = 4 WHERE document_id = :draft;
UPDATE document SET status = 'confirmed' WHERE id = :draft;
SELECT invoice_quote(:quote, true) AS invoice \gset
SELECT issue_return(:invoice, true) AS given_back \gset
UPDATE document SET status = 'void' WHERE id = :draft;
SELECT kind, status, number, currency, net, tax, total FROM document ORDER BY id;
SELECT id, net, tax FROM document_line ORDER BY id;
SELECT move('100', (SELECT id::text FROM stage WHERE name = 'Qualified')) ->> 'title';
SELECT move('100', (SELECT id::text FROM stage WHERE name = 'Negotiation')) ->> 'title';
SELECT move('100', (SELECT id::text FROM stage WHERE name = 'Lead')) ->> 'title';
SELECT move('100', (SELECT id::text FROM stage WHERE name = 'Won')) ->> 'title';
SELECT retire_stage('1', '2');
SELECT jsonb_agg(c ORDER BY f.name) FROM fields() AS f, jsonb_array_elements(f.choices) AS c WHERE c ? 'required';
SELECT my_rights();
BEGIN;
UPDATE stage SET active = false WHERE kind = 'lost' AND NOT EXISTS (SELECT FROM opportunity WHERE stage_id = stage.id);
INSERT INTO stage (pipeline_id, name, position) VALUES (1, 'New', 9);
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
BEGIN;
DELETE FROM opportunity_line; DELETE FROM opportunity WHERE stage_id = (SELECT id FROM stage WHERE kind = 'lost');
DELETE FROM stage WHERE kind = 'lost';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
SELECT list(fields => '{title}', in_currency => 'IRR', scope => '{"id": 100}') -> 'totals';
SELECT count(*) FROM report(by => '{forecast_category}');
SELECT count(*) FROM list_sql('document', fields => '{expired}');
SELECT stage, count, final_total FROM board(fields => '{title}');
SELECT id, stage_id, currency, amount, realized_amount, probability, close_reason FROM opportunity ORDER BY id;
SELECT currency, target, won, open FROM opportunities_internal.attainment('crm.opportunity', 'THIS_YEAR', NULL, NULL, NULL);
