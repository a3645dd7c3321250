-- What errors tell of rows that row security hides, and what a filter reads for whom.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_seen', starter => true);
SET search_path = crm_seen;
CREATE ROLE regress_seller;
GRANT USAGE ON SCHEMA crm_seen TO regress_seller;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA crm_seen TO regress_seller;
DO $$
DECLARE
	name text;
BEGIN
	ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON opportunity USING (owner = opportunities.me());
	FOREACH name IN ARRAY '{document,opportunity_line,payment}'::text[] LOOP
		EXECUTE format('ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY;
			CREATE POLICY own ON %1$I USING (EXISTS (SELECT FROM opportunity AS o WHERE o.id = %1$I.opportunity_id))', name);
	END LOOP;
	ALTER TABLE document_line ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON document_line USING (EXISTS (SELECT FROM document AS d WHERE d.id = document_line.document_id));
END $$;

-- sara's opportunity 1 and omid's 2, each with a confirmed quote (documents 1 and 2), an invoice of it (3 and 4) and a draft (5 and 6)
INSERT INTO product (name, unit_price, currency) VALUES ('Switch', 100, 'USD');
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, currency) VALUES (1, 1, 'Hers', 'sara', 100, 'EUR'), (1, 1, 'His', 'omid', 200, 'EUR');
SELECT opportunities.issue_quote(id, true) FROM opportunity ORDER BY id;
SELECT opportunities.invoice_quote(id) FROM document ORDER BY id;
SELECT opportunities.issue_quote(id) FROM opportunity ORDER BY id;

\i test/data/attempt.sql

-- The same mistakes with %1$s, an opportunity, and %2$s, %3$s and %4$s, its quote, invoice and draft.
CREATE TEMP TABLE mistake (number int GENERATED ALWAYS AS IDENTITY, sql text);
INSERT INTO mistake (sql) VALUES
	('INSERT INTO payment (opportunity_id, amount, currency) VALUES (%1$s, 1, ''USD'')'),
	('INSERT INTO document (opportunity_id, kind, currency) VALUES (%1$s, ''quote'', ''USD'')'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (%1$s, ''invoice'', %2$s)'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (%1$s, ''return'', %2$s)'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (%1$s, ''return'', %3$s)'),
	('INSERT INTO document_line (document_id, unit_price) VALUES (%2$s, 1)'),
	('INSERT INTO document_line (document_id, product_id) VALUES (%4$s, 1)'),
	('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (%1$s, 1)');
GRANT SELECT ON mistake TO regress_seller;
SET ROLE regress_seller;
SET opportunities.user_name = 'sara';
SELECT 'one''s own' AS what, replace(pg_temp.attempt(format(sql, 1, 1, 3, 5)), E'\n', ' | ') AS error FROM mistake ORDER BY number;
SELECT 'another''s' AS what, replace(pg_temp.attempt(format(sql, 2, 2, 4, 6)), E'\n', ' | ') AS error FROM mistake ORDER BY number;
SELECT 'nobody''s' AS what, replace(pg_temp.attempt(format(sql, 99, 99, 99, 99)), E'\n', ' | ') AS error FROM mistake ORDER BY number;

-- What stands between an own row and another's.
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 5);
SELECT pg_temp.attempt('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', 2)');
SELECT pg_temp.attempt('INSERT INTO payment (opportunity_id, document_id, amount) VALUES (1, 2, 1)');
RESET ROLE;
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, currency) VALUES (1, 1, 'His too', 'omid', 'USD');
SET ROLE regress_seller;
SELECT pg_temp.attempt('UPDATE opportunity_line SET opportunity_id = 3');

-- Who may write but not read is told no more.
RESET ROLE;
REVOKE SELECT ON opportunity FROM regress_seller;
ALTER TABLE payment DISABLE ROW LEVEL SECURITY;
SET ROLE regress_seller;
SELECT pg_temp.attempt('INSERT INTO payment (opportunity_id, amount, currency) VALUES (1, 1, ''USD'')');
RESET ROLE;
RESET opportunities.user_name;
DROP TABLE mistake;
DROP SCHEMA crm_seen CASCADE;
DROP ROLE regress_seller;
