# Writers of all kinds at all isolation levels, while others fold, make, fill and drop rollups, attach partitions, and the server is killed again
# and again: whatever is read meanwhile and afterwards, here, on a standby and by a subscriber, is what the rows say, byte for byte.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use List::Util qw(sum0);
use Storm;
use Test::More;
use Time::HiRes qw(time);

my $seed = $ENV{STORM_SEED} // int(rand(1_000_000));
my $seconds = $ENV{STORM_SECONDS} // 10;
diag "seed $seed, $seconds seconds: STORM_SEED and STORM_SECONDS choose others";
srand($seed);

my ($node, $subscriber) = map { PostgreSQL::Test::Cluster->new($_) } qw(storm subscriber);
for ($node, $subscriber)
{
	$_->init(allows_streaming => 'logical');
	$_->append_conf('postgresql.conf',
		"fsync = off\nmax_connections = 60\nmax_prepared_transactions = 10\nautovacuum_naptime = '1s'\ncheckpoint_timeout = '30s'\ndeadlock_timeout = '100ms'\n"
		  . "log_statement = none\nrestart_after_crash = on\nmax_standby_streaming_delay = '-1'\nhot_standby_feedback = on\njit = off\n");
	$_->start;
}

# The CRMs. Partitions are made by the recipe of doc/scale.md; a subscriber has none by pipeline.
my @crms = qw(plain tenants hashed listed);
my ($recipe) = slurp_file('doc/scale.md') =~ /^```sql\n(BEGIN;.*?^ANALYZE opportunity;\n)/ms;
my %recipe = (hashed => $recipe =~ s/upgrade_crm\('parts'\)/upgrade_crm('hashed')/r =~ s/follow_ids\('parts'\)/follow_ids('hashed')/r);
$recipe{listed} = $recipe{hashed} =~ s/'hashed'/'listed'/gr;
for ($recipe{listed})
{
	s/PARTITION BY HASH \(tenant_id\)/PARTITION BY LIST (pipeline_id)/ or die;
	s/^SELECT format\('CREATE TABLE.*?\\gexec$/CREATE TABLE opportunity_1 PARTITION OF opportunity FOR VALUES IN (1);\nCREATE TABLE opportunity_2 PARTITION OF opportunity FOR VALUES IN (2, 3);/ms or die;
	s/PRIMARY KEY \(tenant_id, id\)/PRIMARY KEY (id, pipeline_id)/ or die;
	s/^CREATE POLICY.*?\n//m or die;
}

sub has_tenants { return $_[0] =~ /tenants|hashed/ }

sub settings
{
	my ($crm, $tenant) = @_;
	return "search_path=$crm,opportunities,public", 'opportunities.user_name=user\ 1', has_tenants($crm) ? "opportunities.tenant=$tenant" : ();
}

# What SQL of a CRM begins with.
sub in_crm
{
	my ($crm, $tenant) = @_;
	return join '', 'SET client_min_messages = warning; ', map { s/\\ / /r =~ s/^(.*?)=(.*)$/my ($n, $v) = ($1, $2); $n eq 'search_path' ? "SET $n = $v; " : "SET $n = '$v'; "/re } settings($crm, $tenant // 'acme');
}

sub script
{
	my ($there, $sql) = @_;
	my (undef, undef, $error) = $there->psql('postgres', $sql, on_error_stop => 1);
	is($error =~ s/^.*(?:NOTICE|WARNING|DETAIL|HINT).*\n?//gmr, '', 'made') if $error;
	return;
}

script($_, "SET client_min_messages = warning; CREATE EXTENSION opportunities; CREATE ROLE application LOGIN; CREATE ROLE seller LOGIN;\n" . slurp_file('test/t/rollup_storm.sql'))
  for $node, $subscriber;
for my $there ($node, $subscriber)
{
	for my $crm (@crms)
	{
		my $made = has_tenants($crm) ? ', tenant => true' : '';
		script($there, in_crm($crm) . "SELECT opportunities.create_crm('$crm'$made)");
		script($there, in_crm($crm) . $recipe{$crm}) if $recipe{$crm} && ($there == $node || $crm ne 'listed');
		script($there, in_crm($crm, $_) . 'CALL storm.fill()') for $there == $node ? (has_tenants($crm) ? qw(acme globex) : 'acme') : ();
		script($there, in_crm($crm) . qq{
			GRANT USAGE ON SCHEMA $crm, storm TO application, seller;
			GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $crm TO application, seller;
			SELECT opportunities.create_rollup('$crm.opportunity');
			SELECT opportunities.create_rollup('$crm.opportunity', '{currency,owner}', fill => false);
			SELECT opportunities.fill_rollup('$crm.opportunity')});
		script($there, in_crm($crm) . q{
			ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
			CREATE POLICY everything ON opportunity TO application USING (true);
			CREATE POLICY own ON opportunity TO seller USING (owner OPERATOR(pg_catalog.=) opportunities.me())}) unless has_tenants($crm);
	}
}
$node->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'standby', has_streaming => 1);
$standby->start;
my @copied = grep { $_ ne 'listed' } @crms;
$node->safe_psql('postgres', 'CREATE PUBLICATION everything FOR TABLES IN SCHEMA ' . join(', ', @copied) . ' WITH (publish_via_partition_root)');
my $from = $node->connstr('postgres') =~ s/'/''/gr;
$subscriber->safe_psql('postgres', join '; ', map { "DELETE FROM $_.calendar" } @copied);
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION everything CONNECTION '$from' PUBLICATION everything WITH (two_phase)");
$subscriber->wait_for_subscription_sync($node, 'everything', 'postgres');

# What pgbench runs.
my %file = (
	write => "CALL storm.write();\n",
	fold => "\\set pause random(1, 50)\nSELECT opportunities.compact_rollup('opportunity') WHERE to_regclass('opportunity_rollups') IS NOT NULL;\n\\sleep :pause ms\n",
	make => "\\set pause random(100, 1500)\nCALL storm.make();\n\\sleep :pause ms\n",
	divide => "\\set pause random(300, 1500)\nCALL storm.divide();\n\\sleep :pause ms\n",
	two_phase => "BEGIN;\nCALL storm.write();\nCALL storm.write();\nPREPARE TRANSACTION 'GID';\nCOMMIT PREPARED 'GID';\nBEGIN;\nCALL storm.write();\nPREPARE TRANSACTION 'GID';\nROLLBACK PREPARED 'GID';\n",
	savepoints => "\\set n random(0, 5)\nBEGIN;\nUPDATE opportunity SET owner = 'user :n' WHERE id % 17 = :n;\nSAVEPOINT a;\nDELETE FROM opportunity WHERE id % 13 = :n;\nSELECT storm.compare();\n"
	  . "SAVEPOINT b;\nUPDATE opportunity SET amount = :n + 0.25 WHERE id % 11 = :n;\nRELEASE SAVEPOINT b;\nROLLBACK TO SAVEPOINT a;\nSELECT storm.compare();\n"
	  . "UPDATE opportunity SET amount = amount + 0.001 WHERE id % 29 = :n;\nEND;\n",
	read => "\\set pause random(1, 300)\nBEGIN;\nSELECT count(*) FROM stage;\n\\sleep :pause ms\nSELECT storm.compare();\n\\sleep :pause ms\nSELECT storm.compare();\nEND;\n");
my %path;
for my $name (sort keys %file)
{
	for my $crm (@crms)
	{
		$path{$name}{$crm} = $node->basedir . "/$name.$crm";
		append_to_file($path{$name}{$crm}, $file{$name} =~ s/GID/$crm/gr);
	}
}

# Somebody at work: what pgbench is given. Who reads is told what answers.
sub person
{
	my ($isolation, $crm, $tenant, $role, $clients, %scripts) = @_;
	my $options = join ' ', map { "-c $_" } settings($crm, $tenant), 'default_transaction_isolation=' . $isolation =~ s/ /\\ /r, 'opportunities.explain_rollups=' . ($scripts{read} ? 'on' : 'off');
	return [
		$options,
		'pgbench', '--no-vacuum', "--client=$clients", '--jobs=1', '--max-tries=50', '--random-seed=' . int(rand(1_000_000_000)), "--username=$role",
		map { ('--file', $path{$_}{$crm} . '@' . $scripts{$_}) } sort keys %scripts ];
}

sub people
{
	my $tenant = rand() < 0.5 ? 'acme' : 'globex';
	my @folders = (@crms)[ map { int rand @crms } 1, 2 ];
	return (
		(map { person('read committed', $_, 'acme', 'postgres', 2, write => 4, savepoints => 1) } @crms),
		(map { person('repeatable read', $_, 'globex', 'postgres', 1, write => 1) } @crms),
		(map { person('serializable', $_, $tenant, 'postgres', 1, write => 1) } $crms[ rand @crms ]),
		(map { person('read committed', $_, $tenant, 'postgres', 1, two_phase => 1) } $crms[ rand @crms ]),
		(map { person('read committed', $_, $tenant, 'postgres', 2, fold => 1) } @folders),
		(map { person('read committed', $_, $tenant, 'postgres', 1, make => 1) } grep { rand() < 0.4 } @crms),
		person('read committed', 'listed', 'acme', 'postgres', 1, divide => 1),
		(map { person('repeatable read', $_, rand() < 0.5 ? 'acme' : 'globex', (qw(postgres application), has_tenants($_) ? () : 'seller')[ rand(has_tenants($_) ? 2 : 3) ], 1, read => 1) } @crms));
}

# Who looks at a CRM: role and tenant.
sub onlookers
{
	my ($crm) = @_;
	return has_tenants($crm) ? ([ 'postgres', 'acme' ], [ 'postgres', 'globex' ], [ 'application', 'acme' ], [ 'application', 'globex' ])
	  : map { [ $_, '' ] } qw(postgres application seller);
}

# Compare in a CRM as one of them, under one snapshot.
my $comparisons = 0;
sub compare_as
{
	my ($there, $what, $crm, $role, $tenant) = @_;
	my (undef, $found, $error) = $there->psql('postgres', in_crm($crm, $tenant) . "SET ROLE $role; SELECT storm.differences()");
	$comparisons++;
	return is("$found$error", '', "$what: $crm as $role $tenant");
}

# Compare as all of them, and with each group's rows.
sub compare
{
	my ($there, $what, @in) = @_;
	for my $crm (@in)
	{
		compare_as($there, $what, $crm, @$_) for onlookers($crm);
		is($there->safe_psql('postgres', in_crm($crm) . "SELECT * FROM opportunities.check_rollup() WHERE code <> 'rollup_unused'"), '', "$what: $crm is as its rows")
		  if $there->safe_psql('postgres', in_crm($crm) . q{SELECT to_regclass('opportunity_rollups') IS NOT NULL}) eq 't';
	}
	return;
}

# Compare as one of them somewhere, while others work.
sub glance
{
	my ($there, $what, @in) = @_;
	my $crm = $in[ rand @in ];
	my @onlookers = onlookers($crm);
	return compare_as($there, $what, $crm, @{ $onlookers[ rand @onlookers ] });
}

my $storm = Storm->new($node, 'has no rollup');
my $until = time + $seconds;
for (my $number = 1; $number <= 3 || time < $until; $number++)
{
	$storm->round(5, sub { glance($standby, "$number: standby", @crms); glance($subscriber, "$number: subscriber", @copied) }, people());
	$storm->recover;
	compare($node, "$number: after a crash", $crms[ $number % @crms ]);
}

note $node->safe_psql('postgres', q{SELECT outcome, isolation, count(*) FROM storm.log GROUP BY 1, 2 ORDER BY 1, 2});
note $node->safe_psql('postgres', q{SELECT command, count(*) FILTER (WHERE outcome = 'done'), count(*) FROM storm.log GROUP BY 1 ORDER BY 1});
is($node->safe_psql('postgres', q{SELECT crm, command, outcome, isolation, min(message), count(*) FROM storm.log
	WHERE outcome !~ '^(done|22023|23503|23514|42704|55000 rollup|40P01|40001 row_busy|PT409|P0002)'
	AND NOT (outcome = '40001' AND (isolation <> 'read committed' OR message ~ 'moved to another partition')) GROUP BY 1, 2, 3, 4}), '', 'commands are done or refused');
is($node->safe_psql('postgres', q{SELECT command FROM storm.log GROUP BY 1 HAVING count(*) FILTER (WHERE outcome = 'done') = 0 AND count(*) > 20}), '', 'what is often tried was done at times');

compare($node, 'at the end', @crms);
$node->wait_for_catchup('everything');
$node->wait_for_catchup($standby);
for my $crm (@crms)
{
	for my $tenant (has_tenants($crm) ? qw(acme globex) : '')
	{
		my $answers = in_crm($crm, $tenant) . 'SELECT * FROM storm.with_rollups()';
		my $told = $node->safe_psql('postgres', $answers);
		is($standby->safe_psql('postgres', $answers), $told, "$crm $tenant: a standby tells the same");
		is($subscriber->safe_psql('postgres', $answers), $told, "$crm $tenant: a subscriber tells the same") if $crm ne 'listed';
	}
}
compare($standby, 'a standby at the end', @crms);
compare($subscriber, 'a subscriber at the end', @copied);
for my $there ($node, $subscriber)
{
	for my $crm ($there == $node ? @crms : @copied)
	{
		$there->safe_psql('postgres', in_crm($crm) . 'SELECT opportunities.create_rollup(); SELECT opportunities.compact_rollup(); SELECT opportunities.fill_rollup()');
		is($there->safe_psql('postgres', in_crm($crm) . 'SELECT * FROM opportunities.check_rollup()'), '', $there->name . ": $crm is as its rows, and used");
	}
}
compare($node, 'made again', @crms);
my ($by_rollup, $by_rows) = map { my $kind = $_; sum0(map { $storm->{notices}{$_} } grep { /$kind/ } keys %{ $storm->{notices} }) } 'come from rollup', 'come from its rows';
cmp_ok($by_rollup, '>', 0, 'figures came from rollups, though others made and dropped them');
diag "$by_rollup figures from rollups compared with those of rows, $by_rows had none, $comparisons comparisons from outside, " . $node->safe_psql('postgres', 'SELECT count(*) FROM storm.log') . ' commands';
$storm->ends_well($standby, $subscriber);
$_->stop for $subscriber, $standby, $node;

done_testing();
