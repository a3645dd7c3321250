-- Products and lines: what a line comes to, and amounts that follow their lines.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_lines', starter => true);
SET search_path = crm_lines;
INSERT INTO product (name, category, unit_price, currency) VALUES ('Printer', 'Hardware', 3500, NULL), ('Scanner', 'Hardware', 99.995, NULL),
	('Support', 'Service', NULL, NULL), ('Licence', 'Software', 120, 'EUR');
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'plain', NULL), (1, 'euro', 'EUR'), (1, 'yen', 'JPY'), (1, 'dinar', 'KWD');

-- Digits of currencies.
SELECT c, opportunities.currency_digits(c) FROM unnest('{EUR,USD,JPY,KWD,IRR,CLF,jpy,Kwd,NULL,"",XXX,EU,EURO,E1R,یورو,€€€}'::text[]) AS c;

-- What is left out: one of it, at the product's price, no discount, no tax.
INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1)
RETURNING position, quantity, unit_price, discount_percent, tax_percent, net, tax;
INSERT INTO opportunity_line (opportunity_id, product_id, quantity, unit_price, discount_percent, tax_percent)
VALUES (1, 1, NULL, NULL, NULL, NULL) RETURNING quantity, unit_price, discount_percent, tax_percent, net, tax;
INSERT INTO opportunity_line (opportunity_id, description, unit_price) VALUES (1, 'by the way', 0.005) RETURNING net, tax;
INSERT INTO opportunity_line (opportunity_id, product_id, net, tax) VALUES (1, 2, 1, 2) RETURNING unit_price, net, tax;
SELECT amount, amount_mode, version FROM opportunity WHERE id = 1;

-- Net and tax: rounded half away from zero to the currency's digits, tax from the rounded net.
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, discount_percent, tax_percent)
SELECT o.id, q, p, d, t FROM opportunity AS o, (VALUES (1, 0.5, 0, 50), (-1, 0.5, 0, 50), (3, 1.015, 50, 9), (1, 2.675, 0, 0),
	(7, 33.3335, 33.333, 19), (1, 100, 100, 9), (0, 5, 0, 9), (0.125, 1, 0, 100), (2, -10.005, 0, 9)) AS v (q, p, d, t)
ORDER BY o.id, q, p
RETURNING opportunity_id, quantity, unit_price, discount_percent, tax_percent, net, tax;
SELECT id, currency, amount, amount_mode, version FROM opportunity ORDER BY id;
DELETE FROM opportunity_line;
SELECT id, amount, amount_mode, version FROM opportunity ORDER BY id;

-- Many values, against numeric as SQL has it.
SELECT coalesce(nullif(current_setting('lines.seed', true), '')::float8, 0.42) AS seed \gset
SELECT setseed(:seed);
\echo seed :seed
CREATE TEMP TABLE given AS
SELECT 1 + n % 4 AS opportunity_id, (random() * 10 ^ (n % 7) * CASE n % 9 WHEN 0 THEN -1 ELSE 1 END)::numeric(30, 6) AS quantity,
	round((random() * 10 ^ (n % 13))::numeric, n % 8) AS unit_price, round((random() * 100)::numeric, n % 5) AS discount_percent,
	round((random() * 40)::numeric, n % 4) AS tax_percent
FROM generate_series(1, 8000) AS n;
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, discount_percent, tax_percent) SELECT * FROM given;
SELECT count(*), count(*) FILTER (WHERE net * p <> sign(exact) * trunc(abs(exact) * p + 0.5) OR scale(net) <> scale(p_inverse)) AS nets_differ,
	count(*) FILTER (WHERE tax * p <> sign(net) * trunc(abs(net) * tax_percent * 0.01 * p + 0.5) OR scale(tax) <> scale(p_inverse)) AS taxes_differ
FROM (SELECT l.*, quantity * unit_price * (1 - discount_percent * 0.01) AS exact, p, p_inverse
	FROM opportunity_line AS l JOIN opportunity AS o ON o.id = l.opportunity_id
	JOIN (VALUES ('plain', 100, 0.01), ('euro', 100, 0.01), ('yen', 1, 1), ('dinar', 1000, 0.001)) AS d (title, p, p_inverse) USING (title)) AS l;
