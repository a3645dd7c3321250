-- What one tenant asks as the owner of the tables, from whom row security hides nothing: all that is ours says the tenant itself.
SELECT stage, kind, count, final_total, estimated_total, by_currency FROM board(cards => 3);
SELECT stage, cards FROM board(cards => 3, fields => '{title,amount,owner,account.name,stage.name,state}');
SELECT lane, stage, count, cards FROM board(cards => 2, lane_by => 'owner', fields => '{title,owner.name}');
SELECT lane_label, sum(count) FROM board(cards => 0, lane_by => 'account_id') GROUP BY 1 ORDER BY 1;
SELECT lane, lane_label, sum(count) FROM board(cards => 0, lane_by => 'source') GROUP BY 1, 2 ORDER BY 1;
SELECT stage, count, final_total FROM board(cards => 1, filter => 'Large');
SELECT stage, count, final_total FROM board(cards => 1, filter => 'Of accounts');
SELECT stage, count, final_total FROM board(cards => 1, filter => 'Called');
SELECT stage, count, final_total FROM board(cards => 1, filter => 'Mine');
SELECT stage, count FROM board(cards => 1, search => 'deal 7');
SELECT stage, count FROM board(cards => 1, search => 'account 12');
SELECT stage, count FROM board(cards => 1, search => 'sara');
SELECT stage, count, measures FROM board(cards => 0, measures => '{avg(amount),count(distinct account_id),median(amount)}');
SELECT stage, converted FROM board(cards => 0, in_currency => 'USD', scope => '{"currency": "EUR"}');
SELECT stage, count FROM board(cards => 2, "view" => 'Short');
SELECT column_cards(after => (SELECT next FROM board(cards => 2, fields => '{title}') WHERE stage = 'Talking'), size => 3, fields => '{title}');
SELECT b -> 'columns' -> 1 ->> 'count' FROM board_json(cards => 1) AS b;
SELECT part FROM board_sql(cards => 1);
SELECT list(size => 3, fields => '{title,amount}') #- '{next}';
SELECT list(size => 4, sort => '{account.name,title}', fields => '{title,account.name,stage.name}', filter => 'Large') -> 'rows';
SELECT list(size => 4, sort => '{title}', fields => '{title,custom.seats,stale}', after => list(size => 4, sort => '{title}', fields => '{title}') -> 'next') -> 'rows';
SELECT list(size => 2, filter => 'Called', fields => '{title,activity.kind,opportunity_line.product.name}') -> 'rows';
SELECT list(size => 2, fields => '{title,last_activity.subject,next_activity.subject}') -> 'rows';
SELECT list(size => 2, fields => '{title}', measures => '{sum(amount),max(account.name)}') -> 'measures';
SELECT list(size => 3, search => 'account 3', fields => '{title}', sort => '{title}') -> 'rows';
SELECT list(size => 3, fields => '{title}', sort => '{title}', rules => '{"combinator": "or", "rules": [{"field": "account.kind", "operator": "=", "value": "person"}, {"field": "activity.kind", "operator": "=", "value": "call"}]}') -> 'rows';
SELECT list(size => 3, fields => '{title}', sort => '{title}', rules => '{"not": true, "rules": [{"field": "opportunity_line.product.category", "operator": "=", "value": "Category 1"}]}') -> 'rows';
SELECT list(size => 3, fields => '{title}', sort => '{title}', rules => '{"rules": [{"field": "activity", "match": {"mode": "atLeast", "threshold": 1}, "value": {"rules": [{"field": "kind", "operator": "=", "value": "call"}]}}]}') -> 'rows';
SELECT list(size => 3, fields => '{title}', sort => '{title}', rules => '{"rules": [{"field": "owner.manager", "operator": "=", "value": "nima"}, {"field": "tags", "operator": "contains", "value": "erp"}]}') -> 'rows';
SELECT list(size => 3, fields => '{title}', sort => '{title}', rules => '{"rules": [{"field": "expected_close", "operator": "=", "value": {"period": "THIS_QUARTER"}}]}') -> 'totals' -> 'count';
SELECT * FROM report(by => '{owner}') ORDER BY dimensions;
SELECT * FROM report(by => '{stage.name}') ORDER BY dimensions;
SELECT * FROM report(by => '{month(expected_close)}') ORDER BY dimensions;
SELECT * FROM report(by => '{owner,source}', subtotals => true) ORDER BY dimensions;
SELECT * FROM report(by => '{account.name}', filter => 'Large') ORDER BY dimensions;
SELECT * FROM report(by => '{owner.manager}', filter => 'Called') ORDER BY dimensions;
SELECT dimensions, count, measures FROM report(by => '{each(tags)}', measures => '{avg(amount),count(distinct account.kind)}') ORDER BY dimensions;
SELECT dimensions, converted FROM report(by => '{currency}', in_currency => 'USD', scope => '{"currency": "EUR"}') ORDER BY dimensions;
SELECT dimensions, count FROM report(by => '{opportunity_line.product.category}') ORDER BY dimensions;
SELECT dimensions, count FROM report(by => '{activity.kind,state}', subtotals => true) ORDER BY dimensions;
SELECT * FROM report_lines(by => '{opportunity_line.product.name}') ORDER BY dimensions;
SELECT * FROM report_lines(by => '{owner,opportunity_line.product.category}', subtotals => true) ORDER BY dimensions;
SELECT report_json(by => '{state}');
SELECT filter_rules('Large');
SELECT filter_sql('{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "5"}, {"field": "account.name", "operator": "beginsWith", "value": "c"}]}', alias => 'o');
SELECT * FROM check_filter('{"rules": [{"field": "amonut", "operator": ">", "value": "5"}, {"field": "source", "operator": "=", "value": "nowhere"}]}');
SELECT name, type, label, choices FROM fields(language => 'fa') WHERE name IN ('amount', 'custom.seats', 'owner', 'source', 'stage_id') ORDER BY name;
SELECT count(*), sum(amount) FROM bi_opportunity WHERE tenant_id = current_tenant();
SELECT stage, owner_name, account_kind, count(*), sum(amount), sum(balance) FROM bi_opportunity WHERE tenant_id = current_tenant() GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT product, category, count(*), sum(net), sum(won_net) FROM bi_line WHERE tenant_id = current_tenant() GROUP BY 1, 2 ORDER BY 1;
SELECT kind, status, account, signed_total, open_amount FROM bi_document WHERE tenant_id = current_tenant() ORDER BY kind, number;
SELECT account, amount FROM bi_payment WHERE tenant_id = current_tenant() ORDER BY 1, 2;
SELECT kind, owner, count(*) FROM bi_activity WHERE tenant_id = current_tenant() GROUP BY 1, 2 ORDER BY 1, 2;
SELECT from_stage, to_stage, count(*) FROM bi_stage_history WHERE tenant_id = current_tenant() GROUP BY 1, 2 ORDER BY 1, 2;
SELECT tenant_id, totals(amount, probability, realized_amount, currency) FROM opportunity GROUP BY 1 ORDER BY 1;
SELECT totals(amount, probability, realized_amount, currency) FROM opportunity;
SELECT sum(t) FROM (SELECT tenant_id, owner, totals(amount, probability, realized_amount, currency) AS t FROM opportunity GROUP BY 1, 2) AS o;
SELECT tenant_id, count(*) FROM opportunity AS o WHERE matches(o, 'Large') GROUP BY 1 ORDER BY 1;
SELECT tenant_id, count(*) FROM opportunity AS o WHERE matches(o, 'Of accounts') GROUP BY 1 ORDER BY 1;
SELECT s.name, count(*) FROM opportunity AS o JOIN stage AS s ON s.tenant_id = o.tenant_id AND s.id = o.stage_id GROUP BY 1 ORDER BY 1;
SELECT f.* FROM funnel(current_date - 100, current_date + 1) AS f ORDER BY f::text;
SELECT stage, count(*), sum(amount) FROM pipeline_on(current_date + 1) GROUP BY 1 ORDER BY 1;
SELECT change, currency, count, amount FROM pipeline_changes(current_date - 40, current_date + 1) ORDER BY 1, 2;
SELECT * FROM attainment('THIS_YEAR', '{owner}') ORDER BY dimensions, currency;
SELECT exchange_rate('EUR', 'USD', '2026-05-01');
SELECT * FROM check_crm('crm') ORDER BY code, object, row_id;
SELECT id AS first FROM opportunity WHERE tenant_id = current_tenant() AND title = 'Deal 31' \gset
SELECT id AS second FROM opportunity WHERE tenant_id = current_tenant() AND title = 'Deal 42' \gset
SELECT id AS third FROM opportunity WHERE tenant_id = current_tenant() AND title = 'Deal 52' \gset
SELECT pipeline_id AS pipeline FROM opportunity WHERE tenant_id = current_tenant() AND title = 'Deal 31' \gset
SELECT id AS talking FROM stage WHERE tenant_id = current_tenant() AND name = 'Talking' \gset
SELECT id AS due FROM stage WHERE tenant_id = current_tenant() AND name = 'Due' \gset
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (:pipeline, :due, 'New', 5) RETURNING tenant_id, title, created_by, version;
UPDATE opportunity SET stage_id = :talking WHERE tenant_id = current_tenant() AND title = 'New';
UPDATE opportunity SET amount = 6 WHERE tenant_id = current_tenant() AND title = 'New' RETURNING amount, version, updated_by;
SELECT move(id => :'first', stage_id => :'talking') ->> 'version';
SELECT move(id => :'second', stage_id => :'talking', above => :'first') ->> 'version';
SELECT move(id => :'third', stage_id => :'talking', below => :'first', changes => '{"owner": "nima"}') ->> 'version';
SELECT move(id => :'third', stage_id => :'talking', expected => 1);
SELECT stage, cards FROM board(cards => 4, fields => '{title,owner}') WHERE stage = 'Talking';
SELECT create_opportunity(jsonb_build_object('pipeline_id', :pipeline, 'stage_id', :due, 'title', 'Created', 'amount', '12.50'), fields => '{title,amount,probability,stage.name}') - 'id';
SELECT edit_opportunity(:'first', '{"title": "Deal one", "amount": "99.50"}', fields => '{title,amount,account.name,state,version}') - 'id';
SELECT status, code, field FROM bulk_edit('{"source": "fair"}', ids => ARRAY[:'first', :'second']);
SELECT status, count(*) FROM bulk_edit('{"source": "web"}', filter => 'Large') GROUP BY 1 ORDER BY 1;
SELECT status, count(*) FROM bulk_delete(rules => '{"rules": [{"field": "title", "operator": "=", "value": "New"}]}') GROUP BY 1;
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, description) VALUES (:second, 2, 5, 'Work');
UPDATE opportunity SET amount_mode = 'auto' WHERE tenant_id = current_tenant() AND id = :second RETURNING amount;
SELECT issue_quote(:second, confirm => true) AS quote \gset
SELECT invoice_quote(:quote, confirm => true, share => 0.5) AS half \gset
SELECT invoice_quote(:quote, confirm => true) AS rest \gset
SELECT issue_return(:half, confirm => true) IS NOT NULL;
SELECT kind, status, number, total FROM document WHERE tenant_id = current_tenant() AND opportunity_id = :second ORDER BY id;
SELECT realized_amount FROM opportunity WHERE tenant_id = current_tenant() AND id = :second;
SELECT issue_invoice(:third, confirm => true) IS NOT NULL;
SELECT count(*) FROM log_activity(ARRAY[:first, :second], 'call', 'Hello');
SELECT log_activity(ARRAY[:first, 0], 'call', 'Hello');
SELECT last_activity_at IS NOT NULL FROM opportunity WHERE tenant_id = current_tenant() AND id IN (:first, :second);
SELECT save_filter('Private', '{"rules": []}') IS NOT NULL;
SELECT save_view('Of mine', 'grid', fields => '{title,amount}') IS NOT NULL;
INSERT INTO stage (pipeline_id, name, position) VALUES (:pipeline, 'Extra', 9);
SELECT retire_stage(:talking, :due);
SELECT tenant_id, table_name, action, field, count(*) FROM change_log GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
SELECT tenant_id, changed_by, count(*) FROM change_log GROUP BY 1, 2 ORDER BY 1, 2;
SELECT tenant_id, count(*), count(DISTINCT opportunity_id) FROM stage_change GROUP BY 1 ORDER BY 1;
SELECT * FROM check_crm('crm') ORDER BY code, object, row_id;
