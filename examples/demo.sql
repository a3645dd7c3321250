-- What `make demo` shows, in an empty database.
\set QUIET on
CREATE EXTENSION opportunities CASCADE;
CREATE EXTENSION pg_trgm;
SELECT opportunities.create_crm('crm', starter => true) \g /dev/null
SET search_path = crm, opportunities, public;
SET opportunities.user_name = 'sara';

INSERT INTO account (name, kind) VALUES
	('Alborz Trading', 'organization'), ('Bright Hospital', 'organization'), ('Cedar Hotels', 'organization'),
	('Delta Foods', 'organization'), ('Elham Karimi', 'person');

-- the grid of an ordinary morning
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, amount, probability, expected_close, tags)
SELECT stage.pipeline_id, stage.id, d.title, account.id, d.owner, d.amount, d.probability, current_date + d.days, d.tags
FROM (VALUES
	('Lead',        'Network for the new branch', 'Alborz Trading',  'sara', 197100.00,   0,   45, '{network}'::text[]),
	('Lead',        'Barcode printers',           'Cedar Hotels',    'omid', 3500.00,     50,  20, '{hardware}'),
	('Qualified',   'Hospital ERP',               'Bright Hospital', 'sara', 10000000.00, 10,  90, '{erp,large}'),
	('Proposal',    'Kitchen line',               'Delta Foods',     'omid', 84000.00,    60,  14, '{hardware}'),
	('Negotiation', 'Support contract',           'Cedar Hotels',    'sara', 12500.00,    80,  7,  '{service}'),
	('Won',         'Home office',                'Elham Karimi',    'omid', 2750.00,     100, 0,  '{hardware}'),
	('Lost',        'Fleet tracking',             'Delta Foods',     'sara', 61000.00,    NULL, 0, '{}')
) AS d (stage, title, account, owner, amount, probability, days, tags)
JOIN stage ON stage.name = d.stage JOIN account ON account.name = d.account;
INSERT INTO opportunity (pipeline_id, title, owner) SELECT id, 'Somebody called', 'omid' FROM pipeline;

\echo
\echo 'The board: a row for each column, with the count and totals of all its cards.'
SELECT stage, kind, count, final_total, estimated_total, realized_total, jsonb_path_query_array(cards, '$[*].title') AS cards
FROM board(fields => '{title}');

\echo 'The three totals of everything, exact to the last digit.'
SELECT opportunity_count(t), final_total(t), estimated_total(t), realized_total(t)
FROM (SELECT totals(amount, probability, realized_amount, currency) AS t FROM opportunity) AS all_of_them;

\echo 'A list: any fields in any order, page by page, with the totals of all rows.'
SELECT r ->> 'title' AS title, r ->> 'account.name' AS account, r ->> 'amount' AS amount, r ->> 'state' AS state
FROM jsonb_array_elements(list(fields => '{title,account.name,amount,state}', sort => '{-amount}', size => 4) -> 'rows') AS r;

\echo 'Drag a card: an ordinary UPDATE. Winning stamps the day.'
UPDATE opportunity SET stage_id = (SELECT id FROM stage WHERE name = 'Won') WHERE title = 'Support contract'
RETURNING title, closed_on = current_date AS closed_today, close_reason, version;

\echo 'Or drag it to a place among others: above a card, or below one.'
SELECT up.id AS up, up.stage_id AS stage, top.id AS top FROM opportunity AS up, opportunity AS top
WHERE up.title LIKE 'Network%' AND top.title = 'Barcode printers' \gset
SELECT move(:'up', :'stage', above => :'top') ->> 'title' AS moved;
SELECT jsonb_path_query_array(cards, '$[*].title') AS leads FROM board(fields => '{title}') WHERE stage = 'Lead';

\echo 'Quote, invoice and give back: numbers without gaps, and realized_amount follows.'
INSERT INTO opportunity_line (opportunity_id, description, quantity, unit_price, tax_percent)
SELECT id, 'Support, per month', 12, 1000.00, 9 FROM opportunity WHERE title = 'Support contract';
SELECT issue_quote(id, confirm => true) AS quote FROM opportunity WHERE title = 'Support contract' \gset
SELECT invoice_quote(:quote, confirm => true) AS invoice \gset
SELECT issue_return(:invoice) AS draft \gset
UPDATE document_line SET quantity = 1 WHERE document_id = :draft;
UPDATE document SET status = 'confirmed' WHERE id = :draft;
INSERT INTO payment (opportunity_id, amount) SELECT id, 10000.00 FROM opportunity WHERE title = 'Support contract';
SELECT kind, number, status, net, tax, total FROM document ORDER BY id;
SELECT r ->> 'title' AS title, r ->> 'realized_amount' AS realized, r ->> 'balance' AS balance
FROM jsonb_array_elements(list(fields => '{title,realized_amount,balance}', search => 'support contract') -> 'rows') AS r;

\echo 'One lane for each owner.'
SELECT lane_label AS owner, stage, count, final_total FROM board(lane_by => 'owner') WHERE count > 0;
\echo 'A saved filter is a condition of any statement, and an argument of the board.'
SELECT save_filter('Large and open', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">=", "value": 50000}, {"field": "state", "operator": "=", "value": "open"}]}', shared => true) > 0 AS saved;
SELECT title, amount FROM opportunity AS o WHERE matches(o, 'Large and open') ORDER BY amount DESC;
\echo 'A saved view has fields, order and filter under a name; what the call gives itself wins.'
SELECT save_view('Largest open', 'grid', '{title,account.name,amount}', '{-amount}', filter => 'Large and open', shared => true) > 0 AS saved;
SELECT r ->> 'title' AS title, r ->> 'amount' AS amount, page -> 'totals' ->> 'final_total' AS total_of_all
FROM list(view => 'Largest open', size => 2) AS page, jsonb_array_elements(page -> 'rows') AS r;
ALTER DATABASE :DBNAME SET search_path = crm, opportunities, public;
