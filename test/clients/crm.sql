-- What the tests of drivers read: a CRM with rows whose values a careless client would lose digits of.
SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm;
INSERT INTO account (name) VALUES ('Alborz'), ('شرکت کاوه');
INSERT INTO product (name, category, unit_price) VALUES ('Switch', 'Network', 100), ('Phone', 'Voice', 30);
INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, currency, amount, probability, expected_close, created_at, closed_at, tags) VALUES
	(1, 1, 1, 'Branch', 'sara', 'EUR', 197100.10, 12.50, '2026-04-10', '2026-01-05', NULL, '{new,big}'),
	(1, 2, 2, 'بیمارستان', 'omid', 'EUR', 12345678901234567890.123456789, 50, '2026-05-02', '2026-01-12', NULL, '{}'),
	(1, 5, 1, 'Kitchen', 'sara', 'USD', 70.00, 100, NULL, '2026-01-01', '2026-02-10 12:00', '{}'),
	(1, 6, NULL, 'Office', NULL, 'USD', 900.00, 80, NULL, '2026-01-20', '2026-03-20', '{}'),
	(1, NULL, NULL, 'Nothing yet', NULL, NULL, NULL, NULL, NULL, '2026-01-20', NULL, '{}');
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price) VALUES (3, 1, 0.5, 100), (3, 2, 1, 20);
