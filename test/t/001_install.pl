# Who can install the extension, and what a planted schema does.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->start;

$node->safe_psql(
	'postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE planter LOGIN;
	CREATE DATABASE owned OWNER owner;
	CREATE DATABASE planted OWNER owner;
});
sub as
{
	my ($role, $database, $sql) = @_;
	my ($status, $out, $err) =
	  $node->psql($database, $sql, extra_params => [ '-U', $role ]);
	return ($status, $out, $err);
}

subtest 'the owner of a database installs and uses it without being superuser' => sub {
	my ($status, $out, $err) = as('owner', 'owned', 'CREATE EXTENSION opportunities CASCADE');
	is($status, 0, 'installed') or diag $err;
	is((as('owner', 'owned', 'SELECT opportunities.me()'))[1], 'owner', 'the owner uses it');
	is((as('planter', 'owned', 'SELECT opportunities.me()'))[1], 'planter', 'so does anybody');

	my $superuser = q{(SELECT rolname FROM pg_roles WHERE oid = 10)};
	is( $node->safe_psql(
			'owned', "SELECT nspowner::regrole::text = $superuser FROM pg_namespace WHERE nspname = 'opportunities'"),
		't', 'the schema belongs to the bootstrap superuser');
	($status, $out, $err) = as('owner', 'owned', 'CREATE FUNCTION opportunities.planted() RETURNS int LANGUAGE sql RETURN 1');
	like($err, qr/permission denied for schema opportunities/, 'nobody adds to it');

	is((as('owner', 'owned', 'DROP EXTENSION opportunities'))[0], 0, 'the owner drops it');
	is($node->safe_psql('owned', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'opportunities'}),
		'0', 'and its schema is gone');
};

subtest 'a schema that is there already is not adopted' => sub {
	$node->safe_psql('planted', 'GRANT CREATE ON DATABASE planted TO planter');
	is( (   as( 'planter', 'planted', q{
				CREATE SCHEMA opportunities;
				CREATE FUNCTION opportunities.me() RETURNS text LANGUAGE sql AS $$SELECT 'planted'$$;}))[0],
		0, 'planted');
	my ($status, $out, $err) = as('owner', 'planted', 'CREATE EXTENSION opportunities CASCADE');
	like($err, qr/schema "opportunities" already exists/, 'the owner is told');
	is($node->safe_psql('planted', q{SELECT count(*) FROM pg_extension WHERE extname = 'opportunities'}),
		'0', 'nothing is installed');
	is( $node->safe_psql(
			'planted', q{
			SELECT string_agg(proname || ' of ' || proowner::regrole, ', ') FROM pg_proc
			WHERE pronamespace = 'opportunities'::regnamespace}),
		'me of planter', 'nothing is added to the schema');
	is( $node->safe_psql(
			'planted', q{SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid NOT IN (SELECT oid FROM pg_extension)}),
		'0', 'nothing is a member');
};

$node->stop;
done_testing();
