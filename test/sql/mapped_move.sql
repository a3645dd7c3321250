-- Cards of somebody else's CRM that are dragged: whatever the ids, and a place where there is a number for it.
SET opportunities.user_name = 'sara';
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS opportunities;
RESET client_min_messages;
SET search_path = public;
\i test/data/attempt.sql

CREATE SCHEMA theirs;
CREATE SCHEMA shown;
CREATE TABLE theirs.phase (key text PRIMARY KEY, rank int, outcome text);
INSERT INTO theirs.phase VALUES ('talk', 1, 'open'), ('offer', 2, 'open'), ('signed', 3, 'won');
CREATE TABLE theirs.deal (key uuid PRIMARY KEY, subject text, phase text REFERENCES theirs.phase, worth numeric, seller text, place double precision, revision bigint NOT NULL DEFAULT 1);
CREATE FUNCTION theirs.count_revision() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
CREATE TRIGGER count_revision BEFORE UPDATE ON theirs.deal FOR EACH ROW EXECUTE FUNCTION theirs.count_revision();
CREATE FUNCTION pg_temp.fill() RETURNS void LANGUAGE sql AS $$
	TRUNCATE theirs.deal;
	INSERT INTO theirs.deal SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'Deal ' || n, CASE WHEN n < 5 THEN 'talk' WHEN n < 7 THEN 'offer' WHEN n < 8 THEN 'signed' END, n * 100, CASE n % 2 WHEN 0 THEN 'sara' ELSE 'omid' END, n FROM generate_series(1, 8) AS n;
$$;
CREATE FUNCTION pg_temp.id(n int) RETURNS text LANGUAGE sql AS $$ SELECT '00000000-0000-0000-0000-00000000000' || n $$;
-- the columns from the top, each card with its position
SET check_function_bodies = off;
CREATE FUNCTION pg_temp.cards(OUT stage text, OUT cards text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT stage_id::text, string_agg(right(id::text, 1) || ':' || coalesce(position::text, '-'), ' ' ORDER BY position DESC NULLS LAST, id DESC) FROM shown.opportunity GROUP BY 1 ORDER BY 1
$$;
RESET check_function_bodies;
SELECT pg_temp.fill();
CREATE VIEW shown.stage WITH (security_invoker) AS SELECT key AS id, initcap(key) AS name, rank AS position, outcome AS kind FROM theirs.phase;
CREATE VIEW shown.opportunity WITH (security_invoker) AS
SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, seller AS owner, place AS position, revision AS version FROM theirs.deal;
SET search_path = shown, opportunities, public;
SELECT * FROM pg_temp.cards();

-- On top, above a card, below one, between two, alone in a column, in no stage, in a final one.
SELECT move(pg_temp.id(1), 'talk', fields => '{title,stage.name,version}');
SELECT move(pg_temp.id(5), 'talk', above => pg_temp.id(3), expected => 1, fields => '{title,version}');
SELECT move(pg_temp.id(6), 'talk', below => pg_temp.id(2)) ->> 'title' AS under_the_last;
SELECT move(pg_temp.id(1), 'talk', below => pg_temp.id(5)) ->> 'title' AS under_another;
SELECT move(pg_temp.id(4), 'talk', above => pg_temp.id(1), below => pg_temp.id(5)) ->> 'title' AS between;
SELECT * FROM pg_temp.cards();
SELECT move(pg_temp.id(2), 'offer') ->> 'title' AS alone, move(pg_temp.id(3), NULL) ->> 'title' AS in_no_stage, move(pg_temp.id(4), 'signed', above => pg_temp.id(7)) ->> 'title' AS won;
SELECT * FROM pg_temp.cards();

-- The answer as of a board: the card, its place, both columns.
SELECT jsonb_pretty(move(pg_temp.id(1), 'offer', above => pg_temp.id(2), with_totals => true, fields => '{title}')) AS answer;
SELECT move(pg_temp.id(1), 'offer', lane_by => 'owner', changes => '{"owner": "sara"}', fields => '{owner}') #- '{column,by_currency}' #- '{left,by_currency}' AS answer;
SELECT a -> 'shown' AS shown, a -> 'place' AS place, a #>> '{column,count}' AS count, a #>> '{left,count}' AS left_count FROM move(pg_temp.id(1), 'talk', scope => '{"owner": "omid"}') AS a;
SELECT (SELECT jsonb_path_query_array(cards, '$[*].title') FROM board() WHERE stage_id = 'talk') AS board;

-- Cards that have no position yet stand below all that have one: one that is dropped above them gets the first.
UPDATE theirs.deal SET place = NULL;
SELECT move(pg_temp.id(1), 'talk') ->> 'title' AS on_top;
SELECT move(pg_temp.id(5), 'talk', above => pg_temp.id(6)) ->> 'title' AS above_one_without;
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(2), ''talk'', below => pg_temp.id(6))');
SELECT move(pg_temp.id(2), 'talk', below => pg_temp.id(1)) ->> 'title' AS below_one_with;
SELECT * FROM pg_temp.cards();

