-- Four CRMs with rollups, for a storm: plain, with tenants, and with partitions by tenant and by pipeline. Each call of storm.write is one
-- command of somebody who writes, refused or not; storm.differences compares what people are shown with and without rollups.
CREATE SCHEMA storm;
CREATE TABLE storm.log (crm text, command text, isolation text, outcome text, message text);

-- The rows of a CRM, or of a tenant's.
CREATE PROCEDURE storm.fill() LANGUAGE plpgsql AS $$
DECLARE
	name text;
	made bigint;
	pipelines bigint[];
BEGIN
	INSERT INTO app_user (login, name) SELECT 'user ' || n, 'User ' || n FROM generate_series(0, 4) AS n;
	FOREACH name IN ARRAY ARRAY['Sales', 'Service', 'Others'] LOOP
		INSERT INTO pipeline (name) VALUES (name) RETURNING id INTO made;
		pipelines := pipelines || made;
		INSERT INTO stage (pipeline_id, name, kind, position, probability)
		SELECT made, s.name, s.kind, s.position, s.probability
		FROM (VALUES ('Lead', 'open', 1, 10), ('Offer', 'open', 2, 33.5), ('Won', 'won', 3, 100), ('Lost', 'lost', 4, 0)) AS s (name, kind, position, probability);
	END LOOP;
	INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, currency)
	SELECT s.pipeline_id, s.id, 'Deal ' || n, 'user ' || n % 5, n * 1.25, (ARRAY['EUR', 'JPY', NULL])[1 + n % 3]
	FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM stage WHERE pipeline_id = ANY (pipelines)) AS s, generate_series(1, 80) AS n WHERE n % 12 = s.place;
END $$;

-- What is whose: rows of the tenant, of whom a table's owner sees all.
CREATE FUNCTION storm.mine(relation text) RETURNS text LANGUAGE sql AS $$
	SELECT format('(SELECT * FROM %I%s)', relation, CASE WHEN current_schema IN ('tenants', 'hashed') THEN ' WHERE tenant_id = opportunities.current_tenant()' ELSE '' END)
$$;
CREATE FUNCTION storm.some_ids(relation text, number int, filter text DEFAULT 'true') RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
	found bigint[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM %s AS m WHERE %s ORDER BY (id * 7919 + %s) %% 101, id LIMIT %s) AS s',
		storm.mine(relation), filter, floor(random() * 101)::int, number) INTO found;
	RETURN found;
END $$;

