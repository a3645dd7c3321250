-- A day's work of :who with everything that there is in the schema :crm, by statements whose own names are all qualified.
\set o :crm.opportunity
\set page '{id,title,account.name,stage.name,state,stale,days_in_stage,balance,next_activity,next_activity_kind,next_activity_at,activity_state,custom.size,custom.since,custom.big,custom.other,custom.list,tags,amount,estimated_amount,created_at,expected_close}'
\o /dev/null

SELECT pg_catalog.jsonb_extract_path_text(opportunities.changes_since(NULL, :'o'), 'next') AS since \gset

-- What deals are about.
INSERT INTO :crm.app_user (login, name) VALUES ('head', 'Head') ON CONFLICT DO NOTHING;
INSERT INTO :crm.app_user (login, name, manager) VALUES (:'who', 'Seller', 'head') ON CONFLICT DO NOTHING;
UPDATE :crm.app_user SET name = 'One' WHERE login OPERATOR(pg_catalog.=) :'who';
INSERT INTO :crm.choice (field, value) VALUES ('source', 'web'), ('source', 'fair'), ('tags', 'a'), ('tags', 'b') ON CONFLICT DO NOTHING;
INSERT INTO :crm.choice (field, value, stage_kind) VALUES ('close_reason', 'price', 'lost') ON CONFLICT DO NOTHING;
INSERT INTO :crm.custom_field (name, type, listed) VALUES ('size', 'number', true), ('since', 'date', false), ('big', 'bool', false) ON CONFLICT DO NOTHING;
INSERT INTO :crm.account (name, kind, custom) VALUES (:'who', 'person', '{"size": 1}') RETURNING id AS account \gset
INSERT INTO :crm.currency (code) VALUES ('EUR'), ('CHF'), ('ZZZ') ON CONFLICT DO NOTHING;
UPDATE :crm.currency SET digits = 3 WHERE code OPERATOR(pg_catalog.=) 'ZZZ';
DELETE FROM :crm.currency WHERE code OPERATOR(pg_catalog.=) 'ZZZ';
INSERT INTO :crm.exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'CHF', '2020-01-01', 0.9), ('EUR', 'CHF', '2021-01-01', 1.1) ON CONFLICT DO NOTHING;
INSERT INTO :crm.product (name, category, unit_price, currency) VALUES (:'who', 'c', 10, 'EUR') RETURNING id AS product \gset
INSERT INTO :crm.pipeline (name) VALUES (:'who') RETURNING id AS pipeline \gset
BEGIN;
INSERT INTO :crm.stage (pipeline_id, name, position, probability, max_days) VALUES (:pipeline, 'First', 1, 10, 0) RETURNING id AS first \gset
INSERT INTO :crm.stage (pipeline_id, name, position) VALUES (:pipeline, 'Second', 2) RETURNING id AS second \gset
INSERT INTO :crm.stage (pipeline_id, name, position) VALUES (:pipeline, 'Third', 3) RETURNING id AS third \gset
INSERT INTO :crm.stage (pipeline_id, name, position, kind) VALUES (:pipeline, 'Won', 4, 'won') RETURNING id AS won \gset
INSERT INTO :crm.stage (pipeline_id, name, position, kind, reason_required) VALUES (:pipeline, 'Lost', 5, 'lost', true) RETURNING id AS lost \gset
COMMIT;
UPDATE :crm.stage SET name = 'Last' WHERE id OPERATOR(pg_catalog.=) :lost;

