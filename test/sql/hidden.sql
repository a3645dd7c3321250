-- What is told a seller, byte for byte, whatever the rows are that she may not read: results, errors, which comes first.
-- The seed of the random statements and their number: PGOPTIONS='-c hidden.seed=0.5 -c hidden.count=10000'.
SET client_min_messages = warning;
SET datestyle = iso;
SELECT opportunities.create_crm('crm_hidden', starter => true);
SET search_path = crm_hidden;
CREATE ROLE regress_seller;
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA crm_hidden TO regress_seller, regress_writer;
GRANT INSERT, UPDATE, DELETE ON opportunity, opportunity_line, document, document_line, payment, activity, saved_filter, saved_view TO regress_seller, regress_writer;

-- The seller sees her opportunities and what is theirs, stages but for those that are hidden, of products no price;
-- neither choices nor types of fields. The writer works on the same rows, of which he reads nothing but ids.
GRANT SELECT ON opportunity, opportunity_line, document, document_line, payment, activity, pipeline, stage, stage_change, account, app_user, saved_filter, saved_view, calendar, bi_opportunity, bi_line, bi_stage_history TO regress_seller;
GRANT SELECT (id, name) ON product TO regress_seller;
GRANT SELECT (id) ON opportunity, opportunity_line, document, document_line, payment, activity, stage, saved_filter TO regress_writer;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = opportunities.me());
ALTER TABLE stage ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON stage USING (name NOT LIKE 'Secret%');
ALTER TABLE saved_filter ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON saved_filter USING (owner = opportunities.me() OR shared);
SELECT format('ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY', name), format('CREATE POLICY of_opportunity ON %1$I USING (EXISTS (SELECT FROM opportunity AS o WHERE o.id = %1$I.opportunity_id))', name)
FROM unnest('{activity,opportunity_line,document,payment}'::text[]) AS name \gexec
ALTER TABLE stage_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_opportunity ON stage_change USING (deleted_at IS NULL AND EXISTS (SELECT FROM opportunity AS o WHERE o.id = opportunity_id));
ALTER TABLE document_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_document ON document_line USING (EXISTS (SELECT FROM document AS d WHERE d.id = document_id));

-- sara's opportunity 1 has a quote (document 1), its invoice (2) and a draft (3)
INSERT INTO product (id, name, unit_price, currency) VALUES (1, 'Switch', 100, 'EUR');
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, currency) VALUES (1, 1, 1, 'Hers', 'sara', 100, 'EUR');
INSERT INTO opportunity_line (id, opportunity_id, unit_price) VALUES (1, 1, 5);
SELECT opportunities.issue_quote(1, true);
SELECT opportunities.invoice_quote(1, true);
SELECT opportunities.issue_quote(1);
INSERT INTO payment (id, opportunity_id, amount) VALUES (1, 1, 3);
INSERT INTO saved_filter (id, owner, name, definition) VALUES (1, 'sara', 'Hers', '{"rules": []}');
INSERT INTO activity (id, opportunity_id, kind) VALUES (1, 1, 'call');

