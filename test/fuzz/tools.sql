-- What the fuzzers share: chance, values of every type, and statements whose errors are judged.
-- All chance comes from setseed(), so that a seed tells a whole round.
CREATE SCHEMA fuzz;

CREATE FUNCTION fuzz.chance(share float8) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT random() < share $$;

CREATE FUNCTION fuzz.pick(VARIADIC choices anycompatiblearray) RETURNS anycompatible LANGUAGE sql VOLATILE AS $$
	SELECT choices[1 + floor(random() * cardinality(choices))::int]
$$;

CREATE FUNCTION fuzz.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT choices[1 + floor(random() * cardinality(choices))::int]
$$;

-- JSON: what definitions, scopes, changes, cursors and columns of views are made of, and what they are not.
CREATE FUNCTION fuzz.json(depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	words text[] := '{and,or,xor,all,some,atLeast,title,amount,stage_id,stage.kind,account.name,custom.x,tags,activity.kind,closed_at,=,!=,<,contains,
		null,in,between,value,field,THIS_MONTH,LAST_N_DAYS:3,relative,startOfMonth,month,current,team,persian,1405-09-09,2025-01-01,EUR,۱۲,x,""}';
	keys text[] := '{combinator,rules,not,field,operator,value,valueSource,match,mode,threshold,muted,date,calendar,period,user,anchor,offset,unit,id,
		label,title,stage_id,amount,owner,custom,after,count,currency}';
	kind float8 := random();
BEGIN
	IF depth = 0 OR kind < 0.45 THEN
		RETURN CASE fuzz.pick(1, 2, 3, 4, 5)
			WHEN 1 THEN 'null' WHEN 2 THEN to_jsonb(fuzz.pick(true, false)) WHEN 3 THEN to_jsonb(fuzz.pick(0.0, 1, -1, 0.5, 1e30, 9223372036854775808))
			ELSE to_jsonb(fuzz.pick(VARIADIC words)) END;
	ELSIF kind < 0.6 THEN
		RETURN (SELECT coalesce(jsonb_agg(fuzz.json(depth - 1)), '[]') FROM generate_series(1, fuzz.pick(0, 1, 2, 3)));
	ELSIF kind < 0.75 THEN
		RETURN jsonb_build_object('combinator', fuzz.pick('and', 'or'), 'rules', (SELECT jsonb_agg(fuzz.json(depth - 1)) FROM generate_series(1, fuzz.pick(1, 2))));
	ELSIF kind < 0.9 THEN
		RETURN jsonb_build_object('field', fuzz.pick(VARIADIC words), 'operator', fuzz.pick(VARIADIC words), 'value', fuzz.json(depth - 1));
	END IF;
	RETURN (SELECT coalesce(jsonb_object_agg(fuzz.pick(VARIADIC keys), fuzz.json(depth - 1)), '{}') FROM generate_series(1, fuzz.pick(0, 1, 2, 3)));
END $$;

-- What the product itself has given out, one thing in it changed at times.
CREATE TABLE fuzz.seen (value jsonb);

