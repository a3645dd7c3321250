CREATE FUNCTION opportunities_internal.saved_filter_trigger() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'saved_filter_trigger';
COMMENT ON FUNCTION opportunities_internal.saved_filter_trigger() IS
	'Trigger of saved_filter, before INSERT, UPDATE or DELETE of a row: a definition that can be applied to opportunity beside it (22023, codes of filters), and nobody but its owner, or a member of the role that owns the table, changes or deletes a filter (42501, not_owner).';

CREATE FUNCTION opportunities.save_filter(
	name text, rules jsonb, shared boolean DEFAULT false, relation regclass DEFAULT NULL)
	RETURNS bigint
	LANGUAGE c AS 'MODULE_PATHNAME', 'save_filter';
COMMENT ON FUNCTION opportunities.save_filter(text, jsonb, boolean, regclass) IS
	'Saves a filter under a name, in place of the user''s own of that name, and gives its id.
rules: the definition. shared: for everybody; else for the user alone. relation: a table or view that the rules can be applied to, default opportunity on the search_path; saved_filter stands beside it.
Errors: 22004 argument_missing; 42501 not_owner: another user''s shared filter has the name; 42P01 unknown_relation, relation_missing; 42809 not_a_table; 22023: codes of filters.';

CREATE FUNCTION opportunities.filter_rules(name text, relation regclass DEFAULT NULL)
	RETURNS jsonb
	LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000 AS 'MODULE_PATHNAME', 'filter_rules';
COMMENT ON FUNCTION opportunities.filter_rules(text, regclass) IS
	'The definition that a name has for the user: the user''s own private filter, else the shared one.
relation: the table or view that saved_filter stands beside, default opportunity on the search_path.
Errors: 22023 unknown_filter; 22004 argument_missing; 42P01 unknown_relation.';
