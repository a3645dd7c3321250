# empty_crm: in a database for tests a CRM that was used becomes, row for row, one that create_crm has just made; elsewhere
# nothing is lost, whatever says that it is for tests.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('empty');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-f', 'test/upgrade/fill.sql' ], 'CRMs that were used');

sub sql
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, "SET client_min_messages = warning; $sql");
}

# The error of a statement, or its output where there is none.
sub attempt
{
	my ($database, $sql) = @_;
	my ($status, $out, $problems) = $node->psql($database, "\\set VERBOSITY verbose\n$sql");
	my ($state, $message) = $problems =~ /ERROR: +(\w+): +(.*)/;
	my ($code) = $problems =~ /^CONSTRAINT NAME: +(.*)/m;
	return $status == 0 ? $out : join ' ', $state, $code // (), $message;
}

# All rows of a schema's tables, but for moments and transactions, and where each of its sequences is.
sub rows
{
	my ($database, $schema) = @_;
	return sql(
		$database, qq{
		CREATE FUNCTION pg_temp.everything() RETURNS TABLE (relation name, content text) LANGUAGE plpgsql AS \$\$
		BEGIN
			FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind IN ('r', 'p') LOOP
				RETURN QUERY EXECUTE format('SELECT %L::name, (to_jsonb(r) - ''{changed_at,transaction_id}''::text[])::text FROM $schema.%I AS r', relation, relation);
			END LOOP;
			FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = '$schema'::regnamespace AND relkind = 'S' LOOP
				RETURN QUERY EXECUTE format('SELECT %L::name, concat_ws('' '', last_value, is_called) FROM $schema.%I', relation, relation);
			END LOOP;
		END \$\$;
		SELECT * FROM pg_temp.everything() ORDER BY 1, 2});
}

sub mark
{
	my ($database, $name) = @_;
	return sql($database, "LOAD 'opportunities'; ALTER DATABASE $database SET opportunities.test_database = '" . ($name // $database) . "'");
}

# what a CRM is when it is new
sql('postgres', 'CREATE DATABASE new');
sql('new', q{
	CREATE EXTENSION opportunities; CREATE EXTENSION pg_trgm;
	SELECT opportunities.create_crm('crm', starter => true);
	SELECT opportunities.create_crm('bare');
	SET opportunities.tenant = 'acme';
	SELECT opportunities.create_crm('shared', tenant => true, starter => true)});

# Where a database isn't said to be for tests nothing is lost; it is, where it has its own name.
my $nothing = 'SELECT count(*) = 600 FROM crm.opportunity WHERE title LIKE \'Deal%\'';
my $refused = '55000 not_test_database database "company" is not one for tests';
my $no_truncate = '0A000 truncate_refused table "opportunity" holds rows and cannot be truncated';
my %said = (
	'nothing' => '',
	'a session' => q{SET opportunities.test_database = 'company';},
	'a transaction' => q{BEGIN; SET LOCAL opportunities.test_database = 'company';});
for my $who (sort keys %said)
{
	is(attempt('company', "$said{$who} SELECT opportunities.empty_crm('crm')"), $refused, "$who says so: refused");
	is(attempt('company', "$said{$who} TRUNCATE crm.opportunity CASCADE"), $no_truncate, "$who says so: no TRUNCATE");
}
{
	local $ENV{PGOPTIONS} = '-c opportunities.test_database=company';
	is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $refused, 'a client says so: refused');
}
sql('company', q{LOAD 'opportunities'; SELECT format('ALTER ROLE %I SET opportunities.test_database = company', current_user) \gexec});
is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $refused, 'a role says so: refused');
sql('company', q{LOAD 'opportunities'; SELECT format('ALTER ROLE %I IN DATABASE company SET opportunities.test_database = company', current_user) \gexec});
is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $refused, 'a role in the database: refused');
sql('company', q{SELECT format('ALTER ROLE %I RESET ALL', current_user), format('ALTER ROLE %I IN DATABASE company RESET ALL', current_user) \gexec});
mark('company', 'another');
is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $refused, 'another name: refused');
mark('company', '');
is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $refused, 'an empty name: refused');

# The name doesn't go where rows go: to a copy, a database of another name, a dump.
mark('company');
sql('postgres', 'CREATE DATABASE copy TEMPLATE company');
is(attempt('copy', q{SELECT opportunities.empty_crm('crm')}), $refused =~ s/company/copy/r, 'a copy: refused');
my $dump = $node->basedir . '/company.sql';
command_ok([ 'pg_dump', '--file', $dump, $node->connstr('company') ], 'dumped');
sql('postgres', 'CREATE DATABASE production');
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('production'), '-f', $dump ], 'and restored');
is(attempt('production', q{SELECT opportunities.empty_crm('crm')}), $refused =~ s/company/production/r, 'a dump: refused');
sql('postgres', 'ALTER DATABASE company RENAME TO renamed');
is(attempt('renamed', q{SELECT opportunities.empty_crm('crm')}), $refused =~ s/company/renamed/r, 'another name of the database: refused');
is(attempt('renamed', 'TRUNCATE crm.opportunity CASCADE'), $no_truncate, 'and no TRUNCATE');
is(sql($_, $nothing), 't', "$_: nothing is lost") for qw(renamed copy production);
sql('postgres', 'ALTER DATABASE renamed RENAME TO company');

