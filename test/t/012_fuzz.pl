# Trigger functions on tables of every shape, a CRM that its owner altered, and every function with whatever its arguments
# take: nothing but clear errors. FUZZ_SECONDS makes it longer, FUZZ_SEED chooses what it tries, FUZZ_SET sets a setting.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $seconds = $ENV{FUZZ_SECONDS};
my $seed = $ENV{FUZZ_SEED} // ($seconds ? int(rand(1_000_000)) : 1);
my $set = $ENV{FUZZ_SET} ? "SET $ENV{FUZZ_SET}" : '';
my $chunk = 20;
note "seed $seed";
srand $seed;

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nrestart_after_crash = on\nmax_locks_per_transaction = 256");
$node->start;
my ($setup, undef, $problem) = $node->psql('postgres', '\i test/fuzz/setup.sql', on_error_stop => 1, extra_params => ['-q']);
is($setup, 0, 'there is a CRM, and what fuzzes it') or BAIL_OUT($problem);

my %counts;

# Some steps; gives what they found: a crash, an internal error, or that they take minutes.
sub fuzz
{
	my ($first, $last, $tell) = @_;
	my ($status, undef, $messages) = $node->psql('postgres',
		"SET client_min_messages = warning; $set; SET statement_timeout = '30min'; SET fuzz.tell = $tell; CALL fuzz.round($seed, $first, $last)",
		extra_params => ['-q']);
	if ($messages =~ s/^.*counts: (.*)\n?//m)
	{
		my $tally = $1;
		$counts{$2} += $1 while $tally =~ /(\d+) (\w+)/g;
	}
	return $status == 0 && $messages !~ /FINDING/ ? '' : $messages;
}

# The last commands before a crash, and what the server said then.
sub last_words
{
	$node->poll_query_until('postgres', 'SELECT true');
	my $log = slurp_file($node->logfile);
	my @commands = $log =~ /LOG:  fuzz: ((?!refused|step).*)/g;
	my ($words) = $log =~ /.*(^[^\n]*(?:TRAP: |runtime error: |AddressSanitizer).*)/ms;
	return join "\n", @commands[ -3 .. -1 ], substr $words // '', 0, 5000;
}

my $step = 0;
my $end = time + ($seconds // 0);
my $found = 0;
while ($step < 300 || time < $end)
{
	my $problem = fuzz($step + 1, $step + $chunk, 'off');
	if ($problem ne '')
	{
		$found++;
		diag "seed $seed, steps " . ($step + 1) . " to " . ($step + $chunk) . ": $problem";
		if ($problem =~ /server closed/)
		{
			$node->poll_query_until('postgres', 'SELECT true');
			fuzz($step + 1, $step + $chunk, 'on');
			diag last_words();
		}
	}
	$step += $chunk;
}
is($found, 0, 'trigger functions and calls give nothing but clear errors');
note "$step steps: " . join ', ', map { "$counts{$_} $_" } sort keys %counts;
cmp_ok($counts{triggers}, '>', $step / 4, 'triggers were made');
cmp_ok($counts{done}, '>', $counts{refused} / 3, 'and not everything is refused');

# The binary form of totals, some bytes of it others.
my $file = $node->basedir . '/totals.bin';
$node->safe_psql('postgres', "COPY (SELECT t FROM fuzz.numbers LIMIT 1) TO '$file' (FORMAT binary); CREATE TABLE fuzz.garbage (t opportunities.totals)");
my $bytes = slurp_file($file);
my ($read, $refused) = (0, 0);
for (1 .. ($seconds ? 20 * $seconds / 60 : 40))
{
	my $garbage = $bytes;
	for (1 .. 1 + int rand 3)
	{
		# (behind the header and the length, mostly)
		my $at = (rand() < 0.1 ? 0 : 25) + int rand(length($garbage) - 27);
		my $length = int rand 3;
		substr $garbage, $at, $length, join '', map { chr int rand(rand() < 0.5 ? 256 : 4) } 1 .. (rand() < 0.8 ? $length : int rand 3);
	}
	open my $handle, '>:raw', $file or die;
	print $handle $garbage;
	close $handle;
	my ($status, undef, $message) =
	  $node->psql('postgres', "COPY fuzz.garbage FROM '$file' (FORMAT binary); SELECT opportunities.sum(t)::jsonb, opportunities.sum(t)::text FROM fuzz.garbage; TRUNCATE fuzz.garbage", on_error_stop => 1);
	$status == 0 ? $read++ : $refused++;
	fail("seed $seed: $message") if $status == 2 || $message =~ /server closed|internal error|XX000/;
}
note "binary forms: $read read, $refused refused";
ok($read > 0 && $refused > 0, 'other bytes are read or refused');

unlike(slurp_file($node->logfile), qr/terminated by signal|TRAP: |AddressSanitizer|runtime error: /, 'the server never crashed');
$node->stop;
done_testing();
