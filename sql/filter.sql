CREATE FUNCTION opportunities.filter_sql(rules jsonb, relation regclass DEFAULT NULL, alias text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'filter_sql';
COMMENT ON FUNCTION opportunities.filter_sql(jsonb, regclass, text) IS
	'The predicate that a filter definition stands for, as SQL text that can be put behind WHERE: names are qualified and quoted, values are literals. relation: whose rows it is for, default opportunity on the search_path. alias: of that relation in the query, default its name. NULL without rules. Errors: 22023 with the codes of doc/filters.md; 42622 name_too_long; 42P01 unknown_relation.';

CREATE FUNCTION opportunities.check_filter(rules jsonb, relation regclass DEFAULT NULL)
	RETURNS TABLE (path text, code text, severity text, problem text, hint text, params jsonb)
	LANGUAGE c STABLE PARALLEL UNSAFE COST 1000 AS 'MODULE_PATHNAME', 'check_filter';
COMMENT ON FUNCTION opportunities.check_filter(jsonb, regclass) IS
	'What is to be said of a filter definition for a relation, one row each: path such as $.rules[0].value, stable code, severity (error: it keeps the definition from being applied; advice: it is hardly meant, and the filter runs all the same), message, hint, and the names and values in it as a JSON object. No error: it can be applied. Past the limits of doc/reference.md: 22023 filter_too_large; of more than 100 problems the first ones.';
