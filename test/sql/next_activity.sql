-- The next activity as a field: what it is, where it is there, and that it takes one query and the index.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_next', starter => true);
SET search_path = crm_next, opportunities, public;
INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (1, 1, 'first due counts', 9), (1, 1, 'no subject', 8), (1, 1, 'without a day', 7),
	(1, 1, 'all done', 6), (1, 1, 'none', 5);
INSERT INTO activity (opportunity_id, kind, subject, due_at, done_at) VALUES
	(1, 'task', 'later', '2030-02-02Z', NULL), (1, 'call', 'first', '2030-01-01Z', NULL), (1, 'call', 'same day', '2030-01-01Z', NULL),
	(1, 'call', 'done', '2029-01-01Z', '2029-01-01Z'), (2, 'meeting', NULL, '2031-01-01Z', NULL), (4, 'call', 'done', '2029-01-01Z', now());
INSERT INTO activity (opportunity_id, kind, subject) VALUES (3, 'task', 'some day');
UPDATE activity SET done_at = NULL WHERE opportunity_id = 3;
INSERT INTO activity (opportunity_id, kind, subject, due_at) VALUES (1, 'task', 'open', NULL);
UPDATE activity SET done_at = NULL WHERE subject = 'open';

-- On cards, as order, in filters (in joins, inlined and in text alike), as lanes.
SELECT c ->> 'title' AS title, c ->> 'next_activity' AS next, c ->> 'next_activity_kind' AS kind, c ->> 'next_activity_at' AS at
FROM board(fields => '{title,next_activity,next_activity_kind,next_activity_at}'), jsonb_array_elements(cards) AS c;
SELECT jsonb_path_query_array(cards, '$[*].title') FROM board(sort => '{next_activity_at,-id}', fields => '{title}') WHERE count > 0;
SELECT jsonb_path_query_array(cards, '$[*].title') FROM board(sort => '{-next_activity_at,-id}', fields => '{title}') WHERE count > 0;
SELECT lane, count FROM board(lane_by => 'next_activity_kind') WHERE count > 0;
SELECT c.definition, jsonb_path_query_array(b.cards, '$[*].title') AS by_board,
	(SELECT jsonb_agg(o.title ORDER BY o.position DESC) FROM opportunity AS o WHERE matches_rules(o, c.definition)) AS by_rules
FROM (SELECT jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(rule)) FROM (VALUES
		('{"field": "next_activity_at", "operator": "<", "value": "2030-06-01"}'::jsonb),
		('{"field": "next_activity_at", "operator": "null"}'), ('{"field": "next_activity", "operator": "null"}'),
		('{"field": "next_activity", "operator": "contains", "value": "DAY"}'),
		('{"field": "next_activity_kind", "operator": "!=", "value": "call"}'),
		('{"field": "next_activity_kind", "operator": "=", "value": "next_activity", "valueSource": "field"}')) AS r (rule)) AS c (definition),
	LATERAL board(rules => c.definition, fields => '{title}') AS b WHERE b.count > 0;
SELECT array_agg(o.title ORDER BY o.id) FROM opportunity AS o
WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "next_activity_at", "operator": "<", "value": "2030-06-01"}]}');
SELECT filter_sql('{"combinator": "and", "rules": [{"field": "next_activity", "operator": "=", "value": "first"}]}', alias => 'o') AS first \gset
SELECT title FROM opportunity AS o WHERE :first;

-- Of a related row, too.
CREATE VIEW note AS SELECT id, id AS opportunity_id, title AS note FROM opportunity;
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "note.note", "operator": "=", "value": "none"}]}');
DROP VIEW note;

-- One query for all cards of a column, and one look into the index for each card.
SET opportunities.user_name = 'anna';
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, 2, 'deal ' || i FROM generate_series(1, 1000) AS i;
INSERT INTO activity (opportunity_id, kind, due_at, done_at)
SELECT o.id, 'call', now() + i * interval '1 day', CASE WHEN i % 2 = 0 THEN now() END
FROM opportunity AS o, generate_series(1, 4) AS i WHERE o.stage_id = 2;
ANALYZE opportunity;
ANALYZE activity;
CREATE FUNCTION scans() RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_numscans(''activity_next''::regclass)';
BEGIN;
SELECT scans() AS before, pg_stat_get_xact_numscans('activity'::regclass) AS before_of_table \gset
SELECT count, jsonb_array_length(cards) FROM board(cards => 1000, fields => '{next_activity,next_activity_kind,next_activity_at}') WHERE stage = 'Qualified';
-- (the five of the first stage as well)
SELECT scans() - :before AS in_the_index, pg_stat_get_xact_numscans('activity'::regclass) - :before_of_table AS of_the_table;
-- (a page of 20 looks for 21)
SELECT scans() AS before \gset
SELECT jsonb_array_length(cards) FROM board(cards => 20, fields => '{next_activity_at}') WHERE stage = 'Qualified';
SELECT scans() - :before AS in_the_index;
COMMIT;
CREATE FUNCTION planned() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'planned'; RETURN true; END $$;
DELETE FROM opportunity WHERE stage_id = 1;
ALTER TABLE activity RENAME TO acts;
CREATE VIEW activity AS SELECT * FROM acts WHERE planned();
SELECT jsonb_array_length(cards) FROM board(cards => 1000, fields => '{next_activity,next_activity_at}') WHERE count > 0;
DROP VIEW activity;
ALTER TABLE acts RENAME TO activity;

