-- Odoo 19 shown by views: its tables cut to what is used here, a few rows, the mapping, and what it answers.
-- Run it in a database that has the extension. Over your own Odoo leave out its tables and rows, and write the schema of
-- its tables, public, for odoo.

CREATE SCHEMA odoo;
CREATE TABLE odoo.res_currency (id serial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE odoo.res_company (id serial PRIMARY KEY, name varchar NOT NULL, currency_id int NOT NULL REFERENCES odoo.res_currency);
CREATE TABLE odoo.res_partner (id serial PRIMARY KEY, name varchar, is_company boolean, city varchar);
CREATE TABLE odoo.res_users (id serial PRIMARY KEY, login varchar NOT NULL UNIQUE, partner_id int NOT NULL REFERENCES odoo.res_partner, active boolean DEFAULT true);
CREATE TABLE odoo.crm_team (id serial PRIMARY KEY, name jsonb NOT NULL);
CREATE TABLE odoo.crm_stage (id serial PRIMARY KEY, name jsonb NOT NULL, sequence int, is_won boolean);
CREATE TABLE odoo.crm_lost_reason (id serial PRIMARY KEY, name jsonb NOT NULL);
CREATE TABLE odoo.crm_lead (
	id serial PRIMARY KEY, name varchar NOT NULL, type varchar NOT NULL, active boolean, priority varchar, won_status varchar,
	stage_id int REFERENCES odoo.crm_stage, team_id int REFERENCES odoo.crm_team, user_id int REFERENCES odoo.res_users,
	partner_id int REFERENCES odoo.res_partner, company_id int REFERENCES odoo.res_company, lost_reason_id int REFERENCES odoo.crm_lost_reason,
	expected_revenue numeric, prorated_revenue numeric, probability float8,
	date_deadline date, date_closed timestamp, create_date timestamp, write_date timestamp);
CREATE INDEX ON odoo.crm_lead (stage_id);
CREATE TABLE odoo.mail_activity_type (id serial PRIMARY KEY, name jsonb NOT NULL);
CREATE TABLE odoo.mail_activity (id serial PRIMARY KEY, res_model varchar, res_id int, activity_type_id int REFERENCES odoo.mail_activity_type,
	summary varchar, note text, date_deadline date NOT NULL, date_done date, user_id int REFERENCES odoo.res_users);
CREATE INDEX ON odoo.mail_activity (res_id);
CREATE TABLE odoo.sale_order (id serial PRIMARY KEY, name varchar NOT NULL, opportunity_id int REFERENCES odoo.crm_lead);
CREATE INDEX ON odoo.sale_order (opportunity_id);
CREATE TABLE odoo.sale_order_line (id serial PRIMARY KEY, order_id int NOT NULL REFERENCES odoo.sale_order);
CREATE INDEX ON odoo.sale_order_line (order_id);
CREATE TABLE odoo.account_move (id serial PRIMARY KEY, name varchar, move_type varchar NOT NULL, state varchar NOT NULL);
CREATE TABLE odoo.account_move_line (id serial PRIMARY KEY, move_id int NOT NULL REFERENCES odoo.account_move, balance numeric);
CREATE TABLE odoo.sale_order_line_invoice_rel (invoice_line_id int REFERENCES odoo.account_move_line, order_line_id int REFERENCES odoo.sale_order_line, PRIMARY KEY (order_line_id, invoice_line_id));

INSERT INTO odoo.res_currency (name) VALUES ('EUR'), ('USD');
INSERT INTO odoo.res_company (name, currency_id) VALUES ('Main', 1), ('Overseas', 2);
INSERT INTO odoo.res_partner (name, is_company, city) VALUES ('Azure Interior', true, 'Oslo'), ('Deco Addict', true, 'Paris'), ('Mitchell Admin', false, NULL), ('Marc Demo', false, NULL);
INSERT INTO odoo.res_users (login, partner_id) VALUES ('admin', 3), ('demo', 4);
INSERT INTO odoo.crm_team (name) VALUES ('{"en_US": "Sales"}'), ('{"en_US": "Website", "fr_FR": "Site web"}');
INSERT INTO odoo.crm_stage (name, sequence, is_won) VALUES
	('{"en_US": "New", "fr_FR": "Nouveau"}', 1, NULL), ('{"en_US": "Qualified"}', 2, false), ('{"fr_FR": "Proposition"}', 3, NULL), ('{"en_US": "Won"}', 70, true);
INSERT INTO odoo.crm_lost_reason (name) VALUES ('{"en_US": "Too expensive"}');
INSERT INTO odoo.crm_lead (name, type, active, priority, won_status, stage_id, team_id, user_id, partner_id, company_id, expected_revenue, prorated_revenue, probability, create_date, date_closed) VALUES
	('Office chairs',   'opportunity', true,  '1', 'pending', 1, 1, 1,    1,    1,    1000.00, 100.00,  10,    '2026-03-01', NULL),
	('Warehouse racks', 'opportunity', true,  '3', 'pending', 1, 2, 2,    1,    NULL, 333.33,  111.10,  33.33, '2026-03-02', NULL),
	('Desk lamps',      'opportunity', true,  '0', 'pending', 2, 1, 1,    2,    1,    400.50,  80.10,   20,    '2026-03-03', NULL),
	('Cabling',         'opportunity', true,  '0', 'pending', 2, 2, 2,    2,    2,    250.00,  100.00,  40,    '2026-03-04', NULL),
	('Partitions',      'opportunity', true,  '0', 'pending', 3, 1, NULL, NULL, 1,    NULL,    0.00,    0,     '2026-03-05', NULL), -- of probability 0, but not archived: open
	('Meeting room',    'opportunity', true,  '2', 'won',     4, 1, 1,    1,    1,    1500.00, 1500.00, 100,   '2026-03-01', '2026-03-11 10:00'),
	('Reception',       'opportunity', true,  '0', 'won',     4, 1, 2,    2,    1,    600.00,  600.00,  100,   '2026-03-01', '2026-03-21 10:00'),
	('Canteen',         'opportunity', false, '0', 'lost',    3, 1, 1,    2,    1,    800.00,  0.00,    0,     '2026-03-01', '2026-03-15 10:00'),
	('Parking',         'opportunity', false, '0', 'pending', 2, 1, 1,    2,    1,    5000.00, 1000.00, 20,    '2026-03-01', NULL), -- archived, but not lost
	('Somebody called', 'lead',        true,  '0', 'pending', 1, 1, NULL, NULL, 1,    70.00,   7.00,    10,    '2026-03-01', NULL);
UPDATE odoo.crm_lead SET write_date = create_date, lost_reason_id = CASE WHEN won_status = 'lost' THEN 1 END;
INSERT INTO odoo.mail_activity_type (name) VALUES ('{"en_US": "Call"}'), ('{"en_US": "Meeting"}');
INSERT INTO odoo.mail_activity (res_model, res_id, activity_type_id, summary, date_deadline, date_done, user_id) VALUES
	('crm.lead',    1, 1, 'Ask for the plan', '2026-03-10', '2026-03-09', 1), ('crm.lead',    1, 2, 'Measure',      '2026-03-20', NULL, 2),
	('crm.lead',    1, 1, 'Send samples',     '2026-03-30', NULL,         1), ('res.partner', 3, 1, 'Not of a lead', '2026-03-05', NULL, 1);
-- 1200 invoiced for the meeting room, 200 of it given back, 500 more drafted
INSERT INTO odoo.sale_order (name, opportunity_id) VALUES ('S00001', 6);
INSERT INTO odoo.sale_order_line (order_id) VALUES (1), (1);
INSERT INTO odoo.account_move (name, move_type, state) VALUES ('INV/1', 'out_invoice', 'posted'), ('RINV/1', 'out_refund', 'posted'), (NULL, 'out_invoice', 'draft');
INSERT INTO odoo.account_move_line (move_id, balance) VALUES (1, -900.00), (1, -300.00), (2, 200.00), (3, -500.00);
INSERT INTO odoo.sale_order_line_invoice_rel VALUES (1, 1), (2, 1), (2, 2), (3, 1), (4, 2);

-- The mapping. Odoo knows no stage of what is lost: that is archived with probability 0, and keeps the stage that it was in.
CREATE SCHEMA odoo_board;
CREATE VIEW odoo_board.stage WITH (security_invoker) AS
SELECT s.id, n.name, row_number() OVER (ORDER BY s.sequence, n.name, s.id)::int AS position, CASE WHEN s.is_won THEN 'won' ELSE 'open' END AS kind
FROM odoo.crm_stage AS s, LATERAL (SELECT coalesce(s.name ->> 'en_US', min(t.value)) AS name FROM jsonb_each_text(s.name) AS t) AS n
UNION ALL
SELECT 0, 'Lost', 2147483647, 'lost';

CREATE VIEW odoo_board.account WITH (security_invoker) AS
SELECT id, name::text, CASE WHEN is_company THEN 'organization' ELSE 'person' END AS kind, city::text FROM odoo.res_partner;
CREATE VIEW odoo_board.team WITH (security_invoker) AS SELECT id, name ->> 'en_US' AS name FROM odoo.crm_team;
CREATE VIEW odoo_board.app_user WITH (security_invoker) AS
SELECT u.login::text, p.name::text, u.active FROM odoo.res_users AS u JOIN odoo.res_partner AS p ON p.id = u.partner_id;

-- Moments are in UTC without a zone; money is in the currency of the lead's company, else in the main one's; what is
-- archived but not lost counts nowhere in Odoo. Odoo's weighted figure, prorated_revenue, is rounded for each row,
-- estimated_total is not.
CREATE VIEW odoo_board.opportunity WITH (security_invoker) AS
SELECT l.id, l.name::text AS title, l.stage_id, CASE WHEN l.won_status IN ('won', 'lost') THEN l.won_status::text ELSE 'open' END AS state,
	l.team_id, l.partner_id AS account_id, u.login::text AS owner, l.priority::text, r.name ->> 'en_US' AS close_reason,
	l.expected_revenue AS amount, c.name::text AS currency, l.probability::numeric AS probability, l.prorated_revenue AS estimated_amount,
	(SELECT -sum(il.balance) FROM odoo.account_move_line AS il JOIN odoo.account_move AS m ON m.id = il.move_id
		WHERE m.state = 'posted' AND m.move_type IN ('out_invoice', 'out_refund') AND il.id IN (
			SELECT rel.invoice_line_id FROM odoo.sale_order AS so JOIN odoo.sale_order_line AS sol ON sol.order_id = so.id
			JOIN odoo.sale_order_line_invoice_rel AS rel ON rel.order_line_id = sol.id WHERE so.opportunity_id = l.id)) AS realized_amount,
	l.date_deadline AS expected_close,
	CASE WHEN l.won_status IN ('won', 'lost') THEN opportunities.business_date(coalesce(l.date_closed, l.write_date) AT TIME ZONE 'UTC') END AS closed_on,
	l.create_date AT TIME ZONE 'UTC' AS created_at, l.write_date AT TIME ZONE 'UTC' AS updated_at,
	l.active IS NOT TRUE AS archived
FROM odoo.crm_lead AS l
LEFT JOIN odoo.res_company AS co ON co.id = coalesce(l.company_id, 1)
LEFT JOIN odoo.res_currency AS c ON c.id = co.currency_id
LEFT JOIN odoo.res_users AS u ON u.id = l.user_id
LEFT JOIN odoo.crm_lost_reason AS r ON r.id = l.lost_reason_id
WHERE l.type = 'opportunity' AND (l.active OR l.won_status = 'lost');

-- What is written through the view becomes what Odoo would make of it. Lost is archived with probability 0, and keeps its stage;
-- a stage that is won makes a lead certain; another open stage, or archived => false, takes a lost one up again. A row that
-- somebody else changed since the statement began is left: edit_opportunity looks at it anew.
CREATE FUNCTION odoo_board.write_opportunity() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seller int := (SELECT u.id FROM odoo.res_users AS u WHERE u.login = NEW.owner);
	chance numeric := NEW.probability;
	moment timestamp := now() AT TIME ZONE 'UTC';
	state text := 'pending';
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM odoo.crm_lead AS l WHERE l.id = OLD.id;
		RETURN CASE WHEN FOUND THEN OLD END;
	ELSIF NEW.owner IS NOT NULL AND seller IS NULL THEN
		RAISE 'nobody has this login' USING ERRCODE = '23503', CONSTRAINT = 'owner_unknown', COLUMN = 'owner';
	ELSIF TG_OP = 'INSERT' THEN
		INSERT INTO odoo.crm_lead (name, type, active, priority, won_status, stage_id, team_id, user_id, partner_id, company_id, expected_revenue, prorated_revenue, probability, date_deadline, create_date, write_date)
		VALUES (NEW.title, 'opportunity', true, coalesce(NEW.priority, '0'), state, coalesce(NEW.stage_id, 1), NEW.team_id, seller, NEW.account_id, 1, NEW.amount, round(NEW.amount * chance / 100, 2), chance, NEW.expected_close, moment, moment)
		RETURNING id INTO NEW.id;
		RETURN NEW;
	END IF;

	PERFORM FROM odoo.crm_lead AS l WHERE l.id = OLD.id FOR UPDATE;
	IF OLD IS DISTINCT FROM (SELECT o FROM odoo_board.opportunity AS o WHERE o.id = OLD.id) THEN
		RETURN NULL;
	ELSIF NEW.stage_id = 0 OR (OLD.state = 'lost' AND NEW.stage_id = OLD.stage_id AND NEW.archived) THEN
		state := 'lost';
		chance := 0;
	ELSIF EXISTS (SELECT FROM odoo.crm_stage AS s WHERE s.id = NEW.stage_id AND s.is_won) THEN
		state := 'won';
		chance := 100;
	END IF;
	UPDATE odoo.crm_lead AS l SET name = NEW.title, active = state <> 'lost' AND (OLD.state = 'lost' OR NOT NEW.archived), won_status = state, stage_id = coalesce(nullif(NEW.stage_id, 0), l.stage_id),
		team_id = NEW.team_id, user_id = seller, partner_id = NEW.account_id, priority = NEW.priority, expected_revenue = NEW.amount, probability = chance,
		prorated_revenue = round(coalesce(NEW.amount, 0) * chance / 100, 2), date_deadline = NEW.expected_close, write_date = moment,
		lost_reason_id = CASE WHEN state = 'lost' THEN (SELECT r.id FROM odoo.crm_lost_reason AS r WHERE r.name ->> 'en_US' = NEW.close_reason) END,
		date_closed = CASE WHEN state = 'pending' THEN NULL WHEN l.won_status = state THEN l.date_closed ELSE moment END
	WHERE l.id = OLD.id;
	RETURN NEW;
END $$;
CREATE TRIGGER write_opportunity INSTEAD OF INSERT OR UPDATE OR DELETE ON odoo_board.opportunity FOR EACH ROW EXECUTE FUNCTION odoo_board.write_opportunity();

CREATE VIEW odoo_board.activity WITH (security_invoker) AS
SELECT a.id, a.res_id AS opportunity_id, t.name ->> 'en_US' AS kind, a.summary::text AS subject, a.note AS body,
	opportunities.business_moment(a.date_deadline) AS due_at, opportunities.business_moment(a.date_done) AS done_at, u.login::text AS assignee
FROM odoo.mail_activity AS a
LEFT JOIN odoo.mail_activity_type AS t ON t.id = a.activity_type_id
LEFT JOIN odoo.res_users AS u ON u.id = a.user_id
WHERE a.res_model = 'crm.lead';

-- What the board below reads a column's cards by; lists have the primary key.
CREATE INDEX ON odoo.crm_lead (stage_id, priority DESC NULLS LAST, id DESC);
SELECT opportunities.create_crm('odoo_board', parts => '{filters}') \g /dev/null
SELECT * FROM opportunities.check_crm('odoo_board');

-- The board as Odoo orders it. New: 1000.00 × 10 % + 333.33 × 33.33 %. Qualified has two currencies.
-- Won: 1200.00 of 2100.00 were invoiced, and 200.00 of them given back. What is lost is archived: Odoo doesn't show it.
SELECT stage, kind, count, final_total, estimated_total, realized_total, currency, jsonb_path_query_array(cards, '$[*].title') AS cards
FROM opportunities.board('odoo_board.opportunity', sort => '{-priority,-id}');
SELECT c.* FROM opportunities.board('odoo_board.opportunity'), jsonb_to_recordset(by_currency) AS c (currency text, count int, final_total numeric, estimated_total numeric)
WHERE stage = 'Qualified';
SELECT stage, count, final_total, cards -> 0 ->> 'title' AS card FROM opportunities.board('odoo_board.opportunity', include_archived => true) WHERE kind = 'lost';
-- a lane for each team
SELECT lane_label, stage, count FROM opportunities.board('odoo_board.opportunity', lane_by => 'team_id') WHERE count > 0;

-- A list, two pages of it, with names of people and accounts
SELECT n AS page, r ->> 'title' AS title, r ->> 'account.name' AS account, r ->> 'owner.name' AS owner, r ->> 'amount' AS amount, r ->> 'estimated_amount' AS prorated
FROM opportunities.list('odoo_board.opportunity', fields => '{title,account.name,owner.name,amount,estimated_amount}', size => 4) AS one,
	opportunities.list('odoo_board.opportunity', fields => '{title,account.name,owner.name,amount,estimated_amount}', size => 4, after => one -> 'next') AS two,
	LATERAL (VALUES (1, one), (2, two)) AS p (n, page), jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS r (r, place)
ORDER BY n, place;

-- what is to be done next: the first that isn't done
SELECT r ->> 'title' AS title, r ->> 'next_activity_kind' AS kind, r ->> 'next_activity' AS next_activity, left(r ->> 'next_activity_at', 10) AS due
FROM jsonb_array_elements(opportunities.list('odoo_board.opportunity', fields => '{title,next_activity,next_activity_kind,next_activity_at}', sort => '{id}', size => 3) -> 'rows') AS r;

-- A filter: a condition of any statement, and an argument of boards, lists and reports
SELECT opportunities.save_filter('Large and open', '{"combinator": "and", "rules": [{"field": "state", "operator": "=", "value": "open"}, {"field": "amount", "operator": ">=", "value": 400}]}',
	shared => true, relation => 'odoo_board.opportunity') > 0 AS saved;
SELECT id, title, amount FROM odoo_board.opportunity AS o WHERE opportunities.matches(o, 'Large and open') ORDER BY id;
SELECT stage, count, final_total FROM opportunities.board('odoo_board.opportunity', filter => 'Large and open') WHERE count > 0;

-- A report: two of three closed deals were won, after 10 and 20 days
SELECT count, open_count, open_estimated, won, lost, won_total, round(win_rate, 4) AS win_rate, round(avg_days_to_close, 1) AS days
FROM opportunities.report('odoo_board.opportunity', scope => '{"currency": "EUR"}');
SELECT dimensions ->> 'close_reason' AS reason, count, final_total FROM opportunities.report('odoo_board.opportunity', by => '{close_reason}', scope => '{"state": "lost"}');

-- What a form, a drag and a group edit write, and what Odoo has of it then. 1200.00 × 25 % is 300.00, and 400.50 are certain
-- where they are won; what was lost for its price is open again in New, with nothing of that left.
SELECT opportunities.edit_opportunity('1', '{"amount": "1200.00", "probability": 25, "owner": "demo"}', fields => '{title,amount,estimated_amount,owner.name}', relation => 'odoo_board.opportunity');
SELECT card - 'left' - 'column' AS card, card #>> '{left,stage}' AS left, card #>> '{left,final_total}' AS left_total, card #>> '{column,stage}' AS stage, card #>> '{column,count}' AS count
FROM opportunities.move('4', '0', changes => '{"close_reason": "Too expensive"}', include_archived => true, fields => '{title,state,close_reason}', relation => 'odoo_board.opportunity') AS card;
SELECT opportunities.move('8', '1', changes => '{"probability": 10}', fields => '{title,stage.name,state,close_reason}', relation => 'odoo_board.opportunity');
SELECT opportunities.create_opportunity('{"title": "Shelves", "amount": "300.00", "probability": 50, "owner": "admin"}', fields => '{title,stage.name,amount,currency,estimated_amount}', relation => 'odoo_board.opportunity');
SELECT id, status, code FROM opportunities.bulk_edit('{"priority": "3", "stage_id": 4}', ids => '{2,3,10}', on_error => 'skip', relation => 'odoo_board.opportunity');
SELECT id, name, active, won_status AS won, stage_id AS stage, priority AS prio, user_id AS seller, expected_revenue AS revenue, prorated_revenue AS prorated, probability AS "%", lost_reason_id AS reason, date_closed::date = (now() AT TIME ZONE 'UTC')::date AS today
FROM odoo.crm_lead WHERE id IN (1, 2, 3, 4, 8, 11) ORDER BY id;
SELECT stage, count, final_total, jsonb_path_query_array(cards, '$[*].title') AS cards
FROM opportunities.board('odoo_board.opportunity', sort => '{-priority,-id}', scope => '{"currency": "EUR"}', include_archived => true) WHERE count > 0;
