-- list: 10000 rules that contain
SELECT list(rules => limits.input('titles'));

-- list: a saved filter of 10000 rules
SELECT list(filter => 'titles');

-- list: 10000 rules on long text
SELECT list(rules => limits.input('descriptions'));

-- list: 10000 rules on long text, of 20 rows
SELECT list(rules => limits.input('descriptions'), scope => '{"owner": "long"}');

-- list: 1000 rules on a key of much custom, of 20 rows
SELECT list(rules => limits.input('one custom'), scope => '{"owner": "long"}');

-- list: 500 rules on 1000 elements, of 20 rows
SELECT list(rules => limits.input('tags'), scope => '{"owner": "long"}');

-- list: 1000 rules by the order of long text
SELECT list(rules => limits.input('orders'));

-- list: 1000 keys of custom
SELECT list(rules => limits.input('custom'));

-- list: 1000 rules on a key of custom
SELECT list(rules => limits.input('one custom'));

-- list: 10000 rules across a key
SELECT list(rules => limits.input('accounts'));

-- list: 250 groups of two on activities
SELECT list(rules => limits.input('groups'));

-- list: 4000 groups of two
SELECT list(rules => limits.input('plain groups'));

-- list: 500 rules on elements
SELECT list(rules => limits.input('tags'));

-- list: 10000 periods
SELECT list(rules => limits.input('periods'));

-- list: a list of 10000 days
SELECT list(rules => limits.input('list'));

-- list: 62 levels of NOT around 9900 rules
SELECT list(rules => limits.input('nested'));

-- list: text of 3 MB to look for in long text
SELECT list(rules => limits.input('long'));

-- list: 32 words of 1000 characters
SELECT list(search => (SELECT string_agg(lpad(i::text, 30, 'w'), ' ') FROM generate_series(1, 32) AS i));

-- list: scope of 100 keys
SELECT list(scope => limits.object(100, 'custom.k#', 'x'));

-- list: 1000 fields of 1000 rows
SELECT list(fields => limits.texts(1000, 'custom.k#'), size => 1000);

-- list: 1000 rows with 200 listed custom fields
SELECT list(size => 1000);

-- list: 1000 rows of long text
SELECT list(fields => '{id,description}', sort => '{id}', size => 1000);

-- list: 16 fields of sort, 10000 rules, after a cursor
SELECT list(rules => limits.input('titles'), sort => limits.texts(16, 'custom.k#'), after => '{}');

-- list: 16 fields of sort after a cursor
SELECT list(sort => limits.texts(16, 'custom.k#'), size => 1000, after => list(sort => limits.texts(16, 'custom.k#'), size => 1) -> 'next');

-- list_sql: 10000 rules
SELECT length(list_sql(rules => limits.input('titles')));

-- board: 10000 rules
SELECT count(*) FROM board(rules => limits.input('titles'));

-- board: 250 groups of two on activities in 50 lanes
SELECT count(*) FROM board(rules => limits.input('groups'), lane_by => 'owner');

-- board: 1000 lanes
SELECT count(*) FROM board(lane_by => 'source');

-- board: 1000 cards of each column with 1000 fields
SELECT count(*) FROM board(fields => limits.texts(1000, 'custom.k#'), cards => 1000);

-- board: cards of long text
SELECT count(*) FROM board(fields => '{id,description}', sort => '{id}', cards => 1000);

-- board: 10000 columns
SELECT count(*) FROM board('wide.opportunity');

-- board: 98000 columns of 97 lanes
SELECT count(*) FROM board('wide.half', lane_by => 'owner', scope => '{"pipeline_id": 1}');

-- list: 200000 rows of 20000 currencies
SELECT list('money.opportunity');

-- board_json: 10000 rules
SELECT length(board_json(rules => limits.input('titles'))::text);

-- board_json: 1000 lanes
SELECT length(board_json(lane_by => 'source')::text);

-- board_json: all of 10000 people as lanes (refused)
SELECT length(board_json(lane_by => 'all(owner)')::text);

