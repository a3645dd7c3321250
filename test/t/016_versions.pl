# The library beside the SQL of earlier versions, which a database has until it is updated; and that an update makes what a
# new installation has. Earlier versions are the released ones, and one that this test makes of the present one.
use strict;
use warnings FATAL => 'all';
use File::Basename;
use File::Path 'make_path';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A copy of the server's programs, with links to its files, beside which other versions of the extension can stand.
my %path = map { my ($path) = run_command([ 'pg_config', "--$_" ]); $_ => $path } qw(bindir pkglibdir sharedir);
my $tree = PostgreSQL::Test::Utils::tempdir;
make_path(map { "$tree$_" } values %path);
system_or_bail('cp', '-RL', "$path{bindir}/.", "$tree$path{bindir}");
system_or_bail('cp', '-as', "$path{$_}/.", "$tree$path{$_}") for qw(pkglibdir sharedir);
my $scripts = "$tree$path{sharedir}/extension/opportunities";

my $node = PostgreSQL::Test::Cluster->new('versions', install_path => $tree . dirname($path{bindir}));
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

my ($present) = slurp_file('opportunities.control') =~ /^default_version = '(.*)'$/m;
my $script = slurp_file("$scripts--$present.sql");
sub names { return join ' ', sort map { basename $_ } @_ }
is(names(glob("$scripts--*--*.sql")), names(glob('sql/update/*.sql')), 'the scripts of updates are installed');
my @released = map { m{--(.*)\.sql\.gz$} } glob('test/upgrade/released/*.gz');

sub sql
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, $sql);
}

# A file beside those of the extension, or in the place of one.
sub put
{
	my ($file, $text) = @_;
	unlink $file;
	append_to_file($file, $text);
}

# A database with a version of the extension.
sub database
{
	my ($name, $version) = @_;
	sql('postgres', "CREATE DATABASE $name");
	sql($name, "CREATE EXTENSION opportunities VERSION '$version'");
	return $name;
}

# The members of the extension with their definitions, comments and privileges, as pg_upgrade takes them along.
sub members
{
	my ($database) = @_;
	my ($dump, $problems) = run_command([ 'pg_dump', '--binary-upgrade', '--schema-only', '--dbname', $node->connstr($database) ]);
	is($problems, '', "$database is dumped");
	return [ grep { !/^$|^--|binary_upgrade_set_next|^\\(?:un)?restrict / } split /\n/, $dump ];
}

# What symbols take and give, of all functions that name one.
sub symbols
{
	my ($database) = @_;
	my %symbols;
	for (split /\n/, sql($database, q{
		SET search_path = pg_catalog;
		SELECT DISTINCT prosrc, concat_ws(' ', oidvectortypes(proargtypes), '->', prorettype::regtype, proretset, proisstrict, proallargtypes::regtype[], proargmodes)
		FROM pg_proc WHERE probin = '$libdir/opportunities' ORDER BY 1, 2}))
	{
		my ($symbol, $signature) = split /\|/, $_, 2;
		$symbols{$symbol} .= "$signature\n";
	}
	return \%symbols;
}

my $fresh = database('fresh', $present);
my $fresh_members = members($fresh);
my $fresh_symbols = symbols($fresh);

# A call of each function with NULLs, and one with values.
my $calls = q{
	SELECT format('SELECT %s(%s);', p.oid::regproc, (SELECT string_agg(format(v.form, CASE WHEN typcategory = 'A' THEN '{1}'
			WHEN typcategory = 'N' AND typname <> 'regclass' THEN '1' WHEN typname LIKE 'json%' THEN '{"rules": []}' WHEN typcategory = 'D' THEN '2026-01-01'
			WHEN typcategory = 'T' THEN '1 day' WHEN typcategory = 'B' THEN 'true' WHEN typname = 'totals' THEN '(1,1,1,1)' WHEN typname = 'regclass' THEN 'crm.opportunity' ELSE 'x' END,
			t.oid::regtype), ', ' ORDER BY n)
		FROM unnest(proargtypes) WITH ORDINALITY AS a (t, n) JOIN pg_type AS t ON t.oid = a.t AND t.typtype <> 'p'))
	FROM pg_proc AS p, (VALUES ('NULL::%2$s'), ('%L::%s')) AS v (form)
	WHERE probin = '$libdir/opportunities' AND prorettype <> 'trigger'::regtype};

