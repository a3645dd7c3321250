-- Boards against what they are made of and what a hand-writer writes, on the table of create_crm.

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

-- Three currencies, with a rate for each day: the board with its totals converted, too, against the board; likewise a report, and a list's totals.
SELECT opportunities.create_crm('money', starter => true) \g /dev/null
INSERT INTO money.exchange_rate (from_currency, to_currency, valid_from, rate)
SELECT f, 'CHF', current_date - n, round((0.5 + random())::numeric, 6) FROM unnest('{EUR,USD,IRR}'::text[]) AS f, generate_series(0, 2200) AS n;
SET session_replication_role = replica;
CALL bench.fill('money', :rows / 2, 0.4, 0.25, 0.05);
UPDATE money.opportunity SET currency = (ARRAY['EUR', 'USD', 'IRR'])[1 + id % 3];
RESET session_replication_role;
VACUUM (FULL) money.opportunity;
VACUUM (ANALYZE, FREEZE) money.opportunity, money.account, money.exchange_rate;
SELECT bench.prewarm(r) FROM unnest('{money.opportunity,money.account,money.exchange_rate}'::regclass[]) r \g /dev/null
SELECT bench.compare('money: board in one currency / the board', $$SELECT * FROM opportunities.board('money.opportunity', in_currency => 'CHF')$$,
	ARRAY[$$SELECT * FROM opportunities.board('money.opportunity')$$], 1.2) \g /dev/null
SELECT bench.compare('money: list in one currency / the list', $$SELECT opportunities.list('money.opportunity', in_currency => 'CHF')$$,
	ARRAY[$$SELECT opportunities.list('money.opportunity')$$]) \g /dev/null
SELECT bench.compare('money: report by owner in one currency / the report', $$SELECT * FROM opportunities.report('money.opportunity', '{owner}', in_currency => 'CHF')$$,
	ARRAY[$$SELECT * FROM opportunities.report('money.opportunity', '{owner}')$$]) \g /dev/null
