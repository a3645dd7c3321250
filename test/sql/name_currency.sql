-- name_currency: what is in the unnamed currency gets one that has a name.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_name', starter => true);
SET search_path = crm_name;
INSERT INTO product (name, unit_price, currency) VALUES ('Switch', 100, NULL), ('Phone', 30, 'USD');
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency) VALUES (1, 1, 'lines', NULL, NULL), (1, 1, 'drafts', NULL, NULL), (1, 1, 'by hand', 7.25, NULL),
	(1, 1, 'dollars', 9.99, 'USD'), (1, NULL, 'nothing', NULL, NULL), (1, 1, 'papers', NULL, NULL);
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, tax_percent) VALUES (1, 1, 2, 10), (6, 1, 3, 0);
-- 3 × 0.335 = 1.005: 1.01 with two digits, 1 without any, 1.005 with three; the tax of 10 % on that 0.10, 0, 0.101 (half away from zero)
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, tax_percent) VALUES (1, 3, 0.335, 10), (2, 3, 0.335, 10);
SELECT opportunities.issue_quote(2, relation => 'opportunity') AS draft, opportunities.issue_invoice(6, true, 'opportunity') AS invoice, opportunities.issue_quote(6, true, 'opportunity') AS void \gset
UPDATE document SET status = 'void' WHERE id = :void;
INSERT INTO payment (opportunity_id, document_id, amount) VALUES (6, :invoice, 99.50);
CREATE TEMP TABLE before AS SELECT id, amount, realized_amount, version FROM opportunity;
CREATE VIEW named AS SELECT 'opportunity' AS relation, currency, count(*) FROM opportunity GROUP BY 2 UNION ALL SELECT 'product', currency, count(*) FROM product GROUP BY 2
	UNION ALL SELECT 'document ' || status, currency, count(*) FROM document GROUP BY status, 2 UNION ALL SELECT 'payment', currency, count(*) FROM payment GROUP BY 2;
CREATE VIEW sums AS SELECT o.id, o.currency, o.amount, o.realized_amount, l.net, l.tax, d.status, d.total FROM opportunity AS o
	LEFT JOIN (SELECT opportunity_id, sum(net) AS net, sum(tax) AS tax FROM opportunity_line GROUP BY 1) AS l ON l.opportunity_id = o.id LEFT JOIN document AS d ON d.opportunity_id = o.id
	ORDER BY o.id, d.id;
SELECT * FROM named ORDER BY 1, 2;
SELECT * FROM sums;

-- Row by row there is no way. check_crm has advice, once new ones are in another.
SET opportunities.currency = 'usd';
SET client_min_messages = notice;
SELECT count(*) FROM opportunities.check_crm('crm_name');
SET client_min_messages = warning;
RESET opportunities.currency;
SELECT pg_temp.attempt($$UPDATE opportunity SET currency = 'EUR' WHERE id = 6$$);

-- All at once, and no number changes. A change of the opportunity that people make, of which history tells.
BEGIN;
ALTER TABLE document ENABLE ALWAYS TRIGGER zz_row;
ALTER TABLE payment DISABLE TRIGGER zz_row;
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.description := concat(OLD.currency, '→', NEW.currency); RETURN NEW; END$$;
CREATE TRIGGER aa_own BEFORE UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION own();
SET client_min_messages = notice;
SELECT opportunities.name_currency(' eur ', 'crm_name');
SET client_min_messages = warning;
SELECT * FROM named ORDER BY 1, 2;
SELECT * FROM sums;
SELECT o.id FROM opportunity AS o JOIN before AS b USING (id) WHERE o.amount IS DISTINCT FROM b.amount OR o.realized_amount <> b.realized_amount;
SELECT id, o.version - b.version AS changes, updated_by, description FROM opportunity AS o JOIN before AS b USING (id) ORDER BY id;
SELECT table_name, field, changed_by, old, new, count(*) FROM change_log WHERE action = 'update' AND changed_at = now() GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2;
SELECT tgrelid::regclass, tgenabled FROM pg_trigger WHERE tgname = 'zz_row' AND tgrelid::regclass::text !~ '\.' AND tgenabled <> 'O' ORDER BY 1;
ALTER TABLE payment ENABLE TRIGGER zz_row;
SELECT * FROM opportunities.check_crm('crm_name');
SELECT pg_temp.attempt($$SELECT opportunities.edit_opportunity('3', '{"title": "stale"}', 1, relation => 'opportunity')$$);
-- (what comes is in that currency; another time there is nothing to name, but what was named otherwise stays)
INSERT INTO document (opportunity_id, kind) VALUES (6, 'quote') RETURNING currency;
SET opportunities.currency = 'EUR';
SET client_min_messages = notice;
SELECT opportunities.name_currency('CHF', 'crm_name');
SELECT opportunities.name_currency('EUR', 'crm_name');
RESET opportunities.currency;
SET client_min_messages = warning;
ROLLBACK;

