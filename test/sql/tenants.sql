-- Many tenants in one set of tables: none sees, names or breaks what is another's.
SET client_min_messages = warning;
SET datestyle = iso;

\i test/data/attempt.sql

-- The starter's rows are a tenant's.
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_tenants', tenant => true, starter => true)$$);
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_tenants', tenant => true, starter => true);
SELECT DISTINCT tenant_id FROM crm_tenants.stage;
SELECT * FROM opportunities.check_crm('crm_tenants');

-- Every table has the column, and every key and index begins with it; text search alone does not, nor days.
SELECT count(*) > 5 AS many, bool_and(a.attnum = 1 AND a.attnotnull AND c.relrowsecurity AND NOT c.relforcerowsecurity) AS each
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relnamespace = 'crm_tenants'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'calendar';
SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'crm_tenants'::regnamespace AND i.indkey[0] <> 1
	AND i.indexrelid NOT IN (SELECT oid FROM pg_class WHERE relam = (SELECT oid FROM pg_am WHERE amname = 'gin'));
SELECT k.conname FROM pg_constraint k
WHERE k.connamespace = 'crm_tenants'::regnamespace AND k.contype IN ('p', 'u') AND k.conkey[1] <> 1;
-- in foreign keys it comes last, since clients that read one column of a key read the first
SELECT k.conname FROM pg_constraint k
WHERE k.connamespace = 'crm_tenants'::regnamespace AND k.contype = 'f'
	AND (k.conkey[cardinality(k.conkey)] <> 1 OR k.confkey[cardinality(k.confkey)] <> 1 OR k.conkey[1] = 1);
SELECT count(DISTINCT c.oid) = count(*) AS one_each FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE c.relnamespace = 'crm_tenants'::regnamespace AND p.polname = 'tenant' AND NOT p.polpermissive;

-- Without tenants no such column exists.
SELECT opportunities.create_crm('crm_single');
SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'crm_single'::regnamespace AND a.attname = 'tenant_id';
DROP SCHEMA crm_single CASCADE;

-- The application does not own the tables.
CREATE ROLE regress_application;
GRANT USAGE ON SCHEMA crm_tenants TO regress_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_tenants TO regress_application;
SET ROLE regress_application;
SET search_path = crm_tenants;

SET opportunities.tenant = '';
SELECT pg_temp.attempt('SELECT count(*) FROM opportunity');
SELECT pg_temp.attempt($$INSERT INTO account (name) VALUES ('Nobody')$$);
SELECT pg_temp.attempt('SELECT * FROM opportunities.board()');

-- The same names and numbers in both.
SET opportunities.tenant = 'north';
INSERT INTO account (name) VALUES ('Acme');
INSERT INTO opportunity (account_id, pipeline_id, stage_id, title, amount)
SELECT a.id, s.pipeline_id, s.id, 'Pumps', 100 FROM account a, stage s WHERE s.name = 'Lead';
SELECT opportunities.save_filter('Mine', '{"rules": [{"field": "amount", "operator": "<", "value": 150}]}', true) > 0 AS saved;
INSERT INTO custom_field (name, type) VALUES ('size', 'number');
UPDATE opportunity SET custom = '{"size": 9}';

SET opportunities.tenant = 'south';
SELECT (SELECT count(*) FROM opportunity) + (SELECT count(*) FROM stage) + (SELECT count(*) FROM saved_filter) AS seen;
WITH p AS (INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id)
INSERT INTO stage (pipeline_id, name, position, kind)
SELECT p.id, v.name, v.position, v.kind FROM p, (VALUES ('Lead', 1, 'open'), ('Won', 2, 'won')) AS v (name, position, kind);
INSERT INTO account (name) VALUES ('Acme');
INSERT INTO opportunity (account_id, pipeline_id, stage_id, title, amount)
SELECT a.id, s.pipeline_id, s.id, 'Valves', v.amount FROM account a, stage s, (VALUES (100), (200)) AS v (amount) WHERE s.name = 'Lead';
SELECT opportunities.save_filter('Mine', '{"rules": [{"field": "amount", "operator": ">", "value": 50}]}', true) > 0 AS saved;
INSERT INTO custom_field (name, type) VALUES ('size', 'text');
UPDATE opportunity SET custom = '{"size": "10"}';