-- board_json: 98000 columns of 97 lanes
SELECT length(board_json('wide.half', lane_by => 'owner', scope => '{"pipeline_id": 1}')::text);

-- board_json: 1000 cards of each column with 1000 fields
SELECT length(board_json(fields => limits.texts(1000, 'custom.k#'), cards => 1000)::text);

-- board_sql: 10000 rules in 1000 lanes
SELECT sum(length(sql)) FROM board_sql(rules => limits.input('titles'), lane_by => 'source', cards => 1000);

-- board_sql: 98000 columns of 97 lanes
SELECT sum(length(sql)) FROM board_sql('wide.half', lane_by => 'owner', scope => '{"pipeline_id": 1}');

-- column_cards: 10000 rules after a cursor
SELECT column_cards(rules => limits.input('equal'), after => next, size => 1000) FROM board(rules => limits.input('equal'), cards => 0);

-- column_cards: 1000 cards with 1000 fields
SELECT column_cards(fields => limits.texts(1000, 'custom.k#'), size => 1000, after => (SELECT next FROM board(fields => limits.texts(1000, 'custom.k#'), cards => 0) WHERE next IS NOT NULL LIMIT 1));

-- report: 16 dimensions with subtotals
SELECT count(*) FROM report(by => limits.texts(16, 'custom.k#'), subtotals => true);

-- report: a group for each row
SELECT count(*) FROM report(by => '{id,title}', subtotals => true);

-- report: 10000 rules
SELECT count(*) FROM report(by => '{owner}', rules => limits.input('titles'));

-- report: days of 10000 rules across a key
SELECT count(*) FROM report(by => '{day(expected_close),account_id}', rules => limits.input('accounts'));

-- report: 4 dimensions of many and 10000 rules
SELECT count(*) FROM report(by => '{each(tags),activity.subject,opportunity_line.product.name,document.kind}', rules => limits.input('titles'));

-- report: 4 dimensions of many with subtotals, 5 times 2000 rules
SELECT count(*) FROM report(by => '{each(tags),activity.subject,opportunity_line.product.name,document.kind}', rules => limits.rules(2000, limits.rule('title', 'contains', 'v#')), subtotals => true);

-- report: the same with 2001 (refused)
SELECT count(*) FROM report(by => '{each(tags),activity.subject,opportunity_line.product.name,document.kind}', rules => limits.rules(2001, limits.rule('title', 'contains', 'v#')), subtotals => true);

-- report: 10 of many, 4 apart, and 8 keys (refused)
SELECT count(*) FROM report(by => '{account.opportunity.account.opportunity.account.opportunity.account.opportunity.tags,each(tags),each(competitors),activity.kind,activity.subject,payment.method}');

-- report: every pair of 1000 tags and 1000 products
SELECT count(*) FROM report(by => '{each(tags),opportunity_line.product_id}', subtotals => true);

-- report: opportunities of the same account, of the same account
SELECT count(*) FROM report(by => '{account.opportunity.account.opportunity.account.opportunity.account.opportunity.title}');

-- report_lines: 10000 rules
SELECT count(*) FROM report_lines(by => '{product_id,each(tags)}', rules => limits.input('titles'));

-- report_lines: 16 dimensions with subtotals
SELECT count(*) FROM report_lines(by => limits.texts(16, 'custom.k#'), subtotals => true);

-- report_lines_json: a group for each line
SELECT length(report_lines_json(by => '{id,title}', subtotals => true)::text);

-- line_figures: totals of 20000 currencies
SELECT count(*) FROM (SELECT opportunities_internal.line_figures(totals(1, 50, 2, 'C' || i), totals(1, 50, 2, 'C' || i), totals(1, 50, 2, 'C' || i)) FROM generate_series(1, 20000) AS i) AS f;

-- report_sql: 16 dimensions and 10000 rules
SELECT length(report_sql(by => limits.texts(16, 'custom.k#'), rules => limits.input('titles')));

-- report_json: a group for each row
SELECT length(report_json(by => '{id,title}', subtotals => true)::text);

-- json_rows: a report of 100000 groups (refused)
SELECT length(opportunities_internal.json_rows(r)::text) FROM report('wide.opportunity', by => '{id}') AS r;

