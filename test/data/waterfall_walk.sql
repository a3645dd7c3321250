\set ECHO none
-- A company that does anything with its deals, day after day, in a schema of a CRM's search_path with the stages below. Beside
-- waterfall.sql, which says what its history means.
INSERT INTO pipeline (id, name) VALUES (1, 'A'), (2, 'B');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES
	(11, 1, 'Lead', 1, 'open'), (12, 1, 'Offer', 2, 'open'), (13, 1, 'Won', 3, 'won'), (14, 1, 'Lost', 4, 'lost'), (15, 1, 'Won in court', 5, 'won'),
	(21, 2, 'Lead', 1, 'open'), (22, 2, 'Won', 2, 'won'), (23, 2, 'Lost', 3, 'lost');

-- Everything was a day earlier.
CREATE PROCEDURE oracle.next_day() LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL session_replication_role = replica;
	UPDATE opportunity SET created_at = created_at - interval '1 day', closed_at = closed_at - interval '1 day', closed_on = closed_on - 1, stage_entered_at = stage_entered_at - interval '1 day';
	UPDATE stage_change SET changed_at = changed_at - interval '1 day', entered_at = entered_at - interval '1 day', left_at = left_at - interval '1 day', deleted_at = deleted_at - interval '1 day';
	UPDATE change_log SET changed_at = changed_at - interval '1 day',
		old = CASE WHEN field = 'closed_on' THEN to_jsonb((old #>> '{}')::date - 1) WHEN action = 'delete' THEN old || jsonb_build_object('created_at', (old ->> 'created_at')::timestamptz - interval '1 day', 'closed_on', (old ->> 'closed_on')::date - 1) ELSE old END,
		new = CASE WHEN field = 'closed_on' THEN to_jsonb((new #>> '{}')::date - 1) ELSE new END;
	COMMIT;
END $$;

CREATE FUNCTION oracle.any_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::int] $$;

-- One command of somebody; what is refused is no matter.
CREATE PROCEDURE oracle.act() LANGUAGE plpgsql AS $$
DECLARE
	deal bigint := (SELECT id FROM opportunity ORDER BY random() LIMIT 1);
	is_closed boolean := (SELECT closed_on IS NOT NULL FROM opportunity WHERE id = deal);
	pipe bigint := (SELECT pipeline_id FROM opportunity WHERE id = deal);
	target bigint := (SELECT id FROM stage WHERE pipeline_id = pipe ORDER BY random() LIMIT 1);
	final bigint := (SELECT id FROM stage WHERE pipeline_id = pipe AND kind <> 'open' ORDER BY random() LIMIT 1);
	other bigint := (SELECT id FROM stage ORDER BY random() LIMIT 1);
	money numeric := round((random() * 1000)::numeric, (random() * 3)::int);
	past date := opportunities.business_date(now()) - floor(random() * 6)::int;
BEGIN
	CASE oracle.any_of('new', 'new', 'new', 'new', 'new closed', 'imported', 'amount', 'amount', 'amount', 'no amount', 'owner', 'owner', 'both', 'expected', 'currency', 'move', 'move', 'move', 'pipeline', 'close', 'back-date', 'back-date', 'correct', 'correct', 'delete', 'nothing')
	WHEN 'new' THEN INSERT INTO opportunity (pipeline_id, stage_id, title, owner, currency, amount, expected_close)
		SELECT s.pipeline_id, s.id, 'New', oracle.any_of('sara', 'omid', NULL), oracle.any_of('EUR', 'IRR', NULL), money, past + 30 FROM stage AS s WHERE s.id = other AND s.kind = 'open';
	WHEN 'new closed' THEN INSERT INTO opportunity (pipeline_id, stage_id, title, owner, currency, amount, closed_on)
		SELECT s.pipeline_id, s.id, 'Told late', oracle.any_of('sara', 'omid'), 'EUR', money, past FROM stage AS s WHERE s.id = other AND s.kind <> 'open';
	WHEN 'imported' THEN INSERT INTO opportunity (pipeline_id, stage_id, title, owner, currency, amount, created_at, closed_on)
		SELECT s.pipeline_id, s.id, 'Old', oracle.any_of('sara', 'omid'), 'EUR', money, now() - interval '20 days' * random(), CASE WHEN s.kind <> 'open' THEN past END FROM stage AS s WHERE s.id = other;
	WHEN 'amount' THEN UPDATE opportunity SET amount = money WHERE id = deal;
	WHEN 'no amount' THEN UPDATE opportunity SET amount = NULL WHERE id = deal;
	WHEN 'owner' THEN UPDATE opportunity SET owner = oracle.any_of('sara', 'omid', NULL) WHERE id = deal;
	WHEN 'both' THEN UPDATE opportunity SET owner = 'omid', amount = money, stage_id = target WHERE id = deal;
	WHEN 'expected' THEN UPDATE opportunity SET expected_close = past + (random() * 90)::int WHERE id = deal;
	WHEN 'currency' THEN UPDATE opportunity SET currency = oracle.any_of('EUR', 'IRR', NULL) WHERE id = deal;
	WHEN 'move' THEN UPDATE opportunity SET stage_id = target WHERE id = deal;
	WHEN 'pipeline' THEN UPDATE opportunity SET pipeline_id = s.pipeline_id, stage_id = s.id FROM stage AS s WHERE opportunity.id = deal AND s.id = other;
	WHEN 'close' THEN UPDATE opportunity SET stage_id = final WHERE id = deal;
	WHEN 'back-date' THEN UPDATE opportunity SET stage_id = final, closed_on = past, amount = CASE WHEN random() < 0.3 THEN money ELSE amount END WHERE id = deal;
	WHEN 'correct' THEN UPDATE opportunity SET closed_on = past WHERE id = deal AND is_closed;
	WHEN 'delete' THEN DELETE FROM opportunity WHERE id = deal;
	WHEN 'nothing' THEN UPDATE opportunity SET title = title || '.' WHERE id = deal;
	END CASE;
EXCEPTION WHEN integrity_constraint_violation THEN
	NULL;
END $$;

-- So many commands, each beside what waterfall.sql says of some days: what is different is left in oracle.found.
CREATE TABLE oracle.found (step int, first_day date, last_day date, by text[], scope jsonb, what text);
CREATE PROCEDURE oracle.walk(steps int, seed float8) LANGUAGE plpgsql AS $$
DECLARE
	today date := opportunities.business_date(now());
	first date; last date; dims text[]; bound jsonb;
BEGIN
	PERFORM setseed(seed);
	FOR step IN 1 .. steps LOOP
		CALL oracle.act();
		COMMIT;
		IF random() < 0.2 THEN
			CALL oracle.next_day();
		END IF;
		first := today - floor(random() * 15)::int;
		last := first + floor(random() * 15)::int;
		dims := ('{"{}","{owner}","{pipeline_id,stage_id}","{month(expected_close)}","{owner,stage_id}"}'::text[])[1 + floor(random() * 5)::int];
		bound := (ARRAY[NULL, NULL, '{"owner": "sara"}', '{"pipeline_id": "1"}'])[1 + floor(random() * 4)::int];
		INSERT INTO oracle.found SELECT step, first, last, dims, bound, d::text FROM oracle.different(first, last, dims, bound) AS d;
		COMMIT;
		EXIT WHEN EXISTS (SELECT FROM oracle.found);
	END LOOP;
END $$;
\set ECHO all