-- What is hidden: opportunity 50 with documents 51 (a quote), 52 (its invoice), 53 (a draft), stages 61 to 63, a choice of
-- type, a field "size", the price of product 70. A world is what these hold; in the last one they are not there.
CREATE FUNCTION pg_temp.world(number int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO choice (field, value, active, stage_kind) VALUES
		('type', (ARRAY['alpha', 'alpine', 'other'])[number], true, NULL), ('type', (ARRAY['alps', 'alpha', 'alpha!'])[number], number > 1 AND NULL IS NULL, NULL),
		('close_reason', (ARRAY['price', 'prince', 'other'])[number], true, (ARRAY['won', 'won', NULL])[number]),
		('custom.size', 'large', true, NULL);
	DELETE FROM choice WHERE value = 'alpha' AND number <> 1;
	INSERT INTO custom_field (name, type) VALUES ('size', (ARRAY['number', 'date', 'bool'])[number]);
	INSERT INTO product (id, name, unit_price, currency) VALUES (70, 'Phone', (ARRAY[123.45, NULL, 1e90])[number], (ARRAY['EUR', 'EUR', 'USD'])[number]);
	IF number = 3 THEN
		RETURN;
	END IF;
	INSERT INTO stage (id, pipeline_id, name, position, kind, reason_required, active) VALUES
		(61, 1, 'Secret open', 10 * number, 'open', false, true),
		(62, 1, 'Secret lost', 11, (ARRAY['lost', 'won'])[number], true, true),
		(63, 1, 'Secret and old', 12, (ARRAY['open', 'lost'])[number], false, false);
	INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount, currency, tags, expected_close, custom)
	VALUES (50, 1, (ARRAY[1, 2])[number], 'His', 'omid', number * 700, (ARRAY['USD', 'EUR'])[number], (ARRAY['{x}', '{y,x}'])[number]::text[], date '2026-01-01' + number, '{}');
	INSERT INTO opportunity_line (id, opportunity_id, unit_price) SELECT 50 + n, 50, n FROM generate_series(1, number) AS n;
	INSERT INTO document (id, opportunity_id, kind) VALUES (51, 50, 'quote');
	INSERT INTO document_line (id, document_id, unit_price) VALUES (51, 51, 900 * number);
	UPDATE document SET status = 'confirmed' WHERE id = 51;
	INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (52, 50, 'invoice', 51);
	INSERT INTO document_line (id, document_id, unit_price) VALUES (52, 52, 900 * number);
	IF number = 1 THEN
		UPDATE document SET status = 'confirmed' WHERE id = 52;
	END IF;
	INSERT INTO document (id, opportunity_id, kind) VALUES (53, 50, 'quote');
	IF number = 2 THEN
		INSERT INTO document_line (id, document_id, unit_price) VALUES (53, 53, 1);
	END IF;
	INSERT INTO payment (id, opportunity_id, amount) VALUES (51, 50, number);
	INSERT INTO activity (id, opportunity_id, kind, done_at) VALUES (51, 50, (ARRAY['call', 'note'])[number], date '2026-01-01' + number);
	INSERT INTO saved_filter (id, owner, name, definition) VALUES (51, 'omid', (ARRAY['Big deals', 'Small deals'])[number], '{"rules": []}');
END $$;

-- And what of sara's own rows the writer may not read: sums, currencies, names, states.
CREATE FUNCTION pg_temp.own_world(number int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, currency, close_reason) VALUES
		(2, 1, (ARRAY[1, 2, 3])[number], 'Hers too', 'sara', (ARRAY['USD', 'JPY', NULL])[number], NULL),
		(3, 1, (ARRAY[5, 5, 6])[number], 'Closed', 'sara', NULL, NULL);
	INSERT INTO document (id, opportunity_id, kind) VALUES (4, 1, 'invoice'), (5, 3, (ARRAY['quote', 'invoice', 'quote'])[number]);
	INSERT INTO document_line (id, document_id, unit_price) VALUES (4, 4, number * 10), (5, 5, 1);
	UPDATE document SET status = 'confirmed' WHERE id IN (4, 5);
	IF number = 1 THEN
		UPDATE document SET status = 'void' WHERE id = 5;
	END IF;
	INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (6, 1, 'return', 4);
	INSERT INTO document_line (id, document_id, unit_price, source_line_id) VALUES (6, 6, number * 10, 4);
	UPDATE document SET status = 'confirmed' WHERE id = 6;
	INSERT INTO document (id, opportunity_id, kind, source_document_id) VALUES (7, 1, 'return', 4);
	INSERT INTO document_line (id, document_id, quantity, unit_price, source_line_id) VALUES (7, 7, number, 1, 4);
	UPDATE saved_filter SET name = (ARRAY['Hers', 'Mine', 'Own'])[number], shared = true, owner = 'omid' WHERE id = 1;
END $$;