-- What can't be done.
SELECT pg_temp.fill();
SELECT what, pg_temp.attempt('SELECT opportunities.move(' || what || ')') FROM unnest(ARRAY[
	$$ '00000000-0000-0000-0000-00000000000a', 'talk' $$, $$ '1', 'talk' $$, $$ pg_temp.id(1), 'nowhere' $$, $$ pg_temp.id(1), 'talk', above => '00000000-0000-0000-0000-00000000000a' $$,
	$$ pg_temp.id(1), 'talk', above => pg_temp.id(5) $$, $$ pg_temp.id(1), 'talk', above => pg_temp.id(3), below => pg_temp.id(2) $$, $$ pg_temp.id(1), 'talk', above => pg_temp.id(1) $$,
	$$ pg_temp.id(1), 'talk', expected => 2 $$, $$ pg_temp.id(1), 'talk', changes => '{"stage_id": "offer"}' $$, $$ pg_temp.id(1), 'talk', changes => '{"position": 5}' $$, $$ NULL, 'talk' $$]) AS what;
SELECT * FROM pg_temp.cards();

-- Whole numbers that have no room: the cards above move up. Numbers of any scale always have room.
DROP VIEW shown.opportunity;
ALTER TABLE theirs.deal ALTER place TYPE smallint;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, place AS position, revision AS version FROM theirs.deal;
SELECT move(pg_temp.id(5), 'talk', above => pg_temp.id(2), expected => 1) ->> 'version' AS version;
SELECT move(pg_temp.id(1), 'talk', above => pg_temp.id(5), below => pg_temp.id(3), expected => 1) ->> 'version' AS version;
SELECT move(pg_temp.id(1), 'talk', below => pg_temp.id(2)) ->> 'title' AS down;
SELECT * FROM pg_temp.cards();
UPDATE theirs.deal SET place = 32767 WHERE subject = 'Deal 4';
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(1), ''talk'')');
DROP VIEW shown.opportunity;
ALTER TABLE theirs.deal ALTER place TYPE numeric;
SELECT pg_temp.fill();
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, place AS position, revision AS version FROM theirs.deal;
DO $$ BEGIN FOR i IN 1 .. 60 LOOP PERFORM opportunities.move(pg_temp.id(1 + i % 2 * 3), 'talk', above => pg_temp.id(2), relation => 'shown.opportunity'); END LOOP; END $$;
SELECT string_agg(right(id::text, 1), ' ' ORDER BY position DESC) AS cards, max(scale(position)) AS scale, sum(version - 1) AS versions FROM shown.opportunity WHERE stage_id = 'talk';
-- digits that the column hasn't are none: no two cards have one place
DROP VIEW shown.opportunity;
ALTER TABLE theirs.deal ALTER place TYPE numeric(8, 1);
SELECT pg_temp.fill();
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, place AS position, revision AS version FROM theirs.deal;
DO $$ BEGIN FOR i IN 1 .. 60 LOOP PERFORM opportunities.move(pg_temp.id(1 + i % 2 * 3), 'talk', above => pg_temp.id(2), relation => 'shown.opportunity'); END LOOP; END $$;
SELECT string_agg(right(id::text, 1), ' ' ORDER BY position DESC) AS cards, count(*) - count(DISTINCT position) AS ties FROM shown.opportunity WHERE stage_id = 'talk';
-- a float has room for some fifty, then those above move up
DROP VIEW shown.opportunity;
ALTER TABLE theirs.deal ALTER place TYPE real;
SELECT pg_temp.fill();
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, place AS position, revision AS version FROM theirs.deal;
DO $$ BEGIN FOR i IN 1 .. 60 LOOP PERFORM opportunities.move(pg_temp.id(1 + i % 2 * 3), 'talk', above => pg_temp.id(2), relation => 'shown.opportunity'); END LOOP; END $$;
SELECT string_agg(right(id::text, 1), ' ' ORDER BY position DESC) AS cards FROM shown.opportunity WHERE stage_id = 'talk';

