-- What a document says of its account and products: taken when it is issued, kept once it is confirmed.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_texts', starter => true);
SET search_path = crm_texts, opportunities;
INSERT INTO account (id, name) VALUES (1, 'Alborz'), (2, 'Damavand');
INSERT INTO product (id, name, unit_price) VALUES (1, 'Switch', 100), (2, 'Phone', 30);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id) VALUES (1, 1, 1, 'Network', 1), (2, 1, 1, 'No account', NULL), (3, 1, 1, 'By its amount', 1);
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity) VALUES (1, 1, NULL, 2), (1, 2, 'Phone with a stand', 1), (2, 2, NULL, 1);
UPDATE opportunity SET amount = 50 WHERE id = 3;
CREATE VIEW papers AS SELECT d.id, d.kind, d.status, d.account_id, d.account_name, (SELECT string_agg(l.description, ', ' ORDER BY l.position, l.id) FROM document_line AS l WHERE l.document_id = d.id) AS lines FROM document AS d ORDER BY d.id;

SELECT issue_quote(1, true) AS quote, issue_invoice(3) AS draft \gset
TABLE papers;
-- Names change, and the opportunity goes to another account: what is confirmed stands, a draft too until somebody edits it.
UPDATE account SET name = 'Alborz Ltd' WHERE id = 1;
UPDATE product SET name = 'Switch, 8 ports' WHERE id = 1;
UPDATE opportunity SET account_id = 2 WHERE id = 1;
SELECT invoice_quote(:quote, true) AS invoice \gset
SELECT issue_return(:invoice) AS returned \gset
UPDATE account SET name = 'Damavand Ltd' WHERE id = 2;
UPDATE document SET status = 'confirmed' WHERE id = :returned;
TABLE papers;
SELECT pg_temp.attempt(format('UPDATE document SET account_id = 1 WHERE id = %s', :invoice));
SELECT pg_temp.attempt(format('UPDATE document SET account_name = ''x'' WHERE id = %s', :invoice));
SELECT pg_temp.attempt(format('UPDATE document_line SET description = ''x'' WHERE document_id = %s', :invoice));
-- A draft can be for another account, or under another name; emptied, it takes both anew.
UPDATE document SET account_id = 2 WHERE id = :draft RETURNING account_id, account_name;
UPDATE document SET account_name = 'Damavand, Tehran' WHERE id = :draft RETURNING account_id, account_name;
UPDATE document SET account_id = 1, account_name = 'Alborz, Tehran' WHERE id = :draft RETURNING account_id, account_name;
UPDATE document SET account_name = NULL WHERE id = :draft RETURNING account_id, account_name;
UPDATE document SET account_id = NULL, account_name = NULL WHERE id = :draft RETURNING account_id, account_name;
INSERT INTO document (opportunity_id, kind, account_name) VALUES (3, 'quote', 'To whom it may concern') RETURNING account_id, account_name;
INSERT INTO document (opportunity_id, kind, account_id) VALUES (3, 'quote', 2) RETURNING account_id, account_name;
SELECT pg_temp.attempt('INSERT INTO document (opportunity_id, kind, account_id) VALUES (3, ''quote'', 99)');
-- A line says its product's name, unless it says something else; another product, another name.
SELECT issue_quote(1) AS lines \gset
SELECT id AS line FROM document_line WHERE document_id = :lines AND product_id = 1 \gset
UPDATE document_line SET quantity = 3 WHERE id = :line RETURNING description;
UPDATE document_line SET product_id = 2 WHERE id = :line RETURNING description;
UPDATE document_line SET product_id = 1, description = 'A switch' WHERE id = :line RETURNING description;
UPDATE document_line SET description = NULL WHERE id = :line RETURNING description;
UPDATE document_line SET product_id = NULL WHERE id = :line RETURNING description;
UPDATE document_line SET description = NULL WHERE id = :line RETURNING description;
-- What was issued before the account was known takes it with the confirmation.
SELECT issue_invoice(2) AS early \gset
UPDATE opportunity SET account_id = 1 WHERE id = 2;
UPDATE document SET status = 'confirmed' WHERE id = :early RETURNING account_id, account_name;
-- An account that documents are for stays.
UPDATE opportunity SET account_id = NULL;
SELECT pg_temp.attempt('DELETE FROM account WHERE id = 2');

-- Who may not read a name isn't told it by a document either.
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA crm_texts TO regress_clerk;
GRANT SELECT, INSERT, UPDATE ON document, document_line, opportunity, opportunity_line TO regress_clerk;
UPDATE opportunity SET account_id = 1 WHERE id = 1;
SET ROLE regress_clerk;
SELECT issue_quote(1, true) AS blind \gset
INSERT INTO document (opportunity_id, kind, account_id) VALUES (1, 'quote', 2) RETURNING account_id, account_name;
INSERT INTO document_line (document_id, product_id, unit_price) SELECT max(id), 1, 5 FROM document RETURNING description;
RESET ROLE;
SELECT account_id, account_name, lines FROM papers WHERE id = :blind;
GRANT SELECT (id, name) ON product, account TO regress_clerk;
SET ROLE regress_clerk;
SELECT issue_quote(1, true) AS seeing \gset
RESET ROLE;
SELECT account_id, account_name, lines FROM papers WHERE id = :seeing;

SELECT * FROM check_crm('crm_texts');
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE document SET account_id = 77 WHERE id = :quote;
SELECT * FROM check_crm('crm_texts');
ROLLBACK;

DROP SCHEMA crm_texts CASCADE;
DROP ROLE regress_clerk;
