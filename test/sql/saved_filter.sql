-- Saved filters: who saves, replaces and finds them, what is refused, and plans made anew.
SET client_min_messages = warning;
SET datestyle = iso;

\i test/data/attempt.sql

-- What is wrong with a definition is the compiler's to say.
CREATE FUNCTION pg_temp.refused(command text) RETURNS text LANGUAGE sql AS
	$$SELECT substr(pg_temp.attempt(command), 1, 5)$$;

CREATE ROLE regress_boss;
CREATE ROLE regress_deputy IN ROLE regress_boss;
CREATE ROLE regress_sara;
CREATE ROLE regress_omid;
CREATE ROLE regress_guest;
GRANT CREATE ON DATABASE :DBNAME TO regress_boss;
SET ROLE regress_boss;
SELECT opportunities.create_crm('saved_crm');
GRANT USAGE ON SCHEMA saved_crm TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_crm.saved_filter TO regress_sara, regress_omid;
SET search_path = saved_crm, opportunities, public;

-- A user's own: saved, replaced under the same number, found again.
SET ROLE regress_sara;
SELECT save_filter('Hot', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "1"}]}') AS id \gset
SELECT save_filter('Hot', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "2"}]}') = :id AS replaced;
SELECT save_filter('Hot', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "3"}]}', shared => true) = :id AS replaced;
SELECT save_filter('Hot', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "4"}]}', true) = :id AS replaced;
SELECT save_filter('Sara''s', '{"combinator": "and", "rules": []}') IS NOT NULL AS saved;
SELECT owner, name, shared, definition, description FROM saved_filter ORDER BY name, shared;

-- A private one hides the shared one, for its owner.
SELECT filter_rules('Hot') -> 'rules' -> 0 ->> 'value' AS private;
SET ROLE regress_omid;
SELECT filter_rules('Hot') -> 'rules' -> 0 ->> 'value' AS shared;
SELECT save_filter('Hot', '{"combinator": "and", "rules": [{"field": "title", "operator": "=", "value": "5"}]}') <> :id AS another;
SELECT filter_rules('Hot') -> 'rules' -> 0 ->> 'value' AS private;
SET opportunities.user_name = 'regress_sara';
SELECT filter_rules('Hot') -> 'rules' -> 0 ->> 'value' AS private_of_the_named_user;
RESET opportunities.user_name;
SELECT pg_temp.attempt($$SELECT filter_rules('hot')$$);
SELECT pg_temp.attempt($$SELECT filter_rules('Saras')$$) AS hint_without_names_of_others;
SELECT pg_temp.attempt($$SELECT filter_rules('Sara''s')$$);
SELECT pg_temp.attempt($$SELECT filter_rules(NULL)$$);

-- The relation says whose filters count.
SET search_path = public;
SELECT opportunities.filter_rules('Hot', 'saved_crm.opportunity') = opportunities.filter_rules('Hot', relation => 'saved_crm.stage') AS same;
SELECT pg_temp.attempt($$SELECT opportunities.filter_rules('Hot')$$);
SELECT pg_temp.attempt($$SELECT opportunities.filter_rules('Hot', 'pg_class')$$);
SELECT pg_temp.attempt($$SELECT opportunities.filter_rules('Hot', 'saved_crm.saved_filter_pkey')$$);
SELECT pg_temp.attempt($$SELECT opportunities.save_filter('Hot', '{"combinator": "and", "rules": []}', relation => 'pg_class')$$);
SET search_path = saved_crm, opportunities, public;

