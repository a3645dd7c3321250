-- check_crm: quiet where all is well, and one row for each thing that got past the triggers.
SET client_min_messages = warning;

\i test/data/attempt.sql

SELECT pg_temp.attempt($$SELECT * FROM opportunities.check_crm('crm_nowhere')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.check_crm(NULL)$$);

SELECT opportunities.create_crm('crm_check', starter => true);
INSERT INTO crm_check.opportunity (pipeline_id, stage_id, title, amount)
SELECT 1, 1 + i % 6, 'deal ' || i, i FROM generate_series(1, 60) AS i;
SELECT * FROM opportunities.check_crm('crm_check');

CREATE ROLE regress_owner;

-- What a replica's writes can leave.
CREATE PROCEDURE crm_check.damage(command text) LANGUAGE plpgsql AS $$
DECLARE
	problem record;
BEGIN
	BEGIN
		SET LOCAL session_replication_role = replica;
		EXECUTE command;
		FOR problem IN SELECT * FROM opportunities.check_crm('crm_check') ORDER BY code, object, row_id LOOP
			RAISE WARNING '% | % | % | %', problem.code, problem.object, problem.row_id, problem.problem;
		END LOOP;
		RAISE 'undo';
	EXCEPTION WHEN raise_exception THEN NULL;
	END;
