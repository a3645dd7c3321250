-- Rows of somebody else's CRM, written through views: whatever their ids are, and whatever stands between.
SET opportunities.user_name = 'sara';
SET DateStyle = 'ISO, YMD';
SET TimeZone = 'UTC';
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS opportunities;
RESET client_min_messages;
SET search_path = public;
\i test/data/attempt.sql

CREATE SCHEMA theirs;
CREATE SCHEMA shown;
CREATE TABLE theirs.phase (key text PRIMARY KEY, rank int, outcome text);
INSERT INTO theirs.phase VALUES ('talk', 1, 'open'), ('offer', 2, 'open'), ('signed', 3, 'won');
CREATE TABLE theirs.person (id int PRIMARY KEY, login text UNIQUE);
INSERT INTO theirs.person VALUES (1, 'sara'), (2, 'omid');
CREATE DOMAIN theirs.worth AS numeric(12,2) CONSTRAINT worth_positive CHECK (VALUE >= 0);
CREATE TABLE theirs.deal (
	key uuid PRIMARY KEY DEFAULT gen_random_uuid(), subject text NOT NULL, phase text NOT NULL DEFAULT 'talk' CONSTRAINT deal_phase_fkey REFERENCES theirs.phase,
	worth theirs.worth, chance int CONSTRAINT chance_range CHECK (chance BETWEEN 0 AND 100), seller int REFERENCES theirs.person, labels text[] NOT NULL DEFAULT '{}', more jsonb, gone boolean NOT NULL DEFAULT false,
	revision int NOT NULL DEFAULT 1, doubled numeric GENERATED ALWAYS AS (chance * 2) STORED);
CREATE UNIQUE INDEX one_subject ON theirs.deal (subject) WHERE NOT gone;
CREATE FUNCTION theirs.count_revision() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
CREATE TRIGGER count_revision BEFORE UPDATE ON theirs.deal FOR EACH ROW EXECUTE FUNCTION theirs.count_revision();
INSERT INTO theirs.deal (key, subject, phase, worth, chance, seller) SELECT ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'Deal ' || n, 'talk', n * 100, n * 10, 1 + n % 2 FROM generate_series(1, 5) AS n;
CREATE VIEW shown.stage WITH (security_invoker) AS SELECT key AS id, initcap(key) AS name, rank AS position, outcome AS kind FROM theirs.phase;

-- A view of one table is written as the table: what it computes can't be.
CREATE VIEW shown.opportunity WITH (security_invoker) AS
SELECT d.key AS id, d.subject AS title, d.phase AS stage_id, d.worth AS amount, d.chance AS probability, d.labels AS tags, d.more AS custom, d.revision AS version, d.doubled AS figure,
	(SELECT p.login FROM theirs.person AS p WHERE p.id = d.seller) AS owner, d.gone
FROM theirs.deal AS d WHERE NOT d.gone;
SET search_path = shown, opportunities, public;
SELECT name, writable FROM fields() WHERE source = 'own';
SELECT edit_opportunity('00000000-0000-0000-0000-000000000001', '{"stage_id": "offer", "amount": "150.50", "custom.size": 3, "tags": {"add": ["vip"]}}', expected => 1, fields => '{title,stage.name,amount,custom,tags,version,owner}');
-- the id as anybody writes it
SELECT edit_opportunity('{00000000-0000-0000-0000-000000000001}', '{}', fields => '{title,version}');
SELECT edit_opportunity('00000000-0000-0000-0000-000000000001', '{"tags": {"remove": ["vip"]}, "custom.size": null}', fields => '{custom,tags,version}');
SELECT create_opportunity('{"title": "New", "amount": 7, "id": "00000000-0000-0000-0000-000000000009"}', fields => '{title,stage.name,amount,version}');
SELECT create_opportunity('{"title": "Keyless"}', fields => '{title,version}') - 'id' AS created;
SELECT id, status FROM bulk_edit('{"stage_id": "offer"}', ids => '{00000000-0000-0000-0000-000000000003,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003}');
SELECT id, status FROM bulk_edit('{"probability": 90}', scope => '{"stage_id": "offer"}', expected_count => 3);
SELECT id, status, code, field, message FROM bulk_edit('{"amount": 5}', ids => '{00000000-0000-0000-0000-00000000000a,00000000-0000-0000-0000-000000000005}', on_error => 'skip');
SELECT id, status FROM bulk_delete(rules => '{"combinator": "and", "rules": [{"field": "title", "operator": "=", "value": "Keyless"}]}') WHERE status = 'deleted' AND length(id) = 36 \g /dev/null
SELECT right(key::text, 2) AS key, subject, phase, worth, chance, labels, more, revision FROM theirs.deal ORDER BY 1;

