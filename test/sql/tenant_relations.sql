-- Views, foreign tables and tables with other keys say whose their rows are, too: while a tenant is set they show that one's alone.
SET client_min_messages = warning;
SET statement_timeout = '60s';
\i test/data/attempt.sql

-- Two tenants whose rows have the same ids, and unlike names, stages and figures: of north 3 deals of 60, x3 won; of south 2 of 700, y1 won.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_both', tenant => true) \g /dev/null
SET search_path = crm_both, opportunities, public;
INSERT INTO pipeline (tenant_id, id, name) VALUES ('north', 1, 'North'), ('south', 1, 'South');
INSERT INTO stage (tenant_id, id, pipeline_id, name, position, kind) VALUES ('north', 1, 1, 'Lead', 1, 'open'), ('north', 2, 1, 'Won', 2, 'won'), ('north', 3, 1, 'Lost', 3, 'lost'),
	('south', 1, 1, 'Sold', 3, 'won'), ('south', 2, 1, 'Talk', 1, 'open'), ('south', 3, 1, 'Gone', 2, 'lost');
INSERT INTO app_user (tenant_id, login, name) VALUES ('north', 'ann', 'Ann of north'), ('south', 'ann', 'Ann of south');
INSERT INTO account (tenant_id, id, name) VALUES ('north', 1, 'Acme'), ('north', 2, 'Bolt'), ('south', 1, 'Zeta'), ('south', 2, 'Acme');
INSERT INTO opportunity (tenant_id, id, pipeline_id, stage_id, title, account_id, owner, amount, probability) VALUES
	('north', 1, 1, 1, 'x1', 1, 'ann', 10, 50), ('north', 2, 1, 1, 'x2', 2, 'ann', 20, 50), ('north', 3, 1, 2, 'x3', 2, NULL, 30, 50),
	('south', 1, 1, 1, 'y1', 1, 'ann', 300, 50), ('south', 2, 1, 2, 'y2', 2, 'ann', 400, 50);
INSERT INTO activity (tenant_id, opportunity_id, kind, subject) VALUES ('north', 1, 'call', 'n'), ('south', 2, 'call', 's'), ('south', 2, 'note', 's'), ('south', 1, 'visit', 's');

-- What a relation shows, by all that reads it, in one line.
CREATE FUNCTION pg_temp.shown(relation regclass) RETURNS TABLE (what text, answer text) LANGUAGE plpgsql AS $$
DECLARE
	call text;
	account text := '{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Acme"}]}';
	calls text := '{"combinator": "and", "rules": [{"field": "activity.kind", "operator": "=", "value": "call"}]}';
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$q$(SELECT stage || ' ' || count || ' ' || final_total FROM board(%1$L) WHERE count > 0)$q$, $q$(SELECT coalesce(stage, '-') FROM board(%1$L))$q$,
		$q$(SELECT coalesce(lane_label, '-') || ' ' || count FROM board(%1$L, lane_by => 'owner') WHERE count > 0)$q$,
		$q$(SELECT c ->> 'title' FROM board(%1$L), jsonb_array_elements(cards) AS c)$q$,
		$q$(SELECT concat_ws(' ', r ->> 'title', r ->> 'account.name', r ->> 'stage.name', r ->> 'owner.name', r ->> 'state', r ->> 'label(account_id)') FROM jsonb_array_elements(list(%1$L, fields => '{title,account.name,stage.name,owner.name,state,label(account_id)}') -> 'rows') AS r)$q$,
		$q$(SELECT list(%1$L, size => 1) -> 'totals' ->> 'final_total')$q$,
		$q$(SELECT concat_ws(' ', dimensions ->> 'account.name', count, final_total, open_count, won, lost) FROM report(%1$L, '{account.name}'))$q$,
		$q$(SELECT concat_ws(' ', dimensions ->> 'activity.kind', count) FROM report(%1$L, '{activity.kind}'))$q$,
		$q$(SELECT r ->> 'title' FROM jsonb_array_elements(list(%1$L, search => 'acme', fields => '{title}') -> 'rows') AS r)$q$,
		$q$(SELECT r ->> 'title' FROM jsonb_array_elements(list(%1$L, rules => %2$L, fields => '{title}') -> 'rows') AS r)$q$,
		$q$(SELECT r ->> 'title' FROM jsonb_array_elements(list(%1$L, rules => %3$L, fields => '{title}') -> 'rows') AS r)$q$,
		$q$(SELECT key || ' ' || value FROM jsonb_each(my_rights(%1$L, '{1,2,3,4}') -> 'rows'))$q$] LOOP
		what := substr(call, 9, 45);
		BEGIN
			EXECUTE format('SELECT string_agg(v, '', '' ORDER BY v) FROM ' || call || ' AS s (v)', relation, account, calls) INTO answer;
		EXCEPTION WHEN OTHERS THEN
			answer := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
