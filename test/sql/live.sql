-- What has changed since a cursor, and notifications of it.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE ROLE regress_live_owner;
CREATE ROLE regress_seller;
-- Cursors differ from run to run: one is kept in a setting, and the answer shown without it.
CREATE FUNCTION public.begin_live(relation regclass = NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('live.cursor', opportunities.changes_since(NULL, relation) ->> 'next', false);
END $$;
CREATE FUNCTION public.live(relation regclass = NULL, size int = 1000) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := opportunities.changes_since(current_setting('live.cursor'), relation, size);
BEGIN
	PERFORM set_config('live.cursor', answer ->> 'next', false);
	RETURN coalesce((SELECT string_agg(concat_ws(' ', c ->> 'kind', c ->> 'id'), ', ' ORDER BY n)
		FROM jsonb_array_elements(answer -> 'changes') WITH ORDINALITY AS t (c, n)), 'nothing') || CASE WHEN (answer ->> 'more')::boolean THEN ', more' ELSE '' END;
END $$;
CREATE FUNCTION public.theirs(on_or_off boolean) RETURNS void LANGUAGE sql AS $$
	SELECT set_config(name, CASE WHEN on_or_off THEN theirs ELSE ours END, false) FROM (VALUES ('TimeZone', 'Asia/Tehran', 'UTC'),
		('DateStyle', 'SQL, DMY', 'ISO, MDY'), ('extra_float_digits', '-5', '1'), ('bytea_output', 'escape', 'hex')) AS s (name, theirs, ours)
$$;
CREATE FUNCTION public.forge(part int, value text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(CASE WHEN n = part THEN value ELSE v END, ':' ORDER BY n)
	FROM string_to_table(current_setting('live.cursor'), ':') WITH ORDINALITY AS t (v, n)
$$;

GRANT CREATE ON DATABASE contrib_regression TO regress_live_owner;
SET ROLE regress_live_owner;
SELECT opportunities.create_crm(starter => true);
SET search_path = crm, opportunities, public;

-- It works without the index too.
SELECT changes_since() - 'next' AS first;
SELECT public.begin_live();
SELECT public.live();
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, 1, 'deal ' || n FROM generate_series(1, 6) AS n;
SELECT public.live();
SELECT public.live();
SELECT notify_changes();
SELECT notify_changes();
SELECT * FROM check_crm();

-- Every kind; of what happened to a row the one that says most. What changes nothing is nothing.
UPDATE opportunity SET title = 'first' WHERE id = 1;
UPDATE opportunity SET stage_id = 2 WHERE id = 2;
SELECT move('3', '1', above => '6') ->> 'id' AS id;
UPDATE opportunity SET custom = '{"region": "north"}' WHERE id = 4;
UPDATE opportunity SET title = title, amount = amount WHERE id = 5;
DELETE FROM opportunity WHERE id = 6;
SELECT public.live();
UPDATE opportunity SET stage_id = 3, title = 'moved' WHERE id = 1;
UPDATE opportunity SET title = 'again' WHERE id = 1;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'new'), (1, 1, 'short');
UPDATE opportunity SET stage_id = 2 WHERE title = 'new';
DELETE FROM opportunity WHERE title = 'short';
SELECT public.live();
UPDATE opportunity SET stage_id = 5 WHERE id = 3;
UPDATE opportunity SET archived = true WHERE id = 2;
SELECT public.live();

-- What follows from other rows: amounts, what was invoiced, the last activity.
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 10);
SELECT public.live();
SELECT issue_invoice(1, true) > 0 AS issued;
SELECT public.live();
INSERT INTO activity (opportunity_id, kind, done_at) VALUES (2, 'call', '2025-03-01');
SELECT public.live();
SELECT public.begin_live('document');
SELECT issue_quote(1) > 0 AS issued;
SELECT public.live('document');
INSERT INTO document_line (document_id, description, unit_price) VALUES (2, 'more', 5);
SELECT public.live('document');
SELECT public.begin_live('account');
INSERT INTO account (name) VALUES ('Alborz');
UPDATE account SET name = 'Cedar';
SELECT public.live('account');