-- A board, a filter by name, in a kept plan too, and the type of a custom field are the tenant's.
PREPARE mine AS SELECT title, amount FROM opportunity o WHERE opportunities.matches(o, 'Mine') ORDER BY amount;
PREPARE named(text) AS SELECT title, amount FROM opportunity o WHERE opportunities.matches(o, $1) ORDER BY amount;
EXECUTE mine;
EXECUTE named('Mine');
SELECT stage, count, final_total FROM opportunities.board() WHERE count > 0;
SELECT stage, count FROM opportunities.board(filter => 'Mine', search => 'acme', lane_by => 'account_id') WHERE count > 0;
SELECT lane_label, cards -> 0 ->> 'account.name' AS account, cards -> 0 ->> 'state' AS state
FROM opportunities.board(lane_by => 'account_id', fields => '{account.name,state}') WHERE count > 0;
SELECT opportunities.filter_sql('{"rules": [{"field": "custom.size", "operator": "<", "value": "9"}]}');
SET opportunities.tenant = 'north';
EXECUTE mine;
EXECUTE named('Mine');
SELECT stage, count, final_total FROM opportunities.board(search => 'acme') WHERE count > 0;
SELECT opportunities.filter_sql('{"rules": [{"field": "custom.size", "operator": "<", "value": 10}]}');
SELECT title FROM opportunity o WHERE opportunities.matches_rules(o, '{"combinator": "and", "rules": [
	{"field": "account.name", "operator": "=", "value": "Acme"}, {"field": "stage.name", "operator": "=", "value": "Lead"}]}');

-- Nor can one write into another's, or refer to it.
SELECT pg_temp.attempt($$INSERT INTO account (tenant_id, name) VALUES ('south', 'Spy')$$);
SELECT pg_temp.attempt($$UPDATE opportunity SET tenant_id = 'south'$$);
RESET ROLE;
SELECT id AS south_account FROM account WHERE tenant_id = 'south' \gset
SELECT id AS south_stage, pipeline_id AS south_pipeline FROM stage WHERE tenant_id = 'south' AND name = 'Lead' \gset
SET ROLE regress_application;
SELECT pg_temp.attempt(format('UPDATE opportunity SET account_id = %s', :south_account));
SELECT regexp_replace(pg_temp.attempt(format('UPDATE opportunity SET stage_id = %s, pipeline_id = %s', :south_stage, :south_pipeline)),
	'(stage|pipeline) \d+', '\1 N', 'g');
UPDATE stage SET active = false WHERE id = :south_stage;

-- Policies of your own allow less, and never more than the tenant's rows.
RESET ROLE;
DROP POLICY all_rows ON opportunity;
CREATE POLICY own_rows ON opportunity USING (tenant_id = opportunities.current_tenant() AND owner = opportunities.me());
UPDATE opportunity SET owner = 'amy' WHERE amount = 100;
SET ROLE regress_application;
SET opportunities.user_name = 'amy';
SELECT title, amount FROM opportunity;
RESET opportunities.user_name;
RESET ROLE;

-- Who owns the tables sees all rows in plain SQL, though the filter is that of the tenant that is
-- set; a board keeps to it. An application that owns them gets a word about it.
SELECT count(*) FROM opportunity;
SELECT stage, count, final_total FROM opportunities.board() WHERE count > 0;
EXECUTE mine;
CREATE ROLE regress_operator SUPERUSER;
SET ROLE regress_operator;
SET client_min_messages = notice;
DO $$ BEGIN PERFORM opportunities.check_crm('crm_tenants'); END $$;
SET ROLE regress_application;
SELECT * FROM opportunities.check_crm('crm_tenants');
RESET ROLE;
SET client_min_messages = warning;
DROP ROLE regress_operator;

