CREATE FUNCTION opportunities.my_rights(relation regclass DEFAULT NULL, ids text[] DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c STABLE PARALLEL UNSAFE COST 10000 AS 'MODULE_PATHNAME', 'my_rights';
COMMENT ON FUNCTION opportunities.my_rights(regclass, text[]) IS
	'What the caller may do: {"read", "create", "edit", "delete", "edit_many", "delete_many", "export", "amounts", "documents", "stages": true or false}; with ids also "rows": {"42": {"edit": true, "delete": false}}, an object for each that is visible. Where pipelines have transitions, also "entered_from": {"3": ["1", null]}, the stages from which the caller may enter each of theirs, null for none or one of another pipeline.
A right on one column is enough for create and edit; amounts needs SELECT on amount, probability and realized_amount; what is a function of ours (edit_many, delete_many, export, documents) needs EXECUTE on it, too. A row is told by the policies that an UPDATE or DELETE of the caller''s would be under; what becomes of the new row, and rules that triggers keep, are not asked. relation: a table or view with the column id, default opportunity on the search_path. ids: up to 1,000.
Errors: 42P01 unknown_relation; 42809 not_a_table; 42703 column_missing; 22023 value_unreadable; 22004 null_element; 54000 too_many_elements; 42883 not_comparable.';
