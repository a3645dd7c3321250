-- Lanes of boards: many at once, those that hold nothing, their names; boards without amounts; orders.
\set VERBOSITY terse
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('lanes_crm', starter => true);
SET search_path = lanes_crm, public;
\i test/data/attempt.sql

-- 40 owners and 7 columns: one query for all cells gives what a query for each does, whatever the order and the lane
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, source, amount, probability, closed_on, custom)
SELECT i, 1, nullif(i % 7, 0), 'Deal ' || i, 'owner ' || i * 13 % 40, nullif(i % 5, 0)::text, i * 7 % 100, 50, CASE WHEN i % 7 IN (5, 6) THEN opportunities.business_date(now()) - i % 3 END, jsonb_build_object('size', i % 3)
FROM generate_series(1, 4000) AS i;
ANALYZE opportunity;
CREATE FUNCTION pg_temp.compared(lane_by text, sort text[], cards integer) RETURNS TABLE (cells bigint, filled bigint, cards bigint, more bigint, different bigint) LANGUAGE sql AS $$
	SELECT count(*), count(*) FILTER (WHERE whole.cards <> '[]'), sum(jsonb_array_length(whole.cards)), count(whole.next),
		count(*) FILTER (WHERE jsonb_build_object('cards', whole.cards, 'next', whole.next) <> page)
	FROM opportunities.board(lane_by => compared.lane_by, sort => compared.sort, cards => compared.cards) WITH ORDINALITY AS whole
	JOIN opportunities.board(lane_by => compared.lane_by, sort => compared.sort, cards => 0) WITH ORDINALITY AS top USING (ordinality),
		LATERAL (SELECT CASE WHEN top.next IS NULL THEN '{"cards": [], "next": null}'
			ELSE opportunities.column_cards(lane_by => compared.lane_by, sort => compared.sort, after => top.next, size => compared.cards) END AS page) AS one
$$;
SELECT lane_by, sort, c.* FROM (VALUES ('owner', NULL), ('owner', '{-amount,title}'), ('source', NULL), ('amount', '{stage.name,-closed_at}'), ('custom.size', NULL)) AS v (lane_by, sort), pg_temp.compared(lane_by, sort::text[], 9) AS c;
-- that it was one query shows in the plan of none: so few of them are run
CREATE FUNCTION pg_temp.scans() RETURNS bigint LANGUAGE sql AS $$ SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relid = 'opportunity'::regclass $$;
BEGIN;
SELECT pg_temp.scans() AS before \gset
SELECT count(*) FROM opportunities.board(lane_by => 'owner');
SELECT pg_temp.scans() - :before < 10 AS few_scans;
ROLLBACK;

-- a board has 1,000 lanes at most
SELECT count(*) FROM opportunities.board(lane_by => 'id', cards => 0, scope => '{"source": "1"}');
INSERT INTO opportunity (id, pipeline_id, title, amount) SELECT 10000 + i, 1, 'More', 200 + i FROM generate_series(1, 900) AS i;
SELECT count(DISTINCT lane) FROM opportunities.board(lane_by => 'amount', cards => 0);
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (20001, 1, 'More', 1101.0), (20002, 1, 'More', 1101), (20003, 1, 'More', NULL);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'amount') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'id') $$);
DELETE FROM opportunity WHERE title = 'More' OR id > 21;

