-- Targets beside what was reached: every figure was worked out by hand.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, DMY';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities, public;

-- A target's period: its first day must be one, and the last follows from it.
INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'quarter', '2026-04-01', 100), ('sara', 'year', '2026-01-01', 400), ('sara', 'day', '2026-02-28', 1)
RETURNING id, calendar, first_day, last_day, measure, currency;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'quarter', '2026-04-02', 100)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'decade', '2026-01-01', 100)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'month', 'infinity', 100)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount, calendar) VALUES ('sara', 'month', '2026-01-01', 100, 'julian')$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, team, period, first_day, amount) VALUES ('sara', 'mina', 'month', '2026-01-01', 100)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'month', '2026-01-01', -1)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'month', '2026-01-01', 'NaN')$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount, measure) VALUES ('sara', 'month', '2026-01-01', 1, 'lost')$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'quarter', '2026-04-01', 7)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount, pipeline_id) VALUES ('sara', 'quarter', '2026-04-01', 7, 99)$$);
SELECT pg_temp.attempt($$UPDATE target SET first_day = '2026-05-01' WHERE id = 1$$);
SELECT pg_temp.attempt($$UPDATE target SET id = 99 WHERE id = 1$$);
-- one for the same days, whatever they are called; another currency, pipeline or measure is another
SET opportunities.fiscal_year_start = 4;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'fiscal_quarter', '2026-04-01', 7)$$);
INSERT INTO target (owner, period, first_day, amount, currency) VALUES ('sara', 'fiscal_year', '2026-04-01', 7, ' eur') RETURNING last_day, currency;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'fiscal_year', '2026-01-01', 7)$$);
RESET opportunities.fiscal_year_start;
-- a row keeps its days where only other columns are changed, whatever year begins the session's way
UPDATE target SET amount = 8, last_day = '2030-01-01' WHERE currency = 'EUR' RETURNING first_day, last_day;
-- what a dump says of weeks and fiscal years that begin elsewhere is taken, and nothing else
INSERT INTO target (owner, period, first_day, last_day, amount) VALUES
	('restored', 'fiscal_quarter', '2026-02-01', '2026-04-30', 1), ('restored', 'fiscal_year', '2026-07-01', '2027-06-30', 1), ('restored', 'week', '2026-01-03', '2026-01-09', 1);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, last_day, amount) VALUES ('x', 'fiscal_quarter', '2026-02-01', '2026-04-29', 1)$$);
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, last_day, amount) VALUES ('x', 'quarter', '2026-02-01', '2026-04-30', 1)$$);
-- other calendars: Farvardin 1405 begins on 2026-03-21 and has 31 days; the year ends on 2027-03-20
SET opportunities.calendar = 'persian';
INSERT INTO target (owner, period, first_day, amount) VALUES ('omid', 'month', '2026-03-21', 1), ('omid', 'year', '2026-03-21', 12), ('omid', 'quarter', '2026-06-22', 3) RETURNING calendar, first_day, last_day;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('omid', 'month', '2026-04-01', 1)$$);
RESET opportunities.calendar;
UPDATE target SET first_day = '2026-04-21', amount = 2 WHERE owner = 'omid' AND period = 'month' RETURNING calendar, first_day, last_day;
SELECT action, field, new FROM change_log WHERE table_name = 'target' AND row_id = (SELECT id::text FROM target WHERE owner = 'omid' AND period = 'month') ORDER BY id;
DELETE FROM target;

