# What packages say of the extension agrees with its control file, and a client of PGXN can unpack it.
use strict;
use warnings FATAL => 'all';
use File::Find;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my ($version) = slurp_file('opportunities.control') =~ /^default_version = '(.*)'$/m;
my $meta = decode_json(slurp_file('META.json'));
my $provided = $meta->{provides}{opportunities};
is($meta->{version}, $version, 'META.json: version');
is($provided->{version}, $version, 'and that of what it provides');
like($provided->{file}, qr/\.sql\z/, 'what the client of PGXN takes for an extension, and loads');
ok(-f $provided->{$_}, "$_ is there") for qw(file docfile);
is(join(' ', grep { !defined $meta->{$_} } qw(name version abstract maintainer license provides meta-spec)), '', 'nothing that PGXN needs is missing');
my ($packaged, $for) = slurp_file('debian/changelog') =~ /\Apostgresql-opportunities \((.*)-\d+\) (\w+);/;
is($packaged, $version, 'debian/changelog: version');
my ($unreleased, $latest) = slurp_file('CHANGELOG.md') =~ /^## (\w+)\n(?:.*?^## (\S+) - \d{4}-\d\d-\d\d$)?/ms;
is($unreleased, 'Unreleased', 'CHANGELOG.md begins with what is not released');
is($for eq 'UNRELEASED' ? 'not released' : $packaged, ($latest // '') eq $version ? $version : 'not released', 'and tells of the same releases');
is(slurp_file('debian/control') =~ s/postgresql-\d+\b/postgresql-PGVERSION/gr, slurp_file('debian/control.in'), 'debian/control is made of control.in');

# A symbolic link comes out of its archive as a file that holds the name.
my @links;
find({ no_chdir => 1, preprocess => sub { grep { !/^(?:\.build|\.git|node_modules)$/ } @_ }, wanted => sub { push @links, $_ if -l } }, '.');
is("@links", '', 'no file is a link');

done_testing();
