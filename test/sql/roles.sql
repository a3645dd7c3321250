-- Who may do what: every command as each of the four roles of the guide, on their own and on others' rows.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_roles', starter => true);
SET search_path = crm_roles;
CREATE ROLE regress_reader;
CREATE ROLE regress_seller IN ROLE regress_reader;
CREATE ROLE regress_manager IN ROLE regress_seller;
CREATE ROLE regress_admin IN ROLE regress_manager;

GRANT USAGE ON SCHEMA crm_roles TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_roles TO regress_reader;
REVOKE SELECT ON document_counter FROM regress_reader;
GRANT DELETE ON opportunity_line, document, document_line, activity, saved_filter, saved_view TO regress_seller;
\set ECHO none
SELECT format('GRANT INSERT (%2$s), UPDATE (%2$s) ON %1$s TO regress_seller', a.attrelid::regclass, string_agg(quote_ident(a.attname), ', '))
FROM pg_attribute AS a
WHERE a.attrelid IN ('account'::regclass, 'opportunity'::regclass, 'opportunity_line'::regclass, 'document'::regclass, 'document_line'::regclass,
		'payment'::regclass, 'activity'::regclass, 'saved_filter'::regclass, 'saved_view'::regclass)
	AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname NOT IN ('id', 'tenant_id')
GROUP BY a.attrelid \gexec
\set ECHO all
GRANT DELETE ON account, opportunity, payment TO regress_manager;
GRANT INSERT, UPDATE, DELETE ON pipeline, stage, product, custom_field, choice, app_user TO regress_admin;

-- Editing and deleting many at once, and export, are a manager's.
REVOKE EXECUTE ON FUNCTION opportunities.bulk_edit, opportunities.bulk_delete, opportunities.list_sql, opportunities.report_sql FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opportunities.bulk_edit, opportunities.bulk_delete, opportunities.list_sql, opportunities.report_sql TO regress_manager;

ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity TO regress_seller USING (owner = opportunities.me() OR created_by = opportunities.me());
CREATE POLICY team ON opportunity TO regress_manager
	USING (owner IN (SELECT opportunities.team('crm_roles.app_user')) OR created_by IN (SELECT opportunities.team('crm_roles.app_user')));
CREATE POLICY everything ON opportunity TO regress_admin USING (true);
CREATE POLICY look ON opportunity FOR SELECT TO regress_reader USING (owner = 'nobody');
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_opportunity ON activity USING (EXISTS (SELECT FROM opportunity AS o WHERE o.id = activity.opportunity_id));
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_opportunity ON document USING (EXISTS (SELECT FROM opportunity AS o WHERE o.id = document.opportunity_id));

-- sara sells, mona leads her, omid sells for somebody else
INSERT INTO app_user (login, name, manager) VALUES ('mona', 'Mona', NULL), ('sara', 'Sara', 'mona'), ('omid', 'Omid', NULL);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner, amount)
SELECT n, 1, 1, 'Deal of ' || w.login, w.login, n * 100 FROM (VALUES (1, 'sara'), (2, 'mona'), (3, 'omid'), (4, 'nobody')) AS w (n, login);

SELECT setval('opportunity_id_seq', 4);

