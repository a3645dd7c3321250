# A standby, and a database that is read only: every function that reads answers as on the server that writes, every command says
# that nothing can be written, and a statement that is prepared on a standby follows a filter that is changed where it can be.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql(
	'postgres', q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm(starter => true);
	SET search_path = crm, opportunities, public;
	INSERT INTO account (name) SELECT 'account ' || n FROM generate_series(1, 5) AS n;
	INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, amount, probability, currency, tags, custom)
	SELECT 1, 1 + n % 4, 1 + n % 5, 'deal ' || n, 'owner ' || n % 3, n * 1.25, n, CASE n % 3 WHEN 0 THEN 'EUR' ELSE 'USD' END, ARRAY['t' || n % 2], '{"mrr": "1.50"}'
	FROM generate_series(1, 60) AS n;
	UPDATE opportunity SET amount = amount + 1 WHERE id % 7 = 0;
	SELECT save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "60"}]}', true);
	SELECT save_view('mine', 'kanban', fields => '{title,amount}', shared => true);
	SELECT issue_quote(1, true);
	INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (2, 10), (3, 20.50);
	SELECT log_activity('{1,2}', 'call', 'Ask');
	INSERT INTO currency (code) VALUES ('EUR'), ('USD');
	INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'USD', '2026-01-01', 1.25);
	INSERT INTO target (owner, period, first_day, amount, currency) VALUES ('owner 1', 'year', date_trunc('year', current_date), 1000, 'EUR');
	SELECT create_rollup();
	SELECT notify_changes();
	CREATE ROLE seller LOGIN;
	GRANT USAGE ON SCHEMA crm TO seller;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO seller;
	ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON opportunity TO seller USING (owner OPERATOR(pg_catalog.=) opportunities.me())});
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

# What reads, by its function.
my $parts = q{relation => 'crm.opportunity', filter => 'big', rules => '{"rules": [{"field": "account.name", "operator": "contains", "value": "account"}]}', search => 'deal'};
my %reads = (
	board => ["SELECT * FROM board($parts)", q{SELECT * FROM board(lane_by => 'owner', sort => '{-amount}', view => 'mine', measures => '{median(amount)}', in_currency => 'USD')}],
	board_json => ["SELECT board_json($parts)"],
	board_sql => ["SELECT part, sql FROM board_sql($parts)"],
	column_cards => [q{SELECT column_cards(after => next, size => 2) FROM board(cards => 2) WHERE next IS NOT NULL}],
	list => ["SELECT list($parts, size => 5)", q{SELECT list(after => list(size => 5) -> 'next', size => 5)}],
	list_sql => ["SELECT list_sql($parts)"],
	report => [q{SELECT * FROM report(by => '{owner,month(created_at)}', subtotals => true)}, "SELECT * FROM report(by => '{stage_id}', filter => 'big')"],
	report_json => [q{SELECT report_json(by => '{account.name}')}],
	report_sql => [q{SELECT report_sql(by => '{account.name}')}],
	report_lines => [q{SELECT * FROM report_lines(by => '{opportunity_line.product.name,owner}', subtotals => true)}],
	report_lines_json => [q{SELECT report_lines_json(by => '{currency}')}],
	attainment => [q{SELECT * FROM attainment('THIS_YEAR', '{owner}')}],
	pipeline_changes => [q{SELECT * FROM pipeline_changes(current_date, current_date, '{owner}')}],
	exchange_rate => [q{SELECT exchange_rate('EUR', 'USD', '2026-05-01')}],
	in_currency => [q{SELECT in_currency(amount, currency, 'USD', '2026-05-01') FROM opportunity ORDER BY id}],
	matches => [q{SELECT id FROM opportunity AS o WHERE matches(o, 'big') ORDER BY id}],
	matches_rules => [q{SELECT id FROM opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "owner", "operator": "=", "value": "owner 1"}]}') ORDER BY id}],
	filter_rules => [q{SELECT filter_rules('big')}],
	filter_sql => [q{SELECT filter_sql('{"rules": [{"field": "tags", "operator": "contains", "value": "t1"}]}')}],
	check_filter => [q{SELECT check_filter('{"rules": [{"field": "titel", "operator": "=", "value": "1"}]}')}],
	fields => ['SELECT * FROM fields()'],
	my_rights => [q{SELECT my_rights(ids => '{1,2,3}')}],
	changes_since => [q{SELECT changes_since(NULL) IS NOT NULL}],
	check_crm => [q{SELECT * FROM check_crm()}],
	check_rollup => [q{SELECT * FROM check_rollup()}],
	crm_version => [q{SELECT crm_version()}],
	team => [q{SELECT team(leader => 'sara')}],
	funnel => [q{SELECT * FROM funnel()}],
	pipeline_on => [q{SELECT * FROM pipeline_on(current_date)}],
	business_date => [q{SELECT business_date('2026-01-01 00:00+00')}],
	business_moment => [q{SELECT business_moment('2026-01-01 00:00')}],
	business_time => [q{SELECT business_time('2026-01-01 00:00+00')}],
	calendar_text => [q{SELECT calendar_text('2026-01-01', calendar => 'persian')}],
	period_start => [q{SELECT period_start('this_quarter', '2026-05-05')}],
	period_end => [q{SELECT period_end('this_quarter', '2026-05-05')}],
	period_of => [q{SELECT period_of('quarter', '2026-05-05')}],
	period_label => [q{SELECT period_label('quarter', '2026-04-01')}],
	currency_digits => [q{SELECT currency_digits('IRR')}],
	current_tenant => ['SELECT current_tenant()'],
	default_currency => ['SELECT default_currency()'],
	me => ['SELECT me()']);

