-- What may not be written is refused before anything is looked up for it, whatever else is wrong with it.
SET client_min_messages = warning;
SET opportunities.tenant = 'globex';
SELECT opportunities.create_crm('crm_row', tenant => true, starter => true);
SET search_path = crm_row;
\i test/data/attempt.sql
CREATE ROLE regress_application;
GRANT USAGE ON SCHEMA crm_row TO regress_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_row TO regress_application;

-- globex: an opportunity of 2566.64 with a quote, an invoice and a payment, choices, types of fields, prices
INSERT INTO product (name, unit_price, currency) VALUES ('Secret', 123.45, 'CHF'), ('Free', NULL, NULL);
INSERT INTO choice (field, value) VALUES ('type', 'secret'), ('custom.size', 'secret');
INSERT INTO custom_field (name, type) VALUES ('size', 'number');
UPDATE stage SET reason_required = true WHERE name = 'Lost';
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency) VALUES (1, 1, 'Secret', 2566.64, 'CHF');
INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1);
INSERT INTO activity (opportunity_id, kind) VALUES (1, 'call');
SELECT opportunities.issue_quote(1, true);
SELECT opportunities.invoice_quote(1, true);
SELECT opportunities.issue_quote(1);
INSERT INTO payment (opportunity_id, amount) VALUES (1, 10);
SELECT opportunities.save_filter('Secret', '{"rules": []}', true) > 0 AS saved;

-- acme: an opportunity that has a line, a draft, a payment, an activity
SET ROLE regress_application;
SET opportunities.tenant = 'acme';
WITH p AS (INSERT INTO pipeline (id, name) VALUES (20, 'Sales') RETURNING id)
INSERT INTO stage (id, pipeline_id, name, position, kind)
SELECT v.id, p.id, v.name, v.position, v.kind FROM p, (VALUES (21, 'Lead', 1, 'open'), (22, 'Won', 2, 'won')) AS v (id, name, position, kind);
INSERT INTO account (name) VALUES ('Mine');
INSERT INTO product (name, unit_price) VALUES ('Mine', 1);
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (2, 20, 21, 'Mine');
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (2, 5);
INSERT INTO payment (opportunity_id, amount) VALUES (2, 1);
INSERT INTO activity (opportunity_id, kind) VALUES (2, 'call');
INSERT INTO choice (field, value) VALUES ('source', 'mine');
INSERT INTO custom_field (name) VALUES ('mine');
SELECT opportunities.issue_quote(2) > 0 AS issued, opportunities.save_filter('Mine', '{"rules": []}') > 0 AS saved;

