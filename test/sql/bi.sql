-- What BI tools read: the views, the funnel, the pipeline as it stood, the calendar.
SET TimeZone = 'UTC';
SELECT opportunities.create_crm('bi_crm') \g /dev/null
SET search_path = bi_crm, public;
SET opportunities.time_zone = 'Asia/Tehran';

INSERT INTO account (id, name) VALUES (1, 'Alborz');
INSERT INTO pipeline (id, name) VALUES (1, 'Sales');
INSERT INTO stage (id, pipeline_id, name, position, kind) VALUES (1, 1, 'Lead', 1, 'open'), (2, 1, 'Offer', 2, 'open'), (3, 1, 'Talks', 3, 'open'), (4, 1, 'Won', 4, 'won'), (5, 1, 'Lost', 5, 'lost');
INSERT INTO product (id, name, category, unit_price) VALUES (1, 'Switch', 'Network', 100), (2, 'Phone', 'Voice', 30);
INSERT INTO opportunity (id, pipeline_id, stage_id, title, account_id, owner, amount, probability, expected_close, created_at, closed_at, stage_entered_at) VALUES
	(1, 1, 4, 'Won', 1, 'sara', 260, 80, '2026-02-01', '2026-01-01 21:00', '2026-01-11 12:00', '2026-01-11 12:00'),
	(2, 1, 5, 'Lost', NULL, 'omid', 100, 50, NULL, '2026-01-03', '2026-01-20', '2026-01-20'),
	(3, 1, 2, 'Open', 1, 'sara', 40, 25, '2026-03-01', '2026-01-05', NULL, '2026-01-15'),
	(4, 1, NULL, 'No stage', NULL, NULL, NULL, NULL, NULL, '2026-01-06', NULL, '2026-01-06'),
	(6, 1, 1, 'Open again', NULL, 'sara', 5, 10, NULL, '2026-02-01', NULL, '2026-02-03');
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_at, changed_by, stayed) VALUES
	(1, 1, 1, 1, 2, '2026-01-05 21:00', 'sara', '4 days'), (1, 1, 2, 1, 4, '2026-01-11 12:00', 'sara', '5 days 15:00'),
	(2, 1, 1, 1, 3, '2026-01-10', 'omid', '7 days'), (2, 1, 3, 1, 2, '2026-01-10', 'omid', '0'), (2, 1, 2, 1, 5, '2026-01-20', 'omid', '10 days'),
	(3, 1, NULL, 1, 1, '2026-01-07', 'sara', '2 days'), (3, 1, 1, 1, 2, '2026-01-15', 'sara', '8 days'),
	(6, 1, 1, 1, 4, '2026-02-02', 'sara', '1 day'), (6, 1, 4, 1, 1, '2026-02-03', 'sara', '1 day'),
	(99, 1, 1, 1, 2, '2026-01-15', 'sara', '8 days');
INSERT INTO opportunity_line (opportunity_id, product_id, description, quantity, unit_price, discount_percent, tax_percent) VALUES
	(1, 1, NULL, 2, 100, 0, 10), (1, 2, NULL, 3, 30, 33.33, 0), (2, NULL, 'Advice', 1, 100, 0, 0);

\x on
SELECT jsonb_pretty(to_jsonb(o) - 'days_in_stage') FROM bi_opportunity AS o WHERE id = 1;
SELECT id, state, stage, account, forecast_amount, won_amount, days_to_close, days_in_stage = opportunities.business_date(now()) - date '2026-01-15' AS since_january_15 FROM bi_opportunity WHERE id IN (2, 3, 4) ORDER BY id;
SELECT * FROM bi_line WHERE opportunity_id = 1 ORDER BY id;
\x off
-- by product, an opportunity of two products counted once each
SELECT category, product, currency, sum(won_net) AS won, sum(lost_net) AS lost, count(DISTINCT opportunity_id) AS opportunities FROM bi_line GROUP BY 1, 2, 3 ORDER BY 2;
-- plain numbers and text: no type of the extension
SELECT c.relname, a.attname, a.atttypid::regtype FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'bi_crm'::regnamespace AND c.relkind = 'v' AND a.atttypid::regtype NOT IN ('bigint', 'integer', 'text', 'numeric', 'date', 'boolean', 'timestamptz');

-- Stays: since when, until when, where to; the present one has no end. A deleted opportunity is not there.
SELECT opportunity_id, stage, state, entered_at, left_at, CASE WHEN left_at IS NOT NULL THEN days END AS days, next_stage, moved_by FROM bi_stage_history ORDER BY 1, left_at, entered_at, days DESC;
-- each stay begins where the one before ended, whatever the session's zone does in between
SET TimeZone = 'Europe/Berlin';
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, stage_entered_at) VALUES (5, 1, 2, 'Summer time', '2026-03-01', '2026-04-01');
INSERT INTO stage_change (opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_at, changed_by, stayed)
SELECT 5, 1, 1, 1, 2, timestamptz '2026-04-01 UTC', 'sara', timestamptz '2026-04-01 UTC' - timestamptz '2026-03-01 UTC';
SELECT entered_at AT TIME ZONE 'UTC' AS entered_at, days FROM bi_stage_history WHERE opportunity_id = 5 AND stage = 'Lead';
DELETE FROM opportunity WHERE id = 5;
SET TimeZone = 'UTC';

-- How they go through the stages. A lost one that went to and fro counts once a stage, one that was won for a day is not won.
SELECT stage, entered, went_on, won, lost, conversion FROM funnel();
SELECT stage, entered, average_days FROM funnel('2026-01-01', '2026-01-06') ORDER BY stage_position;
SELECT count(*) FROM funnel('2025-01-01', '2025-12-31');

