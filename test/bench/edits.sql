-- What the commands that edit cost over the UPDATE that one writes by hand, on the same table with all its triggers.
SELECT opportunities.create_crm('edited', starter => true) \g /dev/null
INSERT INTO edited.opportunity (pipeline_id, stage_id, title, amount) SELECT 1, 1 + n % 4, 'Deal ' || n, n FROM generate_series(1, 20000) AS n;
VACUUM (ANALYZE) edited.opportunity;
SET search_path = edited, opportunities, public, bench;

-- one card a statement, prepared, as an application does it; the work is undone
CREATE FUNCTION bench.each_card(statement text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DO %L', 'DECLARE i bigint; BEGIN FOR i IN 1 .. 2000 LOOP ' || statement || '; END LOOP; END') $$;
SELECT bench.compare('move to the top of another stage / UPDATE of the stage',
	bench.each_card('PERFORM move(i::text, (1 + (i + 1) % 4)::text)'),
	ARRAY[bench.each_card('UPDATE edited.opportunity SET stage_id = 1 + (i + 1) % 4 WHERE id = i')], 1.5, undone => true) \g /dev/null
SELECT bench.compare('move with another owner / UPDATE of stage and owner',
	bench.each_card('PERFORM move(i::text, (1 + (i + 1) % 4)::text, changes => ''{"owner": "sara"}'')'),
	ARRAY[bench.each_card('UPDATE edited.opportunity SET stage_id = 1 + (i + 1) % 4, owner = ''sara'' WHERE id = i')], 1.5, undone => true) \g /dev/null
SELECT bench.compare('move between two cards of another stage / UPDATE of stage and position',
	bench.each_card('PERFORM move(i::text, (1 + (i + 1) % 4)::text, above => (10001 + i)::text)'),
	ARRAY[bench.each_card('UPDATE edited.opportunity SET stage_id = 1 + (i + 1) % 4, position = i * 1000 + 7 WHERE id = i')], 1.5, undone => true) \g /dev/null

SELECT bench.compare('bulk_edit of 10,000 / UPDATE', 'SELECT * FROM bulk_edit(''{"owner": "sara"}'', ids => ARRAY(SELECT generate_series(10001, 20000)::text))',
	ARRAY['UPDATE edited.opportunity SET owner = ''sara'' WHERE id > 10000'], 3, undone => true) \g /dev/null
ALTER TABLE edited.opportunity ADD CONSTRAINT refused CHECK (id % 1000 <> 7 OR id > 10000 OR owner IS NULL);
SELECT bench.compare('bulk_edit of 10,000 of which 10 fail / UPDATE', 'SELECT * FROM bulk_edit(''{"owner": "sara"}'', ids => ARRAY(SELECT generate_series(1, 10000)::text), on_error => ''skip'')',
	ARRAY['UPDATE edited.opportunity SET owner = ''sara'' WHERE id > 10000'], undone => true) \g /dev/null
RESET search_path;
