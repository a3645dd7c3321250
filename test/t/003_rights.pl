# The caller's rights: nothing planted runs, a user's own triggers keep their path, row security holds.
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

	# without a right to the stages the rules still hold
	as('boss', 'REVOKE SELECT ON crm.stage FROM clerk');
	is(as('clerk', q{UPDATE crm.opportunity SET stage_id = 5 WHERE title = 'On top' RETURNING closed_at IS NOT NULL, owner}),
		't|clerk', 'a rule reads the stages as the owner of the table');
	like(as('clerk', q{UPDATE crm.opportunity SET stage_id = 77 WHERE title = 'On top'}), qr/ERROR/, 'and refuses');
	like(as('clerk', q{SELECT * FROM opportunities.board('crm.opportunity')}), qr/permission denied for table stage/,
		'but a query is the caller\'s');
	as('boss', 'GRANT SELECT ON crm.stage TO clerk');
};

subtest 'nothing planted on the search_path is run' => sub {
	as( 'boss', q{
		DROP POLICY own ON crm.opportunity; ALTER TABLE crm.opportunity DISABLE ROW LEVEL SECURITY;});
	$node->safe_psql($db, 'CREATE SCHEMA trap AUTHORIZATION stranger; GRANT USAGE ON SCHEMA trap TO PUBLIC');
	my $planted = as(
		'stranger', q{
		CREATE TABLE trap.caught (who text, what text);
		GRANT INSERT ON trap.caught TO PUBLIC;
		CREATE FUNCTION trap.spring(what text) RETURNS text LANGUAGE plpgsql AS
			$$BEGIN INSERT INTO trap.caught VALUES (current_user, what); RETURN what; END$$;
		DO $do$
		DECLARE
			f record;
		BEGIN
			-- every operator and function name that a careless query could pick up, for every type that we compare
			FOR f IN SELECT DISTINCT o.oprname AS op, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r
				FROM pg_operator AS o WHERE o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '||', '->>', '->', '-', '+', '*', '~~', '~')
				AND o.oprleft <> 0 AND o.oprleft::regtype::text !~ '^(any|internal|reg|pg_)' AND o.oprright::regtype::text !~ '^(any|internal|reg|pg_)'
			LOOP
				BEGIN
					EXECUTE format('CREATE FUNCTION trap.o(a %s, b %s) RETURNS %s LANGUAGE plpgsql AS %L', f.l, f.r,
						CASE WHEN f.op IN ('||', '->>', '->', '-', '+', '*') THEN 'text' ELSE 'boolean' END,
						'BEGIN PERFORM trap.spring(' || quote_literal(f.op || f.l) || '); RETURN NULL; END');
				EXCEPTION WHEN duplicate_function THEN NULL;
				END;
				EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.o)', f.op, f.l, f.r);
			END LOOP;
			FOR f IN SELECT DISTINCT proname, pg_get_function_identity_arguments(oid) AS args FROM pg_proc
				WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND pronargs BETWEEN 1 AND 2
				AND proname IN ('lower', 'upper', 'now', 'to_jsonb', 'jsonb_typeof', 'btrim', 'length', 'format', 'quote_ident', 'text', 'coalesce', 'date', 'int8', 'numeric')
				AND pg_get_function_identity_arguments(oid) !~ 'any|internal|cstring'
			LOOP
				EXECUTE format('CREATE FUNCTION trap.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', f.proname, f.args,
					'BEGIN RETURN trap.spring(' || quote_literal(f.proname) || '); END');
			END LOOP;
		END
		$do$;
		CREATE TABLE trap.stage (id bigint, name text, position int, kind text);
		CREATE TABLE trap.opportunity (id bigint, stage_id bigint, amount numeric, probability numeric);
		CREATE TABLE trap.pg_class (x int);
		GRANT SELECT ON ALL TABLES IN SCHEMA trap TO PUBLIC;
	});
	unlike($planted, qr/ERROR/, 'planted');

	my $path = 'SET search_path = trap, pg_catalog, crm;';
	my $used = as(
		'boss', $path . q{
		SELECT opportunities.create_crm('crm2', starter => true);
		INSERT INTO crm2.account (name) VALUES ('A');
		INSERT INTO crm2.opportunity (pipeline_id, stage_id, account_id, title, owner, amount, closed_at, currency)
			VALUES (1, 1, 1, 'x', 'y', 1.0, NULL, 'EUR'), (1, 5, NULL, 'w', NULL, 2.0, NULL, NULL);
		UPDATE crm2.opportunity SET stage_id = 2, probability = 5.0;
		SELECT opportunities.board('crm2.opportunity', scope => '{"account.name": "A"}', lane_by => 'account_id', sort => '{-amount,title}',
			fields => '{title,state,stale,days_in_stage,custom.x,account.name,estimated_amount,closed_at}');
		SELECT opportunities.column_cards('crm2.opportunity', after => next, sort => '{-amount,title}')
			FROM opportunities.board('crm2.opportunity', cards => 1, sort => '{-amount,title}') WHERE next IS NOT NULL;
		SELECT opportunities.totals(amount, probability, realized_amount, currency)::jsonb FROM crm2.opportunity;
		SELECT opportunities.by_currency(opportunities.totals(amount, probability, realized_amount, currency)) FROM crm2.opportunity;
		SELECT opportunities.save_filter('Net', '{"combinator": "and", "rules": [{"field": "title", "operator": "contains", "value": "x"}]}',
			shared, relation => 'crm2.opportunity') FROM (VALUES (true), (false), (false)) AS v (shared);
		SELECT opportunities.filter_rules('Net', 'crm2.opportunity');
		UPDATE crm2.saved_filter SET description = 'x', definition = '{"combinator": "or", "rules": []}';
		DELETE FROM crm2.saved_filter;
		INSERT INTO crm2.custom_field (name) VALUES ('x');
		SELECT * FROM opportunities.check_crm('crm2');
	});
	unlike($used, qr/ERROR/, 'everything works under that path');
	is(as('stranger', 'SELECT string_agg(DISTINCT who || $$ ran $$ || what, $$, $$) FROM trap.caught'), '', 'and nothing planted ran');
	like(as('boss', $path . q{SELECT 1 = 1, 'a' || 'b'}), qr/^\|$/, 'while a query of the user\'s own would have run it');
};

