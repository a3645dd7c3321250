# A dump restores to equal tables, triggers and boards, and nothing is counted or stamped twice.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off");
$node->start;

# What must be the same on both sides.
my %same = (
	rows => q{SELECT o FROM crm.opportunity AS o ORDER BY id},
	stages => q{SELECT s FROM crm.stage AS s ORDER BY id},
	filters => q{SELECT f FROM crm.saved_filter AS f ORDER BY id},
	views => q{SELECT v FROM crm.saved_view AS v ORDER BY id},
	fields => q{SELECT f FROM crm.custom_field AS f ORDER BY id},
	activities => q{SELECT a FROM crm.activity AS a ORDER BY id},
	choices => q{SELECT c FROM crm.choice AS c ORDER BY id},
	users => q{SELECT u FROM crm.app_user AS u ORDER BY login},
	documents => q{SELECT d, l FROM crm.document AS d JOIN crm.document_line AS l ON l.document_id = d.id ORDER BY d.id, l.id},
	numbers => q{SELECT c FROM crm.document_counter AS c ORDER BY kind},
	payments => q{SELECT p FROM crm.payment AS p ORDER BY id},
	board => q{SELECT b FROM opportunities.board('crm.opportunity', lane_by => 'owner', fields => '{title,amount,position,version}') AS b},
	rollup => q{SELECT stage_id, totals, totals OPERATOR(opportunities.=) (SELECT opportunities.totals(amount, probability, realized_amount, currency)
		FROM crm.opportunity AS o WHERE o.stage_id IS NOT DISTINCT FROM r.stage_id) AS right FROM public.rollup AS r ORDER BY 1},
	'materialized views' => q{SELECT l FROM public.large AS l ORDER BY id},
	triggers => q{SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
		WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'crm.%' ORDER BY 1, 2},
	constraints => q{SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
		WHERE connamespace = 'crm'::regnamespace ORDER BY 1, 2},
	indexes => q{SELECT indexdef FROM pg_indexes WHERE schemaname = 'crm' ORDER BY 1},
	comments => q{SELECT c.relname, d.objsubid, d.description FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid
		WHERE c.relnamespace = 'crm'::regnamespace ORDER BY 1, 2},
	defaults => q{SELECT adrelid::regclass::text, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef
		WHERE adrelid::regclass::text LIKE 'crm.%' ORDER BY 1, 2},
	members => q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass},
	version => q{SELECT opportunities.crm_version('crm')},
	upgrades => q{SELECT * FROM opportunities.upgrade_crm('crm')},
	problems => q{SELECT * FROM opportunities.check_crm('crm')});

