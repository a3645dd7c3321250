-- Saved views: who saves, replaces and applies them, defaults, and what is refused.
SET client_min_messages = warning;
SET TimeZone = 'UTC';

\i test/data/attempt.sql
-- The rows of a list, each as its values in alphabetical order of their keys but for the id.
CREATE FUNCTION pg_temp.keys(page jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_object_keys(page -> 'rows' -> 0) AS key WHERE key <> 'id'$$;
CREATE FUNCTION pg_temp.ids(rows jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(r ->> 'id', ' ' ORDER BY n) FROM jsonb_array_elements(rows) WITH ORDINALITY AS t (r, n)$$;

CREATE ROLE regress_boss;
CREATE ROLE regress_sara;
CREATE ROLE regress_omid;
GRANT CREATE ON DATABASE :DBNAME TO regress_boss;
SET ROLE regress_boss;
SELECT opportunities.create_crm('view_crm');
GRANT USAGE ON SCHEMA view_crm TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA view_crm TO regress_sara, regress_omid;
GRANT INSERT, UPDATE, DELETE ON view_crm.saved_view, view_crm.saved_filter TO regress_sara, regress_omid;
SET search_path = view_crm, opportunities, public;
INSERT INTO account (id, name) VALUES (1, 'Zeta'), (2, 'Alpha');
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (10, 1, 'Lead', 1, 'open'), (11, 1, 'Won', 2, 'won');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount) VALUES
	(1, 1, 10, 'First', 1, 'sara', 10), (2, 1, 10, 'Second', 2, 'omid', 30), (3, 1, 10, 'Third', NULL, 'sara', 20), (4, 1, 10, 'Small', 1, NULL, 1);

-- A view of one's own: applied where the call says nothing, and replaced under the same number.
SET ROLE regress_sara;
SELECT save_filter('Large', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">=", "value": "10"}]}', shared => true) > 0 AS saved;
SELECT save_view('By amount', 'kanban', '{title,account.name}', '{-amount}', 'account_id', 'Large') AS id \gset
SELECT owner, name, shared, is_default, pipeline_id, layout, columns, sort, lane_by, filter FROM saved_view;
SELECT pg_temp.keys(l) AS keys, pg_temp.ids(l -> 'rows') AS ids, l -> 'totals' ->> 'final_total' AS total FROM list("view" => 'By amount') AS l;
SELECT lane_label, count, cards -> 0 AS first_card FROM board("view" => 'By amount') WHERE count > 0;
SELECT column_cards("view" => 'By amount', after => next) FROM board("view" => 'By amount', cards => 0) WHERE lane = '1' AND count > 0;
SELECT list_sql("view" => 'By amount');
-- explicit arguments win, one by one; rules are added to the filter
SELECT pg_temp.keys(l) AS keys, pg_temp.ids(l -> 'rows') AS ids FROM list("view" => 'By amount', fields => '{owner}') AS l;
SELECT pg_temp.ids(list("view" => 'By amount', sort => '{amount}') -> 'rows') AS ids;
SELECT pg_temp.ids(list("view" => 'By amount', rules => '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": "sara"}]}') -> 'rows') AS ids;
SELECT save_filter('Small', '{"combinator": "and", "rules": [{"field": "amount", "operator": "<", "value": "10"}]}') > 0 AS saved;
SELECT pg_temp.ids(list("view" => 'By amount', filter => 'Small') -> 'rows') AS ids;
SELECT lane, count FROM board("view" => 'By amount', lane_by => 'owner') WHERE count > 0;
-- replaced: columns that stay keep their labels
UPDATE saved_view SET columns = '[{"field": "title", "label": "What", "width": 200}, {"field": "account.name", "label": "Whose"}]';
SELECT save_view('By amount', 'grid', '{amount,title}') = :id AS replaced;
SELECT layout, columns, sort, lane_by, filter FROM saved_view;
SELECT save_view('By amount', 'grid') = :id AS replaced;
SELECT columns, pg_temp.keys(list("view" => 'By amount')) AS keys FROM saved_view;

