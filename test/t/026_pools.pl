# People of two tenants share two connections through pgbouncer, six clients at a time: each gets what is theirs and nothing else,
# by plans that were made for somebody else, after errors, and whatever the pool does between them.
# Another seed: SEED=123; another pgbouncer than that in PATH: PGBOUNCER=/usr/local/bin/pgbouncer.
use strict;
use warnings FATAL => 'all';
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

local $ENV{PATH} = "$ENV{PATH}:/usr/sbin"; # where Debian has it
my $pgbouncer = $ENV{PGBOUNCER} // 'pgbouncer';
my ($version, $major, $minor) = `$pgbouncer --version 2>/dev/null` =~ /^PgBouncer ((\d+)\.(\d+)\S*)/
  or plan skip_all => 'pgbouncer is not installed';
my $prepares = $major > 1 || $minor >= 21;
my $seed = $ENV{SEED} // time % 1_000_000;
note "SEED=$seed, pgbouncer $version";

my $node = PostgreSQL::Test::Cluster->new('pools');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opportunities');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', 'test/clients/pools.sql' ], 'two tenants');

# What differs between people and tenants under one name: a shared filter, a team, and figures that are kept. A policy that fails
# while a board, list or report is being read; what compares an answer; statements that each connection of the pool has prepared.
$node->safe_psql(
	'postgres', q{
	SET client_min_messages = warning;
	CREATE FUNCTION goes_on() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
	BEGIN
		IF current_setting('test.fails', true) = 'yes' THEN
			RAISE serialization_failure USING message = 'in the middle';
		END IF;
		RETURN true;
	END $$;
	CREATE POLICY goes_on ON crm.opportunity AS RESTRICTIVE USING (public.goes_on());
	CREATE FUNCTION expect(answer text, expected text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		IF answer IS DISTINCT FROM expected THEN
			RAISE 'an answer of somebody else''s: % instead of %', answer, expected;
		END IF;
	END $$;
	CREATE FUNCTION prepare_statements() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM set_config('role', 'clients_seller', true);
		PREPARE kept_rows AS SELECT string_agg(title, ',' ORDER BY title COLLATE "C") AS kept_rows FROM opportunity AS o WHERE matches(o, 'ours');
		PREPARE kept_board (text) AS SELECT string_agg(count || ' ' || final_total, ',') AS kept_board FROM board(filter => $1);
	END $$;
	SET search_path = crm, opportunities, public;
	SET opportunities.tenant = 'acme';
	SELECT save_filter('ours', '{"rules": [{"field": "owner", "operator": "=", "value": {"user": "team"}}]}', true);
	INSERT INTO app_user (login, name, manager) VALUES ('mona', 'Mona', NULL), ('sara', 'Sara', 'mona'), ('omid', 'Omid', 'sara');
	SET opportunities.tenant = 'globex';
	SELECT save_filter('ours', '{"rules": [{"field": "title", "operator": "endsWith", "value": "2"}]}', true);
	INSERT INTO app_user (login, name, manager) VALUES ('omid', 'Omid', NULL), ('sara', 'Sara', 'omid'), ('lena', 'Lena', 'omid');
	UPDATE opportunity SET amount = id * 1.5;
	SELECT create_rollup()});

# What everybody asks in the same words.
my %questions = (
	who => q{SELECT concat_ws(' ', current_tenant(), me(), current_user) AS who},
	deals => q{SELECT string_agg(title, ',' ORDER BY title COLLATE "C") AS deals FROM opportunity},
	first => q{SELECT string_agg(count || ' ' || final_total, ',') AS first FROM board(filter => 'first')},
	board => q{SELECT string_agg(count || ' ' || final_total, ',') AS board FROM board(cards => 0)},
	list => q{SELECT list(fields => '{title}', sort => '{title}', size => 2)::text AS list},
	report => q{SELECT string_agg(dimensions ->> 'owner' || ' ' || count, ',' ORDER BY dimensions ->> 'owner') AS report FROM report(by => '{owner}')},
	ours => q{SELECT string_agg(title, ',' ORDER BY title COLLATE "C") AS ours FROM opportunity AS o WHERE matches(o, 'ours')},
	team => q{SELECT string_agg(login, ',' ORDER BY login) AS team FROM team() AS login},
	names => q{SELECT string_agg(name, ',' ORDER BY name) AS names FROM app_user});
my @questions = sort keys %questions;
my @kept = ('EXECUTE kept_rows', q{EXECUTE kept_board('first')});

# What each of them gets alone, in a session of their own.
my @people = map { my %person; @person{qw(tenant login role number)} = split /\|/; \%person } split /\n/, $node->safe_psql('postgres', 'SELECT * FROM person ORDER BY number');
sub learn_answers
{
	for my $person (@people)
	{
		$person->{settings} = ["opportunities.tenant = '$person->{tenant}'", "opportunities.user_name = '$person->{login}'", "ROLE = $person->{role}"];
		$person->{$_} = $node->safe_psql('postgres', join('; ', (map { "SET $_" } @{ $person->{settings} }), 'SET search_path = crm, opportunities, public', $questions{$_})) for @questions;
	}
	return;
}
learn_answers();
is_deeply([ map { my $number = $_->{number}; scalar grep { $number == $_ } 1 .. 6 } @people ], [ (1) x 6 ], 'each has as many deals as their number');
is_deeply([ map { scalar split /,/, $_->{deals} } @people ], [ 1, 2, 6, 4, 15, 6 ], 'which sellers see, and managers all of their tenant');
is_deeply([ map { $_->{ours} } @people[ 0 .. 3 ] ], [ 'acme sara 1', 'acme omid 1,acme omid 2', 'acme mona 1,acme mona 2,acme mona 3,acme omid 1,acme omid 2,acme sara 1', 'globex sara 2' ],
	'a filter means what it does in their tenant');

# A pool in front of the server; nothing is asked of the server but what comes through it.
my %pools;
sub start_pool
{
	my ($mode, $more) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir_short();
	append_to_file("$folder/users", qq{"clients_application" ""\n});
	append_to_file("$folder/pgbouncer.ini", <<"INI");
[databases]
postgres = host=@{[ $node->host ]} port=@{[ $node->port ]} connect_query='SELECT public.prepare_statements()'
[pgbouncer]
unix_socket_dir = $folder
listen_port = 6432
auth_type = trust
auth_file = $folder/users
pool_mode = $mode
default_pool_size = 2
$more
INI
	my $log = '';
	$pools{$folder} = IPC::Run::start([ $pgbouncer, '-q', "$folder/pgbouncer.ini" ], '>', \$log, '2>&1');
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		last if -S "$folder/.s.PGSQL.6432";
		$pools{$folder}->pump_nb;
		select undef, undef, undef, 0.1;
	}
	-S "$folder/.s.PGSQL.6432" or BAIL_OUT("pgbouncer doesn't start: $log");
	return $folder;
}

