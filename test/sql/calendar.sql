-- Periods: date literals, settings, calendars

\pset null NULL
CREATE SCHEMA test_calendar;
SET search_path = test_calendar, opportunities;
SET datestyle = 'ISO, YMD';

\i test/data/attempt.sql

CREATE TABLE literal (position serial, period text);
INSERT INTO literal (period) VALUES ('TODAY'), ('YESTERDAY'), ('TOMORROW'), ('LAST_90_DAYS'), ('NEXT_90_DAYS'), ('LAST_N_DAYS:3'), ('NEXT_N_DAYS:3'), ('N_DAYS_AGO:3');
INSERT INTO literal (period) SELECT shape || unit
	FROM unnest('{WEEK,MONTH,QUARTER,YEAR,FISCAL_QUARTER,FISCAL_YEAR}'::text[]) WITH ORDINALITY u (unit, i), unnest('{THIS_,LAST_,NEXT_}'::text[]) WITH ORDINALITY s (shape, j)
	ORDER BY i, j;
INSERT INTO literal (period) SELECT format(shape, unit)
	FROM unnest('{WEEKS,MONTHS,QUARTERS,YEARS,FISCAL_QUARTERS,FISCAL_YEARS}'::text[]) WITH ORDINALITY u (unit, i), unnest('{LAST_N_%s:3,NEXT_N_%s:3,N_%s_AGO:3}'::text[]) WITH ORDINALITY s (shape, j)
	ORDER BY i, j;

-- Every literal on a Wednesday, the fiscal year from April.
SET opportunities.fiscal_year_start = 4;
SELECT period, period_start(period, '2024-05-15'), period_end(period, '2024-05-15'),
	period_start(period, '2024-05-15', 'persian') AS persian_start, period_end(period, '2024-05-15', 'persian') AS persian_end
FROM literal ORDER BY position;

-- Both sides of a year's end.
RESET opportunities.fiscal_year_start;
SELECT period, period_start(period, '2023-12-31') AS dec31, period_end(period, '2023-12-31') AS dec31_end, period_start(period, '2024-01-01') AS jan1, period_end(period, '2024-01-01') AS jan1_end
FROM unnest('{THIS_WEEK,LAST_WEEK,NEXT_WEEK,THIS_MONTH,LAST_MONTH,NEXT_MONTH,THIS_QUARTER,LAST_QUARTER,NEXT_QUARTER,THIS_YEAR,LAST_YEAR,NEXT_YEAR,LAST_N_MONTHS:12,N_QUARTERS_AGO:4}'::text[]) period;

-- Numbers: none of a unit is an empty span; digits of any kind; case doesn't matter.
SELECT period, period_start(period, '2024-05-15'), period_end(period, '2024-05-15')
FROM unnest('{LAST_N_DAYS:0,NEXT_N_DAYS:0,LAST_N_MONTHS:0,N_MONTHS_AGO:0,N_DAYS_AGO:۱۲,last_n_weeks:٢,This_Month,LAST_N_DAYS:010,LAST_N_DAYS:۱٬۰۰۰,LAST_N_DAYS:10000,NEXT_N_YEARS:10000}'::text[]) period;

-- Weeks.
DO $$
DECLARE
	day text;
BEGIN
	FOREACH day IN ARRAY '{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[] LOOP
		PERFORM set_config('opportunities.week_start', day, false);
		RAISE NOTICE '%: %', day, (SELECT string_agg(to_char(period_of('week', d::date), 'MM-DD') || CASE WHEN to_char(period_of('week', d::date), 'fmday') = day THEN '' ELSE '!' END, ' ')
			FROM generate_series('2024-05-12'::date, '2024-05-20', '1 day') d);
	END LOOP;
END $$;
RESET opportunities.week_start;

-- Fiscal years and quarters, on the days around their beginnings.
DO $$
DECLARE
	month int;
	day date;
BEGIN
	FOREACH month IN ARRAY '{1,2,4,7,12}'::int[] LOOP
		PERFORM set_config('opportunities.fiscal_year_start', month::text, false);
		FOREACH day IN ARRAY '{2024-01-31,2024-02-01,2024-03-31,2024-04-01,2024-06-30,2024-07-01,2024-11-30,2024-12-01}'::date[] LOOP
			RAISE NOTICE 'from %: % is in quarter %, year %, Persian quarter %, year %', month, day, period_of('fiscal_quarter', day), period_of('fiscal_year', day),
				period_of('fiscal_quarter', day, 'persian'), period_of('fiscal_year', day, 'persian');
		END LOOP;
	END LOOP;
END $$;
RESET opportunities.fiscal_year_start;

-- The Persian new year, after leap years (1399, 1403, 1408) and others.
SELECT day, period_of('year', day, 'persian') AS year, period_of('quarter', day, 'persian') AS quarter, period_of('month', day, 'persian') AS month,
	period_end('THIS_YEAR', day, 'persian') - period_start('THIS_YEAR', day, 'persian') AS days
