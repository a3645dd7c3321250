-- Work goes on after an upgrade: keys, numbers, places, history and totals where they stood. It answers the same where it
-- was done without one.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET search_path = crm, opportunities, public;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) SELECT pipeline_id, id, 'Stamp new', 10 FROM stage WHERE position = 1
RETURNING id, version, description, entered_by;
SELECT issue_invoice(5, true);
SELECT kind, max(number), count(number) FROM document GROUP BY kind ORDER BY kind;
SELECT id AS stage FROM stage WHERE position = 4 \gset
SELECT move('1', :'stage');
SELECT count(*) FROM bulk_edit('{"owner": "ali"}', filter => 'large');
\set ON_ERROR_STOP off
DELETE FROM stage WHERE position = 3;
UPDATE document SET total = 1 WHERE number = 1;
INSERT INTO own.folded VALUES ('');
\set ON_ERROR_STOP on
SELECT retire_stage((SELECT id FROM stage WHERE position = 3), (SELECT id FROM stage WHERE position = 2));
SELECT * FROM check_crm('crm');
SELECT field, count(*), count(DISTINCT row_id) FROM change_log GROUP BY field ORDER BY field;
REFRESH MATERIALIZED VIEW own.later;
REFRESH MATERIALIZED VIEW CONCURRENTLY own.by_stage;
INSERT INTO own.kept (totals) SELECT totals(amount, probability, realized_amount, currency) FROM opportunity RETURNING id, totals;
SELECT * FROM own.by_stage ORDER BY stage_id;
SET opportunities.tenant = 'acme';
SET ROLE application;
SELECT issue_invoice(max(id), true, 'shared.opportunity') FROM shared.opportunity;
SELECT max(number) FROM shared.document;
