# A day at work while the server throws away every cache at every chance, as messages of other sessions might: what is kept of
# catalogs in between is used after it is gone, or not. On a server with assertions alone, where it takes minutes.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('discard');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
if ($node->safe_psql('postgres', 'SHOW debug_assertions') ne 'on')
{
	$node->stop;
	plan skip_all => 'a server without assertions keeps its caches';
}

$node->safe_psql(
	'postgres', q{
	SET client_min_messages = warning;
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm('crm', tenant => true, starter => false);
	SET opportunities.tenant = 'north';
	SET search_path = crm;
	INSERT INTO pipeline (name) VALUES ('Sales');
	INSERT INTO stage (pipeline_id, name, position, kind, probability) VALUES (1, 'Lead', 1, 'open', 10), (1, 'Offer', 2, 'open', 50), (1, 'Won', 3, 'won', NULL);
	INSERT INTO custom_field (name, type) VALUES ('seats', 'number');
	INSERT INTO choice (field, value) VALUES ('source', 'web');
	INSERT INTO opportunity (pipeline_id, stage_id, title, owner, amount) VALUES (1, 1, 'a', 'sara', 10), (1, 1, 'b', 'omid', 20), (1, 2, 'c', 'sara', 30);
	CREATE ROLE seller;
	GRANT USAGE ON SCHEMA crm TO seller;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO seller;
	SELECT opportunities.save_filter('hot', '{"combinator": "and", "rules": [{"field": "stage.kind", "operator": "=", "value": "open"}]}', true, 'opportunity');
});

# Each in a session of its own, so that nothing is planned yet.
sub at_work
{
	my ($sql, $expected, $what) = @_;
	is( $node->safe_psql(
			'postgres',
			"SET client_min_messages = warning; SET opportunities.tenant = 'north'; SET search_path = crm, opportunities; SET debug_discard_caches = 1; SET ROLE seller; $sql"),
		$expected, $what);
}

at_work(q{INSERT INTO opportunity (pipeline_id, stage_id, title, source, custom) VALUES (1, 1, 'd', 'web', '{"seats": 3}') RETURNING id, probability},
	'4|10.00', 'a card is made');
at_work(q{UPDATE opportunity SET stage_id = 2, owner = 'omid' WHERE id = 4 RETURNING probability, version}, '50.00|2', 'it is changed');
at_work(q{SELECT move('1', '2', above => '3') ->> 'title'}, 'a', 'a card is dragged');
at_work(q{INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (4, 5); SELECT amount FROM opportunity WHERE id = 4}, '5.00', 'an amount follows its lines');
at_work(q{SELECT issue_invoice(4, true); SELECT realized_amount FROM opportunity WHERE id = 4}, "1\n5.00", 'it is invoiced');
at_work(q{SELECT status FROM bulk_edit('{"owner": "sara"}', ids => '{2,4}')}, "updated\nupdated", 'two are given to somebody else');
at_work(q{SELECT stage, count FROM board()}, "|0\nLead|1\nOffer|3\nWon|0", 'the board has them');
at_work(q{SELECT list(filter => 'hot', sort => '{-amount}', size => 2) -> 'totals' ->> 'count'}, '4', 'so has a list');
at_work(q{SELECT dimensions ->> 'owner', count FROM report(by => '{owner}')}, 'sara|4', 'and a report');
at_work(q{SELECT measures ->> 'count(title)' FROM report(by => '{owner}', subtotals => true, measures => '{median(amount),min(amount),sum(balance),count(title)}') LIMIT 1}, '4', 'with measures');
at_work(q{SELECT count(*) FROM opportunity AS o WHERE matches(o, 'hot')}, '4', 'a filter is applied by the planner');
at_work(q{SELECT matches_rules(o, CASE WHEN o.id > 0 THEN '{"combinator": "and", "rules": [{"field": "stage.kind", "operator": "=", "value": "open"}]}' END::jsonb)
	FROM opportunity AS o WHERE id = 1}, 't', 'and at run time');
at_work(q{UPDATE opportunity SET currency = 'EUR' WHERE id = 3 RETURNING currency}, 'EUR', 'what is in which currency');
at_work(q{SELECT count(*) > 0 FROM pipeline_changes(current_date, current_date, '{owner}')}, 't', 'what changed is told');
at_work(q{DELETE FROM opportunity WHERE id = 2 RETURNING title}, 'b', 'a card is deleted');
at_work(q{RESET ROLE; SELECT create_rollup(); UPDATE opportunity SET amount = amount + 1, stage_id = 3 WHERE id = 1; SELECT stage, count, final_total FROM board(cards => 0) WHERE stage = 'Won'; SELECT compact_rollup() > 0; SELECT count(*) FROM check_rollup(); SELECT drop_rollup()},
	"\nWon|1|11\nt\n0\n", 'a rollup is made, follows, is folded, checked and dropped');
at_work(q{RESET ROLE; ALTER TRIGGER zz_row ON opportunity RENAME TO zz_older; SELECT code FROM check_crm('crm')}, "trigger_missing\ntrigger_obsolete", 'a trigger has another name');
is($node->safe_psql('postgres', q{SELECT FROM opportunities.upgrade_crm('crm'); SELECT * FROM opportunities.check_crm('crm')}), '', 'which is mended, and check_crm finds nothing');

$node->stop;
done_testing();
