# Every answer to a tenant, on three nodes as on one, where rows are by tenant_id: to the owner of the tables, and to an
# application's role under row security.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use PostgreSQL::Test::Utils;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;

# One schema whose tenants had rows before they were distributed.
$citus->database('tenants');
$citus->load('tenants', "$here/tenants.sql");
for my $tenant (qw(a b c))
{
	local $ENV{PGOPTIONS} = "-c opportunities.tenant=$tenant";
	$citus->load('tenants', "$here/customer.sql", schema => 'crm', customer => $tenant, deals => 300);
}
$citus->run('coordinator', 'tenants', "$here/distribute_tenants.sql");

# Statements that are others here. Citus inserts the rows of a query by COPY, which row security doesn't allow; and cards that one
# UPDATE moves come on top in the order in which it finds them.
sub changed
{
	my ($name, $what, $by) = @_;
	my $file = "$PostgreSQL::Test::Utils::tmp_check/tenant_$name.sql";
	my $statements = slurp_file("$here/$name.sql");
	$statements =~ s/$what/$by/ or die "$name.sql has changed";
	append_to_file($file, $statements);
	return $file;
}
my $writes = changed('writes', qr/SELECT pipeline_id, id, 'From ' \|\| name, 7 FROM stage WHERE kind = 'open';/,
	"VALUES (:pipeline, :due, 'From Due', 7), (:pipeline, :talking, 'From Talking', 7);");
my $afterwards = changed('reads', qr/^SELECT .*board\(cards => 30.*\n/m, '');

# The code of an error leaves a node in its DETAIL alone.
sub settings
{
	my ($tenant) = @_;
	return (settings => [ "opportunities.tenant = '$tenant'", "opportunities.user_name = 'sara'", "opportunities.error_detail = 'json'" ]);
}
my @application = (database => 'tenants', from => 'coordinator', path => 'crm', user => 'application', settings('b'));
$citus->compare('tenant b, application: reads', "$here/reads.sql", @application);
$citus->compare('tenant b, application: writes', $writes, @application);
$citus->compare('tenant b, application: afterwards', $afterwards, @application);
$citus->compare('tenant c, owner', "$here/tenant_owner.sql", database => 'tenants', from => 'coordinator', path => 'crm', user => 'postgres', settings('c'));
$citus->compare('settings', "$here/tenant_settings.sql", database => 'tenants', from => 'coordinator', path => 'crm', user => 'application');

# Outside a transaction block no setting gets there.
my (undef, undef, $error) = $citus->{coordinator}->psql('tenants', "SET opportunities.tenant = 'b'; SELECT count(*) FROM crm.opportunity",
	extra_params => [ '-U', 'application' ]);
like($error, qr/"opportunities.tenant" is not known to the servers that have the rows/, 'a setting that cannot be sent is an error');

# Who has changed a deal, which is who the session works for: by what a connection begins with, or a role.
sub changes
{
	my ($user, $set, $statement) = @_;
	return $citus->{coordinator}->safe_psql('tenants', <<"SQL", extra_params => [ '-q', '-U', $user ]);
SET search_path = crm, opportunities, public;
$set
BEGIN;
SET LOCAL opportunities.tenant = 'b';
$statement
UPDATE opportunity SET description = 'by whom' WHERE title = 'Deal 62' RETURNING updated_by;
ROLLBACK;
SQL
}
{
	local $ENV{PGOPTIONS} = '-c opportunities.user_name=omid';
	is(changes('application', '', ''), 'omid', 'a user that a connection begins with');
}
$citus->{coordinator}->safe_psql('tenants', "CREATE ROLE gate LOGIN; GRANT application TO gate; ALTER ROLE application SET opportunities.user_name = 'reza'");
is(changes('application', '', ''), 'reza', 'the user of a role');
is(changes('gate', 'SET ROLE application;', ''), 'application', 'a role that is no such user here');
$citus->{coordinator}->safe_psql('tenants', "ALTER ROLE gate SET opportunities.user_name = 'nima'");
is(changes('gate', 'SET ROLE application;', ''), 'nima', 'the user of the role that logged in');
$citus->{coordinator}->safe_psql('tenants', 'ALTER ROLE application RESET opportunities.user_name');
is(changes('gate', 'SET ROLE application;', ''), 'nima', 'the same, where the other one has no settings');

# What is set back is set back there.
is(changes('application', '', "SET LOCAL opportunities.user_name = 'sara'; UPDATE opportunity SET description = '' WHERE title = 'Deal 62';
	RESET opportunities.user_name; SAVEPOINT before; ROLLBACK TO before;"), 'application', 'a user that was set back before a savepoint');
is(changes('application', '', "SET LOCAL opportunities.user_name = 'sara'; SELECT set_config('opportunities.user_name', '', true) \\g /dev/null"),
	'application', 'one that was set back at once');

$citus->compare('tenant c: maintain', "$here/maintain.sql", database => 'tenants', from => 'coordinator', path => 'crm', user => 'postgres', settings('c'));

# What one tenant reads, plans and errors included, is the same to the byte after another one has written.
sub reads_of
{
	my ($server, $tenant) = @_;
	my $out;
	my $begin = "BEGIN; SET LOCAL opportunities.tenant = '$tenant'; SET LOCAL opportunities.user_name = 'sara';";
	my @reads = grep { /^SELECT/ } split /\n/, slurp_file("$here/reads.sql");
	my $script = join "\n", '\set VERBOSITY verbose', 'SET search_path = crm, opportunities, public;', map { ("$begin\n$_\nROLLBACK;", "$begin\nEXPLAIN (VERBOSE, COSTS OFF) $_\nROLLBACK;") } @reads;
	IPC::Run::run([ 'psql', '-X', '-A', '-d', $citus->{$server}->connstr('tenants') . ' user=application' ], '<', \$script, '>', \$out, '2>&1');
	return $out;
}
for my $server (qw(coordinator one))
{
	my ($before, $others) = (reads_of($server, 'b'), reads_of($server, 'c'));
	my $write = join ' ', map { "BEGIN; SET LOCAL opportunities.tenant = 'c'; SET LOCAL opportunities.user_name = 'sara'; $_; COMMIT;" } (
		"UPDATE opportunity SET amount = 99999999999.99, owner = 'sara', title = 'Deal 7', tags = '{zz}' WHERE title LIKE '%4'",
		"DELETE FROM opportunity WHERE title LIKE 'Deal 2_'", "UPDATE account SET name = 'b account 12'", "UPDATE stage SET name = 'Talking', position = position + 3, probability = 33",
		"UPDATE product SET name = 'Product 1', category = 'Hidden'", 'UPDATE exchange_rate SET rate = 777', 'UPDATE target SET amount = 5', "UPDATE choice SET label = 'Hidden'",
		"UPDATE label SET label = 'Hidden'", "UPDATE custom_field SET label = 'Hidden'", "UPDATE app_user SET name = 'Hidden', manager = NULL, team = 'Hidden'",
		map { qq(SELECT opportunities.save_filter('$_', '{"rules": [{"field": "amount", "operator": "<", "value": "5"}]}', true)) } 'Large', 'Hidden');
	$citus->{$server}->safe_psql('tenants', "SET search_path = crm, opportunities, public; SET client_min_messages = warning; $write", extra_params => [ '-U', 'application' ]);
	is(reads_of($server, 'b'), $before, "$server: what tenant b reads, after tenant c has written");
	isnt(reads_of($server, 'c'), $others, "$server: what tenant c reads is new");
}

$citus->stop;
done_testing();
