-- create_opportunity and edit_opportunity: one opportunity from JSON, and the row as a list shows it.
SET client_min_messages = warning;
SET datestyle = iso;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_edit', starter => true);
SET search_path = crm_edit, opportunities, public;
INSERT INTO account (name) VALUES ('Alborz');
INSERT INTO custom_field (name, type, listed) VALUES ('seats', 'number', true), ('due', 'date', false), ('vip', 'bool', false);

-- A new one: own columns and keys of custom, each read as its type reads it.
SELECT create_opportunity('{"pipeline_id": "1", "stage_id": 2, "title": "Network", "account_id": 1, "amount": "۱۰٫۵۰", "tags": ["a", "b"],
	"expected_close": {"date": "1405-09-09", "calendar": "persian"}, "custom.seats": "۱۲", "custom.region": "north"}');
SELECT stage_id, amount_mode, probability_mode, expected_close, created_by, custom FROM opportunity;
-- what isn't there has its default, what is null has none; an array is added to the empty one
SET opportunities.currency = 'EUR';
SELECT create_opportunity('{"pipeline_id": 1, "title": "Printers", "currency": null, "tags": {"add": ["a", "b", "a"], "remove": ["b"]}, "competitors": null}', fields => '{currency,tags,competitors,stage.name}');
SELECT create_opportunity('{"pipeline_id": 1, "title": "Phones", "custom": {"seats": "3", "free": [1]}, "custom.vip": "yes", "custom.due": null}', fields => '{currency,custom,custom.vip}');
RESET opportunities.currency;

-- What list shows of it is what it gave.
SELECT create_opportunity('{"pipeline_id": 1, "title": "Kitchen"}') AS new, edit_opportunity('1', '{"owner": "sara"}') AS changed \gset
SELECT list(scope => '{"id": 4}') -> 'rows' = jsonb_build_array(:'new'::jsonb) AS new, list(scope => '{"id": 1}') -> 'rows' = jsonb_build_array(:'changed'::jsonb) AS changed;

-- Changes, with the version that the user saw; what a row has already is no change, nor is nothing.
SELECT edit_opportunity('1', '{"title": "Networks", "tags": {"add": ["c", "b"], "remove": ["a"]}, "custom.seats": null, "custom.due": "2026-02-01"}', expected => 2,
	fields => '{version,title,tags,custom,account.name}');
SELECT edit_opportunity('1', '{"title": "Networks", "custom.due": "2026/2/1"}', expected => 3, fields => '{version}');
SELECT edit_opportunity('1', '{}', expected => 3, fields => '{version,owner}');
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{"title": "Net"}', expected => 2)$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{}', expected => 2)$$);
SELECT title, version FROM opportunity WHERE id = 1;
-- into another stage, which says how likely it is, and into a final one
SELECT edit_opportunity('1', '{"stage_id": "3"}', fields => '{stage.name,state,probability}');
SELECT edit_opportunity('1', '{"stage_id": 6, "close_reason": "price", "closed_on": "2026-11-01"}', fields => '{stage.name,state,closed_on,close_reason}');

