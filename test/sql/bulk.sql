-- bulk_edit and bulk_delete: which rows, what becomes of each, all or none, and who may.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_bulk', starter => true);
SET search_path = crm_bulk, opportunities, public;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
UPDATE stage SET reason_required = true WHERE name = 'Lost';
INSERT INTO account (name) VALUES ('Alborz');
INSERT INTO custom_field (name, type) VALUES ('seats', 'number');
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, owner, account_id)
SELECT 1, 1 + n % 4, 'deal ' || n, 100 * n, CASE n % 2 WHEN 0 THEN 'sara' ELSE 'omid' END, 1 FROM generate_series(1, 10) AS n;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, owner) VALUES (2, 7, 'service 11', 1, 'sara'), (2, NULL, 'service 12', 1, 'sara');
UPDATE opportunity SET archived = true WHERE id = 10;
SELECT save_filter('Large', '{"rules": [{"field": "amount", "operator": ">", "value": 500}]}') > 0 AS saved;

-- By ids, each once, archived or not; what a row has already is no change.
SELECT * FROM bulk_edit('{"owner": "sara", "custom.region": "north"}', ids => '{3,1,2,10,3}');
SELECT * FROM bulk_edit('{"owner": "sara", "custom.region": "north"}', ids => '{1,2,3}');
SELECT * FROM bulk_edit('{"owner": "omid", "custom.region": null, "custom.seats": "12"}', ids => '{1,3,5}');
SELECT id, owner, custom, version, updated_by FROM opportunity WHERE id IN (1, 2, 3, 5, 10) ORDER BY id;
SELECT * FROM bulk_edit('{"owner": "omid"}', ids => '{}');

-- By a selection, without archived rows unless asked for; ids and selection are ANDed.
SELECT * FROM bulk_edit('{"tags": ["hot"]}', filter => 'Large');
SELECT * FROM bulk_edit('{"tags": ["hot"]}', filter => 'Large', include_archived => true);
SELECT * FROM bulk_edit('{"tags": ["cold"]}', scope => '{"owner": "sara", "pipeline_id": 1}', rules => '{"rules": [{"field": "amount", "operator": "<", "value": 700}]}');
SELECT * FROM bulk_edit('{"tags": []}', search => 'alborz 4');
SELECT * FROM bulk_edit('{"tags": ["account"]}', rules => '{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Alborz"}, {"field": "stage.name", "operator": "=", "value": "Lead"}]}');
SELECT * FROM bulk_edit('{"tags": ["both"]}', ids => '{1,2,9,10}', filter => 'Large');
SELECT * FROM bulk_edit('{"tags": ["both"]}', ids => '{1,2,9,10}', filter => 'Large', include_archived => true);
SELECT * FROM bulk_edit('{"tags": ["none"]}', ids => '{9,10}', include_archived => false);
SELECT * FROM bulk_edit('{"tags": ["mine"]}', scope => '{"owner": "nobody"}', expected_count => 0);
-- what is edited may leave the selection
SELECT * FROM bulk_edit('{"owner": "nobody"}', scope => '{"owner": "omid"}');
SELECT * FROM bulk_edit('{"owner": "omid"}', scope => '{"owner": "nobody"}', expected_count => 5);

-- No selection is an error, never every row.
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}')$$);
SELECT arguments, split_part(pg_temp.attempt(format($$SELECT * FROM bulk_edit('{"owner": "x"}', %s)$$, arguments)), E'\n', 2) AS code FROM (VALUES
	('include_archived => true'), ('scope => ''{}'''), ('search => ''  '''), ('rules => ''{"rules": []}'''), ('rules => ''{"rules": [{"rules": []}]}'', search => '''''),
	('rules => ''{"rules": [{"field": "amount", "operator": ">", "value": 1, "muted": true}]}'''), ('expected_count => 12')) AS a (arguments);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete()$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(scope => '{}')$$);

-- What was shown: another count, a row that is not there.
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', filter => 'Large', expected_count => 3)$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{1,2}', expected_count => 3, on_error => 'skip')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{1,99,2}')$$);
BEGIN;
SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{1,99,2}', on_error => 'skip');
SELECT * FROM bulk_edit('{"owner": "y"}', ids => '{1,99,2}', on_error => 'skip', expected_count => 2);
SELECT * FROM bulk_delete(ids => '{99}', on_error => 'skip');
ROLLBACK;
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{1,99,2}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(filter => 'Large', expected_count => 3)$$);

