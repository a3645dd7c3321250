-- board_sql: the statements that a board runs, which give what it shows.
\set VERBOSITY terse
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('told') \g /dev/null
SET search_path = told, public;

\i test/data/attempt.sql

INSERT INTO account (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Zeta'), (2, 'Alpha');
INSERT INTO pipeline (id, name, position) VALUES (1, 'Sales', 1), (2, 'Renewals', 2);
BEGIN;
INSERT INTO stage (id, pipeline_id, name, position, kind, archive_after) VALUES
	(10, 1, 'Lead', 1, 'open', NULL), (11, 1, 'Qualified', 2, 'open', NULL), (12, 1, 'Won', 3, 'won', 30), (13, 1, 'Lost', 4, 'lost', 30),
	(20, 2, 'Due', 1, 'open', NULL), (21, 2, 'Renewed', 2, 'won', NULL);
COMMIT;
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, amount, probability) VALUES
	(1, 10, 'First', 1, 'sara', 197100.00, 0), (1, 10, 'Second', 2, 'omid', 3500.00, 50), (1, 11, 'Third', NULL, 'sara', 10000000.00, 10);

-- one for the stages, one for the totals, and one for all cards of a small board; each runs as it is
SELECT part, pipeline_id, lane, stage_id, kind FROM opportunities.board_sql();
SELECT part, sql ~ ';' AS semicolon, sql ~ '\$\d' AS parameters, position('o.owner OPERATOR(pg_catalog.=) ''sara''::pg_catalog.text' IN sql) > 0 AS literal
FROM opportunities.board_sql(scope => '{"owner": "sara", "pipeline_id": 1}');
SELECT sql AS stages FROM opportunities.board_sql(scope => '{"pipeline_id": 1}') WHERE part = 'stages' \gset
SELECT id, name, kind, hidden, rank, idle FROM (:stages) AS s ORDER BY rank::integer;
SELECT sql AS totals FROM opportunities.board_sql(scope => '{"pipeline_id": 1}') WHERE part = 'totals' \gset
:totals;
SELECT sql AS cards FROM opportunities.board_sql(fields => '{title}', scope => '{"pipeline_id": 1}', cards => 1) WHERE part = 'cards' \gset
:cards;
SELECT part FROM opportunities.board_sql(cards => 0);
SELECT part FROM opportunities.board_sql(scope => '{"owner": "nobody"}');
SELECT pg_temp.attempt($$SELECT * FROM opportunities.board_sql(lane_by => 'ownr')$$);
SELECT pg_temp.attempt($$SELECT * FROM opportunities.board_sql(cards => 1001)$$);

-- more rows than a board shows: a statement for each column of a lane that holds some
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, amount, probability, currency, closed_at, expected_close, archived)
SELECT CASE WHEN s.id < 20 THEN 1 ELSE 2 END, s.id, 'Deal ' || n, n % 3 + 1, (ARRAY['sara', 'omid', NULL])[n % 3 + 1], n * 1.25, n % 101,
	(ARRAY['EUR', NULL])[n % 2 + 1], CASE WHEN s.id IN (12, 13, 21) THEN now() - n / 2 * interval '1 day' END, date '2026-01-01' + n, n % 10 = 0
FROM (VALUES (10), (11), (12), (13), (20), (21)) AS s (id), generate_series(1, 200) AS n WHERE n % 3 < 2;
INSERT INTO opportunity (pipeline_id, title, owner, amount) SELECT 1, 'No stage ' || n, 'omid', n FROM generate_series(1, 30) AS n;
ANALYZE opportunity;
SELECT part, pipeline_id, lane, stage_id, kind FROM opportunities.board_sql(scope => '{"pipeline_id": 1}', lane_by => 'owner', cards => 2);

-- what the statements of a board give, beside what it shows: totals by cell, and the cards' fields in order
CREATE FUNCTION pg_temp.compare(args text, cards integer = 3, relation text = 'opportunity') RETURNS TABLE (cells bigint, statements bigint, wrong_totals bigint, wrong_cards bigint)
LANGUAGE plpgsql AS $$
DECLARE
	statement record;
	own text;
	own_state boolean := relation = 'odd.opportunity';
