-- The ways from stage to stage that a pipeline allows: whoever goes them, in whatever way.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_ways', starter => true);
SET search_path = crm_ways, opportunities, public;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
CREATE ROLE regress_seller;
CREATE ROLE regress_chief;
GRANT USAGE ON SCHEMA crm_ways TO regress_seller, regress_chief;
GRANT SELECT, INSERT, UPDATE ON opportunity TO regress_seller, regress_chief;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_ways TO regress_seller, regress_chief;
GRANT INSERT ON activity TO regress_seller;

-- A pipeline without transitions allows all.
INSERT INTO opportunity (id, pipeline_id, stage_id, title, position) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'one', 10), (2, 1, 2, 'two', 20), (3, 1, NULL, 'none', 30), (4, 2, 7, 'service', 40);
SELECT setval(pg_get_serial_sequence('opportunity', 'id'), 100) \g /dev/null
CREATE FUNCTION pg_temp.try_move(row_id bigint, stage text, rest text = '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	result := pg_temp.attempt(format('UPDATE crm_ways.opportunity SET stage_id = %s%s WHERE id = %s', stage, rest, row_id));
	IF result = 'no error' THEN
		RAISE EXCEPTION USING errcode = 'UNDOO';
	END IF;
	RETURN result;
EXCEPTION WHEN SQLSTATE 'UNDOO' THEN
	RETURN 'allowed';
END $$;
SELECT pg_temp.try_move(1, '6') AS lead_to_lost, pg_temp.try_move(3, '4') AS none_to_negotiation, my_rights() ? 'entered_from' AS told;

-- What a transition is: of two stages of the pipeline, and of a role of the server.
SELECT pg_temp.attempt(c) FROM unnest(ARRAY[
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 1, 1)$$,
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 1, 7)$$,
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 7, 1)$$,
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id) VALUES (1, 1)$$,
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id, role) VALUES (1, 1, 2, 'regress_nobody')$$,
	$$INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id, role) VALUES (1, 1, 2, '')$$,
	$$INSERT INTO stage_transition (pipeline_id, to_stage_id) VALUES (1, 1), (1, 1)$$]) AS c;
INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id, role) VALUES
	(1, NULL, 1, NULL), (1, NULL, 2, NULL), (1, 1, 2, NULL), (1, 2, 3, NULL), (1, 2, 1, NULL), (1, 3, 5, NULL), (1, 3, 6, NULL), (1, 1, 5, 'regress_chief'), (1, 1, 6, 'regress_chief'), (1, 1, 6, 'pg_monitor');

-- From each stage to each, as the owner of the tables, who is a superuser and so of every role. What isn't entered is no transition.
SELECT s.id AS "from", string_agg(t.id::text, ',' ORDER BY t.id) AS "to"
FROM (SELECT NULL UNION ALL SELECT id FROM stage WHERE pipeline_id = 1) AS s (id), stage AS t, LATERAL (SELECT pg_temp.attempt(format(
	'INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (%1$s, 1, %2$s, ''tried''); UPDATE opportunity SET stage_id = %3$s WHERE id = %1$s', 1000 + 10 * coalesce(s.id, 0) + t.id, coalesce(s.id::text, 'NULL'), t.id)) AS result) AS tried
WHERE t.pipeline_id = 1 AND result = 'no error' GROUP BY 1 ORDER BY 1;
SELECT pg_temp.try_move(1, '3'), pg_temp.try_move(3, '3');
DELETE FROM opportunity WHERE id > 1000;

-- Whichever way a row goes; an INSERT goes none.
SELECT pg_temp.attempt(c) FROM unnest(ARRAY[
	$$UPDATE opportunity SET stage_id = 4 WHERE id <= 2$$,
	$$MERGE INTO opportunity AS o USING (VALUES (1)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET stage_id = 4$$,
	$$INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 4, 'one') ON CONFLICT (id) DO UPDATE SET stage_id = EXCLUDED.stage_id$$,
	$$UPDATE opportunity SET stage_id = v.stage FROM (VALUES (1, 2), (2, 4)) AS v (id, stage) WHERE opportunity.id = v.id$$,
	$$SELECT move('1', '4')$$,
	$$SELECT edit_opportunity('1', '{"stage_id": 4}')$$,
	$$SELECT * FROM bulk_edit('{"stage_id": "4"}', ids => '{1,2}')$$]) AS c;
