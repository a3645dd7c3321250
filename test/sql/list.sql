-- Lists: rows, order, pages forward and back, totals, and what is refused.
\set VERBOSITY terse
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('list_crm');
SET search_path = list_crm, opportunities, public;

\i test/data/attempt.sql
CREATE FUNCTION pg_temp.ids(page jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT coalesce(string_agg(r ->> 'id', ' ' ORDER BY n), '') FROM jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS t (r, n)$$;

-- the empty list
SELECT list();

-- the grid that everything is measured by
INSERT INTO account (id, name) VALUES (1, 'Zeta'), (2, 'Alpha');
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind, probability) VALUES
	(10, 1, 'Lead', 1, 'open', NULL), (11, 1, 'Won', 2, 'won', NULL), (12, 1, 'Lost', 3, 'lost', NULL);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount, probability, custom) VALUES
	(1, 1, 10, 'First', 1, 'sara', 197100.00, 0, '{"region": "north", "score": 7}'),
	(2, 1, 10, 'Second', 2, 'omid', 3500.00, 50, '{"score": 10}'),
	(3, 1, NULL, 'Third', NULL, 'sara', 10000000.00, 10, '{}');
SELECT jsonb_pretty(list(fields => '{title,amount,account.name,stage.kind,state,account_id,days_in_stage,tags,custom.region,title}', size => 2) - 'next');
SELECT string_agg(key, ' ' ORDER BY key) AS default_fields FROM jsonb_object_keys(list() -> 'rows' -> 0) AS key;

-- custom fields that are declared as listed are shown by default, and each has its type
INSERT INTO custom_field (name, type, listed) VALUES ('score', 'number', true), ('region', 'text', false);
SELECT r ->> 'id' AS id, r -> 'custom.score' AS score, r ? 'custom.region' AS region FROM jsonb_array_elements(list(sort => '{custom.score}') -> 'rows') AS r;

-- selections are those of boards; without totals there are none
SELECT pg_temp.ids(list(scope => '{"owner": "sara"}', sort => '{-amount}')) AS scope,
	pg_temp.ids(list(rules => '{"combinator": "and", "rules": [{"field": "amount", "operator": "<", "value": 5000}]}')) AS rules,
	pg_temp.ids(list(search => 'alpha')) AS search, list(search => 'nobody');
SELECT list(scope => '{"owner": "sara"}', size => 1) -> 'totals' ->> 'final_total' AS of_all_pages, list(with_totals => false) -> 'totals' AS none;

-- archived rows come only where they are asked for; there is no limit of days
INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount, probability, closed_at, archived) VALUES
	(4, 1, 11, 'Old', 5, 100, '2001-02-03', false), (5, 1, 12, 'Older', 6, 0, '2000-01-01', true);
SELECT pg_temp.ids(list()) AS shown, pg_temp.ids(list(include_archived => true)) AS "all",
	list() -> 'totals' ->> 'count' AS count, list(include_archived => true) -> 'totals' ->> 'count' AS count_of_all;

-- currencies apart
UPDATE opportunity SET currency = 'EUR' WHERE id = 2;
SELECT jsonb_pretty(list(size => 1, fields => '{currency}') -> 'totals');
UPDATE opportunity SET currency = NULL;

-- pages, as somebody turns them
SELECT p.n, pg_temp.ids(p.page), p.page -> 'first' AS first, p.page -> 'next' <> 'null' AS next, p.page -> 'previous' <> 'null' AS previous
FROM list(size => 2, sort => '{title}') AS a, list(size => 2, sort => '{title}', after => a -> 'next') AS b,
	list(size => 2, sort => '{title}', before => b -> 'previous') AS c, list(size => 1, sort => '{title}', before => b -> 'previous') AS d,
	LATERAL (VALUES (1, a), (2, b), (3, c), (4, d)) AS p (n, page);
