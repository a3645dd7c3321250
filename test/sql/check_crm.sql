-- check_crm: nothing on a healthy schema, and each thing that can get past the rules.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_check', starter => true);
SET search_path = crm_check;
INSERT INTO account (name) VALUES ('Account');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, amount, close_reason)
VALUES (1, 1, 1, 'open', 1, 10, NULL), (2, 1, 5, 'won', NULL, 20, 'price'), (3, 1, NULL, 'unstaged', NULL, NULL, NULL);
SELECT * FROM opportunities.check_crm('crm_check');

-- one that doesn't exist
DO $$
BEGIN
	PERFORM opportunities.check_crm('crm_nowhere');
EXCEPTION WHEN OTHERS THEN
	RAISE WARNING '% %', SQLSTATE, SQLERRM;
END $$;

-- Rows: written where no trigger and no foreign key looks. Each statement breaks one thing.
CREATE TABLE breakage (n integer GENERATED ALWAYS AS IDENTITY, sql text);
INSERT INTO breakage (sql) VALUES
	('UPDATE opportunity SET pipeline_id = 99, stage_id = NULL WHERE id = 1'),
	('UPDATE opportunity SET account_id = 99 WHERE id = 1'),
	('UPDATE opportunity SET stage_id = 99 WHERE id = 1'),
	('INSERT INTO pipeline VALUES (2, ''Other''); UPDATE opportunity SET pipeline_id = 2 WHERE id = 1'),
	('UPDATE stage SET active = false WHERE id = 1'),
	('UPDATE opportunity SET stage_id = 6 WHERE id = 1'),
	('UPDATE opportunity SET stage_id = 2 WHERE id = 2'),
	('UPDATE stage SET kind = ''open'' WHERE id = 5'),
	('UPDATE opportunity SET close_reason = NULL WHERE id = 2; UPDATE stage SET reason_required = true WHERE id = 5'),
	('UPDATE opportunity SET amount_mode = ''auto'' WHERE id = 1'),
	('UPDATE opportunity SET version = 0 WHERE id = 1'),
	('UPDATE stage SET kind = ''open''; UPDATE opportunity SET close_reason = NULL, closed_at = NULL, closed_on = NULL'),
	('DELETE FROM pipeline; DELETE FROM opportunity'),
-- Structure.
	('ALTER TABLE opportunity DISABLE TRIGGER zz_rules'),
	('ALTER TABLE opportunity ENABLE REPLICA TRIGGER zz_rules'),
	('DROP TRIGGER zz_rules ON stage'),
	('DROP TRIGGER zz_truncate ON account'),
	('ALTER TABLE opportunity DROP CONSTRAINT amount_finite'),
	('ALTER TABLE opportunity DROP CONSTRAINT opportunity_account_fkey; ALTER TABLE opportunity ADD CONSTRAINT opportunity_account_fkey FOREIGN KEY (account_id) REFERENCES account NOT VALID'),
	('ALTER TABLE opportunity DROP COLUMN owner'),
	('DROP INDEX opportunity_board'),
	('DROP TABLE account CASCADE'),
	('ALTER TABLE opportunity ALTER title DROP NOT NULL'),
	('ALTER TABLE opportunity DROP CONSTRAINT probability_range; UPDATE opportunity SET probability = 101 WHERE id = 1'),
	('ALTER TABLE opportunity ADD COLUMN mine text; CREATE INDEX ON opportunity (mine)');

CREATE FUNCTION pg_temp.broken(OUT n integer, OUT code text, OUT object text, OUT row_id text, OUT problem text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	b record;
BEGIN
	FOR b IN SELECT * FROM breakage ORDER BY breakage.n LOOP
		BEGIN
			SET LOCAL session_replication_role = replica;
			EXECUTE b.sql;
			SET LOCAL session_replication_role = origin;
			RETURN QUERY SELECT b.n, c.* FROM opportunities.check_crm('crm_check') AS c ORDER BY c.code, c.object, c.row_id;
			IF NOT FOUND THEN
				RETURN QUERY SELECT b.n, 'nothing', NULL, NULL, NULL;
			END IF;
			RAISE EXCEPTION USING ERRCODE = 'UNDO1';
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
		END;
	END LOOP;
END $$;
SELECT * FROM pg_temp.broken();
SELECT * FROM opportunities.check_crm('crm_check');
DROP SCHEMA crm_check CASCADE;
