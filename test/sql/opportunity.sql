-- The triggers of an opportunity and of a stage, each kept and each broken.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_opportunity', starter => true);
SET search_path = crm_opportunity;
UPDATE stage SET reason_required = true WHERE name = 'Lost';
INSERT INTO stage (pipeline_id, name, position, probability) VALUES (1, 'Waiting', 7, NULL);   -- 7
INSERT INTO stage (pipeline_id, name, position, active) VALUES (1, 'Retired', 8, false);       -- 8
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind, probability) VALUES (2, 'Asked', 'open', 40), (2, 'Done', 'won', 100);  -- 9, 10

-- Stamps: what a new row gets, and what it takes where given.
BEGIN;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'new') RETURNING id, stage_id, amount_mode, probability_mode,
	realized_amount, closed_at, closed_on, archived, custom, version, created_at = now() AS created, created_by,
	updated_at = now() AS updated, updated_by, stage_entered_at = now() AS entered, stage_entered_by;
INSERT INTO opportunity (pipeline_id, stage_id, title, created_at, closed_at, closed_on, stage_entered_at,
	created_by, updated_by, updated_at, stage_entered_by, version)
VALUES (1, 5, 'import', '2020-01-02 03:04:05Z', '2021-01-02 03:04:05Z', '2021-01-02', '2021-01-01 01:01:01Z',
	'x', 'x', '2020-01-01Z', 'x', 17)
RETURNING created_at, closed_at, closed_on, stage_entered_at, created_by, updated_by, updated_at = now() AS updated,
	stage_entered_by, version;
SET LOCAL opportunities.time_zone = 'Asia/Tehran';
INSERT INTO opportunity (pipeline_id, stage_id, title, closed_at) VALUES (1, 5, 'by moment', '2021-01-02 22:04:05Z')
RETURNING closed_at, closed_on;
INSERT INTO opportunity (pipeline_id, stage_id, title, closed_on) VALUES (1, 5, 'by day', '2021-01-02')
RETURNING closed_at, closed_on;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 5, 'by now')
RETURNING closed_at = now() AS closed, closed_on = (now() AT TIME ZONE 'Asia/Tehran')::date AS on_day;
ROLLBACK;

-- An UPDATE keeps them.
INSERT INTO opportunity (pipeline_id, stage_id, title, created_at, closed_at, stage_entered_at)
VALUES (1, 5, 'kept', '2020-01-01Z', '2020-02-02 12:00Z', '2020-02-02Z') RETURNING id AS kept \gset
SET opportunities.user_name = 'berta';
UPDATE opportunity SET created_at = now(), created_by = 'x', closed_at = now(), closed_on = current_date,
	stage_entered_at = now(), stage_entered_by = 'x', version = 99, updated_by = 'x', updated_at = '2000-01-01Z'
WHERE id = :kept
RETURNING created_at, created_by, closed_at, closed_on, stage_entered_at, stage_entered_by, version, updated_by,
	updated_at > '2020-02-02' AS updated_kept;
UPDATE opportunity SET closed_at = NULL, closed_on = NULL, version = NULL, created_at = NULL, title = 'kept on'
WHERE id = :kept RETURNING closed_at, closed_on, version, created_at, updated_by, stage_entered_by, created_by;

-- version counts what people change.
UPDATE opportunity SET title = title, amount = amount, custom = custom, tags = tags WHERE id = :kept RETURNING version;
UPDATE opportunity SET (title, tags, custom, amount, amount_mode, probability, probability_mode, close_reason) =
	('kept on', '{}', '{ }', NULL, 'auto', NULL, 'auto', NULL) WHERE id = :kept RETURNING version;
UPDATE opportunity SET realized_amount = 5, last_activity_at = now(), position = 3 WHERE id = :kept RETURNING version, realized_amount, position;
UPDATE opportunity SET custom = '{"a": 1}', position = 4 WHERE id = :kept RETURNING version, position;
UPDATE opportunity SET description = repeat('long ', 20000) WHERE id = :kept RETURNING version;
UPDATE opportunity SET description = repeat('long ', 20000), title = 'kept on' WHERE id = :kept RETURNING version;
UPDATE opportunity SET description = repeat('lonh ', 20000) WHERE id = :kept RETURNING version;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, closed_at, closed_on)
SELECT id, pipeline_id, stage_id, title, now(), current_date FROM opportunity WHERE id = :kept ON CONFLICT (id) DO UPDATE
	SET (title, amount, amount_mode, probability, probability_mode, closed_at, version, updated_by, stage_id) =
	(EXCLUDED.title, EXCLUDED.amount, EXCLUDED.amount_mode, EXCLUDED.probability, EXCLUDED.probability_mode,
	EXCLUDED.closed_at, EXCLUDED.version, EXCLUDED.updated_by, EXCLUDED.stage_id)