-- What comes of a command: done, or why not; nothing stays.
CREATE FUNCTION pg_temp.outcome(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text; code text; affected bigint;
BEGIN
	BEGIN
		IF command LIKE 'SELECT%' THEN
			EXECUTE command INTO result;
		ELSE
			EXECUTE command;
		END IF;
		GET DIAGNOSTICS affected = ROW_COUNT;
		RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = CASE WHEN result IS NOT NULL THEN result WHEN affected = 0 THEN 'none' ELSE 'done' END;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME;
		RETURN CASE SQLSTATE WHEN 'ZZ000' THEN SQLERRM WHEN '42501' THEN 'denied' ELSE coalesce(nullif(code, ''), SQLSTATE) END;
	END;
END $$;
CREATE FUNCTION pg_temp.outcome_of(person text, role text, command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('role', role, true), set_config('opportunities.user_name', person, true);
	result := pg_temp.outcome(command);
	PERFORM set_config('role', 'none', true);
	RETURN result;
END $$;

CREATE TEMP TABLE command (number int GENERATED ALWAYS AS IDENTITY, what text, sql text);
INSERT INTO command (what, sql) VALUES
	('board: cards seen', 'SELECT sum(count) FROM opportunities.board()'),
	('list: rows', $$SELECT jsonb_array_length(opportunities.list() -> 'rows')$$),
	('report: rows', 'SELECT count FROM opportunities.report()'),
	('filter: rows', $$SELECT count(*) FROM opportunity AS o WHERE opportunities.matches_rules(o, '{"rules": [{"field": "amount", "operator": ">", "value": 0}]}')$$),
	('export a list', $$SELECT length(opportunities.list_sql()) > 0$$),
	('enter', $$INSERT INTO opportunity (pipeline_id, stage_id, title, owner) VALUES (1, 1, 'New', opportunities.me())$$),
	('enter an id', $$INSERT INTO opportunity (id, pipeline_id, stage_id, title, owner) VALUES (50, 1, 1, 'New', opportunities.me())$$),
	('edit an own one', $$UPDATE opportunity SET title = 'x' WHERE owner = opportunities.me()$$),
	('edit sara''s', $$UPDATE opportunity SET title = 'x' WHERE id = 1$$),
	('edit omid''s', $$UPDATE opportunity SET title = 'x' WHERE id = 3$$),
	('drag sara''s', 'SELECT (opportunities.move(''1'', ''2'')) ->> ''id'''),
	('drag omid''s', 'SELECT (opportunities.move(''3'', ''2'')) ->> ''id'''),
	('edit many', $$SELECT string_agg(id || ' ' || status, ', ' ORDER BY id) FROM opportunities.bulk_edit('{"type": "new"}', '{1,2,3}', on_error => 'skip')$$),
	('delete many', $$SELECT string_agg(id || ' ' || status, ', ' ORDER BY id) FROM opportunities.bulk_delete('{1,2,3}', on_error => 'skip')$$),
	('delete sara''s', 'DELETE FROM opportunity WHERE id = 1'),
	('quote sara''s', 'SELECT opportunities.issue_quote(1, true) > 0'),
	('invoice omid''s', 'SELECT opportunities.issue_invoice(3, true) > 0'),
	('log on sara''s', $$SELECT count(*) FROM opportunities.log_activity('{1}', 'call')$$),
	('log on omid''s', $$SELECT count(*) FROM opportunities.log_activity('{3}', 'call')$$),
	('save a view', $$SELECT opportunities.save_view('V', 'grid', '{title}') > 0$$),
	('quote line', $$INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 5)$$),
	('save a filter', $$SELECT opportunities.save_filter('F', '{"rules": []}', true) > 0$$),
	('rename a stage', $$UPDATE stage SET name = 'x' WHERE id = 1$$),
	('retire a stage', 'SELECT opportunities.retire_stage(2, 1) IS NOT NULL'),
	('forge history', 'DELETE FROM change_log'),
	('forge a move', 'UPDATE stage_change SET changed_by = ''x'''),
	('take a number', 'UPDATE document_counter SET kind = kind');
SELECT what, pg_temp.outcome_of('rita', 'regress_reader', sql) AS "rita, reader", pg_temp.outcome_of('sara', 'regress_seller', sql) AS "sara, seller",
	pg_temp.outcome_of('omid', 'regress_seller', sql) AS "omid, seller", pg_temp.outcome_of('mona', 'regress_manager', sql) AS "mona, manager",
	pg_temp.outcome_of('ada', 'regress_admin', sql) AS "ada, admin"
FROM command ORDER BY number;

-- A policy that asks me() believes what the session says; one that asks current_user doesn't.
CREATE ROLE regress_sara IN ROLE regress_seller;
CREATE ROLE regress_mona IN ROLE regress_manager;
INSERT INTO app_user (login, name, manager) VALUES ('regress_mona', 'Mona', NULL), ('regress_sara', 'Sara', 'regress_mona');
UPDATE opportunity SET owner = 'regress_' || owner WHERE owner IN ('sara', 'mona');
CREATE TEMP TABLE seen (who text, says text, believed text, by_role text);
GRANT ALL ON seen TO PUBLIC;
CREATE FUNCTION pg_temp.titles(who text, says text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('role', who, true), set_config('opportunities.user_name', says, true);
	SELECT string_agg(title, ', ' ORDER BY id) INTO result FROM opportunity;
	PERFORM set_config('role', 'none', true), set_config('opportunities.user_name', '', true);
	RETURN result;
END $$;
INSERT INTO seen (who, says) VALUES ('regress_sara', ''), ('regress_sara', 'omid'), ('regress_sara', 'regress_mona'), ('regress_mona', '');
UPDATE seen SET believed = pg_temp.titles(who, says);
ALTER POLICY own ON opportunity USING (owner = current_user);
ALTER POLICY team ON opportunity USING (owner IN (SELECT opportunities.team('crm_roles.app_user', current_user)));
UPDATE seen SET by_role = pg_temp.titles(who, says);
SELECT * FROM seen ORDER BY who DESC, says;
DROP TABLE seen;

-- What a SECURITY DEFINER function does is all stamped with one user: who called it, whatever rights it lends; me() is its owner.
CREATE ROLE regress_clerk;
SET ROLE regress_admin;
CREATE FUNCTION pg_temp.work() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
	deal bigint;
	stages bigint[] := ARRAY(SELECT id FROM stage ORDER BY position);
BEGIN
	INSERT INTO account (name) VALUES ('Made');
	INSERT INTO product (name, unit_price) VALUES ('Made', 5);
	INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, stages[1], 'Made') RETURNING id INTO deal;
	INSERT INTO opportunity_line (opportunity_id, product_id, quantity) SELECT deal, max(id), 2 FROM product;
	UPDATE opportunity SET stage_id = stages[2] WHERE id = deal;
	PERFORM opportunities.move(deal::text, stages[3]::text), opportunities.log_activity(ARRAY[deal], 'call');
	PERFORM opportunities.issue_invoice(deal, true);
	UPDATE document SET status = 'void' WHERE opportunity_id = deal;
	PERFORM opportunities.invoice_quote(opportunities.issue_quote(deal, true), true);
	INSERT INTO payment (opportunity_id, amount, paid_on) VALUES (deal, 1, '2026-01-01');
	PERFORM opportunities.bulk_edit('{"title": "Made by hand"}', ids => ARRAY[deal]::text[]);
	PERFORM opportunities.retire_stage(stages[3], stages[4]);
	INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'Gone') RETURNING id INTO deal;
	PERFORM opportunities.log_activity(ARRAY[deal], 'call');
	DELETE FROM opportunity WHERE id = deal;
	RETURN opportunities.me();