-- Rows that can't be changed: abort names the row and changes none, skip leaves it out.
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"stage_id": 2}', ids => '{1,2,3,11,12}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"stage_id": 6}', ids => '{1,2,3}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"account_id": 77}', ids => '{4,5}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"title": " "}', ids => '{4}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"title": null}', ids => '{4}')$$);
SELECT count(*) FILTER (WHERE stage_id = 2), count(*) FILTER (WHERE owner = 'x') AS x FROM opportunity;
BEGIN;
SELECT * FROM bulk_edit('{"stage_id": 2, "owner": "nina"}', ids => '{1,2,3,4,5,6,7,8,9,10,11,12}', on_error => 'skip');
SELECT id FROM opportunity WHERE owner = 'nina' ORDER BY id;
ROLLBACK;
SELECT * FROM bulk_edit('{"stage_id": 6}', ids => '{1,2}', on_error => 'skip');
SELECT * FROM bulk_edit('{"title": null}', ids => '{1,2}', on_error => 'skip');
SELECT * FROM bulk_edit('{"account_id": 77}', ids => '{1,2}', on_error => 'skip');
SELECT * FROM bulk_edit('{"stage_id": 6, "close_reason": "price"}', ids => '{1,2}');

-- A failure that is of no row alone.
BEGIN;
CREATE UNIQUE INDEX one_nina ON opportunity (owner) WHERE owner = 'nina';
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "nina"}', ids => '{3,4,5}')$$);
SELECT * FROM bulk_edit('{"owner": "nina"}', ids => '{3,4,5}', on_error => 'skip');
CREATE FUNCTION at_most_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT count(*) FROM changed) > 2 THEN RAISE EXCEPTION 'more than two' USING errcode = '23514', constraint = 'at_most_two'; END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER at_most_two AFTER UPDATE ON opportunity REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION at_most_two();
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "rosa"}', ids => '{3,4,5,6,7}')$$);
SELECT * FROM bulk_edit('{"owner": "rosa"}', ids => '{3,4,5,6,7}', on_error => 'skip');
ROLLBACK;

-- An error that is of the whole ends it at once, under skip too.
BEGIN;
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'tried';
	RAISE EXCEPTION 'cancelled' USING errcode = tg_argv[0];
END $$;
CREATE TRIGGER fail BEFORE UPDATE ON opportunity FOR EACH STATEMENT EXECUTE FUNCTION fail('53100');
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "rosa"}', ids => '{3,4,5,6,7}', on_error => 'skip')$$);
DROP TRIGGER fail ON opportunity;
CREATE TRIGGER fail BEFORE UPDATE ON opportunity FOR EACH STATEMENT EXECUTE FUNCTION fail('40P01');
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "rosa"}', ids => '{3,4,5,6,7}', on_error => 'skip')$$);
ROLLBACK;
BEGIN READ ONLY;
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "rosa"}', ids => '{3}', on_error => 'skip')$$);
ROLLBACK;

-- An array: what is removed goes, then what is missing is put at the end, each once; null empties one that must be there.
BEGIN;
ALTER TABLE opportunity ADD sizes numeric(6,2)[];
UPDATE opportunity SET tags = CASE id WHEN 1 THEN '{cold,x,cold}'::text[] WHEN 2 THEN '{vip,new}' WHEN 3 THEN '{}' ELSE '{vip,NULL,cold,vip}' END, sizes = CASE id WHEN 1 THEN '{1.5,2}'::numeric[] WHEN 2 THEN '{}' END WHERE id <= 4;
SELECT id, status FROM bulk_edit('{"tags": {"add": ["vip", "new", "vip"], "remove": ["cold", "none"]}}', ids => '{1,2,3,4}');
SELECT id, status FROM bulk_edit('{"tags": {"add": ["vip"], "remove": ["vip"]}}', ids => '{1}');
SELECT id, status FROM bulk_edit('{"sizes": {"remove": ["۱٫۵", 7]}}', ids => '{1,2,3}');
SELECT id, tags, sizes FROM opportunity WHERE id <= 4 ORDER BY id;
SELECT id, status FROM bulk_edit('{"owner": "nina", "sizes": {"add": [2.00, 3, 3.0]}, "custom.x": 1}', ids => '{1,2,3}');
SELECT id, owner, sizes, custom FROM opportunity WHERE id <= 3 ORDER BY id;
SELECT move('2', '1', changes => '{"tags": {"add": ["hot"]}}') -> 'tags' AS added, move('2', '1', changes => '{"tags": {"remove": ["hot"]}}') -> 'tags' AS removed, move('2', '1', changes => '{"tags": ["hot"]}') -> 'tags' AS given;
SELECT id, status FROM bulk_edit('{"tags": null, "sizes": null}', ids => '{1,3}');
SELECT id, tags, sizes FROM opportunity WHERE id IN (1, 3) ORDER BY id;
SELECT changes, pg_temp.attempt(format('SELECT * FROM bulk_edit(%L, ids => ''{1}'')', changes)) FROM unnest(ARRAY[
	'{"tags": {}}', '{"tags": {"add": "vip"}}', '{"tags": {"add": null}}', '{"tags": {"add": [null]}}', '{"tags": {"ad": ["vip"]}}', '{"tags": {"add": ["vip"], "more": []}}', '{"tags": {"add": [["vip"]]}}', '{"sizes": {"remove": ["x"]}}', '{"title": {"add": ["x"]}}']) AS changes;

