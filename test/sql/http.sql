-- Calls as PostgREST makes them: a role for each request, claims in a setting, arguments by name out of JSON.
SET client_min_messages = warning;
CREATE ROLE regress_web;
CREATE ROLE regress_seller;
GRANT regress_seller TO regress_web;
SELECT opportunities.create_crm('crm_web', starter => true);
GRANT USAGE ON SCHEMA crm_web TO regress_seller;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA crm_web TO regress_seller;
ALTER TABLE crm_web.opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON crm_web.opportunity USING (owner = opportunities.me());
INSERT INTO crm_web.opportunity (pipeline_id, stage_id, title, amount, owner)
SELECT s.pipeline_id, s.id, 'Deal ' || n, n * 1000, CASE WHEN n < 3 THEN 'sara' ELSE 'omid' END
FROM crm_web.stage AS s, generate_series(1, 4) AS n WHERE s.name = 'Lead';

CREATE FUNCTION public.begin_request() RETURNS void LANGUAGE sql AS $$
	SELECT set_config('opportunities.user_name',
		coalesce(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub', ''), true)
$$;

SET ROLE regress_web;

-- POST /rpc/board; what is STABLE runs in a transaction that only reads
BEGIN READ ONLY;
SET LOCAL ROLE regress_seller;
SET LOCAL search_path = opportunities, public;
SET LOCAL request.jwt.claims = '{"role": "regress_seller", "sub": "sara"}';
SELECT public.begin_request();
PREPARE call(json) AS
WITH source AS (
	SELECT called.* FROM (SELECT $1 AS json_data) AS payload,
		LATERAL json_to_record(payload.json_data) AS body (relation regclass, scope jsonb, fields text[], cards int),
		LATERAL opportunities.board(relation => body.relation, scope => body.scope, fields => body.fields, cards => body.cards) AS called)
SELECT jsonb_pretty(json_agg(s)::jsonb) FROM (SELECT stage, count, final_total, cards FROM source WHERE count > 0) AS s;
EXECUTE call('{"relation": "crm_web.opportunity", "scope": {"account_id": null}, "fields": ["title", "amount"], "cards": 5}');
COMMIT;

-- GET /rpc/list?relation=…: arguments are text.
BEGIN READ ONLY;
SET LOCAL ROLE regress_seller;
SET LOCAL search_path = opportunities, public;
SET LOCAL request.jwt.claims = '{"role": "regress_seller", "sub": "sara"}';
SELECT public.begin_request();
PREPARE get AS SELECT opportunities.list(relation => $1, fields => $2, sort => $3, size => $4, after => $5) AS page;
EXECUTE get('crm_web.opportunity', '{title,amount}', '{-amount}', '1', NULL) \gset
SELECT jsonb_extract_path(:'page', 'rows') AS rows, jsonb_extract_path_text(:'page', 'totals', 'final_total') AS total;
SELECT jsonb_extract_path(:'page', 'next') AS next \gset
EXECUTE get('crm_web.opportunity', '{title,amount}', '{-amount}', '1', :'next') \gset
SELECT jsonb_extract_path(:'page', 'rows') AS rows, jsonb_extract_path_text(:'page', 'first') AS first;
COMMIT;

-- POST /rpc/move: a card of one's own, and one of another's.
PREPARE post(json) AS
SELECT called.* FROM (SELECT $1 AS json_data) AS payload,
	LATERAL json_to_record(payload.json_data) AS body (id text, stage_id text, changes jsonb, expected bigint, relation regclass),
	LATERAL opportunities.move(id => body.id, stage_id => body.stage_id, changes => body.changes, expected => body.expected, relation => body.relation) AS called (card);
\set VERBOSITY sqlstate
BEGIN;
SET LOCAL ROLE regress_seller;
SET LOCAL request.jwt.claims = '{"role": "regress_seller", "sub": "sara"}';
SELECT public.begin_request();
EXECUTE post('{"id": 1, "stage_id": 2, "changes": {"type": "new"}, "expected": 1, "relation": "crm_web.opportunity"}') \gset
SELECT jsonb_extract_path_text(:'card', 'title') AS title, jsonb_extract_path_text(:'card', 'version') AS version;
SELECT updated_by, type FROM crm_web.opportunity WHERE id = 1;
SAVEPOINT request;
EXECUTE post('{"id": 1, "stage_id": 3, "expected": 1, "relation": "crm_web.opportunity"}');
ROLLBACK TO request;
EXECUTE post('{"id": 3, "stage_id": 2, "relation": "crm_web.opportunity"}');
ROLLBACK;
\set VERBOSITY default

-- POST /rpc/create_opportunity, /rpc/edit_opportunity: what a form sends. The details of an error are an object, since the
-- client gets no other field of it.
PREPARE make(json) AS
SELECT called.* FROM (SELECT $1 AS json_data) AS payload,
	LATERAL json_to_record(payload.json_data) AS body (changes jsonb, fields text[], relation regclass),
	LATERAL opportunities.create_opportunity(changes => body.changes, fields => body.fields, relation => body.relation) AS called (row);
PREPARE edit(json) AS
SELECT called.* FROM (SELECT $1 AS json_data) AS payload,
	LATERAL json_to_record(payload.json_data) AS body (id text, changes jsonb, expected bigint, fields text[], relation regclass),
	LATERAL opportunities.edit_opportunity(id => body.id, changes => body.changes, expected => body.expected, fields => body.fields, relation => body.relation) AS called (row);
\set SHOW_CONTEXT never
\set VERBOSITY default
BEGIN;
SET LOCAL ROLE regress_seller;
SET LOCAL request.jwt.claims = '{"role": "regress_seller", "sub": "sara"}';
SELECT public.begin_request(), set_config('opportunities.error_detail', 'json', true);
EXECUTE make('{"changes": {"pipeline_id": 1, "title": "Of a form", "owner": "sara"}, "fields": ["title", "version"], "relation": "crm_web.opportunity"}');
EXECUTE edit('{"id": "1", "changes": {"amount": "1500.00"}, "expected": 1, "fields": ["amount", "version"], "relation": "crm_web.opportunity"}');
SAVEPOINT request;
EXECUTE edit('{"id": 1, "changes": {"amount": "1600.00"}, "expected": 1, "relation": "crm_web.opportunity"}');
ROLLBACK TO request;
EXECUTE make('{"changes": {"pipeline_id": 1, "title": "x", "owner": "sara", "account_id": 77}, "relation": "crm_web.opportunity"}');
ROLLBACK TO request;
INSERT INTO crm_web.opportunity (pipeline_id, title, owner, amount) VALUES (1, 'x', 'sara', 1e200);
ROLLBACK;

-- Another user's request on the same connection; an anonymous one.
BEGIN;
SET LOCAL ROLE regress_seller;
SET LOCAL request.jwt.claims = '{"role": "regress_seller", "sub": "omid"}';
SELECT public.begin_request();
EXECUTE call('{"relation": "crm_web.opportunity", "fields": ["title"], "cards": 1}');
COMMIT;
BEGIN;
SET LOCAL ROLE regress_seller;
SELECT public.begin_request();
EXECUTE call('{"relation": "crm_web.opportunity", "fields": ["title"], "cards": 1}');
COMMIT;
EXECUTE call('{"relation": "crm_web.opportunity"}');

RESET ROLE;
DROP SCHEMA crm_web CASCADE;
DROP FUNCTION public.begin_request();
DROP ROLE regress_web, regress_seller;
