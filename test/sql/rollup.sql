-- Rollups: totals that triggers keep, against those of the rows.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities, public;
SELECT create_rollup();
INSERT INTO opportunity (title, pipeline_id, stage_id, amount, owner, currency)
	SELECT 'o' || i, 1, 1 + i % 2, i, 'sara', CASE WHEN i % 3 = 0 THEN 'EUR' END FROM generate_series(1, 10) AS i;
SELECT stage_id, opportunities_internal.rollup_totals(totals) FROM opportunity_rollup GROUP BY 1 ORDER BY 1;
SELECT stage_id, totals(amount, probability, realized_amount, currency) FROM opportunity GROUP BY 1 ORDER BY 1;

-- A statement adds a row for each group that it changed, and none where nothing is summed up anew. Nothing is there twice.
SELECT compact_rollup() AS folded, compact_rollup() AS again;
UPDATE opportunity SET title = title || '.', expected_close = '2030-01-01';
SELECT count(*) FROM opportunity_rollup_deltas;
UPDATE opportunity SET stage_id = 2 WHERE stage_id = 1 AND currency IS NULL;
SELECT stage_id, totals FROM opportunity_rollup_deltas ORDER BY 1;
SELECT compact_rollup() AS folded;
SELECT count(*) AS sums, count(DISTINCT (pipeline_id, stage_id, closed_on, archived, currency(totals))) FROM ONLY opportunity_rollup;

-- What a number was shown with goes with its row: 5.25 + 1.0000 - 1.0000 is 5.25.
UPDATE opportunity SET amount = 5.25 WHERE id = 1;
INSERT INTO opportunity (title, pipeline_id, stage_id, amount) VALUES ('decimals', 1, 4, 1.0000), ('decimals', 1, 4, 5.25);
DELETE FROM opportunity WHERE title = 'decimals' AND amount = 1;
SELECT opportunities_internal.rollup_totals(totals), sum(totals) FROM opportunity_rollup WHERE stage_id = 4;
SELECT totals(amount, probability, realized_amount, currency) FROM opportunity WHERE stage_id = 4;

-- What opens no currency in totals opens none here.
INSERT INTO opportunity (title, pipeline_id, stage_id, currency, amount) VALUES ('blank', 1, 5, 'JPY', NULL), ('not blank', 1, 5, 'EUR', 1);
SELECT currency, count FROM (SELECT opportunities_internal.rollup_totals(totals) AS t FROM opportunity_rollup WHERE stage_id = 5) AS r, by_currency(t)
EXCEPT SELECT currency, count FROM (SELECT totals(amount, probability, realized_amount, currency) AS t FROM opportunity WHERE stage_id = 5) AS o, by_currency(t);

-- Triggers that write the same table, in subtransactions that fail and others, and while a statement is at work.
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql SET search_path = crm, opportunities AS $$
BEGIN
	BEGIN
		UPDATE opportunity SET amount = -99 WHERE id = NEW.id + 1;
		RAISE EXCEPTION 'undone';
	EXCEPTION WHEN raise_exception THEN
		UPDATE opportunity SET owner = 'meddler' WHERE id = NEW.id + 2 AND owner = 'sara';
	END;
	BEGIN
		PERFORM check_rollup('opportunity');
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		RAISE WARNING '%', SQLERRM;
	END;
	RETURN NULL;
END $$;
CREATE TRIGGER meddle AFTER UPDATE OF probability ON opportunity FOR EACH ROW EXECUTE FUNCTION meddle();
UPDATE opportunity SET probability = 20 WHERE id IN (3, 4);
DROP TRIGGER meddle ON opportunity;
SELECT * FROM check_rollup();
BEGIN;
SAVEPOINT a;
UPDATE opportunity SET amount = 1;
ROLLBACK TO a;
UPDATE opportunity SET amount = amount + 1 WHERE id = 7;
SAVEPOINT b;
DELETE FROM opportunity WHERE id = 8;
RELEASE b;
SELECT * FROM check_rollup();
COMMIT;
SELECT * FROM check_rollup();

-- A statement that fails in the middle, when some of its rows were noted.
CREATE FUNCTION balk() RETURNS trigger LANGUAGE plpgsql SET search_path = crm, opportunities AS $$
BEGIN
	IF NEW.id = current_setting('crm.balks_at')::int THEN
		RAISE EXCEPTION 'balked at %', NEW.id;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER balk AFTER UPDATE OF amount ON opportunity FOR EACH ROW EXECUTE FUNCTION balk();
