-- Every change of a stage is kept: from, to, when, who, and how long it had stayed.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET intervalstyle = postgres;
SET opportunities.user_name = 'anna';

SELECT opportunities.create_crm('crm_moves', starter => true);
SET search_path = crm_moves;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
CREATE VIEW moves AS SELECT opportunity_id AS id, from_pipeline_id AS from_pipeline, from_stage_id AS from_stage,
	to_pipeline_id AS to_pipeline, to_stage_id AS to_stage, changed_at = now() AS now, changed_by AS by,
	date_trunc('day', left_at - entered_at) AS stayed FROM stage_change ORDER BY stage_change.id;

-- An INSERT is none, nor is a stage sent back unchanged, nor any other change.
INSERT INTO opportunity (pipeline_id, stage_id, title, stage_entered_at) VALUES
	(1, 1, 'a', now() - interval '10 days 1 hour'), (1, NULL, 'b', now() - interval '400 days'), (1, 1, 'c', now() - interval '1 day'),
	(1, 1, 'd', now() + interval '3 days');
UPDATE opportunity SET stage_id = stage_id, title = title || '!', amount = 5;
SELECT * FROM moves;

-- What came around the triggers.
SET session_replication_role = replica;
UPDATE opportunity SET stage_entered_at = '-infinity' WHERE title = 'c!';
RESET session_replication_role;

-- One row for each row moved, by one statement or by several of a transaction.
BEGIN;
UPDATE opportunity SET stage_id = 2;
SELECT * FROM moves;
SET LOCAL opportunities.user_name = 'berta';
UPDATE opportunity SET stage_id = 5 WHERE id = 1;
UPDATE opportunity SET pipeline_id = 2, stage_id = 7 WHERE id = 1;
SAVEPOINT undone;
UPDATE opportunity SET stage_id = 8 WHERE id = 1;
ROLLBACK TO undone;
SELECT * FROM moves OFFSET 4;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 2, 7, 'x') ON CONFLICT (id) DO UPDATE SET stage_id = 8;
SELECT * FROM moves OFFSET 6;
SELECT opportunity_id, date_trunc('hour', sum(left_at - entered_at)) FROM stage_change WHERE opportunity_id = 1 GROUP BY 1;
COMMIT;
SELECT * FROM opportunities.check_crm('crm_moves');

-- What is kept outlives the opportunity, and the stage.
DELETE FROM opportunity WHERE id = 2;
UPDATE opportunity SET stage_id = 3 WHERE id = 4;
UPDATE opportunity SET stage_id = 4 WHERE id = 4;
DELETE FROM stage WHERE id = 3;
SELECT opportunity_id, from_stage_id, to_stage_id FROM stage_change WHERE opportunity_id IN (2, 4) ORDER BY id;
SELECT * FROM opportunities.check_crm('crm_moves');
-- (another row under the old number begins anew, and has none of the history)
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (2, 1, 1, 'b again');
SELECT * FROM opportunities.check_crm('crm_moves');
SELECT opportunity_id, count(*), count(deleted_at) AS deleted FROM stage_change GROUP BY 1 ORDER BY 1;
SELECT opportunity_id, title, stage FROM bi_stage_history WHERE opportunity_id = 2 ORDER BY title, stage;
BEGIN;
UPDATE opportunity SET stage_id = 2 WHERE id = 2;
SELECT stage, next_stage FROM bi_stage_history WHERE opportunity_id = 2 ORDER BY left_at;
SELECT * FROM opportunities.check_crm('crm_moves');
DELETE FROM opportunity WHERE id = 2;
SELECT count(*), count(deleted_at) AS deleted FROM stage_change WHERE opportunity_id = 2;
ROLLBACK;

-- It is written with the rights of the owner, and by nobody else.
CREATE ROLE regress_seller;
GRANT USAGE ON SCHEMA crm_moves TO regress_seller;
GRANT SELECT, INSERT, UPDATE ON opportunity TO regress_seller;
ALTER TABLE stage_change ENABLE ROW LEVEL SECURITY;
SET ROLE regress_seller;
RESET opportunities.user_name;
UPDATE opportunity SET stage_id = 4 WHERE id = 2 RETURNING stage_entered_by;
SELECT count(*) FROM stage_change;
INSERT INTO stage_change (opportunity_id, from_pipeline_id, to_pipeline_id, to_stage_id, changed_at, changed_by)
VALUES (2, 1, 1, 1, now(), 'x');
RESET ROLE;
SELECT opportunity_id, from_stage_id, to_stage_id, changed_by FROM stage_change ORDER BY id DESC LIMIT 1;
SET opportunities.user_name = 'anna';

