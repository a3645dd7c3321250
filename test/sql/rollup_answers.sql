-- Figures out of rollups: the same to the digit as out of the rows, for whoever asks, and out of them where they can be.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SELECT setseed(0.17);
SELECT opportunities.create_crm('crm_answers', starter => true);
SET search_path = crm_answers, public;
\i test/data/attempt.sql
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Two pipelines, open and closed rows of some years, archived ones, five owners, three currencies and none
INSERT INTO account (name) SELECT 'Account ' || i FROM generate_series(1, 4) AS i;
INSERT INTO pipeline (id, name) VALUES (20, 'Partners');
INSERT INTO stage (id, pipeline_id, name, position, kind, archive_after) VALUES (21, 20, 'Talk', 1, 'open', 30), (22, 20, 'Signed', 2, 'won', 7), (23, 20, 'Gone', 3, 'lost', 60);
INSERT INTO app_user (login, name, manager) VALUES ('mona', 'Mona', NULL), ('sara', 'Sara', 'mona'), ('omid', 'Omid', 'mona'), ('nima', 'Nima', 'omid');
CREATE PROCEDURE add_rows(n int) LANGUAGE sql AS $$
	INSERT INTO opportunity (pipeline_id, stage_id, title, owner, created_by, account_id, amount, probability, currency, expected_close, archived, closed_on, created_at)
	SELECT CASE WHEN stage < 20 THEN 1 ELSE 20 END, nullif(stage, 0), 'Deal ' || i, (ARRAY['mona', 'sara', 'omid', 'nima', NULL])[1 + i % 5],
		(ARRAY['sara', 'omid'])[1 + i % 2], nullif((random() * 4)::int, 0), CASE WHEN i % 11 > 0 THEN (random() * 1000)::numeric(10, 2) * 10 ^ (i % 3)::numeric END,
		(ARRAY[10, 33.3, 50, NULL])[1 + i % 4], (ARRAY['EUR', 'USD', 'IRR', NULL])[1 + i % 4], current_date + (random() * 100)::int - 50, i % 13 = 0,
		CASE WHEN stage IN (5, 6, 22, 23) THEN current_date - (random() * 90)::int END, now() - (90 + random() * 90) * interval '1 day'
	FROM (SELECT i, (ARRAY[0, 1, 2, 3, 4, 5, 6, 21, 22, 23])[1 + (random() * 9)::int] AS stage FROM generate_series(1, n) AS i) AS r;
$$;
CALL add_rows(600);
SELECT opportunities.create_rollup('opportunity');
SELECT opportunities.create_rollup('opportunity', '{pipeline_id,stage_id,closed_on,archived,owner,created_by,account_id,expected_close}');
-- folded and unfolded, groups that are gone, and figures that came back
CALL add_rows(200);
SELECT opportunities.compact_rollup('opportunity') > 0 AS folded;
CALL add_rows(100);
UPDATE opportunity SET stage_id = 2 WHERE stage_id = 1 AND owner = 'mona';
UPDATE opportunity SET amount = amount + 0.005 WHERE id % 7 = 0;
UPDATE opportunity SET amount = amount - 0.005 WHERE id % 7 = 0;
DELETE FROM opportunity WHERE owner = 'nima' AND stage_id = 3;
ANALYZE;

-- Where figures come from: scans of the rollups and of the rows in this transaction.
CREATE FUNCTION scans(rollups boolean) RETURNS bigint LANGUAGE sql AS $$
	SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) FROM pg_stat_xact_user_tables
	WHERE schemaname LIKE 'crm_answers%' AND (rollups AND relname ~ '^opportunity_rollup\d*(_deltas)?$' OR NOT rollups AND relname = 'opportunity')
$$;
GRANT USAGE ON SCHEMA crm_answers TO PUBLIC;

-- What a call gives, an error as its code.
CREATE FUNCTION answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE coalesce(substring(call FROM '^/\*.*\*/'), '') || ' SELECT jsonb_agg(to_jsonb(t)) FROM (' || call || ') AS t' INTO result;
	RETURN coalesce(result, 'nothing');
EXCEPTION WHEN others THEN
	RETURN SQLSTATE;
END $$;

-- A call with and without rollups.
CREATE FUNCTION compared(call text, OUT same boolean, OUT by_rollup boolean, OUT by_rows boolean, OUT with_rollup text, OUT without text) LANGUAGE plpgsql AS $$
DECLARE
	rollups bigint := crm_answers.scans(true);
	"rows" bigint := crm_answers.scans(false);
