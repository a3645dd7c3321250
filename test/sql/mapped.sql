-- Somebody else's CRM, mapped by views.
\set VERBOSITY terse
SET TimeZone = 'UTC';
\i test/data/attempt.sql

CREATE SCHEMA base;
CREATE TABLE base.person (login text PRIMARY KEY, town text NOT NULL);
CREATE TABLE base.lead (id int PRIMARY KEY, name varchar NOT NULL, step int, login text REFERENCES base.person, worth numeric,
	chance int, active boolean NOT NULL, made timestamptz NOT NULL, touched timestamptz);
CREATE SCHEMA mapped;
CREATE VIEW mapped.stage AS SELECT * FROM (VALUES (1, 'Talk'::text, 1, 'open'::text), (2, 'Won', 2, 'won')) AS s (id, name, position, kind);
INSERT INTO base.person VALUES ('omid', 'Yazd'), ('sara', 'Tabriz');
INSERT INTO base.lead SELECT i, 'Lead ' || i, 1 + i % 2, CASE i % 3 WHEN 1 THEN 'omid' WHEN 2 THEN 'sara' END, i * 10, 50, true, '2026-01-01'::timestamptz + i % 4 * interval '1 day',
	CASE WHEN i % 2 = 0 THEN '2026-02-01'::timestamptz + i * interval '1 hour' END FROM generate_series(1, 12) AS i;

-- What can't be NULL follows from the query of a view: then an index of the table below has the order. Right is f where
-- there is a NULL, or nothing says that there can't be one.
CREATE VIEW mapped.below AS SELECT id, name, touched FROM base.lead WHERE touched IS NOT NULL AND id > 0;
CREATE VIEW mapped.opportunity AS
SELECT l.id, l.name::text AS title, l.step AS stage_id, l.worth AS amount, l.chance AS probability, p.login AS owner,
	l.made AS created_at, l.touched AS updated_at, p.town AS outer_town, q.town AS inner_town, NOT l.active AS archived,
	l.touched IS NULL AS fresh, coalesce(l.worth, 0) AS worth, coalesce(l.worth, l.chance) AS any_number, nullif(l.id, 3) AS no_three,
	b.touched AS below_touched, o.town AS full_town, part.id AS union_id, part.touched AS union_touched, 'x'::text AS constant,
	(SELECT town FROM base.person WHERE login = 'sara') AS sub_town, j.made AS joined_made, j.name AS joined_name, v.n AS value, l.id::numeric AS number, l.made::text AS as_text
FROM base.lead AS l
LEFT JOIN base.person AS p ON p.login = l.login
JOIN base.person AS q ON q.login = 'omid'
JOIN (base.lead AS left_lead JOIN (SELECT id, name, made FROM base.lead) AS right_lead USING (id)) AS j (id, name, step, login, worth, chance, active, made, touched, name_2, made_2) ON j.id = l.id
LEFT JOIN mapped.below AS b ON b.id = l.id
FULL JOIN base.person AS o ON o.login = l.login
LEFT JOIN LATERAL (SELECT 1 AS id, 2 AS touched UNION ALL SELECT 3, NULL) AS part ON part.id = l.id
CROSS JOIN (VALUES (1)) AS v (n)
WHERE l.id IS NOT NULL;
SELECT name, opportunities.list_sql('mapped.opportunity', sort => ARRAY['-' || name]) NOT LIKE '%NULLS LAST%' AS never_null
FROM unnest('{id,title,stage_id,owner,created_at,updated_at,outer_town,inner_town,archived,fresh,worth,any_number,no_three,below_touched,full_town,union_id,constant,sub_town,joined_made,value,number,as_text}'::text[]) AS name;
-- the FULL JOIN nulls everything but for id, which is asked for; without it the left side can't be NULL
CREATE OR REPLACE VIEW mapped.opportunity AS
SELECT l.id, l.name::text AS title, l.step AS stage_id, l.worth AS amount, l.chance AS probability, p.login AS owner,
	l.made AS created_at, l.touched AS updated_at, p.town AS outer_town, q.town AS inner_town, NOT l.active AS archived,
	l.touched IS NULL AS fresh, coalesce(l.worth, 0) AS worth, coalesce(l.worth, l.chance) AS any_number, nullif(l.id, 3) AS no_three,
	b.touched AS below_touched, r.town AS full_town, part.id AS union_id, part.touched AS union_touched, 'x'::text AS constant,
	(SELECT town FROM base.person WHERE login = 'sara') AS sub_town, j.made AS joined_made, j.name AS joined_name, v.n AS value, l.id::numeric AS number, l.made::text AS as_text
