# Many at once issue, confirm, return and void documents: no gap, no duplicate, no deadlock, at each isolation level.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('documents');
$node->init;
$node->append_conf('postgresql.conf', "deadlock_timeout = 100ms");
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm(starter => true);
	INSERT INTO crm.opportunity (pipeline_id, title, amount) SELECT 1, 'Deal ' || i, 10 * i FROM generate_series(1, 40) AS i;
	INSERT INTO crm.opportunity_line (opportunity_id, quantity, unit_price, tax_percent)
	SELECT o.id, n, 3.335, 9 FROM crm.opportunity AS o, generate_series(1, 3) AS n WHERE o.id % 2 = 0;
	ALTER DATABASE postgres SET search_path = crm, opportunities, public;
});

# Issued and confirmed in one go, or rolled back.
my $issue = q{
	\set o random(1, 40)
	\set undo random(1, 4)
	BEGIN;
	SELECT issue_invoice(:o, true);
	\if :undo = 1
	ROLLBACK;
	\else
	COMMIT;
	\endif
};

# Issued as a draft, edited, and confirmed by plain SQL; of some invoices a part is returned, and some returns are voided.
my $edit = q{
	\set o random(1, 40)
	\set undo random(1, 4)
	SELECT issue_invoice(:o) AS id \gset
	UPDATE document_line SET quantity = quantity + 1 WHERE document_id = :id;
	BEGIN;
	UPDATE document SET status = 'confirmed' WHERE id = :id;
	\if :undo = 1
	ROLLBACK;
	DELETE FROM document WHERE id = :id;
	\else
	COMMIT;
	SELECT issue_return(:id) AS back \gset
	UPDATE document_line SET quantity = 1 WHERE document_id = :back;
	UPDATE document SET status = 'confirmed' WHERE id = :back;
	\endif
	\if :undo = 2
	UPDATE document SET status = 'void' WHERE id = :back;
	\endif
};

# A quote, invoiced.
my $quote = q{
	\set o random(1, 40)
	SELECT issue_quote(:o, true) AS id \gset
	SELECT invoice_quote(:id, true);
};

for my $level ('read committed', 'repeatable read', 'serializable')
{
	my $transactions = $level eq 'read committed' ? 60 : 25;
	my $file = $level =~ s/ /_/r;

	$node->safe_psql('postgres', "ALTER DATABASE postgres SET default_transaction_isolation = '$level'");
	my @tries = $level eq 'read committed' ? () : ('--max-tries=1000');
	$node->pgbench(
		"--no-vacuum --client=8 --jobs=2 --transactions=$transactions @tries",
		0,
		[ qr{number of failed transactions: 0 } ],
		[ qr{^$} ],
		"$level: every transaction gets through",
		{
			"${file}_issue" => $issue,
			"${file}_edit" => $edit,
			"${file}_quote" => $quote,
		});

	is( $node->safe_psql(
			'postgres', q{SELECT string_agg(concat_ws(' ', kind, min = 1, max = count, distinct_numbers = count), ', ' ORDER BY kind)
			FROM (SELECT kind, min(number), max(number), count(*), count(DISTINCT number) AS distinct_numbers FROM document
				WHERE number IS NOT NULL GROUP BY kind) AS d}),
		'invoice t t t, quote t t t, return t t t',
		"$level: numbers from 1 on, without gap or duplicate");
	is( $node->safe_psql(
			'postgres', q{SELECT count(*) FROM opportunity AS o WHERE realized_amount IS DISTINCT FROM
			(SELECT coalesce(sum(CASE d.kind WHEN 'invoice' THEN l.net + l.tax WHEN 'return' THEN -l.net - l.tax END), 0)
			FROM document AS d JOIN document_line AS l ON l.document_id = d.id WHERE d.opportunity_id = o.id AND d.status = 'confirmed')}),
		'0', "$level: realized_amount is that of the lines");
	is($node->safe_psql('postgres', q{SELECT code, object, row_id, problem FROM check_crm()}), '', "$level: nothing got past the triggers");
}
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'no deadlock');

# A transaction that confirmed and stays open holds up who confirms, for as long as the two timeouts let it.
$node->safe_psql('postgres', q{
	CREATE ROLE forgetful LOGIN SUPERUSER;
	ALTER ROLE forgetful SET idle_in_transaction_session_timeout = '2s';});
my $forgetful = IPC::Run::start(
	[ 'psql', '-XAtq', $node->connstr('postgres') . ' user=forgetful', '-c', 'BEGIN', '-c', 'SELECT issue_invoice(2, true)', '-f', '-' ],
	'<', \my $nothing, '>', \my $out, '2>', \my $err, IPC::Run::timeout(60));
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'forgetful' AND state = 'idle in transaction'})
	or die 'nobody forgets a transaction';
my $before = $node->safe_psql('postgres', q{SELECT max(number) FROM document WHERE kind = 'invoice'});
my (undef, undef, $refused) = $node->psql('postgres', q{SET lock_timeout = '100ms'; SELECT issue_invoice(4, true)});
like($refused, qr/canceling statement due to lock timeout/, 'who waits for a number gives up after lock_timeout');
$node->safe_psql('postgres', 'SELECT issue_invoice(4, true)');
is($node->safe_psql('postgres', q{SELECT max(number) FROM document WHERE kind = 'invoice'}), $before + 1,
	'an open transaction ends by idle_in_transaction_session_timeout, and its number is the next one\'s');
$forgetful->kill_kill;

$node->stop;
done_testing();
