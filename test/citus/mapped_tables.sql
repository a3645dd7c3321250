-- Two applications with tables of their own: app, of workspaces with a uuid, whose views show one; and shop, of customers with a number, whose views show all.
SET client_min_messages = warning;
CREATE SCHEMA app;
CREATE TABLE app.country (code text PRIMARY KEY, name text);
CREATE TABLE app.phase (workspace uuid DEFAULT opportunities.current_tenant()::uuid, key bigint, label text, rank int, outcome text, PRIMARY KEY (workspace, key));
CREATE TABLE app.company (workspace uuid DEFAULT opportunities.current_tenant()::uuid, key uuid, name text, country text, PRIMARY KEY (workspace, key));
CREATE TABLE app.deal (
	workspace uuid DEFAULT opportunities.current_tenant()::uuid, key uuid DEFAULT 'd0000000-0000-0000-0000-000000000000', phase bigint, company uuid, subject text,
	worth numeric(12,2), chance int, seller text, made timestamptz DEFAULT '2026-01-01Z', closing date, PRIMARY KEY (workspace, key),
	FOREIGN KEY (workspace, phase) REFERENCES app.phase, FOREIGN KEY (workspace, company) REFERENCES app.company);
CREATE TABLE app.note (workspace uuid DEFAULT opportunities.current_tenant()::uuid, key bigint, deal uuid, kind text, PRIMARY KEY (workspace, key), FOREIGN KEY (workspace, deal) REFERENCES app.deal);
CREATE INDEX ON app.deal (workspace, phase);
INSERT INTO app.country VALUES ('de', 'Germany'), ('ir', 'Iran');
INSERT INTO app.phase SELECT md5('w' || w)::uuid, w * 10 + p, (array['Talk', 'Offer', 'Signed', 'Dropped'])[p], p, (array['open', 'open', 'won', 'lost'])[p] FROM generate_series(1, 8) AS w, generate_series(1, 4) AS p;
INSERT INTO app.company SELECT md5('w' || w)::uuid, md5(w || 'c' || c)::uuid, 'Company ' || c, (array['de', 'ir'])[1 + c % 2] FROM generate_series(1, 8) AS w, generate_series(1, 20) AS c;
INSERT INTO app.deal
SELECT md5('w' || w)::uuid, md5(w || 'd' || d)::uuid, w * 10 + 1 + d % 4, md5(w || 'c' || (1 + d % 20))::uuid, 'Deal ' || d, d * 10 + w, d % 100, 'u' || d % 3,
	timestamptz '2026-01-01 12:00Z' + d * interval '1 hour', CASE WHEN d % 4 > 1 THEN current_date END FROM generate_series(1, 8) AS w, generate_series(1, 300) AS d;
INSERT INTO app.note SELECT md5('w' || w)::uuid, w * 1000 + n, md5(w || 'd' || n)::uuid, (array['call', 'mail'])[1 + n % 2] FROM generate_series(1, 8) AS w, generate_series(1, 100) AS n;
GRANT USAGE ON SCHEMA app TO application;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO application;

CREATE SCHEMA shop;
CREATE TABLE shop.step (id int PRIMARY KEY, name text, rank int, outcome text);
CREATE TABLE shop.client (customer bigint, id bigint, name text, town text, PRIMARY KEY (customer, id));
CREATE TABLE shop.deal (
	customer bigint, id bigint, step int, client bigint, title text, worth numeric(12,2), chance int, seller text, made timestamptz, PRIMARY KEY (customer, id),
	FOREIGN KEY (customer, client) REFERENCES shop.client);
INSERT INTO shop.step VALUES (1, 'Talk', 1, 'open'), (2, 'Offer', 2, 'open'), (3, 'Signed', 3, 'won'), (4, 'Dropped', 4, 'lost');
INSERT INTO shop.client SELECT w, w * 1000 + c, 'Client ' || c || ' of ' || w, (array['Yazd', 'Bonn'])[1 + c % 2] FROM generate_series(1, 8) AS w, generate_series(1, 20) AS c;
INSERT INTO shop.deal
SELECT w, w * 100000 + d, 1 + d % 4, w * 1000 + 1 + d % 20, 'Deal ' || d || ' of ' || w, d * 10 + w, d % 100, 'u' || d % 3, timestamptz '2026-01-01 12:00Z' + d * interval '1 hour' + w * interval '1 minute'
FROM generate_series(1, 8) AS w, generate_series(1, 300) AS d;