-- One command. Rows are locked in the order of their ids, so that few meet head-on.
CREATE FUNCTION storm.run(command text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	few bigint[] := storm.some_ids('opportunity', 1 + floor(random() * 6)::int);
	one bigint := few[1];
	many bigint[];
	stage bigint := (storm.some_ids('stage', 1))[1];
	pipeline bigint;
	number numeric := round((random() * 1000)::numeric, floor(random() * 4)::int);
	code text := (ARRAY['EUR', 'JPY', 'USD', NULL])[1 + floor(random() * 4)];
	leaf regclass;
BEGIN
	EXECUTE format('SELECT pipeline_id FROM stage WHERE id = %s', stage) INTO pipeline;
	CASE command
	WHEN 'create' THEN
		INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount, currency)
		SELECT pipeline, stage, 'New ' || n, 'user ' || floor(random() * 6), number + n, code FROM generate_series(1, 1 + floor(random() * 5)::int) AS n;
	WHEN 'amount' THEN UPDATE opportunity SET amount = number WHERE id = one;
	WHEN 'none' THEN UPDATE opportunity SET amount = NULL, probability = number / 10 WHERE id = one;
	WHEN 'owner' THEN UPDATE opportunity SET owner = 'user ' || floor(random() * 6) WHERE id = one;
	WHEN 'currency' THEN UPDATE opportunity SET currency = code WHERE id = one;
	WHEN 'archive' THEN UPDATE opportunity SET archived = NOT archived WHERE id = one;
	WHEN 'stage' THEN UPDATE opportunity SET pipeline_id = pipeline, stage_id = stage WHERE id = one;
	WHEN 'move' THEN PERFORM opportunities.move(one::text, (storm.some_ids('stage', 1, format('pipeline_id = (SELECT pipeline_id FROM opportunity WHERE id = %s LIMIT 1)', one)))[1]::text);
	WHEN 'group' THEN
		PERFORM opportunities.bulk_edit(jsonb_build_object('owner', 'user ' || floor(random() * 6), 'amount', number::text), storm.some_ids('opportunity', 30)::text[],
			on_error => CASE WHEN random() < 0.5 THEN 'skip' ELSE 'abort' END);
	WHEN 'group stage' THEN PERFORM opportunities.bulk_edit(jsonb_build_object('stage_id', stage::text), few::text[], on_error => 'skip');
	WHEN 'group delete' THEN PERFORM opportunities.bulk_delete(few::text[], on_error => 'skip');
	WHEN 'line' THEN
		INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) SELECT one, n, number FROM generate_series(1, 2) AS n;
		UPDATE opportunity SET amount_mode = 'auto' WHERE id = one;
	WHEN 'line edit' THEN UPDATE opportunity_line SET quantity = quantity + 1 WHERE id = ANY (storm.some_ids('opportunity_line', 1));
	WHEN 'line delete' THEN DELETE FROM opportunity_line WHERE id = ANY (storm.some_ids('opportunity_line', 2));
	WHEN 'invoice' THEN PERFORM opportunities.issue_invoice(id, true) FROM unnest(storm.some_ids('opportunity', 1, 'id % 13 > 5')) AS o (id);
	WHEN 'return' THEN PERFORM opportunities.issue_return(id, true) FROM unnest(storm.some_ids('document', 1, 'kind = ''invoice'' AND status = ''confirmed''')) AS d (id);
	WHEN 'void' THEN UPDATE document SET status = 'void' WHERE id = ANY (storm.some_ids('document', 1, 'status = ''confirmed'''));
	WHEN 'delete' THEN DELETE FROM opportunity WHERE id = one;
	WHEN 'cut' THEN DELETE FROM opportunity WHERE id = ANY (storm.some_ids('opportunity', 40, '(SELECT count(*) FROM ' || storm.mine('opportunity') || ' AS c) > 150'));
	WHEN 'copy' THEN EXECUTE format('COPY opportunity (pipeline_id, stage_id, title, owner, amount, currency) FROM PROGRAM %L (FORMAT csv)',
		format('for n in 1 2 3 4 5 6 7 8 9; do echo "%s,%s,Copied,user $n,$n.%s,%s"; done', pipeline, stage, floor(random() * 1000), code));
	WHEN 'merge' THEN
		PERFORM FROM opportunity WHERE id = ANY (few) ORDER BY id FOR UPDATE;
		MERGE INTO opportunity AS o USING (SELECT id FROM unnest(few) AS m (id) UNION ALL SELECT -1) AS m ON o.id = m.id
		WHEN MATCHED AND o.id % 3 = 0 THEN DELETE
		WHEN MATCHED THEN UPDATE SET pipeline_id = pipeline, stage_id = stage, amount = number
		WHEN NOT MATCHED THEN INSERT (pipeline_id, stage_id, title, amount, currency) VALUES (pipeline, stage, 'Merged', number, code);
	WHEN 'again' THEN
		WITH gone AS (DELETE FROM opportunity WHERE id = one RETURNING *), more AS (UPDATE opportunity SET amount = number WHERE id = few[2])
		INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency, owner) SELECT pipeline, stage, title, amount, currency, owner FROM gone;
	WHEN 'upsert' THEN
		INSERT INTO opportunity (id, pipeline_id, stage_id, title, amount) SELECT id, pipeline_id, stage_id, title, number FROM opportunity WHERE id = one
		ON CONFLICT DO NOTHING;
	WHEN 'leaf' THEN
		SELECT relid INTO leaf FROM pg_partition_tree('opportunity') WHERE isleaf ORDER BY random() LIMIT 1;
		EXECUTE format('UPDATE %s SET amount = amount + 0.5 WHERE id = $1', coalesce(leaf::text, 'opportunity')) USING one;
	WHEN 'replica' THEN
		SET LOCAL session_replication_role = replica;
		UPDATE opportunity SET amount = number WHERE id = one;
		SET LOCAL session_replication_role = origin;
	WHEN 'failing' THEN
		FOR n IN 1 .. 4 LOOP
			BEGIN
				UPDATE opportunity SET amount = number + n WHERE id = few[n % 3 + 1];
				BEGIN
					DELETE FROM opportunity WHERE id = one;
					INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (pipeline, stage, 'Never', 1);
					IF n % 2 = 0 THEN
						PERFORM opportunities.compact_rollup('opportunity');
					END IF;
					RAISE division_by_zero;
				EXCEPTION WHEN division_by_zero OR object_not_in_prerequisite_state OR undefined_object THEN
					UPDATE opportunity SET owner = 'user 1' WHERE id = few[n % 3 + 1];
				END;
				IF n > 2 THEN
					RAISE division_by_zero;
				END IF;
			EXCEPTION WHEN division_by_zero THEN
				NULL;
			END;
		END LOOP;
	WHEN 'read' THEN ASSERT storm.differences() = '', 'as without rollups';
	END CASE;
	IF random() < 0.2 THEN
		SET CONSTRAINTS ALL IMMEDIATE;
		ASSERT storm.differences() = '', 'as without rollups after ' || command;
	END IF;
