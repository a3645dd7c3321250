-- What measures, and the data that several subjects share. In an empty database.
SELECT clock_timestamp() AS began \gset
CREATE EXTENSION opportunities CASCADE;
SELECT 1000 * extract(epoch FROM clock_timestamp() - :'began') AS creating \gset
CREATE EXTENSION pg_prewarm;
CREATE SCHEMA bench;

-- A row of the table that comes out: ours against a reference, measured pair by pair.
CREATE TABLE bench.subject (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	unit text NOT NULL DEFAULT 'ms',
	at_most numeric
);
CREATE TABLE bench.sample (
	subject integer NOT NULL REFERENCES bench.subject,
	ours float8 NOT NULL,
	reference float8
);

-- How long a statement takes, in milliseconds. Its rows are fetched and thrown away.
CREATE FUNCTION bench.elapsed(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	EXECUTE statement;
	RETURN 1000 * extract(epoch FROM clock_timestamp() - began);
END $$;

-- The same for a statement whose work is undone.
CREATE FUNCTION bench.elapsed_undone(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	took float8;
BEGIN
	took := bench.elapsed(statement);
	RAISE EXCEPTION USING errcode = 'UNDOO';
EXCEPTION WHEN SQLSTATE 'UNDOO' THEN
	RETURN took;
END $$;

-- Let the planner use that many workers, and make sure that it does.
CREATE FUNCTION bench.use_workers(workers integer, statements text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	line text;
	planned boolean;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
	FOREACH statement IN ARRAY statements LOOP
		planned := false;
		FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
			planned := planned OR line LIKE '%Workers Planned: ' || workers;
		END LOOP;
		IF planned <> (workers > 0) THEN
			RAISE EXCEPTION 'the plan has not % workers', workers USING detail = statement;
		END IF;
	END LOOP;
END $$;

-- Measure ours and the references alternately, now one first and now the other, after a warm-up.
-- The reference is the sum of the references' times, each multiplied by its weight.
CREATE FUNCTION bench.compare(name text, ours text, reference text[], at_most numeric DEFAULT NULL,
	weights float8[] DEFAULT '{1}', pairs integer DEFAULT 7, undone boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	new_subject integer;
	ours_took float8;
	reference_took float8;
BEGIN
	INSERT INTO bench.subject (name, at_most) VALUES (name, at_most) RETURNING id INTO new_subject;
	FOR pair IN 0 .. pairs LOOP
		FOR turn IN 0 .. 1 LOOP
			IF (pair + turn) % 2 = 0 THEN
				ours_took := CASE WHEN undone THEN bench.elapsed_undone(ours) ELSE bench.elapsed(ours) END;
			ELSE
				reference_took := 0;
				FOR i IN 1 .. cardinality(reference) LOOP
					reference_took := reference_took + weights[i] *
						CASE WHEN undone THEN bench.elapsed_undone(reference[i]) ELSE bench.elapsed(reference[i]) END;
				END LOOP;
			END IF;
		END LOOP;
		IF pair > 0 THEN
			INSERT INTO bench.sample VALUES (new_subject, ours_took, reference_took);
		END IF;
	END LOOP;
END $$;

-- Measure a thing of its own: the limit is of the figure itself.
CREATE FUNCTION bench.note(name text, figure float8, unit text, at_most numeric DEFAULT NULL, reference float8 DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
	WITH new_subject AS (
		INSERT INTO bench.subject (name, unit, at_most) VALUES (name, unit, at_most) RETURNING id
	)
	INSERT INTO bench.sample SELECT id, figure, reference FROM new_subject;
$$;

-- Bring a table and its indexes into memory.
CREATE FUNCTION bench.prewarm(relation regclass) RETURNS void LANGUAGE sql AS $$
	SELECT pg_prewarm(relation);
	SELECT pg_prewarm(indexrelid) FROM pg_index WHERE indrelid = relation;
$$;

CREATE VIEW bench.result AS
SELECT id, name, unit, ours, reference, ratio, at_most,
	CASE WHEN at_most IS NULL THEN NULL ELSE coalesce(measured <= at_most, false) END AS within
FROM (
	SELECT s.*, m.*, CASE WHEN unit = 'ms' AND reference IS NOT NULL THEN ratio ELSE ours END AS measured
	FROM bench.subject s,
		LATERAL (
			SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ours) AS ours,
				percentile_cont(0.5) WITHIN GROUP (ORDER BY reference) AS reference,
				percentile_cont(0.5) WITHIN GROUP (ORDER BY ours / reference) AS ratio
			FROM bench.sample WHERE subject = s.id
		) m
) r;

SELECT bench.note('create extension, ms', :creating, 'ms', 1000) \g /dev/null
