CREATE FUNCTION opportunities.log_activity(
	opportunity_ids bigint[],
	kind text,
	subject text DEFAULT NULL,
	body text DEFAULT NULL,
	data jsonb DEFAULT NULL,
	due_at timestamptz DEFAULT NULL,
	assignee text DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS SETOF bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'log_activity';
COMMENT ON FUNCTION opportunities.log_activity(bigint[], text, text, text, jsonb, timestamptz, text, regclass) IS
	'Enters the same activity for many opportunities, or for none of them, and gives the ids of the activities in the order of opportunity_ids.
kind: call, note, form, meeting, email, task, or your own. data: an object, default {}. due_at: when it is to be done; without it, it is done now. relation: the table that the opportunities are in, default opportunity on the search_path; activity stands beside it.
Errors: P0002 not_found; 22023 duplicate_id; 54000 too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation, relation_missing; 42809 not_a_table; and those of the table activity.';