FROM unnest('{2020-03-19,2020-03-20,2021-03-20,2021-03-21,2022-03-20,2022-03-21,2024-03-19,2024-03-20,2025-03-20,2025-03-21,2029-03-19,2029-03-20,2030-03-20,2030-03-21}'::date[]) day;

-- The months of 1403.
SELECT n + 1 AS month, period_start('N_MONTHS_AGO:' || 12 - n, '2025-04-01', 'persian') AS first, period_end('N_MONTHS_AGO:' || 12 - n, '2025-04-01', 'persian') AS next
FROM generate_series(0, 11) n;

\pset format unaligned
-- Calendars with leap months or thirteen months: the year's parts.
SELECT calendar, string_agg(to_char(day, 'YYYY-MM-DD'), ' ' ORDER BY day) FILTER (WHERE unit = 'month') AS months,
	string_agg(to_char(day, 'YYYY-MM-DD'), ' ' ORDER BY day) FILTER (WHERE unit = 'quarter') AS quarters, min(day) FILTER (WHERE unit = 'year') AS year
FROM (SELECT DISTINCT calendar, start, unit, period_of(unit, d::date, calendar) AS day
	FROM (VALUES ('coptic', '2023-09-12'), ('ethiopic', '2023-09-12'), ('hebrew', '2023-09-16'), ('chinese', '2020-01-25'), ('chinese', '2025-01-29')) v (calendar, start),
		unnest('{month,quarter,year}'::text[]) unit, generate_series(start::date, period_end('THIS_YEAR', start::date, calendar) - 1, '1 day') d) x
GROUP BY calendar, start ORDER BY calendar, start;
\pset format aligned
SET opportunities.fiscal_year_start = 7;
SELECT period_of('fiscal_year', '2024-05-01', 'hebrew') AS nisan, period_of('fiscal_year', '2024-04-08', 'hebrew') AS before_nisan;
SET opportunities.fiscal_year_start = 13;
SELECT period_of('fiscal_year', '2024-09-06', 'coptic') AS year, period_of('fiscal_quarter', '2024-09-06', 'coptic') AS quarter, period_of('fiscal_year', '2024-09-05', 'coptic') AS year_before;
SELECT pg_temp.attempt($$SELECT period_of('fiscal_year', '2024-09-05')$$);
SELECT pg_temp.attempt($$SELECT period_start('THIS_FISCAL_QUARTER', '2024-09-05', 'persian')$$);
RESET opportunities.fiscal_year_start;

-- The Gregorian calendar is the server's own, over all dates.
SELECT count(*) AS compared, count(*) FILTER (WHERE period_of(unit, day, calendar) <> date_trunc(unit, day::timestamp)::date) AS different
FROM generate_series('4713-01-01 BC'::timestamp, '294270-01-01', '2999 days') t, LATERAL (SELECT t::date) d (day),
	(VALUES ('month', 'gregorian'), ('quarter', 'gregorian'), ('year', 'gregorian'), ('week', 'gregorian'), ('day', 'gregorian'), ('month', 'buddhist')) u (unit, calendar);

-- Random days: a span holds its day, and last, this and next lie side by side, in every calendar.
DO $$
DECLARE
	seed float8 := random();
	units text[] := '{week,month,quarter,year,fiscal_quarter,fiscal_year}';
	calendars text[] := '{gregorian,persian,islamic-civil,islamic-umalqura,islamic,hebrew,chinese,dangi,indian,coptic,ethiopic,buddhist,roc,japanese}';
	u text;
	c text;
	d date;
	starts date[];
	good boolean;
BEGIN
	PERFORM setseed(seed);
	FOR i IN 1..2000 LOOP
		u := units[1 + floor(random() * cardinality(units))];
		c := calendars[1 + floor(random() * cardinality(calendars))];
		d := date '1900-01-01' + floor(random() * 100000)::int;
		PERFORM set_config('opportunities.fiscal_year_start', (1 + floor(random() * 12))::text, true),
			set_config('opportunities.week_start', (ARRAY['monday', 'saturday', 'sunday'])[1 + floor(random() * 3)], true);
		starts := ARRAY[period_start('LAST_' || u, d, c), period_start('THIS_' || u, d, c), period_start('NEXT_' || u, d, c), period_end('NEXT_' || u, d, c)];
		good := starts[1] < starts[2] AND starts[2] <= d AND d < starts[3] AND starts[3] < starts[4]
			AND period_end('LAST_' || u, d, c) = starts[2] AND period_end('THIS_' || u, d, c) = starts[3]
			AND period_of(u, d, c) = starts[2] AND period_of(u, starts[2], c) = starts[2] AND period_of(u, starts[3] - 1, c) = starts[2] AND period_of(u, starts[3], c) = starts[3]
			AND period_start('LAST_N_' || u || 's:2', d, c) = period_start('N_' || u || 's_AGO:2', d, c) AND period_end('N_' || u || 's_AGO:2', d, c) = starts[1]
			AND period_end('LAST_N_' || u || 's:2', d, c) = starts[2]
			AND period_start('NEXT_N_' || u || 's:2', d, c) = starts[3] AND period_start('NEXT_' || u, starts[3], c) = starts[4] AND period_end('NEXT_N_' || u || 's:2', d, c) = period_end('NEXT_' || u, starts[3], c);
		IF good IS NOT TRUE THEN
			RAISE EXCEPTION 'seed %: % % %, starts %', seed, u, d, c, starts;
		END IF;
	END LOOP;
