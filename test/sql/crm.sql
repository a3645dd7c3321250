-- create_crm: what it makes, where it refuses, and that the tables are the user's own.
SET client_min_messages = warning;
SET datestyle = iso;

\i test/data/attempt.sql

-- A schema with all tables, owned by whoever calls, granted to nobody.
CREATE ROLE regress_maker;
CREATE ROLE regress_stranger;
GRANT CREATE ON DATABASE :DBNAME TO regress_maker;
SET ROLE regress_maker;
SET search_path = public;
BEGIN;
SELECT opportunities.create_crm('crm_made', starter => true);
SHOW search_path;
COMMIT;
RESET ROLE;

SELECT n.nspname, n.nspowner::regrole, n.nspacl FROM pg_namespace n WHERE n.nspname = 'crm_made';
SELECT c.relname, c.relkind, c.relowner::regrole, c.relacl
FROM pg_class c WHERE c.relnamespace = 'crm_made'::regnamespace AND c.relkind <> 'i' ORDER BY 2, 1;
SELECT c.relname, i.indisunique FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relnamespace = 'crm_made'::regnamespace ORDER BY 1;
SELECT count(*) AS members_of_an_extension FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND c.relnamespace = 'crm_made'::regnamespace;
SELECT p.name AS pipeline, s.name, s.position, s.kind, s.probability, s.active, s.reason_required, s.archive_after
FROM crm_made.stage s JOIN crm_made.pipeline p ON p.id = s.pipeline_id ORDER BY s.position;
SELECT * FROM opportunities.check_crm('crm_made');

-- Every table, view and column says what it is.
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'crm_made'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
	AND col_description(c.oid, a.attnum) IS NULL;
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'crm_made'::regnamespace AND c.relkind IN ('r', 'v') AND obj_description(c.oid) IS NULL;

-- No column is of a type of the extension, no generated column calls a function of it.
SELECT a.attrelid::regclass, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'crm_made'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
	AND t.typnamespace <> 'pg_catalog'::regnamespace;
SELECT a.attrelid::regclass, a.attname, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'crm_made'::regnamespace AND a.attgenerated = 's' ORDER BY c.relname;

-- Errors.
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_made')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm(NULL)$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('$user')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('')$$);
CREATE SCHEMA crm_taken;
CREATE VIEW crm_taken.stage AS SELECT 1 AS one;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_taken')$$);
CREATE SCHEMA crm_closed AUTHORIZATION regress_stranger;
SET ROLE regress_maker;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_closed')$$);
RESET ROLE;
-- (one that somebody else owns, who could put a table with triggers in the place of ours: no right and no superuser helps)
GRANT ALL ON SCHEMA crm_closed TO regress_maker;
SET ROLE regress_maker;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_closed')$$);
RESET ROLE;
ALTER SCHEMA crm_closed OWNER TO regress_maker;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_closed')$$);
SET ROLE regress_stranger;
SELECT replace(pg_temp.attempt($$SELECT opportunities.create_crm('crm_new')$$), current_database(), 'this one');
SELECT replace(pg_temp.attempt($$SELECT opportunities.create_crm('opportunities')$$), pg_get_userbyid(nspowner), 'of all')
FROM pg_namespace WHERE nspname = 'opportunities';
SELECT pg_temp.attempt($$SELECT 1 FROM crm_made.opportunity$$);
RESET ROLE;

-- Saved filters alone, in a schema whose opportunity is somebody else's: a table or a view.
CREATE SCHEMA crm_mapped AUTHORIZATION regress_stranger;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filter}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters,sales}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{NULL}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters}', starter => true)$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_nowhere', '{filters}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters}')$$);
CREATE SEQUENCE crm_mapped.opportunity;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters}')$$);
DROP SEQUENCE crm_mapped.opportunity;
CREATE TABLE crm_mapped.account (key uuid PRIMARY KEY, name text);
CREATE TABLE crm_mapped.deals (key uuid PRIMARY KEY, customer uuid REFERENCES crm_mapped.account, name text, worth numeric, chance numeric);
CREATE VIEW crm_mapped.opportunity AS
SELECT key AS id, customer AS account_id, NULL::integer AS stage_id, name AS title, worth AS amount, chance AS probability FROM crm_mapped.deals;
SET ROLE regress_maker;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters}')$$);
RESET ROLE;
ALTER SCHEMA crm_mapped OWNER TO regress_maker;
SET ROLE regress_maker;
SELECT opportunities.create_crm('crm_mapped', parts => '{filters,filters}');
SELECT opportunities.save_filter('Big', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "1000"}]}',
	relation => 'crm_mapped.opportunity') IS NOT NULL AS saved;
