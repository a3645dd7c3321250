CREATE FUNCTION opportunities_internal.stage_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_trigger';
COMMENT ON FUNCTION opportunities_internal.stage_trigger() IS
	'Trigger of stage, after UPDATE of a row: a stage that holds opportunities stays open or final as it is, and stays active (23514, stage_in_use).';

CREATE FUNCTION opportunities_internal.final_stage_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'final_stage_trigger';
COMMENT ON FUNCTION opportunities_internal.final_stage_trigger() IS
	'Constraint trigger of stage, checked at commit: a pipeline that has stages has an active final one, and one of each kind where it says so (23514, pipeline_without_final_stage).';

CREATE FUNCTION opportunities_internal.pipeline_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'pipeline_trigger';
COMMENT ON FUNCTION opportunities_internal.pipeline_trigger() IS
	'Constraint trigger of pipeline, checked at commit: one that begins to need a won and a lost stage has both (23514, pipeline_without_final_stage).';

CREATE FUNCTION opportunities_internal.stage_fields_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_fields_trigger';
COMMENT ON FUNCTION opportunities_internal.stage_fields_trigger() IS
	'Trigger of stage, before INSERT or UPDATE of a row: required_fields names fields that people fill (42703, unknown_field; 23514, field_not_required).';

CREATE FUNCTION opportunities_internal.is_opportunity_column(stages oid, field text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'is_opportunity_column';
COMMENT ON FUNCTION opportunities_internal.is_opportunity_column(oid, text) IS
	'Whether the table opportunity beside a table of stages has a column, for check_crm.';

CREATE FUNCTION opportunities_internal.stage_transition_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'stage_transition_trigger';
COMMENT ON FUNCTION opportunities_internal.stage_transition_trigger() IS
	'Trigger of stage_transition, before INSERT or UPDATE of a row: id and tenant_id stay (23514, key_fixed), and role names a role of the server (42704, unknown_role).';