$node->safe_psql('postgres', 'CREATE DATABASE before');
$node->safe_psql(
	'before', q{
	CREATE EXTENSION opportunities CASCADE;
	CREATE EXTENSION pg_trgm;
	SELECT opportunities.create_crm('crm', starter => true);
	INSERT INTO crm.account (name) SELECT 'Account ' || i FROM generate_series(1, 5) AS i;
	INSERT INTO crm.opportunity (pipeline_id, stage_id, title, owner, account_id, amount, currency, custom)
	SELECT s.pipeline_id, s.id, 'Deal ' || i, 'owner ' || i % 3, i % 5 + 1, i * 10.50,
		CASE i % 4 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' END, jsonb_build_object('n', i)
	FROM generate_series(1, 60) AS i JOIN crm.stage AS s ON s.position = i % 6 + 1;
	INSERT INTO crm.opportunity (pipeline_id, title) SELECT id, 'Not staged' FROM crm.pipeline;
	UPDATE crm.opportunity SET title = title || '!' WHERE id % 7 = 0;
	UPDATE crm.opportunity SET closed_at = NULL, version = 99 WHERE id % 5 = 0;
	INSERT INTO crm.custom_field (name, type) VALUES ('n', 'number');
	INSERT INTO crm.choice (field, value, active) VALUES ('source', 'web', true), ('source', 'fair', false);
	INSERT INTO crm.app_user (login, name, manager) VALUES ('omid', 'Omid', NULL), ('ali', 'Ali', 'omid');
	INSERT INTO crm.activity (opportunity_id, kind, due_at, created_at)
	SELECT i, 'call', CASE WHEN i % 2 = 0 THEN now() END, '2020-01-01' FROM generate_series(1, 20) AS i;
	UPDATE crm.activity SET updated_by = 'x', subject = 'S' WHERE id % 3 = 0;
	UPDATE crm.activity SET done_at = NULL WHERE id % 5 = 0;
	SELECT opportunities.issue_quote(i, true, 'crm.opportunity') FROM generate_series(1, 4) AS i;
	SELECT opportunities.invoice_quote(i, i > 1, relation => 'crm.opportunity') FROM generate_series(1, 3) AS i;
	SELECT opportunities.issue_return(6, true, 'crm.opportunity');
	UPDATE crm.document SET status = 'void' WHERE id = 7;
	INSERT INTO crm.payment (opportunity_id, document_id, amount, paid_on) VALUES (2, 6, 7, '2026-01-01');
	INSERT INTO crm.saved_filter (owner, name, shared, definition, updated_at)
	SELECT 'owner ' || i % 3, 'Filter ' || i / 3, i / 3 = 2,
		jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', 'amount', 'operator', '>', 'value', i::text))),
		'2026-01-01'
	FROM generate_series(1, 6) AS i;
	ALTER TABLE crm.opportunity ADD COLUMN passing text;
	INSERT INTO crm.saved_filter (name, definition)
	VALUES ('Column gone', '{"combinator": "and", "rules": [{"field": "passing", "operator": "=", "value": "1"}]}');
	INSERT INTO crm.saved_view (owner, name, shared, is_default, pipeline_id, columns, sort, filter, updated_at)
	SELECT 'owner ' || i, 'View', false, true, 1, '[{"field": "passing", "label": "Gone"}]', '{-amount}', CASE i WHEN 1 THEN 'Filter 2' END, '2026-01-01'
	FROM generate_series(1, 3) AS i;
	ALTER TABLE crm.opportunity DROP COLUMN passing;
	CREATE TABLE public.rollup AS SELECT stage_id, opportunities.totals(amount, probability, realized_amount, currency)
	FROM crm.opportunity GROUP BY 1;
	INSERT INTO public.rollup VALUES (-1, '(2,1.00[1,0,-1],0,5)');
	CREATE MATERIALIZED VIEW public.large AS SELECT o.id, o.title FROM crm.opportunity AS o WHERE opportunities.matches(o, 'Filter 2');
});

for my $format ('plain', 'custom', 'directory')
{
	my $file = $node->basedir . "/dump.$format";
	$node->command_ok([ 'pg_dump', '--format', $format, '--file', $file, 'before' ], "$format: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE after_$format");
	if ($format eq 'plain')
	{
		$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', "after_$format", '-f', $file ], 'plain: restored');
	}
	else
	{
		$node->command_ok([ 'pg_restore', '--exit-on-error', '--jobs', 2, '-d', "after_$format", $file ],
			"$format: restored");
	}
	for my $what (sort keys %same)
	{
		my $before = $node->safe_psql('before', $same{$what});
		isnt($before, '', "$what: there is something to compare") unless $what =~ /^(?:upgrades|problems)$/;
		is($node->safe_psql("after_$format", $same{$what}), $before, "$format: the same $what");
	}
}

