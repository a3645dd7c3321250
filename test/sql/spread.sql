-- Statements for a planner that spreads them over servers, as Citus does: filters stand in the place of calls before that planner sees them,
-- what the session's settings say stands there as constants, and a plan that holds either serves once. A name and a version stand in for Citus.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT opportunities.create_crm('spread_crm') \g /dev/null
SET search_path = spread_crm, opportunities, public;
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO stage (pipeline_id, name, position, kind) VALUES (1, 'Lead', 1, 'open'), (1, 'Won', 2, 'won');
INSERT INTO account (name) SELECT 'a' || n FROM generate_series(0, 9) AS n;
INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, amount)
SELECT 1, 1, n % 10 + 1, 'deal ' || n, 'u' || n % 3, n FROM generate_series(1, 100) AS n;
CREATE FUNCTION rule(field text, operator text, value jsonb) RETURNS jsonb LANGUAGE sql RETURN
	jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', field, 'operator', operator, 'value', value)));
SELECT save_filter('Big', rule('amount', '>', '90'), shared => true), save_filter('Of a3', rule('account.name', '=', '"a3"'), shared => true),
	save_filter('Mine', rule('owner', '=', '{"user": "current"}'), shared => true),
	save_filter('New', rule('created_at', '=', '{"period": "LAST_N_DAYS:3"}'), shared => true) \g /dev/null
CREATE VIEW big AS SELECT id, amount, account_id FROM opportunity AS o WHERE matches(o, 'Big');
CREATE VIEW mapped AS SELECT id, amount * 2 AS amount, account_id, owner FROM opportunity;
CREATE TABLE copied (id bigint, amount numeric);
CREATE VIEW copies AS SELECT amount, id FROM copied WHERE amount > 0;
\i test/data/attempt.sql

-- each in one of the places where a call can stand
CREATE TABLE place (id int GENERATED ALWAYS AS IDENTITY, command text, before text);
INSERT INTO place (command) VALUES
	('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Big'')'),
	('SELECT sum(amount) FILTER (WHERE matches(o, ''Of a3'')) FROM opportunity AS o'),
	('SELECT string_agg(hit || n::text, '','' ORDER BY hit) FROM (SELECT matches(o, ''Of a3'') AS hit, count(*) AS n FROM opportunity AS o GROUP BY 1) AS v'),
	('WITH w AS MATERIALIZED (SELECT id FROM opportunity AS o WHERE matches(o, ''Big'')) SELECT count(*) FROM w'),
	('SELECT count(*) FROM account AS a WHERE EXISTS (SELECT FROM opportunity AS o WHERE o.account_id = a.id AND matches(o, ''Of a3'') AND matches(o, ''Big''))'),
	('SELECT count(*) FROM opportunity AS o WHERE EXISTS (SELECT FROM account AS a WHERE a.id = o.account_id AND matches(o, ''Of a3''))'),
	('SELECT count(*), count(o.id) FROM account AS a LEFT JOIN opportunity AS o ON o.account_id = a.id AND matches(o, ''Big'')'),
	('SELECT count(*) FROM account AS a LEFT JOIN opportunity AS o ON o.account_id = a.id AND o.id < 3 WHERE matches(o, ''Big'') IS NULL'),
	('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Big'') UNION ALL SELECT count(*) FROM opportunity AS o WHERE NOT matches(o, ''Big'')'),
	('SELECT count(*) FROM big'),
	('SELECT count(*) FROM big AS b WHERE matches(b, ''Of a3'')'),
	('SELECT count(*) FROM mapped AS m WHERE matches(m, ''Big'') AND matches(m, ''Of a3'')'),
	('SELECT count(*) FROM account AS a LEFT JOIN mapped AS m ON m.account_id = a.id WHERE matches(m, ''Big'')'),
	('SELECT count(*) FROM (SELECT o AS row FROM opportunity AS o) AS v WHERE matches(v.row, ''Of a3'')'),
	('SELECT count(*) FROM opportunity AS o, LATERAL (SELECT matches(o, ''Big'') AS hit) AS v WHERE hit'),
	('SELECT max(id) FROM opportunity AS o ORDER BY bool_or(matches(o, ''Big''))'),
	('SELECT count(*) FROM opportunity AS o WHERE CASE WHEN matches(o, ''Mine'') THEN matches(o, initcap(''big'')) END'),
	('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Mine'') AND matches(o, ''New'')'),
	('SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, ''{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "a4"}]}'')'),
	('WITH w AS (INSERT INTO copied SELECT id, amount FROM opportunity AS o WHERE matches(o, ''Of a3'') RETURNING id) SELECT count(*) FROM w'),
	('WITH w AS (UPDATE opportunity AS o SET amount = amount + 1 WHERE matches(o, ''Big'') RETURNING matches(o, ''Of a3'') AS hit) SELECT count(*) FILTER (WHERE hit) FROM w'),
	('WITH w AS (DELETE FROM opportunity AS o USING account AS a WHERE a.id = o.account_id AND matches(o, ''Of a3'') RETURNING o.id) SELECT count(*) FROM w'),
	('WITH w AS (INSERT INTO copied AS c VALUES (95, 1) RETURNING matches(c, ''Big'') AS hit) SELECT bool_or(hit) FROM w'),
	('SELECT count(*) FROM opportunity AS o WHERE matches(o, NULL) IS NULL'),
	('UPDATE big AS b SET amount = b.amount + a.id FROM account AS a WHERE a.id = b.account_id AND matches(b, ''Of a3'') RETURNING b.amount'),
	('DELETE FROM big AS b WHERE id IN (SELECT m.id FROM mapped AS m WHERE matches(m, ''Of a3'')) RETURNING b.id'),
	('INSERT INTO copies (id, amount) VALUES (7, 1), (8, 2) RETURNING id + amount'),
	('INSERT INTO copies (id, amount) SELECT id, -1 FROM opportunity AS o WHERE matches(o, ''Of a3'') AND matches(o, ''Big'') RETURNING id + amount');
