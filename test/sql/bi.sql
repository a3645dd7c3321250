-- What BI tools read: the views, the funnel, the pipeline as it stood, the calendar.
\i test/data/attempt.sql
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('bi_crm') \g /dev/null
SET search_path = bi_crm, public;
SET opportunities.time_zone = 'Asia/Tehran';

INSERT INTO account (id, name) VALUES (1, 'Alborz');
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (1, 1, 'Lead', 1, 'open'), (2, 1, 'Offer', 2, 'open'), (3, 1, 'Talks', 3, 'open'), (4, 1, 'Won', 4, 'won'), (5, 1, 'Lost', 5, 'lost');
INSERT INTO product (id, name, category, unit_price) VALUES (1, 'Switch', 'Network', 100), (2, 'Phone', 'Voice', 30);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount, probability, expected_close, created_at, closed_at, stage_entered_at) VALUES
	(1, 1, 4, 'Won', 1, 'sara', 260, 80, '2026-02-01', '2026-01-01 21:00', '2026-01-11 12:00', '2026-01-11 12:00'),
	(2, 1, 5, 'Lost', NULL, 'omid', 100, 50, NULL, '2026-01-03', '2026-01-20', '2026-01-20'),
	(3, 1, 2, 'Open', 1, 'sara', 40, 25, '2026-03-01', '2026-01-05', NULL, '2026-01-15'),
	(4, 1, NULL, 'No stage', NULL, NULL, NULL, NULL, NULL, '2026-01-06', NULL, '2026-01-06'),
	(6, 1, 1, 'Open again', NULL, 'sara', 5, 10, NULL, '2026-02-01', NULL, '2026-02-03');
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_by, entered_at, left_at, changed_at)
SELECT opportunity_id, 1, from_stage_id, 1, to_stage_id, changed_by, entered_at::timestamptz, left_at::timestamptz, left_at::timestamptz FROM (VALUES
	(1, 1, 2, 'sara', '2026-01-01 21:00', '2026-01-05 21:00'), (1, 2, 4, 'sara', '2026-01-05 21:00', '2026-01-11 12:00'),
	(2, 1, 3, 'omid', '2026-01-03', '2026-01-10'), (2, 3, 2, 'omid', '2026-01-10', '2026-01-10'), (2, 2, 5, 'omid', '2026-01-10', '2026-01-20'),
	(3, NULL, 1, 'sara', '2026-01-05', '2026-01-07'), (3, 1, 2, 'sara', '2026-01-07', '2026-01-15'),
	(6, 1, 4, 'sara', '2026-02-01', '2026-02-02'), (6, 4, 1, 'sara', '2026-02-02', '2026-02-03')) AS v (opportunity_id, from_stage_id, to_stage_id, changed_by, entered_at, left_at);
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price, discount_percent, tax_percent) VALUES
	(1, 1, NULL, 2, 100, 0, 10), (1, 2, NULL, 3, 30, 33.33, 0), (2, NULL, 'Advice', 1, 100, 0, 0);

\x on
SELECT jsonb_pretty(to_jsonb(o) - 'days_in_stage') FROM bi_opportunity AS o WHERE id = 1;
SELECT id, state, stage, account, forecast_amount, won_amount, days_to_close, days_in_stage = opportunities.business_date(now()) - date '2026-01-15' AS since_january_15 FROM bi_opportunity WHERE id IN (2, 3, 4) ORDER BY id;
SELECT * FROM bi_line WHERE opportunity_id = 1 ORDER BY id;
\x off
-- by product, an opportunity of two products counted once each
SELECT category, product, currency, sum(won_net) AS won, sum(lost_net) AS lost, count(DISTINCT opportunity_id) AS opportunities FROM bi_line GROUP BY 1, 2, 3 ORDER BY 2;
-- plain numbers and text: no type of the extension
SELECT c.relname, a.attname, a.atttypid::regtype FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'bi_crm'::regnamespace AND c.relkind = 'v' AND a.atttypid::regtype NOT IN ('bigint', 'integer', 'text', 'numeric', 'date', 'boolean', 'timestamptz', 'jsonb');

-- Who asks for open rows reads no others, and no table that only columns of others come from.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF, ANALYZE, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ ' on (opportunity|stage|stage_change|account|pipeline|app_user|document|payment)\M' THEN
			RETURN NEXT substring(line FROM 'Index|Seq') || substring(line FROM ' on \w+') || CASE WHEN line ~ 'never|rows=0[.0]* loops=1\M' THEN ': nothing' ELSE '' END;
		END IF;
	END LOOP;
