-- A person and everybody below, for policies.
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SELECT opportunities.create_crm('crm_team');
SET search_path = crm_team;
INSERT INTO app_user (login, name, manager) VALUES ('ann', 'Ann', NULL), ('bob', 'Bob', 'ann'), ('cem', 'Cem', 'bob'), ('dan', 'Dan', NULL), ('eve', 'Eve', 'ann');
SET opportunities.user_name = 'bob';
SELECT * FROM opportunities.team() ORDER BY 1;
SELECT * FROM opportunities.team('app_user', 'ann') ORDER BY 1;
SELECT * FROM opportunities.team(leader => 'nobody');
-- each other's managers
UPDATE app_user SET manager = 'cem' WHERE login = 'ann';
SELECT * FROM opportunities.team() ORDER BY 1;

-- In a policy it is read once a query.
CREATE ROLE regress_member;
GRANT USAGE ON SCHEMA crm_team TO regress_member;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_team TO regress_member;
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO opportunity (pipeline_id, title, owner) SELECT p.id, 'Deal', u.login FROM pipeline AS p, app_user AS u;
UPDATE app_user SET manager = NULL WHERE login = 'ann';
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY team ON opportunity USING (owner IN (SELECT opportunities.team('crm_team.app_user')));
SET ROLE regress_member;
SELECT owner FROM opportunity ORDER BY 1;
SELECT bool_or(line LIKE '%hashed SubPlan%') AS hashed FROM pg_temp.plan('SELECT owner FROM opportunity') AS line;
SELECT count, stage FROM opportunities.board();
RESET ROLE;

SELECT opportunities.team('pipeline');
SET search_path = public;
SELECT opportunities.team();
DROP SCHEMA crm_team CASCADE;
DROP ROLE regress_member;
