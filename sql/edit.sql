CREATE FUNCTION opportunities.move(
	id bigint,
	stage_id bigint,
	above bigint DEFAULT NULL,
	below bigint DEFAULT NULL,
	changes jsonb DEFAULT NULL,
	expected bigint DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'move';
COMMENT ON FUNCTION opportunities.move(bigint, bigint, bigint, bigint, jsonb, bigint, regclass) IS
	'Drags a card: gives an opportunity a stage, a place in its column and other columns, in one UPDATE. The card as a board shows it.
above, below: the cards that it comes directly above, and directly below; with neither it comes on top. In a final stage the place is given by closed_at, whatever cards are named. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw. relation: the table, default opportunity on the search_path.
Errors: P0002 not_found; 40001 row_busy; PT409 row_changed, neighbour_moved, neighbours_reversed; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes, invalid_place; 54000 too_many_fields, too_many_elements; 22004 argument_missing; 42P01 unknown_relation; 42809 not_a_table; and those of the triggers of opportunity.';

CREATE FUNCTION opportunities.create_opportunity(
	changes jsonb,
	fields text[] DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'create_opportunity';
COMMENT ON FUNCTION opportunities.create_opportunity(jsonb, text[], regclass) IS
	'Makes an opportunity of a JSON object, and gives it back as a list shows it.
changes: columns and their values, {"pipeline_id": 1, "title": "Network"}; custom.x for a key of custom. fields: what the row shows, beside id; default as in a list. relation: the table, default opportunity on the search_path.
Errors: 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; and those of the triggers of opportunity.';

CREATE FUNCTION opportunities.edit_opportunity(
	id text,
	changes jsonb,
	expected bigint DEFAULT NULL,
	fields text[] DEFAULT NULL,
	relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c AS 'MODULE_PATHNAME', 'edit_opportunity';
COMMENT ON FUNCTION opportunities.edit_opportunity(text, jsonb, bigint, text[], regclass) IS
	'Changes an opportunity by a JSON object, and gives it back as a list shows it.
id: as cards and lists have it, a string. changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. expected: the version that the user saw. fields: what the row shows, beside id; default as in a list. relation: the table, default opportunity on the search_path.
Errors: P0002 not_found; PT409 row_changed; 42501 not_allowed, column_denied; 42703 unknown_field; 22023 read_only_field, value_unreadable, invalid_changes; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; and those of the triggers of opportunity.';

CREATE FUNCTION opportunities.bulk_edit(
	changes jsonb,
	ids bigint[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id bigint, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_edit';
COMMENT ON FUNCTION opportunities.bulk_edit(jsonb, bigint[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Changes the same columns of many opportunities. A row for each, in the order of ids: its status (updated, unchanged, skipped) and, where it was skipped, the code, field and message of the error.
changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. ids and filter, rules, scope, search (as for board): the rows that all of these mean; at least one is given. include_archived: default false, true where ids alone are given. expected_count: how many rows the user was shown. on_error: abort changes all or none, skip leaves out the rows that can''t be changed. relation: the table, default opportunity on the search_path.
Errors: 22023 selection_missing, invalid_changes, value_unreadable, read_only_field, invalid_on_error; 42703 unknown_field; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed, column_denied; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';

CREATE FUNCTION opportunities.bulk_delete(
	ids bigint[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id bigint, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_delete';
COMMENT ON FUNCTION opportunities.bulk_delete(bigint[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Deletes many opportunities. A row for each, in the order of ids: its status (deleted, skipped) and, where it was skipped, the code, field and message of the error.
The arguments: as those of bulk_edit.
Errors: 22023 selection_missing, invalid_on_error; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed; 54000 too_many_elements; 22004 null_element; 42P01 unknown_relation; 42809 not_a_table; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';
