-- Tables that their owner has partitioned: what follows from rows follows whatever way they are written, through the
-- table, past it, and by a MERGE that takes them to another partition.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.2711
\endif
\echo seed :seed
SET client_min_messages = warning;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';
SELECT opportunities.create_crm('crm_parts', starter => true) \g /dev/null
SET search_path = crm_parts;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
INSERT INTO custom_field (name) VALUES ('n');

-- A table partitioned by a column, with the triggers that it had.
CREATE PROCEDURE partition(name text, key text, list text) LANGUAGE plpgsql AS $$
DECLARE
	definition text;
BEGIN
	EXECUTE format('ALTER TABLE %I RENAME TO model', name);
	EXECUTE format('CREATE TABLE %I (LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY) PARTITION BY LIST (%I)', name, key);
	EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%s)', name || '_1', name, list);
	-- of another shape
	EXECUTE format('CREATE TABLE %I (extra text, LIKE model INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', name || '_2');
	EXECUTE format('ALTER TABLE %I DROP COLUMN extra', name || '_2');
	EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', name, name || '_2');
	FOR definition IN SELECT replace(pg_get_triggerdef(oid), ' ON crm_parts.model ', format(' ON %I ', name)) FROM pg_trigger WHERE tgrelid = 'model'::regclass AND NOT tgisinternal LOOP
		EXECUTE definition;
	END LOOP;
	DROP TABLE model CASCADE;
END $$;
CALL partition('opportunity', 'pipeline_id', '1');
CALL partition('opportunity_line', 'position', '1');
CALL partition('activity', 'kind', '''call''');
CALL partition('document_line', 'position', '1');
CALL partition('document', 'note', '''a''');
CALL partition('payment', 'method', '''cash''');
CREATE INDEX ON opportunity_line (opportunity_id);
CREATE INDEX ON opportunity (id);
CREATE VIEW wrong AS SELECT code, object, row_id FROM opportunities.check_crm('crm_parts')
	WHERE code IN ('amount_not_derived', 'line_not_computed', 'last_activity', 'sums_not_derived', 'realized_not_derived', 'stage_change_gap', 'stage_change_missing', 'not_closed', 'closed_in_open_stage');

