-- Random numerics of every shape: totals against core's sums, in every way that PostgreSQL aggregates.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.7101
\endif
\echo seed :seed
SET search_path = public, opportunities;
SELECT setseed(:seed) \g /dev/null

-- A number: small, with trailing zeros, beyond 64 and 128 bits, tiny, negative; seldom NaN, an infinity or NULL.
CREATE FUNCTION pg_temp.digits(n integer) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT coalesce(string_agg(floor(random() * 10)::int::text, ''), '') FROM generate_series(1, n) $$;
CREATE FUNCTION pg_temp.number(finite boolean) RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	shape float8 := random();
	number text;
BEGIN
	CASE
		WHEN shape < 0.05 THEN RETURN NULL;
		WHEN shape < 0.052 AND NOT finite THEN RETURN (ARRAY['NaN', 'Infinity', '-Infinity'])[1 + floor(random() * 3)];
		WHEN shape < 0.5 THEN number := floor(random() * 1e7)::int || '.' || pg_temp.digits(2);
		WHEN shape < 0.6 THEN number := floor(random() * 10)::int || repeat('0', floor(random() * 12)::int);
		WHEN shape < 0.7 THEN number := '0.' || repeat('0', floor(random() * 20)::int) || pg_temp.digits(3);
		WHEN shape < 0.8 THEN number := '1' || pg_temp.digits(floor(random() * 19)::int) || '.' || pg_temp.digits(floor(random() * 12)::int) || '0';
		WHEN shape < 0.9 THEN number := '1' || pg_temp.digits(floor(random() * 45)::int);
		ELSE number := '1' || pg_temp.digits(floor(random() * 30)::int) || '.' || pg_temp.digits(floor(random() * 60)::int) || repeat('0', floor(random() * 5)::int);
	END CASE;
	RETURN CASE WHEN random() < 0.3 THEN '-' || number ELSE number END;
END $$;

CREATE TABLE random_deal (i integer, g integer, a numeric, p numeric, r numeric, c text);
INSERT INTO random_deal
SELECT i, i % 17, pg_temp.number(i % 17 < 12), CASE WHEN i % 3 = 0 THEN pg_temp.number(i % 17 < 12) ELSE round((random() * 100)::numeric, 2) END,
	pg_temp.number(i % 17 < 12), CASE floor(random() * CASE WHEN i % 17 > 13 THEN 100 ELSE 4 END) WHEN 0 THEN NULL WHEN 1 THEN 'EUR' WHEN 2 THEN 'USD' WHEN 3 THEN '' ELSE 'C' || floor(random() * 150) END
FROM generate_series(1, 6000) AS i;
ANALYZE random_deal;

