# Eight people at work at all isolation levels, one of them by two-phase commit, while the server is killed again and again.
# What was acknowledged is there afterwards, and check_crm finds nothing else.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use RandomWalk;
use Storm;
use Test::More;
use Time::HiRes qw(time);

my $seed = $ENV{STORM_SEED} // int(rand(1_000_000));
my $seconds = $ENV{STORM_SECONDS} // 15;
diag "seed $seed, $seconds seconds: STORM_SEED and STORM_SECONDS choose others";
srand($seed);
my $walk = RandomWalk->new('storm', "max_prepared_transactions = 5\nautovacuum_naptime = '1s'\ncheckpoint_timeout = '30s'\nlog_statement = none\nrestart_after_crash = on\n");
my $node = $walk->{node};
my $storm = Storm->new($node);

my $two_phase = $node->basedir . '/two_phase.bench';
append_to_file($two_phase, "BEGIN;\n" . slurp_file($walk->{script}) . "PREPARE TRANSACTION 'walk';\nCOMMIT PREPARED 'walk';\n");
my @people = (
	[ 'read committed', 4 ], [ 'repeatable read', 2 ], [ 'serializable', 1 ], [ 'read committed', 1, '--file', $two_phase ]);

my $until = time + $seconds;
for (my $number = 1; $number <= 3 || time < $until; $number++)
{
	$storm->round(3.5, undef, map {
		my ($isolation, $clients, @script) = @$_;
		[ RandomWalk::options($isolation), $walk->bench($clients, $seed + 10 * $number + $clients, @script) ]
	} @people);
	$storm->recover;
}
my $kept = $walk->rows('SELECT count(*) FROM walk.log');
diag "$storm->{acknowledged} commands acknowledged, $kept kept";
cmp_ok($kept, '>=', $storm->{acknowledged}, 'what was acknowledged is kept');
$storm->ends_well;
$walk->holds;
$node->stop;

done_testing();
