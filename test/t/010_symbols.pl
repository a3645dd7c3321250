# What the library shows to the rest of its process: the functions that SQL names. And no function of another library with
# the same name is taken for one of its own.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The functions and variables that nm finds in files, less what every linked library has.
sub symbols
{
	my ($out) = run_command([ 'nm', '--defined-only', @_ ]);
	return map { "$_\n" } sort grep { !/^_(?!PG_init$)/ } $out =~ /^[0-9a-f]+ [A-Z] (\w+)$/mg;
}

my $node = PostgreSQL::Test::Cluster->new('symbols');
$node->init;
$node->start;

# Every version that can be installed, or was released: its SQL may be older than the library.
my %named = map { ($_ => 1) } '_PG_init', 'Pg_magic_func';
for my $released (glob 'test/upgrade/released/*.sql.gz')
{
	my ($sql) = run_command([ 'gzip', '-dc', $released ]);
	@named{ $_, "pg_finfo_$_" } = (1, 1) for $sql =~ /'MODULE_PATHNAME', '(\w+)'/g;
}
for my $version (split /\n/, $node->safe_psql('postgres', q{SELECT version FROM pg_available_extension_versions WHERE name = 'opportunities'}))
{
	my $functions = $node->safe_psql(
		'postgres', qq{
		CREATE EXTENSION opportunities VERSION '$version';
		SELECT prosrc FROM pg_proc WHERE probin = '\$libdir/opportunities';
		DROP EXTENSION opportunities;});
	@named{ $_, "pg_finfo_$_" } = (1, 1) for split /\n/, $functions;
}
for my $released (glob('test/upgrade/released/*.gz'))
{
	my ($script) = run_command([ 'gzip', '-dc', $released ]);
	@named{ $_, "pg_finfo_$_" } = (1, 1) for $script =~ /'MODULE_PATHNAME', '(\w+)'/g;
}
is(join('', symbols('-D', 'opportunities.so')), join('', map { "$_\n" } sort keys %named), 'what SQL names is exported, and nothing else');
$node->stop;

# Another library that is loaded first has a function for each name of the sources.
my @names = symbols('-g', map { s/c$/o/r } glob('src/*.c src/*/*.c'));
chomp @names;
cmp_ok(scalar @names, '>', scalar keys %named, 'the sources have names of their own');
my $other = $node->basedir . '/other';
append_to_file("$other.c", join "\n", '#include <stdlib.h>', '#include <unistd.h>',
	map { sprintf qq{void %s(void) { if (write(2, "called: %s\\n", %d)) abort(); }}, $_, $_, 9 + length } @names);
system_or_bail('cc', '-w', '-fno-builtin', '-shared', '-fPIC', '-o', "$other.so", "$other.c");
{
	local $ENV{LD_PRELOAD} = "$other.so";
	$node->start;
}
my ($status, undef, $problem) = $node->psql('postgres', slurp_file('examples/demo.sql') . q{
	SELECT filter_sql('{"combinator": "and", "rules": [{"field": "title", "operator": "contains", "value": "x"}]}', 'crm.opportunity');
	SELECT report(by => '{month(expected_close)}');
	SELECT bulk_edit('{"owner": "omid"}', filter => 'Large and open');
	SELECT check_crm('crm');}, on_error_stop => 1);
is($status, 0, 'it runs beside a library with the same names') or diag $problem;
is(join(' ', slurp_file($node->logfile) =~ /^called: (\w+)$/mg), '', 'which is never called');
$node->stop;

done_testing();