-- What got past the triggers.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opportunity SET stage_id = 4 WHERE id = 3;
DELETE FROM stage_change WHERE opportunity_id = 1 AND to_stage_id = 7;
SELECT * FROM opportunities.check_crm('crm_moves');
ROLLBACK;
BEGIN;
DROP TRIGGER zz_stage_change ON opportunity;
SELECT * FROM opportunities.check_crm('crm_moves');
CREATE TRIGGER zz_stage_change AFTER UPDATE OR DELETE ON opportunity FOR EACH ROW WHEN (true) EXECUTE FUNCTION opportunities_internal.keep_stage_change();
SELECT * FROM opportunities.check_crm('crm_moves');
ROLLBACK;
TRUNCATE stage_change;

-- Partitioned: history by time, opportunities by pipeline, so that a move to another one changes the partition.
BEGIN;
ALTER TABLE stage_change RENAME TO old_change;
CREATE TABLE stage_change (LIKE old_change INCLUDING IDENTITY INCLUDING CONSTRAINTS,
	CONSTRAINT stage_change_primary PRIMARY KEY (opportunity_id, id, changed_at)) PARTITION BY RANGE (changed_at);
CREATE TABLE this_change PARTITION OF stage_change FOR VALUES FROM (now() - interval '1 day') TO (now() + interval '1 day');
ALTER TABLE opportunity RENAME TO model;
CREATE TABLE opportunity (LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY)
	PARTITION BY LIST (pipeline_id);
CREATE TABLE sales PARTITION OF opportunity FOR VALUES IN (1);
CREATE TABLE service PARTITION OF opportunity FOR VALUES IN (2);
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_stage_change AFTER UPDATE OR DELETE ON opportunity FOR EACH ROW
	EXECUTE FUNCTION opportunities_internal.keep_stage_change();
DROP VIEW moves;
CREATE VIEW moves AS SELECT opportunity_id AS id, from_pipeline_id AS from_pipeline, from_stage_id AS from_stage,
	to_pipeline_id AS to_pipeline, to_stage_id AS to_stage, changed_by AS by, left_at - entered_at AS stayed, tableoid::regclass AS partition
	FROM stage_change ORDER BY stage_change.id;
INSERT INTO opportunity (pipeline_id, stage_id, title, stage_entered_at) VALUES
	(1, 1, 'p1', now() - interval '1 day'), (1, NULL, 'p2', now() - interval '2 days');
UPDATE opportunity SET stage_id = 2 WHERE title = 'p1';
UPDATE opportunity SET pipeline_id = 2, stage_id = 7;
UPDATE sales SET title = title;
SAVEPOINT undone;
UPDATE opportunity SET pipeline_id = 1, stage_id = 4 WHERE title = 'p1';
ROLLBACK TO undone;
UPDATE opportunity SET pipeline_id = 1, stage_id = NULL WHERE title = 'p2';
ROLLBACK TO undone;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'p3');
UPDATE opportunity SET pipeline_id = 2 WHERE title = 'p3';
SELECT * FROM moves;
-- (a row that is changed in place, deleted and entered anew as it was has not moved again)
UPDATE opportunity SET stage_id = 8 WHERE title = 'p1';
CREATE TEMP TABLE copied AS SELECT * FROM opportunity WHERE title = 'p1';
ALTER TABLE copied DROP COLUMN estimated_amount;
DELETE FROM opportunity WHERE title = 'p1';
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute
WHERE attrelid = 'copied'::regclass AND attnum > 0 AND NOT attisdropped \gset
INSERT INTO opportunity (:columns) SELECT :columns FROM copied;
SELECT * FROM moves OFFSET 3;
-- (nor one that has come from another partition before)
UPDATE opportunity SET pipeline_id = 1, stage_id = 2 WHERE title = 'p2';
DELETE FROM copied;
INSERT INTO copied SELECT :columns FROM opportunity WHERE title = 'p2';
DELETE FROM opportunity WHERE title = 'p2';
INSERT INTO opportunity (:columns) SELECT :columns FROM copied;
SELECT * FROM moves OFFSET 4;
ROLLBACK;

DROP SCHEMA crm_moves CASCADE;
DROP ROLE regress_seller;
