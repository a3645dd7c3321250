-- Rules over keys, in groups where sub-selects answer several at once: each row's value is that of the
-- same condition written by hand, null included. The seed and the number: PGOPTIONS='-c groups.seed=0.5
-- -c groups.count=10000'.
SET client_min_messages = warning;
CREATE ROLE regress_seller;
SELECT opportunities.create_crm('crm_group', starter => true);
SET search_path = crm_group, opportunities, public;
SELECT setseed(coalesce(current_setting('groups.seed', true)::float8, 0.7));

CREATE TABLE region (code text PRIMARY KEY, country text);
ALTER TABLE account ADD COLUMN region text REFERENCES region, ADD COLUMN size integer;
INSERT INTO region VALUES ('n', 'NO'), ('s', NULL), ('e', 'EE');
INSERT INTO account (id, name, region, size)
SELECT i, 'a' || i, (ARRAY['n', 's', NULL, 'e'])[i], (ARRAY[1, 2, NULL, 1])[i] FROM generate_series(1, 4) AS i;
INSERT INTO opportunity (id, pipeline_id, account_id, stage_id, title, amount)
SELECT i, 1, NULLIF(i % 5, 0), NULLIF(stage, 5), 't' || i % 3, NULLIF(i % 7, 0)
FROM (SELECT i, CASE i % 6 WHEN 0 THEN 1 ELSE i % 6 END FROM generate_series(1, 42) AS i) AS v (i, stage);
INSERT INTO activity (opportunity_id, kind, subject)
SELECT i, (ARRAY['call', 'note'])[1 + i % 2], NULLIF('s' || i % 3, 's0') FROM generate_series(1, 42, 2) AS i;
INSERT INTO activity (opportunity_id, kind, subject)
SELECT i, 'note', 's1' FROM generate_series(1, 42, 5) AS i;

-- What one rule means, by hand.
CREATE TEMP TABLE rule (id integer GENERATED ALWAYS AS IDENTITY, field text, operator text, value jsonb, condition text);
INSERT INTO rule (field, operator, value, condition) VALUES
	('amount', '>', '3', 'o.amount > 3'),
	('title', '=', '"t1"', 'o.title = ''t1'''),
	('account.name', '=', '"a1"', '(SELECT a.name = ''a1'' FROM account AS a WHERE a.id = o.account_id)'),
	('account.name', '=', '"nobody"', '(SELECT a.name = ''nobody'' FROM account AS a WHERE a.id = o.account_id)'),
	('account.name', '!=', '"a1"', '(SELECT a.name <> ''a1'' FROM account AS a WHERE a.id = o.account_id)'),
	('account.size', '=', '1', '(SELECT a.size = 1 FROM account AS a WHERE a.id = o.account_id)'),
	('account.size', '>', '1', '(SELECT a.size > 1 FROM account AS a WHERE a.id = o.account_id)'),
	('account.size', '>', '100', '(SELECT a.size > 100 FROM account AS a WHERE a.id = o.account_id)'),
	('account.size', 'null', 'null', '(SELECT a.size FROM account AS a WHERE a.id = o.account_id) IS NULL'),
	('account.size', 'notNull', 'null', '(SELECT a.size FROM account AS a WHERE a.id = o.account_id) IS NOT NULL'),
	('account.region.country', '=', '"NO"', '(SELECT r.country = ''NO'' FROM account AS a LEFT JOIN region AS r ON r.code = a.region WHERE a.id = o.account_id)'),
	('account.region.country', '!=', '"EE"', '(SELECT r.country <> ''EE'' FROM account AS a LEFT JOIN region AS r ON r.code = a.region WHERE a.id = o.account_id)'),
	('account.region.code', '<', '"o"', '(SELECT r.code < ''o'' FROM account AS a LEFT JOIN region AS r ON r.code = a.region WHERE a.id = o.account_id)'),
	('stage.name', '!=', '"Lead"', '(SELECT s.name <> ''Lead'' FROM stage AS s WHERE s.id = o.stage_id)'),
	('stage.kind', '=', '"open"', '(SELECT s.kind = ''open'' FROM stage AS s WHERE s.id = o.stage_id)'),
	('state', '=', '"open"', 'coalesce((SELECT s.kind FROM stage AS s WHERE s.id = o.stage_id), ''open'') = ''open'''),
	('state', '!=', '"won"', 'coalesce((SELECT s.kind FROM stage AS s WHERE s.id = o.stage_id), ''open'') <> ''won'''),
	('activity.kind', '=', '"call"', 'EXISTS (SELECT FROM activity AS x WHERE x.opportunity_id = o.id AND x.kind = ''call'')'),
	('activity.kind', '=', '"note"', 'EXISTS (SELECT FROM activity AS x WHERE x.opportunity_id = o.id AND x.kind = ''note'')'),
	('activity.subject', '=', '"s1"', 'EXISTS (SELECT FROM activity AS x WHERE x.opportunity_id = o.id AND x.subject = ''s1'')'),
	('activity.subject', '!=', '"s1"', 'EXISTS (SELECT FROM activity AS x WHERE x.opportunity_id = o.id AND x.subject <> ''s1'')'),
	('activity.subject', 'null', 'null', 'EXISTS (SELECT FROM activity AS x WHERE x.opportunity_id = o.id AND x.subject IS NULL)'),
	('account.opportunity.amount', '=', '5', 'EXISTS (SELECT FROM account AS a JOIN opportunity AS p ON p.account_id = a.id WHERE a.id = o.account_id AND p.amount = 5)'),
	('account.opportunity.amount', '=', '6', 'EXISTS (SELECT FROM account AS a JOIN opportunity AS p ON p.account_id = a.id WHERE a.id = o.account_id AND p.amount = 6)'),
	('account.opportunity.title', '!=', '"t1"', 'EXISTS (SELECT FROM account AS a JOIN opportunity AS p ON p.account_id = a.id WHERE a.id = o.account_id AND p.title <> ''t1'')');

