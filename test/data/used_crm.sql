-- A CRM that people have worked with, in the schema crm: two pipelines, three currencies, fields and choices of one's own,
-- lines, documents of every kind and status, payments, activities, filters, views, users, and the history of all of it.
-- One account is a person, Mina Kamali, whose name is wherever people write one.
CREATE EXTENSION IF NOT EXISTS opportunities;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm', starter => true) \g /dev/null
SET search_path = crm, opportunities, public;
SET opportunities.user_name = 'sara';

INSERT INTO app_user (login, name, email, manager, team) VALUES
	('nima', 'Nima Rad', 'nima@example.org', NULL, 'North'), ('sara', 'Sara Amini', 'sara@example.org', 'nima', 'North'),
	('omid', 'Omid Farr', 'omid@example.org', 'nima', 'South'), ('leila', 'Leila Nouri', NULL, NULL, 'South');
UPDATE app_user SET active = false WHERE login = 'leila';

-- a pipeline of its own, whose loss wants a reason
INSERT INTO pipeline (name, position) VALUES ('Renewals', 2);
INSERT INTO stage (pipeline_id, name, position, kind, probability, reason_required, max_days)
SELECT pipeline.id, s.name, s.position, s.kind, s.probability, s.kind = 'lost', s.days
FROM pipeline, (VALUES ('Due', 1, 'open', 60.0, 30), ('Talking', 2, 'open', 80.0, 10), ('Renewed', 3, 'won', 100.0, NULL), ('Left', 4, 'lost', 0.0, NULL))
	AS s (name, position, kind, probability, days)
WHERE pipeline.name = 'Renewals';

INSERT INTO custom_field (name, type, label, listed) VALUES
	('region', 'choice', 'Region', true), ('seats', 'number', 'Seats', false), ('signed', 'date', 'Signed on', false);
INSERT INTO choice (field, value, label, position, active) VALUES
	('custom.region', 'north', 'North', 1, true), ('custom.region', 'south', 'South', 2, true), ('custom.region', 'east', 'East', 3, false);
INSERT INTO label (language, field, value, label) VALUES ('fa', 'amount', NULL, 'مبلغ'), ('fa', 'stage.name', 'Due', 'سررسید');
ALTER TABLE account ADD COLUMN phone text, ADD COLUMN born_on date;
ALTER TABLE opportunity ADD COLUMN reference text;

INSERT INTO account (name, kind, custom, phone, born_on) VALUES
	('Alborz Trading', 'organization', '{}', '+98 21 1111', NULL), ('Bright Hospital', 'organization', '{"beds": 300}', NULL, NULL),
	('Mina Kamali', 'person', '{"email": "mina.kamali@example.org"}', '+98 912 3456', '1984-05-06'), ('Delta Foods', 'organization', '{}', NULL, NULL),
	('Elham Karimi', 'person', '{}', NULL, '1990-01-02');
INSERT INTO product (name, category, unit_price, currency) VALUES
	('Switch', 'Network', 400.00, 'EUR'), ('Phone', 'Voice', 90.00, 'EUR'), ('Support', 'Service', 1000.00, NULL), ('Audit', 'Service', 5000, 'IRR');

-- sixty deals of two years, as an import brings them
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner, amount, currency, probability, created_at, closed_on, close_reason, custom, tags, reference)
SELECT s.pipeline_id, s.id, 'Deal ' || i, i % 5 + 1, (ARRAY['sara', 'omid', 'nima'])[i % 3 + 1], i * 1250.50,
	CASE i % 4 WHEN 0 THEN 'EUR' WHEN 1 THEN 'IRR' END, CASE WHEN i % 2 = 0 THEN i END,
	'2024-01-05 UTC'::timestamptz + i * interval '10 days', CASE WHEN s.kind <> 'open' THEN '2024-03-01'::date + i * 10 END,
	CASE WHEN s.reason_required THEN 'Price' END, jsonb_build_object('region', (ARRAY['north', 'south'])[i % 2 + 1], 'seats', i),
	CASE WHEN i % 6 = 0 THEN '{large,erp}'::text[] ELSE '{}' END, CASE WHEN i % 5 = 2 THEN 'of Mina Kamali' END
FROM generate_series(1, 60) AS i
JOIN (SELECT *, row_number() OVER (ORDER BY pipeline_id, position) AS n FROM stage) AS s ON s.n = i % 10 + 1;
INSERT INTO opportunity (pipeline_id, title, owner) VALUES (1, 'Somebody called', 'omid'), (1, 'A fair', 'sara');
UPDATE opportunity SET archived = true WHERE id % 20 = 0;