-- A team: mina leads sara and ali, ali leads omid and leila; reza and whoever isn't on record are in none.
INSERT INTO app_user (login, name, manager) VALUES ('mina', 'Mina M.', NULL), ('sara', 'Sara S.', 'mina'), ('ali', 'Ali A.', 'mina'), ('omid', 'Omid', 'ali'), ('leila', 'Leila', 'ali'), ('reza', 'Reza', NULL);
INSERT INTO pipeline (name, position) VALUES ('Renewals', 2);
INSERT INTO stage (id, pipeline_id, name, kind, position, probability) VALUES (11, 2, 'Due', 'open', 1, 80), (12, 2, 'Renewed', 'won', 2, NULL);
-- the second quarter of 2026: won 50 and 30.5; open 200 of pipeline (10 %), 100 best case (50 %), 40 commit (75 %), 1000 left out
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, probability, expected_close, forecast_override, created_at, closed_at, closed_on) VALUES
	(1, 1, 5, 'won in april', 'sara', 50, 10, '2026-09-01', NULL, '2026-01-05', '2026-04-01 10:00', '2026-04-01'),
	(2, 1, 5, 'won in june', 'omid', 30.5, 10, NULL, NULL, '2026-04-05', '2026-06-30 23:00', '2026-06-30'),
	(3, 1, 5, 'won in july', 'omid', 9000, 10, '2026-06-01', NULL, '2026-06-30', '2026-07-01', '2026-07-01'),
	(4, 1, 6, 'lost in may', 'sara', 700, 10, '2026-05-01', 'commit', '2026-05-01', '2026-05-01', '2026-05-01'),
	(5, 1, 1, 'pipeline', 'sara', 200, 10, '2026-06-30', NULL, '2026-03-31', NULL, NULL),
	(6, 1, 3, 'best case', 'ali', 100, 50, '2026-04-01', NULL, '2026-05-05', NULL, NULL),
	(7, 2, 11, 'commit', 'leila', 40, 75, '2026-05-15', NULL, '2026-05-06', NULL, NULL),
	(8, 1, 4, 'left out', 'leila', 1000, 75, '2026-05-15', 'omitted', '2026-05-07', NULL, NULL),
	(9, 1, 1, 'later', 'leila', 5000, 75, '2026-07-01', NULL, '2025-05-07', NULL, NULL),
	(10, 1, 1, 'no day', 'leila', 6000, 75, NULL, NULL, '2025-05-07', NULL, NULL),
	(11, 2, 11, 'nobody''s', NULL, 3, 50, '2026-05-15', 'best_case', '2025-05-07', NULL, NULL),
	(12, 1, 5, 'a guest''s', 'guest', 11, 50, NULL, NULL, '2025-05-07', '2026-05-01', '2026-05-01');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, currency, probability, expected_close, created_at, closed_at, closed_on, archived) VALUES
	(13, 1, 5, 'euros', 'sara', 500, 'EUR', 10, NULL, '2026-01-01', '2026-05-05', '2026-05-05', true), (14, 1, 2, 'euros', 'reza', 60, 'EUR', 25, '2026-06-01', '2026-01-01', NULL, NULL, false),
	(15, 1, 2, 'rials', 'ali', 9000000000000000000000, 'IRR', 33.33, '2026-06-01', '2026-01-01', NULL, NULL, false);

-- no targets: the figures of what there is, in three currencies
SELECT * FROM attainment('quarter 2026-04-01', today => '2026-05-15');
-- the same as report gives, of the same rows
SELECT currency, won_total, open_estimated FROM report(by => '{currency}', rules => '{"rules": [{"combinator": "or", "rules": [
	{"combinator": "and", "rules": [{"field": "closed_on", "operator": "between", "value": ["2026-04-01", "2026-06-30"]}, {"field": "state", "operator": "=", "value": "won"}]},
	{"combinator": "and", "rules": [{"field": "expected_close", "operator": "between", "value": ["2026-04-01", "2026-06-30"]}, {"field": "state", "operator": "=", "value": "open"},
		{"field": "forecast_category", "operator": "!=", "value": "omitted"}]}]}]}');

-- targets of owners: gap, coverage, pace. On May 15 45 of 91 days have passed: sara 50 / 100 × 91 / 45
INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'quarter', '2026-04-01', 100), ('omid', 'quarter', '2026-04-01', 20), ('zoe', 'quarter', '2026-04-01', 70), ('leila', 'month', '2026-04-01', 0);
INSERT INTO target (owner, period, first_day, amount, currency) VALUES ('sara', 'quarter', '2026-04-01', 1000, 'EUR');
SELECT dimensions ->> 'owner' AS owner, currency, target, won, open, open_estimated, gap, round(coverage, 4) AS coverage, round(attainment, 4) AS attainment, commit, best_case, round(pace, 4) AS pace, labels
FROM attainment('quarter 2026-04-01', '{owner}', today => '2026-05-15');
-- before the period nothing has passed, after it all has
SELECT today, pace, attainment FROM unnest('{2026-03-31,2026-04-01,2026-06-29,2026-06-30,2027-01-01}'::date[]) AS today, attainment('quarter 2026-04-01', '{owner}', today => today)
WHERE dimensions ->> 'owner' = 'omid';