END $$;
BEGIN;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT DISTINCT plan_of('SELECT owner, sum(forecast_amount) FROM bi_opportunity WHERE state = ''open'' GROUP BY 1') AS plan ORDER BY 1;
SELECT DISTINCT plan_of('SELECT source, count(*) FROM bi_opportunity WHERE state <> ''open'' GROUP BY 1') AS plan ORDER BY 1;
SELECT DISTINCT plan_of('SELECT avg(days) FROM bi_stage_history WHERE state = ''open''') AS plan ORDER BY 1;
SELECT DISTINCT plan_of(opportunities.report_sql(by => '{owner}', rules => '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}]}')) AS plan ORDER BY 1;
-- What a query wants of states is planned by, and changes no answer: against the same where the planner can't see it.
CREATE FUNCTION seen_and_unseen(query text) RETURNS TABLE (rows text, agree boolean) LANGUAGE plpgsql AS $$
DECLARE
	unseen text;
BEGIN
	EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text COLLATE "C") FROM (%s) AS r', query) INTO rows;
	EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text COLLATE "C") FROM (%s) AS r', replace(query, 'bi_opportunity', '(SELECT * FROM bi_opportunity OFFSET 0)')) INTO unseen;
	agree := rows IS NOT DISTINCT FROM unseen;
	RETURN NEXT;
END $$;
SELECT condition, rows, agree FROM unnest(ARRAY['state = ''open''', '''open'' = state', 'state <> ''open''', 'state = ''won''', 'state IN (''won'', ''lost'')', 'state NOT IN (''won'', ''lost'')', 'state IN (''open'')', 'state IN (''open'', ''won'')', 'state NOT IN (''open'', ''lost'')',
	'state = ''Open''', 'state = ANY (ARRAY[''open'', NULL])', 'state <> ALL (ARRAY[''won'', NULL])', 'state <> ANY (ARRAY[''won'', ''open''])', 'state IS NULL', 'NOT state = ''open''', 'state = ''open'' AND state = ''won''', 'state = ''open'' OR id = 2', '(state = ''open'') IS NOT TRUE',
	'state::varchar = ''open''', 'state = ''open''::text COLLATE "C"', 'state > ''open''', 'closed_on IS NULL', 'closed_on IS NOT NULL AND state = ''lost''', 'lower(state) = ''open''', 'state = source', 'state = (SELECT ''open'')']) AS condition,
	LATERAL seen_and_unseen(format('SELECT o.id, o.state, o.forecast_amount, o.won_amount FROM bi_opportunity AS o WHERE %s', condition));
SELECT agree, query FROM unnest(ARRAY['SELECT a.id, o.id, o.state FROM account AS a LEFT JOIN bi_opportunity AS o ON o.account_id = a.id AND o.state = ''open''',
	'SELECT a.id, o.id, o.state FROM account AS a LEFT JOIN bi_opportunity AS o ON o.account_id = a.id WHERE o.state = ''open''', 'SELECT a.id, o.id, o.state FROM bi_opportunity AS o LEFT JOIN account AS a ON a.id = o.account_id AND o.state = ''won'' WHERE o.state <> ''open''',
	'SELECT o.id, p.id, p.state FROM bi_opportunity AS o RIGHT JOIN bi_opportunity AS p ON p.id = o.id + 1 AND o.state = ''open'' WHERE p.state = ''open''', 'SELECT o.id, p.id FROM bi_opportunity AS o JOIN bi_opportunity AS p ON p.state = o.state WHERE o.state = ''won''',
	'SELECT a.id FROM account AS a WHERE EXISTS (SELECT FROM bi_opportunity AS o WHERE o.account_id = a.id AND o.state = ''open'')', 'SELECT a.id FROM account AS a WHERE NOT EXISTS (SELECT FROM bi_opportunity AS o WHERE o.account_id = a.id AND o.state = ''open'')',
	'SELECT o.id, (SELECT o.state WHERE o.state = ''won'') FROM bi_opportunity AS o WHERE o.state <> ''open''', 'SELECT o.state, count(*), sum(o.won_amount) FROM bi_opportunity AS o WHERE o.state <> ''open'' GROUP BY ROLLUP (o.state) HAVING o.state IS NULL OR o.state > ''a''',
	'SELECT o.state, count(*) FROM bi_opportunity AS o WHERE o.state = ''open'' GROUP BY o.state HAVING max(o.state) = o.state', 'SELECT DISTINCT o.state, max(o.id) OVER (PARTITION BY o.state) FROM bi_opportunity AS o WHERE o.state IN (''lost'', ''won'')']) AS query, LATERAL seen_and_unseen(query);
