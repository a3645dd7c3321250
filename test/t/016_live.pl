# changes_since: without gaps under many writers, on a standby and after it, across prepared transactions, restored and copied
# databases; what it reads of a long history; and notifications.
use strict;
use warnings FATAL => 'all';
use Digest::SHA qw(sha256_hex);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off");
$primary->start;
$primary->safe_psql('postgres', q{
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm(starter => true);
	SELECT opportunities.notify_changes();
	INSERT INTO crm.opportunity (id, pipeline_id, stage_id, title) SELECT n, 1, 1, 'deal' FROM generate_series(1, 500) AS n});

# A cursor to begin with.
sub cursor
{
	my ($node, $database) = @_;
	return $node->safe_psql($database // 'postgres', q{SELECT opportunities.changes_since(NULL, 'crm.opportunity') ->> 'next'});
}

# What is told since a cursor, which is another one then.
sub live
{
	my ($node, $cursor, $database) = @_;
	my ($next, $changes) = split /\|/, $node->safe_psql($database // 'postgres', qq{
		SELECT a ->> 'next', (SELECT string_agg(concat_ws(' ', c ->> 'kind', c ->> 'id'), ', ' ORDER BY n) FROM jsonb_array_elements(a -> 'changes') WITH ORDINALITY AS t (c, n))
		FROM opportunities.changes_since('$$cursor', 'crm.opportunity') AS a}), -1;
	$$cursor = $next;
	return $changes // '';
}

# The code of the error that a cursor is.
sub code
{
	my ($node, $cursor, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // 'postgres',
		"\\set VERBOSITY verbose\nSELECT opportunities.changes_since('$cursor', 'crm.opportunity')");
	return $err =~ /^CONSTRAINT NAME:  (\w+)/m ? $1 : $err;
}

# People write at once, in long and short transactions, with parts that are rolled back, while a client follows in small pages.
my $seed = $ENV{LIVE_SEED} // int(rand(1_000_000));
diag "seed $seed: LIVE_SEED chooses another";
my $writer = $primary->basedir . '/writer.bench';
append_to_file($writer, q{
\set a random(101, 500)
\set b :a + 500 * random(0, 1)
\set sleep random(0, 40) * random(0, 1)
\set way random(1, 8)
BEGIN;
UPDATE crm.opportunity SET title = title || :way WHERE id = :a;
SELECT pg_sleep(:sleep / 1000.0);
SAVEPOINT s;
INSERT INTO crm.opportunity (id, pipeline_id, stage_id, title) VALUES (:b, 1, 1, 'new') ON CONFLICT (id) DO UPDATE SET stage_id = 1 + :way % 4;
\if :way < 3
ROLLBACK TO s;
\elif :way < 5
RELEASE s;
DELETE FROM crm.opportunity WHERE id = :b;
\elif :way < 7
UPDATE crm.opportunity SET position = position + :way WHERE id = :b;
\endif
SELECT pg_sleep(:sleep / 2000.0);
\if :way = 8
ROLLBACK;
\else
COMMIT;
\endif
});
$primary->safe_psql('postgres', q{
	CREATE TABLE mirror AS SELECT *, ''::text AS told FROM crm.opportunity WITH NO DATA;
	CREATE TABLE told (n bigint GENERATED ALWAYS AS IDENTITY, changes jsonb, writing boolean);
	CREATE PROCEDURE follow(begin_at text) LANGUAGE plpgsql AS $$
	DECLARE
		next text := begin_at;
		answer jsonb;
		writing boolean := true;
	BEGIN
		LOOP
			writing := writing AND NOT EXISTS (SELECT FROM pg_tables WHERE tablename = 'written');
			answer := opportunities.changes_since(next, 'crm.opportunity', 1 + (random() * 100)::int);
			COMMIT;
			EXIT WHEN NOT writing AND answer -> 'changes' = '[]';
			INSERT INTO told (changes, writing) VALUES (answer -> 'changes', writing);
			DELETE FROM mirror WHERE id IN (SELECT (c ->> 'id')::bigint FROM jsonb_array_elements(answer -> 'changes') AS c);
			INSERT INTO mirror SELECT o.*, c ->> 'kind' FROM crm.opportunity AS o
				JOIN jsonb_array_elements(answer -> 'changes') AS c ON o.id = (c ->> 'id')::bigint;
			next := answer ->> 'next';
			COMMIT;
		END LOOP;
	END $$});