-- What fails says so with a code and the field of the view.
SELECT what, pg_temp.attempt(format('SELECT opportunities.edit_opportunity(%L, %L)', '00000000-0000-0000-0000-000000000001', what)) FROM unnest(ARRAY[
	'{"owner": "omid"}', '{"figure": 4}', '{"id": "00000000-0000-0000-0000-000000000008"}', '{"version": 9}', '{"phase": "offer"}',
	'{"title": null}', '{"title": "Deal 2"}', '{"stage_id": "nowhere"}', '{"probability": 101}', '{"amount": -1}', '{"amount": "12345678901.00"}', '{"amount": "ten"}']) AS what;
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''1'', ''{"amount": 1}'')');
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''00000000-0000-0000-0000-00000000000a'', ''{"amount": 1}'')');
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"amount": 1}'', expected => 1)');
SELECT pg_temp.attempt('SELECT opportunities.bulk_edit(''{"amount": 1}'', ids => ''{1}'')');
SELECT right(id, 1) AS id, status, code, field, message FROM bulk_edit('{"title": "Same"}', ids => '{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002}', on_error => 'skip');

-- A row that leaves a view is written, unless the view checks.
SELECT edit_opportunity('00000000-0000-0000-0000-000000000009', '{"gone": true}', fields => '{title}');
ALTER VIEW shown.opportunity SET (check_option = cascaded);
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''00000000-0000-0000-0000-000000000005'', ''{"gone": true}'')');
SELECT right(id, 1) AS id, status, code, field FROM bulk_edit('{"gone": true}', ids => '{00000000-0000-0000-0000-000000000004,00000000-0000-0000-0000-000000000005}', on_error => 'skip');

-- Rights: of the view, of columns, of the table below, and its row security.
CREATE ROLE regress_mapped_edit;
GRANT USAGE ON SCHEMA theirs, shown TO regress_mapped_edit;
GRANT SELECT ON ALL TABLES IN SCHEMA theirs, shown TO regress_mapped_edit;
CREATE TEMP TABLE tries AS SELECT * FROM unnest(ARRAY['edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"amount": 1}'', fields => ''{amount}'')',
	'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"probability": 1}'', fields => ''{probability}'')', 'create_opportunity(''{"title": "By her"}'')',
	'bulk_edit(''{"amount": 1}'', ids => ''{00000000-0000-0000-0000-000000000001}'')', 'bulk_delete(ids => ''{00000000-0000-0000-0000-000000000001}'')']) AS call;
