# The guides' examples on a CRM that people have worked with, in the order of the README: none fails, none destroys.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What an example does to rows that were there before it: those that are gone, and those that are others, but for
# what follows from new rows beside them. (So does all that rollups hold.)
my $kept = q{
CREATE SCHEMA kept;
CREATE TABLE kept.row (table_name text, key text, value jsonb, PRIMARY KEY (table_name, key));
CREATE FUNCTION kept.rows() RETURNS SETOF kept.row LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname !~ '_rollup' LOOP
		RETURN QUERY EXECUTE format('SELECT %L::text, coalesce(j ->> ''id'', j ->> ''login'', j ->> ''date'', j ->> ''kind''), j
			FROM (SELECT to_jsonb(r) - ''{position,version,updated_at,updated_by,last_activity_at}''::text[] AS j FROM crm.%I AS r) AS s', t.relname, t.relname);
	END LOOP;
END $$;
CREATE VIEW kept.change AS
SELECT k.table_name, count(*) FILTER (WHERE r.key IS NULL) AS gone, count(*) FILTER (WHERE NOT r.value @> k.value) AS changed
FROM kept.row AS k LEFT JOIN kept.rows() AS r USING (table_name, key) GROUP BY 1;
};

# Pages whose examples take a CRM for a fresh one as yet: how many of their examples fail.
my %unfit = ();

my $node = PostgreSQL::Test::Cluster->new('used');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE used');
$node->run_log([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('used'), '-f', 'test/data/used_crm.sql' ]) or die 'no used CRM';
$node->safe_psql('used', $kept);

my @pages = slurp_file('README.md') =~ /\]\((doc\/[^)#]+\.md)\)/g;
my %seen;
@pages = grep { !$seen{$_}++ } @pages;
is(join(' ', grep { !$seen{$_} } sort glob('doc/*.md')), '', 'the README leads to every page');

for my $page (@pages)
{
	my @examples;
	my $text = slurp_file($page);
	push @examples, [ $1, $2 // '' ] while $text =~ /^```sql\n(.*?)^```\n(?:```\n(.*?)^```\n)?/msg;
	next unless @examples;

	# one session a page, as a reader would have it
	my $file = $node->basedir . '/' . ($page =~ s/\W/_/gr);
	append_to_file($file, join('', map { "\\echo ==== example\n$_->[0]" } @examples));
	$node->safe_psql('used', 'TRUNCATE kept.row; INSERT INTO kept.row SELECT * FROM kept.rows()');
	my $run = sprintf "PGTZ=UTC psql -X -q -h %s -p %s -d used -f '%s' 2>&1", $node->host, $node->port, $file;
	my (undef, @output) = split /^==== example\n/m, `$run`, -1;

	my @failed = grep { (() = $output[$_] =~ /ERROR:/g) > (() = $examples[$_][1] =~ /ERROR:/g) } 0 .. $#examples;
	for my $i (@failed)
	{
		note "$page, example " . ($i + 1) . ": $_" for $output[$i] =~ /ERROR:.*/g;
	}
	is(scalar @failed, $unfit{$page} // 0, "$page: examples that fail");
	is($node->safe_psql('used', 'SELECT table_name, gone FROM kept.change WHERE gone > 0'), '', "$page: takes no row");
	is($node->safe_psql('used', 'SELECT table_name, changed FROM kept.change WHERE changed > 0'), '', "$page: changes none");
}

is($node->safe_psql('used', q{SELECT code, object, row_id FROM opportunities.check_crm('crm')}), '', 'and check_crm finds nothing afterwards');

$node->stop;
done_testing();
