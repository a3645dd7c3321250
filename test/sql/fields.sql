-- fields: what fields a relation has for the caller, and what each can do. What it says of a field is tried, too.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_fields', starter => true);
SET search_path = crm_fields, opportunities, public;
UPDATE stage SET reason_required = true WHERE name = 'Lost';
INSERT INTO pipeline (name, active) VALUES ('Service', false);
INSERT INTO stage (pipeline_id, name, kind, reason_required) VALUES (2, 'Asked', 'open', false), (2, 'Done', 'won', true);  -- 7, 8
INSERT INTO custom_field (pipeline_id, name, type, label, required, listed) VALUES (NULL, 'seats', 'number', 'Number of seats', false, true), (NULL, 'color', 'choice', NULL, false, false),
	(1, 'due', 'date', NULL, true, false), (2, 'vip', 'bool', NULL, false, false), (2, 'seats', 'number', 'Seats there', true, false), (1, 'both', 'text', NULL, false, false), (2, 'both', 'number', NULL, false, false);
UPDATE stage SET required_fields = '{amount,custom.seats}' WHERE name IN ('Proposal', 'Lost');
INSERT INTO choice (field, value, label, position, active, stage_kind) VALUES ('close_reason', 'price', 'The price', 2, true, 'lost'), ('close_reason', 'other', NULL, 1, false, NULL),
	('custom.color', 'red', NULL, 1, true, NULL), ('tags', 'hot', 'Hot', 1, true, NULL);
INSERT INTO app_user (login, name, active) VALUES ('anna', 'Anna A.', true), ('omid', 'Omid', false);

SELECT name, label, type, writable AS w, required AS r, required_stages AS in_stages, sortable AS s, lane AS l, dimension AS d, measure AS m, listed, source FROM fields();
SELECT operators, string_agg(name, ' ') AS fields FROM fields() GROUP BY 1 ORDER BY min(name);
SELECT name, c.* FROM fields(), jsonb_to_recordset(choices) AS c (value text, label text, active boolean, stage_kind text);

-- Of a pipeline: its stages, and the fields that are declared for it, which go before those of all.
SELECT name, label, type, required, required_stages, listed FROM fields(pipeline_id => '1') WHERE source = 'custom' OR required_stages <> '{}';
SELECT name, label, type, required, required_stages, listed FROM fields(pipeline_id => '2') WHERE source = 'custom' OR required_stages <> '{}';
SELECT jsonb_path_query_array(choices, '$[*].label') AS stages FROM fields(pipeline_id => '2') WHERE name IN ('stage_id', 'stage.name');

-- In a language: what it has of its own, then what the language that it is a kind of has, then what is declared.
INSERT INTO label (language, field, value, label) VALUES ('fa', 'amount', NULL, 'مبلغ'), ('fa', 'stage.name', 'Won', 'برنده'), ('fa', 'pipeline.name', 'Sales', 'فروش'), ('fa', 'state', 'won', 'برد'),
	('fa', 'close_reason', 'price', 'قیمت'), ('fa', 'custom.seats', NULL, 'صندلی'), ('fa', 'account.name', NULL, 'نام حساب'), ('fa-AF', 'amount', NULL, 'مقدار'), ('de', 'amount', NULL, 'Betrag');
SELECT language, string_agg(label, ', ') AS labels FROM (VALUES ('fa'), ('fa-AF'), ('de'), ('en')) AS l (language), LATERAL fields(language => language) AS f WHERE name IN ('amount', 'custom.seats', 'account.name', 'title') GROUP BY 1 ORDER BY 1;
SELECT name, jsonb_path_query_array(choices, '$[*].label') AS labels FROM fields(language => 'fa') WHERE name IN ('stage_id', 'stage.name', 'pipeline_id', 'state', 'close_reason') ORDER BY 1;
SET opportunities.language = 'de';
SELECT label FROM fields() WHERE name = 'amount';
RESET opportunities.language;
SELECT pg_temp.attempt($$INSERT INTO label (language, field, label) VALUES ('fa', 'amount', 'x')$$);
SELECT pg_temp.attempt($$INSERT INTO label (language, field, label) VALUES ('fa', 'amounts', ' ')$$);