-- teams: each has those of all below; ali's: 30.5 won, 100 + 40 open; mina's also sara's; the rest in none
SELECT dimensions, currency, target, won, open, labels FROM attainment('quarter 2026-04-01', '{team}') WHERE currency IS NULL;
-- what is set for a team counts for it, and in those above in the place of its people's: mina 100 + 500
INSERT INTO target (team, period, first_day, amount) VALUES ('ali', 'quarter', '2026-04-01', 500);
SELECT dimensions ->> 'team' AS team, target, gap, round(coverage, 4) AS coverage FROM attainment('quarter 2026-04-01', '{team}') WHERE currency IS NULL;
SELECT dimensions ->> 'team' AS team, dimensions ->> 'owner' AS owner, target, won, open FROM attainment('quarter 2026-04-01', '{team,owner}') WHERE currency IS NULL;
SELECT target, won, open FROM attainment('quarter 2026-04-01') WHERE currency IS NULL;
INSERT INTO target (team, period, first_day, amount) VALUES ('mina', 'quarter', '2026-04-01', 2000);
SELECT dimensions ->> 'team' AS team, target FROM attainment('quarter 2026-04-01', '{team}') WHERE currency IS NULL;
-- everybody: mina's team, and zoe, who is in none
SELECT target FROM attainment('quarter 2026-04-01') WHERE currency IS NULL;
INSERT INTO target (period, first_day, amount) VALUES ('quarter', '2026-04-01', 9999);
SELECT target FROM attainment('quarter 2026-04-01') WHERE currency IS NULL;
SELECT dimensions ->> 'team' AS team, target FROM attainment('quarter 2026-04-01', '{team}') WHERE currency IS NULL;

-- months add up to a quarter where none is set for it; the quarter counts where one is
INSERT INTO target (owner, period, first_day, amount) VALUES ('reza', 'month', '2026-04-01', 1), ('reza', 'month', '2026-05-01', 2.50), ('reza', 'month', '2026-06-01', 4), ('sara', 'month', '2026-04-01', 33), ('reza', 'week', '2026-04-06', 99);
SELECT dimensions ->> 'owner' AS owner, target FROM attainment('quarter 2026-04-01', '{owner}') WHERE currency IS NULL AND target IS NOT NULL;
SELECT dimensions ->> 'month' AS month, labels ->> 'month' AS label, dimensions ->> 'owner' AS owner, target, won, open, round(pace, 4) AS pace
FROM attainment('quarter 2026-04-01', '{month,owner}', today => '2026-05-15') WHERE currency IS NULL;
SELECT dimensions, target, won FROM attainment('year 2026-12-31', '{quarter}') WHERE currency IS NULL;

-- pipelines: only what names one
INSERT INTO target (pipeline_id, period, first_day, amount) VALUES (2, 'quarter', '2026-04-01', 60);
INSERT INTO target (owner, pipeline_id, period, first_day, amount) VALUES ('leila', 2, 'quarter', '2026-04-01', 45), ('sara', 1, 'quarter', '2026-04-01', 55);
SELECT dimensions, target, won, open, labels FROM attainment('quarter 2026-04-01', '{pipeline_id}') WHERE currency IS NULL;
SELECT dimensions, target, won, open FROM attainment('quarter 2026-04-01', '{pipeline_id,owner}') WHERE currency IS NULL AND target IS NOT NULL;

-- people who are each other's manager: their teams are the same people
INSERT INTO app_user (login, name) VALUES ('a', 'A'), ('b', 'B');
UPDATE app_user SET manager = CASE login WHEN 'a' THEN 'b' ELSE 'a' END WHERE login IN ('a', 'b');
INSERT INTO target (team, period, first_day, amount) VALUES ('a', 'month', '2026-08-01', 3), ('b', 'month', '2026-08-01', 4);
SELECT dimensions ->> 'team' AS team, target FROM attainment('month 2026-08-09', '{team}') WHERE target IS NOT NULL;
SELECT target FROM attainment('month 2026-08-09') WHERE currency IS NULL;