-- Whether something is overdue, to be done today or planned: by days of the business's zone, whatever the hour. (now() stands still.)
BEGIN;
SET LOCAL opportunities.time_zone = 'Asia/Tehran';
SAVEPOINT before;
DELETE FROM activity;
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) OVERRIDING SYSTEM VALUE VALUES (901, 1, 1, 'a moment before today'), (902, 1, 1, 'the first of today'),
	(903, 1, 1, 'the last of today'), (904, 1, 2, 'the first of tomorrow'), (905, 1, 2, 'no day'), (906, 1, 2, 'done'), (907, 1, 2, 'nothing'), (908, 1, 2, 'two');
INSERT INTO activity (opportunity_id, kind, due_at) SELECT v.id, 'call', business_moment((business_date(now()) + v.days)::timestamp) + v.past FROM (VALUES
	(901, 0, interval '-1 microsecond'), (902, 0, '0'), (903, 1, '-1 microsecond'), (904, 1, '0'), (905, 0, '0'), (906, -3, '0'), (908, 300, '0'), (908, -300, '0')) AS v (id, days, past);
UPDATE activity SET due_at = NULL WHERE opportunity_id = 905;
UPDATE activity SET done_at = now() WHERE opportunity_id = 906;
SELECT r ->> 'title' AS title, r ->> 'activity_state' AS state, matches_rules(o, '{"combinator": "and", "rules": [{"field": "activity_state", "operator": "=", "value": "overdue"}]}') AS overdue,
	matches_rules(o, '{"combinator": "and", "rules": [{"field": "activity_state", "operator": "notIn", "value": "overdue,planned"}]}') AS neither
FROM list(fields => '{title,activity_state}', sort => '{id}') AS page, jsonb_array_elements(page -> 'rows') AS r JOIN opportunity AS o ON o.id = (r ->> 'id')::bigint ORDER BY o.id;
SELECT stage, count FROM board(scope => '{"activity_state": "planned"}') WHERE count > 0;
SELECT lane, stage, count FROM board(lane_by => 'activity_state') WHERE count > 0;
SELECT dimensions, count FROM report(by => '{stage_id,activity_state}');
-- counted in each column, lane and group; zeros where there are no rows
SELECT stage, count, measures FROM board(measures => '{counts(activity_state)}') WHERE stage <> 'Lost';
SELECT measures FROM board(measures => '{counts(activity_state),counts(state),count(next_activity)}', rules => '{"rules": [{"field": "id", "operator": "=", "value": 0}]}') LIMIT 1;
SELECT dimensions, measures FROM report(by => '{stage_id}', subtotals => true, measures => '{counts(activity_state)}');
SELECT list(size => 1, measures => '{counts(activity_state),counts(state)}') -> 'measures' AS of_all;
SELECT report_sql(by => '{stage_id}', measures => '{counts(activity_state)}') AS by_stage \gset
SELECT stage_id, "counts(activity_state)" FROM (:by_stage) AS r;
SELECT pg_temp.attempt(format('SELECT FROM board(measures => ARRAY[%L])', m)) FROM unnest('{counts(owner),counts(amount),counts(custom.x),counts(distinct state),counts(stage_state)}'::text[]) AS m;
SELECT lane, lane_label FROM board(lane_by => 'activity_state', scope => '{"id": 902}') WHERE count > 0;
SELECT label, type, operators, jsonb_path_query_array(choices, '$[*].value') AS choices, writable, sortable, lane, dimension, measure FROM fields() WHERE name = 'activity_state';
SELECT code, hint FROM check_filter('{"combinator": "and", "rules": [{"field": "activity_state", "operator": "=", "value": "overdu"}]}');
INSERT INTO label (language, field, value, label) VALUES ('fa', 'activity_state', 'today', 'امروز');
SET LOCAL opportunities.language = 'fa';
SELECT dimensions, labels, count FROM report(by => '{activity_state}', scope => '{"stage_id": 1}');
ROLLBACK;

