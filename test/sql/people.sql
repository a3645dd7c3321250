-- Names, not keys: owners lead to the people of app_user, and values are called as people call them where that is asked for.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_people', starter => true) \g /dev/null
SET search_path = crm_people, opportunities, public;
\i test/data/attempt.sql
CREATE FUNCTION pg_temp.column_of(answer jsonb, field text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(r ->> field, '-'), ', ' ORDER BY n) FROM jsonb_array_elements(answer -> 'rows') WITH ORDINALITY AS r (r, n) $$;
INSERT INTO app_user (login, name, manager, team) VALUES ('mona', 'Mona', NULL, 'North'), ('sara', 'Sara Karimi', 'mona', 'North'), ('omid', 'Omid Karimi', 'sara', 'South'), ('twin', 'Sara Karimi', NULL, NULL);
-- two people of one name, one whom nobody knows, and no owner
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, source, tags) VALUES (1, 1, 'A', 'sara', 10, 'web', '{hot,new}'), (1, 1, 'B', 'omid', 20, 'fair', '{new,hot}'),
	(1, 2, 'C', 'twin', 30, 'web', '{}'), (1, 2, 'D', 'ghost', 40, NULL, '{}'), (1, NULL, 'E', NULL, 50, 'fax', '{}');
INSERT INTO choice (field, value, label) VALUES ('source', 'web', 'Web site'), ('source', 'fair', NULL), ('tags', 'hot', 'Hot');

-- as fields and in the order of rows: the login stands for a name that isn't there
SELECT f AS field, pg_temp.column_of(list(fields => ARRAY[f], sort => '{title}'), f) AS values
FROM unnest('{owner,owner.name,owner.team,owner.manager,owner.active,created_by.name,label(owner),label(source),label(stage_id),label(tags),label(amount),label(owner.name),label(state)}'::text[]) AS f;
SELECT s AS sort, pg_temp.column_of(list(fields => '{title}', sort => s), 'title') AS titles FROM (VALUES ('{owner.name,title}'::text[]), ('{-owner.name,title}'), ('{owner.team,-title}'), ('{-label(source),title}')) AS v (s);
-- page by page, too
SELECT pg_temp.column_of(p, 'owner.name') AS first, pg_temp.column_of(list(fields => '{owner.name}', sort => '{owner.name}', size => 2, after => p -> 'next'), 'owner.name') AS second
FROM list(fields => '{owner.name}', sort => '{owner.name}', size => 2) AS p;
SELECT string_agg(f ->> 'field' || ' "' || (f ->> 'label') || '" ' || (f ->> 'type'), ', ') FROM jsonb_array_elements(list(fields => '{title,owner.name,label(source),label(tags)}') -> 'fields') AS f;
SELECT stage, jsonb_path_query_array(cards, '$[*]."label(owner)"') AS cards FROM board(fields => '{label(owner)}', sort => '{title}') WHERE count > 0;
SELECT pg_temp.attempt($$SELECT list(fields => '{owner.nmae}')$$);
SELECT pg_temp.attempt($$SELECT list(fields => '{label(soruce)}')$$);
SELECT pg_temp.attempt($$SELECT list(fields => '{label()}')$$);
SELECT pg_temp.attempt($$SELECT list(fields => '{label(label(soruce))}')$$);
-- the label of a label is that label, however deep
SELECT pg_temp.column_of(list(fields => ARRAY[f], sort => '{title}'), f) AS labels FROM (SELECT repeat('label(', n) || 'source' || repeat(')', n) FROM unnest('{1,2,20000}'::int[]) AS n) AS d (f);
SELECT pg_temp.column_of(list(scope => jsonb_build_object('label(label(source))', 'Web site'), fields => '{title}', sort => '{title}'), 'title') AS scoped;
SELECT pg_temp.column_of(list(scope => '{"owner.name": "Sara Karimi"}', fields => '{title}', sort => '{title}'), 'title') AS scoped;

-- of any relation that has such a column
INSERT INTO activity (opportunity_id, kind, subject, assignee) VALUES (1, 'call', 'First', 'omid'), (1, 'call', 'Second', 'nobody');
SELECT pg_temp.column_of(list('activity', fields => '{assignee.name}', sort => '{subject}', with_totals => false), 'assignee.name') AS assignees;
DELETE FROM activity;

