# What ours hands to the planner and the executor, as other extensions see it: no empty list of parameters, which crashes one; and where Citus is,
# for which a name and a version stand in, no statement that is planned for any values of its parameters before it was for those that it has. A day's
# work gives the same answers there.
use strict;
use warnings FATAL => 'all';
use Cwd qw(getcwd);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $here = getcwd() . '/test';
my $folder = PostgreSQL::Test::Utils::tempdir();
$ENV{CCACHE_DISABLE} = 1; # another user's
system_or_bail('make', '-s', '-C', $folder, '-f', "$here/planners/Makefile", "VPATH=$here/planners");

my $node = PostgreSQL::Test::Cluster->new('planners');
$node->init;
# (first in the chain of those that plan: what was loaded last is asked first)
$node->append_conf('postgresql.conf', "fsync = off\nsession_preload_libraries = '$folder/planners,opportunities'\nlog_line_prefix = '%d %p '\nlog_error_verbosity = terse\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE application');
for my $database (qw(one spread))
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm');
}
$node->safe_psql(
	'spread', q{
	SET allow_system_table_mods = on;
	-- (what ours asks of the catalogs of Citus: add what else it comes to ask)
	INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) VALUES (1, 'citus', 10, 11, false, '1');
	CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char", partkey text, colocationid int, repmodel "char");
	CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint, shardstorage "char", shardminvalue text, shardmaxvalue text);
	CREATE TABLE pg_catalog.pg_dist_schema (schemaid oid, colocationid int);
	CREATE FUNCTION pg_catalog.get_shard_id_for_distribution_column(regclass, text) RETURNS bigint LANGUAGE sql RETURN NULL::bigint;
	CREATE FUNCTION pg_catalog.shard_name(regclass, bigint) RETURNS text LANGUAGE sql AS $$ SELECT $1 || '_' || $2 $$;
	ALTER DATABASE spread SET citus.version = 'in its place'});

# Run files as one session; what they print.
sub work
{
	my ($database, @files) = @_;
	my $out = '';
	IPC::Run::run([ 'psql', '-X', '-q', '-v', 'schema=customer', '-v', 'customer=c', '-v', 'deals=300', '-d', $node->connstr($database), map { ('-f', $_) } @files ],
		'>', \$out, '2>&1', IPC::Run::timeout(600));
	$out =~ s/^psql:[^ ]+ //mg;
	$out =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\S*/a moment/g;
	return $out;
}

my %answers;
for my $database (qw(one spread))
{
	my $start = -s $node->logfile;
	my $path = "$folder/path.sql";
	append_to_file($path, "SET search_path = customer, opportunities, public; SET opportunities.user_name = 'sara'; SET client_min_messages = warning;\n") unless -e $path;
	unlike(work($database, map { "$here/citus/$_.sql" } qw(schema customer)), qr/ERROR/, "$database: rows of a customer");
	# twice, so that what is kept is used
	$answers{$database} = work($database, $path, map { "$here/citus/$_.sql" } qw(reads filters reads writes reads));
	my $log = slurp_file($node->logfile, $start);
	my (%first, @empty, %calls);
	while ($log =~ /^$database (\d+) LOG:  planners: (for (?:any|known) values|empty list|call): (.*)$/mg)
	{
		if ($2 eq 'call')
		{
			$calls{$3}++;
			next;
		}
		push @empty, $3 if $2 eq 'empty list';
		$first{"$1 $3"} //= $2;
	}
	my @any = grep { $first{$_} eq 'for any values' } sort keys %first;
	is(join("\n", @empty), '', "$database: no empty list of parameters");
	cmp_ok(scalar keys %first, '>', 50, "$database: statements with parameters");
	is(join("\n", @any), '', 'and none is planned for any values first') if $database eq 'spread';
	cmp_ok(scalar @any, '>', 50, 'many are planned once, for any values') if $database eq 'one';
	# Of calls of matches those alone whose filter or row isn't known before, or of a plan that is forced to be for any filter.
	my @calls = grep { !/matches\(o, \(SELECT 'Large'\)\)|matches\(o, f\.name\)|matches(?:_rules)?\(v, |^PREPARE (?:given|changes) / } sort keys %calls;
	is(join("\n", @calls), '', 'and every other call is replaced') if $database eq 'spread';
	cmp_ok(scalar @calls, '>', 20, 'many calls are replaced while the server plans') if $database eq 'one';
}
cmp_ok(length $answers{one}, '>', 20000, 'there are answers');
my ($right, $there) = map { [ split /\n/, $_ ] } @answers{qw(one spread)};
my $line = 0;
$line++ while $line < @$right && $right->[$line] eq ($there->[$line] // '');
is(join("\n", grep { defined } @$there[ $line .. $line + 5 ]), join("\n", grep { defined } @$right[ $line .. $line + 5 ]), 'the same on both');

# A policy that allows rows of any tenant is advised against on one server, and a problem where policies that limit don't.
for my $database (qw(one spread))
{
	my ($status, $out, $err) = $node->psql(
		$database, q{
		SET client_min_messages = warning;
		SELECT opportunities.create_crm('tenants', tenant => true) \g /dev/null
		CREATE POLICY yours ON tenants.payment USING (amount > 0);
		SET client_min_messages = notice;
		SELECT code, object, problem FROM opportunities.check_crm('tenants')});
	is($out, $database eq 'one' ? '' : 'policy_without_tenant|tenants.payment|policy "yours" does not say the tenant: on Citus each policy allows', "$database: a problem");
	like($err, $database eq 'one' ? qr/NOTICE:  policy "yours" of table "payment" does not say the tenant\n/ : qr/^(?!.*policy)/s, "$database: advice");
}

$node->stop;
done_testing();