-- Deals.
INSERT INTO :o (pipeline_id, stage_id, account_id, title, owner, amount, expected_close, source, tags, custom)
VALUES (:pipeline, :first, :account, 'Deal one', :'who', 100, '2026-12-01', 'web', '{a,b}', '{"size": 2, "since": "2025-01-01", "big": true, "other": "x", "list": ["a"]}') RETURNING id AS one \gset
INSERT INTO :o (pipeline_id, stage_id, title, owner, currency) VALUES (:pipeline, :first, 'Deal two', :'who', 'EUR') RETURNING id AS two \gset
INSERT INTO :o (pipeline_id, stage_id, title, amount) VALUES (:pipeline, :second, 'Deal three', 5) RETURNING id AS three \gset
INSERT INTO :o (pipeline_id, title) VALUES (:pipeline, 'No stage'), (:pipeline, 'None either');
UPDATE :o SET title = 'Deal 2', custom = '{"size": 3}', probability = 20, tags = '{b}' WHERE id OPERATOR(pg_catalog.=) :two;
INSERT INTO :crm.opportunity_line (opportunity_id, product_id, quantity, tax_percent) VALUES (:two, :product, 2, 10), (:two, :product, 1, 0);
UPDATE :crm.opportunity_line SET quantity = 3 WHERE opportunity_id OPERATOR(pg_catalog.=) :two;
DELETE FROM :crm.opportunity_line WHERE opportunity_id OPERATOR(pg_catalog.=) :two AND tax_percent OPERATOR(pg_catalog.=) 0;
UPDATE :o SET amount = 7 WHERE id OPERATOR(pg_catalog.=) :two;
UPDATE :o SET amount_mode = 'auto', probability_mode = 'auto' WHERE id OPERATOR(pg_catalog.=) :two;

-- Activities.
INSERT INTO :crm.activity (opportunity_id, kind, subject, due_at) VALUES (:one, 'call', 'x', '2026-01-01 10:00+00');
SELECT * FROM opportunities.log_activity(ARRAY[:one, :two], 'note', 'y', relation => :'o');
UPDATE :crm.activity SET done_at = pg_catalog.now() WHERE opportunity_id OPERATOR(pg_catalog.=) :one;
DELETE FROM :crm.activity WHERE opportunity_id OPERATOR(pg_catalog.=) :two;

-- Documents and payments.
SELECT opportunities.issue_quote(:one, true, :'o') AS quote \gset
SELECT opportunities.invoice_quote(:quote, true, share => 0.5, relation => :'o') AS invoice \gset
SELECT opportunities.invoice_quote(:quote, false, lines => pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('id', id, 'quantity', quantity OPERATOR(pg_catalog.*) 0.25)), relation => :'o')
FROM :crm.document_line WHERE document_id OPERATOR(pg_catalog.=) :quote;
SELECT opportunities.invoice_quote(:quote, relation => :'o');
SELECT opportunities.issue_invoice(:two, false, :'o') AS draft \gset
UPDATE :crm.document_line SET quantity = 4 WHERE document_id OPERATOR(pg_catalog.=) :draft;
INSERT INTO :crm.document_line (document_id, description, unit_price) VALUES (:draft, 'x', 1);
DELETE FROM :crm.document_line WHERE document_id OPERATOR(pg_catalog.=) :draft AND description OPERATOR(pg_catalog.=) 'x';
UPDATE :crm.document SET status = 'confirmed' WHERE id OPERATOR(pg_catalog.=) :draft;
SELECT opportunities.issue_return(:draft, true, :'o') AS return \gset
UPDATE :crm.document SET status = 'void' WHERE id OPERATOR(pg_catalog.=) :return;
INSERT INTO :crm.payment (opportunity_id, document_id, amount, paid_on) VALUES (:one, :invoice, 10, '2026-01-02') RETURNING id AS payment \gset
UPDATE :crm.payment SET amount = 11 WHERE id OPERATOR(pg_catalog.=) :payment;
DELETE FROM :crm.payment WHERE id OPERATOR(pg_catalog.=) :payment;
INSERT INTO :crm.payment (opportunity_id, direction, amount, paid_on) VALUES (:one, 'out', 1, '2026-01-03');
SELECT opportunities.issue_quote(:one, false, :'o') AS other \gset
DELETE FROM :crm.document WHERE id OPERATOR(pg_catalog.=) :other;