RESET ROLE;
SELECT c.relname, c.relkind, c.relowner::regrole = 'regress_maker'::regrole AS of_the_caller FROM pg_class c
WHERE c.relnamespace = 'crm_mapped'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY 1;
SELECT * FROM opportunities.check_crm('crm_mapped');
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped', '{filters}')$$);
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped')$$);
CREATE SCHEMA crm_mapped_too;
CREATE TABLE crm_mapped_too.opportunity (id integer, stage_id integer, amount numeric, probability numeric);
CREATE VIEW crm_mapped_too.saved_filter AS SELECT 1 AS one;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_mapped_too', '{filters}')$$);
DROP VIEW crm_mapped_too.saved_filter;
SELECT opportunities.create_crm('crm_mapped_too', '{filters}');
SELECT * FROM opportunities.check_crm('crm_mapped_too');
-- (a CRM made before there were saved filters gets them so)
DROP TABLE crm_made.saved_filter, crm_made.saved_view;
SELECT code, problem FROM opportunities.check_crm('crm_made') WHERE code = 'table_missing';
SET ROLE regress_maker;
SELECT opportunities.create_crm('crm_made', '{filters}');
RESET ROLE;
-- (which are logged once they have the triggers)
SELECT code, problem FROM opportunities.check_crm('crm_made');
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON crm_made.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_made.saved_filter REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON crm_made.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_made.saved_view REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
SELECT * FROM opportunities.check_crm('crm_made');

-- Text search: indexes where pg_trgm is, wherever it is; else advice.
BEGIN;
SET LOCAL client_min_messages = notice;
SELECT opportunities.create_crm('crm_search');
SELECT * FROM opportunities.check_crm('crm_search');
SET LOCAL client_min_messages = warning;
CREATE SCHEMA "with trigrams";
CREATE EXTENSION pg_trgm SCHEMA "with trigrams";
SET LOCAL client_min_messages = notice;
SELECT * FROM opportunities.check_crm('crm_search');
SELECT opportunities.create_crm('crm_searched');
SELECT * FROM opportunities.check_crm('crm_searched');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'crm_searched' AND indexname LIKE '%search' ORDER BY 1;
SET LOCAL enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT FROM crm_searched.opportunity
WHERE opportunities.fold(title) LIKE '%network%' OR opportunities.fold(owner) LIKE '%network%';
DROP INDEX crm_searched.account_search;
SELECT * FROM opportunities.check_crm('crm_searched');
SET LOCAL ROLE regress_maker;
SELECT opportunities.create_crm('crm_search_closed');
ROLLBACK;

-- A failure leaves nothing behind and the path as it was.
CREATE SCHEMA crm_half;
CREATE TYPE crm_half.opportunity AS ENUM ('in the way');
SET search_path = crm_taken, pg_temp, public;
SELECT pg_temp.attempt($$SELECT opportunities.create_crm('crm_half')$$);
SHOW search_path;
SELECT relname FROM pg_class WHERE relnamespace = 'crm_half'::regnamespace;
RESET search_path;

-- A schema that is there, with things planted in it: built-in names mean the built-in.
CREATE SCHEMA crm_planted;
CREATE FUNCTION crm_planted.btrim(text) RETURNS text LANGUAGE sql AS $$SELECT 'planted'$$;
CREATE FUNCTION crm_planted.ge(numeric, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT false$$;
CREATE OPERATOR crm_planted.>= (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = crm_planted.ge);
CREATE FUNCTION crm_planted.mul(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$SELECT 0.0$$;
CREATE OPERATOR crm_planted.* (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = crm_planted.mul);
CREATE DOMAIN crm_planted.text AS pg_catalog.text CHECK (false);
CREATE TEMP TABLE account (id integer);
SELECT opportunities.create_crm('crm_planted');
SELECT d.classid::regclass, d.refclassid::regclass, d.refobjid
FROM pg_depend d
WHERE (d.refclassid, d.refobjid) IN
	(SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'crm_planted'::regnamespace
	UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = 'crm_planted'::regnamespace
	UNION ALL SELECT 'pg_type'::regclass, 'crm_planted.text'::regtype)
	AND d.deptype = 'n' AND d.classid NOT IN ('pg_proc'::regclass, 'pg_operator'::regclass);
SELECT confrelid::regclass FROM pg_constraint WHERE conname = 'opportunity_account_fkey'
	AND connamespace = 'crm_planted'::regnamespace;
DROP TABLE pg_temp.account;

-- Any name will do.
SELECT opportunities.create_crm('Deals "south", pg_temp', starter => true);
INSERT INTO "Deals ""south"", pg_temp".opportunity (pipeline_id, stage_id, title)
VALUES (1, 1, 'quoted') RETURNING probability, probability_mode;
SELECT * FROM opportunities.check_crm('Deals "south", pg_temp');

-- The functions that the tables use are granted, the tables aren't: a role with rights can write.
GRANT USAGE ON SCHEMA crm_made TO regress_stranger;
GRANT INSERT, SELECT, UPDATE ON crm_made.opportunity TO regress_stranger;
SET ROLE regress_stranger;
INSERT INTO crm_made.opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 2, 'by a stranger', 100.50)
RETURNING probability, estimated_amount, created_by, position;
UPDATE crm_made.opportunity SET stage_id = 5 RETURNING closed_on IS NOT NULL AS closed, stage_entered_by, version;
RESET ROLE;

-- Triggers read as the owner, also past row security.
ALTER TABLE crm_made.opportunity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON crm_made.opportunity USING (owner = current_user);
INSERT INTO crm_made.opportunity (pipeline_id, stage_id, title, position) VALUES (1, 3, 'hidden on top', 1000);
SET ROLE regress_stranger;
INSERT INTO crm_made.opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 3, 'mine', 'regress_stranger')
RETURNING position;
SELECT title FROM crm_made.opportunity;
RESET ROLE;

