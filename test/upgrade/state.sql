-- What must be the same on both sides of an upgrade: rows, definitions, rights, and what a user is answered.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET TimeZone = 'UTC';
SET client_min_messages = warning;

\echo rows, but of views that say how many days it is today
SELECT format('SELECT %L, count(*), md5(string_agg(r::text, E''\n'' ORDER BY r::text COLLATE "C")) FROM %1$s AS r', c.oid::regclass)
FROM pg_class AS c
WHERE c.relnamespace IN ('crm'::regnamespace, 'shared'::regnamespace, 'legacy'::regnamespace, 'own'::regnamespace)
	AND (c.relkind IN ('r', 'p') OR c.relkind = 'm' AND c.relispopulated OR c.relkind = 'v' AND pg_get_viewdef(c.oid) !~ '\mnow\(\)')
ORDER BY c.oid::regclass::text \gexec

\echo definitions; of a view its rows and columns, since each version writes its query in its own way
SELECT tgrelid::regclass, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text, tgname;
SELECT conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace::regnamespace::text IN ('crm', 'shared', 'legacy', 'own') AND contype <> 'n' ORDER BY conrelid::regclass::text, conname;
SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, attacl FROM pg_attribute
WHERE attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p') AND relnamespace::regnamespace::text IN ('crm', 'shared', 'legacy', 'own'))
	AND attnum > 0 AND NOT attisdropped ORDER BY attrelid::regclass::text, attnum;
SELECT indexdef FROM pg_indexes WHERE schemaname IN ('crm', 'shared', 'legacy', 'own') ORDER BY indexdef;
SELECT oid::regclass, relkind, relrowsecurity, relforcerowsecurity, reloptions,
	(SELECT string_agg(concat(grantee::regrole, ' ', privilege_type), ', ' ORDER BY grantee::regrole::text, privilege_type)
	FROM aclexplode(relacl) WHERE privilege_type <> 'MAINTAIN') FROM pg_class
WHERE relnamespace::regnamespace::text IN ('crm', 'shared', 'legacy', 'own') ORDER BY oid::regclass::text;
SELECT polrelid::regclass, polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy ORDER BY polrelid::regclass::text, polname;
SELECT adrelid::regclass, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid::regclass::text ~ '^(crm|shared|legacy|own)\.'
ORDER BY adrelid::regclass::text, adnum;
SELECT objoid::regclass, objsubid, description FROM pg_description WHERE classoid = 'pg_class'::regclass
	AND objoid::regclass::text ~ '^(crm|shared|legacy|own)\.' ORDER BY objoid::regclass::text, objsubid;
SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY schemaname, sequencename;
SELECT stxrelid::regclass, stxname, stxkind FROM pg_statistic_ext;

\echo the extension: its members but for types of arrays, which pg_upgrade makes members too, their rights and comments
SELECT extversion, nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'opportunities';
SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opportunities')
	AND NOT (classid = 'pg_type'::regclass AND objid IN (SELECT typarray FROM pg_type)) ORDER BY pg_describe_object(classid, objid, 0);
SELECT oid::regprocedure, proacl, obj_description(oid, 'pg_proc') FROM pg_proc
WHERE pronamespace IN (SELECT objid FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND deptype = 'e') ORDER BY oid::regprocedure::text;

\echo answers
SELECT * FROM opportunities.check_crm('crm');
SELECT * FROM opportunities.check_crm('shared');
SELECT * FROM opportunities.check_crm('legacy');
SELECT c.name, u.* FROM (VALUES ('crm'), ('shared'), ('legacy')) AS c (name), opportunities.upgrade_crm(c.name) AS u;
SELECT b FROM opportunities.board('crm.opportunity', lane_by => 'owner', fields => '{title,amount,position,version,account.name}') AS b;
SELECT b FROM opportunities.board('legacy.opportunity', rules => '{"combinator": "and", "rules": []}') AS b;
SELECT r FROM opportunities.report('crm.opportunity', by => '{owner,state,quarter(expected_close)}', subtotals => true) AS r;
SELECT opportunities.list('crm.opportunity', filter => 'large', fields => '{title,amount}', sort => '{-amount}', search => 'deal');
SELECT opportunities.list('legacy.opportunity', filter => 'dear', sort => '{title}');
SELECT name, opportunities.filter_sql(definition, 'crm.opportunity') FROM crm.saved_filter ORDER BY name;
SELECT count(*), sum(amount) FROM own.large;
SELECT count(*), sum(amount) FROM own.dear;
SET opportunities.tenant = 'acme';
SELECT b FROM opportunities.board('shared.opportunity') AS b;
SELECT count(*) FROM shared.opportunity AS o WHERE opportunities.matches(o, 'small');
SET ROLE application;
SELECT count(*) FROM shared.pipeline;
SET opportunities.tenant = 'globex';
SELECT count(*) FROM shared.opportunity;
SET ROLE sara;
SELECT count(*), sum(amount) FROM crm.opportunity;
SELECT has_function_privilege(oid, 'execute') FROM pg_proc WHERE proname IN ('bulk_edit', 'bulk_delete') ORDER BY proname;
RESET ROLE;

\echo totals, by each kind of index
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET search_path = own, opportunities;
SELECT count(*), md5(string_agg(id::text, ',' ORDER BY totals, id)) FROM kept;
SELECT count(*) FROM kept WHERE totals > '(1,500,0,0)';
SELECT count(*) FROM kept AS a JOIN kept AS b ON a.totals = b.totals;
SELECT tableoid::regclass, count(*), sum(s.totals) FROM spread AS s GROUP BY 1 ORDER BY 1;
SELECT tableoid::regclass, count(*), sum(r.totals) FROM ranged AS r GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM spread AS a WHERE EXISTS (SELECT FROM spread AS b WHERE b.totals = a.totals);
SELECT count(*) FROM kept AS k WHERE NOT EXISTS (SELECT FROM spread AS s WHERE s.totals = k.totals);
SELECT * FROM by_stage ORDER BY stage_id;
