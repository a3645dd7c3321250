-- The pipeline of a day, and what came into it and left it between two: pipeline_on and pipeline_changes.
-- Another seed, and more: psql -v seed=0.5 -v steps=1000; seeds are between -1 and 1.
\i test/data/attempt.sql
SET client_min_messages = warning;
SELECT opportunities.create_crm('changes_crm') \g /dev/null
SET search_path = changes_crm, public;
\i test/data/waterfall.sql
\i test/data/waterfall_walk.sql
-- Days by hand: the third of three is today.
SELECT opportunities.business_date(now()) - 2 AS day1, opportunities.business_date(now()) - 1 AS day2, opportunities.business_date(now()) AS day3 \gset
SELECT setval('opportunity_id_seq', 100) \g /dev/null
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount) VALUES
	(1, 1, 11, 'A', 'sara', 'EUR', 100), (2, 1, 11, 'B', 'omid', 'EUR', 50.00), (3, 1, 12, 'C', 'sara', 'IRR', 1000), (4, 1, NULL, 'D', 'sara', 'EUR', NULL), (5, 1, 11, 'F', 'omid', NULL, 10);
CALL oracle.next_day();
UPDATE opportunity SET amount = 130 WHERE id = 1;
UPDATE opportunity SET owner = 'sara' WHERE id = 2;
UPDATE opportunity SET stage_id = 13 WHERE id = 3;
DELETE FROM opportunity WHERE id = 4;
CALL oracle.next_day();
UPDATE opportunity SET amount = 90 WHERE id = 1;
UPDATE opportunity SET stage_id = 11, amount = 900 WHERE id = 3;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount) VALUES (6, 1, 11, 'E', 'sara', 'EUR', 70);
UPDATE opportunity SET stage_id = 14 WHERE id = 6;
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day2', :'day3');
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day2', :'day3', '{owner}');
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day2', :'day3', scope => '{"owner": "omid"}');
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day2', :'day3', '{owner,owner}', rules => '{"combinator": "and", "rules": [{"field": "amount", "operator": ">=", "value": 100}]}');
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day1', :'day1', '{stage.name,currency}', search => 'd');
SELECT opportunity_id, title, stage, state, owner, currency, amount, known, deleted_at IS NOT NULL AS deleted FROM pipeline_on(:'day1') ORDER BY 1;
SELECT opportunity_id, title, stage, state, owner, currency, amount, known, deleted_at IS NOT NULL AS deleted FROM pipeline_on(:'day2') ORDER BY 1;
-- Written today: another amount, and a closing of yesterday, which it was closed with.
UPDATE opportunity SET amount = 20 WHERE id = 5;
UPDATE opportunity SET stage_id = 13, closed_on = :'day2' WHERE id = 5;
SELECT 'day 2' AS of, change, count, amount FROM pipeline_changes(:'day2', :'day2') WHERE currency IS NULL UNION ALL SELECT 'day 3', change, count, amount FROM pipeline_changes(:'day3', :'day3') WHERE currency IS NULL;
SELECT state, amount FROM pipeline_on(:'day1') WHERE opportunity_id = 5 UNION ALL SELECT state, amount FROM pipeline_on(:'day2') WHERE opportunity_id = 5;
-- … put right a day later: it was closed when that was written. (All days are a day earlier by now.)
CALL oracle.next_day();
UPDATE opportunity SET closed_on = :'day2' WHERE id = 5;
SELECT 'day 2' AS of, change, count, amount FROM pipeline_changes(:'day1', :'day1') WHERE currency IS NULL UNION ALL SELECT 'day 3', change, count, amount FROM pipeline_changes(:'day2', :'day2') WHERE currency IS NULL;
-- Another day later it turns out that it was lost: what is closed otherwise was closed before.
CALL oracle.next_day();
UPDATE opportunity SET stage_id = 14 WHERE id = 5;
SELECT 'day 3' AS of, change, count, amount FROM pipeline_changes(:'day3'::date - 2, :'day3'::date - 2) WHERE currency IS NULL UNION ALL SELECT 'since', change, count, amount FROM pipeline_changes(:'day3'::date - 1, :'day3') WHERE currency IS NULL;
SELECT state FROM pipeline_on(:'day3'::date - 1) WHERE opportunity_id = 5 UNION ALL SELECT state FROM pipeline_on(:'day3') WHERE opportunity_id = 5;
-- … and that it hadn't been before yesterday: until then it was won.
UPDATE opportunity SET closed_on = :'day3'::date - 1 WHERE id = 5;
SELECT state FROM pipeline_on(:'day3'::date - 2) WHERE opportunity_id = 5 UNION ALL SELECT state FROM pipeline_on(:'day3'::date - 1) WHERE opportunity_id = 5;
SELECT count(*) AS different FROM generate_series(-5, 1) AS a, generate_series(a, 1) AS z, unnest('{"{}","{owner}","{stage_id}"}'::text[]) AS by, LATERAL oracle.different(:'day3'::date + a, :'day3'::date + z, by::text[]);