-- A room that must be made moves other cards aside: they are reordered. Positions are not people's changes.
SELECT public.begin_live();
UPDATE opportunity SET position = id WHERE stage_id = 1;
SELECT public.live();

-- A key that changes: a row of the old one is gone, and one of the new one has come.
SELECT public.begin_live('app_user');
INSERT INTO app_user (login, name) VALUES ('sara', 'Sara'), ('omid', 'Omid');
SELECT public.live('app_user');
UPDATE app_user SET login = 'sara.m' WHERE login = 'sara';
SELECT public.live('app_user');

-- Pages, within a transaction too; between them others write.
SELECT public.begin_live();
UPDATE opportunity SET description = 'x';
UPDATE opportunity SET description = 'y' WHERE id IN (1, 2);
SELECT public.live(size => 2);
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'between');
SELECT public.live(size => 3);
SELECT public.live(size => 3);
SELECT public.live(size => 3);
SELECT public.live(size => 3);

-- A transaction's own changes are told once it has committed.
BEGIN;
UPDATE opportunity SET description = 'z' WHERE id = 1;
SELECT public.live();
SAVEPOINT s;
UPDATE opportunity SET description = 'z' WHERE id = 2;
ROLLBACK TO s;
SELECT public.live();
SAVEPOINT s;
UPDATE opportunity SET description = 'z' WHERE id = 3;
RELEASE s;
SELECT public.live();
COMMIT;
SELECT public.live();
BEGIN;
DELETE FROM opportunity WHERE id = 2;
SELECT public.live();
ROLLBACK;
SELECT public.live();

-- Who sees some rows is told of the others by their ids alone.
GRANT USAGE ON SCHEMA crm TO regress_seller;
GRANT SELECT ON opportunity TO regress_seller;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = current_user);
UPDATE opportunity SET owner = 'regress_seller' WHERE id IN (1, 2);
SET ROLE regress_seller;
SELECT public.begin_live();
RESET ROLE;
UPDATE opportunity SET owner = 'regress_seller', title = 'given' WHERE id = 3;
UPDATE opportunity SET owner = NULL WHERE id = 2;
UPDATE opportunity SET title = 'hidden' WHERE id = 4;
UPDATE opportunity SET title = 'seen' WHERE id = 1;
SET ROLE regress_seller;
SELECT public.live();
SELECT count(*) FROM change_log;

-- Of a column that somebody may not read nothing is told, but by those that follow from it.
RESET ROLE;
DROP POLICY own ON opportunity;
CREATE POLICY everything ON opportunity USING (true);
REVOKE SELECT ON opportunity FROM regress_seller;
GRANT SELECT (id, title, stage_id) ON opportunity TO regress_seller;
SET ROLE regress_seller;
SELECT public.begin_live();
SET ROLE regress_live_owner;
UPDATE opportunity SET amount = 1 WHERE id = 1;
UPDATE opportunity SET position = 77 WHERE id = 2;
UPDATE opportunity SET custom = '{"region": "south"}' WHERE id = 3;
UPDATE opportunity SET amount = 3, title = 'told' WHERE id = 4;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'told as well');
SET ROLE regress_seller;
SELECT public.live();
SET ROLE regress_live_owner;
GRANT SELECT (estimated_amount, custom) ON opportunity TO regress_seller;
UPDATE opportunity SET amount = 2, probability = 10 WHERE id = 1;
UPDATE opportunity SET custom = '{"region": "west"}' WHERE id = 3;
SET ROLE regress_seller;
SELECT public.live();
SET ROLE regress_live_owner;
REVOKE SELECT (id) ON opportunity FROM regress_seller;
SET ROLE regress_seller;
SELECT changes_since();
SELECT public.live();
SET ROLE regress_live_owner;
REVOKE USAGE ON SCHEMA crm FROM regress_seller;
SELECT 'crm.opportunity'::regclass::oid AS opportunity \gset
SET ROLE regress_seller;
SELECT opportunities.changes_since(NULL, :opportunity);
SELECT opportunities.notify_changes('crm', false);
SET ROLE regress_live_owner;