BEGIN
	with_rollup := crm_answers.answer(call);
	by_rollup := crm_answers.scans(true) > rollups;
	by_rows := crm_answers.scans(false) > "rows";
	PERFORM set_config('opportunities.use_rollups', 'off', true);
	without := crm_answers.answer(call);
	PERFORM set_config('opportunities.use_rollups', 'on', true);
	same := with_rollup = without;
END $$;

-- One of many calls: any selection, lanes and dimensions.
CREATE FUNCTION pick(choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;
CREATE FUNCTION some_call() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	selection text := format('scope => %L, rules => %L, include_archived => %L',
		pick('{NULL,NULL,"{\"pipeline_id\": 1}","{\"owner\": \"sara\"}","{\"owner\": null, \"pipeline_id\": 20}","{\"state\": \"open\"}","{\"account.name\": \"Account 2\"}","{\"closed_on\": null}","{\"pipeline_id\": null}","{\"title\": \"Deal 7\"}"}'),
		'{"combinator": "and", "rules": [' || pick('{"","","",
			"{\"field\": \"owner\", \"operator\": \"in\", \"value\": \"sara,mona\"}",
			"{\"field\": \"stage.kind\", \"operator\": \"!=\", \"value\": \"lost\"}",
			"{\"field\": \"closed_on\", \"operator\": \"=\", \"value\": {\"period\": \"LAST_N_DAYS:20\"}}",
			"{\"field\": \"expected_close\", \"operator\": \">=\", \"value\": {\"period\": \"THIS_MONTH\"}}",
			"{\"field\": \"owner.manager\", \"operator\": \"contains\", \"value\": \"on\"}",
			"{\"field\": \"stage.name\", \"operator\": \"notNull\"}, \"and\", {\"field\": \"created_by\", \"operator\": \"=\", \"value\": \"omid\"}",
			"{\"field\": \"amount\", \"operator\": \">\", \"value\": 100}"}') || ']}', random() < 0.5);
BEGIN
	selection := replace(selection, '{"combinator": "and", "rules": [{"field": "stage.name", "operator": "notNull"}, "and"', '{"rules": [{"field": "stage.name", "operator": "notNull"}, "and"');
	CASE floor(random() * 4)::int
		WHEN 0 THEN
			RETURN format('SELECT opportunities.list(%s, size => 1, fields => ''{owner}'') -> ''totals'' AS totals', selection);
		WHEN 1 THEN
			RETURN format('SELECT * FROM opportunities.report(%s, by => %L, subtotals => %L)', selection,
				pick(ARRAY['{}', '{owner}', '{stage.name}', '{pipeline_id,state}', '{month(closed_on)}', '{owner.manager,archived}', '{account.name,quarter(expected_close)}', '{created_by}', '{currency}', '{source}']), random() < 0.5);
		ELSE
			RETURN format('SELECT * FROM opportunities.board(%s, lane_by => %L, with_totals => %L, cards => 0)', selection,
				pick('{NULL,NULL,owner,all(owner),state,month(closed_on),account.name,owner.name,stage.kind,created_by,quarter(expected_close),source,probability}'), random() < 0.8);
	END CASE;
END $$;
CREATE FUNCTION tried(n int, OUT tried bigint, OUT by_rollup text, OUT errors bigint, OUT different text[]) LANGUAGE sql AS $$
	SELECT count(*), CASE WHEN count(*) FILTER (WHERE c.by_rollup AND NOT by_rows) > n / 4 THEN 'many' ELSE count(*) FILTER (WHERE c.by_rollup)::text END,
		count(*) FILTER (WHERE with_rollup ~ '^\w{5}$'), array_agg(call || ': ' || with_rollup || ', not ' || without) FILTER (WHERE NOT same)
	FROM (SELECT some_call() AS call FROM generate_series(1, n) OFFSET 0) AS calls, LATERAL compared(call) AS c
$$;

