# The caller's rights: a user's own triggers keep their path, nothing hung on runs, row security holds.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('rights');
$node->init;
$node->start;
my $db = 'postgres';

sub as
{
	my ($role, $sql) = @_;
	my ($status, $out, $err) = $node->psql($db, $sql, extra_params => [ '-U', $role ]);
	return wantarray ? ($out, $err) : $out . $err;
}

$node->safe_psql(
	$db, q{
	CREATE ROLE boss LOGIN;
	CREATE ROLE clerk LOGIN;
	CREATE ROLE stranger LOGIN;
	GRANT CREATE ON DATABASE postgres TO boss;
	CREATE EXTENSION opportunities;
});

my $setup = as(
	'boss', q{
	SELECT opportunities.create_crm('crm', starter => true);
	INSERT INTO crm.opportunity (pipeline_id, stage_id, title, owner, amount, probability)
	SELECT s.pipeline_id, s.id, 'Deal ' || i, CASE WHEN i % 2 = 0 THEN 'clerk' ELSE 'boss' END, i, 50
	FROM generate_series(1, 20) AS i JOIN crm.stage AS s ON s.position = i % 3 + 1;
});
unlike($setup, qr/ERROR/, 'set up by one who is no superuser');

subtest 'nothing is granted to everybody' => sub {
	like(as('stranger', 'SELECT * FROM crm.opportunity'), qr/permission denied for schema crm/, 'no tables');
	like(as('stranger', q{SELECT * FROM opportunities.check_crm('crm')}), qr/permission denied/, 'no check');
	as('boss', 'GRANT USAGE ON SCHEMA crm TO stranger');
	like(as('stranger', q{SELECT count(*) FROM opportunities.board('crm.opportunity')}),
		qr/permission denied for table/, 'no board');
	as('boss', 'REVOKE USAGE ON SCHEMA crm FROM stranger');
};

is($node->safe_psql(
		$db, q{SELECT string_agg(proname, ', ') FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
		WHERE n.nspname LIKE 'opportunities%' AND (prosecdef OR proleakproof OR proconfig IS NOT NULL)}),
	'', 'no function runs as its owner, sees rows before row security, or has settings of its own');

subtest 'a partly visible table gives the board of what is visible' => sub {
	as( 'boss', q{
		GRANT USAGE ON SCHEMA crm TO clerk;
		GRANT SELECT ON ALL TABLES IN SCHEMA crm TO clerk;
		GRANT INSERT, UPDATE ON crm.opportunity TO clerk;
		ALTER TABLE crm.opportunity ENABLE ROW LEVEL SECURITY;
		CREATE POLICY own ON crm.opportunity USING (owner = opportunities.me());
	});
	my $mine = q{SELECT string_agg(count || ' ' || final_total, ', ') FROM opportunities.board('crm.opportunity') WHERE count > 0};
	my $by_hand = q{SELECT string_agg(c || ' ' || s, ', ') FROM (SELECT count(*) AS c, sum(amount) AS s
		FROM crm.opportunity GROUP BY stage_id ORDER BY stage_id) AS t};
	is(scalar as('clerk', $mine), scalar as('clerk', $by_hand), 'the clerk sees their own');
	isnt(scalar as('clerk', $mine), scalar as('boss', $mine), 'the owner of the table sees all');
	is( as('clerk', q{SELECT count(*) FROM opportunities.board('crm.opportunity', cards => 1000, fields => '{owner}') AS b,
			jsonb_array_elements(b.cards) AS c WHERE c ->> 'owner' <> 'clerk'}),
		'0', 'no card of anybody else');
	my $cursor = as('boss', q{SELECT next FROM opportunities.board('crm.opportunity', cards => 1, fields => '{owner}') WHERE next IS NOT NULL LIMIT 1});
	unlike(as('clerk', "SELECT opportunities.column_cards('crm.opportunity', after => '$cursor', fields => '{owner}')"),
		qr/boss/, 'nor by a cursor of somebody who sees more');

	# a card that the clerk puts on top goes above those that they can't see
	as('clerk', q{INSERT INTO crm.opportunity (pipeline_id, stage_id, title, owner) SELECT pipeline_id, id, 'On top', 'clerk' FROM crm.stage WHERE position = 2});
	is( as('boss', q{SELECT b.cards -> 0 ->> 'title' FROM opportunities.board('crm.opportunity') AS b WHERE stage = 'Qualified'}),
		'On top', 'a kept value counts hidden rows too');

	# without a right to the stages the triggers still work
	as('boss', 'REVOKE SELECT ON crm.stage FROM clerk');
	is(as('clerk', q{UPDATE crm.opportunity SET stage_id = 5 WHERE title = 'On top' RETURNING closed_at IS NOT NULL, owner}),
		't|clerk', 'a trigger reads the stages as the owner of the table');
	like(as('clerk', q{UPDATE crm.opportunity SET stage_id = 77 WHERE title = 'On top'}), qr/ERROR/, 'and refuses');
	like(as('clerk', q{SELECT * FROM opportunities.board('crm.opportunity')}), qr/permission denied for table stage/,
		'but a query is the caller\'s');
	as('boss', 'GRANT SELECT ON crm.stage TO clerk; DROP POLICY own ON crm.opportunity; ALTER TABLE crm.opportunity DISABLE ROW LEVEL SECURITY');
};

