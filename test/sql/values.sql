-- Values that are given as JSON: read alike in a filter, a scope and an edit, whatever the settings of who reads them.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_values', starter => true);
SET search_path = crm_values, opportunities, public;
SET TimeZone = 'UTC';

CREATE FUNCTION pg_temp.rule(field text, operator text, value jsonb) RETURNS jsonb LANGUAGE sql AS
	$$SELECT jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', field, 'operator', operator, 'value', value)))$$;
-- What a statement gives, or why not.
CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text; code text; hint text;
BEGIN
	EXECUTE statement INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(': ', code, hint);
END $$;

-- A literal of each type, under settings of many readers: one meaning, or none.
CREATE TABLE kinds (id integer PRIMARY KEY, day date, at timestamptz, local timestamp, span interval, hour time, zoned timetz, ratio double precision, small real,
	days daterange, spans tstzrange, dates date[], price money, data bytea, rel regclass, number numeric, whole integer, key uuid, word varchar(5), yes boolean, bits bit(3), words text[]);
CREATE FUNCTION pg_temp.readings(field text, value jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	readings text[]; style text; span text; zone text; rest text;
BEGIN
	FOR style, span, zone, rest IN SELECT * FROM
		unnest('{"ISO, MDY","ISO, DMY","SQL, DMY","Postgres, MDY","German, YMD"}'::text[]) AS s, unnest('{postgres,sql_standard,iso_8601}'::text[]) AS i,
		unnest('{UTC,Asia/Tehran,America/New_York}'::text[]) AS z, unnest('{-15,3}'::text[]) AS r
	LOOP
		PERFORM set_config('DateStyle', style, true), set_config('IntervalStyle', span, true), set_config('TimeZone', zone, true), set_config('extra_float_digits', rest, true),
			set_config('bytea_output', CASE WHEN rest = '3' THEN 'hex' ELSE 'escape' END, true), set_config('array_nulls', CASE WHEN rest = '3' THEN 'on' ELSE 'off' END, true);
		readings := array_append(readings, pg_temp.attempt(format('SELECT filter_sql(%L, ''kinds'')', pg_temp.rule(field, '=', value))));
	END LOOP;
	PERFORM set_config('DateStyle', 'ISO, MDY', true), set_config('IntervalStyle', 'postgres', true), set_config('TimeZone', 'UTC', true), set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true), set_config('array_nulls', 'on', true);
	RETURN (SELECT string_agg(DISTINCT regexp_replace(r, 'OPERATOR\(pg_catalog.(.*?)\)', '\1', 'g'), ' | ') FROM unnest(readings) AS r);
END $$;
SELECT field, value, pg_temp.readings(field, value::jsonb) FROM (VALUES
	('day', '"2026-03-04"'), ('day', '"2026/3/4"'), ('day', '"20260304"'), ('day', '20260304'), ('day', '"۲۰۲۶-۰۳-۰۴"'), ('day', '"03/04/2026"'), ('day', '"03/04/05"'), ('day', '"4 Mar 2026"'), ('day', '"2026-13-01"'), ('day', '"2026-02-29"'),
	('day', '"2026-03-04T00:00:00Z"'), ('day', '"infinity"'), ('day', '"today"'), ('day', '"epoch"'), ('day', 'true'), ('day', '["2026-03-04"]'),
	('at', '"2026-03-04"'), ('at', '"2026-03-04 05:06"'), ('at', '"2026-03-04T05:06:07.1234567+03:30"'), ('at', '"2026-03-04T05:06:07Z"'), ('at', '"2026-03-04 05:06 +0330"'), ('at', '"2026-03-04 05:06 IST"'), ('at', '"2026-03-04 25:00"'), ('at', '"-infinity"'),
	('local', '"2026-03-04"'), ('local', '"2026-03-04 05:06"'), ('local', '"2026-03-04T05:06:07Z"'),
	('span', '"1 day"'), ('span', '"-1 day 02:03:00"'), ('span', '"P1DT2H"'), ('span', '"۳ days"'), ('hour', '"05:06"'), ('hour', '"۰۵:۰۶"'), ('zoned', '"05:06+03:30"'), ('zoned', '"05:06"'), ('zoned', '"05:06 IST"'),
	('ratio', '0.1'), ('ratio', '"۰٫۱"'), ('small', '16777217'), ('days', '"[2026-03-04,2026-03-05)"'), ('days', '"[03/04/2026,)"'), ('spans', '"[2026-03-04 00:00+00,)"'), ('spans', '"[2026-03-04,)"'), ('dates', '"{2026-03-04,2026-03-05}"'), ('dates', '"{03/04/05}"'), ('words', '"{a,b}"'), ('words', '"{a,NULL}"'), ('words', '"{a,\"NULL\"}"'),
	('price', '10'), ('data', '"\\x0102"'), ('data', '"\\001"'), ('rel', '"pg_class"'), ('number', '"۱۲٬۳۴۵٫۶۷"'), ('number', '"١٢٬٣٤٥٫٦٧"'), ('number', '"1,5"'), ('number', 'true'), ('whole', '"۴۲"'), ('whole', '1.5'),
	('key', '"A0000000000000000000000000000001"'), ('word', '"longer than five"'), ('yes', '"on"'), ('bits', '"101"')
) AS v (field, value);

