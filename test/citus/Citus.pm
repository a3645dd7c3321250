# Servers for tests: a coordinator of Citus with two workers, and one server without Citus, whose answers are right.
package Citus;
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $settings = <<'CONF';
fsync = off
max_connections = 60
max_worker_processes = 20
CONF
my $citus_settings = <<'CONF';
shared_preload_libraries = 'citus'
max_prepared_transactions = 100
citus.shard_count = 8
citus.show_shards_for_app_name_prefix = ''
CONF

# Four servers, which are reached by sockets alone; there is a role that owns nothing.
sub new
{
	my ($class) = @_;
	my $self = bless {}, $class;
	$self->server($_) for qw(one coordinator worker1 worker2);
	$_->safe_psql('postgres', 'CREATE ROLE application LOGIN') for values %$self;
	return $self;
}

# Make a server and start it.
sub server
{
	my ($self, $name) = @_;
	my $node = $self->{$name} = PostgreSQL::Test::Cluster->new($name);
	$node->init(allows_streaming => 'logical');
	$node->append_conf('postgresql.conf', $settings);
	$node->append_conf('postgresql.conf', $citus_settings . "citus.local_hostname = '" . $node->host . "'\n") unless $name eq 'one';
	$node->start;
	return;
}

# A database on all of them, where Citus knows its workers.
sub database
{
	my ($self, $name) = @_;
	my $coordinator = $self->{coordinator};
	$self->{one}->safe_psql('postgres', "CREATE DATABASE $name");
	$coordinator->safe_psql('postgres', "CREATE DATABASE $name");
	$coordinator->safe_psql($name, 'CREATE EXTENSION citus');
	$coordinator->safe_psql($name, sprintf "SELECT citus_set_coordinator_host('%s', %d)", $coordinator->host, $coordinator->port);
	$self->add($name, $_) for qw(worker1 worker2);
	$_->safe_psql($name, "CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm; ALTER DATABASE $name SET session_preload_libraries = 'opportunities'")
		for @$self{qw(one coordinator)};
	return;
}

# Let a database's Citus know a worker.
sub add
{
	my ($self, $database, $name) = @_;
	my $node = $self->{$name};
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION citus');
	$self->{coordinator}->safe_psql($database, sprintf "SELECT citus_add_node('%s', %d)", $node->host, $node->port);
	return;
}

# Start one more worker, for a database.
sub start
{
	my ($self, $name, $database) = @_;
	$self->server($name);
	$self->add($database, $name);
	return;
}

# Run a file on a server, as one session that ends at an error, with variables of psql.
sub run
{
	my ($self, $name, $database, $file, %variables) = @_;
	my $run = IPC::Run::run([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', (map { ('-v', "$_=$variables{$_}") } sort keys %variables),
		'-d', $self->{$name}->connstr($database), '-f', $file ], '>', \my $out, '2>', \my $err);
	$run or die "$file on $name: $err";
	return;
}

# The same on both sides.
sub load
{
	my ($self, @file) = @_;
	$self->run($_, @file) for qw(one coordinator);
	return;
}

# The statements of a file: each ends with a semicolon, or a command of psql, at the end of a line.
sub statements
{
	my ($file) = @_;
	my @statements;
	my $statement = '';
	for my $line (split /^/, slurp_file($file))
	{
		next if $statement eq '' && $line =~ /^\s*(--|$)/;
		$statement .= $line;
		next if (() = $statement =~ /\$\$/g) % 2 || $line !~ /(;|\\\w+.*)$/;
		push @statements, $statement;
		$statement = '';
	}
	return @statements;
}

# What a server answers to each statement. A transaction, or a statement outside one, begins with the settings, which
# a server tells others of in no other way.
sub answers
{
	my ($node, $from, $database, $user, $settings, $path, @statements) = @_;
	my $set = join '', map { "SET LOCAL $_; " } @$settings;
	my $script = "SET search_path = $path, opportunities, public;\n\\set SHOW_CONTEXT never\n";
	my $inside = 0;
	for my $statement (@statements)
	{
		$script .= "\\echo ====\n";
		my $alone = !$inside && $statement !~ /^(BEGIN|\\)/;
		$inside = 1 if $statement =~ /^BEGIN/;
		$script .= $alone ? "BEGIN; $set$statement\\echo :SQLSTATE\nCOMMIT;\n" : ($statement =~ s/^BEGIN[^;]*;\K/ $set/r) . "\\echo :SQLSTATE\n";
		$inside = 0 if $statement =~ /(COMMIT|ROLLBACK);$/m;
	}
	my $output = '';
	IPC::Run::run([ 'psql', '-X', '-q', '-A', '-d', $node->connstr($database) . " user=$user" ], '<', \$script, '>', \$output, '2>&1', IPC::Run::timeout(600));
	my (undef, @answers) = split /^====\n/m, $output, -1;
	for (@answers)
	{
		s/^psql:[^ ]+ //mg;
		s/(\w)_1\d{5}\b/$1/g;                              # a shard is named as its table, with a number
		s/Failing row contains .*//g;                       # it holds moments
		s/("id": "|\b(?:document|quote) )\d+/$1/g if $from =~ /^worker/; # each server has numbers of its own
	}
	return @answers;
}

# Compare what both sides answer to each statement of a file: as a user, with settings, on a path, from a server.
sub compare
{
	my ($self, $title, $file, %how) = @_;
	my @statements = statements($file);
	my @how = ($how{from}, $how{database}, $how{user}, $how{settings} // [], $how{path}, @statements);
	my @right = answers($self->{one}, @how);
	my @answers = answers($self->{ $how{from} }, @how);
	for my $i (0 .. $#statements)
	{
		my ($name) = $statements[$i] =~ /^(.*)$/m;
		is($answers[$i] // 'none', $right[$i] // 'nothing', "$title: $name");
	}
	return;
}

sub stop
{
	my ($self) = @_;
	$_->stop for values %$self;
	return;
}

1;