-- A private view hides the shared one, for its owner.
SELECT save_view('Team', 'grid', '{owner}', '{-id}', shared => true) > 0 AS saved;
SELECT save_view('Team', 'grid', '{title}', '{id}') > 0 AS saved;
SELECT pg_temp.keys(l) AS keys, pg_temp.ids(l -> 'rows') AS ids FROM list("view" => 'Team') AS l;
SET ROLE regress_omid;
SELECT pg_temp.keys(l) AS keys, pg_temp.ids(l -> 'rows') AS ids FROM list("view" => 'Team') AS l;
SELECT pg_temp.attempt($$SELECT list("view" => 'By amount')$$) AS anothers_private_one;
SELECT pg_temp.attempt($$SELECT board("view" => 'Taem')$$);
SELECT pg_temp.attempt($$SELECT save_view('Team', 'grid', shared => true)$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET sort = '{id}' WHERE shared$$);
SELECT pg_temp.attempt($$DELETE FROM saved_view WHERE name = 'Team'$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (owner, name) VALUES ('regress_sara', 'Planted')$$);

-- A shared view applies a shared filter, whatever private ones its readers have.
SET ROLE regress_sara;
SELECT pg_temp.attempt($$SELECT save_view('Shared', 'grid', filter => 'Small', shared => true)$$);
SELECT save_view('Shared', 'grid', filter => 'Large', shared => true) > 0 AS saved;
SET ROLE regress_omid;
SELECT save_filter('Large', '{"combinator": "and", "rules": [{"field": "amount", "operator": "<", "value": "10"}]}') > 0 AS saved;
SELECT pg_temp.ids(list("view" => 'Shared') -> 'rows') AS shared, pg_temp.ids(list(filter => 'Large') -> 'rows') AS private;
SET ROLE regress_sara;
DELETE FROM saved_filter WHERE name = 'Large' AND owner = me();
SET ROLE regress_omid;
SELECT pg_temp.attempt($$SELECT list("view" => 'Shared')$$);
SELECT pg_temp.ids(list("view" => 'Shared', filter => 'Large') -> 'rows') AS with_another_filter;
SET ROLE regress_boss;
DELETE FROM saved_view WHERE name = 'Shared';