-- What isn't in the history: changes while it is off, rows that it has nothing of, a deal from before they were entered.
ALTER TABLE opportunity DISABLE TRIGGER zz_log;
UPDATE opportunity SET amount = amount + 5 WHERE id IN (1, 2);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount) VALUES (7, 1, 11, 'G', 'sara', 'EUR', 7);
ALTER TABLE opportunity ENABLE TRIGGER zz_log;
UPDATE opportunity SET amount = amount + 1 WHERE id IN (1, 2);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, amount, created_at) VALUES (8, 1, 11, 'H', 'sara', 'EUR', 8, now() - interval '40 days');
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day3'::date - 4, :'day3') WHERE currency = 'EUR';
SELECT title, stage, stage_known, state, owner, amount, known FROM pipeline_on(:'day3'::date - 20);
SELECT title, stage, stage_known, state, owner, amount, known FROM pipeline_on(:'day3') WHERE opportunity_id IN (7, 8) ORDER BY 1;
-- … or has lost.
BEGIN;
DELETE FROM change_log WHERE table_name = 'opportunity' OR changed_at < now() - interval '1 hour';
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day3'::date - 1, :'day3') WHERE currency = 'EUR';
DELETE FROM change_log;
SELECT dimensions, change, currency, count, amount FROM pipeline_changes(:'day3'::date - 1, :'day3') WHERE currency = 'EUR';
SELECT count(*), count(amount) AS known FROM pipeline_on(:'day3'::date - 1);
ROLLBACK;

-- Who may read the table may ask, without a right on the history: of rows that are seen now, and of deleted ones where none are hidden.
CREATE ROLE changes_bi;
GRANT USAGE ON SCHEMA changes_crm TO changes_bi;
GRANT SELECT ON opportunity, pipeline, stage TO changes_bi;
SET ROLE changes_bi;
SELECT count(*) FROM change_log;
SELECT sum(amount) FROM pipeline_changes(:'day3'::date - 5, :'day3') WHERE change = 'deleted' OR change = 'won';
SELECT count(*) FROM pipeline_on(:'day3'::date - 4);
RESET ROLE;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO changes_bi USING (owner = 'sara');
CREATE FUNCTION pg_temp.told() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r::text, E'\n' ORDER BY r::text) FROM (SELECT c::text AS r FROM pipeline_changes('-infinity', 'infinity', '{owner,stage_id}') AS c
		UNION ALL SELECT d::text || p::text FROM generate_series(current_date - 6, current_date, interval '1 day') AS d, pipeline_on(d::date) AS p) AS r $$;
GRANT USAGE ON SCHEMA oracle TO changes_bi;
SET ROLE changes_bi;
SELECT change, currency, count, amount FROM pipeline_changes(:'day3'::date - 5, :'day3', scope => '{"owner": "omid"}');
SELECT pg_temp.told() AS before \gset
RESET ROLE;
-- what is hidden makes no difference
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) VALUES (1, 11, 'Hidden', 'omid', 12345), (1, 11, 'Hidden, too', 'sara', 12345);
UPDATE opportunity SET owner = 'omid', amount = 54321 WHERE title = 'Hidden, too';
DELETE FROM opportunity WHERE title = 'Hidden';
SET ROLE changes_bi;
SELECT pg_temp.told() = :'before' AS same;
RESET ROLE;
-- columns that one may not read can't be asked for
REVOKE SELECT ON opportunity FROM changes_bi;
GRANT SELECT (id, created_at, closed_on, stage_id, amount, currency) ON opportunity TO changes_bi;
SET ROLE changes_bi;
SELECT count(*) > 0 AS some FROM pipeline_changes(:'day3', :'day3');
RESET ROLE;
SELECT pg_temp.attempt('SET LOCAL ROLE changes_bi; SELECT count(*) FROM changes_crm.pipeline_changes(current_date, current_date, ''{owner}'')');
SELECT pg_temp.attempt('SET LOCAL ROLE changes_bi; SELECT count(*) FROM changes_crm.pipeline_on(current_date)');
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;
DROP OWNED BY changes_bi;
DROP ROLE changes_bi;

