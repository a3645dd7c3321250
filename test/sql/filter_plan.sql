-- A filter in a statement has the plan of the same condition typed by hand: one rule of each shape.
SET client_min_messages = warning;
CREATE SCHEMA filter_plan;
SET search_path = filter_plan, opportunities, public;
CREATE TABLE stage (id integer PRIMARY KEY, name text NOT NULL, kind text NOT NULL);
CREATE TABLE opportunity (id integer, stage_id integer REFERENCES stage, title text, owner text, code varchar(10), amount numeric, size integer, probability numeric(5,2), day date, at timestamptz, local timestamp, done boolean, tags text[], key uuid, custom jsonb)
	PARTITION BY RANGE (id);
CREATE TABLE opportunity_1 PARTITION OF opportunity FOR VALUES FROM (0) TO (5000);
CREATE TABLE opportunity_2 PARTITION OF opportunity FOR VALUES FROM (5000) TO (10001);
INSERT INTO stage VALUES (1, 'Lead', 'open'), (2, 'Won', 'won');
INSERT INTO opportunity SELECT i, 1 + i % 2, 'title ' || i, 'o' || i % 10, 'c' || i, i, i % 100, i % 100, '2025-01-01'::date + i % 1000, '2025-01-01Z'::timestamptz + i * interval '1 hour', '2025-01-01'::timestamp + i * interval '1 hour', i % 2 = 0, '{a}', md5(i::text)::uuid, '{}' FROM generate_series(1, 10000) AS i;
CREATE INDEX ON opportunity (id);
CREATE INDEX ON opportunity (amount);
CREATE INDEX ON opportunity (code);
CREATE INDEX ON opportunity (day);
CREATE INDEX ON opportunity (at);
CREATE INDEX ON opportunity (key);
CREATE INDEX ON opportunity (fold(title) text_pattern_ops);
ANALYZE;

