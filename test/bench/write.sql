-- What the triggers of a row cost its writer: the same tables with and without them.
SELECT bench.note('create_crm, ms', bench.elapsed_undone('SELECT opportunities.create_crm(''made'', starter => true)'), 'ms', 1000) \g /dev/null

-- The same rows in three CRMs: with every trigger, without history, without any trigger of ours.
SELECT opportunities.create_crm(name, starter => true) FROM unnest('{all_triggers,quiet,bare}'::name[]) AS name \g /dev/null
INSERT INTO all_triggers.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1 + n % 4, 'Deal ' || n, n FROM generate_series(1, 20000) AS n;
ALTER TABLE quiet.opportunity DISABLE TRIGGER zz_log;
ALTER TABLE bare.opportunity DISABLE TRIGGER USER;
SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
WHERE attrelid = 'all_triggers.opportunity'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' \gset
INSERT INTO quiet.opportunity (:columns) SELECT :columns FROM all_triggers.opportunity;
INSERT INTO bare.opportunity (:columns) SELECT :columns FROM all_triggers.opportunity;
SELECT setval('quiet.opportunity_id_seq', 20000), setval('bare.opportunity_id_seq', 20000) \g /dev/null
VACUUM (ANALYZE) all_triggers.opportunity, quiet.opportunity, bare.opportunity;

SELECT bench.compare('INSERT of 20,000, with every trigger / bare',
	'INSERT INTO all_triggers.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1 + n % 4, ''New '' || n, n FROM generate_series(1, 20000) AS n',
	ARRAY['INSERT INTO bare.opportunity (pipeline_id, stage_id, title, amount, amount_mode, probability_mode, position, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by)
		SELECT 1, 1 + n % 4, ''New '' || n, n, ''manual'', ''auto'', n, 1, now(), ''x'', now(), ''x'', now(), ''x'' FROM generate_series(1, 20000) AS n'], undone => true) \g /dev/null
