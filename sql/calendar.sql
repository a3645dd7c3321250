CREATE FUNCTION opportunities.calendar_days(first date, last date)
RETURNS TABLE (
	date date,
	weekday integer,
	weekday_name text,
	weekday_name_fa text,
	week integer,
	year integer,
	quarter integer,
	month integer,
	day integer,
	month_name text,
	month_name_fa text,
	month_label text,
	persian_year integer,
	persian_quarter integer,
	persian_month integer,
	persian_day integer,
	persian_month_name text,
	persian_month_name_fa text,
	persian_month_label text,
	fiscal_year integer,
	fiscal_quarter integer)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
	SELECT d.date, d.weekday,
		('{Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday}'::text[])[d.weekday],
		('{دوشنبه,سه‌شنبه,چهارشنبه,پنج‌شنبه,جمعه,شنبه,یکشنبه}'::text[])[d.weekday],
		d.week, d.year, (d.month + 2) / 3, d.month, d.day,
		g.name, ('{ژانویه,فوریه,مارس,آوریل,مه,ژوئن,ژوئیه,اوت,سپتامبر,اکتبر,نوامبر,دسامبر}'::text[])[d.month],
		g.name || ' ' || d.year,
		p.year, (p.month + 2) / 3, p.month, d.date - p.month_start + 1,
		('{Farvardin,Ordibehesht,Khordad,Tir,Mordad,Shahrivar,Mehr,Aban,Azar,Dey,Bahman,Esfand}'::text[])[p.month],
		n.name, n.name || ' ' || translate(p.year::text, '0123456789', '۰۱۲۳۴۵۶۷۸۹'),
		f.year, 1 + (opportunities.period_of('fiscal_quarter', d.date) - f.year_start) / 88
	FROM (
			SELECT s.day::date AS date, date_part('isodow', s.day)::integer AS weekday, date_part('week', s.day)::integer AS week,
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
		LATERAL (SELECT s.fiscal_year_start AS year_start, CASE WHEN current_setting('opportunities.calendar') = 'persian'
			THEN date_part('year', opportunities.period_of('year', s.fiscal_year_start, 'persian'))::integer - 621 ELSE date_part('year', s.fiscal_year_start)::integer END AS year) AS f,
		LATERAL (SELECT ('{January,February,March,April,May,June,July,August,September,October,November,December}'::text[])[d.month] AS name) AS g,
		LATERAL (SELECT ('{فروردین,اردیبهشت,خرداد,تیر,مرداد,شهریور,مهر,آبان,آذر,دی,بهمن,اسفند}'::text[])[p.month] AS name) AS n;
END;
COMMENT ON FUNCTION opportunities.calendar_days(date, date) IS
	'The rows that create_crm fills the table calendar with: one a day from the first to the last. Fiscal years and quarters are those of the settings opportunities.calendar and opportunities.fiscal_year_start; the number of a fiscal year is that of the year that it begins in, of the Persian calendar where that is set, else of the Gregorian one. Errors: unknown_month, date_out_of_range.';
