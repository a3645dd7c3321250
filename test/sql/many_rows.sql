-- What a statement of many rows looks up once, it looks up again where it isn't so any more.
SET client_min_messages = warning;

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_many', starter => true);
SET search_path = crm_many;
UPDATE stage SET probability = 10 * id WHERE id < 5;
-- Positions of rows, in steps of one card, from the bottom of a column.
CREATE FUNCTION pg_temp.cards(of_pipeline bigint, of_stage bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(title || ' ' || trim_scale(position::numeric / 4294967296), ', ' ORDER BY position, id) FROM opportunity WHERE pipeline_id = of_pipeline AND stage_id IS NOT DISTINCT FROM of_stage $$;

-- Each on top of the one before, by column; a place that is given counts for the next, and so does that of a row that is not written after all.
INSERT INTO opportunity (pipeline_id, stage_id, title, position)
SELECT 1, stage, 'c' || n, given * 4294967296 FROM (VALUES (1, 1, NULL::bigint), (2, 2, NULL), (3, 1, NULL), (4, NULL, NULL), (5, 1, 10), (6, 1, NULL), (7, 1, 3), (8, 1, NULL), (9, NULL, NULL), (10, 2, NULL)) AS v (n, stage, given);
SELECT pg_temp.cards(1, 1), pg_temp.cards(1, 2), pg_temp.cards(1, NULL);
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, 'twice'), (100, 1, 1, 'once') ON CONFLICT (id) DO UPDATE SET stage_id = 2;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 2, 'twice'), (101, 1, 2, 'once') ON CONFLICT (id) DO NOTHING;
UPDATE opportunity SET stage_id = 3 WHERE stage_id = 1;
SELECT pg_temp.cards(1, 2), count(DISTINCT position), min(position) / 4294967296 AS first, max(position) / 4294967296 AS last FROM opportunity WHERE stage_id = 3;
-- a statement looks for the top again: here one without our triggers has put a card there
ALTER TABLE opportunity DISABLE TRIGGER zz_row;
UPDATE opportunity SET position = 40 * 4294967296 WHERE id = 2;
ALTER TABLE opportunity ENABLE TRIGGER zz_row;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'above 40'), (1, 2, 'above that');
SELECT position / 4294967296 FROM opportunity WHERE title LIKE 'above%' ORDER BY id;

-- What triggers of users do meanwhile.
CREATE TABLE at_row (title text, statement text);
CREATE FUNCTION run_at_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	what text;
BEGIN
	FOR what IN DELETE FROM at_row WHERE title = coalesce(to_jsonb(NEW) ->> 'title', to_jsonb(NEW) ->> 'description') RETURNING statement LOOP
		EXECUTE what;
	END LOOP;
	RETURN NEW;
END $$;
CREATE TRIGGER run_at_row BEFORE INSERT OR UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION run_at_row();
-- Write rows a, b and c into a stage with something done at b: what became of their probabilities and places.
CREATE FUNCTION pg_temp.at_b(what text, OUT told text, OUT probabilities text, OUT places text) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM opportunity;
	INSERT INTO at_row VALUES ('b', what);
	told := pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, ''a''), (1, 2, ''b''), (1, 2, ''c'')');
	SELECT string_agg(coalesce(probability::text, '-'), ' ' ORDER BY title) INTO probabilities FROM opportunity WHERE title IN ('a', 'b', 'c');
	places := pg_temp.cards(1, 2);
	DELETE FROM at_row;
END $$;
BEGIN;
SELECT * FROM pg_temp.at_b('SELECT 1');
SELECT * FROM pg_temp.at_b('UPDATE stage SET probability = 77 WHERE id = 2');
SELECT * FROM pg_temp.at_b('UPDATE stage SET name = ''Renamed'' WHERE id = 2');
SELECT * FROM pg_temp.at_b('UPDATE pipeline SET active = false WHERE id = 1');
UPDATE pipeline SET active = true WHERE id = 1;
SELECT * FROM pg_temp.at_b('UPDATE stage SET active = false WHERE id = 2');
SELECT * FROM pg_temp.at_b('DELETE FROM stage WHERE id = 2');
SELECT * FROM pg_temp.at_b('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, ''nested'')');
SELECT * FROM pg_temp.at_b('INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (1, 2, ''nested'', 50 * 4294967296)');
SELECT * FROM pg_temp.at_b('UPDATE opportunity SET position = 60 * 4294967296 WHERE title = ''a''');
SELECT * FROM pg_temp.at_b('DO $_$ BEGIN UPDATE stage SET probability = 5 WHERE id = 2; INSERT INTO opportunity (pipeline_id, stage_id, title, position) VALUES (1, 2, ''undone'', 90 * 4294967296); RAISE ''undo''; EXCEPTION WHEN OTHERS THEN NULL; END $_$');
ROLLBACK;
-- (the table is written anew, and its rows have other places)
BEGIN;
SELECT * FROM pg_temp.at_b('ALTER TABLE stage ALTER archive_after TYPE bigint');
ROLLBACK;
-- one that comes after ours gives places of its own
CREATE FUNCTION move_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	IF NEW.title = 'b' THEN
		NEW.position := NEW.position + 30 * 4294967296;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zzz_move_up BEFORE INSERT ON opportunity FOR EACH ROW EXECUTE FUNCTION move_up();
