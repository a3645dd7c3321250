-- Boards: columns, totals, cards, lanes, cursors, and what is refused.
\set VERBOSITY terse
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('board_crm');
SET search_path = board_crm, public;

\i test/data/attempt.sql

INSERT INTO account (id, name) OVERRIDING SYSTEM VALUE VALUES (1, 'Zeta'), (2, 'Alpha');
INSERT INTO pipeline (id, name, position) VALUES (1, 'Sales', 1), (2, 'Renewals', 2);
BEGIN;
INSERT INTO stage (id, pipeline_id, name, position, kind, probability, archive_after, max_days) VALUES
	(11, 1, 'Qualified', 2, 'open', NULL, NULL, 10),
	(10, 1, 'Lead', 1, 'open', 10, NULL, NULL),
	(13, 1, 'Lost', 1, 'lost', NULL, 30, NULL),
	(12, 1, 'Won', 2, 'won', NULL, 30, NULL),
	(20, 2, 'Due', 1, 'open', NULL, NULL, NULL),
	(21, 2, 'Renewed', 2, 'won', NULL, NULL, NULL);
COMMIT;

-- the empty board: every column with zeros, the no-stage column first, final stages last
SELECT pipeline_id, stage_id, stage, kind, position, count, final_total, estimated_total,
	realized_total, currency, by_currency, cards, next
FROM opportunities.board() ORDER BY pipeline_id, position;

-- the grid that everything is measured by
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount, probability) VALUES
	(1, 1, 10, 'First', 1, 'sara', 197100.00, 0),
	(2, 1, 10, 'Second', 2, 'omid', 3500.00, 50),
	(3, 1, 10, 'Third', NULL, 'sara', 10000000.00, 10);
SELECT stage, count, final_total, estimated_total, realized_total, by_currency
FROM opportunities.board('opportunity', scope => '{"pipeline_id": 1}') WHERE count > 0;

-- cards: a new one on top; id is always there; numbers are strings
SELECT jsonb_pretty(cards) FROM opportunities.board(cards => 1, fields => '{title,amount,account.name,stage.kind,state,days_in_stage,tags,position,title}')
WHERE stage_id = '10';
SELECT string_agg(key, ' ' ORDER BY key) AS default_fields
FROM opportunities.board(cards => 1), jsonb_object_keys(cards -> 0) AS key WHERE stage_id = '10';

-- no stage, another pipeline, a second column; scope limits rows, and columns where it is the pipeline's
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, probability) VALUES
	(4, 1, NULL, 'Unstaged', 'sara', 5, 100),
	(5, 2, 20, 'Renewal', 'omid', 7.5, 20),
	(6, 1, 11, 'No amount', 'sara', NULL, NULL);
SELECT pipeline_id, position, stage, kind, count, final_total, estimated_total FROM opportunities.board();
SELECT pipeline_id, stage, count FROM opportunities.board(scope => '{"pipeline_id": 2}');
SELECT stage, count FROM opportunities.board(scope => '{"pipeline_id": 1, "owner": "omid"}') WHERE count > 0;
SELECT stage, count FROM opportunities.board(scope => '{"account_id": null, "pipeline_id": 1}') WHERE count > 0;
SELECT stage, count FROM opportunities.board(scope => '{"account.name": "Alpha"}') WHERE count > 0;
SELECT pipeline_id, stage_id, count FROM opportunities.board(scope => '{"pipeline_id": 99}');

-- lanes: in order of label, rows without a value last, a row for each lane and column
SELECT lane, lane_label, stage, count, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids
FROM opportunities.board(scope => '{"pipeline_id": 1}', lane_by => 'account_id') WHERE kind IN ('none', 'open');
SELECT lane, lane_label, stage, count FROM opportunities.board(scope => '{"pipeline_id": 1}', lane_by => 'owner') WHERE count > 0;
SELECT lane, lane_label, stage, count FROM opportunities.board(scope => '{"pipeline_id": 1}', lane_by => 'account.name') WHERE count > 0;

-- final columns: by closed_at, only the last archive_after days, counted in whole days
INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, probability, closed_at)
SELECT 100 + days, 1, 12, 'Won ' || days || ' days ago', 100, 100, now() - days * interval '1 day'
FROM unnest(ARRAY[0, 1, 30, 31, 400]) AS days;
SELECT stage, count, final_total, jsonb_path_query_array(cards, '$[*].title') AS titles
FROM opportunities.board() WHERE stage_id = '12';
SELECT stage, count, final_total, jsonb_path_query_array(cards, '$[*].title') AS titles
FROM opportunities.board(include_archived => true) WHERE stage_id = '12';
UPDATE opportunity SET archived = true WHERE id = 101;
SELECT stage, count FROM opportunities.board() WHERE stage_id = '12';

