-- What the rules of a row cost its writer: the same tables with and without them.
SELECT bench.note('create_crm, ms', bench.elapsed_undone('SELECT opportunities.create_crm(''made'', starter => true)'), 'ms', 1000) \g /dev/null

SELECT opportunities.create_crm('ruled', starter => true), opportunities.create_crm('bare', starter => true) \g /dev/null
ALTER TABLE bare.opportunity DISABLE TRIGGER zz_rules;
INSERT INTO ruled.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1 + n % 4, 'Deal ' || n, n FROM generate_series(1, 20000) AS n;
SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
WHERE attrelid = 'ruled.opportunity'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' \gset
INSERT INTO bare.opportunity (:columns) SELECT :columns FROM ruled.opportunity;
SELECT setval('bare.opportunity_id_seq', 20000) \g /dev/null
VACUUM (ANALYZE) ruled.opportunity, bare.opportunity;

-- one row a statement, prepared, as an application does it; the work is undone
CREATE FUNCTION bench.edit(crm text, change text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DO %L', format('DECLARE i bigint; BEGIN FOR i IN 1 .. 5000 LOOP UPDATE %I.opportunity SET %s WHERE id = i; END LOOP; END', crm, change)) $$;
SELECT bench.compare('UPDATE of a title, with rules / without', bench.edit('ruled', 'title = title || ''!'''),
	ARRAY[bench.edit('bare', 'title = title || ''!''')], 1.25, undone => true) \g /dev/null
SELECT bench.compare('UPDATE of a stage, with rules / without', bench.edit('ruled', 'stage_id = 5 - stage_id'),
	ARRAY[bench.edit('bare', 'stage_id = 5 - stage_id')], undone => true) \g /dev/null
SELECT bench.compare('INSERT of 20,000, with rules / without',
	'INSERT INTO ruled.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1 + n % 4, ''New '' || n, n FROM generate_series(1, 20000) AS n',
	ARRAY['INSERT INTO bare.opportunity (pipeline_id, stage_id, title, amount, amount_mode, probability_mode, position, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by)
		SELECT 1, 1 + n % 4, ''New '' || n, n, ''manual'', ''auto'', n, 1, now(), ''x'', now(), ''x'', now(), ''x'' FROM generate_series(1, 20000) AS n'], undone => true) \g /dev/null