-- As the owner of the tables: the same, mostly without a row being read (days to close alone are those of rows)
SELECT * FROM tried(250);
-- by the one that is smallest, which the plan tells
CREATE FUNCTION scanned(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text[];
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
		found := found || substring(line FROM ' (?:on|using \w+ on) (opportunity\w*)');
	END LOOP;
	-- the sums alone: several rollups may have the same deltas
	RETURN (SELECT string_agg(DISTINCT regexp_replace(f, '_stage_id.*', ''), ' ') FROM unnest(found) AS f WHERE f !~ '_deltas');
END $$;
CREATE FUNCTION totals_from(lane_by text) RETURNS text LANGUAGE sql AS $$ SELECT scanned(sql) FROM opportunities.board_sql(lane_by => totals_from.lane_by) WHERE part = 'totals' $$;
SELECT lane_by, totals_from(lane_by) FROM unnest('{NULL,owner,state,account_id,source}'::text[]) AS lane_by;
-- and a notice, with why none did
SELECT opportunities.create_crm('crm_none') \g /dev/null
SET client_min_messages = notice;
SET opportunities.explain_rollups = on;
SELECT count(*) FROM opportunities.board(cards => 0);
SELECT count(*) FROM opportunities.board(cards => 0, lane_by => 'source', search => 'deal');
SELECT count(*) FROM opportunities.report(by => '{owner.name}', scope => '{"state": "open"}');
SELECT count(*) FROM opportunities.report(by => '{currency}');
SELECT opportunities.list(size => 1, rules => '{"rules": [{"field": "amount", "operator": ">", "value": 1}]}') -> 'totals' ->> 'count' > '0' AS some;
SET opportunities.use_rollups = off;
SELECT count(*) FROM opportunities.board(cards => 0);
RESET opportunities.use_rollups;
SELECT count(*) FROM opportunities.report('crm_none.opportunity');
SET client_min_messages = warning;
DROP SCHEMA crm_none CASCADE;
RESET opportunities.explain_rollups;

-- A group whose rows are gone makes no lane and no row of a report.
SELECT count(*) FROM opportunities.report(by => '{owner,stage_id}') WHERE dimensions = '{"owner": "nima", "stage_id": "3"}';

-- What a trigger asks in the middle of a statement is what the rows say then.
CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'now %', (SELECT sum(count) FROM opportunities.board('crm_answers.opportunity', cards => 0, scope => '{"owner": "new"}'));
	RETURN NULL;
END $$;
CREATE TRIGGER zzz_ask AFTER INSERT ON opportunity FOR EACH ROW EXECUTE FUNCTION ask();
INSERT INTO opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 1, 'a', 'new'), (1, 2, 'b', 'new');
DROP TRIGGER zzz_ask ON opportunity;
SELECT same, by_rollup, by_rows FROM compared($$ SELECT * FROM opportunities.board(cards => 0, scope => '{"owner": "new"}') $$);
DELETE FROM opportunity WHERE owner = 'new';

-- Own rows, and those of a team: policies that a rollup can answer; they read created_by, too
CREATE ROLE regress_answers_reader;
CREATE ROLE regress_answers_seller IN ROLE regress_answers_reader;
CREATE ROLE regress_answers_manager IN ROLE regress_answers_reader;
CREATE ROLE regress_answers_picky IN ROLE regress_answers_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_answers TO regress_answers_reader;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO regress_answers_seller USING (owner = opportunities.me() OR created_by = opportunities.me());
CREATE POLICY team ON opportunity TO regress_answers_manager
	USING (owner IN (SELECT opportunities.team('crm_answers.app_user')) OR created_by IN (SELECT opportunities.team('crm_answers.app_user')));
-- one that reads what no rollup has
CREATE POLICY large ON opportunity TO regress_answers_picky USING (amount > 500);
SELECT count(*) FROM opportunity WHERE owner = 'sara' OR created_by = 'sara';
SET ROLE regress_answers_seller;
SET opportunities.user_name = 'sara';
SELECT sum(count) FROM opportunities.board(cards => 0, include_archived => true);
SELECT * FROM tried(150);
SELECT totals_from(NULL);
SET opportunities.user_name = 'omid';
SELECT * FROM tried(50);
SET opportunities.user_name = 'nobody';
SELECT * FROM tried(50);
SET ROLE regress_answers_manager;
SET opportunities.user_name = 'mona';
SELECT * FROM tried(100);
SET opportunities.user_name = 'omid';
SELECT * FROM tried(50);
SET ROLE regress_answers_picky;
SELECT * FROM tried(50);
SET client_min_messages = notice;
SET opportunities.explain_rollups = on;
SELECT count(*) FROM opportunities.board(cards => 0);
SET client_min_messages = warning;
RESET opportunities.explain_rollups;
-- nobody let a reader see anything
SET ROLE regress_answers_reader;
SELECT * FROM tried(30);
RESET ROLE;
RESET opportunities.user_name;