-- An id as cards have it, and one that none has.
SELECT edit_opportunity('۲', '{}', fields => '{title}');
SELECT pg_temp.attempt($$SELECT edit_opportunity('99', '{"title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('99', '{}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('first', '{"title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('99999999999999999999', '{"title": "x"}')$$);

-- Errors, the same for both.
SELECT pg_temp.attempt('SELECT edit_opportunity(NULL, ''{}'')');
SELECT pg_temp.attempt('SELECT edit_opportunity(''1'', NULL)');
SELECT pg_temp.attempt('SELECT create_opportunity(NULL)');
SELECT pg_temp.attempt($$SELECT create_opportunity('{}', relation => 'stage')$$);
SELECT pg_temp.attempt($$SELECT create_opportunity('{}', fields => '{owner,NULL}')$$);
SELECT pg_temp.attempt($$SELECT create_opportunity('{}', fields => '{ownr}')$$);
SELECT changes, created, edited FROM (VALUES ('[]'), ('{"id": 3}'), ('{"version": 3}'), ('{"ownr": "x"}'), ('{"account.name": "x"}'),
	('{"amount": "much"}'), ('{"expected_close": "2026-02-30"}'), ('{"tags": {"put": ["x"]}}'), ('{"custom.seats": "many"}')) AS c (changes),
	LATERAL (SELECT pg_temp.attempt(format($$SELECT create_opportunity(%L)$$, changes)), pg_temp.attempt(format($$SELECT edit_opportunity('2', %L)$$, changes))) AS t (created, edited);

-- A trigger of one's own may leave a row out.
CREATE FUNCTION pg_temp.leave() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER leave BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION pg_temp.leave();
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{"title": "x"}')$$);
DROP TRIGGER leave ON opportunity;

-- A kept statement follows the tables.
CREATE FUNCTION pg_temp.edit(fields text[]) RETURNS jsonb LANGUAGE sql AS $$SELECT opportunities.edit_opportunity('1', '{"owner": "omid"}', fields => $1)$$;
BEGIN;
SELECT pg_temp.edit('{custom.due}');
UPDATE custom_field SET type = 'text' WHERE name = 'due';
SELECT pg_temp.edit('{custom.due}');
SELECT jsonb_object_keys(pg_temp.edit(NULL)) INTERSECT VALUES ('tags');
ALTER TABLE opportunity DROP COLUMN tags CASCADE;
SELECT jsonb_object_keys(pg_temp.edit(NULL)) INTERSECT VALUES ('tags');
ROLLBACK;

-- Rights on columns: the error names the one that is missing. A row is given back with what its reader may read.
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA crm_edit TO regress_clerk;
GRANT SELECT (id, title, owner, version, account_id, stage_id, pipeline_id), INSERT (title, pipeline_id), UPDATE (title) ON opportunity TO regress_clerk;
GRANT SELECT ON account, stage, custom_field TO regress_clerk;
SET ROLE regress_clerk;
SELECT create_opportunity('{"pipeline_id": 1, "title": "Of a clerk"}', fields => '{title,owner}');
SELECT edit_opportunity('2', '{"title": "By a clerk"}', fields => '{title,version}');
SELECT edit_opportunity('2', '{}');
-- what nobody asked for isn't shown where it can't be read, on boards and in lists alike
RESET ROLE;
REVOKE SELECT ON account, stage FROM regress_clerk;
GRANT SELECT (id, pipeline_id, name) ON stage TO regress_clerk;
REVOKE SELECT (account_id) ON opportunity FROM regress_clerk;
GRANT SELECT (archived) ON opportunity TO regress_clerk;
SET ROLE regress_clerk;
SELECT edit_opportunity('2', '{}');
SELECT list(scope => '{"id": 2}', with_totals => false) -> 'rows' AS rows;
RESET ROLE;
GRANT SELECT ON account, stage TO regress_clerk;
GRANT SELECT (account_id) ON opportunity TO regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x", "owner": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('2', '{"title": "x", "custom.seats": 1}', fields => '{title}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('2', '{"title": "x"}', fields => '{amount}')$$);
SELECT pg_temp.attempt($$SELECT move('2', '2', changes => '{"owner": "x"}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{2}')$$);
RESET ROLE;
REVOKE INSERT, UPDATE ON opportunity FROM regress_clerk;
SET ROLE regress_clerk;
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('2', '{"title": "x"}')$$);
RESET ROLE;

-- Row security: one's own rows. A new row, or a changed one, must be one that its writer sees, since it is given back.
GRANT SELECT, INSERT, UPDATE ON opportunity TO regress_clerk;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opportunity FOR SELECT USING (owner = opportunities.me());
CREATE POLICY made ON opportunity FOR INSERT WITH CHECK (true);
CREATE POLICY changed ON opportunity FOR UPDATE USING (true);
UPDATE opportunity SET owner = 'anna' WHERE id = 2;
SET ROLE regress_clerk;
SELECT create_opportunity('{"pipeline_id": 1, "title": "Mine", "owner": "anna"}', fields => '{title}');
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "Omid''s", "owner": "omid"}')$$);
INSERT INTO opportunity (pipeline_id, title, owner) VALUES (1, 'Omid''s', 'omid');
SELECT pg_temp.attempt($$SELECT edit_opportunity('2', '{"owner": "omid"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{"title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{}')$$);
RESET ROLE;
DROP POLICY changed ON opportunity;
SET ROLE regress_clerk;
SELECT pg_temp.attempt($$SELECT edit_opportunity('2', '{"title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{"title": "x"}')$$);
RESET ROLE;
SELECT title, owner FROM opportunity WHERE id = 1 OR id > 5 ORDER BY id;
DROP SCHEMA crm_edit CASCADE;
DROP ROLE regress_clerk;

-- With tenants a row is made in one's own, and another's isn't there.
SET opportunities.tenant = 'one';
SELECT opportunities.create_crm('crm_edit', tenant => true, starter => true);
SET search_path = crm_edit, opportunities, public;
SELECT create_opportunity('{"pipeline_id": 1, "stage_id": 1, "title": "Network"}', fields => '{title,stage.name}');
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x", "tenant_id": "two"}')$$);
SET opportunities.tenant = 'two';
SELECT pg_temp.attempt($$SELECT edit_opportunity('1', '{"title": "x"}')$$);
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x"}')$$);
RESET opportunities.tenant;
SELECT pg_temp.attempt($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x"}')$$);
SET opportunities.tenant = 'one';
SELECT edit_opportunity('1', '{"title": "Networks"}', expected => 1, fields => '{title,version}');
DROP SCHEMA crm_edit CASCADE;