-- report_json: 10000 rules
SELECT length(report_json(by => '{owner}', rules => limits.input('titles'))::text);

-- report_json: labels of 16 dimensions
SELECT length(report_json(by => '{owner,source,account_id,stage_id,pipeline_id,created_by,currency,month(expected_close),account.name,owner.name,stage.name,state,day(expected_close),type,campaign,custom.f1}')::text);

-- report: 32 measures with 16 dimensions and subtotals
SELECT count(*) FROM report(by => limits.texts(16, 'custom.k#'), subtotals => true, measures => limits.texts(32, 'count(custom.k#)'));

-- report: medians of each row
SELECT count(*) FROM report(by => '{id}', measures => '{median(amount),median(probability),count(distinct title)}');

-- report: 32 measures that no index helps
SELECT count(*) FROM report(measures => limits.texts(16, 'count(distinct custom.k#)') || limits.texts(16, 'count(custom.l#)'));

-- board: 32 measures of a lane for each title
SELECT count(*) FROM board(lane_by => 'month(created_at)', cards => 0, measures => limits.texts(32, 'count(custom.k#)'));

-- list: 32 measures
SELECT length(list(measures => limits.texts(32, 'count(custom.k#)'))::text);

-- report_sql: 32 measures and 10000 rules
SELECT length(report_sql(measures => limits.texts(32, 'count(custom.k#)'), rules => limits.input('titles')));

-- money_sum, money_averages, money_sums: 20000 currencies
SELECT length(opportunities_internal.money_sum(amount, currency)::text), length(opportunities_internal.money_averages(totals(amount, NULL, NULL, currency))::text), length(opportunities_internal.money_sums(totals(amount, NULL, NULL, currency))::text) FROM money.opportunity;

-- money_avg, money_min, money_max: 20000 currencies
SELECT length(opportunities_internal.money_avg(amount, currency)::text), length(opportunities_internal.money_min(amount, currency)::text), length(opportunities_internal.money_max(amount, currency)::text) FROM money.opportunity;

-- money_median: 20000 currencies
SELECT length(opportunities_internal.money_median(amount, currency ORDER BY amount)::text) FROM money.opportunity;

-- middle: 65000 digits
SELECT opportunities_internal.middle(ARRAY[a, b]) FROM money.digits;

-- totals_add_money: a row
SELECT opportunities_internal.totals_add_money(t, 1, 'C1') FROM money.totals LIMIT 1;

-- group_figures: totals of 20000 currencies
SELECT (opportunities_internal.group_figures(t, t, t, 1, 1)).count FROM (SELECT sum(t) AS t FROM money.totals) AS s;

-- report_figures: totals of 20000 currencies
SELECT (opportunities_internal.report_figures(t, t, t, 1, 1)).count FROM (SELECT sum(t) AS t FROM money.totals) AS s;

-- filter_sql: 10000 rules
SELECT length(filter_sql(limits.input('titles')));

-- filter_sql: 500 sub-selects
SELECT length(filter_sql(limits.input('groups')));

-- filter_rules: 10000 rules
SELECT length(filter_rules('titles')::text);

-- check_filter: 10000 unknown fields
SELECT count(*) FROM check_filter(limits.input('unknown'));

-- check_filter: 1000 keys of custom
SELECT count(*) FROM check_filter(limits.input('custom'));

-- save_filter: 10000 rules
SELECT save_filter('new', limits.input('titles'));

-- save_filter: 500 sub-selects
SELECT save_filter('new', limits.input('groups'));

-- matches: 10000 rules, in the plan
SELECT count(*) FROM opportunity AS o WHERE matches(o, 'titles');

-- matches_rules: 100 rules, compiled
DO $$ BEGIN EXECUTE format('SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, %L)', limits.input('jit')); END $$;

-- matches_rules: 100 rules across keys, compiled
DO $$ BEGIN EXECUTE format('SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, %L)', limits.input('jit across')); END $$;

-- matches_rules: 10000 rules, in the plan
DO $$ BEGIN EXECUTE format('SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, %L)', limits.input('titles')); END $$;