-- Defaults: the user's for the pipeline, the user's for any, the pipeline's, anybody's for any.
SET ROLE regress_boss;
INSERT INTO saved_view (name, shared, is_default, columns) VALUES ('Any', true, true, '[{"field": "source"}]');
SELECT pg_temp.keys(list()) AS of_any;
INSERT INTO saved_view (name, shared, is_default, pipeline_id, columns) VALUES ('Sales', true, true, 1, '[{"field": "owner"}]');
SELECT pg_temp.keys(list()) AS of_the_pipeline, pg_temp.keys(list(fields => '{title}')) AS explicit, pg_temp.keys(list("view" => 'Any')) AS named;
SET ROLE regress_omid;
INSERT INTO saved_view (name, is_default, columns, sort, filter) VALUES ('Mine', true, '[{"field": "tags"}]', '{amount}', 'Large');
SELECT pg_temp.keys(list()) AS own, pg_temp.ids(list() -> 'rows') AS only_its_columns;
INSERT INTO saved_view (name, is_default, pipeline_id, columns) VALUES ('Mine of sales', true, 1, '[{"field": "currency"}]');
SELECT pg_temp.keys(list()) AS own_of_the_pipeline, pg_temp.keys(list("view" => 'Mine', scope => '{"id": 4}')) AS named;
SELECT pg_temp.keys(jsonb_build_object('rows', cards)) AS no_board FROM board() WHERE count > 0;
INSERT INTO saved_view (name, is_default, layout, columns) VALUES ('Board of mine', true, 'kanban', '[{"field": "currency"}]');
SELECT cards -> 0 AS first_card FROM board() WHERE count > 0;
DELETE FROM saved_view WHERE name = 'Board of mine';
SELECT list_sql();
SET ROLE regress_sara;
SELECT pg_temp.keys(list()) AS not_anothers;
-- with several pipelines only a scope says which
SET ROLE regress_boss;
INSERT INTO pipeline (id, name) VALUES (2, 'Renewals');
SELECT pg_temp.keys(list()) AS several, pg_temp.keys(list(scope => '{"pipeline_id": 1}')) AS scoped, pg_temp.keys(list(scope => '{"pipeline_id": "1"}', search => 'first')) AS scoped_too;
SELECT list(scope => '{"pipeline_id": 2}') -> 'rows' AS none;
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, shared, is_default, pipeline_id) VALUES ('Second', true, true, 1)$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, shared, is_default) VALUES ('Second', true, true)$$);
SET ROLE regress_omid;
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, is_default, pipeline_id) VALUES ('Second', true, 1)$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, is_default) VALUES ('Second', true)$$);
-- a shared default, which everybody sees unasked, can be undone by whoever manages its owner: that, and nothing else
SET ROLE regress_boss;
UPDATE saved_view SET is_default = false WHERE name = 'Any';
INSERT INTO app_user (login, name, manager) VALUES ('lead', 'Lead', NULL), ('regress_omid', 'Omid', 'lead'), ('mid', 'Mid', 'regress_omid'), ('regress_sara', 'Sara', 'mid'), ('twin', 'Twin', 'regress_sara');
UPDATE app_user SET manager = 'regress_sara' WHERE login = 'lead';
SET ROLE regress_sara;
INSERT INTO saved_view (name, shared, is_default, columns) VALUES ('Forced', true, true, '[{"field": "probability"}]'), ('Not shared', false, true, '[{"field": "tags"}]');
SET opportunities.user_name = 'twin';
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false WHERE name = 'Forced'$$);
SET opportunities.user_name = 'nobody';
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false WHERE name = 'Forced'$$);
RESET opportunities.user_name;
SET ROLE regress_omid;
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false, columns = NULL WHERE name = 'Forced'$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false, shared = false WHERE name = 'Forced'$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false, owner = 'regress_omid' WHERE name = 'Forced'$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET description = 'x' WHERE name = 'Forced'$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false WHERE name = 'Not shared'$$);
SELECT pg_temp.attempt($$DELETE FROM saved_view WHERE name = 'Forced'$$);
UPDATE saved_view SET is_default = false, name = name, updated_at = now() WHERE name = 'Forced' RETURNING owner, name, shared, is_default;
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = true WHERE name = 'Forced'$$);
SET ROLE regress_boss;
SELECT changed_by, field, old, new FROM change_log WHERE table_name = 'saved_view' AND action = 'update' AND row_id = (SELECT id::text FROM saved_view WHERE name = 'Forced');
-- (a column that is gone makes it everybody's error until then)
ALTER TABLE opportunity ADD COLUMN gone text;
SET ROLE regress_sara;
UPDATE saved_view SET is_default = true, columns = '[{"field": "gone"}]' WHERE name = 'Forced';
SET ROLE regress_boss;
ALTER TABLE opportunity DROP COLUMN gone;
SET ROLE regress_omid;
UPDATE saved_view SET is_default = false WHERE name = 'Forced';
SET ROLE regress_boss;
DELETE FROM saved_view WHERE name IN ('Forced', 'Not shared');
UPDATE saved_view SET is_default = true WHERE name = 'Any';
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, pipeline_id) VALUES ('Nowhere', 99)$$);
DELETE FROM opportunity; DELETE FROM stage; DELETE FROM pipeline WHERE id = 1;
SELECT name, owner FROM saved_view WHERE is_default ORDER BY name;
INSERT INTO opportunity (id, pipeline_id, title) VALUES (1, 2, 'First');
-- who may not read views gets the fixed set
REVOKE SELECT ON saved_view FROM regress_sara;
SET ROLE regress_sara;
SELECT pg_temp.keys(list()) LIKE '%title%' AS the_fixed_set;
SELECT pg_temp.attempt($$SELECT list("view" => 'Any')$$);
SELECT jsonb_array_length(list('account', with_totals => false) -> 'rows') AS not_of_opportunities;
SET ROLE regress_boss;
GRANT SELECT ON saved_view TO regress_sara;
SELECT pg_temp.keys(list('account', with_totals => false)) AS not_of_opportunities;
DELETE FROM saved_view;

-- What is not there is neither saved nor applied.
SELECT pg_temp.attempt($$SELECT save_view('Bad', fields => '{titel}')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', sort => '{title,-amuont}')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', lane_by => 'account.nam')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', lane_by => 'month(owner)')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', filter => 'None')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', 'table')$$);
SELECT pg_temp.attempt($$SELECT save_view(' ')$$);
SELECT pg_temp.attempt($$SELECT save_view(NULL)$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', NULL)$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', fields => '{NULL}')$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', sort => array_fill('title'::text, '{17}'))$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', fields => array_fill('title'::text, '{1001}'))$$);
SELECT pg_temp.attempt($$SELECT save_view('Bad', fields => '{max_days}', relation => 'stage')$$) AS not_a_field_of_opportunity;
SELECT pg_temp.attempt($$SELECT save_view('Bad', relation => 'pg_class')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, columns) VALUES ('Bad', '{"field": "title"}')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, columns) VALUES ('Bad', '[{"field": "title"}, {"label": "x"}]')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, columns) VALUES ('Bad', '["title"]')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, columns) VALUES ('Bad', '[{"field": "titel"}]')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, sort) VALUES ('Bad', '{NULL}')$$);
INSERT INTO saved_view (name) VALUES ('Kept');
SELECT pg_temp.attempt('TRUNCATE saved_view');
DELETE FROM saved_view;

