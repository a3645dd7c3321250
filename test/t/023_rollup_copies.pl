# Rollups where databases are copied: dumps whole and of data alone, templates, standbys, subscribers, prepared transactions, pg_upgrade. Each
# copy's rollups say what its rows do, or aren't used until they are made again.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($node, $subscriber) = map { PostgreSQL::Test::Cluster->new($_) } qw(rollups subscriber);
for ($node, $subscriber)
{
	$_->init(allows_streaming => 'logical');
	$_->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off\n");
	$_->start;
}
my $made = q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm(starter => true);
	SELECT opportunities.create_rollup('crm.opportunity')};
my $write = q{
	INSERT INTO crm.opportunity (pipeline_id, stage_id, title, amount, owner, currency)
	SELECT 1, 1 + n % 5, 'deal ' || n, n * 1.5, 'owner ' || n % 3, CASE n % 2 WHEN 1 THEN 'EUR' END FROM generate_series(1, 100) AS n;
	UPDATE crm.opportunity SET amount = amount + 0.125 WHERE id % 3 = 0};
my $check = q{SELECT code, object, row_id FROM opportunities.check_rollup('crm.opportunity')};
my $unused = "rollup_unused|crm.opportunity_rollup|\nrollup_unused|crm.opportunity_rollup1|";
my $sums = q{SELECT stage_id, owner, opportunities_internal.rollup_totals(totals) FROM crm.opportunity_rollup1 GROUP BY 1, 2 ORDER BY 1, 2};
my $rows = q{SELECT stage_id, owner, opportunities.totals(amount, probability, realized_amount, currency) FROM crm.opportunity GROUP BY 1, 2 ORDER BY 1, 2};

# The rollups of a database are used, and say what its rows do, to the last decimal; so they do when it has been written.
sub holds
{
	my ($there, $database, $what) = @_;
	is($there->safe_psql($database, $check), '', $what);
	is($there->safe_psql($database, $sums), $there->safe_psql($database, $rows), "$what: to the last decimal");
	return;
}

sub dump_into
{
	my ($from, $to, @options) = @_;
	my $file = $node->basedir . "/$to.sql";
	$node->command_ok([ 'pg_dump', '--file', $file, @options, $node->connstr($from) ], "$from is dumped for $to");
	$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($to) ], "and restored");
	return;
}

$node->safe_psql('postgres', "$made; $write; SELECT opportunities.compact_rollup('crm.opportunity'); $write");
holds($node, 'postgres', 'rollups of a CRM');

# A whole dump brings them along, folded and not, and they are used at once.
$node->safe_psql('postgres', 'CREATE DATABASE whole');
dump_into('postgres', 'whole');
holds($node, 'whole', 'of a whole dump');
$node->safe_psql('whole', $write);
holds($node, 'whole', 'written');
$node->safe_psql('whole', q{SELECT opportunities.compact_rollup('crm.opportunity')});
holds($node, 'whole', 'folded');
$node->safe_psql('whole', q{
	ALTER TABLE crm.opportunity DISABLE TRIGGER zz_rollup;
	DELETE FROM crm.opportunity WHERE id = 1;
	ALTER TABLE crm.opportunity ENABLE ALWAYS TRIGGER zz_rollup});
is($node->safe_psql('whole', $check), $unused, 'what is done while a trigger is off is noticed there, too');

# And so it is in a copy of that, by a dump or as a template, and once there was a write.
$node->safe_psql('postgres', 'CREATE DATABASE stale');
dump_into('whole', 'stale');
is($node->safe_psql('stale', $check), $unused, 'a dump tells of it');
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE whole');
is($node->safe_psql('copied', $check), $unused, 'a template has it');
is($node->safe_psql('copied', 'SELECT DISTINCT mark::text FROM crm.opportunity_rollups'), 'stale', 'which is noted as stale');
$node->safe_psql('copied', 'UPDATE crm.opportunity SET amount = 5 WHERE id = 2');
is($node->safe_psql('copied', 'SELECT count(*) FROM crm.opportunity_rollups'), '0', 'and deleted by the next who writes');
is($node->safe_psql('copied', $check), $unused, 'so that it stays unused');
$node->safe_psql($_, q{SELECT opportunities.create_rollup('crm.opportunity')}) for qw(whole copied stale);
holds($node, $_, "$_, made again") for qw(whole copied stale);

# Data alone: the triggers add the rows, and those of the rollup are left out.
$node->safe_psql('postgres', 'CREATE DATABASE data');
$node->safe_psql('data', "$made; DELETE FROM crm.stage; DELETE FROM crm.pipeline; DELETE FROM crm.calendar");
dump_into('postgres', 'data', '--data-only', '--table=crm.pipeline', '--table=crm.stage', '--table=crm.opportunity', '--table=crm.opportunity_rollup*');
holds($node, 'data', 'of data alone');