-- rows went: an empty page leads back to what is left
SELECT list(size => 2, sort => '{title}') -> 'next' AS next \gset
BEGIN;
DELETE FROM opportunity WHERE title > 'Old';
SELECT pg_temp.ids(a), a -> 'first' AS first, a -> 'next' AS next, pg_temp.ids(b) AS previous, b -> 'first' AS previous_first, b -> 'previous' AS none
FROM list(sort => '{title}', after => :'next') AS a, list(sort => '{title}', size => 5, before => a -> 'previous') AS b;
ROLLBACK;
SELECT list(sort => '{title}', after => :'next') -> 'previous' AS previous \gset
BEGIN;
DELETE FROM opportunity WHERE title < 'Third';
SELECT pg_temp.ids(a), a -> 'first' AS first, a -> 'previous' AS previous, pg_temp.ids(b) AS next, b -> 'first' AS next_first, b -> 'previous' AS none
FROM list(sort => '{title}', before => :'previous') AS a, list(sort => '{title}', size => 5, after => a -> 'next') AS b;
ROLLBACK;
-- rows came before the first: it is the first no longer
BEGIN;
INSERT INTO opportunity (id, pipeline_id, title) SELECT 100 + n, 1, 'A' || n FROM generate_series(1, 5) AS n;
SELECT pg_temp.ids(a), a -> 'first' AS first, pg_temp.ids(b) AS previous, b -> 'first' AS previous_first
FROM list(sort => '{title}', before => :'previous', size => 4) AS a, list(sort => '{title}', before => a -> 'previous') AS b;
ROLLBACK;

-- Random sorts and sizes, forward and back, against ORDER BY; then while rows come and go.
CREATE TABLE sort_field (name text, sql text);
INSERT INTO sort_field VALUES ('amount', 'o.amount'), ('expected_close', 'o.expected_close'), ('title', 'o.title'), ('owner', 'o.owner'),
	('account.name', 'a.name'), ('stage.name', 's.name'), ('state', 'coalesce(s.kind, ''open'')'), ('probability', 'o.probability'),
	('closed_at', 'o.closed_at'), ('custom.score', 'CASE WHEN jsonb_typeof(o.custom -> ''score'') = ''number'' THEN (o.custom ->> ''score'')::numeric END'),
	('custom.region', 'o.custom ->> ''region'''), ('created_at', 'o.created_at'), ('version', 'o.version'), ('id', 'o.id');

CREATE FUNCTION pg_temp.random_row(id bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount, probability, expected_close, created_at, closed_at, custom)
	SELECT random_row.id, 1, stage, 'Title ' || (random() * 9)::int, CASE WHEN random() < 0.7 THEN 1 + (random() > 0.5)::int END,
		CASE WHEN random() < 0.8 THEN (ARRAY['sara', 'omid', 'Omid', ''])[1 + (random() * 3)::int] END,
		CASE WHEN random() < 0.7 THEN (random() * 5)::numeric(4,1) END, CASE WHEN random() < 0.7 THEN (random() * 3)::int END,
		CASE WHEN random() < 0.6 THEN date '2026-01-01' + (random() * 4)::int END, timestamptz '2025-01-01' + (random() * 3)::int * interval '1 us',
		CASE WHEN stage > 10 THEN timestamptz '2026-01-01' + (random() * 3)::int * interval '1.000001 s' END,
		CASE (random() * 3)::int WHEN 0 THEN '{}' WHEN 1 THEN '{"region": "north"}' ELSE jsonb_build_object('score', (random() * 3)::int, 'region', NULL) END
	FROM (SELECT CASE WHEN random() < 0.8 THEN 10 + (random() * 2)::int END AS stage) AS r
$$;

CREATE FUNCTION pg_temp.walk(rounds int, seed float8, OUT tried int, OUT wrong text)
LANGUAGE plpgsql AS $$
DECLARE
	keys text[]; by_hand text; expected text[]; found text[]; page jsonb; rows int; kept text[]; last_id bigint := 0; turned int; round int;
