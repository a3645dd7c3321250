-- EspoCRM shown by views: its tables cut to what is used here, a few rows, the mapping, and what it answers.
-- Run it in a database that has the extension. Over your own EspoCRM leave out its tables and rows, and write the schema of
-- its tables, public, for espocrm.

CREATE SCHEMA espocrm;
CREATE TABLE espocrm.account (id varchar(17) PRIMARY KEY, name varchar(249), deleted boolean DEFAULT false, industry varchar(100), billing_address_city varchar(100));
CREATE TABLE espocrm."user" (id varchar(17) PRIMARY KEY, user_name varchar(50), first_name varchar(100), last_name varchar(100), is_active boolean DEFAULT true);
CREATE TABLE espocrm.currency (id varchar(3) PRIMARY KEY, rate float8);
CREATE TABLE espocrm.opportunity (
	id varchar(17) PRIMARY KEY, name varchar(100), deleted boolean DEFAULT false, amount float8, amount_currency varchar(3),
	stage varchar(255) DEFAULT 'Prospecting', probability int, lead_source varchar(255), close_date date, created_at timestamp(0), modified_at timestamp(0),
	account_id varchar(17), assigned_user_id varchar(17), version_number bigint);
CREATE INDEX ON espocrm.opportunity (stage, deleted);
CREATE INDEX ON espocrm.opportunity (created_at, deleted);
CREATE TABLE espocrm.task (id varchar(17) PRIMARY KEY, name varchar(255), deleted boolean DEFAULT false, status varchar(100), date_end timestamp(0), date_end_date date,
	date_completed timestamp(0), parent_id varchar(17), parent_type varchar(100), assigned_user_id varchar(17));
CREATE INDEX ON espocrm.task (parent_id, parent_type);

INSERT INTO espocrm.account (id, name, industry, billing_address_city) VALUES ('acc1', 'Alborz', 'Energy', 'Tehran'), ('acc2', 'Cedar', 'Hotels', 'Beirut');
INSERT INTO espocrm."user" (id, user_name, first_name, last_name) VALUES ('usr1', 'sara', 'Sara', 'Karimi'), ('usr2', 'omid', 'Omid', NULL);
INSERT INTO espocrm.currency VALUES ('USD', 1), ('EUR', 1.1), ('IRR', 0.0000238);
INSERT INTO espocrm.opportunity (id, name, deleted, amount, amount_currency, stage, probability, lead_source, close_date, account_id, assigned_user_id, created_at) VALUES
	('opp1', 'Turbines',  false, 1000,              'USD', 'Prospecting',   10,  'Web Site', '2026-09-01', 'acc1', 'usr1', '2026-05-01 08:00'),
	('opp2', 'Boilers',   false, 200.1,             'EUR', 'Prospecting',   20,  'Call',     '2026-09-02', 'acc1', 'usr2', '2026-05-02 08:00'),
	('opp3', 'Refinery',  false, 12345678901234.56, 'USD', 'Qualification', 20,  'Web Site', '2026-12-31', 'acc1', 'usr1', '2026-05-03 08:00'),
	('opp4', 'Laundry',   false, 42000000,          'IRR', 'Proposal',      50,  'Call',     '2026-08-01', 'acc2', 'usr1', '2026-05-04 08:00'),
	('opp5', 'Lift',      false, NULL,              NULL,  'Negotiation',   80,  NULL,       '2026-08-15', 'acc2', NULL,   '2026-05-05 08:00'),
	('opp6', 'Kitchen',   false, 500.5,             'EUR', 'Closed Won',    100, 'Web Site', '2026-05-26', 'acc2', 'usr1', '2026-05-06 08:00'),
	('opp7', 'Lobby',     false, 300,               'USD', 'Closed Lost',   0,   'Call',     '2026-06-01', 'acc2', 'usr2', '2026-05-07 08:00'),
	('opp8', 'Swimming',  true,  9999,              'USD', 'Proposal',      50,  'Call',     '2026-08-01', 'acc2', 'usr1', '2026-05-08 08:00');
