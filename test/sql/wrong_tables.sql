-- Trigger functions are anybody's: on a table of another shape than create_crm's, in another place, or beside tables
-- that their owner altered, each says what it misses.
SET client_min_messages = warning;
SET timezone = 'UTC';
\i test/data/attempt.sql

-- A needed column that is NULL, missing, dropped or of another type, in what the row was and in what it is.
CREATE TEMP TABLE opportunity (id bigint, pipeline_id bigint, stage_id bigint, stage_entered_at timestamptz);
CREATE TEMP TABLE document (opportunity_id bigint, kind text, status text);
CREATE TRIGGER t AFTER INSERT OR UPDATE ON document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_realized();
ALTER TABLE document DISABLE TRIGGER t;
INSERT INTO document VALUES (1, NULL, NULL), (NULL, 'invoice', 'draft');
ALTER TABLE document ENABLE TRIGGER t;
SELECT pg_temp.attempt('UPDATE document SET status = ''x'' WHERE kind IS NULL');
SELECT pg_temp.attempt('UPDATE document SET status = ''x'' WHERE opportunity_id IS NULL');
SELECT pg_temp.attempt('INSERT INTO document VALUES (NULL, ''invoice'', ''draft'')');
ALTER TABLE document ALTER kind TYPE varchar;
SELECT pg_temp.attempt('INSERT INTO document VALUES (1, ''invoice'', ''draft'')');
CREATE DOMAIN pg_temp.kind AS text;
ALTER TABLE document ALTER kind TYPE pg_temp.kind;
SELECT pg_temp.attempt('INSERT INTO document VALUES (1, ''invoice'', ''draft'')');
ALTER TABLE document DROP kind;
SELECT pg_temp.attempt('INSERT INTO document VALUES (1, ''draft'')');
ALTER TABLE document RENAME opportunity_id TO parent_id;
SELECT pg_temp.attempt('INSERT INTO document VALUES (1, ''draft'')');
DROP TABLE document;

CREATE TEMP TABLE stage (id bigint, pipeline_id bigint, name text, kind text, active boolean);
INSERT INTO stage VALUES (1, 1, 'a', 'open', true), (2, NULL, 'b', 'open', true), (3, 1, 'c', NULL, true), (4, 1, 'd', 'won', NULL);
CREATE TRIGGER t AFTER UPDATE ON stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_trigger();
CREATE TRIGGER u AFTER INSERT OR UPDATE OR DELETE ON stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.final_stage_trigger();
SELECT id, pg_temp.attempt(format('UPDATE stage SET kind = ''lost'' WHERE id = %s', id)) FROM stage ORDER BY id;
SELECT pg_temp.attempt('DELETE FROM stage WHERE id = 4');
DROP TABLE stage;

CREATE TRIGGER t AFTER UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_stage_change();
INSERT INTO opportunity VALUES (1, NULL, 1), (NULL, 1, 1), (3, 1, NULL);
CREATE TEMP TABLE stage_change (opportunity_id bigint, from_pipeline_id bigint, from_stage_id bigint, to_pipeline_id bigint,
	to_stage_id bigint, changed_at timestamptz, changed_by text, entered_at timestamptz, left_at timestamptz, deleted_at timestamptz);
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 2 WHERE id = 1');
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 2 WHERE id IS NULL');
-- (nobody knows since when)
UPDATE opportunity SET stage_id = 2 WHERE id = 3;
SELECT opportunity_id, from_stage_id, to_stage_id, entered_at FROM stage_change;
DROP TABLE stage_change, opportunity;

