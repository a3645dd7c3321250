# What statements take on three nodes, as ratios to one server's of the same run: dev/check-citus test/citus/bench/figures.pl. DEALS: how many
# opportunities each of five customers has (20000). The least of nine runs, with everything on the processors of one machine.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/..";
use Citus;
use List::Util qw(min);
use Test::More;

my $citus = Citus->new;
my $here = "$FindBin::RealBin/..";
my $deals = $ENV{DEALS} // 20000;
my @customers = 'a' .. 'e';

# The least time of a statement on a server, in milliseconds; what it changes is taken back.
sub least
{
	my ($server, $how, $sql) = @_;
	my $set = join '', map { "SET LOCAL $_;\n" } @{ $how->{settings} };
	my $once = "BEGIN;\n$set\\timing on\n$sql;\n\\timing off\nROLLBACK;\n";
	my $out = '';
	my $script = "SET search_path = $how->{path}, opportunities, public;\n" . $once x 9;
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-d', $citus->{$server}->connstr($how->{database}) . " user=$how->{user}" ], '<', \$script, '>', \$out, '2>&1') or die $out;
	die $out if $out =~ /ERROR/;
	return min($out =~ /^Time: ([\d.]+)/mg);
}

sub figure
{
	my ($title, $most, $how, $sql) = @_;
	my ($one, $three) = map { least($_, $how, $sql) } qw(one coordinator);
	my $ratio = $three / $one;
	diag sprintf '%-60s %8.1f ms %8.1f ms  ratio %.2f (at most %.1f)', $title, $one, $three, $ratio, $most;
	cmp_ok($ratio, '<=', $most, $title);
	return;
}

$citus->database('schemas');
$citus->load('schemas', "$here/schema.sql", schema => 'customer_a');
$citus->load('schemas', "$here/customer.sql", schema => 'customer_a', customer => 'a', deals => $deals);
$citus->run('coordinator', 'schemas', "$here/distribute_schema.sql", schema => 'customer_a');
$citus->database('tenants');
$citus->load('tenants', "$here/tenants.sql");
for my $tenant (@customers)
{
	local $ENV{PGOPTIONS} = "-c opportunities.tenant=$tenant";
	$citus->load('tenants', "$here/customer.sql", schema => 'crm', customer => $tenant, deals => $deals);
}
$citus->run('coordinator', 'tenants', "$here/distribute_tenants.sql");
for my $database (qw(schemas tenants))
{
	$_->safe_psql($database, 'ANALYZE') for @$citus{qw(one coordinator)};
}

my $some = 'id IN (SELECT id FROM opportunity WHERE closed_on IS NULL ORDER BY id LIMIT 2000)';
for my $how ([ 'a schema', { database => 'schemas', path => 'customer_a', user => 'application', before => 0, settings => ["opportunities.user_name = 'sara'"] } ],
	[ 'a tenant', { database => 'tenants', path => 'crm', user => 'application', before => 2, settings => [ "opportunities.user_name = 'sara'", "opportunities.tenant = 'c'" ] } ])
{
	my ($whose, $settings) = @$how;
	figure("$whose: a board", 2, $settings, 'SELECT * FROM board()');
	figure("$whose: a list", 2, $settings, 'SELECT list()');
	figure("$whose: a report", 2, $settings, "SELECT * FROM report(by => '{owner}')");
	figure("$whose: 2,000 amounts are changed", 2, $settings, "UPDATE opportunity SET amount = amount + 1 WHERE $some");
	my $stage = $citus->{one}->safe_psql($settings->{database}, "SELECT id FROM $settings->{path}.stage WHERE name = 'Talking' ORDER BY id LIMIT 1 OFFSET $settings->{before}");
	figure("$whose: 2,000 stages are changed", 2, $settings, "UPDATE opportunity SET stage_id = $stage WHERE $some");
	figure("$whose: one amount is changed", 10, $settings, "UPDATE opportunity SET amount = amount + 1 WHERE title = 'Deal 3'");
}
my $everybody = { database => 'tenants', path => 'crm', user => 'postgres', settings => [] };
figure('totals of all tenants', 2.5, $everybody, 'SELECT tenant_id, totals(amount, probability, realized_amount, currency) FROM opportunity GROUP BY 1 ORDER BY 1');

$citus->stop;
done_testing();