sub stop_pool
{
	my ($folder) = @_;
	delete($pools{$folder})->kill_kill;
	$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'clients_application'});
	return;
}
END { $_->kill_kill for values %pools }

sub through
{
	my ($folder, $program, @arguments) = @_;
	local %ENV = (%ENV, PGHOST => $folder, PGPORT => 6432, PGUSER => 'clients_application', PGDATABASE => 'postgres');
	my ($out, $error) = ('', '');
	my $status = IPC::Run::run([ $program, @arguments ], '<', \'', '>', \$out, '2>', \$error) ? 0 : 1;
	return ($status, $out, $error);
}

# A script of pgbench for each person: who it is, each question, what the answers are; and writes, which say whose they are.
sub scripts
{
	my ($local, $fails, @more) = @_;
	my @scripts;
	for my $person (@people)
	{
		my @lines = map { $local ? "SET LOCAL $_;" : "SET $_;" } @{ $person->{settings} };
		push @lines, "SET test.fails = 'yes';", "$questions{board};" if $fails;
		push @lines, map { "$_ \\gset" } map({ $questions{$_} } @questions), @more;
		my %answers = (%$person, kept_rows => $person->{ours}, kept_board => $person->{first});
		push @lines, 'SELECT ' . join(', ', map { "public.expect(:$_, '" . $answers{$_} =~ s/'/''/gr . "')" } @questions, map { /(kept_\w+)/ } @more) . ';';
		push @lines, q{UPDATE opportunity SET description = concat_ws(' ', current_tenant(), me(), random()) WHERE title = concat_ws(' ', current_tenant(), me(), 1);};
		push @lines, q{SELECT edit_opportunity(id::text, '{"tags": {"add": ["x"]}}') FROM opportunity WHERE title = concat_ws(' ', current_tenant(), me(), 1);};
		@lines = ('BEGIN;', @lines, 'COMMIT;') if $local;
		push @scripts, join("\n", @lines) . "\n";
	}
	return @scripts;
}

# Six clients ask through a pool, each time as somebody else; some are cut off in the middle of a board.
sub ask
{
	my ($pool, $mode, $local, @more) = @_;
	my @files;
	for my $fails (0, 1)
	{
		for my $script (scripts($local, $fails, @more))
		{
			my $file = PostgreSQL::Test::Utils::tempdir_short() . '/script';
			append_to_file($file, $script);
			push @files, '-f', "$file@" . ($fails ? 1 : 4);
		}
	}
	return through($pool, 'pgbench', '-n', '-M', $mode, '-c', 6, '-j', 6, '-t', 40, "--random-seed=$seed", $local ? () : '-C', @files);
}

sub all_answered
{
	my ($what, $status, $out, $error) = @_;
	my ($done) = $out =~ /actually processed: (\d+)/;
	my ($failed) = $out =~ /number of failed transactions: (\d+)/;
	is($status . $error =~ s/^pgbench: setting random seed.*\n//r, '0', "$what: nobody gets an answer of somebody else's");
	cmp_ok($failed // 0, '>', 10, "$what: some fail in the middle");
	is(($done // 0) + ($failed // 0), 240, "$what: all others are answered");
	return;
}

# One tenant's filter becomes the other's, and Omid leads whoever led him.
sub change_filters
{
	my @before = map { "$_->{ours} $_->{team}" } @people;
	$node->safe_psql('postgres', q{
		UPDATE crm.saved_filter AS f SET definition = o.definition FROM crm.saved_filter AS o WHERE f.name = 'ours' AND o.name = 'ours' AND o.tenant_id <> f.tenant_id;
		UPDATE crm.app_user SET manager = NULL WHERE login IN ('omid', 'sara');
		UPDATE crm.app_user SET manager = 'omid' WHERE login = 'sara';
		UPDATE crm.app_user SET manager = CASE manager WHEN 'omid' THEN 'sara' ELSE 'omid' END WHERE login IN ('mona', 'lena')});
	learn_answers();
	is(scalar grep({ $before[$_] ne "$people[$_]{ours} $people[$_]{team}" } 0 .. $#people), 6, 'filters and teams are others now');
	return;
}

for my $plans (qw(auto force_generic_plan))
{
	$node->safe_psql('postgres', "ALTER ROLE clients_application SET plan_cache_mode = $plans");
	my $pool = start_pool('transaction', '');
	all_answered("transactions, plans that connections keep, $plans", ask($pool, 'extended', 1, @kept));
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'clients_application'}), '2', 'by two connections');
	change_filters();
	all_answered("the same after that, $plans", ask($pool, 'extended', 1, @kept));
	stop_pool($pool);
}

# Whatever the pool throws away between two of them (what a connection has prepared goes, too).
my $pool = start_pool('transaction', 'server_reset_query_always = 1');
all_answered('transactions, DISCARD ALL after each', ask($pool, 'extended', 1));
stop_pool($pool);

# Each client has a connection to itself until it leaves: it may SET for good, and prepare statements by the protocol.
$pool = start_pool('session', '');
all_answered('sessions, statements prepared by the protocol', ask($pool, 'prepared', 0));
stop_pool($pool);

# Statements that clients prepare by the protocol and use from one transaction to the next: where pgbouncer doesn't pass them on, it is as doc/pools.md says.
$pool = start_pool('transaction', $prepares ? 'max_prepared_statements = 100' : '');
my @answer = ask($pool, 'prepared', 1);
if ($prepares)
{
	all_answered('transactions, statements prepared by the protocol', @answer);
}
else
{
	like($answer[2], qr/prepared statement "\w+" (?:does not exist|already exists)/, "pgbouncer $version knows no prepared statements in transaction mode");
}

# Nothing is left for whoever comes next: no name, no role, no tenant.
for (1 .. 4)
{
	my (undef, $out, $error) = through($pool, 'psql', '-XqAt', '-c', q{SELECT me(), current_user, current_setting('opportunities.tenant', true); SELECT count(*) FROM board()});
	is($out, "clients_application|clients_application|\n", 'nobody in particular');
	like($error, qr/no relation "opportunity" is on the search_path/, 'who has no rights');
}
stop_pool($pool);

# What was written says who wrote it, in their own tenant alone.
is($node->safe_psql('postgres', q{
	SELECT count(*) > 100, count(*) FILTER (WHERE NOT starts_with(c.new #>> '{}', concat_ws(' ', c.tenant_id, c.changed_by, '')) OR o.title <> concat_ws(' ', c.tenant_id, c.changed_by, 1))
	FROM crm.change_log AS c LEFT JOIN crm.opportunity AS o ON o.tenant_id = c.tenant_id AND o.id::text = c.row_id WHERE c.table_name = 'opportunity' AND c.field = 'description'}),
	't|0', 'history says who wrote');
is($node->safe_psql('postgres', q{SELECT code, object, row_id FROM opportunities.check_crm('crm')}), '', 'and all is well');

$node->stop;
done_testing();
