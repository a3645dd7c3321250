CREATE FUNCTION opportunities.stage_rules() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_rules';
COMMENT ON FUNCTION opportunities.stage_rules() IS
	'Trigger of stage, after UPDATE of a row: a stage that holds opportunities stays open or final as it is, and stays active (23514, stage_in_use).';

CREATE FUNCTION opportunities.final_stage_rule() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'final_stage_rule';
COMMENT ON FUNCTION opportunities.final_stage_rule() IS
	'Constraint trigger of stage, checked at commit: a pipeline that has stages has an active final one (23514, pipeline_without_final_stage).';