-- a stage without archive_after shows rows of any age
INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, probability, closed_at)
VALUES (200, 2, 21, 'Old renewal', 1, 1, now() - interval '10 years');
SELECT stage, count FROM opportunities.board() WHERE stage_id = '21';

-- currencies are never added up
UPDATE opportunity SET currency = 'EUR' WHERE id = 2;
UPDATE opportunity SET currency = 'USD' WHERE id = 3;
SELECT count, final_total, currency, jsonb_pretty(by_currency) FROM opportunities.board() WHERE stage_id = '10';
SELECT count, final_total, currency, by_currency FROM opportunities.board(scope => '{"id": 2}') WHERE count > 0;
UPDATE opportunity SET currency = NULL;

-- cursors: 25 cards in pages of 7, forward to the end, whatever the sort
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, probability, expected_close)
SELECT i, 1, 10, 'Card ' || i, nullif(i % 4, 0), 10, CASE WHEN i % 3 > 0 THEN date '2026-01-01' + i % 3 END
FROM generate_series(1, 25) AS i;

CREATE FUNCTION pg_temp.walk(sort text[], size integer, OUT pages integer, OUT ids text)
LANGUAGE plpgsql AS $$
DECLARE
	page jsonb;
	found text[];
BEGIN
	SELECT jsonb_build_object('cards', b.cards, 'next', b.next) INTO page
	FROM opportunities.board(cards => size, sort => walk.sort) AS b WHERE b.stage_id = '10';
	pages := 1;
	LOOP
		found := found || ARRAY(SELECT c ->> 'id' FROM jsonb_array_elements(page -> 'cards') WITH ORDINALITY AS t (c, n) ORDER BY n);
		EXIT WHEN page -> 'next' = 'null';
		page := opportunities.column_cards(after => page -> 'next', size => walk.size, sort => walk.sort);
		pages := pages + 1;
	END LOOP;
	ids := array_to_string(found, ' ');
END
$$;
SELECT * FROM pg_temp.walk(NULL, 7);
SELECT s AS sort, walk.*, walk.ids = (SELECT string_agg(id::text, ' ' ORDER BY amount DESC NULLS LAST, expected_close, id) FROM opportunity) AS as_sorted
FROM (VALUES ('{-amount,expected_close}'::text[])) AS v (s), pg_temp.walk(s, 4);
SELECT s AS sort, walk.pages, walk.ids = (SELECT string_agg(id::text, ' ' ORDER BY expected_close DESC NULLS LAST, amount, title DESC, id DESC) FROM opportunity) AS as_sorted
FROM (VALUES ('{-expected_close,amount,-title}'::text[])) AS v (s), pg_temp.walk(s, 3);
SELECT walk.pages, walk.ids = (SELECT string_agg(opportunity.id::text, ' ' ORDER BY account.name, opportunity.id) FROM opportunity LEFT JOIN account ON account.id = account_id) AS as_sorted
FROM pg_temp.walk('{account.name}', 10);

-- the same page follows although its neighbour is gone and a new card has come on top
SELECT next AS cursor FROM opportunities.board(cards => 5) WHERE stage_id = '10' \gset
DELETE FROM opportunity WHERE id IN (21, 20);
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (50, 1, 10, 'New');
SELECT jsonb_path_query_array(page, '$.cards[*].id') AS ids, page -> 'next' = 'null' AS at_end
FROM opportunities.column_cards(after => :'cursor', size => 3) AS page;

-- a board without cards gives cursors to load them lazily, and none for an empty column
SELECT stage, count, cards, next IS NOT NULL AS has_next FROM opportunities.board(cards => 0, scope => '{"pipeline_id": 1}');
SELECT jsonb_path_query_array(opportunities.column_cards(after => next, size => 2), '$.cards[*].id') AS ids
FROM opportunities.board(cards => 0) WHERE stage_id = '10';

-- cards of a lane, followed
SELECT lane, jsonb_path_query_array(opportunities.column_cards(after => next, size => 2, lane_by => 'expected_close'), '$.cards[*].id') AS ids
FROM opportunities.board(cards => 3, lane_by => 'expected_close') WHERE next IS NOT NULL;