-- What it says is what boards, lists, reports, filters and edits do, of columns of any type.
CREATE TYPE mood AS ENUM ('good', 'bad', 'fair');
CREATE DOMAIN percent AS numeric(4,1) CHECK (value < 1000);
ALTER TABLE opportunity ADD a_json json, ADD a_jsonb jsonb, ADD a_money money, ADD a_uuid uuid, ADD an_enum mood, ADD a_varchar varchar(20) CHECK (a_varchar IN ('one', 'two')),
	ADD a_float float8, ADD an_interval interval, ADD a_time time, ADD a_point point, ADD a_bytea bytea, ADD a_range int4range, ADD some_numbers int[], ADD a_percent percent, ADD a_smallint smallint NOT NULL DEFAULT 1,
	ADD a_moment timestamp, ADD "A column" text, ADD a_double numeric GENERATED ALWAYS AS (amount * 2) STORED, ADD a_number bigint GENERATED ALWAYS AS IDENTITY, ADD a_class regclass;
INSERT INTO account (name) VALUES ('Alborz');
SELECT create_opportunity('{"account_id": 1, "pipeline_id": 1, "stage_id": 6, "title": "Network", "description": "x", "owner": "anna", "type": "new", "source": "web", "campaign": "fair", "buying_process": "x", "competitors": ["a"],
	"tags": ["hot"], "currency": "EUR", "amount": 10, "probability": 50, "expected_close": "2026-03-01", "close_reason": "price", "custom.seats": 3, "custom.color": "red", "custom.due": "2026-01-01", "custom.vip": true, "custom.both": "x",
	"a_json": {"a": 1}, "a_jsonb": [1], "a_uuid": "a0000000-0000-0000-0000-000000000000", "an_enum": "good", "a_varchar": "one", "a_float": 1.5, "an_interval": "1 day", "a_time": "10:00",
	"a_point": "(1,2)", "a_bytea": "\\x01", "a_range": "[1,3)", "some_numbers": [1, 2], "a_percent": 12.5, "a_moment": "2026-01-01T10:00", "A column": "x"}') IS NOT NULL AS made;
UPDATE opportunity SET a_money = 1, a_class = 'pg_class';
INSERT INTO activity (opportunity_id, kind, subject, due_at) VALUES (1, 'call', 'Ask', '2026-01-05');
SELECT name, type, sortable AS s, lane AS l, dimension AS d, measure AS m, writable AS w, operators, jsonb_path_query_array(choices, '$[*].value') AS choices FROM fields() WHERE source = 'own' OFFSET 35;

CREATE FUNCTION pg_temp.works(command text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN true;
EXCEPTION WHEN OTHERS THEN
	RETURN false;
END $$;
CREATE TABLE tried AS SELECT f.*, list(fields => ARRAY[f.name]) -> 'rows' -> 0 -> f.name AS value FROM fields() AS f;
SELECT name, value FROM tried WHERE value IS NULL OR value = 'null' ORDER BY name;
SELECT count(*) > 70 AS many, count(*) FILTER (WHERE sortable <> pg_temp.works(format('SELECT list(sort => ARRAY[%L], fields => ARRAY[%L])', name, name))) AS sort,
	count(*) FILTER (WHERE lane <> pg_temp.works(format('SELECT board(lane_by => %L)', name))) AS lane,
	count(*) FILTER (WHERE dimension <> pg_temp.works(format('SELECT report(by => ARRAY[%L])', name))) AS dimension,
	count(*) FILTER (WHERE listed <> (list() -> 'rows' -> 0 ? name)) AS listed,
	count(*) FILTER (WHERE writable AND name NOT IN ('a_class', 'a_money') AND NOT pg_temp.works(format('SELECT edit_opportunity(''1'', jsonb_build_object(%L, %L::jsonb))', name, value))) AS writable,
	count(*) FILTER (WHERE NOT writable AND pg_temp.works(format('SELECT edit_opportunity(''1'', jsonb_build_object(%L, %L::jsonb))', name, value))) AS kept FROM tried;
-- each operator with the value that the row has takes or leaves it, and is no problem
SELECT name, operator, problem FROM (SELECT name, operator, jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(jsonb_build_object('field', name, 'operator', operator,
		'value', CASE WHEN type = 'list' THEN value -> 0 WHEN operator IN ('between', 'notBetween') THEN jsonb_build_array(value, value) WHEN operator IN ('in', 'notIn') THEN jsonb_build_array(value) ELSE value END))) AS rules
	FROM tried, unnest(operators) AS operator WHERE value <> 'null') AS r, LATERAL check_filter(rules) WHERE severity = 'error' ORDER BY 1, 2;
DROP TABLE tried;