CREATE TEMP TABLE statement (number int GENERATED ALWAYS AS IDENTITY, sql text);
GRANT SELECT ON statement TO PUBLIC;
INSERT INTO statement (sql) VALUES
	-- what is read
	('SELECT * FROM opportunities.board(lane_by => ''type'')'),
	('SELECT opportunities.list(fields => ''{title,stage.name,account.name,state,balance,next_activity}'')'),
	('SELECT * FROM opportunities.report(by => ''{owner,month(expected_close),stage.name}'', subtotals => true)'),
	('SELECT opportunities.totals(amount, probability, realized_amount, currency) FROM opportunity'),
	('SELECT * FROM bi_opportunity'), ('SELECT * FROM bi_line'), ('SELECT opportunity_id, stage, next_stage FROM bi_stage_history'),
	('SELECT * FROM funnel()'), ('SELECT * FROM pipeline_on(current_date)'),
	('SELECT id FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"rules": [{"field": "amount", "operator": ">", "value": 1}]}'')'),
	('SELECT id FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"rules": [{"field": "document.total", "operator": ">", "value": 1}]}'')'),
	('SELECT opportunities.list(filter => ''Big deal'')'), ('SELECT opportunities.filter_rules(''Big deals'')'), ('SELECT opportunities.filter_rules(''Small deals'')'),
	('SELECT * FROM opportunities.check_filter(''{"rules": [{"field": "stage.name", "operator": "=", "value": "Secret open"}]}'')'),
	('SELECT opportunities.board(scope => ''{"stage_id": 61}'')'), ('SELECT opportunities.list(search => ''His'')'),
	('SELECT * FROM opportunities.check_filter(''{"rules": [{"field": "type", "operator": "=", "value": "alph"}, {"field": "custom.size", "operator": "<", "value": "9"}, {"field": "custom.sice", "operator": "=", "value": "9"}]}'')'),
	('SELECT opportunities.filter_sql(''{"rules": [{"field": "custom.size", "operator": "<", "value": "9"}]}'')'), ('SELECT opportunities.filter_sql(''{"rules": [{"field": "custom.size", "operator": "=", "value": true}]}'')'),
	('SELECT opportunities.list(fields => ''{title,custom.size}'', sort => ''{custom.size}'')'), ('SELECT * FROM opportunities.board(lane_by => ''custom.size'')'), ('SELECT * FROM opportunities.report(by => ''{custom.size,type}'')'),
	('SELECT opportunities.list_sql(fields => ''{title,custom.size,stage.name}'', sort => ''{-custom.size}'')'), ('SELECT opportunities.list(fields => ''{opportunity_line.product.name}'')'),
	('SELECT id FROM opportunity AS o WHERE opportunities.matches(o, ''Big deals'')'), ('SELECT id FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"rules": [{"field": "opportunity_line.product.unit_price", "operator": ">", "value": 1}]}'')'),
	('SELECT id FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"rules": [{"field": "opportunity_line.product.name", "operator": "=", "value": "Switch"}]}'')'),
	('SELECT opportunities.list(size => 1, sort => ''{title}'')'), ('SELECT * FROM opportunities.check_crm(''crm_hidden'')'), ('SELECT * FROM opportunities.team()'),
	('EXPLAIN (COSTS OFF) SELECT id FROM opportunity AS o WHERE opportunities.matches(o, ''Big deals'')'),
	-- opportunities
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 61, ''x'', ''sara'') RETURNING stage_id, probability'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 62, ''x'', ''sara'') RETURNING stage_id, closed_on'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner, close_reason) VALUES (1, 62, ''x'', ''sara'', ''y'') RETURNING stage_id'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner, closed_on) VALUES (1, 61, ''x'', ''sara'', current_date) RETURNING stage_id'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 63, ''x'', ''sara'') RETURNING stage_id'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title, owner, probability) VALUES (99, 61, '' '', ''omid'', 200) RETURNING stage_id'),
	('UPDATE opportunity SET stage_id = 61 RETURNING stage_id, probability'), ('UPDATE opportunity SET stage_id = 62 RETURNING closed_on'),
	('UPDATE opportunity SET stage_id = 63, probability_mode = ''auto'' RETURNING probability'), ('UPDATE opportunity SET stage_id = 62, type = ''no'' RETURNING type'),
	('UPDATE opportunity SET pipeline_id = 99, stage_id = 61 RETURNING stage_id'),
	('UPDATE opportunity SET id = 50 RETURNING id'), ('UPDATE opportunity SET id = 50, realized_amount = 1 RETURNING id'),
	('UPDATE opportunity SET type = ''alph'' RETURNING type'), ('UPDATE opportunity SET stage_id = 6, close_reason = ''pric'' RETURNING close_reason'),
	('UPDATE opportunity SET custom = ''{"size": "large"}'' RETURNING custom'), ('UPDATE opportunity SET custom = ''{"size": [1]}'' RETURNING custom'),
	('UPDATE opportunity SET amount = 1 WHERE id = 50 RETURNING id'), ('DELETE FROM opportunity WHERE id = 50 RETURNING id'),
	('SELECT opportunities.move(''1'', ''61'')'), ('SELECT opportunities.move(''1'', ''1'', above => ''50'')'), ('SELECT opportunities.move(''50'', ''1'')'),
	('SELECT * FROM opportunities.bulk_edit(''{"stage_id": 61}'', ''{1,50}'', on_error => ''skip'')'), ('SELECT * FROM opportunities.bulk_edit(''{"type": "alph"}'', ''{1}'', on_error => ''skip'')'),
	('SELECT * FROM opportunities.bulk_delete(''{50}'', on_error => ''skip'')'), ('SELECT * FROM opportunities.bulk_edit(''{"amount": 1}'', ''{50}'')'),
	('SELECT opportunities.retire_stage(61, 1)'), ('SELECT opportunities.retire_stage(1, 61)'),
	-- lines
	('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 70) RETURNING unit_price, net'), ('INSERT INTO opportunity_line (opportunity_id, product_id, quantity) VALUES (1, 70, 1e99) RETURNING unit_price'),
	('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 71) RETURNING unit_price'), ('UPDATE opportunity_line SET product_id = 70, unit_price = NULL RETURNING unit_price'),
	('INSERT INTO opportunity_line (id, opportunity_id, product_id) VALUES (1, 1, 70) ON CONFLICT (id) DO UPDATE SET description = EXCLUDED.unit_price::text RETURNING description'),
	('INSERT INTO document_line (document_id, product_id) VALUES (3, 70) RETURNING unit_price'),
	('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (50, 1) RETURNING id'), ('INSERT INTO opportunity_line (opportunity_id, quantity, discount_percent) VALUES (50, ''NaN'', 200) RETURNING id'),
	('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (50, 1) RETURNING id'), ('UPDATE opportunity_line SET opportunity_id = 50 RETURNING id'),
	('UPDATE opportunity_line SET opportunity_id = 50, unit_price = 1e99 RETURNING id'), ('DELETE FROM opportunity_line WHERE opportunity_id = 50 RETURNING id'),
	-- documents
	('INSERT INTO document (opportunity_id, kind) VALUES (50, ''quote'') RETURNING currency'), ('INSERT INTO document (opportunity_id, kind, currency) VALUES (50, ''quote'', ''USD'') RETURNING currency'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (50, ''invoice'', 51) RETURNING id'), ('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', 51) RETURNING id'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''return'', 52) RETURNING id'), ('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''return'', 51) RETURNING id'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', 53) RETURNING id'),
	('INSERT INTO document_line (document_id, unit_price) VALUES (51, 1) RETURNING id'), ('INSERT INTO document_line (document_id, unit_price) VALUES (53, 1) RETURNING id'),
	('INSERT INTO document_line (document_id, quantity) VALUES (53, ''NaN'') RETURNING id'), ('INSERT INTO document_line (document_id, unit_price, source_line_id) VALUES (3, 1, 51) RETURNING id'),
	('INSERT INTO document_line (document_id, product_id) VALUES (53, 1) RETURNING id'), ('UPDATE document SET status = ''confirmed'' WHERE id = 53 RETURNING id'),
	('SELECT opportunities.issue_quote(50)'), ('SELECT opportunities.issue_invoice(50, true)'), ('SELECT opportunities.invoice_quote(51)'), ('SELECT opportunities.issue_return(52)'),
	-- payments, activities
	('INSERT INTO payment (opportunity_id, amount) VALUES (50, 1) RETURNING currency'), ('INSERT INTO payment (opportunity_id, amount, currency) VALUES (50, -1, ''USD'') RETURNING currency'),
	('INSERT INTO payment (opportunity_id, document_id, amount) VALUES (1, 52, 1) RETURNING id'), ('INSERT INTO payment (opportunity_id, document_id, amount) VALUES (1, 53, -1) RETURNING id'),
	('INSERT INTO payment (id, opportunity_id, amount) VALUES (1, 50, 1) ON CONFLICT (id) DO UPDATE SET reference = EXCLUDED.currency RETURNING reference'),
	('UPDATE payment SET document_id = 52 RETURNING id'), ('INSERT INTO activity (opportunity_id, kind) VALUES (50, ''call'') RETURNING id'), ('INSERT INTO activity (opportunity_id, kind) VALUES (50, '' '') RETURNING id'),
	('UPDATE activity SET opportunity_id = 50 RETURNING id'), ('SELECT opportunities.log_activity(''{1,50}'', ''call'')'),
	-- filters
	('UPDATE saved_filter SET name = ''x'' RETURNING name'), ('DELETE FROM saved_filter RETURNING name'),
	('INSERT INTO payment (opportunity_id, amount, currency) VALUES (2, 1, ''GBP'') RETURNING currency'), ('INSERT INTO document (opportunity_id, kind, currency) VALUES (2, ''quote'', ''GBP'') RETURNING currency'),
	('UPDATE opportunity SET realized_amount = 1e9 WHERE id = 1 RETURNING id'), ('UPDATE opportunity SET currency = ''GBP'' WHERE id = 1 RETURNING id'), ('UPDATE opportunity SET close_reason = ''pric'' WHERE id = 3 RETURNING id'),
	('UPDATE opportunity SET closed_on = ''infinity'' WHERE id = 2 RETURNING id'), ('UPDATE opportunity_line SET opportunity_id = 2 RETURNING id'), ('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (2, 1) RETURNING id'),
	('UPDATE document SET note = ''x'' WHERE id = 5 RETURNING id'), ('DELETE FROM document WHERE id = 5 RETURNING id'), ('DELETE FROM opportunity WHERE id = 3 RETURNING id'), ('UPDATE document_line SET quantity = 7 WHERE id = 5 RETURNING id'),
	('UPDATE document SET status = ''confirmed'' WHERE id = 7 RETURNING id'), ('UPDATE document SET status = ''void'' WHERE id = 4 RETURNING id'), ('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', 1) RETURNING id'),
	('INSERT INTO payment (opportunity_id, document_id, amount) VALUES (2, 5, 1) RETURNING id'), ('UPDATE payment SET currency = ''GBP'' RETURNING id'), ('UPDATE document SET kind = ''quote'', opportunity_id = 2 RETURNING id'),
	('SELECT opportunities.save_filter(''Big deals'', ''{"rules": []}'') > 0'), ('SELECT opportunities.save_view(''x'', ''grid'', filter => ''Big deal'')'),
	('SELECT * FROM opportunities.board_sql(cards => 1, lane_by => ''stage.name'')'), ('SELECT * FROM opportunities.board_sql(cards => 1, lane_by => ''owner'', fields => ''{title}'')'),
	('SELECT * FROM opportunities.report(by => ''{owner,stage.name}'', subtotals => true, measures => ''{sum(amount),median(amount),min(balance),max(stage.name),max(account.name),count(distinct type),avg(stage.probability)}'')'),
	('SELECT opportunities.list(size => 1, measures => ''{sum(custom.sice)}'')'), ('SELECT opportunities.board_json(cards => 0, measures => ''{median(amount),max(title)}'')');