-- A column that is gone: the view says so where it is needed, and can still be renamed and deleted.
ALTER TABLE opportunity ADD COLUMN region text;
SELECT save_view('North', 'grid', '{title,region}', '{region}', 'region') > 0 AS saved;
ALTER TABLE opportunity DROP COLUMN region;
SELECT pg_temp.attempt($$SELECT list("view" => 'North')$$);
SELECT pg_temp.attempt($$SELECT list("view" => 'North', fields => '{title}')$$);
SELECT pg_temp.attempt($$SELECT board("view" => 'North', fields => '{title}', sort => '{id}')$$);
SELECT pg_temp.attempt($$SELECT board("view" => 'North', fields => '{title}', sort => '{id}', lane_by => 'owner')$$);
UPDATE saved_view SET name = 'South' WHERE name = 'North' RETURNING updated_at = now() AS stamped;
SELECT pg_temp.attempt($$UPDATE saved_view SET sort = NULL WHERE name = 'South'$$);
UPDATE saved_view SET is_default = true WHERE name = 'South';
SELECT pg_temp.attempt($$SELECT list()$$) AS by_default;
DELETE FROM saved_view RETURNING name;

-- A cursor belongs to what the view resolves to, not to its name.
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (2, 2, 'Second', 5), (3, 2, 'Third', 7);
SELECT save_view('Walk', sort => '{-amount}') > 0 AS saved;
SELECT list("view" => 'Walk', size => 1) -> 'next' AS cursor \gset
SELECT pg_temp.ids(list("view" => 'Walk', size => 1, after => :'cursor') -> 'rows') AS by_view, pg_temp.ids(list(sort => '{-amount}', size => 1, after => :'cursor') -> 'rows') AS by_sort;
SELECT save_view('Walk', sort => '{amount}') > 0 AS saved;
SELECT pg_temp.attempt(format('SELECT list("view" => ''Walk'', after => %L)', :'cursor'));

-- Beside somebody else's opportunity, whose pipelines nobody knows.
CREATE SCHEMA view_mapped;
CREATE VIEW view_mapped.opportunity AS SELECT gen_random_uuid() AS id, NULL::uuid AS stage_id, title, amount, probability, gen_random_uuid() AS pipeline_id FROM view_crm.opportunity;
SELECT create_crm('view_mapped', '{filters}');
SELECT save_view('Mapped', fields => '{title,pipeline_id}', sort => '{title}', relation => 'view_mapped.opportunity') > 0 AS saved;
UPDATE view_mapped.saved_view SET is_default = true;
SELECT pg_temp.keys(list('view_mapped.opportunity')) AS by_default, pg_temp.keys(list('view_mapped.opportunity', "view" => 'Mapped', scope => '{"amount": 7}')) AS by_name;
SELECT conname FROM pg_constraint WHERE conrelid = 'view_mapped.saved_view'::regclass AND contype = 'f';
SELECT format_type(atttypid, atttypmod) AS like_that_of_opportunity FROM pg_attribute WHERE attrelid = 'view_mapped.saved_view'::regclass AND attname = 'pipeline_id';
ALTER TABLE view_mapped.saved_view RENAME TO views;
SELECT pg_temp.attempt($$SELECT list('view_mapped.opportunity', "view" => 'Mapped')$$);
SELECT pg_temp.attempt($$SELECT save_view('Mapped', relation => 'view_mapped.opportunity')$$);
SELECT pg_temp.keys(list('view_mapped.opportunity', with_totals => false)) AS the_fixed_set;