DO $$
BEGIN
	FOR n IN 3 .. 4 LOOP
		PERFORM set_config('crm.balks_at', n::text, true);
		BEGIN
			UPDATE opportunity SET amount = amount + 1000 WHERE id IN (3, 4);
		EXCEPTION WHEN raise_exception THEN
			RAISE WARNING '%', SQLERRM;
		END;
	END LOOP;
END $$;
DROP TRIGGER balk ON opportunity;
SELECT * FROM check_rollup();

-- A fold comes by in some of thousands of statements, also where triggers of the statement have folded before it ends.
CREATE FUNCTION fold_now() RETURNS trigger LANGUAGE plpgsql SET search_path = crm, opportunities AS $$
BEGIN
	UPDATE opportunity SET amount = amount + 1 WHERE id = 2;
	PERFORM compact_rollup('opportunity');
	RETURN NULL;
END $$;
CREATE TRIGGER fold_now AFTER UPDATE OF probability ON opportunity FOR EACH ROW EXECUTE FUNCTION fold_now();
DO $$
BEGIN
	FOR n IN 1 .. 3000 LOOP
		UPDATE opportunity SET probability = n % 100, amount = n WHERE id = 3;
		COMMIT;
	END LOOP;
END $$;
DROP TRIGGER fold_now ON opportunity;
SELECT * FROM check_rollup();
SELECT amount FROM opportunity WHERE id = 2;

-- Cascades and what follows from lines and invoices.
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) SELECT 7, 1, n FROM generate_series(1, 3) AS n;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = 7;
SELECT issue_invoice(7, true) > 0 AS issued;
UPDATE opportunity_line SET unit_price = 10 WHERE opportunity_id = 7 AND unit_price = 3;
SELECT amount, realized_amount FROM opportunity WHERE id = 7;
SELECT * FROM check_rollup();

-- TRUNCATE is refused as ever; upgrade_crm finds nothing to do; check_crm asks rollups, too.
TRUNCATE opportunity CASCADE;
SELECT * FROM upgrade_crm();
SELECT * FROM check_crm();
ALTER TABLE opportunity DISABLE TRIGGER zz_rollup;
UPDATE opportunity SET amount = 8 WHERE id = 2;
ALTER TABLE opportunity ENABLE ALWAYS TRIGGER zz_rollup;
SELECT * FROM check_crm();
SELECT create_rollup();
SELECT * FROM check_crm();

-- The tables are kept by nobody else.
UPDATE opportunity_rollup SET stage_id = 1;
DELETE FROM opportunity_rollup_deltas;
TRUNCATE opportunity_rollups;
INSERT INTO opportunity_rollup SELECT * FROM opportunity_rollup;
COPY opportunity_rollup_deltas FROM stdin;
1	1	\N	f	sara	(5,5,5,5)
\.
SELECT * FROM check_rollup();

-- Rights: nobody reads them by a grant, and only the owner sees to them.
CREATE ROLE regress_rollup_reader;
GRANT USAGE ON SCHEMA crm TO regress_rollup_reader;
GRANT ALL ON ALL TABLES IN SCHEMA crm TO regress_rollup_reader;
SET ROLE regress_rollup_reader;
SELECT count(*) FROM opportunity_rollup;
SELECT count(*) FROM opportunity_rollup_deltas;
SELECT count(*) FROM opportunity_rollups;
SELECT create_rollup();
SELECT drop_rollup();
SELECT compact_rollup();
SELECT fill_rollup();
SELECT * FROM check_rollup();
UPDATE opportunity SET amount = 9 WHERE id = 2;
RESET ROLE;
SELECT * FROM check_rollup();
-- Nor by triggers on a table of one's own, though a grant lets one name it.
CREATE SCHEMA mine AUTHORIZATION regress_rollup_reader;
SET ROLE regress_rollup_reader;
CREATE TABLE mine.opportunity (pipeline_id bigint, stage_id bigint, closed_on date, archived boolean, amount numeric, probability numeric);
CREATE TRIGGER columns AFTER UPDATE OF pipeline_id, stage_id, closed_on, archived, amount, probability ON mine.opportunity FOR EACH STATEMENT
	EXECUTE FUNCTION opportunities_internal.rollup_columns('1', 'by,by,by,by,amount,probability');
