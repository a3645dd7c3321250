# Four writers on three nodes, with a server that is stopped and started again meanwhile. Whatever they were told was done is there,
# once; what they derive is right; and what the history tells adds up to what there is.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{STORM_SEED} // int(rand(1_000_000));
my $seconds = $ENV{STORM_SECONDS} // 20;
diag "seed $seed, $seconds seconds: STORM_SEED and STORM_SECONDS choose others";

my $citus = Citus->new;
my $here = $FindBin::RealBin;
my $coordinator = $citus->{coordinator};
$citus->database('storm');
for my $customer (qw(a b))
{
	$citus->load('storm', "$here/schema.sql", schema => "customer_$customer");
	$citus->load('storm', "$here/customer.sql", schema => "customer_$customer", customer => $customer, deals => 200);
	$citus->run('coordinator', 'storm', "$here/distribute_schema.sql", schema => "customer_$customer");
}

# What the people do: each command is told in a table of its own customer, in the same transaction.
my $work = <<'BENCH';
\set customer random(1, 2)
\set deal random(1, 40)
\set other random(1, 40)
\set stage random(1, 3)
\set what random(1, 8)
\if :customer = 1
SET search_path = customer_a, opportunities, public;
\else
SET search_path = customer_b, opportunities, public;
\endif
BEGIN;
SET LOCAL opportunities.user_name = 'sara';
SELECT o.id AS id, s.id AS to_stage FROM opportunity AS o JOIN stage AS s ON s.pipeline_id = o.pipeline_id AND s.position = :stage WHERE o.title = 'Deal ' || :deal * 5 \gset
INSERT INTO activity (opportunity_id, kind, subject) VALUES (:id, 'storm', 'step');
\if :what <= 3
SELECT move((:id)::text, (:to_stage)::text);
\elif :what = 4
UPDATE opportunity SET amount = amount + :deal WHERE id = :id;
\elif :what = 5
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, description) VALUES (:id, :deal, 2.50, 'storm');
\elif :what = 6
UPDATE opportunity SET owner = 'omid', tags = tags || 'storm'::text WHERE id = :id;
\elif :what = 7
SELECT count(*) FROM bulk_edit('{"source": "fair"}', ids => ARRAY[(:id)::text]);
\else
SELECT issue_invoice(:id, confirm => true);
\endif
COMMIT;
BENCH
my $script = $coordinator->basedir . '/storm.bench';
append_to_file($script, $work);

# People at work, who come back where they lose their session.
my $until = time + $seconds;
my (%told, $done);
my @people = map {
	my $number = $_;
	my %bench = (out => '', err => '');
	my $command = [ 'pgbench', '--no-vacuum', '--client=1', '--max-tries=20', '--time=3', "--random-seed=$seed$number", '--file', $script,
		'-h', $coordinator->host, '-p', $coordinator->port, 'storm' ];
	$bench{start} = sub { @bench{qw(out err)} = ('', ''); $bench{run} = IPC::Run::start($command, '<', \undef, '>', \$bench{out}, '2>', \$bench{err}, IPC::Run::timeout(300)) };
	$bench{start}->();
	\%bench;
} 1 .. 4;
my $stopped = 0;
while (1)
{
	my $working = 0;
	for my $bench (@people)
	{
		next if !$bench->{run};
		$working++;
		next if $bench->{run}->pumpable && eval { $bench->{run}->pump_nb; 1 } && $bench->{run}->pumpable;
		$bench->{run}->finish;
		$done += $1 if $bench->{out} =~ /actually processed: (\d+)/;
		$told{ $_ =~ s/\d+/N/gr }++ for $bench->{err} =~ /(?:ERROR|FATAL|PANIC): +(.*)/g;
		delete $bench->{run};
		$bench->{start}->() if time < $until;
	}
	last if !$working;
	if (!$stopped && time > $until - $seconds / 2)
	{
		$citus->{worker1}->stop('immediate');
		sleep(1);
		$citus->{worker1}->start;
		$stopped = 1;
	}
	sleep(0.05);
}
diag "told $told{$_} times: $_" for sort keys %told;
my @unexpected = grep { !/terminating connection|could not serialize|deadlock|connection|server closed|not accepting|starting up|shutting down|essential|has (?:documents|lines)|is manual|row_busy|try again|meanwhile/i } sort keys %told;

# What was prepared on a server that went away is ended by Citus.
$coordinator->safe_psql('storm', 'SELECT recover_prepared_transactions()');
for my $customer (qw(a b))
{
	my $is = sub { $coordinator->safe_psql('storm', "SET search_path = customer_$customer, opportunities, public; $_[0]") };
	is($is->("SELECT code, object, row_id, problem FROM check_crm('customer_$customer')"), '', "customer $customer: check_crm finds nothing");
	is($is->(q{SELECT id FROM opportunity WHERE amount_mode = 'auto' AND amount <> (SELECT sum(net) FROM opportunity_line WHERE opportunity_id = opportunity.id)}), '',
		"customer $customer: amounts are the sums of the lines");
	is($is->(q{SELECT kind FROM document WHERE number IS NOT NULL GROUP BY kind HAVING max(number) <> count(*) OR count(DISTINCT number) <> count(*)}), '',
		"customer $customer: numbers have no gaps");
	is($is->(q{SELECT o.id FROM opportunity AS o JOIN LATERAL (SELECT new FROM change_log WHERE table_name = 'opportunity' AND field = 'stage_id' AND row_id = o.id::text ORDER BY id DESC LIMIT 1) AS c ON true
		WHERE c.new::text <> o.stage_id::text}), '', "customer $customer: the last change of a stage is the stage");
	is($is->(q{SELECT opportunity_id FROM (SELECT opportunity_id, from_stage_id, lag(to_stage_id) OVER (PARTITION BY opportunity_id ORDER BY id) AS before FROM stage_change) AS c WHERE before <> from_stage_id}), '',
		"customer $customer: each move begins where the last one led");
	is($is->(q{SELECT count(*) - count(DISTINCT (row_id, table_name, id)) FROM change_log}), 0, "customer $customer: nothing is told twice");
	is($is->(q{SELECT opportunity_count(t) = (SELECT count(*) FROM opportunity) AND t = (SELECT sum(s) FROM (SELECT stage_id, totals(amount, probability, realized_amount, currency) AS s FROM opportunity GROUP BY 1) AS g)
		FROM (SELECT totals(amount, probability, realized_amount, currency) AS t FROM opportunity) AS o}), 't', "customer $customer: totals add up");
}
my $steps = $coordinator->safe_psql('storm', join ' UNION ALL ', map { "SELECT count(*) FROM customer_$_.activity WHERE kind = 'storm'" } qw(a b));
my $kept = eval join '+', split /\n/, $steps;
diag "$done commands acknowledged, $kept kept";
cmp_ok($kept, '>=', $done, 'what was acknowledged is kept');
cmp_ok($done, '>', 20, 'people have worked');
is(join("\n", @unexpected), '', 'people were told of nothing else than lost sessions and retries');

$citus->stop;
done_testing();
