-- Activities: what a row gets, logging for many at once, and the rights of whoever does it.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_acts', starter => true);
SET search_path = crm_acts, opportunities, public;
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, 1, 'deal ' || i FROM generate_series(1, 5) AS i;

-- Entered without a day it is done; with one it is to do; what is given counts.
INSERT INTO activity (opportunity_id, kind) VALUES (1, 'call')
RETURNING id, subject, data, due_at, done_at = now() AS done, created_at = now() AS created, created_by, updated_at = now() AS updated, updated_by;
INSERT INTO activity (opportunity_id, kind, due_at) VALUES (1, 'task', '2030-01-01Z') RETURNING due_at, done_at;
INSERT INTO activity (opportunity_id, kind, done_at) VALUES (1, 'visit of ours', '2020-01-01Z') RETURNING due_at, done_at;
INSERT INTO activity (opportunity_id, kind, due_at, done_at) VALUES (1, 'task', '2020-01-01Z', '2020-01-02Z') RETURNING due_at, done_at;
INSERT INTO activity (opportunity_id, kind, due_at) VALUES (1, 'task', 'infinity') RETURNING due_at, done_at;

-- Stamps: a new row may bring its moment, an UPDATE keeps all four unless something is changed.
INSERT INTO activity (opportunity_id, kind, created_at, created_by, updated_at, updated_by)
VALUES (2, 'import', '2020-02-02Z', 'x', '2020-02-02Z', 'x') RETURNING id AS act, created_at, created_by, updated_at = now() AS updated, updated_by \gset
SELECT :'created_at', :'created_by', :'updated', :'updated_by';
SET opportunities.user_name = 'berta';
UPDATE activity SET created_at = now(), created_by = 'x', updated_at = '2020-01-01Z', updated_by = 'x', kind = kind WHERE id = :act
RETURNING created_at, created_by, updated_at > '2020-01-01' AS kept, updated_by;
UPDATE activity SET subject = 'S', created_at = NULL, updated_at = NULL WHERE id = :act RETURNING created_at, created_by, updated_at = now() AS updated, updated_by;
-- (done again, and not: it then has no day, and is not done by that)
UPDATE activity SET done_at = NULL WHERE id = :act RETURNING due_at, done_at;
UPDATE activity SET subject = NULL WHERE id = :act RETURNING due_at, done_at;
UPDATE activity SET done_at = now() WHERE id = :act RETURNING done_at = now() AS done;

-- What no activity can be.
SELECT pg_temp.attempt('INSERT INTO activity (opportunity_id, kind) VALUES (99, ''call'')');
SELECT pg_temp.attempt('INSERT INTO activity (opportunity_id, kind) VALUES (1, '' '')');
SELECT pg_temp.attempt('INSERT INTO activity (opportunity_id, kind, data) VALUES (1, ''form'', ''[]'')');
SELECT pg_temp.attempt('INSERT INTO activity (opportunity_id) VALUES (1)');
SELECT pg_temp.attempt('TRUNCATE activity');

-- Deleting an opportunity takes its activities.
SELECT count(*) FROM activity WHERE opportunity_id = 2;
DELETE FROM opportunity WHERE id = 2;
SELECT count(*) FROM activity WHERE opportunity_id = 2;

-- log_activity: one or many, in the order that was asked for.
SELECT setval('activity_id_seq', 100);
SELECT * FROM log_activity('{4,1,3}', 'call');
SELECT id, opportunity_id, kind, subject, body, data, due_at, done_at IS NOT NULL AS done, assignee, created_by FROM activity WHERE id > 100 ORDER BY id;
SELECT log_activity(opportunity_ids => '{3}', kind => 'task', subject => 'Offer', body => 'Send it', data => '{"a": 1}', due_at => '2030-01-01Z', assignee => 'omid') AS id \gset
SELECT opportunity_id, kind, subject, body, data, due_at, done_at, assignee FROM activity WHERE id = :id;
SELECT count(*) FROM log_activity('{}', 'call');
SELECT max(l) AS last FROM log_activity('{{5,4},{3,1}}', 'note', relation => 'crm_acts.opportunity') AS l \gset
SELECT id, opportunity_id FROM activity WHERE id > :last - 4 ORDER BY id;

