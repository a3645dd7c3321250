-- A CRM in which what has no limit is large, and the inputs.
SET client_min_messages = warning;
CREATE EXTENSION opportunities;
CREATE EXTENSION pg_trgm;
SELECT opportunities.create_crm('crm', starter => true);
ALTER DATABASE limits SET search_path = crm, opportunities, limits, public;
ALTER DATABASE limits SET jit = on;
ALTER DATABASE limits SET jit_above_cost = 0;
ALTER DATABASE limits SET jit_inline_above_cost = 0;
ALTER DATABASE limits SET jit_optimize_above_cost = 0;
SET search_path = crm, opportunities, public;

CREATE SCHEMA limits;
CREATE TABLE limits.measure (at timestamptz, size int);
CREATE FUNCTION limits.size() RETURNS int LANGUAGE sql RETURN (regexp_match(pg_read_file('/proc/self/status'), 'VmPeak:\s+(\d+)'))[1]::int / 1024;
CREATE FUNCTION limits.measure() RETURNS void LANGUAGE sql BEGIN ATOMIC
	DELETE FROM limits.measure;
	INSERT INTO limits.measure VALUES (clock_timestamp(), limits.size());
END;
CREATE FUNCTION limits.measured() RETURNS text LANGUAGE sql
	RETURN (SELECT round(extract(epoch FROM clock_timestamp() - at), 2) || ' ' || limits.size() - size FROM limits.measure);