-- Beside pipelines of somebody else's: a view's pipeline has the type of their id, whatever that is.
CREATE SCHEMA view_keys;
SET search_path = view_keys, opportunities, public;
CREATE DOMAIN kind_key AS uuid NOT NULL;
CREATE TABLE kinds (key kind_key PRIMARY KEY, label text);
CREATE TABLE deals (key serial, kind uuid, subject text, worth numeric, chance numeric);
INSERT INTO kinds VALUES ('a0000000-0000-0000-0000-000000000000', 'Sales');
INSERT INTO deals (kind, subject, worth) VALUES ('a0000000-0000-0000-0000-000000000000', 'First', 5), ('b0000000-0000-0000-0000-000000000000', 'Second', 7);
CREATE VIEW pipeline AS SELECT key AS id, label AS name FROM kinds;
CREATE VIEW stage AS SELECT 1 AS id, 'b0000000-0000-0000-0000-000000000000'::uuid AS pipeline_id, 'Lead' AS name, 1 AS position, 'open' AS kind;
CREATE VIEW opportunity AS SELECT key AS id, kind AS pipeline_id, 1 AS stage_id, subject AS title, worth AS amount, chance AS probability FROM deals;
SELECT create_crm('view_keys', '{filters}');
SELECT pg_typeof(pipeline_id) FROM (VALUES (1)) AS v LEFT JOIN saved_view ON true;
SELECT * FROM check_crm('view_keys');
GRANT USAGE ON SCHEMA view_keys TO regress_sara;
GRANT SELECT, INSERT, UPDATE ON saved_view TO regress_sara;
GRANT SELECT ON opportunity TO regress_sara;
INSERT INTO saved_view (name, shared, is_default, columns) VALUES ('Any', true, true, '[{"field": "amount"}]');
INSERT INTO saved_view (name, shared, is_default, columns, pipeline_id) VALUES ('Sales', true, true, '[{"field": "title"}]', 'a0000000-0000-0000-0000-000000000000');
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, shared, is_default, pipeline_id) VALUES ('Second', true, true, 'a0000000-0000-0000-0000-000000000000')$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, pipeline_id) VALUES ('Nowhere', 'b0000000-0000-0000-0000-000000000000')$$);
SELECT pg_temp.attempt($$UPDATE saved_view SET pipeline_id = 'b0000000-0000-0000-0000-000000000000' WHERE name = 'Any'$$);
SELECT pg_temp.keys(list()) AS the_only_one;
INSERT INTO kinds VALUES ('b0000000-0000-0000-0000-000000000000', 'Renewals');
INSERT INTO saved_view (name, shared, is_default, columns, pipeline_id) VALUES ('Renewals', true, true, '[{"field": "pipeline.name"}]', 'b0000000-0000-0000-0000-000000000000');
SELECT pg_temp.keys(list()) AS several, pg_temp.keys(list(scope => '{"pipeline_id": "a0000000-0000-0000-0000-000000000000"}')) AS scoped,
	pg_temp.keys(list(scope => '{"pipeline_id": "A0000000000000000000000000000000"}')) AS written_otherwise,
	pg_temp.keys(list(scope => '{"pipeline_id": "c0000000-0000-0000-0000-000000000000"}', with_totals => false)) AS none;
