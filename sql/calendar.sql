CREATE FUNCTION opportunities_internal.calendar_days(first date, last date, fiscal_year_by_end boolean DEFAULT false)
RETURNS TABLE (
	date date,
	weekday integer,
	weekday_name text,
	weekday_name_fa text,
	week integer,
	week_year integer,
	week_start date,
	year integer,
	quarter integer,
	month integer,
	day integer,
	month_name text,
	month_name_fa text,
	month_label text,
	month_key integer,
	persian_year integer,
	persian_quarter integer,
	persian_month integer,
	persian_day integer,
	persian_month_name text,
	persian_month_name_fa text,
	persian_month_label text,
	persian_month_key integer,
	fiscal_year integer,
	fiscal_quarter integer,
	fiscal_year_label text,
	fiscal_quarter_label text)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
	SELECT d.date, d.weekday,
		('{Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday}'::text[])[d.weekday],
		('{دوشنبه,سه‌شنبه,چهارشنبه,پنج‌شنبه,جمعه,شنبه,یکشنبه}'::text[])[d.weekday],
		d.week, d.week_year, opportunities.period_of('week', d.date), d.year, (d.month + 2) / 3, d.month, d.day,
		g.name, ('{ژانویه,فوریه,مارس,آوریل,مه,ژوئن,ژوئیه,اوت,سپتامبر,اکتبر,نوامبر,دسامبر}'::text[])[d.month],
		g.name || ' ' || d.year, d.year * 100 + d.month,
		p.year, (p.month + 2) / 3, p.month, d.date - p.month_start + 1,
		('{Farvardin,Ordibehesht,Khordad,Tir,Mordad,Shahrivar,Mehr,Aban,Azar,Dey,Bahman,Esfand}'::text[])[p.month],
		n.name, n.name || ' ' || translate(p.year::text, '0123456789', '۰۱۲۳۴۵۶۷۸۹'), p.year * 100 + p.month,
		f.year, f.quarter, 'FY' || f.year, 'FY' || f.year || ' Q' || f.quarter
	FROM (
			SELECT s.day::date AS date, date_part('isodow', s.day)::integer AS weekday, date_part('week', s.day)::integer AS week,
				date_part('isoyear', s.day)::integer AS week_year,
				date_part('year', s.day)::integer AS year, date_part('month', s.day)::integer AS month, date_part('day', s.day)::integer AS day
			-- (by numbers: between moments that are infinite it would never end)
			FROM (SELECT (first + n)::timestamp AS day FROM generate_series(0, last - first) AS n) AS s
		) AS d,
		-- A Persian year begins in March, and the month n after its first 30 n to 30 n + 29 days later.
		LATERAL (SELECT opportunities.period_of('year', d.date, 'persian') AS year_start,
			opportunities.period_of('month', d.date, 'persian') AS month_start,
			opportunities.period_of('fiscal_year', d.date) AS fiscal_year_start) AS s,
		LATERAL (SELECT date_part('year', s.year_start)::integer - 621 AS year, s.month_start,
			(s.month_start - s.year_start) / 30 + 1 AS month) AS p,
		-- A fiscal year has the number of the year that its first day is in, or its last. Its quarters have 65 to 118 days.
		LATERAL (SELECT CASE WHEN fiscal_year_by_end THEN opportunities.period_end('THIS_FISCAL_YEAR', d.date) - 1
			ELSE s.fiscal_year_start END AS day) AS e,
		LATERAL (SELECT CASE WHEN current_setting('opportunities.calendar') = 'persian'
				THEN date_part('year', opportunities.period_of('year', e.day, 'persian'))::integer - 621
				ELSE date_part('year', e.day)::integer END AS year,
			1 + (opportunities.period_of('fiscal_quarter', d.date) - s.fiscal_year_start + 45) / 91 AS quarter) AS f,
		LATERAL (SELECT ('{January,February,March,April,May,June,July,August,September,October,November,December}'::text[])[d.month] AS name) AS g,
		LATERAL (SELECT ('{فروردین,اردیبهشت,خرداد,تیر,مرداد,شهریور,مهر,آبان,آذر,دی,بهمن,اسفند}'::text[])[p.month] AS name) AS n;
END;
COMMENT ON FUNCTION opportunities_internal.calendar_days(date, date, boolean) IS
	'The rows that create_crm fills the table calendar with: one a day from the first to the last. Weeks, fiscal years and quarters are those of the settings opportunities.week_start, opportunities.calendar and opportunities.fiscal_year_start. A fiscal year has the number of the year that it begins in, or ends in where fiscal_year_by_end is true: of the Persian calendar where that is set, else of the Gregorian one. Errors: unknown_month, date_out_of_range.';

CREATE FUNCTION opportunities.fill_calendar(schema name DEFAULT 'crm', first_day date DEFAULT '2010-01-01',
	last_day date DEFAULT '2039-12-31', fiscal_year_by_end boolean DEFAULT false)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'fill_calendar';
COMMENT ON FUNCTION opportunities.fill_calendar(name, date, date, boolean) IS
	'Fills the table calendar of a CRM with the days from the first to the last, and computes those that it has already anew, by the settings opportunities.week_start, opportunities.calendar and opportunities.fiscal_year_start: how many days it has then. fiscal_year_by_end: a fiscal year has the number of the year that it ends in.
Errors: 3F000 unknown_schema; 22004 argument_missing; 42P01 relation_missing; 22023 unknown_month; 22008 date_out_of_range; 54000 too_many_elements.';
