# Who can install the extension, what is left when it goes, and what a planted schema does.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->start;

my @schemas = qw(opportunities opportunities_internal);
my $present = q{SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'opportunities%'};
$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE planter LOGIN;
	CREATE DATABASE owned OWNER owner;
});
sub as
{
	my ($role, $database, $sql) = @_;
	my ($status, $out, $err) =
	  $node->psql($database, $sql, extra_params => [ '-U', $role ]);
	return ($status, $out, $err);
}

subtest 'the owner of a database installs and uses it without being superuser' => sub {
	my ($status, $out, $err) = as('owner', 'owned', q{
		CREATE SCHEMA first;
		SET search_path = first, public;
		CREATE EXTENSION opportunities CASCADE});
	is($status, 0, 'installed') or diag $err;
	is((as('owner', 'owned', 'SELECT opportunities.me()'))[1], 'owner', 'the owner uses it');
	is((as('planter', 'owned', 'SELECT opportunities.me()'))[1], 'planter', 'so does anybody');
	is((as('planter', 'owned', q{SELECT '(1,2,1,0)'::opportunities.totals OPERATOR(opportunities.+) '(1,3,1,0)'}))[1],
		'(2,5,2,0)', 'with what stands behind');
	is((as('owner', 'owned', q{DROP SCHEMA first}))[0], 0, 'it needs no schema that was first on the path');

	is( (as('owner', 'owned', q{SELECT opportunities.me(); SELECT version FROM pg_get_loaded_modules() WHERE module_name = 'opportunities'}))[1],
		(as('owner', 'owned', q{SELECT opportunities.me(); SELECT extversion FROM pg_extension WHERE extname = 'opportunities'}))[1], 'the library says its version')
	  if $node->pg_version >= 18;

	my $superuser = q{(SELECT rolname FROM pg_roles WHERE oid = 10)};
	for my $schema (@schemas)
	{
		is( $node->safe_psql(
				'owned', "SELECT nspowner::regrole::text = $superuser FROM pg_namespace WHERE nspname = '$schema'"),
			't', "$schema belongs to the bootstrap superuser");
		for my $role ('owner', 'planter')
		{
			($status, $out, $err) = as($role, 'owned', "CREATE FUNCTION $schema.planted() RETURNS int LANGUAGE sql RETURN 1");
			like($err, qr/permission denied for schema $schema/, "$role adds nothing to it");
			($status, $out, $err) = as($role, 'owned', "DROP SCHEMA $schema CASCADE");
			like($err, qr/must be owner of schema $schema/, 'nor drops it');
		}
	}
	is((as('owner', 'owned', 'DROP EXTENSION opportunities'))[0], 0, 'the owner drops it');
	is($node->safe_psql('owned', $present), '', 'and its schemas are gone');
	is($node->safe_psql('owned', q{SELECT 'public'::regnamespace}), 'public', 'but no other');
};

subtest 'who has no USAGE of what stands behind gets at none of it' => sub {
	$node->safe_psql('owned', q{
		CREATE EXTENSION opportunities;
		SELECT opportunities.create_crm();
		GRANT USAGE ON SCHEMA crm TO planter;
		GRANT SELECT, INSERT ON crm.account TO planter;
		GRANT SELECT ON crm.opportunity, crm.stage TO planter;
		GRANT CREATE, USAGE ON SCHEMA public TO planter;
		REVOKE USAGE ON SCHEMA opportunities_internal FROM PUBLIC});
	for my $sql (
		q{SELECT * FROM opportunities_internal.crm_definition()},
		q{SELECT opportunities_internal.totals_out('(1,1,1,1)')},
		q{CREATE TABLE t (id int); CREATE TRIGGER t BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key()},
		q{SELECT opportunities.report('crm.opportunity')})
	{
		like((as('planter', 'owned', $sql))[2], qr/permission denied for schema opportunities_internal/, $sql);
	}
	is((as('planter', 'owned', q{INSERT INTO crm.account (name) VALUES ('A') RETURNING name}))[1], 'A', 'triggers fire all the same');
	like((as('planter', 'owned', q{INSERT INTO crm.account (name) VALUES (repeat('A', 1000))}))[2], qr{past its limit}, 'each of them');
	is( (as('planter', 'owned', q{SELECT opportunities.sum(t) OPERATOR(opportunities.-) '(1,1,1,1)', max(t::jsonb ->> 'count')
			FROM (VALUES ('(1,1,1,1)'::opportunities.totals), ('(1,1,1,1)')) AS v (t)}))[1],
		'(1,1,1,1)|1', 'and values, aggregates, operators and casts are there');
};

for my $schema (@schemas)
{
	subtest "a schema $schema that is there already is not adopted" => sub {
		my $database = "planted_$schema";
		$node->safe_psql('postgres', "CREATE DATABASE $database OWNER owner; GRANT CREATE ON DATABASE $database TO planter");
		is( (   as( 'planter', $database, qq{
					CREATE SCHEMA $schema;
					CREATE FUNCTION $schema.me() RETURNS text LANGUAGE sql AS \$\$SELECT 'planted'\$\$;}))[0],
			0, 'planted');
		my ($status, $out, $err) = as('owner', $database, 'CREATE EXTENSION opportunities CASCADE');
		like($err, qr/schema "$schema" already exists/, 'the owner is told');
		is($node->safe_psql($database, q{SELECT count(*) FROM pg_extension WHERE extname = 'opportunities'}),
			'0', 'nothing is installed');
		is($node->safe_psql($database, $present), $schema, 'no schema is made');
		is( $node->safe_psql(
				$database, qq{
				SELECT string_agg(proname || ' of ' || proowner::regrole, ', ') FROM pg_proc
				WHERE pronamespace = '$schema'::regnamespace}),
			'me of planter', 'nothing is added to the schema');
		is( $node->safe_psql(
				$database, q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid NOT IN (SELECT oid FROM pg_extension)}),
			'0', 'nothing is a member');
	};
}

$node->stop;
done_testing();