-- A separator of thousands parts groups of three digits; one typed for the decimal separator beside it doesn't make ten times as much.
SELECT value, pg_temp.readings('number', to_jsonb(value)) FROM unnest(ARRAY['۱٬۲۳۴٬۵۶۷٫۸', '12٬345', '-۱۲٬۳۴۵', '۱۲٬۵', '۱۲٬۳۴', '۱۲٬۳۴۵۶', '۱۲۳۴٬۵۶۷', '۱٬۲۳۴۵٬۶۷۸', '۱٬٬۲۳۴', '٬۱۲۳', '۱۲۳٬', '۱۲٫۳۴۵٬۶۷۸']) AS value;

-- A date in another calendar; a bare one of a year before 1700 is none.
SELECT value, pg_temp.readings('day', value::jsonb) FROM unnest(ARRAY[
	'{"date": "1405-09-09", "calendar": "persian"}', '{"date": "۱۴۰۵/۰۹/۰۹", "calendar": "persian"}', '{"date": "1403-12-30", "calendar": "persian"}', '{"date": "1405-12-30", "calendar": "persian"}', '{"date": "1405-13-01", "calendar": "persian"}', '{"date": "1405-07-31", "calendar": "persian"}',
	'{"date": "1445-09-01", "calendar": "islamic-umalqura"}', '{"date": "5784-07-01", "calendar": "hebrew"}', '{"date": "5785-01-01", "calendar": "hebrew"}', '{"date": "1741-01-01", "calendar": "coptic"}', '{"date": "2016-13-05", "calendar": "ethiopic"}', '{"date": "2017-13-06", "calendar": "ethiopic"}', '{"date": "1946-01-01", "calendar": "indian"}',
	'{"date": "2569-11-30", "calendar": "buddhist"}', '{"date": "0115-11-30", "calendar": "roc"}', '{"date": "0008-11-30", "calendar": "japanese"}', '{"date": "4724-10-21", "calendar": "chinese"}', '{"date": "39999-01-01", "calendar": "persian"}', '{"date": "9999999-01-01", "calendar": "gregorian"}',
	'{"date": "2026-03-04"}', '{"date": "1405-09-09", "calendar": "gregorian"}', '{"date": "1405-09-09"}', '"1405-09-09"', '"۱۴۰۵/۰۹/۰۹"', '"1699-12-31"', '"1700-01-01"', '"0026-03-04"',
	'{"date": "1405-09-09", "calendar": "persan"}', '{"date": "1405-09-09", "calendar": 5}', '{"date": 1405, "calendar": "persian"}', '{"date": "1405-09-09 10:00", "calendar": "persian"}']) AS value;
-- What calendar_text writes is read back, in years with a leap month, too.
CREATE FUNCTION pg_temp.read_back(day date, calendar text) RETURNS date LANGUAGE sql AS $$
	SELECT substring(filter_sql(jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('field', 'day', 'operator', '=', 'value',
		jsonb_build_object('date', calendar_text(day, 'yyyy-MM-dd', calendar, 'en'), 'calendar', calendar)))), 'kinds') FROM '\d{4}-\d\d-\d\d')::date
$$;
SELECT calendar, count(*) FILTER (WHERE pg_temp.read_back(day, calendar) IS DISTINCT FROM day) AS otherwise
FROM (SELECT date '2000-01-01' + i AS day FROM generate_series(0, 15000, 23) AS i) AS d, unnest('{gregorian,persian,hebrew,islamic-umalqura,coptic,ethiopic,indian,buddhist,roc}'::text[]) AS calendar GROUP BY 1 ORDER BY 1;
SELECT pg_temp.readings('at', '{"date": "1405-09-09", "calendar": "persian"}') AS whole_day, pg_temp.readings('at', '{"date": "1405-09-09 10:00Z", "calendar": "persian"}') AS moment;
SET opportunities.calendar = 'persian';
SELECT pg_temp.attempt($$SELECT filter_sql('{"rules": [{"field": "day", "operator": "=", "value": "1405-09-09"}]}', 'kinds')$$) AS whatever_the_setting;
RESET opportunities.calendar;