# The schema of a CRM alone, which goes where the extension is already.
my $alone = $node->basedir . '/dump.alone';
$node->command_ok([ 'pg_dump', '--schema', 'crm', '--file', $alone, 'before' ], 'alone: dumped');
unlike(slurp_file($alone), qr/EXTENSION/, 'alone: without the extension');
$node->safe_psql('postgres', 'CREATE DATABASE alone');
$node->safe_psql('alone', 'CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'alone', '-f', $alone ], 'alone: restored');
for my $what (grep { $same{$_} !~ /public\./ } sort keys %same)
{
	is($node->safe_psql('alone', $same{$what}), $node->safe_psql('before', $same{$what}), "alone: the same $what");
}

# Data into tables that have their triggers: as a replica it comes as it was. With triggers off for the time they are
# all on afterwards, also those that were off, and none is on always: check_crm says so.
my $dump = $node->basedir . '/dump.custom';
for my $way ('replica', 'disabled')
{
	local $ENV{PGOPTIONS} = $way eq 'replica' ? '-c session_replication_role=replica' : '';
	$node->safe_psql('postgres', "CREATE DATABASE data_$way");
	$node->command_fails_like([ 'pg_restore', '--schema-only', '-d', "data_$way", $dump ],
		qr/"Filter 2" does not exist.*REFRESH.*errors ignored on restore: 1$/s, "$way: the tables are restored, without filters as yet");
	$node->command_ok(
		[
			'pg_restore', '--exit-on-error', '--data-only', $way eq 'replica' ? () : '--disable-triggers', '-d', "data_$way", $dump
		],
		"$way: the data is restored into them");
	$node->safe_psql("data_$way", 'REFRESH MATERIALIZED VIEW public.large');
	for my $what (sort keys %same)
	{
		next if $way eq 'disabled' && $what =~ /^(?:triggers|upgrades|problems)$/;
		is($node->safe_psql("data_$way", $same{$what}), $node->safe_psql('before', $same{$what}), "$way: the same $what");
	}
}
is( $node->safe_psql('data_disabled', q{SELECT code, object, count(*) FROM opportunities.check_crm('crm') GROUP BY 1, 2 ORDER BY 2}),
	"trigger_disabled|crm.custom_field|2\ntrigger_disabled|crm.saved_filter|2",
	'disabled: check_crm tells which triggers are to be on always');
is( $node->safe_psql('data_disabled', q{
		SELECT code, object, count(*) FROM opportunities.upgrade_crm('crm') GROUP BY 1, 2 ORDER BY 2;
		SELECT code FROM opportunities.check_crm('crm');
		SELECT tgname, tgenabled, count(*) FROM pg_trigger WHERE tgname LIKE 'zz\_replan%' GROUP BY 1, 2 ORDER BY 1}),
	"trigger_disabled|crm.custom_field|2\ntrigger_disabled|crm.saved_filter|2\nzz_replan|A|2\nzz_replan_all|A|2",
	'disabled: and an upgrade has them on always');

# That of live updates, too.
$node->safe_psql('data_disabled', q{
	SELECT opportunities.notify_changes('crm');
	ALTER TABLE crm.change_log DISABLE TRIGGER ALL; ALTER TABLE crm.change_log ENABLE TRIGGER ALL});
is($node->safe_psql('data_disabled', q{SELECT code, object, problem FROM opportunities.check_crm('crm'); SELECT code, problem FROM opportunities.upgrade_crm('crm'); SELECT * FROM opportunities.check_crm('crm')}),
	qq{trigger_disabled|crm.change_log|trigger "zz_notify" is not enabled always\ntrigger_disabled|trigger "zz_notify" is not enabled always}, 'disabled: that of live updates, too');

# the triggers are there and working
my ($status, $out, $err) =
  $node->psql('after_plain', q{UPDATE crm.opportunity SET stage_id = NULL WHERE stage_id IS NOT NULL});
isnt($status, 0, 'a restored trigger refuses');
$node->safe_psql('after_plain', q{SELECT opportunities.issue_invoice(1, true, 'crm.opportunity')});
is($node->safe_psql('after_plain', q{SELECT max(number) FROM crm.document WHERE kind = 'invoice'}), '3', 'and numbers go on');
is( $node->safe_psql(
		'after_plain', q{INSERT INTO crm.opportunity (pipeline_id, title) SELECT id, 'New' FROM crm.pipeline RETURNING id > 61, version}),
	't|1', 'a restored identity goes on');

# the extension may go, the data stays
$node->safe_psql('after_plain', 'SET client_min_messages = warning; DROP TABLE public.rollup; DROP EXTENSION opportunities CASCADE');
is($node->safe_psql('after_plain', 'SELECT count(*), count(estimated_amount) > 0 FROM crm.opportunity'),
	'62|t', 'dropping the extension takes no data');
$node->safe_psql('after_plain', q{CREATE EXTENSION opportunities; SELECT * FROM opportunities.upgrade_crm('crm')});
is($node->safe_psql('after_plain', $same{problems}), '', 'and an upgrade brings back what it takes');
is($node->safe_psql('after_plain', $same{version}), $node->safe_psql('before', $same{version}), 'and the version');

# a materialized view over a tenant's filter is refreshed for the tenant that the restore is told
$node->safe_psql('postgres', 'CREATE DATABASE tenants_before');
$node->safe_psql(
	'tenants_before', q{
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm('crm', tenant => true, starter => false);
	SET opportunities.tenant = 'acme';
	INSERT INTO crm.pipeline (name) VALUES ('Sales');
	INSERT INTO crm.opportunity (pipeline_id, title, amount) VALUES (1, 'Large', 1000), (1, 'Small', 1);
	SELECT opportunities.save_filter('Large', '{"rules": [{"field": "amount", "operator": ">", "value": 100}]}', true, 'crm.opportunity');
	CREATE MATERIALIZED VIEW crm.large AS SELECT o.title FROM crm.opportunity AS o WHERE opportunities.matches(o, 'Large');
});
my $tenants = $node->basedir . '/dump.tenants';
$node->command_ok([ 'pg_dump', '--format', 'custom', '--file', $tenants, 'tenants_before' ], 'tenants: dumped');
$node->safe_psql('postgres', 'CREATE DATABASE tenants_after');
{
	local $ENV{PGOPTIONS} = '-c opportunities.tenant=acme';
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'tenants_after', $tenants ], 'tenants: restored');
}
is($node->safe_psql('tenants_after', 'TABLE crm.large'), 'Large', 'tenants: with the rows of a materialized view');
is($node->safe_psql('tenants_after', $same{upgrades}), '', 'tenants: and nothing to upgrade');