UPDATE espocrm.opportunity SET modified_at = created_at, version_number = 1;
INSERT INTO espocrm.task (id, name, status, date_end, date_end_date, parent_id, parent_type, deleted) VALUES
	('task1', 'Call back', 'Completed',   '2026-05-10 09:00', NULL,         'opp1', 'Opportunity', false), ('task2', 'Send drawings', 'Not Started', NULL, '2026-05-20', 'opp1', 'Opportunity', false),
	('task3', 'Visit',     'Not Started', '2026-05-12 09:00', NULL,         'opp1', 'Opportunity', true),  ('task4', 'Greet',         'Started',     NULL, NULL,         'opp1', 'Account', false);

-- The mapping. The stages are an enum in EspoCRM's metadata, not in the database; invoices are none of its own, so nothing
-- is ever realized.
CREATE SCHEMA espocrm_board;
CREATE VIEW espocrm_board.stage WITH (security_invoker) AS
SELECT * FROM (VALUES ('Prospecting', 'Prospecting', 1, 'open'), ('Qualification', 'Qualification', 2, 'open'), ('Proposal', 'Proposal', 3, 'open'),
	('Negotiation', 'Negotiation', 4, 'open'), ('Closed Won', 'Closed Won', 5, 'won'), ('Closed Lost', 'Closed Lost', 6, 'lost')) AS s (id, name, position, kind);

CREATE VIEW espocrm_board.account WITH (security_invoker) AS
SELECT id, name::text, billing_address_city::text AS city, industry::text FROM espocrm.account WHERE NOT deleted;
CREATE VIEW espocrm_board.app_user WITH (security_invoker) AS
SELECT user_name::text AS login, concat_ws(' ', first_name, last_name) AS name, is_active AS active FROM espocrm."user";

-- Amounts and rates are floats: their shortest text says what was entered, a cast to numeric keeps but 15 digits. Totals are
-- in the currency that the others' rates are of, as EspoCRM's are. Moments are in UTC without a zone. A column's cards are the
-- newest first; the order that each user drags them to there is not mapped.
CREATE VIEW espocrm_board.opportunity WITH (security_invoker) AS
SELECT o.id, o.name::text AS title, o.stage AS stage_id, o.account_id, u.user_name::text AS owner, o.lead_source::text AS source,
	trim_scale(o.amount::text::numeric * c.rate::text::numeric) AS amount, 'USD'::text AS currency, o.probability,
	o.amount::text::numeric AS own_amount, o.amount_currency::text AS own_currency,
	CASE WHEN o.stage NOT IN ('Closed Won', 'Closed Lost') THEN o.close_date END AS expected_close,
	CASE WHEN o.stage IN ('Closed Won', 'Closed Lost') THEN o.close_date END AS closed_on,
	o.created_at AT TIME ZONE 'UTC' AS created_at, o.modified_at AT TIME ZONE 'UTC' AS updated_at, o.version_number AS version
FROM espocrm.opportunity AS o
LEFT JOIN espocrm.currency AS c ON c.id = o.amount_currency
LEFT JOIN espocrm."user" AS u ON u.id = o.assigned_user_id
WHERE NOT o.deleted;

-- What is written through the view becomes what EspoCRM would make of it: a stage brings its probability, each change another
-- version, a deletion can be taken back. Amounts are those of the deal's own currency; they are converted in the view alone.
-- A row that somebody else changed since the statement began is left: edit_opportunity looks at it anew.
CREATE FUNCTION espocrm_board.write_opportunity() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seller varchar := (SELECT u.id FROM espocrm."user" AS u WHERE u.user_name = NEW.owner);
	moment timestamp := now() AT TIME ZONE 'UTC';
	chance int := NEW.probability;
