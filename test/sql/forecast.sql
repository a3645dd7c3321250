-- Forecast categories: of stages, and of opportunities that say otherwise.
SET client_min_messages = warning;

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities, public;
SELECT id, name, kind, probability, forecast_category FROM stage ORDER BY id;

-- by the chance of a stage where it has none
INSERT INTO pipeline (name) VALUES ('Renewals');
INSERT INTO stage (id, pipeline_id, name, position, kind, probability) VALUES
	(11, 2, 'Nothing said', 1, 'open', NULL), (12, 2, '49.99', 2, 'open', 49.99), (13, 2, '50', 3, 'open', 50), (14, 2, '74.99', 4, 'open', 74.99),
	(15, 2, '75', 5, 'open', 75), (16, 2, 'Renewed', 6, 'won', 100), (17, 2, 'Gone', 7, 'lost', NULL);
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) SELECT 2, s.id, s.name, 100 FROM stage AS s WHERE s.pipeline_id = 2 ORDER BY id;
INSERT INTO opportunity (pipeline_id, title, amount) VALUES (2, 'No stage', 100);
SELECT r ->> 'title' AS title, r ->> 'forecast_category' AS category FROM list(fields => '{title,forecast_category}', sort => '{id}') AS l, jsonb_array_elements(l -> 'rows') AS r;
UPDATE stage SET forecast_category = 'omitted' WHERE id = 15;
UPDATE stage SET forecast_category = 'commit' WHERE id IN (16, 17);
SELECT pg_temp.attempt('UPDATE stage SET forecast_category = ''closed'' WHERE id = 12');

-- an opportunity's own counts while it is open: for a board, a list, a filter, a report, BI, a group edit and a drag
UPDATE opportunity SET forecast_override = 'commit' WHERE title IN ('49.99', 'Renewed', 'Gone', 'No stage');
SELECT pg_temp.attempt('UPDATE opportunity SET forecast_override = ''closed'' WHERE title = ''50''');
SELECT pg_temp.attempt('SELECT edit_opportunity(''3'', ''{"forecast_override": "likely"}'')');
SELECT pg_temp.attempt('SELECT edit_opportunity(''3'', ''{"forecast_category": "commit"}'')');
SELECT edit_opportunity('3', '{"forecast_override": "omitted"}', fields => '{title,forecast_override,forecast_category}');
SELECT dimensions ->> 'forecast_category' AS category, count, final_total, open_count, won, lost FROM report(by => '{forecast_category}');
SELECT id, forecast_category FROM bi_opportunity ORDER BY id;
SELECT lane, stage, count FROM board(lane_by => 'forecast_category', scope => '{"pipeline_id": 2}') WHERE count > 0;
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "forecast_category", "operator": "in", "value": ["commit", "closed"]}]}') ORDER BY id;
SELECT r ->> 'title' AS title FROM list(rules => '{"rules": [{"field": "forecast_category", "operator": "=", "value": "commit"}]}', sort => '{-forecast_category,title}') AS l, jsonb_array_elements(l -> 'rows') AS r;
SELECT report_sql(by => '{forecast_category}') AS typed \gset
SELECT forecast_category, count FROM (:typed) AS r;
SELECT status, count(*) FROM bulk_edit('{"forecast_override": "best_case"}', scope => '{"forecast_category": "commit"}') GROUP BY 1;
SELECT move('2', '13', changes => '{"forecast_override": null}', fields => '{title,forecast_override,forecast_category}');
SELECT row_id, field, old, new FROM change_log WHERE field = 'forecast_override' ORDER BY id;
SELECT name, label, writable, lane, dimension, jsonb_path_query_array(choices, '$[*].value') AS choices FROM fields() WHERE name LIKE '%forecast%';
INSERT INTO label (language, field, value, label) VALUES ('fa', 'forecast_category', 'best_case', 'بهترین حالت');
SET opportunities.language = 'fa';
SELECT labels ->> 'forecast_category' AS label, count FROM report(by => '{forecast_category}');
RESET opportunities.language;

-- tables of somebody else's: with categories of stages alone, with the row's own state, with neither
CREATE SCHEMA mine;
CREATE VIEW mine.stage AS SELECT id::integer, name::varchar AS name, position, kind::varchar AS kind, forecast_category::varchar AS forecast_category FROM crm.stage;
CREATE VIEW mine.opportunity AS SELECT id, stage_id::integer, amount, probability FROM crm.opportunity;
SELECT dimensions ->> 'forecast_category' AS category, count FROM report('mine.opportunity', by => '{forecast_category}');
CREATE OR REPLACE VIEW mine.opportunity AS SELECT id, stage_id::integer, amount, probability, 'lost'::text AS state, forecast_override FROM crm.opportunity;
SELECT dimensions ->> 'forecast_category' AS category, count FROM report('mine.opportunity', by => '{forecast_category}');
SELECT count(*) FROM mine.opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "forecast_category", "operator": "=", "value": "omitted"}]}');
DROP VIEW mine.opportunity, mine.stage;
CREATE VIEW mine.stage AS SELECT id, name, position, kind FROM crm.stage;
CREATE VIEW mine.opportunity AS SELECT id, stage_id, amount, probability FROM crm.opportunity;
SELECT pg_temp.attempt('SELECT report(''mine.opportunity'', by => ''{forecast_category}'')');
SELECT count(*) FROM check_crm('crm');
\set VERBOSITY terse
DROP SCHEMA mine, crm CASCADE;