-- matches_rules: 500 sub-selects, in the plan
DO $$ BEGIN EXECUTE format('SELECT count(*) FROM crm.opportunity AS o WHERE opportunities.matches_rules(o, %L)', limits.input('groups')); END $$;

-- matches_rules: 10000 rules, by row
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, limits.input('titles'));

-- matches_rules: several of 10000 rules by row
SELECT count(*) FROM opportunity AS o, limits.input AS i WHERE i.name IN ('titles', 'equal', 'descriptions', 'nested') AND matches_rules(o, i.value);

-- matches_rules: 500 sub-selects, by row
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, limits.input('groups'));

-- save_view: 1000 fields
SELECT save_view('new', fields => limits.texts(1000, 'custom.k#'));

-- move: 1000 keys of custom
SELECT move('3', '4', changes => jsonb_build_object('custom', limits.object(1000, 'k#', repeat('x', 80))));

-- move: lists of 1000 elements
SELECT move('1', '2', changes => jsonb_build_object('tags', to_jsonb(limits.texts(1000, 'new #'))));

-- create_opportunity: 1000 keys of custom
SELECT create_opportunity(jsonb_build_object('pipeline_id', 1, 'title', 'x', 'custom', limits.object(1000, 'k#', repeat('x', 80))), (limits.texts(999, 'custom.k#')));

-- edit_opportunity: 1000 keys of custom, and as many fields
SELECT edit_opportunity('3', limits.object(1000, 'custom.k#', repeat('x', 80)), fields => limits.texts(999, 'custom.k#'));

-- edit_opportunity: lists of 1000 elements
SELECT edit_opportunity('1', jsonb_build_object('tags', jsonb_build_object('add', to_jsonb(limits.texts(1000, 'new #')), 'remove', to_jsonb(limits.texts(1000, 'old #')))));

-- fields: 1000 declared fields, 10000 labels and as many choices
SELECT count(*) FROM fields(language => 'fa');

-- my_rights: 1000 ids
SELECT my_rights(ids => limits.texts(1000, '#'));

-- my_rights: 100000 ids (refused)
SELECT my_rights(ids => limits.texts(100000, '#'));

-- set_default_view: 1000 fields, which a list then shows
SELECT save_view('default', fields => limits.texts(1000, 'custom.k#')), set_default_view('default'), length(list(size => 1000)::text);

-- set_default_view: a name of 1 MB (refused)
SELECT set_default_view(repeat('v', 1000000));

-- list: labels of 1000 rows
SELECT length(list(fields => '{label(owner),label(source),label(account_id),label(stage_id),owner.name}', size => 1000)::text);

-- bulk_edit: 100000 ids
SELECT count(*) FROM bulk_edit('{"owner": "x"}', limits.ids(100000)::text[], on_error => 'skip');

-- bulk_edit: 100000 ids, all or none
SELECT count(*) FROM bulk_edit('{"owner": "x"}', limits.ids(20000)::text[], on_error => 'abort');

-- bulk_edit: 1000 keys of custom in 20000 rows
SELECT count(*) FROM bulk_edit(jsonb_build_object('custom', limits.object(1000, 'k#', repeat('x', 80))), rules => limits.rules(1, limits.rule('title', 'contains', 'Deal')), expected_count => 20000);

-- bulk_edit: 10000 rules
SELECT count(*) FROM bulk_edit('{"owner": "x"}', rules => limits.input('titles'), expected_count => 0);

-- bulk_delete: 100000 ids
SELECT count(*) FROM bulk_delete(limits.ids(100000)::text[], on_error => 'skip');

-- bulk_delete: an opportunity with 100000 activities
SELECT count(*) FROM bulk_delete('{1}');

-- log_activity: 20000 opportunities
SELECT count(*) FROM log_activity(limits.ids(20000), 'call', repeat('s', 1000), repeat('b', 199000));

-- retire_stage: 5000 cards
SELECT retire_stage(1, 2);

-- issue_quote: 20000 lines
SELECT issue_quote(2, true);