SELECT o.id, o.amount = l.net AS right, o.version FROM opportunity AS o JOIN (SELECT opportunity_id, sum(net) AS net FROM opportunity_line GROUP BY 1) AS l
	ON l.opportunity_id = o.id ORDER BY 1;
DELETE FROM opportunity_line;

-- Numbers that are none.
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id) VALUES (1)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 3)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 4)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (2, 1)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 99)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id, unit_price) VALUES (1, 99, 1)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (99, 1)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (unit_price) VALUES (1)');
SELECT pg_temp.attempt(format('INSERT INTO opportunity_line (opportunity_id, unit_price, %s) VALUES (1, 1, %L)', f, v))
FROM (VALUES ('quantity', 'NaN'), ('quantity', 'Infinity'), ('discount_percent', '-0.01'), ('discount_percent', '100.01'),
	('discount_percent', 'NaN'), ('tax_percent', '-1'), ('tax_percent', 'Infinity')) AS v (f, v);
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, ''-Infinity'')');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, unit_price, quantity) VALUES (1, 1e131071, 10)');
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 9e131071), (1, 9e131071)');
SELECT pg_temp.attempt('INSERT INTO product (name) VALUES ('' '')');
SELECT pg_temp.attempt('INSERT INTO product (name, unit_price) VALUES (''x'', ''NaN'')');
INSERT INTO opportunity_line (opportunity_id, product_id, unit_price) VALUES (1, 4, 5000), (2, 4, NULL) RETURNING unit_price, net;
SELECT pg_temp.attempt('DELETE FROM product WHERE id = 4');
DELETE FROM opportunity_line;

-- An edit of a line. What follows from it is never the client's.
INSERT INTO opportunity_line (opportunity_id, product_id, tax_percent) VALUES (1, 1, 9) RETURNING id AS line \gset
UPDATE opportunity_line SET quantity = 2 WHERE id = :line RETURNING unit_price, net, tax;
UPDATE opportunity_line SET product_id = 2 WHERE id = :line RETURNING unit_price, net;
UPDATE opportunity_line SET unit_price = NULL WHERE id = :line RETURNING unit_price, net;
UPDATE opportunity_line SET net = 5, tax = 6, position = 3 WHERE id = :line RETURNING net, tax, position;
UPDATE opportunity_line SET net = NULL, tax = NULL, tax_percent = 10 WHERE id = :line RETURNING net, tax;
SELECT amount, version FROM opportunity WHERE id = 1;
UPDATE opportunity_line SET description = 'two scanners', tax_percent = 20 WHERE id = :line;
SELECT amount, version FROM opportunity WHERE id = 1;
SELECT pg_temp.attempt('UPDATE opportunity_line SET opportunity_id = NULL');
SELECT pg_temp.attempt('UPDATE opportunity_line SET discount_percent = 101');

-- The amount follows: in auto. By hand it stays.
UPDATE opportunity SET amount = 5 WHERE id = 1 RETURNING amount, amount_mode, version;
UPDATE opportunity_line SET quantity = 4;
SELECT amount, amount_mode, version FROM opportunity WHERE id = 1;
UPDATE opportunity SET amount_mode = 'auto', amount = 77 WHERE id = 1 RETURNING amount, amount_mode, version;
UPDATE opportunity SET amount = 399.980 WHERE id = 1 RETURNING amount, amount_mode, version;
UPDATE opportunity SET (title, currency, amount, amount_mode, probability, probability_mode, version) =
	(SELECT title, currency, amount, amount_mode, probability, probability_mode, version FROM opportunity WHERE id = 1) WHERE id = 1
RETURNING amount, amount_mode, version;
UPDATE opportunity_line SET id = id, opportunity_id = opportunity_id, product_id = product_id, position = position, description = description,
	quantity = quantity, unit_price = unit_price, discount_percent = discount_percent, tax_percent = tax_percent, net = net, tax = tax;
