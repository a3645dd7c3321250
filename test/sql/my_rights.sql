-- What the caller may do here and with some rows: as UPDATE and DELETE then find them.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_my_rights', starter => true) \g /dev/null
SET search_path = crm_my_rights, opportunities, public;
\i test/data/attempt.sql
CREATE ROLE regress_my_rights;
GRANT USAGE ON SCHEMA crm_my_rights TO regress_my_rights;
INSERT INTO opportunity (pipeline_id, title, owner) VALUES (1, 'Alpha', 'sara'), (1, 'Beta', 'omid'), (1, 'Gamma', 'sara');

-- Whoever owns the tables may do everything; row 99 isn't there.
SELECT jsonb_pretty(my_rights(ids => '{3,1,99,1}'));

-- Policies for each command, one of which reads another table; a hidden row isn't told.
GRANT SELECT ON opportunity, stage TO regress_my_rights;
GRANT UPDATE (title, owner), DELETE ON opportunity TO regress_my_rights;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON opportunity FOR SELECT USING (title <> 'Gamma');
CREATE POLICY changed ON opportunity FOR UPDATE USING (owner = 'sara');
CREATE POLICY deleted ON opportunity FOR DELETE USING (EXISTS (SELECT FROM stage AS s WHERE s.name = 'Lead' AND title = 'Beta'));
SET ROLE regress_my_rights;
SELECT my_rights(ids => '{1,2,3,99}');
-- and so it is
WITH edited AS (UPDATE opportunity SET title = title || '!' RETURNING id) SELECT id FROM edited;
WITH deleted AS (DELETE FROM opportunity RETURNING id) SELECT id FROM deleted;
RESET ROLE;
INSERT INTO opportunity (pipeline_id, title, owner) VALUES (1, 'Beta', 'omid');

-- Each right by itself.
CREATE FUNCTION pg_temp.rights(relation regclass) RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_each(opportunities.my_rights(relation)) WHERE value = 'true'$$;
CREATE PROCEDURE pg_temp.tell(change text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE change;
	SET LOCAL ROLE regress_my_rights;
	RAISE INFO '%: %', change, pg_temp.rights('crm_my_rights.opportunity');
	RESET ROLE;
END $$;
CALL pg_temp.tell('REVOKE ALL ON opportunity FROM regress_my_rights');
CALL pg_temp.tell('GRANT SELECT (id, title) ON opportunity TO regress_my_rights');
CALL pg_temp.tell('GRANT SELECT ON opportunity TO regress_my_rights');
CALL pg_temp.tell('GRANT INSERT (title) ON opportunity TO regress_my_rights');
CALL pg_temp.tell('GRANT UPDATE (stage_id) ON opportunity TO regress_my_rights');
CALL pg_temp.tell('GRANT DELETE ON opportunity TO regress_my_rights');
CALL pg_temp.tell('GRANT INSERT ON document, document_line TO regress_my_rights');
CALL pg_temp.tell('GRANT INSERT, UPDATE ON stage TO regress_my_rights');
BEGIN;
CALL pg_temp.tell('REVOKE EXECUTE ON FUNCTION opportunities.bulk_edit, opportunities.list_sql FROM PUBLIC');
ROLLBACK;

-- Views: one that can be written through, by the conditions of its own; one that can't; and those whose rules or triggers decide.
CREATE VIEW plain WITH (security_invoker) AS SELECT * FROM opportunity WHERE title <> 'Alpha!';
CREATE VIEW grouped AS SELECT DISTINCT ON (id) * FROM opportunity;
CREATE VIEW ruled AS SELECT * FROM opportunity;
CREATE RULE keep AS ON DELETE TO ruled DO INSTEAD NOTHING;
CREATE VIEW triggered AS SELECT DISTINCT ON (id) * FROM opportunity;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER instead INSTEAD OF UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION instead();
CREATE TABLE keyed (id uuid, title text);
INSERT INTO keyed VALUES ('00000000-0000-0000-0000-00000000000a', 'Key');
CREATE TABLE listed (id integer[]);
GRANT SELECT, UPDATE, DELETE ON plain, grouped, ruled, triggered, keyed, listed TO regress_my_rights;
SET ROLE regress_my_rights;
SELECT r.relation, my_rights(r.relation, '{1,2,4}') -> 'rows' AS rows FROM unnest('{plain,grouped,ruled,triggered}'::regclass[]) AS r (relation);
SELECT my_rights('keyed', '{00000000-0000-0000-0000-00000000000A}') -> 'rows';
SELECT my_rights('keyed', '{}') -> 'rows';

-- It only reads.
BEGIN READ ONLY;
SELECT my_rights(ids => '{1}') -> 'rows';
ROLLBACK;

SELECT pg_temp.attempt($$SELECT my_rights(ids => '{1,one}')$$);
SELECT pg_temp.attempt($$SELECT my_rights(ids => '{1,NULL}')$$);
SELECT pg_temp.attempt($$SELECT my_rights(ids => array_fill('1'::text, '{1001}'))$$);
SELECT pg_temp.attempt($$SELECT my_rights('pg_class')$$);
SELECT pg_temp.attempt($$SELECT my_rights('opportunity_pkey')$$);
SELECT pg_temp.attempt($$SELECT my_rights('listed', '{"{1}"}')$$);
SELECT pg_temp.attempt($$SELECT my_rights(0)$$);
RESET ROLE;
DROP SCHEMA crm_my_rights CASCADE;
DROP ROLE regress_my_rights;