BEGIN
	IF TG_OP = 'DELETE' THEN
		UPDATE espocrm.opportunity AS o SET deleted = true WHERE o.id = OLD.id AND NOT o.deleted;
		RETURN CASE WHEN FOUND THEN OLD END;
	ELSIF NEW.owner IS NOT NULL AND seller IS NULL THEN
		RAISE 'nobody has this name' USING ERRCODE = '23503', CONSTRAINT = 'owner_unknown', COLUMN = 'owner';
	ELSIF TG_OP = 'INSERT' OR NEW.stage_id <> OLD.stage_id AND chance IS NOT DISTINCT FROM OLD.probability THEN
		chance := coalesce(CASE WHEN TG_OP = 'INSERT' THEN chance END, ('{"Prospecting": 10, "Qualification": 20, "Proposal": 50, "Negotiation": 80, "Closed Won": 100, "Closed Lost": 0}'::jsonb ->> coalesce(NEW.stage_id, 'Prospecting'))::int);
	END IF;
	IF TG_OP = 'INSERT' THEN
		INSERT INTO espocrm.opportunity (id, name, deleted, amount, amount_currency, stage, probability, lead_source, close_date, account_id, assigned_user_id, created_at, modified_at, version_number)
		VALUES (coalesce(NEW.id, left(replace(gen_random_uuid()::text, '-', ''), 17)), NEW.title, false, NEW.own_amount, coalesce(NEW.own_currency, 'USD'), coalesce(NEW.stage_id, 'Prospecting'), chance, NEW.source, NEW.expected_close, NEW.account_id, seller, moment, moment, 1)
		RETURNING id INTO NEW.id;
		RETURN NEW;
	END IF;

	PERFORM FROM espocrm.opportunity AS o WHERE o.id = OLD.id FOR UPDATE;
	IF OLD IS DISTINCT FROM (SELECT o FROM espocrm_board.opportunity AS o WHERE o.id = OLD.id) THEN
		RETURN NULL;
	ELSIF NEW.amount IS DISTINCT FROM OLD.amount OR NEW.currency IS DISTINCT FROM OLD.currency THEN
		RAISE 'amounts are converted: set own_amount and own_currency' USING ERRCODE = '22023', CONSTRAINT = 'read_only_field', COLUMN = 'amount';
	END IF;
	UPDATE espocrm.opportunity AS o SET name = NEW.title, stage = NEW.stage_id, probability = chance, amount = NEW.own_amount, amount_currency = NEW.own_currency, lead_source = NEW.source,
		account_id = NEW.account_id, assigned_user_id = seller, modified_at = moment, version_number = coalesce(o.version_number, 0) + 1,
		close_date = CASE WHEN NEW.closed_on IS DISTINCT FROM OLD.closed_on THEN NEW.closed_on WHEN NEW.expected_close IS DISTINCT FROM OLD.expected_close THEN NEW.expected_close ELSE o.close_date END
	WHERE o.id = OLD.id;
	RETURN NEW;
END $$;
CREATE TRIGGER write_opportunity INSTEAD OF INSERT OR UPDATE OR DELETE ON espocrm_board.opportunity FOR EACH ROW EXECUTE FUNCTION espocrm_board.write_opportunity();

-- A task is due at a moment, or on a day.
CREATE VIEW espocrm_board.activity WITH (security_invoker) AS
SELECT t.id, t.parent_id AS opportunity_id, 'task'::text AS kind, t.name::text AS subject, coalesce(t.date_end AT TIME ZONE 'UTC', opportunities.business_moment(t.date_end_date)) AS due_at,
	CASE WHEN t.status IN ('Completed', 'Canceled') THEN coalesce(t.date_completed, t.date_end, '-infinity') AT TIME ZONE 'UTC' END AS done_at, u.user_name::text AS assignee
FROM espocrm.task AS t LEFT JOIN espocrm."user" AS u ON u.id = t.assigned_user_id
WHERE t.parent_type = 'Opportunity' AND NOT t.deleted;

-- What pages read by: of a list, of a column.
CREATE INDEX ON espocrm.opportunity ((created_at AT TIME ZONE 'UTC') DESC NULLS LAST, id DESC);
CREATE INDEX ON espocrm.opportunity (stage, (created_at AT TIME ZONE 'UTC') DESC NULLS LAST, id DESC);
SELECT opportunities.create_crm('espocrm_board', parts => '{filters}') \g /dev/null
SELECT * FROM opportunities.check_crm('espocrm_board');

-- The board. Prospecting: 1000 + 200.1 × 1.1, and 1000 × 10 % + 220.11 × 20 %. Qualification has all sixteen digits.
-- Proposal: 42000000 × 0.0000238.
SELECT stage, kind, count, final_total, estimated_total, realized_total, currency, jsonb_path_query_array(cards, '$[*].title') AS cards
FROM opportunities.board('espocrm_board.opportunity');