SELECT amount, amount_mode, version FROM opportunity WHERE id = 1;
UPDATE opportunity SET amount = NULL WHERE id = 1 RETURNING amount, amount_mode;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = 1 RETURNING amount, amount_mode;
UPDATE opportunity SET amount_mode = 'manual' WHERE id = 1 RETURNING amount, amount_mode;
DELETE FROM opportunity_line;
SELECT amount, amount_mode FROM opportunity WHERE id = 1;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = 1 RETURNING amount, amount_mode;

-- One computation for each opportunity and statement, whatever the number of lines.
CREATE TABLE seen (id bigint, amount numeric, by text, role name);
GRANT INSERT ON seen TO PUBLIC;
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crm_lines.seen VALUES (NEW.id, NEW.amount, opportunities.me(), current_user);
	RETURN NULL;
END $$;
CREATE TRIGGER see AFTER UPDATE ON opportunity FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT 1 + n % 2, n FROM generate_series(1, 2000) AS n;
SELECT id, amount, by FROM seen ORDER BY id;
TRUNCATE seen;
COPY opportunity_line (opportunity_id, unit_price) FROM STDIN;
4	1.2345
3	7.5
4	2
\.
SELECT id, amount, by FROM seen ORDER BY id;
TRUNCATE seen;
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT 1, 1 WHERE false;
UPDATE opportunity_line SET quantity = 2 WHERE false;
UPDATE opportunity_line SET description = 'no other amount';
SELECT count(*) FROM seen;

-- A line that moves to another opportunity.
DELETE FROM opportunity_line;
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'other') RETURNING id AS other \gset
INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1), (1, 2);
TRUNCATE seen;
UPDATE opportunity_line SET opportunity_id = :other WHERE product_id = 2;
SELECT id, amount FROM seen ORDER BY id;
SELECT pg_temp.attempt('UPDATE opportunity_line SET opportunity_id = 2 WHERE product_id = 2');
SELECT pg_temp.attempt('UPDATE opportunity_line SET opportunity_id = 2, unit_price = NULL WHERE product_id = 2');
UPDATE opportunity_line SET opportunity_id = 2, unit_price = 95.5 WHERE product_id = 2 RETURNING net;
SELECT id, amount FROM opportunity ORDER BY id;
MERGE INTO opportunity_line AS l USING (VALUES (1, 2::numeric), (2, NULL), (3, 8)) AS v (opportunity_id, quantity) ON l.opportunity_id = v.opportunity_id
	WHEN MATCHED AND v.quantity IS NULL THEN DELETE
	WHEN MATCHED THEN UPDATE SET quantity = v.quantity
	WHEN NOT MATCHED THEN INSERT (opportunity_id, unit_price) VALUES (v.opportunity_id, v.quantity);
INSERT INTO opportunity_line (id, opportunity_id, unit_price) SELECT id, opportunity_id, 1 FROM opportunity_line
	ON CONFLICT (id) DO UPDATE SET unit_price = 10, opportunity_id = 5 - EXCLUDED.opportunity_id WHERE EXCLUDED.opportunity_id IN (1, 3);
SELECT id, amount FROM opportunity ORDER BY id;

-- One opportunity, one currency.
SELECT pg_temp.attempt('UPDATE opportunity SET currency = ''USD'' WHERE id = 4');
SELECT pg_temp.attempt('UPDATE opportunity SET currency = NULL WHERE id = 4');
UPDATE opportunity SET currency = 'USD' WHERE id = 1 RETURNING currency, amount, amount_mode;
BEGIN;
DELETE FROM opportunity_line WHERE opportunity_id = 4;
UPDATE opportunity SET currency = 'JPY' WHERE id = 4 RETURNING currency;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (4, 1.5) RETURNING net;
ROLLBACK;

-- An opportunity takes its lines along.
TRUNCATE seen;
DELETE FROM opportunity WHERE id IN (2, 4);
SELECT count(*) AS lines_left FROM opportunity_line WHERE opportunity_id IN (2, 4);
SELECT count(*) FROM seen;

