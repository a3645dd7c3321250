-- Answers that say what they are: the view that applied, the fields in order with their labels, a board's totals as a whole.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_described', starter => true) \g /dev/null
SET search_path = crm_described, opportunities, public;
\i test/data/attempt.sql
INSERT INTO account (name) VALUES ('Alborz');
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, account_id, amount, currency, probability, custom) VALUES
	(1, 1, 'First', 'sara', 1, 10.50, 'EUR', 50, '{"seats": 3}'), (1, 2, 'Second', 'omid', NULL, 3, 'USD', 10, '{}'),
	(1, 2, 'Third', 'sara', NULL, 12345678901234567890.123, 'EUR', 50, '{}');
INSERT INTO custom_field (name, type, label) VALUES ('seats', 'number', 'Number of seats');
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'GBP', '2020-01-01', 0.8), ('USD', 'GBP', '2020-01-01', 0.75);

-- no number of a board loses a digit, and its whole is the sum of its columns
SELECT jsonb_pretty(jsonb_set(answer, '{columns}', jsonb_path_query_array(answer, '$.columns[*] ? (@.stage == "Qualified")'))) AS answer
FROM board_json(cards => 1, fields => '{title,amount}', scope => '{"stage_id": 2}') AS answer;
SELECT c ->> 'stage' AS stage, c ->> 'count' AS count, c -> 'by_currency' AS by_currency FROM jsonb_array_elements(board_json(cards => 0) -> 'columns') AS c WHERE c ->> 'count' <> '0';
SELECT board_json(cards => 0) -> 'totals' AS whole, (SELECT totals(amount, probability, realized_amount, currency)::jsonb FROM opportunity) = board_json(cards => 0) -> 'totals' AS as_the_rows;
SELECT board_json(cards => 0, scope => '{"id": 99}') -> 'totals' AS nothing, board_json(cards => 0, with_totals => false) -> 'totals' AS counted;
-- each row of board, and nothing else
SELECT count(*), bool_and(c ->> 'count' = b.count::text AND (c ->> 'final_total') IS NOT DISTINCT FROM b.final_total::text AND c -> 'cards' = b.cards
	AND c -> 'next' IS NOT DISTINCT FROM coalesce(b.next, 'null') AND (c ->> 'stage_id') IS NOT DISTINCT FROM b.stage_id AND (c ->> 'lane') IS NOT DISTINCT FROM b.lane
	AND (c ->> 'position')::int = b.position AND (c ->> 'own_order')::boolean = b.own_order AND c ->> 'kind' = b.kind AND (c ->> 'lane_label') IS NOT DISTINCT FROM b.lane_label
	AND c -> 'measures' = coalesce(b.measures, 'null') AND c -> 'converted' = b.converted) AS same
FROM ROWS FROM (board(lane_by => 'owner', cards => 1, measures => '{sum(amount)}', in_currency => 'GBP'),
	jsonb_array_elements(board_json(lane_by => 'owner', cards => 1, measures => '{sum(amount)}', in_currency => 'GBP') -> 'columns'))
	AS b (pipeline_id, lane, lane_label, stage_id, stage, kind, position, count, final_total, estimated_total, realized_total, currency, by_currency, cards, next, own_order, measures, converted, c);

-- fields: as the view has them, as they are declared, in the reader's language
CREATE FUNCTION pg_temp.told(answer jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(': ', coalesce(answer ->> 'view', '-'), (SELECT string_agg(concat_ws(' ', f ->> 'field', '"' || (f ->> 'label') || '"', f ->> 'type', f ->> 'width'), ', ' ORDER BY n)
		FROM jsonb_array_elements(answer -> 'fields') WITH ORDINALITY AS f (f, n))) $$;
SELECT pg_temp.told(list(fields => '{title,account.name,custom.seats,custom.color,tags,expected_close,created_at,stale}'));
INSERT INTO label (language, field, label) VALUES ('fa', 'title', 'عنوان');
SET opportunities.language = 'fa';
SELECT pg_temp.told(list(fields => '{title,custom.seats}')), pg_temp.told(board_json(fields => '{title}'));
RESET opportunities.language;
SELECT save_view('Board', 'kanban', '{title,amount}', lane_by => 'owner') > 0, save_view('Grid', 'grid', '{amount,owner}') > 0;
UPDATE saved_view SET columns = '[{"field": "title", "label": "What", "width": 120, "color": "red"}, {"field": "amount", "width": "wide"}]' WHERE name = 'Board';
SELECT pg_temp.told(board_json("view" => 'Board')) AS board, board_json("view" => 'Board') ->> 'lane_by' AS lane_by, pg_temp.told(board_json("view" => 'Board', fields => '{title}')) AS other_fields;

-- a default for each layout, by one call
SELECT set_default_view('Board', 'kanban'), set_default_view('Grid');
SELECT pg_temp.told(board_json()) AS board, pg_temp.told(list()) AS list;
SELECT save_view('Other', 'grid', '{title}') > 0;
SELECT set_default_view('Other', 'grid', '1');
SELECT name, is_default, pipeline_id FROM saved_view ORDER BY name;
SELECT pg_temp.told(list()) AS of_the_pipeline;
SELECT set_default_view('Grid', 'grid', ' 1');
SELECT name, is_default, pipeline_id FROM saved_view ORDER BY name;
SELECT set_default_view(NULL, 'grid', '1');
SELECT pg_temp.told(list(fields => '{title}')) AS none, (SELECT count(*) FROM saved_view WHERE is_default) AS left_for_boards;
SELECT save_view('Everybody', 'grid', '{currency}', shared => true) > 0;
SELECT set_default_view('Everybody', shared => true);
SET opportunities.user_name = 'omid';
SELECT pg_temp.told(list()) AS of_everybody;
SELECT save_view('Mine', 'grid', '{probability}', shared => true) > 0;
SELECT pg_temp.attempt($$SELECT set_default_view('Mine', shared => true)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Everybody', shared => true)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Mine')$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Mine', 'kanban', shared => true)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Mine', NULL)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Mine', 'grid', 'one', true)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('Mine', 'grid', '77', true)$$);
SELECT pg_temp.attempt($$SELECT set_default_view('x', relation => 'account')$$);
BEGIN;
CREATE RULE nothing AS ON UPDATE TO saved_view DO INSTEAD NOTHING;
SELECT pg_temp.attempt($$SELECT set_default_view('Everybody', shared => true)$$);
ROLLBACK;
BEGIN;
ALTER TABLE saved_view DROP COLUMN pipeline_id;
SELECT pg_temp.attempt($$SELECT set_default_view('Everybody', 'grid', '1', true)$$);
ROLLBACK;
SELECT pg_temp.attempt($$SELECT board_json(fields => '{titel}')$$);
SELECT name, is_default FROM saved_view WHERE shared ORDER BY name;