-- Triggers read no table but the owner's own.
ALTER TABLE crm_made.stage OWNER TO regress_stranger;
SELECT pg_temp.attempt($$INSERT INTO crm_made.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);
ALTER TABLE crm_made.stage OWNER TO regress_maker;
SELECT pg_temp.attempt($$INSERT INTO crm_made.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);

-- Renamed and moved tables are found by what they are called now.
CREATE SCHEMA crm_elsewhere;
ALTER SCHEMA crm_made RENAME TO crm_renamed;
SELECT pg_temp.attempt($$INSERT INTO crm_renamed.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);
ALTER TABLE crm_renamed.stage RENAME TO step;
SELECT pg_temp.attempt($$INSERT INTO crm_renamed.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);
ALTER TABLE crm_renamed.step RENAME TO stage;
SELECT pg_temp.attempt($$INSERT INTO crm_renamed.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);
ALTER TABLE crm_renamed.opportunity SET SCHEMA crm_elsewhere;
SELECT pg_temp.attempt($$INSERT INTO crm_elsewhere.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);
ALTER TABLE crm_elsewhere.opportunity SET SCHEMA crm_renamed;
SELECT pg_temp.attempt($$INSERT INTO crm_renamed.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'a')$$);

-- Dropped and made again: another table, another plan.
BEGIN;
SELECT opportunities.create_crm('crm_again', starter => true);
INSERT INTO crm_again.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'first');
ROLLBACK;
SELECT opportunities.create_crm('crm_again', starter => true);
INSERT INTO crm_again.opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'second') RETURNING probability;
DO $$
BEGIN
	BEGIN
		UPDATE crm_again.stage SET probability = 99 WHERE id = 1;
		INSERT INTO crm_again.opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'third');
		RAISE 'undo';
	EXCEPTION WHEN raise_exception THEN NULL;
	END;
END $$;
INSERT INTO crm_again.opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'fourth') RETURNING probability;

-- Columns of one's own, and dropped ones.
ALTER TABLE crm_again.opportunity ADD COLUMN region text, ADD COLUMN passing integer;
ALTER TABLE crm_again.opportunity DROP COLUMN passing, DROP COLUMN buying_process;
INSERT INTO crm_again.opportunity (pipeline_id, stage_id, title, region) VALUES (1, 2, 'fifth', 'north')
RETURNING probability, version, region;
UPDATE crm_again.opportunity SET region = 'south' WHERE title = 'fifth' RETURNING version, region;

-- Dropping the extension takes no data.
BEGIN;
DROP EXTENSION opportunities CASCADE;
SELECT title, probability, estimated_amount, version FROM crm_again.opportunity ORDER BY id;
UPDATE crm_again.opportunity SET title = 'still a table' WHERE title = 'fifth' RETURNING title, version;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'crm_again.opportunity'::regclass AND NOT tgisinternal;
ROLLBACK;

DROP SCHEMA crm_renamed, crm_taken, crm_closed, crm_half, crm_planted, crm_elsewhere, crm_again, crm_mapped, crm_mapped_too CASCADE;
DROP SCHEMA "Deals ""south"", pg_temp" CASCADE;
REVOKE CREATE ON DATABASE :DBNAME FROM regress_maker;
DROP ROLE regress_maker, regress_stranger;