UPDATE saved_view SET layout = 'kanban' WHERE name = 'Renewals';
SELECT cards FROM board(scope => '{"pipeline_id": "{B0000000-0000-0000-0000-000000000000}"}') WHERE count > 0;
SELECT pg_temp.attempt($$SELECT list(scope => '{"pipeline_id": 1}')$$);
-- the writer must see the pipeline, and where nobody says who manages whom a default is its owner's alone
SET ROLE regress_sara;
SELECT pg_temp.attempt($$UPDATE saved_view SET is_default = false WHERE name = 'Any'$$);
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, pipeline_id) VALUES ('Mine', 'a0000000-0000-0000-0000-000000000000')$$);
RESET ROLE;
GRANT SELECT ON pipeline TO regress_sara;
SET ROLE regress_sara;
INSERT INTO saved_view (name, pipeline_id) VALUES ('Mine', 'a0000000-0000-0000-0000-000000000000');
RESET ROLE;
-- a view of a pipeline that went can still be changed
DELETE FROM kinds;
UPDATE saved_view SET name = 'Gone', sort = '{title}', is_default = false WHERE name = 'Sales' RETURNING pipeline_id;
-- a type that has changed, or came later, is told
UPDATE saved_view SET is_default = false;
ALTER TABLE saved_view ALTER pipeline_id TYPE bigint USING 1;
UPDATE saved_view SET is_default = true WHERE name = 'Gone';
SELECT * FROM check_crm('view_keys');
SELECT pg_temp.keys(list(scope => '{"pipeline_id": "a0000000-0000-0000-0000-000000000000"}')) AS not_for_it;
SELECT pg_temp.attempt($$INSERT INTO saved_view (name, pipeline_id) VALUES ('Nowhere', 1)$$);
-- other keys
CREATE FUNCTION pg_temp.by_key(type text, first text, second text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	DROP SCHEMA view_keys CASCADE;
	CREATE SCHEMA view_keys;
	EXECUTE format('CREATE TABLE pipeline AS SELECT %L::%s AS id UNION ALL SELECT %L', first, type, second);
	CREATE VIEW opportunity AS SELECT 1 AS id, id AS pipeline_id, NULL::int AS stage_id, 'First' AS title FROM pipeline;
	PERFORM create_crm('view_keys', '{filters}');
	INSERT INTO saved_view (name, is_default, columns) VALUES ('Any', true, '[{"field": "stage_id"}]');
	EXECUTE format($i$INSERT INTO saved_view (name, is_default, columns, pipeline_id) VALUES ('First', true, '[{"field": "title"}]', %L), ('Second', true, '[{"field": "pipeline_id"}]', %L)$i$, first, second);
	SELECT concat_ws(' ', format_type(atttypid, atttypmod), (SELECT count(*) FROM check_crm('view_keys')),
		pg_temp.keys(list(scope => jsonb_build_object('pipeline_id', first), with_totals => false)),
		pg_temp.keys(list(scope => jsonb_build_object('pipeline_id', second), with_totals => false)), pg_temp.keys(list(with_totals => false)))
	INTO found FROM pg_attribute WHERE attrelid = 'saved_view'::regclass AND attname = 'pipeline_id';
	RETURN found;
END $$;
SELECT pg_temp.by_key(type, first, second)
FROM (VALUES ('integer', '1', '2'), ('bigint', '1', '2'), ('text', 'it''s', ''), ('varchar(3)', 'abc', 'ab '), ('char(3)', 'abc', 'a'), ('name', 'a', 'b'),
	('numeric(9,2)', '1.00', '2.50'), ('date', '2026-01-02', '12026-01-02')) AS k (type, first, second);
DROP SCHEMA view_keys CASCADE;
SET search_path = view_crm, opportunities, public;

-- Tenants: names, defaults and columns of each apart, for the owner of the tables too.
SELECT create_crm('view_tenants', tenant => true);
SET search_path = view_tenants, opportunities, public;
SET opportunities.tenant = 'north';
SELECT save_view('Ours', fields => '{title}', sort => '{-title}', shared => true) > 0 AS saved;
UPDATE saved_view SET is_default = true;
SET opportunities.tenant = 'south';
SELECT pg_temp.attempt($$SELECT list("view" => 'Ours')$$);
SELECT save_view('Ours', fields => '{owner}', shared => true) > 0 AS saved;
UPDATE saved_view SET is_default = true WHERE tenant_id = 'south';
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS pipeline \gset
INSERT INTO opportunity (pipeline_id, title) VALUES (:pipeline, 'First');
SELECT pg_temp.keys(list()) AS south, (SELECT count(*) FROM saved_view) AS views;
SET opportunities.tenant = 'north';
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS pipeline \gset
INSERT INTO opportunity (pipeline_id, title) VALUES (:pipeline, 'First'), (:pipeline, 'Second');
SELECT pg_temp.keys(list()) AS north, list() -> 'totals' ->> 'count' AS count, list_sql("view" => 'Ours');
-- (each computed field alone, with the columns of the row that it reads)
SELECT name, jsonb_array_length(list(fields => ARRAY[name], sort => ARRAY[name], size => 1) -> 'rows') AS rows
FROM unnest('{state,days_in_stage,stale,next_activity,next_activity_kind,next_activity_at,balance,account.name,stage.kind,custom.x}'::text[]) AS name;
RESET opportunities.tenant;

RESET search_path;
RESET ROLE;
SELECT * FROM opportunities.check_crm('view_crm');
DROP SCHEMA view_crm, view_mapped, view_tenants CASCADE;
REVOKE CREATE ON DATABASE :DBNAME FROM regress_boss;
DROP ROLE regress_boss, regress_sara, regress_omid;