END $$;

CREATE PROCEDURE storm.write() LANGUAGE plpgsql AS $$
DECLARE
	commands text[] := '{create,create,create,amount,amount,amount,none,owner,owner,currency,archive,stage,stage,stage,move,move,group,group,group stage,group delete,
		line,line,line edit,line delete,invoice,return,void,delete,cut,copy,copy,merge,merge,merge,again,upsert,leaf,leaf,replica,failing,failing,read}';
	command text := commands[1 + floor(random() * cardinality(commands))::int];
	code text; reason text; place text;
BEGIN
	BEGIN
		PERFORM storm.run(command);
		SET CONSTRAINTS ALL IMMEDIATE;
		code := 'done';
	EXCEPTION WHEN OTHERS OR assert_failure THEN
		GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, reason = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
		code := SQLSTATE || coalesce(' ' || nullif(code, ''), '');
		IF code !~ '^(P0002|23|PT409|22023|55000)' THEN
			reason := concat_ws(E'\n', reason, place);
		END IF;
	END;
	INSERT INTO storm.log VALUES (current_schema, command, current_setting('transaction_isolation'), code, reason);
END $$;

-- What people are shown, as one text a question. STABLE: all under one snapshot, that of the statement.
CREATE FUNCTION storm.questions() RETURNS SETOF text STABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT (SELECT 'board ' || coalesce(json_agg(b)::text, '') FROM opportunities.board(cards => 2) AS b);
	RETURN NEXT (SELECT 'archived ' || coalesce(json_agg(b)::text, '') FROM opportunities.board(cards => 0, include_archived => true) AS b);
	RETURN NEXT (SELECT 'lanes ' || coalesce(json_agg(b)::text, '') FROM opportunities.board(cards => 1, lane_by => 'owner') AS b);
	RETURN NEXT 'list ' || opportunities.list(size => 2)::text;
	RETURN NEXT 'open ' || opportunities.list(size => 2, include_archived => true, scope => '{"state": "open"}')::text;
	RETURN NEXT (SELECT 'report ' || coalesce(json_agg(r)::text, '') FROM opportunities.report(by => '{owner,stage.name}', subtotals => true) AS r);
	RETURN NEXT (SELECT 'currencies ' || coalesce(json_agg(r)::text, '') FROM opportunities.report(by => '{currency}', include_archived => true) AS r);
	RETURN NEXT (SELECT 'days ' || coalesce(json_agg(r)::text, '') FROM opportunities.report(by => '{closed_on}') AS r);
END $$;
CREATE FUNCTION storm.with_rollups() RETURNS SETOF text STABLE LANGUAGE sql SET opportunities.use_rollups = on AS 'SELECT storm.questions()';
CREATE FUNCTION storm.without() RETURNS SETOF text STABLE LANGUAGE sql SET opportunities.use_rollups = off SET opportunities.explain_rollups = off AS 'SELECT storm.questions()';
CREATE FUNCTION storm.differences() RETURNS text STABLE LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format(E'%s\n%s\n', a, b), ''), '')
	FROM ROWS FROM (storm.with_rollups(), storm.without()) AS t (a, b) WHERE a IS DISTINCT FROM b
$$;
-- For whoever compares from outside: an error tells.
CREATE FUNCTION storm.compare() RETURNS boolean STABLE LANGUAGE plpgsql AS $$
DECLARE
	found text := storm.differences();
BEGIN
	ASSERT found = '', format('%s as %s, %s: rollups differ: %s', current_schema, current_user, current_setting('transaction_isolation'), found);
	RETURN true;
END $$;

-- Rollups are made, dropped and filled, and what they are of changes, in any order.
CREATE PROCEDURE storm.make() LANGUAGE plpgsql AS $$
DECLARE
	commands text[] := '{drop,create,create,create,other,other,empty,fill,fill,drop other,undone,off,column,again}';
	command text := commands[1 + floor(random() * cardinality(commands))::int];
	others text[] := string_to_array((ARRAY['currency,owner', 'stage_id,currency', 'owner', 'closed_on,owner,stage_id', 'archived,owner,currency,stage_id'])[1 + floor(random() * 5)], ',');
	code text; reason text; place text;
