-- Reports by what opportunities have many of, and of lines, against what one writes by hand for the same figures: 300,000
-- opportunities, up to four tags, three lines each.
SELECT opportunities.create_crm('many', starter => true) \g /dev/null
SELECT format('ALTER TABLE many.%I DISABLE TRIGGER ALL', table_name) FROM information_schema.tables WHERE table_schema = 'many' AND table_type = 'BASE TABLE' \gexec
INSERT INTO many.product (id, name, category, unit_price) SELECT n, 'Product ' || n, 'category ' || n % 10, n FROM generate_series(1, 100) AS n;
INSERT INTO many.opportunity (id, pipeline_id, stage_id, title, owner, amount, probability, amount_mode, probability_mode, position, version, created_at, created_by,
	updated_at, updated_by, stage_entered_at, stage_entered_by, closed_at, closed_on, tags, realized_amount)
SELECT n, 1, 1 + n % 6, 'Deal ' || n, 'u' || n % 50, n % 1000 + 0.5, n % 100, 'manual', 'manual', n, 1, now() - interval '90 days', '', now(), '', now(), '',
	CASE WHEN n % 6 >= 4 THEN now() END, CASE WHEN n % 6 >= 4 THEN current_date END, ARRAY(SELECT 'tag' || n::bigint * k * 7919 % 20 FROM generate_series(1, n % 5) AS k), 0
FROM generate_series(1, 300000) AS n;
INSERT INTO many.opportunity_line (id, opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent, net, tax)
SELECT n, 1 + n / 3, 1 + n * 7919::bigint % 100, 1 + n % 7, n % 1000 + 0.95, 0, 9, n % 1000 + 0.5, 9 FROM generate_series(0, 899999) AS n;
VACUUM (ANALYZE) many.product, many.opportunity, many.opportunity_line;

CREATE FUNCTION bench.by_many(name text, by text, value text, joined text) RETURNS void LANGUAGE sql AS $$
	SELECT bench.compare(name, format('SELECT * FROM opportunities.report(''many.opportunity'', %L)', by), ARRAY[format($q$
		SELECT value, count(*), sum(amount), sum(amount * probability / 100), sum(realized_amount), count(*) FILTER (WHERE kind = 'open'),
			sum(amount * probability / 100) FILTER (WHERE kind = 'open'), count(*) FILTER (WHERE kind = 'won'), sum(amount) FILTER (WHERE kind = 'won'),
			count(*) FILTER (WHERE kind = 'lost'), sum(amount) FILTER (WHERE kind = 'lost'), avg(closed_on - created_at::date) FILTER (WHERE kind = 'won')
		FROM (SELECT DISTINCT o.id, %s AS value, o.amount, o.probability, o.realized_amount, s.kind, o.created_at, o.closed_on
			FROM many.opportunity AS o LEFT JOIN many.stage AS s ON s.id = o.stage_id %s) AS x
		GROUP BY 1 ORDER BY 1 $q$, value, joined)], 1.3, pairs => 5) $$;
SELECT bench.by_many('report by each tag / by hand: distinct, then sums', '{each(tags)}', 't.tag', 'LEFT JOIN LATERAL unnest(o.tags) AS t (tag) ON true') \g /dev/null
SELECT bench.by_many('report by category of lines / by hand: distinct, then sums', '{opportunity_line.product.category}', 'p.category',
	'LEFT JOIN many.opportunity_line AS l ON l.opportunity_id = o.id LEFT JOIN many.product AS p ON p.id = l.product_id') \g /dev/null
SELECT bench.compare('report_lines by category / by hand with sums', $$SELECT * FROM opportunities.report_lines('many.opportunity', '{product.category}')$$, ARRAY[$$
	SELECT p.category, count(*), sum(l.quantity), sum(l.net), sum(l.net) / sum(l.quantity), sum(l.quantity) FILTER (WHERE s.kind = 'open'), sum(l.net) FILTER (WHERE s.kind = 'open'),
		sum(l.net * o.probability / 100) FILTER (WHERE s.kind = 'open'), sum(l.quantity) FILTER (WHERE s.kind = 'won'), sum(l.net) FILTER (WHERE s.kind = 'won'),
		sum(l.quantity) FILTER (WHERE s.kind = 'lost'), sum(l.net) FILTER (WHERE s.kind = 'lost')
	FROM many.opportunity AS o JOIN many.opportunity_line AS l ON l.opportunity_id = o.id LEFT JOIN many.product AS p ON p.id = l.product_id LEFT JOIN many.stage AS s ON s.id = o.stage_id
	GROUP BY 1 ORDER BY 1 $$], 1.3, pairs => 5) \g /dev/null