-- Elements that can't be told apart, and vectors, are given whole.
CREATE TYPE pair AS (a int, b text);
ALTER TABLE opportunity ADD pairs pair[], ADD points point[], ADD vector oidvector;
SELECT pg_temp.attempt(format('SELECT bulk_edit(%L, ids => ''{1}'')', changes))
FROM unnest(ARRAY['{"pairs": {"add": ["(1,x)"]}}', '{"points": {"add": ["(1,2)"]}}', '{"vector": {"add": [1]}}', '{"pairs": ["(1,x)"], "points": ["(1,2)"], "vector": "1 2"}']) AS changes;
SELECT pairs, points, vector FROM opportunity WHERE id = 1;
ALTER TABLE opportunity DROP pairs, DROP points, DROP vector;
DROP TYPE pair;
SELECT pg_temp.attempt(format('SELECT * FROM bulk_edit(%L, ids => ''{1}'')', jsonb_build_object('tags', jsonb_build_object('add', (SELECT jsonb_agg(i) FROM generate_series(1, 1001) AS i)))));
SELECT pg_temp.attempt(format('SELECT * FROM bulk_edit(%L, ids => ''{4}'')', jsonb_build_object('tags', jsonb_build_object('add', (SELECT jsonb_agg(i) FROM generate_series(1, 1000) AS i)))));
ROLLBACK;

-- Bad input.
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit(NULL, ids => '{1}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{}', ids => '{1}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('[]', ids => '{1}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"ownr": 1}', ids => '{1}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"version": 1}', ids => '{1}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"amount": "much"}', ids => '{1}', on_error => 'skip')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": 1}', ids => '{1,NULL}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": 1}', ids => '{1}', on_error => 'ignore')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": 1}', filter => 'Larg')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": 1}', ids => '{1}', relation => 'account')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{1}', relation => 'account')$$);

-- Deleting.
BEGIN;
SELECT * FROM bulk_delete(ids => '{4,5}', filter => 'Large');
SELECT * FROM bulk_delete(ids => '{4}', expected_count => 1);
SELECT * FROM bulk_delete(scope => '{"owner": "sara"}');
SELECT count(*) FROM opportunity;
ROLLBACK;
CREATE TABLE contract (opportunity_id bigint CONSTRAINT contract_of REFERENCES opportunity);
INSERT INTO contract VALUES (6), (8);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{5,6,7,8,9}')$$);
BEGIN;
SELECT * FROM bulk_delete(ids => '{5,6,7,8,9}', on_error => 'skip');
SELECT array_agg(id ORDER BY id) FROM opportunity;
ROLLBACK;
DROP TABLE contract;

