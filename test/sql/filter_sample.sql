-- What definitions select, against the counts that the SQL of react-querybuilder gave for them
-- (test/clients/filters.mjs wrote both down).
\set ECHO none
SET client_min_messages = warning;
CREATE SCHEMA filter_sample;
SET search_path = filter_sample;
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
\i test/data/filter_rows.sql
\i test/data/filter_compare.sql
\set ECHO all
CREATE TABLE definition (selected bigint, rules jsonb);
\copy definition FROM 'test/data/filter_sample.tsv'
SELECT count(*) AS definitions, count(DISTINCT selected) AS counts,
	count(*) FILTER (WHERE spliced = selected) AS by_text, count(*) FILTER (WHERE called = selected) AS by_function
FROM definition, filter_counts('filter_rows', rules);
SELECT rules, selected, spliced, called, problem
FROM definition, filter_counts('filter_rows', rules)
WHERE (spliced = selected AND called = selected) IS NOT TRUE ORDER BY 1 LIMIT 5;
DROP SCHEMA filter_sample CASCADE;