# A dump with the database itself has it, for a database of that name, as it has the rows.
my ($whole) = run_command([ 'pg_dump', '--create', '--schema-only', $node->connstr('company') ]);
like($whole, qr/^ALTER DATABASE company SET "opportunities.test_database" TO 'company';$/m, 'a dump of the database as such keeps it');

# Who doesn't own the tables empties nothing.
sql('company', 'CREATE ROLE helper LOGIN; GRANT ALL ON SCHEMA crm TO helper; GRANT ALL ON ALL TABLES IN SCHEMA crm TO helper');
like(attempt('company', q{SET ROLE helper; SELECT opportunities.empty_crm('crm')}), qr/^42501 not_owner must be owner/, 'another role: refused');

# Tables of one's own that refer to the CRM must be empty, whatever they refer by; empty ones are nothing in the way.
sql('company', q{
	CREATE TABLE own."a ""b"", c" (id int PRIMARY KEY, opportunity_id bigint REFERENCES crm.opportunity);
	CREATE TABLE own.beyond (id int, a int REFERENCES own."a ""b"", c");
	CREATE TABLE own.parts (id int, pipeline_id bigint REFERENCES crm.pipeline) PARTITION BY RANGE (id);
	CREATE TABLE own.part PARTITION OF own.parts FOR VALUES FROM (0) TO (10);
	ALTER TABLE own.beyond ENABLE ROW LEVEL SECURITY;
	INSERT INTO own.beyond (id) VALUES (1); INSERT INTO own.parts (id) VALUES (1)});
my $held = '2BP01 still_referred_to tables that refer to those of schema "crm" hold rows';
is(attempt('company', q{SELECT opportunities.empty_crm('crm')}), $held, 'tables that refer to it and hold rows: refused');
like(($node->psql('company', q{SELECT opportunities.empty_crm('crm')}))[2], qr/DETAIL:  They are not part of the CRM: own\.beyond, own\.parts\.\nHINT:  Empty them first: TRUNCATE own\.beyond, own\.parts;/, 'by name');
sql('company', 'TRUNCATE own.beyond, own.parts');
sql('company', q{ALTER SCHEMA own OWNER TO helper; ALTER TABLE own.beyond OWNER TO helper; ALTER TABLE own.beyond FORCE ROW LEVEL SECURITY;
	INSERT INTO own.beyond (id) VALUES (1); ALTER SCHEMA crm OWNER TO helper; GRANT ALL ON ALL TABLES IN SCHEMA own TO helper});