CREATE TRIGGER zz_rollup AFTER INSERT ON mine.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.rollup_row();
CREATE CONSTRAINT TRIGGER stolen AFTER INSERT ON crm.opportunity_rollup FROM mine.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.rollup_of('1');
INSERT INTO mine.opportunity VALUES (1, 1, NULL, false, 1000, 10);
DROP TABLE mine.opportunity;
RESET ROLE;
SELECT * FROM check_rollup();

SELECT drop_rollup(by => '{stage_id}');
SELECT count(*) AS unfolded FROM opportunity_rollup_deltas;
SELECT drop_rollup(by => '{archived,closed_on,stage_id,pipeline_id}');
SELECT relname FROM pg_class WHERE relname LIKE '%rollup%' AND relkind = 'r' ORDER BY 1;
-- Deltas that two have go with either of them: the other gets its own, and is filled as it was.
SELECT count(*) AS unfolded FROM opportunity_rollup1_deltas;
UPDATE opportunity SET amount = amount + 1 WHERE id IN (2, 3);
SELECT count(*) AS unfolded FROM opportunity_rollup1_deltas;
SELECT * FROM check_rollup();
SELECT drop_rollup(), create_rollup();
UPDATE opportunity SET amount = amount + 1, owner = 'omid' WHERE id IN (2, 3);
SELECT drop_rollup(by => '{pipeline_id,stage_id,closed_on,archived,owner}');
UPDATE opportunity SET amount = amount + 1 WHERE id IN (2, 3);
SELECT attname FROM pg_attribute WHERE attrelid = 'opportunity_rollup_deltas'::regclass AND attnum > 0 ORDER BY attnum;
SELECT * FROM check_rollup();
BEGIN;
DECLARE held CURSOR FOR SELECT FROM opportunity;
SELECT drop_rollup();
ROLLBACK;
SELECT drop_rollup(), create_rollup(fill => false);
SELECT drop_rollup(by => '{pipeline_id,stage_id,closed_on,archived,owner}');
SELECT DISTINCT code, problem FROM check_rollup();
SELECT drop_rollup();
SELECT relname FROM pg_class WHERE relname LIKE '%rollup%' ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'opportunity'::regclass AND tgname LIKE '%rollup%';
SELECT drop_rollup();

-- Tables of one's own, in partitions: other types, other orders of columns, partitions of partitions.
CREATE SCHEMA own;
SET search_path = own, opportunities, public;
CREATE TYPE money_name AS ENUM ('eur', 'usd');
CREATE TABLE opportunity (id bigint, stage_id uuid, pipeline_id varchar(10), amount int, probability smallint, currency money_name, owner text, y int,
	PRIMARY KEY (id, y)) PARTITION BY RANGE (y);
CREATE TABLE p1 PARTITION OF opportunity FOR VALUES FROM (1) TO (2);
CREATE TABLE p2 (junk text, owner text, id bigint NOT NULL, amount int, stage_id uuid, pipeline_id varchar(10), probability smallint, currency money_name, y int NOT NULL);
ALTER TABLE p2 DROP COLUMN junk;
ALTER TABLE opportunity ATTACH PARTITION p2 FOR VALUES FROM (2) TO (3);
CREATE TABLE p34 PARTITION OF opportunity FOR VALUES FROM (3) TO (5) PARTITION BY RANGE (y);
CREATE TABLE p3 PARTITION OF p34 FOR VALUES FROM (3) TO (4);
SELECT create_rollup();
SELECT create_rollup(by => '{currency,stage_id}', fill => false);
SELECT * FROM check_rollup();
INSERT INTO opportunity SELECT i, ('00000000-0000-0000-0000-00000000000' || i % 3)::uuid, 'p', i, 10, CASE WHEN i % 2 = 0 THEN 'eur'::money_name END, 'o' || i % 4, 1 + i % 3
	FROM generate_series(1, 100) AS i;