subtest 'a filter reads no table that somebody else hung on' => sub {
	$node->safe_psql($db, 'CREATE SCHEMA elsewhere; GRANT CREATE, USAGE ON SCHEMA elsewhere TO boss, stranger, clerk');
	as('boss', 'GRANT USAGE ON SCHEMA crm TO stranger; GRANT REFERENCES ON crm.opportunity TO stranger; GRANT ALL ON crm.saved_filter TO clerk');
	my $hung = as(
		'stranger', q{
		CREATE TABLE elsewhere.visit (opportunity_id bigint REFERENCES crm.opportunity, kind text);
		CREATE FUNCTION elsewhere.spring() RETURNS boolean LANGUAGE plpgsql STABLE AS $$BEGIN RAISE 'runs as %', current_user; END$$;
		ALTER TABLE elsewhere.visit ENABLE ROW LEVEL SECURITY;
		CREATE POLICY trap ON elsewhere.visit USING (elsewhere.spring());
		INSERT INTO elsewhere.visit VALUES (1, 'x');
		GRANT SELECT ON elsewhere.visit TO PUBLIC;
	});
	unlike($hung, qr/ERROR/, 'hung on');
	my $rules = q{'{"rules": [{"field": "visit.kind", "operator": "=", "value": "x"}]}'};
	like(as('clerk', "SELECT opportunities.save_filter('Bait', $rules, true, 'crm.opportunity')"),
		qr/has no field "visit.kind"/, 'nothing that a filter can name');
	like(as('boss', "SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, $rules)"),
		qr/has no field "visit.kind"/, 'whoever asks');

	as('boss', q{CREATE TABLE elsewhere.call (opportunity_id bigint REFERENCES crm.opportunity, kind text); INSERT INTO elsewhere.call VALUES (2, 'x')});
	is(as('boss', "SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, replace($rules, 'visit', 'call')::jsonb)"),
		'1', 'while one of the owner is read');
	$node->safe_psql($db, q{SET client_min_messages = error; DROP SCHEMA elsewhere CASCADE});
	as('boss', 'REVOKE USAGE ON SCHEMA crm FROM stranger; REVOKE REFERENCES ON crm.opportunity FROM stranger; REVOKE ALL ON crm.saved_filter FROM clerk');
};

subtest 'a trigger of the user\'s runs under the user\'s path and role' => sub {
	my $out = as(
		'boss', q{
		CREATE TABLE crm.seen (path text, who text);
		GRANT INSERT ON crm.seen TO clerk;
		GRANT SELECT ON crm.opportunity TO clerk;
		CREATE FUNCTION crm.look() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
			INSERT INTO crm.seen VALUES (current_setting('search_path'), current_user); RETURN NEW; END$$;
		CREATE TRIGGER look_before BEFORE INSERT OR UPDATE ON crm.opportunity FOR EACH ROW EXECUTE FUNCTION crm.look();
		CREATE TRIGGER zzz_look_before BEFORE INSERT OR UPDATE ON crm.opportunity FOR EACH ROW EXECUTE FUNCTION crm.look();
		CREATE TRIGGER look_after AFTER INSERT OR UPDATE ON crm.opportunity FOR EACH ROW EXECUTE FUNCTION crm.look();
	});
	unlike($out, qr/ERROR/, 'made');
	unlike(as('clerk', q{SET search_path = "their own path", crm; UPDATE opportunity SET stage_id = 3 WHERE id = 1;
		INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'seen')}), qr/ERROR/, 'used');
	is($node->safe_psql($db, 'SELECT DISTINCT path, who, count(*) FROM crm.seen GROUP BY 1, 2'),
		'"their own path", crm|clerk|6', 'before and after ours');
};

$node->stop;
done_testing();
