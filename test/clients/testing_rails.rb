# Tests of an application with ActiveRecord's fixtures and transactions, as doc/testing.md has them, by an owner who is no superuser; and
# what fixtures leave behind that a superuser loads.
# Needs modules: active_record pg minitest
require "active_record"
require "active_support/test_case"
require "tmpdir"
require "minitest"
require "pg"

postgres = PG.connect(dbname: "postgres")
postgres.exec("SET client_min_messages = warning")
postgres.exec("DROP DATABASE IF EXISTS app_test WITH (FORCE)")
postgres.exec("DROP ROLE IF EXISTS clients_owner")
postgres.exec("CREATE ROLE clients_owner LOGIN")
postgres.exec("CREATE DATABASE app_test OWNER clients_owner")
owner = PG.connect(dbname: "app_test", user: "clients_owner")
owner.exec("CREATE EXTENSION pg_trgm; CREATE EXTENSION opportunities; SELECT opportunities.create_crm('crm', starter => true)")
owner.close

# what rails/test_help and an application have besides
class Account < ActiveRecord::Base
  self.table_name = "account"
end

class Opportunity < ActiveRecord::Base
  self.table_name = "opportunity"
  self.inheritance_column = nil
end

def connect(user)
  ActiveRecord::Base.establish_connection(adapter: "postgresql", host: ENV["PGHOST"], username: user, database: "app_test", schema_search_path: "public,crm,opportunities")
end

# A superuser's fixtures, and what is to be done then.
def mends(cursor)
  before = cursor.exec("SELECT code, object FROM opportunities.check_crm('crm')").values
  cursor.exec("SELECT opportunities.upgrade_crm('crm')")
  [before, cursor.exec("SELECT code, object FROM opportunities.check_crm('crm')").values]
end

class ActiveSupport::TestCase
  include ActiveRecord::TestFixtures
  respond_to?(:fixture_paths=) ? self.fixture_paths = ["test/fixtures"] : self.fixture_path = "test/fixtures"
end

status = nil
Dir.mktmpdir do |folder|
  system("test/clients/page-files", "doc/testing.md", folder, exception: true)
  Dir.chdir(folder) do
    connect("clients_owner")
    require "#{folder}/test/test_helper.rb"
    require "#{folder}/test/deal_test.rb"
    puts "seed #{seed = rand(1000)}"
    status = Minitest.run(["--seed", seed.to_s])
  end

  superuser = PG.connect(dbname: "app_test")
  superuser.exec("SELECT opportunities.empty_crm('crm')")
  connect("postgres")
  ActiveRecord::FixtureSet.reset_cache
  begin
    ActiveRecord::FixtureSet.create_fixtures("#{folder}/test/fixtures", %w[account opportunity], { account: Account, opportunity: Opportunity })
    raise "a superuser's fixtures had their triggers"
  rescue ActiveRecord::NotNullViolation => error
    raise unless error.message.include?('null value in column "amount_mode"')
  end
  ActiveRecord::FixtureSet.create_fixtures("#{folder}/test/fixtures", %w[account], { account: Account })
  wrong = %w[custom_field saved_filter].flat_map { |table| [["trigger_disabled", "crm.#{table}"]] * 2 }
  found = mends(superuser)
  raise "superuser's fixtures: #{found}" unless found == [wrong, []]
  superuser.close
end
ActiveRecord::Base.connection_pool.disconnect!
postgres.exec("DROP DATABASE app_test WITH (FORCE)")
postgres.exec("DROP ROLE clients_owner")
exit status