-- Rights: what can't be read isn't there, what can't be changed isn't writable.
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA crm_fields TO regress_clerk;
GRANT SELECT (id, title, owner, stage_id, pipeline_id, account_id, custom, closed_at), UPDATE (title) ON opportunity TO regress_clerk;
SET ROLE regress_clerk;
SELECT name, label, writable, choices, source FROM fields(language => 'fa');
RESET ROLE;
GRANT SELECT (id, name, pipeline_id, kind) ON stage TO regress_clerk;
GRANT SELECT ON custom_field, choice, label TO regress_clerk;
GRANT SELECT (stage_entered_at), UPDATE (custom, stage_id) ON opportunity TO regress_clerk;
SET ROLE regress_clerk;
SELECT name, label, writable, choices, source FROM fields(language => 'fa');
SELECT pg_temp.attempt('SELECT list(fields => (SELECT array_agg(name) FROM fields()), with_totals => false, include_archived => true) IS NULL');
RESET ROLE;
-- row security: choices are those that the caller sees
ALTER TABLE choice ENABLE ROW LEVEL SECURITY;
CREATE POLICY hot ON choice USING (value = 'hot');
SET ROLE regress_clerk;
SELECT name, choices FROM fields() WHERE choices IS NOT NULL;
RESET ROLE;

-- Views: what can be written and must be there is that of the table below; rights are asked where a view asks for them.
CREATE SCHEMA regress_mapped;
CREATE TABLE regress_mapped.deal (key uuid PRIMARY KEY DEFAULT gen_random_uuid(), subject text NOT NULL, phase int NOT NULL DEFAULT 1, worth numeric(12,2), chance int, mood mood, secret text,
	kind varchar NOT NULL CHECK (kind IN ('new', 'old')));
CREATE TABLE regress_mapped.stage (id int PRIMARY KEY, name text, position int, kind text);
INSERT INTO regress_mapped.stage VALUES (1, 'Talk', 1, 'open'), (2, NULL, 2, 'won');
CREATE VIEW regress_mapped.opportunity WITH (security_invoker = true) AS SELECT key AS id, subject AS title, phase AS stage_id, worth AS amount, chance AS probability, mood, kind AS type, secret, upper(subject) AS loud FROM regress_mapped.deal;
SELECT name, type, writable, required, source, jsonb_path_query_array(choices, '$[*].value') AS choices FROM fields('regress_mapped.opportunity');
GRANT USAGE ON SCHEMA regress_mapped TO regress_clerk;
GRANT SELECT ON regress_mapped.opportunity TO regress_clerk;
GRANT SELECT (key, phase, worth) ON regress_mapped.deal TO regress_clerk;
SET ROLE regress_clerk;
SELECT name, writable FROM fields('regress_mapped.opportunity');
-- which is right: such a view asks for all that it reads
SELECT pg_temp.attempt('SELECT amount FROM regress_mapped.opportunity');
RESET ROLE;
GRANT SELECT ON regress_mapped.deal TO regress_clerk;
GRANT UPDATE (amount) ON regress_mapped.opportunity TO regress_clerk;
SET ROLE regress_clerk;
SELECT name, writable FROM fields('regress_mapped.opportunity');
-- the view lets him, the table below doesn't
RESET ROLE;
GRANT UPDATE (worth) ON regress_mapped.deal TO regress_clerk;
SET ROLE regress_clerk;
SELECT name FROM fields('regress_mapped.opportunity') WHERE writable;
RESET ROLE;

-- What is no table, and what nobody has.
SELECT pg_temp.attempt('SELECT fields(0)');
SELECT pg_temp.attempt('SELECT fields(''opportunity_pkey'')');
SELECT pg_temp.attempt('SET search_path = public; SELECT opportunities.fields()');
SELECT count(*) FROM fields(pipeline_id => 'none', language => 'none') WHERE required_stages <> '{}' OR name = 'stage_id' AND choices IS NOT NULL;
DROP SCHEMA regress_mapped CASCADE;
DROP SCHEMA crm_fields CASCADE;
DROP ROLE regress_clerk;

-- With tenants: the column isn't told of, and labels and choices are one's own.
SET opportunities.tenant = 'one';
SELECT opportunities.create_crm('crm_fields', tenant => true, starter => true);
SET search_path = crm_fields, opportunities, public;
INSERT INTO label (language, field, label) VALUES ('en', 'title', 'Deal');
SET opportunities.tenant = 'two';
INSERT INTO label (language, field, label) VALUES ('en', 'title', 'Case');
SELECT opportunities.tenant, label, stages FROM (VALUES ('one'), ('two')) AS opportunities (tenant), LATERAL (SELECT set_config('opportunities.tenant', tenant, false)) AS s,
	LATERAL (SELECT min(label) FILTER (WHERE name = 'title') AS label, count(*) FILTER (WHERE name LIKE '%tenant%') AS tenants,
		count(*) FILTER (WHERE name = 'stage_id' AND choices IS NOT NULL) AS stages FROM fields(language => left('en' || set_config, 2))) AS f;
DROP SCHEMA crm_fields CASCADE;
