# make check-waterfall with few deals: other ones each time, and what it compares with is kept in step with what there is.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('waterfall');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

$ENV{WATERFALL_SEED} //= sprintf '%.4f', rand;
$ENV{WATERFALL_DEALS} //= 2000;
note "seed $ENV{WATERFALL_SEED}, $ENV{WATERFALL_DEALS} deals: WATERFALL_SEED and WATERFALL_DEALS choose others";
$node->command_ok(['test/waterfall/run'], 'twelve quarters by owner in three currencies: plain SQL over the history says the same');
$node->stop;

done_testing();