-- At random: what is read as a date or moment is what the server reads, and nothing else is but years before 1700.
CREATE FUNCTION pg_temp.moment(text_form text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	EXECUTE format('SELECT %L::%s::text', text_form, type) INTO value;
	RETURN value;
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;
SELECT setseed(coalesce(current_setting('values.seed', true), '0.17')::float) \g /dev/null
CREATE TEMP TABLE written AS SELECT type, CASE WHEN type = 'date' THEN day ELSE concat(day, (ARRAY['T', ' '])[1 + (random() * 1.4)::int % 2], lpad((random() * 25)::int::text, 2, '0'), ':', lpad((random() * 61)::int::text, 2, '0'),
		CASE WHEN random() < 0.7 THEN ':' || lpad((random() * 62)::int::text, 2, '0') || CASE WHEN random() < 0.5 THEN '.' || (random() * 10 ^ (1 + n % 8))::bigint ELSE '' END END,
		CASE WHEN random() < 0.1 THEN ' ' ELSE '' END, CASE WHEN random() < 0.4 THEN 'Z' ELSE (ARRAY['+', '-'])[1 + n % 2] || lpad((random() * 17)::int::text, 2, '0') || CASE WHEN random() < 0.7 THEN (ARRAY[':', ''])[1 + n / 2 % 2] || lpad((random() * 61)::int::text, 2, '0') ELSE '' END END) END AS given
FROM generate_series(1, 4000) AS n, LATERAL (SELECT (ARRAY['date', 'timestamptz'])[1 + n % 2] AS type, concat_ws((ARRAY['-', '/'])[1 + n / 4 % 2], 1690 + (random() * 420)::int, (ARRAY['', '0'])[1 + n / 8 % 2] || (random() * 13)::int, (random() * 32)::int) AS day) AS d;
SELECT coalesce(current_setting('values.seed', true), '0.17') AS seed, type, count(*) > 1900 AS many, count(ours) > 300 AS accepted, count(*) - count(ours) > 100 AS refused, count(*) FILTER (WHERE pg_temp.moment(ours, type) IS DISTINCT FROM CASE WHEN substr(given, 1, 4) >= '1700' THEN pg_temp.moment(given, type) END) AS different,
	min(given) FILTER (WHERE pg_temp.moment(ours, type) IS DISTINCT FROM CASE WHEN substr(given, 1, 4) >= '1700' THEN pg_temp.moment(given, type) END) AS sample
FROM (SELECT *, (regexp_match(pg_temp.attempt(format('SELECT filter_sql(%L, ''kinds'')', pg_temp.rule(CASE type WHEN 'date' THEN 'day' ELSE 'at' END, '<', to_jsonb(given)))), '''(.*?)''::'))[1] AS ours FROM written) AS w GROUP BY type ORDER BY type;

-- A day is a whole one where moments are asked for, the business's: in Tehran the 4th begins at 20:30 of the 3rd in UTC.
SET opportunities.time_zone = 'Asia/Tehran';
INSERT INTO kinds (id, at, local) VALUES (1, '2026-03-03 20:29:59.999999+00', '2026-03-03 23:59:59.999999'), (2, '2026-03-03 20:30+00', '2026-03-04'), (3, '2026-03-04 20:29:59.999999+00', '2026-03-04 23:59:59.999999'), (4, '2026-03-04 20:30+00', '2026-03-05'), (5, NULL, NULL);
CREATE FUNCTION pg_temp.ids(field text, operator text, value jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ids text;
BEGIN
	EXECUTE format('SELECT string_agg(k.id::text, '','' ORDER BY id) FROM kinds AS k WHERE opportunities.matches_rules(k, %L)', pg_temp.rule(field, operator, value)) INTO ids;
	RETURN coalesce(ids, 'none');
END $$;
SELECT operator, value, pg_temp.ids('at', operator, value::jsonb) AS at, pg_temp.ids('local', operator, value::jsonb) AS local FROM (VALUES
	('=', '"2026-03-04"'), ('!=', '"2026-03-04"'), ('<', '"2026-03-04"'), ('<=', '"2026-03-04"'), ('>', '"2026-03-04"'), ('>=', '"2026-03-04"'), ('=', '{"date": "1404-12-13", "calendar": "persian"}'),
	('in', '["2026-03-04", "2026-03-01"]'), ('in', '"2026-03-03,2026-03-05"'), ('notIn', '["2026-03-04"]'), ('between', '["2026-03-04", "2026-03-04"]'), ('between', '["2026-03-05", "2026-03-04"]'), ('notBetween', '["2026-03-04", "2026-03-04"]'),
	('between', '["2026-03-04", "2026-03-05T00:00"]'), ('between', '["2026-03-05T00:00", "2026-03-04"]'), ('between', '["2026-03-04", "2026-03-04T12:00"]'), ('between', '["2026-03-03T00:00", "2026-03-04"]'), ('notBetween', '["2026-03-04", "2026-03-05T00:00"]'),
	('=', '"2026-03-04T00:00"'), ('<=', '"2026-03-04T00:00"')) AS v (operator, value);
BEGIN;
INSERT INTO kinds (id, at) VALUES (6, now());
SELECT pg_temp.ids('at', '=', to_jsonb(business_date(now()))), pg_temp.ids('at', '=', '{"period": "TODAY"}') AS as_the_period;
ROLLBACK;
INSERT INTO opportunity (id, pipeline_id, stage_id, title, created_at, amount, custom) SELECT id, 1, 1, 'Deal ' || id, at, id, jsonb_build_object('size', id, 'due', '2026-11-30') FROM kinds WHERE at IS NOT NULL;
SELECT value, pg_temp.attempt(format('SELECT jsonb_path_query_array(list(scope => %L, sort => ''{id}''), ''$.rows[*].id'')', jsonb_build_object('created_at', value::jsonb))) AS ids
FROM unnest(ARRAY['"2026-03-04"', '"2026-03-04T00:00"', '{"date": "1404-12-13", "calendar": "persian"}', '"1404-12-13"', '["2026-03-04"]', '{"x": 1}', 'null']) AS value;
SELECT list_sql(scope => '{"created_at": "2026-03-04"}', fields => '{title}') LIKE '%created_at OPERATOR(pg_catalog.>=) opportunities.business_moment(''2026-03-04T00:00:00''::timestamp without time zone) AND%' AS as_text;
RESET opportunities.time_zone;

-- One reader in filters, scope and edits: digits and separators, dates, custom fields.
INSERT INTO custom_field (name, type) VALUES ('size', 'number'), ('due', 'date'), ('hot', 'bool');
SELECT what, pg_temp.attempt(format('SELECT jsonb_path_query_array(list(scope => %L), ''$.rows[*].id'')', scope)) AS ids FROM (VALUES
	('number', '{"amount": "۲"}'), ('separator', '{"amount": "۲٫۰"}'), ('custom', '{"custom.size": "۲"}'), ('custom date', '{"custom.due": {"date": "1405-09-09", "calendar": "persian"}, "id": 3}'), ('pipeline', '{"pipeline_id": "۱", "id": "۴"}'), ('nothing', '{"amount": "two"}')) AS v (what, scope);
SELECT pipeline_id FROM board(scope => '{"pipeline_id": "۱"}') GROUP BY 1;
SELECT changes, pg_temp.attempt(format('SELECT status FROM bulk_edit(%L, ids => ''{1}'')', changes)) AS edited FROM unnest(ARRAY[
	'{"amount": "۱۲٬۳۴۵٫۶۷", "probability": "۵۰"}', '{"expected_close": {"date": "1405-09-09", "calendar": "persian"}}', '{"expected_close": "۲۰۲۶/۱۱/۳۰"}', '{"expected_close": "1405/09/09"}', '{"expected_close": "1405/12/30"}', '{"expected_close": "03/04/2026"}', '{"expected_close": "2026-11-30T00:00:00Z"}',
	'{"custom.due": {"date": "1405-09-09", "calendar": "persian"}, "custom.hot": "yes", "custom.free": {"date": "as it is"}}', '{"custom": {"due": {"date": "1403-12-30", "calendar": "persian"}}}', '{"custom.due": "1405-09-09"}', '{"tags": ["۱", {"a": 1}]}', '{"tags": ["۱"]}']) AS changes;
SELECT amount, probability, expected_close = '2026-11-30' AS on_day, tags, custom FROM opportunity WHERE id = 1;
SELECT move('2', '2', changes => '{"amount": "۷٫۵", "expected_close": {"date": "1405-09-09", "calendar": "persian"}}') - '{days_in_stage}'::text[] AS card;

-- A search for nothing that can be seen would take every row: an error, at any depth.
SELECT value, operator, pg_temp.attempt(format('SELECT status FROM bulk_delete(rules => %L)', pg_temp.rule('title', operator, value::jsonb))) AS deleted
FROM unnest(ARRAY['""', '" "', '"\u200c"', '"\u00a0\u200b\u2800"', '"\u064b"', '"ـ"']) AS value, unnest('{contains,doesNotEndWith}'::text[]) AS operator;
SELECT operator, pg_temp.attempt(format('SELECT filter_sql(%L)', pg_temp.rule('title', operator, '"\u200f"'))) AS compiled FROM unnest('{contains,beginsWith,endsWith,doesNotContain,doesNotBeginWith,doesNotEndWith}'::text[]) AS operator;
SELECT path, code FROM check_filter('{"combinator": "or", "not": true, "rules": [{"field": "title", "operator": "contains"}, {"field": "title", "operator": "contains", "value": null}, {"field": "tags", "operator": "contains", "value": ""},
	{"combinator": "xor", "rules": [{"field": "account.name", "operator": "beginsWith", "value": " "}, {"field": "activity.subject", "operator": "doesNotContain", "value": "\t"}, {"field": "custom.x", "operator": "endsWith", "value": "\u200c"}]},
	{"field": "tags", "operator": "=", "match": {"mode": "none"}, "value": {"combinator": "and", "rules": [{"field": "", "operator": "contains", "value": ""}]}}, {"field": "amount", "operator": "contains", "value": ""}]}') ORDER BY path;
SELECT pg_temp.attempt($$SELECT save_filter('Blank', '{"rules": [{"field": "title", "operator": "contains", "value": " "}]}')$$) AS saved;
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "or", "rules": [{"field": "title", "operator": "=", "value": ""}, {"field": "title", "operator": "in", "value": ["", "Deal 3"]}]}');

-- The business's days: a day begins at its first moment, and business_date agrees with that at any time.
SELECT zone, to_char(business_moment(day::timestamp) AT TIME ZONE 'UTC', 'MM-DD HH24:MI:SS') AS begins, business_date(business_moment(day::timestamp)) - day AS same, business_date(business_moment(day::timestamp) - interval '1 microsecond') - day AS before
FROM (VALUES ('America/Havana', '2026-11-01'::date), ('America/Havana', '2026-03-08'), ('Atlantic/Azores', '2026-10-25'), ('Africa/Cairo', '2026-04-24'), ('Africa/Cairo', '2026-10-30'), ('America/Sao_Paulo', '2018-11-04'), ('America/St_Johns', '2006-10-29'), ('America/St_Johns', '2006-10-30'),
	('Pacific/Apia', '2011-12-30'), ('Pacific/Apia', '2011-12-31'), ('Asia/Tehran', '2022-03-22'), ('UTC', '2026-01-01')) AS v (zone, day), LATERAL (SELECT set_config('opportunities.time_zone', zone, false)) AS s;
SELECT zone, count(*) AS days, count(*) FILTER (WHERE NOT (business_date(start) >= day AND business_date(start - interval '1 microsecond') < day AND business_moment(day + 1 + time '00:00') >= start)) AS wrong
FROM unnest('{America/Havana,Atlantic/Azores,America/St_Johns,America/Goose_Bay,Africa/Cairo,Asia/Beirut,Asia/Gaza,Pacific/Apia,Asia/Tehran,America/Asuncion,Antarctica/Troll,Australia/Lord_Howe}'::text[]) AS zone,
	LATERAL (SELECT set_config('opportunities.time_zone', zone, false)) AS s, generate_series('1970-01-01'::date, '2030-12-31', '1 day') AS d (at), LATERAL (SELECT at::date AS day, business_moment(at::date::timestamp) AS start) AS b GROUP BY zone ORDER BY zone;
-- each half hour of years with clocks that go back over midnight lies within its business's day
SELECT zone, count(*) AS moments, count(*) FILTER (WHERE NOT (at >= business_moment(business_date(at)::timestamp) AND at < business_moment((business_date(at) + 1)::timestamp))) AS wrong
FROM (VALUES ('America/Havana', 2026), ('Atlantic/Azores', 2026), ('America/St_Johns', 2006), ('America/Goose_Bay', 2006), ('Pacific/Apia', 2011), ('Asia/Beirut', 2026)) AS v (zone, year),
	LATERAL (SELECT set_config('opportunities.time_zone', zone, false)) AS s, generate_series(make_timestamptz(year, 1, 1, 0, 0, 0), make_timestamptz(year, 12, 31, 0, 0, 0), '30 minutes') AS at GROUP BY zone ORDER BY zone;
SET opportunities.time_zone = 'America/Havana';
SELECT business_moment('infinity'), business_moment('-infinity'), business_date('294276-12-31 23:59:59.999999+00') = '294276-12-31' AS last, business_moment('2026-03-08 00:30') = business_moment('2026-03-08 01:00') AS skipped;
RESET opportunities.time_zone;

-- A period says its own zone, calendar, week and fiscal year, and means the same for everybody.
CREATE FUNCTION pg_temp.spans(value jsonb) RETURNS TABLE (readings bigint, expression text, start text) LANGUAGE plpgsql AS $$
DECLARE
	spans text[]; setting text[];
BEGIN
	FOR setting IN SELECT ARRAY[zone, calendar, week, month] FROM unnest('{Pacific/Kiritimati,Etc/GMT+12,Asia/Tehran}'::text[]) AS zone, unnest('{gregorian,persian}'::text[]) AS calendar, unnest('{monday,saturday}'::text[]) AS week, unnest('{1,7}'::text[]) AS month LOOP
		PERFORM set_config('opportunities.time_zone', setting[1], true), set_config('opportunities.calendar', setting[2], true), set_config('opportunities.week_start', setting[3], true), set_config('opportunities.fiscal_year_start', setting[4], true);
		expression := (regexp_match(filter_sql(pg_temp.rule('at', '<', value), 'kinds'), 'pg_catalog.<\) (.*)\)$'))[1];
		EXECUTE 'SELECT ' || expression INTO start;
		spans := array_append(spans, start);
	END LOOP;
	PERFORM set_config('opportunities.time_zone', '', true), set_config('opportunities.calendar', 'gregorian', true), set_config('opportunities.week_start', 'monday', true), set_config('opportunities.fiscal_year_start', '1', true);
	start := NULL;
	RETURN QUERY SELECT count(DISTINCT s), expression, CASE WHEN count(DISTINCT s) = 1 THEN to_char(min(s)::timestamptz AT TIME ZONE 'Asia/Tehran', 'Dy HH24:MI') END FROM unnest(spans) AS s;
END $$;
SELECT value, s.readings = 1 AS settled, s.expression, CASE WHEN value LIKE '%WEEK%' THEN s.start END AS start FROM unnest(ARRAY['{"period": "TODAY"}', '{"period": "TODAY", "time_zone": "Asia/Tehran"}', '{"period": "THIS_WEEK", "time_zone": "Asia/Tehran", "week_start": "Saturday"}',
	'{"period": "THIS_MONTH", "time_zone": "Asia/Tehran", "calendar": "persian"}', '{"period": "THIS_YEAR", "time_zone": "Asia/Tehran"}', '{"period": "LAST_N_FISCAL_YEARS:2", "calendar": "persian", "time_zone": "Asia/Tehran"}', '{"period": "LAST_N_FISCAL_YEARS:2", "calendar": "persian", "time_zone": "Asia/Tehran", "fiscal_year_start": 7}']) AS value, pg_temp.spans(value::jsonb) AS s;
SELECT period_start('THIS_FISCAL_YEAR', '2026-11-30', 'persian', fiscal_year_start => 7) AS from_mehr, period_start('THIS_WEEK', '2026-11-30', week_start => 'sunday') AS from_sunday, period_end('TODAY', time_zone => 'Pacific/Kiritimati') - (now() AT TIME ZONE 'Pacific/Kiritimati')::date AS next_day;
SELECT pg_temp.attempt($$SELECT period_start('TODAY', time_zone => 'Asia/Tehrn')$$) AS zone, pg_temp.attempt($$SELECT period_start('THIS_WEEK', week_start => 'mondy')$$) AS week, pg_temp.attempt($$SELECT period_start('THIS_FISCAL_YEAR', fiscal_year_start => 0)$$) AS month, pg_temp.attempt($$SELECT business_moment('2026-01-01', 'nowhere')$$) AS moment;
SELECT path, code, hint FROM check_filter('{"combinator": "and", "rules": [{"field": "expected_close", "operator": "=", "value": {"period": "TODAY", "time_zone": "Asia/Tehrn"}}, {"field": "expected_close", "operator": "=", "value": {"period": "TODAY", "week_start": "mondy"}}, {"field": "expected_close", "operator": "=", "value": {"period": "TODAY", "fiscal_year_start": 14}},
	{"field": "expected_close", "operator": "=", "value": {"period": "TODAY", "fiscal_year_start": "4"}}, {"field": "expected_close", "operator": "=", "value": {"period": "TODAY", "calendar": 4}}]}');

-- A text is looked for in what every reader sees alike.
SELECT field, pg_temp.attempt(format('SELECT filter_sql(%L, ''kinds'')', pg_temp.rule(field, 'contains', '"1"'))) AS compiled FROM unnest('{number,key,day,at,local,hour,yes,word,bits,ratio,small,span,zoned,days,price,data,rel}'::text[]) AS field;
SET opportunities.time_zone = 'Asia/Tehran';
SELECT pg_temp.ids('at', 'beginsWith', '"2026-03-05t00:00"') AS at;
RESET opportunities.time_zone;

-- check_crm advises on policies that mean other rows for other readers.
SELECT save_filter('Mine of today', '{"combinator": "and", "rules": [{"field": "owner", "operator": "=", "value": {"user": "current"}}, {"field": "updated_at", "operator": ">=", "value": "2026-11-01"}]}', true) > 0 AS saved;
CREATE POLICY settled ON opportunity USING (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "expected_close", "operator": "=", "value": {"period": "THIS_MONTH", "calendar": "persian", "time_zone": "Asia/Tehran"}}, {"field": "created_at", "operator": ">", "value": "2026-11-01T00:00:00Z"}, {"field": "owner", "operator": "=", "value": {"user": "current"}}, {"field": "expected_close", "operator": ">", "value": "2026-11-01"}]}'));
CREATE POLICY by_month ON opportunity USING (amount > 0 OR EXISTS (SELECT FROM account WHERE opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "id", "operator": ">", "value": 0}, {"field": "expected_close", "operator": "=", "value": {"period": "THIS_MONTH", "time_zone": "Asia/Tehran"}}]}')));
CREATE POLICY by_week ON opportunity USING (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "expected_close", "operator": "=", "value": {"period": "THIS_WEEK", "calendar": "gregorian", "time_zone": "UTC"}}]}'));
CREATE POLICY by_fiscal_year ON opportunity USING (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "expected_close", "operator": "=", "value": {"period": "THIS_FISCAL_YEAR", "calendar": "gregorian", "time_zone": "UTC"}}]}'));
CREATE POLICY by_day ON opportunity WITH CHECK (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "created_at", "operator": ">", "value": "2026-11-01"}]}'));
CREATE POLICY by_age ON opportunity USING (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "stale", "operator": "=", "value": true}]}')) WITH CHECK (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "days_in_stage", "operator": "<", "value": 9}]}'));
CREATE POLICY by_name ON opportunity USING (opportunities.matches(opportunity, 'Mine of today'));
CREATE POLICY relative ON opportunity USING (opportunities.matches_rules(opportunity, '{"combinator": "and", "rules": [{"field": "created_at", "operator": ">", "value": {"mode": "relative", "anchor": "now"}}]}'));
CREATE POLICY none ON opportunity USING (opportunities.matches_rules(opportunity, NULL) OR opportunities.matches(opportunity, 'Gone'));
SET client_min_messages = notice;
SELECT * FROM check_crm('crm_values');
SET client_min_messages = warning;
DELETE FROM saved_filter;
DROP POLICY settled ON opportunity; DROP POLICY by_month ON opportunity; DROP POLICY by_day ON opportunity; DROP POLICY by_week ON opportunity; DROP POLICY by_fiscal_year ON opportunity; DROP POLICY by_age ON opportunity; DROP POLICY by_name ON opportunity; DROP POLICY relative ON opportunity; DROP POLICY none ON opportunity;

-- Codes of currencies have one form, however they are written; an empty one is none.
DELETE FROM opportunity;
\pset format unaligned
SELECT given, opportunities.currency_code(given) FROM unnest(ARRAY['USD', ' usd', E'\tUsd\n', U&'\00A0usd\200F', '', ' ', U&'\200C', 'ریال ', 'u s d', NULL]) AS given;
\pset format aligned
INSERT INTO opportunity (id, pipeline_id, title, amount, probability, currency) SELECT n, 1, 'Deal ' || n, n, 50, given FROM unnest(ARRAY['USD', 'usd', ' Usd ', '', ' ', NULL]) WITH ORDINALITY AS v (given, n);
COPY opportunity (id, pipeline_id, title, amount, currency) FROM STDIN;
7	1	Deal 7	7	eur
8	1	Deal 8	8	
\.
SET opportunities.currency = ' eur ';
INSERT INTO opportunity (id, pipeline_id, title, amount) VALUES (9, 1, 'Deal 9', 9);
SELECT default_currency();
SET opportunities.currency = ' ';
SELECT default_currency() IS NULL AS none;
RESET opportunities.currency;
INSERT INTO opportunity (id, pipeline_id, title, amount, currency) VALUES (1, 1, 'Deal 1', 1, 'usd') ON CONFLICT (id) DO UPDATE SET currency = EXCLUDED.currency, title = EXCLUDED.title;
UPDATE opportunity SET currency = 'usd ' WHERE id = 2;
SELECT id, currency, version FROM opportunity ORDER BY id;
SELECT * FROM by_currency((SELECT totals(amount, probability, realized_amount, currency) FROM opportunity));
INSERT INTO product (id, name, unit_price, currency) VALUES (1, 'Printer', 10, ' usd'), (2, 'Stamp', 1, '') RETURNING id, currency;
UPDATE product SET currency = 'eur' WHERE id = 2 RETURNING currency;
INSERT INTO opportunity_line (opportunity_id, product_id) VALUES (1, 1) RETURNING net;
-- the same one is no change, another one is refused as before
UPDATE opportunity SET currency = ' usd' WHERE id = 1 RETURNING currency, version;
SELECT pg_temp.attempt($$UPDATE opportunity SET currency = 'eur' WHERE id = 1$$) AS other;
INSERT INTO document (id, opportunity_id, kind, currency) VALUES (1, 1, 'invoice', 'usd') RETURNING currency;
INSERT INTO document_line (document_id, unit_price) VALUES (1, 10);
UPDATE document SET status = 'confirmed', currency = 'usd' WHERE id = 1 RETURNING currency, number;
INSERT INTO payment (id, opportunity_id, amount, currency) VALUES (1, 1, 1, ' usd '), (2, 4, 1, ' ') RETURNING id, currency;
SELECT pg_temp.attempt($$INSERT INTO payment (opportunity_id, amount, currency) VALUES (1, 1, 'eur')$$) AS other;
-- as they are asked for and changed
SELECT value, pg_temp.attempt(format('SELECT string_agg(o.id::text, '','' ORDER BY id) FROM opportunity AS o WHERE %s', pg_temp.attempt(format('SELECT filter_sql(%L, alias => ''o'')', pg_temp.rule('currency', 'in', value::jsonb))))) AS ids
FROM unnest(ARRAY['["usd"]', '"eur , USD"', '[" Usd ", "x"]']) AS value;
SELECT filter_sql('{"rules": [{"field": "custom.currency", "operator": "=", "value": "usd"}]}') LIKE '%''usd''%' AS of_custom, pg_temp.attempt($$SELECT filter_sql('{"rules": [{"field": "currency", "operator": "=", "value": " "}]}')$$) AS empty, filter_sql('{"rules": [{"field": "opportunity_line.product.currency", "operator": "=", "value": "usd"}]}') LIKE '%''USD''%' AS of_product;
SELECT scope, jsonb_path_query_array(list(scope => scope::jsonb, sort => '{id}'), '$.rows[*].id') AS ids FROM unnest(ARRAY['{"currency": "usd"}', '{"currency": ""}', '{"currency": null}', '{"currency": " eur"}']) AS scope;
SELECT status FROM bulk_edit('{"currency": " eur "}', ids => '{2,3}');
SELECT status FROM bulk_edit('{"currency": ""}', ids => '{7}');
SELECT id, currency FROM opportunity WHERE id IN (2, 3, 7) ORDER BY id;
-- what got past the triggers is found, and mended by writing it once more
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE opportunity SET currency = 'usd' WHERE id = 1;
UPDATE opportunity SET currency = '' WHERE id = 5;
UPDATE product SET currency = 'usd' WHERE id = 1;
UPDATE document SET currency = 'usd';
UPDATE payment SET currency = 'usd ' WHERE id = 1;
SET LOCAL session_replication_role = origin;
SELECT code, object, row_id, problem FROM check_crm('crm_values') WHERE code = 'currency_form' ORDER BY object, row_id;
UPDATE opportunity SET currency = currency_code(currency);
UPDATE product SET currency = currency_code(currency);
UPDATE document SET currency = currency_code(currency);
UPDATE payment SET currency = currency_code(currency);
SELECT code, object, row_id, problem FROM check_crm('crm_values');
COMMIT;

DROP SCHEMA crm_values CASCADE;