-- (by the tables themselves first)
SELECT * FROM pg_temp.shown('opportunity');
CREATE TEMP TABLE right_answers AS SELECT tenant, s.* FROM unnest('{north,south}'::text[]) AS tenant, LATERAL (SELECT set_config('opportunities.tenant', tenant, false) OFFSET 0) AS c, LATERAL pg_temp.shown(CASE WHEN c IS NOT NULL THEN 'opportunity'::regclass END) AS s;
SELECT answer FROM right_answers WHERE tenant = 'south';

-- The same through views of the owner's, views that ask as whoever reads, and foreign tables, none of which has a key.
CREATE SCHEMA seen;
CREATE SCHEMA asked;
CREATE SCHEMA far;
CREATE EXTENSION postgres_fdw;
DO $$
DECLARE
	name text;
BEGIN
	EXECUTE format('CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	EXECUTE format('CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user %L)', current_user);
	FOREACH name IN ARRAY '{pipeline,stage,account,activity,app_user,opportunity}'::text[] LOOP
		EXECUTE format('CREATE VIEW seen.%1$I AS SELECT * FROM crm_both.%1$I; CREATE VIEW asked.%1$I WITH (security_invoker = true) AS SELECT * FROM crm_both.%1$I', name);
	END LOOP;
END $$;
IMPORT FOREIGN SCHEMA crm_both LIMIT TO (pipeline, stage, account, activity, app_user, opportunity) FROM SERVER far INTO far;
CREATE ROLE regress_application;
GRANT USAGE ON SCHEMA crm_both, seen, asked, far TO regress_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_both, seen, asked, far TO regress_application;
CREATE FUNCTION pg_temp.unlike(role text) RETURNS TABLE (tenant text, relation text, what text, answer text, right_one text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	FOREACH relation IN ARRAY '{seen.opportunity,asked.opportunity,far.opportunity,crm_both.opportunity}'::text[] LOOP
		FOREACH tenant IN ARRAY '{north,south}'::text[] LOOP
			PERFORM set_config('opportunities.tenant', tenant, true);
			RETURN QUERY SELECT unlike.tenant, unlike.relation, s.what, s.answer, r.answer FROM pg_temp.shown(unlike.relation) AS s JOIN right_answers AS r USING (what)
			WHERE r.tenant = unlike.tenant AND s.answer IS DISTINCT FROM r.answer;
		END LOOP;
	END LOOP;
	RESET ROLE;
END $$;
GRANT SELECT ON right_answers TO regress_application;
BEGIN;
SELECT * FROM pg_temp.unlike(current_user);
SELECT * FROM pg_temp.unlike('regress_application');
ROLLBACK;
-- another server is asked for the tenant's rows alone
CREATE FUNCTION pg_temp.remote(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line LIKE '%Remote SQL%' THEN RETURN NEXT substr(line, strpos(line, 'WHERE')); END IF;
	END LOOP;
END $$;
SELECT pg_temp.remote(list_sql('far.opportunity', fields => '{title}', scope => '{"stage_id": 1}'));
SELECT count(*) FROM (SELECT list_sql('far.opportunity', fields => '{title}')) AS s (sql) WHERE sql LIKE '%north%' OR sql LIKE '%south%';

-- While none is set, all: those of two tenants stay apart wherever relations say whose rows they have.
RESET opportunities.tenant;
SELECT what, answer FROM pg_temp.shown('seen.opportunity') WHERE what ~ 'report|list' AND what !~ 'search|rules';
SELECT pg_temp.attempt('SELECT * FROM board(''crm_both.opportunity'')');

-- What a session planned while none was set, or another was, isn't used for the next.
CREATE TABLE seen.own (id int PRIMARY KEY, tenant_id text, opportunity_id bigint, stage_id int, amount numeric, probability numeric);
CREATE VIEW asked.own AS SELECT id, opportunity_id AS own_id FROM seen.own;
INSERT INTO seen.own (id, tenant_id, opportunity_id) VALUES (1, 'north', 1), (2, 'south', 2), (3, NULL, 3);
CREATE VIEW seen.visit AS SELECT tenant_id, id, opportunity_id, kind FROM crm_both.activity;
PREPARE visited AS SELECT string_agg(title, ' ' ORDER BY title) FROM seen.opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "visit.kind", "operator": "in", "value": "call,visit"}]}');
CREATE FUNCTION pg_temp.visited() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	o seen.opportunity;
	found text := '';
BEGIN
	FOR o IN SELECT * FROM seen.opportunity ORDER BY title LOOP
		IF matches_rules(o, '{"rules": [{"field": "visit.kind", "operator": "in", "value": "call,visit"}]}') THEN found := concat_ws(' ', found, o.title); END IF;
	END LOOP;
	RETURN found;
