CREATE FUNCTION opportunities_internal.stage_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_trigger';
COMMENT ON FUNCTION opportunities_internal.stage_trigger() IS
	'Trigger of stage, after UPDATE of a row: a stage that holds opportunities stays open or final as it is, and stays active (23514, stage_in_use).';

CREATE FUNCTION opportunities_internal.final_stage_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'final_stage_trigger';
COMMENT ON FUNCTION opportunities_internal.final_stage_trigger() IS
	'Constraint trigger of stage, checked at commit: a pipeline that has stages has an active final one (23514, pipeline_without_final_stage).';
