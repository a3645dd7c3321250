-- How people go through a pipeline: what a stage requires of who enters it, and the final stages that a pipeline has.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_process', starter => true);
SET search_path = crm_process, opportunities, public;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
ALTER TABLE opportunity ADD COLUMN contract_end date, ADD COLUMN doubled numeric GENERATED ALWAYS AS (amount * 2) STORED;
INSERT INTO custom_field (pipeline_id, name, type) VALUES (1, 'region', 'text'), (2, 'seats', 'number'), (NULL, 'signed', 'bool'), (NULL, 'parts', 'text');

-- A stage requires fields that people fill, and that are there.
CREATE FUNCTION pg_temp.try_require(fields text, stage bigint = 3) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.attempt(format('UPDATE stage SET required_fields = %L WHERE id = %s', fields, stage)) $$;
SELECT pg_temp.try_require(f) AS refused FROM unnest(ARRAY['{amuont}', '{custom.reigon}', '{custom.seats}', '{custom.}', '{custom}', '{account.name}', '{state}', '{""}', '{amount,NULL}',
	'{close_reason}', '{closed_on}', '{closed_at}', '{stage_id}', '{doubled}', '{estimated_amount}', '{version}', '{last_activity_at}', '{id}']) AS f;
SELECT pg_temp.try_require(f, s) AS taken FROM (VALUES ('{custom.seats}', 8), ('{}', 8), ('{contract_end}', 3), ('{owner}', 6), ('{amount,custom.region,tags,owner,amount}', 3)) AS v (f, s);
SELECT pg_temp.attempt($$INSERT INTO stage (pipeline_id, name, required_fields) VALUES (2, 'Checked', '{custom.region}')$$);
SELECT pg_temp.attempt($$UPDATE stage SET pipeline_id = 2 WHERE id = 3$$) AS of_its_new_pipeline;
SELECT pg_temp.attempt($$UPDATE stage SET name = 'Offer' WHERE id = 3$$);
SELECT name, required_stages FROM fields() WHERE required_stages <> '{}';

-- Whichever way a row enters, the stage has what it requires; the first field that lacks is named, and all of them told.
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 3, 'inserted', 1)$$);
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "stage_id": 3, "title": "created", "amount": 1, "tags": ["a"]}')$$);
COPY opportunity (pipeline_id, stage_id, title) FROM stdin;
1	3	copied
\.
INSERT INTO opportunity (id, pipeline_id, stage_id, title) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'first'), (2, 1, 2, 'second');
SELECT setval(pg_get_serial_sequence('opportunity', 'id'), 2) \g /dev/null
SELECT pg_temp.attempt(c) FROM unnest(ARRAY[
	$$UPDATE opportunity SET stage_id = 3$$,
	$$UPDATE opportunity SET stage_id = 3, amount = 5, tags = '{a}' WHERE id = 1$$,
	$$MERGE INTO opportunity AS o USING (VALUES (1)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET stage_id = 3, amount = 0$$,
	$$INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, 'first') ON CONFLICT (id) DO UPDATE SET stage_id = 3$$,
	$$INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 3, 'first') ON CONFLICT (id) DO NOTHING$$,
	$$SELECT move('1', '3')$$,
	$$SELECT edit_opportunity('1', '{"stage_id": 3, "custom.region": "north"}')$$,
	$$SELECT * FROM bulk_edit('{"stage_id": "3"}', ids => '{1,2}')$$]) AS c;
SELECT * FROM bulk_edit('{"stage_id": "3", "tags": ["hot"]}', ids => '{1,2}', on_error => 'skip');
SELECT move('1', '3', changes => '{"tags": {"add": ["hot"]}, "amount": "5.00", "custom.region": "north", "owner": "anna"}') ->> 'id' AS moved;
UPDATE opportunity SET stage_id = 3, amount = 0, custom = '{"region": "south"}', tags = '{a}', owner = 'omid' WHERE id = 2;
SELECT id, stage_id, amount, tags, custom, owner FROM opportunity ORDER BY id;
-- In it they are as free as before.
UPDATE opportunity SET amount = NULL, tags = '{}', custom = '{}' WHERE id = 2;
UPDATE opportunity SET stage_id = 3, owner = NULL WHERE id = 2;
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 2 WHERE id = 2$$) AS out, pg_temp.attempt($$UPDATE opportunity SET stage_id = 3 WHERE id = 2$$) AS back;