INSERT INTO opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, 'deal ' || n FROM generate_series(1, 4) AS n;
INSERT INTO opportunity_line (id, opportunity_id, position, unit_price) SELECT n, 1 + n % 4, n % 2, 10 * n FROM generate_series(1, 8) AS n;
SELECT id, amount FROM opportunity ORDER BY id;
-- A MERGE that takes lines to another partition, and to another opportunity; with an INSERT and a DELETE beside it, and alone.
MERGE INTO opportunity_line AS l USING (VALUES (1, 1), (2, 2), (3, 3), (99, 99)) AS v (id, price) ON l.id = v.id
WHEN MATCHED AND v.id = 3 THEN DELETE
WHEN MATCHED THEN UPDATE SET position = 1 - l.position, unit_price = v.price, opportunity_id = 5 - l.opportunity_id
WHEN NOT MATCHED THEN INSERT (id, opportunity_id, position, unit_price) VALUES (v.id, 1, 1, v.price);
SELECT id, amount FROM opportunity ORDER BY id;
MERGE INTO opportunity_line AS l USING (VALUES (4), (5)) AS v (id) ON l.id = v.id
WHEN MATCHED THEN UPDATE SET position = 1 - l.position, opportunity_id = 5 - l.opportunity_id, unit_price = unit_price;
SELECT id, amount FROM opportunity ORDER BY id;
SELECT row_id, action, field, old, new FROM change_log WHERE table_name = 'opportunity_line' AND action <> 'insert' AND row_id IN ('3', '4', '5') ORDER BY row_id, id;
-- Partitions written directly.
INSERT INTO opportunity_line_2 (id, opportunity_id, position, unit_price) VALUES (20, 4, 7, 1000);
UPDATE opportunity_line_2 SET quantity = 2 WHERE id = 20;
SELECT amount FROM opportunity WHERE id = 4;
UPDATE opportunity_line_2 SET opportunity_id = 1 WHERE id = 20;
DELETE FROM opportunity_line_1 WHERE id = 99;
COPY opportunity_line_1 (id, opportunity_id, position, unit_price) FROM stdin;
30	2	1	0.5
31	3	1	0.5
\.
SELECT id, amount FROM opportunity ORDER BY id;
TABLE wrong;
-- Activities and documents likewise.
INSERT INTO activity (id, opportunity_id, kind, done_at) VALUES (1, 1, 'call', '2025-01-01'), (2, 2, 'note', '2025-01-02');
MERGE INTO activity AS a USING (VALUES (1, 'note', timestamptz '2025-02-01'), (2, 'call', NULL), (3, 'call', '2025-03-01')) AS v (id, kind, done_at) ON a.id = v.id
WHEN MATCHED THEN UPDATE SET kind = v.kind, done_at = v.done_at, opportunity_id = 3 - a.opportunity_id
WHEN NOT MATCHED THEN INSERT (id, opportunity_id, kind, done_at) VALUES (v.id, 4, v.kind, v.done_at);
INSERT INTO activity_1 (id, opportunity_id, kind, done_at) VALUES (4, 3, 'call', '2025-04-01');
SELECT id, last_activity_at::date FROM opportunity ORDER BY id;
-- (a row that goes to another partition isn't a new one)
SET opportunities.user_name = 'berta';
UPDATE activity SET kind = 'task', due_at = NULL WHERE id = 2 RETURNING tableoid::regclass, done_at, created_by, updated_by;
SET opportunities.user_name = 'anna';
DELETE FROM activity_1 WHERE id = 4;
SELECT last_activity_at FROM opportunity WHERE id = 3;
SELECT opportunities.issue_quote(1, relation => 'crm_parts.opportunity') AS quote \gset
MERGE INTO document_line AS l USING (SELECT id FROM document_line WHERE document_id = :quote) AS v ON l.id = v.id
WHEN MATCHED THEN UPDATE SET position = 1 - l.position, unit_price = 3;
INSERT INTO document_line_2 (id, document_id, position, unit_price) VALUES (50, :quote, 8, 7);
SELECT net, (SELECT sum(net) FROM document_line WHERE document_id = :quote) AS lines FROM document WHERE id = :quote;
UPDATE document SET note = 'a' WHERE id = :quote RETURNING tableoid::regclass, net, created_by;
SELECT opportunities.issue_invoice(1, true, relation => 'crm_parts.opportunity') AS invoice \gset
MERGE INTO document AS d USING (VALUES (:invoice)) AS v (id) ON d.id = v.id WHEN MATCHED THEN UPDATE SET status = 'void';
INSERT INTO payment (id, opportunity_id, amount, method) VALUES (1, 1, 5, 'cash');
UPDATE payment SET method = 'bank' WHERE id = 1 RETURNING tableoid::regclass, amount, created_by;
SELECT realized_amount, (SELECT status FROM document WHERE id = :invoice) AS invoice FROM opportunity WHERE id = 1;
TABLE wrong;
-- Opportunities that a MERGE takes to another pipeline: moved, with their amounts, and logged as what happened to them.
MERGE INTO opportunity AS o USING (VALUES (1, 8), (2, 7), (5, 7)) AS v (id, stage) ON o.id = v.id
WHEN MATCHED THEN UPDATE SET pipeline_id = 2, stage_id = v.stage
WHEN NOT MATCHED THEN INSERT (id, pipeline_id, stage_id, title) VALUES (v.id, 2, v.stage, 'merged');
SELECT tableoid::regclass AS partition, id, stage_id, amount, version, closed_on IS NOT NULL AS closed FROM opportunity ORDER BY id;
SELECT opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id FROM stage_change ORDER BY opportunity_id, id;
SELECT row_id, action, field FROM change_log WHERE table_name = 'opportunity' AND field IN ('pipeline_id', 'stage_id') OR table_name = 'opportunity' AND row_id = '5' OR table_name = 'opportunity' AND action = 'delete' ORDER BY row_id, id;
TABLE wrong;

-- What a statement of a trigger writes while another statement isn't through: each is derived when it is complete.
CREATE FUNCTION split() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.description = 'split' AND pg_trigger_depth() = 1 THEN
		INSERT INTO crm_parts.opportunity_line (opportunity_id, position, unit_price) VALUES (NEW.opportunity_id, 1, 1), (NEW.opportunity_id, 2, 1);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER a_split BEFORE INSERT ON opportunity_line FOR EACH ROW EXECUTE FUNCTION split();
CREATE TRIGGER zzz_split BEFORE INSERT ON opportunity_line FOR EACH ROW EXECUTE FUNCTION split();
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (6, 1, 1, 'split');
INSERT INTO opportunity_line (opportunity_id, position, unit_price, description) SELECT 6, n % 2, 100, 'split' FROM generate_series(1, 5) AS n;
SELECT amount FROM opportunity WHERE id = 6;
TABLE wrong;
DROP TRIGGER a_split ON opportunity_line;
DROP TRIGGER zzz_split ON opportunity_line;
-- (by a function that the statement calls, and what a failed statement has noted)
CREATE FUNCTION side(deal bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		INSERT INTO crm_parts.opportunity_line (opportunity_id, position, unit_price) VALUES (deal, 1, 7), (deal, 1, 'NaN');
	EXCEPTION WHEN check_violation THEN NULL;
	END;
	INSERT INTO crm_parts.opportunity_line (opportunity_id, position, unit_price) VALUES (deal, 1, 7);
	RETURN 1;
END $$;
INSERT INTO opportunity_line (opportunity_id, position, unit_price) SELECT 6, n % 2, side(6) FROM generate_series(1, 4) AS n;
SELECT amount FROM opportunity WHERE id = 6;
TABLE wrong;

-- Statements at random, all derived values computed again after each.
SELECT setseed(:seed) \g /dev/null
CREATE FUNCTION pick(VARIADIC text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT $1[1 + floor(random() * cardinality($1))]';
CREATE FUNCTION number(most integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1 + floor(random() * most)::integer';
CREATE FUNCTION some_lines() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT format('SELECT 1000 + n * %s AS id, 1 + n %% %s AS deal, n %% %s AS place, n * %s AS price FROM generate_series(1, %s) AS n', number(3), number(6), number(3), number(9), number(12)) $$;
CREATE FUNCTION any_statement() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	target text := pick('opportunity_line', 'opportunity_line', 'opportunity_line_1', 'opportunity_line_2');
BEGIN
	RETURN CASE number(9)
		WHEN 1 THEN format('INSERT INTO opportunity_line (id, opportunity_id, position, unit_price) SELECT id, deal, place, price FROM (%s) AS v WHERE NOT EXISTS (SELECT FROM opportunity_line AS l WHERE l.id = v.id)', some_lines())
		WHEN 2 THEN format('INSERT INTO opportunity_line_1 (id, opportunity_id, position, unit_price) SELECT id, deal, 1, price FROM (%s) AS v WHERE NOT EXISTS (SELECT FROM opportunity_line AS l WHERE l.id = v.id)', some_lines())
		WHEN 3 THEN format('UPDATE %s SET quantity = %s, position = %s WHERE id %% %s = 0', target, number(4), CASE target WHEN 'opportunity_line_1' THEN '1' WHEN 'opportunity_line_2' THEN 'position' ELSE '1 - position % 2' END, number(4))
		WHEN 4 THEN format('UPDATE %s SET opportunity_id = %s WHERE id %% %s = 0', target, number(6), number(5))
		WHEN 5 THEN format('DELETE FROM %s WHERE id %% %s = 1', target, number(7))
		WHEN 6 THEN format('MERGE INTO opportunity_line AS l USING (%s) AS v ON l.id = v.id WHEN MATCHED THEN UPDATE SET position = 1 - l.position %% 2, opportunity_id = v.deal', some_lines())
		WHEN 7 THEN format('MERGE INTO opportunity_line AS l USING (%s) AS v ON l.id = v.id WHEN MATCHED AND v.price %% 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET position = v.place, unit_price = v.price WHEN NOT MATCHED THEN INSERT (id, opportunity_id, position, unit_price) VALUES (v.id, v.deal, v.place, v.price)', some_lines())
		WHEN 8 THEN format('WITH gone AS (DELETE FROM opportunity_line WHERE id %% %s = 0 RETURNING opportunity_id) INSERT INTO opportunity_line (opportunity_id, position, unit_price) SELECT opportunity_id, %s, 3 FROM gone', number(5) + 1, number(3))
		ELSE format('WITH moved AS (UPDATE opportunity_line SET position = 1 - position %% 2, unit_price = 2 WHERE id %% 2 = 0 RETURNING id) UPDATE opportunity_line SET quantity = 3 WHERE id %% 2 = 1 AND id > %s', number(1000)) END;
END $$;
DO $$
DECLARE
	statement text;
	problem text;
BEGIN
	FOR i IN 1 .. 300 LOOP
		statement := any_statement();
		EXECUTE statement;
		SELECT string_agg(format('%s: %s, not %s', o.id, o.amount, l.net), '; ') INTO problem
		FROM opportunity AS o LEFT JOIN (SELECT opportunity_id, sum(net) AS net FROM opportunity_line GROUP BY 1) AS l ON l.opportunity_id = o.id
		WHERE o.amount_mode = 'auto' AND o.amount IS DISTINCT FROM l.net;
		IF problem IS NOT NULL THEN
			RAISE EXCEPTION 'after %: %', statement, problem;
		END IF;
	END LOOP;
END $$;
SELECT count(*) > 0 AS lines FROM opportunity_line;
TABLE wrong;
-- The log leads from the lines that there are to those that were, and back.
SELECT count(*) AS different FROM (SELECT row_id, field, old, lag(new) OVER way AS before, new, row_number() OVER (PARTITION BY row_id, field ORDER BY id DESC) AS last
	FROM change_log WHERE table_name = 'opportunity_line' AND action = 'update' AND field IN ('position', 'opportunity_id', 'quantity') WINDOW way AS (PARTITION BY row_id, field ORDER BY id)) AS c
JOIN (SELECT id, to_jsonb(l) AS fields FROM opportunity_line AS l) AS l ON l.id::text = row_id
WHERE last = 1 AND fields -> field IS DISTINCT FROM new AND NOT EXISTS (SELECT FROM change_log AS d WHERE d.table_name = 'opportunity_line' AND d.row_id = c.row_id AND d.action = 'delete');
SELECT count(*) AS wrong FROM opportunity_line AS l WHERE (SELECT count(*) FROM change_log AS c WHERE c.table_name = 'opportunity_line' AND c.row_id = l.id::text AND c.action = 'insert') <> 1 + (SELECT count(*) FROM change_log AS c WHERE c.table_name = 'opportunity_line' AND c.row_id = l.id::text AND c.action = 'delete');

-- A row that goes to another partition, and so to another pipeline, is kept to transitions and to what its stage requires; once.
INSERT INTO stage_transition (pipeline_id, from_stage_id, to_stage_id) VALUES (2, NULL, 7), (2, 7, 8);
UPDATE stage SET required_fields = '{tags,custom.n}' WHERE id = 7;
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (9001, 1, 1, 'goes');
UPDATE opportunity SET pipeline_id = 2, stage_id = 8 WHERE id = 9001;
UPDATE opportunity SET pipeline_id = 2, stage_id = 7 WHERE id = 9001;
UPDATE opportunity SET pipeline_id = 2, stage_id = 7, tags = '{a}', custom = '{"n": 1}' WHERE id = 9001 RETURNING tableoid::regclass, stage_id;
UPDATE opportunity_2 SET stage_id = 8 WHERE id = 9001 RETURNING stage_id;
UPDATE opportunity_2 SET stage_id = 7 WHERE id = 9001;

DROP SCHEMA crm_parts CASCADE;