END $$;
RESET ROLE;
-- whom the columns that name somebody name since then
CREATE FUNCTION pg_temp.stamped() RETURNS TABLE (who text, columns text) LANGUAGE plpgsql AS $$
DECLARE
	sql text := (SELECT string_agg(format('SELECT %1$I AS who, ''%2$s.%1$s'' AS what FROM %2$s WHERE xmin = pg_current_xact_id()::xid', attname, attrelid::regclass), ' UNION ALL ')
		FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'crm_roles'::regnamespace AND relkind = 'r') AND attname LIKE '%\_by' AND attname <> 'lane_by');
BEGIN
	RETURN QUERY EXECUTE format('SELECT who, string_agg(DISTINCT what, '' '' ORDER BY what) FROM (%s) AS s WHERE who IS NOT NULL GROUP BY who', sql);
END $$;
BEGIN;
SET LOCAL ROLE regress_clerk;
SELECT pg_temp.outcome('SELECT count(*) FROM opportunity'), pg_temp.work();
RESET ROLE;
SELECT * FROM pg_temp.stamped();
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_clerk;
SET LOCAL opportunities.user_name = 'cleo';
SELECT pg_temp.work();
RESET ROLE;
SELECT * FROM pg_temp.stamped();
ROLLBACK;
DROP ROLE regress_clerk;

GRANT EXECUTE ON FUNCTION opportunities.bulk_edit, opportunities.bulk_delete, opportunities.list_sql, opportunities.report_sql TO PUBLIC;
RESET search_path;
DROP SCHEMA crm_roles CASCADE;
DROP OWNED BY regress_reader, regress_seller, regress_manager, regress_admin;
DROP ROLE regress_sara, regress_mona, regress_reader, regress_seller, regress_manager, regress_admin;