-- measures: what came in, whatever became of it: 30.5 + 9000 + 700 + 100 + 40 + 1000
INSERT INTO target (period, first_day, amount, measure) VALUES ('quarter', '2026-04-01', 20000, 'final'), ('quarter', '2026-04-01', 150, 'realized');
SELECT target, won, open, gap, coverage, achieved, round(attainment, 6) AS attainment FROM attainment('quarter 2026-04-01', measure => 'final') WHERE currency IS NULL;
-- realized: by the day of the document, less what is returned, with tax; of what has no document what was realized elsewhere, on the day that it was won
INSERT INTO opportunity_line (opportunity_id, description, quantity, unit_price, tax_percent) VALUES (1, 'x', 1, 50, 10), (3, 'x', 1, 9000, 0), (5, 'x', 1, 200, 0);
SELECT issue_invoice(1) AS first \gset
SELECT issue_invoice(3) AS third \gset
SELECT issue_invoice(5) AS fifth \gset
UPDATE document SET issued_on = '2026-04-02' WHERE id = :first;
UPDATE document SET issued_on = '2026-06-30' WHERE id = :third;
UPDATE document SET issued_on = '2026-05-01' WHERE id = :fifth;
UPDATE document SET status = 'confirmed' WHERE id IN (:first, :third);
SELECT issue_return(:first) AS returned \gset
UPDATE document_line SET quantity = 0.5 WHERE document_id = :returned;
UPDATE document SET issued_on = '2026-05-31' WHERE id = :returned;
UPDATE document SET status = 'confirmed' WHERE id = :returned;
UPDATE opportunity SET realized_amount = 12 WHERE id IN (2, 9, 12);
-- 55 + 9000 - 27.5, and 12 of 2 and 12 each
SELECT target, achieved, gap FROM attainment('quarter 2026-04-01', measure => 'realized') WHERE currency IS NULL;
SELECT dimensions, achieved FROM attainment('quarter 2026-04-01', '{owner,month}', measure => 'realized') WHERE currency IS NULL AND achieved <> 0;

-- date literals, in other calendars and fiscal years
SELECT period, count(*), sum(won) FROM unnest('{THIS_QUARTER,last_quarter,NEXT_QUARTER,THIS_FISCAL_YEAR,N_QUARTERS_AGO:2,LAST_N_MONTHS:3,"month ۲۰۲۶-۰۴-۳۰","fiscal_quarter 2026/05/31"}'::text[]) WITH ORDINALITY AS p (period, n),
	attainment(period, today => '2026-07-31') WHERE currency IS NULL GROUP BY period, n ORDER BY n;
SET opportunities.calendar = 'persian';
SET opportunities.fiscal_year_start = 2;
SELECT dimensions, labels ->> 'month' AS label, won, open FROM attainment('year 2026-06-01', '{month}') WHERE currency IS NULL;
-- Ordibehesht 1405 begins on 2026-04-21, the fiscal quarter from it ends on 2026-07-22: won 30.5 + 9000 + 11
SELECT won FROM attainment('fiscal_quarter 2026-04-21') WHERE currency IS NULL;
INSERT INTO target (owner, period, first_day, amount) VALUES ('omid', 'fiscal_quarter', '2026-04-21', 10000);
RESET opportunities.fiscal_year_start;
RESET opportunities.calendar;
SELECT target, won FROM attainment('year 2026-01-01', '{owner}') WHERE dimensions ->> 'owner' = 'omid';

SELECT pg_temp.attempt($$SELECT attainment('THIS_QARTER')$$);
SELECT pg_temp.attempt($$SELECT attainment('quarter 1405-01-01')$$);
SELECT pg_temp.attempt($$SELECT attainment('quarter 2026-04-01T10:00')$$);
SELECT pg_temp.attempt($$SELECT attainment('quartr 2026-04-01')$$);
SELECT pg_temp.attempt($$SELECT attainment('LAST_N_DAYS:x')$$);
SELECT pg_temp.attempt($$SELECT attainment(by => '{ownr}')$$);
SELECT pg_temp.attempt($$SELECT attainment(by => '{month(expected_close)}')$$);
SELECT pg_temp.attempt($$SELECT attainment(measure => 'wn')$$);
SELECT pg_temp.attempt($$SELECT attainment(today => 'infinity')$$);
SELECT count(*) FROM attainment(by => '{owner,owner}', measure => NULL, period => NULL, today => '1900-01-01');

SELECT code, object, row_id, problem FROM check_crm('crm');

