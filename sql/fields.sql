CREATE FUNCTION opportunities.fields(
	relation regclass DEFAULT NULL,
	pipeline_id text DEFAULT NULL,
	language text DEFAULT NULL)
	RETURNS TABLE (name text, label text, type text, operators text[], choices jsonb, writable boolean, required boolean,
		required_stages text[], sortable boolean, lane boolean, dimension boolean, measure boolean, listed boolean, source text)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 ROWS 100 AS 'MODULE_PATHNAME', 'fields';
COMMENT ON FUNCTION opportunities.fields(regclass, text, text) IS
	'What fields a relation has for the caller, a row for each: what forms, column choosers and query builders ask for.
relation: a table or view, default opportunity on the search_path. pipeline_id: the pipeline whose stages and declared fields count, as boards have it; default those of all. language: of the labels, default the setting opportunities.language.
label: what people see. type: text, number, date, datetime, time, bool, list or json. operators: those of filters that suit it. choices: what it is chosen from, {"value", "label", "active", "stage_kind"}, or null. writable: the caller may set it. required: a new row must have it; required_stages: the ids of stages that ask for it. sortable, lane, dimension, measure: what it can be. listed: lists show it unless others are asked for. source: own, computed, custom or related.
Errors: 42P01 unknown_relation; 42809 not_a_table; 42804 column_type.';