-- Places that can't be written, or are no numbers: only the stage is.
SELECT pg_temp.fill();
DROP VIEW shown.opportunity;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, -place AS position FROM theirs.deal;
SELECT move(pg_temp.id(1), 'offer', above => pg_temp.id(2)) ->> 'title' AS title;
DROP VIEW shown.opportunity;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, subject AS position FROM theirs.deal;
SELECT move(pg_temp.id(2), 'offer') ->> 'title' AS title;
DROP VIEW shown.opportunity;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability FROM theirs.deal;
SELECT move(pg_temp.id(3), 'offer', below => pg_temp.id(4)) ->> 'title' AS title;
SELECT string_agg(subject || ' ' || place, ', ' ORDER BY subject) AS offers FROM theirs.deal WHERE phase = 'offer';
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(3), ''offer'', expected => 1)');
-- nor by whom the number, or the stage, is not to be written
DROP VIEW shown.opportunity;
SELECT pg_temp.fill();
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, 50 AS probability, place AS position FROM theirs.deal;
CREATE ROLE regress_mapped_move;
GRANT USAGE ON SCHEMA theirs, shown TO regress_mapped_move;
GRANT SELECT ON ALL TABLES IN SCHEMA theirs, shown TO regress_mapped_move;
GRANT UPDATE ON shown.opportunity TO regress_mapped_move;
GRANT UPDATE (phase) ON theirs.deal TO regress_mapped_move;
SET ROLE regress_mapped_move;
SELECT move(pg_temp.id(1), 'offer', above => pg_temp.id(6)) ->> 'title' AS title;
RESET ROLE;
REVOKE UPDATE (phase) ON theirs.deal FROM regress_mapped_move;
GRANT UPDATE (place) ON theirs.deal TO regress_mapped_move;
SET ROLE regress_mapped_move;
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(1), ''talk'')');
RESET ROLE;
SELECT * FROM pg_temp.cards() WHERE stage = 'offer';

-- Pipelines that share stages: a column is of one of them.
DROP VIEW shown.opportunity;
ALTER TABLE theirs.deal ADD line int;
UPDATE theirs.deal SET line = 1 + right(key::text, 1)::int % 2, place = 10 * right(key::text, 1)::int;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT key AS id, subject AS title, line AS pipeline_id, phase AS stage_id, worth AS amount, 50 AS probability, place AS position FROM theirs.deal;
SELECT move(pg_temp.id(2), 'talk') ->> 'title' AS on_top_of_4;
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(2), ''talk'', above => pg_temp.id(3))');
SELECT a -> 'place' AS place, a #>> '{column,count}' AS count, a #>> '{left,count}' AS left_count FROM move(pg_temp.id(2), 'talk', below => pg_temp.id(3), changes => '{"pipeline_id": 2}', with_totals => true) AS a;
SELECT pipeline_id, string_agg(right(id::text, 1) || ':' || position, ' ' ORDER BY position DESC) AS talk FROM shown.opportunity WHERE stage_id = 'talk' GROUP BY 1 ORDER BY 1;

-- Rows that say themselves whether they are won or lost, and a trigger that makes what it likes of a drag.
DROP VIEW shown.opportunity;
SELECT pg_temp.fill();
ALTER TABLE theirs.deal ADD lost boolean NOT NULL DEFAULT false;
INSERT INTO theirs.phase VALUES ('lost', 9, 'lost');
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT d.key AS id, d.subject AS title, d.phase AS stage_id, CASE WHEN d.lost THEN 'lost' ELSE p.outcome END AS state, d.worth AS amount, 50 AS probability, d.place AS position, d.revision AS version
FROM theirs.deal AS d LEFT JOIN theirs.phase AS p ON p.key = d.phase;
CREATE FUNCTION theirs.write_deal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE theirs.deal AS d SET phase = CASE WHEN NEW.stage_id <> 'lost' THEN NEW.stage_id ELSE d.phase END, lost = NEW.stage_id = 'lost', place = NEW.position WHERE d.key = OLD.id AND d.revision = OLD.version;
	RETURN CASE WHEN FOUND THEN NEW END;