-- cards go on, deals are won, lost and taken up again
SET opportunities.user_name = 'omid';
UPDATE opportunity AS o SET stage_id = n.id FROM stage AS s, stage AS n
WHERE s.id = o.stage_id AND s.kind = 'open' AND n.pipeline_id = s.pipeline_id AND n.position = s.position + 1 AND NOT n.reason_required AND o.id % 3 = 0;
UPDATE opportunity SET amount = amount * 1.1, owner = 'leila' WHERE id % 11 = 0;
UPDATE opportunity SET stage_id = 4 WHERE pipeline_id = 1 AND closed_at IS NOT NULL AND id % 4 = 1;
SELECT move(id::text, '2') FROM opportunity WHERE title = 'Somebody called' \g /dev/null

-- lines, quotes, invoices, one returned in part, one void, drafts
SET opportunities.user_name = 'sara';
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, currency, description, source, created_at) VALUES
	(101, 1, 3, 'Home office of Mina Kamali', 3, 'sara', 'EUR', 'Mina Kamali wants quiet phones', 'Mina Kamali''s brother', '2025-02-01 UTC'),
	(102, 1, 3, 'Branch network', 1, 'omid', 'EUR', 'As for Mina Kamali, but larger', 'web', '2025-03-01 UTC');
ALTER TABLE opportunity ALTER COLUMN id RESTART WITH 103;
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, tax_percent, description) VALUES
	(101, 1, 1, 9, NULL), (101, 2, 3, 9, 'Phones for Mina Kamali'), (102, 1, 20, 9, NULL), (102, 2, 30, 9, NULL);
SELECT issue_quote(101, true) AS quote \gset
SELECT invoice_quote(:quote, true) AS invoice \gset
SELECT issue_return(:invoice) AS return \gset
UPDATE document_line SET quantity = 1 WHERE document_id = :return;
UPDATE document SET status = 'confirmed', note = 'Taken back from Mina Kamali' WHERE id = :return;
INSERT INTO payment (opportunity_id, document_id, amount, paid_on, method, reference)
VALUES (101, :invoice, 100, '2025-03-03', 'transfer', 'M. Kamali, account of Mina Kamali'), (101, NULL, 20, '2025-03-04', 'cash', NULL);
SELECT issue_invoice(102, true) AS void \gset
UPDATE document SET status = 'void' WHERE id = :void;
SELECT issue_invoice(102, true), issue_quote(102), issue_quote(3, true), issue_invoice(7) \g /dev/null
UPDATE opportunity SET stage_id = 5 WHERE id = 102;

-- what people did about them
SELECT log_activity('{1,2,3,101,102}', 'call', 'First call', 'They are interested') \g /dev/null
INSERT INTO activity (opportunity_id, kind, subject, body, data, due_at, assignee) VALUES
	(101, 'note', 'Mina Kamali called', 'Call Mina Kamali back', '{"asked by": "Mina Kamali"}', NULL, NULL),
	(101, 'task', 'Send it', NULL, '{}', now() + interval '2 days', 'sara'), (5, 'task', 'Ask again', NULL, '{}', now() - interval '3 days', 'omid');
UPDATE activity SET done_at = now() WHERE subject = 'First call' AND opportunity_id > 100;

-- what was deleted and changed stands in the history
INSERT INTO opportunity (pipeline_id, stage_id, title, account_id, owner) VALUES (1, 1, 'Garden of Mina Kamali', 3, 'omid') RETURNING id AS gone \gset
INSERT INTO activity (opportunity_id, kind, subject) VALUES (:gone, 'note', 'Mina Kamali has a garden');
INSERT INTO opportunity_line (opportunity_id, description, unit_price) VALUES (:gone, 'Trees for Mina Kamali', 10);
UPDATE opportunity SET stage_id = 2, title = 'Large garden of Mina Kamali', custom = '{"region": "north", "asked by": "Mina Kamali"}' WHERE id = :gone;
DELETE FROM opportunity WHERE id = :gone;
UPDATE account SET name = 'Mina Kamali-Rad' WHERE id = 3;
UPDATE account SET name = 'Mina Kamali' WHERE id = 3;
UPDATE opportunity SET description = 'As for Mina Kamali, and larger' WHERE id = 102;

-- how people look at it
SELECT save_filter('Large', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": 30000}]}', true),
	save_filter('Hers', '{"combinator": "and", "rules": [{"field": "account.name", "operator": "=", "value": "Mina Kamali"}]}'),
	save_filter('In the north', '{"combinator": "and", "rules": [{"field": "custom.region", "operator": "=", "value": "north"}]}', true) \g /dev/null
SELECT save_view('Largest', 'grid', '{title,account.name,amount,custom.region}', '{-amount}', filter => 'Large', shared => true),
	save_view('My board', 'kanban', '{title,amount}', lane_by => 'owner') \g /dev/null

INSERT INTO target (owner, team, period, first_day, amount, currency) VALUES ('sara', NULL, 'quarter', '2025-01-01', 50000, 'EUR'), (NULL, 'sara', 'year', '2025-01-01', 9000000, 'IRR');

RESET opportunities.user_name;
RESET search_path;
RESET client_min_messages;
