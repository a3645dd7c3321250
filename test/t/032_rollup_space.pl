# The room of folded deltas is used again, without VACUUM: on the server, after a crash and on a standby the pages are whole, what an
# older snapshot sees stays, and deltas that somebody has put an index on are left alone.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\nwal_consistency_checking = 'heap2'");
$primary->start;
$primary->safe_psql(
	'postgres', q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	CREATE EXTENSION amcheck;
	CREATE EXTENSION pageinspect;
	CREATE SCHEMA crm;
	CREATE TABLE crm.stage (id int PRIMARY KEY, name text, position int, kind text);
	CREATE TABLE crm.opportunity (id int PRIMARY KEY, stage_id int, amount numeric, probability numeric);
	INSERT INTO crm.stage SELECT n, 'stage ' || n, n, 'open' FROM generate_series(1, 3) AS n;
	INSERT INTO crm.opportunity SELECT n, 1 + n % 3, n, 10 FROM generate_series(1, 100) AS n;
	SELECT opportunities.create_rollup('crm.opportunity', '{stage_id}');
});
my $deltas = $primary->safe_psql('postgres', q{SELECT c.oid::regclass FROM pg_class AS c WHERE c.relname LIKE '%deltas' AND c.relkind = 'r' AND c.relnamespace = 'crm'::regnamespace});
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

my $script = $primary->basedir . '/write.sql';
append_to_file($script, "\\set id random(1, 100)\nUPDATE crm.opportunity SET amount = amount + 1.5 WHERE id = :id;\n");

# Two thousand deltas, and what folding them leaves: pages of the deltas.
sub write_and_fold
{
	$primary->command_ok([ 'pgbench', '-n', '-c', 4, '-t', 500, '-f', $script, 'postgres' ], 'four write');
	$primary->safe_psql('postgres', q{SELECT opportunities.compact_rollup('crm.opportunity')});
	return $primary->safe_psql('postgres', "SELECT pg_relation_size('$deltas') / current_setting('block_size')::int");
}
sub is_whole
{
	my ($when) = @_;
	is($primary->safe_psql('postgres', "SELECT * FROM verify_heapam('$deltas')"), '', "$when the pages of the deltas are whole");
	is($primary->safe_psql('postgres', q{SELECT * FROM opportunities.check_rollup('crm.opportunity')}), '', "$when the rollup is right");
}

my $pages;
$pages = write_and_fold() for 1 .. 15;
cmp_ok($pages, '<', 120, "after thirty thousand deltas they have $pages pages, where each page has room for some hundred");
is_whole('after folds');

# Somebody who began before goes on seeing what they saw.
my $report = q{SELECT count, final_total FROM opportunities.report('crm.opportunity', by => '{stage_id}') ORDER BY dimensions ->> 'stage_id';};
my $reader = $primary->background_psql('postgres');
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $before = $reader->query_safe($report);
write_and_fold() for 1 .. 2;
is($reader->query_safe($report), $before, 'an older snapshot sees what it saw');
isnt($primary->safe_psql('postgres', $report), $before, 'a new one what was written');
$reader->query_safe('COMMIT');
$reader->quit;
is_whole('after an older snapshot');

# With an index on them, dead line pointers are left to VACUUM: an entry may point to them.
sub dead
{
	return $primary->safe_psql('postgres',
		"SELECT count(*) FROM generate_series(0, pg_relation_size('$deltas') / current_setting('block_size')::int - 1) AS block, heap_page_items(get_raw_page('$deltas', block::int)) WHERE lp_flags = 3");
}
cmp_ok(dead(), '<', 4000, 'few line pointers are dead');
$primary->safe_psql('postgres', "CREATE INDEX by_stage ON $deltas (stage_id)");
write_and_fold() for 1 .. 4;
cmp_ok(dead(), '>', 4000, 'with an index all stay so');
$primary->safe_psql('postgres', "SELECT bt_index_check('crm.by_stage', heapallindexed => true); SET enable_seqscan = off; SELECT count(*) FROM $deltas WHERE stage_id = 1");
is_whole('with an index');
$primary->safe_psql('postgres', 'DROP INDEX crm.by_stage');
$primary->safe_psql('postgres', "VACUUM $deltas");
write_and_fold() for 1 .. 2;

$primary->stop('immediate');
$primary->start;
is_whole('after a crash');
write_and_fold();
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $report), $primary->safe_psql('postgres', $report), 'a standby answers alike');
$standby->promote;
is($standby->safe_psql('postgres', "SELECT * FROM verify_heapam('$deltas')"), '', 'its pages are whole');
is($standby->safe_psql('postgres', q{SELECT * FROM opportunities.check_rollup('crm.opportunity')}), '', 'its rollup is right');
done_testing();
