-- Numbers in series: by a pattern over the fiscal year of issued_on, in any calendar; each without gaps.
SET client_min_messages = warning;
SET datestyle = iso;

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_series', starter => true);
SET search_path = crm_series, opportunities;
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (1, 1, 'deal', 10);
-- What the next document of a kind is called that is issued on a day.
CREATE FUNCTION pg_temp.issue(kind text, day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	paper bigint := CASE kind WHEN 'quote' THEN opportunities.issue_quote(1) ELSE opportunities.issue_invoice(1) END;
	result text;
BEGIN
	UPDATE document SET status = 'confirmed', issued_on = day WHERE id = paper RETURNING label INTO result;
	RETURN result;
END $$;

-- Without a pattern there is one series, which has no name.
SELECT pg_temp.issue('invoice', '2026-03-31'), pg_temp.issue('quote', '2026-03-31');
SELECT * FROM document_counter ORDER BY kind;

-- A fiscal year from April: 2025 until 2026-03-31. A day of last year's is in last year's series; each goes on by itself.
UPDATE document_counter SET pattern = 'INV-{fiscal_year}-', fiscal_year_start = 4 WHERE kind = 'invoice';
SELECT pg_temp.issue('invoice', '2026-03-31'), pg_temp.issue('invoice', '2026-04-01'), pg_temp.issue('invoice', '2026-12-31'),
	pg_temp.issue('invoice', '2025-04-01'), pg_temp.issue('invoice', '2025-03-31'), pg_temp.issue('quote', '2026-04-01');
-- A void one keeps its number, a draft has none; neither series nor label is anybody's to write.
UPDATE document SET status = 'void' WHERE label = 'INV-2026-2' RETURNING series, number, label;
SELECT pg_temp.issue('invoice', '2026-05-01');
INSERT INTO document (id, opportunity_id, kind, series) VALUES (100, 1, 'invoice', 'MINE-') RETURNING series, number, label;
UPDATE document SET series = 'MINE-' WHERE id = 100 RETURNING series, label;
UPDATE document SET series = 'MINE-' WHERE label = 'INV-2026-1' RETURNING series, label;
SELECT pg_temp.attempt('UPDATE document SET label = ''x'' WHERE id = 100');
-- A rollback gives the number back.
BEGIN;
SELECT pg_temp.issue('invoice', '2026-05-01');
ROLLBACK;
SELECT pg_temp.issue('invoice', '2026-05-01');
-- Another pattern begins other series; the old one goes on where it comes back.
UPDATE document_counter SET pattern = '{fiscal_year}/{fiscal_year_end} R', first_number = 500 WHERE kind = 'invoice';
SELECT pg_temp.issue('invoice', '2026-05-01'), pg_temp.issue('invoice', '2026-05-01'), pg_temp.issue('invoice', '2027-04-01');
UPDATE document_counter SET pattern = 'INV-{fiscal_year}-' WHERE kind = 'invoice';
SELECT pg_temp.issue('invoice', '2026-06-01');
UPDATE document_counter SET pattern = '' WHERE kind = 'invoice';
SELECT pg_temp.issue('invoice', '2026-06-01');
UPDATE document_counter SET pattern = 'all ' WHERE kind = 'invoice';
SELECT pg_temp.issue('invoice', '2026-06-01'), pg_temp.issue('invoice', '2031-06-01');
SELECT kind, series, min(number), max(number), count(*) FROM document WHERE number IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM check_crm('crm_series');

-- Other calendars: 1405 begins on 2026-03-21, 5787 on 2026-09-12, and the Thai year is that of 543 years later.
UPDATE document_counter SET pattern = '{fiscal_year}-', calendar = 'persian', fiscal_year_start = 1, first_number = 1 WHERE kind = 'quote';
SELECT pg_temp.issue('quote', '2026-03-20'), pg_temp.issue('quote', '2026-03-21');
UPDATE document_counter SET pattern = '{fiscal_year}/{fiscal_year_end}-', fiscal_year_start = 7 WHERE kind = 'quote';
SELECT pg_temp.issue('quote', '2026-03-20'), pg_temp.issue('quote', '2026-09-22'), pg_temp.issue('quote', '2026-09-23');
UPDATE document_counter SET pattern = '{fiscal_year}-', calendar = 'hebrew', fiscal_year_start = 1 WHERE kind = 'quote';
SELECT pg_temp.issue('quote', '2026-09-11'), pg_temp.issue('quote', '2026-09-12');
UPDATE document_counter SET calendar = 'buddhist' WHERE kind = 'quote';
SELECT pg_temp.issue('quote', '2026-12-31'), pg_temp.issue('quote', '0001-01-01');
-- The settings of whoever confirms don't matter; those of whoever makes the row do, unless it says otherwise.
UPDATE document_counter SET calendar = 'gregorian' WHERE kind = 'quote';
SET opportunities.calendar = 'persian';
SET opportunities.fiscal_year_start = 7;
SELECT pg_temp.issue('quote', '2026-12-31');
INSERT INTO document_counter (kind, pattern) VALUES ('return', 'R{fiscal_year}.') RETURNING *;
SELECT issue_return(issue_invoice(1, true)) AS return \gset
UPDATE document SET status = 'confirmed', issued_on = '2026-09-22' WHERE id = :return RETURNING label;
RESET opportunities.calendar;
RESET opportunities.fiscal_year_start;

-- What can't be meant.
SELECT pg_temp.attempt(format('UPDATE document_counter SET pattern = %L WHERE kind = ''quote''', p)) FROM unnest(ARRAY['{year}', 'a{', '}', repeat('x', 101), E'a\nb', '{fiscal_year']) AS p;
SELECT pg_temp.attempt('UPDATE document_counter SET fiscal_year_start = 14 WHERE kind = ''quote''');
SELECT pg_temp.attempt('UPDATE document_counter SET calendar = ''Persian calendar'' WHERE kind = ''quote''');
UPDATE document_counter SET calendar = 'persan' WHERE kind = 'quote';
SELECT pg_temp.attempt('SELECT pg_temp.issue(''quote'', ''2026-12-31'')');
UPDATE document_counter SET calendar = 'persian', fiscal_year_start = 13 WHERE kind = 'quote';
SELECT pg_temp.attempt('SELECT pg_temp.issue(''quote'', ''2026-12-31'')');
UPDATE document_counter SET pattern = repeat('x', 100) WHERE kind = 'quote';
SELECT length(pg_temp.issue('quote', '2026-12-31'));

-- check_crm tells of gaps by series.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE document SET number = 7 WHERE label = 'INV-2026-4';
SELECT code, object, problem FROM check_crm('crm_series');
ROLLBACK;
-- Reports and lists see both.
SELECT kind, number, label FROM bi_document WHERE label LIKE 'INV-2025-%' ORDER BY label;

DROP SCHEMA crm_series CASCADE;

-- Tenants number by patterns of their own.
SELECT create_crm('crm_series', tenant => true);
SET opportunities.tenant = 'acme';
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (1, 1, 'deal', 10);
INSERT INTO document_counter (kind, pattern) VALUES ('invoice', 'A-');
SELECT issue_invoice(1, true) < issue_invoice(1, true) AS two;
SET opportunities.tenant = 'bolt';
INSERT INTO pipeline (id, name) VALUES (2, 'Sales');
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (2, 2, 'deal', 10);
INSERT INTO document_counter (kind, pattern) VALUES ('invoice', 'A-');
SELECT issue_invoice(2, true) > 0 AS one;
SELECT tenant_id, label FROM document ORDER BY 1, 2;
SELECT * FROM check_crm('crm_series');
DROP SCHEMA crm_series CASCADE;