SELECT DISTINCT plan_of('SELECT sum(o.amount) FROM (SELECT * FROM bi_opportunity WHERE owner <> ''x'') AS o WHERE ''open'' = o.state') AS plan ORDER BY 1;
SELECT DISTINCT plan_of('SELECT sum(won_net) FROM bi_line WHERE state IN (''open'')') AS plan ORDER BY 1;
SELECT DISTINCT plan_of('SELECT state, count(*) FROM bi_opportunity WHERE state NOT IN (''open'') GROUP BY 1') AS plan ORDER BY 1;
-- a value that comes later is planned with, or for any
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE of_state (text) AS SELECT array_agg(id ORDER BY id) FROM bi_opportunity WHERE state = $1;
EXECUTE of_state ('open');
EXECUTE of_state ('won');
SET LOCAL plan_cache_mode = force_custom_plan;
EXECUTE of_state ('open');
EXECUTE of_state ('won');
SELECT DISTINCT plan_of('EXECUTE of_state (''open'')') AS plan;
DEALLOCATE of_state;
ROLLBACK;
-- filters by state mean what the state of each row means
SELECT operator, value, array_agg(id ORDER BY id) AS ids, count(*) FILTER (WHERE NOT CASE operator WHEN '=' THEN state = ANY (states) WHEN 'in' THEN state = ANY (states) ELSE state <> ALL (states) END) AS wrong,
	count(*) = (SELECT count(*) FROM bi_opportunity AS b WHERE CASE operator WHEN '=' THEN b.state = ANY (states) WHEN 'in' THEN b.state = ANY (states) ELSE b.state <> ALL (states) END) AS every
