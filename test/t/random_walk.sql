-- A company at work: each call of walk.step is one command of one of its people, refused or not.
SELECT opportunities.create_crm('crm');
CREATE SCHEMA walk;
SET search_path = crm;

INSERT INTO pipeline (id, name) VALUES (1, 'Sales'), (2, 'Service');
INSERT INTO stage (id, pipeline_id, name, position, kind, probability, reason_required) VALUES
	(11, 1, 'Lead', 1, 'open', 10, false), (12, 1, 'Offer', 2, 'open', NULL, false), (13, 1, 'Talks', 3, 'open', 75, false),
	(14, 1, 'Won', 4, 'won', NULL, false), (15, 1, 'Lost', 5, 'lost', 0, true),
	(21, 2, 'Asked', 1, 'open', 50, false), (22, 2, 'Due', 2, 'open', NULL, false), (23, 2, 'Done', 3, 'won', 100, false);
INSERT INTO account (id, name) SELECT n, 'Account ' || n FROM generate_series(1, 9) AS n;
INSERT INTO product (id, name, unit_price, currency)
SELECT n, 'Product ' || n, n * 9.99, CASE n % 3 WHEN 1 THEN 'EUR' WHEN 2 THEN 'JPY' END FROM generate_series(1, 9) AS n;
INSERT INTO opportunity (id, pipeline_id, stage_id, account_id, title, currency, amount)
SELECT n, 1 + n % 2, CASE WHEN n % 2 = 0 THEN 11 + n % 3 ELSE 21 + n % 2 END, 1 + n % 9, 'Deal ' || n,
	CASE n % 3 WHEN 1 THEN 'EUR' WHEN 2 THEN 'JPY' END, CASE WHEN n % 4 = 0 THEN n * 100.5 END
FROM generate_series(1, 60) AS n;
SELECT setval('opportunity_id_seq', 60);
-- One made with rows, one filled afterwards.
SELECT opportunities.create_rollup('opportunity');
SELECT opportunities.create_rollup('opportunity', '{currency,owner}', fill => false);
SELECT opportunities.fill_rollup('opportunity');
SET opportunities.user_name = 'user0';
SELECT opportunities.save_filter('often', '{"combinator": "and", "rules": []}', true);

CREATE TABLE walk.log (command text, isolation text, outcome text, message text);

-- A row of a table, by chance but often the same ones, so that people meet.
CREATE FUNCTION walk.any_id(relation regclass, filter text DEFAULT 'true') RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	found bigint;
BEGIN
	EXECUTE format('SELECT id FROM %s WHERE %s ORDER BY (id * 7919 + %s) %% 101, id LIMIT 1', relation, filter, floor(random() * 30)::int)
		INTO found;
	RETURN found;
END $$;

