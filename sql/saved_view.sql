CREATE FUNCTION opportunities_internal.saved_view_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'saved_view_trigger';
COMMENT ON FUNCTION opportunities_internal.saved_view_trigger() IS
	'Trigger of saved_view, before INSERT, UPDATE or DELETE of a row: what a view names is there for opportunity beside it (42703 unknown_field; 22023 unknown_filter, invalid_columns; 42883 not_comparable), and so is its pipeline (23503 saved_view_pipeline_fkey), and nobody but its owner, or a member of the role that owns the table, changes or deletes a view (42501, not_owner); but whoever manages the owner may end that a shared one is the default.';

CREATE FUNCTION opportunities.save_view(
	name text, layout text DEFAULT 'grid', fields text[] DEFAULT NULL, sort text[] DEFAULT NULL, lane_by text DEFAULT NULL,
	filter text DEFAULT NULL, shared boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'save_view';
COMMENT ON FUNCTION opportunities.save_view(text, text, text[], text[], text, text, boolean, regclass) IS
	'Saves how a list or board is shown under a name, in place of the user''s own view of that name, and gives its id. Columns that the view had keep their labels.
layout: kanban or grid. fields, sort, lane_by: as in list and board. filter: the name of a saved filter, a shared one where the view is shared. shared: for everybody; else for the user alone. relation: a table or view that has those fields, default opportunity on the search_path; saved_view stands beside it.
Errors: 22004 argument_missing, null_element; 23514 layout_known, saved_view_name_given; 42501 not_owner: another user''s shared view has the name; 42703 unknown_field; 22023 unknown_filter; 42883 not_comparable; 54000 too_many_fields; 42P01 unknown_relation, relation_missing; 42809 not_a_table.';

CREATE FUNCTION opportunities.set_default_view(
	name text, layout text DEFAULT 'grid', pipeline_id text DEFAULT NULL, shared boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'set_default_view';
COMMENT ON FUNCTION opportunities.set_default_view(text, text, text, boolean, regclass) IS
	'Lets one of the user''s views show its columns where a board or list is asked for none, in place of the one that did.
name: of the view; NULL: none any more. layout: kanban for boards, grid for lists, as the view has it. pipeline_id: the pipeline that it is for; NULL: any. shared: a shared view of the user''s, for everybody who has no default of their own; else a private one. relation: a table or view, default opportunity on the search_path; saved_view stands beside it.
Errors: 22023 unknown_view, value_unreadable; 22004 argument_missing; 23503 saved_view_pipeline_fkey; 23505 saved_view_shared_default: another user''s is; 42P01 unknown_relation; 42809 not_a_table.';
