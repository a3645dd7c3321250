# A release, made by its command in a repository of its own: what it changes, archives and tags, and what it refuses.
use strict;
use warnings FATAL => 'all';
use IO::Uncompress::Unzip;
use JSON::PP;
use POSIX 'strftime';
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs git' if system('git --version >/dev/null 2>&1') != 0;

my $repository = PostgreSQL::Test::Utils::tempdir() . '/repository';
my $tests = "$repository/dev/check";
my $log = "$repository/.git/tests";
@ENV{ map { ("GIT_${_}_NAME", "GIT_${_}_EMAIL") } qw(AUTHOR COMMITTER) } = ('A maintainer', 'maintainer@example.invalid') x 2;
$ENV{GIT_CONFIG_GLOBAL} = '/dev/null';

sub git
{
	my ($out, $err) = run_command([ 'git', '-C', $repository, @_ ]);
	diag $err if $err ne '';
	return $out;
}

sub commit
{
	git('add', '--all');
	git('commit', '--quiet', '--message', 'A change');
}

sub write_file
{
	my ($file, $text) = @_;
	unlink $file;
	append_to_file($file, $text);
}

# A command in the repository: whether it went well, and what it said.
sub command
{
	my ($command) = @_;
	my $said = `cd '$repository' && $command 2>&1`;
	return ($? == 0, $said);
}

# A release is refused, and leaves everything as it was.
sub refused
{
	my ($version, $why, $case) = @_;
	my $before = git('rev-parse', 'HEAD') . git('status', '--porcelain') . git('tag');
	my ($done, $said) = command("dev/release $version");
	ok(!$done, "refused: $case");
	like($said, $why, 'and told why');
	is(git('rev-parse', 'HEAD') . git('status', '--porcelain') . git('tag'), $before, 'nothing has changed');
	is(git('worktree', 'list') =~ tr/\n//, 0, 'nothing is left');
}

mkdir $repository;
system_or_bail("tar -c --exclude=./.build --exclude=./.git --exclude=node_modules --exclude='*.o' --exclude='*.so' . | tar -x -C '$repository'");
git('init', '--quiet');

# What is tried here is the release: its tests are these.
write_file($tests, "#!/bin/sh\ncd \"\$(dirname \"\$0\")/..\" && pwd >>'$log' && grep default_version opportunities.control >>'$log' && [ ! -f broken ]\n");
chmod 0755, $tests;
write_file("$repository/CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n");
commit();
my ($old) = slurp_file("$repository/opportunities.control") =~ /^default_version = '(.*)'$/m;
ok((command("dev/set-version $old"))[0], 'the version is set');
is(git('status', '--porcelain'), '', 'to what it is everywhere already');

append_to_file("$repository/broken", '');
refused('9.8.7', qr/isn't clean/, 'a checkout that holds something else');
commit();
refused('9.8.7', qr/doesn't pass/, 'a release whose tests fail');
unlink "$repository/broken";
commit();
refused('9.8', qr/^Makes a release/, 'a version of two numbers');
refused("'9.8.7 '", qr/^Makes a release/, 'a version that is none');
unlink $log;

my ($done, $said) = command('dev/release 9.8.7');
ok($done, 'a release is made') or diag $said;
like($said, qr/^Released 9\.8\.7/m, 'and told');
is(git('status', '--porcelain'), '', 'the checkout is clean');
is(git('log', '-1', '--format=%s'), 'Release 9.8.7', 'a commit holds it');
is(git('cat-file', '-t', 'v9.8.7'), 'tag', 'the tag is an annotated one');
is(git('rev-parse', 'v9.8.7^{commit}'), git('rev-parse', 'HEAD'), 'of that commit');
is(slurp_file($log), "$repository/.build/release/opportunities-9.8.7\ndefault_version = '9.8.7'\n", 'the tests are run in what was archived');

my $today = strftime('%Y-%m-%d', localtime);
like(slurp_file("$repository/opportunities.control"), qr/^default_version = '9\.8\.7'$/m, 'the control file');
my $meta = decode_json(slurp_file("$repository/META.json"));
is("$meta->{version} $meta->{provides}{opportunities}{version} $meta->{'meta-spec'}{version}", '9.8.7 9.8.7 1.0.0', 'META.json');
like(slurp_file("$repository/CHANGELOG.md"), qr/^## Unreleased\n\n## 9\.8\.7 - $today\n\n#/m, 'CHANGELOG.md');
like(slurp_file("$repository/debian/changelog"), qr/\Apostgresql-opportunities \(9\.8\.7-1\) unstable; /, 'debian/changelog');

my ($recorded) = run_command([ 'gzip', '-dc', "$repository/test/upgrade/released/opportunities--9.8.7.sql.gz" ]);
my ($made) = run_command([ 'make', '-s', '-C', $repository, 'opportunities--9.8.7.sql' ]);
is("$recorded\n", slurp_file("$repository/opportunities--9.8.7.sql"), 'the SQL is recorded');

my @files = map { "opportunities-9.8.7/$_" } split /\n/, git('ls-files');
my $archives = "$repository/.build/release/opportunities-9.8.7";
is_deeply([ sort grep { !/\/$/ } split /\n/, `tar -tzf '$archives.tar.gz'` ], [ sort @files ], 'an archive of every file');
my $zip = IO::Uncompress::Unzip->new("$archives.zip");
my @zipped;
do { push @zipped, $zip->getHeaderInfo->{Name} } while $zip->nextStream > 0;
is_deeply([ sort grep { !/\/$/ } @zipped ], [ sort @files ], 'and one for PGXN');

refused('9.8.7', qr/a tag v9\.8\.7 already/, 'a version that is out');
refused('9.9.0', qr/says of nothing/, 'a release of nothing');
write_file("$repository/CHANGELOG.md", slurp_file("$repository/CHANGELOG.md") =~ s/^## Unreleased\n/## Unreleased\n\n- Something.\n/mr);
commit();
refused('9.8.6', qr/v9\.8\.7 is a later version/, 'an earlier version');

ok((command('dev/set-version 9.9.0'))[0], 'the next version');
like(slurp_file("$repository/debian/changelog"), qr/\Apostgresql-opportunities \(9\.9\.0-1\) UNRELEASED;.*?\n -- .*\n\npostgresql-opportunities \(9\.8\.7-1\) unstable;/s,
	'a version that is out keeps its entry');
commit();
ok((command('dev/release 9.9.0'))[0], 'is released too');
like(slurp_file("$repository/debian/changelog"), qr/\Apostgresql-opportunities \(9\.9\.0-1\) unstable;.*?\npostgresql-opportunities \(9\.8\.7-1\) unstable;/s, 'by its own entry');

done_testing();