BEGIN
	PERFORM setseed(seed);
	DELETE FROM opportunity;
	FOR i IN 1 .. 60 LOOP PERFORM pg_temp.random_row(i); END LOOP;
	last_id := 60;
	tried := 0;
	FOR round IN 1 .. rounds LOOP
		SELECT array_agg(CASE WHEN down THEN '-' ELSE '' END || name),
			string_agg(sql || CASE WHEN down THEN ' DESC NULLS LAST' ELSE '' END, ', ') || CASE WHEN bool_or(name = 'id') THEN '' ELSE ', o.id' || CASE WHEN (array_agg(down))[count(*)] THEN ' DESC' ELSE '' END END
		INTO keys, by_hand FROM (SELECT name, sql, random() < 0.5 AS down FROM sort_field WHERE round % 3 > 0 OR name IN ('title', 'version', 'created_at', 'id') ORDER BY random() LIMIT 1 + (random() * 3)::int) AS f;
		by_hand := 'SELECT array_agg(id::text) FROM (SELECT o.id FROM opportunity AS o LEFT JOIN account AS a ON a.id = o.account_id LEFT JOIN stage AS s ON s.id = o.stage_id WHERE NOT o.archived ORDER BY ' || by_hand || ') AS r';
		rows := 1 + (random() * 12)::int;
		tried := tried + 1;

		-- nobody else: forward, then back from the last page
		EXECUTE by_hand INTO expected;
		found := '{}'; turned := 0;
		page := list(sort => keys, size => rows, fields => '{title}');
		LOOP
			turned := turned + 1;
			IF (page ->> 'first')::int <> cardinality(found) + 1 OR page -> 'totals' ->> 'count' <> cardinality(expected)::text OR turned > 100 THEN
				wrong := format('%s size %s: first %s, totals %s', keys, rows, page -> 'first', page -> 'totals'); RETURN;
			END IF;
			found := found || string_to_array(pg_temp.ids(page), ' ');
			EXIT WHEN page -> 'next' = 'null';
			page := list(sort => keys, size => rows, fields => '{title}', after => page -> 'next');
		END LOOP;
		IF found <> expected THEN wrong := format('forward %s size %s: %s, not %s', keys, rows, found, expected); RETURN; END IF;
		found := '{}';
		LOOP
			found := string_to_array(pg_temp.ids(page), ' ') || found;
			IF (page ->> 'first')::int <> cardinality(expected) - cardinality(found) + 1 THEN wrong := format('backward %s: first %s', keys, page -> 'first'); RETURN; END IF;
			EXIT WHEN page -> 'previous' = 'null';
			page := list(sort => keys, size => rows, fields => '{title}', with_totals => false, before => page -> 'previous');
		END LOOP;
		IF found <> expected THEN wrong := format('backward %s size %s: %s, not %s', keys, rows, found, expected); RETURN; END IF;

		-- others insert and delete between pages: the rows that were there throughout come once each, in order
		FOREACH turned IN ARRAY '{1,2}'::int[] LOOP
			kept := expected; found := '{}';
			page := list(sort => keys, size => rows, fields => '{title}');
			IF turned = 2 THEN
				WHILE page -> 'next' <> 'null' LOOP page := list(sort => keys, size => rows, fields => '{title}', after => page -> 'next'); END LOOP;
			END IF;
			LOOP
				found := CASE turned WHEN 1 THEN found || string_to_array(pg_temp.ids(page), ' ') ELSE string_to_array(pg_temp.ids(page), ' ') || found END;
				EXIT WHEN page -> CASE turned WHEN 1 THEN 'next' ELSE 'previous' END = 'null';
				last_id := last_id + 1;
				PERFORM pg_temp.random_row(last_id);
				DELETE FROM opportunity WHERE id = (SELECT id FROM opportunity ORDER BY random() LIMIT 1);
				kept := ARRAY(SELECT k FROM unnest(kept) WITH ORDINALITY AS t (k, n) WHERE EXISTS (SELECT FROM opportunity WHERE id::text = k) ORDER BY n);
				page := CASE turned WHEN 1 THEN list(sort => keys, size => rows, fields => '{title}', after => page -> 'next')
					ELSE list(sort => keys, size => rows, fields => '{title}', before => page -> 'previous') END;
			END LOOP;
			-- what a page showed before it was deleted may stand between them
			IF kept <> ARRAY(SELECT f FROM unnest(found) WITH ORDINALITY AS t (f, n) WHERE f = ANY (kept) ORDER BY n) THEN
				wrong := format('%s size %s, way %s: %s, not %s', keys, rows, turned, found, kept); RETURN;
			END IF;
			EXECUTE by_hand INTO expected;
		END LOOP;
	END LOOP;
	EXECUTE by_hand INTO expected;
END
$$;
SELECT seed, walk.* FROM (VALUES (0.271828)) AS v (seed), pg_temp.walk(25, seed);

-- a cursor with any byte changed is a cursor of this query, or a clean error
CREATE FUNCTION pg_temp.fuzz(rounds int, seed float8, OUT refused int, OUT followed int, OUT odd text)
LANGUAGE plpgsql AS $$
DECLARE
	cursor text; bytes text; at int; changed jsonb; state text; code text;