-- Rows of globex, and of nobody, with everything in them that a trigger could say something about.
CREATE TEMP TABLE try (number int GENERATED ALWAYS AS IDENTITY, name text, sql text);
INSERT INTO try (name, sql)
SELECT v.name, format('INSERT INTO %I (tenant_id, %s) VALUES (%s, %s)', v.name, v.columns, t.tenant, v.row)
FROM (VALUES
	('opportunity', 'pipeline_id, stage_id, title', '20, 1, ''x'''), ('opportunity', 'pipeline_id, stage_id, title', '1, 6, ''x'''),
	('opportunity', 'pipeline_id, stage_id, title', '1, 999, ''x'''), ('opportunity', 'pipeline_id, stage_id, title, closed_on', '1, 1, ''x'', current_date'),
	('opportunity', 'pipeline_id, title, type', '1, ''x'', ''secre'''), ('opportunity', 'pipeline_id, title, custom', '1, ''x'', ''{"size": "secre"}'''),
	('opportunity', 'pipeline_id, title, probability', '1, ''x'', 101'), ('opportunity', 'id, pipeline_id, title', '1, 1, '' '''),
	('opportunity_line', 'opportunity_id, product_id', '1, 1'), ('opportunity_line', 'opportunity_id, product_id', '1, 2'),
	('opportunity_line', 'opportunity_id, product_id', '1, 99'), ('opportunity_line', 'opportunity_id, product_id', '99, 1'),
	('opportunity_line', 'opportunity_id, product_id, quantity', '1, 1, ''1e99'''), ('opportunity_line', 'opportunity_id, quantity', '1, ''NaN'''),
	('document', 'opportunity_id, kind', '1, ''quote'''), ('document', 'opportunity_id, kind, currency', '1, ''quote'', ''USD'''),
	('document', 'opportunity_id, kind, source_document_id', '1, ''invoice'', 1'), ('document', 'opportunity_id, kind, source_document_id', '1, ''return'', 2'),
	('document', 'opportunity_id, kind, source_document_id', '1, ''return'', 3'), ('document', 'opportunity_id, kind, status', '1, ''invoice'', ''confirmed'''),
	('document_line', 'document_id, product_id', '1, 1'), ('document_line', 'document_id, product_id', '3, 1'),
	('document_line', 'document_id, source_line_id, unit_price', '3, 1, 1'), ('document_line', 'document_id', '99'),
	('payment', 'opportunity_id, amount, currency', '1, 1, ''USD'''), ('payment', 'opportunity_id, document_id, amount', '1, 2, 1'),
	('payment', 'opportunity_id, amount', '99, -1'), ('activity', 'opportunity_id, kind', '1, '' '''),
	('saved_filter', 'owner, name, definition', '''omid'', ''Secret'', ''{"rules": [{"field": "no"}]}'''), ('saved_view', 'pipeline_id, name, filter', '1, ''x'', ''Secre''')
) AS v (name, columns, row), (VALUES ('''globex'''), ('NULL')) AS t (tenant);
INSERT INTO try (name, sql) VALUES
	('opportunity', 'UPDATE opportunity SET tenant_id = ''globex'', id = 1, realized_amount = 1'),
	('opportunity', 'UPDATE opportunity SET tenant_id = ''globex'', id = 1, currency = ''USD'', amount_mode = ''auto'', stage_id = 6, type = ''secre'', last_activity_at = now()'),
	('opportunity_line', 'UPDATE opportunity_line SET tenant_id = ''globex'', opportunity_id = 1, product_id = 1, unit_price = NULL'),
	('document', 'UPDATE document SET tenant_id = ''globex'', id = 3, status = ''confirmed'''),
	('document_line', 'UPDATE document_line SET tenant_id = ''globex'', document_id = 1, quantity = 0'),
	('payment', 'UPDATE payment SET tenant_id = ''globex'', document_id = 2'),
	('activity', 'UPDATE activity SET tenant_id = ''globex'', opportunity_id = 1'),
	('saved_filter', 'UPDATE saved_filter SET tenant_id = ''globex'', name = ''Secret'', definition = ''{"rules": [{"field": "no"}]}'''),
	('opportunity', 'INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (2, 20, 21, ''x'') ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = ''globex'', realized_amount = 1'),
	('opportunity', 'MERGE INTO opportunity AS o USING (VALUES (2)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET tenant_id = ''globex'', realized_amount = 1'),
	('opportunity', 'MERGE INTO opportunity AS o USING (VALUES (77)) AS v (id) ON o.id = v.id WHEN NOT MATCHED THEN INSERT (tenant_id, pipeline_id, stage_id, title) VALUES (''globex'', 20, 1, ''x'')');
SELECT name, pg_temp.attempt(sql) AS error, count(*) FROM try GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name, sql FROM try WHERE pg_temp.attempt(sql) NOT LIKE '42501 new row violates row-level security policy for table "' || name || '"' ORDER BY number;
-- in the words of the server for a table without such triggers
SELECT pg_temp.attempt('INSERT INTO account (tenant_id, name) VALUES (''globex'', '' '')');

DROP TABLE try;

