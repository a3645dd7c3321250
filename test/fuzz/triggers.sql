-- Trigger functions on tables of every shape, in every place; and tables of a CRM that their owner altered.

-- Columns of a table that is like a model, and isn't.
CREATE FUNCTION fuzz.columns(model regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	types text[] := '{text,integer,bigint,numeric,float8,jsonb,text[],date,timestamptz,boolean,uuid,varchar,bytea,name,fuzz.pair,bigint[],numeric(5,2)}';
	faults float8 := fuzz.pick(0, 0.05, 0.3);
	attribute record;
	parts text[] := '{}';
	fate float8;
BEGIN
	IF fuzz.chance(0.03) THEN RETURN ''; END IF;
	FOR attribute IN SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS needed FROM pg_attribute
		WHERE attrelid = model AND attnum > 0 AND NOT attisdropped ORDER BY CASE WHEN fuzz.chance(0.5) THEN attnum::float8 ELSE random() * 50 END
	LOOP
		fate := random();
		parts := parts || CASE
			WHEN fate > faults THEN format('%I %s%s', attribute.name, attribute.type, CASE WHEN attribute.needed AND fuzz.chance(0.2) THEN ' NOT NULL' ELSE '' END)
			WHEN fate < faults * 0.2 THEN format('%I %s', attribute.name || '_', attribute.type)
			WHEN fate < faults * 0.5 THEN format('%I %s', attribute.name, fuzz.pick(VARIADIC types))
			WHEN fate < faults * 0.6 THEN format('%I fuzz.%s', attribute.name, 'own_' || fuzz.pick('text', 'int8', 'numeric'))
			WHEN fate < faults * 0.7 THEN format('%I %s GENERATED ALWAYS AS (NULL::%2$s) STORED', attribute.name, attribute.type)
			WHEN fate < faults * 0.8 THEN format('%I %s DEFAULT %s', attribute.name, attribute.type, fuzz.value(attribute.type::regtype))
			WHEN fate < faults * 0.9 THEN format('dropped_%s text', cardinality(parts))
		END;
	END LOOP;
	IF fuzz.chance(0.2) THEN parts := parts || 'tenant_id text'::text; END IF;
	RETURN array_to_string(parts, ', ');
END $$;

-- Make a table in the place of one of the CRM's, in a schema with the others or without.
CREATE FUNCTION fuzz.make_table(model regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	name text := (SELECT relname FROM pg_class WHERE oid = model);
	own_schema text := fuzz.pick('crm', 'crm', 'fuzz', 'pg_temp');
	target text := format('%s.%I', own_schema, name);
	columns text := fuzz.columns(model);
	form float8 := random();
	dropped text;
BEGIN
	IF own_schema = 'crm' THEN EXECUTE format('ALTER TABLE %s RENAME TO %I', model, name || '_model'); END IF;
	IF form < 0.12 THEN
		EXECUTE format('CREATE TABLE %s (%s) PARTITION BY %s', target, columns, CASE WHEN fuzz.chance(0.5) THEN 'HASH ((true))' ELSE 'LIST (pipeline_id)' END);
		IF NOT fuzz.try(format('CREATE TABLE %s_one PARTITION OF %1$s FOR VALUES IN (1); CREATE TABLE %1$s_rest PARTITION OF %1$s DEFAULT', target)) THEN
			EXECUTE format('CREATE TABLE %s_one PARTITION OF %1$s FOR VALUES WITH (MODULUS 1, REMAINDER 0)', target);
		END IF;
	ELSIF form < 0.2 AND own_schema <> 'pg_temp' AND EXISTS (SELECT FROM pg_foreign_server WHERE srvname = 'fuzz_loop') THEN
		EXECUTE format('CREATE FOREIGN TABLE %s (%s) SERVER fuzz_loop OPTIONS (schema_name ''fuzz'', table_name %L)', target, columns, name || '_far');
	ELSIF form < 0.27 THEN
		EXECUTE format('CREATE TABLE %s (%s); CREATE TABLE %1$s_child () INHERITS (%1$s)', target, columns);
	ELSIF form < 0.33 THEN
		EXECUTE format('CREATE TABLE %s_base (%s)', target, columns);
		EXECUTE format('CREATE VIEW %s AS SELECT * FROM %1$s_base', target);
	ELSE
		EXECUTE format('CREATE TABLE %s (%s)', target, columns);
	END IF;
	FOR dropped IN SELECT attname FROM pg_attribute WHERE attrelid = target::regclass AND attname LIKE 'dropped\_%' LOOP
		PERFORM fuzz.try(format('ALTER TABLE %s DROP COLUMN %I', target, dropped));
	END LOOP;
	IF fuzz.chance(0.3) THEN PERFORM fuzz.try(format('ALTER TABLE %s ADD PRIMARY KEY (tenant_id, id)', target)); END IF;
	IF fuzz.chance(0.3) THEN PERFORM fuzz.try(format('ALTER TABLE %s ADD PRIMARY KEY (id)', target)); END IF;
	IF fuzz.chance(0.2) THEN PERFORM fuzz.try(format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON %1$s USING (true)', target)); END IF;
	RETURN target;
END $$;

-- Put a trigger function on a table: as create_crm does, or in any other way.
CREATE FUNCTION fuzz.make_trigger(target text, function regproc) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	form text := (SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE tgfoid = function ORDER BY random() LIMIT 1);
	event text := fuzz.pick('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'INSERT OR UPDATE OR DELETE', 'UPDATE OF id');
	timing text := fuzz.pick('BEFORE', 'AFTER', 'AFTER', 'INSTEAD OF');
	tables text := CASE WHEN timing = 'AFTER' THEN fuzz.pick('', '', 'REFERENCING OLD TABLE AS o', 'REFERENCING NEW TABLE AS n', 'REFERENCING OLD TABLE AS o NEW TABLE AS n') ELSE '' END;
	level text := fuzz.pick('ROW', 'STATEMENT');
BEGIN
	IF form IS NOT NULL AND fuzz.chance(0.7) THEN
		form := regexp_replace(regexp_replace(form, ' ON \S+ ', format(' ON %s ', target)), 'TRIGGER \S+', 'TRIGGER z' || floor(random() * 1000));
		RETURN fuzz.try(form);
	END IF;
	RETURN fuzz.try(format('CREATE TRIGGER z%s %s %s ON %s %s FOR EACH %s %s EXECUTE FUNCTION %s(%s)', floor(random() * 1000), timing, event, target, tables,
		level, CASE WHEN fuzz.chance(0.2) THEN fuzz.pick('WHEN (true)', 'WHEN (OLD.* IS DISTINCT FROM NEW.*)', 'WHEN (pg_trigger_depth() < 2)') ELSE '' END,
		function, fuzz.pick('', '', '''id''', '''kind'', ''nothing''')));
END $$;

-- Rows to begin with: those of the model, as far as they fit, with NULLs and other values here and there.
CREATE FUNCTION fuzz.fill(target text, model regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	shared text := (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute AS a JOIN pg_attribute AS m USING (attname, atttypid)
		WHERE a.attrelid = target::regclass AND m.attrelid = model AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '');
	attribute record;
BEGIN
	SET LOCAL session_replication_role = replica;
	PERFORM fuzz.try(format('INSERT INTO %s (%s) SELECT %2$s FROM %s LIMIT 3', target, shared, model));
	PERFORM fuzz.write(target);
	FOR attribute IN SELECT quote_ident(attname) AS name, atttypid::regtype AS type FROM pg_attribute
		WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY random() LIMIT fuzz.pick(0, 1, 3)
	LOOP
		PERFORM fuzz.try(format('UPDATE %s SET %s = %s WHERE %s', target, attribute.name,
			CASE WHEN fuzz.chance(0.7) THEN 'NULL' ELSE fuzz.value(attribute.type) END, fuzz.pick('true', 'random() < 0.5')));
	END LOOP;
	SET LOCAL session_replication_role = origin;
END $$;

-- Write some rows of a table, of any values.
CREATE FUNCTION fuzz.write(target text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	names text;
	row_values text;
	sets text;
	changes int := fuzz.pick(1, 1, 2, 4);
	pick text := fuzz.pick('true', 'true', 'false', 'id = 1', 'random() < 0.5');
BEGIN
	SELECT string_agg(quote_ident(attname), ', '), string_agg(fuzz.value(atttypid::regtype), ', '),
		string_agg(format('%I = %s', attname, fuzz.value(atttypid::regtype)), ', ') FILTER (WHERE n <= changes)
	INTO names, row_values, sets FROM (SELECT *, row_number() OVER (ORDER BY random()) AS n FROM pg_attribute
		WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND fuzz.chance(0.85)) AS a;
	RETURN fuzz.try(CASE fuzz.pick(1, 1, 1, 2, 2, 2, 2, 3, 4, 5)
		WHEN 1 THEN format('INSERT INTO %s (%s) SELECT %s FROM generate_series(1, %s)%s', target, names, row_values, fuzz.pick(0, 1, 3), fuzz.pick('', ' ON CONFLICT DO NOTHING'))
		WHEN 2 THEN format('UPDATE %s SET %s WHERE %s', target, coalesce(sets, 'id = id'), pick)
		WHEN 3 THEN format('DELETE FROM %s WHERE %s', target, pick)
		WHEN 4 THEN format('TRUNCATE %s', target)
		ELSE format('MERGE INTO %s AS t USING (VALUES (1)) AS v (i) ON %s WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)',
			target, fuzz.pick('true', 'false'), coalesce(sets, 'id = 1'), names, row_values) END);
END $$;

CREATE DOMAIN fuzz.own_text AS text;
CREATE DOMAIN fuzz.own_int8 AS bigint;
CREATE DOMAIN fuzz.own_numeric AS numeric CHECK (VALUE <> 13);

CREATE FUNCTION fuzz.trigger_functions() RETURNS regproc[] LANGUAGE sql AS $$
	SELECT array_agg(p.oid::regproc ORDER BY p.proname) FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
	WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opportunities') AND p.prorettype = 'trigger'::regtype
$$;

-- A table of its own, with triggers, written some times; and nothing of it left.
CREATE FUNCTION fuzz.wrong_table(INOUT done int, INOUT refused int, INOUT triggers int) LANGUAGE plpgsql AS $$
DECLARE
	functions regproc[] := fuzz.trigger_functions();
	function regproc := fuzz.pick(VARIADIC functions);
	model regclass := (SELECT tgrelid FROM pg_trigger WHERE tgfoid = function AND tgrelid::regclass::text LIKE 'crm.%' ORDER BY random() LIMIT 1);
	target text;
BEGIN
	model := coalesce(CASE WHEN fuzz.chance(0.9) THEN model END, (SELECT oid FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' ORDER BY random() LIMIT 1));
	BEGIN
		target := fuzz.make_table(model);
		PERFORM fuzz.fill(target, model);
		FOR i IN 1..fuzz.pick(1, 1, 2, 3) LOOP
			IF fuzz.make_trigger(target, CASE WHEN i = 1 THEN function ELSE fuzz.pick(VARIADIC functions) END) THEN triggers := triggers + 1; END IF;
		END LOOP;
		IF fuzz.chance(0.2) AND target !~ 'temp' THEN
			EXECUTE format('GRANT ALL ON %s TO fuzz_seller', target);
			SET LOCAL ROLE fuzz_seller;
		END IF;
		FOR i IN 1..fuzz.pick(3, 6) LOOP
			IF fuzz.write(target) THEN done := done + 1; ELSE refused := refused + 1; END IF;
		END LOOP;
		PERFORM fuzz.try('SET CONSTRAINTS ALL IMMEDIATE');
		RAISE EXCEPTION 'undone' USING ERRCODE = 'FZ000';
	EXCEPTION WHEN OTHERS THEN
		IF SQLSTATE LIKE 'XX%' THEN RAISE WARNING 'FINDING % % making a table like %', SQLSTATE, SQLERRM, model; END IF;
	END;
END $$;

-- What an owner may do to a table of a CRM.
CREATE FUNCTION fuzz.damage() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	damaged record;
BEGIN
	SELECT attrelid::regclass AS target, attname AS name INTO damaged FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
	WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped ORDER BY random() LIMIT 1;
	RETURN fuzz.try(format(fuzz.pick('ALTER TABLE %1$s ALTER %2$I DROP NOT NULL; UPDATE %1$s SET %2$I = NULL', 'ALTER TABLE %1$s ALTER %2$I DROP NOT NULL; UPDATE %1$s SET %2$I = NULL',
		'ALTER TABLE %1$s DROP COLUMN %2$I CASCADE', 'ALTER TABLE %1$s RENAME %2$I TO gone', 'ALTER TABLE %1$s ALTER %2$I TYPE %3$s USING %2$I::text::%3$s',
		'ALTER TABLE %1$s ALTER %2$I TYPE %3$s USING NULL', 'UPDATE %1$s SET %2$I = %4$s', 'DROP TABLE %1$s CASCADE', 'ALTER TABLE %1$s RENAME TO gone', 'DELETE FROM %1$s',
		'ALTER TABLE %1$s SET SCHEMA fuzz', 'ALTER TABLE %1$s OWNER TO fuzz_seller', 'ALTER TABLE %1$s DISABLE TRIGGER USER', 'ALTER TABLE %1$s DROP CONSTRAINT IF EXISTS ' ||
		coalesce((SELECT quote_ident(conname) FROM pg_constraint WHERE conrelid = damaged.target ORDER BY random() LIMIT 1), 'none') || ' CASCADE'),
		damaged.target, damaged.name, fuzz.pick('text', 'bigint', 'varchar', 'numeric', 'float8', 'fuzz.own_text', 'fuzz.own_int8', 'jsonb', 'int'),
		fuzz.value((SELECT atttypid FROM pg_attribute WHERE attrelid = damaged.target AND attname = damaged.name))));
END $$;

-- A CRM that was altered, then written and asked; and nothing of it left.
CREATE FUNCTION fuzz.altered_crm(INOUT done int, INOUT refused int, INOUT damages int) LANGUAGE plpgsql AS $$
DECLARE
	target regclass;
BEGIN
	BEGIN
		IF fuzz.chance(0.7) THEN SET LOCAL session_replication_role = replica; END IF;
		FOR i IN 1..fuzz.pick(1, 2, 4) LOOP
			IF fuzz.damage() THEN damages := damages + 1; END IF;
		END LOOP;
		SET LOCAL session_replication_role = origin;
		IF fuzz.chance(0.3) THEN SET LOCAL ROLE fuzz_seller; END IF;
		FOR i IN 1..10 LOOP
			SELECT oid INTO target FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'
			ORDER BY relname <> ALL ('{opportunity,document,opportunity_line,stage,document_line}') AND fuzz.chance(0.6), random() LIMIT 1;
			IF (CASE WHEN fuzz.chance(0.5) THEN fuzz.write(target::text) ELSE fuzz.call() END) THEN done := done + 1; ELSE refused := refused + 1; END IF;
		END LOOP;
		PERFORM fuzz.try('SET CONSTRAINTS ALL IMMEDIATE');
		RAISE EXCEPTION 'undone' USING ERRCODE = 'FZ000';
	EXCEPTION WHEN OTHERS THEN
		IF SQLSTATE LIKE 'XX%' THEN RAISE WARNING 'FINDING % % in an altered CRM', SQLSTATE, SQLERRM; END IF;
	END;
END $$;
