-- Each quarter, by owner: how many figures there are, and how many are different. The last line is how many in all.
SET search_path = waterfall, public;
SET opportunities.time_zone = 'UTC';
SET TimeZone = 'UTC';
\i test/data/waterfall.sql
\set ECHO none
-- what the history means is read of it once
CREATE UNLOGGED TABLE oracle.version AS SELECT * FROM oracle.versions();
ANALYZE oracle.version;
CREATE OR REPLACE FUNCTION oracle.versions() RETURNS TABLE (id bigint, life bigint, number bigint, day date, there boolean, kind text, owner text, currency text, amount numeric,
	expected_close date, pipeline_id bigint, stage_id bigint, closed_on date, created_on date) LANGUAGE sql STABLE AS 'SELECT * FROM oracle.version';
CREATE TABLE oracle.quarter AS SELECT current_date - 1095 + 91 * q AS first_day, current_date - 1095 + 91 * q + 90 AS last_day FROM generate_series(0, 11) AS q;
CREATE TABLE oracle.result (first_day date, what text, figures bigint, different bigint);
CREATE PROCEDURE oracle.compare() LANGUAGE plpgsql AS $$
DECLARE
	q oracle.quarter;
	began timestamptz;
BEGIN
	FOR q IN SELECT * FROM oracle.quarter ORDER BY first_day LOOP
		began := clock_timestamp();
		CREATE TEMP TABLE ours AS SELECT dimensions, change, currency, count, amount FROM pipeline_changes(q.first_day, q.last_day, '{owner}');
		RAISE NOTICE '% to %: % ms', q.first_day, q.last_day, round(1000 * extract(epoch FROM clock_timestamp() - began));
		CREATE TEMP TABLE theirs AS SELECT * FROM oracle.changes(q.first_day, q.last_day, '{owner}');
		INSERT INTO oracle.result SELECT q.first_day, 'waterfall', (SELECT count(*) FROM theirs), (SELECT count(*) FROM ((SELECT * FROM ours EXCEPT SELECT * FROM theirs) UNION ALL (SELECT * FROM theirs EXCEPT SELECT * FROM ours)) AS d);
		INSERT INTO oracle.result SELECT q.first_day, 'sums', count(*), count(*) FILTER (WHERE counted <> 0 OR summed <> 0) FROM (
			SELECT sum(CASE change WHEN 'end' THEN -count ELSE count END) AS counted, sum(CASE change WHEN 'end' THEN -amount ELSE amount END) AS summed FROM ours GROUP BY dimensions, currency) AS s;
		DROP TABLE ours, theirs;
		CREATE TEMP TABLE ours AS SELECT opportunity_id AS id, state, owner, currency, amount, expected_close, stage_id FROM pipeline_on(q.last_day) WHERE known;
		CREATE TEMP TABLE theirs AS SELECT id, CASE WHEN closed_on IS NULL THEN 'open' ELSE kind END AS state, owner, currency, amount, expected_close, stage_id
			FROM (SELECT DISTINCT ON (id) * FROM oracle.version WHERE day <= q.last_day ORDER BY id, number DESC) AS v WHERE there;
		INSERT INTO oracle.result SELECT q.first_day, 'day', (SELECT count(*) FROM theirs), (SELECT count(*) FROM ((SELECT * FROM ours EXCEPT SELECT * FROM theirs) UNION ALL (SELECT * FROM theirs EXCEPT SELECT * FROM ours)) AS d);
		DROP TABLE ours, theirs;
	END LOOP;
END $$;
CALL oracle.compare();
SELECT first_day, what, figures, different FROM oracle.result ORDER BY 1, 2;
SELECT sum(different) FROM oracle.result;