-- dimensions: a name is one group, a login another; labels go with keys, people and choices
SELECT dimensions, labels, count, final_total FROM report(by => '{owner.name}');
SELECT dimensions, labels, count, final_total FROM report(by => '{owner.team,owner}', subtotals => true);
SELECT dimensions, labels, count FROM report(by => '{stage_id,source}');
SELECT dimensions, count FROM report(by => '{label(source)}');
SELECT lane, lane_label, sum(count) FROM board(lane_by => 'owner') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
SELECT lane, lane_label, sum(count), string_agg(cards -> 0 ->> 'title', ' ') AS first FROM board(lane_by => 'owner.name', fields => '{title}', sort => '{title}') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
SELECT lane, lane_label, sum(count) FROM board(lane_by => 'label(source)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);

-- filters: in a query of ours, in one of the user's, and of each row by itself; NULL is where there is no owner
CREATE TABLE rule (id integer GENERATED ALWAYS AS IDENTITY, rule jsonb);
INSERT INTO rule (rule) SELECT r::jsonb FROM unnest(ARRAY['{"field": "owner.name", "operator": "=", "value": "Sara Karimi"}', '{"field": "owner.name", "operator": "=", "value": "ghost"}', '{"field": "owner.name", "operator": "=", "value": "sara"}',
	'{"field": "owner.name", "operator": "doesNotContain", "value": "karimi"}', '{"field": "owner.name", "operator": "in", "value": ["Omid Karimi", "ghost"]}', '{"field": "owner.name", "operator": "null"}',
	'{"not": true, "rules": [{"field": "owner.name", "operator": "beginsWith", "value": "sara"}, {"field": "owner.team", "operator": "=", "value": "North"}], "combinator": "and"}',
	'{"field": "owner.name", "operator": "!=", "valueSource": "field", "value": "owner"}', '{"field": "owner.team", "operator": "null"}', '{"field": "owner.manager", "operator": "=", "value": "mona"}',
	'{"field": "owner.name", "operator": "between", "value": ["A", "P"]}']) AS r;
CREATE FUNCTION pg_temp.by_row(o opportunity, rules jsonb) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN matches_rules(o, rules); END $$;
SELECT r.id, r.rule ->> 'operator' AS operator, t.*, n.nulls, pg_temp.column_of(list(rules => whole, fields => '{title}', sort => '{title}'), 'title') IS NOT DISTINCT FROM t.titles AS in_list,
	(SELECT string_agg(title, ', ' ORDER BY title) FROM opportunity AS o WHERE pg_temp.by_row(o, whole)) IS NOT DISTINCT FROM t.titles AS by_row
FROM rule AS r, jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(rule)) AS whole,
	LATERAL (SELECT string_agg(title, ', ' ORDER BY title) FROM opportunity AS o WHERE matches_rules(o, whole)) AS t (titles),
	LATERAL (SELECT string_agg(title, ', ' ORDER BY title) FROM opportunity AS o WHERE matches_rules(o, whole) IS NULL) AS n (nulls) ORDER BY r.id;
-- the label is for people: a filter that means the same to everybody knows none
SELECT pg_temp.attempt($$SELECT list(rules => '{"combinator": "and", "rules": [{"field": "label(source)", "operator": "=", "value": "Web site"}]}')$$);