RETURNING version, closed_at;

-- Stage: of the row's pipeline, there, active, and not none again.
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'staged') RETURNING id AS staged \gset
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 9 WHERE id = %s', :staged));
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (2, 1, ''x'')');
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 99 WHERE id = %s', :staged));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 8 WHERE id = %s', :staged));
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 8, ''x'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title) VALUES (99, ''x'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (title) VALUES (''x'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (stage_id, title) VALUES (1, ''x'')');
UPDATE opportunity SET stage_id = 1 WHERE id = :staged RETURNING stage_id, stage_entered_by, version;
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = NULL WHERE id = %s', :staged));

-- Another pipeline: with a stage of it.
SELECT pg_temp.attempt(format('UPDATE opportunity SET pipeline_id = 2 WHERE id = %s', :staged));
SELECT pg_temp.attempt(format('UPDATE opportunity SET pipeline_id = 2, stage_id = NULL WHERE id = %s', :staged));
UPDATE opportunity SET pipeline_id = 2, stage_id = 9 WHERE id = :staged RETURNING pipeline_id, stage_id, probability;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'unstaged') RETURNING id AS unstaged \gset
UPDATE opportunity SET pipeline_id = 2 WHERE id = :unstaged RETURNING pipeline_id, stage_id;

-- Closing and its reason.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'closing') RETURNING id AS closing \gset
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, closed_at) VALUES (1, 1, ''x'', now())');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, closed_on) VALUES (1, ''x'', now())');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, close_reason) VALUES (1, 1, ''x'', ''price'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 6, ''x'')');
SELECT pg_temp.attempt(format('UPDATE opportunity SET close_reason = ''price'' WHERE id = %s', :closing));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 2, close_reason = ''price'' WHERE id = %s', :closing));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 6 WHERE id = %s', :closing));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 6, close_reason = ''  '' WHERE id = %s', :closing));
UPDATE opportunity SET stage_id = 5, close_reason = 'quality' WHERE id = :closing
RETURNING closed_at IS NOT NULL AS closed, closed_on = opportunities.business_date(closed_at) AS on_day, close_reason;
UPDATE opportunity SET close_reason = NULL WHERE id = :closing RETURNING close_reason;
UPDATE opportunity SET close_reason = 'service' WHERE id = :closing RETURNING close_reason;
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 6 WHERE id = %s', :closing));
SELECT closed_at AS first_closed_at FROM opportunity WHERE id = :closing \gset
UPDATE opportunity SET stage_id = 6, close_reason = 'price' WHERE id = :closing
RETURNING closed_at > :'first_closed_at' AS restamped, close_reason;
SELECT pg_temp.attempt(format('UPDATE opportunity SET close_reason = NULL WHERE id = %s', :closing));
UPDATE opportunity SET stage_id = 2 WHERE id = :closing RETURNING closed_at, closed_on, close_reason;
UPDATE opportunity SET stage_id = 6, close_reason = 'budget' WHERE id = :closing;
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 2, close_reason = ''other'' WHERE id = %s', :closing));
UPDATE opportunity SET stage_id = 5 WHERE id = :closing RETURNING close_reason;
UPDATE opportunity SET title = 'closed' WHERE id = :closing RETURNING version;