GRANT SELECT ON tries TO regress_mapped_edit;
SET ROLE regress_mapped_edit;
SELECT call, pg_temp.attempt('SELECT opportunities.' || call) AS nothing FROM tries;
RESET ROLE;
GRANT INSERT, UPDATE, DELETE ON shown.opportunity TO regress_mapped_edit;
SET ROLE regress_mapped_edit;
SELECT call, pg_temp.attempt('SELECT opportunities.' || call) AS of_the_view FROM tries;
SELECT my_rights(ids => '{00000000-0000-0000-0000-000000000001}');
RESET ROLE;
GRANT UPDATE (worth) ON theirs.deal TO regress_mapped_edit;
SET ROLE regress_mapped_edit;
SELECT call, pg_temp.attempt('SELECT opportunities.' || call) AS of_a_column FROM tries;
SELECT my_rights(ids => '{00000000-0000-0000-0000-000000000001}');
SELECT name FROM fields() WHERE writable;
RESET ROLE;
GRANT UPDATE, DELETE ON theirs.deal TO regress_mapped_edit;
ALTER TABLE theirs.deal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON theirs.deal FOR SELECT USING (seller > 0);
CREATE POLICY own ON theirs.deal FOR UPDATE USING (seller = 2) WITH CHECK (worth < 1000);
SET ROLE regress_mapped_edit;
-- one that she sees but may not change, one that she may not change so, one that she may
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''00000000-0000-0000-0000-000000000002'', ''{"amount": 1}'')');
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''00000000-0000-0000-0000-000000000003'', ''{"amount": 1000}'')');
SELECT right(id, 1) AS id, status, code, field FROM bulk_edit('{"amount": 999}', ids => '{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003}', on_error => 'skip');
SELECT right(id, 1) AS id, status, code FROM bulk_delete(ids => '{00000000-0000-0000-0000-000000000003}', on_error => 'skip');
RESET ROLE;
ALTER TABLE theirs.deal DISABLE ROW LEVEL SECURITY;
-- an owner's view lends her the owner's rights
ALTER VIEW shown.opportunity RESET (security_invoker);
REVOKE ALL ON theirs.deal FROM regress_mapped_edit;
SET ROLE regress_mapped_edit;
SELECT edit_opportunity('00000000-0000-0000-0000-000000000002', '{"amount": 2}', fields => '{amount}');
RESET ROLE;

-- A view of several tables has an INSTEAD OF trigger, which does what the product would; what it made of a row is read anew.
DROP VIEW shown.opportunity;
CREATE VIEW shown.opportunity WITH (security_invoker) AS
SELECT d.key AS id, upper(d.subject) AS title, d.phase AS stage_id, d.worth::numeric AS amount, d.chance AS probability, p.login AS owner, d.revision AS version, d.gone AS archived
FROM theirs.deal AS d LEFT JOIN theirs.person AS p ON p.id = d.seller WHERE NOT d.gone;
SELECT command, pg_temp.attempt('SELECT opportunities.' || command) AS result FROM unnest(ARRAY['create_opportunity(''{"title": "x"}'')',
	'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"amount": 1}'')', 'bulk_edit(''{"amount": 1}'', ids => ''{}'')', 'bulk_delete(ids => ''{}'')']) AS command;
SELECT my_rights();
SELECT count(*) AS writable FROM fields() WHERE writable;
CREATE FUNCTION theirs.write_deal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	found_seller int := (SELECT p.id FROM theirs.person AS p WHERE p.login = NEW.owner);
BEGIN
	IF TG_OP = 'DELETE' THEN
		UPDATE theirs.deal AS d SET gone = true WHERE d.key = OLD.id;
		RETURN OLD;
	END IF;
	IF NEW.owner <> '' AND found_seller IS NULL THEN
		RAISE EXCEPTION 'nobody is called that' USING CONSTRAINT = 'owner_unknown', COLUMN = 'owner';
	END IF;
	IF NEW.title = 'Left out' THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO theirs.deal (subject, phase, worth, chance, seller) VALUES (NEW.title, coalesce(NEW.stage_id, 'talk'), NEW.amount, NEW.probability, found_seller) RETURNING key INTO NEW.id;
		RETURN NEW;
	END IF;
	UPDATE theirs.deal AS d SET subject = CASE WHEN NEW.title <> OLD.title THEN NEW.title ELSE d.subject END, phase = NEW.stage_id, worth = NEW.amount, chance = NEW.probability, seller = found_seller, gone = NEW.archived
	WHERE d.key = OLD.id AND d.revision = OLD.version;
	RETURN CASE WHEN FOUND THEN NEW END;
