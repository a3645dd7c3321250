# Every example of the README and the guides prints what stands below it.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('documentation');
$node->init;
$node->start;

# The examples of a page: SQL and the output that follows it at once, undef where none is shown.
sub examples
{
	my ($page) = @_;
	my $text = slurp_file($page);
	my @examples;
	while ($text =~ /^```sql\n(.*?)^```\n(?:```\n(.*?)^```\n)?/msg)
	{
		push @examples, { sql => $1, output => $2 };
	}
	return @examples;
}

sub tidy
{
	my ($output) = @_;
	$output =~ s/^psql:[^ ]+ //mg;
	$output =~ s/[ \t]+$//mg;
	$output =~ s/\n+\z/\n/;
	return $output;
}

my $shown = 0;
for my $page (sort glob('README.md doc/*.md'))
{
	my @examples = examples($page) or next;
	my $database = lc($page =~ s/\W/_/gr);
	$node->safe_psql('postgres', "CREATE DATABASE $database");

	# the README begins at the beginning, the guides with its tables
	$node->safe_psql($database, 'CREATE EXTENSION opportunities; SELECT opportunities.create_crm(starter => true)')
	  unless $page eq 'README.md';

	# one session a page, as a reader would have it
	my $file = $node->basedir . "/$database.sql";
	append_to_file($file, join('', map { "\\echo ==== example\n$_->{sql}" } @examples));
	my $run = sprintf "PGTZ=UTC psql -X -q -h %s -p %s -d %s -f '%s' 2>&1", $node->host, $node->port, $database, $file;
	my (undef, @output) = split /^==== example\n/m, `$run`, -1;

	is(scalar @output, scalar @examples, "$page: every example runs");
	for my $i (0 .. $#examples)
	{
		my $number = $i + 1;
		if (defined $examples[$i]{output})
		{
			is(tidy($output[$i]), tidy($examples[$i]{output}), "$page, example $number: prints what is shown");
			$shown++;
		}
		else
		{
			unlike($output[$i], qr/ERROR/, "$page, example $number: runs");
		}
	}
}
cmp_ok($shown, '>', 5, 'examples were found');

$node->stop;
done_testing();