FROM base.lead AS l
LEFT JOIN base.person AS p ON p.login = l.login
JOIN base.person AS q ON q.login = 'omid'
JOIN (base.lead AS left_lead JOIN (SELECT id, name, made FROM base.lead) AS right_lead USING (id)) AS j (id, name, step, login, worth, chance, active, made, touched, name_2, made_2) ON j.id = l.id
JOIN (SELECT id, touched FROM mapped.below) AS b ON b.id = l.id
LEFT JOIN (base.person AS r JOIN base.person AS s ON s.login = r.login) ON r.login = l.login
CROSS JOIN LATERAL (SELECT 1 AS id, 2 AS touched UNION ALL SELECT l.id, NULL) AS part
CROSS JOIN (VALUES (1)) AS v (n);
SELECT name, opportunities.list_sql('mapped.opportunity', sort => ARRAY['-' || name]) NOT LIKE '%NULLS LAST%' AS never_null
FROM unnest('{id,title,stage_id,owner,created_at,updated_at,outer_town,inner_town,archived,fresh,worth,any_number,no_three,below_touched,full_town,union_id,union_touched,constant,sub_town,joined_made,joined_name,value,number,as_text}'::text[]) AS name;
DROP VIEW mapped.opportunity;

-- nobody enforces what a foreign table declares
CREATE FOREIGN DATA WRAPPER regress_nothing;
CREATE SERVER regress_nowhere FOREIGN DATA WRAPPER regress_nothing;
CREATE FOREIGN TABLE base.far (id int NOT NULL) SERVER regress_nowhere;
SELECT opportunities.list_sql('base.far', fields => '{id}', sort => '{-id}');
DROP FOREIGN DATA WRAPPER regress_nothing CASCADE;

-- ids that aren't numbers: the newest first by created_at, in lists and in columns without an order of their own, page by page
CREATE TABLE base.deal (id uuid PRIMARY KEY, name text, step int, worth numeric, chance int, made timestamptz);
INSERT INTO base.deal SELECT md5(i::text)::uuid, 'Deal ' || i, 1, i, 50, '2026-01-01'::timestamptz + i * interval '1 day' FROM generate_series(1, 7) AS i;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS
	SELECT id, name AS title, step AS stage_id, worth AS amount, chance AS probability, made AS created_at FROM base.deal;
SELECT jsonb_path_query_array(one, '$.rows[*].title') AS one, jsonb_path_query_array(two, '$.rows[*].title') AS two
FROM opportunities.list('mapped.opportunity', size => 4) AS one, opportunities.list('mapped.opportunity', size => 4, after => one -> 'next') AS two;
SELECT jsonb_path_query_array(cards, '$[*].title') AS one, jsonb_path_query_array(opportunities.column_cards('mapped.opportunity', after => next), '$.cards[*].title') AS two
FROM opportunities.board('mapped.opportunity', cards => 3) WHERE stage = 'Talk';
-- by the id where nobody knows when they were made
DROP VIEW mapped.opportunity;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS SELECT id, name AS title, step AS stage_id, worth AS amount, chance AS probability FROM base.deal;
SELECT jsonb_path_query_array(one, '$.rows[*].id') = (SELECT jsonb_agg(id ORDER BY id DESC) FROM base.deal) AS by_id FROM opportunities.list('mapped.opportunity') AS one;
DROP VIEW mapped.opportunity;

