-- The views. Those of app say whose rows they show, so that a statement is of one server.
SET client_min_messages = warning;
CREATE SCHEMA mapped;
CREATE VIEW mapped.stage WITH (security_invoker = true) AS
	SELECT key AS id, label AS name, rank AS position, outcome AS kind FROM app.phase WHERE workspace = opportunities.current_tenant()::uuid;
CREATE VIEW mapped.account WITH (security_invoker = true) AS SELECT key AS id, name, country AS country_id FROM app.company WHERE workspace = opportunities.current_tenant()::uuid;
CREATE VIEW mapped.country WITH (security_invoker = true) AS SELECT code AS id, name FROM app.country;
CREATE VIEW mapped.activity WITH (security_invoker = true) AS SELECT key AS id, deal AS opportunity_id, kind FROM app.note WHERE workspace = opportunities.current_tenant()::uuid;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS
	SELECT key AS id, phase AS stage_id, company AS account_id, subject AS title, worth AS amount, chance AS probability, seller AS owner, made AS created_at, closing AS closed_on
	FROM app.deal WHERE workspace = opportunities.current_tenant()::uuid;
SELECT opportunities.create_crm('mapped', parts => '{filters}') \g /dev/null
CREATE SCHEMA wide;
CREATE VIEW wide.stage WITH (security_invoker = true) AS SELECT id, name, rank AS position, outcome AS kind FROM shop.step;
CREATE VIEW wide.account WITH (security_invoker = true) AS SELECT id, customer, name, town FROM shop.client;
CREATE VIEW wide.opportunity WITH (security_invoker = true) AS
	SELECT id, customer, step AS stage_id, client AS account_id, title, worth AS amount, chance AS probability, seller AS owner, made AS created_at FROM shop.deal;
GRANT USAGE ON SCHEMA mapped TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA mapped TO application;