CREATE FUNCTION plan(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN SELECT id FROM opportunity AS o WHERE ' || condition LOOP plan := plan || line || E'\n'; END LOOP;
	RETURN plan;
END $$;
CREATE FUNCTION rule(field text, operator text, value text) RETURNS text LANGUAGE sql AS
	$$SELECT jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', field, 'operator', operator, 'value', value::jsonb)))::text$$;
CREATE TABLE shape (number integer GENERATED ALWAYS AS IDENTITY, rules text, condition text);
INSERT INTO shape (rules, condition) SELECT rule(field, operator, value), condition FROM (VALUES
	('id', '=', '7', 'id = 7'), ('id', '<', '100', 'id < 100'), ('id', '>=', '9990', 'id >= 9990'), ('id', 'in', '[1, 2]', 'id IN (1, 2)'), ('id', 'between', '[10, 5]', 'id BETWEEN 5 AND 10'), ('id', 'notIn', '[1, 2]', 'id NOT IN (1, 2)'),
	('amount', '=', '5', 'amount = 5'), ('amount', '!=', '5', 'amount <> 5'), ('amount', '>', '9990', 'amount > 9990'), ('amount', '<=', '3', 'amount <= 3'), ('amount', 'in', '"1,2,3"', 'amount IN (1, 2, 3)'), ('amount', 'notBetween', '[5, 9000]', 'NOT (amount >= 5 AND amount <= 9000)'), ('amount', 'null', 'null', 'amount IS NULL'), ('amount', 'notNull', 'null', 'amount IS NOT NULL'),
	('code', '=', '"c5"', 'code = ''c5'''), ('code', 'in', '["c5", "c6"]', 'code IN (''c5'', ''c6'')'), ('code', '>', '"c9998"', 'code > ''c9998'''), ('title', '=', '"x"', 'title = ''x'''), ('title', 'beginsWith', '"title 77"', 'fold(title) LIKE ''title 77%'''), ('title', 'contains', '"9_9"', 'fold(title) LIKE ''%9\_9%'''), ('title', 'doesNotEndWith', '"1"', 'fold(title) NOT LIKE ''%1'''),
	('size', '<', '5', 'size < 5'), ('probability', '>', '98.5', 'probability > 98.5'), ('done', '=', 'true', 'done = true'), ('done', '!=', 'true', 'done <> true'), ('key', '=', '"c4ca4238-a0b9-2382-0dcc-509a6f75849b"', 'key = ''c4ca4238-a0b9-2382-0dcc-509a6f75849b'''),
	('day', '=', '"2025-02-01"', 'day = ''2025-02-01'''), ('day', '<', '"2025-01-05"', 'day < ''2025-01-05'''), ('day', '=', '{"period": "THIS_MONTH"}', 'day >= period_start(''THIS_MONTH'') AND day < period_end(''THIS_MONTH'')'), ('day', '<', '{"period": "TODAY"}', 'day < period_start(''TODAY'')'), ('day', '>', '{"period": "NEXT_YEAR"}', 'day >= period_end(''NEXT_YEAR'')'), ('day', '<=', '{"period": "LAST_YEAR"}', 'day < period_end(''LAST_YEAR'')'),
	('at', '<', '"2025-01-01T05:00:00Z"', 'at < ''2025-01-01T05:00:00Z'''), ('at', '>=', '"2026-01-01"', 'at >= business_moment(''2026-01-01'')'), ('local', '=', '"2025-01-01 05:00"', 'local = ''2025-01-01 05:00'''), ('owner', '=', '{"user": "current"}', 'owner = me()'), ('tags', 'null', 'null', '(tags IS NULL OR cardinality(tags) = 0)'), ('custom.x', '=', '"1"', 'custom ->> ''x'' = ''1''')
) AS v (field, operator, value, condition);
INSERT INTO shape (rules, condition) VALUES
	('{"combinator": "and", "rules": []}', 'true'),
	('{"combinator": "and", "not": true, "rules": []}', 'false'),
	('{"combinator": "or", "rules": [{"field": "amount", "operator": "=", "value": 1}, {"field": "code", "operator": "=", "value": "c2"}]}', 'amount = 1 OR code = ''c2'''),
	('{"combinator": "and", "rules": [{"field": "id", "operator": "<", "value": 4000}, {"field": "owner", "operator": "=", "value": "o1"}]}', 'id < 4000 AND owner = ''o1'''),
	('{"combinator": "or", "not": true, "rules": [{"field": "amount", "operator": ">", "value": 3}, {"field": "size", "operator": "=", "value": 1}]}', 'NOT (amount > 3 OR size = 1)'),
	('{"combinator": "and", "not": "complement", "rules": [{"field": "amount", "operator": ">", "value": 3}]}', '(amount > 3) IS NOT TRUE'),
	('{"combinator": "and", "rules": [{"field": "title", "operator": ">", "valueSource": "field", "value": "owner"}]}', 'title > owner'),
	('{"combinator": "and", "rules": [{"field": "stage.name", "operator": "=", "value": "Won"}, {"field": "id", "operator": "<", "value": 50}]}', '(CASE WHEN true THEN stage_id = ANY (SELECT s1.id FROM stage AS s1 WHERE s1.name = ''Won'') END) AND id < 50');
SELECT count(*) AS shapes FROM shape;
SELECT rules, condition, plan(format('matches_rules(o, %L)', rules)) AS ours, plan(condition) AS by_hand
FROM shape WHERE plan(format('matches_rules(o, %L)', rules)) <> plan(condition) ORDER BY number;
SELECT count(*) FILTER (WHERE plan ~ 'Index') > 10 AS with_indexes, count(*) FILTER (WHERE plan !~ 'opportunity_2') > 5 AS pruned
FROM (SELECT plan(format('matches_rules(o, %L)', rules)) AS plan FROM shape) AS s;
DROP SCHEMA filter_plan CASCADE;