\i test/data/told.sql
CREATE FUNCTION pg_temp.set_ids(last bigint) RETURNS void LANGUAGE sql AS $$
	SELECT setval(c.oid, last) FROM pg_class AS c WHERE c.relkind = 'S' AND c.relnamespace = 'crm_hidden'::regnamespace
$$;
CREATE FUNCTION pg_temp.told_in(world int, role text) RETURNS TABLE (number int, sql text, output text) LANGUAGE plpgsql AS $$
DECLARE
	told text[];
	reads bool := role = 'regress_seller';
BEGIN
	BEGIN
		PERFORM pg_temp.set_ids(1000), pg_temp.own_world(CASE WHEN reads THEN 1 ELSE world END), pg_temp.world(world), pg_temp.set_ids(1000000);
		PERFORM set_config('role', role, true), set_config('opportunities.user_name', 'sara', true);
		SELECT array_agg(pg_temp.told(CASE WHEN reads THEN s.sql ELSE regexp_replace(s.sql, ' RETURNING .*', '') END) ORDER BY s.number) INTO told FROM statement AS s;
		RAISE EXCEPTION USING ERRCODE = 'ZZ000';
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
	END;
	RETURN QUERY SELECT s.number, s.sql, told[s.number] FROM statement AS s ORDER BY s.number;
