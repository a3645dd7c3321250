-- What a definition selects from a relation, by the text that is compiled from it and by matches_rules.
CREATE FUNCTION filter_counts(relation regclass, rules jsonb, OUT spliced bigint, OUT called bigint, OUT problem text)
	LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s AS o WHERE ', relation) || opportunities.filter_sql(rules, relation, 'o') INTO spliced;
	EXECUTE format('SELECT count(*) FROM %s AS o WHERE opportunities.matches_rules(o, %L)', relation, rules) INTO called;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	problem := concat_ws(': ', SQLERRM, nullif(detail, ''));
END
$$;
