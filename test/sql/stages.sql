-- Stages over time: out of use, old cards, stale cards, and opportunities that change the pipeline.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_stages', starter => true);
SET search_path = crm_stages;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind, probability, position) VALUES
	(2, 'Asked', 'open', 40, 1), (2, 'Waiting', 'open', NULL, 2), (2, 'Done', 'won', 100, 3), (2, 'Refused', 'lost', 0, 4);  -- 7 to 10
UPDATE stage SET reason_required = true WHERE name = 'Refused';

-- A stage out of use is no column of a board; one that holds rows, which a replica's writes can leave, still is.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'first');
SELECT opportunities.retire_stage(1, 2);
SELECT string_agg(stage, ', ' ORDER BY position) AS columns FROM opportunities.board(scope => '{"pipeline_id": 1}');
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opportunity SET stage_id = 1;
SELECT string_agg(stage, ', ' ORDER BY position) AS columns FROM opportunities.board(scope => '{"pipeline_id": 1}');
ROLLBACK;
UPDATE stage SET active = true WHERE id = 1;
SELECT string_agg(stage, ', ' ORDER BY position) AS columns FROM opportunities.board(scope => '{"pipeline_id": 1}');

-- A stage with rows can't go; an empty one can, with its past.
SELECT pg_temp.attempt('DELETE FROM stage WHERE id = 2');
SELECT pg_temp.attempt('DELETE FROM stage WHERE id = 1');
SELECT from_stage_id, to_stage_id FROM stage_change;

-- The last final stage: at commit, so that another one can take its place within the transaction.
BEGIN;
SELECT opportunities.retire_stage(10, 8), opportunities.retire_stage(9, 8);
COMMIT;
BEGIN;
SELECT opportunities.retire_stage(10, 8), opportunities.retire_stage(9, 8);
UPDATE stage SET active = true WHERE id = 10;
COMMIT;
SELECT name, active FROM stage WHERE pipeline_id = 2 ORDER BY position;
UPDATE stage SET active = true WHERE id = 9;

-- Stale: longer in the stage than its max_days, in whole days; never where it has none.
UPDATE stage SET max_days = 10 WHERE id = 3;
UPDATE stage SET max_days = 0 WHERE id = 4;
INSERT INTO opportunity (pipeline_id, stage_id, title, stage_entered_at)
SELECT 1, stage, stage || ' since ' || days, now() - days * interval '1 day'
FROM unnest(ARRAY[3, 3, 3, 4, 4, 2], ARRAY[9, 10, 11, 0, 1, 1000]) AS t (stage, days);
SELECT card ->> 'title' AS title, card ->> 'days_in_stage' AS days, card ->> 'stale' AS stale
FROM opportunities.board(fields => '{title,days_in_stage,stale}'), jsonb_array_elements(cards) AS card
WHERE card ->> 'title' LIKE '%since%' ORDER BY 1;
UPDATE opportunity SET stage_id = 4 WHERE title = '3 since 11';
SELECT card ->> 'days_in_stage' AS days, card ->> 'stale' AS stale
FROM opportunities.board(fields => '{title,days_in_stage,stale}'), jsonb_array_elements(cards) AS card WHERE card ->> 'title' = '3 since 11';
DELETE FROM opportunity;

-- Old cards of a final stage: by the stage's archive_after as it is now, in the days of the business.
INSERT INTO opportunity (pipeline_id, stage_id, title, closed_on)
SELECT 1, 5, 'won ' || days, current_date - days FROM unnest(ARRAY[0, 1, 30, 31]) AS days;
SELECT count FROM opportunities.board() WHERE stage_id = '5';
UPDATE stage SET archive_after = 0 WHERE id = 5;
SELECT count FROM opportunities.board() WHERE stage_id = '5';
UPDATE stage SET archive_after = NULL WHERE id = 5;
SELECT count FROM opportunities.board() WHERE stage_id = '5';
UPDATE stage SET archive_after = 30, kind = 'lost' WHERE id = 5;
SELECT kind, count FROM opportunities.board() WHERE stage_id = '5';
UPDATE stage SET kind = 'won' WHERE id = 5;
DELETE FROM opportunity;

