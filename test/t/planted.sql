-- planted.plant(schema) plants something under every name of the server's that SQL could find on a path: functions
-- and operators with its arguments, and with all pairs of types that ours are about, which fit better than the
-- server's where it has none for just these; types, with casts to and from the server's; relations; collations.
CREATE SCHEMA planted;
CREATE PROCEDURE planted.plant(schema name, names name[]) LANGUAGE plpgsql SET check_function_bodies = off AS $procedure$
DECLARE
	types regtype[] := '{int2,int4,int8,numeric,float8,text,varchar,name,"char",bool,date,timestamp,timestamptz,time,interval,
		json,jsonb,oid,regclass,text[],int8[]}';
	it record;
BEGIN
	-- PL/pgSQL takes no pseudo-types: there stands a function of the server's that raises whatever it is given.
	FOR it IN
		WITH functions (name, args) AS (
			SELECT proname, ARRAY(SELECT CASE WHEN provariadic <> 0 AND n = pronargs THEN 'VARIADIC ' ELSE '' END || format_type(t, NULL)
				FROM unnest(proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n)
			FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
			UNION SELECT 'planted_operator', ARRAY[format_type(l, NULL), format_type(r, NULL)] FROM unnest(types) AS l, unnest(types) AS r
			UNION SELECT 'planted_operator', array_remove(ARRAY[format_type(nullif(oprleft, 0), NULL), format_type(oprright, NULL)], NULL) FROM pg_operator
			UNION SELECT f.proname, ARRAY[format_type(t, NULL)] FROM pg_proc AS f, unnest(types) AS t WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.proname = ANY (names)
			UNION SELECT f.proname, ARRAY[format_type(l, NULL), format_type(r, NULL)] FROM pg_proc AS f, unnest(types) AS l, unnest(types) AS r WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.proname = ANY (names)
		)
		SELECT format('CREATE FUNCTION %I.%I(%s) RETURNS boolean LANGUAGE %s', schema, name, array_to_string(args, ', '),
			CASE WHEN array_to_string(args, ' ') ~ 'any|internal|cstring|trigger|handler|ddl|void|unknown|record' THEN 'internal AS ''any_in'''
			ELSE format('plpgsql AS %L', format('BEGIN RAISE ''planted: %s, run as %%'', current_user; END', name)) END) AS command
		FROM functions
		UNION ALL
		SELECT DISTINCT format('CREATE OPERATOR %I.%s (%s RIGHTARG = %s, FUNCTION = %1$I.planted_operator)', schema, oprname,
			'LEFTARG = ' || format_type(nullif(oprleft, 0), NULL) || ',', format_type(oprright, NULL))
		FROM (
			SELECT oprname, oprleft, oprright FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
			UNION SELECT n, l, r FROM unnest('{=,<>,<,>,<=,>=,||,->>,->,#>>,-,+,*,/,~~,!~~,~~*,@>,<@,&&}'::text[]) AS n, unnest(types) AS l, unnest(types) AS r
		) AS o
		UNION ALL
		SELECT format(command, schema, typname)
		FROM pg_type, unnest(ARRAY[
			'CREATE TYPE %I.%I AS (planted pg_catalog.text)',
			'CREATE FUNCTION %I.planted_cast(pg_catalog.%I) RETURNS %1$I.%2$I LANGUAGE plpgsql AS ''BEGIN RAISE ''''planted cast to %2$s''''; END''',
			'CREATE FUNCTION %I.planted_cast(%1$I.%I) RETURNS pg_catalog.%2$I LANGUAGE plpgsql AS ''BEGIN RAISE ''''planted cast of %2$s''''; END''',
			'CREATE CAST (pg_catalog.%2$I AS %1$I.%2$I) WITH FUNCTION %1$I.planted_cast(pg_catalog.%2$I) AS IMPLICIT',
			'CREATE CAST (%1$I.%2$I AS pg_catalog.%2$I) WITH FUNCTION %1$I.planted_cast(%1$I.%2$I) AS IMPLICIT'
		]) AS command
		WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typcategory <> 'A'
		UNION ALL
		SELECT format('CREATE TABLE %I.%I (planted text)', schema, relname)
		FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
		UNION ALL
		SELECT DISTINCT format('CREATE COLLATION %I.%I (LOCALE = ''C'')', schema, collname)
		FROM pg_collation WHERE collnamespace = 'pg_catalog'::regnamespace AND collname IN ('C', 'POSIX', 'default', 'ucs_basic')
	LOOP
		EXECUTE it.command;
	END LOOP;

	-- Nobody may run it: a statement that holds a call of it fails, whether it gets there or not.
	EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA %I FROM PUBLIC', schema);
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', schema);
END
$procedure$;

-- Rules of every kind, for filters.
CREATE TABLE planted.rule (rule jsonb);
INSERT INTO planted.rule VALUES
	('{"field": "title", "operator": "contains", "value": "deal"}'),
	('{"field": "title", "operator": "beginsWith", "value": "x"}'),
	('{"field": "title", "operator": "doesNotEndWith", "value": "owner", "valueSource": "field"}'),
	('{"field": "title", "operator": "contains", "value": "owner", "valueSource": "field"}'),
	('{"field": "title", "operator": "beginsWith", "value": "owner", "valueSource": "field"}'),
	('{"field": "owner", "operator": "=", "value": {"user": "current"}}'),
	('{"field": "owner", "operator": "contains", "value": {"user": "current"}}'),
	('{"field": "source", "operator": "in", "value": ["web", "fair"]}'),
	('{"field": "amount", "operator": "between", "value": [1, 1000000]}'),
	('{"field": "amount", "operator": "notIn", "value": "1,2,3"}'),
	('{"field": "amount", "operator": ">=", "value": "probability", "valueSource": "field"}'),
	('{"field": "amount", "operator": "between", "value": ["probability", "realized_amount"], "valueSource": "field"}'),
	('{"field": "amount", "operator": "contains", "value": "9"}'),
	('{"field": "archived", "operator": "!=", "value": true}'),
	('{"field": "version", "operator": "<", "value": 1000}'),
	('{"field": "expected_close", "operator": "between", "value": [{"period": "THIS_YEAR"}, {"period": "NEXT_N_YEARS:3"}]}'),
	('{"field": "expected_close", "operator": "<=", "value": {"period": "LAST_90_DAYS", "calendar": "persian"}}'),
	('{"field": "expected_close", "operator": "in", "value": ["2026-01-01", {"period": "TODAY"}]}'),
	('{"field": "created_at", "operator": "!=", "value": {"period": "LAST_FISCAL_QUARTER"}}'),
	('{"field": "created_at", "operator": ">", "value": {"mode": "relative", "anchor": "startOfMonth", "offset": -3, "unit": "month"}}'),
	('{"field": "created_at", "operator": ">=", "value": "2020-01-01 10:00:00+00"}'),
	('{"field": "tags", "operator": "contains", "value": "a"}'),
	('{"field": "tags", "operator": "null"}'),
	('{"field": "tags", "match": {"mode": "all"}, "value": {"combinator": "and", "rules": [{"field": "", "operator": "=", "value": "a"}]}}'),
	('{"field": "tags", "match": {"mode": "none"}, "value": {"combinator": "and", "rules": [{"field": "", "operator": "=", "value": "owner", "valueSource": "field"}]}}'),
	('{"field": "tags", "match": {"mode": "atLeast", "threshold": 0.5}, "value": {"combinator": "or", "rules": [{"field": "", "operator": "!=", "value": "a"}]}}'),
	('{"field": "custom.list", "match": {"mode": "all"}, "value": {"combinator": "and", "rules": [{"field": "", "operator": "=", "value": "a"}]}}'),
	('{"field": "custom.list", "match": {"mode": "atMost", "threshold": 2}, "value": {"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "a"}]}}'),
	('{"field": "custom.size", "operator": ">", "value": 1}'),
	('{"field": "custom.since", "operator": "<", "value": "2026-01-01"}'),
	('{"field": "custom.big", "operator": "=", "value": true}'),
	('{"field": "custom.other", "operator": "notNull"}'),
	('{"field": "account.name", "operator": "=", "value": "A"}'),
	('{"field": "account.name", "operator": "null"}'),
	('{"field": "account.custom.size", "operator": "=", "value": "1"}'),
	('{"field": "stage.kind", "operator": "!=", "value": "won"}'),
	('{"field": "state", "operator": "in", "value": ["open", "won"]}'),
	('{"field": "stale", "operator": "=", "value": true}'),
	('{"field": "days_in_stage", "operator": ">=", "value": 0}'),
	('{"field": "balance", "operator": ">", "value": 0}'),
	('{"field": "next_activity_at", "operator": "<", "value": {"period": "TOMORROW"}}'),
	('{"field": "next_activity_kind", "operator": "=", "value": "call"}'),
	('{"field": "activity_state", "operator": "in", "value": "overdue,today,planned,none"}'),
	('{"field": "opportunity_line.product.category", "operator": "=", "value": "c"}'),
	('{"field": "activity.kind", "operator": "notIn", "value": ["call", "note"]}'),
	('{"field": "document.kind", "operator": "=", "value": "invoice"}'),
	('{"combinator": "xor", "not": "complement", "rules": [{"field": "activity.kind", "operator": "=", "value": "call"}, {"field": "payment.amount", "operator": ">", "value": 1}, {"field": "stage.name", "operator": "=", "value": "Lead"}]}'),
	('{"combinator": "and", "not": true, "rules": [{"field": "activity.kind", "operator": "=", "value": "call"}, {"field": "activity.subject", "operator": "contains", "value": "x"}, {"field": "account.kind", "operator": "=", "value": "person"}, {"field": "account.name", "operator": "!=", "value": "B"}]}');

-- Each alone, all of them, and none.
CREATE VIEW planted.definition AS
SELECT jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(rule)) AS rules FROM planted.rule
UNION ALL SELECT jsonb_build_object('combinator', 'or', 'not', negated, 'rules', jsonb_agg(rule))
FROM planted.rule, unnest('{false,true}'::boolean[]) AS negated GROUP BY negated;
GRANT USAGE ON SCHEMA planted TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA planted TO PUBLIC;