BEGIN
	PERFORM setseed(seed);
	refused := 0; followed := 0;
	cursor := list(sort => '{-amount,expected_close,title}', size => 7) ->> 'next';
	FOR round IN 1 .. rounds LOOP
		at := 1 + (random() * (length(cursor) - 1))::int;
		bytes := overlay(cursor PLACING CASE (random() * 2)::int WHEN 0 THEN chr(32 + (random() * 94)::int) WHEN 1 THEN '' ELSE chr(1 + (random() * 300)::int) END FROM at FOR 1);
		BEGIN
			changed := bytes;
		EXCEPTION WHEN OTHERS THEN
			CONTINUE;
		END;
		BEGIN
			IF random() < 0.5 THEN
				PERFORM list(sort => '{-amount,expected_close,title}', size => 7, with_totals => false, after => changed);
			ELSE
				PERFORM list(sort => '{-amount,expected_close,title}', size => 7, with_totals => false, before => changed);
			END IF;
			followed := followed + 1;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME;
			refused := refused + 1;
			IF SQLSTATE <> '22023' OR code <> 'invalid_cursor' THEN
				odd := format('%s: %s %s', changed, SQLSTATE, SQLERRM);
				RETURN;
			END IF;
		END;
	END LOOP;
END
$$;
SELECT seed, refused > 0 AS refused, followed > 0 AS followed, odd FROM (VALUES (0.314159)) AS v (seed), pg_temp.fuzz(200, seed);

-- forged and foreign cursors
DELETE FROM opportunity;
INSERT INTO opportunity (id, pipeline_id, title, amount) SELECT n, 1, 'T' || n, n FROM generate_series(1, 9) AS n;
SELECT list(size => 2) -> 'next' AS cursor \gset
SELECT pg_temp.attempt(format('SELECT list(after => %L, sort => %L)', :'cursor', '{title}'));
SELECT pg_temp.attempt(format('SELECT list(after => %L, scope => %L)', :'cursor', '{"owner": "sara"}'));
SELECT pg_temp.attempt(format('SELECT list(after => %L, include_archived => true)', :'cursor'));
SELECT pg_temp.attempt(format('SELECT list(%L, after => %L, with_totals => false)', 'stage', :'cursor'));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', (SELECT next FROM board(cards => 1) WHERE next IS NOT NULL)));
SELECT pg_temp.attempt(format('SELECT column_cards(after => %L)', :'cursor'));
SELECT pg_temp.attempt(format('SELECT list(before => %L)', '{}'));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', '"x"'));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', 'null'));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{at}', '["x"]')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{at}', '["1", "2"]')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{at}', '{"a": 1}')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{at}', '[null]')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{row}', '"0"')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{row}', '7')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{row}', '"12345678901234567890"')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', jsonb_set(:'cursor', '{inclusive}', '1')));
SELECT pg_temp.attempt(format('SELECT list(after => %L)', :'cursor'::jsonb - 'at'));
SELECT pg_temp.attempt(format('SELECT list(after => %1$L, before => %1$L)', :'cursor'));

-- what else is refused
SELECT pg_temp.attempt('SELECT list(size => 0)');
SELECT pg_temp.attempt('SELECT list(size => 1001)');
SELECT pg_temp.attempt($$SELECT list(fields => '{titel}')$$);
SELECT pg_temp.attempt($$SELECT list(fields => '{account.nam}')$$);
SELECT pg_temp.attempt($$SELECT list(fields => '{title,NULL}')$$);
SELECT pg_temp.attempt($$SELECT list(sort => '{-amuont}')$$);
SELECT pg_temp.attempt($$SELECT list(sort => '{custom}')$$);
SELECT pg_temp.attempt($$SELECT list(sort => array_fill('title'::text, '{17}'))$$);
SELECT pg_temp.attempt($$SELECT list(filter => 'None')$$);
SELECT pg_temp.attempt($$SELECT list('account')$$);
SELECT list('account', fields => '{name}', sort => '{name}', with_totals => false);
CREATE VIEW keyless AS SELECT title FROM opportunity;
SELECT pg_temp.attempt($$SELECT list('keyless', with_totals => false)$$);
SELECT pg_temp.attempt($$SET LOCAL search_path = ''; SELECT opportunities.list()$$);

