# Every answer to a customer, on three nodes as on one, where each has a schema.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;

# A schema for each customer: one that had rows before it was distributed, and one that has none yet.
$citus->database('schemas');
for my $customer (qw(a b))
{
	$citus->load('schemas', "$here/schema.sql", schema => "customer_$customer");
	$citus->load('schemas', "$here/customer.sql", schema => "customer_$customer", customer => $customer, deals => 300);
}
$citus->run('coordinator', 'schemas', "$here/distribute_schema.sql", schema => "customer_$_") for qw(a b);
for my $how ([ 'a', 'postgres' ], [ 'b', 'application' ])
{
	my ($customer, $user) = @$how;
	$citus->compare("schema $customer, $user: $_", "$here/$_.sql", database => 'schemas', user => $user, path => "customer_$customer",
		settings => ["opportunities.user_name = 'sara'"]) for qw(reads writes reads);
}

$citus->stop;
done_testing();
