CREATE FUNCTION opportunities_internal.opportunities_on(relation regclass, day date)
	RETURNS TABLE (id bigint, deleted_at timestamptz, known boolean, stage_known boolean, pipeline_id bigint, stage_id bigint, title text,
		account_id bigint, owner text, currency text, amount numeric, probability numeric, expected_close date, archived boolean, closed_on date)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'opportunities_on';
COMMENT ON FUNCTION opportunities_internal.opportunities_on(regclass, date) IS
	'The opportunities that there were at the end of a day, as change_log tells how they were: it is read as the owner of the table, and told of rows that the caller may see now, and of deleted ones where row security hides none but those of other tenants. What the log doesn''t tell is NULL.';

CREATE FUNCTION opportunities_internal.pipeline_changes(relation regclass, first_day date, last_day date, by text[] DEFAULT NULL,
	filter text DEFAULT NULL, rules jsonb DEFAULT NULL, scope jsonb DEFAULT NULL, search text DEFAULT NULL, include_archived boolean DEFAULT true)
	RETURNS TABLE (dimensions jsonb, change text, currency text, count bigint, amount numeric)
	LANGUAGE c STABLE AS 'MODULE_PATHNAME', 'pipeline_changes';
COMMENT ON FUNCTION opportunities_internal.pipeline_changes(regclass, date, date, text[], text, jsonb, jsonb, text, boolean) IS
	'What came into the open pipeline of a table, and what left it, from the beginning of a day to the end of another: the function pipeline_changes of a CRM. It reads change_log as opportunities_on does.';

CREATE FUNCTION opportunities_internal.funnel(history regclass, first_day date, last_day date)
	RETURNS TABLE (pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint,
		went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'funnel';
COMMENT ON FUNCTION opportunities_internal.funnel(regclass, date, date) IS
	'How opportunities go through the open stages, of the view bi_stage_history: the function funnel of a CRM.';

CREATE FUNCTION opportunities_internal.stage_names(relation regclass)
	RETURNS TABLE (id bigint, name text, "position" integer, kind text)
	LANGUAGE c STABLE STRICT AS 'MODULE_PATHNAME', 'stage_names';
COMMENT ON FUNCTION opportunities_internal.stage_names(regclass) IS
	'The pipelines or stages of a table that the caller may see, for pipeline_on.';
