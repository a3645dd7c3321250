-- Three years of a company: deals that were edited, moved, closed, told late, opened again and deleted, with their history, in
-- three currencies and with fifty owners. In the schema waterfall. deals, seed: how many, and which.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET opportunities.time_zone = 'UTC';
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('waterfall');
SET search_path = waterfall, public;
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES
	(1, 1, 'Lead', 1, 'open'), (2, 1, 'Qualified', 2, 'open'), (3, 1, 'Proposal', 3, 'open'), (4, 1, 'Talks', 4, 'open'), (5, 1, 'Won', 5, 'won'), (6, 1, 'Lost', 6, 'lost');
CREATE UNLOGGED TABLE entry (id bigint, written timestamptz, write int, action text, field text, old jsonb, new jsonb);
CREATE UNLOGGED TABLE deal (LIKE opportunity);
SELECT setseed(:seed) \g /dev/null

-- What one deal goes through.
CREATE PROCEDURE live(deal bigint, began timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	o deal;
	at timestamptz := began + random() * interval '1095 days';
	write int := 0;
	amount numeric;
	who text;
	stage bigint;
	expected date;
	day date;
BEGIN
	o.id := deal; o.pipeline_id := 1; o.stage_id := 1 + floor(random() * 2); o.archived := false; o.title := 'Deal ' || deal; o.owner := 'seller' || floor(random() * 50);
	o.currency := (ARRAY['EUR', 'USD', 'IRR'])[1 + deal % 3]; o.amount := round((random() * 100000)::numeric, 2); o.expected_close := at::date + 60; o.created_at := at; o.realized_amount := 0; o.probability := 10;
	o.competitors := '{}'; o.tags := '{}'; o.amount_mode := 'manual'; o.probability_mode := 'manual'; o.position := deal; o.custom := '{}'; o.version := 1; o.created_by := 'x'; o.updated_by := 'x'; o.updated_at := at; o.stage_entered_at := at; o.stage_entered_by := 'x';
	IF random() < 0.05 THEN
		o.created_at := at - interval '100 days' * random(); -- imported
	END IF;
	INSERT INTO entry VALUES (deal, at, write, 'insert', NULL, NULL, NULL);
	LOOP
		at := at + interval '25 days' * -ln(1 - random());
		write := write + 1;
		IF at > now() THEN
			INSERT INTO deal SELECT o.*;
			RETURN;
		ELSIF random() < 0.015 THEN
			INSERT INTO entry VALUES (deal, at, write, 'delete', NULL, to_jsonb(o), NULL);
			RETURN;
		ELSIF o.closed_on IS NOT NULL THEN
			IF random() < 0.9 THEN
				INSERT INTO deal SELECT o.*;
				RETURN;
			ELSIF random() < 0.4 THEN
				day := least(o.closed_on + floor(random() * 9)::int - 4, at::date);
				CONTINUE WHEN day = o.closed_on;
				INSERT INTO entry VALUES (deal, at, write, 'update', 'closed_on', to_jsonb(o.closed_on), to_jsonb(day));
				o.closed_on := day;
			ELSE
				INSERT INTO entry VALUES (deal, at, write, 'update', 'stage_id', to_jsonb(o.stage_id), '3'), (deal, at, write, 'update', 'closed_on', to_jsonb(o.closed_on), NULL);
				o.stage_id := 3; o.closed_on := NULL;
			END IF;
		ELSIF random() < 0.2 THEN
			stage := 5 + floor(random() * 2);
			day := at::date - CASE WHEN random() < 0.3 THEN floor(random() * 6)::int ELSE 0 END;
			INSERT INTO entry VALUES (deal, at, write, 'update', 'stage_id', to_jsonb(o.stage_id), to_jsonb(stage)), (deal, at, write, 'update', 'closed_on', NULL, to_jsonb(day));
			o.stage_id := stage; o.closed_on := day;
		ELSE
			IF random() < 0.6 THEN
				amount := round((random() * 100000)::numeric, 2);
				INSERT INTO entry VALUES (deal, at, write, 'update', 'amount', to_jsonb(o.amount), to_jsonb(amount));
				o.amount := amount;
			END IF;
			IF random() < 0.3 THEN
				who := 'seller' || floor(random() * 50);
				IF who <> o.owner THEN
					INSERT INTO entry VALUES (deal, at, write, 'update', 'owner', to_jsonb(o.owner), to_jsonb(who));
				END IF;
				o.owner := who;
			END IF;
			IF random() < 0.3 THEN
				stage := 1 + floor(random() * 4);
				IF stage <> o.stage_id THEN
					INSERT INTO entry VALUES (deal, at, write, 'update', 'stage_id', to_jsonb(o.stage_id), to_jsonb(stage));
				END IF;
				o.stage_id := stage;
			END IF;
			IF random() < 0.3 THEN
				expected := o.expected_close + 1 + floor(random() * 60)::int;
				INSERT INTO entry VALUES (deal, at, write, 'update', 'expected_close', to_jsonb(o.expected_close), to_jsonb(expected)), (deal, at, write, 'update', 'description', '"as it was"', '"as it is"');
				o.expected_close := expected;
			END IF;
		END IF;
	END LOOP;
END $$;
CREATE PROCEDURE live_all(deals bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN 1 .. deals LOOP
		CALL live(n, now() - interval '1095 days');
	END LOOP;
END $$;
CALL live_all(:deals);

SET session_replication_role = replica;
SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute WHERE attrelid = 'opportunity'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' \gset
UPDATE deal SET closed_at = closed_on + time '00:00' WHERE closed_on IS NOT NULL;
INSERT INTO opportunity (:columns) SELECT :columns FROM deal;
-- as they were written, a transaction each
INSERT INTO change_log (table_name, row_id, changed_at, changed_by, transaction_id, action, field, old, new)
SELECT 'opportunity', id::text, written, 'x', id * 1000 + write, action, field, old, new FROM entry ORDER BY written, id, array_position('{stage_id,amount,closed_on,owner,description,expected_close}', field);
RESET session_replication_role;
DROP TABLE entry, deal;
VACUUM ANALYZE opportunity;
VACUUM ANALYZE change_log;
SELECT count(*) AS deals, count(*) FILTER (WHERE closed_on IS NULL) AS open FROM opportunity;
SELECT count(*) AS entries FROM change_log;