-- Plans that are kept: another role, policy or rollup, and what they may see changes with it.
CREATE FUNCTION seen() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(count::text, ' ' ORDER BY pipeline_id, position) FROM opportunities.board('crm_answers.opportunity', cards => 0) $$;
CREATE FUNCTION checked(role name, OUT same boolean, OUT by_rollup boolean) LANGUAGE plpgsql AS $$
DECLARE
	kept text;
BEGIN
	PERFORM set_config('role', role, true);
	FOR i IN 1 .. 8 LOOP
		kept := crm_answers.seen();
	END LOOP;
	by_rollup := (crm_answers.compared('SELECT crm_answers.seen()')).by_rollup;
	PERFORM set_config('opportunities.use_rollups', 'off', true);
	same := kept = crm_answers.seen();
	PERFORM set_config('opportunities.use_rollups', 'on', true);
	PERFORM set_config('role', 'none', true);
END $$;
SET opportunities.user_name = 'sara';
SELECT r, c.* FROM unnest('{none,regress_answers_seller,regress_answers_manager,none,regress_answers_picky,regress_answers_seller,regress_answers_reader,none}'::text[]) AS r, LATERAL checked(r) AS c;
ALTER POLICY own ON opportunity USING (owner = opportunities.me());
SELECT * FROM checked('regress_answers_seller');
ALTER POLICY own ON opportunity USING (probability > 20);
SELECT * FROM checked('regress_answers_seller');
ALTER POLICY own ON opportunity USING (owner = current_setting('opportunities.user_name'));
SELECT * FROM checked('regress_answers_seller');
CREATE POLICY all_but ON opportunity AS RESTRICTIVE TO regress_answers_seller USING (stage_id <> 1);
SELECT * FROM checked('regress_answers_seller');
SELECT opportunities.drop_rollup('opportunity', '{pipeline_id,stage_id,closed_on,archived,owner,created_by,account_id,expected_close}');
SELECT * FROM checked('regress_answers_seller');
SELECT opportunities.drop_rollup('opportunity', '{pipeline_id,stage_id,closed_on,archived,owner}');
SELECT * FROM checked('regress_answers_seller');
SELECT opportunities.create_rollup('opportunity', '{pipeline_id,stage_id,closed_on,archived,owner}');
SELECT * FROM checked('regress_answers_seller');
DROP POLICY all_but ON opportunity;
RESET opportunities.user_name;

-- Rights on columns: what the rows' question would need is needed, amounts too.
CREATE ROLE regress_answers_column;
GRANT SELECT (id, pipeline_id, stage_id, closed_on, archived, title) ON opportunity TO regress_answers_column;
GRANT SELECT ON stage, pipeline TO regress_answers_column;
CREATE POLICY everything ON opportunity TO regress_answers_column USING (true);
SET ROLE regress_answers_column;
SELECT pg_temp.attempt('SELECT * FROM opportunities.board(cards => 0)');
SELECT same, by_rollup, by_rows FROM compared('SELECT * FROM opportunities.board(cards => 0, with_totals => false)');
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(cards => 0, with_totals => false, lane_by => 'owner') $$);
SELECT pg_temp.attempt('SELECT opportunities.list()');
SELECT pg_temp.attempt('SELECT * FROM opportunities.report()');
-- nor are the tables of a rollup theirs
SELECT pg_temp.attempt('SELECT * FROM opportunity_rollup');
RESET ROLE;

-- Tenants: each sees its own, by a rollup for all of them.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_answers_tenants', tenant => true, starter => true);
SET search_path = crm_answers_tenants, crm_answers;
SET opportunities.tenant = 'south';
INSERT INTO pipeline (id, name) VALUES (70, 'South');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (71, 70, 'Open', 1, 'open'), (72, 70, 'Won', 2, 'won');
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) SELECT 70, 71 + i % 2, 'South ' || i, 'sara', i FROM generate_series(1, 30) AS i;
SET opportunities.tenant = 'north';
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) SELECT 1, 1 + i % 6, 'North ' || i, 'sara', i * 100 FROM generate_series(1, 40) AS i;
SELECT opportunities.create_rollup('opportunity');
CREATE ROLE regress_answers_application;
GRANT USAGE ON SCHEMA crm_answers, crm_answers_tenants TO regress_answers_application;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_answers_tenants TO regress_answers_application;
CREATE FUNCTION of_tenant(tenant text, call text, OUT same boolean, OUT by_rollup boolean, OUT by_rows boolean, OUT answer text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, true);
	FOR i IN 1 .. 8 LOOP
		SELECT c.same, c.by_rollup, c.by_rows, c.with_rollup INTO same, by_rollup, by_rows, answer FROM compared(call) AS c;
	END LOOP;