END $$;
CREATE FUNCTION pg_temp.set_tenant(text) RETURNS text LANGUAGE sql AS $$ SELECT set_config('opportunities.tenant', $1, false) $$;
CREATE FUNCTION pg_temp.columns_of(text) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(stage || ' ' || count, ', ' ORDER BY stage) FROM board('seen.opportunity') WHERE count > 0 $$;
EXECUTE visited;
EXECUTE visited;
SET opportunities.tenant = 'north';
EXECUTE visited;
SET opportunities.tenant = 'south';
EXECUTE visited;
RESET opportunities.tenant;
EXECUTE visited;
-- row by row, within one transaction
BEGIN;
SELECT pg_temp.visited();
SET LOCAL opportunities.tenant = 'north';
SELECT pg_temp.visited();
SET LOCAL opportunities.tenant = 'south';
SELECT pg_temp.visited();
COMMIT;
SELECT pg_temp.visited();
-- boards and lists, whose statements are kept
SELECT t, pg_temp.set_tenant(t) = t AS set, pg_temp.columns_of(t) AS board FROM unnest(ARRAY['', 'north', 'south', 'north', '']) WITH ORDINALITY AS t (t, n) ORDER BY n;
RESET opportunities.tenant;

-- Writers through them reach the tenant's rows alone.
SET opportunities.tenant = 'north';
PREPARE written(text) AS SELECT split_part(pg_temp.attempt(format(c, $1)), E'\n', 1) AS result, c AS command
FROM unnest(ARRAY[$$SELECT edit_opportunity('4', '{"title": "z"}', relation => %L)$$, $$SELECT move('4', '1', relation => %L)$$, $$SELECT edit_opportunity('1', '{"title": "x1"}', relation => %L)$$]) AS c;
EXECUTE written('seen.opportunity');
EXECUTE written('asked.opportunity');
EXECUTE written('far.opportunity');
INSERT INTO opportunity (tenant_id, id, pipeline_id, stage_id, title, amount) VALUES ('south', 9, 1, 2, 'y9', 1);
SELECT * FROM bulk_edit('{"description": "d"}', scope => '{"pipeline_id": 1}', on_error => 'skip', relation => 'seen.opportunity');
SELECT * FROM bulk_edit('{"description": "e"}', scope => '{"pipeline_id": 1}', on_error => 'skip', relation => 'far.opportunity');
SELECT * FROM bulk_delete('{9}', on_error => 'skip', relation => 'seen.opportunity');
SELECT * FROM bulk_delete('{9}', on_error => 'skip', relation => 'far.opportunity');
SELECT tenant_id, id, description FROM opportunity ORDER BY 1, 2;
SELECT count(*) > 3 AS followed FROM follow_ids('crm_both');
SELECT create_opportunity('{"pipeline_id": 1, "stage_id": 1, "title": "x4"}', '{title,stage.name}', relation => 'seen.opportunity');
SELECT tenant_id, title FROM opportunity WHERE title = 'x4';
-- nor is a row given to another
SELECT pg_temp.attempt(format(c, r)) FROM unnest('{seen.opportunity,seen.own}'::text[]) AS r,
	unnest(ARRAY[$$SELECT edit_opportunity('1', '{"tenant_id": "south"}', relation => %L)$$, $$SELECT create_opportunity('{"id": 7, "stage_id": 1, "tenant_id": null}', relation => %L)$$,
		$$SELECT bulk_edit('{"tenant_id": "south"}', ids => '{1}', relation => %L)$$]) AS c;

