-- What the page's test looks at.
CREATE EXTENSION pg_trgm;
SELECT opportunities.create_crm('crm', starter => true);
SET search_path = crm, opportunities, public;
INSERT INTO account (name) VALUES ('Alborz Trading'), ('Bright Hospital');
INSERT INTO opportunity (pipeline_id, stage_id, account_id, title, owner, currency, amount, probability, expected_close) VALUES
	(1, 1, 1, 'Network', 'sara', 'USD', 197100.00, 0, '2026-12-20'), (1, 1, 1, 'Barcode printers', 'omid', 'EUR', 3500.00, 50, '2026-12-25'),
	(1, 2, 2, 'Hospital', 'sara', 'EUR', 12345678901234567890.123456789, 10, '2027-02-01'), (1, 3, NULL, 'Kitchen', 'omid', 'EUR', 84000.00, 60, '2026-12-14'),
	(1, 4, NULL, 'Support', 'sara', 'EUR', 12500.00, 80, '2026-12-07'), (1, 5, NULL, 'Home office', 'omid', 'EUR', 2750.00, 100, NULL);
INSERT INTO opportunity (pipeline_id, title, owner) VALUES (1, 'Somebody called', 'omid');
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = crm, opportunities, public', current_database()); END $$;