SELECT fill_rollup();
SELECT * FROM check_rollup();
SELECT indexdef FROM pg_indexes WHERE schemaname = 'own' AND tablename LIKE '%rollup%' ORDER BY 1;
UPDATE opportunity SET y = 2 WHERE y = 1 AND id < 50;
INSERT INTO p1 VALUES (1000, NULL, NULL, 5, 10, 'usd', 'x', 1);
UPDATE p34 SET amount = amount + 1;
DELETE FROM p2 WHERE id % 7 = 0;
MERGE INTO opportunity AS o USING (SELECT id, y FROM opportunity WHERE id % 5 = 0) AS s ON o.id = s.id AND o.y = s.y
	WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET y = 3, amount = 77;
INSERT INTO opportunity VALUES (71, NULL, 'p', 9, 9, 'usd', 'u', 2), (2000, NULL, 'p', 1, 1, 'usd', 'u', 2)
	ON CONFLICT (id, y) DO UPDATE SET amount = EXCLUDED.amount, owner = EXCLUDED.owner;
COPY opportunity FROM stdin;
3000	\N	p	12	10	\N	zz	1
3001	\N	p	12	10	eur	zz	3
\.
WITH a AS (UPDATE opportunity SET amount = 3 WHERE id = 9 RETURNING *), b AS (DELETE FROM opportunity WHERE id = 11 RETURNING *),
	c AS (INSERT INTO opportunity VALUES (4000, NULL, NULL, 1, 1, 'eur', 'q', 1) RETURNING *)
SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM c);
SET session_replication_role = replica;
UPDATE opportunity SET amount = 4 WHERE id = 12;
RESET session_replication_role;
SELECT * FROM check_rollup();
SELECT stage_id, opportunities_internal.rollup_totals(totals)::text FROM opportunity_rollup GROUP BY 1
EXCEPT SELECT stage_id, totals(amount, probability, NULL, currency::text)::text FROM opportunity GROUP BY 1;
SELECT compact_rollup() > 0 AS folded;
SELECT * FROM check_rollup();

-- What no trigger sees makes them unused until they are made again, or filled.
CREATE TABLE p4 PARTITION OF p34 FOR VALUES FROM (4) TO (5);
INSERT INTO opportunity VALUES (5000, NULL, 'p', 9, 9, 'usd', 'u', 4);
SELECT * FROM check_rollup();
SELECT fill_rollup();
SELECT create_rollup();
SELECT * FROM check_rollup();
SELECT fill_rollup();
SELECT * FROM check_rollup();
ALTER TABLE p34 DETACH PARTITION p4;
SELECT DISTINCT code, problem FROM check_rollup();
SELECT fill_rollup();
INSERT INTO p4 VALUES (5001, NULL, 'p', 9, 9, 'usd', 'u', 4);
SELECT * FROM check_rollup();
ALTER TABLE p34 ATTACH PARTITION p4 FOR VALUES FROM (4) TO (5);
SELECT DISTINCT code, problem FROM check_rollup();
SELECT create_rollup();
SELECT fill_rollup();
SELECT * FROM check_rollup();
TRUNCATE p4;
SELECT DISTINCT code, problem FROM check_rollup();
SELECT fill_rollup();
TRUNCATE p4;
SELECT * FROM check_rollup();
DROP TABLE p4;
SELECT DISTINCT code, problem FROM check_rollup();
SELECT fill_rollup();
ALTER TABLE p1 DISABLE TRIGGER ALL;
DELETE FROM p1 WHERE id = 1000;
ALTER TABLE p1 ENABLE TRIGGER ALL;
SELECT DISTINCT code, problem FROM check_rollup();
SELECT fill_rollup();
SELECT create_rollup(), fill_rollup();
SELECT * FROM check_rollup();
-- Also within one transaction.
BEGIN;
SELECT create_rollup(by => '{y}');
ALTER TABLE opportunity DISABLE TRIGGER zz_rollup;
UPDATE opportunity SET amount = 51 WHERE id = 30;
ALTER TABLE opportunity ENABLE ALWAYS TRIGGER zz_rollup;
COMMIT;
SELECT DISTINCT code, problem FROM check_rollup();
SELECT drop_rollup(by => '{y}'), fill_rollup();

