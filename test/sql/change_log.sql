-- Every change of the rows of a CRM is logged: who, when, which field, from what to what.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_log', starter => true);
SET search_path = crm_log;

-- All tables but those of history themselves, the counters, which follow the documents, and the calendar.
SELECT c.relname AS not_logged FROM pg_class c WHERE c.relnamespace = 'crm_log'::regnamespace AND c.relkind = 'r'
	AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('zz_log', 'zz_log_insert')) < 2 ORDER BY 1;
SELECT table_name, row_id, changed_at < now() AS before, changed_by, action, field, old, new FROM change_log
WHERE table_name IN ('pipeline', 'stage') ORDER BY id LIMIT 3;

-- What is read below: without the entries of before.
CREATE VIEW log AS SELECT table_name AS "table", row_id AS row, changed_by AS by, action, field, old, new
	FROM change_log WHERE changed_at = now() ORDER BY id;

-- An UPDATE: an entry for each field, numbers with all their digits, custom fields each as one of its own.
BEGIN;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, custom, tags, expected_close)
VALUES (1, 1, 'a', 10.00, '{"size": 1.50, "gone": "x", "same": [1]}', '{x}', '2025-01-31'), (1, 1, 'b', NULL, '{}', '{}', NULL);
SELECT * FROM log;
SELECT count(DISTINCT transaction_id) AS transactions, min(transaction_id) = pg_current_xact_id()::text::bigint AS ours,
	min(changed_at) = now() AS now FROM change_log WHERE changed_at = now();
COMMIT;
BEGIN;
UPDATE opportunity SET amount = 12345678901234567890.1230, description = E'two\nlines "quoted"', tags = '{x,"y z"}',
	expected_close = NULL, archived = true, custom = '{"size": 1.5, "same": [1], "new": null, "deep": {"a": 1.10}}' WHERE title = 'a';
