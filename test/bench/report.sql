-- Reports against what one writes by hand for the same figures: with our aggregates, and with plain sums.
CREATE FUNCTION bench.report(by text, columns text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	ours text := format('SELECT * FROM opportunities.report(''crm.opportunity'', %L)', by);
	joined text := 'FROM crm.opportunity AS o LEFT JOIN crm.stage AS s ON s.id = o.stage_id';
	rest text := $q$ count(*) FILTER (WHERE s.kind = 'lost'), avg(extract(epoch FROM closed_at - created_at) / 86400) FILTER (WHERE s.kind = 'won') $q$;
BEGIN
	PERFORM bench.compare('report by ' || by || ' / by hand with totals', ours, ARRAY[format($q$
		SELECT %1$s, opportunities.totals(amount, o.probability, realized_amount, currency),
			opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'open'),
			opportunities.totals(amount, o.probability, realized_amount, currency) FILTER (WHERE s.kind = 'won'), %3$s
		%2$s GROUP BY %1$s ORDER BY %1$s $q$, columns, joined, rest)], 1.1);
	PERFORM bench.compare('report by ' || by || ' / by hand with sums', ours, ARRAY[format($q$
		SELECT %1$s, count(*), sum(amount), sum(amount * o.probability / 100), sum(realized_amount),
			count(*) FILTER (WHERE s.kind = 'open'), sum(amount * o.probability / 100) FILTER (WHERE s.kind = 'open'),
			count(*) FILTER (WHERE s.kind = 'won'), sum(amount) FILTER (WHERE s.kind = 'won'), %3$s
		%2$s GROUP BY %1$s ORDER BY %1$s $q$, columns, joined, rest)], 0.6);
END $$;

SELECT bench.report('{owner}', 'o.owner') \g /dev/null
SELECT bench.report('{owner,quarter(expected_close)}', 'o.owner, date_trunc(''quarter'', o.expected_close)') \g /dev/null
SELECT bench.report('{account_id}', 'o.account_id') \g /dev/null
SELECT bench.compare('month of a day: Persian / date_trunc', $$SELECT count(opportunities.period_of('month', expected_close, 'persian')) FROM crm.opportunity$$,
	ARRAY[$$SELECT count(date_trunc('month', expected_close)) FROM crm.opportunity$$], 1) \g /dev/null

-- As groups grow: a report by account of 500,000 of them, two rows each, against five times one of 100,000.
SELECT format('CREATE SCHEMA %1$I; CREATE TABLE %1$I.stage AS SELECT id, name, position, kind FROM crm.stage;
	CREATE TABLE %1$I.opportunity AS SELECT n AS id, 1 + n %% 6 AS stage_id, (n * 7919) %% %2$s AS account_id, (n %% 100000)::numeric(14,2) AS amount, (n %% 100)::numeric(5,2) AS probability
	FROM generate_series(1, 2 * %2$s::bigint) AS n; CREATE INDEX ON %1$I.opportunity (account_id); ANALYZE %1$I.opportunity', 'accounts_' || accounts, accounts)
FROM unnest('{100000,500000}'::integer[]) AS accounts \gexec
VACUUM accounts_100000.opportunity, accounts_500000.opportunity;
SELECT bench.compare('report of 500,000 accounts / five of 100,000', 'SELECT * FROM opportunities.report(''accounts_500000.opportunity'', ''{account_id}'')',
	ARRAY['SELECT * FROM opportunities.report(''accounts_100000.opportunity'', ''{account_id}'')'], 1.25, '{5}', pairs => 3) \g /dev/null
DROP SCHEMA accounts_100000, accounts_500000 CASCADE;