CREATE FUNCTION fuzz.changed(value jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	key text;
BEGIN
	IF jsonb_typeof(value) = 'object' THEN
		SELECT k INTO key FROM jsonb_object_keys(value) AS k ORDER BY random() LIMIT 1;
		RETURN CASE WHEN fuzz.chance(0.3) THEN value - key
			WHEN fuzz.chance(0.6) THEN jsonb_set(value, ARRAY[key], fuzz.changed(value -> key)) ELSE jsonb_set(value, ARRAY[key], fuzz.json(2)) END;
	ELSIF jsonb_typeof(value) = 'array' AND jsonb_array_length(value) > 0 THEN
		RETURN jsonb_set(value, '{0}', fuzz.changed(value -> 0));
	END IF;
	RETURN fuzz.json(1);
END $$;

-- An expression of a type, as SQL: NULL, extremes, and what the product's own columns and arguments hold.
CREATE FUNCTION fuzz.value(of regtype) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	words text[] := ARRAY['', ' ', 'draft', 'confirmed', 'void', 'quote', 'invoice', 'return', 'open', 'won', 'lost', 'auto', 'manual', 'EUR', 'JPY', 'kwd',
		'hot', 'grid', 'owner', 'amount', 'state', 'title', '-amount', 'stage_id', 'account.name', 'custom.x', 'month(expected_close)', 'each(tags)', 'north', 'south', 'text', 'number', 'x', '%', '\',
		'ي‌ك', E'\x01', repeat('x', 70), repeat('é', 3000), '{"combinator": "and", "rules": []}', 'THIS_MONTH', 'LAST_N_DAYS:99999', 'persian', 'crm', 'o', '2025-01-01'];
	base regtype := coalesce((SELECT nullif(typbasetype, 0) FROM pg_type WHERE oid = of), of);
	element regtype := (SELECT nullif(typelem, 0) FROM pg_type WHERE oid = base AND typlen = -1);
	found text;
BEGIN
	IF fuzz.chance(0.15) AND (SELECT typtype FROM pg_type WHERE oid = base) <> 'p' THEN RETURN format('NULL::%s', of); END IF;
	IF base IN ('int4'::regtype, 'int2') THEN
		found := fuzz.pick('0', '1', '2', '3', '-1', '32767', CASE base WHEN 'int4'::regtype THEN '-2147483648' ELSE '-32768' END);
	ELSIF base IN ('int8'::regtype, 'oid', 'xid', 'float8', 'float4') THEN
		found := fuzz.pick('0', '1', '1', '2', '3', '4', '5', '6', '7', '-1', '2147483647', '9223372036854775807', '-9223372036854775808');
	ELSIF base = 'numeric'::regtype THEN
		found := fuzz.pick('0', '1', '-1', '5', '7.25', '50', '100', '100.01', 'NaN', 'Infinity', '-Infinity', '1e-16383', '1e131000', '0.001', '-99999999999999999999.5');
	ELSIF base IN ('text'::regtype, 'varchar', 'name', 'bpchar', '"char"', 'cstring', 'unknown') THEN
		found := fuzz.pick(VARIADIC words);
	ELSIF base = 'bool'::regtype THEN
		found := fuzz.pick('true', 'false');
	ELSIF base IN ('date'::regtype, 'timestamptz', 'timestamp') THEN
		found := fuzz.pick('2025-01-01', '2024-02-29', '1970-01-01', 'infinity', '-infinity', '4713-01-01 BC', '294276-12-31', '1405-09-09');
	ELSIF base = 'interval'::regtype THEN
		found := fuzz.pick('1 day', '0', '-178000000 years', '1 month -3 days');
	ELSIF base IN ('jsonb'::regtype, 'json') THEN
		SELECT value INTO found FROM fuzz.seen WHERE fuzz.chance(0.5) ORDER BY random() LIMIT 1;
		found := coalesce(CASE WHEN fuzz.chance(0.7) THEN fuzz.changed(found::jsonb)::text ELSE found END, fuzz.json(3)::text);
	ELSIF base = 'uuid'::regtype THEN
		found := '00000000-0000-0000-0000-000000000001';
	ELSIF base = 'bytea'::regtype THEN
		found := '\x00ff';
	ELSIF base = 'regclass'::regtype THEN
		SELECT c.oid::text INTO found FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
		WHERE CASE WHEN fuzz.chance(0.5) THEN relname = 'opportunity' ELSE nspname IN ('crm', 'fuzz') OR relname IN ('pg_class', 'pg_toast_2618') END
		ORDER BY random() LIMIT 1;
		found := coalesce(found, '0');
	ELSIF base = 'opportunities.totals'::regtype THEN
		RETURN format('(SELECT opportunities.totals(%s, %s, %s, %s) FROM generate_series(1, %s))', fuzz.value('numeric'), fuzz.value('numeric'),
			fuzz.value('numeric'), fuzz.value('text'), fuzz.pick(0, 1, 3));
	ELSIF base IN ('record'::regtype, 'anyelement', '"any"', 'anycompatible') THEN
		RETURN fuzz.pick('NULL::record', 'ROW(1, ''x'')', 'ROW()', '(SELECT o FROM crm.opportunity AS o LIMIT 1)', 'NULL::crm.opportunity', '(SELECT s FROM crm.stage AS s LIMIT 1)',
			'(SELECT o FROM (SELECT id, title FROM crm.opportunity) AS o LIMIT 1)', '(SELECT m FROM fuzz.mapped AS m LIMIT 1)', '(1, 2)::fuzz.pair', '5', '''x''::text');
	ELSIF element IS NOT NULL THEN
		IF fuzz.chance(0.2) THEN RETURN format('%L::%s', fuzz.pick('{}', '{NULL}', '{{1,2},{3,4}}', '[0:1]={1,2}'), of); END IF;
		RETURN (SELECT format('ARRAY[%s]::%s', string_agg(fuzz.value(element), ', '), of) FROM generate_series(1, fuzz.pick(1, 2, 3)));
	ELSIF (SELECT typtype FROM pg_type WHERE oid = base) = 'c' THEN
		RETURN format('NULL::%s', of);
	ELSE
		RETURN CASE WHEN (SELECT typtype FROM pg_type WHERE oid = base) = 'p' THEN 'NULL' ELSE format('NULL::%s', of) END;
	END IF;
	RETURN format('%L::%s', found, of);
END $$;

CREATE TYPE fuzz.outcome AS (done int, refused int);

-- Run a statement. Errors are what is asked for, but those that only a defect raises are told; all else that it does is kept.
CREATE FUNCTION fuzz.try(command text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	place text;
BEGIN
	IF current_setting('fuzz.tell', true) = 'on' THEN RAISE LOG 'fuzz: %', command; END IF;
	EXECUTE command;
	RETURN true;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS place = PG_EXCEPTION_CONTEXT;
	IF current_setting('fuzz.tell', true) = 'on' THEN RAISE LOG 'fuzz: refused % %', SQLSTATE, SQLERRM; END IF;
	IF SQLSTATE LIKE 'XX%' THEN
		RAISE WARNING E'FINDING % %\n%\n%', SQLSTATE, SQLERRM, command, place;
	END IF;
	RETURN false;
END $$;