-- A list, the newest first, two pages of it
SELECT n AS page, r ->> 'title' AS title, r ->> 'account.name' AS account, r ->> 'owner.name' AS owner, r ->> 'amount' AS amount, r ->> 'own_amount' AS own_amount, r ->> 'own_currency' AS own_currency
FROM opportunities.list('espocrm_board.opportunity', fields => '{title,account.name,owner.name,amount,own_amount,own_currency}', size => 4) AS one,
	opportunities.list('espocrm_board.opportunity', fields => '{title,account.name,owner.name,amount,own_amount,own_currency}', size => 4, after => one -> 'next') AS two,
	LATERAL (VALUES (1, one), (2, two)) AS p (n, page), jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS r (r, place)
ORDER BY n, place;

-- what is to be done next: the first that isn't done
SELECT r ->> 'title' AS title, r ->> 'next_activity' AS next_activity, left(r ->> 'next_activity_at', 10) AS due
FROM jsonb_array_elements(opportunities.list('espocrm_board.opportunity', fields => '{title,next_activity,next_activity_at}', sort => '{id}', size => 2) -> 'rows') AS r;

-- A filter: a condition of any statement, and an argument of boards, lists and reports
SELECT opportunities.save_filter('Sara''s open ones', '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}, {"field": "owner", "operator": "=", "value": "sara"}]}',
	shared => true, relation => 'espocrm_board.opportunity') > 0 AS saved;
SELECT id, title, amount FROM espocrm_board.opportunity AS o WHERE opportunities.matches(o, 'Sara''s open ones') ORDER BY id;
SELECT stage, count, final_total FROM opportunities.board('espocrm_board.opportunity', filter => 'Sara''s open ones') WHERE count > 0;

-- A report: by source, and of all: one of two was won, after 20 days
SELECT dimensions ->> 'source' AS source, count, final_total, open_count, open_estimated FROM opportunities.report('espocrm_board.opportunity', by => '{source}');
SELECT count, final_total, won, lost, won_total, round(win_rate, 4) AS win_rate, round(avg_days_to_close, 1) AS days FROM opportunities.report('espocrm_board.opportunity');

-- What a form, a drag and a group edit write, and what EspoCRM has of it then: 300.10 euros are 330.11 dollars, and a stage brings
-- its probability unless another is given.
SELECT opportunities.edit_opportunity('opp2', '{"own_amount": "300.10", "stage_id": "Proposal", "owner": "sara"}', expected => 1, fields => '{title,amount,own_amount,stage.name,probability,owner.name,version}', relation => 'espocrm_board.opportunity');
SELECT card -> 'card' AS card, card -> 'place' AS place, card #>> '{column,final_total}' AS qualified, card #>> '{left,final_total}' AS left_total
FROM opportunities.move('opp1', 'Qualification', expected => 1, with_totals => true, fields => '{title,probability,version}', relation => 'espocrm_board.opportunity') AS card;
SELECT opportunities.create_opportunity('{"id": "opp9", "title": "Pumps", "own_amount": 77, "account_id": "acc1", "source": "Call"}', fields => '{title,amount,own_currency,stage.name,probability,account.name,version}', relation => 'espocrm_board.opportunity');
SELECT id, status, code FROM opportunities.bulk_edit('{"stage_id": "Closed Won", "closed_on": "2026-06-15"}', ids => '{opp4,opp5,opp8}', on_error => 'skip', relation => 'espocrm_board.opportunity');
SELECT id, status FROM opportunities.bulk_delete(ids => '{opp7}', relation => 'espocrm_board.opportunity');
SELECT id, name, deleted, amount, amount_currency AS currency, stage, probability AS "%", close_date, assigned_user_id AS seller, version_number AS version FROM espocrm.opportunity WHERE id IN ('opp1', 'opp2', 'opp4', 'opp5', 'opp7', 'opp9') ORDER BY id;
SELECT stage, count, final_total, estimated_total, jsonb_path_query_array(cards, '$[*].title') AS cards FROM opportunities.board('espocrm_board.opportunity') WHERE count > 0;