-- Rights and row security, named per row.
CREATE ROLE regress_bulk;
GRANT USAGE ON SCHEMA crm_bulk TO regress_bulk;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_bulk TO regress_bulk;
SET ROLE regress_bulk;
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{1,2}', on_error => 'skip')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{1,2}', on_error => 'skip')$$);
RESET ROLE;
GRANT UPDATE (owner, custom) ON opportunity TO regress_bulk;
SET ROLE regress_bulk;
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x", "tags": []}', ids => '{1,2}', on_error => 'skip')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{1,2}', on_error => 'skip')$$);
RESET ROLE;
UPDATE opportunity SET owner = CASE WHEN id < 5 THEN 'sara' ELSE 'omid' END;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opportunity FOR SELECT USING (id <> 7);
CREATE POLICY own ON opportunity FOR UPDATE USING (owner = 'sara') WITH CHECK (owner <> 'boss');
CREATE POLICY leave ON opportunity FOR DELETE USING (id % 2 = 0);
SET ROLE regress_bulk;
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"custom.a": 1}', ids => '{3,4,5}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"custom.a": 1}', ids => '{3,4,7}')$$);
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "boss"}', ids => '{3,4}')$$);
SELECT * FROM bulk_edit('{"custom.a": 1}', ids => '{3,4,5,6,7}', on_error => 'skip');
SELECT * FROM bulk_edit('{"owner": "boss"}', ids => '{3,6}', on_error => 'skip');
SELECT * FROM bulk_edit('{"custom.b": 1}', scope => '{"pipeline_id": 1}', on_error => 'skip');
RESET ROLE;
-- deleting without the right to change anything, which locking takes
REVOKE UPDATE (owner, custom) ON opportunity FROM regress_bulk;
GRANT DELETE ON opportunity TO regress_bulk;
SET ROLE regress_bulk;
SELECT pg_temp.attempt($$SELECT * FROM bulk_delete(ids => '{3,4}')$$);
SELECT * FROM bulk_delete(ids => '{3,4,7,8}', on_error => 'skip');
RESET ROLE;
DROP POLICY seen ON opportunity;
DROP POLICY own ON opportunity;
DROP POLICY leave ON opportunity;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- Many rows, of which a few fail: as many subtransactions as these take, and each row told.
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, n FROM generate_series(1, 3000) AS n;
UPDATE opportunity SET pipeline_id = 2, stage_id = 7 WHERE id IN (1, 500, 501, 2222, 3000);
BEGIN;
SELECT pg_current_xact_id()::text::bigint AS first_xid \gset
CREATE TEMP TABLE result AS SELECT * FROM bulk_edit('{"stage_id": 2}', ids => ARRAY(SELECT generate_series(1, 3001)::text), on_error => 'skip');
SELECT status, code, count(*), min(id::bigint), max(id::bigint) FROM result GROUP BY 1, 2 ORDER BY 1, 2;
SELECT count(*) FILTER (WHERE stage_id = 2) AS moved, max(version) FROM opportunity;
SELECT (SELECT max(x) - :first_xid < 150 FROM (SELECT xmin::text::bigint AS x FROM opportunity) AS o) AS few_subtransactions;
COMMIT;
SELECT * FROM check_crm('crm_bulk');

-- With tenants.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_bulk_tenants', tenant => true, starter => true);
GRANT USAGE ON SCHEMA crm_bulk_tenants TO regress_bulk;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_bulk_tenants TO regress_bulk;
SET ROLE regress_bulk;
SET search_path = crm_bulk_tenants, opportunities, public;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, 'deal ' || n FROM generate_series(1, 3) AS n;
SET opportunities.tenant = 'south';
INSERT INTO pipeline (id, name) VALUES (2, 'Sales');
INSERT INTO opportunity (id, pipeline_id, title) SELECT n, 2, 'deal ' || n FROM generate_series(4, 6) AS n;
SELECT * FROM bulk_edit('{"owner": "sara"}', search => 'deal');
SELECT * FROM bulk_edit('{"owner": "omid"}', ids => '{1,4}', on_error => 'skip');
SELECT * FROM bulk_delete(ids => '{2,5}', on_error => 'skip');
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', scope => '{}')$$);
RESET ROLE;
SELECT pg_temp.attempt($$SELECT * FROM bulk_edit('{"owner": "x"}', ids => '{1}')$$);
SELECT tenant_id, id, owner FROM opportunity ORDER BY id;
RESET opportunities.tenant;
DROP SCHEMA crm_bulk_tenants CASCADE;

SET search_path = crm_bulk, opportunities, public;
-- What a trigger of a user's sets for the transaction stays set, as by a plain UPDATE: also what our statements are planned without.
BEGIN;
CREATE FUNCTION pg_temp.set_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	PERFORM set_config('my.setting', TG_OP, true), set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', false);
	RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER sets BEFORE UPDATE OR DELETE ON opportunity FOR EACH ROW EXECUTE FUNCTION pg_temp.set_all();
SET jit = on;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (9001, 1, 1, 'Sets');
SELECT status FROM bulk_edit('{"owner": "setter"}', ids => '{9001}');
SELECT current_setting('my.setting'), current_setting('jit') AS jit, current_setting('enable_seqscan') AS enable_seqscan, current_setting('enable_sort') AS enable_sort;
SET LOCAL jit = on;
SELECT status FROM bulk_delete(ids => '{9001}');
SELECT current_setting('my.setting'), current_setting('jit') AS jit;
ROLLBACK;

DROP OWNED BY regress_bulk;
DROP ROLE regress_bulk;
DROP SCHEMA crm_bulk CASCADE;