SELECT * FROM log;
COMMIT;
-- (what is sent back unchanged is no change; 10.0 for 10.00 is one of a number's digits)
BEGIN;
UPDATE opportunity SET title = title, custom = custom, tags = tags, version = 77, updated_at = now();
UPDATE opportunity SET last_activity_at = now();
SELECT * FROM log;
UPDATE account SET name = name;
INSERT INTO opportunity (id, pipeline_id, title) VALUES (2, 1, 'c') ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, amount = 0.10;
UPDATE opportunity SET amount = 0.1 WHERE id = 2;
SELECT * FROM log;
ROLLBACK;
-- (more fields than are written at once, in their order)
BEGIN;
UPDATE opportunity SET custom = custom || (SELECT jsonb_object_agg('f' || n, n) FROM generate_series(10000, 12499) AS n) WHERE title = 'a';
SELECT count(*), min(field), max(field), bool_and(field = concat('custom.f', new)) AS right, bool_and(in_order) AS in_order
FROM (SELECT *, field > lag(field) OVER (ORDER BY id) AS in_order FROM change_log WHERE changed_at = now()) AS l;
ROLLBACK;
-- A move: with what follows from it, but for what stage_change says.
BEGIN;
UPDATE opportunity SET stage_id = 6, close_reason = 'price' WHERE id = 2;
SELECT "table", field, old, CASE WHEN field = 'closed_at' THEN new = to_jsonb(now())
	WHEN field = 'closed_on' THEN new = to_jsonb(opportunities.business_date(now())) END AS now,
	CASE WHEN field NOT LIKE 'closed%' THEN new END AS new FROM log;
SAVEPOINT undone;
UPDATE opportunity SET title = 'undone';
ROLLBACK TO undone;
SELECT row, field, old, new FROM log WHERE field = 'title';
ROLLBACK;

-- A DELETE keeps the whole row; what goes with it, too.
INSERT INTO activity (opportunity_id, kind, subject) VALUES (1, 'call', 'Asked');
BEGIN;
SELECT to_jsonb(o) AS whole FROM opportunity o WHERE id = 1 \gset
DELETE FROM opportunity WHERE id = 1;
SELECT "table", row, by, action, field, old = :'whole' AS whole, old -> 'amount' AS amount, old -> 'subject' AS subject, new FROM log;
ROLLBACK;

-- Many new rows at once, more than memory is for: each has its entry. The trigger for rows is the switch of both.
BEGIN;
SET LOCAL work_mem = '64kB';
INSERT INTO account (name, custom) SELECT 'Account ' || n, jsonb_build_object('text', repeat('x', 100)) FROM generate_series(1, 3500) AS n;
SELECT count(*), count(DISTINCT l.row) AS rows, bool_and(l.row = a.id::text) AS keys, min(action) AS action FROM log l LEFT JOIN account a ON a.id::text = l.row;
ALTER TABLE account DISABLE TRIGGER zz_log_insert;
INSERT INTO account (name) VALUES ('one by one'), ('and one');
ALTER TABLE account ENABLE TRIGGER zz_log_insert, DISABLE TRIGGER zz_log;
INSERT INTO account (name) VALUES ('quietly');
SELECT count(*) FROM log;
ROLLBACK;
CREATE TRIGGER zz_log_update AFTER UPDATE ON account REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
SELECT pg_temp.attempt('UPDATE account SET name = ''x''');
DROP TRIGGER zz_log_update ON account;

-- Columns of one's own, of any type; dropped ones; keys of another kind.
CREATE TYPE size AS ENUM ('small', 'large');
CREATE TYPE place AS (town text, altitude numeric);
ALTER TABLE account ADD dropped text, ADD size size, ADD place place, ADD bytes bytea, ADD days daterange, ADD score float8,
	ADD at timestamptz, ADD doubled numeric GENERATED ALWAYS AS (score * 2) STORED;
ALTER TABLE account DROP dropped;
INSERT INTO account (name) VALUES ('A');
BEGIN;
UPDATE account SET size = 'large', place = ('Rome', 21.0), bytes = '\x00ff', days = '[2025-01-01,2025-02-01)', score = 0.1, at = '2025-01-01 12:00+02';
UPDATE account SET place = ('Rome', 21.00), custom = '{"x": 1}';
SELECT field, old, new FROM log;
DELETE FROM account;
SELECT old - 'id' AS old FROM log WHERE action = 'delete';
ROLLBACK;
BEGIN;
INSERT INTO app_user (login, name) VALUES ('sara', 'Sara'), ('omid', 'Omid');
UPDATE app_user SET manager = 'sara' WHERE login = 'omid';
UPDATE app_user SET login = 'sara2' WHERE login = 'sara';
SELECT "table", row, action, field, old, new FROM log;
ROLLBACK;
-- (long values are compared without being fetched, and kept where they change)
INSERT INTO account (name, custom) SELECT repeat('long ', 10) || 'name', jsonb_build_object('text', string_agg(md5(i::text), '')) FROM generate_series(1, 1000) AS i;
BEGIN;
UPDATE account SET kind = 'person' WHERE name LIKE 'long%';
UPDATE account SET custom = custom || '{"text": "short"}' WHERE name LIKE 'long%';
SELECT field, length(old #>> '{}'), new FROM log;
ROLLBACK;

-- It is written with the rights of the owner, for whoever did it, and by nobody else.
CREATE ROLE regress_seller;
GRANT USAGE ON SCHEMA crm_log TO regress_seller;
GRANT SELECT, INSERT, UPDATE, DELETE ON opportunity, activity TO regress_seller;
GRANT SELECT ON log TO regress_seller;
ALTER TABLE change_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY nothing ON change_log USING (false);
RESET opportunities.user_name;
BEGIN;
SET LOCAL ROLE regress_seller;
UPDATE opportunity SET title = 'by role' WHERE id = 1;
DELETE FROM opportunity WHERE id = 1;
SELECT "table", action, field, by FROM log;
SELECT pg_temp.attempt('SELECT FROM change_log');
SELECT pg_temp.attempt('DELETE FROM change_log');
SELECT pg_temp.attempt('INSERT INTO change_log DEFAULT VALUES');
ROLLBACK;
SET opportunities.user_name = 'anna';

-- The owner's triggers on it fire; what they do is the owner's.
BEGIN;
CREATE TABLE told (what text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO told VALUES (current_user = 'regress_seller' || NEW.field); RETURN NULL; END $$;
CREATE TRIGGER tell AFTER INSERT ON change_log FOR EACH ROW EXECUTE FUNCTION tell();
SET LOCAL ROLE regress_seller;
UPDATE opportunity SET title = 'told' WHERE id = 1;
RESET ROLE;
SELECT * FROM told;
ROLLBACK;

-- Switched off for a table, and for history alone.
BEGIN;
ALTER TABLE opportunity DISABLE TRIGGER zz_log;
UPDATE opportunity SET title = 'quietly', stage_id = 2;
INSERT INTO account (name) VALUES ('B');
SELECT "table", action FROM log;
SELECT count(*) FROM stage_change;
SET LOCAL client_min_messages = notice;
SELECT * FROM opportunities.check_crm('crm_log') WHERE code NOT LIKE 'column%';
ALTER TABLE opportunity ENABLE TRIGGER zz_log;
DROP TRIGGER zz_log ON account;
SET LOCAL client_min_messages = warning;
SELECT * FROM opportunities.check_crm('crm_log');
CREATE TRIGGER zz_log BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT code, problem FROM opportunities.check_crm('crm_log');
SELECT pg_temp.attempt('UPDATE account SET name = ''x''');
DROP TRIGGER zz_log ON account;
DROP TABLE change_log CASCADE;
SELECT pg_temp.attempt('UPDATE opportunity SET title = ''unlogged''');
ROLLBACK;
SELECT pg_temp.attempt('TRUNCATE change_log');
SELECT pg_temp.attempt('SELECT opportunities_internal.log_change()');

-- Nothing that an undo needs is missing: from the rows as they are, the entries lead back to the rows as they were.
CREATE TABLE was AS SELECT id, to_jsonb(o) AS row FROM opportunity o;
SELECT max(id) AS before FROM change_log \gset
UPDATE opportunity SET stage_id = 5, amount = 7.70, custom = custom || '{"size": 2, "more": true}' WHERE id = 1;
UPDATE opportunity SET pipeline_id = 1, stage_id = 2, probability = 3, tags = '{}', owner = 'anna' WHERE id IN (1, 2);
UPDATE opportunity SET position = 5, amount_mode = 'auto', custom = '{}' WHERE id = 1;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'new');
DELETE FROM opportunity WHERE id = 1;
UPDATE opportunity SET title = 'last', realized_amount = 3.30, custom = '{"a": {"b": 1}}' WHERE id = 2;
CREATE FUNCTION undone(key text, is_now jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	e change_log;
BEGIN
	FOR e IN SELECT * FROM change_log WHERE table_name = 'opportunity' AND row_id = key
		AND id > current_setting('test.before')::bigint ORDER BY id DESC LOOP
		is_now := CASE
			WHEN e.action = 'insert' THEN NULL
			WHEN e.action = 'delete' THEN e.old
			WHEN e.field LIKE 'custom.%' AND e.old IS NULL THEN is_now #- ARRAY['custom', substr(e.field, 8)]
			WHEN e.field LIKE 'custom.%' THEN jsonb_set(is_now, ARRAY['custom', substr(e.field, 8)], e.old)
			ELSE is_now || jsonb_build_object(e.field, e.old) END;
	END LOOP;
	RETURN is_now;
END $$;
SELECT set_config('test.before', :'before', false) IS NOT NULL AS set;
WITH stamps (names) AS (VALUES ('{version,updated_at,updated_by,stage_entered_at,stage_entered_by,last_activity_at,estimated_amount}'::text[])),
keys AS (SELECT DISTINCT row_id AS key FROM change_log WHERE table_name = 'opportunity' AND id > :before)
SELECT key, w.id IS NOT NULL AS was, o.id IS NOT NULL AS is, (u - names)::text IS NOT DISTINCT FROM (w.row - names)::text AS restored
FROM stamps, keys LEFT JOIN was w ON w.id::text = key LEFT JOIN opportunity o ON o.id::text = key,
	undone(key, to_jsonb(o)) AS u ORDER BY key;

-- Partitioned: the log by time, opportunities by pipeline, with a partition of another shape.
BEGIN;
INSERT INTO pipeline (id, name) VALUES (2, 'Service');
INSERT INTO stage (id, pipeline_id, name, kind) VALUES (7, 2, 'Asked', 'open'), (8, 2, 'Done', 'won');
DROP TABLE change_log CASCADE;
CREATE TABLE change_log (id bigint GENERATED BY DEFAULT AS IDENTITY, table_name text, row_id text, changed_at timestamptz, changed_by text,
	transaction_id bigint, action text, field text, old jsonb, new jsonb) PARTITION BY RANGE (changed_at);
CREATE TABLE change_log_of_now PARTITION OF change_log FOR VALUES FROM (now() - interval '1 day') TO (now() + interval '1 day');
CREATE VIEW log AS SELECT table_name AS "table", row_id AS row, changed_by AS by, action, field, old, new
	FROM change_log WHERE changed_at = now() ORDER BY id;
ALTER TABLE opportunity RENAME TO model;
CREATE TABLE opportunity (LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY) PARTITION BY LIST (pipeline_id);
CREATE TABLE sales PARTITION OF opportunity FOR VALUES IN (1);
CREATE TABLE service (extra text, LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED);
ALTER TABLE service DROP extra;
ALTER TABLE opportunity ATTACH PARTITION service FOR VALUES IN (2);
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change(
	'version', 'updated_at', 'updated_by', 'stage_entered_at', 'stage_entered_by', 'last_activity_at', 'position');
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (31, 1, 1, 'p1'), (32, 1, NULL, 'p2'), (33, 2, 7, 'p3');
UPDATE opportunity SET title = title || '!' WHERE id = 33;
SELECT "table", row, action, field, old, new FROM log;
DELETE FROM change_log;
-- (each row changes the partition, in one statement)
UPDATE opportunity SET pipeline_id = 3 - pipeline_id, stage_id = CASE pipeline_id WHEN 1 THEN 7 ELSE 2 END, custom = '{"a": 1}';
SELECT "table", row, action, field, old, new FROM log;
DELETE FROM change_log;
-- (a statement that deletes a row and inserts one does just that)
UPDATE opportunity SET pipeline_id = 1, stage_id = 1 WHERE id = 31;
WITH gone AS (DELETE FROM opportunity WHERE id = 31 RETURNING *)
INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT id, 2, 7, 'anew' FROM gone;
SELECT row, action, field, old -> 'title' AS title, new FROM log;
DELETE FROM sales;
SELECT "table", row, action FROM log OFFSET 4;
DELETE FROM change_log;
-- (nor is a row that comes behind one that is moved another one's next state)
SAVEPOINT before;
WITH moved AS (UPDATE opportunity SET pipeline_id = 1, stage_id = 1 WHERE id = 32 RETURNING *)
INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT 33, 1, 1, 'behind' FROM moved;
SELECT row, action, field FROM log;
ROLLBACK TO before;
-- (nor is a row new that comes to where nothing is logged, or the next one what that was)
ALTER TABLE sales DISABLE TRIGGER zz_log;
UPDATE opportunity SET pipeline_id = 1, stage_id = 1 WHERE id = 32;
ALTER TABLE sales ENABLE TRIGGER zz_log;
INSERT INTO opportunity (id, pipeline_id, title) VALUES (50, 1, 'new');
SELECT row, action, field FROM log;
ROLLBACK;

-- What jsonb can't hold keeps no row from being changed or deleted: it is cut, and told by its size and hash; or it is told as text.
ALTER TABLE account ADD big text, ADD blob bytea, ADD js json, ADD list json[];
INSERT INTO account (id, name) VALUES (1001, 'Large'), (1002, 'Odd');
UPDATE account SET big = 'é' || repeat('x', 4194302) WHERE id = 1001;
SELECT length(new #>> '{}') AS kept, new #>> '{}' = big AS same FROM change_log, account WHERE row_id = '1001' AND field = 'big' AND account.id = 1001;
UPDATE account SET big = big || 'x', blob = decode(repeat('ab', 5000000), 'hex') WHERE id = 1001;
SELECT field, jsonb_typeof(old) AS old, left(new ->> 'cut', 5) AS cut, octet_length(new ->> 'cut') AS left, new -> 'bytes' AS bytes, new ->> 'sha256' = encode(CASE field WHEN 'big' THEN sha256(convert_to(big, 'UTF8')) ELSE sha256(blob) END, 'hex') AS hash
FROM change_log, account WHERE row_id = '1001' AND field IN ('big', 'blob') AND account.id = 1001 ORDER BY change_log.id DESC LIMIT 2;
UPDATE account SET js = '{"a": 1.50, "a": "\u0000"}', list = ARRAY['1e400000', '"\u0000"']::json[] WHERE id = 1002;
UPDATE account SET js = '{"a": 1.50}', list = '{1}' WHERE id = 1002;
SELECT field, old, new FROM change_log WHERE row_id = '1002' AND action = 'update' ORDER BY id;
UPDATE account SET js = '"\u0000"' WHERE id = 1002;
DELETE FROM account WHERE id IN (1001, 1002);
SELECT old - 'big', old #>> '{big,bytes}' AS bytes FROM change_log WHERE row_id IN ('1001', '1002') AND action = 'delete' ORDER BY id;
-- many columns that each could be kept, and together can't
SELECT string_agg(format('ADD part%s text', i), ', ') AS parts, string_agg(format('part%s = repeat(''x'', 4000000)', i), ', ') AS values FROM generate_series(1, 10) AS i \gset
ALTER TABLE account :parts;
INSERT INTO account (id, name) VALUES (1003, 'Wide');
UPDATE account SET :values WHERE id = 1003;
DELETE FROM account WHERE id = 1003;
SELECT action, count(*), count(DISTINCT field), max(octet_length(new #>> '{}')) AS new, max(octet_length(old ->> 'part10')) AS old, max(old ->> 'name') AS name FROM change_log WHERE row_id = '1003' GROUP BY action ORDER BY 1;
ALTER TABLE account DROP big, DROP blob, DROP js, DROP list;

-- Tenants: an entry is of the tenant whose row it is about, whoever writes.
SET opportunities.tenant = 'a';
SELECT opportunities.create_crm('crm_log_tenants', tenant => true);
SET search_path = crm_log_tenants;
GRANT USAGE ON SCHEMA crm_log_tenants TO regress_seller;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_log_tenants TO regress_seller;
GRANT INSERT, UPDATE, DELETE ON account, app_user TO regress_seller;
SET ROLE regress_seller;
INSERT INTO account (name) VALUES ('A');
INSERT INTO app_user (login, name) VALUES ('sara', 'Sara of A');
SET opportunities.tenant = 'b';
INSERT INTO account (name) VALUES ('B');
UPDATE account SET name = name || '!';
INSERT INTO app_user (login, name) VALUES ('sara', 'Sara of B');
SELECT tenant_id, table_name, row_id, action, field, new FROM change_log ORDER BY id;
RESET ROLE;
UPDATE account SET name = 'of all';
INSERT INTO account (tenant_id, name) VALUES ('a', 'x'), ('b', 'y'), ('b', 'z'), ('a', 'z');
SELECT tenant_id, table_name, row_id, action, field, new FROM change_log ORDER BY id;
RESET opportunities.tenant;

DROP SCHEMA crm_log, crm_log_tenants CASCADE;
DROP ROLE regress_seller;
