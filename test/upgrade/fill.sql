-- A database as people may have it: two CRMs, one of them with tenants, a third one behind views, and objects of their own
-- that rest on the extension.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE ROLE seller NOLOGIN;
CREATE ROLE sara LOGIN IN ROLE seller;
CREATE ROLE application LOGIN;
CREATE DATABASE company;
ALTER DATABASE company SET opportunities.time_zone = 'Asia/Tehran';
\connect company
SET client_min_messages = warning;
CREATE EXTENSION opportunities;
CREATE EXTENSION pg_trgm;
SELECT opportunities.create_crm('crm', starter => true) \g /dev/null
SELECT opportunities.create_crm('shared', tenant => true) \g /dev/null

-- the plain one: some of everything
SET search_path = crm;
INSERT INTO app_user (login, name, manager) VALUES ('omid', 'Omid', NULL), ('ali', 'Ali', 'omid'), ('sara', 'Sara', 'omid');
INSERT INTO account (name, kind) SELECT 'Account ' || n, CASE n % 2 WHEN 0 THEN 'person' ELSE 'organization' END FROM generate_series(1, 50) AS n;
INSERT INTO account (name) VALUES ('شرکت کتاب'), ('نرم‌افزار'), ('Straße');
INSERT INTO choice (field, value, active) VALUES ('source', 'web', true), ('source', 'fair', false);
INSERT INTO custom_field (name, type) VALUES ('employees', 'number'), ('since', 'date');
INSERT INTO product (name, unit_price) SELECT 'Product ' || n, n * 3.25 FROM generate_series(1, 10) AS n;
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, account_id, amount, probability, currency, tags, custom, expected_close)
SELECT s.pipeline_id, s.id, 'Deal ' || n, (ARRAY['omid', 'ali', 'sara'])[n % 3 + 1], n % 50 + 1, n * 10.50, n % 101,
	CASE n % 4 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' END, CASE n % 5 WHEN 0 THEN '{vip,large}'::text[] ELSE '{}' END,
	jsonb_build_object('employees', n, 'since', date '2020-01-01' + n), date '2026-01-01' + n
FROM generate_series(1, 600) AS n JOIN stage AS s ON s.position = n % 6 + 1;
INSERT INTO opportunity (pipeline_id, title, amount) SELECT id, 'Not staged', 1e30 FROM pipeline;
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent)
SELECT n, n % 10 + 1, 2.5, n * 1.11, 10, 9 FROM generate_series(1, 100) AS n;
UPDATE opportunity SET title = title || '!' WHERE id % 7 = 0;
SELECT opportunities.move(id::text, ((SELECT id FROM stage WHERE position = 3))::text) FROM opportunity WHERE id < 40 AND id % 6 = 1 \g /dev/null
SELECT opportunities.log_activity(ARRAY[n, n + 1], 'call', subject => 'Called', due_at => CASE n % 2 WHEN 0 THEN timestamptz '2026-12-01' END)
FROM generate_series(1, 50) AS n \g /dev/null
SELECT opportunities.issue_quote(n, true) FROM generate_series(1, 8) AS n \g /dev/null
SELECT opportunities.invoice_quote(id, id % 3 > 0) FROM document WHERE kind = 'quote' AND number < 7 ORDER BY id \g /dev/null
SELECT opportunities.issue_return(min(id), true) FROM document WHERE kind = 'invoice' AND status = 'confirmed' \g /dev/null
UPDATE document SET status = 'void' WHERE kind = 'invoice' AND number = 2;
INSERT INTO payment (opportunity_id, amount, currency, paid_on) SELECT id, 7.5, currency, '2026-01-01' FROM opportunity WHERE id IN (2, 3);
SELECT opportunities.save_filter('large', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 3000},
	{"field": "account.name", "operator": "contains", "value": "account"}]}', shared => true),
	opportunities.save_filter('deals', '{"combinator": "or", "rules": [{"field": "title", "operator": "contains", "value": "deal"},
	{"field": "custom.employees", "operator": ">", "value": 10}]}', shared => true),
	opportunities.save_filter('mine', '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}') \g /dev/null
SELECT opportunities.save_view('board', 'kanban', '{title,amount,account.name}', '{-amount}', filter => 'large') \g /dev/null
ALTER TABLE app_user DISABLE TRIGGER zz_log;

-- columns, triggers, rights and policies that people add to it
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
	$$BEGIN NEW.description := concat(NEW.description, ' by ', opportunities.me()); RETURN NEW; END$$;
CREATE TRIGGER aa_stamp BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW WHEN (NEW.title LIKE 'Stamp%') EXECUTE FUNCTION stamp();
ALTER TABLE opportunity ADD COLUMN entered_by text DEFAULT opportunities.me();
CREATE INDEX ON opportunity (opportunities.fold(title));
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO seller USING (owner = opportunities.me() OR opportunities.matches(opportunity, 'large'));
GRANT USAGE ON SCHEMA crm TO seller;
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO seller;
REVOKE EXECUTE ON FUNCTION opportunities.bulk_edit, opportunities.bulk_delete FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opportunities.bulk_edit TO seller;
COMMENT ON COLUMN opportunity.campaign IS 'Ours: the advertisement';

