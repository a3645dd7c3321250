\set ECHO none
-- What pipeline_changes and pipeline_on must say, in plain SQL over change_log, from the first entry of a row to the last:
-- set by set, where ours goes back over each row. Each write is a transaction of its own here. In a schema of a CRM's search_path.
CREATE SCHEMA oracle;

-- Each state of each opportunity, one after another: since which day it counts, and until when it was written.
CREATE FUNCTION oracle.versions() RETURNS TABLE (id bigint, life bigint, number bigint, day date, there boolean, kind text, owner text, currency text, amount numeric,
	expected_close date, pipeline_id bigint, stage_id bigint, closed_on date, created_on date) LANGUAGE sql STABLE AS $$
	WITH entry AS (
		SELECT l.row_id::bigint AS id, l.id AS n, transaction_id, changed_at, action, field, old, new,
			count(*) FILTER (WHERE action = 'insert') OVER (PARTITION BY row_id ORDER BY l.id) AS life
		FROM change_log AS l WHERE table_name = 'opportunity'
	), write AS (
		SELECT e.id, e.life, min(n) AS n, opportunities.business_date(changed_at) AS written, bool_or(action = 'delete') AS gone, (array_agg(old) FILTER (WHERE action = 'delete'))[1] AS image,
			max(n) FILTER (WHERE field = 'owner') AS n_owner, (array_agg(old) FILTER (WHERE field = 'owner'))[1] AS old_owner, (array_agg(new) FILTER (WHERE field = 'owner'))[1] AS new_owner,
			max(n) FILTER (WHERE field = 'currency') AS n_currency, (array_agg(old) FILTER (WHERE field = 'currency'))[1] AS old_currency, (array_agg(new) FILTER (WHERE field = 'currency'))[1] AS new_currency,
			max(n) FILTER (WHERE field = 'amount') AS n_amount, (array_agg(old) FILTER (WHERE field = 'amount'))[1] AS old_amount, (array_agg(new) FILTER (WHERE field = 'amount'))[1] AS new_amount,
			max(n) FILTER (WHERE field = 'expected_close') AS n_expected, (array_agg(old) FILTER (WHERE field = 'expected_close'))[1] AS old_expected, (array_agg(new) FILTER (WHERE field = 'expected_close'))[1] AS new_expected,
			max(n) FILTER (WHERE field = 'pipeline_id') AS n_pipeline, (array_agg(old) FILTER (WHERE field = 'pipeline_id'))[1] AS old_pipeline, (array_agg(new) FILTER (WHERE field = 'pipeline_id'))[1] AS new_pipeline,
			max(n) FILTER (WHERE field = 'stage_id') AS n_stage, (array_agg(old) FILTER (WHERE field = 'stage_id'))[1] AS old_stage, (array_agg(new) FILTER (WHERE field = 'stage_id'))[1] AS new_stage,
			max(n) FILTER (WHERE field = 'closed_on') AS n_closed, (array_agg(old) FILTER (WHERE field = 'closed_on'))[1] AS old_closed, (array_agg(new) FILTER (WHERE field = 'closed_on'))[1] AS new_closed
		FROM entry AS e GROUP BY e.id, e.life, transaction_id, changed_at
	), last AS (
		-- how each life ends: in the row that is there, or in what was deleted
		SELECT w.id, w.life, coalesce((array_agg(image) FILTER (WHERE gone))[1], (SELECT to_jsonb(o) FROM opportunity AS o WHERE o.id = w.id)) AS image FROM write AS w GROUP BY w.id, w.life
	), counted AS (
		SELECT w.*, count(n_owner) OVER way AS g_owner, count(n_currency) OVER way AS g_currency, count(n_amount) OVER way AS g_amount, count(n_expected) OVER way AS g_expected,
			count(n_pipeline) OVER way AS g_pipeline, count(n_stage) OVER way AS g_stage, count(n_closed) OVER way AS g_closed
		FROM write AS w WINDOW way AS (PARTITION BY w.id, w.life ORDER BY w.n)
	), valued AS (
		-- a value is what the last entry of its column led to; before the first one, what that led from; where there is none, that of the end
		SELECT c.id, c.life, c.n, c.written, c.gone, l.image,
			CASE WHEN g_owner > 0 THEN first_value(new_owner) OVER (PARTITION BY c.id, c.life, g_owner ORDER BY c.n) WHEN max(g_owner) OVER row > 0 THEN max(old_owner::text) FILTER (WHERE n_owner IS NOT NULL AND g_owner = 1) OVER row::jsonb ELSE l.image -> 'owner' END AS owner,
			CASE WHEN g_currency > 0 THEN first_value(new_currency) OVER (PARTITION BY c.id, c.life, g_currency ORDER BY c.n) WHEN max(g_currency) OVER row > 0 THEN max(old_currency::text) FILTER (WHERE n_currency IS NOT NULL AND g_currency = 1) OVER row::jsonb ELSE l.image -> 'currency' END AS currency,
			CASE WHEN g_amount > 0 THEN first_value(new_amount) OVER (PARTITION BY c.id, c.life, g_amount ORDER BY c.n) WHEN max(g_amount) OVER row > 0 THEN max(old_amount::text) FILTER (WHERE n_amount IS NOT NULL AND g_amount = 1) OVER row::jsonb ELSE l.image -> 'amount' END AS amount,
			CASE WHEN g_expected > 0 THEN first_value(new_expected) OVER (PARTITION BY c.id, c.life, g_expected ORDER BY c.n) WHEN max(g_expected) OVER row > 0 THEN max(old_expected::text) FILTER (WHERE n_expected IS NOT NULL AND g_expected = 1) OVER row::jsonb ELSE l.image -> 'expected_close' END AS expected,
			CASE WHEN g_pipeline > 0 THEN first_value(new_pipeline) OVER (PARTITION BY c.id, c.life, g_pipeline ORDER BY c.n) WHEN max(g_pipeline) OVER row > 0 THEN max(old_pipeline::text) FILTER (WHERE n_pipeline IS NOT NULL AND g_pipeline = 1) OVER row::jsonb ELSE l.image -> 'pipeline_id' END AS pipeline,
			CASE WHEN g_stage > 0 THEN first_value(new_stage) OVER (PARTITION BY c.id, c.life, g_stage ORDER BY c.n) WHEN max(g_stage) OVER row > 0 THEN max(old_stage::text) FILTER (WHERE n_stage IS NOT NULL AND g_stage = 1) OVER row::jsonb ELSE l.image -> 'stage_id' END AS stage,
			CASE WHEN g_closed > 0 THEN first_value(new_closed) OVER (PARTITION BY c.id, c.life, g_closed ORDER BY c.n) WHEN max(g_closed) OVER row > 0 THEN max(old_closed::text) FILTER (WHERE n_closed IS NOT NULL AND g_closed = 1) OVER row::jsonb ELSE l.image -> 'closed_on' END AS closed
		FROM counted AS c JOIN last AS l USING (id, life) WINDOW row AS (PARTITION BY c.id, c.life)
	), version AS (
		SELECT v.id, v.life, v.n, v.written, NOT v.gone AS there, s.kind, v.owner #>> '{}' AS owner, v.currency #>> '{}' AS currency, (v.amount #>> '{}')::numeric AS amount,
			(v.expected #>> '{}')::date AS expected_close, (v.pipeline #>> '{}')::bigint AS pipeline_id, (v.stage #>> '{}')::bigint AS stage_id, (v.closed #>> '{}')::date AS closed_on,
			opportunities.business_date((v.image ->> 'created_at')::timestamptz) AS created_on
		FROM valued AS v LEFT JOIN stage AS s ON s.id = (v.stage #>> '{}')::bigint
	), spelled AS (
		-- a closing lasts until the deal is open again, gone, or closed otherwise
		SELECT v.*, there AND closed_on IS NOT NULL AS closed, lag(there AND closed_on IS NOT NULL) OVER way AS was_closed, lag(v.kind) OVER way AS was_kind FROM version AS v
		WINDOW way AS (PARTITION BY v.id, v.life ORDER BY v.n)
	), numbered AS (
		SELECT s.*, s.closed AND (was_closed IS NOT TRUE OR was_kind <> s.kind) AS closes, count(*) FILTER (WHERE s.closed AND (was_closed IS NOT TRUE OR was_kind <> s.kind)) OVER (PARTITION BY s.id, s.life ORDER BY s.n) AS spell FROM spelled AS s
	), closing AS (
		SELECT n.*, (array_agg(n.closed_on) FILTER (WHERE n.closed) OVER (PARTITION BY n.id, n.life, n.spell ORDER BY n.n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) AS closings FROM numbered AS n
	), told AS (
		-- what is written on the day on which a closing is told late belongs to it
		SELECT c.*, closings[cardinality(closings)] AS closing, c.closed AND c.written = max(c.written) FILTER (WHERE closes) OVER one AND (closes OR closings[cardinality(closings)] < c.written) AS belongs FROM closing AS c
		WINDOW one AS (PARTITION BY c.id, c.life, c.spell)
	), merged AS (
		SELECT t.*, first_value(t.was_closed) OVER one AS m_was_closed, bool_or(t.closes) OVER (PARTITION BY t.id, t.life, t.spell, t.belongs) AS m_closes, row_number() OVER (PARTITION BY t.id, t.life, t.spell, t.belongs ORDER BY t.n DESC) AS m_last FROM told AS t
		WINDOW one AS (PARTITION BY t.id, t.life, t.spell, t.belongs ORDER BY t.n)
	), based AS (
		SELECT m.id, m.life, m.n, m.written, m.there, m.kind, m.owner, m.currency, m.amount, m.expected_close, m.pipeline_id, m.stage_id, m.closed_on, m.created_on, m.closed,
			CASE WHEN belongs THEN m_was_closed ELSE was_closed END AS was_closed,
			CASE WHEN belongs THEN closing WHEN m.closed OR was_closed THEN greatest(written, closing) ELSE written END AS base
		FROM merged AS m WHERE NOT belongs OR m_last = 1
	), effective AS (
		SELECT b.*, min(base) OVER (PARTITION BY b.id ORDER BY b.n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS day FROM based AS b
	)
	SELECT e.id, e.life, e.n * 2, e.day, e.there, e.kind, e.owner, e.currency, e.amount, e.expected_close, e.pipeline_id, e.stage_id, CASE WHEN e.closed THEN e.closed_on END, e.created_on FROM effective AS e
	UNION ALL
	-- what came closed was open for no time, in no stage
	SELECT e.id, e.life, e.n * 2 - 1, least(e.day, e.written), true, NULL, e.owner, e.currency, e.amount, e.expected_close, e.pipeline_id, NULL, NULL, e.created_on FROM effective AS e WHERE e.closed AND e.was_closed IS NULL $$;

-- The waterfall of some days, by some of owner, pipeline_id, stage_id and month(expected_close); scope as in the selection.
CREATE FUNCTION oracle.changes(first_day date, last_day date, by text[] DEFAULT '{}', scope jsonb DEFAULT '{}')
RETURNS TABLE (dimensions jsonb, change text, currency text, count bigint, amount numeric) LANGUAGE sql STABLE AS $$
	WITH version AS (
		SELECT v.*, there AND closed_on IS NULL AS open,
			CASE WHEN 'owner' = ANY (by) THEN jsonb_build_object('owner', owner) ELSE '{}' END || CASE WHEN 'pipeline_id' = ANY (by) THEN jsonb_build_object('pipeline_id', pipeline_id::text) ELSE '{}' END
				|| CASE WHEN 'stage_id' = ANY (by) THEN jsonb_build_object('stage_id', stage_id::text) ELSE '{}' END
				|| CASE WHEN 'month(expected_close)' = ANY (by) THEN jsonb_build_object('month(expected_close)', to_char(date_trunc('month', expected_close), 'YYYY-MM-DD')) ELSE '{}' END AS dimensions,
			coalesce(owner = scope ->> 'owner' OR NOT scope ? 'owner', false) AND coalesce(pipeline_id::text = scope ->> 'pipeline_id' OR NOT scope ? 'pipeline_id', false) AS wanted
		FROM oracle.versions() AS v
	), step AS (
		SELECT v.*, lag(v.id) OVER way IS NULL AS came, coalesce(lag(v.open) OVER way, false) AS was_open, lag(v.dimensions) OVER way AS was_dimensions, lag(v.currency) OVER way AS was_currency,
			coalesce(lag(v.amount) OVER way, 0) AS was_amount, coalesce(lag(v.wanted) OVER way, false) AS was_wanted, lag(v.stage_id) OVER way AS was_stage, coalesce(v.amount, 0) AS is_amount, lead(v.day) OVER (PARTITION BY v.id ORDER BY v.number) AS until
		FROM version AS v WINDOW way AS (PARTITION BY v.id, v.life ORDER BY v.number)
	), stepped AS (
		-- with what a deal is closed it was open before
		SELECT s.*, CASE WHEN was_open AND there AND NOT open AND dimensions ? 'stage_id' THEN jsonb_set(dimensions, '{stage_id}', coalesce(to_jsonb(was_stage::text), 'null')) ELSE dimensions END AS closed_dimensions FROM step AS s
	), flow (dimensions, change, currency, count, amount) AS (
		SELECT dimensions, 'begin', currency, 1, is_amount FROM step WHERE open AND wanted AND day < first_day AND (until < first_day) IS NOT TRUE
		UNION ALL SELECT dimensions, 'end', currency, 1, is_amount FROM step WHERE open AND wanted AND day <= last_day AND (until <= last_day) IS NOT TRUE
		UNION ALL SELECT dimensions, CASE WHEN NOT came THEN 'reopened' WHEN created_on >= first_day THEN 'new' ELSE 'unlogged' END, currency, 1, is_amount FROM step WHERE open AND NOT was_open AND wanted AND day BETWEEN first_day AND last_day
		UNION ALL SELECT was_dimensions, 'deleted', was_currency, -1, -was_amount FROM step WHERE NOT there AND was_open AND was_wanted AND day BETWEEN first_day AND last_day
		UNION ALL SELECT closed_dimensions, kind, currency, -1, -is_amount FROM stepped WHERE there AND NOT open AND was_open AND wanted AND day BETWEEN first_day AND last_day
		UNION ALL SELECT closed_dimensions, CASE WHEN is_amount > was_amount THEN 'grown' ELSE 'shrunk' END, currency, 0, is_amount - was_amount FROM stepped
			WHERE there AND was_open AND wanted AND was_wanted AND day BETWEEN first_day AND last_day AND (closed_dimensions, currency) IS NOT DISTINCT FROM (was_dimensions, was_currency) AND is_amount <> was_amount
		UNION ALL SELECT was_dimensions, 'moved_out', was_currency, -1, -was_amount FROM stepped
			WHERE there AND was_open AND was_wanted AND day BETWEEN first_day AND last_day AND (NOT wanted OR (closed_dimensions, currency) IS DISTINCT FROM (was_dimensions, was_currency))
		UNION ALL SELECT closed_dimensions, 'moved_in', currency, 1, is_amount FROM stepped
			WHERE there AND was_open AND wanted AND day BETWEEN first_day AND last_day AND (NOT was_wanted OR (closed_dimensions, currency) IS DISTINCT FROM (was_dimensions, was_currency))
	)
	SELECT dimensions, change, currency, sum(count), sum(amount) FROM flow GROUP BY 1, 2, 3 $$;

-- Where ours says otherwise, or doesn't add up.
CREATE FUNCTION oracle.different(first_day date, last_day date, by text[] DEFAULT '{}', scope jsonb DEFAULT NULL)
RETURNS TABLE (which text, dimensions jsonb, change text, currency text, count bigint, amount numeric) LANGUAGE sql STABLE AS $$
	WITH ours AS (SELECT dimensions, change, currency, count, amount FROM pipeline_changes(first_day, last_day, by, scope => scope)),
		theirs AS (SELECT * FROM oracle.changes(first_day, last_day, by, coalesce(scope, '{}')))
	SELECT 'ours', d.* FROM (SELECT * FROM ours EXCEPT SELECT * FROM theirs) AS d
	UNION ALL SELECT 'theirs', d.* FROM (SELECT * FROM theirs EXCEPT SELECT * FROM ours) AS d
	UNION ALL SELECT 'sum', o.dimensions, NULL, o.currency, sum(CASE o.change WHEN 'end' THEN -o.count ELSE o.count END), sum(CASE o.change WHEN 'end' THEN -o.amount ELSE o.amount END)
		FROM ours AS o GROUP BY 2, 4 HAVING sum(CASE o.change WHEN 'end' THEN -o.count ELSE o.count END) <> 0 OR sum(CASE o.change WHEN 'end' THEN -o.amount ELSE o.amount END) <> 0
	UNION ALL SELECT 'day', NULL, d.id::text, NULL, NULL, NULL FROM (
		SELECT v.id, state, o.owner, o.currency, o.amount, o.expected_close, o.pipeline_id, o.stage_id FROM pipeline_on(last_day) AS o, LATERAL (SELECT opportunity_id AS id) AS v WHERE known
		EXCEPT SELECT v.id, CASE WHEN v.closed_on IS NULL THEN 'open' ELSE v.kind END, v.owner, v.currency, v.amount, v.expected_close, v.pipeline_id, v.stage_id FROM oracle.versions() AS v
			WHERE there AND day <= last_day AND NOT EXISTS (SELECT FROM oracle.versions() AS w WHERE w.id = v.id AND w.number > v.number AND w.day <= last_day)) AS d $$;
\set ECHO all