-- Cursors that are none, or of another table.
SELECT public.begin_live();
SELECT changes_since('');
SELECT changes_since('{"next": 1}');
SELECT changes_since(repeat('9', 1000000));
SELECT changes_since('2:' || substr(current_setting('live.cursor'), 3));
SELECT changes_since(substr(current_setting('live.cursor'), 1, 60));
SELECT changes_since(current_setting('live.cursor') || 'x');
SELECT changes_since(current_setting('live.cursor'), 'account');
SELECT changes_since(public.forge(2, '1'));
SELECT changes_since(public.forge(3, '77'));
SELECT changes_since(public.forge(4, '1'));
SELECT changes_since(public.forge(6, '1'));
SELECT changes_since(public.forge(7, '9223372036854775807'));
SELECT changes_since(public.forge(7, '9223372036854775808'));
SELECT changes_since(public.forge(7, '99999999999999999999'));
SELECT changes_since(public.forge(7, '-1'));
SELECT changes_since(public.forge(7, '2'));
SELECT changes_since(public.forge(8, '5'));
SELECT changes_since(public.forge(8, '5') || 'x');
SELECT changes_since(public.forge(10, '1'));
SELECT changes_since(public.forge(10, '100001'));
SELECT changes_since(public.forge(10, '2:5:5'));
SELECT changes_since(public.forge(10, '2:5:6'));
SELECT changes_since(public.forge(10, '1:0'));
-- (one that lacks old transactions tells of them once more)
SELECT changes_since(public.forge(7, '3'));
SELECT jsonb_array_length(changes_since(public.forge(7, (min(transaction_id) + 1)::text)) -> 'changes') AS rows FROM change_log WHERE table_name = 'opportunity';
SELECT changes_since(NULL, NULL, 0);
SELECT changes_since(NULL, NULL, 1001);
SELECT changes_since(NULL, NULL, NULL) - 'next' AS all_defaults;

-- What is no table with a log.
CREATE VIEW shown AS SELECT * FROM opportunity;
SELECT changes_since(NULL, 'shown');
SELECT changes_since(NULL, 'change_log');
SELECT changes_since(NULL, 'pg_class');
SELECT changes_since(NULL, 0);
SELECT changes_since(NULL, 'opportunity_pkey');
CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON pair FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT changes_since(NULL, 'pair');