BEGIN
	args := format('%L, cards => %s, fields => ''{title,amount}''%s', relation, cards, args);
	EXECUTE format('CREATE TEMP TABLE shown AS SELECT *, CASE WHEN NOT %L THEN NULL WHEN kind IN (''won'', ''lost'') THEN kind ELSE ''open'' END AS state FROM opportunities.board(%s) WHERE count > 0', own_state, args);
	EXECUTE format('CREATE TEMP TABLE told_of AS SELECT * FROM opportunities.board_sql(%s)', args);
	CREATE TEMP TABLE totals (pipeline_id text, lane text, stage_id text, state text, totals opportunities.totals);
	CREATE TEMP TABLE cards (number bigserial, pipeline_id text, lane text, stage_id text, state text, id text, title text, amount text);
	FOR statement IN SELECT * FROM told_of LOOP
		IF statement.part = 'totals' THEN
			EXECUTE format('INSERT INTO totals SELECT pipeline_id, lane, stage_id, state, opportunities.sum(totals) FROM (%s) AS t WHERE totals IS NOT NULL GROUP BY 1, 2, 3, 4', statement.sql);
		ELSIF statement.part IN ('cards', 'column_cards') THEN
			own := CASE WHEN statement.part = 'cards' THEN 't->>''board.pipeline_id'', t->>''board.lane'', t->>''board.stage_id'', t->>''board.state'''
				ELSE format('%L, %L, %L, %L', statement.pipeline_id, statement.lane, statement.stage_id,
					CASE WHEN NOT own_state THEN NULL WHEN statement.kind IN ('won', 'lost') THEN statement.kind ELSE 'open' END) END;
			EXECUTE format('INSERT INTO cards (pipeline_id, lane, stage_id, state, id, title, amount) SELECT %s, t->>''id'', t->>''title'', t->>''amount'' FROM (SELECT to_jsonb(t) AS t FROM (%s) AS t) AS t', own, statement.sql);
		ELSE
			EXECUTE statement.sql;
		END IF;
	END LOOP;
	RETURN QUERY SELECT (SELECT count(*) FROM shown), (SELECT count(*) FROM told_of),
		(SELECT count(*) FROM shown AS s FULL JOIN totals AS t ON jsonb_build_array(s.pipeline_id, s.lane, s.stage_id, s.state) = jsonb_build_array(t.pipeline_id, t.lane, t.stage_id, t.state)
			WHERE (t.totals::jsonb -> 'by_currency') IS DISTINCT FROM s.by_currency OR (t.totals::jsonb ->> 'count')::bigint IS DISTINCT FROM s.count),
		(SELECT count(*) FROM shown AS s LEFT JOIN LATERAL (
				SELECT jsonb_agg(jsonb_build_object('id', c.id, 'title', c.title, 'amount', c.amount) ORDER BY c.number) FILTER (WHERE c.place <= $2) AS cards, count(*)
				FROM (SELECT row_number() OVER (ORDER BY c.number) AS place, c.* FROM cards AS c
					WHERE (s.pipeline_id, s.lane, s.stage_id, s.state) IS NOT DISTINCT FROM (c.pipeline_id, c.lane, c.stage_id, c.state)) AS c) AS c ON true
			WHERE c.count <> least(s.count, $2 + 1) OR c.cards IS DISTINCT FROM s.cards);
	DROP TABLE shown, told_of, totals, cards;
END $$;
SELECT args, c.* FROM (VALUES (''), (', lane_by => ''owner'''), (', lane_by => ''all(owner)'', sort => ''{-amount}'''), (', lane_by => ''account.name'', include_archived => true'),
	(', lane_by => ''month(expected_close)'', scope => ''{"pipeline_id": 1}'''), (', search => ''deal 1'''), (', scope => ''{"pipeline_id": 2, "owner": null}'''),
	(', scope => ''{"pipeline_id": 99}'''), (', rules => ''{"combinator": "or", "rules": [{"field": "amount", "operator": ">", "value": 200}, {"field": "account.name", "operator": "=", "value": "Alpha"}]}''')) AS a (args),
	pg_temp.compare(args) AS c;
SELECT cards, c.* FROM (VALUES (1), (200), (1000)) AS a (cards), pg_temp.compare(', lane_by => ''owner''', cards) AS c;

-- columns that hold more than they show, more than few: one statement once more
SELECT count(*) FILTER (WHERE part = 'column_cards') AS statements FROM opportunities.board_sql(lane_by => 'day(closed_on)', cards => 1);
SELECT * FROM pg_temp.compare(', lane_by => ''day(closed_on)''', 1);

-- a mapped CRM, whose rows say themselves that they are won and whose pipelines share stages
CREATE SCHEMA odd;
CREATE TABLE odd.pipeline AS SELECT * FROM (VALUES ('north', true), ('south', false)) AS p (id, active);
CREATE TABLE odd.stage AS SELECT s.*, NULL AS pipeline_id FROM (VALUES ('a', 'New', 1, 'open'), ('b', 'Offer', 2, 'open'), ('c', 'Won', 3, 'won'), ('d', 'Lost', 4, 'lost')) AS s (id, name, position, kind);
CREATE TABLE odd.opportunity AS SELECT n::text AS id, (ARRAY['north', 'south'])[n % 2 + 1] AS pipeline_id, (ARRAY['a', 'b', 'c', 'x', NULL])[n % 5 + 1] AS stage_id, 'Deal ' || n AS title,
	n * 1.5 AS amount, 10 AS probability, (ARRAY['open', 'won', 'lost'])[n % 3 + 1] AS state FROM generate_series(1, 60) AS n;
SELECT part, count(*) FROM opportunities.board_sql('odd.opportunity', cards => 2) GROUP BY 1 ORDER BY 1;
SELECT cards, c.* FROM (VALUES (2), (100)) AS a (cards), pg_temp.compare('', cards, 'odd.opportunity') AS c;

-- whoever runs one reads what she may: the board of her own, and of another who was told the text
CREATE ROLE regress_told_sara;
CREATE ROLE regress_told_omid;
GRANT USAGE ON SCHEMA told TO regress_told_sara, regress_told_omid;
GRANT SELECT ON ALL TABLES IN SCHEMA told TO regress_told_sara, regress_told_omid;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = substr(current_user, length('regress_told_') + 1));
SET ROLE regress_told_sara;
SELECT * FROM pg_temp.compare(', scope => ''{"pipeline_id": 1}''');
SELECT sql AS hers FROM opportunities.board_sql(scope => '{"pipeline_id": 1}') WHERE part = 'totals' \gset
SELECT stage_id, count(*), opportunities.opportunity_count(opportunities.sum(totals)) FROM (:hers) AS t GROUP BY 1 ORDER BY 1;
SET ROLE regress_told_omid;
SELECT stage_id, count(*), opportunities.opportunity_count(opportunities.sum(totals)) FROM (:hers) AS t GROUP BY 1 ORDER BY 1;
RESET ROLE;
REVOKE SELECT ON stage FROM regress_told_omid;
SET ROLE regress_told_omid;
SELECT pg_temp.attempt('SELECT * FROM opportunities.board_sql()');
RESET ROLE;
DROP SCHEMA told, odd CASCADE;
DROP OWNED BY regress_told_sara, regress_told_omid;
DROP ROLE regress_told_sara, regress_told_omid;