-- Final columns show rows for good where archive_after is empty, also those whose day nobody knows: 1 + 2 + 4; else from the
-- first day on, which closed_at tells where closed_on isn't there, by the day of the business: 8 + 16, not 32, 64
CREATE TABLE base.closed (id int, stage_id int, amount int, probability int, closed_at timestamptz);
CREATE TABLE base.stage (id int, name text, position int, kind text, archive_after int);
INSERT INTO base.stage VALUES (1, 'Won', 1, 'won', NULL), (2, 'Lost', 2, 'lost', 10);
SET opportunities.time_zone = 'Asia/Tehran';
INSERT INTO base.closed VALUES (1, 1, 1, 0, NULL), (2, 1, 2, 0, '2000-01-01'), (3, 1, 4, 0, now()), (4, 2, 8, 0, now()),
	(5, 2, 16, 0, opportunities.business_moment(opportunities.business_date(now()) - 10)),
	(6, 2, 32, 0, opportunities.business_moment(opportunities.business_date(now()) - 10) - interval '1 microsecond'), (7, 2, 64, 0, NULL);
CREATE VIEW mapped.opportunity AS SELECT * FROM base.closed;
CREATE OR REPLACE VIEW mapped.stage AS SELECT id, name, position, kind, archive_after FROM base.stage;
SELECT stage, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('mapped.opportunity') WHERE count > 0;
SELECT stage, final_total FROM opportunities.board('mapped.opportunity', include_archived => true) WHERE count > 0;
SELECT stage, jsonb_path_query_array(opportunities.column_cards('mapped.opportunity', after => next), '$.cards[*].id') AS ids FROM opportunities.board('mapped.opportunity', cards => 0) WHERE count > 0;
-- the same of days and of moments without a zone; what is no day is refused
CREATE VIEW mapped.by_day AS SELECT id, stage_id, amount, probability, opportunities.business_date(closed_at) AS closed_at FROM base.closed;
CREATE VIEW mapped.by_moment AS SELECT id, stage_id, amount, probability, closed_at AT TIME ZONE 'Asia/Tehran' AS closed_at FROM base.closed;
CREATE VIEW mapped.by_text AS SELECT id, stage_id, amount, probability, 'today' AS closed_on FROM base.closed;
SELECT r, stage, final_total FROM unnest('{mapped.by_day,mapped.by_moment}'::regclass[]) AS r, opportunities.board(r) WHERE count > 0;
SELECT pg_temp.attempt($$ SELECT * FROM opportunities.board('mapped.by_text') $$);
RESET opportunities.time_zone;
DROP VIEW mapped.opportunity;

-- A state of the rows' own goes before that of their stage, in columns, figures and filters; any other value is open.
CREATE TABLE base.stated (id int, stage_id int, state varchar, amount int, probability int, owner text, closed_on date);
INSERT INTO base.stage VALUES (3, 'Talk', 1, 'open', NULL), (4, 'Offer', 2, 'open', NULL), (5, 'Dropped', 3, 'lost', NULL);
INSERT INTO base.stated VALUES (1, 3, 'open', 1, 50), (2, 3, NULL, 2, 50), (3, 4, 'pending', 4, 50), (4, 4, 'lost', 8, 50), (5, 3, 'won', 16, 50), (6, 1, 'won', 32, 50),
	(7, 1, 'open', 64, 50), (8, 5, 'lost', 128, 50), (9, NULL, 'lost', 256, 50), (10, NULL, NULL, 512, 50), (11, 99, 'x', 1024, 50), (12, 99, 'won', 2048, 50), (13, 2, 'lost', 4096, 50);
UPDATE base.stated SET owner = CASE WHEN id % 2 = 0 THEN 'sara' END, closed_on = CASE WHEN state IN ('won', 'lost') THEN opportunities.business_date(now()) END;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS SELECT * FROM base.stated;
-- Lost takes 8 + 256 + 4096, Won 16 + 32 + 2048, and what is open in the stage Won has a column of its own
SELECT position, stage_id, stage, kind, count, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('mapped.opportunity');
-- the same by a query for each column, and in lanes
SELECT count(*) AS columns, count(*) FILTER (WHERE one.cards <> page -> 'cards') AS different
FROM opportunities.board('mapped.opportunity') WITH ORDINALITY AS one JOIN opportunities.board('mapped.opportunity', cards => 0) WITH ORDINALITY AS top USING (ordinality),
	opportunities.column_cards('mapped.opportunity', after => top.next) AS page;