-- the first column of what a command answers, whose work is undone; whether its plan still calls
CREATE FUNCTION answer(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE command INTO result;
	RAISE EXCEPTION SQLSTATE 'UE001';
EXCEPTION WHEN SQLSTATE 'UE001' THEN
	RETURN coalesce(result, 'NULL');
END $$;
CREATE FUNCTION calls(command text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || command LOOP
		IF line ~ '(matches|matches_rules|me|period_start|period_end|business_moment|current_tenant)\(' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SET opportunities.user_name = 'u1';
UPDATE place SET before = answer(command);

BEGIN;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) VALUES (1, 'citus', 10, 11, false, '1');
SET LOCAL citus.version = 'in its place';
SELECT id, before AS answer, CASE WHEN answer(command) <> before THEN answer(command) END AS but, nullif(calls(command), false) AS calls FROM place ORDER BY id;

-- a change on another server, of which nothing is heard here: each use of a statement follows it, whatever its plan
ALTER TABLE saved_filter DISABLE TRIGGER zz_replan;
CREATE FUNCTION change(threshold int) RETURNS void LANGUAGE sql AS $$
	UPDATE spread_crm.saved_filter SET definition = rule('amount', '>', to_jsonb(threshold)) WHERE name = 'Big' $$;
CREATE FUNCTION named() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Big')); END $$;
CREATE FUNCTION given(filter text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM opportunity AS o WHERE matches(o, filter)); END $$;
CREATE FUNCTION of_row(o opportunity) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN matches(o, 'Big'); END $$;
CREATE FUNCTION is_big(o opportunity) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT matches(o, 'Big') $$;
CREATE FUNCTION deals() RETURNS SETOF opportunity LANGUAGE sql STABLE AS $$ SELECT o.* FROM opportunity AS o WHERE matches(o, 'Big') $$;
PREPARE named AS SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Big');
PREPARE given (text) AS SELECT count(*) FROM opportunity AS o WHERE matches(o, $1);
PREPARE viewed AS SELECT count(*) FROM big;
PREPARE called AS SELECT named(), given('Big'), count(*) FILTER (WHERE of_row(o)) AS of_row, count(*) FILTER (WHERE is_big(o)) AS is_big,
	(SELECT count(*) FROM deals()) AS deals FROM opportunity AS o;
PREPARE of_others AS SELECT count(*) FROM opportunity AS o, (SELECT 'Big' OFFSET 0) AS f (name) WHERE matches(o, f.name);
\set uses 'EXECUTE named; EXECUTE given (\'Big\'); EXECUTE viewed; EXECUTE called; EXECUTE of_others;'
\pset format unaligned
\pset tuples_only
:uses
SELECT change(80);
:uses
SELECT change(70);
:uses
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT change(60);
:uses
SET LOCAL plan_cache_mode = force_custom_plan;
SELECT change(50);
:uses
RESET plan_cache_mode;
DO $$
DECLARE
	o opportunity := (SELECT o FROM opportunity AS o WHERE amount = 45);
BEGIN
	FOR n IN 1..4 LOOP
		RAISE WARNING '%', matches(o, 'Big');
		IF n = 2 THEN PERFORM change(40); END IF;
	END LOOP;
END $$;
-- a filter that is a parameter is planned for its values, however often: the one plan for any was forced above
SELECT count(*) FROM generate_series(1, 8) AS n, LATERAL answer('EXECUTE given (''Big'')') AS a (c) WHERE c = '60';
SELECT generic_plans FROM pg_prepared_statements WHERE name = 'given';
-- settings, too
PREPARE mine AS SELECT count(*) FROM opportunity AS o WHERE owner = me() AND created_at < period_end('TODAY');
EXECUTE mine;
SET LOCAL opportunities.user_name = 'u0';
EXECUTE mine;
SET LOCAL opportunities.user_name = 'nobody';
EXECUTE mine;
-- a plan that a setting alone decided on lasts until the setting changes, also back
SET LOCAL opportunities.user_name = 'u1';
PREPARE own AS SELECT count(*) FROM opportunity AS o WHERE owner = me();
PREPARE of_tenant AS SELECT count(*) FROM opportunity AS o WHERE title = current_tenant();
EXECUTE own; EXECUTE own;
SET LOCAL opportunities.tenant = 'deal 1';
EXECUTE of_tenant; EXECUTE of_tenant;
SAVEPOINT before;
SET LOCAL opportunities.user_name = 'u0';
SET LOCAL opportunities.tenant = 'deals';
EXECUTE own; EXECUTE of_tenant;
ROLLBACK TO before;
EXECUTE own; EXECUTE of_tenant;
SET LOCAL opportunities.user_name = '';
EXECUTE own;
UPDATE opportunity SET owner = current_user WHERE id < 3;
EXECUTE own;
SET LOCAL opportunities.user_name = 'nobody';
-- rows that are no table's: expressions, and of no type
SELECT matches(ROW((o).*)::opportunity, 'Big'), matches((SELECT p FROM opportunity AS p WHERE p.id = o.id), 'Big') FROM opportunity AS o WHERE id IN (39, 41) ORDER BY id;
SELECT pg_temp.attempt('SELECT matches(v, ''Big'') FROM (SELECT * FROM opportunity) AS v');
SELECT pg_temp.attempt('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Bog'')');
SELECT pg_temp.attempt('ALTER TABLE copied ADD CHECK (matches(copied, ''Big'')); INSERT INTO copied VALUES (1, 1)');
-- a policy that is a filter, and the policies of what a filter reads
CREATE ROLE regress_spread;
GRANT USAGE ON SCHEMA spread_crm TO regress_spread;
GRANT SELECT ON account, opportunity, saved_filter TO regress_spread;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY late ON account USING (name > 'a4');
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY big ON opportunity USING (matches(opportunity, 'Big') OR owner = me());
SET LOCAL ROLE regress_spread;
SELECT count(*), count(*) FILTER (WHERE amount > 40), calls('SELECT FROM opportunity') FROM opportunity;
SET LOCAL opportunities.user_name = 'u0';
SELECT count(*), count(*) FILTER (WHERE matches(o, 'Of a3')) AS hidden, count(*) FILTER (WHERE matches_rules(o,
	'{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "a5"}]}')) AS shown FROM opportunity AS o;
ROLLBACK;

-- a session whose first statement loads the library, too late to replace anything
\c -
\i test/data/attempt.sql
SET search_path = spread_crm, opportunities, public;
SET client_min_messages = warning;
BEGIN;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) VALUES (1, 'citus', 10, 11, false, '1');
SET LOCAL citus.version = 'in its place';
SELECT pg_temp.attempt('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Big'')');
SELECT pg_temp.attempt('SELECT count(*) FROM opportunity AS o WHERE matches(o, ''Big'')');
ROLLBACK;
DROP SCHEMA spread_crm CASCADE;
