CREATE FUNCTION opportunities.retire_stage(stage_id bigint, replacement_id bigint, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'retire_stage';
COMMENT ON FUNCTION opportunities.retire_stage(bigint, bigint, regclass) IS
	'Moves the opportunities of a stage to another one of its pipeline, on top and in their order, and makes the stage inactive: how many were moved. They enter the replacement as by any change of a stage, whatever transitions there are. relation: the table of opportunities, default opportunity on the search_path.
Errors: 22004 argument_missing; 22023 same_stage; 23503 stage_missing; 23514 stage_of_another_pipeline, stage_inactive, close_reason_required, required_in_stage, stage_in_use (opportunities that you may not see); 23514 pipeline_without_final_stage at commit; 40001 row_busy; 42P01 unknown_relation, relation_missing; 42809 not_a_table.';