SELECT * FROM pg_temp.at_b('SELECT 1');
DROP TRIGGER zzz_move_up ON opportunity;
-- and what a part of the statement itself does to a stage
DELETE FROM opportunity;
WITH a AS (INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'first') RETURNING id),
	s AS (UPDATE stage SET probability = 66 WHERE id = (SELECT 2 FROM a) RETURNING id)
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, id, 'after' FROM s UNION ALL SELECT 1, id, 'and again' FROM s;
SELECT title, probability, position / 4294967296 AS place FROM opportunity ORDER BY position;
DROP TRIGGER run_at_row ON opportunity;

-- What lines ask for.
INSERT INTO product (id, name, unit_price) VALUES (1, 'Switch', 100);
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, title, currency) VALUES (200, 1, 'lines', NULL);
CREATE TRIGGER run_at_row BEFORE INSERT ON opportunity_line FOR EACH ROW EXECUTE FUNCTION run_at_row();
INSERT INTO at_row VALUES ('b', 'UPDATE product SET unit_price = 200 WHERE id = 1');
INSERT INTO opportunity_line (opportunity_id, product_id, description) VALUES (200, 1, 'a'), (200, 1, 'b'), (200, 1, 'c');
SELECT description, unit_price FROM opportunity_line ORDER BY 1;
DROP TRIGGER run_at_row ON opportunity_line;

-- Rows of one column in two partitions.
CREATE TABLE parted (LIKE opportunity INCLUDING DEFAULTS INCLUDING GENERATED) PARTITION BY LIST (archived);
CREATE TABLE parted_shown PARTITION OF parted FOR VALUES IN (false);
CREATE TABLE parted_hidden PARTITION OF parted FOR VALUES IN (true);
ALTER TABLE parted ALTER id SET DEFAULT 0;
CREATE INDEX ON parted (stage_id, pipeline_id, position DESC, id DESC);
CREATE TRIGGER zz_row BEFORE INSERT OR UPDATE OR DELETE ON parted FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
INSERT INTO parted (id, pipeline_id, stage_id, title, archived) SELECT n, 1, 2, 'p' || n, n % 3 = 0 FROM generate_series(1, 8) AS n;
SELECT string_agg(title, ' ' ORDER BY position) AS cards, count(DISTINCT position) FROM parted;
UPDATE parted SET stage_id = 3 + id % 2, archived = NOT archived;
SELECT stage_id, string_agg(position / 4294967296 || '', ' ' ORDER BY position) AS places FROM parted GROUP BY 1 ORDER BY 1;

-- Each tenant's columns and stages are its own.
SELECT opportunities.create_crm('crm_many_tenants', tenant => true);
SET search_path = crm_many_tenants;
INSERT INTO pipeline (tenant_id, id, name) VALUES ('a', 1, 'A'), ('b', 1, 'B');
INSERT INTO stage (tenant_id, id, pipeline_id, name, kind, probability) VALUES ('a', 1, 1, 'Open', 'open', 10), ('b', 1, 1, 'Open', 'open', 20), ('a', 2, 1, 'Won', 'won', NULL), ('b', 2, 1, 'Won', 'won', NULL);
INSERT INTO opportunity (tenant_id, pipeline_id, stage_id, title) SELECT (ARRAY['a', 'b'])[1 + n % 2], 1, 1, 't' || n FROM generate_series(1, 6) AS n;
SELECT tenant_id, string_agg(position / 4294967296 || '', ' ' ORDER BY id) AS places, min(probability), max(probability) FROM opportunity GROUP BY 1 ORDER BY 1;

-- More stages, and more columns, than are kept.
SET search_path = crm_many;
INSERT INTO stage (pipeline_id, name, kind, probability, position) SELECT 1, 'Stage ' || n, 'open', n, n FROM generate_series(1, 80) AS n;
DELETE FROM opportunity;
INSERT INTO opportunity (pipeline_id, stage_id, title) SELECT 1, s.id, 'x' FROM generate_series(1, 3) AS n, stage AS s WHERE s.name LIKE 'Stage%' ORDER BY n, s.id;
SELECT count(*), count(*) FILTER (WHERE o.probability <> s.probability) AS wrong, count(DISTINCT (o.stage_id, o.position)) AS places, max(o.position) / 4294967296 AS top FROM opportunity AS o JOIN stage AS s ON s.id = o.stage_id;

SELECT * FROM opportunities.check_crm('crm_many');
DROP SCHEMA crm_many, crm_many_tenants CASCADE;
