-- A discount on a whole document: shared out over its lines to the last cent, carried to invoices and returns.
SET client_min_messages = warning;

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_off', starter => true);
SET search_path = crm_off, opportunities;
INSERT INTO opportunity (id, pipeline_id, title, currency) VALUES (1, 1, 'thirds', NULL), (2, 1, 'yen', 'JPY'), (3, 1, 'mixed', NULL);
INSERT INTO opportunity_line (opportunity_id, position, quantity, unit_price, discount_percent, tax_percent) VALUES
	(1, 1, 1, 10, 0, 10), (1, 2, 1, 10, 0, 0), (1, 3, 2, 5, 0, 10),
	(2, 1, 3, 100, 0, 10), (2, 2, 1, 55, 0, 0),
	(3, 1, 1, 100, 0, 9), (3, 2, 1, -30, 0, 0), (3, 3, 0, 7, 0, 0), (3, 4, 3, 0.335, 0, 9);
CREATE FUNCTION pg_temp.lines(document bigint) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', l.position, l.document_discount, l.net, l.tax) FROM document_line AS l WHERE l.document_id = document ORDER BY l.position, l.id
$$;

-- 1 off three tens: 0.333 each; the first has the cent that is left. Tax is on the rest.
SELECT issue_quote(1) AS quote \gset
UPDATE document SET discount_amount = 1 WHERE id = :quote RETURNING net, tax, total;
SELECT pg_temp.lines(:quote);
-- 5.25 % of 30 is 1.575, so 1.58: 0.52 each, and two cents for the first two.
UPDATE document SET discount_percent = 5.25, discount_amount = NULL WHERE id = :quote RETURNING net, tax, total;
SELECT pg_temp.lines(:quote);
-- It follows the lines: 5.25 % of 40 is 2.1; 1.05, 0.525 and 0.525.
UPDATE document_line SET quantity = 2 WHERE document_id = :quote AND position = 1;
SELECT net, tax, total FROM document WHERE id = :quote;
SELECT pg_temp.lines(:quote);
INSERT INTO document_line (document_id, position, unit_price) VALUES (:quote, 4, 60);
DELETE FROM document_line WHERE document_id = :quote AND position = 2;
SELECT net, tax, total FROM document WHERE id = :quote;
SELECT pg_temp.lines(:quote);
-- None any more; and nobody else writes the lines' parts.
UPDATE document SET discount_percent = NULL WHERE id = :quote RETURNING net, tax, total;
SELECT pg_temp.lines(:quote);
UPDATE document_line SET document_discount = 5, net = 1 WHERE document_id = :quote AND position = 4 RETURNING document_discount, net;
INSERT INTO document_line (document_id, position, unit_price, document_discount) VALUES (:quote, 5, 1, 1) RETURNING document_discount, net;
DELETE FROM document_line WHERE document_id = :quote AND position > 3;
-- With the confirmation in one statement; then it stays.
UPDATE document SET discount_amount = 7, status = 'confirmed' WHERE id = :quote RETURNING net, tax, total;
SELECT pg_temp.lines(:quote);
SELECT pg_temp.attempt(format('UPDATE document SET discount_amount = 8 WHERE id = %s', :quote));
SELECT pg_temp.attempt(format('UPDATE document_line SET document_discount = 8 WHERE document_id = %s', :quote));
SELECT * FROM check_crm('crm_off');

-- A currency without a smaller unit: 5 % of 355 is 17.75, so 18: 15.2 and 2.8, so 15 and 3. Thirds take 5 and 1; the last has what is left.
SELECT issue_quote(2) AS quote \gset
UPDATE document SET discount_percent = 5, status = 'confirmed' WHERE id = :quote RETURNING net, tax, total;
SELECT pg_temp.lines(:quote);
SELECT invoice_quote(:quote, true, share => 0.3333) AS third \gset
SELECT invoice_quote(:quote, true, share => 0.3333) AS other \gset
SELECT invoice_quote(:quote, true) AS rest \gset
SELECT pg_temp.lines(:third);
SELECT pg_temp.lines(:other);
SELECT pg_temp.lines(:rest);
SELECT sum(net) AS net, sum(tax) AS tax, sum(total) AS total FROM document WHERE source_document_id = :quote;
-- What is returned takes its part back.
SELECT issue_return(:third) AS back \gset
SELECT pg_temp.lines(:back);
UPDATE document_line SET quantity = quantity / 3 WHERE document_id = :back AND position = 1 RETURNING document_discount, net, tax;
UPDATE document SET status = 'confirmed' WHERE id = :back RETURNING net, tax, total;
SELECT issue_return(:third, true) AS back \gset
SELECT pg_temp.lines(:back);
SELECT sum(CASE kind WHEN 'return' THEN -total ELSE total END) AS sum, (SELECT realized_amount FROM opportunity WHERE id = 2) AS realized FROM document WHERE opportunity_id = 2 AND kind <> 'quote';

-- Negative lines take a negative part, those of nothing none: 10 off 71.01 is 14.0825, -4.2248 and 0.1422.
SELECT issue_invoice(3) AS mixed \gset
UPDATE document SET discount_amount = 10 WHERE id = :mixed RETURNING net, tax, total;
SELECT pg_temp.lines(:mixed);
-- All of it, and more than that.
UPDATE document SET discount_percent = 100, discount_amount = NULL WHERE id = :mixed RETURNING net, tax, total;
UPDATE document SET discount_percent = NULL, discount_amount = 71.02 WHERE id = :mixed RETURNING net, tax, total;
SELECT pg_temp.attempt(format('UPDATE document SET status = ''confirmed'' WHERE id = %s', :mixed));
UPDATE document SET discount_amount = 71.01, status = 'confirmed' WHERE id = :mixed RETURNING net, tax, total;
SELECT * FROM check_crm('crm_off');

-- What can't be meant.
SELECT issue_quote(1) AS quote \gset
SELECT pg_temp.attempt(format('UPDATE document SET %s WHERE id = %s', change, :quote))
FROM unnest(ARRAY['discount_percent = 101', 'discount_percent = -1', 'discount_percent = ''NaN''', 'discount_amount = -1', 'discount_amount = ''Infinity''', 'discount_amount = ''NaN''', 'discount_percent = 1, discount_amount = 1']) AS change;
SELECT pg_temp.attempt(format('INSERT INTO document (opportunity_id, kind, source_document_id, discount_percent) VALUES (2, ''return'', %s, 5)', :rest));
-- More than the whole of a draft is nothing left of it; it can't go below.
UPDATE document SET discount_amount = 1000 WHERE id = :quote RETURNING net, tax, total;
INSERT INTO document (id, opportunity_id, kind, discount_percent) VALUES (100, 1, 'quote', 10) RETURNING net, discount_percent;
INSERT INTO document_line (document_id, position, unit_price) SELECT 100, n, 0.05 FROM generate_series(1, 3) AS n;
SELECT net FROM document WHERE id = 100;
SELECT pg_temp.lines(100);

-- check_crm finds parts that don't add up.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE document_line SET document_discount = document_discount + 0.01 WHERE document_id = 100 AND position = 1;
SELECT code, object, problem FROM check_crm('crm_off');
ROLLBACK;
DROP SCHEMA crm_off CASCADE;