END $$;
CREATE TRIGGER write_deal INSTEAD OF INSERT OR UPDATE OR DELETE ON shown.opportunity FOR EACH ROW EXECUTE FUNCTION theirs.write_deal();
SELECT my_rights();
SELECT count(*) AS writable FROM fields() WHERE writable;
SELECT edit_opportunity('00000000-0000-0000-0000-000000000004', '{"title": "Second hand", "owner": "omid", "stage_id": "signed"}', expected => 1, fields => '{title,owner,stage.name,version}');
SELECT create_opportunity('{"title": "Third hand", "amount": 1.5, "owner": "sara"}', fields => '{title,owner,stage.name,amount,version}') - 'id' AS created;
SELECT edit_opportunity('00000000-0000-0000-0000-000000000005', '{"archived": true}') IS NULL AS out_of_sight;
SELECT pg_temp.attempt('SELECT opportunities.' || command) AS result FROM unnest(ARRAY['create_opportunity(''{"title": "Left out"}'')', 'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"title": "Left out"}'')',
	'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"owner": "nobody"}'')', 'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"amount": -1}'')', 'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"probability": 200}'')',
	'edit_opportunity(''00000000-0000-0000-0000-000000000001'', ''{"stage_id": "nowhere"}'')', 'edit_opportunity(''00000000-0000-0000-0000-000000000004'', ''{"amount": 1}'', expected => 1)']) AS command;
-- some of them: those that a trigger leaves out, and those that fail, are found
UPDATE theirs.deal SET worth = 1, subject = 'Deal' || right(key::text, 1) WHERE key < '00000000-0000-0000-0000-000000000006';
SELECT right(id, 1) AS id, status, code, field FROM bulk_edit('{"owner": "sara", "probability": 33}', ids => '{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000004,00000000-0000-0000-0000-000000000007}', on_error => 'skip');
CREATE FUNCTION theirs.keep_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN OLD.id <> '00000000-0000-0000-0000-000000000002' THEN NEW END; END $$;
CREATE TRIGGER keep_two INSTEAD OF UPDATE ON shown.opportunity FOR EACH ROW EXECUTE FUNCTION theirs.keep_two();
SELECT right(id, 1) AS id, status, code, field FROM bulk_edit('{"probability": 34}', ids => '{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003,00000000-0000-0000-0000-000000000004}', on_error => 'skip');
SELECT pg_temp.attempt('SELECT opportunities.bulk_edit(''{"probability": 35}'', ids => ''{00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003}'')');
SELECT right(id, 1) AS id, status FROM bulk_delete(ids => '{00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003}');
SELECT right(key::text, 1) AS key, subject, phase, worth, chance, seller, gone, revision FROM theirs.deal WHERE key < '00000000-0000-0000-0000-000000000006' ORDER BY 1;

-- A view over that view is written through its trigger, and only where it has a plain column of it.
CREATE VIEW shown.mine WITH (security_invoker) AS SELECT id, title, stage_id, amount, probability + 0 AS probability, version FROM shown.opportunity WHERE owner = 'sara';
SELECT name FROM fields('shown.mine') WHERE writable;
SELECT edit_opportunity('00000000-0000-0000-0000-000000000001', '{"stage_id": "offer"}', relation => 'shown.mine', fields => '{stage_id,version}');
DROP VIEW shown.mine;

-- Rules of a view do what they say, and tell no row: it is counted.
DROP VIEW shown.opportunity;
CREATE TABLE theirs.ticket (nr bigint PRIMARY KEY, label varchar(10) NOT NULL, phase text, worth numeric);
INSERT INTO theirs.ticket SELECT n, 'T' || n, 'talk', n FROM generate_series(1, 12) AS n;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT nr AS id, label AS title, phase AS stage_id, worth AS amount, 50 AS probability FROM theirs.ticket;
CREATE RULE ins AS ON INSERT TO shown.opportunity DO INSTEAD INSERT INTO theirs.ticket VALUES (NEW.id, NEW.title, coalesce(NEW.stage_id, 'talk'), NEW.amount);
CREATE RULE upd AS ON UPDATE TO shown.opportunity DO INSTEAD UPDATE theirs.ticket SET label = NEW.title, phase = NEW.stage_id, worth = NEW.amount WHERE nr = OLD.id AND nr <> 3;
CREATE RULE del AS ON DELETE TO shown.opportunity DO INSTEAD NOTHING;
SELECT edit_opportunity('2', '{"amount": 22, "stage_id": "offer"}', fields => '{title,amount,stage.name}');
SELECT create_opportunity('{"id": 77, "title": "Given"}', fields => '{title,stage.name}');
SELECT pg_temp.attempt('SELECT opportunities.' || command) AS result FROM unnest(ARRAY['edit_opportunity(''3'', ''{"amount": 1}'')', 'edit_opportunity(''2'', ''{"amount": 1}'', expected => 1)',
	'edit_opportunity(''2'', ''{"title": "far too long"}'')', 'create_opportunity(''{"title": "x"}'')', 'bulk_delete(ids => ''{2}'')']) AS command;
