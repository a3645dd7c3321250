-- What rollups cost writers, in the server's processor time: the same CRM with one, with the default two, and without, turn by turn.
SELECT opportunities.create_crm(name, starter => true) FROM unnest('{unrolled,rolled,rolled_twice}'::name[]) AS name \g /dev/null
SELECT opportunities.create_rollup('rolled.opportunity', '{pipeline_id,stage_id,closed_on,archived}'), opportunities.create_rollup('rolled_twice.opportunity') \g /dev/null
SELECT format('INSERT INTO %I.opportunity (pipeline_id, stage_id, title, amount, owner) SELECT 1, 1 + n %% 4, ''Deal '' || n, n, ''owner '' || n %% 50 FROM generate_series(1, 20000) AS n', name)
FROM unnest('{unrolled,rolled,rolled_twice}'::name[]) AS name \gexec
VACUUM (ANALYZE);
SELECT current_setting('data_directory') || '/bench_rollup' AS file \gset
COPY (SELECT 1, 1 + n % 4, 'Deal ' || n, n, 'owner ' || n % 50 FROM generate_series(1, 100000) AS n) TO :'file';

-- The processor time of this session, in milliseconds. The server's clock of it moves on with each tick, and when it sleeps.
CREATE FUNCTION bench.processor() RETURNS float8 LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_sleep(0.001);
	RETURN split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1000000;
END $$;

-- A commit that leaves its WAL to another process signals to it, which takes as long as much of what is measured.
SET synchronous_commit = on;

-- Transactions of one statement each, so many that folds are among them. A statement's parameters are the number of
-- a row and any number. With a rollup or two against none.
CREATE PROCEDURE bench.compare_rollups(name text, statement text, transactions integer, one numeric, two numeric, pairs integer DEFAULT 11) LANGUAGE plpgsql AS $$
DECLARE
	schemas text[] := '{unrolled,rolled,rolled_twice}';
	took float8[];
	first integer;
	second integer;
	began float8;
	turn integer;
	sql text;
BEGIN
	INSERT INTO bench.subject (name, at_most) VALUES (name || ', one rollup / none', one) RETURNING id INTO first;
	INSERT INTO bench.subject (name, at_most) VALUES (name || ', two rollups / none', two) RETURNING id INTO second;
	FOR pair IN 0 .. pairs LOOP
		FOR step IN 0 .. 2 LOOP
			turn := 1 + (pair + step) % 3;
			sql := replace(statement, '{schema}', schemas[turn]);
			PERFORM setseed(pair / 100.0); -- the same rows in each
			began := bench.processor();
			FOR n IN 1 .. transactions LOOP
				EXECUTE sql USING 1 + floor(random() * 20000)::integer, floor(random() * 1000000)::integer;
				COMMIT;
			END LOOP;
			took[turn] := bench.processor() - began;
		END LOOP;
		IF pair > 0 THEN
			INSERT INTO bench.sample VALUES (first, took[2], took[1]), (second, took[3], took[1]);
		END IF;
	END LOOP;
	COMMIT;
END $$;

CALL bench.compare_rollups('UPDATE of an amount', 'UPDATE {schema}.opportunity SET amount = $2 WHERE id = $1', 4000, 1.06, 1.1);
CALL bench.compare_rollups('UPDATE of a title', 'UPDATE {schema}.opportunity SET title = $2::text WHERE id = $1', 4000, 1.06, 1.1);
CALL bench.compare_rollups('UPDATE of a stage', 'UPDATE {schema}.opportunity SET stage_id = 1 + $2 % 4 WHERE id = $1', 4000, 1.06, 1.1);
CALL bench.compare_rollups('INSERT', 'INSERT INTO {schema}.opportunity (pipeline_id, stage_id, title, amount, owner) VALUES (1, 1 + $2 % 4, ''New'', $1, ''owner '' || $2 % 50)', 4000, 1.06, 1.1);
CALL bench.compare_rollups('UPDATE of 10,000 amounts', 'UPDATE {schema}.opportunity SET amount = amount + 1 WHERE id <= 10000', 1, 1.08, 1.08, 7);
CALL bench.compare_rollups('COPY of 100,000', format('COPY {schema}.opportunity (pipeline_id, stage_id, title, amount, owner) FROM %L', :'file'), 1, 1.05, 1.05, 3);

-- A fold, and what is read.
UPDATE rolled.opportunity SET amount = amount + 1 WHERE id <= 1;
DO $$ BEGIN PERFORM opportunities.compact_rollup('rolled.opportunity'); FOR n IN 1 .. 500 LOOP UPDATE rolled.opportunity SET amount = amount + 1 WHERE id = n; END LOOP; END $$;
SELECT bench.note('compact_rollup of 500 deltas, ms', bench.elapsed('SELECT opportunities.compact_rollup(''rolled.opportunity'')'), 'ms') \g /dev/null
SELECT bench.note('check_rollup of ' || count(*) || ' rows, ms', bench.elapsed('SELECT opportunities.check_rollup(''rolled.opportunity'')'), 'ms') FROM rolled.opportunity \g /dev/null
