# Filters on Citus: replaced before it plans, in every part of a statement; and no plan outlives a change of its filter, wherever that is made.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use PostgreSQL::Test::Utils;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;
my @nodes = qw(coordinator worker1 worker2);

$citus->database('filters');
$citus->load('filters', "$here/schema.sql", schema => 'customer');
$citus->load('filters', "$here/customer.sql", schema => 'customer', customer => 'c', deals => 300);
$citus->run('coordinator', 'filters', "$here/distribute_schema.sql", schema => 'customer');
# what the recipe asks for where Citus is
$citus->{$_}->safe_psql('filters', q{ALTER DATABASE filters SET session_preload_libraries = 'opportunities'}) for 'coordinator';
for my $how ([ 'coordinator', 'postgres' ], [ 'worker1', 'application' ])
{
	my ($from, $user) = @$how;
	$citus->compare("filters, $user at $from", "$here/filters.sql", database => 'filters', user => $user, path => 'customer',
		settings => [ "opportunities.user_name = 'sara'", "opportunities.time_zone = 'Asia/Tehran'" ], from => $from);
}

# Rows by tenant_id: a tenant's, under row security.
$citus->database('tenants');
$citus->load('tenants', "$here/tenants.sql");
for my $tenant (qw(a b))
{
	local $ENV{PGOPTIONS} = "-c opportunities.tenant=$tenant";
	$citus->load('tenants', "$here/customer.sql", schema => 'crm', customer => $tenant, deals => 300);
}
$citus->run('coordinator', 'tenants', "$here/distribute_tenants.sql");
$citus->{coordinator}->safe_psql('tenants', q{ALTER DATABASE tenants SET session_preload_libraries = 'opportunities'});
# (what Citus inserts out of a query it copies, which row security doesn't allow)
my $filters = slurp_file("$here/filters.sql");
$filters =~ s/^INSERT INTO account .*?\n.*?\n//m or die 'filters.sql has changed';
append_to_file("$PostgreSQL::Test::Utils::tmp_check/filters.sql", $filters);
$citus->compare("filters of a tenant, application at $_", "$PostgreSQL::Test::Utils::tmp_check/filters.sql", database => 'tenants', user => 'application', path => 'crm', from => $_,
	settings => [ "opportunities.tenant = 'b'", "opportunities.user_name = 'sara'" ]) for qw(coordinator worker2);

# Two sessions, of two nodes: the first has prepared statements and functions, the second changes the filter that they are of.
sub session
{
	my ($name) = @_;
	my $session = $citus->{$name}->background_psql('filters', on_error_stop => 0);
	$session->query($_) for 'SET search_path = customer, opportunities, public', q{SET client_min_messages = warning};
	return $session;
}
sub change
{
	my ($session, $over) = @_;
	return $session->query(qq{SELECT save_filter('Big', '{"rules": [{"field": "amount", "operator": ">", "value": $over}]}', shared => true) \\g /dev/null});
}
# What each use of the filter finds, and whether it holds for a deal of 310000 that a variable has.
my $uses = q{EXECUTE named; EXECUTE given ('Big'); EXECUTE viewed; SELECT named(), given('Big'); SELECT of_deal()};
my %over;
sub found { return join ' ', $_[0]->query($uses) =~ /(\d+|[tf])/g }
sub all { return join ' ', ($over{ $_[0] }) x 5, $_[0] < 310000 ? 't' : 'f' }

$citus->{coordinator}->safe_psql('filters', q{SET search_path = customer, opportunities, public;
	SELECT save_filter('Big', '{"rules": []}', shared => true);
	CREATE VIEW big AS SELECT * FROM opportunity AS o WHERE matches(o, 'Big');
	CREATE FUNCTION named() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Big')); END $$;
	CREATE FUNCTION given(filter text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM opportunity AS o WHERE matches(o, filter)); END $$;
	CREATE FUNCTION of_deal() RETURNS boolean LANGUAGE plpgsql AS $$ DECLARE deal opportunity; BEGIN deal.amount := 310000; RETURN matches(deal, 'Big'); END $$});
