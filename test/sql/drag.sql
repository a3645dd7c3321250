-- move with a board: the card as that shows it, its place, and what the two cells hold.
-- Another seed for the random part: psql -v seed=0.5, between -1 and 1.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'UTC';
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_drag', starter => true);
SET search_path = crm_drag, opportunities, public;
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO stage (pipeline_id, name, kind) VALUES (2, 'Asked', 'open'), (2, 'Done', 'won');  -- 7, 8
INSERT INTO account (name) VALUES ('Alborz'), ('Cedar');
INSERT INTO app_user (login, name) VALUES ('sara', 'Sara Rezaei'), ('omid', 'Omid Karimi');
INSERT INTO custom_field (name, type) VALUES ('seats', 'number');
INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, amount, probability, currency) VALUES
	(1, 1, 1, 'Network', 'sara', 100.00, 10, 'EUR'), (1, 1, 2, 'Printers', 'omid', 50.00, 20, 'USD'), (1, 1, 2, 'Phones', 'sara', 30.50, 50, 'USD'),
	(1, 2, NULL, 'Kitchen', NULL, 70.00, 25, 'EUR'), (1, NULL, NULL, 'Asked for', 'omid', NULL, NULL, NULL);

-- Network (100.00 EUR, 10 %) goes on top of Kitchen (70.00 EUR, 25 %): 170.00 EUR, 27.50 of them expected. What it leaves: 80.50 USD, 25.25.
SELECT jsonb_pretty(move('1', '2', with_totals => true, fields => '{title,account.name,version}')) AS answer;
-- below Kitchen: the second of two; nothing was left
SELECT move('1', '2', below => '4', with_totals => true, fields => '{title}') - 'column' AS answer;
-- between: from the top 3, 1, 4
SELECT move('3', '2', above => '1', below => '4', with_totals => true, fields => '{title}') -> 'place' AS second;
-- without totals no amount is read, as on a board
SELECT move('3', '1', with_totals => false, fields => '{title}') AS answer;

-- A lane: its own cells, and what people call it. Lead of Sara has Phones alone, of Omid Printers.
SELECT move('3', '1', above => '2', lane_by => 'owner', changes => '{"owner": "omid"}', fields => '{title}') AS answer;
SELECT move('3', '1', lane_by => 'all(owner)', changes => '{"owner": null}', fields => '{title}') #- '{column,by_currency}' #- '{left,by_currency}' AS answer;
SELECT move('3', '1', lane_by => 'account_id', fields => '{title}') - '{left,card}'::text[] AS answer;
SELECT move('3', '1', lane_by => 'month(expected_close)', changes => '{"expected_close": "2026-03-05"}', fields => '{title}') #- '{column,by_currency}' #- '{left,by_currency}' AS answer;
-- another lane of the same column: both cells, though the column is one
SELECT a -> 'left' ->> 'lane_label' AS from_lane, a -> 'column' ->> 'lane_label' AS to_lane, a -> 'left' ->> 'stage' AS stage, a ->> 'place' AS place
FROM move('3', '1', lane_by => 'owner', changes => '{"owner": "sara"}') AS a;

-- The board's filter: a card that no longer fits is told, and isn't counted.
SELECT save_filter('Sara''s', '{"rules": [{"field": "owner", "operator": "=", "value": "sara"}]}', shared => true) IS NOT NULL AS saved;
SELECT move('1', '3', filter => 'Sara''s', fields => '{owner}') AS fits;
SELECT move('1', '3', filter => 'Sara''s', changes => '{"owner": "omid"}', fields => '{owner}') AS does_not;
SELECT move('1', '2', rules => '{"rules": [{"field": "owner", "operator": "=", "value": "omid"}]}', fields => '{owner}') #>> '{column,count}' AS omids_alone;
SELECT move('2', '2', search => 'print', fields => '{title}') #- '{column,by_currency}' AS answer;
SELECT move('2', '2', scope => '{"account_id": 1}', fields => '{title}') - 'column' AS answer;
-- archived, then shown with what is archived
SELECT move('2', '2', changes => '{"archived": true}', with_totals => true) -> 'shown' AS shown, move('2', '2', include_archived => true) -> 'shown' AS archived_too;
UPDATE opportunity SET archived = false;

