-- Where everybody must be named, nothing asks who the user is without an answer, and nothing is recorded under a role's name.
SET client_min_messages = warning;
\i test/data/attempt.sql
SET opportunities.user_name = 'ann';
SELECT opportunities.create_crm('crm_named', starter => true) \g /dev/null
SET search_path = crm_named, opportunities, public;
CREATE ROLE regress_named;
GRANT USAGE ON SCHEMA crm_named TO regress_named;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_named TO regress_named;
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) VALUES (1, 1, 'Pumps', 'ann', 100);
INSERT INTO app_user (login, name) VALUES ('ann', 'Ann');
SELECT save_filter('Mine', '{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}') > 0 AS saved,
	save_view('Mine', fields => '{title}') > 0 AS saved;
PREPARE mine AS SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}');
EXECUTE mine;

SET opportunities.require_user_name = on;
EXECUTE mine;
SELECT me();
RESET opportunities.user_name;
SELECT pg_temp.attempt('SELECT me()');
SELECT pg_temp.attempt('EXECUTE mine');
-- what reads who it is, and what writes it
SELECT command, split_part(pg_temp.attempt(command), E'\n', 1) AS result FROM unnest(ARRAY[
	'SELECT board(filter => ''Mine'')', 'SELECT list(filter => ''Mine'')', 'SELECT report(by => ''{stage_id}'', filter => ''Mine'')', 'SELECT list("view" => ''Mine'')', 'SELECT filter_rules(''Mine'')',
	'SELECT list(rules => ''{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}'')', 'SELECT list(rules => ''{"rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}'')',
	'SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, ''{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}'')',
	'SELECT filter_sql(''{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}'')', 'SELECT count(*) FROM team(''app_user'')',
	'INSERT INTO account (name) VALUES (''x'')', 'INSERT INTO opportunity (pipeline_id, title) VALUES (1, ''x'')', 'UPDATE opportunity SET title = ''x''', 'UPDATE opportunity SET stage_id = 2',
	'DELETE FROM opportunity', 'INSERT INTO activity (opportunity_id, kind) VALUES (1, ''call'')', 'INSERT INTO saved_filter (name, definition) VALUES (''x'', ''{"rules": []}'')',
	'INSERT INTO product (name) VALUES (''x'')', 'INSERT INTO payment (opportunity_id, amount) VALUES (1, 1)', 'INSERT INTO document (opportunity_id, kind) VALUES (1, ''quote'')',
	'SELECT save_filter(''x'', ''{"rules": []}'')', 'SELECT save_view(''x'')', 'SELECT create_opportunity(''{"title": "x", "pipeline_id": 1}'')', 'SELECT edit_opportunity(''1'', ''{"title": "x"}'')',
	'SELECT move(''1'', ''2'')', 'SELECT bulk_edit(''{"title": "x"}'', ids => ''{1}'')', 'SELECT bulk_delete(ids => ''{1}'')', 'SELECT log_activity(''{1}'', ''call'')', 'SELECT issue_quote(1)', 'SELECT retire_stage(1, 2)',
	'SELECT erase_user(''ann'', schema => ''crm_named'')', 'SELECT bulk_edit(''{"title": "x"}'', ids => ''{1}'', on_error => ''skip'')', 'SELECT bulk_delete(ids => ''{1}'', on_error => ''skip'')']) AS command;
-- nothing came of it, and nobody is named but who was
SELECT (SELECT count(*) FROM opportunity) AS opportunities, (SELECT string_agg(DISTINCT changed_by, ', ') FROM change_log) AS changed_by, (SELECT string_agg(DISTINCT created_by, ', ') FROM opportunity) AS created_by;
-- what doesn't ask goes on
SELECT count(*) FROM opportunity;
SELECT report ->> 'count' FROM (SELECT to_jsonb(r) AS report FROM report(by => '{pipeline_id}') AS r) AS r;
-- an empty name is none
SET opportunities.user_name = '';
SELECT split_part(pg_temp.attempt('SELECT me()'), E'\n', 1);

-- A policy that asks errs, in a plan that was made before as well, and under another role.
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = me());
SET opportunities.user_name = 'ann';
SET ROLE regress_named;
PREPARE own AS SELECT title FROM opportunity;
EXECUTE own;
RESET opportunities.user_name;
SELECT split_part(pg_temp.attempt('EXECUTE own'), E'\n', 1);
SELECT split_part(pg_temp.attempt('SELECT * FROM board()'), E'\n', 1);
SET opportunities.require_user_name = off;
EXECUTE own;
SELECT me();
RESET ROLE;
-- a worker has what the session has
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET opportunities.user_name = 'ann';
SET opportunities.require_user_name = on;
SELECT count(*) FROM opportunity WHERE me() = owner;
DROP POLICY own ON opportunity;
RESET opportunities.user_name; RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- For a database: its owner sets it, for the sessions that begin then. Who upgrades or restores says who it is.
SELECT current_database() AS database \gset
ALTER DATABASE :"database" SET opportunities.require_user_name = on;
\c -
SET client_min_messages = warning;
DO $$ BEGIN INSERT INTO crm_named.account (name) VALUES ('x'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;
SET opportunities.user_name = 'ann';
INSERT INTO crm_named.opportunity (pipeline_id, title) VALUES (1, 'Valves') RETURNING created_by;
SET opportunities.require_user_name = maybe;
ALTER DATABASE :"database" RESET opportunities.require_user_name;
\c -
SET client_min_messages = warning;
DROP SCHEMA crm_named CASCADE;
DROP ROLE regress_named;
