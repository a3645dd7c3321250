-- What transitions and required fields cost whoever moves cards: the same moves with them and without.
SELECT opportunities.create_crm(name, starter => true) FROM unnest('{guarded,unguarded}'::name[]) AS name \g /dev/null
INSERT INTO guarded.custom_field (name) VALUES ('region');
INSERT INTO unguarded.custom_field (name) VALUES ('region');
INSERT INTO guarded.stage_transition (pipeline_id, from_stage_id, to_stage_id)
SELECT 1, f, t FROM generate_series(1, 6) AS f, generate_series(1, 6) AS t WHERE f <> t;
UPDATE guarded.stage SET required_fields = '{amount,owner,tags,custom.region}';
INSERT INTO guarded.opportunity (pipeline_id, stage_id, title, owner, amount, tags, custom)
SELECT 1, 1, 'Deal ' || n, 'sara', n, '{hot}', '{"region": "north"}' FROM generate_series(1, 5000) AS n;
INSERT INTO unguarded.opportunity (pipeline_id, stage_id, title, owner, amount, tags, custom)
SELECT pipeline_id, stage_id, title, owner, amount, tags, custom FROM guarded.opportunity ORDER BY id;
VACUUM (ANALYZE) guarded.opportunity, unguarded.opportunity;
CREATE FUNCTION bench.moves(crm text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DO %L', format('BEGIN FOR i IN 1 .. 1000 LOOP UPDATE %I.opportunity SET stage_id = 2 WHERE id = i; END LOOP; END', crm)) $$;
SELECT bench.compare('1,000 moves with transitions and required fields / without', bench.moves('guarded'), ARRAY[bench.moves('unguarded')], 1.05, pairs => 31, undone => true) \g /dev/null
SELECT bench.compare('5,000 cards moved by one UPDATE, with them / without', 'UPDATE guarded.opportunity SET stage_id = 2', ARRAY['UPDATE unguarded.opportunity SET stage_id = 2'], 1.05, pairs => 15, undone => true) \g /dev/null
SELECT bench.compare('INSERT of 5,000 with them / without',
	'INSERT INTO guarded.opportunity (pipeline_id, stage_id, title, owner, amount, tags, custom) SELECT pipeline_id, stage_id, title, owner, amount, tags, custom FROM guarded.opportunity',
	ARRAY['INSERT INTO unguarded.opportunity (pipeline_id, stage_id, title, owner, amount, tags, custom) SELECT pipeline_id, stage_id, title, owner, amount, tags, custom FROM unguarded.opportunity'], 1.05, pairs => 15, undone => true) \g /dev/null
