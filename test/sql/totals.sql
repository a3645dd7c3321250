-- The type totals: what the sums are, how values are added up, and where one number is refused.
SET search_path = public, opportunities;
\i test/data/attempt.sql

-- The grid that the product shows, digit for digit.
CREATE TABLE grid (stage text, amount numeric(14,2), probability numeric(5,2), realized numeric(14,2), currency text);
INSERT INTO grid VALUES ('a', 197100, 0, 0), ('a', 3500, 50, 0), ('b', 10000000, 10, 0);
SELECT opportunity_count(t), final_total(t), estimated_total(t), realized_total(t) FROM (SELECT totals(amount, probability, realized) AS t FROM grid) AS g;
-- The second grid.
CREATE TABLE second (amount numeric(14,2), probability numeric(5,2), realized numeric(14,2));
INSERT INTO second VALUES (12000000, 50, 12480000), (50000000000, 50, 0), (5000000, 70, 0);
SELECT final_total(t), estimated_total(t), realized_total(t) FROM (SELECT totals(amount, probability, realized) AS t FROM second) AS g;
SELECT estimated_total(amount, probability), final_total(amount), realized_total(realized) FROM second WHERE amount = 5000000;

-- Over no rows the zero; rows with NULLs count and add nothing, nor do their scales.
SELECT totals(amount, probability, realized), totals(amount, probability, realized, currency), final_total(amount) FROM grid WHERE false;
SELECT sum(t) FROM (SELECT NULL::totals AS t) AS n;
SELECT sum(t) FROM (VALUES ('(1,1.0,1,1)'::totals), (NULL), ('"EUR"(1,2,2,2)'), (NULL)) AS v (t);
SELECT opportunities_internal.totals_combine(NULL, NULL) AS both, opportunities_internal.totals_combine(NULL, '(1,1,1,1)') AS first, opportunities_internal.totals_combine('(1,1,1,1)', NULL) AS second;
SELECT totals(a, p, r) FROM (VALUES (NULL::numeric, 1.5, NULL::numeric), (NULL, NULL, NULL), (1.234, NULL, 2), (2.1, 10.00, NULL)) AS v (a, p, r);
-- Scales: the largest seen; that of the estimate is amount's + probability's + 2.
SELECT totals(a, p, r) FROM (VALUES (1.0, 10.00, 1), (1.000, 1, 1.0000), (5, 5, 5)) AS v (a, p, r);
SELECT final_total(totals(1.00, 1, 1) - totals(1, 1, 1)), final_total(totals(1, 1, 1) - totals(1.00, 1, 1)) FROM (VALUES (1)) AS v;

-- NaN and infinities as in core's sum; counted, so that they can be taken out again.
SELECT a, final_total(totals(x, 1, x)) = sum(x) AS as_sum, final_total(totals(x, 1, x)), estimated_total(totals(x, -1, 0))
FROM (VALUES (1, 'NaN'::numeric), (1, 'Infinity'), (2, 'Infinity'), (2, 5), (3, '-Infinity'), (3, 1), (4, 'Infinity'), (4, '-Infinity'), (5, 7)) AS v (a, x) GROUP BY a ORDER BY a;
SELECT totals('NaN'::numeric, 0, 'Infinity'::numeric) + totals(1.5, 2, 3) AS plus, totals('NaN'::numeric, 0, 'Infinity'::numeric) + totals(1.5, 2, 3) - totals('NaN'::numeric, 0, 'Infinity'::numeric) AS minus FROM (VALUES (1)) AS v;
SELECT totals(a, p, 0) FROM (VALUES ('Infinity'::numeric, 0::numeric), ('Infinity', -1), (NULL, 'NaN'), ('NaN', NULL), (0, 'Infinity')) AS v (a, p) GROUP BY a, p ORDER BY a, p;

-- Beyond 128 bits: the same digits, only slower.
SELECT final_total(totals(x, 100, 0)) = sum(x) AS final, estimated_total(totals(x, 100, 0)) = sum(x) AS estimated, count(*)
FROM (SELECT (10::numeric ^ (i % 60)) + 1 / (3 ^ i)::numeric(400, 40) AS x FROM generate_series(1, 300) AS i) AS v;
SELECT final_total(totals(170141183460469231731687303715884105727, 1, 1)) AS top,
	final_total(sum(t)) AS beyond FROM (SELECT totals(170141183460469231731687303715884105727, 1, 1) AS t FROM generate_series(1, 3)) AS v;