-- Cards.
SELECT opportunities.move(:'three', :'first', relation => :'o');
SELECT opportunities.move(:'one', :'first', above => :'two', relation => :'o');
SELECT opportunities.move(:'two', :'first', below => :'three', changes => '{"owner": "head", "custom.size": 5, "custom.other": null}', relation => :'o');
SELECT opportunities.move(:'three', :'lost', changes => '{"close_reason": "price"}', relation => :'o');
SELECT opportunities.move(:'three', :'won', relation => :'o');
SELECT opportunities.move(:'one', :'first', rules => d.rules, lane_by => l.lane, sort => s.sort, fields => '{owner.name,label(source)}', search => 'deal', relation => :'o')
FROM planted.definition AS d, (VALUES ('all(owner)'), ('owner.name'), ('custom.size'), ('month(expected_close)'), ('label(source)'), ('account.name')) AS l (lane), (VALUES (NULL::pg_catalog.text[]), ('{custom.since,-account.name}')) AS s (sort);
SELECT opportunities.move(:'two', :'first', below => :'one', scope => pg_catalog.format('{"pipeline_id": %s}', :pipeline)::pg_catalog.jsonb, include_archived => true, with_totals => false, relation => :'o');
SELECT opportunities.create_opportunity(pg_catalog.format('{"pipeline_id": %s, "title": "Deal four", "source": "web", "tags": {"add": ["a"]}, "custom.size": 4}', :pipeline)::pg_catalog.jsonb, :'page', :'o') OPERATOR(pg_catalog.->>) 'id' AS four \gset
SELECT opportunities.edit_opportunity(:'four', '{"title": "Deal 4", "tags": {"add": ["b"], "remove": ["a"]}, "custom.since": "2026-01-01", "custom.size": null}', 1, relation => :'o');
SELECT opportunities.edit_opportunity(:'four', '{}', relation => :'o');
INSERT INTO :crm.label (language, field, value, label) VALUES ('fa', 'source', 'web', 'x') ON CONFLICT DO NOTHING;
SELECT * FROM opportunities.fields(:'o', :'pipeline', 'fa-AF');
SELECT * FROM opportunities.bulk_edit('{"source": "fair", "custom.size": 9}', ids => ARRAY[:one, :two]::pg_catalog.text[], relation => :'o');
SELECT * FROM opportunities.bulk_edit('{"source": "nowhere"}', scope => pg_catalog.format('{"pipeline_id": %s}', :pipeline)::pg_catalog.jsonb, on_error => 'skip', relation => :'o');
SELECT * FROM opportunities.bulk_delete(search => 'None either', scope => '{"title": "None either"}', relation => :'o');
SELECT opportunities.retire_stage(:third, :second, :'o');
UPDATE :o SET stage_id = :second WHERE pipeline_id OPERATOR(pg_catalog.=) :pipeline AND stage_id IS NULL;
SELECT opportunities.retire_stage(:second, :first, :'o');
INSERT INTO :crm.stage_transition (pipeline_id, from_stage_id, to_stage_id, role) VALUES (:pipeline, :first, :won, NULL), (:pipeline, :first, :lost, 'pg_monitor');
UPDATE :crm.stage SET required_fields = '{title,tags,custom.size}' WHERE id OPERATOR(pg_catalog.=) :won;
UPDATE :crm.pipeline SET needs_won_and_lost = true WHERE id OPERATOR(pg_catalog.=) :pipeline;
SELECT opportunities.my_rights(:'o');
SELECT e.* FROM (VALUES (:lost), (:won)) AS s (id),
	opportunities.bulk_edit(pg_catalog.jsonb_build_object('stage_id', s.id::pg_catalog.text), ids => ARRAY[:three]::pg_catalog.text[], on_error => 'skip', relation => :'o') AS e;
UPDATE :o SET stage_id = :won, tags = '{a}', custom = '{"size": 1}' WHERE id OPERATOR(pg_catalog.=) :three;
DELETE FROM :crm.stage_transition WHERE pipeline_id OPERATOR(pg_catalog.=) :pipeline;