my $begin = cursor($primary);
$primary->safe_psql('postgres', q{INSERT INTO mirror SELECT *, '' FROM crm.opportunity});
my ($in, $out, $err) = ('', '', '');
my $follow = IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('postgres'), '-c', "CALL follow('$begin')" ], '<', \$in, '>', \$out, '2>', \$err);
my ($bench) = run_command([ 'pgbench', '--no-vacuum', '--client', 8, '--time', 8, '--max-tries', 20, '--random-seed', $seed, '--file', $writer, '-d', $primary->connstr('postgres') ]);
$primary->safe_psql('postgres', 'CREATE TABLE written ()');
$follow->finish;
is($err, '', 'a client follows');
like($bench, qr/number of transactions actually processed: [1-9]\d{2}/, 'what many people write');
is($primary->safe_psql('postgres', q{SELECT count(*) FROM told WHERE writing AND changes <> '[]'}) > 20, 1, 'while they do');
my $difference = q{SELECT id FROM (TABLE crm.opportunity EXCEPT SELECT %1$s FROM mirror) AS a UNION SELECT id FROM (SELECT %1$s FROM mirror EXCEPT TABLE crm.opportunity) AS b};
my $columns = $primary->safe_psql('postgres', q{SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'crm.opportunity'::regclass AND attnum > 0});
is($primary->safe_psql('postgres', sprintf $difference, $columns), '', 'and has in the end what there is, row by row');

# A standby, with a long transaction that has more subtransactions than a snapshot holds.
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
my $long = $primary->background_psql('postgres');
$long->query_safe($_) for 'BEGIN', q{UPDATE crm.opportunity SET title = 'long' WHERE id = 1}, q{
	DO $$ BEGIN FOR i IN 2 .. 100 LOOP BEGIN UPDATE crm.opportunity SET title = 'long' WHERE id = i; EXCEPTION WHEN no_data_found THEN NULL; END; END LOOP; END $$};
my $changed = $primary->safe_psql('postgres', q{UPDATE crm.opportunity SET description = 'x' WHERE id = (SELECT max(id) FROM crm.opportunity) RETURNING id});
$primary->wait_for_catchup($standby);
my $there = cursor($standby);
my $here = cursor($primary);
$primary->safe_psql('postgres', "UPDATE crm.opportunity SET description = 'y' WHERE id = $changed");
$primary->wait_for_catchup($standby);
is(live($standby, \$there), "changed $changed", 'a standby tells what has committed');
my $before = $there;
$long->query_safe('COMMIT');
$long->quit;
my $all = join ', ', map { "changed $_" } split /\n/, $primary->safe_psql('postgres', q{SELECT id FROM crm.opportunity WHERE title = 'long' ORDER BY id::text COLLATE "C"});
$primary->wait_for_catchup($standby);
is(live($standby, \$there), $all, 'and a transaction that was running, with all of its parts, when it has');
is(live($standby, \$there), '', 'once');
is(live($primary, \$before), $all, 'a cursor of the standby is one of the primary');
is(live($standby, \$here) =~ s/changed $changed, |, changed $changed\b//r, $all, 'and the reverse');

# A standby that is behind the cursor.
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$standby->poll_query_until('postgres', q{SELECT pg_get_wal_replay_pause_state() = 'paused'});
$primary->safe_psql('postgres', "UPDATE crm.opportunity SET description = 'told' WHERE id = $changed");
is(live($primary, \$here), "changed $changed", 'the primary is ahead');
is(live($standby, \$here), '', 'of a standby, which has nothing to tell');
$primary->safe_psql('postgres', q{UPDATE crm.opportunity SET stage_id = 5 WHERE id = 1});
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$primary->wait_for_catchup($standby);
is(live($standby, \$here), 'moved 1', 'but what the cursor lacks');

# Two-phase commit.
my ($status, $stdout, $stderr) = $primary->psql('postgres', q{BEGIN; UPDATE crm.opportunity SET title = 'p' WHERE id = 1; PREPARE TRANSACTION 'p'});
like($stderr, qr/cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY/, 'two-phase commit is ruled out');
$primary->safe_psql('postgres', q{SELECT opportunities.notify_changes('crm', false)});
$primary->safe_psql('postgres', q{BEGIN; UPDATE crm.opportunity SET title = 'p' WHERE id = 1; PREPARE TRANSACTION 'p'});
my $prepared = cursor($primary);
is(live($primary, \$prepared), '', 'but where nobody is notified: what is prepared is not told');
$primary->safe_psql('postgres', q{COMMIT PREPARED 'p'});
is(live($primary, \$prepared), 'changed 1', 'until it is committed');
$primary->safe_psql('postgres', q{SELECT opportunities.notify_changes()});

# Other databases and servers.
my $old = cursor($primary);
my $dump = $primary->basedir . '/crm.dump';
$primary->safe_psql('postgres', 'DROP TABLE told, mirror; DROP PROCEDURE follow');
command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $primary->connstr('postgres') ], 'a dump');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE template1');
command_ok([ 'pg_restore', '-d', $primary->connstr('restored'), $dump ], 'is restored');
is(code($primary, $old, 'restored'), 'changes_unknown', 'whose changes an old cursor does not know');
is($primary->safe_psql('restored', q{SELECT code FROM opportunities.check_crm() WHERE object LIKE '%change_log%'}), '', 'with notifications');
my $new = cursor($primary, 'restored');
$primary->safe_psql('restored', q{UPDATE crm.opportunity SET title = 'r' WHERE id = 1});
is(live($primary, \$new, 'restored'), 'changed 1', 'but a new one does');
$primary->safe_psql('template1', q{DROP DATABASE copied});
$primary->safe_psql('template1', q{CREATE DATABASE copied TEMPLATE postgres});
is(code($primary, $old, 'copied'), 'changes_unknown', 'a copy has another history');
$primary->wait_for_catchup($standby);
$standby->promote;
is(code($standby, $old), 'changes_unknown', 'and so has a standby that has become a primary');
is(code($primary, $old), '', 'the server itself has its own');
$standby->stop;