SELECT lane, kind, stage, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids FROM opportunities.board('mapped.opportunity', lane_by => 'owner') WHERE count > 0;
SELECT count, open_count, won, lost, won_total, open_estimated, round(win_rate, 4) AS win_rate FROM opportunities.report('mapped.opportunity');
SELECT dimensions ->> 'state' AS state, count, open_count, final_total FROM opportunities.report('mapped.opportunity', by => '{state}');
SELECT jsonb_path_query_array(opportunities.list('mapped.opportunity', fields => '{state}', sort => '{id}'), '$.rows[*].state') AS states;
SELECT string_agg(id::text, ' ' ORDER BY id) AS open FROM mapped.opportunity AS o WHERE opportunities.matches_rules(o, '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}]}');
SELECT opportunities.list('mapped.opportunity', scope => '{"state": "lost"}') -> 'totals' ->> 'final_total' AS lost;
-- the limit of days is for what is closed, wherever it stands: 10 days for Lost take the 8, which were closed before
UPDATE base.stated SET closed_on = closed_on - 11 WHERE id = 4;
UPDATE base.stated SET closed_on = '2000-01-01' WHERE id IN (1, 3, 6);
SELECT stage, kind, final_total, jsonb_path_query_array(opportunities.column_cards('mapped.opportunity', after => next), '$.cards[*].id') AS ids FROM opportunities.board('mapped.opportunity', cards => 0) WHERE count > 0;
-- where no stage is lost, what is lost has a column without a stage; an address's state is none of this
DELETE FROM base.stage WHERE kind = 'lost';
SELECT stage_id, stage, kind, final_total FROM opportunities.board('mapped.opportunity') WHERE kind = 'lost';
CREATE TABLE base.address (id int, state text);
INSERT INTO base.address VALUES (1, 'CA');
SELECT id FROM base.address AS a WHERE opportunities.matches_rules(a, '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "CA"}]}');
DROP VIEW mapped.opportunity;

-- A row with neither amount nor realized amount is counted, and its currency is none that the others' total would mix with
CREATE TABLE base.money (id int, stage_id int, amount numeric, realized_amount numeric, probability int, currency text);
INSERT INTO base.money VALUES (1, 3, 10, NULL, 50, 'EUR'), (2, 3, NULL, NULL, 50, ''), (3, 3, NULL, NULL, 50, NULL), (4, 4, NULL, 5, 50, 'EUR'), (5, 4, 7, NULL, 50, 'USD');
CREATE VIEW mapped.opportunity AS SELECT * FROM base.money;
SELECT stage, count, final_total, currency, by_currency FROM opportunities.board('mapped.opportunity', cards => 0) WHERE count > 0;
SELECT count, final_total, currency, open_estimated FROM opportunities.report('mapped.opportunity', scope => '{"stage_id": 3}');
SELECT (opportunities.list('mapped.opportunity', scope => '{"stage_id": 3}') -> 'totals') - 'by_currency' AS totals;
DROP VIEW mapped.opportunity;