END $$;
BEGIN;
CREATE TEMP TABLE told AS SELECT w AS world, r AS role, t.* FROM generate_series(1, 3) AS w, unnest('{regress_seller,regress_writer}'::text[]) AS r, pg_temp.told_in(w, r) AS t;
COMMIT;
\x on
SELECT role, sql, array_agg(DISTINCT output) AS differs FROM told GROUP BY role, number, sql HAVING count(DISTINCT output) > 1 ORDER BY role, number;
\x off
SELECT role, count(*) AS statements, count(*) FILTER (WHERE output LIKE '_____ | %') AS errors FROM told WHERE world = 1 GROUP BY 1 ORDER BY 1;

-- In which words; whoever reads and sees all is told more.
\a
SELECT number, left(sql, 100) AS sql, output FROM told WHERE world = 1 AND role = 'regress_seller' AND output LIKE '_____ | %' ORDER BY number;
SELECT w.number, left(w.sql, 100) AS sql, w.output FROM told AS w JOIN told AS s USING (world, number) WHERE world = 1 AND w.role = 'regress_writer' AND s.role = 'regress_seller'
	AND w.output NOT LIKE '42501 | permission denied%' AND w.output LIKE '_____ | %' AND w.output <> s.output ORDER BY w.number;
BEGIN;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;
ALTER TABLE document DISABLE ROW LEVEL SECURITY;
ALTER TABLE stage DISABLE ROW LEVEL SECURITY;
GRANT SELECT ON product, choice, custom_field TO regress_seller;
SELECT t.number, left(t.sql, 100) AS sql, t.output FROM pg_temp.told_in(1, 'regress_seller') AS t JOIN told AS s ON s.number = t.number AND s.world = 1 AND s.role = 'regress_seller'
WHERE t.output LIKE '_____ | %' AND t.output <> s.output ORDER BY t.number;
ROLLBACK;
\a

