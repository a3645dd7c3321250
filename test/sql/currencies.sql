-- The currencies that a CRM lists, and their digits.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_money', starter => true);
SET search_path = crm_money;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency) VALUES (1, 1, 'early', 10, 'GBP');

-- Codes are in one form; digits are ICU's where none are given.
INSERT INTO currency (code) VALUES (' eur '), ('jpy'), ('KWD') RETURNING *;
INSERT INTO currency (code, digits, name) VALUES ('irt', 0, 'Toman'), ('IRR', 0, 'Rial'), ('POINTS', 4, NULL) RETURNING *;
SELECT pg_temp.attempt($$INSERT INTO currency (code) VALUES ('EUR ')$$);
SELECT pg_temp.attempt($$INSERT INTO currency (code) VALUES ('  ')$$);
SELECT pg_temp.attempt($$INSERT INTO currency (code) VALUES (chr(8203))$$);
SELECT pg_temp.attempt($$INSERT INTO currency (code, digits) VALUES ('X', 19)$$);
SELECT pg_temp.attempt($$INSERT INTO currency (code) VALUES ('A currency of 17.')$$);

-- What takes a currency takes one of them, or the unnamed one; what has another keeps it, and check_crm tells.
INSERT INTO opportunity (pipeline_id, stage_id, title, amount, currency) VALUES (1, 1, 'euros', 10, 'eur'), (1, 1, 'none', 10, NULL);
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, stage_id, title, currency) VALUES (1, 1, 'x', 'ERU')$$);
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, stage_id, title, currency) VALUES (1, 1, 'x', 'NOTHING')$$);
SELECT pg_temp.attempt($$UPDATE opportunity SET currency = 'USD' WHERE title = 'none'$$);
SELECT pg_temp.attempt($$INSERT INTO product (name, unit_price, currency) VALUES ('x', 1, 'USD')$$);
UPDATE opportunity SET amount = 11, currency = 'gbp' WHERE title = 'early' RETURNING amount, currency;
SELECT pg_temp.attempt($$INSERT INTO document (opportunity_id, kind) VALUES (1, 'quote')$$);
SELECT pg_temp.attempt($$INSERT INTO payment (opportunity_id, amount) VALUES (1, 5)$$);
SELECT code, row_id, problem FROM opportunities.check_crm('crm_money');
INSERT INTO currency (code) VALUES ('GBP');
INSERT INTO payment (opportunity_id, amount) VALUES (1, 5) RETURNING currency;
SELECT count(*) FROM opportunities.check_crm('crm_money');

-- The digits of lines and documents. 3 × 333.5 = 1000.5: 1001 without any (half away from zero), tax 9 % of that 90.09, 90;
-- with POINTS, four: 3 × 1.00005 = 3.00015, 3.0002 and 0.2700. ICU has 2 for both.
INSERT INTO opportunity (pipeline_id, stage_id, title, currency) VALUES (1, 1, 'tomans', 'IRT') RETURNING id AS tomans \gset
INSERT INTO opportunity (pipeline_id, stage_id, title, currency) VALUES (1, 1, 'points', 'POINTS') RETURNING id AS points \gset
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price, tax_percent) VALUES (:tomans, 3, 333.5, 9), (:points, 3, 1.00005, 9) RETURNING net, tax;
SELECT opportunities.issue_quote(:tomans, true, 'opportunity') AS quote \gset
SELECT opportunities.invoice_quote(:quote, true, relation => 'opportunity') AS invoice \gset
SELECT kind, d.net, d.tax, d.total, l.net AS line_net, l.tax AS line_tax FROM document AS d JOIN document_line AS l ON l.document_id = d.id ORDER BY d.id;
-- (without lines a document has one of the amount)
INSERT INTO opportunity (pipeline_id, stage_id, title, currency, amount) VALUES (1, 1, 'half a toman', 'IRT', 10.5) RETURNING id AS half \gset
SELECT opportunities.issue_quote(:half, relation => 'opportunity') AS quote \gset
SELECT net, total FROM document WHERE id = :quote;
SELECT title, amount, realized_amount FROM opportunity ORDER BY id;

-- What is used stays: codes, and digits that lines were rounded to.
SELECT pg_temp.attempt($$DELETE FROM currency WHERE code = 'IRT'$$);
SELECT pg_temp.attempt($$UPDATE currency SET code = 'IRX' WHERE code = 'EUR'$$);
SELECT pg_temp.attempt($$UPDATE currency SET digits = 1 WHERE code = 'IRT'$$);
SELECT pg_temp.attempt($$UPDATE currency SET digits = 5 WHERE code = 'POINTS'$$);
SELECT pg_temp.attempt($$TRUNCATE currency$$);
UPDATE currency SET digits = 3, name = 'Euro' WHERE code = 'EUR' RETURNING *;
UPDATE currency SET code = 'chf', digits = 2 WHERE code = 'KWD' RETURNING *;
INSERT INTO product (name, unit_price, currency) VALUES ('Watch', 9, 'CHF');
SELECT pg_temp.attempt($$DELETE FROM currency WHERE code = 'CHF'$$);
DELETE FROM product;
INSERT INTO target (owner, period, first_day, amount, currency) VALUES ('x', 'month', '2026-01-01', 5, 'chf') RETURNING currency;
SELECT pg_temp.attempt($$INSERT INTO target (owner, period, first_day, amount, currency) VALUES ('y', 'month', '2026-01-01', 5, 'CHX')$$);
SELECT pg_temp.attempt($$DELETE FROM currency WHERE code = 'CHF'$$);
DELETE FROM target;
DELETE FROM currency WHERE code IN ('CHF', 'JPY') RETURNING code;
-- (gone and there again in one statement)
WITH gone AS (DELETE FROM currency WHERE code = 'GBP' RETURNING code) UPDATE currency SET code = 'GBP' WHERE code = 'IRR' AND EXISTS (SELECT FROM gone);
SELECT string_agg(code, ' ' ORDER BY code) FROM currency;