-- Only what the caller sees is next.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 3, 'guarded') RETURNING id AS guarded \gset
SELECT FROM log_activity(ARRAY[:guarded], 'call', 'secret', due_at => '2030-01-01Z');
SELECT FROM log_activity(ARRAY[:guarded], 'call', 'open', due_at => '2031-01-01Z');
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA crm_next TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_next TO regress_reader;
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON activity USING (subject <> 'secret');
SET ROLE regress_reader;
SELECT cards -> 0 ->> 'next_activity' FROM board(fields => '{next_activity}') WHERE stage = 'Proposal';
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "next_activity", "operator": "=", "value": "open"}]}');
RESET ROLE;
UPDATE activity SET due_at = '2001-01-01Z' WHERE subject = 'secret';
SELECT activity_state FROM (SELECT cards -> 0 ->> 'activity_state' AS activity_state FROM board(fields => '{activity_state}') WHERE stage = 'Proposal') AS b;
SET ROLE regress_reader;
SELECT activity_state FROM (SELECT cards -> 0 ->> 'activity_state' AS activity_state FROM board(fields => '{activity_state}') WHERE stage = 'Proposal') AS b;
SELECT title, matches_rules(o, '{"combinator": "and", "rules": [{"field": "activity_state", "operator": "=", "value": "overdue"}]}') FROM opportunity AS o WHERE stage_id = 3;
RESET ROLE;
REVOKE SELECT ON activity FROM regress_reader;
SET ROLE regress_reader;
SELECT pg_temp.attempt($$SELECT * FROM board(fields => '{activity_state}')$$);
RESET ROLE;

-- A view's own column goes before; without activities, or the columns for it, there is no such field.
CREATE SCHEMA crm_next_mapped;
CREATE VIEW crm_next_mapped.stage AS TABLE stage;
CREATE VIEW crm_next_mapped.opportunity AS SELECT *, 'own' AS next_activity FROM opportunity;
SELECT cards -> 0 ->> 'next_activity' FROM board('crm_next_mapped.opportunity', fields => '{next_activity}') WHERE stage = 'Proposal';
SELECT pg_temp.attempt($$SELECT * FROM board('crm_next_mapped.opportunity', fields => '{next_activity_at}')$$);
SELECT pg_temp.attempt($$SELECT * FROM board('crm_next_mapped.opportunity', lane_by => 'activity_state')$$);
CREATE VIEW crm_next_mapped.activity AS SELECT opportunity_id, id, kind, subject, due_at::text, done_at FROM activity;
SELECT cards -> 0 ->> 'next_activity_kind' FROM board('crm_next_mapped.opportunity', fields => '{next_activity_kind}') WHERE stage = 'Proposal';
SELECT pg_temp.attempt($$SELECT * FROM report('crm_next_mapped.opportunity', by => '{activity_state}')$$);
DROP VIEW crm_next_mapped.activity;
CREATE VIEW crm_next_mapped.activity AS SELECT opportunity_id, id, kind, subject, due_at::date FROM activity;
SELECT pg_temp.attempt($$SELECT * FROM board('crm_next_mapped.opportunity', fields => '{next_activity_at}')$$);
DROP VIEW crm_next_mapped.activity;
CREATE VIEW crm_next_mapped.activity AS SELECT opportunity_id, id, kind, subject, due_at::date, done_at FROM activity;
SELECT cards -> 0 FROM board('crm_next_mapped.opportunity', fields => '{next_activity_kind,next_activity_at,activity_state}') WHERE stage = 'Proposal';
-- days and moments without a zone
BEGIN;
UPDATE activity SET due_at = business_moment(business_date(now())::timestamp) + interval '12 hours';
CREATE OR REPLACE VIEW crm_next_mapped.activity AS SELECT opportunity_id, id, kind, subject, business_date(due_at) + 0 AS due_at, done_at FROM activity;
SELECT measures FROM board('crm_next_mapped.opportunity', measures => '{counts(activity_state)}') WHERE stage = 'Proposal';
DROP VIEW crm_next_mapped.activity;
CREATE VIEW crm_next_mapped.activity AS SELECT opportunity_id, id, kind, subject, business_time(due_at) - interval '12 hours 1 microsecond' AS due_at, done_at FROM activity;
SELECT measures FROM board('crm_next_mapped.opportunity', measures => '{counts(activity_state)}') WHERE stage = 'Proposal';
ROLLBACK;
SELECT pg_temp.attempt($$SELECT * FROM board(fields => '{next_activiti}')$$);

RESET search_path;
DROP SCHEMA crm_next CASCADE;
DROP SCHEMA IF EXISTS crm_next_mapped CASCADE;
DROP ROLE regress_reader;
