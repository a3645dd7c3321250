-- What check_crm says of somebody else's CRM: what is wrong in rows, what is slow in advice.
\set VERBOSITY terse
SET TimeZone = 'UTC';
CREATE SCHEMA mapping;
CREATE SCHEMA foreign_crm;
SELECT code, object, problem FROM opportunities.check_crm('mapping');
CREATE TABLE foreign_crm.lead (id int, step int, worth float8, worth_exact numeric, chance numeric, made timestamp, touched timestamptz, outcome text);
CREATE TABLE foreign_crm.step (id int, name text, rank int, kind text);
INSERT INTO foreign_crm.step VALUES (1, 'Talk', 1, 'open'), (2, 'Offer', 2, 'offered'), (2, 'Offer again', 3, 'open'), (3, 'Won', 4, NULL);
INSERT INTO foreign_crm.lead VALUES (1, 1, 1, 1, 0.5, now(), now(), 'pending'), (1, 1, 1, 1, 1, now(), now(), 'won'), (2, NULL, 1, 1, 0.25, now(), now(), 'lost'), (3, 9, 1, 1, NULL, now(), now(), NULL),
	(4, 9, 1, 1, 0, now(), now(), 'pending'), (5, 8, 1, 1, 0, now(), now(), 'won');

-- columns that are needed, and of which type
CREATE VIEW mapping.opportunity AS SELECT id, step AS stage_id, worth AS amount, made AS created_at, 'no' AS archived, chance::text AS closed_on FROM foreign_crm.lead;
CREATE VIEW mapping.stage AS SELECT id, name, rank AS position FROM foreign_crm.step;
SELECT code, object, row_id, problem FROM opportunities.check_crm('mapping');
DROP VIEW mapping.opportunity, mapping.stage;

-- rows: doubled ids, kinds, stages and states that nobody knows, probabilities that are fractions
CREATE VIEW mapping.opportunity AS SELECT id, step AS stage_id, step AS account_id, id AS team_id, worth_exact AS amount, chance AS probability, touched AS created_at, outcome AS state FROM foreign_crm.lead;
CREATE VIEW mapping.stage AS SELECT id, name, rank AS position, kind FROM foreign_crm.step;
CREATE VIEW mapping.account AS SELECT step AS id, 'x' AS name, 1 AS region_id FROM foreign_crm.lead;
-- what a name leads to from there, too; but nothing that no name leads to, or that an index keeps unique
CREATE VIEW mapping.region AS SELECT * FROM (VALUES (1, 'North'), (1, 'South'), (NULL, 'x'), (NULL, 'y')) AS r (id, name);
CREATE VIEW mapping.city AS SELECT * FROM mapping.region;
CREATE TABLE mapping.team (id int UNIQUE, name text);
SELECT code, object, row_id, problem FROM opportunities.check_crm('mapping');
ALTER TABLE mapping.team DROP CONSTRAINT team_id_key;
INSERT INTO mapping.team VALUES (1, 'A'), (2, 'B'), (1, 'C');
SELECT object, row_id, problem FROM opportunities.check_crm('mapping') WHERE object = 'mapping.team';
DROP VIEW mapping.opportunity, mapping.stage, mapping.account, mapping.city, mapping.region;
DROP TABLE mapping.team;

-- closed rows that a board leaves out since nobody knows their day: 2 of stage 3, which shows them for a week, and none of 4, which shows them for good
CREATE TABLE foreign_crm.closed (id int, step int, closed timestamptz, outcome text);
INSERT INTO foreign_crm.closed VALUES (1, 3, NULL, 'won'), (2, 3, NULL, 'won'), (3, 3, now(), 'won'), (4, 4, NULL, 'lost'), (5, 1, NULL, 'open'), (6, 3, NULL, 'open');
CREATE VIEW mapping.stage AS SELECT * FROM (VALUES (1, 'Talk', 1, 'open', 7), (3, 'Won', 2, 'won', 7), (4, 'Lost', 3, 'lost', NULL)) AS s (id, name, position, kind, archive_after);
CREATE VIEW mapping.opportunity AS SELECT id, step AS stage_id, 1 AS amount, 50 AS probability, closed AS closed_at, outcome AS state FROM foreign_crm.closed;
SELECT code, object, row_id, problem FROM opportunities.check_crm('mapping');
SELECT stage, count FROM opportunities.board('mapping.opportunity') WHERE count > 0;
CREATE OR REPLACE VIEW mapping.opportunity AS SELECT id, step AS stage_id, 1 AS amount, 50 AS probability, closed AS closed_at, outcome AS state, NULL::date AS closed_on FROM foreign_crm.closed WHERE id < 4;
SELECT problem FROM opportunities.check_crm('mapping');
DROP VIEW mapping.opportunity, mapping.stage;