CREATE FUNCTION walk.run(command text, o bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	few bigint[] := ARRAY(SELECT id FROM opportunity ORDER BY random() LIMIT 3);
	target bigint := walk.any_id('stage', format('pipeline_id = (SELECT pipeline_id FROM opportunity WHERE id = %s)', coalesce(o, 0)));
	elsewhere bigint := walk.any_id('stage');
	chosen_line bigint := walk.any_id('opportunity_line');
	chosen_draft bigint := walk.any_id('document', 'status = ''draft''');
	chosen_confirmed bigint := walk.any_id('document', 'status = ''confirmed''');
	chosen_document bigint := CASE WHEN random() < 0.9 THEN chosen_draft ELSE chosen_confirmed END;
	chosen_task bigint := walk.any_id('activity', 'done_at IS NULL');
	chosen_activity bigint := walk.any_id('activity');
	number numeric := round((random() * 1000)::numeric, 1 + (random() * 2)::int);
BEGIN
	CASE command
	WHEN 'create' THEN
		INSERT INTO opportunity (pipeline_id, stage_id, title, currency, amount, close_reason)
		SELECT s.pipeline_id, s.id, 'New', CASE WHEN random() < 0.5 THEN 'EUR' END, CASE WHEN random() < 0.5 THEN number END,
			CASE WHEN s.reason_required THEN 'price' END
		FROM stage s WHERE s.id = elsewhere;
	WHEN 'edit' THEN UPDATE opportunity SET title = title || '.', owner = 'user' || floor(random() * 5) WHERE id = o;
	WHEN 'amount' THEN UPDATE opportunity SET amount = number WHERE id = o;
	WHEN 'auto' THEN UPDATE opportunity SET amount_mode = 'auto', probability_mode = 'auto' WHERE id = o;
	WHEN 'probability' THEN UPDATE opportunity SET probability = floor(random() * 101) WHERE id = o;
	WHEN 'currency' THEN UPDATE opportunity SET currency = 'EUR' WHERE id = o;
	WHEN 'stage' THEN UPDATE opportunity SET stage_id = target, close_reason = CASE WHEN target = 15 THEN 'price' END WHERE id = o;
	WHEN 'pipeline' THEN UPDATE opportunity op SET pipeline_id = s.pipeline_id, stage_id = s.id, close_reason = CASE WHEN s.id = 15 THEN 'price' END
		FROM stage s WHERE op.id = o AND s.id = elsewhere;
	WHEN 'move' THEN
		PERFORM opportunities.move(o::text, target::text,
			above => (CASE WHEN random() < 0.7 THEN walk.any_id('opportunity', format('stage_id = %s AND id <> %s', target, o)) END)::text,
			changes => CASE WHEN target = 15 THEN '{"close_reason": "price"}' WHEN random() < 0.3 THEN '{"owner": "mover"}' END::jsonb);
	WHEN 'drag' THEN
		PERFORM opportunities.move(o::text, (SELECT op.stage_id FROM opportunity op WHERE op.id = o)::text,
			below => (walk.any_id('opportunity', format('stage_id = (SELECT stage_id FROM opportunity WHERE id = %s) AND id <> %1$s', o)))::text);
	WHEN 'line' THEN
		INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent)
		SELECT o, 1 + floor(random() * 9), 1 + floor(random() * 5), number, floor(random() * 3) * 12.5, floor(random() * 3) * 4.5
		FROM generate_series(1, 1 + floor(random() * 3)::int);
	WHEN 'line edit' THEN UPDATE opportunity_line SET quantity = quantity + 1 WHERE id = chosen_line;
	WHEN 'line moved' THEN UPDATE opportunity_line SET opportunity_id = o WHERE id = chosen_line;
	WHEN 'line delete' THEN DELETE FROM opportunity_line WHERE id = chosen_line;
	WHEN 'quote' THEN PERFORM opportunities.issue_quote(o, random() < 0.7);
	WHEN 'invoice' THEN PERFORM opportunities.issue_invoice(o, random() < 0.7);
	WHEN 'invoice quote' THEN PERFORM opportunities.invoice_quote(walk.any_id('document', 'kind = ''quote'''), random() < 0.7,
		share => CASE WHEN random() < 0.5 THEN (ARRAY[0.1, 0.3333, 0.5])[1 + (random() * 2.9)::int % 3] END);
	WHEN 'return' THEN PERFORM opportunities.issue_return(walk.any_id('document', 'kind = ''invoice'''), random() < 0.7);
	WHEN 'confirm' THEN UPDATE document SET status = 'confirmed' WHERE id = chosen_draft;
	WHEN 'void' THEN UPDATE document SET status = 'void' WHERE id = chosen_confirmed;
	WHEN 'draft edit' THEN UPDATE document_line SET quantity = quantity + 1
		WHERE document_id = chosen_document;
	WHEN 'draft delete' THEN DELETE FROM document WHERE id = chosen_draft;
	WHEN 'payment' THEN INSERT INTO payment (opportunity_id, amount, currency, direction)
		SELECT o, 10 + number, (SELECT currency FROM opportunity WHERE id = o), CASE WHEN random() < 0.8 THEN 'in' ELSE 'out' END;
	WHEN 'log' THEN PERFORM opportunities.log_activity(few, 'call', 'Called', due_at => CASE WHEN random() < 0.3 THEN now() + '1 day' END);
	WHEN 'done' THEN UPDATE activity SET done_at = now() WHERE id = chosen_task;
	WHEN 'forget' THEN DELETE FROM activity WHERE id = chosen_activity;
	WHEN 'bulk edit' THEN PERFORM opportunities.bulk_edit('{"owner": "bulk", "custom.region": "north"}', few::text[], on_error => CASE WHEN random() < 0.5 THEN 'skip' ELSE 'abort' END);
	WHEN 'bulk stage' THEN PERFORM opportunities.bulk_edit(format('{"stage_id": %s}', target)::jsonb, few::text[], on_error => 'skip');
	WHEN 'bulk delete' THEN PERFORM opportunities.bulk_delete(few[1:1]::text[], on_error => 'skip');
	WHEN 'delete' THEN DELETE FROM opportunity WHERE id = o AND random() < 0.5;
	WHEN 'archive' THEN UPDATE opportunity SET archived = NOT archived WHERE id = o;
	WHEN 'retire' THEN PERFORM opportunities.retire_stage(12, 11);
	WHEN 'revive' THEN UPDATE stage SET active = true WHERE id = 12;
	WHEN 'upsert' THEN
		PERFORM FROM opportunity WHERE id = ANY (few) ORDER BY id FOR NO KEY UPDATE;
		INSERT INTO opportunity (id, pipeline_id, title, owner) SELECT op.id, op.pipeline_id, op.title, 'upserted' FROM opportunity op WHERE op.id = ANY (few)
		ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, owner = EXCLUDED.owner;
	WHEN 'merge' THEN
		PERFORM FROM opportunity WHERE id = ANY (few) ORDER BY id FOR NO KEY UPDATE;
		MERGE INTO opportunity op USING unnest(few) AS n (id) ON op.id = n.id
		WHEN MATCHED AND op.owner = 'merged' THEN UPDATE SET probability = floor(random() * 101)
		WHEN MATCHED THEN UPDATE SET owner = 'merged';
	WHEN 'filter' THEN
		PERFORM set_config('opportunities.user_name', 'user0', true);
		PERFORM opportunities.save_filter('often', format('{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": %s}]}', number)::jsonb, true);
	WHEN 'filtered' THEN
		PERFORM FROM opportunity WHERE id = ANY (few) ORDER BY id FOR NO KEY UPDATE;
		UPDATE opportunity op SET owner = 'filtered' WHERE op.id = ANY (few) AND opportunities.matches(op, 'often');
		PERFORM opportunities.bulk_edit('{"type": "filtered"}', few::text[], filter => 'often', on_error => 'skip');
	WHEN 'read' THEN
		ASSERT (SELECT sum(b.count) FROM opportunities.board(cards => 2, include_archived => true) AS b) = (SELECT count(*) FROM opportunity), 'the rows of a board';
		ASSERT (SELECT sum(r.count) FROM opportunities.report(by => '{owner}') AS r) = (SELECT count(*) FROM opportunity), 'the rows of a report';
		ASSERT (SELECT opportunities.list(size => 3, include_archived => true) #>> '{totals,count}') = (SELECT count(*)::text FROM opportunity), 'the rows of a list';
	WHEN 'rollup' THEN
		ASSERT NOT EXISTS (SELECT FROM opportunities.check_rollup('opportunity')), 'rollups say what the rows do';
		ASSERT (SELECT count(*) FROM (
			SELECT stage_id, opportunities_internal.rollup_totals(totals)::text AS totals FROM opportunity_rollup GROUP BY 1
			EXCEPT SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency)::text FROM opportunity GROUP BY 1) AS d
			WHERE totals !~ '^\(0,') = 0, 'to the last decimal that is shown';
	WHEN 'fold' THEN PERFORM opportunities.compact_rollup('opportunity');
	WHEN 'failing' THEN
		PERFORM FROM opportunity WHERE id = ANY (few || o) ORDER BY id FOR UPDATE;
		FOR n IN 1 .. 3 LOOP
			BEGIN
				UPDATE opportunity SET amount = n, stage_id = target, close_reason = CASE WHEN target = 15 THEN 'price' END WHERE id = few[n];
				DELETE FROM opportunity WHERE id = o;
				RAISE division_by_zero;
			EXCEPTION WHEN division_by_zero THEN
				UPDATE opportunity SET amount = number WHERE id = few[n] AND n = 2;
			END;
		END LOOP;
	WHEN 'stage odds' THEN UPDATE stage SET probability = floor(random() * 101) WHERE id = 22;
	END CASE;
	SET CONSTRAINTS ALL IMMEDIATE;