-- Another pipeline: with a stage of it, which the row enters like any other.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (2, 7, 'there'), (1, 3, 'auto'), (1, NULL, 'unstaged'), (1, 5, 'won');
INSERT INTO opportunity (pipeline_id, stage_id, title, probability) VALUES (1, 3, 'by hand', 33);
UPDATE opportunity SET close_reason = 'quality' WHERE title = 'won';
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 2 WHERE title = ''auto''');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 2, stage_id = NULL WHERE title = ''auto''');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 2, stage_id = 4 WHERE title = ''auto''');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 3, stage_id = 7 WHERE title = ''auto''');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = NULL WHERE title = ''auto''');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 2, stage_id = 10 WHERE title = ''won''');
SET opportunities.user_name = 'berta';
UPDATE opportunity SET pipeline_id = 2, stage_id = 7 WHERE title IN ('auto', 'by hand', 'unstaged')
RETURNING title, probability, probability_mode, stage_entered_by, version;
SELECT title FROM opportunity WHERE stage_id = 7 ORDER BY position DESC, id DESC LIMIT 1 OFFSET 3;
UPDATE opportunity SET pipeline_id = 2, stage_id = 9 WHERE title = 'won' RETURNING closed_on = current_date AS closed_today, close_reason, probability;
UPDATE opportunity SET pipeline_id = 1, stage_id = 2 WHERE title = 'won' RETURNING closed_on, close_reason, probability;
UPDATE opportunity SET pipeline_id = 2, stage_id = 8 WHERE title = 'won' RETURNING probability;
UPDATE opportunity SET pipeline_id = 2, stage_id = 10, close_reason = 'price' WHERE title = 'by hand' RETURNING close_reason, probability;
SELECT o.title, c.from_pipeline_id, c.from_stage_id, c.to_pipeline_id, c.to_stage_id, c.changed_by
FROM stage_change c JOIN opportunity o ON o.id = c.opportunity_id ORDER BY c.id;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'still unstaged');
UPDATE opportunity SET pipeline_id = 2 WHERE title = 'still unstaged' RETURNING pipeline_id, stage_id, version;
SELECT count(*) FROM stage_change c JOIN opportunity o ON o.id = c.opportunity_id WHERE o.title = 'still unstaged';
SELECT * FROM opportunities.check_crm('crm_stages');

-- A pipeline that isn't active: it takes no rows, by no way of writing, and is on a board only while it shows some.
DELETE FROM opportunity;
INSERT INTO pipeline (id, name, position) VALUES (30, 'Old business', 9);
BEGIN;
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (31, 30, 'Asked', 1, 'open'), (32, 30, 'Done', 2, 'won');
COMMIT;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1001, 30, 31, 'old'), (1002, 1, 2, 'other'), (1003, 1, NULL, 'not staged'), (1004, 30, NULL, 'old, not staged');
UPDATE pipeline SET active = false WHERE id = 30;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (30, 31, ''x'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title) VALUES (30, ''x'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title) VALUES (99, ''x'')');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 30, stage_id = 31 WHERE id = 1002');
SELECT pg_temp.attempt('UPDATE opportunity SET pipeline_id = 30 WHERE id = 1003');
SELECT pg_temp.attempt('SELECT opportunities.move(''1002'', ''31'', changes => ''{"pipeline_id": 30}'')');
SELECT pg_temp.attempt('MERGE INTO opportunity AS o USING (VALUES (1002)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET pipeline_id = 30, stage_id = 32');
SELECT id, status, code, field FROM opportunities.bulk_edit('{"pipeline_id": 30, "stage_id": 31}', ids => '{1001,1002}', on_error => 'skip');
COPY opportunity (pipeline_id, stage_id, title) FROM stdin;
30	31	copied
\.
-- (what is in it can be edited, moved on, and taken out)
UPDATE opportunity SET title = 'old, still', amount = 5 WHERE id = 1001 RETURNING title;
SELECT opportunities.move('1001', '32') ->> 'title' AS moved;
SELECT opportunities.move('1001', '31') ->> 'title' AS moved;
UPDATE opportunity SET pipeline_id = 1 WHERE id = 1004 RETURNING pipeline_id;
SELECT stage, kind, count FROM opportunities.board() WHERE pipeline_id = '30';
SELECT count(*) AS lanes FROM opportunities.board(lane_by => 'title') WHERE pipeline_id = '30' AND stage IS NULL;
UPDATE opportunity SET archived = true WHERE id = 1001;
SELECT count(*) AS shown FROM opportunities.board() WHERE pipeline_id = '30';
SELECT count(*) AS shown FROM opportunities.board(include_archived => true) WHERE pipeline_id = '30';
SELECT count(*) AS shown FROM opportunities.board(scope => '{"pipeline_id": 30}');
UPDATE pipeline SET active = true WHERE id = 30;
SELECT stage, kind, count FROM opportunities.board(scope => '{"pipeline_id": 30}');

DROP SCHEMA crm_stages CASCADE;