-- Probability: auto follows the stage that the row enters, by hand it stays.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'auto') RETURNING id AS auto, probability, probability_mode \gset
SELECT :'probability', :'probability_mode';
INSERT INTO opportunity (pipeline_id, stage_id, title, probability) VALUES (1, 1, 'manual', 33)
RETURNING probability, probability_mode;
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, stage_id, title, probability, probability_mode) VALUES (1, 1, 'given', 33, 'auto')$$);
INSERT INTO opportunity (pipeline_id, stage_id, title, probability, probability_mode) VALUES (1, 1, 'given', 10.0, 'auto')
RETURNING probability, probability_mode;
INSERT INTO opportunity (pipeline_id, stage_id, title, probability, probability_mode) VALUES (1, 7, 'given, no stage''s', 33, 'auto')
RETURNING probability, probability_mode;
INSERT INTO opportunity (pipeline_id, stage_id, title, probability_mode) VALUES (1, 1, 'unknown by hand', 'manual')
RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 2 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 7 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 3, probability = 25, probability_mode = 'auto' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability_mode = NULL, title = 'a' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability = 60 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 4 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability_mode = 'auto' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 1, probability = 11 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET stage_id = 2, probability = 12, probability_mode = 'auto' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability_mode = 'manual' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability = 70, probability_mode = 'auto', stage_id = 7 WHERE id = :auto RETURNING probability, probability_mode;
UPDATE opportunity SET probability = NULL WHERE id = :auto RETURNING probability, probability_mode;
UPDATE stage SET probability = 13 WHERE id = 1;
UPDATE opportunity SET stage_id = 1, probability_mode = 'auto' WHERE id = :auto RETURNING probability, probability_mode;
UPDATE stage SET probability = 10 WHERE id = 1;
UPDATE opportunity SET title = 'still 13' WHERE id = :auto RETURNING probability;
SELECT pg_temp.attempt(format('UPDATE opportunity SET probability = 100.01 WHERE id = %s', :auto));
SELECT pg_temp.attempt(format('UPDATE opportunity SET probability = -1 WHERE id = %s', :auto));
SELECT pg_temp.attempt(format('UPDATE opportunity SET probability = ''NaN'' WHERE id = %s', :auto));
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, probability) VALUES (1, ''x'', 101)');
UPDATE opportunity SET probability = 100 WHERE id = :auto RETURNING probability;
UPDATE opportunity SET probability = 0 WHERE id = :auto RETURNING probability;
SELECT pg_temp.attempt(format('UPDATE opportunity SET probability_mode = ''often'' WHERE id = %s', :auto));

-- Amount: the same modes; without lines there is no amount in auto.
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 1, 'amount', 10.50)
RETURNING id AS amount, amount_mode, estimated_amount \gset
SELECT :'amount_mode', :'estimated_amount';
-- (one of its own with the mode auto isn't lost, nor taken for the lines': it's an error)
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, amount, amount_mode) VALUES (1, 'x', 10.50, 'auto')$$);
INSERT INTO opportunity (pipeline_id, title, amount, amount_mode) VALUES (1, 'x', NULL, 'auto') RETURNING amount, amount_mode;
INSERT INTO opportunity (pipeline_id, title, amount_mode) VALUES (1, 'x', 'manual') RETURNING amount, amount_mode;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = :amount RETURNING amount, amount_mode;
UPDATE opportunity SET amount = NULL, amount_mode = NULL WHERE id = :amount RETURNING amount, amount_mode, version;
UPDATE opportunity SET amount = 7 WHERE id = :amount RETURNING amount, amount_mode;
UPDATE opportunity SET amount = 8, amount_mode = 'auto' WHERE id = :amount RETURNING amount, amount_mode;
UPDATE opportunity SET amount = 8, amount_mode = 'manual' WHERE id = :amount RETURNING amount, amount_mode;
UPDATE opportunity SET amount = 8.00 WHERE id = :amount RETURNING amount, amount_mode;
UPDATE opportunity SET amount = 123456789012345678901234567890.123456789, probability = 33.33 WHERE id = :amount RETURNING estimated_amount;
SELECT pg_temp.attempt(format('UPDATE opportunity SET amount = ''NaN'' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET amount = ''-Infinity'' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET amount = ''Infinity'' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET realized_amount = ''Infinity'' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET title = '' '' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''[]'' WHERE id = %s', :amount));
SELECT pg_temp.attempt(format('UPDATE opportunity SET account_id = 1 WHERE id = %s', :amount));

-- Currency: the setting's, where none is given.
SET opportunities.currency = 'EUR';
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'x') RETURNING currency;
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'x', NULL) RETURNING currency;
RESET opportunities.currency;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'x') RETURNING currency;

-- Place: on top, unless one is given; so for the cards of one command as well.
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (2, 9, 'a'), (2, 9, 'b'), (2, 9, 'c');
INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (2, 9, 'd', 1);
SELECT title FROM opportunity WHERE pipeline_id = 2 AND stage_id = 9 ORDER BY position DESC, id DESC;
INSERT INTO opportunity (pipeline_id, title) VALUES (2, 'e'), (2, 'f');
SELECT title, position > 0 AS positive FROM opportunity WHERE pipeline_id = 2 AND stage_id IS NULL ORDER BY position DESC, id DESC;
UPDATE opportunity SET stage_id = 9 WHERE title = 'e';
UPDATE opportunity SET stage_id = 9, position = 0 WHERE title = 'f';
UPDATE opportunity SET position = NULL WHERE title = 'a';
UPDATE opportunity SET stage_id = 9, title = 'b again' WHERE title = 'b';
SELECT title FROM opportunity WHERE pipeline_id = 2 AND stage_id = 9 ORDER BY position DESC, id DESC;
INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (2, 9, 'last place', 9223372036854775807);
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (2, 9, 'beyond');
SELECT title FROM opportunity WHERE pipeline_id = 2 AND stage_id = 9 ORDER BY position DESC, id DESC LIMIT 2;