-- Refused, and then nothing is logged.
SELECT pg_temp.attempt($$SELECT log_activity('{1,99,3,98}', 'call')$$);
SELECT pg_temp.attempt($$SELECT log_activity('{3,1,5,1}', 'call')$$);
SELECT pg_temp.attempt($$SELECT log_activity('{1,NULL}', 'call')$$);
SELECT pg_temp.attempt($$SELECT log_activity(NULL, 'call')$$);
SELECT pg_temp.attempt($$SELECT log_activity('{1}', NULL)$$);
SELECT pg_temp.attempt($$SELECT log_activity('{1}', '')$$);
SELECT pg_temp.attempt($$SELECT log_activity('{1}', 'form', data => '5')$$);
SELECT pg_temp.attempt($$SELECT log_activity('{1}', 'form', relation => 'pg_class')$$);
CREATE SCHEMA crm_acts_mapped;
CREATE VIEW crm_acts_mapped.opportunity AS SELECT gen_random_uuid() AS id;
CREATE VIEW crm_acts_mapped.activity AS TABLE crm_acts.activity;
SELECT pg_temp.attempt($$SELECT log_activity('{1}', 'form', relation => 'crm_acts_mapped.opportunity')$$);
SELECT count(*) FROM activity WHERE id > :last;
DROP SCHEMA crm_acts_mapped CASCADE;

-- last_activity_at: the latest done_at, whatever statement changes it; no change that people make.
CREATE VIEW lasts AS SELECT o.id, o.last_activity_at AS last, o.last_activity_at IS NOT DISTINCT FROM max(a.done_at) AS right, o.version, o.updated_by
FROM opportunity AS o LEFT JOIN activity AS a ON a.opportunity_id = o.id GROUP BY o.id;
DELETE FROM activity;
SELECT * FROM lasts ORDER BY id;
SET opportunities.user_name = 'carla';
INSERT INTO activity (opportunity_id, kind, done_at, due_at) VALUES (1, 'a', '2021-01-01Z', NULL), (3, 'b', '2022-01-01Z', NULL), (1, 'c', '2023-01-01Z', NULL),
	(1, 'd', '2022-06-06Z', NULL), (4, 'e', NULL, '2030-01-01Z');
SELECT * FROM lasts ORDER BY id;
DELETE FROM activity WHERE kind = 'c';
SELECT * FROM lasts WHERE id = 1;
UPDATE activity SET opportunity_id = 4 WHERE kind IN ('d', 'b');
SELECT * FROM lasts ORDER BY id;
UPDATE activity SET done_at = NULL WHERE kind = 'b';
UPDATE activity SET done_at = '2024-01-01Z' WHERE kind = 'e';
UPDATE activity SET done_at = '2020-01-01Z', subject = 'S' WHERE kind = 'a';
SELECT * FROM lasts ORDER BY id;
INSERT INTO activity (id, opportunity_id, kind, done_at) SELECT id, opportunity_id, kind, '2025-01-01Z' FROM activity WHERE kind = 'a'
ON CONFLICT (id) DO UPDATE SET done_at = EXCLUDED.done_at;
SELECT * FROM lasts WHERE id = 1;
WITH gone AS (DELETE FROM activity WHERE kind = 'a' RETURNING opportunity_id) INSERT INTO activity (opportunity_id, kind, done_at) SELECT opportunity_id, 'f', '2019-01-01Z' FROM gone;
SELECT * FROM lasts WHERE id = 1;
MERGE INTO activity AS a USING (VALUES (1, 'f'), (5, 'g')) AS v (o, k) ON a.kind = v.k WHEN MATCHED THEN DELETE
	WHEN NOT MATCHED THEN INSERT (opportunity_id, kind, done_at) VALUES (o, k, '2018-01-01Z');
SELECT * FROM lasts ORDER BY id;
DELETE FROM activity WHERE false;
-- (what a client sends is not taken: it may be old by now)
INSERT INTO opportunity (pipeline_id, title, last_activity_at) VALUES (1, 'x', now()) RETURNING last_activity_at;
UPDATE opportunity SET last_activity_at = now() WHERE id = 4 RETURNING last_activity_at, version;
UPDATE opportunity SET last_activity_at = NULL, title = 'deal four' WHERE id = 4 RETURNING last_activity_at, version;
UPDATE opportunity SET last_activity_at = now() WHERE id = 1 RETURNING last_activity_at, version;
SELECT * FROM opportunities.check_crm('crm_acts');