# Rows alone, as doc/backup.md tells, by an owner who is no superuser, of a CRM that was used: into tables that were restored
# alone, and into those that create_crm has just made.
my ($dump_rows) = slurp_file('doc/backup.md') =~ /^    (pg_dump --data-only .*)$/m;
my ($load_rows) = slurp_file('doc/backup.md') =~ /^```sql\n(BEGIN;\n.*?DISABLE TRIGGER USER.*?)^```/ms;
$node->safe_psql('postgres', 'CREATE ROLE company LOGIN');
$node->safe_psql('postgres', "CREATE DATABASE $_ OWNER company") for 'company', 'rows_restored', 'rows_made';
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'company');
	my $folder = $node->basedir;
	is(system("psql -X -q -v ON_ERROR_STOP=1 -d company -f test/data/used_crm.sql"), 0, 'rows: a CRM that was used');
	$dump_rows =~ s/rows\.sql/'$folder\/rows.sql'/;
	is(system($dump_rows), 0, 'rows: dumped');
	is(system("pg_dump --schema-only company -f '$folder/tables.sql' && psql -X -q -v ON_ERROR_STOP=1 -d rows_restored -f '$folder/tables.sql' >/dev/null"), 0, 'rows: tables are restored');
	$node->safe_psql(
		'rows_made', q{
		SET client_min_messages = warning;
		CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm; SELECT opportunities.create_crm('crm');
		ALTER TABLE crm.account ADD COLUMN phone text, ADD COLUMN born_on date; ALTER TABLE crm.opportunity ADD COLUMN reference text},
		extra_params => [ '-U', 'company' ]);
	$load_rows =~ s/^-- here: \\i rows\.sql$/\\i $folder\/rows.sql/m or die;
	append_to_file("$folder/load.sql", $load_rows);
	my $everything = q{SELECT relname, md5(query_to_xml(format('SELECT to_jsonb(r)::text AS r FROM crm.%I AS r ORDER BY 1', relname), true, false, '')::text)
		FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND relname <> 'calendar' ORDER BY 1};
	for my $database ('rows_restored', 'rows_made')
	{
		is(system("psql -X -q -v ON_ERROR_STOP=1 -d $database -f '$folder/load.sql' >/dev/null"), 0, "$database: the rows are loaded");
		is($node->safe_psql($database, $everything), $node->safe_psql('company', $everything), "$database: and all there");
		is($node->safe_psql($database, $same{$_}), $node->safe_psql('company', $same{$_}), "$database: the same $_") for 'board', 'triggers', 'upgrades', 'problems';
		$node->safe_psql($database, q{SELECT opportunities.fill_calendar('crm')});
		my (undef, undef, $advice) = $node->psql($database, $same{problems});
		is($advice, '', "$database: no advice");
		is($node->safe_psql($database, q{INSERT INTO crm.opportunity (pipeline_id, title) VALUES (1, 'Next') RETURNING id}),
			'104', "$database: identities go on");
	}
}

$node->stop;
done_testing();
