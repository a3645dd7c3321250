-- Boards against what they are made of and what a hand-writer writes, on the table of create_crm.
SELECT opportunities.create_crm(crm, starter => true) FROM unnest('{crm,history,lanes}'::name[]) AS crm \g /dev/null

-- Fill a CRM: closed is the share of rows that were closed, recent that of those within a month,
-- archived that of all rows. The oldest rows come first where history is told, else ages are mixed.
CREATE PROCEDURE bench.fill(crm name, rows bigint, closed float8, recent float8, archived float8) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %I.account (name) SELECT ''Account '' || n FROM generate_series(1, greatest(%s / 10, 1)) n', crm, rows);
	EXECUTE format($sql$
		INSERT INTO %1$I.opportunity (account_id, pipeline_id, stage_id, title, description, owner, source, tags, currency,
			amount, amount_mode, probability, probability_mode, realized_amount, expected_close, closed_at, closed_on,
			close_reason, position, archived, version, created_at, created_by, updated_at, updated_by,
			stage_entered_at, stage_entered_by, last_activity_at)
		SELECT 1 + (random() * (greatest(%2$s / 10, 1) - 1))::bigint, 1, stage, 'Opportunity ' || n || ' of the year',
			CASE WHEN n %% 2 = 0 THEN 'What the customer said when we met: ' || n END,
			'owner' || (random() * 49)::integer, CASE WHEN n %% 3 = 0 THEN 'web' END,
			CASE WHEN n %% 4 = 0 THEN '{new,big}'::text[] ELSE '{}' END, 'EUR',
			(random() * 100000)::numeric(14,2), 'manual', stage * 15, 'auto',
			CASE WHEN stage = 5 THEN (random() * 100000)::numeric(14,2) ELSE 0.00 END,
			CASE WHEN n %% 2 = 0 THEN created::date + 90 END, closed_at, closed_at::date,
			CASE WHEN stage = 6 THEN 'price' END, n << 32, random() < %5$s, 1, created, 'somebody', created, 'somebody',
			coalesce(closed_at, created), 'somebody', NULL
		FROM (
			SELECT n, stage, closed_at, coalesce(closed_at, now()) - random() * interval '100 days' AS created
			FROM (
				SELECT n, CASE WHEN age IS NULL THEN 1 + (3 * random())::integer ELSE 5 + random()::integer END AS stage,
					now() - age * interval '1 day' AS closed_at
				FROM (
					SELECT n, CASE WHEN n > %2$s * %3$s THEN NULL WHEN random() < %4$s THEN random() * 29
						ELSE 40 + random() * 2000 END AS age
					FROM generate_series(1, %2$s) n
				) a
			) s
		) r
	$sql$, crm, rows, closed, recent, archived);
END $$;

-- Who restores or copies a CRM writes its rows as they are: so it is done here.
SELECT setseed(0.5) \g /dev/null
SET session_replication_role = replica;
CALL bench.fill('crm', :rows / 2, 0.4, 0.25, 0.05);
CALL bench.fill('history', :rows / 2, 0.98, 0.001, 0.05);
CALL bench.fill('lanes', :rows / 20, 0.3, 1.0, 0.0);
UPDATE lanes.opportunity SET owner = 'owner' || id / 7 % 100,
	stage_id = CASE WHEN closed_at IS NULL THEN CASE WHEN id % 5 > 0 THEN id % 5 END ELSE 5 + id % 2 END, close_reason = CASE WHEN closed_at IS NOT NULL AND id % 2 = 1 THEN 'price' END;
RESET session_replication_role;
DO $$
BEGIN
	IF EXISTS (SELECT FROM unnest('{crm,history,lanes}'::name[]) AS crm, opportunities.check_crm(crm)) THEN
		RAISE EXCEPTION 'the rows are not such as the triggers leave';
	END IF;
END $$;
VACUUM (FULL) lanes.opportunity;
VACUUM (ANALYZE, FREEZE) crm.opportunity, crm.account, history.opportunity, history.account, lanes.opportunity, lanes.account;
SELECT bench.prewarm(r) FROM unnest('{crm.opportunity,crm.account,history.opportunity,history.account,lanes.opportunity,lanes.account}'::regclass[]) r \g /dev/null

