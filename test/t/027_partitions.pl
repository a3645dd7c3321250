# A CRM whose opportunities are partitioned by the recipe of doc/scale.md answers every statement as one that isn't, with tenants by hash
# and without by pipelines, and reads no partition that a question can't concern.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('partitions');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE application LOGIN');

# The recipe, and what the page changes in it for pipelines.
my ($recipe) = slurp_file('doc/scale.md') =~ /^```sql\n(BEGIN;.*?^ANALYZE opportunity;\n)/ms;
my %recipe = (hash => $recipe, list => $recipe);
for ($recipe{list})
{
	s/PARTITION BY HASH \(tenant_id\)/PARTITION BY LIST (pipeline_id)/ or die;
	s/^SELECT format\('CREATE TABLE.*?\\gexec$/CREATE TABLE opportunity_1 PARTITION OF opportunity FOR VALUES IN (1);\nCREATE TABLE opportunity_rest PARTITION OF opportunity DEFAULT;/ms or die;
	s/PRIMARY KEY \(tenant_id, id\)/PRIMARY KEY (id, pipeline_id)/ or die;
	s/^CREATE POLICY.*?\n//m or die;
}

# The rows of a CRM, of whom its tenants are.
my $rows = q{
INSERT INTO account (name) SELECT 'account ' || n FROM generate_series(1, 4) AS n;
INSERT INTO pipeline (name) VALUES ('Sales'), ('Service');
INSERT INTO stage (pipeline_id, name, kind, position, probability)
SELECT p.id, s.name || ' ' || p.name, s.kind, s.position, s.probability
FROM pipeline AS p, (VALUES ('Lead', 'open', 1, 10), ('Offer', 'open', 2, 50), ('Won', 'won', 3, 100), ('Lost', 'lost', 4, 0)) AS s (name, kind, position, probability) WHERE p.id > :first ORDER BY p.id, s.position;
INSERT INTO app_user (login, name, manager) VALUES ('boss', 'Boss', NULL), ('seller 0', 'Zero', 'boss'), ('seller 1', 'One', 'boss');
INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, amount, currency, tags, expected_close)
SELECT s.pipeline_id, s.id, (SELECT min(id) FROM account AS a WHERE a.id > :accounts) + n % 4, 'deal ' || n, 'seller ' || n % 2, n * 1.25, CASE n % 3 WHEN 0 THEN 'EUR' END, ARRAY['t' || n % 2], date '2030-01-01' + n
FROM generate_series(1, 60) AS n, LATERAL (SELECT id, pipeline_id FROM stage WHERE pipeline_id > :first ORDER BY pipeline_id, position OFFSET n % 8 LIMIT 1) AS s;
SELECT save_filter('big', '{"rules": [{"field": "amount", "operator": ">", "value": "40"}]}', true);
};

# Make the same CRM twice, in two databases, and partition one of them.
sub make_crms
{
	my ($kind) = @_;
	for my $database ("${kind}_whole", "${kind}_parts")
	{
		$node->safe_psql('postgres', "CREATE DATABASE $database");
		my $crm = "SET client_min_messages = warning; CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm; SET search_path = parts, opportunities, public; SET opportunities.user_name = 'boss';";
		my @fill = map { $rows =~ s/:first/2 * $_/ger =~ s/:accounts/4 * $_/ger } 0, 1;
		$crm .=
		  $kind eq 'hash'
		  ? "SELECT create_crm('parts', tenant => true); SET opportunities.tenant = 'acme'; $fill[0]; SET opportunities.tenant = 'globex'; $fill[1];"
		  : "SELECT create_crm('parts'); $fill[0];";
		$node->safe_psql($database, $crm);
		$node->safe_psql($database, "SET search_path = parts, opportunities, public;\n$recipe{$kind}") if $database =~ /parts/;
		$node->safe_psql(
			$database, q{
			GRANT USAGE ON SCHEMA parts TO application;
			GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA parts TO application;
			SET client_min_messages = warning;
			SELECT opportunities.create_rollup('parts.opportunity')});
		is($node->safe_psql($database, q{SELECT code, object FROM opportunities.check_crm('parts')}), '', "$database: check_crm finds nothing");
	}
	return;
}

# What people do, and ask; deals are found by their titles, since those of a tenant have other ids than those of another.
my @statements = grep { /\S/ } split /;\n/, <<'SQL';
SELECT pipeline_id, stage, count, final_total, by_currency, jsonb_path_query_array(cards, '$[*].title') FROM board(cards => 5);
SELECT lane, stage, count, by_currency, jsonb_path_query_array(cards, '$[*].title') FROM board(lane_by => 'owner', filter => 'big', cards => 2);
SELECT stage, jsonb_path_query_array(column_cards(after => next, size => 3), '$.cards[*].title') FROM board(cards => 2) WHERE next IS NOT NULL;
SELECT list(fields => '{title,stage.name,account.name,owner.name}', sort => '{-amount}', size => 7);
SELECT list(fields => '{title,amount}', after => list(sort => '{title}', size => 3) -> 'next', sort => '{title}', size => 3);
SELECT list(fields => '{title}', sort => '{title}', search => 'deal 1', rules => '{"rules": [{"field": "stage.kind", "operator": "=", "value": "open"}]}');
SELECT dimensions, count, by_currency, open_count, open_estimated, won, lost, win_rate FROM report(by => '{owner,stage.name}', subtotals => true);
SELECT dimensions, count, by_currency FROM report(by => '{month(expected_close)}', scope => '{"owner": "seller 1"}');
SELECT title FROM opportunity AS o WHERE matches(o, 'big') ORDER BY title COLLATE "C";
SELECT title FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "account.name", "operator": "endsWith", "value": "2"}, {"field": "tags", "operator": "contains", "value": "t0"}]}') ORDER BY title COLLATE "C";
UPDATE opportunity SET amount = amount + 1, owner = 'seller 0' WHERE title LIKE 'deal 2_';
UPDATE opportunity SET stage_id = (SELECT id FROM stage WHERE name = 'Offer Sales') WHERE title IN ('deal 8', 'deal 16', 'deal 24');
SELECT move(o.id::text, s.id::text, above => a.id::text, fields => '{title}') ->> 'title' FROM opportunity AS o, opportunity AS a, stage AS s WHERE o.title = 'deal 9' AND a.title = 'deal 16' AND s.name = 'Offer Sales';
SELECT title FROM opportunity WHERE stage_id = (SELECT id FROM stage WHERE name = 'Offer Sales') ORDER BY position DESC, id DESC;
UPDATE opportunity AS o SET pipeline_id = s.pipeline_id, stage_id = s.id FROM stage AS s WHERE o.title = 'deal 9' AND s.name = 'Lead Service';
UPDATE opportunity AS o SET pipeline_id = s.pipeline_id, stage_id = s.id FROM stage AS s WHERE o.title = 'deal 2' AND s.name = 'Lead Service';
SELECT title, version, realized_amount, closed_on IS NOT NULL AS closed FROM opportunity AS o JOIN stage AS s ON s.id = stage_id WHERE s.name = 'Lead Service' ORDER BY o.position DESC, o.id DESC;
SELECT move(o.id::text, s.id::text, changes => '{"owner": "seller 1"}', fields => '{title,owner}') - 'id' FROM opportunity AS o, stage AS s WHERE o.title = 'deal 2' AND s.name = 'Won Service';
MERGE INTO opportunity AS o USING (SELECT d.*, s.id AS stage_id, s.pipeline_id FROM (VALUES ('deal 3', 'Offer Service'), ('deal 99', 'Lead Service')) AS d (title, stage) JOIN stage AS s ON s.name = d.stage) AS v ON o.title = v.title
WHEN MATCHED THEN UPDATE SET pipeline_id = v.pipeline_id, stage_id = v.stage_id
WHEN NOT MATCHED THEN INSERT (title, pipeline_id, stage_id, amount) VALUES (v.title, v.pipeline_id, v.stage_id, 7);
UPDATE opportunity SET stage_id = NULL WHERE title = 'deal 4';
UPDATE opportunity SET pipeline_id = 1 WHERE title = 'deal 5' AND pipeline_id <> 1;
SELECT status, code, field FROM bulk_edit('{"source": "fair", "probability": 15}', rules => '{"rules": [{"field": "title", "operator": "beginsWith", "value": "deal 3"}]}');
SELECT status, code FROM bulk_edit('{"amount": "many"}', scope => '{"owner": "seller 1"}', on_error => 'skip');
SELECT edit_opportunity(id::text, '{"amount": "12.50", "tags": {"add": ["hot"]}}', fields => '{title,amount,tags}') - 'id' FROM opportunity WHERE title = 'deal 6';
SELECT edit_opportunity(id::text, '{"amount": 1}', expected => 77) FROM opportunity WHERE title = 'deal 6';
SELECT create_opportunity(jsonb_build_object('title', 'deal 100', 'pipeline_id', pipeline_id::text, 'stage_id', id::text, 'amount', '3.125'), fields => '{title,amount,probability}') - 'id' FROM stage WHERE name = 'Lead Sales';
INSERT INTO opportunity_line (opportunity_id, unit_price, quantity) SELECT id, 10.5, 2 FROM opportunity WHERE title IN ('deal 7', 'deal 10');
UPDATE opportunity SET amount_mode = 'auto' WHERE title = 'deal 7' RETURNING amount;
UPDATE opportunity SET amount_mode = 'auto' WHERE title = 'deal 10' RETURNING amount;
INSERT INTO activity (opportunity_id, kind, subject) SELECT id, 'call', 'Ask' FROM opportunity WHERE title IN ('deal 7', 'deal 11', 'deal 12');
SELECT count(*) FROM log_activity((SELECT array_agg(id) FROM opportunity WHERE title IN ('deal 11', 'deal 13')), 'note', 'All');
SELECT issue_quote(id, true) > 0 FROM opportunity WHERE title = 'deal 10';
SELECT issue_quote(id, true) > 0 FROM opportunity WHERE title = 'deal 12';
SELECT invoice_quote(d.id, true) > 0 FROM document AS d JOIN opportunity AS o ON o.id = d.opportunity_id WHERE o.title = 'deal 10' AND d.kind = 'quote';
INSERT INTO payment (opportunity_id, amount) SELECT id, 5 FROM opportunity WHERE title IN ('deal 10', 'deal 14');
SELECT title, amount, realized_amount, last_activity_at IS NOT NULL FROM opportunity WHERE title IN ('deal 7', 'deal 10', 'deal 11') ORDER BY 1;
UPDATE opportunity AS o SET pipeline_id = s.pipeline_id, stage_id = s.id FROM stage AS s WHERE o.title IN ('deal 7', 'deal 10', 'deal 11') AND s.name = 'Won Service';
SELECT o.title, o.realized_amount, (SELECT count(*) FROM opportunity_line AS l WHERE l.opportunity_id = o.id) AS lines, (SELECT count(*) FROM activity AS a WHERE a.opportunity_id = o.id) AS activities, (SELECT sum(total) FROM document AS d WHERE d.opportunity_id = o.id) AS papers FROM opportunity AS o WHERE o.title IN ('deal 7', 'deal 10', 'deal 11') ORDER BY 1;
DELETE FROM opportunity WHERE title = 'deal 10';
DELETE FROM opportunity WHERE title = 'deal 14';
DELETE FROM opportunity WHERE title IN ('deal 7', 'deal 11', 'deal 15');
INSERT INTO activity (opportunity_id, kind) VALUES (-1, 'call');
SELECT status, code FROM bulk_delete(rules => '{"rules": [{"field": "title", "operator": "in", "value": "deal 12,deal 14,deal 17"}]}', on_error => 'skip');
SELECT (SELECT count(*) FROM opportunity_line) AS lines, (SELECT count(*) FROM activity) AS activities, (SELECT count(*) FROM document) AS papers, (SELECT count(*) FROM payment) AS payments;
INSERT INTO opportunity_line (opportunity_id) VALUES (-1);
INSERT INTO document (opportunity_id, kind) VALUES (-1, 'quote');
INSERT INTO payment (opportunity_id, amount) VALUES (-1, 1);
SELECT retire_stage((SELECT id FROM stage WHERE name = 'Offer Service'), (SELECT id FROM stage WHERE name = 'Lead Service'));
SAVEPOINT s;
UPDATE opportunity SET amount = amount * 2;
SELECT stage, by_currency FROM board(cards => 0);
ROLLBACK TO s;
SELECT stage, by_currency FROM board(cards => 0);
SELECT coalesce(o.title, 'gone') AS title, c.action, c.field, c.old, c.new FROM change_log AS c LEFT JOIN opportunity AS o ON o.id::text = c.row_id WHERE c.table_name = 'opportunity' AND c.field NOT IN ('position', 'pipeline_id', 'stage_id', 'closed_at', 'closed_on', 'last_activity_at') ORDER BY 1, 3, c.new::text, c.id;
SELECT o.title, c.action, c.field, c.old IS NULL AS from_none, rank() OVER (PARTITION BY c.row_id, c.field ORDER BY c.id) AS n FROM change_log AS c JOIN opportunity AS o ON o.id::text = c.row_id WHERE c.table_name = 'opportunity' AND c.field IN ('pipeline_id', 'stage_id', 'position') ORDER BY 1, 3, 5;
SELECT action, count(*) FROM change_log WHERE table_name = 'opportunity' GROUP BY 1 ORDER BY 1;
SELECT o.title, f.name AS from_stage, t.name AS to_stage, c.deleted_at IS NOT NULL AS deleted FROM stage_change AS c LEFT JOIN opportunity AS o ON o.id = c.opportunity_id LEFT JOIN stage AS f ON f.id = c.from_stage_id LEFT JOIN stage AS t ON t.id = c.to_stage_id ORDER BY 1, 4, 2, 3, c.id;
SELECT stage, count(*) FROM funnel() GROUP BY 1 ORDER BY 1;
SELECT count(*), sum(amount) FROM pipeline_on(current_date);
SELECT change, currency, count, amount FROM pipeline_changes(current_date, current_date) ORDER BY 1, 2;
SELECT count(*), sum(amount) FROM bi_opportunity;
SELECT code, object, row_id FROM check_rollup();
SQL

# What a script prints, statement by statement.
sub run_script
{
	my ($database, $role, $settings, $script) = @_;
	my (undef, $out, $error) = $node->psql(
		$database, "SET client_min_messages = warning; SET search_path = parts, opportunities, public; $settings\n$script",
		on_error_stop => 0, extra_params => [ '-U', $role ]);
	return ($out, $error);
}

sub answers
{
	my ($database, $role, $settings, @numbers) = @_;
	my $script = join '', map { "\\echo ==== $_\n$statements[$_];\n\\echo :ERROR :SQLSTATE\n" } @numbers;
	my ($out) = run_script($database, $role, $settings, "BEGIN;\n\\set ON_ERROR_ROLLBACK on\n${script}ROLLBACK;");
	return map { s/^(\d+)\n//r } split /^==== /m, $out =~ s/\A==== //r;
}

my $seen = 0;
for my $kind (qw(hash list))
{
	make_crms($kind);
	my @tenants = $kind eq 'hash' ? qw(acme globex) : ('');
	for my $role ($kind eq 'hash' ? qw(postgres application) : 'postgres')
	{
		for my $tenant (@tenants)
		{
			my $who = "$kind, $role" . ($tenant ? ", $tenant" : '');
			my $settings = "SET opportunities.user_name = 'boss';" . ($tenant && " SET opportunities.tenant = '$tenant';");

			# an owner's own statements see all tenants; what boards, lists and reports show is the tenant's all the same
			my @numbers = grep { $role eq 'application' || $kind eq 'list' || $statements[$_] =~ /\A[^;]*\b(?:board|list|report|column_cards)\(/ } 0 .. $#statements;
			my @whole = answers("${kind}_whole", $role, $settings, @numbers);
			my @parts = answers("${kind}_parts", $role, $settings, @numbers);
			my @different = grep { $whole[$_] ne $parts[$_] } 0 .. $#numbers;
			is(scalar @whole, scalar @numbers, "$who: every statement is answered");
			is(scalar @different, 0, "$who: as without partitions");
			is($parts[$_], $whole[$_], "$who: $statements[$numbers[$_]]") for @different;
			$seen += @whole;
			my (undef, $notice) = run_script("${kind}_parts", $role, $settings, 'SET client_min_messages = notice; SET opportunities.explain_rollups = on; SELECT FROM board(cards => 0);');
			like($notice, qr/come from rollup/, "$who: by a rollup");
		}
	}
}
cmp_ok($seen, '>', 200, 'answers that were compared');

# The partitions that are read by what a function runs, or a statement.
sub partitions_read
{
	my ($database, $role, $settings, $statement) = @_;
	my ($out, $error) = run_script($database, 'postgres', '',
		"LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on; SET client_min_messages = log; SET ROLE $role; $settings\n$statement" . ($statement =~ /gexec/ ? "\n" : ';'));
	unlike($error, qr/ERROR/, $statement);
	my %read = map { $_ => 1 } $error =~ /(?:Scan|Index Only Scan|Bitmap Heap Scan)[^\n]* on (opportunity_\w+)(?= )(?![^\n]*never executed)/g;
	return join ' ', sort grep { !/rollup|line|stage/ } keys %read;
}

my @questions = (
	'SELECT count(*) FROM board(SCOPE)',
	"SELECT count(*) FROM board(SCOPE, lane_by => 'owner')",
	"SELECT list(SCOPE, sort => '{-amount}')",
	"SELECT count(*) FROM report(SCOPE, by => '{owner}')",
	"SELECT sql || ';' FROM board_sql(SCOPE) \\gexec",
	"SELECT list_sql(SCOPE) \\gexec",
	"SELECT report_sql(SCOPE, by => '{owner}') \\gexec");
for my $role (qw(postgres application))
{
	for my $mode (qw(force_custom_plan force_generic_plan))
	{
		for my $tenant (qw(acme globex))
		{
			my $mine = $node->safe_psql('hash_parts', "SELECT DISTINCT tableoid::regclass FROM parts.opportunity WHERE tenant_id = '$tenant'") =~ s/.*\.//r;
			my $settings = "SET opportunities.use_rollups = off; SET plan_cache_mode = $mode; SET opportunities.tenant = '$tenant';";
			is(partitions_read('hash_parts', $role, $settings, s/SCOPE/scope => '{"archived": false}'/r), $mine, "$role, $mode, $tenant: one partition") for @questions;
			is( partitions_read('hash_parts', $role, $settings, "PREPARE p (text) AS SELECT count(*) FROM opportunity AS o WHERE tenant_id = \$1 AND matches(o, 'big'); EXECUTE p('$tenant'); EXECUTE p('$tenant')"),
				$mine, "$role, $mode, $tenant: a prepared statement, one partition");
		}
	}
}
for my $mode (qw(force_custom_plan force_generic_plan))
{
	my $settings = "SET opportunities.use_rollups = off; SET plan_cache_mode = $mode;";
	is(partitions_read('list_parts', 'postgres', $settings, s/SCOPE/scope => '{"pipeline_id": "1"}'/r), 'opportunity_1', "$mode, a pipeline: one partition") for @questions;
	is(partitions_read('list_parts', 'postgres', $settings, q{SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"rules": [{"field": "pipeline_id", "operator": "=", "value": "2"}]}')}),
		'opportunity_rest', "$mode, a filter by pipeline: one partition");
}

$node->stop;
done_testing();