-- What core's own sum makes of the same rows; those without an amount of which nothing is realized open no currency. The scale of a sum is the largest of the finite numbers'.
CREATE VIEW expected AS
SELECT g, c, count(*) AS n, coalesce(sum(a), 0) AS final, coalesce(sum(a * p * 0.01), 0) AS estimated, coalesce(sum(r), 0) AS realized FROM random_deal GROUP BY g, c HAVING count(a) + count(nullif(r, 0)) > 0;
-- How many groups differ, in value or in decimals shown.
CREATE FUNCTION pg_temp.same(x numeric, y numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT x = y AND scale(x) IS NOT DISTINCT FROM scale(y) $$;


CREATE FUNCTION pg_temp.compare(how text, query text, parallel boolean DEFAULT false, OUT way text, OUT compared bigint, OUT different bigint) LANGUAGE plpgsql AS $$
DECLARE
	line text;
	planned boolean := NOT parallel;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		planned := planned OR line ~ 'Partial .*Aggregate';
	END LOOP;
	way := how || CASE WHEN planned THEN '' ELSE ' (NOT PLANNED SO)' END;
	EXECUTE format($q$ SELECT count(*), count(*) FILTER (WHERE (f.count = e.n AND pg_temp.same(f.final_total, e.final)
		AND pg_temp.same(f.estimated_total, e.estimated) AND pg_temp.same(f.realized_total, e.realized)) IS NOT TRUE)
		FROM (SELECT t.g, f.* FROM (%s) AS t, by_currency(t.t) AS f) AS f
		FULL JOIN expected AS e ON e.g = f.g AND coalesce(e.c, 'none') = coalesce(f.currency, 'none') $q$, query) INTO compared, different;
END $$;

SET max_parallel_workers_per_gather = 0;
SELECT * FROM pg_temp.compare('hashed', 'SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g');
SET enable_hashagg = off;
SELECT * FROM pg_temp.compare('sorted', 'SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g');
RESET enable_hashagg;
SELECT * FROM pg_temp.compare('summed', 'SELECT g, sum(t) AS t FROM (SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g, i % 5) AS s GROUP BY g');
SELECT * FROM pg_temp.compare('taken apart', 'SELECT g, totals(a, p, r, c) - totals(a, p, r, c) FILTER (WHERE i % 2 = 0) + totals(a, p, r, c) FILTER (WHERE i % 2 = 0) AS t FROM random_deal GROUP BY g');
SELECT * FROM pg_temp.compare('read back', 'SELECT g, sum(t::text::totals) AS t FROM (SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g, i % 3) AS s GROUP BY g');

SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
SELECT * FROM pg_temp.compare('parallel', 'SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g', true);

CREATE TABLE random_part (LIKE random_deal) PARTITION BY LIST (g);
SELECT format('CREATE TABLE random_part_%s PARTITION OF random_part FOR VALUES IN (%s)', n, (SELECT string_agg(g::text, ',') FROM generate_series(n, 16, 4) AS g)) FROM generate_series(0, 3) AS n \gexec
INSERT INTO random_part SELECT * FROM random_deal;
ANALYZE random_part;
SET enable_partitionwise_aggregate = on;
SELECT * FROM pg_temp.compare('partition-wise', 'SELECT g, totals(a, p, r, c) AS t FROM random_part GROUP BY g');
SELECT * FROM pg_temp.compare('partition-wise, partial', 'SELECT g % 100 AS g, totals(a, p, r, c) AS t FROM random_part GROUP BY g % 100', true);
RESET ALL;
SET search_path = public, opportunities;

-- The other aggregates.
SELECT count(*) AS compared, count(*) FILTER (WHERE (pg_temp.same(f, final) AND pg_temp.same(e, estimated) AND pg_temp.same(r, realized) AND t::text = c::text) IS NOT TRUE) AS different
FROM (SELECT final_total(a) AS f, estimated_total(a, p) AS e, realized_total(r) AS r, coalesce(sum(a), 0) AS final, coalesce(sum(a * p * 0.01), 0) AS estimated, coalesce(sum(r), 0) AS realized,
	totals(a, p, r) AS t, totals(a, p, r, NULL) AS c FROM random_deal GROUP BY g) AS v;

-- A moving window gives what a fresh computation gives, to the last decimal shown.
CREATE FUNCTION pg_temp.windows(before integer, after integer, OUT compared bigint, OUT different bigint, OUT fewer_decimals bigint) LANGUAGE sql AS $$
	WITH moving AS (
		SELECT i, g, (totals(a, p, r, c) OVER w)::text AS t, (totals(a, p, r) OVER w)::text AS u, final_total(a) OVER w AS f, estimated_total(a, p) OVER w AS e, realized_total(r) OVER w AS r,
			array_agg(i) OVER w AS rows, max(scale(a)) OVER (PARTITION BY g) AS most_decimals
		FROM random_deal WHERE g % 4 = 0 WINDOW w AS (PARTITION BY g ORDER BY i ROWS BETWEEN $1 PRECEDING AND $2 FOLLOWING)
	)
	SELECT count(*), count(*) FILTER (WHERE (moving.t = fresh.c::text AND moving.u = fresh.u::text AND pg_temp.same(moving.f, final_total(fresh.u)) AND pg_temp.same(moving.e, estimated_total(fresh.u)) AND pg_temp.same(moving.r, realized_total(fresh.u))) IS NOT TRUE),
		count(*) FILTER (WHERE scale(moving.f) < most_decimals)
	FROM moving, LATERAL (SELECT totals(d.a, d.p, d.r, d.c) AS c, totals(d.a, d.p, d.r) AS u FROM random_deal AS d WHERE d.i = ANY (moving.rows)) AS fresh $$;
CREATE INDEX ON random_deal (i);
SELECT n || ' before, ' || m || ' after' AS window, compared, different, fewer_decimals > compared / 2 AS scales_come_down FROM (VALUES (0, 0), (1, 0), (3, 2), (30, 0), (60, 5)) AS v (n, m), pg_temp.windows(n, m);
-- Times a number: what numeric gives, with as many decimals; a sum of products is the product of the sum.
CREATE TEMP TABLE factor AS SELECT f FROM (VALUES (1::numeric), (-0.5), (0), (1.10), (1e-20), (98765432109876543210987654321.5)) AS v (f);
WITH t AS (SELECT g, c, totals(a, p, r, c) AS t FROM random_deal GROUP BY g, c), product AS (SELECT f, t, t * f AS product FROM t, factor)
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE final_total(product) IS DISTINCT FROM final_total(t) * f OR estimated_total(product) IS DISTINCT FROM estimated_total(t) * f
	OR realized_total(product) IS DISTINCT FROM realized_total(t) * f OR opportunity_count(product) <> opportunity_count(t)) AS other,
	count(*) FILTER (WHERE scale(final_total(product)) <> scale(final_total(t)) + scale(f) OR scale(estimated_total(product)) <> scale(estimated_total(t)) + scale(f)
	OR scale(realized_total(product)) <> scale(realized_total(t)) + scale(f)) AS other_scale
FROM product;
WITH t AS (SELECT g, totals(a, p, r, c) AS t FROM random_deal GROUP BY g)
SELECT count(*) AS sums, count(*) FILTER (WHERE sum_of <> of_sum) AS other FROM (SELECT f, sum(t * f) AS sum_of, sum(t) * f AS of_sum FROM t, factor GROUP BY f) AS s;

DROP VIEW expected;
DROP TABLE random_deal, random_part;