-- Another's.
SELECT pg_temp.attempt($$SELECT save_filter('Hot', '{"combinator": "and", "rules": []}', true)$$);
SELECT pg_temp.attempt($$UPDATE saved_filter SET name = 'Cold' WHERE shared$$);
SELECT pg_temp.attempt($$UPDATE saved_filter SET owner = me() WHERE shared$$);
SELECT pg_temp.attempt($$DELETE FROM saved_filter WHERE shared$$);
SELECT pg_temp.attempt($$UPDATE saved_filter SET owner = 'regress_sara' WHERE owner = me()$$) AS given_away;
SELECT pg_temp.attempt($$INSERT INTO saved_filter (owner, name, definition) VALUES ('regress_sara', 'Planted', '{"combinator": "and", "rules": []}')$$) AS planted;
SELECT pg_temp.attempt($$INSERT INTO saved_filter (name, shared, definition) VALUES ('Hot', true, '{"combinator": "and", "rules": []}')
	ON CONFLICT (name) WHERE shared DO UPDATE SET definition = EXCLUDED.definition$$) AS upserted;
SET opportunities.user_name = 'regress_guest';
SELECT pg_temp.attempt($$DELETE FROM saved_filter WHERE owner = 'regress_omid'$$) AS not_the_named_user;
RESET opportunities.user_name;

-- One's own, by plain SQL.
INSERT INTO saved_filter (name, definition, description) VALUES ('Mine', '{"combinator": "or", "rules": []}', 'for me')
RETURNING owner, shared, created_at = now() AND updated_at = now() AS stamped;
UPDATE saved_filter SET name = 'Ours', shared = true WHERE name = 'Mine';
SELECT pg_temp.attempt($$UPDATE saved_filter SET name = 'Hot' WHERE name = 'Ours'$$);
SELECT pg_temp.attempt($$INSERT INTO saved_filter (name, definition) VALUES ('Hot', '{"combinator": "and", "rules": []}')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_filter (name, definition) VALUES (' ', '{"combinator": "and", "rules": []}')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_filter (name, definition) VALUES ('None', NULL)$$);
SELECT pg_temp.attempt($$SELECT save_filter(NULL, '{}')$$);
SELECT pg_temp.attempt($$SELECT save_filter('None', NULL)$$);
SELECT pg_temp.attempt($$SELECT save_filter('', '{"combinator": "and", "rules": []}')$$);

-- What can't be applied is neither saved nor written.
SELECT pg_temp.refused($$SELECT save_filter('Bad', '{"combinator": "and", "rules": [{"field": "no_such", "operator": "=", "value": "1"}]}')$$);
SELECT pg_temp.refused($$SELECT save_filter('Bad', '{"combinator": "and", "rules": [{"field": "max_days", "operator": "=", "value": "1"}]}', relation => 'stage')$$)
	AS not_a_field_of_opportunity;
SELECT pg_temp.refused($$SELECT save_filter('Bad', '{"combinator": "and", "rules": [{"field": "amount", "operator": "=", "value": "1"}]}', relation => 'stage')$$)
	AS not_a_field_of_the_relation;
SELECT pg_temp.refused($$INSERT INTO saved_filter (name, definition) VALUES ('Bad', '{"combinator": "and", "rules": [{"field": "no_such", "operator": "=", "value": "1"}]}')$$);
SELECT pg_temp.refused($$UPDATE saved_filter SET definition = '{"combinator": "and", "rules": [{"field": "no_such", "operator": "=", "value": "1"}]}' WHERE name = 'Ours'$$);
SELECT pg_temp.refused($$INSERT INTO saved_filter (name, definition) VALUES ('Bad', '[]')$$);
DELETE FROM saved_filter WHERE name = 'Ours' RETURNING name;

-- A definition whose column is gone can still be found, renamed and deleted, but not saved again.
SET ROLE regress_boss;
ALTER TABLE opportunity ADD COLUMN region text;
SET ROLE regress_omid;
SELECT save_filter('North', '{"combinator": "and", "rules": [{"field": "region", "operator": "=", "value": "north"}]}') IS NOT NULL AS saved;
SET ROLE regress_boss;
ALTER TABLE opportunity DROP COLUMN region;
SET ROLE regress_omid;
UPDATE saved_filter SET name = 'South', definition = definition WHERE name = 'North' RETURNING name;
SELECT filter_rules('South') -> 'rules' -> 0 ->> 'field' AS field;
SELECT pg_temp.refused($$SELECT save_filter('Copy', filter_rules('South'))$$);
DELETE FROM saved_filter WHERE name = 'South' RETURNING name;

