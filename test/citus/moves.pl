# Rows that move between servers: a schema and a shard, there and back in both ways that Citus has, a tenant that gets a shard
# of its own, and a server that is added. Nothing is lost, told twice, or numbered out of order, and work goes on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

my $citus = Citus->new;
my $here = $FindBin::RealBin;
my $coordinator = $citus->{coordinator};
my @tables = qw(account pipeline stage opportunity opportunity_line document document_line payment activity stage_change change_log
  saved_filter target exchange_rate);

# What there is for a customer, each statement in a transaction with the settings.
sub rows
{
	my ($customer, $sql) = @_;
	my $set = join '', map { "SET LOCAL $_;\n" } @{ $customer->{settings} };
	return $coordinator->safe_psql($customer->{database}, "SET search_path = $customer->{path}, opportunities, public;\nBEGIN;\n$set$sql;\nCOMMIT;\n");
}

# All that a customer has, and what is told of it.
sub holdings
{
	my ($customer) = @_;
	return join "\n", map { rows($customer, $_) } (
		(map { "SELECT '$_', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM $_ AS t $customer->{where}" } @tables),
		"SELECT totals(amount, probability, realized_amount, currency) FROM opportunity $customer->{where}",
		'SELECT stage, count, by_currency, cards FROM board(cards => 5)',
		"SELECT stage, count(*), sum(amount) FROM pipeline_on(current_date + 1) GROUP BY 1 ORDER BY 1",
		"SELECT change, currency, count, amount FROM pipeline_changes(current_date - 40, current_date + 1) ORDER BY 1, 2");
}

# A card goes to another stage and comes back; the way that the history tells, from the last step.
sub work
{
	my ($customer) = @_;
	my ($deal, $due, $talking) = map { rows($customer, "SELECT id FROM $_") } (
		"opportunity WHERE title = 'Deal 20' $customer->{and}", "stage WHERE name = 'Due' $customer->{and}", "stage WHERE name = 'Talking' $customer->{and}");
	rows($customer, "UPDATE opportunity SET stage_id = $_, amount = amount + 1 WHERE id = $deal $customer->{and}") for $talking, $due;
	$customer->{steps} += 2;
	my $way = rows($customer, "SELECT string_agg(CASE to_stage_id WHEN $due THEN 'D' ELSE 'T' END, '' ORDER BY id) FROM stage_change WHERE opportunity_id = $deal $customer->{and}");
	is($way, 'TD' x ($customer->{steps} / 2), 'the moves of a card are numbered in their order');
	my $amounts = rows($customer, "SELECT bool_and(new::text::numeric = old::text::numeric + 1 AND old IS NOT DISTINCT FROM coalesce(before, old)) FROM (
		SELECT old, new, lag(new) OVER (ORDER BY id) AS before FROM change_log WHERE table_name = 'opportunity' AND field = 'amount' AND row_id = '$deal' $customer->{and}) AS c");
	is($amounts, 't', 'and so are its changes');
	is(rows($customer, "SELECT count(*) FROM change_log WHERE table_name = 'opportunity' AND field = 'amount' AND row_id = '$deal' $customer->{and}"),
		$customer->{steps}, 'each is told once');
	return;
}

# Something happens to where a customer's rows are: they stay what they are, and work goes on.
sub happens
{
	my ($customer, $what, $sql) = @_;
	my $before = holdings($customer);
	$coordinator->safe_psql($customer->{database}, $sql);
	is(holdings($customer), $before, $what);
	work($customer);
	return;
}

# The other worker than the one that has a table's rows.
sub other_worker
{
	my ($database, $shard) = @_;
	my $port = $coordinator->safe_psql($database, "SELECT DISTINCT nodeport FROM citus_shards WHERE $shard");
	my ($other) = grep { $_->port != $port } @$citus{qw(worker1 worker2)};
	return ($port, $other->port);
}

my $host = $coordinator->host;
$citus->database('schemas');
$citus->load('schemas', "$here/schema.sql", schema => 'customer_a');
$citus->load('schemas', "$here/customer.sql", schema => 'customer_a', customer => 'a', deals => 100);
$citus->run('coordinator', 'schemas', "$here/distribute_schema.sql", schema => 'customer_a');
my $schema = { database => 'schemas', path => 'customer_a', settings => ["opportunities.user_name = 'sara'"], where => '', and => '', steps => 0 };
work($schema);
for my $mode ('block_writes', 'force_logical')
{
	for my $way (1 .. 2)
	{
		my (undef, $to) = other_worker('schemas', "table_name = 'customer_a.opportunity'::regclass");
		happens($schema, "a schema moves by $mode, $way", "SELECT citus_schema_move('customer_a', '$host', $to, '$mode')");
	}
}
is($coordinator->safe_psql('schemas', "SELECT count(*) FROM opportunities.check_crm('customer_a')"), 0, 'check_crm finds nothing');

$citus->database('tenants');
$citus->load('tenants', "$here/tenants.sql");
for my $tenant (qw(a b c))
{
	local $ENV{PGOPTIONS} = "-c opportunities.tenant=$tenant";
	$citus->load('tenants', "$here/customer.sql", schema => 'crm', customer => $tenant, deals => 100);
}
$citus->run('coordinator', 'tenants', "$here/distribute_tenants.sql");
my ($tenant, $other) = map {
	{ database => 'tenants', path => 'crm', settings => [ "opportunities.user_name = 'sara'", "opportunities.tenant = '$_'" ],
		where => "WHERE tenant_id = '$_'", and => "AND tenant_id = '$_'", steps => 0 }
} qw(a b);
my $shard = "table_name = 'crm.opportunity'::regclass AND shardid = get_shard_id_for_distribution_column('crm.opportunity', 'a')";
work($_) for $tenant, $other;
for my $mode ('block_writes', 'force_logical')
{
	for my $way (1 .. 2)
	{
		my ($from, $to) = other_worker('tenants', $shard);
		happens($tenant, "a shard moves by $mode, $way",
			"SELECT citus_move_shard_placement(get_shard_id_for_distribution_column('crm.opportunity', 'a'), '$host', $from, '$host', $to, '$mode')");
	}
}
my $others = holdings($other);
happens($tenant, 'a tenant gets a shard of its own', "SELECT isolate_tenant_to_new_shard('crm.account', 'a', 'CASCADE', shard_transfer_mode => 'block_writes')");
is(holdings($other), $others, 'and others stay as they are');
work($other);

# A server that is added gets what belongs on it.
$citus->start('worker3', 'tenants');
happens($tenant, 'shards spread to a new server', "SELECT rebalance_table_shards('crm.opportunity', shard_transfer_mode => 'block_writes')");
cmp_ok($coordinator->safe_psql('tenants', "SELECT count(*) FROM citus_shards WHERE nodeport = " . $citus->{worker3}->port), '>', 0, 'which has some');
work($other);
is($coordinator->safe_psql('tenants', "SELECT count(*), count(DISTINCT (tenant_id, id)) FROM crm.change_log") =~ s/^(\d+)\|\1$/once/r, 'once', 'no entry is there twice');

$citus->stop;
done_testing();
