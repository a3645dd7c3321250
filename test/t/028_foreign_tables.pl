# A CRM that another database shows by foreign tables: which aggregates and filters postgres_fdw sends there, with the option
# extensions 'opportunities', and that answers are the same whichever does the work.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(far near);
$node->safe_psql(
	'far', q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm('crm', starter => true);
	SET search_path = crm, opportunities, public;
	INSERT INTO account (name) SELECT 'account ' || n FROM generate_series(1, 5) AS n;
	INSERT INTO custom_field (name, type) VALUES ('mrr', 'number');
	INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, amount, probability, currency, tags, custom, expected_close)
	SELECT 1, 1 + n % 5, 1 + n % 5, 'deal ' || n, 'owner ' || n % 3, n * 1.25, n % 100, CASE n % 3 WHEN 0 THEN 'EUR' END, ARRAY['t' || n % 2], jsonb_build_object('mrr', n), current_date + n % 90
	FROM generate_series(1, 3000) AS n;
	INSERT INTO activity (opportunity_id, kind) SELECT n, 'call' FROM generate_series(1, 9) AS n;
	CREATE VIEW crm.column_total AS SELECT stage_id, stage, count, final_total, by_currency FROM board('crm.opportunity', cards => 0);
	SELECT create_rollup();
	ANALYZE});
$node->safe_psql(
	'near', qq{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '@{[ $node->host ]}', port '@{[ $node->port ]}', dbname 'far', extensions 'opportunities');
	CREATE USER MAPPING FOR PUBLIC SERVER far;
	CREATE SCHEMA crm;
	IMPORT FOREIGN SCHEMA crm LIMIT TO (account, pipeline, stage, opportunity, activity, app_user, custom_field, column_total) FROM SERVER far INTO crm;
	SELECT opportunities.create_crm('crm', parts => '{filters}');
	SET search_path = crm, opportunities, public;
	SELECT save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "3000"}]}', true);
	ANALYZE opportunity});
$node->safe_psql('far', q{SELECT opportunities.save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "3000"}]}', true, 'crm.opportunity')});

sub ask
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, "SET search_path = crm, opportunities, public; $sql");
}

# What is asked of the other server for a statement, or for one that a function writes.
sub remote_sql
{
	my ($sql) = @_;
	$sql = ask('near', $1) if $sql =~ /^text of (.*)/s;
	return join "\n", ask('near', "EXPLAIN (VERBOSE, COSTS OFF) $sql") =~ /Remote SQL: (.*)/g;
}