-- somebody else's CRM: uuid keys and other names, mapped by a view
CREATE SCHEMA list_legacy;
CREATE TABLE list_legacy.deals (key uuid PRIMARY KEY, subject text, worth int, chance int, client int, "odd ""name" text);
INSERT INTO list_legacy.deals SELECT ('00000000-0000-0000-0000-0000000000' || to_char(n, 'FM00'))::uuid, 'Deal ' || n % 3, nullif(n % 4, 0) * 10, 50, n % 2, 'odd ' || n
FROM generate_series(1, 10) AS n;
CREATE VIEW list_legacy.opportunity AS SELECT key AS id, subject AS title, worth AS amount, chance AS probability, client AS account_id, "odd ""name" FROM list_legacy.deals;
CREATE VIEW list_legacy.account AS SELECT DISTINCT client AS id, 'client ' || client AS name FROM list_legacy.deals;
SELECT n, jsonb_array_length(page -> 'rows') AS rows, page -> 'first' AS first, page -> 'totals' -> 'final_total' AS total, page -> 'rows' = a -> 'rows' AS same_as_first
FROM list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4) AS a,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, after => a -> 'next') AS b,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, after => b -> 'next') AS c,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 8, before => c -> 'previous') AS d,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, before => b -> 'previous') AS e,
	LATERAL (VALUES (1, a), (2, b), (3, c), (4, d), (5, e)) AS p (n, page);
SELECT jsonb_path_query_array(a, '$.rows[*].id') || jsonb_path_query_array(b, '$.rows[*].id') || jsonb_path_query_array(c, '$.rows[*].id')
	= (SELECT jsonb_agg(o.id ORDER BY amount DESC NULLS LAST, a.name, o.id) FROM list_legacy.opportunity AS o LEFT JOIN list_legacy.account AS a ON a.id = o.account_id) AS as_sorted,
	a -> 'rows' -> 0 AS first_row
FROM list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, fields => '{title,account.name,"odd \"name"}') AS a,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, after => a -> 'next') AS b,
	list('list_legacy.opportunity', sort => '{-amount,account.name}', size => 4, after => b -> 'next') AS c;

-- char and bit of a length are compared whole
CREATE TABLE list_legacy.stage (id char(4) PRIMARY KEY, name text, position int, kind text);
CREATE TABLE list_legacy.coded (id int PRIMARY KEY, stage_id char(4), amount numeric, probability numeric, currency char(3), flags bit(3));
INSERT INTO list_legacy.stage VALUES ('new', 'New', 1, 'open'), ('next', 'Next', 2, 'open');
INSERT INTO list_legacy.coded SELECT n, CASE WHEN n < 4 THEN 'new' ELSE 'next' END, n, 0, CASE WHEN n % 2 = 0 THEN 'EUR' ELSE 'EGP' END, n::bit(3) FROM generate_series(1, 5) AS n;
SELECT pg_temp.ids(list('list_legacy.coded', scope => '{"currency": "EUR", "flags": "100"}')) AS scope,
	pg_temp.ids(list('list_legacy.coded', rules => '{"combinator": "and", "rules": [{"field": "currency", "operator": "in", "value": ["EUR", "USD"]}]}')) AS rules,
	pg_temp.ids(a) AS first, pg_temp.ids(list('list_legacy.coded', sort => '{currency,-flags}', size => 2, after => a -> 'next')) AS second
FROM list('list_legacy.coded', sort => '{currency,-flags}', size => 2) AS a;
SELECT stage, lane, jsonb_path_query_array(cards, '$[*].id') AS cards FROM board('list_legacy.coded', lane_by => 'currency', fields => '{id}') WHERE count > 0;

-- a NOT NULL that not every row keeps: NULLs are last, and on a page
CREATE TABLE list_legacy.lax (id int, worth int, archived boolean);
DO $$
BEGIN
	INSERT INTO list_legacy.lax VALUES (1, 10, false), (2, 20, false);
	IF current_setting('server_version_num')::int < 180000 THEN
		CREATE TABLE list_legacy.lax_child () INHERITS (list_legacy.lax);
		INSERT INTO list_legacy.lax_child VALUES (3, NULL, NULL), (4, NULL, false), (5, 10, false);
		ALTER TABLE ONLY list_legacy.lax ALTER worth SET NOT NULL, ALTER archived SET NOT NULL;
	ELSE
		INSERT INTO list_legacy.lax VALUES (3, NULL, NULL), (4, NULL, false), (5, 10, false);
		EXECUTE 'ALTER TABLE list_legacy.lax ADD CONSTRAINT a NOT NULL worth NOT VALID, ADD CONSTRAINT b NOT NULL archived NOT VALID';
	END IF;