-- Stamps: created_at stays, updated_at follows what is really changed.
SET ROLE regress_boss;
INSERT INTO saved_filter (name, definition, created_at, updated_at)
VALUES ('Old', '{"combinator": "and", "rules": []}', '2020-01-01', '2020-01-02');
UPDATE saved_filter SET created_at = now(), updated_at = now(), definition = definition WHERE name = 'Old'
RETURNING created_at = '2020-01-01' AND updated_at = '2020-01-02' AS as_before;
UPDATE saved_filter SET description = 'changed', created_at = NULL WHERE name = 'Old'
RETURNING created_at = '2020-01-01' AND updated_at = now() AS stamped;
DELETE FROM saved_filter WHERE name = 'Old';

-- Whoever has the rights of the table's owner may do anything, but save_filter is for one's own.
SET ROLE regress_deputy;
UPDATE saved_filter SET name = 'Warm' WHERE shared AND name = 'Hot' RETURNING owner, name;
UPDATE saved_filter SET owner = 'regress_omid' WHERE name = 'Warm' RETURNING owner, name;
INSERT INTO saved_filter (owner, name, definition) VALUES ('regress_guest', 'Welcome', '{"combinator": "and", "rules": []}') RETURNING owner;
DELETE FROM saved_filter WHERE owner = 'regress_guest' RETURNING name;
SELECT pg_temp.attempt($$SELECT save_filter('Warm', '{"combinator": "and", "rules": []}', true)$$);

-- The caller's rights, and row security.
SET ROLE regress_guest;
SELECT pg_temp.attempt($$SELECT filter_rules('Warm')$$);
SELECT pg_temp.attempt($$SELECT save_filter('Guest', '{"combinator": "and", "rules": []}')$$);
SET ROLE regress_boss;
GRANT SELECT ON saved_filter TO regress_guest;
SET ROLE regress_guest;
SELECT filter_rules('Warm') IS NOT NULL AS found;
SELECT pg_temp.attempt($$SELECT save_filter('Guest', '{"combinator": "and", "rules": []}')$$);
SET ROLE regress_boss;
ALTER TABLE saved_filter ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON saved_filter USING (owner = opportunities.me());
SET ROLE regress_guest;
SELECT pg_temp.attempt($$SELECT filter_rules('Warm')$$);
SET ROLE regress_sara;
SELECT filter_rules('Hot') IS NOT NULL AS found;
SELECT pg_temp.attempt($$SELECT save_filter('Warm', '{"combinator": "and", "rules": []}', true)$$);
SET ROLE regress_boss;
ALTER TABLE saved_filter DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON saved_filter;