# What writes.
my %commands = (
	bulk_delete => [q{SELECT bulk_delete('{1}')}],
	bulk_edit => [q{SELECT bulk_edit('{"source": "web"}', '{1}')}],
	compact_rollup => ['SELECT compact_rollup()'],
	create_crm => [q{SELECT create_crm('other')}],
	create_opportunity => [q{SELECT create_opportunity('{"title": "New", "pipeline_id": 1}')}],
	create_rollup => [q{SELECT create_rollup(by => '{source}')}],
	drop_rollup => ['SELECT drop_rollup()'],
	edit_opportunity => [q{SELECT edit_opportunity('1', '{"source": "web"}')}],
	empty_crm => ['SELECT empty_crm()'],
	erase_account => ['SELECT erase_account(1)'],
	erase_user => [q{SELECT erase_user('owner 1')}],
	fill_calendar => ['SELECT fill_calendar()'],
	fill_rollup => ['SELECT fill_rollup()'],
	follow_ids => ['SELECT follow_ids()'],
	invoice_quote => ['SELECT invoice_quote(1)'],
	issue_invoice => ['SELECT issue_invoice(2)'],
	issue_quote => ['SELECT issue_quote(2)'],
	issue_return => ['SELECT issue_return(1)'],
	log_activity => [q{SELECT log_activity('{1}', 'call')}],
	move => [q{SELECT move('1', '3')}, q{SELECT move('1', '3', above => '2', fields => '{title}', with_totals => true)}],
	name_currency => [q{SELECT name_currency('EUR')}],
	notify_changes => ['SELECT notify_changes()'],
	repair_crm => ['SELECT repair_crm()'],
	retire_stage => ['SELECT retire_stage(1, 2)'],
	save_filter => [q{SELECT save_filter('other', '{"rules": []}')}],
	save_view => [q{SELECT save_view('other')}],
	set_default_view => [q{SELECT set_default_view('mine', 'kanban')}],
	upgrade_crm => ['SELECT upgrade_crm()']);

# No function is forgotten.
for ([ "IN ('s')", \%reads ], [ "IN ('v')", \%commands ])
{
	my ($volatility, $tried) = @$_;
	my $functions = qq{SELECT DISTINCT proname FROM pg_proc WHERE pronamespace IN ('opportunities'::regnamespace, 'crm'::regnamespace)
		AND provolatile $volatility AND prokind = 'f' AND prorettype <> 'trigger'::regtype ORDER BY 1};
	is_deeply([ split /\n/, $primary->safe_psql('postgres', $functions) ], [ sort keys %$tried ], "each function that is $volatility");
}

# Statements as a user; each shows its rows or its error.
sub answers
{
	my ($node, $settings, @statements) = @_;
	my $script = join ";\n", "\\set VERBOSITY sqlstate\n$settings SET search_path = crm, opportunities, public", @statements;
	my (undef, $out, $error) = $node->psql('postgres', "$script;", on_error_stop => 0);
	return join "\n", $out, $error =~ s/psql:<stdin>:\d+: //gr;
}

my @reads = map { @{ $reads{$_} } } sort keys %reads;
my %users = (
	'the owner' => q{SET opportunities.user_name = 'sara'; SET opportunities.tenant = 'acme';},
	'a seller' => q{SET ROLE seller; SET opportunities.user_name = 'owner 1'; SET opportunities.tenant = 'acme';});
for my $user (sort keys %users)
{
	my $here = answers($primary, $users{$user}, @reads);
	unlike($here, qr/ERROR/, "$user reads everything") if $user eq 'the owner';
	is(answers($standby, $users{$user}, @reads), $here, "a standby answers $user as the primary does");
	is(answers($primary, "$users{$user} SET default_transaction_read_only = on;", @reads), $here, "and so does a transaction that is read only");
}