-- Who may write lines needs no right on opportunities, and is the one who changed them; row security hides no line from a sum.
RESET opportunities.user_name;
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA crm_lines TO regress_clerk;
GRANT INSERT, SELECT, DELETE ON opportunity_line TO regress_clerk;
ALTER TABLE opportunity_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity_line USING (description = 'clerk') WITH CHECK (description = 'clerk');
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (:other, 100);
TRUNCATE seen;
SET ROLE regress_clerk;
INSERT INTO opportunity_line (opportunity_id, unit_price, description) VALUES (:other, 11, 'clerk');
RESET ROLE;
SELECT amount, updated_by FROM opportunity WHERE id = :other;
SELECT amount, by, role = current_user AS as_owner FROM seen;
SET ROLE regress_clerk;
DELETE FROM opportunity_line;
RESET ROLE;
SELECT amount, updated_by FROM opportunity WHERE id = :other;
DROP TRIGGER see ON opportunity;
ALTER TABLE opportunity_line DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON opportunity_line;

-- The caller's search_path decides on nothing.
CREATE FUNCTION never(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'planted'; END $$;
CREATE OPERATOR = (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = never);
CREATE FUNCTION sum(numeric) RETURNS numeric LANGUAGE plpgsql AS $$BEGIN RAISE 'planted'; END $$;
SET search_path = crm_lines, pg_catalog;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (:other, 1) RETURNING net;
SELECT amount FROM opportunity WHERE id = :other;
SET search_path = crm_lines;
DROP OPERATOR crm_lines.= (numeric, numeric);
DROP FUNCTION crm_lines.never(numeric, numeric), crm_lines.sum(numeric);
DELETE FROM opportunity_line;

-- A trigger of one's own may write lines while amounts follow, and change what plans are made of.
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'shadow') RETURNING id AS shadow \gset
CREATE FUNCTION shadow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	ANALYZE crm_lines.opportunity, crm_lines.opportunity_line;
	INSERT INTO crm_lines.opportunity_line (opportunity_id, unit_price) SELECT id, NEW.amount FROM crm_lines.opportunity WHERE title = 'shadow';
	RETURN NULL;
END $$;
CREATE TRIGGER shadow AFTER UPDATE ON opportunity FOR EACH ROW WHEN (NEW.title <> 'shadow') EXECUTE FUNCTION shadow();
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT :other, n FROM generate_series(1, 3) AS n;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 5), (3, 7);
SELECT title, currency, amount FROM opportunity ORDER BY id;
DROP TRIGGER shadow ON opportunity;
DELETE FROM opportunity_line;

-- The triggers elsewhere.
SELECT pg_temp.attempt('SELECT opportunities_internal.opportunity_line_trigger()');
SELECT pg_temp.attempt('SELECT opportunities_internal.keep_amount()');
CREATE TABLE other (opportunity_id bigint, product_id bigint, quantity integer);
CREATE TRIGGER rules BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_line_trigger();
SELECT pg_temp.attempt('INSERT INTO other VALUES (1, 1, 1)');
DROP TABLE other;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (:other, 1);
SELECT pg_temp.attempt('TRUNCATE opportunity_line');
SELECT pg_temp.attempt('TRUNCATE product CASCADE');

DELETE FROM opportunity_line;
-- What an import reads grows with it alone, also where its plans were made while the tables were small.
SELECT opportunities.create_crm('crm_import');
SET search_path = crm_import;
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO opportunity (pipeline_id, title) VALUES (1, 'first');
ANALYZE opportunity, opportunity_line;
BEGIN;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 1);
INSERT INTO opportunity (id, pipeline_id, title) SELECT n, 1, 'imported' FROM generate_series(2, 2001) AS n;
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT 2 + n % 2000, n FROM generate_series(1, 6000) AS n;
SELECT count(*), sum(amount), max(version) FROM opportunity;
SELECT pg_stat_get_xact_tuples_fetched('opportunity'::regclass) < 10 * 8000 AS opportunities_read,
	pg_stat_get_xact_tuples_fetched('opportunity_line'::regclass) < 10 * 8000 AS lines_read,
	pg_stat_get_xact_tuples_returned('opportunity'::regclass) < 10 * 8000 AS opportunities_scanned,
	pg_stat_get_xact_tuples_returned('opportunity_line'::regclass) < 10 * 8000 AS lines_scanned;
ROLLBACK;
DROP SCHEMA crm_import CASCADE;