FROM (VALUES ('=', 'open'), ('!=', 'open'), ('=', 'won'), ('!=', 'won'), ('in', 'won,lost'), ('notIn', 'lost,won'), ('in', 'open,won'), ('in', 'open,won,lost'), ('in', 'open,no such')) AS f (operator, value),
	string_to_array(value, ',') AS states,
	LATERAL (SELECT (r ->> 'id')::bigint AS id, r ->> 'state' AS state FROM jsonb_array_elements(opportunities.list(fields => '{state}', rules => jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', 'state', 'operator', operator, 'value', value)))) -> 'rows') AS r) AS l
GROUP BY operator, value, states ORDER BY 1, 2;
-- the same by matches, inlined and at run time, by its negation, and by filter_sql
CREATE FUNCTION pg_temp.met(rules jsonb) RETURNS TABLE (met bigint[], agree boolean) LANGUAGE plpgsql AS $$
DECLARE
	way text;
	others bigint[];
BEGIN
	SELECT array_agg((r ->> 'id')::bigint ORDER BY r ->> 'id') INTO met FROM jsonb_array_elements(opportunities.list(fields => '{state}', rules => rules) -> 'rows') AS r;
	agree := true;
	FOREACH way IN ARRAY ARRAY[format('opportunities.matches_rules(o, %L)', rules), format('opportunities.matches_rules(o, (SELECT %L::jsonb OFFSET 0))', rules), opportunities.filter_sql(rules, alias => 'o'),
		format('NOT opportunities.matches_rules(o, %L)', jsonb_set(rules, '{not}', 'true')), opportunities.filter_sql(jsonb_build_object('combinator', 'and', 'not', true, 'rules', jsonb_build_array(jsonb_set(rules, '{not}', 'true'))), alias => 'o')]
	LOOP
		EXECUTE 'SELECT array_agg(id ORDER BY id) FROM opportunity AS o WHERE ' || way INTO others;
		agree := agree AND others IS NOT DISTINCT FROM met;
	END LOOP;
	RETURN NEXT;
END $$;
SELECT operator, value, m.* FROM (VALUES ('=', '"open"'), ('!=', '"open"'), ('=', '"won"'), ('!=', '"won"'), ('in', '"won,lost"'), ('notIn', '["lost", "won"]'), ('in', '"open,won"'), ('notIn', '"open"'), ('in', '"lost,no such"'), ('=', '"no such"'), ('!=', '"no such"'), ('contains', '"o"'), ('notNull', 'null')) AS f (operator, value),
	pg_temp.met(format('{"combinator": "and", "rules": [{"field": "state", "operator": "%s", "value": %s}]}', operator, value)::jsonb) AS m;
SELECT opportunities.filter_sql('{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}, {"field": "state", "operator": "!=", "value": "open"}, {"field": "state", "operator": "=", "value": "won"}]}', alias => 'o') \g (format=unaligned tuples_only=on)
SELECT DISTINCT plan_of('SELECT count(*) FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}]}'')') AS plan ORDER BY 1;
-- (a row that is about to close has no closing day yet)
BEGIN;
CREATE FUNCTION tell_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE NOTICE '% won: %', TG_WHEN, opportunities.matches_rules(NEW, '{"combinator": "and", "rules": [{"field": "state", "operator": "!=", "value": "open"}]}');
	RETURN NEW;
END $$;
CREATE TRIGGER before BEFORE UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION tell_state();
CREATE TRIGGER later AFTER UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION tell_state();
UPDATE opportunity SET stage_id = 4 WHERE id = 3;
ROLLBACK;
SELECT jsonb_path_query_array(opportunities.list(scope => jsonb_build_object('state', state), sort => '{id}'), '$.rows[*].id') FROM unnest('{open,won}'::text[]) AS state;
SELECT opportunities_internal.elapsed_days('2026-01-01 00:00', '2026-01-01 00:07:12') AS half_a_hundredth, opportunities_internal.elapsed_days('2026-01-01 00:00', '2026-01-01 00:07:11.999999') AS less,
	opportunities_internal.elapsed_days('2026-01-02', '2026-01-01') IS NULL AS before, opportunities_internal.elapsed_days('-infinity', now()) IS NULL AS infinite, opportunities_internal.elapsed_days('4713-01-01 BC', '294276-12-31') AS longest;
SELECT count(*) AS wrong FROM generate_series(1, 1000) AS n, LATERAL (SELECT timestamptz '2026-01-01' AS since, timestamptz '2026-01-01' + n::float8 * 123456789 * interval '1 microsecond' AS until) AS t
WHERE opportunities_internal.elapsed_days(since, until)::text <> round(extract(epoch FROM until - since) / 86400.0, 2)::text;

-- Owners, documents, payments, activities. 500 is invoiced, 100 taken back, 150 paid of it, 50 without naming it, and 20 paid back.
BEGIN;
INSERT INTO app_user (login, name, team, manager) VALUES ('omid', 'Omid', 'North', NULL), ('sara', 'Sara', 'North', 'omid');
UPDATE stage SET max_days = 10 WHERE id = 2;
UPDATE opportunity SET tags = '{vip,"far away"}', custom = '{"region": "north", "seats": 12}' WHERE id = 3;
INSERT INTO document (id, opportunity_id, kind) VALUES (1, 3, 'invoice'), (2, 3, 'quote'), (3, 1, 'invoice');
INSERT INTO document_line (document_id, description, quantity, unit_price) VALUES (1, 'Work', 5, 100), (2, 'Work', 1, 100), (3, 'Work', 1, 30);
UPDATE document SET status = 'confirmed', due_on = opportunities.business_date(now()) - 3 WHERE id = 1;
UPDATE document SET status = 'confirmed', due_on = opportunities.business_date(now()) - 40 WHERE id = 3;
UPDATE document SET status = 'confirmed' WHERE id = 2;
INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (4, 3, 'return', 1), (5, 3, 'return', 1);
INSERT INTO document_line (document_id, source_line_id, description, quantity, unit_price) SELECT 4, id, 'Work', 1, 100 FROM document_line WHERE document_id = 1;
UPDATE document SET status = 'confirmed' WHERE id = 4;
INSERT INTO payment (opportunity_id, document_id, direction, amount, paid_on) VALUES (3, 1, 'in', 150, '2026-02-01'), (3, NULL, 'in', 50, '2026-02-02'), (3, 1, 'out', 20, '2026-02-03'), (1, 3, 'in', 30, '2026-02-04');
INSERT INTO activity (opportunity_id, kind, subject, assignee, due_at, done_at) VALUES (3, 'call', 'Ask', 'sara', now() - interval '1 hour', NULL), (3, 'note', 'Told', 'x', NULL, '2026-01-20 21:00'), (3, 'task', 'Send', 'sara', now() + interval '1 hour', NULL);
SELECT id, owner_name, owner_team, owner_manager, owner_manager_name, stale, balance, tags, custom, last_activity_at FROM bi_opportunity WHERE id IN (1, 2, 3, 4) ORDER BY id;
SELECT count(*) AS wrong FROM bi_opportunity AS b JOIN jsonb_array_elements(opportunities.list(fields => '{balance,stale}') -> 'rows') AS r ON r ->> 'id' = b.id::text WHERE r ->> 'balance' <> b.balance::text OR (r ->> 'stale')::boolean <> b.stale;
SELECT id, kind, status, account, owner, total, signed_net, signed_tax, signed_total, open_amount, days_overdue FROM bi_document ORDER BY id;
SELECT document_kind, direction, amount, signed_amount, paid_on, account, owner FROM bi_payment ORDER BY paid_on;
SELECT kind, subject, assignee, assignee_name, due_on IS NOT NULL AS due, done_on, done, overdue FROM bi_activity ORDER BY id;
SELECT sum(forecast_net) AS forecast FROM bi_line WHERE state = 'open';
INSERT INTO opportunity_line (opportunity_id, description, quantity, unit_price) VALUES (6, 'Advice', 2, 10);
SELECT state, forecast_net FROM bi_line WHERE opportunity_id = 6;
-- sums that nobody asks for are not made
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SELECT DISTINCT plan_of('SELECT count(amount) FROM bi_opportunity') AS plan ORDER BY 1;
SELECT DISTINCT plan_of('SELECT sum(signed_total) FROM bi_document') AS plan ORDER BY 1;
ROLLBACK;

-- Stays: since when, until when, where to; the present one has no end.
SELECT opportunity_id, stage, state, entered_at, left_at, CASE WHEN left_at IS NOT NULL THEN days END AS days, next_stage, moved_by FROM bi_stage_history ORDER BY 1, left_at, entered_at, days DESC;
-- How they go through the stages. A lost one that went to and fro counts once a stage, one that was won for a day is not won.
SELECT stage, entered, went_on, won, lost, conversion FROM funnel();
SELECT stage, entered, average_days FROM funnel('2026-01-01', '2026-01-06') ORDER BY stage_position;
SELECT count(*) FROM funnel('2025-01-01', '2025-12-31');

-- The pipeline as it stood, at the end of a day where the business is.
SELECT day, string_agg(title || ': ' || coalesce(stage, '(none)'), ', ' ORDER BY opportunity_id) AS stood
FROM unnest('{2025-12-31,2026-01-01,2026-01-02,2026-01-05,2026-01-06,2026-01-07,2026-01-10,2026-01-12,2026-01-20,2030-01-01}'::date[]) AS day, pipeline_on(day) GROUP BY day ORDER BY day;
SELECT state, count(*), sum(amount) FROM pipeline_on('2026-01-08') GROUP BY 1;
-- archived rows are in every view, which say so: with them they count what a report does, without them what a list does
BEGIN;
UPDATE opportunity SET archived = true WHERE id = 1;
SELECT (SELECT count(*) FROM bi_opportunity WHERE archived) AS archived, (SELECT count(*) FROM bi_line WHERE archived) AS lines, (SELECT count(*) FROM bi_stage_history WHERE archived) AS stays,
	(SELECT count(*) FROM pipeline_on('2026-01-08') WHERE archived) AS stood;
SELECT count = (SELECT count(*) FROM bi_opportunity) AS report, (SELECT count FROM opportunities.report(include_archived => false)) = (SELECT count(*) FROM bi_opportunity WHERE NOT archived) AS report_without,
	(opportunities.list() -> 'totals' ->> 'count')::bigint = (SELECT count(*) FROM bi_opportunity WHERE NOT archived) AS list, (SELECT sum(b.count) FROM opportunities.board(include_archived => true) AS b) = count AS board
FROM opportunities.report();
ROLLBACK;

-- A deal counts as closed from its closing, whenever that was written: by a move, an import, or put right.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE FUNCTION stood(deal bigint, days date[]) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(to_char(day, 'MM-DD') || ' ' || coalesce((SELECT state || coalesce(' ' || stage, CASE WHEN NOT stage_known THEN ' ?' END, '') FROM pipeline_on(day) WHERE opportunity_id = deal), '-'), ', ' ORDER BY day) FROM unnest(days) AS day $$;
CREATE FUNCTION stays(deal bigint) RETURNS TABLE (stage text, entered date, "left" date, days numeric, next_stage text) LANGUAGE sql STABLE AS $$
	SELECT stage, opportunities.business_date(entered_at), opportunities.business_date(left_at), days, next_stage FROM bi_stage_history WHERE opportunity_id = deal ORDER BY left_at, entered_at $$;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, stage_entered_at) VALUES (7, 1, 1, 'Moved', '2025-03-01 12:00', '2025-03-01 12:00'), (8, 1, 1, 'Closed before it was there', '2025-03-20 12:00', '2025-03-20 12:00');
UPDATE opportunity SET stage_id = 4, closed_on = '2025-03-11' WHERE id IN (7, 8);
SELECT stood(7, '{2025-02-28,2025-03-01,2025-03-10,2025-03-11,2025-03-31}'), stood(8, '{2025-03-10,2025-03-11,2025-03-20,2025-03-31}');
SELECT * FROM stays(7);
-- (closed before it was entered: how long it was open isn't known)
SELECT * FROM stays(8);
UPDATE opportunity SET closed_on = '2025-03-21' WHERE id = 7;
SELECT stood(7, '{2025-03-10,2025-03-11,2025-03-20,2025-03-21}');
SELECT * FROM stays(7);
SELECT count(*) AS moves FROM stage_change WHERE opportunity_id = 7;
SELECT * FROM opportunities.check_crm('bi_crm');
-- another final stage of the kind, and open again: the history keeps the closing
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (6, 1, 'Won in court', 6, 'won');
UPDATE opportunity SET stage_id = 6 WHERE id = 7;
UPDATE opportunity SET closed_on = '2025-03-22' WHERE id = 7;
SELECT stood(7, '{2025-03-20,2025-03-21,2025-10-31,2030-01-01}');
UPDATE opportunity SET stage_id = 2 WHERE id = 7;
SELECT stood(7, '{2025-03-20,2025-03-21,2025-10-31,2030-01-01}');
SELECT stage, next_stage FROM bi_stage_history WHERE opportunity_id = 7 ORDER BY left_at, entered_at;
-- an import: with all moments, with the closing alone, still open
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, closed_on) VALUES (9, 1, 4, 'Imported', '2025-01-10 12:00', '2025-06-10');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, closed_on) VALUES (10, 1, 5, 'Of its closing alone', '2025-06-10');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at) VALUES (11, 1, 1, 'Imported, open', '2025-01-10 12:00');
SELECT deal, stood(deal, '{2025-01-09,2025-01-10,2025-03-31,2025-06-09,2025-06-10,2030-01-01}') FROM unnest('{9,10,11}'::bigint[]) AS deal;
SELECT stage, stage_known, state, count(*) FROM pipeline_on('2025-03-31') WHERE opportunity_id >= 9 GROUP BY 1, 2, 3;
SELECT id, days_to_close FROM bi_opportunity WHERE id IN (9, 10) ORDER BY id;
-- its way filled in
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, entered_at, left_at, changed_at, changed_by) VALUES
	(9, 1, 1, 1, 2, '2025-01-10 12:00', '2025-02-10 12:00', '2025-02-10 12:00', 'sara');
