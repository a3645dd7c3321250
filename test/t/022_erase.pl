# A person is erased: whoever searches a dump of the whole database for the name finds only what the answer has told.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('erase');
$node->init;
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;

# The owner of the tables and the database is no superuser.
$node->safe_psql('postgres', 'CREATE ROLE company LOGIN; CREATE ROLE officer LOGIN; CREATE ROLE seller LOGIN');
sub used
{
	my ($database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER company");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database) . ' user=company', '-f', 'test/data/used_crm.sql' ],
		"$database: a CRM that was used");
}

sub company
{
	my ($database, $sql) = @_;
	return $node->safe_psql($database, $sql, extra_params => [ '-U', 'company' ]);
}

# The lines of a dump that have a name, and of each its table and key.
sub search
{
	my ($database, $name) = @_;
	my ($out, @found, $table, $place) = ('');
	$node->run_log([ 'pg_dump', $database ], '>', \$out) or die;
	for (split /\n/, $out)
	{
		($table, $place) = ($1, (grep { (split /, /, $2)[$_] =~ /^(?:id|login)$/ } 0 .. 1)[0]) if /^COPY (\S+) \((.*)\) FROM stdin;$/;
		push @found, "$table " . (split /\t/)[$place // 0] if /$name/i;
	}
	return join "\n", sort @found;
}

used('person');
company(
	'person', q{
	CREATE TABLE crm.visit (id int PRIMARY KEY, account_id bigint REFERENCES crm.account, remark text);
	INSERT INTO crm.visit VALUES (1, 3, 'Mina Kamali was out');
	UPDATE crm.account SET name = 'MINA KAMALI' WHERE id = 3;
	INSERT INTO crm.opportunity (pipeline_id, title, account_id, competitors, campaign, close_reason, stage_id)
	VALUES (1, 'Mina', 3, '{Kamali}', 'Friends of Mina Kamali', 'Mina Kamali moved', 6)});
my $kept = q{SELECT d.number, d.kind, d.status, d.issued_on, d.net, d.tax, d.total, l.product_id, l.quantity, l.unit_price, l.net, l.tax
	FROM crm.document AS d JOIN crm.document_line AS l ON l.document_id = d.id ORDER BY d.id, l.id};
my $board = q{SELECT stage_id, count, final_total, estimated_total, realized_total FROM opportunities.board('crm.opportunity', include_archived => true)};
my $amounts = q{SELECT o.id, pipeline_id, stage_id, amount, probability, realized_amount, owner, closed_on FROM crm.opportunity AS o ORDER BY id};
my %before = map { $_ => company('person', $_) } $kept, $board, $amounts;
cmp_ok(scalar(split /\n/, search('person', 'mina')), '>', 30, 'the name is in many places');
my $answer = company('person', q{SELECT * FROM opportunities.erase_account(3, '{Mina,Kamali}')});
is($answer =~ s/^erased.*\n//mgr, <<'TOLD' =~ s/\n\z//r, 'what stays is told');
kept|crm.document|1||quote 1, confirmed: number, days, amounts and products stay for the books
kept|crm.document|2||invoice 1, confirmed: number, days, amounts and products stay for the books
kept|crm.document|3||return 1, confirmed: number, days, amounts and products stay for the books
mentioned|crm.opportunity|102|{description}|it has the name, and isn't of what was erased
mentioned|crm.saved_filter|2|{definition}|it has the name, and isn't of what was erased
mentioned|crm.visit|1|{remark}|it has the name, and isn't of what was erased
mentioned|crm.change_log|301|{old,new}|it has the name, and isn't of what was erased
elsewhere|crm.visit|||it refers to account by "visit_account_id_fkey": what it holds is yours to erase
TOLD
is(search('person', 'mina|kamali'), join("\n", 'crm.change_log 301', 'crm.opportunity 102', 'crm.saved_filter 2', 'crm.visit 1'), 'and a dump has nothing else');
is(search('person', '3456|1984-05-06'), '', 'nor columns of the owner\'s own');
is(company('person', $_), $before{$_}, 'books, boards and reports are what they were') for $kept, $board, $amounts;
is(company('person', q{SELECT * FROM opportunities.check_crm('crm')}), '', 'check_crm finds nothing');
is(company('person', q{SELECT * FROM opportunities.erase_account(3) WHERE action = 'erased'}), '', 'a second time there is nothing to erase');
is(company('person', q{SELECT close_reason, campaign FROM crm.opportunity WHERE title LIKE 'Erased%' AND stage_id = 6 AND campaign IS NOT NULL}),
	'Erased|Erased', 'what a stage requires is there');

# triggers are as they were, and refuse as before
my ($status, $out, $err) = $node->psql('person', q{UPDATE crm.document SET account_name = 'Mina Kamali' WHERE id = 2});
like($err, qr/document 2 is confirmed and cannot be changed/, 'a confirmed document is one');

# an account that is deleted, whose history is there
company('person', q{INSERT INTO crm.account (id, name) VALUES (900, 'Roya Sadr'); DELETE FROM crm.account WHERE id = 900});
like(search('person', 'roya'), qr/change_log/, 'the history has a deleted account');
company('person', 'SELECT * FROM opportunities.erase_account(900)');
is(search('person', 'roya'), '', 'until it is erased');
($status, $out, $err) = $node->psql('person', 'SELECT * FROM opportunities.erase_account(901)');
like($err, qr/account 901 does not exist/, 'one that never was is an error');

# out of the texts of others, as a word, whatever characters it has
used('everywhere');
company(
	'everywhere', q{
	CREATE TABLE crm.remark (id int PRIMARY KEY, remark varchar(40) NOT NULL, said text[], form jsonb);
	INSERT INTO crm.remark VALUES (1, 'mina kamali, Minas', '{Mina Kamali,NULL,"a b"}', '{"by": ["Mina Kamali", 1], "mina kamali": null}'),
		(2, 'Minas', NULL, '"MINA KAMALI"'), (3, 'C.(o)+ Coo', NULL, NULL);
	INSERT INTO crm.account (id, name) VALUES (910, 'C.(o)+')});
is(company('everywhere', q{SELECT action, object, row_id, fields FROM opportunities.erase_account(3, everywhere => true) WHERE action NOT IN ('erased', 'kept') AND object <> 'crm.change_log'}),
	<<'TOLD' =~ s/\n\z//r, 'what was of others is told');
replaced|crm.opportunity|102|{description}
replaced|crm.remark|1|{remark,said,form}
replaced|crm.remark|2|{form}
replaced|crm.saved_filter|2|{definition}
mentioned|crm.remark|1|{form}
TOLD
is(search('everywhere', 'mina kamali'), 'crm.remark 1', 'and nothing else is left');
company('everywhere', 'SELECT * FROM opportunities.erase_account(910, everywhere => true)');
is(company('everywhere', q{SELECT remark, said, form FROM crm.remark ORDER BY id}), <<'LEFT' =~ s/\n\z//r, 'nor is more taken');
Erased, Minas|{Erased,NULL,"a b"}|{"by": ["Erased", 1], "mina kamali": null}
Minas||"Erased"
Erased Coo||
LEFT
is(company('everywhere', q{SELECT * FROM opportunities.check_crm('crm')}), '', 'check_crm finds nothing');
is($node->safe_psql('everywhere', q{SELECT count(*) FROM pg_trigger WHERE tgrelid::regclass::text LIKE 'crm.%' AND tgenabled = 'D'}), '0', 'no trigger is left off');

# names that JSON, lists and rows write otherwise, in columns of the owner's own; those that one type can't be without become its default
$node->safe_psql('everywhere', q{CREATE COLLATION public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)});
company(
	'everywhere', q{
	CREATE TYPE crm.place AS (who text, town text);
	CREATE DOMAIN crm.given AS text NOT NULL DEFAULT 'none';
	ALTER TABLE crm.opportunity ADD COLUMN nick crm.given;
	CREATE TABLE crm.form (id int PRIMARY KEY, b jsonb, l text[], p crm.place, ps crm.place[], j json, c text COLLATE public.ci);
	INSERT INTO crm.account (id, name) VALUES (920, concat('Jo "Zq', chr(92), 'x"', chr(10), 'Roe'));
	CREATE TABLE public.paper AS SELECT ARRAY[name] AS names FROM crm.account WHERE id = 920;
	INSERT INTO crm.opportunity (pipeline_id, title, account_id, nick) VALUES (1, 'Zq', 920, 'Zq');
	INSERT INTO crm.form SELECT 1, jsonb_build_object('by', name), ARRAY[name], ROW(name, '')::crm.place, ARRAY[ROW(name, '')::crm.place],
		replace('"\u004Ao \"\u007aq/\u0000/x\"\nRoe \ud800"', '/\u0000/', concat(chr(92), chr(92), '\u0000'))::json, upper(name) FROM crm.account WHERE id = 920;
	INSERT INTO crm.form (id, l) SELECT 2, ARRAY[['', ''], ['', name]] FROM crm.account WHERE id = 920});
my $mentioned = q{SELECT action, object, row_id, fields FROM opportunities.erase_account(920, %s) WHERE action IN ('replaced', 'mentioned') AND object LIKE '%%form' ORDER BY 1 DESC, 3};
is(company('everywhere', sprintf $mentioned, 'NULL'), "mentioned|crm.form|1|{b,l,p,ps,j,c}\nmentioned|crm.form|2|{l}", 'however a name is written');
is(company('everywhere', q{SELECT title LIKE 'Erased%', nick FROM crm.opportunity WHERE account_id = 920}), 't|none', 'a domain has its default');
is(company('everywhere', sprintf $mentioned, '(SELECT names FROM public.paper), true'), <<'TOLD' =~ s/\n\z//r, 'and what can be replaced');
replaced|crm.form|1|{b,l,c}
mentioned|crm.form|1|{p,ps,j}
mentioned|crm.form|2|{l}
TOLD
is(company('everywhere', q{SELECT b, l, c, array_dims(l) FROM crm.form ORDER BY id}) =~ s/Jo.*Roe/name/rs, qq({"by": "Erased"}|{Erased}|Erased|[1:1]\n|{{"",""},{"","name"}}||[1:2][1:2]), 'is, and lists keep their shape');

# tables that aren't searched are told, and nothing of theirs runs
$node->safe_psql('everywhere', 'GRANT USAGE, CREATE ON SCHEMA crm TO seller');
$node->safe_psql(
	'everywhere', q{
	CREATE TABLE crm.theirs (t text);
	CREATE FUNCTION crm.theirs() RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE 'as %', current_user; END $$;
	CREATE POLICY theirs ON crm.theirs USING (crm.theirs());
	INSERT INTO crm.theirs VALUES ('Zq');
	ALTER TABLE crm.theirs ENABLE ROW LEVEL SECURITY;
	GRANT ALL ON crm.theirs TO company}, extra_params => [ '-U', 'seller' ]);
company('everywhere', q{CREATE TABLE crm.forced AS SELECT text 'Zq' AS t; ALTER TABLE crm.forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY});
is(company('everywhere', q{SELECT object, note FROM opportunities.erase_account(920, '{Zq}', true) WHERE action = 'elsewhere'}),
	"crm.forced|row security hides rows of it\ncrm.theirs|it is role seller's, who may search it", 'what is not searched is told');
company('everywhere', 'DROP TABLE crm.forced');
$node->safe_psql('everywhere', 'DROP TABLE crm.theirs; DROP FUNCTION crm.theirs');

# a login that is a word: a source, a key of JSON
company(
	'everywhere', q{
	SET opportunities.user_name = 'field';
	INSERT INTO crm.app_user (login, name) VALUES ('field', 'Ida Field');
	INSERT INTO crm.opportunity (id, pipeline_id, title, owner, source) VALUES (930, 1, 'Fence', 'field', 'fair'), (931, 1, 'Gate', 'field', 'field');
	UPDATE crm.opportunity SET source = 'field', owner = 'omid' WHERE id = 930;
	DELETE FROM crm.opportunity WHERE id = 931;
	SELECT opportunities.save_filter('Word', '{"combinator": "and", "rules": [{"field": "source", "operator": "=", "value": "field"},
		{"field": "owner", "operator": "in", "value": ["field", "omid"]}]}', true, 'crm.opportunity')});
company('everywhere', q{SELECT * FROM opportunities.erase_user('field')});
is(company('everywhere', q{SELECT opportunities.matches(o, 'Word') FROM crm.opportunity AS o WHERE id = 930}), 't', 'a filter finds what it found');
is( company(
		'everywhere', q{
	SELECT field, old = '"field"', new = '"field"', old::text ~ 'erased' FROM crm.change_log WHERE row_id = '930' AND field IN ('source', 'owner') ORDER BY field;
	SELECT old ->> 'source', old ->> 'owner' ~ '^erased-' FROM crm.change_log WHERE row_id = '931' AND action = 'delete';
	SELECT definition #> '{rules,0}', definition #>> '{rules,1,value}' ~ '^."erased-.{8}", "omid".$' FROM crm.saved_filter WHERE name = 'Word'}),
	<<'LEFT' =~ s/\n\z//r, 'history and filters have another login, and the word');
owner|f|f|t
source|f|t|f
field|t
{"field": "source", "value": "field", "operator": "="}|t
LEFT
company(
	'everywhere', q{
	SELECT opportunities.save_filter('Or', '{"combinator": "or", "rules": [{"field": "title", "operator": "=", "value": "Or Levi"}, {"field": "source", "operator": "null"}]}', true, 'crm.opportunity');
	INSERT INTO crm.account (id, name) VALUES (940, 'Or Levi');
	SELECT * FROM opportunities.erase_account(940, '{Or,Title}', true)});
is(company('everywhere', q{SELECT definition FROM crm.saved_filter WHERE description IS NULL AND definition ->> 'combinator' = 'or'}),
	'{"rules": [{"field": "title", "value": "Erased", "operator": "="}, {"field": "source", "operator": "null"}], "combinator": "or"}', 'a filter stays one');
($status, $out, $err) = $node->psql('everywhere', q{SELECT * FROM opportunities.erase_user(' ')});
like($err, qr/login has nothing to be seen/, 'nobody is called nothing');
is(company('everywhere', q{SELECT * FROM opportunities.check_crm('crm')}), '', 'check_crm finds nothing wrong');

# a user, whose login is in every row
used('login');
company('login', q{SELECT opportunities.create_rollup('crm.opportunity', '{owner,stage_id}')});
is(search('login', 'sara') =~ tr/\n// > 100, 1, 'a login is everywhere');
my %figures = map { $_ => company('login', $_) } $board, q{SELECT count(*), count(DISTINCT owner), count(DISTINCT created_by) FROM crm.opportunity},
	q{SELECT count(*) FROM crm.change_log}, q{SELECT count(DISTINCT changed_by) FROM crm.change_log WHERE changed_by <> 'company'};
company('login', q{SET opportunities.user_name = 'sara'; SELECT * FROM opportunities.erase_user('sara')});
is(search('login', 'sara'), '', 'and nowhere afterwards, whoever called it');
is(company('login', $_), $figures{$_}, 'what was one person\'s is one person\'s') for grep { !/count\(\*\) FROM crm.change_log/ } keys %figures;
is(company('login', q{SELECT login ~ '^erased-', name = login, email, manager, active FROM crm.app_user WHERE login LIKE 'erased%'}), 't|t||nima|f', 'the user');
is(company('login', q{SELECT name, shared FROM crm.saved_filter ORDER BY id}), "Large|t\nIn the north|t", 'filters of the user\'s alone are gone');
is(company('login', q{SELECT * FROM opportunities.check_crm('crm'); SELECT * FROM opportunities.check_rollup('crm.opportunity')}), '', 'nothing is wrong');
is(company('login', q{SELECT * FROM opportunities.erase_user('sara')}), '', 'a second time there is nothing');

# who may
$node->safe_psql('login', q{GRANT USAGE ON SCHEMA crm TO seller; GRANT ALL ON ALL TABLES IN SCHEMA crm TO seller;});
for my $call (q{erase_account(1)}, q{erase_user('omid')})
{
	($status, $out, $err) = $node->psql('login', "SELECT * FROM opportunities.$call", extra_params => [ '-U', 'seller' ]);
	like($err, qr/must be owner of the tables of schema "crm"/, "a seller may not call $call");
}
company(
	'login', q{
	CREATE FUNCTION crm.forget(id bigint) RETURNS SETOF text SECURITY DEFINER SET search_path = pg_temp LANGUAGE sql
	AS $$ SELECT action || ' ' || object FROM opportunities.erase_account(id, schema => 'crm') $$;
	REVOKE EXECUTE ON FUNCTION crm.forget FROM PUBLIC; GRANT USAGE ON SCHEMA crm TO officer; GRANT EXECUTE ON FUNCTION crm.forget TO officer});
like($node->safe_psql('login', 'SELECT crm.forget(3)', extra_params => [ '-U', 'officer' ]), qr/^erased crm.account$/m, 'an officer may by a function of the owner\'s');
company('login', 'ALTER TABLE crm.opportunity ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY');
($status, $out, $err) = $node->psql('login', "SELECT * FROM opportunities.erase_account(4)", extra_params => [ '-U', 'company' ]);
like($err, qr/row security hides rows of table "opportunity"/, 'nothing is left because it is hidden');

# of two tenants with one id and one name
$node->safe_psql(
	'postgres', q{CREATE DATABASE tenants});
$node->safe_psql(
	'tenants', q{
	CREATE EXTENSION opportunities;
	SELECT opportunities.create_crm('crm', tenant => true);
	SET opportunities.tenant = 'a';
	INSERT INTO crm.account (id, name) VALUES (1, 'Mina Kamali');
	INSERT INTO crm.pipeline (id, name) VALUES (1, 'Sales');
	INSERT INTO crm.opportunity (id, pipeline_id, account_id, title, owner) VALUES (1, 1, 1, 'for Mina Kamali', 'omid');
	SET opportunities.tenant = 'b';
	INSERT INTO crm.account (id, name) VALUES (1, 'Mina Kamali');
	INSERT INTO crm.pipeline (id, name) VALUES (1, 'Sales');
	INSERT INTO crm.opportunity (id, pipeline_id, account_id, title, owner) VALUES (1, 1, 1, 'for Mina Kamali', 'omid');
	UPDATE crm.opportunity SET title = 'as for Mina Kamali' WHERE tenant_id = 'b'});
my $other = q{SELECT md5(string_agg(line, '' ORDER BY line)) FROM (SELECT o::text FROM crm.opportunity AS o WHERE tenant_id = 'b' UNION ALL SELECT a::text FROM crm.account AS a
	WHERE tenant_id = 'b' UNION ALL SELECT l::text FROM crm.change_log AS l WHERE tenant_id = 'b') AS s (line)};
my $others = $node->safe_psql('tenants', $other);
is($node->safe_psql('tenants', q{SET opportunities.tenant = 'a'; SELECT action, object, row_id FROM opportunities.erase_account(1)}),
	"erased|crm.account|1\nerased|crm.opportunity|1\nerased|crm.change_log|", 'a tenant is told nothing of another');
$node->safe_psql('tenants', q{SET opportunities.tenant = 'a'; SELECT * FROM opportunities.erase_user('omid')});
is($node->safe_psql('tenants', $other), $others, 'whose rows stay');
is($node->safe_psql('tenants', q{SELECT count(*) FROM crm.opportunity WHERE tenant_id = 'a' AND (title ~ 'Mina' OR owner = 'omid')}), '0', 'the tenant\'s own are erased');
($status, $out, $err) = $node->psql('tenants', 'SELECT * FROM opportunities.erase_account(1)');
like($err, qr/no tenant is set/, 'without a tenant it is an error');

$node->stop;
done_testing();