END
$$;
SELECT pg_temp.ids(a) AS first, pg_temp.ids(list('list_legacy.lax', sort => '{-worth}', size => 3, with_totals => false, after => a -> 'next')) AS second
FROM list('list_legacy.lax', sort => '{-worth}', size => 3, with_totals => false) AS a;

-- Values of every kind of type, pages forward and back, under settings that change from page to page, against ORDER BY.
CREATE COLLATION list_legacy.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE list_legacy.mood AS ENUM ('sad', 'happy');
CREATE TYPE list_legacy.pair AS (a int, b text);
CREATE DOMAIN list_legacy.third AS float8;
CREATE TABLE list_legacy.typed (id list_legacy.pair NOT NULL, account_id int, plain int NOT NULL, code text COLLATE list_legacy.caseless, pair list_legacy.pair, third list_legacy.third,
	share numeric, day date, moment timestamptz, span interval, mood list_legacy.mood, scores numeric[], days daterange, fixed char(2), "select ""it's""" text NOT NULL);
CREATE TABLE list_legacy.odd_pick AS SELECT '{NULL,"",a,A,b}'::text[] AS code, ARRAY[NULL, (NULL, NULL), (1, NULL), (1, 'b,"')]::list_legacy.pair[] AS pair,
	ARRAY[NULL, 1.0 / 3, 2.0 / 3, 'NaN', '-0', 0]::float8[] AS third, '{NULL,1.10,1.1,NaN,-Infinity}'::numeric[] AS share,
	ARRAY[NULL, '-infinity', '0044-03-15 BC', '2026-02-01', '2026-01-02', '12026-01-02', 'infinity']::date[] AS day,
	ARRAY[NULL, '-infinity', '0044-03-15 12:00 BC', '1900-01-01 00:00:00.000001', '2026-02-01', '2026-02-01 00:00:00.000001', 'infinity']::timestamptz[] AS moment,
	ARRAY[NULL, '1 day', '24:00', '-1 mon 1 day -00:00:01', '-1 day']::interval[] AS span, '{NULL,sad,happy}'::list_legacy.mood[] AS mood,
	'{NULL,"{}","{1,NULL}","{1.0,NaN}"}'::text[] AS scores, ARRAY[NULL, 'empty', '[2026-02-01,2026-03-02)', '(,2026-01-02)']::daterange[] AS days, '{NULL,a,ab}'::text[] AS fixed, '{"","\\","''","\""}'::text[] AS quoted;

CREATE FUNCTION pg_temp.typed_walk(rounds int, seed float8, OUT tried int, OUT wrong text)
LANGUAGE plpgsql AS $$
DECLARE
	keys text[]; by_hand text; expected text[]; found text[]; page jsonb; turns int; way text;