-- Statements at random, of ids of her own, of hidden rows and of nobody, and of values of all kinds whose rightness is hers to see.
TRUNCATE statement RESTART IDENTITY;
CREATE TEMP TABLE pool (relation text, field text, options text[]);
INSERT INTO pool VALUES
	('opportunity', 'id', '{1,2,77}'), ('opportunity', 'pipeline_id', '{1,1,1,99}'), ('opportunity', 'stage_id', '{1,2,5,6,61,62,63,99,NULL}'), ('opportunity', 'title', '{''x'','' ''}'), ('opportunity', 'owner', '{''sara'',''omid''}'),
	('opportunity', 'currency', '{''EUR'',''CHF'',NULL}'), ('opportunity', 'amount', '{1,NULL,1e90}'), ('opportunity', 'amount_mode', '{''auto'',''manual'',''no'',NULL}'), ('opportunity', 'probability', '{5,101,NULL}'), ('opportunity', 'probability_mode', '{''auto'',''manual'',NULL}'),
	('opportunity', 'realized_amount', '{0,5,1e9,NULL}'), ('opportunity', 'closed_on', '{''2020-01-01'',''infinity'',NULL}'), ('opportunity', 'closed_at', '{''2020-01-01'',''infinity'',NULL}'), ('opportunity', 'close_reason', '{''pric'',''y'',NULL}'),
	('opportunity', 'type', '{''alph'',''x'',NULL}'), ('opportunity', 'custom', ARRAY['''{"size": "big"}''', '''{"a": 1}''', '''[]''']), ('opportunity', 'last_activity_at', '{now(),NULL}'), ('opportunity', 'account_id', '{9,NULL}'),
	('opportunity_line', 'id', '{1,77}'), ('opportunity_line', 'opportunity_id', '{1,2,50,99}'), ('opportunity_line', 'product_id', '{1,70,71,NULL}'), ('opportunity_line', 'unit_price', '{5,''NaN'',1e90,NULL}'), ('opportunity_line', 'quantity', '{2,''NaN'',NULL}'), ('opportunity_line', 'discount_percent', '{0,200}'),
	('document', 'id', '{1,2,3,4,5,77}'), ('document', 'opportunity_id', '{1,2,3,50,99}'), ('document', 'kind', '{''quote'',''invoice'',''return'',''x''}'), ('document', 'status', '{''draft'',''confirmed'',''void''}'), ('document', 'number', '{7,NULL}'),
	('document', 'source_document_id', '{1,2,3,4,51,52,53,99,NULL}'), ('document', 'currency', '{''EUR'',''CHF'',NULL}'), ('document', 'total', '{5}'), ('document', 'note', '{''x''}'),
	('document_line', 'id', '{1,4,77}'), ('document_line', 'document_id', '{1,2,3,5,7,51,52,53,99}'), ('document_line', 'source_line_id', '{1,4,51,52,99,NULL}'), ('document_line', 'product_id', '{1,70,71,NULL}'), ('document_line', 'unit_price', '{5,''NaN'',1e90,NULL}'), ('document_line', 'quantity', '{2,''NaN'',NULL}'),
	('payment', 'id', '{1,77}'), ('payment', 'opportunity_id', '{1,2,50,99}'), ('payment', 'document_id', '{1,2,5,51,52,53,99,NULL}'), ('payment', 'amount', '{1,-1}'), ('payment', 'currency', '{''EUR'',''CHF'',NULL}'),
	('activity', 'id', '{1,77}'), ('activity', 'opportunity_id', '{1,2,50,99}'), ('activity', 'kind', '{''call'','' ''}'), ('activity', 'due_at', '{now(),NULL}'), ('activity', 'done_at', '{now(),''infinity'',NULL}');
