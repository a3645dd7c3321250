-- When a deal was closed, and why: given, put right, kept, by every way of writing.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_closing', starter => true);
SET search_path = crm_closing;
SET opportunities.time_zone = 'Asia/Tehran';                     -- 3:30 before UTC, without summer time
INSERT INTO stage (pipeline_id, name, position, kind) VALUES (1, 'Won again', 7, 'won'), (1, 'Lost to a rival', 8, 'lost');  -- 7, 8
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, stage_entered_at)
SELECT n, 1, 1, 'deal ' || n, '2025-01-01Z', '2025-01-02Z' FROM generate_series(1, 40) AS n;
CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE AS $$ SELECT opportunities.business_date(now()) $$;
CREATE FUNCTION closing(deal bigint, OUT closed_at timestamp, OUT closed_on date, OUT entered_with_it boolean, OUT reason text) LANGUAGE sql STABLE
	AS $$ SELECT closed_at AT TIME ZONE 'UTC', closed_on, stage_entered_at = closed_at, close_reason FROM opportunity WHERE id = deal $$;

-- Given with the change into a final stage: the day, the moment, both. The stage is entered then, whoever moved it.
UPDATE opportunity SET stage_id = 5, closed_on = '2025-03-01' WHERE id = 1;
SELECT * FROM closing(1);
UPDATE opportunity SET stage_id = 5, closed_at = '2025-03-01 22:00Z' WHERE id = 2;
SELECT * FROM closing(2);
UPDATE opportunity SET stage_id = 6, closed_at = '2025-03-01 22:00Z', closed_on = '2025-03-02', close_reason = 'price' WHERE id = 3;
SELECT * FROM closing(3);
UPDATE opportunity SET stage_id = 5, closed_on = today() - 40 WHERE id = 4 RETURNING closed_on = today() - 40 AS taken, stage_entered_by, version;
-- (none, or what the transaction stamps anyway)
UPDATE opportunity SET stage_id = 5, closed_on = today() WHERE id = 5 RETURNING closed_at = now() AS now, closed_on = today() AS today, stage_entered_at = now() AS entered;
-- Put right afterwards, and back; each time it is a change that is logged.
UPDATE opportunity SET closed_on = '2025-02-01' WHERE id = 1 RETURNING version;
SELECT * FROM closing(1);
UPDATE opportunity SET closed_at = '2025-02-10 12:00Z', title = 'put right' WHERE id = 1 RETURNING version;
SELECT * FROM closing(1);
UPDATE opportunity SET closed_at = closed_at, closed_on = closed_on WHERE id = 1 RETURNING version;
UPDATE opportunity SET closed_at = NULL, closed_on = NULL WHERE id = 1 RETURNING version;
SELECT * FROM closing(1);
SELECT field, old, new FROM change_log WHERE table_name = 'opportunity' AND row_id = '1' AND action = 'update' ORDER BY id;
-- A pair that isn't of one day, a closing that is still to come by the clock, one of an open deal.
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = ''2025-03-01 22:00Z'', closed_on = ''2025-03-01'' WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = now(), closed_on = ''2025-03-01'' WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = ''2025-03-01Z'', closed_on = today() WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_on = today() + 1 WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = clock_timestamp() + interval ''1 second'' WHERE id = 5');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = clock_timestamp() WHERE id = 5');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_on = ''infinity'' WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_on = ''2025-03-01'' WHERE id = 6');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = ''2025-03-01Z'', stage_id = 2 WHERE id = 6');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_at = ''2025-03-01Z'', stage_id = 2 WHERE id = 1');
INSERT INTO opportunity (id, pipeline_id, title) VALUES (50, 1, 'no stage');
SELECT pg_temp.attempt('UPDATE opportunity SET closed_on = ''2025-03-01'' WHERE id = 50');
-- INSERT: the same, and the stage was entered then unless that is given too.
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, closed_on) VALUES (51, 1, 5, 'imported', '2025-01-01Z', '2025-03-01');
SELECT * FROM closing(51);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, closed_at, stage_entered_at) VALUES (52, 1, 5, 'restored', '2025-01-01Z', '2025-03-01Z', '2025-03-05Z');
SELECT * FROM closing(52);
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, closed_on) VALUES (1, 5, ''x'', today() + 1)');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, closed_at) VALUES (1, 5, ''x'', ''infinity'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, closed_at, closed_on) VALUES (1, 5, ''x'', ''2025-03-01 22:00Z'', ''2025-03-01'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, closed_on) VALUES (1, 1, ''x'', ''2025-03-01'')');
-- An upsert that knows no closing, and writes EXCLUDED back, dates no old deal anew; one that knows one does.
INSERT INTO opportunity AS o (id, pipeline_id, stage_id, title) VALUES (1, 1, 5, 'upsert'), (3, 1, 6, 'upsert'), (51, 1, 5, 'upsert')
ON CONFLICT (id) DO UPDATE SET stage_id = EXCLUDED.stage_id, closed_on = EXCLUDED.closed_on, title = EXCLUDED.title;
INSERT INTO opportunity AS o (id, pipeline_id, stage_id, title) VALUES (2, 1, 5, 'upsert')
ON CONFLICT (id) DO UPDATE SET stage_id = EXCLUDED.stage_id, closed_on = EXCLUDED.closed_on, closed_at = EXCLUDED.closed_at, close_reason = EXCLUDED.close_reason;
SELECT closed_on FROM opportunity WHERE id IN (2, 3, 51) ORDER BY id;
INSERT INTO opportunity AS o (id, pipeline_id, stage_id, title) VALUES (6, 1, 5, 'upsert')
ON CONFLICT (id) DO UPDATE SET closed_on = EXCLUDED.closed_on, closed_at = EXCLUDED.closed_at RETURNING stage_id, closed_at, closed_on;
INSERT INTO opportunity AS o (id, pipeline_id, stage_id, title, closed_on) VALUES (2, 1, 5, 'upsert', '2025-04-01'), (7, 1, 5, 'upsert', '2025-04-01')
ON CONFLICT (id) DO UPDATE SET stage_id = EXCLUDED.stage_id, closed_on = EXCLUDED.closed_on;
SELECT closed_on FROM opportunity WHERE id IN (2, 7) ORDER BY id;
-- MERGE and COPY.
MERGE INTO opportunity AS o USING (VALUES (2, date '2025-04-02'), (8, '2025-04-02'), (53, '2025-04-02')) AS v (id, day) ON o.id = v.id
WHEN MATCHED THEN UPDATE SET stage_id = 5, closed_on = v.day
WHEN NOT MATCHED THEN INSERT (id, pipeline_id, stage_id, title, closed_on) VALUES (v.id, 1, 5, 'merged', v.day);
COPY opportunity (id, pipeline_id, stage_id, title, closed_on) FROM stdin;
54	1	5	copied	2025-04-02
\.
SELECT id, c.* FROM opportunity AS o, closing(o.id) AS c WHERE id IN (2, 8, 53, 54) ORDER BY id;
-- Commands.
SELECT opportunities.move('9', '5', changes => '{"closed_on": "2025-05-01"}') ->> 'id' AS moved;
SELECT opportunities.move('9', '5', changes => '{"closed_at": "2025-05-02T10:00:00Z"}') ->> 'id' AS moved;
SELECT * FROM closing(9);
SELECT pg_temp.attempt('SELECT opportunities.move(''10'', ''2'', changes => ''{"closed_on": "2025-05-01"}'')');
SELECT * FROM opportunities.bulk_edit('{"stage_id": 6, "closed_on": "2025-05-03", "close_reason": "price"}', ids => '{9,10,11}');
SELECT * FROM opportunities.bulk_edit('{"closed_on": "2025-05-04"}', ids => '{9,10,12}', on_error => 'skip');
SELECT id, stage_id, c.* FROM opportunity AS o, closing(o.id) AS c WHERE id BETWEEN 9 AND 12 ORDER BY id;