SELECT final_total(totals(x, 1, 0)), estimated_total(totals(x, 99.99, 0))
FROM (VALUES (99999999999999999999999999999999999999::numeric), (0.00000000000000000000000000000000000001), (-99999999999999999999999999999999999999)) AS v (x);
-- Beyond numeric itself.
SELECT pg_temp.attempt($$ SELECT totals(('1' || repeat('0', 131071))::numeric, ('1' || repeat('0', 10))::numeric, 0) FROM (VALUES (1)) AS v $$);
SELECT left(pg_temp.attempt($$ SELECT totals(('0.' || repeat('0', 16381) || '1')::numeric, 1.1, 0) FROM (VALUES (1)) AS v $$), 300);
SELECT length(estimated_total(totals(('0.' || repeat('0', 16379) || '1')::numeric, 1.0, 0))::text) AS digits FROM (VALUES (1)) AS v;

-- Currencies are kept apart; NULL is one of its own, distinct from ''.
UPDATE grid SET currency = CASE WHEN stage = 'a' THEN 'EUR' END;
INSERT INTO grid VALUES ('c', 1.50, 100, 1, 'USD'), ('c', 2.50, 100, 1, ''), ('c', 3, NULL, NULL, 'EUR');
SELECT totals(amount, probability, realized, currency) FROM grid;
SELECT stage, totals(amount, probability, realized, currency) FROM grid GROUP BY stage ORDER BY stage;
SELECT b.* FROM (SELECT totals(amount, probability, realized, currency) AS t FROM grid) AS g, by_currency(t) AS b;
SELECT currency(t), final_total(t) FROM (SELECT totals(amount, probability, realized, currency) AS t FROM grid WHERE stage = 'a') AS g;
SELECT currency(t) IS NULL AS unnamed, final_total(t) FROM (SELECT totals(amount, probability, realized, currency) AS t FROM grid WHERE stage = 'b') AS g;
SELECT opportunity_count(totals(amount, probability, realized, currency)) FROM grid;
SELECT pg_temp.attempt('SELECT ' || f || '(totals(amount, probability, realized, currency)) FROM grid') FROM unnest('{final_total,estimated_total,realized_total,currency}'::text[]) AS f;
SELECT jsonb_pretty(totals(amount, probability, realized, currency)::jsonb) FROM grid WHERE stage = 'c' AND currency IN ('USD', 'EUR');
SELECT totals(amount, probability, realized, currency)::jsonb - 'by_currency' FROM grid WHERE stage = 'a';
SELECT totals(amount, probability, realized)::json FROM grid WHERE false;
SELECT count(*) AS by_currency_of_nothing FROM by_currency('(0,0,0,0)');
-- a row without an amount of which nothing is realized is counted, but opens no currency: nor does one of a currency that others open
CREATE TABLE blank (g int, amount numeric, realized numeric, currency text);
INSERT INTO blank VALUES (1, 10, NULL, 'EUR'), (1, NULL, NULL, 'USD'), (1, NULL, NULL, NULL), (1, NULL, NULL, 'EUR'),
	(2, NULL, NULL, 'USD'), (2, NULL, NULL, NULL), (3, NULL, NULL, 'EUR'), (3, NULL, NULL, 'EUR'), (4, NULL, NULL, NULL), (5, 10, NULL, 'EUR'), (5, 0, NULL, 'USD'), (6, 10, NULL, 'EUR'), (6, NULL, 0, 'USD');
CREATE TABLE blanks AS SELECT g, totals(amount, 50, realized, currency) AS t FROM blank GROUP BY g;
SELECT g, t, opportunity_count(t) AS count, (t::jsonb ->> 'currency') AS currency, t::jsonb ->> 'final_total' AS final, t::jsonb ->> 'estimated_total' AS estimated,
	(SELECT string_agg(concat_ws(' ', coalesce(b.currency, 'none'), b.count, b.final_total), ', ') FROM by_currency(t) AS b) AS by_currency FROM blanks ORDER BY g;
