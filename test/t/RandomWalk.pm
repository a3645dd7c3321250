# A company at work for tests: its people's commands are in random_walk.sql, and what must hold whatever they did, in plain
# SQL from what they gave: nothing of the extension is asked.
package RandomWalk;
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A server with such a company, and the script by which pgbench works there.
sub new
{
	my ($class, $name, $settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\nmax_connections = 30\ndeadlock_timeout = '100ms'\nlog_lock_waits = on\n" . ($settings // ''));
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION opportunities');
	my ($setup, undef, $problem) = $node->psql('postgres', 'SET client_min_messages = warning; ' . slurp_file('test/t/random_walk.sql'), on_error_stop => 1);
	is($setup, 0, 'the company is founded') or diag $problem;
	my $script = $node->basedir . '/walk.bench';
	append_to_file($script, <<'BENCH');
\set pick random(0, 1000000)
\set about random(0, 59)
\set seed random(0, 1000000)
CALL walk.step(:pick, :about, :seed);
BENCH
	return bless { node => $node, script => $script }, $class;
}

# The environment of clients at an isolation level.
sub options
{
	my ($isolation) = @_;
	return "-c search_path=crm -c default_transaction_isolation=" . ($isolation =~ s/ /\\ /r);
}

# How pgbench lets some people work; before what else it is given, which may be another script.
sub bench
{
	my ($self, $people, $seed, @script) = @_;
	@script = ('--file', $self->{script}) unless @script;
	return ('pgbench', '--no-vacuum', "--client=$people", '--jobs=1', '--max-tries=20', "--random-seed=$seed", @script);
}

sub rows
{
	my ($self, $sql) = @_;
	return $self->{node}->safe_psql('postgres', "SET search_path = crm; $sql");
}

# Net and tax of a line: the currency's digits, half away from zero.
my $digits = q{CASE o.currency WHEN 'JPY' THEN 0 ELSE 2 END};
my $net = "round(l.quantity * l.unit_price * (1 - l.discount_percent / 100), $digits)";

my %broken = (
	'amount in auto is the sum of the lines' => qq{
		SELECT o.id, o.amount, sum($net) FROM opportunity o LEFT JOIN opportunity_line l ON l.opportunity_id = o.id
		WHERE o.amount_mode = 'auto' GROUP BY o.id HAVING o.amount IS DISTINCT FROM sum($net)},
	'lines have their net and tax' => qq{
		SELECT l.id FROM opportunity_line l JOIN opportunity o ON o.id = l.opportunity_id
		WHERE l.net <> $net OR l.tax <> round($net * l.tax_percent / 100, $digits)},
	'documents are the sums of their lines' => q{
		SELECT d.id, d.total FROM document d LEFT JOIN document_line l ON l.document_id = d.id
		GROUP BY d.id HAVING d.net <> coalesce(sum(l.net), 0) OR d.tax <> coalesce(sum(l.tax), 0)},
	'lines come to what they say, but for parts of others' => qq{
		SELECT l.id, l.net FROM document d JOIN opportunity o ON o.id = d.opportunity_id JOIN document_line l ON l.document_id = d.id
		LEFT JOIN document_line s ON s.id = l.source_line_id
		WHERE (l.net <> $net OR l.tax <> round($net * l.tax_percent / 100, $digits))
			AND (s.id IS NULL OR abs(l.net) > abs(s.net))},
	'realized is what was invoiced less what was returned' => q{
		SELECT o.id, o.realized_amount FROM opportunity o LEFT JOIN document d ON d.opportunity_id = o.id AND d.status = 'confirmed'
		GROUP BY o.id HAVING o.realized_amount <> coalesce(sum(d.total) FILTER (WHERE d.kind = 'invoice'), 0) - coalesce(sum(d.total) FILTER (WHERE d.kind = 'return'), 0)},
	'numbers have no gap and no twin' => q{
		SELECT kind, count(*), max(number) FROM document WHERE number IS NOT NULL GROUP BY kind HAVING count(*) <> max(number) OR count(DISTINCT number) <> count(*)},
	'drafts have no number, others one' => q{SELECT id FROM document WHERE (status = 'draft') <> (number IS NULL)},
	'no more is returned than was invoiced' => q{
		SELECT i.id FROM document i JOIN document r ON r.source_document_id = i.id AND r.kind = 'return' AND r.status = 'confirmed'
		GROUP BY i.id HAVING sum(r.total) > i.total OR i.status <> 'confirmed'},
	'no line is returned more than it was invoiced' => q{
		SELECT s.id FROM document_line s JOIN document_line l ON l.source_line_id = s.id JOIN document r ON r.id = l.document_id AND r.kind = 'return' AND r.status = 'confirmed'
		GROUP BY s.id HAVING sum(l.quantity) > s.quantity},
	'no more of a quote is invoiced than it offers' => q{
		SELECT q.id FROM document q JOIN document i ON i.source_document_id = q.id AND i.kind = 'invoice' AND i.status = 'confirmed'
		GROUP BY q.id HAVING sum(i.net) > q.net OR sum(i.tax) > q.tax},
	'no more of a line is invoiced than is quoted, and all of it at its price is all that it costs' => q{
		SELECT s.id FROM document_line s JOIN document_line l ON l.source_line_id = s.id JOIN document i ON i.id = l.document_id AND i.kind = 'invoice' AND i.status <> 'void'
		GROUP BY s.id HAVING sum(l.quantity) > s.quantity OR (sum(l.quantity) = s.quantity AND sum(l.net) <> s.net
			AND bool_and(l.unit_price = s.unit_price AND l.discount_percent = s.discount_percent))},
	'one opportunity, one currency' => q{
		SELECT o.id FROM opportunity o JOIN (SELECT opportunity_id, currency FROM document UNION ALL SELECT opportunity_id, currency FROM payment) AS c
			ON c.opportunity_id = o.id WHERE c.currency IS DISTINCT FROM o.currency},
	'stages are active, of the pipeline, and say whether a row is closed' => q{
		SELECT o.id FROM opportunity o LEFT JOIN stage s ON s.id = o.stage_id
		WHERE s.pipeline_id <> o.pipeline_id OR NOT s.active OR (s.kind <> 'open') IS DISTINCT FROM (o.closed_at IS NOT NULL)
			OR (o.closed_at IS NULL) <> (o.closed_on IS NULL) OR (s.reason_required AND coalesce(o.close_reason, '') = '') OR (s.kind = 'open' AND o.close_reason IS NOT NULL)},
	'stage changes are a chain that ends where the row is' => q{
		SELECT * FROM (SELECT opportunity_id, from_stage_id, lag(to_stage_id) OVER way AS before, to_stage_id, lead(from_stage_id) OVER way AS next, row_number() OVER (PARTITION BY opportunity_id ORDER BY id DESC) AS last
			FROM stage_change WINDOW way AS (PARTITION BY opportunity_id ORDER BY id)) AS c JOIN opportunity o ON o.id = c.opportunity_id
		WHERE before <> from_stage_id OR (last = 1 AND to_stage_id <> o.stage_id) OR from_stage_id = to_stage_id},
	'the log of a field is a chain that ends in its value' => q{
		SELECT * FROM (SELECT row_id, field, old, lag(new) OVER way AS before, new, row_number() OVER (PARTITION BY row_id, field ORDER BY id DESC) AS last
			FROM change_log WHERE table_name = 'opportunity' AND action = 'update' AND field IN ('title', 'owner', 'amount', 'stage_id', 'probability')
			WINDOW way AS (PARTITION BY row_id, field ORDER BY id)) AS c JOIN (SELECT id, to_jsonb(r) AS fields FROM opportunity AS r) AS o ON o.id::text = row_id
		WHERE before <> old OR (last = 1 AND nullif(fields -> field, 'null') IS DISTINCT FROM new)},
	'the last activity is the last one done' => q{
		SELECT o.id FROM opportunity o LEFT JOIN activity a ON a.opportunity_id = o.id GROUP BY o.id HAVING o.last_activity_at IS DISTINCT FROM max(a.done_at)},
	'probabilities are percentages, and estimates their product' => q{
		SELECT id FROM opportunity WHERE probability NOT BETWEEN 0 AND 100 OR estimated_amount IS DISTINCT FROM amount * probability * 0.01},
	'a pipeline with stages has an active final one' => q{
		SELECT pipeline_id FROM stage GROUP BY 1 HAVING NOT bool_or(active AND kind <> 'open')},
);

# Everything that people did was done or refused, and left what the triggers promise.
sub holds
{
	my ($self) = @_;
	note $self->rows('SELECT isolation, outcome, count(*) FROM walk.log GROUP BY 1, 2 ORDER BY 1, 3 DESC');
	note $self->rows(q{SELECT command, count(*) FILTER (WHERE outcome = 'done'), count(*) FROM walk.log GROUP BY 1 ORDER BY 1});
	is($self->rows(q{SELECT DISTINCT command, outcome, message FROM walk.log
		WHERE outcome !~ '^(done|22004 argument_missing|22023|23503|23505|23514|55000|40001|PT409|P0002|02000)'}), '', 'commands are done or refused');
	is($self->rows(q{SELECT command FROM walk.log GROUP BY 1 HAVING count(*) FILTER (WHERE outcome = 'done') = 0}), '', 'every command was done at times');
	is($self->rows(q{SELECT * FROM opportunities.check_crm('crm')}), '', 'check_crm finds nothing');
	is($self->rows($broken{$_}), '', $_) for sort keys %broken;
	return;
}

1;