-- lanes of periods, in their order, with the names that people have for them
SET opportunities.calendar = 'persian';
SET opportunities.language = 'fa';
SELECT lane, lane_label, stage, count, final_total, jsonb_path_query_array(cards, '$[*].expected_close') AS days FROM opportunities.board(lane_by => 'month(expected_close)', fields => '{expected_close}', cards => 2) WHERE count > 0;
SELECT lane, jsonb_path_query_array(opportunities.column_cards(after => next, size => 2, lane_by => 'month(expected_close)'), '$.cards[*].id') AS ids
FROM opportunities.board(cards => 3, lane_by => 'month(expected_close)') WHERE next IS NOT NULL;
RESET opportunities.calendar;
RESET opportunities.language;
BEGIN;
UPDATE opportunity SET expected_close = '2026-04-10' WHERE expected_close = '2026-01-02';
SELECT lane, lane_label, stage, count FROM opportunities.board(lane_by => 'month(expected_close)') WHERE count > 0;
ROLLBACK;
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'mont(expected_close)') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'month(title)') $$);
-- days in cursors and lanes are read alike by sessions of any DateStyle
SET DateStyle = 'SQL, DMY';
SELECT lane, count, next ->> 'lane' AS cursor_lane, (next #>> '{after,0}') AS cursor_day
FROM opportunities.board(cards => 1, lane_by => 'expected_close', sort => '{expected_close}') WHERE next IS NOT NULL;
SELECT next AS lane_cursor FROM opportunities.board(cards => 1, lane_by => 'expected_close', sort => '{expected_close}') WHERE lane = '2026-01-02' AND count > 0 \gset
SET DateStyle = 'SQL, MDY';
SELECT jsonb_path_query_array(opportunities.column_cards(after => :'lane_cursor', size => 2, lane_by => 'expected_close', sort => '{expected_close}'), '$.cards[*].id') AS ids;
RESET DateStyle;

-- a forged or foreign cursor
SELECT pg_temp.attempt($$ SELECT opportunities.column_cards(after => '{}') $$);
SELECT pg_temp.attempt($$ SELECT opportunities.column_cards(after => '[1]') $$);
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L, sort => %L)', :'cursor', '{title}'));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L, scope => %L)', :'cursor', '{"owner": "sara"}'));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{after}', '["x", "1"]')));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{after}', '["1"]')));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{after}', '["1", null]')));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{after}', '[[1], "2"]')));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{stage}', '"1; DROP TABLE opportunity"')));
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L)', jsonb_set(:'cursor', '{lane}', '7')));
SELECT pg_temp.attempt($$ SELECT opportunities.column_cards() $$);
SELECT pg_temp.attempt(format('SELECT opportunities.column_cards(after => %L, size => 0)', :'cursor'));

