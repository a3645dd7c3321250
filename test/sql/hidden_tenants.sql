-- What is told a tenant, byte for byte, whatever another tenant's rows are, or whether there are any.
SET client_min_messages = warning;
SET datestyle = iso;
SET opportunities.tenant = 'acme';
SELECT opportunities.create_crm('crm_acme', tenant => true);
SET search_path = crm_acme;
CREATE ROLE regress_application;
GRANT USAGE ON SCHEMA crm_acme TO regress_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm_acme TO regress_application;

-- A CRM of each: that of acme stays, that of globex is another one in each world, and nothing in the last one.
CREATE FUNCTION pg_temp.fill(tenant text, first bigint, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('opportunities.tenant', tenant, true);
	INSERT INTO pipeline (id, name) VALUES (first, 'Sales ' || n);
	INSERT INTO stage (id, pipeline_id, name, position, kind, probability, reason_required) VALUES (first, first, 'Lead ' || n, n, 'open', n * 10, false),
		(first + 1, first, 'Won ' || n, n + 1, 'won', NULL, false), (first + 2, first, 'Lost ' || n, n + 2, CASE n WHEN 1 THEN 'lost' ELSE 'open' END, NULL, n = 1);
	INSERT INTO account (id, name) VALUES (first, 'Account ' || n);
	INSERT INTO product (id, name, unit_price, currency) VALUES (first, 'Product ' || n, n * 100, (ARRAY['EUR', 'USD'])[n]);
	INSERT INTO choice (id, field, value) VALUES (first, 'type', 'type ' || n), (first + 1, 'custom.size', 'size ' || n);
	INSERT INTO custom_field (id, name, type) VALUES (first, 'height', (ARRAY['number', 'date'])[n]);
	INSERT INTO opportunity (id, account_id, pipeline_id, stage_id, title, owner, amount, currency) VALUES (first, first, first, first, 'Deal ' || n, 'sara', n * 1000, (ARRAY['EUR', 'USD'])[n]),
		(first + 1, first, first, first + 1, 'Closed ' || n, 'omid', n * 10, 'EUR');
	INSERT INTO opportunity_line (id, opportunity_id, product_id) VALUES (first, first, first);
	INSERT INTO document (id, opportunity_id, kind) VALUES (first, first, 'quote'), (first + 1, first + 1, 'invoice');
	INSERT INTO document_line (id, document_id, unit_price) VALUES (first, first, n * 7), (first + 1, first + 1, n);
	UPDATE document SET status = 'confirmed' WHERE tenant_id = tenant AND id IN (first, first + n - 1);
	INSERT INTO payment (id, opportunity_id, amount) VALUES (first, first, n);
	INSERT INTO activity (id, opportunity_id, kind, subject) VALUES (first, first, 'call', 'Call ' || n);
	INSERT INTO saved_filter (id, owner, name, shared, definition) VALUES (first, 'sara', 'Filter ' || n, true, format('{"rules": [{"field": "amount", "operator": ">", "value": %s}]}', n)::jsonb);
	INSERT INTO app_user (login, name) VALUES ('sara', 'Sara ' || n), ('omid', 'Omid ' || n);
	UPDATE opportunity SET stage_id = first + 1 WHERE tenant_id = tenant AND id = first AND n = 2;
END $$;
SELECT pg_temp.fill('acme', 1, 1);

CREATE TEMP TABLE statement (number int GENERATED ALWAYS AS IDENTITY, sql text);
GRANT SELECT ON statement TO PUBLIC;
-- with the ids of globex, and those of nobody
INSERT INTO statement (sql) SELECT format(s.sql, i.first, i.first + 1) FROM (VALUES (1, 500), (2, 900)) AS i (n, first), (VALUES
	('UPDATE opportunity SET stage_id = %1$s RETURNING stage_id, probability'), ('UPDATE opportunity SET stage_id = %2$s, pipeline_id = %1$s RETURNING closed_on'), ('UPDATE opportunity SET account_id = %1$s RETURNING account_id'),
	('UPDATE opportunity SET tenant_id = ''globex'', id = %1$s, realized_amount = 1, currency = ''JPY'', type = ''no'' RETURNING id'), ('UPDATE opportunity SET id = %1$s RETURNING id'),
	('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (%1$s, %2$s, ''x'') RETURNING probability'), ('INSERT INTO opportunity (pipeline_id, title) VALUES (%1$s, ''x'') RETURNING id'),
	('INSERT INTO opportunity (id, pipeline_id, title) VALUES (%1$s, 1, ''Twin'') RETURNING id, amount, currency, realized_amount'),
	('INSERT INTO opportunity (tenant_id, id, pipeline_id, title) VALUES (''globex'', %1$s, %1$s, '' '') ON CONFLICT (tenant_id, id) DO UPDATE SET description = EXCLUDED.currency RETURNING id'),
	('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, %1$s) RETURNING unit_price'), ('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (%1$s, 1) RETURNING net'), ('UPDATE opportunity_line SET opportunity_id = %1$s RETURNING net'),
	('INSERT INTO opportunity_line (tenant_id, opportunity_id, product_id, quantity) VALUES (''globex'', %1$s, %1$s, 1e99) RETURNING net'), ('INSERT INTO document (opportunity_id, kind) VALUES (%1$s, ''quote'') RETURNING currency'),
	('INSERT INTO document (opportunity_id, kind, source_document_id) VALUES (1, ''invoice'', %1$s) RETURNING id'), ('INSERT INTO document (tenant_id, opportunity_id, kind, source_document_id) VALUES (''globex'', %1$s, ''return'', %2$s) RETURNING id'),
	('INSERT INTO document_line (document_id, unit_price) VALUES (%1$s, 1) RETURNING id'), ('UPDATE document SET source_document_id = %1$s RETURNING id'), ('INSERT INTO payment (opportunity_id, document_id, amount) VALUES (1, %1$s, 1) RETURNING id'),
	('INSERT INTO payment (opportunity_id, amount) VALUES (%1$s, 1) RETURNING currency'), ('INSERT INTO activity (opportunity_id, kind) VALUES (%1$s, ''call'') RETURNING id'), ('INSERT INTO saved_view (name, pipeline_id) VALUES (''x'', %1$s) RETURNING id'),
	('DELETE FROM opportunity WHERE id = %1$s RETURNING id'), ('DELETE FROM stage WHERE id = %1$s RETURNING id'), ('DELETE FROM account WHERE id = %1$s RETURNING id'), ('UPDATE stage SET active = false WHERE id = %1$s RETURNING id'),
	('SELECT opportunities.move((%1$s)::text, ''1'')'), ('SELECT opportunities.move(''1'', (%1$s)::text)'), ('SELECT opportunities.move(''1'', ''1'', below => (%1$s)::text)'), ('SELECT opportunities.issue_quote(%1$s)'), ('SELECT opportunities.invoice_quote(%1$s)'), ('SELECT opportunities.issue_return(%2$s)'),
	('SELECT * FROM opportunities.bulk_edit(''{"title": "x"}'', ''{1,%1$s}'', on_error => ''skip'')'), ('SELECT * FROM opportunities.bulk_delete(''{%1$s}'')'), ('SELECT opportunities.retire_stage(%1$s, 1)'), ('SELECT opportunities.retire_stage(1, %1$s)'),
	('SELECT opportunities.log_activity(''{%1$s}'', ''call'')'), ('SELECT opportunities.list(scope => ''{"account_id": %1$s}'')'), ('SELECT opportunities.board(scope => ''{"pipeline_id": %1$s}'')'),
	('SELECT * FROM change_log WHERE row_id = ''%1$s'''), ('SELECT * FROM stage_change WHERE opportunity_id = %1$s')
) AS s (sql);
INSERT INTO statement (sql) VALUES
	('SELECT * FROM opportunities.board(lane_by => ''account_id'')'), ('SELECT * FROM opportunities.board(include_archived => true, lane_by => ''owner'')'), ('SELECT opportunities.list(fields => ''{title,account.name,stage.name,state,balance,next_activity,days_in_stage,custom.height}'')'),
	('SELECT * FROM opportunities.report(by => ''{account.name,stage.name,owner,month(closed_on)}'', subtotals => true)'), ('SELECT opportunities.list(search => ''deal'')'), ('SELECT opportunities.list(search => ''account'', sort => ''{account.name}'')'),
	('SELECT opportunities.list(filter => ''Filter 1'')'), ('SELECT opportunities.list(filter => ''Filter 2'')'), ('SELECT opportunities.filter_rules(''Filter 2'')'), ('SELECT id FROM opportunity AS o WHERE opportunities.matches(o, ''Filter 2'')'),
	('SELECT id FROM opportunity AS o WHERE opportunities.matches_rules(o, ''{"combinator": "and", "rules": [{"field": "account.name", "operator": "beginsWith", "value": "Acc"}, {"field": "document.total", "operator": ">", "value": 0}]}'')'),
	('SELECT * FROM bi_opportunity'), ('SELECT * FROM bi_line'), ('SELECT opportunity_id, title, stage, next_stage FROM bi_stage_history'), ('SELECT * FROM funnel()'), ('SELECT * FROM pipeline_on(current_date)'), ('SELECT * FROM pipeline_on(current_date - 1)'),
	('SELECT * FROM opportunities.team(leader => ''sara'')'), ('SELECT opportunities.filter_sql(''{"rules": [{"field": "custom.height", "operator": "<", "value": "9"}]}'')'), ('SELECT * FROM opportunities.check_crm(''crm_acme'')'),
	('UPDATE opportunity SET type = ''type'' RETURNING type'), ('UPDATE opportunity SET type = ''type 2'' RETURNING type'), ('UPDATE opportunity SET custom = ''{"height": "x"}'' RETURNING custom'), ('UPDATE opportunity SET custom = ''{"size": "size 2"}'' RETURNING custom'),
	('UPDATE document SET status = ''confirmed'' WHERE status = ''draft'' RETURNING number'), ('SELECT opportunities.issue_quote(1, true)'), ('SELECT number FROM document ORDER BY id'), ('SELECT count(*) FROM change_log'), ('INSERT INTO account (name) VALUES (''x'') RETURNING id'),
	('SELECT tableoid::regclass, count(*) FROM opportunity GROUP BY 1'), ('SELECT opportunities.save_filter(''Filter 2'', ''{"rules": []}'', true) > 0'), ('INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, ''x'') RETURNING position'),
	('UPDATE opportunity SET stage_id = 3 WHERE id = 1 RETURNING close_reason'), ('DELETE FROM opportunity WHERE id = 1 RETURNING id'), ('UPDATE app_user SET login = ''sara2'' WHERE login = ''sara'' RETURNING login');

\i test/data/told.sql
CREATE FUNCTION pg_temp.told_in(world int) RETURNS TABLE (number int, sql text, output text) LANGUAGE plpgsql AS $$
DECLARE
	told text[];
BEGIN
	BEGIN
		IF world < 3 THEN
			PERFORM pg_temp.fill('globex', 500, world);
		END IF;
		PERFORM setval(c.oid, 1000) FROM pg_class AS c WHERE c.relkind = 'S' AND c.relnamespace = 'crm_acme'::regnamespace;
		PERFORM set_config('role', 'regress_application', true), set_config('opportunities.tenant', 'acme', true);
		SELECT array_agg(pg_temp.told(s.sql) ORDER BY s.number) INTO told FROM statement AS s;
		RAISE EXCEPTION USING ERRCODE = 'ZZ000';
	EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
	END;
	RETURN QUERY SELECT s.number, s.sql, told[s.number] FROM statement AS s ORDER BY s.number;
END $$;
BEGIN;
CREATE TEMP TABLE told AS SELECT w AS world, t.* FROM generate_series(1, 3) AS w, pg_temp.told_in(w) AS t;
COMMIT;
\x on
SELECT sql, array_agg(DISTINCT output) AS differs FROM told GROUP BY number, sql HAVING count(DISTINCT output) > 1 ORDER BY number;
-- an id of another tenant's is one that nobody has
SELECT a.sql, a.output, b.output AS of_nobody FROM told AS a JOIN told AS b ON b.world = 1 AND b.sql = regexp_replace(a.sql, '\m50([01])\M', '90\1', 'g')
WHERE a.world = 1 AND a.sql <> b.sql AND regexp_replace(a.output, '\m50([01])\M', '90\1', 'g') <> b.output ORDER BY a.number;
\x off
SELECT count(*) AS statements, count(*) FILTER (WHERE output LIKE '_____ | %') AS errors, count(*) FILTER (WHERE output = 'nothing') AS nothing FROM told WHERE world = 1;
\a
SELECT left(sql, 90) AS sql, output FROM told WHERE world = 1 AND output LIKE '_____ | %' AND sql !~ '\m90[01]\M' ORDER BY number;
\a

DROP TABLE told, statement;
DROP SCHEMA crm_acme CASCADE;
DROP ROLE regress_application;