-- a view that shows rows past row security, itself or another between; one that doesn't
CREATE ROLE regress_mapper;
GRANT USAGE, CREATE ON SCHEMA mapping, foreign_crm TO regress_mapper;
DELETE FROM foreign_crm.step WHERE id = 2;
UPDATE foreign_crm.step SET kind = 'won' WHERE id = 3;
DELETE FROM foreign_crm.lead;
INSERT INTO foreign_crm.lead SELECT i, 1 + i % 2 * 2, 1, 1, 50, now(), now(), 'open' FROM generate_series(1, 20000) AS i;
GRANT SELECT ON foreign_crm.lead, foreign_crm.step TO regress_mapper;
ALTER TABLE foreign_crm.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY every ON foreign_crm.lead USING (true);
SET ROLE regress_mapper;
CREATE VIEW foreign_crm.between AS SELECT * FROM foreign_crm.lead;
CREATE VIEW mapping.stage WITH (security_invoker) AS SELECT id, name, rank AS position, kind FROM foreign_crm.step;
CREATE VIEW mapping.opportunity WITH (security_invoker = on) AS SELECT id, step AS stage_id, worth_exact AS amount, chance AS probability, touched AS created_at FROM foreign_crm.between;
RESET ROLE;
SELECT code, object, problem FROM opportunities.check_crm('mapping');
ALTER VIEW foreign_crm.between SET (security_invoker = true);
SELECT code, object, problem FROM opportunities.check_crm('mapping');
ALTER VIEW mapping.opportunity RESET (security_invoker);
SELECT code, object, problem FROM opportunities.check_crm('mapping');
ALTER VIEW mapping.opportunity SET (security_invoker = 1);

-- what the views run is run as their owner, not as the superuser who checks them
CREATE FUNCTION foreign_crm.spy() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'run as %', current_user; RETURN true; END $$;
ALTER TABLE foreign_crm.step RENAME TO steps;
SET ROLE regress_mapper;
CREATE OR REPLACE VIEW mapping.stage WITH (security_invoker) AS SELECT id, name, rank AS position, kind FROM foreign_crm.steps WHERE (SELECT foreign_crm.spy());
RESET ROLE;
GRANT SELECT ON foreign_crm.steps TO regress_mapper;
SELECT code, object, problem FROM opportunities.check_crm('mapping');
CREATE OR REPLACE VIEW mapping.stage WITH (security_invoker) AS SELECT id, name, rank AS position, kind FROM foreign_crm.steps;

-- orders that no index serves, with the one that would; none is missed where the id gives the order, or a table is small
CREATE UNIQUE INDEX ON foreign_crm.lead (id);
ALTER TABLE foreign_crm.lead ALTER id SET NOT NULL;
ANALYZE foreign_crm.lead;
\set VERBOSITY default
SELECT * FROM opportunities.check_crm('mapping');
DROP VIEW mapping.opportunity;
CREATE VIEW mapping.opportunity WITH (security_invoker) AS SELECT id::text AS id, step AS stage_id, worth_exact AS amount, chance AS probability, made AT TIME ZONE 'UTC' AS created_at, -id AS position, touched AS closed_at FROM foreign_crm.lead;
SELECT * FROM opportunities.check_crm('mapping');
CREATE INDEX ON foreign_crm.lead (((made AT TIME ZONE 'UTC'::text)) DESC NULLS LAST, (id::text) DESC);
CREATE INDEX ON foreign_crm.lead (step, ((- id)) DESC NULLS LAST, (id::text) DESC);
SELECT * FROM opportunities.check_crm('mapping');
CREATE INDEX ON foreign_crm.lead (step, touched DESC NULLS LAST, (id::text) DESC);
SELECT * FROM opportunities.check_crm('mapping');
DROP VIEW mapping.opportunity;
-- what is of several tables, or isn't immutable, no index can have
CREATE VIEW mapping.opportunity WITH (security_invoker) AS SELECT l.id, l.step AS stage_id, l.worth_exact AS amount, l.chance AS probability, s.rank AS position, l.touched::timestamp AT TIME ZONE 'UTC' AS closed_at
FROM foreign_crm.lead AS l JOIN foreign_crm.steps AS s ON s.id = l.step;
SELECT * FROM opportunities.check_crm('mapping');
\set VERBOSITY terse
-- saved filters beside it are checked, too
SELECT opportunities.create_crm('mapping', parts => '{filters}');
ALTER TABLE mapping.saved_filter DISABLE TRIGGER zz_row;
SELECT code, object, problem FROM opportunities.check_crm('mapping');

SET client_min_messages = warning;
DROP SCHEMA mapping, foreign_crm CASCADE;
DROP ROLE regress_mapper;
