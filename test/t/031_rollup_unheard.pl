# The server shows what a transaction did a moment before it tells other sessions of the triggers that it changed. A debugger keeps one in
# that moment: rows that were written while a trigger of a rollup was off are counted all the same.
use strict;
use warnings FATAL => 'all';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'there is no gdb' unless eval { IPC::Run::run([ 'gdb', '--version' ], '>', \my $version, '2>&1') };

my $node = PostgreSQL::Test::Cluster->new('unheard');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	CREATE SCHEMA crm;
	CREATE TABLE crm.stage (id int PRIMARY KEY, name text, position int, kind text);
	CREATE TABLE crm.opportunity (id int, stage_id int, amount numeric, probability numeric, y int) PARTITION BY LIST (y);
	CREATE TABLE crm.y1 PARTITION OF crm.opportunity FOR VALUES IN (1);
	INSERT INTO crm.opportunity SELECT n, 1, n, 10, 1 FROM generate_series(1, 9) AS n;
	SELECT opportunities.create_rollup('crm.opportunity', '{stage_id}');
});

# Files by which those at work wait for each other.
my $folder = $node->basedir;
sub wait_for
{
	my ($file) = @_;
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	sleep(0.05) until -s "$folder/$file" || time > $patience;
	return -s "$folder/$file";
}
sub session
{
	my ($name, $sql, $out) = @_;
	append_to_file("$folder/$name.sql", $sql);
	return IPC::Run::start([ 'psql', '-XAtq', '-f', "$folder/$name.sql", $node->connstr('postgres') ], '<', \undef, '>', $out, '2>&1', IPC::Run::timeout(4 * $PostgreSQL::Test::Utils::timeout_default));
}
sub told { return "\\! echo > $folder/$_[0].$_[1]\n" }
sub waits { return "\\! while [ ! -s $folder/$_[0].$_[1] ]; do sleep 0.05; done\n" }

for my $table ('opportunity', 'y1')
{
	my $read = "SELECT count, final_total FROM opportunities.report('crm.opportunity');\n";
	my ($read_out, $write_out, $debugged) = ('', '', '');
	my $reader = session("$table.reader", "SET opportunities.explain_rollups = on;\n$read$read" . told($table, 'read') . waits($table, 'held') . $read . told($table, 'end'), \$read_out);
	ok(wait_for("$table.read"), "$table: somebody reads by a rollup");
	my $writer = session("$table.writer",
		"BEGIN; ALTER TABLE crm.$table DISABLE TRIGGER zz_rollup; UPDATE crm.$table SET amount = amount + 100; ALTER TABLE crm.$table ENABLE ALWAYS TRIGGER zz_rollup;\n"
		  . "\\o $folder/$table.pid\nSELECT pg_backend_pid();\n\\o\n" . waits($table, 'ready') . "COMMIT;\n", \$write_out);
	wait_for("$table.pid");
	my $debugger = IPC::Run::start(
		[ 'gdb', '-q', '-batch', '-iex', 'set breakpoint pending on', '-p', slurp_file("$folder/$table.pid") =~ s/\s//gr, '-ex', 'break AtEOXact_RelationCache',
			map({ ('-ex', $_) } "shell echo > $folder/$table.ready", 'continue', "shell echo > $folder/$table.held", "shell while [ ! -s $folder/$table.end ]; do sleep 0.05; done", 'detach') ],
		'<', \undef, '>', \$debugged, '2>&1', IPC::Run::timeout(4 * $PostgreSQL::Test::Utils::timeout_default));
	$_->finish for $reader, $debugger, $writer;
	like($debugged, qr/Breakpoint 1, /, "$table: the writer was kept") or diag $debugged;
	my @read = $read_out =~ /^(9\|.*)/mg;
	is($read[2], $node->safe_psql('postgres', 'SELECT count(*), sum(amount) FROM crm.opportunity'), "$table: what it wrote is counted");
	is($node->safe_psql('postgres', q{SELECT code FROM opportunities.check_rollup('crm.opportunity')}), 'rollup_unused', "$table: the rollup isn't used");
	$node->safe_psql('postgres', q{SELECT opportunities.create_rollup('crm.opportunity', '{stage_id}')});
}
$node->stop;

done_testing();
