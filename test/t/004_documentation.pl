# Every example of the README and the guides prints what stands below it, and links lead somewhere.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('documentation');
$node->init;
$node->start;

# Whoever reads owns a database and may make roles, but is no superuser.
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN CREATEROLE');
my @reader = (extra_params => [ '-U', 'reader' ]);

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
for my $page (sort glob('README.md README.fa.md doc/*.md'))
{
	my @examples = examples($page) or next;
	my $database = lc($page =~ s/\W/_/gr);
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER reader");

	# the README begins at the beginning, the guides with its tables
	$node->safe_psql($database, 'CREATE EXTENSION opportunities; SELECT opportunities.create_crm(starter => true)', @reader)
	  unless $page =~ /^README/;

	# one session a page, as a reader would have it
	my $file = $node->basedir . "/$database.sql";
	append_to_file($file, join('', map { "\\echo ==== example\n$_->{sql}" } @examples));
	my $run = sprintf "PGTZ=UTC psql -X -q -U reader -h %s -p %s -d %s -f '%s' 2>&1", $node->host, $node->port, $database, $file;
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

# The export of the guide, as a shell runs it: a file that a spreadsheet takes for UTF-8.
my ($export) = slurp_file('doc/lists.md') =~ /^    (.*> deals\.csv)$/m;
$node->safe_psql('readme_md', "INSERT INTO crm.opportunity (pipeline_id, title) VALUES (1, 'فروش, شعبه')");
my $deals = $node->basedir . '/deals.csv';
$export =~ s/deals\.csv/'$deals'/;
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'readme_md');
	is(system($export), 0, 'doc/lists.md: the export runs');
}
my $csv = slurp_file($deals);
like($csv, qr/\A\xEF\xBB\xBFid,title,account.name,amount\n/, 'doc/lists.md: the export begins with a byte order mark and names');
like($csv, qr/^4,"فروش, شعبه",,$/m, 'doc/lists.md: and has the rows');

# A page in Persian has the commands and the links of the English one, and may have more.
sub blocks { return $_[0] =~ /^(```.*?^```|    [^\n]*)$/msg }
sub links { return grep { !/README|\.png$/ } $_[0] =~ /\]\((.*?)\)/g }
for my $page (sort glob('*.fa.md doc/*.fa.md'))
{
	my ($persian, $english) = map { slurp_file($_) } $page, $page =~ s/\.fa//r;
	my %persian = map { $_ => 1 } blocks($persian), links($persian);
	is(join("\n", grep { !$persian{$_} } blocks($english)), '', "$page: the same commands");
	is(join("\n", grep { !$persian{$_} } links($english)), '', "$page: the same links");
}

# A page says first for whom it is, and what its examples start from.
for my $page (sort grep { !/\.fa\.md$/ } glob('doc/*.md'))
{
	my $text = slurp_file($page);
	my $top = $text =~ /^```sql/m ? qr/\A# .*\n\n\*For .* The examples start from .*\*\n\n/ : qr/\A# .*\n\n\*For .*\*\n\n/;
	like($text =~ s/\n\n.*?\n\n\K.*//sr, $top, "$page: a line below its title says *For …*, and what its examples start from");
}

# Links to other pages and their headings.
my @pages = sort glob('*.md doc/*.md src/*.md');
my %headings;
for my $page (@pages)
{
	my $text = slurp_file($page) =~ s/^```.*?^```//msgr;
	$headings{$page} = { map { s/[^\w\- ]//gr =~ s/ /-/gr => 1 } map { lc } $text =~ /^#+ +(.*)$/mg };
}
for my $page (@pages)
{
	my ($folder) = $page =~ m{^(.*/)?};
	my @dead = grep {
		my ($file, $heading) = /^([^#]*)#?(.*)$/;
		my $target = $file eq '' ? $page : ($folder // '') . $file;
		$target =~ s{[^/]+/\.\./}{};
		!/^https:/ && (!-e $target || $heading ne '' && !$headings{$target}{$heading});
	} slurp_file($page) =~ /\]\(\s*([^)\s]+)\s*\)/g;
	is("@dead", '', "$page: links lead somewhere");
}

$node->stop;
done_testing();