-- A plan that depends on the table is made anew after each write, a replica's too.
RESET ROLE;
CREATE FUNCTION pg_temp.planned() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'planned'; RETURN true; END $$;
SET plan_cache_mode = force_generic_plan;
PREPARE by_filter AS SELECT pg_temp.planned() FROM saved_filter LIMIT 0;
PREPARE by_field AS SELECT pg_temp.planned() FROM custom_field LIMIT 0;
EXECUTE by_filter;
EXECUTE by_filter;
SELECT save_filter('Plan', '{"combinator": "and", "rules": []}') IS NOT NULL AS saved;
EXECUTE by_filter;
UPDATE saved_filter SET name = 'Plans' WHERE name = 'Plan';
EXECUTE by_filter;
DELETE FROM saved_filter WHERE name = 'Plans';
EXECUTE by_filter;
EXECUTE by_field;
EXECUTE by_field;
INSERT INTO custom_field (name) VALUES ('region');
EXECUTE by_field;
UPDATE custom_field SET type = 'number';
EXECUTE by_field;
DELETE FROM custom_field;
EXECUTE by_field;
TRUNCATE custom_field;
EXECUTE by_field;
SET session_replication_role = replica;
EXECUTE by_filter;
EXECUTE by_field;
INSERT INTO saved_filter (name, definition) VALUES ('Replica', '{"combinator": "and", "rules": []}');
EXECUTE by_filter;
INSERT INTO custom_field (name) VALUES ('region');
EXECUTE by_field;
RESET session_replication_role;
-- (and is not where nothing says so)
BEGIN;
ALTER TABLE saved_filter DISABLE TRIGGER zz_replan;
EXECUTE by_filter;
DELETE FROM saved_filter WHERE name = 'Replica';
EXECUTE by_filter;
ROLLBACK;
-- A row that goes into a partition counts for the table.
CREATE TABLE parted (LIKE custom_field) PARTITION BY LIST (name);
CREATE TABLE parted_all PARTITION OF parted DEFAULT;
CREATE TRIGGER zz_replan AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
PREPARE by_parted AS SELECT pg_temp.planned() FROM ONLY parted LIMIT 0;
EXECUTE by_parted;
INSERT INTO parted_all (id, name, type, required, listed) VALUES (1, 'a', 'text', false, false);
EXECUTE by_parted;
DROP TABLE parted;
RESET plan_cache_mode;

-- TRUNCATE.
SELECT pg_temp.attempt('TRUNCATE saved_filter');
SELECT pg_temp.attempt('TRUNCATE custom_field');

-- Custom fields: one of a name for each pipeline, and for all.
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO custom_field (pipeline_id, name, type) VALUES (1, 'region', 'choice');
SELECT pg_temp.attempt($$INSERT INTO custom_field (name) VALUES ('region')$$);
SELECT pg_temp.attempt($$INSERT INTO custom_field (pipeline_id, name) VALUES (1, 'region')$$);
SELECT pg_temp.attempt($$INSERT INTO custom_field (pipeline_id, name) VALUES (2, 'region')$$);
SELECT pg_temp.attempt($$INSERT INTO custom_field (name, type) VALUES ('size', 'integer')$$);
SELECT pg_temp.attempt($$INSERT INTO custom_field (name) VALUES ('')$$);

-- Trigger functions are for their triggers.
CREATE TABLE other (a integer);
CREATE TRIGGER wrong BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1)');
DROP TRIGGER wrong ON other;
CREATE TRIGGER wrong AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1)');
DROP TRIGGER wrong ON other;
CREATE TRIGGER wrong BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1)');
DROP TABLE other;

-- Without the relation nothing can be checked; a renamed schema is found by what it is called now.
ALTER TABLE opportunity RENAME TO deals;
SELECT pg_temp.attempt($$INSERT INTO saved_filter (name, definition) VALUES ('Late', '{"combinator": "and", "rules": []}')$$);
ALTER TABLE deals RENAME TO opportunity;
ALTER SCHEMA saved_crm RENAME TO saved_moved;
INSERT INTO saved_moved.saved_filter (name, definition) VALUES ('Late', '{"combinator": "and", "rules": []}') RETURNING name;
SELECT opportunities.filter_rules('Late', 'saved_moved.opportunity');
ALTER SCHEMA saved_moved RENAME TO saved_crm;

-- A view is no saved_filter: writes to what it shows would reach no plan.
ALTER TABLE saved_filter RENAME TO filters;
CREATE VIEW saved_filter AS TABLE filters;
SELECT pg_temp.attempt($$SELECT filter_rules('Late')$$);
SELECT pg_temp.attempt($$SELECT save_filter('Late', '{"combinator": "and", "rules": []}')$$);

RESET search_path;
DROP SCHEMA saved_crm CASCADE;
REVOKE CREATE ON DATABASE :DBNAME FROM regress_boss;
DROP ROLE regress_boss, regress_deputy, regress_sara, regress_omid, regress_guest;