END $$;

-- Today is the business's day; the settings count where no argument is given, in a cached plan too.
SET opportunities.time_zone = 'Pacific/Kiritimati';
SELECT period_start('TODAY') = (now() AT TIME ZONE 'Pacific/Kiritimati')::date AS kiritimati;
SET opportunities.time_zone = 'Pacific/Pago_Pago';
SELECT period_start('TODAY') = (now() AT TIME ZONE 'Pacific/Pago_Pago')::date AS pago_pago;
RESET opportunities.time_zone;
SET plan_cache_mode = force_generic_plan;
PREPARE year AS SELECT period_start('THIS_YEAR', '2024-03-25'), period_of('year', '2024-03-25');
EXECUTE year;
SET opportunities.calendar = 'persian';
EXECUTE year;
SELECT period_start('THIS_YEAR', '2024-03-25', calendar => 'gregory') AS gregorian, period_of('year', '2024-03-25', 'ROC') AS roc;
SET opportunities.calendar = 'islamicc';
SELECT pg_temp.attempt($$SET opportunities.calendar = 'persain'$$);
SELECT pg_temp.attempt($$SET opportunities.calendar = ''$$);
SHOW opportunities.calendar;
RESET opportunities.calendar;
SELECT pg_temp.attempt($$SET opportunities.fiscal_year_start = 14$$);
SELECT pg_temp.attempt($$SET opportunities.week_start = 'mon'$$);

\pset format unaligned
-- Nothing given, infinity, and the ends of what can be counted.
SELECT period_start(NULL), period_end(NULL, '2024-01-01'), period_of(NULL, '2024-01-01'), period_of('month', NULL);
SELECT period_start('LAST_YEAR', 'infinity'), period_end('LAST_YEAR', '-infinity', 'persian'), period_of('week', '-infinity'), period_of('day', 'infinity');
SELECT period_of('month', '4714-12-01 BC'), period_of('year', '5874897-12-31'), period_of('year', '4713-12-31 BC', 'persian'), period_of('year', '29999-12-31', 'persian');
SELECT command, replace(pg_temp.attempt(command), E'\n', ' | ') AS attempt FROM unnest(ARRAY[
	$$SELECT period_of('year', '4714-12-01 BC')$$,
	$$SELECT period_of('month', '4714-11-24 BC')$$,
	$$SELECT period_of('month', '4714-11-24 BC', 'persian')$$,
	$$SELECT period_end('THIS_YEAR', '5874897-12-31')$$,
	$$SELECT period_end('TODAY', '5874897-12-31')$$,
	$$SELECT period_start('N_YEARS_AGO:10000', '2024-01-01')$$,
	$$SELECT period_start('N_YEARS_AGO:10000', '2024-01-01', 'persian')$$,
	$$SELECT period_of('month', '5874897-12-31', 'persian')$$,
	$$SELECT period_of('month', '30000-01-01', 'chinese')$$]) AS command;

-- Names that are wrong.
SELECT command, replace(pg_temp.attempt(command), E'\n', ' | ') AS attempt FROM unnest(ARRAY[
	$$SELECT period_start('THIS_MONT')$$,
	$$SELECT period_start('this_mnth')$$,
	$$SELECT period_start('LAST_N_DAY:3')$$,
	$$SELECT period_start('LAST_N_DAYS')$$,
	$$SELECT period_start('LAST_N_DAYS:')$$,
	$$SELECT period_start('LAST_N_DAYS:-1')$$,
	$$SELECT period_start('LAST_N_DAYS:10001')$$,
	$$SELECT period_start('LAST_N_DAYS:99999999999999999999')$$,
	$$SELECT period_start('LAST_N_DAYS:1.5')$$,
	$$SELECT period_start('LAST_N_DAYS:۱٫۵')$$,
	$$SELECT period_start('LAST_N_DAYS:٬۵')$$,
	$$SELECT period_start('LAST_N_DAYS: 3')$$,
	$$SELECT period_start('THIS_WEEK:3')$$,
	$$SELECT period_start('')$$,
	$$SELECT period_start(repeat('x', 300))$$,
	$$SELECT period_start('TODAY', NULL, 'persain')$$,
	$$SELECT period_start('TODAY', NULL, '')$$,
	$$SELECT period_start('TODAY', NULL, 'jalali')$$,
	$$SELECT period_of('weeks', '2024-01-01')$$,
	$$SELECT period_of('', '2024-01-01')$$]) AS command;

