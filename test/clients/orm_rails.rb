# Rails' mapper: the models and migrations of doc/orm.md, what becomes of what they write, and which keys it finds.
# Needs modules: active_record pg
require 'active_record'
require 'json'
require 'pg'

page = File.read('doc/orm.md', encoding: 'UTF-8').split("\n## Rails\n")[1].split("\n## ")[0]
create, upgrade, models, call = page.scan(/^```ruby\n(.*?)^```$/m).flatten
path = page[/schema_search_path: (\S+)`/, 1]
connect = lambda do |search_path, variables = {}|
  ActiveRecord::Base.establish_connection(
    adapter: 'postgresql', host: ENV['PGHOST'], username: ENV['PGUSER'], database: ENV['PGDATABASE'], schema_search_path: search_path,
    min_messages: 'warning', variables: variables)
end
connect.call(path)

def sql(query)
  ActiveRecord::Base.connection.select_value(query)
end

def expect(real, expected)
  raise "#{real.inspect} instead of #{expected.inspect}" unless real == expected
end

def raises(error)
  yield
rescue error => e
  e
else
  raise "no #{error}"
end

# the migrations
ActiveRecord::Migration.verbose = false
[create, upgrade].each { |code| eval code }
CreateCrm.new.migrate(:up)
UpgradeCrm.new.migrate(:up)
expect sql("SELECT count(*) FROM opportunities.check_crm('crm')"), 0
eval models
eval call

# what is left out is filled, and read back; an amount that is given is by hand, another follows its lines
sql("SET opportunities.user_name = 'sara'")
deal = Opportunity.create!(account: Account.create!(name: 'Alborz'), pipeline_id: 1, stage_id: 2, title: 'Network', type: 'new', owner: 'sara', amount: BigDecimal('1200.500'))
expect [deal.version, deal.amount_mode, deal.created_by, deal.estimated_amount.to_s('F')], [1, 'manual', 'sara', '300.125']
expect [deal.probability, deal.probability_mode, deal.realized_amount, deal.tags, deal.custom, deal.type], [25, 'auto', 0, [], {}, 'new']
lines = Opportunity.create!(pipeline: Pipeline.first, stage: Stage.first, title: 'Lines')
line = lines.lines.create!(quantity: 3, unit_price: BigDecimal('0.335'), tax_percent: 10)
expect [line.net.to_s('F'), line.tax.to_s('F')], ['1.01', '0.1']
expect [lines.reload.amount.to_s('F'), lines.amount_mode, lines.version], ['1.01', 'auto', 2]

# only what was changed is written, so that a card which was dragged meanwhile stays where it is; the version tells of that, too
seen = Opportunity.find(deal.id)
sql("UPDATE crm.opportunity SET stage_id = 3 WHERE id = #{deal.id}")
seen.title = 'Network for two'
raises(ActiveRecord::StaleObjectError) { seen.save! }
expect [seen.reload.stage_id, seen.version, seen.title], [3, 2, 'Network']
sql("UPDATE crm.opportunity SET position = position + 1 WHERE id = #{deal.id}")
seen.update!(title: 'Network for two', tags: ['vip'], custom: { region: 'west' })
expect [seen.stage_id, seen.version, seen.tags, seen.custom['region']], [3, 3, ['vip'], 'west']
expect seen.position, sql("SELECT position FROM crm.opportunity WHERE id = #{deal.id}")
seen.save!
expect seen.version, 3
seen.update!(owner: 'omid')
expect [seen.version, seen.updated_by], [4, 'sara']

# by the mode back to the lines; closed and open again
seen.update!(amount_mode: 'auto')
expect seen.amount, nil
seen.update!(stage_id: 6, close_reason: 'price')
expect [seen.closed_on.nil?, seen.close_reason, seen.stage.name], [false, 'price', 'Lost']
seen.update!(stage: Stage.find(1))
expect [seen.closed_on, seen.close_reason, seen.pipeline.stages.size], [nil, nil, 6]

# an error is one of its field
wrong = Opportunity.new(pipeline_id: 1, title: 'x', amount: 5, amount_mode: 'auto')
expect wrong.save, false
expect wrong.errors.attribute_names, [:amount]

# a page
expect crm(:list, fields: ['title', 'account.name'], scope: { owner: 'omid' })['rows'][0]['account.name'], 'Alborz'

# which keys it finds, with tenants, too; and the models are those of tenants
sql("SET opportunities.tenant = 'acme'")
sql("SELECT opportunities.create_crm('shared', tenant => true, starter => true) IS NULL")
%w[crm shared].each do |schema|
  expect ActiveRecord::Base.connection.foreign_keys("#{schema}.opportunity").to_h { |key| [key.column, [key.to_table.delete_prefix("#{schema}."), key.primary_key]] },
    'account_id' => %w[account id], 'pipeline_id' => %w[pipeline id], 'stage_id' => %w[stage id]
end
connect.call('shared', 'opportunities.tenant' => 'acme')
CrmRecord.descendants.each { |model| model.reset_column_information; model.primary_key = 'id' }
deal = Opportunity.create!(pipeline: Pipeline.first, title: 'Network', amount: 5)
deal.update!(title: 'Network for two')
expect [deal.version, sql('SELECT tenant_id FROM opportunity')], [2, 'acme']