CREATE FUNCTION public.regress_xor(VARIADIC members boolean[]) RETURNS boolean IMMUTABLE LANGUAGE sql AS
	$$SELECT CASE WHEN bool_or(m IS NULL) THEN NULL ELSE sum(m::integer) % 2 = 1 END FROM unnest(members) AS m$$;

-- A random group, of fields that are likely to begin alike, and the condition that it stands for.
CREATE FUNCTION pg_temp.some_group(depth integer, likely text, OUT rules jsonb, OUT condition text) LANGUAGE plpgsql AS $$
DECLARE
	combinator text := (ARRAY['and', 'or', 'and', 'or', 'xor'])[1 + floor(random() * 5)::int];
	conditions text[] := '{}';
	members jsonb := '[]';
	member record;
	inner_group record;
BEGIN
	FOR i IN 1 .. CASE WHEN random() < 0.2 THEN 12 ELSE 1 + floor(random() * 4)::int END LOOP
		IF depth > 0 AND random() < 0.2 THEN
			inner_group := pg_temp.some_group(depth - 1, CASE WHEN random() < 0.8 THEN likely ELSE '' END);
			members := members || jsonb_build_array(inner_group.rules);
			conditions := conditions || inner_group.condition;
			CONTINUE;
		END IF;
		SELECT * INTO member FROM rule AS r WHERE r.field LIKE likely || '%' OR i % 5 = 4 ORDER BY random() LIMIT 1;
		members := members || jsonb_build_array(jsonb_build_object('field', member.field, 'operator', member.operator, 'value', member.value));
		conditions := conditions || ('(' || member.condition || ')');
	END LOOP;
	rules := jsonb_build_object('combinator', combinator, 'rules', members);
	condition := CASE combinator WHEN 'xor' THEN 'public.regress_xor(' || array_to_string(conditions, ', ') || ')' ELSE '(' || array_to_string(conditions, ' ' || combinator || ' ') || ')' END;
	IF random() < 0.3 THEN
		rules := rules || '{"not": true}';
		condition := '(NOT ' || condition || ')';
	ELSIF random() < 0.1 THEN
		rules := rules || '{"not": "complement"}';
		condition := '(' || condition || ' IS NOT TRUE)';
	END IF;