SELECT * FROM opportunities.check_crm('bi_crm');
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, entered_at, left_at, changed_at, changed_by) VALUES
	(9, 1, 3, 1, 4, '2025-02-10 12:00', '2025-06-09 20:30', '2025-06-10 12:00', 'sara');
SELECT * FROM opportunities.check_crm('bi_crm');
UPDATE stage_change SET from_stage_id = 2 WHERE opportunity_id = 9 AND from_stage_id = 3;
SELECT * FROM opportunities.check_crm('bi_crm');
SELECT stood(9, '{2025-01-09,2025-01-10,2025-02-09,2025-02-10,2025-06-09,2025-06-10}');
SELECT * FROM stays(9);
ROLLBACK;

-- Time in a stage: a final one's has no end, and counts for nothing.
SELECT state, count(*), count(days), min(days) > 0 AS known FROM bi_stage_history WHERE left_at IS NULL GROUP BY 1 ORDER BY 1;
SELECT id FROM bi_opportunity WHERE days_in_stage IS NULL ORDER BY id;

-- Cleaning up changes neither the funnel nor the pipeline as it stood: a deleted one counts as it last was.
CREATE TEMP TABLE before_cleaning AS SELECT * FROM funnel();
CREATE TEMP TABLE stood_before AS SELECT pipeline_id, stage_id, state, count(*) FROM pipeline_on('2026-01-12') GROUP BY 1, 2, 3;
BEGIN;
DELETE FROM opportunity WHERE id IN (1, 2, 3, 6);
SELECT count(*) FROM (TABLE before_cleaning EXCEPT SELECT * FROM funnel()) AS different;
SELECT count(*) FROM (TABLE stood_before EXCEPT SELECT pipeline_id, stage_id, state, count(*) FROM pipeline_on('2026-01-12') GROUP BY 1, 2, 3) AS different;
SELECT count(*) FROM pipeline_on('2030-01-01');
SELECT opportunity_id, title, stage, next_stage, deleted_at = now() AS deleted FROM bi_stage_history WHERE opportunity_id IN (1, 6) ORDER BY 1, left_at;
-- (another one of the number has a way of its own)
INSERT INTO opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 2, 'Next');
SELECT title, stage, deleted_at IS NULL AS "of the new one" FROM bi_stage_history WHERE opportunity_id = 1 ORDER BY left_at;
SELECT f.stage, f.entered - b.entered AS more, f.won - b.won AS won FROM funnel() AS f JOIN before_cleaning AS b USING (stage_id) ORDER BY f.stage_position;
ROLLBACK;

