-- What BI tools ask every week, against what one writes by hand over the tables, where nearly all rows are closed.
SET session_replication_role = replica;
INSERT INTO history.stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_at, changed_by, entered_at, left_at)
SELECT o.id, 1, n, 1, CASE WHEN n < 3 THEN n + 1 ELSE o.stage_id END, m.until, 'somebody', o.created_at + (n - 1) * (o.stage_entered_at - o.created_at) / 3, m.until
FROM history.opportunity AS o, generate_series(1, 3) AS n, LATERAL (SELECT o.created_at + n * (o.stage_entered_at - o.created_at) / 3 AS until) AS m WHERE o.closed_on IS NOT NULL AND o.id <= 300000;
RESET session_replication_role;
VACUUM (ANALYZE, FREEZE) history.stage_change, history.stage;
SELECT bench.prewarm('history.stage_change') \g /dev/null

SELECT bench.compare('BI: open forecast by owner / by hand', $$SELECT owner, sum(forecast_amount) FROM history.bi_opportunity WHERE state = 'open' GROUP BY 1$$,
	ARRAY[$$SELECT owner, sum(estimated_amount) FROM history.opportunity WHERE closed_on IS NULL GROUP BY 1$$], 1.1, pairs => 21) \g /dev/null
SELECT bench.compare('BI: pipeline by stage / by hand', $$SELECT stage, count(*), sum(amount), sum(estimated_amount) FROM history.bi_opportunity WHERE state = 'open' GROUP BY 1$$,
	ARRAY[$$SELECT s.name, count(*), sum(o.amount), sum(o.estimated_amount) FROM history.opportunity AS o LEFT JOIN history.stage AS s ON s.id = o.stage_id WHERE o.closed_on IS NULL GROUP BY 1$$], 1.1, pairs => 21) \g /dev/null
SELECT bench.compare('BI: win rate by source / by hand', $$SELECT source, avg(CASE WHEN state = 'won' THEN 1 ELSE 0 END) FROM history.bi_opportunity WHERE state <> 'open' GROUP BY 1$$,
	ARRAY[$$SELECT o.source, avg(CASE WHEN s.kind = 'won' THEN 1 ELSE 0 END) FROM history.opportunity AS o JOIN history.stage AS s ON s.id = o.stage_id WHERE s.kind <> 'open' GROUP BY 1$$], 1.1) \g /dev/null
SELECT bench.compare('BI: time in stage / by hand', $$SELECT stage, avg(days) FROM history.bi_stage_history WHERE state = 'open' GROUP BY 1$$,
	ARRAY[$$SELECT s.name, avg(round(extract(epoch FROM h.until - h.since) / 86400, 2)) FROM (
		SELECT from_stage_id AS stage_id, entered_at AS since, left_at AS until FROM history.stage_change
		UNION ALL SELECT stage_id, stage_entered_at, now() FROM history.opportunity WHERE closed_on IS NULL) AS h
		JOIN history.stage AS s ON s.id = h.stage_id WHERE s.kind = 'open' GROUP BY 1$$], 1.1) \g /dev/null
SELECT bench.compare('report of open rows by owner / by hand', format($$SELECT * FROM opportunities.report('history.opportunity', by => '{owner}', rules => %L)$$,
		'{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}]}'),
	ARRAY[$$SELECT owner, count(*), opportunities.totals(amount, probability, realized_amount, currency) FROM history.opportunity WHERE closed_on IS NULL GROUP BY 1$$], 1.5, pairs => 21) \g /dev/null

-- The waterfall of two months, beside one pass over the history of that time.
SET session_replication_role = replica;
INSERT INTO history.change_log (table_name, row_id, changed_at, changed_by, transaction_id, action, field, old, new)
SELECT 'opportunity', o.id::text, now() - (n * interval '5 days'), 'somebody', o.id * 100 + n, 'update', f.field,
	CASE f.field WHEN 'amount' THEN to_jsonb(o.amount + n) ELSE to_jsonb('seller' || n) END, CASE f.field WHEN 'amount' THEN to_jsonb(o.amount + n - 1) ELSE to_jsonb(CASE n WHEN 1 THEN o.owner ELSE 'seller' || n - 1 END) END
FROM history.opportunity AS o, generate_series(1, 10) AS n, unnest('{amount,owner}'::text[]) AS f (field) WHERE o.id <= 15000 ORDER BY n DESC, o.id, f.field;
RESET session_replication_role;
VACUUM (ANALYZE, FREEZE) history.change_log;
SELECT bench.prewarm('history.change_log') \g /dev/null
SELECT bench.compare('BI: waterfall by owner / a pass over the history', $$SELECT * FROM history.pipeline_changes(current_date - 60, current_date, '{owner}')$$,
	ARRAY[$$SELECT row_id, id, changed_at, transaction_id, field, old, new FROM history.change_log WHERE table_name = 'opportunity' AND changed_at >= current_date - 60$$], 3, pairs => 21) \g /dev/null
