-- Measures of a report against the same by hand: the report's figures with our aggregates, and beside them the server's own.
SELECT opportunities.create_crm('measured', starter => true) \g /dev/null
SET session_replication_role = replica;
CALL bench.fill('measured', :rows / 4, 0.4, 0.25, 0.05);
UPDATE measured.opportunity SET currency = (ARRAY['EUR', 'USD', NULL])[1 + id % 3], custom = jsonb_build_object('mrr', id % 1000 / 4.0, 'region', 'north');
RESET session_replication_role;
INSERT INTO measured.custom_field (name, type) VALUES ('mrr', 'number');
VACUUM (FULL) measured.opportunity;
VACUUM (ANALYZE, FREEZE) measured.opportunity, measured.account;
SELECT bench.prewarm(r) FROM unnest('{measured.opportunity,measured.account}'::regclass[]) r \g /dev/null

-- Measures of plain numbers: columns of one query that groups.
CREATE FUNCTION bench.measures(name text, measures text[], columns text, at_most numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bench.compare('report with ' || name || ' / by hand', format('SELECT * FROM opportunities.report(''measured.opportunity'', ''{owner}'', measures => %L)', measures), ARRAY[format($q$
		SELECT o.owner, opportunities.totals(amount, o.probability, realized_amount, currency), opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'open'),
			opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'won'), count(*) FILTER (WHERE s.kind = 'lost'),
			avg(extract(epoch FROM closed_at - created_at) / 86400) FILTER (WHERE s.kind = 'won'), %s
		FROM measured.opportunity AS o LEFT JOIN measured.stage AS s ON s.id = o.stage_id GROUP BY o.owner ORDER BY o.owner $q$, columns)], at_most);
END $$;
-- Measures of money: grouped by currency in a sub-select, and put together for each owner.
CREATE FUNCTION bench.money(name text, measures text[], columns text, at_most numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bench.compare('report with ' || name || ' / by hand', format('SELECT * FROM opportunities.report(''measured.opportunity'', ''{owner}'', measures => %L)', measures), ARRAY[format($q$
		SELECT f.*, m.measures
		FROM (SELECT o.owner, opportunities.totals(amount, o.probability, realized_amount, currency), opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'open'),
				opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'won'), count(*) FILTER (WHERE s.kind = 'lost'),
				avg(extract(epoch FROM closed_at - created_at) / 86400) FILTER (WHERE s.kind = 'won')
			FROM measured.opportunity AS o LEFT JOIN measured.stage AS s ON s.id = o.stage_id GROUP BY o.owner) AS f
		JOIN (SELECT owner, jsonb_agg(to_jsonb(c) - 'owner') AS measures
			FROM (SELECT owner, currency, %s FROM measured.opportunity GROUP BY owner, currency) AS c GROUP BY owner) AS m ON m.owner = f.owner
		ORDER BY f.owner $q$, columns)], at_most);
END $$;

SELECT bench.measures('no measure', NULL, 'NULL', 1.3) \g /dev/null
SELECT bench.measures('sum, avg and max of numbers', '{sum(custom.mrr),avg(days_in_stage),max(expected_close)}',
	$$sum((custom ->> 'mrr')::numeric), avg(CASE WHEN closed_at IS NULL THEN now()::date - stage_entered_at::date END), max(expected_close)$$, 1.3) \g /dev/null
SELECT bench.money('sum, avg and max of money', '{sum(amount),avg(amount),max(amount)}', 'sum(amount), avg(amount), max(amount)', 1.3) \g /dev/null
SELECT bench.measures('median and count of different', '{median(custom.mrr),count(distinct account_id),count(expected_close)}',
	$$percentile_disc(0.5) WITHIN GROUP (ORDER BY (custom ->> 'mrr')::numeric), count(DISTINCT account_id), count(expected_close)$$, 1.3) \g /dev/null
SELECT bench.money('median of money', '{median(amount),sum(amount),min(amount)}', 'percentile_disc(0.5) WITHIN GROUP (ORDER BY amount), sum(amount), min(amount)', 1.3) \g /dev/null
-- one pass that groups by owner and currency, with nothing put together, is the least that these can cost
SELECT bench.compare('report with sum, avg and max of money / one pass by currency', $$SELECT * FROM opportunities.report('measured.opportunity', '{owner}', measures => '{sum(amount),avg(amount),max(amount)}')$$, ARRAY[$$
	SELECT o.owner, currency, count(*), sum(amount), sum(amount * o.probability / 100), sum(realized_amount), count(*) FILTER (WHERE s.kind = 'open'), sum(amount * o.probability / 100) FILTER (WHERE s.kind = 'open'),
		count(*) FILTER (WHERE s.kind = 'won'), sum(amount) FILTER (WHERE s.kind = 'won'), count(*) FILTER (WHERE s.kind = 'lost'), sum(amount) FILTER (WHERE s.kind = 'lost'),
		avg(extract(epoch FROM closed_at - created_at) / 86400) FILTER (WHERE s.kind = 'won'), avg(amount), max(amount)
	FROM measured.opportunity AS o LEFT JOIN measured.stage AS s ON s.id = o.stage_id GROUP BY o.owner, currency ORDER BY o.owner, currency $$], 1.3) \g /dev/null

-- Targets beside what was won and may still come, against the same sums and a join by hand.
INSERT INTO measured.target (owner, period, first_day, amount, currency)
SELECT o.owner, 'month', opportunities.period_start('THIS_YEAR') + n * interval '1 month', 100000, o.currency
FROM (SELECT DISTINCT owner, currency FROM measured.opportunity WHERE owner IS NOT NULL) AS o, generate_series(0, 11) AS n;
ANALYZE measured.target;
SELECT bench.compare('attainment of a year by owner / by hand', $$SELECT * FROM measured.attainment('THIS_YEAR', '{owner}')$$, ARRAY[$q$
	WITH p AS MATERIALIZED (SELECT opportunities.period_start('THIS_YEAR') AS first_day, opportunities.period_end('THIS_YEAR') AS next_day), d AS (
		SELECT o.owner, coalesce(o.currency, '') AS currency, sum(o.amount) FILTER (WHERE s.kind = 'won') AS won, sum(o.amount) FILTER (WHERE s.kind = 'open') AS open,
			sum(o.amount * o.probability * 0.01) FILTER (WHERE s.kind = 'open') AS estimated,
			sum(o.amount) FILTER (WHERE s.kind = 'won' OR coalesce(o.forecast_override, s.forecast_category) = 'commit') AS commit,
			sum(o.amount) FILTER (WHERE s.kind = 'won' OR coalesce(o.forecast_override, s.forecast_category) IN ('commit', 'best_case')) AS best_case
		FROM measured.opportunity AS o JOIN measured.stage AS s ON s.id = o.stage_id, p
		WHERE o.closed_on >= p.first_day AND o.closed_on < p.next_day AND s.kind = 'won' OR o.closed_on IS NULL AND o.expected_close >= p.first_day AND o.expected_close < p.next_day
		GROUP BY 1, 2
	), t AS (
		SELECT t.owner, coalesce(t.currency, '') AS currency, sum(t.amount) AS target FROM measured.target AS t, p
		WHERE t.measure = 'won' AND t.first_day >= p.first_day AND t.last_day < p.next_day GROUP BY 1, 2
	)
	SELECT d.*, t.target, t.target - d.won AS gap, d.open / nullif(t.target - d.won, 0) AS coverage, d.won / t.target AS attainment FROM d FULL JOIN t USING (owner, currency) ORDER BY 1, 2 $q$], 1.5) \g /dev/null