-- The caller's rights, in views and functions alike.
CREATE ROLE regress_bi;
GRANT USAGE ON SCHEMA bi_crm TO regress_bi;
GRANT SELECT ON ALL TABLES IN SCHEMA bi_crm TO regress_bi;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = opportunities.me());
SET ROLE regress_bi;
SET opportunities.user_name = 'omid';
SELECT array_agg(id) AS opportunities FROM bi_opportunity;
SELECT array_agg(DISTINCT opportunity_id) AS lines FROM bi_line;
SELECT array_agg(DISTINCT opportunity_id) AS stays FROM bi_stage_history;
SELECT array_agg(opportunity_id) AS stood FROM pipeline_on('2026-01-08');
SELECT sum(entered) AS entered FROM funnel();
RESET opportunities.user_name;
RESET ROLE;
-- a closed one in a stage that isn't seen: which of the two it is isn't said
BEGIN;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;
ALTER TABLE stage ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON stage USING (kind <> 'lost');
SET LOCAL ROLE regress_bi;
SELECT state, array_agg(id ORDER BY id), sum(forecast_amount) AS forecast, sum(lost_amount) AS lost FROM bi_opportunity GROUP BY 1 ORDER BY 1;
SELECT array_agg(id ORDER BY id) FROM bi_opportunity WHERE state <> 'open';
ROLLBACK;
REVOKE SELECT ON account FROM regress_bi;
SET ROLE regress_bi;
SELECT count(*) FROM bi_opportunity;
RESET ROLE;

