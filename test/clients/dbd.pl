# Perl's DBI: what it finds of tables, columns, keys and comments, and values in prepared statements.
use strict;
use warnings FATAL => 'all';
use utf8;
use DBI;
use Test::More;

my $dbh = DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintError => 0, pg_server_prepare => 1, PrintWarn => 0 });
$dbh->do('SET client_min_messages = warning');
open my $file, '<:encoding(UTF-8)', 'test/clients/crm.sql' or die $!;
$dbh->do(do { local $/; <$file> });

# tables, views and columns with their comments
my $tables = $dbh->table_info(undef, 'crm', '%', 'TABLE,VIEW')->fetchall_hashref('TABLE_NAME');
ok($tables->{$_}, "table_info: $_") for qw(opportunity stage bi_opportunity bi_line bi_stage_history calendar);
is(join(' ', grep { !$tables->{$_}{REMARKS} } sort keys %$tables), '', 'every table and view has a comment');
is($tables->{bi_opportunity}{TABLE_TYPE}, 'VIEW', 'a view is one');
for my $table (sort keys %$tables)
{
	my $columns = $dbh->column_info(undef, 'crm', $table, '%')->fetchall_hashref('COLUMN_NAME');
	is(join(' ', grep { !$columns->{$_}{REMARKS} } sort keys %$columns), '', "$table: every column has a comment");
}
my $columns = $dbh->column_info(undef, 'crm', 'bi_opportunity', '%')->fetchall_hashref('COLUMN_NAME');
is($columns->{$_->[0]}{TYPE_NAME}, $_->[1], "$_->[0] is $_->[1]")
  for [ amount => 'numeric' ], [ closed_on => 'date' ], [ archived => 'boolean' ], [ title => 'text' ], [ id => 'bigint' ];

# keys
is(join(' ', $dbh->primary_key(undef, 'crm', 'opportunity')), 'id', 'primary key');
my $keys = $dbh->foreign_key_info(undef, 'crm', 'account', undef, 'crm', 'opportunity')->fetchall_arrayref({});
is(scalar @$keys, 1, 'one key leads from opportunities to accounts');
is("$keys->[0]{FK_COLUMN_NAME} $keys->[0]{UK_COLUMN_NAME}", 'account_id id', 'by their ids');

# values, with every digit, in statements that the server prepares
my $statement = $dbh->prepare('SELECT title, amount, tags FROM crm.opportunity WHERE amount > ? ORDER BY id');
for my $least ('900', '900', '197100.10', '12345678901234567890.123456788')
{
	$statement->execute($least);
	my $rows = $statement->fetchall_arrayref;
	is($rows->[-1][1], '12345678901234567890.123456789', "above $least: every digit");
	is($rows->[-1][0], 'بیمارستان', 'and every letter');
}
is_deeply($dbh->selectall_arrayref("SELECT tags FROM crm.opportunity WHERE title = 'Branch'"), [ [ [ 'new', 'big' ] ] ], 'an array');

# functions with arrays and JSON
my $report = $dbh->prepare("SELECT dimensions ->> 'currency', count, final_total FROM opportunities.report('crm.opportunity', ?, scope => ?)");
$report->execute([ 'currency', 'owner' ], '{"owner": "sara"}');
is_deeply($report->fetchall_arrayref, [ [ 'EUR', 1, '197100.10' ], [ 'USD', 1, '70.00' ] ], 'a report');

# an error is one that a program can tell
ok(!eval { $dbh->do("SELECT opportunities.report('crm.opportunity', '{ownr}')"); 1 }, 'an unknown field is refused');
is($dbh->state, '42703', 'its state');
is($dbh->pg_error_field('constraint_name'), 'unknown_field', 'its code');
is($dbh->pg_error_field('column_name'), 'ownr', 'its field');

$dbh->disconnect;
done_testing();