END $$;
SET ROLE regress_answers_application;
SELECT tenant, c.* FROM unnest('{north,south,north,east,south}'::text[]) AS tenant,
	LATERAL of_tenant(tenant, $$ SELECT stage, count, final_total FROM opportunities.board(cards => 0, include_archived => true) WHERE count > 0 $$) AS c;
SELECT tenant, c.* FROM unnest('{north,south}'::text[]) AS tenant,
	LATERAL of_tenant(tenant, $$ SELECT dimensions, count, final_total FROM opportunities.report(by => '{owner}') $$) AS c;
SELECT tenant, c.* FROM unnest('{north,south}'::text[]) AS tenant,
	LATERAL of_tenant(tenant, $$ SELECT opportunities.list(size => 1, fields => '{title}') -> 'totals' ->> 'final_total' $$) AS c;
-- their tables tell nothing, though they were granted
SELECT count(*) FROM opportunity_rollup;
RESET ROLE;
SET search_path = crm_answers, public;

-- What a policy asks is asked as the caller, before anything of the caller's own.
CREATE SCHEMA planted;
GRANT ALL ON SCHEMA planted TO PUBLIC;
CREATE FUNCTION allowed(owner text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN owner = 'sara' AND current_user = 'regress_answers_seller';
END $$;
ALTER POLICY own ON opportunity USING (allowed(owner));
SET ROLE regress_answers_seller;
CREATE FUNCTION planted.leak(text) RETURNS boolean LANGUAGE plpgsql STABLE COST 0.0000001 AS $$
BEGIN
	IF $1 = 'sara' THEN
		RETURN true;
	END IF;
	RAISE EXCEPTION '% sees %', current_user, $1;
END $$;
SELECT sum(count) > 0 AS own FROM opportunities.board(cards => 0);
SELECT substring(sql FROM '^/\* rollups:[^/]*/') AS mark FROM opportunities.board_sql(cards => 0) WHERE part = 'totals' \gset
\set leak 'SELECT owner, opportunities.opportunity_count(opportunities.totals(amount, probability, realized_amount, currency)) > 0 AS some FROM opportunity WHERE planted.leak(owner) GROUP BY 1'
SELECT scanned(:'mark' || :'leak') LIKE '%rollup%' AS by_rollup;
/* opportunities */ :mark :leak;
SELECT pg_temp.attempt('EXPLAIN ANALYZE ' || :'mark' || :'leak');
RESET ROLE;
ALTER POLICY own ON opportunity USING (owner = opportunities.me());
CREATE VIEW step AS SELECT id AS step, kind FROM stage;
-- What else somebody asks under the mark, of much that a rollup has no answer to
SELECT n, regexp_replace(scanned(mark || asked), '\d', '') AS scanned, answer('/* opportunities */ ' || mark || asked) = answer(asked) AS same
FROM unnest(ARRAY[
	'SELECT totals() FROM opportunity',
	'SELECT opportunities.totals(amount * 2, probability, realized_amount, currency) FROM opportunity',
	'SELECT opportunities.totals(probability, amount, realized_amount, currency) FROM opportunity',
	'SELECT opportunities.totals(amount, probability, realized_amount) FROM opportunity',
	'SELECT opportunities.totals(DISTINCT amount, probability, realized_amount, currency) FROM opportunity',
	'SELECT opportunities.totals(amount, probability, realized_amount, currency ORDER BY id) FROM opportunity',
	'SELECT totals(), count(*) FROM opportunity',
	'SELECT totals() FILTER (WHERE title IS NULL) FROM opportunity',
	'SELECT totals() FILTER (WHERE archived) FROM opportunity',
	'SELECT totals() FROM opportunity WHERE random() > 2',
	'SELECT totals() FROM ONLY opportunity',
	'SELECT totals() FROM opportunity TABLESAMPLE SYSTEM (50) REPEATABLE (1)',
	'SELECT totals() FROM opportunity AS o WHERE o IS NOT NULL',
	'SELECT totals() FROM opportunity WHERE ctid IS NOT NULL',
	'SELECT totals() FROM opportunity GROUP BY GROUPING SETS ((owner), ())',
	'SELECT totals() FROM opportunity JOIN (SELECT pipeline_id, kind FROM stage) AS s USING (pipeline_id) WHERE pipeline_id = 1',
	'SELECT totals() FROM step LEFT JOIN opportunity ON stage_id = step',
	'SELECT totals() FROM opportunity RIGHT JOIN step ON stage_id = step',
	'SELECT totals() FROM opportunity FULL JOIN step ON stage_id = step',
	'SELECT totals() FROM opportunity LEFT JOIN step ON stage_id = step AND kind = ''won'' GROUP BY kind ORDER BY kind',
	'SELECT totals() FROM opportunity, step WHERE stage_id < step',
	'SELECT totals() FROM opportunity WHERE EXISTS (SELECT FROM step WHERE step = stage_id AND kind = ''won'')',
	'SELECT totals() FROM opportunity WHERE EXISTS (SELECT FROM account AS a WHERE a.id = opportunity.account_id)',
	'SELECT (SELECT kind FROM step WHERE step = o.stage_id), totals() FROM opportunity AS o GROUP BY o.stage_id ORDER BY o.stage_id',
	'SELECT totals() FROM opportunity JOIN (SELECT id, amount AS other FROM opportunity) AS o USING (id)',
	'SELECT sum(opportunities.opportunity_count(totals())) OVER () FROM opportunity GROUP BY owner',
	'WITH w AS (SELECT totals() AS t FROM opportunity) SELECT t FROM w',
	'SELECT (SELECT totals() FROM opportunity)',
	'SELECT x.t FROM step, LATERAL (SELECT totals() AS t FROM opportunity WHERE stage_id = step) AS x']) WITH ORDINALITY AS v (sql, n),
	LATERAL (VALUES (:'mark', replace(sql, 'totals()', 'opportunities.totals(amount, probability, realized_amount, currency)'))) AS a (mark, asked);

-- Tables of a rollup that somebody changes: it isn't used, until that is taken back, also by who had used it.
CREATE FUNCTION changed(change text, OUT same boolean, OUT by_rollup boolean, OUT again text) LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		EXECUTE change;
		SELECT c.same, c.by_rollup INTO same, by_rollup FROM compared('SELECT * FROM opportunities.board(cards => 0, lane_by => ''owner'')') AS c;
		RAISE EXCEPTION USING ERRCODE = 'UNDOO';
	EXCEPTION WHEN SQLSTATE 'UNDOO' THEN
		NULL;
	END;
	INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) VALUES (1, 1, 'More', 'sara', 5);
	SELECT c.same || ' ' || c.by_rollup INTO again FROM compared('SELECT * FROM opportunities.board(cards => 0, lane_by => ''owner'')') AS c;