END $$;

CREATE PROCEDURE walk.step(pick int, about int, seed int) LANGUAGE plpgsql AS $$
DECLARE
	commands text[] := '{create,create,edit,edit,edit,amount,auto,probability,currency,stage,stage,pipeline,move,move,move,drag,drag,drag,line,line,line,
		line edit,line moved,line delete,quote,quote,invoice,invoice,invoice quote,return,return,confirm,confirm,confirm,void,draft edit,draft delete,
		payment,log,log,done,forget,bulk edit,bulk edit,bulk stage,bulk delete,delete,archive,
		upsert,merge,filter,filtered,read,read,rollup,fold,failing,retire,revive,stage odds}';
	command text := commands[1 + pick % cardinality(commands)];
	code text; reason text; place text;
BEGIN
	PERFORM setseed(seed / 1000000.0), set_config('opportunities.user_name', 'user' || about % 5, true);
	BEGIN
		PERFORM walk.run(command, coalesce(walk.any_id('opportunity', format('id %% 60 = %s', about)), walk.any_id('opportunity')));
		code := 'done';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, reason = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
		reason := CASE SQLSTATE WHEN '40P01' THEN concat_ws(E'\n', now(), pg_backend_pid(), reason, place) ELSE reason END;
		code := SQLSTATE || coalesce(' ' || nullif(code, ''), '');
	END;
	INSERT INTO walk.log VALUES (command, current_setting('transaction_isolation'), code, reason);
END $$;