-- A function that a statement calls for its rows may write lines of its own, and roll them back: the statement's amounts follow.
SET search_path = crm_lines;
BEGIN;
INSERT INTO opportunity (id, pipeline_id, title) SELECT n, 1, 'nested' FROM generate_series(101, 104) AS n;
CREATE FUNCTION pg_temp.price_of(opportunity_id bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	IF opportunity_id = 102 THEN
		BEGIN
			INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (101, 7), (104, 7);
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN
			INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (103, 5);
		END;
	END IF;
	RETURN 10;
END $$;
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT n, pg_temp.price_of(n) FROM generate_series(101, 102) AS n;
SELECT id, amount FROM opportunity WHERE id > 100 ORDER BY id;
ROLLBACK;

-- Tenants: lines, products and amounts are each one's own, whatever the numbers; one statement may write for many.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_lines_of_many', tenant => true, starter => true);
SET search_path = crm_lines_of_many;
INSERT INTO pipeline (tenant_id, id, name) VALUES ('south', 1, 'Sales');
INSERT INTO product (tenant_id, id, name, unit_price, currency) VALUES ('north', 1, 'Printer', 10, 'EUR'), ('south', 1, 'Server', 1000, 'JPY'), ('south', 2, 'Rack', 5, 'JPY');
INSERT INTO opportunity (tenant_id, id, pipeline_id, title, currency) SELECT t, n, 1, t || n, CASE t WHEN 'north' THEN 'EUR' ELSE 'JPY' END
FROM generate_series(1, 2) AS n, unnest('{north,south}'::text[]) AS t;
INSERT INTO opportunity_line (tenant_id, opportunity_id, product_id, quantity, discount_percent)
SELECT t, n, 1, 1.5, 0.5 FROM generate_series(1, 2) AS n, unnest('{north,south}'::text[]) AS t;
SELECT tenant_id, id, amount, version FROM opportunity ORDER BY 1, 2;
INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1);
UPDATE opportunity_line SET quantity = 2 WHERE tenant_id = 'south' AND opportunity_id = 2;
SELECT tenant_id, id, amount, version FROM opportunity ORDER BY 1, 2;
SELECT pg_temp.attempt('INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 2)');
UPDATE opportunity SET amount = 1 WHERE id = 1;
UPDATE opportunity SET amount_mode = 'auto' WHERE id = 1;
SELECT tenant_id, amount FROM opportunity WHERE id = 1 ORDER BY 1;
DELETE FROM opportunity WHERE tenant_id = 'south' AND id = 1;
INSERT INTO opportunity (tenant_id, id, pipeline_id, title, currency) VALUES ('south', 1, 1, 'again', 'EUR');
UPDATE opportunity SET currency = 'KWD' WHERE tenant_id = 'south' AND id = 1 RETURNING currency;
UPDATE opportunity_line SET unit_price = 1;
SELECT tenant_id, id, amount, version FROM opportunity ORDER BY 1, 2;
SELECT tenant_id, opportunity_id, net FROM opportunity_line ORDER BY 1, 2, 3;
SELECT * FROM opportunities.check_crm('crm_lines_of_many');
RESET opportunities.tenant;

-- An upsert that brings an amount back which follows lines leaves it so, where it leaves the mode out; another amount is by hand.
SET search_path = crm_lines;
INSERT INTO opportunity (id, pipeline_id, title) VALUES (900, 1, 'upserted');
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (900, 10);
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (900, 1, 'upserted', 10.0), (901, 1, 'new', 7)
ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, amount = EXCLUDED.amount RETURNING id, amount, amount_mode, version;
SELECT pg_temp.attempt($$INSERT INTO opportunity (id, pipeline_id, title, amount, amount_mode) VALUES (900, 1, 'upserted', 10, 'auto')
ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, amount = EXCLUDED.amount, amount_mode = EXCLUDED.amount_mode$$);
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (900, 1, 'upserted', 11)
ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title, amount = EXCLUDED.amount RETURNING id, amount, amount_mode, version;
RESET search_path;

DROP SCHEMA crm_lines, crm_lines_of_many CASCADE;
DROP ROLE regress_clerk;
