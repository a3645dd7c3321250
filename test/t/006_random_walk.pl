# Four people at work at once, at each isolation level: whatever they do, check_crm finds nothing afterwards.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use RandomWalk;
use Test::More;

my $seed = $ENV{WALK_SEED} // int(rand(1_000_000));
my $commands = $ENV{WALK_COMMANDS} // 5000;
note "seed $seed, $commands commands: WALK_SEED and WALK_COMMANDS choose others";
my $walk = RandomWalk->new('walk');

my $each = int($commands / 20);
my %share = ('read committed' => 3, 'repeatable read' => 1, 'serializable' => 1);
for my $isolation (sort keys %share)
{
	local $ENV{PGOPTIONS} = RandomWalk::options($isolation);
	$walk->{node}->command_ok(
		[ $walk->bench(4, $seed + length $isolation), '--transactions=' . $each * $share{$isolation}, 'postgres' ],
		"$isolation: four people get through the day");
}
$walk->holds;
$walk->{node}->stop;

done_testing();