-- The pipeline as it stood, at the end of a day where the business is.
SELECT day, string_agg(title || ': ' || coalesce(stage, '(none)'), ', ' ORDER BY opportunity_id) AS stood
FROM unnest('{2025-12-31,2026-01-01,2026-01-02,2026-01-05,2026-01-06,2026-01-07,2026-01-10,2026-01-12,2026-01-20,2030-01-01}'::date[]) AS day, pipeline_on(day) GROUP BY day ORDER BY day;
SELECT state, count(*), sum(amount) FROM pipeline_on('2026-01-08') GROUP BY 1;

-- The caller's rights, in views and functions alike.
CREATE ROLE regress_bi;
GRANT USAGE ON SCHEMA bi_crm TO regress_bi;
GRANT SELECT ON ALL TABLES IN SCHEMA bi_crm TO regress_bi;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = opportunities.me());
SET ROLE regress_bi;
SET opportunities.user_name = 'omid';
SELECT array_agg(id) AS opportunities FROM bi_opportunity;
SELECT array_agg(DISTINCT opportunity_id) AS lines FROM bi_line;
SELECT array_agg(DISTINCT opportunity_id) AS stays FROM bi_stage_history;
SELECT array_agg(opportunity_id) AS stood FROM pipeline_on('2026-01-08');
SELECT sum(entered) AS entered FROM funnel();
RESET opportunities.user_name;
RESET ROLE;
REVOKE SELECT ON account FROM regress_bi;
SET ROLE regress_bi;
SELECT count(*) FROM bi_opportunity;
RESET ROLE;

-- The calendar: every day once, months and years of both calendars, weekdays, labels.
SELECT count(*), min(date), max(date), count(*) = max(date) - min(date) + 1 AS every_day FROM calendar;
\x on
SELECT * FROM calendar WHERE date = '2026-03-21';
\x off
SELECT count(*) AS wrong FROM calendar WHERE (persian_day = 1) <> (opportunities.period_of('month', date, 'persian') = date)
	OR (persian_day = 1 AND persian_month = 1) <> (opportunities.period_of('year', date, 'persian') = date)
	OR (persian_day = 1 AND persian_month % 3 = 1) <> (opportunities.period_of('quarter', date, 'persian') = date)
	OR month_name <> to_char(date, 'FMMonth') OR weekday_name <> to_char(date, 'FMDay') OR month_label <> to_char(date, 'FMMonth YYYY')
	OR week <> to_char(date, 'IW')::integer OR weekday <> to_char(date, 'ID')::integer OR quarter <> to_char(date, 'Q')::integer
	OR fiscal_year <> year OR fiscal_quarter <> quarter;
SELECT persian_year, max(date) AS last_day, max(persian_day) FILTER (WHERE persian_month = 12) AS days_of_esfand FROM calendar WHERE persian_year BETWEEN 1399 AND 1409 GROUP BY 1 ORDER BY 1;
SELECT DISTINCT persian_month, persian_month_name, persian_month_name_fa, count(DISTINCT persian_day) AS days FROM calendar GROUP BY 1, 2, 3 ORDER BY 1;
SELECT DISTINCT weekday, weekday_name, weekday_name_fa FROM calendar ORDER BY 1;
SELECT DISTINCT month, month_name, month_name_fa FROM calendar ORDER BY 1;
-- fiscal years of the settings
SET opportunities.fiscal_year_start = 10;
SELECT fiscal_year, fiscal_quarter, min(date), max(date) FROM opportunities.calendar_days('2025-10-01', '2026-10-31') GROUP BY 1, 2 ORDER BY 1, 2;
SET opportunities.calendar = 'persian';
SELECT fiscal_year, fiscal_quarter, min(date), max(date), string_agg(DISTINCT persian_month_name, ' ') AS months FROM opportunities.calendar_days('2025-12-22', '2026-12-21') GROUP BY 1, 2 ORDER BY 1, 2;
RESET opportunities.calendar;
RESET opportunities.fiscal_year_start;
SELECT count(*) FROM opportunities.calendar_days('2026-01-02', '2026-01-01');
-- in every calendar four quarters
DO $$
DECLARE c text; wrong text;
BEGIN
	FOREACH c IN ARRAY '{gregorian,persian,islamic-civil,hebrew,chinese,coptic,indian}'::text[] LOOP
		FOR month IN 1..12 LOOP
			PERFORM set_config('opportunities.calendar', c, true), set_config('opportunities.fiscal_year_start', month::text, true);
			SELECT min(date) INTO wrong FROM (SELECT d.date, d.fiscal_quarter, lag(d.fiscal_quarter) OVER w AS before, opportunities.period_of('fiscal_quarter', d.date) = d.date AS first, opportunities.period_of('fiscal_year', d.date) = d.date AS first_of_year
				FROM opportunities.calendar_days('2020-01-01', '2025-12-31') AS d WINDOW w AS (ORDER BY d.date)) AS d
			WHERE fiscal_quarter NOT BETWEEN 1 AND 4 OR (before <> fiscal_quarter) <> first OR first_of_year AND fiscal_quarter <> 1 OR first AND fiscal_quarter <> before % 4 + 1;
			IF wrong IS NOT NULL THEN
				RAISE EXCEPTION 'calendar %, month %: %', c, month, wrong;
			END IF;
		END LOOP;
	END LOOP;
END $$;
RESET opportunities.calendar;
RESET opportunities.fiscal_year_start;

SET client_min_messages = warning;
DROP SCHEMA bi_crm CASCADE;
DROP ROLE regress_bi;