END $$;
CREATE TRIGGER write_deal INSTEAD OF UPDATE ON shown.opportunity FOR EACH ROW EXECUTE FUNCTION theirs.write_deal();
SELECT jsonb_pretty(move(pg_temp.id(1), 'lost', with_totals => true, fields => '{title,stage_id,state}') #- '{column,by_currency}' #- '{left,by_currency}') AS answer;
SELECT a #>> '{column,stage}' AS stage, a #>> '{left,stage}' AS from_stage, a -> 'place' AS place, a #>> '{left,count}' AS left_count FROM move(pg_temp.id(1), 'offer', above => pg_temp.id(5), with_totals => true) AS a;
SELECT pg_temp.attempt('SELECT opportunities.move(pg_temp.id(1), ''talk'', expected => 1)');
SELECT right(key::text, 1) AS key, phase, place, lost, revision FROM theirs.deal WHERE key = pg_temp.id(1)::uuid;

-- A stage's id that is written in another way is that stage's: whose id a board has.
CREATE TABLE theirs.step (key numeric PRIMARY KEY, rank int, outcome text);
INSERT INTO theirs.step VALUES (1.0, 1, 'open'), (2, 2, 'open'), (3.00, 3, 'won');
CREATE TABLE theirs.order_of (key int PRIMARY KEY, step numeric REFERENCES theirs.step, worth numeric);
INSERT INTO theirs.order_of VALUES (1, 1.00, 10), (2, 1.000, 20), (3, 3, 40);
DROP VIEW shown.opportunity, shown.stage;
CREATE VIEW shown.stage AS SELECT key AS id, outcome || key AS name, rank AS position, outcome AS kind FROM theirs.step;
CREATE VIEW shown.opportunity AS SELECT key AS id, step AS stage_id, worth AS amount, 50 AS probability FROM theirs.order_of;
SELECT stage_id, stage, kind, count, final_total, jsonb_path_query_array(cards, '$[*].id') AS cards FROM board(fields => '{amount}');
SELECT a #>> '{column,stage_id}' AS stage_id, a #>> '{column,stage}' AS stage, a #>> '{column,count}' AS count, a -> 'place' AS place, a #>> '{left,stage}' AS from_stage, a #>> '{left,count}' AS left_count
FROM unnest('{2.0,1.0000,3.0}'::text[]) AS to_stage, move('2', to_stage, with_totals => true) AS a;
-- moments name stages, too
ALTER TABLE theirs.order_of DROP CONSTRAINT order_of_step_fkey;
DROP VIEW shown.opportunity, shown.stage;
CREATE VIEW shown.stage AS SELECT timestamptz '2026-01-01 10:00Z' + key * interval '1 day' AS id, outcome || key AS name, rank AS position, outcome AS kind FROM theirs.step;
CREATE VIEW shown.opportunity AS SELECT key AS id, timestamptz '2026-01-01 10:00Z' + step * interval '1 day' AS stage_id, worth AS amount, 50 AS probability FROM theirs.order_of;
SELECT stage_id, stage, kind, count, jsonb_path_query_array(cards, '$[*].id') AS cards FROM board(fields => '{amount}');

-- Whatever an id holds, a message is a short line of ASCII; params have the id as it is.
CREATE TABLE theirs.note (key text PRIMARY KEY, step int, rank int, revision int DEFAULT 1);
INSERT INTO theirs.note VALUES (E'a\r\nb', 1, 1), (U&'\062a', 1, 2), (repeat('long ', 40), 2, 3);
DROP VIEW shown.opportunity, shown.stage;
CREATE VIEW shown.stage AS SELECT key::int AS id, outcome AS name, rank AS position, outcome AS kind FROM theirs.step;
CREATE VIEW shown.opportunity AS SELECT key AS id, step AS stage_id, 1 AS amount, 50 AS probability, rank AS position, revision AS version FROM theirs.note;
SELECT pg_temp.attempt(format('SELECT opportunities.move(%L, %L, expected => 7)', key, step)) FROM theirs.note ORDER BY rank;
\set SHOW_CONTEXT never
SET opportunities.error_detail = json;
SELECT move(E'a\r\nb', '1', expected => 7);
RESET opportunities.error_detail;
SELECT pg_temp.attempt($$SELECT opportunities.move(U&'\062a', '2', above => E'a\r\nb')$$);
SELECT pg_temp.attempt($$SELECT opportunities.move(repeat('long ', 40), '1', above => U&'\062a', below => E'a\r\nb')$$);
SELECT pg_temp.attempt($$SELECT opportunities.move(E'a\r\nb', '1', above => E'a\r\nb')$$);

SET client_min_messages = warning;
DROP SCHEMA theirs, shown CASCADE;
DROP ROLE regress_mapped_move;
