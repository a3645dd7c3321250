-- Totals against the sums that a hand-writer writes, and against count, the floor of any aggregate.
CREATE TABLE bench.narrow (
	stage integer,
	amount numeric(14,2),
	probability numeric(5,2),
	realized numeric(14,2),
	currency text,
	padding text
) WITH (autovacuum_enabled = false);

SELECT setseed(0.5) \g /dev/null
INSERT INTO bench.narrow
SELECT 1 + (random() * 5)::integer, (random() * 100000)::numeric(14,2), (random() * 20)::integer * 5,
	CASE WHEN random() < 0.5 THEN 0 ELSE (random() * 100000)::numeric(14,2) END, 'EUR', repeat('x', 60)
FROM generate_series(1, :rows);
VACUUM (ANALYZE, FREEZE) bench.narrow;
SELECT bench.prewarm('bench.narrow') \g /dev/null

SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;

CREATE FUNCTION bench.totals(workers integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ours text := 'SELECT opportunities.totals(amount, probability, realized) FROM bench.narrow';
	sums text := 'SELECT sum(amount), sum(amount * probability / 100), sum(realized) FROM bench.narrow';
	counted text := 'SELECT count(realized) FROM bench.narrow';
	ours_by text := 'SELECT stage, opportunities.totals(amount, probability, realized) FROM bench.narrow GROUP BY stage';
	sums_by text := 'SELECT stage, sum(amount), sum(amount * probability / 100), sum(realized) FROM bench.narrow GROUP BY stage';
	ours_currency text := 'SELECT opportunities.totals(amount, probability, realized, currency) FROM bench.narrow';
	how text := CASE workers WHEN 0 THEN 'serial' ELSE workers || ' workers' END;
BEGIN
	PERFORM bench.use_workers(workers, ARRAY[ours, sums, counted, ours_by, sums_by, ours_currency]);
	PERFORM bench.compare('totals / three sums, ' || how, ours, ARRAY[sums], 0.40);
	PERFORM bench.compare('totals / count(realized), ' || how, ours, ARRAY[counted], 1.35);
	PERFORM bench.compare('totals by stage / sums by stage, ' || how, ours_by, ARRAY[sums_by], 0.50);
	PERFORM bench.compare('totals with currency / without, ' || how, ours_currency, ARRAY[ours], 1.25);
	PERFORM bench.use_workers(0, '{}');
END $$;

SELECT bench.totals(0) \g /dev/null
SELECT bench.totals(2) \g /dev/null

-- The state of a group as an aggregate keeps it, and the memory of a hash table of many groups.
CREATE FUNCTION bench.bytes_a_group(aggregates text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE format('EXPLAIN (ANALYZE, FORMAT json) SELECT n, %s FROM (SELECT ctid AS n, * FROM bench.narrow LIMIT 100000) q GROUP BY n',
		aggregates) INTO plan;
	IF plan #>> '{0,Plan,Strategy}' <> 'Hashed' OR plan #>> '{0,Plan,HashAgg Batches}' <> '1' THEN
		RAISE EXCEPTION 'the plan is not one hash table' USING detail = plan;
	END IF;
	RETURN (plan #>> '{0,Plan,Peak Memory Usage}')::float8 * 1024 / 100000;
END $$;

SET work_mem = '256MB';
SET enable_sort = off;
SELECT bench.note('state of a group (pg_column_size)', pg_column_size(opportunities.totals(amount, probability, realized)), 'bytes', 200)
FROM bench.narrow \g /dev/null
SELECT bench.note('hash table a group, totals / three sums',
	bench.bytes_a_group('opportunities.totals(amount, probability, realized)'), 'bytes', NULL,
	bench.bytes_a_group('sum(amount), sum(amount * probability / 100), sum(realized)')) \g /dev/null
