-- Rates of days, amounts and totals at them, and totals times a number.
SET client_min_messages = warning;
SET DateStyle = 'SQL, DMY';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_rates', starter => true);
SET search_path = crm_rates, opportunities;
INSERT INTO currency (code, digits) VALUES ('EUR', 2), ('USD', 2), ('IRT', 0);
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('USD', 'EUR', '2026-01-01', 0.9), ('USD', 'EUR', '2026-02-01', 0.95),
	('IRT', 'EUR', '2026-01-15', 0.0000165), ('EUR', 'IRT', '2026-01-01', 60000);

-- The latest from that day or before; of no day: that of opportunities.rates_on, or today.
SELECT day, exchange_rate('usd', ' EUR ', day), exchange_rate('EUR', 'EUR', day) AS itself FROM (VALUES (date '2026-01-01'), ('2026-01-31'), ('2026-02-01'), (NULL)) AS d (day);
SET opportunities.rates_on = '2026-01-20';
SELECT exchange_rate('USD', 'EUR');
SET opportunities.rates_on = '۲۰۲۶-۰۲-۰۲';
SELECT exchange_rate('USD', 'EUR');
SELECT pg_temp.attempt(format('SET opportunities.rates_on = %L', day)) FROM unnest(ARRAY['01/02/2026', '2026-02-30', '1405-01-01', '2026-01-01 12:00', 'infinity', 'today']) AS day;
RESET opportunities.rates_on;
-- (today where the business is: on the day of a rate it is that)
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) SELECT 'USD', 'EUR', (now() AT TIME ZONE zone)::date, rate
FROM (VALUES ('Pacific/Kiritimati', 14), ('Etc/GMT+12', 12)) AS z (zone, rate);
SET opportunities.time_zone = 'Pacific/Kiritimati';
SELECT exchange_rate('USD', 'EUR');
SET opportunities.time_zone = 'Etc/GMT+12';
SELECT exchange_rate('USD', 'EUR');
RESET opportunities.time_zone;
DELETE FROM exchange_rate WHERE rate > 10 AND to_currency = 'EUR';

-- No rate is an error that says which; no inverse, no way by a third currency.
SET opportunities.rates_on = '2026-03-01';
SELECT pg_temp.attempt($$SELECT exchange_rate('USD', 'EUR', '2025-12-31')$$) AS before_all;
SELECT pg_temp.attempt($$SELECT exchange_rate('EUR', 'USD', '2026-12-31')$$) AS inverse;
SELECT pg_temp.attempt($$SELECT exchange_rate('USD', 'IRT')$$) AS crossing;
SELECT pg_temp.attempt($$SELECT exchange_rate(NULL, 'EUR')$$) AS unnamed;
SELECT pg_temp.attempt($$SELECT exchange_rate('USD', NULL)$$), pg_temp.attempt($$SELECT exchange_rate('USD', ' ')$$);
SELECT pg_temp.attempt($$SELECT exchange_rate('USD', 'EUR', relation => 'pg_class')$$);

-- Amounts: not rounded; nothing takes no rate.
SELECT in_currency(10.10, 'USD', 'EUR', '2026-01-05'), in_currency(12.345, 'eur', 'EUR'), in_currency(NULL::numeric, 'XXX', 'EUR'), in_currency(0.00, NULL, 'EUR'), in_currency(1, 'IRT', 'EUR');

-- Totals: 10.10 × 0.9 + 20 × 0.9 + 1,000,000 × 0.0000165 + 5.5 = 9.09 + 18 + 16.5 + 5.5 = 49.09, estimated 4.545 + 1.65 + 5.5 = 11.695,
-- realized 0.9 + 5 = 5.9; the row without an amount is counted.
SELECT in_currency(t, 'EUR', '2026-01-20') AS t, final_total(in_currency(t, 'EUR', '2026-01-20')), currency(in_currency(t, 'EUR', '2026-01-20')) FROM
	(SELECT totals(a, p, r, c) AS t FROM (VALUES (10.10, 50, 1.00, 'USD'), (20, NULL, 0, 'USD'), (1000000, 10, 0, 'IRT'), (5.5, 100, 5, 'EUR'), (NULL, 3, 0, NULL)) AS v (a, p, r, c)) AS x;
SELECT pg_temp.attempt($$SELECT in_currency(totals(1, 50, 0, c), 'EUR', '2026-01-14') FROM unnest('{EUR,IRT}'::text[]) AS c$$);
SELECT pg_temp.attempt($$SELECT in_currency(totals(1, 50, 0), 'EUR', '2026-01-14')$$);
SELECT in_currency(totals(0.00, 50, 0), 'EUR'), in_currency(totals(a, 1, a), 'EUR'), in_currency(NULL::totals, 'EUR') FROM (SELECT 1 AS a WHERE false) AS n;