# Where triggers are off meanwhile the rollups aren't trusted.
$node->safe_psql('postgres', 'CREATE DATABASE quiet');
$node->safe_psql('quiet', "$made; DELETE FROM crm.stage; DELETE FROM crm.pipeline");
dump_into('postgres', 'quiet', '--data-only', '--disable-triggers', '--table=crm.pipeline', '--table=crm.stage', '--table=crm.opportunity', '--table=crm.opportunity_rollup*');
is($node->safe_psql('quiet', $check), $unused, 'of data alone, without triggers');
$node->safe_psql('quiet', q{SELECT opportunities.create_rollup('crm.opportunity')});
holds($node, 'quiet', 'made again');

# What a prepared transaction has written comes with it; what it has taken, others leave.
$node->safe_psql('postgres', "BEGIN; $write; SELECT opportunities.compact_rollup('crm.opportunity'); UPDATE crm.opportunity SET amount = 3 WHERE id = 7; PREPARE TRANSACTION 'kept'");
holds($node, 'postgres', 'beside a prepared transaction');
$node->safe_psql('postgres', q{SELECT opportunities.compact_rollup('crm.opportunity'); UPDATE crm.opportunity SET amount = 4 WHERE id = 8});
$node->stop('immediate');
$node->start;
holds($node, 'postgres', 'and after a crash');
$node->safe_psql('postgres', q{COMMIT PREPARED 'kept'});
holds($node, 'postgres', 'with it');
$node->safe_psql('postgres', "BEGIN; $write; SELECT opportunities.compact_rollup('crm.opportunity'); PREPARE TRANSACTION 'undone'");
$node->safe_psql('postgres', q{ROLLBACK PREPARED 'undone'});
holds($node, 'postgres', 'without another');

# A standby reads them as the server does, and goes on with them.
$node->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'standby', has_streaming => 1);
$standby->start;
$node->safe_psql('postgres', "UPDATE crm.opportunity SET stage_id = 2, amount = 77 WHERE id % 7 = 0");
$node->wait_for_catchup($standby);
holds($standby, 'postgres', 'a standby');
$standby->promote;
$standby->safe_psql('postgres', "$write; SELECT opportunities.compact_rollup('crm.opportunity')");
holds($standby, 'postgres', 'promoted');
$standby->stop;

# A subscriber keeps its own, by triggers that fire in the apply worker; those of the publisher don't arrive.
$node->safe_psql('postgres', 'CREATE PUBLICATION everything FOR ALL TABLES');
$subscriber->safe_psql('postgres', "$made; DELETE FROM crm.stage; DELETE FROM crm.pipeline; DELETE FROM crm.calendar");
my $from = $node->connstr('postgres') =~ s/'/''/gr;
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION everything CONNECTION '$from' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($node, 'everything', 'postgres');
holds($subscriber, 'postgres', 'a subscriber');
$node->safe_psql('postgres', $_) for
  $write, 'UPDATE crm.opportunity SET amount = amount * 2, stage_id = 3 WHERE id % 2 = 0', 'DELETE FROM crm.opportunity WHERE id % 9 = 0',
  q{SELECT opportunities.compact_rollup('crm.opportunity')};
$node->wait_for_catchup('everything');
is($subscriber->safe_psql('postgres', $rows), $node->safe_psql('postgres', $rows), 'which has the rows');
holds($subscriber, 'postgres', 'and follows them');
holds($node, 'postgres', 'as the publisher does');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION everything'); # and the slot that pg_upgrade would take along
$subscriber->stop;

# pg_upgrade makes the triggers anew and takes the rows as they are: rollups go on, and those that weren't trusted aren't.
$node->safe_psql('quiet', q{
	ALTER TABLE crm.opportunity DISABLE TRIGGER zz_rollup;
	DELETE FROM crm.opportunity WHERE id = 1;
	ALTER TABLE crm.opportunity ENABLE ALWAYS TRIGGER zz_rollup;
	UPDATE crm.opportunity SET amount = 5 WHERE id = 2});
$node->stop;
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init;
my $bin = $node->config_data('--bindir');
chdir $upgraded->basedir;
command_ok([ 'pg_upgrade', '--no-sync', '-d', $node->data_dir, '-D', $upgraded->data_dir, '-b', $bin, '-B', $bin,
	'-s', $upgraded->host, '-p', $node->port, '-P', $upgraded->port ], 'the server is upgraded');
$upgraded->start;
holds($upgraded, $_, "$_, upgraded") for qw(postgres whole data);
is($upgraded->safe_psql('quiet', $check), $unused, 'what was not used is not');
$upgraded->safe_psql('postgres', "$write; SELECT opportunities.compact_rollup('crm.opportunity')");
holds($upgraded, 'postgres', 'written');
$upgraded->safe_psql('postgres', q{
	ALTER TABLE crm.opportunity DISABLE TRIGGER zz_rollup;
	DELETE FROM crm.opportunity WHERE id = 2;
	ALTER TABLE crm.opportunity ENABLE ALWAYS TRIGGER zz_rollup});
is($upgraded->safe_psql('postgres', $check), $unused, 'and what is done while a trigger is off is noticed');
$upgraded->stop;

done_testing();
