CREATE FUNCTION opportunities.create_opportunity(
	changes jsonb,
	fields text[] DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_opportunity';
COMMENT ON FUNCTION opportunities.create_opportunity(jsonb, text[], regclass) IS
	'Makes an opportunity of a JSON object, and gives it back as a list shows it.
changes: columns and their values, {"pipeline_id": 1, "title": "Network"}; custom.x for a key of custom. fields: what the row shows, beside id; default as in a list. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 55000 relation_read_only; 44000 outside_view; and those of the triggers of opportunity.';

CREATE FUNCTION opportunities.edit_opportunity(
	id text,
	changes jsonb,
	expected bigint DEFAULT NULL,
	fields text[] DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'edit_opportunity';
COMMENT ON FUNCTION opportunities.edit_opportunity(text, jsonb, bigint, text[], regclass) IS
	'Changes an opportunity by a JSON object, and gives it back as a list shows it; null where a view no longer does.
id: as cards and lists have it, a string. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw, where rows have one. fields: what the row shows, beside id; default as in a list. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: P0002 not_found; PT409 row_changed; 42804 column_type; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; and those of the triggers of opportunity.';
