-- Twenty shown by views: a workspace's tables cut to what is used here, a few rows, the mapping, and what it answers.
-- Run it in a database that has the extension. Over your own Twenty leave out its tables and rows, and write the schema of
-- your workspace, workspace_…, for twenty.

CREATE SCHEMA twenty;
-- LOST is no option from the start: whoever loses deals adds it
CREATE TYPE twenty.opportunity_stage_enum AS ENUM ('NEW', 'SCREENING', 'MEETING', 'PROPOSAL', 'CUSTOMER', 'LOST');
CREATE TABLE twenty.company ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "deletedAt" timestamptz, "name" text DEFAULT '', "addressAddressCity" text);
CREATE TABLE twenty."workspaceMember" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "nameFirstName" text DEFAULT '', "nameLastName" text DEFAULT '', "userEmail" text);
CREATE TABLE twenty.opportunity (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "createdAt" timestamptz NOT NULL DEFAULT now(), "updatedAt" timestamptz NOT NULL DEFAULT now(), "deletedAt" timestamptz,
	"name" text DEFAULT '', "amountAmountMicros" numeric, "amountCurrencyCode" text, "closeDate" timestamptz,
	"stage" twenty.opportunity_stage_enum NOT NULL DEFAULT 'NEW', "position" float NOT NULL DEFAULT 0,
	"companyId" uuid REFERENCES twenty.company ON DELETE SET NULL, "ownerId" uuid REFERENCES twenty."workspaceMember" ON DELETE SET NULL);