SELECT * FROM bulk_edit('{"stage_id": "3"}', ids => '{1,2}', on_error => 'skip');
UPDATE opportunity SET stage_id = 2 WHERE id = 2;
SELECT move('1', '2') ->> 'id' AS moved, edit_opportunity('1', '{"stage_id": 1}') ->> 'id' AS edited;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 4, 'inserted') RETURNING id AS inserted \gset
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (:inserted, 1, 4, 'inserted') ON CONFLICT (id) DO UPDATE SET stage_id = EXCLUDED.stage_id RETURNING stage_id;
COPY opportunity (pipeline_id, stage_id, title) FROM stdin;
1	4	copied
\.
SELECT pg_temp.try_move(:inserted, '4', ', title = ''the same'''), pg_temp.try_move(:inserted, '5') AS no_way_out;
DELETE FROM opportunity WHERE title IN ('inserted', 'copied');

-- Into another pipeline a row comes as from no stage; what the pipeline that it leaves allows doesn't count.
SELECT pg_temp.try_move(4, '2', ', pipeline_id = 1') AS to_qualified, pg_temp.try_move(4, '3', ', pipeline_id = 1') AS to_proposal, pg_temp.try_move(1, '8', ', pipeline_id = 2') AS to_done;
UPDATE opportunity SET stage_id = NULL, pipeline_id = 2 WHERE id = 3;
SELECT pg_temp.try_move(3, '8') AS from_none, pg_temp.try_move(3, '5', ', pipeline_id = 1') AS from_none_of_another;
UPDATE opportunity SET pipeline_id = 1 WHERE id = 3;

-- A transition of a role is for who has its rights by themselves: not for who could only SET ROLE, and not for the owner of a trigger that writes.
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '5') AS seller, my_rights() -> 'entered_from' AS entered_from;
SET ROLE regress_chief;
SELECT pg_temp.try_move(1, '5') AS chief, my_rights() -> 'entered_from' AS entered_from;
RESET ROLE;
ALTER ROLE regress_seller NOINHERIT;
GRANT regress_chief TO regress_seller;
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '5') LIKE '23514%' AS refused;
SET ROLE regress_chief;
SELECT pg_temp.try_move(1, '5') AS by_set_role;
RESET ROLE;
REVOKE regress_chief FROM regress_seller;
ALTER ROLE regress_seller INHERIT;
CREATE FUNCTION close_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE crm_ways.opportunity SET stage_id = 5 WHERE id = NEW.opportunity_id; RETURN NULL; END $$;
CREATE TRIGGER close_it AFTER INSERT ON activity FOR EACH ROW EXECUTE FUNCTION close_it();
SET ROLE regress_seller;
SELECT pg_temp.attempt('INSERT INTO crm_ways.activity (opportunity_id, kind) VALUES (1, ''call'')') AS by_trigger;
RESET ROLE;
ALTER FUNCTION close_it() SECURITY DEFINER SET search_path = pg_temp;
SET ROLE regress_seller;
SELECT pg_temp.attempt('INSERT INTO crm_ways.activity (opportunity_id, kind) VALUES (1, ''call'')') AS by_trigger_of_the_owner;
RESET ROLE;
DROP FUNCTION close_it CASCADE;
DELETE FROM opportunity WHERE id = 1;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'one');

-- Who may not see stages, or transitions, is told none of them; hidden ones aren't in the hint.
REVOKE SELECT ON stage_transition FROM regress_seller;
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '3') AS without_transitions, my_rights() ? 'entered_from' AS told;
RESET ROLE;
GRANT SELECT ON stage_transition TO regress_seller;
ALTER TABLE stage ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON stage TO regress_seller USING (id <> 2);
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (6, 1, 2, 'six');
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '3') AS without_qualified, pg_temp.try_move(6, '5') AS from_hidden, pg_temp.try_move(1, '2') AS to_hidden, my_rights() -> 'entered_from' AS entered_from;
RESET ROLE;
DROP POLICY visible ON stage;
ALTER TABLE stage DISABLE ROW LEVEL SECURITY;
ALTER TABLE stage_transition ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON stage_transition TO regress_seller USING (from_stage_id IS NULL);
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '2') AS allowed_all_the_same, pg_temp.try_move(1, '3') AS none_seen;
RESET ROLE;
ALTER TABLE stage_transition DISABLE ROW LEVEL SECURITY;
-- A row that row security hides, or that its writer may not write so, is no matter of transitions.
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (id = 2);
SET ROLE regress_seller;
UPDATE opportunity SET stage_id = 4 WHERE id = 1 RETURNING id;
SELECT pg_temp.attempt('INSERT INTO crm_ways.opportunity (pipeline_id, stage_id, title) VALUES (1, 4, ''new'')');
RESET ROLE;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- Nobody is of a role that is gone; check_crm tells.
CREATE ROLE regress_gone;
INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id, role) VALUES (1, 4, 5, 'regress_gone');
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (5, 1, 4, 'five');
SELECT pg_temp.try_move(5, '5') AS there;
DROP ROLE regress_gone;
SELECT pg_temp.try_move(5, '5') AS gone;
SELECT * FROM check_crm('crm_ways');
DELETE FROM stage_transition WHERE role = 'regress_gone';

