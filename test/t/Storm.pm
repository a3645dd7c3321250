# A server that dies again and again while people work on it. What it says of itself afterwards is kept: a death that nobody caused is a fault.
package Storm;
use strict;
use warnings FATAL => 'all';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

# What people may be told besides lost sessions and that they try again is given.
sub new
{
	my ($class, $node, @expected) = @_;
	my $expected = join '|', 'terminating connection', 'could not serialize', 'deadlock', @expected;
	return bless { node => $node, expected => qr/$expected/, count => {}, notices => {}, unexpected => {}, acknowledged => 0 }, $class;
}

# Send a signal to some process of the server's, of the type that is told, as soon as there is one.
sub strike
{
	my ($self, $signal, $type) = @_;
	for (1 .. 100)
	{
		my $pid = $self->{node}->safe_psql('postgres',
			"SELECT pid FROM pg_stat_activity WHERE backend_type = '$type' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
		return if $pid && kill $signal, $pid;
		sleep(0.1);
	}
	return;
}

# How the server dies. It comes back by itself where only a process of its own was killed.
my %kills = (
	'a backend is killed' => sub { $_[0]->strike('KILL', 'client backend') },
	'the checkpointer is killed' => sub { $_[0]->strike('KILL', 'checkpointer') },
	'the server stops at once' => sub { $_[0]{node}->stop('immediate') },
	'the postmaster is killed' => sub {
		my $pid = $_[0]{node}{_pid};
		$_[0]{node}->kill9;
		sleep(0.1) while kill 0, $pid;
	});

# Let people work, each by [ PGOPTIONS, pgbench and its arguments ], for some seconds at most that end with a kill. Before, others may see to
# something meanwhile.
sub round
{
	my ($self, $seconds, $meanwhile, @people) = @_;
	my $node = $self->{node};
	my @benches = map {
		my ($options, @command) = @$_;
		local %ENV = (%ENV, $node->_get_env(), PGOPTIONS => $options);
		my %bench = (out => '', err => '');
		$bench{run} = IPC::Run::start([ @command, '--time=600', 'postgres' ],
			'<', \undef, '>', \$bench{out}, '2>', \$bench{err}, IPC::Run::timeout($seconds + 120));
		\%bench;
	} @people;
	sleep(0.5 + rand($seconds - 0.5));
	$meanwhile->() if $meanwhile;
	if (rand() < 0.5)
	{
		$self->strike('TERM', 'client backend');
		$self->{count}{'a session is ended'}++;
		sleep(rand(1));
	}
	my @kills = sort keys %kills;
	my $how = $kills[ int rand scalar @kills ];
	$self->{count}{$how}++;
	$kills{$how}->($self);
	for my $bench (@benches)
	{
		$bench->{run}->finish;
		$self->{acknowledged} += $1 if $bench->{out} =~ /actually processed: (\d+)/;
		$self->{notices}{$_}++ for $bench->{err} =~ /NOTICE: +(.*)/g;
		$self->{unexpected}{$_}++ for grep { !/$self->{expected}/ } $bench->{err} =~ /(?:ERROR|PANIC|FATAL): +(.*)/g;
	}
	return;
}

# Bring the server back, and end what was prepared in one way or the other.
sub recover
{
	my ($self) = @_;
	my $node = $self->{node};
	$node->start unless defined $node->{_pid};
	my $patience = time + 120;
	sleep(0.1) until (run_command([ 'psql', '-XAtc', 'SELECT 1', $node->connstr('postgres') ]))[0] eq '1' || time > $patience;
	for my $prepared (split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts'))
	{
		my $end = rand() < 0.5 ? 'COMMIT' : 'ROLLBACK';
		$node->safe_psql('postgres', "$end PREPARED '$prepared'");
		$self->{count}{"prepared and found again: $end"}++;
	}
	return;
}

# What a server's log tells of deaths that nobody caused, with what stands around it.
sub own_deaths
{
	my @lines = split /\n/, slurp_file($_[0]->logfile);
	my %told;
	for my $place (grep { $lines[$_] =~ /TRAP|PANIC|terminated by signal (?!9:)/ } 0 .. $#lines)
	{
		$told{$_} = $lines[$_] for grep { $_ >= 0 && $_ <= $#lines } $place - 30 .. $place + 10;
	}
	return join "\n", map { $told{$_} } sort { $a <=> $b } keys %told;
}

# People were told of nothing but the storm, and nothing but that killed anything.
sub ends_well
{
	my ($self, @others) = @_;
	diag "$self->{count}{$_} times: $_" for sort keys %{ $self->{count} };
	is(join("\n", map { "$_ ($self->{unexpected}{$_} times)" } sort keys %{ $self->{unexpected} }), '', 'people were told of nothing else than lost sessions and retries');
	is(own_deaths($_), '', $_->name . ': nothing died of itself') for $self->{node}, @others;
	return;
}

1;