-- days and periods as people write them
SELECT calendar_text('2026-11-30', 'yyyy/MM/dd', 'persian', 'fa') AS digits, calendar_text('2026-11-30', 'MMMM y', 'persian', 'fa') AS month, calendar_text('2026-11-30', 'EEEE d MMMM y', 'gregorian', 'fa') AS gregorian, calendar_text('2026-11-30', calendar => 'persian', language => 'fa-u-nu-latn') AS latin,
	calendar_text('2026-11-30', 'd MMMM y', 'persian', 'en') AS english, calendar_text('2026-11-30', $$'day' d$$, language => 'de_AT') AS quoted, calendar_text('1500-02-01', 'yyyy-MM-dd') AS before_1582;
SELECT calendar_text(NULL), calendar_text('2026-11-30', NULL), calendar_text('infinity'), calendar_text('-infinity'), period_label('month', 'infinity'), period_label(NULL, '2026-11-30'), period_label('month', NULL), period_label('day', '29998-01-01');
-- against the table of months, day by day
SELECT count(*) AS days, count(*) FILTER (WHERE calendar_text(d.date, 'MMMM y', 'persian', 'fa') <> persian_month_label OR calendar_text(d.date, 'MMMM', 'persian', 'en') <> persian_month_name OR calendar_text(d.date, 'y/M/d', 'persian', 'en') <> concat_ws('/', persian_year, persian_month, persian_day)
	OR calendar_text(d.date, 'MMMM y', 'gregorian', 'en') <> month_label OR calendar_text(d.date, 'LLLL', 'gregorian', 'fa') <> month_name_fa OR calendar_text(d.date, 'EEEE', language => 'en') <> weekday_name OR calendar_text(d.date, 'yyyy-MM-dd') <> to_char(d.date, 'YYYY-MM-DD')) AS different
FROM opportunities_internal.calendar_days('1970-01-01', '2045-12-31') AS d;
SELECT unit, period_label(unit, '2026-11-30') AS english, period_label(unit, '2026-11-30', 'persian', 'fa') AS persian FROM unnest('{day,week,month,quarter,year,fiscal_quarter,fiscal_year}'::text[]) AS unit;
SET opportunities.language = 'fa';
SET opportunities.calendar = 'persian';
SET opportunities.week_start = 'saturday';
SET opportunities.fiscal_year_start = 7;
SELECT unit, period_label(unit, '2026-11-30') AS label, period_label(unit, period_of(unit, '2026-11-30')) = period_label(unit, '2026-11-30') AS of_its_first_day FROM unnest('{week,fiscal_quarter,fiscal_year}'::text[]) AS unit;
RESET opportunities.calendar; RESET opportunities.week_start; RESET opportunities.fiscal_year_start; RESET opportunities.language;
-- more formatters than are kept
SELECT count(DISTINCT calendar_text('2026-11-30', repeat('y', n))) AS patterns, count(DISTINCT calendar_text('2026-11-30', 'MMMM', language => l)) > 10 AS languages FROM generate_series(1, 40) AS n, unnest('{en,fa,de,fr,es,it,tr,ru,ar,he,hu,pl,sv,nl,pt,fi,cs,da,ja,zh}'::text[]) AS l;
SELECT command, pg_temp.attempt(command) FROM unnest(ARRAY[
	$$SELECT calendar_text('2026-11-30', '')$$,
	$$SELECT calendar_text('2026-11-30', repeat('y', 101))$$,
	$$SELECT length(calendar_text('2026-11-30', repeat('y', 100)))$$,
	$$SELECT length(calendar_text('2026-11-30', repeat('MMMM ', 20)))$$,
	$$SELECT calendar_text('2026-11-30', 'y', 'persain')$$,
	$$SELECT calendar_text('2026-11-30', 'y', 'persian', 'xx')$$,
	$$SELECT calendar_text('2026-11-30', 'y', 'persian', '')$$,
	$$SELECT calendar_text('2026-11-30', 'y', 'persian', repeat('fa-', 100))$$,
	$$SELECT calendar_text('294276-11-30', 'y', 'persian')$$,
	$$SELECT period_label('mont', '2026-11-30')$$,
	$$SET opportunities.language = 'xx'$$]) AS command;

SET client_min_messages = warning;
DROP SCHEMA test_calendar CASCADE;
