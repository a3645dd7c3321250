-- Every error that a field causes names it and has a code, whoever raises it: through create_opportunity, edit_opportunity, move
-- and group edits, in text and in JSON.
SET client_min_messages = warning;
SET opportunities.user_name = 'anna';
CREATE FUNCTION pg_temp.told(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text; field text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = CONSTRAINT_NAME, field = COLUMN_NAME;
	RETURN concat_ws(' ', SQLSTATE, coalesce(nullif(code, ''), '-'), coalesce(nullif(field, ''), '-'));
END $$;
SELECT opportunities.create_crm('crm_errors', starter => true);
SET search_path = crm_errors, opportunities, public;
UPDATE stage SET reason_required = true WHERE name = 'Lost';
INSERT INTO pipeline (name, active) VALUES ('Service', true), ('Idle', false);
INSERT INTO stage (pipeline_id, name, kind, active) VALUES (2, 'Asked', 'open', true), (2, 'Done', 'won', true), (1, 'Old', 'open', false);
INSERT INTO custom_field (name, type) VALUES ('seats', 'number'), ('due', 'date'), ('color', 'choice');
INSERT INTO choice (field, value, active, stage_kind) VALUES ('source', 'web', true, NULL), ('source', 'fax', false, NULL), ('custom.color', 'red', true, NULL), ('close_reason', 'liked', true, 'won');
-- columns of one's own, with rules of the server's
CREATE DOMAIN short AS text CHECK (length(value) < 5);
CREATE DOMAIN shorter AS short CHECK (value <> 'no');
CREATE TABLE partner (id int PRIMARY KEY);
ALTER TABLE opportunity ADD code shorter, ADD note varchar(3), ADD extra int UNIQUE, ADD partner_id int REFERENCES partner, ADD rank smallint CHECK (rank < 100), ADD low int, ADD high int,
	ADD CONSTRAINT low_high CHECK (low <= high), ADD key text, ADD span int4range, ADD must int NOT NULL DEFAULT 0, ADD CONSTRAINT one_span EXCLUDE USING gist (span WITH &&);
CREATE UNIQUE INDEX opportunity_key ON opportunity (key);
INSERT INTO opportunity (pipeline_id, stage_id, title, extra, key, low, high, span) VALUES (1, 1, 'One', 1, 'a', 1, 2, '[1,2]'), (1, 1, 'Two', 2, 'b', 1, 2, '[5,6]');

CREATE TABLE attempts AS SELECT changes, pg_temp.told(format($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x"}'::jsonb || %L)$$, changes)) AS created,
	pg_temp.told(format($$SELECT edit_opportunity('2', %L)$$, changes)) AS edited,
	pg_temp.told(format($$SELECT move('2', %L, changes => %L)$$, coalesce((changes::jsonb ->> 'stage_id')::int, 1), changes::jsonb - 'stage_id')) AS moved,
	pg_temp.told(format($$SELECT bulk_edit(%L, ids => '{1,2}')$$, changes)) AS bulk
FROM (VALUES ('{"title": null}'), ('{"title": " "}'), ('{"pipeline_id": null}'), ('{"account_id": 77}'), ('{"account_id": "99999999999999999999"}'), ('{"account_id": 1.5}'), ('{"pipeline_id": 77}'), ('{"pipeline_id": 3, "stage_id": null}'),
	('{"stage_id": 77}'), ('{"stage_id": 7}'), ('{"stage_id": 9}'), ('{"probability": 101}'), ('{"probability": 12345}'), ('{"amount": "NaN"}'), ('{"amount": "1e200"}'), ('{"amount_mode": "both"}'), ('{"currency": "12345678901234567"}'),
	('{"close_reason": "x"}'), ('{"closed_on": "2026-01-01"}'), ('{"closed_on": "2999-01-01", "stage_id": 5}'), ('{"closed_at": "2026-01-01T10:00Z", "closed_on": "2026-02-01", "stage_id": 5}'), ('{"stage_id": 6}'), ('{"stage_id": 6, "close_reason": "liked"}'),
	('{"source": "radio"}'), ('{"source": "fax"}'), ('{"custom": []}'), ('{"custom": null}'), ('{"custom.color": "blue"}'), ('{"custom.seats": "many"}'), ('{"archived": null}'), ('{"archived": "perhaps"}'), ('{"tags": [["a"]]}'), ('{"expected_close": "2026-13-01"}'),
	('{"code": "no"}'), ('{"code": "toolong"}'), ('{"note": "abcd"}'), ('{"extra": 1}'), ('{"partner_id": 5}'), ('{"rank": 100}'), ('{"rank": 40000}'), ('{"low": 9, "tags": []}'), ('{"high": 0}'), ('{"key": "a"}'), ('{"span": "[1,9]"}'), ('{"must": null}'),
	('{"nothing": 1}'), ('{"version": 1}')) AS c (changes);
SELECT changes, created, nullif(edited, created) AS edited, nullif(moved, edited) AS moved, nullif(bulk, edited) AS bulk FROM attempts;
-- none is without a code and a field, in skipped rows either
SELECT changes, t FROM attempts, LATERAL (VALUES (created), (edited), (moved), (bulk)) AS v (t) WHERE t ~ ' -';
SELECT status, code, field FROM bulk_edit('{"partner_id": 5}', ids => '{1,2}', on_error => 'skip');
SELECT status, code, field FROM bulk_edit('{"title": null}', ids => '{1,2}', on_error => 'skip');

-- What another table refuses has no field of this one; what policies refuse has a code alone.
CREATE FUNCTION pg_temp.elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO crm_errors.stage (pipeline_id, name, probability) VALUES (1, 'x', 101); RETURN NEW; END$$;
CREATE TRIGGER elsewhere AFTER UPDATE OF owner ON opportunity FOR EACH ROW EXECUTE FUNCTION pg_temp.elsewhere();
SELECT pg_temp.told($$SELECT edit_opportunity('2', '{"owner": "x"}')$$);
DROP TRIGGER elsewhere ON opportunity;
CREATE ROLE regress_clerk;
GRANT USAGE ON SCHEMA crm_errors TO regress_clerk;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA crm_errors TO regress_clerk;
ALTER TABLE opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON opportunity USING (owner = 'anna' OR id = 2) WITH CHECK (owner = 'anna');
SET ROLE regress_clerk;
SELECT pg_temp.told($$SELECT create_opportunity('{"pipeline_id": 1, "title": "x", "owner": "omid"}')$$), pg_temp.told($$SELECT edit_opportunity('2', '{"owner": "omid"}')$$);
RESET ROLE;
DROP POLICY own ON opportunity;
ALTER TABLE opportunity DISABLE ROW LEVEL SECURITY;

-- A constraint that is added later counts from then on, under the name that it has by then.
ALTER TABLE opportunity ADD CONSTRAINT no_omid CHECK (owner <> 'omid');
SELECT pg_temp.told($$SELECT edit_opportunity('2', '{"owner": "omid"}')$$);
ALTER TABLE opportunity RENAME CONSTRAINT no_omid TO not_omid;
SELECT pg_temp.told($$SELECT edit_opportunity('2', '{"owner": "omid"}')$$);

-- In JSON: of errors of ours and of the server's, in functions and in plain SQL, once they leave the statement of the client.
\set SHOW_CONTEXT never
SET opportunities.error_detail = json;
SELECT edit_opportunity('2', '{"title": "x"}', expected => 7);
SELECT edit_opportunity('2', '{"partner_id": 5}');
INSERT INTO opportunity (pipeline_id, title, partner_id) VALUES (1, 'x', 5);
COPY opportunity (pipeline_id, title, source) FROM stdin;
1	x	radio
\.
SELECT list(rules => '{"combinator": "and", "rules": [{"field": "title", "operator": "=", "value": "x"}, {"field": "amuont", "operator": "=", "value": 1}]}');
SELECT count(*) FROM opportunity AS o WHERE matches_rules(o, '{"combinator": "and", "rules": [{"field": "amount", "operator": "=", "value": "ten"}]}');
SELECT list(scope => '{"amount": "ten"}');
SELECT bulk_edit('{"stage_id": 7}', ids => '{1,2}');
SELECT bulk_edit('{"stage_id": 1}', ids => '{1,2}', expected_count => 3);
SELECT list(fields => array_fill('title'::text, ARRAY[2000]));
DO $$
DECLARE
	detail text;
BEGIN
	BEGIN
		INSERT INTO crm_errors.opportunity (pipeline_id, title, partner_id) VALUES (1, 'x', 5);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
		RAISE WARNING 'here: %', detail;
	END;
	INSERT INTO crm_errors.opportunity (pipeline_id, title, partner_id) VALUES (1, 'x', 6);
END $$;
-- a value is one of JSON, whatever it holds; what has neither a code nor a field stays, and so do warnings
SELECT list(rules => E'{"combinator": "and", "rules": [{"field": "amount", "operator": "=", "value": "\\"ten\\"\\n\\\\"}]}');
SELECT 1 / (SELECT 0);
DO $$BEGIN RAISE WARNING 'so' USING DETAIL = 'as ever', CONSTRAINT = 'x'; END$$;
SET opportunities.error_detail = xml;
RESET opportunities.error_detail;
SELECT edit_opportunity('2', '{"partner_id": 5}');
DROP SCHEMA crm_errors CASCADE;
DROP ROLE regress_clerk;
