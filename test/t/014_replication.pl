# Logical replication: a whole CRM is replicated as it is; one that gets some tables from elsewhere derives what follows
# from their rows, by triggers that fire in the apply worker.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my ($publisher, $subscriber) = map { PostgreSQL::Test::Cluster->new($_) } qw(publisher subscriber);
for my $node ($publisher, $subscriber)
{
	$node->init(allows_streaming => 'logical');
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION opportunities');
}

# Subscribe a database to one of the same name, and wait for what is there already.
sub subscribe
{
	my ($database, $options) = @_;
	my $from = $publisher->connstr($database) =~ s/'/''/gr;
	$subscriber->safe_psql($database, "CREATE SUBSCRIPTION $database CONNECTION '$from' PUBLICATION everything $options");
	$subscriber->wait_for_subscription_sync($publisher, $database, $database);
	return;
}

sub create
{
	my ($node, $database, $sql) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION opportunities; $sql");
	return;
}

my $check = q{SELECT code, object, row_id FROM opportunities.check_crm('crm')};

# A copy of a CRM: its triggers don't fire, and all that they wrote is copied.
create($_, 'whole', 'SELECT opportunities.create_crm()') for $publisher, $subscriber;
$subscriber->safe_psql('whole', 'DELETE FROM crm.calendar');
$publisher->safe_psql('whole', q{
	CREATE PUBLICATION everything FOR ALL TABLES;
	INSERT INTO crm.pipeline (id, name) VALUES (1, 'Sales');
	INSERT INTO crm.stage (id, pipeline_id, name, kind) VALUES (1, 1, 'Lead', 'open'), (2, 1, 'Won', 'won');
	INSERT INTO crm.opportunity (id, pipeline_id, stage_id, title) VALUES (1, 1, 1, 'Network')});
subscribe('whole', '');
$publisher->safe_psql('whole', q{
	INSERT INTO crm.opportunity_line (opportunity_id, unit_price) VALUES (1, 100), (1, 50);
	INSERT INTO crm.activity (opportunity_id, kind) VALUES (1, 'call');
	SELECT opportunities.issue_invoice(1, true, 'crm.opportunity');
	UPDATE crm.opportunity SET stage_id = 2, closed_on = '2025-03-01';
	DELETE FROM crm.activity});
$publisher->wait_for_catchup('whole');
is($subscriber->safe_psql('whole', $check), '', 'a copy of a CRM is as the CRM is');
my $state = 'SELECT amount, realized_amount, closed_on, version FROM crm.opportunity';
is($subscriber->safe_psql('whole', $state), $publisher->safe_psql('whole', $state), 'with what follows from its rows');
my $entries = 'SELECT (SELECT count(*) FROM crm.change_log), (SELECT count(*) FROM crm.stage_change)';
is($subscriber->safe_psql('whole', $entries), $publisher->safe_psql('whole', $entries), 'and its history, once');
my $since = q{SELECT opportunities.changes_since(NULL, 'crm.opportunity') ->> 'next'};
my (undef, undef, $refused) = $subscriber->psql('whole', $since);
like($refused, qr/changes of "opportunity" are not logged\nDETAIL:  Its rows come from another server/, 'whose transactions are not those of the copy');

# Lines and activities from a system without triggers: where their triggers are enabled always, all follows.
create($publisher, 'parts', q{
	CREATE SCHEMA crm;
	CREATE TABLE crm.opportunity_line (id bigint PRIMARY KEY, opportunity_id bigint, quantity numeric, unit_price numeric);
	CREATE TABLE crm.activity (id bigint PRIMARY KEY, opportunity_id bigint, kind text, done_at timestamptz);
	CREATE PUBLICATION everything FOR ALL TABLES;
	INSERT INTO crm.opportunity_line VALUES (1, 1, 1, 10)});
create($subscriber, 'parts', q{
	SELECT opportunities.create_crm(starter => true);
	INSERT INTO crm.opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, 'deal ' || n FROM generate_series(1, 3) AS n;
	ALTER TABLE crm.opportunity_line ENABLE ALWAYS TRIGGER zz_row, ENABLE ALWAYS TRIGGER zz_amounts, ENABLE ALWAYS TRIGGER zz_log;
	ALTER TABLE crm.activity ENABLE ALWAYS TRIGGER zz_row, ENABLE ALWAYS TRIGGER zz_last, ENABLE ALWAYS TRIGGER zz_log;
	ALTER TABLE crm.opportunity ENABLE ALWAYS TRIGGER zz_row, ENABLE ALWAYS TRIGGER zz_log});
subscribe('parts', '');
$subscriber->safe_psql('parts', q{SELECT opportunities.notify_changes()});
my %cursor = map { $_ => $subscriber->safe_psql('parts', "SELECT opportunities.changes_since(NULL, 'crm.$_') ->> 'next'") } qw(opportunity opportunity_line);
$publisher->safe_psql('parts', $_) for
  'INSERT INTO crm.opportunity_line SELECT n, 1 + n % 3, n % 4, n FROM generate_series(2, 100) AS n',
  'UPDATE crm.opportunity_line SET opportunity_id = 3, quantity = 2 WHERE id % 7 = 0',
  'DELETE FROM crm.opportunity_line WHERE id % 5 = 0',
  q{INSERT INTO crm.activity VALUES (1, 1, 'call', '2025-01-01'), (2, 2, 'call', '2025-02-01'), (3, 2, 'call', '2025-03-01')},
  'DELETE FROM crm.activity WHERE id = 3';
$publisher->wait_for_catchup('parts');
is($subscriber->safe_psql('parts', $check), '', 'what follows from replicated rows follows');
is( $subscriber->safe_psql('parts', 'SELECT id, amount, last_activity_at::date FROM crm.opportunity ORDER BY id'),
	join("\n", map { $publisher->safe_psql('parts', "SELECT $_, (SELECT round(sum(quantity * unit_price), 2) FROM crm.opportunity_line WHERE opportunity_id = $_), (SELECT max(done_at)::date FROM crm.activity WHERE opportunity_id = $_)") } 1 .. 3),
	'the amounts and days');
is( $subscriber->safe_psql('parts', q{SELECT table_name, action, count(DISTINCT row_id) FROM crm.change_log WHERE table_name IN ('activity', 'opportunity_line') AND field IS NULL GROUP BY 1, 2 ORDER BY 1, 2}),
	"activity|delete|1\nactivity|insert|3\nopportunity_line|delete|20\nopportunity_line|insert|100", 'each row is logged as it came and went');

my $told = q{SELECT string_agg(c ->> 'kind', ' ' ORDER BY (c ->> 'id')::bigint), count(*) FROM jsonb_array_elements(opportunities.changes_since('%s', 'crm.%s') -> 'changes') AS c};
is($subscriber->safe_psql('parts', sprintf $told, $cursor{opportunity}, 'opportunity'), 'changed changed changed|3', 'what follows is told to who asks here');
is($subscriber->safe_psql('parts', (sprintf $told, $cursor{opportunity_line}, 'opportunity_line') =~ s/string_agg.*?, count/count(*) FILTER (WHERE c ->> 'kind' = 'gone'), count/r), '20|99',
	'and so are rows that come from elsewhere');

done_testing();
