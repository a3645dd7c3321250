# Rails' around_action of doc/pools.md through pgbouncer in transaction mode: requests of people of two tenants at the same time, some of
# which fail. Each gets what is theirs, and nothing is left for the next.
# Needs modules: action_controller active_record pg
# Needs programs: pgbouncer
require "active_record"
require "action_controller"
require "pg"
require "tmpdir"

Dir.mktmpdir do |folder|
  system("test/clients/page-files", "doc/pools.md", folder, exception: true)
  require "#{folder}/app/controllers/application_controller.rb"
end
ActiveRecord::Base.establish_connection(
  adapter: "postgresql", database: ENV["PGDATABASE"], pool: 6, prepared_statements: ENV.key?("POOL_PREPARES"), advisory_locks: false)
Person = Struct.new(:tenant, :login, :crm_role, :number)
PEOPLE = ActiveRecord::Base.connection.select_rows("SELECT * FROM person").map { |row| Person.new(*row) }

class Opportunity < ActiveRecord::Base
  self.table_name = "opportunity"
  self.inheritance_column = nil
end

# Who asks is known otherwise in an application: here a header says it.
class DealsController < ApplicationController
  rescue_from(ArgumentError) { head :conflict }

  def index
    me, role, board = self.class.row("SELECT me(), current_user::text, (SELECT sum(count) FROM board(filter => 'first'))")
    render json: { me: me, role: role, board: board.to_i, titles: Opportunity.where("title <> ?", "").pluck(:title).sort }
  end

  def fail
    Opportunity.create!(pipeline_id: self.class.row("SELECT id FROM pipeline")[0], title: "lost", owner: current_user.login)
    raise ArgumentError, "in the middle"
  end

  def self.row(query)
    ActiveRecord::Base.connection.select_rows(query).first
  end

  private

  def current_user
    PEOPLE[request.headers["HTTP_PERSON"].to_i]
  end
end

def titles(person)
  PEOPLE.select { |other| other.tenant == person.tenant && (other.login == person.login || person.crm_role == "clients_manager") }
        .flat_map { |other| (1..other.number).map { |n| "#{other.tenant} #{other.login} #{n}" } }.sort
end

def request(action, number)
  status, _, body = DealsController.action(action).call(Rack::MockRequest.env_for("/", "HTTP_PERSON" => number.to_s))
  text = +""
  body.each { |part| text << part }
  [status, text]
end

def expect(found, expected)
  raise "#{found}, not #{expected}" unless found == expected
end

seed = ENV.fetch("SEED", rand(1_000_000)).to_i
puts "SEED=#{seed}, prepared statements: #{ENV.key?('POOL_PREPARES')}"
6.times.map do |worker|
  Thread.new do
    chance = Random.new(seed + worker)
    40.times do
      number = chance.rand(PEOPLE.size)
      person = PEOPLE[number]
      if chance.rand(5).zero?
        expect(request(:fail, number)[0], 409)
      else
        status, body = request(:index, number)
        expect([status, JSON.parse(body)], [200, { "me" => person.login, "role" => person.crm_role, "board" => 1, "titles" => titles(person) }])
      end
    end
    ActiveRecord::Base.clear_active_connections!
  end
end.each(&:join)

10.times { expect(DealsController.row("SELECT me(), current_user::text, current_setting('opportunities.tenant')"), ["clients_application", "clients_application", ""]) }
server = PG.connect(host: ENV["SERVER_HOST"], port: 5432, user: "postgres", dbname: ENV["PGDATABASE"])
expect(server.exec("SELECT count(*) FROM crm.opportunity").values, [["21"]])
server.close