-- What counts as a value.
CREATE FUNCTION pg_temp.try_enter(field text, assignment text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE stage SET required_fields = ARRAY[field] WHERE id = 4;
	RETURN pg_temp.attempt(format('UPDATE opportunity SET stage_id = 4, %s WHERE id = 2; UPDATE opportunity SET stage_id = 2 WHERE id = 2', assignment));
END $$;
SELECT field, assignment, split_part(pg_temp.try_enter(field, assignment), E'\n', 1) AS result FROM (VALUES ('description', 'description = E''\t\u200c '''), ('description', 'description = ''.'''), ('tags', 'tags = ''{}'''), ('tags', 'tags = ''{NULL}'''),
	('amount', 'amount = 0'), ('archived', 'archived = false'), ('contract_end', 'contract_end = NULL'), ('contract_end', 'contract_end = ''2030-01-01'''), ('custom.region', 'custom = ''{"region": null}'''), ('custom.region', 'custom = ''{"region": " "}'''),
	('custom.region', 'custom = ''{"region": "x"}'''), ('custom.signed', 'custom = ''{}'''), ('custom.signed', 'custom = ''{"signed": false}'''), ('custom.parts', 'custom = ''{"parts": []}'''), ('custom.parts', 'custom = ''{"parts": {}}'''), ('custom.parts', 'custom = ''{"parts": [null]}'''), ('custom', 'custom = ''{}'''), ('custom', 'custom = ''{"parts": 1}''')) AS v (field, assignment);
-- What triggers derive is there: the probability of the stage, the amount of the lines.
UPDATE stage SET required_fields = '{probability,amount}', probability = 75 WHERE id = 4;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'with a line') RETURNING id AS lined \gset
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (:lined, 10);
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4 WHERE title = 'with a line'$$);
-- Another's trigger may fill it first.
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.amount := coalesce(NEW.amount, 1); RETURN NEW; END $$;
CREATE TRIGGER a_fill BEFORE UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION fill();
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4 WHERE id = 2$$);
DROP FUNCTION fill CASCADE;

-- A stage whose fields are gone says so: it is entered no more, and check_crm tells.
UPDATE stage SET required_fields = '{contract_end,custom.region,custom.signed}' WHERE id = 4;
ALTER TABLE opportunity DROP COLUMN contract_end;
DELETE FROM custom_field WHERE name = 'region';
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4, custom = '{"region": "x", "signed": true}' WHERE id = 1$$);
SELECT * FROM check_crm('crm_process');
SELECT name, required_stages FROM fields() WHERE '4' = ANY (required_stages);
SELECT pg_temp.attempt($$UPDATE stage SET max_days = 3 WHERE id = 4$$);
UPDATE stage SET required_fields = '{custom.signed}' WHERE id = 4;
SELECT * FROM check_crm('crm_process');

-- A stage that is retired gives its rows to one that takes them.
SELECT pg_temp.attempt($$SELECT retire_stage(3, replacement_id => 4)$$);
UPDATE opportunity SET custom = '{"signed": true}' WHERE stage_id = 3;
SELECT retire_stage(3, replacement_id => 4) AS moved;

-- Who may not see the stage, or what it requires, is told that it isn't there.
CREATE ROLE regress_mover;
GRANT USAGE ON SCHEMA crm_process TO regress_mover;
GRANT SELECT, UPDATE ON opportunity TO regress_mover;
GRANT SELECT (id, pipeline_id, name, kind, active, reason_required) ON stage TO regress_mover;
SET ROLE regress_mover;
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4, custom = '{}' WHERE title = 'with a line' AND stage_id <> 4$$);
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 1 WHERE title = 'with a line'$$);
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4 WHERE title = 'with a line'$$);
RESET ROLE;
GRANT SELECT (required_fields) ON stage TO regress_mover;
SET ROLE regress_mover;
SELECT pg_temp.attempt($$UPDATE opportunity SET stage_id = 4 WHERE title = 'with a line'$$);
RESET ROLE;

-- A pipeline that says so has a won and a lost stage, at commit.
SELECT name, needs_won_and_lost FROM pipeline ORDER BY id;
UPDATE pipeline SET needs_won_and_lost = true WHERE id = 1;
UPDATE pipeline SET needs_won_and_lost = true WHERE id = 2;
BEGIN;
UPDATE pipeline SET needs_won_and_lost = true WHERE id = 2;
INSERT INTO stage (id, pipeline_id, name, kind) OVERRIDING SYSTEM VALUE VALUES (9, 2, 'Dropped', 'lost');
COMMIT;
UPDATE stage SET active = false WHERE id = 9;
UPDATE stage SET kind = 'won' WHERE id = 9;
UPDATE stage SET kind = 'open' WHERE id = 9;
UPDATE stage SET pipeline_id = 1 WHERE id = 9;
DELETE FROM stage WHERE id = 9;
BEGIN;
INSERT INTO stage (id, pipeline_id, name, kind) OVERRIDING SYSTEM VALUE VALUES (10, 2, 'Given up', 'lost');
SELECT retire_stage(9, replacement_id => 10) AS moved;
COMMIT;
SELECT retire_stage(10, replacement_id => 8) AS moved;
UPDATE pipeline SET needs_won_and_lost = false WHERE id = 2;
SELECT retire_stage(10, replacement_id => 8) AS moved;
BEGIN;
INSERT INTO pipeline (id, name, needs_won_and_lost) OVERRIDING SYSTEM VALUE VALUES (3, 'Partners', true);
INSERT INTO stage (id, pipeline_id, name, kind) OVERRIDING SYSTEM VALUE VALUES (11, 3, 'Signed', 'won');
COMMIT;
INSERT INTO pipeline (id, name, needs_won_and_lost) OVERRIDING SYSTEM VALUE VALUES (4, 'Empty', true);
SELECT pg_temp.attempt($$SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO stage (id, pipeline_id, name, kind) VALUES (12, 4, 'Signed', 'won')$$);
ALTER TABLE stage DISABLE TRIGGER zz_final_stage;
UPDATE stage SET active = false WHERE id = 6;
ALTER TABLE stage ENABLE TRIGGER zz_final_stage;
SELECT * FROM check_crm('crm_process');

RESET search_path;
DROP SCHEMA crm_process CASCADE;
DROP ROLE regress_mover;