-- Columns keep their types, and may go only with the rollup. Names may change.
\set VERBOSITY terse
ALTER TABLE opportunity ALTER amount TYPE int USING amount * 2;
\set VERBOSITY default
ALTER TABLE opportunity DROP COLUMN owner;
ALTER TABLE opportunity RENAME owner TO besitzer;
ALTER TABLE opportunity RENAME TO deal;
ALTER TABLE opportunity_rollup RENAME TO sums;
ALTER SCHEMA own RENAME TO owned;
SET search_path = owned, opportunities, public;
UPDATE deal SET besitzer = 'new' WHERE id < 50;
SELECT * FROM check_rollup('deal');
ALTER TABLE deal RENAME amount TO worth;
UPDATE deal SET worth = 17 WHERE id = 13;
SELECT DISTINCT code, problem FROM check_rollup('deal');
ALTER TABLE deal RENAME worth TO amount;
SELECT * FROM check_rollup('deal');

-- Damage is told by whoever writes, and mended by dropping.
CREATE INDEX computing ON opportunity_rollup_deltas (stage_id) WHERE stage_id IS NOT NULL;
UPDATE deal SET amount = 18 WHERE id = 13;
DROP INDEX computing;
ALTER TABLE sums ADD COLUMN more int;
UPDATE deal SET amount = 18 WHERE id = 13;
SELECT drop_rollup('deal', '{pipeline_id,stage_id}');
UPDATE deal SET amount = 18 WHERE id = 13;
SELECT relname FROM pg_class WHERE relname LIKE '%rollup%' AND relkind = 'r' ORDER BY 1;
DROP TABLE opportunity_rollup1_deltas, opportunity_rollup1;
UPDATE deal SET amount = 19 WHERE id = 13;
SELECT create_rollup('deal', '{pipeline_id,stage_id,besitzer}');
SELECT * FROM check_rollup('deal');

-- Constraints on its tables, which the planner would believe, are damage as well. So are triggers that say twice of what it is.
CREATE TABLE believed (stage_id int, owner text, amount numeric, probability numeric);
INSERT INTO believed VALUES (1, 'sara', 10, 50);
SELECT create_rollup('believed', '{owner}');
ALTER TABLE believed_rollup ADD CONSTRAINT known CHECK (owner = 'sara');
SELECT * FROM check_rollup('believed');
INSERT INTO believed VALUES (1, 'omid', 20, 50);
ALTER TABLE believed_rollup DROP CONSTRAINT known;
INSERT INTO believed VALUES (1, 'omid', 20, 50);
SELECT * FROM check_rollup('believed');
ALTER TABLE believed_rollup_deltas ALTER owner SET NOT NULL;
SELECT * FROM check_rollup('believed');
ALTER TABLE believed_rollup_deltas ALTER owner DROP NOT NULL;
ALTER TABLE believed_rollup SET UNLOGGED;
SELECT * FROM check_rollup('believed');
ALTER TABLE believed_rollup SET LOGGED;
SELECT * FROM check_rollup('believed');
CREATE TRIGGER zz_twice AFTER UPDATE OF stage_id, amount, probability ON believed FOR EACH STATEMENT
	EXECUTE FUNCTION opportunities_internal.rollup_columns('1', 'by,amount,probability');
SELECT * FROM check_rollup('believed');
SELECT create_rollup('believed', '{owner}');
UPDATE believed SET amount = 30;
DROP TRIGGER zz_twice ON believed;
SELECT * FROM check_rollup('believed');
SELECT create_rollup('believed', '{owner}');
SELECT * FROM check_rollup('believed');
-- What isn't made as create_rollup makes it says nothing, and is in nobody's way.
CREATE TRIGGER aa_other AFTER UPDATE OF stage_id, amount ON believed FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.rollup_columns('1', 'by,amount');
CREATE TRIGGER aa_garbage AFTER UPDATE OF stage_id ON believed FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.rollup_columns('one', 'by', 'by');
CREATE TRIGGER aa_highest AFTER UPDATE OF stage_id, amount, probability ON believed FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.rollup_columns('32767', 'by,amount,probability');
CREATE TRIGGER aa_nothing AFTER UPDATE OF stage_id ON believed FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.rollup_columns();
UPDATE believed SET amount = 35;
SELECT create_rollup('believed', '{stage_id}');
SELECT * FROM check_rollup('believed');
SELECT drop_rollup('believed', '{stage_id}');
DROP TRIGGER aa_other ON believed; DROP TRIGGER aa_garbage ON believed; DROP TRIGGER aa_highest ON believed; DROP TRIGGER aa_nothing ON believed;
-- Unlogged for a while it may have lost rows in a crash, though nobody wrote meanwhile; a table that is written anew as it is may not.
VACUUM FULL believed;
SELECT * FROM check_rollup('believed');
ALTER TABLE believed SET UNLOGGED;
ALTER TABLE believed SET LOGGED;
SELECT * FROM check_rollup('believed');
SELECT fill_rollup('believed');
SELECT * FROM check_rollup('believed');
-- A second trigger for rows would count each twice: it isn't used, and made again without. What is renamed is still a rollup's, and goes with it.
CREATE TRIGGER again AFTER INSERT OR UPDATE OR DELETE ON believed FOR EACH ROW EXECUTE FUNCTION opportunities_internal.rollup_row();
ALTER TABLE believed ENABLE ALWAYS TRIGGER again;
UPDATE believed SET amount = 30;
SELECT * FROM check_rollup('believed');
SELECT fill_rollup('believed');
SELECT create_rollup('believed', '{owner}');
UPDATE believed SET amount = 40;
SELECT * FROM check_rollup('believed');
ALTER TRIGGER zz_rollup_end ON believed RENAME TO ended;
SELECT create_rollup('believed', '{owner}');
UPDATE believed SET amount = 50;
SELECT * FROM check_rollup('believed');
SELECT owner, opportunities_internal.rollup_totals(totals) FROM believed_rollup GROUP BY 1 ORDER BY 1;
SELECT drop_rollup('believed');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'believed'::regclass;