-- The calendar: every day once, months and years of both calendars, weekdays, labels.
SELECT count(*), min(date), max(date), count(*) = max(date) - min(date) + 1 AS every_day FROM calendar;
\x on
SELECT * FROM calendar WHERE date = '2026-03-21';
\x off
SELECT count(*) AS wrong FROM calendar WHERE (persian_day = 1) <> (opportunities.period_of('month', date, 'persian') = date)
	OR (persian_day = 1 AND persian_month = 1) <> (opportunities.period_of('year', date, 'persian') = date)
	OR (persian_day = 1 AND persian_month % 3 = 1) <> (opportunities.period_of('quarter', date, 'persian') = date)
	OR month_name <> to_char(date, 'FMMonth') OR weekday_name <> to_char(date, 'FMDay') OR month_label <> to_char(date, 'FMMonth YYYY')
	OR week <> to_char(date, 'IW')::integer OR weekday <> to_char(date, 'ID')::integer OR quarter <> to_char(date, 'Q')::integer
	OR fiscal_year <> year OR fiscal_quarter <> quarter OR week_start <> date_trunc('week', date) OR week_year <> to_char(date, 'IYYY')::integer
	OR month_key <> to_char(date, 'YYYYMM')::integer OR persian_month_key <> persian_year * 100 + persian_month
	OR fiscal_year_label <> to_char(date, '"FY"YYYY') OR fiscal_quarter_label <> to_char(date, '"FY"YYYY "Q"Q');
-- a week has seven days; the year alone takes days of two weeks for one
SELECT count(*) FILTER (WHERE days <> 7) AS wrong FROM (SELECT count(*) AS days FROM calendar WHERE date BETWEEN '2010-01-04' AND '2039-12-25' GROUP BY week_year, week) AS w;
SELECT count(*) AS days FROM calendar WHERE year = 2024 AND week = 1;
-- months of either calendar sort by their keys as by their days
SELECT count(*) AS wrong FROM (SELECT month_key < lag(month_key) OVER w OR persian_month_key < lag(persian_month_key) OVER w AS wrong FROM calendar WINDOW w AS (ORDER BY date)) AS k WHERE wrong;
SELECT persian_year, max(date) AS last_day, max(persian_day) FILTER (WHERE persian_month = 12) AS days_of_esfand FROM calendar WHERE persian_year BETWEEN 1399 AND 1409 GROUP BY 1 ORDER BY 1;
SELECT DISTINCT persian_month, persian_month_name, persian_month_name_fa, count(DISTINCT persian_day) AS days FROM calendar GROUP BY 1, 2, 3 ORDER BY 1;
SELECT DISTINCT weekday, weekday_name, weekday_name_fa FROM calendar ORDER BY 1;
SELECT DISTINCT month, month_name, month_name_fa FROM calendar ORDER BY 1;
-- fiscal years of the settings
SET opportunities.fiscal_year_start = 10;
SELECT fiscal_year, fiscal_quarter, min(date), max(date) FROM opportunities_internal.calendar_days('2025-10-01', '2026-10-31') GROUP BY 1, 2 ORDER BY 1, 2;
SET opportunities.calendar = 'persian';
SELECT fiscal_year, fiscal_quarter, min(date), max(date), string_agg(DISTINCT persian_month_name, ' ') AS months FROM opportunities_internal.calendar_days('2025-12-22', '2026-12-21') GROUP BY 1, 2 ORDER BY 1, 2;
SELECT fiscal_year_label, fiscal_quarter_label, min(date), max(date) FROM opportunities_internal.calendar_days('2025-12-22', '2026-12-21', fiscal_year_by_end => true) GROUP BY 1, 2 ORDER BY 3;
RESET opportunities.calendar;
SELECT fiscal_year, fiscal_year_label, fiscal_quarter_label, min(date), max(date) FROM opportunities_internal.calendar_days('2025-10-01', '2026-10-31', true) GROUP BY 1, 2, 3 ORDER BY 4;
RESET opportunities.fiscal_year_start;
SELECT count(*) AS wrong FROM opportunities_internal.calendar_days('2020-01-01', '2025-12-31', true) WHERE fiscal_year <> year;
SET opportunities.week_start = 'saturday';
SELECT week_start, count(*), min(weekday_name) FILTER (WHERE date = week_start) AS begins FROM opportunities_internal.calendar_days('2026-03-19', '2026-04-05') GROUP BY 1 ORDER BY 1;
-- check_crm tells where the table is of other settings, whichever name a fiscal year has
SELECT count(*) FROM opportunities.follow_ids('bi_crm');
SELECT * FROM opportunities.check_crm('bi_crm');
SET opportunities.fiscal_year_start = 4;
-- it is filled by those that are: a day that is there is the day that it was, with another year
SELECT opportunities.fill_calendar('bi_crm', '2039-12-30', '2040-01-02', true);
SELECT count(*), min(date), max(date), min(fiscal_year) FILTER (WHERE date = '2010-04-01') AS year FROM calendar;
SELECT count(*) AS wrong FROM calendar AS c, opportunities_internal.calendar_days('2010-01-01', '2040-01-02', true) AS d WHERE d.date = c.date AND to_jsonb(d) <> to_jsonb(c);
SELECT * FROM opportunities.check_crm('bi_crm');
RESET opportunities.week_start;
RESET opportunities.fiscal_year_start;
SELECT * FROM opportunities.check_crm('bi_crm');
SET opportunities.fiscal_year_start = 4;
SET opportunities.calendar = 'persian';
DELETE FROM calendar;
-- an empty one is told, too
SELECT * FROM opportunities.check_crm('bi_crm');
SELECT opportunities.fill_calendar('bi_crm', '2024-01-01', '2026-12-31');
SELECT pg_temp.attempt($$SELECT opportunities.fill_calendar('bi_crm', '2024-01-01', 'infinity')$$);
SELECT pg_temp.attempt($$SELECT opportunities.fill_calendar('bi_crm', '1000-01-01', '2999-12-31')$$);
SELECT pg_temp.attempt($$SELECT opportunities.fill_calendar('bi_crm', NULL, '2999-12-31')$$);
SELECT pg_temp.attempt($$SELECT opportunities.fill_calendar('pg_catalog')$$);
SELECT * FROM opportunities.check_crm('bi_crm');
RESET opportunities.fiscal_year_start;
RESET opportunities.calendar;
SELECT count(*) FROM opportunities_internal.calendar_days('2026-01-02', '2026-01-01');
-- in every calendar four quarters
DO $$
DECLARE c text; wrong text;
BEGIN
	FOREACH c IN ARRAY '{gregorian,persian,islamic-civil,hebrew,chinese,coptic,indian}'::text[] LOOP
		FOR month IN 1..12 LOOP
			PERFORM set_config('opportunities.calendar', c, true), set_config('opportunities.fiscal_year_start', month::text, true);
			SELECT min(date) INTO wrong FROM (SELECT d.date, d.fiscal_quarter, lag(d.fiscal_quarter) OVER w AS before, opportunities.period_of('fiscal_quarter', d.date) = d.date AS first, opportunities.period_of('fiscal_year', d.date) = d.date AS first_of_year
				FROM opportunities_internal.calendar_days('2020-01-01', '2025-12-31') AS d WINDOW w AS (ORDER BY d.date)) AS d
			WHERE fiscal_quarter NOT BETWEEN 1 AND 4 OR (before <> fiscal_quarter) <> first OR first_of_year AND fiscal_quarter <> 1 OR first AND fiscal_quarter <> before % 4 + 1;
			IF wrong IS NOT NULL THEN
				RAISE EXCEPTION 'calendar %, month %: %', c, month, wrong;
			END IF;
		END LOOP;
	END LOOP;
