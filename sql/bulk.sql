CREATE FUNCTION opportunities.bulk_edit(
	changes jsonb,
	ids text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id text, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_edit_0_2';
COMMENT ON FUNCTION opportunities.bulk_edit(jsonb, text[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Changes the same columns of many opportunities. A row for each, in the order of ids: its status (updated, unchanged, skipped) and, where it was skipped, the code, field and message of the error.
changes: columns and their new values, {"owner": "sara"}; custom.x for a key of custom; {"tags": {"add": [], "remove": []}} for what an array gains and loses. ids, as cards and lists have them, and filter, rules, scope, search (as for board): the rows that all of these mean; at least one is given. include_archived: default false, true where ids alone are given. expected_count: how many rows the user was shown. on_error: abort changes all or none, skip leaves out the rows that can''t be changed. relation: the table, or a view that is written through, default opportunity on the search_path.
Errors: 22023 selection_missing, invalid_changes, value_unreadable, read_only_field, invalid_on_error; 42703 unknown_field; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed, column_denied; 54000 too_many_fields, too_many_elements; 22004 argument_missing, null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; 44000 outside_view; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';

CREATE FUNCTION opportunities.bulk_delete(
	ids text[] DEFAULT NULL,
	filter text DEFAULT NULL,
	rules jsonb DEFAULT NULL,
	scope jsonb DEFAULT NULL,
	search text DEFAULT NULL,
	include_archived boolean DEFAULT NULL,
	expected_count bigint DEFAULT NULL,
	on_error text DEFAULT 'abort',
	relation regclass DEFAULT NULL)
	RETURNS TABLE (id text, status text, code text, field text, message text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'bulk_delete_0_2';
COMMENT ON FUNCTION opportunities.bulk_delete(text[], text, jsonb, jsonb, text, boolean, bigint, text, regclass) IS
	'Deletes many opportunities. A row for each, in the order of ids: its status (deleted, skipped) and, where it was skipped, the code, field and message of the error.
The arguments: as those of bulk_edit.
Errors: 22023 selection_missing, value_unreadable, invalid_on_error; PT409 count_changed, row_changed; P0002 not_found; 42501 not_allowed; 54000 too_many_elements; 22004 null_element; 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 42883 not_comparable; 55000 relation_read_only; those of selections, and, naming the row in DETAIL, those of the triggers of opportunity.';
