# Nothing that somebody planted runs, whoever works: it stands under every name of the server's, first on the path, in
# pg_temp, and in the schema that a CRM is made in. Nobody may execute it, so that a statement which merely holds a call of
# it fails; for a superuser it raises.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('planted');
$node->init;
$node->append_conf('postgresql.conf', "track_functions = all\nfsync = off\njit = off");
$node->start;
my $db = 'postgres';
my @schemas = qw(trap crm many mapped);

# What a schema's definition calls is planted for all pairs of types.
my %called = map { $_ => 1 } map { slurp_file($_) =~ /\b([a-z_]+)\(/g } glob('sql/crm/*.sql');
my $called = join ',', sort keys %called;

$node->safe_psql(
	$db, q{
	CREATE ROLE boss LOGIN;
	CREATE ROLE seller LOGIN;
	CREATE EXTENSION opportunities;
	CREATE EXTENSION pg_trgm;
	CREATE SCHEMA trap;
	CREATE SCHEMA crm AUTHORIZATION boss;
	CREATE SCHEMA mapped AUTHORIZATION boss;
	CREATE SCHEMA many;
	GRANT USAGE ON SCHEMA crm, mapped, many TO boss, seller;
} . slurp_file('test/t/planted.sql') . 'CREATE SEQUENCE planted.first;'
	  . join('', map { "CALL planted.plant('$_', '{$called}');" } @schemas) . 'CREATE SEQUENCE planted.last;');

# What each session plants in pg_temp: domains and relations.
my $temporary = 'SET client_min_messages = error;' . $node->safe_psql(
	$db, q{
	SELECT format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%1$I CHECK (trap.now());', typname) FROM pg_type
	WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typcategory <> 'A'
	UNION ALL
	SELECT format('CREATE TABLE pg_temp.%I (planted pg_catalog.text);', relname) FROM pg_class
	WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')});

# What a role's session under that path says.
sub work
{
	my ($role, $crm, $sql, $stop) = @_;
	my %variables = (crm => $crm, who => $role, users => "$crm.app_user", queries => $node->basedir . '/queries.sql');
	local $ENV{PGOPTIONS} = "-c search_path=trap,pg_catalog,$crm -c opportunities.tenant=acme";
	my ($status, $out, $err) = $node->psql($db, $temporary . $sql, on_error_stop => $stop // 1,
		extra_params => [ '-U', $role, map { ('-v', "$_=$variables{$_}") } keys %variables ]);
	return $out . $err;
}
my $found = qr/planted|permission denied for function/;

like(work('seller', 'crm', 'SELECT 1 = 1'), $found, 'an operator that a statement names alone is the planted one');
like(work('postgres', 'crm', 'SELECT 1::text'), $found, 'and so is a type, for a superuser too');
like(work('boss', 'crm', 'SELECT 1 FROM pg_class WHERE relname IS NOT NULL'), qr/does not exist/, 'and a relation');

# The tables of a customer, of many customers, and views of other types with filters alone.
is(work('boss', 'crm', q{SELECT opportunities.create_crm('crm', starter => true)}), '', 'a CRM is made');
is(work('boss', 'crm', "SELECT opportunities.notify_changes('crm', $_)"), '', "whose changes are told: $_") for qw(true false true);
is(work('boss', 'crm', q{SELECT opportunities.create_rollup('crm.opportunity')}), '', 'and whose totals are kept');
is(work('postgres', 'many', q{SELECT opportunities.create_crm('many', tenant => true, starter => true)}), '', 'and one with tenants');
is(work('postgres', 'many', q{SELECT opportunities.notify_changes('many')}), '', 'whose changes are told, too');
is(work('postgres', 'many', q{SELECT opportunities.create_rollup('many.opportunity')}), '', 'and whose totals are kept');
is( work(
		'boss', 'mapped', q{
		CREATE VIEW mapped.stage AS SELECT id::pg_catalog.text, name::varchar, position::smallint, kind::varchar, max_days::bigint FROM crm.stage;
		CREATE VIEW mapped.account AS SELECT id::integer, name::varchar FROM crm.account;
		CREATE VIEW mapped.opportunity AS SELECT id::pg_catalog.text, stage_id::pg_catalog.text, account_id::integer, title::varchar,
			owner::pg_catalog.name, amount::integer, probability::smallint, currency::varchar, created_at::timestamp, expected_close,
			closed_on::timestamp, stage_entered_at, archived, tags::varchar[], custom FROM crm.opportunity;
		CREATE TABLE mapped.deal (key pg_catalog.uuid PRIMARY KEY, name varchar, step pg_catalog.text, worth numeric, chance integer, place double precision, revision integer DEFAULT 1, tags varchar[], custom pg_catalog.jsonb);
		CREATE VIEW mapped.deals AS SELECT key AS id, name AS title, step AS stage_id, worth AS amount, chance AS probability, place AS position, revision AS version, tags, custom FROM mapped.deal;
		SELECT opportunities.create_crm('mapped', '{filters}')}),
	'', 'and filters beside views');
# (what a session planted for itself goes a moment after it)
$node->poll_query_until($db, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'});
is( $node->safe_psql(
		$db, q{
		SELECT pg_describe_object(classid, objid, 0) || ' by ' || pg_describe_object(refclassid, refobjid, 0) FROM pg_depend
		WHERE objid > 'planted.last'::regclass AND refobjid BETWEEN 'planted.first'::regclass AND 'planted.last'::regclass}),
	'', 'of nothing that stands in their schemas');

# Row security by a filter that has all rules, and the rights of a seller.
$node->safe_psql(
	$db, q{
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm, many, mapped TO seller;
	REVOKE INSERT, UPDATE, DELETE ON crm.change_log, crm.stage_change, crm.document_counter, many.change_log, many.stage_change, many.document_counter FROM seller;
	DO $do$
	DECLARE
		crm name;
		rules jsonb := (SELECT jsonb_build_object('combinator', 'or', 'rules', jsonb_agg(rule)) FROM planted.rule);
	BEGIN
		FOREACH crm IN ARRAY '{crm,many}'::name[] LOOP
			EXECUTE format('ALTER TABLE %I.opportunity ENABLE ROW LEVEL SECURITY', crm);
			EXECUTE format('CREATE POLICY own ON %I.opportunity USING (owner IS NULL OR owner IN (SELECT opportunities.team(%L)))', crm, crm || '.app_user');
			EXECUTE format('CREATE POLICY met ON %I.opportunity USING (opportunities.matches_rules(opportunity, %L))', crm, rules);
		END LOOP;
	END
	$do$;
});

my $day = slurp_file('test/t/planted_work.sql');
for my $run ([ 'boss', 'crm' ], [ 'seller', 'crm' ], [ 'postgres', 'many' ], [ 'seller', 'many' ])
{
	my ($role, $crm) = @$run;
	is(work($role, $crm, $day), '', "$role works in $crm");
	unlike(work($role, $crm, "SELECT * FROM opportunities.check_crm('$crm')", 0), $found, 'and checks it');
	unlike(work($role, $crm, "SELECT * FROM opportunities.upgrade_crm('$crm')", 0), $found, 'and upgrades it, where there is nothing to do');
	next if $role eq 'seller';
	unlike(work($role, $crm, "SELECT opportunities.name_currency('$_', '$crm')", 0), $found, "and names the currency $_") for qw(JPY EUR);
	$node->safe_psql(
		$db, qq{
		SET search_path = pg_catalog;
		SET session_replication_role = replica;
		UPDATE $crm.opportunity SET amount = 1, amount_mode = 'auto', realized_amount = realized_amount + 1, last_activity_at = '2020-01-01';
		UPDATE $crm.opportunity_line SET net = net + 1;
		UPDATE $crm.document_line SET tax = tax + 1;
		UPDATE $crm.opportunity SET closed_at = NULL, closed_on = NULL WHERE closed_on IS NOT NULL;
		UPDATE $crm.opportunity SET stage_id = NULL WHERE stage_id IS NOT NULL;});
	like(work($role, $crm, "SELECT * FROM opportunities.repair_crm('$crm')", 0), qr/\A(?!.*$found).*stage_change_missing.*realized_not_derived/s, 'and repairs it');

	# A person is erased, and what stands beside it.
	$node->safe_psql(
		$db, qq{
		SET search_path = pg_catalog;
		SET opportunities.tenant = 'acme';
		INSERT INTO $crm.account (id, name) VALUES (5000, 'Mina Kamali');
		UPDATE $crm.opportunity SET account_id = 5000;
		UPDATE $crm.document SET account_id = 5000 WHERE status = 'draft'});
	like(work($role, $crm, "SELECT * FROM opportunities.follow_ids('$crm')", 0), qr/\A(?!.*$found).*identity_behind/s, 'and lets ids go on');
	is(work($role, $crm, "SELECT opportunities.fill_calendar('$crm')", 0), '10957', 'and fills the calendar');
	like(work($role, $crm, "SELECT * FROM opportunities.erase_account(5000, '{Mina}', true, '$crm')", 0), qr/\A(?!.*$found).*erased.*opportunity.*change_log/s, 'and erases a person');
	like(work($role, $crm, "SELECT * FROM opportunities.erase_user('$role', NULL, true, '$crm')", 0), qr/\A(?!.*$found).*erased.*opportunity.*change_log/s, 'and a user');

	# What is missing is made under that path, too, and as whoever owns the tables.
	$node->safe_psql(
		$db, qq{
		SET search_path = pg_catalog;
		ALTER TABLE $crm.opportunity DROP CONSTRAINT title_given, DROP COLUMN campaign CASCADE, ALTER COLUMN version DROP DEFAULT;
		ALTER TABLE $crm.account DROP CONSTRAINT account_name_given, ADD CONSTRAINT account_name_given CHECK (name <> '');
		ALTER TABLE $crm.calendar DROP COLUMN month_key;
		DROP INDEX $crm.opportunity_closed_on;
		DROP TABLE $crm.custom_field;
		DROP TRIGGER zz_log ON $crm.stage;});
	like(work($role, $crm, "SELECT * FROM opportunities.upgrade_crm('$crm')", 0), qr/\A(?!.*$found).*constraint_changed.*view_missing.*function_missing/s, 'and upgrades it');
	is(work($role, $crm, "SELECT * FROM opportunities.upgrade_crm('$crm')"), '', 'which is done then');
	is( $node->safe_psql($db, "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE oid IN ('$crm.custom_field'::regclass, '$crm.bi_opportunity'::regclass)"),
		$role, 'and of the owner');
	$node->safe_psql(
		$db, qq{
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $crm TO seller;
		REVOKE INSERT, UPDATE, DELETE ON $crm.change_log, $crm.stage_change, $crm.document_counter FROM seller});
}

# Boards, lists and reports over the views, by whatever rules they have the fields for.
my $reads = q{
	\o /dev/null
	\set page '{id,title,stage.name,state,account.name,currency,tags,custom.size,days_in_stage,stale,created_at}'
	CREATE TEMPORARY TABLE rules AS SELECT d.rules FROM planted.definition AS d
		WHERE NOT EXISTS (SELECT FROM opportunities.check_filter(d.rules, 'mapped.opportunity') AS c WHERE c.severity OPERATOR(pg_catalog.=) 'error');
	SELECT opportunities.list('mapped.opportunity', rules => r.rules, search => 'deal', sort => '{-amount,title,stage.name}', fields => :'page') FROM rules AS r;
	SELECT opportunities.list('mapped.opportunity', sort => s.sort, size => 2, after => pg_catalog.jsonb_extract_path(opportunities.list('mapped.opportunity', sort => s.sort, size => 1), 'next'))
	FROM (VALUES ('{title}'::pg_catalog.text[]), ('{-amount,account.name}'), ('{owner,-created_at}'), ('{tags}'), (NULL)) AS s (sort);
	SELECT b.*, opportunities.column_cards('mapped.opportunity', lane_by => l.lane, after => b.next)
	FROM (VALUES ('owner'), ('currency'), ('account_id'), ('closed_on'), ('title'), (NULL)) AS l (lane), opportunities.board('mapped.opportunity', lane_by => l.lane, cards => 1, fields => :'page') AS b
	WHERE b.next IS NOT NULL;
	SELECT c.* FROM rules AS r, opportunities.report('mapped.opportunity', '{owner,stage.name,month(created_at),account.name,currency}', rules => r.rules, subtotals => true) AS c;
	SELECT c.* FROM opportunities.report('crm.opportunity', '{each(tags),each(custom.x),label(activity.assignee),month(activity.due_at),opportunity_line.product.category}',
		scope => '{"pipeline_id": 1}', subtotals => true) AS c;
	SELECT c.* FROM opportunities.report_lines('crm.opportunity', '{product.name,owner,each(tags)}', subtotals => true) AS c;
	SELECT opportunities.report_lines_json('crm.opportunity', '{product_id}');
	SELECT o.id FROM mapped.opportunity AS o, rules AS r WHERE opportunities.matches_rules(o, r.rules);
	SELECT opportunities.save_filter(:'who', r.rules, true, 'mapped.opportunity') FROM rules AS r;
	SELECT opportunities.save_view(:'who', fields => :'page', sort => '{title}', lane_by => 'owner', filter => :'who', shared => true, relation => 'mapped.opportunity');
	SELECT b.* FROM opportunities.board('mapped.opportunity', "view" => :'who') AS b;
	SELECT opportunities.create_opportunity(pg_catalog.jsonb_build_object('id', '00000000-0000-0000-0000-00000000000'::pg_catalog.text OPERATOR(pg_catalog.||) n, 'title', n, 'stage_id', '1', 'amount', n, 'tags', pg_catalog.jsonb_build_array('a'), 'custom.x', n), relation => 'mapped.deals')
		FROM pg_catalog.generate_series(1, 4) AS n;
	SELECT opportunities.edit_opportunity('00000000-0000-0000-0000-000000000001', '{"tags": {"add": ["b"], "remove": ["a"]}, "custom.x": null}', expected => 1, relation => 'mapped.deals');
	SELECT * FROM opportunities.bulk_edit('{"probability": 7}', rules => '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 1}]}', expected_count => 3, relation => 'mapped.deals');
	SELECT opportunities.move('00000000-0000-0000-0000-000000000001', '1', with_totals => true, relation => 'mapped.deals');
	SELECT opportunities.move('00000000-0000-0000-0000-000000000002', '1', above => '00000000-0000-0000-0000-000000000001', expected => 1, relation => 'mapped.deals');
	SELECT opportunities.move('00000000-0000-0000-0000-000000000003', '1', above => '00000000-0000-0000-0000-000000000001', below => '00000000-0000-0000-0000-000000000002', lane_by => 'title', relation => 'mapped.deals');
	SELECT * FROM opportunities.bulk_delete(ids => '{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003,00000000-0000-0000-0000-000000000004,00000000-0000-0000-0000-000000000005}', on_error => 'skip', relation => 'mapped.deals');
	DELETE FROM mapped.saved_view;
};
is(work($_, 'mapped', $reads), '', "$_ looks at the views") for qw(seller boss);
is(work('boss', 'mapped', 'TRUNCATE mapped.saved_view'), '', 'an empty table is emptied');

# Every function once, with values of its types: many refuse them.
my $calls = $node->safe_psql(
	$db, q{
	SELECT format('BEGIN; SELECT %I.%I(%s); ROLLBACK;', pronamespace::regnamespace, proname, (
		SELECT string_agg(format('%L::%I.%I', CASE
			WHEN typcategory = 'A' THEN '{1}' WHEN typname IN ('int8', 'int4', 'numeric') THEN '1' WHEN typname LIKE 'json%' THEN '{"rules": []}'
			WHEN typname IN ('date', 'timestamp', 'timestamptz') THEN '2026-01-01' WHEN typname = 'interval' THEN '1 day' WHEN typname = 'bool' THEN 'true'
			WHEN typname = 'totals' THEN '(1,1,1,1)' WHEN typname = 'rollup_mark' THEN 'current' WHEN typname = 'regclass' THEN '0' WHEN typname = 'record' THEN NULL ELSE 'x' END, nspname, typname), ', ' ORDER BY n)
		FROM unnest(proargtypes) WITH ORDINALITY AS a (t, n) JOIN pg_type AS t ON t.oid = a.t JOIN pg_namespace AS s ON s.oid = t.typnamespace))
	FROM pg_proc
	WHERE pronamespace::regnamespace::text ~ '^opportunities' AND prokind = 'f' AND prorettype <> 'trigger'::regtype
		AND NOT ('internal'::regtype = ANY (proargtypes) OR 'cstring'::regtype = ANY (proargtypes))});
unlike(work('seller', $_, $calls =~ s/'0'::pg_catalog.regclass/'$_.opportunity'::pg_catalog.regclass/gr, 0), $found, "a seller calls every function about $_")
  for qw(crm many mapped);

# What a restore brings of rollups is left out.
like(work('boss', 'crm', 'SELECT opportunities.compact_rollup(\'crm.opportunity\')'), qr/^\d+$/, 'rollups are folded');
$node->safe_psql($db, 'SET session_replication_role = replica; INSERT INTO crm.opportunity_rollup SELECT * FROM crm.opportunity_rollup');

# A database for tests is emptied; what stands in the way of TRUNCATE is theirs, too.
$node->safe_psql($db, "LOAD 'opportunities'; ALTER DATABASE postgres SET opportunities.test_database = 'postgres'");
is(work(@$_, "SELECT opportunities.empty_crm('$_->[1]')"), '', "$_->[0] empties $_->[1]") for [ 'boss', 'crm' ], [ 'postgres', 'many' ], [ 'boss', 'mapped' ];

# (two say by their triggers, which never fire, what a rollup is)
my $calls_of = q{FROM pg_proc AS p LEFT JOIN pg_stat_user_functions AS f ON f.funcid = p.oid
	WHERE p.pronamespace::regnamespace::text ~ '^(opportunities.*|crm)$' AND p.oid NOT BETWEEN 'planted.first'::regclass AND 'planted.last'::regclass
		AND prokind = 'f' AND proname NOT IN ('rollup_columns', 'rollup_of') AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql') AND NOT ('internal'::regtype = ANY (proargtypes) OR 'cstring'::regtype = ANY (proargtypes))};
is($node->safe_psql($db, "SELECT p.oid::regprocedure $calls_of AND f.calls IS NULL"), '', 'no function of ours was left out');
note 'planted: ' . $node->safe_psql(
	$db, q{SELECT string_agg(count || ' in ' || catalog, ', ') FROM (SELECT classid::regclass AS catalog, count(DISTINCT objid)
		FROM pg_depend WHERE objid BETWEEN 'planted.first'::regclass AND 'planted.last'::regclass GROUP BY classid) AS t});
note 'calls of ours: ' . $node->safe_psql($db, "SELECT sum(f.calls) $calls_of");

$node->stop;
done_testing();