-- issue_invoice: 20000 lines
SELECT issue_invoice(2, true);

-- invoice_quote: 20000 lines
SELECT invoice_quote((SELECT min(id) FROM document WHERE kind = 'quote'), true);

-- issue_return: 20000 lines
SELECT issue_return((SELECT min(id) FROM document WHERE kind = 'invoice'), true);

-- DELETE: an opportunity with 100000 activities
DELETE FROM opportunity WHERE id = 1;

-- DELETE: all opportunities
DELETE FROM opportunity WHERE id > 2;

-- UPDATE: all opportunities
UPDATE opportunity SET stage_id = 1 + id % 4, owner = 'x';

-- UPDATE: long text, 1000 elements and much custom in 1000 rows
UPDATE opportunity SET description = repeat('b', 199000), tags = limits.texts(1000, 'x #'), custom = limits.object(1000, 'k#', repeat('y', 80)) WHERE id BETWEEN 500 AND 1500;

-- UPDATE: lines
UPDATE opportunity_line SET quantity = 2 WHERE opportunity_id = 2;

-- INSERT: 100000 opportunities
INSERT INTO opportunity (pipeline_id, title) SELECT 1, 'New' FROM generate_series(1, 100000);

-- changes_since: 1000 of 180000 changes
SELECT changes_since(cursor) FROM limits.since;

-- changes_since: a cursor that lacks 100000 transactions
SELECT changes_since(array_to_string((string_to_array(changes_since() ->> 'next', ':'))[1:9], ':') || ':100000:' || (SELECT string_agg(i::text, ':' ORDER BY i DESC) FROM generate_series(1, 100000) AS i) || ':');

-- notify_changes
SELECT notify_changes('crm', false), notify_changes('crm');

-- check_crm
SELECT count(*) FROM check_crm();

-- repair_crm
SELECT count(*) FROM repair_crm();

-- name_currency: of another number of digits
SELECT name_currency('JPY');

-- create_rollup: 100000 groups
SELECT create_rollup('wide.opportunity', '{id,owner}');

-- create_rollup: 20000 currencies of 200000 rows
SELECT create_rollup('money.opportunity');

-- create_rollup: 16 columns
SELECT create_rollup('crm.opportunity', '{id,description,title,owner,pipeline_id,stage_id,account_id,source,created_by,expected_close,closed_on,archived,type,campaign,version,created_at}');

-- create_rollup: 3000 long texts
SELECT create_rollup('kept.long', '{description}');

-- create_rollup, INSERT: 1000 long texts
SELECT create_rollup('kept.long', '{description}', fill => false); INSERT INTO kept.long SELECT id, amount, probability, 'b' || description FROM kept.long LIMIT 1000;

-- fill_rollup: 100000 groups
SELECT fill_rollup('kept.unfilled');

-- compact_rollup: 100000 deltas
SELECT compact_rollup('kept.opportunity');

-- check_rollup: 100000 groups and as many deltas
SELECT count(*) FROM check_rollup('kept.opportunity');

-- drop_rollup
SELECT drop_rollup('kept.opportunity');

-- INSERT: 100000 rows of as many groups of a rollup
INSERT INTO kept.opportunity SELECT -id, stage_id, owner, amount, probability FROM kept.opportunity;

-- DELETE: 100000 rows of as many groups of a rollup
DELETE FROM kept.opportunity;

-- totals: 100000 groups of a rollup and as many deltas
SELECT count(*), sum(opportunity_count(t)) FROM (SELECT owner, totals(amount, probability, NULL) AS t FROM kept.opportunity GROUP BY owner) AS s;

-- rollup_totals, only_count: 20000 currencies
SELECT opportunity_count(opportunities_internal.rollup_totals(t)), opportunity_count(opportunities_internal.only_count(sum(t))) FROM money.totals;

-- rollup_mark_in: 1 MB (refused)
SELECT opportunities_internal.rollup_mark_in(repeat('current', 150000)::cstring);

-- follow_ids
SELECT count(*) FROM follow_ids();