-- A final column: its own order, and no longer than it shows.
SELECT move('1', '5', above => '4', changes => '{"close_reason": "price"}', with_totals => true, fields => '{title}') #- '{column,by_currency}' #- '{left,by_currency}' AS answer;
SELECT a -> 'shown' AS shown, a -> 'place' AS place, a #>> '{column,count}' AS count FROM move('1', '5', changes => '{"closed_on": "2020-01-01"}', with_totals => true) AS a;
SELECT a -> 'shown' AS shown, a -> 'place' AS place, a #>> '{column,count}' AS count FROM move('1', '5', include_archived => true) AS a;

-- The column without a stage; a column of another pipeline is on no board that is scoped to one.
SELECT move('5', '1', with_totals => true, fields => '{title}') -> 'left' AS empty_now;
SELECT move('4', '7', changes => '{"pipeline_id": 2}', scope => '{"pipeline_id": 1}', fields => '{title}') - 'left' AS answer;
SELECT a -> 'left' AS from_elsewhere, a #>> '{column,stage}' AS stage FROM move('4', '2', changes => '{"pipeline_id": 1}', scope => '{"pipeline_id": 1}') AS a;

-- Another order: the place is that order's, and neighbours that follow it are the other way round.
SELECT move('4', '1', sort => '{-amount}', fields => '{title,amount}') - '{left,column}'::text[] AS first_by_amount;
SELECT move('4', '1', sort => '{title}', fields => '{title}') ->> 'place' AS second_by_title;
SELECT pg_temp.attempt($$SELECT move('5', '1', above => '4', below => '3', sort => '{title}')$$);

-- A view gives fields, lanes, order and filter, where the call gives none.
SELECT save_view('Mine', 'kanban', fields => '{title,owner}', lane_by => 'owner', filter => 'Sara''s', shared => true) IS NOT NULL AS saved;
SELECT a -> 'card' AS card, a -> 'shown' AS shown, a #>> '{column,lane_label}' AS lane FROM move('3', '2', "view" => 'Mine') AS a;
UPDATE saved_view SET is_default = true;
SELECT move('3', '2', with_totals => true) -> 'card' AS by_default;
-- without a board, fields alone
SELECT move('3', '2', fields => '{title,label(owner)}') AS card;

-- Equal values of a lane that differ as texts have one lane, called as on the board.
UPDATE opportunity SET custom = '{"seats": 7.50}' WHERE id = 1;
SELECT a #> '{column,lane}' AS lane, a #> '{column,lane_label}' AS label, a #> '{column,count}' AS count FROM move('3', '2', lane_by => 'custom.seats', changes => '{"custom.seats": "7.500"}', include_archived => true) AS a;
SELECT DISTINCT lane, lane_label FROM board(lane_by => 'custom.seats', include_archived => true) WHERE lane IS NOT NULL;

