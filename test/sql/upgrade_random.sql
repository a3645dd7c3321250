-- upgrade_crm mends whatever goes of a CRM's structure: after random damage it is what create_crm makes.
-- Another seed: psql -v seed=0.5, between -1 and 1.
\if :{?seed}
\else
\set seed 0.4142
\endif
\echo seed :seed
SET client_min_messages = warning;
\set ECHO none
\i test/data/crm_state.sql
\set ECHO all

-- The statements that damage what a schema holds, one thing each.
CREATE FUNCTION pg_temp.damages(schema name) RETURNS SETOF text LANGUAGE sql AS $$
WITH relation AS (
	SELECT oid, oid::regclass AS name, relname, relkind FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schema)) AND relkind IN ('r', 'v')
), cons AS (
	SELECT name, conname, contype FROM relation JOIN pg_constraint ON conrelid = relation.oid WHERE contype NOT IN ('n', 't')
), trg AS (
	SELECT name, tgname, tgfoid::regproc::text !~ 'log_change' AS needed FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
), col AS (
	SELECT name, relkind, relname, attname, attidentity, attnotnull, atthasdef AND attgenerated = '' AS has_default,
		attnum = ANY (coalesce((SELECT conkey FROM pg_constraint WHERE conrelid = attrelid AND contype = 'p'), '{}')) AS key
	FROM relation JOIN pg_attribute ON attrelid = oid WHERE attnum > 0 AND NOT attisdropped
), idx AS (
	SELECT name, indexrelid::regclass AS index, relname FROM relation JOIN pg_index ON indrelid = oid WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
)
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', name, conname) FROM cons
UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I CHECK (1 = 1)', name, conname) FROM cons WHERE contype = 'c'
UNION ALL SELECT format('ALTER TABLE %s DROP CONSTRAINT %I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %s NOT VALID', name, conname, pg_get_constraintdef(k.oid))
	FROM cons JOIN pg_constraint AS k USING (conname) WHERE k.conrelid = name AND cons.contype IN ('c', 'f')
UNION ALL SELECT format('DROP INDEX %s', index) FROM idx
UNION ALL SELECT format('DROP INDEX %s; CREATE INDEX %I ON %s (%I)', index, relname_index, name, (SELECT attname FROM pg_attribute WHERE attrelid = name AND attnum > 0 AND NOT attisdropped LIMIT 1))
	FROM (SELECT idx.*, (SELECT relname FROM pg_class WHERE oid = index) AS relname_index FROM idx) AS i
UNION ALL SELECT format('DROP TRIGGER %I ON %s', tgname, name) FROM trg
UNION ALL SELECT format('ALTER TRIGGER %I ON %s RENAME TO zz_%s', tgname, name, md5(tgname)) FROM trg
UNION ALL SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', name, tgname) FROM trg WHERE needed
UNION ALL SELECT format('ALTER TABLE %s DROP COLUMN %I CASCADE', name, attname) FROM col WHERE relkind = 'r'
UNION ALL SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', name, attname) FROM col WHERE relkind = 'r' AND has_default
UNION ALL SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', name, attname) FROM col WHERE relkind = 'r' AND attnotnull AND NOT key AND attidentity = ''
UNION ALL SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', name, attname) FROM col WHERE attidentity <> ''
UNION ALL SELECT format('COMMENT ON COLUMN %s.%I IS NULL', name, attname) FROM col WHERE attname ~ '^[a-c]'
UNION ALL SELECT format('COMMENT ON %s %s IS NULL', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, name) FROM relation
UNION ALL SELECT format('DROP TABLE %s CASCADE', name) FROM relation WHERE relkind = 'r'
UNION ALL SELECT format('DROP VIEW %s CASCADE', name) FROM relation WHERE relkind = 'v'
UNION ALL SELECT format('DROP VIEW %s CASCADE; CREATE VIEW %1$s AS SELECT 1 AS id', name) FROM relation WHERE relkind = 'v' AND relname <> 'bi_stage_history'
UNION ALL SELECT format('ALTER VIEW %s SET (security_invoker = false)', name) FROM relation WHERE relkind = 'v'
UNION ALL SELECT format('DROP FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(schema))
UNION ALL SELECT format('ALTER FUNCTION %s VOLATILE', oid::regprocedure) FROM pg_proc WHERE pronamespace = to_regnamespace(quote_ident(schema))
UNION ALL SELECT format('DROP POLICY tenant ON %s; CREATE POLICY tenant ON %1$s USING (true)', name) FROM relation JOIN pg_policy ON polrelid = relation.oid WHERE polname = 'tenant'
UNION ALL SELECT format('ALTER POLICY tenant ON %s USING (tenant_id IS NOT NULL)', name) FROM relation JOIN pg_policy ON polrelid = relation.oid WHERE polname = 'tenant'
UNION ALL SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', oid::regclass) FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(schema)) AND relrowsecurity
$$;

-- Damage a CRM, upgrade it, and compare it with a fresh one, some times.
CREATE PROCEDURE pg_temp.try(schema name, fresh name, rounds int) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	possible text[];
	done text[];
	first text[];
	second bigint;
	difference record;
BEGIN
	FOR i IN 1..rounds LOOP
		done := '{}';
		FOR j IN 1..1 + floor(random() * 25)::int LOOP
			possible := ARRAY(SELECT d FROM pg_temp.damages(schema) AS d ORDER BY d COLLATE "C");
			statement := possible[1 + floor(random() * cardinality(possible))::int];
			EXECUTE statement;
			done := done || statement;
		END LOOP;
		SELECT array_agg(code) INTO first FROM opportunities.upgrade_crm(schema);
		SELECT count(*) INTO second FROM opportunities.upgrade_crm(schema);
		IF first IS NULL OR second > 0 THEN
			RAISE WARNING 'first %, then %, after %', first, second, done;
		END IF;
		FOR difference IN SELECT * FROM pg_temp.crm_differs(schema, fresh) LOOP
			RAISE WARNING '% after %', difference, done;
		END LOOP;
		FOR difference IN SELECT * FROM opportunities.check_crm(schema) LOOP
			RAISE WARNING '% after %', difference, done;
		END LOOP;
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS statement = PG_EXCEPTION_DETAIL;
	RAISE '%: % after %', SQLERRM, statement, done;
END $$;

\o /dev/null
SELECT opportunities.create_crm('crm_random'), opportunities.create_crm('crm_like'),
	opportunities.create_crm('crm_random_many', tenant => true), opportunities.create_crm('crm_like_many', tenant => true);
-- a day that is lost with its column doesn't come back
DELETE FROM crm_random.calendar;
DELETE FROM crm_random_many.calendar;
SELECT setseed(:seed);
\o
CALL pg_temp.try('crm_random', 'crm_like', 8);
CALL pg_temp.try('crm_random_many', 'crm_like_many', 8);
DROP SCHEMA crm_random, crm_like, crm_random_many, crm_like_many CASCADE;