# What holds for the SQL of an earlier version beside this library.
sub check_version
{
	my ($version, $name) = @_;
	my $old = "old_$name";

	sql('postgres', "CREATE DATABASE $old");
	my (undef, undef, $problems) =
	  $node->psql($old, slurp_file('examples/demo.sql') =~ s/opportunities CASCADE/opportunities VERSION '$version'/r, on_error_stop => 0);
	is(join("\n", grep { !/must be updated in this database/ } $problems =~ /^.*ERROR:.*$/mg), '', 'what works does, and what does not says so')
	  or diag $problems;
	my (undef, $out) = $node->psql($old, sql($old, $calls) . "\nSELECT 'still there'", on_error_stop => 0);
	like($out, qr/^still there\z/m, 'no call ends the session');

	my $symbols = symbols($old);
	my @changed = grep { ($fresh_symbols->{$_} // $symbols->{$_}) ne $symbols->{$_} } sort keys %$symbols;

	# a dump of it goes into a database that has the present version
	my $dump = $node->basedir . "/$name.sql";
	my $rows = q{SELECT jsonb_strip_nulls(to_jsonb(o)) FROM crm.opportunity AS o ORDER BY id};
	command_ok([ 'pg_dump', '--file', $dump, '--dbname', $node->connstr($old) ], 'it is dumped');
	sql('postgres', "CREATE DATABASE restored_$name");
	command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $node->connstr("restored_$name") ], 'and restored');
	is(sql("restored_$name", $rows), sql($old, $rows), 'with its rows');
	is(sql("restored_$name", q{SELECT extversion FROM pg_extension WHERE extname = 'opportunities'}), $present, 'and the present version');
	is(sql("restored_$name", q{SELECT count(*) FROM opportunities.board('crm.opportunity')}), '7', 'which works');

	# its CRM becomes what a new one is, there and where the extension is updated
	sql($old, 'ALTER EXTENSION opportunities UPDATE');
	for my $database ("restored_$name", $old)
	{
		my $before = sql($database, $rows);
		sql($database, q{SELECT FROM opportunities.upgrade_crm('crm')});
		is(sql($database, q{SELECT * FROM opportunities.upgrade_crm('crm')}), '', "the CRM of $database is upgraded");
		is(sql($database, q{SELECT * FROM opportunities.check_crm('crm')}), '', 'and finds nothing wrong');
		is(sql($database, $rows), $before, 'has its rows');
		is( sql($database, slurp_file('test/data/crm_state.sql') . q{
			DO $$BEGIN PERFORM opportunities.create_crm('fresh'); END$$;
			SELECT * FROM pg_temp.crm_differs('crm', 'fresh')}),
			'', 'and what a new one has');
	}

	# an update makes what a new installation has
	my $updated = database("updated_$name", $version);
	isnt(join("\n", @{ members($updated) }), join("\n", @$fresh_members), 'the versions differ') if $version ne $present;
	sql($updated, 'ALTER EXTENSION opportunities UPDATE');
	is_deeply(members($updated), $fresh_members, 'updated, it has what a new one has');
	return @changed;
}

# What is in a CRM by name: the columns of tables, tables, and functions.
my $names = q{SELECT 'table', relname, attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
		WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
	UNION SELECT 'table', relname, NULL FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'
	UNION SELECT 'function', proname, NULL FROM pg_proc WHERE pronamespace = 'crm'::regnamespace ORDER BY 1, 2, 3};