-- Errors.
SELECT pg_temp.attempt($$SELECT move('3', '2', filter => 'nothing')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', "view" => 'nothing')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', lane_by => 'ownr')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', lane_by => 'month(title)')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', sort => '{titel}')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', fields => '{titel}')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', fields => '{titel}', with_totals => true)$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', fields => '{NULL}')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', fields => array_fill('title'::text, '{1001}'))$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', rules => '{"rules": [{"field": "amount", "operator": "=", "value": "much"}]}')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', scope => '[]')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', scope => '{"amount": "much"}')$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', search => repeat('x', 1001))$$);
SELECT pg_temp.attempt($$SELECT move('99', '2', with_totals => true)$$);
SELECT pg_temp.attempt($$SELECT move('3', '99', with_totals => true)$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', expected => 1, with_totals => true)$$);
SELECT pg_temp.attempt($$SELECT move('3', '2', with_totals => true, relation => 'stage')$$);
-- none of them moved anything
SELECT stage_id, version FROM opportunity WHERE id = 3;

-- A trigger of one's own that changes the card, or moves it on: what is answered is what is there.
BEGIN;
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE opportunity SET stage_id = 4, title = 'moved on' WHERE id = new.id;
	RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER UPDATE ON opportunity FOR EACH ROW WHEN (old.stage_id IS DISTINCT FROM new.stage_id AND new.stage_id = 3) EXECUTE FUNCTION follow();
SELECT a #>> '{card,title}' AS title, a #>> '{column,stage}' AS stage, a #>> '{column,count}' AS count, a #>> '{left,stage}' AS from_stage, a #>> '{card,version}' AS version
FROM move('3', '3', fields => '{title,version}', with_totals => true) AS a;
SELECT version FROM opportunity WHERE id = 3;
ROLLBACK;

-- Who sees less is told less: cards, counts and sums of the board that he sees.
CREATE ROLE regress_dragger;
GRANT USAGE ON SCHEMA crm_drag TO regress_dragger;
GRANT SELECT, UPDATE ON opportunity TO regress_dragger;
GRANT SELECT ON stage, pipeline, account, app_user, saved_filter TO regress_dragger;
CREATE POLICY seen ON opportunity FOR SELECT TO regress_dragger USING (owner IS DISTINCT FROM 'boss');
CREATE POLICY changed ON opportunity FOR UPDATE TO regress_dragger USING (true);
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, currency) VALUES (1, 3, 'Secret', 'boss', 1000000.00, 'EUR');
SELECT stage_id, count(*), sum(amount) FROM opportunity WHERE owner IS DISTINCT FROM 'boss' AND stage_id IN (2, 3) GROUP BY 1 ORDER BY 1;
SET ROLE regress_dragger;
SELECT a #>> '{column,count}' AS count, a #>> '{column,final_total}' AS final_total, a -> 'place' AS place, a #>> '{left,count}' AS left_count FROM move('3', '3', with_totals => true) AS a;
SELECT pg_temp.attempt($$SELECT move('6', '2', with_totals => true)$$);
SELECT a #>> '{column,count}' AS count, a -> 'place' AS place FROM move('3', '3', with_totals => true) AS a;
-- it may not leave his sight by his own drag, and is told so
SELECT pg_temp.attempt($$SELECT move('3', '3', changes => '{"owner": "boss"}', with_totals => true)$$);
RESET ROLE;
-- where what happens after it takes it out of his sight, nothing of it is told
CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm_drag, pg_temp AS $$
BEGIN
	UPDATE opportunity SET owner = 'boss', title = 'Taken' WHERE id = new.id;
	RETURN NULL;
END $$;
CREATE TRIGGER take AFTER UPDATE ON opportunity FOR EACH ROW WHEN (new.stage_id = 4 AND old.stage_id <> 4) EXECUTE FUNCTION take();
SET ROLE regress_dragger;
SELECT move('3', '4', with_totals => true) #- '{left,by_currency}' AS gone;
RESET ROLE;
DROP TRIGGER take ON opportunity;
-- a stage that row security hides is a column without a name, on the board as in the answer
CREATE POLICY known ON stage TO regress_dragger USING (name <> 'Qualified');
ALTER TABLE stage ENABLE ROW LEVEL SECURITY;
SELECT count(*), min(id) AS hidden_card FROM opportunity WHERE stage_id = 2 AND owner IS DISTINCT FROM 'boss' AND NOT archived \gset
SET ROLE regress_dragger;
SELECT stage_id, stage, kind, count = :count AS all_there FROM board(cards => 0) WHERE stage_id = '2';
SELECT a #>> '{left,stage_id}' AS stage_id, a #> '{left,stage}' AS stage, a #>> '{left,kind}' AS kind, a #>> '{left,count}' = (:count - 1)::text AS one_less
FROM move(:'hidden_card', '1', with_totals => true) AS a;
SELECT pg_temp.attempt(format('SELECT move(%L, ''2'', with_totals => true)', :'hidden_card'));
RESET ROLE;
UPDATE opportunity SET stage_id = 2 WHERE id = :hidden_card;
ALTER TABLE stage DISABLE ROW LEVEL SECURITY;
DROP POLICY known ON stage;
-- amounts that one may not read: a drag without totals, and one statement for several roles of a session
REVOKE SELECT ON opportunity FROM regress_dragger;
GRANT SELECT (id, pipeline_id, stage_id, title, owner, position, closed_at, closed_on, archived, version) ON opportunity TO regress_dragger;
SELECT move('1', '1') ? 'amount' AS has_amount;
SET ROLE regress_dragger;
SELECT move('1', '1') AS card;
SELECT pg_temp.attempt($$SELECT move('1', '1', with_totals => true, fields => '{title}')$$);
SELECT move('1', '1', with_totals => false, fields => '{title}') AS answer;
RESET ROLE;
DROP POLICY seen ON opportunity;
DROP POLICY changed ON opportunity;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- At random: every answer beside the whole board, read before and after.
\if :{?seed}
\else
\set seed 0.1618
\endif
\echo seed :seed
SELECT setseed(:seed) \g /dev/null
DELETE FROM opportunity;
UPDATE saved_view SET is_default = false;
INSERT INTO opportunity (id, pipeline_id, stage_id, account_id, title, owner, amount, probability, currency, expected_close, custom, archived, closed_at)
SELECT n, 1, CASE WHEN n % 9 < 6 THEN n % 9 + 1 END, CASE WHEN n % 3 > 0 THEN n % 3 END, 'card ' || n % 20, (ARRAY['sara', 'omid', 'leila', NULL])[1 + n % 4],
	CASE WHEN n % 7 > 0 THEN (n % 5) * 10.25 END, n % 101, (ARRAY['EUR', 'USD', NULL])[1 + n % 3], CASE WHEN n % 2 = 0 THEN date '2026-01-15' + n * 3 END,
	jsonb_build_object('seats', (ARRAY[7.5, 7.50, 8])[1 + n % 3]), n % 11 = 0, CASE WHEN n % 9 IN (4, 5) THEN now() - n * interval '1 day' END
