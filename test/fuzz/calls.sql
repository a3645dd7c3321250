-- Every function of the extension with whatever its arguments can be given, and aggregates of its parts.

CREATE FUNCTION fuzz.functions() RETURNS oid[] LANGUAGE sql AS $$
	SELECT array_agg(p.oid ORDER BY p.oid::regprocedure::text) FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opportunities') AND p.prorettype <> 'trigger'::regtype
$$;

-- An aggregate that somebody makes of our functions: of any of them, with or without a first state.
CREATE FUNCTION fuzz.aggregate() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	functions oid[] := fuzz.functions();
	transition pg_proc;
	plus pg_proc;
BEGIN
	SELECT * INTO transition FROM pg_proc WHERE oid = ANY (functions) AND pronargs > 1 AND prorettype = proargtypes[0] ORDER BY random() LIMIT 1;
	SELECT * INTO plus FROM pg_proc WHERE oid = ANY (functions) AND proargtypes = array_to_string(ARRAY[transition.prorettype, transition.prorettype], ' ')::oidvector
		AND prorettype = transition.prorettype ORDER BY random() LIMIT 1;
	IF NOT fuzz.try(format('CREATE AGGREGATE fuzz.ours (%s) (SFUNC = %s, STYPE = %s%s%s)',
		(SELECT string_agg(a::regtype::text, ', ' ORDER BY n) FROM unnest(transition.proargtypes) WITH ORDINALITY AS t (a, n) WHERE n > 1),
		transition.oid::regproc, transition.prorettype::regtype, CASE WHEN plus.oid IS NOT NULL AND fuzz.chance(0.5) THEN ', COMBINEFUNC = ' || plus.oid::regproc ELSE '' END,
		CASE WHEN plus.oid IS NOT NULL AND fuzz.chance(0.5) THEN format(', MSFUNC = %s, MINVFUNC = %1$s, MSTYPE = %s', transition.oid::regproc, transition.prorettype::regtype) ELSE '' END)) THEN
		RETURN false;
	END IF;
	RETURN fuzz.try(format('SELECT fuzz.ours(%s) %s FROM generate_series(1, 3)', (SELECT string_agg(fuzz.value(a::regtype), ', ' ORDER BY n)
		FROM unnest(transition.proargtypes) WITH ORDINALITY AS t (a, n) WHERE n > 1), fuzz.pick('', 'OVER (ROWS 1 PRECEDING)')));
END $$;

-- One call.
CREATE FUNCTION fuzz.call() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	functions oid[] := fuzz.functions();
	chosen oid := fuzz.pick(VARIADIC functions);
	called pg_proc;
	given float8 := fuzz.pick(0.05, 0.2, 0.8);
	arguments text;
BEGIN
	IF fuzz.chance(0.05) THEN RETURN fuzz.aggregate(); END IF;
	SELECT * INTO called FROM pg_proc WHERE oid = chosen;
	IF called.proname = 'create_crm' AND fuzz.chance(0.8) THEN RETURN false; END IF;
	-- (what may be left out mostly is, so that the rest is looked at)
	SELECT string_agg(coalesce(quote_ident(nullif(called.proargnames[n], '')) || ' => ', '') ||
		CASE WHEN t.type = 'regclass'::regtype AND fuzz.chance(0.7) THEN '''crm.opportunity''' ELSE fuzz.value(t.type::regtype) END, ', ' ORDER BY n) INTO arguments
	FROM unnest(called.proargtypes) WITH ORDINALITY AS t (type, n)
	WHERE n <= called.pronargs - called.pronargdefaults OR t.type = 'regclass'::regtype OR fuzz.chance(given);
	-- (a row a day, as many as are asked for)
	IF called.proname = 'calendar_days' THEN arguments := replace(arguments, '294276', '2026'); END IF;
	IF called.prokind = 'a' THEN
		RETURN fuzz.try(format('SELECT %s(%s%s) %s FROM %s', called.oid::regproc, fuzz.pick('', '', 'DISTINCT '), coalesce(arguments, '*'),
			fuzz.pick('', '', 'FILTER (WHERE random() < 0.5)', 'OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)', 'OVER (ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING)'),
			fuzz.pick('generate_series(1, 4) AS n', 'generate_series(1, 0) AS n', '(SELECT a AS n FROM fuzz.numbers) AS r')));
	END IF;
	RETURN fuzz.try(format(CASE WHEN called.prokind = 'p' THEN 'CALL %s(%s)' WHEN fuzz.chance(0.2) THEN 'SELECT %s(%s) FROM crm.opportunity' ELSE 'SELECT * FROM %s(%s)' END,
		called.oid::regproc, arguments));