-- lanes have the names of users and choices, and all of them are there where they are asked for
INSERT INTO app_user (login, name, active) VALUES ('owner 13', 'Sara', true), ('owner 26', 'Omid', false), ('nobody', 'Nima', true), ('gone', 'Mina', false);
UPDATE opportunity SET owner = CASE WHEN id < 11 THEN 'owner 13' WHEN id < 20 THEN 'owner 26' WHEN id < 21 THEN 'somebody' END;
SELECT lane, lane_label, sum(count) FROM opportunities.board(lane_by => 'owner') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
SELECT lane, lane_label, count(*) AS columns, sum(count), bool_and(cards = '[]' AND next IS NULL) AS empty FROM opportunities.board(lane_by => 'all(owner)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
INSERT INTO choice (field, value, label, active) VALUES ('source', '1', 'Web', true), ('source', '2', NULL, true), ('source', '3', 'Fair', false), ('source', '9', 'Radio', true), ('source', '8', 'Fax', false), ('campaign', '7', 'Spring', true);
SELECT lane, lane_label, sum(count) FROM opportunities.board(lane_by => 'all(source)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
-- a value that only reads like a choice is a lane apart, which is said
BEGIN;
INSERT INTO choice (field, value) VALUES ('source', 'پیک'), ('campaign', 'عید');
ALTER TABLE opportunity DISABLE TRIGGER zz_row;
UPDATE opportunity SET source = CASE WHEN id < 3 THEN 'پيك' WHEN id < 5 THEN 'پیک' WHEN id < 7 THEN 'تلفن' ELSE 'عيد' END, campaign = 'پیک';
SELECT lane, sum(count) FROM opportunities.board(lane_by => 'source', cards => 0) GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM opportunities.board(lane_by => 'campaign', cards => 0);
ROLLBACK;
-- choices of other fields take no names from users
SELECT lane, lane_label, sum(count) FROM opportunities.board(lane_by => 'all(owner)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
INSERT INTO account (id, name) VALUES (1, 'Alborz'), (2, 'Cedar');
UPDATE opportunity SET account_id = 1 WHERE id < 4;
SELECT lane, lane_label, sum(count) FROM opportunities.board(lane_by => 'all(account_id)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
-- a view that has a value more than once gives it one name, and no row twice; whether it is active may be a number there
BEGIN;
ALTER TABLE app_user RENAME TO people;
ALTER TABLE choice RENAME TO choices;
CREATE VIEW app_user AS SELECT login, name || n AS name, (active AND n = 1)::int AS active FROM people, generate_series(1, 3) AS n;
CREATE VIEW choice AS SELECT field, value, label || n AS label, active AND n = 1 AS active FROM choices, generate_series(1, 3) AS n;
SELECT lane, lane_label, sum(count), sum(jsonb_array_length(cards)) AS cards FROM opportunities.board(lane_by => 'all(owner)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
SELECT lane, lane_label, sum(count), sum(jsonb_array_length(cards)) AS cards FROM opportunities.board(lane_by => 'source') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
CREATE SCHEMA lanes_views;
CREATE VIEW lanes_views.opportunity AS SELECT * FROM opportunity;
CREATE VIEW lanes_views.stage AS SELECT * FROM stage;
CREATE VIEW lanes_views.account AS SELECT id, name || n AS name FROM account, generate_series(1, 3) AS n;
SELECT lane, lane_label, sum(count), sum(jsonb_array_length(cards)) AS cards FROM opportunities.board('lanes_views.opportunity', lane_by => 'all(account_id)') WITH ORDINALITY GROUP BY 1, 2 ORDER BY min(ordinality);
ROLLBACK;
-- values that the session writes alike are one lane, whose totals are added up
BEGIN;
ALTER TABLE opportunity ADD score double precision;
UPDATE opportunity SET score = 0.1 + id * 3e-17, stage_id = 1, amount = 10 WHERE id IN (1, 2, 4);
SET LOCAL extra_float_digits = 0;
SELECT lane, count, final_total FROM opportunities.board(lane_by => 'score', cards => 0) WHERE count > 0 AND lane IS NOT NULL;
ROLLBACK;
-- where nobody knows values they are those that rows have
SELECT count(DISTINCT lane) FROM opportunities.board(lane_by => 'all(title)');
-- a view can ask for all of them; a cursor of a lane goes with either form
SELECT opportunities.save_view('Owners', 'kanban', lane_by => 'all(owner)', fields => '{title}') > 0 AS saved;
SELECT count(DISTINCT lane) FROM opportunities.board("view" => 'Owners');
SELECT count(*) FROM opportunities.board("view" => 'Owners', cards => 1), opportunities.column_cards(lane_by => 'owner', after => next) AS page WHERE next IS NOT NULL;
SELECT pg_temp.attempt($$ SELECT opportunities.save_view('Owners', 'kanban', lane_by => 'all(onwer)') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'all(onwer)') $$);
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board(lane_by => 'all()') $$);

-- a board for people who may not see amounts: nothing of them is read, the default fields leave them out
CREATE ROLE regress_counter;
GRANT USAGE ON SCHEMA lanes_crm TO regress_counter;
GRANT SELECT ON stage, pipeline, account TO regress_counter;
GRANT SELECT (id, title, owner, pipeline_id, stage_id, account_id, closed_on, closed_at, archived, position, tags, stage_entered_at, version) ON opportunity TO regress_counter;
SET ROLE regress_counter;
SELECT stage, count, final_total, estimated_total, realized_total, currency, by_currency, cards -> 0 AS first_card
FROM opportunities.board(with_totals => false, fields => '{title}') WHERE count > 0;
SELECT stage, count, (SELECT string_agg(k, ' ') FROM jsonb_object_keys(cards -> 0) AS k) AS fields FROM opportunities.board(with_totals => false) WHERE stage = 'Lead';
SELECT sum(count), count(final_total) AS totals FROM opportunities.board(with_totals => false, lane_by => 'owner', cards => 0);
SELECT jsonb_array_length(opportunities.column_cards(after => next, size => 2) -> 'cards') AS cards FROM opportunities.board(with_totals => false, cards => 1) WHERE stage = 'Lead';
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board() $$);
RESET ROLE;

-- only where a column is in its own order do neighbours give a place
SELECT sort, kind, bool_and(own_order) AS all_own, bool_or(own_order) AS some_own
FROM (VALUES (NULL), ('{-amount}'), ('{-position}'), ('{position}'), ('{-closed_at}'), ('{-position,title}')) AS s (sort), opportunities.board(sort => s.sort::text[]) GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2;
CREATE VIEW unplaced AS SELECT id, stage_id, amount, probability FROM opportunity;
SELECT bool_or(own_order) AS some_own FROM opportunities.board('unplaced');
-- the neighbours that a sorted board shows stand the other way round in the column: that is no change that somebody made
UPDATE opportunity SET amount = id WHERE stage_id = 1;
SELECT stage, jsonb_path_query_array(cards, '$[*].id') AS ids, own_order FROM opportunities.board(sort => '{amount}') WHERE stage = 'Lead';
SELECT pg_temp.attempt($$ SELECT opportunities.move('2', '1', above => '15', below => '8') $$);
SELECT pg_temp.attempt($$ SELECT opportunities.move('2', '1', above => '9', below => '16') $$);
SELECT opportunities.move('2', '1', above => '8', below => '15') ->> 'title' AS moved;

-- where our trigger keeps the stage it tells what is won and lost, though somebody adds a column state for something else
ALTER TABLE opportunity ADD state text DEFAULT 'CA';
SELECT open_count, won, lost FROM opportunities.report();
SELECT string_agg(concat_ws(' ', stage, kind, count), ', ' ORDER BY position) AS columns FROM opportunities.board();

SET client_min_messages = warning;
DROP SCHEMA lanes_crm CASCADE;
DROP ROLE regress_counter;
