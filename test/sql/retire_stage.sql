-- retire_stage: the opportunities of a stage go to another one, and it is out of use.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_retire', starter => true);
SET search_path = crm_retire;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');                      -- 7, 8
INSERT INTO stage (pipeline_id, name, active, kind) VALUES (1, 'Old', false, 'open'), (1, 'Lost too', true, 'lost'); -- 9, 10
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'below'), (1, 1, 'a'), (1, 1, 'b'), (1, 1, 'c'), (1, 1, 'd');
INSERT INTO opportunity (pipeline_id, stage_id, title, probability) VALUES (1, 1, 'by hand', 77);
UPDATE opportunity SET position = 1 WHERE title = 'c';
CREATE VIEW cards AS SELECT s.name AS stage, o.title, o.probability, o.version, o.closed_on IS NOT NULL AS closed, o.close_reason
	FROM opportunity o JOIN stage s ON s.id = o.stage_id ORDER BY s.position, s.id, o.position DESC, o.id DESC;
SELECT stage, title FROM cards;

-- Errors.
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(NULL, 2)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, NULL)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 1)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(99, 1)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 99)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 7)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 9)');
SELECT pg_temp.attempt('UPDATE stage SET active = false WHERE id = 1');
UPDATE stage SET reason_required = true WHERE id = 6;
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 6)');
SELECT pg_temp.attempt('SET CONSTRAINTS ALL IMMEDIATE; SELECT opportunities.retire_stage(8, 7)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 2, ''stage'')');

-- In their order, on top of those that are there; as by any change of a stage.
SELECT opportunities.retire_stage(1, 2);
SELECT * FROM cards;
SELECT active FROM stage WHERE id = 1;
SELECT opportunity_id, from_stage_id, to_stage_id, changed_by FROM stage_change ORDER BY opportunity_id;
SELECT * FROM opportunities.check_crm('crm_retire');
-- (also where the places that they have are those that they would get, or there is no room above)
UPDATE stage SET active = true WHERE id = 1;
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, 3, 'e' || n FROM generate_series(1, 4) AS n;
SELECT opportunities.retire_stage(stage_id => 3, replacement_id => 1, relation => 'crm_retire.opportunity');
SELECT title FROM cards WHERE stage = 'Lead';
UPDATE stage SET active = true WHERE id = 3;
INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (1, 3, 'top', 9223372036854775807);
SELECT opportunities.retire_stage(1, 3);
SELECT title FROM cards WHERE stage = 'Proposal';

-- To a final one, and from one: closed, closed anew, open again.
SELECT opportunities.retire_stage(3, 5);
SELECT DISTINCT stage, closed FROM cards WHERE title LIKE 'e%';
UPDATE opportunity SET close_reason = 'quality' WHERE title = 'e1';
SELECT opportunities.retire_stage(5, 10);
SELECT DISTINCT stage, closed, close_reason FROM cards WHERE title LIKE 'e%';
SELECT opportunities.retire_stage(10, 4);
SELECT DISTINCT stage, closed, close_reason FROM cards WHERE title LIKE 'e%';
-- One that is empty, or inactive already.
UPDATE stage SET reason_required = false WHERE id = 6;
SELECT opportunities.retire_stage(10, 6), opportunities.retire_stage(9, 6);
SELECT name, active FROM stage WHERE pipeline_id = 1 ORDER BY id;
SELECT * FROM opportunities.check_crm('crm_retire');

-- With the rights of the caller: what is not theirs to see stays, and so does the stage.
CREATE ROLE regress_admin;
GRANT USAGE ON SCHEMA crm_retire TO regress_admin;
GRANT SELECT, UPDATE ON opportunity TO regress_admin;
GRANT SELECT ON stage TO regress_admin;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner IS NULL);
UPDATE opportunity SET owner = 'x' WHERE title = 'by hand';
SET ROLE regress_admin;
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(2, 4)');
RESET ROLE;
GRANT UPDATE ON stage TO regress_admin;
SET ROLE regress_admin;
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(2, 4)');
RESET ROLE;
UPDATE opportunity SET owner = NULL;
SET ROLE regress_admin;
SELECT opportunities.retire_stage(2, 4);
RESET ROLE;
REVOKE SELECT, UPDATE ON opportunity, stage FROM regress_admin;

-- Tenants: another's stages are not there.
SET opportunities.tenant = 'a';
SELECT opportunities.create_crm('crm_retire_tenants', tenant => true, starter => true);
SET search_path = crm_retire_tenants;
SET opportunities.tenant = 'b';
INSERT INTO pipeline (name) VALUES ('Sales of B');
INSERT INTO stage (pipeline_id, name, kind) SELECT id, unnest('{Won,Done}'::text[]), 'won' FROM pipeline WHERE name = 'Sales of B';
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT pipeline_id, id, name FROM stage WHERE tenant_id = 'b';
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(1, 2)');
SELECT pg_temp.attempt('SELECT opportunities.retire_stage(7, 2)');
SELECT opportunities.retire_stage(7, 8);
SELECT tenant_id, title, stage_id FROM opportunity ORDER BY id;
RESET opportunities.tenant;

DROP SCHEMA crm_retire, crm_retire_tenants CASCADE;
DROP ROLE regress_admin;