-- A table of one's own.
CREATE TABLE visit (id uuid PRIMARY KEY, place text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON visit FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT public.begin_live('visit');
INSERT INTO visit VALUES ('00000000-0000-0000-0000-000000000001', 'Tehran'), ('00000000-0000-0000-0000-000000000002', 'Tabriz');
DELETE FROM visit WHERE place = 'Tehran';
UPDATE visit SET id = '00000000-0000-0000-0000-000000000003';
SELECT public.live('visit');
ALTER TABLE visit RENAME TO journey;
SELECT public.live('journey');
DROP TABLE pair, journey;

-- A log that was switched off, or is kept no longer, has gaps: they are told.
SELECT public.begin_live();
ALTER TABLE opportunity DISABLE TRIGGER zz_log;
UPDATE opportunity SET title = 'unlogged' WHERE id = 1;
SELECT public.live();
SELECT changes_since();
ALTER TABLE opportunity ENABLE TRIGGER zz_log;
SELECT public.live();
SELECT public.begin_live();
UPDATE opportunity SET title = 'logged' WHERE id = 1;
SELECT public.live();
UPDATE opportunity SET title = 'removed' WHERE id = 1;
DELETE FROM change_log WHERE table_name = 'opportunity';
UPDATE opportunity SET title = 'kept' WHERE id = 2;
SELECT public.live();
SELECT public.begin_live();
UPDATE opportunity SET title = 'removed' WHERE id = 1;
DELETE FROM change_log;
SELECT public.live();
SELECT public.begin_live();
SELECT public.live();
UPDATE opportunity SET title = 'first entry' WHERE id = 1;
SELECT public.live();
SELECT public.begin_live();
UPDATE opportunity SET title = 'second entry' WHERE id = 1;
SELECT public.live();
-- (a cursor from before the first entry holds for a day)
DELETE FROM change_log;
SELECT public.begin_live();
SELECT set_config('live.cursor', public.forge(9, (extract(epoch FROM now() - '2000-01-01 UTC')::bigint - 86390)::text), false) IS NULL AS old;
SELECT public.live();
SELECT public.begin_live();
SELECT set_config('live.cursor', public.forge(9, (extract(epoch FROM now() - '2000-01-01 UTC')::bigint - 86410)::text), false) IS NULL AS older;
SELECT public.live();
SELECT * FROM check_crm();

-- A partitioned table: rows that go from one partition to another stay; partitions that come and go are told.
CREATE TABLE region (id bigint, area text, name text, PRIMARY KEY (id, area)) PARTITION BY LIST (area);
CREATE TABLE region_a PARTITION OF region FOR VALUES IN ('a');
CREATE TABLE region_b PARTITION OF region FOR VALUES IN ('b');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON region FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT public.begin_live('region');
INSERT INTO region VALUES (1, 'a', 'x'), (2, 'b', 'y');
SELECT public.live('region');
UPDATE region SET area = 'b' WHERE id = 1;
SELECT public.live('region');
DELETE FROM region_b WHERE id = 2;
SELECT public.live('region');
SELECT changes_since(NULL, 'region_a');
ALTER TABLE region_a DISABLE TRIGGER zz_log;
SELECT public.live('region');
ALTER TABLE region_a ENABLE TRIGGER zz_log;
SELECT public.begin_live('region');
ALTER TABLE region DETACH PARTITION region_b;
SELECT public.live('region');
DROP TABLE region, region_b;

-- check_crm knows what is switched on.
ALTER TABLE change_log DISABLE TRIGGER zz_notify;
SELECT code, object, problem FROM check_crm();
SELECT notify_changes();
ALTER TABLE change_log ENABLE TRIGGER zz_notify;
SELECT code, object, problem FROM check_crm();
DROP INDEX change_log_transaction;
SELECT code, object, problem FROM check_crm();
SELECT notify_changes();
SELECT code, object, problem FROM check_crm();
SELECT notify_changes('crm', false);
SELECT notify_changes('crm', false);
SELECT code, object, problem FROM check_crm();
SELECT count(*) FROM pg_trigger WHERE tgname = 'zz_notify';
DROP INDEX change_log_transaction;
CREATE INDEX change_log_transaction ON change_log (row_id);
SELECT notify_changes();
DROP INDEX change_log_transaction;
CREATE INDEX change_log_transaction ON change_log (table_name, transaction_id, row_id);
SELECT notify_changes();
SELECT code, object, problem FROM check_crm();
SELECT notify_changes('nowhere');
SELECT notify_changes('public');
SELECT notify_changes(NULL);
SELECT notify_changes('crm', NULL);

-- Keys that read otherwise under the settings of who changes rows than of who asks: a row is one, and isn't gone.
CREATE TABLE moments (key timestamptz PRIMARY KEY, name text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON moments FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TABLE floats (key float8 PRIMARY KEY, name text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON floats FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TABLE exact (key numeric PRIMARY KEY, name text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON exact FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TABLE bytes (key bytea PRIMARY KEY, name text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON bytes FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TABLE days (key date PRIMARY KEY, name text);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON days FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT public.begin_live('moments') \g /dev/null
SELECT public.theirs(true) \g /dev/null
INSERT INTO moments VALUES ('2026-05-04 03:02:01.5Z', 'a'), ('2026-06-05Z', 'b');
SELECT public.theirs(false) \g /dev/null
UPDATE moments SET name = 'c' WHERE name = 'a';
DELETE FROM moments WHERE name = 'b';
SELECT public.live('moments');
SELECT public.begin_live('floats') \g /dev/null
SELECT public.theirs(true) \g /dev/null
INSERT INTO floats VALUES (0.1::float8 + 0.2, 'a'), (1e300, 'b');
SELECT public.theirs(false) \g /dev/null
UPDATE floats SET name = 'c' WHERE name = 'a';
DELETE FROM floats WHERE name = 'b';
SELECT public.live('floats');
SELECT public.begin_live('exact') \g /dev/null
SELECT public.theirs(true) \g /dev/null
INSERT INTO exact VALUES (1.50, 'a'), (2, 'b');
SELECT public.theirs(false) \g /dev/null
UPDATE exact SET name = 'c' WHERE name = 'a';
DELETE FROM exact WHERE name = 'b';
SELECT public.live('exact');
SELECT public.begin_live('bytes') \g /dev/null
SELECT public.theirs(true) \g /dev/null
INSERT INTO bytes VALUES ('\x00ff41', 'a'), ('\x42', 'b');
SELECT public.theirs(false) \g /dev/null
UPDATE bytes SET name = 'c' WHERE name = 'a';
DELETE FROM bytes WHERE name = 'b';
SELECT public.live('bytes');
SELECT public.begin_live('days') \g /dev/null
SELECT public.theirs(true) \g /dev/null
INSERT INTO days VALUES ('2026-05-04', 'a'), ('2026-06-05', 'b');
SELECT public.theirs(false) \g /dev/null
UPDATE days SET name = 'c' WHERE name = 'a';
DELETE FROM days WHERE name = 'b';
SELECT public.live('days');
-- a number that is written anew still names the row
SELECT public.begin_live('exact') \g /dev/null
UPDATE exact SET key = 1.5;
SELECT public.live('exact');
DROP TABLE moments, floats, exact, bytes, days;

-- Tenants: nothing of another's, and nobody without one.
RESET ROLE;
RESET search_path;
SET ROLE regress_live_owner;
SELECT opportunities.create_crm('shared', tenant => true);
SELECT opportunities.notify_changes('shared');
SET search_path = shared, opportunities, public;
\d change_log_transaction
SELECT changes_since();
SET opportunities.tenant = 'a';
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, kind) VALUES (1, 1, 'Lead', 'open'), (2, 1, 'Won', 'won');
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, 'of a');
SET opportunities.tenant = 'b';
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, kind) VALUES (1, 1, 'Lead', 'open'), (2, 1, 'Won', 'won');
SELECT public.begin_live();
SELECT set_config('live.b', current_setting('live.cursor'), false) IS NULL AS kept;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, 'of b'), (2, 1, 1, 'of b');
SET opportunities.tenant = 'a';
UPDATE opportunity SET title = 'changed' WHERE tenant_id = 'a';
DELETE FROM opportunity WHERE tenant_id = 'a' AND id = 1;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (7, 1, 1, 'of a');
SELECT public.live();
SELECT set_config('live.cursor', current_setting('live.b'), false) IS NULL AS back;
SET opportunities.tenant = 'b';
SELECT public.live();
SELECT code, object, problem FROM check_crm('shared');

-- rows that no value of their id finds
CREATE TABLE lists (id integer[] PRIMARY KEY);
CREATE TABLE points (id point, name text PRIMARY KEY);
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON lists FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON points FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
SELECT changes_since(relation => 'lists');
SELECT changes_since(relation => 'points');

RESET ROLE;
DROP SCHEMA crm, shared CASCADE;
DROP FUNCTION public.begin_live, public.live, public.theirs, public.forge;
DROP OWNED BY regress_live_owner, regress_seller;
DROP ROLE regress_live_owner, regress_seller;