-- What a row belongs to, where it doesn't say it, or says it otherwise.
CREATE TEMP TABLE activity (opportunity_id bigint, due_at timestamptz, done_at timestamptz, created_at timestamptz, created_by text, updated_at timestamptz, updated_by text);
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_last_activity();
SELECT pg_temp.attempt('INSERT INTO activity VALUES (NULL)');
SELECT regexp_replace(pg_temp.attempt('INSERT INTO activity VALUES (1)'), 'pg_temp_\d+', 'pg_temp');
ALTER TABLE activity ALTER done_at TYPE date;
SELECT pg_temp.attempt('INSERT INTO activity VALUES (1, NULL, ''2025-01-01'')');
ALTER TABLE activity DROP done_at;
SELECT pg_temp.attempt('INSERT INTO activity VALUES (1)');
DROP TRIGGER b ON activity;
SELECT pg_temp.attempt('INSERT INTO activity VALUES (1)');
DROP TABLE activity;

-- Before a row is written: what a document is made of may be missing where no constraint says that it isn't.
SELECT opportunities.create_crm('crm_wrong', starter => true);
SET search_path = crm_wrong;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'a');
ALTER TABLE document ALTER opportunity_id DROP NOT NULL, ALTER kind DROP NOT NULL, ALTER status DROP NOT NULL,
	DROP CONSTRAINT document_source_of_kind, DROP CONSTRAINT document_status_number;
SELECT pg_temp.attempt('INSERT INTO document (kind) VALUES (''quote'')');
INSERT INTO document (id, opportunity_id, kind) VALUES (11, 1, 'return'), (12, 1, NULL);
INSERT INTO document_line (document_id, unit_price) VALUES (11, 5);
SELECT pg_temp.attempt('INSERT INTO document_line (document_id, unit_price) VALUES (12, 5)');
SELECT pg_temp.attempt('UPDATE document SET status = ''confirmed'' WHERE id = 11');
ALTER TABLE document DISABLE TRIGGER USER;
UPDATE document SET status = NULL;
ALTER TABLE document ENABLE TRIGGER USER;
SELECT pg_temp.attempt('UPDATE document SET note = ''x'' WHERE id = 11');
SELECT pg_temp.attempt('INSERT INTO document_line (document_id, unit_price) VALUES (11, 5)');
SELECT pg_temp.attempt('DELETE FROM document_line WHERE document_id = 11');
ALTER TABLE document_line DISABLE TRIGGER zz_row;
DELETE FROM document RETURNING id;
ALTER TABLE document_line ENABLE TRIGGER zz_row;
-- Numbers end.
INSERT INTO document_counter (kind, first_number) VALUES ('quote', 9223372036854775807);
INSERT INTO document (opportunity_id, kind) VALUES (1, 'quote'), (1, 'quote');
INSERT INTO document_line (document_id, unit_price) SELECT id, 5 FROM document;
UPDATE document SET status = 'confirmed' WHERE id = (SELECT min(id) FROM document) RETURNING number;
SELECT pg_temp.attempt('UPDATE document SET status = ''confirmed'' WHERE number IS NULL');
SELECT last, pg_temp.attempt(format('SELECT opportunities_internal.next_number(''change_log_id_seq'', %L)', last))
FROM unnest('{9223372036854775807,-9223372036854775808}'::bigint[]) AS last;

-- Tables beside the trigger's that their owner altered. What is only a name is missed by nobody.
ALTER TABLE product ALTER name DROP NOT NULL;
INSERT INTO product (name, unit_price, currency) VALUES (NULL, 7, 'EUR'), (NULL, NULL, NULL), (NULL, 7, NULL);
SELECT pg_temp.attempt(format('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, %s)', id)) FROM product ORDER BY id;
ALTER TABLE stage DISABLE TRIGGER USER, ALTER name DROP NOT NULL, ALTER kind DROP NOT NULL, ALTER active DROP NOT NULL;
UPDATE stage SET name = NULL, active = false WHERE id = 2;
UPDATE stage SET active = NULL WHERE id = 3;
UPDATE stage SET kind = NULL WHERE id = 4;
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = %s', id)) FROM generate_series(2, 4) AS id;
ALTER TABLE opportunity ALTER position DROP NOT NULL, DISABLE TRIGGER zz_row;
UPDATE opportunity SET position = NULL;
ALTER TABLE opportunity ENABLE TRIGGER zz_row;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, ''b'')');
DROP VIEW bi_opportunity CASCADE;
ALTER TABLE stage ALTER probability TYPE double precision;
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 5');
ALTER TABLE stage DROP COLUMN reason_required;
SELECT pg_temp.attempt('UPDATE opportunity SET stage_id = 5');
-- A count of changes that has come to its end begins anew.
UPDATE opportunity SET position = 1;
ALTER TABLE opportunity DISABLE TRIGGER zz_row;
UPDATE opportunity SET version = 9223372036854775807;
ALTER TABLE opportunity ENABLE TRIGGER zz_row;
UPDATE opportunity SET title = 'c' RETURNING version;