END $$;
RESET opportunities.calendar;
RESET opportunities.fiscal_year_start;

SET client_min_messages = warning;
DROP SCHEMA bi_crm CASCADE;
DROP ROLE regress_bi;

-- The log is trimmed, moves are not: a deal that was won, and opened again, was won in between; so was one that was lost, until it was lost anew.
CREATE SCHEMA bi_trimmed;
SELECT opportunities.create_crm('bi_trimmed', starter => true) \g /dev/null
SET search_path = bi_trimmed, opportunities, public;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, created_at) SELECT i, 1, 1, 'T' || i, i * 10, now() - interval '40 days' FROM generate_series(1, 4) AS i;
UPDATE opportunity SET stage_id = 5 WHERE id IN (1, 2);
UPDATE opportunity SET stage_id = 6 WHERE id = 3;
UPDATE opportunity SET stage_id = 2 WHERE id IN (1, 3);
UPDATE opportunity SET stage_id = 6 WHERE id = 3;
SET session_replication_role = replica;
UPDATE stage_change SET entered_at = now() - interval '40 days', left_at = now() - interval '20 days' WHERE from_stage_id = 1;
UPDATE stage_change SET entered_at = now() - interval '20 days', left_at = now() - interval '10 days' WHERE from_stage_id IN (5, 6);
UPDATE stage_change SET entered_at = now() - interval '10 days', left_at = now() - interval '5 days' WHERE from_stage_id = 2;
UPDATE opportunity SET stage_entered_at = now() - interval '1 day' * (ARRAY[10, 20, 5, 40])[id];
UPDATE opportunity SET closed_at = stage_entered_at, closed_on = opportunities.business_date(stage_entered_at) WHERE id IN (2, 3);
DELETE FROM change_log;
RESET session_replication_role;
SELECT title, string_agg(concat_ws(' ', d, state, stage, opportunities.business_date(now()) - closed_on, CASE WHEN known THEN 'known' END), ', ' ORDER BY d DESC) AS days_ago
FROM unnest('{30,20,11,10,5,0}'::int[]) AS d, pipeline_on(opportunities.business_date(now()) - d) WHERE stage_known GROUP BY title ORDER BY title;
DROP SCHEMA bi_trimmed CASCADE;