# Who listens hears the digest of a tenant, and never its name, whoever writes.
$primary->safe_psql('postgres', q{SELECT opportunities.create_crm('shared', tenant => true); SELECT opportunities.notify_changes('shared')});
my $heard = $primary->safe_psql('postgres', q{
	LISTEN opportunities;
	SET opportunities.tenant = 'acme';
	INSERT INTO shared.account (name) VALUES ('x'), ('y');
	INSERT INTO shared.account (tenant_id, name) VALUES ('acme', 'x'), ('other', 'y'), ('acme', 'z'), ('شرکت', 'w');
	UPDATE shared.account SET name = name || '!'});
my ($acme, $other, $persian) = map { sha256_hex($_) } 'acme', 'other', 'شرکت';
my @payloads = map { qq({"schema": "shared", "table": "account", "tenant": "$_"}) } $acme, $acme, $other, $persian, $acme, $other, $persian;
is(join("\n", $heard =~ /payload "(.*)" received/g), join("\n", @payloads), 'the tenants whose rows a transaction wrote');

# A page reads what it tells, whatever the history has.
$primary->safe_psql('postgres', q{
	SELECT opportunities.notify_changes('crm', false);
	INSERT INTO crm.change_log (table_name, row_id, changed_at, changed_by, transaction_id, action, field)
	SELECT CASE WHEN n % 4 = 0 THEN 'account' ELSE 'opportunity' END, n % 50000, now() - interval '1 year', 'x', 3 + n % 500, 'update', 'title' FROM generate_series(1, 1000000) AS n;
	SELECT opportunities.notify_changes();
	ANALYZE crm.change_log});
my $last = cursor($primary);
$primary->safe_psql('postgres', q{
	UPDATE crm.opportunity SET title = 'few' WHERE id BETWEEN 1 AND 20;
	UPDATE crm.opportunity SET title = 'many', description = 'many', campaign = 'many' WHERE id > 20});
my $read = q{
	BEGIN;
	SELECT opportunities.changes_since('%s', 'crm.opportunity', %d) ->> 'next';
	SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = 'crm.change_log'::regclass;
	COMMIT};
my $rows = 0;
for (1 .. 3)
{
	($last, my $count) = split /\n/, $primary->safe_psql('postgres', sprintf $read, $last, 10);
	$rows = $count if $count > $rows;
}
cmp_ok($rows, '<', 60, "a page of 10 read at most $rows of a million entries");

$primary->stop;
done_testing();
