-- Lists against one pass for the totals, and against what one writes by hand for a page.
CREATE INDEX ON crm.opportunity (created_at, id);
CREATE INDEX ON crm.opportunity (amount DESC NULLS LAST, id DESC);
VACUUM (ANALYZE) crm.opportunity;

SELECT bench.compare('list: 50 rows and totals / totals', $$SELECT opportunities.list('crm.opportunity', sort => '{-amount}')$$,
	ARRAY['SELECT opportunities.totals(amount, probability, realized_amount, currency) FROM crm.opportunity WHERE NOT archived'], 1.2) \g /dev/null

-- the same fields as columns, and as the JSON that a client gets
\set fields '{title,owner,amount,currency,probability,expected_close}'
SELECT bench.compare('list: 50 rows / the same columns', format($$SELECT opportunities.list('crm.opportunity', sort => '{created_at}', with_totals => false, fields => %L)$$, :'fields'),
	ARRAY['SELECT id, title, owner, amount, currency, probability, expected_close FROM crm.opportunity WHERE NOT archived ORDER BY created_at, id LIMIT 50'],
	1.5, pairs => 101) \g /dev/null
SELECT bench.compare('list: 50 rows / JSON by hand', format($$SELECT opportunities.list('crm.opportunity', sort => '{created_at}', with_totals => false, fields => %L)$$, :'fields'),
	ARRAY[$$SELECT jsonb_agg(jsonb_build_object('id', id::text, 'title', title, 'owner', owner, 'amount', amount::text, 'currency', currency, 'probability', probability::text, 'expected_close', expected_close))
		FROM (SELECT * FROM crm.opportunity WHERE NOT archived ORDER BY created_at, id LIMIT 50) AS o$$], pairs => 101) \g /dev/null

-- page 1,000 of two orders: of a column that is never NULL, and of one that can be
SELECT jsonb_set(page -> 'next', '{at}', (SELECT jsonb_build_array(to_jsonb(created_at), id::text) FROM crm.opportunity WHERE NOT archived ORDER BY created_at, id OFFSET 999 * 50 - 1 LIMIT 1)) AS deep
FROM opportunities.list('crm.opportunity', sort => '{created_at}', with_totals => false) AS page \gset
SELECT bench.compare('list: page 1,000 / page 1', format($$SELECT opportunities.list('crm.opportunity', sort => '{created_at}', with_totals => false, after => %L)$$, :'deep'),
	ARRAY[$$SELECT opportunities.list('crm.opportunity', sort => '{created_at}', with_totals => false)$$], 1.5, pairs => 101) \g /dev/null
SELECT jsonb_set(page -> 'next', '{at}', (SELECT jsonb_build_array(amount::text, id::text) FROM crm.opportunity WHERE NOT archived ORDER BY amount DESC NULLS LAST, id DESC OFFSET 999 * 50 - 1 LIMIT 1)) AS deep
FROM opportunities.list('crm.opportunity', sort => '{-amount}', with_totals => false) AS page \gset
SELECT bench.compare('list: page 1,000 / page 1, by amount', format($$SELECT opportunities.list('crm.opportunity', sort => '{-amount}', with_totals => false, after => %L)$$, :'deep'),
	ARRAY[$$SELECT opportunities.list('crm.opportunity', sort => '{-amount}', with_totals => false)$$], 1.5, pairs => 101) \g /dev/null

-- export: the columns that COPY of the table writes, which are all but generated ones
SELECT opportunities.list_sql('crm.opportunity', include_archived => true, fields => (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'crm.opportunity'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '')) AS export \gset
SELECT bench.compare('list_sql: COPY of all columns / COPY of the table', format('COPY (%s) TO ''/dev/null''', :'export'), ARRAY['COPY crm.opportunity TO ''/dev/null'''], 1.1, pairs => 3) \g /dev/null
SELECT bench.compare('list_sql: COPY of the default fields / COPY of the table', format('COPY (%s) TO ''/dev/null''', opportunities.list_sql('crm.opportunity', include_archived => true)), ARRAY['COPY crm.opportunity TO ''/dev/null'''], 1.1, pairs => 3) \g /dev/null
