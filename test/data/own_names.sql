-- What the owner of a CRM of 0.1.0 added under names that a later version uses, in meanings of their own.
ALTER TABLE crm.pipeline ADD needs_won_and_lost boolean DEFAULT true;
ALTER TABLE crm.stage ADD required_fields text[] DEFAULT '{source}', ADD forecast_category text DEFAULT 'hot';
ALTER TABLE crm.opportunity ADD forecast_override text DEFAULT 'maybe';
ALTER TABLE crm.document ADD series text NOT NULL DEFAULT 'S', ADD label text DEFAULT 'L', ADD discount_percent numeric DEFAULT 10,
	ADD discount_amount numeric DEFAULT 1, ADD valid_until date DEFAULT '2020-01-01';
ALTER TABLE crm.document_line ADD document_discount numeric DEFAULT 1;
ALTER TABLE crm.document_counter ADD pattern text DEFAULT 'P', ADD calendar text;
CREATE TABLE crm.currency (code text, digits int); INSERT INTO crm.currency VALUES ('USD', 1);
CREATE TABLE crm.stage_transition (pipeline_id bigint, from_stage_id bigint, to_stage_id bigint, role text);
INSERT INTO crm.stage_transition VALUES (1, 1, 6, NULL);
CREATE TABLE crm.target (owner text, team text, pipeline_id bigint, measure text, currency text, first_day date, last_day date, amount numeric);
INSERT INTO crm.target VALUES (NULL, NULL, NULL, 'won', NULL, date_trunc('year', now()), date_trunc('year', now()), 77);
CREATE FUNCTION crm.attainment(text) RETURNS int LANGUAGE sql RETURN 1;