-- A rate that changes in a transaction counts from then on, in a kept expression, too.
DO $$
BEGIN
	FOR n IN 1..3 LOOP
		RAISE WARNING '%', exchange_rate('USD', 'EUR', '2026-02-02');
		UPDATE exchange_rate SET rate = rate + 1 WHERE valid_from = '2026-02-01';
		IF n = 2 THEN
			DELETE FROM exchange_rate WHERE valid_from = '2026-02-01';
		END IF;
	END LOOP;
END $$;

-- Times a number: every sum of every currency; counts stay.
SELECT totals(10.10, 50, 1.00) * 1.5 AS a, -2 * totals(10.10, 50, 1.00) AS b, (totals(1, 50, 0, 'EUR') + totals(2, 50, 1, 'USD')) * 0.1 AS c, totals(a, a, a) * 3 AS d
FROM (SELECT 1 AS a) AS one GROUP BY a;
SELECT totals(a, 50, b) * f AS t FROM (VALUES ('NaN'::numeric, 'Infinity'::numeric, -1), (1, 'Infinity', 0), ('-Infinity', 1, 2)) AS v (a, b, f) GROUP BY f ORDER BY f;
SELECT pg_temp.attempt($$SELECT totals(1, 50, 0) * 'NaN'$$), pg_temp.attempt($$SELECT 'Infinity' * totals(1, 50, 0)$$), pg_temp.attempt($$SELECT totals(1e-16000, 50, 0) * 1e-500$$);
SELECT oprname, oprleft::regtype, oprright::regtype, oprcom::regoperator FROM pg_operator WHERE oprname = '*' AND 'opportunities.totals'::regtype IN (oprleft, oprright) ORDER BY 2;

-- As a role that may read opportunities, and not the rates.
CREATE ROLE regress_rates_reader;
GRANT USAGE ON SCHEMA crm_rates TO regress_rates_reader;
GRANT SELECT ON opportunity TO regress_rates_reader;
SET ROLE regress_rates_reader;
SELECT pg_temp.attempt($$SELECT exchange_rate('USD', 'EUR', '2026-01-05')$$);
RESET ROLE;
GRANT SELECT ON exchange_rate TO regress_rates_reader;
SET ROLE regress_rates_reader;
SELECT exchange_rate('USD', 'EUR', '2026-01-05');
RESET ROLE;

-- Each tenant has rates of its own, also where its policies are not in force.
SELECT opportunities.create_crm('crm_rates_of', tenant => true);
SET search_path = crm_rates_of, opportunities;
SET opportunities.tenant = 'one';
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('USD', 'EUR', '2026-01-01', 1);
SET opportunities.tenant = 'two';
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) VALUES ('USD', 'EUR', '2026-01-01', 2), ('CHF', 'EUR', '2026-01-01', 3);
SELECT exchange_rate('USD', 'EUR'), exchange_rate('CHF', 'EUR');
SET opportunities.tenant = 'one';
SELECT exchange_rate('USD', 'EUR');
SELECT left(pg_temp.attempt($$SELECT exchange_rate('CHF', 'EUR', '2026-01-01')$$), 60);
RESET opportunities.tenant;
SELECT left(pg_temp.attempt($$SELECT exchange_rate('USD', 'EUR')$$), 60);

-- Of a view: any columns of these names; of a rate that is NULL there is none. A thousand days in any order are as many rates as there are days.
CREATE SCHEMA rates_mapped;
SET search_path = rates_mapped, opportunities;
CREATE TABLE rate_of_bank (base varchar, day timestamp, value float8);
INSERT INTO rate_of_bank SELECT 'USD', date '2020-01-01' + n, n + 1 FROM generate_series(0, 2000, 2) AS n;
INSERT INTO rate_of_bank VALUES ('GBP', '2020-01-01', NULL);
CREATE VIEW exchange_rate AS SELECT base AS from_currency, 'EUR' AS to_currency, day AS valid_from, value AS rate FROM rate_of_bank;
CREATE VIEW opportunity AS SELECT 1 AS id;
SELECT count(*), count(*) FILTER (WHERE exchange_rate('USD', 'EUR', date '2020-01-01' + n) <> n / 2 * 2 + 1) AS wrong FROM (SELECT n FROM generate_series(0, 2500) AS n WHERE n <= 2001 ORDER BY md5(n::text)) AS d;
SELECT exchange_rate('USD', 'EUR', '9999-12-31');
SELECT left(pg_temp.attempt($$SELECT exchange_rate('GBP', 'EUR', '2020-01-01')$$), 60);

SET client_min_messages = error;
DROP SCHEMA crm_rates, crm_rates_of, rates_mapped CASCADE;
DROP ROLE regress_rates_reader;