-- A code that comes later, for lines that there are: only with digits that they have. 3 × 0.5 = 1.5, and a whole number.
SELECT opportunities.create_crm('crm_later', starter => true);
SET search_path = crm_later;
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'half', 'IRT'), (1, 'whole', 'IRQ');
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) VALUES (1, 3, 0.5), (2, 3, 5);
SELECT pg_temp.attempt($$INSERT INTO currency (code, digits) VALUES ('IRT', 0)$$);
INSERT INTO currency (code, digits) VALUES ('IRQ', 0), ('IRT', 1);
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) VALUES (1, 3, 0.55), (2, 3, 5.5) RETURNING net;
SELECT count(*) FROM opportunities.check_crm('crm_later');
SET search_path = crm_money;

-- Rates: from one listed currency to another, by day, more than nothing.
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('irt', ' eur', '2026-01-01', 0.0000165), ('EUR', 'IRT', '2026-01-01', 60606.0606);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('IRT', 'EUR', '2026-01-01', 1)$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'eur', '2026-01-01', 1)$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'USD', '2026-01-01', 1)$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', '', '2026-01-01', 1)$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'GBP', '2026-01-01', 0)$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'GBP', '2026-01-01', 'NaN')$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'GBP', '2026-01-01', 'Infinity')$$);
SELECT pg_temp.attempt($$INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('EUR', 'GBP', '-infinity', 1)$$);
SELECT pg_temp.attempt($$UPDATE exchange_rate SET id = 7 WHERE id = 1$$);
UPDATE exchange_rate SET rate = 0.0000166 WHERE to_currency = 'EUR';
SELECT table_name, row_id, action, field, old, new, changed_by FROM change_log WHERE table_name = 'exchange_rate' AND action = 'update';
SELECT count(*) FROM opportunities.check_crm('crm_money');

-- name_currency goes by the list, too. Lines of 10.50: with two digits as they are, without any 11.
INSERT INTO opportunity_line (opportunity_id, quantity, unit_price) SELECT id, 1, 10.50 FROM opportunity WHERE title = 'none';
SELECT pg_temp.attempt($$SELECT opportunities.name_currency('GBX', 'crm_money')$$);
SELECT opportunities.name_currency('IRT', 'crm_money');
SELECT net FROM opportunity_line AS l JOIN opportunity AS o ON o.id = l.opportunity_id WHERE o.title = 'none';

-- Whoever writes needs no right on the list, and is told of it what he may read.
CREATE ROLE regress_money_writer;
GRANT USAGE ON SCHEMA crm_money TO regress_money_writer;
GRANT SELECT, INSERT ON opportunity TO regress_money_writer;
SET ROLE regress_money_writer;
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'mine', 'EUR') RETURNING currency;
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'mine', 'EUP')$$);
RESET ROLE;
GRANT SELECT (code) ON currency TO regress_money_writer;
SET ROLE regress_money_writer;
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, currency) VALUES (1, 'mine', 'EUP')$$);
RESET ROLE;

-- Each tenant has a list of its own.
SELECT opportunities.create_crm('crm_moneys', tenant => true);
SET search_path = crm_moneys;
SET opportunities.tenant = 'one';
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS one \gset
INSERT INTO currency (code, digits) VALUES ('IRT', 0);
SET opportunities.tenant = 'two';
INSERT INTO pipeline (name) VALUES ('Sales') RETURNING id AS two \gset
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (:two, 'any', 'USD'), (:two, 'tomans', 'IRT');
INSERT INTO opportunity_line (opportunity_id, unit_price) SELECT id, 10.5 FROM opportunity WHERE title = 'tomans' RETURNING net;
SET opportunities.tenant = 'one';
INSERT INTO opportunity (pipeline_id, title, currency) VALUES (:one, 'toman', 'IRT') RETURNING id AS toman \gset
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (:toman, 10.5) RETURNING net;
SELECT pg_temp.attempt(format($$INSERT INTO opportunity (pipeline_id, title, currency) VALUES (%s, 'any', 'USD')$$, :one));
-- (one statement for both)
INSERT INTO opportunity (tenant_id, pipeline_id, title, currency) VALUES ('two', :two, 'x', 'USD'), ('one', :one, 'y', 'IRT'), ('two', :two, 'z', 'CHF');
SELECT pg_temp.attempt(format($$INSERT INTO opportunity (tenant_id, pipeline_id, title, currency) VALUES ('two', %s, 'x', 'USD'), ('one', %s, 'y', 'USD')$$, :two, :one));
SELECT count(*) FROM opportunities.check_crm('crm_moneys');

SET search_path = crm_money;
SET client_min_messages = error;
DROP SCHEMA crm_money, crm_later, crm_moneys CASCADE;
DROP ROLE regress_money_writer;