END $$;

-- Texts that are almost values of our types.
CREATE FUNCTION fuzz.read() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	source text := (SELECT t::text FROM fuzz.numbers LIMIT 1);
	at int := 1 + floor(random() * length(source));
BEGIN
	source := fuzz.pick(overlay(source PLACING fuzz.pick('', '-', '9', ',', '}', '"', 'NaN', E'\\', 'e9', '(') FROM at FOR fuzz.pick(0, 1, 5)), left(source, at), source || source, '');
	RETURN fuzz.try(format(fuzz.pick('SELECT %L::opportunities.totals', 'SELECT %L::opportunities.totals::jsonb', 'SELECT %L::opportunities.totals::text::opportunities.totals'), source));
END $$;

CREATE FUNCTION fuzz.operate() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN fuzz.try(format('SELECT %s OPERATOR(opportunities.%s) %s', fuzz.value('opportunities.totals'), fuzz.pick('+', '-', '=', '<>'), fuzz.value('opportunities.totals')));
END $$;

-- A server of foreign tables, this one, and what is far there.
CREATE FUNCTION fuzz.serve() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	name name;
BEGIN
	IF NOT fuzz.try('CREATE EXTENSION postgres_fdw') THEN RETURN false; END IF;
	EXECUTE format('CREATE SERVER fuzz_loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	CREATE USER MAPPING FOR PUBLIC SERVER fuzz_loop OPTIONS (password_required 'false');
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('CREATE TABLE fuzz.%I AS SELECT * FROM crm.%I', name || '_far', name);
	END LOOP;
	RETURN true;
END $$;

-- A round of all fuzzers.
CREATE PROCEDURE fuzz.round(seed int, first int, last int) LANGUAGE plpgsql AS $$
DECLARE
	done int := 0; refused int := 0; triggers int := 0; damages int := 0; calls int := 0;
BEGIN
	FOR step IN first..last LOOP
		-- (each step by a seed of its own, so that one is found again alone)
		PERFORM setseed(((seed::bigint * 7919 + step::bigint * 104729) % 2000003 - 1000001) / 1000003.0);
		IF current_setting('fuzz.tell', true) = 'on' THEN RAISE LOG 'fuzz: step %', step; END IF;
		CASE WHEN step % 4 IN (0, 1) THEN SELECT * INTO done, refused, triggers FROM fuzz.wrong_table(done, refused, triggers);
		WHEN step % 4 = 2 THEN SELECT * INTO done, refused, damages FROM fuzz.altered_crm(done, refused, damages);
		ELSE
			BEGIN
				FOR i IN 1..10 LOOP
					calls := calls + 1;
					IF (CASE WHEN fuzz.chance(0.9) THEN fuzz.call() WHEN fuzz.chance(0.5) THEN fuzz.read() ELSE fuzz.operate() END) THEN done := done + 1; ELSE refused := refused + 1; END IF;
				END LOOP;
				RAISE EXCEPTION 'undone' USING ERRCODE = 'FZ000';
			EXCEPTION WHEN SQLSTATE 'FZ000' THEN
			END;
		END CASE;
		COMMIT;
	END LOOP;
	RAISE INFO 'counts: % triggers, % damages, % calls, % done, % refused', triggers, damages, calls, done, refused;
END $$;