-- Ids may be given: a tenant with rows of the same ids as another's multiplies nothing, for nobody.
CREATE TABLE twin (title text, account text, account_id bigint, pipeline_id bigint, stage_id bigint, id bigint);
INSERT INTO twin SELECT 'Twin of ' || o.title, 'Twin of ' || a.name, a.id, o.pipeline_id, o.stage_id, o.id
FROM opportunity o JOIN account a ON a.tenant_id = o.tenant_id AND a.id = o.account_id WHERE o.tenant_id = 'south';
GRANT SELECT ON twin TO regress_application;
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (view text, rows text) LANGUAGE plpgsql AS $$
DECLARE
	sql text;
BEGIN
	FOREACH sql IN ARRAY ARRAY['bi_opportunity', 'bi_line', 'bi_stage_history',
		$q$opportunities.list(fields => '{title,account.name,stage.name,state}', sort => '{id}')$q$,
		$q$(SELECT stage, lane_label, count, final_total FROM opportunities.board(lane_by => 'account_id') WHERE count > 0)$q$,
		$q$opportunities.report(by => '{account.name,stage.name}')$q$,
		$q$(SELECT o.title FROM opportunity AS o WHERE o.tenant_id = opportunities.current_tenant() AND opportunities.matches_rules(o, '{"combinator": "and", "rules": [
			{"field": "account.name", "operator": "beginsWith", "value": "A"}, {"field": "stage.name", "operator": "=", "value": "Lead"}]}'))$q$] LOOP
		view := left(sql, 30);
		EXECUTE format($q$SELECT string_agg(r::text, ' ' ORDER BY r::text) FROM %s AS r WHERE coalesce(to_jsonb(r) ->> 'tenant_id', opportunities.current_tenant()) = opportunities.current_tenant()$q$, sql) INTO rows;
		RETURN NEXT;
	END LOOP;
END $$;
SET opportunities.tenant = 'south';
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT id, 7 FROM opportunity WHERE tenant_id = 'south' ORDER BY id LIMIT 1;
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.seen();
SELECT count(*) AS all_of_both FROM bi_opportunity;

SET ROLE regress_application;
SET opportunities.tenant = 'spy';
BEGIN;
INSERT INTO pipeline (id, name) SELECT DISTINCT pipeline_id, 'Twin' FROM twin;
INSERT INTO stage (id, pipeline_id, name, position, kind) SELECT DISTINCT stage_id, pipeline_id, 'Twin', 1, 'open' FROM twin;
INSERT INTO stage (pipeline_id, name, position, kind) SELECT DISTINCT pipeline_id, 'Twin won', 2, 'won' FROM twin;
COMMIT;
INSERT INTO account (id, name) SELECT DISTINCT account_id, account FROM twin;
INSERT INTO opportunity (id, account_id, pipeline_id, stage_id, title, amount, owner) SELECT id, account_id, pipeline_id, stage_id, title, 1, opportunities.me() FROM twin;
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT id, 1 FROM twin;
UPDATE opportunity SET stage_id = (SELECT id FROM stage WHERE name = 'Twin won');
RESET ROLE;
SET opportunities.tenant = 'south';
SELECT view, b.rows = s.rows AS same FROM before AS b JOIN pg_temp.seen() AS s USING (view);
SELECT count(*) = (SELECT count(*) FROM opportunity) AS one_each FROM bi_opportunity;
SELECT count(*) = (SELECT count(*) FROM opportunity_line) AS one_each FROM bi_line;
SELECT count(*) = (SELECT count(*) FROM opportunity) + (SELECT count(*) FROM stage_change) AS one_each FROM bi_stage_history;
SELECT count(*) = (SELECT count(*) FROM opportunity WHERE tenant_id = 'south') AS one_each, bool_and(title LIKE 'Twin%' = (pipeline = 'Twin') AND (stage LIKE 'Twin%') = (pipeline = 'Twin')) AS apart FROM pipeline_on(current_date);
SELECT sum(entered) = (SELECT count(*) FROM opportunity) AS one_each, bool_and(stage LIKE 'Twin%' = (pipeline = 'Twin')) AS apart FROM funnel();
DROP TABLE twin, before;
SET opportunities.tenant = 'north';

-- Names are such that each index holds them, the longest of a tenant, a user and a name together; longer ones are refused.
CREATE FUNCTION pg_temp.long(bytes int, c text) RETURNS text LANGUAGE sql AS
	$$SELECT c || right(string_agg(md5(i::text), ''), bytes - 1) FROM generate_series(1, 20) AS i$$;
CREATE FUNCTION pg_temp.try(command text, VARIADIC lengths int[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	length int;
	code text;
BEGIN
	FOREACH length IN ARRAY lengths LOOP
		BEGIN
			EXECUTE format(command, pg_temp.long(length, 'n'));
			RETURN NEXT length || ' ok';
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME;
			RETURN NEXT concat_ws(' ', length, SQLSTATE, nullif(code, ''));
		END;
	END LOOP;
END $$;
SELECT pg_temp.try($$SET LOCAL opportunities.tenant = %L$$, 500, 501), pg_temp.try($$SET LOCAL opportunities.user_name = %L$$, 500, 501);
BEGIN;
SELECT set_config('opportunities.tenant', pg_temp.long(500, 't'), true), set_config('opportunities.user_name', pg_temp.long(500, 'u'), true) \g /dev/null
SELECT pg_temp.try($$SELECT opportunities.save_filter(%L, '{"rules": []}')$$, 500, 501);
SELECT pg_temp.try($$SELECT opportunities.save_view(%L)$$, 500, 501);
SELECT pg_temp.try($$INSERT INTO custom_field (name) VALUES (%L)$$, 500, 501);
SELECT pg_temp.try($$INSERT INTO choice (field, value) VALUES ('source', %L)$$, 500, 501);
SELECT pg_temp.try($$INSERT INTO choice (field, value) VALUES ('custom.' || %1$L, right(%1$L, 500))$$, 500, 501);
SELECT pg_temp.try($$INSERT INTO app_user (login, name) VALUES (%L, 'x')$$, 500, 501);
WITH p AS (INSERT INTO pipeline (name) VALUES ('Long') RETURNING id) INSERT INTO opportunity (pipeline_id, title) SELECT id, 'Long' FROM p;
SELECT pg_temp.try($$INSERT INTO activity (opportunity_id, kind, due_at, assignee) SELECT id, 'call', now(), %L FROM opportunity WHERE title = 'Long'$$, 500, 501);
SELECT count(*) FROM change_log WHERE tenant_id = pg_temp.long(500, 't') AND length(row_id) = 500;
ROLLBACK;

-- A match on the rows of a relation keeps tenants apart: under row security, and for who sees all of them.
BEGIN;
SET LOCAL opportunities.tenant = 'east';
INSERT INTO pipeline (tenant_id, id, name) VALUES ('east', 9001, 'East'), ('west', 9001, 'West');
INSERT INTO opportunity (tenant_id, id, pipeline_id, title, owner) SELECT t, i, 9001, t || i, 'regress_application' FROM unnest('{east,west}'::text[]) AS t, generate_series(9001, 9003) AS i;
INSERT INTO activity (tenant_id, opportunity_id, kind) VALUES ('east', 9001, 'call'), ('west', 9001, 'call'), ('west', 9001, 'note'), ('west', 9002, 'call'), ('east', 9003, 'note');
CREATE FUNCTION pg_temp.matching(mode text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', 'activity',
	'match', jsonb_build_object('mode', split_part(mode, ' ', 1), 'threshold', nullif(split_part(mode, ' ', 2), '')::numeric), 'value', '{"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "call"}]}'::jsonb))) $$;
-- by matches_rules, inlined and at run time, and by filter_sql
CREATE FUNCTION pg_temp.met(mode text) RETURNS TABLE (met text, at_run_time text, by_sql text) LANGUAGE plpgsql AS $$
DECLARE
	query text := 'SELECT string_agg(title, '' '' ORDER BY title) FROM opportunity AS o WHERE pipeline_id = 9001 AND ';
BEGIN
	EXECUTE query || format('opportunities.matches_rules(o, %L)', pg_temp.matching(mode)) INTO met;
	EXECUTE query || format('opportunities.matches_rules(o, (SELECT %L::jsonb OFFSET 0))', pg_temp.matching(mode)) INTO at_run_time;
	EXECUTE query || opportunities.filter_sql(pg_temp.matching(mode), alias => 'o') INTO by_sql;
	RETURN NEXT;
END $$;
SELECT mode, m.*, (SELECT string_agg(r ->> 'title', ' ' ORDER BY r ->> 'title') FROM jsonb_array_elements(opportunities.list(rules => pg_temp.matching(mode), fields => '{title}') -> 'rows') AS r) AS listed
FROM unnest('{some,none,all,exactly 1,atLeast 2,atMost 0,atLeast 0.5}'::text[]) AS mode, pg_temp.met(mode) AS m;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_tenants TO regress_application;
SET LOCAL ROLE regress_application;
SELECT mode, m.*, (SELECT string_agg(r ->> 'title', ' ' ORDER BY r ->> 'title') FROM jsonb_array_elements(opportunities.list(rules => pg_temp.matching(mode), fields => '{title}') -> 'rows') AS r) AS listed
FROM unnest('{some,none,all,exactly 1,atLeast 2,atMost 0,atLeast 0.5}'::text[]) AS mode, pg_temp.met(mode) AS m;
SET LOCAL opportunities.tenant = 'west';
SELECT mode, m.*, (SELECT string_agg(r ->> 'title', ' ' ORDER BY r ->> 'title') FROM jsonb_array_elements(opportunities.list(rules => pg_temp.matching(mode), fields => '{title}') -> 'rows') AS r) AS listed
FROM unnest('{some,none,all,exactly 1,atLeast 2,atMost 0,atLeast 0.5}'::text[]) AS mode, pg_temp.met(mode) AS m;
ROLLBACK;

-- What a check finds.
SELECT * FROM opportunities.check_crm('crm_tenants');
DROP POLICY tenant ON account;
ALTER TABLE stage DISABLE ROW LEVEL SECURITY;
SELECT code, object, problem FROM opportunities.check_crm('crm_tenants') ORDER BY 1, 2;

-- Filters alone, beside tables of your own.
CREATE SCHEMA crm_beside;
CREATE TABLE crm_beside.opportunity (id int PRIMARY KEY, amount numeric, probability numeric, stage_id int);
SELECT opportunities.create_crm('crm_beside', parts => '{filters}', tenant => true);
SELECT * FROM opportunities.check_crm('crm_beside');
SELECT opportunities.save_filter('Big', '{"rules": [{"field": "amount", "operator": ">", "value": 50}]}', true, 'crm_beside.opportunity') > 0 AS saved;
SELECT opportunities.save_filter('Big', '{"rules": [{"field": "amount", "operator": ">", "value": 60}]}', true, 'crm_beside.opportunity') > 0 AS saved;
SELECT tenant_id, name, definition -> 'rules' -> 0 -> 'value' AS value FROM crm_beside.saved_filter;

RESET search_path;
DROP SCHEMA crm_tenants, crm_beside CASCADE;
DROP ROLE regress_application;