my @commands = map { @{ $commands{$_} } } sort keys %commands;
my $state = q{SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM crm.opportunity AS o};
my $before = $primary->safe_psql('postgres', $state);
my $refused = join "\n", '', map { 'ERROR:  25006' } @commands;
is(answers($standby, $users{'the owner'}, @commands), $refused, 'every command on a standby is 25006');
is(answers($primary, "$users{'the owner'} SET default_transaction_read_only = on;", @commands), $refused, 'and in a transaction that is read only');
is($primary->safe_psql('postgres', $state), $before, 'nothing is written');

# A plan that a standby keeps follows the filter.
my ($there, $here) = map { $_->connstr('postgres') } $primary, $standby;
my $changed = q{SELECT opportunities.save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "75"}]}', true, 'crm.opportunity')};
for my $mode (qw(force_custom_plan force_generic_plan))
{
	$primary->safe_psql('postgres', q{SELECT opportunities.save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "70"}]}', true, 'crm.opportunity')});
	$primary->wait_for_catchup($standby);
	my $command = qq{psql -Xqc "$changed" "$there"} =~ s/\\/\\\\/gr =~ s/(?<=c )"(.*)" "/"@{[ $changed =~ s{"}{\\"}gr ]}" "/r;
	is( $standby->safe_psql(
			'postgres', qq{
		SET plan_cache_mode = $mode;
		PREPARE big AS SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches(o, 'big');
		EXECUTE big;
		\\! $command >/dev/null
		DO \$\$ BEGIN WHILE NOT EXISTS (SELECT FROM crm.saved_filter WHERE definition::text LIKE '%75%') LOOP PERFORM pg_sleep(0.02); END LOOP; END \$\$;
		EXECUTE big}),
		$primary->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE amount > 70) || E'\n' || count(*) FILTER (WHERE amount > 75) FROM crm.opportunity}),
		"a filter that is changed on the primary counts in a standby's prepared statement, $mode");
}

# Rollups answer there as they do here. Who reads there for long goes on reading what was there at first while deltas are folded and
# swept up here: with hot_standby_feedback nothing that a rollup does takes that away, or locks it out.
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nwal_receiver_status_interval = 1\nmax_standby_streaming_delay = 0\n");
$standby->restart;
$primary->poll_query_until('postgres', 'SELECT count(backend_xmin) = 1 FROM pg_stat_replication');
my $lsn = $standby->data_dir . '/lsn';
sub file_of
{
	my ($name, $sql) = @_;
	append_to_file($primary->basedir . "/$name.sql", $sql);
	return $primary->basedir . "/$name.sql";
}

# What psql on the standby calls to have something done on the primary, and to wait for it.
my $wait = file_of('wait', q{DO $$ BEGIN WHILE pg_last_wal_replay_lsn() < rtrim(pg_read_file('lsn'), E'\n')::pg_lsn LOOP PERFORM pg_sleep(0.05); END LOOP; END $$});
sub meanwhile
{
	my $file = file_of(@_);
	return qq{\\! psql -XqAt -f $file -c "SELECT pg_current_wal_lsn()" "$there" | tail -n 1 >$lsn; psql -Xq -f $wait "$here"\n\\echo ====\n};
}
my $figures = q{SELECT stage, count, by_currency FROM board('crm.opportunity', cards => 0)};
my $written = meanwhile('write', q{
	SET search_path = crm, opportunities, public;
	SELECT format('UPDATE opportunity SET amount = amount + %s', n) FROM generate_series(1, 60) AS n \gexec
	SELECT compact_rollup();
	CREATE TABLE public.folded AS SELECT pg_current_xact_id()::text::bigint AS by});
my $swept = meanwhile('sweep', q{
	DO $$ BEGIN WHILE (SELECT backend_xmin::text::bigint <= by FROM pg_stat_replication, folded) LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.05); END LOOP; END $$;
	VACUUM crm.opportunity_rollup, crm.opportunity_rollup1, crm.opportunity_rollup_deltas});
my ($status, $out, $error) = $standby->psql(
	'postgres', qq{
	SET search_path = opportunities;
	SET opportunities.explain_rollups = on;
	BEGIN ISOLATION LEVEL REPEATABLE READ;
	$figures;
	$written
	$figures;
	COMMIT;
	\\echo ====
	BEGIN ISOLATION LEVEL REPEATABLE READ;
	$figures;
	$swept
	$figures;
	COMMIT});
my ($first, $same, $new, $still) = split /^====\n/m, "$out\n";
is("$status$error" =~ s/NOTICE: .* come from rollup .*\n?//gr =~ s/psql:<stdin>:\d+: //gr, '0', 'a rollup answers on a standby, and nobody who reads is cancelled');
is($same, $first, 'a transaction there sees what it saw');
isnt($new, $first, 'the next one what was written');
is($new, $primary->safe_psql('postgres', "SET search_path = opportunities; SET opportunities.use_rollups = off; $figures") . "\n", 'exactly');
is($still, $new, 'also when it was swept up');

$standby->stop;
$primary->stop;
done_testing();