-- A table that has rollups becomes a partition: they aren't believed when it is a table again, if it was written meanwhile.
CREATE TABLE whole (owner text, amount numeric, probability numeric, y int) PARTITION BY LIST (y);
CREATE TABLE part (owner text, amount numeric, probability numeric, y int);
INSERT INTO part VALUES ('sara', 10, 50, 1), ('omid', 20, 50, 1);
SELECT create_rollup('part', '{owner}');
ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (1);
ALTER TABLE whole DETACH PARTITION part;
SELECT * FROM check_rollup('part');
ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (1);
UPDATE whole SET amount = amount + 1;
INSERT INTO part VALUES ('sara', 30, 50, 1);
ALTER TABLE whole DETACH PARTITION part;
SELECT * FROM check_rollup('part');
SELECT fill_rollup('part');
UPDATE part SET amount = 5 WHERE owner = 'omid';
SELECT * FROM check_rollup('part');
SELECT owner, opportunities_internal.rollup_totals(totals) FROM part_rollup GROUP BY 1 ORDER BY 1;
CREATE TABLE more (LIKE whole) PARTITION BY LIST (y);
ALTER TABLE more ATTACH PARTITION part FOR VALUES IN (1);
SELECT create_rollup('more', '{owner}');
ALTER TABLE whole ATTACH PARTITION more FOR VALUES IN (1);
UPDATE whole SET amount = 6 WHERE owner = 'omid';
ALTER TABLE whole DETACH PARTITION more;
SELECT * FROM check_rollup('more');
ALTER TABLE more DETACH PARTITION part;
SELECT * FROM check_rollup('part');

-- Numbers of any kind, NaN and infinities, of any size: what came is what goes.
CREATE TABLE number (kind text COLLATE "C", amount numeric, probability numeric, currency char(5));
SELECT create_rollup('number', '{kind}');
INSERT INTO number SELECT 'k', a::numeric, p::numeric, c FROM
	unnest('{1.5,NaN,Infinity,-Infinity,1e40,-1e60,123456789012345678901234567890.123456789,0.000000000000000000000001,NULL}'::text[]) AS a,
	unnest('{10,0.005,NULL,NaN}'::text[]) AS p, unnest('{a,b,NULL}'::text[]) AS c;
SELECT * FROM check_rollup('number');
DELETE FROM number WHERE amount IN ('NaN', 'Infinity', '-Infinity') OR probability = 'NaN';
SELECT compact_rollup('number') > 0 AS folded;
SELECT * FROM check_rollup('number');
SELECT opportunities_internal.rollup_totals(totals)::text FROM number_rollup EXCEPT SELECT totals(amount, probability, NULL, currency::text)::text FROM number;
DELETE FROM number;
SELECT compact_rollup('number') > 0 AS folded;
SELECT count(*) FROM number_rollup;