-- the user's team: whoever is below, and the user
PREPARE of_team AS SELECT string_agg(title, ', ' ORDER BY title) AS titles FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}');
SET opportunities.user_name = 'mona';
EXECUTE of_team;
SET opportunities.user_name = 'sara';
EXECUTE of_team;
SET opportunities.user_name = 'stranger';
EXECUTE of_team;
SET opportunities.user_name = 'sara';
SELECT op, pg_temp.column_of(list(rules => jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', 'owner', 'operator', op, 'value', v))), fields => '{title}', sort => '{title}'), 'title') AS titles
FROM (VALUES ('=', '{"user": "team"}'::jsonb), ('!=', '{"user": "team"}'), ('in', '["ghost", {"user": "team"}]'), ('notIn', '["ghost", {"user": "team"}]')) AS v (op, v);
SELECT * FROM check_filter('{"combinator": "and", "rules": [{"field": "owner", "operator": "<", "value": {"user": "team"}}, {"field": "owner", "operator": "contains", "value": {"user": "team"}}, {"field": "owner", "operator": "between", "value": ["a", {"user": "team"}]},
	{"field": "owner", "operator": "=", "value": {"user": "teem"}}, {"field": "amount", "operator": "=", "value": {"user": "team"}}]}');
RESET opportunities.user_name;

-- search finds an owner by name, by the index that finds titles
SELECT w AS words, pg_temp.column_of(list(search => w, fields => '{title}', sort => '{title}'), 'title') AS titles FROM unnest('{karimi,sara,omid ka,ghost,twin,karimi a}'::text[]) AS w;
CREATE EXTENSION pg_trgm SCHEMA crm_people;
CREATE INDEX opportunity_search ON opportunity USING gin (opportunities.fold(title) gin_trgm_ops, opportunities.fold(owner) gin_trgm_ops);
INSERT INTO opportunity (id, pipeline_id, title, owner) SELECT 100 + i, 1, 'Deal ' || i, 'user ' || i FROM generate_series(1, 5000) AS i;
VACUUM ANALYZE opportunity;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text; BEGIN FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP IF line ~ 'Scan|Or' THEN RETURN NEXT regexp_replace(line, '^[ >-]+', ''); END IF; END LOOP; END $$;
SELECT DISTINCT pg_temp.plan(list_sql(search => 'karimi', fields => '{title}')) AS plan;
SELECT pg_temp.column_of(list(search => 'karimi', fields => '{title}', sort => '{title}'), 'title') AS titles;
DELETE FROM opportunity WHERE id > 100;
DROP INDEX opportunity_search;

-- an export for people: what answers call the fields as header, no two alike, and values by their names
SELECT list_sql(labels => true, fields => '{title,owner,label(owner),source,stage_id,tags,amount}', sort => '{id}') AS query \gset
:query;
SELECT save_view('Export', 'grid', '{title,label(source),owner.name}') > 0 AS saved;
UPDATE saved_view SET columns = '[{"field": "title", "label": "What"}, {"field": "label(source)", "label": "From where"}, {"field": "owner.name"}]' WHERE name = 'Export';
SELECT list_sql(labels => true, "view" => 'Export', sort => '{id}') AS query \gset
:query LIMIT 1;
INSERT INTO label (language, field, value, label) VALUES ('fa', 'title', NULL, repeat('عنوان ', 8)), ('fa', 'source', 'web', 'وب'), ('fa', 'source', NULL, 'منبع'), ('fa', 'stage.name', 'Lead', 'سرنخ'), ('fa', 'state', 'open', 'باز'), ('fa-IR', 'source', 'fair', 'نمایشگاه');
SET opportunities.language = 'fa-IR';
SELECT list_sql(labels => true, fields => '{title,source,stage_id,state}', sort => '{id}') AS query \gset
CREATE TEMPORARY TABLE exported AS :query;
SELECT string_agg(attname, '|' ORDER BY attnum) AS header, max(octet_length(attname)) < 64 AS fits FROM pg_attribute WHERE attrelid = 'exported'::regclass AND attnum > 0;
SELECT exported::text FROM exported;
SELECT dimensions, labels FROM report(by => '{source,stage_id,state}') WHERE labels ->> 'stage_id' = 'سرنخ';
SELECT l AS lane_by, string_agg(DISTINCT coalesce(lane_label, '-'), ', ' ORDER BY coalesce(lane_label, '-')) AS labels FROM unnest('{source,stage_id,state,all(source)}'::text[]) AS l, board(lane_by => l) GROUP BY 1 ORDER BY 1;
RESET opportunities.language;
SELECT pg_temp.attempt($$SELECT save_view('Wrong', 'grid', '{label(soruce)}')$$);

-- who may not read app_user sees logins, and no error; whom row security hides has no name either
CREATE ROLE regress_people;
GRANT USAGE ON SCHEMA crm_people TO regress_people;
GRANT SELECT ON opportunity, stage, pipeline, account TO regress_people;
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (what text, seen text) LANGUAGE sql AS $$
	SELECT 'list', pg_temp.column_of(list(fields => '{owner.name}', sort => '{title}'), 'owner.name')
	UNION ALL SELECT 'label', pg_temp.column_of(list(fields => '{label(owner)}', sort => '{title}'), 'label(owner)')
	UNION ALL SELECT 'report', string_agg(coalesce(dimensions ->> 'owner.name', '-') || ' ' || coalesce(labels ->> 'owner', '-'), ', ') FROM report(by => '{owner.name,owner}')
	UNION ALL SELECT 'lanes', (SELECT string_agg(DISTINCT lane_label, ', ' ORDER BY lane_label) FROM board(lane_by => 'all(owner)'))
	UNION ALL SELECT 'matches', (SELECT string_agg(title, ', ' ORDER BY title) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.name", "operator": "contains", "value": "sara"}]}'))
	UNION ALL SELECT 'search', pg_temp.column_of(list(search => 'karimi', fields => '{title}', sort => '{title}'), 'title')
	UNION ALL SELECT 'fields', (SELECT string_agg(name, ' ') FROM fields() WHERE name LIKE 'owner%') $$;
PREPARE named AS SELECT string_agg(title, ', ' ORDER BY title) AS titles FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.name", "operator": "contains", "value": "karimi"}]}');
EXECUTE named;
SET ROLE regress_people;
EXECUTE named;
SELECT * FROM pg_temp.seen();
SELECT pg_temp.attempt($$SELECT list(fields => '{owner.team}')$$), pg_temp.attempt('EXECUTE of_team');
RESET ROLE;
GRANT SELECT (login, name) ON app_user TO regress_people;
SET ROLE regress_people;
EXECUTE named;
SELECT * FROM pg_temp.seen();
RESET ROLE;
ALTER TABLE app_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app_user TO regress_people USING (login <> 'sara');
SET ROLE regress_people;
EXECUTE named;
SELECT * FROM pg_temp.seen();
RESET ROLE;
REVOKE SELECT (login, name) ON app_user FROM regress_people;
SET ROLE regress_people;
EXECUTE named;
RESET ROLE;
DROP POLICY p ON app_user;
ALTER TABLE app_user DISABLE ROW LEVEL SECURITY;

-- a login changes, and who is below follows; what other tables call the user is theirs to change
UPDATE app_user SET login = 'mona.k' WHERE login = 'mona' RETURNING login, name;
SELECT login, manager FROM app_user ORDER BY login;
UPDATE app_user SET login = 'sara.k' WHERE login = 'sara' RETURNING login;
SELECT pg_temp.column_of(list(fields => '{owner.name}', sort => '{title}'), 'owner.name') AS before;
UPDATE opportunity SET owner = 'sara.k' WHERE owner = 'sara';
SELECT pg_temp.column_of(list(fields => '{owner.name}', sort => '{title}'), 'owner.name') AS after;

-- a foreign key leads where it leads
ALTER TABLE opportunity ADD reviewer text REFERENCES app_user (login);
UPDATE opportunity SET owner = NULL WHERE owner = 'ghost';
ALTER TABLE opportunity ADD FOREIGN KEY (owner) REFERENCES app_user (login) ON UPDATE CASCADE;
UPDATE app_user SET login = 'omid.k' WHERE login = 'omid';
SELECT pg_temp.column_of(p, 'owner') AS owner, pg_temp.column_of(p, 'owner.name') AS name, pg_temp.column_of(p, 'reviewer.name') AS reviewer FROM list(fields => '{owner,owner.name,reviewer.name}', sort => '{title}') AS p;
-- an own column of the name comes first, and so does a relation of the name
ALTER TABLE opportunity ADD "created_by.name" text DEFAULT 'own';
SELECT DISTINCT list(fields => '{created_by.name}', size => 1) -> 'rows' -> 0 ->> 'created_by.name' AS own, matches_rules(o, '{"combinator": "and", "rules": [{"field": "created_by.name", "operator": "=", "value": "own"}]}') AS matches FROM opportunity AS o;
CREATE TABLE updated_by (opportunity_id bigint REFERENCES opportunity, name text);
INSERT INTO updated_by VALUES (1, 'A tool');
SELECT pg_temp.column_of(list(rules => '{"combinator": "and", "rules": [{"field": "updated_by.name", "operator": "=", "value": "A tool"}]}', fields => '{title}'), 'title') AS by_relation;
SELECT pg_temp.attempt($$SELECT list(fields => '{updated_by.name}')$$);

-- with tenants a login is one of each
SELECT opportunities.create_crm('crm_people_of', tenant => true) \g /dev/null
SET search_path = crm_people_of, opportunities, public;
DO $$ BEGIN
	FOR n IN 1 .. 2 LOOP
		PERFORM set_config('opportunities.tenant', 't' || n, true);
		INSERT INTO pipeline (id, name) VALUES (n, 'Sales');
		INSERT INTO app_user (login, name, manager) VALUES ('mona', 'Mona ' || n, NULL), ('sara', 'Sara ' || n, 'mona');
		INSERT INTO opportunity (pipeline_id, title, owner, amount) VALUES (n, 'Deal ' || n, 'sara', n);
	END LOOP;
END $$;
SET opportunities.tenant = 't2';
SELECT list(fields => '{title,owner.name,owner.manager,label(owner)}') -> 'rows' AS rows;
SELECT dimensions, labels, count FROM report(by => '{owner}');
SELECT lane, lane_label, sum(count) FROM board(lane_by => 'all(owner)') GROUP BY 1, 2 ORDER BY 1;
SELECT s AS search, pg_temp.column_of(list(search => s, fields => '{title}'), 'title') AS titles FROM unnest('{Sara 1,Sara 2,Sara}'::text[]) AS s;
SELECT title, matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.name", "operator": "=", "value": "Sara 2"}]}') AS by_name, matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.manager", "operator": "=", "value": "mona"}]}') AS by_manager FROM opportunity AS o ORDER BY title;
UPDATE app_user SET login = 'mona.k' WHERE login = 'mona' AND tenant_id = 't2' RETURNING tenant_id, login;
SELECT tenant_id, login, manager FROM app_user ORDER BY 1, 2;

