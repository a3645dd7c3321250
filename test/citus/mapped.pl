# An application's own tables, distributed by its own columns, through views: what reads, what is dragged and written, filters.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;
$citus->database('mapped');
$citus->load('mapped', "$here/mapped_tables.sql");
$citus->run('coordinator', 'mapped', "$here/mapped_distribute.sql");
$citus->load('mapped', "$here/mapped_views.sql");
# the tables of filters and views, which every server has then; Citus grants nothing on views elsewhere
$citus->{$_}->safe_psql('mapped', 'SET citus.enable_ddl_propagation = off; GRANT SELECT, INSERT, UPDATE, DELETE ON mapped.opportunity, mapped.stage, mapped.account, mapped.country, mapped.activity TO application')
	for qw(worker1 worker2);
$citus->{coordinator}->safe_psql('mapped', q{SET citus.enable_unsafe_triggers = on;
	SELECT create_reference_table(t) FROM unnest('{mapped.saved_filter,mapped.saved_view}'::regclass[]) AS t;
	ALTER DATABASE mapped SET session_preload_libraries = 'opportunities'});

my $workspace = $citus->{one}->safe_psql('mapped', q{SELECT md5('w3')::uuid});
for my $how ([ 'coordinator', 'postgres' ], [ 'worker1', 'application' ], [ 'coordinator', 'application' ])
{
	my ($from, $user) = @$how;
	$citus->compare("a workspace, $user at $from", "$here/mapped.sql", database => 'mapped', user => $user, path => 'opportunities',
		settings => [ "opportunities.tenant = '$workspace'", "opportunities.user_name = 'u1'" ], from => $from);
}
$citus->compare("all customers, at $_", "$here/mapped_all.sql", database => 'mapped', user => 'postgres', path => 'opportunities', from => $_) for qw(coordinator worker2);

# What can't be: Citus applies no check option, joins by the column that it distributes by alone, and locks rows of one server.
for my $case (
	[ q{CREATE VIEW wide.large AS SELECT * FROM wide.opportunity WHERE amount > 1000 WITH CHECK OPTION; UPDATE wide.large SET amount = 1}, qr/cannot modify views/ ],
	[ q{CREATE VIEW wide.activity AS SELECT id, id AS opportunity_id, title AS kind FROM shop.deal;
		SELECT count(*) FROM wide.opportunity AS o WHERE opportunities.matches_rules(o, '{"rules": [{"field": "activity.kind", "operator": "=", "value": "call"}]}')}, qr/joined on their distribution columns/ ],
	[ q{SELECT opportunities.bulk_edit('{"owner": "u9"}', rules => '{"rules": [{"field": "amount", "operator": ">", "value": 2990}]}', relation => 'wide.opportunity')}, qr/equality filter on the distributed table's partition column/ ])
{
	my ($result, $out, $err) = $citus->{coordinator}->psql('mapped', $case->[0]);
	like($err, $case->[1], $case->[0]);
}

$citus->stop;
done_testing();