-- What is as small as most rows are takes 40 bytes and a currency: up to 63 bits, 255 decimals, a name of 254 bytes. A value is the same in either form, wherever it goes.
CREATE TABLE size (g int, amount numeric, probability numeric, realized_amount numeric, currency text);
SELECT create_rollup('size', '{g}');
INSERT INTO size VALUES (1, 99999.99, 12.5, 0.00, 'EUR'), (2, 922337203685477.5807, NULL, 0, NULL), (3, 922337203685477.5808, NULL, 0, NULL), (4, -922337203685477.5808, NULL, NULL, ''),
	(5, ('1.' || repeat('0', 255))::numeric, NULL, NULL, ''), (6, ('1.' || repeat('0', 256))::numeric, NULL, NULL, NULL), (7, 1, 1, 1, repeat('x', 254)), (8, 1, 1, 1, repeat('x', 255)), (9, 'NaN', 1, 1, 'EUR'), (10, NULL, NULL, NULL, 'EUR');
CREATE TABLE kept AS SELECT g, totals, pg_column_size(totals) AS bytes FROM size_rollup;
SELECT g, bytes, currency(totals) IS NULL AS unnamed, (totals::text, totals) IS NOT DISTINCT FROM (rows.t::text, rows.t) AND totals = totals::text::totals AND totals + totals - totals = t
	AND opportunities_internal.totals_hash(totals) = opportunities_internal.totals_hash(t) AND opportunities_internal.totals_send(totals) = opportunities_internal.totals_send(t) AS same
FROM kept JOIN (SELECT g, totals(amount, probability, realized_amount, currency) AS t FROM size GROUP BY g) AS rows USING (g) ORDER BY g;
SELECT sum(totals) = (SELECT totals(amount, probability, realized_amount, currency) FROM size) AS added_up FROM kept;
SELECT compact_rollup('size');
SELECT * FROM check_rollup('size');
SELECT count(*) FROM kept JOIN size_rollup USING (g, totals);
DROP TABLE size, size_rollup, size_rollups, kept CASCADE;

-- Another owner has it with its tables, or nobody writes.
ALTER TABLE number OWNER TO regress_rollup_reader;
INSERT INTO number VALUES ('k', 1, 2, 'a');
ALTER TABLE number_rollup OWNER TO regress_rollup_reader;
ALTER TABLE number_rollup_deltas OWNER TO regress_rollup_reader;
ALTER TABLE number_rollups OWNER TO regress_rollup_reader;
INSERT INTO number VALUES ('k', 1, 2, 'a');
SELECT * FROM check_rollup('number');

-- What can't have one.
CREATE VIEW seen AS SELECT * FROM deal;
CREATE TEMP TABLE brief (amount numeric, probability numeric);
CREATE UNLOGGED TABLE unlogged (amount numeric, probability numeric);
CREATE TABLE parent (amount numeric, probability numeric);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE strange (amount float8, probability numeric, j json, g int GENERATED ALWAYS AS (1) STORED, totals int, d numeric);
SELECT create_rollup('seen');
SELECT create_rollup('brief', '{}');
SELECT create_rollup('unlogged', '{}');
SELECT create_rollup('parent', '{}');
SELECT create_rollup('child', '{}');
SELECT create_rollup('p1', '{}');
SELECT create_rollup('strange', '{}');
ALTER TABLE strange ALTER amount TYPE numeric;
SELECT create_rollup('strange', '{j}');
SELECT create_rollup('strange', '{g}');
SELECT create_rollup('strange', '{totals}');
SELECT create_rollup('strange', '{none}');
SELECT create_rollup('strange', '{d,d}');
SELECT create_rollup('strange', '{NULL}');
SELECT create_rollup('strange', '{d,amount}'), create_rollup('strange', '{}');
INSERT INTO strange (amount, probability, d) VALUES (1, 2, 1.0), (1.0, 2, 1.00), (NULL, NULL, NULL);
SELECT * FROM check_rollup('strange');
SELECT d, amount, totals FROM strange_rollup ORDER BY 1, 2, d::text, amount::text;
SELECT fill_rollup('seen');
SELECT fill_rollup('parent');
SELECT check_rollup('parent');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT compact_rollup('strange');
ROLLBACK;
BEGIN READ ONLY;
SELECT compact_rollup('strange');
ROLLBACK;
BEGIN READ ONLY;
SELECT fill_rollup('strange');
ROLLBACK;

DROP SCHEMA owned, crm, mine CASCADE;
DROP OWNED BY regress_rollup_reader;
DROP ROLE regress_rollup_reader;