-- what else is refused
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(cards => -1) $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(cards => 1001) $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(scope => '[]') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(scope => '{"acount_id": 1}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(scope => '{"account_id": "x"}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(scope => '{"account_id": [1]}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(scope => '{"title": "x'' OR true --"}') WHERE count > 0 $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'onwer') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'account.nme') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(fields => '{titel}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(fields => '{NULL}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(sort => '{-}') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('account') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('opportunity_pkey') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(4294967295::oid) $$);
SELECT pg_temp.attempt($$ SET LOCAL search_path = ''; SELECT * FROM opportunities.board() $$);

-- somebody else's CRM: uuid keys, other names, no foreign keys, mapped by two views
CREATE SCHEMA legacy;
CREATE TABLE legacy.phases (key uuid PRIMARY KEY, label text, rank int, outcome text);
CREATE TABLE legacy.deals (key uuid PRIMARY KEY, phase uuid, subject text, worth int, chance int, client text, "odd ""name" json);
INSERT INTO legacy.phases VALUES ('00000000-0000-0000-0000-00000000000a', 'Talk', 1, NULL),
	('00000000-0000-0000-0000-00000000000b', 'Signed', 2, 'w');
CREATE VIEW legacy.stage AS SELECT key AS id, label AS name, rank AS position,
	CASE outcome WHEN 'w' THEN 'won' ELSE 'open' END AS kind FROM legacy.phases;
CREATE VIEW legacy.opportunity AS SELECT key AS id, phase AS stage_id, subject AS title, worth AS amount,
	chance AS probability, client AS account_id, "odd ""name" FROM legacy.deals;
CREATE VIEW legacy.account AS SELECT DISTINCT client AS id, upper(client) AS name FROM legacy.deals;
INSERT INTO legacy.deals
SELECT ('00000000-0000-0000-0000-0000000000' || to_char(i, 'FM00'))::uuid,
	(CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '00000000-0000-0000-0000-00000000000a'
		WHEN 2 THEN '00000000-0000-0000-0000-00000000000b' ELSE '00000000-0000-0000-0000-0000000000ff' END)::uuid,
	'Deal ' || i, i * 10, 50, 'client ' || i % 2, '{"a": 1}'
FROM generate_series(1, 8) AS i;
-- rows with a stage that nobody knows are not lost
SELECT pipeline_id, position, stage, kind, stage_id IS NOT NULL AS staged, count, final_total, estimated_total, realized_total,
	jsonb_path_query_array(cards, '$[*]."account.name"') AS accounts
FROM opportunities.board('legacy.opportunity', fields => '{account.name,"odd \"name"}');
SELECT lane, lane_label, stage, count FROM opportunities.board('legacy.opportunity', lane_by => 'account_id') WHERE count > 0;
SELECT jsonb_path_query_array(opportunities.column_cards('legacy.opportunity', after => next), '$.cards[*].title') AS titles
FROM opportunities.board('legacy.opportunity', cards => 1) WHERE stage = 'Talk';
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('legacy.opportunity', lane_by => 'odd "name') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('legacy.opportunity', sort => '{"odd \"name"}') $$);

-- the limit of days without a foreign key: rows with a stray stage, or none, stay
CREATE SCHEMA dated;
CREATE TABLE dated.stage (id int, name text, position int, kind text, archive_after int);
INSERT INTO dated.stage VALUES (1, 'Talk', 1, 'open', 10), (2, 'Won', 2, 'won', 10), (3, 'Lost', 3, 'lost', NULL);
CREATE TABLE dated.opportunity (id int, stage_id int, amount int, probability int, closed_on date);
INSERT INTO dated.opportunity VALUES (1, NULL, 1, 0, NULL), (2, 1, 2, 0, '2000-01-01'), (3, 2, 4, 0, opportunities.business_date(now())),
	(4, 2, 8, 0, opportunities.business_date(now()) - 11), (5, 2, 16, 0, NULL), (6, 3, 32, 0, '2000-01-01'), (7, 99, 64, 0, '2000-01-01');
SELECT position, stage_id, stage, count, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('dated.opportunity');
SELECT stage, count, final_total FROM opportunities.board('dated.opportunity', include_archived => true) WHERE kind = 'won';

-- a pipeline without stages is one column however the scope writes its id, with rows and without
CREATE SCHEMA staged;
CREATE TABLE staged.stage (id int, pipeline_id uuid, name text, position int, kind text);
CREATE TABLE staged.opportunity (id int, pipeline_id uuid, stage_id int, amount int, probability int);
SELECT pipeline_id, kind, count FROM opportunities.board('staged.opportunity', scope => '{"pipeline_id": "A0000000000000000000000000000000"}');
INSERT INTO staged.opportunity VALUES (1, 'a0000000-0000-0000-0000-000000000000', NULL, 1, 0);
SELECT pipeline_id, kind, count FROM opportunities.board('staged.opportunity', scope => '{"pipeline_id": "A0000000000000000000000000000000"}');

-- equal values are one lane however they are written; a row of NULLs is a value, no value is none
CREATE TYPE dated.pair AS (a int, b int);
CREATE TABLE dated.laned (id int, stage_id int, amount int, probability int, share numeric, pair dated.pair);
INSERT INTO dated.laned VALUES (1, 1, 1, 0, 1.0, (NULL, NULL)), (2, 2, 2, 0, 1.00, NULL), (3, 1, 4, 0, 1.000, (1, 2)), (4, 3, 8, 0, 2, NULL), (5, 1, 16, 0, NULL, NULL);
SELECT dense_rank() OVER (ORDER BY lane) AS lane, stage, count, jsonb_path_query_array(cards, '$[*].id') AS ids
FROM opportunities.board('dated.laned', lane_by => 'share') WHERE count > 0;
SELECT lane, stage, count, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('dated.laned', lane_by => 'pair') WHERE count > 0;

-- a partitioned table beside the same stages
CREATE TABLE legacy.by_year (id int, stage_id uuid, amount numeric, probability numeric, archived boolean, year int) PARTITION BY LIST (year);
CREATE TABLE legacy.by_year_1 PARTITION OF legacy.by_year FOR VALUES IN (1);
CREATE TABLE legacy.by_year_2 PARTITION OF legacy.by_year FOR VALUES IN (2);
INSERT INTO legacy.by_year SELECT i, '00000000-0000-0000-0000-00000000000a', i, 100, CASE WHEN i > 6 THEN true END, i % 2 + 1 FROM generate_series(1, 8) AS i;
SELECT stage, count, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('legacy.by_year') WHERE count > 0;

-- what a mapped relation must have
CREATE VIEW legacy.half AS SELECT key AS id, subject AS title FROM legacy.deals;
CREATE VIEW legacy.float AS SELECT id, stage_id, amount::float8, probability FROM legacy.opportunity;
CREATE SCHEMA alone;
CREATE VIEW alone.opportunity AS SELECT * FROM legacy.opportunity;
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('legacy.half') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('legacy.float') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('alone.opportunity') $$);
CREATE VIEW alone.stage AS SELECT id, name, position, 'maybe' AS kind FROM legacy.stage;
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('alone.opportunity') $$);

