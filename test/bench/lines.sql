-- What lines cost: an import of opportunities with three lines each, and many lines of one opportunity. The bare
-- tables have the same keys, indexes and foreign keys, and none of the triggers.
SELECT opportunities.create_crm('lined', starter => true), opportunities.create_crm('plain', starter => true) \g /dev/null
SELECT format('ALTER TABLE plain.%I DISABLE TRIGGER USER', table_name) FROM information_schema.tables WHERE table_schema = 'plain' AND table_type = 'BASE TABLE' \gexec
SELECT current_setting('data_directory') || '/bench_lines' AS folder \gset
INSERT INTO lined.product (name, unit_price) SELECT 'Product ' || n, n FROM generate_series(1, 100) AS n;
INSERT INTO plain.product SELECT * FROM lined.product;

-- What is imported: 100,000 opportunities and half as many; for the bare tables with all that the triggers give.
INSERT INTO lined.opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1 + n % 4, 'Deal ' || n FROM generate_series(1, 100000) AS n;
INSERT INTO lined.opportunity_line (id, opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent)
SELECT n, 1 + n / 3, 1 + n % 100, 1 + n % 7, n % 1000 + 0.95, n % 3 * 5, 9 FROM generate_series(0, 299999) AS n;
CREATE PROCEDURE bench.write(query text, file text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('COPY (%s) TO %L', query, file); END $$;
SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
WHERE attrelid = 'lined.opportunity'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' \gset
CALL bench.write('SELECT id, pipeline_id, stage_id, title FROM lined.opportunity ORDER BY id', :'folder' || '_given');
CALL bench.write('SELECT id, pipeline_id, stage_id, title FROM lined.opportunity WHERE id <= 50000 ORDER BY id', :'folder' || '_given_half');
CALL bench.write('SELECT opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent FROM lined.opportunity_line ORDER BY id',
	:'folder' || '_given_lines');
CALL bench.write('SELECT opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent FROM lined.opportunity_line WHERE opportunity_id <= 50000 ORDER BY id',
	:'folder' || '_given_lines_half');
CALL bench.write(format('SELECT %s FROM lined.opportunity ORDER BY id', :'columns'), :'folder' || '_whole');
CALL bench.write('SELECT opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent, net, tax FROM lined.opportunity_line ORDER BY id', :'folder' || '_whole_lines');
DELETE FROM lined.opportunity;
VACUUM (ANALYZE) lined.opportunity, lined.opportunity_line, lined.change_log;

CREATE FUNCTION bench.import(opportunities text, lines text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DO %L', format('BEGIN COPY %s; COPY %s; END', opportunities, lines)) $$;
SELECT format('lined.opportunity (id, pipeline_id, stage_id, title) FROM %L', :'folder' || '_given') AS given,
	format('lined.opportunity (id, pipeline_id, stage_id, title) FROM %L', :'folder' || '_given_half') AS half,
	format('lined.opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent) FROM %L', :'folder' || '_given_lines') AS given_lines,
	format('lined.opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent) FROM %L', :'folder' || '_given_lines_half') AS half_lines,
	format('plain.opportunity (%s) FROM %L', :'columns', :'folder' || '_whole') AS whole,
	format('plain.opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent, net, tax) FROM %L', :'folder' || '_whole_lines') AS whole_lines \gset
SELECT bench.compare('COPY of 100,000 with 3 lines each, with triggers / without', bench.import(:'given', :'given_lines'),
	ARRAY[bench.import(:'whole', :'whole_lines')], 4, pairs => 2, undone => true) \g /dev/null
VACUUM lined.opportunity, lined.opportunity_line, lined.change_log;
SELECT bench.compare('the same, with triggers / half as many', bench.import(:'given', :'given_lines'),
	ARRAY[bench.import(:'half', :'half_lines')], 2.2, pairs => 1, undone => true) \g /dev/null

INSERT INTO lined.opportunity (id, pipeline_id, title) VALUES (0, 1, 'one');
INSERT INTO plain.opportunity (id, pipeline_id, title, amount_mode, probability_mode, position, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by)
VALUES (0, 1, 'one', 'auto', 'auto', 0, 1, now(), '', now(), '', now(), '');
SELECT bench.compare('INSERT of 1,000 lines of one, with triggers / without, summed by hand',
	'INSERT INTO lined.opportunity_line (opportunity_id, product_id, unit_price) SELECT 0, 1 + n % 100, n FROM generate_series(1, 1000) AS n',
	ARRAY['INSERT INTO plain.opportunity_line (opportunity_id, product_id, unit_price, net, tax) SELECT 0, 1 + n % 100, n, n, 0 FROM generate_series(1, 1000) AS n',
		'UPDATE plain.opportunity SET amount = (SELECT sum(net) FROM plain.opportunity_line WHERE opportunity_id = 0) WHERE id = 0'],
	4, weights => '{1,1}', undone => true) \g /dev/null
