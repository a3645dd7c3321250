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

$citus->stop;
done_testing();