-- Of other digits: lines and drafts are rounded to them, and amounts follow; not so what stands on a paper.
BEGIN;
SELECT opportunities.name_currency('JPY', 'crm_name');
SELECT * FROM sums;
SELECT * FROM opportunities.check_crm('crm_name');
ROLLBACK;
BEGIN;
SELECT opportunities.name_currency('KWD', 'crm_name');
SELECT * FROM sums;
SELECT * FROM opportunities.check_crm('crm_name');
ROLLBACK;
BEGIN;
UPDATE document SET status = 'confirmed' WHERE id = :draft;
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('JPY', 'crm_name')$$);
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('KWD', 'crm_name')$$);
SELECT * FROM sums WHERE id = 2;
SELECT opportunities.name_currency('USD', 'crm_name');
SELECT * FROM opportunities.check_crm('crm_name');
ROLLBACK;
-- A line that returns one of a paper may take less than it comes to: it isn't computed anew either.
BEGIN;
INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (900, 6, 'return', :invoice);
INSERT INTO document_line (document_id, source_line_id, quantity, unit_price) SELECT 900, id, 0.33333, unit_price FROM document_line WHERE document_id = :invoice;
SELECT net FROM document_line WHERE document_id = 900; -- 33.333, rounded
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('JPY', 'crm_name')$$);
SELECT opportunities.name_currency('KWD', 'crm_name');
SELECT * FROM opportunities.check_crm('crm_name');
ROLLBACK;

-- Rollups follow.
BEGIN;
SELECT opportunities.create_rollup('opportunity', by => '{currency}');
SELECT opportunities.name_currency('JPY', 'crm_name');
SELECT * FROM opportunities.check_rollup('opportunity');
SELECT dimensions, count, final_total FROM opportunities.report('opportunity', '{currency}') ORDER BY 1;
ROLLBACK;

-- Errors.
SELECT pg_temp.attempt($$SELECT opportunities.name_currency(NULL, 'crm_name')$$);
SELECT pg_temp.attempt($$SELECT opportunities.name_currency(' ', 'crm_name')$$);
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('12345678901234567', 'crm_name')$$);
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', 'crm_nam')$$);
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', NULL)$$);
CREATE SCHEMA crm_name_mapped;
CREATE VIEW crm_name_mapped.opportunity AS SELECT 1 AS id, 1 AS stage_id, 5 AS amount, 5 AS probability;
SELECT opportunities.create_crm('crm_name_mapped', parts => '{filters}');
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', 'crm_name_mapped')$$);
BEGIN;
ALTER TABLE payment RENAME COLUMN currency TO money;
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', 'crm_name')$$);
ROLLBACK;
CREATE ROLE regress_namer;
GRANT USAGE ON SCHEMA crm_name TO regress_namer;
GRANT ALL ON ALL TABLES IN SCHEMA crm_name TO regress_namer;
SET ROLE regress_namer;
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', 'crm_name')$$);
RESET ROLE;
DROP OWNED BY regress_namer;
DROP ROLE regress_namer;
SELECT DISTINCT currency FROM opportunity ORDER BY 1;

-- With tenants, those of the tenant that is set.
SELECT opportunities.create_crm('crm_name_many', tenant => true);
SET search_path = crm_name_many;
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('EUR', 'crm_name_many')$$);
CREATE PROCEDURE fill(tenant text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, false);
	INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
	INSERT INTO product (id, name, unit_price) VALUES (1, 'Switch', 0.335);
	INSERT INTO opportunity (id, pipeline_id, title) VALUES (1, 1, 'lines');
	INSERT INTO opportunity_line (id, opportunity_id, product_id, quantity) VALUES (1, 1, 1, 3);
	PERFORM opportunities.issue_quote(1, relation => 'opportunity');
	INSERT INTO payment (opportunity_id, amount) VALUES (1, 5);
END $$;
CALL fill('acme');
CALL fill('globex');
SELECT opportunities.name_currency('JPY', 'crm_name_many');
SELECT o.tenant_id, o.currency, o.amount, l.net, d.currency, d.total, p.currency, r.currency FROM opportunity AS o JOIN opportunity_line AS l USING (tenant_id) JOIN document AS d USING (tenant_id)
	JOIN payment AS p USING (tenant_id) JOIN product AS r USING (tenant_id) ORDER BY 1;
SELECT * FROM opportunities.check_crm('crm_name_many');

RESET search_path;
DROP SCHEMA crm_name, crm_name_mapped, crm_name_many CASCADE;