-- tenants
SET search_path = shared;
GRANT USAGE ON SCHEMA shared TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shared TO application;
SET opportunities.tenant = 'acme';
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO stage (pipeline_id, name, position, kind) SELECT p.id, s.name, s.position, s.kind
FROM pipeline AS p, (VALUES ('Open', 1, 'open'), ('Won', 2, 'won'), ('Lost', 3, 'lost')) AS s (name, position, kind);
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, probability)
SELECT pipeline_id, id, 'Ours ' || n, n, 50 FROM stage, generate_series(1, 20) AS n WHERE kind = 'open';
SELECT opportunities.issue_invoice(min(id), true) FROM opportunity \g /dev/null
SELECT opportunities.save_filter('small', '{"combinator": "and", "rules": [{"field": "amount", "operator": "<", "value": 5}]}', true) \g /dev/null
SET opportunities.tenant = 'globex';
INSERT INTO pipeline (name) VALUES ('Theirs');
INSERT INTO account (name) VALUES ('A friend of theirs');
RESET opportunities.tenant;

-- a CRM that was there before, with keys and words of its own
CREATE SCHEMA legacy;
SET search_path = legacy;
CREATE TABLE phases (key uuid PRIMARY KEY, label text, rank int, outcome text);
CREATE TABLE deals (key uuid PRIMARY KEY, phase uuid REFERENCES phases, subject text, worth numeric(12,2), chance int);
INSERT INTO phases SELECT md5(l)::uuid, l, r, o FROM (VALUES ('Talk', 1, NULL), ('Signed', 2, 'won')) AS p (l, r, o);
INSERT INTO deals SELECT md5(n::text)::uuid, md5(CASE n % 3 WHEN 0 THEN 'Signed' ELSE 'Talk' END)::uuid, 'Old deal ' || n, n * 99.9, n % 100
FROM generate_series(1, 50) AS n;
CREATE VIEW stage AS SELECT key AS id, label AS name, rank AS position, coalesce(outcome, 'open') AS kind FROM phases;
CREATE VIEW opportunity AS SELECT key AS id, phase AS stage_id, subject AS title, worth AS amount, chance AS probability FROM deals;
SELECT opportunities.create_crm('legacy', parts => '{filters}') \g /dev/null
SELECT opportunities.save_filter('dear', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 1000}]}', true) \g /dev/null

-- what people build on top: filters in views, totals in tables and their indexes, folded text in columns
CREATE SCHEMA own;
SET search_path = own;
CREATE VIEW large AS SELECT id, title, amount FROM crm.opportunity AS o WHERE opportunities.matches(o, 'large');
CREATE VIEW dear AS SELECT * FROM legacy.opportunity AS o WHERE opportunities.matches(o, 'dear');
CREATE MATERIALIZED VIEW by_stage AS SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency), count(*)
FROM crm.opportunity AS o WHERE opportunities.matches(o, 'deals') GROUP BY 1;
CREATE UNIQUE INDEX ON by_stage (stage_id);
CREATE MATERIALIZED VIEW later AS SELECT * FROM large WITH NO DATA;
CREATE TABLE kept (id serial PRIMARY KEY, stage_id bigint, totals opportunities.totals, nothing opportunities.totals DEFAULT '(2,1.00[1,0,-1],0,5)',
	parts opportunities.totals[]);
INSERT INTO kept (stage_id, totals, parts)
SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency), ARRAY[opportunities.totals(amount, probability, realized_amount)]
FROM crm.opportunity GROUP BY stage_id, owner, expected_close;
CREATE INDEX kept_totals ON kept (totals);
CREATE INDEX kept_hash ON kept USING hash (totals);
CREATE UNIQUE INDEX kept_count ON kept (opportunities.opportunity_count(totals), id);
CREATE STATISTICS kept_statistics (mcv) ON stage_id, totals FROM kept;
CREATE TABLE spread (id bigint, totals opportunities.totals) PARTITION BY HASH (totals);
CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE spread_1 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO spread SELECT id, totals FROM kept;
CREATE TABLE ranged (id bigint, totals opportunities.totals) PARTITION BY RANGE (totals);
CREATE TABLE ranged_low PARTITION OF ranged FOR VALUES FROM (MINVALUE) TO ('(1,500,0,0)');
CREATE TABLE ranged_high PARTITION OF ranged FOR VALUES FROM ('(1,500,0,0)') TO (MAXVALUE);
INSERT INTO ranged SELECT id, totals FROM kept;
CREATE TABLE folded (written text CHECK (opportunities.fold(written) <> ''), folded text GENERATED ALWAYS AS (opportunities.fold(written)) STORED);
INSERT INTO folded VALUES ('ABC'), ('كتاب ۱۲'), ('Ꟍara');
VACUUM ANALYZE;