-- Other levels, times and events than those that create_crm makes: all are refused but what is listed.
CREATE TABLE plain (id bigint);
CREATE VIEW seen AS SELECT * FROM plain;
CREATE FUNCTION misplace(form text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	target text := substring(form FROM 'ON (\w+)');
	command text := CASE WHEN form LIKE '%TRUNCATE%' THEN 'TRUNCATE plain'
		WHEN form LIKE '%INSERT%' THEN format('INSERT INTO %s VALUES (1)', target)
		WHEN form LIKE '%UPDATE%' THEN format('UPDATE %s SET id = 2', target) ELSE format('DELETE FROM %s', target) END;
	taken text[] := '{}';
	function regproc;
BEGIN
	FOR function IN SELECT p.oid FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
		AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opportunities')
		WHERE p.prorettype = 'trigger'::regtype ORDER BY p.proname
	LOOP
		INSERT INTO plain VALUES (1);
		EXECUTE format('CREATE TRIGGER t ' || form || ' EXECUTE FUNCTION %s()', function);
		IF pg_temp.attempt(command) !~ 'works only as the trigger that create_crm makes' THEN
			taken := taken || split_part(function::text, '.', 2);
		END IF;
		EXECUTE format('DROP TRIGGER t ON %s', target);
	END LOOP;
	RETURN array_to_string(taken, ', ');
END $$;
\a \t
SELECT form, misplace(form) FROM unnest(ARRAY[
	'INSTEAD OF INSERT ON seen FOR EACH ROW', 'INSTEAD OF UPDATE ON seen FOR EACH ROW', 'INSTEAD OF DELETE ON seen FOR EACH ROW',
	'BEFORE INSERT ON plain', 'BEFORE UPDATE ON plain', 'BEFORE DELETE ON plain', 'BEFORE TRUNCATE ON plain',
	'AFTER INSERT ON plain', 'AFTER UPDATE ON plain', 'AFTER DELETE ON plain', 'AFTER TRUNCATE ON plain',
	'AFTER UPDATE ON plain REFERENCING OLD TABLE AS o', 'AFTER UPDATE ON plain REFERENCING NEW TABLE AS n',
	'BEFORE INSERT ON plain FOR EACH ROW', 'BEFORE UPDATE ON plain FOR EACH ROW', 'BEFORE DELETE ON plain FOR EACH ROW',
	'AFTER INSERT ON plain FOR EACH ROW', 'AFTER UPDATE ON plain FOR EACH ROW', 'AFTER DELETE ON plain FOR EACH ROW']) AS form;
\a \t
SELECT pg_temp.attempt(format('SELECT %s()', oid::regproc)) FROM pg_proc WHERE proname = 'log_change';

-- A relation that isn't there, for each function that takes one: those alone are listed that needn't look.
\a \t
SELECT answer, string_agg(DISTINCT function, ', ' ORDER BY function) FROM (
	SELECT p.proname AS function, split_part(pg_temp.attempt(format('SELECT * FROM %s(%s)', p.oid::regproc, (
			SELECT string_agg(CASE t.oid WHEN 'regclass'::regtype THEN '99999999::oid::regclass' WHEN 'oid'::regtype THEN '99999999::oid'
				ELSE format('%L::%s', CASE WHEN t.oid = 'jsonb'::regtype THEN '{}' WHEN t.typcategory = 'A' THEN '{1}' WHEN t.typcategory = 'D' THEN '2026-01-01' ELSE '1' END,
				t.oid::regtype) END, ', ' ORDER BY n)
			FROM unnest(p.proargtypes) WITH ORDINALITY AS a (oid, n) JOIN pg_type AS t USING (oid)))), E'\n', 1) AS answer
	FROM pg_proc AS p WHERE pronamespace IN ('opportunities'::regnamespace, 'opportunities_internal'::regnamespace) AND prokind = 'f'
		AND 'regclass'::regtype = ANY (proargtypes)) AS a
WHERE answer <> '42P01 relation 99999999 does not exist' GROUP BY answer ORDER BY answer COLLATE "C";
\a \t

-- What is read of a history is of the types that it is read as, whatever took the place of a column.
SELECT opportunities.create_crm('crm_read', starter => true);
SET search_path = crm_read;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency, created_at) VALUES (1, 1, 'a', 5, 'EUR', '2020-01-01');
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, created_at) VALUES (1, 1, 'b', 5, '2020-01-01');
UPDATE opportunity SET stage_id = 2, amount = 6;
DELETE FROM opportunity WHERE title = 'b';
CREATE FUNCTION retype(changed text, name text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	call text;
	answer text;
	refused text[] := '{}';
BEGIN
	EXECUTE format('ALTER TABLE %I RENAME %I TO before', changed, name);
	EXECUTE format('ALTER TABLE %I ADD %I %s DEFAULT %L', changed, name, type, CASE WHEN type = 'text' THEN 'x' ELSE '7' END);
	FOREACH call IN ARRAY '{pipeline_on(''2021-01-01''),pipeline_on(current_date),"pipeline_changes(current_date, current_date)"}'::text[] LOOP
		answer := split_part(pg_temp.attempt('SELECT FROM ' || call), E'\n', 1);
		-- (else the query of it is refused)
		IF answer LIKE '%must be of type%' AND answer <> ALL (refused) THEN
			refused := refused || answer;
		END IF;
	END LOOP;
	RAISE EXCEPTION '%', array_to_string(refused, E'\n');
EXCEPTION WHEN raise_exception THEN
	RETURN SQLERRM;
END $$;
\a \t
SELECT refused FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid,
	retype(attrelid::regclass::text, attname, CASE WHEN t.typbyval THEN 'text' ELSE 'integer' END) AS refused
WHERE attrelid IN ('opportunity'::regclass, 'change_log'::regclass, 'stage_change'::regclass, 'stage'::regclass) AND attnum > 0 AND attgenerated = ''
	AND refused <> '' GROUP BY refused ORDER BY refused COLLATE "C";
\a \t

-- A partition of another server, to which a row goes: of what it was nothing is known there.
SELECT opportunities.create_crm('crm_far', starter => true);
SET search_path = crm_far;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');
CREATE EXTENSION postgres_fdw;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user %L)', current_user);
END $$;
ALTER TABLE opportunity RENAME TO far_opportunity;
ALTER TABLE far_opportunity DISABLE TRIGGER USER;
CREATE TABLE opportunity (LIKE far_opportunity INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY) PARTITION BY LIST (pipeline_id);
CREATE TABLE near PARTITION OF opportunity FOR VALUES IN (1);
CREATE FOREIGN TABLE far PARTITION OF opportunity FOR VALUES IN (2) SERVER far OPTIONS (schema_name 'crm_far', table_name 'far_opportunity');
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_log AFTER INSERT OR UPDATE OR DELETE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'a');
UPDATE opportunity SET pipeline_id = 2, stage_id = 7 WHERE pipeline_id = 1;
SELECT tableoid::regclass, title, version FROM opportunity;
CREATE TRIGGER zz_stage_change AFTER UPDATE OR DELETE ON opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_stage_change();
DELETE FROM opportunity RETURNING title;
SELECT action, row_id FROM change_log WHERE table_name = 'opportunity' ORDER BY id;
RESET search_path;
DROP EXTENSION postgres_fdw CASCADE;

DROP SCHEMA crm_wrong, crm_far CASCADE;