-- Filters and views.
SELECT opportunities.save_filter(:'who', d.rules, s.shared, :'o') FROM planted.definition AS d, (VALUES (true), (false)) AS s (shared);
SELECT opportunities.filter_rules(:'who', :'o');
SELECT * FROM planted.definition AS d, opportunities.check_filter(d.rules, :'o');
SELECT * FROM opportunities.check_filter('{"rules": [{"field": "amuont", "operator": "=", "value": 1}]}', :'o');
SELECT o.id FROM :o AS o, planted.definition AS d WHERE opportunities.matches_rules(o, d.rules);
SELECT o.id FROM :o AS o, (SELECT :'who'::pg_catalog.text OFFSET 0) AS f (name) WHERE opportunities.matches(o, f.name);
PREPARE hot AS SELECT o.id FROM :o AS o WHERE opportunities.matches(o, :'who');
EXECUTE hot;
DEALLOCATE hot;
\o :queries
\pset tuples_only on
\pset format unaligned
SELECT pg_catalog.format('SELECT o.id FROM %s AS o WHERE opportunities.matches_rules(o, %L);', :'o', d.rules) FROM planted.definition AS d;
SELECT pg_catalog.format('SELECT o.id FROM %s AS o WHERE %s;', :'o', opportunities.filter_sql(d.rules, :'o', 'o')) FROM planted.definition AS d;
SELECT pg_catalog.concat(opportunities.list_sql(:'o', rules => d.rules, search => 'deal one', fields => :'page', sort => '{-amount,title}'), ';') FROM planted.definition AS d;
SELECT pg_catalog.concat(s.sql, ';') FROM planted.definition AS d, opportunities.board_sql(:'o', rules => d.rules, lane_by => 'owner', fields => :'page') AS s;
SELECT pg_catalog.concat(s.sql, ';') FROM opportunities.board_sql(:'o', lane_by => 'all(account.name)', cards => 1, sort => '{custom.since,account.name}') AS s;
SELECT pg_catalog.concat(opportunities.report_sql(:'o', '{owner,month(expected_close),fiscal_quarter(created_at),stage.kind}', rules => d.rules), ';') FROM planted.definition AS d;
\set measures '{sum(amount),avg(balance),min(estimated_amount),max(amount),median(amount),median(custom.size),sum(custom.size),avg(days_in_stage),min(custom.since),max(title),count(stale),count(distinct owner),count(distinct month(expected_close))}'
SELECT pg_catalog.concat(opportunities.report_sql(:'o', '{owner}', rules => d.rules, measures => :'measures'), ';') FROM planted.definition AS d;
\o /dev/null
\i :queries
SELECT opportunities.save_view(:'who', 'kanban', :'page', '{-amount,title}', 'owner', :'who', s.shared, :'o') FROM (VALUES (true), (false), (false)) AS s (shared);
SELECT opportunities.set_default_view(:'who', 'kanban', :'pipeline', false, :'o'), opportunities.set_default_view(:'who', 'kanban', NULL, true, :'o'), opportunities.set_default_view(NULL, relation => :'o');
UPDATE :crm.saved_view SET is_default = true, pipeline_id = :pipeline WHERE owner OPERATOR(pg_catalog.=) :'who';

-- Boards, lists, reports.
SELECT b.* FROM planted.definition AS d, opportunities.board(:'o', rules => d.rules, lane_by => 'account_id', fields => :'page') AS b;
SELECT b.* FROM (VALUES ('owner'), ('currency'), ('expected_close'), ('custom.size'), ('stage.kind'), ('archived'), (NULL)) AS l (lane),
	(VALUES ('{-amount,title}'::pg_catalog.text[]), ('{custom.since,account.name}'), (NULL)) AS s (sort), (VALUES (0), (1), (20)) AS c (cards),
	opportunities.board(:'o', lane_by => l.lane, sort => s.sort, cards => c.cards, search => 'deal', include_archived => true) AS b;
SELECT b.converted, l, r.* FROM opportunities.board(:'o', scope => '{"currency": "EUR"}', lane_by => 'owner', in_currency => 'chf') AS b, opportunities.list(:'o', scope => '{"currency": "EUR"}', in_currency => 'CHF') AS l,
	opportunities.report(:'o', '{owner}', scope => '{"currency": "EUR"}', subtotals => true, in_currency => 'CHF') AS r;