BEGIN
	PERFORM setseed(seed);
	DELETE FROM list_legacy.typed;
	INSERT INTO list_legacy.typed SELECT (n % 7, 'k,"' || n)::list_legacy.pair, CASE WHEN random() < 0.7 THEN (random() * 2)::int END, random() * 2,
		code[1 + random() * 4], pair[1 + random() * 3], third[1 + random() * 5], share[1 + random() * 4], day[1 + random() * 6], moment[1 + random() * 6],
		span[1 + random() * 4], mood[1 + random() * 2], scores[1 + random() * 3]::numeric[], days[1 + random() * 3], fixed[1 + random() * 2], quoted[1 + random() * 3]
	FROM list_legacy.odd_pick, generate_series(1, 60) AS n;
	FOR round IN 1 .. rounds LOOP
		tried := round;
		SELECT array_agg(CASE WHEN down THEN '-' ELSE '' END || name), string_agg(CASE name WHEN 'account.name' THEN 'a.name' ELSE 'o.' || quote_ident(name) END || CASE WHEN down THEN ' DESC' ELSE '' END || ' NULLS LAST', ', ')
			|| ', o.id' || CASE WHEN (array_agg(down))[count(*)] THEN ' DESC' ELSE '' END
		INTO keys, by_hand FROM (SELECT name, random() < 0.5 AS down FROM (SELECT attname::text FROM pg_attribute WHERE attrelid = 'list_legacy.typed'::regclass AND attnum > 1 UNION ALL VALUES ('account.name')) AS t (name)
			ORDER BY random() LIMIT 1 + (random() * 3)::int) AS f;
		EXECUTE 'SELECT array_agg((o.id).b ORDER BY ' || by_hand || ') FROM list_legacy.typed AS o LEFT JOIN list_legacy.account AS a ON a.id = o.account_id' INTO expected;
		page := NULL;
		FOREACH way IN ARRAY '{next,previous}'::text[] LOOP
			found := '{}'; turns := 0;
			LOOP
				turns := turns + 1;
				PERFORM set_config(name, (ARRAY[value, reset_val])[1 + (random() > 0.5)::int], true) FROM (VALUES ('DateStyle', 'SQL, DMY'), ('IntervalStyle', 'sql_standard'), ('extra_float_digits', '0'), ('TimeZone', 'Asia/Tehran')) AS v (name, value) JOIN pg_settings USING (name);
				IF page IS NULL OR turns > 1 THEN
					page := list('list_legacy.typed', sort => keys, size => 1 + (random() * 14)::int, fields => '{id}', with_totals => false,
						after => CASE way WHEN 'next' THEN page -> 'next' END, before => CASE way WHEN 'previous' THEN page -> 'previous' END);
				END IF;
				found := CASE way WHEN 'next' THEN found ELSE '{}' END || ARRAY(SELECT r #>> '{id,b}' FROM jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS t (r, n) ORDER BY n) || CASE way WHEN 'previous' THEN found ELSE '{}' END;
				EXIT WHEN page -> way = 'null' OR turns > 100;
			END LOOP;
			IF found <> expected THEN wrong := format('%s %s: %s, not %s', way, keys, found, expected); RETURN; END IF;
		END LOOP;
	END LOOP;
END
$$;
SELECT seed, typed_walk.* FROM (VALUES (0.577216)) AS v (seed), pg_temp.typed_walk(40, seed);

-- all rows as a typed query, which stands on its own
SELECT list_sql(fields => '{title,amount,account.name,custom.score,custom.region,state,days_in_stage,version}', sort => '{-amount,title}', scope => '{"owner": null}') AS query \gset
\echo :query
CREATE TABLE odd_names AS SELECT o.*, 1 AS "Q ""u""", 2 AS "select" FROM opportunity AS o;
SELECT list_sql('odd_names', fields => '{"Q \"u\"",select,stage.name}', search => $$it's$$) AS odd_query \gset
\echo :odd_query
SELECT count(*) FROM (:odd_query) AS q;
SET search_path = '';
CREATE TEMP TABLE rows AS :query;
SET search_path = list_crm, opportunities, public;
SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'rows'::regclass AND attnum > 0 ORDER BY attnum;
SELECT count(*), bool_and(r.id::text = o.id) AS same FROM (SELECT *, row_number() OVER () AS n FROM rows) AS r
JOIN (SELECT * FROM jsonb_array_elements(list(sort => '{-amount,title}', size => 1000, scope => '{"owner": null}') -> 'rows') WITH ORDINALITY AS t (r, n)) AS l USING (n),
	LATERAL (SELECT l.r ->> 'id' AS id) AS o;
SELECT list_sql(fields => '{title}', sort => '{title}', filter => NULL, rules => '{"combinator": "and", "rules": [{"field": "title", "operator": "in", "value": ["T1", "T7"]}]}') AS query \gset
COPY (:query) TO STDOUT (FORMAT csv, HEADER);
SELECT list_sql() ~ 'ORDER BY' AS sorted, list_sql() ~ ';' AS semicolon, list_sql(sort => '{id}') ~ 'ORDER BY o.id$' AS by_id;
SELECT pg_temp.attempt(format('SELECT list_sql(fields => %L)', '{custom.' || repeat('x', 60) || '}'));
SELECT pg_temp.attempt($$SELECT list_sql(fields => array_fill('title'::text, '{1001}'))$$);
SELECT pg_temp.attempt($$SELECT list_sql(sort => '{titel}')$$);

-- the same call again, of a table that has changed meanwhile, and of another one of its name
CREATE FUNCTION pg_temp.shown() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT list('odd_names', fields => '{select}', scope => '{"title": "T1"}', sort => '{select,-created_at}', size => 1, with_totals => false) -> 'rows' -> 0 ->> 'select'
$$;
SELECT pg_temp.shown() AS "2";
UPDATE odd_names SET "select" = 3;
SELECT pg_temp.shown() AS "3";
ALTER TABLE odd_names ALTER "select" TYPE text USING "select" || ' times';
SELECT pg_temp.shown() AS "3 times";
ALTER TABLE odd_names RENAME TO other_names;
CREATE VIEW odd_names AS SELECT id, title, created_at, false AS "select" FROM other_names;
SELECT pg_temp.shown() AS "false";
SET DateStyle = 'SQL, DMY';
SELECT page -> 'next' AS cursor FROM list(sort => '{created_at}', size => 1, with_totals => false) AS page \gset place_
SET DateStyle = 'ISO, MDY';
SELECT pg_temp.ids(list(sort => '{created_at}', size => 2, after => :'place_cursor', with_totals => false)) = (SELECT string_agg(id::text, ' ' ORDER BY n) FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS n FROM opportunity WHERE NOT archived) AS o WHERE n IN (2, 3)) AS same_place;
SELECT pg_temp.ids(list(fields => '{title,stage.name}', sort => '{id}', size => 5)) AS "all";

-- a cursor stays short whatever a row holds: of a long value it has a hash, and the row has the value
BEGIN;
INSERT INTO opportunity (id, pipeline_id, title, description) SELECT 9000 + n, 1, 'long', repeat('same ', 10000) || CASE WHEN n < 4 THEN n END FROM generate_series(1, 5) AS n;
SELECT pg_temp.ids(a) AS first, pg_temp.ids(b) AS second, pg_temp.ids(c) AS third, pg_temp.ids(d) AS back, length(a ->> 'next') < 500 AS short
FROM list(sort => '{description}', scope => '{"title": "long"}', size => 2) AS a, list(sort => '{description}', scope => '{"title": "long"}', size => 2, after => a -> 'next') AS b,
	list(sort => '{description}', scope => '{"title": "long"}', size => 2, after => b -> 'next') AS c, list(sort => '{description}', scope => '{"title": "long"}', size => 2, before => b -> 'previous') AS d;
SELECT pg_temp.ids(a) AS first, pg_temp.ids(b) AS second, pg_temp.ids(c) AS third
FROM list(sort => '{-description}', scope => '{"title": "long"}', size => 2) AS a, list(sort => '{-description}', scope => '{"title": "long"}', size => 2, after => a -> 'next') AS b,
	list(sort => '{-description}', scope => '{"title": "long"}', size => 2, after => b -> 'next') AS c;
SELECT list(sort => '{description}', scope => '{"title": "long"}', size => 2) -> 'next' AS long \gset
SELECT pg_temp.attempt(format($$SELECT list(sort => '{description}', scope => '{"title": "long"}', after => %L)$$, jsonb_set(:'long', '{at,0,hash}', v)))
FROM (VALUES ('"0123456789abcdef"'::jsonb), ('"0"'), ('"0123456789abcdeg"'), ('1')) AS v (v);
SELECT pg_temp.attempt(format($$SELECT list(sort => '{description}', scope => '{"title": "long"}', after => %L)$$, jsonb_set(:'long', '{at,1}', v)))
FROM (VALUES ('"x"'::jsonb), ('null'), ('[]'), ('9999')) AS v (v);
UPDATE opportunity SET description = description || '!' WHERE id = 9002;
SELECT pg_temp.attempt(format($$SELECT list(sort => '{description}', scope => '{"title": "long"}', after => %L)$$, :'long'));
ROLLBACK;

-- one's own rows, and their totals
CREATE ROLE regress_list;
GRANT USAGE ON SCHEMA list_crm TO regress_list;
GRANT SELECT ON opportunity, account, stage TO regress_list;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (id <= 3);
SET ROLE regress_list;
SELECT pg_temp.ids(page), page -> 'totals' ->> 'count' AS count, page -> 'totals' ->> 'final_total' AS total FROM list(fields => '{title,stage.name}') AS page;
SELECT pg_temp.ids(list(fields => '{title,stage.name}', sort => '{id}', size => 5)) AS own;
SELECT pg_temp.ids(list(after => :'cursor')) AS of_a_cursor_that_sees_more;
RESET ROLE;
-- rights on some columns are enough for a list of those
REVOKE SELECT ON opportunity FROM regress_list;
GRANT SELECT (id, title, account_id, archived) ON opportunity TO regress_list;
SET ROLE regress_list;
SELECT list(fields => '{title,account.name}', sort => '{-title}', size => 1, with_totals => false) -> 'rows' AS rows;
SELECT pg_temp.attempt($$SELECT list(fields => '{owner}', with_totals => false)$$);
RESET ROLE;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA list_crm, list_legacy CASCADE;
DROP ROLE regress_list;
