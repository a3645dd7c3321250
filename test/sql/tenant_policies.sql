-- Tenants don't depend on one policy: where all are permissive, as on shards of Citus, none sees or writes what is another's.
SET client_min_messages = warning;
SELECT count(*) AS had_trgm FROM pg_extension WHERE extname = 'pg_trgm' \gset
\set ECHO none
\o /dev/null
\i test/data/used_crm.sql
\o
\set ECHO all
SET client_min_messages = warning;
\i test/data/attempt.sql
SELECT opportunities.create_crm('crm_walk', tenant => true) \g /dev/null
CREATE ROLE regress_application;
GRANT USAGE ON SCHEMA crm_walk TO regress_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_walk TO regress_application;

-- both tenants have the rows of a CRM that people have worked with, and some of what that has none of
CREATE TEMP TABLE walked AS SELECT c.relname AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 1 AND a.attgenerated = ''
WHERE c.relnamespace = 'crm_walk'::regnamespace AND c.relkind = 'r' AND c.relname <> 'calendar' GROUP BY c.relname;
BEGIN;
SET LOCAL session_replication_role = replica;
\set ECHO none
SELECT format('INSERT INTO crm_walk.%1$I (tenant_id, %2$s) OVERRIDING SYSTEM VALUE SELECT t, %2$s FROM crm.%1$I, unnest(''{north,south}''::text[]) AS t', name, columns) FROM walked \gexec
\set ECHO all
INSERT INTO crm_walk.stage_transition (tenant_id, pipeline_id, from_stage_id, to_stage_id) VALUES ('north', 1, 1, 2), ('south', 1, 1, 2);
INSERT INTO crm_walk.currency (tenant_id, code, digits) VALUES ('north', 'EUR', 2), ('south', 'EUR', 2);
INSERT INTO crm_walk.exchange_rate (tenant_id, from_currency, to_currency, valid_from, rate) VALUES ('north', 'EUR', 'USD', '2026-01-01', 1), ('south', 'EUR', 'USD', '2026-01-01', 1);
COMMIT;