-- The user's own BEFORE triggers come first: ours sees what they wrote.
CREATE FUNCTION crm_opportunity.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.title = 'meddle' THEN
		NEW.stage_id := 5;
		NEW.version := 77;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION crm_opportunity.meddle();
SELECT pg_temp.attempt(format('UPDATE opportunity SET title = ''meddle'' WHERE id = %s', :staged));
UPDATE opportunity SET title = 'meddle' WHERE title = 'still 13' RETURNING stage_id, closed_on IS NOT NULL AS closed, version < 77 AS counted;
DROP TRIGGER meddle ON opportunity;

-- Stages in use.
SELECT name, kind, count(o.id) > 0 AS in_use FROM stage s LEFT JOIN opportunity o ON o.stage_id = s.id
WHERE s.pipeline_id = 1 GROUP BY s.id ORDER BY s.id;
SELECT pg_temp.attempt('UPDATE stage SET kind = ''won'' WHERE id = 1');
SELECT pg_temp.attempt('UPDATE stage SET kind = ''open'' WHERE id = 5');
SELECT pg_temp.attempt('UPDATE stage SET active = false WHERE id = 1');
SELECT pg_temp.attempt('UPDATE stage SET pipeline_id = 2 WHERE id = 1');
SELECT pg_temp.attempt('DELETE FROM stage WHERE id = 1');
SELECT pg_temp.attempt('UPDATE stage SET kind = ''lost'' WHERE id = 5');
SELECT pg_temp.attempt('UPDATE stage SET name = ''Gewonnen'', probability = 100, archive_after = 90 WHERE id = 5');
SELECT pg_temp.attempt('UPDATE stage SET active = false WHERE id = 4');
SELECT pg_temp.attempt('UPDATE stage SET active = true WHERE id = 8');
SELECT pg_temp.attempt('UPDATE stage SET probability = 101 WHERE id = 8');
SELECT pg_temp.attempt('UPDATE stage SET max_days = -1 WHERE id = 8');
SELECT pg_temp.attempt('UPDATE stage SET archive_after = -1 WHERE id = 8');
SELECT pg_temp.attempt('UPDATE stage SET kind = ''paused'' WHERE id = 8');
SELECT pg_temp.attempt('DELETE FROM pipeline WHERE id = 1');

-- A pipeline that has stages has a final one, at commit.
INSERT INTO pipeline (id, name) VALUES (3, 'No end');
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO stage (pipeline_id, name) VALUES (3, ''First'')');
BEGIN;
INSERT INTO stage (pipeline_id, name) VALUES (3, 'First');
INSERT INTO stage (pipeline_id, name, kind) VALUES (3, 'Won', 'won'), (3, 'Lost', 'lost');
COMMIT;
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM stage WHERE pipeline_id = 3 AND kind <> ''open''');
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; UPDATE stage SET active = false WHERE pipeline_id = 3');
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; UPDATE stage SET kind = ''open'' WHERE pipeline_id = 3');
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; UPDATE stage SET pipeline_id = 2 WHERE pipeline_id = 3 AND kind <> ''open''');
BEGIN;
DELETE FROM stage WHERE pipeline_id = 3 AND kind = 'lost';
UPDATE stage SET kind = 'open' WHERE pipeline_id = 3 AND kind = 'won';
UPDATE stage SET kind = 'won' WHERE pipeline_id = 3 AND name = 'First';
COMMIT;
SELECT name, kind FROM stage WHERE pipeline_id = 3 ORDER BY id;
BEGIN;
DELETE FROM stage WHERE pipeline_id = 3;
DELETE FROM pipeline WHERE id = 3;
COMMIT;

-- TRUNCATE.
SELECT pg_temp.attempt('TRUNCATE opportunity CASCADE');
SELECT pg_temp.attempt('TRUNCATE pipeline CASCADE');
SELECT pg_temp.attempt('TRUNCATE account CASCADE');
DELETE FROM opportunity;
SELECT pg_temp.attempt('TRUNCATE opportunity CASCADE');

-- A trigger function on a table that isn't meant for it, or called otherwise.
CREATE TABLE other (id bigint, pipeline_id bigint, stage_id integer);
CREATE TRIGGER rules BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1, 1, 1)');
ALTER TABLE other ALTER stage_id TYPE bigint;
SELECT pg_temp.attempt('INSERT INTO other VALUES (1, 1, 1)');
DROP TRIGGER rules ON other;
CREATE TRIGGER rules AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1, 1, 1)');
SELECT pg_temp.attempt('SELECT opportunities_internal.opportunity_trigger()');
DROP TABLE other;