-- From one won stage to another, one lost stage to another, a deal stays closed as it was, with its reason.
UPDATE stage SET reason_required = true WHERE kind = 'lost';
UPDATE opportunity SET stage_id = 7 WHERE id = 1 RETURNING stage_entered_at = now() AS entered_now;
SELECT closed_on FROM closing(1);
UPDATE opportunity SET stage_id = 8 WHERE id = 9;
SELECT opportunities.move('10', '8', changes => '{"close_reason": "price"}') ->> 'id' AS moved;
SELECT opportunities.move('10', '6') ->> 'id' AS moved;
SELECT status FROM opportunities.bulk_edit('{"stage_id": 8, "close_reason": "price"}', ids => '{10,11}');
SELECT id, stage_id, c.* FROM opportunity AS o, closing(o.id) AS c WHERE id BETWEEN 9 AND 11 ORDER BY id;
-- (the closing may be put right on the way, and another reason given)
UPDATE opportunity SET stage_id = 6, closed_on = '2025-05-09', close_reason = 'quality' WHERE id = 11;
SELECT * FROM closing(11);
-- From won to lost it closes anew: now, and with the reason that is given, be it the one that it had.
UPDATE opportunity SET close_reason = 'price' WHERE id = 1;
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 6 WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 6, title = title, close_reason = '' '' WHERE id = 1');
UPDATE opportunity SET stage_id = 6, close_reason = 'price', closed_on = closed_on WHERE id = 1 RETURNING closed_at = now() AS now, close_reason;
UPDATE opportunity SET stage_id = 5 WHERE id = 1 RETURNING closed_at = now() AS now, close_reason;
SELECT opportunities.move('10', '5', changes => '{"close_reason": "price"}') ->> 'id' AS moved;
SELECT closed_on = today() AS now, reason FROM closing(10);
-- (a reason that is given again is looked for among the choices, one that stays isn't)
INSERT INTO choice (field, value, stage_kind, active) VALUES ('close_reason', 'price', 'won', true), ('close_reason', 'quality', 'lost', false);
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 8, close_reason = close_reason WHERE id = 10');
UPDATE opportunity SET stage_id = 8, close_reason = close_reason WHERE id = 11 RETURNING close_reason;
DELETE FROM choice;
-- retire_stage: likewise, and a reason is wanting only where there is none.
SELECT opportunities.retire_stage(7, 5), opportunities.retire_stage(8, 6);
SELECT id, stage_id, c.* FROM opportunity AS o, closing(o.id) AS c WHERE id IN (9, 11) ORDER BY id;
UPDATE stage SET active = true WHERE id = 8;
UPDATE stage SET reason_required = false WHERE id = 6;
UPDATE opportunity SET close_reason = NULL WHERE id = 9;
UPDATE stage SET reason_required = true WHERE id = 6;
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(6, 8)');
UPDATE opportunity SET close_reason = 'price' WHERE id = 9;
-- Leaving a final stage clears all of it, whatever is sent along unchanged.
UPDATE opportunity SET stage_id = 2, closed_at = closed_at, closed_on = closed_on, close_reason = close_reason WHERE id = 11;
SELECT * FROM closing(11);

-- Partitioned by pipeline: a deal that goes to another one takes its closing along.
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 9, 10
BEGIN;
ALTER TABLE opportunity RENAME TO model;
CREATE TABLE opportunity (LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY) PARTITION BY LIST (pipeline_id);
CREATE TABLE sales PARTITION OF opportunity FOR VALUES IN (1);
CREATE TABLE service PARTITION OF opportunity FOR VALUES IN (2);
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, 'part ' || n FROM generate_series(101, 103) AS n;
UPDATE opportunity SET pipeline_id = 2, stage_id = 10, closed_on = '2025-06-01' WHERE id = 101;
UPDATE opportunity SET pipeline_id = 1, stage_id = 5 WHERE id = 101 RETURNING tableoid::regclass, closed_on;
UPDATE opportunity SET pipeline_id = 2, stage_id = 10, closed_on = '2025-06-02' WHERE id = 101 RETURNING tableoid::regclass, closed_on;
MERGE INTO opportunity AS o USING (VALUES (101, date '2025-06-03'), (102, '2025-06-03')) AS v (id, day) ON o.id = v.id
WHEN MATCHED THEN UPDATE SET pipeline_id = 3 - o.pipeline_id, stage_id = CASE o.pipeline_id WHEN 1 THEN 10 ELSE 5 END, closed_on = v.day;
INSERT INTO service (id, pipeline_id, stage_id, title, closed_on) VALUES (104, 2, 10, 'leaf', '2025-06-04');
UPDATE service SET closed_on = '2025-06-05' WHERE id = 104;
SELECT tableoid::regclass AS partition, id, closed_on FROM opportunity ORDER BY id;
ROLLBACK;

-- What got past the triggers.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opportunity SET closed_at = 'infinity', closed_on = 'infinity' WHERE id = 2;
SELECT * FROM opportunities.check_crm('crm_closing');
ROLLBACK;
SELECT * FROM opportunities.check_crm('crm_closing');

DROP SCHEMA crm_closing CASCADE;