-- Rights are the caller's: without any on targets it is an error; with row security only what is seen counts.
CREATE ROLE regress_seller;
GRANT USAGE ON SCHEMA crm TO regress_seller;
GRANT SELECT ON opportunity, stage, pipeline, app_user, document TO regress_seller;
SET ROLE regress_seller;
SET opportunities.user_name = 'sara';
SELECT pg_temp.attempt($$SELECT attainment('quarter 2026-04-01')$$);
RESET ROLE;
GRANT SELECT ON target TO regress_seller;
SET ROLE regress_seller;
SELECT target, won FROM attainment('quarter 2026-04-01') WHERE currency IS NULL;
RESET ROLE;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
ALTER TABLE target ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO regress_seller USING (owner = opportunities.me());
CREATE POLICY own ON target TO regress_seller USING (owner = opportunities.me());
SET ROLE regress_seller;
SELECT dimensions, currency, target, won, open FROM attainment('quarter 2026-04-01', '{owner}');
SELECT dimensions ->> 'team' AS team, target, won, open FROM attainment('quarter 2026-04-01', '{team}') WHERE currency IS NULL;
SELECT target, won FROM attainment('quarter 2026-04-01') WHERE currency IS NULL;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'year', '2026-01-01', 1)$$);
RESET ROLE;
DROP OWNED BY regress_seller;
DROP ROLE regress_seller;

-- Tables of somebody else's: days and kinds in the places where they are; no targets, documents or categories beside them.
CREATE SCHEMA mine;
CREATE VIEW mine.stage AS SELECT id, name, position, kind FROM crm.stage;
CREATE VIEW mine.opportunity AS SELECT id::text AS id, stage_id, pipeline_id, amount, probability, owner::varchar AS owner, expected_close, closed_at, realized_amount FROM crm.opportunity WHERE currency IS NULL;
SELECT dimensions, target, won, open, commit, best_case FROM opportunities_internal.attainment('mine.opportunity', 'quarter 2026-04-01', '{owner}', NULL, NULL);
SELECT won, achieved FROM opportunities_internal.attainment('mine.opportunity', 'quarter 2026-04-01', NULL, 'realized', NULL);
SELECT pg_temp.attempt($$SELECT opportunities_internal.attainment('mine.opportunity', 'quarter 2026-04-01', NULL, 'final', NULL)$$);
SELECT pg_temp.attempt($$SELECT opportunities_internal.attainment('mine.opportunity', 'quarter 2026-04-01', '{team}', NULL, NULL)$$);
\set VERBOSITY terse
DROP SCHEMA mine, crm CASCADE;

-- Tenants: what is another's counts for nobody, for the owner of the tables either.
SET opportunities.tenant = 'acme';
SELECT opportunities.create_crm('crm', tenant => true, starter => true);
INSERT INTO app_user (login, name, manager) VALUES ('mina', 'Mina', NULL), ('sara', 'Sara', 'mina');
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, closed_at) SELECT 1, 5, 'Won', 'sara', 70, '2026-05-01';
INSERT INTO target (team, period, first_day, amount) VALUES ('mina', 'quarter', '2026-04-01', 100);
SET opportunities.tenant = 'globex';
WITH p AS (INSERT INTO pipeline (name) VALUES ('Theirs') RETURNING id)
INSERT INTO stage (id, pipeline_id, name, kind, position) SELECT 50 + n, p.id, 'S' || n, CASE n WHEN 1 THEN 'open' ELSE 'won' END, n FROM p, generate_series(1, 2) AS n;
INSERT INTO app_user (login, name, manager) VALUES ('mina', 'Other Mina', NULL), ('omid', 'Omid', 'mina'), ('sara', 'Other Sara', NULL);
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, closed_at) SELECT pipeline_id, id, 'Won', 'omid', 9, '2026-05-01' FROM stage WHERE id = 52;
INSERT INTO target (owner, period, first_day, amount) VALUES ('omid', 'quarter', '2026-04-01', 5), ('sara', 'quarter', '2026-04-01', 6);
SELECT dimensions, target, won, labels FROM attainment('quarter 2026-04-01', '{team}');
SELECT target, won FROM attainment('quarter 2026-04-01');
SET opportunities.tenant = 'acme';
SELECT dimensions, target, won, labels FROM attainment('quarter 2026-04-01', '{team}');
SELECT target, won FROM attainment('quarter 2026-04-01');
SELECT pg_temp.attempt($$INSERT INTO target (pipeline_id, period, first_day, amount) VALUES (2, 'quarter', '2026-04-01', 1)$$);
DROP SCHEMA crm CASCADE;