-- A stage without a pipeline is every pipeline's. Pipelines have the order of their relation, and those that only rows know of come last.
CREATE TABLE base.shared (id int, pipeline_id int, name text, position int, kind text);
INSERT INTO base.shared VALUES (1, NULL, 'Talk', 1, 'open'), (2, 1, 'Offer', 2, 'open'), (3, NULL, 'Won', 9, 'won'), (4, NULL, 'Last call', 3, 'open');
CREATE TABLE base.pipe (id int, name text, position int);
INSERT INTO base.pipe VALUES (1, 'A', 2), (2, 'B', 1);
CREATE TABLE base.piped (id int, pipeline_id int, stage_id int, amount int, probability int);
INSERT INTO base.piped VALUES (1, 1, 1, 1, 50), (2, 1, 2, 2, 50), (3, 2, 3, 4, 50), (4, 7, 1, 8, 50);
DROP VIEW mapped.stage;
CREATE VIEW mapped.opportunity AS SELECT * FROM base.piped;
CREATE VIEW mapped.stage AS SELECT * FROM base.shared;
CREATE VIEW mapped.pipeline AS SELECT * FROM base.pipe;
SELECT pipeline_id, string_agg(concat_ws(' ', coalesce(stage, '-'), nullif(final_total, 0)), ', ' ORDER BY n) AS columns
FROM opportunities.board('mapped.opportunity') WITH ORDINALITY AS b (pipeline_id, lane, lane_label, stage_id, stage, kind, position, count, final_total, e, r, currency, c, cards, next, own, m, converted, n)
GROUP BY pipeline_id ORDER BY min(n);
SELECT pipeline_id, stage, position, count FROM opportunities.board('mapped.opportunity', scope => '{"pipeline_id": 2}');
SELECT pipeline_id, stage, position, count FROM opportunities.board('mapped.opportunity', scope => '{"pipeline_id": null}');
SELECT pipeline_id, stage, opportunities.column_cards('mapped.opportunity', after => next) -> 'cards' -> 0 ->> 'amount' AS amount FROM opportunities.board('mapped.opportunity', cards => 0) WHERE count > 0;
DROP VIEW mapped.pipeline;
SELECT pipeline_id, count(*) AS columns, sum(final_total) FROM opportunities.board('mapped.opportunity') GROUP BY 1 ORDER BY 1;
-- nobody has a pipeline: there is one
UPDATE base.piped SET pipeline_id = NULL;
DELETE FROM base.shared WHERE pipeline_id = 1;
SELECT pipeline_id, stage, count FROM opportunities.board('mapped.opportunity');
DELETE FROM base.piped;
SELECT pipeline_id, stage, count FROM opportunities.board('mapped.opportunity');
-- with a state of the rows' own: the lost of a pipeline are in its own lost stage, else in the shared one
INSERT INTO base.shared VALUES (5, NULL, 'Lost', 9, 'lost'), (6, 1, 'Gone', 8, 'lost');
INSERT INTO base.piped VALUES (1, 1, 1, 1, 50), (2, 1, 6, 2, 50), (3, 1, 5, 4, 50), (4, 2, 1, 8, 50), (5, 2, 5, 16, 50), (6, 3, 6, 32, 50);
DROP VIEW mapped.opportunity;
CREATE VIEW mapped.opportunity AS SELECT *, 'lost' AS state FROM base.piped;
SELECT pipeline_id, stage, kind, final_total, jsonb_path_query_array(cards, '$[*].id') AS ids, jsonb_path_query_array(page, '$.cards[*].id') AS page
FROM opportunities.board('mapped.opportunity') WITH ORDINALITY AS b JOIN (SELECT ordinality, opportunities.column_cards('mapped.opportunity', after => next) AS page
	FROM opportunities.board('mapped.opportunity', cards => 0) WITH ORDINALITY WHERE count > 0) AS p USING (ordinality) WHERE count > 0;
DROP VIEW mapped.opportunity;

