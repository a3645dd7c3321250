# Every answer to a customer, on three nodes as on one, where each has a schema.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;
my @customers = (
	{ customer => 'a', user => 'postgres', from => 'coordinator' },
	{ customer => 'b', user => 'application', from => 'coordinator' },
	{ customer => 'c', user => 'postgres', from => 'worker1' },
	{ customer => 'd', user => 'application', from => 'worker2' });

$citus->database('schemas');
for my $customer (map { $_->{customer} } @customers)
{
	my @schema = (schema => "customer_$customer");
	$citus->load('schemas', "$here/schema.sql", @schema);
	$citus->load('schemas', "$here/customer.sql", @schema, customer => $customer, deals => 300);
	$citus->run('coordinator', 'schemas', "$here/distribute_schema.sql", @schema);
}
for my $how (@customers)
{
	$citus->compare("schema $how->{customer}, $how->{user} on $how->{from}: $_", "$here/$_.sql", %$how, database => 'schemas',
		path => "customer_$how->{customer}", settings => ["opportunities.user_name = 'sara'"]) for qw(reads writes reads);
}
$citus->compare('schema a: maintain', "$here/maintain.sql", %{ $customers[0] }, database => 'schemas', path => 'customer_a',
	settings => ["opportunities.user_name = 'sara'"]);

# A table that is made anew comes to the server that has the others.
$citus->{coordinator}->safe_psql('schemas', 'DROP TABLE customer_b.target CASCADE');
$citus->{coordinator}->safe_psql('schemas', "SELECT opportunities.upgrade_crm('customer_b'); SELECT opportunities.check_crm('customer_b')");
is($citus->{coordinator}->safe_psql('schemas', "SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = 'customer_b.target'::regclass"), 1, 'a table made by upgrade_crm');

# Sessions that don't load the library when they begin are told.
{
	local $ENV{PGOPTIONS} = '-c session_preload_libraries=';
	my (undef, undef, $told) = $citus->{coordinator}->psql('schemas', "SELECT opportunities.check_crm('customer_a')");
	like($told, qr/NOTICE:  sessions do not load the library when they begin/, 'check_crm tells of sessions without the library');
}

# What there can't be.
my $coordinator = $citus->{coordinator};

sub refused
{
	my ($sql, $error) = @_;
	my (undef, undef, $got) = $coordinator->psql('schemas', "SET search_path = customer_a, opportunities; $sql");
	like($got, qr/ERROR:  $error/, $sql);
	return;
}
refused('SELECT create_rollup()', '"opportunity" cannot have a rollup');
refused('SELECT changes_since(NULL)', 'changes of "opportunity" are not logged');
refused("SELECT notify_changes('customer_a')", 'changes in schema "customer_a" cannot be notified');
refused("SELECT erase_account(1, schema => 'customer_a')", 'nothing can be erased in schema "customer_a"');
refused("SET citus.enable_schema_based_sharding = on; SELECT create_crm('other')", 'schema "other" is distributed already');
$coordinator->safe_psql('schemas', 'SET citus.enable_schema_based_sharding = on; CREATE SCHEMA taken');
refused("SELECT create_crm('taken')", 'schema "taken" is distributed already');

$citus->stop;
done_testing();