subtest 'nothing planted in the schema of a CRM becomes part of it' => sub {
	$node->safe_psql($db, 'CREATE SCHEMA open AUTHORIZATION boss');
	as('boss', 'GRANT USAGE, CREATE ON SCHEMA open TO stranger');

	# operators and functions that fit better than those of the server where a definition leaves them room
	my $planted = as(
		'stranger', q{
		SET search_path = open;
		DO $do$
		DECLARE
			types text[] := '{smallint,integer,bigint,numeric,text,name,date,timestamptz,timestamp,interval,boolean,jsonb,"double precision"}';
			l text; r text; name text;
		BEGIN
			FOREACH l IN ARRAY types LOOP
				FOREACH name IN ARRAY '{btrim,round,sum,max,avg,bool_or,count,now}'::text[] LOOP
					EXECUTE format('CREATE FUNCTION %I(%s) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS %L', name, l, 'BEGIN RAISE ''planted''; END');
				END LOOP;
				FOREACH r IN ARRAY types LOOP
					FOREACH name IN ARRAY '{o,round}'::text[] LOOP
						EXECUTE format('CREATE FUNCTION %I(%s, %s) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS %L', name, l, r, 'BEGIN RAISE ''planted''; END');
					END LOOP;
					FOREACH name IN ARRAY '{=,<>,<,>,<=,>=,||,->>,->,-,+,*,/,~~}'::text[] LOOP
						EXECUTE format('CREATE OPERATOR %s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = o)', name, l, r);
					END LOOP;
				END LOOP;
			END LOOP;
		END
		$do$;
	});
	unlike($planted, qr/ERROR/, 'planted');
	unlike(as('boss', q{SELECT opportunities.create_crm('open', starter => true)}), qr/ERROR/, 'made');
	is($node->safe_psql(
			$db, q{
			SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) || ' by ' || pg_describe_object(d.refclassid, d.refobjid, 0)
			FROM pg_depend AS d
			WHERE d.classid <> 'pg_operator'::regclass
				AND (d.refclassid = 'pg_operator'::regclass AND d.refobjid IN (SELECT oid FROM pg_operator WHERE oprnamespace = 'open'::regnamespace)
				OR d.refclassid = 'pg_proc'::regclass AND d.refobjid IN (SELECT oid FROM pg_proc WHERE proowner = 'stranger'::regrole))}),
		'', 'nothing of it');
	$node->safe_psql($db, q{SET client_min_messages = error; DROP SCHEMA open CASCADE});
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