-- A search finds words in the title, the owner and the account, wherever they come from, and keeps the index of the title
-- though the owner is joined.
CREATE EXTENSION pg_trgm SCHEMA base;
CREATE TABLE base.client (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO base.client SELECT i, 'Client ' || i FROM generate_series(1, 300) AS i;
CREATE TABLE base.talk (id int PRIMARY KEY, subject text NOT NULL, seller text, client_id int, worth numeric);
INSERT INTO base.talk SELECT i, 'Talk ' || i, CASE i % 400 WHEN 1 THEN 'omid' WHEN 2 THEN 'sara' END, i % 300, i FROM generate_series(1, 6000) AS i;
UPDATE base.person SET town = 'Town of ' || login;
CREATE INDEX talk_subject ON base.talk USING gin (opportunities.fold(subject) base.gin_trgm_ops);
CREATE INDEX talk_seller ON base.talk (seller);
CREATE INDEX talk_client ON base.talk (client_id);
CREATE INDEX client_name ON base.client USING gin (opportunities.fold(name) base.gin_trgm_ops);
VACUUM ANALYZE base.talk, base.client, base.person;
CREATE VIEW mapped.account WITH (security_invoker = true) AS SELECT * FROM base.client;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS
	SELECT t.id, 1 AS stage_id, t.subject AS title, p.login || ' of ' || p.town AS owner, t.client_id AS account_id, t.worth AS amount, 50 AS probability
	FROM base.talk AS t LEFT JOIN base.person AS p ON p.login = t.seller;
SELECT search, jsonb_path_query_array(page, '$.rows[*].id') AS ids FROM unnest('{talk 2345,omid 4001,town sara client 2 2402,"client 299 5999",nobody}'::text[]) AS search,
	opportunities.list('mapped.opportunity', search => search, fields => '{id}', sort => '{id}', with_totals => false) AS page;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT bool_or(line LIKE '%Bitmap Index Scan on talk_subject%') AS by_index, bool_or(line LIKE '%Seq Scan on talk%') AS all_rows
FROM pg_temp.plan(opportunities.list_sql('mapped.opportunity', search => '2345', fields => '{id}')) AS line;
-- the same through another view, and through a sub-query
CREATE VIEW mapped.outer_opportunity AS SELECT o.*, 'x' AS source FROM (SELECT * FROM mapped.opportunity) AS o;
SELECT bool_or(line LIKE '%Bitmap Index Scan on talk_subject%') AS by_index FROM pg_temp.plan(opportunities.list_sql('mapped.outer_opportunity', search => '2345', fields => '{id}')) AS line;
SELECT jsonb_path_query_array(opportunities.list('mapped.outer_opportunity', search => 'omid 4001', fields => '{id}', with_totals => false), '$.rows[*].id') AS ids;
DROP VIEW mapped.outer_opportunity, mapped.opportunity, mapped.account;
DROP EXTENSION pg_trgm CASCADE;

-- What relies on the triggers of our tables is for these alone, though its views have all columns and could be written.
CREATE TABLE base.written (id bigint PRIMARY KEY, pipeline_id bigint, stage_id bigint, title text, amount numeric, probability numeric, position bigint, version bigint);
CREATE TABLE base.step (id bigint PRIMARY KEY, pipeline_id bigint, name text, position int, kind text, active boolean, reason_required boolean);
INSERT INTO base.step VALUES (1, 1, 'Talk', 1, 'open', true, false), (2, 1, 'Offer', 2, 'open', true, false);
INSERT INTO base.written VALUES (1, 1, 1, 'Deal', 10, 50, 1, 1);
DROP VIEW mapped.stage;
CREATE VIEW mapped.stage AS SELECT * FROM base.step;
CREATE VIEW mapped.opportunity AS SELECT * FROM base.written;
CREATE TABLE mapped.activity (id bigint, opportunity_id bigint, kind text, subject text, body text, data jsonb, due_at timestamptz, assignee text);
CREATE TABLE mapped.document (id bigint, opportunity_id bigint, kind text, status text, source_document_id bigint);
CREATE TABLE mapped.document_line (id bigint, document_id bigint);
CREATE TABLE mapped.opportunity_line (id bigint, opportunity_id bigint);
SELECT command, pg_temp.attempt(format('SELECT opportunities.%s, relation => ''mapped.opportunity'')', command)) AS result
FROM unnest(ARRAY['retire_stage(1, 2', 'log_activity(''{1}'', ''call''',
	'issue_quote(1', 'issue_invoice(1', 'invoice_quote(1', 'issue_return(1']) AS command;
SELECT stage_id, title, (SELECT count(*) FROM base.step WHERE active) AS active FROM base.written;

SET client_min_messages = warning;
DROP SCHEMA base, mapped CASCADE;