BEGIN
	BEGIN
		CASE command
		WHEN 'drop' THEN PERFORM opportunities.drop_rollup('opportunity');
		WHEN 'create' THEN PERFORM opportunities.create_rollup('opportunity');
		WHEN 'other' THEN PERFORM opportunities.create_rollup('opportunity', others);
		WHEN 'empty' THEN PERFORM opportunities.create_rollup('opportunity', others, fill => false);
		WHEN 'fill' THEN PERFORM opportunities.fill_rollup('opportunity');
		WHEN 'drop other' THEN PERFORM opportunities.drop_rollup('opportunity', others);
		WHEN 'undone' THEN
			BEGIN
				PERFORM opportunities.drop_rollup('opportunity');
				PERFORM opportunities.create_rollup('opportunity');
				RAISE division_by_zero;
			EXCEPTION WHEN division_by_zero THEN
				ASSERT storm.differences() = '', 'as without rollups';
			END;
		WHEN 'off' THEN
			ALTER TABLE opportunity DISABLE TRIGGER zz_rollup;
			UPDATE opportunity SET amount = 1 WHERE id = (storm.some_ids('opportunity', 1))[1];
			ALTER TABLE opportunity ENABLE ALWAYS TRIGGER zz_rollup;
		WHEN 'column' THEN
			ALTER TABLE opportunity ADD COLUMN IF NOT EXISTS more int;
			ALTER TABLE opportunity DROP COLUMN more;
		WHEN 'again' THEN
			PERFORM opportunities.create_rollup('opportunity');
			UPDATE opportunity SET amount = 2 WHERE id = (storm.some_ids('opportunity', 1))[1];
			ASSERT storm.differences() = '', 'as without rollups';
		END CASE;
		code := 'done';
	EXCEPTION WHEN OTHERS OR assert_failure THEN
		GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, reason = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
		code := SQLSTATE || coalesce(' ' || nullif(code, ''), '');
		reason := concat_ws(E'\n', reason, place);
	END;
	INSERT INTO storm.log VALUES (current_schema, 'make: ' || command, current_setting('transaction_isolation'), code, reason);
END $$;

-- Another pipeline with a partition of its own, which has rows before or not, or one that goes.
CREATE PROCEDURE storm.divide() LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
	leaf regclass;
	code text := 'done'; reason text; place text;
BEGIN
	BEGIN
		SELECT relid INTO leaf FROM pg_partition_tree('opportunity') WHERE isleaf AND relid <> 'opportunity_1'::regclass ORDER BY random() LIMIT 1;
		IF leaf IS NOT NULL AND (random() < 0.3 OR (SELECT count(*) > 6 FROM pg_partition_tree('opportunity'))) THEN
			EXECUTE format('ALTER TABLE opportunity DETACH PARTITION %s', leaf);
		ELSE
			INSERT INTO pipeline (name) VALUES ('More') RETURNING id INTO made;
			INSERT INTO stage (pipeline_id, name, kind, position, probability) VALUES (made, 'Lead', 'open', 1, 20), (made, 'Won', 'won', 2, 100);
			EXECUTE format('CREATE TABLE opportunity_%s PARTITION OF opportunity FOR VALUES IN (%1$s)', made);
			INSERT INTO opportunity (pipeline_id, title, amount, owner) SELECT made, 'First', n, 'user 1' FROM generate_series(1, 3) AS n;
			IF random() < 0.5 THEN
				EXECUTE format('ALTER TABLE opportunity DETACH PARTITION opportunity_%s', made);
				EXECUTE format('UPDATE opportunity_%s SET amount = amount * 2', made);
				EXECUTE format('ALTER TABLE opportunity ATTACH PARTITION opportunity_%s FOR VALUES IN (%1$s)', made);
			END IF;
		END IF;
		IF random() < 0.8 THEN
			PERFORM opportunities.create_rollup('opportunity');
			ASSERT storm.differences() = '', 'as without rollups';
		END IF;
	EXCEPTION WHEN OTHERS OR assert_failure THEN
		GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, reason = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
		code := SQLSTATE || coalesce(' ' || nullif(code, ''), '');
		reason := concat_ws(E'\n', reason, place);
	END;
	INSERT INTO storm.log VALUES (current_schema, 'divide', current_setting('transaction_isolation'), code, reason);
END $$;
