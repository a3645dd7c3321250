CREATE FUNCTION opportunities_internal.matches_support(internal) RETURNS internal
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'matches_support';
COMMENT ON FUNCTION opportunities_internal.matches_support(internal) IS
	'For the planner: replaces matches and matches_rules by what they stand for, and tells what they cost elsewhere.';

CREATE FUNCTION opportunities.matches(record, filter text) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE SUPPORT opportunities_internal.matches_support
	AS 'MODULE_PATHNAME', 'matches';
COMMENT ON FUNCTION opportunities.matches(record, text) IS
	'Whether a row matches a shared saved filter, as the filter''s own expression in its place would say: true, false or NULL. The planner puts that expression there, so indexes, statistics and partition pruning work.
The row is of a table or view, whose schema''s saved_filter counts. A NULL row is a row of NULLs. filter: the name; NULL gives NULL.
Errors: 22023 unknown_filter, anonymous_row, codes of filters; 0A000 name_in_check.';

CREATE FUNCTION opportunities.matches_rules(record, rules jsonb) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE SUPPORT opportunities_internal.matches_support
	AS 'MODULE_PATHNAME', 'matches_rules';
COMMENT ON FUNCTION opportunities.matches_rules(record, jsonb) IS
	'Whether a row matches the rules of a filter that are given in place: as matches.
The row is of a table or view, or any other whose columns have names. rules: the definition; NULL gives NULL.
Errors: 22023 anonymous_row, codes of filters.';
