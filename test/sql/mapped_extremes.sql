-- Extremes in tables of one's own, which a view maps: a right answer or a clear error, in every calendar.
SET client_min_messages = warning;
CREATE SCHEMA mapped_extremes;
SET search_path = mapped_extremes, opportunities, public;
CREATE TABLE deal (id bigint PRIMARY KEY, worth numeric DEFAULT 1, chance numeric DEFAULT 50, cash numeric DEFAULT 1, money text, due date, made timestamptz, closed timestamptz, who text, at timestamp, span interval, factor float8);
CREATE TABLE stage (id bigint, name text, position int, kind text);
INSERT INTO stage VALUES (1, 'Offer', 1, 'open'), (2, 'Won', 2, 'won');
CREATE VIEW opportunity AS SELECT id, 1 AS stage_id, worth AS amount, chance AS probability, cash AS realized_amount, money AS currency, due AS expected_close,
	made AS created_at, made AS stage_entered_at, closed AS closed_at, who AS owner, at, span, factor FROM deal;

CREATE TABLE extreme AS
	SELECT col, v AS value FROM unnest('{worth,chance,cash}'::text[]) AS col, unnest('{NaN,Infinity,-Infinity,1e-16383,-1e-16383,9e131071,-9e131071}'::text[]) AS v
	UNION ALL SELECT col, v FROM unnest('{due,made,closed,at}'::text[]) AS col, unnest('{infinity,-infinity,4713-01-01 BC,0001-01-01 BC,0001-01-01,9999-12-31,10000-01-01,294276-12-31}'::text[]) AS v
	UNION ALL VALUES ('due', '4714-11-24 BC'), ('due', '5874897-12-31'), ('money', ''), ('money', repeat('x', 70000)), ('who', ''), ('who', repeat('y', 1000000)),
		('span', '178000000 years'), ('span', '-178000000 years'), ('factor', 'NaN'), ('factor', '-Infinity'), ('factor', '1e-308');
CREATE TABLE call AS SELECT sql FROM (VALUES
	($$ SELECT * FROM board() $$), ($$ SELECT * FROM board(lane_by => 'owner') $$), ($$ SELECT * FROM board(lane_by => 'fiscal_quarter(expected_close)') $$),
	($$ SELECT list(fields => '{amount,probability,realized_amount,currency,expected_close,created_at,closed_at,state,days_in_stage,at,span,factor}', search => '') $$),
	($$ SELECT list(sort => s, size => 1, after => list(sort => s, size => 1) -> 'next') FROM (VALUES ('{amount,-expected_close,owner,currency}'::text[]), ('{at,-span,factor,created_at}')) AS v (s) $$),
	($$ SELECT * FROM report(by => '{owner,currency,state}', subtotals => true) $$), ($$ SELECT * FROM report(by => '{week(expected_close),month(created_at),fiscal_year(closed_at)}') $$),
	($$ SELECT list(rules => jsonb_build_object('combinator', 'or', 'rules', (SELECT jsonb_agg(jsonb_build_object('field', f, 'operator', o, 'value', '{"period": "THIS_MONTH"}'::jsonb))
		FROM unnest('{expected_close,created_at,closed_at}'::text[]) AS f, unnest('{<,=,>}'::text[]) AS o))) $$)) AS v (sql);
CREATE FUNCTION pg_temp.fails(sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE sql;
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- what calls said of a row of each
CREATE FUNCTION pg_temp.try() RETURNS TABLE (calendar text, col text, value text, calls bigint, said text) LANGUAGE plpgsql AS $$
DECLARE
	extreme record;
BEGIN
	FOREACH calendar IN ARRAY '{gregorian,persian,islamic}'::text[] LOOP
		PERFORM set_config('opportunities.calendar', calendar, false);
		FOR extreme IN SELECT e.* FROM extreme AS e LOOP
			EXECUTE format('INSERT INTO deal (id, %I) VALUES (2, %L)', extreme.col, extreme.value);
			RETURN QUERY SELECT try.calendar, extreme.col, left(extreme.value, 20), count(*), f FROM call, pg_temp.fails(sql) AS f WHERE f IS NOT NULL GROUP BY f;
			DELETE FROM deal WHERE id = 2;
		END LOOP;
	END LOOP;
END $$;
INSERT INTO deal (id, money, due, made, closed, who, at, span, factor) VALUES (1, 'EUR', '2025-01-01', '2025-01-01', '2025-01-01', 'sara', '2025-01-01', '1 day', 1);
SELECT string_agg(calendar, ' ' ORDER BY calendar) AS calendars, col, value, calls, said FROM pg_temp.try() GROUP BY col, value, calls, said ORDER BY col, value COLLATE "C", calls, said;

-- what sums are of these, and of more currencies than anybody has
INSERT INTO deal (id, worth, chance, cash) VALUES (2, 'NaN', 100, '-Infinity'), (3, 'Infinity', 0, '-Infinity'), (4, '9e131071', 0, '9e131071');
SELECT total ->> 'final_total' AS final, total ->> 'estimated_total' AS estimated, total ->> 'realized_total' AS realized
FROM jsonb_array_elements(list() -> 'totals' -> 'by_currency') AS total WHERE total ->> 'currency' IS NULL;
DELETE FROM deal;
INSERT INTO deal (id, worth, money) SELECT i, i, 'C' || i % 1500 FROM generate_series(1, 3000) AS i;
SELECT jsonb_array_length(totals -> 'by_currency') AS currencies, (SELECT sum((t ->> 'final_total')::numeric) FROM jsonb_array_elements(totals -> 'by_currency') AS t) AS sum,
	jsonb_path_query(totals, '$.by_currency[*] ? (@.currency == "C7").final_total') AS c7 FROM (SELECT list() -> 'totals') AS l (totals);
SELECT count(*), sum(jsonb_array_length(by_currency)) FROM board() WHERE count > 0;
DROP SCHEMA mapped_extremes CASCADE;