-- inputs: n rules like one, in which # is the number of each; n groups of rules; lists
CREATE FUNCTION limits.rules(n int, rule jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN jsonb_build_object('combinator', 'or', 'rules',
	(SELECT jsonb_agg(replace(rule::text, '#', i::text)::jsonb) FROM generate_series(1, n) AS i));
CREATE FUNCTION limits.rule(field text, operator text, value text) RETURNS jsonb LANGUAGE sql IMMUTABLE
	RETURN jsonb_build_object('field', field, 'operator', operator, 'value', value);
CREATE FUNCTION limits.both(a text, b text) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN jsonb_build_object('combinator', 'and', 'rules',
	jsonb_build_array(limits.rule(a, '=', '#'), limits.rule(b, '=', '#')));
CREATE FUNCTION limits.texts(n int, like_this text) RETURNS text[] LANGUAGE sql IMMUTABLE
	RETURN (SELECT array_agg(replace(like_this, '#', i::text)) FROM generate_series(1, n) AS i);
CREATE FUNCTION limits.object(n int, key text, value text) RETURNS jsonb LANGUAGE sql IMMUTABLE
	RETURN (SELECT jsonb_object_agg(replace(key, '#', i::text), value) FROM generate_series(1, n) AS i);
CREATE FUNCTION limits.ids(n int) RETURNS bigint[] LANGUAGE sql IMMUTABLE RETURN (SELECT array_agg(i) FROM generate_series(1::bigint, n) AS i);
CREATE TABLE limits.input (name text PRIMARY KEY, value jsonb);
INSERT INTO limits.input VALUES
	('titles', limits.rules(10000, limits.rule('title', 'contains', 'v#'))),
	('equal', limits.rules(10000, limits.rule('title', '=', 'v#'))),
	('descriptions', limits.rules(10000, limits.rule('description', 'contains', 'v#'))),
	('orders', limits.rules(1000, limits.rule('description', '<', 'B#'))),
	('custom', limits.rules(1000, limits.rule('custom.k#', '=', 'v#'))),
	('one custom', limits.rules(1000, limits.rule('custom.k1', 'contains', 'v#'))),
	('accounts', limits.rules(10000, limits.rule('account.name', 'contains', 'v#'))),
	('groups', limits.rules(250, limits.both('activity.subject', 'activity.kind'))),
	('plain groups', limits.rules(4000, limits.both('title', 'owner'))),
	('tags', limits.rules(500, limits.rule('tags', 'contains', 'v#'))),
	('periods', limits.rules(10000, '{"field": "created_at", "operator": "=", "value": {"period": "THIS_MONTH", "calendar": "persian"}}')),
	('list', limits.rules(1, jsonb_build_object('field', 'created_at', 'operator', 'in', 'value', limits.texts(10000, '2026-01-01')))),
	('unknown', limits.rules(10000, limits.rule('titel#', '=', 'v#'))),
	('jit', limits.rules(100, limits.rule('title', '=', 'v#'))),
	('jit across', limits.rules(50, limits.both('account.name', 'stage.name'))),
	('long', limits.rules(3, limits.rule('description', 'contains', repeat('a', 1000000) || 'b')));
DO $$
DECLARE
	nested jsonb := limits.rules(9900, limits.rule('title', 'contains', 'v#'));
BEGIN
	FOR i IN 1..62 LOOP
		nested := jsonb_build_object('combinator', 'or', 'not', true, 'rules', jsonb_build_array(nested, limits.rule('title', '=', 'z')));
	END LOOP;
	INSERT INTO limits.input VALUES ('nested', nested);
END $$;
CREATE FUNCTION limits.input(name text) RETURNS jsonb LANGUAGE sql STABLE RETURN (SELECT value FROM limits.input AS i WHERE i.name = input.name);

-- who began to follow before all of them
SELECT notify_changes() \g /dev/null
CREATE TABLE limits.since AS SELECT changes_since() ->> 'next' AS cursor;

-- rows: 20000 opportunities of 50 owners and 1000 sources, some with long text and much in custom
INSERT INTO app_user (login, name, manager) SELECT 'u' || i, 'U', CASE WHEN i > 1 THEN 'u' || i - 1 END FROM generate_series(1, 10000) AS i;
INSERT INTO account (name) SELECT 'Account ' || i FROM generate_series(1, 2000) AS i;
INSERT INTO currency (code) VALUES ('EUR'), ('USD'), ('JPY');
INSERT INTO product (name, currency, unit_price) SELECT 'Product ' || i, 'EUR', i FROM generate_series(1, 1000) AS i;
INSERT INTO custom_field (name, type, listed) SELECT 'f' || i, 'text', i <= 200 FROM generate_series(1, 2000) AS i;
INSERT INTO choice (field, value) SELECT 'custom.f' || i % 2000, 'c' || i FROM generate_series(1, 10000) AS i;
INSERT INTO label (language, field, value, label) SELECT 'fa', 'custom.f' || i % 2000, 'c' || i, 'l' || i FROM generate_series(1, 10000) AS i;
INSERT INTO exchange_rate (from_currency, to_currency, valid_from, rate) SELECT 'EUR', 'USD', date '2000-01-01' + i, 1 + i / 10000.0 FROM generate_series(1, 10000) AS i;
INSERT INTO target (owner, period, first_day, amount, currency) SELECT 'u' || i % 500, 'month', date '2025-01-01' + i / 500 * interval '1 month', 1000, 'EUR' FROM generate_series(1, 9999) AS i;
INSERT INTO opportunity (pipeline_id, stage_id, title, owner, source, currency, amount, account_id, expected_close, tags)
SELECT 1, 1 + i % 4, 'Deal ' || i, 'u' || i % 50, 's' || i % 999, 'EUR', i * 37 % 100000, 1 + i % 2000, date '2025-01-01' + i % 700, limits.texts(5, 't#')
FROM generate_series(1, 20000) AS i;
UPDATE opportunity SET owner = 'long', description = repeat('a', 199000), tags = limits.texts(1000, 'tag #'), custom = limits.object(1000, 'k#', repeat('x', 80)) WHERE id <= 20;
UPDATE opportunity SET description = (SELECT string_agg(md5(i::text || id), '') FROM generate_series(1, 6000) AS i) WHERE id BETWEEN 21 AND 420;
INSERT INTO activity (opportunity_id, kind, subject) SELECT 1 + i % 20000, 'call', 'x' FROM generate_series(1, 40000) AS i;
INSERT INTO activity (opportunity_id, kind, subject) SELECT 1, 'call', 'x' FROM generate_series(1, 100000) AS i;
INSERT INTO opportunity_line (opportunity_id, product_id, quantity) SELECT 2, 1 + i % 1000, 1 FROM generate_series(1, 20000) AS i;
SELECT issue_quote(2, true, 'crm.opportunity'), issue_invoice(2, true, 'crm.opportunity') \g /dev/null
SELECT save_filter('titles', limits.input('titles'), shared => true) \g /dev/null

-- more transactions since than a cursor may lack
CREATE UNLOGGED TABLE limits.transactions ();
DO $$ BEGIN
	FOR i IN 1 .. 100100 LOOP
		BEGIN INSERT INTO limits.transactions DEFAULT VALUES; EXCEPTION WHEN no_data_found THEN NULL; END;
	END LOOP;
END $$;

-- a board of 10000 columns, one of 100000 in 100 lanes, and currencies beyond counting
CREATE SCHEMA wide;
CREATE TABLE wide.stage (id int, name text, position int, kind text, pipeline_id int);
CREATE TABLE wide.opportunity (id int, pipeline_id int, stage_id int, owner text, amount numeric, probability numeric);
INSERT INTO wide.stage SELECT i, 'S' || i, i, 'open', i / 100 FROM generate_series(0, 9899) AS i;
INSERT INTO wide.opportunity SELECT i, i % 9900 / 100, i % 9900, 'o' || i % 97, i, 50 FROM generate_series(1, 100000) AS i;
CREATE VIEW wide.half AS SELECT * FROM wide.opportunity WHERE stage_id < 1000;
CREATE SCHEMA money;
CREATE TABLE money.opportunity AS SELECT i AS id, 1 AS stage_id, i::numeric AS amount, 50::numeric AS probability, 'C' || i % 20000 AS currency FROM generate_series(1, 200000) AS i;
CREATE TABLE money.digits AS SELECT repeat('9', 65000)::numeric AS a, repeat('7', 65000)::numeric AS b;
CREATE TABLE money.totals AS SELECT totals(amount, probability, NULL, currency) AS t FROM money.opportunity;

-- rollups of 100000 groups: one that isn't filled, and one to whose sums as many deltas come; rows of long text
CREATE SCHEMA kept;
CREATE TABLE kept.opportunity AS SELECT id, stage_id, owner, amount, probability FROM wide.opportunity;
CREATE TABLE kept.unfilled AS SELECT * FROM kept.opportunity;
CREATE TABLE kept.long AS SELECT i AS id, i::numeric AS amount, 50::numeric AS probability, i || repeat('a', 199000) AS description FROM generate_series(1, 3000) AS i;
SELECT create_rollup('kept.opportunity', '{id,stage_id,owner}'), create_rollup('kept.unfilled', '{id,stage_id,owner}', fill => false) \g /dev/null
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE kept.opportunity SET amount = amount + 1;
COMMIT;
ANALYZE;
-- a row whose large column of JSON has changed often
CREATE PROCEDURE limits.change_often() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO opportunity (id, pipeline_id, stage_id, title, custom) VALUES (0, 1, 1, 'often', limits.object(100, 'k#', repeat('x', 80)));
	FOR i IN 1..20000 LOOP
		UPDATE opportunity SET custom = jsonb_set(custom, '{k1}', to_jsonb(i)) WHERE id = 0;
	END LOOP;
END $$;
CALL limits.change_often();