END $$;
SELECT n, c.* FROM unnest(ARRAY['SELECT', 'DROP TABLE opportunity_rollup1 CASCADE', 'DROP TABLE opportunity_rollup1_deltas', 'DROP TABLE opportunity_rollups',
	'ALTER TABLE opportunity_rollup1 ADD COLUMN x int', 'ALTER TABLE opportunity_rollups ADD COLUMN x int', 'ALTER TABLE opportunity_rollup1_deltas NO INHERIT opportunity_rollup1',
	'CREATE TABLE more () INHERITS (opportunity_rollup1); INSERT INTO more SELECT * FROM opportunity_rollup1', 'CREATE TABLE more () INHERITS (opportunity_rollup1_deltas)',
	'ALTER TABLE opportunity_rollup1 OWNER TO regress_answers_reader', 'ALTER TABLE opportunity_rollups RENAME TO other', 'SELECT']) WITH ORDINALITY AS v (change, n), LATERAL changed(change) AS c;
-- The same where both have the same deltas, whose columns are those of the second.
SELECT opportunities.drop_rollup('opportunity'), opportunities.create_rollup('opportunity');
SELECT n, c.* FROM unnest(ARRAY['SELECT', 'DROP TABLE opportunity_rollup CASCADE', 'DROP TABLE opportunity_rollup_deltas',
	'ALTER TABLE opportunity_rollup ADD COLUMN x int', 'ALTER TABLE opportunity_rollup_deltas NO INHERIT opportunity_rollup', 'ALTER TABLE opportunity_rollup_deltas NO INHERIT opportunity_rollup1',
	'CREATE TABLE more () INHERITS (opportunity_rollup_deltas)',
	'ALTER TABLE opportunity_rollup1 OWNER TO regress_answers_reader', 'SELECT']) WITH ORDINALITY AS v (change, n), LATERAL changed(change) AS c;