CREATE FUNCTION pg_temp.random_statement() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text := (ARRAY['opportunity', 'opportunity_line', 'document', 'document_line', 'payment', 'activity'])[1 + floor(random() * 6)];
	id text := CASE WHEN random() < 0.7 THEN (SELECT options[1 + floor(random() * cardinality(options))] FROM pool WHERE relation = name AND field = 'id') ELSE (50 + floor(random() * 4))::text END;
	fields text[]; entries text[]; told text;
BEGIN
	SELECT array_agg(f.field), array_agg(f.entry) INTO fields, entries
	FROM (SELECT field, options[1 + floor(random() * cardinality(options))] AS entry FROM pool WHERE relation = name
		AND (random() < 0.3 OR field IN ('opportunity_id', 'document_id', 'pipeline_id', 'title', 'kind') AND random() < 0.7) ORDER BY random()) AS f;
	-- (but for what counts hidden rows)
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO told FROM pg_attribute WHERE attrelid = name::regclass AND attnum > 0 AND attname NOT IN ('position', 'number');
	RETURN CASE WHEN fields IS NULL OR random() < 0.1 THEN format('DELETE FROM %I WHERE id = %s RETURNING id', name, id)
		WHEN random() < 0.45 THEN format('UPDATE %I SET (%s) = ROW(%s)%s RETURNING %s', name, array_to_string(fields, ', '), array_to_string(entries, ', ', 'NULL'), CASE WHEN random() < 0.5 THEN ' WHERE id = ' || id ELSE '' END, told)
		ELSE format('INSERT INTO %I (%s) VALUES (%s)%s RETURNING %s', name, array_to_string(fields, ', '), array_to_string(entries, ', ', 'NULL'),
			CASE WHEN random() < 0.2 THEN format(' ON CONFLICT (id) DO UPDATE SET %I = EXCLUDED.%1$I', fields[1]) ELSE '' END, told) END;
END $$;
SELECT setseed(coalesce(current_setting('hidden.seed', true)::float8, 0.42));
INSERT INTO statement (sql) SELECT pg_temp.random_statement() FROM generate_series(1, coalesce(current_setting('hidden.count', true)::int, 600));
BEGIN;
CREATE TEMP TABLE told_at_random AS SELECT w AS world, t.* FROM generate_series(1, 3) AS w, pg_temp.told_in(w, 'regress_seller') AS t;
COMMIT;
\x on
SELECT sql, array_agg(DISTINCT output) AS differs FROM told_at_random GROUP BY number, sql HAVING count(DISTINCT output) > 1 ORDER BY number;
\x off
SELECT coalesce(current_setting('hidden.seed', true), '0.42') AS seed, count(*) > 100 AS many, count(*) FILTER (WHERE output LIKE '_____ | %') > 50 AS errors, count(*) FILTER (WHERE output NOT LIKE '_____ | %' AND output <> 'nothing') > 20 AS done
FROM told_at_random WHERE world = 1;
DROP TABLE pool, told_at_random;

-- What a trigger writes on behalf of somebody tells nothing of the row either; the server's log has it.
ALTER TABLE opportunity ADD CONSTRAINT small CHECK (amount < 1000), ADD CONSTRAINT realized_little CHECK (realized_amount < 1000);
INSERT INTO opportunity (id, pipeline_id, title, description, owner) VALUES (4, 1, 'Secret', 'Very', 'sara');
SET ROLE regress_writer;
SET opportunities.user_name = 'sara';
SELECT pg_temp.told('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (4, 5000)') ~ 'Secret|Very|5000|Failing' AS tells;
RESET ROLE;
SELECT pg_temp.told('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (4, 5000)') ~ 'Failing row contains.*5000.*Secret, Very' AS tells;
RESET opportunities.user_name;

DROP TABLE told, statement;
DROP SCHEMA crm_hidden CASCADE;
DROP ROLE regress_seller, regress_writer;