END $$;
SET search_path = crm_check;
CALL damage('UPDATE opportunity SET pipeline_id = 9 WHERE id = 1');
CALL damage('UPDATE opportunity SET account_id = 9 WHERE id = 1');
CALL damage('UPDATE opportunity SET stage_id = 99 WHERE id = 1');
CALL damage('UPDATE opportunity SET stage_id = 5 WHERE id = 1');
CALL damage('UPDATE opportunity SET stage_id = 1 WHERE id = 4');
CALL damage('UPDATE opportunity SET stage_id = NULL WHERE id = 4');
CALL damage('UPDATE opportunity SET close_reason = ''x'', closed_at = now(), closed_on = now() WHERE id = 1');
CALL damage('UPDATE stage SET reason_required = true WHERE id = 6; DELETE FROM opportunity WHERE stage_id = 6 AND id > 10');
CALL damage('UPDATE stage SET active = false WHERE id = 3; DELETE FROM opportunity WHERE stage_id = 3 AND id > 10');
CALL damage('UPDATE stage SET active = false WHERE kind <> ''open''; DELETE FROM opportunity WHERE stage_id IN (5, 6)');
CALL damage('UPDATE stage SET pipeline_id = 7 WHERE id = 6; DELETE FROM opportunity WHERE stage_id = 6 AND id > 10');
CALL damage('UPDATE opportunity SET amount_mode = ''auto'' WHERE id = 1');
CALL damage('INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent, net, tax)
	VALUES (1, 7, 3, 5, 10, 9, 13.50, 1.21), (1, NULL, 3, 5, 10, 9, 13.50, 1.22), (1, NULL, 1, 1, 0, 0, 2, 0), (99, NULL, 1, 1, 0, 0, 1, 0);
	UPDATE opportunity SET amount_mode = ''auto'' WHERE id IN (1, 2); UPDATE opportunity SET amount = NULL WHERE id = 2');
CALL damage('INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, net, tax) VALUES (1, 2, 0.5, 1.00, 0.00);
	UPDATE opportunity SET amount_mode = ''auto'' WHERE id = 1');
CALL damage('UPDATE opportunity SET version = 0 WHERE id = 1');
CALL damage('DELETE FROM pipeline; DELETE FROM opportunity; DELETE FROM stage WHERE id > 1');
CALL damage('INSERT INTO activity (opportunity_id, kind, created_at, created_by, updated_at, updated_by) VALUES (99, ''call'', now(), ''x'', now(), ''x'')');
CALL damage('UPDATE opportunity SET last_activity_at = ''infinity'' WHERE id = 1');
CALL damage('INSERT INTO app_user (login, name, manager) VALUES (''omid'', ''Omid'', ''sara'')');

-- Structure: what was dropped, disabled or changed.
CALL damage('ALTER TABLE opportunity DISABLE TRIGGER zz_row');
CALL damage('DROP TRIGGER zz_final_stage ON stage');
CALL damage('DROP TRIGGER zz_row ON stage;
	CREATE TRIGGER zz_row AFTER UPDATE OF name ON stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_trigger()');
CALL damage('ALTER TABLE opportunity ENABLE REPLICA TRIGGER zz_row');
CALL damage('ALTER TABLE opportunity ENABLE ALWAYS TRIGGER zz_row');
CALL damage('ALTER TABLE opportunity DROP CONSTRAINT opportunity_stage_fkey');
CALL damage('ALTER TABLE saved_view DROP CONSTRAINT saved_view_pipeline_fkey');
CALL damage('ALTER TABLE opportunity DROP CONSTRAINT probability_range; UPDATE opportunity SET probability = 101 WHERE id = 1;
	ALTER TABLE stage DROP CONSTRAINT probability_range; UPDATE stage SET probability = -1 WHERE id = 1');
CALL damage('ALTER TABLE opportunity DROP CONSTRAINT amount_finite; ALTER TABLE opportunity ADD CONSTRAINT amount_finite CHECK (true)');
CALL damage('ALTER TABLE opportunity DROP CONSTRAINT amount_finite; ALTER TABLE opportunity ADD CONSTRAINT amount_finite CHECK (amount > ''-Infinity'' AND amount < ''Infinity'') NOT VALID');
CALL damage('ALTER TABLE opportunity DROP CONSTRAINT closed_day_and_moment, DROP CONSTRAINT close_reason_open;
	UPDATE opportunity SET closed_on = NULL WHERE id = 4; UPDATE opportunity SET close_reason = ''x'' WHERE id = 1');
CALL damage('ALTER TABLE opportunity ALTER version DROP NOT NULL, ALTER position DROP NOT NULL, ALTER amount_mode DROP NOT NULL;
	UPDATE opportunity SET version = NULL, position = NULL, amount_mode = NULL WHERE id = 1');
CALL damage('ALTER TABLE opportunity DROP COLUMN competitors');
CALL damage('ALTER TABLE opportunity ALTER description TYPE varchar(10)');
CALL damage('DROP INDEX opportunity_board');
CALL damage('DROP VIEW bi_line');
CALL damage('ALTER VIEW bi_opportunity SET (security_invoker = false)');
CALL damage('DROP FUNCTION funnel');
CALL damage('ALTER FUNCTION pipeline_on RENAME TO funnel');
CALL damage('ALTER TABLE pipeline OWNER TO regress_owner');
CALL damage('ALTER SCHEMA crm_check OWNER TO regress_owner');
CALL damage('DROP TABLE account CASCADE');
CALL damage('ALTER TABLE opportunity RENAME TO deals');

CALL damage('ALTER TABLE saved_filter ENABLE TRIGGER zz_replan; ALTER TABLE custom_field DISABLE TRIGGER zz_replan_all');
CALL damage('DROP TRIGGER zz_replan ON custom_field; DROP INDEX saved_filter_shared');

-- A schema with saved filters alone is checked for them alone.
CREATE PROCEDURE damage_filters(command text) LANGUAGE plpgsql AS $$
DECLARE
	problem record;
BEGIN
	BEGIN
		EXECUTE command;
		FOR problem IN SELECT * FROM opportunities.check_crm('crm_mapped') ORDER BY code, object, problem LOOP
			RAISE WARNING '% | % | % | %', problem.code, problem.object, problem.row_id, problem.problem;
		END LOOP;
		RAISE 'undo';
	EXCEPTION WHEN raise_exception THEN NULL;
	END;
END $$;
CREATE SCHEMA crm_mapped;
CREATE TABLE crm_mapped.opportunity (id uuid CONSTRAINT opportunity_pkey PRIMARY KEY, stage_id integer, amount numeric, probability numeric);
CREATE TABLE crm_mapped.stage (id integer, name text, position integer, kind text);
SELECT * FROM opportunities.check_crm('crm_mapped');
SELECT opportunities.create_crm('crm_mapped', '{filters}');
CALL damage_filters('SELECT');
CALL damage_filters('ALTER TABLE crm_mapped.saved_filter DISABLE TRIGGER ALL, DROP COLUMN shared CASCADE');
CALL damage_filters('ALTER TABLE crm_mapped.saved_filter ENABLE TRIGGER zz_replan_all');
CALL damage_filters('DROP TABLE crm_mapped.opportunity');
CALL damage_filters('DROP TABLE crm_mapped.saved_filter, crm_mapped.saved_view');
DROP SCHEMA crm_mapped CASCADE;
-- (and a whole CRM that lost its triggers, as DROP EXTENSION takes them, is still one)
CREATE SCHEMA crm_bare;
SELECT opportunities.create_crm('crm_bare');
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT tgname, tgrelid::regclass AS tab FROM pg_trigger
		WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'crm_bare'::regnamespace) LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.tab);
	END LOOP;
END $$;
SELECT code, count(*) FROM opportunities.check_crm('crm_bare') GROUP BY code;
DROP SCHEMA crm_bare CASCADE;

-- More than one fetch of rows, and columns of one's own.
CALL damage('ALTER TABLE opportunity ADD COLUMN region text; UPDATE opportunity SET region = ''north''');
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO opportunity (pipeline_id, title, position, amount_mode, probability_mode, version, created_at, created_by,
	updated_at, updated_by, stage_entered_at, stage_entered_by)
SELECT 8, 'x', 1, 'auto', 'auto', 1, now(), '', now(), '', now(), '' FROM generate_series(1, 2500);
SELECT code, count(*) FROM opportunities.check_crm('crm_check') GROUP BY code;
ROLLBACK;

-- Triggers of one's own that ours fire as the owner, under whatever search_path there is: advice.
BEGIN;
CREATE FUNCTION crm_check.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE TRIGGER note BEFORE UPDATE ON crm_check.opportunity FOR EACH ROW EXECUTE FUNCTION crm_check.note();
SET client_min_messages = notice;
SELECT count(*) FROM opportunities.check_crm('crm_check');
ALTER FUNCTION crm_check.note() SET search_path = crm_check, pg_temp;
SELECT count(*) FROM opportunities.check_crm('crm_check');
ROLLBACK;

-- Advice: a view of the owner's own, wherever it stands, that shows what row security hides; not ours, and none that asks as its reader.
BEGIN;
CREATE SCHEMA crm_check_views;
CREATE VIEW crm_check_views.plain AS SELECT title, amount FROM crm_check.opportunity;
CREATE VIEW crm_check_views.around WITH (security_invoker = true) AS SELECT title FROM crm_check_views.plain;
CREATE VIEW crm_check_views.asks WITH (security_invoker = true) AS SELECT title FROM crm_check.opportunity;
CREATE VIEW crm_check_views.names AS SELECT name FROM crm_check.account;
ALTER TABLE crm_check.opportunity ENABLE ROW LEVEL SECURITY;
SET client_min_messages = notice;
SELECT count(*) FROM opportunities.check_crm('crm_check');
ROLLBACK;

-- Nothing of the schema's or of the path's runs: views, operators, casts.
CREATE FUNCTION planted() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'planted'; END $$;
BEGIN;
ALTER TABLE account RENAME TO hidden;
CREATE VIEW account AS SELECT *, planted() FROM hidden;
SELECT code, object, problem FROM opportunities.check_crm('crm_check') WHERE object LIKE '%account';
ROLLBACK;
CREATE FUNCTION planted(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'planted'; END $$;
CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = planted);
SET search_path = crm_check, pg_catalog;
BEGIN;
SELECT * FROM opportunities.check_crm('crm_check');
SHOW search_path;
COMMIT;
RESET search_path;

-- The caller's rights.
CREATE ROLE regress_checker;
SET ROLE regress_checker;
SELECT pg_temp.attempt($$SELECT * FROM opportunities.check_crm('crm_check')$$);
RESET ROLE;
DROP ROLE regress_checker;

DROP SCHEMA crm_check CASCADE;
DROP ROLE regress_owner;