SELECT id, status, code FROM bulk_edit('{"amount": 5}', ids => '{10,9,1,3,2,13}', on_error => 'skip');
SELECT nr, worth FROM theirs.ticket WHERE worth = 5 ORDER BY 1;

-- Ids as text: in their own order, also where a collation knows no case.
DROP VIEW shown.opportunity;
CREATE COLLATION theirs.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE theirs.note (code varchar(17) COLLATE theirs.no_case PRIMARY KEY, label text, phase text, worth numeric, chance int, position double precision);
INSERT INTO theirs.note SELECT c, 'Note ' || c, 'talk', 1, 50, 0 FROM unnest('{a1,B2,c3,"d 4",e''5}'::text[]) AS c;
CREATE VIEW shown.opportunity WITH (security_invoker) AS SELECT code AS id, label AS title, phase AS stage_id, worth AS amount, chance AS probability FROM theirs.note;
SELECT id, status, code FROM bulk_edit('{"amount": 2}', ids => '{C3,b2,A1,a1,zz,"d 4",e''5}', on_error => 'skip');
SELECT edit_opportunity('E''5', '{"amount": 3}', fields => '{amount}');
SELECT id, status FROM bulk_delete(ids => '{A1,"D 4"}');
SELECT string_agg(code, ' ' ORDER BY code) AS left_over FROM theirs.note;
SELECT pg_temp.attempt('SELECT opportunities.edit_opportunity(''c3'', ''{"amount": 1}'', expected => 1)');

-- A table of others is written as it is; a relation that lacks what a board needs, or that nothing can be written to, isn't.
CREATE TABLE shown.plain (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stage_id text, amount numeric, probability int, title text, version text);
SELECT create_opportunity('{"title": "Plain", "amount": "1.50"}', fields => '{title,amount}', relation => 'shown.plain');
SELECT id, status FROM bulk_edit('{"title": "Plainer"}', ids => '{1}', relation => 'shown.plain');
SELECT id, status FROM bulk_edit('{"title": "Plainer"}', ids => '{1}', relation => 'shown.plain');
CREATE MATERIALIZED VIEW shown.kept AS SELECT * FROM shown.plain;
CREATE VIEW shown.grouped AS SELECT min(id) AS id, stage_id, sum(amount) AS amount, 50 AS probability FROM shown.plain GROUP BY stage_id;
CREATE VIEW shown.odd_ids AS SELECT json_build_object('id', id) AS id, stage_id, amount, probability FROM shown.plain;
SELECT relation, pg_temp.attempt(format('SELECT opportunities.edit_opportunity(''1'', ''{"amount": 1}'', expected => %L, relation => %L)', CASE WHEN relation = 'shown.plain' THEN 1 END, relation))
FROM unnest('{shown.plain,shown.kept,shown.grouped,shown.odd_ids,theirs.person,theirs.person_pkey}'::text[]) AS relation;
SELECT pg_temp.attempt($$ SELECT opportunities.create_opportunity('{"id": 5}', relation => 'shown.plain') $$);

SET client_min_messages = warning;
DROP SCHEMA theirs, shown CASCADE;
DROP TABLE tries;
DROP ROLE regress_mapped_edit;