# But for how it writes literals, and whether it sorts there.
sub plain { return $_[0] =~ s/::\w+(?:\[\])?| ORDER BY .*//gr }
sub filtered { return qq{SELECT totals(amount, probability, realized_amount) FROM opportunity AS o WHERE matches_rules(o, '{"rules": [$_[0]]}')} }
my $totals = 'SELECT opportunities.totals(amount, probability, realized_amount) FROM crm.opportunity';

# Sent as they are: one row, or one a group, comes back.
my @sent = (
	[ 'SELECT totals(amount, probability, realized_amount) FROM opportunity', $totals ],
	[ 'SELECT owner, totals(amount, probability, realized_amount, currency) FROM opportunity GROUP BY owner ORDER BY owner',
		'SELECT owner, opportunities.totals(amount, probability, realized_amount, currency) FROM crm.opportunity GROUP BY 1' ],
	[ 'SELECT final_total(amount), estimated_total(amount, probability), realized_total(realized_amount) FROM opportunity',
		'SELECT opportunities.final_total(amount), opportunities.estimated_total(amount, probability), opportunities.realized_total(realized_amount) FROM crm.opportunity' ],
	[ 'SELECT owner FROM opportunity GROUP BY owner HAVING opportunity_count(totals(amount, probability, realized_amount)) > 999 ORDER BY owner',
		'SELECT owner FROM crm.opportunity GROUP BY 1 HAVING ((opportunities.opportunity_count(opportunities.totals(amount, probability, realized_amount)) > 999))' ],
	[ filtered('{"field": "amount", "operator": ">", "value": "3000"}'), "$totals WHERE ((amount > 3000::numeric))" ],
	[ filtered('{"field": "amount", "operator": "between", "value": "1,2000"}'), "$totals WHERE ((amount >= 1::numeric)) AND ((amount <= 2000::numeric))" ],
	[ filtered('{"field": "owner", "operator": "in", "value": "owner 1,owner 2"}'), "$totals WHERE ((owner = ANY ('{\"owner 1\",\"owner 2\"}'::text[])))" ],
	[ filtered('{"field": "title", "operator": "contains", "value": "deal 77"}'), "$totals WHERE ((opportunities.fold(title) ~~ '%deal 77%'))" ],
	[ filtered('{"field": "source", "operator": "null"}'), "$totals WHERE ((source IS NULL))" ],
	[ filtered('{"field": "expected_close", "operator": ">", "value": "2026-12-31"}'), "$totals WHERE ((expected_close > '2026-12-31'))" ],
	[ filtered('{"combinator": "or", "rules": [{"field": "owner", "operator": "=", "value": "owner 1"}, {"field": "amount", "operator": "<", "value": "9"}]}'),
		"$totals WHERE (((owner = 'owner 1') OR (amount < 9::numeric)))" ],
	[ "SELECT count(*) FROM opportunity AS o WHERE matches(o, 'big')", 'SELECT count(*) FROM crm.opportunity WHERE ((amount > 3000::numeric))' ]);
for (@sent)
{
	my ($sql, $remote) = @$_;
	is(plain(remote_sql($sql)), plain($remote), "sent: $sql");
	is(ask('near', $sql), ask('far', $sql), 'and answered');
}
isnt(ask('near', $sent[4][0]), ask('near', $sent[0][0]), 'a filter leaves something out');

# A board's totals are added up there, and a page of a list is read there.
# (servers from 19 on know that a column without NULLs isn't null)
my $shown = qr/\(+(?:archived IS NULL\) OR \()?NOT archived\)+/;
like(remote_sql("text of SELECT sql FROM board_sql(cards => 0) WHERE part = 'totals'"),
	qr/^SELECT pipeline_id, stage_id, NULL::text, opportunities\.totals\(amount, probability, realized_amount, currency\) FROM crm\.opportunity WHERE $shown AND .* GROUP BY /, "a board's totals");
like(remote_sql("text of SELECT sql FROM board_sql(cards => 0, lane_by => 'owner', filter => 'big') WHERE part = 'totals'"),
	qr/^SELECT .*owner.* opportunities\.totals\(.* WHERE .*\(amount > 3000::numeric\).* GROUP BY /, 'those of its lanes, of what a filter shows');
like(remote_sql("text of SELECT list_sql(fields => '{title}', sort => '{-amount}') || ' LIMIT 50'"),
	qr/^SELECT id, amount, title FROM crm\.opportunity WHERE $shown ORDER BY amount DESC NULLS LAST, id DESC NULLS LAST LIMIT 50::bigint$/, 'a page of a list');

# Rows come over for what only this server can say: what depends on settings, other tables, arrays, JSON, and states of groups.
my %fetched = (
	'a period' => '{"field": "expected_close", "operator": "=", "value": {"period": "THIS_MONTH"}}',
	'the user' => '{"field": "owner", "operator": "=", "value": {"user": "current"}}',
	'a day, of a moment' => '{"field": "created_at", "operator": ">", "value": "2026-01-01"}',
	'a custom field' => '{"field": "custom.mrr", "operator": ">", "value": "2990"}',
	'tags' => '{"field": "tags", "operator": "contains", "value": "t1"}',
	'a stage' => '{"field": "stage.kind", "operator": "=", "value": "won"}',
	'activities' => '{"field": "activity.kind", "operator": "=", "value": "call"}');
for my $what (sort keys %fetched)
{
	my $sql = filtered($fetched{$what});
	like(remote_sql($sql), qr/^SELECT [\w, ]+ FROM crm\.opportunity$/m, "rows are fetched: $what");
	is(ask('near', $sql), ask('far', $sql), 'and answered');
}
like(remote_sql('SELECT sum(t) FROM (SELECT totals(amount, probability, realized_amount) AS t FROM opportunity GROUP BY owner) AS s'),
	qr/^SELECT opportunities\.totals\(amount, probability, realized_amount\), owner FROM crm\.opportunity GROUP BY 2$/, 'totals of groups are sent, and added up here');

# Beside other conditions they are applied to what those leave.
like(remote_sql(filtered('{"field": "stage.kind", "operator": "=", "value": "won"}, "and", {"field": "amount", "operator": ">", "value": "3000"}')),
	qr/^SELECT [\w, ]+ FROM crm\.opportunity WHERE \(\(amount > 3000::numeric\)\)\n/, 'the rest of a filter is sent');

# The same answers as there, whoever does the work.
for my $sql (
	q{SELECT stage, count, by_currency, jsonb_path_query_array(cards, '$[*].title') FROM board(cards => 3)},
	q{SELECT lane, stage, count, by_currency FROM board(lane_by => 'owner', filter => 'big', cards => 1)},
	q{SELECT list(fields => '{title,account.name,stage.name,custom.mrr}', sort => '{-amount}', size => 5) -> 'rows'},
	q{SELECT list(fields => '{title}', sort => '{account.name,title}', size => 5, rules => '{"rules": [{"field": "activity.kind", "operator": "=", "value": "call"}]}')},
	q{SELECT list(fields => '{title}', after => list(sort => '{title}', size => 5) -> 'next', sort => '{title}', size => 5) -> 'rows'},
	q{SELECT dimensions, count, by_currency, open_count, won, lost, win_rate FROM report(by => '{stage.name,owner}', subtotals => true)},
	q{SELECT dimensions, count, by_currency FROM report(by => '{month(expected_close)}', filter => 'big')},
	q{SELECT * FROM column_total})
{
	my $there = ask('far', $sql);
	is(ask('near', $sql), $there, $sql);
	cmp_ok(length $there, '>', 50, 'which is something');
}

# A filter of this database that changes counts in a statement that is prepared.
is(ask('near', q{PREPARE big AS SELECT count(*) FROM opportunity AS o WHERE matches(o, 'big'); EXECUTE big;
	UPDATE saved_filter SET definition = '{"rules": [{"field": "amount", "operator": ">", "value": "3700"}]}'; EXECUTE big}), "600\n40", 'a changed filter');

# What is edited here is checked and logged there, as the role of the user mapping; a new deal needs what only its server fills in.
is(ask('near', q{SET opportunities.user_name = 'sara'; SELECT edit_opportunity('5', '{"amount": "77"}', fields => '{amount}'); SELECT move('5', '2', fields => '{title}'); SELECT status FROM bulk_edit('{"source": "web"}', '{5}')}),
	qq({"id": "5", "amount": "77"}\n{"id": "5", "title": "deal 5"}\nupdated), 'edits');
is(ask('far', q{SELECT string_agg(field, ',' ORDER BY field) FROM change_log WHERE table_name = 'opportunity' AND row_id = '5' AND action = 'update' AND field IN ('amount', 'source', 'stage_id') AND changed_by = session_user}),
	'amount,source,stage_id', 'are logged');
my (undef, undef, $error) = $node->psql('near', q{SELECT opportunities.create_opportunity('{"title": "New", "pipeline_id": "1"}', relation => 'crm.opportunity')});
like($error, qr/null value in column "id"/, 'a new one is refused');

# Nothing but the extension's option has it sent.
ask('near', q{ALTER SERVER far OPTIONS (DROP extensions)});
is(remote_sql($sent[0][0]), 'SELECT amount, probability, realized_amount FROM crm.opportunity', "without extensions 'opportunities' rows come over");

$node->stop;
done_testing();
