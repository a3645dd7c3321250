# The guides have every function, setting, error code and problem of check_crm that there is, and no other; and the sources
# are as their page says.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Encode qw(decode);
use JSON::PP qw(decode_json);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('reference');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION opportunities; SELECT opportunities.create_crm()');

# What there is and what a page has are compared as sorted lines.
sub lines
{
	my %seen = map { $_ => 1 } @_;
	return join "\n", sort keys %seen;
}

sub sql
{
	return split /\n/, $node->safe_psql('postgres', $_[0]);
}

# The first cells of a page's tables.
sub first_cells
{
	return $_[0] =~ /^\| *(`.*?) \|/mg;
}

my $reference = slurp_file('doc/reference.md');
my ($functions, $settings) = $reference =~ /(.*)^(## Settings.*)/ms;
is( lines(map { /`(?:opportunities\.)?(\w+)(?=[(`])/g } first_cells($functions)),
	lines(sql(q{SELECT proname FROM pg_proc WHERE pronamespace IN ('opportunities'::regnamespace, 'crm'::regnamespace)})),
	'every function that people call, and none of those that stand behind');
is( join("\n", sql(q{SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'opportunities'::regnamespace
		AND (prorettype = 'trigger'::regtype OR 'internal'::regtype = ANY (proargtypes) OR 'cstring'::regtype = ANY (proargtypes))})),
	'', 'none of those is a trigger function or the server\'s alone to call');
is( join("\n", sql(q{SELECT pg_describe_object(classid, objid, 0) FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'opportunities')
			AND deptype = 'e' AND obj_description(objid, classid::regclass::text::name) IS NULL
			AND NOT EXISTS (SELECT FROM pg_type WHERE oid = objid AND typcategory = 'A')})),
	'', 'whatever the extension made has a comment');
is( lines(map { /(opportunities\.\w+)/g } first_cells($settings)),
	lines(sql(q{LOAD 'opportunities'; SELECT name FROM pg_settings WHERE name LIKE 'opportunities.%'})),
	'every setting');

# The limits, as the guide writes their numbers.
my ($limits) = $reference =~ /^## Limits\n(.*?)^## /ms;
is( lines(map { tr/,//dr } $limits =~ /^\| [^|]* \| ([\d,]+) \|/mg),
	lines(map { eval $_ } slurp_file('src/base/limits.h') =~ /^#define MAX_(?!JIT|PATTERN)\w+ ([^\/\n]+)/mg), 'every limit');

# The SQLSTATE of each code that the sources raise: it stands beside the code, or the function that raises it has one.
my %state = reverse slurp_file((sql(q{SELECT setting FROM pg_config WHERE name = 'SHAREDIR'}))[0] . '/errcodes.txt') =~
  /^(\w{5}) +\w +(ERRCODE_\w+)/mg;
my %ours = slurp_file('src/base/errors.h') =~ /^#define (ERRCODE_\w+) MAKE_SQLSTATE\((.*)\)/mg;
$state{$_} = $ours{$_} =~ s/\W//gr for keys %ours;
my %state_of = (
	check_limit => '54000', filter_problem => '22023', filter_advice => 'advice', problem => '22023', check_literal => '22023',
	refuse_choice => '23514', refuse_document => '23514', refuse_missing => '23503', refuse_hidden => '23503', need_visible => '23503');
my $refusals = join '|', keys %state_of;
my (%raised, %named);
for my $source (glob('src/*/*.c'))
{
	my $text = slurp_file($source);
	$named{$_} = 1 for $text =~ /"(\w+)"/g;
	for my $error ($text =~ /\bereport\(\s*ERROR,(.*?);\n/sg)
	{
		my ($code) = $error =~ /err_code\("(\w+)"\)/ or next;
		my ($macro) = $error =~ /errcode\((\w+)\)/;
		$raised{$code}{ $state{$macro} } = 1;
	}
	while ($text =~ /\b($refusals)\(([^;]*?)\);/sg)
	{
		my ($function, $arguments) = ($1, $2);
		$arguments =~ s/psprintf\(".*?"|"(?:opportunity|document|pipeline|stage|product)"//g;
		$raised{$1}{ $state_of{$function} } = 1 if $arguments =~ /"(\w+)"/;
	}
}

# Those of the tables: CHECKs and keys. A key is left out where a shorter one is violated first.
for (sql(q{
	SELECT conname, CASE contype WHEN 'c' THEN '23514' ELSE '23505' END FROM pg_constraint AS k
	WHERE connamespace = 'crm'::regnamespace AND (contype = 'c' OR contype = 'u' AND NOT EXISTS (SELECT FROM pg_constraint AS o
		WHERE o.conrelid = k.conrelid AND o.oid <> k.oid AND o.contype IN ('p', 'u') AND o.conkey <@ k.conkey))
	UNION
	SELECT c.relname, '23505' FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
	WHERE c.relnamespace = 'crm'::regnamespace AND i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)}))
{
	my ($code, $state) = split /\|/;
	$raised{$code}{$state} = 1;
}

my $errors = slurp_file('doc/errors.md');
my %documented = $errors =~ /^\| `(\w+)` \| ([^|]*) \|/mg;

# A code that is raised by a variable has its SQLSTATE from the page alone.
$raised{$_} //= { $documented{$_} => 1 } for grep { $named{$_} } keys %documented;
is( lines(map { join ' ', $_, sort split /, /, $documented{$_} } keys %documented),
	lines(map { join ' ', $_, sort keys %{ $raised{$_} } } keys %raised),
	'every error code');
my @codes = $errors =~ /^\| `(\w+)` \|/mg;
is("@codes", lines(@codes) =~ s/\n/ /gr, 'in order');

# The file of the errors for clients: each code, and each key of the tables; the page shows what it says.
my $texts = decode_json(slurp_file('doc/errors.json'));
my %fields;
for (sql(q{
	SELECT conname, attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
	WHERE connamespace = 'crm'::regnamespace AND contype IN ('c', 'f', 'p', 'u')
	UNION
	SELECT c.relname, attname FROM pg_index AS i JOIN pg_class AS c ON c.oid = indexrelid JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
	WHERE c.relnamespace = 'crm'::regnamespace AND indisunique}))
{
	my ($code, $field) = split /\|/;
	$fields{$code}{$field} = 1;
}
is(lines(keys %$texts), lines(keys %documented, grep { /_[fp]key$/ } keys %fields), 'errors.json: every error code, and every key');
is_deeply([ grep { lines(@{ $texts->{$_}{fields} // [] }) ne lines(keys %{ $fields{$_} // {} }) } keys %$texts ], [], 'errors.json: the fields of each constraint');
is_deeply([ grep { my $text = $texts->{$_}; $text->{status} !~ /^[245]\d\d$/ || $text->{en} !~ /^[A-Z][ -~]+\.$/ || $text->{fa} !~ /[\x{600}-\x{6ff}].*\.$/ || $text->{de} !~ /^[A-Z].+\.$/ }
	keys %$texts ], [], 'errors.json: a status of HTTP, and a text in each language');
my %shown = map { my ($code, undef, $status, undef, $fa, $de) = split / \| /; ($code => [ $status, $fa, $de ]) } decode('UTF-8', $errors) =~ /^\| (`\w+` .*) \|$/mg;
is_deeply(\%shown, { map { my $text = $texts->{$_}; ("`$_`" => [ @$text{qw(status fa de)} ]) } keys %documented }, 'the page: the same statuses and texts');

my $checks = join '', map { slurp_file($_) } glob('src/crm/*check*.c sql/row_check.sql');
my ($reported) = slurp_file('doc/data-model.md') =~ /^## What check_crm reports.*?(^- .*?)^#/ms;
is( lines($reported =~ /`(\w+)`/g),
	lines(grep { defined } $checks =~ /(?:(?:report_problem|tell_difference)\(\s*check, |tell_part\(check, [^"]*|^\t\{|(?:code|missing|changed) = )"(\w+)"|^\t\('(\w+)'/mg),
	'every problem of check_crm');

# The columns that a view over one's own tables may have: those that check_crm asks for or of, and those shown unasked.
my ($mapped) = slurp_file('doc/data-model.md') =~ /^## Views over tables of your own\n(.*?)^## /ms;
my %mapped = map { $_ => 1 } $mapped =~ /`(\w+)`/g;
my ($needs) = slurp_file('src/crm/mapping_check.c') =~ /(^static const Needs needs.*?\}\};)/ms;
my ($standards) = slurp_file('src/crm/mapping_check.c') =~ /(^static const Standard standards.*?^};)/ms;
my ($shown) = slurp_file('src/query/projection.c') =~ /(^static const char \*const card_fields.*?)^\/\*/ms;
is(lines(grep { !$mapped{$_} } $standards =~ /\{\w+, "(\w+)"/g, "$needs$shown" =~ /"(\w+)"/g), '', 'every column of a mapped view');

my @folders = slurp_file('src/README.md') =~ /^\| `(\w+)\/`/mg;
my %rank = map { $folders[$_] => $_ } 0 .. $#folders;
is(lines(@folders), lines(map { m{src/(.*)/}g } glob('src/*/*.c')), 'every folder');
is_deeply(
	[ map { my $file = $_; map { "$file: $_" } grep { ($rank{$_} // 0) > $rank{ $file =~ s{src/(.*)/.*}{$1}r } }
		slurp_file($file) =~ /^#include "(\w+)\//mg } glob('src/*/*.[ch]') ],
	[], 'no folder uses one below it');

# The files that a file includes, itself among them.
sub included
{
	my ($file, $files) = @_;
	return $files if $files->{$file}++;
	included("src/$_", $files) for grep { -f "src/$_" } slurp_file($file) =~ /^#include "([^"]+)"/mg;
	return $files;
}
is_deeply([ grep { slurp_file($_) =~ /\bVAR(?:ATT|SIZE|DATA)/ && !included($_, {})->{'src/base/compat.h'} } glob('src/*/*.c') ],
	[], 'what later servers have in a header of its own is included by way of compat.h');
is(lines(grep { slurp_file($_) =~ /\bAbs\(/ } glob('src/*/*.[ch]')), '', 'what later servers have no more is not used');

# What a reader, and a debugger, looks for.
is_deeply([ grep { slurp_file($_) !~ m{^/\* .* \*/\n} } glob('src/*.c src/*/*.c') ], [], 'a file begins with what it is about');
my (%defined, %structs, %taken);
for my $file (glob('src/*/*.[ch]'))
{
	my $text = slurp_file($file);
	$defined{$_}++ for $text =~ /^(\w+)\([^;{}]*\)\n\{/mg;
	$structs{$_}++ for $text =~ /^\} (\w+);/mg;
	$text =~ s{"(?:\\.|[^"\\])*"|/\*.*?\*/|^#include.*?$}{}gsm;
	$taken{$_}++ for $text =~ /\b(?:new|delete|final|class|this|private|public|operator|virtual|try|catch|throw|using)\b/g;
}
is(lines(keys %taken), '', 'no name is a word of C++, to which the formatter gives a layout of its own');
is(lines(grep { $defined{$_} > 1 } keys %defined), '', 'no two functions share a name');
is(lines(grep { $structs{$_} > 1 } keys %structs), '', 'no two types share a name');

$node->stop;
done_testing();
