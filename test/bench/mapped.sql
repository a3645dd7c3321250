-- Views over other tables, as they map a CRM that is there already, against what one writes by hand over these tables.
CREATE SCHEMA base;
CREATE TABLE base.client AS SELECT id, name FROM crm.account;
CREATE TABLE base.person AS SELECT n AS id, 'owner' || n AS login FROM generate_series(0, 49) AS n;
CREATE TABLE base.deal AS
	SELECT id, title AS subject, account_id AS client_id, substr(owner, 6)::bigint AS person_id, stage_id AS step, amount AS worth, probability AS chance,
		expected_close AS due, closed_on, NOT archived AS active, created_at AS made
	FROM crm.opportunity WHERE id <= :rows / 20;
ALTER TABLE base.client ADD PRIMARY KEY (id);
ALTER TABLE base.person ADD PRIMARY KEY (id);
ALTER TABLE base.deal ADD PRIMARY KEY (id), ALTER subject SET NOT NULL, ALTER active SET NOT NULL, ALTER made SET NOT NULL;
CREATE INDEX ON base.deal (client_id);
CREATE INDEX ON base.deal (person_id);
CREATE INDEX ON base.deal (step);
CREATE EXTENSION pg_trgm;
CREATE INDEX ON base.deal USING gin (opportunities.fold(subject) gin_trgm_ops);
CREATE INDEX ON base.client USING gin (opportunities.fold(name) gin_trgm_ops);
VACUUM (ANALYZE, FREEZE) base.client, base.person, base.deal;
SELECT bench.prewarm(r) FROM unnest('{base.client,base.person,base.deal}'::regclass[]) r \g /dev/null

CREATE SCHEMA mapped;
CREATE VIEW mapped.stage WITH (security_invoker = true) AS SELECT id, name, position, kind, NULL::integer AS archive_after FROM crm.stage;
CREATE VIEW mapped.account WITH (security_invoker = true) AS SELECT id, name FROM base.client;
CREATE VIEW mapped.opportunity WITH (security_invoker = true) AS
	SELECT d.id, d.subject AS title, d.client_id AS account_id, p.login AS owner, d.step AS stage_id, d.worth AS amount, d.chance AS probability,
		d.due AS expected_close, d.closed_on, NOT d.active AS archived, d.made AS created_at
	FROM base.deal AS d LEFT JOIN base.person AS p ON p.id = d.person_id;

\set card 'SELECT d.id, d.subject, c.name AS client, p.login, d.worth, d.chance, d.due FROM base.deal AS d LEFT JOIN base.client AS c ON c.id = d.client_id LEFT JOIN base.person AS p ON p.id = d.person_id WHERE d.active'
\set fields '{title,account.name,owner,amount,probability,expected_close}'
SELECT bench.compare('mapped: list / by hand', format($$SELECT opportunities.list('mapped.opportunity', with_totals => false, fields => %L)$$, :'fields'),
	ARRAY[format('SELECT jsonb_agg(to_jsonb(t)) FROM (%s ORDER BY d.id DESC LIMIT 50) AS t', :'card')], 1.5, pairs => 101) \g /dev/null
SELECT bench.compare('mapped: list, page 100 / by hand', format($$SELECT opportunities.list('mapped.opportunity', with_totals => false, fields => %L, after => %L)$$, :'fields',
		jsonb_set(opportunities.list('mapped.opportunity', with_totals => false) -> 'next', '{at}', jsonb_build_array((SELECT (max(id) - 5000)::text FROM base.deal)))),
	ARRAY[format('SELECT jsonb_agg(to_jsonb(t)) FROM (%s AND d.id < (SELECT max(id) - 5000 FROM base.deal) ORDER BY d.id DESC LIMIT 50) AS t', :'card')], 1.5, pairs => 101) \g /dev/null
SELECT bench.compare('mapped: board of an account / by hand', format($$SELECT * FROM opportunities.board('mapped.opportunity', scope => '{"account_id": 7}', fields => %L)$$, :'fields'), ARRAY[format($$
	SELECT s.id, s.name, g.*, c.cards FROM crm.stage AS s
	LEFT JOIN (SELECT step, count(*), sum(worth), sum(worth * chance * 0.01) FROM base.deal WHERE active AND client_id = 7 GROUP BY step) AS g ON g.step = s.id,
		LATERAL (SELECT jsonb_agg(to_jsonb(t)) AS cards FROM (%s AND d.client_id = 7 AND d.step = s.id ORDER BY d.id DESC LIMIT 20) AS t) AS c
	ORDER BY s.position$$, :'card')], 1.5, pairs => 101) \g /dev/null
SELECT bench.compare('mapped: list of a search / by hand', format($$SELECT opportunities.list('mapped.opportunity', with_totals => false, fields => %L, search => '4711')$$, :'fields'), ARRAY[format($$
	SELECT jsonb_agg(to_jsonb(t)) FROM (%s AND (opportunities.fold(d.subject) LIKE '%%4711%%' OR d.client_id = ANY (ARRAY(SELECT id FROM base.client WHERE opportunities.fold(name) LIKE '%%4711%%'))
		OR d.person_id = ANY (ARRAY(SELECT id FROM base.person WHERE opportunities.fold(login) LIKE '%%4711%%'))) ORDER BY d.id DESC LIMIT 50) AS t$$, :'card')], 1.5, pairs => 101) \g /dev/null