-- It costs a look at the opportunities that are touched, however many there are.
BEGIN;
INSERT INTO opportunity (pipeline_id, title) SELECT 1, 'more ' || i FROM generate_series(1, 1000) AS i;
CREATE FUNCTION pg_temp.reads() RETURNS bigint LANGUAGE sql AS 'SELECT pg_stat_get_xact_tuples_returned(''crm_acts.opportunity_pkey''::regclass) + pg_stat_get_xact_tuples_returned(''crm_acts.opportunity''::regclass)';
SELECT pg_temp.reads() AS before \gset
INSERT INTO activity (opportunity_id, kind) VALUES (1, 'call');
SELECT pg_temp.reads() - :before < 10 AS few;
ROLLBACK;

-- With the caller's rights, for what the caller sees.
CREATE ROLE regress_caller;
GRANT USAGE ON SCHEMA crm_acts TO regress_caller;
GRANT SELECT ON opportunity TO regress_caller;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY but_one ON opportunity USING (id <> 4);
SET ROLE regress_caller;
SELECT pg_temp.attempt($$SELECT log_activity('{1}', 'call')$$);
RESET ROLE;
GRANT INSERT, SELECT ON activity TO regress_caller;
SET ROLE regress_caller;
SELECT count(*) FROM log_activity('{1,3}', 'call');
SELECT count(*) FROM opportunity WHERE last_activity_at = (SELECT max(done_at) FROM activity);
SELECT pg_temp.attempt($$SELECT log_activity('{1,4}', 'call')$$);
RESET ROLE;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- The trigger is for its table.
CREATE TABLE other (due_at timestamptz);
CREATE TRIGGER rules BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (now())');
DROP TRIGGER rules ON other;
CREATE TRIGGER rules AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (now())');
DROP TRIGGER rules ON other;
CREATE TRIGGER rules BEFORE INSERT ON other FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
SELECT pg_temp.attempt('INSERT INTO other VALUES (now())');
DROP TRIGGER rules ON other;
CREATE TRIGGER rules AFTER INSERT ON other REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
SELECT pg_temp.attempt('INSERT INTO other VALUES (now())');
DROP TRIGGER rules ON other;
CREATE TRIGGER rules AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_last_activity();
SELECT pg_temp.attempt('INSERT INTO other VALUES (now())');
DROP TABLE other;

-- Users: each once, and nobody their own manager.
INSERT INTO app_user (login, name, manager) VALUES ('sara', 'Sara', NULL), ('omid', 'Omid', 'sara') RETURNING login, manager, active;
UPDATE app_user SET login = 'sara.k' WHERE login = 'sara';
SELECT login, manager FROM app_user ORDER BY login;
SELECT pg_temp.attempt($$INSERT INTO app_user (login, name) VALUES ('omid', 'Omid')$$);
SELECT pg_temp.attempt($$INSERT INTO app_user (login, name) VALUES (' ', 'Omid')$$);
SELECT pg_temp.attempt($$INSERT INTO app_user (login, name) VALUES ('leila', '')$$);
SELECT pg_temp.attempt($$UPDATE app_user SET manager = login$$);
SELECT pg_temp.attempt($$UPDATE app_user SET manager = 'nobody'$$);
SELECT pg_temp.attempt($$DELETE FROM app_user WHERE login = 'sara.k'$$);
SELECT pg_temp.attempt('TRUNCATE app_user');

-- Where there are tenants: each opportunity follows its own activities, also those of several tenants in one statement.
SET opportunities.tenant = 'north';
SELECT create_crm('crm_acts_tenants', tenant => true, starter => true);
SET search_path = crm_acts_tenants, opportunities, public;
INSERT INTO pipeline (tenant_id, name) VALUES ('south', 'Sales');
INSERT INTO opportunity (tenant_id, pipeline_id, title) SELECT tenant_id, id, 'of ' || tenant_id FROM pipeline;
SELECT count(*) FROM log_activity(ARRAY(SELECT id FROM opportunity WHERE tenant_id = 'north'), 'call');
SELECT title, last_activity_at IS NOT NULL AS last FROM opportunity ORDER BY id;
INSERT INTO activity (tenant_id, opportunity_id, kind, done_at) SELECT tenant_id, id, 'visit', '2040-01-01Z' FROM opportunity;
SELECT title, last_activity_at FROM opportunity ORDER BY id;
SELECT * FROM check_crm('crm_acts_tenants');

RESET search_path;
DROP SCHEMA crm_acts, crm_acts_tenants CASCADE;
DROP ROLE regress_caller;
