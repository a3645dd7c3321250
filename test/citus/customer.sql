-- A customer's rows, in the schema that is first on the path, or of the tenant that is set: the same everywhere. Variables: customer, deals.
SET search_path = :schema, opportunities, public;
SET client_min_messages = warning;
SET opportunities.user_name = 'sara';
INSERT INTO app_user (login, name, manager, team) VALUES ('nima', 'Nima Rad', NULL, 'North'), ('sara', 'Sara Amini', 'nima', 'North'), ('omid', 'Omid Farr', 'nima', 'South');
INSERT INTO pipeline (name, position) VALUES ('Renewals', 1) RETURNING id AS pipeline \gset
INSERT INTO stage (pipeline_id, name, position, kind, probability, reason_required, max_days) VALUES
	(:pipeline, 'Due', 1, 'open', 10.0, false, 30), (:pipeline, 'Talking', 2, 'open', 25.0, false, 20), (:pipeline, 'Offered', 3, 'open', 50.0, false, NULL),
	(:pipeline, 'Renewed', 4, 'won', NULL, false, NULL), (:pipeline, 'Left', 5, 'lost', NULL, true, NULL);
INSERT INTO account (name, kind) SELECT :'customer' || ' account ' || n, CASE n % 4 WHEN 0 THEN 'person' ELSE 'organization' END FROM generate_series(1, 20) AS n;
INSERT INTO product (name, category, unit_price) SELECT 'Product ' || n, 'Category ' || n % 3, n * 10.50 FROM generate_series(1, 12) AS n;
INSERT INTO custom_field (name, type, label, listed) VALUES ('seats', 'number', 'Seats', true);
INSERT INTO choice (field, value, label, position) VALUES ('source', 'web', 'Web', 1), ('source', 'fair', 'Fair', 2);
INSERT INTO label (language, field, label) VALUES ('fa', 'amount', 'مبلغ');
INSERT INTO opportunity (account_id, pipeline_id, stage_id, title, owner, amount, probability, currency, expected_close, created_at, closed_at, close_reason, tags, source, custom)
SELECT a.id, :pipeline, s.id, 'Deal ' || d.n, (ARRAY['nima', 'sara', 'omid'])[1 + d.n % 3], d.n * 1250.25, CASE WHEN d.n % 2 = 0 THEN d.n % 101 END, CASE WHEN d.n % 5 = 0 THEN 'EUR' END,
	date_trunc('year', current_date)::date + d.n % 365, current_date - d.n % 300 * interval '1 day' - interval '60 days', CASE WHEN s.kind <> 'open' THEN current_date - d.n % 50 * interval '1 day' END,
	CASE WHEN s.reason_required THEN 'Price' END, CASE WHEN d.n % 3 = 0 THEN '{large,erp}'::text[] ELSE '{small}' END, (ARRAY['web', 'fair'])[1 + d.n % 2],
	jsonb_build_object('seats', d.n)
FROM generate_series(1, :deals) AS d (n)
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM account WHERE name LIKE :'customer' || ' account %') AS a ON a.n = 1 + d.n % 20
JOIN (SELECT id, kind, reason_required, row_number() OVER (ORDER BY position) AS n FROM stage WHERE pipeline_id = :pipeline) AS s ON s.n = 1 + d.n % 5
ORDER BY d.n;
UPDATE opportunity SET archived = true WHERE pipeline_id = :pipeline AND right(title, 2) = '77';
INSERT INTO opportunity_line (opportunity_id, product_id, quantity)
SELECT o.id, p.id, 1 + o.id % 5 FROM opportunity AS o
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM product WHERE id > (SELECT max(id) - 12 FROM product)) AS p ON p.n = 1 + o.id % 12
WHERE o.pipeline_id = :pipeline AND o.title LIKE 'Deal %3' AND o.currency IS NULL ORDER BY o.id, p.id;
INSERT INTO activity (opportunity_id, kind, subject, done_at, due_at)
SELECT id, 'call', 'Call', CASE WHEN id % 2 = 0 THEN now() END, now() FROM opportunity WHERE pipeline_id = :pipeline AND title LIKE 'Deal %0' ORDER BY id;
SELECT id AS third FROM stage WHERE pipeline_id = :pipeline AND name = 'Offered' \gset
UPDATE opportunity SET stage_id = :third WHERE pipeline_id = :pipeline AND title LIKE 'Deal %1' AND closed_on IS NULL;
SELECT id AS deal FROM opportunity WHERE pipeline_id = :pipeline AND title = 'Deal 3' \gset
SELECT issue_quote(:deal, confirm => true) AS quote \gset
SELECT invoice_quote(:quote, confirm => true) AS invoice \gset
INSERT INTO payment (opportunity_id, amount, paid_on) VALUES (:deal, 10, current_date);
INSERT INTO target (owner, period, first_day, amount) VALUES ('sara', 'year', date_trunc('year', current_date), 100000), ('nima', 'year', date_trunc('year', current_date), 50000);
INSERT INTO currency (code, digits) VALUES ('EUR', 2), ('USD', 2);
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'USD', '2020-01-01', 1.25);
SELECT save_filter('Large', '{"combinator": "and", "rules": [{"field": "amount", "operator": ">", "value": "50000"}, {"field": "state", "operator": "=", "value": "open"}]}', shared => true) \g /dev/null
SELECT save_filter('Of accounts', '{"rules": [{"field": "account.name", "operator": "contains", "value": "account 1"}]}', shared => true) \g /dev/null
SELECT save_filter('Called', '{"rules": [{"field": "activity.kind", "operator": "=", "value": "call"}]}', shared => true) \g /dev/null
SELECT save_filter('Mine', '{"rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}]}') \g /dev/null
SELECT save_view('Short', 'kanban', fields => '{title,amount,account.name}', lane_by => 'owner', shared => true) \g /dev/null
ANALYZE;