-- over other tables: users by other keys, without whether they are active, or none
CREATE SCHEMA crm_people_mapped;
SET search_path = crm_people_mapped, opportunities, public;
CREATE TABLE deal (deal_id integer PRIMARY KEY, phase integer, seller uuid, worth numeric);
CREATE TABLE person (person_id uuid PRIMARY KEY, full_name varchar(80), boss uuid);
CREATE TABLE phase (id integer PRIMARY KEY, name text, position integer, kind text);
INSERT INTO phase VALUES (1, 'Open', 1, 'open'), (2, 'Won', 2, 'won');
INSERT INTO person VALUES ('00000000-0000-0000-0000-000000000001', 'Sara', NULL), ('00000000-0000-0000-0000-000000000002', NULL, '00000000-0000-0000-0000-000000000001');
INSERT INTO deal VALUES (1, 1, '00000000-0000-0000-0000-000000000001', 5), (2, 1, '00000000-0000-0000-0000-000000000002', 7), (3, 2, NULL, 9);
CREATE VIEW stage AS SELECT id, name, position, kind FROM phase;
CREATE VIEW opportunity AS SELECT deal_id AS id, phase AS stage_id, seller AS owner, worth AS amount, 0 AS probability FROM deal;
SELECT pg_temp.attempt($$SELECT list(fields => '{owner.name}')$$);
SELECT pg_temp.attempt($$SELECT list(rules => '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}')$$);
CREATE VIEW app_user AS SELECT person_id AS login, full_name AS name, boss AS manager FROM person;
SELECT pg_temp.column_of(list(fields => '{owner.name,label(owner)}', sort => '{id}'), 'owner.name') AS names, pg_temp.column_of(list(fields => '{label(owner)}', sort => '{id}'), 'label(owner)') AS labels;
SELECT labels ->> 'owner' AS owner, final_total FROM report(by => '{owner}');
SELECT lane_label, sum(count) FROM board(lane_by => 'all(owner)') GROUP BY lane, 1 ORDER BY lane;
SET opportunities.user_name = '00000000-0000-0000-0000-000000000001';
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}');
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.name", "operator": "contains", "value": "00002"}]}');
RESET opportunities.user_name;
-- keys and names of different collations, and somebody without a key, who is nobody's lane
CREATE COLLATION letters (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE SCHEMA crm_people_collated;
SET search_path = crm_people_collated, opportunities, public;
CREATE TABLE stage AS TABLE crm_people_mapped.phase;
CREATE TABLE opportunity (id integer PRIMARY KEY, stage_id integer, title text, amount numeric, probability numeric, owner text COLLATE "C");
INSERT INTO opportunity VALUES (1, 1, 'A', 5, 0, 'sara'), (2, 1, 'B', 7, 0, 'omid'), (3, 2, 'C', 9, 100, 'Ghost'), (4, 1, 'D', 2, 0, NULL);
CREATE TABLE app_user (login text COLLATE "C", name text COLLATE "und-x-icu", manager text COLLATE "C");
INSERT INTO app_user VALUES ('sara', 'Sara', NULL), ('omid', 'Ali', 'sara'), (NULL, 'Nobody', NULL);
CREATE FUNCTION pg_temp.collated() RETURNS TABLE (what text, found text) LANGUAGE sql AS $$
	SELECT 'names', pg_temp.column_of(list(fields => '{owner.name}', sort => '{owner.name}'), 'owner.name')
	UNION ALL SELECT 'labels', pg_temp.column_of(list(fields => '{label(owner)}', sort => '{-label(owner)}'), 'label(owner)')
	UNION ALL SELECT 'scope', pg_temp.column_of(list(fields => '{title}', scope => '{"owner.name": "Ali"}'), 'title')
	UNION ALL SELECT 'report', string_agg(coalesce(dimensions ->> 'owner.name', '-') || ' ' || coalesce(labels ->> 'owner', '-'), ', ') FROM report(by => '{owner.name,owner}')
	UNION ALL SELECT l, (SELECT string_agg(coalesce(lane_label, '-') || ' ' || count, ', ' ORDER BY ordinality) FROM board(lane_by => l) WITH ORDINALITY WHERE stage = 'Open') FROM unnest('{owner,all(owner),owner.name,label(owner)}'::text[]) AS l
	UNION ALL SELECT 'team', string_agg(t, ' ' ORDER BY t) FROM team(leader => 'sara') AS t
	UNION ALL SELECT 'of the team', string_agg(title, ' ' ORDER BY id) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}') $$;
