-- Plans are kept for the session. What a plan fires may make it another one, or have it forgotten, while it runs.
SET client_min_messages = warning;
SELECT opportunities.create_crm('crm_plans', starter => true);
SET search_path = crm_plans;
CREATE SCHEMA crm_plans_elsewhere;
INSERT INTO opportunity (pipeline_id, stage_id, title) VALUES (1, 1, 'a'), (1, 1, 'b'), (1, 2, 'c');

-- Tables go to another schema while an amount follows its lines, and lines are written there.
CREATE FUNCTION crm_plans.go() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	moved regclass;
BEGIN
	FOR moved IN SELECT oid FROM pg_class WHERE relnamespace = 'crm_plans'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('ALTER TABLE %s SET SCHEMA crm_plans_elsewhere', moved);
	END LOOP;
	INSERT INTO crm_plans_elsewhere.opportunity_line (opportunity_id, unit_price) VALUES (2, 7);
	RETURN NULL;
END $$;
CREATE TRIGGER go AFTER UPDATE ON opportunity FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION crm_plans.go();
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 5);
SET search_path = crm_plans_elsewhere;
DROP TRIGGER go ON opportunity;
INSERT INTO opportunity_line (opportunity_id, unit_price) VALUES (1, 2), (2, 2);
SELECT id, amount FROM opportunity ORDER BY id;

-- A move whose neighbours make room, and whose own statement is forgotten meanwhile.
CREATE FUNCTION lists() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	n int;
BEGIN
	FOR n IN 1..120 LOOP
		PERFORM opportunities.list('crm_plans_elsewhere.opportunity', scope => '{"id": 1}',
			fields => ARRAY['custom.k' || n]);
	END LOOP;
	RETURN NULL;
END $$;
UPDATE opportunity SET position = 9223372036854775807 WHERE title = 'a';
CREATE TRIGGER lists AFTER UPDATE OF position ON opportunity FOR EACH STATEMENT EXECUTE FUNCTION lists();
SELECT opportunities.move('3', '1') ->> 'title' AS title;
SELECT title, rank() OVER (ORDER BY position DESC) FROM opportunity;
DROP TRIGGER lists ON opportunity;

-- The same under a filter of a card that is asked at run time.
CREATE FUNCTION hot(o opportunity) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN opportunities.matches_rules(o, '{"combinator": "and", "rules": [{"field": "stage.kind", "operator": "=", "value": "open"}]}');
END $$;
CREATE FUNCTION renames() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	ALTER TABLE stage RENAME position TO place;
	ALTER TABLE stage RENAME place TO position;
	RETURN NULL;
END $$;
CREATE TRIGGER renames AFTER UPDATE ON opportunity FOR EACH ROW WHEN (hot(NEW)) EXECUTE FUNCTION renames();
UPDATE opportunity SET title = title || '!';
SELECT title, hot(o) FROM opportunity AS o ORDER BY id;

DROP SCHEMA crm_plans, crm_plans_elsewhere CASCADE;