# Deals have amounts of 1250.25 × 1 to 300, but for those with lines: so many are over 1250 × n.
%over = map { my $over = $_; ($over => $citus->{one}->safe_psql('filters', "SELECT count(*) FROM customer.opportunity WHERE amount > $over")) } 300000, 320000, 340000, 360000;
is(scalar(grep { $over{300000} <= $over{$_} } 320000, 340000, 360000), 0, 'each filter has fewer rows than the one before');
for my $pair ([ 'coordinator', 'worker1' ], [ 'worker1', 'coordinator' ], [ 'worker1', 'worker2' ], [ 'coordinator', 'coordinator' ])
{
	my ($at, $there) = @$pair;
	my ($first, $second) = (session($at), session($there));
	$first->query($_) for q{PREPARE named AS SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Big')},
		q{PREPARE given (text) AS SELECT count(*) FROM opportunity AS o WHERE matches(o, $1)}, q{PREPARE viewed AS SELECT count(*) FROM big};
	for my $mode (qw(auto force_generic_plan force_custom_plan))
	{
		$first->query("SET plan_cache_mode = $mode");
		for my $over (300000, 320000, 340000)
		{
			change($second, $over);
			is(found($first), all($over), "$at, $mode: a filter changed at $there to over $over");
		}
	}
	$first->query('RESET plan_cache_mode');
	for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
	{
		my $kept = $level ne 'READ COMMITTED';
		change($second, 300000);
		$first->query("BEGIN ISOLATION LEVEL $level");
		is(found($first), all(300000), "$at, $level: as it was");
		change($second, 320000);
		is(found($first), all($kept ? 300000 : 320000), "$at, $level: changed at $there meanwhile");
		$first->query('COMMIT');
		is(found($first), all(320000), "$at, $level: afterwards");
	}
	# what a variable's row is asked, by nothing else
	for my $over (300000, 320000)
	{
		$first->query('BEGIN') if $over == 300000;
		change($second, $over);
		is($first->query('SELECT of_deal()'), $over < 310000 ? 't' : 'f', "$at: the row of a variable, over $over");
	}
	$first->query('COMMIT');
	# one's own change, which others don't see yet, and which is undone
	$first->query('BEGIN');
	change($first, 340000);
	is(found($first), all(340000), "$at: one's own change");
	is($second->query(q{SELECT count(*) FROM opportunity AS o WHERE matches(o, 'Big')}), $over{320000}, "$there: not yet");
	$first->query('ROLLBACK');
	is(found($first), all(320000), "$at: undone");
	$_->quit for $first, $second;
}

# A session that loads the library with the statement itself, too late; then it is loaded.
{
	local $ENV{PGOPTIONS} = '-c session_preload_libraries=';
	my $statement = q{SELECT count(*) FROM customer.opportunity AS o WHERE opportunities.matches(o, 'Big');};
	my ($result, $out, $err) = $citus->{coordinator}->psql('filters', $statement x 2, on_error_stop => 0);
	like($err, qr/the library of opportunities was not loaded before this statement/, 'a session that has not loaded the library');
	is($out, $over{320000}, 'the same statement again');
}

# What another server sends is planned without JIT, which a filter of many rules keeps busy for minutes.
for my $name ('psql', 'citus_internal gpid=1')
{
	local $ENV{PGOPTIONS} = '-c jit=on -c jit_above_cost=0';
	local $ENV{PGAPPNAME} = $name;
	my $plan = $citus->{worker1}->safe_psql('filters', q{LOAD 'opportunities'; EXPLAIN SELECT count(*) FROM pg_class WHERE relname > 'a'});
	is($plan =~ /JIT/ ? 'with' : 'without', $name eq 'psql' ? 'with' : 'without', "JIT for $name");
}

# A filter that isn't known before the statement runs is applied on the server that has the row, which can't ask for all.
my ($result, $out, $err) = $citus->{coordinator}->psql('filters',
	q{SELECT count(*) FROM customer.opportunity AS o JOIN customer.saved_filter AS f ON opportunities.matches(o, f.name) WHERE f.name = 'Called'});
like($err, qr/the filter cannot be applied where Citus has sent the call/, 'a name that is only known there');

$citus->stop;
done_testing();