SET opportunities.user_name = 'sara';
SELECT * FROM pg_temp.collated();
SELECT list_sql(labels => true, fields => '{title,owner,owner.name}', sort => '{title}') AS query \gset
:query;
ALTER TABLE opportunity ALTER owner TYPE text COLLATE crm_people_mapped.letters;
ALTER TABLE app_user ALTER login TYPE text COLLATE crm_people_mapped.letters, ALTER manager TYPE text COLLATE crm_people_mapped.letters;
SELECT * FROM pg_temp.collated();
RESET opportunities.user_name;
SET search_path = crm_people_mapped, opportunities, public;
-- a view that asks for rights below it, which the reader hasn't got
ALTER VIEW app_user SET (security_invoker = true);
GRANT USAGE ON SCHEMA crm_people_mapped TO regress_people;
GRANT SELECT ON opportunity, stage, app_user TO regress_people;
SET ROLE regress_people;
SELECT pg_temp.column_of(p, 'owner.name') AS names, pg_temp.column_of(p, 'label(owner)') AS labels, (SELECT string_agg(lane_label, ' ') FROM board(lane_by => 'owner') WHERE kind = 'won') AS lanes,
	(SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "owner.name", "operator": "contains", "value": "00001"}]}')) AS matches
FROM list(fields => '{owner.name,label(owner)}', sort => '{id}', search => '0000') AS p;
RESET ROLE;
-- a login that is there twice would count rows twice
CREATE OR REPLACE VIEW app_user AS SELECT person_id AS login, full_name AS name, boss AS manager FROM person UNION ALL SELECT person_id, 'Again'::varchar(80), NULL FROM person WHERE full_name IS NULL;
SELECT code, object, row_id, problem FROM check_crm('crm_people_mapped') WHERE code = 'duplicate_id';
-- keys that can't be compared lead nowhere
DROP VIEW app_user;
CREATE TABLE app_user (login integer, name text);
INSERT INTO app_user VALUES (1, 'One');
SELECT pg_temp.attempt($$SELECT list(fields => '{owner.name}')$$);
SELECT count(*) FROM fields() WHERE name LIKE 'owner%';

DEALLOCATE ALL;
DROP SCHEMA crm_people, crm_people_of, crm_people_collated, crm_people_mapped CASCADE;
DROP ROLE regress_people;