-- A column of another type is read as that; a tenant that isn't one is told. A table with a key of its own is limited, too, and rows without a tenant are nobody's.
CREATE SCHEMA numbered;
CREATE TABLE numbered.deal (id bigint PRIMARY KEY, by_text text, by_name varchar(20), by_number int, by_uuid uuid, by_amount numeric, stage_id bigint, amount numeric, probability numeric, title text);
CREATE INDEX ON numbered.deal (by_uuid);
INSERT INTO numbered.deal SELECT n, t, t, t::int, lpad(t, 32, '0')::uuid, t::numeric, 1, n, 50, 'd' || n FROM (VALUES (1, '7'), (2, '8'), (3, NULL), (4, '7')) AS v (n, t);
CREATE TABLE numbered.stage (id bigint PRIMARY KEY, name text, position int, kind text);
INSERT INTO numbered.stage VALUES (1, 'Open', 1, 'open');
CREATE FUNCTION pg_temp.of_column(name text, tenant text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('CREATE OR REPLACE VIEW numbered.%1$I AS SELECT id, %1$I AS tenant_id, stage_id, amount, probability, title FROM numbered.deal', name);
	PERFORM set_config('opportunities.tenant', tenant, true);
	SELECT string_agg(r ->> 'title', ' ' ORDER BY r ->> 'title') INTO found FROM jsonb_array_elements(list(('numbered.' || name)::regclass, fields => '{title}') -> 'rows') AS r;
	RETURN found;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT c, pg_temp.of_column(c, '7') AS seven, pg_temp.of_column(c, '9') AS nine, pg_temp.of_column(c, 'acme') AS acme, pg_temp.of_column(c, '') AS none
FROM unnest('{by_text,by_name,by_number,by_amount}'::text[]) AS c;
SELECT pg_temp.of_column('by_uuid', '00000000-0000-0000-0000-000000000007') AS seven, pg_temp.of_column('by_uuid', 'acme') AS acme, pg_temp.of_column('by_uuid', '7') AS no_uuid, pg_temp.of_column('by_uuid', '') AS none;
SET opportunities.tenant = 'acme';
SELECT pg_temp.attempt('SELECT * FROM list(''numbered.by_number'')');
SET opportunities.tenant = '99999999999';
SELECT pg_temp.attempt('SELECT * FROM list(''numbered.by_number'')');
SET opportunities.tenant = '00000000-0000-0000-0000-000000000007';
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT line FROM pg_temp.plan(list_sql('numbered.by_uuid', fields => '{title}')) AS line WHERE line LIKE '%by_uuid%';
RESET enable_seqscan;
ALTER TABLE numbered.deal RENAME COLUMN by_text TO tenant_id;
SET opportunities.tenant = '8';
SELECT r ->> 'title' AS title FROM jsonb_array_elements(list('numbered.deal', fields => '{title}') -> 'rows') AS r;

-- a stage that is nobody's has no column: cards in it stand in one without a name, unless a view gives it to everybody
ALTER TABLE numbered.stage ADD COLUMN archive_after int DEFAULT 30, ADD COLUMN tenant_id text;
ALTER TABLE numbered.deal ADD COLUMN closed_on date;
ALTER TABLE numbered.deal ADD FOREIGN KEY (stage_id) REFERENCES numbered.stage;
INSERT INTO numbered.stage VALUES (2, 'Done', 2, 'won', 30, '7');
UPDATE numbered.deal SET stage_id = 2, closed_on = current_date WHERE id = 4;
SET opportunities.tenant = '7';
SELECT stage, count FROM board('numbered.deal') WHERE count > 0;
ALTER TABLE numbered.stage RENAME TO stages;
CREATE VIEW numbered.stage AS SELECT id, name, position, kind, archive_after, COALESCE(tenant_id, current_setting('opportunities.tenant', true)) AS tenant_id FROM numbered.stages;
SELECT stage, count FROM board('numbered.deal') WHERE count > 0;
RESET opportunities.tenant;

-- A rollup that hasn't the column answers for all tenants alone.
SELECT create_crm('crm_one', starter => true) \g /dev/null
SET search_path = crm_one, opportunities, public;
ALTER TABLE opportunity ADD COLUMN tenant_id text;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, tenant_id) VALUES (1, 1, 'a', 1, 'north'), (1, 1, 'b', 20, 'south'), (1, 1, 'c', 300, NULL);
SELECT create_rollup() \g /dev/null
CREATE FUNCTION pg_temp.figures() RETURNS TABLE (board text, report text) LANGUAGE sql AS $$
	SELECT (SELECT count || ' ' || final_total FROM board() WHERE count > 0), (SELECT count || ' ' || final_total FROM report('opportunity', '{stage_id}')) $$;
SELECT * FROM pg_temp.figures();
SET opportunities.tenant = 'north';
SELECT * FROM pg_temp.figures();
SELECT pg_temp.attempt('SELECT move(''2'', ''2'')');
SET opportunities.tenant = 'south';
SELECT * FROM pg_temp.figures();
SELECT move('2', '2') ->> 'title' AS moved;
-- nor is what was deleted known but to all
RESET opportunities.tenant;
ALTER TABLE change_log DISABLE TRIGGER USER;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, tenant_id, created_at) VALUES (1, 1, 'gone', 4000, 'south', '2026-01-01Z');
UPDATE change_log SET changed_at = '2026-01-01Z' WHERE row_id = '4';
DELETE FROM opportunity WHERE title = 'gone';
SELECT title, amount FROM pipeline_on('2026-06-01');
SET opportunities.tenant = 'north';
SELECT title, amount FROM pipeline_on('2026-06-01');
RESET opportunities.tenant;

RESET search_path;
DROP EXTENSION postgres_fdw CASCADE;
DROP SCHEMA crm_both, crm_one, seen, asked, far, numbered CASCADE;
DROP OWNED BY regress_application;
DROP ROLE regress_application;