-- fill_calendar: 400000 days
SELECT fill_calendar('crm', '1000-01-01', '2095-01-01');

-- erase_account: 100 names, everywhere
SELECT count(*) FROM erase_account(1, limits.texts(100, 'Deal #'), true);

-- erase_user: 100 names of 1000 characters, everywhere
SELECT count(*) FROM erase_user('u1', limits.texts(100, '#' || repeat('a', 990)), true);

-- mentions: 100 names in 20 MB
SELECT opportunities_internal.mentions(repeat('a', 20000000), limits.texts(100, repeat('a', 500) || '#'));

-- without_names: 100 names in 20 MB
SELECT length(opportunities_internal.without_names(to_jsonb(repeat('a', 20000000)), array_to_string(limits.texts(100, repeat('a', 500) || '#'), '|'))::text);

-- with_login: 9900 rules in 62 levels, and 1000 columns
SELECT length(opportunities_internal.with_login(limits.input('nested'), 'definition', limits.texts(1000, 'u#'), 'v1', 'gone')::text),
	length(opportunities_internal.with_login(limits.object(1000, 'u#', 'v1'), NULL, limits.texts(1000, 'u#'), 'v1', 'gone')::text);

-- line_sums
SELECT * FROM opportunities_internal.line_sums(10::numeric ^ 99, 10::numeric ^ 99, 1 / 3.0, 10::numeric ^ 99, 100);

-- create_crm
SELECT create_crm('other', starter => true);

-- crm_definition
SELECT sum(length(sql)) FROM opportunities_internal.crm_definition(true);

-- empty_crm
ALTER DATABASE limits SET opportunities.test_database = 'limits'; SELECT empty_crm();

-- upgrade_crm
SELECT count(*) FROM upgrade_crm();

-- expand_tenants: 1 MB
SELECT length(opportunities_internal.expand_tenants(repeat('{tenant}', 125000), true));

-- team: 10000 levels
SELECT count(*) FROM team(leader => 'u1');

-- calendar_days: 10000 years
SELECT count(*) FROM opportunities_internal.calendar_days('0001-01-01', '9999-12-31');

-- calendar_text: a pattern of 1 MB (refused)
SELECT length(calendar_text('2026-01-01', repeat('yyyy', 250000), 'persian', 'fa'));

-- period_label: a unit of 1 MB (refused)
SELECT period_label(repeat('month', 200000), '2026-01-01');

-- period_label: a calendar of 1 MB (refused)
SELECT period_label('month', '2026-01-01', repeat('a', 1000000), repeat('f', 1000000));

-- period_start: a period of 1 MB (refused)
SELECT period_start(repeat('THIS_MONTH', 100000));

-- period_end: a time zone of 1 MB (refused)
SELECT period_end('THIS_MONTH', time_zone => repeat('z', 1000000));

-- relative_moment: an anchor of 1 MB (refused)
SELECT opportunities_internal.relative_moment(repeat('now', 300000), '1 day');

-- business_moment: a time zone of 1 MB (refused)
SELECT business_moment('2026-01-01', repeat('z', 1000000));

-- custom_number, custom_bool, custom_date of 1 MB
SELECT custom_number(v, 'k'), custom_bool(v, 'k'), custom_date(v, 'k') FROM (SELECT jsonb_build_object('k', repeat('9', 1000000))) AS j (v);

-- currency_code, currency_digits of 1 MB
SELECT length(currency_code(repeat(' ', 500000) || repeat('u', 500000))), currency_digits(repeat('u', 1000000));

-- fold: 20 MB
SELECT length(fold(repeat('é', 10000000)));

-- contains_text: 100 kB in 20 MB
SELECT opportunities_internal.contains_text(repeat('a', 20000000), repeat('a', 50000) || 'b' || repeat('a', 50000));

-- totals: 200000 rows of 20000 currencies
SELECT opportunity_count(totals(amount, probability, NULL, currency)) FROM money.opportunity;

-- totals: a window over 20000 currencies
SELECT sum(opportunity_count(t)) FROM (SELECT totals(amount, probability, NULL, currency) OVER (ORDER BY id ROWS 1000 PRECEDING) AS t FROM money.opportunity) AS w;

