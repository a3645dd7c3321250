CREATE FUNCTION opportunities_internal.keep_stage_change() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'keep_stage_change';
COMMENT ON FUNCTION opportunities_internal.keep_stage_change() IS
	'Trigger of opportunity, after an UPDATE of a row''s stage: a row of stage_change; after its deletion: those of it say so.';
