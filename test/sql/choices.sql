-- Choices and custom fields: what a row may take anew, and that it keeps what it has.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';

\i test/data/attempt.sql

SELECT opportunities.create_crm('crm_choice', starter => true);
SET search_path = crm_choice;
INSERT INTO opportunity (pipeline_id, stage_id, title, source, tags, custom)
VALUES (1, 1, 'deal', 'anything', '{any,thing}', '{"region": "any"}') RETURNING id AS deal \gset

INSERT INTO choice (field, value, active, position) VALUES ('source', 'web', true, 1), ('source', 'fair', true, 2), ('source', 'fax', false, 3),
	('type', 'new', true, 1), ('campaign', 'spring', true, 1), ('buying_process', 'tender', true, 1), ('competitors', 'Acme', true, 1), ('competitors', 'Gone', false, 2),
	('tags', 'hot', true, 1), ('tags', 'cold', true, 2), ('tags', 'old', false, 3), ('custom.region', 'north', true, 1), ('custom.region', 'south', true, 2);
INSERT INTO choice (field, value, stage_kind) VALUES ('close_reason', 'price', 'lost'), ('close_reason', 'quality', 'won'), ('close_reason', 'contact', NULL);

-- A field that has choices takes one of them that is active.
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source) VALUES (1, ''x'', ''wep'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source) VALUES (1, ''x'', ''telephone'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source) VALUES (1, ''x'', ''fax'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source) VALUES (1, ''x'', '''')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, type) VALUES (1, ''x'', ''old'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, campaign) VALUES (1, ''x'', ''autumn'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, buying_process) VALUES (1, ''x'', ''tenders'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, competitors) VALUES (1, ''x'', ''{Acme,Acne}'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, tags) VALUES (1, ''x'', ''{hot,old}'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, custom) VALUES (1, ''x'', ''{"region": "nord"}'')');
INSERT INTO opportunity (pipeline_id, title, type, source, campaign, buying_process, competitors, tags, custom)
VALUES (1, 'y', 'new', 'fair', 'spring', 'tender', '{Acme}', '{cold,hot,NULL}', '{"region": "south", "other": "any"}') RETURNING id AS other \gset
INSERT INTO opportunity (pipeline_id, title, source, tags, custom) VALUES (1, 'z', NULL, '{}', '{"region": null}') RETURNING source, tags, custom;

INSERT INTO choice (field, value) VALUES ('campaign', 'پيك');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, campaign) VALUES (1, ''x'', ''پیک'')');
DELETE FROM choice WHERE value = 'پيك';

-- What a row has it keeps, also when it is sent back; taken anew it must be there.
UPDATE opportunity SET title = 'deal!', source = 'anything', tags = '{any,thing}', custom = '{"region": "any"}' WHERE id = :deal RETURNING source, tags, custom;
UPDATE opportunity SET tags = '{thing,hot}', custom = '{"region": "any", "x": 1}' WHERE id = :deal RETURNING tags, custom;
SELECT pg_temp.attempt(format('UPDATE opportunity SET tags = ''{hot,any}'' WHERE id = %s', :deal));
SELECT pg_temp.attempt(format('UPDATE opportunity SET source = ''any'' WHERE id = %s', :deal));
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"region": "west"}'' WHERE id = %s', :deal));
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"region": ["any"]}'' WHERE id = %s', :deal));
UPDATE choice SET active = false WHERE value IN ('fair', 'cold', 'south');
UPDATE opportunity SET title = 'y!', source = 'fair', tags = '{cold}', custom = '{"region": "south"}' WHERE id = :other RETURNING source, tags, custom;
UPDATE opportunity SET source = 'web', tags = '{}' WHERE id = :other;
SELECT pg_temp.attempt(format('UPDATE opportunity SET source = ''fair'' WHERE id = %s', :other));
SELECT pg_temp.attempt(format('UPDATE opportunity SET tags = ''{cold}'' WHERE id = %s', :other));
UPDATE opportunity SET source = NULL, custom = '{}' WHERE id = :other RETURNING source, custom;
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"region": "south"}'' WHERE id = %s', :other));
SELECT * FROM opportunities.check_crm('crm_choice');

-- A close reason for won or lost alone.
UPDATE opportunity SET stage_id = 1 WHERE id = :other;
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 5, close_reason = ''price'' WHERE id = %s', :other));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 5, close_reason = ''qualty'' WHERE id = %s', :other));
SELECT pg_temp.attempt(format('UPDATE opportunity SET stage_id = 6, close_reason = ''quality'' WHERE id = %s', :other));
UPDATE opportunity SET stage_id = 5, close_reason = 'quality' WHERE id = :other RETURNING close_reason;
UPDATE opportunity SET close_reason = 'contact' WHERE id = :other RETURNING close_reason;
SELECT pg_temp.attempt(format('UPDATE opportunity SET close_reason = ''price'' WHERE id = %s', :other));
UPDATE opportunity SET stage_id = 6, close_reason = 'price' WHERE id = :other RETURNING close_reason;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, stage_id, title, close_reason) VALUES (1, 5, ''x'', ''price'')');

-- What no choice can be.
SELECT pg_temp.attempt($$INSERT INTO choice (field, value) VALUES ('sources', 'x')$$);
SELECT pg_temp.attempt($$INSERT INTO choice (field, value) VALUES ('custom.', 'x')$$);
SELECT pg_temp.attempt($$INSERT INTO choice (field, value) VALUES ('source', ' ')$$);
SELECT pg_temp.attempt($$INSERT INTO choice (field, value) VALUES ('source', 'web')$$);
SELECT pg_temp.attempt($$INSERT INTO choice (field, value, stage_kind) VALUES ('source', 'x', 'won')$$);
SELECT pg_temp.attempt($$INSERT INTO choice (field, value, stage_kind) VALUES ('close_reason', 'x', 'open')$$);
SELECT pg_temp.attempt('TRUNCATE choice');

-- Custom fields that are declared read as their type, those of the pipeline's own before those of all.
INSERT INTO pipeline (name) VALUES ('Service');
INSERT INTO custom_field (pipeline_id, name, type) VALUES (NULL, 'size', 'number'), (2, 'size', 'text'), (NULL, 'since', 'date'), (NULL, 'vip', 'bool'),
	(NULL, 'note', 'text'), (1, 'kind', 'choice'), (2, 'rank', 'number');
INSERT INTO opportunity (pipeline_id, title, custom) VALUES (1, 'typed', '{"size": 1.50, "since": "2024-02-29", "vip": false, "note": [1], "kind": "free", "rank": "high", "any": {}}')
RETURNING id AS typed, custom \gset
SELECT :'custom';
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = custom || ''%s'' WHERE id = %s', v, :typed))
FROM unnest(ARRAY['{"size": "1"}', '{"size": true}', '{"since": "2023-02-29"}', '{"since": "2024-2-9"}', '{"since": 20240101}', '{"vip": "true"}',
	'{"vip": 0}', '{"kind": 5}', '{"kind": ["a"]}', '{"size": null, "since": null, "vip": null, "note": null, "kind": null}']) AS v;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, custom) VALUES (2, ''x'', ''{"rank": "high"}'')');
INSERT INTO opportunity (pipeline_id, title, custom) VALUES (2, 'in service', '{"size": "large"}') RETURNING id AS served \gset
-- (to another pipeline, where it would not read: what it has it keeps)
UPDATE opportunity SET pipeline_id = 1 WHERE id = :served RETURNING custom;
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"size": "small"}'' WHERE id = %s', :served));
-- (a choice too, where the key has choices)
INSERT INTO choice (field, value) VALUES ('custom.kind', 'bound'), ('custom.size', '2');
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"kind": "round"}'' WHERE id = %s', :typed));
SELECT pg_temp.attempt(format('UPDATE opportunity SET custom = ''{"size": 3}'' WHERE id = %s', :typed));
UPDATE opportunity SET custom = '{"kind": "bound", "size": 2}' WHERE id = :typed RETURNING custom;

-- What was there before it was declared, or before its type, stays and is reported.
SELECT * FROM opportunities.check_crm('crm_choice');
UPDATE custom_field SET type = 'date' WHERE name = 'kind';
UPDATE custom_field SET type = 'bool' WHERE name = 'size' AND pipeline_id IS NULL;
DELETE FROM choice WHERE field = 'custom.size';
INSERT INTO opportunity (pipeline_id, title, custom) VALUES (2, 'x', '{"size": "large", "vip": true, "since": null}');
UPDATE custom_field SET type = 'choice' WHERE name = 'vip';
SELECT * FROM opportunities.check_crm('crm_choice') ORDER BY row_id, problem;

-- Triggers read the tables as their owner, whatever the writer may see.
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA crm_choice TO regress_writer;
GRANT SELECT, INSERT, UPDATE ON opportunity TO regress_writer;
SET ROLE regress_writer;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source) VALUES (1, ''x'', ''wep'')');
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, source, custom) VALUES (1, ''x'', ''web'', ''{"since": ""}'')');
RESET ROLE;

-- Who reads some choices is told of these, as if there were no others: of the field, and of this value.
BEGIN;
GRANT SELECT ON choice, stage TO regress_writer;
ALTER TABLE choice ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON choice USING (label IS DISTINCT FROM 'Hidden');
CREATE FUNCTION pg_temp.told() RETURNS TABLE (value text, told text) LANGUAGE sql VOLATILE AS $$
	SELECT coalesce(source, reason), pg_temp.attempt(format('INSERT INTO opportunity (pipeline_id, stage_id, title, source, close_reason) VALUES (1, %s, ''x'', %L, %L)', stage, source, reason)) FROM (VALUES
		('webb', NULL, 1), ('web2', NULL, 1), ('secret', NULL, 1), ('secre', NULL, 1), ('fax', NULL, 1), (NULL, 'pric', 6), (NULL, 'hiden', 6), (NULL, 'hidden', 6)) AS a (source, reason, stage) $$;
SET LOCAL ROLE regress_writer;
CREATE TEMP TABLE told_before AS SELECT * FROM pg_temp.told();
SELECT * FROM told_before;
RESET ROLE;
INSERT INTO choice (field, value, label, active, stage_kind) VALUES ('source', 'web2x', 'Hidden', true, NULL), ('source', 'secret', 'Hidden', false, NULL), ('close_reason', 'hidden', 'Hidden', true, 'won');
SET LOCAL ROLE regress_writer;
SELECT count(*) AS told_otherwise FROM (SELECT * FROM pg_temp.told() EXCEPT SELECT * FROM told_before) AS d;
ROLLBACK;

-- A column that is gone, or is something else, has no choices.
DROP VIEW bi_opportunity CASCADE;
ALTER TABLE opportunity DROP COLUMN campaign;
ALTER TABLE opportunity ALTER COLUMN type TYPE integer USING NULL;
INSERT INTO opportunity (pipeline_id, title, type) VALUES (1, 'x', 5) RETURNING type;
SELECT pg_temp.attempt('INSERT INTO opportunity (pipeline_id, title, type, source) VALUES (1, ''x'', 5, ''wep'')');

-- Without choices, and where none of these fields is changed, nothing is looked up.
DELETE FROM choice;
DELETE FROM custom_field;
UPDATE opportunity SET source = 'free again', tags = '{a}', custom = '{"size": "free"}' WHERE id = :deal RETURNING source, tags, custom;
ALTER TABLE choice RENAME TO gone;
ALTER TABLE custom_field RENAME TO gone_too;
UPDATE opportunity SET title = 'untouched', source = source, tags = '{a}', custom = '{"size": "free"}' WHERE id = :deal RETURNING title;
INSERT INTO opportunity (pipeline_id, stage_id, title, amount) VALUES (1, 5, 'plain', 5) RETURNING title;
SELECT pg_temp.attempt(format('UPDATE opportunity SET source = ''x'' WHERE id = %s', :deal));

-- Each tenant has choices and custom fields of its own.
SET opportunities.tenant = 'north';
SELECT opportunities.create_crm('crm_choice_tenants', tenant => true, starter => true);
SET search_path = crm_choice_tenants;
INSERT INTO choice (field, value) VALUES ('source', 'web');
INSERT INTO custom_field (name, type) VALUES ('size', 'number');
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, source) SELECT id, 'x', 'fair' FROM pipeline$$);
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, custom) SELECT id, 'x', '{"size": "large"}' FROM pipeline$$);
SET opportunities.tenant = 'south';
INSERT INTO pipeline (name) VALUES ('Sales');
INSERT INTO opportunity (pipeline_id, title, source, custom) SELECT id, 'x', 'fair', '{"size": "large"}' FROM pipeline WHERE tenant_id = 'south' RETURNING tenant_id, source, custom;
INSERT INTO choice (field, value) VALUES ('source', 'web');
SELECT pg_temp.attempt($$INSERT INTO opportunity (pipeline_id, title, source) SELECT id, 'x', 'webs' FROM pipeline WHERE tenant_id = 'south'$$);

RESET search_path;
DROP SCHEMA crm_choice, crm_choice_tenants CASCADE;
DROP ROLE regress_writer;