-- Partitioned by the user: by pipeline, so that a change of it moves the row.
CREATE SCHEMA crm_parts;
BEGIN;
ALTER TABLE opportunity RENAME TO model;
CREATE TABLE opportunity (LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY,
	FOREIGN KEY (pipeline_id, stage_id) REFERENCES stage (pipeline_id, id)) PARTITION BY LIST (pipeline_id);
CREATE TABLE crm_parts.sales PARTITION OF opportunity FOR VALUES IN (1);
CREATE TABLE crm_parts.service (extra text, LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED);
ALTER TABLE crm_parts.service DROP COLUMN extra;
ALTER TABLE opportunity ATTACH PARTITION crm_parts.service FOR VALUES IN (2);
CREATE INDEX ON opportunity (pipeline_id, stage_id, position DESC, id DESC, archived);
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
DROP TABLE model CASCADE;
COMMIT;
SET opportunities.user_name = 'carla';
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 1, 'p1', 5), (1, 1, 'p2', 6)
RETURNING tableoid::regclass, title, position, probability, version;
SET opportunities.user_name = 'dora';
UPDATE opportunity SET title = 'p1 moves', pipeline_id = 2, stage_id = 9 WHERE title = 'p1'
RETURNING tableoid::regclass, title, created_by, updated_by, version, probability, probability_mode, amount_mode;
UPDATE opportunity SET pipeline_id = 1, stage_id = 5, close_reason = 'x' WHERE title = 'p1 moves'
RETURNING tableoid::regclass, created_by, stage_entered_by, version, closed_on IS NOT NULL AS closed;
BEGIN;
UPDATE opportunity SET title = 'p3' WHERE title = 'p2';
DELETE FROM opportunity WHERE title = 'p3' RETURNING id AS gone \gset
INSERT INTO opportunity (id, pipeline_id, stage_id, title, version, created_by) VALUES (:gone, 1, 1, 'forged', 9, 'boss')
RETURNING created_by, version;
ROLLBACK;
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 9 WHERE title = ''p2''');
UPDATE stage SET active = false WHERE id = 8;
SELECT pg_temp.attempt('INSERT INTO crm_parts.sales (id, pipeline_id, stage_id, title) VALUES (100, 1, 8, ''leaf'')');
INSERT INTO crm_parts.sales (id, pipeline_id, stage_id, title) VALUES (100, 1, 1, 'leaf') RETURNING probability, created_by;
UPDATE stage SET active = false WHERE id = 4;
SELECT pg_temp.attempt('UPDATE stage SET active = false WHERE id = 1');

-- What must be given has something to be seen: the characters that each constraint refuses where there is no other.
CREATE FUNCTION pg_temp.refused(expression text, attname text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	refused text;
BEGIN
	EXECUTE format('SELECT string_agg(concat_ws(''-'', to_hex(first), to_hex(NULLIF(last, first))), '' '' ORDER BY first) FROM (
		SELECT min(c) AS first, max(c) AS last FROM (
			SELECT c, c - row_number() OVER (ORDER BY c) AS run FROM (SELECT c, chr(c) AS %I FROM generate_series(1, x''e1fff''::int) AS c WHERE c NOT BETWEEN x''d800''::int AND x''dfff''::int) AS t WHERE NOT %s) AS r
		GROUP BY run) AS runs', attname, expression) INTO refused;
	RETURN refused;
END $$;
SELECT string_agg(conname, ' ' ORDER BY conname) AS constraints, pg_temp.refused(min(pg_get_expr(conbin, conrelid)), min(attname)) AS refused
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE connamespace = 'crm_opportunity'::regnamespace AND conname LIKE '%\_given' GROUP BY replace(pg_get_expr(conbin, conrelid), attname, '');
SELECT pg_temp.attempt(format('INSERT INTO opportunity (pipeline_id, title) VALUES (1, %L)', title)) FROM unnest(ARRAY['', U&'\200C\200C', U&' \00A0\3000', E'\n\t', U&'\FEFF\2800']) AS title;
SELECT pg_temp.attempt(format('INSERT INTO opportunity (pipeline_id, stage_id, title, close_reason) VALUES (1, 6, ''x'', %L)', reason)) FROM unnest(ARRAY[' ', U&'\200C\00A0']) AS reason;

DROP SCHEMA crm_opportunity, crm_parts CASCADE;