SELECT * FROM opportunities.check_rollup('opportunity');

-- Deltas are added up on the way: in several turns where they are of more groups than are held, and for each row of another table again.
SELECT opportunities.create_rollup('opportunity', '{stage_id,expected_close}');
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, expected_close) SELECT 1, 1 + n % 3, 'Day', n, date '1990-01-01' + n FROM generate_series(1, 12500) AS n;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, expected_close) SELECT 1, 1 + n % 3, 'Day', n, date '1990-01-01' + n FROM generate_series(1, 12500) AS n;
SELECT count(*) AS deltas, count(DISTINCT expected_close) AS days FROM ONLY opportunity_rollup2_deltas;
SELECT by_rollup, by_rows, same FROM compared('SELECT * FROM opportunities.report(by => ''{year(expected_close)}'')');
SELECT substring(sql FROM '^/\* rollups:[^/]*/') AS mark FROM opportunities.board_sql(cards => 0) WHERE part = 'totals' \gset
CREATE FUNCTION scans_deltas(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found bigint := 0;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || statement LOOP
		found := found + (line LIKE '%Custom Scan (Rollup Deltas) on opportunity_rollup2_deltas%')::int;
	END LOOP;
	RETURN found;
END $$;
SELECT scans_deltas(:'mark' || asked), answer('/* opportunities */ ' || :'mark' || asked) = answer(asked) AS same
FROM (SELECT replace(sql, 'totals()', 'opportunities.totals(amount, probability, realized_amount, currency)') AS asked FROM unnest(ARRAY[
	'SELECT totals() FROM opportunity WHERE expected_close IS NOT NULL',
	'SELECT expected_close, totals() FROM opportunity GROUP BY 1 ORDER BY 1',
	'SELECT kind, t FROM step, LATERAL (SELECT totals() AS t FROM opportunity WHERE stage_id = step AND expected_close > ''1991-01-01'') AS x ORDER BY step',
	'SELECT kind, t FROM step, LATERAL (SELECT totals() AS t FROM opportunity WHERE stage_id = step AND (expected_close IS NULL OR expected_close > ''2020-01-01'')) AS x ORDER BY step']) AS sql) AS q;
-- Whoever reads the table itself reads them as they are.
SELECT count(*) FROM opportunity_rollup2_deltas AS o WHERE expected_close = '1990-01-02';

-- One that was written by hand may count fewer rows than none: it says so, and is put right.
ALTER TABLE opportunity_rollup_deltas DISABLE TRIGGER zz_rollup_guard;
INSERT INTO opportunity_rollup_deltas (pipeline_id, stage_id, archived, owner, totals) VALUES (1, 1, false, 'nobody', '(-100000,-1,0,0.00)');
ALTER TABLE opportunity_rollup_deltas ENABLE ALWAYS TRIGGER zz_rollup_guard;
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT count(*) FROM opportunities.board(lane_by => 'owner', cards => 2);
SELECT count(*) FROM opportunities.board(cards => 0);
SELECT opportunities.list(size => 1);
SELECT count(*) FROM opportunities.report(by => '{owner}');
\set VERBOSITY default
\set SHOW_CONTEXT errors
SELECT row_id, problem FROM opportunities.check_rollup('opportunity') WHERE row_id LIKE '%nobody%';
SELECT opportunities.create_rollup('opportunity');
SELECT * FROM opportunities.check_rollup('opportunity');
SELECT by_rollup, by_rows, same FROM compared('SELECT * FROM opportunities.board(lane_by => ''owner'')');

RESET ROLE;
DROP SCHEMA crm_answers, crm_answers_tenants, planted CASCADE;
DROP ROLE regress_answers_seller, regress_answers_manager, regress_answers_picky, regress_answers_column, regress_answers_application, regress_answers_reader;
