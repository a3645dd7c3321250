# Eight people at work at all isolation levels, one of them by two-phase commit, while the server is killed again and again.
# What was acknowledged is there afterwards, and check_crm finds nothing else.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use RandomWalk;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{STORM_SEED} // int(rand(1_000_000));
my $seconds = $ENV{STORM_SECONDS} // 15;
diag "seed $seed, $seconds seconds: STORM_SEED and STORM_SECONDS choose others";
srand($seed);
my $walk = RandomWalk->new('storm', "max_prepared_transactions = 5\nautovacuum_naptime = '1s'\ncheckpoint_timeout = '30s'\nlog_statement = none\nrestart_after_crash = on\n");
my $node = $walk->{node};

my $two_phase = $node->basedir . '/two_phase.bench';
append_to_file($two_phase, "BEGIN;\n" . slurp_file($walk->{script}) . "PREPARE TRANSACTION 'walk';\nCOMMIT PREPARED 'walk';\n");
my @people = (
	[ 'read committed', 4 ], [ 'repeatable read', 2 ], [ 'serializable', 1 ], [ 'read committed', 1, '--file', $two_phase ]);

# Send a signal to some process of the server's, of the type that is told, as soon as there is one.
sub strike
{
	my ($signal, $type) = @_;
	for (1 .. 100)
	{
		my $pid = $node->safe_psql('postgres',
			"SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
		return if $pid && kill $signal, $pid;
		sleep(0.1);
	}
	return;
}

# How the server dies. It comes back by itself where only a process of its own was killed.
my %kills = (
	'a backend is killed' => sub { strike('KILL', 'client backend') },
	'the checkpointer is killed' => sub { strike('KILL', 'checkpointer') },
	'the server stops at once' => sub { $node->stop('immediate') },
	'the postmaster is killed' => sub {
		my $pid = $node->{_pid};
		$node->kill9;
		sleep(0.1) while kill 0, $pid;
	});
my (%count, $acknowledged, %unexpected);

# Work for a while, which ends with a kill.
sub round
{
	my ($number) = @_;
	my @benches = map {
		my ($isolation, $clients, @script) = @$_;
		local $ENV{PGOPTIONS} = RandomWalk::options($isolation);
		local %ENV = (%ENV, $node->_get_env());
		my %bench = (out => '', err => '');
		$bench{run} = IPC::Run::start([ $walk->bench($clients, $seed + 10 * $number + $clients, @script), '--time=600', 'postgres' ],
			'<', \undef, '>', \$bench{out}, '2>', \$bench{err}, IPC::Run::timeout(120));
		\%bench;
	} @people;
	sleep(0.5 + rand(3));
	if (rand() < 0.5)
	{
		strike('TERM', 'client backend');
		$count{'a session is ended'}++;
		sleep(rand(1));
	}
	my $how = (sort keys %kills)[ int rand scalar keys %kills ];
	$count{$how}++;
	$kills{$how}->();
	for my $bench (@benches)
	{
		$bench->{run}->finish;
		$acknowledged += $1 if $bench->{out} =~ /actually processed: (\d+)/;
		$unexpected{$_}++ for grep { !/terminating connection|could not serialize|deadlock/ } $bench->{err} =~ /(?:ERROR|PANIC|FATAL): +(.*)/g;
	}
	return;
}

# Bring the server back, and end what was prepared in one way or the other.
sub recover
{
	$node->start unless defined $node->{_pid};
	my $patience = time + 120;
	sleep(0.1) until (run_command([ 'psql', '-XAtc', 'SELECT 1', $node->connstr('postgres') ]))[0] eq '1' || time > $patience;
	for my $prepared (split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts'))
	{
		my $end = rand() < 0.5 ? 'COMMIT' : 'ROLLBACK';
		$node->safe_psql('postgres', "$end PREPARED '$prepared'");
		$count{"prepared and found again: $end"}++;
	}
	return;
}

my $until = time + $seconds;
for (my $number = 1; $number <= 3 || time < $until; $number++)
{
	round($number);
	recover();
}
diag "$count{$_} times: $_" for sort keys %count;
my $kept = $walk->rows('SELECT count(*) FROM walk.log');
diag "$acknowledged commands acknowledged, $kept kept";
cmp_ok($kept, '>=', $acknowledged, 'what was acknowledged is kept');
is(join("\n", sort keys %unexpected), '', 'people were told of nothing else than lost sessions and retries');
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|terminated by signal (?!9:)/, 'nothing died of itself');
$walk->holds;
$node->stop;

done_testing();
