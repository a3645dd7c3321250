-- A table with NULLs in every column but the key, the same on every machine.
CREATE TABLE filter_rows (
	id integer PRIMARY KEY,
	name text COLLATE "C",
	nickname text COLLATE "C",
	price numeric,
	cost numeric(12,2),
	size integer,
	stock integer,
	bought date,
	sold date,
	seen timestamptz,
	heard timestamptz,
	active boolean,
	hidden boolean,
	tags text[] COLLATE "C",
	numbers integer[]
);
-- An even spread over 0 to n - 1, NULL for every fifth row.
CREATE FUNCTION pick(row_number integer, column_number integer, n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN x % 5 > 0 THEN x / 5 % n END
	FROM (SELECT ('x' || substr(md5(concat_ws('/', row_number, column_number)), 1, 7))::bit(28)::integer) AS spread (x)
$$;
INSERT INTO filter_rows
SELECT i,
	(ARRAY['Acme', 'acme ltd', 'ACME, Inc.', 'Globex', 'globe', 'O''Neill', '100%', '10_0', 'back\slash', '', ' ', 'Ärger', 'ärger', '5', '10', 'null'])[pick(i, 1, 16) + 1],
	(ARRAY['acme', 'Globex', 'lob', 'e', '', '%', '_', '\', 'Inc', 'neil'])[pick(i, 2, 10) + 1],
	(ARRAY[0, 0.5, 1, 1.50, 2, 10, 10.01, -3, 1000000000000.25, 99999])[pick(i, 3, 10) + 1],
	(ARRAY[0, 0.5, 1, 1.5, 2, 10, -3])[pick(i, 4, 7) + 1],
	pick(i, 5, 12) - 2, pick(i, 6, 12) - 2,
	date '2024-02-25' + pick(i, 7, 9), date '2024-02-25' + pick(i, 8, 9),
	timestamptz '2024-03-09 22:00:00+00' + pick(i, 9, 9) * interval '1 hour',
	timestamptz '2024-03-09 22:00:00+00' + pick(i, 10, 9) * interval '1 hour',
	pick(i, 11, 2) = 1, pick(i, 12, 2) = 1,
	CASE WHEN pick(i, 13, 9) < 8 THEN
		(SELECT coalesce(array_agg((ARRAY['new', 'New', 'old', 'hot, hot', ''])[pick(i * 10 + k, 14, 5) + 1]), '{}') FROM generate_series(1, pick(i, 15, 5)) AS k) END,
	CASE WHEN pick(i, 16, 9) < 8 THEN
		(SELECT coalesce(array_agg(pick(i * 10 + k, 17, 4)), '{}') FROM generate_series(1, pick(i, 18, 5)) AS k) END
FROM generate_series(1, 300) AS i;
ANALYZE filter_rows;
