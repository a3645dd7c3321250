-- What the page needs beside what `make demo` made: two roles, words of the business, and word of changes.
\set QUIET on
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', name) FROM unnest('{crm_seller,crm_manager}'::text[]) AS name WHERE to_regrole(name) IS NULL \gexec
GRANT USAGE ON SCHEMA crm TO crm_seller, crm_manager;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA crm TO crm_seller, crm_manager;
GRANT DELETE ON ALL TABLES IN SCHEMA crm TO crm_manager;
REVOKE INSERT, UPDATE, DELETE ON crm.stage_change, crm.change_log, crm.document_counter FROM crm_seller, crm_manager;
REVOKE INSERT, UPDATE ON crm.pipeline, crm.stage, crm.target FROM crm_seller;

INSERT INTO crm.app_user (login, name) VALUES ('sara', 'سارا رضایی'), ('omid', 'امید کریمی');
INSERT INTO crm.target (owner, period, first_day, amount)
SELECT login, 'quarter', opportunities.period_of('quarter', opportunities.business_date(now())), amount FROM (VALUES ('sara', 1500000), ('omid', 120000)) AS t (login, amount);
INSERT INTO crm.choice (field, value, label, position, stage_kind) VALUES
	('close_reason', 'price', 'Price / قیمت', 1, NULL), ('close_reason', 'competitor', 'Competitor / رقیب', 2, 'lost'), ('close_reason', 'quality', 'Quality / کیفیت', 3, 'won');
INSERT INTO crm.label (language, field, value, label) VALUES
	('fa', 'title', NULL, 'عنوان'), ('fa', 'account.name', NULL, 'مشتری'), ('fa', 'stage.name', NULL, 'مرحله'), ('fa', 'owner', NULL, 'مسئول'), ('fa', 'amount', NULL, 'مبلغ'),
	('fa', 'currency', NULL, 'ارز'), ('fa', 'probability', NULL, 'احتمال'), ('fa', 'expected_close', NULL, 'تاریخ پیش‌بینی'), ('fa', 'stage.name', 'Lead', 'سرنخ'),
	('fa', 'stage.name', 'Qualified', 'تأییدشده'), ('fa', 'stage.name', 'Proposal', 'پیشنهاد'), ('fa', 'stage.name', 'Negotiation', 'مذاکره'), ('fa', 'stage.name', 'Won', 'برنده'), ('fa', 'stage.name', 'Lost', 'بازنده');
UPDATE crm.stage SET reason_required = true WHERE kind = 'lost';
SELECT opportunities.notify_changes('crm', true) \g /dev/null