FROM generate_series(1, 90) AS n;
-- a column of a board where the card is, or as an answer names it
CREATE FUNCTION pg_temp.of_card(board jsonb, card text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT c FROM jsonb_array_elements(board -> 'columns') AS c WHERE c @@ format('$.cards[*].id == "%s"', card)::jsonpath $$;
CREATE FUNCTION pg_temp.alike(board jsonb, cell jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT c FROM jsonb_array_elements(board -> 'columns') AS c
	WHERE (c -> 'pipeline_id', c -> 'lane', c -> 'stage_id') = (cell -> 'pipeline_id', cell -> 'lane', cell -> 'stage_id') $$;
-- what a cell of an answer should be: as on the board; or empty, in a lane that is not on it any more
CREATE FUNCTION pg_temp.agrees(board jsonb, cell jsonb) RETURNS boolean LANGUAGE sql AS $$
	SELECT coalesce(pg_temp.alike(board, cell) - '{cards,next,position,measures,converted}'::text[] = cell, cell ->> 'count' = '0' AND cell -> 'by_currency' = '[]') $$;
CREATE TEMP TABLE outcome (board text, shown boolean, problem text, answer jsonb);
DO $$
DECLARE
	boards text[] := ARRAY['with_totals => true', 'lane_by => ''owner''', 'lane_by => ''all(owner)''', 'lane_by => ''account_id'', include_archived => true', 'lane_by => ''account.name''',
		'lane_by => ''custom.seats''', 'lane_by => ''quarter(expected_close)''', 'lane_by => ''label(owner)'', sort => ''{-amount}''', 'sort => ''{title,-probability}''', 'sort => ''{-closed_on,amount}'', search => ''card 1''',
		'filter => ''Sara''''s''', 'rules => ''{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Cedar"}, {"field": "stage.kind", "operator": "!=", "value": "lost"}]}''', 'scope => ''{"owner": "omid", "pipeline_id": 1}''', '"view" => ''Mine''', 'scope => ''{"pipeline_id": "1"}'', lane_by => ''currency'''];
	args text;
	id text;
	board_before jsonb;
	board_after jsonb;
	answer jsonb;
	was jsonb;
	is_at jsonb;
	cell jsonb;
BEGIN
	FOR n IN 1 .. 300 LOOP
		IF n = 150 THEN PERFORM create_rollup(by => '{pipeline_id,stage_id,archived,closed_on,owner}'); END IF;
		args := boards[1 + n % cardinality(boards)];
		id := 1 + floor(random() * 90);
		EXECUTE format('SELECT board_json(cards => 1000, %s)', args) INTO board_before;
		EXECUTE format('SELECT move(id::text, stage_id::text, above => (SELECT id FROM opportunity AS n WHERE n.stage_id = o.stage_id AND n.id <> o.id ORDER BY random() LIMIT 1 OFFSET %s)::text,
			changes => %L, %s) FROM (SELECT id, coalesce(CASE WHEN random() < 0.4 THEN stage_id END, 1 + floor(random() * 6)::bigint) AS stage_id FROM opportunity WHERE id = %s OFFSET 0) AS o',
			CASE WHEN random() < 0.5 THEN 0 ELSE 1000 END,
			CASE floor(random() * 6) WHEN 0 THEN '{"owner": "sara"}' WHEN 1 THEN '{"owner": null}' WHEN 2 THEN '{"amount": 33.333, "currency": "USD"}' WHEN 3 THEN '{"account_id": 2, "custom.seats": "7.50"}' WHEN 4 THEN '{"archived": true}' ELSE '{"archived": false, "expected_close": "2026-05-05"}' END, args, id) INTO answer;
		EXECUTE format('SELECT board_json(cards => 1000, %s)', args) INTO board_after;
		was := pg_temp.of_card(board_before, id);
		is_at := pg_temp.of_card(board_after, id);
		cell := coalesce(nullif(answer -> 'left', 'null'), answer -> 'column');
		INSERT INTO outcome VALUES (args, (answer -> 'shown')::boolean, concat_ws(', ',
			CASE WHEN (answer -> 'shown')::boolean <> (is_at IS NOT NULL) THEN 'shown' END,
			CASE WHEN is_at IS NOT NULL AND answer -> 'card' IS DISTINCT FROM is_at -> 'cards' -> ((answer ->> 'place')::integer - 1) THEN 'place' END,
			CASE WHEN is_at IS NOT NULL AND is_at - '{cards,next,position,measures,converted}'::text[] IS DISTINCT FROM answer -> 'column' THEN 'column' END,
			CASE WHEN NOT pg_temp.agrees(board_after, answer -> 'column') THEN 'totals' END,
			CASE WHEN NOT pg_temp.agrees(board_after, cell) THEN 'totals of what it left' END,
			CASE WHEN was IS NOT NULL AND args !~ 'seats' AND (was -> 'lane', was -> 'stage_id', was -> 'lane_label') IS DISTINCT FROM (cell -> 'lane', cell -> 'stage_id', cell -> 'lane_label') THEN 'left' END), answer);
	END LOOP;
END $$;
SELECT count(*) AS drags, count(DISTINCT board) AS boards, count(*) FILTER (WHERE shown) > 100 AS many_shown, count(*) FILTER (WHERE NOT shown) > 25 AS some_not,
	count(*) FILTER (WHERE answer -> 'left' = 'null') > 25 AS some_stay FROM outcome;
SELECT board, problem, count(*), min(answer::text) FROM outcome WHERE problem <> '' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT * FROM check_crm('crm_drag');

-- What a rollup has of the cells is read there.
SET client_min_messages = notice;
SET opportunities.explain_rollups = on;
SELECT move('1', '2', lane_by => 'owner', changes => '{"archived": false, "owner": "sara"}') -> 'column' AS told \gset
RESET opportunities.explain_rollups;
SET client_min_messages = warning;
SELECT count(*) FROM jsonb_array_elements(board_json(lane_by => 'owner') -> 'columns') AS c WHERE c - '{cards,next,position,measures,converted}'::text[] = :'told';

-- With tenants: another's cards count nowhere.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_drag_tenants', tenant => true, starter => true);
GRANT USAGE ON SCHEMA crm_drag_tenants TO regress_dragger;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA crm_drag_tenants TO regress_dragger;
SET ROLE regress_dragger;
SET search_path = crm_drag_tenants, opportunities, public;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount) SELECT n, 1, 1, n, 'sara', 10 * n FROM generate_series(1, 3) AS n;
-- its stages are all that its cards can be in, so that an index has those that a board shows; unless something else hides some
SELECT sql !~ 'NOT \(' AS by_index FROM board_sql() WHERE part = 'totals';
RESET ROLE;
CREATE POLICY known ON crm_drag_tenants.stage AS RESTRICTIVE TO regress_dragger USING (name <> 'Qualified');
SET ROLE regress_dragger;
SELECT sql !~ 'NOT \(' AS by_index FROM board_sql() WHERE part = 'totals';
RESET ROLE;
DROP POLICY known ON crm_drag_tenants.stage;
SET ROLE regress_dragger;
SET opportunities.tenant = 'south';
INSERT INTO pipeline (id, name) VALUES (2, 'Sales');
INSERT INTO stage (id, pipeline_id, name, kind) VALUES (11, 2, 'Lead', 'open'), (12, 2, 'Won', 'won');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount) SELECT n, 2, 11, n, 'sara', n FROM generate_series(6, 8) AS n;
SELECT move('7', '12', lane_by => 'owner', fields => '{title}') #- '{column,by_currency}' #- '{left,by_currency}' AS answer;
SELECT pg_temp.attempt('SELECT move(''1'', ''11'', with_totals => true)');
RESET ROLE;
RESET opportunities.tenant;

DROP OWNED BY regress_dragger;
DROP ROLE regress_dragger;
DROP SCHEMA crm_drag, crm_drag_tenants CASCADE;