-- So it is through a view of the owner of the tables, whom no row security holds.
RESET ROLE;
CREATE VIEW all_lines AS SELECT * FROM opportunity_line;
CREATE VIEW own_opportunity AS SELECT * FROM opportunity WHERE tenant_id = opportunities.current_tenant() WITH CHECK OPTION;
GRANT SELECT, INSERT, UPDATE, DELETE ON all_lines, own_opportunity TO regress_application;
SET ROLE regress_application;
SELECT pg_temp.attempt('INSERT INTO all_lines (tenant_id, opportunity_id, product_id) VALUES (''globex'', 1, 1)');
SELECT pg_temp.attempt('UPDATE all_lines SET product_id = 1, unit_price = NULL WHERE opportunity_id = 1');
SELECT pg_temp.attempt('UPDATE own_opportunity SET tenant_id = ''globex'', realized_amount = 1');
SELECT pg_temp.attempt('INSERT INTO own_opportunity (tenant_id, pipeline_id, stage_id, title) VALUES (''globex'', 20, 1, ''x'')');
SELECT pg_temp.attempt('INSERT INTO own_opportunity (pipeline_id, stage_id, title) VALUES (20, 21, ''x'')');
RESET ROLE;
DROP VIEW all_lines, own_opportunity;

-- A partition is judged as the table that it belongs to.
ALTER TABLE activity RENAME TO activities;
CREATE TABLE activity (LIKE activities INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY, PRIMARY KEY (tenant_id, id, kind)) PARTITION BY LIST (kind);
CREATE TABLE calls PARTITION OF activity FOR VALUES IN ('call') PARTITION BY LIST (tenant_id);
CREATE TABLE my_calls (note text, LIKE activity INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE my_calls DROP COLUMN note;
ALTER TABLE calls ATTACH PARTITION my_calls DEFAULT;
CREATE TABLE others PARTITION OF activity DEFAULT;
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity USING (tenant_id = opportunities.current_tenant());
GRANT SELECT, INSERT, UPDATE ON activity, my_calls, others TO regress_application;
SET ROLE regress_application;
INSERT INTO activity (opportunity_id, kind) VALUES (2, 'call'), (2, 'note');
SELECT pg_temp.attempt('INSERT INTO activity (tenant_id, opportunity_id, kind) VALUES (''globex'', 1, ''call'')');
SELECT pg_temp.attempt('INSERT INTO my_calls (tenant_id, id, opportunity_id, kind) VALUES (''globex'', 50, 1, ''call'')');
SELECT pg_temp.attempt('UPDATE my_calls SET tenant_id = ''globex''');
COPY my_calls (tenant_id, id, opportunity_id, kind) FROM stdin;
globex	51	1	call
\.
SELECT pg_temp.attempt('UPDATE activity SET id = 99 WHERE kind = ''note''');
UPDATE activity SET kind = 'note' WHERE kind = 'call' RETURNING tenant_id, tableoid::regclass;
RESET ROLE;
DROP TABLE activity;
ALTER TABLE activities RENAME TO activity;

-- Nobody changes a tenant or an id, the owner of the tables neither; what is sent back unchanged is no change.
SELECT pg_temp.attempt('UPDATE opportunity SET tenant_id = ''acme'' WHERE title = ''Secret''');
SELECT pg_temp.attempt('UPDATE account SET tenant_id = ''globex''');
SET ROLE regress_application;
SELECT name, pg_temp.attempt(format('UPDATE %I SET id = id + 1000', name)) AS error
FROM unnest('{account,pipeline,stage,product,choice,custom_field,opportunity,opportunity_line,document,document_line,payment,activity,saved_filter}'::text[]) AS name;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (2, 20, 21, 'Mine')
ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = EXCLUDED.tenant_id, id = EXCLUDED.id, title = EXCLUDED.title RETURNING tenant_id, id, title, version;
RESET ROLE;

-- Who owns the tables writes rows of any tenant; and a column of that name is anybody's where no key begins with it.
INSERT INTO account (tenant_id, name) VALUES ('acme', 'By the owner');
SET opportunities.tenant = '';
INSERT INTO opportunity (tenant_id, pipeline_id, stage_id, title) VALUES ('acme', 20, 21, 'By the owner') RETURNING tenant_id, stage_id;
SELECT opportunities.create_crm('crm_row_single', starter => true);
ALTER TABLE crm_row_single.opportunity ADD COLUMN tenant_id text;
INSERT INTO crm_row_single.opportunity (pipeline_id, stage_id, title, tenant_id) VALUES (1, 1, 'x', 'a');
UPDATE crm_row_single.opportunity SET tenant_id = 'b' RETURNING tenant_id;

DROP SCHEMA crm_row, crm_row_single CASCADE;
DROP ROLE regress_application;
