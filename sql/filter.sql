CREATE FUNCTION opportunities.filter_sql(rules jsonb, relation regclass DEFAULT NULL, alias text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'filter_sql';
COMMENT ON FUNCTION opportunities.filter_sql(jsonb, regclass, text) IS
	'The predicate that a filter definition stands for, as SQL text that can be put behind WHERE: names are qualified and quoted, values are literals. relation: whose rows it is for, default opportunity on the search_path. alias: of that relation in the query, default its name. NULL without rules. Errors: 22023 with the codes of doc/filters.md; 42P01 unknown_relation.';

CREATE FUNCTION opportunities.check_filter(rules jsonb, relation regclass DEFAULT NULL)
	RETURNS TABLE (path text, code text, problem text, hint text, params jsonb)
	LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'check_filter';
COMMENT ON FUNCTION opportunities.check_filter(jsonb, regclass) IS
	'All that keeps a filter definition from being applied to a relation, one row a problem: path such as $.rules[0].value, stable code, message, hint, and the names and values in it as a JSON object. No row: it can be applied. Past the limits (64 levels, 10,000 rules): 22023 filter_too_large.';
