-- A quote invoiced in parts: by shares, by lines, and what is left; never more than it offers, whoever writes it and how.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_parts', starter => true);
SET search_path = crm_parts, opportunities;
INSERT INTO opportunity (id, pipeline_id, title, currency) VALUES (1, 1, 'mixed', NULL), (2, 1, 'yen', 'JPY'), (3, 1, 'plain', NULL), (4, 1, 'free', NULL);
INSERT INTO opportunity_line (opportunity_id, position, description, quantity, unit_price, discount_percent, tax_percent) VALUES
	(1, 1, 'rounded', 3, 0.335, 0, 10), (1, 2, 'whole', 2, 125, 20, 9), (1, 3, 'bonus', 1, -20, 0, 0), (1, 4, 'a heading', 0, 7, 0, 9),
	(2, 1, 'yen', 3, 33.5, 0, 10),
	(3, 1, 'five', 5, 10, 0, 0), (3, 2, 'two', 2, 100, 0, 0),
	(4, 1, 'gift', 2, 0, 0, 0), (4, 2, 'sample', 2, 50, 100, 9);
CREATE FUNCTION pg_temp.lines(document bigint) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', l.position, l.quantity::numeric(10,2), l.net, l.tax) FROM document_line AS l WHERE l.document_id = document ORDER BY l.position
$$;

-- Halves: 0.5025 and 0.05025, 100 and 9, -10; the other takes what that left. All of it then, and no more.
SELECT issue_quote(1, true) AS quote \gset
SELECT net, tax, total FROM document WHERE id = :quote;
SELECT invoice_quote(:quote, true, share => 0.5) AS half \gset
SELECT pg_temp.lines(:half);
SELECT invoice_quote(:quote) AS rest \gset
SELECT pg_temp.lines(:rest);
SELECT sum(net) AS net, sum(tax) AS tax, sum(total) AS total FROM document WHERE source_document_id = :quote;
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s)', :quote));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, share => 0.001)', :quote));
SELECT pg_temp.attempt(format('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', %s)', :quote));
-- What is voided is free again, and so is a draft that is deleted; what a customer returns is not.
UPDATE document SET status = 'confirmed' WHERE id = :rest RETURNING kind, number, total;
SELECT realized_amount FROM opportunity WHERE id = 1;
SELECT issue_return(:rest, true) IS NOT NULL AS returned;
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s)', :quote));
UPDATE document SET status = 'void' WHERE id = :half;
SELECT invoice_quote(:quote) AS again \gset
SELECT pg_temp.lines(:again);
DELETE FROM document WHERE id = :again;
SELECT invoice_quote(:quote, share => 0.25) AS quarter \gset
SELECT invoice_quote(:quote, true) AS again \gset
SELECT pg_temp.lines(:quarter);
SELECT pg_temp.lines(:again);
SELECT sum(net) AS net, sum(tax) AS tax, sum(total) AS total FROM document WHERE source_document_id = :quote AND status <> 'void';
SELECT * FROM check_crm('crm_parts');

-- A currency without a smaller unit: 100.5 is 101 yen, its tax 10.1; a third is 33.5, and 3.4 of 34. The last one takes 33 and 4.
SELECT issue_quote(2, true) AS quote \gset
SELECT net, tax FROM document WHERE id = :quote;
SELECT l.id AS yen FROM document_line AS l WHERE document_id = :quote \gset
SELECT pg_temp.lines(invoice_quote(:quote, true, lines => jsonb_build_array(jsonb_build_object('id', :yen, 'quantity', 1))));
SELECT pg_temp.lines(invoice_quote(:quote, true, lines => jsonb_build_array(jsonb_build_object('id', :'yen', 'quantity', '۱'))));
SELECT pg_temp.lines(invoice_quote(:quote, true));

-- By lines; a quantity of 0 leaves one out.
SELECT issue_quote(3, true) AS quote \gset
SELECT min(id) AS five, max(id) AS two FROM document_line WHERE document_id = :quote \gset
SELECT invoice_quote(:quote, lines => format('[{"id": %s, "quantity": 4}, {"id": "%s", "quantity": 0}]', :five, :two)::jsonb) AS first \gset
SELECT pg_temp.lines(:first);
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[{"id": %s, "quantity": 2}]'')', :quote, :five));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[{"id": %s, "quantity": -1}]'')', :quote, :five));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, share => 0.21)', :quote));
-- The draft may take more, as long as it is there, or less.
SELECT pg_temp.attempt(format('UPDATE document_line SET quantity = 6 WHERE document_id = %s', :first));
UPDATE document_line SET quantity = 5 WHERE document_id = :first RETURNING net;
UPDATE document_line SET quantity = 3 WHERE document_id = :first RETURNING net;

