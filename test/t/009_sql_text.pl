# SQL in the sources names nothing that a search_path could make another thing: operators, functions, types and relations
# are qualified, and no form stands there that looks an operator up by its name alone.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Utils;
use Test::More;

# What SQL may not hold, once what stands_for has put in place of values, formats and what is qualified.
my @forms = (
	[ 'an operator by its form', qr/\bCASE\b(?! WHEN|$)|\b(?:NULLIF|BETWEEN|I?LIKE|SIMILAR|NATURAL)\b|\bIN \(|\bUSING \(|\bDISTINCT FROM\b/ ],
	[ 'an operator', qr{(?<!:):(?!:)|[-+/<>~!@#%^&|?`=]|(?<![(.])(?<!SELECT )\*} ],
	[ 'a function', qr/(?<!AS )\b[a-z_]\w*\(/ ],
	[ 'a type', qr/\bCAST\b|::(?!Q\b|X|$)/ ],
	[ 'a relation', qr/\b(?:FROM|JOIN|INTO|(?<!KEY )(?<!FOR )UPDATE) (?!Q\b|ROWS|LATERAL|ONLY)[a-z]/ ],
	[ 'a collation', qr/\bCOLLATE (?!Q\b)/ ],
);

# SQL with X for what is put in, Q for a qualified name, and without what no path has a part in.
sub stands_for
{
	my ($sql) = @_;

	$sql =~ s/\\n|\\t/ /g;
	$sql =~ s/'[^']*'|(\$\w*\$).*?\g{1}/X/gs;
	$sql =~ s/%%?(?:\d\$)?(?:\.\*)?(?:ll)?[sduc]/X/g;
	$sql =~ s/\bOPERATOR\([^)]*(?:\)|$)/ /g;
	$sql =~ s/(?<!\.)(?:pg_catalog|opportunities(?:_internal)?)\.(?:\\?"\w+\\?"|\w+)/Q/g;
	$sql =~ s/\{[\w=]+\}//g;
	$sql =~ s/\bIS (?:NOT )?DISTINCT FROM NULL\b/IS NULL/g;
	$sql =~ s/(?:\bSET |, |^X)\w+ = /, /g;
	return $sql;
}

# The forms that stand in a text, where it is SQL.
sub forms
{
	my $sql = stands_for($_[0]);

	return "$_[0] $sql" =~ /\b(?:OPERATOR|NULLIF|SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|AND|OR|NOT|BY|VALUES|RETURNING|CASE|WHEN|EXISTS|ANY|ROW|COALESCE|IS|JOIN|NULL|LIMIT|Q)\b|\$[X\d]|::/
	  ? map { my ($what, $form) = @$_; $sql =~ $form ? "$what: \"$&\"" : () } @forms
	  : ();
}

# The string literals of a C file by line, those in a row as one, but for the texts of errors.
sub literals
{
	my ($code) = @_;
	my $string = qr/"(?:[^"\\]|\\.)*"/;
	my $arguments = qr/(\((?:[^()"]|$string|(?-1))*\))/;
	my %literals;

	$code =~ s{($string)|'(?:[^'\\]|\\.)+'|/\*.*?\*/|^#include[^\n]*}{ $1 // $& =~ s/[^\n]//gr }gsme;
	$code =~ s{\b(?:err\w+|elog|GUC_check_\w+)$arguments}{ $& =~ s/[^\n]//gr }gse;
	$code =~ s/\b(?:FROM|JOIN) $_\b/FROM X/g for $code =~ /(?:\bWITH (?:RECURSIVE )?|\), (?:"\s+")?)(\w+) \([\w, ]+\) AS \(/g;
	while ($code =~ /$string(?:[\s\\]*$string)*/g)
	{
		my ($text, $line) = ($&, 1 + substr($code, 0, $-[0]) =~ tr/\n//);
		$literals{$line} = $text =~ s/\A"|"\z//gr =~ s/"[\s\\]*"//gr;
	}
	return \%literals;
}

is_deeply([ map { join ' ', forms($_) } q(SELECT CASE kind WHEN 'x' THEN 1 END FROM %s), '(%s OPERATOR(pg_catalog.=) NULLIF(%s, 0))', '%s.a = %s.b AND true',
		'SELECT lower(%s)', '%s::text', 'SELECT 1 FROM pg_class', "SELECT count(*) FROM %s WHERE a BETWEEN 1 AND 2" ],
	[ 'an operator by its form: "CASE"', 'an operator by its form: "NULLIF"', 'an operator: "="', 'a function: "lower("', 'a type: "::"',
		'a relation: "FROM p"', 'an operator by its form: "BETWEEN" a function: "count("' ], 'forms are found');

# Those of check_crm for what is mapped alone run under a path of its own, the server's.
my (@found, $count);
for my $file (grep { !m{/crm/mapping_check\.c$} } glob('src/*/*.[ch]'))
{
	my $literals = literals(slurp_file($file));
	for my $line (sort { $a <=> $b } keys %$literals)
	{
		$count++ if stands_for($literals->{$line}) =~ /\bSELECT\b/;
		push @found, map { "$file:$line: $_" } forms($literals->{$line});
	}
}
is(join("\n", @found), '', 'SQL in C');
cmp_ok($count, '>', 50, 'of which there is some');

# The SQL half is read under the path of the server, but for a body that is read whenever it runs.
my ($body) = slurp_file('dev/crm-definition') =~ /\$function\$(.*?)^SQL$/ms;
is(join("\n", forms($body)), '', 'the body of crm_definition');
for my $file (glob('sql/*.sql sql/crm/*.sql sql/update/*.sql'))
{
	# nor is one that only has texts, of which those of crm_definition are files here
	my $sql = slurp_file($file) =~ s/^--[^\n]*\n//gmr =~ s/LANGUAGE sql [A-Z ]*AS (\$\w+\$)\s*VALUES\b.*?\g{1}|\bcrm_definition\(.*?\$function\$.*?\$function\$//gsr =~ s/'(?:[^']|'')*'//gr;
	unlike($sql, qr/LANGUAGE (?:sql|plpgsql)\b(?!(?:(?!BEGIN ATOMIC)[^;])*BEGIN ATOMIC)/, "$file: no other body");
}

done_testing();