-- Each tenant has its own, whatever numbers they have: two deals of one number were sold and lost.
SELECT opportunities.create_crm('changes_tenants', tenant => true) \g /dev/null
CREATE FUNCTION pg_temp.of_tenant(tenant text, worth numeric, kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, true);
	INSERT INTO changes_tenants.pipeline (id, name) VALUES (1, tenant);
	INSERT INTO changes_tenants.stage (id, pipeline_id, name, position, kind) VALUES (1, 1, 'Lead', 1, 'open'), (2, 1, 'Won', 2, 'won'), (3, 1, 'Lost', 3, 'lost');
	INSERT INTO changes_tenants.opportunity (id, pipeline_id, stage_id, title, owner, amount) VALUES (1, 1, 1, tenant, 'x', worth), (2, 1, 1, tenant, 'x', worth);
	UPDATE changes_tenants.opportunity SET stage_id = CASE kind WHEN 'won' THEN 2 ELSE 3 END WHERE tenant_id = tenant AND id = 1;
	DELETE FROM changes_tenants.opportunity WHERE tenant_id = tenant AND id = 2;
END $$;
SELECT pg_temp.of_tenant('north', 10, 'won'), pg_temp.of_tenant('south', 200, 'lost') \g /dev/null
SET search_path = changes_tenants, public;
SELECT pg_temp.attempt('SELECT * FROM pipeline_changes(current_date, current_date)');
SET opportunities.tenant = 'north';
SELECT change, count, amount FROM pipeline_changes(:'day3', :'day3', '{tenant_id,pipeline.name}', rules => '{"combinator": "and", "rules": [{"field": "tenant_id", "operator": "=", "value": "north"}]}');
SELECT dimensions, change, count, amount FROM pipeline_changes(:'day3', :'day3', '{id,pipeline.name}');
SET opportunities.tenant = 'south';
SELECT dimensions, change, count, amount FROM pipeline_changes(:'day3', :'day3', '{id,pipeline.name}');
SELECT title, pipeline, state, amount FROM pipeline_on(:'day3');
-- Policies of the tenant hide no deleted ones.
CREATE ROLE changes_tenant;
GRANT USAGE ON SCHEMA changes_tenants TO changes_tenant;
GRANT SELECT ON opportunity, pipeline, stage TO changes_tenant;
SET ROLE changes_tenant;
SELECT change, count, amount FROM pipeline_changes(:'day3', :'day3');
RESET ROLE;
RESET opportunities.tenant;
SET search_path = changes_crm, public;
DROP SCHEMA changes_tenants CASCADE;
DROP OWNED BY changes_tenant;
DROP ROLE changes_tenant;

SELECT pg_temp.attempt(query) FROM unnest(ARRAY['SELECT * FROM pipeline_changes(NULL, current_date)', 'SELECT * FROM pipeline_changes(current_date, current_date - 1)', 'SELECT * FROM pipeline_changes(current_date, current_date, ''{days_in_stage}'')',
	'SELECT * FROM pipeline_changes(current_date, current_date, ''{estimated_amount}'')', 'SELECT * FROM pipeline_changes(current_date, current_date, ''{no_such}'')', 'SELECT * FROM opportunities_internal.opportunities_on(''stage'', current_date)']) AS query;
SELECT count(*) FROM pipeline_on(NULL);

-- Whatever anybody does: as plain SQL over the history has it, and what begins and what changes is what ends.
\if :{?seed}
\else
\set seed 0.2718
\endif
\if :{?steps}
\else
\set steps 150
\endif
\echo seed :seed
SET session_replication_role = replica;
DELETE FROM opportunity;
DELETE FROM change_log;
RESET session_replication_role;
CALL oracle.walk(:steps, :seed);
SELECT * FROM oracle.found;
SELECT count(*) > :steps AS many FROM change_log;
DROP SCHEMA oracle CASCADE;
DROP SCHEMA changes_crm CASCADE;