SELECT r.* FROM opportunities.report(:'o', '{owner}', scope => '{"currency": "EUR"}', measures => '{sum(amount)}', in_currency => 'CHF') AS r;
SELECT b.* FROM opportunities.board(:'o', "view" => :'who', scope => pg_catalog.format('{"pipeline_id": %s}', :pipeline)::pg_catalog.jsonb) AS b;
SELECT opportunities.column_cards(:'o', lane_by => 'owner', sort => s.sort, after => b.next)
FROM (VALUES ('{-amount,title}'::pg_catalog.text[]), ('{custom.since,account.name}'), (NULL)) AS s (sort),
	opportunities.board(:'o', lane_by => 'owner', sort => s.sort, cards => 1) AS b WHERE b.next IS NOT NULL;
SELECT opportunities.list(:'o', filter => :'who', rules => d.rules, fields => :'page') FROM planted.definition AS d;
SELECT opportunities.list(:'o', scope => '{"account.name": "A", "amount": 1, "expected_close": null}', sort => '{tags,balance,-created_at}');
SELECT opportunities.list(:'o', sort => s.sort, size => 1, before => pg_catalog.jsonb_extract_path(p.page, 'previous'))
FROM (VALUES ('{-amount,title}'::pg_catalog.text[]), ('{custom.since,-account.name}'), ('{-id}'), ('{owner,amount}')) AS s (sort),
	LATERAL (SELECT opportunities.list(:'o', sort => s.sort, size => 2)) AS t (top),
	LATERAL (SELECT opportunities.list(:'o', sort => s.sort, size => 1, after => pg_catalog.jsonb_extract_path(t.top, 'next'))) AS p (page);
SELECT opportunities.report_json(:'o', '{owner,month(expected_close)}', rules => d.rules, subtotals => true) FROM planted.definition AS d;
SELECT opportunities.board_json(:'o', rules => d.rules, lane_by => 'owner', cards => 2) FROM planted.definition AS d;
SELECT r.* FROM planted.definition AS d, opportunities.report(:'o', '{owner,year(created_at)}', rules => d.rules, subtotals => true, measures => :'measures') AS r;
SELECT opportunities.board_json(:'o', lane_by => 'owner', cards => 0, measures => :'measures'), opportunities.list(:'o', size => 1, measures => :'measures');
SELECT opportunities.my_rights(:'o', '{1,2,3}');
SELECT r.* FROM planted.definition AS d, opportunities.report(:'o', '{owner,year(created_at)}', rules => d.rules, subtotals => true) AS r;
SELECT b.* FROM pg_catalog.unnest('{NULL,owner,state,month(closed_on)}'::pg_catalog.text[]) AS lane, opportunities.board(:'o', lane_by => lane, cards => 0) AS b;
SELECT r.* FROM pg_catalog.unnest('{true,false}'::pg_catalog.bool[]) AS sub, opportunities.report(:'o', '{owner,stage.name,year(closed_on)}', subtotals => sub) AS r;
SELECT opportunities.list(:'o', scope => '{"state": "open"}', size => 1);
SELECT * FROM opportunities.report(:'o', '{state,account.name,custom.size,week(closed_on),fiscal_year(expected_close),stale}', filter => :'who', search => 'deal', scope => '{"archived": false}', subtotals => true);

-- Names, not keys.
SET opportunities.language = 'fa-AF';
\set names '{owner.name,owner.team,created_by.manager,label(owner),label(source),label(stage_id),label(tags),label(state)}'
SELECT opportunities.list(:'o', fields => :'names', sort => '{-owner.name,label(source)}', search => 'seller', scope => '{"owner.name": "One"}');
SELECT r.* FROM opportunities.report(:'o', '{owner,owner.name,owner.team,source,stage_id,account_id,state,label(source)}', subtotals => true) AS r;
SELECT b.* FROM (VALUES ('all(owner)'), ('owner.name'), ('source'), ('all(stage_id)'), ('state'), ('label(source)')) AS l (lane), opportunities.board(:'o', lane_by => l.lane, fields => :'names') AS b;
CREATE TEMPORARY TABLE of_people AS SELECT '{"combinator": "or", "rules": [{"field": "owner.name", "operator": "contains", "value": "one"}, {"field": "owner.name", "operator": "notIn", "value": ["x", "y"]},
	{"field": "owner.team", "operator": "=", "value": "x"}, {"field": "owner", "operator": "=", "value": {"user": "team"}}, {"field": "owner", "operator": "notIn", "value": ["x", {"user": "team"}]}]}'::pg_catalog.jsonb AS rules;