END $$;

-- Where a group differs from its condition: as a value, as a statement's WHERE, as text and in a board.
CREATE FUNCTION pg_temp.differences(count integer) RETURNS TABLE (way text, rules jsonb, expected text) LANGUAGE plpgsql AS $$
DECLARE
	made record; differ bigint; total bigint; wheres bigint; texts bigint; boards bigint;
BEGIN
	FOR i IN 1 .. count LOOP
		made := pg_temp.some_group(2, (ARRAY['account.', 'activity.', 'account.opportunity.', ''])[1 + i % 4]);
		EXECUTE format('SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, %L) IS DISTINCT FROM %s', made.rules, made.condition) INTO differ;
		EXECUTE format('SELECT count(*) FROM opportunity AS o WHERE %s', made.condition) INTO total;
		EXECUTE format('SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, %L)', made.rules) INTO wheres;
		EXECUTE format('SELECT count(*) FROM opportunity AS o WHERE %s', filter_sql(made.rules, alias => 'o')) INTO texts;
		SELECT sum(b.count) INTO boards FROM board(rules => made.rules, include_archived => true, cards => 0) AS b;
		RETURN QUERY SELECT v.way, made.rules, made.condition
		FROM (VALUES ('value', differ = 0), ('where', wheres = total), ('text', texts = total), ('board', boards = total)) AS v (way, same) WHERE NOT same;
	END LOOP;
END $$;

SELECT * FROM pg_temp.differences(coalesce(current_setting('groups.count', true)::integer, 150));

-- the same where row security hides related rows
GRANT USAGE ON SCHEMA crm_group TO regress_seller;
GRANT SELECT ON ALL TABLES IN SCHEMA crm_group TO regress_seller;
GRANT SELECT ON rule TO regress_seller;
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON account USING (id <> 2);
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON activity USING (id % 3 > 0);
SET ROLE regress_seller;
SELECT count(*) AS accounts FROM account;
SELECT * FROM pg_temp.differences(coalesce(current_setting('groups.count', true)::integer, 150));
RESET ROLE;
ALTER TABLE account DISABLE ROW LEVEL SECURITY;

-- one sub-select for all rules over a key, however many
CREATE FUNCTION pg_temp.sub_selects(combinator text, field text, rules integer) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM regexp_matches(filter_sql((SELECT jsonb_build_object('combinator', combinator, 'rules', jsonb_agg(jsonb_build_object('field', field, 'operator', '=', 'value', i::text))) FROM generate_series(1, rules) AS i)), 'SELECT', 'g')
$$;
SELECT field, combinator, array_agg(pg_temp.sub_selects(combinator, field, rules) ORDER BY rules) AS of_1_8_9_and_250
FROM unnest('{account.name,account.region.country,activity.subject,account.opportunity.title}'::text[]) AS field, unnest('{and,or,xor}'::text[]) AS combinator, unnest('{1,8,9,250}'::integer[]) AS rules
GROUP BY field, combinator ORDER BY field, combinator;

-- rules beside each other and in groups below
SELECT filter_sql('{"combinator": "or", "rules": [{"field": "account.size", "operator": "=", "value": 1}, {"field": "amount", "operator": ">", "value": 0}, {"combinator": "and", "not": true, "rules": [{"field": "account.size", "operator": "<", "value": 5}, {"field": "account.size", "operator": ">", "value": 2}]}]}', alias => 'o') AS together,
	filter_sql('{"combinator": "and", "rules": [{"field": "activity.kind", "operator": "=", "value": "call"}, {"field": "activity.kind", "operator": "=", "value": "note"}]}', alias => 'o') AS apart;

DROP SCHEMA crm_group CASCADE;
DROP FUNCTION public.regress_xor;
DROP TABLE rule;
DROP ROLE regress_seller;