# A CRM of a released version whose owner has something of a name that a later one uses works as one that hasn't, and isn't upgraded until
# it is renamed. Whatever is new is told so.
sub check_own_names
{
	my ($version, $name) = @_;
	my ($plain, $own, $other) = map { "${_}_$name" } qw(plain own other);

	database($plain, $version);
	$node->psql($plain, slurp_file('examples/demo.sql') =~ s/^CREATE EXTENSION opportunities CASCADE;//mr, on_error_stop => 0);
	sql($plain, 'ALTER EXTENSION opportunities UPDATE');
	sql('fresh', q{DO $$BEGIN PERFORM opportunities.create_crm('crm'); END$$});
	my %there = map { $_ => 1 } split /\n/, sql($plain, $names);
	sql('postgres', "CREATE DATABASE $_ TEMPLATE $plain") for $own, $other;
	my %new = map { $_ => 1 } grep { !$there{$_} } split /\n/, sql('fresh', $names);
	is(sql('fresh', "SELECT concat(kind, '|', object, '|', column_name) COLLATE \"C\" FROM opportunities_internal.crm_additions() WHERE version > '$version' ORDER BY 1"),
		join("\n", sort grep { my ($kind, $table, $column) = split /\|/, $_, -1; $column eq '' || !$new{"$kind|$table|"} } keys %new), 'what later versions brought is told so');

	my %done;
	sql($own, slurp_file('test/data/own_names.sql'));
	for my $database ($plain, $own)
	{
		my (undef, $out, $problems) = $node->psql($database, slurp_file('test/data/own_names_work.sql'), on_error_stop => 0);
		$done{$database} = "$out\n$problems";
	}
	like($done{$plain}, qr/^invoice\|confirmed\|2\|EUR\|30\.02\|2\.70\|32\.72$/m, 'work is done');
	is($done{$own}, $done{$plain}, 'as where the owner added nothing');

	my $taken = q{SELECT format('ALTER TABLE crm.%I RENAME COLUMN %I TO own_%2$s;', relname, attname) FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
			WHERE relnamespace = 'crm'::regnamespace AND ('table', relname, attname) IN (SELECT kind, object, column_name FROM opportunities_internal.crm_additions())
		UNION ALL SELECT 'ALTER TABLE crm.' || relname || ' RENAME TO own_' || relname || ';' FROM pg_class
			WHERE relnamespace = 'crm'::regnamespace AND relname IN ('currency', 'target', 'stage_transition')
		UNION ALL SELECT 'ALTER FUNCTION crm.attainment(text) RENAME TO own_attainment;'};
	my (undef, undef, $refused) = $node->psql($own, q{SELECT FROM opportunities.upgrade_crm('crm')});
	like($refused, qr/^DETAIL: .* crm\.document has a column "series" of type text; version [\d.]+ has one of type text\..* crm\.currency is there; version [\d.]+ has a table of that name\..* crm\.attainment is there; version [\d.]+ has a function of that name\.$/m,
		'an upgrade names what would be taken');
	sql($own, sql($own, $taken));
	sql($own, q{SELECT FROM opportunities.upgrade_crm('crm')});
	is(sql($own, q{SELECT * FROM opportunities.check_crm('crm')}), '', 'renamed, it is in nobody\'s way');
	is(sql($own, q{SELECT sum(own_discount_amount), string_agg(DISTINCT own_series, ' ') FROM crm.document}), '7|S', 'and keeps what it has');

	# of another type
	sql($other, q{ALTER TABLE crm.document ADD valid_until text, ADD discount_percent numeric(5,2)});
	(undef, undef, $refused) = $node->psql($other, q{SELECT FROM opportunities.upgrade_crm('crm')});
	is($refused =~ s/^psql:<stdin>:\d+: //mr, <<'END' =~ s/\n\z//r, 'found and wanted types are told');
ERROR:  schema "crm" cannot be upgraded
DETAIL:  crm.document has a column "discount_percent" of type numeric(5,2); version 0.2.0 has one of type numeric. crm.document has a column "valid_until" of type text; version 0.2.0 has one of type date.
HINT:  Nothing was changed. Rename what is yours, and call upgrade_crm again.
END
	is(sql($other, q{SELECT opportunities.crm_version('crm')}), $version, 'and nothing is done');

	# one session hears of an upgrade
	is(sql($other, q{
		INSERT INTO crm.document (opportunity_id, kind) VALUES (1, 'quote');
		SELECT discount_percent IS NULL AND valid_until IS NULL FROM crm.document ORDER BY id DESC LIMIT 1;
		ALTER TABLE crm.document DROP valid_until, DROP discount_percent;
		SELECT count(*) > 0 FROM opportunities.upgrade_crm('crm');
		UPDATE crm.stage SET required_fields = '{source}' WHERE id = 2;
		DO $$BEGIN UPDATE crm.opportunity SET stage_id = 2 WHERE id = 2; EXCEPTION WHEN check_violation THEN END$$;
		SELECT stage_id FROM crm.opportunity WHERE id = 2}), "t\nt\n1", 'and one session hears of an upgrade');
}

# Released scripts stay as they are: what changed since has a version of its own.
for my $version (@released)
{
	my ($recorded) = run_command([ 'gzip', '-dc', "test/upgrade/released/opportunities--$version.sql.gz" ]);
	if ($version eq $present)
	{
		ok("$recorded\n" eq $script, "$version is released, and its SQL is as it was")
		  or diag 'Give opportunities.control another version; CONTRIBUTING.md tells the rest.';
		next;
	}
	put("$scripts--$version.sql", "$recorded\n");
	subtest "the SQL of $version" => sub {
		is(join(' ', check_version($version, $version =~ tr/./_/r)), '', 'every symbol keeps its arguments');
		check_own_names($version, $version =~ tr/./_/r);
	};
}
my @changes = slurp_file('CHANGELOG.md') =~ /^## (\d[\d.]*)/mg;
is(names(@released), names(@changes), 'every released version is recorded');

# An earlier version than any, made of the present one: by what it lacks, has otherwise, and has no more.
my $earlier = $script;
my @differences = (
	[ qr/^CREATE FUNCTION opportunities_internal\.group_figures\(.*?^COMMENT ON .*?;\n/ms, '' ],
	[ qr/(CREATE FUNCTION opportunities\.report_sql\([^)]*),\n[^)]*(?=\)\nRETURNS)/, '$1' ],
	[ qr/(COMMENT ON FUNCTION opportunities\.report_sql\([^)]*), [\w\[\]]+(?=\))/, '$1' ],
	[ qr/(FUNCTION opportunities_internal\.days_between.*?LANGUAGE c )IMMUTABLE/s, '$1VOLATILE' ],
	[ qr/(COMMENT ON FUNCTION opportunities\.me\(\) IS\n\t')/, '$1Once more: ' ],
	[ qr/(account_kind_known CHECK \(kind IN \('person', 'organization')/, q{$1, 'other'} ],
	[ qr/\z/, q{
CREATE FUNCTION opportunities.myself() RETURNS text LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'me';
COMMENT ON FUNCTION opportunities.myself() IS 'me';
GRANT CREATE ON SCHEMA opportunities TO pg_monitor;
} ]);
for my $difference (@differences)
{
	my ($found, $instead) = @$difference;
	$earlier =~ s/$found/my $kept = $1; $instead =~ s{\$1}{$kept}r/e or die "nothing is like $found";
}
put("$scripts--0.0.9.sql", $earlier);

# What a draft says of it is the script of the update, but for what only a person knows.
my ($draft, $complaints) = run_command([ 'dev/update-script', "$scripts--0.0.9.sql", "$scripts--$present.sql" ]);
is($complaints, '', 'a draft is made');
like($draft, qr/^-- There was another FUNCTION opportunities\.report_sql/m, 'which asks for a hand where one is needed');
like($draft, qr/^DROP FUNCTION $_;$/m, "which drops $_") for 'opportunities\.report_sql\([^()]*, text\[\]\)', 'opportunities\.myself\(\)';
like($draft, qr/^-- Undo what this did: GRANT CREATE ON SCHEMA opportunities TO pg_monitor;$/m, 'and tells of privileges');
put("$scripts--0.0.9--$present.sql", "$draft\nREVOKE CREATE ON SCHEMA opportunities FROM pg_monitor;\n");

subtest 'the SQL of an earlier version' => sub {
	is(join(' ', check_version('0.0.9', 'earlier')), 'report_sql_0_2', 'a symbol whose arguments changed is found');
};

# In one session: a function that needs more than the old SQL has, and one whose arguments are others, until the database is updated.
# Its owner does that, who is no superuser.
sql('postgres', 'CREATE ROLE owner LOGIN; CREATE DATABASE in_use OWNER owner');
my @owner = (extra_params => [ '-U', 'owner' ]);
$node->psql('in_use', q{CREATE EXTENSION opportunities VERSION '0.0.9'; SELECT opportunities.create_crm()}, @owner, on_error_die => 1);
my $update = sprintf q{psql -X -q -h '%s' -p %d -U owner -d in_use -c 'ALTER EXTENSION opportunities UPDATE'}, $node->host, $node->port;
my (undef, $out, $problems) = $node->psql(
	'in_use', qq{
	SELECT opportunities.me() <> '';
	\\set VERBOSITY verbose
	SELECT opportunities.report('crm.opportunity');
	\\set VERBOSITY default
	SELECT opportunities.report_sql('crm.opportunity');
	\\! $update
	SELECT count(*) FROM opportunities.report('crm.opportunity');
	SELECT opportunities.report_sql('crm.opportunity') LIKE 'SELECT%';
}, @owner, on_error_stop => 0);
is($out, "t\n1\nt", 'what the old SQL is enough for works, and the rest as soon as it is updated');
is( $problems =~ s/^psql:<stdin>:\d+: //mgr =~ s/^LOCATION.*\n//mr, <<"END" =~ s/\n\z//r, 'until then, that is what is to be done');
ERROR:  55000: extension "opportunities" must be updated in this database
DETAIL:  Its version is 0.0.9; function "report_0_2" of the library works with 0.2.0 or later.
HINT:  Run: ALTER EXTENSION opportunities UPDATE;
CONSTRAINT NAME:  extension_outdated
ERROR:  extension "opportunities" must be updated in this database
DETAIL:  Its version is 0.0.9; function "report_sql_0_2" of the library works with 0.2.0 or later.
HINT:  Run: ALTER EXTENSION opportunities UPDATE;
END

$node->stop;
done_testing();