-- What a tenant may do with another's rows, table by table: nothing is one line that says so.
CREATE FUNCTION pg_temp.may(command text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
BEGIN
	EXECUTE format(command, name);
	GET DIAGNOSTICS rows = ROW_COUNT;
	RETURN rows;
EXCEPTION
	WHEN insufficient_privilege THEN RETURN 'refused';
	WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
-- (triggers would refuse it too, and then nothing would be known of the policies; an INSERT of a row that is there ends at its key, if at no policy)
DO $$ BEGIN EXECUTE (SELECT string_agg(format('ALTER TABLE crm_walk.%I DISABLE TRIGGER USER', name), ';') FROM walked); END $$;
CREATE FUNCTION pg_temp.walk() RETURNS TABLE (tables bigint, own boolean, seen text, updated text, deleted text, given text, inserted text, locked text) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE regress_application;
	SET LOCAL opportunities.tenant = 'north';
	-- (by conditions that no index has, so that each row is looked at)
	RETURN QUERY SELECT count(*), bool_and(pg_temp.may('SELECT FROM crm_walk.%I', w.name)::int > 0),
		string_agg(DISTINCT pg_temp.may('SELECT FROM crm_walk.%I WHERE tenant_id || '''' <> ''north''', w.name), ', '),
		string_agg(DISTINCT pg_temp.may('UPDATE crm_walk.%I SET tenant_id = tenant_id WHERE tenant_id || '''' = ''south''', w.name), ', '),
		string_agg(DISTINCT pg_temp.may('DELETE FROM crm_walk.%I WHERE tenant_id || '''' = ''south''', w.name), ', '),
		string_agg(DISTINCT pg_temp.may('UPDATE crm_walk.%I SET tenant_id = ''south''', w.name), ', '),
		string_agg(DISTINCT pg_temp.may(format('INSERT INTO crm_walk.%%1$I (tenant_id, %1$s) OVERRIDING SYSTEM VALUE SELECT ''south'', %1$s FROM crm_walk.%%1$I LIMIT 1', w.columns), w.name), ', '),
		string_agg(DISTINCT pg_temp.may('SELECT FROM crm_walk.%I WHERE tenant_id || '''' = ''south'' FOR UPDATE', w.name), ', ')
	FROM walked AS w;
	RESET ROLE;
END $$;
GRANT SELECT ON walked TO regress_application;
BEGIN;
SELECT * FROM pg_temp.walk();
ROLLBACK;

-- all policies as permissive ones
CREATE FUNCTION pg_temp.all_permissive() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	p record;
BEGIN
	FOR p IN SELECT y.polname, c.oid::regclass AS rel, pg_get_expr(y.polqual, c.oid) AS qual FROM pg_policy AS y JOIN pg_class AS c ON c.oid = y.polrelid
		WHERE c.relnamespace = 'crm_walk'::regnamespace AND NOT y.polpermissive LOOP
		EXECUTE format('DROP POLICY %1$I ON %2$s; CREATE POLICY %1$I ON %2$s USING (%3$s)', p.polname, p.rel, p.qual);
	END LOOP;
END $$;
BEGIN;
SELECT pg_temp.all_permissive();
SELECT count(*) AS restrictive FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE c.relnamespace = 'crm_walk'::regnamespace AND NOT p.polpermissive;
SELECT * FROM pg_temp.walk();
-- and what an earlier version made would let through
ALTER POLICY all_rows ON crm_walk.account USING (true);
SELECT seen, updated, deleted, given FROM pg_temp.walk();
ROLLBACK;

DO $$ BEGIN EXECUTE (SELECT string_agg(format('ALTER TABLE crm_walk.%I ENABLE TRIGGER USER', name), ';') FROM walked); END $$;
SELECT count(*) > 10 AS followed FROM opportunities.follow_ids('crm_walk');

-- The second condition costs no estimate: it is the first.
SELECT count(*) AS rows FROM crm_walk.opportunity WHERE tenant_id = 'north' \gset
ANALYZE crm_walk.opportunity;
SET ROLE regress_application;
SET opportunities.tenant = 'north';
CREATE FUNCTION pg_temp.plan(command text) RETURNS TABLE (conditions text, estimate bigint) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || command INTO plan;
	plan := plan -> 0 -> 'Plan';
	RETURN QUERY SELECT concat_ws('; ', plan ->> 'Index Cond', plan ->> 'Recheck Cond', plan ->> 'Filter'), (plan ->> 'Plan Rows')::bigint;
END $$;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT conditions, estimate = :rows AS as_many FROM pg_temp.plan('SELECT title FROM crm_walk.opportunity');
SELECT conditions, estimate = :rows AS as_many FROM pg_temp.plan('SELECT title FROM crm_walk.opportunity AS o WHERE o.tenant_id = opportunities.current_tenant()');
RESET ROLE;
BEGIN;
DROP POLICY all_rows ON crm_walk.opportunity;
CREATE POLICY own_rows ON crm_walk.opportunity USING (tenant_id = opportunities.current_tenant() AND owner IS NOT NULL);
SET LOCAL ROLE regress_application;
SELECT conditions, estimate > :rows * 0.8 AS as_many FROM pg_temp.plan('SELECT title FROM crm_walk.opportunity');
ROLLBACK;
RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_indexonlyscan;

RESET opportunities.tenant;

-- check_crm says which policies depend on the one; a condition that only mentions the column limits nothing.
SELECT code, object, problem FROM opportunities.check_crm('crm_walk') WHERE code LIKE 'policy%' OR code LIKE 'row_security%';
SET client_min_messages = notice;
CREATE FUNCTION pg_temp.told(condition text, clause text = 'USING') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE POLICY yours ON crm_walk.payment %s (%s)', clause, condition);
	RAISE NOTICE '%', condition;
	PERFORM opportunities.check_crm('crm_walk');
	DROP POLICY yours ON crm_walk.payment;
END $$;
\set VERBOSITY terse
SELECT pg_temp.told(c) FROM unnest(ARRAY['tenant_id = opportunities.current_tenant()', 'opportunities.current_tenant() = tenant_id AND amount > 0', $$tenant_id = 'north'$$,
	$$tenant_id = ANY ('{north,east}')$$, $$(tenant_id = 'north' AND amount > 0) OR (tenant_id = opportunities.current_tenant() AND amount < 0)$$, 'false',
	'true', 'tenant_id IS NOT NULL', 'tenant_id <> opportunities.current_tenant()', 'tenant_id = tenant_id', 'tenant_id = method', $$tenant_id = 'north' OR amount > 0$$,
	$$NOT (tenant_id = 'north')$$, $$tenant_id <> ALL ('{north}')$$, $$tenant_id > 'north'$$,
	'EXISTS (SELECT FROM crm_walk.opportunity AS o WHERE o.tenant_id = payment.tenant_id AND o.id = payment.opportunity_id)']) AS c;
SELECT pg_temp.told('true', 'FOR INSERT WITH CHECK'), pg_temp.told('true', 'USING (tenant_id = opportunities.current_tenant()) WITH CHECK'), pg_temp.told('true', 'AS RESTRICTIVE USING');
\set VERBOSITY default
ALTER POLICY all_rows ON crm_walk.stage USING (active);
DO $$ BEGIN PERFORM opportunities.check_crm('crm_walk'); END $$;
ALTER POLICY all_rows ON crm_walk.stage USING (tenant_id = opportunities.current_tenant());
SET client_min_messages = warning;

-- a table of which nothing is allowed, as after DROP EXTENSION
BEGIN;
DROP POLICY all_rows ON crm_walk.stage;
SET LOCAL client_min_messages = notice;
DO $$ BEGIN PERFORM opportunities.check_crm('crm_walk'); END $$;
ROLLBACK;

-- What an earlier version made is mended, and what isn't as that made it is yours.
ALTER POLICY all_rows ON crm_walk.account USING (true);
ALTER POLICY all_rows ON crm_walk.stage USING (true) WITH CHECK (active);
ALTER POLICY all_rows ON crm_walk.product TO regress_application USING (true);
ALTER POLICY all_rows ON crm_walk.payment USING (amount > 0);
DROP POLICY all_rows ON crm_walk.choice;
DROP POLICY tenant ON crm_walk.label;
CREATE POLICY tenant ON crm_walk.label USING (tenant_id = opportunities.current_tenant());
SELECT code, object, problem FROM opportunities.check_crm('crm_walk') WHERE code LIKE 'policy%';
SELECT code, object, problem FROM opportunities.upgrade_crm('crm_walk') WHERE code LIKE 'policy%';
SELECT polrelid::regclass, polname, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid) FROM pg_policy
WHERE polrelid IN (SELECT ('crm_walk.' || name)::regclass FROM unnest('{account,stage,product,payment,choice,label}'::text[]) AS name) ORDER BY polrelid::regclass::text, 2;
SELECT code, object, problem FROM opportunities.check_crm('crm_walk') WHERE code LIKE 'policy%';

DROP SCHEMA crm_walk, crm CASCADE;
DROP TABLE walked;
DROP FUNCTION pg_temp.plan;
SELECT 'DROP EXTENSION pg_trgm' WHERE :had_trgm = 0 \gexec
DROP OWNED BY regress_application;
DROP ROLE regress_application;