-- totals: 20000 currencies, back and forth
SELECT length(t::text), opportunities_internal.totals_eq(t, t::text::totals), opportunities_internal.totals_cmp(t, t + t), opportunities_internal.totals_hash(t - t), length(opportunities_internal.totals_to_jsonb(t)::text), length(opportunities_internal.totals_to_json(t)::text),
	(SELECT count(*) FROM by_currency(t)), opportunities_internal.totals_out(opportunities_internal.totals_plus(t, t)), opportunities_internal.totals_in(opportunities_internal.totals_out(opportunities_internal.totals_minus(t, t)))
FROM (SELECT sum(t) AS t FROM money.totals) AS s;

-- totals_combine, totals_add_row, totals_add_amount, totals_add_estimated, totals_add_realized of 20000 currencies
SELECT opportunity_count(opportunities_internal.totals_combine(t, t)), opportunity_count(opportunities_internal.totals_add_row(t, 1, 1, 1, 'new')), opportunity_count(opportunities_internal.totals_add_amount(t, 1)),
	opportunity_count(opportunities_internal.totals_add_estimated(t, 1, 1)), opportunity_count(opportunities_internal.totals_add_realized(t, 1)) FROM (SELECT sum(t) AS t FROM money.totals) AS s;

-- estimated_total, final_total, realized_total of 65000 digits
SELECT length(estimated_total(a, b)::text), length(final_total(a)::text), length(realized_total(b)::text) FROM money.digits;

-- totals: 65000 digits
SELECT length(totals(a, b, a)::text) FROM money.digits;

-- in_currency, exchange_rate, rates_day of 10000 days
SELECT count(in_currency(amount, 'EUR', 'USD', date '2000-01-02' + id::int % 9000)), count(exchange_rate('EUR', 'USD', opportunities_internal.rates_day(date '2000-01-02' + id::int % 9000))) FROM opportunity;

-- totals_times, times_totals of 20000 currencies, which converted refuses (refused)
SELECT opportunity_count(opportunities_internal.totals_times(t, 1.5)), length(opportunities_internal.converted(opportunities_internal.times_totals(1.5, t), 'C1', 2)::text) FROM (SELECT sum(t) AS t FROM money.totals) AS s;

-- report in another currency: every row a group
SELECT count(*) FROM report(by => '{id}', in_currency => 'USD', measures => '{sum(amount)}');

-- attainment by owner and month: 10000 targets
SELECT count(*) FROM attainment('THIS_YEAR', '{owner,month}');

-- attainment by team: 10000 managers, each of the one below (refused)
SELECT count(*) FROM attainment('THIS_YEAR', '{team}');

-- pipeline_changes by row: all of the history
SELECT count(*) FROM pipeline_changes('2020-01-01', '2030-01-01', '{id}');

-- pipeline_changes of a row that changed 20000 times, by what changed
SELECT count(*) FROM pipeline_changes('2020-01-01', '2030-01-01', '{custom.k1}', scope => '{"title": "often"}');

-- pipeline_changes: a filter on long text and much custom
SELECT count(*) FROM pipeline_changes('2020-01-01', '2030-01-01', rules => '{"combinator": "or", "rules": [{"field": "description", "operator": "contains", "value": "abc"}, {"field": "custom.k1", "operator": "notNull"}]}');

-- opportunities_on: all of the history
SELECT count(*) FROM opportunities_internal.opportunities_on('opportunity', '2020-01-01');

-- funnel of all stages that all opportunities were in
SELECT count(*) FROM opportunities_internal.funnel('bi_stage_history', '2020-01-01', '2030-01-01');

-- stage_names of 9900 stages
SELECT count(*) FROM opportunities_internal.stage_names('wide.stage');

-- is_opportunity_column of 20 MB
SELECT opportunities_internal.is_opportunity_column('stage'::regclass, repeat('a', 20000000));

-- forecast_category of 20 MB
SELECT length(opportunities_internal.forecast_category(repeat('a', 20000000), 'open', NULL, NULL));