CREATE INDEX ON twenty.opportunity ("stage");
CREATE INDEX ON twenty.opportunity ("companyId");
CREATE TABLE twenty.task ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "deletedAt" timestamptz, "title" text, "dueAt" timestamptz, "status" text DEFAULT 'TODO', "updatedAt" timestamptz NOT NULL DEFAULT now(), "assigneeId" uuid REFERENCES twenty."workspaceMember");
CREATE TABLE twenty."taskTarget" ("id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "deletedAt" timestamptz, "taskId" uuid REFERENCES twenty.task, "targetOpportunityId" uuid REFERENCES twenty.opportunity);
CREATE INDEX ON twenty."taskTarget" ("targetOpportunityId");

INSERT INTO twenty.company ("id", "name", "addressAddressCity") VALUES
	('c0000000-0000-0000-0000-000000000001', 'Airbnb', 'San Francisco'), ('c0000000-0000-0000-0000-000000000002', 'Stripe', 'Dublin');
INSERT INTO twenty."workspaceMember" ("id", "nameFirstName", "nameLastName", "userEmail") VALUES
	('a0000000-0000-0000-0000-000000000001', 'Tim', 'Apple', 'tim@apple.dev'), ('a0000000-0000-0000-0000-000000000002', 'Jane', 'Austen', 'jane@austen.dev');
INSERT INTO twenty.opportunity ("id", "name", "stage", "amountAmountMicros", "amountCurrencyCode", "closeDate", "position", "companyId", "ownerId", "createdAt", "deletedAt")
SELECT ('b0000000-0000-0000-0000-00000000000' || n)::uuid, name, stage::twenty.opportunity_stage_enum, micros, currency, closing, place,
	('c0000000-0000-0000-0000-00000000000' || company)::uuid, ('a0000000-0000-0000-0000-00000000000' || owner)::uuid, '2026-04-01Z'::timestamptz + n * interval '1 day', deleted
FROM (VALUES
	(1, 'Airship',   'NEW',      1500250000, 'USD', '2026-07-01Z'::timestamptz, 1, 1, 1,    NULL::timestamptz),
	(2, 'Balloon',   'NEW',      NULL,       '',    NULL,                       -2.5, 1, 2, NULL), -- dragged to the top
	(3, 'Glider',    'MEETING',  99999999,   'EUR', '2026-07-15Z',              3, 2, 1,    NULL),
	(4, 'Kite',      'PROPOSAL', 2000000000, 'USD', '2026-06-20Z',              4, 2, 2,    NULL),
	(5, 'Parachute', 'CUSTOMER', 700000000,  'USD', '2026-05-16Z',              5, 1, 1,    NULL),
	(6, 'Rocket',    'LOST',     9000000000, 'USD', NULL,                       6, 2, 2,    NULL),
	(7, 'Submarine', 'NEW',      50000000,   'USD', NULL,                       7, 1, 1,    '2026-04-20Z'),
	(8, 'Zeppelin',  'PROPOSAL', 100000000,  'EUR', '2026-06-30Z',              8, 1, NULL, NULL)
) AS d (n, name, stage, micros, currency, closing, place, company, owner, deleted);
-- a task of two deals, one that is done, one that is deleted
INSERT INTO twenty.task ("id", "title", "dueAt", "status", "deletedAt") VALUES
	('d0000000-0000-0000-0000-000000000001', 'Call the pilot', '2026-05-02Z', 'TODO', NULL), ('d0000000-0000-0000-0000-000000000002', 'Write', '2026-05-01Z', 'DONE', NULL),
	('d0000000-0000-0000-0000-000000000003', 'Wait', '2026-04-30Z', 'TODO', '2026-04-29Z');
INSERT INTO twenty."taskTarget" ("taskId", "targetOpportunityId")
SELECT ('d0000000-0000-0000-0000-00000000000' || task)::uuid, ('b0000000-0000-0000-0000-00000000000' || deal)::uuid FROM (VALUES (1, 1), (1, 3), (2, 1), (3, 1)) AS d (task, deal);

-- The mapping. Twenty doesn't know which stages are won or lost, nor how probable a deal in each of them is: say it here.
-- It has no invoices either, so nothing is ever realized.
CREATE SCHEMA twenty_board;
CREATE VIEW twenty_board.stage WITH (security_invoker) AS
SELECT e.id, initcap(e.id::text) AS name, e.place::int AS position, CASE e.id WHEN 'CUSTOMER' THEN 'won' WHEN 'LOST' THEN 'lost' ELSE 'open' END AS kind
FROM unnest(enum_range(NULL::twenty.opportunity_stage_enum)) WITH ORDINALITY AS e (id, place);

CREATE VIEW twenty_board.account WITH (security_invoker) AS SELECT "id", "name", "addressAddressCity" AS city FROM twenty.company;
CREATE VIEW twenty_board.app_user WITH (security_invoker) AS
SELECT "userEmail" AS login, concat_ws(' ', "nameFirstName", "nameLastName") AS name FROM twenty."workspaceMember";

-- Amounts are in micros, those that are missing have the currency ''. A board's cards stand in the order of position, the
-- smallest on top; here the greatest is. One day is the day expected or that of the closing, as the stage is.
CREATE VIEW twenty_board.opportunity WITH (security_invoker) AS
SELECT o."id", o."name" AS title, o."stage" AS stage_id, o."companyId" AS account_id, m."userEmail" AS owner,
	trim_scale(o."amountAmountMicros" * 0.000001) AS amount, o."amountCurrencyCode" AS currency,
	CASE o."stage" WHEN 'NEW' THEN 10 WHEN 'SCREENING' THEN 25 WHEN 'MEETING' THEN 50 WHEN 'PROPOSAL' THEN 75 WHEN 'CUSTOMER' THEN 100 ELSE 0 END AS probability,
	CASE WHEN o."stage" NOT IN ('CUSTOMER', 'LOST') THEN opportunities.business_date(o."closeDate") END AS expected_close,
	CASE WHEN o."stage" IN ('CUSTOMER', 'LOST') THEN opportunities.business_date(o."closeDate") END AS closed_on,
	-o."position" AS position, o."createdAt" AS created_at, o."updatedAt" AS updated_at
FROM twenty.opportunity AS o LEFT JOIN twenty."workspaceMember" AS m ON m."id" = o."ownerId"
WHERE o."deletedAt" IS NULL;

-- What is written through the view becomes what Twenty keeps: micros, members, a deletion that can be taken back. A probability
-- is the stage's alone. A row that somebody else changed since the statement began is left: edit_opportunity looks at it anew.
CREATE FUNCTION twenty_board.write_opportunity() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	member uuid := (SELECT m."id" FROM twenty."workspaceMember" AS m WHERE m."userEmail" = NEW.owner);
BEGIN
	IF TG_OP = 'DELETE' THEN
		UPDATE twenty.opportunity AS o SET "deletedAt" = now() WHERE o."id" = OLD.id AND o."deletedAt" IS NULL;
		RETURN CASE WHEN FOUND THEN OLD END;
	ELSIF NEW.owner IS NOT NULL AND member IS NULL THEN
		RAISE 'nobody has this address' USING ERRCODE = '23503', CONSTRAINT = 'owner_unknown', COLUMN = 'owner';
	ELSIF TG_OP = 'INSERT' THEN
		INSERT INTO twenty.opportunity ("name", "stage", "companyId", "ownerId", "amountAmountMicros", "amountCurrencyCode", "closeDate", "position")
		SELECT NEW.title, coalesce(NEW.stage_id, 'NEW'), NEW.account_id, member, trim_scale(NEW.amount * 1000000), coalesce(NEW.currency, ''), opportunities.business_moment(NEW.expected_close), coalesce(min(o."position"), 0) - 1 FROM twenty.opportunity AS o
		RETURNING "id" INTO NEW.id;
		RETURN NEW;
	END IF;

	PERFORM FROM twenty.opportunity AS o WHERE o."id" = OLD.id FOR UPDATE;
	IF OLD IS DISTINCT FROM (SELECT o FROM twenty_board.opportunity AS o WHERE o.id = OLD.id) THEN
		RETURN NULL;
	ELSIF NEW.probability IS DISTINCT FROM OLD.probability THEN
		RAISE 'the probability is that of the stage' USING ERRCODE = '22023', CONSTRAINT = 'read_only_field', COLUMN = 'probability';
	END IF;
	UPDATE twenty.opportunity AS o SET "name" = NEW.title, "stage" = NEW.stage_id, "companyId" = NEW.account_id, "ownerId" = member,
		"amountAmountMicros" = trim_scale(NEW.amount * 1000000), "amountCurrencyCode" = coalesce(NEW.currency, ''), "position" = -NEW.position, "updatedAt" = now(),
		"closeDate" = CASE WHEN NEW.closed_on IS DISTINCT FROM OLD.closed_on THEN opportunities.business_moment(NEW.closed_on)
			WHEN NEW.expected_close IS DISTINCT FROM OLD.expected_close THEN opportunities.business_moment(NEW.expected_close) ELSE o."closeDate" END
	WHERE o."id" = OLD.id;
	RETURN NEW;
END $$;
CREATE TRIGGER write_opportunity INSTEAD OF INSERT OR UPDATE OR DELETE ON twenty_board.opportunity FOR EACH ROW EXECUTE FUNCTION twenty_board.write_opportunity();

-- A task may be of many deals: each of them has it.
CREATE VIEW twenty_board.activity WITH (security_invoker) AS
SELECT tt."id", tt."targetOpportunityId" AS opportunity_id, 'task'::text AS kind, t."title" AS subject, t."dueAt" AS due_at,
	CASE WHEN t."status" = 'DONE' THEN t."updatedAt" END AS done_at, m."userEmail" AS assignee
FROM twenty."taskTarget" AS tt JOIN twenty.task AS t ON t."id" = tt."taskId" LEFT JOIN twenty."workspaceMember" AS m ON m."id" = t."assigneeId"
WHERE tt."deletedAt" IS NULL AND t."deletedAt" IS NULL AND tt."targetOpportunityId" IS NOT NULL;

-- What pages read by: of a list, of an open column, of a final one.
CREATE INDEX ON twenty.opportunity ("createdAt" DESC, "id" DESC);
CREATE INDEX ON twenty.opportunity ("stage", (-"position") DESC NULLS LAST, "id" DESC);
CREATE INDEX ON twenty.opportunity ("stage", "createdAt" DESC, "id" DESC);
SELECT opportunities.create_crm('twenty_board', parts => '{filters}') \g /dev/null
SELECT * FROM opportunities.check_crm('twenty_board');

-- The board. A deal without an amount opens no currency of its own; Meeting: 99.999999 × 50 %. Proposal has two currencies.
SELECT stage, kind, count, final_total, estimated_total, realized_total, currency, jsonb_path_query_array(cards, '$[*].title') AS cards
FROM opportunities.board('twenty_board.opportunity');
SELECT c.* FROM opportunities.board('twenty_board.opportunity'), jsonb_to_recordset(by_currency) AS c (currency text, count int, final_total numeric, estimated_total numeric)
WHERE stage = 'Proposal';

-- A list, the newest first, two pages of it
SELECT n AS page, r ->> 'title' AS title, r ->> 'account.name' AS account, r ->> 'owner.name' AS owner, r ->> 'amount' AS amount, r ->> 'expected_close' AS expected_close
FROM opportunities.list('twenty_board.opportunity', fields => '{title,account.name,owner.name,amount,expected_close}', size => 4) AS one,
	opportunities.list('twenty_board.opportunity', fields => '{title,account.name,owner.name,amount,expected_close}', size => 4, after => one -> 'next') AS two,
	LATERAL (VALUES (1, one), (2, two)) AS p (n, page), jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS r (r, place)
ORDER BY n, place;

-- what is to be done next: the first that isn't done
SELECT r ->> 'title' AS title, r ->> 'next_activity' AS next_activity, left(r ->> 'next_activity_at', 10) AS due
FROM jsonb_array_elements(opportunities.list('twenty_board.opportunity', fields => '{title,next_activity,next_activity_at}', sort => '{title}', size => 3) -> 'rows') AS r;

-- A filter: a condition of any statement, and an argument of boards, lists and reports
SELECT opportunities.save_filter('Dublin''s open ones', '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}, {"field": "account.city", "operator": "=", "value": "Dublin"}]}',
	shared => true, relation => 'twenty_board.opportunity') > 0 AS saved;
SELECT title, amount, currency FROM twenty_board.opportunity AS o WHERE opportunities.matches(o, 'Dublin''s open ones') ORDER BY title;
SELECT stage, count, final_total FROM opportunities.board('twenty_board.opportunity', filter => 'Dublin''s open ones') WHERE count > 0;

-- A report of the dollars: 150.025 + 1500 of what is open; one won, after 40 days, one lost
SELECT count, open_count, open_estimated, won, lost, won_total, round(win_rate, 4) AS win_rate, round(avg_days_to_close, 1) AS days
FROM opportunities.report('twenty_board.opportunity', scope => '{"currency": "USD"}');
SELECT labels ->> 'owner' AS owner, count, open_count, won, lost FROM opportunities.report('twenty_board.opportunity', by => '{owner}');

-- What a form, a drag and a group edit write, and what Twenty has of it then: 20.50 dollars are 20500000 micros.
SELECT opportunities.edit_opportunity('b0000000-0000-0000-0000-000000000002', '{"amount": "20.50", "currency": "USD", "owner": "tim@apple.dev", "expected_close": "2026-08-01"}',
	fields => '{title,amount,currency,owner.name,expected_close}', relation => 'twenty_board.opportunity');
SELECT opportunities.create_opportunity('{"title": "Drone", "amount": "9.99", "currency": "EUR", "stage_id": "SCREENING"}', fields => '{title,amount,probability,stage.name}', relation => 'twenty_board.opportunity') - 'id' AS created;
-- on top of Drone, which Twenty has at -3.5, and then between the two
SELECT opportunities.move('b0000000-0000-0000-0000-000000000003', 'SCREENING', fields => '{title,position}', relation => 'twenty_board.opportunity') AS on_top;
SELECT card #>> '{card,position}' AS position, card -> 'place' AS place, card #>> '{column,count}' AS count, card #>> '{left,count}' AS left_count, card #>> '{left,final_total}' AS left_total
FROM opportunities.move('b0000000-0000-0000-0000-000000000004', 'SCREENING', below => 'b0000000-0000-0000-0000-000000000003', with_totals => true, fields => '{position}', relation => 'twenty_board.opportunity') AS card;
SELECT right(id, 1) AS deal, status FROM opportunities.bulk_edit('{"stage_id": "CUSTOMER", "closed_on": "2026-05-31"}', rules => '{"combinator": "and", "rules": [{"field": "stage_id", "operator": "=", "value": "PROPOSAL"}]}', expected_count => 1, relation => 'twenty_board.opportunity');
SELECT right(id, 1) AS deal, status, code, field FROM opportunities.bulk_edit('{"probability": 1}', ids => '{b0000000-0000-0000-0000-000000000001,b0000000-0000-0000-0000-000000000007}', on_error => 'skip', relation => 'twenty_board.opportunity');
SELECT right(id, 1) AS deal, status FROM opportunities.bulk_delete(ids => '{b0000000-0000-0000-0000-000000000006}', relation => 'twenty_board.opportunity');
SELECT "name", "stage", "amountAmountMicros", "amountCurrencyCode", "closeDate" AT TIME ZONE 'UTC' AS "closeDate", "position", right("ownerId"::text, 1) AS owner, "deletedAt" IS NOT NULL AS deleted FROM twenty.opportunity ORDER BY "name" COLLATE "C";
SELECT stage, count, (SELECT string_agg(concat_ws(' ', c ->> 'final_total', c ->> 'currency'), ', ') FROM jsonb_array_elements(by_currency) AS c) AS totals, jsonb_path_query_array(cards, '$[*].title') AS cards FROM opportunities.board('twenty_board.opportunity') WHERE count > 0;