-- cards that one query reads for all columns are those that each column gives: ties, NULLs, lanes, stray stages
CREATE TABLE dated.opportunities AS
	SELECT i AS id, CASE WHEN i % 11 > 0 THEN i % 5 END AS stage_id, i AS amount, 50 AS probability, CASE WHEN i % 7 > 0 THEN i % 6 END AS position,
		CASE WHEN i % 4 > 0 THEN date '2020-01-01' + i % 9 END AS closed_at, CASE WHEN i % 3 > 0 THEN 'owner ' || i % 3 END AS owner,
		(1 + i % 2)::numeric(9,1) + CASE WHEN i % 4 > 1 THEN 0.00 ELSE 0 END AS score, current_date - i % 15 AS closed_on
	FROM generate_series(1, 90) AS i;
ALTER TABLE dated.opportunity RENAME TO old_opportunity;
ALTER TABLE dated.opportunities RENAME TO opportunity;
CREATE FUNCTION pg_temp.compared(lane_by text, sort text[], cards integer) RETURNS TABLE (cells bigint, filled bigint, more bigint, different bigint) LANGUAGE sql AS $$
	SELECT count(*), count(*) FILTER (WHERE whole.cards <> '[]'), count(whole.next),
		count(*) FILTER (WHERE jsonb_build_object('cards', whole.cards, 'next', whole.next) <> page)
	FROM opportunities.board('dated.opportunity', lane_by => compared.lane_by, sort => compared.sort, cards => compared.cards) WITH ORDINALITY AS whole
	JOIN opportunities.board('dated.opportunity', lane_by => compared.lane_by, sort => compared.sort, cards => 0) WITH ORDINALITY AS top USING (ordinality),
		LATERAL (SELECT CASE WHEN top.next IS NULL THEN '{"cards": [], "next": null}'
			ELSE opportunities.column_cards('dated.opportunity', lane_by => compared.lane_by, sort => compared.sort, after => top.next, size => compared.cards) END AS page) AS one
$$;
-- lanes are of values that are equal, however they are written
CREATE COLLATION dated.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
ALTER TABLE dated.opportunity ALTER owner TYPE text COLLATE dated.any_case, ADD COLUMN rival text COLLATE dated.any_case;
UPDATE dated.opportunity SET rival = (ARRAY['Sara', 'omid', 'sara', 'SARA', 'Zed', NULL])[1 + id % 6];
SELECT lane, lane_label, sum(count), sum(jsonb_array_length(cards)) AS cards FROM opportunities.board('dated.opportunity', lane_by => 'rival') GROUP BY 1, 2 ORDER BY 1;
SELECT lane_by, sort, size, c.* FROM (VALUES (NULL), ('rival'), ('owner'), ('score'), ('closed_on')) AS l (lane_by), (VALUES (NULL), ('{-amount}'), ('{owner,-closed_at}')) AS s (sort),
	(VALUES (1), (9), (20)) AS n (size), pg_temp.compared(lane_by, sort::text[], size) AS c ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3;

-- a cursor stays short whatever a lane is called
BEGIN;
UPDATE dated.opportunity SET rival = CASE WHEN id % 2 = 0 THEN repeat('long', 1000) || (ARRAY['X', 'x'])[1 + id / 2 % 2] ELSE repeat('long', 1000) || 'y' END;
SELECT right(lane, 1) AS lane, count(*) AS columns, sum(count), max(length(next::text)) < 500 AS short FROM opportunities.board('dated.opportunity', lane_by => 'rival', cards => 1) WHERE count > 0 GROUP BY lane ORDER BY 1;
SELECT * FROM pg_temp.compared('rival', '{rival,-id}', 3);
SELECT max(next::text) AS lane FROM opportunities.board('dated.opportunity', lane_by => 'rival', cards => 1) WHERE right(lane, 1) = 'y' \gset
UPDATE dated.opportunity SET rival = 'short';
SELECT pg_temp.attempt(format($$SELECT opportunities.column_cards('dated.opportunity', lane_by => 'rival', after => %L)$$, :'lane'));
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA board_crm, legacy, alone, dated, staged CASCADE;