SELECT g, pg_temp.attempt(format('SELECT final_total(t) FROM blanks WHERE g = %s', g)) FROM generate_series(1, 6) AS g;
SELECT (SELECT sum(t) FROM blanks) = totals(amount, 50, realized, currency) AS added_up, totals(amount, 50, realized, currency) - (SELECT sum(t) FROM blanks) = '(0,0,0,0)' AS nothing_left FROM blank;
SELECT g, totals(amount, 50, realized, currency) OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS moving FROM blank WHERE g IN (3, 5) ORDER BY 1, 2;
DROP TABLE blank, blanks;
-- a delta that leaves nothing of a currency leaves no trace of it
SELECT '"EUR"(2,5.00,1,0),(1,1,1,1)'::totals - '"EUR"(2,5,1,0)' AS left, '"EUR"(2,5.00,1,0)'::totals - '"EUR"(2,5,1,0)' = '(0,0,0,0)' AS nothing;
SELECT '(1,2,3,4)'::totals - '(3,5,7,9.5)' AS negative;
SELECT pg_temp.attempt($$ SELECT '(9223372036854775807,0,0,0)'::totals + '(1,0,0,0)' $$);
-- Any number of currencies, in whatever way they come, and gone again.
CREATE TABLE many AS SELECT totals(i, 50, 1, nullif('C' || i % 10000, 'C0')) AS t FROM generate_series(1, 20000) AS i;
SELECT opportunity_count(t), opportunity_count(t + t), t - t = '(0,0,0,0)' AS nothing, t::text::totals = t AS read_back FROM many;
SELECT sum(count) AS rows, count(*) AS currencies, sum(final_total) AS final FROM many, by_currency(t);
DROP TABLE many;
SELECT count(*), sum(final_total) FROM (SELECT sum(t) AS t FROM (SELECT totals(i, 50, 1, 'C' || i) AS t FROM generate_series(1, 20000) AS i GROUP BY i) AS s) AS s, by_currency(t);
SELECT pg_temp.attempt($$ SELECT totals(1, 1, 1, repeat('x', 65536)) FROM (VALUES (1)) AS v $$);

-- Equality, order and hash ignore the scale that is only shown.
SELECT a = b AS eq, a <> b AS ne, a < b AS lt, a <= b AS le, a > b AS gt, a >= b AS ge
FROM (VALUES ('(1,1.0,1,1)'::totals, '(1,1.000,1,1.0)'::totals), ('(1,1,1,1)', '(1,2,1,1)'), ('"EUR"(1,1,1,1)', '(1,1,1,1)'), ('(1,1[1,0,0],1,1)', '(1,1,1,1)')) AS v (a, b);
SELECT a = b AS eq, opportunities_internal.totals_hash(a) = opportunities_internal.totals_hash(b) AS hash, opportunities_internal.totals_hash_extended(a, 42) = opportunities_internal.totals_hash_extended(b, 42) AS extended
FROM (VALUES ('(1,1.0,1,1)'::totals, '(1,1.000,1.00,1.0)'::totals), ('"EUR"(1,1,1,1)', '"EUR"(1,1.0,1.0,1.0)'), ('(0,0,0,0)', '(0,0.00,0.00,0.00)'),
	(('(2,1[1,0,0],1' || repeat('0', 50) || ',1)')::totals, ('(2,1.0[1,0,0],1' || repeat('0', 50) || '.0,1.0)')::totals), ('(1,1,1,1)', '(1,1,1,2)')) AS v (a, b);
CREATE TABLE value (t totals);
INSERT INTO value SELECT totals(i % 5 + 0.0, 10, CASE WHEN i % 2 = 0 THEN 1.00 ELSE 1 END, nullif('C' || i % 3, 'C0')) FROM generate_series(1, 300) AS i GROUP BY i;
SET enable_sort = off;
SELECT count(*) AS hashed FROM (SELECT t FROM value GROUP BY t) AS g;
SET enable_sort = on; SET enable_hashagg = off;
SELECT count(*) AS sorted FROM (SELECT t FROM value GROUP BY t) AS g;
RESET enable_hashagg;
SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT count(*) AS hash_join FROM value AS a JOIN value AS b USING (t);
RESET enable_mergejoin; SET enable_hashjoin = off;
SELECT count(*) AS merge_join FROM value AS a JOIN value AS b USING (t);
RESET enable_nestloop; RESET enable_hashjoin;
CREATE UNIQUE INDEX ON value (t) WHERE t > '"C2"(1,4,0.4,1)';
CREATE INDEX ON value USING hash (t);

-- Floating point is refused, integers are numbers.
SELECT split_part(pg_temp.attempt($$ SELECT totals(1.5::float8, 1, 1) FROM (VALUES (1)) AS v $$), E'\n', 1);
SELECT totals(2::int, 50::smallint, 3::bigint) FROM (VALUES (1)) AS v;

-- A state takes at most 200 bytes, a row none.
SELECT max(pg_column_size(t)) <= 200 AS small FROM (SELECT totals(i + 0.55, 12.50, i, 'EUR') AS t FROM generate_series(1, 1000) AS i GROUP BY i % 10) AS g;
DROP TABLE grid, second, value;