-- A board and its parts: one pass that groups, and the bare top of each column by its index.
CREATE FUNCTION bench.board(crm text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ours text := format('SELECT * FROM opportunities.board(%L)', crm || '.opportunity');
	shown text := 'NOT archived AND (closed_on IS NULL OR closed_on >= current_date - 30)';
	pass text := format('SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency) FROM %I.opportunity WHERE %s GROUP BY stage_id', crm, shown);
	parts text[];
	card text;
	by_hand text;
BEGIN
	SELECT array_agg(format('SELECT id FROM %I.opportunity WHERE pipeline_id = 1 AND stage_id = %s AND NOT archived %s LIMIT 20', crm, id,
		CASE WHEN kind = 'open' THEN 'ORDER BY position DESC, id DESC'
		ELSE 'AND closed_on >= current_date - 30 ORDER BY closed_at DESC NULLS LAST, id DESC' END) ORDER BY id)
	INTO parts FROM crm.stage;
	PERFORM bench.compare(crm || ': board / 1.15 pass + 2 tops', ours, pass || parts, 1.0, ARRAY[1.15] || array_fill(2.0, ARRAY[cardinality(parts)]));

	-- what one writes by hand: sums, and the top of each column in its order, with its account
	card := format($sql$ SELECT o.id, o.title, a.name, o.owner, o.amount, o.currency, o.probability, o.estimated_amount,
			o.expected_close, o.tags, o.version
		FROM %1$I.opportunity AS o LEFT JOIN %1$I.account AS a ON a.id = o.account_id
		WHERE o.pipeline_id = 1 AND o.stage_id = s.id AND NOT o.archived $sql$, crm);
	by_hand := format($sql$
		SELECT s.id, s.name, g.*, c.cards
		FROM %1$I.stage AS s
		LEFT JOIN (SELECT stage_id, count(*), sum(amount), sum(amount * probability / 100), sum(realized_amount)
			FROM %1$I.opportunity WHERE %%s GROUP BY stage_id) AS g ON g.stage_id = s.id,
		LATERAL (SELECT jsonb_agg(t) AS cards FROM (
			(%2$s AND s.kind = 'open' ORDER BY o.position DESC, o.id DESC LIMIT 20)
			UNION ALL
			(%2$s AND s.kind <> 'open' AND o.closed_on >= current_date - 30 ORDER BY o.closed_at DESC NULLS LAST, o.id DESC LIMIT 20)) AS t) AS c
		ORDER BY s.position $sql$, crm, card);
	PERFORM bench.compare(crm || ': board / board by hand', ours, ARRAY[format(by_hand, shown)]);
	-- that of one customer, which is what a page about the customer shows
	PERFORM bench.compare(crm || ': board of an account / by hand', format('SELECT * FROM opportunities.board(%L, scope => %L)', crm || '.opportunity', '{"account_id": 7}'),
		ARRAY[format(replace(by_hand, 'NOT o.archived', 'NOT o.archived AND o.account_id = 7'), shown || ' AND account_id = 7')], 1.0, pairs => 101);
	-- and by one who knows which form of the limit of days an index answers
	PERFORM bench.compare(crm || ': board / by hand, open stages listed', ours, ARRAY[format(by_hand,
		'NOT archived AND (stage_id = ANY (''{1,2,3,4}''::bigint[]) OR stage_id = ANY (''{5,6}''::bigint[]) AND closed_on >= current_date - 30)')]);
END $$;

-- The table is wider than three numbers: what counts is how far a row must be read.
SELECT bench.use_workers(0, ARRAY['SELECT count(realized_amount) FROM crm.opportunity']) \g /dev/null
SELECT bench.compare('crm: totals / count(realized_amount)', 'SELECT opportunities.totals(amount, probability, realized_amount) FROM crm.opportunity',
	ARRAY['SELECT count(realized_amount) FROM crm.opportunity'], 1.15) \g /dev/null
SELECT bench.board('crm') \g /dev/null
SELECT bench.board('history') \g /dev/null

-- 100 owners in lanes, with 20 cards in each of 7 columns, against one query that numbers the cards of each
\set fields '{title,account.name,owner,amount,currency,probability,estimated_amount,expected_close,tags,version}'
SELECT bench.compare('lanes: 100 owners, 7 columns, 20 cards / by hand', format($$SELECT * FROM opportunities.board('lanes.opportunity', lane_by => 'owner', fields => %L)$$, :'fields'), ARRAY[$$
	SELECT o.owner, o.stage_id, max(o.count), max(o.final), max(o.estimated), max(o.realized), jsonb_agg(to_jsonb(t) ORDER BY n) FROM (
		SELECT *, row_number() OVER (PARTITION BY owner, stage_id ORDER BY CASE WHEN stage_id > 4 THEN closed_at END DESC NULLS LAST, position DESC, id DESC) AS n,
			count(*) OVER w, sum(amount) OVER w AS final, sum(amount * probability * 0.01) OVER w AS estimated, sum(realized_amount) OVER w AS realized
		FROM lanes.opportunity WHERE NOT archived AND (closed_on IS NULL OR closed_on >= current_date - 30)
		WINDOW w AS (PARTITION BY owner, stage_id)) AS o
	LEFT JOIN lanes.account AS a ON a.id = o.account_id,
		LATERAL (SELECT o.id, o.title, a.name, o.owner, o.amount, o.currency, o.probability, o.estimated_amount, o.expected_close, o.tags, o.version) AS t
	WHERE n <= 20 GROUP BY 1, 2$$], 1.5) \g /dev/null

-- A page far down costs what the first does.
SELECT jsonb_set(next, '{after}', jsonb_build_array((SELECT position::text FROM crm.opportunity WHERE stage_id = 1 AND NOT archived ORDER BY position DESC OFFSET 20000 LIMIT 1), '0')) AS deep, next AS first
FROM opportunities.board('crm.opportunity') WHERE stage_id = '1' \gset
SELECT bench.compare('crm: cards 20,000 deep / second page', format('SELECT opportunities.column_cards(''crm.opportunity'', after => %L)', :'deep'),
	ARRAY[format('SELECT opportunities.column_cards(''crm.opportunity'', after => %L)', :'first')], 1.5, pairs => 21) \g /dev/null