-- By plain SQL: a line that names one of the quote holds its quantity of it; a line that doesn't counts in the sums.
INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (100, 3, 'invoice', :quote), (101, 3, 'invoice', :quote);
INSERT INTO document_line (document_id, source_line_id, quantity, unit_price) VALUES (100, :five, 2, 10), (100, :two, 1, 100);
SELECT pg_temp.attempt(format('INSERT INTO document_line (document_id, source_line_id, quantity, unit_price) VALUES (101, %s, 1, 10)', :five));
SELECT pg_temp.attempt(format('INSERT INTO document_line (document_id, source_line_id, quantity, unit_price) VALUES (101, %s, 1, 10)', :yen));
UPDATE document SET status = 'confirmed' WHERE id IN (:first, 100) RETURNING id = 100 AS by_hand, total;
INSERT INTO document_line (document_id, description, unit_price) VALUES (101, 'freight', 100.01);
SELECT pg_temp.attempt('UPDATE document SET status = ''confirmed'' WHERE id = 101');
UPDATE document_line SET unit_price = 100 WHERE document_id = 101;
UPDATE document SET status = 'confirmed' WHERE id = 101 RETURNING total;
UPDATE document SET status = 'void' WHERE id = 100;
-- ... which has come to 130 of 250; what is left by lines is more than that.
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, true)', :quote));
SELECT pg_temp.lines(invoice_quote(:quote, true, lines => format('[{"id": %s, "quantity": 1}]', :two)::jsonb));
SELECT pg_temp.attempt(format('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (3, ''invoice'', %s)', :quote));

-- Prices that somebody lowered are lowered: the rest isn't dearer for it, nor does it take what that gave away.
SELECT issue_quote(3, true) AS quote \gset
SELECT invoice_quote(:quote, share => 0.5) AS cheap \gset
UPDATE document_line SET unit_price = 5 WHERE document_id = :cheap AND position = 1 RETURNING net;
SELECT pg_temp.lines(invoice_quote(:quote));
-- Without the negative line the invoices would be for more than the quote: neither alone nor by voiding that.
SELECT issue_quote(1, true) AS quote \gset
SELECT max(id) FILTER (WHERE position = 2) AS whole, max(id) FILTER (WHERE position = 3) AS bonus FROM document_line WHERE document_id = :quote \gset
SELECT invoice_quote(:quote, lines => jsonb_build_array(jsonb_build_object('id', :whole, 'quantity', 2))) AS positive \gset
SELECT invoice_quote(:quote, true, lines => jsonb_build_array(jsonb_build_object('id', :bonus, 'quantity', 0.5))) AS negative \gset
SELECT pg_temp.attempt(format('UPDATE document SET status = ''confirmed'' WHERE id = %s', :positive));
SELECT invoice_quote(:quote, true, lines => jsonb_build_array(jsonb_build_object('id', :bonus, 'quantity', 0.5))) IS NOT NULL AS other;
UPDATE document SET status = 'confirmed' WHERE id = :positive RETURNING total;
SELECT pg_temp.attempt(format('UPDATE document SET status = ''void'' WHERE id = %s', :negative));
-- What costs nothing is invoiced once, too.
SELECT issue_quote(4, true) AS quote \gset
SELECT pg_temp.lines(invoice_quote(:quote, true, share => 0.5));
SELECT pg_temp.lines(invoice_quote(:quote, true));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s)', :quote));
SELECT pg_temp.attempt(format('UPDATE document_line SET quantity = 2 WHERE document_id IN (SELECT id FROM document WHERE source_document_id = %s)', :quote));
SELECT * FROM check_crm('crm_parts');

-- check_crm finds what got past the triggers: 3 of 2 gifts, and invoices for a cent more than the quote.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE document_line SET quantity = 2 WHERE id = (SELECT max(id) FROM document_line WHERE description = 'gift');
UPDATE document_line SET net = net + 1.02 WHERE document_id = :positive;
UPDATE document SET net = net + 1.02, total = total + 1.02 WHERE id = :positive;
UPDATE document_line SET quantity = 3 WHERE source_line_id = :whole;
SELECT code, object, problem FROM check_crm('crm_parts') WHERE code = 'already_invoiced' ORDER BY 2, 3;
ROLLBACK;

-- What can't be meant.
SELECT pg_temp.attempt('SELECT invoice_quote(1, share => ' || share || ')') FROM unnest(ARRAY['0', '-0.1', '1.01', '''NaN''', '''Infinity''']) AS share;
SELECT pg_temp.attempt('SELECT invoice_quote(1, share => 0.5, lines => ''[]'')');
SELECT pg_temp.attempt('SELECT invoice_quote(1, lines => ''' || lines || ''')')
FROM unnest(ARRAY['{"id": 1, "quantity": 1}', 'null', '[1]', '[null]', '[{"quantity": 1}]', '[{"id": 1}]', '[{"id": 1, "quantity": null}]', '[{"id": 1, "quantity": true}]',
	'[{"id": 1, "quantity": "many"}]', '[{"id": 1.5, "quantity": 1}]', '[{"id": 99999999999999999999, "quantity": 1}]', '[{"id": 1, "quantity": 1, "price": 5}]']) AS lines;
SELECT issue_quote(3, true) AS quote \gset
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[{"id": 1, "quantity": 1}, {"id": "1", "quantity": 1}]'')', :quote));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[{"id": %s, "quantity": 1}]'')', :quote, :yen));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[{"id": %s, "quantity": "NaN"}]'')', :quote, min(id))) FROM document_line WHERE document_id = :quote;
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => ''[]'')', :quote));
SELECT pg_temp.attempt(format('SELECT invoice_quote(%s, lines => (SELECT jsonb_agg(jsonb_build_object(''id'', i, ''quantity'', 1)) FROM generate_series(1, 100001) AS i))', :quote));
SELECT pg_temp.lines(invoice_quote(:quote, share => NULL, lines => NULL));

DROP SCHEMA crm_parts CASCADE;