SELECT opportunities.list(:'o', rules => p.rules) FROM pg_temp.of_people AS p;
SELECT o.id FROM :o AS o, pg_temp.of_people AS p WHERE opportunities.matches_rules(o, p.rules);
\o :queries
SELECT pg_catalog.format('SELECT o.id FROM %s AS o WHERE opportunities.matches_rules(o, %L);', :'o', p.rules) FROM pg_temp.of_people AS p;
SELECT pg_catalog.concat(opportunities.list_sql(:'o', rules => p.rules, search => 'seller', fields => :'names', sort => '{owner.name}', labels => true), ';') FROM pg_temp.of_people AS p;
\o /dev/null
\i :queries
DROP TABLE pg_temp.of_people;
RESET opportunities.language;

-- Totals.
SELECT t.t::pg_catalog.jsonb, t.t::pg_catalog.json, opportunities.by_currency(t.t), t.t OPERATOR(opportunities.+) t.t OPERATOR(opportunities.-) t.t, t.t OPERATOR(opportunities.=) t.t
FROM (SELECT opportunities.totals(amount, probability, realized_amount, currency) FROM :o) AS t (t);
SELECT DISTINCT opportunities.totals(amount, probability, realized_amount) OVER (ORDER BY id ROWS 1 PRECEDING), opportunities.final_total(amount) OVER (PARTITION BY owner) FROM :o ORDER BY 1;
SELECT opportunities.sum(t.t), opportunities.estimated_total(1, 2), opportunities.realized_total(1) FROM (SELECT opportunities.totals(amount, probability, realized_amount) FROM :o GROUP BY owner) AS t (t);

-- What has changed.
SELECT opportunities.changes_since(:'since', :'o', 2);
SELECT opportunities.changes_since(:'since', :'o');

-- People, days, and what is there for BI.
SELECT * FROM opportunities.team(:'users', 'head');
SELECT * FROM opportunities_internal.calendar_days('2026-01-01', '2026-01-31');
SELECT opportunities.period_start('THIS_WEEK', calendar => 'persian'), opportunities.period_end('LAST_N_DAYS:3'), opportunities.business_moment('2026-01-01');
SELECT * FROM :crm.pipeline_on('2026-01-01');
SELECT * FROM :crm.funnel();
INSERT INTO :crm.target (owner, period, first_day, amount) VALUES (:'who', 'month', '2026-01-01', 5), (:'who', 'year', '2026-01-01', 50) ON CONFLICT DO NOTHING;
INSERT INTO :crm.target (team, pipeline_id, period, first_day, amount, measure) VALUES ('head', :pipeline, 'quarter', '2026-01-01', 5, 'realized') ON CONFLICT DO NOTHING;
SELECT * FROM :crm.attainment('year 2026-01-01', '{owner,month}');
SELECT * FROM :crm.attainment('year 2026-01-01', '{team,pipeline_id,fiscal_quarter}', 'realized');
SELECT * FROM :crm.attainment('THIS_QUARTER', NULL, 'final');
SELECT * FROM :crm.bi_opportunity;
SELECT * FROM :crm.bi_line;
SELECT * FROM :crm.bi_stage_history;
SELECT * FROM :crm.bi_document;
SELECT * FROM :crm.bi_payment;
SELECT * FROM :crm.bi_activity;

-- What goes.
DELETE FROM :crm.saved_view WHERE owner OPERATOR(pg_catalog.=) :'who';
DELETE FROM :crm.saved_filter WHERE owner OPERATOR(pg_catalog.=) :'who';
INSERT INTO :o (pipeline_id, title) VALUES (:pipeline, 'Gone') RETURNING id AS gone \gset
SELECT opportunities.log_activity(ARRAY[:gone], 'note', relation => :'o'), opportunities.issue_quote(:gone, false, :'o') FROM (SELECT 1) AS x (x) WHERE false;
DELETE FROM :o WHERE id OPERATOR(pg_catalog.=) :gone;
\o
