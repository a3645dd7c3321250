-- The last day of a quote: what is expired isn't invoiced, until the day is extended; what is invoiced in part was accepted.
SET client_min_messages = warning;
SET datestyle = iso;

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_until', starter => true);
SET search_path = crm_until, opportunities;
SET opportunities.time_zone = 'Asia/Tehran';
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (1, 1, 'past', 10), (2, 1, 'today', 10), (3, 1, 'none', 10);
SELECT business_date(now()) AS today \gset
SELECT issue_quote(1) AS past \gset
SELECT issue_quote(2) AS today_quote \gset
SELECT issue_quote(3, true) AS without \gset
UPDATE document SET valid_until = :'today'::date - CASE WHEN id = :past THEN 1 ELSE 0 END WHERE status = 'draft' RETURNING status;
SELECT id, expired FROM bi_document ORDER BY id;
UPDATE document SET status = 'confirmed' WHERE status = 'draft' RETURNING id, status;
SELECT id, expired, valid_until < :'today' AS past FROM bi_document ORDER BY id;
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "document", "match": {"mode": "some"}, "value": {"combinator": "and", "rules": [{"field": "expired", "operator": "=", "value": true}]}}]}');
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "document.expired", "operator": "=", "value": false}]}') ORDER BY id;
-- By today, or by the day of the invoice.
SELECT regexp_replace(pg_temp.attempt(format('SELECT invoice_quote(%s)', :past)), '\d{4}-\d\d-\d\d', 'YESTERDAY') AS attempt;
SELECT regexp_replace(pg_temp.attempt(format('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', %s)', :past)), '\d{4}-\d\d-\d\d', 'YESTERDAY') AS attempt;
SELECT invoice_quote(:today_quote, share => 0.5) > 0 AS today, invoice_quote(:without) > 0 AS without;
BEGIN;
INSERT INTO document (opportunity_id, kind, source_document_id, issued_on) VALUES (1, 'invoice', :past, :'today'::date - 1) RETURNING status;
ROLLBACK;
-- Extended, alone; then invoiced in part, and the rest whenever.
SELECT pg_temp.attempt(format('UPDATE document SET valid_until = %L, note = ''x'' WHERE id = %s', :'today', :past));
UPDATE document SET valid_until = :'today' WHERE id = :past RETURNING valid_until = :'today' AS today;
SELECT invoice_quote(:past, true, share => 0.5) > 0 AS half;
UPDATE document SET valid_until = :'today'::date - 1 WHERE id = :past;
SELECT invoice_quote(:past, true) > 0 AS rest;
SELECT sum(total) FROM document WHERE source_document_id = :past;
-- Voided, it is as before; a void quote changes no more.
UPDATE document SET status = 'void' WHERE source_document_id = :past;
SELECT split_part(pg_temp.attempt(format('SELECT invoice_quote(%s)', :past)), E'\n', 2) AS attempt;
UPDATE document SET status = 'void' WHERE id = :past RETURNING status;
SELECT pg_temp.attempt(format('UPDATE document SET valid_until = NULL WHERE id = %s', :past));
SELECT pg_temp.attempt('INSERT INTO document (opportunity_id, kind, valid_until) VALUES (1, ''invoice'', now())');
SELECT pg_temp.attempt(format('UPDATE document SET valid_until = ''infinity'' WHERE id = %s', :without));
SELECT id, expired FROM bi_document WHERE id IN (:past, :today_quote, :without) ORDER BY id;
SELECT * FROM check_crm('crm_until');
DROP SCHEMA crm_until CASCADE;