-- retire_stage takes rows where no transition leads; nobody else does so meanwhile.
CREATE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE crm_ways.opportunity SET stage_id = 3 WHERE id = 1 AND NEW.id = 5; RETURN NULL; END $$;
CREATE TRIGGER also AFTER UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION also();
SELECT pg_temp.attempt('SELECT retire_stage(4, replacement_id => 1)');
DROP FUNCTION also CASCADE;
SELECT retire_stage(4, replacement_id => 1) AS moved;
SELECT pg_temp.try_move(5, '3') AS afterwards;
-- Stages that transitions name stay.
SELECT pg_temp.attempt('DELETE FROM stage WHERE id = 4') AS unnamed, pg_temp.attempt('DELETE FROM stage WHERE id = 3') AS named, pg_temp.attempt('UPDATE stage SET pipeline_id = 2 WHERE id = 3') AS moved;
SELECT action, field, new FROM change_log WHERE table_name = 'stage_transition' ORDER BY id LIMIT 2;
-- Without transitions all is allowed again.
DELETE FROM stage_transition;
SELECT pg_temp.try_move(1, '6') AS all_again, my_rights() ? 'entered_from' AS told;
SELECT * FROM check_crm('crm_ways');

-- Views over the tables of a CRM: the tables refuse, and whoever made the views can show transitions beside them.
INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 1, 2), (1, NULL, 1);
CREATE SCHEMA crm_ways_mapped;
CREATE VIEW crm_ways_mapped.stage AS SELECT id, pipeline_id, name, position, kind FROM stage;
CREATE VIEW crm_ways_mapped.opportunity AS SELECT id, pipeline_id, stage_id, title, amount, probability, version FROM opportunity;
CREATE VIEW crm_ways_mapped.stage_transition AS SELECT pipeline_id::text, 'stage ' || from_stage_id AS from_stage_id, to_stage_id, role FROM stage_transition;
SELECT my_rights('crm_ways_mapped.opportunity') -> 'entered_from' AS entered_from;
SELECT pg_temp.attempt($$SELECT move('1', '3', relation => 'crm_ways_mapped.opportunity')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"stage_id": "3"}', ids => '{1}', relation => 'crm_ways_mapped.opportunity')$$);
DROP SCHEMA crm_ways_mapped CASCADE;

RESET search_path;
DROP SCHEMA crm_ways CASCADE;

-- Tenants have transitions of their own.
SET opportunities.tenant = 'acme';
SELECT opportunities.create_crm('crm_ways', tenant => true) \g /dev/null
SET search_path = crm_ways, opportunities, public;
CREATE FUNCTION pg_temp.fill(tenant text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, false);
	INSERT INTO pipeline (id, name) VALUES (1, tenant);
	INSERT INTO stage (id, pipeline_id, name, kind) VALUES (1, 1, 'A ' || tenant, 'open'), (2, 1, 'B ' || tenant, 'open'), (3, 1, 'C ' || tenant, 'won');
	INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, tenant);
END $$;
SELECT pg_temp.fill('acme'), pg_temp.fill('globex') \g /dev/null
SET opportunities.tenant = 'acme';
INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (1, 1, 2);
GRANT USAGE ON SCHEMA crm_ways TO regress_seller;
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA crm_ways TO regress_seller;
SET ROLE regress_seller;
SELECT pg_temp.try_move(1, '3') AS acme, my_rights() -> 'entered_from' AS entered_from;
SET opportunities.tenant = 'globex';
SELECT pg_temp.try_move(1, '3') AS globex, my_rights() -> 'entered_from' AS entered_from;
RESET ROLE;
SELECT pg_temp.attempt($$INSERT INTO stage_transition (tenant_id, pipeline_id, from_stage_id, to_stage_id) VALUES ('initech', 1, 1, 2)$$);
SET opportunities.tenant = 'acme';
SELECT * FROM check_crm('crm_ways');

RESET search_path;
DROP SCHEMA crm_ways CASCADE;
DROP ROLE regress_seller, regress_chief;