-- a report as JSON: its rows in order, every number a string
SELECT report_json(by => '{month(expected_close)}', scope => '{"title": "First"}');
SELECT jsonb_agg(r -> 'dimensions') AS in_order, bool_and(jsonb_typeof(r -> 'count') = 'string' AND jsonb_typeof(r -> 'won') = 'string') AS strings FROM jsonb_array_elements(report_json(by => '{owner}', subtotals => true)) AS r;
SELECT r ->> 'final_total' AS final_total, r -> 'win_rate' AS win_rate FROM jsonb_array_elements(report_json(by => '{currency}')) AS r;
SELECT report_json(by => '{owner}', scope => '{"id": 99}');
-- What is written as it is stored is what the server would store of the same text, and what its own functions make of the rows.
SELECT what, jsonb_typeof(j) AS type, j = built AS same, record_image_eq(ROW(j), ROW(j::text::jsonb)) AS stored_so FROM (VALUES
	('report_json', report_json(by => '{id,month(expected_close),custom}', subtotals => true, measures => '{sum(amount),avg(days_in_stage)}'),
		(SELECT jsonb_agg(jsonb_build_object('count', r.count::text, 'final_total', r.final_total::text, 'estimated_total', r.estimated_total::text, 'realized_total', r.realized_total::text,
			'open_count', r.open_count::text, 'open_estimated', r.open_estimated::text, 'won', r.won::text, 'lost', r.lost::text, 'won_total', r.won_total::text, 'win_rate', r.win_rate::text,
			'avg_days_to_close', r.avg_days_to_close::text, 'lost_total', r.lost_total::text) || (to_jsonb(r) - '{count,final_total,estimated_total,realized_total,open_count,open_estimated,won,lost,won_total,win_rate,avg_days_to_close,lost_total}'::text[]))
		FROM report(by => '{id,month(expected_close),custom}', subtotals => true, measures => '{sum(amount),avg(days_in_stage)}') AS r)),
	('board_json', board_json(lane_by => 'owner', measures => '{sum(amount)}'), jsonb_set(board_json(lane_by => 'owner', measures => '{sum(amount)}'), '{columns}',
		(SELECT jsonb_agg(c ORDER BY n) FROM jsonb_array_elements(board_json(lane_by => 'owner', measures => '{sum(amount)}') -> 'columns') WITH ORDINALITY AS c (c, n)))),
	('json_rows', (SELECT opportunities_internal.json_rows(r) FROM (SELECT i AS a, repeat('x', i::int) AS longer, NULL::numeric AS c, i / 7.0 AS b, i % 2 = 0 AS even, to_jsonb(i) AS json FROM generate_series(1::bigint, 100) AS i) AS r),
		(SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('a', r.a::text, 'b', r.b::text) ORDER BY r.a) FROM (SELECT i AS a, repeat('x', i::int) AS longer, NULL::numeric AS c, i / 7.0 AS b, i % 2 = 0 AS even, to_jsonb(i) AS json FROM generate_series(1::bigint, 100) AS i) AS r))
) AS v (what, j, built);
SELECT opportunities_internal.json_rows(r) FROM (SELECT 1::bigint AS a WHERE false) AS r;
SELECT pg_temp.attempt($$SELECT opportunities_internal.json_rows(r) FROM (VALUES (ROW(1::bigint)), (ROW('a'::text))) AS v (r)$$);
SELECT pg_temp.attempt($$SELECT opportunities_internal.json_rows(NULL)$$), pg_temp.attempt($$SELECT opportunities_internal.json_rows(ROW('1'::money))$$);
SELECT pg_temp.attempt($$SELECT opportunities_internal.json_rows(r) FROM (SELECT 1::bigint AS a, 2::bigint AS a) AS r$$);
SELECT pg_temp.attempt($$SELECT report_json(by => '{ownr}')$$);
SELECT count(*) AS differ FROM (SELECT to_jsonb(r) - 'labels' AS r FROM report(by => '{owner}') AS r) AS r
FULL JOIN (SELECT j - 'labels' AS j FROM jsonb_array_elements(report_json(by => '{owner}')) AS j) AS j ON j -> 'dimensions' = r -> 'dimensions'
WHERE (SELECT jsonb_object_agg(key, value #>> '{}') FROM jsonb_each(r)) IS DISTINCT FROM (SELECT jsonb_object_agg(key, value #>> '{}') FROM jsonb_each(j));
DROP SCHEMA crm_described CASCADE;