sql('company', q{SELECT format('ALTER TABLE %s OWNER TO helper', oid::regclass) FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' \gexec});
like(attempt('company', q{SET ROLE helper; SELECT opportunities.empty_crm('crm')}), qr/^42501 query would be affected by row-level security/, 'rows that one cannot see are not lost');
sql('company', 'TRUNCATE own.beyond');

# All rows go and numbers begin again, as in a new one; what people have added to it stays.
sql('company', q{
	ALTER TABLE crm.opportunity DROP COLUMN entered_by;
	UPDATE crm.calendar SET month_name = 'x' WHERE date = '2026-01-01'; DELETE FROM crm.calendar WHERE date = '2026-01-02'});
sql('company', q{SET opportunities.week_start = 'sunday'; SELECT opportunities.empty_crm('crm')});
isnt(rows('company', 'crm'), rows('new', 'crm'), 'emptied under other settings: as those are');
for my $round (1, 2)
{
	sql('company', q{SELECT opportunities.empty_crm('crm')});
	is(rows('company', 'crm'), rows('new', 'crm'), 'emptied: every row and number is that of a new one');
	sql('company', q{INSERT INTO crm.opportunity (pipeline_id, stage_id, title) VALUES (1, 2, 'Stamped'); INSERT INTO crm.account (name) VALUES ('x')});
	is(sql('company', 'SELECT id, description LIKE \'% by %\' FROM crm.opportunity'), '1|t', 'with the owner\'s own triggers');
}
is(sql('company', q{SELECT code, object, problem FROM opportunities.check_crm('crm')}), '', 'and nothing wrong');
is(sql('company', q{SELECT oid::regclass FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' AND NOT EXISTS (
	SELECT FROM aclexplode(relacl) WHERE grantee = 'seller'::regrole)}), '', 'and rights as they were');
sql('company', q{SELECT opportunities.empty_crm('crm', starter => false)});
is(rows('company', 'crm'), rows('new', 'bare'), 'and without the starter');

# One session: days that a test wrote go, those that nobody wrote aren't written anew, and saved filters are forgotten.
is( sql('company', q{
	CREATE FUNCTION pg_temp.file() RETURNS oid LANGUAGE sql AS $$SELECT relfilenode FROM pg_class WHERE oid = 'crm.calendar'::regclass$$;
	CREATE TEMP TABLE said (line text);
	DO $do$
	DECLARE
		before oid;
	BEGIN
		PERFORM opportunities.empty_crm('crm');
		COMMIT;
		before := pg_temp.file();
		PERFORM opportunities.save_filter('hot', '{"rules": []}', true, 'crm.opportunity');
		COMMIT;
		PERFORM FROM crm.opportunity AS o WHERE opportunities.matches(o, 'hot');
		PERFORM opportunities.empty_crm('crm');
		INSERT INTO said VALUES (format('kept: %s', before = pg_temp.file()));
		BEGIN
			PERFORM FROM crm.opportunity AS o WHERE opportunities.matches(o, 'hot');
		EXCEPTION WHEN others THEN
			INSERT INTO said VALUES (SQLERRM);
		END;
		COMMIT;
		UPDATE crm.calendar SET month_name = 'x' WHERE date = '2026-01-01';
		COMMIT;
		PERFORM opportunities.empty_crm('crm');
		INSERT INTO said VALUES (format('kept: %s', before = pg_temp.file()));
		COMMIT;
		PERFORM set_config('opportunities.fiscal_year_start', '4', false);
		PERFORM opportunities.empty_crm('crm');
		INSERT INTO said SELECT 'FY from ' || min(date) FROM crm.calendar WHERE fiscal_year = 2027;
		COMMIT;
	END $do$;
	SELECT line FROM said}),
	qq{kept: t\nfilter "hot" does not exist\nkept: f\nFY from 2027-04-01}, 'the calendar and the filters of one session');

# Tenants: all of them go, and the starter is the current one's.
like(attempt('company', q{SELECT opportunities.empty_crm('shared')}), qr/^55000 tenant_unset/, 'with tenants the starter needs one');
sql('company', q{SET opportunities.tenant = 'acme'; SELECT opportunities.empty_crm('shared')});
is(rows('company', 'shared'), rows('new', 'shared'), 'with tenants: as a new one');
sql('company', q{SELECT opportunities.empty_crm('shared', starter => false)});
is(sql('company', 'SELECT count(*) FROM shared.pipeline'), '0', 'or without the starter');

# Filters alone, beside a CRM that isn't ours.
sql('company', q{SELECT opportunities.empty_crm('legacy')});
is(sql('company', 'SELECT (SELECT count(*) FROM legacy.saved_filter), (SELECT count(*) FROM legacy.deals)'), '0|50', 'filters alone: they go, what they are for stays');

# Where there is nothing to empty.
is(attempt('company', $_->[0]), $_->[1], $_->[1]) for (
	[ q{SELECT opportunities.empty_crm('own')}, '42P01 crm_missing schema "own" has no table of a CRM' ],
	[ q{SELECT opportunities.empty_crm('nowhere')}, '3F000 unknown_schema schema "nowhere" does not exist' ],
	[ q{SELECT opportunities.empty_crm(NULL)}, '22004 argument_missing schema must not be null' ]);

# What test runners do of their own accord: TRUNCATE goes, in a database for tests alone, and the partitions of one's own go along.
sql('company', q{
	SELECT opportunities.empty_crm('crm');
	INSERT INTO crm.opportunity (pipeline_id, title) VALUES (1, 'One');
	TRUNCATE crm.opportunity, crm.activity, crm.opportunity_line, crm.document, crm.document_line, crm.payment, own."a ""b"", c", own.beyond});
is(sql('company', 'SELECT count(*) FROM crm.opportunity'), '0', 'TRUNCATE goes where nothing is to be kept');

# Tables that their owner has partitioned are emptied whole, and are no others that refer to it.
sql('company', q{
	ALTER TABLE crm.activity RENAME TO plain;
	CREATE TABLE crm.activity (LIKE crm.plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
		FOREIGN KEY (opportunity_id) REFERENCES crm.opportunity (id)) PARTITION BY RANGE (opportunity_id);
	CREATE TABLE crm.activity_1 PARTITION OF crm.activity FOR VALUES FROM (0) TO (10);
	INSERT INTO crm.opportunity (pipeline_id, title) SELECT id, 'Two' FROM crm.pipeline;
	INSERT INTO crm.activity (id, opportunity_id, kind, created_at, created_by, updated_at, updated_by) SELECT 1, id, 'call', now(), '', now(), '' FROM crm.opportunity;
	SELECT opportunities.empty_crm('crm')});
is(sql('company', 'SELECT count(*) FROM crm.activity_1'), '0', 'and so are partitions');

# Rollups answer on, of the rows that there are then.
sql('company', q{
	SELECT opportunities.create_rollup('crm.opportunity');
	INSERT INTO crm.opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 1, 'Before', 5);
	SELECT opportunities.empty_crm('crm');
	INSERT INTO crm.opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 1, 'After', 7)});
is(sql('company', q{SELECT * FROM opportunities.check_rollup('crm.opportunity'); SELECT sum(final_total) FROM opportunities.board('crm.opportunity')}), '7', 'rollups are used, and right');

$node->stop;
done_testing();
