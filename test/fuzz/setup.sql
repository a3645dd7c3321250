-- A CRM, whose tables are models of those that the fuzzers make, and whatever else they ask.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS opportunities;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
\ir tools.sql
\ir triggers.sql
\ir calls.sql
SELECT opportunities.create_crm('crm', starter => true) \g /dev/null
INSERT INTO crm.account (name) VALUES ('A'), ('B');
INSERT INTO crm.product (name, unit_price, currency) VALUES ('P', 9.99, NULL), ('Q', 5, 'EUR');
INSERT INTO crm.custom_field (name, type) VALUES ('x', 'number');
INSERT INTO crm.choice (field, value) VALUES ('source', 'x'), ('close_reason', 'price');
INSERT INTO crm.app_user (login, name) VALUES ('sara', 'Sara');
INSERT INTO crm.opportunity (pipeline_id, stage_id, title, amount, currency, account_id, tags, custom)
SELECT 1, 1 + n % 4, 'Deal ' || n, n * 10, CASE n % 2 WHEN 0 THEN 'EUR' END, 1 + n % 2, '{x}', '{"x": 1}' FROM generate_series(1, 6) AS n;
INSERT INTO crm.opportunity_line (opportunity_id, product_id, unit_price) SELECT id, 1, 5 FROM crm.opportunity;
INSERT INTO crm.activity (opportunity_id, kind, due_at) SELECT id, 'call', '2030-01-01' FROM crm.opportunity;
SELECT opportunities.issue_invoice(1, true, 'crm.opportunity'), opportunities.issue_quote(2, false, 'crm.opportunity') \g /dev/null
INSERT INTO crm.payment (opportunity_id, direction, amount) VALUES (1, 'in', 3);
SELECT opportunities.save_filter('hot', '{"combinator": "and", "rules": [{"field": "stage.kind", "operator": "=", "value": "open"}]}', true, 'crm.opportunity') \g /dev/null
SELECT opportunities.save_view('grid', 'grid', '{title,amount}', '{-amount}', NULL, 'hot', true, 'crm.opportunity') \g /dev/null

CREATE TYPE fuzz.pair AS (id bigint, title text);
CREATE VIEW fuzz.mapped AS SELECT id, stage_id, pipeline_id, amount, probability, title AS name FROM crm.opportunity;
CREATE TABLE fuzz.nothing ();
CREATE TABLE fuzz.numbers (a numeric, p numeric, r numeric, c text, t opportunities.totals);
CREATE SEQUENCE fuzz.counter;
CREATE INDEX ON fuzz.numbers (a);
INSERT INTO fuzz.numbers SELECT n, 50, n, CASE n % 3 WHEN 0 THEN 'EUR' END, NULL FROM generate_series(1, 20) AS n;
UPDATE fuzz.numbers SET t = (SELECT opportunities.totals(a, p, r, c) FROM fuzz.numbers);
INSERT INTO fuzz.seen SELECT definition FROM crm.saved_filter UNION ALL SELECT columns FROM crm.saved_view
UNION ALL SELECT t::jsonb FROM fuzz.numbers UNION ALL SELECT opportunities.list('crm.opportunity', size => 2)
UNION ALL SELECT opportunities.list('crm.opportunity', size => 2) -> 'next'
UNION ALL SELECT next FROM opportunities.board('crm.opportunity', cards => 1) WHERE next IS NOT NULL;
CREATE ROLE fuzz_seller;
GRANT USAGE ON SCHEMA crm, fuzz TO fuzz_seller;
GRANT ALL ON ALL TABLES IN SCHEMA crm TO fuzz_seller;
SELECT fuzz.serve() \g /dev/null
